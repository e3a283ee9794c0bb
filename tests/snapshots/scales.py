"""Where labels of a picture go: at which moment, and beside which others, each takes another side or another line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from timing_rules import Timeline, timeline
from timing_rules.show.scale import Label, Scale, wrapped

from tests.package.inputs import manifest, pod

#: Steps of less than a pixel in a picture of 30 s.
MOMENTS = [step / 40 for step in range(30 * 40 + 1)]
WORDS = (
    "New requests until 120 s, accepted until 25.5 s: whatever comes between is refused, and 유예 기간 30 s is over."
)


def scales() -> Iterator[list[str]]:
    """The changes of each kind of label while its moment moves through 30 s; the axis of short and long grace periods."""
    scale = Scale(_of(30), [])
    for letters in (1, 9, 20, 40, 60):
        text = "x" * letters
        yield [f"==== {letters} letters alone", *_changes(partial(_labels, scale, text, []))]
        for first in (Label(0, "y" * 10), Label(15, "y" * 40), Label(30, "가" * 4)):
            moving = _changes(partial(_labels, scale, text, [first]))
            yield [f"==== {letters} letters and {len(first.text)} at {first.at:g}", *moving]
        for ground in (0, 9):
            beside = _changes(partial(_side, scale, text, ground))
            yield [f"==== {letters} letters beside a bar, {ground} s of plain bar", *beside]
    for lang in ("en", "ko"):
        yield [f"==== axes, {lang}", *(f"{grace} s: {_axis(_of(grace), lang)}" for grace in range(1, 61))]
        long = [*range(61, 400, 13), *range(400, 8000, 371)]
        yield [f"==== long axes, {lang}", *(f"{grace} s: {_axis(_of(grace, 20), lang)}" for grace in long)]
        longer = [*range(20, 60, 2), 40, 41]
        yield [f"==== axes of 100 s, {lang}", *(f"{grace} s: {_axis(_of(grace), lang, 100)}" for grace in longer)]
    for letters in (2, 12, 30):
        inside = (_side(scale, "x" * letters, tenths / 10, 30) for tenths in range(301))
        yield [f"==== {letters} letters inside a bar", *_told_anew(inside, 10)]
    yield ["==== lines", *(f"{first} px taken: {' | '.join(wrapped(WORDS, first))}" for first in range(0, 320, 3))]


def _of(grace: int, shutdown: float | None = None) -> Timeline:
    return timeline(
        pod(manifest(terminationGracePeriodSeconds=grace), app_shutdown=grace if shutdown is None else shutdown)
    )


def _changes(where: Callable[[float], str]) -> Iterator[str]:
    """Each moment from which on a label is somewhere else."""
    return _told_anew(map(where, MOMENTS), 40)


def _told_anew(places: Iterable[str], per_second: int) -> Iterator[str]:
    before = None
    for step, now in enumerate(places):
        if now != before:
            yield f"from {step / per_second:g} s: {now}"
        before = now


def _labels(scale: Scale, text: str, labels: list[Label], at: float) -> str:
    """Which label stands how, in which line."""
    shapes, height = scale.labels([*labels, Label(at, text)], 0)
    sides = (re.search(r'y="([\d.]+)" text-anchor="(\w+)">(.)', shape) for shape in shapes)
    return ", ".join(f"{side[3]} {side[2]} at {side[1]}" for side in sides if side) + f"; {height} high"


def _side(scale: Scale, text: str, ground: float, at: float) -> str:
    return re.sub(r' x="[^"]*"|>.*|<text ', "", scale.beside(at, 0, text, "", ground))


def _axis(line: Timeline, lang: str, *more: float) -> str:
    shapes = "".join(Scale(line, more).axis(line, 20, 100, lang))
    texts = re.findall(r'x="([\d.]+)%" y="(\d+)" text-anchor="(\w)\w*">([^<]+)<', shapes)
    return ", ".join(f"{text} {x} {anchor}{y}" for x, y, anchor, text in texts)
