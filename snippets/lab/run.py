"""Runs experiments: `python -m lab run NAME`, `all`, `list`; and manifests: `run FILE.yaml`, `examples`.

An experiment is one YAML file: in its first comment lines a title, a question and a conclusion in both languages, then
its pods, one a variant, then a document of kind `Experiment`: `clients` (or those of each pod), `expect` (rows beyond the
timeline, by pod or `*`), `faults` (by pod: `stats: hang|refuse|empty`, `envoy-dies: 3s`), `servers` (by pod: a program of
snippets/servers that is its app), `retries` (by pod: `caller`, `caller-1.23` or `inbound`), `envoys: all`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from timing_rules import Pod, figure, load, timeline

from . import envoy, example, record
from .kubelet import Process
from .wire import LabError

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parents[1] / "examples"
EXPERIMENTS, RECORDS = HERE / "experiments", HERE / "records"
HEADER = re.compile(r"^# ([\w.]+): (.+(?:\n#[ \t]{2,}.+)*)", re.M)
TOGETHER = 3  # pods at a time, on two cores
START = 3.0  # seconds that a pod takes besides
Done = Callable[["Experiment", dict[str, Any]], None]


@dataclass(frozen=True)
class Experiment:
    """One question. `header` is what its first comment lines say, `expect` maps a pod's name (or `*`) to rows.

    `as_assumed`: what no pod declares counts by the default assumptions.
    """

    name: str
    path: Path
    header: dict[str, str]
    pods: tuple[Pod, ...]
    clients: dict[str, list[dict[str, Any]]]
    envoys: tuple[str, ...]
    expect: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: dict[str, dict[str, str]] = field(default_factory=dict)
    servers: dict[str, str] = field(default_factory=dict)
    retries: dict[str, str] = field(default_factory=dict)
    as_assumed: bool = False

    @property
    def longest(self) -> float:
        """Seconds that its longest pod takes to stop."""
        return max(timeline(pod).ends or float(pod.grace) for pod in self.pods)

    @property
    def seconds(self) -> float:
        """Seconds that its pods take, one after another."""
        return sum((timeline(pod).ends or float(pod.grace)) + START for pod in self.pods)

    @classmethod
    def read(cls, name: str) -> Experiment:
        path = EXPERIMENTS / f"{name}.yaml"
        if not path.is_file():
            known = ", ".join(sorted(one.stem for one in EXPERIMENTS.glob("*.yaml")))
            raise LabError(f"There is no experiment {name}; name one of {known}.")
        text = path.read_text(encoding="utf-8")
        pods = tuple(one for one in load(text, source=str(path)) if isinstance(one, Pod))
        setup = next(one for one in yaml.safe_load_all(text) if one and one.get("kind") == "Experiment")
        return cls(
            name=name,
            path=path,
            header={key: re.sub(r"\n#\s+", " ", value) for key, value in HEADER.findall(text)},
            pods=pods,
            clients={one.name: clients_of(setup["clients"], one.name) for one in pods},
            envoys=tuple(envoy.ENVOY_OF.values()) if setup.get("envoys") == "all" else (envoy.DEFAULT,),
            **{key: setup.get(key, {}) for key in ("expect", "faults", "servers", "retries")},
        )

    @classmethod
    def of_manifest(cls, path: Path) -> Experiment:
        """A manifest with its own numbers. Errors: `LabError`, if no pod of it can be stopped here."""
        if not path.is_file():
            raise LabError(f"There is no manifest {path}.")
        pods = example.pods(path)
        return cls(
            name=path.stem,
            path=path.resolve(),
            header={},
            pods=pods,
            clients={one.name: example.clients(one) for one in pods},
            envoys=(example.minor(pods[0]),),
            as_assumed=True,
        )

    @property
    def record(self) -> Path:
        """Where its record stands: one of an example keeps the example's path."""
        inside = EXAMPLES in self.path.parents
        name = self.path.relative_to(EXAMPLES.parent) if inside else Path(self.path.name)
        return RECORDS / name.with_suffix(".json")

    def job(self, pod: Pod, minor: str) -> dict[str, Any]:
        """One of its pods on one Envoy, for `apart`."""
        expect = {**self.expect.get("*", {}), **self.expect.get(pod.name, {})}
        faults = self.faults.get(pod.name, {})
        return {
            "manifest": str(self.path),
            "pod": pod.name,
            "clients": self.clients[pod.name],
            "minor": minor,
            "expect": expect,
            "faults": faults,
            "server": self.servers.get(pod.name, ""),
            "retries": self.retries.get(pod.name, ""),
            "as_assumed": self.as_assumed,
        }


