"""Every row of expected.tsv: `check` finds what it has to find in a published input, and nothing that it must not."""

from __future__ import annotations

import csv
import json
import re
import shlex
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.package.inputs import run

FOLDER = Path(__file__).parent
BAD = ("error", "warning")
ALL = (*BAD, "info")
TERM = re.compile(r"(?P<rule>PT\d+)(:(?P<severity>error|warning|info))?(?P<any>[?!])?((?P<bound>[*=])(?P<times>\d+))?")


class Row(NamedTuple):
    """One run of `check`, and what has to come of it."""

    file: str
    flags: str
    must: str
    must_not: str
    status: str
    says: str
    note: str

    def run(self, *form: str) -> Any:
        return run("check", self.file, *shlex.split(self.flags), *form)


def rows() -> dict[str, Row]:
    """The rows by file and place among the rows of that file."""
    seen: Counter[str] = Counter()
    named = {}
    with (FOLDER / "expected.tsv").open(encoding="utf-8", newline="") as file:
        for fields in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if not fields[0].startswith("#"):
                row = Row(*fields)
                seen[row.file] += 1
                named[f"cases:{row.file}#{seen[row.file]}"] = row
    return named


ROWS = rows()


@pytest.fixture(autouse=True)
def _in_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)


def count(term: str, findings: list[dict[str, Any]]) -> tuple[int, re.Match[str]]:
    """How many findings a term such as `PT106:error*2` speaks of, and its parts."""
    parts = TERM.fullmatch(term)
    assert parts, f"expected.tsv: {term!r} cannot be read"
    severities = (parts["severity"],) if parts["severity"] else ALL if parts["any"] else BAD
    return sum(one["rule"] == parts["rule"] and one["severity"] in severities for one in findings), parts


def is_met(term: str, findings: list[dict[str, Any]]) -> bool:
    number, parts = count(term, findings)
    times = int(parts["times"] or 1)
    return number == times if parts["bound"] == "=" else number >= times


def faults(row: Row) -> list[str]:
    """What a run does not say, or says wrongly."""
    findings = json.loads(row.run("--format", "json", "--lang", "en").out)
    wrong = [
        f"{terms} is not found"
        for terms in row.must.split()
        if terms != "-" and not any(is_met(term, findings) for term in terms.split("|"))
    ]
    wrong += [f"{term} must not be found" for term in row.must_not.split() if term != "-" and count(term, findings)[0]]
    status = row.run("--lang", "en").status
    if row.status and status != int(row.status):
        wrong.append(f"the exit status is {status}, not {row.status}")
    shown = row.run("--lang", "en", "--severity", "info")
    text = (shown.out + shown.err).replace(row.file, "")
    if row.says and not re.search(row.says, text, re.IGNORECASE | re.DOTALL):
        wrong.append(f"the text does not match {row.says!r}")
    return [*wrong, "", f"why: {row.note}", f"$ check {row.file} {row.flags}", shown.out, shown.err] if wrong else []


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_case(row: Row) -> None:
    wrong = faults(row)
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_case_in_korean(row: Row) -> None:
    """Korean and English find the same, in the same places, and end alike."""

    def found(lang: str) -> list[tuple[object, ...]]:
        fields = ("rule", "severity", "source", "line", "path", "edits")
        return [
            tuple(one[key] for key in fields) for one in json.loads(row.run("--format", "json", "--lang", lang).out)
        ]

    assert found("ko") == found("en")
    assert row.run("--lang", "ko").status == row.run("--lang", "en").status


def test_every_input_has_a_row() -> None:
    named = {Path(row.file).parts[0] for row in ROWS.values()}
    inputs = {path.name for path in FOLDER.iterdir() if path.suffix in (".yaml", ".json") or path.is_dir()}
    assert inputs - {"__pycache__"} == named
