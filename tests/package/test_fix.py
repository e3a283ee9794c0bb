"""`timing-rules fix`: what it shows, what it writes, and that it mends without harm."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from timing_rules import Assumptions, check
from timing_rules.edits import applied
from timing_rules.files import replace_file
from timing_rules.manifest.read import read
from timing_rules.rules.engine import Finding
from timing_rules.rules.rule import Edit

from tests.examples.manifests import ROOT
from tests.package.inputs import run

SERVED = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      # what runs
      containers:
        - name: web  # ours
          image: web:1
          ports:
            - containerPort: 80
---
kind: Service
apiVersion: v1
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
"""
MISPELLED = "kind: Pod\nmetadata:\n  name: p\n  annotations:\n    proxy.istio.io/confg: ''  # é\nspec:\n  containers: [{name: a, image: b}]"
SHORT = SERVED.replace(
    "          ports:", '          lifecycle: {preStop: {exec: {command: ["sleep", "3"]}}}\n          ports:'
).replace("      # what", "      terminationGracePeriodSeconds: 20\n      # what")


def findings(texts: dict[str, str]) -> list[Finding]:
    items = read(texts.items(), Assumptions()).items
    return [finding for item in items for finding in check(item)]


def keys(texts: dict[str, str]) -> Counter[tuple[str, ...]]:
    return Counter((found.source, found.rule, found.kind, found.name, found.container) for found in findings(texts))


def test_it_shows_a_diff_first_and_writes_when_it_is_told_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = Path("pod.yaml")
    file.write_bytes(MISPELLED.replace("\n", "\r\n").encode())
    file.chmod(0o640)
    Path("link.yaml").symlink_to("pod.yaml")
    ran = run("fix", "--lang", "en", "link.yaml")
    assert ran.status == 1 and file.read_bytes() == MISPELLED.replace("\n", "\r\n").encode()
    assert "-    proxy.istio.io/confg: ''  # é\r\n+    proxy.istio.io/config: ''  # é\r\n" in ran.out
    assert "--write would mend 1 finding(s) in 1 file(s); 0 would be left" in ran.err
    Path("changes").write_text(ran.out, encoding="utf-8", newline="")
    shutil.copy("pod.yaml", "patched.yaml")
    subprocess.run(["patch", "--binary", "-s", "patched.yaml", "changes"], check=True)
    ran = run("fix", "--lang", "en", "--write", "link.yaml")
    assert (ran.status, ran.out) == (0, "") and "mended 1 finding(s) in 1 file(s); 0 left" in ran.err
    assert file.read_bytes() == MISPELLED.replace("confg", "config").replace("\n", "\r\n").encode()
    assert Path("patched.yaml").read_bytes() == file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o640 and Path("link.yaml").is_symlink()
    assert sorted(os.listdir()) == ["changes", "link.yaml", "patched.yaml", "pod.yaml"]  # nothing is left behind
    assert run("fix", "pod.yaml").status == 0


def test_a_delay_is_added_on_request_with_the_time_for_it(tmp_path: Path) -> None:
    file = tmp_path / "web.yaml"
    file.write_text(SERVED, encoding="utf-8")
    assert run("fix", str(file)) == run("fix", str(file), "--rule", "PT101")
    assert run("fix", "--write", "--rule", "PT109", str(file)).status == 0
    assert file.read_text(encoding="utf-8") == SERVED.replace(
        "          ports:",
        "          lifecycle:\n            preStop:\n              sleep:\n                seconds: 5\n          ports:",
    ).replace("      containers:", "      terminationGracePeriodSeconds: 35\n      containers:")


def test_a_container_within_braces_gets_no_delay_by_itself(tmp_path: Path) -> None:
    file = tmp_path / "web.yaml"
    start, end = SERVED.index("        - name: web"), SERVED.index("---")
    text = SERVED[:start] + "        - {name: web, image: 'web:1', ports: [{containerPort: 80}]}\n" + SERVED[end:]
    file.write_text(text, encoding="utf-8")
    ran = run("fix", "--lang", "en", "--write", "--rule", "PT109", str(file))
    assert "PT109 [Deployment/web] has to be mended by hand" in ran.err and file.read_text(encoding="utf-8") == text


