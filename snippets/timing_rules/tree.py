"""YAML or JSON text as a tree that remembers where every value stands.

The only parser of the package. It refuses what could hang or explode before building it, executes no tag, and words
every error itself, because libyaml and pure Python describe the same fault differently.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, NamedTuple

import yaml

from .text import Text

MAX_BYTES = 5_000_000
MAX_DEPTH = 100
MAX_NODES = 100_000
_LONG = 20_000
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVER: Any = yaml.SafeLoader("")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

# Faults: what is wrong, and how to mend it.
# fmt: off
_TOO_LARGE = (
    Text(f"the document is larger than {MAX_BYTES // 1_000_000} MB", f"문서가 {MAX_BYTES // 1_000_000} MB보다 큽니다"),
    Text("split it, or pass it as JSON", "문서를 나누거나 JSON으로 주십시오"),
)
_TOO_MANY = (
    Text(f"the document has more than {MAX_NODES:,} values once its aliases are expanded", f"별칭을 펼치면 문서의 값이 {MAX_NODES:,} 개를 넘습니다"),
    Text("split it, or remove the aliases", "문서를 나누거나 별칭을 없애십시오"),
)
_TOO_DEEP = (
    Text(f"values are nested more than {MAX_DEPTH} levels deep", f"값이 {MAX_DEPTH} 단계보다 깊게 중첩되어 있습니다"),
    Text("check the indentation and the brackets", "들여쓰기와 괄호를 확인하십시오"),
)
_TEMPLATE = (
    Text("this is a template, not YAML: it holds {mark} …", "{mark} 표시가 있는 템플릿이며 YAML이 아닙니다"),
    Text("render it first, for example with `helm template`", "먼저 `helm template` 등으로 렌더링하십시오"),
)
_TAB = (
    Text("a tab is used for indentation, which YAML forbids", "들여쓰기에 탭이 있습니다. YAML은 탭을 허용하지 않습니다"),
    Text("indent with spaces", "공백으로 들여쓰십시오"),
)
_CONTROLS = (
    Text("the text holds control characters", "제어 문자가 들어 있습니다"),
    Text("save it as plain UTF-8 text", "일반 UTF-8 텍스트로 저장하십시오"),
)
_NOT_YAML = (
    Text("this is not valid YAML", "올바른 YAML이 아닙니다"),
    Text("look at the indentation, quotes, brackets and colons of this line and the one above it", "이 줄과 바로 윗줄의 들여쓰기, 따옴표, 괄호, 콜론을 확인하십시오"),
)
_NOT_JSON = (
    Text("this is not valid JSON", "올바른 JSON이 아닙니다"),
    Text("look for a missing comma, quote or bracket", "빠진 쉼표, 따옴표, 괄호를 찾으십시오"),
)
_INSIDE_ITSELF = (
    Text("the alias *{name} stands inside the value that it names", "별칭 *{name} 표시가 자신이 가리키는 값 안에 있습니다"),
    Text("write the value out", "값을 풀어 쓰십시오"),
)
_NO_ANCHOR = (
    Text("the alias *{name} has no anchor before it", "별칭 *{name} 앞에 앵커가 없습니다"),
    Text("define &{name} above it", "그 위에 &{name} 앵커를 정의하십시오"),
)
_ODD_KEY = (
    Text("a key of a mapping must be a plain value", "키는 단순한 값이어야 합니다"),
    Text("look for a misplaced bracket or question mark", "잘못 놓인 괄호나 물음표를 찾으십시오"),
)
# fmt: on


class Span(NamedTuple):
    """A place in a text: lines and columns from 1, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class ParseError(ValueError):
    """A text that cannot be read: the line, what is wrong, and how to mend it, filled in with `values` if there are any."""

    def __init__(self, line: int, sentence: Text, fix: Text, **values: object) -> None:
        self.line = line
        self.sentence, self.fix = (one.format(**values) if values else one for one in (sentence, fix))
        super().__init__(self.sentence.en)


