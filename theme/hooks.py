"""Build hooks: directives in pages, example files for download, and a language link that stays on the page.

A directive is an HTML comment alone on a line, such as `<!-- figure examples/http/native-sidecar.yaml -->`. Times and
facts come from `timing_rules`, records from `lab.show`. A wrong directive stops the build with one sentence.
"""

from __future__ import annotations

import json
import os
import re
import sys
import textwrap
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page as SitePage

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "snippets"))
# Notebooks run in processes of their own, and their pages take their styles from the theme.
for name, folder in (("PYTHONPATH", "snippets"), ("JUPYTER_PATH", "theme/.jupyter")):
    os.environ[name] = os.pathsep.join(filter(None, [str(ROOT / folder), os.environ.get(name)]))

import example_pages  # noqa: E402
import home  # noqa: E402
import rule_pages  # noqa: E402
import search_index  # noqa: E402
from example_files import header, items, read  # noqa: E402
from lab import show  # noqa: E402
from timing_rules import Pod, timeline, versions  # noqa: E402
from timing_rules.show.lanes import NOTES  # noqa: E402
from timing_rules.show.picture import svg  # noqa: E402
from timing_rules.show.table import table as event_table  # noqa: E402

#: The pod of the picture that explains the others: it has a mark of every kind.
READING = "examples/wrong/PT203-listeners-close-during-the-prestop-hook.yaml"
DIRECTIVE = re.compile(
    r"(?m)^( *)<!-- (figure|reading|recording|(?:wrong-)?catalogue|rules|precedence|before-after|trust|facts|experiments?|lab)\b(.*)--> *$"
)


class Expander:
    """Expands the directives of one page, each by the method of its name."""

    experiment, experiments, lab = show.section, show.overview, show.examples

    def __init__(self, config: MkDocsConfig) -> None:
        self.lang, self.drawn = str(config.theme["language"]), list[str]()
        self.say, self.titles = config.extra["words"], config.extra["situations"]
        self.level = 1  # of the heading that the directive stands below

    def expand(self, name: str, words: list[str]) -> str:
        if len(words) not in {"figure": (1, 2), "recording": (1,), "experiment": (1, 2), "before-after": (1,)}.get(
            name, (0,)
        ):
            raise PluginError(
                "figure, recording, experiment and before-after have one name behind them, the others none"
            )
        return str(getattr(self, name.replace("-", "_"))(*words))

    def draw(self, pod: Pod, title: str | None, measured: Any = None) -> str:
        shown = svg(timeline(pod), lang=self.lang, title=title, measured=measured)
        shown += event_table(timeline(pod), lang=self.lang, measured=measured)
        return self.keep(f'<div class="timing" data-search-exclude>{shown}</div>')

    def picture(self, pod: Pod, title: str) -> str:
        """A timeline without its table."""
        shown = svg(timeline(pod), lang=self.lang, title=title)
        return self.keep(f'<div class="timing" data-search-exclude>{shown}</div>')

    def figure(self, path: str, *more: str) -> str:
        title, runs, found = header(path, self.lang).title, show.stopped(path), items(path, self.lang)
        if drawn := [self.draw(item, title, runs.get(item.name)) for item in found if isinstance(item, Pod)]:
            return "\n\n".join(drawn + [self.recording(word.removeprefix("recording=")) for word in more])
        raise PluginError(f"{path} holds no pod; name a manifest with one")

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
        return self.keep(f'<div class="timing" data-search-exclude>{shown}<ol>{notes}</ol></div>')

    def rules(self) -> str:
        return rule_pages.index(self.lang)

    def precedence(self) -> str:
        return rule_pages.precedence(self.lang)

    def listing(self, path: str, title: str) -> str:
        return f'??? manifest "{title}"\n\n    ```yaml title="{path}"\n    --8<-- "{path}"\n    ```'

    def keep(self, picture: str) -> str:
        """A picture to put in once Markdown has done its work; returns what stands for it."""
        self.drawn.append(picture)
        return f"<!--timing {len(self.drawn) - 1}-->"

    def wrong_catalogue(self) -> str:
        return example_pages.wrong_catalogue(self.lang)

    def before_after(self, mode: str) -> str:
        if mode not in home.MODES:
            raise PluginError(f"there is no mode {mode}; the modes are {', '.join(home.MODES)}")
        return home.before_after(mode, self.lang, self.picture)

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


