"""Directives: an HTML comment alone on a line, such as `<!-- figure examples/http/native-sidecar.yaml -->`, and what it expands to.

Times and facts come from `timing_rules`, records from `lab.show`. A wrong directive stops the build with one sentence.
"""

from __future__ import annotations

import json
import re
from functools import cache
from html import escape
from typing import Any
from urllib.parse import urlencode

import calculator_page
import charts
import check_page
import cluster_charts
import example_pages
import finished_html
import home
import rule_pages
from example_files import RIGHT, header, items, listing, read
from lab import show
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.utils import get_relative_url
from timing_rules import Pod, calculator, timeline, versions
from timing_rules.show.lanes import NOTES
from timing_rules.show.picture import svg
from timing_rules.show.table import table as event_table
from timing_rules.text import Text

#: The pod of the picture that explains the others: it has a mark of every kind.
READING = "examples/wrong/PT203-listeners-close-during-the-prestop-hook.yaml"
MENDED = Text("Mended: {title}", "고친 매니페스트: {title}")
WHOLE = Text("Its manifest", "이 파드의 매니페스트")
MOVE = Text("Move these timers", "이 타이머 움직여 보기")
DIRECTIVE = re.compile(
    r"(?m)^( *)<!-- (figure|reading|checker|calculator|recording|(?:wrong-)?catalogue|rules|precedence|before-after|timers|trust|facts|chart|cluster|experiments?|lab)\b(.*)--> *$"
)
#: What stands for the address of the calculator in a figure, which several pages may show.
TOOL = 'href="calculator:'


@cache
def figures(path: str, lang: str) -> list[str]:
    """The figures of a manifest's pods, with what was measured of them. Several pages show the same, and each build draws it anew.
    Errors: `PluginError`."""
    title, runs = header(path, lang).title, show.stopped(path)
    if path.endswith(RIGHT):  # it has the comments of its wrong twin
        title = MENDED.format(title=title).get(lang)
    return [drawn(pod, lang, title, runs.get(pod.name)) for pod in items(path, lang) if isinstance(pod, Pod)]


def drawn(pod: Pod, lang: str, title: str | None, measured: Any = None) -> str:
    """A pod's picture, its table, and the way to the calculator with its own numbers, where that can show the pod."""
    line, move = timeline(pod), ""
    if (state := calculator.state_of(pod)) is not None:
        whose = escape(f"{MOVE.get(lang)}: {title or pod.name}")  # in a list of a page's links there are several
        tool = f'{TOOL}{urlencode(calculator.written(state))}"'
        move = f'<p class="move"><a {tool} aria-label="{whose}">{MOVE.get(lang)}</a></p>'
    return svg(line, lang=lang, title=title, measured=measured) + event_table(line, lang=lang, measured=measured) + move


