"""Repeated runs: each is made, the record says how many agreed, and one that differs is never hidden."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lab import envoy, run
from lab.run import Experiment

MADE: list[tuple[str, str]] = []


@pytest.fixture
def canned(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Pods that nobody stops: the third run of `native` on Envoy 1.40 differs. Records go to a folder of the test."""
    MADE.clear()

    async def apart(job: dict[str, Any], bar: Any = None) -> dict[str, Any]:
        MADE.append((job["pod"], job["minor"]))
        differs = MADE[-1] == ("native", "1.40") and MADE.count(MADE[-1]) == 3
        measured = 9.0 if differs else 4.0 + MADE.count(MADE[-1]) / 100
        row = {"what": "tcp.closed", "computed": 4.0, "measured": measured, "agrees": not differs}
        made = {"pod": job["pod"], "envoy": job["minor"], "version": "", "machine": "m", "date": "d", "load": 0.5}
        return made | {"computed": [], "measured": {}, "rows": [row], "verdict": "differs" if differs else "agrees"}

    monkeypatch.setattr(run, "apart", apart)
    monkeypatch.setattr(envoy, "binary", lambda minor: Path("envoy"))
    monkeypatch.setattr(run, "RECORDS", tmp_path)
    return tmp_path


def test_every_repetition_on_every_envoy_is_made_and_counted(canned: Path) -> None:
    command = ["run", "tcp", "--record", "--times", "4", "--together", "2", "--envoy", "1.39", "1.40"]
    assert run.main(command) == 1, "one of them differs"
    pods = [pod.name for pod in Experiment.read("tcp").pods]
    assert sorted(MADE) == sorted([(pod, minor) for pod in pods for minor in ("1.39", "1.40")] * 4)
    made = json.loads((canned / "tcp.json").read_text(encoding="utf-8"))
    assert made["verdict"] == "differs"
    counted = {(one["pod"], one["envoy"]): one["of"] for one in made["runs"]}
    assert {one["times"] for one in counted.values()} == {4}
    assert counted["native", "1.40"]["agreed"] == 3 and counted["native", "1.39"]["agreed"] == 4
    [kept] = [one for one in made["runs"] if (one["pod"], one["envoy"]) == ("native", "1.40")]
    assert kept["verdict"] == "differs" and kept["rows"][0]["spread"] == [4.01, 9.0]
    assert {one["envoy"] for one in made["runs"] if "measured" in one} == {"1.39"}, "the others' rows say enough"


def test_what_agrees_each_time_succeeds_and_is_not_written_unasked(canned: Path) -> None:
    assert run.main(["run", "tcp", "--times", "2", "--envoy", "1.39"]) == 0
    assert len(MADE) == 2 * len(Experiment.read("tcp").pods) and list(canned.iterdir()) == []
