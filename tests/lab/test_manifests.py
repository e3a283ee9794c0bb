"""Manifests in the lab: which of them can be stopped, by which clients, and what the records of the examples say."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from lab import example, run
from lab.envoy import DEFAULT
from lab.record import TOLERANCE, furthest
from lab.run import EXAMPLES, RECORDS, Experiment
from lab.show import counted
from lab.wire import LabError
from timing_rules import Pod, load, timeline

from tests.lab.quiet import stopped

RECORDED = sorted((RECORDS / "examples").rglob("*.json"))


def manifest(folder: Path, text: str) -> Path:
    path = folder / "pod.yaml"
    path.write_text(text, encoding="utf-8")
    return path


POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations: {{timing-rules/istio: "1.31", timing-rules/kubernetes: "1.33"{more}}}
  labels: {{sidecar.istio.io/inject: "true"}}
spec:
  terminationGracePeriodSeconds: {grace}
  containers:
    - name: web
      image: example.com/web:1.0
      ports: [{{containerPort: 8080}}]
      lifecycle: {{preStop: {{sleep: {{seconds: 10}}}}}}
"""
SLEEP, EXEC = "{sleep: {seconds: 10}}", "{exec: {command: [sleep, '8']}}"
QUITS = "{exec: {command: [curl, -XPOST, 'localhost:15020/quitquitquit']}}"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kind: ConfigMap\n", "there is no pod in it"),
        ("kind: [\n", "not valid YAML"),
        (POD.format(grace=30, more=""), "declare it as an annotation of the workload: timing-rules/app-shutdown.web"),
        (POD.format(grace=5, more=", timing-rules/app-shutdown: 5s"), "web never runs, see rule PT107"),
        ("kind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: web}]}\n", "does not say"),
        (
            POD.format(grace=30, more=", timing-rules/app-shutdown: 5s").replace(SLEEP, QUITS),
            "the preStop hook of web calls quitquitquit",
        ),
        (
            POD.format(grace=10, more=", timing-rules/app-shutdown: never")
            .replace("1.33", "1.27")
            .replace(SLEEP, EXEC),
            "ends otherwise on Kubernetes 1.27; the kubelet that runs here is that of 1.29 and later",
        ),
    ],
)
def test_what_cannot_be_stopped_is_told_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    assert run.main(["run", str(manifest(tmp_path, text))]) == 2
    said = capsys.readouterr().err
    assert told in said and said.count("\n") == 1 and "Traceback" not in said


def test_only_examples_have_records(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = manifest(tmp_path, POD.format(grace=30, more=", timing-rules/app-shutdown: 5s"))
    assert run.main(["run", "--record", str(path)]) == 2
    assert "leave --record out" in capsys.readouterr().err
    with pytest.raises(LabError, match="There is no manifest"):
        Experiment.of_manifest(tmp_path / "nowhere.yaml")
    inside = Experiment.of_manifest(EXAMPLES / "http" / "native-sidecar.yaml")
    assert inside.record == RECORDS / "examples" / "http" / "native-sidecar.json"


def clients(path: str) -> dict[str, dict[str, Any]]:
    [pod] = example.pods(EXAMPLES / path)
    return {one["kind"]: one for one in example.clients(pod)}


@pytest.mark.parametrize(
    ("path", "minor"),
    [
        ("http/native-sidecar.yaml", "1.38"),
        ("websocket/server-says-goodbye.yaml", "1.39"),
        ("http/classic-sidecar.yaml", DEFAULT),
    ],
)
def test_an_example_runs_on_the_envoy_of_its_istio(path: str, minor: str) -> None:
    assert Experiment.of_manifest(EXAMPLES / path).envoys == (minor,)


def test_a_pod_gets_the_clients_that_it_would_have() -> None:
    serves = clients("http/native-sidecar.yaml")
    assert set(serves) == {"new", "keep-alive", "in-flight", "outbound"}
    assert serves["new"]["until"] == 5 and serves["outbound"]["until"] == 19.5
    assert serves["in-flight"] == {"kind": "in-flight", "at": 4.5, "takes": 9.0, "until": 5.0}, (
        "the longest that it declares"
    )
    assert set(clients("worker/calls-out-while-it-stops.yaml")) == {"outbound"}, "nobody calls a worker"
    gateway = clients("gateway/stays-ready-while-the-nlb-deregisters.yaml")
    assert set(gateway) == {"new", "keep-alive"} and gateway["new"]["until"] == 180, "until the load balancer knows"
    counts = clients("gateway/leaves-with-the-last-connection.yaml")
    assert "outbound" not in counts and counts["idle"]["leaves"] == 379.9, "it ends when connections-idle-after says"


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_the_record_of_an_example_is_of_what_it_is_now(path: Path) -> None:
    manifest = path.relative_to(RECORDS).with_suffix(".yaml").as_posix()
    again = f"run: make lab NAME={manifest} ARGS=--record"
    source = EXAMPLES.parent / manifest
    assert source.is_file(), f"the record {path.name} has no example; delete it"
    pods = {one.name: one for one in load(source.read_text(encoding="utf-8")) if isinstance(one, Pod)}
    recorded = json.loads(path.read_text(encoding="utf-8"))
    for one in recorded["runs"]:
        line = timeline(pods[one["pod"]])
        assert one["computed"] == [[event.at, event.actor, event.kind] for event in line.events], again
        assert one["verdict"] == "agrees" and furthest(one) <= TOLERANCE, again
        sent, lost = counted(one)
        assert sent > 20, again
        if "wrong" not in path.parts:
            assert not lost, f"{manifest} loses requests: {lost}"


def test_most_examples_have_been_stopped() -> None:
    """Not all: a contributor's machine may have no Envoy, some manifests never run, and twins show what is computed."""
    able = []
    for path in (path for path in EXAMPLES.rglob("*.yaml") if not path.name.endswith(".right.yaml")):
        try:
            able.append(Experiment.of_manifest(path).record)
        except LabError:
            continue
    assert len(set(RECORDED) & set(able)) > len(able) * 0.8
    assert set(RECORDED) <= set(able), "what cannot be stopped has no record"
    assert sum(path.stat().st_size for path in RECORDED) < 400_000


@pytest.mark.lab
def test_a_manifest_is_stopped_with_its_own_numbers() -> None:
    one = Experiment.of_manifest(EXAMPLES / "wrong" / "PT109-stops-accepting-at-once.yaml")
    [pod] = one.pods
    sent, lost = counted(made := asyncio.run(stopped(one.job(pod, DEFAULT))))
    # The app accepts nothing from 0 s on, and clients know after 5 s: 10 a second, and 5 a second on a kept connection.
    assert set(lost) == {"new", "keep-alive"} and lost["new"] > 40 and lost["keep-alive"] > 15 and sent > 90
    for row in made["rows"]:
        assert row["agrees"] or "lost of" not in row["what"], row
