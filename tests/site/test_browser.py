"""The site in a real browser, on a phone and on a desktop, in both languages, with every other host out of reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from timing_rules.rules.registry import RULES

if TYPE_CHECKING:
    from tests.site.conftest import Browser

pytestmark = pytest.mark.browser

PHONE, DESKTOP = 390, 1280
PAGES = [
    "/",
    "/concepts/envoy-container/",
    "/examples/",
    "/examples/http/native-sidecar/",
    "/rules/pt201/",
    "/settings/",
    "/rules/",
    "/measured/",
    "/measured/endpoint-race/",
    "/notebooks/grace-budget/",
    "/notebooks/endpoint-race/",
    "/notebooks/predicted-and-measured/",
]
every_width = pytest.mark.parametrize("width", [PHONE, DESKTOP])
every_prefix = pytest.mark.parametrize("prefix", ["", "/ko"], ids=["en", "ko"])


@every_width
@every_prefix
@pytest.mark.parametrize("path", PAGES)
def test_a_page_opens_whole(browser: Browser, prefix: str, path: str, width: int) -> None:
    """No sideways scrolling, no complaint in the console, no request to another host, search at hand."""
    browser.show(prefix + path, width)
    browser.wait("return !!document.querySelector('.md-search__input')")
    wide = browser.run(
        """
        const width = document.documentElement.clientWidth;
        const scrolls = (node) => node && node !== document.body
          && (/auto|scroll|hidden|clip/.test(getComputedStyle(node).overflowX) || scrolls(node.parentElement));
        return document.documentElement.scrollWidth <= width ? [] : [...document.querySelectorAll('article *')]
          .filter((node) => node.getBoundingClientRect().right > width + 1 && !scrolls(node))
          .slice(0, 5).map((node) => node.outerHTML.slice(0, 120));
        """
    )
    assert not wide, f"wider than {width} px: {wide}"
    assert browser.run("return document.documentElement.scrollWidth") <= width
    assert browser.complaints() == []


@every_prefix
def test_home_leads_each_reader_on_from_its_first_screen(browser: Browser, prefix: str) -> None:
    """Who has errors now, who must set numbers, who wants to understand, who has a manifest: one press each, beside the figure."""
    for width, height in ((360, 740), (DESKTOP, 900)):
        browser.show(f"{prefix}/", width)
        ways = browser.run(
            """
            return [...document.querySelectorAll('article .md-button')].map((node) => [node.pathname, node.getBoundingClientRect().bottom])
              .filter(([, bottom]) => bottom < arguments[0]).map(([path]) => path.replace(/^\\/ko/, ''));
            """,
            height,
        )
        assert ways == ["/503-right-now/", "/guides/choose-your-numbers/", "/concepts/pod-and-signals/", "/check/"]
        figure = browser.run("return document.querySelector('article .timing svg').getBoundingClientRect().top")
        assert figure < height * 0.75, "the figure begins on the first screen"
    trust = "const node = document.querySelector('article > p > small'); return [node.innerText, node.getBoundingClientRect().bottom]"
    text, bottom = browser.run(trust)
    assert "Envoy" in text and bottom <= 900, "on a desktop, what it all rests on stands below the change"


#: Names in tables that a line ends within, between two letters of one word: camelCase and marks are where words part.
BROKEN = r"""
const broken = [];
for (const code of document.querySelectorAll('article td code')) {
  const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const tops = [...node.data].map((_, at) => {
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + 1);
      return range.getBoundingClientRect().top;
    });
    if (tops.some((top, at) => at && top > tops[at - 1] + 5 && /[a-z][a-z]/.test(node.data.slice(at - 1, at + 1)))) broken.push(node.data);
  }
}
return broken;
"""


@every_prefix
@pytest.mark.parametrize(
    "path", ["/guides/http/", "/concepts/classic-sidecar/", "/measured/servers/", "/measured/grpc/"]
)
def test_a_phone_breaks_no_name_in_a_table_inside_a_word(browser: Browser, prefix: str, path: str) -> None:
    """Tables of records scroll sideways instead."""
    browser.show(prefix + path, 360)
    browser.run("for (const details of document.querySelectorAll('details')) details.open = true")
    assert browser.run(BROKEN) == []


@every_prefix
@pytest.mark.parametrize(
    "path",
    ["/", "/versions/", "/rules/", "/settings/where-to-set/", "/guides/streams/", "/troubleshooting/streams-break/"],
)
def test_a_phone_shows_tables_and_titles_whole(browser: Browser, prefix: str, path: str) -> None:
    """No table of words scrolls sideways, no name in one breaks inside a word, the site's name is not cut off."""
    browser.show(prefix + path, 360)
    browser.wait("return document.querySelector('.md-typeset__scrollwrap')")
    wide = browser.run(
        """
        for (const details of document.querySelectorAll('details')) details.open = true;
        return [...document.querySelectorAll('.md-typeset__scrollwrap')].filter((node) => node.scrollWidth > node.clientWidth)
          .map((node) => node.innerText.slice(0, 80));
        """
    )
    assert wide == [] and browser.run(BROKEN) == []
    name = "const node = document.querySelector('.md-header__topic .md-ellipsis'); return node.scrollWidth - node.clientWidth"
    assert browser.run(name) <= 0


