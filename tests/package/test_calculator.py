"""The calculator: its numbers are the pod of its manifest, what it calls without effect has none, and nonsense is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from timing_rules import Assumptions, ManifestError, Pod, check, load, timeline
from timing_rules.calculator import (
    KINDS,
    LENGTHS,
    PRESETS,
    SIDECARS,
    Refused,
    State,
    draw,
    manifest,
    pod_of,
    read,
    releases,
    state_of,
    without_effect,
    written,
)
from timing_rules.show.picture import svg

from tests.examples.manifests import ROOT

LANGUAGES = ("en", "ko")


def lengths(name: str) -> st.SearchStrategy[float]:
    length = LENGTHS[name]
    whole = st.integers(length.least, length.most * 2).map(float)
    values = whole if length.whole else st.one_of(whole, st.integers(0, 400).map(lambda quarters: quarters / 4))
    return st.one_of(values, st.just(float("inf"))) if length.never else values


def made(values: dict[str, Any]) -> State:
    return State(**values)


def possible(values: dict[str, Any]) -> bool:
    try:
        read(written(made(values)))
    except Refused:
        return False
    return True


states: st.SearchStrategy[State] = (
    st.fixed_dictionaries(
        {
            "sidecar": st.sampled_from(SIDECARS),
            "kind": st.sampled_from(KINDS),
            "istio": st.sampled_from(releases("istio")),
            "kubernetes": st.sampled_from(releases("kubernetes")),
            "EXIT_ON_ZERO_ACTIVE_CONNECTIONS": st.booleans(),
            **{name: lengths(name) for name in LENGTHS},
        }
    )
    .filter(possible)
    .map(made)
)


def loaded(state: State) -> Pod:
    """The pod of a state's manifest, as the command line reads it; where the node is gone first, that ends its grace period."""
    mode = "auto" if state.sidecar == "gateway" else state.sidecar
    (pod,) = load(manifest(state), assumptions=Assumptions(sidecar=mode))
    assert isinstance(pod, Pod)
    ends = min(pod.terminationGracePeriodSeconds, int(state.node_shutdown) or pod.terminationGracePeriodSeconds)
    return replace(pod, terminationGracePeriodSeconds=ends)


@settings(max_examples=300, deadline=None)
@given(states)
def test_the_numbers_are_the_pod_of_the_manifest(state: State) -> None:
    assert read(written(state)) == state
    ours, theirs = timeline(pod_of(state)), timeline(loaded(state))
    assert (ours.earliest, ours.latest, ours.losses) == (theirs.earliest, theirs.latest, theirs.losses)
    for lang in LANGUAGES:
        assert svg(ours, lang=lang) == svg(theirs, lang=lang)


@settings(max_examples=300, deadline=None)
@given(states, st.data())
def test_what_is_said_to_have_no_effect_has_none(state: State, data: st.DataObject) -> None:
    before = timeline(pod_of(state))
    for name in without_effect(state):
        if name in LENGTHS:
            value: Any = data.draw(lengths(name))
        elif name == "istio":
            value = data.draw(st.sampled_from(releases("istio")))
        else:
            value = not getattr(state, name)
        after = timeline(pod_of(state._replace(**{name: value})))
        assert (after.earliest, after.latest, after.losses) == (before.earliest, before.latest, before.losses), name


def test_every_number_has_an_effect_where_it_is_not_said_to_have_none() -> None:
    classic = State("classic", preStop=3, propagation=9, terminationDrainDuration=20, drainDuration=25)
    counting = classic._replace(EXIT_ON_ZERO_ACTIVE_CONNECTIONS=True, connections_idle_after=12)
    changes: list[tuple[State, dict[str, Any]]] = [
        (classic, {"preStop": 4}),
        (classic, {"app_shutdown": 11}),
        (classic, {"terminationGracePeriodSeconds": 8}),
        (classic, {"node_shutdown": 8}),
        (classic, {"propagation": 10}),
        (classic, {"lb_deregistration": 30}),
        (classic, {"terminationDrainDuration": 21}),
        (classic, {"drainDuration": 8}),
        (classic, {"EXIT_ON_ZERO_ACTIVE_CONNECTIONS": True}),
        (counting, {"MINIMUM_DRAIN_DURATION": 20}),
        (counting, {"connections_idle_after": 13}),
        (classic, {"kubernetes": "1.27", "preStop": 29}),
        (State("native"), {"istio": "1.20"}),
    ]
    for state, change in changes:
        old, new = (timeline(pod_of(one)) for one in (state, state._replace(**change)))
        assert not set(change) & without_effect(state).keys(), change
        assert (old.earliest, old.losses) != (new.earliest, new.losses), change


