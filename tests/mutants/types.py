"""Whether the type checker refuses a change: one that asks less of a value than its type does is no mistake that stays."""

from __future__ import annotations

import ast
import functools
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.mutants.changes import Change, changed

ROOT = Path(__file__).parents[2]


class Types:
    """mypy, with the cache and the changed file in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def refuse(self, change: Change) -> bool:
        """Whether mypy says more of the file with the change in it than of the file without."""
        before = self._faults(change.path, ast.parse(change.path.read_text(encoding="utf-8")))
        return bool(self._faults(change.path, changed(change)) - before)

    def _faults(self, path: Path, tree: ast.Module) -> Counter[str]:
        """The faults of a file that is written as its tree says, without its comments: each without its line."""
        return self._faults_of(path, ast.unparse(tree))

    @functools.cache  # noqa: B019 (it lives as long as the run)
    def _faults_of(self, path: Path, text: str) -> Counter[str]:
        shadow = self.folder / "changed.py"
        shadow.write_text(text, encoding="utf-8")
        package = next(folder for folder in path.parents if folder.name == "timing_rules")
        command = ["-m", "mypy", "--no-error-summary", "--cache-dir", str(self.folder / "cache")]
        shadowed = [*command, "--shadow-file", str(path), str(shadow), str(package)]
        said = subprocess.run([sys.executable, *shadowed], cwd=ROOT, capture_output=True, text=True, check=False)
        assert not said.stderr, said.stderr
        return Counter(re.sub(r":\d+:(?= )", ":", line) for line in said.stdout.splitlines())
