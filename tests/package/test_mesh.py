"""Mesh configuration in every shape that people keep it in, its parts put together, and what Istio drops."""

from __future__ import annotations

import json
from typing import Any

import pytest
from timing_rules import MeshConfig, check, load, timeline

from .inputs import IN, dump, errors, findings, manifest, pod, run, runs, sleeps, web

TDD = "terminationDrainDuration"
DEFAULTS = {"meshConfig": {"defaultConfig": {TDD: "12s"}}}
ISTIO_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "istio"}}
INJECTOR_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "istio-sidecar-injector"}}
HOOK = {"global": {"proxy": {"lifecycle": {"preStop": {"sleep": {"seconds": 8}}}}}}
APP = manifest(labels=IN, containers=[web(**sleeps(10))])
CLASSIC = {"sidecar": "classic"}


def argo(**helm: Any) -> dict[str, Any]:
    source = {"chart": "istiod", "targetRevision": "1.24.3", "helm": helm}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "a"},
        "spec": {"source": source},
    }


def flux(chart: str, values: dict[str, Any], version: str = "1.24.3") -> dict[str, Any]:
    spec = {"chart": {"spec": {"chart": chart, "version": version}}, "values": values}
    return {"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "metadata": {"name": "r"}, "spec": spec}


def mesh(text: str, **assumptions: Any) -> MeshConfig:
    """The only mesh configuration of a text."""
    (found,) = [item for item in load(text) if isinstance(item, MeshConfig)]
    return found


SHAPES = [
    ("flat", DEFAULTS, "meshConfig."),
    ("as newer charts print them", {"_internal_defaults_do_not_set": DEFAULTS},
     "_internal_defaults_do_not_set.meshConfig."),
    ("under defaults", {"defaults": DEFAULTS}, "defaults.meshConfig."),
    ("umbrella", {"istiod": DEFAULTS, "other": {"a": 1}}, "istiod.meshConfig."),
    ("umbrella of an umbrella", {"istiod": {"values": {"upstream": DEFAULTS}}}, "istiod.values.upstream.meshConfig."),
    ("HelmRelease", flux("istiod", DEFAULTS), "spec.values.meshConfig."),
    ("HelmRelease of an umbrella", flux("mesh", {"istiod": DEFAULTS}), "spec.values.istiod.meshConfig."),
    ("Application, text", argo(values=dump(DEFAULTS)), "spec.source.helm.values.meshConfig."),
    ("Application, object", argo(valuesObject=DEFAULTS), "spec.source.helm.valuesObject.meshConfig."),
    ("Application, parameters",
     argo(parameters=[{"name": f"meshConfig.defaultConfig.{TDD}", "value": "12s"}]),
     "spec.source.helm.parameters.meshConfig."),
    ("ApplicationSet",
     {"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "spec": {"template": argo(values=dump(DEFAULTS))}},
     "spec.template.spec.source.helm.values.meshConfig."),
    ("Application of several sources",
     {**argo(), "spec": {"sources": [{"ref": "x"}, argo(valuesObject=DEFAULTS)["spec"]["source"]]}},
     "spec.sources[1].helm.valuesObject.meshConfig."),
    ("HelmChart of k3s",
     {"apiVersion": "helm.cattle.io/v1", "kind": "HelmChart", "metadata": {"name": "istiod"},
      "spec": {"chart": "istiod", "valuesContent": dump(DEFAULTS)}}, "spec.valuesContent.meshConfig."),
    ("Kustomization", {"helmCharts": [{"name": "istiod", "valuesInline": DEFAULTS}]},
     "helmCharts[0].valuesInline.meshConfig."),
    ("helmfile", {"releases": [{"name": "i", "chart": "istio/istiod", "values": ["x.yaml", DEFAULTS]}]},
     "releases[0].values[1].meshConfig."),
    ("injector ConfigMap", {**INJECTOR_MAP, "data": {"values": dump(DEFAULTS)}}, "data.values.meshConfig."),
    ("Sail", {"apiVersion": "sailoperator.io/v1", "kind": "Istio", "spec": {"values": DEFAULTS}},
     "spec.values.meshConfig."),
    ("revision of Sail", {"apiVersion": "sailoperator.io/v1", "kind": "IstioRevision", "spec": {"values": DEFAULTS}},
     "spec.values.meshConfig."),
]  # fmt: skip


@pytest.mark.parametrize(("document", "prefix"), [row[1:] for row in SHAPES], ids=[row[0] for row in SHAPES])
def test_mesh_configuration_in_every_shape(document: dict[str, Any], prefix: str) -> None:
    text = dump(document)
    found = mesh(text)
    assert found.layer is not None and found.layer.values == {TDD: 12.0} and not findings(text)
    assert pod(text + "---\n" + APP, **CLASSIC).settings.terminationDrainDuration == 12
    wrong = text.replace("12s", "12")
    (finding,) = [one for one in findings(wrong) if one.rule == "PT208"]
    assert finding.path == f"{prefix}defaultConfig.{TDD}" and finding.message.en.startswith(f"{TDD}: 12 is a number")
    assert "12" in wrong.split("\n")[finding.line - 1]
    for edit in finding.edits:
        line = wrong.split("\n")[edit.line - 1]
        changed = line[: edit.column - 1] + edit.text + line[edit.end_column - 1 :]
        mended = wrong.split("\n")
        mended[edit.line - 1] = changed
        assert not findings("\n".join(mended)) and mesh("\n".join(mended)).layer is not None


@pytest.mark.parametrize(
    "document",
    [
        {"istiod": {"replicas": 2}}, {"global": {"proxy": "http://proxy"}}, {"app": {"global": {"proxy": {"url": "x"}}}},
        flux("nginx", {"controller": {"lifecycle": {}}}), argo(values="{{ .Values.x }}"), argo(),
        {**ISTIO_MAP, "data": {"values": "a: 1\n"}}, {**ISTIO_MAP, "data": {"values": "{{ x }}"}},
        {"apiVersion": "other.io/v1", "kind": "Application", "spec": {"source": {"helm": {"values": dump(DEFAULTS)}}}},
    ],
)  # fmt: skip
def test_what_is_no_mesh_configuration(document: dict[str, Any]) -> None:
    assert not [item for item in load(dump(document)) if isinstance(item, MeshConfig)]


def test_the_two_config_maps_of_istiod_are_one_mesh(tmp_path: Any) -> None:
    istio = {**ISTIO_MAP, "data": {"mesh": dump(DEFAULTS["meshConfig"])}}
    injector = {**INJECTOR_MAP, "data": {"values": json.dumps(HOOK)}}
    both = dump(istio, injector)
    for text in (both, dump(injector, istio)):
        line = timeline(pod(text + "---\n" + APP, app_shutdown=1.0, **CLASSIC))
        assert line.proxy is not None and line.proxy.envoy_killed == 20  # the hook of 8 s, then the drain of 12 s
        file = tmp_path / "mesh.yaml"
        file.write_text(text)
        ran = run("timeline", "--format", "json", "--sidecar", "classic", "--mesh-config", str(file), "-", stdin=APP)
        assert ran.status == 0 and json.loads(ran.out)[0]["proxy"]["envoy_killed"] == 20
    other = dump({**ISTIO_MAP, "data": {"mesh": dump({"defaultConfig": {TDD: "9s"}})}})
    assert pod(both + "---\n" + other + "---\n" + APP, **CLASSIC).settings.terminationDrainDuration == 5
    file.write_text(both + "---\n" + other)
    ran = run("check", "--mesh-config", str(file), "-", stdin=APP)
    assert ran.status == 2 and "it holds 3 mesh configurations, not one" in ran.err


@pytest.mark.parametrize(
    ("document", "severity"),
    [
        ({**ISTIO_MAP, "data": {"mesh": "accessLogFile: /dev/stdout\n"}}, "warning"), ({"defaultConfig": {}}, "warning"),
        ({"meshConfig": {}, "global": {"proxy": {}}}, "error"), ({**INJECTOR_MAP, "data": {"values": dump(HOOK)}}, ""),
        ({**INJECTOR_MAP, "data": {"values": '{"global": {"proxy": {}}}'}}, "error"),
        ({"apiVersion": "install.istio.io/v1alpha1", "kind": "IstioOperator", "spec": {}}, "error"),
    ],
)  # fmt: skip
def test_only_what_could_hold_a_hook_shows_that_there_is_none(document: dict[str, Any], severity: str) -> None:
    text = dump(document) + "---\n" + APP
    found = [one for one in findings(text, app_shutdown=2.0, **CLASSIC) if one.rule == "PT201"]
    assert [one.severity for one in found] == ([severity] if severity else [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"accessLogEncoding": "json"}, {"defaultConfig": {"drainDuration": "1.5s"}}, {"enableTracing": "yes"},
        {"defaultConfig": {"proxyMetadata": {"A": True}}}, {"defaultConfig": {"drainDuration": "0s"}},
        {"connectTimeout": 10},
    ],
)  # fmt: skip
def test_one_wrong_value_drops_the_whole(wrong: dict[str, Any]) -> None:
    default = {TDD: "12s", **wrong.get("defaultConfig", {})}
    text = dump(
        {"meshConfig": {**wrong, "defaultConfig": default}, "pilot": {"env": {"ENABLE_NATIVE_SIDECARS": "false"}}}
    )
    found = pod(text + "---\n" + APP)
    assert (found.sidecar, found.settings.terminationDrainDuration) == (
        "classic",
        5,
    )  # the values beside it still count
    assert [one.severity for one in findings(text)] == ["error"]
    right = dump({"meshConfig": {"accessLogEncoding": "JSON", "defaultConfig": {TDD: "12s", "drainDuration": "1s"}}})
    assert pod(right + "---\n" + APP, **CLASSIC).settings.terminationDrainDuration == 12 and not findings(right)


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        ({"connectTimeout": "1ms"}, {"connectTimeout": "999us"}, "connectTimeout: it must be from 1ms to 1h"),
        ({"connectTimeout": "1h"}, {"connectTimeout": "3601s"}, "connectTimeout: it must be from 1ms to 1h"),
        ({"proxyListenPort": 65535}, {"proxyListenPort": 65536}, "proxyListenPort: it must be from 0 to 65535"),
        ({"defaultConfig": {"statusPort": 15020}}, {"defaultConfig": {"statusPort": -1}},
         "statusPort: it must be from 0 to 65535"),
        ({"defaultConfig": {"concurrency": 2147483647}}, {"defaultConfig": {"concurrency": 2147483648}},
         "concurrency: it must be from -2147483648 to 2147483647"),
        ({"protocolDetectionTimeout": "1500us"[:-2] + "ms"}, {"protocolDetectionTimeout": "1500us"},
         "protocolDetectionTimeout: it must be whole milliseconds"),
    ],
)  # fmt: skip
def test_values_that_istio_refuses_for_their_size(right: dict[str, Any], wrong: dict[str, Any], sentence: str) -> None:
    assert not findings(dump({"meshConfig": right}))
    text = dump({"meshConfig": {**wrong, "accessLogFile": "x"}})
    (finding,) = findings(text)
    assert (finding.rule, finding.severity, finding.message.en) == ("PT208", "error", sentence)
    assert finding.path.rpartition(".")[2] in text.split("\n")[finding.line - 1]


