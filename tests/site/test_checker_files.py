"""What the page "Check a manifest" is given to load: all that its Python imports, and the scripts as they are now."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import checker_files
import pytest


def test_the_python_that_the_page_runs_is_there() -> None:
    """A module that a page lacks keeps its checker from starting, and no test without a browser would tell."""
    loads = (
        "import sys, timing_rules.browser; print(*[name for name in sys.modules if name.startswith('timing_rules')])"
    )
    loaded = subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, check=True).stdout.split()
    assert len(loaded) > 80
    assert set(loaded) <= checker_files.modules().keys()


def test_the_standard_library_that_it_imports_is_there() -> None:
    held = checker_files.modules()
    for name, (_, source, *_) in held.items():
        if name.startswith("timing_rules"):
            for node in ast.parse(str(source)).body:
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [str(node.module)] if isinstance(node, ast.ImportFrom) and not node.level else []
                missing = {imported.split(".")[0] for imported in names} - held.keys()
                assert not missing, f"{name} imports {missing}: add it to _LIBRARY"


def test_a_script_that_has_changed_is_loaded_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the site is served, one process builds it again and again."""
    folder = shutil.copytree(checker_files.SCRIPTS, tmp_path / "checker")
    monkeypatch.setattr(checker_files, "SCRIPTS", folder)
    before = checker_files.version()
    assert checker_files.version() == before
    (folder / "page.js").write_text("// new", encoding="utf-8")
    assert checker_files.contents()["page.js"] == "// new"
    assert checker_files.version() != before
