"""Where each time on a page comes from: a row of versions.py, something shown on the page, or a pinned source."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from pathlib import Path
from statistics import median

from lab import show
from lab.record import MARGIN, TOLERANCE
from timing_rules import Pod, load, timeline, versions

from tests.docs.pages import ROOT, Page

CLUSTER = ROOT / "tests" / "traces" / "cluster"
UNITS = {"ms": 0.001, "milliseconds": 0.001, "밀리초": 0.001, "s": 1, "second": 1, "seconds": 1, "초": 1}
UNITS |= {
    "m": 60,
    "min": 60,
    "minute": 60,
    "minutes": 60,
    "분": 60,
    "h": 3600,
    "hour": 3600,
    "hours": 3600,
    "시간": 3600,
}
_UNIT = "|".join(sorted(UNITS, key=len, reverse=True))
_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
# A Go duration (1m30s), a range (5–10 s) or one number with its unit. "3분의 1" is a fraction; letters after a unit make it a word.
TIME = re.compile(
    rf"(?<![\w.$/-])(?:(?P<go>(?:\d+(?:\.\d+)?(?:ms|h|m|s)){{2,}})"
    rf"|(?:(?P<low>{_NUMBER})[ \t]*(?:[–~-]|to|에서)[ \t]*)?(?P<high>{_NUMBER})(?:[ \t]*|-)(?P<unit>{_UNIT}))(?![A-Za-z])(?!의[ \t])"
)
PINNED = re.compile(
    r"https?://[^\s)>\]]*/(?:v?\d+\.\d+(?:\.\d+)?(?:[-.][\w.]+)?|[0-9a-f]{7,40}|[\w.-]*?[-@/]?v?\d+\.\d+\.\d+)(?:/|[?#\s)>\]]|$)"
)
_EXAMPLE = re.compile(r"(?:examples|snippets|tests/traces)/[\w./-]+\.(?:yaml|py|json)")


def times_in(text: str) -> Iterator[tuple[str, float, int]]:
    """Each time in `text`: as written, in seconds, and the decimals it is written with."""
    for found in TIME.finditer(text):
        if found["go"]:
            parts = re.findall(r"(\d+(?:\.\d+)?)(ms|h|m|s)", found["go"])
            yield found[0], round(sum(float(number) * UNITS[unit] for number, unit in parts), 6), 6
            continue
        for number in filter(None, (found["low"], found["high"])):
            decimals = len(number.partition(".")[2]) if UNITS[found["unit"]] == 1 else 6
            yield found[0], round(float(number.replace(",", "")) * UNITS[found["unit"]], 6), decimals


def _literals(text: str) -> set[float]:
    """Every number in a file, and every duration: `sleep 15`, `seconds: 15`, `1m30s`."""
    numbers = {float(number) for number in re.findall(r"(?<![\w.])\d+(?:\.\d+)?", text)}
    return numbers | {value for _, value, _ in times_in(text)}


@cache
def _of_defaults() -> frozenset[float]:
    values = {default.value for default in versions.DEFAULTS} | {0.0}
    for text in [row.what for row in versions.FACTS] + [row.what for row in versions.DEFAULTS]:
        values |= {value for _, value, _ in times_in(text.en)}
    return frozenset(values)


@cache
def _of_file(path: Path) -> frozenset[float]:
    """What a file states, and for a manifest what `timeline` computes from it: times, and spans between two of them."""
    text = path.read_text(encoding="utf-8")
    values = _literals(text)
    if path.suffix == ".yaml":
        for pod in (item for item in load(text, source=path.name) if isinstance(item, Pod)):
            line = timeline(pod)
            at = {event.at for event in line.events}
            at |= {value for window in line.losses for value in (window.start, window.end)}
            for times in line.containers.values():
                at |= {
                    value for value in (times.prestop_end, times.sigterm, times.end, times.sigkill) if value is not None
                }
            at.add(float(line.grace))
            values |= at | {round(abs(one - other), 6) for one, other in combinations(at, 2)}
    return frozenset(values)


@cache
def _of_recording(path: Path) -> frozenset[float]:
    """Every number in a recording; a page may round it."""
    return frozenset(_literals(json.dumps(json.loads(path.read_text(encoding="utf-8")), ensure_ascii=False)))


@cache
def _of_chart(kind: str, names: tuple[str, ...]) -> frozenset[float]:
    """What a chart of the cluster shows: each measured time, and the medians that it names."""
    if kind == "rollouts":
        runs = json.loads((CLUSTER / "clients.json").read_text(encoding="utf-8"))
        return frozenset(_literals(json.dumps([runs[name] for name in names])))
    values = set[float]()
    for name in names:
        run = json.loads((CLUSTER / kind / f"{name}.json").read_text(encoding="utf-8"))
        if kind == "propagation":
            for path in ("kube_proxy_gone", "envoy_gone"):
                times = [pod[path] for pod in run["repetitions"] if pod.get(path) is not None]
                values |= {*times, median(times)}
        else:
            values |= _literals(json.dumps(run))
    return frozenset(values)


def _charted(page: Page) -> set[float]:
    values = set[float]()
    for directive in page.directives:
        if directive.startswith("cluster "):
            _, kind, *names = directive.split()
            values |= _of_chart(kind, tuple(names))
    return values


def _shown(page: Page) -> Iterator[Path]:
    for path in page.includes:
        yield ROOT / path
    for directive in page.directives:
        name, *words = directive.split()
        if name == "figure":
            yield ROOT / words[0]
        if name == "recording" or any(word.startswith("recording=") for word in words):
            for suffix in (".json", ".yaml"):
                yield ROOT / "tests" / "traces" / "mesh" / f"{words[-1].removeprefix('recording=')}{suffix}"
        if name == "cluster" and words[0] == "rollouts":
            yield from (CLUSTER / "rollouts" / f"{word}.yaml" for word in words[1:])
        if name in ("experiment", "experiments", "chart"):
            in_groups = [one for one, header in show.bearing().items() if header["group"].split()[0] in words]
            for word in in_groups if name == "experiments" else words:
                yield ROOT / "snippets" / "lab" / "experiments" / f"{word}.yaml"
                yield ROOT / "snippets" / "lab" / "records" / f"{word}.json"
        if name.endswith("catalogue"):
            wrong = name == "wrong-catalogue"
            yield from (path for path in (ROOT / "examples").rglob("*.yaml") if ("wrong" in path.parts) == wrong)
    for fence in page.fences:
        if not fence.include:
            yield from (ROOT / path for path in _EXAMPLE.findall(fence.code))


def offenders(page: Page) -> list[str]:
    """A sentence for each time on the page that nothing accounts for."""
    exact, measured = set(_of_defaults()), set[float]()
    if any(
        directive.startswith("experiments") for directive in page.directives
    ):  # the page that says when a run agrees
        exact |= {MARGIN, TOLERANCE}
    measured |= _charted(page)
    for path in {path for path in _shown(page) if path.is_file()}:
        if path.suffix == ".json":
            measured |= _of_recording(path)
        else:
            exact |= _of_file(path)
    for fence in page.fences:
        if not fence.include and fence.language in ("python", "yaml", "json"):
            exact |= _literals(fence.code)
    found = []
    for block in page.blocks():
        text = "\n".join(line for _, line in block)
        if any(PINNED.search(target) for target in page.links_in(text)):
            continue
        for number, line in block:
            for written, value, decimals in times_in(re.sub(r"\]\([^)]*\)|https?://\S+", "]", line)):
                if (
                    value not in exact
                    and value not in measured
                    and value not in {round(one, decimals) for one in measured}
                ):
                    found.append(
                        f"{page.name}:{number}: {written}: no row of versions.py and nothing shown on the page has this value; "
                        "show where it comes from (include, figure, recording), or link a source pinned to a version or commit"
                    )
    return found
