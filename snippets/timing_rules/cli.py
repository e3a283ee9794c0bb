"""The command line: `timing-rules check`, `timeline`, `fix` and `rule`. The only module that prints.

What a plain `check` does not need is imported where it is used: it is run on every commit, on a file or two.
"""

from __future__ import annotations

import gc
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from . import __version__, config, flags, versions
from .domain import PROXY, Assumptions, MeshConfig, Pod, Sidecar
from .flags import CommandLine, Options, Pattern, UsageError
from .manifest.errors import ManifestError
from .manifest.mesh import merged
from .manifest.read import Input, read
from .manifest.resources import Reading
from .manifest.values import text_of
from .rules.engine import Finding, RuleFailure, check, missing_facts
from .rules.facts import missing_of
from .rules.hooks import everyone
from .rules.ignored import Comment, comments_of, heard, unknown_ignored
from .rules.registry import RULES, no_such_rule
from .show.data import finding_json, rule_json, timeline_json, unread_json
from .show.github import github
from .show.terminal import (
    SUMMED_UP,
    Object,
    baseline_line,
    compared_lines,
    config_lines,
    counts_line,
    failure_line,
    finding_lines,
    fixed_lines,
    is_shown,
    missing_line,
    missing_of_all_line,
    nothing_shown_line,
    rule_lines,
    rule_list_lines,
    timeline_lines,
    unread_lines,
)
from .text import PAUSE, Text
from .timeline import timeline

