"""What happens at each event of a build: generated pages, directives expanded, files for download, a language link that stays on the page."""

from __future__ import annotations

import atexit
import gc
import json
import os
import re
import sys
import tempfile
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jinja2
import yaml
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.livereload import LiveReloadServer
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page as SitePage
from mkdocs.utils import get_relative_url

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "snippets"))
# The pages of notebooks take their template from the theme.
os.environ["JUPYTER_PATH"] = os.pathsep.join(
    filter(None, [str(ROOT / "theme/.jupyter"), os.environ.get("JUPYTER_PATH")])
)

import calculator_page  # noqa: E402
import checked_facts  # noqa: E402
import checker_files  # noqa: E402
import directives  # noqa: E402
import example_files  # noqa: E402
import example_pages  # noqa: E402
import finished_html  # noqa: E402
import home  # noqa: E402
import links_back  # noqa: E402
import measured_pages  # noqa: E402
import notebook_pages  # noqa: E402
import pictures  # noqa: E402
import repository  # noqa: E402
import rule_pages  # noqa: E402
import search_index  # noqa: E402
import serving  # noqa: E402
from directives import DIRECTIVE, Expander  # noqa: E402
from lab import show  # noqa: E402

# Address of a page -> of the page that has these sections now -> their ids.
MOVED: dict[str, dict[str, list[str]]] = yaml.safe_load(
    Path(__file__).with_name("moved_sections.yml").read_text(encoding="utf-8")
)
_expanders: dict[str, Expander] = {}
SHOWN = re.compile(r'--8<-- "(examples/[^"]+)"')  # a manifest that stands on a page whole
_notebooks = tempfile.TemporaryDirectory()  # as they were run
atexit.register(_notebooks.cleanup)
_listed: dict[str, str] = {}  # address of each page of the build -> its line in llms.txt


def on_startup(command: str, dirty: bool) -> None:
    """Lets the collector pass over what is loaded, and come seldom, as `mkdocs` starts: a build takes a sixth longer where it looks
    through all that a build keeps again and again. Not where this module is imported, as by tests: who asks the collector for what
    is frozen is told of nothing."""
    gc.freeze()
    gc.set_threshold(100_000)


def on_config(config: MkDocsConfig) -> None:
    """One address of the site serves both languages. Without it, or without one of the repository, nothing leads there."""
    if (root := config.extra["root"]) and "serve" not in sys.argv:
        config.site_url = f"{root.rstrip('/')}/{config.extra['site_prefix']}"
    if not config.repo_url:
        config.edit_uri = None
    forget()