def test_a_phone_names_the_column_of_each_cell_that_it_stacks(browser: Browser) -> None:
    browser.show("/versions/", 360)
    script = """
        const cells = document.querySelector('table[data-stacks] tbody tr').cells;
        return [...cells].map((cell) => [getComputedStyle(cell, '::before').content, cell.getBoundingClientRect().top]);
        """
    (first, top), *others = browser.run(script)
    assert first == "none" and [name for name, _ in others] == ['"Behaviour: "', '"From: "', '"Source: "']
    assert top < others[0][1] < others[1][1] < others[2][1], "one under the other"
    browser.show("/versions/", DESKTOP)
    assert {name for name, _ in browser.run(script)} == {"none"}, "a desktop has the heads above"


def search(browser: Browser, query: str) -> list[str]:
    """Titles of the pages that the search lists, most relevant first."""
    browser.run("document.querySelector('label[for=__search]').click()")
    browser.wait("return document.querySelector('#__search').checked")
    browser.run(
        """
        const input = document.querySelector('.md-search__input');
        input.focus();
        input.value = arguments[0];
        for (const kind of ['focus', 'keyup', 'input']) input.dispatchEvent(new Event(kind, {bubbles: true}));
        """,
        query,
    )
    found = browser.wait(
        "return [...document.querySelectorAll('.md-search-result__item h1')].map((node) => node.textContent)"
    )
    assert isinstance(found, list)
    return found


@every_width
@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/", "graceful"),
        ("/concepts/envoy-container/", "EXIT_ON_ZERO_ACTIVE_CONNECTIONS"),
        ("/", "GracePeriod"),
        ("/ko/", "유예"),
        ("/ko/", "유실"),
        ("/ko/concepts/envoy-container/", "EXIT_ON_ZERO_ACTIVE_CONNECTIONS"),
        ("/ko/", "사이드카"),
        ("/ko/", "GracePeriod"),
    ],
)
def test_search_answers(browser: Browser, path: str, query: str, width: int) -> None:
    browser.show(path, width)
    assert search(browser, query)
    assert browser.complaints() == []


def test_search_finds_its_own_language_alone(browser: Browser) -> None:
    browser.show("/")
    assert not [title for title in search(browser, "sidecar") if any("가" <= letter <= "힣" for letter in title)]


@every_width
@pytest.mark.parametrize(
    "path", ["/", "/guides/app-container/", "/examples/", "/rules/pt201/", "/notebooks/endpoint-race/"]
)
def test_the_language_switch_stays_on_the_page(browser: Browser, path: str, width: int) -> None:
    browser.show(path, width)
    for lang, there in (("ko", f"/ko{path}"), ("en", path)):
        box = browser.run("return document.querySelector('a.language').getBoundingClientRect().toJSON()")
        assert box["width"] >= 24 and box["height"] >= 24 and box["left"] >= 0 and box["right"] <= width
        browser.run("document.querySelector('a.language').click()")
        browser.wait(
            "return document.documentElement.lang === arguments[0] && document.readyState === 'complete'", lang
        )
        assert browser.driver.current_url == browser.address + there


@every_prefix
def test_the_language_switch_keeps_the_section(browser: Browser, prefix: str) -> None:
    browser.show(f"{prefix}/rules/command-line/#exit-status")
    browser.run("document.querySelector('a.language').click()")
    other = "/ko" if not prefix else ""
    browser.wait(
        "return location.pathname === arguments[0] && location.hash === '#exit-status'", f"{other}/rules/command-line/"
    )


