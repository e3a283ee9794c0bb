"""Pictures as text, one shape a line: together these timelines show every mark, beside its words in both languages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from timing_rules import Timeline, timeline
from timing_rules.domain import NEVER
from timing_rules.show.drawing import drawing
from timing_rules.show.picture import STYLE, svg
from timing_rules.show.table import table
from timing_rules.show.thumbnail import thumbnail

from tests.package.inputs import IN, config, dump, manifest, pod, runs, sleeps, web

ROOT = Path(__file__).parents[2]
MESH = ROOT / "tests" / "traces" / "mesh"
SERVED = web(ports=[{"containerPort": 80}])
CLASSIC: dict[str, Any] = {"sidecar": "classic"}
LONG_NAME = "a-container-whose-name-takes-the-whole-of-a-narrow-picture-itself"


def pictures() -> Iterator[list[str]]:
    """Each picture with its thumbnail, English and Korean by turns; the guide's with its numbers, recordings with their table."""
    for number, (name, line) in enumerate(_timelines()):
        for lang in ("en", "ko") if number < 3 else (("en", "ko")[number % 2],):
            yield [f"==== {name}, {lang}", *_shapes(svg(line, lang=lang)), *_shapes(thumbnail(line))]
        for lang in ("en", "ko"):
            yield [f"---- {name}, in a terminal, {lang}", *map(repr, drawing(line, lang, colour=number % 4 == 0))]
    guide = timeline(pod((ROOT / "examples/wrong/PT203-listeners-close-during-the-prestop-hook.yaml").read_text()))
    yield ["==== the guide, en", *_shapes(svg(guide, title="A & B", numbers=True))]
    for name, lang in (("native-plain", "en"), ("native-plain", "ko"), ("classic-drain-12s", "ko"), ("gateway", "en")):
        measured = json.loads((MESH / f"{name}.json").read_text())
        line = timeline(pod((MESH / f"{name}.yaml").read_text()))
        shapes = _shapes(svg(line, lang=lang, measured=measured))
        yield [f"==== {name}, recorded, {lang}", *shapes, *_shapes(table(line, lang=lang, measured=measured))]


def _shapes(text: str) -> list[str]:
    """The elements of a picture or a table, one a line, without the styles."""
    return re.sub(r"(?<=>)(?=<(?!/|tspan))", "\n", text.replace(f"<style>{STYLE}</style>", "")).splitlines()


def _timelines() -> Iterator[tuple[str, Timeline]]:
    def of(text: str, **facts: Any) -> Timeline:
        return timeline(pod(text, **facts))

    hooked = {**SERVED, **sleeps(10)}
    yield (
        "killed",
        of(
            manifest(labels=IN, containers=[hooked], annotations=config(drainDuration="9s")), app_shutdown=25, **CLASSIC
        ),
    )
    yield "not declared", of(manifest(labels=IN, containers=[{**SERVED, **runs("./x")}, {"name": "b"}]), **CLASSIC)
    yield (
        "goes first",
        of(
            manifest(labels=IN, containers=[{**SERVED, **sleeps(2)}], terminationGracePeriodSeconds=60),
            app_shutdown=20,
            lb_deregistration=15,
            **CLASSIC,
        ),
    )
    yield "native", of(manifest(labels=IN, containers=[hooked]), sidecar="native", app_shutdown=4)
    yield "native, not declared", of(manifest(labels=IN, containers=[SERVED]), sidecar="native")
    gateway = {"inject.istio.io/templates": "gateway"}
    yield (
        "gateway",
        of(
            manifest(labels=IN, annotations=gateway, containers=[{"name": "istio-proxy", "image": "auto"}]),
            lb_deregistration=20,
        ),
    )
    yield "beyond", of(manifest(terminationGracePeriodSeconds=300, containers=[hooked]), app_shutdown=10)
    yield "at once", of(manifest(terminationGracePeriodSeconds=0), app_shutdown=0)
    yield "later than the grace period", of(manifest(terminationGracePeriodSeconds=1, containers=[SERVED]))
    yield (
        "goes on accepting",
        of(
            manifest(containers=[{**SERVED, "name": LONG_NAME}]),
            app_shutdown=10,
            accepts_after_sigterm=6,
            propagation=6.5,
        ),
    )
    yield (
        "sidecars in turn",
        of(
            manifest(
                containers=[hooked, web(name="b", **sleeps(3))],
                initContainers=[web(name=name, restartPolicy="Always", **sleeps(4)) for name in ("first", "second")],
            ),
            app_shutdown={"": 5, "first": 2, "second": 1},
        ),
    )
    yield (
        "waits for ever",
        of(
            manifest(labels=IN, annotations=config(EXIT_ON_ZERO_ACTIVE_CONNECTIONS="true"), containers=[hooked]),
            app_shutdown=3,
            connections_idle_after=NEVER,
            **CLASSIC,
        ),
    )
    both = [{"name": "istio-proxy", "image": "auto"}, {**SERVED, **sleeps(3)}]
    for end in (2.0, 40.0):
        yield (
            f"an app beside a gateway, {end:g} s",
            of(manifest(labels=IN, annotations=gateway, containers=both), app_shutdown=end),
        )
    ready = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "p"}, "spec": {"selector": {"app": "p"}, "ports": [{"port": 80}], "publishNotReadyAddresses": True}}  # fmt: skip
    for ends in ({}, {"app_shutdown": 6.0}):
        served = dump(yaml.safe_load(manifest("Deployment", labels={"app": "p"}, containers=[hooked])), ready)
        yield f"always ready, {ends}", of(served, **ends)
    yield "without a name", of("spec:\n  containers:\n  - name: web\n")
    yield "nothing", of(manifest(containers=[]))
