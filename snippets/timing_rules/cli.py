"""The command line: `timing-rules check`, `timeline` and `rule`. The only module that prints."""

from __future__ import annotations

import argparse
import gc
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

from . import versions
from .domain import Assumptions, ManifestError, MeshConfig, Pod
from .duration import DurationError
from .manifest.declared import parse_ignore, parse_length
from .manifest.read import read
from .manifest.resources import Reading
from .rules.engine import Finding, RuleFailure, check, missing_facts
from .rules.registry import RULES
from .rules.rule import Severity
from .show.data import finding_json, timeline_json
from .show.github import github
from .show.sarif import sarif
from .source.stream import documents
from .text import Text, seconds
from .timeline import Timeline, timeline
from .versions import VersionError

_SUFFIXES = {".yaml", ".yml", ".json"}
_MOST_LINES = 10
_ORDER = [Severity.ERROR, Severity.WARNING, Severity.INFO]
_SEVERITY = dict(zip(_ORDER, (Text("error", "오류"), Text("warning", "경고"), Text("info", "정보")), strict=True))

# Faults: what is wrong, and how to mend it; then what goes beside the findings.
# fmt: off
_UNREADABLE = (Text("it cannot be read ({why})", "읽을 수 없습니다 ({why_ko})"), Text("check the name and its permissions", "이름과 권한을 확인하십시오"))
_REASONS: dict[type[OSError], Text] = {
    FileNotFoundError: Text("there is no such file", "그런 파일이 없습니다"),
    PermissionError: Text("permission denied", "권한이 없습니다"),
    IsADirectoryError: Text("it is a folder", "폴더입니다"),
    OSError: Text("I/O error", "입출력 오류"),
}
_NO_CONFIG = (
    Text("a configuration file is a YAML mapping of flags", "설정 파일은 플래그를 담은 YAML 매핑입니다"),
    Text('write such as istio: "1.31"', 'istio: "1.31"처럼 적으십시오'),
)
_NOT_UTF8 = (Text("it is not UTF-8 text", "UTF-8 텍스트가 아닙니다"), Text("save it as UTF-8", "UTF-8로 저장하십시오"))
_NOT_ONE_MESH = (
    Text("it holds {n} mesh configurations, not one", "메시 설정이 {n} 개 있습니다"),
    Text("give an IstioOperator, Helm values with meshConfig, or the istio ConfigMap", "IstioOperator, meshConfig가 있는 Helm 값, istio ConfigMap 가운데 하나를 주십시오"),
)
_NEWER = Text(
    "{c} {v} is newer than these facts, which end at {n}; the rows of {n} are used",
    "{c} {v} 버전은 이 규칙이 다루는 {n} 버전보다 새롭습니다. {n} 버전의 사실을 씁니다",
)
_MISSING = Text(
    "{where}: {name}: these facts would decide more: {facts} (declare them as timing-rules/ annotations)",
    "{where}: {name}: timing-rules/ 어노테이션으로 {facts} 값을 선언하면 더 판정할 수 있습니다",
)
_MORE = Text("… and so for {n} more pods", "… 파드 {n}개도 같습니다")
_COUNTS = Text(
    "checked {pods} pod(s) and {mesh} mesh configuration(s), passed over {over} other document(s): {counts}",
    "파드 {pods}개와 메시 설정 {mesh}개를 검사했고 다른 문서 {over}개는 건너뛰었습니다 ({counts})",
)
_FAILED = Text(
    "{where}: {name}: rule {rule} failed ({error}). The other rules were applied; this is a bug, please report it",
    "{where}: {name}: {rule} 규칙을 실행하지 못했습니다 ({error}). 나머지 규칙은 적용했습니다. 프로그램의 버그이므로 제보해 주십시오",
)
_ASSUMED = Text("assumed (newest versions):", "가정 (가장 새로운 버전):")
_UNKNOWN = Text("not declared:", "선언하지 않은 사실:")
_NO_RULE = Text("there is no rule {c}; the rules are {k}", "{c} 규칙은 없습니다. 규칙은 {k} 사이에 있습니다")
# fmt: on


def main(argv: list[str] | None = None) -> int:
    """Run the command line. Returns its exit status: 0 nothing found, 1 findings, 2 input that could not be read,
    or a rule that failed."""
    options = argparse.Namespace(status=0)
    # The trees of all inputs are kept until the end: looking through them for garbage again and again finds none.
    gc.set_threshold(200_000, 20, 100)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")
    try:
        words = sys.argv[1:] if argv is None else argv
        lang = _language(words)
        _parser(lang).parse_args(_with_config(words, lang), options)
        options.run(options)
        sys.stdout.flush()
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return 130
    return int(options.status)


