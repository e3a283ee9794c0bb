"""The layers of proxy settings and their order, and what is declared about a pod and its order."""

from __future__ import annotations

import json
from typing import Any

import pytest
from timing_rules import Assumptions, Pod, check, load, timeline
from timing_rules.domain import NEVER
from timing_rules.manifest.read import read
from timing_rules.rules.engine import missing_facts

from tests.package.inputs import (
    IN,
    STATUS,
    config,
    dump,
    errors,
    findings,
    manifest,
    pod,
    proxy,
    rules,
    run,
    runs,
    sleeps,
    web,
)

TDD, DRAIN, MIN, EOZ = (
    "terminationDrainDuration",
    "drainDuration",
    "MINIMUM_DRAIN_DURATION",
    "EXIT_ON_ZERO_ACTIVE_CONNECTIONS",
)


def of(found: Pod) -> tuple[float, float, float, bool]:
    """TDD, drainDuration, MIN and EOZ as the agent reads them."""
    one = found.settings
    return (
        one.terminationDrainDuration,
        one.drainDuration,
        one.MINIMUM_DRAIN_DURATION,
        one.EXIT_ON_ZERO_ACTIVE_CONNECTIONS,
    )


def settings(*texts: str, **assumptions: Any) -> tuple[float, float, float, bool]:
    """The settings of the only pod among some documents."""
    (found,) = [
        item for item in load("---\n".join(texts), assumptions=Assumptions(**assumptions)) if isinstance(item, Pod)
    ]
    return of(found)


def operator(**mesh: Any) -> str:
    return dump({"apiVersion": "install.istio.io/v1alpha1", "kind": "IstioOperator", "spec": {"meshConfig": mesh}})


def resource(seconds: int, namespace: str | None = "n", labels: dict[str, str] | None = None) -> str:
    metadata = {"name": f"c{seconds}", **({"namespace": namespace} if namespace else {})}
    selector = {"selector": {"matchLabels": labels}} if labels else {}
    spec = {**selector, "environmentVariables": {MIN: f"{seconds}s"}}
    return dump(
        {"apiVersion": "networking.istio.io/v1beta1", "kind": "ProxyConfig", "metadata": metadata, "spec": spec}
    )


DEFAULTS = {TDD: "11s", DRAIN: "12s", "proxyMetadata": {MIN: "13s", EOZ: "true"}}
MESH = operator(defaultConfig=DEFAULTS)
IN_N: dict[str, Any] = {"labels": {**IN, "app": "web"}, "namespace": "n"}


def test_the_defaults() -> None:
    assert settings(manifest(labels=IN)) == (5, 45, 5, False)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({TDD: "21s"}, (21, 45, 5, False)), ({DRAIN: "22s"}, (5, 22, 5, False)), ({MIN: "23s"}, (5, 45, 23, False)),
        ({EOZ: "true"}, (5, 45, 5, True)), ({EOZ: "1", MIN: "1m"}, (5, 45, 60, True)),
        ({"termination_drain_duration": "21s", "drain_duration": "22s"}, (21, 22, 5, False)),
        ({TDD: 35}, (5, 45, 5, False)), ({TDD: "35"}, (5, 45, 5, False)), ({MIN: "10"}, (5, 45, 5, False)),
        ({EOZ: "yes"}, (5, 45, 5, False)), ({TDD: None}, (5, 45, 5, False)),
        ({TDD: "1m30s", "other": 1}, (90, 45, 5, False)),
    ],
)  # fmt: skip
def test_the_annotation(given: dict[str, Any], wanted: tuple[float, float, float, bool]) -> None:
    for kind in ("Pod", "Deployment"):
        assert settings(manifest(kind, labels=IN, annotations=config(**given))) == wanted


def test_layers_merge_key_by_key_and_the_annotation_wins_over_the_mesh() -> None:
    assert settings(manifest(labels=IN), MESH) == (11, 12, 13, True)
    assert settings(MESH, manifest(labels=IN, annotations=config(**{TDD: "21s", MIN: "23s"}))) == (21, 12, 23, True)
    assert settings(MESH, manifest(labels=IN, annotations=config(**{EOZ: "false"}))) == (11, 12, 13, False)
    assert settings(MESH, manifest("Deployment", own=config(**{TDD: "21s"}), labels=IN)) == (
        11,
        12,
        13,
        True,
    )  # the workload's own is not read