@dataclass(eq=False)
class Node:
    """A value of a document with its place.

    `value` is the plain scalar; for a mapping or a list it is `None` and `entries` or `items` hold the content.
    `exact` says that the span is the value's own text, so that it may be edited. Where a key stands twice the last one
    counts, as it does for kubectl, and `duplicates` of the outermost node names it.
    """

    kind: str
    span: Span
    value: str | int | float | bool | None = None
    entries: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Span] = field(default_factory=dict)
    items: list[Node] = field(default_factory=list)
    raw: str = ""
    quoted: bool = False
    exact: bool = True
    json: bool = False
    body: tuple[int, int] | None = None
    size: int = 1
    duplicates: list[tuple[str, Span]] = field(default_factory=list)

    def get(self, *path: str) -> Node | None:
        """The node under the keys `path`, or `None` where one is missing or not a mapping."""
        node: Node | None = self
        for key in path:
            node = node.entries.get(key) if node is not None else None
        return node

    @property
    def empty(self) -> bool:
        """Whether the value is null."""
        return self.kind == "scalar" and self.value is None

    def plain(self) -> Any:
        """The value as plain Python data."""
        if self.kind == "mapping":
            return {key: node.plain() for key, node in self.entries.items()}
        if self.kind == "list":
            return [node.plain() for node in self.items]
        return self.value


class Document(NamedTuple):
    """One document of a text: its number (from 1) and its tree, or the error that stopped it."""

    number: int
    line: int
    root: Node | None
    error: ParseError | None


def documents(text: str, reads: Callable[[str], bool] = lambda kind: True) -> Iterator[Document]:
    """Every document of a YAML stream or a JSON text; a broken one does not stop those after it.

    `reads` says which kinds are of interest: a long document of another kind is not looked into.
    """
    marked = text.startswith("\ufeff")
    text = re.sub(r"^\ufeff", "", text.replace("\r\n", "\n").replace("\r", "\n"), flags=re.MULTILINE)
    if re.match(r'\s*\{\s*("|\})|\s*\[', text) and not re.search(r"^---", text, re.MULTILINE):
        try:
            yield from _json_documents(text, marked)
            return
        except ParseError as error:
            if re.match(r'\s*\{\s*"', text):
                yield Document(1, error.line, None, error)
                return
    text = re.sub("[\x85\u2028\u2029]", " ", text)  # line breaks to YAML, and to no editor
    text = re.sub(r"^\.\.\.(?=\n[ \t])", "#..", text, flags=re.MULTILINE)  # an elision in a blog post
    number = 0
    for line, chunk in _chunks(text):
        head = re.match(r"---|\.\.\.", chunk)
        explicit = head is not None and head.group() == "---"
        if not explicit and not re.search(r"^(?!\.\.\.)\s*[^\s#%]", chunk, re.MULTILINE):
            continue
        number += 1
        if explicit and not re.search(r"^(?!---[ \t]*(#.*)?$)\s*[^\s#]", chunk, re.MULTILINE):
            continue
        kinds = re.findall(r"^kind:[ \t]*[\"']?([A-Za-z]+)", chunk, re.MULTILINE) if len(chunk) > _LONG else []
        if len(kinds) == 1 and not reads(kinds[0]):
            span = Span(line, 1, line, 1)
            kind = Node("scalar", span, kinds[0], raw=kinds[0])
            yield Document(number, line, Node("mapping", span, entries={"kind": kind}, keys={"kind": span}), None)
            continue
        try:
            body, mark = re.sub(r"\A\.\.\.", "", chunk), marked and line == 1
            yield Document(number, line, parse(body, line - 1, marked=mark), None)
        except ParseError as error:
            yield Document(number, line, None, _template(chunk, line) or error)


def _template(text: str, line: int) -> ParseError | None:
    """The error for a template that has not been rendered, if the text is one."""
    mark = re.search(r"\{\{|\{%|<%", text)
    if mark is None:
        return None
    return ParseError(line + text.count("\n", 0, mark.start()), *_TEMPLATE, mark=mark.group())


