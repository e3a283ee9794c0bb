"""Whole answers, as text that a reviewer reads as a diff: `python -m tests.snapshots.write` (`make snapshots`).

Each file beside this one is a snapshot of an area: every finding with its place, its sentences in both languages and its
edits; every event and loss of a timeline; what a command line prints; the shapes of a picture; what other values change; the sentences that modules keep.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from timing_rules import Assumptions, Pod, check, timeline
from timing_rules.domain import MeshConfig
from timing_rules.manifest.read import read
from timing_rules.rules.engine import Finding, RuleFailure
from timing_rules.rules.registry import RULES
from timing_rules.text import Text, seconds

from tests.package.inputs import run
from tests.snapshots.broken import broken
from tests.snapshots.calculated import calculated
from tests.snapshots.links import links
from tests.snapshots.pictures import pictures
from tests.snapshots.runs import repository
from tests.snapshots.scales import scales
from tests.snapshots.scripts import scripts
from tests.snapshots.sentences import sentences
from tests.snapshots.settings import settings
from tests.snapshots.tables import tables
from tests.snapshots.variations import FOLDER as VARIED
from tests.snapshots.variations import variations

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
WRONG, EXAMPLES, CASES = "examples/wrong", "examples", "tests/cases"
#: What people type, once in each language.
COMMANDS = [
    "check examples/wrong/PT101-sleep-as-long-as-the-grace-period.yaml",
    "check examples/wrong",
    "check --severity error examples/wrong",
    "check --severity info examples/wrong",
    "check --severity info tests/cases/services-no-delay.yaml",
    "check --format github --severity info tests/cases/services-no-delay.yaml",
    "check tests/cases/reading-folder",
    "check --strict tests/cases/reading-folder",
    "check tests/cases/reading-unread-kinds.yaml examples/no-such-file.yaml",
    "check --sidecar classic --app-shutdown 40s examples/http",
    "timeline examples/http/native-sidecar.yaml",
    "timeline --sidecar classic examples/wrong/PT201-drain-shorter-than-the-app.yaml",
    "rule",
    "--help",
    "check --help",
    "check --istoi 1.31",
    "timeline --sidecar classic tests/cases/services-own-sidecar-quits.yaml tests/cases/hooks-readable-lengths.yaml",
    "timeline --istio 1.20 --kubernetes 1.27 --app-shutdown never --prestop web=50s tests/cases/proxy-overrides.yaml",
    "timeline --format json --lb-deregistration 10s --app-shutdown 5s examples/http/classic-sidecar.yaml",
    "check --format json --severity info examples/wrong/PT111-grace-period-in-the-container.yaml",
    "fix examples/wrong",
    "fix --rule PT109 --rule PT110 tests/cases",
    "check --format sarif --severity info tests/snapshots/varied/gateways.yaml",
    "check --format github --severity info tests/snapshots/varied",
    "check --format json --severity info tests/snapshots/varied/services.yaml",
    "check --severity info --app-shutdown 12s tests/snapshots/varied",
    "check --show-config --exclude gateways.yaml --ignore 'PT109: by hand' tests/snapshots/varied",
    "timeline tests/snapshots/varied",
    "timeline --istio 1.26 --kubernetes 1.29 --app-shutdown never --lb-deregistration 45s tests/snapshots/varied/deployment.yaml tests/snapshots/varied/operator.yaml",
    "timeline --format json tests/snapshots/varied/deployment.yaml",
    "fix tests/snapshots/varied",
    "rule pt101",
    "rule --format json PT101",
    *[f"rule {code}" for code in RULES],
]
#: What people mistype, in English.
MISTAKES = [
    "", "chek deploy.yaml", "check", "check --help rule", "rule PT999", "rule PT101 PT102", "rule --severity info", "fix -",
    "check --istio", "check --istio 1.17 x", "check --kubernetes one x", "check --sidecar both x", "check --severity=all x",
    "check --strict=yes x", "check --format sarif --format json x", "timeline --format github x", "check --lang fr x",
    "check --app-shutdown 10 x", "check --app-shutdown web= x", "check --app-shutdown =5s x", "check --prestop 5s x",
    "check --app-shutdown istio-proxy=5s x", "check --app-shutdown never --prestop web=never x", "check --propagation -1s x",
    "check --ignore PT101 x", "check --ignore 'PT999: no' x", "check --ignore 'PT101: a' --ignore 'PT101: b' x",
    "check --rule-severity PT109 x", "check --rule-severity PT109=loud x", "check --rule-severity PT999=info x",
    "check --rule PT101 x", "fix --rule PT999 x", "check --config no-such-file x", "check --baseline no-such-file x",
    "check --mesh-config no-such-file x", "check --mesh-config examples/http/native-sidecar.yaml x", "check --write-baseline x",
    "check --prestop nobody=5s examples/http/native-sidecar.yaml", "check --connections-idle-after soon x", "check -x",
    "check --node-shutdown 1h --severty info x", "timeline --write x", "check --show-config --istio 1.31 --strict",
]  # fmt: skip


def main(names: Iterable[str]) -> None:
    for name in names:
        (FOLDER / f"{name}.txt").write_text(AREAS[name](), encoding="utf-8")
        print(f"tests/snapshots/{name}.txt")


def findings_of(folder: str, *, but: str = "") -> str:
    """Every finding and every error of the manifests in a folder, one file after the other."""
    return _joined(_findings(path) for path in _manifests(folder, but))


def timelines_of(folder: str, *, but: str = "") -> str:
    """Every event and every loss of the pods in a folder."""
    return _joined(_timelines(path) for path in _manifests(folder, but))


def command_lines() -> str:
    """What each command prints, and its exit status."""
    whole = [_ran(command, lang) for command in COMMANDS for lang in ("en", "ko")]
    return _joined([*whole, *(_ran(command, "en") for command in MISTAKES)])


def _varied(name: str) -> str:
    return _joined(variations(name))


AREAS: dict[str, Callable[[], str]] = {
    "findings-wrong": lambda: findings_of(WRONG),
    "findings-cases": lambda: findings_of(CASES),
    "timelines-wrong": lambda: timelines_of(WRONG),
    "timelines-examples": lambda: timelines_of(EXAMPLES, but=WRONG),
    "timelines-cases": lambda: timelines_of(CASES),
    "command-lines": command_lines,
    "tables": lambda: _joined(tables()),
    "broken": lambda: _joined(broken()),
    "calculated": lambda: _joined(calculated()),
    "links": lambda: _joined(links()),
    "runs": lambda: _joined(repository()),
    "scales": lambda: _joined(scales()),
    "scripts": lambda: _joined(scripts()),
    "settings": lambda: _joined(settings()),
    "sentences": lambda: _joined(sentences()),
    "pictures": lambda: _joined(pictures()),
    **{f"varied-{file.stem}": partial(_varied, file.stem) for file in sorted(VARIED.glob("*.yaml"))},
}


def _manifests(folder: str, but: str) -> list[Path]:
    paths = sorted(path for path in (ROOT / folder).rglob("*") if path.suffix in (".yaml", ".json"))
    return [path for path in paths if not but or not path.is_relative_to(ROOT / but)]


def _joined(parts: Iterable[Iterable[str]]) -> str:
    texts = ("\n".join(lines) for lines in parts)
    return "\n\n".join(text for text in texts if text) + "\n"


def _items(path: Path) -> tuple[list[Pod | MeshConfig], list[str]]:
    name = path.relative_to(ROOT).as_posix()
    reading = read([(name, path.read_text(encoding="utf-8"))], Assumptions())
    return reading.items, [error.describe(lang) for error in reading.errors for lang in ("en", "ko")]


def _findings(path: Path) -> Iterator[str]:
    items, errors = _items(path)
    yield f"==== {path.relative_to(ROOT).as_posix()}"
    yield from errors
    failures = list[RuleFailure]()
    for item in items:
        for finding in check(item, failures):
            yield from _finding(finding)
    assert not failures


def _finding(finding: Finding) -> Iterator[str]:
    container = f" ({finding.container})" if finding.container else ""
    yield f"{finding.line} {finding.rule} {finding.severity} {finding.kind}/{finding.name}{container} {finding.path}".rstrip()
    yield from _both(finding.message)
    yield from _both(finding.fix)
    for edit in finding.edits:
        yield f"    {edit.line}:{edit.column}–{edit.end_line}:{edit.end_column} {edit.text!r}"


def _both(text: Text) -> Iterator[str]:
    yield from (f"    {text.en}", f"    {text.ko}")


def _timelines(path: Path) -> Iterator[str]:
    pods = [item for item in _items(path)[0] if isinstance(item, Pod)]
    if pods:
        yield f"==== {path.relative_to(ROOT).as_posix()}"
    for line in map(timeline, pods):
        rests = ", ".join((*line.assumed, *line.unknown))
        yield f"{line.pod.kind}/{line.pod.name} {line.sidecar} grace {line.grace} s; assumed or unknown: {rests or '–'}"
        for event in line.events:
            yield f"  {seconds(event.at)} {event.actor} {event.kind}: {event.text.en} | {event.text.ko}"
        for loss in line.losses:
            yield f"  {seconds(loss.start)}–{seconds(loss.end)} lost: {loss.text.en} | {loss.text.ko}"


def _ran(command: str, lang: str) -> Iterator[str]:
    with contextlib.chdir(ROOT):
        ran = run(*shlex.split(command), "--lang", lang)
    yield f"$ timing-rules {command} --lang {lang}"
    yield from ran.out.splitlines()
    if ran.err:
        yield "---- standard error"
        yield from ran.err.splitlines()
    yield f"---- exit status {ran.status}"


if __name__ == "__main__":
    os.chdir(ROOT)
    main(sys.argv[1:] or AREAS)
