"""One tree laid over another, as Helm lays values over values, and Kubernetes a patch over a template."""

from __future__ import annotations

import re

from ..source.node import Node


def overlaid(below: Node | None, above: Node | None, by_name: bool = False) -> Node | None:
    """The tree of both, where `above` wins; mappings merge key by key, and `null` takes a key away.

    `by_name` merges lists of named mappings by name, as a strategic merge does with containers and env; lists are
    replaced otherwise.
    """
    if below is None or above is None:
        return below if above is None else above
    if by_name and below.kind == above.kind == "list" and all("name" in item.entries for item in above.items):
        return _named(below, above)
    if below.kind != "mapping" or above.kind != "mapping":
        return above
    entries, keys = dict(below.entries), dict(below.keys)
    for key, node in above.entries.items():
        merged = overlaid(below.entries.get(key), node, by_name)
        if node.empty or merged is None:
            entries.pop(key, None)
        else:
            entries[key], keys[key] = merged, above.keys.get(key, above.span)
    return Node("mapping", above.span, entries=entries, keys=keys, exact=above.exact)


def _named(below: Node, above: Node) -> Node:
    items = {str(item.entries["name"].value): item for item in below.items if "name" in item.entries}
    for item in above.items:
        name = str(item.entries["name"].value)
        items[name] = overlaid(items.get(name), item, True) or item
    return Node("list", above.span, items=list(items.values()), exact=above.exact)


_INDEX = re.compile(r"\[(\d+)\]")
#: How long a list a path may make.
_LONGEST = 100


def with_set(below: Node | None, path: tuple[str, ...], node: Node) -> Node:
    """The tree with `node` at `path`, as `helm --set` puts it there: `null` takes a key away, `[1]` is a place in a list."""
    if not path:
        return node
    step, rest = path[0], path[1:]
    index = _INDEX.fullmatch(step)
    if index is not None:
        place = min(int(index[1]), _LONGEST)
        items = list(below.items) if below is not None else []
        items += [Node("scalar", node.span, None, raw="", exact=False)] * (place + 1 - len(items))
        items[place] = with_set(items[place], rest, node)
        return Node("list", node.span, items=items, exact=False)
    entries = dict(below.entries) if below is not None else {}
    keys = dict(below.keys) if below is not None else {}
    entries[step], keys[step] = with_set(entries.get(step), rest, node), node.span
    if not rest and node.empty:
        del entries[step], keys[step]
    return Node("mapping", node.span, entries=entries, keys=keys, exact=node.exact)


def dotted(path: str) -> tuple[str, ...]:
    """The steps of a path such as `a.b[1]`, in which a dot after a backslash belongs to a key."""
    parts = (part.replace("\\.", ".") for part in re.split(r"(?<!\\)\.", path))
    return tuple(
        step for part in parts for step in (_INDEX.sub("", part), *(place[0] for place in _INDEX.finditer(part)))
    )


def read_as_set(node: Node, as_text: bool = False) -> Node:
    """A string as `helm --set` reads it: true, false, null and whole numbers are no strings."""
    text = node.raw
    plain: str | int | bool | None = text
    if not as_text and re.fullmatch(r"-?(0|[1-9]\d*)", text):
        plain = int(text)
    elif not as_text and text in ("true", "false", "null"):
        plain = {"true": True, "false": False, "null": None}[text]
    return Node("scalar", node.span, plain, raw=text, quoted=isinstance(plain, str), exact=node.exact, json=node.json)
