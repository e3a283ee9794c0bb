"""How long an exec hook takes, and when it does what matters to the pod's end. Units: seconds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .programs import CONDITIONS, STOPS_PID_1, calls_drain, is_instant, sleep_seconds
from .script import KEYWORDS, Command, commands, program, script_of, stripped, substitutions

#: Operators after which the order of a script's commands, or whether they run, is no longer plain.
_NOT_PLAIN = {"|", "(", ")", "{", "}", ";;"}
_SOURCED = {".", "source", "eval"}
_ENDS_LIST = {";", "&", ""}


class Length(NamedTuple):
    """How long something takes: `seconds`, or `None` with what is certain in `at_least`. The others: see `Hook`."""

    seconds: float | None
    at_least: float
    drains_at: float | None = None
    listeners: tuple[float, str] | None = None
    stops_at: float | None = None
    quits: tuple[float, bool] | None = None


def length(argv: Sequence[str]) -> Length:
    """How long an exec hook takes.

    Read from `sleep N` and from scripts that are a plain sequence of commands; the sleeps before a command that takes
    an unknown time are a lower bound. Units: seconds.
    """
    script = script_of(argv)
    steps = commands(script) if script is not None else [Command(tuple(program(argv)), "", True)]
    if steps is None:
        return Length(None, 0.0)
    options = " ".join(argv[: argv.index(script)] if script is not None else ())
    stops = re.search(r"\s-[a-zA-Z]*e|\serrexit", options) or re.search(r"(^|[\s;])set -\w*e", script or "")
    return _Reader(stop_on_error=stops is not None).read(steps)


class _Reader:
    """The commands of a script, read in order, and what is known after each.

    `total` is how long the commands read so far take if all that was seen ran. `certain` is false once something took
    an unknown time, `doubtful` while the next command runs only if the one before succeeded or failed, `skip` while it
    does not run or nobody knows. `list_start` is the total before the current list of `&&` and `||`.
    """

    def __init__(self, *, stop_on_error: bool) -> None:
        self.stop_on_error = stop_on_error
        self.total = self.list_start = 0.0
        self.certain, self.doubtful, self.skip = True, False, False
        self.drains_at: float | None = None
        self.listeners: tuple[float, str] | None = None
        self.stops_at: float | None = None
        self.quits: tuple[float, bool] | None = None

    def read(self, steps: Iterable[Command]) -> Length:
        """The length of the whole script, or of as much of it as can be followed."""
        for raw in steps:
            step = stripped(raw)
            if self.skip:
                self._pass_over(step)
                continue
            end = self._step(step, raw)
            if end is not None:
                return end
        return self._ended(known=True)

    def _ended(self, *, known: bool, least: float | None = None) -> Length:
        """What is known when nothing more is read. An exec ends with its container: what follows the command that
        stops PID 1 is an upper bound."""
        sure = self.total if least is None else least
        sure = sure if self.stops_at is None else min(sure, self.stops_at)
        seconds = self.total if known and self.certain and sure == self.total else None
        return Length(seconds, sure, self.drains_at, self.listeners, self.stops_at, self.quits)

    def _pass_over(self, step: Command) -> None:
        """A command that does not run, or of which nobody knows."""
        ends_list = step.after in _ENDS_LIST
        self.skip = step.after == "||" or (not self.certain and not ends_list)
        if ends_list:
            self.list_start = self.total

    def _step(self, step: Command, raw: Command) -> Length | None:
        """One command that runs; what is known in the end, if it is the last that can be followed."""
        if not raw.plain and not all(_takes_no_time(script) for script in substitutions(raw)):
            return self._ended(known=False)
        if not step.words:
            return self._ended(known=False) if step.after in _NOT_PLAIN | {"&"} else None
        replaces_shell = step.words[0] == "exec" and len(step.words) > 1
        if replaces_shell:
            step = step._replace(words=step.words[1:])
        if step.after == "&" and (self.total > self.list_start or not is_instant(step.words)):
            return self._ended(known=False, least=self.list_start)  # the whole list runs in the background
        if step.name in KEYWORDS | _SOURCED or step.after in _NOT_PLAIN:
            return self._ended(known=False)
        if step.name == "exit":
            return self._ended(known=not self.doubtful)
        counted = self._add(self._seconds(step))
        if not counted and self.stop_on_error:
            return self._ended(known=False)
        if self.total == float("inf") or replaces_shell:
            return self._ended(known=True)
        self._after(step, counted=counted)
        return None

    def _seconds(self, step: Command) -> float | None:
        """How long a command takes; `None` when nobody knows."""
        if step.name == "sleep":
            # `sh -c sleep 30` runs `sleep` without an argument, which fails at once.
            return (sleep_seconds(step.words[1:]) if step.words[1:] else 0.0) if step.plain else None
        if script_of(step.words) is not None and step.plain:
            return length(step.words).seconds
        return self._call(step.words)

    def _call(self, words: Sequence[str]) -> float | None:
        """A program that is no sleep: what it does to the app and to the proxy, and how long it takes."""
        line = " ".join(words)
        took = 0.0 if is_instant(words) else None
        stops = STOPS_PID_1.search(line)
        if self.stops_at is None and stops is not None:
            took, self.stops_at = 0.0, self.total + float(stops["wait"] or 0)
        if calls_drain(line):
            took, self.drains_at = 0.0, self.total
        if "drain_listeners" in line:
            how = "open" if "skip_exit" in line else "graceful" if "graceful" in line else "closed"
            self.listeners = (self.total, how)
        called = "quitquitquit" in line and re.search("POST|--post| -d| --data", line)
        if called and self.quits is None and self.certain and not self.doubtful:
            self.quits = (self.total, "15020" in line)
        return took

    def _add(self, took: float | None) -> bool:
        """Count a command's time; false if it is unknown, or if nobody knows whether it passes."""
        if took is None or (self.doubtful and took > 0):
            self.certain = False
            return False
        self.total = round(self.total + took, 6)
        return True

    def _after(self, step: Command, *, counted: bool) -> None:
        """What the operator behind a command says about the next one."""
        ends_list = step.after in _ENDS_LIST
        # What follows in a list hangs on a command of unknown length; what follows `;` does not.
        unknown = not counted and not ends_list
        self.doubtful = (step.after == "||" and step.name != "sleep") or (
            step.after == "&&" and step.name in CONDITIONS
        )
        self.skip = unknown or (step.after == "||" and step.name in ("sleep", "true", ":", "echo"))
        if ends_list:
            self.list_start = self.total


def _takes_no_time(script: str) -> bool:
    return length(["sh", "-c", script]).seconds == 0
