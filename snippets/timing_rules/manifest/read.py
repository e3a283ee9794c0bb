"""YAML or JSON text as pods and mesh configuration, every value with the place where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from .. import versions
from ..domain.annotations import TEMPLATES
from ..domain.given import Assumptions, MeshConfig
from ..domain.pod import Pod
from ..source.errors import ParseError
from ..source.node import NOWHERE, Node
from ..source.stream import documents, nested
from ..text import Text
from .gateways import gateways_of, note_gateway
from .helm import covered, is_too_old, release_of_image
from .kinds import TIMING, is_about_others, is_read, must_hold_pods, reads
from .mesh import merged, mesh_configs_of
from .overlay import overlaid
from .parameters import objects_of
from .pods import pod_of
from .resources import Context, Note, Reading, Resource
from .templates import PodParts, pods_in
from .unread import elsewhere, is_patch, unread_in, unread_in_patch, unread_in_template, unread_in_text
from .values import strings, under

_TWICE = (
    Text(
        'the key "{name}" stands twice; the last one counts',
        '"{name}" 키가 두 번 있습니다. 마지막에 적은 값만 적용됩니다',
    ),
    Text("keep one of them", "하나만 남기십시오"),
)
_JOINED = (
    Text(
        "another object begins here without a line `---` above it, so both are one object, in which the last value counts",
        "여기서 다른 오브젝트가 시작되지만 위에 `---` 줄이 없습니다. 두 오브젝트가 하나로 합쳐지고 마지막에 적은 값만 적용됩니다",
    ),
    Text("write --- on a line of its own above it", "그 위에 --- 한 줄을 넣으십시오"),
)
_NOTHING = (
    Text("there is nothing in it", "내용이 비어 있습니다"),
    Text("give it a manifest", "매니페스트를 지정하십시오"),
)
_PLAIN_TEXT = (
    Text("this is text, not a manifest", "매니페스트가 아니라 일반 텍스트입니다"),
    Text(
        "a manifest begins with keys such as apiVersion and kind", "매니페스트는 apiVersion, kind 같은 키로 시작합니다"
    ),
)
_FOREIGN = Text(
    "{kind}: judged by the pod template in it, which its controller may change",
    "{kind}: 안에 있는 파드 템플릿으로 판정합니다. 컨트롤러가 템플릿을 바꿀 수 있습니다",
)
_NO_VALUE = Text(
    "the parameter {name} has no value here, so what it decides is not judged",
    "{name} 파라미터에 값이 없으므로 이 값에 따라 달라지는 것은 판정하지 않습니다",
)
_TOO_OLD = Text(
    "this states Istio {stated}, and the facts here begin with {oldest}: it is judged by those of {oldest}",
    "여기에 적힌 Istio 버전은 {stated}입니다. 이 도구는 {oldest}부터 지원하므로 {oldest} 기준으로 판정합니다",
)
_PATCH = "{kind} (patch)"
#: The comments of a ytt template, which is YAML before it is rendered, but no manifest.
_YTT = re.compile(r"^#@", re.MULTILINE)


class Input(NamedTuple):
    """A text to read. `walked`: it was found in a folder, so that what is no manifest in it is skipped.

    `strict`: even so, everything that cannot be read is an error. `template`: it is one of a Helm chart.
    """

    source: str
    text: str
    walked: bool = False
    strict: bool = False
    template: bool = False

    @property
    def lenient(self) -> bool:
        """Whether what cannot be read is skipped, unless it says that it is of a kind that is read."""
        return self.walked and not self.strict


def load(text: str, *, source: str = "-", assumptions: Assumptions = Assumptions()) -> list[Pod | MeshConfig]:
    """The pods and mesh configuration of a manifest, in its order.

    `source` names it in findings. Documents of other kinds are passed over. Errors: `ManifestError` for the first
    document that is not YAML, or that is of a known kind but broken; its `items` hold all that could be read.
    """
    reading = read([(source, text)], assumptions)
    if reading.errors:
        first, *others = reading.errors
        first.items, first.others = reading.items, others
        raise first
    return reading.items


def read(inputs: Iterable[tuple[str, str] | Input], assumptions: Assumptions) -> Reading:
    """Everything in some texts, read together: a Namespace or a Service in one speaks of a pod in another."""
    reading, resources = Reading(), list[Resource]()
    for given in inputs:
        resources += _objects(Input(*given), reading)
    context = Context()
    kept = []
    for resource in resources:
        try:
            kept.append((resource, _sort(resource, context, assumptions)))
        except ParseError as error:
            _note(resource, error, reading)
    context.mesh = {source: merged(parts) for source, parts in context.mesh_parts.items()}
    foreign, old = set[str](), set[str]()
    for resource, meshes in kept:
        items: list[Pod | MeshConfig] = [*meshes]
        try:
            gateways = list(gateways_of(resource, context, assumptions))
            for workload in gateways or ([] if items else [resource]):
                items += _pods(workload, context, assumptions, reading)
        except ParseError as error:
            _note(resource, error, reading)
            continue
        reading.items += items
        _note_old(items, old, reading)
        reading.unread += elsewhere(resource)
        if not items and (resource.namespace or "default", resource.name) in context.referenced:
            continue  # it was read with the Gateway that names it
        if not items:
            _pass_over(resource, reading)
            continue
        of_a_chart = resource.walked and not resource.strict and not resource.kind
        for twice in () if of_a_chart else _keys_twice(resource.root):
            reading.note(resource.source, twice)
        if any(isinstance(item, Pod) and item.foreign for item in items) and resource.kind not in foreign:
            foreign.add(resource.kind)
            note = Note(resource.source, resource.root.span.line, _FOREIGN.format(kind=resource.kind))
            reading.notes.append(note)
    reading.errors.sort(key=lambda error: (error.source, error.line))
    return reading


def _note(resource: Resource, error: ParseError, reading: Reading) -> None:
    """Remember what is wrong with an object; in a folder one that is still to be rendered is skipped, and counted."""
    if error.template and resource.walked and not resource.strict:
        reading.skipped["template"] += 1
        reading.unread += unread_in_template(resource)
    else:
        reading.note(resource.source, error)


def _note_old(items: Iterable[Pod | MeshConfig], noted: set[str], reading: Reading) -> None:
    """Say of each release of Istio that is stated and too old for the facts, once, that others are used."""
    for item in items:
        image = item.proxy.image if isinstance(item, Pod) and item.proxy is not None else ""
        stated = item.stated if isinstance(item, MeshConfig) else release_of_image(image)
        if stated not in noted and is_too_old(stated) and item.assumptions.istio == covered(stated):
            noted.add(stated)
            text = _TOO_OLD.format(stated=stated, oldest=versions.OLDEST["istio"])
            reading.notes.append(Note(item.source, item.line, text))


def _pods(resource: Resource, context: Context, flags: Assumptions, reading: Reading) -> list[Pod]:
    """The pods of a resource; what only looks like one and cannot be read is none."""
    pods = []
    if resource.walked and not resource.kind:
        return []
    for parts in pods_in(resource):
        if resource.walked and _is_patch(parts):
            continue
        try:
            pods.append(pod_of(resource, parts, context, flags, reading))
        except ParseError:
            if not parts.guessed:
                raise
    return pods


def _keys_twice(root: Node) -> Iterator[ParseError]:
    """What to say of keys that stand twice; once for all keys of an object that follows another one as if it were one."""
    outer = [name for name, span in root.duplicates if span.column == root.span.column and not root.json]
    joined = {"apiVersion", "kind"} <= set(outer)
    for name, span in root.duplicates:
        if not joined or span.column != root.span.column:
            yield ParseError(span.line, *_TWICE, name=name)
        elif name == "apiVersion":
            yield ParseError(span.line, *_JOINED)


def _is_patch(parts: PodParts) -> bool:
    """Whether a workload is only a piece for Kustomize to merge: none of its containers has an image."""
    if parts.foreign:
        return False
    lists = [parts.template.get("spec", group) for group in ("containers", "initContainers")]
    return not any("image" in item.entries for listed in lists if listed is not None for item in listed.items)


def _pass_over(resource: Resource, reading: Reading) -> None:
    """Count a document that nothing was read of, and note the settings of timing that it holds."""
    if resource.is_kind("Namespace", "") or resource.is_kind("Service", ""):
        return  # they speak of others
    piece = must_hold_pods(resource.kind, resource.group) or (is_read(resource.kind) and bool(pods_in(resource)))
    patch = resource.walked and piece
    if resource.walked and not resource.kind:
        reading.skipped["no kind"] += 1
    else:
        reading.passed_over[_PATCH.format(kind=resource.kind) if patch else resource.kind or "?"] += 1
    if resource.mentions_timing and not is_about_others(resource.kind):
        reading.unread += unread_in(resource, patch)


def _objects(given: Input, reading: Reading) -> Iterator[Resource]:
    """The objects of a text: its documents, and the items of every List."""
    if given.template or (given.lenient and _YTT.search(given.text)):
        reading.skipped["template"] += 1
        reading.unread += unread_in_text(given.source, given.text)
        return
    empty = True
    model = Resource(
        given.source,
        0,
        Node("mapping", NOWHERE),
        mentions_containers="containers" in given.text,
        mentions_timing=TIMING.search(given.text) is not None,
        walked=given.walked,
        strict=given.strict,
    )
    for document in documents(given.text, reads):
        empty = False
        try:
            if document.error is not None:
                raise document.error
            if document.root is not None:
                yield from _items(replace(model, document=document.number, root=document.root), reading)
        except ParseError as error:
            if given.lenient and (document.template or not is_read(document.kind)):
                reading.skipped["template" if document.template else "not YAML"] += 1
                reading.unread += unread_in_text(given.source, document.text, document.line)
            else:
                reading.note(given.source, error)
    if empty and given.lenient:
        reading.skipped["empty"] += 1
    elif empty:
        reading.note(given.source, ParseError(1, *_NOTHING))


def _items(resource: Resource, reading: Reading) -> Iterator[Resource]:
    """The objects in what a resource may be: itself, or those of a List or a Template."""
    root = resource.root
    items = root.get("items")
    if root.kind == "list":
        yield from _listed(resource, reading)
    elif (resource.kind.endswith("List") or not resource.kind) and items is not None:
        for item in items.items:
            yield from _items(replace(resource, root=item), reading)
    elif resource.is_kind("Template", "template.openshift.io", ""):
        for item, missing in objects_of(root):
            notes = [Note(resource.source, line, _NO_VALUE.format(name=name)) for name, line in missing.items()]
            reading.notes += notes
            yield from _items(replace(resource, root=item), reading)
    elif root.kind == "mapping":
        yield resource
        for template in _injector_templates(root, pasted=not resource.walked):
            yield replace(resource, root=template, walked=False)
    elif not root.empty:
        _pass_over_text(resource, reading)


def _listed(resource: Resource, reading: Reading) -> Iterator[Resource]:
    """The objects in a list that is a document: objects, or containers that somebody pastes."""
    root = resource.root
    if root.items and all("kind" in item.entries for item in root.items):
        for item in root.items:
            yield from _items(replace(resource, root=item), reading)
    elif is_patch(root):
        reading.unread += unread_in_patch(resource.source, root)
        counter, name = (reading.skipped, "no kind") if resource.walked else (reading.passed_over, "?")
        counter[name] += 1
    elif all(item.kind == "mapping" for item in root.items):
        yield from (replace(resource, root=wrapped) for wrapped in _container_list(root))
    else:
        _pass_over_text(resource, reading)


def _pass_over_text(resource: Resource, reading: Reading) -> None:
    if resource.walked:
        reading.skipped["not YAML"] += 1
    else:
        reading.note(resource.source, ParseError(resource.root.span.line, *_PLAIN_TEXT))


def _injector_templates(root: Node, pasted: bool) -> Iterator[Node]:
    """The injection templates in Helm values, an IstioOperator, or pasted alone; those with Go templates are left."""
    for path in ((), ("sidecarInjectorWebhook",), ("spec", "values", "sidecarInjectorWebhook")):
        listed = root.get(*path, "templates")
        if listed is None or (not path and (not pasted or "kind" in root.entries)):
            continue
        for name, text in listed.entries.items():
            if isinstance(text.value, str) and "{{" not in text.value:
                body = nested(text)
                if body is not None and body.kind == "mapping":
                    asked = "gateway" if "gateway" in name else "sidecar"
                    yield body if asked in listed.entries else _beside(asked, body)


def _beside(asked: str, template: Node) -> Node:
    """A template as a pod that asks for one of Istio's own: what the others of the same values add is judged there."""
    wrapped = Node("scalar", template.span, asked, raw=asked, exact=False)
    for key in (TEMPLATES, "annotations", "metadata"):
        wrapped = under(key, wrapped)
    return overlaid(wrapped, template) or template


def _container_list(root: Node) -> Iterator[Node]:
    """A pasted list of containers."""
    if root.items and all(
        "name" in item.entries and ("image" in item.entries or "lifecycle" in item.entries) for item in root.items
    ):
        yield under("containers", root)
    else:
        yield Node("mapping", root.span)


def _sort(resource: Resource, context: Context, flags: Assumptions) -> list[MeshConfig]:
    """Take note of what speaks of others; return the mesh configuration that the document holds."""
    root = resource.root
    if resource.is_kind("Namespace", ""):
        context.namespaces.add(resource.source, resource.name, strings(root, "metadata", "labels"))
    elif resource.is_kind("Service", "") and root.get("spec", "template") is None:
        context.services.add(resource.root, resource.source, resource.document)
    else:
        note_gateway(resource, context)
    meshes = mesh_configs_of(resource, flags)
    for mesh in meshes:
        if mesh.kind == "ProxyConfig":
            context.proxy_configs.append(mesh)
        else:
            context.mesh_parts.setdefault(resource.source, []).append(mesh)
    return meshes
