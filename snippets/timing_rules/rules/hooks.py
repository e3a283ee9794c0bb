"""The containers of a pod and their preStop hooks, as several rules ask for them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from .. import versions
from ..domain import PROXY, Container, Hook, Pod
from ..manifest.injected import Origin, injected
from ..manifest.knative import TIMEOUT
from ..source.node import Node, Span
from ..text import Text
from .places import at, replaced
from .rule import Edit, Place

#: Seconds that the kubelet leaves between SIGTERM and SIGKILL, however long the hook was.
STOP_FLOOR = int(versions.MINIMUM_STOP_TIMEOUT.value)


def everyone(pod: Pod) -> list[Container]:
    """Every container of the pod: apps, native sidecars, istio-proxy, with the hook that mesh configuration gives it."""
    proxy = pod.proxy_container or pod.proxy
    return [*pod.containers, *pod.sidecars, *([proxy] if proxy is not None else [])]


def own_hooks(pod: Pod) -> Iterator[tuple[Container, Hook]]:
    """Containers with a hook of their own that really runs."""
    for container in everyone(pod):
        hook = container.preStop
        if hook is not None and not hook.istio and not hook.fails:
            yield container, hook


def hook_at(pod: Pod, container: Container) -> Place:
    """Where the hook of a container stands; the pod, where it comes from mesh configuration."""
    if (place := overridden_at(pod, container)) is not None:
        return place
    if container.node is None:
        return Place(pod.path, pod.line)
    return at(pod, container, "lifecycle", "preStop")


def origin_of(pod: Pod, container: Container) -> Origin | None:
    """Where the hook of an istio-proxy that is still to be injected comes from."""
    injection = injected(pod) if container.name == PROXY else None
    return injection.origin if injection is not None else None


def overridden_at(pod: Pod, container: Container) -> Place | None:
    """Where `proxy.istio.io/overrides` gives istio-proxy its hook."""
    origin = origin_of(pod, container)
    return Place(origin.path, origin.line) if origin is not None and origin.kind == "overrides" else None


#: How to make a delay longer: `{k}` is what it has to be, `{by}` what the grace period lacks then, `{p}` what it is; seconds.
_ADD_SLEEP = Text(
    "add lifecycle.preStop.sleep.seconds: {k} (or longer) and raise terminationGracePeriodSeconds by {by}",
    "lifecycle.preStop.sleep.seconds: {k} 이상을 넣고 terminationGracePeriodSeconds 값을 {by} 늘리십시오",
)
_ADD_EXEC = Text(
    'add lifecycle.preStop.exec.command: ["sleep", "{k}"] (or longer; Kubernetes {v} has no sleep action) and raise '
    "terminationGracePeriodSeconds by {by}",
    'lifecycle.preStop.exec.command: ["sleep", "{k}"] 또는 더 긴 값을 넣고(쿠버네티스 {v} 버전에는 sleep 동작이 없습니다) '
    "terminationGracePeriodSeconds 값을 {by} 늘리십시오",
)
_RAISE_SLEEP = Text(
    "raise the sleep that is there from {p} to {k} s (or longer), and terminationGracePeriodSeconds by {by}",
    "지금 있는 sleep 값을 {p}초에서 {k}초 이상으로 늘리고, terminationGracePeriodSeconds 값도 {by} 늘리십시오",
)
_WAIT_FIRST = Text(
    "let the preStop hook that is there wait {k} s (or longer) before it does anything else, and raise "
    "terminationGracePeriodSeconds by {by}",
    "지금 있는 preStop 훅이 다른 일을 하기 전에 {k}초 이상 기다리게 하고, terminationGracePeriodSeconds 값을 {by} 늘리십시오",
)

_NO_HOOK = Text(
    "Knative takes no hook of one's own: let the app go on accepting for {k} s (or longer) after SIGTERM, declare that as "
    "timing-rules/accepts-after-sigterm, and keep timeoutSeconds above it",
    "Knative Service에는 훅을 직접 넣을 수 없습니다. 앱이 SIGTERM을 받은 뒤에도 {k}초 이상 연결을 받게 하고, 그 시간을 "
    "timing-rules/accepts-after-sigterm에 선언하십시오. timeoutSeconds 값은 그보다 길어야 합니다",
)


class Delay(NamedTuple):
    """How a container gets a delay of `seconds`: in words, and as edits where they are certain."""

    fix: Text
    seconds: int
    edits: tuple[Edit, ...] = ()


def delay_of(pod: Pod, container: Container, seconds: float) -> Delay:
    """The delay that a container lacks, in the hook that is there: a second handler would be refused."""
    hook, wanted = container.preStop, math.ceil(seconds)
    if pod.grace_field == TIMEOUT:
        return Delay(_NO_HOOK.format(k=wanted), wanted)
    # What is left behind a hook is more than the kubelet's floor (PT101), even if there was less before.
    more = wanted + max(0, int(versions.MINIMUM_STOP_TIMEOUT.value) + 1 - pod.terminationGracePeriodSeconds)
    if hook is None:
        fix = _ADD_SLEEP if versions.SLEEP_ACTION.holds(pod.kubernetes) else _ADD_EXEC
        edits = _added(pod, container, wanted, pod.terminationGracePeriodSeconds + more) if fix is _ADD_SLEEP else ()
        return Delay(fix.format(k=wanted, by=more, v=pod.kubernetes), wanted, edits)
    node, written = _sleep_of(hook)
    if node is None:
        return Delay(_WAIT_FIRST.format(k=wanted, by=more), wanted)
    by = wanted - written
    grace = pod.node.get("terminationGracePeriodSeconds") if pod.node is not None else None
    edits = replaced(node, f'"{wanted}"' if isinstance(node.value, str) else str(wanted))
    raised = replaced(grace, str(pod.terminationGracePeriodSeconds + by)) if grace is not None else ()
    fix = _RAISE_SLEEP.format(p=written, k=wanted, by=by)
    return Delay(fix, wanted, (*edits, *raised) if edits and raised else ())


def _added(pod: Pod, container: Container, wanted: int, raised: int) -> tuple[Edit, ...]:
    """The edits that give a container a sleep, and the pod the time for it; none where they are not certain."""
    node, spec = container.node, pod.node
    if node is None or spec is None or pod.paths or not pod.grace_shown or "lifecycle" in node.entries:
        return ()
    place, grace = _gap(node), spec.get("terminationGracePeriodSeconds")
    if place is None or not _is_block(spec):
        return ()
    above = _gap(spec) or next(iter(spec.keys.values()))
    pad = "\n" + " " * (place.column - 1)
    hook = pad.join(("lifecycle:", "  preStop:", "    sleep:", f"      seconds: {wanted}", ""))
    added = Edit(place.line, place.column, place.line, place.column, hook)
    if grace is not None:
        longer = replaced(grace, str(raised))
        return (added, *longer) if longer else ()
    text = f"terminationGracePeriodSeconds: {raised}\n{' ' * (above.column - 1)}"
    return (added, Edit(above.line, above.column, above.line, above.column, text))


def _is_block(node: Node) -> bool:
    """Whether a mapping is written in lines, without braces."""
    first = next(iter(node.keys.values()), None)
    return not node.json and node.exact and first is not None and first[:2] == node.span[:2]


def _gap(node: Node) -> Span | None:
    """A key of a mapping in lines that directly follows a value in a line, so that no comment belongs to it; best the image."""
    gaps: dict[str, Span] = {}
    for before, key in pairwise(node.keys) if _is_block(node) else ():
        value, place = node.entries[before], node.keys[key]
        if value.exact and value.span.end_line == place.line - 1 and not value.empty:
            gaps[before] = place
    return gaps.get("image") or next(iter(gaps.values()), None)


def _sleep_of(hook: Hook) -> tuple[Node | None, int]:
    """The number of seconds of a hook that only sleeps, where it stands and what it is."""
    if hook.node is None:
        return None, 0
    action, words = hook.node.get("sleep", "seconds"), hook.node.get("exec", "command")
    if action is not None and type(action.value) is int:
        return action, action.value
    if words is None or len(words.items) != 2 or hook.command[0].rpartition("/")[2] != "sleep":
        return None, 0
    return (words.items[1], int(hook.command[1])) if re.fullmatch(r"[0-9]{1,9}", hook.command[1]) else (None, 0)
