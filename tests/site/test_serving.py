"""While `make serve` runs, a page whose text has changed is built alone; what others show of a page builds everything."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import serving
from mkdocs.commands.build import build
from mkdocs.config import load_config

from tests.docs.pages import ROOT

PAGE = "guides/in-ci.md"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The configuration of the English site without its notebooks, built once as `mkdocs serve` does."""
    place = tmp_path_factory.mktemp("serving")
    shutil.copytree(ROOT / "docs/en", place / "docs", ignore=shutil.ignore_patterns("*.ipynb"))
    config = load_config(
        str(ROOT / "mkdocs.yml"),
        docs_dir=str(place / "docs"),
        site_dir=str(place / "site"),
        strict=False,
    )
    build(config)
    return config


def texts(site: Path) -> dict[str, str]:
    return {path.relative_to(site).as_posix(): path.read_text(encoding="utf-8") for path in site.rglob("*.html")}


Edit = Callable[[str], str]


def changed(config: Any, edit: Edit) -> tuple[bool, set[str]]:
    """Edits the page while the site is served: whether everything had to be built, and which files differ then."""
    site, path = Path(config.site_dir), Path(config.docs_dir) / PAGE
    whole: list[bool] = []
    rebuild = serving.builder([config.docs_dir], lambda: whole.append(True))
    before, text = texts(site), path.read_text(encoding="utf-8")
    path.write_text(edit(text), encoding="utf-8")
    rebuild()
    after = texts(site)
    path.write_text(text, encoding="utf-8")
    rebuild()
    return bool(whole), {name for name, html in after.items() if html != before[name]}


def test_a_change_of_text_builds_its_page_alone(built: Any) -> None:
    whole, differ = changed(built, lambda text: text.replace("Check what reaches", "Look at what reaches"))
    assert not whole and differ == {"guides/in-ci/index.html"}
    assert "Look at what reaches" not in texts(Path(built.site_dir))["guides/in-ci/index.html"], "and back again"


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace("title: ", "title: New ", 1),
        lambda text: text.replace("## pre-commit {", "## Before a commit {"),
        lambda text: text + "\n## Another { #another }\n",
    ],
    ids=["front matter", "heading", "new section"],
)
def test_what_others_show_of_a_page_builds_everything(built: Any, edit: Edit) -> None:
    whole, differ = changed(built, edit)
    assert whole and not differ


def test_a_new_page_and_another_file_build_everything(built: Any, tmp_path: Path) -> None:
    whole: list[bool] = []
    rebuild = serving.builder([built.docs_dir, str(tmp_path)], lambda: whole.append(True))
    rebuild()
    assert not whole, "nothing has changed"
    new = Path(built.docs_dir) / "new.md"
    new.write_text("# New { #new }\n", encoding="utf-8")
    rebuild()
    assert len(whole) == 1
    new.unlink()
    rebuild()
    assert len(whole) == 2
    (tmp_path / "example.yaml").write_text("a: 1\n", encoding="utf-8")
    rebuild()
    assert len(whole) == 3
