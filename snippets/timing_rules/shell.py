"""As much of the shell as it takes to read a hook's length, or to see what PID 1 does with SIGTERM.

A script is understood when it is a plain sequence of commands; anything else (loops, conditions, substitutions) makes
the answer unknown, never wrong.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

SHELLS = {"sh", "bash", "dash", "ash", "zsh", "ksh"}
_TOOLS = ("curl", "wget", "netstat", "ss", "sleep")
_KEYWORD_NAMES = "while until for if case select function do done then else elif fi esac"
KEYWORDS = set(_KEYWORD_NAMES.split())
_CONDITIONS = {"test", "[", "[[", "false", "grep", "pgrep"}
#: Commands that return at once.
_INSTANT_NAMES = (
    ": true echo printf touch rm mv cp mkdir ln chmod chown kill pkill killall date cd export set unset logger ls cat id "
    "hostname umask ulimit readonly local"
)
INSTANT = _CONDITIONS | set(_INSTANT_NAMES.split())
_TOKEN = re.compile(
    r"""(?P<space>[ \t\r]+|\\\n)|(?P<comment>\#[^\n]*)|(?P<heredoc><<)
      |(?P<redirect>\d*(?:&>|>>|>&|<&|>\||>|<)[ \t]*(?:&?\d+|-|(?:'[^']*'|"[^"]*"|[^\s;&|()<>'"])+)?)
      |(?P<op>&&|\|\||;;|[;&|\n(){}](?=\s|$|[;&|(){}\w"'$/.\[])|[;&|\n()])
      |(?P<word>(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|\$\{[^}]*\}|\$\([^)]*\)|[^\s;&|()<>'"\\])+)|(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)


class Command(NamedTuple):
    """One simple command and the operator after it; `plain` says that its words hold no substitution."""

    words: tuple[str, ...]
    after: str
    plain: bool

    @property
    def name(self) -> str:
        """The program, without its folder."""
        return _base(self.words[0]) if self.words else ""


class Length(NamedTuple):
    """How long something takes: `seconds`, or `None` with what is certain in `at_least`. The others: see `Hook`."""

    seconds: float | None
    at_least: float
    drains_at: float | None = None
    listeners: tuple[float, str] | None = None
    stops_at: float | None = None
    quits: tuple[float, bool] | None = None


def _base(path: str) -> str:
    return path.rpartition("/")[2]


def _program(argv: Sequence[str]) -> list[str]:
    """A command line without a leading `busybox`."""
    return list(argv[1:] if argv and _base(argv[0]) == "busybox" else argv)


def script_of(argv: Sequence[str]) -> str | None:
    """The script of `sh -c SCRIPT`, or `None` for any other command line."""
    words = _program(argv)
    if not words or _base(words[0]) not in SHELLS:
        return None
    inline, rest = False, iter(words[1:])
    for word in rest:
        if word == "--" or (word[:1] in "-+" and len(word) > 1):
            inline = inline or bool(re.fullmatch(r"-[a-zA-Z]*c[a-zA-Z]*", word))
            if re.fullmatch(r"[-+][a-zA-Z]*[oO][a-zA-Z]*", word):
                next(rest, "")  # `-o pipefail`
            continue
        return word if inline else None
    return None


def commands(script: str) -> list[Command] | None:
    """A script as simple commands in order; `None` when it cannot be split safely."""
    found: list[Command] = []
    words: list[str] = []
    plain = True
    for token in _TOKEN.finditer(script):
        kind, text = token.lastgroup, token.group()
        if kind in ("heredoc", "other"):
            return None
        if kind == "word":
            plain = plain and not re.search(r"[$`]", re.sub(r"'[^']*'|\\.", "", text))
            words.append(re.sub(r"'([^']*)'|\"((?:\\.|[^\"\\])*)\"|\\(.)", _unquoted, text))
        elif kind == "op":
            after = ";" if text == "\n" else text
            if words or after in "(){}":
                found.append(Command(tuple(words), after, plain))
            words, plain = [], True
    if words:
        found.append(Command(tuple(words), "", plain))
    return found


def _unquoted(found: re.Match[str]) -> str:
    single, double, escaped = found.groups()
    return single if single is not None else re.sub(r"\\(.)", r"\1", double) if double is not None else escaped


def _stripped(command: Command) -> Command:
    """The command without assignments and prefixes that change nothing here."""
    words = list(command.words)
    while words and (re.fullmatch(r"[A-Za-z_]\w*=.*", words[0], re.DOTALL) or words[0] in ("command", "builtin", "!")):
        words.pop(0)
    return command._replace(words=tuple(words))


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


def simple(script: str) -> list[Command]:
    """The commands of a script, without the words `do`, `then` and the like that stand before some of them."""
    found = []
    for step in commands(script) or []:
        words = step.words
        while len(words) > 1 and words[0] in KEYWORDS - {"for", "case", "select", "function"}:
            words = words[1:]
        if words:
            found.append(step._replace(words=words))
    return found


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
_STOPS_PID_1 = re.compile(
    r"nginx -s (quit|stop)|\bkill( -(s )?(SIG)?(TERM|QUIT|INT|15|3|2))? 1$"
    r"|^(\S*/)?(pkill|killall)( -(s )?(SIG)?(TERM|QUIT|INT|15|3|2))? [^-]|kong quit( --wait[= ](?P<wait>\d+))?"
)


def splits_script(argv: Sequence[str]) -> bool:
    """Whether the words are split wrongly, so that it fails at once: `sh -c sleep 30`, or `sleep 30` as one word."""
    first, *more = (argv[0] if argv else "").split() or [""]
    if more and _base(first) in {*SHELLS, *INSTANT, *_TOOLS, "nginx", "pilot-agent", "busybox"}:
        return True
    script = script_of(argv)
    return script is not None and _base(script) == "sleep" and argv[-1] != script


def tools(argv: Sequence[str]) -> list[str]:
    """What a hook of istio-proxy calls that a distroless image of it lacks."""
    called = [one for one in _TOOLS if re.search(rf"(^|[\s/;&|(]){one}(\s|$)", " ".join(argv))]
    return [_base(argv[0]), *called] if argv and _base(argv[0]) in SHELLS else called


def lacks(image: str, argv: Sequence[str]) -> bool:
    """Whether an image of the closed list of shell-less images lacks the shell or `sleep` that a command needs."""
    if not argv or _base(argv[0]) not in SHELLS | {"sleep"}:
        return False
    name, _, tag = image.partition("@")[0].rpartition(":")
    if not name or "/" in tag:
        name, tag = image, ""
    if re.match(r"cgr\.dev/chainguard/(?!(busybox|bash|wolfi-base|git|curl)$)", name):
        return not tag.endswith("-dev")
    return "distroless" in image and "debug" not in image


def _is_instant(words: Sequence[str]) -> bool:
    name = _base(words[0])
    if name == "nginx":
        return "-s" in words
    line = " ".join(words)
    if name in ("curl", "wget", "pilot-agent"):
        return bool(re.search(r":(15000|15020)/|pilot-agent request", line))
    return name in INSTANT


def length(argv: Sequence[str]) -> Length:
    """How long an exec hook takes.

    Read from `sleep N` and from scripts that are a plain sequence of commands; the sleeps before a command that takes
    an unknown time are a lower bound. Units: seconds.
    """
    script = script_of(argv)
    steps = commands(script) if script is not None else [Command(tuple(_program(argv)), "", True)]
    if steps is None:
        return Length(None, 0.0)
    total, doubtful, skip, certain = 0.0, False, False, True
    list_start = 0.0  # the total before the current list of `&&` and `||`
    drains_at: float | None = None
    listeners: tuple[float, str] | None = None
    stops_at: float | None = None
    quits: tuple[float, bool] | None = None

    def ended(known: bool, least: float | None = None) -> Length:
        # An exec ends with its container: what follows the command that stops PID 1 is an upper bound.
        sure = total if least is None else least
        sure = sure if stops_at is None else min(sure, stops_at)
        length = total if known and certain and sure == total else None
        return Length(length, sure, drains_at, listeners, stops_at, quits)

    options = " ".join(argv[: argv.index(script)] if script is not None else ())
    stop_on_error = re.search(r"\s-[a-zA-Z]*e|\serrexit", options) or re.search(r"(^|[\s;])set -\w*e", script or "")
    for raw in steps:
        step = _stripped(raw)
        ends_list = step.after in (";", "&", "")
        if skip:
            skip = step.after == "||" or (not certain and not ends_list)
            list_start = total if ends_list else list_start
            continue
        words = step.words
        if not raw.plain and not all(_takes_no_time(inner) for inner in _substitutions(raw)):
            return ended(False)
        if not words:
            if step.after in "(){}&|" and step.after:
                return ended(False)
            continue
        replaces_shell = words[0] == "exec" and len(words) > 1
        if replaces_shell:
            words = words[1:]
        name = _base(words[0])
        if step.after == "&" and (total > list_start or not _is_instant(words)):
            return ended(False, list_start)  # the whole list runs in the background
        if name in KEYWORDS or name in (".", "source", "eval") or step.after in ("|", "(", ")", "{", "}", ";;"):
            return ended(False)
        inner = script_of(words)
        took: float | None
        if name == "exit":
            return ended(not doubtful)
        if name == "sleep":
            # `sh -c sleep 30` runs `sleep` without an argument, which fails at once.
            took = (sleep_seconds(words[1:]) if words[1:] else 0.0) if step.plain else None
        elif inner is not None and step.plain:
            took = length(words).seconds
        else:
            took = 0.0 if _is_instant(words) else None
            said = " ".join(words)
            stops = _STOPS_PID_1.search(said)
            if stops_at is None and stops is not None:
                took, stops_at = 0.0, total + float(stops["wait"] or 0)
            if calls_drain(said):
                took, drains_at = 0.0, total
            if "drain_listeners" in said:
                listeners = (total, "open" if "skip_exit" in said else "graceful" if "graceful" in said else "closed")
            called = "quitquitquit" in said and re.search("POST|--post| -d| --data", said)
            if called and quits is None and certain and not doubtful:
                quits = (total, "15020" in said)
        if took is None or (doubtful and took > 0):
            if stop_on_error:
                return ended(False)
            certain, skip = False, not ends_list  # what follows in this list hangs on it, what follows `;` does not
        else:
            total = round(total + took, 6)
        if total == float("inf"):
            return ended(True)
        doubtful = (step.after == "||" and name != "sleep") or (step.after == "&&" and name in _CONDITIONS)
        skip = skip or (step.after == "||" and name in ("sleep", "true", ":", "echo"))
        list_start = total if ends_list else list_start
        if replaces_shell:
            break
    return ended(True)


def _substitutions(step: Command) -> list[str]:
    """The scripts of `$(…)` and of backticks in a command."""
    return [one or other for one, other in re.findall(r"\$\(([^)]*)\)|`([^`]*)`", " ".join(step.words))]


def _takes_no_time(script: str) -> bool:
    return length(["sh", "-c", script]).seconds == 0
