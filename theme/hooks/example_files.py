"""The manifests of `examples/` as the site reads them: what their first comments say, and what they hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from mkdocs.exceptions import PluginError
from timing_rules import ManifestError, MeshConfig, Pod, load
from timing_rules.text import Text

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
#: Of a wrong example: the same manifest, made right by the smallest change.
RIGHT = ".right.yaml"
#: How the proxy of a pod runs, in the words of a heading; and what holds no pod.
MODES = {
    "native": Text("native sidecar", "네이티브 사이드카"),
    "classic": Text("classic sidecar", "클래식 사이드카"),
    "gateway": Text("gateway", "게이트웨이"),
    "none": Text("no sidecar", "사이드카 없음"),
    "mesh": Text("mesh configuration", "메시 설정"),
}
_FIELDS = ("title", "title.ko", "lesson", "lesson.ko")
_HEADER = re.compile(r"^# (title|title\.ko|lesson|lesson\.ko): (.+(?:\n#[ \t]{2,}.+)*)", re.MULTILINE)


class Header(NamedTuple):
    """What the first comments of an example say, in one language."""

    title: str
    lesson: str


def read(path: str) -> str:
    """A file by its path from the repository's root. Errors: `PluginError`."""
    if not (ROOT / path).is_file():
        raise PluginError(f"there is no {path}; write a path that starts at the repository's root")
    return (ROOT / path).read_text(encoding="utf-8")


def header(path: str, lang: str) -> Header:
    """Title and lesson of an example; a mended one has those of the wrong one. Errors: `PluginError`."""
    path = path.replace(RIGHT, ".yaml")
    fields = {key: re.sub(r"\n#\s+", " ", value) for key, value in _HEADER.findall(read(path))}
    lacks = next((key for key in _FIELDS if key not in fields), None)
    if lacks is not None:
        raise PluginError(f"{path} lacks {lacks}; write '# {lacks}: …' among its first comment lines")
    return Header(*(fields[f"{key}.ko" if lang == "ko" else key] for key in ("title", "lesson")))


def items(path: str, lang: str) -> list[Pod | MeshConfig]:
    """The pods and mesh configuration of a manifest. Errors: `PluginError`."""
    try:
        return _loaded(path, read(path))
    except ManifestError as error:
        raise PluginError(error.describe(lang)) from None


@cache
def _loaded(path: str, text: str) -> list[Pod | MeshConfig]:
    """Each is read for several pages, and again for each build of `make serve`."""
    return load(text, source=path)


@cache
def working(situation: str = "*") -> tuple[str, ...]:
    """Every example that works, or those of a situation; within a situation the newer way before the classic one."""
    paths = sorted(EXAMPLES.glob(f"{situation}/**/*.yaml"), key=lambda path: ("classic" in path.name, path))
    return tuple(path.relative_to(ROOT).as_posix() for path in paths if folder(path) != "wrong")


@cache
def wrong() -> tuple[str, ...]:
    """Every example that shows a mistake, by its rule."""
    paths = sorted(path for path in (EXAMPLES / "wrong").glob("*.yaml") if not path.name.endswith(RIGHT))
    return tuple(path.relative_to(ROOT).as_posix() for path in paths)


def folder(path: str | Path) -> str:
    """The situation of an example."""
    parts = Path(path).parts
    return parts[parts.index("examples") + 1]


def body(text: str) -> list[str]:
    """The lines after the first comments, which are for the site."""
    lines = text.splitlines()
    start = next((number for number, line in enumerate(lines) if not line.startswith("#")), 0)
    return lines[start:]


def versions_of(path: str) -> Iterator[str]:
    """The versions that an example is for: `Kubernetes 1.34`."""
    given = dict(re.findall(r"timing-rules/(istio|kubernetes): [\"']?([\d.]+)", read(path)))
    for name in ("Kubernetes", "Istio"):
        if name.lower() in given:
            yield f"{name} {given[name.lower()]}"


def quoted(text: str) -> str:
    """A text as a YAML scalar of a page's front matter, without the marks of code."""
    return "'" + text.replace("'", "''").replace("`", "") + "'"


def guides(path: str, lang: str) -> Iterator[tuple[str, str]]:
    """Title and page of each guide that has a manifest whole, or draws a wrong one."""
    shown = f"<!-- figure {path} -->" if folder(path) == "wrong" else f'--8<-- "{path}"'
    for page, text in guide_texts(lang).items():
        if shown in text and (heading := re.search(r"^# (.+?) \{ #", text, re.MULTILINE)):
            yield heading[1], page


@cache
def guide_texts(lang: str) -> dict[str, str]:
    """The Markdown of every guide, by its page."""
    docs = ROOT / "docs" / lang
    paths = sorted([*docs.glob("guides/*.md"), *docs.glob("servers/*.md")])
    return {path.relative_to(docs).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def forget() -> None:
    """Lets the next build of `make serve` see which files there are now, and which of them guides show."""
    for kept in (working, wrong, guide_texts):
        kept.cache_clear()


def listing(path: str, title: str) -> str:
    """The text of a file, folded, under a title."""
    return f'??? manifest "{title}"\n\n    ```yaml title="{path}"\n    --8<-- "{path}"\n    ```'