def test_an_operators_mesh_config_wins_over_its_values() -> None:
    spec = {
        "meshConfig": {"defaultConfig": {TDD: "11s"}},
        "values": {"meshConfig": {"defaultConfig": {TDD: "9s", DRAIN: "8s"}}},
    }
    text = dump({"apiVersion": "install.istio.io/v1alpha1", "kind": "IstioOperator", "spec": spec})
    assert settings(manifest(labels=IN), text) == (11, 8, 5, False)


@pytest.mark.parametrize(
    ("resources", "annotation", "wanted"),
    [
        ([resource(31)], {}, 31), ([resource(31, "m")], {}, 5), ([resource(32, "istio-system")], {}, 32),
        ([resource(31), resource(32, "istio-system")], {}, 31), ([resource(32, "istio-system"), resource(31)], {}, 31),
        ([resource(33, "n", {"app": "web"})], {}, 33), ([resource(33, "n", {"app": "x"})], {}, 5),
        ([resource(33, "m", {"app": "web"})], {}, 5), ([resource(33, "n", {"app": "web"}), resource(31)], {}, 33),
        ([resource(31)], {MIN: "23s"}, 23), ([resource(32, "istio-system")], {MIN: "23s"}, 23),
        ([resource(33, "n", {"app": "web"})], {MIN: "23s"}, 33), ([MESH, resource(32, "istio-system")], {}, 32),
    ],
)  # fmt: skip
def test_proxy_config_resources(resources: list[str], annotation: dict[str, str], wanted: float) -> None:
    """Workload over annotation over namespace over root namespace over mesh."""
    text = manifest("Deployment", **IN_N, annotations=config(**annotation) if annotation else {})
    assert settings(text, *resources)[2] == settings(*resources, text)[2] == wanted


ROOT = {"rootNamespace": "root", "defaultConfig": {}}


@pytest.mark.parametrize(
    "mesh",
    [operator(**ROOT), dump({"kind": "ConfigMap", "metadata": {"name": "istio"}, "data": {"mesh": dump(ROOT)}})],
    ids=["operator", "ConfigMap"],
)
def test_the_root_namespace_of_the_mesh(mesh: str) -> None:
    assert settings(manifest(**IN_N), mesh, resource(32, "root"))[2] == 32


def test_the_root_namespace_of_helm_values() -> None:
    assert settings(manifest(**IN_N), dump({"meshConfig": ROOT}), resource(32, "root"))[2] == 32


@pytest.mark.parametrize(("one", "other"), [(None, "default"), ("default", None)])
def test_no_namespace_is_the_default_namespace(one: str | None, other: str | None) -> None:
    assert settings(manifest(labels=IN, namespace=one), resource(31, other))[2] == 31


def injected(**env: str) -> dict[str, Any]:
    return {
        "annotations": dict(STATUS),
        "containers": [web(), proxy(env=[{"name": key, "value": value} for key, value in env.items()])],
    }


BODY = json.dumps({TDD: "41s", DRAIN: "42s", "proxyMetadata": {MIN: "43s"}})


def test_an_injected_proxys_own_settings_stand_below_the_annotation() -> None:
    assert settings(manifest(**injected(PROXY_CONFIG=BODY))) == (41, 42, 5, False)  # the environment alone has MIN
    assert settings(manifest(**injected(PROXY_CONFIG=BODY, **{MIN: "44s", EOZ: "true"}))) == (41, 42, 44, True)
    assert settings(manifest(**injected(PROXY_CONFIG=BODY)), MESH) == (41, 42, 5, False)
    assert settings(manifest(**injected(PROXY_CONFIG="{}")), MESH) == (5, 45, 5, False)
    assert settings(manifest(**injected()), MESH) == (11, 12, 5, False)
    given = injected(PROXY_CONFIG=BODY, **{MIN: "44s", EOZ: "true"})
    given["annotations"] |= config(**{TDD: "21s", MIN: "23s"})
    assert settings(manifest(**given)) == (21, 42, 44, True)
    assert settings(manifest(labels={"app": "p"}, namespace="n", **given), selecting(45)) == (21, 42, 44, True)


