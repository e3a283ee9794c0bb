"""PT222: EXIT_ON_ZERO_ACTIVE_CONNECTIONS never counts before SIGKILL."""

from __future__ import annotations

from collections.abc import Iterator

from .. import versions
from ..domain import PROXY, Sidecar
from ..duration import format_duration
from ..text import Text
from ..timeline import exact, whole
from .proxies import EXIT_ON_ZERO, MINIMUM_DRAIN_DURATION, reads_drain_settings, setting_at
from .rule import About, Case, Place, Problem, Rule, Severity

ABOUT = About(
    title=Text(
        "EXIT_ON_ZERO_ACTIVE_CONNECTIONS never counts before SIGKILL",
        "EXIT_ON_ZERO_ACTIVE_CONNECTIONS 설정을 켰지만 SIGKILL 전에 연결을 한 번도 세지 못합니다",
    ),
    what=Text(
        "Fires for a classic proxy or a gateway whose first count of connections (its own preStop + "
        "MINIMUM_DRAIN_DURATION + 1 s) would come after SIGKILL.",
        "클래식 프록시나 게이트웨이가 연결을 처음 세는 시점(자신의 preStop + MINIMUM_DRAIN_DURATION + 1초)이 SIGKILL보다 늦으면 보고합니다.",
    ),
    why=Text(
        "The agent sleeps MINIMUM_DRAIN_DURATION before it looks, whatever happens. Every pod then takes its whole grace "
        "period to stop, without a single connection, and SIGKILL cuts what is still open.",
        "에이전트는 MINIMUM_DRAIN_DURATION이 지나야 연결을 셉니다. 따라서 열린 연결이 없어도 모든 파드가 유예 "
        "기간을 다 쓰고, 남은 연결은 SIGKILL로 끊깁니다.",
    ),
    fix=Text(
        "Shorten MINIMUM_DRAIN_DURATION, or make terminationGracePeriodSeconds longer than preStop + "
        "MINIMUM_DRAIN_DURATION + 1 s.",
        "MINIMUM_DRAIN_DURATION 값을 줄이거나 terminationGracePeriodSeconds 값을 preStop + MINIMUM_DRAIN_DURATION + 1초보다 크게 하십시오.",
    ),
    see=(
        "settings/sidecar.md#minimum-drain-duration",
        "settings/sidecar.md#exit-on-zero",
        "examples.md#websocket-classic-proxy-waits-for-the-last-socket",
    ),
)
MESSAGE = Text(
    "the first count of connections would come at {first} s (MINIMUM_DRAIN_DURATION {m} + 1 s{after}), SIGKILL comes at "
    "{k} s: every stop takes the whole grace period",
    "연결을 처음 세는 시점은 {first}초인데(MINIMUM_DRAIN_DURATION {m} + 1초{after}) SIGKILL은 {k}초에 옵니다. "
    "파드가 종료될 때마다 유예 기간을 다 씁니다",
)
FIX_EXACT = Text(
    "set terminationGracePeriodSeconds: {need} or more, or shorten MINIMUM_DRAIN_DURATION",
    "terminationGracePeriodSeconds 값을 {need} 이상으로 늘리거나 MINIMUM_DRAIN_DURATION 값을 줄이십시오",
)
AFTER = Text(", after its preStop", ", 그 전에 preStop")
NOTHING = Text("", "")


def never_counts(case: Case) -> Iterator[Problem]:
    """The minimum that lasts until the kubelet has killed the proxy."""
    pod = case.pod
    if not reads_drain_settings(pod, Sidecar.GATEWAY) or not pod.settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS:
        return
    times, minimum = case.line.earliest.containers[PROXY], pod.settings.MINIMUM_DRAIN_DURATION
    hook, sigkill = times.sigterm, times.sigkill
    first = exact(hook, minimum, versions.CONNECTION_CHECK_INTERVAL.value)
    if first > sigkill and times.end == sigkill and pod.grace_shown:
        switch = setting_at(pod, EXIT_ON_ZERO, Place(pod.path, pod.line))
        yield Problem(
            setting_at(pod, MINIMUM_DRAIN_DURATION, switch),
            PROXY,
            say=MESSAGE,
            fix=FIX_EXACT,
            first=first,
            m=format_duration(minimum),
            after=AFTER if hook else NOTHING,
            k=sigkill,
            need=whole(first) + 1,
        )


RULE = Rule("PT222", Severity.WARNING, ABOUT, never_counts)