REASONS = {
    ("native", False): {"terminationDrainDuration", "drainDuration", "EXIT_ON_ZERO_ACTIVE_CONNECTIONS", "MINIMUM_DRAIN_DURATION", "connections_idle_after"},
    ("classic", False): {"MINIMUM_DRAIN_DURATION", "connections_idle_after"},
    ("classic", True): {"terminationDrainDuration"},
    ("gateway", False): {"MINIMUM_DRAIN_DURATION", "connections_idle_after", "app_shutdown"},
    ("none", True): {"terminationDrainDuration", "drainDuration", "EXIT_ON_ZERO_ACTIVE_CONNECTIONS", "MINIMUM_DRAIN_DURATION", "connections_idle_after", "istio"},
}  # fmt: skip


@pytest.mark.parametrize(("sidecar", "counts"), REASONS)
def test_which_numbers_have_no_effect(sidecar: str, counts: bool) -> None:
    state = State(sidecar, EXIT_ON_ZERO_ACTIVE_CONNECTIONS=counts)
    assert without_effect(state).keys() == REASONS[sidecar, counts]


def test_an_old_native_proxy_reads_its_timers() -> None:
    """Before Istio 1.21 no hook has drained it."""
    assert without_effect(State("native", istio="1.20")).keys() == {"MINIMUM_DRAIN_DURATION", "connections_idle_after"}


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_shows_what_goes_wrong_and_what_mends_it(name: str) -> None:
    wrong, right = PRESETS[name]
    requests = (
        ("en", "Requests can be lost", "No request is lost."),
        ("ko", "요청을 잃을 수 있", "잃는 요청이 없습니다."),
    )
    work = (("en", "Work can be lost", "No work is lost."), ("ko", "작업이 끊길 수 있", "끊기는 작업이 없습니다."))
    for lang, lost, kept in work if name == "job" else requests:
        before, after = draw(written(wrong), lang), draw(written(right), lang)
        assert before["lost"] and before["headline"].startswith(lost) and before["verdict"].startswith(lost)
        assert not after["lost"] and after["headline"] == kept and after["verdict"].startswith(kept)
    assert timeline(loaded(wrong)).losses
    assert check(loaded(right)) == []


#: The rule that the wrong half of each preset shows; a native sidecar's needs a Service beside the pod.
RULES = {"native": set(), "classic": {"PT201"}, "exit-on-zero": {"PT206"}, "gateway": {"PT301"}, "job": {"PT201", "PT214"}, "spot": {"PT302"}}  # fmt: skip


@pytest.mark.parametrize("name", PRESETS)
def test_the_wrong_half_breaks_its_rule(name: str) -> None:
    mode = PRESETS[name][0].sidecar
    given = Assumptions(sidecar="auto" if mode == "gateway" else mode)
    (pod,) = load(manifest(PRESETS[name][0]), assumptions=given)
    assert isinstance(pod, Pod)
    assert {finding.rule for finding in check(pod)} == RULES[name]


def test_what_is_said() -> None:
    shown = draw({"sidecar": "classic", "preStop": "10", "terminationDrainDuration": "12"}, "en")
    assert shown["headline"] == "Requests can be lost: 12–20 s."
    assert shown["verdict"] == "Requests can be lost. 12–20 s: app: runs without a proxy, no request gets in or out."
    shown = draw({"sidecar": "classic", "preStop": "10", "terminationDrainDuration": "12"}, "ko")
    assert shown["headline"] == "요청을 잃을 수 있는 시간: 12–20초."
    kept = draw({"preStop": "10"}, "en")
    assert kept["verdict"] == "No request is lost. Requests sent until 5 s, accepted until 10 s."
    spot = draw({"app_shutdown": "200", "terminationGracePeriodSeconds": "300", "node_shutdown": "120"}, "en")
    assert spot["headline"] == "Requests can be lost: 0–5 s, 120 s."
    assert spot["note"] == (
        "The node is gone after 120 s, before the grace period of 300 s is over: the picture ends there."
    )
    assert spot["verdict"].endswith(f"still holds. {spot['note']}") and kept["note"] == ""
    assert spot["without_effect"]["drainDuration"].startswith("No effect: a native proxy drains")


