"""PT201: classic sidecar: the proxy is gone before the app has finished."""

from __future__ import annotations

from collections.abc import Iterator

from ..domain import Container, Sidecar
from ..duration import format_duration
from ..text import Text
from .hooks import hook_at
from .proxies import (
    TERMINATION_DRAIN_DURATION,
    app_end,
    hook_seconds,
    proxy_hook_seconds,
    reads_drain_settings,
    setting_at,
)
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text(
        "Classic sidecar: the proxy is gone before the app has finished",
        "클래식 사이드카: 앱이 끝나기 전에 프록시가 사라집니다",
    ),
    what=Text(
        "Fires when a classic proxy ends (its own preStop + terminationDrainDuration) before the app does (preStop + "
        "shutdown). `error` when terminationDrainDuration is set or mesh config was given, `warning` when the "
        "default is assumed.",
        "클래식 프록시의 종료(자신의 preStop + terminationDrainDuration)가 앱의 종료(preStop + 종료 시간)보다 빠르면 보고합니다. "
        "terminationDrainDuration 값을 설정했거나 메시 설정을 함께 주었으면 `error`, 기본값을 가정했으면 `warning`입니다.",
    ),
    why=Text(
        "iptables still sends everything to the proxy. Without it the app can neither answer nor call out: every "
        "request in flight is lost.",
        "iptables는 여전히 모든 트래픽을 프록시로 보냅니다. 프록시가 없으면 앱은 응답도 외부 호출도 할 수 없고, 처리 중인 요청을 모두 잃습니다.",
    ),
    fix=Text(
        "Set terminationDrainDuration to at least preStop + shutdown (and the grace period above that), or use a "
        "native sidecar.",
        "terminationDrainDuration 값을 preStop + 종료 시간 이상으로(유예 기간은 그보다 크게) 설정하거나 네이티브 사이드카를 쓰십시오.",
    ),
    see=(
        "reference/settings.md#termination-drain-duration",
        "examples.md#http-classic-sidecar",
        "examples.md#http-thirty-second-requests-classic",
    ),
)
MESSAGE = Text(
    "the proxy is gone {g} s after the pod begins to stop (terminationDrainDuration {t}{d}), and {c} runs until {u} "
    "s{more}",
    "파드가 종료를 시작하고 {g}초 뒤에 프록시가 사라집니다 (terminationDrainDuration {t}{d}). {c} 컨테이너는 {u}초까지 실행됩니다{more}",
)
MESSAGE_QUIT = Text(
    "quitquitquit in its own preStop hook ends the proxy at {g} s without a drain, and {c} runs until {u} s{more}",
    "프록시는 자신의 preStop 훅이 호출하는 quitquitquit 때문에 {g}초에 드레인 없이 끝납니다. {c} 컨테이너는 {u}초까지 실행됩니다{more}",
)
FIX_EXACT = Text(
    'set terminationDrainDuration: "{until}" or more, and terminationGracePeriodSeconds above it',
    'terminationDrainDuration: "{until}" 이상으로 설정하고 terminationGracePeriodSeconds 값은 그보다 크게 하십시오',
)
FIX_QUIT = Text(
    "call quitquitquit once the app has ended, or not at all: at SIGTERM the agent drains",
    "quitquitquit 요청은 앱이 끝난 뒤에 보내거나 지우십시오. 에이전트는 SIGTERM을 받으면 드레인합니다",
)
NOTHING = Text("", "")
DEFAULT = Text(", the default", ", 기본값")
AT_LEAST = Text(" at least", " (적어도)")


def proxy_gone_first(case: Case) -> Iterator[Problem]:
    """The container that outlives its classic proxy the longest."""
    pod = case.pod
    proxy = pod.proxy_container
    if proxy is None or pod.sidecar is not Sidecar.CLASSIC:
        return
    quits = proxy.exits_at is not None
    if not quits and (not reads_drain_settings(pod) or pod.settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS):
        return
    if proxy.preStop is not None and proxy.preStop.seconds is None:
        return
    drain = pod.settings.terminationDrainDuration
    gone = round(proxy_hook_seconds(pod) + (0.0 if quits else max(0.0, drain)), 6)
    late = list(_later_than(gone, case))
    if not late:
        return
    until, container = max(late, key=lambda pair: pair[0])
    is_set = pod.settings.setter(TERMINATION_DRAIN_DURATION) is not None
    certain = quits or is_set or pod.assumptions.mesh is not None or pod.injected
    place = setting_at(pod, TERMINATION_DRAIN_DURATION, hook_at(pod, container))
    yield Problem(
        hook_at(pod, proxy) if quits and proxy.node is not None else place,
        container.name,
        Severity.ERROR if certain else Severity.WARNING,
        say=MESSAGE_QUIT if quits else MESSAGE,
        fix=FIX_QUIT if quits else FIX_EXACT,
        g=gone,
        t=format_duration(drain),
        d=NOTHING if is_set else DEFAULT,
        u=until,
        more=NOTHING if container.shutdown is not None else AT_LEAST,
        until=format_duration(until),
    )


def _later_than(gone: float, case: Case) -> Iterator[tuple[float, Container]]:
    """The containers that end after `gone`, and when; of one with an unknown shutdown, its hook alone counts."""
    for container in case.pod.containers:
        end, hook = app_end(case, container), hook_seconds(case.pod, container)
        if end is not None and gone < end:
            yield end, container
        elif end is None and hook > 0 and gone <= hook:
            yield hook, container


RULE = Rule("PT201", Severity.ERROR, ABOUT, proxy_gone_first)
