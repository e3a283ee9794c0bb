"""The configuration that is found by itself, facts by workload, and what is not reported."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.examples.manifests import ROOT
from tests.package.inputs import IN, manifest, run, runs, sleeps, web

WRONG = manifest(containers=[web(**sleeps(30))])  # PT101
HOOK = manifest("Deployment", labels=IN, containers=[web(**runs("./stop"))])


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a manifest in `deploy/app`, and the working directory in `deploy`."""
    (tmp_path / "deploy" / "app").mkdir(parents=True)
    (tmp_path / "deploy" / "app" / "web.yaml").write_text(WRONG, encoding="utf-8")
    monkeypatch.chdir(tmp_path / "deploy")
    return tmp_path


def test_it_is_found_upward_and_the_command_line_wins(place: Path) -> None:
    assert run("check", "app").status == 1
    (place / ".timing-rules.yaml").write_text("ignore: {PT101: tried daily}\nlang: ko\n", encoding="utf-8")
    ran = run("check", "app")
    assert (ran.status, ran.out) == (0, "") and "검사했습니다" in ran.err
    (place / "deploy" / ".timing-rules.yaml").write_text("severity: info\n", encoding="utf-8")
    assert run("check", "app").status == 1  # the nearest file counts alone
    (place / "deploy" / "other").write_text("", encoding="utf-8")
    assert "no configuration" not in run("check", "--config", "other", "--show-config").out


def test_a_folder_is_walked_without_it(place: Path) -> None:
    before = run("check", str(place))
    (place / ".timing-rules.yaml").write_text("severity: warning\n", encoding="utf-8")
    assert run("check", str(place), "--format", "text") == before and "skipped" not in before.err
    (place / "timing-rules.yaml").write_text("severity: warning\n", encoding="utf-8")
    assert "skipped in folders: documents without a kind 1" in run("check", str(place)).err


def test_pyproject_holds_it_too_and_a_version_stays_one(place: Path) -> None:
    table = '[tool.other]\nistio = 1\n[tool.timing-rules]\nistio = 1.30\nstrict = true\n[tool.timing-rules.ignore]\nPT101 = "why"\n'
    (place / "pyproject.toml").write_text(table, encoding="utf-8")
    assert run("check", "app").status == 0
    (line,) = json.loads(run("timeline", "--format", "json", "app").out)
    assert line["istio"] == "1.30"
    (place / "deploy" / "pyproject.toml").write_text("[tool.black]\n", encoding="utf-8")
    assert run("check", "app").status == 0  # a table of somebody else is no configuration


