"""Which objects hold pods, and where: known kinds by their paths, unknown ones by their shape, and what only looks so."""

from __future__ import annotations

from typing import Any

import pytest
from timing_rules import Assumptions, Pod, load
from timing_rules.manifest.read import read
from timing_rules.manifest.resources import Reading

from tests.package.inputs import IN, dump, findings, manifest, pod, pods, run, runs, sleeps, web

TEMPLATE: dict[str, Any] = {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [web(**sleeps(20))]}}
SPEC = TEMPLATE["spec"]


def custom(api: str, kind: str, path: str, holds: Any = TEMPLATE) -> dict[str, Any]:
    """An object that holds something at a dotted path, where `[]` stands for a list of two."""
    body = holds
    for key in reversed(path.split(".")):
        body = {key.removesuffix("[]"): [body, body]} if key.endswith("[]") else {key: body}
    return {"apiVersion": api, "kind": kind, "metadata": {"name": "x"}, **body}


def reading_of(*documents: Any) -> Reading:
    return read([("x.yaml", dump(*documents))], Assumptions())


KNOWN = [
    ("apps.kruise.io/v1alpha1", "CloneSet", "spec.template", False),
    ("apps.kruise.io/v1beta1", "StatefulSet", "spec.template", False),
    ("apps.kruise.io/v1alpha1", "DaemonSet", "spec.template", False),
    ("apps.kruise.io/v1alpha1", "UnitedDeployment", "spec.template.statefulSetTemplate.spec.template", False),
    ("keda.sh/v1alpha1", "ScaledJob", "spec.jobTargetRef.template", True),
    ("batch.volcano.sh/v1alpha1", "Job", "spec.tasks[].template", True),
    ("argoproj.io/v1alpha1", "AnalysisTemplate", "spec.metrics[].provider.job.spec.template", True),
    ("elasticsearch.k8s.elastic.co/v1", "Elasticsearch", "spec.nodeSets[].podTemplate", False),
    ("kibana.k8s.elastic.co/v1", "Kibana", "spec.podTemplate", False),
    ("beat.k8s.elastic.co/v1beta1", "Beat", "spec.daemonSet.podTemplate", False),
    ("rabbitmq.com/v1beta1", "RabbitmqCluster", "spec.override.statefulSet.spec.template", False),
    ("ray.io/v1", "RayCluster", "spec.headGroupSpec.template", False),
    ("ray.io/v1", "RayCluster", "spec.workerGroupSpecs[].template", False),
    ("ray.io/v1", "RayService", "spec.rayClusterConfig.headGroupSpec.template", False),
    ("ray.io/v1", "RayJob", "spec.rayClusterSpec.workerGroupSpecs[].template", False),
    ("sparkoperator.k8s.io/v1beta2", "SparkApplication", "spec.driver.template", True),
    ("jobset.x-k8s.io/v1alpha2", "JobSet", "spec.replicatedJobs[].template.spec.template", True),
    ("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", "spec.leaderWorkerTemplate.workerTemplate", False),
    ("operators.coreos.com/v1alpha1", "ClusterServiceVersion", "spec.install.spec.deployments[].spec.template", False),
    ("example.com/v1", "Deployment", "spec.template", False),
    ("example.com/v1", "Thing", "spec.deeply[].podTemplate", False),
    ("example.com/v1", "Thing", "spec.workerPodTemplateSpec", False),
    ("machinelearning.seldon.io/v1", "SeldonDeployment", "spec.predictors[].componentSpecs", False),
    ("kubeflow.org/v1", "PyTorchJob", "spec.pytorchReplicaSpecs.Master.template", True),
]  # fmt: skip


