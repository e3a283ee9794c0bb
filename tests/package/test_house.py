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
FILES = {
    ".".join(path.relative_to(HOUSE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(HOUSE.rglob("*.py"))
}
#: Each room imports only those before it, or itself. Together they are the whole house.
ORDER = [
    "text", "duration", "versions", "domain", "timeline", "source", "shell", "manifest", "rules", "show", "calculator", "flags", "config", "edits", "browser", "baseline", "files", "cli", "__main__",
]  # fmt: skip
#: The small shared module: what every snippet, figure and rule rests on.
SMALL = ("text", "duration", "versions", "domain", "timeline")


def room(name: str) -> str:
    """The room of a module: its folder, or the file itself."""
    return name.partition(".")[0]


def imported(name: str) -> Iterator[str]:
    """The modules of the house that a module imports when it runs. The domain names the type of its places, no more."""
    package = name if FILES[name].name == "__init__.py" else name.rpartition(".")[0]
    tree = ast.parse(FILES[name].read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            assert {ast.unparse(line).partition(" import ")[0] for line in node.body} == {"from ..source.node"}, name
            node.body = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        parts = [part for part in package.split(".") if part]
        base = ".".join([*parts[: len(parts) - node.level + 1], *([node.module] if node.module else [])])
        for alias in node.names:
            below = f"{base}.{alias.name}".lstrip(".")
            if below in FILES or base:  # else it is a name of the package itself
                yield below if below in FILES else base


MODULES = sorted(set(FILES) - {"__init__"})


def test_every_room_is_known() -> None:
    assert {room(name) for name in MODULES} == set(ORDER)


@pytest.mark.parametrize("name", MODULES)
def test_each_room_imports_only_those_above_it(name: str) -> None:
    rank = ORDER.index(room(name))
    wrong = [other for other in imported(name) if ORDER.index(room(other)) > rank]
    assert not wrong, f"{name} imports {wrong}"


def test_there_is_no_circle() -> None:
    """Between files, too: each can be read after those that it imports."""
    open_files = {name: {other for other in imported(name) if other != name} for name in MODULES}
    while ready := [name for name, others in open_files.items() if not others & set(open_files)]:
        for name in ready:
            del open_files[name]
    assert not open_files, open_files


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("rules.pt")])
def test_a_rule_knows_no_other_rule(name: str) -> None:
    """It is one file, small enough to be read at once; what several rules need stands beside them."""
    shared = {f"rules.{other}" for other in ("rule", "places", "hooks", "proxies", "configs")}
    wrong = {other for other in imported(name) if room(other) == "rules"} - shared
    assert not wrong, f"{name} imports {wrong}"
    assert len(FILES[name].read_text(encoding="utf-8").splitlines()) < 160, name


def loaded(code: str, stdin: str = "") -> set[str]:
    """The modules that a process of its own has loaded once it has run some code."""
    ran = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        input=stdin,
        env={"PYTHONPATH": str(ROOT / "snippets")},
        check=True,
    )
    return set(ran.stdout.split())


def test_importing_the_package_loads_neither_the_command_line_nor_pictures() -> None:
    modules = loaded("import timing_rules")
    assert "timing_rules.timeline" in modules
    assert not modules & {"timing_rules.cli", "timing_rules.show", "argparse", "html"}


def test_a_plain_check_loads_nothing_of_what_else_the_command_can_do() -> None:
    """It is run on every commit, on a file or two: half of its time is spent on imports."""
    code = "from timing_rules.cli import main; assert main(['check', '-']) == 0"
    modules = loaded(code, "kind: Pod\nspec: {containers: [{name: web, image: web:1}]}\n")
    others = ("edits", "files", "baseline", "browser", "show.sarif", "show.fingerprint")
    ours = {f"timing_rules.{name}" for name in others}
    theirs = {"difflib", "tempfile", "shutil", "hashlib", "tomllib", "argparse"}
    assert {"timing_rules.show.terminal", "timing_rules.rules.engine"} <= modules and not modules & (ours | theirs)


def test_the_small_module_needs_nothing_but_the_standard_library() -> None:
    code = "import sys; sys.modules['yaml'] = None; from timing_rules import Pod, timeline; timeline(Pod()).events"
    ours = {name.removeprefix("timing_rules.") for name in loaded(code) if name.startswith("timing_rules.")}
    assert {"versions", "domain", "timeline"} <= {room(name) for name in ours} <= set(SMALL)


def test_the_small_module_stays_small() -> None:
    lines = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in FILES.items()}
    total = sum(count for name, count in lines.items() if room(name) in SMALL)
    assert total < 1_300, f"{total} lines; what reads, judges or shows belongs into another room: {lines}"


def test_only_standard_library_and_yaml_no_clock_no_network() -> None:
    allowed = set(sys.stdlib_module_names) | {"yaml", "__future__"}
    banned = {"time", "datetime", "socket", "urllib", "http", "random", "subprocess"}
    for module, path in FILES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom) and not node.level
                else []
            )
            for name in names:
                assert name.split(".")[0] in allowed - banned, f"{module} imports {name}"


@pytest.mark.parametrize("module", sorted(set(FILES) - {"versions"}))
def test_only_versions_compares_versions_and_only_the_command_line_prints(module: str) -> None:
    for node in ast.walk(ast.parse(FILES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "Version" and (node.func.id != "print" or module == "cli"), f"{module}:{node.lineno}"
        if isinstance(node, ast.Compare):
            text = ast.unparse(node)
            assert not any(
                word in text for word in (".minor", ".major", *(f"(1, {one.minor})" for one in NEWEST.values()))
            ), f"{module}:{node.lineno}"


def test_public_functions_say_what_they_are() -> None:
    for module, path in FILES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.FunctionDef | ast.ClassDef)
                and not node.name.startswith("_")
                and node.col_offset == 0
            ):
                first = (ast.get_docstring(node) or "").split("\n")[0]
                assert first and (first[0].isupper() or first[0] in "`Y"), f"{module}.{node.name}"
