"""A resource with a pod template, or a fragment of one, as a pod."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from ..domain.container import PROXY, Container, Sidecar
from ..domain.given import Assumptions, Config, MeshConfig
from ..domain.pod import Injection, Pod
from ..domain.settings import ProxySettings
from ..source.node import Node
from ..text import Text
from . import declared
from .containers import as_it_runs, container_of, declare
from .helm import covered, release_of_image
from .injection import Custom, Injecting, custom_templates, mode_by_templates, rewrites_hooks, templated, through_agent
from .injector import injector_for
from .knative import knative
from .layers import annotation_of, settings_of
from .membership import Membership, is_assumed, is_to_be_injected, mode_of
from .resources import Context, Note, Reading, Resource
from .templates import PodParts
from .values import integer, list_of, mapping, string, strings, text_of


@dataclass
class _Template:
    """A pod template as it is written. `natives` are those of the init containers that go on running; `at` is its path."""

    kind: str
    metadata: Node | None
    spec: Node | None
    at: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    annotations_node: Node | None
    apps: list[Container]
    inits: list[Container]
    natives: list[Container]
    grace: int | None

    @property
    def proxy(self) -> Container | None:
        """The container named istio-proxy, wherever it is declared."""
        return next((container for container in (*self.inits, *self.apps) if container.name == PROXY), None)


def pod_of(resource: Resource, parts: PodParts, context: Context, flags: Assumptions, reading: Reading) -> Pod:
    """One of the pods of a resource. Errors: `ParseError`; a wrong declaration is noted in `reading`."""
    template = _template_of(resource, parts)
    facts = _facts(resource, template, context, flags, reading)
    shown = resource.shown[2] if resource.shown is not None else ""
    namespace = shown or resource.namespace or string(template.metadata, "namespace", "metadata")
    member = _membership(resource, template, context, namespace)
    sidecar, custom = mode_of(member, facts), Custom(proxy=True)
    if is_to_be_injected(member, facts):
        custom = custom_templates(member, facts)
        if sidecar is not Sidecar.NONE and not custom.proxy:
            sidecar = mode_by_templates(custom, member)
    template = _as_injected(template, member, facts, custom, sidecar is not Sidecar.NONE)
    _note(resource, member, facts, custom, reading)
    injections, configs = _injections(resource, context, facts, member, template, sidecar, custom)
    proxy = template.proxy if sidecar is not Sidecar.NONE else None
    injected = member.injected and proxy is not None
    pod = Pod(
        containers=tuple(declare(app, facts, True) for app in template.apps if app is not proxy),
        sidecars=tuple(declare(native, facts, False) for native in template.natives if native is not proxy),
        sidecar=sidecar,
        proxy=declare(proxy, facts, False) if proxy is not None else None,
        proxy_index=template.natives.index(proxy) if injected and proxy in template.natives else 0,
        injected=injected,
        ambient=member.ambient,
        settings=next(iter(injections.values())).settings if injections else ProxySettings(),
        assumptions=facts,
        kind=template.kind,
        name=_name(resource, template, parts),
        namespace=namespace,
        source=resource.source,
        document=resource.document,
        line=resource.root.span.line,
        services=context.services.of(resource.source, template.labels, namespace, (*template.apps, *template.natives)),
        replicas=_replicas(resource, template),
        recreate=_recreates(resource, template),
        grace_shown=template.grace is not None or not _may_be_elsewhere(resource, template),
        configs=configs,
        injections=injections,
        annotations=template.annotations_node,
        node=template.spec,
        workload=resource.root,
        path=template.at,
        completes=parts.completes,
        foreign=parts.foreign,
        mesh_hook=not resource.hookless,
        paths=resource.paths,
    )
    if resource.shown is not None:
        kind, name, space = resource.shown
        pod = replace(pod, kind=kind, name=name, namespace=space)
    grace = template.grace
    if grace is None and resource.group == "serving.knative.dev":
        pod, grace = knative(pod, template.spec, template.at)
    if grace is not None:
        pod = replace(pod, terminationGracePeriodSeconds=grace)
    return _as_it_runs(pod)


def _as_it_runs(pod: Pod) -> Pod:
    """The pod with every istio-proxy as it runs; most do as they are written."""
    proxies = {
        mode: as_it_runs(pod, declare(injection.proxy, pod.assumptions, False))
        for mode, injection in pod.injections.items()
    }
    own = as_it_runs(pod, pod.proxy) if pod.proxy is not None else None
    if own is pod.proxy and all(proxies[mode] is injection.proxy for mode, injection in pod.injections.items()):
        return pod
    running = {mode: replace(injection, proxy=proxies[mode]) for mode, injection in pod.injections.items()}
    return replace(pod, injections=running, proxy=own)


def _as_injected(
    template: _Template, member: Membership, facts: Assumptions, custom: Custom, meshed: bool
) -> _Template:
    """The pod template after the injector's own templates, its hooks as they run beside an istio-proxy (`meshed`)."""
    if custom.specs:
        apps, inits = (
            templated(template.apps, "containers", custom),
            templated(template.inits, "initContainers", custom),
        )
        lengths = [integer(spec, "terminationGracePeriodSeconds", "template") for _, spec in custom.specs]
        template = replace(
            template,
            apps=[app for app, _ in apps],
            inits=[init for init, _ in inits],
            natives=[init for init, whole in inits if text_of(whole.get("restartPolicy")) == "Always"],
            grace=next((length for length in reversed(lengths) if length is not None), template.grace),
        )
    rewrites = not member.injected and rewrites_hooks(member, facts)
    if not meshed or not (rewrites or member.injected):
        return template
    return replace(
        template,
        apps=[through_agent(app, member, facts, rewrites) for app in template.apps],
        natives=[through_agent(native, member, facts, rewrites) for native in template.natives],
    )


