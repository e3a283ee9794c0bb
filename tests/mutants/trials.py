"""Tries changes, each in a process of its own: does a test fail, or else the type checker?

The tests are collected once. For a change within a function, a fork of that process gives the function the changed code and
runs the tests that reach its line, cheap ones first, until one fails. A change outside of functions, or of one that already
worked while modules were imported, needs a process that imports the package anew: a fork from before the import.
"""

from __future__ import annotations

import ast
import functools
import gc
import importlib.util
import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NamedTuple

import coverage
import hypothesis
import pytest

from tests.mutants.changes import Change, changed
from tests.mutants.types import Types

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "snippets" / "timing_rules"
#: Quick tests that run the package in their own process.
TESTS = [
    "tests/package", "tests/snapshots", "tests/cases", "tests/examples", "tests/timing", "tests/injection", "tests/docs",
    "docs", "snippets", "tests/site/test_hooks.py", "tests/site/test_charts.py", "tests/site/test_cluster_charts.py",
]  # fmt: skip
#: CPU seconds that a child may take at least, and times those of its tests: a change may well loop for ever.
LEAST_SECONDS, TIMES = 30, 4
MEMORY = 6 * 2**30


class Reach(NamedTuple):
    """Which tests reach a line (file → line → tests), the lines that work at import, CPU seconds of each test."""

    tests: dict[str, dict[int, set[str]]]
    at_import: dict[str, set[int]]
    seconds: dict[str, float]

    def of(self, change: Change) -> list[str]:
        """The tests that reach a change, the cheap ones first; all where only an import does, as outside of functions."""
        lines = self.tests.get(str(change.path), {})
        if self.is_for_imports(change):
            beside = {test for tests in lines.values() for test in tests}
            return sorted(self.seconds, key=lambda test: (test not in beside, self.seconds[test]))
        return sorted(self.reached(change), key=lambda test: self.seconds[test])

    def reached(self, change: Change) -> set[str]:
        """The tests that run a line of a change."""
        lines = self.tests.get(str(change.path), {})
        return {test for line in range(change.line, change.end + 1) for test in lines.get(line, ())}

    def is_for_imports(self, change: Change) -> bool:
        """Whether a change can show itself only where the package is imported anew."""
        return not change.function or (self.works_at_import(change) and not self.reached(change))

    def works_at_import(self, change: Change) -> bool:
        """Whether its line has run before any test did: what it made may be kept by a module."""
        return not self.at_import.get(str(change.path), set()).isdisjoint(range(change.line, change.end + 1))


class Outcome(NamedTuple):
    """How a trial ended: `dead` where a test failed, `late` where it ran out of time, `refused` where no test failed and the
    type checker did, `alive`, `unreached`."""

    change: Change
    end: str


def reach() -> Reach:
    """Runs all tests once, unchanged, and keeps what each of them reaches."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "reach.json"
        ((_, status),) = _children([(None, lambda: _record(file))], 1)
        if status:
            raise SystemExit("The tests fail without any change: mend them first.")
        kept = json.loads(file.read_text(encoding="utf-8"))
    tests = {path: {int(line): set(names) for line, names in lines.items()} for path, lines in kept["tests"].items()}
    at_import = {path: {line for line, names in lines.items() if "" in names} for path, lines in tests.items()}
    for lines in tests.values():
        for names in lines.values():
            names.discard("")
    return Reach(tests, at_import, kept["seconds"])


def tried(changes: list[Change], table: Reach, jobs: int) -> Iterator[Outcome]:
    """The outcome of each change, in the order in which they end."""
    with tempfile.TemporaryDirectory() as folder:
        types = Types(Path(folder))
        for outcome in _run(changes, table, jobs):
            lives = outcome.end in ("alive", "unreached")
            yield outcome._replace(end="refused") if lives and types.refuse(outcome.change) else outcome


def _run(changes: list[Change], table: Reach, jobs: int) -> Iterator[Outcome]:
    """The outcome of each change by the tests alone."""
    anew = [change for change in changes if table.is_for_imports(change)]
    swapped = [change for change in changes if change not in anew and table.reached(change)]
    yield from (Outcome(change, "unreached") for change in changes if change not in swapped and change not in anew)
    for outcome in _swapped(swapped, table, jobs):
        if outcome.end == "alive" and table.works_at_import(outcome.change):
            anew.append(outcome.change)
        else:
            yield outcome
    tasks = [(change, functools.partial(_run_anew, change, table)) for change in anew]
    yield from (Outcome(change, _end(status)) for change, status in _children(tasks, jobs))


def _end(status: int) -> str:
    if not status:
        return "alive"
    return "late" if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL) else "dead"


def _children(tasks: Iterable[tuple[Any, Callable[[], int]]], jobs: int) -> Iterator[tuple[Any, int]]:
    """Runs each task in a fork, so many at a time; yields its key and its wait status."""
    running: dict[int, Any] = {}
    for key, task in tasks:
        if len(running) == jobs:
            pid, status = os.wait()
            yield running.pop(pid), status
        sys.stdout.flush()
        pid = os.fork()
        if not pid:
            _work(task)
        running[pid] = key
    while running:
        pid, status = os.wait()
        yield running.pop(pid), status


def _work(task: Callable[[], int]) -> None:
    """A child's life: it says nothing, and never goes back to what its parent was doing."""
    status = 70
    try:
        silence = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(silence, stream)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        status = task()
    finally:
        os._exit(status)