def test_what_a_job_loses_is_work() -> None:
    """Nobody sends requests to it; its own calls are refused, and its work is cut."""
    said = {lang: draw({"sidecar": "classic", "kind": "Job", "app_shutdown": "40"}, lang) for lang in ("en", "ko")}
    assert said["en"]["headline"] == "Work can be lost: 5–30 s, 30 s."
    assert said["en"]["verdict"] == (
        "Work can be lost. 5–30 s: app: runs without a proxy, every call that it makes is refused. "
        "30 s: app: SIGKILL cuts the work that it still does."
    )
    assert said["ko"]["headline"] == "작업이 끊길 수 있는 시간: 5–30초, 30초."
    assert said["ko"]["verdict"] == (
        "작업이 끊길 수 있습니다. 5–30초: app: 프록시 없이 실행됩니다. 밖으로 보내는 호출이 모두 거부됩니다. "
        "30초: app: 처리 중인 작업이 SIGKILL로 끊깁니다."
    )
    for lang, kept in (("en", "No work is lost."), ("ko", "끊기는 작업이 없습니다.")):
        native = draw({"kind": "Job"}, lang)
        assert native["headline"] == native["verdict"] == kept


def test_a_node_that_is_gone_ends_the_picture_in_its_own_name() -> None:
    """The line at its end is the node's; where the kubelet's time after SIGTERM goes beyond it, that is said."""
    gone = {lang: draw({"preStop": "10", "node_shutdown": "12"}, lang) for lang in ("en", "ko")}
    assert ">node gone 12 s<" in gone["en"]["picture"] and "grace period" not in gone["en"]["picture"]
    assert "Node gone: 12 s. " in gone["en"]["picture"] and gone["en"]["note"].endswith(": the picture ends there.")
    assert ">노드 사라짐 12초<" in gone["ko"]["picture"] and "유예 기간" not in gone["ko"]["picture"]
    soon = {lang: draw({"preStop": "11", "node_shutdown": "12"}, lang) for lang in ("en", "ko")}
    assert ">✕ SIGKILL 13 s<" in soon["en"]["picture"]
    for said in ("note", "verdict"):
        assert soon["en"][said].endswith(
            "The node is gone after 12 s, before the grace period of 30 s is over. Kubernetes leaves time after SIGTERM even "
            "then, and the picture shows it; but the node need not wait for what comes after 12 s."
        )
        assert soon["ko"][said].endswith(
            "유예 기간 30초가 끝나기 전, 12초에 노드가 사라집니다. 쿠버네티스는 이때도 SIGTERM 뒤에 종료할 시간을 주며 그림에 "
            "그 시간까지 나옵니다. 다만 12초가 지나면 노드가 기다려 주지 않을 수 있습니다."
        )
    stays = draw({"preStop": "10", "node_shutdown": "30"}, "en")
    assert ">grace period 30 s<" in stays["picture"] and stays["note"] == ""


def test_the_manifest_holds_what_is_set_and_nothing_without_effect() -> None:
    text = manifest(State("classic", preStop=10, terminationDrainDuration=25, MINIMUM_DRAIN_DURATION=9))
    assert "terminationDrainDuration: 25s" in text and "MINIMUM" not in text and "seconds: 10" in text
    assert "timing-rules/app-shutdown.app: 10s" in text and "connections-idle-after" not in text
    assert "terminationDrainDuration" not in manifest(State("native", terminationDrainDuration=25))
    assert 'command: ["sleep", "10"]' in manifest(State("none", preStop=10, kubernetes="1.28"))
    old = manifest(State("native", istio="1.22"))
    assert old.startswith('# istiod: ENABLE_NATIVE_SIDECARS: "true"\n') and "nativeSidecar" not in old


