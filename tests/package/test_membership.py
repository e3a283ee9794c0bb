"""Which pods are in the mesh, which are gateways, and whether a sidecar is native or classic."""

from __future__ import annotations

from typing import Any

import pytest
from timing_rules import load, timeline

from tests.package.inputs import IN, STATUS, config, dump, findings, manifest, pod, pods, proxy, rules, sleeps, web

AUTO = {"name": "istio-proxy", "image": "auto"}
MANAGED = {"gateway.istio.io/managed": "istio.io-gateway-controller"}
AMBIENT = {"istio.io/dataplane-mode": "ambient"}
TEMPLATES = "inject.istio.io/templates"
OFF = {"sidecar.istio.io/inject": "false"}


def mode(text: str, **assumptions: Any) -> str:
    """The sidecar mode of the only pod: `undecided` when nothing decides."""
    found = pod(text, **assumptions).sidecar
    return "undecided" if found is None else str(found)


#: Name, manifest, its mode without any flag, with `--sidecar classic`.
MEMBERS: list[tuple[str, dict[str, Any], str, str]] = [
    ("nothing", {}, "none", "classic"),
    ("inject label", {"labels": IN}, "undecided", "classic"),
    ("inject annotation", {"annotations": IN}, "undecided", "classic"),
    ("config annotation", {"annotations": config(drainDuration="9s")}, "undecided", "classic"),
    ("empty config annotation", {"annotations": {"proxy.istio.io/config": ""}}, "undecided", "classic"),
    ("own istio-proxy", {"containers": [web(), AUTO]}, "undecided", "classic"),
    ("revision label", {"labels": {"istio.io/rev": "x"}}, "undecided", "classic"),
    ("revision label without a revision", {"labels": {"istio.io/rev": ""}}, "none", "classic"),
    ("revision annotation", {"annotations": {"istio.io/rev": "x"}}, "none", "classic"),
    ("revision label, off", {"labels": {"istio.io/rev": "x", **OFF}}, "none", "none"),
    ("revision label, off by annotation", {"labels": {"istio.io/rev": "x"}, "annotations": OFF}, "none", "none"),
    ("revision label, ambient", {"labels": {"istio.io/rev": "x", **AMBIENT}}, "undecided", "classic"),
    ("inject: yes is not true", {"labels": {"sidecar.istio.io/inject": "yes"}}, "none", "classic"),
    ("label over annotation, off", {"labels": OFF, "annotations": IN}, "none", "none"),
    ("label over annotation, on", {"labels": IN, "annotations": OFF}, "undecided", "classic"),
    ("off by annotation", {"annotations": OFF}, "none", "none"),
    ("off wins over config", {"labels": OFF, "annotations": config(drainDuration="9s")}, "none", "none"),
    ("host network", {"labels": IN, "hostNetwork": True}, "none", "none"),
    (
        "host network, and yet injected",
        {"annotations": STATUS, "containers": [web(), proxy()], "hostNetwork": True},
        "classic",
        "classic",
    ),
    (
        "host network, and an injected proxy without the status",
        {"containers": [web(), proxy()], "hostNetwork": True},
        "classic",
        "classic",
    ),
    ("injected proxy without the status, off", {"labels": OFF, "containers": [web(), proxy()]}, "none", "none"),
    (
        "injected proxy with the status, off",
        {"labels": OFF, "annotations": STATUS, "containers": [web(), proxy()]},
        "classic",
        "classic",
    ),
    ("host network: false", {"labels": IN, "hostNetwork": False}, "undecided", "classic"),
    ("injection disabled on the pod", {"labels": {**IN, "istio-injection": "disabled"}}, "undecided", "classic"),
    ("injection enabled on the pod", {"labels": {"istio-injection": "enabled"}}, "none", "classic"),
    ("ambient and a sidecar", {"labels": {**IN, **AMBIENT}}, "undecided", "classic"),
    ("ambient alone", {"labels": AMBIENT}, "none", "classic"),
    ("ambient, inject annotation", {"labels": AMBIENT, "annotations": IN}, "none", "classic"),
    ("ambient, config annotation", {"labels": AMBIENT, "annotations": config(drainDuration="9s")}, "none", "classic"),
    ("ambient, own istio-proxy", {"labels": AMBIENT, "containers": [web(), AUTO]}, "none", "classic"),
    ("host network, own istio-proxy", {"labels": IN, "containers": [web(), AUTO], "hostNetwork": True}, "none", "none"),
    (
        "host network, gateway template",
        {"labels": IN, "annotations": {TEMPLATES: "gateway"}, "containers": [AUTO], "hostNetwork": True},
        "none",
        "none",
    ),
    ("a system namespace", {"labels": IN, "namespace": "kube-system"}, "none", "none"),
    ("local-path-storage", {"labels": IN, "namespace": "local-path-storage"}, "none", "none"),
    ("like a system namespace", {"labels": IN, "namespace": "kube-systems"}, "undecided", "classic"),
    ("grpc-agent", {"labels": IN, "annotations": {TEMPLATES: "grpc-agent"}}, "none", "none"),
    ("grpc-agent among others", {"labels": IN, "annotations": {TEMPLATES: "custom, grpc-agent"}}, "none", "none"),
    ("grpc-simple", {"labels": IN, "annotations": {TEMPLATES: "grpc-simple"}}, "none", "none"),
    (
        "sidecar and grpc-simple",
        {"labels": IN, "annotations": {TEMPLATES: "sidecar,grpc-simple"}},
        "undecided",
        "classic",
    ),
    ("a template of one's own", {"labels": IN, "annotations": {TEMPLATES: "custom"}}, "undecided", "classic"),
    ("ztunnel", {"containers": [proxy("ztunnel")]}, "none", "none"),
    ("router", {"containers": [proxy("router")]}, "gateway", "gateway"),
    ("router, injection off", {"labels": OFF, "containers": [proxy("router")]}, "gateway", "gateway"),
    (
        "waypoint",
        {"labels": {"istio.io/dataplane-mode": "none"}, "containers": [proxy("waypoint")]},
        "gateway",
        "gateway",
    ),
    (
        "role in command",
        {"containers": [{"name": "istio-proxy", "command": ["pilot-agent", "proxy", "router"]}]},
        "gateway",
        "gateway",
    ),
    (
        "gateway template",
        {"labels": IN, "annotations": {TEMPLATES: "gateway"}, "containers": [AUTO]},
        "gateway",
        "gateway",
    ),
    ("gateway template, off", {"labels": OFF, "annotations": {TEMPLATES: "gateway"}}, "none", "none"),
    ("managed", {"labels": MANAGED, "containers": [proxy("router")]}, "gateway", "gateway"),
    ("managed, to be injected", {"labels": MANAGED, "containers": [AUTO]}, "gateway", "gateway"),
    ("managed by another data plane", {"labels": MANAGED}, "none", "classic"),
]


