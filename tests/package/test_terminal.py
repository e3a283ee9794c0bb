"""Findings and timelines as text: grouped by rule, what is the same said once, one line for what nearly all lack."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from timing_rules import Assumptions, Pod, load, timeline
from timing_rules.cli import main
from timing_rules.rules.facts import MOST_PODS, missing_of
from timing_rules.timeline import Timeline

from tests.package.inputs import IN, config, dump, manifest, pods, run, runs, sleeps, web

SERVICE = "---\n" + dump(
    {"kind": "Service", "metadata": {"name": "s"}, "spec": {"selector": {"app": "a"}, "ports": [{"port": 80}]}}
)


def deployment(name: str, container: str = "", **container_fields: Any) -> str:
    text = manifest(
        "Deployment", labels={"app": "a"}, containers=[{**web(**container_fields), "name": container or name}]
    )
    return text.replace("name: p\n", f"name: {name}\n")


def out(*texts: str, lang: str = "en", severity: str = "warning") -> list[str]:
    return run("check", "--lang", lang, "--severity", severity, stdin="---\n".join(texts)).out.splitlines()


def listed(*texts: str, lang: str = "en") -> list[dict[str, Any]]:
    """The same findings as JSON."""
    found = json.loads(run("check", "--lang", lang, "--format", "json", stdin="---\n".join(texts)).out)
    return [one for one in found if one["severity"] != "info"]


def alone(finding: dict[str, Any]) -> list[str]:
    return [
        f"-:{finding['line']}: {finding['severity']} {finding['rule']} [{finding['kind']} {finding['name']}] {finding['message']}",
        f"    fix: {finding['fix']}",
    ]


PREFIX = "PT101 preStop fills the grace period"


def test_one_workload_alone_reads_from_top_to_bottom() -> None:
    both = manifest(containers=[web(**sleeps(28)), {**web(**sleeps(31)), "name": "b"}])
    first, second = listed(both)
    assert [(one["rule"], one["severity"]) for one in (first, second)] == [("PT101", "warning"), ("PT107", "error")]
    assert out(both) == alone(first) + alone(second)


def test_findings_of_different_rules_stand_alone_the_worst_first_and_are_counted() -> None:
    texts = deployment("one", **sleeps(28)), deployment("two", **sleeps(31)), deployment("three", **runs("./stop"))
    first, second = listed(*texts)
    assert out(*texts) == [*alone(second), *alone(first), "PT107 error 1 · PT101 warning 1 · PT104 info 1 (not shown)"]
    lines = out(*texts[:2], severity="error", lang="ko")
    assert lines[0].startswith(f"-:{second['line']}: 오류 PT107 [Deployment two] ") and lines[1].startswith(
        "    고치는 방법: "
    )
    assert lines[2:] == ["PT107 오류 1 · PT101 경고 1 (표시 안 함)"]


def test_a_reason_that_is_the_same_for_all_is_said_once() -> None:
    texts = [deployment(name, "web", **sleeps(30)) for name in ("one", "two", "three")]
    found = listed(*texts)
    assert out(*texts) == [
        f"error {PREFIX}",
        f"    {found[0]['message']}",
        f"    fix: {found[0]['fix']}",
        *(
            f"  -:{one['line']} Deployment/{name} (web)"
            for one, name in zip(found, ("one", "two", "three"), strict=True)
        ),
        "PT101 error 3",
    ]


def test_only_the_name_of_the_container_differs() -> None:
    texts = [deployment(name, **sleeps(30)) for name in ("one", "two")]
    for lang in ("en", "ko"):
        first, second = listed(*texts, lang=lang)
        lines = out(*texts, lang=lang)
        assert "one" in first["message"] and lines[1] == f"    {first['message'].replace('one', 'NAME')}"
        assert lines[3:5] == [f"  -:{one['line']} Deployment/{one['name']} ({one['name']})" for one in (first, second)]


def test_a_message_with_values_of_its_own_stands_at_each_place() -> None:
    texts = deployment("one", **sleeps(30)), deployment("two", **sleeps(29)), deployment("six", **sleeps(28))
    first, *others = listed(*texts)
    assert others[0]["message"].replace("two", "") != others[1]["message"].replace("six", "")
    assert out(*texts) == [
        *alone(first),
        f"warning {PREFIX}",
        f"    fix: {first['fix']}",
        *(f"  -:{one['line']} Deployment/{one['name']} ({one['name']}): {one['message']}" for one in others),
        "PT101 error 1 · PT101 warning 2",
    ]


def test_fixes_that_differ_stand_with_their_places() -> None:
    drains = (("one", 30), ("two", 40), ("six", 30))
    texts = [
        manifest("Deployment", labels=IN, annotations=config(terminationDrainDuration=f"{drain}s")).replace(
            ": p\n", f": {name}\n"
        )
        for name, drain in drains
    ]
    text = "---\n".join(texts)
    found = [
        one
        for one in json.loads(run("check", "--sidecar", "classic", "--format", "json", stdin=text).out)
        if one["rule"] == "PT202"
    ]
    first, second, third = found
    assert first["fix"] == third["fix"] != second["fix"]
    lines = run("check", "--sidecar", "classic", stdin=text).out.splitlines()
    start = lines.index("warning PT202 The drain is as long as the grace period")
    assert lines[start + 1 : -1] == [
        f"    {first['message']}",
        f"    fix: {first['fix']}",
        *(f"  -:{one['line']} Deployment/{one['name']} (istio-proxy)" for one in (first, third)),
        f"    {second['message']}",
        f"    fix: {second['fix']}",
        f"  -:{second['line']} Deployment/two (istio-proxy)",
    ]


def test_the_containers_of_one_object_share_a_line() -> None:
    both = [web(**sleeps(30)), {**web(**sleeps(30)), "name": "api"}]
    texts = deployment("one", "web", **sleeps(30)), manifest("Deployment", containers=both)
    found = listed(*texts)
    assert out(*texts)[3:] == [
        f"  -:{found[0]['line']} Deployment/one (web)",
        f"  -:{found[1]['line']} Deployment/p (web, api)",
        "PT101 error 3",
    ]


def test_three_hundred_findings_take_a_line_each() -> None:
    lines = out(*(deployment(f"d{number}", "web", **sleeps(30)) for number in range(300)))
    assert len(lines) == 304 and lines[-1] == "PT101 error 300"
    assert all(re.fullmatch(r"  -:\d+ Deployment/d\d+ \(web\)", line) for line in lines[3:-1])


@pytest.mark.parametrize("severity", ["error", "warning", "info"])
def test_what_nearly_all_lack_is_one_line_a_run(severity: str) -> None:
    port = {"ports": [{"containerPort": 80}]}
    texts = [deployment(name, "", **port) for name in ("one", "two", "three")]
    lines = out(*texts, SERVICE, severity=severity)
    assert lines == [
        "info PT109 3 pods behind a Service have no delay: until every client has heard that such a pod is going, its "
        "requests are refused. A preStop sleep covers that time; --format json lists the pods",
        "PT109 info 3 (summed up)",
    ]
    korean = out(*texts, SERVICE, severity=severity, lang="ko")
    assert korean[0].startswith("정보 PT109 Service 뒤에 있는 파드 3개에 대기 시간이 없습니다. ") and len(korean) == 2
    assert korean[1] == "PT109 정보 3 (합쳐서 표시)"
    assert run("check", "--severity", "warning", stdin="---\n".join([*texts, SERVICE])).status == 0
    commands = run("check", "--format", "github", "--severity", severity, stdin="---\n".join([*texts, SERVICE])).out
    assert commands.count("::notice ") == commands.count("PT109") == (3 if severity == "info" else 0)


def test_the_last_line_tells_pods_from_findings_where_they_differ() -> None:
    two = {
        "kind": "Service",
        "metadata": {"name": "s"},
        "spec": {"selector": {"app": "a"}, "ports": [{"port": 80}, {"port": 81}]},
    }
    apps = [web(ports=[{"containerPort": 80}]), web(ports=[{"containerPort": 81}]) | {"name": "api"}]
    texts = [
        deployment("one", ports=[{"containerPort": 80}]),
        manifest("Deployment", labels={"app": "a"}, containers=apps),
    ]
    assert out(*texts, dump(two), severity="info")[-1] == "PT109 info 3 (in 2 pods, summed up)"
    assert out(*texts, dump(two), severity="info", lang="ko")[-1] == "PT109 정보 3 (파드 2개, 합쳐서 표시)"


def test_a_single_pod_without_a_delay_is_told_as_any_other() -> None:
    text = deployment("one", ports=[{"containerPort": 80}])
    assert out(text, SERVICE) == []
    assert out(text, SERVICE, severity="info")[0].startswith("-:14: info PT109 [Deployment one] ")
    lines = out(text, SERVICE, deployment("two", **sleeps(30)), severity="info")
    assert [line.split(" [")[0] for line in lines if not line.startswith(" ")] == [
        "-:45: error PT101",
        "-:14: info PT109",
        "PT101 error 1 · PT109 info 1",
    ]


def told(*argv: str, stdin: str) -> list[str]:
    return [line for line in run("check", *argv, stdin=stdin).err.splitlines() if not line.startswith("checked ")]


def test_what_would_decide_more_names_the_pod_that_stands_alone() -> None:
    assert told(stdin=manifest(labels=IN, annotations=config(terminationDrainDuration="20s"))) == [
        "-:1: Pod p: these facts would decide more: sidecar (or istio and kubernetes), app-shutdown.web (declare them as "
        "timing-rules/ annotations)"
    ]


def test_what_would_decide_more_is_one_line_a_run() -> None:
    plain, hook = deployment("one"), deployment("two", **runs("./stop"))
    text = "---\n".join([plain, hook, plain])
    assert told(stdin=text) == [
        "these facts would decide more: app-shutdown (not declared in 3 pod(s)), prestop (not declared in 1 pod(s)); declare "
        "them as flags or as timing-rules/ annotations, such as timing-rules/app-shutdown: 20s"
    ]
    assert told(stdin="---\n".join([manifest(annotations={"timing-rules/app-shutdown": "1s"})] * 2)) == []
    korean = run("check", "--lang", "ko", stdin=text).err.splitlines()
    assert korean[0] == (
        "app-shutdown(파드 3개에 없음), prestop(파드 1개에 없음) 값을 선언하면 더 많은 것을 판정할 수 있습니다. "
        "플래그나 timing-rules/app-shutdown: 20s 같은 timing-rules/ 어노테이션으로 선언하십시오"
    )


def test_few_pods_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pod is judged again and again only while it lacks a fact that none before it has named."""
    looked: list[str] = []

    def missing(pod: Pod, line: Timeline) -> list[str]:
        assert line.unknown == timeline(pod).unknown
        looked.append(pod.name)
        return ["app-shutdown.web"] if pod.name == "five" else []

    monkeypatch.setattr("timing_rules.rules.facts.missing_facts", missing)
    names = ["one", "two", "three", "four", "five", *(f"d{number}" for number in range(40))]
    found = missing_of(pods("---\n".join(deployment(name) for name in names)))
    assert looked == names[:5] and found == ({"app-shutdown": 45}, 5, 0)
    looked.clear()
    hooked = "---\n".join(deployment(name, **runs("./x")) for name in names)
    assert missing_of(pods(hooked)) == ({"app-shutdown": 45}, MOST_PODS, 35) and looked == names[:MOST_PODS]
    line = told(stdin=hooked)[-1]
    assert line.endswith("; 10 pods were looked at, 35 that lack other facts were not")


