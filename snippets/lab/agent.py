"""pilot-agent's part: `python -m lab.agent '<json>'` runs an Envoy, and ends it step for step as pilot-agent does.

Followed line by line: istio/istio `pkg/envoy/agent.go`, `admin.go`, `proxy.go` and the `/drain` and `/quitquitquit`
handlers of `pilot/cmd/pilot-agent/status/server.go`, @ 86c9f01fd735, with the differences of older releases in
`Behaviour`. Not here: xDS, certificates, DNS, metrics.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from .wire import Answer, Http, request, run, spawn, tell

#: Listeners that Istio itself owns; their connections do not count (`knownIstioListeners`).
KNOWN = {
    f"listener.{name}.downstream_cx_active" for name in ("0.0.0.0_15021", "0.0.0.0_15090", "admin", "admin.main_thread")
}


@dataclass(frozen=True)
class Behaviour:
    """What differs between Istio releases. Units: seconds. `retries`: failed stats calls in a row that are forgiven."""

    drain_endpoint: bool = True  # /drain and skipDrain, 1.21
    retries: int = 4  # 1.23: aborts on the fifth; before: on the first
    stats_timeout: float = 2.0  # 1.23; before: 1 s
    ignores_internal: bool = True  # 1.31 (and 1.29.6, 1.30.3): listener.envoy_internal_*
    sees_envoy_die: bool = True  # 1.21 (and 1.20.3): stops waiting when Envoy is gone
    tick: float = 1.0  # activeConnectionCheckDelay

    @classmethod
    def of(cls, istio: str) -> Behaviour:
        """The behaviour of an Istio minor such as `1.31`."""
        minor = int(istio.split(".")[1])
        old = {} if minor >= 23 else {"retries": 0, "stats_timeout": 1.0}
        return cls(drain_endpoint=minor >= 21, ignores_internal=minor >= 31, sees_envoy_die=minor >= 21, **old)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Settings:
    """ProxyConfig as the agent reads it, in seconds; `sidecar` is false for a gateway."""

    terminationDrainDuration: float = 5.0
    MINIMUM_DRAIN_DURATION: float = 5.0
    EXIT_ON_ZERO_ACTIVE_CONNECTIONS: bool = False
    sidecar: bool = True
    istio: str = "1.31"


class Envoy(Protocol):
    """The process that the agent owns: `exited` is set when it is gone."""

    exited: asyncio.Event

    async def drain(self, query: str) -> None:
        """POST /drain_listeners; without a timeout. Errors: `OSError`."""

    async def stats(self, path: str, timeout: float) -> str: ...

    def kill(self) -> None: ...


class Ticker:
    """Go's `time.Ticker`: a buffer of one, so a slow reader finds one tick waiting, and misses the others."""

    def __init__(self, period: float) -> None:
        self.period, self.began, self.taken = period, asyncio.get_running_loop().time(), 0

    async def next(self) -> None:
        now = asyncio.get_running_loop().time()
        passed = int((now - self.began) / self.period)
        if passed <= self.taken:
            self.taken += 1
            await asyncio.sleep(self.began + self.taken * self.period - now)
        else:
            self.taken = passed


def go_duration(seconds: float) -> str:
    """As Go's `time.Duration` prints it: `5s`, `1m0s`, `500ms`."""
    if 0 < seconds < 1:
        return f"{round(seconds * 1000, 6):g}ms"
    minutes, rest = divmod(round(seconds, 9), 60)
    hours, minutes = divmod(int(minutes), 60)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if hours or minutes else "") + f"{round(rest, 9):.12g}s"


def active_connections(stats: str, behaviour: Behaviour) -> int:
    """`activeProxyConnections`: the sum over listeners that count, or -1 when the answer is empty."""
    if not stats:
        return -1
    total = 0
    for line in stats.splitlines():
        name, colon, value = line.partition(":")
        if not colon or ":" in value or not name.startswith("listener.") or "worker_" in name or name in KNOWN:
            continue
        if name.startswith("listener.envoy_internal_") and behaviour.ignores_internal:
            continue
        total += int(value) if value.strip().isdigit() else 0
    return total