@pytest.mark.parametrize(("api", "kind", "path", "completes"), KNOWN, ids=[f"{row[1]}-{row[2]}" for row in KNOWN])
def test_a_pod_template_is_read_wherever_its_kind_holds_it(api: str, kind: str, path: str, completes: bool) -> None:
    reading = reading_of(custom(api, kind, path))
    places = [path.replace("[]", f"[{i}]") for i in range(2)] if "[]" in path else [path]
    names = [f"x ({place})" for place in places] if len(places) > 1 else ["x"]
    items = [item for item in reading.items if isinstance(item, Pod)]
    assert [(item.kind, item.name, item.path) for item in items] == [
        (kind, name, f"{place}.spec") for name, place in zip(names, places, strict=True)
    ]
    assert all(item.is_job is completes for item in items) and not reading.errors and not reading.passed_over
    (note,) = reading.notes
    assert (note.source, note.line, note.text.en) == (
        "x.yaml", 1, f"{kind}: judged by the pod template in it, which its controller may change",
    )  # fmt: skip
    assert note.text.ko == f"{kind}: 안에 있는 파드 템플릿으로 판정합니다. 컨트롤러가 템플릿을 바꿀 수 있습니다"


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("InferenceService", "spec.predictor"), ("InferenceService", "spec.transformer"), ("ServingRuntime", "spec"),
        ("LLMInferenceService", "spec.template"), ("LLMInferenceServiceConfig", "spec.worker"),
        ("LLMInferenceService", "spec.prefill.worker"),
    ],
)  # fmt: skip
def test_where_a_kind_holds_the_spec_of_a_pod_its_path_is_that(kind: str, path: str) -> None:
    (item,) = pods(dump(custom("serving.kserve.io/v1", kind, path, {**SPEC, "terminationGracePeriodSeconds": 40})))
    assert (item.path, item.grace, [one.path for one in item.containers]) == (path, 40, [f"{path}.containers[0]"])


def test_a_note_is_said_once_a_kind_and_run_and_never_of_kubernetes_own_kinds() -> None:
    one = custom("apps.kruise.io/v1alpha1", "CloneSet", "spec.template")
    other = custom("example.com/v1", "Thing", "spec.template")
    notes = reading_of(one, other, one, custom("apps/v1", "Deployment", "spec.template")).notes
    assert [note.text.en.partition(":")[0] for note in notes] == ["CloneSet", "Thing"]
    plain = [
        custom("apps/v1", "StatefulSet", "spec.template"),
        custom("argoproj.io/v1alpha1", "Rollout", "spec.template"),
        custom("serving.knative.dev/v1", "Service", "spec.template"),
        custom("serving.knative.dev/v1", "Configuration", "spec.template"),
        {"apiVersion": "serving.knative.dev/v1", "kind": "Revision", "metadata": {"name": "x"}, "spec": SPEC},
        custom("apps.openshift.io/v1", "DeploymentConfig", "spec.template"),
    ]
    assert (len(reading_of(*plain).items), reading_of(*plain).notes) == (6, [])


WORKFLOW: dict[str, Any] = {
    "apiVersion": "argoproj.io/v1alpha1",
    "metadata": {"generateName": "etl-"},
    "spec": {
        "podMetadata": {"labels": IN},
        "templates": [
            {"name": "steps", "steps": [[{"name": "a", "template": "main"}]]},
            {"name": "main", "container": {"image": "etl:1", **sleeps(31)}, "sidecars": [{"name": "db", "image": "d"}]},
            {"name": "script", "metadata": {"labels": {}}, "script": {"image": "python:3", "source": "print()"}},
            {"name": "set", "containerSet": {"containers": [{"name": "a", "image": "a:1"}]}},
        ],
    },
}


@pytest.mark.parametrize("kind", ["Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate"])
def test_a_workflow_runs_a_pod_a_template(kind: str) -> None:
    main, script, group = pods(dump({**WORKFLOW, "kind": kind}), istio="1.26", kubernetes="1.31")
    assert [item.name for item in (main, script, group)] == ["etl- (main)", "etl- (script)", "etl- (set)"]
    assert [(one.name, one.path) for one in main.containers] == [
        ("main", "spec.templates[1].container"), ("db", "spec.templates[1].sidecars[0]"),
    ]  # fmt: skip
    assert (main.sidecar, script.sidecar, main.is_job) == ("classic", "none", True)
    (found,) = [one for one in findings(dump({**WORKFLOW, "kind": kind})) if one.rule == "PT107"]
    assert found.path == "spec.templates[1].container.lifecycle.preStop.sleep.seconds" and found.name == "etl- (main)"


@pytest.mark.parametrize("image", ["web:1", {"repository": "web", "tag": "1"}, None])
def test_values_of_an_app_are_no_gateway_where_they_have_an_image(image: Any) -> None:
    noted = {"proxy.istio.io/config": "terminationDrainDuration: 12s"}
    values = {"podAnnotations": noted, "lifecycle": sleeps(40)["lifecycle"], "terminationGracePeriodSeconds": 60}
    item = pod(dump(values if image is None else {"image": image, **values}))
    holder = item.containers[0] if item.containers else item.proxy
    hook = holder.preStop if holder is not None else None
    assert hook is not None and (hook.seconds, item.grace, item.settings.terminationDrainDuration) == (40, 60, 12)
    assert (item.sidecar, len(item.containers)) == (("gateway", 0) if image is None else (None, 1))


