"""What Istio's injector makes of a pod: its templates, its overrides, and the port on which pilot-agent hears hooks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from timing_rules import Assumptions, MeshConfig, Pod, load
from timing_rules.domain import Hook

from tests.package.inputs import IN, config, dump, findings, manifest, rules, runs, sleeps, web

PORT = "status.sidecar.istio.io/port"
OVERRIDES = "proxy.istio.io/overrides"
TEMPLATES = "inject.istio.io/templates"
OWN = {"name": "istio-proxy", "image": "auto"}
NATIVE: dict[str, Any] = {"sidecar": "native", "istio": "1.31", "kubernetes": "1.36"}
HTTP = {"lifecycle": {"preStop": {"httpGet": {"path": "/stop", "port": 8080}}}}


def mesh_of(values: dict[str, Any]) -> MeshConfig:
    """The mesh that Helm values configure."""
    return next(item for item in load(dump({"meshConfig": {}, **values})) if isinstance(item, MeshConfig))


def injected(values: dict[str, Any], *, mode: str = "native", **fields: Any) -> Pod:
    """A pod that is labelled for injection, in a mesh with these values."""
    facts = Assumptions(**{**NATIVE, "sidecar": mode}, mesh=mesh_of(values))
    (found,) = load(manifest("Deployment", **{"labels": IN, **fields}), assumptions=facts)
    assert isinstance(found, Pod)
    return found


def hook_of(pod: Pod) -> Hook:
    """istio-proxy's hook."""
    proxy = pod.proxy_container
    assert proxy is not None and proxy.preStop is not None
    return proxy.preStop


MOVED_VALUES = {"global": {"proxy": {"statusPort": 15025}}}
CURL = "curl", "-X", "POST"
#: Annotations, values, the own hook of istio-proxy, and whether it drains.
PORTS: list[tuple[dict[str, str], dict[str, Any], tuple[str, ...], bool]] = [
    ({}, {}, (*CURL, "localhost:15020/drain"), True),
    ({}, {}, (*CURL, "localhost:15025/drain"), False),
    ({PORT: "15025"}, {}, (*CURL, "localhost:15025/drain"), True),
    ({PORT: "15025"}, {}, ("sh", "-c", "sleep 3; curl -X POST localhost:15025/drain"), True),
    ({PORT: "15025"}, {}, (*CURL, "localhost:15020/drain"), False),
    ({PORT: "15025"}, {}, ("curl", "localhost:15025/drain"), False),  # a GET
    ({PORT: "15025"}, {}, ("pilot-agent", "request", "--debug-port=15025", "POST", "drain"), False),  # not on its list
    ({PORT: "15025"}, {}, ("pilot-agent", "request", "--debug-port=15020", "POST", "drain"), False),
    (config(statusPort=15025), {}, (*CURL, "localhost:15025/drain"), True),
    ({}, {"meshConfig": {"defaultConfig": {"statusPort": 15025}}}, (*CURL, "localhost:15025/drain"), True),
    # The values write hooks, and do not move the agent.
    ({}, MOVED_VALUES, (*CURL, "localhost:15020/drain"), True),
    ({}, MOVED_VALUES, (*CURL, "localhost:15025/drain"), False),
]


@pytest.mark.parametrize(("annotations", "values", "command", "drains"), PORTS)
def test_a_drain_call_has_to_reach_the_port_on_which_the_agent_listens(
    annotations: dict[str, str], values: dict[str, Any], command: tuple[str, ...], drains: bool
) -> None:
    pod = injected(values, annotations=annotations, containers=[web(), {**OWN, **runs(*command)}])
    assert (hook_of(pod).drains_at is not None) is drains


@pytest.mark.parametrize("moved", [True, False])
def test_an_injected_pod_shows_where_its_agent_listens(moved: bool) -> None:
    annotations = {"sidecar.istio.io/status": "{}", **({PORT: "15025"} if moved else {})}
    proxy = {"name": "istio-proxy", "image": "istio/proxyv2:1.31.0", "args": ["proxy", "sidecar"]}
    proxy |= {"restartPolicy": "Always", **runs(*CURL, "localhost:15025/drain")}
    pod = injected({}, annotations=annotations, initContainers=[proxy])
    assert (hook_of(pod).drains_at is not None) is moved


#: Annotations, values, the sentence of PT215 about Istio's own hook (none where it drains).
DEAF: list[tuple[dict[str, str], dict[str, Any], str]] = [
    ({}, {}, ""),
    ({PORT: "15025"}, {}, "the status port is 15025"),
    ({}, MOVED_VALUES, "the status port is 15025"),
    (config(statusPort=15025), {}, "statusPort moves pilot-agent away from port 15020"),
]


