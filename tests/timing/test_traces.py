"""Recordings of a real kubelet, pilot-agent and Envoy (tests/traces): the timeline is within a quarter of a second."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from timing_rules import load
from timing_rules.domain import (
    ISTIO_DRAIN_HOOK,
    NEVER,
    PROXY,
    Assumptions,
    Container,
    Hook,
    Pod,
    ProxySettings,
    Sidecar,
)
from timing_rules.duration import parse_duration
from timing_rules.timeline import ContainerTimes, Timeline, timeline

from tests.timing.pods import differences

TRACES = Path(__file__).parent.parent / "traces"
RANDOM: list[dict[str, Any]] = json.loads((TRACES / "kubelet-random.json").read_text())
SPECIAL: dict[str, dict[str, Any]] = {
    one["id"]: one for one in json.loads((TRACES / "kubelet-special.json").read_text())
}
MESH: list[dict[str, Any]] = [json.loads(path.read_text()) for path in sorted((TRACES / "mesh").glob("*.json"))]
KILLED = 137

each_random = pytest.mark.parametrize("trace", RANDOM, ids=[one["id"] for one in RANDOM])
each_mesh = pytest.mark.parametrize("trace", MESH, ids=[one["id"] for one in MESH])


def near(time: float | None) -> Any:
    assert time is not None
    return pytest.approx(time, abs=0.25)


def timeout(times: ContainerTimes) -> float:
    """The whole seconds that the kubelet gave the runtime."""
    assert times.sigkill is not None and times.sigterm is not None
    return round(times.sigkill - times.sigterm, 6)


def assert_as_recorded(line: Timeline, containers: Mapping[str, Mapping[str, Any]], killed: Iterable[str]) -> None:
    assert line.containers.keys() == containers.keys()
    for name, seen in containers.items():
        times = line.containers[name]
        assert times.sigterm == near(seen.get("stop_called", seen.get("sigterm"))), name
        assert times.end == near(seen["end"]), name
        assert timeout(times) == seen["stop_timeout"], name
    assert {name for name, times in line.containers.items() if times.killed} == set(killed)
    assert line.unknown == ()


def only(text: str) -> Pod:
    [pod] = load(text)
    assert isinstance(pod, Pod)
    return pod


def length(seconds: float | str) -> float:
    return NEVER if seconds == "never" else float(seconds)


# The random pods.


def random_pod(trace: dict[str, Any]) -> Pod:
    def container(one: dict[str, Any]) -> Container:
        hook = one["prestop"] and Hook(one["prestop"]["kind"], length(one["prestop"]["seconds"]))
        return Container(one["name"], preStop=hook, shutdown=length(one["shutdown_seconds"]))

    return Pod(
        containers=tuple(container(one) for one in trace["containers"] if not one["native_sidecar"]),
        sidecars=tuple(container(one) for one in trace["containers"] if one["native_sidecar"]),
        terminationGracePeriodSeconds=trace["terminationGracePeriodSeconds"],
        assumptions=Assumptions(kubernetes="1.33"),
    )


def random_manifest(trace: dict[str, Any]) -> str:
    def container(one: dict[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = {"name": one["name"], "image": "registry.example/app:1"}
        if one["prestop"]:
            time = one["prestop"]["seconds"]
            action = {"sleep": {"seconds": time}, "exec": {"command": ["sleep", str(time)]}}
            made["lifecycle"] = {"preStop": {one["prestop"]["kind"]: action[one["prestop"]["kind"]]}}
        return made | ({"restartPolicy": "Always"} if one["native_sidecar"] else {})

    shutdown = {
        f"timing-rules/app-shutdown.{one['name']}": declared(one["shutdown_seconds"]) for one in trace["containers"]
    }
    return pod_manifest(
        {"timing-rules/kubernetes": "1.33"} | shutdown,
        [container(one) for one in trace["containers"] if not one["native_sidecar"]],
        [container(one) for one in trace["containers"] if one["native_sidecar"]],
        trace["terminationGracePeriodSeconds"],
    )


def declared(seconds: float | str) -> str:
    return "never" if seconds == "never" else f"{seconds}s"


def pod_manifest(annotations: dict[str, str], containers: list, init_containers: list, grace: int) -> str:
    spec = {"terminationGracePeriodSeconds": grace, "containers": containers}
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "recorded", "annotations": annotations},
            "spec": spec | ({"initContainers": init_containers} if init_containers else {}),
        }
    )


@pytest.mark.parametrize("read", [random_pod, lambda trace: only(random_manifest(trace))], ids=["pod", "manifest"])
@each_random
def test_random_pods(trace: dict[str, Any], read: Any) -> None:
    pod = read(trace)
    containers = {one["name"]: one["measured"] for one in trace["containers"]}
    killed = {name for name, seen in containers.items() if seen["exit_code"] == KILLED}
    assert_as_recorded(timeline(pod), containers, killed)
    assert differences(pod) == []


# The special cases. What each is stands in the recording; a hook that fails at once is a hook of 0 s.

SLEEP_8, EXEC_8 = Hook("sleep", 8), Hook("exec", 8)
SPECIAL_PODS: dict[str, tuple[list[Container], list[Container]]] = {
    "c1": ([Container("web", SLEEP_8, shutdown=0, exits_at=2.2)], [Container("side", shutdown=0)]),
    "c1b": ([Container("web", EXEC_8, shutdown=0, exits_at=2.2)], [Container("side", shutdown=0)]),
    "c2": ([Container("web", Hook("exec", 0), shutdown=3)], []),
    "c3": ([Container("web", Hook("exec", 3), shutdown=2)], []),
    "c4": ([Container("web", Hook("exec", 5), shutdown=NEVER)], []),
    "c5": ([Container("web", shutdown=NEVER)], []),
    "c5b": ([Container("web", shutdown=1)], []),
    "c6": ([Container("web", Hook("httpGet", 0), shutdown=2)], []),
    "c7": ([Container("web", Hook("exec", NEVER), shutdown=NEVER)], [Container("side", shutdown=NEVER)]),
    "c8": ([Container("web", shutdown=NEVER)], []),
    "c9": ([Container("web", shutdown=2)], [Container("first", shutdown=3), Container("second", shutdown=3)]),
}
LEFT_BY_THEMSELVES = {"c1", "c1b"}  # web was made to exit, with status 137, before the kubelet stopped it


def test_every_special_case_is_covered() -> None:
    assert SPECIAL_PODS.keys() == SPECIAL.keys()


@pytest.mark.parametrize("case", SPECIAL_PODS)
def test_special_cases(case: str) -> None:
    trace, (containers, sidecars) = SPECIAL[case], SPECIAL_PODS[case]
    pod = Pod(tuple(containers), tuple(sidecars), trace["grace"], assumptions=Assumptions(kubernetes="1.33"))
    killed = {name for name, seen in trace["containers"].items() if seen["exit_code"] == KILLED}
    assert_as_recorded(timeline(pod), trace["containers"], killed - ({"web"} if case in LEFT_BY_THEMSELVES else set()))
    assert differences(pod) == []


# The pods in a mesh.


def idle_from(trace: dict[str, Any]) -> float:
    """From when no connection was left, a fact of the clients: between the last two looks of the agent, or never."""
    looks = [(at, text) for at, text in trace["measured"]["agent_log"] if text.startswith("There are")]
    busy = [at for at, text in looks if text.startswith("There are still")]
    if not busy:
        return 0.0
    return NEVER if looks[-1][0] == busy[-1] else busy[-1] + 0.5


def mesh_setting(trace: dict[str, Any], name: str) -> str:
    return str(trace["proxy"][name]).removesuffix(" (default)")


def mesh_pod(trace: dict[str, Any]) -> Pod:
    app, proxy = trace["app"], trace["proxy"]
    kind = Sidecar(proxy["mode"])
    hook = Hook("sleep", app["prestop_sleep_seconds"]) if app["prestop_sleep_seconds"] else None
    return Pod(
        containers=(Container("web", preStop=hook, shutdown=mesh_shutdown(trace)),),
        terminationGracePeriodSeconds=trace["terminationGracePeriodSeconds"],
        sidecar=kind,
        proxy=Container(PROXY, preStop=ISTIO_DRAIN_HOOK if proxy["lifecycle"] else None),
        injected=True,
        settings=ProxySettings(
            terminationDrainDuration=parse_duration(mesh_setting(trace, "terminationDrainDuration")),
            drainDuration=parse_duration(mesh_setting(trace, "drainDuration")),
            MINIMUM_DRAIN_DURATION=parse_duration(mesh_setting(trace, "MINIMUM_DRAIN_DURATION")),
            EXIT_ON_ZERO_ACTIVE_CONNECTIONS=mesh_setting(trace, "EXIT_ON_ZERO_ACTIVE_CONNECTIONS") == "true",
        ),
        assumptions=Assumptions(kubernetes="1.33", istio="1.31", connections_idle_after=idle_from(trace)),
    )


def mesh_shutdown(trace: dict[str, Any]) -> float:
    return NEVER if trace["app"]["shutdown"] == "never" else parse_duration(trace["app"]["shutdown"])


def mesh_manifest(trace: dict[str, Any]) -> str:
    """What a user would write: only what differs from the defaults, and no proxy but for the gateway's."""
    app, proxy = trace["app"], trace["proxy"]
    config: dict[str, Any] = {}
    for key in ("terminationDrainDuration", "drainDuration"):
        if "default" not in proxy[key]:
            config[key] = proxy[key]
    metadata = {
        key: proxy[key]
        for key in ("MINIMUM_DRAIN_DURATION", "EXIT_ON_ZERO_ACTIVE_CONNECTIONS")
        if "default" not in proxy[key]
    }
    annotations = {
        "timing-rules/kubernetes": "1.33",
        "timing-rules/istio": "1.31",
        "timing-rules/app-shutdown": app["shutdown"],
        "timing-rules/connections-idle-after": declared("never" if idle_from(trace) == NEVER else idle_from(trace)),
        "proxy.istio.io/config": yaml.safe_dump(config | ({"proxyMetadata": metadata} if metadata else {})),
    }
    containers: list[dict[str, Any]] = [{"name": "web", "image": "registry.example/web:1"}]
    if proxy["mode"] == "gateway":
        annotations["inject.istio.io/templates"] = "gateway"
        containers.append({"name": "istio-proxy", "image": "auto"})
    else:
        annotations["sidecar.istio.io/nativeSidecar"] = str(proxy["mode"] == "native").lower()
    if app["prestop_sleep_seconds"]:
        containers[0]["lifecycle"] = {"preStop": {"sleep": {"seconds": app["prestop_sleep_seconds"]}}}
    return pod_manifest(annotations, containers, [], trace["terminationGracePeriodSeconds"])


