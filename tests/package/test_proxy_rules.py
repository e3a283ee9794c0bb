"""What the rules about the proxy say, number by number, on both sides of each bound; and that their fixes mend it."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from timing_rules import timeline
from timing_rules.domain import NEVER
from timing_rules.rules.engine import Finding

from tests.package.inputs import IN, STATUS, config, dump, findings, manifest, pod, proxy, rules, runs, sleeps, web

CLASSIC: dict[str, Any] = {"sidecar": "classic"}
LONG = {
    "tdd": "terminationDrainDuration",
    "d": "drainDuration",
    "mi": "MINIMUM_DRAIN_DURATION",
    "eoz": "EXIT_ON_ZERO_ACTIVE_CONNECTIONS",
}


def text(
    *apps: dict[str, Any], grace: int = 60, px: dict[str, Any] | None = None, kind: str = "Deployment", **settings: Any
) -> str:
    """A workload in the mesh: its apps, the lifecycle of istio-proxy, and proxy settings by their short names."""
    own = [{"name": "istio-proxy", "image": "auto", **px}] if px else []
    return manifest(
        kind,
        labels=IN,
        annotations=config(**{LONG[key]: value for key, value in settings.items()}) if settings else {},
        containers=[*(apps or (web(),)), *own],
        terminationGracePeriodSeconds=grace,
    )


def gateway(grace: int = 60, px: dict[str, Any] | None = None, labels: dict[str, str] | None = None, **s: Any) -> str:
    """A gateway as the injection template `gateway` makes it."""
    annotations = {"inject.istio.io/templates": "gateway", **config(**{LONG[key]: value for key, value in s.items()})}
    container = {"name": "istio-proxy", "image": "auto", **(px or {})}
    return manifest(
        "Deployment",
        labels=labels or {},
        annotations=annotations,
        containers=[container],
        terminationGracePeriodSeconds=grace,
    )


def only(given: str, rule: str, **assumptions: Any) -> Finding:
    """The only finding of a text, which is of this rule."""
    (finding,) = findings(given, **assumptions)
    assert finding.rule == rule, finding
    return finding


def line_of(given: str, word: str) -> int:
    """The first line of a text with this word."""
    return next(number for number, line in enumerate(given.splitlines(), 1) if word in line)


# PT201


def test_a_proxy_that_is_gone_first_says_when_until_when_and_what_is_lost() -> None:
    given = text(web(**sleeps(10)), {"name": "side", "image": "side:1", **sleeps(2)}, tdd="20s")
    finding = only(given, "PT201", app_shutdown={"web": 10.5, "side": 20.0}, **CLASSIC)
    assert finding.message.en == (
        "the proxy is gone 20 s after the pod begins to stop (terminationDrainDuration 20s), and side runs until 22 s: "
        "from 20 s on every outbound call is refused, and inbound requests still running then are cut"
    )  # the last of them, not the first
    assert finding.message.ko == (
        "파드 종료가 시작되고 20초 뒤에 프록시가 종료됩니다 (terminationDrainDuration 20s). side 컨테이너는 "
        "22초까지 실행됩니다. 20초부터 아웃바운드 호출은 모두 거부되고, 그때 처리 중이던 요청은 끊깁니다"
    )
    assert finding.severity == "error" and finding.container == "side"
    assert finding.line == line_of(given, "proxy.istio.io/config")
    assert finding.path == "metadata.annotations.proxy.istio.io/config.terminationDrainDuration"
    assert finding.fix.en == 'set terminationDrainDuration: "22s" or more, and terminationGracePeriodSeconds above 22 s'


@pytest.mark.parametrize(
    ("before", "after", "facts"),
    [
        (text(web(**sleeps(10)), tdd="5s"), text(web(**sleeps(10)), tdd="25s"), {"app_shutdown": 15.0}),
        (text(web(**sleeps(10)), tdd="5s", px=sleeps(3)), text(web(**sleeps(10)), tdd="22s", px=sleeps(3)),
         {"app_shutdown": 15.0}),
    ],
)  # fmt: skip
def test_the_drain_that_its_fix_names_is_exactly_enough(before: str, after: str, facts: dict[str, Any]) -> None:
    needed = "22s" if "22s" in after else "25s"
    assert f'"{needed}"' in only(before, "PT201", **facts, **CLASSIC).fix.en
    assert not rules(after, **facts, **CLASSIC)
    short = after.replace(needed, f"{int(needed[:-1]) - 1}s")
    assert rules(short, **facts, **CLASSIC) == {"PT201 error"}


def test_a_drain_below_zero_ends_the_proxy_at_its_sigterm() -> None:
    finding = only(text(web(**sleeps(10)), tdd="-5s", px=sleeps(3)), "PT201", **CLASSIC)
    assert "(terminationDrainDuration -5s)" in finding.message.en and "gone 3 s after" in finding.message.en
    assert not rules(text(web(**sleeps(10)), tdd="13s", px=sleeps(3)), **CLASSIC)


def test_a_shutdown_that_nobody_declared_is_said_to_be_a_lower_bound() -> None:
    finding = only(text(web(**sleeps(5))), "PT201", **CLASSIC)
    assert (
        "(terminationDrainDuration 5s, the default), and web runs until 5 s at least: from 5 s on" in finding.message.en
    )
    assert "적어도 5초까지 실행됩니다" in finding.message.ko and finding.severity == "warning"
    assert finding.fix.en.startswith("set terminationDrainDuration to 5s and as much more as web needs")
    assert not rules(text(web(**sleeps(4))), **CLASSIC)  # it may have ended by then
    assert not rules(text(web(**sleeps(5)), tdd="6s"), **CLASSIC)
    assert not rules(text(tdd="0s"), **CLASSIC)  # no hook: nobody knows


def test_an_app_that_is_killed_ends_then_and_no_longer_drain_would_do() -> None:
    listed = findings(text(tdd="20s", grace=30), app_shutdown=NEVER, **CLASSIC)
    finding = next(finding for finding in listed if finding.rule == "PT201")
    assert "web runs until 30 s:" in finding.message.en and "Set terminationDrainDuration to at least" in finding.fix.en


def test_a_proxy_that_the_kubelet_kills_is_not_told_to_drain_longer() -> None:
    given = text(web(**sleeps(29)), grace=30, tdd="31s")
    assert rules(given, app_shutdown=9.0, **CLASSIC) == {"PT101 warning", "PT202 warning"}


def test_a_hook_of_the_proxy_that_nobody_can_read_may_be_long_enough() -> None:
    assert "PT201 warning" not in rules(text(web(**sleeps(10)), px=runs("./wait")), app_shutdown=5.0, **CLASSIC)
    given = text(web(**sleeps(10)), px=runs("sleep", "4"))
    assert "PT201 warning" in rules(given, app_shutdown=5.0, **CLASSIC)


HELM = {"meshConfig": {"accessLogFile": "/dev/stdout"}}
OPERATOR = {"apiVersion": "install.istio.io/v1alpha1", "kind": "IstioOperator", "spec": HELM}
CONFIG_MAP = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "istio"},
    "data": {"mesh": dump(HELM["meshConfig"])},
}


@pytest.mark.parametrize(
    ("mesh", "severity"),
    [(HELM, "error"), (OPERATOR, "error"), (CONFIG_MAP, "warning"), ({"defaultConfig": {}}, "warning")],
)
def test_only_configuration_that_could_hold_a_hook_shows_that_there_is_none(
    mesh: dict[str, Any], severity: str
) -> None:
    given = dump(mesh) + "---\n" + text(web(**sleeps(10)))
    assert rules(given, app_shutdown=5.0, **CLASSIC) == {f"PT201 {severity}"}
    injected = manifest(annotations=STATUS, containers=[web(**sleeps(10)), proxy()])
    assert rules(injected, app_shutdown=5.0) == {"PT201 error"}


# PT202


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (text(tdd="60s"), "the proxy drains for 60 s and the grace period is 60 s: a race with SIGKILL"),
        (text(tdd="61s"),
         "the proxy would drain for 61 s, but SIGKILL ends it at 60 s, with whatever it still serves"),
        (text(tdd="50s", px=sleeps(10)),
         "the proxy drains for 50 s after its preStop of 10 s and the grace period is 60 s: a race with SIGKILL"),
        (gateway(tdd="50.5s", px=sleeps(10)),
         "the proxy would drain for 50.5 s after its preStop of 10 s, but SIGKILL ends it at 60 s, with whatever it still "
         "serves"),
    ],
)  # fmt: skip
def test_an_equal_drain_is_a_race_and_a_longer_one_a_sigkill(given: str, says: str) -> None:
    finding = only(given, "PT202", app_shutdown=1.0, **({} if "gateway" in given else CLASSIC))
    assert finding.message.en == says and finding.severity == "warning"
    assert ("경합" in finding.message.ko) == ("race" in says) and ("60초에 SIGKILL" in finding.message.ko) != (
        "race" in says
    )
    need = finding.fix.en.split()[2]
    assert finding.fix.en == f"set terminationGracePeriodSeconds: {need} or more, or shorten the drain"
    mended = given.replace("PeriodSeconds: 60", f"PeriodSeconds: {need}")
    assert not rules(mended, app_shutdown=1.0, **CLASSIC)
    short = given.replace("PeriodSeconds: 60", f"PeriodSeconds: {int(need) - 1}")
    assert rules(short, app_shutdown=1.0, **CLASSIC) == {"PT202 warning"}


def test_a_hook_that_leaves_a_rest_of_a_second_leaves_the_drain_as_much_more() -> None:
    hook = runs("sleep", "24.5")
    rest = [
        rule for rule in rules(text(grace=30, px=hook, tdd="5.5s"), app_shutdown=1.0, **CLASSIC) if "PT216" not in rule
    ]
    assert not rest  # the kubelet cuts 24.5 to 24: SIGKILL comes at 30.5
    assert "PT202 warning" in rules(text(grace=30, px=hook, tdd="6s"), app_shutdown=1.0, **CLASSIC)


def test_a_drain_that_no_pod_with_the_default_grace_can_finish_is_said_of_the_mesh() -> None:
    def mesh(drain: str, lifecycle: dict[str, Any] | None = None, **metadata: str) -> str:
        default = {"terminationDrainDuration": drain, **({"proxyMetadata": metadata} if metadata else {})}
        return dump({"meshConfig": {"defaultConfig": default}, "global": {"proxy": lifecycle or {}}})

    finding = only(mesh("30s"), "PT202")
    assert finding.severity == "info" and finding.line == 3 and "a race" not in finding.message.en
    assert finding.message.en == (
        "proxies drain for 30 s; a pod with the default grace period of 30 s gets SIGKILL no later than that"
    )
    assert not rules(mesh("29s"))
    assert not rules(mesh("30s", EXIT_ON_ZERO_ACTIVE_CONNECTIONS="true")) - {"PT204 warning"}
    hook = {"lifecycle": {"preStop": {"sleep": {"seconds": 5}}}}
    finding = next(finding for finding in findings(mesh("25s", hook)) if finding.rule == "PT202")
    assert "after its preStop of 5 s" in finding.message.en
    assert "PT202 info" not in rules(mesh("24s", hook))


# PT203


@pytest.mark.parametrize(
    ("facts", "until", "why"),
    [({}, 20, "preStop"), ({"propagation": 21.0}, 21, "propagation"), ({"lb_deregistration": 22.0}, 22, "lb-deregistration")],
)  # fmt: skip
def test_listeners_that_close_early_name_the_longest_of_three_reasons(
    facts: dict[str, float], until: int, why: str
) -> None:
    given = text(web(**sleeps(20)), tdd="40s", d="10s", px=sleeps(5))
    finding = only(given, "PT203", app_shutdown=1.0, **facts, **CLASSIC)
    assert finding.message.en == (
        f"Envoy's listeners close at 15 s (drainDuration 10s); clients may still connect until {until} s ({why})"
    )
    assert finding.line == line_of(given, "proxy.istio.io/config") and finding.path.endswith("config.drainDuration")
    longer = given.replace("drainDuration: 10s", f"drainDuration: {until - 5}s")
    assert not rules(longer, app_shutdown=1.0, **facts, **CLASSIC)


def test_listeners_of_a_proxy_that_may_be_gone_by_then_close_for_nobody() -> None:
    given = text(web(**sleeps(20)), eoz="true", mi="20s", d="10s")
    assert rules(given, app_shutdown=1.0, **CLASSIC) == {"PT203 warning"}
    assert not rules(given.replace("20s", "9s").replace("seconds: 20", "seconds: 9"), app_shutdown=1.0, **CLASSIC)


# PT206


def test_an_idle_proxy_that_leaves_says_when_and_the_minimum_that_would_do() -> None:
    given = text(web(**sleeps(10)), eoz="true", mi="5s")
    finding = only(given, "PT206", app_shutdown=2.0, **CLASSIC)
    assert finding.message.en == ("an idle proxy leaves at 6 s (MINIMUM_DRAIN_DURATION 5s + 1 s); web runs until 12 s")
    assert finding.line == line_of(given, "proxy.istio.io/config") and finding.severity == "warning"
    assert not rules(text(web(**sleeps(10)), eoz="true", mi="11s"), app_shutdown=2.0, **CLASSIC)
    assert rules(text(web(**sleeps(10)), eoz="true", mi="10.9s"), app_shutdown=2.0, **CLASSIC) == {"PT206 warning"}
    killed = text(web(**sleeps(10)), eoz="true", mi="13s", grace=14)
    assert "PT206 warning" not in rules(killed, app_shutdown=20.0, **CLASSIC)  # both end at SIGKILL
    unread = text(web(**sleeps(10)), eoz="true", mi="5s", px=runs("./wait"))
    assert "PT206 warning" not in rules(unread, app_shutdown=2.0, **CLASSIC)


# PT301

MANAGED = {"gateway.istio.io/managed": "istio.io-gateway-controller"}


@pytest.mark.parametrize(
    ("settings", "px", "accepts", "need"),
    [
        ({"tdd": "20s"}, 0, "20", 111), ({"tdd": "20s"}, 9, "29", 111), ({"tdd": "500ms"}, 0, "0.5", 93),
        ({"tdd": "50s", "d": "90s"}, 0, "50", 141),
    ],
)  # fmt: skip
def test_a_gateway_that_leaves_first_and_the_sleep_that_keeps_it(
    settings: dict[str, Any], px: int, accepts: str, need: int
) -> None:
    finding = only(gateway(px=sleeps(px) if px else None, **settings), "PT301", lb_deregistration=90.0)
    assert finding.message.en == (
        f"the load balancer sends for 90 s (declared), and the gateway accepts for {accepts} s"
    )
    assert finding.fix.en.startswith(
        f"give istio-proxy lifecycle.preStop.sleep.seconds: 90 and the pod terminationGracePeriodSeconds: {need} or more"
    )
    assert not rules(gateway(need, sleeps(90), **settings), lb_deregistration=90.0)
    assert rules(gateway(need - 1, sleeps(90), **settings), lb_deregistration=90.0) in (
        {"PT202 warning"},
        {"PT101 warning"},
    )


def test_a_gateway_that_waits_for_its_connections_accepts_until_its_listeners_close() -> None:
    listed = findings(gateway(100, eoz="true", mi="6s"), lb_deregistration=90.0)
    assert "the gateway accepts for 45 s" in listed[-1].message.en and "PeriodSeconds: 98 or more" in listed[-1].fix.en
    idle = findings(gateway(100, eoz="true", mi="6s"), lb_deregistration=90.0, connections_idle_after=0.0)
    assert [finding.message.en.endswith("the gateway accepts for 7 s") for finding in idle] == [True]


def test_a_generated_gateway_is_set_through_its_gateway() -> None:
    container = {"name": "istio-proxy", "image": "docker.io/istio/proxyv2:1.30.0", "args": ["proxy", "router"]}
    made = manifest("Deployment", labels=MANAGED | {"sidecar.istio.io/inject": "false"}, containers=[container])
    finding = only(made, "PT301", lb_deregistration=90.0)
    assert "spec.infrastructure.parametersRef" in finding.fix.en and "gatewayClasses" in finding.fix.ko
    assert "lifecycle.preStop.sleep.seconds: 90" in finding.fix.en and "PeriodSeconds: 96 or more" in finding.fix.en
    chart = manifest("Deployment", containers=[container])
    assert "parametersRef" not in only(chart, "PT301", lb_deregistration=90.0).fix.en
    assert not rules(made, lb_deregistration=5.0)
    long = {**container, **sleeps(29)}
    made = manifest("Deployment", labels=MANAGED, containers=[long])
    (finding,) = [finding for finding in findings(made, **CLASSIC) if finding.rule == "PT101"]
    assert (
        finding.fix.en.startswith("Raise terminationGracePeriodSeconds")
        and "parametersRef, or istiod's" in finding.fix.en
    )
    assert "spec.infrastructure.parametersRef 또는 istiod의 gatewayClasses" in finding.fix.ko
    (finding,) = [finding for finding in findings(manifest("Deployment", containers=[long])) if finding.rule == "PT101"]
    assert "istiod" not in finding.fix.en


# PT220

QUIT, ENVOY = "curl -X POST http://localhost:15020/quitquitquit", "curl -X POST http://localhost:15000/quitquitquit"


def hooked(script: str, *others: dict[str, Any], px: dict[str, Any] | None = None, **settings: Any) -> str:
    """A workload in the mesh whose app has a hook of its own."""
    return text(web(**runs("sh", "-c", script)), *others, px=px, **settings)


def test_a_hook_of_the_app_that_ends_a_native_proxy() -> None:
    given = hooked(f"sleep 10; {QUIT}")
    finding = only(given, "PT220", app_shutdown=20.0, sidecar="native")
    assert finding.message.en == (
        "quitquitquit in the preStop hook of web ends the proxy at 10 s without a drain, and web runs until 30 s: from 10 s "
        "on every outbound call is refused, and inbound requests still running then are cut"
    )
    assert "프록시가 10초에 종료됩니다 (드레인 없음). web 컨테이너는 30초까지 실행됩니다." in finding.message.ko
    assert finding.severity == "error" and finding.container == "web" and finding.line == line_of(given, "preStop")
    assert finding.path.endswith("containers[0].lifecycle.preStop")
    assert not rules(hooked("sleep 10"), app_shutdown=20.0, sidecar="native")  # without the call, as its fix says
    assert not rules(given, app_shutdown=0.0, sidecar="native")  # it is gone by then
    at_least = only(given, "PT220", sidecar="native")
    assert "and web runs until 10 s at least: from" in at_least.message.en
    other = only(
        hooked(QUIT, {"name": "late", **sleeps(3)}), "PT220", app_shutdown={"web": 0.0, "late": 4.0}, sidecar="native"
    )
    assert "ends the proxy at 0 s without a drain, and late runs until 7 s:" in other.message.en


def test_the_timeline_shows_the_proxy_that_an_apps_hook_ends() -> None:
    line = timeline(
        pod(hooked(f"sleep 10; {QUIT}"), app_shutdown=20.0, sidecar="native", istio="1.30", kubernetes="1.36")
    )
    assert line.proxy is not None and (line.proxy.drain_start, line.proxy.envoy_killed) == (0.0, 10.0)
    assert line.containers["istio-proxy"].end == 10.0 and line.ends == 30.0
    told = [(event.at, event.kind, event.text.en) for event in line.events if event.actor == "istio-proxy"]
    assert told[-1] == (10.0, "envoy-killed", "/quitquitquit in a preStop hook ends Envoy and pilot-agent")
    assert "sigterm" not in [kind for _, kind, _ in told]
    assert [(window.start, window.end) for window in line.losses if "without a proxy" in window.text.en] == [
        (10.0, 30.0)
    ]


def test_before_istio_1_21_quitquitquit_drained() -> None:
    given = hooked(f"sleep 10; {QUIT}", tdd="7s")
    old = {"sidecar": "native", "istio": "1.20", "kubernetes": "1.36"}
    finding = only(given, "PT220", app_shutdown=20.0, **old)
    assert "ends the proxy at 17 s, after its drain, and web runs until 30 s: from 17 s on" in finding.message.en
    assert not rules(given, app_shutdown=7.0, **old)
    assert rules(given, app_shutdown=7.1, **old) == {"PT220 error"}
    line = timeline(pod(given, app_shutdown=20.0, **old))
    assert line.proxy is not None and (line.proxy.drain_start, line.proxy.envoy_killed) == (10.0, 17.0)


def test_a_classic_proxy_has_closed_the_port_by_then() -> None:
    finding = only(hooked(f"sleep 10; {QUIT}", tdd="40s"), "PT220", app_shutdown=20.0, **CLASSIC)
    assert finding.severity == "warning" and finding.message.en == (
        "quitquitquit in the preStop hook of web comes at 10 s: a classic proxy has closed port 15020 since SIGTERM at 0 s, "
        "so the call fails; a native one would be ended while the app still runs"
    )
    line = timeline(pod(hooked(f"sleep 10; {QUIT}", tdd="40s"), app_shutdown=20.0, **CLASSIC))
    assert line.containers["istio-proxy"].end == 40.0
    undecided = findings(hooked(f"sleep 10; {QUIT}"), app_shutdown=20.0)
    assert [finding.severity for finding in undecided if finding.rule == "PT220"] == ["warning"]


@pytest.mark.parametrize(
    ("script", "px", "gone"), [(f"sleep 10; {ENVOY}", None, "10"), (f"sleep 9; {QUIT}; sleep 5", 10, "9")]
)
def test_a_classic_proxy_that_can_still_be_ended(script: str, px: int | None, gone: str) -> None:
    given = hooked(script, tdd="40s", px=sleeps(px) if px else None)
    finding = only(given, "PT220", app_shutdown=20.0, **CLASSIC)
    assert f"ends the proxy at {gone} s without a drain" in finding.message.en and finding.severity == "warning"
    line = timeline(pod(given, app_shutdown=20.0, **CLASSIC))
    assert line.containers["istio-proxy"].end == float(gone)
    late = given.replace("40s", "8s") if px is None else given  # Envoy is gone before it is asked
    assert px is not None or rules(late, app_shutdown=20.0, **CLASSIC) == {"PT201 error"}


def test_a_proxy_that_the_app_ends_meets_no_sigkill() -> None:
    assert rules(hooked(f"sleep 10; {ENVOY}", tdd="90s"), app_shutdown=20.0, **CLASSIC) == {"PT220 warning"}
    assert rules(hooked(f"sleep 10; {ENVOY}", eoz="true", mi="90s"), app_shutdown=20.0, **CLASSIC) == {"PT220 warning"}


def test_a_hook_of_the_app_that_closes_the_listeners() -> None:
    url = "curl -X POST http://localhost:15000/drain_listeners?inboundonly"
    finding = only(hooked(f"sleep 3; {url}; sleep 7"), "PT220", app_shutdown=20.0, sidecar="native")
    assert finding.message.en == (
        "drain_listeners without graceful in the preStop hook of web closes the proxy's listeners at 3 s: new connections "
        "are refused from then on, and web runs until 30 s"
    )
    assert (
        finding.severity == "error"
        and "3초에 닫히고 그때부터 새 연결은 거부됩니다. web 컨테이너는 30초까지" in finding.message.ko
    )
    line = timeline(pod(hooked(f"sleep 3; {url}; sleep 7"), app_shutdown=20.0, sidecar="native"))
    assert line.proxy is not None and line.proxy.inbound_closes == 3.0 and line.proxy.envoy_killed == 30.0
    assert any("new connections are refused" in window.text.en for window in line.losses)
    graceful = hooked(f'sleep 3; {url.replace("curl", "curl -s")}"&graceful"; sleep 7')
    assert not rules(graceful, app_shutdown=20.0, sidecar="native")
    assert (
        only(hooked(f"sleep 3; {url}; sleep 7", tdd="40s"), "PT220", app_shutdown=20.0, **CLASSIC).severity == "warning"
    )


def test_a_job_that_ends_the_proxy_when_its_work_is_done_has_no_hook() -> None:
    done = manifest("Job", labels=IN, containers=[web(command=["sh", "-c", f"/app/etl; {QUIT}"])])
    assert not rules(done, **CLASSIC) and not rules(done, sidecar="native")


# PT221


@pytest.mark.parametrize(
    "script", [f"./stop; {QUIT}", f"test -f x && {QUIT}", f"for i in 1 2; do sleep 1; done; {QUIT}"]
)
def test_a_hook_that_ends_the_proxy_at_a_time_that_cannot_be_read(script: str) -> None:
    for mode in ("native", "classic"):
        (finding,) = [finding for finding in findings(hooked(script), sidecar=mode) if finding.rule == "PT220"]
        assert (
            finding.severity == "warning"
            and "before web gets SIGTERM, at a time that cannot be read" in finding.message.en
        )
    assert "PT220 warning" not in rules(hooked(script), app_shutdown=0.0, sidecar="native")  # it is gone by then
    assert "PT220 warning" not in rules(hooked(f"./stop; echo '{QUIT}'"), sidecar="native")


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("localhost", True), ("127.0.0.1", True), ("http://127.0.0.6", True), ("http://[::1]", True), ("0.0.0.0", True),
        ("http://$POD_IP", True), ("http://${POD_IP}", True), ("$(hostname)", True), ("other", False), ("http://10.0.0.7", False),
        ("http://proxy.other.svc", False),
    ],
)  # fmt: skip
def test_a_call_to_another_pod_ends_no_proxy_here(host: str, own: bool) -> None:
    given = hooked(f"sleep 2; curl -X POST {host}:15020/quitquitquit")
    assert any(rule.startswith("PT220") for rule in rules(given, app_shutdown=5.0, sidecar="native")) is own


def test_a_drain_duration_alone_comes_too_late() -> None:
    finding = only(text(d="60s", grace=90), "PT221", app_shutdown=1.0, **CLASSIC)
    assert finding.message.en == (
        "drainDuration 60s has no effect: the agent kills Envoy at 5 s (terminationDrainDuration 5s, the default), and its "
        "listeners would close at 60 s only"
    )
    assert finding.fix.en.startswith('set terminationDrainDuration: "60s" beside it') and finding.severity == "warning"
    assert finding.path == "metadata.annotations.proxy.istio.io/config.drainDuration"
    assert not rules(text(d="60s", tdd="60s", grace=90), app_shutdown=1.0, **CLASSIC)
    assert not rules(text(d="60s", tdd="5s", grace=90), app_shutdown=1.0, **CLASSIC)  # both were thought of
    hooked = only(text(d="60s", grace=90, px=sleeps(10)), "PT221", app_shutdown=1.0, **CLASSIC)
    assert "kills Envoy at 15 s" in hooked.message.en and "would close at 70 s only" in hooked.message.en


@pytest.mark.parametrize(("drain", "wanted"), [("6s", {"PT221 warning"}), ("5s", {"PT221 warning"}), ("4s", set())])
def test_a_drain_duration_that_envoy_lives_to_see_has_an_effect(drain: str, wanted: set[str]) -> None:
    assert rules(text(d=drain), app_shutdown=1.0, propagation=0.0, **CLASSIC) == wanted


def test_a_drain_duration_that_something_else_gives_an_effect() -> None:
    assert not rules(text(d="60s", eoz="true", grace=90), app_shutdown=1.0, **CLASSIC)
    assert not rules(text(d="60s", grace=90), app_shutdown=1.0, sidecar="native")
    assert not rules(gateway(90, d="60s"))  # of a classic sidecar alone
    wide = dump({"meshConfig": {"defaultConfig": {"drainDuration": "60s"}}, "global": {"proxy": {}}})
    assert not rules(f"{wide}---\n{text()}", app_shutdown=1.0, **CLASSIC)  # mesh-wide it serves gateways
    longer = dump({"meshConfig": {"defaultConfig": {"terminationDrainDuration": "20s"}}})
    assert not rules(f"{longer}---\n{text(d='60s', grace=90)}", app_shutdown=1.0, **CLASSIC)


AMBIENT = {"istio.io/dataplane-mode": "ambient"}
NOTHING_READS = "proxyMetadata: {MINIMUM_DRAIN_DURATION: 9s, OTHER: x}\nterminationDrainDuration: 20s\nconcurrency: 2\n"


def test_a_drain_setting_in_ambient_mode_has_nobody_to_read_it() -> None:
    noted = {"proxy.istio.io/config": NOTHING_READS}
    finding = only(manifest("Deployment", labels=AMBIENT, annotations=noted), "PT221")
    assert finding.message.en == (
        "no effect in ambient mode: MINIMUM_DRAIN_DURATION, terminationDrainDuration; the pod has no proxy of its own"
    )
    assert finding.severity == "warning" and "ztunnel" in finding.fix.ko and finding.container == ""
    assert finding.path == "metadata.annotations.proxy.istio.io/config.proxyMetadata.MINIMUM_DRAIN_DURATION"
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n", "labels": AMBIENT}}
    of_space = manifest("Deployment", annotations=noted, namespace="n")
    assert rules(dump(space) + "---\n" + of_space) == {"PT221 warning"}
    assert not rules(manifest("Deployment", labels=AMBIENT, annotations={"proxy.istio.io/config": "concurrency: 2\n"}))
    assert not rules(manifest("Deployment", labels=IN | {"istio.io/dataplane-mode": "none"}, annotations=noted)) & {
        "PT221 warning"
    }
    injected = manifest("Deployment", labels=AMBIENT | IN, annotations=noted)  # a sidecar wins
    assert "PT221 warning" not in rules(injected, app_shutdown=1.0, **CLASSIC)
    assert not rules(manifest("Deployment", labels={"sidecar.istio.io/inject": "false"}, annotations=noted))


# PT222


@pytest.mark.parametrize(
    ("minimum", "px", "first"),
    [("60s", 0, "61"), ("59500ms", 0, "60.5"), ("59.000001s", 0, "60.000001"), ("50s", 10, "61"), ("1m", 0, "61")],
)
def test_a_first_count_after_sigkill_never_comes(minimum: str, px: int, first: str) -> None:
    def given(grace: int) -> str:
        return text(web(), grace=grace, px=sleeps(px) if px else None, eoz="true", mi=minimum)

    finding = only(given(60), "PT222", app_shutdown=1.0, **CLASSIC)
    assert f"would come at {first} s (MINIMUM_DRAIN_DURATION " in finding.message.en
    assert finding.message.en.endswith("SIGKILL comes at 60 s: every stop takes the whole grace period")
    assert (" + 1 s, after its preStop)" in finding.message.en) == bool(px) and finding.severity == "warning"
    assert finding.path.endswith("proxyMetadata.MINIMUM_DRAIN_DURATION") and finding.line == line_of(
        given(60), "proxy.ist"
    )
    need = int(finding.fix.en.split()[2])
    assert finding.fix.en.startswith("set terminationGracePeriodSeconds: ") and need == int(float(first)) + 1
    assert not rules(given(need), app_shutdown=1.0, **CLASSIC)
    assert not rules(given(60).replace(minimum, "49s"), app_shutdown=1.0, **CLASSIC)


def test_a_first_count_that_comes_with_sigkill_may_come() -> None:
    assert not rules(text(eoz="true", mi="59s"), app_shutdown=1.0, **CLASSIC)
    assert rules(gateway(eoz="true", mi="60s")) == {"PT222 warning"} and not rules(gateway(eoz="true", mi="59s"))
    assert "PT222 warning" not in rules(text(mi="60s"), app_shutdown=1.0, **CLASSIC)  # nobody counts
    default = only(text(grace=5, eoz="true"), "PT222", app_shutdown=1.0, **CLASSIC)
    assert "MINIMUM_DRAIN_DURATION 5s" in default.message.en and default.path.endswith(
        "EXIT_ON_ZERO_ACTIVE_CONNECTIONS"
    )


# PT223


def of(holder: str, group: str, key: str, value: str, template: dict[str, Any] | None = None) -> str:
    """A workload with a key in some metadata of it; `template` is that of its pods."""
    metadata: dict[str, Any] = {"name": "w", group: {key: value}}
    pods = {"metadata": template or {}, "spec": {"containers": [web()]}}
    job = {"spec": {"template": pods}}
    if holder == "job":
        return dump({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "w"},
                     "spec": {"jobTemplate": {"metadata": metadata, **job}}})  # fmt: skip
    return dump({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {"template": pods}})


INJECT, TEMPLATES, NATIVE = "sidecar.istio.io/inject", "inject.istio.io/templates", "sidecar.istio.io/nativeSidecar"


@pytest.mark.parametrize(
    ("holder", "group", "key", "value"),
    [
        ("workload", "annotations", INJECT, "true"), ("workload", "labels", INJECT, "false"),
        ("workload", "annotations", TEMPLATES, "gateway"), ("workload", "annotations", NATIVE, "true"),
        ("workload", "annotations", "proxy.istio.io/config", "drainDuration: 9s"), ("job", "annotations", NATIVE, "true"),
        ("job", "labels", INJECT, "false"),
    ],
)  # fmt: skip
def test_a_key_above_the_pod_template_does_nothing(holder: str, group: str, key: str, value: str) -> None:
    given = of(holder, group, key, value)
    finding = only(given, "PT223")
    named = {"workload": ("the workload", "워크로드의"), "job": ("the Job template", "Job 템플릿의")}[holder]
    assert finding.message.en == f"{key} on {named[0]} has no effect: the injector reads the pod's own metadata"
    assert finding.message.ko.startswith(f"{named[1]} {key} 항목은") and finding.severity == "warning"
    assert (
        finding.line == line_of(given, key) and finding.path.endswith(f"metadata.{group}.{key}") and not finding.edits
    )
    place = "metadata.labels" if key == INJECT else "metadata.annotations"
    assert finding.fix.en == f'move it to {place} of the pod template: {key}: "{value}"'
    same = {place.removeprefix("metadata."): {key: value}}
    assert "PT223 warning" not in rules(of(holder, group, key, value, same))
    other = {place.removeprefix("metadata."): {key: "a: other"}}
    assert "PT223 warning" in rules(of(holder, group, key, value, other))


def test_a_label_that_only_an_annotation_says() -> None:
    for key, value in ((NATIVE, "true"), (TEMPLATES, "gateway"), ("proxy.istio.io/config", "x")):
        given = manifest("Deployment", labels={key: value})
        finding = only(given, "PT223")
        assert finding.message.en == f"{key} has no effect as a label: Istio reads it as an annotation"
        assert finding.fix.en == "move it to metadata.annotations" and finding.line == line_of(given, key)
        assert finding.path == f"spec.template.metadata.labels.{key}"
    assert not rules(manifest(labels={INJECT: "false"}))
    both = manifest(labels=IN | {NATIVE: "true"}, annotations={NATIVE: "true"})
    assert not rules(both, app_shutdown=1.0)
    assert not rules(of("workload", "labels", NATIVE, "true"))  # on the workload a label is just a label


@pytest.mark.parametrize("kind", ["Pod", "Deployment", "CronJob"])
@pytest.mark.parametrize("key", [INJECT, NATIVE, TEMPLATES, "proxy.istio.io/config"])
def test_a_key_beside_the_annotations_is_dropped_or_refused(kind: str, key: str) -> None:
    value, other = ("{}", "drainDuration: 9s") if "config" in key else ("true", "false")

    def given(**groups: dict[str, str]) -> str:
        document = yaml.safe_load(manifest(kind))
        path = {"Pod": [], "Deployment": ["spec", "template"], "CronJob": ["spec", "jobTemplate", "spec", "template"]}[
            kind
        ]
        holder = document
        for name in path:
            holder = holder[name]
        holder["metadata"] = {"name": "p", "annotations": None, key: value, **groups}
        return dump(document)

    finding = only(given(), "PT223")
    assert finding.message.en == (
        f"{key} stands in metadata itself, where it has no effect: the API server refuses it, or drops it where validation "
        "is not strict"
    )
    group = "labels" if key == INJECT else "annotations"
    assert finding.message.ko.startswith(f"{key} 항목이 metadata 바로 아래에 있어")
    assert (finding.fix.en, finding.fix.ko) == (f"move it to metadata.{group}", f"metadata.{group} 아래로 옮기십시오")
    assert finding.line == line_of(given(), key) and finding.path.endswith(f"metadata.{key}")
    assert finding.severity == "warning" and not finding.edits
    assert "PT223 warning" not in rules(given(**{group: {key: value}}))
    assert "PT223 warning" in rules(given(**{group: {key: other}}))


def test_the_label_of_a_namespace_on_a_pod() -> None:
    for kind, path in (("Pod", "metadata.labels"), ("Deployment", "spec.template.metadata.labels")):
        given = manifest(kind, labels={"istio-injection": "enabled"})
        finding = only(given, "PT223")
        assert finding.message.en == "istio-injection has no effect on a pod: it is a label of namespaces"
        assert finding.path == f"{path}.istio-injection" and finding.line == line_of(given, "istio-injection")
        assert 'sidecar.istio.io/inject: "true"' in finding.fix.en and not finding.edits
    out = manifest("Deployment", labels={"istio-injection": "disabled"})
    finding = only(out, "PT223")
    assert 'sidecar.istio.io/inject: "false"' in finding.fix.ko and [edit.text for edit in finding.edits] == [
        INJECT, '"false"',
    ]  # fmt: skip
    after = out.replace("istio-injection: disabled", f'{INJECT}: "false"')
    assert not rules(after)
    assert not rules(manifest("Deployment", labels={"istio-injection": "disabled", INJECT: "false"}))
    assert "PT223 warning" in rules(manifest("Deployment", labels={"istio-injection": "enabled", INJECT: "false"}))


def test_a_resource_whose_controller_may_carry_its_metadata_over_is_left_alone() -> None:
    owner = {"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": "t", "annotations": {INJECT: "true"}}}
    assert not rules(dump({**owner, "template": {"spec": {"containers": [web()]}}}))


# What is refused is judged no further.


@pytest.mark.parametrize(
    ("wrong", "wanted"),
    [
        ({"concurrency": "two"}, "PT208 error"), ({"drainDuration": "500ms"}, "PT213 error"),
        ({"A": True}, "PT211 error"),
    ],
)  # fmt: skip
def test_a_pod_that_is_refused_drains_nothing(wrong: dict[str, Any], wanted: str) -> None:
    def given(**settings: Any) -> str:
        return manifest(labels=IN, annotations=config(**settings), containers=[web(**sleeps(10))])

    for harm, facts in (
        ({"terminationDrainDuration": "5s"}, {}), ({"terminationDrainDuration": "30s"}, {}),
        ({"EXIT_ON_ZERO_ACTIVE_CONNECTIONS": "true", "MINIMUM_DRAIN_DURATION": "30s"}, {}),
        ({"EXIT_ON_ZERO_ACTIVE_CONNECTIONS": "true", "terminationDrainDuration": "9s"}, {}),
        ({"EXIT_ON_ZERO_ACTIVE_CONNECTIONS": "true", "MINIMUM_DRAIN_DURATION": "12s"}, {"connections_idle_after": NEVER}),
        ({"MINIMUM_DRAIN_DURATION": "12s"}, {}),
    ):  # fmt: skip
        alone = rules(given(**harm), app_shutdown=1.0, **facts, **CLASSIC)
        assert alone, harm
        assert rules(given(**harm, **wrong), app_shutdown=1.0, **facts, **CLASSIC) == {wanted}


# PT210, PT211, PT216


@pytest.mark.parametrize("value", ['say "no"', "a\\b"])
def test_a_quote_is_refused_only_where_the_injector_still_writes_it_into_its_template(value: str) -> None:
    env = {"env": [{"name": "GREETING", "value": value}]}
    waits = manifest("Deployment", labels=IN, annotations=config(GREETING=value))
    finding = only(waits, "PT211", app_shutdown=1.0, **CLASSIC)
    assert finding.severity == "error" and "holds a double quote or a backslash" in finding.message.en
    assert finding.path.endswith("proxyMetadata.GREETING") and not finding.edits
    assert line_of(waits, "GREETING") == finding.line
    for silent in (
        manifest(annotations={**STATUS, **config(GREETING=value)}, containers=[web(), proxy()]),
        manifest("Deployment", labels=IN, containers=[web(), {"name": "istio-proxy", "image": "auto", **env}]),
        manifest("Deployment", labels=IN, annotations=config(runtimeValues={"greeting": value})),
    ):
        assert "PT211 error" not in rules(silent, app_shutdown=1.0, **CLASSIC)


@pytest.mark.parametrize(
    ("key", "right", "where"),
    [
        ("sidecar.istio.io/terminationGracePeriodSeconds", "terminationGracePeriodSeconds", "the pod's spec"),
        ("proxy.istio.io/preStop", "preStop", "the container's lifecycle"),
        ("sidecar.istio.io/lifecycle", "lifecycle", "the container"),
    ],
)
def test_an_annotation_that_istio_does_not_have(key: str, right: str, where: str) -> None:
    given = manifest("Deployment", labels=IN, annotations={key: "120"})
    finding = only(given, "PT210", app_shutdown=1.0, **CLASSIC)
    assert finding.message.en == f"{key} has no effect here; {right} belongs in {where}"
    assert finding.severity == "warning" and finding.line == line_of(given, key) and not finding.edits
    assert not rules(given.replace(key, f"example.com/{right}"), app_shutdown=1.0, **CLASSIC)


@pytest.mark.parametrize(
    ("command", "image", "says", "fix"),
    [
        (("sh", "-c", "sleep 20"), "proxyv2:1.30.0-distroless", "lacks sh, sleep", "the sleep action for a delay"),
        (("sh", "-c", "sleep 20"), "proxyv2:1.30.0", "a distroless istio-proxy image lacks sh, sleep", "the sleep action"),
        (("pilot-agent", "request", "POST", "drain_listeners?inboundonly"), "proxyv2:1.30.0",
         "without graceful closes the listeners at once", "add graceful (and skip_exit) to the call"),
        (("sh", "-c", "curl -XPOST localhost:15000/drain_listeners?inboundonly&graceful"), "proxyv2:1.30.0",
         "the unquoted &", "put the URL in single quotes"),
    ],
)  # fmt: skip
def test_a_hook_of_the_proxy_is_mended_by_its_cause(command: tuple[str, ...], image: str, says: str, fix: str) -> None:
    given = manifest(annotations=STATUS, containers=[web(), proxy(image=f"istio/{image}", **runs(*command))])
    listed = findings(given, app_shutdown=1.0)
    finding = next(finding for finding in listed if finding.rule == "PT216")
    assert says in finding.message.en and fix in finding.fix.en
    assert ("graceful" in finding.fix.ko) == ("add graceful" in fix)


# Hooks of istio-proxy that stand elsewhere: in overrides, and in the values of the mesh
SPLIT = ("sh", "-c", "sleep", "30")
UNTIL_QUIET = ("/bin/sh", "-c", "while netstat -plunt | grep -v envoy; do sleep 1; done")
RULES_OF_HOOKS = ("PT104", "PT106", "PT216")


def overriding(group: str, *command: str) -> str:
    """A pod whose overrides give istio-proxy a hook."""
    overrides = json.dumps({group: [{"name": "istio-proxy", **runs(*command)}]})
    return manifest(labels=IN, annotations={"proxy.istio.io/overrides": overrides})


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (UNTIL_QUIET, {"PT104 info", "PT216 info"}),
        (("pilot-agent", "request", "POST", "drain_listeners?inboundonly"), {"PT216 warning"}),
        (SPLIT, {"PT106 error"}),
        (("pilot-agent", "request", "POST", "drain_listeners?inboundonly&graceful"), set()),
    ],
)
def test_a_hook_that_overrides_give_is_judged_where_it_counts(command: tuple[str, ...], expected: set[str]) -> None:
    text = overriding("containers", *command)
    listed = [finding for finding in findings(text, **CLASSIC) if finding.rule in RULES_OF_HOOKS]
    assert {f"{finding.rule} {finding.severity}" for finding in listed} == expected
    (line,) = [number for number, line in enumerate(text.split("\n"), 1) if "proxy.istio.io/overrides" in line]
    assert all(finding.line == line and finding.container == "istio-proxy" for finding in listed)
    ignored = rules(overriding("initContainers", *command), **CLASSIC)  # a classic proxy does not read this list
    assert not any(rule.startswith(RULES_OF_HOOKS) for rule in ignored)


@pytest.mark.parametrize("mode", ["classic", "native"])
def test_words_that_cannot_run_in_a_hook_of_one_s_own(mode: str) -> None:
    def own(*command: str) -> str:
        container = {"name": "istio-proxy", "image": "auto", **runs(*command)}
        if mode == "classic":
            return manifest(labels=IN, containers=[web(), container])
        return manifest(labels=IN, containers=[web()], initContainers=[container | {"restartPolicy": "Always"}])

    assert "PT106 error" in rules(own(*SPLIT), sidecar=mode)
    assert "PT106 error" not in rules(own("sh", "-c", "sleep 30"), sidecar=mode)


def test_words_that_cannot_run_in_a_hook_that_the_values_give() -> None:
    def values(*command: str) -> str:
        return dump({"global": {"proxy": runs(*command)}})

    (finding,) = [finding for finding in findings(values(*SPLIT)) if finding.rule == "PT106"]
    assert (finding.severity, finding.path, finding.container) == ("error", "global.proxy.lifecycle", "istio-proxy")
    assert "`sleep` alone is the script of its shell" in finding.message.en
    assert '["sh", "-c", "sleep 30"]' in finding.fix.en
    assert "PT106 error" not in rules(values("sh", "-c", "sleep 30"))
    with_pod = findings(f"{values(*SPLIT)}---\n{manifest(labels=IN)}", **CLASSIC)
    assert [finding.rule for finding in with_pod].count("PT106") == 1


@pytest.mark.parametrize("mesh", [True, False])
def test_a_duration_among_the_variables_belongs_above_them(mesh: bool) -> None:
    body = {"proxyMetadata": {"drainDuration": "5s"}}
    in_pod = manifest(labels=IN, annotations={"proxy.istio.io/config": dump(body)})
    (finding,) = findings(dump({"meshConfig": {"defaultConfig": body}}) if mesh else in_pod, **CLASSIC)
    place = "meshConfig.defaultConfig" if mesh else "metadata.annotations.proxy.istio.io/config"
    assert (finding.rule, finding.path) == ("PT210", f"{place}.proxyMetadata.drainDuration")
    assert finding.message.en == "drainDuration has no effect here; it belongs in ProxyConfig, beside proxyMetadata"
