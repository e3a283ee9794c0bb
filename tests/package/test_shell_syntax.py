"""Scripts that no shell can parse: where they are said to break, every shell of this machine breaks too, and there."""

from __future__ import annotations

import random
import shutil
import subprocess

import pytest
from timing_rules.shell.syntax import Refusal, refusal

#: Shells that are asked; each system has sh.
SHELLS = [
    ["sh"],
    *([name] for name in ("bash", "dash") if shutil.which(name)),
    *([["busybox", "sh"]] if shutil.which("busybox") else []),
]

BROKEN = [
    ("; a", ";", True, 0), ("a; ; b", ";", True, 0), ("a ;; b", ";;", True, 0), ("a &; b", ";", True, 0), ("a & & b", "&", True, 0), ("&& a", "&&", True, 0),
    ("a && && b", "&&", True, 0), ("a || | b", "|", True, 0), ("a &&", "&&", True, 0), ("a |\n\n", "|", True, 0), ("a\n; b", ";", True, 2),
    ("a &&\nb\n\n# c\n&& d", "&&", True, 12), ("if a; then b", "if", False, 0), ("if a; then; b; fi", ";", True, 0), ("if ; then b; fi", ";", True, 0),
    ("if a; then b; else fi", "fi", True, 0), ("if a; then b; elif c; then d; else e; fi; fi", "fi", True, 0), ("if a then b fi", "if", False, 0),
    ("while a; do; b; done", ";", True, 0), ("until a; do b;", "until", False, 0), ("for i in 1; do b; fi", "fi", True, 0), ("a; done", "done", True, 0),
    ("do a; done", "do", True, 0), ("then a", "then", True, 0), ("{ a", "{", False, 0), ("( a", "(", False, 0), ("a )", ")", True, 0),
    ("( )", ")", True, 0), ("a; }", "}", True, 0), ("(a) b", "b", True, 0), ("{ a; } b", "b", True, 0), ("if a; then b; fi c", "c", True, 0),
    ("a 'b", "'", False, 0), ('a\necho "b', '"', False, 2), ("a > /dev/null && ;", ";", True, 0), ("a $(b) ; ;", ";", True, 0), ("{ a; }\n{ b; }\n}", "}", True, 14),
]  # fmt: skip
SOUND = [
    "", "a", "a;", "a &", "a\n\n\nb", "a &&\n\n# c\nb", "if a; then b; elif c; then d; else e; fi", "if a\nthen\nb\nfi > x", "while a; do b; done; c", "until a; do b; done &",
    "for i in 1 2; do b; done", "for i\ndo b; done", "{ a; }; b", "{ a; } | b", "(a; b) && c", "( (a) )", "a {} b }", "find . -exec rm {} +", "! a", "echo if then fi", "A=b a",
    "> x", "> x a", "a # '", "a#'b'", "'if' a", "echo '; ;'", "a \\\n b", "a || b | c && d & e",
]  # fmt: skip
#: Errors and others that are not followed.
UNTOLD = [
    "{ a; } }",
    "case a in b) c;; esac", "f() { a; }", "function f { a; }", "[[ a && b ]]", "a <<E\nb\nE", "a `b`", "a $(b $(c))", "a $((1 + 2))", 'a "$(b "c")"', "a=(1 2)", "time { a; }",
    "a <(b)", "for ((;;)); do a; done", "a\r\n; b", "! ; a", "!", "! ! ;", "a >", "echo \"${a:-'}\"", "a \\", "select a in b; do c; done", "coproc a", "{a; }", "(a) $b",
]  # fmt: skip


@pytest.mark.parametrize(("script", "word", "closed", "start"), BROKEN)
def test_where_a_shell_stops(script: str, word: str, closed: bool, start: int) -> None:
    assert refusal(script) == refusal(script, "bash") == Refusal(word, closed, start)
    assert refusal(script, "zsh") is refusal(script, "fish") is None
    assert all(parses(shell, script) is False for shell in SHELLS)
    assert all(parses(shell, script[:start]) for shell in SHELLS)


@pytest.mark.parametrize("script", SOUND)
def test_what_can_be_parsed(script: str) -> None:
    assert refusal(script) is None and all(parses(shell, script) for shell in SHELLS)


@pytest.mark.parametrize("script", UNTOLD)
def test_what_is_not_followed(script: str) -> None:
    assert refusal(script) is None


def test_every_shell_breaks_where_one_is_said_to() -> None:
    words = [
        *"a;&|(){}!\n",
        "&&",
        "||",
        ";;",
        "if",
        "then",
        "else",
        "elif",
        "fi",
        "while",
        "do",
        "done",
        "for i in 1",
        "'q'",
        "# c\n",
        "> x",
        "$(b)",
    ]
    pick, told = random.Random(7), 0
    while told < 60:
        script = " ".join(pick.choices(words, k=pick.randint(1, 7)))
        if refusal(script) is not None:
            told += 1
            assert not any(parses(shell, script) for shell in SHELLS), script


def parses(shell: list[str], script: str) -> bool:
    """Whether a shell can parse a script; nothing of it is run."""
    return subprocess.run([*shell, "-n", "-c", script], capture_output=True, check=False).returncode == 0
