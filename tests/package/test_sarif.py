"""The SARIF log: by the standard, whole, and the same findings and edits as everywhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import timing_rules
from timing_rules.rules.registry import RULES
from timing_rules.show.fingerprint import fingerprint
from timing_rules.show.sarif import sarif

from tests.examples.manifests import ROOT
from tests.package.inputs import findings, manifest, run, runs, sleeps, web
from tests.schemas.sarif import faults

TEXT = "---\n".join(
    (
        manifest(containers=[web(**sleeps(30))]),
        manifest(containers=[web(**sleeps(28))]),
        manifest(containers=[web(**runs("./stop"))]),
        "terminationDrainDuration: 35\n",
    )
)


def log_of(*argv: str, stdin: str = "") -> Any:
    """The only run of the log that a command prints, held to the standard."""
    log = json.loads(run("check", "--format", "sarif", *argv, stdin=stdin).out)
    assert faults(log) == [] and log["$schema"].endswith("sarif-2.1.0.json")
    (ran,) = log["runs"]
    return ran


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_every_finding_stands_in_the_log(lang: str) -> None:
    found, ran = findings(TEXT), log_of("--lang", lang, stdin=TEXT)
    listed = ran["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in listed] == sorted({finding.rule for finding in found})
    levels = {"error": "error", "warning": "warning", "info": "note"}
    for described in listed:
        rule = RULES[described["id"]]
        assert described["shortDescription"]["text"] == rule.title.get(lang)
        assert described["fullDescription"]["text"] == rule.why.get(lang)
        assert described["help"]["text"] == rule.fix.get(lang)
        assert described["defaultConfiguration"]["level"] == levels[rule.severity]
    for finding, result in zip(found, ran["results"], strict=True):
        assert result["ruleId"] == finding.rule == listed[result["ruleIndex"]]["id"]
        assert result["level"] == levels[finding.severity]
        assert result["message"]["text"] == finding.message.get(lang)
        place = result["locations"][0]["physicalLocation"]
        assert place == {"artifactLocation": {"uri": "-"}, "region": {"startLine": finding.line}}
        assert result["partialFingerprints"] == {"timingRules/v1": fingerprint(finding)}
        assert len(result.get("fixes", [])) == bool(finding.edits)


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_whole_run_over_everything_that_can_be_found_is_valid(lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every rule, every edit, files that cannot be read, notes, and what was passed over."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("TIMING_RULES_SITE", "https://docs.example/")
    ran = log_of("--lang", lang, "examples", "tests/cases")
    assert {result["ruleId"] for result in ran["results"]} == set(RULES)
    assert sum("fixes" in result for result in ran["results"]) > 20
    (invocation,) = ran["invocations"]
    assert invocation["exitCode"] == 2
    assert {told["level"] for told in invocation["toolExecutionNotifications"]} == {"error", "note"}


BROKEN: dict[str, tuple[Callable[[Any], object], str]] = {
    "another version": (lambda log: log.update(version="2.0.0"), "$.version: "),
    "a run without a tool": (lambda log: log["runs"][0].pop("tool"), "$.runs[0]: 'tool' is a required property"),
    "a level of ours": (lambda log: log["runs"][0]["results"][0].update(level="info"), "$.runs[0].results[0].level: "),
    "a result without a message": (
        lambda log: log["runs"][0]["results"][0].pop("message"),
        "$.runs[0].results[0]: 'message' is a required property",
    ),
    "a property that is none": (
        lambda log: log["runs"][0]["results"][0].update(docs="x"),
        "$.runs[0].results[0]: Additional properties are not allowed",
    ),
    "a line before the first": (
        lambda log: place_in(log)["region"].update(startLine=0),
        "$.runs[0].results[0].locations[0].physicalLocation.region.startLine: 0 is less than the minimum of 1",
    ),
    "an address with a blank": (
        lambda log: place_in(log)["artifactLocation"].update(uri="a b.yaml"),
        "$.runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri: 'a b.yaml' is not a 'uri-reference'",
    ),
    "help without an address": (
        lambda log: log["runs"][0]["tool"]["driver"]["rules"][0].update(helpUri="rules/pt101/"),
        "$.runs[0].tool.driver.rules[0].helpUri: 'rules/pt101/' is not a 'uri'",
    ),
}


def place_in(log: Any) -> Any:
    """Where the first result of a log points."""
    return log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_log_is_refused(name: str) -> None:
    """So what says that ours is valid can tell."""
    log, (break_it, told) = sarif(findings(TEXT), "en"), BROKEN[name]
    assert faults(log) == []
    break_it(log)
    (fault,) = faults(log)
    assert fault.startswith(told)


def test_an_edit_is_a_replacement_in_code_points() -> None:
    ran = log_of(stdin=TEXT)
    (fix,) = [result["fixes"][0] for result in ran["results"] if "fixes" in result]
    (change,) = fix["artifactChanges"][0]["replacements"]
    (edit,) = next(finding.edits for finding in findings(TEXT) if finding.edits)
    assert tuple(change["deletedRegion"].values()) == edit[:4] and change["insertedContent"]["text"] == edit.text
    assert ran["columnKind"] == "unicodeCodePoints"  # without it, readers count UTF-16 units


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("a b/가.yaml", "a%20b/%EA%B0%80.yaml"),
        ("50%#1?.yaml", "50%25%231%3F.yaml"),
        ("a:b/c.yaml", "a%3Ab/c.yaml"),
        ("dir\\x.yaml", "dir/x.yaml"),
        ("~/A-1_2.yaml", "~/A-1_2.yaml"),
    ],
)
def test_names_of_files_are_written_as_addresses(name: str, uri: str) -> None:
    found = [replace(finding, source=name) for finding in findings("terminationDrainDuration: 35\n")]
    log = sarif(found, "en")
    assert faults(log) == []
    (result,) = log["runs"][0]["results"]
    (change,) = result["fixes"][0]["artifactChanges"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == change["artifactLocation"] == {"uri": uri}


def test_the_invocation_tells_how_the_run_went() -> None:
    ran = log_of(stdin=manifest(containers=[web(**sleeps(1))]))
    (invocation,) = ran["invocations"]
    assert invocation["executionSuccessful"] is True and invocation["exitCode"] == 0
    assert invocation["toolExecutionNotifications"] == [] and ran["results"] == []
    (invocation,) = log_of("--prestop", "wbe=5s", stdin=TEXT)["invocations"]
    (notification,) = invocation["toolConfigurationNotifications"]
    assert notification["message"]["text"].startswith("--prestop: wbe=5s: no pod ") and invocation["exitCode"] == 2
    ran = log_of("--lang", "ko", stdin=TEXT + "---\nkind: Secret\n---\nkind: Secret\n---\na: [\n")
    (invocation,) = ran["invocations"]
    assert invocation["executionSuccessful"] is False and invocation["exitCode"] == 2
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["level"] == "error" and "YAML" in notification["message"]["text"]
    assert "확인하십시오" in notification["message"]["text"]  # how to mend it
    place = notification["locations"][0]["physicalLocation"]
    assert place["region"]["startLine"] == TEXT.count("\n") + 6
    assert invocation["properties"] == {"passedOver": {"Secret": 2}, "skipped": {}}
    assert log_of(stdin=TEXT)["invocations"][0]["executionSuccessful"] is True  # findings are no failure


def test_the_version_and_links_to_the_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    assert log_of(stdin=TEXT)["tool"]["driver"]["version"] == timing_rules.__version__
    assert "helpUri" not in log_of(stdin=TEXT)["tool"]["driver"]["rules"][0]
    for site in ("https://docs.example/x", "https://docs.example/x/"):
        monkeypatch.setenv("TIMING_RULES_SITE", site)
        for lang, root in (("en", ""), ("ko", "ko/")):
            rules = log_of("--lang", lang, stdin=TEXT)["tool"]["driver"]["rules"]
            assert rules[0]["helpUri"] == f"https://docs.example/x/{root}rules/pt101/"


#: A kind that nobody knows holds a pod template, and one that is not read holds a setting of timing.
NOTED = """apiVersion: example.org/v1
kind: Widget
metadata: {name: w}
spec:
  template:
    spec: {containers: [{name: web, image: x}]}
"""


def test_notes_stand_in_the_invocation_of_sarif_and_beside_the_json_on_stderr() -> None:
    for lang in ("en", "ko"):
        (invocation,) = log_of("--lang", lang, stdin=NOTED)["invocations"]
        (note,) = invocation["toolExecutionNotifications"]
        assert note["level"] == "note" and invocation["executionSuccessful"] is True
        ran = run("check", "--format", "json", "--lang", lang, stdin=NOTED + "---\nkind: Secret\n")
        (line,) = [json.loads(line) for line in ran.err.splitlines() if line.startswith("{")]
        assert list(line) == ["passed_over", "skipped", "notes"] and line["passed_over"] == {"Secret": 1}
        (told,) = line["notes"]
        assert told == {"source": "-", "line": told["line"], "text": note["message"]["text"]}
        assert told["line"] == note["locations"][0]["physicalLocation"]["region"]["startLine"]
        assert f"-:{told['line']}: {told['text']}" in ran.err.splitlines()
    assert "{" not in run("check", "--format", "json", stdin=manifest()).err
