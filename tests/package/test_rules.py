"""Every rule on both sides of its limit, its severity, who hides whom, and the edits that it offers."""

from __future__ import annotations

import difflib
import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest
import yaml
from timing_rules import Assumptions, check, load, timeline
from timing_rules.domain import NEVER
from timing_rules.manifest.read import read
from timing_rules.manifest.spelling import edits_apart, nearest
from timing_rules.rules.engine import missing_facts
from timing_rules.rules.registry import RULES
from timing_rules.rules.rule import Edit

from tests.examples.manifests import WRONG, Example
from tests.package.inputs import (
    IN,
    STATUS,
    config,
    dump,
    errors,
    findings,
    manifest,
    pod,
    proxy,
    rules,
    runs,
    sleeps,
    web,
)

DISTROLESS = "gcr.io/distroless/static-debian12"
DRAIN_CALL = ["pilot-agent", "request", "POST", "drain_listeners?inboundonly&graceful&skip_exit"]
CLASSIC: dict[str, Any] = {"sidecar": "classic"}
NATIVE: dict[str, Any] = {"sidecar": "native"}


def app(
    grace: int = 30, shutdown: float | None = None, hook: dict | None = None, **assumptions: Any
) -> tuple[str, dict[str, Any]]:
    """A pod without a mesh."""
    said = {} if shutdown is None else {"app_shutdown": float(shutdown)}
    return manifest(containers=[web(**(hook or {}))], terminationGracePeriodSeconds=grace), {**said, **assumptions}


def mesh(
    p: int = 0, shutdown: float | None = 1, grace: int = 30, px: dict | None = None, kind: str = "Pod", **given: Any
) -> tuple[str, dict[str, Any]]:
    """A pod with a sidecar: settings by their short names, the other keywords are assumptions."""
    long = {
        "tdd": "terminationDrainDuration",
        "d": "drainDuration",
        "mi": "MINIMUM_DRAIN_DURATION",
        "eoz": "EXIT_ON_ZERO_ACTIVE_CONNECTIONS",
    }
    settings = {long[key]: given.pop(key) for key in list(given) if key in long}
    containers = [web(**(sleeps(p) if p else {})), *([{"name": "istio-proxy", "image": "auto", **px}] if px else [])]
    annotations = config(**settings) if settings else {}
    if shutdown is not None:
        given["app_shutdown"] = float(shutdown)
    text = manifest(
        kind, labels=IN, annotations=annotations, containers=containers, terminationGracePeriodSeconds=grace
    )
    return text, {**CLASSIC, **given}


def gateway(
    shutdown: str = "5s", grace: int = 30, hook: dict | None = None, **given: Any
) -> tuple[str, dict[str, Any]]:
    annotations = {
        "inject.istio.io/templates": "gateway",
        **config(terminationDrainDuration=shutdown, **given.pop("settings", {})),
    }
    return manifest(
        annotations=annotations,
        containers=[{"name": "istio-proxy", "image": "auto", **(hook or {})}],
        terminationGracePeriodSeconds=grace,
    ), given