def _with_config(words: list[str], lang: str) -> list[str]:
    """The command line with the flags of its `--config FILE` before its own, which win.

    The file is a YAML mapping of long flags: `istio: "1.31"`, `app-shutdown: {web: 60s}`, `ignore: {PT109: why}`.
    """
    words = [part for one in words for part in (one.split("=", 1) if one.startswith("--config=") else [one])]
    names = []
    while "--config" in words[1:-1]:
        at = words.index("--config", 1)
        names.append(words[at + 1])
        del words[at : at + 2]
    errors, flags = list[ManifestError](), []
    for name, text in _texts(names, errors):
        for document in documents(text):
            if document.error is not None or document.root is None or document.root.kind != "mapping":
                errors.append(ManifestError(name, document.line, *_NO_CONFIG))
            for key, node in document.root.entries.items() if document.root is not None else ():
                glue = ": " if key == "ignore" else "="
                values = [f"{one}{glue}{value.raw}" for one, value in node.entries.items()] or [node.raw]
                flags += [part for value in values for part in (f"--{key}", value)]
    if errors:
        print(errors[0].describe(lang), file=sys.stderr)
        raise SystemExit(2)
    return [*words[:1], *flags, *words[1:]]


def _language(words: list[str]) -> str:
    """The language of the command line itself, which is needed before it is parsed."""
    asked = [after for word, after in pairwise(words) if word == "--lang"]
    asked += [word.removeprefix("--lang=") for word in words if word.startswith("--lang=")]
    return asked[-1] if asked else _locale()


def _parser(lang: str) -> argparse.ArgumentParser:
    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> NoReturn:
            head = Text("usage error", "사용법 오류").get(lang)
            self.exit(2, f"{self.format_usage()}{head}: {message}\n")

    parser = Parser(prog="timing-rules", description="How a pod and its Istio sidecar stop.")
    commands = parser.add_subparsers(required=True, metavar="check|timeline|rule")
    shared = Parser(add_help=False)
    shared.add_argument("--lang", choices=["en", "ko"], default=_locale(), help="language (default: the locale)")
    shared.add_argument("--format", choices=["text", "json", "sarif", "github"], default="text")
    facts = Parser(add_help=False)
    facts.add_argument("inputs", nargs="*", metavar="FILE|DIR|-")
    facts.add_argument("--istio", metavar="1.31", type=_told(_version("istio"), lang))
    facts.add_argument("--kubernetes", metavar="1.37", type=_told(_version("kubernetes"), lang))
    facts.add_argument("--sidecar", choices=["auto", "native", "classic", "none"], default="auto")
    facts.add_argument("--mesh-config", metavar="FILE", help="IstioOperator, Helm values or the istio ConfigMap")
    facts.add_argument("--config", metavar="FILE", help="a YAML mapping of these flags")
    facts.add_argument("--severity", choices=[str(one) for one in _ORDER], default="warning")
    named = _told(_named, lang)
    facts.add_argument("--app-shutdown", action="append", default=[], metavar="[NAME=]60s|never", type=named)
    facts.add_argument("--prestop", action="append", default=[], metavar="NAME=5s", type=named)
    for name in ("accepts-after-sigterm", "propagation", "lb-deregistration", "node-shutdown"):
        facts.add_argument(f"--{name}", metavar="10s", type=_told(parse_length, lang))
    facts.add_argument("--connections-idle-after", metavar="20s|never", type=_told(_long, lang))
    facts.add_argument("--ignore", action="append", default=[], metavar='"PT109: reason"', type=_ignore(lang))
    for name, run, text in (
        ("check", _check, "find mistakes in manifests and mesh configuration"),
        ("timeline", _timeline, "show what happens when while the pods stop"),
    ):
        command = commands.add_parser(name, parents=[shared, facts], help=text, description=text, allow_abbrev=False)
        command.set_defaults(run=run)
    explain = commands.add_parser("rule", parents=[shared], help="explain one rule", description="Explain one rule.")
    explain.add_argument("code", metavar="PT204")
    explain.set_defaults(run=_rule)
    return parser


def _locale() -> str:
    named = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "ko" if next((value for value in named if value), "").startswith("ko") else "en"


_Read = Callable[[str], Any]


