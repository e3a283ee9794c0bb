"""The pictures that no build draws: the figure of README.md, and the card that stands for a page where a link to it is shown. `make figure`.

Both show the first screen of the site: the same pod before and after. Cards are photographed with Chromium, since only a browser sets Korean as pages do.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path

import finished_html
import home
from mkdocs.config import load_config
from timing_rules import timeline
from timing_rules.show.picture import svg
from timing_rules.text import Text

ROOT = Path(__file__).resolve().parents[2]
ASSETS = ROOT / "theme" / "assets"
MODE = "native"
WIDTH, HEIGHT = 1200, 630  # pixels of a card; every network that shows one takes 1.91 to 1
TITLE_HEIGHT = 30  # pixels above each timeline
TITLE = Text("Stop a pod without losing a request", "요청을 잃지 않고 파드를 종료하는 방법")
_FONT = 'system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Noto Sans CJK KR","Noto Sans KR","Apple SD Gothic Neo",sans-serif'


def figure(lang: str) -> str:
    """Both timelines, one under the other, as a picture of its own that follows the colours of the system."""
    parts, top = [], 0
    for after in (False, True):
        colour = "#12806f" if after else "#c2422c"
        parts.append(f'<text class="head" fill="{colour}" x="0" y="{top + 18}">{escape(title(after, lang))}</text>')
        picture, height = drawn(after, lang)
        parts.append(picture.replace("<svg ", f'<svg y="{top + TITLE_HEIGHT}" ', 1))
        top += TITLE_HEIGHT + height + 12
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="720" height="{top}" viewBox="0 0 720 {top}" lang="{lang}">'
        f"<style>.head{{font:600 15px {_FONT}}}</style>{''.join(parts)}</svg>\n"
    )


def title(after: bool, lang: str) -> str:
    return home.titles(MODE, lang)[after]


def drawn(after: bool, lang: str) -> tuple[str, int]:
    """The timeline of the pod before or after, with ids of its own, and its height in pixels."""
    picture = svg(timeline(home.pod_of(MODE, after)), lang=lang, title=title(after, lang))
    picture = finished_html.owned(picture, "after-" if after else "before-")
    return picture, int(re.findall(r'height="(\d+)"', picture)[0])


def card(lang: str) -> str:
    """The page whose photograph is a card: the title of the site's first page, and both timelines side by side."""
    name = load_config(str(ROOT / ("mkdocs.yml" if lang == "en" else "mkdocs.ko.yml"))).site_name
    sides = "".join(f"<div><b>{escape(title(after, lang))}</b>{drawn(after, lang)[0]}</div>" for after in (False, True))
    return (
        f'<!doctype html><html lang="{lang}"><meta charset="utf-8"><style>'
        f"html{{background:#fcfcfa;color:#20262d;font-family:{_FONT};word-break:keep-all}}"
        f"body{{margin:0;padding:40px 56px;width:{WIDTH - 112}px;height:{HEIGHT - 80}px;overflow:hidden}}"
        "p{margin:0;font-size:24px;color:#0b6b60;font-weight:600}h1{margin:2px 0 22px;font-size:50px;line-height:1.2}"
        "main{display:flex;gap:48px}div{width:520px;height:421px;overflow:hidden}b{display:block;font-size:23px;white-space:nowrap;color:#a5301f}"
        "div+div b{color:#0b6b60}svg{width:325px;transform:scale(1.6);transform-origin:0 0}"
        f"</style><p>{escape(name)}</p><h1>{TITLE.get(lang)}</h1><main>{sides}</main></html>"
    )


def source_of(lang: str) -> str:
    """The hash of what a card was photographed from, which stands in the name of its file."""
    return hashlib.sha256(card(lang).encode()).hexdigest()[:12]


def card_of(lang: str) -> str:
    """The file name of a language's card. Raises ValueError where there is none, or more."""
    (path,) = ASSETS.glob(f"card.{lang}.*.png")
    return path.name


def photograph(html: str, target: Path) -> None:
    """Writes a page as a PNG. Raises FileNotFoundError where there is no Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not chromium:
        raise FileNotFoundError("a card needs Chromium (Debian: chromium) and a Korean font (fonts-noto-cjk)")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        page = Path(folder) / "card.html"
        page.write_text(html, encoding="utf-8")
        flags = [
            "headless",
            "no-sandbox",
            "disable-gpu",
            "hide-scrollbars",
            "no-first-run",
            "disable-background-networking",
        ]
        flags += [f"window-size={WIDTH},{HEIGHT}", f"screenshot={target}", f"user-data-dir={folder}/profile"]
        command = [chromium, *(f"--{flag}" for flag in flags), page.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=60)


def write() -> None:
    """Writes the figures and the cards of both languages."""
    for lang in ("en", "ko"):
        (ASSETS / f"readme.{lang}.svg").write_text(figure(lang), encoding="utf-8")
        for old in ASSETS.glob(f"card.{lang}.*.png"):
            old.unlink()
        photograph(card(lang), ASSETS / f"card.{lang}.{source_of(lang)}.png")


if __name__ == "__main__":
    try:
        write()
    except FileNotFoundError as problem:
        sys.exit(f"The cards are not drawn: {problem}.")
