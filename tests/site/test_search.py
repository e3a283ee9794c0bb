"""What people type into the search box leads them to the right section, as a reader counts: without unfolding anything.

`search_queries.tsv`: language, what is typed, the pages or sections that answer it; ./ is home.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from selenium.webdriver import ActionChains, Keys

from tests.site.conftest import Browser

pytestmark = pytest.mark.browser

QUERIES = Path(__file__).with_name("search_queries.tsv")
PREFIX = {"en": "/", "ko": "/ko/"}
# Share of the queries, in percent, whose right section is the first, and is in one of the first three pages.
FIRST, FIRST_THREE = 70, 92

Offers = list[list[str]]  # of each page that is offered, the address of its title and of its sections

ASK = """
const [query, done] = arguments;
const list = document.querySelector('.md-search-result__list'), input = document.querySelector('.md-search__input');
const answer = () => done([...list.querySelectorAll(':scope > li')].slice(0, 3).map((item) => [...item.querySelectorAll('a')]
  .filter((link) => !link.closest('details:not([open])')).map((link) => link.href)));
// The theme's worker answers each query once, with a message of type 3, and the theme shows the answer in the same turn.
const drawn = () => requestAnimationFrame(() => requestAnimationFrame(answer));
const { postMessage } = Worker.prototype;
Worker.prototype.postMessage = function (...message) {
  Worker.prototype.postMessage = postMessage;
  const hear = ({ data }) => {
    if (data.type !== 3) return;
    this.removeEventListener('message', hear);
    drawn();
  };
  this.addEventListener('message', hear);
  return this.postMessage(...message);
};
if (input.value === query) drawn();
input.value = query;
input.dispatchEvent(new Event('keyup', {bubbles: true}));
"""


def queries(lang: str) -> list[tuple[str, set[str]]]:
    rows = [line.split("\t") for line in QUERIES.read_text(encoding="utf-8").splitlines()]
    return [
        (query, {"" if page == "./" else page for page in right.split()})
        for language, query, right in rows
        if language == lang
    ]


def offers(browser: Browser, query: str, home: str) -> Offers:
    found = browser.driver.execute_async_script(ASK, query)
    return [[link.removeprefix(home).partition("?")[0] + anchor(link) for link in page] for page in found]


def anchor(link: str) -> str:
    return "#" + link.partition("#")[2] if "#" in link else ""


def begin(browser: Browser, lang: str) -> None:
    """Opens the search of a language's home, and waits for its index."""
    browser.show(PREFIX[lang])
    browser.driver.set_script_timeout(20)
    browser.run(
        "document.querySelector('label[for=__search]').click(); document.querySelector('.md-search__input').focus()"
    )
    # The index is on its way: until it is there, no query finds anything.
    browser.wait(
        """
        const input = document.querySelector('.md-search__input');
        input.value = 'preStop';
        input.dispatchEvent(new Event('keyup', {bubbles: true}));
        return document.querySelector('.md-search-result__list > li') !== null;
        """,
        seconds=90,
    )


def measure(browser: Browser, lang: str) -> tuple[dict[str, float], list[str]]:
    """Percent of the queries by what the search offers, and a line for each whose first offer is not right."""
    begin(browser, lang)
    asked, missed = queries(lang), []
    count = {"first": 0, "first three": 0, "nothing": 0}
    for query, right in asked:
        pages = offers(browser, query, browser.address + PREFIX[lang])
        first = bool(pages and right & set(pages[0][:2]))
        count["first"] += first
        count["first three"] += (near := any(right & set(page) for page in pages))
        count["nothing"] += not pages
        if not first:
            missed.append(f"{'    ' if near else 'MISS'} {query}: {' ; '.join(' '.join(page) for page in pages)}")
    return {name: 100 * number / len(asked) for name, number in count.items()}, missed


@pytest.mark.parametrize("lang", PREFIX)
def test_what_people_type_leads_to_the_right_section(browser: Browser, lang: str) -> None:
    percent, missed = measure(browser, lang)
    told = "\n".join([str(percent), *missed])
    assert percent["first"] >= FIRST, told
    assert percent["first three"] >= FIRST_THREE, told
    assert percent["nothing"] == 0, told


