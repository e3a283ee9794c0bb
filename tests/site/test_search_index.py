"""What the build does to the search index: weights, aliases that lead somewhere."""

from __future__ import annotations

from typing import Any

import pytest
import search_index


def index(*docs: dict[str, Any]) -> dict[str, Any]:
    named = [{"location": address, "title": "t", "text": ""} for address in search_index.aliases()]
    replaced = {doc["location"] for doc in docs}
    return {"config": {}, "docs": [*docs, *(doc for doc in named if doc["location"] not in replaced)]}


def test_the_marks_of_code_and_headings_are_not_searched_and_the_guide_comes_first() -> None:
    text = "<p>before</p>Copied!<p>after</p>"
    whole = index(
        {"location": "examples/a/", "title": "A¶", "text": text}, {"location": "guides/b/", "title": "B", "text": text}
    )
    search_index.improve(whole)
    example, guide = whole["docs"][:2]
    assert example["text"] == "<p>before</p> <p>after</p>"
    assert example["title"] == "A"
    assert guide["boost"] > example["boost"] > search_index.weight("measured/#all")


def test_an_alias_stands_at_its_section_alone_and_each_word_once() -> None:
    whole = index()
    search_index.improve(whole)
    words = {doc["location"]: doc["aliases"].split() for doc in whole["docs"]}
    assert "셧다운" in words["guides/app-container/#graceful-shutdown"]
    assert "셧다운" not in words["concepts/envoy-drain/#drain-duration"]
    assert all(len(set(line)) == len(line) for line in words.values())
    assert "aliases" in whole["config"]["fields"]


def test_an_alias_that_leads_nowhere_stops_the_build() -> None:
    whole = index()
    whole["docs"].remove(next(doc for doc in whole["docs"] if doc["location"] == "servers/#uvicorn"))
    with pytest.raises(ValueError, match=r"search_aliases\.yml leads to what no page has: servers/#uvicorn$"):
        search_index.improve(whole)
