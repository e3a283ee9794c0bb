"""What programs do: how long they take, what they stop, and which images lack them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .script import KEYWORDS, SHELLS, base, simple

_TOOLS = ("curl", "wget", "netstat", "ss", "sleep")
CONDITIONS = {"test", "[", "[[", "false", "grep", "pgrep"}
#: Commands that return at once.
_INSTANT_NAMES = (
    ": true echo printf touch rm mv cp mkdir ln chmod chown kill pkill killall date cd export set unset logger ls cat id "
    "hostname umask ulimit readonly local pidof head sed awk cut tr ps sync basename dirname printenv whoami tee"
)
INSTANT = CONDITIONS | set(_INSTANT_NAMES.split())


def sleep_seconds(words: Sequence[str]) -> float | None:
    """How long `sleep ARG…` takes, or `None` when an argument cannot be read."""
    total = 0.0
    for word in words:
        found = re.fullmatch(r"(\d+\.?\d*|\.\d+)([smhd]?)", word, re.ASCII)
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
    seconds = sleep_seconds(steps[-1].words[1:]) if names[-1] == "sleep" else None
    return seconds is not None and seconds >= 600


#: Programs of which a hook's words are known to be a command line.
KNOWN = {
    *SHELLS,
    *INSTANT,
    *_TOOLS,
    *["nginx", "apachectl", "httpd", "kong", "pilot-agent", "busybox", "redis-cli", "rabbitmqctl"],
}
#: Programs that do nothing, or fail at once, without an argument.
NEED_ARGUMENTS = set(
    [
        "sleep",
        "kill",
        "pkill",
        "killall",
        "curl",
        "wget",
        "touch",
        "nginx",
        "pilot-agent",
        "rm",
        "cp",
        "mv",
        "mkdir",
        "apachectl",
        "kong",
    ]
)


def tools(argv: Sequence[str]) -> list[str]:
    """What a hook of istio-proxy calls that a distroless image of it lacks."""
    called = [one for one in _TOOLS if re.search(rf"(^|[\s/;&|(]){one}(\s|$)", " ".join(argv))]
    return [base(argv[0]), *called] if argv and base(argv[0]) in SHELLS else called


def is_instant(words: Sequence[str]) -> bool:
    """Whether a command returns at once."""
    name = base(words[0])
    if name == "nginx":
        return "-s" in words
    line = " ".join(words)
    if name in ("curl", "wget", "pilot-agent"):
        return bool(re.search(r":(15000|15020)/|pilot-agent request", line))
    return name in INSTANT


def given_by_xargs(words: Sequence[str]) -> tuple[str, ...] | None:
    """The command that `xargs` starts, with `{}` for what it reads; `None` for another command."""
    if not words or base(words[0]) != "xargs":
        return None
    rest = list(words[1:])
    while rest and rest[0].startswith("-"):
        if rest.pop(0) in ("-n", "-I", "-P", "-L", "-d"):
            del rest[:1]
    return (*rest, "{}") if rest else None
