"""A page for every experiment of the lab, made from its file and its record; `measured/index.md` lists them with their conclusions.

What an experiment bears on stands in its file, as `see`. Its page leads there, and from there a link leads to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import example_files
import links_back
from example_files import quoted
from lab import show
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File
from timing_rules.rules.registry import RULES
from timing_rules.text import Text

_SEE = Text("Read on", "더 읽기")
_HOW = Text("How it is measured", "측정하는 방법")
_LIMITS = Text("What stays open", "이 측정의 한계")
_WRONG = Text("the mistake", "잘못된 예")
_RIGHT = Text("mended", "고친 예")
_MEASURED = Text("Measured in the lab: {pages}", "실험 기록: {pages}")
_ALL = Text("All experiments", "모든 실험")


def pages(config: MkDocsConfig) -> Iterator[File]:
    """The pages of all experiments that have a group, in the language of the build."""
    lang = str(config.theme["language"])
    with sentences():
        for name in show.bearing():
            yield File.generated(config, f"measured/{name}.md", content=page(name, lang, Path(config.docs_dir)))


@contextmanager
def sentences() -> Iterator[None]:
    """What an experiment lacks ends the build with its sentence. Errors: `PluginError`."""
    try:
        yield
    except show.Missing as problem:
        raise PluginError(f"{problem}.") from None


def page(name: str, lang: str, docs: Path) -> str:
    """The Markdown of an experiment's page. `docs` is the folder of the language's pages, for the titles of what it links to."""
    shown = show.Shown(name, lang)
    description = re.sub(r"[`*]|\]\([^)]*\)|\[", "", shown.conclusion())
    more = [("index.md#how", _HOW), ("index.md#doubt", _LIMITS), ("index.md#all", _ALL)]
    links = [
        *(link(word, lang, docs) for word in seen(shown.header)),
    ]
    also = links_back.mentioned(f"measured/{name}.md", lang, "../", "".join(links))
    links += [also] if also else []
    links += [f"[{text.get(lang)}]({target})" for target, text in more]
    return "\n\n".join(
        [
            f"---\ntitle: {quoted(shown.says('title'))}\ndescription: {quoted(description)}\n---",
            f"# {shown.says('title')} {{ #{name} }}",
            f"<!-- experiment {name} -->",
            f"## {_SEE.get(lang)} {{ #see }}",
            "\n".join(f"- {link}" for link in links),
        ]
    )


def link(word: str, lang: str, docs: Path) -> str:
    """What a word of `see` leads to: a rule with its examples, a manifest, or a section. Errors: `PluginError`."""
    if rule := RULES.get(word):
        there = f"../rules/{word.lower()}.md"
        examples = f"[{_WRONG.get(lang)}]({there}#wrong), [{_RIGHT.get(lang)}]({there}#right)"
        return f"[{word} {rule.title.get(lang)}]({there}) ({examples})"
    if word.endswith(".yaml"):
        return f"[{example_files.header(word, lang).title}](../{show.page_of(word)})"
    name, _, anchor = word.partition("#")
    page = docs / name
    pattern = rf"^#+ (.+?) \{{ #{re.escape(anchor)} \}}$" if anchor else r"^# (.+?) \{ #"
    heading = re.search(pattern, page.read_text(encoding="utf-8"), re.MULTILINE) if page.is_file() else None
    if heading is None:
        raise PluginError(f"an experiment has `see: {word}`, which is no rule, no example and no section")
    return f"[{heading[1]}](../{word})"


def seen(header: dict[str, str]) -> list[str]:
    """What an experiment bears on, as its header says."""
    return header.get("see", "").split()


def measured(target: str, lang: str, where: str, known: str = "") -> str:
    """The experiments that bear on a rule, an example, a page or a section, as one line; "" if there is none that `known`, what is
    said there, does not link to. `where` leads to the site's root."""
    with sentences():
        bearing = show.bearing()
    pages = [
        f"[{show.said(header, 'title', lang)}]({where}measured/{name}.md)"
        for name, header in bearing.items()
        if target in seen(header) and f"measured/{name}.md" not in known
    ]
    return _MEASURED.format(pages=", ".join(pages)).get(lang) if pages else ""


def proven(markdown: str, name: str, lang: str) -> str:
    """A written page with a line at the end of each section that an experiment bears on or a rule leads to, and of the page itself;
    and at its end what was measured on a cluster that leads to it, or what rests on such a page."""
    where = "../" * name.count("/")
    whole = markdown
    parts = SECTION.split(markdown)  # text, then heading, id and text of each section
    for at in range(0, len(parts), 3):
        anchor = parts[at - 1] if at else ""
        first = at == 3 and parts[1].startswith("# ")  # the title: its section is the page's beginning
        lines = [
            measured(name if first else f"{name}#{anchor}", lang, where, parts[at]) if at else "",
            links_back.ruled(f"{name}#{anchor}", lang, where, whole) if at else "",
        ]
        if at == len(parts) - 1 and name in links_back.written(lang):
            lines.append(links_back.at_the_end(name, lang, where, whole))
        for line in filter(None, lines):
            parts[at] = f'{parts[at].rstrip()}\n\n{line}\n{{ .meant data-search-exclude="" }}\n\n'
        if at:
            parts[at - 1] = ""
    return "".join(parts)


#: A heading of a written page, and its id.
SECTION = re.compile(r"(?m)^(#+ .+\{ #([\w-]+) \}\n)")
