"""PT212: a setting that no longer exists."""

from __future__ import annotations

from collections.abc import Iterator

from ..manifest.fields import REMOVED
from ..text import Text
from .configs import entries, proxy_name, was_there
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text("A setting that no longer exists", "없어진 설정입니다"),
    what=Text(
        "Fires for parentShutdownDuration and TERMINATION_DRAIN_DURATION_SECONDS; as `info` where the text names an older "
        "Istio that had the setting, or holds others that went earlier.",
        "parentShutdownDuration, TERMINATION_DRAIN_DURATION_SECONDS 설정을 보고합니다. 이 설정이 있던 예전 Istio "
        "버전이 적혀 있거나, 더 일찍 없어진 설정이 함께 있으면 `info`입니다.",
    ),
    why=Text("Istio accepts it and does nothing with it.", "Istio는 이 설정을 받아들이지만 쓰지 않습니다."),
    fix=Text(
        "Remove it; terminationDrainDuration is what you want.",
        "이 설정을 지우고 terminationDrainDuration을 설정하십시오.",
    ),
    see=("settings/sidecar.md#removed", "examples.md#http-classic-sidecar"),
)
MESSAGE = Text("{name}: {gone}", "{name}: {gone}")
MESSAGE_OLD = Text(
    "{name}: {gone}. What else this text says is for an older Istio, which had it",
    "{name}: {gone}. 다른 내용으로 보아 이 설정이 있던 예전 Istio용으로 쓴 텍스트입니다",
)


def removed_setting(case: Case) -> Iterator[Problem]:
    """Each key or variable that Istio has dropped."""
    item = case.item
    places = [(name, path, span) for _, name, path, span, _ in entries(item)]
    places += [(key, path, span) for key, path, span, _ in case.variables]
    for name, path, span in places:
        if name in REMOVED:
            old = was_there(item, name)
            say, severity = (MESSAGE_OLD, Severity.INFO) if old else (MESSAGE, None)
            yield Problem((path, span.line), proxy_name(item), severity, say=say, name=name, gone=REMOVED[name])


RULE = Rule("PT212", Severity.WARNING, ABOUT, removed_setting, mesh=True)
