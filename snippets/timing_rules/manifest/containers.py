"""Containers and their hooks, as they will run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .. import versions
from ..domain.annotations import IMAGE_TYPE
from ..domain.container import PROXY, Container, Hook
from ..domain.given import Assumptions
from ..domain.pod import Pod
from ..shell.effects import AGENT, call_of
from ..shell.failures import fault
from ..shell.images import lacks, without_shell
from ..shell.length import NO_VARIABLES, length
from ..shell.programs import tools
from ..source.node import Node
from .values import integer, list_of, mapping, string, text_of, words


def container_of(node: Node, at: str) -> Container:
    """A container of a pod's spec, which stands at the path `at`. Errors: `ParseError` for a field of the wrong type."""
    handler = mapping(node, "lifecycle", "preStop", at=at)
    hook = (
        hook_of(handler, f"{at}.lifecycle.preStop", variables(node))
        if handler is not None and handler.entries
        else None
    )
    ports = []
    for port in list_of(node, "ports", at):
        number = integer(port, "containerPort", f"{at}.ports")
        if number is not None:
            ports.append((string(port, "name", f"{at}.ports"), number))
    name, image = string(node, "name", at) or "container", string(node, "image", at)
    if hook is not None and lacks(image, hook.command):
        hook = failing(hook)
    command, args = words(node, "command", at), words(node, "args", at)
    return Container(name, hook, image=image, command=command, args=args, ports=tuple(ports), path=at, node=node)


def variables(container: Node) -> dict[str, str]:
    """A container's own variables whose value is written out; the last of a name counts."""
    known: dict[str, str] = {}
    env = container.get("env")
    for entry in env.items if env is not None else []:
        name, value = text_of(entry.get("name")), entry.get("value")
        known.pop(name, None)
        if value is not None:
            known[name] = text_of(value)
    return known


def hook_of(handler: Node, at: str, env: Mapping[str, str] = NO_VARIABLES, agent: int = AGENT) -> Hook:
    """A preStop handler at the path `at`, where pilot-agent listens on the port `agent`. Errors: `ParseError`."""
    if "sleep" in handler.entries:
        seconds = integer(mapping(handler, "sleep", at=at), "seconds", f"{at}.sleep") or 0
        return Hook("sleep", float(max(0, seconds)), node=handler)
    if "exec" in handler.entries:
        argv = words(mapping(handler, "exec", at=at), "command", f"{at}.exec")
        taken = length(argv, env, agent)
        call = call_of(argv, agent)
        istio = call is not None and call.tool == "pilot-agent" and call.drains
        hook = Hook("exec", command=argv, istio=istio, node=handler, **taken._asdict())
        return hook if fault(argv) is None else failing(hook)
    mapping(handler, "httpGet", at=at)
    # The kubelet does not support tcpSocket in a hook: it fails at once.
    kind = next((name for name in ("httpGet", "tcpSocket") if name in handler.entries), "none")
    return Hook(kind, None if kind == "httpGet" else 0.0, node=handler)


def failing(hook: Hook) -> Hook:
    """An exec hook that fails at once, so that SIGTERM follows: the delay is 0."""
    return Hook(command=hook.command, seconds=0.0, fails=True, node=hook.node)


def as_it_runs(pod: Pod, proxy: Container) -> Container:
    """The istio-proxy of a pod with its hook as it runs: not without its tools, and not after it has ended the proxy."""
    hook = proxy.preStop
    if hook is None or hook.fails:
        return proxy
    if tools(hook.command) and is_distroless(pod, proxy.image):
        return replace(proxy, preStop=failing(hook))
    if hook.quits is None:
        return proxy
    at, agent = hook.quits
    drains = agent and not versions.DRAIN_HOOK.holds(pod.istio)  # as at SIGTERM
    length = None if drains and hook.seconds != at else at
    hook = replace(hook, seconds=length, at_least=min(at, hook.least))
    return replace(proxy, preStop=hook, exits_at=None if drains or at > pod.grace else at)


def is_distroless(pod: Pod, image: str) -> bool:
    """Whether istio-proxy is known to have no shell: by its image, or by what the injector is asked for."""
    if without_shell(image):
        return True
    asked = pod.annotations.get(IMAGE_TYPE) if pod.annotations is not None else None
    chosen = [asked, *(config.node.get("image", "imageType") for config in pod.configs)]
    first = next((node for node in chosen if node is not None), None)
    if first is not None:
        return first.value == "distroless"
    mesh = pod.assumptions.mesh
    return image in ("", "auto") and mesh is not None and mesh.image_type == "distroless"


def declare(container: Container, facts: Assumptions, app: bool) -> Container:
    """The container with what was declared about it."""
    hook = container.preStop and container.preStop.lasting(facts.prestop.get(container.name))
    shutdown = facts.shutdown_of(container.name, app) if container.name != PROXY or app else None
    if hook is container.preStop and shutdown == container.shutdown:
        return container
    return replace(container, preStop=hook, shutdown=shutdown)
