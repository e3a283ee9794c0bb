"""The files of the checker and the calculator: our scripts, Brython, and the Python that it runs, cut down to what is imported.

Nothing but our own scripts is in the repository: Brython and PyYAML come from their installed packages. Everything is
asked for with a hash of the content in its address, so that a browser may keep it for as long as it stays the same.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import json.decoder
import json.encoder
import json.scanner
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType, ModuleType

import brython  # type: ignore[import-untyped]
import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File
from packed_python import Made, made_classes, packed

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
#: What of the standard library is loaded as Brython has it; theme/checker/library has what the package uses of the rest.
_FROM_BRYTHON = ("browser", "builtins")
#: What as Python has it, and of what parts: Brython's own json is the browser's, which cannot read one string of a text and
#: has errors of its own.
_FROM_PYTHON: dict[ModuleType, tuple[str, ...]] = {
    json: ("JSONDecoder", "dumps", "loads"), json.decoder: (), json.encoder: (), json.scanner: (), difflib: ("unified_diff",),
}
#: What the checker alone needs: `modules.js` holds it, and `core.js` the rest.
_CHECKER_LIBRARY = {"difflib", "posixpath", "sys"}
_CORE = re.compile(r"timing_rules(\.(text|versions|calculator|domain(\.(container|given|pod|settings))?|timeline(\..+)?|show(\.(sketch|cause|scale|picture|lanes|recording))?))?")
# fmt: on

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
    core = {name: module for name, module in held.items() if _is_core(name)}
    rest = {name: module for name, module in held.items() if name not in core}
    return {
        name: f"__BRYTHON__.use_VFS = true;\n__BRYTHON__.update_VFS({json.dumps({**stamp, **part}, ensure_ascii=False)});\n"
        for name, part in (("core.js", core), ("modules.js", rest))
    }


def _is_core(name: str) -> bool:
    """Whether the calculator needs a module, too."""
    top = name.partition(".")[0]
    return bool(_CORE.fullmatch(name)) if top == "timing_rules" else top != "yaml" and top not in _CHECKER_LIBRARY


def modules() -> dict[str, Module]:
    """Our package, PyYAML, and what these import of the standard library."""
    text = (_BRYTHON / "brython_stdlib.js").read_text(encoding="utf-8")
    brython_library: dict[str, Module] = json.loads(text[text.index("{") : text.rindex("}") + 1])
    library = {name: brython_library[name] for name in _FROM_BRYTHON}
    for module, only in _FROM_PYTHON.items():
        library[module.__name__] = _module(Path(str(module.__file__)), only=only)
    own = _package("timing_rules", ROOT / "snippets" / "timing_rules") | _package("yaml", Path(yaml.__file__).parent)
    return {**library, **own, **_package("", SCRIPTS / "library")}


def _module(path: Path, known: Mapping[str, Made] = MappingProxyType({}), only: Iterable[str] = ()) -> Module:
    """A Python file without what only people and type checkers read."""
    package = [1] if path.name == "__init__.py" else []
    return [".py", packed(path.read_text(encoding="utf-8"), known, only), [], *package]


@cache
def _package(name: str, folder: Path) -> dict[str, Module]:
    """The Python files of a package, or of a folder of modules."""
    paths = {}
    for path in sorted(folder.rglob("*.py")):
        parts = [*filter(None, [name]), *path.relative_to(folder).with_suffix("").parts]
        module = ".".join(parts).removesuffix(".__init__")
        if module not in _LEFT_OUT:
            paths[module] = path
    known: dict[str, Made] = {}
    for path in paths.values():
        known |= made_classes(path.read_text(encoding="utf-8"))
    return {module: _module(path, known) for module, path in paths.items()}