#: What a terminal obeys or hides: control characters, line breaks that are none to YAML, the direction of writing.
_HIDDEN = re.compile("[\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile("[\0-\x08\n-\x1f]|" + _HIDDEN.pattern)
_SUFFIXES = {".yaml", ".yml", ".json"}
#: How many objects a terminal is told of at a time.
_STEP = 250
#: Folders that hold what others wrote, or what is wrong on purpose.
_NOT_OURS = {"vendor", "node_modules", "testdata"}

# Faults: what is wrong, and how to mend it; then what goes beside the findings.
# fmt: off
_UNREADABLE = (Text("it cannot be read ({why})", "읽을 수 없습니다 ({why_ko})"), Text("check the name and its permissions", "이름과 권한을 확인하십시오"))
_NO_NAME = (Text("the name of a file is empty", "파일 이름이 비어 있습니다"), Text("check the variables in the command", "명령에 쓴 변수를 확인하십시오"))
_UNWRITABLE = (Text("it cannot be written ({why})", "쓸 수 없습니다 ({why_ko})"), Text("check the name and its permissions", "이름과 권한을 확인하십시오"))
_CHANGED = (Text("it was changed in the meantime and is left as it is", "그사이 내용이 바뀌어 그대로 두었습니다"), Text("run fix again", "다시 실행하십시오"))
_REASONS: dict[type[OSError], Text] = {
    FileNotFoundError: Text("there is no such file", "그런 파일이 없습니다"),
    PermissionError: Text("permission denied", "권한이 없습니다"),
    IsADirectoryError: Text("it is a folder", "폴더입니다"),
    OSError: Text("I/O error", "입출력 오류"),
}
_NOT_UTF8 = (Text("it is not UTF-8 text", "UTF-8 텍스트가 아닙니다"), Text("save it as UTF-8", "UTF-8로 저장하십시오"))
_NOT_ONE_MESH = (
    Text("it holds {n} mesh configurations, not one", "메시 설정이 하나가 아니라 {n}개입니다"),
    Text("give an IstioOperator, Helm values with meshConfig, or the istio ConfigMap", "IstioOperator, meshConfig가 있는 Helm 값, istio ConfigMap 가운데 하나를 지정하십시오"),
)
_NEWER = Text(
    "{c} {v} is newer than these facts, which end at {n}; the rows of {n} are used",
    "{c} {v} 버전은 아직 다루지 않습니다. 다루는 버전 가운데 가장 높은 {n} 버전을 기준으로 계산합니다",
)
_NO_CONTAINER = Text("no pod of this input has a container of that name", "입력의 파드에 그런 이름의 컨테이너가 없습니다")
_CONTAINERS = Text("its containers are {names}", "컨테이너 이름: {names}")
_VERSION = Text(
    "timing-rules {version} (facts up to Kubernetes {kubernetes} and Istio {istio})",
    "timing-rules {version} (Kubernetes {kubernetes}, Istio {istio} 버전까지 지원합니다)",
)
_CHECKED = Text("{n} of {total} checked", "{total}개 중 {n}개를 검사했습니다")
_USAGE_ERROR = Text("usage error", "사용법 오류")
# fmt: on
#: Rules whose verdict on mesh configuration hangs on the pods: with pods, it is told of these.
_OF_PODS = ("PT107", "PT202", "PT204", "PT205")


@dataclass
class Outcome:
    """The exit status, known before all is printed: nobody may be reading. The flags that name what is not there, and
    what stands in the file of `--mesh-config`; the texts that were read, and under which assumptions."""

    status: int = 0
    misnamed: list[UsageError] = field(default_factory=list)
    mesh: list[Pod | MeshConfig] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    texts: list[Input] = field(default_factory=list)
    assumptions: Assumptions = field(default_factory=Assumptions)


def main(argv: list[str] | None = None) -> int:
    """Run the command line. Returns its exit status: 0 nothing found, 1 findings, 2 input that could not be read,
    or a rule that failed."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")
    words, outcome = sys.argv[1:] if argv is None else argv, Outcome()
    # The trees of all inputs are kept until the end: looking through them for garbage again and again finds none, and
    # takes as long as all else. Nothing here makes circles that would pile up.
    collects = gc.isenabled()
    gc.disable()
    try:
        _run(words, outcome)
        sys.stdout.flush()
    except UsageError as error:
        lang = flags.language(words)
        _warn(f"{_USAGE_ERROR.get(lang)}: {error.describe(lang)}")
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return 130
    finally:
        if collects:
            gc.enable()
    return outcome.status


def _run(words: list[str], outcome: Outcome) -> None:
    line = flags.command_line(words)
    for flag in _nameless(line):
        raise UsageError(*_NO_NAME, where=flag)
    if line.command == "--version":
        newest = {component: versions.NEWEST[component] for component in ("kubernetes", "istio")}
        print(_VERSION.format(version=__version__, **newest).get(line.lang))
    elif line.help or not line.command:
        outcome.status = 0 if line.help else 2
        print(flags.usage(line.command, line.lang), file=sys.stdout if line.help else sys.stderr)
    else:
        sources = _config_files(line)
        refused: list[UsageError] = []
        options = flags.options(line, [*_settings(line, sources, refused), *line.settings], refused)
        if refused:
            _warn(*(f"{_USAGE_ERROR.get(options.lang)}: {error.describe(options.lang)}" for error in refused))
            outcome.status = 2
            return
        if "show-config" in line.switches:
            _print(config_lines(sources, options.settings, options.lang))
            return
        {"check": _check, "timeline": _timeline, "fix": _fix, "rule": _rule}[line.command](options, outcome)


def _nameless(line: CommandLine) -> Iterator[str]:
    """The flags, or nothing for an input, whose file has an empty name: a variable of the shell was not set."""
    named = {"mesh-config", "baseline"}
    yield from (setting.where for setting in line.settings if setting.name in named and not setting.text)
    yield from ["--config"] * ("" in line.configs) + [""] * ("" in line.inputs)


def _config_files(line: CommandLine) -> list[str]:
    """The configuration files: those that were named, or the one that is found upward from here."""
    if line.configs or line.command == "rule":
        return line.configs
    path = config.found_from(Path.cwd())
    return [] if path is None else [os.path.relpath(path)]


def _settings(line: CommandLine, sources: list[str], refused: list[UsageError]) -> Iterator[flags.Setting]:
    """The flags in the configuration files; what cannot be used goes to `refused`. Errors: `UsageError`."""
    for name in sources:
        errors: list[ManifestError] = []
        for source, text, *_ in _texts([name], errors):
            yield from config.settings_of(source, text, line.command, refused)
        for error in errors:
            raise UsageError(error.sentence, error.fix, f"{error.source}:{error.line}")


def _warn(*lines: str) -> None:
    for line in lines:
        print(_harmless(line), file=sys.stderr)


def _print(lines: Iterable[str], commands: bool = False, colours: bool = False) -> None:
    """Lines for people. `commands` are those of a workflow, and begin as such; `colours` are ours."""
    for line in lines:
        print(_CONTROL.sub(_escape, line) if commands else _harmless(line, colours))


def _harmless(line: str, colours: bool = False) -> str:
    """A line in which no name can forge another line, move the cursor, or command a workflow."""
    pieces = re.split("(\x1b\\[[0-9;]*m)", line) if colours else [line]
    shown = "".join(piece if number % 2 else _CONTROL.sub(_escape, piece) for number, piece in enumerate(pieces))
    return re.sub(r"^(\s*)(::|##\[)", r"\1\\\2", shown)


def _escape(letters: re.Match[str]) -> str:
    return "".join(f"\\u{ord(letter):04x}" for letter in letters.group())


def _has_colours() -> bool:
    """Whether colours are for somebody's eyes, who has not asked to be spared."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _print_json(data: object) -> None:
    text = json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False)
    print(_HIDDEN.sub(_escape, text))


