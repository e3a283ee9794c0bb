"""Old findings that are set aside: only new ones fail a run, and what is gone is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.package.inputs import manifest, run, sleeps, web

WRONG = manifest(containers=[web(**sleeps(30))])  # PT101
OTHER = manifest(containers=[web(**sleeps(30)), {"name": "other", "image": "web:1", **sleeps(30)}])


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a wrong manifest that the baseline holds."""
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "web.yaml").write_text(WRONG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    ran = run("check", "--baseline", "old.json", "--write-baseline", "--lang", "en", "deploy")
    assert (ran.status, ran.out) == (0, "") and ran.err.endswith("old.json: 1 finding(s) written\n")
    return tmp_path


def test_only_new_findings_fail(place: Path) -> None:
    file = place / "deploy" / "web.yaml"
    assert run("check", "deploy").status == 1
    for text in (WRONG, f"# moved\n\n{WRONG}"):
        file.write_text(text, encoding="utf-8")
        for folder in ("deploy", "./deploy", str(place / "deploy")):
            ran = run("check", "--baseline", "old.json", "--lang", "en", folder)
            assert (ran.status, ran.out) == (0, "") and "set aside by old.json: 1 finding(s)\n" in ran.err
    file.write_text(OTHER, encoding="utf-8")
    ran = run("check", "--baseline", "old.json", "--format", "json", "deploy")
    assert ran.status == 1 and [finding["container"] for finding in json.loads(ran.out)] == ["other"]


def test_what_is_gone_is_told_if_its_file_was_read(place: Path) -> None:
    (place / "new.yaml").write_text(manifest(), encoding="utf-8")
    assert "is gone" not in run("check", "--baseline", "old.json", "--lang", "en", "new.yaml").err
    (place / "deploy" / "web.yaml").write_text(manifest(), encoding="utf-8")
    ran = run("check", "--baseline", "old.json", "--lang", "en", "deploy")
    assert ran.status == 0 and "deploy/web.yaml: PT101 of Pod/p (web) is gone\n" in ran.err
    (place / "deploy" / "web.yaml").unlink()
    assert "결과가 없어졌습니다" in run("check", "--baseline", "old.json", "--lang", "ko", "new.yaml").err
    run("check", "--baseline", "old.json", "--write-baseline", "deploy")
    assert (place / "old.json").read_text(encoding="utf-8") == "[]\n"


def test_a_baseline_may_stand_in_the_configuration(place: Path) -> None:
    (place / ".timing-rules.yaml").write_text("baseline: old.json\n", encoding="utf-8")
    assert run("check", "deploy").status == 0 and run("timeline", "deploy").status == 0


@pytest.mark.parametrize("text", ["", "{}x", '{"a": 1}', '[{"rule": "PT101"}]', "[1]", "[" * 100_000])
def test_what_is_no_baseline_is_told(text: str, place: Path) -> None:
    (place / "old.json").write_text(text, encoding="utf-8")
    ran = run("check", "--baseline", "old.json", "--lang", "en", "deploy")
    assert ran.status == 2 and ran.out == ""
    assert ran.err.endswith(
        "usage error: old.json:1: this is no baseline: it is a JSON list of findings with their fingerprints; "
        "write it anew with --write-baseline\n"
    )


def test_a_baseline_that_cannot_be_read_or_written_or_has_no_name(place: Path) -> None:
    ran = run("check", "--baseline", "no/such.json", "--lang", "en", "deploy")
    assert (
        ran.status == 2 and "it cannot be read (there is no such file); write it first with --write-baseline" in ran.err
    )
    ran = run("check", "--baseline", "no/such.json", "--lang", "ko", "deploy")
    assert ran.status == 2 and "먼저 --write-baseline 플래그로 만드십시오" in ran.err
    ran = run("check", "--baseline", "no/such.json", "--write-baseline", "--lang", "en", "deploy")
    assert ran.status == 2 and "no/such.json: it cannot be written (there is no such file)" in ran.err
    ran = run("check", "--write-baseline", "--lang", "en", "deploy")
    assert (ran.status, ran.err) == (2, "usage error: --baseline: its value is missing; write --baseline FILE\n")


def test_sarif_results_have_the_fingerprint(place: Path) -> None:
    (old,) = json.loads((place / "old.json").read_text(encoding="utf-8"))
    (result,) = json.loads(run("check", "--format", "sarif", "deploy/web.yaml").out)["runs"][0]["results"]
    assert result["partialFingerprints"] == {"timingRules/v1": old["fingerprint"]}


def test_of_two_findings_alike_each_is_told_when_both_are_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "web.yaml"
    file.write_text(f"{WRONG}---\n{WRONG}", encoding="utf-8")
    run("check", "--baseline", "old.json", "--write-baseline", "web.yaml")
    file.write_text(manifest(), encoding="utf-8")
    gone = "web.yaml: PT101 of Pod/p (web) is gone\n"
    assert run("check", "--baseline", "old.json", "--lang", "en", "web.yaml").err.count(gone) == 2
    file.write_text(WRONG, encoding="utf-8")
    assert run("check", "--baseline", "old.json", "--lang", "en", "web.yaml").err.count(gone) == 1
