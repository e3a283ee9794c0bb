"""Pods stopped in a real cluster with Istio (tests/traces/cluster): the timeline says when, from the manifest as applied.

What is given beside the manifest are facts of the run: how long the app took from SIGTERM to its exit, and when the last
connection was gone.
"""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tests.package.inputs import run

CLUSTER = Path(__file__).parent.parent / "traces" / "cluster"
#: Signals, runtime, exec calls and exits take time that no manifest knows, so what happens is never early. In 171 stops the
#: kubelet was at most 0.06 s late with the SIGTERM of an ordinary container, and all else at most 0.60 s; at most 0.22 s in
#: half of the stops of any run.
EARLY, LATE_SIGTERM, LATE, MEDIAN = 0.005, 0.06, 0.60, 0.22
KILLED = 137
VERSIONS = ("--istio", "1.31", "--kubernetes", "1.36")
RUNS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text()) for path in sorted((CLUSTER / "stops").glob("*.json"))
}
STOPS = {
    f"cluster:{name}:{number}": (name, stop["measured"])
    for name, recorded in RUNS.items()
    for number, stop in enumerate(recorded["pods"])
}
#: When the gateways that istiod made of these Gateways were gone, without a connection; sources in the recording's README.
GATEWAYS = {"ga": 7.0, "gb": 20.0, "gc": 23.3, "ge": 7.0}


def idle_from(log: list[tuple[float, str]]) -> str:
    """From when no connection was left: between the last two looks of the agent, or never."""
    looks = [(at, text) for at, text in log if text.startswith("There are")]
    busy = [at for at, text in looks if text.startswith("There are still")]
    if not busy:
        return "0s"
    return "never" if looks[-1][0] == busy[-1] else f"{busy[-1] + 0.5:.3f}s"


def computed(file: Path, *words: str) -> dict[str, Any]:
    """What `timeline` prints of the only pod in a file."""
    (pod,) = json.loads(run("timeline", str(file), *VERSIONS, *words, "--format", "json").out)
    return pod


def foreseen(name: str, measured: dict[str, Any]) -> dict[str, Any]:
    """The computed timeline of one stop."""
    mode, app = RUNS[name]["proxy"]["mode"], measured["app"]
    words = ["--connections-idle-after", idle_from(measured["agent_log"])]
    if app:
        words += ["--app-shutdown", f"app={app['exit'] - app['sigterm']:.3f}s"]
    if mode != "gateway":
        words += ["--sidecar", mode]
    return computed(CLUSTER / "rollouts" / f"{name}.yaml", *words)


def first(log: list[tuple[float, str]], *texts: str) -> float | None:
    return next((at for at, text in log if text.startswith(texts)), None)


def delays(name: str, measured: dict[str, Any], pod: dict[str, Any]) -> dict[str, float]:
    """How much later than computed everything happened."""
    late = {}
    for container, seen in measured["containers"].items():
        times = pod["containers"]["app" if container == "web" else container]
        late[f"{container} SIGTERM"] = seen["stop_called"] - times["sigterm"]
        late[f"{container} end"] = seen["end"] - times["end"]
    if pod["proxy"]:
        log = measured["agent_log"]
        drain = first(log, "handling /drain", "Agent draining")
        gone = first(log, "Aborting proxy", "Agent already drained, exiting immediately")
        assert drain is not None, "the agent said nothing of a drain"
        assert pod["proxy"]["killed_by"] == ("kubelet" if gone is None else "pilot-agent")
        late["drain starts"] = drain - pod["proxy"]["drain_start"]
        end = measured["containers"]["istio-proxy"]["end"]
        late["Envoy is gone"] = (end if gone is None else gone) - pod["proxy"]["envoy_killed"]
    return late


@pytest.mark.parametrize(("name", "measured"), STOPS.values(), ids=STOPS)
def test_stop(name: str, measured: dict[str, Any]) -> None:
    pod = foreseen(name, measured)
    assert pod["sidecar"] == RUNS[name]["proxy"]["mode"]
    assert pod["unknown"] == []
    assert len(pod["containers"]) == len(measured["containers"])
    for container, seen in measured["containers"].items():
        times = pod["containers"]["app" if container == "web" else container]
        assert times["killed"] == (seen["exit_code"] == KILLED), container
        # The time before a native sidecar's SIGTERM is truncated to whole seconds in two parts.
        parts = 1 if pod["sidecar"] == "native" and container == "istio-proxy" else 0
        assert abs(times["sigkill"] - times["sigterm"] - seen["stop_timeout"]) <= parts, container
    for what, late in delays(name, measured, pod).items():
        ordinary = what.endswith("SIGTERM") and not (pod["sidecar"] == "native" and what.startswith("istio-proxy"))
        assert -EARLY <= late <= (LATE_SIGTERM if ordinary else LATE), f"{what}: {late:.3f} s late"


@pytest.mark.parametrize("name", RUNS)
def test_half_of_a_run_is_hardly_late(name: str) -> None:
    """One late stop is the machine's; if most of a run are late, the arithmetic is wrong."""
    late = [delays(name, stop["measured"], foreseen(name, stop["measured"])) for stop in RUNS[name]["pods"]]
    for what in late[0]:
        assert median(stop[what] for stop in late) <= MEDIAN, what


@pytest.mark.parametrize("path", sorted((CLUSTER / "outbound").glob("*.json")), ids=lambda path: path.stem)
def test_outbound_calls_fail_when_the_proxy_has_gone(path: Path) -> None:
    """One call each 0.1 s, new and kept connections; zero is the DELETE."""
    recorded = json.loads(path.read_text())
    pod = computed(path.with_suffix(".yaml"), "--sidecar", recorded["scenario"]["sidecar"])
    gone = pod["proxy"]["envoy_killed"]
    for seen in recorded["pods"]:
        assert gone - 0.1 <= seen["last_ok"] <= seen["first_bad"][0]
        assert gone <= seen["first_bad"][0] <= gone + 0.1 + LATE


@pytest.mark.parametrize(
    ("file", "end"),
    [
        pytest.param(f"{name}.{kind}.json", end, id=f"gateway:{name}:{kind}")
        for name, end in GATEWAYS.items()
        for kind in ("deployment", "pod")
    ],
)
def test_gateway_that_istiod_made(file: str, end: float) -> None:
    """istiod's Deployment and pod of a Gateway: its annotation holds settings that the container's environment does not."""
    pod = computed(CLUSTER / "gateway-api" / file, "--connections-idle-after", "0s")
    assert pod["sidecar"] == "gateway"
    assert pod["containers"]["istio-proxy"]["end"] == pytest.approx(end, abs=LATE)
