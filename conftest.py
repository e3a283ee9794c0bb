"""Pages and snippets are tests: see tests/docs/executed.py."""

from pathlib import Path

import pytest

from tests.docs import executed

ROOT = Path(__file__).resolve().parent
pytest_collect_file = (executed.PAGES + executed.SNIPPETS).pytest()


@pytest.fixture(autouse=True)
def _from_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader runs snippets from the repository's root."""
    monkeypatch.chdir(ROOT)
