"""`check` beside a bare parse of the same text, and its memory, with wide limits, so that neither grows unseen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.check_parse_ratio import memory, ratio, write_documents

#: `make bench` holds the narrow bars; other work on the machine must not fail this.
LIMIT = 6.0
#: Bytes that a pod of 6.6 kB in a List may take.
ITEM_LIMIT = 130_000


@pytest.mark.parametrize("count", [1_000])
def test_check_is_not_many_times_slower_than_a_bare_parse(count: int, tmp_path: Path) -> None:
    found, checked, parsed = ratio(write_documents(tmp_path, count), times=2)
    assert found <= LIMIT, f"check took {checked:.2f} s, a bare parse {parsed:.2f} s: {found:.1f} times as long"


def test_a_pod_in_a_list_takes_as_much_memory_in_a_long_list_as_in_a_short_one(tmp_path: Path) -> None:
    """Only what somebody looks at is kept of what a cluster gives back."""
    shorter, longer = memory(tmp_path, (200, 600, 1_000))
    assert shorter < ITEM_LIMIT and longer < ITEM_LIMIT, f"{shorter:.0f} bytes an item, {longer:.0f} in the longer list"
