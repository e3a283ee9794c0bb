"""Input that cannot be read, as its reader is told."""

from __future__ import annotations

from ..domain import MeshConfig, Pod
from ..text import PAUSE, Text


class ManifestError(ValueError):
    """Input that cannot be read: where, what is wrong, how to mend it. `items` holds what was read besides it.

    `others` holds further errors of the same input. `column` is where in the line reading stopped, where that is known.
    """

    column = 1

    def __init__(self, source: str, line: int, sentence: Text, fix: Text) -> None:
        self.source, self.file, self.line = source, source, line
        self.sentence, self.fix = sentence, fix
        self.items: list[Pod | MeshConfig] = []
        self.others: list[ManifestError] = []
        super().__init__(self.describe("en"))

    def describe(self, lang: str) -> str:
        """The whole sentence for a reader: file, line, what, how to mend it."""
        return f"{self.source}:{self.line}: {self.sentence.get(lang)}{PAUSE.get(lang, '; ')}{self.fix.get(lang)}"
