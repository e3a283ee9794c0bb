"""Versions: what is accepted, what is refused, and every fact at the release where it begins."""

from __future__ import annotations

import re

import pytest
from timing_rules import versions
from timing_rules.manifest.membership import native_by_version
from timing_rules.versions import (
    DEFAULTS,
    FACTS,
    GKE_SPOT_NOTICE,
    NEWEST,
    OLDEST,
    Default,
    Fact,
    Version,
    VersionError,
    parse_version,
)


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1.31", 31),
        ("v1.33", 33),
        ("1.33.4", 33),
        ("v1.33.4-eks-2", 33),
        ("1.30+", 30),
        (" 1.29 ", 29),
        ("1.31-alpha.0", 31),
    ],
)
def test_a_version_is_its_minor_release(text: str, minor: int) -> None:
    assert parse_version("istio", text) == Version(1, minor)
    assert parse_version("kubernetes", text) == (1, minor)
    assert str(parse_version("istio", text)) == f"1.{minor}"


@pytest.mark.parametrize("text", ["", "1", "latest", "one.two", "x1.31", "-1.31", "1.x", "1."])
@pytest.mark.parametrize("component", ["istio", "kubernetes"])
def test_what_is_no_version_is_refused_in_both_languages(component: str, text: str) -> None:
    with pytest.raises(VersionError) as caught:
        parse_version(component, text)
    for sentence in caught.value.sentence:
        assert f'"{text}"' in sentence and str(NEWEST[component]) in sentence
    assert not re.search(r"\ba [AEIOU]", caught.value.sentence.en)


@pytest.mark.parametrize(("component", "oldest", "newest"), [("istio", 18, 31), ("kubernetes", 25, 37)])
def test_the_range_of_the_facts(component: str, oldest: int, newest: int) -> None:
    assert OLDEST[component] == (1, oldest) and NEWEST[component] == (1, newest)
    assert parse_version(component, f"1.{oldest}") == (1, oldest)
    with pytest.raises(VersionError, match=f"older than 1.{oldest}"):
        parse_version(component, f"1.{oldest - 1}")
    assert not versions.is_newer_than_facts(component, Version(1, newest))
    assert versions.is_newer_than_facts(component, Version(1, newest + 1))
    assert versions.is_newer_than_facts(component, Version(2, 0))


#: Fact, the release from which it is on by default, the release that has it behind a gate.
SINCE = [
    (versions.PRESTOP_COUNTS, "1.28", None),
    (versions.SIDECAR_FIELD, "1.29", "1.28"),
    (versions.SIDECAR_ORDER, "1.29", None),
    (versions.SLEEP_ACTION, "1.30", "1.29"),
    (versions.SLEEP_ZERO, "1.33", "1.32"),
    (versions.STOP_SIGNAL, None, "1.33"),
    (versions.NATIVE_NODES, "1.33", None),
    (versions.NATIVE_DEFAULT, "1.27", None),
    (versions.NATIVE_ANNOTATION, "1.24", None),
    (versions.NATIVE_ENV, "1.19", None),
    (versions.DRAIN_HOOK, "1.21", None),
    (versions.WAYPOINT_GRACE, "1.28", None),
    (versions.AGENT_HOOKS, "1.25", None),
    (versions.HTTP_DRAIN_TIMEOUT, "1.31", None),
]


def minor(text: str, less: int = 0) -> Version:
    return Version(1, int(text.split(".")[1]) - less)


@pytest.mark.parametrize(("fact", "since", "alpha"), SINCE, ids=[str(row[0].what.en)[:40] for row in SINCE])
def test_each_fact_begins_at_its_release(fact: Fact, since: str | None, alpha: str | None) -> None:
    if since:
        assert fact.holds(minor(since)) and not fact.holds(minor(since, 1)) and fact.holds(None)
    else:
        assert not fact.holds(None) and not fact.holds(NEWEST[fact.component])
    first = alpha or since
    assert first and fact.exists(minor(first)) and not fact.exists(minor(first, 1))


def test_no_fact_is_left_out_and_each_has_a_pinned_source() -> None:
    assert {id(row[0]) for row in SINCE} == {id(fact) for fact in FACTS}
    rows: list[Fact | Default] = [*FACTS, *DEFAULTS]
    for row in rows:
        if row is GKE_SPOT_NOTICE:  # GKE's own pages are in no public repository; read on 2026-11-28
            assert row.source.startswith("https://docs.cloud.google.com/kubernetes-engine/docs/")
            continue
        assert re.match(r"https://github\.com/[\w-]+/[\w-]+/blob/(v\d+\.\d+\.\d+|[0-9a-f]{12,40})/\S+$", row.source)
        assert re.search("[가-힣]", row.what.ko) and not re.search("[가-힣]", row.what.en)


@pytest.mark.parametrize(
    ("istio", "kubernetes", "native"),
    [
        (None, None, None), ("1.27", None, None), (None, "1.33", None), ("1.31", None, None), ("1.26", None, False),
        ("1.18", "1.37", False), (None, "1.32", False), ("1.31", "1.32", False), ("1.26", "1.33", False),
        ("1.27", "1.33", True), ("1.31", "1.37", True),
    ],
)  # fmt: skip
def test_versions_decide_between_native_and_classic(
    istio: str | None, kubernetes: str | None, native: bool | None
) -> None:
    assert native_by_version(minor(istio) if istio else None, minor(kubernetes) if kubernetes else None) is native


def test_what_istiod_is_told_decides_before_the_versions() -> None:
    old, new = (minor("1.26"), minor("1.28")), (minor("1.31"), minor("1.37"))
    assert native_by_version(*old, "true") is True and native_by_version(*new, "false") is False
    assert native_by_version(minor("1.18"), None, "true") is False
    assert native_by_version(None, minor("1.27"), "true") is True  # istiod looks at no node
    for env in ("", "auto"):
        assert (native_by_version(*old, env), native_by_version(*new, env)) == (False, True)
        assert native_by_version(None, None, env) is None


def test_the_defaults() -> None:
    values = {row.name: row.value for row in DEFAULTS}
    assert values == {
        "terminationGracePeriodSeconds": 30, "gracePeriodSeconds": 1, "minimumGracePeriodInSeconds": 2,
        "terminationDrainDuration": 5, "drainDuration": 45, "MINIMUM_DRAIN_DURATION": 5,
        "activeConnectionCheckDelay": 1, "propagation": 5, "Knative timeoutSeconds": 300,
        "AWS spot interruption notice": 120, "Azure spot eviction notice": 30, "GKE spot and preemptible notice": 15,
    }  # fmt: skip