class Agent:
    """`Agent` of agent.go; `log` gets its messages, word for word."""

    def __init__(
        self, settings: Settings, envoy: Envoy, log: Callable[[str], None], behaviour: Behaviour | None = None
    ):
        self.settings, self.envoy, self.log = settings, envoy, log
        self.behaviour = behaviour or Behaviour.of(settings.istio)
        self.skip_drain = False
        self.cancelled = asyncio.Event()

    async def run(self) -> None:
        """`Run`: until Envoy is gone, by itself or by `terminate`."""
        await _first(self.envoy.exited, self.cancelled)
        if not self.cancelled.is_set():
            self.log("Envoy exited")
            return
        await self.terminate()
        self.log("Agent has successfully terminated")

    async def drain_now(self) -> None:
        """POST /drain: drain for ever, and wait for nothing at SIGTERM."""
        self.log("Agent draining proxy")
        await self._drain(skip_exit=True)
        self.skip_drain = True

    async def terminate(self) -> None:
        self.log("Agent draining Proxy for termination")
        if self.skip_drain:
            self.log("Agent already drained, exiting immediately")
            self.envoy.kill()
            return
        await self._drain(skip_exit=False)
        if self.settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS:
            if await self._until_idle():
                return
        else:
            seconds = self.settings.terminationDrainDuration
            self.log(f"Graceful termination period is {go_duration(seconds)}, starting...")
            if not self.behaviour.sees_envoy_die:
                await asyncio.sleep(seconds)
            elif await _first(self.envoy.exited, timeout=seconds):
                self.log("Graceful termination logic ended prematurely, envoy process terminated early")
                return
            self.log("Graceful termination period complete, terminating remaining proxies.")
        self.log("Aborting proxy")
        self.envoy.kill()
        await self.envoy.exited.wait()
        self.log("Envoy aborted normally")

    async def _until_idle(self) -> bool:
        """Waits until no connection counts. Returns whether Envoy was gone before."""
        minimum, retry = self.settings.MINIMUM_DRAIN_DURATION, 0
        self.log(
            f"Agent draining proxy for {go_duration(minimum)}, then waiting for active connections to terminate..."
        )
        await asyncio.sleep(minimum)
        self.log("Checking for active connections...")
        ticker = Ticker(self.behaviour.tick)
        while True:
            await ticker.next()
            error = ""
            try:
                path = "/stats?usedonly&filter=downstream_cx_active$"
                count = active_connections(await self.envoy.stats(path, self.behaviour.stats_timeout), self.behaviour)
            except OSError as failed:
                error = f"unable to get listener stats from Envoy : {type(failed).__name__}"
            if self.envoy.exited.is_set() and self.behaviour.sees_envoy_die:
                self.log("Graceful termination logic ended prematurely, envoy process terminated early")
                return True
            if error:
                self.log(error)
                retry += 1
                if retry > self.behaviour.retries:
                    self.log(f"Graceful termination logic ended prematurely (Max retry {retry} exceeded)")
                    return False
                self.log(f"Retrying ({retry} attempt) to obtain active connections...")
            elif count == -1:
                self.log("downstream_cx_active are not available. Skipping active connections check...")
                return False
            elif count == 0:
                self.log("There are no more active connections. terminating proxy...")
                return False
            else:
                self.log(f"There are still {count} active connections")
                retry = 0

    async def _drain(self, skip_exit: bool) -> None:
        query = ("inboundonly&" if self.settings.sidecar else "") + "graceful" + ("&skip_exit" if skip_exit else "")
        try:
            await self.envoy.drain(query)
        except OSError as error:
            self.log(f"Error in invoking drain listeners endpoint: {type(error).__name__}")


async def _first(*events: asyncio.Event, timeout: float | None = None) -> bool:
    """Waits for the first of `events`; returns whether one came before `timeout`."""
    tasks = [asyncio.ensure_future(event.wait()) for event in events]
    done, pending = await asyncio.wait(tasks, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    return bool(done)


class EnvoyProcess:
    """A real Envoy. `stats_port` is the admin port, or that of a stand-in that fails."""

    def __init__(self, process: asyncio.subprocess.Process, admin: int, stats_port: int) -> None:
        self.process, self.admin, self.stats_port = process, admin, stats_port
        self.exited = asyncio.Event()
        self._waiting = asyncio.ensure_future(self._wait())

    async def _wait(self) -> None:
        await self.process.wait()
        self.exited.set()

    async def drain(self, query: str) -> None:
        await request(self.admin, f"/drain_listeners?{query}", "POST")

    async def stats(self, path: str, timeout: float) -> str:
        return (await request(self.stats_port, path, timeout=timeout))[1].decode()

    def kill(self) -> None:
        if self.process.returncode is None:
            self.process.kill()


async def main(given: dict[str, Any]) -> None:
    stderr = asyncio.subprocess.PIPE
    process = await spawn(
        *given["command"], stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=stderr
    )
    envoy = EnvoyProcess(process, given["admin"], given["stats"])
    agent = Agent(Settings(**given["settings"]), envoy, tell)

    async def status(method: str, path: str) -> Answer:
        """Port 15020, as far as termination goes."""
        if path == "/healthz/ready":
            ready = not agent.cancelled.is_set() and not envoy.exited.is_set()
            return (200, b"") if ready else (503, b"server is terminated")
        if path == "/quitquitquit" and method == "POST":
            agent.skip_drain = agent.behaviour.drain_endpoint  # until 1.20 it was as good as SIGTERM
            agent.cancelled.set()
            return 200, b"OK"
        if path == "/drain" and method == "POST" and agent.behaviour.drain_endpoint:
            tell("handling /drain, starting drain")
            await agent.drain_now()
            return 200, b"OK"
        return 404, b""

    server = await Http(status).start(given["status"])

    def sigterm() -> None:
        tell("received signal: terminated")
        agent.cancelled.set()
        server.server.close()  # connections that are open are still answered
        tell("Status server has successfully terminated")

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, sigterm)
    tell("started", envoy=process.pid)
    await agent.run()
    await envoy.exited.wait()
    if not agent.cancelled.is_set() and process.stderr:
        tell("stderr", text=(await process.stderr.read()).decode(errors="replace")[-2000:])
    os._exit(0)


if __name__ == "__main__":
    run(main)
