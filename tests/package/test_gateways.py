"""Gateways as charts, an IstioOperator and istiod make them: judged as the pods that come of them, where they are written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from timing_rules import Pod, check, load, timeline
from timing_rules.manifest.helm import _GATEWAY_KEYS

from .inputs import CONFIG, config, dump, findings, pod, pods, rules

RECORDED = Path(__file__).parents[1] / "traces" / "cluster" / "gateway-api"
TDD, DRAIN, MIN, EOZ = (
    "terminationDrainDuration", "drainDuration", "MINIMUM_DRAIN_DURATION", "EXIT_ON_ZERO_ACTIVE_CONNECTIONS",
)  # fmt: skip
VALUES: dict[str, Any] = {
    "service": {"type": "LoadBalancer"},
    "podAnnotations": config(terminationDrainDuration="40s"),
    "terminationGracePeriodSeconds": 35,
}
HOOKED = {"global": {"proxy": {"lifecycle": {"preStop": {"sleep": {"seconds": 9}}}}}}


def flux(values: dict[str, Any], chart: str = "gateway") -> dict[str, Any]:
    spec = {"chart": {"spec": {"chart": chart, "version": "1.24.3"}}, "values": values}
    return {"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "metadata": {"name": "r"}, "spec": spec}


def argo(**helm: Any) -> dict[str, Any]:
    source = {"chart": "gateway", "targetRevision": "1.24.3", "helm": helm}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "a"},
        "spec": {"source": source},
    }


SHAPES = [
    ("flat", VALUES, "", "values"),
    ("flat, every key of the chart", {**dict.fromkeys(sorted(_GATEWAY_KEYS - {"kind", "name"})), "kind": "Deployment", "name": "g", **VALUES},
     "", "values"),
    ("printed by helm show values", {"kind": "Deployment", "replicaCount": 1, **VALUES}, "", "values"),
    ("under the key of newer charts", {"_internal_defaults_do_not_set": VALUES}, "_internal_defaults_do_not_set.", "values"),
    ("under defaults", {"defaults": VALUES}, "defaults.", "values"),
    ("umbrella", {"gateway": VALUES, "certificates": {"enabled": True}}, "gateway.", "values"),
    ("umbrella of another name", {"istio-ingress": VALUES}, "istio-ingress.", "values"),
    ("HelmRelease", flux(VALUES), "spec.values.", "HelmRelease"),
    ("HelmRelease of an umbrella", flux({"gateway": VALUES}, "edge"), "spec.values.gateway.", "HelmRelease"),
    ("Application, text", argo(values=dump(VALUES)), "spec.source.helm.values.", "Application"),
    ("Application, object", argo(valuesObject=VALUES), "spec.source.helm.valuesObject.", "Application"),
    ("Application, text and object", argo(values=dump({"terminationGracePeriodSeconds": 99}), valuesObject=VALUES),
     "spec.source.helm.valuesObject.", "Application"),
    ("Application, parameters", argo(parameters=[
        {"name": "podAnnotations.proxy\\.istio\\.io/config", "value": "terminationDrainDuration: 40s"},
        {"name": "terminationGracePeriodSeconds", "value": "35"}]), "spec.source.helm.parameters.", "Application"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "count"), [("istio-ingress", 1), ("gateway", 0), ("ingress", 0), ("istio-cni", 0)])
def test_values_under_a_name_are_a_gateways_where_istio_is_in_it(name: str, count: int) -> None:
    values = {"terminationGracePeriodSeconds": 35, "service": {"type": "LoadBalancer"}}
    assert len(pods(dump({name: values, "other": {"a": 1}}))) == count
    assert not pods(dump({name: {**values, "image": {"tag": "1"}}, "other": {"a": 1}}))


@pytest.mark.parametrize(("document", "prefix", "kind"), [row[1:] for row in SHAPES], ids=[row[0] for row in SHAPES])
def test_values_of_the_gateway_chart(document: dict[str, Any], prefix: str, kind: str) -> None:
    text = dump(document)
    found = pod(text)
    assert (found.sidecar, found.grace, found.settings.terminationDrainDuration) == ("gateway", 35, 40)
    assert (found.kind, list(timeline(found).containers)) == (kind, ["istio-proxy"])
    (finding,) = findings(text)
    assert (finding.rule, finding.severity, finding.kind) == ("PT202", "warning", kind)
    assert (
        finding.message.en
        == "the proxy would drain for 40 s, but SIGKILL ends it at 35 s, with whatever it still serves"
    )
    assert finding.path == f"{prefix}podAnnotations.{CONFIG}.{TDD}" and "40s" in text.split("\n")[finding.line - 1]
    assert not findings(text.replace("40s", "30s"))
    assert not rules(text.replace("40s", "30s"), sidecar="native") & {"PT207 info", "PT207 warning"}
    late = [one for one in findings(text, lb_deregistration=180.0) if one.rule == "PT301"]
    assert [one.path for one in late] == [f"{prefix}terminationGracePeriodSeconds"]
    assert "35" in text.split("\n")[late[0].line - 1] or "35" in text.split("\n")[late[0].line]


@pytest.mark.parametrize(
    "document",
    [
        {"image": {"repository": "web"}, **VALUES}, {"controller": VALUES}, {"gateway": {**VALUES, "image": "kong"}},
        {"gateway": {"replicas": 2}}, {"service": {}, "podAnnotations": {"a": "b"}, "terminationGracePeriodSeconds": 9},
        flux({"replicaCount": 2}, "nginx"), {"deployment": {"kind": "Deployment"}},
    ],
)  # fmt: skip
def test_values_of_other_charts_are_no_gateway(document: dict[str, Any]) -> None:
    assert not [found for found in pods(dump(document)) if found.sidecar == "gateway"]


def test_what_the_gateway_chart_gives_its_pod() -> None:
    values = {
        **VALUES, "kind": "DaemonSet", "name": "edge", "env": {MIN: "10", EOZ: True}, "labels": {"team": "a"},
        "lifecycle": {"preStop": {"exec": {"command": ["sleep", "20"]}}},
        "annotations": {"timing-rules/lb-deregistration": "50s"},
    }  # fmt: skip
    text = dump(values)
    found = pod(text)
    assert found.name == "edge" and found.assumptions.lb_deregistration == 50
    # the chart puts the values of env in quotes, so that true is no mistake, and "10" is one of the agent's
    assert found.settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS is True and found.settings.MINIMUM_DRAIN_DURATION == 5
    assert {"PT209 error", "PT301 warning"} <= rules(text)
    (wrong,) = [one for one in findings(text) if one.rule == "PT209"]
    assert wrong.path == f"env.{MIN}" and wrong.edits and MIN in text.split("\n")[wrong.line - 1]
    (hook,) = [one for one in findings(dump({**values, "terminationGracePeriodSeconds": 20})) if one.rule == "PT101"]
    assert hook.path == "lifecycle.preStop" and hook.severity == "error"


def test_a_hook_of_the_mesh_reaches_gateways_of_the_chart_and_of_istiod_alone() -> None:
    gateway = {**GATEWAY, "spec": {"gatewayClassName": "istio"}}
    waypoint = {**GATEWAY, "spec": {"gatewayClassName": "istio-waypoint"}}
    for document, hooked in ((flux(VALUES), True), (gateway, True), (waypoint, False)):
        (found,) = pods(dump(HOOKED, document))
        proxy = found.proxy_container
        assert found.sidecar == "gateway" and proxy is not None and (proxy.preStop is not None) is hooked
    (found,) = pods(dump(operator({"name": "istio-ingressgateway"}, values=HOOKED)))
    assert found.proxy_container is not None and found.proxy_container.preStop is None
    template = {"gateways": {"istio-ingressgateway": {"injectionTemplate": "gateway"}}, **HOOKED}
    (found,) = pods(dump(operator({"name": "istio-ingressgateway"}, values=template)))
    assert found.proxy_container is not None and found.proxy_container.preStop is not None


def operator(*gateways: dict[str, Any], values: dict[str, Any] | None = None, **mesh: Any) -> dict[str, Any]:
    spec = {
        "meshConfig": {"defaultConfig": mesh},
        "components": {"ingressGateways": list(gateways)},
        "values": values or {},
    }
    return {"apiVersion": "install.istio.io/v1alpha1", "kind": "IstioOperator", "metadata": {"name": "o"}, "spec": spec}


def component(*patches: tuple[str, Any], **k8s: Any) -> dict[str, Any]:
    listed = [{"path": path, "value": value} for path, value in patches]
    return {"name": "g", "k8s": {"overlays": [{"kind": "Deployment", "name": "g", "patches": listed}], **k8s}}


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (component(("spec.template.spec.terminationGracePeriodSeconds", 90)), {"grace": 90}),
        (component(("spec.template.spec.containers.[name:istio-proxy].lifecycle.preStop", {"sleep": {"seconds": 7}})),
         {"hook": 7}),
        (component(("spec.template.spec.containers[name:istio-proxy].lifecycle", {"preStop": {"sleep": {"seconds": 7}}})),
         {"hook": 7}),
        (component(("spec.template.spec.containers.[name:istio-proxy].ports.[containerPort:8080].hostPort", 80),
                   ("spec.template.spec.containers.[name:istio-proxy].ports.[containerPort:8443].hostPort", 443),
                   ("spec.template.spec.terminationGracePeriodSeconds", 90)), {"grace": 90}),
        (component(("spec.template.spec.containers.[0].lifecycle.preStop.sleep.seconds", 7)), {"hook": 7}),
        (component(("spec.template.spec.containers.[name:istio-proxy].env[-1]", {"name": EOZ, "value": "true"})),
         {EOZ: True}),
        (component(("spec.template.spec.containers.[name:istio-proxy].env.[name:" + EOZ + "].value", "true")), {EOZ: True}),
        (component((r"spec.template.metadata.annotations.proxy\.istio\.io/config", "terminationDrainDuration: 9s")),
         {TDD: 9}),
        (component(podAnnotations=config(terminationDrainDuration="9s")), {TDD: 9}),
        (component(env=[{"name": MIN, "value": "8s"}, {"name": EOZ, "value": "true"}]), {MIN: 8, EOZ: True}),
        (component(("spec.template.spec.terminationGracePeriodSeconds", 90), env=[{"name": MIN, "value": "8s"}]),
         {"grace": 90, MIN: 8}),
    ],
)  # fmt: skip
def test_a_gateway_of_an_operator(given: dict[str, Any], wanted: dict[str, Any]) -> None:
    found = pod(dump(operator(given)))
    hook = found.proxy.preStop if found.proxy is not None else None
    settings = {name: getattr(found.settings, name) for name in (TDD, MIN, EOZ)}
    got = {"grace": found.grace, "hook": hook.seconds if hook is not None else None, **settings}
    assert found.sidecar == "gateway" and got == {"grace": 30, "hook": None, TDD: 5, MIN: 5, EOZ: False, **wanted}


def test_an_operators_values_and_environment_come_together() -> None:
    values = {
        "gateways": {
            "istio-ingressgateway": {
                "env": {MIN: "7s", EOZ: "true"},
                "podAnnotations": config(terminationDrainDuration="9s"),
            }
        }
    }
    document = operator({"name": "g", "k8s": {"env": [{"name": MIN, "value": "8s"}]}}, values=values)
    settings = pod(dump(document)).settings
    assert (
        settings.MINIMUM_DRAIN_DURATION,
        settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS,
        settings.terminationDrainDuration,
    ) == (8, True, 9)
    off = operator({"name": "g", "enabled": False}, {"name": "h"})
    assert [found.name for found in pods(dump(off))] == ["h"]
    alone = operator(
        values={"gateways": {"istio-egressgateway": {"podAnnotations": config(terminationDrainDuration=3)}}}
    )
    (wrong,) = findings(dump(alone))
    assert (wrong.rule, wrong.path) == (
        "PT208", f"spec.values.gateways.istio-egressgateway.podAnnotations.{CONFIG}.{TDD}",
    )  # fmt: skip


def test_sigkill_comes_before_the_drain_of_the_mesh() -> None:
    text = dump(
        operator(component(("spec.template.spec.terminationGracePeriodSeconds", 40)), terminationDrainDuration="60s")
    )
    (gateway,) = [one for item in load(text) if isinstance(item, Pod) for one in check(item)]
    assert gateway.message.en.startswith("the proxy would drain for 60 s, but SIGKILL ends it at 40 s")
    assert (gateway.rule, gateway.severity) == ("PT202", "warning") and "race" not in gateway.message.en
    right = text.replace("value: 40", "value: 61")
    assert rules(right) == {"PT202 info"}  # of pods with the default grace period alone


GATEWAY: dict[str, Any] = {
    "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "metadata": {"name": "g", "namespace": "edge"},
}  # fmt: skip


def resource(
    *, own: dict[str, str] | None = None, options: str = "", klass: str = "istio", **infrastructure: Any
) -> dict[str, Any]:
    spec: dict[str, Any] = {"gatewayClassName": klass}
    if infrastructure or options:
        reference = {"parametersRef": {"group": "", "kind": "ConfigMap", "name": options}} if options else {}
        spec["infrastructure"] = {**infrastructure, **reference}
    return {**GATEWAY, "metadata": {**GATEWAY["metadata"], "annotations": own or {}}, "spec": spec}


def options(deployment: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    metadata = {"name": "opts", "namespace": "edge", **metadata}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"deployment": dump(deployment)}}


def template(grace: int | None = None, annotations: dict[str, str] | None = None, **proxy: Any) -> dict[str, Any]:
    spec: dict[str, Any] = {} if grace is None else {"terminationGracePeriodSeconds": grace}
    if proxy:
        spec["containers"] = [{"name": "istio-proxy", **proxy}]
    return {"spec": {"template": {"metadata": {"annotations": annotations or {}}, "spec": spec}}}


def test_where_a_gateway_resource_has_its_settings_from() -> None:
    nine, seven = config(terminationDrainDuration="9s"), config(terminationDrainDuration="7s")
    for document, drain in (
        (resource(own=nine), 9), (resource(own=nine, annotations=seven), 7), (resource(own=nine, annotations={"a": "b"}), 5),
        (resource(own=nine, labels={"a": "b"}), 9), (resource(), 5),
    ):  # fmt: skip
        assert pod(dump(document)).settings.terminationDrainDuration == drain
    opts = options(template(60, config(terminationDrainDuration="25s"), env=[{"name": EOZ, "value": "true"}, {"name": MIN, "value": "12s"}],
                            lifecycle={"preStop": {"sleep": {"seconds": 10}}}))  # fmt: skip
    found = pod(dump(resource(annotations=nine, options="opts"), opts), connections_idle_after=0.0)
    assert (found.grace, found.settings.terminationDrainDuration, found.settings.MINIMUM_DRAIN_DURATION) == (60, 25, 12)
    line = timeline(found).proxy
    assert line is not None and line.envoy_killed == 23  # 10 s of sleep, MIN 12 s and 1 s to the first look
    other = options(template(60), namespace="other")
    assert pod(dump(resource(options="opts"), other)).grace == 30


def test_the_defaults_of_a_class_stand_below_the_options_of_a_gateway() -> None:
    values = {
        "meshConfig": {},
        "gatewayClasses": {"istio": {"deployment": template(45, config(terminationDrainDuration="8s"))}},
    }
    labelled = options(template(45, config(terminationDrainDuration="8s")), name="d", namespace="istio-system",
                       labels={"gateway.istio.io/defaults-for-class": "istio"})  # fmt: skip
    for defaults in (values, labelled):
        (plain,) = pods(dump(defaults, resource(annotations=config(terminationDrainDuration="9s"))))
        assert (plain.grace, plain.settings.terminationDrainDuration) == (45, 8)
        (opted,) = pods(dump(defaults, resource(options="opts"), options(template(60))))
        assert (opted.grace, opted.settings.terminationDrainDuration) == (60, 8)
        (other,) = pods(dump(defaults, resource(klass="istio-waypoint")))
        assert other.grace == 30


@pytest.mark.parametrize(
    "document",
    [
        resource(klass="nginx"), {**resource(), "apiVersion": "networking.istio.io/v1"}, resource(klass="istio-remote"),
        {**GATEWAY, "spec": {"gatewayClassName": "istio", "addresses": [{"type": "Hostname", "value": "a.b"}]}},
    ],
)  # fmt: skip
def test_gateways_that_istiod_makes_no_pod_for(document: dict[str, Any]) -> None:
    assert not load(dump(document))


@pytest.mark.parametrize(("klass", "istio", "grace"), [
    ("istio-waypoint", "1.27", 2), ("istio-waypoint", "1.28", 30), ("istio-waypoint", None, 30), ("istio", "1.27", 30),
])  # fmt: skip
def test_older_waypoints_have_two_seconds(klass: str, istio: str | None, grace: int) -> None:
    text = dump(resource(klass=klass))
    assert pod(text, istio=istio).grace == grace
    if grace == 2:
        (finding,) = findings(text, istio=istio)
        assert (finding.rule, finding.line) == ("PT202", 1) and "SIGKILL ends it at 2 s" in finding.message.en
        stated = {"meshConfig": {}, "global": {"tag": "1.27.3"}}
        assert pod(dump(stated, resource(klass=klass))).grace == 2
        assert pod(dump(resource(klass=klass, options="opts"), options(template(60))), istio=istio).grace == 60


def test_a_class_of_ones_own() -> None:
    spec = {"controllerName": "istio.io/gateway-controller"}
    own = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "GatewayClass",
        "metadata": {"name": "mine"},
        "spec": spec,
    }
    assert pod(dump(own, resource(klass="mine"))).sidecar == "gateway"
    assert not pods(dump({**own, "spec": {"controllerName": "other.io/x"}}, resource(klass="mine")))


def test_variables_in_the_annotation_of_a_gateway_resource_are_never_read() -> None:
    body = {TDD: "7s", EOZ: "true", MIN: "8s"}
    for document, place in (
        (resource(own=config(**body)), "metadata.annotations"),
        (resource(annotations=config(**body)), "spec.infrastructure.annotations"),
    ):
        text = dump(document)
        settings = pod(text).settings
        assert (settings.terminationDrainDuration, settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS) == (7, False)
        found = findings(text)
        assert {(one.rule, one.severity, one.path) for one in found} == {
            ("PT210", "warning", f"{place}.{CONFIG}.proxyMetadata.{key}") for key in (EOZ, MIN)
        }
        assert found[0].message.en == (
            f"{EOZ} has no effect here; it belongs in a ProxyConfig resource, or env of istio-proxy by parametersRef"
        )
        assert all(one.path.rpartition(".")[2] in text.split("\n")[one.line - 1] for one in found)
    selector = {"matchLabels": {"gateway.networking.k8s.io/gateway-name": "g"}}
    spec = {"selector": selector, "environmentVariables": {EOZ: "true", MIN: "8s"}}
    by_resource = {
        "apiVersion": "networking.istio.io/v1beta1",
        "kind": "ProxyConfig",
        "metadata": {"name": "c", "namespace": "edge"},
        "spec": spec,
    }
    settings = pod(dump(by_resource, resource())).settings
    assert (settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS, settings.MINIMUM_DRAIN_DURATION) == (True, 8)


def test_a_finding_in_the_options_stands_in_their_text() -> None:
    text = dump(resource(options="opts"), options(template(40, config(terminationDrainDuration="50s"))))
    (finding,) = findings(text)
    assert (finding.rule, finding.kind, finding.name) == ("PT202", "Gateway", "g")
    assert "terminationDrainDuration: 50s" in text.split("\n")[finding.line - 1]
    assert not findings(text.replace("50s", "39s"))
    wrong = text.replace("50s", "50")
    (refused,) = [one for one in findings(wrong) if one.rule == "PT208"]
    (edit,) = refused.edits or (None,)
    assert "terminationDrainDuration: 50" in wrong.split("\n")[refused.line - 1]
    if edit is not None:
        line = wrong.split("\n")[edit.line - 1]
        assert line[: edit.column - 1] + edit.text + line[edit.end_column - 1 :] in text.split("\n")


@pytest.mark.parametrize("name", ["ga", "gb", "gc", "ge"])
def test_the_deployment_that_istiod_made_of_a_gateway(name: str) -> None:
    """Recorded on a cluster whose class defaults give 45 s of grace."""
    read = {part: json.loads((RECORDED / f"{name}.{part}.json").read_text()) for part in ("gateway", "deployment")}
    defaults = {"meshConfig": {}, "gatewayClasses": {"istio": {"deployment": template(45)}}}
    opts = json.loads((RECORDED / "gc-opts.configmap.json").read_text())
    chosen = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "gc-opts", "namespace": "gw"}, "data": opts}
    (made,) = pods(dump(defaults, read["gateway"], chosen))
    recorded = pod(dump(read["deployment"]))
    assert made.sidecar == recorded.sidecar == "gateway" and made.grace == recorded.grace
    assert [getattr(made.settings, key) for key in (TDD, DRAIN, MIN, EOZ)] == [
        getattr(recorded.settings, key) for key in (TDD, DRAIN, MIN, EOZ)
    ]
    hooks = [
        one.proxy.preStop.seconds if one.proxy is not None and one.proxy.preStop is not None else None
        for one in (made, recorded)
    ]
    assert hooks[0] == hooks[1]
    facts = {"connections_idle_after": 0.0}
    lines = [
        timeline(pod_with).proxy
        for pod_with in (
            pods(dump(defaults, read["gateway"], chosen), **facts)[0],
            pod(dump(read["deployment"]), **facts),
        )
    ]
    assert lines[0] is not None and lines[0] == lines[1]


def test_of_what_stands_under_gateways_the_named_and_enabled_are_judged() -> None:
    values = {
        "gateways": {
            "securityContext": {"runAsUser": 1},
            "istio-gateway-note": "none",
            "istio-ingressgateway": {"enabled": False, "terminationGracePeriodSeconds": 40},
            "istio-egressgateway": {"enabled": True, "terminationGracePeriodSeconds": 50},
        }
    }
    spec = {"apiVersion": "install.istio.io/v1alpha1", "kind": "IstioOperator", "spec": {"values": values}}
    assert [(item.name, item.grace) for item in pods(dump(spec))] == [("istio-egressgateway", 30)]
