"""The built site: nothing is loaded from another host, no link is dead, notebooks are rendered, examples are there."""

from __future__ import annotations

import json
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

import nbformat
import search_index
from timing_rules import calculator
from timing_rules.show.picture import STYLE

from tests.docs.pages import LANGUAGES, ROOT, tree

# Addresses that a browser fetches by itself.
LOADED = {"src", "srcset", "poster", "data", "action", "formaction", "xlink:href"}


class Reader(HTMLParser):
    """What a page loads, links to and can be linked at."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[tuple[str, str]] = []
        self.links: list[str] = []
        self.idents: list[str] = []
        self.classes: set[str] = set()
        self.lang = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.idents.append(value)
            elif name == "class" and value:
                self.classes |= set(value.split())
            elif name == "lang" and tag == "html":
                self.lang = value or ""
            elif name == "href" and tag in ("a", "area"):
                self.links.append(value or "")
            elif name in LOADED or name == "href":
                self.loads.append((tag, value or ""))


@cache
def read(path: Path) -> Reader:
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader


def pages(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


def test_nothing_is_loaded_from_another_host(site: Path) -> None:
    found = [
        f"{path.relative_to(site)}: <{tag}> loads {target}"
        for path in pages(site)
        for tag, target in read(path).loads
        if urlsplit(target).netloc or target.startswith("//")
    ]
    for path in site.rglob("*.css"):
        found += [
            f"{path.relative_to(site)}: {url}"
            for url in re.findall(r"(?:url\(|@import )[\"']?((?:https?:)?//[^)\"']+)", path.read_text())
        ]
    for path in pages(site):
        styles = re.findall(r"<style.*?</style>", path.read_text(encoding="utf-8"), re.DOTALL)
        found += [
            f"{path.relative_to(site)}: {url}"
            for style in styles
            for url in re.findall(r"(?:url\(|@import )[\"']?((?:https?:)?//[^)\"']+)", style)
        ]
    assert not found, "\n".join(found)


def test_nothing_that_builds_the_site_is_published(site: Path) -> None:
    """Manifests and the checker's own scripts are there for readers; hooks, and a second copy of those scripts, are not."""
    paths = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    assert not [path for path in paths if path.removeprefix("ko/").startswith(("hooks/", "checker/"))]
    assert not [path for path in paths if path.endswith((".py", ".yml"))]
    notebooks = {path.removeprefix("ko/").rpartition("/")[0] for path in paths if path.endswith(".ipynb")}
    assert notebooks == {rel.removesuffix(".ipynb") for rel in tree("en") if rel.endswith(".ipynb")}


def dead_links(site: Path) -> list[str]:
    found = []
    for path in pages(site):
        for link in read(path).links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            where = unquote(parts.path)
            target = (
                path
                if not where
                else site / where.lstrip("/")
                if where.startswith("/")
                else (path.parent / where).resolve()
            )
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file():
                found.append(f"{path.relative_to(site)}: {link}: there is no such file")
            elif target.parent.name == "calculator" and "=" in parts.fragment:
                calculator.read(dict(parse_qsl(parts.fragment)))  # numbers, not an anchor; refuses nonsense
            elif parts.fragment and target.suffix == ".html" and unquote(parts.fragment) not in read(target).idents:
                found.append(f"{path.relative_to(site)}: {link}: there is no such anchor")
    return found


def test_every_link_and_anchor_resolves(site: Path) -> None:
    assert not (found := dead_links(site)), "\n".join(found)


def test_dead_links_are_found(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "index.html").write_text(
        '<a href="a/#x">1</a><a href="a/#y">2</a><a href="b/">3</a><a href="/a/">4</a>'
    )
    (tmp_path / "a" / "index.html").write_text('<p id="x"></p><a href="../#">5</a><a href="..">6</a>')
    assert dead_links(tmp_path) == [
        "index.html: a/#y: there is no such anchor",
        "index.html: b/: there is no such file",
    ]


def test_no_id_stands_twice_on_a_page(site: Path) -> None:
    found = []
    for path in pages(site):
        idents = read(path).idents
        found += [f"{path.relative_to(site)}: {ident}" for ident in sorted(set(idents)) if idents.count(ident) > 1]
    assert not found, "\n".join(found)


def test_every_page_is_built_in_its_language(site: Path) -> None:
    for lang in LANGUAGES:
        for rel in tree(lang):
            stem = rel.rsplit(".", 1)[0].removesuffix("index")
            path = (site / "ko" if lang == "ko" else site) / stem / "index.html"
            assert path.is_file(), f"{lang}/{rel} is not in the site"
            assert read(path).lang == lang


