"""The documents at the repository's root: their figures are current, their links lead somewhere, their commands exist."""

from __future__ import annotations

import re
import struct
import tomllib

import home
import pictures
import pytest
import timing_rules

from tests.docs.pages import LANGUAGES, ROOT, Page

DOCUMENTS = ["README.md", "CONTRIBUTING.md", "CONTRIBUTING.ko.md", "CHANGELOG.md"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_figures_and_cards_are_current(lang: str) -> None:
    drawn = (pictures.ASSETS / f"readme.{lang}.svg").read_text(encoding="utf-8")
    assert drawn == pictures.figure(lang), f"theme/assets/readme.{lang}.svg is out of date: run make figure"
    card = pictures.card_of(lang)
    assert card == f"card.{lang}.{pictures.source_of(lang)}.png", f"{card} is out of date: run make figure"
    data = (pictures.ASSETS / card).read_bytes()
    assert data.startswith(b"\x89PNG") and len(data) > 50_000  # nothing drawn would be a few kilobytes
    assert struct.unpack(">II", data[16:24]) == (pictures.WIDTH, pictures.HEIGHT)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_figure_stands_first_and_says_what_it_shows(lang: str) -> None:
    english, korean = (ROOT / "README.md").read_text(encoding="utf-8").split("\n# 한국어\n")
    half = english.partition("\n")[2] if lang == "en" else korean
    shown = re.match(r"\s*!\[(.+)\]\((.+)\)\n", half)
    assert shown and shown[2] == f"theme/assets/readme.{lang}.svg"
    before, _ = home.titles(pictures.MODE, lang)
    (lost,) = re.findall(r"\d+ ?[s초]", before)
    assert re.findall(r"\d+ ?[s초]", shown[1]) == [lost, f"{home.DELAY}{' s' if lang == 'en' else '초'}"]


def test_the_figure_has_no_id_twice() -> None:
    idents = re.findall(r'\bid="([^"]+)"', pictures.figure("en"))
    assert len(idents) == len(set(idents)) > 5
    used = re.findall(r"url\(#([^)]+)\)", pictures.figure("en"))
    assert used and set(used) <= set(idents)
    assert "its preStop hook ends at 10 s" in pictures.figure("en"), "its words are no ids"
    assert not re.search(r'class="(?:before|after)-', pictures.figure("en"))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_paths_and_targets_exist(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    page = Page("en", name, ROOT / name, text)
    linked = [target for _, target in page.links if not re.match(r"\w+:|#", target)]
    paths = re.findall(r"`((?:docs|examples|snippets|tests|theme|requirements)/[\w./-]+)`", text)
    missing = [path for path in [*linked, *paths] if not (ROOT / path).exists()]
    assert not missing, missing
    made = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(
        re.findall(r"\bmake ([a-z]+)\b(?=[ `\n])", "\n".join(re.findall(r"`[^`\n]+`|^\$ .*$", text, re.MULTILINE)))
    )
    assert named <= made, named - made


def test_both_guides_for_contributors_have_the_same_parts() -> None:
    one, other = (Page("en", name, ROOT / name, (ROOT / name).read_text(encoding="utf-8")) for name in DOCUMENTS[1:3])
    assert [level for _, level, *_ in one.headings] == [level for _, level, *_ in other.headings]
    assert [fence.code for fence in one.fences if fence.language in ("yaml", "text")] == [
        fence.code for fence in other.fences if fence.language in ("yaml", "text")
    ]


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "requirements").glob("*.in")))
def test_locks_hold_hashes_and_name_no_host(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    assert "://" not in text and "--index-url" not in text and "--find-links" not in text
    for block in re.split(r"\n(?=\S)", text.strip()):
        assert "--hash=sha256:" in block, block.split("\n")[0]


def test_the_package_needs_what_the_lock_installs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = (ROOT / "requirements" / "run.in").read_text(encoding="utf-8").split("\n")
    assert project["dependencies"] == [line for line in wanted if line and not line.startswith("#")]
    assert project["version"] == timing_rules.__version__
    assert project["version"] in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
