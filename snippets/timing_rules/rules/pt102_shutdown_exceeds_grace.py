"""PT102: preStop and shutdown exceed the grace period."""

from __future__ import annotations

from collections.abc import Iterator

from ..domain import NEVER
from ..text import Text
from ..timeline import exact
from .places import grace_at
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text("preStop and shutdown exceed the grace period", "preStop 훅과 앱 종료 시간의 합이 유예 기간을 넘습니다"),
    what=Text(
        "Fires when the declared shutdown of a container is longer than what the kubelet leaves it after its hook. "
        "Equal is a race: `warning`.",
        "훅이 끝난 뒤 컨테이너에 남는 시간보다 선언한 종료 시간이 길면 보고합니다. 같으면 경합이므로 `warning`입니다.",
    ),
    why=Text(
        "SIGKILL cuts every request that the app still holds.", "앱이 아직 처리 중인 요청이 SIGKILL로 모두 끊깁니다."
    ),
    fix=Text(
        "Raise terminationGracePeriodSeconds above preStop + shutdown, or limit the app's own graceful shutdown.",
        "terminationGracePeriodSeconds 값을 preStop + 종료 시간보다 크게 하거나, 앱의 우아한 종료 시간을 제한하십시오.",
    ),
    see=(
        "settings/app-and-pod.md#grace-period",
        "settings/app-and-pod.md#app-servers",
        "examples.md#http-thirty-second-requests-native",
    ),
)
MESSAGE = Text(
    "{c} needs {a} s after SIGTERM and gets {b} s (grace {g} s, preStop {p} s)",
    "{c} 컨테이너는 SIGTERM 뒤에 {a}초가 필요한데 {b}초만 주어집니다 (유예 기간 {g}초, preStop {p}초)",
)
MESSAGE_RACE = Text(
    "{c} needs {a} s after SIGTERM and gets exactly {b} s (grace {g} s, preStop {p} s): a race with SIGKILL",
    "{c} 컨테이너는 SIGTERM 뒤에 {a}초가 필요한데 딱 {b}초만 주어집니다 (유예 기간 {g}초, preStop {p}초). 앱의 "
    "종료와 SIGKILL이 경합합니다",
)
MESSAGE_NEVER = Text(
    "{c} ignores SIGTERM and is killed {b} s after it, with every request it holds",
    "{c} 컨테이너는 SIGTERM을 무시합니다. SIGTERM을 받고 {b}초 뒤에 SIGKILL로 종료되며, 처리 중인 요청도 모두 끊깁니다",
)
MESSAGE_SIDECAR = Text(
    "the native sidecar {c} gets SIGTERM at {t} s, needs {a} s and is killed at {k} s",
    "네이티브 사이드카 {c} 컨테이너는 {t}초에 SIGTERM을 받고 종료에 {a}초가 필요하지만 {k}초에 SIGKILL을 받습니다",
)


def shutdown_exceeds_grace(case: Case) -> Iterator[Problem]:
    """Each app that needs longer than it gets; the native sidecars only where no app does."""
    pod, late = case.pod, False
    for container in pod.containers:
        shutdown, hook = container.shutdown, container.preStop.least if container.preStop is not None else 0.0
        if shutdown is None or hook + shutdown < pod.grace:
            continue  # no need to compute a timeline
        times = case.line.earliest.containers[container.name]
        budget = exact(times.sigkill, -times.sigterm)
        if shutdown < budget:
            continue
        late, race = True, shutdown == budget
        severity = Severity.WARNING if race else Severity.ERROR
        say = MESSAGE_NEVER if shutdown == NEVER else MESSAGE_RACE if race else MESSAGE
        yield Problem(grace_at(pod), container.name, severity, say=say, a=shutdown, p=hook, g=pod.grace, b=budget)
    for sidecar in pod.sidecars if not late else ():
        shutdown = sidecar.shutdown
        if shutdown is None:
            continue
        certain, times = case.line.containers[sidecar.name], case.line.earliest.containers[sidecar.name]
        if certain.killed and certain.sigterm is not None:
            place = grace_at(pod)
            yield Problem(place, sidecar.name, say=MESSAGE_SIDECAR, t=times.sigterm, a=shutdown, k=times.sigkill)


RULE = Rule("PT102", Severity.ERROR, ABOUT, shutdown_exceeds_grace)
