"""Both languages say the same: same pages, same structure, and no change that the other language has not seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs import parity
from tests.docs.pages import LANGUAGES, Page, read_page, tree

SHARED = sorted(set(tree("en")) & set(tree("ko")))


def test_every_page_exists_in_both_languages() -> None:
    assert parity.only_in_one() == []


@pytest.mark.parametrize("rel", SHARED)
def test_a_page_has_the_same_structure_in_both_languages(rel: str) -> None:
    assert not (found := parity.differences(rel)), "\n".join(found)


@pytest.mark.parametrize("rel", SHARED)
def test_a_change_has_been_reviewed_in_the_other_language(rel: str) -> None:
    assert not (found := parity.unreviewed(rel)), "\n".join(found)


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    for lang, title in zip(LANGUAGES, ("Stop", "종료"), strict=True):
        (tmp_path / lang).mkdir()
        text = f"---\ntitle: {title}\ndescription: d\n---\n\n# {title} {{ #stop }}\n\n[next](next.md)\n\n```yaml\na: 1  # {title}\n```\n"
        (tmp_path / lang / "stop.md").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_stamp_holds_until_a_page_changes_and_then_names_the_other_one(docs: Path) -> None:
    parity.stamp("stop.md", docs)
    assert parity.unreviewed("stop.md", docs) == []
    page = docs / "ko" / "stop.md"
    page.write_text(page.read_text(encoding="utf-8") + "\n새 문장입니다.\n", encoding="utf-8")
    assert parity.unreviewed("stop.md", docs) == [
        "docs/ko/stop.md has changed since docs/en/stop.md was last reviewed against it: open docs/en/stop.md, read both, "
        "bring it up to date, then run: make reviewed PAGE=stop.md"
    ]


def test_stamping_twice_changes_nothing(docs: Path) -> None:
    parity.stamp("stop.md", docs)
    before = (docs / "en" / "stop.md").read_text(encoding="utf-8")
    parity.stamp("stop.md", docs)
    assert (docs / "en" / "stop.md").read_text(encoding="utf-8") == before


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("{ #stop }", "{ #end }", "headings"),
        ("](next.md)", "](last.md)", "links within the site"),
        ("a: 1", "a: 2", "code"),
        ("```yaml", "```text", "fences"),
        ("[next]", "<!-- figure examples/a.yaml -->\n[next]", "directives"),
        ("[next]", "!!! note\n    x\n\n[next]", "boxes"),
        ("[next]", "| a |\n|---|\n\n[next]", "table rows"),
        ("[next]", "[x](https://example.org) [next]", "links to other sites"),
    ],
)
def test_structures_that_differ_are_told_apart(docs: Path, old: str, new: str, what: str) -> None:
    assert parity.differences("stop.md", docs) == []
    page = docs / "ko" / "stop.md"
    page.write_text(page.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert any(what in sentence for sentence in parity.differences("stop.md", docs))


def test_a_page_in_one_language_only_is_named(docs: Path) -> None:
    (docs / "en" / "new.md").write_text("# New { #new }\n", encoding="utf-8")
    assert parity.only_in_one(docs) == ["docs/en/new.md has no counterpart: write docs/ko/new.md."]


def test_a_notebook_is_read_as_a_page() -> None:
    for rel in (rel for rel in SHARED if rel.endswith(".ipynb")):
        cells = [fence.code for fence in read_page("en", rel).fences if fence.language == "python"]
        assert cells, rel
        assert len(cells) == len([fence for fence in read_page("ko", rel).fences if fence.language == "python"]), rel


def test_comments_and_docstrings_may_differ_and_nothing_else() -> None:
    english = 'def left(x):\n    """Seconds left."""\n    return x  # all of it\n'
    korean = 'def left(x):\n    """남은 시간(초)."""\n    return x  # 전부\n'
    pages = [
        Page(lang, "x.ipynb", Path("x"), f"```python\n{code}```\n") for lang, code in (("en", english), ("ko", korean))
    ]
    assert parity.structure(pages[0])["code"] == parity.structure(pages[1])["code"]
    other = Page("ko", "x.ipynb", Path("x"), f"```python\n{korean.replace('return x', 'return 2 * x')}```\n")
    assert parity.structure(pages[0])["code"] != parity.structure(other)["code"]
