"""What Istio's injector makes of a pod: its templates, its overrides, and the port on which pilot-agent hears hooks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from timing_rules import Assumptions, MeshConfig, Pod, load, timeline
from timing_rules.domain import Hook

from tests.package.inputs import (
    IN,
    STATUS,
    config,
    dump,
    errors,
    findings,
    manifest,
    proxy,
    rules,
    run,
    runs,
    sleeps,
    web,
)
from tests.package.inputs import pod as load_pod

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


def test_overrides_of_an_injected_pod_are_a_record_and_of_another_are_obeyed() -> None:
    for overrides in ("{", "[]", json.dumps({"containers": [{"name": "istio-proxy", "env": "x"}]})):
        noted = {OVERRIDES: overrides}
        injected = manifest(annotations={**STATUS, **noted}, containers=[web(), proxy()])
        assert not [one for one in findings(injected, istio="1.31") if one.rule == "PT224"]
        assert "PT224 error" in rules(manifest(labels=IN, annotations=noted), sidecar="classic", istio="1.31")


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


OPERATOR = {"apiVersion": "install.istio.io/v1alpha1", "kind": "IstioOperator", "metadata": {"name": "mesh"}}
PATCH = {
    "path": "spec.template.spec.containers.[name:discovery].env.[name:ENABLE_NATIVE_SIDECARS].value",
    "value": "false",
}
PILOT = {"overlays": [{"kind": "Deployment", "name": "istiod", "patches": [PATCH]}]}


@pytest.mark.parametrize(
    ("spec", "mode"),
    [
        ({"compatibilityVersion": "1.26"}, "classic"),
        ({"compatibilityVersion": "1.26", "values": {"global": {"tag": "x"}}}, "classic"),
        ({"values": {"compatibilityVersion": "1.26"}}, "classic"),
        ({"compatibilityVersion": "1.27"}, "native"),
        ({"components": {"pilot": {"k8s": PILOT}}}, "classic"),
        ({"components": {"pilot": {"k8s": {"overlays": [{**PILOT["overlays"][0], "kind": "Service"}]}}}}, "native"),
        ({"meshConfig": {}}, "native"),
    ],
)
def test_an_operator_decides_native_or_classic(spec: dict[str, Any], mode: str) -> None:
    (mesh,) = load(dump({**OPERATOR, "spec": spec}))
    assert isinstance(mesh, MeshConfig)
    (pod,) = load(manifest(labels=IN), assumptions=Assumptions(istio="1.31", kubernetes="1.36", mesh=mesh))
    assert isinstance(pod, Pod) and pod.sidecar == mode


ASSUMED = "the pod's Namespace is assumed to be labelled for injection"
NAMESPACE = {
    "apiVersion": "v1",
    "kind": "Namespace",
    "metadata": {"name": "p", "labels": {"istio-injection": "enabled"}},
}


@pytest.mark.parametrize(
    ("fields", "flags", "count"),
    [
        ({"annotations": IN}, [], 1),
        ({"annotations": config(drainDuration="9s")}, [], 1),
        ({"containers": [web(), OWN]}, [], 1),
        ({"annotations": IN, "labels": IN}, [], 0),
        ({"annotations": IN}, ["--sidecar", "native"], 0),
        ({"annotations": IN}, ["--sidecar", "none"], 0),
        ({"annotations": IN, "labels": {"istio.io/dataplane-mode": "ambient"}}, [], 0),
        ({}, [], 0),
    ],
)
def test_what_is_assumed_of_the_namespace_is_said_once_a_run(fields: Any, flags: list[str], count: int) -> None:
    text = manifest("Deployment", namespace="p", **fields)
    for command in ("check", "timeline"):
        ran = run(command, "-", *flags, "--lang", "en", stdin=f"{text}---\n{text}")
        assert ran.err.count(ASSUMED) == count
        assert ASSUMED not in run(command, "-", "--lang", "en", stdin="terminationDrainDuration: 35s\n").err  # pasted
        assert ASSUMED not in run(command, "-", *flags, "--lang", "en", stdin=f"{dump(NAMESPACE)}---\n{text}").err


@pytest.mark.parametrize(
    ("asked", "template", "count"),
    [
        ("sidecar,own", "spec:\n  terminationGracePeriodSeconds: {{ .Values.grace }}\n", 1),
        ("sidecar,own", "spec:\n  terminationGracePeriodSeconds: 60\n", 0),
        ("sidecar", "spec:\n  terminationGracePeriodSeconds: {{ .Values.grace }}\n", 0),  # not asked for
    ],
)
def test_a_template_that_is_not_read_is_named(tmp_path: Path, asked: str, template: str, count: int) -> None:
    mesh = tmp_path / "values.yaml"
    mesh.write_text(dump({"meshConfig": {}, "sidecarInjectorWebhook": {"templates": {"own": template}}}))
    text = manifest("Deployment", labels=IN, annotations={TEMPLATES: asked})
    for command in ("check", "timeline"):
        ran = run(command, "-", "--mesh-config", str(mesh), "--lang", "en", stdin=f"{text}---\n{text}")
        assert ran.err.count("the injection template own holds Go template code and is not read") == count


@pytest.mark.parametrize(
    ("mode", "annotations", "sentence"),
    [
        ("classic", {}, "at most 5 s"),
        ("classic", config(terminationDrainDuration="12s"), "at most 12 s"),
        ("native", {}, "cannot be read from it"),
        ("classic", {"sidecar.istio.io/rewriteAppHTTPProbers": "false"}, "cannot be read from it"),
    ],
)
def test_the_agent_bounds_a_hook_of_a_classic_pod(mode: str, annotations: dict[str, str], sentence: str) -> None:
    text = manifest("Deployment", labels=IN, annotations=annotations, containers=[web(**HTTP)])
    (said,) = [one.message.en for one in findings(text, **{**NATIVE, "sidecar": mode}) if one.rule == "PT104"]
    assert sentence in said and ("at most" in said) is ("at most" in sentence)


@pytest.mark.parametrize("key", [PORT, OVERRIDES, "sidecar.istio.io/rewriteAppHTTPProbers", "istio.io/rev"])
def test_istios_annotations_are_strings(key: str) -> None:
    (wrong,) = errors(manifest(annotations={key: True}))
    assert f"annotations.{key} must be a string" in wrong.sentence.en and not errors(manifest(annotations={key: "1"}))


def test_labels_of_a_namespace_are_strings() -> None:
    (wrong,) = errors(
        dump({"apiVersion": "v1", "kind": "Namespace", "metadata": {"labels": {"istio-injection": True}}})
    )
    assert "labels.istio-injection must be a string" in wrong.sentence.en


@pytest.mark.parametrize(
    ("lifecycle", "own", "refused"),
    [
        ({"preStop": {}}, {}, True),
        ({"postStart": {}}, {}, True),
        ({"preStop": {}}, sleeps(5), False),  # the own hook fills it
        ({"preStop": {"sleep": {"seconds": 5}}}, {}, False),
        ({}, {}, False),
    ],
)
def test_a_hook_of_the_values_needs_a_handler(lifecycle: dict[str, Any], own: dict[str, Any], refused: bool) -> None:
    mesh = mesh_of({"global": {"proxy": {"lifecycle": lifecycle}}})
    text = manifest("Deployment", labels=IN, containers=[web(), {**OWN, **own}])
    said = [
        one.message.en for one in findings(text, **{**NATIVE, "sidecar": "classic"}, mesh=mesh) if one.rule == "PT224"
    ]
    assert ["comes out without a handler" in line for line in said] == ([True] if refused else [])


def templates(spec: Any) -> dict[str, Any]:
    """Values with a template of the owner's."""
    return {"sidecarInjectorWebhook": {"templates": {"own": spec if isinstance(spec, str) else dump({"spec": spec})}}}