def _told(read: _Read, lang: str) -> _Read:
    """A reader of an argument whose errors are told in `lang`."""

    def told(text: str) -> Any:
        try:
            return read(text)
        except (DurationError, VersionError) as error:
            raise argparse.ArgumentTypeError(error.sentence.get(lang)) from None

    return told


def _long(text: str) -> float:
    return parse_length(text, may_be_never=True)


def _named(text: str) -> tuple[str, float]:
    name, _, length = text.rpartition("=")
    return name, _long(length)


def _version(component: str) -> _Read:
    def read(text: str) -> str:
        versions.parse_version(component, text)
        return text

    return read


def _ignore(lang: str) -> Callable[[str], dict[str, str]]:
    def read(text: str) -> dict[str, str]:
        found = parse_ignore(text)
        if found is None:
            raise argparse.ArgumentTypeError(_REASON.get(lang))
        return found

    return read


_REASON = Text(
    'a rule and a reason are needed, such as "PT109: drained by hand"',
    '"PT109: 직접 드레인함"처럼 규칙과 이유가 필요합니다',
)


def _say(text: Text, options: argparse.Namespace, **values: object) -> None:
    print(text.format(**values).get(options.lang), file=sys.stderr)


def _print_json(data: object) -> None:
    json.dump(data, sys.stdout, ensure_ascii=False, indent=2, allow_nan=False)
    print()


def _read(options: argparse.Namespace) -> Reading:
    """All the input of a command, read together."""
    errors: list[ManifestError] = []
    facts = Assumptions(
        istio=options.istio,
        kubernetes=options.kubernetes,
        sidecar=options.sidecar,
        app_shutdown=dict(options.app_shutdown),
        prestop=dict(options.prestop),
        accepts_after_sigterm=options.accepts_after_sigterm,
        propagation=options.propagation,
        connections_idle_after=options.connections_idle_after,
        lb_deregistration=options.lb_deregistration,
        node_shutdown=options.node_shutdown,
        ignore={rule: reason for one in options.ignore for rule, reason in one.items()},
        mesh=_mesh(options.mesh_config, errors) if options.mesh_config else None,
    )
    inputs = options.inputs or ["-"]
    reading = read(_texts(inputs, errors), facts)
    reading.errors = errors + reading.errors
    for error in reading.errors:
        print(error.describe(options.lang), file=sys.stderr)
    for component in ("istio", "kubernetes"):
        stated = {getattr(item, component) for item in reading.items if isinstance(item, Pod)} - {None}
        for version in sorted(one for one in stated if versions.is_newer_than_facts(component, one)):
            _say(_NEWER, options, c=component.capitalize(), v=version, n=versions.NEWEST[component])
    return reading


def _mesh(path: str, errors: list[ManifestError]) -> MeshConfig | None:
    reading = read(_texts([path], errors), Assumptions())
    errors += reading.errors
    found = [item for item in reading.items if isinstance(item, MeshConfig) and item.kind != "ProxyConfig"]
    if len(found) != 1 and not reading.errors and Path(path).is_file():
        sentence, fix = _NOT_ONE_MESH
        errors.append(ManifestError(path, 1, sentence.format(n=len(found)), fix))
    return found[0] if len(found) == 1 else None


def _texts(inputs: list[str], errors: list[ManifestError]) -> Iterator[tuple[str, str]]:
    """The text of every input; folders are walked for YAML and JSON, without hidden folders and Helm templates."""
    for name in inputs:
        path = Path(name)
        for one in _walk(path) if name != "-" and os.path.isdir(name) else [path]:
            try:
                content = sys.stdin.buffer.read() if name == "-" else one.read_bytes()
                text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
            except OSError as error:
                why = next(why for kind, why in _REASONS.items() if isinstance(error, kind))
                sentence, fix = _UNREADABLE
                errors.append(ManifestError(str(one), 1, sentence.format(why=why.en, why_ko=why.ko), fix))
            except UnicodeDecodeError as error:
                line = content.count(b"\n", 0, error.start) + 1
                errors.append(ManifestError(str(one), line, *_NOT_UTF8))
            else:
                if one is path or re.search(r"^\s*[^\s#]", text, re.MULTILINE):
                    yield str(one), text


def _walk(folder: Path) -> Iterator[Path]:
    for base, folders, files in os.walk(folder):
        chart = "Chart.yaml" in files
        folders[:] = sorted(one for one in folders if not one.startswith(".") and one != "node_modules")
        if chart and "templates" in folders:
            folders.remove("templates")
        yield from (Path(base, one) for one in sorted(files) if Path(one).suffix in _SUFFIXES)


# ------------------------------------------------------------------------------------------------------------ check


