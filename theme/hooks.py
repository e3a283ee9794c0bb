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

import rule_pages  # noqa: E402
from lab import show  # noqa: E402
from timing_rules import ManifestError, Pod, check, load, timeline, versions  # noqa: E402
from timing_rules.show.picture import svg  # noqa: E402
from timing_rules.show.table import table as event_table  # noqa: E402

DIRECTIVE = re.compile(
    r"(?m)^( *)<!-- (figure|recording|(?:wrong-)?catalogue|rules|facts|experiments?|lab)\b(.*)--> *$"
)
HEADER = re.compile(r"^# (title|title\.ko|lesson|lesson\.ko): (.+(?:\n#[ \t]{2,}.+)*)", re.M)


class Expander:
    """Expands the directives of one page, each by the method of its name."""

    experiment, experiments, lab = show.section, show.overview, show.examples

    def __init__(self, config: MkDocsConfig) -> None:
        self.lang, self.drawn = str(config.theme["language"]), list[str]()
        self.say, self.titles = config.extra["words"], config.extra["situations"]
        self.level = 1  # of the heading that the directive stands below

    def expand(self, name: str, words: list[str]) -> str:
        if len(words) not in {"figure": (1, 2), "recording": (1,), "experiment": (1, 2)}.get(name, (0,)):
            raise PluginError("figure, recording and experiment have one name behind them, the others none")
        return self.catalogue(wrong=True) if name == "wrong-catalogue" else str(getattr(self, name)(*words))

    def read(self, path: str) -> str:
        if not (ROOT / path).is_file():
            raise PluginError(f"there is no {path}; write a path that starts at the repository's root")
        return (ROOT / path).read_text(encoding="utf-8")

    def header(self, path: str) -> dict[str, str]:
        """Title and lesson of an example, in the page's language; a mended one has those of the wrong one."""
        path = path.replace(rule_pages.RIGHT, ".yaml")
        found = {key: re.sub(r"\n#\s+", " ", value) for key, value in HEADER.findall(self.read(path))}
        if lacks := next((key for key in ("title", "title.ko", "lesson", "lesson.ko") if key not in found), None):
            raise PluginError(f"{path} lacks {lacks}; write '# {lacks}: …' among its first comment lines")
        return {key: found[f"{key}.ko" if self.lang == "ko" else key] for key in ("title", "lesson")}

    def load(self, path: str) -> list[Any]:
        try:
            return list(load(self.read(path), source=path))
        except ManifestError as error:
            raise PluginError(error.describe(self.lang)) from None

    def draw(self, pod: Pod, title: str, measured: Any = None) -> str:
        shown = svg(timeline(pod), lang=self.lang, title=title, measured=measured)
        shown += event_table(timeline(pod), lang=self.lang, measured=measured)
        self.drawn.append(f'<div class="timing" data-search-exclude>{shown}</div>')
        return f"<!--timing {len(self.drawn) - 1}-->"

    def figure(self, path: str, *more: str) -> str:
        title, runs = self.header(path)["title"], show.stopped(path)
        if drawn := [self.draw(item, title, runs.get(item.name)) for item in self.load(path) if isinstance(item, Pod)]:
            return "\n\n".join(drawn + [self.recording(word.removeprefix("recording=")) for word in more])
        raise PluginError(f"{path} holds no pod; name a manifest with one")

    def recording(self, name: str) -> str:
        measured = json.loads(self.read(f"tests/traces/mesh/{name}.json"))
        return "\n\n".join(self.draw(pod, name, measured) for pod in self.load(f"tests/traces/mesh/{name}.yaml"))

    def rules(self) -> str:
        return rule_pages.index(self.lang)

    def listing(self, path: str, title: str) -> str:
        return f'??? manifest "{title}"\n\n    ```yaml title="{path}"\n    --8<-- "{path}"\n    ```'

    def entry(self, path: str, level: int) -> str:
        """An example in the catalogue: title, lesson, verdict, versions, download, timeline, manifest."""
        head, found = self.header(path), self.load(path)
        findings = [finding for item in found for finding in check(item)]
        said = [f"[{one.rule}](rules/{one.rule.lower()}.md) {one.message.get(self.lang)}" for one in findings]
        given = dict(re.findall(r"timing-rules/(istio|kubernetes): [\"']?([\d.]+)", self.read(path)))
        meant = [f"{name} {given[name.lower()]}" for name in ("Kubernetes", "Istio") if name.lower() in given]
        parts = [f"{'#' * level} {head['title']} {{ #{show.anchor(path)} }}", head["lesson"]]
        parts += [f"{one}\n{{ .verdict .{'wrong' if said else 'right'} }}" for one in said or [self.say["right"]]]
        parts += show.fate(path, self.lang)
        parts.append(" · ".join([*meant, f"[{self.say['load']}]({path}){{ download }}"]) + "\n{ .meant }")
        if any(isinstance(item, Pod) for item in found):
            parts.append(f'??? timeline "{self.say["times"]}"\n\n    ' + self.figure(path).replace("\n", "\n    "))
        return "\n\n".join([*parts, self.listing(path, self.say["copy"])])

    def catalogue(self, wrong: bool = False) -> str:
        """Every example by its folder, or the wrong ones by the kind of their rule."""
        groups: dict[str, list[str]] = {name: [] for name in self.titles}
        for path in sorted((ROOT / "examples").glob("*/**/*.yaml"), key=lambda one: ("classic" in one.name, one)):
            folder = path.relative_to(ROOT / "examples").parts[0]
            if (folder == "wrong") == wrong and not path.name.endswith(rule_pages.RIGHT):
                groups.setdefault(path.name[:3] if wrong else folder, []).append(path.relative_to(ROOT).as_posix())
        parts = []
        for name, paths in groups.items():
            head = [f"{'#' * (self.level + 1)} {self.titles.get(name, name)} {{ #{name.lower()} }}"] if paths else []
            parts += head + [self.entry(path, self.level + 2) for path in paths]
        return "\n\n".join(parts)

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
    """Publishes every example and experiment under the path that it has in the repository, and a page for every rule."""
    for page in rule_pages.pages(config):
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
    """`mkdocs serve` knows one configuration; the other language is built beside it."""
    if "serve" in sys.argv and not config.extra["site_prefix"]:
        os.environ["SITE_URL_KO"] = f"{config.site_url}ko/"
        build(load_config(str(ROOT / "mkdocs.ko.yml"), strict=False, site_dir=str(Path(config.site_dir) / "ko")))
