"""The files of the checker and the calculator: our scripts, Brython, and the Python that it runs, cut down to what is imported.

Nothing but our own scripts is in the repository: Brython and PyYAML come from their installed packages. Everything is
asked for with a hash of the content in its address, so that a browser may keep it for as long as it stays the same.
"""

from __future__ import annotations

import ast
import hashlib
import json
import json.decoder
import json.encoder
import json.scanner
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import brython  # type: ignore[import-untyped]
import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "theme" / "checker"
FOLDER = "assets/checker"
_BRYTHON = Path(brython.__file__).parent / "data"
# fmt: off
#: The command line with what it alone uses, and of PyYAML the C half and what makes values or text.
_LEFT_OUT = {
    "timing_rules.cli", "timing_rules.__main__", "timing_rules.config", "timing_rules.baseline", "timing_rules.files",
    "timing_rules.show.sarif", "timing_rules.show.github", "timing_rules.show.fingerprint",
    "timing_rules.show.table", "timing_rules.show.thumbnail",
    "yaml.constructor", "yaml.cyaml", "yaml.dumper", "yaml.emitter", "yaml.loader", "yaml.representer", "yaml.serializer",
}
#: What the package needs of Brython's standard library, as `Object.keys(__BRYTHON__.imported)` shows it in a browser.
_LIBRARY = (
    "__future__", "_ast", "_codecs", "_collections", "_collections_abc", "_colorize",
    "_functools", "_operator", "_py_abc",
    "_thread", "_typing", "_weakref", "_weakrefset", "abc", "annotationlib", "ast",
    "browser", "builtins", "codecs", "collections", "copy", "copyreg", "dataclasses",
    "difflib", "enum", "functools", "genericpath", "heapq",
        "itertools", "keyword", "math", "operator", "os", "posix",
    "posixpath", "reprlib", "stat", "sys", "types", "typing",
    "weakref",
)
#: What the calculator needs: `core.js` holds it, and `modules.js` the rest.
_CORE_LIBRARY = {
    "__future__", "_ast", "_codecs", "_collections", "_collections_abc", "_functools", "_operator", "_py_abc", "_thread",
    "_typing", "_weakref", "_weakrefset", "abc", "annotationlib", "ast", "browser", "builtins", "codecs", "collections",
    "copy", "copyreg", "dataclasses", "enum", "functools", "html", "itertools", "json", "json.decoder",
    "json.encoder", "json.scanner", "keyword", "math", "operator", "re", "reprlib", "sys", "types", "typing", "weakref",
}
_CORE = re.compile(r"timing_rules(\.(text|versions|calculator|domain(\.(container|given|pod|settings))?|timeline(\..+)?|show(\.(sketch|cause|scale|picture|lanes|recording))?))?")
# fmt: on
#: Brython's own json is the browser's, which cannot read one string of a text and raises errors of its own.
_FROM_PYTHON = {module.__name__: module for module in (json, json.decoder, json.encoder, json.scanner)}

#: A module as Brython's file system holds it: suffix, source, imports, and 1 for a package.
Module = list[object]


def files(config: MkDocsConfig) -> Iterator[File]:
    """Every file that the page loads."""
    for name, content in contents().items():
        yield File.generated(config, f"{FOLDER}/{name}", content=content)
    for page in ("check", "calculator"):  # a service worker is asked about what stands in its own folder
        yield File.generated(config, f"{page}/offline.js", content=(SCRIPTS / "offline.js").read_text(encoding="utf-8"))


def contents() -> dict[str, str]:
    """The files by their names, as they are now: `make serve` builds again and again."""
    own = {path.name: path.read_text(encoding="utf-8") for path in sorted(SCRIPTS.glob("*.*s"))}
    return {**own, "brython.js": (_BRYTHON / "brython.js").read_text(encoding="utf-8"), **_module_scripts()}


def version() -> str:
    """A hash of all that the page loads."""
    return _hash("\0".join(contents().values()))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _module_scripts() -> dict[str, str]:
    held = modules()
    # Brython keeps what it has compiled in the browser, for as long as this number stays the same.
    stamp = {"$timestamp": int(_hash(json.dumps(held)), 16)}
    core = {name: module for name, module in held.items() if name in _CORE_LIBRARY or _CORE.fullmatch(name)}
    rest = {name: module for name, module in held.items() if name not in core}
    return {
        name: f"__BRYTHON__.use_VFS = true;\n__BRYTHON__.update_VFS({json.dumps({**stamp, **part}, ensure_ascii=False)});\n"
        for name, part in (("core.js", core), ("modules.js", rest))
    }


def modules() -> dict[str, Module]:
    """Our package, PyYAML, and what these import of the standard library."""
    text = (_BRYTHON / "brython_stdlib.js").read_text(encoding="utf-8")
    library: dict[str, Module] = json.loads(text[text.index("{") : text.rindex("}") + 1])
    python = {name: _module(Path(str(module.__file__))) for name, module in _FROM_PYTHON.items()}
    python |= {name: _module(SCRIPTS / f"{name}.py") for name in ("re", "html", "inspect")}
    own = {
        **_package("timing_rules", ROOT / "snippets" / "timing_rules"),
        **_package("yaml", Path(yaml.__file__).parent),
    }
    own["yaml"] = [*_module(SCRIPTS / "yaml.py"), 1]  # the 1 of a package
    return {**{name: library[name] for name in _LIBRARY}, **python, **own}


def _module(path: Path) -> Module:
    """A Python file without what only people read: its comments and docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and ast.get_docstring(node, clean=False) is not None
        ):
            node.body = node.body[1:] or [ast.Pass()]
    package = [1] if path.name == "__init__.py" else []
    return [".py", ast.unparse(ast.fix_missing_locations(tree)), [], *package]


@cache
def _package(name: str, folder: Path) -> dict[str, Module]:
    """The Python files of a package."""
    found = {}
    for path in sorted(folder.rglob("*.py")):
        parts = [name, *path.relative_to(folder).with_suffix("").parts]
        module = ".".join(parts).removesuffix(".__init__")
        if module not in _LEFT_OUT:
            found[module] = _module(path)
    return found