BOTH = {TEMPLATES: "sidecar,own"}


def test_a_template_reaches_the_apps_and_brings_its_own() -> None:
    slept = {"name": "web", **runs("sleep", "7")}
    values = templates({"containers": [slept, {"name": "helper", **sleeps(3)}, {"name": "helper", "image": "h:1"}]})
    pod = injected(values, annotations=BOTH, containers=[web(ports=[{"containerPort": 80}])])
    (app, helper) = pod.containers
    assert app.preStop is not None and app.preStop.seconds == 7 and app.ports == (("", 80),)
    assert helper.preStop is not None and (helper.name, helper.preStop.seconds) == ("helper", 3)
    text = manifest("Deployment", labels=IN, annotations=BOTH, containers=[web(**sleeps(9))])
    (two,) = [one for one in findings(text, **NATIVE, mesh=mesh_of(values)) if one.rule == "PT215"]
    assert two.message.en.startswith("preStop of web comes out with the handlers exec, sleep; ")
    assert text.splitlines()[two.line - 1].strip() == "preStop:"
    alike = manifest("Deployment", labels=IN, annotations=BOTH, containers=[web(**runs("sleep", "9"))])
    assert not [one for one in findings(alike, **NATIVE, mesh=mesh_of(values)) if one.rule == "PT215"]


@pytest.mark.parametrize(
    ("spec", "own", "mode"),
    [
        ({"containers": [OWN]}, [], "classic"),
        ({"initContainers": [OWN]}, [], "native"),
        ({"containers": [{"name": "other"}]}, [{"name": "istio-proxy", "image": "proxy:1"}], "classic"),
        ({"containers": [{"name": "other"}]}, [OWN], "none"),
        ({"containers": [{"name": "other"}]}, [], "none"),
    ],
)
def test_where_own_templates_put_the_proxy_is_its_mode(spec: Any, own: list[dict[str, Any]], mode: str) -> None:
    pod = injected(templates(spec), mode="auto", annotations={TEMPLATES: "own"}, containers=[web(), *own])
    assert pod.sidecar == mode


