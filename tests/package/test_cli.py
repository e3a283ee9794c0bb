"""The command line: exit statuses, the JSON of the contract, languages, and what goes to which stream."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from timing_rules.rules.registry import RULES
from timing_rules.show.github import github
from timing_rules.text import Text

from tests.examples.manifests import ALL, ROOT, WORKING, WRONG
from tests.package.inputs import IN, findings, manifest, run, runs, sleeps, web

FINE = manifest(annotations={"timing-rules/app-shutdown": "1s"})
ERROR = manifest(containers=[web(**sleeps(30))])
WARNING = manifest(containers=[web(**sleeps(28))])
INFO = manifest(containers=[web(**runs("./stop"))])
BROKEN = "a: [\n"
HANGUL = re.compile("[가-힣]")


@pytest.mark.parametrize(
    ("text", "severity", "status"),
    [
        (FINE, "info", 0), (ERROR, "error", 1), (ERROR, "warning", 1), (WARNING, "error", 0), (WARNING, "warning", 1),
        (INFO, "error", 0), (INFO, "warning", 0), (INFO, "info", 1), (ERROR + "---\n" + BROKEN, "warning", 2),
        (BROKEN + "---\n" + FINE, "error", 2), ("", "warning", 2), ("kind: Secret\n", "info", 0),
    ],
)  # fmt: skip
@pytest.mark.parametrize("style", ["text", "json"])
def test_exit_status(text: str, severity: str, status: int, style: str) -> None:
    ran = run("check", "--severity", severity, "--format", style, "-", stdin=text)
    assert ran.status == status
    if style == "json":
        assert isinstance(json.loads(ran.out), list)
    if severity == "warning":
        assert run("check", "--format", style, stdin=text).status == status  # the default; stdin without a dash


def test_text_shows_what_fails_the_run_and_json_lists_all() -> None:
    text = "---\n".join((ERROR, WARNING, INFO))
    for severity, shown in (("error", 1), ("warning", 2), ("info", 3)):
        assert (
            len(
                re.findall(
                    r"^-:\d+: (?:error|warning|info) PT",
                    run("check", "--severity", severity, stdin=text).out,
                    re.MULTILINE,
                )
            )
            == shown
        )
        assert len(json.loads(run("check", "--severity", severity, "--format", "json", stdin=text).out)) == 3


KEYS = "rule severity source document line kind name container path message fix docs edits"
FINDING: dict[str, Any] = dict.fromkeys(KEYS.split(), str)
FINDING |= {"document": int, "line": int, "edits": list}
EDIT = {"line": int, "column": int, "end_line": int, "end_column": int, "text": str}


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_json_of_check(lang: str) -> None:
    ran = run("check", "--format", "json", "--lang", lang, "examples")
    found = json.loads(ran.out)
    assert ran.status == 1 and {one["rule"] for one in found} == set(RULES)
    for one in found:
        assert {key: type(value) for key, value in one.items()} == FINDING and list(one) == list(FINDING)
        assert re.fullmatch(r"PT\d{3}", one["rule"]) and one["severity"] in ("error", "warning", "info")
        assert one["source"].startswith("examples/wrong/") and one["rule"] in one["source"] and one["kind"]
        assert bool(HANGUL.search(one["message"])) == bool(HANGUL.search(one["fix"])) == (lang == "ko")
        lines = Path(one["source"]).read_text().split("\n")
        assert 1 <= one["line"] <= len(lines)
        for edit in one["edits"]:
            assert {key: type(value) for key, value in edit.items()} == EDIT
            assert (
                (1, 1) <= (edit["line"], edit["column"]) <= (edit["end_line"], edit["end_column"]) <= (len(lines), 200)
            )
    assert "Traceback" not in ran.err


LINE: dict[str, Any] = dict.fromkeys(
    [
        "source",
        "document",
        "line",
        "kind",
        "namespace",
        "name",
        "sidecar",
        "istio",
        "kubernetes",
        "assumed",
        "unknown",
        "grace",
    ],
    str,
)
LINE |= {"document": int, "line": int, "assumed": list, "unknown": list, "grace": int}
LINE |= {"containers": dict, "proxy": (dict, type(None)), "events": list}
TIME = (int, float, type(None))
TIMES = {"prestop_end": TIME, "sigterm": TIME, "end": TIME, "sigkill": TIME, "killed": (bool, type(None))}
PROXY = {
    "container": str,
    "drain_start": TIME,
    "inbound_closes": TIME,
    "envoy_killed": TIME,
    "killed_by": (str, type(None)),
}
EVENT = {"at": (int, float), "actor": str, "kind": str, "text": str}


def fits(value: dict[str, Any], shape: dict[str, Any]) -> bool:
    return list(value) == list(shape) and all(isinstance(value[key], kind) for key, kind in shape.items())


def test_the_json_of_timeline() -> None:
    extra = manifest(
        labels=IN,
        containers=[web(**runs("./stop")), {"name": "side"}],
        initContainers=[{"name": "once"}, {"name": "logs", "restartPolicy": "Always"}],
    )
    for name, text in [*((one.name, one.text) for one in ALL), ("-", extra)]:
        ran = run("timeline", "--format", "json", "-" if name == "-" else name, stdin=text)
        unread = r"^(passed over: |there is nothing to show: ).*\n"
        assert (ran.status, re.sub(unread, "", ran.err, flags=re.MULTILINE)) == (0, "")
        for line in json.loads(ran.out):
            assert fits(line, LINE) and line["source"] == name
            assert line["sidecar"] in ("native", "classic", "gateway", "none") and re.fullmatch(
                r"1\.\d+", line["istio"]
            )
            assert set(line["assumed"]) <= {"sidecar", "istio", "kubernetes"}
            assert all(fits(one, TIMES) for one in line["containers"].values()) and "once" not in line["containers"]
            assert all(re.match(r"(app-shutdown|prestop)\.|connections-idle-after$", one) for one in line["unknown"])
            assert (line["proxy"] is None) == (line["sidecar"] == "none")
            assert line["proxy"] is None or "istio-proxy" in line["containers"]
            if line["proxy"] is not None:
                assert fits(line["proxy"], PROXY) and line["proxy"]["killed_by"] in ("pilot-agent", "kubelet", None)
            assert all(fits(one, EVENT) for one in line["events"])
            assert [one["at"] for one in line["events"]] == sorted(one["at"] for one in line["events"])


def test_null_is_never_or_hangs_on_a_fact_that_is_named() -> None:
    (line,) = json.loads(
        run(
            "timeline",
            "--format",
            "json",
            "--sidecar",
            "classic",
            stdin=manifest(labels=IN, containers=[web(**runs("./stop"))]),
        ).out
    )
    assert line["unknown"] == ["prestop.web", "app-shutdown.web"] and line["containers"]["web"] == dict.fromkeys(
        TIMES
    ) | {"sigkill": line["containers"]["web"]["sigkill"]}
    assert (
        line["containers"]["istio-proxy"]["prestop_end"] is None
        and line["proxy"]["inbound_closes"] is None
        and line["proxy"]["envoy_killed"] == 5
    )
    (line,) = json.loads(
        run(
            "timeline", "--format", "json", "--sidecar", "native", "--app-shutdown", "18.8s", stdin=manifest(labels=IN)
        ).out
    )
    assert line["containers"]["istio-proxy"] == {
        "prestop_end": 0,
        "sigterm": 18.8,
        "end": 18.8,
        "sigkill": 30.8,
        "killed": False,
    }


def test_findings_as_workflow_commands() -> None:
    (found,) = findings(ERROR)
    odd = replace(found, source="a:b,c%d.yaml", message=Text("1 % 2\n3: 4, 5", "가"))
    said = github(odd, "en")
    assert said.startswith("::error file=a%3Ab%2Cc%25d.yaml,line=") and "\n" not in said
    assert f",line={found.line},title=PT101 " in said and "::1 %25 2%0A3: 4, 5%0A" in said
    commands = [github(one, "ko").split()[0] for one in findings(WARNING + "---\n" + INFO)]
    assert commands == ["::warning", "::notice"]


@pytest.mark.parametrize("style", ["sarif", "github"])
def test_other_output_formats(style: str) -> None:
    ran, nothing = (
        run("check", "--format", style, stdin=ERROR + "---\n" + BROKEN),
        run("check", "--format", style, stdin=BROKEN),
    )
    assert ran.status == nothing.status == 2 and "PT101" in ran.out
    if style == "sarif":
        assert [len(json.loads(one.out)["runs"][0]["results"]) for one in (ran, nothing)] == [1, 0]


def test_json_is_whole_even_when_nothing_could_be_read() -> None:
    for argv in (["check"], ["timeline"]):
        for given in ([], ["nowhere.yaml"], ["-", "nowhere.yaml"]):
            ran = run(*argv, "--format", "json", *given, stdin=BROKEN)
            assert (ran.status, json.loads(ran.out)) == (2, []) and ran.err


def test_errors_counts_and_missing_facts_go_to_stderr() -> None:
    ran = run("check", "--format", "json", stdin=ERROR + "---\nkind: Secret\n---\n" + BROKEN)
    assert re.search(r"^-:\d+: this is not valid YAML", ran.err, re.MULTILINE)
    assert len(re.findall(r"^.*these facts would decide more: app-shutdown\.web", ran.err, re.MULTILINE)) == 1
    assert (
        ran.err.rstrip().split("\n")[-1].startswith("checked 1 pod(s)")
        and "\npassed over: Secret 1\n" in ran.err
        and "error 1" in ran.err
    )
    assert "would decide more" not in run("check", stdin=FINE).err


def test_files_folders_and_stdin_are_read_together(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name, text in {
        "a/b.yml": ERROR,
        "c.json": json.dumps({"kind": "List", "items": []}),
        "d.txt": "a: [",
        ".hidden.d": "a: [",
        "e.yaml": "# only a comment\n",
    }.items():
        (tmp_path / name).write_text(text)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.yaml").write_text(BROKEN)
    ran = run("check", "--format", "json", str(tmp_path), "-", stdin=WARNING)
    assert [one["source"] for one in json.loads(ran.out)] == [str(tmp_path / "a/b.yml"), "-"] and ran.status == 1
    assert run("check", str(tmp_path / "e.yaml")).status == 2  # named by hand, so it should hold something
    assert run("check", str(tmp_path / "d.txt")).status == 2
    empty = tmp_path / "empty"
    empty.mkdir()
    assert (run("check", "--format", "json", str(empty)).out.strip(), run("check", str(empty)).status) == ("[]", 0)


def test_a_chart_is_walked_without_its_templates(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "deployment.yaml").write_text("a: {{ .Values.x }}\n")
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: x\n")
    (tmp_path / "values.yaml").write_text("replicaCount: 1\n")
    assert run("check", str(tmp_path)).status == 0


@pytest.mark.parametrize("folder", ["node_modules", "node_modules/deep", ".hidden"])
def test_a_folder_is_walked_without_what_a_package_manager_installed(folder: str, tmp_path: Path) -> None:
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / "web.yaml").write_text(ERROR, encoding="utf-8")
    assert run("check", str(tmp_path)).out == ""
    assert "PT101" in run("check", str(tmp_path / folder)).out  # named, it is read


RESOURCE = "apiVersion: networking.istio.io/v1beta1\nkind: ProxyConfig\nmetadata: {name: p}\nspec: {concurrency: 2}\n"


@pytest.mark.parametrize(
    ("text", "number"),
    [(RESOURCE, 0), (FINE, 0), ("meshConfig: {enableTracing: true}\n---\nmeshConfig: {enableTracing: false}\n", 2)],
)
def test_a_mesh_configuration_is_one_and_no_resource(text: str, number: int, tmp_path: Path) -> None:
    file = tmp_path / "mesh.yaml"
    file.write_text(text, encoding="utf-8")
    ran = run("check", "--mesh-config", str(file), stdin=FINE)
    assert ran.status == 2 and f"{file}:1: it holds {number} mesh configurations, not one; give " in ran.err
    file.write_text("meshConfig: {enableTracing: true}\n---\n" + RESOURCE, encoding="utf-8")
    assert run("check", "--mesh-config", str(file), stdin=FINE).status == 0


def test_links_lead_to_the_page_in_the_readers_language() -> None:
    for lang, root in (("en", ""), ("ko", "ko/")):
        (one,) = json.loads(run("check", "--format", "json", "--lang", lang, stdin=ERROR).out)
        assert one["docs"] == f"{root}rules/pt101/"


def test_a_newer_version_is_told_and_an_older_one_refused() -> None:
    assert "newer" in run("check", "--istio", "1.99", "--kubernetes", "1.99", stdin=manifest(labels=IN)).err
    assert "newer" in run("check", stdin=manifest(annotations={"timing-rules/kubernetes": "1.99"})).err
    wrong = (
        "--istio=1.17 --kubernetes=1.24 --istio=x --app-shutdown=60 --prestop=web --propagation=never --sidecar=both"
    )
    for flag in f"{wrong} --severity=all --lang=de --nonsense --mesh-config=nowhere.yaml".split():
        ran = run("check", flag, stdin=FINE)
        assert ran.status == 2 and ran.err and "Traceback" not in ran.err


def test_a_configuration_file_is_read_however_it_is_named_or_refused(tmp_path: Path) -> None:
    for severity in ("error", "info"):
        (tmp_path / severity).write_text(f"severity: {severity}\n", encoding="utf-8")
    error, info = (str(tmp_path / name) for name in ("error", "info"))
    assert run("check", stdin=WARNING).status == 1
    for argv in (["--config", error], [f"--config={error}"], ["--config", info, f"--config={error}"]):
        assert run("check", *argv, stdin=WARNING).status == 0
    assert run("check", f"--config={error}", "--severity", "warning", stdin=WARNING).status == 1
    for argv in (["--conf", error], [f"--conf={error}"], ["--config=nowhere"], ["--config"], ["--sever", "error"]):
        assert run("check", *argv, stdin=WARNING).status == 2


@pytest.mark.parametrize("command", ["check", "timeline"])
def test_both_commands_take_the_same_flags(command: str) -> None:
    said = run(command, "--help").out
    flags = "format lang istio kubernetes sidecar mesh-config severity app-shutdown prestop accepts-after-sigterm"
    for flag in f"{flags} propagation connections-idle-after lb-deregistration node-shutdown ignore".split():
        assert f"--{flag} " in said


@pytest.mark.parametrize("code", RULES)
def test_rule_explains_one_rule(code: str) -> None:
    english, korean = run("rule", code), run("rule", code.lower(), "--lang", "ko")
    assert english.status == korean.status == 0 and not HANGUL.search(english.out)
    rule = RULES[code]
    for part in (rule.title, rule.what, rule.why, rule.fix):
        assert part.en in english.out and part.ko in korean.out
        assert part.en not in korean.out
        assert part is rule.title or re.search(r"(니다|십시오)( \([^)]*\))?\.$", part.ko)


def test_rule_as_json() -> None:
    ran = run("rule", "PT204", "--format", "json")
    assert ran.status == 0 and list(json.loads(ran.out)) == ["rule", "severity", "title", "what", "why", "fix"]


def test_there_is_no_such_rule() -> None:
    for lang in ("en", "ko"):
        ran = run("rule", "PT999", "--lang", lang)
        assert ran.status == 2 and "PT999" in ran.err and bool(HANGUL.search(ran.err)) == (lang == "ko")


#: English that may stand in a Korean text: names of APIs, programs and signals, values, and words between quotes.
SENTENCE = re.compile(r"(?<![\w/.\"'-])(?:[A-Za-z]+ ){3,}[a-z]+")


@pytest.mark.parametrize("command", ["check", "timeline"])
def test_korean_output_holds_no_english_sentence(command: str) -> None:
    unknown = manifest(labels=IN, containers=[web(**runs("./stop"))])
    bad = manifest(annotations={"timing-rules/istio": "x", "timing-rules/other": "1s"})
    for argv, text in [
        (["examples"], ""),
        (["-"], "---\n".join((unknown, bad, BROKEN, "text", "a: {{ x }}"))),
        (["nowhere.yaml"], ""),
        (["-"], ""),
    ]:
        ran = run(command, "--lang", "ko", "--severity", "info", *argv, stdin=text)
        for line in (ran.out + ran.err).split("\n"):
            assert not SENTENCE.search(line), line
            drawn, place = r"[\w.-]{1,19} +[-.=~?X>! ]+$", r"  \S+:\d+ \w+/\S+ \([^)]*\)$"
            assert HANGUL.search(line) or not line.strip() or re.match(f"{drawn}|{place}", line), line


def test_english_output_holds_no_korean() -> None:
    for command in ("check", "timeline"):
        ran = run(command, "--severity", "info", "examples")
        assert not HANGUL.search(ran.out + ran.err)


@pytest.mark.parametrize(
    ("variables", "korean"),
    [
        ({"LANG": "ko_KR.UTF-8"}, True), ({"LANG": "en_US.UTF-8"}, False), ({}, False),
        ({"LC_ALL": "ko_KR.UTF-8", "LANG": "C"}, True), ({"LC_ALL": "C", "LANG": "ko_KR.UTF-8"}, False),
        ({"LC_MESSAGES": "ko_KR", "LANG": "C"}, True), ({"LC_ALL": "", "LANG": "ko_KR.UTF-8"}, True),
    ],
)  # fmt: skip
def test_the_locale_chooses_the_language(
    variables: dict[str, str], korean: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert bool(HANGUL.search(run("check", stdin=ERROR).out)) is korean
    assert not HANGUL.search(run("check", "--lang", "en", stdin=ERROR).out) and HANGUL.search(
        run("check", "--lang", "ko", stdin=ERROR).out
    )


USAGE = [
    ["--istio", "1.10"],
    ["--app-shutdown", "60"],
    ["nowhere.yaml"],
    ["--mesh-config", "examples"],
    ["--ignore", "PT101"],
    ["--nonsense"],
    ["--severity", "all"],
]


@pytest.mark.parametrize("argv", USAGE)
def test_wrong_usage_is_told_in_korean_too(argv: list[str]) -> None:
    said = next(line for line in run("check", "--lang", "ko", *argv, stdin=FINE).err.split("\n") if HANGUL.search(line))
    assert not SENTENCE.search(said)
    assert not re.search("unrecognized|invalid|expected|No such", said)


def test_a_name_that_no_encoding_knows_is_printed_all_the_same() -> None:
    one = web(name="\ud800", **sleeps(30))
    text = json.dumps({"kind": "Pod", "metadata": {"name": "\ud800"}, "spec": {"containers": [one]}})
    for argv in (["check"], ["check", "--format", "json"], ["check", "--format", "sarif"], ["timeline"]):
        ran = run(*argv, stdin=text)
        assert ran.status in (0, 1) and ("PT101" in ran.out or argv == ["timeline"])


def test_working_examples_pass_and_wrong_ones_fail() -> None:
    assert run("check", "--severity", "info", *[one.name for one in WORKING]).status == 0
    for one in WRONG:
        usual = RULES[one.rule].severity
        assert run("check", "--severity", usual, one.name).status == 1


def test_as_a_process() -> None:
    """`python -m timing_rules`, a closed pipe, and a terminal that knows no Korean."""
    environment = {"PYTHONPATH": str(ROOT / "snippets"), "PYTHONIOENCODING": "ascii", "LC_ALL": "ko_KR"}

    def start(*argv: str, **more: Any) -> Any:
        return subprocess.run(
            [sys.executable, "-m", "timing_rules", *argv], capture_output=True, env=environment, timeout=60, **more
        )

    ran = start("check", "-", input=ERROR.encode())
    assert ran.returncode == 1 and "유예 기간" in ran.stdout.decode() and not ran.stderr.decode().count("Traceback")
    ran = subprocess.run(
        f'"{sys.executable}" -m timing_rules timeline examples | head -n 1',
        shell=True,
        capture_output=True,
        env=environment,
        timeout=60,
    )
    assert ran.stdout.startswith(b"examples/") and b"Traceback" not in ran.stderr and b"Error" not in ran.stderr
    for given, status in ((ERROR, 1), (ERROR + "---\n" + BROKEN, 2)):  # nobody reads: the status says it all the same
        with subprocess.Popen(
            [sys.executable, "-m", "timing_rules", "check", "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        ) as closed:
            assert closed.stdin is not None and closed.stdout is not None
            closed.stdout.close()
            closed.stdin.write(given.encode())
            closed.stdin.close()
            assert closed.wait(60) == status