def _note(resource: Resource, member: Membership, facts: Assumptions, custom: Custom, reading: Reading) -> None:
    """Say, once a run, what is assumed of a pod's Namespace (a pasted piece has none), and which templates are not read."""
    texts = [_UNREAD.format(name=name) for name in custom.unread if name in injector_for(facts).templates]
    if resource.kind and is_to_be_injected(member, facts) and is_assumed(member, facts):
        texts.append(_ASSUMED)
    for text in texts:
        if all(note.text != text for note in reading.notes):
            reading.notes.append(Note(resource.source, resource.root.span.line, text))


_UNREAD = Text(
    "the injection template {name} holds Go template code and is not read: a hook, a setting or a grace period in it does "
    "not count here",
    "{name} 주입 템플릿은 Go 템플릿 코드가 있어 읽지 않습니다. 안에 있는 훅, 설정, 유예 기간은 판정에 넣지 않습니다",
)
_ASSUMED = Text(
    "only an annotation or an own istio-proxy speaks of a sidecar here: the pod's Namespace is assumed to be labelled for "
    "injection; give the Namespace too to be sure",
    "사이드카가 있다고 볼 근거가 어노테이션 또는 직접 선언한 istio-proxy 컨테이너뿐입니다. 파드의 네임스페이스에 "
    "주입 레이블이 있다고 가정합니다. 확실히 하려면 Namespace도 함께 입력하십시오",
)


def _injections(
    resource: Resource,
    context: Context,
    facts: Assumptions,
    member: Membership,
    template: _Template,
    sidecar: Sidecar | None,
    custom: Custom,
) -> tuple[dict[Sidecar | None, Injection], tuple[Config, ...]]:
    """What the injector makes of the pod in each mode that it may have, and the texts of its annotation."""
    if sidecar is Sidecar.NONE:
        return {}, settings_of(resource, context, facts, member, {})[0]
    own = template.proxy
    group = "initContainers" if own in template.inits else "containers"
    listed = template.inits if group == "initContainers" else template.apps
    path = f"{template.at}.{group}[{listed.index(own)}]".lstrip(".") if own is not None else ""
    injections, configs = dict[Sidecar | None, Injection](), tuple[Config, ...]()
    for mode in (Sidecar.NATIVE, Sidecar.CLASSIC) if sidecar is None else (sidecar,):
        injection, env = Injecting(
            member, facts, mode, custom, group, path, annotation_of(member), not resource.hookless
        ).injection()
        configs, layers = settings_of(resource, context, facts, member, env)
        injections[mode] = replace(injection, settings=ProxySettings.of(layers))
    return injections, configs


def _name(resource: Resource, template: _Template, parts: PodParts) -> str:
    name = resource.name or string(template.metadata, "name", "metadata")
    return f"{name} ({parts.name})" if parts.name else name


