"""The rules, in the order of their codes."""

from __future__ import annotations

from ..manifest.spelling import nearest
from ..text import Text
from . import (
    pt101_prestop_fills_grace,
    pt102_shutdown_exceeds_grace,
    pt103_no_grace_for_hook,
    pt104_unreadable_hook,
    pt105_field_missing,
    pt106_hook_cannot_run,
    pt107_sleep_rejected,
    pt108_shell_as_pid_1,
    pt109_endpoint_race,
    pt110_delay_too_short,
    pt111_misplaced_field,
    pt113_needed_container_gone_first,
    pt114_always_ready,
    pt201_proxy_gone_first,
    pt202_drain_fills_grace,
    pt203_listeners_close_early,
    pt204_drain_duration_ignored,
    pt205_minimum_never_read,
    pt206_idle_proxy_leaves,
    pt207_native_ignores,
    pt208_wrong_type,
    pt209_unreadable_environment,
    pt210_unknown_key,
    pt211_not_a_string,
    pt212_removed_setting,
    pt213_fractional_drain,
    pt214_job_never_completes,
    pt215_own_lifecycle,
    pt216_harmful_proxy_hook,
    pt217_misspelled_annotation,
    pt218_durations_in_resource,
    pt219_never_zero,
    pt220_app_ends_proxy,
    pt221_drain_without_effect,
    pt222_never_counts,
    pt223_wrong_object,
    pt224_injection_refused,
    pt225_image_nobody_replaces,
    pt301_gateway_leaves_first,
    pt302_longer_than_notice,
)
from .rule import Rule

_ALL = (
    pt101_prestop_fills_grace.RULE,
    pt102_shutdown_exceeds_grace.RULE,
    pt103_no_grace_for_hook.RULE,
    pt104_unreadable_hook.RULE,
    pt105_field_missing.RULE,
    pt106_hook_cannot_run.RULE,
    pt107_sleep_rejected.RULE,
    pt108_shell_as_pid_1.RULE,
    pt109_endpoint_race.RULE,
    pt110_delay_too_short.RULE,
    pt111_misplaced_field.RULE,
    pt113_needed_container_gone_first.RULE,
    pt114_always_ready.RULE,
    pt201_proxy_gone_first.RULE,
    pt202_drain_fills_grace.RULE,
    pt203_listeners_close_early.RULE,
    pt204_drain_duration_ignored.RULE,
    pt205_minimum_never_read.RULE,
    pt206_idle_proxy_leaves.RULE,
    pt207_native_ignores.RULE,
    pt208_wrong_type.RULE,
    pt209_unreadable_environment.RULE,
    pt210_unknown_key.RULE,
    pt211_not_a_string.RULE,
    pt212_removed_setting.RULE,
    pt213_fractional_drain.RULE,
    pt214_job_never_completes.RULE,
    pt215_own_lifecycle.RULE,
    pt216_harmful_proxy_hook.RULE,
    pt217_misspelled_annotation.RULE,
    pt218_durations_in_resource.RULE,
    pt219_never_zero.RULE,
    pt220_app_ends_proxy.RULE,
    pt221_drain_without_effect.RULE,
    pt222_never_counts.RULE,
    pt223_wrong_object.RULE,
    pt224_injection_refused.RULE,
    pt225_image_nobody_replaces.RULE,
    pt301_gateway_leaves_first.RULE,
    pt302_longer_than_notice.RULE,
)
RULES: dict[str, Rule] = {rule.code: rule for rule in _ALL}

_NO_RULE = Text("there is no rule {code}", "{code} 규칙은 없습니다")
_NEARLY = Text("did you mean {near}?", "비슷한 규칙: {near}")
_THE_RULES = Text("`timing-rules rule` lists the rules", "`timing-rules rule` 명령으로 규칙 목록을 볼 수 있습니다")


def no_such_rule(code: str) -> tuple[Text, Text]:
    """What to say of a code that no rule has, and the nearest that one has."""
    near = nearest(code.upper(), RULES, 1)
    return _NO_RULE.format(code=code), _NEARLY.format(near=near) if near else _THE_RULES