@pytest.mark.parametrize(
    ("given", "own", "shown"),
    [
        ({}, [{"name": "istio-proxy"}], "- name: istio-proxy"),
        ({}, [], "apiVersion: apps/v1"),  # nothing of it stands in the pod
        ({"image": "proxy:1"}, [{"name": "istio-proxy", "image": "auto"}], "- name: istio-proxy"),
        ({"image": "proxy:1"}, [{"name": "istio-proxy"}], None),
        ({}, [{"name": "istio-proxy", "image": "proxy:1"}], None),
    ],
)
def test_a_proxy_without_an_image_is_told_where_it_stands(
    given: dict[str, str], own: list[dict[str, Any]], shown: str | None
) -> None:
    mesh = mesh_of(templates({"containers": [{"name": "istio-proxy", **given}]}))
    text = manifest("Deployment", labels=IN, annotations={TEMPLATES: "own"}, containers=[web(), *own])
    told = [one for one in findings(text, istio="1.31", mesh=mesh) if one.rule == "PT224"]
    assert [text.splitlines()[one.line - 1].strip() for one in told] == ([] if shown is None else [shown])
    noted = {TEMPLATES: "own", OVERRIDES: json.dumps({"containers": own})}
    overridden = manifest("Deployment", labels=IN, annotations=noted, containers=[web(), *own])
    again = [one for one in findings(overridden, istio="1.31", sidecar="classic", mesh=mesh) if one.rule == "PT224"]
    assert [overridden.splitlines()[one.line - 1].strip() for one in again] == ([] if shown is None else [shown])
    assert all("leave istio-proxy without an image" in one.message.en for one in told)


def test_a_native_sidecar_stays_one_under_a_template() -> None:
    values = templates({"initContainers": [{"name": "log", **sleeps(2)}, {"name": "more", "restartPolicy": "Always"}]})
    inits = [{"name": "log", "image": "log:1", "restartPolicy": "Always"}, {"name": "init", "image": "init:1"}]
    pod = injected(values, annotations=BOTH, containers=[web()], initContainers=inits)
    assert [(native.name, native.preStop and native.preStop.seconds) for native in pod.sidecars] == [
        ("log", 2),
        ("more", None),
    ]
    assert timeline(pod).containers.keys() == {"web", "log", "more", "istio-proxy"}


def test_a_template_that_is_no_text_is_not_read() -> None:
    values = {
        "sidecarInjectorWebhook": {"templates": {"own": {"spec": {"containers": [{"name": "web", **sleeps(7)}]}}}}
    }
    assert injected(values, annotations=BOTH).containers[0].preStop is None


def test_a_declared_hook_fails_at_once_where_the_agent_is_told_to_stop_with_it() -> None:
    """In a classic pod the agent gets SIGTERM at once: the hook that it should pass on fails, or is cut when it exits."""
    text = manifest("Deployment", labels=IN, containers=[web(**HTTP)])
    for declared, most in ((4.0, 4), (8.0, 5)):
        line = timeline(load_pod(text, **{**NATIVE, "sidecar": "classic"}, prestop={"web": declared}))
        ends = [moments.containers["web"].prestop_end for moments in (line.earliest, line.latest)]
        assert ends == [0, most] and line.unknown == ("prestop.web", "app-shutdown.web")


@pytest.mark.parametrize(
    ("annotations", "values", "held"),
    [
        (config(holdApplicationUntilProxyStarts=True), {}, True),
        (config(holdApplicationUntilProxyStarts=False), {}, False),
        ({}, {"global": {"proxy": {"holdApplicationUntilProxyStarts": True}}}, True),
        ({}, {"meshConfig": {"defaultConfig": {"holdApplicationUntilProxyStarts": True}}}, True),
        ({}, {}, False),
    ],
)
def test_a_proxy_that_holds_the_app_has_a_post_start_hook(
    annotations: dict[str, str], values: dict[str, Any], held: bool
) -> None:
    """A second handler beside it is refused."""
    own = {**OWN, "lifecycle": {"postStart": {"sleep": {"seconds": 1}}}}
    text = manifest("Deployment", labels=IN, annotations=annotations, containers=[web(), own])
    said = [
        one.message.en
        for one in findings(text, **{**NATIVE, "sidecar": "classic"}, mesh=mesh_of(values))
        if one.rule == "PT215"
    ]
    assert [line.split(";")[0] for line in said] == (
        ["postStart of istio-proxy comes out with the handlers exec, sleep"] if held else []
    )


@pytest.mark.parametrize(("name", "mode"), [("own", "none"), ("sidecar", "native")])
def test_a_template_that_is_not_read_brings_a_proxy_by_its_name(name: str, mode: str) -> None:
    values = {"sidecarInjectorWebhook": {"templates": {name: "spec:\n  a: {{ .Values.a }}\n"}}}
    assert injected(values, mode="auto", annotations={TEMPLATES: name}).sidecar == mode
    assert not errors(dump({"meshConfig": {}, **values}))
