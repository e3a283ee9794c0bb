"""Manifests, configurations, hooks and edits that nobody would write: the command answers, with a status and without a traceback.

CI tries 2,200, the same each time; `make fuzz N=100000` tries so many with each test, others each time, and prints how a
failure is repeated. `ARGS=--hypothesis-seed=1` makes them the same again.
"""

from __future__ import annotations

import json
import math
import os
import re
import time
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from timing_rules.duration import DurationError, format_duration, parse_duration

from tests.examples.manifests import ROOT
from tests.package.inputs import manifest, run, runs, web
from tests.schemas.sarif import faults

N = int(os.environ.get("FUZZ", "0"))
SEED_TEXTS = [
    path.read_text(encoding="utf-8")
    for folder in ("examples", "tests/cases")
    for path in sorted((ROOT / folder).rglob("*.yaml"))
]
CONFIGURATION = """\
istio: "1.30"
kubernetes: "1.34"
sidecar: native
exclude: [vendor/**]
ignore:
  - {rule: PT109, path: web/**, reason: behind a queue}
severity: {PT108: error}
workloads:
  Deployment/web: {app-shutdown: {web: 20s}, propagation: 5s}
"""
#: What a text is changed into, somewhere: YAML's own signs, numbers at the ends of their types, controls, other scripts.
ODD = [
    "", "null", "~", "[]", "{}", "- ", "? ", ": ", "&a ", "*a", "<<: *a", "!!python/object/apply:os.abort []", "!!binary x", "|", ">-", "#", "'", '"',
    "---\n", "...\n", "%YAML 1.1\n", "\t", "\0", "\x1b[31m", "\u2028", "\ufeff", "\ud83d\ude00", "é", "파드", "::error::x", "%0A", "\r", "\n\n", "  ",
    "0", "-1", "-0", "1e999", ".inf", ".nan", "0x7fffffffffffffff", "9" * 40, "1_000", "1:30", "5s", "1h1h", "-5s", "5 s", "1.5s", "9223372036854775808ns",
    "true", "\"true\"", "yes", "2026-11-29", "preStop", "sleep", "exec", "containers", "initContainers", "istio-proxy", "restartPolicy: Always", "${VAR}", "$(VAR)",
    "{{ .Values.x }}", "kind: List\nitems:", "lifecycle: {preStop: {exec: {command: [sh, -c, ", "proxy.istio.io/config: |",
]  # fmt: skip
WORDS = [
    "sh", "-c", "bash", "-e", "sleep", "5", "5s", "infinity", "kill", "-TERM", "1", "$$", "$PPID", "&&", "||", ";", "|", "&", "!", "(", ")", "{", "}", "\n", "\\", "'", '"',
    "`", "$(", "${X:-1}", "$((1+1))", "while", "until", "do", "done", "if", "then", "fi", "for", "in", "case", "esac", "trap", "exec", "exit", "wait", "curl", "-XPOST",
    "localhost:15020/quitquitquit", "127.0.0.1:15000/drain_listeners?inboundonly&graceful", "<<EOF", "EOF", ">", "2>&1", "/dev/null", "#", "=", "X=1", "tini", "--", "\0", "[[", "]]",
    "nginx", "-s", "quit", "timeout", "xargs", "seq", "1000000000", "{1..9}", "*", "~", "파드",
]  # fmt: skip
TRACEBACK = re.compile(r"Traceback|Error:|object at 0x|<class '")


def several(times: int) -> settings:
    """CI: so many inputs, always the same. With FUZZ: as many as that for each test, others each time."""
    return settings(
        max_examples=N or times,
        derandomize=not N,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )


class Change(NamedTuple):
    """A span of a text, by its place in thousandths, and what stands there instead; `lines` takes whole lines."""

    start: int
    length: int
    new: str
    lines: bool


changes = st.lists(
    st.builds(
        Change, st.integers(0, 999), st.integers(0, 12), st.sampled_from(ODD) | st.text(max_size=6), st.booleans()
    ),
    min_size=1,
    max_size=4,
)


def changed(text: str, wanted: list[Change]) -> str:
    for change in wanted:
        if change.lines:
            lines = text.splitlines(keepends=True) or [""]
            at = change.start * len(lines) // 1000
            # A line taken out is put in elsewhere, so that blocks move to where they do not belong.
            taken = lines[at : at + change.length]
            del lines[at : at + change.length]
            where = (change.start * 7 % 1000) * len(lines) // 1000
            text = "".join([*lines[:where], change.new, *taken, *lines[where:]])
        else:
            at = change.start * len(text) // 1000
            text = text[:at] + change.new + text[at + change.length :]
    return text


