"""Changes that make no difference to anybody, from equivalent.txt."""

from __future__ import annotations

from pathlib import Path

LIST = Path(__file__).with_name("equivalent.txt")


def equivalents() -> dict[tuple[str, str, str], str]:
    """File, function and words of each change that makes no difference, with the reason."""
    listed: dict[tuple[str, str, str], str] = {}
    for block in LIST.read_text(encoding="utf-8").split("\n\n"):
        lines = [line for line in block.splitlines() if not line.startswith("#")]
        if lines:
            place, words, reason = lines
            path, _, function = place.partition(" ")
            listed[path, function, words] = reason.strip()
    return listed
