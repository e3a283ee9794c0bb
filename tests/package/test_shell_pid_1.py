"""What PID 1 does with SIGTERM: each kind, each init, each shell, and what PT108 says of it."""

from __future__ import annotations

from typing import Any

import pytest
from timing_rules.shell.pid_1 import INITS, PACKAGE_MANAGERS, REPLACE_THEMSELVES, STEP_ASIDE, Kind, obstacle

from tests.package.inputs import findings, manifest, rules, web

FOLLOWED = "./app; echo stopped"


def _said(command: list[str], **spec: Any) -> tuple[str, str, str]:
    text = manifest(containers=[web(command=command)], **spec)
    (finding,) = [finding for finding in findings(text) if finding.rule == "PT108"]
    assert "init" not in finding.fix.en
    return finding.severity, finding.message.en, finding.message.ko


@pytest.mark.parametrize("init", sorted(INITS))
def test_an_init_helps_before_the_app_and_not_before_a_shell(init: str) -> None:
    assert obstacle([init, "--", "python", "server.py"]) is None
    assert obstacle([f"/sbin/{init}", "-v", "--", "sh", "-c", "exec ./app"]) is None
    assert obstacle([init, "bash", "-c", "./app"]) is None
    found = obstacle([init, "--", "sh", "-c", FOLLOWED])
    assert found is not None and (found.kind, found.program) == (Kind.INIT, init)
    severity, english, korean = _said([init, "--", "sh", "-c", FOLLOWED])
    assert severity == "warning"
    assert f"{init} hands SIGTERM to the shell" in english and "echo follows the app" in english
    assert f"{init} 프로세스가" in korean and "앱 뒤에 echo 명령이 있습니다" in korean
    severity, english, _ = _said([init, "sh", "-c", "./app"])
    assert severity == "info" and "dies of it at once" in english


@pytest.mark.parametrize(
    ("script", "stays"),
    [
        ("./app", False), ("./a && ./app", False), ("set -e\n./a\n./app\n", False), ("./a > log; ./app", False),
        ("if true; then ./a; fi; ./app", False), ("echo ${X}", False),
        ("./app > /log 2>&1", True), ("./a; ./app >>log", True), ("(./app)", True), ("{ ./app; }", True),
        ("f() { ./app; }; f", True), ("exec ./app > /log", False), ("exec ./app > /log 2>&1", False),
    ],
)  # fmt: skip
def test_when_bash_replaces_itself_by_the_app(script: str, stays: bool) -> None:
    """Each line was tried with bash 5.2, by the name that PID 1 has half a second later."""
    found = obstacle(["bash", "-c", script])
    assert (found is not None and found.kind is Kind.STAYS) is stays
    if stays:
        severity, english, korean = _said(["/bin/bash", "-c", script])
        assert (
            severity == "warning"
            and "for which bash forks it, so SIGTERM does not" in english
            and "bash가 앱을 포크합니다. SIGTERM이" in korean
        )
        behind = obstacle(["tini", "--", "bash", "-c", script])
        assert behind is not None and behind.kind is Kind.INIT
        # Another shell may do otherwise: that was not tried.
        other = obstacle(["sh", "-c", script])
        assert other is not None and other.kind is Kind.MAY_FORK and obstacle(["zsh", "-c", script]) is None


def test_a_loop_of_calls_holds_no_requests() -> None:
    """It takes the whole grace period to stop, and that is all; where the shell dies at once, nothing is lost either."""
    loop = ["sh", "-c", "while true; do curl -s http://api; sleep 5; done"]
    severity, english, korean = _said(loop)
    assert severity == "info" and english == (
        "web: the shell is PID 1 and only short commands run, in a loop: SIGTERM does not end it, SIGKILL does at the end of "
        "the grace period"
    )
    assert korean.startswith("web: 셸이 PID 1이고 짧은 명령만 반복합니다. SIGTERM으로 종료되지 않고")
    assert obstacle(["tini", "--", *loop]) is None
    assert not rules(manifest(containers=[web(command=loop)], shareProcessNamespace=True))


