"""Runs experiments: `python -m lab run NAME`, `python -m lab all`, `python -m lab list`.

An experiment is one YAML file: in its first comment lines a title, a question and a conclusion in both languages, then
its pods (one a variant), then a document of kind `Experiment` that names the clients and what is expected beyond the
timeline. Annotations `lab/...` of a pod break something: `lab/stats: hang|refuse|empty`, `lab/envoy-dies: 3s`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import re
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml
from timing_rules import Pod, load, timeline
from timing_rules.duration import parse_duration
from timing_rules.pod import NEVER, PROXY, Container, Sidecar

from . import envoy, record
from .agent import Settings
from .app import answer
from .kubelet import Kubelet, Process
from .load import KINDS, Client
from .wire import HOST, LabError, free_ports, request, serve

HERE = Path(__file__).resolve().parent
EXPERIMENTS, RECORDS = HERE / "experiments", HERE / "records"
HEADER = re.compile(r"^# ([\w.]+): (.+(?:\n#[ \t]{2,}.+)*)", re.M)
LEAD, TAIL = 1.2, 0.7  # seconds that clients send before the deletion, and after the last container is gone
Tell = Callable[[float, str], None]


@dataclass(frozen=True)
class Experiment:
    """One question. `header` is what its first comment lines say, `expect` maps a pod's name (or `*`) to rows."""

    name: str
    header: dict[str, str]
    pods: tuple[Pod, ...]
    clients: tuple[dict[str, Any], ...]
    expect: dict[str, dict[str, Any]]
    envoys: tuple[str, ...]

    @classmethod
    def read(cls, name: str) -> Experiment:
        path = EXPERIMENTS / f"{name}.yaml"
        if not path.is_file():
            known = ", ".join(sorted(one.stem for one in EXPERIMENTS.glob("*.yaml")))
            raise LabError(f"There is no experiment {name}; name one of {known}.")
        text = path.read_text(encoding="utf-8")
        setup = next(one for one in yaml.safe_load_all(text) if one and one.get("kind") == "Experiment")
        return cls(
            name=name,
            header={key: re.sub(r"\n#\s+", " ", value) for key, value in HEADER.findall(text)},
            pods=tuple(one for one in load(text, source=str(path)) if isinstance(one, Pod)),
            clients=tuple(clients_of(setup["clients"])),
            expect=setup.get("expect", {}),
            envoys=tuple(envoy.ENVOY_OF.values()) if setup.get("envoys") == "all" else (envoy.DEFAULT,),
        )

    def expected(self, pod: Pod) -> dict[str, Any]:
        return {**self.expect.get("*", {}), **self.expect.get(pod.name, {})}


def clients_of(given: list[Any]) -> list[dict[str, Any]]:
    """`new` or `slow: {takes: 8}` as options of a client."""
    return [{"kind": one} if isinstance(one, str) else {"kind": next(iter(one)), **next(iter(one.values()))} for one in given]


def _seconds(value: float | None) -> float | None:
    return None if value is None or value == NEVER else value


def _annotation(pod: Pod, name: str) -> str:
    for key, value in ((str(k.value), v.value) for k, v in _pairs(pod.annotations)):
        if key == f"lab/{name}":
            return str(value)
    return ""


def _pairs(node: Any) -> Any:
    return getattr(node, "value", None) or []


class PodRun:
    """One pod on this machine, from its start to its end."""

    def __init__(self, pod: Pod, minor: str = envoy.DEFAULT, faults: dict[str, str] | None = None) -> None:
        if pod.sidecar is None or pod.sidecar is Sidecar.NONE:
            raise LabError(f"{pod.name or 'The pod'} has no sidecar that its manifest settles; declare its versions.")
        self.pod, self.minor, self.faults = pod, minor, faults or {}
        self.ports = envoy.Ports(*free_ports(len(envoy.Ports.__dataclass_fields__)))
        self.processes: dict[str, Process] = {}
        self.servers: list[asyncio.Server] = []

    async def start(self, kinds: set[str]) -> None:
        """Starts every container, and waits until a request gets through."""
        self.servers.append(await serve(self.ports.outside, answer))
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
        config = envoy.bootstrap(ports, gateway=not settings.sidecar, exit_on_zero=settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS)
        command = [str(envoy.binary(self.minor)), *envoy.arguments(math.floor(given.drainDuration), config)]
        stats = await self._faulty_stats()
        agent = {"command": command, "admin": ports.admin, "stats": stats, "status": ports.status, "settings": asdict(settings)}
        process = self.processes[PROXY] = await Process.start(PROXY, *_module("agent", agent))
        deadline = time.monotonic() + 20
        while not await self._through():
            if process.exited.is_set():
                said = next((one["text"] for one in process.said if one["event"] == "stderr"), "")
                if "Address already in use" in said or "cannot bind" in said:
                    raise LabError("A port that was free a moment ago is in use; run it again.")
                raise LabError(f"Envoy {self.minor} did not start: {said.strip().splitlines()[-1:] or 'it said nothing'}.")
            if time.monotonic() > deadline:
                raise LabError("Envoy answered nothing within 20 s; the machine is too busy, try again when it is quiet.")
            await asyncio.sleep(0.05)

    async def _through(self) -> bool:
        with suppress(OSError, TimeoutError):
            return all([(await request(port, "/", timeout=1))[0] == 200 for port in (self.ports.in_http, self.ports.out)])
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
            self.servers.append(await serve(port, empty))
        return port

    async def stop(self) -> dict[str, Any]:
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
    pod: Pod, clients: list[dict[str, Any]], *, minor: str = envoy.DEFAULT, expect: dict[str, Any] | None = None,
    tell: Tell = lambda at, text: None,
) -> dict[str, Any]:
    """Stops one pod under load. Returns a run of a record: provenance, events and requests, computed and measured."""
    faults = {name: _annotation(pod, name) for name in ("stats", "envoy-dies")}
    run, line = PodRun(pod, minor, faults), timeline(pod)
    origin = float("inf")  # the moment of deletion, by CLOCK_MONOTONIC

    def clock() -> float:
        return time.monotonic() - (origin if origin < float("inf") else started + LEAD)

    until = {} if pod.assumptions.propagation is None else {"until": pod.assumptions.propagation}
    made = [Client(one["kind"], run.ports, {**until, **one}, clock) for one in clients]
    lead = max([LEAD, *(0.3 - one.get("at", 0.0) for one in clients)])
    try:
        await run.start({one.kind for one in made})
        started = time.monotonic() + lead - LEAD
        async with _sending(made) as tasks:
            while clock() < 0:
                await asyncio.sleep(min(0.05, -clock()))
            origin = time.monotonic()
            shown = asyncio.ensure_future(_show(clock, run, line.ends or pod.grace, tell))
            stopped = await run.stop()
            shown.cancel()
            await asyncio.sleep(TAIL)
            for task in tasks:
                if task.done() and not task.cancelled() and task.exception() is not None:
                    raise task.exception() or RuntimeError
        seen = record.measured(stopped, run.processes, made, run.kubelet.began, pod.containers[0].name if pod.containers else "")
    finally:
        await run.close()
    rows = record.compare(line, seen, made, expect or {})
    return {
        "pod": pod.name,
        **record.provenance(minor),
        "computed": [[one.at, one.actor, one.kind] for one in line.events],
        "measured": seen,
        "rows": rows,
        "verdict": "agrees" if all(row["agrees"] for row in rows) else "differs",
    }