INDEX = "return performance.getEntriesByType('resource').map((entry) => entry.name).filter((name) => name.includes('search_index'))"


@every_width
@every_prefix
def test_the_search_index_waits_for_a_reader_who_searches(browser: Browser, prefix: str, width: int) -> None:
    browser.show(prefix + "/", width)
    browser.wait(
        "return performance.getEntriesByType('resource').some((entry) => entry.name.includes('workers/search'))"
    )
    browser.run("window.scrollTo(0, 2000)")
    assert browser.run(INDEX) == []
    assert search(browser, "terminationGracePeriodSeconds")
    assert len(browser.run(INDEX)) == 1


@every_prefix
def test_a_page_opened_from_a_result_shows_what_was_searched(browser: Browser, prefix: str) -> None:
    browser.show(f"{prefix}/guides/app-container/?h=preStop")
    browser.wait("return document.querySelector('article mark[data-md-highlight]') !== null")


@pytest.mark.parametrize("path", ["/no/such/page", "/ko/no/such/page/"])
def test_an_unknown_address_leads_to_both_languages(browser: Browser, path: str) -> None:
    browser.show(path)
    links = browser.run("return [...document.querySelectorAll('article a')].map((node) => node.pathname)")
    assert links == ["/", "/ko/"]


CONTRAST = """
const canvas = document.createElement('canvas');
canvas.width = canvas.height = 1;
const context = canvas.getContext('2d', {willReadFrequently: true});
const over = (below, colour, opacity) => {
  context.globalAlpha = 1;
  context.fillStyle = `rgb(${below.join(' ')})`;
  context.fillRect(0, 0, 1, 1);
  context.globalAlpha = opacity;
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
};
const light = (rgb) => rgb.map((one) => one / 255).map((one) => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
  .reduce((sum, one, index) => sum + one * [0.2126, 0.7152, 0.0722][index], 0);
const paper = over([255, 255, 255], getComputedStyle(document.body).backgroundColor, 1);
const found = [];
for (const details of document.querySelectorAll('details')) details.open = true;
for (const svg of document.querySelectorAll('.timing svg')) {
  const shapes = [...svg.querySelectorAll('rect, text')];
  for (const text of shapes.filter((node) => node.tagName === 'text' && node.textContent.trim())) {
    const box = text.getBoundingClientRect();
    if (!box.width) continue;
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    let below = paper;
    for (const rect of shapes.slice(0, shapes.indexOf(text)).filter((node) => node.tagName === 'rect')) {
      const area = rect.getBoundingClientRect();
      const style = getComputedStyle(rect);
      if (style.fill === 'none' || style.fill.startsWith('url') || x < area.left || x > area.right || y < area.top || y > area.bottom) continue;
      below = over(below, style.fill, style.opacity * style.fillOpacity);
    }
    const style = getComputedStyle(text);
    const ink = over(below, style.fill, style.opacity * style.fillOpacity);
    const [low, high] = [light(below), light(ink)].sort((one, other) => one - other);
    const right = svg.getBoundingClientRect().right;
    found.push({text: text.textContent.trim(), contrast: (high + 0.05) / (low + 0.05), height: box.height, out: box.right > right + 1 || box.left < -1});
  }
}
return found;
"""


@every_width
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/concepts/envoy-container/", "/ko/concepts/envoy-container/"])
def test_figures_can_be_read(browser: Browser, path: str, scheme: str, width: int) -> None:
    """Text in figures contrasts with what is below it, is large enough, and stays inside."""
    browser.show(path, width, scheme)
    texts = browser.run(CONTRAST)
    assert texts, "the page shows no figure"
    assert not [one for one in texts if one["contrast"] < 4.5]
    assert not [one for one in texts if one["height"] < 9]
    assert not [one for one in texts if one["out"]]


OVERLAPS = """
for (const details of document.querySelectorAll('details')) details.open = true;
const overlaps = [];
for (const svg of document.querySelectorAll('.timing svg.tr')) {
  const texts = [...svg.querySelectorAll('text')].map((node) => [node.textContent, node.getBoundingClientRect()]);
  texts.forEach(([text, box], index) => {
    for (const [other, area] of texts.slice(index + 1)) {
      const width = Math.min(box.right, area.right) - Math.max(box.left, area.left);
      const height = Math.min(box.bottom, area.bottom) - Math.max(box.top, area.top);
      if (width > 1 && height > 3) overlaps.push([text, other]);
    }
  });
}
return overlaps;
"""


