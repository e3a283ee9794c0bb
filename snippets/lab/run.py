"""Runs experiments: `python -m lab run NAME`, `all`, `list`; and manifests: `run FILE.yaml`, `examples`.

An experiment is one YAML file: in its first comment lines a title, a question and a conclusion in both languages (show.py), then
its pods, one a variant, then a document of kind `Experiment`: `clients` (or those of each pod), `expect` (rows beyond the
timeline, by pod or `*`), `faults` (by pod: `stats: hang|refuse|empty`, `envoy-dies: 3s`), `servers` (by pod: a program of
snippets/servers that is its app), `retries` (by pod: `caller`, `caller-1.23` or `inbound`), `envoys: all`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from timing_rules import ManifestError, Pod, load, timeline
from timing_rules.domain import PROXY
from timing_rules.manifest.spelling import nearest
from timing_rules.show.picture import svg

from . import envoy, example, record, show
from .kubelet import Process
from .load import KINDS
from .pod import BROKE_OFF
from .wire import LabError

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parents[1] / "examples"
EXPERIMENTS, RECORDS = HERE / "experiments", HERE / "records"
TOGETHER = 3  # pods at a time, on two cores
#: What an experiment says of some of its pods, by their names.
BY_POD = ("expect", "faults", "servers", "retries")
FAULTS = ("hang", "refuse", "empty")
RETRIES = ("caller", "caller-1.23", "inbound")
#: The first and the last words of what can be expected; behind the first of these stands a client.
OF_LOST = ("lost", "cause", "refused")
#: What the document of kind `Experiment` may hold, and what a client of it may be told.
KEYS = {"apiVersion", "kind", "clients", "envoys", *BY_POD}
OPTIONS = {"again", "at", "kind", "leaves", "name", "of", "quiet_from", "rate", "speaks", "stays", "takes", "until"}
SEEN = {
    *("requests", "first_close_header", "last_ok", "first_error", "first_refused", "first_5xx", "result", "started"),
    *("closed", "code", "goaway", "final_goaway", "last_message", "confirmed", "state", "total_listeners_draining"),
    *("stop_called", "end", "exit_code"),
}
INJECTED = (
    'If its namespace injects one, add the label sidecar.istio.io/inject: "true", and declare timing-rules/istio and '
    "timing-rules/kubernetes."
)
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
            known = ", ".join(sorted(path.stem for path in EXPERIMENTS.glob("*.yaml")))
            raise LabError(f"There is no experiment {name}; name one of {known}, or a manifest that ends in .yaml.")
        text = path.read_text(encoding="utf-8")
        try:
            pods = tuple(item for item in load(text, source=str(path)) if isinstance(item, Pod))
            setup = next(
                document for document in yaml.safe_load_all(text) if document and document.get("kind") == "Experiment"
            )
        except ManifestError as error:
            raise LabError(str(error)) from None
        except StopIteration:
            raise LabError(f"{path} has no document of kind Experiment; see those beside it.") from None
        experiment = cls(
            name=name,
            path=path,
            header=show.header(text),
            pods=pods,
            clients={pod.name: clients_of(setup.get("clients", []), pod.name) for pod in pods},
            envoys=tuple(envoy.ENVOY_OF.values()) if setup.get("envoys") == "all" else (envoy.DEFAULT,),
            **{key: setup.get(key, {}) for key in BY_POD},
        )
        if wrong := list(experiment.mistakes(setup)):
            raise LabError(f"{path}: {'; '.join(wrong)}.")
        return experiment

    def mistakes(self, setup: dict[str, Any]) -> Iterator[str]:
        """Names in its last document that nothing has: what is misspelled there would agree with anything."""
        yield from self._lacks_and_unknown(setup)
        names = [pod.name for pod in self.pods]
        if not names:
            yield "it has no pod; put its pods before the document of kind Experiment"
        if len(set(names)) < len(names):
            yield "two of its pods have one name"
        for key in (*BY_POD, "clients"):
            given = setup.get(key, {})
            for pod in given if isinstance(given, dict) else ():
                if pod not in (*names, "*"):
                    yield f"{key} names {pod}, and there is no such pod"
        for how in self.retries.values():
            if how not in RETRIES:
                yield f"retries knows {', '.join(RETRIES)}, not {how}"
        for key, how in (pair for fault in self.faults.values() for pair in fault.items()):
            if key != "envoy-dies" and how not in FAULTS:
                yield f"there is no fault {key}: {how}"
        for pod in self.pods:
            yield from self._mistakes_of(pod)

    def _lacks_and_unknown(self, setup: dict[str, Any]) -> Iterator[str]:
        if lacking := sorted({*show.SPOKEN, "see"} - self.header.keys()):
            yield f"its first comment lines lack {', '.join(f'`# {key}:`' for key in lacking)}"
        yield from show.mistakes(self.header, [pod.name for pod in self.pods])
        for key in sorted(setup.keys() - KEYS):
            near = nearest(key, KEYS)
            yield f"there is no key {key}; " + (
                f"did you mean {near}?" if near else f"there are {', '.join(sorted(KEYS))}"
            )

    def _mistakes_of(self, pod: Pod) -> Iterator[str]:
        line, given = timeline(pod), self.clients[pod.name]
        clients = {str(client.get("name", client["kind"])) for client in given}
        seen = clients | {container.name for container in (*pod.containers, *pod.sidecars)} | {PROXY}
        for kind in {client["kind"] for client in given} - set(KINDS):
            yield f"there is no client {kind}; there are {', '.join(KINDS)}"
        for option in sorted({key for client in given for key in client} - OPTIONS):
            yield f"no client is told {option}; there are {', '.join(sorted(OPTIONS - {'kind'}))}"
        for of in {client["of"] for client in given if "of" in client} - {
            container.name for container in pod.containers
        }:
            yield f"{pod.name} has no container {of}"
        for path, value in {**self.expect.get("*", {}), **self.expect.get(pod.name, {})}.items():
            owner, _, name = path.partition(".")
            if not (name in clients if owner in OF_LOST else owner == "log" or (owner in seen and name in SEEN)):
                yield f"nothing of {pod.name} is called {path}"
            owner, dot, name = value.partition(".") if isinstance(value, str) else ("", "", "")
            if dot and not hasattr(line.proxy if owner == "proxy" else line.containers.get(owner), name):
                yield f"the timeline of {pod.name} has no {value}"

    @classmethod
    def of_manifest(cls, path: Path) -> Experiment:
        """A manifest with its own numbers. Errors: `LabError`, if no pod of it can be stopped here."""
        if not path.is_file():
            raise LabError(f"There is no manifest {path}; check the path.")
        pods = example.pods(path)
        minors = {example.minor(pod) for pod in pods}
        if len(minors) > 1:
            raise LabError(f"{path}: its pods are for several Istio versions; put each into a file of its own.")
        return cls(
            name=path.stem,
            path=path.resolve(),
            header={},
            pods=pods,
            clients={pod.name: example.clients(pod) for pod in pods},
            envoys=tuple(minors),
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
        {"kind": client}
        if isinstance(client, str)
        else {"kind": next(iter(client)), **(next(iter(client.values())) or {})}
        for client in given
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
        await process.end()
    last: dict[str, Any] = process.said[-1] if process.said else {"event": "error"}
    if last["event"] != "run":
        raise LabError(last.get("sentence", f"The run of {job['pod']} broke off; {BROKE_OFF}"))
    return dict(last["run"])


async def run_all(asked: list[tuple[Experiment, tuple[str, ...]]], times: int, together: int, done: Done) -> None:
    """Every pod of each experiment on every Envoy named, `times` each, `together` pods at any moment.

    `done` gets the record of an experiment as soon as its last run has ended. Errors: `LabError`.
    """
    turn = asyncio.Semaphore(together)
    length = sum(experiment.seconds * len(minors) for experiment, minors in asked) * times / together
    count = sum(len(experiment.pods) * len(minors) for experiment, minors in asked) * times
    what = asked[0][0].name if len(asked) == 1 else f"{len(asked)} experiments"
    bar = Bar(f"{what}: {count} pods", max([length, *(experiment.longest for experiment, _ in asked)]))

    async def each(job: dict[str, Any]) -> dict[str, Any]:
        async with turn:
            return await apart(job, bar)

    async def all_of(experiment: Experiment, runs: list[asyncio.Task[dict[str, Any]]]) -> None:
        done(experiment, recorded(experiment, await asyncio.gather(*runs)))

    started, records = list[asyncio.Task[dict[str, Any]]](), list[asyncio.Task[None]]()
    for experiment, minors in asked:
        jobs = [experiment.job(pod, minor) for _ in range(times) for minor in minors for pod in experiment.pods]
        runs = [asyncio.ensure_future(each(job)) for job in jobs]  # they take their turns in this order
        started += runs
        records.append(asyncio.ensure_future(all_of(experiment, runs)))
    try:
        # Not `gather`: cancelled, it cancels the runs, and those below are then cancelled again while they clean up.
        ended, _ = await asyncio.wait(records, return_when=asyncio.FIRST_EXCEPTION)
        for ending in ended:
            ending.result()
    finally:
        for run in started:
            run.cancel()
        await asyncio.gather(*started, *records, return_exceptions=True)
        bar.close()


def recorded(experiment: Experiment, runs: list[dict[str, Any]]) -> dict[str, Any]:
    """The record of an experiment: one entry for each pod and Envoy, however often it ran."""
    alike: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for run in runs:
        alike.setdefault((run["pod"], run["envoy"]), []).append(run)
    kept = [record.merged(same) for same in alike.values()]
    for run in kept:
        if run["envoy"] != envoy.DEFAULT and not experiment.as_assumed:  # its rows say enough
            del run["measured"], run["computed"]
    verdict = "agrees" if all(run["verdict"] == "agrees" for run in runs) else "differs"
    spoken = {key: text for key, text in experiment.header.items() if key in show.SPOKEN}
    return {"id": experiment.name, **spoken, "verdict": verdict, "runs": kept}


def report(made: dict[str, Any]) -> None:
    """The record for a reader: computed and measured side by side."""
    print(f"{made['id']}: {made.get('question', 'what becomes of its requests?')}")
    for run in made["runs"]:
        often = f", {run['of']['agreed']} of {run['of']['times']} agree, the farthest of them" if "of" in run else ""
        proxy = f"Envoy {run['version']}" if run["envoy"] else "without a sidecar"
        said = "measured as computed" if run["verdict"] == "agrees" else "computed and measured differ"
        print(f"\n  {run['pod']}, {proxy}, load {run['load']}{often}: {said}")
        for row in run["rows"]:
            mark = " " if row["agrees"] else "!"
            more = f"  otherwise at {row['otherwise_at']}" if "otherwise_at" in row else ""
            more += f"  {' to '.join(map(str, row['spread']))}" if "spread" in row else ""
            print(f"  {mark} {row['what']:<44} computed {row['computed']!s:>8}   measured {row['measured']!s:>8}{more}")


def draw(experiment: Experiment, made: dict[str, Any], folder: Path) -> None:
    """Each pod as an SVG file, on the Envoy of which everything was kept."""
    folder.mkdir(parents=True, exist_ok=True)
    for run in (run for run in made["runs"] if "measured" in run):
        [pod] = [pod for pod in experiment.pods if pod.name == run["pod"]]
        path = folder / f"{experiment.name}-{pod.name}.svg"
        path.write_text(svg(timeline(pod), measured=run), encoding="utf-8")
        print(f"\n  {path}")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("a whole number from 1 on")
    return int(text)


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
    for command, minors in ((run, None), (every, ["all"]), (manifests, None)):
        command.add_argument(
            "--times", type=_count, default=1, help="repetitions, of which the record holds the spread"
        )
        command.add_argument(
            "--together", type=_count, default=TOGETHER, help="pods at a time; more take a quicker machine"
        )
        what = "minor releases such as 1.39, `all`, or `own`: what the experiment names"
        command.add_argument("--envoy", nargs="+", default=minors, help=what)
    return parser.parse_args(argv)


def asked_for(given: argparse.Namespace) -> Iterator[tuple[Experiment, tuple[str, ...]]]:
    """Each experiment or manifest that is named, with its Envoys. Errors: `LabError`."""
    for name in given.name:
        try:
            manifest = Path(name).suffix in (".yaml", ".yml")
            experiment = Experiment.of_manifest(Path(name)) if manifest else Experiment.read(name)
        except LabError as error:
            if given.command != "examples":
                raise
            print(f"Left out: {error}", file=sys.stderr)
            continue
        if manifest and not any(pod.proxy_container for pod in experiment.pods):
            print(f"{name}: no sidecar is declared. {INJECTED}", file=sys.stderr)
        for pod in (pod for pod in experiment.pods if manifest and pod.istio and str(pod.istio) not in envoy.ENVOY_OF):
            print(f"{name}: {pod.name} is for Istio {pod.istio}; it runs on Envoy {envoy.DEFAULT}.", file=sys.stderr)
        for app in (pod.containers[0] for pod in experiment.pods if manifest and pod.containers):
            if not app.ports:
                print(f"{name}: {app.name} declares no ports, so nobody calls it.", file=sys.stderr)
        if given.record and manifest and EXAMPLES not in experiment.path.parents:
            raise LabError(f"{name} is no example, and has no record; leave --record out.")
        if given.envoy in (None, ["own"]):
            yield experiment, experiment.envoys if manifest or given.envoy else (envoy.DEFAULT,)
        else:
            yield experiment, tuple(envoy.ENVOY_OF.values()) if given.envoy == ["all"] else tuple(given.envoy)


def main(argv: list[str] | None = None) -> int:
    """The command line. Returns 0, 1 when computed and measured differ, 2 when the lab cannot run here."""
    given, verdicts = parse(argv), list[str]()

    def done(experiment: Experiment, made: dict[str, Any]) -> None:
        report(made)
        for sent, lost in (show.counted(run) for run in made["runs"] if experiment.as_assumed):
            why = f"; `timing-rules check {experiment.path}` says why" if lost else ""
            print(
                f"\n  {sum(lost.values()) or 'None'} of {sent} requests {'was' if sum(lost.values()) < 2 else 'were'} lost{why}."
            )
        verdicts.append(made["verdict"])
        if given.record:
            record.write(experiment.record, made)
        if given.figures:
            draw(experiment, made, given.figures)

    try:
        if given.command == "list":
            for path in sorted(EXPERIMENTS.glob("*.yaml")):
                print(f"{path.stem:<34} {Experiment.read(path.stem).header['question']}")
        else:
            asked = list(asked_for(given))
            for minor in sorted({minor for _, minors in asked for minor in minors}):
                envoy.binary(minor)  # fetched before anything is timed
            asyncio.run(run_all(asked, given.times, given.together, done))
        return int("differs" in verdicts)
    except LabError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped; nothing is left running.", file=sys.stderr)
        return 130
