"""What the build does to the search index: weights, aliases that lead somewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import search_index


def index(*docs: dict[str, Any]) -> dict[str, Any]:
    addresses = dict.fromkeys([*search_index.aliases(), *search_index.phrases()])
    named = [{"location": address, "title": "t", "text": ""} for address in addresses]
    replaced = {doc["location"] for doc in docs}
    return {"config": {}, "docs": [*docs, *(doc for doc in named if doc["location"] not in replaced)]}


def test_the_marks_of_code_and_headings_are_not_searched_and_the_guide_comes_first() -> None:
    text = "<p>before</p>Copied!<p>after</p>"
    whole = index(
        {"location": "examples/a/", "title": "A", "text": text}, {"location": "guides/b/", "title": "B", "text": text}
    )
    search_index.improve(whole)
    example, guide = whole["docs"][:2]
    assert example["text"] == "<p>before</p> <p>after</p>"
    assert example["title"] == "A"
    assert guide["boost"] > example["boost"] > search_index.weight("measured/#all")


def test_an_alias_stands_at_its_section_alone_and_each_word_once() -> None:
    whole = index()
    search_index.improve(whole)
    words = {doc["location"]: doc["aliases"].split() for doc in whole["docs"] if "aliases" in doc}
    assert "셧다운" in words["guides/app-container/#graceful-shutdown"]
    assert "셧다운" not in words["concepts/envoy-drain/#drain-duration"]
    assert all(len(set(line)) == len(line) for line in words.values())
    assert "aliases" in whole["config"]["fields"]


def test_an_alias_that_leads_nowhere_stops_the_build() -> None:
    whole = index()
    whole["docs"].remove(next(doc for doc in whole["docs"] if doc["location"] == "servers/#uvicorn"))
    with pytest.raises(ValueError, match=r"search_aliases\.yml leads to what no page has: servers/#uvicorn$"):
        search_index.improve(whole)


def test_a_result_shows_no_program_and_a_log_is_searched() -> None:
    log = "<pre><code>0.01 Aborting proxy\n</code></pre>"
    text = f"<p>Text.</p> Proof, runs snippets/a.py<pre><code>from a import b\nassert preStop\n</code></pre><p>More.</p>recording a{log}"
    whole = index({"location": "guides/a/", "title": "A", "text": text})
    search_index.improve(whole)
    assert whole["docs"][0]["text"] == f"<p>Text.</p><p>More.</p>recording a{log}"
    assert whole["docs"][0]["names"] == "prestop snippetsapy"


def test_a_phrase_that_leads_nowhere_stops_the_build() -> None:
    whole = index()
    only = next(address for address in search_index.phrases() if address not in search_index.aliases())
    whole["docs"].remove(next(doc for doc in whole["docs"] if doc["location"] == only))
    with pytest.raises(ValueError, match=rf"search_phrases\.yml leads to what no page has: {only}$"):
        search_index.improve(whole)


def test_a_name_is_found_however_it_is_written() -> None:
    text = (
        "<code>terminationDrainDuration</code> and EXIT_ON_ZERO, server.shutdown=graceful, keep-alive; a pod, 1.27, a.b"
    )
    assert search_index.names(text) == ["exitonzero", "keepalive", "servershutdowngraceful", "terminationdrainduration"]
    assert search_index.names("sidecar.istio.io/nativeSidecar") == [
        "nativesidecar",
        "sidecaristioionativesidecar",
    ]


def test_words_side_by_side_are_one_and_begin_like_no_word() -> None:
    whole = index(
        {
            "location": "log-lines/",
            "title": "Log lines",
            "text": "<code>Agent draining Proxy for termination</code><code>one two</code>",
        }
    )
    search_index.improve(whole)
    lines = whole["docs"][0]
    assert lines["said"].split() == [
        "§agentdraining",
        "§drainingproxy",
        "§proxytermination",
        "§agentdrainingproxy",
        "§drainingproxytermination",
        "§agentdrainingproxytermination",
    ]
    shutdown = next(doc for doc in whole["docs"] if doc["location"] == "guides/app-container/#graceful-shutdown")
    assert {"graceful shutdown", "그레이스풀 셧다운"} <= set(shutdown["phrases"].split(","))
    assert {"phrases", "said", "names"} <= set(whole["config"]["fields"])


def test_a_title_that_is_a_name_leads_to_its_section() -> None:
    whole = index(
        {"location": "settings/a/#b", "title": "terminationGracePeriodSeconds", "text": "<code>preStop</code>"}
    )
    search_index.improve(whole)
    section = whole["docs"][0]
    assert section["aliases"] == "terminationgraceperiodseconds"
    assert section["names"] == "prestop"


def test_a_phrase_is_written_as_a_query_is_read() -> None:
    words = search_index.query_words()
    dropped = set(words["fillers"])
    wrong = [
        f"{address}: {line}"
        for address, lines in search_index.phrases().items()
        for line in lines
        if not 2 <= len(line.split()) <= 4 or dropped & set(line.split())
    ]
    assert not wrong, (
        "No query becomes these: they hold a word that is left out, or are no 2 to 4 words:\n" + "\n".join(wrong)
    )


def test_a_word_has_one_meaning_and_a_subject_is_named_once() -> None:
    words = search_index.query_words()
    groups = [group.split() for group in words["kin"]]
    kin = [word for group in groups for word in group]
    assert len(kin) == len(set(kin))
    assert min(map(len, groups)) > 1
    assert len(words["subjects"]) == len(set(words["subjects"]))
    assert not set(words["fillers"]) & {*kin, *words["subjects"]}
    assert all(isinstance(word, str) for pair in words["spellings"].items() for word in pair), "a number wants quotes"


def test_the_worker_is_mended_once_and_another_worker_stops_the_build(tmp_path: Path) -> None:
    worker = tmp_path / "assets" / "javascripts" / "workers" / "search.0.min.js"
    worker.parent.mkdir(parents=True)
    code = {
        "lunr's TokenSet.toString": ("e=e+s+o.id}return e},t.x=1;", 'e=e+s+o.id+","}return e},t.x=1;'),
        "the list of what is found": (
            "return _({items:[...n.values()]},i);",
            "return _({items:[...n.values()].filter(([s],o,[[a]])=>o<10||s.score>=.1*a.score)},i);",
        ),
        "the text of what is found": ('c.push(d),c.join("")})', 'c.push(d),c.join(n?"":" ")})'),
    }
    worker.write_text("".join(found for found, _ in code.values()), encoding="utf-8")
    for _ in range(2):
        search_index.mend_worker(tmp_path)
        assert worker.read_text(encoding="utf-8") == "".join(mended for _, mended in code.values())
    for what in code:
        worker.write_text("".join(found for name, (found, _) in code.items() if name != what), encoding="utf-8")
        with pytest.raises(ValueError, match=rf"^search\.0\.min\.js: {what} is not as search_index\.py knows it$"):
            search_index.mend_worker(tmp_path)