@pytest.mark.parametrize("version", ["example.com/v1", "v1", "argoproj.io.example.com/v1"])
def test_a_workflow_of_somebody_else_is_judged_by_the_pod_template_that_it_holds(version: str) -> None:
    holds = {"template": {"spec": {"containers": [web(**sleeps(31))]}}}
    assert not pods(dump({**WORKFLOW, "apiVersion": version, "kind": "Workflow"}))
    (held,) = pods(dump({"apiVersion": version, "kind": "Workflow", "metadata": {"name": "w"}, "spec": holds}))
    assert (held.name, held.path, held.is_job) == ("w", "spec.template.spec", False)
    (unnamed,) = pods(dump({**WORKFLOW, "kind": "Workflow", "apiVersion": "argoproj.io/v1alpha1",
                            "spec": {"templates": WORKFLOW["spec"]["templates"][:2]}}))  # fmt: skip
    assert unnamed.is_job


def test_argo_ends_the_sidecars_of_its_pods_and_kubernetes_does_not() -> None:
    flags = {"istio": "1.26", "kubernetes": "1.31"}
    workflow = dump({**WORKFLOW, "kind": "Workflow"})
    job = dump(custom("keda.sh/v1alpha1", "ScaledJob", "spec.jobTargetRef.template", {
        "metadata": {"labels": IN}, "spec": {"containers": [web(command=["/app/run"])]}}))  # fmt: skip
    assert "PT214" not in {one.rule for one in findings(workflow, **flags)}
    assert "PT214" in {one.rule for one in findings(job, **flags)}


def test_a_cron_workflow_holds_its_workflow() -> None:
    cron = {**WORKFLOW, "kind": "CronWorkflow", "spec": {"schedule": "0 * * * *", "workflowSpec": WORKFLOW["spec"]}}
    assert [item.path for item in pods(dump(cron))] == [f"spec.workflowSpec.templates[{i}]" for i in (1, 2, 3)]


def test_an_object_inside_another_is_read_as_what_it_is() -> None:
    sensor = custom("argoproj.io/v1alpha1", "Sensor", "spec.triggers[].template.k8s.source.resource", {
        **WORKFLOW, "kind": "Workflow"})  # fmt: skip
    names = [(item.kind, item.name, item.is_job) for item in pods(dump(sensor))]
    assert len(names) == 6 and set(names) == {
        ("Workflow", f"x (etl- {name})", True) for name in ("main", "script", "set")
    }


NOT_PODS = [
    custom("apiextensions.k8s.io/v1", "CustomResourceDefinition", "spec.versions[].schema.template"),
    custom("kubevirt.io/v1", "VirtualMachine", "spec.template"),
    custom("kyverno.io/v1", "ClusterPolicy", "spec.rules[].validate.pattern.template"),
    custom("kustomize.config.k8s.io/v1beta1", "Kustomization", "patches[].template"),
    custom("helm.toolkit.fluxcd.io/v2", "HelmRelease", "spec.values.podTemplate"),
    custom("argoproj.io/v1alpha1", "Application", "spec.source.helm.valuesObject.template"),
    custom("example.com/v1", "Thing", "spec.values.podTemplate"),
    custom("example.com/v1", "Thing", "spec.patches[].template"),
    custom("example.com/v1", "Thing", "spec.pool", {"containers": [web()]}),
    custom("example.com/v1", "Thing", "spec.template", {"spec": {"containers": [{"name": "web", **sleeps(60)}]}}),
    custom("example.com/v1", "Thing", "spec.template", {"spec": {"containers": ["web"]}}),
    custom("example.com/v1", "Thing", "spec.template", {"spec": {"terminationGracePeriodSeconds": 5}}),
    custom("kafka.strimzi.io/v1", "KafkaNodePool", "spec.template.pod", {"terminationGracePeriodSeconds": 120}),
    custom("rabbitmq.com/v1beta1", "RabbitmqCluster", "spec", {"terminationGracePeriodSeconds": 600}),
    custom("serving.kserve.io/v1beta1", "InferenceService", "spec.predictor", {"model": {"modelFormat": {}}}),
    custom("monitoring.coreos.com/v1", "PodMonitor", "spec.podTemplate"),
    custom("apps.kruise.io/v1alpha1", "SidecarSet", "spec", {"containers": [web()]}),
]


