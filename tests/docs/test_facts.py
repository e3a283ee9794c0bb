"""A page about Kubernetes or Istio names the rows of `versions.py` that it leans on, and fails when one of them says something else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from timing_rules import versions
from timing_rules.text import Text
from timing_rules.versions import Default, Fact

from tests.docs import facts
from tests.docs.pages import LANGUAGES, Page, all_pages, read_page

CHECKED = [page for page in all_pages() if page.rel.startswith(facts.PARTS)]


@pytest.mark.parametrize("page", CHECKED, ids=lambda page: page.name)
def test_a_page_was_checked_against_the_rows_it_leans_on(page: Page) -> None:
    assert not (found := facts.faults(page)), "\n".join(found)


def test_both_languages_lean_on_the_same_rows() -> None:
    en, ko = ({page.rel: page.front.get("facts") for page in CHECKED if page.lang == lang} for lang in LANGUAGES)
    differ = [
        f"{rel}: docs/en names {en.get(rel)}, docs/ko names {ko.get(rel)}"
        for rel in en | ko
        if en.get(rel) != ko.get(rel)
    ]
    assert len(en) > 20 and not differ, "\n".join(differ)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    for lang in LANGUAGES:
        (tmp_path / lang).mkdir()
        text = "---\ntitle: t\nfacts: [DRAIN_HOOK, DRAIN_DURATION]\n---\n\n# t { #t }\n"
        (tmp_path / lang / "t.md").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("DRAIN_HOOK", replace(versions.DRAIN_HOOK, since=versions.Version(1, 22))),
        ("DRAIN_HOOK", replace(versions.DRAIN_HOOK, what=Text("x", "y"))),
        ("DRAIN_DURATION", replace(versions.DRAIN_DURATION, value=46)),
    ],
)
def test_a_row_that_changes_makes_its_pages_stale(
    page: Path, name: str, row: Fact | Default, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "make checked PAGE=t.md" in facts.faults(read_page("en", "t.md", page))[0]
    facts.stamp("t.md", page)
    assert [facts.faults(read_page(lang, "t.md", page)) for lang in LANGUAGES] == [[], []]
    monkeypatch.setitem(facts.ROWS, name, row)
    for lang in LANGUAGES:
        assert "make checked PAGE=t.md" in facts.faults(read_page(lang, "t.md", page))[0]


def test_a_source_that_was_read_again_and_said_the_same_makes_no_page_stale(
    page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts.stamp("t.md", page)
    monkeypatch.setitem(facts.ROWS, "DRAIN_HOOK", replace(versions.DRAIN_HOOK, source="elsewhere"))
    assert facts.faults(read_page("en", "t.md", page)) == []


def test_a_page_that_names_no_row_or_one_that_is_not_there_is_told_what_to_write(tmp_path: Path) -> None:
    without = Page("en", "concepts/x.md", tmp_path, "")
    assert "facts: [PRESTOP_COUNTS, DRAIN_HOOK]" in facts.faults(without)[0]
    assert facts.faults(Page("en", "concepts/x.md", tmp_path, "", {"facts": []})) == []
    wrong = Page("en", "concepts/x.md", tmp_path, "", {"facts": ["DRAIN"]})
    assert "has no DRAIN;" in facts.faults(wrong)[0] and "DRAIN_HOOK" in facts.faults(wrong)[0]
