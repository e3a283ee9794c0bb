"""Edits applied to texts, and which of them mend what they should. No file is read or written here."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from .rules.engine import Finding
from .rules.rule import Edit

_Key = tuple[str, str, str, str, str]
#: Judges texts by file: every finding in them.
Judge = Callable[[Mapping[str, str]], list[Finding]]


class Mended(NamedTuple):
    """Texts after their edits, by file, the findings that they mend, and those that stay because their edits would
    bring others: each with these."""

    texts: dict[str, str]
    findings: list[Finding]
    traded: list[tuple[Finding, list[Finding]]]


def applied(text: str, edits: Sequence[Edit]) -> str | None:
    """The text with edits, every other character as it was; `None` where two of them touch the same characters, or
    one stands outside of the text."""
    starts = [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text))]
    mark = 1 if text.startswith("\ufeff") else 0  # no editor counts it as a column

    def offset(line: int, column: int) -> int:
        return starts[line - 1] + column - 1 + (mark if line == 1 else 0)

    if any(not 0 < number <= len(starts) for edit in edits for number in (edit.line, edit.end_line)):
        return None
    newline = "\r\n" if "\r\n" in text else "\n"
    spans = sorted({(offset(*edit[:2]), offset(*edit[2:4]), edit.text.replace("\n", newline)) for edit in edits})
    parts, done = list[str](), 0
    for start, end, new in spans:
        if not done <= start <= end <= len(text) or (start == end == done and parts):
            return None
        parts += [text[done:start], new]
        done = end
    return "".join([*parts, text[done:]])


def mended(texts: Mapping[str, str], findings: Sequence[Finding], wanted: Sequence[Finding], judge: Judge) -> Mended:
    """The texts with the edits of `wanted`, as far as each finding is gone after them and no other has appeared.

    All edits are tried at once; where that does not do for a file, its findings are tried one after the other.
    """
    before = Counter(map(_key, findings))
    by_file: dict[str, list[Finding]] = {}
    for finding in wanted:
        by_file.setdefault(finding.source, []).append(finding)
    tried = dict(texts)
    for file, group in by_file.items():
        text = applied(texts[file], [edit for finding in group for edit in finding.edits])
        tried[file] = texts[file] if text is None else text
    changed = [file for file in by_file if tried[file] != texts[file]]
    whole = [finding for file in changed for finding in by_file[file]]
    if changed and not _appeared(before, judge(tried), whole):
        good, done = tried, whole
        rest = [finding for file in by_file if file not in changed for finding in by_file[file]]
    else:
        good, done, rest = dict(texts), [], list(wanted)
    traded = list[tuple[Finding, list[Finding]]]()
    for finding in rest:
        kept = [*(other for other in done if other.source == finding.source), finding]
        text = applied(texts[finding.source], [edit for other in kept for edit in other.edits])
        if text is None:
            continue
        others = _appeared(before, judge({**good, finding.source: text}), [*done, finding])
        if not others:
            good[finding.source] = text
            done.append(finding)
        elif brought := [other for other in others if other.rule != finding.rule]:
            traded.append((finding, brought))
    return Mended({file: text for file, text in good.items() if text != texts[file]}, done, traded)


def _appeared(before: Counter[_Key], after: Sequence[Finding], mended_ones: Sequence[Finding]) -> list[Finding]:
    """What is found now, though these findings should be gone. More may be gone with them: one edit can mend two."""
    left, allowed = Counter(map(_key, after)), before - Counter(map(_key, mended_ones))
    return [finding for finding in after if left[_key(finding)] > allowed[_key(finding)]]


def _key(finding: Finding) -> _Key:
    return finding.source, finding.rule, finding.kind, finding.name, finding.container


def diff_lines(file: str, before: str, after: str) -> Iterator[str]:
    """A unified diff of a file, which `patch` and `git apply` take."""
    old, new = (re.findall(r"[^\n]*\n|[^\n]+", text) for text in (before, after))
    for line in difflib.unified_diff(old, new, _named(f"a/{file}"), _named(f"b/{file}")):
        yield line.removesuffix("\n")
        if not line.endswith("\n"):
            yield "\\ No newline at end of file"


def _named(name: str) -> str:
    """A file's name as git writes it: in quotes where a letter of it could be taken for something else."""
    if name.isprintable() and not set(name) & {'"', "\\"}:
        return f"{name}\t" if " " in name else name
    letters = (
        letter if letter.isprintable() and letter not in '"\\' else "".join(f"\\{byte:03o}" for byte in letter.encode())
        for letter in name
    )
    return f'"{"".join(letters)}"'