def test_notebooks_are_rendered(site: Path) -> None:
    for lang, folder in (("en", site), ("ko", site / "ko")):
        for rel in (rel for rel in tree(lang) if rel.endswith(".ipynb")):
            path = folder / rel.removesuffix(".ipynb") / "index.html"
            text = path.read_text(encoding="utf-8")
            assert "jupyter-wrapper" in read(path).classes, f"{lang}/{rel} is not rendered"
            assert '"cell_type"' not in text, f"{lang}/{rel} is published as JSON"
            assert "jp-OutputArea-output" in read(path).classes, f"{lang}/{rel} shows no output"
            label = "The code" if lang == "en" else "코드"
            code = r'<div class="highlight"><pre><span></span><code>'
            fold = re.compile(rf'<details class="manifest"><summary>{label}</summary>\s*{code}')
            cells = nbformat.read(ROOT / "docs" / lang / rel, as_version=4).cells
            programs = [cell.source for cell in cells if cell.cell_type == "code"]
            assert len(fold.findall(text)) == text.count(code) == len(programs) > 0, (
                f"{lang}/{rel} does not fold its code"
            )
            assert not re.search("(?i)mathjax|mermaid|clipboard-copy", text), f"{lang}/{rel} carries JupyterLab's page"
            assert text.count("<div") == text.count("</div>")


def test_a_notebook_can_be_taken_along_with_its_outputs(site: Path) -> None:
    said = {"en": "Download this notebook (.ipynb).", "ko": "이 노트북 내려받기(.ipynb)."}
    for lang, folder in (("en", site), ("ko", site / "ko")):
        for rel in (rel for rel in tree(lang) if rel.endswith(".ipynb")):
            page, name = folder / rel.removesuffix(".ipynb"), rel.rpartition("/")[2]
            link = re.search(
                r'<a href="([^"]+)" download>([^<]+)</a>', (page / "index.html").read_text(encoding="utf-8")
            )
            assert link and link[1] == name and link[2].startswith(said[lang])
            book = nbformat.read(page / name, as_version=4)
            nbformat.validate(book)
            assert any(cell.get("outputs") for cell in book.cells), f"{lang}/{rel} holds no output"
            written = nbformat.read(ROOT / "docs" / lang / rel, as_version=4)
            assert [cell.source for cell in book.cells] == [cell.source for cell in written.cells]


def test_no_page_loads_colours_from_a_file_of_their_own(site: Path) -> None:
    """They stand in site.css, for the page of unknown addresses too."""
    for path in [*pages(site), site / "404.html", site / "ko" / "404.html"]:
        text = path.read_text(encoding="utf-8")
        assert "palette." not in re.sub(r"<script.*?</script>", "", text, flags=re.S), path.relative_to(site)


def test_a_page_is_read_before_its_scripts_run(site: Path) -> None:
    """A script without `defer` would hold the page back until it is there and has run."""
    script = re.compile(r"<script\b[^>]*\bsrc=[^>]*>")
    for path in pages(site):
        scripts = script.findall(path.read_text(encoding="utf-8"))
        moved = "http-equiv" in path.read_text(encoding="utf-8") and not scripts
        assert moved or any("/bundle." in tag for tag in scripts), f"{path.relative_to(site)}: no script of the theme"
        waiting = [tag for tag in scripts if not re.search(r' defer[ >]|type="module"', tag)]
        assert not waiting, f"{path.relative_to(site)}: {waiting}"


def test_every_directive_is_expanded(site: Path) -> None:
    left = re.compile(
        r"<!-- *(?:figure|reading|recording|catalogue|wrong-catalogue|rules|precedence|before-after|timers|calculator|trust|facts|chart|experiments?|lab)\b|<!--timing|--8<--"
    )
    found = [
        f"{path.relative_to(site)}: {hit[0]}"
        for path in pages(site)
        if (hit := left.search(path.read_text(encoding="utf-8")))
    ]
    assert not found, "\n".join(found)


def test_every_example_can_be_downloaded(site: Path) -> None:
    for path in (ROOT / "examples").rglob("*.yaml"):
        rel = path.relative_to(ROOT)
        for folder in (site, site / "ko"):
            assert (folder / rel).read_bytes() == path.read_bytes()
            shown = rel.with_suffix("").as_posix()
            shown = f"rules/{path.name[:5].lower()}" if "wrong" in path.parts else shown
            page = (folder / shown / "index.html").read_text(encoding="utf-8")
            assert path.name in page, f"{shown} in {folder.name} does not show {rel}"


def test_no_page_is_heavy(site: Path) -> None:
    """150 KB of HTML and 4,000 elements, for every page. A heavy one is named, with the heaviest first."""
    weighed = []
    for path in pages(site):
        text = path.read_text(encoding="utf-8")
        weighed.append((len(text.encode()), len(re.findall(r"<[a-z]", text)), path.relative_to(site).as_posix()))
    assert len(weighed) > 200
    heavy = [page for page in weighed if page[0] > 150 * 1024 or page[1] > 4_000]
    told = "\n".join(f"{path}: {size:,} bytes, {elements:,} elements" for size, elements, path in sorted(heavy)[::-1])
    assert not heavy, told


