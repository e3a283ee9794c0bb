"""The kinds that are read, and where each holds its pods."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class PodKind:
    """Where objects of a kind, in some API groups, hold pods.

    Paths are dotted, and `[]` stands for every item of a list: `templates` lead to pod templates, `specs` to the specs
    of pods. `completes`: the pods run to completion. `foreign`: a controller that may change them makes them; `grace` is
    the grace period in seconds that it gives to pods whose template has none, unless the object's own spec has one.
    """

    groups: tuple[str, ...]
    templates: tuple[str, ...] = ("spec.template",)
    specs: tuple[str, ...] = ()
    completes: bool = False
    foreign: bool = True
    grace: int = 0


def _plain(*groups: str, at: str = "spec.template", completes: bool = False) -> tuple[PodKind, ...]:
    return (PodKind(groups, (at,), completes=completes, foreign=False),)


_RAY = ("headGroupSpec.template", "workerGroupSpecs[].template")
_APPS = _plain("apps", "extensions")
_ECK = "k8s.elastic.co"
_KRUISE = PodKind(("apps.kruise.io",))


def _ray(cluster: str, *others: str) -> tuple[PodKind, ...]:
    return (PodKind(("ray.io",), (*(f"{cluster}.{path}" for path in _RAY), *others)),)


def _eck(group: str, *paths: str) -> tuple[PodKind, ...]:
    return (PodKind((f"{group}.{_ECK}",), paths or ("spec.podTemplate",)),)


_ECK_AGENTS = ("spec.daemonSet.podTemplate", "spec.deployment.podTemplate", "spec.statefulSet.podTemplate")
_LLM = PodKind(
    ("serving.kserve.io",),
    (),
    ("spec.template", "spec.worker", "spec.prefill.template", "spec.prefill.worker", "spec.router.scheduler.template"),
)
_SERVING_RUNTIME = PodKind(("serving.kserve.io",), (), ("spec",))
_ANALYSIS = PodKind(("argoproj.io",), ("spec.metrics[].provider.job.spec.template",), completes=True)

# fmt: off
#: Kind → where its pods stand. Sources, at the commits that were read: kserve/kserve aaac4e294 (`pkg/apis/serving`: the
#: predictor and `template` are pod specs), elastic/cloud-on-k8s 7b93383d8 (`pkg/apis`, `elasticsearch/nodespec/defaults.go`),
#: rabbitmq/cluster-operator 06cda8e8 (`api/v1beta1/rabbitmqcluster_types.go`), ray-project/kuberay feeaf72fa
#: (`ray-operator/apis/ray/v1`), kubeflow/spark-operator 38082f33 (`api/v1beta2`), kubernetes-sigs/jobset 08dfbdfd,
#: kubernetes-sigs/lws 060ab4d, openkruise/kruise 07169cfac, volcano-sh/volcano ed72c7c81, kedacore/keda 8b4f083ca
#: (`apis/keda/v1alpha1`), argoproj/argo-rollouts 9f8d111d8.
POD_KINDS: dict[str, tuple[PodKind, ...]] = {
    "Pod": _plain("", at=""),
    "PodTemplate": _plain("", at="template"),
    "Deployment": _APPS,
    "StatefulSet": (*_plain("apps"), _KRUISE),
    "DaemonSet": (*_APPS, _KRUISE),
    "ReplicaSet": _APPS,
    "ReplicationController": _plain(""),
    "Job": (*_plain("batch", completes=True), PodKind(("batch.volcano.sh",), ("spec.tasks[].template",), completes=True)),
    "CronJob": _plain("batch", at="spec.jobTemplate.spec.template", completes=True),
    "DeploymentConfig": _plain("apps.openshift.io", ""),
    "Rollout": _plain("argoproj.io"),
    "Service": _plain("serving.knative.dev"),
    "Configuration": _plain("serving.knative.dev"),
    "Revision": _plain("serving.knative.dev", at=""),
    "CloneSet": (_KRUISE,),
    "BroadcastJob": (PodKind(("apps.kruise.io",), completes=True),),
    "UnitedDeployment": (PodKind(("apps.kruise.io",), tuple(
        f"spec.template.{kind}Template.spec.template" for kind in ("statefulSet", "advancedStatefulSet", "cloneSet", "deployment"))),),
    "ScaledJob": (PodKind(("keda.sh",), ("spec.jobTargetRef.template",), completes=True),),
    "AnalysisTemplate": (_ANALYSIS,), "ClusterAnalysisTemplate": (_ANALYSIS,), "AnalysisRun": (_ANALYSIS,),
    "Experiment": (PodKind(("argoproj.io",), ("spec.templates[].template",)),),
    "InferenceService": (PodKind(("serving.kserve.io",), (), ("spec.predictor", "spec.transformer", "spec.explainer")),),
    "LLMInferenceService": (_LLM,), "LLMInferenceServiceConfig": (_LLM,),
    "ServingRuntime": (_SERVING_RUNTIME,), "ClusterServingRuntime": (_SERVING_RUNTIME,),
    "Elasticsearch": (PodKind((f"elasticsearch.{_ECK}",), ("spec.nodeSets[].podTemplate",), grace=180),),
    "Kibana": _eck("kibana"), "Logstash": _eck("logstash"), "ApmServer": _eck("apm"),
    "EnterpriseSearch": _eck("enterprisesearch"), "ElasticMapsServer": _eck("maps"), "PackageRegistry": _eck("packageregistry"),
    "Beat": _eck("beat", *_ECK_AGENTS), "Agent": _eck("agent", *_ECK_AGENTS),
    "RabbitmqCluster": (PodKind(("rabbitmq.com",), ("spec.override.statefulSet.spec.template",), grace=604800),),
    "RayCluster": _ray("spec"), "RayService": _ray("spec.rayClusterConfig"),
    "RayJob": _ray("spec.rayClusterSpec", "spec.submitterPodTemplate"),
    "RayCronJob": _ray("spec.jobTemplate.rayClusterSpec", "spec.jobTemplate.submitterPodTemplate"),
    "SparkApplication": (PodKind(("sparkoperator.k8s.io",), ("spec.driver.template", "spec.executor.template"), completes=True),),
    "ScheduledSparkApplication": (PodKind(("sparkoperator.k8s.io",),
        ("spec.template.driver.template", "spec.template.executor.template"), completes=True),),
    "JobSet": (PodKind(("jobset.x-k8s.io",), ("spec.replicatedJobs[].template.spec.template",), completes=True),),
    "LeaderWorkerSet": (PodKind(("leaderworkerset.x-k8s.io",),
        ("spec.leaderWorkerTemplate.leaderTemplate", "spec.leaderWorkerTemplate.workerTemplate")),),
    "ClusterServiceVersion": (PodKind(("operators.coreos.com",), ("spec.install.spec.deployments[].spec.template",)),),
    "Notebook": (PodKind(("kubeflow.org",)),),
}
# fmt: on
#: Argo's workflows list pods of a shape of their own, each run to completion, under these paths.
WORKFLOWS = {
    "Workflow": "spec",
    "WorkflowTemplate": "spec",
    "ClusterWorkflowTemplate": "spec",
    "CronWorkflow": "spec.workflowSpec",
}
#: Kinds of mesh configuration, and those that speak of others.
OTHER_KINDS = {
    "Namespace", "ConfigMap", "ProxyConfig", "IstioOperator", "Istio", "IstioRevision", "Template",
}  # fmt: skip
#: Kinds that may hold values of Istio's charts, or a gateway.
_HOLDERS = {
    "HelmRelease", "Application", "ApplicationSet", "HelmChart", "HelmChartConfig", "Kustomization", "Gateway", "GatewayClass",
}  # fmt: skip
#: Kinds whose objects hold no pod, whatever words stand in them: schemas, rules about pods, patches, charts' values.
_NO_PODS = {
    "CustomResourceDefinition", "Kustomization", "Component", "HelmRelease", "HelmChart", "HelmChartConfig", "Application",
    "ApplicationSet", "ConfigMap", "Secret", "Namespace", "SealedSecret", "ConstraintTemplate", "VirtualMachine",
    "VirtualMachineInstance", "VirtualMachineInstanceReplicaSet", "VirtualMachinePool", "SidecarSet", "PodDisruptionBudget", "PodMonitor",
    "NetworkPolicy", "PodPreset", "Template", "ProxyConfig", "IstioOperator", "Istio", "IstioRevision", "Gateway", "GatewayClass", "APIService",
}  # fmt: skip
_NO_POD_GROUPS = re.compile(
    r"(^|\.)(apiextensions\.k8s\.io|kyverno\.io|gatekeeper\.sh|kubevirt\.io|kustomize\.config\.k8s\.io)$"
)
#: Kinds in which such words are not about pods: nothing in them is looked at.
_ABOUT_OTHERS = {
    "CustomResourceDefinition", "APIService", "Secret", "SealedSecret", "VirtualMachine", "VirtualMachineInstance",
    "VirtualMachineInstanceReplicaSet", "VirtualMachinePool",
}  # fmt: skip
#: Keys that decide how pods stop, wherever they stand.
TIMING_KEYS = (
    "preStop", "terminationGracePeriodSeconds", "terminationDrainDuration", "drainDuration", "MINIMUM_DRAIN_DURATION",
    "EXIT_ON_ZERO_ACTIVE_CONNECTIONS",
)  # fmt: skip
TIMING = re.compile(rf"\b({'|'.join(TIMING_KEYS)})\b|/containers/\d+/lifecycle\b")


def pod_kind(kind: str, group: str | None) -> PodKind | None:
    """Where objects of a kind hold their pods, or `None` where that is not known; a group may not be named."""
    return next((row for row in POD_KINDS.get(kind, ()) if group is None or group in row.groups), None)


def must_hold_pods(kind: str, group: str | None) -> bool:
    """Whether no object of a kind is whole without a pod template. A Rollout may name a Deployment instead."""
    row = pod_kind(kind, group)
    return row is not None and not row.foreign and kind != "Rollout"


def is_read(kind: str) -> bool:
    """Whether a kind is one that is read by its name."""
    return kind in POD_KINDS or kind in WORKFLOWS or kind in OTHER_KINDS or kind.endswith("List")


def may_hold_pods(kind: str, group: str | None) -> bool:
    """Whether pod templates are looked for in objects of a kind that is not known."""
    return kind not in _NO_PODS and _NO_POD_GROUPS.search(group or "") is None


def is_about_others(kind: str) -> bool:
    """Whether the words of objects of a kind are about schemas or machines, not about pods."""
    return kind in _ABOUT_OTHERS


def reads(kind: str, text: str = "") -> bool:
    """Whether a document of a kind, with this text, is looked into."""
    return (
        is_read(kind)
        or kind in _HOLDERS
        or (not is_about_others(kind) and ("containers" in text or TIMING.search(text) is not None))
    )