@pytest.mark.parametrize(("annotations", "values", "sentence"), DEAF)
def test_istios_own_hook_misses_an_agent_elsewhere(
    annotations: dict[str, str], values: dict[str, Any], sentence: str
) -> None:
    text = manifest("Deployment", labels=IN, annotations=annotations)
    said = [one.message.en for one in findings(text, **NATIVE, mesh=mesh_of(values)) if one.rule == "PT215"]
    assert [bool(sentence) and line.startswith(sentence) for line in said] == ([True] if sentence else [])


#: Annotations, values, the hook's port, and its length: 0 where nobody passes it on, `None` where the app decides.
APP_HOOKS: list[tuple[dict[str, str], dict[str, Any], int, float | None]] = [
    ({}, {}, 8080, None),
    ({}, {}, 15020, 0.0),
    ({PORT: "15025"}, {}, 8080, None),
    ({PORT: "15025"}, {}, 15025, 0.0),  # sent to the agent itself, which has no entry
    ({PORT: "15025"}, {}, 15020, None),
    ({}, MOVED_VALUES, 8080, 0.0),  # sent to 15025, where nobody listens
]


@pytest.mark.parametrize(("annotations", "values", "port", "seconds"), APP_HOOKS)
def test_an_apps_hook_is_sent_to_the_status_port(
    annotations: dict[str, str], values: dict[str, Any], port: int, seconds: float | None
) -> None:
    hook = {"lifecycle": {"preStop": {"httpGet": {"path": "/stop", "port": port}}}}
    pod = injected(values, annotations=annotations, containers=[web(**hook)])
    read = pod.containers[0].preStop
    assert read is not None and (read.seconds, read.fails) == (seconds, seconds == 0.0)


GRACE = {"spec": {"terminationGracePeriodSeconds": 120}}
TALL = {"sidecarInjectorWebhook": {"templates": {"tall": dump(GRACE)}}}


@pytest.mark.parametrize(
    ("asked", "fields", "mode", "grace"),
    [
        ("sidecar,tall", {}, "native", 120),
        ("tall", {}, "none", 120),
        ("grpc-agent,tall", {}, "none", 120),
        ("sidecar", {}, "native", 30),
        ("grpc-agent", {}, "none", 30),
        ("tall", {"labels": {}}, "none", 30),  # nobody injects it
        ("tall", {"hostNetwork": True}, "none", 30),
    ],
)
def test_a_template_reaches_every_pod_that_is_injected(
    asked: str, fields: dict[str, Any], mode: str, grace: int
) -> None:
    pod = injected(TALL, mode="auto", annotations={TEMPLATES: asked}, **fields)
    assert (pod.sidecar, pod.grace) == (mode, grace)


def test_hooks_go_through_the_agent_only_where_there_is_one() -> None:
    pod = injected(TALL, mode="auto", annotations={TEMPLATES: "tall"}, containers=[web(**HTTP)])
    assert pod.containers[0].preStop is not None and not pod.containers[0].preStop.agent


@pytest.mark.parametrize(
    ("containers", "refused"),
    [
        ([{"name": "istio-proxy", "lifecycle": {"preStop": {"sleep": {"seconds": "15"}}}}], True),
        ([{"name": "istio-proxy", "env": "x"}], True),
        ([{"name": "web", "lifecycle": {"preStop": {"exec": {"command": "sleep 15"}}}}], True),
        ([{"name": "istio-proxy", **sleeps(15)}], False),
    ],
)
def test_overrides_are_containers(containers: list[dict[str, Any]], refused: bool) -> None:
    annotations = {OVERRIDES: json.dumps({"containers": containers})}
    text = manifest("Deployment", labels=IN, annotations=annotations)
    assert ("PT224 error" in rules(text, sidecar="classic", istio="1.31")) is refused


@pytest.mark.parametrize(
    ("fields", "count"),
    [
        ({"containers": [web(), OWN], "initContainers": [{**OWN, "restartPolicy": "Always"}]}, 2),
        ({"containers": [web(), OWN, OWN]}, 2),
        ({"containers": [web(), OWN, OWN], "initContainers": [{**OWN, "restartPolicy": "Always"}]}, 3),
        ({"containers": [web(), OWN]}, 0),
    ],
)
@pytest.mark.parametrize("mode", ["classic", "native", "none"])
def test_istio_proxy_is_declared_once(fields: dict[str, Any], count: int, mode: str) -> None:
    text = manifest("Deployment", labels=IN, **fields)
    said = [one.message.en for one in findings(text, sidecar=mode, istio="1.31") if one.rule == "PT224"]
    assert [f"declared {count} times" in line for line in said] == ([True] if count else [])
