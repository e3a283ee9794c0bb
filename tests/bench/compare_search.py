"""The site's search beside Pagefind, on the queries of tests/site, as a reader counts: in percent the right page or section first,
among the first three, nothing at all; and the bytes that a first search fetches. `make search`: needs Chromium and its driver.

Pagefind 1.5 (`pagefind[bin]`) is run by the command in PAGEFIND; without it that half says so. The better one is published.
Measured on 2026-11-29 on 289 queries, titles of public issues and posts or written like them; first, first three, nothing, KiB: English
89, 100, 0 %, 186 (Pagefind 19, 26, 48 %, 85); Korean 86, 99, 0 %, 206 (17, 19, 57 %, 85). Before the words of these queries were in the
tables, this site's search had 70, 90, 0 % and 73, 90, 0 %. Pagefind wants every word on one page, knows no aliases and weighs all pages
alike; its first search is lighter by half.
"""

from __future__ import annotations

import gzip
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.site.conftest import Browser, build_site, served, started
from tests.site.test_search import PREFIX, anchor, measure, queries

ASK = """
const [query, address, done] = arguments;
import(address).then(async (pagefind) => {
  const found = await pagefind.search(query);
  const pages = await Promise.all(found.results.slice(0, 3).map((result) => result.data()));
  done(pages.map((page) => [page.url, ...page.sub_results.slice(0, 3).map((section) => section.url)]));
}, (error) => done([[String(error)]]));
"""
SENT = "return performance.getEntriesByType('resource').filter((entry) => entry.name.includes('pagefind')).map((entry) => entry.encodedBodySize)"


def pagefind(browser: Browser, lang: str) -> tuple[dict[str, float], float]:
    """Percent of the queries by what Pagefind offers, and the bytes of a search in a page that has not searched: the mean."""
    asked, count, sent = queries(lang), {"first": 0, "first three": 0, "nothing": 0}, []
    home = browser.address + PREFIX[lang]
    browser.driver.set_script_timeout(30)
    for number, (query, right) in enumerate(asked):
        if number < 30:  # bytes are counted from a page just opened; 30 queries are enough for a mean
            browser.show(PREFIX[lang])
            browser.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
        found: list[list[str]] = browser.driver.execute_async_script(ASK, query, f"{home}pagefind/pagefind.js")
        if number < 30:
            sent.append(sum(browser.run(SENT)))
        pages = [
            [link.removeprefix("/ko").removeprefix("/").partition("#")[0] + anchor(link) for link in page]
            for page in found
        ]
        count["first"] += bool(pages and right & set(pages[0][:2]))
        count["first three"] += any(right & set(page) for page in pages)
        count["nothing"] += not pages
    return {name: 100 * value / len(asked) for name, value in count.items()}, sum(sent) / len(sent)


def index(site: Path, lang: str) -> Any:
    """Runs Pagefind over the pages of one language, as Pagefind wants it: the article alone, its code and figures left out."""
    folder = site / "ko" if lang == "ko" else site
    command = [
        *shlex.split(os.environ["PAGEFIND"]),
        "--site",
        str(folder),
        "--force-language",
        lang,
        "--root-selector",
        "article",
    ]
    if lang == "en":
        command += ["--glob", "{*.html,[!k]*/**/*.html}"]
    command += ["--exclude-selectors", "pre, .timing, [data-search-exclude]"]
    subprocess.run(command, check=True, capture_output=True)


def main() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        site = Path(place) / "site"
        build_site(site)
        print("| language | search | first | first three | nothing | a first search, KiB |\n|---|---|---|---|---|---|")
        with served(site) as address, started(address) as browser:
            for lang, prefix in PREFIX.items():
                ours, _ = measure(browser, lang)
                size = len(gzip.compress((site / prefix.strip("/") / "search" / "search_index.json").read_bytes(), 6))
                rows = [("this site", ours, float(size))]
                if os.environ.get("PAGEFIND"):
                    index(site, lang)
                    rows.append(("Pagefind", *pagefind(browser, lang)))
                else:
                    print(
                        "Pagefind did not run: PAGEFIND names no command (pip install 'pagefind[bin]').",
                        file=sys.stderr,
                    )
                for name, percent, sent in rows:
                    shares = " | ".join(f"{percent[key]:.0f} %" for key in ("first", "first three", "nothing"))
                    print(f"| {lang} | {name} | {shares} | {sent / 1024:.0f} |", flush=True)


if __name__ == "__main__":
    main()