def _read(options: Options, outcome: Outcome) -> Reading:
    """All the input of a command, read together; what is wrong with it is told at once."""
    errors: list[ManifestError] = []
    mesh = _mesh(options.mesh_config, options, errors, outcome) if options.mesh_config else None
    skipped = Counter[str]()
    texts = _texts(options.inputs or ["-"], errors, options.strict, skipped, options.excluded)
    wrong_comments: list[ManifestError] = []
    outcome.assumptions = replace(options.assumptions, mesh=mesh)
    reading = read(_noting(texts, outcome, wrong_comments), outcome.assumptions)
    reading.skipped += skipped
    pods = [item for item in reading.items if isinstance(item, Pod)]
    reading.errors = [
        *errors,
        *wrong_comments,
        *reading.errors,
        *(error for pod in pods for error in unknown_ignored(pod)),
    ]
    _warn(*(error.describe(options.lang) for error in reading.errors))
    outcome.misnamed += _misnamed(options, pods)
    _warn(*(error.describe(options.lang) for error in outcome.misnamed))
    for component, newest in versions.NEWEST.items():
        stated = {getattr(pod, component) for pod in pods} - {None}
        for version in sorted(version for version in stated if versions.is_newer_than_facts(component, version)):
            _warn(_NEWER.format(c=component.capitalize(), v=version, n=newest).get(options.lang))
    outcome.status = 2 if reading.errors or outcome.misnamed else 0
    return reading


def _noting(texts: Iterable[Input], outcome: Outcome, errors: list[ManifestError]) -> Iterator[Input]:
    """The texts as they go by, noted with the comments in them that mute a rule."""
    for text in texts:
        outcome.texts.append(text)
        outcome.comments += comments_of(text.source, text.text, errors)
        yield text


def _misnamed(options: Options, pods: list[Pod]) -> Iterator[UsageError]:
    """The flags that name a container which no pod has."""
    names = list(dict.fromkeys(container.name for pod in pods for container in everyone(pod)))
    names += [PROXY] if PROXY not in names and any(pod.proxy_container for pod in pods) else []
    for setting in options.settings:
        name, equals, _ = setting.text.rpartition("=")
        if setting.base:  # what a file declares for a whole repository need not all be in this input
            continue
        if setting.name in ("app-shutdown", "prestop") and equals and names and name not in names:
            listed = ", ".join(names[:10]) + (" …" if len(names) > 10 else "")
            yield UsageError(_NO_CONTAINER, _CONTAINERS.format(names=listed), f"{setting.where}: {setting.text}")


def _mesh(path: str, options: Options, errors: list[ManifestError], outcome: Outcome) -> MeshConfig | None:
    reading = read(_texts([path], errors), replace(options.assumptions, mesh=None))
    errors += reading.errors
    outcome.mesh = reading.items
    meshes = [item for item in reading.items if isinstance(item, MeshConfig) and item.kind != "ProxyConfig"]
    mesh = merged(meshes)
    if mesh is None and not reading.errors and Path(path).is_file():
        sentence, fix = _NOT_ONE_MESH
        errors.append(ManifestError(path, 1, sentence.format(n=len(meshes)), fix))
    return mesh


