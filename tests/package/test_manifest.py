"""What is read: every kind with a pod template, Lists, JSON, mesh configuration and fragments; and where it stands."""

from __future__ import annotations

import json
from textwrap import indent
from typing import Any

import pytest
import yaml
from timing_rules import Assumptions, MeshConfig, Pod, check, load, timeline
from timing_rules.manifest.read import read

from tests.package.inputs import CONFIG, IN, config, dump, errors, findings, manifest, pod, pods, rules, sleeps, web

TEMPLATE = {
    "metadata": {"labels": {"app": "web"}},
    "spec": {"terminationGracePeriodSeconds": 33, "containers": [web(**sleeps(33))]},
}
KINDS = [
    ("apps/v1", "Deployment"), ("apps/v1", "StatefulSet"), ("apps/v1", "DaemonSet"), ("apps/v1", "ReplicaSet"),
    ("batch/v1", "Job"), ("argoproj.io/v1alpha1", "Rollout"), ("serving.knative.dev/v1", "Service"),
    ("v1", "ReplicationController"), ("extensions/v1beta1", "Deployment"),
]  # fmt: skip


def workload(api: str, kind: str, template: Any = None) -> dict[str, Any]:
    inner = {"template": TEMPLATE if template is None else template}
    if kind == "CronJob":
        inner = {"jobTemplate": {"spec": inner}}
    return {"apiVersion": api, "kind": kind, "metadata": {"name": "w", "namespace": "n"}, "spec": inner}


@pytest.mark.parametrize(("api", "kind"), [*KINDS, ("batch/v1", "CronJob")])
def test_every_kind_with_a_pod_template(api: str, kind: str) -> None:
    (found,) = load(dump(workload(api, kind)), source="w.yaml")
    assert isinstance(found, Pod)
    assert (found.kind, found.name, found.namespace, found.grace, found.source) == (kind, "w", "n", 33, "w.yaml")
    rule = "PT111" if "knative" in api else "PT101"  # Knative refuses a hook
    finding = next(one for one in check(found) if one.rule == rule and one.container)
    path = "spec.jobTemplate.spec.template.spec" if kind == "CronJob" else "spec.template.spec"
    assert (
        f"{path}.containers[0].lifecycle.preStop".startswith(finding.path)
        and finding.container == "web"
        and finding.kind == kind
    )


def test_pods_and_pod_templates() -> None:
    assert pod(dump({"apiVersion": "v1", "kind": "Pod", **TEMPLATE})).grace == 33
    assert (
        pod(dump({"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": "t"}, "template": TEMPLATE})).grace
        == 33
    )


def test_knative_takes_its_request_timeout_for_the_grace_period() -> None:
    def grace(**spec: Any) -> int:
        template = {"spec": {"containers": [web()], **spec}}
        return pod(dump(workload("serving.knative.dev/v1", "Service", template))).grace

    assert (grace(), grace(timeoutSeconds=60), grace(terminationGracePeriodSeconds=33)) == (300, 60, 33)


@pytest.mark.parametrize(
    ("api", "kind"),
    [
        ("v1", "Secret"),
        ("networking.istio.io/v1", "VirtualService"),
        ("v1", "ConfigMap"),
    ],
)
def test_other_kinds_are_passed_over_and_counted(api: str, kind: str) -> None:
    text = dump({"apiVersion": api, "kind": kind, "metadata": {"name": "x"}, "data": {"a": "b"}})
    reading = read([("a", text), ("b", text + "---\n" + manifest())], Assumptions())
    assert (reading.errors, dict(reading.passed_over), len(reading.items)) == ([], {kind: 2}, 1)


def test_a_rollout_that_borrows_a_template_is_passed_over() -> None:
    text = dump(
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Rollout",
            "metadata": {"name": "r"},
            "spec": {"workloadRef": {"kind": "Deployment"}},
        }
    )
    assert load(text) == []


LISTED = [workload("apps/v1", "Deployment"), {"apiVersion": "v1", "kind": "Secret"}, workload("batch/v1", "CronJob")]