def test_an_own_proxy_config_of_a_pod_still_to_be_injected_is_kept() -> None:
    own = {"name": "istio-proxy", "image": "auto", "env": [{"name": "PROXY_CONFIG", "value": BODY}]}
    text = manifest(labels=IN, containers=[web(), own])
    assert settings(text) == (41, 42, 5, False)
    assert settings(text, MESH) == (41, 42, 13, True)  # the injector reads variables elsewhere
    above = manifest(labels=IN, annotations=config(**{TDD: "21s", MIN: "23s"}), containers=[web(), own])
    assert settings(above, MESH) == (21, 42, 23, True)
    empty = {**own, "env": [{"name": "PROXY_CONFIG", "value": "{}"}]}
    assert settings(manifest(labels=IN, containers=[web(), empty]), MESH) == (5, 45, 13, True)


def selecting(minimum: int, name: str = "c", created: str = "") -> str:
    """A ProxyConfig that selects the pod."""
    stamp = {"creationTimestamp": created} if created else {}
    return dump({
        "kind": "ProxyConfig", "metadata": {"name": name, "namespace": "n", **stamp},
        "spec": {"selector": {"matchLabels": {"app": "p"}}, "environmentVariables": {MIN: f"{minimum}s"}},
    })  # fmt: skip


def test_of_several_proxy_configs_the_first_counts() -> None:
    text = manifest(labels={**IN, "app": "p"}, namespace="n")
    assert settings(text, selecting(31, "b"), selecting(32, "a"))[2] == 32
    old, new = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"
    assert settings(text, selecting(31, "b", old), selecting(32, "a", new))[2] == 31
    nobody = {"kind": "ProxyConfig", "metadata": {"name": "a", "namespace": "n"}, "spec": {"selector": {},
              "environmentVariables": {MIN: "33s"}}}  # fmt: skip
    assert settings(text, dump(nobody))[2] == 5
    assert settings(text, dump(nobody), resource(34, "n"))[2] == 34


def test_what_the_annotation_means_when_it_says_a_thing_twice() -> None:
    def annotated(body: str) -> float:
        return settings(manifest(labels=IN, annotations={"proxy.istio.io/config": body}))[0]

    both = [f"{TDD}: 7s", "termination_drain_duration: 9s"]
    assert annotated("\n".join(both)) == annotated("\n".join(both[::-1])) == 7
    assert annotated(both[1]) == 9
    assert annotated(f"{TDD}: 7s\n---\n{TDD}: 9s\n") == annotated(f"---\n{TDD}: 7s\n--- # next\n{TDD}: 9s\n") == 7
    assert annotated(f"# first\n---\n{TDD}: 7s\n...\n") == 7


def test_a_variable_without_a_value_is_empty() -> None:
    body = dump({"proxyMetadata": {MIN: None, EOZ: None}})
    assert settings(manifest(labels=IN, annotations={"proxy.istio.io/config": body}), MESH) == (11, 12, 5, False)


def test_what_the_environment_takes_from_elsewhere_is_not_known() -> None:
    env = [{"name": MIN, "valueFrom": {"fieldRef": {"fieldPath": "x"}}}, {"value": "nameless"}]
    assert settings(manifest(annotations=STATUS, containers=[web(), proxy(env=env)])) == (5, 45, 5, False)