def _limit(seconds: float) -> None:
    most = int(LEAST_SECONDS + TIMES * seconds + time.process_time())
    resource.setrlimit(resource.RLIMIT_CPU, (most, most + 5))


def _pytest(*plugins: object) -> int:
    """Pytest, the same each time: no shrinking, no examples kept from an earlier run."""
    os.chdir(ROOT)
    hypothesis.settings.register_profile(
        "mutants", database=None, derandomize=True, deadline=None, phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate]
    )  # fmt: skip
    hypothesis.settings.load_profile("mutants")
    quiet = [
        "-q",
        "-s",
        "-x",
        "-p",
        "no:cacheprovider",
        "--no-header",
        "--no-summary",
        "-W",
        "ignore::pytest.PytestAssertRewriteWarning",
    ]
    return int(pytest.main([*quiet, *(str(ROOT / test) for test in TESTS)], plugins=list(plugins)))


class _Recorder:
    """Keeps what each test reaches."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.coverage = coverage.Coverage(data_file=None, source=[str(PACKAGE)], config_file=False, messages=False)
        self.coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        self.coverage.switch_context(item.nodeid)
        began = time.process_time()
        result = yield
        self.seconds[item.nodeid] = time.process_time() - began
        self.coverage.switch_context("")
        return result


def _record(file: Path) -> int:
    recorder = _Recorder()
    status = _pytest(recorder)
    recorder.coverage.stop()
    data = recorder.coverage.get_data()
    tests = {path: data.contexts_by_lineno(path) for path in data.measured_files()}
    file.write_text(json.dumps({"tests": tests, "seconds": recorder.seconds}), encoding="utf-8")
    return status


class _Swapping:
    """Takes the place of the run of the collected tests: one fork for each change."""

    def __init__(self, changes: list[Change], table: Reach, jobs: int, file: Path) -> None:
        self.changes, self.table, self.jobs, self.file = changes, table, jobs, file

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        gc.freeze()
        tasks = [
            (number, functools.partial(self._try, change, items, session)) for number, change in enumerate(self.changes)
        ]
        with self.file.open("w", encoding="utf-8") as lines:
            for number, status in _children(tasks, self.jobs):
                print(number, _end(status), file=lines, flush=True)
        return True

    def _try(self, change: Change, items: dict[str, pytest.Item], session: pytest.Session) -> int:
        names = self.table.of(change)
        gc.unfreeze()
        _swap(change)
        _limit(sum(self.table.seconds[name] for name in names))
        chosen = [items[name] for name in names]
        for item, following in zip(chosen, [*chosen[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.testsfailed:
                return 1
        return 0


def _swapped(changes: list[Change], table: Reach, jobs: int) -> Iterator[Outcome]:
    if not changes:
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "outcomes"
        for _ in _children([(None, lambda: _pytest(_Swapping(changes, table, jobs, file)))], 1):
            for line in file.read_text(encoding="utf-8").splitlines():
                number, end = line.split()
                yield Outcome(changes[int(number)], end)


def _swap(change: Change) -> None:
    """Gives the function of a change its changed code, wherever it is held, and empties what caches have kept."""
    path = str(change.path)
    codes = [code for code in _functions(compile(changed(change), path, "exec")) if code.co_name == change.function]
    code = max((code for code in codes if code.co_firstlineno <= change.line), key=lambda code: code.co_firstlineno)
    place = (path, code.co_qualname, code.co_firstlineno)
    held = 0
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType):
            own = thing.__code__
            if (own.co_filename, own.co_qualname, own.co_firstlineno) == place:
                thing.__code__ = code
                held += 1
        elif isinstance(thing, functools._lru_cache_wrapper):
            thing.cache_clear()
    assert held, place


def _functions(code: CodeType) -> Iterator[CodeType]:
    """The functions and methods of a module's code, those within functions left out."""
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield inner
            if not inner.co_flags & 0x02:  # CO_NEWLOCALS: a function; without it, the body of a class
                yield from _functions(inner)


class _ChangedLoader(SourceFileLoader):
    """Loads a module from a changed tree."""

    def __init__(self, name: str, path: str, tree: ast.Module) -> None:
        super().__init__(name, path)
        self.tree = tree

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.tree, self.path, "exec")


class _Finder:
    """Finds the changed module before the written one is found."""

    def __init__(self, change: Change) -> None:
        self.path, self.tree = str(change.path), changed(change)
        parts = change.path.relative_to(PACKAGE.parent).with_suffix("").parts
        self.name = ".".join(parts).removesuffix(".__init__")

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        if name != self.name:
            return None
        return importlib.util.spec_from_file_location(
            name, self.path, loader=_ChangedLoader(name, self.path, self.tree)
        )


class _Order:
    """Runs the tests that reach a change, in their order; the others not."""

    def __init__(self, names: list[str]) -> None:
        self.order = {name: number for number, name in enumerate(names)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self.order), key=lambda item: self.order[item.nodeid]
        )


def _run_anew(change: Change, table: Reach) -> int:
    assert "timing_rules" not in sys.modules
    names = table.of(change)
    _limit(10 + sum(table.seconds[name] for name in names))
    sys.meta_path.insert(0, _Finder(change))
    return _pytest(_Order(names))
