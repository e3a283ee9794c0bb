"""Findings, timelines and rules as the JSON objects of the contract."""

from __future__ import annotations

from typing import Any

from ..manifest.resources import Reading
from ..rules.engine import Finding
from ..rules.rule import Rule
from ..timeline.build import Timeline


def finding_json(finding: Finding, lang: str) -> dict[str, Any]:
    """A finding as the contract's JSON object."""
    fields = dict(vars(finding))
    fields["message"], fields["fix"] = finding.message.get(lang), finding.fix.get(lang)
    fields["docs"] = ("ko/" if lang == "ko" else "") + finding.docs
    fields["edits"] = [edit._asdict() for edit in finding.edits]
    return fields


def timeline_json(line: Timeline, lang: str) -> dict[str, Any]:
    """A timeline as the contract's JSON object."""
    times = ("prestop_end", "sigterm", "end", "sigkill", "killed")
    return {
        **{key: getattr(line.pod, key) for key in ("source", "document", "line", "kind", "namespace", "name")},
        "sidecar": str(line.sidecar),
        "istio": str(line.istio),
        "kubernetes": str(line.kubernetes),
        "assumed": list(line.assumed),
        "unknown": list(line.unknown),
        "grace": line.grace,
        "containers": {
            name: {key: getattr(container, key) for key in times} for name, container in line.containers.items()
        },
        "proxy": None if line.proxy is None else vars(line.proxy),
        "events": [{**vars(event), "text": event.text.get(lang)} for event in line.events],
    }


def rule_json(rule: Rule, lang: str) -> dict[str, str]:
    """A rule as a JSON object: what `timing-rules rule` explains."""
    parts = {"title": rule.title, "what": rule.what, "why": rule.why, "fix": rule.fix}
    return {"rule": rule.code, "severity": rule.severity, **{name: text.get(lang) for name, text in parts.items()}}


def unread_json(reading: Reading, lang: str) -> dict[str, Any]:
    """What goes beside the findings: documents passed over and skipped, by kind, and the notes on what was read."""
    notes = [
        {"source": note.source, "line": note.line, "text": note.text.get(lang)}
        for note in (*reading.notes, *reading.unread)
    ]
    passed_over, skipped = (dict(sorted(counts.items())) for counts in (reading.passed_over, reading.skipped))
    return {"passed_over": passed_over, "skipped": skipped, "notes": notes}
