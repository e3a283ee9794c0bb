"""What the page "Check a manifest" asks: texts and options in, data out. No file is read and nothing is printed.

The page's Worker calls `answer`. Everything in a question is a stranger's: what it names is looked up, never
executed, and an error in it is part of the answer.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from .domain import Pod
from .edits import mended
from .flags import CommandLine, Setting, UsageError, options
from .manifest.errors import ManifestError
from .manifest.read import Input, read
from .manifest.resources import Reading
from .rules.engine import Finding, RuleFailure, check, missing_facts
from .rules.ignored import comments_of, heard, unknown_ignored
from .show import sketch
from .show.cause import loss_line
from .show.data import finding_json
from .show.picture import svg
from .show.terminal import MODES, SEVERITY, counts_line, failure_line, unread_lines
from .text import PAUSE
from .timeline import timeline

#: How many pods are drawn and asked about: each costs a timeline and several checks.
MOST_PODS = 10


def answer(question: str) -> dict[str, Any]:
    """The answer to `{"command": …, "lang": …, …}` (JSON). Errors: `KeyError` for a command that does not exist."""
    asked = json.loads(question)
    return _COMMANDS[asked["command"]](asked)


def _read(asked: dict[str, Any]) -> tuple[Reading, list[dict[str, str]]]:
    """What the texts hold under the options, and the options that cannot be used, each with a sentence."""
    lang, kept, refused = asked["lang"], list[Setting](), list[dict[str, str]]()
    for name, text in asked.get("options", []):
        setting = Setting(name, text, "")
        try:
            setting.value("check")
            kept.append(setting)
        except UsageError as error:
            refused.append({"name": name, "text": text, "message": error.describe(lang)})
    assumptions = options(CommandLine("check", lang), kept, []).assumptions
    return read([Input(file["name"], file["text"]) for file in asked["files"]], assumptions), refused


def _check(asked: dict[str, Any]) -> dict[str, Any]:
    """Every finding of the texts, what could not be read, and what was left out."""
    lang, failures = asked["lang"], list[RuleFailure]()
    reading, refused = _read(asked)
    pods = [item for item in reading.items if isinstance(item, Pod)]
    errors = [*reading.errors, *(error for pod in pods for error in unknown_ignored(pod))]
    comments = [mute for file in asked["files"] for mute in comments_of(file["name"], file["text"], errors)]
    found = (finding for item in reading.items for finding in check(item, failures))
    findings, useless = heard(found, comments, {item.source for item in reading.items})
    return {
        "findings": [_finding(finding, lang) for finding in findings],
        "pods": [_pod(pod, lang) for pod in pods[:MOST_PODS]],
        "more_pods": max(0, len(pods) - MOST_PODS),
        "errors": [_error(error, lang) for error in (*errors, *useless)],
        "options": refused,
        "notes": [*unread_lines(reading, lang), *(failure_line(failure, lang) for failure in failures)],
        "counts": counts_line(len(pods), len(reading.items) - len(pods), findings, lang),
    }


def _finding(finding: Finding, lang: str) -> dict[str, Any]:
    severity = finding.severity
    return {**finding_json(finding, lang), "severity": severity.value, "label": SEVERITY[severity].get(lang)}


def _error(error: ManifestError, lang: str) -> dict[str, Any]:
    message = f"{error.sentence.get(lang)}{PAUSE[lang]}{error.fix.get(lang)}"
    return {"source": error.source, "line": error.line, "column": error.column, "message": message}


def _pod(pod: Pod, lang: str) -> dict[str, Any]:
    """A pod's picture, what it loses, which facts would decide more, and of which containers they may speak."""
    line = timeline(pod)
    return {
        **{key: getattr(pod, key) for key in ("source", "document", "line", "kind", "name")},
        "mode": MODES[line.sidecar].get(lang),
        "job": pod.is_job,
        "picture": svg(line, lang=lang),
        "losses": [loss_line(loss, lang) for loss in line.losses],
        "assumed": list(line.assumed),
        "missing": [name.partition(" ")[0] for name in missing_facts(pod, line)],
        "containers": [container.name for container in (*pod.containers, *pod.sidecars, pod.proxy) if container],
    }


def _apply(asked: dict[str, Any]) -> dict[str, Any]:
    """The texts in which findings are mended as `timing-rules fix` mends them, each with the difference as lines that begin
    with `+`, `-` or a blank, and how many findings are `left`: their edits would bring another."""
    texts = {file["name"]: file["text"] for file in asked["files"]}

    def judge(changed: Mapping[str, str]) -> list[Finding]:
        files = [{"name": name, "text": changed[name]} for name in texts]
        return [finding for item in _read({**asked, "files": files})[0].items for finding in check(item)]

    findings = judge(texts)
    chosen = {tuple(finding[key] for key in _PLACE) for finding in asked["findings"]}
    wanted = [finding for finding in findings if tuple(getattr(finding, key) for key in _PLACE) in chosen]
    result = mended(texts, findings, wanted, judge)
    files = [{"name": name, "text": text, "diff": _diff(texts[name], text)} for name, text in result.texts.items()]
    return {"files": files, "left": len(wanted) - len(result.findings)}


#: What tells one finding from another.
_PLACE = ("source", "document", "line", "rule", "kind", "name", "container", "path")


def _diff(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2)
    return [line for line in lines if not line.startswith(("+++", "---"))]


def _share(asked: dict[str, Any]) -> dict[str, Any]:
    """What a link may hold of the pods in the texts."""
    reading, _ = _read(asked)
    return {"pods": [sketch.of(item) for item in reading.items if isinstance(item, Pod)][:MOST_PODS]}


def _open(asked: dict[str, Any]) -> dict[str, Any]:
    """The text of a link's pods."""
    return {"text": "---\n".join(_sketches(asked["pods"]))}


def _sketches(pods: Any) -> Iterator[str]:
    for pod in pods[:MOST_PODS] if isinstance(pods, list) else ():
        if isinstance(pod, dict):
            yield sketch.written(pod)


_COMMANDS = {"check": _check, "apply": _apply, "share": _share, "open": _open}
