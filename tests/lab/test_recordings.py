"""The lab's agent and kubelet are held to the real ones: what tests/traces/mesh recorded happens again.

Order, cause and which requests are lost; seconds only as far as a busy machine allows. `LAB=all`, for a quiet one, runs
all twelve recordings, and every container then ends within 0.2 s of the recorded moment.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from timing_rules import Pod, load, timeline

from tests.lab.quiet import stopped

MESH = Path(__file__).resolve().parent.parent / "traces" / "mesh"
ALL = sorted(path.stem for path in MESH.glob("*.json"))
SHORT = [
    "classic-app-prestop-only",
    "classic-drain-outlives-drainduration",
    "classic-exit-on-zero-idle",
    "gateway",
    "native-plain",
]
QUIET = os.environ.get("LAB") == "all"
CASES = ALL if QUIET else SHORT
LATE = 0.2 if QUIET else 1.0  # seconds that the machine may add
BETWEEN = 0.25 if QUIET else 0.0  # and a client that sends four times a second
pytestmark = pytest.mark.lab


def trace(case: str) -> dict[str, Any]:
    return json.loads((MESH / f"{case}.json").read_text())


def recorded(case: str) -> dict[str, Any]:
    return trace(case)["measured"]


def clients(case: str) -> list[dict[str, Any]]:
    """The clients of the recording."""
    what, seen = trace(case)["what"], recorded(case)
    found: list[dict[str, Any]] = [{"kind": "new"}, {"kind": "outbound-pool" if "pool" in what else "outbound"}]
    if seen["inbound_keep_alive"]:
        found.append({"kind": "keep-alive"})
    for one in seen["request_in_flight"]:
        cut = re.search(r"request of (\d+) s", what)  # its answer would have told how long it takes
        takes = float(one["result"].split()[-1]) if one["result"].startswith("200") else float(cut[1]) if cut else 9.0
        found.append({"kind": "slow", "at": one["started"], "takes": round(takes)})
    return found


def is_race(pod: Pod) -> bool:
    """Whether SIGKILL or the agent's last words may come first."""
    settings = pod.settings
    return not settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS and settings.terminationDrainDuration == pod.grace


def log(seen: dict[str, Any]) -> list[str]:
    """What the agent said, but for its other goroutines and what it says to an Envoy that is already gone."""
    others = ("Status server", "Aborted proxy instance", "Envoy aborted", "Agent has successfully")
    return [text for _, text in seen["agent_log"] if not text.startswith(others)]


@cache
def runs() -> dict[str, dict[str, Any]]:
    """Every case once, a few at a time."""

    async def all_of_them() -> list[dict[str, Any]]:
        turn = asyncio.Semaphore(3)

        async def one(case: str) -> dict[str, Any]:
            async with turn:
                return await stopped({"manifest": str(MESH / f"{case}.yaml"), "pod": case, "clients": clients(case)})

        return list(await asyncio.gather(*map(one, CASES)))

    return dict(zip(CASES, asyncio.run(all_of_them()), strict=True))


@pytest.mark.parametrize("case", CASES)
def test_as_recorded(case: str) -> None:
    real, lab = recorded(case), runs()[case]["measured"]
    [pod] = [one for one in load((MESH / f"{case}.yaml").read_text()) if isinstance(one, Pod)]
    race = is_race(pod)
    for name, one in real["containers"].items():
        seen = lab["containers"][name]
        assert race or seen["exit_code"] == one["exit_code"], name
        assert seen["stop_timeout"] == one["stop_timeout"], name
        assert one["end"] - 0.2 <= seen["end"] <= one["end"] + LATE, name
    assert log(lab) == (log(real)[: len(log(lab))] if race else log(real)) and log(lab)
    gone = max(one["end"] for one in lab["containers"].values())
    for client in ("new_inbound_requests_10_per_s", "inbound_keep_alive", "outbound_requests_4_per_s"):
        for key in ("first_close_header", "last_ok", "first_refused", "first_error", "first_5xx"):
            if real[client] is None or key not in real[client]:
                continue
            at, seen_at = real[client][key], lab[client][key]
            if at is None:
                assert seen_at is None or seen_at >= gone - 0.3, (client, key)
            elif at < gone - 0.3:  # at the pod's very end either cause may come first
                assert seen_at is not None and at - 0.4 <= seen_at <= at + LATE + BETWEEN, (client, key)
    for one, seen in zip(real["request_in_flight"], lab["request_in_flight"], strict=True):
        assert one["result"].startswith("200") == seen["result"].startswith("200")
    line = timeline(pod)
    assert line.proxy is not None and line.proxy.killed_by == (
        "kubelet" if real["containers"]["istio-proxy"]["exit_code"] == 137 else "pilot-agent"
    )


@pytest.mark.parametrize("case", CASES)
def test_which_requests_are_lost(case: str) -> None:
    """As computed, request by request, but for those on a boundary."""
    wrong = {row["what"]: row["otherwise_at"] for row in runs()[case]["rows"] if row.get("otherwise_at")}
    busy = {what: times for what, times in wrong.items() if len(times) > 2}
    assert not busy
