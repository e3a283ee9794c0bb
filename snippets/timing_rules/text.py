"""A sentence in the two languages of the product.

Whoever says something to a reader says it here, in English and Korean side by side, so that neither can be forgotten.
"""

from __future__ import annotations

from typing import NamedTuple

LANGUAGES = ("en", "ko")
PAUSE = {"en": "; ", "ko": ". "}  # between what is wrong and how to mend it


class Text(NamedTuple):
    """One sentence, in English and in Korean."""

    en: str
    ko: str

    def get(self, lang: str) -> str:
        """The sentence in `lang` (`en` or `ko`; any other language gets English)."""
        return self.ko if lang == "ko" else self.en

    def format(self, **values: object) -> Text:
        """The same sentence with `{name}` replaced in both languages."""
        return Text(self.en.format(**values), self.ko.format(**values))


def seconds(value: float | None) -> str:
    """A time for a sentence: `30`, `9.9`, `0.25`; `?` for an unknown one. Seconds, without the unit."""
    if value is None or value == float("inf"):
        return "?" if value is None else "∞"
    return f"{value:.6f}".rstrip("0").rstrip(".")