def _texts(
    inputs: list[str],
    errors: list[ManifestError],
    strict: bool = False,
    skipped: Counter[str] | None = None,
    excluded: Sequence[Pattern] = (),
) -> Iterator[Input]:
    """The text of every input; folders are walked for YAML and JSON. What is left out of a folder is counted in `skipped`."""
    skipped = Counter() if skipped is None else skipped
    for name in inputs:
        path, walked = Path(name), name != "-" and os.path.isdir(name)
        for file, of_chart in _walk(path, excluded, skipped) if walked else [(path, False)]:
            try:
                text = _decoded(sys.stdin.buffer.read() if name == "-" else file.read_bytes())
            except OSError as error:
                errors.append(ManifestError(str(file), 1, *_io_fault(_UNREADABLE, error)))
            except UnicodeDecodeError as error:
                if walked and not strict:
                    skipped["not UTF-8"] += 1
                    continue
                line = error.object.count(b"\n", 0, error.start) + 1
                errors.append(ManifestError(str(file), line, *_NOT_UTF8))
            else:
                yield Input(str(file), text, walked, strict, of_chart and "{{" in text)


def _decoded(content: bytes) -> str:
    return content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")


def _walk(folder: Path, excluded: Sequence[Pattern], skipped: Counter[str]) -> Iterator[tuple[Path, bool]]:
    """Every YAML and JSON file, and whether it stands in the `templates` of a Helm chart. Folders of other people's files
    and what is excluded are left out; the files in them are counted."""
    charts = set[str]()
    for base, folders, files in os.walk(folder):
        left_out = [name for name in folders if _is_left_out(name, os.path.join(base, name), excluded)]
        for name in left_out:
            if not name.startswith("."):  # nobody expects to hear of .git
                skipped["excluded"] += _manifests_below(os.path.join(base, name))
        folders[:] = sorted(set(folders) - set(left_out))
        if "Chart.yaml" in files:
            charts.add(os.path.join(base, "templates"))
        of_chart = base in charts
        if of_chart:
            charts |= {os.path.join(base, name) for name in folders}
        for name in sorted(files):
            path = Path(base, name)
            if path.suffix not in _SUFFIXES or name == config.NAME:
                continue
            if any(pattern.matches(str(path)) for pattern in excluded):
                skipped["excluded"] += 1
            else:
                yield path, of_chart


def _is_left_out(name: str, path: str, excluded: Sequence[Pattern]) -> bool:
    return name.startswith(".") or name in _NOT_OURS or any(pattern.matches(path) for pattern in excluded)


def _manifests_below(folder: str) -> int:
    return sum(Path(name).suffix in _SUFFIXES for _, _, files in os.walk(folder) for name in files)


def _check(options: Options, outcome: Outcome) -> None:
    reading = _read(options, outcome)
    failures: list[RuleFailure] = []
    findings = [finding for item in _progress(reading.items, options.lang) for finding in check(item, failures)]
    findings += _refused(outcome.mesh, reading, failures)
    findings = list(_reported(findings, options, outcome, reading))
    if options.baseline and "write-baseline" in options.switches:
        _write_baseline(options.baseline, findings, options.lang)
        return
    findings = _new(findings, options, outcome)
    failing = [finding for finding in findings if is_shown(finding, options.severity)]
    outcome.status = 2 if outcome.status or failures else 1 if failing else 0
    if options.format == "json":
        _print_json([finding_json(finding, options.lang) for finding in findings])
    elif options.format == "sarif":
        from .show.sarif import Run, sarif

        site = os.environ.get("TIMING_RULES_SITE", "")
        wrong_flags = [error.describe(options.lang) for error in outcome.misnamed]
        run = Run(reading, failures, wrong_flags, outcome.status)
        _print_json(sarif(findings, options.lang, run, site))
    elif options.format == "github":
        _print((github(finding, options.lang) for finding in failing), commands=True)
    else:
        _print(finding_lines(findings, options.severity, options.lang, _owners(reading.items)))
    _warn(*(failure_line(failure, options.lang) for failure in failures))
    pods = [item for item in reading.items if isinstance(item, Pod)]
    _warn(*_missing(pods, options.lang))
    _warn(*unread_lines(reading, options.lang))
    if options.format == "json" and (reading.passed_over or reading.skipped or reading.notes or reading.unread):
        # In one line for programs: standard output holds the findings alone.
        _warn(json.dumps(unread_json(reading, options.lang), ensure_ascii=False))
    _warn(counts_line(len(pods), len(reading.items) - len(pods), findings, options.lang))


