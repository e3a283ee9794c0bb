"""PT109: stops accepting before clients know."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..domain import PROXY, Container, Pod
from ..duration import format_duration
from ..shell.programs import idles
from ..shell.script import script_of
from ..text import Text
from .hooks import everyone, hook_at
from .rule import ASSUMED, DECLARED, About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text("Stops accepting before clients know", "클라이언트가 알기 전에 연결을 그만 받습니다"),
    what=Text(
        "Fires for a container that a Service of the same input sends to, when preStop + accepts-after-sigterm is 0, "
        "or less than a declared propagation. With ports but no Service in sight: `info`.",
        "같은 입력의 Service가 가리키는 컨테이너에서 preStop + accepts-after-sigterm 값이 0이거나 선언한 propagation보다 짧으면 보고합니다. 포트는 있지만 "
        "Service가 보이지 않으면 `info`입니다.",
    ),
    why=Text(
        "SIGTERM and the removal of the endpoint start together and do not wait for each other. A server that closes "
        "its listener at SIGTERM refuses clients that do not know yet.",
        "SIGTERM과 엔드포인트 제거는 동시에 시작하고 서로 기다리지 않습니다. SIGTERM을 받자마자 리스너를 닫는 서버는 아직 모르는 클라이언트의 연결을 거부합니다.",
    ),
    fix=Text(
        "Add a preStop sleep of the propagation delay and raise the grace period by as much, or declare "
        "timing-rules/accepts-after-sigterm if the app goes on accepting.",
        "전파 지연만큼 preStop sleep을 넣고 유예 기간도 그만큼 늘리십시오. 앱이 SIGTERM 뒤에도 연결을 받는다면 timing-rules/accepts-after-sigterm 값을 "
        "선언하십시오.",
    ),
    see=(
        "reference/settings.md#prestop",
        "reference/settings.md#debounce",
        "examples.md#http-native-sidecar",
        "examples.md#http-classic-sidecar",
    ),
)
MESSAGE = Text(
    "unless {c} goes on accepting after SIGTERM (at {u} s), clients that still send are refused until {k} s ({how})",
    "{c} 컨테이너가 SIGTERM({u}초) 뒤에도 연결을 받지 않으면, 아직 요청을 보내는 클라이언트는 {k}초까지 거부됩니다 ({how})",
)
MESSAGE_STOPS = Text(
    "the preStop hook stops {c} at {u} s; clients that still send are refused until {k} s ({how})",
    "preStop 훅이 {u}초에 {c} 컨테이너를 멈춥니다. 아직 요청을 보내는 클라이언트는 {k}초까지 거부됩니다 ({how})",
)
FIX_EXACT = Text(
    "add lifecycle.preStop.sleep.seconds: {k} (or longer) and raise terminationGracePeriodSeconds by {by}",
    "lifecycle.preStop.sleep.seconds: {k} 이상을 넣고 terminationGracePeriodSeconds 값을 {by} 늘리십시오",
)
FIX_STOPS = Text(
    "let the hook sleep first, and stop the app after that", "훅이 먼저 sleep을 실행하고 그 뒤에 앱을 멈추게 하십시오"
)


def endpoint_race(case: Case) -> Iterator[Problem]:
    """Each container that closes its listener before its clients know."""
    pod = case.pod
    facts = pod.assumptions
    propagation, know = facts.propagation, facts.clients_know_after
    for container in pod.containers if not pod.is_job else ():
        hook = container.preStop
        stops = hook.stops_at if hook is not None else None
        unknown = hook is not None and (hook.fails or (hook.seconds is None and stops is None))
        if container.name == PROXY or unknown:
            continue
        serves = _selected(pod, container)
        public = [name for name, _ in container.ports if not re.search(r"metric|prom|probe|profil|health", name)]
        if _never_serves(container) or (not serves and (pod.services is not None or not public)):
            continue
        length = stops if stops is not None else hook.seconds if hook is not None else None
        until = (length or 0.0) + facts.accepts
        if until < know and (until <= 0 or propagation is not None):
            severity = Severity.WARNING if serves else Severity.INFO
            how = ASSUMED if propagation is None else DECLARED
            known = stops is None or hook is None or hook.seconds is not None
            say, fix = (MESSAGE, FIX_EXACT) if known else (MESSAGE_STOPS, FIX_STOPS)
            place, by = hook_at(pod, container), format_duration(know)
            yield Problem(place, container.name, severity, say=say, fix=fix, u=until, k=know, how=how, by=by)


def _never_serves(container: Container) -> bool:
    """Whether what the container visibly runs only waits, like `sleep infinity`."""
    argv = (*container.command, *container.args) if container.command else ()
    script = script_of(argv)
    if script is not None:
        return idles(script)
    return (bool(argv) and argv[0].rpartition("/")[2] in ("sleep", "tail", "pause")) or "/pause:" in container.image


def _selected(pod: Pod, container: Container) -> bool:
    """Whether a Service sends to a port of the container."""
    if pod.services is None:
        return False
    mine = {name for name, _ in container.ports if name} | {number for _, number in container.ports}
    declared = {number for other in everyone(pod) for _, number in other.ports}
    stray = [port for port in pod.services if isinstance(port, int) and port not in declared]
    return bool(mine & set(pod.services)) or (bool(stray) and len(pod.containers) == 1)


RULE = Rule("PT109", Severity.WARNING, ABOUT, endpoint_race)
