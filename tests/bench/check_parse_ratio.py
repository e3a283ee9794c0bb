"""How long `check` takes beside a bare parse of the same text, and its memory: `python -m tests.bench.check_parse_ratio`.

The text is 1,000 and 10,000 documents, cycled from manifests of this repository, some as written, some as a cluster gives
them back. A bare parse is `yaml.load_all` with libyaml (`CSafeLoader`), each document dropped at once. Both are CPU time
in a process of their own, start-up excluded, the best of several in turns. The memory is that of a `List` of pods in JSON.
Exits with 1 where a bar is missed.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import yaml
from timing_rules.cli import main as timing_rules

ROOT = Path(__file__).parents[2]
#: Files as written; from those with several documents all are taken.
WRITTEN = [
    "examples/argo-rollout/old-pods-stay-for-the-switch.yaml",
    "examples/statefulset/hands-over-before-it-stops.yaml",
    "examples/job/classic-sidecar-is-told-to-quit.yaml",
    "examples/cronjob/finishes-its-batch.yaml",
    "examples/knative/timeout-is-the-grace-period.yaml",
    "examples/mesh-wide/istio-operator.yaml",
    "examples/worker/classic-proxy-outlives-the-worker.yaml",
    "tests/cases/hooks-kill-then-sleep.yaml",
    "tests/cases/mesh-gitops.yaml",
]
#: Objects as a cluster gives them back: defaults, status, the fields of controllers.
GIVEN_BACK = [
    "tests/traces/cluster/gateway-api/gb.deployment.json",
    "tests/traces/cluster/gateway-api/ga.pod.json",
    "tests/traces/cluster/gateway-api/gc.pod.json",
    "tests/traces/cluster/gateway-api/ge.gateway.json",
    *(
        f"tests/traces/injection/{case}/injected.yaml"
        for case in ("d04-metadata-merge", "e30-own-sleep-values-sleep-native")
    ),
]
#: The ratio that is wanted for so many documents; the bytes that an item may take, and how much more in a longer list.
BARS = {1_000: 2.5, 10_000: 2.75}
ITEM_BAR, MEMORY_BAR = 90_000, 1.1


class Cost(NamedTuple):
    """CPU seconds of a run, and the most memory that its process held, in bytes."""

    seconds: float
    memory: int


def documents() -> list[str]:
    """The different documents, as YAML text."""
    written = [part for name in WRITTEN for part in (ROOT / name).read_text(encoding="utf-8").split("\n---\n")]
    given = [yaml.safe_load((ROOT / name).read_text(encoding="utf-8")) for name in GIVEN_BACK]
    return written + [yaml.safe_dump(each, sort_keys=False) for each in given]


def write_documents(folder: Path, count: int) -> Path:
    path = folder / f"{count}.yaml"
    path.write_text("\n---\n".join(itertools.islice(itertools.cycle(documents()), count)) + "\n", encoding="utf-8")
    return path


def write_pods(folder: Path, count: int) -> Path:
    """A `List` in JSON, as `kubectl get pods -o json` prints it."""
    pod = json.loads((ROOT / "tests/traces/cluster/gateway-api/gc.pod.json").read_text(encoding="utf-8"))
    path = folder / f"{count}.json"
    pods = ({**pod, "metadata": {**pod["metadata"], "name": f"pod-{number}"}} for number in range(count))
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": list(pods)}), encoding="utf-8")
    return path


def parse(path: Path) -> None:
    for _ in yaml.load_all(path.read_text(encoding="utf-8"), yaml.CSafeLoader):
        pass


def check(path: Path) -> None:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        timing_rules(["check", str(path)])


def cost(work: str, path: Path) -> Cost:
    """What `parse` or `check` of a file costs, in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.check_parse_ratio", work, str(path)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "snippets"), str(ROOT)])}
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=env)
    return Cost(*json.loads(ran.stdout))


def ratio(path: Path, times: int) -> tuple[float, float, float]:
    """Check over parse, and the two, the best of some runs in turns."""
    seconds = [(cost("check", path).seconds, cost("parse", path).seconds) for _ in range(times)]
    checked, parsed = (min(column) for column in zip(*seconds, strict=True))
    return checked / parsed, checked, parsed


def memory(folder: Path, counts: tuple[int, int, int]) -> tuple[float, float]:
    """Bytes an item, in a shorter and in a longer list: from the differences of three."""
    held = [cost("check", write_pods(folder, count)).memory for count in counts]
    (few, some, many), steps = counts, [after - before for before, after in itertools.pairwise(held)]
    return steps[0] / (some - few), steps[1] / (many - some)


def run_one(work: str, path: str) -> None:
    before = time.process_time()
    {"parse": parse, "check": check}[work](Path(path))
    spent = time.process_time() - before
    print(json.dumps(Cost(spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)))


def main() -> int:
    missed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for count, bar in BARS.items():
            path = write_documents(folder, count)
            found, checked, parsed = ratio(path, 5 if count < 5_000 else 2)
            missed += found > bar
            size = path.stat().st_size / 1e6
            print(f"{count:6} documents, {size:4.1f} MB: check {checked:6.2f} s, bare parse {parsed:5.2f} s,", end=" ")
            print(f"{found:.2f} times as long (wanted: {bar})", flush=True)
        shorter, longer = memory(folder, (1_000, 4_000, 10_000))
        missed += longer > min(ITEM_BAR, MEMORY_BAR * shorter)
        print(f"10,000 pods in a List, JSON: {shorter / 1e3:.1f} kB an item up to 4,000, {longer / 1e3:.1f} kB beyond")
    return int(missed > 0)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        run_one(*sys.argv[1:])
    else:
        sys.exit(main())
