"""What the checker and the calculator are given to load: all that its Python imports, and the scripts as they are now."""

from __future__ import annotations

import ast
import gzip
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import checker_files
import pytest
from packed_python import imports
from timing_rules.rules import pt101_prestop_fills_grace as PT101


def loads_of(module: str) -> list[str]:
    """What of our package is imported with one of its modules."""
    loads = f"import sys, {module}; print(*[name for name in sys.modules if name.startswith('timing_rules')])"
    return subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, check=True).stdout.split()


def test_the_python_that_the_page_runs_is_there() -> None:
    """A module that a page lacks keeps its checker from starting, and no test without a browser would tell."""
    loaded = loads_of("timing_rules.browser")
    assert len(loaded) > 80
    assert set(loaded) <= checker_files.modules("en").keys()


def test_the_calculator_loads_all_that_it_needs_and_little_more() -> None:
    loads = loads_of("timing_rules.calculator")
    core, rest = (held_by(text) for text in checker_files.module_files("en"))
    assert set(loads) == {name for name in core if name.startswith("timing_rules")}
    assert not core & rest and core | rest == checker_files.modules("en").keys()
    contents = checker_files.contents("en")
    assert f"const CORE = {checker_files.module_files('en')[0]};" in contents["engine.js"]
    assert held_by(contents["modules.json"]) == rest


def held_by(script: str) -> set[str]:
    """The modules in a file."""
    return {name for name, _, _ in json.loads(script)}


def test_a_module_is_imported_when_all_that_it_imports_is_there() -> None:
    """The Worker imports while it loads: a name too early is an error there, and one too late is compiled when all is here."""
    held = checker_files.modules("ko")
    there: set[str] = set()
    imported: list[str] = []
    for text in checker_files.module_files("ko"):
        lines = text.splitlines()[1:-1]
        for line in lines:
            name, module, ready = json.loads(line.removesuffix(","))
            there.add(name)
            imported += ready
            assert len(ready) < 20, "these all wait for the last one of them"
            assert module == held[name]
            for late in ready:
                package = [late.rpartition(".")[0]] if "." in late else []
                needed = imports(str(held[late][1]), late, len(held[late]) > 3)
                assert (needed | {*package, late}) & held.keys() <= there, late
    assert sorted(imported) == sorted(held)


def test_a_module_that_the_page_does_not_load_stops_the_build_where_one_needs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without it neither tool starts."""
    checker_files.modules("en")  # kept: what follows is left out of no other test
    monkeypatch.setattr(checker_files, "_LEFT_OUT", {"timing_rules.show.drawing"})
    with pytest.raises(ValueError, match=r"terminal imports timing_rules\.show\.drawing: load it in the page"):
        checker_files.contents("en")


def test_the_imports_of_a_module_are_found() -> None:
    text = "import a.b, c\nfrom . import d\nfrom ..e import f as g\nfrom h import i\nif x:\n    import no\ndef late(): import no"
    names = {"a.b", "c", "h", "h.i"}
    assert imports(text, "p.q.r") == names | {"p.q", "p.q.d", "p.e", "p.e.f"}
    assert imports(text, "p.q", is_package=True) == names | {"p.q", "p.q.d", "p.e", "p.e.f"}


def test_the_standard_library_that_it_imports_is_there() -> None:
    held = checker_files.modules("en")
    for name, (_, source, *_) in held.items():
        if name.startswith("timing_rules"):
            for node in ast.parse(str(source)).body:
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [str(node.module)] if isinstance(node, ast.ImportFrom) and not node.level else []
                missing = {imported.split(".")[0] for imported in names} - held.keys()
                assert not missing, f"{name} imports {missing}: add it to _LIBRARY"


def test_a_script_that_has_changed_is_loaded_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the site is served, one process builds it again and again."""
    folder = shutil.copytree(checker_files.SCRIPTS, tmp_path / "checker")
    monkeypatch.setattr(checker_files, "SCRIPTS", folder)
    before = checker_files.version()
    assert checker_files.version() == before
    (folder / "page.js").write_text("// new", encoding="utf-8")
    assert checker_files.contents("en")["page.js"] == "// new"
    assert checker_files.version() != before


def test_python_that_has_changed_is_packed_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or a browser would keep the old one under the version of the new one."""
    package = shutil.copytree(checker_files.ROOT / "snippets/timing_rules", tmp_path / "snippets/timing_rules")
    monkeypatch.setattr(checker_files, "ROOT", tmp_path)
    before, held = checker_files.version(), checker_files.modules("en")
    (package / "text.py").write_text("CHANGED = 1\n", encoding="utf-8")
    assert checker_files.version() != before
    changed = checker_files.modules("en")
    assert changed["timing_rules.text"][1] == "CHANGED = 1"
    assert changed["timing_rules.versions"] == held["timing_rules.versions"]


def test_what_is_named_of_pyyaml_is_there() -> None:
    """The page has a smaller PyYAML: what reads, and no more. What only the C half offers is asked for before it is used."""
    package = checker_files.ROOT / "snippets" / "timing_rules"
    texts = [path.read_text(encoding="utf-8") for path in package.rglob("*.py")]
    named = {name for text in texts for name in re.findall(r"\byaml\.([A-Za-z]+)", text)} - {"compose"}
    tree = ast.parse(str(checker_files.modules("en")["yaml"][1]))
    held = {alias.asname for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    held |= {node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    assert len(named) > 10 and named <= held


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_code_of_both_tools_is_small(lang: str) -> None:
    """Compressed as a web server does. The calculator loads a part."""
    weight = {name: len(gzip.compress(text.encode(), 9)) for name, text in checker_files.contents(lang).items()}
    told = ", ".join(f"{name} {size:,}" for name, size in weight.items())
    assert sum(weight.values()) < 440_000, told
    assert sum(weight.values()) - weight["modules.json"] < 300_000, told


def test_brython_is_the_whole_of_it_but_for_its_help(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What no test runs of it is there all the same, and the words that nobody asks for are not."""
    short = checker_files.contents("en")["engine.js"]
    for name in ("update_VFS", "runPythonSource", "use_VFS", "precompiled", "error_trace", "UnicodeDecodeError"):
        assert name in short
    assert "\n// github.com/brython-dev/brython\n" in short
    assert "Return the absolute value of" not in short
    assert not re.search(r"\b0\[0\]", short), "V8 looks up what this stands for"
    other = tmp_path / "brython.js"
    other.write_text("var help={}\n", encoding="utf-8")
    monkeypatch.setattr(checker_files, "_BRYTHON", other)
    checker_files._brython.cache_clear()
    with pytest.raises(ValueError, match=r"brython\.js: the help of Python's own functions stands elsewhere"):
        checker_files.contents("en")
    checker_files._brython.cache_clear()


def test_a_language_has_its_own_words_alone_and_one_version_serves_both() -> None:
    english, korean = (checker_files.contents(lang) for lang in ("en", "ko"))
    told = {lang: PT101.MESSAGE.get(lang).partition("{c}")[2][:30] for lang in ("en", "ko")}
    assert told["en"] in english["modules.json"] and told["ko"] not in english["modules.json"]
    assert told["ko"] in korean["modules.json"] and told["en"] not in korean["modules.json"]
    for lang, contents in (("en", english), ("ko", korean)):
        assert PT101.ABOUT.fix.get(lang) in contents["modules.json"]
        for unseen in (PT101.ABOUT.title, PT101.ABOUT.what, PT101.ABOUT.why):
            assert unseen.get(lang) not in contents["modules.json"]
    assert {name for name in english if english[name] != korean[name]} == {"engine.js", "modules.json"}
