"""One pod on this machine, from its start to its end, under load: `python -m lab.pod '<job>'`, or `measure`.

Each pod has a process of its own, so that clients of one do not disturb the times of another. A job names `manifest` (a
file), `pod`, `clients`, `minor` (of Envoy), `expect`, `faults` (`stats`: `hang`, `refuse` or `empty`; `envoy-dies`: a
time), `server`, a program of snippets/servers that is the app instead of `lab.app`, and `retries`, who repeats a request:
`caller`, a sidecar of the clients' own, which knows another pod too, `caller-1.23`, the same as Istio 1.23 set it up, or
`inbound`, the pod's own Envoy.
"""

from __future__ import annotations

import asyncio
import errno
import importlib
import json
import math
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from timing_rules import Pod, load, timeline
from timing_rules.domain import NEVER, PROXY, Container, Sidecar
from timing_rules.duration import parse_duration

from . import envoy, record
from .agent import Settings
from .app import answer
from .kubelet import Kubelet, Process, Stopped
from .load import KINDS, Client, queue
from .wire import HOST, Handler, Http, LabError, PortTaken, free_ports, request, tell

SERVERS = Path(__file__).resolve().parent.parent / "servers"
#: Where a server of snippets/servers listens, if not on `app_http`.
SPEAKS = {"grpc_aio.py": "app_grpc", "asyncio_tcp.py": "app_tcp"}
LEAD, TAIL = 1.2, 0.7  # seconds that clients send before the deletion, and after the last container is gone
TAKEN = "Ports that were free a moment ago are in use, three times in a row; run it again."
BROKE_OFF = "if no error stands above, the system ended it, for want of memory perhaps: run fewer pods together."
IN_USE = ("address already in use", "cannot bind")  # in small letters
Tell = Callable[[float], None]


def _seconds(value: float | None) -> float | None:
    return None if value is None or value == NEVER else value