_expanders: dict[str, Expander] = {}


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Publishes every example and experiment under the path that it has in the repository, and a page for every rule and example."""
    for page in (*rule_pages.pages(config), *example_pages.pages(config)):
        files.append(page)
    for path in sorted(path for one in ("examples", show.EXPERIMENTS) for path in (ROOT / one).rglob("*.yaml")):
        files.append(File.generated(config, path.relative_to(ROOT).as_posix(), abs_src_path=str(path)))


def on_page_markdown(markdown: str, page: SitePage, config: MkDocsConfig, files: Files) -> str:
    expander = _expanders[page.file.src_uri] = Expander(config)

    def replace(found: re.Match[str]) -> str:
        expander.level = len(["#", *re.findall(r"^(#+) ", markdown[: found.start()], re.M)][-1])
        try:
            return textwrap.indent(expander.expand(found[2], found[3].split()), found[1])
        except (PluginError, show.Missing) as problem:
            line = page.file.content_string.partition(found[0])[0].count("\n") + 1
            raise PluginError(f"{page.file.src_uri}, line {line}: {found[0].strip()}: {problem}.") from None

    return DIRECTIVE.sub(replace, markdown)


def on_page_content(html: str, page: SitePage, config: MkDocsConfig, files: Files) -> str:
    """Puts the figures in, each with ids of its own: a page may show one figure twice."""

    def replace(found: re.Match[str]) -> str:
        text, own = _expanders[page.file.src_uri].drawn[int(found[1])], f"figure-{found[1]}-"
        text = re.sub(r'(?<=\bid=")|(?<=url\(#)|(?<=href="#)|(?<=labelledby=")', own, text)
        return re.sub(r'(?<=labelledby=")[^"]+', lambda names: names[0].replace(" ", f" {own}"), text)

    if page.file.src_uri.endswith(".ipynb"):  # notebooks know no attribute lists: { #id } stands in the heading
        links = list(page.toc)
        for link in links:
            links += link.children
            link.title, _, ident = link.title.removesuffix(" }").partition(" { #")
            link.id = ident or link.id
        html = re.sub(r'(<h\d id=")[^"]*(">.+?) \{ #([\w-]+) \}(.*?href="#)[^"]*', r"\1\3\2\4\3", html)
    return re.sub(r"(?:<p>)?<!--timing (\d+)-->(?:</p>)?", replace, html)


def on_page_context(context: Any, page: SitePage, config: MkDocsConfig, nav: Any) -> None:
    """Each language's address of this page, as seen from it."""
    up = "../" * (page.url.count("/") + config.extra["site_prefix"].count("/"))
    context["here"] = {one["lang"]: (up + one["prefix"] + page.url) or "./" for one in config.extra["languages"]}


def on_template_context(context: Any, template_name: str, config: MkDocsConfig) -> None:
    """The 404 page is shown at any depth, so its links start at the root of the host."""
    if template_name == "404.html":
        context["base_url"] = urlsplit(config.site_url or "/" + config.extra["site_prefix"]).path
        root = context["base_url"].removesuffix(config.extra["site_prefix"])
        context["here"] = {one["lang"]: root + one["prefix"] for one in config.extra["languages"]}


def on_post_build(config: MkDocsConfig) -> None:
    """Improves the search index. `mkdocs serve` knows one configuration; the other language is built beside it."""
    try:
        search_index.rewrite(Path(config.site_dir) / "search" / "search_index.json")
    except ValueError as problem:
        raise PluginError(str(problem)) from None
    if "serve" in sys.argv and not config.extra["site_prefix"]:
        os.environ["SITE_URL_KO"] = f"{config.site_url}ko/"
        build(load_config(str(ROOT / "mkdocs.ko.yml"), strict=False, site_dir=str(Path(config.site_dir) / "ko")))
