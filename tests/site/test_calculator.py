"""The page "Move the timers" in a real browser: by keyboard and by pointer, on a phone and on a desktop, in both languages."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from timing_rules import calculator, timeline
from timing_rules.calculator import LENGTHS, PRESETS, State

if TYPE_CHECKING:
    from tests.site.conftest import Browser

pytestmark = pytest.mark.browser

PHONE, DESKTOP = 360, 1440
every_view = pytest.mark.parametrize(("width", "scheme"), [(PHONE, "light"), (PHONE, "dark"), (DESKTOP, "light"), (DESKTOP, "dark")])  # fmt: skip
every_language = pytest.mark.parametrize("lang", ["en", "ko"])
PREFIX = {"en": "", "ko": "/ko"}
CLASSIC = State("classic", preStop=10, terminationDrainDuration=12)


def address_of(state: State) -> str:
    return "&".join(f"{name}={value}" for name, value in calculator.written(state).items())


def opened(browser: Browser, lang: str = "en", width: int = DESKTOP, scheme: str = "light", fragment: str = "") -> None:
    browser.show(f"{PREFIX[lang]}/calculator/{fragment and '#' + fragment}", width, scheme)
    browser.wait("return document.querySelector('.calculator .field .reason').id")


def expected(state: State, lang: str) -> dict[str, Any]:
    return calculator.draw(calculator.written(state), lang)


def shows(browser: Browser, state: State, lang: str = "en", seconds: float = 60) -> None:
    """The page shows what the package says of a state: verdict, picture, manifest, fields, fields without effect."""
    wanted = expected(state, lang)
    browser.wait("return document.querySelector('.calculator .result code').textContent === arguments[0]", wanted["yaml"], seconds=seconds)  # fmt: skip
    assert browser.run("return document.querySelector('.calculator .verdict-line').textContent") == wanted["headline"]
    browser.wait("return document.querySelector('.calculator .heard').textContent === arguments[0]", wanted["verdict"])
    picture = "return document.querySelector('.calculator .timing svg').textContent"
    texts = "const div = document.createElement('div'); div.innerHTML = arguments[0]; return div.textContent"
    assert browser.run(picture) == browser.run(texts, wanted["picture"])
    reasons = "return Object.fromEntries([...document.querySelectorAll('.calculator .reason:not([hidden])')].map((node) => [node.closest('.field').dataset.name, node.textContent]))"
    assert browser.run(reasons) == wanted["without_effect"]
    off = "return [...document.querySelectorAll('.calculator .field')].filter((node) => [...node.querySelectorAll('input, select')].every((input) => input.disabled)).map((node) => node.dataset.name)"
    assert set(browser.run(off)) == wanted["without_effect"].keys()


def field(browser: Browser, name: str, kind: str) -> Any:
    node = browser.driver.find_element(By.CSS_SELECTOR, f".calculator [data-name='{name}'] {kind}")
    browser.run("arguments[0].scrollIntoView({block: 'end'})", node)
    return node


def value(browser: Browser, name: str, kind: str = "[type=number]") -> str:
    return str(browser.run(f"return document.querySelector(`.calculator [data-name='{name}'] {kind}`).value"))


@every_view
@every_language
def test_before_the_runtime_is_there_the_first_preset_shows(
    browser: Browser, lang: str, width: int, scheme: str
) -> None:
    opened(browser, lang, width, scheme)
    shows(browser, PRESETS["native"][0], lang)
    loaded = "return performance.getEntriesByType('resource').map((entry) => new URL(entry.name).pathname)"
    assert not [path for path in browser.run(loaded) if "engine.js" in path or "modules.json" in path]
    assert browser.run("return document.documentElement.scrollWidth") <= width
    assert browser.complaints() == []


@pytest.mark.parametrize(("lang", "width", "scheme"), [("en", PHONE, "light"), ("ko", PHONE, "dark"), ("ko", DESKTOP, "light"), ("en", DESKTOP, "dark")])  # fmt: skip
def test_dragging_a_slider_redraws_the_picture(browser: Browser, lang: str, width: int, scheme: str) -> None:
    opened(browser, lang, width, scheme)
    slider = field(browser, "preStop", "[type=range]")
    before = browser.run("return document.querySelector('.calculator .timing svg').textContent")
    ActionChains(browser.driver).click_and_hold(slider).move_by_offset(15, 0).perform()
    browser.wait("return document.querySelector('.calculator .timing svg').textContent !== arguments[0]", before, seconds=60)  # fmt: skip
    ActionChains(browser.driver).move_by_offset(30, 0).release().perform()
    state = State(preStop=float(value(browser, "preStop")))
    assert state.preStop > 20 and value(browser, "preStop", "[type=range]") == value(browser, "preStop")
    shows(browser, state, lang)
    browser.wait("return location.hash === arguments[0]", f"#preStop={state.preStop:g}")
    assert browser.run("return document.querySelectorAll('.calculator .bar [aria-pressed=true]').length") == 0
    assert browser.run("return document.documentElement.scrollWidth") <= width
    # The picture is in sight while the hand is on the slider.
    top, bottom = browser.run(
        "const box = document.querySelector('.calculator .timing').getBoundingClientRect(); return [box.top, box.bottom]"
    )
    assert top < 700 and bottom > 100
    assert browser.complaints() == []


@every_language
def test_the_window_of_lost_requests_is_shaded(browser: Browser, lang: str) -> None:
    opened(browser, lang, fragment=address_of(CLASSIC))
    shows(browser, CLASSIC, lang)
    (loss,) = timeline(calculator.pod_of(CLASSIC)).losses
    left, width, whole = browser.run(
        "const [red, svg] = ['.lost', 'svg'].map((part) => document.querySelector(`.calculator .timing ${part}`).getBoundingClientRect());"
        "return [red.left - svg.left, red.width, svg.width]"
    )
    scale = (left + width) / loss.end  # the picture begins a little to the right of its edge
    assert abs((width / whole) / ((loss.end - loss.start) / 30 * 0.96) - 1) < 0.02 and scale > 0
    fill = "return getComputedStyle(document.querySelector('.calculator .timing rect.lost')).fill"
    pattern = browser.run(fill).split("#")[1].rstrip('")')
    assert browser.run("return !!document.getElementById(arguments[0])?.closest('.timing')", pattern)


def test_by_keyboard(browser: Browser) -> None:
    opened(browser)
    slider = field(browser, "preStop", "[type=range]")
    slider.send_keys(Keys.ARROW_RIGHT * 7)
    shows(browser, State(preStop=7))
    assert slider.get_attribute("aria-valuetext") == "7 s"
    slider.send_keys(Keys.HOME)
    shows(browser, State())
    number = field(browser, "terminationGracePeriodSeconds", "[type=number]")
    number.send_keys(Keys.CONTROL + "a")
    number.send_keys("500")
    shows(browser, State(terminationGracePeriodSeconds=500))
    assert value(browser, "terminationGracePeriodSeconds", "[type=range]") == "500"
    field(browser, "sidecar", "select").send_keys("c")
    shows(browser, State("classic", terminationGracePeriodSeconds=500))
    field(browser, "EXIT_ON_ZERO_ACTIVE_CONNECTIONS", "input").send_keys(Keys.SPACE)
    state = State("classic", terminationGracePeriodSeconds=500, EXIT_ON_ZERO_ACTIVE_CONNECTIONS=True)
    shows(browser, state)
    field(browser, "connections_idle_after", ".never").send_keys(Keys.SPACE)
    shows(browser, state._replace(connections_idle_after=float("inf")))
    assert not field(browser, "connections_idle_after", "[type=range]").is_enabled()
    order = browser.run(
        "return [...document.querySelectorAll('.calculator :is(button, a, input, select, pre)')].every((node) => node.tabIndex === 0)"
    )
    assert order and browser.complaints() == []


def test_every_control_has_a_name_and_its_reason(browser: Browser) -> None:
    """Chromium's own accessibility tree: what a screen reader is told."""
    opened(browser)
    shows(browser, PRESETS["native"][0])
    tree = browser.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    told = [
        (node["role"]["value"], node["name"]["value"], node.get("description", {}).get("value", ""))
        for node in tree
        if node.get("role", {}).get("value") in ("slider", "spinbutton", "checkbox", "combobox")
    ]
    assert sum(role == "slider" for role, *_ in told) == sum(role == "spinbutton" for role, *_ in told) == len(LENGTHS)
    assert all(name for _, name, _ in told)
    (drain,) = (text for role, name, text in told if role == "slider" and name.startswith("Drain, until"))
    assert drain.startswith("No effect: a native proxy drains")
    assert ("slider", "preStop sleep, seconds", "") in told


