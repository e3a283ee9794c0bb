"""What theme/hooks makes of directives, and what it says of wrong ones."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import charts
import events
import example_files
import example_pages
import finished_html
import home
import measured_pages
import nbformat
import notebook_pages
import pytest
import repository
import rule_pages
from lab import show
from lab.record import furthest
from mkdocs.config import load_config
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from mkdocs.structure.toc import AnchorLink
from mkdocs_jupyter import convert
from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexers.data import YamlLexer
from timing_rules import Pod, check, timeline
from timing_rules.rules import engine
from timing_rules.rules.registry import RULES
from timing_rules.text import Text

ROOT = Path(__file__).resolve().parents[2]
#: The page of every example that works, and its file.
PAGES = {path.removesuffix(".yaml") + ".md": path for path in example_files.working()}
SEVERITIES = {"error": Text("error", "오류"), "warning": Text("warning", "경고"), "info": Text("info", "정보")}


@pytest.fixture(scope="module", params=["mkdocs.yml", "mkdocs.ko.yml"])
def config(request: pytest.FixtureRequest) -> Any:
    return load_config(str(ROOT / request.param))


@pytest.fixture(autouse=True)
def builds_anew() -> Iterator[None]:
    """What a test puts in the place of files is seen by it, and by it alone."""
    events.forget()
    yield
    events.forget()


def page(text: str) -> Any:
    return SimpleNamespace(
        file=SimpleNamespace(src_uri="page.md", url="page/", content_string=text), url="page/", toc=[], meta={}
    )


def expand(text: str, config: Any) -> str:
    """A page's Markdown and HTML hooks, one after the other, with no Markdown in between."""
    one: Any = page(text)
    files = Files([])
    html = events.on_page_content(events.on_page_markdown(text, one, config, files), one, config, files)
    return events._expanders["page.md"].whole(html)