def test_a_page_carries_the_styles_of_its_figures_once(site: Path) -> None:
    texts = [path.read_text(encoding="utf-8") for path in pages(site) if "notebooks" not in path.parts]
    drawn = [text for text in texts if text.count('<svg class="tr"') > 1]
    assert len(drawn) > 20 and max(text.count(STYLE) for text in texts) == 1
    assert not [text for text in drawn if STYLE not in text]


def test_the_first_view_waits_for_two_files_of_styles(site: Path) -> None:
    """Material's own and the site's, which holds the colours of both schemes; each further one makes a phone wait."""
    for folder in (site, site / "ko"):
        styles = (folder / "assets/site.css").read_text(encoding="utf-8")
        assert styles.index("[data-md-color-scheme=slate]") < styles.index("--paper: #fcfcfa"), "the site's own win"
        for page in ("index.html", "examples/http/native-sidecar/index.html", "guides/app-container/index.html"):
            html = (folder / page).read_text(encoding="utf-8")
            names = re.findall(r'<link rel="stylesheet" href="[^"]*?([\w.]+)\.css">', html)
            assert [name.partition(".")[0] for name in names] == ["main", "site"]


#: A heading of a page's text, and the one link in it.
TITLED = re.compile(r'<(h[1-3]) id="([^"]+)"[^>]*>(.*?)</\1>', re.S)


def test_a_heading_is_the_link_to_itself_and_nothing_is_read_out_behind_it(site: Path) -> None:
    """All of its words are the link, so that a finger finds it and a screen reader hears it once; to a page of its own, where it has one."""
    count = 0
    for path in pages(site):
        text = path.read_text(encoding="utf-8").partition("<article")[2].partition("</article>")[0]
        assert "¶" not in text and "headerlink" not in text, path
        for _, ident, inside in TITLED.findall(text):
            count += 1
            itself = f'<a class="toclink" href="#{ident}">(?:(?!<a ).)+</a>'
            assert re.fullmatch(itself + r'|<a href="[\w-]+/">(?:(?!<a ).)+</a>', inside, re.S), (path, inside)
    assert count > 1_500


def test_a_figure_is_told_once_and_whole(site: Path) -> None:
    """Its name holds all that it shows; a title or a description beside it would be heard a second time."""
    names = []
    for path in pages(site):
        for figure in re.findall(r'<svg class="(?:tr|chart|cluster)".*?</svg>', path.read_text(encoding="utf-8"), re.S):
            assert "<title" not in figure and "<desc" not in figure and "labelledby" not in figure, path
            names += re.findall(r'^<svg [^>]*role="img" aria-label="([^"]+)"', figure)
            assert names and names[-1].endswith("."), path
    assert len(names) > 400 and min(map(len, names)) > 40
    for folder, word in ((site, "Mended: "), (site / "ko", "고친 매니페스트: ")):
        wrong, right = re.findall(
            r'<svg class="tr"[^>]* aria-label="([^"]+?)\. ',
            (folder / "rules/pt201/index.html").read_text(encoding="utf-8"),
        )
        assert right == word + wrong, "a mistake and what mends it have names of their own"


TOPICS = ("concepts", "guides", "servers", "settings", "troubleshooting")


def part_of(url: str) -> str:
    """What a page is, of those that lead to each other: a rule, an example, an experiment, runs on a cluster, or a written topic."""
    first, _, rest = url.removeprefix("ko/").partition("/")
    if first == "measured" and rest:
        return "cluster" if rest.startswith("cluster") else "experiment"
    if first == "rules" and rest.startswith("pt"):
        return "rule"
    return "example" if first == "examples" and rest else "topic" if first in TOPICS and rest else ""


def test_rules_examples_experiments_and_what_is_written_of_them_lead_to_each_other(site: Path) -> None:
    """Whoever comes to one of them by a search finds the others; written topics among themselves are not held to it."""
    leads: dict[str, set[str]] = {}
    for path in site.rglob("index.html"):
        url = path.relative_to(site).as_posix().removesuffix("index.html")
        text = path.read_text(encoding="utf-8").partition("<article")[2].partition("</article>")[0]
        found = re.findall(r'<a [^>]*href="([^"#?]+)', text)
        leads[url] = {urlsplit(urljoin(f"http://site/{url}", to)).path[1:] for to in found} if part_of(url) else set()
    one_way, both = [], set()
    for url, targets in leads.items():
        for target in targets & leads.keys():
            pair = part_of(url), part_of(target)
            if "" in pair or url == target or pair in (("topic", "topic"), ("cluster", "cluster")):
                continue
            both.add(pair)
            if url not in leads[target]:
                one_way.append(f"{target} does not lead back to {url}")
    assert not one_way, "\n".join(sorted(one_way)) + "\ntheme/hooks/links_back.py makes the way back"
    kinds = {"rule", "example", "experiment", "cluster"}
    assert {kind for kind in kinds if ("topic", kind) in both and (kind, "topic") in both} == kinds
    assert {("rule", "example"), ("rule", "experiment"), ("example", "experiment"), ("cluster", "rule")} <= both


