"""Flags on the command line and in a configuration file: what they do, and what is said of a wrong one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import timing_rules
from timing_rules.flags import COMMANDS, FLAGS, FORMATS, SWITCHES
from timing_rules.rules.registry import RULES

from tests.package.inputs import IN, manifest, run, runs, sleeps, web

HANGUL = re.compile("[가-힣]")
FINE = manifest(annotations={"timing-rules/app-shutdown": "1s"})
HOOK = manifest(labels=IN, containers=[web(**runs("./stop"))])

#: The words of a command line, and all that is said of them in English.
WRONG: list[tuple[list[str], str]] = [
    (["--severity", "all"], '--severity: "all" is none of its values; give one of error, warning, info'),
    (["--sidecar=both"], '--sidecar: "both" is none of its values; give one of auto, native, classic, none'),
    (["--lang", "de"], '--lang: "de" is none of its values; give one of en, ko'),
    (["--format", "xml"], '--format: "xml" is none of its values; give one of text, json, sarif, github'),
    (["--istio", "1.10"], "--istio: Istio 1.10 is older than 1.18, the oldest version that these facts cover"),
    (["--istio", "x"], '--istio: "x" is not a version of Istio; write one such as 1.31'),
    (["--propagation", "5"], '--propagation: "5" is not a duration; write a number with its unit, such as 5s'),
    (["--propagation", "never"], '--propagation: "never" is not a duration; write a number with its unit, such as 30s'),
    (["--prestop", "5s"], "--prestop: the name of the container is missing; write NAME=5s, such as web=5s"),
    (["--app-shutdown", "istio-proxy=5s"], "--app-shutdown: the end of istio-proxy is computed, not declared; leave it out"),
    (["--ignore", "PT101"], '--ignore: a rule and a reason are needed; write "PT109: drained by hand"'),
    (["--ignore", "PT999: x"], "--ignore: there is no rule PT999; `timing-rules rule` lists the rules"),
    (["--ignore", "PT199: x"], "--ignore: there is no rule PT199; did you mean PT109?"),
    (["--istoi", "1.31"], "--istoi: there is no such flag; did you mean --istio?"),
    (["-istio", "1.31"], "-istio: there is no such flag; did you mean --istio?"),
    (["--nonsense"], "--nonsense: there is no such flag; `timing-rules check --help` lists what there is"),
    (["--config"], "--config: its value is missing; write --config FILE"),
    (["--severity", "--", "x"], "--severity: its value is missing; write --severity error|warning|info"),
]  # fmt: skip


@pytest.mark.parametrize(("argv", "line"), WRONG, ids=[" ".join(argv) for argv, _ in WRONG])
def test_a_wrong_flag_is_told_in_one_line(argv: list[str], line: str) -> None:
    ran = run("check", *argv, stdin=FINE)
    assert (ran.status, ran.out, ran.err) == (2, "", f"usage error: {line}\n")
    korean = run("check", "--lang", "ko", *argv, stdin=FINE)
    if argv[0] != "--lang":
        assert korean.status == 2 and korean.err.startswith("사용법 오류: " + argv[0].partition("=")[0])
        assert len(HANGUL.findall(korean.err)) > 8 and korean.err.count("\n") == 1


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (["chek"], 'there is no command "chek"; did you mean check?'),
        (["x"], 'there is no command "x"; check, timeline, fix, rule'),
        (["timeline", "--format", "sarif"], '--format: "sarif" is none of its values; give one of text, json'),
        (["timeline", "--format=github"], '--format: "github" is none of its values; give one of text, json'),
        (["rule", "PT101", "--format", "sarif"], '--format: "sarif" is none of its values; give one of text, json'),
        (["rule", "PT101", "PT102"], "PT101 PT102: it takes one code; `timing-rules rule` alone lists all rules"),
        (["rule", "--istio", "1.31"], "--istio: there is no such flag; `timing-rules rule --help` lists what there is"),
    ],
)
def test_a_wrong_command_is_told_in_one_line(argv: list[str], line: str) -> None:
    ran = run(*argv, stdin=FINE)
    assert (ran.status, ran.out, ran.err) == (2, "", f"usage error: {line}\n")


#: A configuration file, and all that is said of it after its name.
WRONG_CONFIG = [
    ('istoi: "1.31"\n', "1: istoi: there is no such flag; did you mean istio?"),
    ("severity: info\n\nnonsense: 1\n", "3: nonsense: there is no such flag; `timing-rules check --help` lists what there is"),
    ("config: other.yaml\n", "1: config: there is no such flag; `timing-rules check --help` lists what there is"),
    ("# ours\nseverity: all\n", '2: severity: "all" is none of its values; give one of error, warning, info'),
    ("istio: 1.10\n", "1: istio: Istio 1.10 is older than 1.18, the oldest version that these facts cover"),
    ("prestop: 5s\n", "1: prestop: the name of the container is missing; write NAME=5s, such as web=5s"),
    ("app-shutdown: {web: 60}\n", '1: app-shutdown: "60" is not a duration; write a number with its unit, such as 60s'),
    ("istio: {a: 1}\n", "1: istio: it takes one value; write istio: 1.31"),
    ("istio:\n", "1: istio: its value is missing; write istio: 1.31"),
    ("ignore: {PT199: why}\n", "1: ignore: there is no rule PT199; did you mean PT109?"),
    ("istio: '1.31'\nistio: '1.30'\n", "2: istio: the key stands twice; keep one of them"),
    ("- a\n", '1: a configuration file is a YAML mapping of flags; write such as istio: "1.31"'),
    ("a: [\n", "1: this is not valid YAML"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), WRONG_CONFIG, ids=[text.replace("\n", "⏎") for text, _ in WRONG_CONFIG])
def test_a_wrong_configuration_file_is_told_with_its_line(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "flags.yaml"
    file.write_text(text, encoding="utf-8")
    ran = run("check", "--config", str(file), stdin=FINE)
    assert (ran.status, ran.out) == (2, "") and ran.err.startswith(f"usage error: {file}:{said}"), ran.err
    assert ran.err.count("\n") == 1
    korean = run("check", "--lang=ko", "--config", str(file), stdin=FINE)
    assert korean.err.startswith(f"사용법 오류: {file}:{said.partition(':')[0]}: ") and HANGUL.search(korean.err[8:])


def test_a_configuration_file_that_is_not_there() -> None:
    ran = run("check", "--config=nowhere.yaml", stdin=FINE)
    assert ran.status == 2
    assert ran.err == (
        "usage error: nowhere.yaml:1: it cannot be read (there is no such file); check the name and its permissions\n"
    )


def lines(*argv: str, stdin: str) -> list[Any]:
    ran = run("timeline", "--format", "json", *argv, stdin=stdin)
    assert ran.status == 0, ran.err
    return list(json.loads(ran.out))


@pytest.mark.parametrize(
    ("text", "web_end"),
    [
        ("app-shutdown: 7s\nprestop: web=4s\n", 11), ("app-shutdown: {web: 7s}\nprestop: {web: 4s}\n", 11),
        ("app-shutdown: [1s, web=7s]\nprestop: [web=4s]\n", 11), ("app-shutdown: {web: never}\nprestop: {web: 4s}\n", 30),
    ],
)  # fmt: skip
def test_a_configuration_file_holds_one_value_a_mapping_or_a_list(text: str, web_end: float, tmp_path: Path) -> None:
    file = tmp_path / "flags.yaml"
    file.write_text(f"sidecar: classic\nistio: 1.30\n{text}", encoding="utf-8")
    (line,) = lines("--config", str(file), stdin=HOOK)
    assert (line["sidecar"], line["istio"], line["containers"]["web"]["end"]) == ("classic", "1.30", web_end)
    (line,) = lines("--config", str(file), "--sidecar", "none", "--app-shutdown=web=2s", stdin=HOOK)
    assert (line["sidecar"], line["containers"]["web"]["end"]) == ("none", 6)  # the command line wins


def test_a_configuration_file_ignores_rules_with_a_reason(tmp_path: Path) -> None:
    wrong = manifest(containers=[web(**sleeps(30))])
    file = tmp_path / "flags.yaml"
    for text, status in (
        ("ignore: {PT101: tried daily}\n", 0),
        ('ignore: "PT101: tried"\n', 0),
        ("ignore: {PT102: x}\n", 1),
    ):
        file.write_text(text, encoding="utf-8")
        assert run("check", "--config", str(file), stdin=wrong).status == status


def test_the_language_may_stand_in_a_configuration_file(tmp_path: Path) -> None:
    file = tmp_path / "flags.yaml"
    file.write_text("lang: ko\n", encoding="utf-8")
    assert HANGUL.search(run("check", "--config", str(file), stdin=FINE).err)
    assert not HANGUL.search(run("check", "--config", str(file), "--lang", "en", stdin=FINE).err)


@pytest.mark.parametrize("flag", ["--app-shutdown", "--prestop"])
def test_a_container_that_no_pod_has_is_told_and_the_rest_is_checked(flag: str) -> None:
    wrong = manifest(containers=[web(**sleeps(30))])
    ran = run("check", flag, "wbe=5s", flag, "web=5s", stdin=wrong + "---\n" + FINE)
    assert ran.status == 2 and "PT101" in ran.out
    assert ran.err.split("\n")[0] == (
        f"{flag}: wbe=5s: no pod of this input has a container of that name; its containers are web"
    )
    assert "컨테이너 이름: web" in run("check", "--lang=ko", flag, "wbe=5s", stdin=FINE).err
    assert "wbe" not in run("check", flag, "wbe=5s", stdin="kind: Secret\n").err


def test_istio_proxy_may_be_named_where_it_will_be_injected() -> None:
    for labels, status in ((IN, 0), ({}, 2)):
        ran = run("timeline", "--prestop", "istio-proxy=5s", stdin=manifest(labels=labels))
        assert ran.status == status, ran.err


def test_an_annotation_that_ignores_a_rule_that_does_not_exist() -> None:
    key = "timing-rules/ignore"
    wrong = manifest(annotations={key: "PT199: x"}, containers=[web(**sleeps(30))])
    ran = run("check", stdin=wrong)
    assert ran.status == 2 and "PT101" in ran.out
    assert ran.err.split("\n")[0] == f"-:7: {key}: there is no rule PT199; did you mean PT109?"
    outer = manifest("Deployment", own={key: "PT101: why; PT999: x"}, containers=[web(**sleeps(30))])
    ran = run("check", "--lang", "ko", stdin=outer)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(
        f"-:6: {key}: PT999 규칙은 없습니다. `timing-rules rule` 명령으로 규칙 목록을 볼 수 있습니다\n"
    )


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("command", [*COMMANDS, ""])
def test_help_is_told_in_the_readers_language(command: str, lang: str) -> None:
    ran = run(*([command] if command else []), "--help", "--lang", lang)
    assert (ran.status, ran.err) == (0, "")
    rows = [line for line in ran.out.split("\n") if line.startswith("  ")]
    assert len(rows) > 2
    for row in rows:
        meaning = re.split(r"\s{2,}", row.strip())[1]
        assert bool(HANGUL.search(meaning)) == (lang == "ko"), row
    if command:
        names = {name for name, flag in {**FLAGS, **SWITCHES}.items() if command in flag.commands}
        assert {row.split()[0].rstrip(",") for row in rows} - {"--config", "-h"} == {f"--{name}" for name in names}
        assert "|".join(FORMATS[command]) in ran.out


def test_without_a_command_there_is_help_and_an_error() -> None:
    ran = run()
    assert (ran.status, ran.out) == (2, "") and all(f"  {command} " in ran.err for command in COMMANDS)


def test_the_version_and_how_far_the_facts_go() -> None:
    ran = run("--version")
    assert ran == (0, f"timing-rules {timing_rules.__version__} (facts up to Kubernetes 1.37 and Istio 1.31)\n", "")


def test_rule_alone_lists_all_rules() -> None:
    for lang in ("en", "ko"):
        ran = run("rule", "--lang", lang)
        listed = [line.split(maxsplit=2) for line in ran.out.splitlines()]
        assert [code for code, *_ in listed] == list(RULES) and ran.status == 0
        assert [title for *_, title in listed] == [rule.title.get(lang) for rule in RULES.values()]
    rules = json.loads(run("rule", "--format", "json").out)
    assert [rule["rule"] for rule in rules] == list(RULES)
    assert rules[3] == json.loads(run("rule", rules[3]["rule"], "--format", "json").out)


def test_a_flag_is_taken_with_an_equals_sign_or_as_two_words_and_after_two_dashes_all_is_input(tmp_path: Path) -> None:
    odd = tmp_path / "--odd.yaml"
    odd.write_text(manifest(containers=[web(**sleeps(28))]), encoding="utf-8")
    for words in (["--severity", "error"], ["--severity=error"], ["--severity=info", "--severity", "error"]):
        assert run("check", *words, "--", str(odd)).status == 0
    assert run("check", "--", str(odd)).status == 1
