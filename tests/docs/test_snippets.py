"""Snippets answer one question each. Sybil runs them (tests/docs/executed.py); here is what else they promise."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, all_pages

SNIPPETS = sorted((ROOT / "snippets").glob("*.py"))


def test_there_are_at_least_ten() -> None:
    assert len(SNIPPETS) >= 10


@pytest.mark.parametrize("path", SNIPPETS, ids=lambda path: path.name)
def test_a_snippet_is_short_and_asserts_with_timing_rules(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    nodes = list(ast.walk(ast.parse(text)))
    imported = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    imported |= {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    assert len(text.splitlines()) <= 25, f"{path.name} has more than 25 lines"
    assert any(name and name.split(".")[0] == "timing_rules" for name in imported), (
        f"{path.name} does not import timing_rules"
    )
    assert any(isinstance(node, ast.Assert) for node in nodes), f"{path.name} asserts nothing"


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_every_snippet_is_on_a_page(lang: str) -> None:
    shown = {path for page in all_pages([lang]) for path in page.includes}
    hidden = [path.name for path in SNIPPETS if f"snippets/{path.name}" not in shown]
    assert not hidden, f"no page of docs/{lang} includes: {', '.join(hidden)}"
