"""Bar charts of what was measured, as SVG: a row for each case, what was measured as a bar, what was computed as a tick.

Text is of fixed size and positions are percentages, so a chart is legible at any width; its colours are the page's own.
A chart is data (`Bar`), a title and a unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any, NamedTuple

from lab import show
from mkdocs.exceptions import PluginError
from timing_rules.text import Text, seconds

TOP = 22  # pixels for the title
ROW = 40  # pixels of height of a row: a line of text, and the bar under it
ROOM = 74  # per cent of the width for bars; what is left is for the value behind the longest one

SECONDS = Text("{value} s", "{value}초")
COUNT = Text("{value}", "{value}개")
_MEASURED = Text("measured", "측정")
_COMPUTED = Text("computed", "계산")
_SAID = Text("{label}: measured {value}", "{label}: 측정 {value}")
_FORETOLD = Text(", computed {value}", ", 계산 {value}")


class Bar(NamedTuple):
    """A row: the least and the greatest measured value, and the computed one, or None where nothing was computed."""

    label: str
    low: float
    high: float
    computed: float | None = None


def svg(title: str, bars: Sequence[Bar], unit: Text, lang: str) -> str:
    """A chart under its title (what is measured), with the case above each bar and the value behind it.

    Raises:
        PluginError: there is nothing to draw, or a range whose ends are the wrong way round.
    """
    if not bars or any(bar.low > bar.high for bar in bars):
        raise PluginError(f"the chart {title!r} has no bars, or one that ends before it begins")
    most = max(max(bar.high, bar.computed or 0) for bar in bars) or 1
    height = TOP + ROW * len(bars) + 24
    said = [_said(bar, unit, lang) for bar in bars]
    rows = [part for number, bar in enumerate(bars) for part in _row(bar, TOP + number * ROW, most, unit, lang)]
    head = f'<text class="soft" x="0" y="11">{escape(title)}</text>'
    legend = _legend(height - 6, any(bar.computed is not None for bar in bars), lang)
    return frame("chart", title, said, height, [head, *rows, *legend])


def frame(name: str, title: str, said: Iterable[str], height: int, parts: Iterable[str]) -> str:
    """A picture of a class, as wide as the page, with all that it shows in words."""
    return (
        f'<svg class="{name}" xmlns="http://www.w3.org/2000/svg" width="100%" height="{height}" role="img" '
        f'aria-label="{escape(". ".join((title, *said)))}.">{"".join(parts)}</svg>'
    )


def _row(bar: Bar, top: int, most: float, unit: Text, lang: str) -> list[str]:
    low, high = (value / most * ROOM for value in (bar.low, bar.high))
    parts = [
        f'<text x="0" y="{top + 13}">{escape(bar.label)}</text>',
        f'<rect class="least" x="0" y="{top + 19}" width="{low:.2f}%" height="12"/>',
    ]
    if high > low:
        parts.append(f'<rect class="spread" x="{low:.2f}%" y="{top + 19}" width="{high - low:.2f}%" height="12"/>')
    end = high
    if bar.computed is not None:
        at = bar.computed / most * ROOM
        end = max(end, at)
        parts.append(f'<line x1="{at:.2f}%" x2="{at:.2f}%" y1="{top + 16}" y2="{top + 34}"/>')
    value = escape(_range(bar, unit, lang))
    parts.append(f'<text class="value" x="{end:.2f}%" dx="6" y="{top + 29}">{value}</text>')
    return parts


def _legend(y: int, computed: bool, lang: str) -> list[str]:
    parts = [
        f'<rect class="least" x="0" y="{y - 9}" width="14" height="9"/>',
        f'<text class="soft" x="20" y="{y}">{_MEASURED.get(lang)}</text>',
    ]
    if computed:
        parts.append(f'<line x1="107" x2="107" y1="{y - 12}" y2="{y + 2}"/>')
        parts.append(f'<text class="soft" x="115" y="{y}">{_COMPUTED.get(lang)}</text>')
    return parts


def _range(bar: Bar, unit: Text, lang: str) -> str:
    ends = seconds(bar.low) if bar.low == bar.high else f"{seconds(bar.low)}–{seconds(bar.high)}"
    return unit.format(value=ends).get(lang)


def _said(bar: Bar, unit: Text, lang: str) -> str:
    """The row in words, for whoever cannot see it."""
    text = _SAID.format(label=bar.label, value=_range(bar, unit, lang)).get(lang)
    if bar.computed is None:
        return text
    return text + _FORETOLD.format(value=unit.format(value=seconds(bar.computed)).get(lang)).get(lang)


def experiment(name: str, lang: str) -> str:
    """What answers the question of an experiment of the lab, a row a pod, all versions of Envoy in one range; "" where it is no number."""
    shown = show.Shown(name, lang)
    what = shown.answer
    bars = []
    for pod in shown.pods:
        rows = [row for envoy in shown.envoys if (row := shown.row(pod, envoy, what))]
        values = [value for row in rows for value in row.get("spread", [row["measured"]])]
        if rows and all(_number(value) for value in (*values, rows[0]["computed"])):
            bars.append(Bar(shown.case(pod), min(values), max(values), rows[0]["computed"]))
    if not any(bar.high or bar.computed for bar in bars):
        return ""
    counted = what.startswith("lost.") or what.endswith(": lost") or what.rpartition(".")[2] in show.COUNTED
    return svg(show.chart_title(what, lang), bars, COUNT if counted else SECONDS, lang)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def chart(name: str, lang: str) -> str:
    """The chart of an experiment. Raises PluginError where its answer is no number."""
    drawn = experiment(name, lang)
    if not drawn:
        raise PluginError(f"the answer of the experiment {name} is no number above 0: there is nothing to draw")
    return drawn
