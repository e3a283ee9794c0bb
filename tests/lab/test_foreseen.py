"""What the timeline foretells of a request, and by how much it could have been otherwise; and what an experiment may expect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lab import run
from lab.load import Fate
from lab.record import compare, foreseen
from lab.run import EXAMPLES, EXPERIMENTS
from timing_rules import Pod, Timeline, load, timeline
from timing_rules.show.recording import leaves_no_trace


def line(path: str) -> Timeline:
    [pod] = [one for one in load((EXAMPLES / path).read_text(encoding="utf-8")) if isinstance(one, Pod)]
    return timeline(pod)


def test_a_request_that_hangs_is_not_foretold_to_be_lost() -> None:
    """Its end is the prediction's, not the one that was measured: a hung proxy must not agree."""
    native = line("http/native-sidecar.yaml")  # app and Envoy end at 20 s
    assert foreseen(native, "new", Fate(1.0, 20.04, "cut")) == (False, 19.0)
    lost, away = foreseen(native, "in-flight", Fate(4.5, 20.04, "cut"), takes=9)
    assert not lost and away > 1
    assert foreseen(native, "in-flight", Fate(4.5, 20.04, "cut"), takes=16)[0]


def test_only_the_boundary_that_decides_excuses() -> None:
    closes = line("wrong/PT203-listeners-close-during-the-prestop-hook.yaml")  # at 20 s; the app accepts until 30 s
    assert foreseen(closes, "new", Fate(29.9, 29.91)) == pytest.approx((True, 9.9))
    assert foreseen(closes, "new", Fate(19.9, 19.91)) == pytest.approx((False, 0.1))
    assert not foreseen(closes, "keep-alive", Fate(22.0, 22.01, fresh=False))[0], (
        "an open connection outlives listeners"
    )


def test_a_drain_that_never_came_and_a_hook_that_failed_are_differences() -> None:
    """What must leave a trace and left none, and what a hook said of its failure, are rows that differ."""
    drained = line("http/classic-sidecar.yaml")
    ends = {name: times.end for name, times in drained.containers.items()}
    containers = {
        name: {"stop_called": drained.containers[name].sigterm, "stop_timeout": 30, "end": end, "exit_code": 0}
        for name, end in ends.items()
    }
    nothing = {"first_refused": None}
    run_of = {
        "containers": containers,
        "faults": {},
        "clients": {},
        "lost": [],
        "new_inbound_requests_10_per_s": nothing,
    }
    said = [[0.02, "Agent draining Proxy for termination"]]

    def differing(**more: Any) -> list[str]:
        rows = compare(drained, run_of | {"agent_log": said} | more, [], {})
        return [row["what"] for row in rows if not row["agrees"]]

    assert differing() == []
    assert differing(agent_log=[]) == ["istio-proxy drain-start"]
    failed = {**containers, "orders": containers["orders"] | {"hook": "ConnectionRefusedError"}}
    assert differing(containers=failed) == ["orders hook"]


def test_what_no_recording_can_show_is_not_compared() -> None:
    """The hook of a native sidecar ends while it waits for its turn, and tells Envoy of the drain past the agent."""
    hooked = line("wrong/PT215-own-hook-replaces-the-native-drain.yaml")
    unseen = {(event.actor, event.kind) for event in hooked.events if leaves_no_trace(event, hooked)}
    assert unseen == {("istio-proxy", "prestop-end"), ("istio-proxy", "drain-start")}
    classic = line("http/classic-sidecar.yaml")
    assert not any(leaves_no_trace(event, classic) for event in classic.events)


EXPERIMENT = (EXPERIMENTS / "tcp.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("tcp.closed:", "tpc.closed:", "nothing of classic is called tpc.closed"),
        ("tcp.closed:", "tcp.clsoed:", "nothing of classic is called tcp.clsoed"),
        ("clients:\n  - tcp", "clients:\n  - tpc", "there is no client tpc; there are new, call, keep-alive,"),
        ("clients:\n", "client:\n", "there is no key client; did you mean clients?"),
        ("expect:\n", "expects:\n", "there is no key expects; did you mean expect?"),
        (
            "apiVersion: lab/v1\n",
            "apiVersion: lab/v1\nrounds: 3\n",
            "there is no key rounds; there are apiVersion, clients, envoys,",
        ),
        ("clients:\n  - tcp", "clients:\n  - tcp: {untill: 3}", "no client is told untill; there are again, at,"),
        ("# title.ko:", "# titel.ko:", "its first comment lines lack `# title.ko:`"),
        ("clients:\n", "retries:\n  clasic: caller\nclients:\n", "retries names clasic, and there is no such pod"),
        (
            "clients:\n",
            "retries:\n  classic: calller\nclients:\n",
            "retries knows caller, caller-1.23, inbound, not calller",
        ),
        ("kind: Experiment", "kind: Experimnt", "has no document of kind Experiment"),
        ("name: native", "name: classic", "two of its pods have one name"),
        ("apiVersion: v1", "apiVersion: [", "not valid YAML"),
    ],
)
def test_a_misspelled_experiment_is_refused_in_one_sentence(
    old: str, new: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert old in EXPERIMENT
    (tmp_path / "tcp.yaml").write_text(EXPERIMENT.replace(old, new), encoding="utf-8")
    monkeypatch.setattr(run, "EXPERIMENTS", tmp_path)
    assert run.main(["run", "tcp"]) == 2
    said = capsys.readouterr().err
    assert told in said and said.count("\n") == 1


@pytest.mark.parametrize("flag", ["--times", "--together"])
@pytest.mark.parametrize("value", ["0", "-1", "many"])
def test_nothing_runs_no_times(flag: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        run.main(["run", "tcp", flag, value])
    assert stopped.value.code == 2 and "a whole number from 1 on" in capsys.readouterr().err
