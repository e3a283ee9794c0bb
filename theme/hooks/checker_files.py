"""The files of the checker and the calculator: our scripts, Brython, and the Python that it runs, cut down to what is imported
and to one language.

Nothing but our own scripts is in the repository: Brython and PyYAML come from their installed packages. Everything is
asked for with a hash of its sources in its address, so that a browser may keep it for as long as they stay the same.
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
from itertools import takewhile
from pathlib import Path
from types import MappingProxyType, ModuleType

import brython  # type: ignore[import-untyped]
import minify  # type: ignore[import-untyped]
import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File
from packed_python import Made, imports, made_classes, packed

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "theme" / "checker"
FOLDER = "assets/checker"
_BRYTHON = Path(brython.__file__).parent / "data" / "brython.js"
_HELP = re.compile(r"^var docs=\{.*\n^for\(var key in docs\).*\n", re.MULTILINE)
_LOOKED_UP = re.compile(r"(?<![\w$.])0\[0\]")
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
#: What the checker alone needs: `modules.json` holds it, and `engine.js` the rest.
_CHECKER_LIBRARY = {"difflib", "posixpath", "sys"}
_CORE = re.compile(r"timing_rules(\.(text|versions|calculator|domain(\.(container|given|pod|settings))?|timeline(\..+)?|show(\.(sketch|cause|scale|picture|lanes|recording))?))?")
# fmt: on

#: A module as Brython's file system holds it: suffix, source, imports, and 1 for a package.
Module = list[object]


def files(config: MkDocsConfig) -> Iterator[File]:
    """Every file that the page loads."""
    for name, content in contents(str(config.theme["language"])).items():
        yield File.generated(config, f"{FOLDER}/{name}", content=content)
    for page in ("check", "calculator"):  # a service worker is asked about what stands in its own folder
        yield File.generated(config, f"{page}/offline.js", content=(SCRIPTS / "offline.js").read_text(encoding="utf-8"))


def contents(lang: str) -> dict[str, str]:
    """The files of a language by their names, as they are now: `make serve` builds again and again.

    A request takes a phone longer than 30 KB, so that what the calculator needs is one file, and the checker asks for one more.
    """
    own = {path.name: path.read_text(encoding="utf-8") for path in sorted(SCRIPTS.glob("*.*s"))}
    core, checker = module_files(lang)
    worker = own["engine.js"].replace("/* brython.js */", _brython()).replace("[/* core */]", core)
    own["engine.js"] = own.pop("regex.js") + worker
    return {**own, "modules.json": checker}


def version() -> str:
    """A hash of all that the page loads is made from: the same for both languages, which share what a browser keeps."""
    python = [ROOT / "snippets" / "timing_rules", Path(yaml.__file__).parent, SCRIPTS, Path(__file__).parent]
    paths = [path for folder in python for path in sorted(folder.rglob("*.*")) if path.suffix in {".py", ".js", ".css"}]
    paths += [Path(str(module.__file__)) for module in _FROM_PYTHON] + [_BRYTHON]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()[:12]


@cache
def _brython() -> str:
    """Brython with short names below its own first lines, and without the help of Python's own functions. Errors: `ValueError`
    where that is not found."""
    text, count = _HELP.subn("", _BRYTHON.read_text(encoding="utf-8"))
    if count != 1:
        raise ValueError("brython.js: the help of Python's own functions stands elsewhere now (_HELP)")
    origin = "".join(takewhile(lambda line: line.startswith("//"), text.splitlines(keepends=True)))
    # The shortest way to write `undefined`, `0[0]`, is a look-up in V8: answers would take a third longer.
    return origin + _LOOKED_UP.sub(" void 0", minify.string("application/javascript", text))


def module_files(lang: str) -> tuple[str, str]:
    """What both tools need, and what the checker alone needs above it. A line each as the Worker reads them: the name, the
    module, and what can be imported with it and those above it."""
    held = modules(lang)
    needs = {name: _needs(name, held) for name in held}
    order = sorted(held, key=lambda name: (not _is_core(name), len(needs[name]), name))
    place = {name: number for number, name in enumerate(order)}
    ready: dict[int, list[str]] = {}
    for name in order:
        ready.setdefault(max(place[other] for other in needs[name]), []).append(name)
    lines = {name: json.dumps([name, held[name], ready.get(place[name], [])], ensure_ascii=False) for name in order}
    core, checker = (
        "[\n" + ",\n".join(line for name, line in lines.items() if _is_core(name) is both) + "\n]\n"
        for both in (True, False)
    )
    return core, checker


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


def modules(lang: str) -> dict[str, Module]:
    """Our package, PyYAML, and what these import of the standard library, with the words of a language."""
    library = {module.__name__: _module(Path(str(module.__file__)), only=only) for module, only in _FROM_PYTHON.items()}
    sources = version()
    own = _package("timing_rules", ROOT / "snippets" / "timing_rules", sources, lang)
    yaml_, shims = _package("yaml", Path(yaml.__file__).parent, sources), _package("", SCRIPTS / "library", sources)
    return {**library, **own, **yaml_, **shims}


def _module(
    path: Path, known: Mapping[str, Made] = MappingProxyType({}), only: Iterable[str] = (), lang: str = ""
) -> Module:
    """A Python file without what only people and type checkers read."""
    package = [1] if path.name == "__init__.py" else []
    return [".py", packed(path.read_text(encoding="utf-8"), known, only, lang), [], *package]


@cache
def _package(name: str, folder: Path, sources: str, lang: str = "") -> dict[str, Module]:
    """The Python files of a package, or of a folder of modules; packed once for each version of their sources."""
    paths = {}
    for path in sorted(folder.rglob("*.py")):
        parts = [*filter(None, [name]), *path.relative_to(folder).with_suffix("").parts]
        module = ".".join(parts).removesuffix(".__init__")
        if module not in _LEFT_OUT:
            paths[module] = path
    known: dict[str, Made] = {}
    for path in paths.values():
        known |= made_classes(path.read_text(encoding="utf-8"))
    return {module: _module(path, known, lang=lang) for module, path in paths.items()}