def _chunks(text: str) -> Iterator[tuple[int, str]]:
    """The text cut before every `---` or `...` at the start of a line, which ends a document wherever it stands."""
    start, line = 0, 1
    for cut in re.finditer(r"^(?:---|\.\.\.)(?=\s|$)", text, re.MULTILINE):
        if cut.start() > start:
            yield line, text[start : cut.start()]
            line += text.count("\n", start, cut.start())
        start = cut.start()
    yield line, text[start:]


def parse(text: str, first_line: int = 0, columns: int = 0, inner: bool = False, marked: bool = False) -> Node | None:
    """One YAML document as a tree, its lines counted from `first_line` + 1 and its columns shifted by `columns`.

    A List may be as long as it likes, unless it is the text of a string (`inner`); its aliases are counted all the same.
    `marked`: a byte order mark stood before the first line.

    Errors: `ParseError`.
    """
    long = not inner and re.search(r"^kind:\s*\w*List\s*$", text, re.MULTILINE) is not None
    if len(text) > MAX_BYTES and len(text.encode()) > MAX_BYTES and not long:
        raise ParseError(first_line + 1, *_TOO_LARGE)
    try:
        return _Builder(text, first_line, columns, long, marked).build()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        control = _CONTROL.search(text)
        at = mark.line if mark else text.count("\n", 0, control.start()) if control else 0
        line = min(at, text.rstrip().count("\n")) + first_line + 1
        raise ParseError(line, *_yaml_fault(text, line - first_line)) from None
    except RecursionError:
        raise ParseError(first_line + 1, *_TOO_DEEP) from None


def _yaml_fault(text: str, line: int) -> tuple[Text, Text]:
    """What is wrong near a line (counted in `text`), in our words."""
    lines = text.split("\n")
    near = "\n".join(lines[max(line - 2, 0) : line + 1])
    if re.search(r"^[ ]*\t", near, re.MULTILINE):
        return _TAB
    return _CONTROLS if _CONTROL.search(text) else _NOT_YAML


