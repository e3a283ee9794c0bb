"""Findings as SARIF 2.1.0, for tools that show them beside the code."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ..rules.engine import Finding
from ..rules.registry import RULES
from ..rules.rule import Severity

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
