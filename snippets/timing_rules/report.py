"""Findings as SARIF 2.1.0 and as GitHub workflow commands, for tools that show them beside the code."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from .rules import RULES, Finding, Severity
from .text import Text

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def sarif(findings: Iterable[Finding], lang: str) -> dict[str, Any]:
    """One SARIF log: every rule with its help, every finding with its place and, where there is one, its edit."""
    found = list(findings)
    codes = sorted({one.rule for one in found})
    rules = [
        {
            "id": code,
            "shortDescription": {"text": RULES[code].title.get(lang)},
            "fullDescription": {"text": RULES[code].why.get(lang)},
            "help": {"text": RULES[code].fix.get(lang)},
        }
        for code in codes
    ]
    driver = {"name": "timing-rules", "rules": rules}
    results = [_result(one, codes.index(one.rule), lang) for one in found]
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }


def _percent(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found.group().encode())


def _result(finding: Finding, index: int, lang: str) -> dict[str, Any]:
    artifact = {"uri": re.sub(r"[^\w./~-]", _percent, finding.source.replace("\\", "/"), flags=re.ASCII)}
    region = {"startLine": finding.line}
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message.get(lang)},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": region}}],
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
        change = {"artifactLocation": artifact, "replacements": replacements}
        result["fixes"] = [{"description": {"text": finding.fix.get(lang)}, "artifactChanges": [change]}]
    return result


def github(finding: Finding, lang: str) -> str:
    """A finding as a GitHub workflow command, which the run shows at its line of the file."""
    command = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}[finding.severity]
    title = f"{finding.rule} {RULES[finding.rule].title.get(lang)}"
    place = f"file={_escaped(finding.source, True)},line={finding.line},title={_escaped(title, True)}"
    said = f"{finding.message.get(lang)}\n{Text('Fix', '고치기').get(lang)}: {finding.fix.get(lang)}"
    return f"::{command} {place}::{_escaped(said, False)}"


def _escaped(text: str, is_property: bool) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if is_property else text