@pytest.mark.parametrize(
    ("directive", "told"),
    [
        ("figure examples/nowhere.yaml", "there is no examples/nowhere.yaml"),
        ("figure", "have one name behind them"),
        ("facts now", "have one name behind them"),
        ("recording nothing", "there is no tests/traces/mesh/nothing.json"),
        ("figure README.md", "README.md lacks title"),
        ("figure examples/mesh-wide/helm-values.yaml", "holds no pod"),
        ("experiment", "have one name behind them"),
        (
            "experiments now",
            "there is no group now of experiments; the groups are listeners, clients, requests, programs, race, counting, faults.",
        ),
        ("experiment nothing", "there is no experiment nothing; the experiments are"),
        ("before-after sidecar", "there is no mode sidecar; the modes are native, classic, none"),
        ("experiment tcp nobody", "has no pod nobody; its pods are classic, native"),
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
    monkeypatch.setattr(example_files, "ROOT", tmp_path)
    monkeypatch.setattr(example_files, "EXAMPLES", tmp_path / "examples")
    folder = tmp_path / "examples" / "http"
    folder.mkdir(parents=True)
    head = "# title: a\n# title.ko: 가\n# lesson: b\n# lesson.ko: 나\n"
    for text, told in [("# title: a\nkind: Pod\n", "lacks title.ko"), (head + "kind: [\n", "examples/http/new.yaml")]:
        (folder / "new.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(PluginError, match=told):
            expand("<!-- catalogue -->", config)


def test_each_build_reads_anew_what_there_is(config: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One process builds again and again while the site is served."""
    monkeypatch.setattr(example_files, "ROOT", tmp_path)
    monkeypatch.setattr(example_files, "EXAMPLES", tmp_path / "examples")
    monkeypatch.setattr(show, "ROOT", tmp_path)
    asked = (
        lambda: example_files.working("http"),
        example_files.wrong,
        lambda: tuple(example_files.guides("examples/http/new.yaml", "en")),
        lambda: tuple(show.bearing()),
    )
    assert [ask() for ask in asked] == [()] * 4
    for name, text in {
        "examples/http/new.yaml": "",
        "examples/wrong/PT101-new.yaml": "",
        "docs/en/guides/new.md": '# New { #new }\n--8<-- "examples/http/new.yaml"\n',
        f"{show.EXPERIMENTS}/tcp.yaml": f"# group: {show.GROUPS[0]} 1\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    events.on_config(config)
    assert [ask() for ask in asked] == [
        ("examples/http/new.yaml",), ("examples/wrong/PT101-new.yaml",), (("New", "guides/new.md"),), ("tcp",),
    ]  # fmt: skip


def test_a_figure_shown_twice_has_ids_of_its_own(config: Any) -> None:
    html = expand("<!-- figure examples/http/native-sidecar.yaml -->\n\n" * 2, config)
    idents = re.findall(r'\bid="([^"]+)"', html)
    assert idents and len(idents) == len(set(idents))
    referred = re.findall(r"url\(#([^)]+)\)", html)
    assert referred and set(referred) <= set(idents)


@pytest.mark.parametrize(("url", "searched"), [("examples/http/a/", False), ("guides/http/", True)])
def test_what_the_search_does_not_read_is_put_in_behind_it(config: Any, url: str, searched: bool) -> None:
    """Figures everywhere, and code but for pages whose code holds log lines."""
    one, code = page(""), "<pre><code>kind: Pod</code></pre>"
    one.file.url = one.url = url
    files = Files([])
    html = events.on_page_markdown("<!-- figure examples/http/native-sidecar.yaml -->", one, config, files)
    html = events.on_page_content(f"<p>{html}</p>{code}", one, config, files)
    assert "<svg" not in html and (code in html) is searched
    whole = events.on_post_page(html, one, config)
    assert whole.startswith('<div class="timing" data-search-exclude><svg') and whole.count("<svg") == 1
    assert whole.count(code) == 1 and "<!--" not in whole


def test_a_recording_is_drawn_beside_what_was_computed(config: Any) -> None:
    html = expand("<!-- figure examples/http/native-sidecar.yaml recording=native-plain -->", config)
    assert html.count("<svg") == 2
    assert "<!--" not in html


def test_the_index_names_every_rule_and_keeps_old_anchors(config: Any) -> None:
    rows = [line for line in expand("<!-- rules -->", config).split("\n") if line.startswith("| [")]
    lang = config.theme["language"]
    assert rows == [
        f"| [{code}]({code.lower()}.md){{ #{code.lower()} }} | "
        f"{SEVERITIES[rule.severity].get(lang)} | {rule.title.get(lang)} |"
        for code, rule in RULES.items()
    ]


def test_the_table_of_precedence_is_that_of_the_engine(config: Any) -> None:
    rows = dict(re.findall(r"^\| \[(PT\d+)\]\(\S+\) \| (.+) \|$", expand("<!-- precedence -->", config), re.MULTILINE))
    shown = {code: set(others.split(", ")) for code, others in rows.items()}
    held = {code: {*engine.EXPLAINS.get(code, ()), *engine.REFUSES.get(code, ())} for code in RULES}
    assert shown == {code: others for code, others in held.items() if others}
    assert "PT102" in shown["PT107"] and "PT201" in shown["PT208"]


@pytest.mark.parametrize("code", RULES)
def test_a_page_of_a_rule_shows_what_it_is_and_one_manifest_wrong_and_right(config: Any, code: str) -> None:
    lang, rule = config.theme["language"], RULES[code]
    text = rule_pages.page(rule, lang, Path(config.docs_dir))
    assert f"# {code} {rule.title.get(lang)} {{ #{code.lower()} }}" in text
    first = f"`{rule.severity}`{{ .severity .{rule.severity} }} {rule.why.get(lang)}"
    heads = {
        "en": ("**Fix.** ", "## When it is reported { #when }"),
        "ko": ("**고치는 방법.** ", "## 보고하는 조건 { #when }"),
    }[lang]
    body = text.partition("\n# ")[2]
    order = [
        body.index(part)
        for part in (first, heads[0] + rule.fix.get(lang), "#wrong }", heads[1], rule.what.get(lang), "#see }")
    ]
    assert order == sorted(order), "what happens and what mends it, before the exact conditions"
    assert rule.why.get(lang) in text and rule.fix.get(lang) in text
    shown = re.findall(r'--8<-- "examples/wrong/([^"]+)"', text)
    files = [path.name for path in (ROOT / "examples/wrong").glob(f"{code}-*.yaml")]
    assert sorted(shown) == sorted(files) and len(files) % 2 == 0
    (first, *_) = re.findall(r"```diff\n(.*?)\n```", text, re.DOTALL)
    signs = [line[0] for line in first.split("\n") if line]
    assert {"+", "-"} & set(signs) and len(signs) < 60, first
    links = re.findall(r"^- \[(.+?)\]\(\.\./(.+?)\)$", text, re.MULTILINE)
    examples = {f"examples.md#{show.anchor(path)}": name for name, path in PAGES.items()}
    see = [examples.get(target, target) for target in rule.about.see]
    mistakes = [path for path in example_files.wrong() if path.startswith(f"examples/wrong/{code}-")]
    drawn = {page for path in mistakes for _, page in example_files.guides(path, lang)}
    told = {page for page in drawn if not any(target.startswith(page) for target in see)}
    assert [target for _, target in links[: len(see)]] == see and links[-1][1] == "rules/index.md#index"
    assert {target for _, target in links[len(see) : -1]} == told and len(links) == len(see) + len(told) + 1
    assert all(title != target for title, target in links), "a link is named after the heading that it leads to"


@pytest.mark.parametrize(("mode", "lines"), [("native", 4), ("classic", 8), ("none", 4)])
def test_the_first_screen_shows_what_the_lines_change(config: Any, mode: str, lines: int) -> None:
    """Before, requests are lost; after, nothing is lost and the checker has nothing to say; the lines between are few."""
    lang = config.theme["language"]
    before, after = timeline(home.pod_of(mode, False)), timeline(home.pod_of(mode, True))
    assert before.losses and not after.losses and not check(after.pod)
    html = expand(f"<!-- before-after {mode} -->", config)
    lost = max(loss.end for loss in before.losses)
    said = {"en": f"errors for {lost:g} s", "ko": f"{lost:g}초 동안 오류"}[lang]
    assert said in html and html.count("<svg") == 2
    change = home.change(mode, lang).split("\n")
    assert sum(line.startswith("+") for line in change) == lines and not any(line.startswith("-") for line in change)
    added = [line.partition("  #")[0] for line in change if line.startswith("+")]
    assert max(map(len, added)) <= 42, "a phone shows no more of a line, and the numbers stand at the ends"
    assert change[0] == " template:"
    comments = [line.partition("# ")[2] for line in change if "# " in line]
    needs = {"en": "10 + the time your app needs", "ko": "10 + 앱이 종료되는 데 걸리는 시간"}[lang]
    assert needs in comments[0], "the first number says what the sum is made of"
    assert ("terminationDrainDuration" in comments[1]) is (mode == "classic")


def test_the_line_of_trust_counts_the_records(config: Any) -> None:
    paths = list(show.RECORDS.rglob("*.json"))
    runs = [run for path in paths for run in json.loads(path.read_text(encoding="utf-8"))["runs"]]
    pods = sum(run["of"]["times"] if "of" in run else 1 for run in runs)
    text = expand("<!-- trust -->", config)
    assert f"{pods:,}" in text and pods > 6_000 and "1.25–1.37" in text and "1.18–1.31" in text
    assert f"{max(furthest(run) for run in runs):.2f}".rstrip("0") in text


def test_the_facts_name_their_sources(config: Any) -> None:
    rows = [line for line in expand("<!-- facts -->", config).split("\n") if line.startswith("| ")]
    sourced = [row for row in rows if re.search(r"\]\(https://github\.com/\S+/blob/\S+\) @ \S+ \|$", row)]
    others = [
        row
        for row in rows
        if "<https://docs.cloud.google.com/kubernetes-engine/" in row or "](https://docs.cloud.google.com/" in row
    ]
    assert len(sourced) == len(rows) - 2 - len(others) and len(others) == 1  # GKE's pages are in no repository


def test_the_catalogue_has_a_card_for_every_example_that_works(config: Any) -> None:
    text = expand("## C { #c }\n\n<!-- catalogue -->", config)
    lang = config.theme["language"]
    cards = re.findall(r"^-   \*\*\[(.+?)\]\((.+?)\)\{ #(\S+) \}\*\*$", text, re.MULTILINE)
    assert sorted(name for _, name, _ in cards) == sorted(PAGES)
    for title, name, anchor in cards:
        assert title == example_files.header(PAGES[name], lang).title and anchor == show.anchor(PAGES[name])
        lesson = example_files.header(PAGES[name], lang).lesson
        assert f"\n    {lesson}\n" in text
    pods = [path for path in PAGES.values() if any(isinstance(item, Pod) for item in example_files.items(path, lang))]
    assert text.count('<svg class="thumbnail"') == len(pods)
    assert 'data-tags="sidecar=native kind=Deployment"' in text and 'data-tags="sidecar=mesh"' in text
    assert text.index("{ #http-native-sidecar }") < text.index("{ #http-classic-sidecar }"), "the newer way comes first"
    folders = re.findall(r"^### .+ \{ #(\S+) \}$", text, re.MULTILINE)
    assert folders == [name for name in config.extra["situations"] if name in folders]


@pytest.mark.parametrize("path", PAGES.values())
def test_a_page_of_an_example_shows_its_verdict_its_versions_and_the_whole_file(config: Any, path: str) -> None:
    lang = config.theme["language"]
    text = example_pages.page(path, lang)
    title, lesson = example_files.header(path, lang)
    assert f"# {title} {{ #{show.anchor(path)} }}" in text and lesson in text
    assert {"en": "No finding.", "ko": "문제가 없습니다."}[lang] + "\n{ .verdict .right }" in text
    assert text.count(f'```yaml title="{path}"\n--8<-- "{path}"\n```') == 1
    assert f"](../../{path}){{ download }}" in text
    for component in ("Kubernetes", "Istio"):
        stated = re.search(rf'timing-rules/{component.lower()}: "([\d.]+)"', example_files.read(path))
        assert (f"{component} {stated[1]}" if stated else component) in text or not stated
    keeps = [code for code, rule in RULES.items() if f"examples.md#{show.anchor(path)}" in rule.about.see]
    assert re.findall(r"\[(PT\d+)\]\(\.\./\.\./rules/pt\d+\.md\)", text) == keeps


def test_examples_and_rules_lead_to_the_guides_that_show_their_manifests(config: Any) -> None:
    lang, docs = config.theme["language"], Path(config.docs_dir)
    says, title = {
        "en": ("Why each number", "Jobs and CronJobs with a sidecar"),
        "ko": ("값을 정한 이유", "사이드카가 있는 Job과 CronJob"),
    }[lang]
    job = "examples/job/classic-sidecar-is-told-to-quit.yaml"
    assert f"- {says}: [{title}](../../guides/jobs.md)\n" in example_pages.page(job, lang)
    assert says not in example_pages.page("examples/mesh-wide/istio-operator.yaml", lang), "no guide has it whole"
    assert f"- [{title}](../guides/jobs.md)\n" in rule_pages.page(RULES["PT214"], lang, docs)
    for path in example_files.working():
        for _, page in example_files.guides(path, lang):
            assert f'--8<-- "{path}"' in (docs / page).read_text(encoding="utf-8")


def test_the_wrong_examples_lead_to_the_pages_of_their_rules(config: Any) -> None:
    rows = expand("<!-- wrong-catalogue -->", config).split("\n")[2:]
    lang = config.theme["language"]
    assert rows == [
        f"| [{code}](rules/{code.lower()}.md){{ #{show.anchor(path)} }} | {example_files.header(path, lang).title} |"
        for path in example_files.wrong()
        for code in [path.removeprefix("examples/wrong/")[:5]]
    ]


def test_an_experiment_is_shown_with_its_record(config: Any) -> None:
    lang = config.theme["language"]
    name = "new-connections"
    made = measured_pages.page(name, lang, Path(config.docs_dir))
    shown = show.Shown(name, lang)
    assert f"# {shown.says('title')} {{ #{name} }}" in made and f"<!-- experiment {name} -->" in made
    text = expand(f"<!-- experiment {name} native -->", config)
    record = json.loads((show.RECORDS / f"{name}.json").read_text(encoding="utf-8"))
    assert text.startswith(f"**{shown.says('concludes')}**"), "the answer stands first"
    assert shown.says("question") in text
    assert text.count('<svg class="chart"') == text.count('<svg class="tr"') == 1
    for run in record["runs"]:
        for row in run["rows"]:
            assert show._measured(row, lang) in text
    assert all(run["machine"] in text for run in record["runs"])
    assert "containerd" not in text, "the provenance of the recordings stands under a run of the lab"
    assert f"](../snippets/lab/experiments/{name}.yaml){{ download }}" in text
    assert f'--8<-- "snippets/lab/experiments/{name}.yaml"' in text


def test_a_run_with_a_fault_has_no_figure(config: Any) -> None:
    """Its timeline would be a prediction that nobody made."""
    assert '<svg class="tr"' not in expand("<!-- experiment stats-call-fails -->", config)


def test_every_experiment_stands_in_the_index_and_has_a_page(config: Any) -> None:
    lang = config.theme["language"]
    names = show.names()
    assert sorted(names) == sorted(path.stem for path in (ROOT / show.EXPERIMENTS).glob("*.yaml"))
    assert names == list(show.bearing()), "each has a group, and so a page"
    index = (Path(config.docs_dir) / "measured/index.md").read_text(encoding="utf-8")
    groups = re.findall(r"\{ #(\w+) \}\n\n<!-- experiments (\w+) -->", index)
    assert groups == [(group, group) for group in show.GROUPS]
    parts = [expand(f"<!-- experiments {group} -->", config) for group in show.GROUPS]
    text = "\n\n".join(parts)
    assert re.findall(r"(?m)^## .+ \{ #([\w-]+) \}$", text) == names, "in the order of their groups and places"
    assert names[:3] == ["new-connections", "drain-outlives-drain-duration", "readiness"]
    for name in names:
        shown = show.Shown(name, lang)
        assert f"## [{shown.says('title')}]({name}.md) {{ #{name} }}" in text
        assert f"{shown.says('question')} **{shown.says('concludes')}**" in text
        assert f": {shown.verdict()}\n{{ .meant }}" in text
    assert text.count('<svg class="chart"') == sum(bool(charts.experiment(name, lang)) for name in names) > 20


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("# group: listener 1", "tcp.yaml has `# group: listener 1`; write a group and a place in it, such as `# group: listeners 9`. The groups are listeners, clients, requests, programs, race, counting, faults."),
        ("# group: clients", "tcp.yaml has `# group: clients`; write a group and a place in it"),
        ("# group: clients first", "tcp.yaml has `# group: clients first`; write a group and a place in it"),
        ("# shows: nobody", "tcp.yaml: `# shows: nobody` names no pod of it; its pods are classic, native."),
        ("# show: native", "tcp.yaml: `# show:` is not read; did you mean `# shows:`?"),
        ("# unheard: of", "tcp.yaml: `# unheard:` is not read; there are answer, concludes, concludes.ko, group, question, question.ko, see, shows, title, title.ko and pod.NAME."),
        ("# pod.nobody: words", "tcp.yaml: `# pod.nobody:` speaks of a pod nobody; its pods are classic, native."),
        ("# answer: tcp.nothing", "no row of the record of tcp is called tcp.nothing; correct `# answer:` in snippets/lab/experiments/tcp.yaml. Its rows are "),
    ],
)  # fmt: skip
def test_what_an_experiment_says_wrongly_is_told(
    config: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str, said: str
) -> None:
    folder = tmp_path / show.EXPERIMENTS
    folder.mkdir(parents=True)
    text = (ROOT / show.EXPERIMENTS / "tcp.yaml").read_text(encoding="utf-8")
    key = wrong.partition(":")[0]
    text = re.sub(rf"^{re.escape(key)}: .*\n", "", text, flags=re.MULTILINE)
    (folder / "tcp.yaml").write_text(f"{wrong}\n{text}", encoding="utf-8")
    monkeypatch.setattr(show, "ROOT", tmp_path)
    with pytest.raises(PluginError) as caught:
        expand("<!-- experiments -->", config)
    assert said in str(caught.value)
    if not wrong.startswith("# answer:"):  # which is looked for when the page is drawn
        with pytest.raises(PluginError) as caught:
            list(measured_pages.pages(config))
        assert said in str(caught.value)


def test_words_for_a_pod_in_one_language_alone_are_told(
    config: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / show.EXPERIMENTS
    folder.mkdir(parents=True)
    text = (ROOT / show.EXPERIMENTS / "tcp.yaml").read_text(encoding="utf-8")
    (folder / "tcp.yaml").write_text(text.replace("# pod.native.ko:", "#"), encoding="utf-8")
    monkeypatch.setattr(show, "ROOT", tmp_path)
    with pytest.raises(PluginError, match=r"`# pod\.native:` is there in one language; write `# pod\.native\.ko:` too"):
        expand("<!-- experiment tcp -->", config)


def test_an_example_says_what_became_of_its_requests(config: Any) -> None:
    """Right ones and wrong ones, with the numbers of their records; one that nobody has stopped says nothing."""
    lang = config.theme["language"]
    right = "".join(example_pages.page(path, lang) for path in PAGES.values())
    wrong = "".join(rule_pages.page(rule, lang, Path(config.docs_dir)) for rule in RULES.values())
    said = {"en": r"none of (\d+) requests was lost", "ko": r"요청 (\d+)개를 하나도 잃지 않았습니다"}[
        config.theme["language"]
    ]
    recorded = sorted((show.RECORDS / "examples").rglob("*.json"))
    assert len(re.findall(said, right)) == sum("wrong" not in path.parts for path in recorded) > 20
    links = right.count("](../../measured/index.md#examples)") + wrong.count("](../measured/index.md#examples)")
    assert links == len(recorded) + sum(bool(show.stopped(path)) for path in PAGES.values()), (
        "beside its own, a link on"
    )
    text = (show.RECORDS / "examples/wrong/PT201-drain-shorter-than-the-app.json").read_text(encoding="utf-8")
    [run] = json.loads(text)["runs"]
    sent, lost = show.counted(run)
    called = {"en": "{} calls of the app", "ko": "앱의 외부 호출 {}개"}[config.theme["language"]]
    assert set(lost) == {"in-flight", "outbound"} and called.format(lost["outbound"]) in wrong
    runs = [run for path in recorded for run in json.loads(path.read_text(encoding="utf-8"))["runs"]]
    apart = [run for run in runs if show._foretold(run) != sum(show.counted(run)[1].values())]
    nearly = {"en": " by computation: one [on a boundary]", "ko": "개입니다. [경계에 놓인]"}[config.theme["language"]]
    assert (right + wrong).count(nearly) == len(apart), "two numbers that differ are not called the same"
    rows = expand("<!-- lab -->", config).split("\n")[2:]
    assert len(rows) == len(recorded)
    [row] = [one for one in rows if "PT201-" in one]
    assert f"| {sent} |" in row and f"| {sum(lost.values())} |" in row


def test_a_run_of_an_example_stands_under_what_was_computed(config: Any) -> None:
    html = expand("<!-- figure examples/http/native-sidecar.yaml -->", config)
    [run] = show.stopped("examples/http/native-sidecar.yaml").values()
    assert 'class="seen"' in html and run["machine"] in html and "containerd" not in html


def test_what_has_no_record_is_not_shown(config: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(show, "RECORDS", tmp_path)
    for directive in ("experiments", "experiment tcp"):
        with pytest.raises(
            PluginError, match=r"has no record; run make lab NAME=[\w-]+ ARGS='--record --envoy own'\.$"
        ):
            expand(f"<!-- {directive} -->", config)
    record = {"id": "tcp", "verdict": "agrees", "runs": []}
    (tmp_path / "tcp.json").write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(PluginError, match="the record of tcp has no run of its pod classic on Envoy"):
        expand("<!-- experiment tcp -->", config)


def test_what_is_not_concluded_says_so(config: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / show.EXPERIMENTS
    folder.mkdir(parents=True)
    text = (ROOT / show.EXPERIMENTS / "tcp.yaml").read_text(encoding="utf-8")
    text = re.sub(r"^# concludes(\.ko)?: .+(?:\n#[ \t]{2,}.+)*", r"# concludes\1: ?", text, flags=re.MULTILINE)
    (folder / "tcp.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(show, "ROOT", tmp_path)
    said = {"en": "not concluded", "ko": "결론 없음"}[config.theme["language"]]
    for directive in ("experiments", "experiment tcp"):
        assert said in expand(f"<!-- {directive} -->", config)
    assert "](tcp.md)" in expand("<!-- experiments -->", config)
    (folder / "tcp.yaml").write_text(re.sub(r"(?m)^# group: .*\n", "", text), encoding="utf-8")
    events.forget()
    assert "](tcp.md)" not in expand("<!-- experiments -->", config), "it has no page yet"


def test_showing_records_needs_nothing_of_the_lab() -> None:
    code = "import sys, lab.show; print(*(name for name in sys.modules if name.startswith('lab.')))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "snippets", capture_output=True, text=True, check=True
    )
    assert sorted(done.stdout.split()) == ["lab.record", "lab.show"]


def test_blank_lines_go_but_not_from_code() -> None:
    html = "<p>a</p>\n \n\n  <p>b</p>\n\n<pre class=x><code>c\n\n  d</code></pre>\n\n\n<p>e</p>"
    assert (
        finished_html.finished(html, "Search")
        == "<p>a</p>\n  <p>b</p>\n<pre class=x><code>c\n\n  d</code></pre>\n<p>e</p>"
    )


def test_of_the_themes_colours_those_stay_that_a_reader_can_choose() -> None:
    colours = (
        "@media screen{[data-md-color-scheme=slate]{a:b}[data-md-color-scheme=slate][data-md-color-primary=red]{c:d}}"
    )
    more = "[data-md-color-accent=red]{e:f}@media print{[data-md-color-primary=white] .md-tabs{g:h}}i{j:k}"
    assert (
        finished_html.neutral(colours + more) == "@media screen{[data-md-color-scheme=slate]{a:b}}@media print{}i{j:k}"
    )


def test_code_has_no_element_for_what_has_no_colour() -> None:
    """Its text stays, to the last space; a coloured word keeps its element."""
    light = '<code><span class="nt">a</span><span class="p">:</span>  <span class="l">Pod</span>\n</code>'
    assert light in highlight("a:  Pod\n", YamlLexer(), HtmlFormatter(wrapcode=True))


def test_the_address_of_the_site_serves_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_URL", "https://example.com/docs")
    monkeypatch.setenv("REPO_URL", "https://example.com/repository")
    for name, prefix in (("mkdocs.yml", ""), ("mkdocs.ko.yml", "ko/")):
        config = load_config(str(ROOT / name))
        events.on_config(config)
        assert config.site_url == f"https://example.com/docs/{prefix}"
        assert config.edit_uri == f"edit/main/docs/{prefix.rstrip('/') or 'en'}/"
        context: dict[str, Any] = {}
        shown: Any = SimpleNamespace(url="rules/pt201/", meta={}, title="PT201")
        events.on_page_context(context, shown, config, None)
        assert re.fullmatch(
            rf"https://example\.com/docs/{prefix}assets/card\.{prefix[:2] or 'en'}\.\w+\.png", context["card"]
        )
        assert context["there"] == {
            "en": "https://example.com/docs/rules/pt201/",
            "ko": "https://example.com/docs/ko/rules/pt201/",
        }
    monkeypatch.delenv("SITE_URL")
    monkeypatch.delenv("REPO_URL")
    config = load_config(str(ROOT / "mkdocs.yml"))
    events.on_config(config)
    assert not config.site_url and config.edit_uri is None


def test_pages_name_the_repository_where_it_is_known(config: Any) -> None:
    pages = {name: (ROOT / "docs/en" / name).read_text(encoding="utf-8") for name in ("check.md", "guides/in-ci.md")}
    assert all(repository.named(text, None) == text for text in pages.values())
    url = "https://git.example.org/team/pods"
    for given in (url, f"{url}/", f"{url}.git"):
        named = {name: repository.named(text, given) for name, text in pages.items()}
        assert f"$ git clone {url}.git && cd pods\n$ python -m pip install .\n" in named["check.md"]
        assert f"  - repo: {url}.git\n" in named["guides/in-ci.md"]
        assert "      - uses: team/pods@v" in named["guides/in-ci.md"]
    for lang in ("en", "ko"):
        texts = [path.read_text(encoding="utf-8") for path in (ROOT / "docs" / lang).rglob("*.md")]
        for words, least in ((repository.INSTALL, 3), (repository.CLONE, 1), (repository.ACTION, 1)):
            assert sum(words in text for text in texts) >= least, f"no page of {lang} says {words!r}"


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_no_experiment_is_an_orphan(lang: str) -> None:
    """Each bears on a rule or a section that there is; where it says so, a link leads back."""
    docs = ROOT / "docs" / lang
    for name, header in show.bearing().items():
        words = measured_pages.seen(header)
        assert any(word in RULES or ".md" in word for word in words), f"{name} has no `see`"
        made = measured_pages.page(name, lang, docs)
        for word in words:
            assert measured_pages.link(word, lang, docs) in made
            back = f"measured/{name}.md)"
            if word in RULES:
                assert back in rule_pages.page(RULES[word], lang, docs)
                assert f"../rules/{word.lower()}.md#right" in made
            elif word.endswith(".yaml"):
                assert back in example_pages.page(word, lang)
            else:
                page, _, anchor = word.partition("#")
                text = measured_pages.proven((docs / page).read_text(encoding="utf-8"), page, lang)
                section = re.split(rf"(?m)^#+ .+\{{ #{anchor or '[^}]+'} \}}$", text, maxsplit=1)[1]
                assert back in re.split(r"(?m)^#+ .+\{ #", section)[0], f"{page} does not link to {name} under {anchor}"


def test_an_experiment_that_bears_on_nothing_stops_the_build() -> None:
    for word in ("PT999", "guides/nothing.md", "guides/app-container.md#nothing"):
        with pytest.raises(PluginError, match=re.escape(f"`see: {word}`")):
            measured_pages.link(word, "en", ROOT / "docs/en")
    text = "# A { #a }\n\none\n\n## B { #b }\n\ntwo\n"
    assert measured_pages.proven(text, "guides/app-container.md", "en") == text


def test_long_names_break_between_their_words_in_tables_and_headings() -> None:
    shown = {
        "terminationGracePeriodSeconds": "termination<wbr>Grace<wbr>Period<wbr>Seconds",
        "EXIT_ON_ZERO_ACTIVE_CONNECTIONS": "EXIT_<wbr>ON_<wbr>ZERO_<wbr>ACTIVE_<wbr>CONNECTIONS",
        "preStop.sleep.seconds": "preStop.<wbr>sleep.<wbr>seconds",
        "proxy.istio.io/config": "proxy.<wbr>istio.<wbr>io/<wbr>config",
        "stopSignal": "stopSignal",
        "SIGTERM and SIGKILL": "SIGTERM and SIGKILL",
    }
    for name, broken in shown.items():
        cell = "<td><a href='#terminationDrainDuration'><code>{}</code></a></td>"
        assert finished_html.finished(cell.format(name), "Search") == cell.format(broken)
        for kept in (f"<p><code>{name}</code></p>", f"<td><pre><code>{name}</code></pre></td>"):
            assert finished_html.finished(kept, "Search") == kept
    heading = '<h2 id="drain"><a class="toclink" href="#drain">terminationDrainDuration</a></h2>'
    assert "termination<wbr>Drain<wbr>Duration</a>" in finished_html.finished(heading, "Search")


def test_a_unit_stays_at_its_number_in_what_is_read() -> None:
    """On a phone a line began with it. Code is copied, and an attribute belongs to the page: both keep their blanks."""
    shown = {
        "<p>after 5 s, 10 ms and 150 KB</p>": "<p>after 5\xa0s, 10\xa0ms and 150\xa0KB</p>",
        '<p title="5 s">5 sidecars, or 5 some</p>': '<p title="5 s">5 sidecars, or 5 some</p>',
        "<h1>Cut 5 s after</h1><pre><code>wait 5 s</code></pre>": "<h1>Cut 5\xa0s after</h1><pre><code>wait 5 s</code></pre>",
    }
    for html, kept in shown.items():
        assert finished_html.finished(html, "Search") == kept


def test_a_table_of_four_columns_is_told_its_heads_and_no_other_is() -> None:
    def written(*heads: str, scope: str = "") -> str:
        cells = "".join(f"<th{scope}>{head}</th>" for head in heads)
        return f"<table>\n<thead><tr>{cells}</tr></thead></table>"

    names = ("A <code>b</code>", "it's", 'say "x"', "D")
    told = finished_html.finished(written(*names), "Search")
    assert told.startswith(
        "<table data-stacks style=\"--head-1:'A b';--head-2:'it\\'s';--head-3:'say &quot;x&quot;';--head-4:'D'\">\n<thead>"
    )
    for other in (written("A", "B", "C"), written(*"ABCDE"), written(*"ABCD", scope=' scope="col"')):
        assert finished_html.finished(other, "Search") == other


def test_a_shown_example_begins_with_its_yaml() -> None:
    """Its title and lesson, which it holds in both languages, stand on the page in the reader's; other comments stay."""
    line = '<span class="c1">{}</span>\n'
    head = "".join(line.format(text) for text in ("# title: A", "# title.ko: 가", "# lesson: B", "#   goes on"))
    yaml = '<span class="nt">kind</span>: Pod\n' + line.format("# why")
    block = '<span class="filename">{}</span><pre><span></span><code>{}</code></pre>'
    shown = finished_html.without_heads(block.format("examples/http/a.yaml", head + yaml))
    assert shown == block.format("examples/http/a.yaml", yaml)
    other = block.format("snippets/lab/a.yaml", head + yaml)
    assert finished_html.without_heads(other) == other


def notebook(path: Path, *cells: str) -> Path:
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in cells])
    nbformat.write(book, path)
    return path


def test_a_notebook_is_run_in_its_own_folder_with_names_of_its_own(tmp_path: Path) -> None:
    """What is printed comes first, then what is shown in its order; an assignment shows nothing."""
    main, here = sys.modules["__main__"], Path.cwd()
    cells = (
        "from pathlib import Path\nfrom IPython.display import HTML, display\nhere = Path.cwd().name",
        "print(here)\ndisplay(HTML('<p>one</p>'))\nHTML('<p>two</p>')",
        "assert Path('first.ipynb').is_file()",
    )
    for name in ("first.ipynb", "second.ipynb"):
        book = notebook_pages.executed(notebook(tmp_path / name, *cells))
        nbformat.validate(book)
        printed, *shown = book.cells[1].outputs
        assert (printed.name, printed.text) == ("stdout", f"{tmp_path.name}\n")
        assert [one.data["text/html"] for one in shown] == ["<p>one</p>", "<p>two</p>"]
        assert book.cells[0].outputs == book.cells[2].outputs == []
    assert sys.modules["__main__"] is main and Path.cwd() == here
    with pytest.raises(PluginError, match="NameError"):  # of what another notebook knew
        notebook_pages.executed(notebook(tmp_path / "third.ipynb", "here"))


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("need = 20\nassert need == 10, need", "AssertionError: 20"),
        ("need = ", "SyntaxError: invalid syntax"),
    ],
)
def test_a_cell_that_fails_stops_the_build(tmp_path: Path, cell: str, told: str) -> None:
    with pytest.raises(PluginError) as caught:
        notebook_pages.executed(notebook(tmp_path / "budget.ipynb", "stop = 1", cell))
    assert str(caught.value).startswith(f"budget.ipynb, cell 2: {told}")
    assert str(caught.value).endswith(f"\n{cell}")