@pytest.mark.parametrize(
    "text",
    [MESH, dump({"meshConfig": {"defaultConfig": DEFAULTS}}),
     dump({"apiVersion": "v1", "kind": "ConfigMap", "data": {"mesh": dump({"defaultConfig": DEFAULTS})}}),
     dump({"spec": {"meshConfig": {"defaultConfig": DEFAULTS}}}), dump({"defaultConfig": DEFAULTS})],
    ids=["operator", "values", "ConfigMap", "spec", "body"],
)  # fmt: skip
def test_the_mesh_config_flag_takes_every_form_and_wins_over_the_input(text: str, tmp_path: Any) -> None:
    (mesh,) = load(text)
    assert settings(manifest(labels=IN), mesh=mesh) == (11, 12, 13, True)
    assert settings(manifest(labels=IN), operator(defaultConfig={TDD: "9s"}), mesh=mesh) == (11, 12, 13, True)
    file = tmp_path / "mesh.yaml"
    file.write_text(text)
    app = manifest(
        labels=IN, annotations={"timing-rules/app-shutdown": "1s", "timing-rules/connections-idle-after": "20s"}
    )
    ran = run("timeline", "--format", "json", "--sidecar", "classic", "--mesh-config", str(file), "-", stdin=app)
    assert (
        ran.status,
        json.loads(ran.out)[0]["proxy"]["inbound_closes"],
        json.loads(ran.out)[0]["proxy"]["envoy_killed"],
    ) == (0, 12, 20)


@pytest.mark.parametrize(
    "text",
    ["kind: Secret\n", MESH + "---\n" + operator(defaultConfig={TDD: "9s"}), "", "a: [", manifest()],
    ids=["other", "two", "empty", "broken", "pod"],
)
def test_a_mesh_config_that_is_none_is_an_error(text: str, tmp_path: Any) -> None:
    file = tmp_path / "mesh.yaml"
    file.write_text(text)
    ran = run(
        "check", "--format", "json", "--mesh-config", str(file), "-", stdin=manifest(containers=[web(**sleeps(30))])
    )
    assert ran.status == 2 and [one["rule"] for one in json.loads(ran.out)] == ["PT101"]
    assert f"{file}:" in ran.err and len(ran.err.split(f"{file}:")) == 2


def test_with_mesh_config_a_default_is_a_fact() -> None:
    """5 s that nobody set are a warning, until mesh config or an injected proxy shows that nobody set them."""
    app = [web(**sleeps(10))]
    text = manifest(labels=IN, containers=app)
    given: dict[str, Any] = {"sidecar": "classic", "app_shutdown": 1.0}
    assert rules(text, **given) == {"PT201 warning"}
    (mesh,) = load(operator(defaultConfig={}))
    assert rules(text, mesh=mesh, **given) == {"PT201 error"}
    assert rules(manifest(annotations=STATUS, containers=[*app, proxy()]), **given) == {"PT201 error"}
    assert rules(manifest(labels=IN, annotations=config(**{TDD: "5s"}), containers=app), **given) == {"PT201 error"}


# The hook that the mesh gives to every proxy.


def lifecycle(*command: str, **more: Any) -> str:
    """Helm values with `global.proxy.lifecycle`."""
    return dump({"global": {"proxy": {"lifecycle": runs(*command)["lifecycle"]}, **more}})


def proxy_of(*texts: str, **given: Any) -> tuple[float | None, float | None]:
    """When the proxy begins to drain and when Envoy is gone, for the only pod among some documents."""
    (found,) = [one for one in load("---\n".join(texts), assumptions=Assumptions(**given)) if isinstance(one, Pod)]
    line = timeline(found)
    assert line.proxy is not None
    return line.proxy.drain_start, line.proxy.envoy_killed


SLEEPS_15: dict[str, Any] = {"labels": IN, "terminationGracePeriodSeconds": 60, "containers": [web(**sleeps(15))]}
SLEEP_20 = lifecycle("/bin/sh", "-c", "sleep 20")
DRAIN_AT_5 = lifecycle("sh", "-c", "sleep 5; pilot-agent request --debug-port=15020 POST drain")