@pytest.mark.parametrize(("given", "wanted", "forced"), [row[1:] for row in MEMBERS], ids=[row[0] for row in MEMBERS])
def test_who_is_in_the_mesh(given: dict[str, Any], wanted: str, forced: str) -> None:
    for kind in ("Pod", "Deployment"):
        text = manifest(kind, **given)
        assert (mode(text), mode(text, sidecar="classic")) == (wanted, forced)
        assert mode(text, sidecar="native") == ("native" if forced == "classic" and wanted != "classic" else forced)
        assert mode(text, sidecar="none") == "none"


#: An istio-proxy of the manifest, and what it decides: injected or not, native or classic.
PROXIES: list[tuple[str, dict[str, Any], bool, str]] = [
    ("among the containers", {"containers": [web(), proxy()]}, True, "classic"),
    ("with a status", {"annotations": STATUS, "containers": [web(), proxy(None)]}, True, "classic"),
    ("restartable init container", {"initContainers": [proxy(restartPolicy="Always")]}, True, "native"),
    ("restartable, without arguments", {"initContainers": [proxy(None, restartPolicy="Always")]}, True, "native"),
    ("image: auto", {"containers": [web(), AUTO]}, False, "undecided"),
    ("image: auto with a status", {"annotations": STATUS, "containers": [web(), AUTO]}, False, "undecided"),
    ("restartable image: auto", {"initContainers": [{**AUTO, "restartPolicy": "Always"}]}, False, "undecided"),
    ("not restartable, no status", {"containers": [web(), {"name": "istio-proxy", "image": "x"}]}, False, "undecided"),
    ("init, not restartable, no status", {"initContainers": [{"name": "istio-proxy", "image": "x"}]}, False,
     "undecided"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "injected", "wanted"), [row[1:] for row in PROXIES], ids=[row[0] for row in PROXIES])
