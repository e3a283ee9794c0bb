"""Findings as SARIF 2.1.0, for tools that show them beside the code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .. import __version__
from ..manifest.resources import Reading
from ..rules.engine import Finding, RuleFailure
from ..rules.registry import RULES
from ..rules.rule import Severity
from ..text import PAUSE
from .fingerprint import fingerprint
from .terminal import failure_text

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


@dataclass(frozen=True)
class Run:
    """How a run went, beside its findings: what was read, which rules failed, what is wrong with flags, its status."""

    reading: Reading = field(default_factory=Reading)
    failures: Sequence[RuleFailure] = ()
    flags: Sequence[str] = ()
    status: int = 0


def sarif(findings: Sequence[Finding], lang: str, run: Run = Run(), site: str = "") -> dict[str, Any]:
    """One SARIF log: every rule with its help, every finding with its place and, where there is one, its edit.

    What went wrong beside the findings, and what was passed over, stands in its invocation. `site` is the address of
    the pages: SARIF wants whole addresses, so without it no rule links to its page.
    """
    codes = sorted({finding.rule for finding in findings})
    driver = {"name": "timing-rules", "version": __version__, "rules": [_rule(code, lang, site) for code in codes]}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "invocations": [_invocation(run, lang)],
                "columnKind": "unicodeCodePoints",
                "results": [_result(finding, codes.index(finding.rule), lang) for finding in findings],
            }
        ],
    }


def _rule(code: str, lang: str, site: str) -> dict[str, Any]:
    rule = RULES[code]
    described: dict[str, Any] = {
        "id": code,
        "shortDescription": {"text": rule.title.get(lang)},
        "fullDescription": {"text": rule.why.get(lang)},
        "help": {"text": rule.fix.get(lang)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }
    if site:
        described["helpUri"] = f"{site.rstrip('/')}/{'ko/' if lang == 'ko' else ''}rules/{code.lower()}/"
    return described


def _invocation(run: Run, lang: str) -> dict[str, Any]:
    """How the run went: what could not be read, which rules failed, what is to be known, how much was passed over."""
    reading = run.reading
    errors = [
        _notification(
            "error", f"{error.sentence.get(lang)}{PAUSE[lang]}{error.fix.get(lang)}", error.source, error.line
        )
        for error in reading.errors
    ]
    failed = [
        _notification("error", failure_text(failure).get(lang), failure.item.source, failure.item.line)
        for failure in run.failures
    ]
    notes = [
        _notification("note", note.text.get(lang), note.source, note.line) for note in (*reading.notes, *reading.unread)
    ]
    return {
        "executionSuccessful": run.status != 2,
        "exitCode": run.status,
        "toolConfigurationNotifications": [{"level": "error", "message": {"text": text}} for text in run.flags],
        "toolExecutionNotifications": errors + failed + notes,
        "properties": {
            "passedOver": dict(sorted(reading.passed_over.items())),
            "skipped": dict(sorted(reading.skipped.items())),
        },
    }


def _notification(level: str, text: str, source: str, line: int) -> dict[str, Any]:
    return {"level": level, "message": {"text": text}, "locations": [_location(source, line)]}


def _location(source: str, line: int) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": _artifact(source), "region": {"startLine": line}}}


def _artifact(source: str) -> dict[str, str]:
    """The file as a URI reference."""
    return {"uri": re.sub(r"[^\w./~-]", _percent, source.replace("\\", "/"), flags=re.ASCII)}


def _percent(letters: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in letters.group().encode())


def _result(finding: Finding, index: int, lang: str) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message.get(lang)},
        "locations": [_location(finding.source, finding.line)],
        "partialFingerprints": {"timingRules/v1": fingerprint(finding)},
    }
    if finding.edits:
        replacements = [
            {
                "deletedRegion": {
                    "startLine": edit.line,
                    "startColumn": edit.column,
                    "endLine": edit.end_line,
                    "endColumn": edit.end_column,
                },
                "insertedContent": {"text": edit.text},
            }
            for edit in finding.edits
        ]
        change = {"artifactLocation": _artifact(finding.source), "replacements": replacements}
        result["fixes"] = [{"description": {"text": finding.fix.get(lang)}, "artifactChanges": [change]}]
    return result
