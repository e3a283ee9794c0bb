"""The lab's agent and kubelet are held to the real ones: what tests/traces/mesh recorded happens again.

Order, cause and which requests are lost, not seconds: this machine may be busy. `LAB=all` runs all twelve recordings.
"""

from __future__ import annotations

import asyncio
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lab.run import apart
from timing_rules import Pod, load, timeline

MESH = Path(__file__).resolve().parent.parent / "traces" / "mesh"
ALL = sorted(path.stem for path in MESH.glob("*.json"))
SHORT = [
    "classic-app-prestop-only",
    "classic-drain-outlives-drainduration",
    "classic-exit-on-zero-idle",
    "gateway",
    "native-plain",
]
CASES = ALL if os.environ.get("LAB") == "all" else SHORT
LATE = 1.0  # seconds that a busy machine may add
pytestmark = pytest.mark.lab


def recorded(case: str) -> dict[str, Any]:
    return json.loads((MESH / f"{case}.json").read_text())["measured"]


def clients(case: str) -> list[dict[str, Any]]:
    """The clients of the recording."""
    seen = recorded(case)
    found: list[dict[str, Any]] = [{"kind": "new"}, {"kind": "outbound-pool" if "pool" in case else "outbound"}]
    if seen["inbound_keep_alive"]:
        found.append({"kind": "keep-alive"})
    takes = 6 if case.startswith("native") else 8
    return found + [{"kind": "slow", "at": one["started"], "takes": takes} for one in seen["request_in_flight"]]


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
                return await apart({"manifest": str(MESH / f"{case}.yaml"), "pod": case, "clients": clients(case)})

        return list(await asyncio.gather(*map(one, CASES)))

    return dict(zip(CASES, asyncio.run(all_of_them()), strict=True))


@pytest.mark.parametrize("case", CASES)
def test_as_recorded(case: str) -> None:
    real, lab = recorded(case), runs()[case]["measured"]
    [pod] = [one for one in load((MESH / f"{case}.yaml").read_text()) if isinstance(one, Pod)]
    race = "equals-grace" in case  # either SIGKILL or the agent's last words may come first
    for name, one in real["containers"].items():
        seen = lab["containers"][name]
        assert race or seen["exit_code"] == one["exit_code"], name
        assert seen["stop_timeout"] == one["stop_timeout"], name
        assert one["end"] - 0.2 <= seen["end"] <= one["end"] + LATE, name
    assert log(lab) == (log(real)[: len(log(lab))] if race else log(real)) and log(lab)
    gone = max(one["end"] for one in lab["containers"].values())
    for client in ("new_inbound_requests_10_per_s", "inbound_keep_alive", "outbound_requests_4_per_s"):
        for key in ("first_close_header", "last_ok", "first_refused", "first_error", "first_5xx"):
            at = (real[client] or {}).get(key)
            if at is not None and at < gone - 0.3:  # at the pod's very end either cause may come first
                assert lab[client][key] is not None, (client, key)
                assert at - 0.4 <= lab[client][key] <= at + LATE, (client, key)
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
