"""Every address that was once published still leads to its page and section. `published.txt` only grows."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.site.conftest import Browser
from tests.site.test_built import read

PUBLISHED = Path(__file__).with_name("published.txt")


def target(site: Path, address: str) -> tuple[Path, str]:
    """The built page and the anchor that an address leads to, by a redirect of the page and by sections that moved."""
    where, _, anchor = address.partition("#")
    page = (site / where / "index.html").resolve()
    text = page.read_text(encoding="utf-8")
    if on := re.search(r'<meta http-equiv="refresh" content="0; url=([^"]+)">', text):
        assert 'location.href="' + on[1] + '"+(anchor?"#"+anchor:"")' in text, f"{where} forgets the anchor"
        page = (page.parent / on[1] / "index.html").resolve()
        text = page.read_text(encoding="utf-8")
    places = re.search(r'<script type="application/json" id="moved">(.*?)</script>', text)
    if place := places and json.loads(places[1]).get(anchor):
        page = (page.parent / place / "index.html").resolve()
    return page, anchor


@pytest.mark.parametrize("folder", ["", "ko"])
def test_every_published_address_leads_to_its_section(site: Path, folder: str) -> None:
    addresses = PUBLISHED.read_text(encoding="utf-8").split()
    assert len(addresses) > 200
    dead = [
        f"{address} leads to {page.relative_to(site)}, which has no such section"
        for address in addresses
        for page, anchor in [target(site / folder, address)]
        if anchor and anchor not in read(page).idents
    ]
    assert not dead, "\n".join(dead)


@pytest.mark.browser
@pytest.mark.parametrize("folder", ["/", "/ko/"])
def test_a_browser_follows_an_old_address(browser: Browser, folder: str) -> None:
    browser.show(f"{folder}guide/envoy-container/#drain-hook")
    browser.wait("return document.getElementById('drain-hook') !== null")
    assert browser.driver.current_url.endswith(f"{folder}concepts/native-sidecar/#drain-hook")
