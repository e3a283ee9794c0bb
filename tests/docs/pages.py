"""Reads pages for the tests, line by line, knowing nothing of Sybil or of Python-Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import nbformat
import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
LANGUAGES = ("en", "ko")

FENCE = re.compile(r"^(?P<indent>[ \t]*)(?P<marks>`{3,}|~{3,})(?P<info>.*)$")
INCLUDE = re.compile(r'^[ \t]*--8<--[ \t]+"(?P<target>[^"]+)"')
HEADING = re.compile(r"^(?P<marks>#{1,6})[ \t]+(?P<text>.*?)[ \t]*(?:\{[ \t]*#(?P<id>[\w-]+)[^}]*\})?[ \t]*$")
DIRECTIVE = re.compile(
    r"^[ \t]*<!--[ \t]+(?P<name>figure|reading|checker|calculator|recording|catalogue|wrong-catalogue|rules|precedence|before-after|timers|trust|facts|chart|cluster|experiments?|lab)\b"
    r"(?P<rest>.*?)[ \t]*-->$"
)
SKIP = re.compile(r'^[ \t]*<!--[ \t]*skip: next[ \t]*(?:,?[ \t]*"(?P<reason>[^"]+)")?[ \t]*-->')
LINK = re.compile(
    r"(?<!\\)\]\((?P<target>[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)(?:[ \t]+\"[^\"]*\")?\)|<(?P<bare>https?://[^>\s]+)>"
)
DEFINITION = re.compile(r"^[ \t]*\[(?!\^)(?P<label>[^\]]+)\]:[ \t]+(?P<target>\S+)")
BLOCK = re.compile(r"^[ \t]*(?P<kind>!!!|\?\?\?\+?|===\+?!?)[ \t]+(?P<type>[\w-]*)")


class _Untagged(yaml.SafeLoader):
    """Reads YAML without what its tags stand for: code and variables."""


_Untagged.add_multi_constructor("", lambda loader, suffix, node: "")


def site_configuration() -> dict[str, Any]:
    """What `mkdocs.yml` says, but for its tags: each is an empty text."""
    read: dict[str, Any] = yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), Loader=_Untagged)
    return read


@dataclass(frozen=True)
class Fence:
    """A fenced block. `line` is where it opens; `code` its content without the fence's indentation."""

    line: int
    info: str
    code: str
    marks: str
    skipped: bool = False

    @property
    def language(self) -> str:
        return self.info.split(" ")[0]

    @property
    def include(self) -> str | None:
        """The path that stands in for the code, or `None` for code written on the page."""
        found = INCLUDE.match(self.code)
        return found["target"].split(":")[0] if found else None


