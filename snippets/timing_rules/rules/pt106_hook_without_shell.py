"""PT106: the hook needs a shell that the image lacks."""

from __future__ import annotations

from collections.abc import Iterator

from ..shell.programs import splits_script
from ..text import Text
from .hooks import everyone
from .places import at
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text("The hook needs a shell that the image lacks", "훅에 필요한 셸이 이미지에 없습니다"),
    what=Text(
        "Fires when an exec hook calls a shell or `sleep` in a distroless or Chainguard image without either, for "
        "`sh -c sleep 30`, which runs `sleep` without a time, and for `sleep 30` as one word, which is the name of "
        "no program.",
        "exec 훅이 셸이나 `sleep` 프로그램을 호출하는데 둘 다 없는 distroless, Chainguard 이미지이면 보고합니다. 시간 없이 `sleep`을 실행하는 `sh -c sleep "
        "30`, 프로그램 이름이 될 수 없는 한 낱말 `sleep 30`도 보고합니다.",
    ),
    why=Text(
        "The hook fails at once (FailedPreStopHook) and SIGTERM follows: the delay is silently 0.",
        "훅이 곧바로 실패하고(FailedPreStopHook) SIGTERM이 이어집니다. 대기 시간은 아무 경고 없이 0이 됩니다.",
    ),
    fix=Text(
        "Use the sleep action (Kubernetes 1.30 and later), which needs nothing in the image.",
        "이미지에 아무것도 필요 없는 sleep 동작을 쓰십시오 (쿠버네티스 1.30 이상).",
    ),
    see=(
        "reference/settings.md#prestop-exec",
        "reference/settings.md#prestop-sleep",
        "examples.md#distroless-sleep-action-needs-no-shell",
    ),
)
MESSAGE = Text(
    "{c} runs {image}, which has no {tool}: its preStop hook fails and the delay is 0",
    "{c} 컨테이너의 이미지 {image} 안에는 {tool} 프로그램이 없습니다. preStop 훅이 실패하고 대기 시간은 0이 됩니다",
)
MESSAGE_SPLIT = Text(
    "the words of the preStop hook of {c} are split wrongly, so it fails at once: the delay is 0",
    "{c} 컨테이너의 preStop 훅은 낱말을 잘못 나누었으므로 곧바로 실패하고 대기 시간은 0이 됩니다",
)
FIX_SPLIT = Text(
    'write ["sh", "-c", "sleep 30"] or ["sleep", "30"]: the script of a shell in one string, all else word by word; '
    "or use the sleep action",
    '["sh", "-c", "sleep 30"] 또는 ["sleep", "30"]처럼 셸 스크립트는 문자열 하나로, 나머지는 낱말마다 나누어 쓰거나 sleep 동작을 쓰십시오',
)


def hook_without_shell(case: Case) -> Iterator[Problem]:
    """Each exec hook whose first word is no program of its image."""
    pod = case.pod
    for container in everyone(pod):
        hook = container.preStop
        if hook is None or not hook.fails:
            continue
        place = at(pod, container, "lifecycle", "preStop", "exec")
        if splits_script(hook.command):
            yield Problem(place, container.name, say=MESSAGE_SPLIT, fix=FIX_SPLIT)
        elif container is not pod.proxy:  # PT216 speaks of a distroless istio-proxy
            yield Problem(place, container.name, say=MESSAGE, image=container.image, tool=hook.command[0])


RULE = Rule("PT106", Severity.ERROR, ABOUT, hook_without_shell)