def test_links_to_the_calculator_say_whose_timers_they_move(site: Path) -> None:
    for folder, word in ((site, "Move these timers"), (site / "ko", "이 타이머 움직여 보기")):
        text = (folder / "guides" / "http" / "index.html").read_text(encoding="utf-8")
        names = re.findall(rf'<p class="move"><a [^>]*aria-label="({word}: [^"]+)">{word}</a>', text)
        assert len(names) == len(set(names)) == text.count('<p class="move">') > 2


def test_notebooks_have_a_bound(site: Path) -> None:
    notebooks = [path.stat().st_size for path in pages(site) if "notebooks" in path.parts]
    assert len(notebooks) == 6 and max(notebooks) < 110_000, "they carry JupyterLab's page: see theme/.jupyter"


def test_each_language_has_its_own_search_index(site: Path) -> None:
    english, korean = (
        json.loads((folder / "search" / "search_index.json").read_text(encoding="utf-8"))
        for folder in (site, site / "ko")
    )
    assert english["config"]["lang"] == ["en"]
    assert korean["config"]["lang"] == ["ko"]
    assert not re.search("[가-힣]{2} [가-힣]{2}", " ".join(doc["title"] for doc in english["docs"]))
    assert "(?=[A-Z][a-z])" in korean["config"]["separator"]
    assert korean["config"]["pipeline"] == english["config"]["pipeline"] == []


def test_the_search_reads_no_figure_no_tool_and_code_only_where_log_lines_stand(site: Path) -> None:
    for folder in (site, site / "ko"):
        docs = json.loads((folder / "search" / "search_index.json").read_text(encoding="utf-8"))["docs"]
        assert not [doc["location"] for doc in docs if re.search(r"<!--|</?(?:svg|option|section)\b", doc["text"])]
        code = {doc["location"].startswith(search_index.LOGS) for doc in docs if "<pre" in doc["text"]}
        assert code == {True}
        (tool,) = [doc["text"] for doc in docs if doc["location"] == "check/"]
        assert "CronJob" not in tool, "the tool offers examples by their titles"


def test_what_builds_the_site_is_no_part_of_it(site: Path) -> None:
    assert not [path for path in site.rglob("*") if path.name in ("hooks", "search_aliases.yml")]


def test_every_page_stands_in_llms_txt(site: Path) -> None:
    for folder, name in ((site, "Stopping a pod"), (site / "ko", "파드의 종료")):
        text = (folder / "llms.txt").read_text(encoding="utf-8")
        assert text.startswith(f"# {name}\n")
        listed = re.findall(r"^- \[.+?\]\(([^)]*)\): \S", text, re.MULTILINE)
        assert len(listed) == len(set(listed)) > 100
        assert all((folder / where / "index.html").is_file() for where in listed)


def test_without_an_address_nothing_pretends_to_have_one(site: Path) -> None:
    for path in pages(site):
        text = path.read_text(encoding="utf-8")
        if 'http-equiv="refresh"' in text:  # an old address, whose canonical one is relative
            continue
        assert 'rel="canonical"' not in text and "md-source" not in text and "og:url" not in text, path
    text = (site / "ko/rules/pt201/index.html").read_text(encoding="utf-8")
    assert '<meta property="og:locale" content="ko_KR">' in text
    assert re.search('<meta property="og:title" content="PT201 .*[가-힣]', text)


def test_a_link_to_a_page_shows_a_card(site: Path) -> None:
    for path, lang in ((site / "rules/pt201/index.html", "en"), (site / "ko/index.html", "ko")):
        text = path.read_text(encoding="utf-8")
        given = dict(re.findall(r'<meta (?:property|name)="((?:og|twitter):[\w:]+)" content="([^"]*)">', text))
        assert (path.parent / given["og:image"]).resolve().is_file(), given["og:image"]
        assert f"/card.{lang}." in f"/{given['og:image']}"
        assert (given["og:image:width"], given["og:image:height"]) == ("1200", "630")
        assert given["twitter:card"] == "summary_large_image" and given["og:image:alt"]
    assert not [path for path in site.rglob("readme*") if path.is_file()]