# What a query shows of how it is read: a subject before what happens to it, words in another order or form or language, a slip of the hand,
# a word that no page has.
READ = [
    ("en", "statefulset rolling update", "guides/statefulsets/"),
    ("en", "requests lost when gunicorn is deployed", "servers/#gunicorn"),
    ("en", "shutdowns that are graceful", "guides/app-container/#graceful-shutdown"),
    ("en", "why are the connections being refused?", "#symptoms"),
    ("en", "gracefull shutdwon", "guides/app-container/#graceful-shutdown"),
    ("en", "pod is completely stuck", "troubleshooting/stuck-terminating/"),
    ("en", "gracefull termination", "guides/app-container/#graceful-shutdown"),
    ("en", "zzyzxq", "#symptoms"),
    ("ko", "스테이트풀셋 롤링 업데이트", "guides/statefulsets/"),
    ("ko", "graceful 셧다운", "guides/app-container/#graceful-shutdown"),
    ("ko", "배포할 때마다 웹소켓이 끊겨요", "guides/streams/"),
    ("ko", "파일업로드", "guides/long-requests/"),
    ("ko", "종료코드137", "troubleshooting/whole-grace-period/"),
]


@pytest.mark.parametrize("lang", PREFIX)
def test_a_query_is_read_by_what_it_means(browser: Browser, lang: str) -> None:
    begin(browser, lang)
    home = browser.address + PREFIX[lang]
    first = {query: offers(browser, query, home)[:1] for language, query, _ in READ if language == lang}
    missed = {
        query: first[query]
        for language, query, right in READ
        if language == lang and not any(right in page[:2] for page in first[query])
    }
    assert not missed


LISTED = """
const [query, done] = arguments;
const { postMessage } = Worker.prototype;
const input = document.querySelector('.md-search__input');
Worker.prototype.postMessage = function (...message) {
  Worker.prototype.postMessage = postMessage;
  const hear = ({ data: { type, data } }) => {
    if (type !== 3) return;
    this.removeEventListener('message', hear);
    requestAnimationFrame(() => requestAnimationFrame(() =>
      done([data.items.map(([section]) => section.score), document.querySelector('.md-search-result__meta').textContent])));
  };
  this.addEventListener('message', hear);
  return this.postMessage(...message);
};
input.value = query;
input.dispatchEvent(new Event('keyup', {bubbles: true}));
"""


@pytest.mark.parametrize(
    ("lang", "broad", "long"),
    [
        ("en", "proxy and app stop", "istio proxy and app container stop at the same time when the pod is deleted"),
        ("ko", "앱과 프록시", "파드를 삭제하면 앱 컨테이너와 프록시가 동시에 종료"),
    ],
)
def test_a_query_lists_what_holds_enough_of_it_and_counts_that(
    browser: Browser, lang: str, broad: str, long: str
) -> None:
    begin(browser, lang)

    def listed(query: str) -> list[float]:
        weights, told = browser.driver.execute_async_script(LISTED, query)
        assert int("".join(filter(str.isdigit, told))) == len(weights), told
        return [weight / weights[0] for weight in weights]

    # Nearly every page holds a word of both: of the first more than ten come near the best page, of the second ten are listed all the same.
    assert 10 < len(shares := listed(broad)) < 60
    assert 0.1 <= shares[-1] < 0.15
    assert len(shares := listed(long)) == 10
    assert shares[-1] < 0.1


def test_what_is_found_is_short_enough_to_see_the_next_and_its_words_stand_apart(browser: Browser) -> None:
    begin(browser, "en")
    browser.size(360)
    offers(browser, "rpc error: code = Unavailable desc = transport is closing", browser.address)
    heights = browser.run(
        "return [...document.querySelectorAll('.md-search-result__article')].map((one) => one.offsetHeight)"
    )
    rem = browser.run("return parseFloat(getComputedStyle(document.documentElement).fontSize)")
    assert max(heights) == 12 * rem
    shown = browser.run("return document.querySelector('.md-search-result__list').innerHTML")
    assert re.findall(r"\w*</code>(?:<mark>)?[A-Za-z]\w*", shown) == []
    typed, buttons = browser.run(
        """
        const input = document.querySelector('.md-search__input'), { right } = input.getBoundingClientRect();
        return [right - parseFloat(getComputedStyle(input).paddingRight),
          document.querySelector('.md-search__options button').getBoundingClientRect().left];
        """
    )
    assert typed <= buttons


def test_a_word_that_is_spelled_right_marks_no_other(browser: Browser) -> None:
    begin(browser, "en")
    offers(browser, "grace period", browser.address)
    marked = set(
        browser.run("return [...document.querySelectorAll('mark')].map((mark) => mark.textContent.toLowerCase())")
    )
    assert {"grace", "period"} <= marked
    assert "race" not in marked


def test_the_keyboard_goes_through_what_is_found_and_closes_it(browser: Browser) -> None:
    begin(browser, "en")
    offers(browser, "grace period", browser.address)
    ActionChains(browser.driver).send_keys(Keys.ARROW_DOWN).perform()
    browser.wait("return document.activeElement === document.querySelector('.md-search-result__list a')")
    ActionChains(browser.driver).send_keys(Keys.ESCAPE).perform()
    browser.wait("return !document.querySelector('#__search').checked")
