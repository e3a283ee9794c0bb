"""Words of an exec hook that no exec can run as they are meant. Kubernetes starts no shell, and expands nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from ..text import Text
from .programs import KNOWN, NEED_ARGUMENTS
from .script import SHELLS, base, commands, is_option, program, script_of
from .syntax import refusal

_SLEEP_TIME = re.compile(
    r"\+?(0x[\da-f]+|(\d+\.?\d*|\.\d+)(e[+-]?\d+)?)[smhd]?|inf(inity)?|nan", re.IGNORECASE | re.ASCII
)
_OPERATORS = {"&&", "||", ";", "|", "&"}
#: Programs to which an operator, or a brace, is an argument like any other.
_TAKE_ANYTHING = {
    "find",
    "expr",
    "test",
    "[",
    "awk",
    "gawk",
    "jq",
    "yq",
    "perl",
    "python",
    "python3",
    "node",
    "ruby",
    "php",
}
_REFERENCE = re.compile(r"\$\(([A-Za-z_][\w.-]*)\)")
_BRACED = re.compile(r"\$\{[A-Za-z_]\w*[^}]*\}")
#: What a shell would read in a word: a variable, or the output of a command.
_FOR_A_SHELL = re.compile(r"\$[A-Za-z_{(]|`")
#: A program and its arguments in one word: what follows the name is an option, a number, a path or an operator; or the
#: name, which a folder of PATH should hold, has no folder of its own, or it is a script's.
_ONE_WORD = re.compile(r"[\w./-]+\s+(-{1,2}\w|\d|[./]|.*(&&|;|\|))|[\w.-]+\s+\S|[\w./-]+\.((ba|z)?sh|py|pl|rb|js)\s+\S")
#: Programs that do nothing but fail without an argument.
_FAIL_ALONE = {"sleep", "kill", "pkill", "killall"}


class Failure(StrEnum):
    """Why the words of an exec hook do not do what they are meant to."""

    ALONE = "alone"
    EMPTY = "empty"
    GLUED = "glued"
    ONE_WORD = "one-word"
    QUOTED = "quoted"
    NO_OPTION = "no-option"
    NO_SCRIPT = "no-script"
    SPLIT = "split"
    REFERENCE = "reference"
    SLEEP = "sleep"
    OPERATOR = "operator"
    RETURN = "return"
    SYNTAX = "syntax"
    UNCLOSED = "unclosed"
    VARIABLE = "variable"


class Fault(NamedTuple):
    """A failure, with the word that it hangs on."""

    failure: Failure
    word: str

    @property
    def reason(self) -> Text:
        """It in words, to stand behind the name of a container and before "so it fails at once"."""
        en, ko = REASONS[self.failure]
        word = self.word or '""'
        return Text(en.format(word=word), ko.format(word=word))


REASONS = {
    Failure.ALONE: Text("`{word}` needs an argument", "`{word}` 명령에 인자가 없습니다"),
    Failure.EMPTY: Text(
        "its first word, the name of the program, is empty", "프로그램 이름이 될 첫 낱말이 비어 있습니다"
    ),
    Failure.GLUED: Text("its shell takes the whole of `{word}` for options", "셸은 `{word}` 전체를 옵션으로 봅니다"),
    Failure.ONE_WORD: Text("no program is called `{word}`", "`{word}` 프로그램은 없습니다"),
    Failure.QUOTED: Text(
        "the quotes within the quotes make `{word}` the name of one program",
        "따옴표 안에 따옴표가 또 있어 `{word}` 전체가 프로그램 이름이 됩니다",
    ),
    Failure.NO_OPTION: Text(
        "a shell without -c takes `{word}` for the name of a file",
        "`-c` 옵션이 없는 셸은 `{word}` 값을 파일 이름으로 봅니다",
    ),
    Failure.NO_SCRIPT: Text("the -c of its shell has no script behind it", "셸의 `-c` 옵션 뒤에 스크립트가 없습니다"),
    Failure.SPLIT: Text(
        "`{word}` alone is the script of its shell, and the words behind it are not part of it",
        "셸 스크립트는 `{word}` 한 낱말뿐이고 그 뒤의 낱말은 스크립트에 들어가지 않습니다",
    ),
    Failure.REFERENCE: Text(
        "nobody expands `{word}` in a hook: Kubernetes does so in command, args and env only",
        "쿠버네티스는 훅에 있는 `{word}` 참조를 값으로 바꾸지 않습니다. command, args, env 필드에서만 바꿉니다",
    ),
    Failure.SLEEP: Text(
        "sleep refuses `{word}`: without a shell nobody reads it first",
        "sleep 프로그램은 `{word}` 값을 받지 않습니다. 셸이 없으므로 미리 해석해 주는 쪽도 없습니다",
    ),
    Failure.OPERATOR: Text(
        "without a shell `{word}` is an argument like any other, and nothing behind it is run",
        "셸이 없으면 `{word}` 값은 여느 인자와 같고 그 뒤의 명령은 실행되지 않습니다",
    ),
    Failure.RETURN: Text(
        "a carriage return (CRLF) stands behind `{word}`, so sleep refuses its argument",
        "`{word}` 뒤에 캐리지 리턴(CRLF)이 있어 sleep 프로그램이 인자를 받지 않습니다",
    ),
    Failure.SYNTAX: Text(
        "its shell cannot parse the script, and stops at `{word}`",
        "셸이 스크립트를 해석하지 못하고 `{word}` 위치에서 멈춥니다",
    ),
    Failure.UNCLOSED: Text(
        "its shell cannot parse the script: `{word}` is never closed",
        "셸이 스크립트를 해석하지 못합니다. `{word}` 부분을 닫는 짝이 없습니다",
    ),
    Failure.VARIABLE: Text(
        "without a shell nobody expands `{word}`", "셸이 없으면 `{word}` 부분을 값으로 바꾸는 쪽이 없습니다"
    ),
}


def fault(argv: Sequence[str]) -> Fault | None:
    """What is wrong with the words of an exec hook; `None` for what can run."""
    words = program(argv)
    if not words or any("{{" in word for word in words):  # a template's placeholder
        return None
    first = words[0]
    if not first.strip():
        return Fault(Failure.EMPTY, first)
    if first[:1] in "'\"" and first[-1:] == first[:1]:
        return Fault(Failure.QUOTED, first)
    head, *more = first.split()
    if more and (base(head) in KNOWN or _ONE_WORD.match(first)):
        return Fault(Failure.ONE_WORD, first)
    return _of_shell(words) if base(first) in SHELLS else _of_program(words)


def _of_shell(words: Sequence[str]) -> Fault | None:
    glued = next((word for word in words[1:2] if word.startswith("-") and " " in word), None)
    if glued is not None:
        return Fault(Failure.GLUED, glued)
    script = script_of(words)
    if script is None:
        operand = next((word for word in words[1:] if not is_option(word)), None)
        if operand is None:
            ends = re.fullmatch(r"-[a-zA-Z]*c", words[-1])
            return Fault(Failure.NO_SCRIPT, words[-1]) if ends else None
        return Fault(Failure.NO_OPTION, operand) if _is_script(operand) else None
    crlf = re.search(r"\bsleep[ \t]+[\d.]+[smhd]?(?=\r)", script)
    if crlf:
        return Fault(Failure.RETURN, crlf[0])
    reference = re.search(r"\$\([A-Z_][A-Z\d_]*\)", re.sub(r"'[^']*'", "", script))
    if reference:
        return Fault(Failure.REFERENCE, reference[0])
    if base(script) in NEED_ARGUMENTS and words[-1] != script:
        return Fault(Failure.SPLIT, script)
    steps = commands(script) or []
    head, *more = (steps[0].words[0] if steps and steps[0].words else "").split() or [""]
    if more and base(head) in KNOWN:
        return Fault(Failure.QUOTED, " ".join((head, *more)))
    refused = refusal(script, base(words[0]))
    if refused is None or commands(script[: refused.start]) != []:
        return None  # the lines before it run
    return Fault(Failure.SYNTAX if refused.closed else Failure.UNCLOSED, refused.word)


def _is_script(operand: str) -> bool:
    """Whether the file that a shell is to read is a script itself, several words or the name of a program, or was an option."""
    if operand.startswith(("‒", "–", "—", "−")):  # a hyphen that a word processor has made a dash
        return True
    head, *more = operand.split() or [""]
    if more:
        return base(head) in KNOWN or bool(re.search(r"[;&|$]|\.(ba)?sh\s", operand))
    return base(head) in KNOWN


def _of_program(words: Sequence[str]) -> Fault | None:
    name = base(words[0])
    if name in _TAKE_ANYTHING:
        return None
    if name in _FAIL_ALONE and len(words) == 1:
        return Fault(Failure.ALONE, name)
    for word in words[1:]:
        if name == "sleep" and not _SLEEP_TIME.fullmatch(word) and word not in _OPERATORS | {"--help", "--version"}:
            reference = _REFERENCE.search(word)
            return Fault(Failure.REFERENCE if reference else Failure.SLEEP, word)
        if word in _OPERATORS:
            return Fault(Failure.OPERATOR, word)
        if _REFERENCE.search(word):
            return Fault(Failure.REFERENCE, word)
        if _BRACED.search(word) or (name in KNOWN and _FOR_A_SHELL.search(word)):
            return Fault(Failure.VARIABLE, word)
    return None
