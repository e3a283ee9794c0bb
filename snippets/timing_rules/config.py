"""The configuration file: where it is found, and which flags it holds, each with its line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from .flags import FLAGS, FORMATS, MISSING_VALUE, ONE_VALUE, PER_PATH, Setting, UsageError, example_of, known_flag
from .manifest import declared
from .source.node import Node, Span
from .source.stream import documents
from .text import Text

NAME, PROJECT, TABLE = ".timing-rules.yaml", "pyproject.toml", "[tool.timing-rules]"
#: Flags whose value is a file or a pattern of files: in a configuration file it is meant from there.
_FILES = ("mesh-config", "baseline")

#: Our table as a header, a key or a part of one; `"timing-rules==1.0"` is a dependency.
_NAMED = re.compile(r"""(?<![\w"'-])(["']?)timing-rules\1\s*[\].=]|^\s*\[[^\]]*\btiming-rules["']?\s*$""")

# Faults: what is wrong, and how to mend it.
# fmt: off
_NO_CONFIG = (
    Text("a configuration file is a YAML mapping of flags", "설정 파일은 플래그를 담은 YAML 매핑이어야 합니다"),
    Text('write such as istio: "1.31"', 'istio: "1.31" 형식으로 적으십시오'),
)
_NO_TABLE = (
    Text("tool.timing-rules is no table of flags", "tool.timing-rules 값이 플래그를 담은 테이블이 아닙니다"),
    Text('write such as istio = "1.31" below [tool.timing-rules]', '[tool.timing-rules] 아래에 istio = "1.31" 형식으로 적으십시오'),
)
_TWICE = (Text("the key stands twice", "키가 두 번 있습니다"), Text("keep one of them", "하나만 남기십시오"))
_NOT_TOML = (Text("this is not valid TOML", "올바른 TOML이 아닙니다"), Text("check the quotes and brackets around here", "이 근처의 따옴표와 괄호를 확인하십시오"))
# fmt: on


def found_from(folder: Path) -> Path | None:
    """The configuration of a folder: `.timing-rules.yaml`, or `pyproject.toml` with its table, here or in the nearest
    folder above."""
    for place in (folder, *folder.parents):
        own, project = place / NAME, place / PROJECT
        if own.is_file():
            return own
        try:
            if project.is_file() and _holds_table(project.read_text(encoding="utf-8", errors="replace")):
                return project
        except OSError:  # not ours to read, so not ours to follow
            continue
    return None


def _holds_table(text: str) -> bool:
    """Whether a `pyproject.toml` has our table, however it is written; a broken one, where a line names it."""
    header, named = "", False
    for line in text.splitlines() if "timing-rules" in text else ():
        header = line if line.lstrip().startswith("[") else header
        named = named or ("tool" in header + line and _first(_NAMED, [line]) is not None)
    if not named:
        return False
    import tomllib  # here: few have their configuration in TOML, and every run would load it

    try:
        tool = tomllib.loads(text).get("tool")
    except tomllib.TOMLDecodeError:
        return True
    return isinstance(tool, dict) and "timing-rules" in tool


def settings_of(source: str, text: str, command: str, refused: list[UsageError]) -> Iterator[Setting]:
    """The flags in a configuration file: a YAML mapping such as `istio: "1.31"`, `app-shutdown: {web: 60s}`,
    `ignore: {PT109: why}`, or a table of TOML. A key that cannot be used goes to `refused`, with the file and the line.
    Errors: `UsageError` where the file is none."""
    for root in [_toml(source, text)] if source.endswith(".toml") else _yaml(source, text):
        for key, node in root.entries.items():
            try:
                yield from _of_key(source, key, node, root.keys[key].line, command)
            except UsageError as error:
                refused.append(error)


def _of_key(source: str, key: str, node: Node, line: int, command: str) -> Iterator[Setting]:
    base, where = str(Path(source).parent), f"{source}:{line}: {key}"
    if key == "workloads":
        yield from _workloads(source, node, where)
        return
    name = known_flag(key, "check", where)
    if command not in FLAGS[name].commands:
        return
    if name == "format" and node.raw in FORMATS["check"] and node.raw not in FORMATS[command]:
        return  # how `check` answers is nothing to `timeline`
    for setting in _values(name, node, command, where):
        value = str(Path(base, setting.text)) if name in _FILES else setting.text
        yield setting._replace(text=value, base=base)


def _yaml(source: str, text: str) -> Iterator[Node]:
    for document in documents(text):
        if document.error is not None:
            raise UsageError(document.error.sentence, document.error.fix, f"{source}:{document.error.line}")
        root = document.root
        if root is None or root.kind != "mapping":
            raise UsageError(*_NO_CONFIG, where=f"{source}:{document.line}")
        for name, span in root.duplicates:
            raise UsageError(*_TWICE, where=f"{source}:{span.line}: {name}")
        yield root


def _toml(source: str, text: str) -> Node:
    """The table `[tool.timing-rules]`, with the lines that tomllib does not tell."""
    import tomllib

    try:
        # A version is no number: 1.30 would be read as 1.3.
        tool = tomllib.loads(text, parse_float=str).get("tool")
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))  # none is told where the text ends too early
        last = len(text.rstrip().splitlines())
        raise UsageError(*_NOT_TOML, where=f"{source}:{line.group(1) if line else last}") from None
    table = tool.get("timing-rules", {}) if isinstance(tool, dict) else {}
    lines = text.splitlines()
    start = _first(_NAMED, lines) or 1
    if not isinstance(table, dict):
        raise UsageError(*_NO_TABLE, where=f"{source}:{start}")
    return _as_node(table, lines, start)


def _as_node(value: Any, lines: list[str], start: int) -> Node:
    span = Span(start, 1, start, 1)
    if isinstance(value, dict):
        at = {key: _line_of(key, lines, start) for key in value}
        entries = {key: _as_node(inner, lines, at[key]) for key, inner in value.items()}
        return Node("mapping", span, entries=entries, keys={key: Span(line, 1, line, 1) for key, line in at.items()})
    if isinstance(value, list):
        return Node("list", span, items=[_as_node(item, lines, start) for item in value])
    plain = str(value).lower() if isinstance(value, bool) else str(value)
    return Node("scalar", span, value if isinstance(value, str | int | float) else plain, raw=plain)


def _line_of(key: str, lines: list[str], start: int) -> int:
    """The first line from `start` on in which a key stands: before `=`, or in the header of a table."""
    pattern = re.compile(rf"""(?:^|[\s{{,.\["']){re.escape(key)}["']?\s*[=.\]]""")
    return _first(pattern, lines, start) or start


def _first(pattern: re.Pattern[str], lines: list[str], start: int = 1) -> int | None:
    """The first line from `start` on that holds a pattern and is no comment."""
    rows = enumerate(lines[start - 1 :], start)
    return next((number for number, line in rows if line.lstrip()[:1] != "#" and pattern.search(line)), None)


def _workloads(source: str, node: Node, where: str) -> Iterator[Setting]:
    """Facts by workload: `workloads: {"shop/*": {app-shutdown: 60s}}`, each as the annotation of that name."""
    facts = [name for name in declared.FACTS if name in FLAGS]
    if node.kind != "mapping" or any(inner.kind != "mapping" for inner in node.entries.values()):
        raise UsageError(
            MISSING_VALUE[0], MISSING_VALUE[1].format(example='workloads: {"web-*": {app-shutdown: 60s}}'), where
        )
    for pattern, inner in node.entries.items():
        for key, value in inner.entries.items():
            at = f"{source}:{inner.keys[key].line}: {key}"
            name = known_flag(key, "check", at, names=facts)
            yield from (setting._replace(workload=pattern) for setting in _values(name, value, "check", at))


def _values(name: str, node: Node, command: str, where: str) -> Iterable[Setting]:
    """The values that a configuration file gives a flag, as they would stand on the command line."""
    example = f"{name}: {example_of(name, command) or 'true'}"
    if node.kind == "scalar" and not node.empty:
        return [Setting(name, node.raw, where)]
    if name in PER_PATH and node.entries:
        return list(_per_path(name, node, where, example))
    values = [*node.entries.values(), *node.items]
    if not values or any(value.kind != "scalar" or value.empty for value in values):
        raise UsageError(MISSING_VALUE[0], MISSING_VALUE[1].format(example=example), where)
    if not FLAGS[name].many:
        raise UsageError(ONE_VALUE[0], ONE_VALUE[1].format(example=example), where)
    texts = [f"{key}={value.raw}" for key, value in node.entries.items()] + [item.raw for item in node.items]
    return [Setting(name, text, where) for text in texts]


def _per_path(name: str, node: Node, where: str, example: str) -> Iterator[Setting]:
    """`{PT109: why}`, or for some files `{PT109: {"legacy/*": why}}`."""
    for key, value in node.entries.items():
        reasons = value.entries.items() if value.kind == "mapping" else [("", value)]
        for path, reason in reasons:
            if reason.kind != "scalar" or reason.empty:
                raise UsageError(MISSING_VALUE[0], MISSING_VALUE[1].format(example=example), where)
            yield Setting(name, f"{key}: {reason.raw}", where, path=path)
