"""`make serve`: a page whose text has changed is built alone, from what the last whole build knows. All else builds both languages.

A page on which a title, a heading or its front matter has changed is linked and listed elsewhere; then everything is built. The
search finds what stood in the last whole build.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import jinja2
from mkdocs.commands.build import _build_page, _populate_page
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation

#: What others see of a page: its front matter, and its headings with their ids.
SEEN = re.compile(r"\A---\n[\s\S]*?\n---\n|^#+ .+\{ #[\w-]+ \}$", re.M)


@dataclass
class Built:
    """What a whole build of one language knows."""

    config: MkDocsConfig
    files: Files
    nav: Navigation
    env: jinja2.Environment | None = None


#: Folder of a language's pages -> its last whole build.
_last: dict[Path, Built] = {}
_texts: dict[Path, str] = {}  # of every page, as it was last built
_changed: dict[Path, int] = {}  # when each watched file was last changed, in nanoseconds


def begins(config: MkDocsConfig, files: Files, nav: Navigation) -> None:
    """Keeps what a build knows before it reads a page."""
    docs = Path(config.docs_dir)
    _last[docs] = Built(config, files, nav)
    _texts.update({path: path.read_text(encoding="utf-8") for path in docs.rglob("*.md")})


def reads(config: MkDocsConfig, env: jinja2.Environment) -> None:
    """Keeps what a build knows once it has read every page."""
    _last[Path(config.docs_dir)].env = env


def builder(watched: list[str], whole: Callable[[], None]) -> Callable[[], None]:
    """What `mkdocs serve` calls when a file has changed: builds pages alone where that is enough, or else everything (`whole`)."""
    _changed.update(_times(watched))

    def build() -> None:
        before, now = dict(_changed), _times(watched)
        _changed.clear()
        _changed.update(now)
        differ = {path for path in before.keys() | now.keys() if before.get(path) != now.get(path)}
        if not alone(differ):
            whole()

    return build


def alone(paths: set[Path]) -> bool:
    """Builds the pages of these files and nothing else, if nothing else shows what has changed in them; says whether it did."""
    pages = []
    for path in paths:
        docs = next((docs for docs in _last if docs in path.parents), None)
        built = _last[docs] if docs else None
        file = built.files.get_file_from_path(path.relative_to(docs).as_posix()) if built and docs else None
        text = path.read_text(encoding="utf-8") if path in _texts and path.is_file() else ""
        if not built or not built.env or not file or not file.page or SEEN.findall(text) != SEEN.findall(_texts[path]):
            return False
        pages.append((built, built.env, file.page, path, text))
    for built, env, page, path, text in pages:
        _populate_page(page, built.config, built.files)
        _build_page(page, built.config, built.files.documentation_pages(), built.nav, env)
        _texts[path] = text
    return True


def _times(watched: list[str]) -> dict[Path, int]:
    """When each file was last changed."""
    found = [path for place in map(Path, watched) for path in (place.rglob("*") if place.is_dir() else [place])]
    return {path: path.stat().st_mtime_ns for path in found if path.is_file() and "__pycache__" not in path.parts}