def test_default_config_has_one_spelling() -> None:
    text = dump({"meshConfig": {"default_config": {TDD: "12s"}}})
    assert pod(text + "---\n" + APP, **CLASSIC).settings.terminationDrainDuration == 5
    (finding,) = findings(text)
    assert (finding.rule, finding.severity, finding.line) == ("PT210", "warning", 2)
    assert finding.message.en == "default_config is not a key that Istio knows; it is spelled defaultConfig"
    (edit,) = finding.edits
    assert edit.text == "defaultConfig" and not findings(text.replace("default_config", "defaultConfig"))


def proxy_config(name: str, created: str = "", **spec: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "default", **({"creationTimestamp": created} if created else {})}
    return {"apiVersion": "networking.istio.io/v1beta1", "kind": "ProxyConfig", "metadata": metadata, "spec": spec}


ZERO: dict[str, Any] = {"environmentVariables": {"EXIT_ON_ZERO_ACTIVE_CONNECTIONS": "true"}}
MINIMUM: dict[str, Any] = {"environmentVariables": {"MINIMUM_DRAIN_DURATION": "20s"}}
OWN: dict[str, Any] = {"selector": {"matchLabels": {"sidecar.istio.io/inject": "true"}}}


@pytest.mark.parametrize(
    ("resources", "settings"),
    [
        ([proxy_config("b", **MINIMUM), proxy_config("a", **ZERO)], (True, 5)),  # the name decides, not the order
        ([proxy_config("a", "2026-01-02T00:00:00Z", **ZERO), proxy_config("b", "2026-01-01T00:00:00Z", **MINIMUM)],
         (False, 20)),
        ([proxy_config("a", **ZERO), proxy_config("b", **MINIMUM, **OWN)], (True, 20)),  # two levels
        ([proxy_config("a", **ZERO, **OWN), proxy_config("b", **MINIMUM, **OWN)], (True, 5)),
        ([proxy_config("a", **ZERO, selector={})], (False, 5)),
        ([proxy_config("a", **ZERO, selector={"matchLabels": {}})], (False, 5)),
        ([proxy_config("a", **ZERO, selector={"matchLabels": {"app": "other"}}), proxy_config("b", **MINIMUM)],
         (False, 20)),
        ([proxy_config("a", concurrency=2), proxy_config("b", **ZERO)], (False, 5)),  # the first hides the second
    ],
)  # fmt: skip
def test_the_first_proxy_config_of_a_level_counts(
    resources: list[dict[str, Any]], settings: tuple[bool, float]
) -> None:
    found = pod(dump(*resources) + "---\n" + APP, **CLASSIC).settings
    assert settings == (found.EXIT_ON_ZERO_ACTIVE_CONNECTIONS, found.MINIMUM_DRAIN_DURATION)


