"""The engine: one timeline for all rules, and a rule that raises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from timing_rules import Assumptions, MeshConfig, Pod, Timeline, check, load, timeline
from timing_rules.domain import Sidecar
from timing_rules.rules import engine, rule
from timing_rules.rules.engine import RuleFailure
from timing_rules.rules.registry import RULES
from timing_rules.rules.rule import Case, Problem

from tests.package.inputs import IN, config, dump, manifest, pod, run, runs, sleeps, web

#: PT101 fires for the hook and PT202 for the drain; nothing says whether the sidecar is native or classic.
UNDECIDED = manifest(
    labels=IN,
    annotations=config(terminationDrainDuration="30s"),
    containers=[web(**sleeps(30))],
    terminationGracePeriodSeconds=30,
)


def breaks(case: Case) -> Iterator[Problem]:
    """A rule that finds something, and then raises."""
    yield from RULES["PT101"].find(case)
    raise ValueError("two\n lines")


def misfills(case: Case) -> Iterator[Problem]:
    """A rule whose message has a placeholder that nobody fills in."""
    for problem in RULES["PT101"].find(case):
        problem.say = problem.say._replace(ko="{nobody}")
        yield problem


def broken(monkeypatch: pytest.MonkeyPatch, code: str = "PT101", find: rule.Finder = breaks) -> None:
    monkeypatch.setattr(engine, "RULES", RULES | {code: replace(RULES[code], find=find)})


@pytest.mark.parametrize(("find", "error"), [(breaks, ValueError("two\n lines")), (misfills, KeyError("nobody"))])
def test_a_rule_that_raises_is_told_once_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch, find: rule.Finder, error: Exception
) -> None:
    item = pod(UNDECIDED)
    whole = check(item)
    assert {finding.rule for finding in whole} == {"PT101", "PT201", "PT202", "PT207"}
    broken(monkeypatch, find=find)
    failures: list[RuleFailure] = []
    assert check(item, failures) == check(item) == [finding for finding in whole if finding.rule != "PT101"]
    (failure,) = failures  # both modes were tried
    assert failure.rule == "PT101" and failure.item is item
    assert type(failure.exception) is type(error) and failure.exception.args == error.args


def test_the_command_line_names_the_rule_and_the_object_and_exits_2(monkeypatch: pytest.MonkeyPatch) -> None:
    text = dump({"kind": "ConfigMap"}) + "---\n" + manifest("Deployment", containers=[web(**sleeps(30))])
    assert run("check", stdin=text).status == 1
    broken(monkeypatch)
    ran = run("check", "--lang", "en", stdin=text)
    assert ran.status == 2 and "PT101" not in ran.out
    assert ran.err.splitlines()[0] == (
        "-:3: Deployment p: rule PT101 failed (ValueError: two lines). "
        "The other rules were applied; this is a bug, please report it"
    )
    ran = run("check", "--lang", "ko", stdin=text)
    assert ran.err.splitlines()[0] == (
        "-:3: Deployment p: PT101 규칙을 실행하지 못했습니다 (ValueError: two lines). "
        "나머지 규칙은 적용했습니다. 프로그램의 버그이므로 제보해 주십시오"
    )
    for ran in (run("check", stdin=manifest(containers=[web()])), run("check", "--format", "json", stdin=text)):
        assert ran.status == 2 and "PT101" in ran.err and "Traceback" not in ran.err


def test_a_rule_that_fails_on_mesh_configuration_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    (mesh,) = load(dump({"meshConfig": {"defaultConfig": {"drainDuration": 5}}}), assumptions=Assumptions())
    assert isinstance(mesh, MeshConfig) and [finding.rule for finding in check(mesh)] == ["PT208"]
    broken(monkeypatch, "PT208")
    failures: list[RuleFailure] = []
    assert check(mesh, failures) == []
    assert [(failure.rule, type(failure.exception)) for failure in failures] == [("PT208", AssertionError)]


def test_the_timeline_is_computed_once_for_all_rules_and_only_if_one_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Sidecar | None] = []

    def counted(item: Pod) -> Timeline:
        asked.append(item.sidecar)
        return timeline(item)

    monkeypatch.setattr(rule, "timeline", counted)
    check(pod(manifest(containers=[web(**runs("sleep", "5"))]), app_shutdown=5.0))
    assert asked == []
    text = manifest(labels=IN, containers=[web(**sleeps(5)), web(**sleeps(6))], initContainers=[])
    check(pod(text, app_shutdown=5.0))
    assert asked == [Sidecar.CLASSIC]