@pytest.mark.parametrize("path", ["/", "/ko/", "/concepts/envoy-container/", "/ko/concepts/envoy-container/"])
def test_texts_in_figures_leave_each_other_room(browser: Browser, path: str) -> None:
    for width in (360, DESKTOP):
        browser.show(path, width)
        assert browser.run("return document.querySelectorAll('.timing svg.tr').length") >= 2
        assert browser.run(OVERLAPS) == []


PARTED = """
const parted = [];
for (const code of document.querySelectorAll('article :is(p, li, td) > code')) {
  const next = code.nextSibling;
  const joined = /\\w$/.test(code.textContent) && next?.nodeType === Node.TEXT_NODE && /^[가-힣]/.test(next.data);
  if (!code.offsetWidth || !joined) continue;
  const first = document.createRange();
  first.setStart(next, 0);
  first.setEnd(next, 1);
  const lines = code.getClientRects();
  if (first.getBoundingClientRect().top > lines[lines.length - 1].bottom) parted.push(code.textContent + next.data.slice(0, 8));
}
return parted;
"""


@every_width
@pytest.mark.parametrize("path", ["/ko/servers/", "/ko/servers/nginx/", "/ko/guides/streams/", "/ko/503-right-now/"])
def test_a_korean_particle_stays_with_its_name(browser: Browser, path: str, width: int) -> None:
    browser.show(path, width)
    assert browser.run(PARTED) == []


#: The scheme of the page, what the browser's own parts are told, the button's word for it, and whether bar and page have one colour.
COLOURS = """
const meta = (name) => document.querySelector(`meta[name=${name}]`).content;
const probe = document.createElement("i");
probe.style.color = meta("theme-color");
const [paper, bar] = [document.body, document.body.appendChild(probe)].map((node, at) => getComputedStyle(node)[at ? "color" : "backgroundColor"]);
probe.remove();
const button = document.querySelector(".colours");
return [document.body.dataset.mdColorScheme, meta("color-scheme"), button.getAttribute("aria-label").split(";")[0], button.innerText.trim(),
  button.querySelectorAll("span:not([hidden]) svg").length, paper === bar];
"""


def test_the_colours_follow_the_system_and_the_reader(browser: Browser) -> None:
    light, dark = ["default", "light"], ["slate", "dark"]
    system, shown = "Colours follow the system", ["", 1, True]
    browser.show("/", scheme="dark")
    assert browser.run(COLOURS) == [*dark, system, *shown]
    browser.scheme("light")
    browser.wait("return document.body.dataset.mdColorScheme === 'default'")
    assert browser.run(COLOURS) == [*light, system, *shown], "the system has changed its mind"
    for scheme, name in ((light, "Light"), (dark, "Dark"), (light, system), (light, "Light"), (dark, "Dark")):
        browser.run("document.querySelector('.colours').click()")
        assert browser.run(COLOURS) == [*scheme, name, *shown]
    browser.driver.get(browser.address + "/ko/concepts/native-sidecar/")
    browser.wait("return document.readyState === 'complete'")
    assert browser.run(COLOURS)[:2] == dark, "what was chosen in one language counts in the other"
    assert browser.run(COLOURS)[2].startswith("어두운 화면입니다")


@pytest.mark.parametrize("kept", ["null", '{"index": 7}', '{"index": 2, "color": {"scheme": "slate"}}'])
def test_the_colours_stand_before_any_script_is_there(browser: Browser, kept: str) -> None:
    """No page changes from light to dark under its reader, whatever an earlier page has kept."""
    browser.show("/", scheme="light" if "color" in kept else "dark")
    browser.run("localStorage.setItem(location.pathname + '.__palette', arguments[0])", kept)
    browser.driver.execute_cdp_cmd("Network.enable", {})
    browser.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*.js"]})
    try:
        browser.driver.get(browser.address + "/")
        assert browser.run(COLOURS)[:2] == ["slate", "dark"]
    finally:
        browser.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
        browser.log("browser")


