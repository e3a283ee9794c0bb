"""The last touch to a page's HTML: its figures put in, no blank lines, lighter code, long names that may break, a search that has a name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from pygments.token import STANDARD_TYPES, Token
from timing_rules.show.picture import STYLE

FIGURE = re.compile(r"<!--timing (\d+)-->")
ALONE = re.compile(r"<p>(<!--timing \d+-->)</p>")
REFERRING = (' id="', "url(#", 'href="#')  # what stands before an id
CODE = re.compile(r"<!--code (\d+)-->")
KEPT = re.compile(r"(<(?:pre|script|textarea)\b.*?</(?:pre|script|textarea)>)", re.S)
#: What a phone has little room for, and the titles of the navigation.
NARROW = re.compile(r"<(t[dh]|h[1-4])\b.*?</\1>|<span class=\"md-ellipsis\">.*?</span>", re.S)
LONG_NAME = re.compile(r"(?<![\w./])[\w./]{12,}(?![^<]*>)")
#: Where a long name may break: behind a mark, and before a word of camelCase, but for preStop, which people read as one.
BREAK = re.compile(r"(?<=[_/.])(?=[A-Za-z])|(?<=[a-z])(?<!\bpre)(?=[A-Z][a-z])")
SEARCH = 'data-md-component="search" role="dialog"'
#: The first lines of an example's file, its title and lesson in both languages: a page that shows the file has said them in its own.
SAID = re.compile(
    r'(<span class="filename">(?:<a [^>]*>)?examples/[^<]*(?:</a>)?</span><pre><span></span><code>)(?:<span class="c1">#[^\n]*\n)+'
)
# What has no colour of its own in code gets no element: white space, and the words that say again that a plain value of YAML is one.
# A phone lays out every element, and these were a quarter of all on a page with manifests.
STANDARD_TYPES[Token.Text.Whitespace] = ""
STANDARD_TYPES[Token.Literal.Scalar.Plain] = STANDARD_TYPES[Token.Literal]
#: Material's colours: they stand in site.css, because a file of their own costs the first view 0.15 s on a phone.
PALETTE = re.compile(r'<link rel="stylesheet" href="[^"]*/palette\.[^"]*\.css">')
#: The rules of the colours that a site can choose for its head and its links; this one has its own.
CHOSEN = re.compile(r"[^{}]*\[data-md-color-(?:primary|accent)=[^{}]*\{[^{}]*\}")
#: A heading that leads to a page of its own cannot lead to itself as well.
LEADS = re.compile(r'<a class="toclink" href="[^"]*">(<a [^>]*>.*?</a>)</a>', re.S)
#: The blank between a number and its unit, in what is read: a line that begins with "s" is read twice.
UNIT = re.compile(r" (?<=\d )(?=(?:s|ms|KB|MB)\b(?![^<]*>))")
BLANK = re.compile(r"\n\s*\n")
TABLE = re.compile(r"<table>(?=\s*<thead>(.*?)</thead>)", re.S)
#: Of a written table: the heads of a figure's have a scope, and hold short numbers.
HEAD = re.compile(r"<th(?: style=[^>]*)?>(.*?)</th>", re.S)
TAG = re.compile(r"<[^>]*>")


def alone(html: str) -> str:
    """A page whose figures stand in no paragraph, where Markdown puts what stands for them."""
    return ALONE.sub(r"\1", html)


def owned(picture: str, own: str) -> str:
    """A picture with ids of its own, beside others on a page: each begins with `own`."""
    for mark in REFERRING:
        picture = picture.replace(mark, mark + own)
    return picture


def with_figures(html: str, drawn: Sequence[str]) -> str:
    """A page with its figures, each with ids of its own: a page may show one figure twice. Their styles stand in the first alone."""
    style, styled = f"<style>{STYLE}</style>", False

    def replace(found: re.Match[str]) -> str:
        nonlocal styled
        text = owned(drawn[int(found[1])], f"figure-{found[1]}-")
        first, after, rest = text.partition(style)
        text = first + ("" if styled else after) + rest.replace(style, "")
        styled = styled or bool(after)
        return text

    return FIGURE.sub(replace, html)


def with_code(html: str, blocks: Sequence[str]) -> str:
    """A page with its blocks of code."""
    return CODE.sub(lambda block: blocks[int(block[1])], html)


def without_heads(html: str) -> str:
    """A page whose examples begin with their first line of YAML; the file to download keeps its title and lesson."""
    return SAID.sub(r"\1", html)


def finished(page: str, search: str) -> str:
    """A page without the blank lines that the theme's templates leave: several kilobytes each. Code keeps its own."""
    parts = KEPT.split(PALETTE.sub("", named(page, search), count=1))  # every second one is kept as it is
    return "".join(text if at % 2 else _roomy(BLANK.sub("\n", text)) for at, text in enumerate(parts))


def _roomy(html: str) -> str:
    """The same with names that may break, and tables of four columns that a phone can show row under row."""
    html = UNIT.sub("\N{NO-BREAK SPACE}", LEADS.sub(r"\1", html))
    return TABLE.sub(_stackable, NARROW.sub(lambda cell: _breakable(cell[0]), html))


def _stackable(table: re.Match[str]) -> str:
    """A table of four columns, told their heads: the styles set its cells one under the other where there is no room for four."""
    heads = [TAG.sub("", head).strip().replace("\\", "\\\\").replace("'", "\\'") for head in HEAD.findall(table[1])]
    if len(heads) != 4:
        return table[0]
    names = ";".join(f"--head-{at}:'{head}'" for at, head in enumerate(heads, 1)).replace('"', "&quot;")
    return f'<table data-stacks style="{names}">'


@cache
def _breakable(cell: str) -> str:
    """A cell of a table, or a heading, whose long names break between their words, where a phone has no room for them. Most are
    titles of the navigation, on every page the same."""
    return LONG_NAME.sub(lambda name: BREAK.sub("<wbr>", name[0]), cell)


def neutral(colours: str) -> str:
    """Material's colours without those to choose from: two thirds of the file, and every page reads it before it is painted."""
    return CHOSEN.sub("", colours)


def named(page: str, search: str) -> str:
    """A page whose search has a name for whoever cannot see it: Material gives the dialog none."""
    return page.replace(SEARCH, f'{SEARCH} aria-label="{search}"', 1)
