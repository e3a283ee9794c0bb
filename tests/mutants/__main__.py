"""Changes the package in small ways and counts the changes that no test sees: `make mutants` (SEED=, COUNT=, ONLY=).

Draws COUNT changes (see changes.py) with SEED from all of the package, or from files whose path holds ONLY, tries each
(trials.py), and tells those that lived: no test fails, nor does the type checker, which runs wherever the tests do. Exits
with 1 where less than 90 % died. Changes that make no difference are listed
in equivalent.txt, with the reason, and do not count.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from collections import Counter

from tests.mutants.changes import Change, changes
from tests.mutants.equivalent import equivalents
from tests.mutants.trials import PACKAGE, ROOT, Outcome, reach, tried

BAR = 0.9


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="a part of a path, such as rules/ or cli.py")
    given = parser.parse_args()
    os.nice(10)
    drawn = draw(given.seed, given.count, given.only)
    print(f"{len(drawn)} changes, seed {given.seed}; first every test is run once without any.", flush=True)
    outcomes = []
    for outcome in tried(drawn, reach(), given.jobs):
        outcomes.append(outcome)
        if outcome.end in ("alive", "unreached"):
            print(told(outcome), flush=True)
    return summary(outcomes)


def draw(seed: int, count: int, only: str = "") -> list[Change]:
    """So many changes at random, those left out that make no difference."""
    known = equivalents()
    listed = [
        change
        for path in sorted(PACKAGE.rglob("*.py"))
        if only in path.relative_to(PACKAGE).as_posix()
        for change in changes(path)
        if (path.relative_to(PACKAGE).as_posix(), change.function, change.words) not in known
    ]
    return random.Random(seed).sample(listed, min(count, len(listed)))


def told(outcome: Outcome) -> str:
    change = outcome.change
    place = f"{change.path.relative_to(ROOT)}:{change.line}"
    return f"{place}: {outcome.end} ({change.kind}, {change.function or 'outside of functions'}): {change.words}"


def summary(outcomes: list[Outcome]) -> int:
    ends, by_kind = Counter(outcome.end for outcome in outcomes), Counter(outcome.change.kind for outcome in outcomes)
    lived = Counter(outcome.change.kind for outcome in outcomes if outcome.end in ("alive", "unreached"))
    for kind, count in sorted(by_kind.items()):
        print(f"  {kind:16} {count - lived[kind]:4} of {count:4} died")
    died = ends["dead"] + ends["late"] + ends["refused"]
    how = f"{ends['late']} of them by their time, {ends['refused']} by the type checker alone"
    print(f"{died} of {len(outcomes)} died ({died / len(outcomes):.1%}), {how}; {ends['unreached']} no test reaches")
    return int(died < BAR * len(outcomes))


if __name__ == "__main__":
    sys.exit(main())
