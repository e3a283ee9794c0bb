"""PT223: Istio's label or annotation on the wrong object."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..domain import Pod
from ..domain.annotations import CONFIG, INJECT, INJECTION, NATIVE, TEMPLATES
from ..source.node import Node
from ..text import Text
from .places import metadata_of, renamed, replaced
from .rule import About, Case, Edit, Problem, Rule, Severity

ABOUT = About(
    title=Text(
        "Istio's label or annotation on the wrong object",
        "Istio 레이블이나 어노테이션이 엉뚱한 오브젝트에 있습니다",
    ),
    what=Text(
        "Fires for Istio's label or annotation about injection, templates, the proxy's configuration or native sidecars on "
        "the metadata of a workload or of a Job template instead of the pod template; for such an annotation written as a "
        "label, or beside `annotations` instead of in it; and for the label `istio-injection` on a pod. Silent where the pod "
        "template says the same.",
        "주입 여부, 템플릿, 프록시 설정, 네이티브 사이드카를 정하는 Istio 레이블이나 어노테이션이 파드 템플릿이 아니라 워크로드나 Job 템플릿의 metadata에 있으면 보고합니다. 어노테이션을 "
        "레이블로 적었을 때, `annotations` 안이 아니라 그 옆에 적었을 때, `istio-injection` 레이블이 파드에 있을 때도 보고합니다. 파드 템플릿에 같은 내용이 있으면 보고하지 않습니다.",
    ),
    why=Text(
        "Istio's webhook sees nothing but pods, and reads each key in one place only. Anywhere else it is accepted without "
        "a word and does nothing.",
        "Istio의 웹훅은 파드만 보고, 키마다 정해진 한 곳만 읽습니다. 다른 곳에 적은 값은 오류 없이 받아들여지지만 "
        "효과가 없습니다.",
    ),
    fix=Text("Move it to the place that the message names.", "메시지에 나온 위치로 옮기십시오."),
    see=("settings/where-to-set.md#layers", "settings/sidecar.md#native-sidecar-annotation"),
)
MESSAGE = Text(
    "{key} on {holder} has no effect: the injector reads the pod's own metadata",
    "{holder}의 {key} 항목은 효과가 없습니다. 인젝터는 파드의 metadata만 읽습니다",
)
MESSAGE_LABEL = Text(
    "{key} has no effect as a label: Istio reads it as an annotation",
    "{key} 레이블은 효과가 없습니다. Istio는 이 이름을 어노테이션에서만 읽습니다",
)
MESSAGE_BESIDE = Text(
    "{key} stands in metadata itself, where it has no effect: the API server refuses it, or drops it where validation is not strict",
    "{key} 항목이 metadata 바로 아래에 있어 효과가 없습니다. API 서버가 거부하거나, 엄격하게 검증하지 않으면 버립니다",
)
MESSAGE_NAMESPACE = Text(
    "istio-injection has no effect on a pod: it is a label of namespaces",
    "istio-injection 레이블은 파드에서 효과가 없습니다. 네임스페이스에 붙이는 레이블입니다",
)
FIX_TEMPLATE = Text(
    "move it to {group} of the pod template: {key}: {value}",
    "파드 템플릿의 {group} 아래로 {key}: {value} 항목을 옮기십시오",
)
FIX_INTO = Text("move it to metadata.{group}", "metadata.{group} 아래로 옮기십시오")
FIX_NAMESPACE = Text(
    'write the label sidecar.istio.io/inject: "{word}" instead, or label the namespace',
    'sidecar.istio.io/inject: "{word}" 레이블을 쓰거나 네임스페이스에 레이블을 붙이십시오',
)
WORKLOAD = Text("the workload", "워크로드")
JOB_TEMPLATE = Text("the Job template", "Job 템플릿")
#: Kinds that give their pods the template's metadata and nothing of their own.
KINDS = {
    "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "CronJob",
    "DeploymentConfig", "Rollout", "Service",
}  # fmt: skip
#: What only an annotation says; `inject` may be either.
ANNOTATIONS = (CONFIG, NATIVE, TEMPLATES)
GROUPS = {INJECT: "labels", **dict.fromkeys(ANNOTATIONS, "annotations")}


class Above(NamedTuple):
    """Metadata above the pod template, where Istio looks for nothing: its path, and whose it is."""

    path: str
    node: Node | None
    holder: Text


def wrong_object(case: Case) -> Iterator[Problem]:
    """Each key that stands where nobody reads it."""
    pod = case.pod
    template = metadata_of(pod)
    yield from _above(pod, template)
    if template is not None:
        yield from _beside(pod, template)
    labels = template.get("labels") if template is not None else None
    if labels is None:
        return
    path = ".".join([*pod.path.split(".")[:-1], "metadata.labels"])
    taken = pod.annotations.entries if pod.annotations is not None else {}
    for key in ANNOTATIONS:
        if key in labels.entries and not _same(labels.entries[key], taken.get(key)):
            yield Problem(
                (f"{path}.{key}", labels.keys[key].line), say=MESSAGE_LABEL, fix=FIX_INTO, key=key, group="annotations"
            )
    word = {"enabled": "true", "disabled": "false"}.get(_text(labels.entries.get(INJECTION)))
    if INJECTION in labels.entries and _text(labels.entries.get(INJECT)) != (word or ""):
        place, fix = (f"{path}.{INJECTION}", labels.keys[INJECTION].line), FIX_NAMESPACE
        edits = _out_of_the_mesh(labels) if word == "false" else ()
        yield Problem(place, say=MESSAGE_NAMESPACE, fix=fix, edits=edits, word=word or "true")


def _beside(pod: Pod, template: Node) -> Iterator[Problem]:
    """Keys beside the annotations and labels of the pod, an indent short."""
    path = ".".join([*pod.path.split(".")[:-1], "metadata"])
    for key, group in GROUPS.items():
        if key in template.entries and not _repeated(template, key, template.entries[key]):
            place = (f"{path}.{key}", template.keys[key].line)
            yield Problem(place, say=MESSAGE_BESIDE, fix=FIX_INTO, key=key, group=group)


def _above(pod: Pod, template: Node | None) -> Iterator[Problem]:
    """Keys of the workload's own metadata that the pod template does not repeat."""
    for above in _metadata_above(pod):
        for group in ("labels", "annotations"):
            listed = above.node.get(group) if above.node is not None else None
            if listed is None or above.node is template:
                continue
            for key in (INJECT, *ANNOTATIONS) if group == "annotations" else (INJECT,):
                if key in listed.entries and not _repeated(template, key, listed.entries[key]):
                    value, at = listed.entries[key].raw, f"metadata.{GROUPS[key]}"
                    place = (f"{above.path}.{group}.{key}", listed.keys[key].line)
                    shown = f'"{value}"' if "\n" not in value and len(value) < 40 else "…"
                    of = above.holder
                    yield Problem(place, say=MESSAGE, fix=FIX_TEMPLATE, key=key, holder=of, group=at, value=shown)


