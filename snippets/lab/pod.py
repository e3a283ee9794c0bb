"""One pod on this machine, from its start to its end, under load: `python -m lab.pod '<job>'`, or `measure`.

Each pod has a process of its own, so that clients of one do not disturb the times of another. A job names `manifest` (a
file), `pod`, `clients`, `minor` (of Envoy), `expect` and `faults` (`stats`: `hang`, `refuse` or `empty`; `envoy-dies`: a
time).
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from timing_rules import Pod, load, timeline
from timing_rules.duration import parse_duration
from timing_rules.pod import NEVER, PROXY, Container, Sidecar

from . import envoy, record
from .agent import Settings
from .app import answer
from .kubelet import Kubelet, Process, Stopped
from .load import KINDS, Client
from .wire import HOST, Http, LabError, PortTaken, free_ports, request, tell

LEAD, TAIL = 1.2, 0.7  # seconds that clients send before the deletion, and after the last container is gone
TAKEN = "Ports that were free a moment ago are in use, three times in a row; run it again."
Tell = Callable[[float], None]


def _seconds(value: float | None) -> float | None:
    return None if value is None or value == NEVER else value


class PodRun:
    """One pod on this machine, from its start to its end."""

    def __init__(self, pod: Pod, minor: str = envoy.DEFAULT, faults: dict[str, str] | None = None) -> None:
        if pod.sidecar is None or pod.sidecar is Sidecar.NONE:
            raise LabError(f"{pod.name or 'The pod'} has no sidecar that its manifest settles; declare its versions.")
        self.pod, self.minor, self.faults = pod, minor, faults or {}
        self.ports = envoy.Ports(*free_ports(len(envoy.Ports.__dataclass_fields__)))
        self.processes: dict[str, Process] = {}
        self.servers: list[asyncio.Server | Http] = []

    async def start(self, kinds: set[str]) -> None:
        """Starts every container, and waits until a request gets through."""
        self.servers.append(await Http(answer).start(self.ports.outside))
        for index, container in enumerate([*self.pod.containers, *self.pod.sidecars]):
            await self._start_app(container, kinds if index == 0 else None)
        await self._start_proxy()

    async def _start_app(self, container: Container, kinds: set[str] | None) -> None:
        accepts = self.pod.assumptions.accepts_after_sigterm
        if container.shutdown is None:
            raise LabError(f"How long {container.name} takes to stop is not declared; add timing-rules/app-shutdown.")
        settings: dict[str, Any] = {"shutdown": _seconds(container.shutdown), "accepts": _seconds(accepts)}
        if kinds is not None:
            settings["http"] = self.ports.app_http
            for kind in ("tcp", "websocket", "grpc"):
                if any(one.startswith(kind) for one in kinds):
                    settings[kind] = getattr(self.ports, f"app_{kind}")
        process = await Process.start(container.name, *_module("app", settings))
        self.processes[container.name] = process
        if await process.until("ready") is None:
            _refuse_taken(process)
            raise LabError(f"The app {container.name} did not start; its error stands above.")

    async def _start_proxy(self) -> None:
        pod, ports, given = self.pod, self.ports, self.pod.settings
        settings = Settings(
            terminationDrainDuration=given.terminationDrainDuration,
            MINIMUM_DRAIN_DURATION=given.MINIMUM_DRAIN_DURATION,
            EXIT_ON_ZERO_ACTIVE_CONNECTIONS=given.EXIT_ON_ZERO_ACTIVE_CONNECTIONS,
            sidecar=pod.sidecar is not Sidecar.GATEWAY,
            istio=str(pod.istio or "1.31"),
        )
        config = envoy.bootstrap(
            ports, gateway=not settings.sidecar, exit_on_zero=settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS
        )
        command = [str(envoy.binary(self.minor)), *envoy.arguments(math.floor(given.drainDuration), config)]
        stats = await self._faulty_stats()
        agent = {
            "command": command,
            "admin": ports.admin,
            "stats": stats,
            "status": ports.status,
            "settings": asdict(settings),
        }
        process = self.processes[PROXY] = await Process.start(PROXY, *_module("agent", agent))
        deadline = time.monotonic() + 20
        while not await self._through():
            if process.exited.is_set():
                _refuse_taken(process)
                said = next((one["text"] for one in process.said if one["event"] == "stderr"), "")
                if "Address already in use" in said or "cannot bind" in said:
                    raise PortTaken(TAKEN)
                raise LabError(
                    f"Envoy {self.minor} did not start: {said.strip().splitlines()[-1:] or 'it said nothing'}."
                )
            if time.monotonic() > deadline:
                raise LabError(
                    "Envoy answered nothing within 20 s; the machine is too busy, try again when it is quiet."
                )
            await asyncio.sleep(0.05)

    async def _through(self) -> bool:
        with suppress(OSError, TimeoutError):
            return all(
                [(await request(port, "/", timeout=1))[0] == 200 for port in (self.ports.in_http, self.ports.out)]
            )
        return False

    async def _faulty_stats(self) -> int:
        """The port that the agent asks for statistics: Envoy's own, or one that fails as told."""
        how = self.faults.get("stats")
        if not how:
            return self.ports.admin
        [port] = free_ports(1)

        async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(ConnectionError):
                while await reader.read(1024):
                    pass
            writer.close()

        async def empty(method: str, path: str) -> tuple[int, bytes]:
            return 200, b""

        if how == "hang":
            self.servers.append(await asyncio.start_server(hang, HOST, port))
        elif how == "empty":
            self.servers.append(await Http(empty).start(port))
        return port

    async def stop(self) -> dict[str, Stopped]:
        """The kubelet's part, and what is to break meanwhile. Returns how each container stopped."""
        kubelet = self.kubelet = Kubelet(self.pod, self.processes, self.ports)
        if self.faults.get("envoy-dies"):
            asyncio.get_running_loop().call_later(parse_duration(self.faults["envoy-dies"]), self._kill_envoy)
        return await kubelet.kill_pod()

    def _kill_envoy(self) -> None:
        pid = next(one["envoy"] for one in self.processes[PROXY].said if one["event"] == "started")
        with suppress(ProcessLookupError):
            os.kill(pid, 9)

    async def close(self) -> None:
        """Ends what still runs; safe at any time."""
        for server in self.servers:
            server.close()
        for process in self.processes.values():
            if process.process.returncode is None:
                with suppress(ProcessLookupError):
                    process.process.kill()
                await process.exited.wait()