def test_camel_case_beats_snake_case_in_either_order() -> None:
    for keys in ((TDD, "termination_drain_duration"), ("termination_drain_duration", TDD)):
        default = {key: "10s" if key == TDD else "30s" for key in keys}
        text = dump({"meshConfig": {"defaultConfig": default}})
        assert pod(text + "---\n" + APP, **CLASSIC).settings.terminationDrainDuration == 10


@pytest.mark.parametrize(
    ("document", "istio"),
    [
        (flux("istiod", DEFAULTS, "1.24.x"), "1.24"), (flux("istiod", DEFAULTS, ">=1.24.0"), None),
        (flux("istiod", DEFAULTS, "1.9.0"), "1.18"), (flux("umbrella", {"istiod": DEFAULTS}, "1.24.3"), None),
        ({**DEFAULTS, "global": {"tag": "1.25.1-distroless"}}, "1.25"),
        ({"apiVersion": "sailoperator.io/v1", "kind": "Istio", "spec": {"version": "v1.26.2", "values": DEFAULTS}}, "1.26"),
        ({"apiVersion": "install.istio.io/v1alpha1", "kind": "IstioOperator", "spec": {"tag": "1.22.0"}}, "1.22"),
        (argo(valuesObject=DEFAULTS), "1.24"), (DEFAULTS, None),
    ],
)  # fmt: skip
def test_the_version_that_a_text_states_counts(document: dict[str, Any], istio: str | None) -> None:
    text = dump(document) + "---\n" + APP
    assert pod(text).assumptions.istio == istio and ("istio" in timeline(pod(text)).assumed) is (istio is None)
    assert pod(text, istio="1.30").assumptions.istio == "1.30"
    stated = manifest(labels=IN, annotations={"timing-rules/istio": "1.29"})
    assert pod(dump(document) + "---\n" + stated).assumptions.istio == "1.29"


def test_the_image_of_an_injected_proxy_states_its_version() -> None:
    for image, istio in (("docker.io/istio/proxyv2:1.23.4", "1.23"), ("proxyv2:1.23-alpha.0", "1.23"),
                         ("example.com/proxy:1.23.4", None), ("docker.io/istio/proxyv2:latest", None)):  # fmt: skip
        containers = [web(), {"name": "istio-proxy", "image": image, "args": ["proxy", "sidecar"]}]
        assert pod(manifest(containers=containers)).assumptions.istio == istio


