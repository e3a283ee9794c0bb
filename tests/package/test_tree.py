"""The tree: values, and the place of each of them in the text; what is refused before it is built."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from timing_rules.source.errors import ParseError
from timing_rules.source.node import Node, Span
from timing_rules.source.stream import Document, documents, nested
from timing_rules.source.yaml_tree import parse

from tests.package.inputs import calls_at_most

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.text(alphabet="ab -:#'\"\\\n{[&*!|>%@`,é가", max_size=8)
)
data = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet="abc-/. ", max_size=5), inner, max_size=3)
    ),
    max_leaves=12,
)
thorough = settings(max_examples=120, deadline=None, derandomize=True)


def only(text: str) -> Node:
    (document,) = documents(text)
    assert document.root is not None, document.error
    return document.root


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in [*node.items, *node.entries.values()]:
        yield from walk(child)


def cut(text: str, span: Span) -> str:
    """The part of a text that a span names."""
    lines = text.split("\n")[span.line - 1 : span.end_line]
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    return "\n".join(lines)


@thorough
@given(
    st.dictionaries(st.text(alphabet="abc", min_size=1, max_size=3), data, min_size=1, max_size=3),
    st.booleans(),
    st.booleans(),
)
def test_yaml_gives_the_values_that_yaml_gives_and_their_places(value: dict[str, Any], flow: bool, unix: bool) -> None:
    text = yaml.safe_dump(value, default_flow_style=flow, allow_unicode=True, sort_keys=False)
    root = only(text if unix else text.replace("\n", "\r\n"))
    assert root.plain() == value
    for node in walk(root):
        if node.kind == "scalar" and node.quoted and "\n" not in cut(text, node.span):
            assert yaml.safe_load(cut(text, node.span)) == node.value
    for key, span in root.keys.items():
        assert yaml.safe_load(cut(text, span)) == key


@thorough
@given(st.dictionaries(st.text(max_size=3), data, max_size=3), st.sampled_from([None, 0, 2, "\t"]))
def test_json_gives_the_values_that_json_gives_and_their_places(
    value: dict[str, Any], indent: int | str | None
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    root = only(text)
    assert root.plain() == value
    for node in walk(root):
        assert json.loads(cut(text, node.span)) == node.plain()
    for key, span in root.keys.items():
        assert json.loads(cut(text, span)) == key


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", True), ("yes", True), ("NO", False), ("Off", False), ("~", None), ("null", None), ("", None),
        ("0x1e", 30), ("010", 8), ("1_000", 1000), ("30", 30), ("3.5", 3.5), ("'30'", "30"), ('"true"', "true"),
        ("30s", "30s"), ("!!str 30", "30"), ('!!int "30"', 30), ("!custom x", "x"), ("!!python/name:os.system", ""),
        ("2020-01-01", "2020-01-01"), ("2020-99-99", "2020-99-99"), ("=", "="), ("y", "y"), ("n", "n"),
        ("1e3", 1000.0), ("1.5e1", 15.0), ("-2E1", -20.0), ("+.5", 0.5), (".5e1", 5.0),
        ("08", 8.0), ("0o17", 15), ("-0O17", -15), ("0X1f", 31), ("0B11", 3), ("0b11", 3), ("1_0.5e1", 105.0), (".5_0e1", ".5_0e1"), ("0o8", "0o8"),
        ("1e", "1e"), ("1e308", 1e308), ("-9e999", "-9e999"), ("1e3s", "1e3s"), ("e3", "e3"), ("+", "+"), ("--1e3", "--1e3"), ("1:30", "1:30"), ("٣e1", "٣e1"),
    ],
)  # fmt: skip
def test_scalars_are_read_as_go_reads_yaml_1_1(text: str, value: Any) -> None:
    found = only(f"a: {text}\n").get("a")
    assert found is not None and found.value == value and type(found.value) is type(value)


def places(text: str) -> dict[str, tuple[int, int]]:
    """Line and column of every scalar that reads X1, X2 and so on."""
    return {str(node.value): node.span[:2] for node in walk(only(text)) if str(node.value).startswith("X")}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a: X1\nb:\n  c: X2\n", {"X1": (1, 4), "X2": (3, 6)}),
        ("# c\n\na: X1 # d\n", {"X1": (3, 4)}),
        ("a: X1\r\nb: X2\r\n", {"X1": (1, 4), "X2": (2, 4)}),
        ("\ufeffa: X1\n", {"X1": (1, 5)}),
        ("--- # c\na: 'X1'\n", {"X1": (2, 4)}),
        ("- - X1\n  - [X2, X3]\n", {"X1": (1, 5), "X2": (2, 6), "X3": (2, 10)}),
        ("%YAML 1.1\n---\na: X1\n", {"X1": (3, 4)}),
        ('{"a": "X1",\n\n "b": ["X2"]}', {"X1": (1, 7), "X2": (3, 8)}),
        ('\n{"a": "X1"}', {"X1": (2, 7)}),
        ('\n\n["X1",\n"X2"]', {"X1": (3, 2), "X2": (4, 1)}),
        ("a: 파드\nb: X1\n", {"X1": (2, 4)}),
    ],
)  # fmt: skip
def test_places_of_values(text: str, wanted: dict[str, tuple[int, int]]) -> None:
    assert places(text) == wanted


@pytest.mark.parametrize("separator", ["\u0085", "\u2028", "\u2029"])
def test_lines_are_what_an_editor_counts(separator: str) -> None:
    assert places(f'a: "x{separator}y"\nb: X1\n') == {"X1": (2, 4)}


@pytest.mark.parametrize(
    ("text", "line", "column", "exact"),
    [
        ("k:\n  a: |\n    x: 1\n    # c\n    b: 35\n", 5, 8, True),
        ("k:\n  a: |-\n\n\n    b: 35\n", 5, 8, True),
        ("k:\n  a: |2\n    b: 35\n", 3, 8, False),
        ("k:\n  a: |2\n        b: 35\n", 3, 16, False),  # that is not where it stands
        ("k:\n  a: 'b: 35'\n", 2, 10, False),
        ('k:\n  a: "{x: 1, b: 35}"\n', 2, 17, False),
        ('k:\n  a: "# \\x41\\nb: 35"\n', 2, 6, False),
        ("k:\n  a: 'b: 35 # it''s'\n", 2, 6, False),
        ("k:\n  a: !!str 'b: 35'\n", 2, 6, False),
        ("k:\n  a: 'x: 1\n\n    b: 35'\n", 2, 6, False),
        ('k:\n  a: "{\\"b\\": 35}"\n', 2, 6, False),
        ("k:\n  a: >\n    b: 35\n", 2, 6, False),
        ('{"k": {"a": "x: 1\\nb: 35"}}', 1, 13, False),
    ],
)  # fmt: skip
def test_places_in_a_text_within_the_text(text: str, line: int, column: int, exact: bool) -> None:
    outer = only(text).get("k", "a")
    assert outer is not None
    inner = nested(outer)
    assert inner is not None
    found = inner.get("b")
    assert found is not None and found.value == 35
    assert found.span.line == line
    assert (found.exact, found.span.column) == (exact, column)
    assert not exact or cut(text, found.span) == "35"
    if outer.body is not None and not exact:  # nobody takes such a place for that of a word
        assert found.span[:2] == found.span[2:] and inner.keys["b"][:2] == inner.keys["b"][2:]


def test_documents_are_numbered_and_counted_from_their_line() -> None:
    found = list(documents("# c\n---\na: 1\n---\n# nothing\n---\nb: [\n---\nc: 3\n"))
    assert [(one.number, one.root is not None) for one in found if one.root or one.error] == [
        (1, True),
        (3, False),
        (4, True),
    ]
    assert [one.error.line for one in found if one.error] == [7]


@pytest.mark.parametrize("between", ["---\n", "...\n---\n", "---\n\ufeff", "\ufeff---\n", "--- # c\n", "...\n"])
def test_what_separates_documents(between: str) -> None:
    found = [one.root.plain() for one in documents(f"a: 1\n{between}b: 2\n") if one.root is not None]
    assert found == [{"a": 1}, {"b": 2}]


def test_dashes_inside_a_block_are_no_document() -> None:
    (document,) = documents("a: |\n  ---\n  x\nb: 1\n")
    assert document.root is not None and document.root.plain() == {"a": "---\nx\n", "b": 1}


def test_anchors_merge_keys_and_the_last_of_two_equal_keys() -> None:
    root = only("x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\nz: {<<: [{a: 7}, *x]}\nw: *x\nv: {a: 1, a: 2}\n")
    assert root.plain() == {
        "x": {"a": 1, "b": 2},
        "y": {"a": 1, "b": 3},
        "z": {"a": 7, "b": 2},
        "w": {"a": 1, "b": 2},
        "v": {"a": 2},
    }
    assert [(name, span.line) for name, span in root.duplicates] == [("a", 5)]


def deep(levels: int, kind: str) -> str:
    if kind == "json":
        return '{"a":' + "[" * (levels - 1) + "1" + "]" * (levels - 1) + "}"
    if kind == "flow":
        return "a: " + "{a: " * (levels - 1) + "1" + "}" * (levels - 1)
    return "".join("  " * level + "a:\n" for level in range(levels - 1)) + "  " * (levels - 1) + "a: 1\n"


@pytest.mark.parametrize("kind", ["json", "flow", "block"])
def test_a_hundred_levels_are_read_and_not_one_more(kind: str) -> None:
    assert only(deep(100, kind)).kind == "mapping"
    for levels in (101, 1_000):
        (document,) = documents(deep(levels, kind))
        assert document.error is not None and "100 levels" in document.error.sentence.en


LAUGHS = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 25)
)
MERGES = "a0: &a0 {k: 1}\n" + "".join(f"a{i}: &a{i} {{<<: [{','.join([f'*a{i - 1}'] * 10)}]}}\n" for i in range(1, 25))


def test_a_blank_that_is_a_letter_may_stand_in_words() -> None:
    for text in (
        '"\u00a0a": 1\n',
        '"a\u00a0" : 1\n',
        "a\u00a0b: 1\n",
        "a: \u00a0b\n",
        "a: |\n  \u00a0b: 1\n",
        "a:\n- \u3000b\n",
    ):
        assert only(text).kind == "mapping"


def error_of(text: str) -> ParseError:
    with calls_at_most(6_000_000):
        found: list[Document] = list(documents(text))
    (error,) = [one.error for one in found if one.error]
    return error


@pytest.mark.parametrize("text", [LAUGHS, MERGES, "a: [" + "1," * 100_001 + "]"], ids=["laughs", "merges", "nodes"])
def test_what_explodes_is_refused_before_it_is_built(text: str) -> None:
    assert "100,000 values" in error_of(text).sentence.en


@pytest.mark.parametrize("text", ["a: &a [*a]\n", "a: &a {b: {c: *a}}\n", "a: *b\n", "&a [*a]"])
def test_an_alias_needs_its_anchor_before_it(text: str) -> None:
    assert "alias" in error_of(text).sentence.en


def test_a_recursive_alias_is_called_so() -> None:
    assert "no anchor" not in error_of("a: &a [*a]\n").sentence.en


def test_no_tag_is_ever_executed(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for text in (
        "!!python/object/apply:os.system ['touch pwned']",
        "!!python/object/new:os.system ['touch pwned']",
        "!!python/name:os.system x",
    ):
        for one in (f"a: {text}\n", f"{text}\n", f"? {text}\n: 1\n"):
            list(documents(one))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: 1\n b: 2\n", 2, "not valid YAML"), ("a: [1, 2\n", 1, "not valid YAML"), ("a: 'x\n", 1, "not valid YAML"),
        ("a: b: c\n", 1, "not valid YAML"), ("a:\n\t- b\n", 2, "tab"),
        ("a:\n  b: 1\n\u00a0\u00a0c: 2\n", 3, "U+00A0"), ("a:\n- b: 1\n  \u3000c: 2\n", 3, "U+3000"), ("a:\n- \u200bb: 1\n", 2, "U+200B"),
        ("x: 1\na\u00a0:\n  b: 1\n", 2, "U+00A0"), ("a: 1\n\u00a0 b: [\n", 2, "U+00A0"), ("```yaml\na: 1\n```\n", 1, "Markdown"),
        ("kubectl apply -f - <<EOF\n\na: 1\nEOF\n", 1, "shell command"), ("# it\n\n$ kubectl get po x -oyaml\na: 1\n", 3, "shell command"),
        ("[root@n ~]# sudo kubectl get po x\na: 1\n", 1, "shell command"), ("➜  ~ helm template .\na: 1\n", 1, "shell command"),
        ("cat <<EOF | kubectl apply -f -\na: 1\n", 1, "shell command"), ("a: 1\nb: 2\nEOF\n\n", 3, "shell command"),
        ("# kubectl apply -f x\na: [\n", 2, "not valid YAML"), ("cat: 1\nx: [\n", 2, "not valid YAML"), ("a: [\nEND: 1\n", 2, "not valid YAML"),
        ("kubectl: a\n b: c\n", 2, "not valid YAML"), ("a: [\nEOF x\n", 2, "not valid YAML"),
        ("a: 1\nb：2\n", 2, "full-width colon"), ("a: [\n- x：1\n", 2, "full-width colon"), ("a: {{ .x }}\n", 1, "template"),
        ("a: 1\n{{- if x }}\nb: 2\n", 2, "template"), ("{% if x %}\na: 1\n", 1, "template"),
        ("? [a, b]\n: 1\n", 1, "plain value"), ('{"a": 1,}', 1, "JSON"), ('{"a": 1\n "b": 2}', 2, "JSON"),
        ('{"a": NaN}', 1, "JSON"), ('{"a": 1} x', 1, "JSON"), ('{"a": "\\x"}', 1, "JSON"), ('{"a": tru}', 1, "JSON"),
        ('{"a', 1, "JSON"), ("a: \x07\n", 1, "control"), ("a: &x 1\n&x\n", 2, ""), ("a: @x\n", 1, ""),
    ],
)  # fmt: skip
def test_errors_name_the_line_and_are_worded_here(text: str, line: int, says: str) -> None:
    error = error_of(text)
    assert error.line == line and says in error.sentence.en
    for sentence in (error.sentence, error.fix):
        assert sentence.en and any("가" <= letter <= "힣" for letter in sentence.ko)
        for word in ("while scanning", "expected", "could not", "found", "<unicode string>"):
            assert word not in sentence.en


def test_what_a_shell_command_brought_along_is_to_be_left_out() -> None:
    error = error_of("kubectl apply -f - <<EOF\n\na: 1\nEOF\n")
    assert (error.line, error.column) == (1, 1)
    assert error.sentence.ko == "이 줄은 셸 명령이며 YAML이 아닙니다"
    assert error.fix.en == "leave the command out, and the line that ends its input, such as EOF"


def test_a_control_character_is_named_on_its_line() -> None:
    assert error_of("a: 1\nb: \x07\n").line == 2


@thorough
@given(st.text(alphabet="ab:-?{}[]&*!|>'\"%@`#, \n\t\\\r\x00\x85\u2028\ufeff~0.<", max_size=30))
def test_any_text_is_a_tree_or_an_error(text: str) -> None:
    for document in documents(text):
        assert (document.root is None) or (document.error is None)
        if document.error is not None:
            assert 1 <= document.error.line <= text.count("\n") + text.count("\r") + 1
        elif document.root is not None:
            document.root.plain()


def test_a_piece_is_parsed_with_its_own_first_line() -> None:
    node = parse("a: 1\nb: 2\n", 10, 4)
    assert node is not None and node.keys["b"][:2] == (12, 5)
