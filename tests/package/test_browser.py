"""What the page "Check a manifest" is answered: as the command line answers, and with nothing in a link that is not timing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from timing_rules import check, cli, load, timeline
from timing_rules.browser import answer
from timing_rules.domain import PROXY, Pod
from timing_rules.show.sketch import written

WRONG = sorted(path for path in Path("examples/wrong").glob("*.yaml"))
EXAMPLES = sorted(Path("examples").rglob("*.yaml"))


def ask(command: str, lang: str = "en", **given: Any) -> Any:
    return answer(json.dumps({"command": command, "lang": lang, **given}))


def checked(text: str, *options: tuple[str, str], lang: str = "en") -> Any:
    return ask("check", lang, files=[{"name": "pod.yaml", "text": text}], options=options)


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_findings_are_those_of_the_command_line(path: Path, lang: str, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["check", "--format", "json", "--lang", lang, str(path)])
    wanted = json.loads(capsys.readouterr().out)
    found = ask("check", lang, files=[{"name": str(path), "text": path.read_text(encoding="utf-8")}], options=[])
    labels = [finding.pop("label") for finding in found["findings"]]
    assert json.loads(json.dumps(found["findings"])) == wanted
    assert set(labels) <= ({"오류", "경고", "정보"} if lang == "ko" else {"error", "warning", "info"})


def test_a_pod_comes_with_its_picture_its_losses_and_what_to_ask() -> None:
    text = Path("examples/wrong/PT201-drain-shorter-than-the-app.yaml").read_text(encoding="utf-8")
    (pod,) = checked(text, lang="ko")["pods"]
    assert (pod["kind"], pod["name"], pod["missing"]) == ("Deployment", "carts", [])
    assert pod["losses"] == ["15–30초: carts: 프록시 없이 실행됩니다. 요청이 들어오지도 나가지도 못합니다"]
    assert pod["picture"].startswith("<svg") and "15" in pod["picture"]
    (undeclared,) = checked(text.replace("timing-rules/app-shutdown: 20s", "owner: me"))["pods"]
    assert undeclared["missing"] == ["app-shutdown.carts"]
    answered = checked(text.replace("timing-rules/app-shutdown: 20s", "owner: me"), ("app-shutdown", "carts=20s"))
    assert [finding["rule"] for finding in answered["findings"]] == ["PT201"]


def test_a_pod_names_the_containers_that_an_answer_may_speak_of() -> None:
    """Those of the app, then native sidecars, then an injected proxy."""
    init = "initContainers: [{name: log, restartPolicy: Always}, {name: istio-proxy, restartPolicy: Always}, {name: setup}]"
    (pod,) = checked(f"kind: Pod\nspec: {{containers: [{{name: web}}, {{name: db}}], {init}}}")["pods"]
    assert pod["containers"] == ["web", "db", "log", "istio-proxy"]
    (plain,) = checked("kind: Pod\nspec: {containers: [{name: web}]}")["pods"]
    assert plain["containers"] == ["web"]


def test_an_option_that_cannot_be_used_is_named_and_the_rest_is_checked() -> None:
    found = checked("kind: Pod\nspec: {containers: [{name: a}]}", ("istio", "0.9"), ("propagation", "soon"))
    assert [(option["name"], option["text"]) for option in found["options"]] == [
        ("istio", "0.9"),
        ("propagation", "soon"),
    ]
    assert found["options"][0]["message"] == "Istio 0.9 is older than 1.18, the oldest version that these facts cover"
    assert [pod["kind"] for pod in found["pods"]] == ["Pod"]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("kind: Pod\nspec:\n  a: [1, 2\n  b: c: d\n", 4, 4),
        ("kind: Pod\nspec: {a: '\n", 2, 1),
        ("a: b\n---\nc: d: e\n", 3, 5),
    ],
)
def test_what_cannot_be_read_has_its_line_and_column(text: str, line: int, column: int) -> None:
    errors = checked(text)["errors"]
    assert [(error["source"], error["line"], error["column"]) for error in errors] == [("pod.yaml", line, column)]
    assert errors[0]["message"].startswith("this is not valid YAML; look at the indentation")


def test_more_pods_than_are_drawn_are_counted() -> None:
    text = "---\n".join(
        f"kind: Pod\nmetadata: {{name: p{n}}}\nspec: {{containers: [{{name: a}}]}}\n" for n in range(13)
    )
    found = checked(text)
    assert (len(found["pods"]), found["more_pods"]) == (10, 3)
    assert found["counts"].startswith("checked 13 pod(s)")


def test_a_fix_changes_its_own_lines_and_shows_them() -> None:
    text = Path("examples/wrong/PT208-duration-without-a-unit.yaml").read_text(encoding="utf-8")
    (finding,) = checked(text)["findings"]
    (fixed,) = ask("apply", files=[{"name": "pod.yaml", "text": text}], findings=[finding])["files"]
    assert fixed["text"] == text.replace("terminationDrainDuration: 35\n", "terminationDrainDuration: 35s\n")
    assert [line for line in fixed["diff"] if line[0] in "+-"] == [
        "-          terminationDrainDuration: 35",
        "+          terminationDrainDuration: 35s",
    ]
    assert checked(fixed["text"])["findings"] == []


def test_a_fix_that_would_bring_another_finding_is_not_made_as_by_the_command() -> None:
    """Once the configuration is read, it says to drain for longer than the grace period."""
    text = Path("tests/cases/gateway-api.yaml").read_text(encoding="utf-8")
    found = [finding for finding in checked(text)["findings"] if finding["edits"]]
    assert [finding["rule"] for finding in found] == ["PT208"]
    assert ask("apply", files=[{"name": "pod.yaml", "text": text}], findings=found) == {"files": [], "left": 1}


def test_fixes_are_made_in_every_text_that_they_are_for() -> None:
    text = Path("examples/wrong/PT208-duration-without-a-unit.yaml").read_text(encoding="utf-8")
    files = [{"name": name, "text": text} for name in ("a.yaml", "b.yaml", "c.yaml")]
    found = ask("check", files=files, options=[])["findings"]
    fixed = ask("apply", files=files, findings=[finding for finding in found if finding["source"] != "b.yaml"])
    assert [file["name"] for file in fixed["files"]] == ["a.yaml", "c.yaml"] and fixed["left"] == 0
    assert all(file["text"] == text.replace(": 35\n", ": 35s\n") for file in fixed["files"])


def test_a_comment_mutes_what_it_mutes_on_the_command_line() -> None:
    text = Path("examples/wrong/PT208-duration-without-a-unit.yaml").read_text(encoding="utf-8")
    line = "terminationDrainDuration: 35\n"
    muted = text.replace(line, line.replace("\n", "  # timing-rules: ignore PT208 tried\n"))
    found = checked(muted)
    assert (found["findings"], found["errors"]) == ([], [])
    found = checked(muted.replace("PT208 tried", "PT201 tried"))
    assert [finding["rule"] for finding in found["findings"]] == ["PT208"]
    assert "there is nothing here that this comment could mute: PT201" in found["errors"][0]["message"]
    assert checked(muted.replace(" tried", ""))["errors"][0]["message"].startswith("this comment mutes nothing")


# Links.


def linked(text: str) -> list[Any]:
    pods: list[Any] = ask("share", files=[{"name": "pod.yaml", "text": text}], options=[])["pods"]
    return pods


SECRET = "hunter2"
_KEPT = {"kind", "mode", "grace", "containers", "sidecars", "settings", "name", "ports", "prestop", "shutdown"}
_FULL = f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {SECRET}, namespace: {SECRET}, labels: {{a: {SECRET}}}, annotations: {{note: {SECRET}}}}}
spec:
  template:
    metadata:
      labels: {{sidecar.istio.io/inject: "true", team: {SECRET}}}
      annotations:
        token: {SECRET}
        proxy.istio.io/config: "{{terminationDrainDuration: 15s, proxyMetadata: {{PASSWORD: {SECRET}, MINIMUM_DRAIN_DURATION: 7s}}}}"
        timing-rules/ignore: "PT109: {SECRET}"
        timing-rules/app-shutdown.web: 12s
    spec:
      serviceAccountName: {SECRET}
      nodeSelector: {{pool: {SECRET}}}
      initContainers: [{{name: log, image: {SECRET}, restartPolicy: Always, args: [{SECRET}]}}]
      containers:
        - name: web
          image: {SECRET}
          command: [sh, -c, "run {SECRET}"]
          env: [{{name: PASSWORD, value: {SECRET}}}]
          ports: [{{name: {SECRET}, containerPort: 8080}}]
          lifecycle: {{preStop: {{exec: {{command: [sh, -c, "curl {SECRET}; sleep 9"]}}}}}}
"""


def keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for other in value.values() for key in keys(other)}
    return {key for other in value for key in keys(other)} if isinstance(value, list) else set()


def test_a_link_holds_no_secret() -> None:
    (pod,) = linked(_FULL)
    assert SECRET not in json.dumps(pod)
    assert keys(pod) - set(pod["settings"]) <= _KEPT
    assert set(pod["settings"]) == {"terminationDrainDuration", "MINIMUM_DRAIN_DURATION"}
    assert [container["name"] for container in (*pod["containers"], *pod["sidecars"])] == ["web", "log"]
    assert pod["containers"][0]["shutdown"] == 12


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_link_opens_with_the_same_timing(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    pods = [item for item in load(text, source=str(path)) if isinstance(item, Pod)]
    opened = ask("open", pods=linked(text))["text"]
    assert opened.isascii() and "image: " in opened if pods else opened == ""
    again = [item for item in load(opened) if isinstance(item, Pod)] if pods else []
    assert len(again) == len(pods)
    for old, new in zip(pods, again, strict=True):
        names = [[container.name for container in pod.containers if container.name != PROXY] for pod in (old, new)]
        assert names[0] == names[1]
        assert new.terminationGracePeriodSeconds == old.terminationGracePeriodSeconds
        if old.sidecar is not None and old.sidecar == new.sidecar and not old.proxy:
            ends = [
                {name: times.prestop_end for name, times in timeline(pod).containers.items() if name != PROXY}
                for pod in (old, new)
            ]
            known = {name for name, end in ends[0].items() if end is not None}
            assert {name: ends[1][name] for name in known} == {name: ends[0][name] for name in known}
            drains = ("terminationDrainDuration", "drainDuration", "MINIMUM_DRAIN_DURATION")
            assert [getattr(new.settings, name) for name in drains] == [getattr(old.settings, name) for name in drains]


@pytest.mark.parametrize(
    "pods",
    [
        "text",
        [1, None, []],
        [{"containers": "x", "settings": 3, "grace": "1"}],
        [{"kind": "Pod\nspec: {hostNetwork: true}", "grace": 1e9, "containers": [{"name": "a: b\n- name: c"}, {"name": "<img>"}, {"name": "ok", "prestop": "1; rm", "shutdown": "x\ny"}]}],
        [{"mode": 'native"\nevil: "', "settings": {"terminationDrainDuration": "1s\nevil: 1", "EXIT_ON_ZERO_ACTIVE_CONNECTIONS": "x"}}],
    ],
)  # fmt: skip
def test_a_hostile_link_writes_names_and_numbers_alone(pods: Any) -> None:
    text = ask("open", pods=pods)["text"]
    assert not any(word in text for word in ("evil", "rm", "hostNetwork", "<img", "- name: c"))
    for item in load(text) if "containers" in text else ():
        assert isinstance(item, Pod) and check(item) is not None
        assert {container.name for container in item.containers} <= {"ok"}


def test_a_shared_deployment_selects_its_pods_and_a_job_needs_no_selector() -> None:
    assert "  selector: {matchLabels: {app: web}}\n" in written({"kind": "Deployment", "name": "web"})
    assert "selector" not in written({"kind": "Job", "name": "web"})
    assert "selector" not in written({"kind": "Deployment", "name": "a b"})


@pytest.mark.parametrize(("mode", "asks"), [(None, True), ("none", False), ("native", True), ("classic", True)])
def test_a_sketch_with_settings_asks_for_a_sidecar_unless_it_has_none(mode: str | None, asks: bool) -> None:
    pod = {
        "kind": "Pod",
        "name": "p",
        "mode": mode,
        "grace": 30,
        "containers": [{"name": "a"}],
        "settings": {"drainDuration": 9},
    }
    assert ('sidecar.istio.io/inject: "true"' in written(pod)) is asks