def test_a_comment_stays_above_the_key_that_it_speaks_of(tmp_path: Path) -> None:
    file = tmp_path / "web.yaml"
    keys_before = "      # why\n      restartPolicy: Always\n      dnsPolicy: Default\n      # what runs\n"
    text = SERVED.replace("      # what runs\n", keys_before)
    file.write_text(text, encoding="utf-8")
    assert run("fix", "--write", "--rule", "PT109", str(file)).status == 0
    after = file.read_text(encoding="utf-8")
    assert "Always\n      terminationGracePeriodSeconds: 35\n      dnsPolicy" in after
    assert keys_before == after[after.index("      # why") : after.index("      containers")].replace(
        "      terminationGracePeriodSeconds: 35\n", ""
    )


def test_a_short_delay_and_the_grace_period_are_raised_together(tmp_path: Path) -> None:
    file = tmp_path / "web.yaml"
    file.write_text(SHORT, encoding="utf-8")
    assert run("fix", "--write", "--propagation", "8s", str(file)).status == 0
    assert file.read_text(encoding="utf-8") == SHORT.replace('"3"', '"8"').replace("Seconds: 20", "Seconds: 25")


def test_what_has_no_edit_is_listed(tmp_path: Path) -> None:
    wrong = ROOT / "examples" / "wrong" / "PT101-sleep-as-long-as-the-grace-period.yaml"
    ran = run("fix", "--lang", "en", str(wrong))
    assert (ran.status, ran.out) == (0, "")
    assert re.search(r"^\S+:\d+: PT101 \[Deployment/\S+\] has to be mended by hand\. fix: \S", ran.err, re.MULTILINE)
    assert "0 finding(s) in 0 file(s); 1 would be left" in ran.err
    for argv in ([], ["-"], ["--rule", "PT199", str(wrong)]):
        assert run("fix", *argv).status == 2


def test_what_would_bring_another_finding_is_left_and_says_which(tmp_path: Path) -> None:
    """With its unit, 35 s are longer than the grace period of 30 s, so the duration alone makes nothing right."""
    pod = (
        "kind: Pod\nmetadata:\n  name: p\n  labels: {sidecar.istio.io/inject: 'true'}\n  annotations:\n"
        "    sidecar.istio.io/nativeSidecar: 'false'\n    proxy.istio.io/config: |\n      terminationDrainDuration: 35\n"
        "spec:\n  terminationGracePeriodSeconds: 30\n  containers: [{name: a, image: b}]\n"
    )
    file = tmp_path / "pod.yaml"
    file.write_text(pod, encoding="utf-8")
    told = f"{file}:8: PT208 [Pod/p] "
    ran = run("fix", "--lang", "en", str(file))
    assert (ran.status, ran.out) == (0, "")
    assert ran.err == (
        f"{told}is left: mending it alone brings PT202 (warning). fix: write 35s\n"
        "--write would mend 0 finding(s) in 0 file(s); 1 would be left\n"
    )
    korean = run("fix", "--lang", "ko", str(file)).err
    assert (
        f"{told}그대로 둡니다. 이것만 고치면 PT202 (경고) 문제가 새로 생깁니다. 고치는 방법: 35s 값으로 적으십시오\n"
        in korean
    )
    file.write_text(pod.replace("Seconds: 30", "Seconds: 60"), encoding="utf-8")
    ran = run("fix", "--lang", "en", "--write", str(file))
    assert (ran.status, ran.err) == (0, "mended 1 finding(s) in 1 file(s); 0 left\n")
    assert file.read_text(encoding="utf-8") == pod.replace("Seconds: 30", "Seconds: 60").replace(": 35\n", ": 35s\n")


ON_ONE_LINE = [
    ('"terminationDrainDuration: 20"', '"terminationDrainDuration: 20s"', "PT208"),
    ("'terminationDrainDuration: 20'", "'terminationDrainDuration: 20s'", "PT208"),
    ('"{terminationDrainDuration: 20, drainDuration: 45}"', '"{terminationDrainDuration: 20s, drainDuration: 45s}"', "PT208"),
    ('\'{"terminationDrainDuration": 20}\'', '\'{"terminationDrainDuration": 20s}\'', "PT208"),
    ('"terminationDrainDuratoin: 20s"', '"terminationDrainDuration: 20s"', "PT210"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "right", "rule"), ON_ONE_LINE)
