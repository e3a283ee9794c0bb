"""Experiments and their records: complete, in both languages, short enough, and what was measured is what is computed."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from lab.envoy import DEFAULT, Ports
from lab.load import Client, Fate
from lab.record import TOLERANCE, compare, furthest, merged, wanted
from lab.run import EXPERIMENTS, RECORDS, TOGETHER, Experiment
from lab.show import COUNTED, GROUPS, SPOKEN
from lab.wire import _BLOCK, free_ports
from timing_rules import Pod, load, timeline
from timing_rules.show.picture import svg
from timing_rules.show.table import table as event_table

from tests.lab.jumping import at_once
from tests.lab.quiet import stopped

NAMES = sorted(path.stem for path in EXPERIMENTS.glob("*.yaml"))
each = pytest.mark.parametrize("name", NAMES)
experiment = cache(Experiment.read)


@cache
def recorded(name: str) -> dict[str, Any]:
    path = RECORDS / f"{name}.json"
    assert path.is_file(), f"{name} has no record; make one: make lab NAME={name} ARGS='--record --envoy own'"
    return json.loads(path.read_text(encoding="utf-8"))


def test_every_record_has_its_experiment() -> None:
    assert sorted(path.name for path in RECORDS.glob("*")) == sorted(["examples", *(f"{name}.json" for name in NAMES)])
    assert sum(path.stat().st_size for path in RECORDS.glob("*.json")) < 600_000
    for path in RECORDS.rglob("*.json"):  # what no browser would read
        assert not re.search(r"\b(?:Infinity|NaN)\b", path.read_text(encoding="utf-8")), path


@each
def test_asks_and_concludes_in_both_languages(name: str) -> None:
    header = experiment(name).header
    assert {*SPOKEN, "see", "group"} <= set(header) and all(len(text) > 3 for text in header.values())
    assert header["group"].split()[0] in GROUPS
    for key in ("title", "question", "concludes"):
        assert not any("가" <= one <= "힣" for one in header[key])
        assert any("가" <= one <= "힣" for one in header[f"{key}.ko"])
    assert header["question"].endswith("?") and header["question.ko"].endswith("까?")
    assert {key: recorded(name)[key] for key in SPOKEN} == {key: header[key] for key in SPOKEN}


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
        expected = {**asked.expect.get("*", {}), **asked.expect.get(run["pod"], {})}
        rows = {row["what"]: row["computed"] for row in run["rows"]}
        for what, value in expected.items():
            assert rows[what] == wanted(line, value), (run["pod"], what)
        for row in run["rows"]:
            assert row["agrees"], (run["pod"], run["envoy"], row)
            if row["what"] in computed:
                assert row["computed"] == computed[row["what"]]
                assert abs(row["measured"] - row["computed"]) <= TOLERANCE
        assert run["verdict"] == "agrees" and {"machine", "date", "load"} <= set(run)
        assert "of" not in run or run["of"]["agreed"] == run["of"]["times"] > 1
        assert furthest(run) <= TOLERANCE
        if "measured" in run:
            for lang in ("en", "ko"):
                assert svg(line, lang=lang, measured=run) and event_table(line, lang=lang, measured=run)


def test_runs_of_one_pod_become_one_entry_with_their_spread() -> None:
    def run(closed: float, lost: int, agrees: bool = True) -> dict[str, Any]:
        rows = [
            {"what": "idle.closed", "computed": 3.0, "measured": closed, "agrees": agrees},
            {"what": f"new: lost of {lost + 40} requests", "computed": 50, "measured": lost, "agrees": True},
            {"what": "web killed", "computed": False, "measured": False, "agrees": True},
        ]
        return {
            "pod": "a",
            "envoy": "1.39",
            "load": lost / 100,
            "rows": rows,
            "verdict": "agrees" if agrees else "differs",
        }

    alone = run(3.1, 50)
    assert merged([alone]) == alone and "of" not in alone
    one = merged([run(3.1, 50), run(2.98, 49), run(3.04, 51)])
    assert one["of"] == {"times": 3, "agreed": 3, "load": [0.49, 0.51]}
    closed, lost, killed = one["rows"]
    assert (closed["measured"], closed["spread"], lost["spread"]) == (3.1, [2.98, 3.1], [49, 51])
    assert "spread" not in killed and furthest(one) == 0.1
    assert merged([run(3.1, 50), run(3.05, 50, agrees=False)])["verdict"] == "differs", "the one that differs is shown"


def seen(*, lost: list[dict[str, Any]], exit_code: int = 0) -> dict[str, Any]:
    ended = {"stop_called": 0.0, "stop_timeout": 10, "end": 4.0, "exit_code": exit_code}
    nothing = dict.fromkeys(("first_refused", "first_error"))
    containers = {"web": ended, "istio-proxy": ended}
    known = {
        "containers": containers,
        "agent_log": [],
        "clients": {},
        "faults": {"none": "so that no event is compared"},
    }
    return known | {"new_inbound_requests_10_per_s": nothing, "lost": lost}


def test_a_loss_at_the_end_of_envoy_proves_nothing_and_any_other_does() -> None:
    [pod] = [one for one in experiment("retries").pods if one.name == "proxy-left"]
    line = timeline(pod)
    assert line.proxy and line.proxy.envoy_killed == 1

    def agrees(*sent: float) -> bool:
        lost = [{"client": "calls", "cause": "503", "requests": 2, "first_sent": sent[0], "last_sent": sent[-1]}]
        [row] = compare(line, seen(lost=lost), [calls], {"cause.calls": None})
        return bool(row["agrees"])

    calls = Client("call", Ports(*range(len(Ports.__dataclass_fields__))), {"name": "calls"}, lambda: 0.0)
    calls.fates.append(Fate(0.0, 0.01))
    assert agrees(0.9, 1.1)
    assert not agrees(0.9, 1.3) and not agrees(0.5) and not agrees(1.5)
    calls.fates.clear()
    assert not agrees(1.0), "who sends nothing loses nothing, and shows nothing"


def test_who_wins_a_race_with_sigkill_is_not_predicted() -> None:
    text = (EXPERIMENTS.parents[2] / "examples/wrong/PT202-drain-as-long-as-the-grace-period.yaml").read_text("utf-8")
    [pod] = [one for one in load(text) if isinstance(one, Pod)]
    line, ends = timeline(pod), {"stop_called": 0.0, "stop_timeout": 60, "end": 60.0}
    for code in (0, 137):
        containers = {name: ends | {"exit_code": code if name == "istio-proxy" else 0} for name in line.containers}
        rows = compare(line, seen(lost=[]) | {"containers": containers, "app": {}, "faults": {}}, [], {})
        killed = {row["what"]: row["agrees"] for row in rows if row["what"].endswith("killed")}
        assert killed["istio-proxy killed"], "the drain is as long as the grace period: either may come first"
        assert killed["coupons killed"]
    containers["coupons"] = ends | {"exit_code": 137}
    rows = compare(line, seen(lost=[]) | {"containers": containers, "app": {}, "faults": {}}, [], {})
    assert not next(row["agrees"] for row in rows if row["what"] == "coupons killed"), "it has half a minute to spare"


def test_two_that_ask_for_ports_never_share_one() -> None:
    """Envoy listens with SO_REUSEPORT: the second bind of a port would not fail."""
    assert not set(free_ports(13)) & set(free_ports(13))
    port = free_ports(1)[0]
    block = port - (port - 18000) % _BLOCK
    code = f"import socket; socket.socket(socket.AF_UNIX).bind('\\0timing-lab-{block}')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "Address already in use" in done.stderr


def test_nothing_is_sent_while_the_agent_counts_and_a_client_ends_with_its_container() -> None:
    async def run() -> list[float]:
        loop, sent = asyncio.get_running_loop(), list[float]()
        client = Client("new", Ports(*[0] * len(Ports.__dataclass_fields__)), {}, lambda: loop.time() - 1.234)

        async def send() -> None:
            sent.append(round(client.clock(), 6))

        loop.call_later(1.5, client.ended.set)
        sending = asyncio.ensure_future(client.every(0.25, send))
        await asyncio.sleep(9)
        sending.cancel()
        return sent

    assert at_once(run()) == [-1.19, -0.94, -0.69, -0.44, -0.19, 0.06]


AGAIN = {
    "envoy-dies-in-mid-drain": "fixed-drain",
    "exit-on-zero-outbound-pool": "app-leaves",
    "http2-goaway": "native",
    "minimum-drain-tick": "minimum-1s",
    "new-connections": "native",
    "readiness": "classic",
    "retries": "app-left",
    "servers": "uvicorn",
    "stats-call-fails": "refused-istio-1-22",
    "worker": "default-drain",
}
LATE = 1.0  # seconds that a busy machine may add


@cache
def again() -> dict[str, dict[str, Any]]:
    """One pod of each, on the Envoy that is installed, a few at a time."""

    async def all_of_them() -> list[dict[str, Any]]:
        turn = asyncio.Semaphore(TOGETHER)

        async def one(name: str, pod: str) -> dict[str, Any]:
            async with turn:
                [given] = [each for each in experiment(name).pods if each.name == pod]
                return await stopped(experiment(name).job(given, DEFAULT))

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
        elif row["what"].rpartition(".")[2] in COUNTED:
            assert measured == computed, row
        elif isinstance(computed, float | int) and not isinstance(computed, bool) and "lost" not in row["what"]:
            assert computed - TOLERANCE <= measured <= computed + LATE, row
        elif "lost of" not in row["what"]:
            assert row["agrees"], row
    seen = {row["what"]: row["measured"] for row in run["rows"]}
    order = [(row["computed"], row["what"]) for row in run["rows"] if " " in row["what"]]
    moments = [(at, what) for at, what in sorted(order) if isinstance(at, float)]
    for (at, what), (later, other) in pairwise(moments):
        if later - at > LATE:
            assert seen[what] < seen[other]
