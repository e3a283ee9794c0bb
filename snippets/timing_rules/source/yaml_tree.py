"""One YAML document as a tree.

The events of PyYAML's parser are counted before anything is built, because composing a tree first is no way out: the C
loader overflows its stack on 100,000 nested brackets. No tag is executed.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from ..text import Text
from .composed import compose
from .errors import MAX_BYTES, MAX_DEPTH, MAX_NODES, TOO_DEEP, ParseError
from .node import Node, Span
from .scalars import Places, value_of

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_TOO_LARGE = (
    Text(f"the document is larger than {MAX_BYTES // 1_000_000} MB", f"문서가 {MAX_BYTES // 1_000_000} MB보다 큽니다"),
    Text("split it, or pass it as JSON", "문서를 나누거나 JSON으로 입력하십시오"),
)
_TOO_MANY = (
    Text(
        f"the document has more than {MAX_NODES:,} values once its aliases are expanded",
        f"별칭을 펼치면 문서의 값이 {MAX_NODES:,}개를 넘습니다",
    ),
    Text("split it, or remove the aliases", "문서를 나누거나 별칭을 없애십시오"),
)
_TAB = (
    Text(
        "a tab is used for indentation, which YAML forbids", "들여쓰기에 탭이 있습니다. YAML은 탭을 허용하지 않습니다"
    ),
    Text("indent with spaces", "공백으로 들여쓰십시오"),
)
#: libyaml takes a tab for a blank; PyYAML's Python half, which reads where there is no C, does not.
_TAB_INSIDE = (
    Text(
        "a tab stands between the words of this line; other YAML readers take that, this one does not",
        "이 줄의 낱말 사이에 탭이 있습니다. 이를 허용하는 YAML 해석기도 있지만 여기서는 읽지 못합니다",
    ),
    Text("replace it with a space", "탭을 공백으로 바꾸십시오"),
)
#: Blanks that are none to YAML, but letters: copied from a page, or typed with a keyboard of full-width characters.
_BLANKS = "\u00a0\u1680\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff"
_STRAY = re.compile(rf"^ *(?:- +)*([{_BLANKS}])|([{_BLANKS}]) *:(?:\s|$)", re.MULTILINE)
_BLANK = (
    Text(
        "a blank in this line is no plain space but U+{code}, which YAML takes for a letter",
        "이 줄에 일반 공백이 아닌 공백 문자(U+{code})가 있습니다. YAML은 이 문자를 글자로 읽습니다",
    ),
    Text(
        "replace it with plain spaces; text copied from a page or a chat often holds it",
        "일반 공백으로 바꾸십시오. 웹 페이지나 메신저에서 복사한 글에 흔히 들어 있습니다",
    ),
)
_WIDE_COLON = (
    Text(
        "a full-width colon (：) stands in this line, which YAML takes for a letter",
        "이 줄에 전각 콜론(：)이 있습니다. YAML은 이 문자를 글자로 읽습니다",
    ),
    Text("write a plain colon and a space", "일반 콜론(:)과 공백을 쓰십시오"),
)
_FENCE = (
    Text("``` marks code in Markdown, and is no YAML", "```는 마크다운에서 코드를 나타내는 표시이며 YAML이 아닙니다"),
    Text("leave the lines with ``` out", "``` 줄을 빼십시오"),
)
_COMMAND = (
    Text("a shell command stands in this line, which is no YAML", "이 줄은 셸 명령이며 YAML이 아닙니다"),
    Text(
        "leave the command out, and the line that ends its input, such as EOF",
        "명령과, 입력의 끝을 나타내는 줄(EOF 등)을 빼십시오",
    ),
)
#: What was copied with a manifest: the command before it, behind a prompt or not, and the end of its input behind it.
_TYPED = re.compile(
    r"\A(?:[ \t]*(?:#.*)?\n)*(?![ \t]*#)([^\n]*[$%>#~][ \t]+|[ \t]*)(?:sudo[ \t]+)?(?:kubectl|oc|k|helm|istioctl|cat|tee|echo)[ \t]+[^\s:]"
)
_ENDED = re.compile(r"^((?:EOF|EOT|END|YAML)[ \t]*)\s*\Z", re.MULTILINE)
_CONTROLS = (
    Text("the text holds control characters", "제어 문자가 들어 있습니다"),
    Text("save it as plain UTF-8 text", "일반 UTF-8 텍스트로 저장하십시오"),
)
_NOT_YAML = (
    Text("this is not valid YAML", "올바른 YAML이 아닙니다"),
    Text(
        "look at the indentation, quotes, brackets and colons of this line and the one above it",
        "이 줄과 바로 윗줄의 들여쓰기, 따옴표, 괄호, 콜론을 확인하십시오",
    ),
)
_INSIDE_ITSELF = (
    Text(
        "the alias *{name} stands inside the value that it names",
        "별칭 *{name} 표시가 자신이 가리키는 값 안에 있습니다",
    ),
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


def parse(text: str, first_line: int = 0, columns: int = 0, inner: bool = False, marked: bool = False) -> Node | None:
    """One YAML document as a tree, its lines counted from `first_line` + 1 and its columns shifted by `columns`.

    A List may be as long as it likes, unless it is the text of a string (`inner`); its aliases are counted all the same.
    `marked`: a byte order mark stood before the first line.

    Errors: `ParseError`.
    """
    long = not inner and "List" in text and re.search(r"^kind:\s*\w*List\s*$", text, re.MULTILINE) is not None
    if len(text) > MAX_BYTES and not long:
        raise ParseError(first_line + 1, *_TOO_LARGE)
    try:
        places = Places(text, first_line, columns, marked)
        root = compose(text, places, long) or _Builder(places, long).build()
        if root is not None and re.search(f"[{_BLANKS}]", text):
            _hold_keys(root, places)
        return root
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        control = _CONTROL.search(text)
        at = mark.line if mark else text.count("\n", 0, control.start()) if control else 0
        if (typed := _TYPED.search(text) or _ENDED.search(text)) is not None:
            raise ParseError(text.count("\n", 0, typed.start(1)) + first_line + 1, *_COMMAND) from None
        line = min(at, text.rstrip().count("\n")) + first_line + 1
        column = mark.column + 1 if mark and mark.line == at == line - first_line - 1 else 1
        fault = ParseError(line, *_yaml_fault(text, line - first_line, column))
        fault.column = column
        raise fault from None
    except RecursionError:
        raise ParseError(first_line + 1, *TOO_DEEP) from None


def _hold_keys(node: Node, places: Places) -> None:
    """Refuse a plain key that begins or ends with a blank that YAML takes for a letter: it was meant as indentation."""
    for key, span in node.keys.items():
        line = places.lines[span.line - places.first_line - 1]
        if not key.isascii() and (blank := _STRAY.search(line)):
            raise ParseError(span.line, *_BLANK, code=f"{ord(blank[1] or blank[2]):04X}")
    for child in (*node.entries.values(), *node.items):
        _hold_keys(child, places)


def _yaml_fault(text: str, line: int, column: int) -> tuple[Text, Text]:
    """What is wrong near a line (counted in `text`), in our words. The reader stopped at the column, 1 where it is not known."""
    lines = text.split("\n")
    near = "\n".join(lines[max(line - 2, 0) : line + 1])
    if re.search(r"^[ ]*\t", near, re.MULTILINE):
        return _TAB
    if lines[line - 1][column - 1 : column] == "\t":
        return _TAB_INSIDE
    blank = _STRAY.search(near)
    if blank:
        return _BLANK[0].format(code=f"{ord(blank[1] or blank[2]):04X}"), _BLANK[1]
    if re.search(r"^ *```", near, re.MULTILINE):
        return _FENCE
    if re.search(r"^[ -]*[\w./-]+：", near, re.MULTILINE):
        return _WIDE_COLON
    return _CONTROLS if _CONTROL.search(text) else _NOT_YAML


class _Builder:
    """Builds the tree from parser events, counting depth and size before anything is expanded."""

    def __init__(self, places: Places, long: bool) -> None:
        self.places, self.long = places, long
        self.open: set[str] = set()
        self.anchors: dict[str, Node | None] = {}
        self.count = 0
        self.duplicates: list[tuple[str, Span]] = []

    def build(self) -> Node | None:
        stack: list[tuple[Node, list[Node], str | None]] = []
        root: Node | None = None
        for event in yaml.parse(self.places.text, Loader=_LOADER):
            node: Node | None = None
            if isinstance(event, yaml.ScalarEvent):
                self._counted(1, event)
                node = self._scalar(event)
                if event.anchor:
                    self.anchors[event.anchor] = node
            elif isinstance(event, yaml.AliasEvent):
                node = self._alias(event)
            elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                kind = "mapping" if isinstance(event, yaml.MappingStartEvent) else "list"
                if len(stack) >= MAX_DEPTH:
                    raise ParseError(self._span(event).line, *TOO_DEEP)
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

    def _alias(self, event: yaml.AliasEvent) -> Node:
        name = event.anchor or ""
        node = self.anchors.get(name)
        if node is None:
            fault = _INSIDE_ITSELF if name in self.open else _NO_ANCHOR
            raise ParseError(self._span(event).line, *fault, name=name)
        self._counted(node.size, event, alias=True)
        return node

    def _counted(self, more: int, event: Any, alias: bool = False) -> None:
        if alias or not self.long:
            self.count += more
        if self.count > MAX_NODES:
            raise ParseError(self._span(event).line, *_TOO_MANY)

    def _span(self, event: Any) -> Span:
        return self.places.span(event.start_mark, event.end_mark)

    def _scalar(self, event: yaml.ScalarEvent) -> Node:
        value = value_of(event.value, event.tag, event.implicit)
        node = Node("scalar", self._span(event), value, raw=event.value)
        node.quoted = bool(event.style or event.tag)
        if event.anchor or event.tag:
            node.exact = False  # its span holds more than its text
        if event.style == "|":
            node.body, node.exact = self.places.block(event.start_mark)
        return node

    def _fill(self, node: Node, children: list[Node]) -> None:
        if node.kind == "list":
            node.items = children
            return
        entries: dict[str, Node] = {}
        keys: dict[str, Span] = {}
        merged: list[Node] = []
        for key, value in zip(children[::2], children[1::2], strict=True):
            if key.kind != "scalar":
                raise ParseError(key.span.line, *_ODD_KEY)
            if key.raw == "<<" and not key.quoted:
                merged += value.items if value.kind == "list" else [value]
                continue
            if key.raw in keys:
                self.duplicates.append((key.raw, key.span))
            entries[key.raw], keys[key.raw] = value, key.span
        for other in merged:
            for name, value in other.entries.items():
                if name not in entries:
                    entries[name], keys[name] = value, other.keys[name]
        node.entries, node.keys = entries, keys
