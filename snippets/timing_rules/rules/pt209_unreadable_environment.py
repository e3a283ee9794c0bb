"""PT209: an environment value that the agent cannot read."""

from __future__ import annotations

from collections.abc import Iterator

from .. import versions
from ..duration import parse_bool
from ..manifest.fields import DRAIN_ENV, as_go, fault
from ..text import Text
from .configs import proxy_name, with_unit
from .places import replaced
from .proxies import (
    MINIMUM_DRAIN_DURATION,
)
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text("An environment value that the agent cannot read", "에이전트가 환경 변수 값을 읽을 수 없습니다"),
    what=Text(
        "Fires when MINIMUM_DRAIN_DURATION is not a Go duration, or EXIT_ON_ZERO_ACTIVE_CONNECTIONS is not a Go bool.",
        "MINIMUM_DRAIN_DURATION 값이 Go 시간 형식이 아니거나 EXIT_ON_ZERO_ACTIVE_CONNECTIONS 값이 Go 불리언이 아니면 보고합니다.",
    ),
    why=Text(
        "The agent writes a line in its log and uses the default: 5 s, or false.",
        "에이전트는 로그 한 줄을 남기고 기본값인 5초 또는 false를 씁니다.",
    ),
    fix=Text(
        'Write "10s" instead of "10", "true" instead of "yes".', '"10" 대신 "10s", "yes" 대신 "true"로 적으십시오.'
    ),
    see=(
        "settings/sidecar.md#minimum-drain-duration",
        "settings/sidecar.md#exit-on-zero",
        "examples.md#websocket-classic-proxy-waits-for-the-last-socket",
    ),
)
MESSAGE = Text("{key}: {wrong}; the agent uses {default} s", "{key}: {wrong}. 에이전트는 기본값 {default}초를 씁니다")
MESSAGE_BOOL = Text(
    '{key}: "{text}" is not true or false, and counts as false',
    '{key}: "{text}" 값은 true도 false도 아니므로 false로 처리됩니다',
)
MEANT = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false"}


def unreadable_environment(case: Case) -> Iterator[Problem]:
    """The first value of each of the two variables, if the agent cannot read it."""
    seen = set[str]()
    for key, path, span, node in case.variables:
        text = as_go(node)
        if key not in DRAIN_ENV or key in seen or not isinstance(text, str):
            continue
        wrong = fault("duration", node) if key == MINIMUM_DRAIN_DURATION else None
        if wrong is None and (key == MINIMUM_DRAIN_DURATION or parse_bool(text) is not None):
            continue
        seen.add(key)
        if key == MINIMUM_DRAIN_DURATION:
            say, right = MESSAGE, with_unit(text)
        else:
            say, right = MESSAGE_BOOL, MEANT.get(text.lower(), "")
        yield Problem(
            (path, span.line),
            proxy_name(case.item),
            say=say,
            edits=replaced(node, f'"{right}"') if right else (),
            key=key,
            text=text,
            wrong=wrong,
            default=versions.MINIMUM_DRAIN_DURATION.value,
        )


RULE = Rule("PT209", Severity.ERROR, ABOUT, unreadable_environment, mesh=True)