def forget() -> None:
    """A build of `make serve` knows nothing of the one before it."""
    _listed.clear()
    example_files.forget()
    directives.figures.cache_clear()
    links_back.written.cache_clear()
    show.headers.cache_clear()


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Publishes every example and experiment under the path that it has in the repository, a page for every rule, example
    and experiment, and what the checker in the browser loads."""
    # They stand in the theme's folder, for builds and for README.md; what a page loads of them is published below.
    for file in [file for file in files if file.src_uri.startswith(("hooks/", "checker/", "assets/readme."))]:
        files.remove(file)
    made = (*rule_pages.pages(config), *example_pages.pages(config), *measured_pages.pages(config))
    for file in (*made, *checker_files.files(config), *calculator_page.files(config)):
        files.append(file)
    for path in sorted(path for one in ("examples", show.EXPERIMENTS) for path in (ROOT / one).rglob("*.yaml")):
        files.append(File.generated(config, path.relative_to(ROOT).as_posix(), abs_src_path=str(path)))
    files.append(with_palette(files, config))
    notebook_pages.run(files, Path(_notebooks.name))


def with_palette(files: Files, config: MkDocsConfig) -> File:
    """The site's styles behind Material's colours, in one file; pages then do without the link to the second."""
    colours = next(file for file in files if file.src_uri.startswith("assets/stylesheets/palette."))
    own = files.src_uris["assets/site.css"]
    files.remove(own)
    texts = [finished_html.neutral(colours.content_string.partition("/*# sourceMappingURL")[0]), own.content_string]
    return File.generated(config, own.src_uri, content="\n".join(texts))


def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> None:
    serving.begins(config, files, nav)


def on_env(env: jinja2.Environment, config: MkDocsConfig, files: Files) -> None:
    serving.reads(config, env)


def on_serve(server: LiveReloadServer, config: MkDocsConfig, builder: Callable[[], None]) -> None:
    server.builder = serving.builder([config.docs_dir, str(config.config_file_path), *config.watch], builder)


def on_page_markdown(markdown: str, page: SitePage, config: MkDocsConfig, files: Files) -> str:
    expander = _expanders[page.file.src_uri] = Expander(config, page.file.url, frozenset(SHOWN.findall(markdown)))

    def replace(found: re.Match[str]) -> str:
        expander.level = len(["#", *re.findall(r"^(#+) ", markdown[: found.start()], re.M)][-1])
        try:
            return textwrap.indent(expander.expand(found[2], found[3].split()), found[1])
        except (PluginError, show.Missing) as problem:
            line = page.file.content_string.partition(found[0])[0].count("\n") + 1
            raise PluginError(f"{page.file.src_uri}, line {line}: {found[0].strip()}: {problem}.") from None

    markdown = measured_pages.proven(markdown, page.file.src_uri, str(config.theme["language"]))
    return repository.named(DIRECTIVE.sub(replace, markdown), config.repo_url)


def on_page_content(html: str, page: SitePage, config: MkDocsConfig, files: Files) -> str:
    """Puts at its foot what the page was checked for, and keeps code where the search does not read it."""
    if page.file.src_uri.endswith(".ipynb"):
        html = notebook_pages.finished(html, page.toc, str(config.theme["language"]))
    html = links_back.named(finished_html.alone(html), page.file.url) + checked_facts.foot(
        page.meta, str(config.theme["language"]), get_relative_url("versions/", page.file.url)
    )
    if sections := MOVED.get(page.file.url):
        html += lead_on(page.file.url, sections)
    keep = _expanders[page.file.src_uri].keep_code
    return html if page.url.startswith(search_index.LOGS) else search_index.CODE.sub(lambda code: keep(code[0]), html)


def lead_on(url: str, sections: dict[str, list[str]]) -> str:
    """A script for readers who come to a section that stands on another page now, under the same anchor."""
    places = {ident: get_relative_url(page, url) for page, idents in sections.items() for ident in idents}
    return (
        f'<script type="application/json" id="moved">{json.dumps(places)}</script>'
        '<script>{const to = JSON.parse(document.getElementById("moved").textContent)[location.hash.slice(1)];'
        "if (to) location.replace(to + location.hash);}</script>"
    )


def on_page_context(context: Any, page: SitePage, config: MkDocsConfig, nav: Any) -> None:
    """Each language's address of this page, as seen from it (`here`) and, if the site has one, from anywhere (`there`)."""
    up = "../" * (page.url.count("/") + config.extra["site_prefix"].count("/"))
    root = (config.site_url or "").removesuffix(config.extra["site_prefix"])
    context["there"] = root and {one["lang"]: root + one["prefix"] + page.url for one in config.extra["languages"]}
    title, said = page.meta.get("title") or page.title, page.meta.get("description") or config.site_description
    _listed[page.url] = f"- [{title}]({config.site_url or ''}{page.url or './'}): {said}"
    lang = str(config.theme["language"])
    context["card"] = f"{config.site_url or ''}assets/{pictures.card_of(lang)}"
    context["card_alt"] = ". ".join((pictures.TITLE.get(lang), *home.titles(pictures.MODE, lang)))
    context["here"] = {one["lang"]: (up + one["prefix"] + page.url) or "./" for one in config.extra["languages"]}


def on_template_context(context: Any, template_name: str, config: MkDocsConfig) -> None:
    """The 404 page is shown at any depth, so its links start at the root of the host."""
    if template_name == "404.html":
        context["base_url"] = urlsplit(config.site_url or "/" + config.extra["site_prefix"]).path
        root = context["base_url"].removesuffix(config.extra["site_prefix"])
        context["here"] = {one["lang"]: root + one["prefix"] for one in config.extra["languages"]}


def on_post_page(output: str, page: SitePage, config: MkDocsConfig) -> str:
    """Puts the figures in, of which neither Markdown nor the search has read a line."""
    return finished_html.finished(_expanders[page.file.src_uri].whole(output), config.extra["words"]["search"])


def on_post_template(output: str, template_name: str, config: MkDocsConfig) -> str:
    return finished_html.finished(output, config.extra["words"]["search"]) if template_name == "404.html" else output


def on_post_build(config: MkDocsConfig) -> None:
    """Improves the search index and lists all pages in llms.txt. `mkdocs serve` knows one configuration; the other language is built beside it."""
    try:
        search_index.rewrite(Path(config.site_dir) / "search" / "search_index.json")
        search_index.mend_worker(Path(config.site_dir))
    except ValueError as problem:
        raise PluginError(str(problem)) from None
    lines = [f"# {config.site_name}", "", f"> {config.site_description}", "", *_listed.values(), ""]
    (Path(config.site_dir) / "llms.txt").write_text("\n".join(lines), encoding="utf-8")
    if "serve" in sys.argv and not config.extra["site_prefix"]:
        os.environ["SITE_URL_KO"] = f"{config.site_url}ko/"
        build(load_config(str(ROOT / "mkdocs.ko.yml"), strict=False, site_dir=str(Path(config.site_dir) / "ko")))
