"""Go durations and Go bools, as Istio reads them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from timing_rules.duration import DurationError, format_duration, parse_bool, parse_duration
from timing_rules.text import seconds as spoken


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0), ("+0", 0), ("-0", 0), ("5s", 5), ("30s", 30), ("+5s", 5), ("-1.5s", -1.5), ("1m30s", 90),
        ("1h", 3600), ("2h45m30.5s", 9930.5), ("500ms", 0.5), ("1.5s", 1.5), (".5s", 0.5), ("5.s", 5),
        ("1500us", 0.0015), ("1µs", 1e-6), ("1μs", 1e-6), ("1h1h", 7200), ("1s1m", 61), ("100000000ns", 0.1), ("0s", 0),
        ("007s", 7), ("1ns", 0), ("18.8s", 18.8), ("2562047h", 2562047 * 3600.0),
    ],
)  # fmt: skip
def test_what_go_accepts(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "35", "1.5", " 5s", "5s ", "5 s", "5S", "5sec", "1d", "s", ".s", ".", "-", "+", "--5s", "+-5s", "1e3s",
     "1_0s", "1,5s", "٣s", "３s", "5s\n", "infinity", "never", "PT5S", "1m30", "0x5s", "5s;", "nan"],
)  # fmt: skip
def test_what_go_refuses(text: str) -> None:
    with pytest.raises(DurationError) as caught:
        parse_duration(text)
    assert text in caught.value.sentence.en and text in caught.value.sentence.ko


def test_the_hint_adds_the_unit_that_is_missing() -> None:
    assert "35s" in DurationError("35").sentence.en and "35s" in DurationError("35").sentence.ko
    assert "30s" in DurationError("soon").sentence.en


@pytest.mark.parametrize("text", ["2562048h", "9223372037s", "99999999999999999999h"])
def test_what_overflows_go(text: str) -> None:
    with pytest.raises(DurationError):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [(text, True) for text in ("1", "t", "T", "true", "TRUE", "True")]
    + [(text, False) for text in ("0", "f", "F", "false", "FALSE", "False")]
    + [(text, None) for text in ("yes", "on", "no", "off", "tRUE", "y", "", " true", "2", "enabled")],
)
def test_bools(text: str, value: bool | None) -> None:
    assert parse_bool(text) is value


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (5, "5s"), (90, "1m30s"), (60, "1m"), (3600, "1h"), (3661.5, "1h1m1.5s"), (0.5, "500ms"),
     (-90, "-1m30s"), (1.25, "1.25s"), (300, "5m"), (0.000001, "0.001ms")],
)  # fmt: skip
def test_lengths_are_written_as_go_would_read_them(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.integers(-(10**12), 10**12))
def test_writing_and_reading_agree(microseconds: int) -> None:
    length = microseconds / 1_000_000
    assert parse_duration(format_duration(length)) == length


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(alphabet="0123456789.+-smhnuµ e_", max_size=8))
def test_anything_is_a_length_or_an_error(text: str) -> None:
    try:
        assert isinstance(parse_duration(text), float)
    except DurationError as error:
        assert error.sentence.en and error.sentence.ko


def test_a_time_in_a_sentence_says_what_is_unknown_and_what_never_comes() -> None:
    assert [spoken(value) for value in (None, float("inf"), 30.0, 9.90, 0.25)] == ["?", "∞", "30", "9.9", "0.25"]
