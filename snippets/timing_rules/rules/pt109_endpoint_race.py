"""PT109: no delay at all before the app stops accepting."""

from __future__ import annotations

from collections.abc import Iterator

from ..domain import PROXY, Container
from ..shell.programs import idles
from ..shell.script import script_of
from ..text import Text
from .hooks import delay_of, hook_at
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text(
        "No delay at all before the app stops accepting",
        "앱이 리스너를 닫기 전에 기다리는 시간이 없습니다",
    ),
    what=Text(
        "Fires for a container to which a Service of the same input sends, when no preStop hook delays SIGTERM and neither "
        "accepts-after-sigterm nor propagation is declared. A policy that most workloads lack, not a mistake: it fails no "
        "run. Silent where no other pod could answer (no replicas, a bare Pod, Recreate, a StatefulSet of one) and where "
        "only metrics are served.",
        "같은 입력의 Service가 요청을 보내는 컨테이너에 SIGTERM을 늦추는 preStop 훅이 없고, accepts-after-sigterm과 "
        "propagation도 선언하지 않았으면 보고합니다. 실수라기보다 대부분의 워크로드에 없는 정책이므로 실행을 실패로 "
        "처리하지 않습니다. 대신 응답할 다른 파드가 없거나(레플리카 0개, 단독 Pod, Recreate, 레플리카가 하나인 "
        "StatefulSet) 메트릭만 제공하는 포트이면 보고하지 않습니다.",
    ),
    why=Text(
        "SIGTERM and the removal of the endpoint start together and do not wait for each other. A server that closes "
        "its listener at SIGTERM refuses clients that do not know yet.",
        "SIGTERM과 엔드포인트 제거는 동시에 시작하고 서로 기다리지 않습니다. SIGTERM을 받자마자 리스너를 닫는 "
        "서버는 파드의 종료를 아직 모르는 클라이언트의 연결을 거부합니다.",
    ),
    fix=Text(
        "Give it a preStop sleep of the propagation delay and raise the grace period by as much, or declare "
        "timing-rules/accepts-after-sigterm if the app goes on accepting.",
        "전파 지연만큼 preStop sleep을 넣고 유예 기간도 그만큼 늘리십시오. 앱이 SIGTERM 뒤에도 연결을 받는다면 timing-rules/accepts-after-sigterm 값을 "
        "선언하십시오.",
    ),
    see=(
        "settings/app-and-pod.md#prestop",
        "settings/gateway-and-mesh.md#debounce",
        "examples.md#http-native-sidecar",
        "examples.md#http-classic-sidecar",
    ),
)
MESSAGE = Text(
    "nothing delays SIGTERM: unless {c} goes on accepting after it, clients that still send are refused until {u} s "
    "(assumed)",
    "SIGTERM을 늦추는 훅이 없습니다. {c} 컨테이너가 SIGTERM을 받은 뒤로 연결을 받지 않는다면, 클라이언트가 "
    "{u}초까지 보내는 새 요청이 거부됩니다 (가정한 값)",
)


def endpoint_race(case: Case) -> Iterator[Problem]:
    """Each container behind a Service for which nobody set or declared a delay."""
    pod, facts = case.pod, case.pod.assumptions
    if pod.is_job or pod.recreate or pod.replicas == 0 or facts.propagation is not None or facts.accepts:
        return
    know = facts.clients_know_after
    for container in pod.containers:
        hook = container.preStop
        delayed = hook is not None and hook.seconds != 0
        if pod.is_served(container.name) and not delayed and container.name != PROXY and not _only_waits(container):
            delay = delay_of(pod, container, know)
            place = hook_at(pod, container)
            yield Problem(place, container.name, say=MESSAGE, fix=delay.fix, edits=delay.edits, u=know)


def _only_waits(container: Container) -> bool:
    """Whether what the container visibly runs only waits, like `sleep infinity`."""
    argv = (*container.command, *container.args) if container.command else ()
    script = script_of(argv)
    if script is not None:
        return idles(script)
    return (bool(argv) and argv[0].rpartition("/")[2] in ("sleep", "tail", "pause")) or "/pause:" in container.image


RULE = Rule("PT109", Severity.INFO, ABOUT, endpoint_race)
