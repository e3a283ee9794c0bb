"""The Python of the page is made small when the site is built: here the small one answers as the whole one does."""

from __future__ import annotations

import collections
import difflib
import enum
import functools
import html
import itertools
import json
import math
import posixpath
import runpy
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import checker_files
import pytest
import yaml
from packed_python import made_classes, packed
from timing_rules.browser import answer
from timing_rules.source import composed, yaml_tree

from tests.site.manifests import manifest

LIBRARY = checker_files.SCRIPTS / "library"
#: What only a browser can run, or what the Python that runs here cannot do without.
OF_THE_BROWSER = {"re", "sys", "codecs"}
SUFFIXES = {".yaml", ".yml", ".json"}


@pytest.fixture
def pure(monkeypatch: pytest.MonkeyPatch) -> None:
    """YAML is read by PyYAML's pure-Python half, as in the page."""
    monkeypatch.setattr(yaml_tree, "_LOADER", yaml.SafeLoader)
    monkeypatch.setattr(composed, "_COMPOSER", None)


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_packed_package_gives_the_same_answers(tmp_path: Path, pure: None, lang: str) -> None:
    """Every example and case, and a few manifests made at random: byte for byte, with what stands in for the library."""
    for name, (suffix, source, *rest) in checker_files.modules(lang).items():
        top = name.partition(".")[0]
        if suffix == ".py" and top not in OF_THE_BROWSER and top != "json":
            root = tmp_path if top in ("timing_rules", "yaml", "difflib") else tmp_path / "library"
            path = root / name.replace(".", "/") / "__init__.py" if rest[1:] else root / f"{name.replace('.', '/')}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(str(source), encoding="utf-8")
    assert len(list((tmp_path / "library").rglob("*.py"))) > 8
    paths = [path for root in ("examples", "tests/cases") for path in sorted(Path(root).rglob("*")) if path.suffix in SUFFIXES]  # fmt: skip
    texts = [path.read_text(encoding="utf-8") for path in paths] + [manifest(number) for number in range(100)]
    questions = [
        json.dumps({"command": "check", "lang": lang, "files": [{"name": "a.yaml", "text": text}]}) for text in texts
    ]
    assert len(questions) > 290
    script = Path(__file__).with_name("packed_answers.py")
    run = subprocess.run(
        [sys.executable, "-I", str(script), str(tmp_path)], input="\n".join(questions), capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    answers = run.stdout.splitlines()
    assert len(answers) == len(questions)
    for question, found in zip(questions, answers, strict=True):
        assert found == json.dumps(answer(question))


def library(name: str) -> SimpleNamespace:
    """A module that stands in for one of the standard library."""
    folder = LIBRARY / name
    return SimpleNamespace(**runpy.run_path(str(folder / "__init__.py" if folder.is_dir() else LIBRARY / f"{name}.py")))


def test_numbers_and_paths_are_what_they_are() -> None:
    page = library("math")
    for number in (0, 0.0, -0.0, 2, -2.5, 2.5, 1e-9, -1e-9, 1e300, 7.000001, math.inf, -math.inf):
        assert (page.isinf(number), page.isfinite(number)) == (math.isinf(number), math.isfinite(number))
        if math.isfinite(number):
            assert (page.floor(number), page.ceil(number)) == (math.floor(number), math.ceil(number))
    assert not page.isfinite(page.nan) and not page.isinf(page.nan) and page.inf == math.inf
    page = library("posixpath")
    for path in ("", ".", "..", "/", "//", "///", "a", "a/", "a/b", "/a/b/", "a//b", "a/./b/../c", "../../a", "/../a", "//a/../..", "a/..", "a/../.."):  # fmt: skip
        assert page.normpath(path) == posixpath.normpath(path), path
        assert page.dirname(path) == posixpath.dirname(path), path


def test_html_is_escaped_as_python_does() -> None:
    hostile = ["<b a=\"x\" c='y'>&amp;</b>", "", "파드 \x00 & <"]
    escape = library("html").escape
    for quote in (True, False):
        assert [escape(text, quote) for text in hostile] == [html.escape(text, quote) for text in hostile]


def test_members_are_found_counted_and_written_as_those_of_enum() -> None:
    for module in (enum, library("enum")):
        space: dict[str, Any] = {}
        exec("class Colour(StrEnum):\n    RED = 'red'\n    BLUE = 'deep-blue'\n", vars(module), space)
        Colour = space["Colour"]
        red, blue = Colour
        assert red is Colour.RED is Colour("red") is Colour["RED"] and blue is Colour(blue)
        assert red == "red" and hash(red) == hash("red") and {red: 1}["red"] == 1 and red != blue
        assert (red.name, red.value, str(red), f"{blue:>10}", repr(blue)) == ("RED", "red", "red", " deep-blue", "<Colour.BLUE: 'deep-blue'>")  # fmt: skip
        assert len(Colour) == 2 and isinstance(red, Colour) and isinstance(red, str)
        assert list(Colour.__members__) == ["RED", "BLUE"]
        with pytest.raises(ValueError, match="'green' is not a valid Colour"):
            Colour("green")


def test_members_with_numbers_of_their_own() -> None:
    for module in (enum, library("enum")):
        space: dict[str, Any] = {}
        exec("class Fault(Enum):\n    PLACE = auto()\n    NAME = auto()\n", vars(module), space)
        fault = space["Fault"]
        assert [member.value for member in fault] == [1, 2] and str(fault.NAME) == "Fault.NAME"
        assert fault(2) is fault.NAME != fault.PLACE and len({fault.NAME, fault.PLACE}) == 2


def test_what_is_kept_is_found_again() -> None:
    for module in (functools, library("functools")):
        asked: list[tuple[int, ...]] = []

        total = module.lru_cache(maxsize=2)(lambda *numbers, asked=asked: asked.append(numbers) or sum(numbers))
        assert [total(1, 2), total(1, 2), total(), total(3), total(3)] == [3, 3, 0, 3, 3]
        assert asked == [(1, 2), (), (3,)]
        assert total(1, 2) == 3 and len(asked) == 4  # two are kept
        bare, whole = module.lru_cache(lambda text: [text]), module.cache(lambda: [1])
        assert bare("a") is bare("a") and whole() is whole()
        assert module.partial(int, "11", base=2)() == 3 and module.partial(int, base=2)("11", base=3) == 4
        times: list[int] = []
        space: dict[str, Any] = {"cached_property": module.cached_property, "times": times}
        exec(
            "class Pod:\n    @cached_property\n    def end(self):\n        times.append(1)\n        return 30\n", space
        )
        pod = space["Pod"]()
        assert pod.end == pod.end == 30 and times == [1] and vars(pod) == {"end": 30}


def test_counts_defaults_and_groups() -> None:
    for module in (collections, library("collections")):
        before, after = module.Counter("abracadabra"), module.Counter(iter("bar"))
        assert before["a"] == 5 and before["x"] == 0 and "x" not in before
        assert dict(before - after) == {"a": 4, "b": 1, "r": 1, "c": 1, "d": 1}
        before["x"] += 1
        assert before["x"] == 1
        names = module.defaultdict(list)
        names["a"].append(1)
        assert names == {"a": [1]} and names.get("b") is None
    for tools in (itertools, library("itertools")):
        assert list(tools.pairwise(iter("abc"))) == [("a", "b"), ("b", "c")] and list(tools.pairwise("a")) == []
        groups = [(key, list(group)) for key, group in tools.groupby(["a", "b", "C", "D", "e"], key=str.isupper)]
        assert groups == [(False, ["a", "b"]), (True, ["C", "D"]), (False, ["e"])] and list(tools.groupby([])) == []


#: A module with all that the package uses of the two; run whole, and packed with what stands in.
CLASSES = '''
"""A docstring."""
from __future__ import annotations
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, NamedTuple, TYPE_CHECKING
if TYPE_CHECKING:
    import nowhere
tools = replace, fields
class Span(NamedTuple):
    """A place."""
    line: int
    column: int = 1
    names: tuple[str, ...] = ()
    @property
    def next(self) -> Span: return self._replace(line=self.line + 1)
@dataclass(frozen=True)
class Hook:
    kind: str
    seconds: float | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    node: Any = field(default=None, compare=False, repr=False)
    def __post_init__(self) -> None:
        if self.kind == "wrong": raise ValueError(self.kind)
    @property
    def least(self) -> float: return self.seconds or 0.0
@dataclass(frozen=True)
class Long(Hook):
    more: int = 2
@dataclass(frozen=True)
class Sleep(Hook):
    seconds: float
    kind: str = "sleep"
    long: bool = False
@dataclass
class Run:
    runs: list[int] = field(default_factory=lambda: [1])
@dataclass(eq=False, slots=True)
class Node:
    raw: str = "plain"
class Lazy(Node):
    def __init__(self) -> None: ...
    def __getattr__(self, name: str) -> str:
        read: str = f"read {name}"
        return read
'''


def classes(text: str, **modules: Any) -> dict[str, Any]:
    """What a module defines, with other modules in the place of the standard library's."""
    space: dict[str, Any] = {"__name__": "classes"}
    held = {name: sys.modules.get(name) for name in ("classes", *modules)}
    sys.modules["classes"] = ModuleType("classes")
    try:
        for name, module in modules.items():
            sys.modules[name] = module
        exec(compile(text, "classes.py", "exec"), space)
    finally:
        for name, was in held.items():
            if was is not None:
                sys.modules[name] = was
            else:
                del sys.modules[name]
    return space


def test_the_classes_that_are_written_out_are_those_that_dataclass_and_namedtuple_make() -> None:
    small = packed(CLASSES, made_classes(CLASSES))
    assert "docstring" not in small and "Mapping" not in small and "__future__" not in small and "->" not in small
    for space in (classes(CLASSES), classes(small, dataclasses=library("dataclasses"), typing=library("typing"))):
        Span, Hook, Long, Run, Node, Lazy = (space[name] for name in ("Span", "Hook", "Long", "Run", "Node", "Lazy"))
        span = Span(3, names=("a",))
        assert span == (3, 1, ("a",)) and (span.line, span.column, span.names) == tuple(span) and span.next.line == 4
        assert Span._fields == ("line", "column", "names") and Span._field_defaults == {"column": 1, "names": ()}
        assert list(span._asdict().items()) == [("line", 3), ("column", 1), ("names", ("a",))]
        assert type(span._replace(column=9)) is Span and Span._make([1, 2, ()]) == (1, 2, ()) and span < Span(4)
        assert repr(span) == "Span(line=3, column=1, names=('a',))" and hash(span) == hash((3, 1, ("a",)))
        hook = Hook("exec", 5.0, node="here")
        assert hook == Hook("exec", seconds=5.0) != Hook("exec") and hook.node == "here" and hook.least == 5.0
        assert hook != ("exec", 5.0, {}) and Hook.seconds is None
        assert hook.values == {} and hook.values is not Hook("exec").values and Hook("a", values=None).values is None
        assert space["replace"](hook, kind="sleep") == Hook("sleep", 5.0) and hook.kind == "exec"
        assert [field.name for field in space["fields"](hook)] == ["kind", "seconds", "values", "node"]
        assert list(vars(hook)) == ["kind", "seconds", "values", "node"]
        assert hash(Hook("a", values=())) == hash(Hook("a", values=(), node=1)) != hash(Hook("b", values=()))
        long = Long("exec", 1.0)
        assert isinstance(long, Hook) and long != Hook("exec", 1.0) and long.more == 2 and long.values == {}
        assert space["replace"](long, more=3) == Long("exec", 1.0, {}, None, 3) and long.least == 1.0
        sleep = space["Sleep"](seconds=3.0)
        assert list(vars(sleep)) == ["kind", "seconds", "values", "node", "long"] and sleep.kind == "sleep"
        assert sleep == space["Sleep"]("sleep", 3.0) != space["Sleep"]() and space["Sleep"]().seconds is None
        for wrong in (Hook, Long, space["Sleep"]):
            with pytest.raises(ValueError, match="wrong"):
                wrong("wrong")
        for less in (Hook, Long):
            with pytest.raises(TypeError):
                less()
        with pytest.raises(TypeError):
            space["replace"](hook, unknown=1)
        assert Run().runs == [1] and Run().runs is not Run().runs and Run() == Run()
        with pytest.raises(TypeError):
            hash(Run())
        assert Node().raw == "plain" and Node() != Node() and Lazy().raw == "read raw"


@pytest.mark.parametrize(
    "wrong",
    [
        "@dataclass\nclass A:\n    a: int = field(default=1, kw_only=True)",
        "@dataclass\nclass A:\n    a: int = field(init=False)",
        "@dataclass\nclass A: ...\n@dataclass\nclass B(A): ...\n@dataclass\nclass C(B): ...",
    ],
)
def test_a_class_that_cannot_be_written_out_stops_the_build(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"packed_python\.py knows"):
        packed(wrong, made_classes(wrong))


def test_what_nothing_uses_of_a_module_is_left_out() -> None:
    text = "import a, b\nfrom c import d as e\nLIMIT = b.limit\ndef used(): return LIMIT\ndef wanted(): return used()\nclass Other(e): ..."
    small = " ".join(packed(text, only=("wanted",)).split())
    assert small == "import b LIMIT = b.limit def used(): return LIMIT def wanted(): return used()"
    module = classes(
        str(checker_files.modules("en")["difflib"][1]), collections=library("collections"), typing=library("typing")
    )
    texts = ("a\nb\nc\nd\n", "a\nc\nx\nd\n", "", "b\n" * 300, "b\n" * 150 + "x\n")
    for one in texts:
        for other in texts:
            lines = one.splitlines(), other.splitlines()
            assert list(module["unified_diff"](*lines, n=2)) == list(difflib.unified_diff(*lines, n=2))


def test_a_sentence_has_one_language_and_a_rule_what_the_page_shows_of_it() -> None:
    text = """
ABOUT = About(
    title=Text("title", "제목"), what=Text("what", "무엇"), why=Text("why", "왜"), fix=Text("fix", "고치기"), see=("a.md#b",)
)
SAID = Text("one " "two", "하나 둘")
MADE = Text(f"{ABOUT}", "셋")
BOTH = Text(*SAID)
def words():
    if SAID:
        return "    four\\n        five"
"""
    assert packed(text, lang="ko").splitlines() == [
        "ABOUT = About(title=None, what=None, why=None, fix=Text('', '고치기'), see=None)",
        "SAID = Text('', '하나 둘')",
        "MADE = Text(f'{ABOUT}', '셋')",
        "BOTH = Text(*SAID)",
        "",
        "def words():",
        " if SAID:",
        "  return '    four\\n        five'",
    ]
    assert "SAID = Text('one two', '')" in packed(text, lang="en")
    assert "SAID = Text('one two', '하나 둘')" in packed(text)