async def _show(clock: Callable[[], float], run: PodRun, ends: float, tell: Tell) -> None:
    while True:
        tell(clock() / max(ends, 1), f"{clock():4.1f} s of about {ends:g} s")
        await asyncio.sleep(0.2)


class Bar:
    """Progress on a terminal; a line a run elsewhere."""

    def __init__(self, what: str) -> None:
        self.what, self.live = what, sys.stderr.isatty()
        if not self.live:
            print(what, file=sys.stderr)

    def __call__(self, part: float, text: str) -> None:
        if self.live:
            full = min(24, int(24 * max(0.0, part)))
            print(f"\r[{'#' * full}{'.' * (24 - full)}] {self.what}: {text}\x1b[K", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        if self.live:
            print("\r\x1b[K", end="", file=sys.stderr)


async def run_experiment(one: Experiment, minors: tuple[str, ...], bar: bool = True) -> dict[str, Any]:
    """Every pod of an experiment on every Envoy named. Returns its record."""
    runs = []
    for minor in minors:
        for pod in one.pods:
            show = Bar(f"{one.name}, {pod.name}, Envoy {minor}") if bar else None
            runs.append(
                await measure(pod, list(one.clients), minor=minor, expect=one.expected(pod), tell=show or (lambda at, text: None))
            )
            if show:
                show.close()
    verdict = "agrees" if all(run["verdict"] == "agrees" for run in runs) else "differs"
    return {"id": one.name, **{key: one.header[key] for key in one.header}, "verdict": verdict, "runs": runs}


def report(made: dict[str, Any]) -> None:
    """The record for a reader: computed and measured side by side."""
    print(f"{made['id']}: {made.get('question', '')}")
    for run in made["runs"]:
        print(f"\n  {run['pod']}, Envoy {run['envoy']}, load {run['load']}: {run['verdict']}")
        for row in run["rows"]:
            mark = " " if row["agrees"] else "!"
            more = f"  otherwise at {row['otherwise_at']}" if "otherwise_at" in row else ""
            print(f"  {mark} {row['what']:<44} computed {row['computed']!s:>8}   measured {row['measured']!s:>8}{more}")


def main(argv: list[str] | None = None) -> int:
    """The command line. Returns 0, 1 when computed and measured differ, 2 when the lab cannot run here."""
    parser = argparse.ArgumentParser(prog="lab", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="one experiment")
    run.add_argument("name")
    every = commands.add_parser("all", help="every experiment, on every Envoy")
    every.add_argument("--times", type=int, default=20)
    every.add_argument("--only", nargs="*", default=[])
    for one in (run, every):
        one.add_argument("--envoy", nargs="*", help="minor releases, such as 1.39; those that the experiment names")
        one.add_argument("--record", action="store_true", help="write snippets/lab/records/NAME.json")
    commands.add_parser("list", help="the experiments and their questions")
    given = parser.parse_args(argv)
    try:
        if given.command == "list":
            for path in sorted(EXPERIMENTS.glob("*.yaml")):
                print(f"{path.stem:<32} {Experiment.read(path.stem).header['question']}")
            return 0
        if given.command == "run":
            one = Experiment.read(given.name)
            made = asyncio.run(run_experiment(one, tuple(given.envoy or one.envoys)))
            report(made)
            if given.record:
                record.write(RECORDS / f"{one.name}.json", made)
            return 0 if made["verdict"] == "agrees" else 1
        return 0
    except LabError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped; nothing is left running.", file=sys.stderr)
        return 130
