"""The kinds that are read, and where each holds its pod template."""

from __future__ import annotations

#: Kind → the API groups that have it with a pod template, and the path to that template.
POD_TEMPLATES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Pod": (("",), ()),
    "PodTemplate": (("",), ("template",)),
    "Deployment": (("apps", "extensions"), ("spec", "template")),
    "StatefulSet": (("apps",), ("spec", "template")),
    "DaemonSet": (("apps", "extensions"), ("spec", "template")),
    "ReplicaSet": (("apps", "extensions"), ("spec", "template")),
    "ReplicationController": (("",), ("spec", "template")),
    "Job": (("batch",), ("spec", "template")),
    "CronJob": (("batch",), ("spec", "jobTemplate", "spec", "template")),
    "DeploymentConfig": (("apps.openshift.io",), ("spec", "template")),
    "Rollout": (("argoproj.io",), ("spec", "template")),
    "Service": (("serving.knative.dev",), ("spec", "template")),
}
OTHER_KINDS = {"Namespace", "ConfigMap", "ProxyConfig", "IstioOperator", "Istio"}


def reads(kind: str) -> bool:
    """Whether objects of a kind are looked into."""
    return kind in POD_TEMPLATES or kind in OTHER_KINDS or kind.endswith("List")