def _write_baseline(path: str, findings: list[Finding], lang: str) -> None:
    """Write what is found to the baseline. Errors: `UsageError`."""
    from . import baseline

    content = baseline.text_of(baseline.entries_of(path, findings))
    try:
        Path(path).write_text(content, encoding="utf-8")
    except OSError as error:
        raise UsageError(*_io_fault(_UNWRITABLE, error), where=path) from None
    _warn(baseline_line(path, len(findings), lang))


def _new(findings: list[Finding], options: Options, outcome: Outcome) -> list[Finding]:
    """The findings that the baseline does not hold; what of it is gone is told. Errors: `UsageError`."""
    path, errors = options.baseline, list[ManifestError]()
    if path is None:
        return findings
    from . import baseline

    text = next((text.text for text in _texts([path], errors)), "")
    for error in errors:
        fix = error.fix if Path(path).exists() else baseline.WRITE_FIRST
        raise UsageError(error.sentence, fix, f"{error.source}:{error.line}")
    result = baseline.compared(path, baseline.read(path, text), findings, [text.source for text in outcome.texts])
    _warn(*compared_lines(result.old, result.gone, path, options.lang))
    return result.new


def _io_fault(fault: tuple[Text, Text], error: OSError) -> tuple[Text, Text]:
    """A fault with why the system refused."""
    why = next(why for kind, why in _REASONS.items() if isinstance(error, kind))
    sentence, fix = fault
    return sentence.format(why=why.en, why_ko=why.ko), fix


def _fix(options: Options, outcome: Outcome) -> None:
    """Show the edits that mend what is found, or write them; list what has none."""
    from . import edits

    reading = _read(options, outcome)
    contents = {text.source: Path(text.source).read_bytes() for text in outcome.texts}
    whole = {source: content.decode("utf-8", "replace") for source, content in contents.items()}

    def judge(changed: Mapping[str, str]) -> list[Finding]:
        inputs = [text._replace(text=changed.get(text.source, text.text)) for text in outcome.texts]
        return [finding for item in read(inputs, outcome.assumptions).items for finding in check(item)]

    findings = [finding for item in reading.items for finding in check(item)]
    wanted = [finding for finding in _reported(findings, options, outcome, reading) if _is_wanted(finding, options)]
    # A text that is not UTF-8 would not come back byte for byte.
    whole = {source: text for source, text in whole.items() if text.encode("utf-8") == contents[source]}
    with_edits = [finding for finding in wanted if finding.edits and finding.source in whole]
    result = edits.mended(whole, findings, with_edits, judge)
    lines = [
        line for file, text in result.texts.items() for line in edits.diff_lines(_from_here(file), whole[file], text)
    ]
    if "write" in options.switches:
        for file, text in result.texts.items():
            _replace(file, contents[file], text.encode("utf-8"), options, outcome)
    else:
        for line in lines:
            print(line)
        outcome.status = outcome.status or (1 if lines else 0)
    told = (finding for finding in wanted if options.rules or is_shown(finding, options.severity))
    traded = {id(finding): brought for finding, brought in result.traded}
    done = {id(finding) for finding in result.findings}
    left = [(finding, traded.get(id(finding), ())) for finding in told if id(finding) not in done]
    _warn(*fixed_lines(len(result.findings), len(result.texts), "write" in options.switches, left, options.lang))


def _from_here(file: str) -> str:
    """The path under which a diff names a file: from the working directory, or for one elsewhere from the root."""
    path = os.path.relpath(file)
    return os.path.abspath(file).lstrip(os.sep) if path.startswith("..") else path


def _is_wanted(finding: Finding, options: Options) -> bool:
    """Whether `fix` is asked for a finding: of the rules that were named, else of all but those that are policy."""
    return finding.rule in options.rules if options.rules else finding.rule not in SUMMED_UP


def _replace(file: str, before: bytes, after: bytes, options: Options, outcome: Outcome) -> None:
    from .files import replace_file

    try:
        if replace_file(file, before, after):
            return
        error = UsageError(*_CHANGED, where=file)
    except OSError as failure:
        error = UsageError(*_io_fault(_UNWRITABLE, failure), where=file)
    _warn(error.describe(options.lang))
    outcome.status = 2