class Expander:
    """Expands the directives of one page, each by the method of its name."""

    experiment, experiments, lab = show.section, show.overview, show.examples
    listing = staticmethod(listing)

    def __init__(self, config: MkDocsConfig, url: str = "", shown: frozenset[str] = frozenset()) -> None:
        self.url, self.shown = url, shown  # the page's address, and the manifests that stand on it whole
        self.lang, self.drawn, self.code = str(config.theme["language"]), list[str](), list[str]()
        self.say, self.titles = config.extra["words"], config.extra["situations"]
        self.level = 1  # of the heading that the directive stands below

    def expand(self, name: str, words: list[str]) -> str:
        arity = {"figure": (1, 2), "recording": (1,), "experiment": (1, 2), "before-after": (1,), "chart": (1,)}
        if name not in ("cluster", "experiments") and len(words) not in arity.get(name, (0,)):
            raise PluginError(
                "figure, recording, experiment, before-after and chart have one name behind them, the others none"
            )
        return str(getattr(self, name.replace("-", "_"))(*words))

    def draw(self, pod: Pod, title: str | None, measured: Any = None) -> str:
        return self.placed(drawn(pod, self.lang, title, measured))

    def placed(self, figure: str, path: str = "") -> str:
        """A figure of `drawn`, on this page, with the way to the page of its manifest, where that is another."""
        page = show.page_of(path).removesuffix(".md") + "/" if path else self.url
        if page != self.url and path not in self.shown:
            whose = escape(f"{WHOLE.get(self.lang)}: {header(path, self.lang).title}")
            way = f'<a href="{get_relative_url(page, self.url)}" aria-label="{whose}">{WHOLE.get(self.lang)}</a></p>'
            moved = figure.removesuffix("</p>")
            figure = f"{moved} · {way}" if moved != figure else f'{figure}<p class="move">{way}'
        return self.framed(figure.replace(TOOL, f'href="{get_relative_url("calculator/", self.url)}#'))

    def picture(self, pod: Pod, title: str) -> str:
        """A timeline without its table."""
        return self.framed(svg(timeline(pod), lang=self.lang, title=title))

    def figure(self, path: str, *more: str) -> str:
        if not (timelines := figures(path, self.lang)):
            raise PluginError(f"{path} holds no pod; name a manifest with one")
        return "\n\n".join(
            [
                *(self.placed(drawn, path) for drawn in timelines),
                *(self.recording(word.removeprefix("recording=")) for word in more),
            ]
        )

    def recording(self, name: str) -> str:
        measured = json.loads(read(f"tests/traces/mesh/{name}.json"))
        return "\n\n".join(
            self.draw(pod, None, measured)
            for pod in items(f"tests/traces/mesh/{name}.yaml", self.lang)
            if isinstance(pod, Pod)
        )

    def reading(self) -> str:
        """The picture that explains the others, and what its numbers say."""
        (pod,) = (item for item in items(READING, self.lang) if isinstance(item, Pod))
        shown = svg(timeline(pod), lang=self.lang, title=self.say["reading"], numbers=True)
        notes = "".join(f"<li>{note.get(self.lang)}</li>" for note in NOTES.values())
        return self.framed(f"{shown}<ol>{notes}</ol>")

    def checker(self) -> str:
        return self.keep(check_page.tool(self.lang, "../../" if self.lang == "ko" else "../"))

    def calculator(self) -> str:
        return self.keep(calculator_page.tool(self.lang, "../"))

    def timers(self) -> str:
        return self.keep(calculator_page.small(self.lang))

    def rules(self) -> str:
        return rule_pages.index(self.lang)

    def precedence(self) -> str:
        return rule_pages.precedence(self.lang)

    def framed(self, picture: str) -> str:
        """Keeps a picture as pages show it: the search does not look into it."""
        return self.keep(f'<div class="timing" data-search-exclude>{picture}</div>')

    def keep(self, picture: str) -> str:
        """A picture to put in once Markdown has done its work; returns what stands for it."""
        self.drawn.append(picture)
        return f"<!--timing {len(self.drawn) - 1}-->"

    def keep_code(self, block: str) -> str:
        """A block of code to put in once the search has done its work; returns what stands for it."""
        self.code.append(block)
        return f"<!--code {len(self.code) - 1}-->"

    def whole(self, html: str) -> str:
        """The page with all that was kept."""
        html = finished_html.without_heads(finished_html.with_code(html, self.code))
        return finished_html.with_figures(html, self.drawn)

    def wrong_catalogue(self) -> str:
        return example_pages.wrong_catalogue(self.lang)

    def before_after(self, mode: str) -> str:
        if mode not in home.MODES:
            raise PluginError(f"there is no mode {mode}; the modes are {', '.join(home.MODES)}")
        return home.before_after(mode, self.lang, self.picture)

    def chart(self, name: str) -> str:
        return self.framed(charts.chart(name, self.lang))

    def cluster(self, kind: str = "", *names: str) -> str:
        """What a real cluster did, from its recordings."""
        return self.framed(cluster_charts.chart(kind, names, self.lang))

    def charted(self, name: str) -> str:
        """The chart of an experiment, or nothing where its answer is no number."""
        drawn = charts.experiment(name, self.lang)
        return self.framed(drawn) if drawn else ""

    def trust(self) -> str:
        return home.trust(self.lang)

    def catalogue(self) -> str:
        return example_pages.catalogue(self.lang, self.titles, self.level, self.keep)

    def facts(self) -> str:
        rows = [f"| {self.say['facts']} |", "|---|---|---|---|"]
        for fact in versions.FACTS:
            first = str(fact.since or self.say["off"].format(fact.alpha))
            rows.append(f"| {fact.component.capitalize()} | {fact.what.get(self.lang)} | {first} | <{fact.source}> |")
        rows += ["", f"| {self.say['defaults']} |", "|---|---|---|---|"]
        for one in versions.DEFAULTS:
            rows.append(f"| `{one.name}` | {one.value:g} s | {one.what.get(self.lang)} | <{one.source}> |")
        return re.sub(r"<(https://\S+/blob/([^/]+)/\S*?([^/>]+))>", r"[\3](\1) @ \2", "\n".join(rows))