def _check(options: argparse.Namespace) -> None:
    reading = _read(options)
    failures: list[RuleFailure] = []
    found = [finding for item in reading.items for finding in check(item, failures)]
    shown = _ORDER[: _ORDER.index(Severity(options.severity)) + 1]
    failing = [finding for finding in found if finding.severity in shown]
    options.status = 2 if reading.errors or failures else 1 if failing else 0
    if options.format == "json":
        _print_json([finding_json(one, options.lang) for one in found])
    elif options.format == "sarif":
        _print_json(sarif(found, options.lang))
    for finding in failing if options.format in ("text", "github") else ():
        if options.format == "github":
            print(github(finding, options.lang))
        else:
            _print_finding(finding, options.lang)
    for failure in failures:
        item, error = failure.item, " ".join(f"{type(failure.exception).__name__}: {failure.exception}".split())
        name = f"{item.kind} {item.name}".strip()
        _say(_FAILED, options, where=f"{item.source}:{item.line}", name=name, rule=failure.rule, error=error)
    pods = [item for item in reading.items if isinstance(item, Pod)]
    missing = [(pod, facts) for pod in pods if (facts := missing_facts(pod))]
    for pod, facts in missing[:_MOST_LINES]:
        name = f"{pod.kind} {pod.name}".strip()
        _say(_MISSING, options, where=f"{pod.source}:{pod.line}", name=name, facts=", ".join(facts))
    if len(missing) > _MOST_LINES:
        _say(_MORE, options, n=len(missing) - _MOST_LINES)
    counts = Counter(finding.severity for finding in found)
    listed = ", ".join(f"{_SEVERITY[one].get(options.lang)} {counts[one]}" for one in _ORDER)
    mesh, over = len(reading.items) - len(pods), reading.passed_over.total()
    _say(_COUNTS, options, pods=len(pods), mesh=mesh, over=over, counts=listed)


def _print_finding(finding: Finding, lang: str) -> None:
    severity = _SEVERITY[finding.severity].get(lang)
    name = " ".join(one for one in (finding.kind, finding.name) if one)
    print(f"{finding.source}:{finding.line}: {severity} {finding.rule} [{name}] {finding.message.get(lang)}")
    print(f"    {Text('fix', '고치기').get(lang)}: {finding.fix.get(lang)}")


# --------------------------------------------------------------------------------------------------------- timeline


def _timeline(options: argparse.Namespace) -> None:
    reading = _read(options)
    lines = [timeline(item) for item in reading.items if isinstance(item, Pod)]
    options.status = 2 if reading.errors else 0
    if options.format in ("json", "sarif"):
        _print_json([timeline_json(one, options.lang) for one in lines])
    else:
        for line in lines:
            _print_timeline(line, options.lang)


def _print_timeline(line: Timeline, lang: str) -> None:
    pod = line.pod
    name = " ".join(one for one in (pod.kind, pod.name) if one)
    mode = Text(f"sidecar {line.sidecar}", f"사이드카 {line.sidecar}").get(lang)
    print(f"{pod.source}:{pod.line}: {name}, {mode}, Kubernetes {line.kubernetes}, Istio {line.istio}")
    width = max((len(event.actor) for event in line.events), default=0)
    for event in line.events:
        print(f"  {seconds(event.at):>8} s  {event.actor:<{width}}  {event.text.get(lang)}")
    for loss in line.losses:
        print(f"  {seconds(loss.start)}–{seconds(loss.end)} s  ! {loss.text.get(lang)}")
    for names, text in ((line.assumed, _ASSUMED), (line.unknown, _UNKNOWN)):
        if names:
            print(f"  {text.get(lang)} {', '.join(names)}")


# ------------------------------------------------------------------------------------------------------------- rule


def _rule(options: argparse.Namespace) -> None:
    rule = RULES.get(options.code.upper())
    if rule is None:
        _say(_NO_RULE, options, c=options.code, k=f"{min(RULES)}–{max(RULES)}")
        if options.format == "json":
            print("null")
        options.status = 2
        return
    parts = {"title": rule.title, "what": rule.what, "why": rule.why, "fix": rule.fix}
    if options.format == "json":
        said = {key: text.get(options.lang) for key, text in parts.items()}
        _print_json({"rule": rule.code, "severity": rule.severity, **said})
        return
    print(f"{rule.code} ({_SEVERITY[rule.severity].get(options.lang)}): {rule.title.get(options.lang)}")
    for part in ("what", "why", "fix"):
        print(f"\n{parts[part].get(options.lang)}")