class PodRun:
    """One pod on this machine, from its start to its end."""

    def __init__(
        self,
        pod: Pod,
        minor: str = envoy.DEFAULT,
        faults: dict[str, str] | None = None,
        server: str = "",
        retries: str = "",
    ) -> None:
        if pod.sidecar is None:
            raise LabError(f"{pod.name or 'The pod'} has no sidecar that its manifest settles; declare its versions.")
        self.pod, self.minor, self.faults, self.server = pod, minor, faults or {}, server
        self.ports = envoy.Ports(*free_ports(len(envoy.Ports.__dataclass_fields__)))
        if pod.sidecar is Sidecar.NONE:  # clients and app reach each other, and the world, without a proxy
            self.ports = replace(self.ports, in_http=self.ports.app_http, out=self.ports.outside)
        self.outside: Handler = answer
        self.retries, self.called = retries, self.ports
        self.processes: dict[str, Process] = {}
        self.callers: list[Process] = []
        self.servers: list[asyncio.Server | Http] = []

    async def start(self, kinds: set[str]) -> None:
        """Starts the proxy and then every other container, and waits until each serves."""
        self.servers.append(await Http(self.outside).start(self.ports.outside))
        if not self.pod.containers:  # a gateway's upstream is another pod
            self.servers.append(await Http(answer).start(self.ports.app_http))
        if self.pod.proxy_container is not None:
            await self._start_proxy()
        for index, container in enumerate([*self.pod.containers, *self.pod.sidecars]):
            if container.shutdown is None:
                raise LabError(
                    f"How long {container.name} takes to stop is not declared; add timing-rules/app-shutdown.{container.name}."
                )
            if self.server and index == 0:
                await self._start_server(container)
            else:
                await self._start_app(container, kinds if index == 0 else None)
        if self.retries.startswith("caller"):
            await self._start_caller()

    async def _start_caller(self) -> None:
        """The sidecar of the clients, which from now on is what they call. One worker, so that hosts really take turns."""
        self.servers.append(await Http(answer).start(self.ports.other))
        config = envoy.caller(self.ports, repeats_503=self.retries == "caller-1.23")
        binary = str(envoy.binary(self.minor))
        self.callers.append(await Process.start_program("caller", {}, binary, *envoy.arguments(45, config, 1)))
        await self._until_listening(self.callers[0], self.ports.caller, "The Envoy of the callers")
        self.called = replace(self.ports, in_http=self.ports.caller)

    async def _until_listening(self, process: Process, port: int, name: str) -> None:
        """Until it accepts, and is still there: the port could be somebody else's."""
        deadline, accepts = time.monotonic() + 20, False
        while not (accepts and not process.exited.is_set()):
            if accepts := await _listens(port):
                await asyncio.sleep(0.2)
            if process.exited.is_set() or time.monotonic() > deadline:
                said = "".join(event["text"] for event in process.said).strip()
                if any(words in said.lower() for words in IN_USE):
                    raise PortTaken(TAKEN)
                raise LabError(f"{name} did not start ({said}); `make lab` installs what it needs.")
            await asyncio.sleep(0.05)

    async def _start_server(self, container: Container) -> None:
        """A program of snippets/servers, with the environment that the manifest gives to the container."""
        path, port = SERVERS / self.server, getattr(self.ports, SPEAKS.get(self.server, "app_http"))
        if not path.is_file():
            raise LabError(f"There is no server {self.server}; name a file of snippets/servers.")
        given = container.node.plain().get("env", []) if container.node else []
        world = f"http://{HOST}:{self.ports.out}"
        env = {"PORT": str(port), "QUEUE": f"{world}/jobs", "TARGET": f"{world}/call"}
        env |= {client["name"]: str(client["value"]) for client in given if "value" in client}
        program = ["-m", "gunicorn", "-c", str(path)] if self.server.startswith("gunicorn") else [str(path)]
        process = await Process.start_program(container.name, env, sys.executable, "-B", *program)
        self.processes[container.name] = process
        if "worker" not in self.server:  # a worker listens nowhere
            await self._until_listening(process, port, self.server)

    async def _start_app(self, container: Container, kinds: set[str] | None) -> None:
        accepts = self.pod.assumptions.accepts_after_sigterm
        settings: dict[str, Any] = {"shutdown": _seconds(container.shutdown), "accepts": _seconds(accepts)}
        if kinds is not None:
            settings["http"] = self.ports.app_http
            for kind in ("tcp", "websocket", "grpc"):
                if any(name.startswith(kind) for name in kinds):
                    settings[kind] = getattr(self.ports, f"app_{kind}")
        process = await Process.start(container.name, *_module("app", settings))
        self.processes[container.name] = process
        if await process.until("ready") is None:
            _refuse_taken(process)
            raise LabError(f"The app {container.name} did not start; {BROKE_OFF}")

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
            ports,
            gateway=not settings.sidecar,
            exit_on_zero=settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS,
            repeats=self.retries == "inbound",
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
                said = next((event["text"] for event in process.said if event["event"] == "stderr"), "")
                if any(words in said.lower() for words in IN_USE):
                    raise PortTaken(TAKEN)
                why = (said.strip().splitlines() or ["it said nothing; the machine may lack memory or the right libc"])[
                    -1
                ]
                raise LabError(f"Envoy {self.minor} did not start: {why}. Mend that, or name another with --envoy.")
            if time.monotonic() > deadline:
                raise LabError(
                    "Envoy answered nothing within 20 s; the machine is too busy, try again when it is quiet."
                )
            await asyncio.sleep(0.05)

    async def _through(self) -> bool:
        """Whether Envoy listens, and lets calls out. What comes in is a 503 as long as there is no app."""
        with suppress(OSError, TimeoutError):
            await request(self.ports.in_http, "/", timeout=1)
            return (await request(self.ports.out, "/", timeout=1))[0] == 200
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
        pid = next(event["envoy"] for event in self.processes[PROXY].said if event["event"] == "started")
        with suppress(ProcessLookupError):
            os.kill(pid, 9)

    async def close(self) -> None:
        """Ends what still runs; safe at any time."""
        for server in self.servers:
            server.close()
        for process in [*self.processes.values(), *self.callers]:
            await process.end()