def test_an_injected_proxy_decides_and_a_customised_one_does_not(
    given: dict[str, Any], injected: bool, wanted: str
) -> None:
    text = manifest(**{"labels": IN, **given})
    assert (pod(text).injected, mode(text)) == (injected, wanted)
    for flag in ("native", "classic"):
        assert mode(text, sidecar=flag) == (wanted if injected else flag)
    for istio, kubernetes, by_version in (("1.26", "1.30", "classic"), ("1.31", "1.36", "native")):
        assert mode(text, istio=istio, kubernetes=kubernetes) == (wanted if injected else by_version)
    out = pod(text, sidecar="none")
    assert out.sidecar == "none" and out.proxy is None and not out.injected
    names = [one["name"] for one in given.get("containers", [web()])]
    names += [one["name"] for one in given.get("initContainers", []) if "restartPolicy" in one]
    assert sorted(timeline(out).containers) == sorted(names)


NATIVE = "sidecar.istio.io/nativeSidecar"
#: Annotation, Istio, Kubernetes, flag: the mode.
DECISIONS = [
    (None, None, None, "auto", "undecided"), (None, "1.27", None, "auto", "undecided"),
    (None, None, "1.33", "auto", "undecided"), (None, "1.26", None, "auto", "classic"),
    (None, None, "1.32", "auto", "classic"), (None, "1.26", "1.33", "auto", "classic"),
    (None, "1.27", "1.32", "auto", "classic"), (None, "1.27", "1.33", "auto", "native"),
    (None, "1.99", "1.99", "auto", "native"), ("true", None, None, "auto", "native"),
    ("false", None, None, "auto", "classic"), ("true", "1.24", None, "auto", "native"),
    ("true", "1.26", "1.30", "auto", "native"), ("false", "1.31", "1.36", "auto", "classic"),
    ("true", "1.23", None, "auto", "classic"), ("false", "1.23", "1.33", "auto", "classic"),
    ("True", "1.27", "1.33", "auto", "native"), ("yes", None, None, "auto", "native"), ("True", "1.26", None, "auto", "classic"),
    ("", "1.27", "1.33", "auto", "native"), ("", None, None, "auto", "undecided"), ("", "1.26", None, "auto", "classic"),

    ("true", "1.31", "1.36", "classic", "classic"), ("false", None, None, "native", "native"),
    ("true", None, None, "none", "none"), (None, "1.26", "1.30", "native", "native"),
    (None, "1.31", "1.36", "classic", "classic"),
]  # fmt: skip


@pytest.mark.parametrize(("annotation", "istio", "kubernetes", "flag", "wanted"), DECISIONS)
def test_native_or_classic(
    annotation: str | None, istio: str | None, kubernetes: str | None, flag: str, wanted: str
) -> None:
    text = manifest("Deployment", labels=IN, annotations={NATIVE: annotation} if annotation else {})
    assert mode(text, istio=istio, kubernetes=kubernetes, sidecar=flag) == wanted
    versions = {f"timing-rules/{key}": value for key, value in (("istio", istio), ("kubernetes", kubernetes)) if value}
    declared = manifest("Deployment", labels=IN, annotations={NATIVE: annotation} if annotation else {}, own=versions)
    assert mode(declared, sidecar=flag) == wanted


def native_env(value: Any, where: str) -> str:
    """Mesh configuration with `ENABLE_NATIVE_SIDECARS`."""
    env: Any = {"ENABLE_NATIVE_SIDECARS": value}
    listed = [{"name": "OTHER", "value": "x"}, {"name": "ENABLE_NATIVE_SIDECARS", "value": value}]
    spec: dict[str, Any] = {
        "values": {"values": {"pilot": {"env": env}}},
        "k8s": {"components": {"pilot": {"k8s": {"env": listed}}}},
        "both": {
            "components": {"pilot": {"k8s": {"env": listed}}},
            "values": {"pilot": {"env": {"ENABLE_NATIVE_SIDECARS": "auto"}}},
        },
    }
    if where in spec:
        return dump({"apiVersion": "install.istio.io/v1alpha1", "kind": "IstioOperator", "spec": spec[where]})
    return dump({"helm": {"pilot": {"env": env}}, "chart": {"env": env}, "spec": {"spec": spec["values"]}}[where])


