"""Composed by libyaml or built from events: the tree is the same, place by place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from timing_rules.source import composed, scalars, yaml_tree
from timing_rules.source.errors import MAX_DEPTH, ParseError
from timing_rules.source.node import Node
from timing_rules.source.stream import documents

from tests.examples.manifests import ROOT

FIELDS = ("kind", "span", "value", "raw", "quoted", "exact", "json", "body")


def flat(node: Node) -> Any:
    """Everything that a node holds, down to its leaves."""
    keys = {name: (span, flat(node.entries[name])) for name, span in node.keys.items()}
    return (*(getattr(node, field) for field in FIELDS), keys, [flat(item) for item in node.items])


def read(text: str) -> list[Any]:
    rows: list[Any] = []
    for document in documents(text):
        error = document.error
        rows.append((document.number, document.line, error and (error.line, error.sentence)))
        if document.root is not None:
            rows += [flat(document.root), list(document.root.duplicates)]
    return rows


def agrees(text: str) -> None:
    both = read(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml_tree, "compose", lambda *_: None)
        assert read(text) == both


FILES = sorted(
    path for folder in ("examples", "tests/cases", "tests/traces") for path in (ROOT / folder).rglob("*.yaml")
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files(path: Path) -> None:
    agrees(path.read_text(encoding="utf-8"))


PIECES = [
    "a: 1", "b: [x, {y: 2}]", "  c: 'q'", '  - "d"', "- e", "  f: |", "    text", "   g: >-", "&x", "*x", "<<: {h: 1}", "!!int '3'", "? i",
    ": j", "a: 1", "k:", "---", "...", "# note", "\t", "l: no", "m: 0o7", "n: 1:30", "", "o: 'p", "{", "]", "- - - q", "r: s # t", "u: ~",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_any_lines(lines: list[str]) -> None:
    agrees("\n".join(lines))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: &x 1", id="anchor"),
        pytest.param("a: !!str 1", id="tag"),
        pytest.param("<<: {a: 1}", id="merge key"),
        pytest.param("? [a]\n: b", id="odd key"),
        pytest.param("[" * 101 + "]" * 101, id="levels"),
        pytest.param("a: [" + "1, " * 100_000 + "1]", id="values"),
        pytest.param("[" * 50_000, id="too deep for the C stack, in brackets"),
        pytest.param("- " * 50_000 + "a", id="too deep for the C stack, in dashes"),
        pytest.param("a: [", id="broken"),
    ],
)
def test_what_libyaml_does_not_compose(text: str) -> None:
    assert composed.compose(text, scalars.Places(text, 0, 0, False), long=False) is None
    agrees(text)


def test_nothing_is_read_before_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[str] = []

    def value_of(text: str, *more: Any) -> Any:
        reads.append(text)
        return scalars.value_of(text, *more)

    monkeypatch.setattr(composed, "value_of", value_of)
    root = yaml_tree.parse(
        "kind: Pod\nstatus: {phase: Running, podIP: 1.2.3.4}\nspec:\n  terminationGracePeriodSeconds: 30\n"
    )
    assert root is not None and reads == []
    grace = root.get("spec", "terminationGracePeriodSeconds")
    assert grace is not None and grace.value == 30 and reads == ["30"]


def test_a_tree_may_be_pinned_before_it_is_read() -> None:
    root = yaml_tree.parse("a: 1")
    assert root is not None
    root.entries["a"].exact = False
    assert (root.entries["a"].value, root.entries["a"].exact) == (1, False)


def test_an_error_is_worded_by_the_events() -> None:
    with pytest.raises(ParseError) as error:
        yaml_tree.parse("a: 1\nb: [\n")
    assert (error.value.line, error.value.sentence.en) == (2, "this is not valid YAML")


#: A piece of a document, and how many values it adds to the one that is the whole.
PARTS = [("- 1\n", 1), ("k{}: 1\n", 2), ("- - 1\n", 2), ("- a: 1\n", 3), ("k{}:\n- 1\n", 3), ("k{}:\n  a: 1\n", 4)]


@pytest.mark.parametrize(("part", "values"), PARTS)
def test_just_so_many_values_are_composed(part: str, values: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composed, "MAX_NODES", 1_201)
    most = 1_200 // values

    def is_composed(count: int, *, long: bool = False) -> bool:
        text = "".join(part.format(number) for number in range(count))
        return composed.compose(text, scalars.Places(text, 0, 0, False), long=long) is not None

    assert is_composed(most) and not is_composed(most + 1) and is_composed(most + 1, long=True)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}"), ("[{a: ", "}]")])
def test_just_so_many_levels_are_composed(opening: str, closing: str) -> None:
    most = MAX_DEPTH // len(closing)
    for count in (most, most + 1):
        text = opening * count + "1" + closing * count
        tree = composed.compose(text, scalars.Places(text, 0, 0, False), long=False)
        assert (tree is not None) is (count == most)
