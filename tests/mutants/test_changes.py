"""The changes that `make mutants` tries: each is one, and those listed as equivalent still stand in the files."""

from __future__ import annotations

import ast
import random
from pathlib import Path

import pytest

from tests.mutants.__main__ import draw, summary, told
from tests.mutants.changes import MARK, Change, changed, changes
from tests.mutants.equivalent import equivalents
from tests.mutants.trials import PACKAGE, Outcome, Reach
from tests.mutants.types import Types

SOURCE = '''"""A docstring of 3 words."""
import os
LIMIT: int = 30
def late(hooks: list[int], *, most=LIMIT) -> str | None:
    """Another one."""
    if hooks and most > 3:
        os.abort()
    whole = [hook + 1 for hook in hooks if hook]
    return Text("late", "늦음") if not whole else None
    return False
'''
#: The line, the kind, what is changed into what.
WANTED = [
    (3, "number", "30 → 31"), (3, "number", "30 → 29"), (6, "and, or", "hooks and most > 3 → hooks or most > 3"),
    (6, "operand dropped", "hooks and most > 3 → most > 3"), (6, "operand dropped", "hooks and most > 3 → hooks"),
    (6, "comparison", "most > 3 → most >= 3"), (6, "comparison", "most > 3 → most <= 3"), (6, "number", "3 → 4"),
    (6, "number", "3 → 2"), (7, "deleted", "os.abort() → (nothing)"), (8, "arithmetic", "hook + 1 → hook - 1"),
    (8, "number", "1 → 2"), (8, "number", "1 → 0"), (8, "condition", "for hook in hooks if hook → for hook in hooks"),
    (9, "deleted", "return Text('late', '늦음') if not whole else None → return"),
    (9, "condition", "Text('late', '늦음') if not whole else None → None if not whole else Text('late', '늦음')"),
    (9, "sign dropped", "not whole → whole"), (9, "sentence", f"'late' → 'late{MARK}'"), (9, "sentence", f"'늦음' → '늦음{MARK}'"),
    (10, "truth", "False → True"),
]  # fmt: skip


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "late.py"
    file.write_text(SOURCE, encoding="utf-8")
    return file


def test_every_change_of_a_file_and_no_other(source: Path) -> None:
    listed = changes(source)
    assert sorted((change.line, change.kind, change.words) for change in listed) == sorted(WANTED)
    assert {change.function for change in listed if change.line > 5} == {"late"} and not listed[0].function


def test_a_change_is_in_the_tree_and_alone_there(source: Path) -> None:
    plain, trees = ast.unparse(ast.parse(SOURCE)), [ast.unparse(changed(change)) for change in changes(source)]
    assert len({plain, *trees}) == len(trees) + 1
    for change, tree in zip(changes(source), trees, strict=True):
        lines = [pair for pair in zip(plain.splitlines(), tree.splitlines(), strict=True) if pair[0] != pair[1]]
        assert len(lines) == 1, change


def test_any_change_of_the_package_can_be_compiled() -> None:
    for change in draw(1, 60):
        compile(changed(change), str(change.path), "exec")


def test_a_seed_draws_the_same_changes_again() -> None:
    assert draw(7, 20) == draw(7, 20) != draw(8, 20)
    assert {change.path.name for change in draw(7, 20, "cli.py")} == {"cli.py"}


def test_what_makes_no_difference_is_one_of_the_changes_and_is_not_drawn() -> None:
    every = {
        (path.relative_to(PACKAGE).as_posix(), change.function, change.words)
        for path in PACKAGE.rglob("*.py")
        for change in changes(path)
    }
    gone = set(equivalents()) - every
    assert not gone, f"tests/mutants/equivalent.txt lists what no longer stands in the file: {gone}"
    assert all(equivalents().values())
    drawn = draw(random.randrange(100), 10**6)
    assert not {(one.path.relative_to(PACKAGE).as_posix(), one.function, one.words) for one in drawn} & set(
        equivalents()
    )


def test_tests_are_tried_in_the_order_of_their_cost() -> None:
    path = PACKAGE / "text.py"
    change = Change(path, 4, 5, "seconds", "number", "1", "2", 0)
    table = Reach(
        {str(path): {4: {"slow", "quick"}, 5: {"other"}, 9: {"no"}}},
        {},
        {"slow": 3, "quick": 1, "other": 2, "no": 0, "far": 0},
    )
    assert table.of(change) == ["quick", "other", "slow"]
    assert table.of(change._replace(function=""))[-1] == "far"  # and after those that reach its file, all others
    imported = table._replace(tests={str(path): {9: {"no"}}}, at_import={str(path): {5}})
    assert not table.is_for_imports(change) and imported.is_for_imports(change) and imported.of(change)[0] == "no"


def test_the_run_fails_where_less_than_nine_in_ten_died(capsys: pytest.CaptureFixture[str]) -> None:
    change = changes(PACKAGE / "text.py")[0]
    ends = ["dead"] * 8 + ["late", "alive"]
    assert summary([Outcome(change, end) for end in ends]) == 0
    assert "9 of 10 died (90.0%), 1 of them by their time, 0 by the type checker alone; 0 no" in capsys.readouterr().out
    assert summary([Outcome(change, end) for end in [*ends, "refused"]]) == 0
    assert "10 of 11 died (90.9%), 1 of them by their time, 1 by the type" in capsys.readouterr().out
    assert summary([Outcome(change, end) for end in [*ends, "unreached"]]) == 1
    assert "9 of 11 died" in capsys.readouterr().out
    assert told(Outcome(change, "alive")).startswith("snippets/timing_rules/text.py:")


def test_a_change_that_forgets_what_may_be_missing_is_refused_by_the_type_checker(tmp_path: Path) -> None:
    types = Types(tmp_path)
    of_holds = {change.words: change for change in changes(PACKAGE / "versions.py") if change.function == "holds"}
    whole = "self.since is not None and (version is None or version >= self.since)"
    assert types.refuse(of_holds[f"{whole} → version is None or version >= self.since"])
    assert not types.refuse(of_holds["version >= self.since → version > self.since"])