@pytest.mark.parametrize("where", ["helm", "chart", "values", "k8s", "both", "spec"])
@pytest.mark.parametrize(
    ("value", "facts", "wanted"),
    [
        ("true", {}, "native"), ("false", {}, "classic"), ("auto", {}, "undecided"), (True, {}, "native"),
        (False, {}, "classic"), ("", {}, "undecided"), ("yes", {}, "classic"),
        ("true", {"istio": "1.19", "kubernetes": "1.28"}, "native"),
        ("true", {"istio": "1.18", "kubernetes": "1.28"}, "classic"),
        ("true", {"istio": "1.19", "kubernetes": "1.27"}, "native"),
        ("false", {"istio": "1.31", "kubernetes": "1.37"}, "classic"), ("true", {"sidecar": "classic"}, "classic"),
        ("auto", {"istio": "1.31", "kubernetes": "1.37"}, "native"), ("auto", {"istio": "1.26"}, "classic"),
        ("false", {"sidecar": "native"}, "native"),
    ],
)  # fmt: skip
def test_the_environment_of_istiod_beats_the_versions(
    value: Any, facts: dict[str, str], wanted: str, where: str
) -> None:
    text, mesh = manifest(labels=IN), native_env(value, where)
    assert mode(mesh + "---\n" + text, **facts) == wanted
    (given,) = load(mesh)
    assert mode(text, mesh=given, **facts) == wanted


def test_what_beats_the_environment_of_istiod() -> None:
    for value, other in (("true", "false"), ("false", "true")):
        (mesh,) = load(native_env(value, "helm"))
        wanted = "native" if other == "true" else "classic"
        asked = manifest(labels=IN, annotations={NATIVE: other})
        assert mode(asked, mesh=mesh) == mode(asked, mesh=mesh, istio="1.24") == wanted
        assert mode(asked, mesh=mesh, istio="1.23") != wanted  # Istio 1.23 does not read the annotation
    assert mode(manifest(labels=IN, annotations={NATIVE: "yes"}), mesh=mesh) == "native"
    (mesh,) = load(native_env("false", "helm"))
    assert mode(manifest(labels=IN, annotations={NATIVE: ""}), mesh=mesh) == "classic"
    (mesh,) = load(native_env("true", "helm"))
    assert mode(manifest(containers=[web(), proxy()]), mesh=mesh) == "classic"
    assert mode(manifest(labels=IN, hostNetwork=True), mesh=mesh) == "none"


def space(name: str, labels: dict[str, str]) -> str:
    return dump({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})


ENABLED, DISABLED = {"istio-injection": "enabled"}, {"istio-injection": "disabled"}
NEVER = {"neverInjectSelector": [{"matchLabels": {"app": "a"}}]}
NEVER_EXPRESSION = {
    "neverInjectSelector": [
        {"matchExpressions": [{"key": "app", "operator": "In", "values": ["c"]}]},
        {"matchExpressions": [{"key": "debug", "operator": "Exists"}]},
    ]
}


@pytest.mark.parametrize(
    ("labels", "name", "namespace", "own", "wanted"),
    [
        (ENABLED, "shop", "shop", {}, "undecided"), (ENABLED, "shop", None, {}, "none"),
        (ENABLED, "shop", "other", {}, "none"), (ENABLED, "default", None, {}, "undecided"),
        (ENABLED, "default", "default", {}, "undecided"), (ENABLED, "shop", "shop", OFF, "none"),
        ({"istio.io/rev": "stable"}, "shop", "shop", {}, "undecided"), (DISABLED, "shop", "shop", IN, "none"),
        (DISABLED, "shop", "other", IN, "undecided"), ({**DISABLED, "istio.io/rev": "x"}, "shop", "shop", {}, "none"),
        (AMBIENT, "shop", "shop", {}, "none"), (AMBIENT, "shop", "shop", IN, "undecided"),
        ({**AMBIENT, **ENABLED}, "shop", "shop", {}, "undecided"), ({"team": "a"}, "shop", "shop", IN, "undecided"),
        ({"istio-injection": "yes"}, "shop", "shop", IN, "none"), ({**ENABLED, "istio.io/rev": "x"}, "shop", "shop", {}, "undecided"),
        ({"team": "a"}, "shop", "shop", {}, "none"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("first", [True, False])
def test_the_namespace_of_the_same_input(
    labels: dict[str, str], name: str, namespace: str | None, own: dict, wanted: str, first: bool
) -> None:
    texts = [space(name, labels), manifest("Deployment", labels=own, namespace=namespace)]
    assert mode("---\n".join(texts if first else texts[::-1])) == wanted


#: Values of the injector, a pod, and its mode.
VALUES: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"compatibilityVersion": "1.26"}, {"labels": IN}, "classic"),
    ({"compatibilityVersion": "1.24"}, {"labels": IN}, "classic"),
    ({"compatibilityVersion": "1.27"}, {"labels": IN}, "undecided"),
    ({"compatibilityVersion": "new"}, {"labels": IN}, "undecided"),
    ({"compatibilityVersion": "1.26", "pilot": {"env": {"ENABLE_NATIVE_SIDECARS": "true"}}}, {"labels": IN}, "native"),
    ({"compatibilityVersion": "1.26"}, {"labels": IN, "annotations": {NATIVE: "true"}}, "native"),
    ({"global": {"proxy": {"autoInject": "disabled"}}}, {"labels": IN}, "undecided"),
    ({"global": {"proxy": {"autoInject": "disabled"}}}, {"labels": {"istio.io/rev": "x"}}, "none"),
    (
        {"global": {"proxy": {"autoInject": "disabled"}}},
        {"labels": {"istio.io/rev": "x"}, "annotations": IN},
        "undecided",
    ),
    ({"global": {"proxy": {"autoInject": "enabled"}}}, {"labels": {"istio.io/rev": "x"}}, "undecided"),
]