@pytest.mark.parametrize("document", NOT_PODS, ids=[str(i) for i in range(len(NOT_PODS))])
def test_what_only_looks_like_a_pod_template_is_passed_over(document: dict[str, Any]) -> None:
    reading = reading_of(document)
    assert (reading.items, reading.errors, reading.notes) == ([], [], [])
    assert dict(reading.passed_over) == {document["kind"]: 1}


def test_what_is_only_guessed_to_be_a_pod_is_no_error_where_it_is_none() -> None:
    odd = {"spec": {"containers": [web()], "terminationGracePeriodSeconds": "soon"}}
    assert reading_of(custom("example.com/v1", "Thing", "spec.template", odd)).errors == []
    (error,) = reading_of(custom("apps.kruise.io/v1alpha1", "CloneSet", "spec.template", odd)).errors
    assert "spec.template.spec.terminationGracePeriodSeconds must be a whole number" in error.sentence.en


def test_the_grace_period_that_a_controller_gives() -> None:
    def grace(api: str, kind: str, path: str, **spec: Any) -> int:
        document = custom(api, kind, path, {"spec": {"containers": [{"name": "x", **sleeps(20)}]}})
        document["spec"] |= spec
        return pods(dump(document))[0].grace

    rabbit = ("rabbitmq.com/v1beta1", "RabbitmqCluster", "spec.override.statefulSet.spec.template")
    assert (grace(*rabbit), grace(*rabbit, terminationGracePeriodSeconds=25)) == (604800, 25)
    assert grace("elasticsearch.k8s.elastic.co/v1", "Elasticsearch", "spec.nodeSets[].podTemplate") == 180
    assert grace("kibana.k8s.elastic.co/v1", "Kibana", "spec.podTemplate") == 30


# ------------------------------------------------------------------------------------------------ OpenShift Template


def template(*objects: Any, **parameters: Any) -> dict[str, Any]:
    listed = [{"name": name, **({} if value is None else {"value": value})} for name, value in parameters.items()]
    return {
        "apiVersion": "template.openshift.io/v1",
        "kind": "Template",
        "objects": list(objects),
        "parameters": listed,
    }


def parametrised(grace: Any, **others: Any) -> dict[str, Any]:
    spec = {"containers": [web(image="${IMAGE}", **sleeps(20))], "terminationGracePeriodSeconds": grace}
    return {**custom("apps/v1", "Deployment", "spec.template", {"spec": spec}), **others}


@pytest.mark.parametrize("grace", ["${{GRACE}}", "${GRACE}"])
def test_the_parameters_of_a_template_have_their_defaults(grace: str) -> None:
    item = pod(dump(template(parametrised(grace), GRACE="45", IMAGE="registry.example.com/web:2")))
    assert (item.grace, item.containers[0].image, item.grace_shown) == (45, "registry.example.com/web:2", True)


@pytest.mark.parametrize("grace", ["${{GRACE}}", "${GRACE}"])
def test_a_parameter_without_a_value_is_named_and_nothing_rests_on_it(grace: str) -> None:
    text = dump(template(parametrised(grace), GRACE=None, IMAGE="a:1"))
    reading = read([("t.yaml", text)], Assumptions())
    (item,) = [one for one in reading.items if isinstance(one, Pod)]
    line = text[: text.index(grace)].count("\n") + 1
    assert [(note.line, note.text.en) for note in reading.notes] == [
        (line, "the parameter GRACE has no value here, so what it decides is not judged")
    ]
    assert (reading.errors, item.grace_shown) == ([], False)


def test_a_command_that_hangs_on_a_parameter_is_not_judged() -> None:
    def rules_of(*command: str, **parameters: Any) -> set[str]:
        spec = {"containers": [web(command=["/app/${MODE}"], **runs(*command))]}
        document = custom("apps/v1", "Deployment", "spec.template", {"spec": spec})
        return {one.rule for one in findings(dump(template(document, **parameters)))}

    assert "PT106" not in rules_of("sleep", "${DELAY}") | rules_of("sleep", "${DELAY}", DELAY=None)
    assert "PT101" in rules_of("sleep", "${DELAY}", DELAY="30") and "PT101" not in rules_of(
        "sleep", "${DELAY}", DELAY="3"
    )


def test_every_object_of_a_template_counts() -> None:
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"selector": {"app": "x"}}}
    reading = reading_of(template(custom("apps/v1", "Deployment", "spec.template"), service, {"kind": "Secret"}))
    (item,) = [one for one in reading.items if isinstance(one, Pod)]
    assert [one.name for one in item.services] == ["s"] and dict(reading.passed_over) == {"Secret": 1}


