"""What stands in tables: facts by version, defaults, kinds, fields, the calculator's lengths and pods; and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from timing_rules import Pod, calculator, load, versions
from timing_rules.calculator import LENGTHS, PRESETS, Refused, State
from timing_rules.manifest import fields
from timing_rules.manifest.kinds import POD_KINDS
from timing_rules.rules.registry import RULES

EXAMPLES = Path(__file__).parents[2] / "examples"
#: What an address of the calculator may hold by mistake.
MISTAKES: list[dict[str, str]] = [
    {"prestop": "5"}, {"sidecar": "both"}, {"kind": "CronJob"}, {"preStop": "5s"}, {"preStop": "0.5"}, {"preStop": "-1"},
    {"preStop": "604801"}, {"preStop": "604800"}, {"drainDuration": "0"}, {"app_shutdown": "never"}, {"preStop": "never"},
    {"propagation": "1e999"}, {"propagation": "nan"}, {"propagation": "0.0004"}, {"istio": "1.17"}, {"istio": "new"},
    {"kubernetes": "1.27"}, {"sidecar": "gateway", "kind": "Job"}, {"EXIT_ON_ZERO_ACTIVE_CONNECTIONS": "yes"},
    {"sidecar": "native", "istio": "1.18"}, {"terminationGracePeriodSeconds": "x" * 100},
]  # fmt: skip


def tables() -> Iterator[list[str]]:
    """Each table, a row a line."""
    yield [
        "==== facts",
        *(f"{fact.component} {fact.since} {fact.alpha} {fact.what.en} {fact.source}" for fact in versions.FACTS),
    ]
    yield ["==== defaults", *(f"{one.name} {one.value} {one.what.en} {one.source}" for one in versions.DEFAULTS)]
    yield [
        "==== gone",
        *(f"{name} {version}" for name, version in versions.GONE.items()),
        f"{versions.OLDEST} {versions.NEWEST}",
    ]
    yield [
        "==== rules",
        *(f"{rule.code} {rule.severity} {rule.mesh} {' '.join(rule.about.see)}" for rule in RULES.values()),
    ]
    yield ["==== kinds", *(f"{name} {kind}" for name, kinds in POD_KINDS.items() for kind in kinds)]
    yield [
        "==== fields",
        *(f"{schema} {name} {kind}" for schema, names in fields.SCHEMAS.items() for name, kind in names.items()),
    ]
    yield ["==== inside", *(f"{name} {kind}" for name, kind in fields.INSIDE.items())]
    yield ["==== lengths", *(f"{name} {length}" for name, length in LENGTHS.items())]
    for name, states in PRESETS.items():
        for state in states:
            yield [f"==== {name}", *_drawn(state)]
    yield ["==== mistakes", *map(_refused, MISTAKES)]
    yield ["==== examples", *_shown()]


def _drawn(state: State) -> Iterator[str]:
    """What the calculator says of a pod beside its picture, which other snapshots hold."""
    drawn = calculator.draw(calculator.written(state), "en")
    yield from (
        f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in drawn.items() if "<svg" not in str(value)
    )


def _refused(given: dict[str, str]) -> str:
    try:
        return f"{given} {calculator.written(calculator.read(given))}"
    except Refused as refused:
        return f"{given} {refused.sentence.en}"


def _shown() -> Iterator[str]:
    """With which numbers the calculator shows the pods of the examples, where it can."""
    for path in sorted(EXAMPLES.rglob("*.yaml")):
        for item in load(path.read_text(encoding="utf-8")):
            if isinstance(item, Pod):
                state = calculator.state_of(item)
                yield f"{path.stem}: {None if state is None else calculator.written(state)}"