def _progress(items: Sequence[Pod | MeshConfig], lang: str) -> Iterator[Pod | MeshConfig]:
    """The items as they go by; on a long run, a terminal shows how many have."""
    shows = len(items) > 2 * _STEP and sys.stderr.isatty()
    for number, item in enumerate(items):
        if shows and not number % _STEP:
            print(f"\r{_CHECKED.format(n=number, total=len(items)).get(lang)}", end="", file=sys.stderr, flush=True)
        yield item
    if shows:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _owners(items: Iterable[Pod | MeshConfig]) -> dict[Object, str]:
    """Who owns each pod, as kind/namespace/name: a ReplicaSet makes many that are alike."""
    owners = {}
    for item in items:
        node = item.workload if isinstance(item, Pod) else None
        references = node.get("metadata", "ownerReferences") if node is not None else None
        if isinstance(item, Pod) and references is not None and references.items:
            kind, name = (text_of(references.items[0].get(key)) for key in ("kind", "name"))
            owner = "/".join(part for part in (kind, item.namespace, name) if part)
            owners[(item.source, item.document, item.kind, item.name)] = owner
    return owners


def _reported(findings: list[Finding], options: Options, outcome: Outcome, reading: Reading) -> Iterator[Finding]:
    """The findings that nobody asked to mute, with the severity that was asked for. A comment that mutes nothing is told."""
    kept, errors = heard(findings, outcome.comments, {item.source for item in reading.items})
    for finding in kept:
        if not any(muted.rule == finding.rule and muted.files.matches(finding.source) for muted in options.muted):
            severity = options.severities.get(finding.rule)
            yield finding if severity is None else replace(finding, severity=severity)
    reading.errors += errors
    _warn(*(error.describe(options.lang) for error in errors))
    outcome.status = 2 if errors else outcome.status


def _refused(mesh: list[Pod | MeshConfig], reading: Reading, failures: list[RuleFailure]) -> Iterator[Finding]:
    """What is wrong in the file of `--mesh-config` whatever pods there are. What hangs on them is told where they stand."""
    judged = {os.path.realpath(source) for source in {item.source for item in reading.items}}
    native = any(isinstance(item, Pod) and item.sidecar is Sidecar.NATIVE for item in reading.items)
    left_out = (*_OF_PODS, *(() if native else ("PT215",)))
    for item in mesh:
        if isinstance(item, MeshConfig) and os.path.realpath(item.source) not in judged:
            for finding in check(item, failures):
                if finding.rule not in left_out:
                    yield finding


def _missing(pods: list[Pod], lang: str) -> Iterator[str]:
    """What would decide more, in one line."""
    if len(pods) == 1:
        facts = missing_facts(pods[0])
        if facts:
            yield missing_line(pods[0], facts, lang)
        return
    missing = missing_of(pods)
    if missing.facts:
        yield missing_of_all_line(missing, lang)


def _timeline(options: Options, outcome: Outcome) -> None:
    reading = _read(options, outcome)
    lines = [timeline(item) for item in reading.items if isinstance(item, Pod)]
    if options.format == "json":
        _print_json([timeline_json(line, options.lang) for line in lines])
    for line in lines if options.format == "text" else ():
        _print(timeline_lines(line, options.lang, _has_colours()), colours=_has_colours())
    _warn(*unread_lines(reading, options.lang), *([] if lines else [nothing_shown_line(options.lang)]))


def _rule(options: Options, outcome: Outcome) -> None:
    code = options.inputs[0] if options.inputs else ""
    if code and code.upper() not in RULES:
        outcome.status = 2
        sentence, fix = no_such_rule(code)
        _warn(f"{sentence.get(options.lang)}{PAUSE[options.lang]}{fix.get(options.lang)}")
        if options.format == "json":
            _print_json(None)
    elif options.format == "json":
        rules = [rule_json(rule, options.lang) for rule in RULES.values() if code.upper() in ("", rule.code)]
        _print_json(rules[0] if code else rules)
    else:
        _print(rule_lines(code.upper(), options.lang) if code else rule_list_lines(options.lang))
