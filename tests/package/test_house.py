"""The order of the rooms, their size, and what an import loads."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator

import pytest
from timing_rules.versions import NEWEST

from tests.examples.manifests import ROOT

HOUSE = ROOT / "snippets" / "timing_rules"
#: Each room imports only those before it; rooms in one entry know nothing of each other.
ORDER = [
    "text", "duration tree", "versions", "pod", "fields shell", "declared", "manifest", "timeline", "rules.registry",
    "rules.kubernetes rules.istio rules.environment", "rules", "figure report", "cli", "__main__",
]  # fmt: skip
RANK = {room: rank for rank, rooms in enumerate(ORDER) for room in rooms.split()} | {"events": 6.5}
FILES = {
    ".".join(path.relative_to(HOUSE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(HOUSE.rglob("*.py"))
}


def imported(room: str) -> Iterator[str]:
    """The rooms that a room imports when it runs."""
    tree = ast.parse(FILES[room].read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    inside = room.startswith("rules")
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            prefix = "rules." if inside and node.level == 1 else ""
            for name in [node.module] if node.module else [alias.name for alias in node.names]:
                yield prefix + name


def test_every_room_is_known() -> None:
    assert set(FILES) - {"__init__"} == set(RANK)


@pytest.mark.parametrize("room", sorted(set(FILES) - {"__init__"}))
def test_each_room_imports_only_those_above_it(room: str) -> None:
    wrong = [other for other in imported(room) if RANK[other] >= RANK[room]]
    assert not wrong, f"{room} imports {wrong}"


def test_importing_the_package_loads_neither_the_command_line_nor_pictures() -> None:
    code = "import sys, timing_rules; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT / "snippets")},
        check=True,
    )
    loaded = set(ran.stdout.split())
    assert "timing_rules.timeline" in loaded and not loaded & {
        "timing_rules.cli",
        "timing_rules.figure",
        "timing_rules.report",
        "argparse",
        "html",
    }


def length(*rooms: str) -> int:
    return sum(len(FILES[room].read_text(encoding="utf-8").splitlines()) for room in rooms)


def test_the_core_stays_small() -> None:
    assert length("duration", "versions", "pod", "timeline") < 1_000


def test_the_whole_stays_small() -> None:
    """Thirty rules with every sentence in two languages; yamllint takes 4,800 lines for 23 rules in one."""
    assert length(*FILES) < 5_550


def test_only_standard_library_and_yaml_no_clock_no_network() -> None:
    allowed = set(sys.stdlib_module_names) | {"yaml", "__future__"}
    banned = {"time", "datetime", "socket", "urllib", "http", "random", "subprocess"}
    for room, path in FILES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom) and not node.level
                else []
            )
            for name in names:
                assert name.split(".")[0] in allowed - banned, f"{room} imports {name}"


@pytest.mark.parametrize("room", sorted(set(FILES) - {"versions"}))
def test_only_versions_compares_versions_and_only_the_command_line_prints(room: str) -> None:
    for node in ast.walk(ast.parse(FILES[room].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "Version" and (node.func.id != "print" or room == "cli"), f"{room}:{node.lineno}"
        if isinstance(node, ast.Compare):
            text = ast.unparse(node)
            assert not any(
                word in text for word in (".minor", ".major", *(f"(1, {one.minor})" for one in NEWEST.values()))
            ), f"{room}:{node.lineno}"


def test_public_functions_say_what_they_are() -> None:
    for room, path in FILES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.FunctionDef | ast.ClassDef)
                and not node.name.startswith("_")
                and node.col_offset == 0
            ):
                first = (ast.get_docstring(node) or "").split("\n")[0]
                assert first and (first[0].isupper() or first[0] in "`Y" or first.startswith(("title:",))), (
                    f"{room}.{node.name}"
                )