@pytest.mark.parametrize("kind", ["List", "PodList", "DeploymentList"])
@pytest.mark.parametrize(
    "write",
    [lambda item: dump(item), lambda item: json.dumps(item), lambda item: json.dumps(item, indent=4)],
    ids=["yaml", "json", "json-4"],
)
def test_lists_are_read_item_by_item(kind: str, write: Any) -> None:
    text = write({"apiVersion": "v1", "kind": kind, "items": LISTED, "metadata": {"resourceVersion": ""}})
    found = pods(text)
    assert [one.kind for one in found] == ["Deployment", "CronJob"]
    for one in found:
        (line,) = [finding.line for finding in check(one) if finding.rule == "PT101"]
        assert "preStop" in text.split("\n")[line - 1]
    broken = write({"apiVersion": "v1", "kind": kind, "items": [workload("apps/v1", "Deployment", "no"), *LISTED]})
    assert len(errors(broken)) == 1
    assert len(load_what_is_left(broken)) == 2


def load_what_is_left(text: str) -> list[Any]:
    return read([("-", text)], Assumptions()).items


def test_several_json_objects_one_after_another() -> None:
    one = json.dumps(workload("apps/v1", "Deployment"))
    for between in ("\n", "\n---\n", ""):
        assert len(pods(one + between + one)) == 2


def test_an_empty_list_and_an_empty_mapping_are_no_error() -> None:
    for text in ("[]", "{}", "apiVersion: v1\nkind: List\nitems: []\n", "null\n"):
        assert load(text) == []


# Fragments that people paste. A finding in each proves that it was read.

SPEC = """\
terminationGracePeriodSeconds: 33
containers:
- name: web
  image: web:1
  lifecycle: {preStop: {sleep: {seconds: 33}}}
"""
LIFECYCLE = "preStop:\n  sleep:\n    seconds: 30\n"
SETTINGS = "terminationDrainDuration: 35\n"
PROXY_HOOK = """\
containers:
- name: istio-proxy
  lifecycle:
    preStop:
      exec: {command: [curl, -XPOST, "localhost:15000/drain_listeners"]}
"""


def under(text: str, *keys: str) -> str:
    """A YAML text, indented under keys; a key that ends in `|` begins a block."""
    for key in reversed(keys):
        head = key[:-1] + ": |\n" if key.endswith("|") else key + ":\n"
        text = head + indent(text, "  ")
    return text


ANNOTATION = "proxy.istio.io/config|"
FRAGMENTS = [
    ("spec of a pod", under(SPEC, "spec"), "PT101", 6), ("its body", SPEC, "PT101", 5),
    ("spec of a workload", under(SPEC, "spec", "template", "spec"), "PT101", 8),
    ("spec of a CronJob", under(SPEC, "spec", "jobTemplate", "spec", "template", "spec"), "PT101", 10),
    ("template", under(SPEC, "template", "spec"), "PT101", 7),
    ("template, metadata only", under(SETTINGS, "template", "metadata", "annotations", ANNOTATION), "PT208", 5),
    ("workload, metadata only", under(SETTINGS, "spec", "template", "metadata", "annotations", ANNOTATION), "PT208", 6),
    ("containers", SPEC.partition("\n")[2].replace("33", "30"), "PT101", 4),
    ("list of containers", SPEC.split("\n", 2)[2].replace("33", "30"), "PT101", 3),
    ("list of containers without an image", "- name: web\n" + indent(under(LIFECYCLE, "lifecycle"), "  "), "PT101", 3),
    ("one container", "name: web\nimage: web:1\n" + under(LIFECYCLE, "lifecycle"), "PT101", 4),
    ("lifecycle", under(LIFECYCLE, "lifecycle"), "PT101", 2), ("preStop", LIFECYCLE, "PT101", 1),
    ("annotations", under(SETTINGS, "annotations", ANNOTATION), "PT208", 3),
    ("metadata", under(SETTINGS, "metadata", "annotations", ANNOTATION), "PT208", 4),
    ("podAnnotations", under(SETTINGS, "podAnnotations", ANNOTATION), "PT208", 3),
    ("bare annotation", under(SETTINGS, ANNOTATION), "PT208", 2),
    ("bare annotation without |", under(SETTINGS, ANNOTATION[:-1]), "PT208", 2),
    ("body of the annotation", SETTINGS, "PT208", 1),
    ("its proxyMetadata", "proxyMetadata:\n  EXIT_ON_ZERO_ACTIVE_CONNECTIONS: true\n", "PT211", 2),
    ("podAnnotations beside a grace period",
     "terminationGracePeriodSeconds: 60\n" + under(SETTINGS, "podAnnotations", ANNOTATION), "PT208", 4),
    ("podAnnotations beside a lifecycle",
     under(LIFECYCLE, "lifecycle") + under(SETTINGS, "podAnnotations", ANNOTATION), "PT208", 7),
    ("spec of an IstioOperator", under(SETTINGS, "spec", "meshConfig", "defaultConfig"), "PT208", 4),
    ("spec of an IstioOperator, values only", under(SETTINGS, "spec", "values", "meshConfig", "defaultConfig"), "PT208", 5),
    ("meshConfig", under(SETTINGS, "meshConfig", "defaultConfig"), "PT208", 3),
    ("body of meshConfig", under(SETTINGS, "defaultConfig"), "PT208", 2),
    ("ConfigMap without a head", under(SETTINGS, "data", "mesh|", "defaultConfig"), "PT208", 4),
    ("injector template", "metadata:\n  annotations: {}\n" + under(PROXY_HOOK, "spec"), "PT216", 8),
    ("native injector template", under(PROXY_HOOK.replace("containers", "initContainers"), "spec"), "PT216", 6),
]  # fmt: skip