class _Builder:
    """Builds the tree from parser events, counting depth and size before anything is expanded."""

    def __init__(self, text: str, first_line: int, columns: int, long: bool, marked: bool) -> None:
        self.text, self.first_line, self.columns, self.long = text, first_line, columns, long
        self.first_columns = columns + 1 + marked
        self.lines = text.split("\n")
        self.open: set[str] = set()
        self.anchors: dict[str, Node | None] = {}
        self.count = 0
        self.duplicates: list[tuple[str, Span]] = []

    def build(self) -> Node | None:
        stack: list[tuple[Node, list[Node], str | None]] = []
        root: Node | None = None
        for event in yaml.parse(self.text, Loader=_LOADER):
            node: Node | None = None
            if isinstance(event, yaml.ScalarEvent):
                self._counted(1, event)
                node = self._scalar(event)
                if event.anchor:
                    self.anchors[event.anchor] = node
            elif isinstance(event, yaml.AliasEvent):
                node = self.anchors.get(event.anchor or "")
                if node is None:
                    fault = _INSIDE_ITSELF if event.anchor in self.open else _NO_ANCHOR
                    raise ParseError(self._span(event).line, *fault, name=event.anchor)
                self._counted(node.size, event, alias=True)
            elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                kind = "mapping" if isinstance(event, yaml.MappingStartEvent) else "list"
                if len(stack) >= MAX_DEPTH:
                    raise ParseError(self._span(event).line, *_TOO_DEEP)
                self._counted(1, event)
                self.open.add(event.anchor or "")
                stack.append((Node(kind, self._span(event)), [], event.anchor))
                continue
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                node, children, anchor = stack.pop()
                end = self._span(event)
                node.span = Span(node.span.line, node.span.column, end.end_line, end.end_column)
                node.size = 1 + sum(child.size for child in children)
                self._fill(node, children)
                if anchor:
                    self.anchors[anchor] = node
            if node is None:
                continue
            if stack:
                stack[-1][1].append(node)
            else:
                root = node
        if root is not None:
            root.duplicates = self.duplicates
        return root

    def _counted(self, more: int, event: Any, alias: bool = False) -> None:
        if alias or not self.long:
            self.count += more
        if self.count > MAX_NODES:
            raise ParseError(self._span(event).line, *_TOO_MANY)

    def _span(self, event: Any) -> Span:
        start, end, down = event.start_mark, event.end_mark, self.first_line + 1
        first, last = (self.columns + 1 if mark.line else self.first_columns for mark in (start, end))
        return Span(start.line + down, start.column + first, end.line + down, end.column + last)

    def _scalar(self, event: yaml.ScalarEvent) -> Node:
        tag = event.tag
        if tag is None:
            tag = _RESOLVER.resolve(yaml.ScalarNode, event.value, event.implicit)
        node = Node("scalar", self._span(event), scalar(event.value, tag), raw=event.value)
        node.quoted = bool(event.style or event.tag)
        if event.anchor or event.tag:
            node.exact = False  # its span holds more than its text
        if event.style == "|":
            node.body = self._block(event)
            mark: Any = event.start_mark
            header = self.lines[mark.line][mark.column :] if mark.line < len(self.lines) else "|1"
            node.exact = not re.match(r"\|[-+]?\d", header)
        return node

    def _block(self, event: Any) -> tuple[int, int]:
        """Where the text of a literal block begins: the lines before it, and its indentation."""
        first = event.start_mark.line + 1
        rows = (self.lines[index] for index in range(first, len(self.lines)))
        indent = next((len(row) - len(row.lstrip(" ")) for row in rows if row.strip()), 0)
        return first + self.first_line, indent + self.columns

    def _fill(self, node: Node, children: list[Node]) -> None:
        if node.kind == "list":
            node.items = children
            return
        merged: list[Node] = []
        for key, value in zip(children[::2], children[1::2], strict=True):
            if key.kind != "scalar":
                raise ParseError(key.span.line, *_ODD_KEY)
            if key.raw == "<<" and not key.quoted:
                merged += value.items if value.kind == "list" else [value]
                continue
            name = key.raw
            if name in node.keys:
                self.duplicates.append((name, key.span))
            node.entries[name], node.keys[name] = value, key.span
        for other in merged:
            for name, value in other.entries.items():
                if name not in node.entries:
                    node.entries[name], node.keys[name] = value, other.keys[name]


def scalar(text: str, tag: str) -> str | int | float | bool | None:
    """A scalar as Kubernetes reads it (YAML 1.1 without dates and base-60 numbers)."""
    kind = tag.rpartition(":")[2]
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() in ("yes", "true", "on", "y")
    digits = text.replace("_", "")
    try:
        if kind == "int" and ":" not in text:
            sign = -1 if digits.startswith("-") else 1
            digits = digits.lstrip("+-")
            octal = len(digits) > 1 and digits[0] == "0" and digits.isdigit()
            return sign * int(digits, 8 if octal else 0)
        if kind == "float" and ":" not in text:
            return float(digits.lower().replace(".inf", "inf").replace(".nan", "nan"))
    except ValueError:
        return text
    return text


def _json_documents(text: str, marked: bool) -> Iterator[Document]:
    """JSON values one after another; read as JSON, which is many times faster than YAML."""
    reader = _Json(text, marked)
    at, number = reader.skip(0), 0
    found: list[Document] = []
    while at < len(text):
        number += 1
        line = reader.position(at)[0]
        node, at = reader.value(at, 0)
        found.append(Document(number, line, node, None))
        at = reader.skip(at)
    yield from found


