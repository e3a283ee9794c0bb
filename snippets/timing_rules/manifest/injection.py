"""What comes out of Istio's injector: istio-proxy as it will run, and why a pod is refused.

Templates merge over the pod in their order, then what the pod says of a container itself once more, field by field.
Source: istio/istio at 86c9f01fd735, `pkg/kube/inject/inject.go` (`RunTemplate`) and `pkg/kube/inject/webhook.go`
(`reapplyOverwrittenContainers`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from .. import versions
from ..domain.annotations import CONFIG, NATIVE, OVERRIDES, REWRITE, STATUS_PORT, TEMPLATES
from ..domain.container import ISTIO_DRAIN_HOOK, PROXY, Container, Hook, Sidecar
from ..domain.given import Assumptions
from ..duration import parse_bool
from ..shell.effects import AGENT
from ..source.errors import ParseError
from ..source.node import NOWHERE, Node
from ..source.stream import nested
from .containers import container_of, hook_of
from .injected import Injected, Origin, Refusal
from .injector import TEMPLATES as BUILT_IN
from .injector import injector_for
from .layers import annotation_of, env_of
from .membership import Membership, native_by_version, native_env
from .spelling import nearest
from .values import list_of, text_of, under

#: Handlers of a hook: the API server accepts one of them.
HANDLERS = ("exec", "httpGet", "tcpSocket", "sleep")
#: The templates of Istio's own that bring istio-proxy.
WITH_PROXY = {"sidecar", "gateway", "waypoint", "kube-gateway"}
_GROUPS = ("containers", "initContainers")


@dataclass(frozen=True)
class Piece:
    """What one source says of a container: a template, the pod, or its overrides."""

    kind: str
    node: Node
    path: str
    source: str = ""

    @property
    def origin(self) -> Origin:
        """Where it stands."""
        return Origin(self.kind, self.path, self.node.span.line, self.source)


@dataclass
class Custom:
    """The templates of the values that a pod is injected with: those that can be read, in their order."""

    specs: list[tuple[str, Node]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    proxy: bool = False

    def pieces(self, group: str, name: str, source: str) -> Iterator[Piece]:
        """What the templates say of a container."""
        for template, spec in self.specs:
            listed = spec.get(group)
            for item in listed.items if listed is not None else ():
                if text_of(item.get("name")) == name:
                    yield Piece("template", item, f"sidecarInjectorWebhook.templates.{template}", source)


def custom_templates(pod: Membership, facts: Assumptions) -> Custom:
    """The templates of a pod that is injected, and those that it asks for in vain."""
    injector, custom = injector_for(facts), Custom()
    asked = pod.noted.get(TEMPLATES) if pod.noted is not None else None
    line = asked.span.line if asked is not None else 0
    for name in pod.templates(injector):
        text = injector.templates.get(name)
        if text is None and name in BUILT_IN:
            custom.proxy = custom.proxy or name in WITH_PROXY
        elif text is None:
            near = nearest(name, [*BUILT_IN, *injector.templates])
            sure = injector.known or not name
            if sure or near:
                known = ", ".join([*BUILT_IN, *injector.templates])
                place = f"metadata.annotations.{TEMPLATES}" if asked is not None else "defaultTemplates"
                custom.refusals.append(Refusal("template", place, line, (name, near or "", known), sure))
            if not sure:  # values that nobody gave may hold it
                custom.unread.append(name)
            custom.proxy = True
        elif "{{" in text.raw or not isinstance(text.value, str):
            custom.unread.append(name)
            custom.proxy = custom.proxy or name in WITH_PROXY or PROXY in text.raw
        else:
            body = nested(text)
            spec = body.get("spec") if body is not None else None
            if spec is not None:
                custom.specs.append((name, spec))
    return custom


def overrides_of(pod: Membership) -> tuple[Node | None, Refusal | None]:
    """What `proxy.istio.io/overrides` says in a pod still to be injected, or that it is refused."""
    node = pod.noted.get(OVERRIDES) if pod.noted is not None else None
    if node is None or not isinstance(node.value, str):
        return None, None
    path = f"metadata.annotations.{OVERRIDES}"
    try:
        value = json.loads(node.value)
        groups = [value.get(group) or [] for group in _GROUPS] if value is not None else []
        listed = all(isinstance(item, dict) for group in groups for item in group)
        body = nested(node)
        for group in _GROUPS if listed and body is not None else ():  # of the types of containers, as Istio reads it
            for item in list_of(body, group, path):
                container_of(item, path), env_of(item)
    except (ValueError, AttributeError, TypeError, ParseError):
        listed, body = False, None
    if not listed:
        return None, Refusal("overrides", path, node.span.line)
    return body, None


def merged(below: Node, above: Node, typed: bool = True) -> Node:
    """A strategic merge: mappings key by key, lists of things with a name by it, all else replaced.

    In what the API server has typed (`typed`) a null says nothing; in a template it takes away.
    """
    entries, keys = dict(below.entries), dict(below.keys)
    for key, value in above.entries.items():
        if value.empty:
            if not typed:
                entries.pop(key, None)
            continue
        old = entries.get(key)
        if old is not None and old.kind == value.kind == "mapping":
            entries[key] = merged(old, value, typed)
        elif old is not None and old.kind == value.kind == "list" and key in ("env", "ports"):
            entries[key] = _by_name(old, value)
        else:
            entries[key] = value
        keys[key] = above.keys.get(key, above.span)
    return Node("mapping", above.span, entries=entries, keys=keys)


def _by_name(below: Node, above: Node) -> Node:
    names = [text_of(item.get("name")) for item in above.items]
    kept = [item for item in below.items if text_of(item.get("name")) not in names]
    return Node("list", above.span, items=[*kept, *above.items])


def handlers(hook: Node | None) -> list[str]:
    """The handlers of a hook."""
    return [name for name in HANDLERS if hook is not None and (node := hook.get(name)) is not None and not node.empty]


def hook_port(pod: Membership, facts: Assumptions) -> str:
    """The port that the injector writes into hooks."""
    return pod.annotations.get(STATUS_PORT) or injector_for(facts).status_port


def agent_port(pod: Membership, facts: Assumptions, annotation: Node | None) -> int:
    """The port on which pilot-agent listens. `global.proxy.statusPort` does not move it: only hooks are written by it.

    Source: istio/istio at 86c9f01fd735, `pilot/cmd/pilot-agent/config/config.go` (`applyAnnotations`).
    """
    words = (pod.annotations.get(STATUS_PORT, ""), _configured("statusPort", annotation, facts))
    return next((int(word) for word in words if re.fullmatch(r"[0-9]{1,9}", word)), AGENT)


def _configured(key: str, annotation: Node | None, facts: Assumptions) -> str:
    """A setting of the proxy as text: the pod's, else the mesh's."""
    nodes = [annotation, *(config.node for config in (facts.mesh.configs if facts.mesh is not None else ()))]
    words = [node.get(key) for node in nodes if node is not None]
    return text_of(next((word for word in words if word is not None), None))


def _scalar(text: str) -> Node:
    return Node("scalar", NOWHERE, text, raw=text)


def _exec(*command: str) -> Node:
    return under("exec", under("command", Node("list", NOWHERE, items=[_scalar(word) for word in command])))


@dataclass
class Injecting:
    """One pod on its way through the injector, in one mode."""

    pod: Membership
    facts: Assumptions
    mode: Sidecar
    custom: Custom
    own_group: str
    own_path: str
    annotation: Node | None = None
    mesh_hook: bool = True

    @property
    def group(self) -> str:
        """The list in which Istio's template puts istio-proxy."""
        return "initContainers" if self.mode is Sidecar.NATIVE else "containers"

    def injection(self) -> tuple[Injected, Mapping[str, Node]]:
        """What comes out, the settings still to be found, and the environment of istio-proxy."""
        if self.pod.injected:
            proxy = self.pod.proxy
            assert proxy is not None
            proxy = self._heard(proxy)
            origin = Piece("own", proxy.node, self.own_path).origin if proxy.node is not None else None
            env = env_of(proxy.node) if proxy.node is not None else {}
            return Injected(proxy, origin=origin if proxy.preStop is not None else None), env
        overrides, refusal = overrides_of(self.pod)
        refusals = [*self.custom.refusals, *([refusal] if refusal is not None else []), *self._twice()]
        pieces = list(self._pieces(overrides))
        return self._merged(pieces, refusals)

    def _pieces(self, overrides: Node | None) -> Iterator[Piece]:
        """What is merged into istio-proxy, the weakest first."""
        own = self.pod.proxy
        written = Piece("own", own.node, self.own_path) if own is not None and own.node is not None else None
        if written is not None:
            yield written
        if self.custom.proxy:
            yield from self._base()
        mesh = self.facts.mesh
        yield from self.custom.pieces(self.group, PROXY, mesh.source if mesh is not None else "")
        listed = overrides.get(self.group) if overrides is not None else None
        matching = [item for item in (listed.items if listed is not None else ()) if text_of(item.get("name")) == PROXY]
        if matching:
            yield Piece("overrides", matching[0], f"metadata.annotations.{OVERRIDES}")
        elif written is not None:
            yield written

    def _base(self) -> Iterator[Piece]:
        """The lifecycle of Istio's own template: that of the values, or to hold the app, or to drain."""
        mesh = self.facts.mesh
        if mesh is not None and mesh.proxy_lifecycle is not None and self.mesh_hook:
            yield Piece("mesh", under("lifecycle", mesh.proxy_lifecycle), "global.proxy.lifecycle", mesh.source)
        elif self.mode is Sidecar.CLASSIC and self._holds():
            yield Piece("istio", under("lifecycle", under("postStart", _exec("pilot-agent", "wait"))), "")
        elif self.mode is Sidecar.NATIVE and versions.DRAIN_HOOK.holds(self.facts.version("istio")):
            port = hook_port(self.pod, self.facts)
            hook = _exec("pilot-agent", "request", f"--debug-port={port}", "POST", "drain")
            if STATUS_PORT in self.pod.annotations:
                path = f"metadata.annotations.{STATUS_PORT}"
            else:
                path = "global.proxy.statusPort" if port != str(AGENT) else f"{CONFIG}: statusPort"
            yield Piece("istio", under("lifecycle", under("preStop", hook)), path)

    def _holds(self) -> bool:
        """Whether the app waits for the proxy: the pod's word, else the mesh's, or that of the values."""
        word = _configured("holdApplicationUntilProxyStarts", self.annotation, self.facts)
        return word == "true" or injector_for(self.facts).holds

    def _heard(self, proxy: Container) -> Container:
        """An injected istio-proxy with its hook as an agent hears it whose port is moved."""
        hook, port = proxy.preStop, agent_port(self.pod, self.facts, self.annotation)
        if port == AGENT or hook is None or hook.node is None:
            return proxy
        return replace(proxy, preStop=hook_of(hook.node, self.own_path, agent=port))

    def _twice(self) -> Iterator[Refusal]:
        """Where istio-proxy comes to stand in both lists."""
        other = "containers" if self.group == "initContainers" else "initContainers"
        strangers = list(self.custom.pieces(other, PROXY, ""))
        own = self.pod.proxy
        if own is not None and own.node is not None and self.own_group == other:
            # The injector moves it where istiod's environment or exactly "true" says native.
            asked = self.pod.annotations.get(NATIVE, "")
            moves = other == "containers" and (asked in ("", "true") or self._env_is_native())
            if not moves:
                yield Refusal("twice", self.own_path, own.node.span.line, (self.own_group, self.group))
                return
        if strangers and self.custom.proxy:
            piece = strangers[0]
            yield Refusal("twice", piece.path, 0, (other, self.group))

    def _env_is_native(self) -> bool:
        facts = self.facts
        decided = native_by_version(facts.version("istio"), facts.version("kubernetes"), native_env(facts))
        return decided is not False

    def _merged(self, pieces: list[Piece], refusals: list[Refusal]) -> tuple[Injected, Mapping[str, Node]]:
        whole = Node("mapping", NOWHERE)
        origins, empty = dict[str, Origin](), dict[str, Origin]()
        for piece in pieces:
            whole = merged(whole, piece.node, typed=piece.kind != "template")
            for name in ("preStop", "postStart"):
                hook_node = piece.node.get("lifecycle", name)
                if handlers(hook_node):
                    origins[name] = piece.origin
                elif hook_node is not None and not hook_node.empty and piece.kind != "own":  # PT111 speaks of those
                    empty[name] = piece.origin
        for name, place in empty.items():
            if not handlers(whole.get("lifecycle", name)):
                refusals.append(Refusal("handler", place.path, 0, (name,)))
        for name, place in origins.items():
            kinds = handlers(whole.get("lifecycle", name))
            if len(kinds) > 1:
                line = place.line if place.kind == "own" else 0
                refusals.append(Refusal("handlers", place.path, line, (PROXY, name, *kinds)))
        origin = origins.get("preStop")
        image = text_of(whole.get("image"))
        if not self.custom.proxy and pieces and image in ("", "auto"):
            line = pieces[0].node.span.line if pieces[0].kind == "own" else 0  # its own stands first, if there is one
            refusals.append(Refusal("image", f"metadata.annotations.{TEMPLATES}", line))
        hook = self._hook(whole.get("lifecycle", "preStop"), origin)
        own = self.pod.proxy or Container(PROXY)
        return Injected(replace(own, preStop=hook), origin=origin, refusals=tuple(refusals)), env_of(whole)

    def _hook(self, handler: Node | None, origin: Origin | None) -> Hook | None:
        if handler is None or not handlers(handler) or origin is None:
            return None
        port = agent_port(self.pod, self.facts, self.annotation)
        if origin.kind == "istio" and hook_port(self.pod, self.facts) == str(port) == str(AGENT):
            return ISTIO_DRAIN_HOOK
        try:
            hook = hook_of(handler, origin.path, agent=port)
        except ParseError:
            return None
        return hook if origin.kind == "own" else replace(hook, node=None)


