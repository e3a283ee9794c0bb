"""Findings as GitHub workflow commands, which a run shows beside the line."""

from __future__ import annotations

from ..rules.engine import Finding
from ..rules.registry import RULES
from ..rules.rule import Severity
from ..text import Text


def github(finding: Finding, lang: str) -> str:
    """A finding as a GitHub workflow command, which the run shows at its line of the file."""
    command = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}[finding.severity]
    title = f"{finding.rule} {RULES[finding.rule].title.get(lang)}"
    place = f"file={_escaped(finding.source, True)},line={finding.line},title={_escaped(title, True)}"
    message = f"{finding.message.get(lang)}\n{Text('Fix', '고치는 방법').get(lang)}: {finding.fix.get(lang)}"
    return f"::{command} {place}::{_escaped(message, False)}"


def _escaped(text: str, is_property: bool) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if is_property else text
