"""The page reads YAML by PyYAML with two shortcuts (theme/checker/library/yaml): here they give the events of PyYAML
itself, with the same places, and the same errors."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import checker_files
import pytest
import yaml
import yaml.scanner
from hypothesis import given
from hypothesis import strategies as st

from tests.site.manifests import manifest

FOLDER = checker_files.SCRIPTS / "library" / "yaml"
SUFFIXES = {".yaml", ".yml", ".json"}


def module(name: str, file: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, FOLDER / file, submodule_search_locations=None)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[name] = loaded
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    """The loader of the page, over the PyYAML that is installed here."""
    lines = module("yaml.lines", "lines.py")
    yield module("yaml.page", "__init__.py").SafeLoader
    del sys.modules[lines.__name__], sys.modules["yaml.page"]


def events(text: str, loader: Any) -> list[object]:
    """Every event with its places, and the error that ends them."""
    told: list[object] = []
    try:
        for event in yaml.parse(text, Loader=loader):
            ends: list[Any] = [event.start_mark, event.end_mark]
            marks = [(mark.name, mark.index, mark.line, mark.column, mark.pointer) for mark in ends]
            rest = {key: value for key, value in vars(event).items() if not key.endswith("_mark")}
            told.append((type(event).__name__, marks, rest))
    except yaml.YAMLError as error:
        told.append(f"{type(error).__name__}: {error}")
    return told


def files() -> list[Path]:
    folders = ("examples", "tests/cases", "tests/traces")
    return [path for folder in folders for path in sorted(Path(folder).rglob("*")) if path.suffix in SUFFIXES]


def test_every_file_of_the_repository_is_read_as_by_pyyaml(page: Any) -> None:
    texts = [path.read_text(encoding="utf-8") for path in files()] + [manifest(number) for number in range(100)]
    texts = [text for text in texts if len(text) < 40_000]
    assert len(texts) > 300
    for text in texts:
        assert events(text, page) == events(text, yaml.SafeLoader), text


def test_most_lines_take_the_short_way(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = 0
    plain_way = yaml.scanner.Scanner.fetch_more_tokens

    def counted(scanner: yaml.scanner.Scanner) -> None:
        nonlocal slow
        slow += 1
        plain_way(scanner)

    monkeypatch.setattr(yaml.scanner.Scanner, "fetch_more_tokens", counted)
    text = Path("examples/http/native-sidecar.yaml").read_text(encoding="utf-8")
    read = len(events(text, page))
    assert slow < 0.15 * read


@pytest.mark.parametrize(
    "text",
    [
        "a: b", "a: b\n", "a: b\n  c\n", "a: b\n  c: d\n", "a: b\n\n  c\n", "a: b # c\n", "a: b#c\n", "a: b #\n  c\n", "a:b\n", "a: b:c\n", "a: b: c\n",
        "a: 'b'\n", "a: 'b' c\n", "a: 'b' # c\n", "a: 'it''s'\n", 'a: "b"\n', 'a: "\\t"\n', 'a: "b\n  c"\n', 'a: ""\n', "a: ''\n",
        "a:\n- b\n- c\n", "a:\n  - b\n  - c: d\n    e: f\n", "- - a\n  - b: c\n", "- - -a\n", "- a\n  b\n", "- a\n b\n", "- a\n- b: c\nd: e\n", "-\n  a: b\n",
        "- 'a': b\n", "- a b: c\n", "- ---\n", "- -\n", "- a: b\n   c: d\n", "a: - b\n", "a: -b\n", "a: ---\n---\nb: c\n", "a: b\n---\nc: d\n...\n", "--- a: b\n",
        "a: b\n...\nc\n", "%YAML 1.1\n---\na: b\n", "# a\n\n  # b\na: b\n  # c\n", "a: &x b\nc: *x\n", "&x a: b\n", "!!str a: b\n", "? a: b\n: c: d\n", "? a\n: b\n",
        "a: |\n  b: c\n\n d\n", "a: >-\n  b\n", "a: {b: c}\nd: [e, f]\n", "{a: b,\nc: d}\n", "a: [\nb: c\n]\n", "a: b\r\nc: d\r\n", "a: b\rc: d", "a:\tb\n", "a: b\t\n", "\ta: b\n",
        "\ufeffa: b\n", "가: 나\n", "a: 나\nb: c\n", "# 가나\na: b\n", "# 🙂\na: b\n", "a: 🙂\n", "# \x85a\nb: c\n", "# \u2028a: b\n", "a: b\n# c\u2028d: e\n", "a: b\x07\n", "a: 'b\n", "a: b\nc\n", "a: b\nc\nd: e\n", "a: b\n'c'\nd: e\n", "a: b\n- 'c'\nd: e\n", "- 'a'\n@\n", "- a\n@\n", "- a # b\n@\n", "- a\nb\n",
        "a: b\n  c: d\ne: f\n", "  a: b\n c: d\n", "a: b\n- c\n", f"{'a' * 200}: b\n", f"{'a' * 202}: b\n", f"{'a' * 1025}: b\n", "a : b\n", "a:  b  c  # d\n", "1: 2\n", "a.b/c-d: e\n", "-a: b\n", "a: @b\n", "a: `b\n", "a: ?b\n", "a: :b\n", "a: b,]}\n",
        "a: (b)\n", "a: =\n", "a: <<\n<<: c\n", "a: b\n \0", "", "\n\n", "# a", "a:", "a: ", "- ", "- a", "a: b\n ", "a: b\n  # c", "a: b\n   \nc: d\n", "a:\n  b:\n    c: d\n  e: f\ng:\n- h\n",
    ],
)  # fmt: skip
def test_each_kind_of_line_is_read_as_by_pyyaml(page: Any, text: str) -> None:
    assert events(text, page) == events(text, yaml.SafeLoader)


#: Parts of lines; put together at random they are YAML now and then.
PARTS = st.sampled_from(
    ["\n", "\n", "\n  ", "\n    ", " ", "  ", "- ", "-", "? ", ": ", ":", "key: ", "name: ", "a", "b c", "10s", "'q'", '"q"', "'", '"', "{", "}", "[", "]", ",", " # c", "#", "|", ">-", "&x ", "*x", "!t ", "---", "...", "\t", "\r\n", "가", "🙂", "\\", "%", "@", "=", "<<", "\u2028", "\x85", "\ufeff"]
)  # fmt: skip


@given(st.lists(PARTS, max_size=25).map("".join))
def test_any_text_is_read_as_by_pyyaml(page: Any, text: str) -> None:
    assert events(text, page) == events(text, yaml.SafeLoader)
