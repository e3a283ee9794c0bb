"""Both tools after their first visit, with the network cut: the server is gone, and what the browser caches by itself too."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import checker_files
import pytest
from timing_rules import calculator
from timing_rules.calculator import State

if TYPE_CHECKING:
    from tests.site.conftest import Browser

pytestmark = pytest.mark.browser
Serve = Callable[[Path], AbstractContextManager[str]]
STATE = State("classic", preStop=10, terminationDrainDuration=12)
POD = Path("examples/wrong/PT208-duration-without-a-unit.yaml")
KEPT = """
const [file, done] = arguments;
(async () => {
  for (let tries = 0; tries < 600; tries++) {
    const names = (await caches.keys()).filter((name) => name.startsWith('timing-rules-tools-'));
    const found = (await Promise.all(names.map(async (name) => (await (await caches.open(name)).keys()).map((one) => new URL(one.url).pathname)))).flat();
    const active = (await navigator.serviceWorker.getRegistrations()).filter((one) => one.active).map((one) => new URL(one.scope).pathname);
    if (active.length > 1 && found.some((path) => path.endsWith(file)) && navigator.serviceWorker.controller) return [names, active.sort()];
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return [await caches.keys(), []];
})().then(done, (error) => done([String(error), []]));
"""
#: Takes files out of the tools' caches, and answers how many were there.
FORGET = """
const [files, done] = arguments;
(async () => {
  let gone = 0;
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const { url } of await cache.keys()) if (files.some((file) => new URL(url).pathname.endsWith(`/${file}`))) gone += await cache.delete(url);
  }
  return gone;
})().then(done, (error) => done(String(error)));
"""


def kept(browser: Browser, file: str) -> tuple[list[str], list[str]]:
    """The tools' caches, once they hold a file, and where service workers stand."""
    browser.driver.set_script_timeout(90)
    names, scopes = browser.driver.execute_async_script(KEPT, file)
    return names, scopes


def draws(browser: Browser, state: State) -> None:
    fragment = "&".join(f"{name}={value}" for name, value in calculator.written(state).items())
    browser.run("location.hash = arguments[0]", f"#{fragment}")
    headline = calculator.draw(calculator.written(state), "en")["headline"]
    browser.wait("return document.querySelector('.calculator .verdict-line').textContent === arguments[0]", headline, seconds=90)  # fmt: skip


def checks(browser: Browser) -> None:
    browser.run(
        "const field = document.querySelector('.checker textarea'); field.focus(); field.value = arguments[0]; field.dispatchEvent(new Event('input'))",
        POD.read_text(encoding="utf-8"),
    )
    browser.wait("return document.querySelector('.checker .finding a')?.textContent === 'PT208'", seconds=90)


def left(browser: Browser) -> None:
    """The page is left: another fragment alone would load nothing. Only what the tools keep is there at the next visit."""
    browser.driver.get("about:blank")
    browser.driver.execute_cdp_cmd("Network.clearBrowserCache", {})


def test_the_calculator_opens_without_a_network(browser: Browser, site: Path, serve: Serve) -> None:
    """What was compiled is gone here, so that its Python is compiled anew; the checker is given what was compiled alone."""
    with serve(site) as address:
        browser.driver.get(f"{address}/calculator/")
        draws(browser, STATE)
        names, scopes = kept(browser, "/engine.js")
        assert names == [f"timing-rules-tools-{checker_files.version()}"]
        assert scopes == ["/assets/checker/", "/calculator/"]
        kept(browser, "/compiled-calculator.json")
        assert browser.driver.execute_async_script(FORGET, ["compiled-calculator.json"]) == 1
    left(browser)
    browser.driver.get(f"{address}/calculator/#preStop=3")
    headline = calculator.draw({"preStop": "3"}, "en")["headline"]
    browser.wait("return document.querySelector('.calculator .verdict-line').textContent === arguments[0]", headline, seconds=90)  # fmt: skip
    browser.run("document.querySelector('[data-preset=gateway]').click()")
    browser.wait("return document.querySelector('.calculator .verdict-line').textContent.includes('5–60 s')")
    assert browser.run("return getComputedStyle(document.querySelector('.calculator .preset')).borderRadius") != "0px"


def test_the_checker_opens_without_a_network_and_no_other_page_does(browser: Browser, site: Path, serve: Serve) -> None:
    with serve(site) as address:
        browser.driver.get(f"{address}/check/")
        checks(browser)
        assert kept(browser, "/modules.json")[1] == ["/assets/checker/", "/check/"]
        kept(browser, "/compiled-checker.json")
        assert browser.driver.execute_async_script(FORGET, ["modules.json"]) == 1
    left(browser)
    browser.driver.get(f"{address}/check/")
    checks(browser)
    with pytest.raises(Exception, match="ERR_CONNECTION_REFUSED"):
        browser.driver.get(f"{address}/examples/")


def test_a_new_build_replaces_what_is_kept(browser: Browser, site: Path, serve: Serve, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    for part in ("calculator", "assets", "search"):
        shutil.copytree(site / part, folder / part)
    old, new = checker_files.version(), "0123456789ab"
    with serve(folder) as address:
        browser.driver.get(f"{address}/calculator/")
        draws(browser, STATE)
        assert kept(browser, "/engine.js")[0] == [f"timing-rules-tools-{old}"]
        page = folder / "calculator" / "index.html"
        page.write_text(page.read_text(encoding="utf-8").replace(old, new).replace("Move the timers", "Moved anew"), encoding="utf-8")  # fmt: skip
        left(browser)
        browser.driver.get(f"{address}/calculator/#preStop=4")
        assert browser.run("return document.querySelector('h1').textContent").startswith("Moved anew")
        browser.wait("return document.querySelector('.calculator .verdict-line').textContent.includes('4–5 s')", seconds=90)  # fmt: skip
        replaced = "const done = arguments[0]; caches.keys().then((names) => done(names.join()))"
        for _ in range(100):
            names = browser.driver.execute_async_script(replaced)
            if names == f"timing-rules-tools-{new}":
                break
            browser.driver.execute_async_script("setTimeout(arguments[0], 100)")
        assert names == f"timing-rules-tools-{new}"