@dataclass(frozen=True)
class Page:
    """One Markdown page, or the Markdown cells of one notebook. `rel` is its path below docs/<lang>."""

    lang: str
    rel: str
    path: Path
    text: str
    front: dict[str, Any] = field(default_factory=dict)
    first_line: int = 1  # of the body, in the file

    @property
    def name(self) -> str:
        """What a message calls it."""
        return f"docs/{self.lang}/{self.rel}"

    def numbered(self) -> Iterator[tuple[int, str]]:
        return enumerate(self.text.split("\n"), start=self.first_line)

    @cached_property
    def _split(self) -> tuple[list[Fence], list[tuple[int, str]]]:
        fences: list[Fence] = []
        prose: list[tuple[int, str]] = []
        opened: tuple[int, re.Match[str]] | None = None
        code: list[str] = []
        skip = False
        for number, line in self.numbered():
            found = FENCE.match(line)
            if opened is None:
                if found:
                    opened, code = (number, found), []
                else:
                    prose.append((number, line))
                    if line.strip():
                        skip = bool(SKIP.match(line))
                continue
            marks = opened[1]["marks"]
            if (
                found
                and found["marks"][0] == marks[0]
                and len(found["marks"]) >= len(marks)
                and not found["info"].strip()
            ):
                fences.append(Fence(opened[0], opened[1]["info"], "\n".join(code), marks, skip))
                opened, skip = None, False
            else:
                code.append(line.removeprefix(opened[1]["indent"]))
        if opened is not None:
            raise AssertionError(
                f"{self.name}:{opened[0]}: this fence is never closed; add a line with {opened[1]['marks']}."
            )
        return fences, prose

    @property
    def fences(self) -> list[Fence]:
        return self._split[0]

    @property
    def prose(self) -> list[tuple[int, str]]:
        """Numbered lines outside fences and front matter."""
        return self._split[1]

    @property
    def headings(self) -> list[tuple[int, int, str, str | None]]:
        """Line, level, text and explicit id of each."""
        found = [(number, HEADING.match(line)) for number, line in self.prose]
        return [(number, len(match["marks"]), match["text"], match["id"]) for number, match in found if match]

    @property
    def includes(self) -> list[str]:
        """Every included path, in fences or outside of them."""
        lines = [line for _, line in self.prose] + [line for fence in self.fences for line in fence.code.split("\n")]
        return [found["target"].split(":")[0] for line in lines if (found := INCLUDE.match(line))]

    @property
    def directives(self) -> list[str]:
        return [f"{found['name']}{found['rest']}" for _, line in self.prose if (found := DIRECTIVE.match(line))]

    @cached_property
    def definitions(self) -> dict[str, str]:
        return {found["label"].lower(): found["target"] for _, line in self.prose if (found := DEFINITION.match(line))}

    def links_in(self, text: str) -> list[str]:
        """The targets of every link in `text`, reference links resolved by the page's definitions."""
        bare = re.sub(r"(`+).*?\1", "", text)
        targets = [found["target"] or found["bare"] or "" for found in LINK.finditer(bare)]
        for found in re.finditer(r"\[([^\]\[]+)\](?:\[([^\]]*)\])?(?!\()", text):
            label = (found[2] or found[1]).lower()
            if label in self.definitions and not DEFINITION.match(text):
                targets.append(self.definitions[label])
        return targets

    @property
    def links(self) -> list[tuple[int, str]]:
        return [(number, target) for number, line in self.prose for target in self.links_in(line)]

    def blocks(self) -> Iterator[list[tuple[int, str]]]:
        """Paragraphs, list items and table rows of the prose, each as its numbered lines."""
        block: list[tuple[int, str]] = []
        previous = 0
        for number, line in self.prose:
            alone = line.lstrip().startswith("|") or HEADING.match(line)
            starts = (
                alone or not line.strip() or number != previous + 1 or re.match(r"[ \t]*(?:[-*+]|\d+\.)[ \t]", line)
            )
            if starts and block:
                yield block
                block = []
            if line.strip():
                block.append((number, line))
            if alone:
                yield block
                block = []
            previous = number
        if block:
            yield block


def read_page(lang: str, rel: str, docs: Path = DOCS) -> Page:
    """The page `docs/<lang>/<rel>`. A notebook is read as its Markdown cells, its code cells as `python` fences."""
    path = docs / lang / rel
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        book = nbformat.reads(text, as_version=4)
        cells = [f"```python\n{cell.source}\n```" if cell.cell_type == "code" else cell.source for cell in book.cells]
        return Page(lang, rel, path, "\n\n".join(cells), dict(book.metadata.get("page", {})))
    found = re.match(r"---\n(.*?)^---\n", text, re.DOTALL | re.MULTILINE)
    if not found:
        return Page(lang, rel, path, text)
    front = yaml.safe_load(found[1])
    return Page(lang, rel, path, text[found.end() :], front, found[0].count("\n") + 1)


def tree(lang: str, docs: Path = DOCS) -> list[str]:
    """Paths of a language's pages and notebooks."""
    files = (path for path in (docs / lang).rglob("*") if path.suffix in (".md", ".ipynb"))
    return sorted(path.relative_to(docs / lang).as_posix() for path in files if ".ipynb_checkpoints" not in path.parts)


def all_pages(langs: Iterable[str] = LANGUAGES, docs: Path = DOCS) -> list[Page]:
    return [read_page(lang, rel, docs) for lang in langs for rel in tree(lang, docs)]


def without_code(text: str) -> str:
    """`text` with inline code, link targets, HTML tags and attribute lists struck out, at equal length."""
    for pattern in (r"(`+).*?\1", r"\]\([^)]*\)", r"<[^>\n]*>", r"\{[ \t]*[#.:][^}]*\}", r"https?://\S+"):
        text = re.sub(pattern, lambda found: "`" * len(found[0]), text)
    return text
