"""A text that cannot be read, and the limits that are held before anything is built."""

from __future__ import annotations

from ..text import Text

#: Counted in letters: enough to be sure that a text is not larger than memory bears.
MAX_BYTES = 5_000_000
MAX_DEPTH = 100
MAX_NODES = 100_000
TOO_DEEP = (
    Text(f"values are nested more than {MAX_DEPTH} levels deep", f"값이 {MAX_DEPTH}단계보다 깊게 중첩되어 있습니다"),
    Text("check the indentation and the brackets", "들여쓰기와 괄호를 확인하십시오"),
)


class ParseError(ValueError):
    """A text that cannot be read: the line, what is wrong, and how to mend it, filled in with `values` if there are any.

    `column` is where in the line reading stopped, from 1, where that is known. `template`: it is still to be rendered."""

    column = 1
    template = False

    def __init__(self, line: int, sentence: Text, fix: Text, **values: object) -> None:
        self.line = line
        self.sentence, self.fix = (one.format(**values) if values else one for one in (sentence, fix))
        super().__init__(self.sentence.en)
