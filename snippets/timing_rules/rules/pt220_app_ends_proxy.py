"""PT220: a hook of the app ends the proxy, and the app goes on without a network."""

from __future__ import annotations

from collections.abc import Iterator

from .. import versions
from ..domain import PROXY, Container, Hook, Sidecar
from ..shell.effects import calls
from ..text import Text
from .hooks import hook_at
from .proxies import outliving
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text(
        "A hook of the app ends the proxy, and the app goes on without a network",
        "앱의 훅이 프록시를 종료해 앱의 통신이 끊깁니다",
    ),
    what=Text(
        "Fires when a preStop hook of an app container calls /quitquitquit (of the agent or of Envoy), or drain_listeners "
        "without `graceful`, while an app container still runs. `error` for a native sidecar, `warning` for a classic one.",
        "앱 컨테이너의 preStop 훅이 /quitquitquit(에이전트 또는 Envoy)이나 `graceful` 없는 drain_listeners를 호출하는데 앱 컨테이너가 아직 실행 중이면 보고합니다. 네이티브 "
        "사이드카면 `error`, 클래식 사이드카면 `warning`입니다.",
    ),
    why=Text(
        "A proxy that ends while the pod stops is not started again, and since Istio 1.21 /quitquitquit ends it without a "
        "drain. The app's requests and answers have no way left. A classic proxy has closed port 15020 by then.",
        "파드가 종료되는 동안 먼저 종료된 프록시는 다시 시작되지 않고, Istio 1.21부터 /quitquitquit은 드레인 없이 "
        "프록시를 종료합니다. 그 뒤에는 앱이 요청도 응답도 주고받을 수 없습니다. 클래식 프록시라면 그때 이미 15020 "
        "포트를 닫은 뒤입니다.",
    ),
    fix=Text(
        "Remove the call: a native proxy stops by itself once the app has ended, and a classic one stays as long as its "
        "terminationDrainDuration says.",
        "이 호출을 지우십시오. 네이티브 프록시는 앱이 종료된 뒤 스스로 종료되고, 클래식 프록시는 "
        "terminationDrainDuration 동안 남습니다.",
    ),
    see=("settings/sidecar.md#proxy-lifecycle", "examples.md#http-native-sidecar"),
)
MESSAGE = Text(
    "quitquitquit in the preStop hook of {c} ends the proxy at {g} s{how}, and {late} runs until {u} s{more}: from {g} s "
    "on every outbound call is refused, and inbound requests still running then are cut",
    "{c} 컨테이너의 preStop 훅이 호출하는 quitquitquit 때문에 프록시가 {g}초에 종료됩니다{how}. {late} 컨테이너는 "
    "{more}{u}초까지 실행됩니다. {g}초부터 아웃바운드 호출은 모두 거부되고, 그때 처리 중이던 요청은 끊깁니다",
)
MESSAGE_CLOSED = Text(
    "quitquitquit in the preStop hook of {c} comes at {at} s: a classic proxy has closed port 15020 since SIGTERM at {s} s, "
    "so the call fails; a native one would be ended while the app still runs",
    "{c} 컨테이너의 preStop 훅은 {at}초에 quitquitquit을 호출합니다. 클래식 프록시는 SIGTERM을 받은 {s}초에 이미 "
    "15020 포트를 닫았으므로 호출이 실패합니다. 네이티브 프록시라면 앱이 아직 실행 중인데 종료됩니다",
)
MESSAGE_LISTENERS = Text(
    "drain_listeners without graceful in the preStop hook of {c} closes the proxy's listeners at {at} s: new "
    "connections are refused from then on, and {late} runs until {u} s{more}",
    "{c} 컨테이너의 preStop 훅이 graceful 없이 호출하는 drain_listeners 때문에 프록시의 리스너가 {at}초에 닫히고 "
    "그때부터 새 연결은 거부됩니다. {late} 컨테이너는 {more}{u}초까지 실행됩니다",
)
MESSAGE_SOMETIME = Text(
    "the preStop hook of {c} calls quitquitquit before {c} gets SIGTERM, at a time that cannot be read: a native proxy is gone "
    "from then on while {c} still runs, and a classic one has closed its port by then",
    "{c} 컨테이너의 preStop 훅은 {c} 컨테이너가 SIGTERM을 받기 전에 quitquitquit을 호출합니다. 정확한 시점은 "
    "매니페스트로 알 수 없습니다. 네이티브 프록시라면 {c} 컨테이너가 아직 실행 중일 때 종료되고, 클래식 프록시라면 "
    "그때 이미 포트를 닫은 뒤입니다",
)
AT_ONCE = Text(" without a drain", " (드레인 없음)")
DRAINED = Text(", after its drain", " (드레인 뒤)")
NOTHING = Text("", "")
AT_LEAST = Text(" at least", "적어도 ")


def app_ends_proxy(case: Case) -> Iterator[Problem]:
    """Each hook of another container that takes the proxy away while an app still needs it."""
    pod = case.pod
    if pod.sidecar not in (Sidecar.NATIVE, Sidecar.CLASSIC):
        return
    for container in (*pod.containers, *pod.sidecars):
        hook = container.preStop
        if hook is None:
            continue
        if hook.quits is not None:
            yield from _quits(case, container, *hook.quits)
        elif hook.listeners is not None and hook.listeners[1] == "closed":
            yield from _closes(case, container, hook.listeners[0])
        elif not hook.fails and container.shutdown != 0 and _may_quit(hook):
            yield Problem(hook_at(pod, container), container.name, Severity.WARNING, say=MESSAGE_SOMETIME)


def _may_quit(hook: Hook) -> bool:
    """Whether a hook calls quitquitquit at a time that cannot be read."""
    return any(call.quits for call in calls(hook.command))


def _quits(case: Case, container: Container, at: float, agent: bool) -> Iterator[Problem]:
    line, place = case.line, hook_at(case.pod, container)
    sigterm, last = line.earliest.containers[PROXY].sigterm, line.latest.containers[PROXY]
    if agent and case.pod.sidecar is Sidecar.CLASSIC and at >= sigterm:
        yield Problem(place, container.name, Severity.WARNING, say=MESSAGE_CLOSED, at=at, s=sigterm)
        return
    late = outliving(case, last.end)
    if late is None or last.end < at or last.killed:
        return
    immediate = not agent or versions.DRAIN_HOOK.holds(case.pod.istio)
    if not immediate or last.end == at:
        yield Problem(
            place,
            container.name,
            _severity(case),
            say=MESSAGE,
            g=last.end,
            how=AT_ONCE if immediate else DRAINED,
            late=late.container.name,
            u=late.until,
            more=NOTHING if late.known else AT_LEAST,
        )


def _closes(case: Case, container: Container, at: float) -> Iterator[Problem]:
    first, late = case.line.earliest.proxy, outliving(case, at)
    if late is not None and first is not None and first.inbound_closes == at:
        yield Problem(
            hook_at(case.pod, container),
            container.name,
            _severity(case),
            say=MESSAGE_LISTENERS,
            at=at,
            late=late.container.name,
            u=late.until,
            more=NOTHING if late.known else AT_LEAST,
        )


def _severity(case: Case) -> Severity:
    return Severity.ERROR if case.pod.sidecar is Sidecar.NATIVE else Severity.WARNING


RULE = Rule("PT220", Severity.ERROR, ABOUT, app_ends_proxy)
