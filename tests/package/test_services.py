"""Which Services send to which container of a pod, and what follows when nothing, or too little, delays its end."""

from __future__ import annotations

from typing import Any

import pytest
from timing_rules import Assumptions, check, timeline
from timing_rules.manifest.read import read
from timing_rules.rules.engine import Finding

from tests.package.inputs import dump, findings, manifest, pod, rules, runs, sleeps, web
from tests.package.test_rules import applied

HTTP = {"name": "http", "containerPort": 8080}
SERVES: dict[str, Any] = {"containers": [web(ports=[HTTP])], "labels": {"app": "web", "tier": "1"}}


def service(
    port: Any = 8080, selector: dict[str, str] | None = None, namespace: str | None = None, **spec: Any
) -> dict[str, Any]:
    """A Service; `port` is its targetPort, or the whole list of its ports."""
    named = {"name": spec.pop("name", "s"), **({"namespace": namespace} if namespace else {})}
    ports = port if isinstance(port, list) else [{"port": 80, **({"targetPort": port} if port else {})}]
    body = {"selector": selector or {"app": "web"}, "ports": ports, **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": named, "spec": body}


def behind(
    *containers: dict[str, Any], kind: str = "Deployment", to: dict[str, Any] | None = None, **given: Any
) -> str:
    """A workload, and a Service that selects it."""
    listed = list(containers) or [web(ports=[HTTP])]
    return manifest(kind, labels={"app": "web"}, containers=listed, **given) + "---\n" + dump(to or service())


#: A Service that selects other pods.
ELSEWHERE = service(selector={"app": "other"})


def only(text: str, **facts: Any) -> Finding:
    """The only finding of a text."""
    (finding,) = findings(text, **facts)
    return finding


@pytest.mark.parametrize(
    ("other", "given", "selected"),
    [
        (service(), {}, True), (service("http"), {}, True), (service(selector={"app": "web", "tier": "1"}), {}, True),
        (service(selector={"app": "other"}), {}, False), (service(selector={"app": "web", "tier": "2"}), {}, False),
        (service(namespace="n"), {}, False), (service(namespace="n"), {"namespace": "n"}, True),
        (service(namespace="default"), {}, True), (service(), {"namespace": "default"}, True),
        (service("admin"), {}, False), (service(), {"containers": [web()]}, True),
        (service(), {"containers": [web(), web(name="other")]}, False),
        (service("8080"), {}, False), (service([]), {}, False), (service(type="ExternalName"), {}, False),
        (service(None), {"containers": [web(ports=[{"containerPort": 80}])]}, True),
        ({"kind": "Service", "metadata": {"name": "by-hand"}, "spec": {"ports": [{"port": 80}]}}, {}, False),
        ({"kind": "Secret"}, {}, False),
    ],
)  # fmt: skip
def test_a_service_selects_the_pod_and_its_port(other: dict[str, Any], given: dict[str, Any], selected: bool) -> None:
    wanted = {"PT109 info"} if selected else set()
    pod_text, other_text = manifest("Deployment", **{**SERVES, **given}), dump(other)
    for text in (pod_text + "---\n" + other_text, other_text + "---\n" + pod_text):
        assert rules(text, app_shutdown=1.0) == wanted
    reading = read([("a", pod_text), ("b", other_text)], Assumptions(app_shutdown=1.0))
    assert {f"{one.rule} {one.severity}" for item in reading.items for one in check(item)} == wanted


def test_of_many_services_those_that_select_the_pod_are_found() -> None:
    others = [service(name=f"s{n}", selector={"app": f"app-{n}", "tier": "1"}) for n in range(20)]
    both = [service(name="a", selector={"tier": "1", "app": "web"}), service("http", name="b")]
    text = manifest("Deployment", **SERVES) + "---\n" + dump(*others, *both)
    assert sorted((one.name, one.containers) for one in pod(text).services) == [("a", ("web",)), ("b", ("web",))]


PORT = {"containerPort": 9000}


@pytest.mark.parametrize(
    ("containers", "target", "owner"),
    [
        # A name is the first container's that has it, a number is the container's that declares it.
        ([web(ports=[HTTP]), web(name="admin", ports=[{"name": "http", "containerPort": 9090}])], "http", "web"),
        ([web(name="admin", ports=[PORT]), web(ports=[HTTP])], "http", "web"),
        ([web(name="admin", ports=[PORT]), web(ports=[HTTP])], 9000, "admin"),
        # What nobody declares is the only container's; of several it is not known whose.
        ([web()], 7000, "web"), ([web(), web(name="admin")], 7000, None), ([web()], "http", None),
        ([web(), {"name": "istio-proxy", "image": "auto"}], 7000, "web"),
    ],
)  # fmt: skip
def test_the_container_to_which_a_port_leads(containers: list[Any], target: Any, owner: str | None) -> None:
    (selecting,) = pod(behind(*containers, to=service(target))).services
    assert selecting.containers == ((owner,) if owner else ())


@pytest.mark.parametrize(
    ("to", "container", "served"),
    [
        (service([{"name": "metrics", "port": 9100}]), {"ports": [{"containerPort": 9100}]}, False),
        (service([{"name": "http-metrics", "port": 80, "targetPort": 8080}]), {}, False),
        (service("prom"), {"ports": [{"name": "prom", "containerPort": 8080}]}, False),
        (service(), {"ports": [{"name": "healthz", "containerPort": 8080}]}, False),
        (service(name="web-metrics"), {}, False), (service(name="web-metrics-service"), {}, False),
        (service(name="node-exporter"), {}, False), (service(), {"name": "kube-rbac-proxy"}, False),
        (service(), {"image": "quay.io/prometheus/mysqld-exporter:v0.15"}, False),
        # Words that only begin alike.
        (service(name="promotions"), {}, True), (service("promo"), {"ports": [{"name": "promo", "containerPort": 1}]}, True),
        (service(name="metrics-api"), {}, True),
        (service([{"name": "metrics", "port": 9100}, {"name": "web", "port": 80, "targetPort": 8080}]), {}, True),
    ],
)  # fmt: skip
def test_nobody_loses_a_request_when_a_scrape_fails(
    to: dict[str, Any], container: dict[str, Any], served: bool
) -> None:
    text = behind(web(**{"ports": [HTTP], **container}), to=to)
    assert rules(text) == ({"PT109 info"} if served else set())


# PT109: no delay at all.


@pytest.mark.parametrize(
    ("hook", "facts", "found"),
    [
        ({}, {}, True), (sleeps(1), {}, False), (sleeps(0), {}, True), (runs("touch", "/tmp/bye"), {}, True),
        (runs("./drain"), {}, False), ({}, {"accepts_after_sigterm": 0.1}, False), ({}, {"accepts_after_sigterm": 0.0}, True),
        ({}, {"propagation": 0.0}, False), (runs("nginx", "-s", "quit"), {}, True),
    ],
)  # fmt: skip
def test_nothing_is_set_or_declared(hook: dict[str, Any], facts: dict[str, Any], found: bool) -> None:
    text = behind(web(ports=[HTTP], **hook))
    assert ("PT109 info" in rules(text, **facts)) is found
    assert rules(behind(web(ports=[HTTP], **hook), to=ELSEWHERE), **facts) <= {"PT104 info"}


def workload(kind: str, **spec: Any) -> str:
    """A workload behind a Service, with keys of its own spec."""
    body = {"template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [web(ports=[HTTP])]}}, **spec}
    api = "batch/v1" if kind == "Job" else "apps/v1"
    return dump({"apiVersion": api, "kind": kind, "metadata": {"name": "p"}, "spec": body}, service())


def bare(**metadata: Any) -> str:
    given = {"name": "p", "labels": {"app": "web"}, **metadata}
    body = {"containers": [web(ports=[HTTP])]}
    return dump({"apiVersion": "v1", "kind": "Pod", "metadata": given, "spec": body}, service())


SURGE = {"strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}}
ALONE = [
    (workload("Deployment"), True), (workload("Deployment", replicas=1), True), (workload("Deployment", replicas=0), False),
    (workload("Deployment", replicas=3, strategy={"type": "Recreate"}), False),
    (workload("Deployment", replicas=1, **SURGE), False), (workload("Deployment", replicas=2, **SURGE), True),
    (workload("StatefulSet"), False), (workload("StatefulSet", replicas=1), False),
    (workload("StatefulSet", replicas=2), True), (workload("DaemonSet"), True), (workload("Job"), False),
    (bare(), False), (bare(ownerReferences=[{"kind": "ReplicaSet", "name": "p-1"}]), True),
]  # fmt: skip


@pytest.mark.parametrize(("text", "another"), ALONE)
def test_where_no_other_pod_could_answer_a_delay_saves_nothing(text: str, another: bool) -> None:
    assert rules(text, app_shutdown=1.0) == ({"PT109 info"} if another else set())
    assert rules(text, app_shutdown=1.0, propagation=9.0) == ({"PT110 warning"} if another else set())
    ready = text.replace("  selector:\n    app", "  publishNotReadyAddresses: true\n  selector:\n    app")
    assert rules(ready, app_shutdown=1.0) == ({"PT114 warning"} if another else set())


@pytest.mark.parametrize(
    ("hook", "kubernetes", "fix"),
    [
        ({}, "1.30", "add lifecycle.preStop.sleep.seconds: 5 (or longer) and raise terminationGracePeriodSeconds by 5"),
        ({}, "1.29", 'add lifecycle.preStop.exec.command: ["sleep", "5"] (or longer; Kubernetes 1.29 has no sleep action) '
         "and raise terminationGracePeriodSeconds by 5"),
        (sleeps(0), "1.37", "raise the sleep that is there from 0 to 5 s (or longer), and terminationGracePeriodSeconds by 5"),
        (runs("touch", "/x"), "1.37", "let the preStop hook that is there wait 5 s (or longer) before it does anything "
         "else, and raise terminationGracePeriodSeconds by 5"),
    ],
)  # fmt: skip
def test_the_advice_fits_the_version_and_the_hook_that_is_there(
    hook: dict[str, Any], kubernetes: str, fix: str
) -> None:
    finding = only(behind(web(ports=[HTTP], **hook)), kubernetes=kubernetes)
    assert (finding.rule, finding.container, finding.fix.en) == ("PT109", "web", fix)
    assert "5 s (assumed)" in finding.message.en and "5초까지" in finding.message.ko and "5" in finding.fix.ko
    advised = runs("sleep", "5") if kubernetes == "1.29" else sleeps(5)
    assert not findings(behind(web(ports=[HTTP], **advised), terminationGracePeriodSeconds=35), kubernetes=kubernetes)


@pytest.mark.parametrize("command", [["sleep", "infinity"], ["sh", "-c", "while true; do sleep 30; done"]])
def test_what_only_waits_loses_nothing(command: list[str]) -> None:
    assert not rules(behind(web(ports=[HTTP], command=command)))
    assert rules(behind(web(ports=[HTTP], command=["sh", "-c", "exec ./web"]))) == {"PT109 info"}


@pytest.mark.parametrize(("grace", "by"), [(0, 8), (1, 7), (2, 6), (3, 5), (4, 5), (30, 5)])
def test_a_delay_leaves_time_behind_it_where_there_was_less_than_the_kubelet_gives(grace: int, by: int) -> None:
    text = behind(web(ports=[HTTP]), terminationGracePeriodSeconds=grace)
    finding = only(text, kubernetes="1.30")
    assert (
        finding.fix.en.endswith(f"raise terminationGracePeriodSeconds by {by}")
        and f"값을 {by} 늘리십시오" in finding.fix.ko
    )
    after = applied(text, list(finding.edits))
    assert f"terminationGracePeriodSeconds: {grace + by}\n" in after and not rules(after, kubernetes="1.30")
    hook = behind(web(ports=[HTTP], **runs("./stop")), terminationGracePeriodSeconds=grace)
    (waits,) = [one for one in findings(hook, propagation=5.0, prestop={"web": 0.0}) if one.rule == "PT110"]
    assert waits.fix.en.endswith(f"raise terminationGracePeriodSeconds by {by}")


# PT110: a delay that is too short, or ended by its own hook.


@pytest.mark.parametrize(
    ("hook", "facts", "found"),
    [
        (sleeps(15), {"propagation": 15.0}, False), (sleeps(15), {"propagation": 15.1}, True),
        (sleeps(15), {"lb_deregistration": 15.0}, False), (sleeps(15), {"lb_deregistration": 16.0}, True),
        (sleeps(5), {"propagation": 20.0, "accepts_after_sigterm": 15.0}, False),
        (sleeps(4), {"propagation": 20.0, "accepts_after_sigterm": 15.0}, True),
        ({}, {"propagation": 0.5}, True), (sleeps(4), {}, False), (sleeps(9), {"lb_deregistration": 9.0, "propagation": 9.5}, True),
        # An app that is gone accepts nothing.
        (sleeps(5), {"propagation": 20.0, "accepts_after_sigterm": 15.0, "app_shutdown": 14.0}, True),
        (sleeps(5), {"propagation": 20.0, "accepts_after_sigterm": 15.0, "app_shutdown": 15.0}, False),
        # The longest that an unknown hook can take is the grace period.
        (runs("./drain"), {"propagation": 30.0}, False), (runs("./drain"), {"propagation": 30.5}, True),
    ],
)  # fmt: skip
def test_declared_to_send_longer_than_the_pod_accepts(
    hook: dict[str, Any], facts: dict[str, float], found: bool
) -> None:
    text = behind(web(ports=[HTTP], **hook), terminationGracePeriodSeconds=30)
    assert ("PT110 warning" in rules(text, **facts)) is found
    assert "PT110 warning" not in rules(behind(web(ports=[HTTP], **hook), to=ELSEWHERE), **facts)


def test_it_says_who_still_sends_and_until_when() -> None:
    text = behind(web(ports=[HTTP], **sleeps(10)), terminationGracePeriodSeconds=30)
    finding = only(text, propagation=12.0, lb_deregistration=25.0)
    assert (
        "accepts until 10 s" in finding.message.en and "the load balancer still sends until 25 s" in finding.message.en
    )
    assert (
        "늦어도 10초에는 연결을 더 받지 않는데" in finding.message.ko and "로드 밸런서는 25초까지" in finding.message.ko
    )
    assert (
        finding.fix.en
        == "raise the sleep that is there from 10 to 25 s (or longer), and terminationGracePeriodSeconds by 15"
    )
    assert finding.path == "spec.template.spec.containers[0].lifecycle.preStop"
    finding = only(text, propagation=12.5, lb_deregistration=3.0)
    assert "clients still send until 12.5 s" in finding.message.en and "to 13 s" in finding.fix.en


@pytest.mark.parametrize("hook", [sleeps(10), runs("sleep", "10"), runs("/bin/sleep", "10")])
def test_the_edit_raises_what_is_there(hook: dict[str, Any]) -> None:
    text = behind(web(ports=[HTTP], **hook), terminationGracePeriodSeconds=30)
    after = applied(text, only(text, propagation=25.0).edits)
    assert after == text.replace("'10'", '"25"').replace("10", "25").replace("30", "45")
    assert not findings(after, propagation=25.0)
    for unsure in (sleeps(10), runs("sh", "-c", "sleep 10"), runs("sleep", "10s")):
        assert not only(behind(web(ports=[HTTP], **unsure)), propagation=25.0).edits  # no grace period, or no number


STOPS = [
    ("kill -TERM 1; sleep 20", 0, True), ("nginx -s quit; sleep 20", 0, True), ("pkill -TERM app; sleep 20", 0, True),
    ("sleep 4; kill 1; sleep 20", 4, True), ("sleep 5; kill 1; sleep 20", 5, False), ("sleep 20; kill 1", 20, False),
    ("touch /tmp/bye; sleep 20", 0, False),
]  # fmt: skip


@pytest.mark.parametrize(("script", "at", "found"), STOPS)
def test_a_hook_that_stops_the_app_before_its_delay(script: str, at: int, found: bool) -> None:
    text = behind(web(ports=[HTTP], **runs("sh", "-c", script)), terminationGracePeriodSeconds=60)
    assert {one for one in rules(text) if one != "PT104 info"} == ({"PT110 warning"} if found else set())
    if found:
        (finding,) = [one for one in findings(text) if one.rule == "PT110"]
        assert f"itself stops web at {at} s" in finding.message.en and "5 s (assumed)" in finding.message.en
        assert f"{at}초에 web 컨테이너를 직접 멈춥니다" in finding.message.ko and "5초까지" in finding.message.ko
        assert "sleep first, 5 s or longer" in finding.fix.en and not finding.edits
        assert "PT110 warning" not in rules(text, accepts_after_sigterm=5.0 - at)
        (window,) = [one for one in timeline(pod(text)).losses if "new requests" in one.text.en]
        assert (window.start, window.end) == (at, 5)
    told = [event for event in timeline(pod(text)).events if event.kind == "hook-stops"]
    assert [(event.at, event.actor) for event in told] == ([(at, "web")] if found or at == 5 else [])


def test_a_gateway_is_judged_by_its_own_rule() -> None:
    given = {"inject.istio.io/templates": "gateway"}
    edge = {"name": "istio-proxy", "image": "auto"}
    text = behind(edge, annotations=given, to=service(8080))
    assert rules(text, lb_deregistration=20.0) == {"PT301 warning"}


# PT114: publishNotReadyAddresses.


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        ({"publishNotReadyAddresses": True}, True), ({"publishNotReadyAddresses": False}, False), ({}, False),
        ({"publishNotReadyAddresses": True, "clusterIP": "None"}, False),
        ({"publishNotReadyAddresses": True, "clusterIP": "10.0.0.1"}, True),
        ({"publishNotReadyAddresses": True, "name": "web-metrics"}, False),
        ({"publishNotReadyAddresses": True, "selector": {"app": "x"}}, False),
    ],
)  # fmt: skip
def test_a_service_that_does_not_learn_that_the_pod_stops(spec: dict[str, Any], found: bool) -> None:
    text = behind(web(ports=[HTTP], **sleeps(15)), to=service(**spec))
    assert rules(text, app_shutdown=1.0) == ({"PT114 warning"} if found else set())
    if found:
        finding = only(text, app_shutdown=1.0)
        assert (finding.document, finding.path) == (2, "spec.publishNotReadyAddresses")
        assert text.splitlines()[finding.line - 1].strip().startswith("publishNotReadyAddresses")
        (window,) = timeline(pod(text, app_shutdown=1.0)).losses
        assert (window.start, window.end) == (15, 16) and "until the pod is gone" in window.text.en
        reading = read([("a", dump(service(**spec))), ("b", text.split("---\n")[0])], Assumptions())
        (elsewhere,) = [one for item in reading.items for one in check(item)]
        assert (elsewhere.source, elsewhere.line, elsewhere.path) == ("b", 1, "spec.template.spec")
        line = next(n for n, t in enumerate(dump(service(**spec)).splitlines(), 1) if "publishNotReady" in t)
        assert finding.message.en.startswith("Service s publishes ")
        assert elsewhere.message.en.startswith(f"Service s (a:{line}) publishes ")
        assert elsewhere.message.ko.startswith(f"s (a:{line}) Service는 ")


def test_an_app_that_is_gone_as_it_stops_accepting_refuses_nobody() -> None:
    text = behind(web(ports=[HTTP]), to=service(publishNotReadyAddresses=True))
    assert timeline(pod(text, sidecar="none", app_shutdown=0.0)).losses == ()
    (window,) = timeline(pod(text, sidecar="none", app_shutdown=0.5)).losses
    assert (window.start, window.end) == (0, 0.5)


def test_a_delay_is_no_cure_for_it() -> None:
    """No PT109 or PT110 advises one, unless another Service sends as well."""
    text = behind(to=service(publishNotReadyAddresses=True))
    assert rules(text) == rules(text, propagation=9.0) == {"PT114 warning"}
    assert rules(text + "---\n" + dump(service(name="t"))) == {"PT109 info", "PT114 warning"}


def test_a_load_balancer_that_still_sends_is_a_loss_of_a_pod_that_is_no_gateway() -> None:
    text = behind(web(ports=[HTTP], **sleeps(15)), terminationGracePeriodSeconds=90)
    for seconds, windows in ((15.0, []), (60.0, [(15, 60)])):
        losses = timeline(pod(text, app_shutdown=5.0, lb_deregistration=seconds)).losses
        assert [(window.start, window.end) for window in losses] == windows


def test_what_is_accepted_after_sigterm_is_taken_off_the_delay_that_is_advised() -> None:
    text = behind(web(ports=[HTTP]), terminationGracePeriodSeconds=30)
    after = applied(text, only(text, propagation=20.0, accepts_after_sigterm=5.0).edits)
    assert "seconds: 15" in after and "PT110" not in {
        found.rule for found in findings(after, propagation=20.0, accepts_after_sigterm=5.0)
    }
