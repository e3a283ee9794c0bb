"""PT107: sleep.seconds that the API server rejects."""

from __future__ import annotations

from collections.abc import Iterator

from ..text import Text
from .hooks import everyone
from .places import at, replaced
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text("sleep.seconds that the API server rejects", "API 서버가 거부하는 sleep.seconds 값입니다"),
    what=Text(
        "Fires when `sleep.seconds` is negative or greater than terminationGracePeriodSeconds. Equal is accepted "
        "(see PT101).",
        "`sleep.seconds` 값이 음수이거나 terminationGracePeriodSeconds보다 크면 보고합니다. 같은 값은 받아들여집니다 (PT101 참고).",
    ),
    why=Text("The API server refuses the whole object.", "API 서버가 객체 전체를 거부합니다."),
    fix=Text(
        "Raise terminationGracePeriodSeconds above the sleep plus the app's shutdown.",
        "terminationGracePeriodSeconds 값을 sleep과 앱의 종료 시간을 더한 값보다 크게 설정하십시오.",
    ),
    see=("reference/settings.md#prestop-sleep", "examples.md#http-native-sidecar"),
)
MESSAGE = Text(
    "sleep.seconds is {p}; the API server accepts 0 to {g}, the grace period",
    "sleep.seconds 값이 {p}입니다. API 서버는 0부터 유예 기간 {g}까지만 받아들입니다",
)
MESSAGE_UNSEEN = Text(
    "sleep.seconds is {p}; the API server accepts it only with a grace period as long, and none is written here (the "
    "default is {g} s)",
    "sleep.seconds 값이 {p}입니다. 유예 기간이 그만큼 길어야 API 서버가 받아들이는데 여기에는 없습니다 (기본값은 {g}초입니다)",
)


def sleep_rejected(case: Case) -> Iterator[Problem]:
    """Each `sleep.seconds` outside 0 to the grace period."""
    pod = case.pod
    grace = pod.terminationGracePeriodSeconds
    for container in everyone(pod):
        hook = container.preStop
        node = hook.node.get("sleep", "seconds") if hook is not None and hook.node else None
        if node is not None and isinstance(node.value, int) and not 0 <= node.value <= grace:
            place = at(pod, container, "lifecycle", "preStop", "sleep", "seconds")
            edits = replaced(node, "0") if node.value < 0 else ()
            unseen = node.value > grace and not pod.grace_shown
            severity, say = (Severity.WARNING, MESSAGE_UNSEEN) if unseen else (Severity.ERROR, MESSAGE)
            yield Problem(place, container.name, severity, say=say, edits=edits, p=node.value, g=grace)


RULE = Rule("PT107", Severity.ERROR, ABOUT, sleep_rejected)