def _template_of(resource: Resource, parts: PodParts) -> _Template:
    node, at = parts.template, parts.at
    path = at.removesuffix("spec").rstrip(".")
    metadata, spec = mapping(node, "metadata", at=path), mapping(node, "spec", at=path)
    apps, inits = (
        [
            container_of(item, parts.paths.get(f"{group}[{i}]", f"{at}.{group}[{i}]".lstrip(".")))
            for i, item in enumerate(list_of(spec, group, at))
        ]
        for group in ("containers", "initContainers")
    )
    return _Template(
        kind=parts.kind,
        metadata=metadata,
        spec=spec,
        at=at,
        labels=strings(metadata, "labels"),
        annotations=strings(metadata, "annotations", pasted=not resource.kind),
        annotations_node=mapping(metadata, "annotations", at=f"{path}.metadata".lstrip(".")),
        apps=apps,
        inits=inits,
        natives=[init for init in inits if string(init.node, "restartPolicy", init.name) == "Always"],
        grace=integer(spec, "terminationGracePeriodSeconds", at),
    )


def _facts(
    resource: Resource, template: _Template, context: Context, flags: Assumptions, reading: Reading
) -> Assumptions:
    """What is declared about the pod: by flags, on the pod template, on the workload; and the mesh that it is in."""
    names = [container.name for container in (*template.apps, *template.natives)]
    report, metadata = partial(reading.note, resource.source), mapping(resource.root, "metadata")
    declarations = declared.read(template.annotations_node, names, report)
    outer = metadata.get("annotations") if metadata is not None else None
    if outer is not template.annotations_node:
        declarations = declarations.over(declared.read(outer, names, report))
    space = resource.namespace or string(template.metadata, "namespace", "metadata")
    of_name = declared.of_workload(flags, space, template.kind, resource.name)
    mesh = flags.mesh if flags.mesh is not None else context.mesh.get(resource.source)
    facts = replace(flags, workloads=(), mesh=mesh).over(declarations).over(of_name)
    return facts if facts.istio else replace(facts, istio=covered(_stated(template, mesh)))


def _stated(template: _Template, mesh: MeshConfig | None) -> str:
    """The release of Istio that the texts themselves name: by the image of istio-proxy, or in the mesh configuration."""
    image = template.proxy.image if template.proxy is not None else ""
    return release_of_image(image) or (mesh.stated if mesh is not None else "")


def _membership(resource: Resource, template: _Template, context: Context, namespace: str) -> Membership:
    host_network = template.spec.get("hostNetwork") if template.spec is not None else None
    return Membership(
        labels=template.labels,
        annotations=template.annotations,
        noted=template.annotations_node,
        namespace=namespace,
        space=next(context.namespaces.of(resource.source, namespace or "default"), None),
        proxy=template.proxy,
        native=template.proxy in template.natives,
        host_network=host_network is not None and host_network.value is True,
        alone=not template.apps,
    )


def _replicas(resource: Resource, template: _Template) -> int | None:
    """How many pods there are, where the workload says; a Pod that nothing owns is alone."""
    if template.kind == "Pod":
        return None if resource.root.get("metadata", "ownerReferences") else 1
    written = resource.root.get("spec", "replicas")
    if written is not None and type(written.value) is int:
        return written.value
    return 1 if template.kind == "StatefulSet" else None


def _recreates(resource: Resource, template: _Template) -> bool:
    """Whether a pod ends before its successor starts, so that no other could answer in its place."""
    root, replicas = resource.root, _replicas(resource, template)
    surge = text_of(root.get("spec", "strategy", "rollingUpdate", "maxSurge"))
    in_place = template.kind in ("Pod", "StatefulSet") or surge in ("0", "0%")
    return text_of(root.get("spec", "strategy", "type")) == "Recreate" or (
        in_place and replicas is not None and replicas <= 1
    )


def _may_be_elsewhere(resource: Resource, template: _Template) -> bool:
    """Whether a grace period that is not written here may be written elsewhere: in a pasted piece, or for a patch."""
    root = resource.root
    written = template.spec.get("terminationGracePeriodSeconds") if template.spec is not None else None
    if written is not None and written.raw.startswith("${"):  # a parameter without a value
        return True
    pasted = not resource.kind and (template.spec is root or bool({"lifecycle", "preStop"} & set(root.entries)))
    return pasted or not any(container.image for container in template.apps)
