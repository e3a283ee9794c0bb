"""`check` beside a bare parse of the same text, with a wide limit, so that it cannot become slow unseen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.check_parse_ratio import ratio, write_documents

#: `make bench` holds the narrow bars; other work on the machine must not fail this.
LIMIT = 6.0


@pytest.mark.parametrize("count", [1_000])
def test_check_is_not_many_times_slower_than_a_bare_parse(count: int, tmp_path: Path) -> None:
    found, checked, parsed = ratio(write_documents(tmp_path, count), times=2)
    assert found <= LIMIT, f"check took {checked:.2f} s, a bare parse {parsed:.2f} s: {found:.1f} times as long"