# ------------------------------------------------------------------------------------------------------------ Knative


def test_a_fix_names_the_field_in_which_knative_sets_the_grace_period() -> None:
    service = custom("serving.knative.dev/v1", "Service", "spec.template", {"spec": {
        "timeoutSeconds": 30, "containers": [web()]}})  # fmt: skip
    (found,) = [one for one in findings(dump(service), app_shutdown=60.0) if one.rule == "PT102"]
    assert found.path == "spec.template.spec.timeoutSeconds"
    for words in (found.message, found.fix):
        assert "terminationGracePeriodSeconds" not in words.en + words.ko
    assert "Raise timeoutSeconds above" in found.fix.en and "timeoutSeconds 값을" in found.fix.ko
    (found,) = [one for one in findings(manifest(), app_shutdown=60.0) if one.rule == "PT102"]
    assert "Raise terminationGracePeriodSeconds above" in found.fix.en


def test_no_fix_asks_for_a_hook_that_knative_would_refuse() -> None:
    app = web(ports=[{"containerPort": 8080}])
    template = {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [app]}}
    knative = {
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {"name": "k"},
        "spec": {"template": template},
    }
    ports = [{"port": 80, "targetPort": 8080}]
    core = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "s"},
        "spec": {"selector": {"app": "x"}, "ports": ports},
    }
    said: dict[str, Any] = {}
    for facts in ({"propagation": 10.0}, {}):
        listed = findings(dump(knative, core), prestop={"web": 0.0}, **facts)
        said |= {found.rule: found.fix for found in listed}
    said |= {found.rule: found.fix for found in findings(dump(knative, core), prestop={"web": 299.0})}
    assert said.keys() == {"PT101", "PT109", "PT110"}
    assert all("lifecycle" not in fix.en and "preStop" not in fix.en for fix in said.values())
    assert said["PT110"].en.startswith("Knative takes no hook of one's own: let the app go on accepting for 10 s")
    assert said["PT109"].ko.startswith(
        "Knative Service에는 훅을 직접 넣을 수 없습니다. 앱이 SIGTERM을 받은 뒤에도 5초 이상"
    )
    assert said["PT101"].en == "Raise timeoutSeconds to Knative's hook plus the app's shutdown plus a second."
    # What it asks for mends it.
    assert not {
        found.rule
        for found in findings(dump(knative, core), prestop={"web": 0.0}, propagation=10.0, accepts_after_sigterm=10.0)
    } & {"PT109", "PT110"}


def test_the_command_line_says_that_a_controller_may_change_it() -> None:
    document = dump(custom("apps.kruise.io/v1alpha1", "CloneSet", "spec.template"))
    for command in ("check", "timeline"):
        assert "-:1: CloneSet: judged by the pod template in it" in run(command, "--lang", "en", stdin=document).err
        assert "컨트롤러가 템플릿을 바꿀 수 있습니다" in run(command, "--lang", "ko", stdin=document).err


@pytest.mark.parametrize(
    ("text", "pods"),
    [
        ('{"title": "x", "template": {"spec": {}}}', 0), ('{"template": {"metadata": {}, "name": "x"}}', 0),
        ("template: {spec: {containers: [{name: a, image: b}]}}", 1), ("template: {metadata: {labels: {a: b}}}", 1),
        ('template: {metadata: {annotations: {sidecar.istio.io/inject: "true"}}}', 1),
        ("template: {spec: {terminationGracePeriodSeconds: 5}}", 1),
    ],
)  # fmt: skip
def test_a_template_without_a_kind_has_to_say_something_of_a_pod(text: str, pods: int) -> None:
    assert len(load(text)) == pods


def test_a_command_that_waits_for_a_parameter_is_not_judged_and_that_is_told() -> None:
    def told(command: str) -> str:
        template = (
            "apiVersion: template.openshift.io/v1\nkind: Template\nmetadata: {name: t}\nobjects:\n"
            "  - apiVersion: v1\n    kind: Pod\n    metadata: {name: p}\n    spec:\n      containers:\n"
            f"        - {{name: web, image: 'web:1', command: {command}}}\nparameters:\n  - {{name: PROG}}\n"
        )
        return run("check", "--lang", "en", "-", stdin=template).err

    said = "-:10: the parameter PROG has no value here, so what it decides is not judged\n"
    assert said in told('["${PROG}", "-x"]') and said not in told('[sh, -c, "web | cat"]')