def test_a_gateway_and_its_load_balancer() -> None:
    gateway = manifest(
        "Deployment",
        annotations={"inject.istio.io/templates": "gateway"},
        labels=IN,
        containers=[{"name": "istio-proxy", "image": "auto"}],
    )
    items = [item for item in load("---\n".join([gateway] * 2), assumptions=Assumptions()) if isinstance(item, Pod)]
    assert missing_of(items).facts == {"lb-deregistration": 2}


def test_the_text_of_a_timeline_tells_what_is_lost_and_what_it_rests_on() -> None:
    text = manifest(labels=IN, annotations=config(drainDuration="9s"), containers=[web(**sleeps(10))])
    argv = ["timeline", "--sidecar", "classic", "--app-shutdown", "25s"]
    lines = run(*argv, stdin=text).out.splitlines()
    assert lines[0] == "-:1: Pod p, sidecar classic, Kubernetes 1.37, Istio 1.31"
    assert "        10 s  web          SIGTERM" in lines
    losses = [line.partition("  ! ")[0] for line in lines if " s  ! " in line]
    assert losses == ["  5–30 s", "  30 s"]  # a span, and a moment
    (line,) = json.loads(run(*argv, "--format", "json", stdin=text).out)
    assert len([one for one in lines if re.match(r" +[\d.]+ s  [^! ]", one)]) == len(line["events"])
    assert lines[-1] == "  assumed (newest versions): istio, kubernetes"
    korean = run(*argv, "--lang", "ko", stdin=text).out.splitlines()
    assert len([line for line in korean if "초  ! " in line]) == len(losses)
    unknown = run("timeline", "--kubernetes", "1.31", "--sidecar", "none", stdin=manifest()).out.splitlines()
    assert unknown[-1] == "  not declared: app-shutdown.web"


