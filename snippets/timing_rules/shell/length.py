"""How long an exec hook takes, and when it does what matters to the pod's end. Units: seconds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from .effects import AGENT, Stops, call_of, stops
from .programs import CONDITIONS, INSTANT, given_by_xargs, is_instant, sleep_seconds
from .script import (
    ASSIGNMENT,
    KEYWORDS,
    Command,
    base,
    commands,
    expanded,
    script_of,
    started,
    stripped,
    substitutions,
)
from .syntax import refusal

#: Operators after which the order of a script's commands, or whether they run, is no longer plain.
_NOT_PLAIN = {"|", "(", ")", "{", "}", ";;"}
_SOURCED = {".", "source", "eval"}
_ENDS_LIST = {";", "&", ""}
NO_VARIABLES: Mapping[str, str] = {}


class Length(NamedTuple):
    """How long something takes: `seconds`, or `None` with what is certain in `at_least`. The others: see `Hook`."""

    seconds: float | None
    at_least: float
    drains_at: float | None = None
    listeners: tuple[float, str] | None = None
    stops_at: float | None = None
    quits: tuple[float, bool] | None = None


def length(argv: Sequence[str], env: Mapping[str, str] = NO_VARIABLES, agent: int = AGENT) -> Length:
    """How long an exec hook takes in a container whose own variables are `env`, as far as their values are written.

    `agent` is the port on which pilot-agent listens in the pod.

    Read from `sleep N` and from scripts that are a plain sequence of commands. The sleeps around a command that takes
    an unknown time are a lower bound; behind `&&` and `set -e` that holds if the command succeeds. Units: seconds.
    """
    limits, words = started(argv)
    found = _length(words, env, agent)
    for limit in limits:
        found = _within(found, sleep_seconds([limit]))
    return found


def _within(found: Length, limit: float | None) -> Length:
    """What is known of a command that `timeout` ends: 0 is no limit to some, and a second to BusyBox."""
    if not limit:
        return found._replace(seconds=None, at_least=0.0)
    late = {
        name: None
        for name, at in (("drains_at", found.drains_at), ("stops_at", found.stops_at))
        if at is not None and at >= limit
    }
    for name, call in (("listeners", found.listeners), ("quits", found.quits)):
        if call is not None and call[0] >= limit:
            late[name] = None
    seconds = None if found.seconds is None else min(found.seconds, limit)
    return found._replace(seconds=seconds, at_least=min(found.at_least, limit), **late)


def _length(words: Sequence[str], env: Mapping[str, str], agent: int) -> Length:
    script = script_of(words)
    if script is None:
        return _Reader(NO_VARIABLES, agent=agent).read([Command(tuple(words), "", True)])
    shell, place = base(words[0]), words.index(script)
    refused = refusal(script, shell)  # what stands in the lines before it is run
    steps = commands(script if refused is None else script[: refused.start], shell)
    if steps is None:
        return Length(None, 0.0)
    options = " ".join(words[:place])
    strict = re.search(r"\s-[a-zA-Z]*e|\serrexit", options) or re.search(r"(^|[\s;])set -\w*e", script)
    operands = {str(number): word for number, word in enumerate(words[place + 1 :])}
    return _Reader({**env, **operands}, env=env, agent=agent, stop_on_error=strict is not None).read(steps)


class _Reader:
    """The commands of a script, read in order, and what is known after each.

    `total` is how long the commands read so far take if all that was seen ran. `certain` is false once something took
    an unknown time, `doubtful` while the next command runs only if the one before succeeded or failed, `skip` while it
    does not run; `cut` says that the command read last was ended by `timeout`. `list_start` is the total before the current list of `&&` and `||`, `bound` the total before a
    command that may stop the app, and the hook with it. `variables` are those whose value is known.
    """

    def __init__(
        self,
        variables: Mapping[str, str],
        *,
        env: Mapping[str, str] = NO_VARIABLES,
        agent: int = AGENT,
        stop_on_error: bool = False,
    ) -> None:
        self.variables, self.env, self.agent, self.stop_on_error = dict(variables), env, agent, stop_on_error
        self.total = self.list_start = 0.0
        self.certain, self.doubtful, self.skip = True, False, False
        self.cut = False
        self.bound: float | None = None
        self.drains_at: float | None = None
        self.listeners: tuple[float, str] | None = None
        self.stops_at: float | None = None
        self.quits: tuple[float, bool] | None = None

    def read(self, steps: Iterable[Command]) -> Length:
        """The length of the whole script, or of as much of it as can be followed."""
        for written in _without_pipes(steps):
            raw = expanded(written, self.variables)
            step = stripped(raw)
            self._remember(raw, step)
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
        sure = sure if self.bound is None else min(sure, self.bound)
        seconds = self.total if known and self.certain and sure == self.total else None
        return Length(seconds, sure, self.drains_at, self.listeners, self.stops_at, self.quits)

    def _remember(self, raw: Command, step: Command) -> None:
        """Variables that a command sets: their value, if it is plain and the command surely runs."""
        words = raw.words if step.name in ("", "export", "local", "readonly") else ()
        for name, value in (match.groups() for match in map(ASSIGNMENT.fullmatch, words) if match):
            self.variables.pop(name, None)
            if not (self.skip or self.doubtful):
                self.variables[name] = value
        if step.name in ("read", "unset", "getopts"):
            for name in step.words[1:]:
                self.variables.pop(name, None)
        if step.name in KEYWORDS | _SOURCED | {"set", "shift"}:
            self.variables.clear()

    def _pass_over(self, step: Command) -> None:
        """A command that does not run."""
        self.skip = step.after == "||"
        if step.after in _ENDS_LIST:
            self.list_start = self.total

    def _step(self, step: Command, raw: Command) -> Length | None:
        """One command that runs; what is known in the end, if it is the last that can be followed."""
        if not step.words:
            known = all(_takes_no_time(script) for script in substitutions(raw))
            return None if known and step.after not in _NOT_PLAIN | {"&"} else self._ended(known=False)
        replaces_shell = step.words[0] == "exec" and len(step.words) > 1
        if replaces_shell:
            step = step._replace(words=step.words[1:])
        if step.after == "&" and (self.total > self.list_start or not is_instant(step.words)):
            return self._ended(known=False, least=self.list_start)  # the whole list runs in the background
        if step.name in KEYWORDS | _SOURCED or step.after in _NOT_PLAIN:
            return self._ended(known=False)
        if not raw.plain and not all(_takes_no_time(script) for script in substitutions(raw)):
            return self._ended(known=False)
        if step.name == "exit":
            return self._ended(known=not self.doubtful)
        self.cut = False
        counted = self._add(self._seconds(step))
        if self.cut and (self.stop_on_error or step.after not in _ENDS_LIST):
            return self._ended(known=step.after in _ENDS_LIST)  # it fails: 124
        if self.stop_on_error and ((not counted and self.doubtful) or self._may_end(step)):
            return self._ended(known=False)
        if self.total == float("inf") or replaces_shell:
            return self._ended(known=True)
        self._after(step)
        return None

    @staticmethod
    def _may_end(step: Command) -> bool:
        """Whether a shell with `-e` leaves behind a condition that nothing asks for."""
        return step.name in CONDITIONS and step.after in _ENDS_LIST

    def _seconds(self, step: Command) -> float | None:
        """How long a command takes; `None` when nobody knows."""
        if step.name == "sleep":
            # `sh -c sleep 30` runs `sleep` without an argument, which fails at once.
            return (sleep_seconds(step.words[1:]) if step.words[1:] else 0.0) if step.plain else None
        limits, words = started(step.words)
        if step.plain and (limits or script_of(words) is not None):
            inner = length(step.words, self.env, self.agent)
            self.cut = inner.seconds is not None and inner.seconds in map(sleep_seconds, zip(limits))
            return self._inner(inner)
        took = 0.0 if is_instant(step.words) else None
        return self._call(step, self._stop(step, took))

    def _inner(self, inner: Length) -> float | None:
        """A command with a limit, or a shell within the shell."""
        sure = self.certain and not self.doubtful
        if inner.drains_at is not None:
            self.drains_at = self.total + inner.drains_at
        if inner.listeners is not None:
            self.listeners = (self.total + inner.listeners[0], inner.listeners[1])
        if inner.quits is not None and self.quits is None and sure:
            self.quits = (self.total + inner.quits[0], inner.quits[1])
        if inner.stops_at is not None and self.stops_at is None:
            self.stops_at = self.total + inner.stops_at
            self.bound = self.stops_at if self.bound is None else self.bound
        return inner.seconds

    def _stop(self, step: Command, took: float | None) -> float | None:
        """What a command does to the app, and how long it takes."""
        stop = stops(step.words)
        if stop is None:
            return took
        how, seconds = stop
        if self.bound is None:
            self.bound = self.total + seconds
        if how is Stops.PERHAPS:
            return took
        if self.stops_at is None:
            self.stops_at = self.total + seconds
        return 0.0

    def _call(self, step: Command, took: float | None) -> float | None:
        """What a command asks of the proxy, and how long it takes."""
        call = call_of(step.words, self.agent)
        if call is None:
            return took
        if call.drains:
            took, self.drains_at = 0.0, self.total
        if call.listeners is not None:
            self.listeners = (self.total, call.listeners)
        if call.quits and self.quits is None and self.certain and not self.doubtful:
            self.quits = (self.total, call.port == self.agent)
        return took

    def _add(self, took: float | None) -> bool:
        """Count a command's time; false if it is unknown, or if nobody knows whether it passes."""
        if took is None or (self.doubtful and took > 0):
            self.certain = False
            return False
        self.total = round(self.total + took, 6)
        return True

    def _after(self, step: Command) -> None:
        """What the operator behind a command says about the next one."""
        self.doubtful = (step.after == "||" and step.name != "sleep") or (
            step.after == "&&" and (step.name in CONDITIONS or self.doubtful)
        )
        self.skip = step.after == "||" and step.name in ("sleep", "true", ":", "echo")
        if step.after in _ENDS_LIST:
            self.list_start = self.total


def _without_pipes(steps: Iterable[Command]) -> Iterator[Command]:
    """The commands with each pipeline of such as return at once as its last command: `ps | grep app | xargs kill`."""
    before: list[Command] = []
    for step in steps:
        quiet = step.plain and step.name in INSTANT and stops(step.words) is None
        if step.after == "|" and quiet:
            before.append(step)
            continue
        given = given_by_xargs(step.words) if before else None
        last = step if given is None else step._replace(words=given)
        if before and last.words and step.plain and is_instant(last.words) and step.after != "|":
            yield last
        else:
            yield from (*before, step)
        before = []
    yield from before


def _takes_no_time(script: str) -> bool:
    """Whether a substitution is a pipeline or a list of commands that return at once."""
    steps = commands(script)
    joints = _ENDS_LIST | {"|", "&&", "||"}
    return steps is not None and all(
        step.words and is_instant(step.words) and step.plain and step.after in joints for step in steps
    )