def clients_of(given: list[Any] | dict[str, list[Any]], pod: str) -> list[dict[str, Any]]:
    """`new` or `slow: {takes: 8}` as options of a client; those of every pod (`*`) before those of this one."""
    if isinstance(given, dict):
        return clients_of([*given.get("*", []), *given.get(pod, [])], pod)
    return [
        {"kind": one} if isinstance(one, str) else {"kind": next(iter(one)), **next(iter(one.values()))}
        for one in given
    ]


class Bar:
    """Progress through an experiment: a bar on a terminal, one line elsewhere."""

    def __init__(self, what: str, seconds: float) -> None:
        self.what, self.seconds, self.began, self.live = what, seconds + START, time.monotonic(), sys.stderr.isatty()
        self()
        if not self.live:
            print(f"{what}, about {self.seconds:.0f} s", file=sys.stderr)

    def __call__(self) -> None:
        if self.live:
            at = time.monotonic() - self.began
            full = round(24 * min(1.0, at / self.seconds))
            text = f"\r[{'#' * full}{'.' * (24 - full)}] {self.what}: {at:.0f} of about {self.seconds:.0f} s\x1b[K"
            print(text, end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        if self.live:
            print("\r\x1b[K", end="", file=sys.stderr)


async def apart(job: dict[str, Any], bar: Bar | None = None) -> dict[str, Any]:
    """Does a job of `lab.pod` in a process of its own, which never outlives this one. Errors: `LabError`."""
    process = await Process.start("pod", sys.executable, "-B", "-m", "lab.pod", json.dumps(job), heard=bar)
    try:
        await process.exited.wait()
    finally:
        process.signal(signal.SIGKILL)
    last: dict[str, Any] = process.said[-1] if process.said else {"event": "error"}
    if last["event"] != "run":
        raise LabError(last.get("sentence", f"The run of {job['pod']} broke off; its error stands above."))
    return dict(last["run"])


async def run_all(asked: list[tuple[Experiment, tuple[str, ...]]], times: int, together: int, done: Done) -> None:
    """Every pod of each experiment on every Envoy named, `times` each, `together` pods at any moment.

    `done` gets the record of an experiment as soon as its last run has ended. Errors: `LabError`.
    """
    for minor in sorted({minor for _, minors in asked for minor in minors}):
        envoy.binary(minor)  # fetched before anything is timed
    turn = asyncio.Semaphore(together)
    length = sum(one.seconds * len(minors) for one, minors in asked) * times / together
    count = sum(len(one.pods) * len(minors) for one, minors in asked) * times
    what = asked[0][0].name if len(asked) == 1 else f"{len(asked)} experiments"
    bar = Bar(f"{what}: {count} pods", max([length, *(one.longest for one, _ in asked)]))

    async def each(job: dict[str, Any]) -> dict[str, Any]:
        async with turn:
            return await apart(job, bar)

    async def all_of(one: Experiment, runs: list[asyncio.Task[dict[str, Any]]]) -> None:
        done(one, recorded(one, await asyncio.gather(*runs)))

    waiting: list[asyncio.Future[Any]] = []
    for one, minors in asked:
        jobs = [one.job(pod, minor) for _ in range(times) for minor in minors for pod in one.pods]
        runs = [asyncio.ensure_future(each(job)) for job in jobs]  # they take their turns in this order
        waiting += [*runs, asyncio.ensure_future(all_of(one, runs))]
    try:
        await asyncio.gather(*waiting)
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        bar.close()


def recorded(one: Experiment, runs: list[dict[str, Any]]) -> dict[str, Any]:
    """The record of an experiment: one entry for each pod and Envoy, however often it ran."""
    alike: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for run in runs:
        alike.setdefault((run["pod"], run["envoy"]), []).append(run)
    kept = [record.merged(same) for same in alike.values()]
    for run in kept:
        if run["envoy"] != envoy.DEFAULT and not one.as_assumed:  # its rows say enough
            del run["measured"], run["computed"]
    verdict = "agrees" if all(run["verdict"] == "agrees" for run in runs) else "differs"
    return {"id": one.name, **one.header, "verdict": verdict, "runs": kept}


def report(made: dict[str, Any]) -> None:
    """The record for a reader: computed and measured side by side."""
    print(f"{made['id']}: {made.get('question', 'what becomes of its requests?')}")
    for run in made["runs"]:
        often = f", {run['of']['agreed']} of {run['of']['times']} agree, the farthest of them" if "of" in run else ""
        print(f"\n  {run['pod']}, Envoy {run['envoy']}, load {run['load']}{often}: {run['verdict']}")
        for row in run["rows"]:
            mark = " " if row["agrees"] else "!"
            more = f"  otherwise at {row['otherwise_at']}" if "otherwise_at" in row else ""
            more += f"  {row['spread'][0]} to {row['spread'][1]}" if "spread" in row else ""
            print(f"  {mark} {row['what']:<44} computed {row['computed']!s:>8}   measured {row['measured']!s:>8}{more}")


def draw(one: Experiment, made: dict[str, Any], folder: Path) -> None:
    """Each pod as an SVG file, on the Envoy of which everything was kept."""
    folder.mkdir(parents=True, exist_ok=True)
    for run in (run for run in made["runs"] if "measured" in run):
        [pod] = [pod for pod in one.pods if pod.name == run["pod"]]
        path = folder / f"{one.name}-{pod.name}.svg"
        path.write_text(figure.svg(timeline(pod), measured=run), encoding="utf-8")
        print(f"\n  {path}")


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="lab", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="the experiments and their questions")
    run = commands.add_parser(
        "run", help="experiments by name, on Envoy 1.39; manifests by path, on their Istio's Envoy"
    )
    run.add_argument("name", nargs="+")
    run.add_argument("--record", action="store_true", help="write their records")
    run.add_argument("--figures", type=Path, help="a folder for a figure of each pod: computed above, measured below")
    every = commands.add_parser("all", help="every experiment, on every Envoy, and their records")
    manifests = commands.add_parser("examples", help="every example that can be stopped here, and their records")
    every.set_defaults(name=sorted(path.stem for path in EXPERIMENTS.glob("*.yaml")), record=True)
    manifests.set_defaults(name=sorted(map(str, EXAMPLES.rglob("*.yaml"))), record=True)
    parser.set_defaults(figures=None)
    for one, minors in ((run, None), (every, ["all"]), (manifests, None)):
        one.add_argument("--times", type=int, default=1, help="repetitions, of which the record holds the spread")
        one.add_argument("--together", type=int, default=TOGETHER, help="pods at a time; more take a quicker machine")
        what = "minor releases such as 1.39, `all`, or `own`: what the experiment names"
        one.add_argument("--envoy", nargs="+", default=minors, help=what)
    return parser.parse_args(argv)


