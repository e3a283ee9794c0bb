"""A YAML stream or a JSON text as documents, and the YAML inside a string."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ..text import Text
from .errors import ParseError
from .json_tree import json_values
from .node import Node, Span
from .yaml_tree import parse

_LONG = 20_000
_UNRENDERED = (
    Text("this is a template, not YAML: it holds {mark} …", "{mark} 표시가 있는 템플릿이며 YAML이 아닙니다"),
    Text("render it first, for example with `helm template`", "먼저 `helm template` 등으로 렌더링하십시오"),
)
#: What a template holds within a value that YAML can read: Go and Jinja, ERB, envsubst, placeholders that are all of it.
_WITHIN = re.compile(r"\{\{|\{%|<%|\$\{|^(?:@[A-Z][A-Z0-9_]*@|<[A-Z][A-Z0-9_-]*>|__[A-Z][A-Z0-9_]*__)$")


#: How a template begins what it writes where a key or a value should begin, outside quotes; and words that only templates have.
#: Besides Go, Jinja, ERB and FreeMarker: `@NAME@` of configure and sed, `<NAME>` and `__NAME__` alone on their
#: line, `{name.field}` and `{name}/…` of Python.
_TEMPLATED = re.compile(
    r"(?:^[ \t]*|[:\[{,-][ \t]*)(\{\{|\{%|<%|</?#[a-z]|@[A-Z][A-Z0-9_]*@|\{[a-z_]+(?:\.\w+)+\}|\{[a-z_]+\}(?=[/\w.:-])"
    r"|(?:<[A-Z][A-Z0-9_-]*>|__[A-Z][A-Z0-9_]*__)(?=[ \t]*$))",
    re.MULTILINE,
)
_TEMPLATE_WORDS = re.compile(r"\{\{-|\{\{ *(?:\.Values|\.Release|\.Chart|include|tpl)\b|\{%|<%")
#: How a block of text begins (`|`, `>`): whatever stands in it is text.
_BLOCK = re.compile(r"[:-] [|>][-+0-9]*$")
_QUOTED = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'")
_KIND = re.compile(r"(?:(?:^|[{,])[ \t]*\"kind\"[ \t]*:|^kind:)[ \t]*[\"']?(\w+)", re.MULTILINE)


class Document(NamedTuple):
    """One document of a text: its number (from 1) and its tree, or the error that stopped it.

    Of a broken one `text` is its text, `kind` the kind that it seems to say, and `template` tells that it is a template,
    still to be rendered.
    """

    number: int
    line: int
    root: Node | None
    error: ParseError | None
    text: str = ""
    kind: str = ""
    template: bool = False


def documents(text: str, reads: Callable[[str, str], bool] = lambda kind, text: True) -> Iterator[Document]:
    """Every document of a YAML stream or a JSON text; a broken one does not stop those after it.

    `reads` says which kinds are of interest, with what text: a long document of another kind is not looked into.
    """
    marked = text.startswith("\ufeff")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\ufeff" in text:
        text = re.sub(r"^\ufeff", "", text, flags=re.MULTILINE)
    if re.match(r'\s*\{\s*("|\})|\s*\[', text) and not re.search(r"^---", text, re.MULTILINE):
        try:
            values = json_values(text, marked)
        except ParseError as error:
            if re.match(r'\s*\{\s*"', text):
                yield _broken(1, error.line, text, error)
                return
        else:
            yield from (Document(number, line, node, None) for number, (line, node) in enumerate(values, start=1))
            return
    number = 0
    for line, chunk in _chunks(_as_shown(text)):
        head = re.match(r"---|\.\.\.", chunk)
        explicit = head is not None and head.group() == "---"
        if not explicit and not re.search(r"^(?!\.\.\.)\s*[^\s#%]", chunk, re.MULTILINE):
            continue
        number += 1
        if explicit and not re.search(r"^(?!---[ \t]*(#.*)?$)\s*[^\s#]", chunk, re.MULTILINE):
            continue
        kinds = re.findall(r"^kind:[ \t]*[\"']?([A-Za-z]+)", chunk, re.MULTILINE) if len(chunk) > _LONG else []
        if len(kinds) == 1 and not reads(kinds[0], chunk):
            span = Span(line, 1, line, 1)
            kind = Node("scalar", span, kinds[0], raw=kinds[0])
            yield Document(number, line, Node("mapping", span, entries={"kind": kind}, keys={"kind": span}), None)
            continue
        try:
            body, mark = chunk.removeprefix("..."), marked and line == 1
            yield Document(number, line, parse(body, line - 1, marked=mark), None)
        except ParseError as error:
            yield _broken(number, line, chunk, error)


def _as_shown(text: str) -> str:
    """The text without what breaks a line to YAML and in no editor, and without the elisions of a blog post."""
    for line_break in "\x85\u2028\u2029":
        text = text.replace(line_break, " ")
    return re.sub(r"^\.\.\.(?=\n[ \t])", "#..", text, flags=re.MULTILINE) if "...\n" in text else text


def _broken(number: int, line: int, text: str, error: ParseError) -> Document:
    kind, unrendered = _KIND.search(text), _unrendered(text, line)
    return Document(number, line, None, unrendered or error, text, kind[1] if kind else "", unrendered is not None)


def _unrendered(text: str, line: int) -> ParseError | None:
    """The error for a template that has not been rendered, if the text is one."""
    text = _without_blocks(text)
    plain = _QUOTED.sub(lambda quoted: " " * len(quoted[0]), text)
    mark = _TEMPLATED.search(plain)
    found = (mark.start(1), mark[1]) if mark is not None else None
    if found is None and (mark := _TEMPLATE_WORDS.search(text)) is not None:
        found = mark.start(), mark[0][:2]
    if found is None:
        return None
    return _of_template(line + text.count("\n", 0, found[0]), found[1])


def unrendered(node: Node) -> ParseError | None:
    """The error for a value that a template has not filled in yet, if it is one."""
    mark = _WITHIN.search(node.raw) if node.kind == "scalar" else None
    return _of_template(node.span.line, mark[0]) if mark is not None else None


def _of_template(line: int, mark: str) -> ParseError:
    error = ParseError(line, *_UNRENDERED, mark=mark)
    error.template = True
    return error


def _without_blocks(text: str) -> str:
    """The text with its blocks of text blanked out, so that every offset stays."""
    lines, outer = [], None
    for line in text.split("\n"):
        indent = len(line) - len(line.lstrip(" "))
        if outer is not None and (indent > outer or indent == len(line)):
            lines.append(" " * len(line))
            continue
        outer = indent if _BLOCK.search(line.rstrip(" ")) else None
        lines.append(line)
    return "\n".join(lines)


def _chunks(text: str) -> Iterator[tuple[int, str]]:
    """The text cut before every `---` or `...` at the start of a line, which ends a document wherever it stands."""
    start, line = 0, 1
    for cut in re.finditer(r"\n(?:---|\.\.\.)(?=\s|$)", text):  # `\n`, not `^`: it is found seven times as fast
        end = cut.start() + 1
        yield line, text[start:end]
        line += text.count("\n", start, end)
        start = end
    yield line, text[start:]


def nested(node: Node) -> Node | None:
    """The YAML inside a string (`mesh: |`, an annotation), with the places it has in the outer text.

    Of several documents in it the first, as Istio reads it (`pkg/util/protomarshal/protomarshal.go`).

    Errors: `ParseError` with the outer line.
    """
    span = node.span
    # No letter of it is escaped: what it holds stands there as it reads, on one line.
    verbatim = node.exact and span.line == span.end_line and span.end_column - span.column == len(node.raw) + 2
    first, columns = node.body or (span.line - 1, span.column if verbatim else 0)
    try:
        inner = parse(_first_document(node.raw), first, columns, inner=True)
    except ParseError as error:
        error = _unrendered(node.raw, first + 1) or error
        if node.body is None:
            error.line = span.line
        raise error from None
    if inner is not None and node.body is None and not verbatim:
        _pin(inner, span)
    elif inner is not None and not (node.body is not None and node.exact):
        _blur(inner, verbatim)
    return inner


def _first_document(text: str) -> str:
    for mark in re.finditer(r"^(---|\.\.\.)(?=\s|$)", text, re.MULTILINE):
        if re.search(r"^(?!\s*#|%)\s*\S", text[: mark.start()], re.MULTILINE):
            return text[: mark.start()]
    return text


def _blur(node: Node, verbatim: bool) -> None:
    """Mark every value of a tree as one that may not be edited freely: it stands within quotes (`verbatim`), or its columns
    are not certain, so that no place has a width."""
    node.exact = False
    if not verbatim:
        node.span = _begin(node.span)
        node.keys = {key: _begin(span) for key, span in node.keys.items()}
    for child in [*node.items, *node.entries.values()]:
        _blur(child, verbatim)


def _begin(span: Span) -> Span:
    return Span(span.line, span.column, span.line, span.column)


def _pin(node: Node, span: Span) -> None:
    """Give every value of a tree the place of the string that holds it."""
    node.span, node.exact = span, False
    node.keys = dict.fromkeys(node.keys, span)
    for child in [*node.items, *node.entries.values()]:
        _pin(child, span)
