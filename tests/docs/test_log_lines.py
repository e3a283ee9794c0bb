"""Each log line, event and exit code that a page quotes was recorded, at the second that the page says, or its source is linked.

The recordings are those of real components (`tests/traces`): the agent of the lab words some lines in its own way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.docs.numbers import PINNED
from tests.docs.pages import LANGUAGES, ROOT, Fence, Page, all_pages, read_page

TRACES = ROOT / "tests" / "traces"
# A log of istio-proxy alone, or one of everybody with a column that says who has printed the line.
RECORDING = re.compile(r'text title="(?P<agent>istio-proxy, )?recording (?P<name>[\w-]+)"')
OWN = re.compile(r" *(?P<at>\d+\.\d+)  (?P<says>\S.*)")
OF_ALL = re.compile(r" *(?P<at>\d+\.\d+)  (?P<who>pilot-agent|Envoy|kubelet) +(?P<says>\S.*)")
Printed = tuple[float, str, str]  # seconds, who has printed it, what it says


def printed(pod: dict[str, object]) -> list[Printed]:
    """What the agent, Envoy and the kubelet printed while a pod stopped, in the order of time."""
    lines: list[Printed] = []
    for at, line in pod.get("agent_log", []):  # type: ignore[attr-defined]
        scope, says = line.partition("\t")[0], line.rpartition("\t")[2]
        lines.append((at, "Envoy" if scope == "warning" else "pilot-agent", says))
    for at, reason, message in pod.get("events", []):  # type: ignore[attr-defined]
        lines.append((at, "kubelet", f"{reason}: {message}"))
    return sorted(lines, key=lambda line: line[0])


@cache
def recordings() -> dict[str, list[list[Printed]]]:
    """Name of a recording -> what was printed for each of its pods."""
    found = {
        path.stem: [printed(json.loads(path.read_text())["measured"])] for path in (TRACES / "mesh").glob("*.json")
    }
    for path in (TRACES / "cluster" / "stops").glob("*.json"):
        found[path.stem] = [printed(pod["measured"]) for pod in json.loads(path.read_text())["pods"]]
    return found


def says(quoted: str, recorded: str) -> bool:
    """Whether a page quotes what was recorded; `…` stands for what it leaves out."""
    return re.fullmatch(".*".join(map(re.escape, quoted.split("…"))), recorded) is not None


def first_wrong(fence: Fence, pod: list[Printed]) -> str | None:
    """The first line of a fence that this pod did not print, at that second and after the lines before it."""
    rest, pattern = iter(pod), OWN if "istio-proxy, " in fence.info else OF_ALL
    for line in fence.code.strip("\n").split("\n"):
        quoted = pattern.fullmatch(line)
        if not quoted or not any(
            says(quoted["says"], said) and f"{at:.2f}" == quoted["at"] and quoted.groupdict().get("who", who) == who
            for at, who, said in rest
        ):
            return line
    return None


def recorded_fences(page: Page) -> Iterator[tuple[Fence, str]]:
    for fence in page.fences:
        if found := RECORDING.fullmatch(fence.info):
            yield fence, found["name"]


QUOTING = [(page, fence, name) for page in all_pages() for fence, name in recorded_fences(page)]


@pytest.mark.parametrize(
    ("page", "fence", "name"), QUOTING, ids=[f"{page.name}:{fence.line}" for page, fence, _ in QUOTING]
)
def test_a_log_on_a_page_is_that_of_one_recorded_pod(page: Page, fence: Fence, name: str) -> None:
    assert name in recordings(), f"{page.name}:{fence.line}: tests/traces has no recording {name}"
    wrong = [first_wrong(fence, pod) for pod in recordings()[name]]
    assert None in wrong, f"{page.name}:{fence.line}: no pod of {name} printed, in this order: {wrong[0]}"


def test_both_languages_quote_the_same_logs() -> None:
    logs = {lang: [(page.rel, fence.code) for page, fence, _ in QUOTING if page.lang == lang] for lang in LANGUAGES}
    assert len(logs["en"]) >= 7 and logs["en"] == logs["ko"]


@cache
def known() -> tuple[set[str], set[str]]:
    """Every line that was recorded, an event's reason and message each for itself too; every exit code."""
    lines = {said for pods in recordings().values() for pod in pods for _, _, said in pod}
    lines |= {part for line in lines for part in line.split(": ", 1)}
    clients = json.loads((TRACES / "cluster" / "clients.json").read_text())
    lines |= {answer for run in clients.values() for answer in run["caller_envoy"]}
    stops = [json.loads(path.read_text())["pods"] for path in (TRACES / "cluster" / "stops").glob("*.json")]
    codes = {
        container["exit_code"] for pods in stops for pod in pods for container in pod["measured"]["containers"].values()
    }
    return lines, {f"exitCode: {code}" for code in codes}


def unknown_quotes(page: Page) -> list[str]:
    """A sentence for each line in the first column of a table that was never recorded, in a row without its source."""
    lines, codes = known()
    found = []
    for number, row in page.prose:
        if not re.match(r"\|(?!---)", row) or any(PINNED.search(target) for target in page.links_in(row)):
            continue
        for quote in re.findall(r"`([^`]+)`", row.split("|")[1]):
            if quote not in codes and not any(says(quote, line) for line in lines):
                found.append(f"{page.name}:{number}: never recorded, and no source pinned to a commit: {quote}")
    return found


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_line_of_the_tables_was_recorded_or_has_its_source(lang: str) -> None:
    page = read_page(lang, "log-lines.md")
    quotes = [
        quote for _, row in page.prose if row.startswith("|") for quote in re.findall(r"`[^`]+`", row.split("|")[1])
    ]
    assert len(quotes) > 30
    assert not (found := unknown_quotes(page)), "\n".join(found)


def test_what_was_not_recorded_is_found(tmp_path: Path) -> None:
    fence = '```text title="recording classic-pre10-close"\n0.01  pilot-agent  Agent draining Proxy for termination\n'
    right = "5.02  pilot-agent  Aborting proxy\n```"
    wrong = [
        "5.03  pilot-agent  Aborting proxy\n```",  # another second
        "5.02  kubelet  Aborting proxy\n```",  # another component
        "5.02  pilot-agent  Aborting proxies\n```",  # another word
        "0.01  pilot-agent  Status server has successfully terminated\n```",  # another order
        "Aborting proxy\n```",  # no second
    ]
    for last in [right, *wrong]:
        [(page_fence, name)] = recorded_fences(Page("en", "x.md", tmp_path, fence + last))
        assert (last == right) == (None in [first_wrong(page_fence, pod) for pod in recordings()[name]]), last
    row = "| `Agent draining Proxy for ever` | x |"
    assert unknown_quotes(Page("en", "x.md", tmp_path, row)) == [
        "docs/en/x.md:1: never recorded, and no source pinned to a commit: Agent draining Proxy for ever"
    ]
    assert unknown_quotes(Page("en", "x.md", tmp_path, "| `exitCode: 137`, `Killing`: `Aborting proxy` | `x` |")) == []
    cited = "| `Agent x` | [agent.go](https://github.com/istio/istio/blob/86c9f01fd735/pkg/envoy/agent.go) |"
    assert unknown_quotes(Page("en", "x.md", tmp_path, cited)) == []