def on(kubernetes: str, hook: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return app(hook=hook, shutdown=1, kubernetes=kubernetes)


SIGNAL = {"lifecycle": {"stopSignal": "SIGUSR1"}}
CASES: list[tuple[tuple[str, dict[str, Any]], str]] = [
    # G - floor(h) <= 2, from kubelet 1.28 on; error from p = G on.
    (app(hook=sleeps(27)), ""), (app(hook=sleeps(28)), "PT101 warning"), (app(hook=sleeps(29)), "PT101 warning"),
    (app(hook=sleeps(30)), "PT101 error"), (app(hook=runs("sleep", "31")), "PT101 error"),
    (app(hook=runs("sleep", "27.9")), ""), (app(hook=sleeps(28), shutdown=1.9), ""),
    (app(hook=sleeps(28), shutdown=2), "PT101 warning"), (app(hook=runs("sleep", "30"), kubernetes="1.27"), ""),
    (app(hook=runs("sleep", "30"), kubernetes="1.28"), "PT101 error"),
    (app(hook=runs("sh", "-c", "sleep 29; ./x")), "PT101 warning"),
    # a > max(2, G - floor(h)); before 1.28 a > G.
    (app(hook=sleeps(10), shutdown=19), ""), (app(hook=sleeps(10), shutdown=20), "PT102 warning"),
    (app(hook=sleeps(10), shutdown=20.1), "PT102 error"), (app(hook=runs("sleep", "10.5"), shutdown=19.9), ""),
    (app(shutdown=NEVER), "PT102 error"), (app(grace=1, shutdown=2), "PT102 warning"), (app(grace=1, shutdown=1.5), ""),
    (app(hook=runs("sleep", "10"), shutdown=25, kubernetes="1.27"), ""),
    (app(hook=runs("sleep", "10"), shutdown=30, kubernetes="1.27"), "PT102 warning"),
    (app(hook=runs("sleep", "10"), shutdown=31, kubernetes="1.27"), "PT102 error"),
    # G <= 1 and a hook that takes time.
    (app(grace=0, hook=runs("sleep", "5")), "PT103 warning"), (app(grace=1, hook=runs("./x")), "PT103 warning"),
    (app(grace=1, hook=runs("sleep", "0")), ""), (app(grace=1), ""),
    (app(grace=2, hook=runs("sleep", "5")), "PT101 error"), (app(hook=runs("./x")), "PT104 info"),
    (app(hook={"lifecycle": {"preStop": {"httpGet": {"path": "/", "port": 1}}}}), "PT104 info"),
    (app(hook=runs("sleep", "3")), ""), (app(hook=runs("./x"), prestop={"web": 5.0}), ""),
    # Fields by version.
    (on("1.28", sleeps(5)), "PT105 error"), (on("1.29", sleeps(5)), "PT105 warning"), (on("1.30", sleeps(5)), ""),
    (on("1.31", sleeps(0)), "PT105 error"), (on("1.32", sleeps(0)), "PT105 warning"), (on("1.33", sleeps(0)), ""),
    (on("1.32", SIGNAL), "PT105 error"), (on("1.37", SIGNAL), "PT105 warning"), (app(hook=SIGNAL), ""),
    ((manifest(initContainers=[{"name": "s", "restartPolicy": "Always"}]), {"kubernetes": "1.27"}), "PT105 error"),
    ((manifest(initContainers=[{"name": "s", "restartPolicy": "Always"}]), {"kubernetes": "1.28"}), "PT105 warning"),
    ((manifest(initContainers=[{"name": "s", "restartPolicy": "Always"}]), {"kubernetes": "1.29"}), ""),
    (app(hook={"image": DISTROLESS, **runs("sleep", "5")}), "PT106 error"),
    (app(hook={"image": DISTROLESS + ":debug", **runs("sleep", "5")}), ""),
    (app(hook={"image": DISTROLESS, **sleeps(5)}), ""), (app(hook=sleeps(-1)), "PT107 error"),
    (app(hook=sleeps(31)), "PT107 error"), (app(hook=sleeps(30), shutdown=1), ""),
    (app(grace=0, hook=sleeps(1)), "PT107 error"),
    # Classic: px + TDD < min(p + a, SIGKILL).
    (mesh(p=10, shutdown=10, tdd="20s"), ""), (mesh(p=10, shutdown=10.1, tdd="20s"), "PT201 error"),
    (mesh(shutdown=5), ""), (mesh(shutdown=5.1), "PT201 warning"), (mesh(p=5, shutdown=None), "PT201 warning"),
    (mesh(p=4, shutdown=None), ""), (mesh(p=5, shutdown=None, tdd="5s"), "PT201 error"), (mesh(shutdown=None), ""),
    (mesh(p=5, shutdown=9, tdd="14s", grace=14), "PT202 warning PT102 warning"),
    (mesh(p=10, shutdown=10, eoz="true", mi="25s"), ""), (mesh(shutdown=9, px=sleeps(5)), ""),
    (mesh(shutdown=11, px=sleeps(5)), "PT201 warning"),
    # px + TDD >= G.
    (mesh(tdd="29s"), ""), (mesh(tdd="30s"), "PT202 warning"), (mesh(tdd="24s", px=sleeps(5)), ""),
    (mesh(tdd="25s", px=sleeps(5)), "PT202 warning"), (gateway("29s"), ""), (gateway("30s"), "PT202 warning"),
    (gateway("25s", hook=sleeps(5)), "PT202 warning"),
    # Alive at px + drainDuration, and somebody still connects.
    (mesh(p=10, tdd="25s", d="10s"), ""), (mesh(p=11, tdd="25s", d="10s"), "PT203 warning"),
    (mesh(p=11, tdd="12s", d="12s"), ""), (mesh(tdd="25s", d="4s"), "PT203 warning"), (mesh(tdd="25s", d="5s"), ""),
    (mesh(tdd="25s", d="10s", lb_deregistration=12.0), "PT203 warning"),
    (mesh(tdd="25s", d="10s", lb_deregistration=10.0), ""),
    (mesh(tdd="25s", d="10s", propagation=11.0), "PT203 warning"),
    (gateway("25s", settings={"drainDuration": "4s"}), "PT203 warning"),
    # Settings that say nothing.
    (mesh(tdd="20s", eoz="true"), "PT204 warning"), (mesh(tdd="20s", eoz="false"), ""),
    (gateway("20s", settings={"EXIT_ON_ZERO_ACTIVE_CONNECTIONS": "true"}), "PT204 warning"),
    (mesh(mi="9s"), "PT205 warning"), (mesh(mi="9s", eoz="false"), "PT205 warning"), (mesh(mi="9s", eoz="true"), ""),
    (mesh(p=6, shutdown=0, eoz="true"), ""), (mesh(p=7, shutdown=0, eoz="true"), "PT206 warning"),
    (mesh(p=6, shutdown=1, eoz="true"), "PT206 warning"), (mesh(p=6, shutdown=1, eoz="true", mi="6s"), ""),
    (mesh(p=7, shutdown=None, eoz="true"), "PT206 warning"),
    (mesh(p=7, shutdown=0, eoz="true", connections_idle_after=7.0), ""), (mesh(tdd="20s", **NATIVE), "PT207 info"),
    (mesh(mi="20s", **NATIVE), "PT207 info"), (mesh(eoz="true", **NATIVE), "PT207 info"), (mesh(d="20s", **NATIVE), ""),
    (mesh(tdd="20s", istio="1.21", **NATIVE), "PT207 info"), (mesh(tdd="20s", istio="1.20", **NATIVE), ""),
    (mesh(tdd="20s", px={**runs("pilot-agent", "request", "POST", "stats"), "restartPolicy": "Always"}, **NATIVE),
     "PT215 warning"),
    # Values of ProxyConfig.
    (mesh(tdd=35), "PT208 error"), (mesh(tdd="35"), "PT208 error"), (mesh(tdd=""), "PT208 error"),
    (mesh(d={"seconds": 5}), "PT208 error"), (mesh(d="PT5S"), "PT208 error"), (mesh(d="1s"), "PT203 warning"),
    (mesh(eoz="true", mi="10"), "PT209 error"), (mesh(eoz="true", mi="10 s"), "PT209 error"),
    (mesh(eoz="yes"), "PT209 error"), (mesh(eoz="1"), ""), (mesh(eoz=True), "PT211 error"),
    (mesh(eoz="true", mi=10), "PT211 error"), (mesh(eoz={"a": "b"}), "PT211 error"), (mesh(d="45.5s"), "PT213 error"),
    (mesh(d="500ms"), "PT213 error"), (mesh(d="0s"), "PT213 error"), (mesh(d="1m"), "PT221 warning"),
    (mesh(d="45000ms"), "PT221 warning"), (mesh(d="4s"), "PT203 warning"),
    (mesh(d="-5s"), "PT213 error"),
    # Jobs.
    (mesh(kind="Job"), "PT214 warning"), (mesh(kind="CronJob"), "PT214 warning"), (mesh(kind="Job", **NATIVE), ""),
    (mesh(kind="Job", sidecar="none"), ""),
    # Zero connections.
    (mesh(eoz="true", connections_idle_after=NEVER), "PT219 info"),
    (mesh(eoz="true", connections_idle_after=30.0), "PT219 info"), (mesh(eoz="true", connections_idle_after=29.9), ""),
    (mesh(connections_idle_after=NEVER), ""),
    # px + drainDuration, or Envoy's end.
    (gateway("20s", lb_deregistration=20.0), ""), (gateway("20s", lb_deregistration=20.1), "PT301 warning"),
    (gateway("20s", hook=sleeps(9), lb_deregistration=29.0), ""),
    (gateway("20s", hook=sleeps(9), lb_deregistration=29.1), "PT301 warning"),
    (mesh(tdd="20s", lb_deregistration=20.1), ""), (app(node_shutdown=30.0, shutdown=1), ""),
    (app(node_shutdown=29.0, shutdown=1), "PT302 warning"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "wanted"), CASES)
def test_each_rule_on_both_sides_of_its_limit(given: tuple[str, dict[str, Any]], wanted: str) -> None:
    text, assumptions = given
    words = wanted.split()
    assert rules(text, **assumptions) == {" ".join(pair) for pair in zip(words[::2], words[1::2], strict=True)}


@pytest.mark.parametrize(("seconds", "rule"), [(30, "PT101"), (31, "PT107")])
def test_a_grace_period_that_is_not_shown_is_no_fact_in_a_fragment_or_a_patch(seconds: int, rule: str) -> None:
    bare = {"name": "web", **sleeps(seconds)}
    for text in (
        dump(sleeps(seconds)),
        dump({"containers": [web(**sleeps(seconds))]}),
        manifest("Deployment", containers=[bare]),
    ):
        assert rules(text) == {f"{rule} warning"}
        assert any("30" in one.message.en for one in findings(text))
    assert rules(manifest("Deployment", containers=[web(**sleeps(seconds))])) == {f"{rule} error"}
    assert rules(manifest("Deployment", containers=[bare], terminationGracePeriodSeconds=30)) == {f"{rule} error"}


def test_a_drain_is_no_race_with_a_grace_period_that_is_not_shown() -> None:
    given = config(terminationDrainDuration="30s")
    for text in (dump({"annotations": given}), manifest("Deployment", labels=IN, annotations=given, containers=[])):
        (found,) = findings(text, **CLASSIC)
        assert found.rule == "PT202" and found.severity == "info" and "not written here" in found.message.en
        assert not rules(text.replace("30s", "29s"), **CLASSIC)
    assert rules(mesh(tdd="30s")[0], app_shutdown=1.0, **CLASSIC) == {"PT202 warning"}


def test_how_long_a_hook_takes_decides_whether_it_is_cut() -> None:
    for hook, sure in ((runs("sleep", "5"), True), (runs("./x"), False), (runs("sh", "-c", "sleep 2; ./x"), True)):
        (finding,) = [one for one in findings(*app(grace=1, hook=hook)[:1]) if one.rule == "PT103"]
        assert ("if it takes longer" in finding.message.en) is ("오래 걸리면" in finding.message.ko) is not sure
        assert "is cut after 1 s" in finding.message.en and "1초" in finding.message.ko
    (finding,) = [one for one in findings(*app(grace=1, hook=sleeps(1))[:1]) if one.rule == "PT103"]
    assert "takes 1 s of it: the kubelet's 2 s after SIGTERM are left" in finding.message.en
    assert "훅이 1초를 씁니다" in finding.message.ko and "cut" not in finding.message.en


def test_a_hook_may_be_longer_than_the_grace_period_that_it_stands_beside() -> None:
    (finding,) = findings(app(grace=20, hook=runs("sleep", "25"), shutdown=3)[0])
    assert finding.message.en == (
        "the preStop hook of web takes 25 s and the grace period is 20 s; 2 s are left after SIGTERM"
    )
    assert "훅이 25초 걸리는데 유예 기간은 20초입니다. SIGTERM 뒤에 남는 시간은 2초입니다" in finding.message.ko


#: What is wrong, and the same after the advice of its rule: the grace period raised, or the hook shortened.
ADVISED = [
    ("PT101", app(hook=sleeps(30), shutdown=10), app(41, hook=sleeps(30), shutdown=10)),
    ("PT101", app(hook=sleeps(30), shutdown=10), app(hook=sleeps(15), shutdown=10)),
    ("PT102", app(hook=sleeps(10), shutdown=20), app(31, hook=sleeps(10), shutdown=20)),
    ("PT102", app(hook=sleeps(10), shutdown=25), app(hook=sleeps(10), shutdown=19)),
    ("PT103", app(1, hook=runs("sleep", "5"), shutdown=1), app(7, hook=runs("sleep", "5"), shutdown=1)),
    ("PT107", app(hook=sleeps(31), shutdown=10), app(42, hook=sleeps(31), shutdown=10)),
    ("PT302", app(300, shutdown=20, node_shutdown=120.0), app(120, shutdown=20, node_shutdown=120.0)),
]


@pytest.mark.parametrize(("rule", "wrong", "right"), ADVISED)
def test_after_the_advice_the_finding_is_gone_and_no_other_appears(rule: str, wrong: Any, right: Any) -> None:
    assert [one.rule for one in findings(wrong[0], **wrong[1])] == [rule]
    assert not findings(right[0], **right[1])


def knative(grace: int | None, **container: Any) -> str:
    limit = {} if grace is None else {"timeoutSeconds": grace}
    spec = {"template": {"spec": {"containers": [web(**container)], **limit}}}
    return dump({"apiVersion": "serving.knative.dev/v1", "kind": "Service", "metadata": {"name": "p"}, "spec": spec})


def test_in_knative_the_grace_period_has_another_name() -> None:
    text = knative(30)
    assert not rules(text, app_shutdown=29.0, prestop={"web": 0.0})
    (finding,) = findings(text, app_shutdown=60.0, prestop={"web": 0.0})
    assert (finding.rule, finding.path) == ("PT102", "spec.template.spec.timeoutSeconds")
    assert text.splitlines()[finding.line - 1].strip() == "timeoutSeconds: 30"
    for said in finding.fix:
        assert "timeoutSeconds" in said and "terminationGracePeriodSeconds" not in said
    assert not rules(knative(61), app_shutdown=60.0, prestop={"web": 0.0})  # the fix, tried
    (finding,) = findings(knative(300, nodeSelector={}), app_shutdown=1.0, prestop={"web": 0.0}, node_shutdown=60.0)
    assert finding.rule == "PT302" and "timeoutSeconds" in finding.fix.en + finding.fix.ko


def test_shutdown_is_held_against_what_the_timeline_leaves() -> None:
    """A hook of unknown length counts with what is certain of it; a native sidecar with what the apps leave it."""
    loop = runs("sh", "-c", "sleep 10; ./x")
    assert "PT102 warning" in rules(*app(hook=loop, shutdown=20)[:1], app_shutdown=20.0)
    assert "PT102 error" in rules(*app(hook=loop, shutdown=21)[:1], app_shutdown=21.0)
    assert not any("PT102" in one for one in rules(*app(hook=loop)[:1], app_shutdown=19.0))
    side = [{"name": "s", "image": "s:1", "restartPolicy": "Always"}]
    text = manifest(containers=[web(**sleeps(10))], initContainers=side)
    for shutdown, wanted in ((10.0, set()), (11.0, {"PT102 error"})):
        assert rules(text, app_shutdown={"web": 10.0, "s": shutdown}) == wanted


def lifecycle(sleep: int, **more: Any) -> str:
    return dump({"global": {"proxy": sleeps(sleep)}, **more})


@pytest.mark.parametrize(("seconds", "wanted"), [(30, ""), (31, "PT107 warning"), (-1, "PT107 error")])
def test_a_sleep_that_mesh_configuration_gives_to_every_proxy(seconds: int, wanted: str) -> None:
    text = lifecycle(seconds)
    found = [one for one in findings(text, **CLASSIC) if one.rule == "PT107"]
    assert [f"{one.rule} {one.severity}" for one in found] == ([wanted] if wanted else [])
    for finding in found:
        assert finding.path == "global.proxy.lifecycle.preStop.sleep.seconds" and str(seconds) in finding.message.en
        assert text.splitlines()[finding.line - 1].strip() == f"seconds: {seconds}"
        assert ("default 30 s" in finding.message.en) is (wanted == "PT107 warning")
    (given,) = [item for item in read([("-", text)], Assumptions()).items]
    for grace, code in ((max(seconds, 0), "PT101 error" if seconds > 0 else ""), (seconds - 1, "PT107 error")):
        pod_text = mesh(grace=max(grace, 1))[0]
        assert code in rules(pod_text, app_shutdown=0.0, mesh=given, **CLASSIC) | {""} or seconds < 0


def test_a_hook_from_mesh_configuration_is_judged_on_the_pods_that_get_it() -> None:
    (given,) = [item for item in read([("-", lifecycle(30))], Assumptions()).items]
    text = mesh(grace=30)[0]
    (finding,) = [one for one in findings(text, app_shutdown=1.0, mesh=given, **CLASSIC) if one.rule == "PT101"]
    assert (finding.container, finding.path, finding.line) == ("istio-proxy", "spec", 1) and finding.severity == "error"
    assert "PT105 error" in rules(text, app_shutdown=1.0, mesh=given, kubernetes="1.28", **CLASSIC)
    assert "PT101 error" not in rules(text, app_shutdown=1.0, mesh=given, sidecar="none")


def job(*command: str) -> str:
    return manifest("Job", labels=IN, containers=[web(command=list(command))])


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        (["sh", "-c", "migrate"], "PT214 error"), (["bash", "-euo", "pipefail", "-c", "migrate"], "PT214 error"),
        (["sh", "-c", "./migrate.sh"], "PT214 warning"),
        (["migrate"], "PT214 warning"), (["sh", "-c", "migrate; curl -XPOST localhost:15020/quitquitquit"], ""),
        (["sh", "-c", "migrate; pkill pilot-agent"], ""), (["sh", "-c", "$RUN"], "PT214 warning"),
    ],
)  # fmt: skip
def test_a_job_that_calls_quitquitquit_completes(command: list[str], wanted: str) -> None:
    assert rules(job(*command), **CLASSIC) == ({wanted} if wanted else set())
    assert not rules(job(*command).replace("'true'", "'false'"), **CLASSIC)