def owned(count: int, owner: str) -> list[dict[str, Any]]:
    """Pods of a ReplicaSet, as a cluster lists them."""
    pods = [yaml.safe_load(manifest(namespace="shop", containers=[web(**sleeps(30))])) for _ in range(count)]
    for number, pod in enumerate(pods):
        pod["metadata"]["name"] = f"{owner}-{number}"
        pod["metadata"]["ownerReferences"] = [
            {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": owner, "uid": "1"}
        ]
    return pods


@pytest.mark.parametrize(
    ("lang", "more"),
    [("en", "Pod/a-0 (web), and 29 more of ReplicaSet/shop/a"), ("ko", "Pod/a-0 (web), ReplicaSet/shop/a 소유 파드 29개 더 있음")],
)  # fmt: skip
def test_the_pods_of_one_owner_stand_in_one_line(lang: str, more: str) -> None:
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [*owned(30, "a"), *owned(1, "b")]})
    ran = run("check", "--lang", lang, stdin=text)
    places = [line for line in ran.out.splitlines() if re.match(r"  -:\d+ Pod/", line)]
    assert [line.partition(" Pod/")[2] for line in places] == [more.removeprefix("Pod/"), "b-0 (web)"]
    assert "PT101" in ran.out and " 31" in ran.out  # each of them counts
    assert len(json.loads(run("check", "--format", "json", stdin=text).out)) == 31


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("screen", "pods_in_all"), [(Screen(), 501), (Screen(), 500), (io.StringIO(), 501)])
def test_a_long_run_shows_its_progress_on_a_terminal_alone(
    screen: io.StringIO, pods_in_all: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "pods.json"
    items = owned(pods_in_all, "a")
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}), encoding="utf-8")
    monkeypatch.setattr(sys, "stderr", screen)
    main(["check", "--lang", "en", "--format", "json", str(file)])
    progress = "\r0 of 501 checked\r250 of 501 checked\r500 of 501 checked\r\x1b[K"
    assert screen.getvalue().startswith(progress) is (screen.isatty() and pods_in_all > 500)
    assert screen.getvalue().count("\r") in (0, 4)


def test_an_owner_without_a_namespace_has_no_gap_in_its_name() -> None:
    owned = [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "ownerReferences": [{"kind": "ReplicaSet", "name": "web-1"}]},
            "spec": {"terminationGracePeriodSeconds": 30, "containers": [web(**sleeps(30))]},
        }
        for name in ("web-1-a", "web-1-b")
    ]
    out = run("check", "--lang", "en", "-", stdin=dump(*owned)).out
    assert "Pod/web-1-a (web), and 1 more of ReplicaSet/web-1\n" in out