@pytest.mark.parametrize("read", [mesh_pod, lambda trace: only(mesh_manifest(trace))], ids=["pod", "manifest"])
@each_mesh
def test_mesh(trace: dict[str, Any], read: Any) -> None:
    pod, seen = read(trace), trace["measured"]
    line = timeline(pod)
    containers = seen["containers"]
    assert_as_recorded(line, containers, {name for name, one in containers.items() if one["exit_code"] == KILLED})
    assert line.sidecar == trace["proxy"]["mode"]
    assert differences(pod) == []

    proxy, log = line.proxy, seen["agent_log"]
    assert proxy
    assert proxy.drain_start == near(next(at for at, text in log if text.startswith("Agent draining")))
    agent_killed = [at for at, text in log if text in ("Aborting proxy", "Agent already drained, exiting immediately")]
    assert proxy.killed_by == ("pilot-agent" if agent_killed else "kubelet")
    assert proxy.envoy_killed == near(agent_killed[0] if agent_killed else containers[PROXY]["end"])
    # New connections are refused from the moment at which listeners close, or else Envoy is gone.
    refused = seen["new_inbound_requests_10_per_s"]["first_refused"]
    assert refused == near(proxy.envoy_killed if proxy.inbound_closes is None else proxy.inbound_closes)


def test_the_recorded_loss_is_foreseen() -> None:
    """Every request was refused from the end of the proxy on, although the app went on serving."""
    [trace] = [one for one in MESH if one["id"] == "classic-app-prestop-only"]
    refused = trace["measured"]["new_inbound_requests_10_per_s"]["first_refused"]
    windows = [(window.start, window.end) for window in timeline(mesh_pod(trace)).losses]
    assert (near(refused), near(trace["measured"]["app"]["exit"])) in windows