@pytest.mark.parametrize(("text", "rule", "line"), [row[1:] for row in FRAGMENTS], ids=[row[0] for row in FRAGMENTS])
def test_fragments(text: str, rule: str, line: int) -> None:
    assert [one.line for one in findings(text) if one.rule == rule] == [line]
    later = "# pasted\n\n---\n" + text
    assert [one.line for one in findings(later) if one.rule == rule] == [line + 3]


@pytest.mark.parametrize("keys", [("templates", "custom|"), ("sidecarInjectorWebhook", "templates", "custom|")])
def test_injector_templates_where_they_live(keys: tuple[str, ...]) -> None:
    assert "PT216 warning" in rules(under(PROXY_HOOK, *keys, "spec"))


# Mesh configuration in all its forms.

MESH = {
    "accessLogEncoding": "json",
    "defaultConfig": {"terminationDrainDuration": 35, "proxyMetadata": {"MINIMUM_DRAIN_DURATION": "10"}},
}
OPERATOR = {"apiVersion": "install.istio.io/v1alpha1", "kind": "IstioOperator", "metadata": {"name": "i"}}
FORMS = [
    ("IstioOperator", {**OPERATOR, "spec": {"meshConfig": MESH}}, "spec.meshConfig."),
    ("its values", {**OPERATOR, "spec": {"values": {"meshConfig": MESH}}}, "spec.values.meshConfig."),
    ("Helm values", {"pilot": {"env": {}}, "meshConfig": MESH}, "meshConfig."),
    ("ConfigMap",
     {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "istio"}, "data": {"mesh": yaml.safe_dump(MESH)}},
     "data.mesh."),
    ("ConfigMap of a revision",
     {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "i"}, "data": {"mesh": yaml.safe_dump(MESH)}},
     "data.mesh."),
    ("ConfigMap without a name", {"kind": "ConfigMap", "data": {"mesh": yaml.safe_dump(MESH)}}, "data.mesh."),
    ("Istio", {"apiVersion": "sailoperator.io/v1", "kind": "Istio", "spec": {"values": {"meshConfig": MESH}}},
     "spec.values.meshConfig."),
]  # fmt: skip


@pytest.mark.parametrize(("document", "prefix"), [row[1:] for row in FORMS], ids=[row[0] for row in FORMS])
def test_mesh_configuration_in_every_form(document: dict[str, Any], prefix: str) -> None:
    for text in (dump(document), json.dumps(document)):
        (item,) = load(text)
        assert isinstance(item, MeshConfig)
        assert {one.path for one in check(item) if one.rule == "PT208"} == {
            prefix + "accessLogEncoding",
            prefix + "defaultConfig.terminationDrainDuration",
        }
        assert rules(text) == {"PT208 error", "PT209 error"}  # what is refused whole is judged no further


