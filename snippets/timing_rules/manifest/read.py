"""YAML or JSON text as pods and mesh configuration, every value with the place where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..domain.given import Assumptions, Injector, MeshConfig
from ..domain.pod import Pod
from ..source.errors import ParseError
from ..source.node import Node
from ..source.stream import Document, documents, nested
from ..text import Text
from .kinds import reads
from .mesh import mesh_config_of
from .pods import pod_of
from .resources import Context, Reading, Resource
from .values import strings, under

_TWICE = (
    Text('the key "{name}" stands twice; the last one counts', '"{name}" 키가 두 번 있습니다. 마지막 것만 쓰입니다'),
    Text("keep one of them", "하나만 남기십시오"),
)
_NOTHING = (Text("there is nothing in it", "내용이 없습니다"), Text("give it a manifest", "매니페스트를 주십시오"))
_PLAIN_TEXT = (
    Text("this is text, not a manifest", "매니페스트가 아니라 일반 텍스트입니다"),
    Text(
        "a manifest begins with keys such as apiVersion and kind", "매니페스트는 apiVersion, kind 같은 키로 시작합니다"
    ),
)


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


def read(inputs: Iterable[tuple[str, str]], assumptions: Assumptions) -> Reading:
    """Everything in some texts, read together: a Namespace or a Service in one speaks of a pod in another."""
    reading, resources = Reading(), list[Resource]()
    for source, text in inputs:
        resources += _objects(source, text, reading)
    context = Context()
    kept = []
    for resource in resources:
        try:
            kept.append((resource, _sort(resource, context, assumptions)))
        except ParseError as error:
            reading.note(resource.source, error)
    for resource, mesh in kept:
        try:
            item = mesh or pod_of(resource, context, assumptions, reading)
        except ParseError as error:
            reading.note(resource.source, error)
            continue
        if item is not None:
            reading.items.append(item)
            for name, span in resource.root.duplicates:
                reading.note(resource.source, ParseError(span.line, *_TWICE, name=name))
        else:
            reading.passed_over[resource.kind or "?"] += 1
    reading.errors.sort(key=lambda error: (error.source, error.line))
    return reading


def _objects(source: str, text: str, reading: Reading) -> Iterator[Resource]:
    """The objects of a text: its documents, and the items of every List."""
    empty = True
    for document in documents(text, reads):
        empty = False
        try:
            if document.error is not None:
                raise document.error
            if document.root is not None:
                yield from _items(source, document, document.root, reading)
        except ParseError as error:
            reading.note(source, error)
    if empty:
        reading.note(source, ParseError(1, *_NOTHING))


def _items(source: str, document: Document, root: Node, reading: Reading) -> Iterator[Resource]:
    resource = Resource(source, document.number, root)
    items = root.get("items")
    if root.kind == "mapping" and (resource.kind.endswith("List") or not resource.kind) and items is not None:
        for item in items.items:
            yield from _items(source, document, item, reading)
    elif root.kind == "list" and root.items and all("kind" in item.entries for item in root.items):
        for item in root.items:
            yield from _items(source, document, item, reading)
    elif root.kind == "mapping":
        yield resource
        for template in _injector_templates(root):
            yield Resource(source, document.number, template)
    elif root.kind == "list" and all(item.kind == "mapping" for item in root.items):
        yield from (Resource(source, document.number, wrapped) for wrapped in _container_list(root))
    elif not root.empty:
        reading.note(source, ParseError(root.span.line, *_PLAIN_TEXT))


def _injector_templates(root: Node) -> Iterator[Node]:
    """The injection templates in Helm values, an IstioOperator, or pasted alone; those with Go templates are left."""
    for path in ((), ("sidecarInjectorWebhook",), ("spec", "values", "sidecarInjectorWebhook")):
        listed = root.get(*path, "templates")
        if listed is None or (not path and "kind" in root.entries):
            continue
        for text in listed.entries.values():
            if isinstance(text.value, str) and "{{" not in text.value:
                body = nested(text)
                if body is not None and body.kind == "mapping":
                    yield body


def _container_list(root: Node) -> Iterator[Node]:
    """A pasted list of containers."""
    if root.items and all(
        "name" in item.entries and ("image" in item.entries or "lifecycle" in item.entries) for item in root.items
    ):
        yield under("containers", root)
    else:
        yield Node("mapping", root.span)


def _sort(resource: Resource, context: Context, flags: Assumptions) -> MeshConfig | None:
    """Take note of what speaks of others; return the mesh configuration that the document is, if it is one."""
    root = resource.root
    if resource.is_kind("Namespace", ""):
        context.namespaces[resource.name] = strings(root, "metadata", "labels")
    elif resource.is_kind("Service", "") and root.get("spec", "template") is None:
        context.services.add(resource.root, resource.source, resource.document)
    mesh = mesh_config_of(resource, flags)
    if mesh is None:
        return None
    if mesh.kind == "ProxyConfig":
        context.proxy_configs.append(mesh)
    elif mesh.layer or mesh.proxy_lifecycle or mesh.native_env or mesh.image_type or mesh.injector != Injector():
        context.mesh.setdefault(resource.source, []).append(mesh)
    return mesh