class _Json:
    """A JSON reader that keeps places. Numbers and words are left to `json`."""

    _SPACE = re.compile(r"[ \t\n\r]*")
    _WORD = re.compile(r"[-+0-9.eE]+|true|false|null")

    def __init__(self, text: str, marked: bool) -> None:
        self.text, self.marked = text, marked
        self.line, self.line_start, self.seen = 1, 0, 0

    def position(self, at: int) -> tuple[int, int]:
        """Line and column of an offset; offsets come in rising order."""
        if at < self.seen:
            self.line, self.line_start, self.seen = 1, 0, 0
        breaks = self.text.count("\n", self.seen, at)
        if breaks:
            self.line += breaks
            self.line_start = self.text.rfind("\n", 0, at) + 1
        self.seen = at
        return self.line, at - self.line_start + 1 + (self.marked and self.line == 1)

    def skip(self, at: int) -> int:
        return self._SPACE.match(self.text, at).end()  # type: ignore[union-attr]

    def fail(self, at: int) -> ParseError:
        return ParseError(self.position(min(at, len(self.text)))[0], *_NOT_JSON)

    def value(self, at: int, depth: int) -> tuple[Node, int]:
        at = self.skip(at)
        line, column = self.position(at)
        if depth > MAX_DEPTH:
            raise ParseError(line, *_TOO_DEEP)
        head = self.text[at : at + 1]
        node = Node("scalar", Span(line, column, line, column), json=True)
        if head == "{":
            node.kind, at = "mapping", self._inside(node, at + 1, depth, "}")
        elif head == "[":
            node.kind, at = "list", self._inside(node, at + 1, depth, "]")
        elif head == '"':
            node.value, at = self._string(at)
            node.raw, node.quoted = node.value, True
        else:
            word = self._WORD.match(self.text, at)
            try:
                node.value = json.loads(word.group()) if word else None
            except ValueError:
                raise self.fail(at) from None
            if not word:
                raise self.fail(at)
            node.raw, at = word.group(), word.end()
        node.span = Span(line, column, *self.position(at))
        return node, at

    def _string(self, at: int) -> tuple[str, int]:
        try:
            found: tuple[str, int] = scanstring(self.text, at + 1, True)
        except ValueError:
            raise self.fail(at) from None
        return found

    def _inside(self, node: Node, at: int, depth: int, close: str) -> int:
        """Read the members or elements of a node up to its closing bracket; return the offset after it."""
        at = self.skip(at)
        if self.text[at : at + 1] == close:
            return at + 1
        while True:
            key, at = self._key(node, at) if close == "}" else ("", at)
            child, at = self.value(at, depth + 1)
            if close == "}":
                node.entries[key] = child
            else:
                node.items.append(child)
            at = self.skip(at)
            mark = self.text[at : at + 1]
            if mark == close:
                return at + 1
            if mark != ",":
                raise self.fail(at)
            at += 1

    def _key(self, node: Node, at: int) -> tuple[str, int]:
        at = self.skip(at)
        if self.text[at : at + 1] != '"':
            raise self.fail(at)
        line, column = self.position(at)
        key, at = self._string(at)
        node.keys[key] = Span(line, column, *self.position(at))
        at = self.skip(at)
        if self.text[at : at + 1] != ":":
            raise self.fail(at)
        return key, at + 1


def nested(node: Node) -> Node | None:
    """The YAML inside a string (`mesh: |`, an annotation), with the places it has in the outer text.

    Errors: `ParseError` with the outer line.
    """
    first, columns = node.body or (node.span.line - 1, node.span.column - 1 + node.quoted)
    try:
        inner = parse(node.raw, first, columns, inner=True)
    except ParseError as error:
        error = _template(node.raw, first + 1) or error
        if node.body is None:
            error.line = node.span.line
        raise error from None
    one_line = "\n" not in node.raw and not node.quoted
    if inner is not None and node.body is None:
        _pin(inner, node.span, one_line)
    elif inner is not None and not node.exact:
        _blur(inner)
    return inner


def _blur(node: Node) -> None:
    """Mark every value of a tree as one that may not be edited: its columns are not certain."""
    node.exact = False
    for child in [*node.items, *node.entries.values()]:
        _blur(child)


def _pin(node: Node, span: Span, exact: bool) -> None:
    """Give every value of a tree the place of the string that holds it, unless its own is known."""
    if not exact:
        node.span, node.exact = span, False
        node.keys = dict.fromkeys(node.keys, span)
    for child in [*node.items, *node.entries.values()]:
        _pin(child, span, exact)