NONSENSE = {
    "a field that is not there": ({"image": "x"}, "no image"),
    "an unknown mode": ({"sidecar": "ambient"}, '"ambient" is none of native, classic'),
    "no number": ({"preStop": "ten"}, '"ten" is not a number of seconds'),
    "not a number": ({"app_shutdown": "nan"}, "not a number of seconds"),
    "endless": ({"propagation": "inf"}, "not a number of seconds"),
    "nothing": ({"preStop": " "}, "preStop is empty; write a number of seconds such as 30"),
    "a fact of an annotation": ({"app_shutdown": "-2"}, "app-shutdown must be 0 to 604800 s, not -2"),
    "less than none": ({"preStop": "-1"}, "0 to 604800 s"),
    "more than a week": ({"terminationGracePeriodSeconds": "604801"}, "0 to 604800 s, not 604801"),
    "a part of a second": ({"drainDuration": "1.5"}, "whole seconds"),
    "never, of a hook": ({"preStop": "never"}, "not a number of seconds"),
    "a version of tomorrow": ({"istio": "9.9"}, '"9.9" is none of 1.31'),
    "a gateway that is a Job": ({"sidecar": "gateway", "kind": "Job"}, "does not run as a Job"),
    "a native sidecar of yesterday": ({"kubernetes": "1.27"}, "need Kubernetes 1.28 and Istio 1.19"),
    "markup": ({"preStop": "<img src=x onerror=alert(1)>" * 9}, "…"),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_is_refused_with_a_sentence(name: str) -> None:
    given, part = NONSENSE[name]
    assert part in draw(given, "en")["refused"]
    assert len(draw(given, "en")["refused"]) < 200
    assert any("가" <= letter <= "힣" for letter in draw(given, "ko")["refused"])


@pytest.mark.parametrize("name", NONSENSE)
def test_what_is_refused_names_the_field_to_change_where_it_is_one(name: str) -> None:
    given, _ = NONSENSE[name]
    together = name in ("a field that is not there", "a gateway that is a Job", "a native sidecar of yesterday")
    assert draw(given, "en")["field"] == ("" if together else next(iter(given)))


@pytest.mark.parametrize("grace", [0, 1])
def test_a_grace_period_of_nothing_is_told_to_be_raised(grace: int) -> None:
    """The picture shows 1 s, whatever stands in the field."""
    drawn = {lang: draw({"terminationGracePeriodSeconds": str(grace)}, lang) for lang in ("en", "ko")}
    assert "grace period 1 s" in drawn["en"]["picture"]
    for said in ("note", "verdict"):
        assert drawn["en"][said].endswith("Kubernetes raises a grace period of 0 to 1 s.") is (grace == 0)
        assert drawn["ko"][said].endswith("유예 기간을 0으로 정하면 쿠버네티스가 1초로 바꿉니다.") is (grace == 0)


def pods_of(pattern: str) -> list[Pod]:
    found = []
    for path in sorted(ROOT.glob(pattern)):
        try:
            items = load(path.read_text(encoding="utf-8"), source=path.name)
        except ManifestError as error:
            items = list(error.items)
        found += [item for item in items if isinstance(item, Pod)]
    return found


def test_a_pod_that_is_shown_by_its_numbers_stops_in_the_same_way() -> None:
    pods = pods_of("examples/**/*.yaml") + pods_of("tests/traces/mesh/*.yaml") + pods_of("snippets/lab/experiments/*.yaml")  # fmt: skip
    shown = [(pod, state) for pod in pods if (state := state_of(pod)) is not None]
    assert len(pods) > 150 and len(shown) > 70
    for pod, state in shown:
        line, ours = timeline(pod), timeline(pod_of(state))
        assert read(written(state)) == state
        assert [(event.at, event.kind) for event in line.events] == [(event.at, event.kind) for event in ours.events], pod.name  # fmt: skip
        assert [(loss.start, loss.end) for loss in line.losses] == [(loss.start, loss.end) for loss in ours.losses]
        assert state.terminationGracePeriodSeconds == pod.terminationGracePeriodSeconds


#: What a figure of the site opens with, and figures whose pods are more than the calculator's numbers.
OWN_NUMBERS = {
    "wrong/PT201-drain-shorter-than-the-app": {"sidecar": "classic", "istio": "1.24", "kubernetes": "1.31", "terminationGracePeriodSeconds": "60", "preStop": "10", "app_shutdown": "20", "terminationDrainDuration": "15"},
    "gateway/leaves-with-the-last-connection": {"sidecar": "gateway", "istio": "1.30", "kubernetes": "1.34", "terminationGracePeriodSeconds": "420", "lb_deregistration": "70", "drainDuration": "90", "EXIT_ON_ZERO_ACTIVE_CONNECTIONS": "true", "MINIMUM_DRAIN_DURATION": "90", "connections_idle_after": "380"},
    "spot-node/fits-the-120-second-notice": {"istio": "1.30", "kubernetes": "1.34", "terminationGracePeriodSeconds": "90", "preStop": "10", "app_shutdown": "60", "node_shutdown": "120"},
    "job/native-sidecar-lets-the-job-complete": {"kind": "Job", "istio": "1.30", "kubernetes": "1.34", "app_shutdown": "20"},
    "several-sidecars/stop-in-reverse-order": None,  # two sidecars of its own
    "worker/calls-out-while-it-stops": None,  # nobody sends to it
    "wrong/PT104-hook-that-loops-until-idle": None,  # how long its hook takes nobody knows
    "wrong/PT114-publishes-addresses-that-are-not-ready": None,  # its Service sends to the end
    "wrong/PT215-own-hook-replaces-the-native-drain": None,  # its proxy has a hook of its own
}  # fmt: skip


@pytest.mark.parametrize("name", OWN_NUMBERS)
def test_a_figure_opens_with_its_own_numbers(name: str) -> None:
    (pod,) = pods_of(f"examples/{name}.yaml")
    state = state_of(pod)
    assert (None if state is None else written(state)) == OWN_NUMBERS[name]
