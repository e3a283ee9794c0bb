"""Keeps the two languages together: what a page was last reviewed against, and whether both have the same structure.

`make reviewed PAGE=guides/app-container.md` runs this file: it stamps both pages after somebody has read them side by side.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
import sys
from collections import Counter
from pathlib import Path

from tests.docs.pages import BLOCK, DOCS, LANGUAGES, Page, read_page, tree

OTHER = {"en": "ko", "ko": "en"}


def fingerprint(page: Page) -> str:
    """A hash of what a reader sees: title, description and text, without the stamp and without trailing blanks."""
    shown = [str(page.front.get(key, "")) for key in ("title", "description")]
    shown += [line.rstrip() for line in page.text.strip().split("\n")]
    return hashlib.sha256("\n".join(shown).encode()).hexdigest()[:12]


def unreviewed(rel: str, docs: Path = DOCS) -> list[str]:
    """A sentence for each language whose page changed since the other was last reviewed against it."""
    found = []
    for lang, other in OTHER.items():
        page, counterpart = read_page(lang, rel, docs), read_page(other, rel, docs)
        if page.front.get("reviewed") != fingerprint(counterpart):
            found.append(
                f"{counterpart.name} has changed since {page.name} was last reviewed against it: open {page.name}, "
                f"read both, bring it up to date, then run: make reviewed PAGE={rel}"
            )
    return found


def _bare(language: str, code: str) -> str:
    """Code without its comments and docstrings, which may be in the page's language."""
    if language == "python":
        tree = ast.parse(code)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
                node.body = node.body[1:]
        return ast.unparse(tree)
    lines = re.sub(r"(^|[ \t])#.*$", "", code, flags=re.MULTILINE).split("\n")
    return "\n".join(line.rstrip() for line in lines if line.strip())


def _code(page: Page) -> list[str]:
    """Python, YAML and JSON written on the page, without what may be in the page's language."""
    fences = [fence for fence in page.fences if fence.language in ("python", "yaml", "json") and not fence.include]
    return [_bare(fence.language, fence.code) for fence in fences]


def structure(page: Page) -> dict[str, object]:
    """What must be equal in both languages, by the name that a message uses."""
    internal = [target for _, target in page.links if not re.match(r"\w+:", target)]
    external = [target for _, target in page.links if re.match(r"\w+:", target)]
    return {
        "headings (level and id)": [f"{'#' * level} {ident}" for _, level, _, ident in page.headings],
        "fences": [fence.language for fence in page.fences],
        "code": _code(page),
        "includes": page.includes,
        "directives": page.directives,
        "links within the site": sorted(Counter(internal).items()),
        "number of links to other sites": len(external),
        "boxes and tabs": [
            found["kind"] + " " + found["type"] for _, line in page.prose if (found := BLOCK.match(line))
        ],
        "table rows": sum(line.lstrip().startswith("|") for _, line in page.prose),
    }


def differences(rel: str, docs: Path = DOCS) -> list[str]:
    """One sentence per kind of difference between the two pages at `rel`."""
    one, other = (structure(read_page(lang, rel, docs)) for lang in LANGUAGES)
    found = []
    for what in one:
        if one[what] != other[what]:
            mine, theirs = one[what], other[what]
            if isinstance(mine, list) and isinstance(theirs, list):
                first = next((i for i, pair in enumerate(zip(mine, theirs, strict=False)) if pair[0] != pair[1]), None)
                first = min(len(mine), len(theirs)) if first is None else first
                mine, theirs = (repr(side[first]) if first < len(side) else "nothing more" for side in (mine, theirs))
            found.append(f"{rel}: {what} differ: English has {mine}, Korean has {theirs}.")
    return found


def only_in_one(docs: Path = DOCS) -> list[str]:
    """A sentence for each page that one language lacks."""
    trees = {lang: set(tree(lang, docs)) for lang in LANGUAGES}
    return [
        f"docs/{lang}/{rel} has no counterpart: write docs/{OTHER[lang]}/{rel}."
        for lang in LANGUAGES
        for rel in sorted(trees[lang] - trees[OTHER[lang]])
    ]


def stamp(rel: str, docs: Path = DOCS) -> None:
    """Writes into both pages that each was reviewed against the other as it is now."""
    prints = {lang: fingerprint(read_page(lang, rel, docs)) for lang in LANGUAGES}
    for lang in LANGUAGES:
        path, mark = docs / lang / rel, prints[OTHER[lang]]
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".ipynb":
            book = json.loads(text)
            book["metadata"].setdefault("page", {})["reviewed"] = mark
            text = json.dumps(book, ensure_ascii=False, indent=1) + "\n"
        else:
            front, rest = re.match(r"---\n(.*?)(^---\n.*)", text, re.DOTALL | re.MULTILINE).groups()  # type: ignore[union-attr]
            front = re.sub(r"^reviewed:.*\n", "", front, flags=re.MULTILINE)
            text = f"---\n{front}reviewed: {json.dumps(mark) if mark.isdigit() else mark}\n{rest}"  # YAML reads digits as a number
        path.write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> int:
    pages = [page.removeprefix("docs/").removeprefix("en/").removeprefix("ko/") for page in arguments]
    if not pages:
        print("Which page was reviewed? For example: make reviewed PAGE=guides/app-container.md", file=sys.stderr)
        return 2
    for rel in pages:
        missing = [f"docs/{lang}/{rel}" for lang in LANGUAGES if not (DOCS / lang / rel).exists()]
        if missing:
            print(
                f"There is no {' and no '.join(missing)}; PAGE is a path below docs/en, which both languages have.",
                file=sys.stderr,
            )
            return 2
        if found := differences(rel):
            print("\n".join([*found, "Nothing was stamped: make the structures equal first."]), file=sys.stderr)
            return 1
        stamp(rel)
        print(f"Stamped docs/en/{rel} and docs/ko/{rel} as reviewed against each other.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