def answers(file: Path, *argv: str) -> str:
    """The output of a command that ends in time, with a status that is documented, and says nothing that is not for people."""
    began = time.process_time()
    ran = run(*argv, str(file))
    spent = time.process_time() - began
    assert ran.status in (0, 1, 2), ran
    for stream in (ran.out, ran.err):
        assert not TRACEBACK.search(stream), stream
        assert "\x1b" not in stream and "\0" not in stream, "a control of the terminal passed through"
    assert "this is a bug" not in ran.err, ran.err
    assert spent < 10 + file.stat().st_size / 1000, f"{spent:.1f} s"
    return ran.out


def put(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_bytes(text.encode("utf-8", errors="surrogatepass"))
    return file


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@several(900)
@given(text=st.sampled_from(SEED_TEXTS), wanted=changes, command=st.sampled_from(["check", "check", "timeline"]))
def test_a_damaged_manifest_is_answered(folder: Path, text: str, wanted: list[Change], command: str) -> None:
    out = answers(put(folder, "damaged.yaml", changed(text, wanted)), command, "--format", "json")
    json.loads(out or "[]")


@several(300)
@given(text=st.sampled_from(SEED_TEXTS), wanted=changes, lang=st.sampled_from(["en", "ko"]))
def test_every_format_of_a_damaged_manifest_is_whole(folder: Path, text: str, wanted: list[Change], lang: str) -> None:
    file = put(folder, "formats.yaml", changed(text, wanted))
    assert faults(json.loads(answers(file, "check", "--format", "sarif", "--lang", lang))) == []
    for line in answers(file, "check", "--format", "github", "--lang", lang).splitlines():
        assert re.match(r"::(?:error|warning|notice) file=\S", line), line


@several(300)
@given(text=st.sampled_from(SEED_TEXTS), wanted=changes)
def test_fix_prints_a_diff_or_nothing_and_writes_only_when_told(folder: Path, text: str, wanted: list[Change]) -> None:
    file = put(folder, "fix.yaml", changed(text, wanted))
    before = file.read_bytes()
    out = answers(file, "fix")
    assert file.read_bytes() == before
    assert not out or out.startswith("--- ")
    answers(file, "fix", "--write")
    after = file.read_bytes()
    assert (after != before) == bool(out)


@several(250)
@given(wanted=changes)
def test_a_damaged_configuration_is_answered(folder: Path, wanted: list[Change]) -> None:
    file = put(folder, "timing-rules.yaml", changed(CONFIGURATION, wanted))
    answers(ROOT / "examples/http/native-sidecar.yaml", "check", "--config", str(file))


@several(250)
@given(words=st.lists(st.sampled_from(WORDS), max_size=14), shell=st.booleans(), start=st.booleans())
def test_any_words_of_a_hook_are_read(folder: Path, words: list[str], shell: bool, start: bool) -> None:
    command = ["sh", "-c", " ".join(words)] if shell else words
    own = {"command": command} if start else runs(*command)
    text = manifest("Deployment", containers=[web(**own)], terminationGracePeriodSeconds=30)
    answers(put(folder, "hook.yaml", text), "check", "--format", "json")


@several(200)
@given(text=st.text(alphabet="0123456789.-+eEµnmsh _一", max_size=24))
def test_a_duration_is_a_number_of_seconds_or_refused(text: str) -> None:
    try:
        length = parse_duration(text)
    except DurationError as error:
        assert text in str(error) or not text
    else:
        assert math.isfinite(length) and parse_duration(format_duration(length)) == pytest.approx(length, abs=1e-6)


@pytest.mark.parametrize("depth", [100, 10_000])
def test_depth_is_refused_in_words(folder: Path, depth: int) -> None:
    for name, text in (("deep.yaml", "[" * depth + "]" * depth), ("deep.json", '{"a":' * depth + "1" + "}" * depth)):
        answers(put(folder, name, text), "check")


def test_no_tag_is_executed(folder: Path) -> None:
    made = folder / "made"
    text = manifest("Deployment") + f"x: !!python/object/apply:os.mkdir ['{made}']\n"
    answers(put(folder, "tag.yaml", text), "check")
    assert not made.exists()