def test_a_broken_text_in_a_resource_is_an_error_with_its_line() -> None:
    text = dump(argo(values="meshConfig:\n  a: [\nb: 1\n")) + "---\n" + APP
    (error,) = errors(text)
    assert "valid YAML" in str(error) and "b: 1" in text.split("\n")[error.line - 1] and len(load(APP)) == 1


def test_what_an_umbrella_gives_to_all_its_charts_is_not_istiods_own() -> None:
    """`global` reaches every chart; with a chart's name beside it, it is no sign that these are istiod's own values."""
    image = {"proxy": {"image": "proxyv2"}, "tag": "1.26.1"}
    umbrella = mesh(dump({"global": image, "istiod": DEFAULTS, "other": {"a": 1}}))
    assert [config.path for config in umbrella.configs] == ["istiod.meshConfig", "istiod.meshConfig.defaultConfig"]
    assert umbrella.assumptions.istio == "1.26"
    hooked = mesh(dump({**HOOK, "istiod": DEFAULTS}))
    assert hooked.proxy_hook is not None and hooked.proxy_hook.seconds == 8 and hooked.layer is not None
    gateway = {"labels": {"istio": "g"}, "terminationGracePeriodSeconds": 35}
    both = load(dump({**HOOK, "istiod": DEFAULTS, "gateway": gateway}))
    assert [type(item).__name__ for item in both] == ["MeshConfig", "Pod"]
    own = mesh(dump({**HOOK, **DEFAULTS, "pilot": {"env": {}}, "gateways": {}}))
    assert own.proxy_hook is not None and own.configs[0].path == "meshConfig"
    assert load(dump({"global": {"meshConfig": {"defaultConfig": {TDD: 12}}}})) == []  # no chart reads it there


def test_a_template_of_the_values_is_judged_by_itself() -> None:
    """What another template of the same values adds is told there, and one for gateways is never native."""
    proxy = {"name": "istio-proxy", "env": [{"name": "MINIMUM_DRAIN_DURATION", "value": "15s"}]}
    hooked = {"name": "istio-proxy", "lifecycle": {"preStop": {"sleep": {"seconds": 10}}}}
    templates = {
        name: dump({"spec": {"containers": [one]}}) for name, one in (("custom", proxy), ("gateway-big", hooked))
    }
    webhook = {"defaultTemplates": ["sidecar", "custom"], "templates": templates}
    told = findings(dump({"sidecarInjectorWebhook": webhook}))
    assert sorted(found.rule for found in told) == ["PT205", "PT207"] and len({found.line for found in told}) == 1
    pods = [item for item in load(dump({"sidecarInjectorWebhook": webhook})) if not isinstance(item, MeshConfig)]
    assert [item.sidecar for item in pods] == [None, "gateway"]
    # One that takes the place of Istio's own stands for itself.
    own = {"sidecarInjectorWebhook": {"templates": {"gateway": templates["gateway-big"]}}}
    assert "PT224" not in {found.rule for found in findings(dump(own))}


def test_a_mesh_is_checked_once_with_its_hook() -> None:
    (found,) = load(dump({"global": {"proxy": {"lifecycle": {"prestop": {"sleep": {"seconds": 8}}}}}}))
    assert isinstance(found, MeshConfig) and found.proxy_hook is not None and found.proxy_hook.seconds == 8
    assert {one.rule for one in check(found)} <= {"PT215"}


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"defaultConfig": {TDD: 45}}, [("PT208", "error")]),
        ({"accessLogEncoding": "json"}, [("PT208", "error")]),
        ({"defaultConfig": {"proxyMetadata": {"A": True}}}, [("PT211", "error")]),
        ({TDD: "20s"}, [("PT210", "warning")]),
        ({"defaultConfig": {"parentShutdownDuration": "60s"}}, [("PT212", "warning")]),
        ({"defaultConfig": {TDD: "40s"}}, []),
    ],
)
def test_what_is_wrong_in_the_file_of_the_flag_is_told_at_its_place(
    config: dict[str, Any], told: list[tuple[str, str]], tmp_path: Any
) -> None:
    file = tmp_path / "mesh.yaml"
    file.write_text(dump({"meshConfig": config}))
    quiet = manifest(containers=[web()])
    ran = run("check", "--format", "json", "--sidecar", "none", "--mesh-config", str(file), "-", stdin=quiet)
    shown = json.loads(ran.out)
    assert [(finding["rule"], finding["severity"]) for finding in shown] == told and ran.status == bool(told)
    assert {finding["source"] for finding in shown} <= {str(file)}
    again = run("check", "--format", "json", "--mesh-config", str(file), str(file))
    assert [finding["rule"] for finding in json.loads(again.out) if finding["severity"] != "info"] == [
        code for code, _ in told
    ]


def test_what_hangs_on_the_pods_is_not_told_of_the_file_of_the_flag(tmp_path: Any) -> None:
    file = tmp_path / "mesh.yaml"
    file.write_text(dump({"global": {"proxy": {"lifecycle": {"preStop": {"sleep": {"seconds": 45}}}}}}))
    assert "PT107" in run("check", str(file)).out
    long_enough = manifest(labels=IN, terminationGracePeriodSeconds=90, containers=[web()])
    ran = run("check", "--sidecar", "classic", "--mesh-config", str(file), "-", stdin=long_enough)
    assert (ran.status, ran.out) == (0, "")


