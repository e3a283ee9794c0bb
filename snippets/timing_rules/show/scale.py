"""Seconds to percent of a picture's width, and labels that leave each other room on the narrowest screen."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import NamedTuple

from ..domain.container import NEVER
from ..text import Text, seconds
from ..timeline.build import Timeline

#: What ends a picture, unless something else ends the pod before.
GRACE = Text("grace period", "유예 기간")
LEFT, WIDE = 1.0, 96.0
#: The narrowest picture, in pixels: a phone of 360 px less its margins.
NARROW = 320
_LINE = 14
#: What may stand between two numbers of the axis: the first that leaves them room is taken.
_STEPS = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800)
#: The blank between a number and its unit.
_UNIT = re.compile(r"(?<=\d) (?=s\b)")


def time_text(value: float, lang: str) -> str:
    """A time with its unit, as it stands in the picture and the table."""
    return seconds(value) + ("초" if lang == "ko" else " s")


def extent(text: str) -> float:
    """How wide a label is at most, in pixels."""
    return sum([11.2 if "ᄀ" <= letter <= "힣" else 6.3 for letter in text])


def wrapped(text: str, first: float = 0.0) -> list[str]:
    """A sentence in lines for the narrowest picture; `first` pixels of the first line are taken. A unit stays at its number."""
    rows, free, taken = [""], NARROW - 8 - first, 0.0
    for word in _UNIT.sub("\N{NO-BREAK SPACE}", text).split(" "):
        length = extent(word)
        if taken and taken + extent(" ") + length > free:
            rows, free, taken = [*rows, ""], NARROW - 8, 0.0
        taken += length + (extent(" ") if taken else 0.0)
        rows[-1] = f"{rows[-1]} {word}".strip()
    return rows


class Label(NamedTuple):
    """A few words at a moment."""

    at: float
    text: str
    style: str = "soft"


class Box(NamedTuple):
    """Where words stand, in pixels: from left to right on the narrowest screen. On a wider one they end further left of it."""

    top: float
    bottom: float
    left: float
    right: float


def _left(x: float, size: float, anchor: str) -> float:
    """Where words of a size begin that are anchored at `x`."""
    return {"start": x, "middle": x - size / 2, "end": x - size}[anchor]


class Scale:
    """The time axis of a picture: from 0 to the last thing that it shows."""

    def __init__(self, line: Timeline, more: Iterable[float]) -> None:
        ends = [times.sigkill if times.end is None else times.end for times in line.containers.values()]
        ends += [*(loss.end for loss in line.losses), *more]
        last = max([end for end in ends if end is not None and end != NEVER], default=0.0)
        #: A long grace period of which little is used stands beyond the picture: what happens needs the room.
        self.beyond = line.grace > 60 and line.grace > 3 * last > 0
        self.most = 1.4 * last if self.beyond else max(last, float(line.grace))
        self.words = list[Box]()

    def at(self, time: float) -> float:
        return LEFT + WIDE * min(time, self.most) / self.most

    def x(self, time: float) -> str:
        return f"{self.at(time):.2f}%"

    def w(self, start: float, end: float) -> str:
        return f"{max(0.0, self.at(end) - self.at(start)):.2f}%"

    def rect(self, style: str, start: float, end: float, y: float, height: float, fill: str = "") -> str:
        paint = f' style="fill:url(#{fill})"' if fill else ""
        return f'<rect class="{style}"{paint} x="{self.x(start)}" y="{y:g}" width="{self.w(start, end)}" height="{height:g}"/>'

    def tick(self, style: str, at: float, top: float, bottom: float) -> str:
        return f'<line class="{style}" x1="{self.x(at)}" x2="{self.x(at)}" y1="{top:g}" y2="{bottom:g}"/>'

    def labels(self, labels: Iterable[Label], y: int) -> tuple[list[str], int]:
        """Labels below a bar, each in the first line that has room for it, and the height that they take."""
        shapes, rows = list[str](), list[float]()
        for at, text, style in sorted(labels, key=lambda label: label.at):
            x, size = self.at(at) / 100 * NARROW, extent(text)
            anchor = "start" if x + size + 4 <= NARROW else "end" if x - size - 4 >= 0 else "middle"
            left = _left(x, size, anchor)
            row = next((row for row, taken in enumerate(rows) if left >= taken), len(rows))
            rows[row:] = [left + size + 8, *rows[row + 1 :]]
            self.words.append(Box(y + row * _LINE, y + (row + 1) * _LINE, left, left + size))
            shapes.append(
                f'<text class="small {style}" x="{self.x(at)}" y="{y + 11 + row * _LINE}" text-anchor="{anchor}">{escape(text)}</text>'
            )
        return shapes, _LINE * len(rows)

    def beside(self, at: float, y: float, text: str, style: str = "", ground: float = 0.0) -> str:
        """A label to the right of a bar's end, or inside the bar when there is no room.

        Inside, it needs no halo over `ground` seconds of plain bar, if they are long enough.
        """
        inside = self.inside(at, text)
        move, anchor = (-6, "end") if inside else (6, "start")
        if inside and WIDE * ground / self.most / 100 * NARROW > extent(text) + 8:
            style = f"{style} in".strip()
        place = f'x="{self.x(at)}" dx="{move}" y="{y:g}" text-anchor="{anchor}"'
        return f'<text class="{style}" {place}>{escape(text)}</text>'

    def inside(self, at: float, text: str) -> bool:
        """Whether a label at a bar's end has no room to the right of it."""
        return self.at(at) / 100 * NARROW + extent(text) + 6 > NARROW

    def within(self, start: float, end: float, y: float, texts: Iterable[str], less: float = 0.0) -> str:
        """The first of some texts that has room between two moments, on the narrowest screen; `less` pixels are taken. Or nothing."""
        room = (self.at(end) - self.at(start)) / 100 * NARROW - less
        text = next((text for text in texts if extent(text) + 8 <= room), "")
        return f'<text class="small" x="{self.x(start)}" dx="5" y="{y:g}">{escape(text)}</text>' if text else ""

    def limit(self, grace: float, top: float, bottom: float) -> Iterator[str]:
        """The line at the end of the grace period, down to `bottom`; words that stand in its way are left whole."""
        x = self.at(grace) / 100 * NARROW
        for box in sorted(box for box in self.words if box.left <= x <= box.right):
            yield self.tick("limit", grace, top, box.top)
            top = box.bottom
        yield self.tick("limit", grace, top, bottom)

    def moments(self, step: int) -> range:
        return range(0, int(self.most) + 1, step)

    def anchor(self, moment: float) -> str:
        return "start" if moment == 0 else "middle" if self.at(moment) < 93 else "end"

    def apart(self, moments: Iterable[int], lang: str) -> bool:
        """Whether the numbers of an axis leave each other room."""
        taken = -math.inf
        for moment in moments:
            x, size = self.at(moment) / 100 * NARROW, extent(time_text(moment, lang))
            left = _left(x, size, self.anchor(moment))
            if left < taken:
                return False
            taken = left + size + 2
        return True

    def axis(self, line: Timeline, top: int, height: int, lang: str, limit: Text = GRACE) -> Iterator[str]:
        few = (step for step in _STEPS if self.most / step <= 6)
        step = next((step for step in few if self.apart(self.moments(step), lang)), int(self.most / 3))
        for moment in self.moments(step):
            yield self.tick("grid", moment, top, height)
            label, anchor = time_text(moment, lang), self.anchor(moment)
            yield f'<text class="soft small" x="{self.x(moment)}" y="{height + 14}" text-anchor="{anchor}">{label}</text>'
        grace = f"{limit.get(lang)} {time_text(line.grace, lang)}"
        if self.beyond:
            yield f'<text class="soft small" x="{LEFT + WIDE}%" y="{top - 8}" text-anchor="end">{grace} →</text>'
            return
        anchor = "start" if self.at(line.grace) < 40 else "end"
        yield from self.limit(line.grace, top - 4, height)
        yield f'<text class="soft small" x="{self.x(line.grace)}" y="{top - 8}" text-anchor="{anchor}">{grace}</text>'