def templated(listed: list[Container], group: str, custom: Custom) -> list[tuple[Container, Node]]:
    """The containers of a list, but for istio-proxy, after the templates; each with what it says as a whole.

    What a template brings has no place in the text of the pod.
    """
    result = []
    for container in listed:
        pieces = list(custom.pieces(group, container.name, "")) if container.name != PROXY else []
        own = whole = container.node or Node("mapping", NOWHERE)
        if not pieces:
            result.append((container, own))
            continue
        for piece in (*pieces, Piece("own", own, "")):
            whole = merged(whole, piece.node, typed=piece.kind == "own")
        kinds = handlers(whole.get("lifecycle", "preStop"))
        if len(kinds) > 1:
            custom.refusals.append(Refusal("handlers", group, own.span.line, (container.name, "preStop", *kinds)))
        hook = container.preStop
        if hook is None:
            hook = container_of(whole, pieces[-1].path).preStop
            hook = hook and replace(hook, node=None)
        result.append((replace(container, preStop=hook), whole))
    names = [container.name for container in listed]
    for _, spec in custom.specs:
        added = spec.get(group)
        for item in added.items if added is not None else ():
            name = text_of(item.get("name"))
            if name in (*names, PROXY):
                continue
            names.append(name)
            whole = Node("mapping", NOWHERE)
            for piece in custom.pieces(group, name, ""):
                whole = merged(whole, piece.node, typed=False)
            container = container_of(whole, piece.path)
            hook = container.preStop and replace(container.preStop, node=None)
            result.append((replace(container, node=None, preStop=hook), whole))
    return result