@pytest.mark.parametrize(
    ("hook", "sidecar", "told"),
    [
        ({"exec": {"command": ["pilot-agent", "request", "POST", "drain"]}}, "native", "PT215"),
        ({"exec": {"command": ["pilot-agent", "request", "POST", "drain"]}}, "classic", ""),
        ({"exec": {"command": ["pilot-agent", "request", "--debug-port=15020", "POST", "drain"]}}, "native", ""),
        ({"exec": {"command": ["sh", "-c", "sleep", "15"]}}, "classic", "PT106"),
        ({"exec": {"command": ["sleep", "15", "&&", "echo"]}}, "classic", "PT106"),
        ({"exec": {"command": ["sh", "-c", "sleep 15"]}}, "classic", ""),
    ],
)
def test_a_hook_of_the_file_of_the_flag_is_judged(hook: dict[str, Any], sidecar: str, told: str, tmp_path: Any) -> None:
    file = tmp_path / "mesh.yaml"
    file.write_text(dump({"global": {"proxy": {"lifecycle": {"preStop": hook}}}}))
    ran = run(
        *("check", "--format", "json", "--istio", "1.26", "--sidecar", sidecar, "--mesh-config", str(file), "-"),
        stdin=manifest(labels=IN, containers=[web()]),
    )
    shown = [finding for finding in json.loads(ran.out) if finding["severity"] != "info"]
    assert [finding["rule"] for finding in shown] == [told] * bool(told)
    # Where it stands, whatever pods it reaches.
    assert [finding["source"] for finding in shown] == [str(file)] * bool(told)


@pytest.mark.parametrize(
    ("config", "path", "words"),
    [
        ({"outboundTrafficPolicy": {"mode": "registry_only"}}, "outboundTrafficPolicy.mode", "must be one of REGISTRY_ONLY,"),
        ({"tcpKeepalive": {"time": 10}}, "tcpKeepalive.time", "10 is a number, and Istio wants a duration"),
        ({"localityLbSetting": {"enabled": "yes"}}, "localityLbSetting.enabled", "must be true or false without quotes"),
        ({"defaultHttpRetryPolicy": {"attempts": "two"}}, "defaultHttpRetryPolicy.attempts", "must be a whole number"),
        ({"extensionProviders": ["zipkin"]}, "extensionProviders[0]", "must be a mapping"),
        ({"extensionProviders": [{"name": 5}]}, "extensionProviders[0].name", "must be a string"),
        ({"defaultProviders": {"metrics": "prometheus"}}, "defaultProviders.metrics", "must be a list"),
        ({"defaultConfig": {"tracing": {"sampling": "high"}}}, "defaultConfig.tracing.sampling", "must be a number"),
        ({"defaultConfig": {"tracing": {"zipkin": "z:9411"}}}, "defaultConfig.tracing.zipkin", "must be a mapping"),
        ({"defaultConfig": {"tracing": {"zipkin": {"address": 9411}}}}, "defaultConfig.tracing.zipkin.address", "must be a string"),
        ({"defaultConfig": {"proxyStatsMatcher": {"inclusion_regexps": ".*"}}},
         "defaultConfig.proxyStatsMatcher.inclusion_regexps", "must be a list"),
        ({"outboundTrafficPolicy": {"mode": "VIRTUAL_SERVICE_ONLY"}}, "outboundTrafficPolicy.mode", "ALLOW_ANY_DYNAMIC_DNS"),
        ({"tcpKeepalive": {"probes": -1}}, "tcpKeepalive.probes", "must be from 0 to 4294967295"),
        ({"trustDomainAliases": [1]}, "trustDomainAliases[0]", "must be a string"),
        ({"extensionProviders": [{"opentelemetry": {"port": "http"}}]}, "extensionProviders[0].opentelemetry.port", "must be a whole"),
        ({"extensionProviders": [{"envoyExtAuthzGrpc": {"timeout": 2}}]}, "extensionProviders[0].envoyExtAuthzGrpc.timeout", "duration"),
        ({"defaultHttpRetryPolicy": {"backoff": 25}}, "defaultHttpRetryPolicy.backoff", "Istio wants a duration"),
        ({"defaultConfig": {"connectionSettings": {"http_idle_timeout": 60}}}, "defaultConfig.connectionSettings.http_idle_timeout",
         "duration with a unit"),
        ({"defaultConfig": {"proxyHeaders": {"server": {"disabled": "true"}}}}, "defaultConfig.proxyHeaders.server.disabled",
         "must be true or false without quotes"),
        ({"defaultConfig": {"readinessProbe": {"httpGet": {"port": "http"}}}}, "defaultConfig.readinessProbe.httpGet.port", "whole"),
        ({"defaultConfig": {"extraStatTags": [True]}}, "defaultConfig.extraStatTags[0]", "must be a string"),
        ({"outboundTrafficPolicy": {"mode": "ALLOW_ANY_DYNAMIC_DNS"}}, "", ""), ({"tcpKeepalive": {"probes": 4294967295}}, "", ""),
        ({"trustDomainAliases": ["a"], "defaultHttpRetryPolicy": {"backoff": "25ms"}}, "", ""),
        ({"extensionProviders": [{"name": "o", "opentelemetry": {"port": "4317", "service": "o.svc"}}]}, "", ""),
        ({"defaultConfig": {"connectionSettings": {"httpIdleTimeout": "60s", "profile": "EDGE"}}}, "", ""),
        ({"defaultConfig": {"proxyHeaders": {"server": {"disabled": True}}, "extraStatTags": ["a"]}}, "", ""),
        ({"defaultConfig": {"tracing": {"disableSpanReporting": "yes"}}}, "", ""),  # no such key there: it is dropped
        ({"outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"}}, "", ""), ({"tcpKeepalive": {"time": "10s", "probes": 3}}, "", ""),
        ({"localityLbSetting": {"enabled": True}}, "", ""), ({"extensionProviders": [{"name": "z", "zipkin": {}}]}, "", ""),
        ({"defaultConfig": {"tracing": {"sampling": "10", "zipkin": {"address": "z:9411"}}}}, "", ""),
        ({"defaultConfig": {"tracing": {"sampling": 0.5, "zipkin": None}}}, "", ""),
    ],
)  # fmt: skip
def test_types_inside_of_messages(config: dict[str, Any], path: str, words: str) -> None:
    good = {"defaultConfig": {TDD: "12s", **config.get("defaultConfig", {})}}
    text = dump({"meshConfig": {**config, **good}})
    told = [finding for finding in findings(text) if finding.rule == "PT208"]
    assert [finding.path for finding in told] == [f"meshConfig.{path}"] * bool(path)
    assert all(words in finding.message.en for finding in told)
    # One wrong value anywhere drops all of it.
    assert pod(text + "---\n" + APP, **CLASSIC).settings.terminationDrainDuration == (5 if path else 12)


