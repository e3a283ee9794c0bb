"""Lines that lead back: where a written page, a rule or an example is led to from another page, it leads there as well.

They are made from the links that stand in the pages, so that nobody writes a second one. `measured_pages` makes those of experiments.
"""

from __future__ import annotations

import posixpath
import re
from functools import cache, lru_cache

from example_files import ROOT
from lab import show
from mkdocs.utils import get_relative_url
from timing_rules.rules.registry import RULES
from timing_rules.text import Text

_RULED = Text("Checked by {rules}", "검사하는 규칙: {rules}")
_CLUSTER = Text("Measured on a cluster: {pages}", "클러스터 측정: {pages}")
_ALSO = Text("Also on {pages}", "이 내용이 나오는 페이지: {pages}")
_RESTS = Text("What rests on this: {pages}", "이 측정을 근거로 쓴 페이지: {pages}")
_LINK = re.compile(r"\]\(([^)#\s]+\.md)")
_NAME = re.compile(r'<span class="filename">(examples/[\w./-]+\.yaml)</span>')
_HEADING = re.compile(r"(?m)^# (.+?) \{ #")


def ruled(target: str, lang: str, where: str, known: str) -> str:
    """The rules that lead to a section, as one line; "" if there is none to which `known`, the page, has no link."""
    codes = [code for code, rule in RULES.items() if target in rule.about.see and f"{code.lower()}.md" not in known]
    return (
        _RULED.format(rules=", ".join(f"[{code}]({where}rules/{code.lower()}.md)" for code in codes)).get(lang)
        if codes
        else ""
    )


def clustered(name: str, lang: str, where: str, known: str = "") -> str:
    """The pages of runs on a cluster that lead to a page, as one line; "" if there is none to which `known` has no link."""
    texts = written(lang)
    found = [run for run in texts if _is_run(run) and run != name and _leads(run, name, texts[run])]
    pages = [f"[{_titled(texts[run])}]({where}{run})" for run in found if run.rpartition("/")[2] not in known]
    return _CLUSTER.format(pages=", ".join(pages)).get(lang) if pages else ""


def mentioned(target: str, lang: str, where: str, known: str, drawn: str = "") -> str:
    """The other written pages that lead to a generated one, or draw or show its manifest, as one line; "" if `known` leads to all.
    `drawn` is how the manifest's path begins."""
    marks = (f"<!-- figure {drawn}", f'--8<-- "{drawn}') if drawn else ()
    pages = [
        f"[{_titled(text)}]({where}{page})"
        for page, text in written(lang).items()
        if _is_topic(page)
        and f"{where}{page}" not in known
        and (_leads(page, target, text) or any(mark in text for mark in marks))
    ]
    return _ALSO.format(pages=", ".join(pages)).get(lang) if pages else ""


def resting(name: str, lang: str, where: str, known: str) -> str:
    """The written pages that lead to a page of runs on a cluster, as one line, but for those to which it leads itself."""
    texts = written(lang)
    pages = [
        f"[{_titled(text)}]({where}{page})"
        for page, text in texts.items()
        if "/" in page
        and not page.endswith("index.md")
        and not _is_run(page)
        and _leads(page, name, text)
        and not _leads(name, page, known)
    ]
    return _RESTS.format(pages=", ".join(pages)).get(lang) if pages else ""


def named(html: str, url: str) -> str:
    """A page's content in which the name above a whole example leads to the example's own page, where that is another."""

    def link(name: re.Match[str]) -> str:
        page = show.page_of(name[1]).removesuffix(".md") + "/"
        return (
            name[0]
            if page == url
            else f'<span class="filename"><a href="{get_relative_url(page, url)}">{name[1]}</a></span>'
        )

    return _NAME.sub(link, html)


def at_the_end(name: str, lang: str, where: str, known: str) -> str:
    """What stands at the end of a written page: of runs on a cluster, what rests on them; else the runs that lead to it."""
    return (resting if _is_run(name) else clustered)(name, lang, where, known)


def _is_topic(page: str) -> bool:
    return page.startswith(("concepts/", "guides/", "servers/", "settings/", "troubleshooting/")) and not page.endswith(
        "index.md"
    )


def _is_run(name: str) -> bool:
    return name.startswith("measured/cluster")


def _leads(page: str, target: str, text: str) -> bool:
    """Whether a page has a link to another one."""
    return target in _targets(page, text)


@lru_cache(maxsize=256)
def _targets(page: str, text: str) -> frozenset[str]:
    """The written and the generated pages to which a page has links; every rule and example asks each page."""
    folder = posixpath.dirname(page)
    return frozenset(posixpath.normpath(posixpath.join(folder, to)) for to in _LINK.findall(text))


def _titled(text: str) -> str:
    heading = _HEADING.search(text)
    return heading[1] if heading is not None else ""


@cache
def written(lang: str) -> dict[str, str]:
    """The Markdown of every written page, by its name."""
    docs = ROOT / "docs" / lang
    return {path.relative_to(docs).as_posix(): path.read_text(encoding="utf-8") for path in sorted(docs.rglob("*.md"))}
