"""What a manifest itself asks not to report, by an annotation of the pod or by a comment beside the line."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from ..domain import Pod
from ..domain.annotations import DECLARED
from ..manifest.errors import ManifestError
from ..source.node import Node
from ..text import Text
from .engine import Finding
from .registry import RULES, no_such_rule

_KEY = f"{DECLARED}ignore"
_COMMENT = re.compile(
    r"(?P<before>^[ \t]*|.*?[ \t])#[ \t]*timing-rules:[ \t]*ignore\b[ \t]*(?P<rule>PT\d+)?:?[ \t]*(?P<why>.*)"
)
_NO_REASON = (
    Text(
        "this comment mutes nothing: a rule and a reason are needed",
        "이 주석은 효과가 없습니다. 규칙과 이유가 모두 필요합니다",
    ),
    Text("write # timing-rules: ignore PT201 why", "# timing-rules: ignore PT201 이유 형식으로 적으십시오"),
)
_MUTES_NOTHING = (
    Text(
        "there is nothing here that this comment could mute: {rule}", "여기에는 이 주석으로 끌 {rule} 결과가 없습니다"
    ),
    Text(
        "remove it, or put it at the end of the line that the finding names, or alone above it",
        "주석을 지우거나, 결과가 가리키는 줄의 끝으로 옮기거나, 그 바로 윗줄에 주석만 따로 적으십시오",
    ),
)


class Comment(NamedTuple):
    """A comment that mutes a rule on a line: `# timing-rules: ignore PT201 why`, there or alone above it."""

    source: str
    at: int
    line: int
    rule: str


def comments_of(source: str, text: str, errors: list[ManifestError]) -> Iterator[Comment]:
    """The comments in a text that mute a rule; what is wrong with one is put into `errors`."""
    if "timing-rules:" not in text:
        return
    lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        comment = _COMMENT.match(line)
        if comment is None:
            continue
        rule, alone = comment["rule"], not comment["before"].strip()
        if not rule or not comment["why"].strip():
            errors.append(ManifestError(source, number, *_NO_REASON))
        elif rule not in RULES:
            errors.append(ManifestError(source, number, *no_such_rule(rule)))
        else:
            below = (n for n, after in enumerate(lines[number:], number + 1) if not re.match(r"\s*(#|$)", after))
            yield Comment(source, number, next(below, number) if alone else number, rule)


def heard(
    findings: Iterable[Finding], comments: Iterable[Comment], judged: Collection[str]
) -> tuple[list[Finding], list[ManifestError]]:
    """The findings that no comment mutes, and an error for each comment in a `judged` text that mutes none."""
    places = {(comment.source, comment.line, comment.rule): comment for comment in comments}
    unused, kept = dict(places), list[Finding]()
    for finding in findings:
        place = (finding.source, finding.line, finding.rule)
        unused.pop(place, None)
        if place not in places:
            kept.append(finding)
    return kept, [_mutes_nothing(comment) for comment in unused.values() if comment.source in judged]


def _mutes_nothing(comment: Comment) -> ManifestError:
    sentence, fix = _MUTES_NOTHING
    return ManifestError(comment.source, comment.at, sentence.format(rule=comment.rule), fix)


def unknown_ignored(pod: Pod) -> Iterator[ManifestError]:
    """An error for every rule that is to be ignored and is none, at the line of the annotation."""
    places = [annotations for annotations in _annotations(pod) if _KEY in annotations.keys]
    for code in pod.assumptions.ignore:
        if code not in RULES and places:
            sentence, fix = no_such_rule(code)
            place = next((node for node in places if code in node.entries[_KEY].raw), places[0])
            told = Text(f"{_KEY}: {sentence.en}", f"{_KEY}: {sentence.ko}")
            yield ManifestError(pod.source, place.keys[_KEY].line, told, fix)


def _annotations(pod: Pod) -> Iterator[Node]:
    """The annotations of the pod template, then those of the workload."""
    outer = pod.workload.get("metadata", "annotations") if pod.workload is not None else None
    yield from (node for node in (pod.annotations, outer) if node is not None)