def _refuse_taken(process: Process) -> None:
    if any(one["event"] == "port in use" for one in process.said):
        raise PortTaken(TAKEN)


def _module(name: str, settings: dict[str, Any]) -> list[str]:
    return [sys.executable, "-B", "-m", f"lab.{name}", json.dumps(settings)]


@asynccontextmanager
async def _sending(clients: list[Client]) -> AsyncIterator[list[asyncio.Task[None]]]:
    tasks = [asyncio.ensure_future(KINDS[one.kind](one)) for one in clients]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def measure(
    pod: Pod,
    clients: list[dict[str, Any]],
    *,
    minor: str = envoy.DEFAULT,
    expect: dict[str, Any] | None = None,
    faults: dict[str, str] | None = None,
    show: Tell = lambda seconds: None,
) -> dict[str, Any]:
    """Stops one pod under load. Returns a run of a record: provenance, events and requests, computed and measured.

    `show` is called with the seconds since the deletion. Errors: `LabError`.
    """
    for left in (2, 1, 0):
        try:
            return await _measure(PodRun(pod, minor, faults), clients, expect or {}, show)
        except PortTaken:
            if not left:
                raise
    raise AssertionError


async def _measure(run: PodRun, clients: list[dict[str, Any]], expect: dict[str, Any], show: Tell) -> dict[str, Any]:
    pod, line = run.pod, timeline(run.pod)
    origin = float("inf")  # the moment of deletion, by CLOCK_MONOTONIC

    def clock() -> float:
        return time.monotonic() - (origin if origin < float("inf") else started + LEAD)

    made = [Client(one["kind"], run.ports, dict(one), clock) for one in clients]
    if pod.assumptions.propagation is not None:  # then no client knows the pod any more
        for one in made:
            if not one.kind.startswith("outbound"):
                one.options.setdefault("until", pod.assumptions.propagation)
    lead = max([LEAD, *(0.3 - one.get("at", 0.0) for one in clients)])
    try:
        await run.start({one.kind for one in made})
        started = time.monotonic() + lead - LEAD
        async with _sending(made) as tasks:
            while clock() < 0:
                await asyncio.sleep(min(0.05, -clock()))
            origin = time.monotonic()
            shown = asyncio.ensure_future(_show(clock, show))
            stopped = await run.stop()
            shown.cancel()
            know = pod.assumptions.propagation or 0.0
            await asyncio.sleep(max(TAIL, know + 0.1 - clock()))
            for task in tasks:
                if task.done() and not task.cancelled() and task.exception() is not None:
                    raise task.exception() or RuntimeError
        seen = record.measured(
            stopped, run.processes, made, run.kubelet.began, pod.containers[0].name if pod.containers else ""
        )
        seen["faults"] = run.faults
    finally:
        await run.close()
    rows = record.compare(line, seen, made, expect)
    return {
        "pod": pod.name,
        **record.provenance(run.minor),
        # A fault is none of the timeline's business.
        "computed": [] if run.faults else [[one.at, one.actor, one.kind] for one in line.events],
        "measured": seen,
        "rows": rows,
        "verdict": "agrees" if all(row["agrees"] for row in rows) else "differs",
    }


async def _show(clock: Callable[[], float], show: Tell) -> None:
    while True:
        show(clock())
        await asyncio.sleep(0.2)


async def main(job: dict[str, Any]) -> None:
    """Does a job, and tells its run; an error in one sentence."""
    path = Path(job.pop("manifest"))
    pods = {one.name: one for one in load(path.read_text(encoding="utf-8"), source=str(path)) if isinstance(one, Pod)}
    try:
        run = await measure(pods[job.pop("pod")], **job, show=lambda seconds: tell("at", seconds=seconds))
    except LabError as error:
        tell("error", sentence=str(error))
    else:
        tell("run", run=run)
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
