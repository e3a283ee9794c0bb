"""A script as simple commands in order.

A script is understood when it is a plain sequence of commands; anything else (loops, conditions, substitutions) makes
the answer unknown, never wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

SHELLS = {"sh", "bash", "dash", "ash", "zsh", "ksh"}
_BOTH_AT_ONCE = {"bash", "zsh"}
_KEYWORD_NAMES = "while until for if case select function do done then else elif fi esac"
KEYWORDS = set(_KEYWORD_NAMES.split())
TOKEN = re.compile(
    r"""(?P<space>[ \t\r]+|\\\n)|(?P<comment>\#[^\n]*)|(?P<heredoc><<)
      |(?P<redirect>\d*(?:&>|>>|>&|<&|>\||>|<)[ \t]*(?:&?\d+|-|(?:'[^']*'|"[^"]*"|[^\s;&|()<>'"])+)?)
      |(?P<op>&&|\|\||;;|[;&|\n(){}](?=\s|$|[;&|(){}\w"'$/.\[])|[;&|\n()])
      |(?P<word>(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|\$\{[^}]*\}|\$\([^)]*\)|[^\s;&|()<>'"\\])+)|(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)


class Command(NamedTuple):
    """One simple command and the operator after it; `plain` says that its words hold no substitution.

    `raw` are its words as they are written, with their quotes; `redirected`: its input or output goes elsewhere.
    """

    words: tuple[str, ...]
    after: str
    plain: bool
    raw: tuple[str, ...] = ()
    redirected: bool = False

    @property
    def name(self) -> str:
        """The program, without its folder."""
        return base(self.words[0]) if self.words else ""


def base(path: str) -> str:
    """A program's name without its folder."""
    return path.rpartition("/")[2]


def program(argv: Sequence[str]) -> list[str]:
    """A command line without what only starts it: see `started`."""
    return started(argv)[1]


def started(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """How long a command line lets a command run, by `timeout`, and the command, without an `env` that sets nothing, and
    without `busybox`."""
    words, limits = list(argv), []
    while words:
        limited = _timeout_of(words)
        if limited is not None:
            limits.append(limited[0])
            words = limited[1]
        elif base(words[0]) == "busybox" or (base(words[0]) == "env" and len(words) > 1 and "=" not in words[1]):
            words.pop(0)
        else:
            break
    return limits, words


def _timeout_of(words: Sequence[str]) -> tuple[str, list[str]] | None:
    """How long `timeout` lets a command run, as it is written, and the command; `None` for what is no `timeout`.

    `timeout -t 10`, which BusyBox took up to 1.29, is an error to others. Source: coreutils 9.5, `src/timeout.c`.
    """
    if not words or base(words[0]) != "timeout":
        return None
    rest = list(words[1:])
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option in ("-k", "-s", "--kill-after", "--signal"):
            del rest[:1]
        elif not _TIMEOUT_OPTION.fullmatch(option):
            return None
    return (rest[0], rest[1:]) if len(rest) > 1 else None


def script_of(argv: Sequence[str]) -> str | None:
    """The script of `sh -c SCRIPT`, or `None` for any other command line."""
    words = program(argv)
    if not words or base(words[0]) not in SHELLS:
        return None
    inline, rest = False, iter(words[1:])
    for word in rest:
        if is_option(word):
            inline = inline or bool(re.fullmatch(r"-[a-zA-Z]*c[a-zA-Z]*", word))
            if re.fullmatch(r"[-+][a-zA-Z]*[oO][a-zA-Z]*", word):
                next(rest, "")  # `-o pipefail`
            continue
        return word if inline else None
    return None


def is_option(word: str) -> bool:
    """Whether a word behind a shell's name is an option of it; `-` alone ends them, as `--` does."""
    return word.startswith(("-", "+"))


def commands(script: str, shell: str = "bash") -> list[Command] | None:
    """A script as simple commands in order; `None` when it cannot be split safely.

    `&>` redirects in some shells alone: to others, such as the sh of Debian, its `&` ends a command in the background.
    """
    found: list[Command] = []
    raw: list[str] = []
    redirected = False
    for token in TOKEN.finditer(script):
        kind, text = token.lastgroup, token.group()
        if kind in ("heredoc", "other") or (kind == "redirect" and "&>" in text and shell not in _BOTH_AT_ONCE):
            return None
        redirected = redirected or kind == "redirect"
        if kind == "word":
            raw.append(text)
        elif kind == "op":
            after = ";" if text == "\n" else text
            if raw or after in "(){}":
                found.append(_command(raw, after)._replace(redirected=redirected))
            raw, redirected = [], False
    if raw:
        found.append(_command(raw, "")._replace(redirected=redirected))
    return found


_QUOTES = re.compile(r"'([^']*)'|\"((?:\\.|[^\"\\])*)\"|\\(.)", re.DOTALL)
_VARIABLE = re.compile(
    r"(?P<literal>'[^']*'|\\.)|\$(?:\{(?P<braced>[A-Za-z_]\w*|\d)(?::?[-=](?P<default>[^}]*))?\}|(?P<bare>[A-Za-z_]\w*|\d))",
    re.DOTALL,
)
_TIMEOUT_OPTION = re.compile(r"-[ks].+|--(kill-after|signal)=.*|-v|-f|-p|--verbose|--foreground|--preserve-status|--")
#: Values that stay one word, whatever stands around them.
_ONE_WORD = re.compile(r"[\w.:/@%+=,-]+")


def _command(raw: Sequence[str], after: str) -> Command:
    plain = not any(re.search(r"[$`]", re.sub(r"'[^']*'|\\.", "", text)) for text in raw)
    return Command(tuple(_QUOTES.sub(_unquoted, text) for text in raw), after, plain, tuple(raw))


def expanded(command: Command, variables: Mapping[str, str]) -> Command:
    """A command with the variables whose value is known. A value that would be split, or is empty, stays unknown."""

    def value(match: re.Match[str]) -> str:
        name, default = match["braced"] or match["bare"], match["default"]
        if name not in variables:
            return match[0]
        known = variables[name] or default or ""
        return known if _ONE_WORD.fullmatch(known) else match[0]

    if not variables:
        return command
    return _command([_VARIABLE.sub(value, text) for text in command.raw], command.after)


def _unquoted(found: re.Match[str]) -> str:
    single, double, escaped = found.groups()
    return single if single is not None else re.sub(r"\\(.)", r"\1", double) if double is not None else escaped


ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)


def stripped(command: Command) -> Command:
    """The command without assignments and prefixes that change nothing here."""
    words = list(command.words)
    while words and (ASSIGNMENT.fullmatch(words[0]) or words[0] in ("command", "builtin", "!", "time", "nohup")):
        words.pop(0)
    return command._replace(words=tuple(words))


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


def substitutions(step: Command) -> list[str]:
    """The scripts of `$(…)` and of backticks in a command."""
    return [one or other for one, other in re.findall(r"\$\(([^)]*)\)|`([^`]*)`", " ".join(step.words))]
