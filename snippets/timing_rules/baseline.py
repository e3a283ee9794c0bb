"""Old findings that are set aside, in a JSON file: only new ones count, and what is gone is told."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from .flags import UsageError
from .rules.engine import Finding
from .show.fingerprint import fingerprint
from .text import Text

# fmt: off
_NOT_ONE = (
    Text("this is no baseline: it is a JSON list of findings with their fingerprints", "기준선 파일이 아닙니다. 지문이 있는 결과를 담은 JSON 목록이어야 합니다"),
    Text("write it anew with --write-baseline", "--write-baseline 플래그로 다시 만드십시오"),
)
WRITE_FIRST = Text("write it first with --write-baseline", "먼저 --write-baseline 플래그로 만드십시오")
# fmt: on


class Old(NamedTuple):
    """A finding of the baseline: its fingerprint, and what a reader knows it by."""

    fingerprint: str
    rule: str
    file: str
    object: str
    container: str
    path: str


class Compared(NamedTuple):
    """The findings that the baseline does not hold, how many it holds, and those of it that are gone."""

    new: list[Finding]
    old: int
    gone: list[Old]


def entries_of(path: str, findings: Iterable[Finding]) -> list[Old]:
    """Findings as entries of the baseline at `path`; their files are named from its folder."""
    olds = []
    for finding in findings:
        file = _named(finding.source, path)
        name = "/".join(part for part in (finding.kind, finding.name) if part)
        olds.append(Old(fingerprint(finding, file), finding.rule, file, name, finding.container, finding.path))
    return sorted(olds, key=lambda old: (old.file, old.rule, old.object, old.container, old.path))


def text_of(olds: Sequence[Old]) -> str:
    """The text of a baseline: a finding on a line, so that a diff shows which came and went."""
    lines = ",\n".join("  " + json.dumps(old._asdict(), ensure_ascii=False) for old in olds)
    return f"[\n{lines}\n]\n" if olds else "[]\n"


def read(path: str, text: str) -> list[Old]:
    """The findings of a baseline. Errors: `UsageError`."""
    try:
        return [Old(**{name: str(entry[name]) for name in Old._fields}) for entry in json.loads(text)]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise UsageError(*_NOT_ONE, where=f"{path}:1") from None


def compared(path: str, olds: Sequence[Old], findings: Sequence[Finding], sources: Iterable[str]) -> Compared:
    """What is new and what is gone. Only what stood in a file that was read, or is there no more, can be gone."""
    left = Counter(old.fingerprint for old in olds)
    new = []
    for finding in findings:
        known = fingerprint(finding, _named(finding.source, path))
        if left[known]:
            left[known] -= 1
        else:
            new.append(finding)
    read_files = {_named(source, path) for source in sources}
    folder, gone = Path(path).parent, []
    for old in olds:
        if left[old.fingerprint] and (old.file in read_files or not Path(folder, old.file).exists()):
            left[old.fingerprint] -= 1
            gone.append(old)
    return Compared(new, len(findings) - len(new), gone)


def _named(source: str, path: str) -> str:
    """A file as the baseline names it, from wherever it is looked at."""
    if source == "-":
        return source
    return os.path.relpath(source, Path(path).parent).replace(os.sep, "/")
