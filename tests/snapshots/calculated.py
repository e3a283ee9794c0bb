"""What the calculator says of a pod, and what it says with one other number or choice; which pods it can show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from timing_rules import Pod, calculator, load
from timing_rules.calculator import LENGTHS, State

VARIED = Path(__file__).with_name("varied")
#: Pods whose numbers all mean something, each by an address.
POD = {"preStop": "10", "app_shutdown": "15", "propagation": "7", "lb_deregistration": "12", "node_shutdown": "40"}
DRAIN = {"terminationDrainDuration": "20", "drainDuration": "9"}
COUNTS = {"EXIT_ON_ZERO_ACTIVE_CONNECTIONS": "true", "MINIMUM_DRAIN_DURATION": "8", "connections_idle_after": "14"}
PODS: list[dict[str, str]] = [
    POD | {"sidecar": "none"}, POD | DRAIN | {"sidecar": "native"}, POD | DRAIN | {"sidecar": "classic"}, POD | COUNTS | {"sidecar": "classic"},
    POD | COUNTS | DRAIN | {"sidecar": "gateway"}, {"sidecar": "classic", "kind": "Job", "app_shutdown": "20"} | DRAIN, POD | COUNTS | {"sidecar": "native", "istio": "1.20", "kubernetes": "1.28"},
]  # fmt: skip
#: Other numbers, other choices.
NUMBERS = ("0", "1", "2.5", "25", "60", "never", "-1", "", "604800", "604801", "x" * 50)
CHOICES = {
    "sidecar": ("none", "native", "classic", "gateway", "both"), "kind": ("Deployment", "Job", "Pod"), "EXIT_ON_ZERO_ACTIVE_CONNECTIONS": ("true", "false", "True"),
    "istio": ("1.18", "1.19", "1.20", "1.21", "1.26", "1.31", "1.17"), "kubernetes": ("1.25", "1.27", "1.28", "1.29", "1.33", "1.37", "x"), "sidecars": ("none",),
}  # fmt: skip
#: Of which also is told what is there no longer.
TOLD_GONE = ("yaml", "without effect")


def calculated() -> Iterator[list[str]]:
    """Each pod, and what others say otherwise, in English and Korean by turns."""
    for number, given in enumerate(PODS):
        lang = ("en", "ko")[number % 2]
        usual = _said(given, lang)
        yield [f"==== {given}", *(line for lines in usual.values() for line in lines)]
        for name in (*LENGTHS, *CHOICES):
            alike: dict[str, list[str]] = {}
            for value in CHOICES.get(name, NUMBERS):
                said = _said({**given, name: value}, lang)
                new = [line for key, lines in said.items() for line in lines if line not in usual[key]]
                gone = [f"no {line}" for key in TOLD_GONE for line in usual[key] if line not in said[key]]
                told = said["refused"] or [line.strip() for line in (*new, *gone)]
                alike.setdefault(" | ".join(told), []).append(value[:9])
            yield [f"---- {name}", *(f"{', '.join(values)}: {line}" for line, values in alike.items() if line)]
    yield ["==== shown", *_shown()]


def _said(given: dict[str, str], lang: str) -> dict[str, list[str]]:
    """The lines of an answer, but for the picture and for the numbers themselves."""
    drawn = calculator.draw(given, lang)
    lines = {
        key: str(drawn.get(key, "")).strip().splitlines() for key in ("refused", "verdict", "headline", "note", "yaml")
    }
    lines["without effect"] = [f"{name}: {text}" for name, text in drawn.get("without_effect", {}).items()]
    lines["link"] = [json.dumps(drawn["link"]["options"])] if "link" in drawn else []
    return lines


def _shown() -> Iterator[str]:
    """The numbers of the pods in varied/, and of calculated ones on their way back."""
    for path in sorted(VARIED.glob("*.yaml")):
        for item in load(path.read_text(encoding="utf-8")):
            if isinstance(item, Pod):
                yield f"{path.stem} {item.kind}: {_numbers(calculator.state_of(item))}"
    for given in PODS:
        (pod,) = load(calculator.manifest(calculator.read(given)))
        assert isinstance(pod, Pod)
        yield f"{given['sidecar']}: {_numbers(calculator.state_of(pod))}"


def _numbers(state: State | None) -> dict[str, str] | None:
    return None if state is None else calculator.written(state)