def never(operator: str, *values: str) -> dict[str, Any]:
    """Whom the injector leaves out, by the label `app`."""
    return {"neverInjectSelector": [{"matchExpressions": [{"key": "app", "operator": operator, "values": [*values]}]}]}


BY_DEFAULT = {"enableNamespacesByDefault": True}
#: What the webhook of the injector is told, a pod, the labels of its Namespace, and its mode.
WEBHOOK: list[tuple[dict[str, Any], dict[str, Any], dict[str, str] | None, str]] = [
    (BY_DEFAULT, {}, None, "undecided"), (BY_DEFAULT, {}, {}, "undecided"), ({}, {}, {}, "none"),
    (BY_DEFAULT, {}, DISABLED, "none"), (BY_DEFAULT, {"labels": {"sidecar.istio.io/inject": "yes"}}, {}, "none"),
    (BY_DEFAULT, {"labels": OFF}, {}, "none"), (BY_DEFAULT, {"annotations": OFF}, {}, "none"),
    (BY_DEFAULT, {"namespace": "kube-public"}, None, "none"), (BY_DEFAULT, {"hostNetwork": True}, {}, "none"),
    (NEVER, {"labels": {"app": "a"}}, ENABLED, "none"), (NEVER, {"labels": {"app": "b"}}, ENABLED, "undecided"),
    (NEVER, {"labels": {"app": "a", **IN}}, ENABLED, "undecided"),
    (NEVER, {"labels": {"app": "a"}, "annotations": IN}, ENABLED, "undecided"),
    (NEVER_EXPRESSION, {"labels": {"app": "c"}}, ENABLED, "none"), (NEVER_EXPRESSION, {}, ENABLED, "undecided"),
    (NEVER_EXPRESSION, {"labels": {"app": "d", "debug": ""}}, ENABLED, "none"),
    (never("Gt", "c"), {"labels": {"app": "d"}}, ENABLED, "undecided"),  # no operator of selectors: never matches
    (never("NotIn"), {"labels": {"app": "d"}}, ENABLED, "undecided"), (never("In"), {}, ENABLED, "undecided"),
    (never("Exists", "c"), {"labels": {"app": "c"}}, ENABLED, "undecided"),
    (never("DoesNotExist"), {"labels": {"app": "c"}}, ENABLED, "undecided"), (never("DoesNotExist"), {}, ENABLED, "none"),
    ({"neverInjectSelector": [{"matchLabels": {"app": "a"}, "matchExpressions": [{"key": "b", "operator": "Exists"}]}]},
     {"labels": {"app": "a"}}, ENABLED, "undecided"),
    ({"neverInjectSelector": [{}]}, {}, ENABLED, "undecided"),
    ({**NEVER, "alwaysInjectSelector": [{"matchLabels": {"app": "a"}}]}, {"labels": {"app": "a"}}, ENABLED, "none"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "given", "wanted"), VALUES)
def test_values_that_decide(values: dict[str, Any], given: dict[str, Any], wanted: str) -> None:
    (mesh,) = load(dump(values))
    assert mode(manifest(**given), mesh=mesh) == wanted
    operator = {"apiVersion": "install.istio.io/v1alpha1", "kind": "IstioOperator", "spec": {"values": values}}
    assert mode(dump(operator) + "---\n" + manifest(**given)) == wanted


