"""What theme/hooks.py makes of directives, and what it says of wrong ones."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hooks
import pytest
from mkdocs.config import load_config
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module", params=["mkdocs.yml", "mkdocs.ko.yml"])
def config(request: pytest.FixtureRequest) -> Any:
    return load_config(str(ROOT / request.param))


def page(text: str) -> Any:
    return SimpleNamespace(file=SimpleNamespace(src_uri="page.md", content_string=text), toc=[])


def expand(text: str, config: Any) -> str:
    """A page's Markdown and HTML hooks, one after the other, with no Markdown in between."""
    one: Any = page(text)
    files = Files([])
    return hooks.on_page_content(hooks.on_page_markdown(text, one, config, files), one, config, files)


@pytest.mark.parametrize(
    ("directive", "told"),
    [
        ("figure examples/nowhere.yaml", "there is no examples/nowhere.yaml"),
        ("figure", "have one name behind them"),
        ("facts now", "have one name behind them"),
        ("rule PT999", "there is no rule PT999"),
        ("recording nothing", "there is no tests/traces/mesh/nothing.json"),
        ("figure README.md", "README.md lacks title"),
        ("figure examples/mesh-wide/helm-values.yaml", "holds no pod"),
    ],
)
def test_a_wrong_directive_stops_the_build_with_one_sentence(config: Any, directive: str, told: str) -> None:
    with pytest.raises(PluginError) as caught:
        expand(f"---\ntitle: t\n---\n\n# T\n\n<!-- {directive} -->\n", config)
    assert str(caught.value).startswith(f"page.md, line 7: <!-- {directive} -->: ")
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_broken_example_is_named(config: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a contributor sees who forgets a comment, or writes something that is not YAML."""
    monkeypatch.setattr(hooks, "ROOT", tmp_path)
    folder = tmp_path / "examples" / "http"
    folder.mkdir(parents=True)
    head = "# title: a\n# title.ko: 가\n# lesson: b\n# lesson.ko: 나\n"
    for text, told in [("# title: a\nkind: Pod\n", "lacks title.ko"), (head + "kind: [\n", "examples/http/new.yaml")]:
        (folder / "new.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(PluginError, match=told):
            expand("<!-- catalogue -->", config)


def test_a_figure_shown_twice_has_ids_of_its_own(config: Any) -> None:
    html = expand("<!-- figure examples/http/native-sidecar.yaml -->\n\n" * 2, config)
    idents = re.findall(r'\bid="([^"]+)"', html)
    assert idents and len(idents) == len(set(idents))
    referred = re.findall(r"url\(#([^)]+)\)", html) + " ".join(re.findall(r'labelledby="([^"]+)"', html)).split()
    assert referred and set(referred) <= set(idents)


def test_a_recording_is_drawn_beside_what_was_computed(config: Any) -> None:
    html = expand("<!-- figure examples/http/native-sidecar.yaml recording=native-plain -->", config)
    assert html.count("<svg") == 2
    assert "<!--" not in html


def test_a_rule_shows_its_severity_its_fix_and_its_example(config: Any) -> None:
    text = expand("## PT101 { #pt101 }\n\n<!-- rule PT101 -->", config)
    assert "{ .severity .error }" in text
    assert config.extra["words"]["fix"] in text
    assert re.search(r'--8<-- "examples/wrong/PT101-[\w-]+\.yaml"', text)


def test_the_facts_name_their_sources(config: Any) -> None:
    rows = [line for line in expand("<!-- facts -->", config).split("\n") if line.startswith("| ")]
    sourced = [row for row in rows if re.search(r"\]\(https://github\.com/\S+/blob/\S+\) @ \S+ \|$", row)]
    assert len(sourced) == len(rows) - 2


def test_the_catalogues_hold_every_example_once(config: Any) -> None:
    texts = [
        expand("## C { #c }\n\n<!-- catalogue -->", config),
        expand("## C { #c }\n\n<!-- wrong-catalogue -->", config),
    ]
    shown = re.findall(r'--8<-- "([^"]+)"', "".join(texts))
    assert sorted(shown) == sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "examples").rglob("*.yaml"))
    assert ".verdict .wrong" not in texts[0]
    assert ".verdict .right" not in texts[1]
    for text in texts:
        idents = re.findall(r"\{ #([^ ]+) \}", text)
        assert len(idents) == len(set(idents))


def test_the_theme_holds_little_python() -> None:
    """It expands and computes nothing; what grows belongs into timing_rules."""
    assert sum(len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / "theme").rglob("*.py")) < 200
