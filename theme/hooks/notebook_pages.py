"""Notebooks as pages: what they say and show stands in sight, their Python behind one click."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mkdocs.structure.toc import AnchorLink
from timing_rules.text import Text

_CODE = Text("The code", "코드")
_INPUT = re.compile(r'<div class="jp-Cell-inputWrapper"')
_TAG = re.compile(r"<div\b|</div>")


_HEADING = re.compile(r'(<h\d id=")[^"]*(">.+?) \{ #([\w-]+) \}(.*?href="#)[^"]*')


def finished(html: str, toc: Iterable[AnchorLink], lang: str) -> str:
    """A notebook's page, folded, whose headings have the ids that stand in them: notebooks know no attribute lists."""
    links = list(toc)
    for link in links:
        links += link.children
        link.title, _, ident = link.title.removesuffix(" }").partition(" { #")
        link.id = ident or link.id
    return folded(_HEADING.sub(r"\1\3\2\4\3", html), lang)


def folded(html: str, lang: str) -> str:
    """A notebook's page with the input of each cell of code folded. A cell of text has an input too, and stays."""
    parts, end = [], 0
    for cell in _INPUT.finditer(html):
        start, after = cell.start(), _closes(html, cell.start())
        parts.append(html[end:start])
        text, end = html[start:after], after
        if "jp-CodeMirrorEditor" in text:
            text = f'<details class="manifest"><summary>{_CODE.get(lang)}</summary>{text}</details>'
        parts.append(text)
    return "".join([*parts, html[end:]])


def _closes(html: str, start: int) -> int:
    """Where the element that starts there ends."""
    depth = 0
    for tag in _TAG.finditer(html, start):
        depth += 1 if tag[0] == "<div" else -1
        if depth == 0:
            return tag.end()
    return len(html)