def test_a_configuration_on_one_line_is_mended_within_its_quotes(
    wrong: str, right: str, rule: str, tmp_path: Path
) -> None:
    text = (
        "kind: Pod\nmetadata:\n  name: p\n  labels: {sidecar.istio.io/inject: 'true'}\n  annotations:\n"
        f"    sidecar.istio.io/nativeSidecar: 'false'\n    proxy.istio.io/config: {wrong}  # why\n"
        "spec:\n  terminationGracePeriodSeconds: 60\n  containers: [{name: a, image: b}]\n"
    )
    file = tmp_path / "pod.yaml"
    file.write_text(text, encoding="utf-8")
    before = keys({"x": text})
    assert rule in {key[1] for key in before}
    assert run("fix", "--write", str(file)).status == 0
    after = file.read_text(encoding="utf-8")
    assert after == text.replace(wrong, right)
    assert keys({"x": after}) == Counter({key: count for key, count in before.items() if key[1] != rule})


FILES = sorted(
    path for folder in ("examples", "tests/cases") for path in (ROOT / folder).rglob("*.yaml") if path.is_file()
)


def test_all_that_has_edits_in_examples_and_cases_is_mended_and_nothing_else_appears(tmp_path: Path) -> None:
    """But where a mistake hides another, which would appear once it is mended: then it is left, and listed."""
    mended, left = Counter[str](), []
    for path in FILES:
        text = path.read_bytes().decode("utf-8")
        wanted = [found for found in findings({"x": text}) if found.edits]
        if not wanted:
            continue
        file = tmp_path / path.name
        file.write_bytes(text.encode())
        rules = [word for rule in {found.rule for found in wanted} for word in ("--rule", rule)]
        said = run("fix", "--write", *rules, str(file)).err
        before, after = keys({"x": text}), keys({"x": file.read_bytes().decode("utf-8")})
        assert not after - before, path
        for found in wanted:
            if (before - after)[("x", found.rule, found.kind, found.name, found.container)]:
                mended[found.rule] += 1
            else:
                left.append(f"{path.name} {found.rule}")
                assert f"{file}:{found.line}: {found.rule} " in said
    # Each drains longer than its grace period, as Istio will see once it takes the configuration.
    assert left == [
        f"{name}.yaml PT208" for name in ("gateway-api", "mesh", "mesh-gateway-chart-of-istioctl", "mesh-gitops")
    ]
    assert mended.keys() == {"PT109", "PT110", "PT111", "PT208", "PT209", "PT211", "PT217"}


@pytest.mark.parametrize(
    ("edits", "result"),
    [
        ([Edit(1, 2, 1, 3, "X")], "aXc\nd"), ([Edit(1, 2, 1, 3, "X"), Edit(2, 1, 2, 2, "")], "aXc\n"),
        ([Edit(1, 2, 2, 1, "")], "ad"), ([Edit(1, 1, 1, 3, "X"), Edit(1, 2, 1, 4, "Y")], None),
        ([Edit(1, 2, 1, 3, "X"), Edit(1, 2, 1, 3, "X")], "aXc\nd"), ([Edit(3, 1, 3, 1, "X")], None),
        ([Edit(2, 1, 2, 9, "X")], None), ([Edit(1, 3, 1, 2, "X")], None),
    ],
)  # fmt: skip
def test_edits_leave_all_else_as_it_is(edits: list[Edit], result: str | None) -> None:
    assert applied("abc\nd", edits) == result
    crlf = applied("\ufeffabc\r\nd", edits)
    assert crlf == (None if result is None else "\ufeff" + result.replace("\n", "\r\n"))


def test_a_line_ends_where_yaml_ends_it() -> None:
    """A form feed or a line separator in a comment is a letter like any other."""
    text = "a: 1  # \x0c \u2028 page\nb: 35\n"
    assert applied(text, [Edit(2, 4, 2, 6, "35s")]) == text.replace("35", "35s")


