"""A timeline drawn with letters, for a terminal of 80 columns: lane below lane, and what can be lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..domain.container import NEVER
from ..text import Text
from ..timeline.build import Timeline
from .cause import lanes, senders
from .scale import time_text

WIDTH = 80
_NAMES, _COLUMNS = 20, 56  # of the names, and of the lanes beside them
#: The letter of a phase, its colour, and what it means. Letters of ASCII alone are as wide everywhere.
PHASES = {
    "sends": (">", "36", Text("sends", "요청 보냄")),
    "prestop": ("-", "33", Text("preStop", "preStop 훅")),
    "wait": (".", "2", Text("waits", "대기")),
    "run": ("=", "32", Text("after SIGTERM", "SIGTERM 뒤")),
    "drain": ("~", "34", Text("drains", "드레인")),
    "open": ("?", "2", Text("not declared", "선언하지 않음")),
    "kill": ("X", "31;1", Text("SIGKILL", "SIGKILL로 종료")),
    "lost": ("!", "31;1", Text("requests can be lost", "요청 유실 가능")),
}
_LOST = Text("lost", "유실")
_WORK_LOST = Text("work can be lost", "작업 끊길 수 있음")


class Phase(NamedTuple):
    """A span of a lane: its kind, and its seconds."""

    kind: str
    start: float
    end: float


def width(text: str) -> int:
    """How many columns a text takes in a terminal; a Korean letter takes two."""
    import unicodedata  # here, as the page that runs this package in a browser has no such module, and draws otherwise

    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) > 0 for letter in text)


def padded(text: str, columns: int) -> str:
    """A text in just so many columns; what is too long ends in two dots."""
    if width(text) > columns:
        while width(text) > columns - 2:
            text = text[:-1]
        text += ".."
    return text + " " * (columns - width(text))


def wrapped(text: str, indent: int, first: int | None = None) -> Iterator[str]:
    """A sentence in lines of 80 columns: the first from column `first` on, the others from `indent` on."""
    row, start = "", indent if first is None else first
    for word in text.split(" "):
        if row and start + width(f"{row} {word}") > WIDTH:
            yield row
            row, start = " " * indent + word, 0
        else:
            row = f"{row} {word}" if row else word
    yield row


def drawing(line: Timeline, lang: str, colour: bool = False) -> Iterator[str]:
    """Who sends, every container, and the spans in which requests can be lost, below a scale in seconds."""
    most = _most(line)
    yield " " * _NAMES + _scale(most, lang)
    used, who = dict[str, None](), senders(line)
    rows = [(sender.name.get(lang), _sending(sender.until, most)) for sender in who]
    rows += [(name, _phases(line, name, most)) for name in lanes(line)]
    losses = [Phase("lost", loss.start, loss.end) for loss in line.losses]
    rows += [(_LOST.get(lang), losses)] if losses else []
    for name, phases in rows:
        used |= dict.fromkeys(phase.kind for phase in phases)
        yield (padded(name, _NAMES - 1) + " " + _cells(phases, most, colour)).rstrip()
    listed = ""
    meant = {kind: (letter, text) for kind, (letter, _, text) in PHASES.items() if kind in used}
    if "lost" in meant and not who:
        meant["lost"] = (meant["lost"][0], _WORK_LOST)
    for item in (f"{letter} {text.get(lang)}" for letter, text in meant.values()):
        if listed and width(f"{listed}  {item}") > _COLUMNS:
            yield " " * _NAMES + listed
            listed = ""
        listed = f"{listed}  {item}" if listed else item
    yield " " * _NAMES + listed


def _most(line: Timeline) -> float:
    """The second at the right edge: the end of the grace period, or of what goes on after it."""
    ends = [times.end for times in line.containers.values()] + [loss.end for loss in line.losses]
    return max([float(line.grace), *(end for end in ends if end is not None and end != NEVER), 1.0])


def _scale(most: float, lang: str) -> str:
    """The first second, the middle and the last, each over its place."""
    left, middle, right = (time_text(at, lang) for at in (0, round(most / 2, 1), most))
    room = _COLUMNS // 2 - width(left)
    row = left + " " * room + middle
    return row + " " * max(1, _COLUMNS - width(row) - width(right)) + right


def _sending(until: float | None, most: float) -> list[Phase]:
    return [Phase("sends" if until is not None else "open", 0, most if until is None else until)]


def _phases(line: Timeline, name: str, most: float) -> list[Phase]:
    times, proxy = line.containers[name], line.proxy
    hook = times.prestop_end or 0.0
    start = times.sigterm if times.sigterm is not None else hook
    limit = times.sigkill if times.sigkill is not None else most
    phases = [Phase("prestop", 0, hook), Phase("wait", hook, start)]
    phases.append(Phase("run", start, times.end) if times.end is not None else Phase("open", start, limit))
    if proxy is not None and name == proxy.container and proxy.drain_start is not None:
        until = proxy.envoy_killed if proxy.envoy_killed is not None else limit
        phases.append(Phase("drain", proxy.drain_start, until))
    if times.killed and times.end is not None:
        phases.append(Phase("kill", times.end, times.end))
    return [phase for phase in phases if phase.end > phase.start or phase.kind in ("kill", "run")]


def _cells(phases: list[Phase], most: float, colour: bool) -> str:
    """The columns of a lane: a phase has at least one, and a later one lies over an earlier one."""
    kinds = [""] * _COLUMNS
    for kind, start, end in phases:
        first = min(_COLUMNS - 1, int(start / most * _COLUMNS))
        last = max(first + 1, min(_COLUMNS, round(min(end, most) / most * _COLUMNS)))
        kinds[first:last] = [kind] * (last - first)
    if not colour:
        return "".join(PHASES[kind][0] if kind else " " for kind in kinds)
    return "".join(f"\x1b[{PHASES[kind][1]}m{PHASES[kind][0]}\x1b[0m" if kind else " " for kind in kinds)


def row(head: str, text: str, indent: int | None = None) -> Iterator[str]:
    """A sentence behind its head, in as many lines as it takes; the others begin below it, or at `indent`."""
    first, *rest = wrapped(text, width(head) if indent is None else indent, width(head))
    yield head + first
    yield from rest
