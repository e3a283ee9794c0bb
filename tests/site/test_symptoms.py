"""Each symptom is two clicks from home at most, and its own words find it. `symptoms.tsv`: language, what people say, the pages that answer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.site.conftest import Browser
from tests.site.test_search import PREFIX, begin, offers

SYMPTOMS = [
    line.split("\t") for line in Path(__file__).with_name("symptoms.tsv").read_text(encoding="utf-8").splitlines()
]


def linked(site: Path, page: Path) -> set[Path]:
    """The pages that the text of a page leads to, its menus left out."""
    text = page.read_text(encoding="utf-8")
    article = text[text.index("<article") : text.index("</article>")]
    targets = {href.partition("#")[0] for href in re.findall(r'href="([^":]+)"', article)}
    pages = {(page.parent / target / "index.html").resolve() for target in targets if target}
    return {path for path in pages if path.is_file() and site in path.parents}


@pytest.mark.parametrize("lang", PREFIX)
def test_each_symptom_is_two_clicks_from_home(site: Path, lang: str) -> None:
    root = site.resolve() / PREFIX[lang].strip("/")
    near = {root / "index.html"}
    for _ in range(2):
        near |= {path for page in near for path in linked(site.resolve(), page)}
    far = [
        words
        for language, words, pages in SYMPTOMS
        if language == lang and not any(root / page.partition("#")[0] / "index.html" in near for page in pages.split())
    ]
    assert not far, "\n".join(far)


@pytest.mark.browser
@pytest.mark.parametrize("lang", PREFIX)
def test_each_symptom_is_found_by_its_words(browser: Browser, lang: str) -> None:
    begin(browser, lang)
    home, missed = browser.address + PREFIX[lang], []
    for language, words, pages in SYMPTOMS:
        if language == lang:
            found = offers(browser, words, home)
            if not set(pages.split()) & {
                link if link.startswith("#") else link.partition("#")[0] for page in found for link in page
            }:
                missed.append(f"{words}: {found}")
    assert not missed, "\n".join(missed)