@pytest.mark.parametrize("flag", [False, True])
@pytest.mark.parametrize(
    ("mesh", "sidecar", "given", "wanted"),
    [
        (SLEEP_20, "classic", {}, (20, 25)), (SLEEP_20, "native", {}, (25, 30)),
        (DRAIN_AT_5, "native", {}, (5, 25)), (DRAIN_AT_5, "native", {"istio": "1.20"}, (25, 30)),
        (lifecycle("true"), "native", {}, (25, 30)),  # the drain hook is gone
        (SLEEP_20, "classic", {"prestop": {"istio-proxy": 9.0}}, (9, 14)),
        (dump({"global": {"proxy": {"lifecycle": {"postStart": {"exec": {"command": ["x"]}}}}}}), "native", {}, (25, 30)),
        (lifecycle("sh", "-c", "sleep 20", variant="distroless"), "classic", {}, (0, 5)),
        (dump({"global": {"proxy": {"lifecycle": {}}}}), "native", {}, (0, 25)),
    ],
)  # fmt: skip
def test_the_lifecycle_of_the_mesh_is_the_hook_of_a_proxy_to_be_injected(
    mesh: str, sidecar: str, given: dict[str, Any], wanted: tuple[float, float], flag: bool
) -> None:
    app, facts = manifest(**SLEEPS_15), {"sidecar": sidecar, "app_shutdown": 10.0, **given}
    if flag:
        (found,) = load(mesh)
        assert proxy_of(app, mesh=found, **facts) == wanted
    else:
        assert proxy_of(mesh, app, **facts) == wanted


def test_the_lifecycle_of_the_mesh_in_an_operator_and_for_a_gateway() -> None:
    values = {"global": {"proxy": {"lifecycle": sleeps(20)["lifecycle"]}}}
    operator = dump({"kind": "IstioOperator", "apiVersion": "install.istio.io/v1alpha1", "spec": {"values": values}})
    assert proxy_of(operator, manifest(**SLEEPS_15), sidecar="classic", app_shutdown=1.0) == (20, 25)
    auto = {"name": "istio-proxy", "image": "auto"}
    gateway: dict[str, Any] = {"labels": IN, "annotations": {"inject.istio.io/templates": "gateway"}}
    assert proxy_of(operator, manifest(**gateway, containers=[auto])) == (20, 25)
    assert proxy_of(operator, manifest(**gateway, containers=[{**auto, **sleeps(7)}])) == (7, 12)  # its own wins


def test_a_proxy_with_a_lifecycle_or_injected_does_not_take_that_of_the_mesh() -> None:
    own = {"name": "istio-proxy", "image": "auto"}
    for one, wanted in (({**own, **sleeps(7)}, (7, 12)), (own, (20, 25)), (proxy(), (0, 5))):
        text = manifest(labels=IN, terminationGracePeriodSeconds=60, containers=[web(), one])
        assert proxy_of(SLEEP_20, text, sidecar="classic") == wanted


def test_what_the_hook_of_the_mesh_changes_in_the_findings() -> None:
    app = manifest(**SLEEPS_15)
    assert "PT201 error" in rules(dump({"meshConfig": {"defaultConfig": {}}}) + "---\n" + app, sidecar="classic")
    assert rules(SLEEP_20 + "---\n" + app, sidecar="classic") == {"PT216 info"}
    assert rules(lifecycle("sh", "-c", "sleep 9") + "---\n" + app, sidecar="classic") == {"PT201 error", "PT216 info"}
    ignored = manifest(**SLEEPS_15, annotations=config(**{TDD: "30s"}))
    assert rules(DRAIN_AT_5 + "---\n" + ignored, sidecar="native") == {"PT207 info", "PT216 info"}
    assert rules(SLEEP_20 + "---\n" + ignored, sidecar="native") == {"PT215 warning", "PT216 info"}
    loop = lifecycle("sh", "-c", "while true; do sleep 1; done")
    (found,) = [
        one for one in load(loop + "---\n" + app, assumptions=Assumptions(sidecar="classic")) if isinstance(one, Pod)
    ]
    assert timeline(found).unknown[-1] == "prestop.istio-proxy" and "prestop.istio-proxy" in missing_facts(found)


# What is declared: flags over the pod template over the workload's own metadata.

KEYS: list[tuple[str, str, str, Any]] = [
    ("istio", "1.29", "istio", "1.29"), ("kubernetes", "1.31", "kubernetes", "1.31"),
    ("accepts-after-sigterm", "7s", "accepts_after_sigterm", 7), ("propagation", "1m30s", "propagation", 90),
    ("connections-idle-after", "20s", "connections_idle_after", 20),
    ("connections-idle-after", "never", "connections_idle_after", NEVER),
    ("lb-deregistration", "2m", "lb_deregistration", 120), ("node-shutdown", "500ms", "node_shutdown", 0.5),
    ("app-shutdown", "60s", "app_shutdown", {"": 60}), ("app-shutdown", "never", "app_shutdown", {"": NEVER}),
    ("app-shutdown.web", "0s", "app_shutdown", {"web": 0}), ("prestop.web", "5s", "prestop", {"web": 5}),
    ("ignore", "PT106: no shell needed; PT109: drained by hand, see PT1", "ignore",
     {"PT106": "no shell needed", "PT109": "drained by hand, see PT1"}),
]  # fmt: skip