def test_options_of_an_init_are_not_the_command() -> None:
    found = obstacle(["tini", "-g", "-p", "SIGTERM", "--", "sh", "-c", FOLLOWED])
    assert found is not None and found.kind is Kind.INIT
    assert obstacle(["dumb-init", "--rewrite", "15:3", "node", "a.js"]) is None
    assert obstacle(["tini"]) is None and obstacle([]) is None


@pytest.mark.parametrize(("name", "operands"), STEP_ASIDE.items())
def test_a_program_that_steps_aside_leaves_the_shell_as_pid_1(name: str, operands: int) -> None:
    found = obstacle([name, *["app"] * operands, "sh", "-c", FOLLOWED])
    assert found is not None and found.kind is Kind.STAYS
    assert obstacle([name, *["app"] * operands, "./app"]) is None


def test_variables_before_a_shell() -> None:
    found = obstacle(["/usr/bin/env", "-u", "HOME", "A=1", "B=2", "sh", "-c", FOLLOWED])
    assert found is not None and found.kind is Kind.STAYS
    severity, english, _ = _said(["env", "A=1", "sh", "-c", FOLLOWED])
    assert severity == "warning" and "the shell is PID 1 and echo follows the app" in english


@pytest.mark.parametrize("name", sorted(PACKAGE_MANAGERS))
def test_package_managers(name: str) -> None:
    for command in (
        [name, "start"],
        ["bash", "-c", f"cd /app && {name} start"],
        ["sh", "-c", f"./a; exec {name} start"],
        [f"/usr/bin/{name}", "run", "x"],
    ):
        severity, english, korean = _said(command)
        assert severity == "info" and f"SIGTERM ends {name}" in english and f"{name} 프로세스가" in korean
    assert obstacle(["node", "server.js"]) is None and obstacle(["tini", "--", name, "start"]) is None
    assert obstacle(["tini", "sh", "-c", f"exec {name} start"]) is None


@pytest.mark.parametrize("name", ["sh", "dash", *sorted(REPLACE_THEMSELVES)])
def test_one_plain_command_hangs_on_the_shell(name: str) -> None:
    found = obstacle([f"/bin/{name}", "-c", "cd /app && node server.js"])
    assert (found is None) is (name in REPLACE_THEMSELVES)
    assert found is None or found.kind is Kind.MAY_FORK
    followed = obstacle([name, "-c", FOLLOWED])
    assert followed is not None and followed.kind is Kind.STAYS


@pytest.mark.parametrize(
    ("image", "replaced"),
    [
        ("alpine:3.22", True), ("busybox", True), ("node:22-alpine", True), ("node:22-alpine3.22", True), ("my/alpine-app:1", True),
        ("node:22-bookworm", False), ("", False), ("web:1", False),
    ],
)  # fmt: skip
def test_sh_of_alpine_and_busybox_is_ash(image: str, replaced: bool) -> None:
    assert (obstacle(["sh", "-c", "node server.js"], image) is None) is replaced
    assert obstacle(["dash", "-c", "node server.js"], image) is not None
    assert obstacle(["sh", "-c", FOLLOWED], image) is not None
    assert obstacle(["busybox", "sh", "-c", "node server.js"], image) is None
    assert obstacle(["busybox", "sh", "-c", FOLLOWED], image) is not None


def test_a_shared_process_namespace() -> None:
    severity, english, korean = _said(["sh", "-c", FOLLOWED], shareProcessNamespace=True)
    assert severity == "warning" and "pause process" in english and "the shell is PID 1" not in english
    assert "pause 프로세스" in korean
    severity, english, _ = _said(["sh", "-c", "./app"], shareProcessNamespace=True)
    assert severity == "info" and "pause process" in english
    _, english, _ = _said(["sh", "-c", FOLLOWED], shareProcessNamespace=False)
    assert "the shell is PID 1" in english
    assert rules(manifest(containers=[web(command=["./app"])], shareProcessNamespace=True)) == set()


