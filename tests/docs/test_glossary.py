"""The page "Glossary" has each term of glossary.yml that pages use, by that name, in two sentences at most and with the page that explains it."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import LANGUAGES, Page, all_pages, read_page
from tests.docs.test_words import GLOSSARY

PAGE = "glossary.md"
ROW = re.compile(
    r"""\| \*\*(?P<name>.+?)\*\*(?:<br><span lang="(?:en|ko)">(?P<other>[^<]+)</span>)? """
    r"""\| (?P<meaning>.+?)(?:<br>(?:also|다른 말): (?P<also>`.+`))? \|"""
)


def rows(page: Page) -> list[re.Match[str]]:
    """The terms of the page, each with its name in the other language, its meaning and other words for it."""
    lines = [line for _, line in page.prose if re.match(r"\| (?!Term |용어 )", line)]
    odd = [line for line in lines if not ROW.fullmatch(line)]
    assert not odd, (
        f"{page.name}: write | **term**<br><span lang=ko>용어</span> | Meaning: [page](page.md)<br>also: `word` |, not {odd[0]}"
    )
    return [found for line in lines if (found := ROW.fullmatch(line))]


def terms() -> dict[str, str]:
    """Korean name -> English name, as the English page has them."""
    return {row["other"] or row["name"]: row["name"] for row in rows(read_page("en", PAGE))}


def test_both_languages_name_the_same_terms_in_the_same_order() -> None:
    korean = [(row["name"], row["other"] or row["name"]) for row in rows(read_page("ko", PAGE))]
    assert len(korean) > 35 and korean == list(terms().items())


def test_each_term_that_a_korean_page_uses_is_explained_by_its_name() -> None:
    pages = "\n".join(page.text for page in all_pages(["ko"]) if page.rel != PAGE)
    used = [term for term in GLOSSARY["terms"] if term["right"] in pages]
    assert len(used) > 20
    missing = [term["right"] for term in used if term["right"] not in terms()]
    assert not missing, f"docs/*/{PAGE} lacks {', '.join(missing)}"
    other = [
        f"{term['right']}: {terms()[term['right']]}, and pages write ({term['pair']}) behind it"
        for term in used
        if not re.fullmatch(term.get("pair", ".*"), terms()[term["right"]])
    ]
    assert not other, "\n".join(other)


def test_no_name_is_one_that_the_glossary_forbids() -> None:
    wrong = [(name, rule["right"]) for name in terms() for rule in GLOSSARY["terms"] if re.search(rule["wrong"], name)]
    assert not wrong


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_term_takes_two_sentences_at_most_and_leads_to_a_page(lang: str) -> None:
    page = read_page(lang, PAGE)
    for row in rows(page):
        sentences = re.findall(r"[.:?](?= |$)", re.sub(r"\[.*?\]\(.*?\)|`.*?`", "", row["meaning"]).strip())
        assert 1 <= len(sentences) <= 2, f"{page.name}: {row['name']}: {row['meaning']}"
        assert len(page.links_in(row["meaning"])) == 1, f"{page.name}: {row['name']} leads to one page"
