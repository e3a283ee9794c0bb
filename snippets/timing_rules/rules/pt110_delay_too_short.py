"""PT110: a delay that is too short."""

from __future__ import annotations

from collections.abc import Iterator

from ..domain import Hook, Sidecar
from ..text import Text
from .hooks import delay_of, hook_at
from .rule import ASSUMED, DECLARED, About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text("A delay that is too short", "기다리는 시간이 너무 짧습니다"),
    what=Text(
        "Fires for a container to which a Service of the same input sends, when the declared propagation or the declared "
        "lb-deregistration is longer than preStop + accepts-after-sigterm, and when a preStop hook stops the app itself "
        "and waits only after that. Gateways: see PT301.",
        "같은 입력의 Service가 요청을 보내는 컨테이너에서 선언한 propagation 또는 lb-deregistration 값이 preStop + "
        "accepts-after-sigterm보다 길면 보고합니다. preStop 훅이 앱을 직접 멈춘 다음에야 기다리는 경우도 "
        "보고합니다. 게이트웨이는 PT301을 보십시오.",
    ),
    why=Text(
        "Whoever still sends after the app has closed its listener is refused. What a hook does after it has stopped the "
        "app delays nothing: the listener is closed, and an exec hook ends with its container.",
        "앱이 리스너를 닫은 뒤에 오는 요청은 거부됩니다. 훅이 앱을 멈춘 뒤에는 기다려도 소용이 없습니다. 리스너는 "
        "이미 닫혔고, exec 훅은 컨테이너와 함께 끝납니다.",
    ),
    fix=Text(
        "Make the hook that is there wait as long as somebody sends, before it stops anything, and raise "
        "terminationGracePeriodSeconds by as much.",
        "지금 있는 훅이 클라이언트가 요청을 보내는 동안 먼저 기다리고, 그다음에 앱을 멈추게 하십시오. "
        "terminationGracePeriodSeconds 값도 그만큼 늘리십시오.",
    ),
    see=(
        "settings/app-and-pod.md#prestop",
        "settings/gateway-and-mesh.md#debounce",
        "guides/prestop-delay.md#how-long",
        "examples.md#http-native-sidecar",
    ),
)
MESSAGE = Text(
    "{c} accepts until {u} s at the latest (preStop + accepts-after-sigterm), and {who} until {t} s (declared): what comes "
    "between is refused",
    "{c} 컨테이너는 늦어도 {u}초에는 연결을 더 받지 않는데(preStop + accepts-after-sigterm), {who} {t}초까지 요청을 "
    "보냅니다 (선언한 값). 그 사이의 요청은 거부됩니다",
)
MESSAGE_STOPS = Text(
    "the preStop hook itself stops {c} at {u} s; what it does after that delays nothing, and clients that still send are "
    "refused until {t} s ({how})",
    "preStop 훅이 {u}초에 {c} 컨테이너를 직접 멈춥니다. 그 뒤에 기다려도 소용이 없으며, 클라이언트가 {t}초까지 "
    "보내는 요청은 거부됩니다 ({how})",
)
FIX_STOPS = Text(
    "let the hook that is there sleep first, {k} s or longer, and stop the app after that; the grace period has to hold both",
    "지금 있는 훅이 먼저 {k}초 이상 기다린 뒤에 앱을 멈추게 하십시오. 유예 기간은 두 시간을 더한 값보다 길어야 합니다",
)
CLIENTS = Text("clients still send", "클라이언트는")
BALANCER = Text("the load balancer still sends", "로드 밸런서는")


def delay_too_short(case: Case) -> Iterator[Problem]:
    """Each container behind a Service that stops accepting while somebody is known to send."""
    pod, facts = case.pod, case.pod.assumptions
    if pod.is_job or pod.recreate or pod.replicas == 0 or pod.sidecar is Sidecar.GATEWAY:
        return
    balancer = facts.lb_deregistration or 0.0
    declared = max(facts.propagation or 0.0, balancer)
    for container in pod.containers:
        place, stops = hook_at(pod, container), _stopped_at(container.preStop)
        if not pod.is_served(container.name):
            continue
        if stops is not None:
            until, sends = stops + facts.accepts, max(facts.clients_know_after, balancer)
            how = DECLARED if declared >= sends else ASSUMED
            if until < sends:
                k = delay_of(pod, container, sends - facts.accepts).seconds
                yield Problem(place, container.name, say=MESSAGE_STOPS, fix=FIX_STOPS, u=until, t=sends, how=how, k=k)
        elif declared and declared > (until := _accepts_until(case, container.name)):
            delay = delay_of(pod, container, declared - facts.accepts)
            who, fix, edits = BALANCER if balancer >= declared else CLIENTS, delay.fix, delay.edits
            yield Problem(place, container.name, say=MESSAGE, fix=fix, edits=edits, u=until, t=declared, who=who)


def _stopped_at(hook: Hook | None) -> float | None:
    """When a hook stops the app and goes on after that, or `None`."""
    return None if hook is None or hook.seconds == hook.stops_at else hook.stops_at


def _accepts_until(case: Case, container: str) -> float:
    """When a container stops accepting at the latest."""
    times = case.line.latest.containers[container]
    return min(times.sigterm + case.pod.assumptions.accepts, times.end)


RULE = Rule("PT110", Severity.WARNING, ABOUT, delay_too_short)
