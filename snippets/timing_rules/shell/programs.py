"""What programs do: how long they take, what they stop, and which images lack them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .script import KEYWORDS, SHELLS, base, script_of, simple

_TOOLS = ("curl", "wget", "netstat", "ss", "sleep")
CONDITIONS = {"test", "[", "[[", "false", "grep", "pgrep"}
#: Commands that return at once.
_INSTANT_NAMES = (
    ": true echo printf touch rm mv cp mkdir ln chmod chown kill pkill killall date cd export set unset logger ls cat id "
    "hostname umask ulimit readonly local"
)
INSTANT = CONDITIONS | set(_INSTANT_NAMES.split())


def sleep_seconds(words: Sequence[str]) -> float | None:
    """How long `sleep ARG…` takes, or `None` when an argument cannot be read."""
    total = 0.0
    for word in words:
        found = re.fullmatch(r"(\d+\.?\d*|\.\d+)([smhd]?)", word)
        if word in ("infinity", "inf"):
            return float("inf")
        if not found:
            return None
        total += float(found.group(1)) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[found.group(2)]
    return round(total, 6) if words else None


def idles(script: str) -> bool:
    """Whether a script only waits: its last command is a long sleep or `tail`, alone or in a loop of such commands."""
    steps = simple(script)
    names = [step.name for step in steps]
    if not names or any(step.after in ("&", "|") for step in steps):
        return False
    quiet = INSTANT | KEYWORDS | {"sleep", "tail", "exit", "wait"}
    if set(names) <= quiet:
        return True
    return names[-1] == "sleep" and (sleep_seconds(steps[-1].words[1:]) or 0) >= 600


def calls_drain(text: str) -> bool:
    """Whether a command line asks pilot-agent to drain (`POST 15020/drain`)."""
    return bool(re.search(r"POST\s+/?drain(?![\w_])|:15020/drain(?![\w_])", text))


#: Commands with which a hook stops the app itself.
STOPS_PID_1 = re.compile(
    r"nginx -s (quit|stop)|\bkill( -(s )?(SIG)?(TERM|QUIT|INT|15|3|2))? 1$"
    r"|^(\S*/)?(pkill|killall)( -(s )?(SIG)?(TERM|QUIT|INT|15|3|2))? [^-]|kong quit( --wait[= ](?P<wait>\d+))?"
)


def splits_script(argv: Sequence[str]) -> bool:
    """Whether the words are split wrongly, so that it fails at once: `sh -c sleep 30`, or `sleep 30` as one word."""
    first, *more = (argv[0] if argv else "").split() or [""]
    if more and base(first) in {*SHELLS, *INSTANT, *_TOOLS, "nginx", "pilot-agent", "busybox"}:
        return True
    script = script_of(argv)
    return script is not None and base(script) == "sleep" and argv[-1] != script


def tools(argv: Sequence[str]) -> list[str]:
    """What a hook of istio-proxy calls that a distroless image of it lacks."""
    called = [one for one in _TOOLS if re.search(rf"(^|[\s/;&|(]){one}(\s|$)", " ".join(argv))]
    return [base(argv[0]), *called] if argv and base(argv[0]) in SHELLS else called


def lacks(image: str, argv: Sequence[str]) -> bool:
    """Whether an image of the closed list of shell-less images lacks the shell or `sleep` that a command needs."""
    if not argv or base(argv[0]) not in SHELLS | {"sleep"}:
        return False
    name, _, tag = image.partition("@")[0].rpartition(":")
    if not name or "/" in tag:
        name, tag = image, ""
    if re.match(r"cgr\.dev/chainguard/(?!(busybox|bash|wolfi-base|git|curl)$)", name):
        return not tag.endswith("-dev")
    return "distroless" in image and "debug" not in image


def is_instant(words: Sequence[str]) -> bool:
    """Whether a command returns at once."""
    name = base(words[0])
    if name == "nginx":
        return "-s" in words
    line = " ".join(words)
    if name in ("curl", "wget", "pilot-agent"):
        return bool(re.search(r":(15000|15020)/|pilot-agent request", line))
    return name in INSTANT
