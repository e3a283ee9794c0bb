"""What a misspelled name most likely means, and which names a pattern means."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache


def fits(glob: str, name: str) -> bool:
    """Whether a name is as a pattern says: `*` stands for anything, `?` for one letter."""
    return re.fullmatch(re.escape(glob).replace(r"\*", ".*").replace(r"\?", "."), name, re.DOTALL) is not None


def edits_apart(name: str, other: str, most: int = 2) -> bool:
    """Whether two names are at most `most` edits (insert, delete, change, swap neighbours) apart."""
    if abs(len(name) - len(other)) > most:
        return False
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(name, start=1):
        before, last, row = row, before, [i] + [0] * len(other)
        for j, b in enumerate(other, start=1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and name[i - 2] == b:
                row[j] = min(row[j], last[j - 2] + 1)
    return row[-1] <= most


def nearest(name: str, known: Iterable[str], most: int = 2) -> str | None:
    """The known name that `name` most likely means: equal but for case, `_` and `-`, or within `most` edits."""
    return _nearest(name, tuple(known), most)


@lru_cache(maxsize=10_000)  # a cluster's manifests hold the same few names again and again
def _nearest(name: str, known: tuple[str, ...], most: int) -> str | None:
    if len(name) < 4:
        return None
    flat, *others = (re.sub(r"[-_.]", "", text).lower() for text in (name, *known))
    same = [right for right, other in zip(known, others, strict=True) if other == flat]
    # With another first letter two edits make another word: `egressClass` is no misspelled `ingressClass`.
    apart = {right: most if right[0].lower() == name[0].lower() else 1 for right in known}
    close = same[:1] or [right for right in known if edits_apart(name, right, apart[right])]
    return min(close, key=lambda right: abs(len(right) - len(name)), default=None)
