"""The picture in a terminal, and lines in which no name forges anything."""

from __future__ import annotations

import io
import json
import sys

import pytest
from timing_rules.show.drawing import PHASES, padded, row, width, wrapped

from tests.examples.manifests import ROOT
from tests.package.inputs import IN, manifest, run, sleeps, web

WRONG = str(ROOT / "examples" / "wrong" / "PT201-drain-shorter-than-the-app.yaml")
DRAWN = """\
                    0 s                         30 s                    60 s
clients             >>>>>
load balancer       >>>>>>>
carts               ---------============
istio-proxy         ~~~~~~~~~~~~~~
lost                              !!!!!!!
                    > sends  - preStop  = after SIGTERM  ~ drains
                    ! requests can be lost
"""
DRAWN_KO = """\
                    0초                         30초                    60초
클라이언트          >>>>>
로드 밸런서         >>>>>>>
carts               ---------============
istio-proxy         ~~~~~~~~~~~~~~
유실                              !!!!!!!
                    > 요청 보냄  - preStop 훅  = SIGTERM 뒤  ~ 드레인
                    ! 요청 유실 가능
"""
FLAGS = ["--sidecar", "classic", "--app-shutdown", "12s", "--lb-deregistration", "8s"]


@pytest.mark.parametrize(("lang", "drawn"), [("en", DRAWN), ("ko", DRAWN_KO)])
def test_a_timeline_is_drawn_above_its_events(lang: str, drawn: str) -> None:
    out = run("timeline", "--lang", lang, *FLAGS, WRONG).out
    assert out.partition("\n")[2].startswith(drawn)


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_no_line_of_an_example_is_wider_than_a_terminal(lang: str) -> None:
    out = run("timeline", "--lang", lang, "--app-shutdown", "40s", str(ROOT / "examples")).out
    long = [line for line in out.splitlines() if width(line) > 80 and not line.startswith(str(ROOT))]
    assert not long and out.count("\n") > 500


def test_what_is_not_declared_and_what_is_killed_has_a_letter_of_its_own() -> None:
    text = manifest(containers=[web(**sleeps(5)), {"name": "slow", "image": "x"}])
    out = run("timeline", "--lang", "en", "--app-shutdown", "slow=50s", stdin=text).out
    assert f"web                 {'-' * 9}{'?' * 47}\n" in out
    assert f"slow                {'=' * 55}X\n" in out
    assert "- preStop  = after SIGTERM  ? not declared  X SIGKILL" in out


class Screen(io.TextIOWrapper):
    """A terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "colours"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colours_are_for_a_terminal_alone(
    environment: dict[str, str], colours: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from timing_rules.cli import main

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    screen = Screen(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", screen)
    main(["timeline", "--lang", "en", *FLAGS, WRONG])
    screen.flush()
    shown = screen.buffer.getvalue().decode()  # type: ignore[attr-defined]
    assert ("\x1b[31;1m!\x1b[0m" in shown) is colours
    plain = shown
    for _, colour, _ in PHASES.values():
        plain = plain.replace(f"\x1b[{colour}m", "").replace("\x1b[0m", "")
    assert plain.partition("\n")[2].startswith(DRAWN)
    assert "\x1b" not in run("timeline", *FLAGS, WRONG).out


def test_columns_of_korean_letters_count_twice() -> None:
    assert (width("파드a"), width("Ｆ"), width("e\u0301"), width("")) == (5, 2, 1, 0)
    assert (padded("파드", 6), padded("파드파드", 6), padded("abc", 2)) == ("파드  ", "파드..", "..")
    rows = list(wrapped("파드 " * 40, 4))
    assert all(width(row) <= 80 for row in rows) and all(row.startswith("    파드") for row in rows[1:])


EVIL = "a\n::error::forged\r\x1b[2J\x9b1m\u202e%0A"


@pytest.mark.parametrize("style", ["text", "github", "json", "sarif"])
@pytest.mark.parametrize("command", ["check", "timeline"])
def test_a_name_forges_nothing(command: str, style: str) -> None:
    if command == "timeline" and style in ("github", "sarif"):
        return
    wrong = json.loads(json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": EVIL}}))
    wrong["spec"] = {"containers": [{"name": EVIL, "image": "x", **sleeps(30)}, {"name": "::warning::b", **sleeps(30)}]}
    ran = run(command, "--format", style, "--severity", "info", stdin=json.dumps(wrong))
    assert EVIL not in ran.out + ran.err
    for line in (ran.out + ran.err).split("\n"):
        assert not any(letter in line for letter in "\r\x1b\x9b\u202e")
        ours = style == "github" and ",title=PT1" in line
        assert ours or not line.lstrip().startswith(("::", "##["))
    if style in ("json", "sarif"):
        assert "::error::forged" in json.dumps(json.loads(ran.out))  # all of it is there, as data
    if style == "github":
        assert ran.out.count("\n") == ran.out.count(",title=PT1") > 1


def test_a_file_of_an_odd_name_commands_no_workflow(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(str(tmp_path))
    with open("::error::x.yaml", "w", encoding="utf-8") as file:
        file.write(manifest(containers=[web(**sleeps(30))]))
    ran = run("check", "::error::x.yaml")
    assert ran.status == 1 and ran.out.startswith("\\::error::x.yaml:")


def test_a_word_that_no_line_can_hold_stands_in_one_line() -> None:
    name = "n" * 90
    assert list(row("  30 s  ! ", f"{name} is cut")) == [f"  30 s  ! {name}", " " * 10 + "is cut"]


@pytest.mark.parametrize(("kind", "lang", "key"), [
    ("Job", "en", "! work can be lost"), ("Job", "ko", "! 작업 끊길 수 있음"),
    ("Deployment", "en", "! requests can be lost"), ("Deployment", "ko", "! 요청 유실 가능"),
])  # fmt: skip
def test_the_key_of_what_is_lost_names_what_it_is(kind: str, lang: str, key: str) -> None:
    """Nobody sends requests to a Job."""
    text = manifest(kind, labels=IN, containers=[web(ports=[{"containerPort": 1}], **sleeps(8))])
    shown = run("timeline", "--lang", lang, "--sidecar", "classic", "--app-shutdown", "20s", "-", stdin=text).out
    assert key in shown and len([line for line in shown.splitlines() if line.strip().startswith(key[:1]) or key in line]) == 1  # fmt: skip
