"""PT212: a setting that no longer exists."""

from __future__ import annotations

from collections.abc import Iterator

from ..manifest.fields import REMOVED
from ..text import Text
from .configs import entries, proxy_name, variables
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text("A setting that no longer exists", "없어진 설정입니다"),
    what=Text(
        "Fires for parentShutdownDuration and TERMINATION_DRAIN_DURATION_SECONDS.",
        "parentShutdownDuration, TERMINATION_DRAIN_DURATION_SECONDS 설정을 보고합니다.",
    ),
    why=Text("Istio accepts it and does nothing with it.", "Istio는 이 설정을 받아들이지만 쓰지 않습니다."),
    fix=Text(
        "Remove it; terminationDrainDuration is what you want.",
        "이 설정을 지우고 terminationDrainDuration을 설정하십시오.",
    ),
    see=("reference/settings.md#removed", "examples.md#http-classic-sidecar"),
)
MESSAGE = Text("{name}: {gone}", "{name}: {gone}")


def removed_setting(case: Case) -> Iterator[Problem]:
    """Each key or variable that Istio has dropped."""
    item = case.item
    places = [(name, path, span) for _, name, path, span, _ in entries(item)]
    places += [(key, path, span) for key, path, span, _ in variables(item)]
    for name, path, span in places:
        if name in REMOVED:
            yield Problem((path, span.line), proxy_name(item), say=MESSAGE, name=name, gone=REMOVED[name])


RULE = Rule("PT212", Severity.WARNING, ABOUT, removed_setting, mesh=True)