@pytest.mark.parametrize(("webhook", "given", "labels", "wanted"), WEBHOOK)
def test_whom_the_webhook_injects(
    webhook: dict[str, Any], given: dict[str, Any], labels: dict[str, str] | None, wanted: str
) -> None:
    (mesh,) = load(dump({"sidecarInjectorWebhook": {"rewriteAppHTTPProbe": True, **webhook}}))
    text = manifest("Deployment", **{"namespace": "shop", **given})
    if labels is not None:
        text += "---\n" + space(given.get("namespace", "shop"), labels)
    assert mode(text, mesh=mesh) == wanted


def test_a_selector_that_matches_injects_where_the_policy_is_off() -> None:
    webhook = {"alwaysInjectSelector": [{"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["a"]}]}]}
    (mesh,) = load(dump({"sidecarInjectorWebhook": webhook, "global": {"proxy": {"autoInject": "disabled"}}}))
    for app, wanted in (("a", "none"), ("b", "undecided")):
        text = manifest(labels={"app": app}, namespace="shop") + "---\n" + space("shop", ENABLED)
        assert mode(text, mesh=mesh) == wanted


def test_what_is_already_injected_stays_injected() -> None:
    """`sidecar.istio.io/status` is a fact; labels that would keep Istio out now came later."""
    for labels in (OFF, AMBIENT, DISABLED):
        assert mode(manifest(labels=labels, annotations=STATUS, containers=[web(), proxy()])) == "classic"


def test_an_injected_proxy_stops_last_and_comes_before_the_pods_own_init_containers() -> None:
    sidecars = [{"name": "logs", "restartPolicy": "Always"}, {"name": "setup"}]
    text = manifest(
        labels=IN,
        initContainers=sidecars,
        annotations={"timing-rules/app-shutdown": "1s", "timing-rules/app-shutdown.logs": "2s"},
    )
    line = timeline(pod(text, sidecar="native"))
    assert set(line.containers) == {"web", "logs", "istio-proxy"}
    assert [line.containers[name].sigterm for name in ("web", "logs", "istio-proxy")] == [0, 1, 3]
    after = manifest(
        initContainers=[*sidecars, proxy(restartPolicy="Always")],
        annotations={"timing-rules/app-shutdown.logs": "2s", "timing-rules/app-shutdown": "1s"},
    )
    line = timeline(pod(after))
    assert [line.containers[name].sigterm for name in ("istio-proxy", "logs")] == [1, 6]


# While nothing decides.


def test_both_ways_what_is_true_of_one_mode_is_info_and_names_it() -> None:
    text = manifest(labels=IN, annotations=config(terminationDrainDuration="40s"))
    found = {one.rule: one for one in findings(text)}
    assert {f"{one.rule} {one.severity}" for one in found.values()} == {"PT202 info", "PT207 info"}
    assert found["PT202"].message.en.startswith("if the sidecar is classic: ") and found["PT202"].message.ko.startswith(
        "사이드카가 클래식이면"
    )
    assert found["PT207"].message.en.startswith("if the sidecar is native: ") and found["PT207"].message.ko.startswith(
        "사이드카가 네이티브이면"
    )
    assert rules(text, sidecar="classic") == {"PT202 warning"} and rules(text, sidecar="native") == {"PT207 info"}


def test_both_ways_what_is_true_of_both_is_reported_once_as_it_is() -> None:
    text = manifest(labels=IN, annotations=config(terminationDrainDuration=35), containers=[web(**sleeps(30))])
    for flag in ("auto", "classic", "native"):
        assert {"PT208 error", "PT101 error"} <= rules(text, sidecar=flag)
    assert [one.rule for one in findings(text)].count("PT208") == 1


def test_an_undecided_timeline_shows_the_newest_versions_and_says_so() -> None:
    line = timeline(pod(manifest(labels=IN)))
    assert (line.sidecar, str(line.istio), str(line.kubernetes)) == ("native", "1.31", "1.37")
    assert line.assumed == ("sidecar", "istio", "kubernetes")
    assert timeline(pod(manifest(labels=IN), istio="1.31", kubernetes="1.36")).assumed == ()
    assert timeline(pod(manifest(labels=IN), sidecar="classic", kubernetes="1.30")).assumed == ("istio",)
    assert timeline(pod(manifest())).assumed == ("kubernetes",)
    assert timeline(pod(manifest(), kubernetes="1.27")).containers["web"].sigkill == 30


def test_every_pod_of_an_input_is_judged_on_its_own() -> None:
    text = "---\n".join([manifest(labels=IN), manifest(), manifest("Job", containers=[web(), proxy()])])
    assert [one.sidecar for one in pods(text)] == [None, "none", "classic"]