def test_parameters_set_places_in_lists_and_null_takes_a_key_away() -> None:
    def line(parameters: list[dict[str, Any]], values: dict[str, Any]) -> float | None:
        app = argo(parameters=parameters, values=dump(values))
        proxy = timeline(pod(dump(app) + "---\n" + APP, app_shutdown=1.0, **CLASSIC)).proxy
        return proxy.envoy_killed if proxy is not None else None

    command = "global.proxy.lifecycle.preStop.exec.command"
    words: list[dict[str, Any]] = [
        {"name": f"{command}[0]", "value": "sleep"},
        {"name": f"{command}[1]", "value": "6", "forceString": True},
    ]
    assert line(words, {"meshConfig": {}}) == 11
    assert (
        line(words[1:], {"global": {"proxy": {"lifecycle": {"preStop": {"exec": {"command": ["sleep", "2"]}}}}}}) == 11
    )
    assert line([{"name": "global.proxy.lifecycle", "value": "null"}], HOOK) == 5
    assert line([{"name": "meshConfig.trustDomain", "value": "x"}], HOOK) == 13


@pytest.mark.parametrize(
    ("text", "drain"),
    [(f"---\n{TDD}: 9s\n", 9), (f"# c\n---\n{TDD}: 9s\n", 9), (f"---\n---\n{TDD}: 9s\n", 5), (f"{TDD}: 9s\n---\n{TDD}: 8s\n", 9)],
)  # fmt: skip
def test_the_first_document_counts_even_if_it_is_empty(text: str, drain: float) -> None:
    annotated = manifest(labels=IN, annotations={"proxy.istio.io/config": text}, containers=[web()])
    assert pod(annotated, **CLASSIC).settings.terminationDrainDuration == drain


def resource_with(**spec: Any) -> dict[str, Any]:
    head = {"apiVersion": "networking.istio.io/v1beta1", "kind": "ProxyConfig", "metadata": {"name": "x"}}
    return {**head, "spec": spec}


def test_a_resource_that_the_api_server_refuses_sets_nothing() -> None:
    """A bare `true` is no string: with quotes it counts."""
    for value, exits in ((True, False), ("true", True)):
        resource = resource_with(environmentVariables={"EXIT_ON_ZERO_ACTIVE_CONNECTIONS": value})
        assert pod(dump(resource) + "---\n" + APP, **CLASSIC).settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS is exits


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"proxyMetadata": {"A": "b"}}, "proxyMetadata has no effect here; it belongs in environmentVariables of the resource"),
        ({"MINIMUM_DRAIN_DURATION": "9s"}, "MINIMUM_DRAIN_DURATION has no effect here; it belongs in environmentVariables of the resource"),
        ({"concurrency": 0, "image": {"imageType": "debug"}}, ""),
    ],
)  # fmt: skip
def test_keys_in_the_spec_of_a_proxy_config_resource(spec: dict[str, Any], words: str) -> None:
    told = [finding for finding in findings(dump(resource_with(**spec))) if finding.rule == "PT210"]
    assert [finding.message.en for finding in told] == [words] * bool(words)
    assert [finding.severity for finding in told] == ["warning"] * bool(words)


def test_mesh_config_in_the_annotation_is_out_of_place() -> None:
    text = dump({"meshConfig": {"defaultConfig": {TDD: "30s"}}})
    (told,) = findings(manifest(labels=IN, annotations={"proxy.istio.io/config": text}, containers=[web()]), **CLASSIC)
    assert (told.rule, told.message.en) == (
        "PT210",
        "meshConfig has no effect here; it belongs in Helm values or an IstioOperator",
    )