@pytest.mark.parametrize("name", PRESETS)
@every_language
def test_a_preset_shows_both_halves_without_the_runtime(browser: Browser, lang: str, name: str) -> None:
    opened(browser, lang, PHONE)
    for look, state in enumerate(PRESETS[name]):
        for selector in (f"[data-preset='{name}']", f"[data-look='{look}']"):
            browser.run("document.querySelector(`.calculator ${arguments[0]}`).click()", selector)
        shows(browser, state, lang)
        kept = "return JSON.stringify(Object.entries(arguments[0])) === JSON.stringify([...new URLSearchParams(location.hash.slice(1))].sort())"
        browser.wait(kept, dict(sorted(calculator.written(state).items())))
    assert "brython" not in json.dumps(
        browser.run("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    )
    assert browser.complaints() == []


@every_language
def test_an_address_is_opened_and_kept(browser: Browser, lang: str) -> None:
    state = State(
        "gateway",
        istio="1.26",
        kubernetes="1.32",
        lb_deregistration=400,
        preStop=30,
        terminationDrainDuration=2.5,
        propagation=0,
    )
    opened(browser, lang, fragment=address_of(state))
    shows(browser, state, lang)
    assert value(browser, "lb_deregistration", "[type=range]") == "400" and value(browser, "istio", "select") == "1.26"
    browser.run("location.hash = '#sidecar=none&preStop=3'")
    shows(browser, State("none", preStop=3), lang)
    assert value(browser, "lb_deregistration") == "0"
    assert browser.complaints() == []


NONSENSE = (
    "preStop=ten", "preStop=-3", "sidecar=%3Cimg%20src=x%20onerror=self.hacked=1%3E", "image=nginx", "istio=9.9", "sidecar=gateway&kind=Job",
)  # fmt: skip


@every_language
def test_nonsense_in_an_address_is_refused_with_a_sentence(browser: Browser, lang: str) -> None:
    opened(browser, lang, fragment=NONSENSE[0])
    for fragment in NONSENSE:
        browser.run("location.hash = arguments[0]", f"#{fragment}")
        wanted = calculator.draw({name: value for name, (value,) in parse_qs(fragment).items()}, lang)["refused"]
        for line in (".verdict-line", ".heard"):
            browser.wait("return document.querySelector(`.calculator ${arguments[0]}`).textContent === arguments[1]", line, wanted, seconds=60)  # fmt: skip
        assert browser.run("return !!document.querySelector('.calculator.stale')")
    assert browser.run("return [document.querySelectorAll('.calculator img').length, typeof self.hacked]") == [
        0,
        "undefined",
    ]
    browser.run("document.querySelector('[data-preset=classic]').click()")
    shows(browser, PRESETS["classic"][0], lang)
    assert browser.run("return document.querySelector('.calculator.stale')") is None
    assert browser.complaints() == []


@every_language
def test_the_manifest_is_copied_and_checked_by_every_rule(browser: Browser, lang: str) -> None:
    opened(browser, lang, fragment=address_of(CLASSIC))
    shows(browser, CLASSIC, lang)
    browser.run("navigator.clipboard.writeText = async (text) => { self.taken = text; }")
    browser.run("document.querySelector('.calculator .copy').click()")
    assert browser.wait("return self.taken") == expected(CLASSIC, lang)["yaml"]
    browser.run("self.taken = ''; document.querySelector('.calculator .share').click()")
    assert browser.wait("return self.taken") == browser.run("return location.href")
    assert browser.run("return location.hash") == f"#{address_of(CLASSIC)}"
    browser.run("document.querySelector('.calculator a.check').click()")
    rule = browser.wait("return document.querySelector('.checker .finding a')?.textContent", seconds=90)
    assert rule == "PT201"
    text = browser.run("return document.querySelector('.checker textarea').value")
    assert text == expected(CLASSIC, lang)["yaml"]
    assert browser.complaints() == []


def test_without_javascript_two_pods_and_the_command_line_show(site: Path) -> None:
    for folder, lang in ((site, "en"), (site / "ko", "ko")):
        text = (folder / "calculator" / "index.html").read_text(encoding="utf-8")
        for state in PRESETS["native"]:
            assert re.search(r' aria-label="[^"]+"', expected(state, lang)["picture"])[0] in text  # type: ignore[index]
        assert "timing-rules timeline examples/http/classic-sidecar.yaml" in re.sub(r"<.+?>", "", text)


@every_language
def test_a_figure_of_the_site_opens_with_its_own_numbers(browser: Browser, lang: str) -> None:
    browser.show(f"{PREFIX[lang]}/rules/pt201/")
    links = browser.run("return [...document.querySelectorAll('.timing .move a')].map((link) => link.hash)")
    assert [link.rpartition("=")[2] for link in links] == ["15", "35"]
    browser.run("document.querySelector('.timing .move a').click()")
    browser.wait("return document.querySelector('.calculator .field .reason')?.id")
    shows(browser, calculator.read(dict(parse_qsl(links[0][1:]))), lang)
    assert browser.run("return document.querySelector('.calculator .verdict-line').textContent").endswith({"en": "15–30 s.", "ko": "15–30초."}[lang])  # fmt: skip
    assert browser.complaints() == []


def test_a_figure_that_the_numbers_cannot_say_has_no_such_link(site: Path) -> None:
    page = site / "examples" / "several-sidecars" / "stop-in-reverse-order" / "index.html"
    text = page.read_text(encoding="utf-8")
    assert '<div class="timing"' in text and 'class="move"' not in text


HOME = {
    "native": (0, {"istio": "1.31", "kubernetes": "1.37", "preStop": 2, "app_shutdown": 10, "terminationGracePeriodSeconds": 30}),
    "classic": (1, {"istio": "1.26", "kubernetes": "1.32", "preStop": 2, "app_shutdown": 10, "terminationDrainDuration": 25}),
    "none": (2, {"kubernetes": "1.37", "preStop": 2, "app_shutdown": 10, "terminationGracePeriodSeconds": 30}),
}  # fmt: skip


@pytest.mark.parametrize(("lang", "width", "mode"), [("en", DESKTOP, "native"), ("ko", PHONE, "classic"), ("en", PHONE, "none")])  # fmt: skip
def test_three_sliders_on_home_draw_the_pod_of_the_open_tab(browser: Browser, lang: str, width: int, mode: str) -> None:
    at, numbers = HOME[mode]
    browser.show(f"{PREFIX[lang]}/", width)
    browser.run("document.querySelectorAll('.tabbed-set')[0].querySelectorAll(':scope > input')[arguments[0]].click()", at)  # fmt: skip
    loaded = "return performance.getEntriesByType('resource').map((entry) => entry.name).filter((name) => name.includes('assets/checker/'))"
    assert [name.rpartition("/")[2].partition("?")[0] for name in browser.run(loaded)] == ["home.js"]
    assert browser.run("return document.querySelectorAll('.timers label:not([hidden])').length") == 3
    slider = browser.driver.find_element(By.CSS_SELECTOR, ".timers [data-name=preStop] input")
    browser.run("arguments[0].scrollIntoView({block: 'center'})", slider)
    slider.send_keys(Keys.HOME + Keys.ARROW_RIGHT * 2)
    wanted = calculator.draw({"sidecar": mode, **numbers}, lang)
    browser.wait("return document.querySelector('.timers [role=status]').textContent === arguments[0]", wanted["verdict"], seconds=90)  # fmt: skip
    assert wanted["lost"] and browser.run("return document.querySelector('.timers .timing rect.lost').getBoundingClientRect().width") > 10  # fmt: skip
    assert browser.run("return document.querySelector('.timers [data-name=preStop] output').textContent") == {"en": "2\N{NO-BREAK SPACE}s", "ko": "2초"}[lang]  # fmt: skip
    hash = browser.run("return document.querySelector('.timers a').hash")
    assert calculator.read(dict(parse_qsl(hash[1:]))) == calculator.read({"sidecar": mode, **numbers})
    assert browser.run("return document.documentElement.scrollWidth") <= width
    assert browser.complaints() == []


def test_home_grows_by_less_than_three_kilobytes(site: Path) -> None:
    """What the first view loads of the sliders, as a server sends it: their markup, their styles and one script."""
    for folder in (site, site / "ko"):
        text = (folder / "index.html").read_text(encoding="utf-8")
        start, end = (
            text.index('<section class="timers"'),
            text.index("</section>", text.index('<section class="timers"')),
        )
        styles = (
            (folder / "assets" / "site.css").read_text(encoding="utf-8").partition("/* The small calculator on home")[2]
        )
        script = (folder / "assets" / "checker" / "home.js").read_text(encoding="utf-8")
        parts = [gzip.compress(part.encode()) for part in (text[start:end], styles, script)]
        assert all(len(part) > 100 for part in parts) and sum(map(len, parts)) < 3_000


EMPTY = {
    "en": "terminationGracePeriodSeconds is empty; write a number of seconds such as 30",
    "ko": "terminationGracePeriodSeconds 항목이 비어 있습니다. 30처럼 초 단위 숫자를 적으십시오",
}


@every_language
def test_a_field_whose_value_cannot_be_used_says_so_itself(browser: Browser, lang: str) -> None:
    opened(browser, lang, PHONE)
    number = field(browser, "terminationGracePeriodSeconds", "[type=number]")
    number.click()
    number.send_keys(Keys.CONTROL + "a", Keys.BACKSPACE)
    wrong = "return [...document.querySelectorAll('.calculator [aria-invalid=true]')].map((node) => node.closest('.field').dataset.name + ' ' + node.type)"
    browser.wait("return document.querySelector('.calculator [aria-invalid]')", seconds=60)
    assert browser.run(wrong) == [f"terminationGracePeriodSeconds {kind}" for kind in ("number", "range")]
    described = "const said = document.getElementById(arguments[0].getAttribute('aria-describedby')); return [said.textContent, said.hidden]"
    assert browser.run(described, number) == [EMPTY[lang], False]
    number.send_keys("7")
    shows(browser, State(terminationGracePeriodSeconds=7), lang)
    assert browser.run(wrong) == [] and browser.run(described, number) == ["", True]
    assert browser.complaints() == []


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_the_keyboard_goes_through_the_page_as_it_is_seen(browser: Browser, width: int) -> None:
    """From the examples to the timers, then to the manifest that results; on a phone the picture stands above the timers."""
    opened(browser, "en", width)
    tops = browser.run(
        "return ['.shown', '.controls', '.result'].map((part) => document.querySelector(`.calculator ${part}`).offsetTop)"
    )
    assert tops == sorted(tops) if width == PHONE else tops[0] < tops[2]
    browser.run("document.querySelector('.calculator .look:last-of-type').focus()")
    reached = list[str]()
    while not reached or reached[-1] != "A":
        browser.driver.switch_to.active_element.send_keys(Keys.TAB)
        where = "const at = document.activeElement; return at.closest('.controls') ? at.closest('.field').dataset.name : at.closest('.result') ? at.tagName : ''"
        reached.append(browser.run(where))
        assert len(reached) < 60
    timers = [name for name in reached if name and name not in ("PRE", "CODE", "BUTTON", "A")]
    assert reached[: len(timers)] == timers and {"preStop", "propagation"} < set(timers)


def test_the_picture_covers_no_field_on_the_way_back(browser: Browser) -> None:
    """On a phone the picture stays at the top, so that a field above the screen has to stop below it."""
    opened(browser, "ko", PHONE)
    browser.run("document.querySelector('.calculator .copy').focus()")
    name = ""
    for _ in range(30):
        browser.driver.switch_to.active_element.send_keys(Keys.SHIFT + Keys.TAB)
        at = browser.run(
            "const at = document.activeElement, box = at.getBoundingClientRect(), over = document.querySelector('.calculator .shown').getBoundingClientRect();"
            "return at.closest('.controls') && [at.closest('.field').dataset.name, box.top, box.bottom, over.bottom, innerHeight]"
        )
        if at:
            name, top, bottom, covered, screen = at
            assert covered <= top < bottom <= screen, at
    assert name == "sidecar", "the way back has led to the first field"


def test_boxes_of_the_same_word_have_names_of_their_own(browser: Browser) -> None:
    opened(browser)
    names = browser.run(
        "return [...document.querySelectorAll('.calculator .never')].map((box) => box.getAttribute('aria-label'))"
    )
    assert names == [
        "The app ends after SIGTERM, its longest request included: never",
        "The last connection closes after: never",
    ]


def test_a_span_of_time_is_not_parted_at_its_dash(browser: Browser) -> None:
    state = State(terminationGracePeriodSeconds=1)
    opened(browser, "ko", PHONE, fragment=address_of(state))
    shows(browser, state, "ko")
    spans = browser.run(
        "return [...document.querySelectorAll('.calculator .verdict-line .span')].map((span) => [span.textContent, span.getClientRects().length])"
    )
    assert spans == [["0–5초,", 1], ["1–2초,", 1]]


@every_language
def test_a_remark_stands_small_between_the_verdict_and_the_picture_and_goes_with_its_cause(
    browser: Browser, lang: str
) -> None:
    """Of a node that is gone too soon it is long: in the size and the red of the verdict it hid the picture."""
    state = State(preStop=11, node_shutdown=12)
    opened(browser, lang, PHONE, fragment=address_of(state))
    shows(browser, state, lang)
    wanted = calculator.draw(calculator.written(state), lang)["note"]
    remark, verdict, picture = (f".calculator {part}" for part in (".remark", ".verdict-line", ".timing svg"))
    assert wanted and browser.run("return document.querySelector(arguments[0]).textContent", remark) == wanted
    size = "return parseFloat(getComputedStyle(document.querySelector(arguments[0])).fontSize)"
    assert browser.run(size, remark) < browser.run(size, verdict)
    top = "return document.querySelector(arguments[0]).getBoundingClientRect().top"
    assert browser.run(top, verdict) < browser.run(top, remark) < browser.run(top, picture)
    units = "return [...document.querySelectorAll('.calculator .verdict-line .span')].map((span) => [span.textContent, span.getClientRects().length])"
    assert browser.run(units) == {"en": [["12–13 s,", 1], ["13 s.", 1]], "ko": [["12–13초,", 1]]}[lang]
    browser.run("location.hash = '#preStop=10'")
    shows(browser, State(preStop=10), lang)
    assert browser.run("return document.querySelector(arguments[0]).getClientRects().length", remark) == 0
