"""PT201: classic sidecar: the proxy is gone before the app has finished."""

from __future__ import annotations

from collections.abc import Iterator

from ..domain import PROXY, Sidecar
from ..duration import format_duration
from ..text import Text
from ..timeline import exact
from .hooks import hook_at
from .proxies import (
    TERMINATION_DRAIN_DURATION,
    could_hold_hook,
    outliving,
    reads_drain_settings,
    setting_at,
)
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text(
        "Classic sidecar: the proxy is gone before the app has finished",
        "클래식 사이드카: 앱이 종료되기 전에 프록시가 종료됩니다",
    ),
    what=Text(
        "Fires when a classic proxy ends (its own preStop + terminationDrainDuration) before the app does (preStop + "
        "shutdown, or SIGKILL). `error` when terminationDrainDuration is set, in an injected pod, and with mesh config "
        "that could give the proxy a hook; `warning` when the default is assumed.",
        "클래식 프록시의 종료(자신의 preStop + terminationDrainDuration)가 앱의 종료(preStop + 종료 시간, 또는 "
        "SIGKILL)보다 빠르면 보고합니다. terminationDrainDuration 값을 설정했거나, 이미 주입된 파드이거나, 프록시에 "
        "훅을 넣을 수 있는 메시 설정을 함께 입력했으면 `error`, 기본값을 가정했으면 `warning`입니다.",
    ),
    why=Text(
        "iptables still sends everything to the proxy. Without it every outbound call of the app is refused, and inbound "
        "requests that still run are cut.",
        "iptables는 여전히 모든 트래픽을 프록시로 보냅니다. 프록시가 없으면 앱의 아웃바운드 호출은 모두 거부되고, "
        "아직 처리 중이던 요청은 끊깁니다.",
    ),
    fix=Text(
        "Set terminationDrainDuration to at least preStop + shutdown (and the grace period above that), or use a "
        "native sidecar.",
        "terminationDrainDuration 값을 preStop + 종료 시간 이상으로(유예 기간은 그보다 크게) 설정하거나 네이티브 사이드카를 쓰십시오.",
    ),
    see=(
        "settings/sidecar.md#termination-drain-duration",
        "examples.md#http-classic-sidecar",
        "examples.md#http-thirty-second-requests-classic",
    ),
)
MESSAGE = Text(
    "the proxy is gone {g} s after the pod begins to stop (terminationDrainDuration {t}{d}), and {c} runs until {u} "
    "s{more}: from {g} s on every outbound call is refused, and inbound requests still running then are cut",
    "파드 종료가 시작되고 {g}초 뒤에 프록시가 종료됩니다 (terminationDrainDuration {t}{d}). {c} 컨테이너는 "
    "{more}{u}초까지 실행됩니다. {g}초부터 아웃바운드 호출은 모두 거부되고, 그때 처리 중이던 요청은 끊깁니다",
)
MESSAGE_QUIT = Text(
    "quitquitquit in its own preStop hook ends the proxy at {g} s without a drain, and {c} runs until {u} s{more}: from "
    "{g} s on every outbound call is refused, and inbound requests still running then are cut",
    "프록시는 자신의 preStop 훅이 호출하는 quitquitquit 때문에 {g}초에 드레인 없이 종료됩니다. {c} 컨테이너는 "
    "{more}{u}초까지 실행됩니다. {g}초부터 아웃바운드 호출은 모두 거부되고, 그때 처리 중이던 요청은 끊깁니다",
)
FIX_EXACT = Text(
    'set terminationDrainDuration: "{until}" or more, and terminationGracePeriodSeconds above {total} s',
    'terminationDrainDuration: "{until}" 이상으로 설정하고 terminationGracePeriodSeconds 값은 {total}초보다 크게 하십시오',
)
FIX_LONGER = Text(
    "set terminationDrainDuration to {until} and as much more as {c} needs after its preStop, and "
    "terminationGracePeriodSeconds above both together",
    "terminationDrainDuration 값은 {until}에 preStop 뒤 {c} 컨테이너의 종료 시간을 더한 값 이상으로, terminationGracePeriodSeconds 값은 그보다 크게 "
    "설정하십시오",
)
FIX_QUIT = Text(
    "call quitquitquit once the app has ended, or not at all: at SIGTERM the agent drains",
    "quitquitquit 호출은 앱이 종료된 뒤로 옮기거나 지우십시오. 에이전트는 SIGTERM을 받으면 스스로 드레인합니다",
)
NOTHING = Text("", "")
DEFAULT = Text(", the default", ", 기본값")
AT_LEAST = Text(" at least", "적어도 ")


def proxy_gone_first(case: Case) -> Iterator[Problem]:
    """The container that outlives its classic proxy the longest."""
    pod = case.pod
    proxy = pod.proxy_container
    if proxy is None or pod.sidecar is not Sidecar.CLASSIC:
        return
    quits = proxy.exits_at is not None
    if not quits and (not reads_drain_settings(pod) or pod.settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS):
        return
    last = case.line.latest.containers[PROXY]
    if last.killed:  # PT202 speaks of SIGKILL
        return
    late = outliving(case, last.end)
    if late is None:
        return
    container, hook = late.container, last.prestop_end or 0.0
    is_set = pod.settings.setter(TERMINATION_DRAIN_DURATION) is not None
    certain = quits or is_set or pod.injected or could_hold_hook(pod.assumptions.mesh)
    place = setting_at(pod, TERMINATION_DRAIN_DURATION, hook_at(pod, container))
    fix = FIX_QUIT if quits else None if late.killed else FIX_EXACT if late.known else FIX_LONGER
    yield Problem(
        hook_at(pod, proxy) if quits and proxy.node is not None else place,
        container.name,
        Severity.ERROR if certain else Severity.WARNING,
        say=MESSAGE_QUIT if quits else MESSAGE,
        fix=fix,
        g=last.end,
        t=format_duration(pod.settings.terminationDrainDuration),
        d=NOTHING if is_set else DEFAULT,
        u=late.until,
        more=NOTHING if late.known else AT_LEAST,
        until=format_duration(exact(late.until, -hook)),
        total=late.until,
    )


RULE = Rule("PT201", Severity.ERROR, ABOUT, proxy_gone_first)