def test_annotations_of_an_operators_components() -> None:
    gateway = {"name": "g", "k8s": {"podAnnotations": {"proxy.istio.io/config": "terminationDrainDuration: 35\n"}}}
    for components in ({"ingressGateways": [{"name": "other"}, gateway]}, {"pilot": gateway}):
        (found,) = findings(dump({**OPERATOR, "spec": {"components": components}}))
        assert (
            found.rule == "PT208" and "k8s.podAnnotations.proxy.istio.io/config.terminationDrainDuration" in found.path
        )


IGNORED = "proxyMetadata: {EXIT_ON_ZERO_ACTIVE_CONNECTIONS: 'true'}\nterminationDrainDuration: 5s\n"
UNREAD = "proxyMetadata: {MINIMUM_DRAIN_DURATION: 9s}\n"


@pytest.mark.parametrize(
    ("annotations", "mesh", "wanted"),
    [
        # istioctl renders these gateways, nothing injects them: the variables in the annotation are not read
        ({"proxy.istio.io/config": IGNORED}, {}, {"PT210 warning"}),
        ({"proxy.istio.io/config": UNREAD}, {}, {"PT210 warning"}),
        ({"sidecar.istio.io/native-side": "true", "sidecar.istio.io/inject": "true"}, {}, {"PT217 warning"}),
        ({"proxy.istio.io/config": "terminationDrainDuration: 5s\n"}, {}, set()),
        # the mesh's own settings stand below the annotation
        ({"proxy.istio.io/config": UNREAD}, {"EXIT_ON_ZERO_ACTIVE_CONNECTIONS": "true"}, {"PT210 warning"}),
        ({"proxy.istio.io/config": "terminationDrainDuration: 5s\n"}, {"EXIT_ON_ZERO_ACTIVE_CONNECTIONS": "true"},
         {"PT204 info"}),
        ({"proxy.istio.io/config": "proxyMetadata: {EXIT_ON_ZERO_ACTIVE_CONNECTIONS: 'false'}\n"},
         {"EXIT_ON_ZERO_ACTIVE_CONNECTIONS": "true"}, {"PT210 warning"}),
        ({"sidecar.istio.io/inject": "true"}, {"MINIMUM_DRAIN_DURATION": "9s"}, {"PT205 info"}),
    ],
)  # fmt: skip
def test_annotations_that_mesh_configuration_gives_to_pods_are_judged(
    annotations: dict[str, str], mesh: dict[str, str], wanted: set[str]
) -> None:
    gateway = {"name": "g", "k8s": {"podAnnotations": annotations}}
    values = {"gateways": {"istio-ingressgateway": {"podAnnotations": annotations}, "securityContext": None}}
    for place, spec in (
        ("spec.components.ingressGateways[1].k8s.podAnnotations", {"components": {"ingressGateways": [{}, gateway]}}),
        ("spec.values.gateways.istio-ingressgateway.podAnnotations", {"values": values}),
    ):
        text = dump({**OPERATOR, "spec": {"meshConfig": {"defaultConfig": {"proxyMetadata": mesh}}, **spec}})
        found = findings(text)
        assert {f"{one.rule} {one.severity}" for one in found} == wanted
        for one in found if wanted != {"PT205 info"} else ():
            assert one.path.startswith(f"{place}.") and one.path.split(".")[-1] in text.split("\n")[one.line - 1]


LATE = {"preStop": {"sleep": {"seconds": 20}}}


def test_values_of_the_gateway_chart_are_read_as_a_gateway() -> None:
    """Istio's annotations and no image: the chart names istio-proxy and the template; otherwise it is an app."""
    values = {
        "terminationGracePeriodSeconds": 60,
        "lifecycle": LATE,
        "podAnnotations": config(terminationDrainDuration="9s"),
    }
    found = pod(dump(values))
    assert (found.sidecar, found.grace, found.settings.terminationDrainDuration) == ("gateway", 60, 9)
    line = timeline(found)
    assert list(line.containers) == ["istio-proxy"] and line.proxy is not None and line.proxy.envoy_killed == 29
    assert rules(dump(values)) == rules(dump(values), istio="1.26") == set()
    app = pod(dump({**values, "image": "web:1"}), sidecar="classic")
    assert [one.name for one in app.containers] == ["container"] and app.settings.terminationDrainDuration == 9
    assert "PT201 error" in rules(dump({**values, "image": "web:1"}), sidecar="classic")
    other = pod(dump({**values, "podAnnotations": {"prometheus.io/scrape": "true", "timing-rules/app-shutdown": "3s"}}))
    assert (other.sidecar, other.containers[0].shutdown) == ("none", 3)