def asked_for(given: argparse.Namespace) -> Iterator[tuple[Experiment, tuple[str, ...]]]:
    """Each experiment or manifest that is named, with its Envoys. Errors: `LabError`."""
    for name in given.name:
        try:
            manifest = Path(name).suffix in (".yaml", ".yml")
            one = Experiment.of_manifest(Path(name)) if manifest else Experiment.read(name)
        except LabError as error:
            if given.command != "examples":
                raise
            print(f"Left out: {error}", file=sys.stderr)
            continue
        if given.record and manifest and EXAMPLES not in one.path.parents:
            raise LabError(f"{name} is no example, and has no record; leave --record out.")
        if given.envoy in (None, ["own"]):
            yield one, one.envoys if manifest or given.envoy else (envoy.DEFAULT,)
        else:
            yield one, tuple(envoy.ENVOY_OF.values()) if given.envoy == ["all"] else tuple(given.envoy)


def main(argv: list[str] | None = None) -> int:
    """The command line. Returns 0, 1 when computed and measured differ, 2 when the lab cannot run here."""
    given, verdicts = parse(argv), list[str]()

    def done(one: Experiment, made: dict[str, Any]) -> None:
        report(made)
        verdicts.append(made["verdict"])
        if given.record:
            record.write(one.record, made)
        if given.figures:
            draw(one, made, given.figures)

    try:
        if given.command == "list":
            for path in sorted(EXPERIMENTS.glob("*.yaml")):
                print(f"{path.stem:<34} {Experiment.read(path.stem).header['question']}")
        else:
            asyncio.run(run_all(list(asked_for(given)), given.times, given.together, done))
        return int("differs" in verdicts)
    except LabError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped; nothing is left running.", file=sys.stderr)
        return 130
