"""PT219: EXIT_ON_ZERO_ACTIVE_CONNECTIONS has no upper bound but SIGKILL."""

from __future__ import annotations

from collections.abc import Iterator

from ..domain import NEVER, PROXY, Sidecar
from ..text import Text
from .proxies import (
    EXIT_ON_ZERO,
    reads_drain_settings,
    setting_at,
)
from .rule import About, Case, Place, Problem, Rule, Severity

ABOUT = About(
    title=Text(
        "EXIT_ON_ZERO_ACTIVE_CONNECTIONS has no upper bound but SIGKILL",
        "EXIT_ON_ZERO_ACTIVE_CONNECTIONS의 상한은 SIGKILL뿐입니다",
    ),
    what=Text(
        "Fires when connections-idle-after is declared `never`, or not below the grace period.",
        "connections-idle-after 값을 `never` 또는 유예 기간 이상으로 선언하면 보고합니다.",
    ),
    why=Text(
        "Idle keep-alive connections of clients count too. The proxy stays until SIGKILL cuts whatever is left.",
        "클라이언트의 유휴 keep-alive 연결도 셉니다. 프록시는 SIGKILL이 남은 연결을 끊을 때까지 남습니다.",
    ),
    fix=Text(
        "End streams at shutdown, have clients close idle connections, or use terminationDrainDuration.",
        "종료할 때 스트림을 끝내거나, 클라이언트가 유휴 연결을 닫게 하거나, terminationDrainDuration을 쓰십시오.",
    ),
    see=(
        "settings/sidecar.md#exit-on-zero",
        "settings/app-and-pod.md#grace-period",
        "examples.md#websocket-classic-proxy-waits-for-the-last-socket",
    ),
)
MESSAGE = Text(
    "the connection count reaches zero at {idle} s, so the proxy stays until SIGKILL at {g} s",
    "연결 수가 {idle}초에야 0이 되므로, 프록시는 {g}초에 SIGKILL을 받을 때까지 남습니다",
)
MESSAGE_NEVER = Text(
    "the connection count never reaches zero, so the proxy stays until SIGKILL at {g} s",
    "연결 수가 0이 되지 않으므로 프록시는 {g}초에 SIGKILL을 받을 때까지 남습니다",
)


def never_zero(case: Case) -> Iterator[Problem]:
    """The switch, where the declared connections outlast the grace period."""
    pod = case.pod
    idle = pod.assumptions.connections_idle_after
    if not reads_drain_settings(pod, Sidecar.GATEWAY) or not pod.settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS:
        return
    if idle is not None and idle >= pod.grace:
        place = setting_at(pod, EXIT_ON_ZERO, Place(pod.path, pod.line))
        yield Problem(place, PROXY, say=MESSAGE_NEVER if idle == NEVER else MESSAGE, idle=idle, g=pod.grace)


RULE = Rule("PT219", Severity.INFO, ABOUT, never_zero)