@pytest.mark.parametrize(("key", "text", "field", "value"), KEYS)
def test_every_annotation_on_the_template_and_on_the_workload(key: str, text: str, field: str, value: Any) -> None:
    said = {f"timing-rules/{key}": text}
    for given in (
        manifest(annotations=said),
        manifest("Deployment", annotations=said),
        manifest("Deployment", own=said),
        manifest("CronJob", own=said),
    ):
        assert getattr(pod(given).assumptions, field) == value


LAYERED = "istio kubernetes accepts-after-sigterm propagation connections-idle-after lb-deregistration node-shutdown"


@pytest.mark.parametrize("key", [*LAYERED.split(), "app-shutdown", "app-shutdown.web", "prestop.web"])
def test_flags_win_over_the_template_and_the_template_over_the_workload(key: str) -> None:
    name, _, container = key.partition(".")
    field = name.replace("-", "_")
    versions, lengths = ("1.28", "1.29", "1.30"), (1.0, 2.0, 3.0)
    values: Any = (
        versions
        if name in ("istio", "kubernetes")
        else [{container: one} for one in lengths]
        if name in ("app-shutdown", "prestop")
        else lengths
    )
    texts = versions if name in ("istio", "kubernetes") else ("1s", "2s", "3s")
    own, template = {f"timing-rules/{key}": texts[0]}, {f"timing-rules/{key}": texts[1]}
    assert getattr(pod(manifest("Deployment", own=own)).assumptions, field) == values[0]
    assert getattr(pod(manifest("Deployment", own=own, annotations=template)).assumptions, field) == values[1]
    assert (
        getattr(pod(manifest("Deployment", own=own, annotations=template), **{field: values[2]}).assumptions, field)
        == values[2]
    )


def test_the_flags_of_the_command_line() -> None:
    text = manifest(
        containers=[web(**runs("./stop")), {"name": "side"}],
        annotations={"timing-rules/app-shutdown": "1s", "timing-rules/prestop.web": "1s"},
    )
    ran = run(
        "timeline",
        "--format",
        "json",
        "--app-shutdown",
        "7s",
        "--app-shutdown",
        "side=9s",
        "--prestop",
        "web=5s",
        "--propagation",
        "4s",
        "-",
        stdin=text,
    )
    (line,) = json.loads(ran.out)
    assert [line["containers"][name]["end"] for name in ("web", "side")] == [12, 9]
    assert [one["at"] for one in line["events"] if one["kind"] == "propagation"] == [4]
    assert (
        json.loads(run("timeline", "--format", "json", "--app-shutdown", "web=never", "-", stdin=text).out)[0][
            "containers"
        ]["web"]["killed"]
        is True
    )


def test_a_plain_declaration_is_for_app_containers_and_a_named_one_for_any() -> None:
    annotations = {
        "timing-rules/app-shutdown": "3s",
        "timing-rules/app-shutdown.b": "4s",
        "timing-rules/app-shutdown.logs": "5s",
    }
    given = manifest(
        containers=[{"name": "a"}, {"name": "b"}, proxy()],
        initContainers=[{"name": "logs", "restartPolicy": "Always"}],
        annotations=annotations,
    )
    found = pod(given)
    assert [(one.name, one.shutdown) for one in (*found.containers, *found.sidecars)] == [
        ("a", 3),
        ("b", 4),
        ("logs", 5),
    ]
    assert found.proxy is not None and found.proxy.shutdown is None
    unnamed = pod(
        manifest(
            initContainers=[{"name": "logs", "restartPolicy": "Always"}],
            annotations={"timing-rules/app-shutdown": "3s"},
        )
    )
    assert [one.shutdown for one in unnamed.sidecars] == [None] and timeline(unnamed).unknown == ("app-shutdown.logs",)
    kept_out = pod(
        manifest(
            labels={"sidecar.istio.io/inject": "false"},
            containers=[web(), {"name": "istio-proxy"}],
            annotations={"timing-rules/app-shutdown": "3s"},
        )
    )
    assert [one.shutdown for one in kept_out.containers] == [3, 3]