@pytest.mark.parametrize(
    "text",
    [
        "initContainers: {additional: []}\n", "containers: {web: {image: x}}\n", "containers: [web, db]\n",
        'lifecycle: {preStop: "sleep 5"}\n', "lifecycle: sleep 5\n", "preStop: sleep 5\n",
        'terminationGracePeriodSeconds: ""\n', "initContainers: {a: 1}\nterminationGracePeriodSeconds: 30\n",
        "global: {proxy: 'http://proxy:3128'}\n", "spec: {values: x}\n",
    ],
)  # fmt: skip
def test_other_helm_values_are_passed_over_and_counted(text: str) -> None:
    reading = read([("values.yaml", text)], Assumptions())
    assert (reading.errors, reading.items, dict(reading.passed_over)) == ([], [], {"?": 1})
    for head in ("kind: Pod\n", "apiVersion: v1\nkind: Pod\n"):
        if "ontainers" in text:
            (error,) = errors(head + under(text, "spec"))
            assert "ontainers" in error.sentence.en


def test_other_config_maps_are_none_of_its_business() -> None:
    assert (
        load(
            dump(
                {
                    "apiVersion": "v1",
                    "kind": "ConfigMap",
                    "metadata": {"name": "app"},
                    "data": {"config.yaml": "terminationDrainDuration: 35"},
                }
            )
        )
        == []
    )


# Places.

PLACED = """\
# first
---
apiVersion: v1
kind: Pod
metadata:
  name: one
  annotations: {"proxy.istio.io/config": '{terminationDrainDuration: 35}'}
spec: {containers: [{name: web}]}
---
# second
apiVersion: apps/v1
kind: Deployment
metadata: {name: two}
spec:
  template:
    metadata:
      annotations:
        proxy.istio.io/config: |
          # a comment

          terminationDrainDuration: 35  # seconds
          proxyMetadata:
            MINIMUM_DRAIN_DURATION: '10'
    spec:
      terminationGracePeriodSeconds: 30
      initContainers:
      - {name: setup}
      containers:
      - name: other
      - name: web
        lifecycle:
          preStop:
            sleep: {seconds: 31}
"""
AT = "metadata.annotations.proxy.istio.io/config."
WHERE = [
    (1, 7, "PT208", AT + "terminationDrainDuration", "istio-proxy"),
    (2, 21, "PT208", AT + "terminationDrainDuration", "istio-proxy"),
    (2, 23, "PT209", AT + "proxyMetadata.MINIMUM_DRAIN_DURATION", "istio-proxy"),
    (2, 33, "PT107", "spec.template.spec.containers[1].lifecycle.preStop.sleep.seconds", "web"),
]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_file_document_line_path_and_container(start: str, end: str) -> None:
    items = load(
        start + PLACED.replace("\n", end),
        source="dir/a.yaml",
        assumptions=Assumptions(sidecar="classic", app_shutdown=1.0),
    )
    found = [one for item in items for one in check(item)]
    assert [(one.document, one.line, one.rule, one.path, one.container) for one in found] == WHERE
    assert {one.source for one in found} == {"dir/a.yaml"}
    assert [(item.document, item.line) for item in items] == [(1, 3), (2, 11)]


def test_lines_of_json() -> None:
    text = json.dumps(
        yaml.safe_load(
            manifest(labels=IN, annotations=config(terminationDrainDuration=35), containers=[web(**sleeps(31))])
        ),
        indent=1,
    )
    lines = text.split("\n")
    by_rule = {one.rule: lines[one.line - 1] for one in findings(text)}
    assert "proxy.istio.io/config" in by_rule["PT208"] and '"seconds": 31' in by_rule["PT107"]


