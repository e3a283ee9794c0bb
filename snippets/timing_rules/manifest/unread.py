"""Settings of timing that stand where nothing is read, and the command that renders them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..source.node import Node
from ..text import Text
from .helm import values_elsewhere
from .kinds import TIMING, TIMING_KEYS, is_about_others
from .resources import Note, Resource
from .values import text_of

_STANDS = Text(
    "{key} stands in {where}, which is not read; {how.en}",
    "{key} 설정이 검사기가 읽지 않는 곳({where_ko})에 있습니다. {how.ko}",
)
_HELM = Text("check what `helm template` makes of it", "`helm template` 출력을 검사하십시오")
_KUSTOMIZE = Text("check what `kubectl kustomize` makes of it", "`kubectl kustomize` 출력을 검사하십시오")
_CLUSTER = Text(
    "check the pods that come of it: `kubectl get pods -o yaml`",
    "여기서 만들어진 파드를 `kubectl get pods -o yaml` 출력으로 검사하십시오",
)
_ISTIOD = Text(
    "check what istiod has of it: `kubectl get configmap istio istio-sidecar-injector -n istio-system -o yaml`",
    "istiod가 받은 값을 `kubectl get configmap istio istio-sidecar-injector -n istio-system -o yaml` 출력으로 검사하십시오",
)
_ELSEWHERE = Text(
    "{key} takes values of Istio's chart from elsewhere, which are not read: {names}; {how.en}",
    "{key} 필드가 다른 곳에서 가져오는 Istio 차트의 값은 읽지 않습니다 ({names}). {how.ko}",
)
_RELEASE = Text(
    "check what `helm get values {name} -o yaml` prints", "`helm get values {name} -o yaml` 출력을 검사하십시오"
)
_ARGO = Text("check what `argocd app manifests {name}` prints", "`argocd app manifests {name}` 출력을 검사하십시오")
_RENDERED_BY = {
    "IstioLifecycleManager": _ISTIOD, "GatewayLifecycleManager": _CLUSTER, "ServiceMeshControlPlane": _ISTIOD,
    "IstioControlPlane": _ISTIOD,
    "HelmRelease": _HELM, "HelmChart": _HELM, "HelmChartConfig": _HELM, "Application": _HELM, "ApplicationSet": _HELM,
    "Kustomization": _KUSTOMIZE, "Component": _KUSTOMIZE,
}  # fmt: skip
_NAMED_FOR_KUSTOMIZE = re.compile(r"(^|/)kustomization\.ya?ml$")
#: Below these stands what a setting may be, not what it is.
_SCHEMA_KEYS = {"properties", "definitions", "schemas", "openAPIV3Schema"}
_KIND = re.compile(r"kind: *[\"']?(\w+)")
#: In a string with blanks, words about a setting are not the setting: its value follows, or it is a step of a path.
_NO_SETTING = re.compile(rf"(?<!/)\b({'|'.join(TIMING_KEYS)})\b(?!\\?[\"']?\s*[:=])")
_TEMPLATE = Text("a template", "템플릿")
_NO_KIND = Text("a document without a kind", "kind 없는 문서")
_PATCH = Text("a patch", "패치")


def unread_in(resource: Resource, patch: bool) -> list[Note]:
    """The settings of timing in a document that nothing is read of, each key once. `patch`: it is a piece to merge."""
    kind = resource.kind
    if patch:
        where, how = _PATCH, _KUSTOMIZE
    elif not kind and _NAMED_FOR_KUSTOMIZE.search(resource.source):  # its kind may be left out
        where, how = Text("Kustomization", "Kustomization"), _KUSTOMIZE
    elif kind:
        of_argo = not kind.startswith("Application") or resource.group in (None, "argoproj.io")  # KubeVela has one, too
        where, how = Text(kind, kind), _RENDERED_BY.get(kind, _CLUSTER) if of_argo else _CLUSTER
    else:
        where, how = _NO_KIND, _HELM
    return _notes(resource.source, dict(reversed(list(_keys(resource.root)))), where, how)


def unread_in_template(resource: Resource) -> list[Note]:
    """The settings of timing in an object that is still to be rendered, each key once."""
    return _notes(resource.source, dict(reversed(list(_keys(resource.root)))), _TEMPLATE, _HELM)


def unread_in_patch(source: str, root: Node) -> list[Note]:
    """The settings of timing in a JSON patch (RFC 6902), each key once: it names no kind, and stands in a file of its own."""
    return _notes(source, dict(reversed(list(_keys(root)))), _PATCH, _KUSTOMIZE)


def is_patch(root: Node) -> bool:
    """Whether a text is a list of the operations of a JSON patch."""
    return (
        root.kind == "list" and bool(root.items) and all({"op", "path"} <= item.entries.keys() for item in root.items)
    )


def elsewhere(resource: Resource) -> list[Note]:
    """The values that a resource of GitOps takes from other objects or files for a chart of Istio."""
    notes = []
    for place in values_elsewhere(resource):
        how = (_RELEASE if resource.kind == "HelmRelease" else _ARGO).format(name=place.release)
        text = _ELSEWHERE.format(key=place.key, names=", ".join(place.names), how=how)
        notes.append(Note(resource.source, place.line, text))
    return notes


def unread_in_text(source: str, text: str, first: int = 1) -> list[Note]:
    """The settings of timing in a template whose text begins on the line `first`, each key once."""
    lines: dict[str, int] = {}
    schema = False
    for number, line in enumerate(text.split("\n"), start=first):
        kind = _KIND.match(line)
        schema = is_about_others(kind[1]) if kind else schema and not line.startswith("---")
        for key in _mentioned(line) if not schema else ():
            lines.setdefault(key, number)
    return _notes(source, lines, _TEMPLATE, _HELM)


def _notes(source: str, lines: dict[str, int], where: Text, how: Text) -> list[Note]:
    return [
        Note(source, line, _STANDS.format(key=key, where=where.en, where_ko=where.ko, how=how))
        for key, line in sorted(lines.items(), key=lambda pair: pair[1])
    ]


def _keys(node: Node) -> Iterator[tuple[str, int]]:
    """The keys of timing below a node with their lines, in strings too, where a patch or a configuration may stand."""
    if "json-schema.org" in text_of(node.get("$schema")):
        return
    schema = text_of(node.get("type")) in ("", "object")  # a component of KubeVela has properties and another type
    for key, child in node.entries.items():
        if key in _SCHEMA_KEYS and schema:
            continue
        if key in TIMING_KEYS:
            yield key, node.keys[key].line if key in node.keys else child.span.line
        yield from _keys(child)
    for item in node.items:
        yield from _keys(item)
    if isinstance(node.value, str) and TIMING.search(node.raw):
        first = node.body[0] + 1 if node.body is not None else node.span.line
        for down, line in enumerate(node.raw.split("\n")):
            for key in _mentioned(_NO_SETTING.sub("", line) if re.search(r"\s", node.raw.strip()) else line):
                yield key, first + down if node.body is not None else first


def _mentioned(line: str) -> list[str]:
    found = [] if line.lstrip().startswith("#") else TIMING.findall(line)
    return [key or "lifecycle" for key in found]
