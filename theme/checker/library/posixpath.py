# What the package uses of Python's posixpath.
def dirname(p):
    head = p[: p.rfind("/") + 1]
    return head.rstrip("/") or head


def normpath(path):
    start = "" if not path.startswith("/") else "//" if path.startswith("//") and not path.startswith("///") else "/"
    parts = []
    for part in path.split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in ("", ".") and not (part == ".." and start):
            parts.append(part)
    return start + "/".join(parts) or "."
