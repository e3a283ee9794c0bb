"""The pods that an object holds: at the path of a known kind, or where something has the shape of a pod template."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from ..source.node import Node
from .fragments import fragment_of
from .kinds import WORKFLOWS, PodKind, may_hold_pods, pod_kind
from .resources import Resource
from .values import mapping, text_of, under

GRACE = "terminationGracePeriodSeconds"
#: Keys under which objects of unknown kinds hold the template of a pod, or its spec.
_TEMPLATE_KEY = re.compile(r"template(spec)?$|^podspec$|^pod$|^componentspecs$", re.IGNORECASE)
#: Keys under which words of a pod are examples, patterns, patches or values for somebody else.
_NOT_PODS = re.compile(
    r"schema|properties|values|patch|pattern|overlay|example|^status$|^metadata$|merge$", re.IGNORECASE
)


@dataclass(frozen=True)
class PodParts:
    """A pod template (a mapping with `metadata` and `spec`) of an object, and the path `at` of its spec.

    `name` tells the pods of one object apart. `paths` are those of containers that stand elsewhere than in the lists
    of a pod's spec. `completes`: the pod runs to completion. `foreign`: a controller that may change it makes it;
    `guessed`: only its shape says that it is a pod.
    """

    kind: str
    template: Node
    at: str
    name: str = ""
    paths: Mapping[str, str] = field(default_factory=dict)
    completes: bool = False
    foreign: bool = False
    guessed: bool = False


def pods_in(resource: Resource) -> list[PodParts]:
    """Every pod that an object or a pasted fragment holds. Errors: `ParseError` for a known kind that is broken."""
    kind, group = resource.kind, resource.group
    if not kind:
        fragment = fragment_of(resource)
        return [] if fragment is None else [_whole(*fragment, resource.root)]
    row = pod_kind(kind, group)
    if row is not None:
        parts = list(_known(resource, row))
    elif kind in WORKFLOWS and group in (None, "argoproj.io"):
        parts = list(_workflow(resource))
    elif resource.mentions_containers and may_hold_pods(kind, group):
        parts = list(_shaped(resource, resource.root, "", ""))
    else:
        return []
    several = len(parts) > 1
    return [replace(part, name=part.name or part.at.removesuffix(".spec")) if several else part for part in parts]


def _whole(kind: str, template: Node, path: str, root: Node) -> PodParts:
    """A pasted fragment: what is no more than a spec has no path."""
    return PodParts(kind, template, "" if template.get("spec") is root else f"{path}.spec".lstrip("."))


def _known(resource: Resource, row: PodKind) -> Iterator[PodParts]:
    for path in row.templates:
        for at, template in _under(resource.root, path):
            if not row.foreign and (template is not resource.root or template.get("spec") is not None):
                yield PodParts(resource.kind, template, f"{at}.spec".lstrip("."), completes=row.completes)
            elif row.foreign and _lists_containers(template.get("spec")):
                template = _with_grace(resource, row, template)
                yield PodParts(resource.kind, template, f"{at}.spec", completes=row.completes, foreign=True)
    for path in row.specs:
        for at, spec in _under(resource.root, path):
            if _lists_containers(spec):
                yield PodParts(resource.kind, under("spec", spec), at, completes=row.completes, foreign=True)


def _under(node: Node, path: str, at: str = "") -> Iterator[tuple[str, Node]]:
    """The mappings at a path, each with its own: `[]` stands for every item of a list."""
    head, listed_here, rest = path.partition("[].")
    if not listed_here:
        found = mapping(node, *head.split("."), at=at) if head else node
        if found is not None:
            yield f"{at}.{head}".strip("."), found
        return
    listed = node.get(*head.split("."))
    for index, item in enumerate(listed.items if listed is not None else ()):
        if item.kind == "mapping":
            yield from _under(item, rest, f"{at}.{head}[{index}]".strip("."))


def _lists_containers(spec: Node | None) -> bool:
    listed = spec.get("containers") if spec is not None else None
    return listed is not None and bool(listed.items) and all(item.kind == "mapping" for item in listed.items)


def _with_grace(resource: Resource, row: PodKind, template: Node) -> Node:
    """The template with the grace period that its controller gives it, where the kind has one of its own."""
    spec = template.get("spec")
    if not row.grace or spec is None or GRACE in spec.entries:
        return template
    outer = resource.root.get("spec")
    if outer is not None and GRACE in outer.entries:
        grace, key = outer.entries[GRACE], outer.keys[GRACE]
    else:
        grace, key = Node("scalar", spec.span, row.grace, raw=str(row.grace), exact=False), spec.span
    return template.with_entries({"spec": spec.with_entries({GRACE: grace}, {GRACE: key})})


def _workflow(resource: Resource) -> Iterator[PodParts]:
    """The pods of an Argo workflow: a template runs `container`, `script` or a `containerSet`, beside its sidecars."""
    path = WORKFLOWS[resource.kind]
    shared = resource.root.get(*path.split("."), "podMetadata")
    for at, template in _under(resource.root, f"{path}.templates[]."):
        placed: list[tuple[str, Node]] = []
        for key in ("container", "script"):
            node = template.get(key)
            if node is not None and node.kind == "mapping":
                main = Node("scalar", node.span, "main", raw="main", exact=False)
                placed.append((f"{at}.{key}", node.with_entries({"name": main, **node.entries})))
        for *keys, last in (("containerSet", "containers"), ("sidecars",)):
            listed = template.get(*keys, last)
            items = enumerate(listed.items if listed is not None else ())
            placed += [(".".join([at, *keys, f"{last}[{i}]"]), node) for i, node in items if node.kind == "mapping"]
        if not placed:
            continue
        containers = Node("list", template.span, items=[node for _, node in placed])
        inits = template.get("initContainers")
        entries = {"containers": containers, **({"initContainers": inits} if inits is not None else {})}
        metadata = template.get("metadata") or shared
        pod = under("spec", Node("mapping", template.span, entries=entries, keys=template.keys))
        yield PodParts(
            resource.kind,
            pod if metadata is None else pod.with_entries({"metadata": metadata}),
            at,
            text_of(template.get("name")),
            {f"containers[{i}]": place for i, (place, _) in enumerate(placed)},
            completes=True,
            foreign=True,
        )


def _shaped(resource: Resource, node: Node, at: str, key: str) -> Iterator[PodParts]:
    """What has the shape of a pod template, below a key that says so; and whole objects of known kinds."""
    if node.kind == "list":
        for index, item in enumerate(node.items):
            yield from _shaped(resource, item, f"{at}[{index}]", key)
        return
    if at and {"apiVersion", "kind"} <= set(node.entries):
        inner = replace(resource, root=node)
        for part in pods_in(inner) if pod_kind(inner.kind, inner.group) or inner.kind in WORKFLOWS else ():
            yield replace(
                part, at=f"{at}.{part.at}", name=f"{inner.name} {part.name}".strip(), foreign=True, guessed=True
            )
        return
    if _TEMPLATE_KEY.search(key):
        completes, spec = resource.kind.endswith("Job"), node.get("spec")
        if spec is not None and _is_pod(spec):
            yield PodParts(resource.kind, node, f"{at}.spec", completes=completes, foreign=True, guessed=True)
            return
        if _is_pod(node):
            yield PodParts(resource.kind, under("spec", node), at, completes=completes, foreign=True, guessed=True)
            return
    for name, child in node.entries.items():
        if child.kind != "scalar" and not _NOT_PODS.search(name):
            yield from _shaped(resource, child, f"{at}.{name}".lstrip("."), name)


def _is_pod(spec: Node) -> bool:
    """Whether it lists containers, each with a name, and one with an image at least: a patch has none."""
    if not _lists_containers(spec):
        return False
    items = spec.entries["containers"].items
    return all("name" in item.entries for item in items) and any(
        (image := item.get("image")) is not None and isinstance(image.value, str) for item in items
    )