def test_a_declared_hook_replaces_what_cannot_be_read_and_not_what_can() -> None:
    for hook, length in ((runs("./stop"), 7), (runs("sleep", "3"), 7), (sleeps(4), 4)):
        found = pod(manifest(containers=[web(**hook)], annotations={"timing-rules/prestop.web": "7s"}))
        assert found.containers[0].preStop is not None and found.containers[0].preStop.seconds == length


BAD = [
    ("istio", "latest", "not a"), ("istio", "1.17", "older than 1.18"), ("kubernetes", "1.24", "older than 1.25"),
    ("kubernetes", "new", "not a"), ("app-shutdown", "60", "not a duration"), ("app-shutdown", "-5s", "not a duration"),
    ("app-shutdown", "", "not a duration"), ("propagation", "never", "not a duration"),
    ("app-shutdown.other", "5s", "no container of that name"), ("app-shutdown.istio-proxy", "5s", "computed"),
    ("prestop.other", "5s", "no container of that name"), ("prestop", "5s", "no annotation"),
    ("istio.web", "1.30", "no annotation"), ("appshutdown", "5s", "no annotation"),
    ("graceperiod", "5s", "no annotation"), ("ignore", "PT106", "reason"), ("ignore", "PT106:", "reason"),
    ("ignore", "PT106: a; PT109", "reason"), ("ignore", "all: a", "reason"), ("ignore", "", "reason"),
    ("app-shutdown", 60, "not a string"), ("istio", 1.31, "not a string"), ("ignore", None, "not a string"),
    ("", "x", "no annotation"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value", "says"), BAD)
@pytest.mark.parametrize("own", [True, False])
def test_a_declaration_that_cannot_be_used_is_an_error_and_the_rest_still_counts(
    key: str, value: Any, says: str, own: bool
) -> None:
    said = {f"timing-rules/{key}": value, "timing-rules/node-shutdown": "10s"}
    text = manifest("Deployment", own=said) if own else manifest("Deployment", annotations=said)
    (error,) = errors(text)
    assert f"timing-rules/{key}" in text.split("\n")[error.line - 1] and says in error.sentence.en
    assert error.sentence.ko != error.sentence.en and error.fix.ko and len(error.items) == 1
    items = read([("-", text)], Assumptions(app_shutdown=1.0)).items
    assert [one.rule for item in items for one in check(item)] == ["PT302"]


def test_a_near_miss_is_recognised() -> None:
    (error,) = errors(manifest(annotations={"timing-rules/app_shutdown": "5s"}))
    assert "timing-rules/app-shutdown" in error.fix.en and "timing-rules/app-shutdown" in error.fix.ko


def test_an_ignored_rule_is_silent_where_it_is_ignored() -> None:
    text = manifest(containers=[web(**sleeps(30))])
    assert rules(text) == {"PT101 error"} and rules(text, ignore={"PT101": "why"}) == set()
    assert not findings(
        manifest(containers=[web(**sleeps(30))], annotations={"timing-rules/ignore": "PT101: a; PT104: b"})
    )
    assert run("check", "--ignore", "PT101: it is tried daily", "-", stdin=text).status == 0
    assert run("check", "--ignore", "PT101", "-", stdin=text).status == 2


def test_a_newer_version_uses_the_last_row_and_an_older_one_is_refused() -> None:
    assert timeline(pod(manifest(), kubernetes="1.99")).kubernetes == (1, 99)
    wrong: list[dict[str, Any]] = [{"istio": "1.17"}, {"kubernetes": "1.24"}, {"kubernetes": "x"}, {"sidecar": "both"}]
    for given in wrong:
        with pytest.raises(ValueError):
            Assumptions(**given)
