"""Where a shell stops to read a script: an operator without a command, a loop or a quote without its end.

A shell reads line by line: what stands in whole lines before the error has run by then. What dash, bash and BusyBox do
not agree on, and what takes more than this to follow (`case`, functions, here-documents, backticks), is never said to be
an error.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .script import SHELLS, TOKEN

#: Shells that take more than POSIX asks for.
_LENIENT = {"zsh"}
#: Words at the start of a command behind which another grammar begins, or another shell's.
_NOT_FOLLOWED = {"case", "esac", "select", "function", "[[", "time", "coproc", "in"}
_OPENS = {"if": "if", "while": "while", "until": "while", "{": "{", "(": "("}
#: What a word turns the construct that it stands in into, and what closes it.
_TURNS = {
    ("then", "if"): "then",
    ("elif", "then"): "if",
    ("else", "then"): "else",
    ("do", "while"): "do",
    ("do", "for"): "do",
}
_CLOSES = {("fi", "then"), ("fi", "else"), ("done", "do"), ("}", "{"), (")", "(")}
_RESERVED = {word for word, _ in (*_TURNS, *_CLOSES)}
_JOINTS = {"&&", "||", "|"}
_FOLLOWABLE = re.compile(r"(?:[^`$\r]|\$(?!\()|\$\([^()'\"`]*\))*")


class Refusal(NamedTuple):
    """Where a shell refuses a script: at `word`, or because `word` is never closed; `start` is where its line begins."""

    word: str
    closed: bool
    start: int


class _Unknown(Exception):
    """Something that is not followed."""


def refusal(script: str, shell: str = "sh") -> Refusal | None:
    """Where a shell refuses a script, or `None` where it does not, or nobody can tell."""
    if shell not in SHELLS - _LENIENT or not _FOLLOWABLE.fullmatch(script):
        return None
    try:
        return _Grammar(script).refusal()
    except _Unknown:
        return None


class _Grammar:
    """The tokens of a script, read in order.

    `stack` holds the constructs that are open, `at` whether a command begins here (`start`), is being written (`words`),
    or was a construct (`after`); `needs`: a command must come. `start` is where the line began that is read.
    """

    def __init__(self, script: str) -> None:
        self.script = script
        self.stack: list[tuple[str, str]] = []
        self.at, self.needs, self.start, self.last = "start", False, 0, ""

    def refusal(self) -> Refusal | None:
        """Where the script is refused."""
        for token in TOKEN.finditer(self.script):
            kind, text = str(token.lastgroup), token.group()
            if kind in ("space", "comment"):
                continue
            if kind == "other" and text in "'\"" and "$" not in self.script:
                return Refusal(text, False, self.start)
            if kind in ("heredoc", "other") or (kind == "redirect" and text.rstrip(" \t")[-1:] in "<>&|"):
                raise _Unknown
            if not self._takes(kind, text, token.end()):
                return Refusal(text, True, self.start)
            self.last = self.last if text == "\n" else text
        if self.stack:
            return Refusal(self.stack[-1][1], False, self.start)
        return Refusal(self.last, True, self.start) if self.needs and self.last != "!" else None

    def _takes(self, kind: str, text: str, end: int) -> bool:
        """Whether the shell takes a token here."""
        if text in ("{", "}") and (self.at == "words" or re.match(r"[^\s;&|)]", self.script[end:])):
            kind = "word"  # `{}` of find, `{a`
            if self.at != "words":
                raise _Unknown
        if kind == "redirect":
            self.at = "words" if self.at == "start" else self.at
            self.needs = False
            return True
        if kind == "word" or text in ("{", "}", "(", ")"):
            return self._word(text)
        if text == "\n":
            return self._line(end)
        return self._operator(text)

    def _word(self, text: str) -> bool:
        if text == ")" or (self.at == "start" and text in _RESERVED):
            return self._turn(text)
        if text == "(" and self.at == "words":
            raise _Unknown  # a function, an array
        if self.at != "start":
            return self.at == "words" or self._not_after(text)
        if text in _NOT_FOLLOWED or (self.stack and self.stack[-1][0] == "for"):
            raise _Unknown
        if text == "!":
            self.needs = True
        elif text in _OPENS:
            self.stack.append((_OPENS[text], text))
            self.needs = True
        else:
            if text == "for":
                self.stack.append(("for", text))
            self.at, self.needs = "words", False
        return True

    @staticmethod
    def _not_after(text: str) -> bool:
        """Nothing but an operator follows a construct; shells differ in what else may be there."""
        if not re.fullmatch(r"[\w./-]+", text) or text in _RESERVED:
            raise _Unknown
        return False

    def _turn(self, text: str) -> bool:
        """A word that goes on with the construct around it, or ends it."""
        within = self.stack[-1][0] if self.stack else ""
        if self.last == "!" or (text == "do" and within == "for" and self.at == "words"):
            raise _Unknown
        if self.needs:
            return False
        if (text, within) in _CLOSES:
            self.stack.pop()
            self.at = "after"
            return True
        if (text, within) not in _TURNS:
            return False
        self.stack[-1] = (_TURNS[text, within], self.stack[-1][1])
        self.at, self.needs = "start", True
        return True

    def _line(self, end: int) -> bool:
        if self.last == "!":
            raise _Unknown
        if self.at != "start":
            self.at, self.needs = "start", False
        if not self.stack and not self.needs:
            self.start = end
        return True

    def _operator(self, text: str) -> bool:
        if self.last == "!":
            raise _Unknown
        if self.at == "start" or text == ";;":
            return False
        self.at, self.needs = "start", text in _JOINTS
        return True
