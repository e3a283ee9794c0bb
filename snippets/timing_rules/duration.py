"""Go durations, as Istio's agent and its configuration parser read them: `1m30s`, `500ms`; not `35`, not `"35"`.

Source: Go `time.ParseDuration`, which golang/protobuf's jsonpb applies to a JSON string (and to nothing else), and
which Istio's `pkg/env` applies to environment variables.
"""

from __future__ import annotations

import re

from .text import Text

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_TRUE = {"1", "t", "T", "TRUE", "true", "True"}
_FALSE = {"0", "f", "F", "FALSE", "false", "False"}


class DurationError(ValueError):
    """A text that is not a Go duration; `sentence` says so in both languages."""

    def __init__(self, text: str) -> None:
        hint = f"{text}s" if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) else "30s"
        self.sentence = Text(
            f'"{text}" is not a duration; write a number with its unit, such as {hint}',
            f'"{text}" 값은 시간 형식이 아닙니다. {hint}처럼 숫자와 단위를 함께 적으십시오',
        )
        super().__init__(self.sentence.en)


def parse_duration(text: str) -> float:
    """The length of a Go duration.

    Units: seconds, rounded to a microsecond. Errors: `DurationError` for what Go would refuse.
    """
    sign, rest = (-1.0, text[1:]) if text[:1] == "-" else (1.0, text[1:] if text[:1] == "+" else text)
    if rest == "0":
        return 0.0
    total, at = 0.0, 0
    for part in _PART.finditer(rest):
        if part.start() != at:
            break
        total += float(part.group(1)) * _UNITS[part.group(2)]
        at = part.end()
    if not rest or at != len(rest) or total * 1e9 >= 2**63:
        raise DurationError(text)
    return sign * round(total, 6)


def parse_bool(text: str) -> bool | None:
    """A Go bool (`strconv.ParseBool`), or `None` for what is not one (`yes`, `on`), which Istio reads as false."""
    return True if text in _TRUE else False if text in _FALSE else None


def format_duration(value: float) -> str:
    """A Go duration for a length in seconds: `90` gives `1m30s`, `0.5` gives `500ms`."""
    if value < 0:
        return "-" + format_duration(-value)
    if 0 < value < 1:
        return f"{value * 1000:.3f}".rstrip("0").rstrip(".") + "ms"
    hours, rest = divmod(round(value, 6), 3600)
    minutes, rest = divmod(rest, 60)
    text = (f"{int(hours)}h" if hours else "") + (f"{int(minutes)}m" if minutes else "")
    if rest or not text:
        text += f"{rest:.6f}".rstrip("0").rstrip(".") + "s"
    return text
