"""The benchmarks compare the same pages as a build has: a hook that asks for more than they give it stops them here."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.bench.stock import QUIET
from tests.docs.pages import ROOT

# In a process of its own: the hooks keep what they have read of a build.
LISTED = "import json, sys; from tests.bench.check_builds import pages; print(json.dumps(sorted(pages(sys.argv[1]))))"


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_pages_of_a_language_are_told_the_written_and_the_generated_ones_and_the_notebooks(lang: str) -> None:
    environment = QUIET | {"PYTHONPATH": "snippets:theme/hooks"}
    told = subprocess.run(
        [sys.executable, "-c", LISTED, lang], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert told.returncode == 0, told.stderr
    pages = set(json.loads(told.stdout.splitlines()[-1]))
    written = {path.relative_to(ROOT / "docs" / lang).as_posix() for path in (ROOT / "docs" / lang).rglob("*.md")}
    books = {path.stem for path in (ROOT / "docs" / lang / "notebooks").glob("*.ipynb")}
    assert written | {f"notebooks/{stem}.md" for stem in books} | {"rules/pt101.md"} <= pages