def test_the_classes_of_gateways_may_come_by_the_flag(tmp_path: Any) -> None:
    file, gateway = tmp_path / "mesh.yaml", {
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "metadata": {"name": "g"},
        "spec": {"gatewayClassName": "istio", "infrastructure": {"annotations": {"proxy.istio.io/config": f"{TDD}: 40s"}}},
    }  # fmt: skip
    for grace, told in ((60, []), (40, ["PT202"])):
        template = {"spec": {"template": {"spec": {"terminationGracePeriodSeconds": grace}}}}
        file.write_text(dump({"meshConfig": {}, "gatewayClasses": {"istio": {"deployment": template}}}))
        ran = run("check", "--format", "json", "--mesh-config", str(file), "-", stdin=dump(gateway))
        assert [finding["rule"] for finding in json.loads(ran.out)] == told
        line = json.loads(run("timeline", "--format", "json", "--mesh-config", str(file), "-", stdin=dump(gateway)).out)
        assert line[0]["grace"] == grace


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({**flux("istiod", DEFAULTS), "spec": {**flux("istiod", DEFAULTS)["spec"], "valuesFrom": [{"kind": "ConfigMap", "name": "mesh"}]}},
         "valuesFrom takes values of Istio's chart from elsewhere, which are not read: ConfigMap mesh; check what `helm get values"),
        ({**flux("nginx", {"a": 1}), "spec": {**flux("nginx", {"a": 1})["spec"], "valuesFrom": [{"kind": "Secret", "name": "s"}]}}, ""),
        (argo(valueFiles=["../mesh.yaml", "$values/prod.yaml"]),
         "helm.valueFiles takes values of Istio's chart from elsewhere, which are not read: ../mesh.yaml, $values/prod.yaml; "
         "check what `argocd app manifests"),
        (argo(valuesObject=DEFAULTS), ""),
    ],
)  # fmt: skip
def test_values_from_elsewhere_are_named(document: dict[str, Any], said: str) -> None:
    text = dump(document)
    ran = run("check", "--lang", "en", "-", stdin=text)
    assert ("not read:" in ran.err) == bool(said) and said in ran.err
    if said:
        key = said.split(" ", 1)[0].rpartition(".")[2]
        number = next(number for number, line in enumerate(text.split("\n"), start=1) if f"{key}:" in line)
        assert f"-:{number}: {said}" in ran.err


@pytest.mark.parametrize("kind", ["IstioLifecycleManager", "ServiceMeshControlPlane", "IstioControlPlane"])
def test_control_planes_that_are_not_read_are_named_with_what_to_run(kind: str) -> None:
    body = {"spec": {"meshConfig": {"defaultConfig": {TDD: 45}}}}
    ran = run("check", "--lang", "en", "-", stdin=dump({"apiVersion": "example.io/v1", "kind": kind, **body}))
    assert (
        f"{TDD} stands in {kind}, which is not read; check what istiod has of it: `kubectl get configmap istio"
        in ran.err
    )
    quiet = run(
        "check", "--lang", "en", "-", stdin=dump({"apiVersion": "example.io/v1", "kind": kind, "spec": {"a": 1}})
    )
    assert "not read" not in quiet.err


@pytest.mark.parametrize(
    ("written", "refused", "edit"),
    [
        (2, False, None), (2.0, False, None), (None, False, None), (-(2**31), False, None), (2**31 - 1, False, None),
        ("2", True, "2"), ("two", True, None), (True, True, None), (2.5, True, None), (2**31, True, None),
        ({"a": 1}, True, None), ([2], True, None),
    ],
)  # fmt: skip
def test_the_concurrency_of_a_resource_is_a_whole_number_or_the_resource_is_refused(
    written: Any, refused: bool, edit: str | None
) -> None:
    text = dump(resource_with(concurrency=written, environmentVariables={"EXIT_ON_ZERO_ACTIVE_CONNECTIONS": "true"}))
    told = [finding for finding in findings(text) if finding.rule == "PT208"]
    assert [(one.severity, one.path, text.splitlines()[one.line - 1].split(":")[0].strip()) for one in told] == [
        ("error", "spec.concurrency", "concurrency")
    ] * refused
    assert [change.text for one in told for change in one.edits] == ([edit] if edit else [])
    if refused and not isinstance(written, dict | list):
        assert "the API server refuses this ProxyConfig" in told[0].message.en
    assert pod(text + "---\n" + APP, **CLASSIC).settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS is not refused


def test_a_hook_beside_the_lifecycle_of_the_values_is_none() -> None:
    hook = {"preStop": {"exec": {"command": ["sleep", "5"]}}}
    (told,) = findings(dump({"global": {"proxy": hook}, "meshConfig": {}}))
    assert (told.rule, told.severity, told.path, told.fix.en) == (
        "PT111",
        "warning",
        "global.proxy.preStop",
        "write it as global.proxy.lifecycle.preStop",
    )
    assert told.message.en.startswith("there is no global.proxy.preStop: Istio's chart takes hooks from")
    assert not [one for one in findings(dump({"global": {"proxy": {"lifecycle": hook}}})) if one.rule == "PT111"]


@pytest.mark.parametrize("mode", ["native", "classic"])
def test_two_handlers_of_the_mesh_are_one_finding_in_the_mesh_and_one_in_each_pod(mode: str) -> None:
    hook = {"exec": {"command": ["sleep", "5"]}, "sleep": {"seconds": 5}}
    values = dump({"meshConfig": {}, "global": {"proxy": {"lifecycle": {"preStop": hook}}}})
    told = findings(values + "---\n" + manifest(labels=IN, containers=[web()]), sidecar=mode)
    assert [(one.rule, one.severity, one.kind) for one in told] == [
        ("PT111", "error", "values"),
        ("PT215", "error", "Pod"),
    ]
    assert told[1].fix.en == "keep one handler under preStop in global.proxy.lifecycle"