@pytest.mark.parametrize(
    "text",
    ["# [tool.timing-rules]\n", 'x = ["timing-rules"]\n', 'x = "[tool.timing-rules]"\n', "tool = 1\n[timing-rules]\n", '[[tool]]\ntiming-rules.istio = "1.20"\n',
     '[project]\ndependencies = [\n"timing-rules==1.0"\n', "timing-rules\n", '[project.scripts]\ntiming-rules = "a:b"\n['],
)  # fmt: skip
def test_a_pyproject_that_only_speaks_of_it_is_none(text: str, place: Path) -> None:
    (place / "pyproject.toml").write_text('[tool.timing-rules]\nistio = "1.30"\n', encoding="utf-8")
    (place / "deploy" / "pyproject.toml").write_text(text, encoding="utf-8")
    (line,) = json.loads(run("timeline", "--format", "json", "app").out)
    assert line["istio"] == "1.30"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[tool.timing-rules]\n\nistoi = "1.31"\n', "3: istoi: there is no such flag; did you mean istio?"),
        ('[tool.other]\nistoi = 1\n[tool.timing-rules]\nistoi = "1.31"\n', "4: istoi: there is no such flag; did you mean istio?"),
        ('x = 1\n[tool.timing-rules]\n"\\u0069stoi" = "1.31"\n', "2: istoi: there is no such flag; did you mean istio?"),
        ('# [tool.timing-rules]\ntool.timing-rules."\\u0069stoi" = "1.31"\n', "2: istoi: there is no such flag; did you mean istio?"),
        ('x = 1\ntool."timing-rules".istoi = "1.31"\n', "2: istoi: there is no such flag; did you mean istio?"),
        ('x = 1\n[tool]\n"timing-rules".istoi = "1.31"\n', "3: istoi: there is no such flag; did you mean istio?"),
        ("x = 1\n[tool]\n'timing-rules' = {istoi = '1.31'}\n", "3: istoi: there is no such flag; did you mean istio?"),
        ('x = 1\ntool = {timing-rules = {istoi = "1.31"}}\n', "2: istoi: there is no such flag; did you mean istio?"),
        ('x = 1\ntool = {timing-rules.istoi = "1.31"}\n', "2: istoi: there is no such flag; did you mean istio?"),
        ('x = 1\n["tool" . "timing-rules"]\n# istoi = 1\nistoi = "1.31"\n', "4: istoi: there is no such flag; did you mean istio?"),
        ('[project]\ndependencies = ["timing-rules==1.0", "timing-rules"]\n[tool]\n# timing-rules.istio = 1\ntiming-rules.istoi = 1\n', "5: istoi: there is no such flag; did you mean istio?"),
        ('x = 1\n\n[tool]\ntiming-rules = "1.31"\n', '4: tool.timing-rules is no table of flags; write such as istio = "1.31" below [tool.timing-rules]'),
        ('x = 1\n[ tool."timing-rules" ]\nistio = "1.31\n', "3: this is not valid TOML; check the quotes and brackets around here"),
        ('[tool.timing-rules]\nistio = "1.31"\nseverity = "all"\n', '3: severity: "all" is none of its values; give one of error, warning, info'),
        ('[tool.timing-rules]\n[tool.timing-rules.workloads."web-*"]\napp-shutdwon = "5s"\n', "3: app-shutdwon: there is no such flag; did you mean app-shutdown?"),
        ('[tool.other]\n\n[tool.timing-rules\n\n', "3: this is not valid TOML; check the quotes and brackets around here"),
        ('[tool.timing-rules]\nignore = ["PT101"', "2: this is not valid TOML; check the quotes and brackets around here"),
        ('[tool.timing-rules]\nistio = """1.31\n\n', "2: this is not valid TOML; check the quotes and brackets around here"),
        ('[tool.timing-rules]\nistio = "1.31\n', "2: this is not valid TOML; check the quotes and brackets around here"),
    ],
)  # fmt: skip
def test_a_mistake_in_pyproject_is_told_with_its_line(text: str, line: str, place: Path) -> None:
    (place / "pyproject.toml").write_text(text, encoding="utf-8")
    ran = run("check", "app", "--lang", "en")
    assert (ran.status, ran.out, ran.err) == (2, "", f"usage error: ../pyproject.toml:{line}\n")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("workloads: {web: 5s}\n", "1: workloads: its value is missing; write workloads: {\"web-*\": {app-shutdown: 60s}}"),
        ("workloads:\n  web:\n    severity: info\n", "3: severity: there is no such flag; `timing-rules check --help` lists what there is"),
        ("workloads:\n  web: {propagation: 5}\n", '2: propagation: "5" is not a duration; write a number with its unit, such as 5s'),
        ("rule-severity: {PT199: info}\n", "1: rule-severity: there is no rule PT199; did you mean PT109?"),
        ("rule-severity: {PT101: bad}\n", '1: rule-severity: "bad" is none of its values; give one of error, warning, info'),
        ("ignore: {PT101: {'app/*': }}\n", '1: ignore: its value is missing; write ignore: "PT109: reason"'),
        ("workload: {}\n", "1: workload: there is no such flag; did you mean workloads?"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_yaml_is_told_with_its_line(text: str, line: str, place: Path) -> None:
    (place / ".timing-rules.yaml").write_text(text, encoding="utf-8")
    ran = run("check", "app", "--lang", "en")
    assert (ran.status, ran.out, ran.err) == (2, "", f"usage error: ../.timing-rules.yaml:{line}\n")


def test_all_mistakes_are_told_at_once(place: Path) -> None:
    (place / ".timing-rules.yaml").write_text(
        'isto: "1.31"\nistio: "1.30"\nseverity: all\nignore: [PT108]\nworkloads: 5\n', encoding="utf-8"
    )
    ran = run("check", "app", "--lang", "en", "--propagation", "5")
    assert (ran.status, ran.out) == (2, "")
    told = [line.removeprefix("usage error: ").removeprefix("../.timing-rules.yaml:") for line in ran.err.splitlines()]
    assert [line.split(": ")[:-1] for line in told] == [
        ["1", "isto"], ["5", "workloads", "its value is missing; write workloads", '{"web-*"', "{app-shutdown"],
        ["3", "severity"], ["4", "ignore", 'a rule and a reason are needed; write "PT109'], ["--propagation"],
    ]  # fmt: skip
    assert run("fix", "app").status == 2 and run("check", "app", "--show-config").status == 2


def web_end(*argv: str, stdin: str = HOOK) -> float | None:
    """When the container web ends, as `timeline` says."""
    (line,) = json.loads(run("timeline", "--format", "json", "--sidecar", "none", *argv, "-", stdin=stdin).out)
    end: float | None = line["containers"]["web"]["end"]
    return end


@pytest.mark.parametrize(
    ("pattern", "end"),
    [("p", 9), ("Deployment/p", 9), ("*/*/p", 9), ("default/Deployment/?", 9), ("Stateful*/p", 6), ("q*", 6), ("shop/*/p", 6)],
)  # fmt: skip
def test_facts_by_workload(pattern: str, end: float, place: Path) -> None:
    """The hook takes 4 s; the app 5 s where the pattern fits, else the 2 s of every workload."""
    file = place / ".timing-rules.yaml"
    file.write_text(
        f'workloads:\n  "{pattern}": {{app-shutdown: 5s}}\napp-shutdown: 2s\nprestop: {{web: 4s}}\n', encoding="utf-8"
    )
    assert web_end() == end
    assert web_end("--app-shutdown", "1s") == 5  # the command line wins over all
    noted = manifest(
        "Deployment", own={"timing-rules/app-shutdown": "3s"}, labels=IN, containers=[web(**runs("./stop"))]
    )
    assert web_end(stdin=noted) == 7  # and an annotation over the file


def test_a_rule_is_muted_in_some_files(place: Path) -> None:
    (place / "deploy" / "new.yaml").write_text(WRONG, encoding="utf-8")
    for pattern, left in (("deploy/app/*", ["new.yaml"]), ("app", ["new.yaml"]), ("web.yaml", ["new.yaml"]), ("*.yaml", []),
                          ("app/*", ["app/web.yaml", "new.yaml"])):  # fmt: skip
        text = f'ignore: {{PT101: {{"{pattern}": rewritten in March}}}}\n'
        (place / ".timing-rules.yaml").write_text(text, encoding="utf-8")
        ran = run("check", "--format", "json", ".")
        assert [finding["source"] for finding in json.loads(ran.out)] == sorted(left, reverse=True), pattern
        assert ran.status == (1 if left else 0)


def test_a_rule_gets_another_severity(place: Path) -> None:
    (place / ".timing-rules.yaml").write_text("rule-severity: {PT101: info}\n", encoding="utf-8")
    ran = run("check", "--format", "json", "app")
    assert ran.status == 0 and [finding["severity"] for finding in json.loads(ran.out)] == ["info"]
    assert run("check", "--rule-severity", "PT101=error", "--severity", "error", "app").status == 1


@pytest.mark.parametrize("folder", ["vendor", "node_modules", "testdata", "legacy/old"])
def test_what_is_excluded_is_counted(folder: str, place: Path) -> None:
    (place / "deploy" / folder).mkdir(parents=True)
    for name in ("a.yaml", "b.json", "c.txt"):
        (place / "deploy" / folder / name).write_text(WRONG, encoding="utf-8")
    (place / ".timing-rules.yaml").write_text("exclude: [deploy/legacy, web.yaml]\n", encoding="utf-8")
    ran = run("check", "--lang", "en", ".")
    assert ran.status == 0 and "skipped in folders: excluded 3\n" in ran.err
    assert run("check", "--exclude", "app", "--config", "/dev/null", ".").status == (1 if "/" in folder else 0)
    assert run("check", f"{folder}/a.yaml").status == 1  # named, it is read


def test_show_config_says_what_counts_and_whence(place: Path) -> None:
    text = "istio: '1.30'\nworkloads:\n  web: {app-shutdown: 5s}\nignore: {PT101: {app: why}}\nmesh-config: mesh.yaml\n"
    (place / ".timing-rules.yaml").write_text(text, encoding="utf-8")
    ran = run("check", "--show-config", "--lang", "en", "--sidecar=native")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out == (
        "configuration: ../.timing-rules.yaml\n"
        "  istio: 1.30  (../.timing-rules.yaml:1: istio)\n"
        "  app-shutdown [web]: 5s  (../.timing-rules.yaml:3: app-shutdown)\n"
        "  ignore [app]: PT101: why  (../.timing-rules.yaml:4: ignore)\n"
        "  mesh-config: ../mesh.yaml  (../.timing-rules.yaml:5: mesh-config)\n"
        "  lang: en  (--lang)\n"
        "  sidecar: native  (--sidecar)\n"
        "  exclude: vendor, node_modules, testdata, .*  (always)\n"
    )
    assert run("check", "--show-config", "--config", "/dev/null", "--lang", "ko").out.startswith(
        "설정 파일: /dev/null\n"
    )


@pytest.mark.parametrize("alone", [True, False])
def test_a_comment_mutes_one_rule_on_one_line(alone: bool) -> None:
    (finding,) = json.loads(run("check", "--format", "json", stdin=WRONG).out)
    lines = WRONG.splitlines()
    at = finding["line"] - 1
    comment = "# timing-rules: ignore PT101 moves in March"
    lines[at : at + 1] = [comment, "  # and so on", lines[at]] if alone else [f"{lines[at]}  {comment}"]
    assert run("check", stdin="\n".join(lines)) == run("check", stdin=manifest(containers=[web(**sleeps(1))]))
    other = [line.replace("PT101", "PT102") for line in lines]
    ran = run("check", "--lang", "en", stdin="\n".join(other))
    assert ran.status == 2 and "PT101" in ran.out
    assert ran.err.startswith(f"-:{at + 1}: there is nothing here that this comment could mute: PT102; remove it, or ")


def test_a_comment_in_what_was_not_judged_is_not_said_to_mute_nothing() -> None:
    text = "kind: ConfigMap\n# timing-rules: ignore PT101 moves in March\ndata: {a: b}\n"
    ran = run("check", "--lang", "en", stdin=text)
    assert ran.status == 0 and "could mute" not in ran.err and "nothing was checked" in ran.err


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("ignore PT101", "this comment mutes nothing: a rule and a reason are needed; write # timing-rules: ignore PT201 why"),
        ("ignore", "this comment mutes nothing: a rule and a reason are needed; write # timing-rules: ignore PT201 why"),
        ("ignore PT199 why", "there is no rule PT199; did you mean PT109?"),
    ],
)  # fmt: skip
def test_a_comment_without_a_rule_or_a_reason_is_an_error(comment: str, said: str) -> None:
    ran = run("check", "--lang", "en", stdin=f"# timing-rules: {comment}\n{WRONG}")
    assert ran.status == 2 and "PT101" in ran.out and f"-:1: {said}\n" in ran.err


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_file_on_the_page_works(lang: str, place: Path) -> None:
    page = (ROOT / "docs" / lang / "rules" / "command-line.md").read_text(encoding="utf-8")
    (text,) = [block for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if "workloads:" in block]
    (place / ".timing-rules.yaml").write_text(text, encoding="utf-8")
    shown = run("check", "--show-config", "--lang", "en").out
    assert "  app-shutdown [checkout-*]: 45s  (" in shown and "  ignore [batch/*]: PT102: may be killed" in shown


@pytest.mark.parametrize("value", ["[[a]]", "[{a: b}]", "[]", "[~]"])
def test_a_value_of_a_flag_is_no_list_in_a_list(value: str, place: Path) -> None:
    (place / ".timing-rules.yaml").write_text(f"severity: warning\nexclude: {value}\n", encoding="utf-8")
    ran = run("check", "app", "--lang", "en")
    assert (ran.status, ran.out) == (2, "") and ran.err.startswith("usage error: ../.timing-rules.yaml:2: exclude")
