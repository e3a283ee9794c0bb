"""axe finds no violation on any kind of page: light and dark, on a phone and a desktop, both languages, with every fold open; and none scrolls sideways."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.site.conftest import Browser

pytestmark = pytest.mark.browser
PHONE, DESKTOP = 360, 1280

#: A page of every kind. What the checker says is looked at in test_check_page.py.
KINDS = [
    "/",
    "/check/",
    "/calculator/",
    "/503-right-now/",
    "/troubleshooting/",
    "/troubleshooting/value-in-force/",
    "/concepts/envoy-container/",
    "/guides/choose-your-numbers/",
    "/servers/go/",
    "/examples/",
    "/examples/http/classic-sidecar/",
    "/settings/",
    "/versions/",
    "/rules/",
    "/rules/pt201/",
    "/myths/",
    "/glossary/",
    "/log-lines/",
    "/measured/",
    "/measured/endpoint-race/",
    "/measured/cluster-rollouts/",
    "/notebooks/endpoint-race/",
    "/404.html",
]
LOOK = """
const [rules, done] = arguments;
document.head.insertAdjacentHTML('beforeend', '<style>*, ::before, ::after { transition: none !important }</style>');
for (const fold of document.querySelectorAll('details')) fold.open = true;
const options = {resultTypes: ['violations'], ...(rules.length ? {runOnly: rules} : {})};
setTimeout(() => axe.run(document, options).then((result) => done(result.violations.flatMap((rule) =>
  rule.nodes.map((node) => `${rule.id}: ${node.target.join(' ')}: ${node.html.slice(0, 160)}`))), (error) => done([`axe: ${error}`])), 60);
"""


@pytest.fixture(scope="module")
def axe() -> str:
    return files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def look(browser: Browser, axe: str, *rules: str) -> list[str]:
    """What axe says of the page that is open, of all its rules or of some."""
    browser.driver.set_script_timeout(60)
    browser.run("if (!window.axe) (0, eval)(arguments[0])", axe)
    return list(browser.driver.execute_async_script(LOOK, list(rules)))


@pytest.mark.parametrize("prefix", ["", "/ko"], ids=["en", "ko"])
@pytest.mark.parametrize("path", KINDS)
def test_axe_finds_nothing(browser: Browser, axe: str, path: str, prefix: str) -> None:
    """Every rule on a phone in light; in the dark what depends on colours, on a desktop what depends on room."""
    browser.show(prefix + path, PHONE)
    found = look(browser, axe)
    assert browser.run("return document.documentElement.scrollWidth") <= PHONE, "scrolls sideways, its folds open"
    browser.size(DESKTOP)
    browser.scheme("dark")
    found += look(
        browser, axe, "color-contrast", "link-in-text-block", "scrollable-region-focusable", "landmark-unique"
    )
    assert not found, "\n".join(found[:20])


def test_axe_finds_what_is_wrong(browser: Browser, axe: str) -> None:
    browser.show("/")
    bad = '<p style="color:#ddd;background:#fff">too pale to read</p><img src="">'
    browser.run("document.querySelector('article').insertAdjacentHTML('beforeend', arguments[0])", bad)
    assert {line.partition(":")[0] for line in look(browser, axe)} == {"color-contrast", "image-alt"}