def test_a_job_is_told_of_at_its_first_container() -> None:
    text = manifest("Job", labels=IN, containers=[web(command=["migrate"]), {"name": "second", "image": "b:1"}])
    (finding,) = findings(text, **CLASSIC)
    assert (finding.rule, finding.path) == ("PT214", "spec.template.spec.containers[0]")
    assert text.splitlines()[finding.line - 1].strip() == "- name: web"


def test_drain_settings_beside_a_hook_that_drains_are_told_of_a_native_sidecar_alone() -> None:
    drain = runs("pilot-agent", "request", "--debug-port=15020", "POST", "drain")
    text, facts = mesh(tdd="30s", px=drain, istio="1.31")
    assert not rules(text, **facts)


TERM = {"matchExpressions": [{"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot"]}]}
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
SPOT: list[tuple[dict[str, Any], int]] = [
    ({"nodeSelector": {"karpenter.sh/capacity-type": "spot"}}, 121),
    ({"nodeSelector": {"eks.amazonaws.com/capacityType": "SPOT"}}, 121),
    ({"nodeSelector": {"kubernetes.azure.com/scalesetpriority": "spot"}}, 31),
    ({"affinity": {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": [TERM]}}}}, 121),
    ({"nodeSelector": {"cloud.google.com/gke-spot": "true"}}, 16),
    ({"nodeSelector": {"cloud.google.com/gke-preemptible": "true"}}, 16),
    ({"nodeSelector": {"cloud.google.com/gke-provisioning": "spot"}}, 16),
]


def _asks(key: str, operator: str, *values: str) -> dict[str, Any]:
    """An affinity that asks for a label."""
    wanted = {"key": key, "operator": operator, **({"values": list(values)} if values else {})}
    return {"affinity": {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": [{"matchExpressions": [wanted]}]}}}}


SPOT += [
    (_asks("cloud.google.com/gke-spot", "Exists"), 16), (_asks("cloud.google.com/gke-preemptible", "Exists"), 16),
    (_asks("kubernetes.azure.com/scalesetpriority", "Exists"), 31),
]  # fmt: skip


@pytest.mark.parametrize(
    "spec",
    [
        _asks("karpenter.sh/capacity-type", "Exists"), _asks("cloud.google.com/gke-provisioning", "Exists"),
        _asks("cloud.google.com/gke-spot", "DoesNotExist"), _asks("cloud.google.com/gke-spot", "NotIn", "true"),
        {"tolerations": [{"key": "cloud.google.com/gke-spot", "operator": "Exists"}]},
    ],
)  # fmt: skip
def test_a_label_that_other_nodes_have_too_and_a_toleration_ask_for_nothing(spec: dict[str, Any]) -> None:
    assert not rules(manifest(terminationGracePeriodSeconds=999, **spec))


@pytest.mark.parametrize(("spec", "grace"), SPOT)
def test_a_well_known_spot_selector(spec: dict[str, Any], grace: int) -> None:
    assert rules(manifest(terminationGracePeriodSeconds=grace, **spec)) == {"PT302 info"}
    assert not rules(manifest(terminationGracePeriodSeconds=grace - 1, **spec))
    assert rules(manifest(terminationGracePeriodSeconds=grace, **spec), node_shutdown=10.0) == {"PT302 warning"}
    assert not rules(manifest(terminationGracePeriodSeconds=grace, **spec), node_shutdown=300.0)


@pytest.mark.parametrize(
    "change", [{"operator": "NotIn"}, {"operator": None}, {"values": None}, {"key": None}, {"key": "zone"}]
)
def test_a_selector_that_asks_for_something_else(change: dict[str, Any]) -> None:
    (wanted,) = TERM["matchExpressions"]
    term = {"matchExpressions": [{key: value for key, value in {**wanted, **change}.items() if value}]}
    affinity = {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": [term, {}]}}}
    assert not rules(manifest(terminationGracePeriodSeconds=999, affinity=affinity))


def test_a_field_under_proxy_metadata_is_to_be_moved_not_quoted() -> None:
    (found,) = findings("proxyMetadata: {A: 1}\n", **CLASSIC)
    assert found.rule == "PT211" and "quotes" in found.fix.en and found.edits
    nested = {"proxy.istio.io/config": "proxyMetadata: {proxyStatsMatcher: {a: b}}\n"}
    (found,) = findings(manifest(labels=IN, annotations=nested), **CLASSIC)
    assert found.rule == "PT211" and "quotes" not in found.fix.en and not found.edits


@pytest.mark.parametrize(
    ("written", "edit", "fix"),
    [
        ("{A: 1}", '"1"', "Put the value in quotes."),
        ("{MINIMUM_DRAIN_DURATION: 10}", '"10s"', 'write "10s", in quotes and with its unit'),
        ("{MINIMUM_DRAIN_DURATION: true}", None, "Put the value in quotes."),
        ("{EXIT_ON_ZERO_ACTIVE_CONNECTIONS: yes}", '"true"', "Put the value in quotes."),
        ("{EXIT_ON_ZERO_ACTIVE_CONNECTIONS: 1}", '"1"', "Put the value in quotes."),
        ("{EXIT_ON_ZERO_ACTIVE_CONNECTIONS: 10}", None, "Put the value in quotes."),
        ("{drainDuration: 10}", None, "move drainDuration out of proxyMetadata, beside it"),
    ],
)
def test_an_edit_writes_what_the_agent_can_read_or_there_is_none(written: str, edit: str | None, fix: str) -> None:
    found = [one for one in findings(f"proxyMetadata: {written}\n", **CLASSIC) if one.rule == "PT211"]
    assert [(one.fix.en, [change.text for change in one.edits]) for one in found] == [(fix, [edit] if edit else [])]


#: Field of ProxyConfig or (after a dot) of MeshConfig, values that Istio's parser takes, values that it refuses.
TYPES: list[tuple[str, list[Any], list[Any]]] = [
    ("drainDuration", ["5s", "1m", None], [5, "5", "", True, [], {}, "5 s"]),
    ("discoveryAddress", ["x", "", None], [1, True, [], {}]),
    ("concurrency", [2, 0, "2", "-1", "2.0", None], ["two", "", 1.5, True, [], {}]),
    ("statsCompression", [True, False, None], ["true", 1, "yes", [], {}]),
    ("tracing", [{}, {"a": 1}, None], ["x", 1, []]), ("proxyMetadata", [{}, {"A": "b"}, None], ["x", 1, []]),
    ("extraStatTags", [[], ["a"], None], ["a", {}, 1]),
    ("interceptionMode", ["REDIRECT", "NONE", 0, None], ["redirect", "x", True, [], {}]),
    (".ingressControllerMode", ["OFF", "STRICT", None], ["off", True, False]),
    (".accessLogEncoding", ["JSON", "TEXT", 1, None], ["json", "", True]),
    (".enableTracing", [True, None], ["true", 1]), (".connectTimeout", ["10s", None], [10, "10"]),
    (".proxyHttpPort", [80, "80", None], ["http", []]), (".trustDomain", ["cluster.local", None], [1, {}]),
    (".defaultProviders", [{}, None], [[], "x"]), (".trustDomainAliases", [[], None], ["x", {}]),
]  # fmt: skip


@pytest.mark.parametrize(("field", "good", "bad"), TYPES)
def test_types_as_istios_parser_takes_them(field: str, good: list[Any], bad: list[Any]) -> None:
    def found(value: Any) -> bool:
        body = {field[1:]: value} if field[0] == "." else {"defaultConfig": {field: value}}
        return "PT208 error" in rules(dump({"meshConfig": body}))

    assert [value for value in good if found(value)] == [] and [value for value in bad if not found(value)] == []


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        (".ingressControllerMode", "OFF", "PT208"), (".ingressControllerMode", '"OFF"', ""),
        (".ingressControllerMode", "STRICT", ""), ("holdApplicationUntilProxyStarts", "y", ""),
        ("holdApplicationUntilProxyStarts", "'y'", "PT208"), ("discoveryAddress", "n", "PT208"),
        *((f"proxyMetadata.{name}", one, "PT211") for one in ("y", "N", "1234e56", "12e3", "08", "0o7", "1.", "1_0.5")
          for name in ("A", "EXIT_ON_ZERO_ACTIVE_CONNECTIONS")),
        *(("proxyMetadata.A", one, "") for one in ("'y'", "yy", "1e", "12:30", "2001-01-01", "!!str y", "a1e3", "_1")),
    ],
)  # fmt: skip
def test_plain_values_are_what_gos_yaml_reads(key: str, value: str, found: str) -> None:
    head, _, name = key.rpartition(".")
    body = f"{head}: {{{name}: {value}}}" if head else f"{name}: {value}"
    text = f"meshConfig: {{{body}}}\n" if key[0] == "." else f"meshConfig: {{defaultConfig: {{{body}}}}}\n"
    assert [one.rule for one in findings(text)] == ([found] if found else [])
    after, offered, left = mended(text)
    unclear = name == "EXIT_ON_ZERO_ACTIVE_CONNECTIONS" and value not in ("y", "N")  # nobody can tell which is meant
    assert found not in left or key == "discoveryAddress" or value == "'y'" or unclear
    assert after == text or offered == {found}


@pytest.mark.parametrize(
    ("body", "good", "bad"),
    [
        ("proxyAdminPort: {}", ["0x3A98", "1e3", "15000.0", "0xffff", "0", "'15000'", "'15000.0'"],
         ["0x10000", "1e5", "-1", "0.5", "1.5e0", "'0x3A98'", "'1e3'", "y", ".inf"]),
        ("tracing: {{sampling: {}}}", ["1e1", "0x10", "10", "1.5", "'1.5'", "NaN", "Infinity"], [".inf", ".nan", "'0x10'", "y", "half"]),
    ],
)  # fmt: skip
def test_numbers_are_what_gos_yaml_hands_on(body: str, good: list[str], bad: list[str]) -> None:
    def found(value: str) -> bool:
        return rules(f"meshConfig: {{defaultConfig: {{{body.format(value)}}}}}\n") == {"PT208 error"}

    assert not [value for value in good if found(value)] and not [value for value in bad if not found(value)]


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("drain", "drain", True), ("drain", "drian", True), ("drain", "drn", True), ("drain", "dr", False),
        ("drain", "drainxy", True), ("drain", "drainxyz", False), ("drain", "dxaiy", True), ("drain", "dxyiz", False),
        ("", "ab", True), ("", "abc", False), ("abcd", "badc", True), ("abcdef", "badcfe", False),
        ("drainDuration", "durationDrain", False), ("ca", "ac", True), ("abc", "cab", True),
    ],
)  # fmt: skip
def test_two_edits_apart(one: str, other: str, near: bool) -> None:
    assert edits_apart(one, other) is edits_apart(other, one) is near


def test_the_nearest_name() -> None:
    known = ["drainDuration", "terminationDrainDuration", "image", "tracing"]
    for name in ("drain_duration", "DRAINDURATION", "drainDuratio"):
        assert nearest(name, known) == "drainDuration"
    assert nearest("imagex", known) == nearest("imags", known) == "image"
    assert nearest("xyz", known) is nearest("sds", known) is nearest("", known) is None
    assert nearest("drainDurXYZion", known) is None
    assert nearest("drainDurXYion", known) == "drainDuration"
    assert nearest("rdainDuration", known) == nearest("rainDuration", known) == "drainDuration"
    for another in ("egressClass", "egressControllerMode", "egressService"):  # of Maistra
        assert nearest(another, [f"in{another.replace('egress', 'gress')}"]) is None
        assert not rules(dump({"meshConfig": {another: "x"}}))
    assert nearest("imgae", known, 1) == "image" and nearest("iamgee", known, 1) is None


@pytest.mark.parametrize(
    ("given", "facts"),
    [
        (app(), ["app-shutdown.web"]), (app(shutdown=1), []), (app(shutdown=5, hook=runs("./x")), ["prestop.web"]),
        (app(shutdown=1, hook=runs("./x")), []), (app(hook=runs("./x")), ["prestop.web", "app-shutdown.web"]),
        (mesh(sidecar="auto"), []), (mesh(shutdown=9, sidecar="auto"), ["sidecar (or istio and kubernetes)"]),
        (mesh(shutdown=9), []), (mesh(p=10, eoz="true", mi="12s"), ["connections-idle-after"]),
        (mesh(p=10, eoz="true", mi="12s", connections_idle_after=1.0), []), (gateway(), ["lb-deregistration"]),
        (gateway(lb_deregistration=1.0), []), (mesh(px=runs("./x")), ["prestop.istio-proxy"]),
        ((manifest(initContainers=[{"name": "s", "restartPolicy": "Always"}]), {"app_shutdown": 1.0}),
         ["app-shutdown.s"]),
    ],
)  # fmt: skip
def test_the_facts_that_could_change_a_verdict(given: tuple[str, dict[str, Any]], facts: list[str]) -> None:
    assert missing_facts(pod(given[0], **given[1])) == facts


#: Key of proxy.istio.io/config (or of proxyMetadata, in capitals), and what the message has to name.
UNKNOWN_KEYS = [
    ("terminationDrainDurations", "terminationDrainDuration"), ("terminationdrainduration", "terminationDrainDuration"),
    ("drainDuratoin", "drainDuration"), ("drainDuratXYn", "drainDuration"), ("drainDuratXYZ", ""), ("terminationGracePeriodSeconds", "spec"), ("accessLogFile", "meshConfig"),
    ("lifecycle", "container"), ("somethingElseEntirely", ""), ("termination_drain_duration", ""),
    ("MINIMUM_DRAIN_DURATON", "MINIMUM_DRAIN_DURATION"),
    ("EXIT_ON_ZERO_ACTIVE_CONNECTION", "EXIT_ON_ZERO_ACTIVE_CONNECTIONS"), ("MY_OWN_VARIABLE", ""), ("HTTP_PROXY", ""),
]  # fmt: skip


#: Name of an annotation that Istio does not have, and where the message sends its reader.
NO_ANNOTATIONS = [
    ("proxy.istio.io/drainDuration", "drainDuration belongs in the annotation proxy.istio.io/config"),
    ("sidecar.istio.io/terminationGracePeriodSeconds", "terminationGracePeriodSeconds belongs in the pod's spec"),
    ("proxy.istio.io/termination_grace_period_seconds", "terminationGracePeriodSeconds belongs in the pod's spec"),
    ("proxy.istio.io/lifecycle", "lifecycle belongs in the container"),
    ("example.com/terminationGracePeriodSeconds", ""), ("proxy.istio.io/somethingElse", ""),
]  # fmt: skip


@pytest.mark.parametrize(("key", "told"), NO_ANNOTATIONS)
def test_a_setting_is_no_annotation_of_its_own(key: str, told: str) -> None:
    text = manifest(labels=IN, annotations={"a": "b", key: "60"})
    found = [one for one in findings(text, **CLASSIC) if one.rule == "PT210"]
    line = text[: text.index(key)].count("\n") + 1
    where = (line, f"metadata.annotations.{key}", "warning", f"{key} has no effect here; {told}")
    assert [(one.line, one.path, str(one.severity), one.message.en) for one in found] == ([where] if told else [])


@pytest.mark.parametrize(("key", "named"), UNKNOWN_KEYS)
def test_unknown_and_misplaced_keys(key: str, named: str) -> None:
    found = [
        one
        for one in findings(manifest(labels=IN, annotations=config(**{key: "5s"})), **CLASSIC)
        if one.rule == "PT210"
    ]
    assert len(found) == bool(named)
    for one in found:
        assert (
            named in one.message.en
            and named in one.message.ko.replace("컨테이너", "container")
            and one.severity == "warning"
            and one.path.endswith(key)
        )


def test_drain_settings_beside_proxy_metadata_belong_into_it() -> None:
    text = manifest(
        labels=IN,
        annotations={"proxy.istio.io/config": 'EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true"\nMINIMUM_DRAIN_DURATION: 5s\n'},
    )
    assert [one.rule for one in findings(text, **CLASSIC) if "proxyMetadata" in one.message.en] == ["PT210", "PT210"]


@pytest.mark.parametrize(
    ("key", "right"),
    [
        ("sidecar.istio.io/native-side", "nativeSidecar"), ("sidecar.istio.io/nativesidecar", "nativeSidecar"),
        ("sidecar.istio.io/native-sidecar", "nativeSidecar"), ("sidecar.istio.io/nativeSideCar", "nativeSidecar"),
        ("proxy.istio.io/confg", "proxy.istio.io/config"), ("sidecar.istio.io/config", "proxy.istio.io/config"),
        ("sidecar.istio.io/injct", "sidecar.istio.io/inject"), ("inject.istio.io/template", ""),
        ("sidecar.istio.io/proxyCPU", ""), ("example.com/native-side", ""),
        ("traffic.sidecar.istio.io/excludeOutboundPorts", ""), ("prometheus.istio.io/merge-metrics", ""),
        ("sidecar.istio.io/userVolume", ""), ("sidecar.istio.io/enableNativeSidecars", "nativeSidecar"),
        ("proxy.istio.io/proxyConfig", "proxy.istio.io/config"), ("sidecar.istio.io/gracefulShutdown", "Istio has no annotation"),
        ("sidecar.istio.io/proxyTerminationDrainDuration", "nothing reads it"), ("istio.io/drain-duration", "nothing reads it"),
        ("proxy.istio.io/exitOnZeroConnections", "nothing reads it"), ("gateway.istio.io/tls-terminate-mode", ""),
        ("example.istio.io/drain", ""), ("sidecar.istio.io/logLevel", ""),
    ],
)  # fmt: skip
def test_misspelled_annotations(key: str, right: str) -> None:
    found = [one for one in findings(manifest(labels=IN, annotations={key: "true"})) if one.rule == "PT217"]
    assert [right in one.message.en and one.severity == "warning" for one in found] == [True] * bool(right)


def hooked(*command: str, image: str = "istio/proxyv2:1.30.0", native: bool = False, **given: Any) -> set[str]:
    """What is found of an injected proxy with an exec hook."""
    one = proxy(image=image, **runs(*command)) | ({"restartPolicy": "Always"} if native else {})
    containers, inits = ([web()], [one]) if native else ([web(), one], [])
    text = manifest(annotations=given.pop("annotations", STATUS), containers=containers, initContainers=inits)
    return rules(text, app_shutdown=1.0, **given)


def test_hooks_of_the_proxy() -> None:
    slim, sleep = "istio/proxyv2:1.30.0-distroless", ("sh", "-c", "sleep 5")
    assert hooked("pilot-agent", "request", "POST", "drain_listeners?inboundonly") == {"PT216 warning"}
    assert hooked(*DRAIN_CALL) == set()
    assert hooked(*sleep) == {"PT216 info"} and hooked(*sleep, image=slim) == {"PT216 warning"}
    asked = STATUS | {"sidecar.istio.io/proxyImageType": "distroless"}
    assert hooked("sleep", "5", annotations=asked) == {"PT216 warning"}
    url = "localhost:15000/drain_listeners?inboundonly&graceful"
    assert hooked("curl", "-XPOST", url) == hooked("sh", "-c", f"curl -XPOST '{url}'; sleep 15") == {"PT216 info"}
    assert "PT216 warning" in hooked("sh", "-c", f"curl -XPOST {url}; sleep 15")
    assert hooked("sh", "-c", "sleep", "5") == {"PT106 error"}
    both = hooked("curl", "-XPOST", "localhost:15000/drain_listeners?graceful", native=True)
    assert both == {"PT215 warning", "PT216 info"}
    assert hooked("pilot-agent", "request", "--debug-port=15020", "POST", "drain", native=True) == set()
    assert (
        hooked(*DRAIN_CALL, native=True) == {"PT215 warning"}
        and hooked(*DRAIN_CALL, native=True, istio="1.20") == set()
    )


def ends(*command: str, shutdown: float, image: str = "istio/proxyv2:1.30.0", **given: Any) -> tuple[Any, set[str]]:
    """When an injected classic proxy with an exec hook is gone, and what is found beside PT216 and PT104."""
    text = manifest(annotations=STATUS, containers=[web(), proxy(image=image, **runs(*command))])
    found = rules(text, app_shutdown=shutdown, **given)
    times = timeline(pod(text, app_shutdown=shutdown, **given)).containers["istio-proxy"]
    return times.end, {one for one in found if one[:5] not in ("PT216", "PT104")}


def test_a_hook_of_the_proxy_that_fails_takes_no_time() -> None:
    slim, late = "istio/proxyv2:1.24.0-distroless", {"PT201 error"}
    for script in ("sleep 20", "sleep 20; curl -XPOST localhost:15020/drain"):
        assert ends("/bin/sh", "-c", script, shutdown=15, image=slim) == (5, late)
        assert ends("/bin/sh", "-c", script, shutdown=5, image=slim) == (5, set())
    assert ends("/bin/sh", "-c", "sleep 20", shutdown=15) == (25, set())
    for tag, wanted in (("1.24.0-distroless", "warning"), ("1.24.0", "info"), ("distroless-1", "info")):
        for spec in ({"tag": tag}, {"values": {"global": {"tag": tag}}}):
            mesh_wide = dump({"apiVersion": "install.istio.io/v1alpha1", "kind": "IstioOperator", "spec": spec})
            text = mesh(px=runs("sleep", "5"))[0]
            assert rules(f"{mesh_wide}---\n{text}", app_shutdown=1.0, **CLASSIC) == {f"PT216 {wanted}"}
    debug = dump(
        {"global": {"tag": "1.24.0-distroless"}, "meshConfig": {"defaultConfig": {"image": {"imageType": "x"}}}}
    )
    assert rules(f"{debug}---\n{mesh(px=runs('sleep', '5'))[0]}", app_shutdown=1.0, **CLASSIC) == {"PT216 info"}


def test_quitquitquit_ends_the_proxy() -> None:
    envoy, agent = (f"sleep 10; curl -XPOST localhost:{port}/quitquitquit" for port in (15000, 15020))
    for script, version in ((envoy, "1.20"), (envoy, "1.21"), (agent, "1.21"), (f"{agent}; sleep 9", "1.31")):
        assert ends("sh", "-c", script, shutdown=10, istio=version) == (10, set())
        assert ends("sh", "-c", script, shutdown=10.1, istio=version) == (10, {"PT201 error"})
    assert ends("sh", "-c", agent, shutdown=15, istio="1.20") == (15, set())  # as at SIGTERM: it drains
    assert ends("sh", "-c", f"{agent}; sleep 9", shutdown=15, istio="1.20")[0] is None
    loop = "while x; do sleep 1; done; curl -XPOST localhost:15020/quitquitquit"
    said = manifest(annotations=STATUS, containers=[web(), proxy(**runs("sh", "-c", loop))])
    for version, wanted in (("1.21", True), ("1.20", False)):
        found = findings(said, app_shutdown=1.0, istio=version)
        assert any("quitquitquit" in one.message.en and one.severity == "info" for one in found) is wanted


def resource(**spec: Any) -> str:
    return dump(
        {"apiVersion": "networking.istio.io/v1beta1", "kind": "ProxyConfig", "metadata": {"name": "c"}, "spec": spec}
    )


def test_mesh_wide_settings_are_judged_where_they_stand() -> None:
    assert rules(resource(terminationDrainDuration="5s", drain_duration="6s")) == {"PT218 warning"}
    assert rules(resource(environmentVariables={"MINIMUM_DRAIN_DURATION": "5s"})) == {"PT205 info"}
    assert rules(resource(environmentVariables={"EXIT_ON_ZERO_ACTIVE_CONNECTIONS": True})) == {"PT211 error"}
    assert not rules(resource(environmentVariables={"EXIT_ON_ZERO_ACTIVE_CONNECTIONS": "true"}))
    for value, wanted in ((True, {"PT211 error"}), ("true", set())):
        env = [{"name": "EXIT_ON_ZERO_ACTIVE_CONNECTIONS", "value": value}]
        assert rules(manifest(annotations=STATUS, containers=[web(), proxy(env=env)]), app_shutdown=1.0) == wanted
    assert not rules(
        resource(
            environmentVariables={"MINIMUM_DRAIN_DURATION": "5s", "EXIT_ON_ZERO_ACTIVE_CONNECTIONS": "true"},
            concurrency=2,
        )
    )
    both = {
        "meshConfig": {
            "defaultConfig": {
                "terminationDrainDuration": "5s",
                "proxyMetadata": {"EXIT_ON_ZERO_ACTIVE_CONNECTIONS": "true"},
            }
        }
    }
    assert rules(dump(both)) == {"PT204 warning"}
    text = dump(both) + "---\n" + manifest(labels=IN)
    assert rules(text, **CLASSIC) == {"PT204 warning"} and len(findings(text, **CLASSIC)) == 1
    assert rules(text, **NATIVE) == {"PT204 warning"}  # mesh-wide values serve gateways: PT207 is silent
    wrong = {"holdApplicationUntilProxyStarts": "yes", "terminationDrainDuration": "5s"}
    assert rules(dump({"meshConfig": wrong})) == {"PT210 warning"}
    lifecycle = {"global": {"proxy": {"lifecycle": {"preStop": {"exec": {"command": DRAIN_CALL}}}}}}
    assert (
        rules(dump(lifecycle)) == {"PT215 info"}
        and rules(dump(lifecycle), **NATIVE) == {"PT215 warning"}
        and not rules(dump(lifecycle), istio="1.20")
    )


def test_what_the_mesh_ignores_is_told_where_it_is_set_and_not_once_a_gateway() -> None:
    on = {"proxyMetadata": {"EXIT_ON_ZERO_ACTIVE_CONNECTIONS": "true"}}
    ignored = {"terminationDrainDuration": "5s"}
    beside = {"drainDuration": "20s"}

    def told(mesh: dict[str, Any], gateway: dict[str, Any]) -> list[tuple[str, str]]:
        pods = {"name": "g", "k8s": {"podAnnotations": {"proxy.istio.io/config": dump(gateway)}}}
        spec = {"meshConfig": {"defaultConfig": mesh}, "components": {"ingressGateways": [pods]}}
        operator = {"apiVersion": "install.istio.io/v1alpha1", "kind": "IstioOperator", "spec": spec}
        return [(one.path, str(one.severity)) for one in findings(dump(operator)) if one.rule == "PT204"]

    at_mesh = "meshConfig.defaultConfig.terminationDrainDuration"
    at_pods = "spec.components.ingressGateways[0].k8s.podAnnotations.proxy.istio.io/config.terminationDrainDuration"
    assert told({**on, **ignored}, beside) == [(at_mesh, "warning")]
    assert told(on, ignored) == [(at_pods, "info")]
    assert told(beside, {}) == told(on, beside) == told(ignored, beside) == []


def test_the_hook_that_the_mesh_gives_to_every_proxy() -> None:
    def values(*command: str, **more: Any) -> str:
        return dump({"global": {"proxy": {"lifecycle": runs(*command)["lifecycle"]}, **more}})

    cut, slim = ("pilot-agent", "request", "POST", "drain_listeners?inboundonly"), {"variant": "distroless"}
    assert rules(values(*cut), **CLASSIC) == {"PT216 warning"}
    assert rules(values(*DRAIN_CALL), **CLASSIC) == set()
    assert rules(values("sleep", "5"), **CLASSIC) == {"PT216 info"}
    assert rules(values("sleep", "5", **slim), **CLASSIC) == {"PT216 warning"}
    assert rules(values(*DRAIN_CALL, **slim), **NATIVE) == {"PT215 warning"}
    (found,) = [one for one in findings(values(*cut) + "---\n" + manifest(labels=IN), **CLASSIC) if one.rule == "PT216"]
    assert (found.path, found.line) == ("global.proxy.lifecycle", 4)  # once, where it stands
    for value, wanted in (("true", "warning"), ("false", "info"), ("auto", "info")):
        env = dump({"pilot": {"env": {"ENABLE_NATIVE_SIDECARS": value}}})
        assert rules(values(*DRAIN_CALL) + env) == {f"PT215 {wanted}"}


def test_settings_in_two_layers() -> None:
    text = dump({"meshConfig": {"defaultConfig": {"terminationDrainDuration": "5s"}}}) + "---\n"
    assert rules(text + manifest(labels=IN, annotations=config(EXIT_ON_ZERO_ACTIVE_CONNECTIONS="true")), **CLASSIC) == {
        "PT204 info"
    }
    env = [{"name": "MINIMUM_DRAIN_DURATION", "value": "9s"}]
    assert rules(manifest(annotations=STATUS, containers=[web(), proxy(env=env)]), app_shutdown=1.0) == {
        "PT205 warning"
    }


# Precedence.

#: The earlier wins: what both would say is said once.
HIDES: list[tuple[str, str, tuple[str, dict[str, Any]]]] = [
    ("PT107", "PT103", app(grace=1, hook=sleeps(5))), ("PT107", "PT101", app(hook=sleeps(31))),
    ("PT107", "PT102", app(hook=sleeps(31), shutdown=10)),
    ("PT111", "PT101", app(hook={"terminationGracePeriodSeconds": 90, **sleeps(30)})),
    ("PT111", "PT107", app(hook={"terminationGracePeriodSeconds": 90, **sleeps(60)})),
    ("PT111", "PT103", app(grace=1, hook={"lifecycle": {"prestop": {}, **runs("sleep", "5")["lifecycle"]}})),
    ("PT111", "PT102", app(hook={"terminationGracePeriodSeconds": 90}, shutdown=60)),
    ("PT111", "PT104", app(hook={"lifecycle": {"prestop": {}, **runs("./x")["lifecycle"]}})), ("PT103", "PT101", app(grace=1, hook=runs("sleep", "5"))),
    ("PT103", "PT102", app(grace=1, hook=runs("sleep", "5"), shutdown=5)),
    ("PT101", "PT102", app(hook=sleeps(30), shutdown=5)), ("PT207", "PT202", mesh(tdd="30s", **NATIVE)),
    ("PT207", "PT204", mesh(tdd="20s", eoz="true", **NATIVE)), ("PT207", "PT205", mesh(mi="20s", **NATIVE)),
    ("PT207", "PT206", mesh(p=20, eoz="true", **NATIVE)),
    ("PT207", "PT219", mesh(eoz="true", connections_idle_after=NEVER, **NATIVE)),
    ("PT206", "PT201", mesh(p=20, eoz="true")),
    ("PT222", "PT219", mesh(eoz="true", mi="30s", connections_idle_after=NEVER)),
    ("PT204", "PT219", mesh(tdd="20s", eoz="true", connections_idle_after=NEVER)),
    ("PT212", "PT210", (manifest(labels=IN, annotations=config(parentShutdownDuration="60s")), CLASSIC)),
    ("PT212", "PT210", (manifest(labels=IN, annotations=config(TERMINATION_DRAIN_DURATION_SECONDS="60")), CLASSIC)),
    ("PT217", "PT210", (manifest(labels=IN, annotations={"sidecar.istio.io/native-side": "true"}), CLASSIC)),
    ("PT218", "PT210", (resource(drainDuration="5s"), {})), ("PT211", "PT208", mesh(eoz=True)),
    ("PT213", "PT208", mesh(d="1.5s")),
]  # fmt: skip


@pytest.mark.parametrize(("winner", "hidden", "given"), HIDES, ids=[f"{row[0]}-{row[1]}" for row in HIDES])
def test_one_cause_one_finding(winner: str, hidden: str, given: tuple[str, dict[str, Any]]) -> None:
    codes = [one.split()[0] for one in rules(given[0], **given[1])]
    assert winner in codes and hidden not in codes and len(findings(given[0], **given[1])) == 1


def test_what_one_container_explains_the_other_still_says() -> None:
    both = manifest(containers=[web(**sleeps(31)), {"name": "side", **sleeps(30)}], labels={})
    assert [(one.rule, one.container) for one in findings(both)] == [("PT107", "web"), ("PT101", "side")]


def test_two_causes_on_one_line_are_two_findings() -> None:
    text = manifest(
        labels=IN, annotations={"proxy.istio.io/config": "{terminationDrainDuration: 35, proxyMetadata: {A: 1}}"}
    )
    assert rules(text, **CLASSIC) == {"PT208 error", "PT211 error"}


def test_an_unreadable_setting_is_not_judged_by_its_default() -> None:
    for given, wanted in ((mesh(tdd=35, p=20), "PT208 error"), (mesh(eoz="true", mi="10", p=20), "PT209 error")):
        assert rules(given[0], **given[1]) == {wanted}


# Findings and their edits.


def applied(text: str, edits: Iterable[Edit]) -> str:
    """The text with edits; a pure function of the contract's JSON."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for edit in sorted(set(edits), reverse=True):
        start, end = starts[edit.line - 1] + edit.column - 1, starts[edit.end_line - 1] + edit.end_column - 1
        assert start <= end <= len(text)
        text = text[:start] + edit.text + text[end:]
    return text


def mended(text: str, **assumptions: Any) -> tuple[str, set[str], set[str]]:
    """A text with the edits of all its findings; the rules that offered one, and the rules that it gives then."""
    found = [one for item in read([("-", text)], Assumptions(**assumptions)).items for one in check(item)]
    after = applied(text, [edit for one in found for edit in one.edits])
    assert not errors(after)
    return after, {one.rule for one in found if one.edits}, {one.rule for one in findings(after, **assumptions)}


each_wrong = pytest.mark.parametrize("example", WRONG, ids=lambda one: one.rule)


@each_wrong
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_edits_of_every_wrong_example_mend_it_and_touch_nothing_else(example: Example, end: str) -> None:
    text = example.text.replace("\n", end)
    after, offered, left = mended(text)
    assert not offered & left and (offered or after == text)
    if offered:
        assert offered == {example.rule} and left == set()
        before, now = text.split(end), after.replace("\r", "").split("\n")
        edits = [edit for finding in findings(text) for edit in finding.edits]
        changes = [line for line in difflib.ndiff([line.rstrip("\r") for line in before], now) if line[0] in "+-"]
        added = sum(edit.text.count("\n") for edit in edits)
        changed = sum("\n" not in edit.text for edit in edits)
        assert Counter(line[0] for line in changes) == Counter({"+": added + changed, "-": changed})
        assert list(yaml.safe_load_all(after))


def test_the_rules_that_offer_an_edit() -> None:
    offered = {example.rule for example in WRONG for one in findings(example.text) if one.edits}
    assert offered >= {"PT109", "PT208", "PT209", "PT211", "PT217"}


EDITED = [
    ("meshConfig:\n  accessLogEncoding: \"json\"  # c\n", "meshConfig:\n  accessLogEncoding: JSON  # c\n"),
    ("proxyMetadata: {MINIMUM_DRAIN_DURATION: 10, A: no}\n",
     'proxyMetadata: {MINIMUM_DRAIN_DURATION: "10s", A: "false"}\n'),
    ("terminationDrainDuration: '35'\n", "terminationDrainDuration: 35s\n"),
    ("drainDuratoin: 35s\nterminationDrainDuration: 1.5\n", "drainDuration: 35s\nterminationDrainDuration: 1.5s\n"),
    ('{"meshConfig": {"defaultConfig": {"proxyMetadata": {"A": true}}}}',
     '{"meshConfig": {"defaultConfig": {"proxyMetadata": {"A": "true"}}}}'),
    ("annotations:\n  proxy.istio.io/config: |-\n      # c\n      terminationDrainDuration: 35 # d\n",
     "annotations:\n  proxy.istio.io/config: |-\n      # c\n      terminationDrainDuration: 35s # d\n"),
    ('annotations:\n  proxy.istio.io/config: "terminationDrainDuration: 35"\n',
     'annotations:\n  proxy.istio.io/config: "terminationDrainDuration: 35s"\n'),
    ("annotations:\n  proxy.istio.io/config: '{drainDuratoin: 45, terminationDrainDuration: 35}'  # é\n",
     "annotations:\n  proxy.istio.io/config: '{drainDuration: 45s, terminationDrainDuration: 35s}'  # é\n"),
    ('annotations:\n  proxy.istio.io/config: \'{"terminationDrainDuration": 35}\'\n',
     'annotations:\n  proxy.istio.io/config: \'{"terminationDrainDuration": 35s}\'\n'),
    ('{"annotations": {"proxy.istio.io/config": "terminationDrainDuration: 35"}}\n',
     '{"annotations": {"proxy.istio.io/config": "terminationDrainDuration: 35s"}}\n'),
    # what would need a quote within quotes, or stands where nobody can tell, is left
    ('annotations:\n  proxy.istio.io/config: "proxyMetadata: {A: true}"\n', None),
    ("annotations:\n  proxy.istio.io/config: \"terminationDrainDuration: '35'\"\n", None),
    ('annotations:\n  proxy.istio.io/config: "{\\"terminationDrainDuration\\": 35}"\n', None),
    ('annotations:\n  proxy.istio.io/config: "drainDuration: 9s\\nterminationDrainDuration: 35"\n', None),
    ("annotations:\n  proxy.istio.io/config: |2\n          drainDuratoin: 45s\n", None),
    ("annotations:\n  proxy.istio.io/config: >\n    terminationDrainDuration: 35\n",
     None),
]  # fmt: skip


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("terminationDrainDuration: 35\ndrainDuration: 45\n", "terminationDrainDuration: 35s\ndrainDuration: 45s\n"),
        ("proxyMetadata: {MINIMUM_DRAIN_DURATION: '10'}\n", 'proxyMetadata: {MINIMUM_DRAIN_DURATION: "10s"}\n'),
        ('{"meshConfig": {"defaultConfig": {\n"drainDuration": 45, "proxyMetadata": {"A": true}}}}\n',
         '{"meshConfig": {"defaultConfig": {\n"drainDuration": "45s", "proxyMetadata": {"A": "true"}}}}\n'),
        ('{"meshConfig": {"accessLogEncoding": "json"}}\n', '{"meshConfig": {"accessLogEncoding": "JSON"}}\n'),
    ],
)  # fmt: skip
def test_edits_behind_a_byte_order_mark(text: str, wanted: str, end: str) -> None:
    for mark in ("", "\ufeff"):
        after, offered, _ = mended(mark + text.replace("\n", end), **CLASSIC)
        assert after == mark + wanted.replace("\n", end) and offered


@pytest.mark.parametrize(("text", "wanted"), EDITED)
def test_edits(text: str, wanted: str | None) -> None:
    wanted = text if wanted is None else wanted
    found = [edit for one in findings(text, **CLASSIC) for edit in one.edits]
    once = applied(text, found)
    assert applied(once, [edit for one in findings(once, **CLASSIC) for edit in one.edits]) == wanted


JSON = [
    '{"meshConfig": {"defaultConfig": {"terminationDrainDuration": 35}}}',
    '{"meshConfig": {"accessLogEncoding": "json"}}',
]
FRAGILE = [
    "meshConfig:\n  defaultConfig:\n    terminationDrainDuration: &d 35\n    drainDuration: *d\n",
    "x: &d 35\nmeshConfig: {defaultConfig: {terminationDrainDuration: *d}}\ny: *d\n",
    "annotations:\n  proxy.istio.io/config: |2\n     terminationDrainDuration: 35\n",
    "drainDuratoin: 35s\ndrainDuration: 36s\n",
    "proxyMetadata:\n  EXIT_ON_ZERO_ACTIVE_CONNECTION: 'true'\n  EXIT_ON_ZERO_ACTIVE_CONNECTIONS: 'true'\n",
    "proxyMetadata:\n  EXIT_ON_ZERO_ACTIVE_CONNECTION: 'true'\n  EXIT_ON_ZERO_ACTIV_CONNECTIONS: 'true'\n",
    "annotations:\n  sidecar.istio.io/native-side: 'true'\n  sidecar.istio.io/nativeSidecar: 'true'\n",
    "annotations:\n  sidecar.istio.io/native-side: 'true'\n  sidecar.istio.io/native-sidecar: 'true'\n",
]


@pytest.mark.parametrize("text", [*JSON, *FRAGILE])
def test_an_edit_never_breaks_the_text(text: str) -> None:
    after, _, _ = mended(text, **CLASSIC)
    if text.startswith("{"):
        json.loads(after)
    assert "335s" not in after and after.count("drainDuration: ") == text.count("drainDuration: ")


@each_wrong
def test_every_finding_is_whole_in_both_languages(example: Example) -> None:
    for one in findings(example.text):
        assert one.rule in RULES and one.docs == f"rules/{one.rule.lower()}/" and one.line >= 1 and one.document >= 1
        for said in (one.message, one.fix):
            assert (
                said.en
                and any("가" <= letter <= "힣" for letter in said.ko)
                and not any("가" <= letter <= "힣" for letter in said.en)
            )
            assert "{" not in said.en.replace("{{", "") and not re.search(r"(?<!clusterIP: )None", said.en + said.ko)


OVERRIDES = "proxy.istio.io/overrides"
OWN = {"name": "istio-proxy", "image": "auto"}
BOTH = {"istio": "1.31", "kubernetes": "1.36"}
#: A pod still to be injected, what is said of it, and the near twin of which nothing is.
REFUSED: list[tuple[dict[str, Any], dict[str, Any], str, dict[str, Any]]] = [
    ({"containers": [web(), {**OWN, **sleeps(5)}]}, {"sidecar": "native"}, "PT215 error", {"sidecar": "classic"}),
    ({"annotations": {OVERRIDES: "containers: []"}}, CLASSIC, "PT224 error", {"sidecar": "none"}),
    ({"annotations": {OVERRIDES: ""}}, CLASSIC, "PT224 error", {"sidecar": "none"}),
    ({"initContainers": [OWN]}, CLASSIC, "PT224 error", {"sidecar": "native"}),
    ({"annotations": {"inject.istio.io/templates": "sidecars"}}, CLASSIC, "PT224 warning", {"sidecar": "none"}),
    ({"annotations": {"inject.istio.io/templates": "sidecar,"}}, CLASSIC, "PT224 error", {"sidecar": "none"}),
]


@pytest.mark.parametrize(("given", "facts", "wanted", "silent"), REFUSED)
def test_what_istio_or_the_api_server_refuses(
    given: dict[str, Any], facts: dict[str, Any], wanted: str, silent: dict[str, Any]
) -> None:
    text = manifest("Deployment", labels=IN, **given)
    assert rules(text, **facts) == {wanted}
    assert not {one for one in rules(text, **silent) if one[:5] in ("PT215", "PT224")}


def test_a_template_of_the_values_is_there() -> None:
    values = {"sidecarInjectorWebhook": {"templates": {"custom": "spec: {terminationGracePeriodSeconds: 120}"}}}
    given, _ = load(dump(values))  # the template is judged by itself, too
    for name, wanted in (("sidecar,custom", set()), ("sidecar,other", {"PT224 error"})):
        text = manifest("Deployment", labels=IN, annotations={"inject.istio.io/templates": name})
        assert rules(text, mesh=given, **CLASSIC) == wanted
    (found,) = findings(text, mesh=given, **CLASSIC)
    assert found.message.en == 'there is no injection template "other", so Istio refuses to inject the pod'
    assert found.message.ko.startswith('"other" 주입 템플릿이 없으므로') and "custom" in found.fix.en


def test_a_moved_status_port_leaves_istios_hook_without_a_drain() -> None:
    port = {"status.sidecar.istio.io/port": "15025"}
    text = manifest("Deployment", labels=IN, annotations=port)
    assert rules(text, sidecar="native") == {"PT215 warning"} and rules(text, sidecar="classic") == set()
    port["status.sidecar.istio.io/port"] = "15020"
    assert rules(manifest("Deployment", labels=IN, annotations=port), sidecar="native") == set()


def test_a_hook_of_the_app_that_goes_through_the_agent() -> None:
    def hooked(port: Any, kind: str = "httpGet") -> dict[str, Any]:
        return web(lifecycle={"preStop": {kind: {"port": port}}}, ports=[{"name": "http", "containerPort": 8080}])

    def said(port: Any, kind: str = "httpGet", off: bool = False, **facts: Any) -> set[str]:
        noted = {"sidecar.istio.io/rewriteAppHTTPProbers": "false"} if off else {}
        text = manifest("Deployment", labels=IN, annotations=noted, containers=[hooked(port, kind)])
        return {one for one in rules(text, **facts) if one.startswith("PT106")}

    for kind in ("httpGet", "tcpSocket"):
        assert (
            said(8080, kind, sidecar="classic") == {"PT106 warning"} and said("http", kind, sidecar="native") == set()
        )
        assert said(15020, kind, sidecar="native") == said("web", kind, sidecar="classic") == {"PT106 error"}
        assert (
            said(8080, kind, sidecar="classic", istio="1.24") == said(8080, kind, off=True, sidecar="classic") == set()
        )


def test_a_quote_in_a_variable_breaks_the_template() -> None:
    for value, wanted in (('{"a": 1}', {"PT211 error"}), ("a\\b", {"PT211 error"}), ("it's", set())):
        body = dump({"proxyMetadata": {"FOO": value}})
        assert rules(manifest(labels=IN, annotations={"proxy.istio.io/config": body}), **CLASSIC) == wanted
    body = dump({"runtimeValues": {"a": True}})
    assert rules(manifest(labels=IN, annotations={"proxy.istio.io/config": body}), **CLASSIC) == {"PT211 error"}
