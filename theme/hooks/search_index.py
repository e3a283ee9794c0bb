"""What the search finds first: the built index without code, with a weight for each kind of page and with aliases.

`search_aliases.yml` holds words that people type and pages do not use; the search reads them, no page shows them.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

ALIASES = Path(__file__).with_name("search_aliases.yml")
# Words of a title say more than words of a text, and an alias was written for what people type.
FIELDS = {"title": {"boost": 20.0}, "text": {"boost": 1.0}, "tags": {"boost": 20.0}, "aliases": {"boost": 60.0}}
# A page that explains comes before one that proves. The first prefix that fits counts.
WEIGHTS = {
    "settings/": 2.0,
    "versions/": 2.0,
    "rules/pt": 1.5,
    "rules/": 2.0,
    "examples/": 1.5,
    "measured/": 0.2,
    "notebooks/": 0.1,
    "myths": 0.3,
    "source-note/": 0.1,
    "log-lines/": 3.0,  # a whole line leads here, a word of it to its symptom
    "glossary/": 0.3,  # names every term: a term leads to the page that explains it
    "troubleshooting/": 2.0,  # before what proves; one word alone leads to the pages that explain
    "guides/app-container/": 4.0,
    "guides/prestop-delay/": 4.0,
    "guides/": 3.0,  # a situation's page: behind the two that explain a word for every situation
    "servers/": 3.0,
    "": 4.0,
}
# Their code blocks hold log lines that people paste into the search box.
LOGS = ("503-right-now/", "log-lines/", "troubleshooting/", "concepts/", "guides/", "servers/")
CODE = re.compile(r"<pre\b.*?</pre>", re.S)
MARKS = re.compile("Copied!|¶")


def weight(location: str) -> float:
    return next(value for prefix, value in WEIGHTS.items() if location.startswith(prefix))


def aliases() -> dict[str, str]:
    """Address of a page or section -> the words that lead to it, each once: a word that is repeated counts for more."""
    lines = yaml.safe_load(ALIASES.read_text(encoding="utf-8"))
    return {address: " ".join(dict.fromkeys(" ".join(map(str, line)).split())) for address, line in lines.items()}


def improve(index: dict[str, Any]) -> None:
    """Takes out of the index what a page says of its code and headings, and adds weights and aliases.

    Raises:
        ValueError: an alias leads to no page or section.
    """
    index["config"]["fields"] = FIELDS
    words = aliases()
    for entry in index["docs"]:
        entry["title"] = entry["title"].replace("¶", "")
        if not entry["location"].startswith(LOGS):
            entry["text"] = MARKS.sub(" ", entry["text"])
        entry["boost"] = weight(entry["location"])
        if alias := words.pop(entry["location"], ""):
            entry["aliases"] = alias
    if words:
        raise ValueError(f"{ALIASES.name} leads to what no page has: {', '.join(words)}")


def rewrite(path: Path) -> None:
    """Improves the index in a file. Raises ValueError as `improve` does."""
    index = json.loads(path.read_text(encoding="utf-8"))
    improve(index)
    path.write_text(json.dumps(index, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
