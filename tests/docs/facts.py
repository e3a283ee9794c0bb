"""What a page leans on: the rows of `versions.py` that its front matter names, as they were when the page was last checked.

`make checked PAGE=concepts/native-sidecar.md` runs this file: it stamps both languages after somebody has held the page against
the rows and, for a new release, against the sources that the rows name.
"""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path

from timing_rules import versions
from timing_rules.versions import Default, Fact

from tests.docs.pages import DOCS, LANGUAGES, Page, read_page

ROWS: dict[str, Fact | Default] = {name: row for name, row in vars(versions).items() if isinstance(row, Fact | Default)}
#: Folders and pages that say something about Kubernetes or Istio; the others show examples, rules and records.
PARTS = (
    "503-right-now.md",
    "concepts/",
    "glossary.md",
    "guides/",
    "log-lines.md",
    "myths",
    "servers/",
    "settings/",
    "troubleshooting/",
)


def said(row: Fact | Default) -> str:
    """What a row says, without the commit at which its source was read."""
    number = row.value if isinstance(row, Default) else (row.component, str(row.since), str(row.alpha))
    return f"{number} {row.what.en} {row.what.ko}"


def fingerprint(names: list[str]) -> str:
    """A hash of what the rows say."""
    return hashlib.sha256("\n".join(said(ROWS[name]) for name in names).encode()).hexdigest()[:12]


def mark(names: list[str]) -> str:
    """The stamp: the newest releases that the rows cover today, and the rows' hash."""
    releases = ", ".join(f"{component} {versions.NEWEST[component]}" for component in ("kubernetes", "istio"))
    return f"{releases}, rows {fingerprint(names)}"


def faults(page: Page) -> list[str]:
    """A sentence for each reason why a page's facts are not known to hold."""
    names = page.front.get("facts")
    if names is None:
        return [
            f"{page.name}: name in its front matter the rows of snippets/timing_rules/versions.py that it leans on, such as "
            f"facts: [PRESTOP_COUNTS, DRAIN_HOOK], or facts: [] if it leans on none; then run: make checked PAGE={page.rel}"
        ]
    if unknown := [name for name in names if name not in ROWS]:
        return [f"{page.name}: versions.py has no {', '.join(unknown)}; it has {', '.join(ROWS)}"]
    if names and str(page.front.get("checked", "")).rpartition(" ")[2] != fingerprint(names):
        return [
            f"{page.name}: one of {', '.join(names)} says something else than when the page was last checked: hold the page "
            f"against these rows of versions.py, then run: make checked PAGE={page.rel}"
        ]
    return []


def stamp(rel: str, docs: Path = DOCS) -> None:
    """Writes into both languages that the page was checked against its rows as they are now."""
    for lang in LANGUAGES:
        page = read_page(lang, rel, docs)
        text = page.path.read_text(encoding="utf-8")
        text = re.sub(r"^checked:.*\n", "", text, count=1, flags=re.MULTILINE)
        text = re.sub(r"^(facts:.*\n)", rf"\1checked: {mark(page.front['facts'])}\n", text, count=1, flags=re.MULTILINE)
        page.path.write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> int:
    pages = [page.removeprefix("docs/").removeprefix("en/").removeprefix("ko/") for page in arguments]
    if not pages:
        print("Which page was checked? For example: make checked PAGE=concepts/native-sidecar.md", file=sys.stderr)
        return 2
    for rel in pages:
        english, korean = (read_page(lang, rel) for lang in LANGUAGES)
        names = english.front.get("facts")
        if names is None or names != korean.front.get("facts") or any(name not in ROWS for name in names):
            print(
                f"{rel}: give both languages the same line facts: […] first, with names out of {', '.join(ROWS)}",
                file=sys.stderr,
            )
            return 1
        stamp(rel)
        print(f"Stamped {rel} as checked up to {mark(names)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