@every_prefix
def test_a_keyboard_never_goes_where_nothing_shows(browser: Browser, prefix: str) -> None:
    """Where the navigation is a drawer, it opens for the keyboard that goes through it, and closes behind it."""
    browser.show(f"{prefix}/concepts/native-sidecar/", 1000)
    link = ".md-sidebar--primary a.md-nav__link[href]"
    left = f"return document.querySelector('{link}').getBoundingClientRect().left"
    assert browser.run(left) < 0
    browser.driver.switch_to.active_element.send_keys(Keys.TAB)
    browser.run(f"document.querySelector('{link}').focus()")
    browser.wait(f"{left} >= 0")
    outline = browser.run(
        "const style = getComputedStyle(document.activeElement); return [style.outlineStyle, style.outlineWidth]"
    )
    assert outline == ["solid", "2px"]
    browser.run("document.querySelector('article a[href]').focus()")
    browser.wait(f"{left} < 0")


@every_prefix
def test_the_catalogue_is_filtered_and_leads_to_a_manifest_to_copy(browser: Browser, prefix: str) -> None:
    browser.show(f"{prefix}/examples/", PHONE)
    shown = "return [...document.querySelectorAll('.catalogue li')].filter((card) => card.offsetParent).length"
    every = browser.wait(shown)
    assert every >= 25
    browser.run(
        """
        const select = document.querySelector('.filters select');
        select.value = 'classic';
        select.dispatchEvent(new Event('change'));
        """
    )
    classic = browser.run(shown)
    tags = "return [...document.querySelectorAll('.catalogue li')].filter((card) => card.offsetParent).map((card) => card.querySelector('[data-tags]').dataset.tags)"
    assert 0 < classic < every and all("sidecar=classic" in tag for tag in browser.run(tags))
    heads = browser.run(
        "return [...document.querySelectorAll('.catalogue h3')].filter((head) => head.offsetParent).length"
    )
    assert heads == browser.run(
        "return [...document.querySelectorAll('.catalogue .grid')].filter((grid) => grid.offsetParent).length"
    )
    browser.run("document.querySelector('.catalogue li:not([hidden]) a').click()")
    assert browser.wait("return document.querySelector('.md-clipboard, .md-code__button')")
    assert "apiVersion" in browser.run("return document.querySelector('#manifest ~ .highlight code').textContent")


@every_prefix
def test_on_paper_nothing_is_folded_and_no_figure_is_cut(browser: Browser, prefix: str) -> None:
    browser.show(f"{prefix}/guides/app-container/")
    heights = "return [...document.querySelectorAll('article details:not([open])')].map((fold) => fold.getBoundingClientRect().height)"
    folded = browser.run(heights)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        shown = browser.run(heights)
        cut = browser.run(
            "return [...document.querySelectorAll('.timing svg, td')].filter((node) => getComputedStyle(node.closest('tr') ?? node).breakInside !== 'avoid').length"
        )
        hidden = browser.run("return getComputedStyle(document.querySelector('.md-header')).display")
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert folded and len(shown) == len(folded)
    assert all(paper > screen + 40 for paper, screen in zip(shown, folded, strict=True))
    assert cut == 0 and hidden == "none"


def test_no_sitemap_is_asked_for(browser: Browser) -> None:
    """Material asks for one below each `link[hreflang]`, which a site with an address has on every page."""
    browser.show("/")
    for name in ("sitemap.xml", "another.xml"):
        browser.run(
            "const request = new XMLHttpRequest(); request.open('GET', `/no/${arguments[0]}`); request.send()", name
        )
    seen: list[str] = []

    def asked() -> bool:
        seen.extend(browser.complaints())
        return any("another.xml" in line for line in seen)

    WebDriverWait(browser.driver, 15, 0.05).until(lambda _: asked())
    assert not [line for line in seen if "sitemap.xml" in line]


@every_prefix
def test_the_first_screen_of_a_rule_on_a_phone_shows_its_picture_or_the_wrong_line(
    browser: Browser, prefix: str
) -> None:
    """Of each, so much as shows a lane: a reader sees what goes wrong before reading why."""
    browser.show(f"{prefix}/rules/", 360)
    top = "return document.querySelector('article svg.tr, article .language-diff').getBoundingClientRect().top"
    low = {}
    for code in RULES:
        browser.driver.get(f"{browser.address}{prefix}/rules/{code.lower()}/")
        low[code] = browser.run(top)
    assert {code: at for code, at in low.items() if at + 150 > 844} == {}
