"""The words of the rules: the same placeholders in both languages, each filled in, and every rule in the registry."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import string
import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest
from timing_rules.rules.registry import RULES
from timing_rules.rules.rule import About, Rule
from timing_rules.text import Text

from tests.examples.manifests import ROOT

FOLDER = ROOT / "snippets" / "timing_rules" / "rules"
MODULES = {path.stem: path for path in sorted(FOLDER.glob("pt*.py"))}
every_rule = pytest.mark.parametrize("name", MODULES)


def module(name: str) -> ModuleType:
    return importlib.import_module(f"timing_rules.rules.{name}")


def said(room: ModuleType) -> Iterator[tuple[str, Text]]:
    """Every message and every fix of a rule's module, by its name."""
    for name, text in vars(room).items():
        if name.split("_")[0] in ("MESSAGE", "FIX"):
            assert isinstance(text, Text), name
            yield name, text


def placeholders(text: str) -> list[str]:
    return sorted({name for _, name, _, _ in string.Formatter().parse(text) if name is not None})


def values(source: str) -> set[str]:
    """The names that the calls of `Problem` in a source fill in; `c` is the container, which all of them have."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    problems = [call for call in calls if getattr(call.func, "id", None) == "Problem"]
    given = {keyword.arg for call in problems for keyword in call.keywords if keyword.arg is not None}
    return (given | {"c"}) - {"say", "fix", "edits", "severity", "container", "place"}


def faults(name: str, text: Text, known: set[str]) -> list[str]:
    """What is wrong with the placeholders of a text."""
    english, korean = placeholders(text.en), placeholders(text.ko)
    wrong = [f"{name}: {english} in English, {korean} in Korean"] if english != korean else []
    return wrong + [f"{name}: no Problem fills in {{{one}}}" for one in {*english, *korean} - known]


@every_rule
def test_both_languages_have_the_same_placeholders_and_each_is_filled_in(name: str) -> None:
    room = module(name)
    known = values(inspect.getsource(room))
    wrong = [fault for text in said(room) for fault in faults(*text, known)]
    assert not wrong, f"{name}.py: " + "\n".join(wrong)


@every_rule
def test_every_message_and_fix_is_used_and_what_a_page_shows_has_no_placeholder(name: str) -> None:
    room = module(name)
    names = [node.id for node in ast.walk(ast.parse(inspect.getsource(room))) if isinstance(node, ast.Name)]
    unused = [text for text, _ in said(room) if names.count(text) < 2]
    assert not unused, f"{name}.py: no Problem says {unused}"
    assert isinstance(room.ABOUT, About)
    for text in room.ABOUT.texts:
        assert text.en and text.ko and "{" not in text.en + text.ko, f"{name}.py: {text.en}"


@every_rule
def test_a_file_is_named_after_its_code_and_what_it_finds_and_says_both_first(name: str) -> None:
    room = module(name)
    rule: Rule = room.RULE
    assert name == f"{rule.code.lower()}_{rule.find.__name__}" and rule.find.__module__ == room.__name__
    first = (room.__doc__ or "").split("\n")[0]
    title = f"{rule.code}: {rule.title.en}."
    assert first.casefold() == title.casefold(), f'{name}.py: begin with """{title}"""'


@every_rule
def test_nothing_is_left_to_write(name: str) -> None:
    """`make rule` leaves a TODO wherever only the author knows what to say, in each language."""
    lines = enumerate(MODULES[name].read_text(encoding="utf-8").splitlines(), 1)
    left = [f"{name}.py:{number}: write this: {line.strip()}" for number, line in lines if "TODO" in line]
    assert not left, "\n".join(left)


def test_the_registry_lists_the_files_of_the_folder_in_order() -> None:
    assert list(RULES.values()) == [module(name).RULE for name in MODULES]
    assert list(RULES) == sorted(RULES) == [rule.code for rule in RULES.values()]


def test_the_checks_see_what_they_look_for() -> None:
    known = values('Problem(place, "web", say=MESSAGE, fix=FIX, t=1, px=2)\nOther(g=3)\n')
    assert known == {"c", "t", "px"}
    assert not faults("MESSAGE", Text("{c} {t}", "{t}, {c}"), known)
    assert faults("MESSAGE", Text("{t}", "{c}"), known) == ["MESSAGE: ['t'] in English, ['c'] in Korean"]
    assert faults("MESSAGE", Text("{gr}", "{gr}"), known) == ["MESSAGE: no Problem fills in {gr}"]


def test_the_words_are_data_and_survive_without_docstrings() -> None:
    code = "from timing_rules import cli; cli.main(['rule', '--lang', 'ko', 'PT202'])"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "snippets"), "PYTHONIOENCODING": "utf-8"}
    ran = subprocess.run(
        [sys.executable, "-OO", "-c", code], capture_output=True, encoding="utf-8", env=environment, check=True
    )
    assert ran.stderr == "" and RULES["PT202"].title.ko in ran.stdout and RULES["PT202"].fix.ko in ran.stdout
