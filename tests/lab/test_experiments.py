"""Experiments and their records: complete, in both languages, short enough, and what was measured is what is computed."""

from __future__ import annotations

import asyncio
import json
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from lab.envoy import DEFAULT
from lab.record import TOLERANCE
from lab.run import EXPERIMENTS, RECORDS, TOGETHER, Experiment, apart
from timing_rules import figure, timeline

NAMES = sorted(path.stem for path in EXPERIMENTS.glob("*.yaml"))
SAID = {"title", "title.ko", "question", "question.ko", "concludes", "concludes.ko"}
each = pytest.mark.parametrize("name", NAMES)
experiment = cache(Experiment.read)


@cache
def recorded(name: str) -> dict[str, Any]:
    return json.loads((RECORDS / f"{name}.json").read_text(encoding="utf-8"))


def test_every_record_has_its_experiment() -> None:
    assert sorted(path.stem for path in RECORDS.glob("*")) == NAMES
    assert sum(path.stat().st_size for path in RECORDS.glob("*.json")) < 600_000


@each
def test_asks_and_concludes_in_both_languages(name: str) -> None:
    header = experiment(name).header
    assert set(header) == SAID and all(len(text) > 3 for text in header.values())
    for key in ("title", "question", "concludes"):
        assert not any("가" <= one <= "힣" for one in header[key])
        assert any("가" <= one <= "힣" for one in header[f"{key}.ko"])
    assert header["question"].endswith("?") and header["question.ko"].endswith("까?")
    assert {key: recorded(name)[key] for key in SAID} == header


@each
def test_takes_less_than_a_minute(name: str) -> None:
    pods = experiment(name).pods
    longest = max(timeline(pod).ends or pod.grace for pod in pods)
    assert (longest + 4) * -(-len(pods) // TOGETHER) < 55


@each
def test_what_was_measured_is_what_is_computed_now(name: str) -> None:
    asked, pods = experiment(name), {pod.name: pod for pod in experiment(name).pods}
    runs = recorded(name)["runs"]
    assert {(run["pod"], run["envoy"]) for run in runs} >= {(pod, minor) for pod in pods for minor in asked.envoys}
    for run in runs:
        line = timeline(pods[run["pod"]])
        computed = {f"{event.actor} {event.kind}": event.at for event in line.events}
        for row in run["rows"]:
            assert row["agrees"], (run["pod"], run["envoy"], row)
            if row["what"] in computed:
                assert row["computed"] == computed[row["what"]]
                assert abs(row["measured"] - row["computed"]) <= TOLERANCE
        assert run["verdict"] == "agrees" and {"machine", "date", "load"} <= set(run)
        if "measured" in run:
            for lang in ("en", "ko"):
                assert figure.svg(line, lang=lang, measured=run) and figure.table(line, lang=lang, measured=run)


AGAIN = {
    "envoy-dies-in-mid-drain": "fixed-drain",
    "exit-on-zero-outbound-pool": "outbound-pool",
    "http2-goaway": "native",
    "minimum-drain-tick": "minimum-1s",
    "new-connections": "native",
    "stats-call-fails": "refused-istio-1-22",
}
LATE = 1.0  # seconds that a busy machine may add


@cache
def again() -> dict[str, dict[str, Any]]:
    """One pod of each, on the Envoy that is installed, a few at a time."""

    async def all_of_them() -> list[dict[str, Any]]:
        turn = asyncio.Semaphore(TOGETHER)

        async def one(name: str, pod: str) -> dict[str, Any]:
            async with turn:
                [wanted] = [each for each in experiment(name).pods if each.name == pod]
                return await apart(experiment(name).job(wanted, DEFAULT))

        return list(await asyncio.gather(*(one(name, pod) for name, pod in AGAIN.items())))

    return dict(zip(AGAIN, asyncio.run(all_of_them()), strict=True))


@pytest.mark.lab
@pytest.mark.parametrize("name", AGAIN)
def test_happens_again(name: str) -> None:
    """Order, cause and which requests are lost; times only as far as a busy machine allows."""
    run = again()[name]
    for row in run["rows"]:
        computed, measured = row["computed"], row["measured"]
        if "otherwise_at" in row:
            assert len(row["otherwise_at"]) <= 2, row
        elif isinstance(computed, float | int) and not isinstance(computed, bool) and "lost" not in row["what"]:
            assert computed - TOLERANCE <= measured <= computed + LATE, row
        elif "lost of" not in row["what"]:
            assert row["agrees"], row
    seen = {row["what"]: row["measured"] for row in run["rows"]}
    order = [(row["computed"], row["what"]) for row in run["rows"] if row["what"] in seen and " " in row["what"]]
    moments = [(at, what) for at, what in sorted(order) if isinstance(at, float)]
    for (at, what), (later, other) in pairwise(moments):
        if later - at > LATE:
            assert seen[what] < seen[other]