def _metadata_above(pod: Pod) -> Iterator[Above]:
    if pod.workload is None or pod.kind not in KINDS:
        return
    yield Above("metadata", pod.workload.get("metadata"), WORKLOAD)
    yield Above("spec.jobTemplate.metadata", pod.workload.get("spec", "jobTemplate", "metadata"), JOB_TEMPLATE)


def _repeated(template: Node | None, key: str, value: Node) -> bool:
    """Whether the pod template says the same: `inject` as either, all else as an annotation."""
    groups = ("labels", "annotations") if key == INJECT else ("annotations",)
    return template is not None and any(_same(value, template.get(group, key)) for group in groups)


def _same(value: Node, other: Node | None) -> bool:
    return other is not None and _text(value).strip() == _text(other).strip()


def _text(value: Node | None) -> str:
    return value.raw if value is not None else ""


def _out_of_the_mesh(labels: Node) -> tuple[Edit, ...]:
    """The edits that make `istio-injection: disabled` what keeps a pod out; certain, since it is out of it anyway or asks to be."""
    renames = renamed(labels.keys[INJECTION], INJECTION, INJECT) if INJECT not in labels.entries else ()
    words = replaced(labels.entries[INJECTION], '"false"')
    return (*renames, *words) if renames and words else ()


RULE = Rule("PT223", Severity.WARNING, ABOUT, wrong_object)
