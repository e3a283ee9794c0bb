"""The agent's part against an Envoy that is not there: its ticker, its counting, its retries, on a clock that jumps."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

import pytest
from lab.agent import Agent, Behaviour, Settings, Ticker, active_connections, go_duration
from lab.wire import Http, free_ports, request

from tests.lab.jumping import at_once

IDLE = "listener.0.0.0.0_15006.downstream_cx_active: 0\n"
BUSY = "listener.0.0.0.0_15006.downstream_cx_active: 3\n"


@dataclass
class FakeEnvoy:
    """Answers statistics with what it is given, in order; the last answer holds on. An exception is raised."""

    answers: list[str | Exception] = field(default_factory=list)
    exited: asyncio.Event = field(default_factory=asyncio.Event)
    calls: list[str] = field(default_factory=list)

    async def drain(self, query: str) -> None:
        self.calls.append(f"drain {query}")

    async def stats(self, path: str, timeout: float) -> str:
        self.calls.append("stats")
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, TimeoutError):
            await asyncio.sleep(timeout)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def kill(self) -> None:
        self.calls.append("kill")
        self.exited.set()


def ended(envoy: FakeEnvoy, settings: Settings, *, drained: bool = False, dies_at: float | None = None) -> float:
    """How many seconds after SIGTERM the agent is done."""

    async def run() -> float:
        loop, agent = asyncio.get_running_loop(), Agent(settings, envoy, envoy.calls.append)
        if drained:
            await agent.drain_now()
        if dies_at is not None:
            loop.call_later(dies_at, envoy.exited.set)
        agent.cancelled.set()
        began = loop.time()
        await agent.run()
        return round(loop.time() - began, 6)

    return at_once(run())


ON_ZERO = Settings(EXIT_ON_ZERO_ACTIVE_CONNECTIONS=True, MINIMUM_DRAIN_DURATION=1)


def test_a_fixed_drain_waits_its_time_and_kills() -> None:
    envoy = FakeEnvoy()
    assert ended(envoy, Settings(terminationDrainDuration=3)) == 3
    assert envoy.calls[1] == "drain inboundonly&graceful" and "kill" in envoy.calls and "stats" not in envoy.calls


def test_a_gateway_drains_all_listeners() -> None:
    envoy = FakeEnvoy()
    ended(envoy, Settings(terminationDrainDuration=0, sidecar=False))
    assert "drain graceful" in envoy.calls


def test_after_drain_nothing_is_waited_for() -> None:
    envoy = FakeEnvoy()
    assert ended(envoy, Settings(terminationDrainDuration=9), drained=True) == 0
    assert [one for one in envoy.calls if one.startswith("drain")] == ["drain inboundonly&graceful&skip_exit"]


@pytest.mark.parametrize(
    ("answers", "istio", "after"),
    [
        ([IDLE], "1.31", 2),  # the first look is a tick after MINIMUM_DRAIN_DURATION
        ([BUSY, BUSY, IDLE], "1.31", 4),
        ([""], "1.31", 2),  # "stats are not enabled"
        ([ConnectionRefusedError()], "1.31", 6),  # the fifth error in a row
        ([ConnectionRefusedError()] * 4 + [BUSY] + [ConnectionRefusedError()] * 4 + [IDLE], "1.31", 11),
        ([ConnectionRefusedError()], "1.22", 2),  # the first error
        ([TimeoutError()], "1.31", 12),  # 2 s each; while one hangs, one tick waits in the buffer
        ([TimeoutError()], "1.22", 3),
    ],
)
def test_exit_on_zero(answers: list[str | Exception], istio: str, after: float) -> None:
    assert ended(FakeEnvoy(answers), replace(ON_ZERO, istio=istio)) == after


def test_the_death_of_envoy_ends_a_fixed_drain_and_not_the_minimum() -> None:
    assert ended(FakeEnvoy(), Settings(terminationDrainDuration=9), dies_at=2) == 2
    longer = replace(ON_ZERO, MINIMUM_DRAIN_DURATION=4)
    envoy = FakeEnvoy([ConnectionRefusedError()])
    assert ended(envoy, longer, dies_at=2) == 5
    assert "kill" not in envoy.calls


def test_until_1_20_a_fixed_drain_outlasts_the_death_of_envoy() -> None:
    assert ended(FakeEnvoy(), Settings(terminationDrainDuration=9, istio="1.20"), dies_at=2) == 9


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0s"), (5, "5s"), (1.5, "1.5s"), (0.25, "250ms"), (60, "1m0s"), (90.5, "1m30.5s"), (3600, "1h0m0s")],
)
def test_durations_are_said_as_go_says_them(seconds: float, said: str) -> None:
    assert go_duration(seconds) == said


def test_a_slow_reader_finds_one_tick_waiting() -> None:
    async def run() -> list[int]:
        loop, seen = asyncio.get_running_loop(), list[int]()
        ticker = Ticker(1)
        for busy in (0, 2.4, 0, 0):
            await ticker.next()
            seen.append(int(loop.time() - ticker.began))
            await asyncio.sleep(busy)
        return seen

    # Ticks 3 and 4 come while the reader is busy: it finds one of them at once, the other is lost.
    assert at_once(run()) == [1, 2, 4, 5]


COUNTED = """\
cluster.outside.upstream_cx_active: 7
http.app.downstream_cx_active: 5
listener.0.0.0.0_15001.downstream_cx_active: 2
listener.0.0.0.0_15001.worker_0.downstream_cx_active: 2
listener.0.0.0.0_15006.downstream_cx_active: 3
listener.0.0.0.0_15021.downstream_cx_active: 1
listener.0.0.0.0_15090.downstream_cx_active: 1
listener.admin.downstream_cx_active: 1
listener.admin.main_thread.downstream_cx_active: 1
listener.envoy_internal_connect_originate.downstream_cx_active: 11
a line without its separator
"""


@pytest.mark.parametrize(("istio", "count"), [("1.31", 5), ("1.30", 16)])
def test_what_counts_as_an_active_connection(istio: str, count: int) -> None:
    """Outbound listeners do, http and worker statistics do not; internal listeners did until 1.31."""
    assert active_connections(COUNTED, Behaviour.of(istio)) == count


def test_nothing_to_count_is_not_zero() -> None:
    assert active_connections("", Behaviour()) == -1
    assert active_connections("listener.admin.downstream_cx_active: 1\n", Behaviour()) == 0


def test_request_reads_a_whole_answer_and_gives_up_in_time() -> None:
    async def run() -> None:
        async def answer(method: str, path: str) -> tuple[int, bytes]:
            await asyncio.sleep(1 if path == "/slow" else 0)
            return 200, f"{method} {path}".encode()

        [port] = free_ports(1)
        server = await Http(answer).start(port)
        assert await request(port, "/drain", "POST") == (200, b"POST /drain")
        with pytest.raises(TimeoutError):
            await request(port, "/slow", timeout=0.05)
        server.close()
        with pytest.raises(OSError):
            await request(port, "/")

    asyncio.run(run())