def mode_by_templates(custom: Custom, pod: Membership) -> Sidecar:
    """The mode of a pod whose templates are all its owner's: where they put istio-proxy, if they do."""
    for group, mode in (("initContainers", Sidecar.NATIVE), ("containers", Sidecar.CLASSIC)):
        if any(True for _ in custom.pieces(group, PROXY, "")):
            return mode
    return Sidecar.CLASSIC if pod.proxy is not None and pod.proxy.image != "auto" else Sidecar.NONE


#: Where a hook goes that the injector has rewritten.
_REWRITTEN = "/app-lifecycle/{name}/prestopz"
_PROBERS = "ISTIO_KUBE_APP_PROBERS"


def rewrites_hooks(pod: Membership, facts: Assumptions) -> bool:
    """Whether the injector sends the hooks of the app through the agent."""
    if not versions.AGENT_HOOKS.holds(facts.version("istio")):
        return False
    said = parse_bool(pod.annotations.get(REWRITE, ""))
    return injector_for(facts).rewrites if said is None else said


def through_agent(container: Container, pod: Membership, facts: Assumptions, rewrites: bool) -> Container:
    """A container with its httpGet or tcpSocket hook as it runs once the pod is injected.

    The agent answers 400 to a hook that it has no entry for: the port to which hooks are sent, or a port name that the
    container lacks. Nobody answers where hooks are sent to another port than the agent's.
    """
    hook = container.preStop
    if container.name == PROXY or hook is None or hook.node is None or hook.fails:
        return container
    if hook.kind not in ("httpGet", "tcpSocket"):
        return container
    port, agent = hook.node.get(hook.kind, "port"), rewrites
    if pod.injected:
        key = _REWRITTEN.format(name=container.name)
        agent = text_of(hook.node.get(hook.kind, "path")) == key
        env = env_of(pod.proxy.node).get(_PROBERS) if pod.proxy is not None and pod.proxy.node is not None else None
        known, asked = env is not None and key in env.raw, text_of(port)
    else:
        names = [name for name, _ in container.ports]
        asked = hook_port(pod, facts)
        known = text_of(port) != asked and (
            re.fullmatch(r"[0-9]+", text_of(port)) is not None or text_of(port) in names
        )
    if not agent:
        return container
    known = known and asked == str(agent_port(pod, facts, annotation_of(pod)))
    hook = replace(hook, agent=True, seconds=None if known else 0.0, fails=not known)
    return replace(container, preStop=hook)
