"""No time on a page stands alone (tests/docs/numbers.py says where each may come from)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.numbers import PINNED, offenders, times_in
from tests.docs.pages import Page, all_pages


@pytest.mark.parametrize("page", all_pages(), ids=lambda page: page.name)
def test_every_time_has_an_origin(page: Page) -> None:
    assert not (found := offenders(page)), "\n".join(found)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("after 5 s and 30s, a 45-second drain", [5, 30, 45]),
        ("유예 기간 30초, 2분, 150밀리초가", [30, 120, 0.15]),
        ("`1m30s` or 500ms", [90, 0.5]),
        ("5–10 s, 3 to 4 seconds", [5, 10, 3, 4]),
        ("1,800 seconds", [1800]),
        ("3분의 1, v1.33 s3, 15 sidecars, port 15021, 2 minutes' notice", [120]),
        ("Istio 1.31 starts", []),
    ],
)
def test_times_are_read(text: str, values: list[float]) -> None:
    assert [value for _, value, _ in times_in(text)] == values


def page(text: str) -> Page:
    return Page("en", "x.md", Path("x.md"), text)


def test_a_time_that_nothing_accounts_for_is_named_with_its_line() -> None:
    (found,) = offenders(page("# T { #t }\n\nThe default is 30 s.\nIt then waits 17 s.\n"))
    assert found.startswith("docs/en/x.md:4: 17 s: ")


@pytest.mark.parametrize(
    "text",
    [
        "It waits 17 s ([agent](https://github.com/istio/istio/blob/86c9f01fd735/pkg/envoy/agent.go)).",
        "It waits 17 s ([docs][x]).\n\n[x]: https://www.envoyproxy.io/docs/envoy/v1.36.2/start",
        "It waits 17 s.\n\n```python\nassert 10 + 7 == 17\n```",
        "| 17 s | [kep](https://github.com/kubernetes/enhancements/blob/v1.36.3/README.md) |",
    ],
)
def test_a_time_with_an_origin_passes(text: str) -> None:
    assert offenders(page(text)) == []


def test_a_source_counts_for_its_own_row_alone() -> None:
    rows = "| 17 s | [a](https://github.com/a/b/blob/v1.2.3/c) |\n| 18 s | none |"
    assert len(offenders(page(rows))) == 1


def test_a_branch_is_no_pin() -> None:
    assert not PINNED.search("https://github.com/istio/istio/blob/master/pkg/envoy/agent.go")
    assert not PINNED.search("https://istio.io/latest/docs/")