def test_a_finding_about_another_document_names_that_document() -> None:
    env = {"EXIT_ON_ZERO_ACTIVE_CONNECTIONS": "true"}
    spec = {"selector": {"matchLabels": {"app": "p"}}, "environmentVariables": env}
    resource = {"kind": "ProxyConfig", "metadata": {"name": "c", "namespace": "n"}, "spec": spec}
    text = manifest(
        labels={"app": "p"},
        namespace="n",
        annotations={"timing-rules/connections-idle-after": "never", **IN},
    )
    (found,) = [one for one in findings(text + "---\n" + dump(resource), sidecar="classic") if one.rule == "PT219"]
    line = (text + "---\n" + dump(resource)).split("\n")[found.line - 1]
    assert ("EXIT_ON_ZERO" in line) == (found.document == 2)


@pytest.mark.parametrize(
    ("text", "grace"), [("60.0", 60), ("0x3c", 60), ("6e1", 60), ("1.5e1", 15), ("08", 8), ("0o17", 15)]
)
def test_a_whole_number_is_one_however_yaml_writes_it(text: str, grace: int) -> None:
    given = manifest().replace("spec:", f"spec:\n  terminationGracePeriodSeconds: {text}", 1)
    assert pod(given).grace == grace


@pytest.mark.parametrize("text", ["60.5", '"60"', ".inf", "true"])
def test_other_values_are_refused_as_they_are_written(text: str) -> None:
    (error,) = errors(manifest().replace("spec:", f"spec:\n  terminationGracePeriodSeconds: {text}", 1))
    assert error.sentence.en.endswith(f"must be a whole number (64 bits) without quotes, not {text}")


def test_a_variable_of_the_proxy_in_the_env_of_an_app_is_told_with_where_it_belongs() -> None:
    variable = {"name": "MINIMUM_DRAIN_DURATION", "value": "10s"}
    text = manifest(labels=IN, containers=[web(env=[{"name": "PORT", "value": "80"}, variable])])
    (finding,) = (finding for finding in findings(text) if finding.rule == "PT210")
    assert finding.line == text[: text.index(variable["name"])].count("\n") + 1
    assert finding.message.en == (
        "MINIMUM_DRAIN_DURATION has no effect here; it belongs in istio-proxy, through proxyMetadata"
    )
    assert "PT210 warning" not in rules(manifest(containers=[web(env=[variable])]))


def test_the_config_of_a_proxy_is_a_text_in_a_manifest() -> None:
    text = manifest("Deployment", labels=IN, annotations={CONFIG: {"drainDuration": "5s"}})
    (error,) = errors(text)
    assert error.sentence.en == f"annotations.{CONFIG} must be a string (in quotes), not a mapping"
    assert CONFIG in text.splitlines()[error.line - 2]


def test_json_is_searched_for_fields_out_of_place() -> None:
    spec = {
        "strategy": {"rollingUpdate": {"terminationGracePeriodSeconds": 60}},
        "template": {"spec": {"containers": [web()]}},
    }
    text = json.dumps(
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": spec}, indent=1
    )
    (finding,) = findings(text, app_shutdown=1.0)
    assert (finding.rule, finding.path) == ("PT111", "spec.strategy.rollingUpdate.terminationGracePeriodSeconds")
    assert "terminationGracePeriodSeconds" in text.splitlines()[finding.line - 1]


def test_a_parameter_within_a_word_is_filled_in() -> None:
    spec = {"terminationGracePeriodSeconds": "${{G}}", "containers": [{"name": "web", "image": "registry/${REPO}:1"}]}
    body = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "${REPO}-web"},
        "spec": {"template": {"spec": spec}},
    }
    parameters = [{"name": "REPO", "value": "shop"}, {"name": "G", "value": "5"}]
    template = {
        "apiVersion": "template.openshift.io/v1",
        "kind": "Template",
        "parameters": parameters,
        "objects": [body],
    }
    (item,) = pods(dump(template))
    assert (item.name, item.grace, item.containers[0].image) == ("shop-web", 5, "registry/shop:1")


def test_json_that_is_too_deep_is_refused_at_its_line() -> None:
    (error,) = errors('{"apiVersion": "v1",\n"kind": "Pod",\n  "spec": {"x": ' + "[" * 120 + "]" * 120 + "}}")
    assert error.sentence.en == "values are nested more than 100 levels deep" and error.line == 3
