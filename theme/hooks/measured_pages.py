"""A page for every experiment of the lab, made from its file and its record; `measured/index.md` lists them with their conclusions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from example_files import quoted
from lab import show
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File
from timing_rules.text import Text

_SEE = Text("Read on", "더 읽기")
_HOW = Text("How it is measured", "측정하는 방법")
_LIMITS = Text("What stays open", "이 측정의 한계")
_ALL = Text("All experiments", "모든 실험")


def pages(config: MkDocsConfig) -> Iterator[File]:
    """The pages of all experiments that have a place in `show.ANSWERS`, in the language of the build."""
    lang = str(config.theme["language"])
    for name in show.names():
        if name in show.ANSWERS:
            yield File.generated(config, f"measured/{name}.md", content=page(name, lang))


def page(name: str, lang: str) -> str:
    """The Markdown of an experiment's page."""
    shown = show.Shown(name, lang)
    description = re.sub(r"[`*]|\]\([^)]*\)|\[", "", shown.conclusion())
    pod = f" {show.POD[name]}" if name in show.POD else ""
    links = [("index.md#how", _HOW), ("index.md#doubt", _LIMITS), ("index.md#all", _ALL)]
    return "\n\n".join(
        [
            f"---\ntitle: {quoted(shown.says('title'))}\ndescription: {quoted(description)}\n---",
            f"# {shown.says('title')} {{ #{name} }}",
            f"<!-- experiment {name}{pod} -->",
            f"## {_SEE.get(lang)} {{ #see }}",
            "\n".join(f"- [{text.get(lang)}]({target})" for target, text in links),
        ]
    )
