r"""What is known to be missing: cases that fail today, one id a line in `known_gaps.txt`.

A listed case is expected to fail, strictly: once it passes, its line has to go. The file can only shrink. What passes now:

    pytest -q --tb=no tests/cases tests/injection tests/package tests/timing | sed -n 's/^FAILED .*\[\([^]]*\)\].*XPASS.*/\1/p'
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

FILE = Path(__file__).with_name("known_gaps.txt")
GAPS = set(FILE.read_text(encoding="utf-8").split())


def case(name: str, *values: Any) -> Any:
    """One parametrised case, expected to fail while its name is listed."""
    failures = (AssertionError, pytest.fail.Exception)
    strict = not name.startswith("speed:")  # a measurement may go either way
    gap = pytest.mark.xfail(strict=strict, reason="a known gap", raises=failures)
    marks = [gap] if name in GAPS else []
    return pytest.param(*values, id=name, marks=marks)


def assert_none_is_stale(prefix: str, names: set[str]) -> None:
    """Every listed gap of an area names a case that exists."""
    stale = sorted(gap for gap in GAPS if gap.startswith(prefix) and gap not in names)
    assert not stale, f"{FILE.name}: no such cases: {', '.join(stale)}"
