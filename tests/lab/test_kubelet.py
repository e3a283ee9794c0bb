"""The lab's kubelet against the recordings of a real one, with processes that are not there, on a clock that jumps."""

from __future__ import annotations

import asyncio
import signal
from types import SimpleNamespace
from typing import Any, cast

import pytest
from lab.kubelet import Kubelet, Process, Stopped
from timing_rules.domain import NEVER, Assumptions, Container, Pod

from tests.lab.jumping import at_once
from tests.timing.test_traces import KILLED, RANDOM, SPECIAL, SPECIAL_PODS, random_pod


class FakeProcess:
    """A container that stops as the manifest declares."""

    def __init__(self, container: Container) -> None:
        self.container, self.exited, self.exited_at = container, asyncio.Event(), 0.0
        self.process = SimpleNamespace(returncode=None)
        self.loop = asyncio.get_running_loop()
        if container.exits_at is not None:
            self.loop.call_later(container.exits_at, self.exit, KILLED)

    def exit(self, code: int) -> None:
        if self.process.returncode is None:
            self.process.returncode, self.exited_at = code, self.loop.time()
            self.exited.set()

    def signal(self, number: signal.Signals) -> None:
        if number == signal.SIGKILL:
            self.exit(-number)
        elif self.container.shutdown not in (None, NEVER):
            self.loop.call_later(self.container.shutdown or 0.0, self.exit, 0)


def stopped(pod: Pod) -> dict[str, Stopped]:
    async def run() -> dict[str, Stopped]:
        processes = {one.name: FakeProcess(one) for one in (*pod.containers, *pod.sidecars)}
        return await Kubelet(pod, cast(dict[str, Process], processes), cast(Any, SimpleNamespace(status=0))).kill_pod()

    return at_once(run())


def as_recorded(pod: Pod, containers: dict[str, dict[str, Any]]) -> None:
    found = stopped(pod)
    for name, seen in containers.items():
        one = found[name]
        assert one.stop_called == pytest.approx(seen.get("stop_called", seen.get("sigterm")), abs=0.25), name
        assert one.end == pytest.approx(seen["end"], abs=0.25), name
        assert (one.stop_timeout, one.exit_code) == (seen["stop_timeout"], seen["exit_code"]), name


@pytest.mark.parametrize("trace", RANDOM, ids=[one["id"] for one in RANDOM])
def test_random_pods(trace: dict[str, Any]) -> None:
    as_recorded(random_pod(trace), {one["name"]: one["measured"] for one in trace["containers"]})


@pytest.mark.parametrize("case", SPECIAL)
def test_special_cases(case: str) -> None:
    containers, sidecars = SPECIAL_PODS[case]
    grace = SPECIAL[case]["grace"]
    pod = Pod(tuple(containers), tuple(sidecars), grace, assumptions=Assumptions(kubernetes="1.33"))
    as_recorded(pod, SPECIAL[case]["containers"])