@pytest.mark.parametrize("name", ["web.yaml", "ours and theirs.yaml", "파드.yaml", 'a"\\b\n+++ b\x1b[2J\u202e.yaml'])
@pytest.mark.parametrize("below", [True, False])
def test_a_diff_of_an_absolute_path_is_one_that_git_applies(
    below: bool, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the working directory; for a file elsewhere from the root. No name forges a line of it."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path if below else tmp_path / "here")
    file = tmp_path / name
    file.write_text(MISPELLED, encoding="utf-8")
    ran = run("fix", str(file))
    assert ran.status == 1 and not set(ran.out) & set("\x1b\u202e")
    old, new = (line for line in ran.out.splitlines() if line.startswith(("--- ", "+++ ")))
    assert old.startswith(("--- a/", '--- "a/')) and new.startswith(("+++ b/", '+++ "b/'))
    changes = tmp_path / "changes"
    changes.write_text(ran.out, encoding="utf-8", newline="")
    subprocess.run(["git", "apply", str(changes)], check=True, cwd=tmp_path if below else "/")
    assert file.read_text(encoding="utf-8") == MISPELLED.replace("confg", "config")


@pytest.mark.parametrize("step", ["fsync", "copymode", "replace"])
def test_a_run_that_is_killed_leaves_the_file_whole(step: str, tmp_path: Path) -> None:
    """Whether all is written or not: until the last step the file is the old one, and another run mends it."""
    file = tmp_path / "pod.yaml"
    file.write_text(MISPELLED, encoding="utf-8")
    code = (
        "import os, shutil, sys, time; from timing_rules.cli import main\n"
        f"module = shutil if {step!r} == 'copymode' else os\n"
        f"module.{step} = lambda *_: (print('there', flush=True), time.sleep(600))\n"
        "main(['fix', '--write', sys.argv[1]])"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT / "snippets")}
    with subprocess.Popen([sys.executable, "-c", code, str(file)], stdout=subprocess.PIPE, env=env) as child:
        assert child.stdout is not None and child.stdout.readline() == b"there\n"
        child.kill()
    assert child.returncode == -signal.SIGKILL
    assert file.read_text(encoding="utf-8") == MISPELLED
    assert "in 1 file(s)" in run("fix", "--write", "--lang", "en", str(tmp_path)).err  # what is left is no manifest
    assert file.read_text(encoding="utf-8") == MISPELLED.replace("confg", "config")


def test_a_file_that_changed_in_the_meantime_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(b"new")
    assert not replace_file(str(file), b"old", b"mended")
    assert file.read_bytes() == b"new" and os.listdir(tmp_path) == ["a.yaml"]


def test_a_write_that_fails_leaves_the_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "pod.yaml"
    file.write_text(MISPELLED, encoding="utf-8")

    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", full)
    ran = run("fix", "--write", "--lang", "en", str(file))
    assert ran.status == 2 and f"{file}: it cannot be written (I/O error)" in ran.err
    assert file.read_text(encoding="utf-8") == MISPELLED and os.listdir(tmp_path) == ["pod.yaml"]


def test_what_check_does_not_show_is_not_left_to_mend(tmp_path: Path) -> None:
    """A setting that a native sidecar would not read is information: `check` hides it, and nobody is told to remove it."""
    file = tmp_path / "pod.yaml"
    file.write_text(
        "kind: Pod\nmetadata:\n  name: p\n  labels: {sidecar.istio.io/inject: 'true'}\n  annotations:\n"
        "    proxy.istio.io/config: '{terminationDrainDuration: 20s}'\nspec:\n  containers: [{name: a, image: b}]\n",
        encoding="utf-8",
    )
    hidden = run("fix", str(file))
    assert "PT207" not in hidden.err and "0 would be left" in hidden.err
    assert "PT207" in run("fix", "--severity", "info", str(file)).err
    assert "PT207" in run("fix", "--rule", "PT207", str(file)).err


def test_what_is_left_of_values_is_named_by_its_kind_alone(tmp_path: Path) -> None:
    file = tmp_path / "values.yaml"
    file.write_text("meshConfig: {defaultConfig: {parentShutdownDuration: 10s}}\n", encoding="utf-8")
    assert f"{file}:1: PT212 [values] has to be mended by hand." in run("fix", "--lang", "en", str(file)).err


def test_a_text_that_is_no_utf_8_is_left_as_it_is(tmp_path: Path) -> None:
    """What is read from UTF-16 would not come back byte for byte."""
    file, other = tmp_path / "wide.yaml", tmp_path / "plain.yaml"
    file.write_bytes(MISPELLED.encode("utf-16"))
    other.write_text(MISPELLED, encoding="utf-8")
    ran = run("fix", "--write", str(file), str(other), "--lang", "en")
    assert file.read_bytes() == MISPELLED.encode("utf-16") and "confg" not in other.read_text(encoding="utf-8")
    assert f"{file}:" in ran.err and f"{other}:" not in ran.err