def _refuse_taken(process: Process) -> None:
    if any(event["event"] == "port in use" for event in process.said):
        raise PortTaken(TAKEN)


async def _listens(port: int) -> bool:
    with suppress(OSError):
        (await asyncio.open_connection(HOST, port))[1].close()
        return True
    return False


def _module(name: str, settings: dict[str, Any]) -> list[str]:
    return [sys.executable, "-B", "-m", f"lab.{name}", json.dumps(settings)]


def as_assumed(pod: Pod) -> Pod:
    """The pod with the default assumptions, where its manifest declares nothing, made real."""
    given = pod.assumptions
    known = replace(given, accepts_after_sigterm=given.accepts, propagation=given.clients_know_after)
    return replace(pod, assumptions=known)


@asynccontextmanager
async def _sending(clients: list[Client]) -> AsyncIterator[list[asyncio.Task[None]]]:
    tasks = [asyncio.ensure_future(KINDS[client.kind](client)) for client in clients]
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
    server: str = "",
    retries: str = "",
    show: Tell = lambda seconds: None,
) -> dict[str, Any]:
    """Stops one pod under load. Returns a run of a record: provenance, events and requests, computed and measured.

    `show` is called with the seconds since the deletion. Errors: `LabError`.
    """
    for left in (2, 1, 0):
        try:
            return await _measure(PodRun(pod, minor, faults, server, retries), clients, expect or {}, show)
        except PortTaken:
            if not left:
                raise
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            if not left:
                raise PortTaken(TAKEN) from None
    raise AssertionError


async def _measure(run: PodRun, clients: list[dict[str, Any]], expect: dict[str, Any], show: Tell) -> dict[str, Any]:
    pod, line = run.pod, timeline(run.pod)
    origin = float("inf")  # the moment of deletion, by CLOCK_MONOTONIC

    def clock() -> float:
        return time.monotonic() - (origin if origin < float("inf") else started + LEAD)

    for name in ("httpx", "websockets.exceptions"):  # not in the seconds that are measured
        importlib.import_module(name)
    made = [Client(client["kind"], run.ports, dict(client), clock) for client in clients]
    run.outside = next((queue(client) for client in made if client.kind == "jobs"), run.outside)
    if pod.assumptions.propagation is not None:  # then no client knows the pod any more
        for client in made:
            if not client.kind.startswith("outbound"):
                client.options.setdefault("until", pod.assumptions.propagation)
    lead = max([LEAD, *(0.3 - client.get("at", 0.0) for client in clients)])
    try:
        await run.start({client.kind for client in made})
        for client in made:
            client.ports = run.called
            if "of" in client.options:
                client.ended = run.processes[client.options["of"]].exited
        started = time.monotonic() + lead - LEAD
        async with _sending(made) as tasks:
            while clock() < 0:
                await asyncio.sleep(min(0.05, -clock()))
            origin = time.monotonic()
            shown = asyncio.ensure_future(_show(clock, show))
            try:
                stopped = await run.stop()
            finally:
                shown.cancel()
            last = max((client.options.get("until", 0.0) for client in made), default=0.0)
            await asyncio.sleep(max(TAIL, last + 0.1 - clock()))
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
    minor = run.minor if pod.proxy_container else ""
    return {
        "pod": pod.name,
        **record.provenance(minor, minor and envoy.version(minor)),
        # A fault is none of the timeline's business.
        "computed": [] if run.faults else [[event.at, event.actor, event.kind] for event in line.events],
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
    pods = {
        item.name: item for item in load(path.read_text(encoding="utf-8"), source=str(path)) if isinstance(item, Pod)
    }
    pod = pods[job.pop("pod")]
    try:
        run = await measure(
            as_assumed(pod) if job.pop("as_assumed", False) else pod,
            **job,
            show=lambda seconds: tell("at", seconds=seconds),
        )
    except LabError as error:
        tell("error", sentence=str(error))
    else:
        tell("run", run=run)
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
