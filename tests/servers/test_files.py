"""What every file of snippets/servers promises, before it is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import ROOT, all_pages
from tests.servers.process import SERVERS
from tests.servers.test_servers import SERVES

FILES = sorted(path for path in SERVERS.iterdir() if path.is_file())


def test_each_is_stopped_by_a_test() -> None:
    assert {path.name for path in FILES} == {*SERVES, "queue_worker.py"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_each_is_short_enough_to_be_read_whole(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 40


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_each_is_on_a_page(lang: str) -> None:
    shown = {path for page in all_pages([lang]) for path in page.includes}
    hidden = [path.name for path in FILES if path.relative_to(ROOT).as_posix() not in shown]
    assert not hidden, f"no page of docs/{lang} includes: {', '.join(hidden)}"
