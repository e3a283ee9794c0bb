"""The last touch to a page's HTML: its figures put in, no blank lines, long names that may break, a search that has a name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from timing_rules.show.picture import STYLE

FIGURE = re.compile(r"<!--timing (\d+)-->")
ALONE = re.compile(r"<p>(<!--timing \d+-->)</p>")
REFERRING = (' id="', "url(#", 'href="#', 'labelledby="')  # what stands before an id
CODE = re.compile(r"<!--code (\d+)-->")
KEPT = re.compile(r"(<(?:pre|script|textarea)\b.*?</(?:pre|script|textarea)>)", re.S)
NARROW = re.compile(r"<(td|h[1-4])\b.*?</\1>", re.S)  # what a phone has little room for
LONG_NAME = re.compile(r"(?<=<code>)[^<]{12,}(?=</code>)|(?<=>)[\w.]{16,}(?=<)")
#: Where a long name may break: behind a mark, and before a word of camelCase, but for preStop, which people read as one.
BREAK = re.compile(r"(?<=[_/.])(?=[A-Za-z])|(?<=[a-z])(?<!\bpre)(?=[A-Z][a-z])")
SEARCH = 'data-md-component="search" role="dialog"'
BLANK = re.compile(r"\n\s*\n")


def alone(html: str) -> str:
    """A page whose figures stand in no paragraph, where Markdown puts what stands for them."""
    return ALONE.sub(r"\1", html)


def with_figures(html: str, drawn: Sequence[str]) -> str:
    """A page with its figures, each with ids of its own: a page may show one figure twice. Their styles stand in the first alone."""
    style, styled = f"<style>{STYLE}</style>", False

    def replace(found: re.Match[str]) -> str:
        nonlocal styled
        text, own = drawn[int(found[1])], f"figure-{found[1]}-"
        for mark in REFERRING:
            text = text.replace(mark, mark + own)
        first, after, rest = text.partition(style)
        text = first + ("" if styled else after) + rest.replace(style, "")
        styled = styled or bool(after)
        return re.sub(r'(?<=labelledby=")[^"]+', lambda names: names[0].replace(" ", f" {own}"), text)

    return FIGURE.sub(replace, html)


def with_code(html: str, blocks: Sequence[str]) -> str:
    """A page with its blocks of code."""
    return CODE.sub(lambda block: blocks[int(block[1])], html)


def finished(page: str, search: str) -> str:
    """A page without the blank lines that the theme's templates leave: several kilobytes each. Code keeps its own."""
    parts = KEPT.split(named(page, search))  # every second one is kept as it is
    return "".join(text if at % 2 else NARROW.sub(_breakable, BLANK.sub("\n", text)) for at, text in enumerate(parts))


def _breakable(cell: re.Match[str]) -> str:
    """A cell of a table, or a heading, whose long names break between their words, where a phone has no room for them."""
    return LONG_NAME.sub(lambda name: BREAK.sub("<wbr>", name[0]), cell[0])


def named(page: str, search: str) -> str:
    """A page whose search has a name for whoever cannot see it: Material gives the dialog none."""
    return page.replace(SEARCH, f'{SEARCH} aria-label="{search}"', 1)