def stated(**values: Any) -> dict[str, Any]:
    """An injector's ConfigMap with values of istiod."""
    pilot = {"env": {"ENABLE_NATIVE_SIDECARS": values.pop("native", "false")}}
    body = {"global": {**HOOK["global"], "tag": "1.26.1", **values}, "pilot": pilot}
    return {**INJECTOR_MAP, "data": {"values": json.dumps(body)}}


def test_each_part_of_a_mesh_brings_what_the_other_lacks() -> None:
    istio = {**ISTIO_MAP, "data": {"mesh": dump(DEFAULTS["meshConfig"])}}
    for parts in ((istio, stated(variant="distroless")), (stated(variant="distroless"), istio)):
        whole = pod(dump(*parts) + "---\n" + APP).assumptions.mesh
        assert whole is not None and whole.layer is not None and whole.proxy_hook is not None
        assert whole.layer.values == {TDD: 12} and whole.proxy_hook.seconds == 8 and whole.injector is not None
        assert (whole.stated, whole.image_type, whole.native_env) == ("1.26", "distroless", "false")
        assert len(whole.configs) == 2


@pytest.mark.parametrize(
    ("other", "agree"),
    [({}, True), ({"tag": "1.26.4"}, True), ({"tag": "1.27.0"}, False), ({"variant": "debug"}, False),
     ({"native": "true"}, False), ({"proxy": HOOK["global"]["proxy"]}, True),
     ({"proxy": {"lifecycle": {"preStop": {"sleep": {"seconds": 9}}}}}, False), ({"proxy": {}}, True)],
)  # fmt: skip
def test_two_parts_that_say_the_same_are_one_mesh(other: dict[str, Any], agree: bool) -> None:
    text = dump(stated(variant="distroless"), stated(**{"variant": "distroless", **other}))
    assert (pod(text + "---\n" + APP).assumptions.mesh is not None) is agree


def test_a_text_of_the_mesh_is_a_mapping() -> None:
    (error,) = errors(dump({**ISTIO_MAP, "data": {"mesh": "- a\n"}}))
    assert error.sentence.en == "data.mesh must be a mapping, not a list" and error.line == 6


@pytest.mark.parametrize(
    ("variant", "image", "wanted"),
    [
        ("distroless", "", "distroless"),
        ("", "distroless", "distroless"),
        ("debug", "distroless", "distroless"),
        ("debug", "", "debug"),
    ],
)
def test_the_image_type_of_an_operator_stands_in_its_values_or_in_its_mesh(
    variant: str, image: str, wanted: str
) -> None:
    """What the mesh says counts: the injector looks there first."""
    spec = {
        "values": {"global": {"variant": variant, **HOOK["global"]}},
        "meshConfig": {"defaultConfig": {TDD: "12s", **({"image": {"imageType": image}} if image else {})}},
    }
    operator = {"apiVersion": "install.istio.io/v1alpha1", "kind": "IstioOperator", "spec": spec}
    assert mesh(dump(operator)).image_type == wanted
    flat = {**spec["values"], "meshConfig": spec["meshConfig"]}
    assert mesh(dump(flat)).image_type == wanted
    flat["global"] = {"variant": "debug", "proxy": {"variant": variant, **HOOK["global"]["proxy"]}}
    assert mesh(dump(flat)).image_type == (image or variant or "debug")


def test_variables_stand_in_the_resource_alone() -> None:
    variables = {"environmentVariables": {"EXIT_ON_ZERO_ACTIVE_CONNECTIONS": True}}
    operator = {
        "apiVersion": "install.istio.io/v1alpha1",
        "kind": "IstioOperator",
        "spec": {"meshConfig": {}, **variables},
    }
    assert not [one for one in findings(dump(operator)) if one.rule == "PT211"]
    resource = {
        "apiVersion": "networking.istio.io/v1beta1",
        "kind": "ProxyConfig",
        "metadata": {"name": "p"},
        "spec": variables,
    }
    assert [one.rule for one in findings(dump(resource))] == ["PT211"]


def test_an_operator_without_a_spec_configures_nothing() -> None:
    operator = {"apiVersion": "install.istio.io/v1alpha1", "kind": "IstioOperator", "metadata": {"name": "m"}}
    assert mesh(dump(operator)).layer is None and not findings(dump(operator))


def test_the_chart_of_a_k3s_release_is_named_in_it_or_by_the_release() -> None:
    body = {"apiVersion": "helm.cattle.io/v1", "metadata": {"name": "mesh"}}
    spec = {"chart": "istiod", "valuesContent": dump({"global": {"tag": "1.26.1"}})}
    assert mesh(dump({**body, "kind": "HelmChart", "spec": spec})).stated == "1.26"
    named = {**body, "kind": "HelmChartConfig", "metadata": {"name": "istiod"}, "spec": {**spec, "chart": None}}
    assert mesh(dump(named)).stated == "1.26"
    other = {**body, "kind": "HelmChart", "spec": {**spec, "chart": "nginx"}}
    assert not load(dump(other))


def test_an_image_of_ones_own_is_not_distroless_because_the_mesh_is() -> None:
    """A hook with a shell runs in it; in the image that the mesh chooses it fails."""
    values = dump({"meshConfig": {}, "global": {"variant": "distroless", "proxy": {}}})
    for image, fails in (("auto", True), ("example.com/proxy:1", False)):
        own = {"name": "istio-proxy", "image": image, **runs("sh", "-c", "sleep 5")}
        proxy = pod(values + "---\n" + manifest(labels=IN, containers=[web(), own]), **CLASSIC).proxy_container
        assert proxy is not None and proxy.preStop is not None and proxy.preStop.fails is fails
