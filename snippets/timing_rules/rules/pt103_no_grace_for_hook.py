"""PT103: no grace for a hook."""

from __future__ import annotations

from collections.abc import Iterator

from ..text import Text
from .hooks import own_hooks
from .places import grace_at
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text("No grace for a hook", "훅을 실행할 유예 기간이 없습니다"),
    what=Text(
        "Fires when the grace period is 0 or 1 second and a container has a preStop hook that takes time.",
        "유예 기간이 0초 또는 1초인데 시간이 걸리는 preStop 훅이 있으면 보고합니다.",
    ),
    why=Text(
        "The kubelet cuts the hook after 1 s (0 becomes 1) and kills 2 s after SIGTERM.",
        "kubelet은 1초 뒤에 훅을 중단하고(0은 1로 바뀝니다), SIGTERM을 보내고 2초 뒤에 컨테이너를 강제 종료합니다.",
    ),
    fix=Text(
        "Make terminationGracePeriodSeconds longer than the hook plus the app's shutdown.",
        "terminationGracePeriodSeconds 값을 훅과 앱의 종료 시간을 더한 값보다 크게 설정하십시오.",
    ),
    see=("settings/app-and-pod.md#grace-period", "settings/app-and-pod.md#prestop", "examples.md#http-native-sidecar"),
)
MESSAGE = Text(
    "the grace period is {g} s, so the preStop hook of {c} is cut after 1 s",
    "유예 기간이 {g}초이므로 {c} 컨테이너의 preStop 훅은 1초 뒤에 중단됩니다",
)

MESSAGE_UNKNOWN = Text(
    "the grace period is {g} s, so the preStop hook of {c} is cut after 1 s if it takes longer",
    "유예 기간이 {g}초이므로 {c} 컨테이너의 preStop 훅이 1초보다 오래 걸리면 중단됩니다",
)

MESSAGE_ALL = Text(
    "the grace period is {g} s, and the preStop hook of {c} takes {p} s of it: the kubelet's 2 s after SIGTERM are left",
    "유예 기간이 {g}초인데 {c} 컨테이너의 preStop 훅이 {p}초를 씁니다. SIGTERM 뒤에는 kubelet이 보장하는 2초만 남습니다",
)


def no_grace_for_hook(case: Case) -> Iterator[Problem]:
    """Each hook that takes time, while the grace period is at most one second."""
    pod = case.pod
    for container, hook in own_hooks(pod):
        if pod.grace <= 1 and hook.seconds != 0:
            known = MESSAGE_UNKNOWN if hook.seconds is None else MESSAGE_ALL
            say, g = MESSAGE if hook.least > pod.grace else known, pod.terminationGracePeriodSeconds
            yield Problem(grace_at(pod), container.name, say=say, g=g, p=hook.least)


RULE = Rule("PT103", Severity.WARNING, ABOUT, no_grace_for_hook)
