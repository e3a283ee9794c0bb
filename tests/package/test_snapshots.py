"""Whole answers: each snapshot is what the package says today, to the letter."""

from __future__ import annotations

import difflib
import itertools

import pytest

from tests.snapshots.write import AREAS, FOLDER

ADVICE = "make snapshots writes it anew; read its diff, in both languages, before you commit it"


@pytest.mark.parametrize("name", AREAS)
def test_a_snapshot_is_what_is_said_today(name: str) -> None:
    file = FOLDER / f"{name}.txt"
    kept = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    today = AREAS[name]().splitlines()
    if kept != today:
        diff = difflib.unified_diff(kept, today, f"tests/snapshots/{name}.txt", "today", lineterm="", n=1)
        pytest.fail(
            "\n".join([*itertools.islice(diff, 60), "", f"tests/snapshots/{name}.txt: {ADVICE}"]), pytrace=False
        )


def test_every_snapshot_has_an_area() -> None:
    assert {file.stem for file in FOLDER.glob("*.txt")} == set(AREAS)
