"""Runs experiments: `python -m lab run NAME`, `python -m lab all`, `python -m lab list`.

An experiment is one YAML file: in its first comment lines a title, a question and a conclusion in both languages, then
its pods, one a variant, then a document of kind `Experiment`: `clients`, `expect` (rows beyond the timeline, by pod or
`*`), `faults` (by pod: `stats: hang|refuse|empty`, `envoy-dies: 3s`), `envoys: all`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from timing_rules import Pod, load, timeline

from . import envoy, record
from .kubelet import Process
from .wire import LabError

HERE = Path(__file__).resolve().parent
EXPERIMENTS, RECORDS = HERE / "experiments", HERE / "records"
HEADER = re.compile(r"^# ([\w.]+): (.+(?:\n#[ \t]{2,}.+)*)", re.M)
TOGETHER = 3  # pods at a time, on two cores


@dataclass(frozen=True)
class Experiment:
    """One question. `header` is what its first comment lines say, `expect` maps a pod's name (or `*`) to rows."""

    name: str
    path: Path
    header: dict[str, str]
    pods: tuple[Pod, ...]
    clients: tuple[dict[str, Any], ...]
    expect: dict[str, dict[str, Any]]
    faults: dict[str, dict[str, str]]
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
            path=path,
            header={key: re.sub(r"\n#\s+", " ", value) for key, value in HEADER.findall(text)},
            pods=tuple(one for one in load(text, source=str(path)) if isinstance(one, Pod)),
            clients=tuple(clients_of(setup["clients"])),
            expect=setup.get("expect", {}),
            faults=setup.get("faults", {}),
            envoys=tuple(envoy.ENVOY_OF.values()) if setup.get("envoys") == "all" else (envoy.DEFAULT,),
        )

    def job(self, pod: Pod, minor: str) -> dict[str, Any]:
        """One of its pods on one Envoy, for `apart`."""
        expect = {**self.expect.get("*", {}), **self.expect.get(pod.name, {})}
        faults = self.faults.get(pod.name, {})
        clients = list(self.clients)
        return {
            "manifest": str(self.path),
            "pod": pod.name,
            "clients": clients,
            "minor": minor,
            "expect": expect,
            "faults": faults,
        }


def clients_of(given: list[Any]) -> list[dict[str, Any]]:
    """`new` or `slow: {takes: 8}` as options of a client."""
    return [
        {"kind": one} if isinstance(one, str) else {"kind": next(iter(one)), **next(iter(one.values()))}
        for one in given
    ]


class Bar:
    """Progress through an experiment: a bar on a terminal, one line elsewhere."""

    def __init__(self, what: str, seconds: float) -> None:
        self.what, self.seconds, self.began, self.live = what, seconds + 3, time.monotonic(), sys.stderr.isatty()
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


async def run_experiment(one: Experiment, minors: tuple[str, ...], together: int = TOGETHER) -> dict[str, Any]:
    """Every pod of an experiment on every Envoy named, `together` at a time. Returns its record."""
    for minor in minors:
        envoy.binary(minor)  # fetched before anything is timed
    turn = asyncio.Semaphore(together)
    ends = max(timeline(pod).ends or float(pod.grace) for pod in one.pods)
    jobs = [one.job(pod, minor) for minor in minors for pod in one.pods]
    bar = Bar(f"{one.name}: {len(jobs)} pods on Envoy {', '.join(minors)}", ends * -(-len(jobs) // together))

    async def each(job: dict[str, Any]) -> dict[str, Any]:
        async with turn:
            return await apart(job, bar)

    tasks = [asyncio.ensure_future(each(job)) for job in jobs]
    try:
        runs = await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        bar.close()
    verdict = "agrees" if all(run["verdict"] == "agrees" for run in runs) else "differs"
    return {"id": one.name, **one.header, "verdict": verdict, "runs": runs}


def repeat(one: Experiment, minors: tuple[str, ...], times: int) -> dict[str, Any]:
    """The record of the last run, with the spread of them all: per Envoy and pod, how often and how far off."""
    spread: dict[str, dict[str, Any]] = {}
    made: dict[str, Any] = {}
    for _ in range(times):
        made = asyncio.run(run_experiment(one, minors))
        for run in made["runs"]:
            seen = spread.setdefault(f"{run['pod']}, Envoy {run['envoy']}", {"times": 0, "agreed": 0, "furthest": 0.0})
            seen["times"] += 1
            seen["agreed"] += run["verdict"] == "agrees"
            seen["furthest"] = max(seen["furthest"], record.furthest(run))
    if times > 1:
        made["spread"] = spread
    for run in made["runs"]:
        if run["envoy"] != envoy.DEFAULT:  # its rows say enough
            del run["measured"], run["computed"]
    return made


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
    parser = argparse.ArgumentParser(
        prog="lab", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="one experiment, on Envoy 1.39")
    run.add_argument("name", nargs="+")
    every = commands.add_parser("all", help="every experiment, on every Envoy, and their records")
    commands.add_parser("list", help="the experiments and their questions")
    run.add_argument("--record", action="store_true", help="write records/NAME.json")
    for one in (run, every):
        one.add_argument("--times", type=int, default=1, help="repetitions, of which the record holds the spread")
        one.add_argument(
            "--envoy", nargs="+", help="minor releases such as 1.39, `all`, or `own`: what the experiment names"
        )
    given = parser.parse_args(argv)
    names = sorted(path.stem for path in EXPERIMENTS.glob("*.yaml"))
    try:
        if given.command == "list":
            for name in names:
                print(f"{name:<34} {Experiment.read(name).header['question']}")
            return 0
        differs = False
        for name in names if given.command == "all" else given.name:
            asked = Experiment.read(name)
            minors = {"all": tuple(envoy.ENVOY_OF.values()), "own": asked.envoys}
            wanted = given.envoy or (["all"] if given.command == "all" else [envoy.DEFAULT])
            made = repeat(asked, minors.get(wanted[0], tuple(wanted)), given.times)
            report(made)
            differs |= made["verdict"] != "agrees"
            if given.command == "all" or given.record:
                record.write(RECORDS / f"{name}.json", made)
        return int(differs)
    except LabError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped; nothing is left running.", file=sys.stderr)
        return 130