def test_what_has_no_place_on_a_notebooks_page_stops_the_build(tmp_path: Path) -> None:
    """A picture that only a notebook can show would be missed by nobody."""
    with pytest.raises(PluginError, match=r"a\.ipynb, cell 1: ValueError: the cell shows .* no HTML; print\(\) it, or"):
        notebook_pages.executed(notebook(tmp_path / "a.ipynb", "20 + 10"))


def test_a_notebooks_page_has_its_text_its_folded_code_and_what_that_printed_and_showed(tmp_path: Path) -> None:
    path = notebook(tmp_path / "a.ipynb", "from IPython.display import HTML\nprint('1 < 2')\nHTML('<b>3</b>')", "n = 4")
    book = notebook_pages.executed(path)
    book.cells.insert(0, nbformat.v4.new_markdown_cell("# All *of* it { #all }\n\nText.\n\n## More { #more }"))
    nbformat.write(book, path)
    toc = [AnchorLink("All of it { #all", "all-of-it-all", 1)]
    toc[0].children.append(AnchorLink("More { #more }", "more-more", 2))
    html = notebook_pages.finished(convert.nb2html(str(path)), toc, "ko")
    code = '<details class="manifest"><summary>코드</summary>\n<div class="highlight"><pre><span></span><code>{}\n</code></pre></div>\n\n</details>'
    first, second = re.findall(r"<code>(.*?)\n</code>", html, re.S)
    assert (
        re.sub("<[^>]*>", "", first)
        == "from IPython.display import HTML\nprint('1 &lt; 2')\nHTML('&lt;b&gt;3&lt;/b&gt;')"
    )
    assert second == '<span class="n">n</span> <span class="o">=</span> <span class="mi">4</span>'
    assert html.split("\n", 1) == [
        '<div class="jupyter-wrapper">',
        '<h1 id="all"><a class="toclink" href="#all">All <em>of</em> it</a></h1><p>Text.</p>\n'
        '<h2 id="more"><a class="toclink" href="#more">More</a></h2>\n'
        f"{code.format(first)}\n"
        '<div class="jp-OutputArea-output"><pre>1 &lt; 2\n</pre></div>\n'
        '<div class="jp-OutputArea-output"><b>3</b></div>\n'
        f"{code.format(second)}\n"
        "</div>",
    ]
    assert [(link.title, link.id) for link in (toc[0], *toc[0].children)] == [("All of it", "all"), ("More", "more")]
