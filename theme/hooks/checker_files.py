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
from packed_python import Made, imports, made_classes, packed

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
#: What of the standard library is loaded as Python has it, and of what parts; theme/checker/library has what the package
#: uses of the rest, and Brython some built in. Brython's own json is the browser's, which cannot read one string of a text and
#: has errors of its own.
_FROM_PYTHON: dict[ModuleType, tuple[str, ...]] = {
    json: ("JSONDecoder", "dumps", "loads"), json.decoder: (), json.encoder: (), json.scanner: (), difflib: ("unified_diff",),
}
#: What the checker alone needs: `modules.json` holds it, and `core.json` the rest.
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
    own["engine.js"] = own.pop("regex.js") + own["engine.js"]  # one request less
    return {**own, "brython.js": (_BRYTHON / "brython.js").read_text(encoding="utf-8"), **_module_files()}


def version() -> str:
    """A hash of all that the page loads."""
    return _hash("\0".join(contents().values()))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _module_files() -> dict[str, str]:
    """The modules as the Worker reads them, a line each: the name, the module, and what can be imported with it and those
    above it. `core.json` stands above `modules.json`."""
    held = modules()
    needs = {name: _needs(name, held) for name in held}
    order = sorted(held, key=lambda name: (not _is_core(name), len(needs[name]), name))
    place = {name: number for number, name in enumerate(order)}
    ready: dict[int, list[str]] = {}
    for name in order:
        ready.setdefault(max(place[other] for other in needs[name]), []).append(name)
    lines = {name: json.dumps([name, held[name], ready.get(place[name], [])], ensure_ascii=False) for name in order}
    return {
        file: "[\n" + ",\n".join(line for name, line in lines.items() if _is_core(name) is core) + "\n]\n"
        for file, core in (("core.json", True), ("modules.json", False))
    }


def _needs(name: str, held: dict[str, Module]) -> set[str]:
    """All that is loaded with a module, and itself: what it imports, the packages that it stands in, and what these need.

    Errors: `ValueError` where one of them is left out of the page, whose tools would not start.
    """
    needed: set[str] = set()
    found = {name}
    while found:
        module = found.pop()
        needed.add(module)
        _, source, *rest = held[module]
        found |= imports(str(source), module, is_package=len(rest) > 1) | {module.rpartition(".")[0]}
        if found & _LEFT_OUT:
            raise ValueError(f"{module} imports {', '.join(found & _LEFT_OUT)}: load it in the page, too (_LEFT_OUT)")
        found &= held.keys() - needed
    return needed


def _is_core(name: str) -> bool:
    """Whether the calculator needs a module, too."""
    top = name.partition(".")[0]
    return bool(_CORE.fullmatch(name)) if top == "timing_rules" else top != "yaml" and top not in _CHECKER_LIBRARY


def modules() -> dict[str, Module]:
    """Our package, PyYAML, and what these import of the standard library."""
    library = {module.__name__: _module(Path(str(module.__file__)), only=only) for module, only in _FROM_PYTHON.items()}
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
