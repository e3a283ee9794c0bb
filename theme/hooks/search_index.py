"""What the search finds first: the built index without code, with a weight for each kind of page and with aliases.

`search_aliases.yml` holds words that people type and pages do not use, `search_phrases.yml` those that count only together; the search
reads them, no page shows them. `search_words.yml` tells how a query is read (theme/assets/search-words.js).
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

ALIASES = Path(__file__).with_name("search_aliases.yml")
WORDS = Path(__file__).with_name("search_words.yml")
PHRASES = Path(__file__).with_name("search_phrases.yml")
# Words of a title say more than words of a text, and an alias was written for what people type.
FIELDS = {
    "title": {"boost": 20.0},
    "text": {"boost": 1.0},
    "tags": {"boost": 20.0},
    "aliases": {"boost": 60.0},
    "phrases": {"boost": 60.0},
    "said": {"boost": 10.0},
    "names": {"boost": 5.0},
}
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
# A star in a word of the index is a wildcard to lunr, which then fails on queries that meet it.
MARKS = re.compile(r"Copied!|\*")
PROGRAM = re.compile(r"(?:^|<code>)(?:\W{3}|from |import |assert |apiVersion:|kind:|spec:|# title)", re.M)
TAG = re.compile(r"<[^>]*>")
# terminationDrainDuration, EXIT_ON_ZERO_ACTIVE_CONNECTIONS, server.shutdown=graceful, keep-alive: words in one, and how they show it.
NAME = re.compile(r"[A-Za-z0-9]+(?:[-_./=][A-Za-z0-9]+)*")
COMPOUND = re.compile(r"[a-z0-9][A-Z]|[A-Za-z0-9][-_./=][A-Za-z0-9]")
# What a program says: code of three words or more.
SAID = re.compile(r"<code>([^<]* [^<]* [^<]*)</code>")

# What the worker does -> how it stands there, and what stands there afterwards.
MENDED = {
    # lunr runs some words with digits together: it takes one for another, and every query that meets them finds nothing
    # (https://github.com/olivernn/lunr.js/issues/503).
    "lunr's TokenSet.toString": ("e=e+s+o.id}return e}", 'e=e+s+o.id+","}return e}'),
    # A page that holds one word of many is no answer: after the first ten, only what weighs a tenth of the best page is listed. Of the
    # queries in tests/site that leaves ten of 140 pages for most, and no right one goes that stood among the first ten.
    "the list of what is found": (
        "{items:[...n.values()]}",
        "{items:[...n.values()].filter(([s],o,[[a]])=>o<10||s.score>=.1*a.score)}",
    ),
    # It cuts a text at its marks into pieces and puts them together without a space: the words of two cells of a table became one.
    "the text of what is found": ('c.join("")})', 'c.join(n?"":" ")})'),
}


def weight(location: str) -> float:
    return next(value for prefix, value in WEIGHTS.items() if location.startswith(prefix))


def lists(path: Path) -> Any:
    """What a file of words holds. They are long: libyaml reads them in a twentieth of the time."""
    return yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def aliases() -> dict[str, str]:
    """Address of a page or section -> the words that lead to it, each once: a word that is repeated counts for more."""
    lines = lists(ALIASES)
    return {address: " ".join(dict.fromkeys(" ".join(map(str, line)).split())) for address, line in lines.items()}


def phrases() -> dict[str, list[str]]:
    """Address of a page or section -> what leads to it where its words stand together."""
    lines = lists(PHRASES)
    return {address: [phrase.strip() for phrase in line.split(",")] for address, line in lines.items()}


def names(text: str) -> list[str]:
    """The compound names in a text in one word, small letters: what somebody types who does not know how they are written.

    The same as `names` in theme/assets/search-words.js.
    """
    words = {word for word in NAME.findall(TAG.sub(" ", text)) if COMPOUND.search(word)}
    parts = {part for word in words for part in (word, *re.split("[./=]", word))}
    whole = {re.sub("[^A-Za-z0-9]", "", part).lower() for part in parts if COMPOUND.search(part)}
    return sorted(name for name in whole if 4 < len(name) <= 60 and re.search("[a-z]", name))


def phrase(words: str) -> str:
    """Words that stand side by side, written in one; the mark keeps one word from being taken for its beginning.

    The same as in `inLogs` in theme/assets/search-words.js.
    """
    return "§" + re.sub("[^a-z0-9가-힣]", "", words.lower())


def said(text: str, fillers: set[str]) -> list[str]:
    """Every two, three and four words side by side of the log lines in a text, as a query has them: without its fillers."""
    lines: list[str] = []
    for line in SAID.findall(text):
        words = [word for word in re.split(r"[\s:]+", line) if re.search(r"\w", word) and word.lower() not in fillers]
        lines += [
            phrase("".join(words[at : at + count])) for count in (2, 3, 4) for at in range(len(words) - count + 1)
        ]
    return list(dict.fromkeys(lines))


def without_programs(text: str, logs: bool) -> str:
    """The text without its programs and manifests, and without the line above each that names its file: nobody pastes them into a search,
    and a result that shows them says nothing. Where there may be logs, commands and logs stay."""
    kept, *blocks = text.split("<pre")
    for block in blocks:
        code, end, after = block.partition("</pre>")
        kept = (
            kept[: kept.rfind(">") + 1] + after
            if not logs or PROGRAM.search(code)
            else kept + "<pre" + code + end + after
        )
    return kept


def query_words() -> dict[str, Any]:
    """How a query is read: the lists of `search_words.yml`, and its spellings."""
    words = lists(WORDS)
    return {name: value.split() if isinstance(value, str) else value for name, value in words.items()}


def fields(entry: dict[str, Any], alias: str, lines: list[str], fillers: set[str]) -> dict[str, str]:
    """What the search reads of a section beside its title and text, by the names of FIELDS; only what there is."""
    # A name in a title counts like an alias: what somebody typed is what the section is about.
    words = {
        "aliases": [*alias.split(), *names(entry["title"])],
        "names": names(f"{entry['text']} {alias}"),
        "phrases": [",".join(lines)] if lines else [],  # theme/assets/search-words.js reads them as it reads a query
        "said": said(entry["text"], fillers) if entry["location"].startswith("log-lines/") else [],
    }
    return {name: " ".join(dict.fromkeys(value)) for name, value in words.items() if value}


def improve(index: dict[str, Any]) -> None:
    """Takes out of the index what a page says of its code and headings, and adds weights, aliases, phrases, names, and how to read a query.

    Raises:
        ValueError: an alias or a phrase leads to no page or section.
    """
    index["config"] |= {"fields": FIELDS, "words": query_words()}
    fillers = set(index["config"]["words"]["fillers"])
    words, lines = aliases(), phrases()
    for entry in index["docs"]:
        entry["boost"] = weight(entry["location"])
        entry |= fields(entry, words.pop(entry["location"], ""), lines.pop(entry["location"], []), fillers)
        entry["text"] = MARKS.sub(" ", without_programs(entry["text"], entry["location"].startswith(LOGS)))
    for path, left in ((ALIASES, words), (PHRASES, lines)):
        if left:
            raise ValueError(f"{path.name} leads to what no page has: {', '.join(left)}")


def rewrite(path: Path) -> None:
    """Improves the index in a file. Raises ValueError as `improve` does."""
    index = json.loads(path.read_text(encoding="utf-8"))
    improve(index)
    path.write_text(json.dumps(index, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def mend_worker(site: Path) -> None:
    """Mends what the theme's search worker does, as MENDED says.

    Raises:
        ValueError: the worker has no such place, so it has changed; whether it is mended there is for a person to see.
    """
    for worker in site.glob("assets/javascripts/workers/search.*.min.js"):
        code = worker.read_text(encoding="utf-8")
        for what, (found, mended) in MENDED.items():
            if mended in code:  # `mkdocs serve` builds into the same folder again
                continue
            if code.count(found) != 1:
                raise ValueError(f"{worker.name}: {what} is not as {Path(__file__).name} knows it")
            code = code.replace(found, mended)
        worker.write_text(code, encoding="utf-8")
