"""PT101: preStop fills the grace period."""

from __future__ import annotations

from collections.abc import Iterator

from .. import versions
from ..manifest.knative import TIMEOUT
from ..text import Text
from ..timeline import stop_timeout
from .hooks import STOP_FLOOR, hook_at, own_hooks
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text("preStop fills the grace period", "preStop 훅이 유예 기간을 다 씁니다"),
    what=Text(
        "Fires when a preStop hook of known length leaves no more than the kubelet's 2 s floor between SIGTERM and "
        "SIGKILL. `error` when the hook is as long as the grace period, else `warning`.",
        "걸리는 시간을 알 수 있는 preStop 훅이 유예 기간을 거의 다 써서, SIGTERM과 SIGKILL 사이에 kubelet이 "
        "보장하는 2초만 남으면 보고합니다. 훅이 유예 기간 이상이면 `error`, 아니면 `warning`입니다.",
    ),
    why=Text(
        "The grace period starts with the hook, not after it. What the hook uses is missing for the requests in "
        "flight.",
        "유예 기간은 훅이 끝난 뒤가 아니라 훅과 함께 시작합니다. 훅이 쓴 시간만큼 처리 중인 요청을 마칠 시간이 줄어듭니다.",
    ),
    fix=Text(
        "Raise terminationGracePeriodSeconds to the hook plus the app's shutdown plus a second, or shorten the hook.",
        "terminationGracePeriodSeconds 값을 훅 + 앱의 종료 시간 + 1초 이상으로 늘리거나, 훅을 줄이십시오.",
    ),
    see=("settings/app-and-pod.md#grace-period", "settings/app-and-pod.md#prestop", "examples.md#http-native-sidecar"),
)
MESSAGE = Text(
    "the preStop hook of {c} takes {least}{p} s and the grace period is {g} s; {left} s are left after SIGTERM",
    "{c} 컨테이너의 preStop 훅이 {least}{p}초 걸리는데 유예 기간은 {g}초입니다. SIGTERM 뒤에 남는 시간은 "
    "{left}초입니다",
)
MESSAGE_UNSEEN = Text(
    "the preStop hook of {c} takes {p} s; unless the grace period, which is not written here, is longer than the "
    "default {g} s, {left} s are left after SIGTERM",
    "{c} 컨테이너의 preStop 훅이 {p}초 걸립니다. 유예 기간이 여기에 적혀 있지 않은데, 기본값 {g}초보다 길지 않다면 "
    "SIGTERM 뒤에 남는 시간은 {left}초입니다",
)
FIX_KNATIVE = Text(
    "Raise timeoutSeconds to Knative's hook plus the app's shutdown plus a second.",
    "timeoutSeconds 값을 Knative 훅 + 앱의 종료 시간 + 1초 이상으로 늘리십시오.",
)
NOTHING = Text("", "")
AT_LEAST = Text("at least ", "적어도 ")


def prestop_fills_grace(case: Case) -> Iterator[Problem]:
    """Each hook that leaves its container no more than the kubelet's floor."""
    pod = case.pod
    if not versions.PRESTOP_COUNTS.holds(pod.kubernetes):
        return
    for container, hook in own_hooks(pod):
        length = hook.least
        if length <= 0 or pod.grace - int(min(length, 1e9)) > STOP_FLOOR:
            continue
        if container.shutdown is None or container.shutdown >= STOP_FLOOR:
            yield Problem(
                hook_at(pod, container),
                container.name,
                Severity.ERROR if length >= pod.grace and pod.grace_shown else Severity.WARNING,
                say=MESSAGE if pod.grace_shown else MESSAGE_UNSEEN,
                fix=FIX_KNATIVE if pod.grace_field == TIMEOUT else None,
                p=length,
                g=pod.grace,
                left=stop_timeout(pod.grace, length),
                least=NOTHING if hook.seconds is not None else AT_LEAST,
            )


RULE = Rule("PT101", Severity.ERROR, ABOUT, prestop_fills_grace)