@pytest.mark.parametrize("before", [[], ["tini", "--"]])
@pytest.mark.parametrize(
    ("script", "fix", "mended"),
    [
        ("while true; do ./app; done", "'kill $!; wait $!; exit' TERM",
         "trap 'kill $!; wait $!; exit' TERM; while true; do ./app & wait $!; done"),
        ("./app | tee log", "`exec ./app > >(tee log)`", "exec ./app > >(tee log)"),
        (FOLLOWED, "exec ", "exec ./app"),
    ],
)  # fmt: skip
def test_the_advice_fits_what_keeps_sigterm_away(before: list[str], script: str, fix: str, mended: str) -> None:
    given = manifest(containers=[web(command=[*before, "bash", "-c", script])])
    (finding,) = [finding for finding in findings(given) if finding.rule == "PT108"]
    assert fix in finding.fix.en and fix.strip() in finding.fix.ko
    assert ("last command" in finding.fix.en) is (script == FOLLOWED)
    assert rules(manifest(containers=[web(command=[*before, "bash", "-c", mended])])) == set()


CUTS, LATE = "the app is cut before it has stopped", "only when the app has ended, so SIGTERM does not reach the app"


@pytest.mark.parametrize("before", [[], ["tini", "--"]])
@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("trap 'kill $!' TERM; ./app & wait", CUTS), ("trap 'kill -TERM $P' SIGTERM INT; ./app & P=$!; wait $P", CUTS),
        ("./app & P=$!; trap 'kill $P' 15; wait $P; exit $?", CUTS), ("trap 'exit 0' TERM; ./app & wait; echo ended", CUTS),
        ("trap 'echo stops' TERM; ./app", LATE), ("set -e; trap 'exit 0' INT TERM; ./migrate; ./app | tee log", LATE),
        ("trap 'kill $!; wait' TERM; ./app & wait $!", ""), ("trap 'kill $P' TERM; ./app & P=$!; wait $P; wait $P", ""),
        ("./app & P=$!; trap 'kill $P' TERM; wait $P; trap - TERM; wait $P", ""), ("trap - TERM; ./app & wait", ""),
        ("trap 'kill $P' TERM; ./app & P=$!; while kill -0 $P; do wait $P; done", ""), ("trap stop TERM; ./app & wait", ""),
        ("trap 'kill $P; sleep 9' TERM; ./app & P=$!; wait", ""), ("trap 'kill $!' INT; ./app & wait", ""),
        ("trap 'kill $P' TERM; ./app & P=$!; wait $P; ./after", ""), ("trap 'exit' TERM; sleep 9; tail -f /dev/null", ""),
        ("trap : TERM INT; sleep infinity & wait", ""), ("trap 'exit 0' TERM; echo ready; tail -f /dev/null & wait $!", ""),
        ("trap : TERM; ./app & sleep infinity & wait", CUTS), ("trap 'echo stops' TERM; exec ./app", ""), ("trap '' TERM; ./app", ""),
    ],
)  # fmt: skip
def test_a_trap_that_helps_nothing(before: list[str], script: str, says: str) -> None:
    """Such lines were run as PID 1 of a namespace, in bash, dash and BusyBox; dash refuses the name SIGTERM, and then nothing ends it."""
    text = manifest(containers=[web(command=[*before, "sh", "-c", script])], shareProcessNamespace=True)
    listed = [finding for finding in findings(text) if finding.rule == "PT108"]
    assert [finding.severity for finding in listed] == (["warning"] if says else [])
    for finding in listed:
        assert finding.message.en.startswith("web: ") and finding.message.en.endswith(says)
        assert "{" not in finding.message.ko and "trap" in finding.message.ko
        mended = finding.fix.en.partition(", as in ")[2]
        assert mended == "trap 'kill $!; wait $!' TERM; ./app & wait $!" and mended in finding.fix.ko
        assert rules(manifest(containers=[web(command=[*before, "sh", "-c", mended])])) == set()


def test_a_loop_before_the_app_is_not_taken_for_the_app() -> None:
    waits, loops = ("while ! nc -z db 5432; do sleep 1; done; ./app", "while true; do ./app; done")
    assert _said(["sh", "-c", waits])[0] == "info" and "loop" not in _said(["sh", "-c", waits])[1]
    severity, english, _ = _said(["sh", "-c", loops])
    assert severity == "warning" and "the app runs in a loop" in english
