"""The flags of the command line, in both languages; a configuration file holds the same ones."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, NamedTuple

from . import versions
from .domain import PROXY, Assumptions
from .duration import DurationError
from .manifest.declared import parse_ignore, parse_length
from .manifest.spelling import fits, nearest
from .rules.registry import RULES, no_such_rule
from .rules.rule import Severity
from .text import LANGUAGES, PAUSE, Text

# fmt: off
COMMANDS = {
    "check": Text("find mistakes in manifests and mesh configuration", "매니페스트와 메시 설정에서 잘못을 찾습니다"),
    "timeline": Text("show what happens when while the pods stop", "파드가 종료되는 동안 무엇이 언제 일어나는지 보여 줍니다"),
    "fix": Text("show the edits that mend mistakes, as a diff, or write them", "잘못을 고칠 내용을 diff로 보여 주거나 파일에 반영합니다"),
    "rule": Text("explain one rule, or list all of them", "규칙 하나를 설명하거나 모든 규칙을 나열합니다"),
}
FORMATS = {"check": ("text", "json", "sarif", "github"), "timeline": ("text", "json"), "fix": ("text",), "rule": ("text", "json")}
_TAKES = {"check": "[FILE|DIR|-]…", "timeline": "[FILE|DIR|-]…", "fix": "FILE|DIR…", "rule": "[PT204]"}

# Faults: what is wrong, and how to mend it.
_LISTS = Text("`timing-rules {command} --help` lists what there is", "`timing-rules {command} --help` 명령으로 확인하십시오")
_NEARLY = Text("did you mean {near}?", "비슷한 이름: {near}")
_NO_COMMAND = Text('there is no command "{name}"', '"{name}" 명령은 없습니다')
_NO_FLAG = Text("there is no such flag", "그런 플래그가 없습니다")
MISSING_VALUE = (Text("its value is missing", "값이 없습니다"), Text("write {example}", "{example} 형식으로 적으십시오"))
_NO_CHOICE = (Text('"{text}" is none of its values', '"{text}" 값은 쓸 수 없습니다'), Text("give one of {choices}", "다음 가운데 하나를 적으십시오: {choices}"))
_SWITCH = (Text("it takes no value", "값을 받지 않습니다"), Text("leave the value out", "값을 지우십시오"))
_TRUE = (Text("its value is true or false", "값은 true 또는 false여야 합니다"), Text("write true or false", "true, false 가운데 하나를 적으십시오"))
ONE_VALUE = (Text("it takes one value", "값을 하나만 받습니다"), Text("write {example}", "{example} 형식으로 적으십시오"))
_NO_NAME = (Text("the name of the container is missing", "컨테이너 이름이 없습니다"), Text("write NAME={text}, such as web={text}", "web={text}처럼 이름과 함께 적으십시오"))
_COMPUTED = (Text("the end of istio-proxy is computed, not declared", "istio-proxy의 종료 시각은 선언하지 않고 계산합니다"), Text("leave it out", "이 값을 지우십시오"))
_REASON = (
    Text("a rule and a reason are needed", "규칙과 이유가 모두 필요합니다"),
    Text('write "PT109: drained by hand"', '"PT109: 직접 드레인함" 형식으로 적으십시오'),
)
_NO_FILE = (Text("fix mends files and folders", "fix 명령은 파일과 폴더를 고칩니다"), Text("name them: timing-rules fix deploy/", "timing-rules fix deploy/ 형식으로 지정하십시오"))
_ONE_RULE = (Text("it takes one code", "규칙 번호는 하나만 받습니다"), Text("`timing-rules rule` alone lists all rules", "규칙 번호 없이 `timing-rules rule`만 실행하면 모든 규칙을 나열합니다"))
# fmt: on


class UsageError(Exception):
    """A flag that cannot be used: where it stands (empty: on the command line), what is wrong, how to mend it."""

    def __init__(self, sentence: Text, fix: Text | None = None, where: str = "") -> None:
        self.where, self.sentence, self.fix = where, sentence, fix
        super().__init__(self.describe("en"))

    def describe(self, lang: str) -> str:
        """The whole sentence for a reader."""
        parts = [self.sentence.get(lang), *([self.fix.get(lang)] if self.fix is not None else [])]
        return (f"{self.where}: " if self.where else "") + PAUSE[lang].join(parts)


@dataclass(frozen=True)
class Flag:
    """A flag: how its value looks (nothing: a switch), what it means, and how a value is read.

    `read` raises `UsageError`, `DurationError` or `VersionError`. `many` says that it may be given again for others.
    """

    example: str
    about: Text
    read: Callable[[str], Any] = str
    many: bool = False
    commands: Sequence[str] = ("check", "timeline", "fix")


class Setting(NamedTuple):
    """A flag as somebody gave it: its name, its text, and where: on the command line, or at a line of a file.

    `base` is the folder of that file, `path` the files that it is meant for, `workload` the workloads; empty: all.
    """

    name: str
    text: str
    where: str
    base: str = ""
    path: str = ""
    workload: str = ""

    def value(self, command: str) -> Any:
        """What it says. Errors: `UsageError`."""
        flag = FLAGS[self.name]
        try:
            if self.name == "format":
                return _one_of(*FORMATS[command])(self.text)
            return flag.read(self.text)
        except (DurationError, versions.VersionError) as error:
            raise UsageError(error.sentence, where=self.where) from None
        except UsageError as error:
            raise UsageError(error.sentence, error.fix, self.where) from None


class Pattern(NamedTuple):
    """A pattern of files: a name anywhere, or with a slash a path from the folder `base`; a folder holds for all in it."""

    base: str
    glob: str

    def matches(self, path: str) -> bool:
        """Whether a file or folder, or one that holds it, is meant."""
        parts = os.path.relpath(path, self.base or ".").replace(os.sep, "/").split("/")
        glob = self.glob.strip("/")
        names = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)] if "/" in self.glob else parts
        return any(fits(glob, name) for name in names)


class Muted(NamedTuple):
    """A rule that is not reported in some files, and why."""

    rule: str
    reason: str
    files: Pattern


@dataclass
class CommandLine:
    """A command with its flags as given, the files that hold more of them, and what else stands there."""

    command: str
    lang: str
    help: bool = False
    switches: set[str] = field(default_factory=set)
    settings: list[Setting] = field(default_factory=list)
    configs: list[str] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)


@dataclass
class Options:
    """What a command is asked to do."""

    command: str
    lang: str
    inputs: list[str]
    settings: list[Setting]
    format: str
    severity: Severity
    mesh_config: str | None
    strict: bool
    switches: set[str]
    baseline: str | None
    rules: list[str]
    excluded: list[Pattern]
    muted: list[Muted]
    severities: dict[str, Severity]
    assumptions: Assumptions


def _one_of(*choices: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            sentence, fix = _NO_CHOICE
            raise UsageError(sentence.format(text=text), fix.format(choices=", ".join(choices)))
        return text

    return read


def _version(component: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        versions.parse_version(component, text)
        return text

    return read


def _length_or_never(text: str) -> float:
    return parse_length(text, may_be_never=True)


def _switch(text: str) -> bool:
    if text not in ("true", "false"):
        raise UsageError(*_TRUE)
    return text == "true"


def _shutdown(text: str) -> tuple[str, float]:
    """`60s`, `web=60s` or `web=never`: the container, empty for every one, and the length."""
    name, _, length = text.rpartition("=")
    if name == PROXY:
        raise UsageError(*_COMPUTED)
    return name, _length_or_never(length)


def _prestop(text: str) -> tuple[str, float]:
    name, _, length = text.rpartition("=")
    value = _length_or_never(length)
    if not name:
        sentence, fix = _NO_NAME
        raise UsageError(sentence, fix.format(text=length))
    return name, value


def _rule(text: str) -> str:
    if text not in RULES:
        raise UsageError(*no_such_rule(text))
    return text


def _rule_severity(text: str) -> tuple[str, Severity]:
    """`PT109=warning`: the rule and its severity."""
    code, _, severity = text.partition("=")
    if code not in RULES:
        raise UsageError(*no_such_rule(code))
    return code, Severity(_one_of(*Severity)(severity))


def _ignore(text: str) -> dict[str, str]:
    reasons = parse_ignore(text)
    if reasons is None:
        raise UsageError(*_REASON)
    for code in reasons:
        if code not in RULES:
            raise UsageError(*no_such_rule(code))
    return reasons


_ALL = ("check", "timeline", "fix", "rule")
# fmt: off
FLAGS = {
    "format": Flag("FORMAT", Text("how the answer is printed", "출력 형식"), commands=_ALL),
    "lang": Flag("en|ko", Text("the language; the locale's unless given", "언어. 지정하지 않으면 로캘을 따릅니다"), _one_of(*LANGUAGES), commands=_ALL),
    "severity": Flag("error|warning|info", Text("what fails the run and what text shows; warning unless given", "이 심각도 이상이면 실행을 실패로 처리하고, text 형식에서는 이 심각도 이상만 보여 줍니다. 지정하지 않으면 "
        "warning"), _one_of(*Severity)),
    "istio": Flag("1.31", Text("the Istio version that the manifests are for", "매니페스트의 대상 Istio 버전"), _version("istio")),
    "kubernetes": Flag("1.37", Text("the Kubernetes version that they are for", "매니페스트의 대상 Kubernetes 버전"), _version("kubernetes")),
    "sidecar": Flag("auto|native|classic|none", Text("the mode, where the manifest does not say", "매니페스트로 알 수 없을 때 적용할 사이드카 방식"), _one_of("auto", "native", "classic", "none")),
    "mesh-config": Flag("FILE", Text("IstioOperator, Helm values or the istio ConfigMap", "IstioOperator, Helm 값, istio ConfigMap")),
    "app-shutdown": Flag("[NAME=]60s|never", Text("how long the app takes from SIGTERM to its end", "앱이 SIGTERM을 받고 종료될 때까지 걸리는 시간"), _shutdown, many=True),
    "prestop": Flag("NAME=5s", Text("the length of a hook that cannot be read from its command", "명령만으로 알 수 없는 훅의 길이"), _prestop, many=True),
    "accepts-after-sigterm": Flag("10s", Text("how long the app goes on accepting after SIGTERM", "앱이 SIGTERM 뒤에도 연결을 받는 시간"), parse_length),
    "propagation": Flag("10s", Text("until no client sends new requests", "새 요청을 보내는 클라이언트가 없어질 때까지 걸리는 시간"), parse_length),
    "connections-idle-after": Flag("20s|never", Text("until no counted connection is left", "에이전트가 세는 연결이 모두 없어질 때까지 걸리는 시간"), _length_or_never),
    "lb-deregistration": Flag("10s", Text("how long an external load balancer keeps sending", "외부 로드 밸런서가 요청을 더 보내는 시간"), parse_length),
    "node-shutdown": Flag("10s", Text("the notice that a node gets", "노드의 종료 예고 시간"), parse_length),
    "strict": Flag("", Text("in folders, too, all that cannot be read is an error", "폴더 안에 있는 파일도 읽을 수 없으면 모두 오류로 처리합니다"), _switch),
    "exclude": Flag("GLOB", Text("files and folders that a walk leaves out, besides vendor, node_modules, testdata and hidden folders", "폴더를 읽을 때 제외할 파일과 폴더. vendor, node_modules, testdata, 숨은 폴더는 언제나 제외합니다"), many=True),
    "rule-severity": Flag("PT109=warning", Text("the severity of a rule, instead of its own", "규칙의 심각도를 바꿉니다"), _rule_severity, many=True),
    "baseline": Flag("FILE", Text("old findings that are set aside: only new ones count", "따로 둘 이전 결과를 담은 파일. 새로 생긴 결과만 셉니다"), commands=("check",)),
    "rule": Flag("PT109", Text("a rule whose edits are wanted; those of PT109 are made on request only", "고칠 규칙. PT109 규칙은 지정할 때만 고칩니다"), _rule, many=True, commands=("fix",)),
    "ignore": Flag('"PT109: reason"', Text("a rule that is not reported, and why", "보고하지 않을 규칙과 그 이유"), _ignore, many=True),
}
_CONFIG = Text("a file that holds these flags, instead of the .timing-rules.yaml or pyproject.toml found upward from here; the command line wins", "이 플래그를 담은 파일. 현재 폴더나 그 위의 폴더에 있는 .timing-rules.yaml, pyproject.toml 대신 씁니다. 명령줄이 우선합니다")
#: What only a command line can ask for.
SWITCHES = {
    "show-config": Flag("", Text("show which settings count, and where they stand", "적용되는 설정과 그 위치를 보여 줍니다")),
    "write-baseline": Flag("", Text("write all findings to the file of --baseline", "모든 결과를 --baseline 파일에 씁니다"), commands=("check",)),
    "write": Flag("", Text("write the edits to the files", "고친 내용을 파일에 씁니다"), commands=("fix",)),
}
#: Facts about apps. In a configuration file they are what holds for want of better: an annotation of the pod wins.
OF_APPS = ("app-shutdown", "prestop", "accepts-after-sigterm", "propagation", "connections-idle-after", "lb-deregistration", "node-shutdown")
#: Flags that may be meant for some files only.
PER_PATH = ("ignore",)
_HELP = Text("show this", "이 도움말을 보여 줍니다")
_VERSION = Text("show the version", "버전을 보여 줍니다")
# fmt: on


def locale() -> str:
    """The language of the environment."""
    named = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "ko" if next((value for value in named if value), "").startswith("ko") else "en"


def language(words: Sequence[str]) -> str:
    """The language of a command line, which is needed before it is understood."""
    asked = [after for word, after in pairwise(words) if word == "--lang"]
    asked += [word.removeprefix("--lang=") for word in words if word.startswith("--lang=")]
    return asked[-1] if asked and asked[-1] in LANGUAGES else locale()


def command_line(words: Sequence[str]) -> CommandLine:
    """The words of a command line, sorted. Errors: `UsageError`."""
    rest = list(words)
    line = CommandLine(rest.pop(0) if rest else "", language(words))
    if line.command in ("", "-h", "--help"):
        line.help, line.command = bool(line.command), ""
        return line
    if line.command == "--version":
        return line
    if line.command not in COMMANDS:
        near = nearest(line.command, COMMANDS)
        fix = _NEARLY.format(near=near) if near else Text(*[", ".join(COMMANDS)] * 2)
        raise UsageError(_NO_COMMAND.format(name=line.command), fix)
    while rest:
        word = rest.pop(0)
        if word in ("-h", "--help"):
            line.help = True
        elif word == "--":
            line.inputs += rest
            break
        elif word.startswith("-") and word != "-":
            _take(line, word, rest)
        else:
            line.inputs.append(word)
    if line.command == "rule" and len(line.inputs) > 1:
        raise UsageError(*_ONE_RULE, where=" ".join(line.inputs))
    return line


def _take(line: CommandLine, word: str, rest: list[str]) -> None:
    """Take a flag and its value from the words that are left. Errors: `UsageError`."""
    dashes, equals, text = word.partition("=")
    name = known_flag(dashes.removeprefix("--"), line.command, dashes, "--")
    example = example_of(name, line.command)
    if not example:
        if equals:
            raise UsageError(*_SWITCH, where=dashes)
        text = "true"
    elif not equals:
        if not rest or rest[0].startswith("--"):
            sentence, fix = MISSING_VALUE
            raise UsageError(sentence, fix.format(example=f"{dashes} {example}"), dashes)
        text = rest.pop(0)
    if name in SWITCHES:
        line.switches.add(name)
    elif name == "config":
        line.configs.append(text)
    else:
        line.settings.append(Setting(name, text, dashes))


def _flags(command: str) -> list[str]:
    """The names of the flags of a command that may also stand in a configuration file."""
    return [name for name, flag in FLAGS.items() if command in flag.commands]


def known_flag(name: str, command: str, where: str, dashes: str = "", names: Sequence[str] = ()) -> str:
    """The name, if the command has such a flag (or if it is one of `names`). Errors: `UsageError`, which names the nearest."""
    of_line = [name for name in ("config", *SWITCHES) if command in SWITCHES.get(name, Flag("", _CONFIG)).commands]
    names = names or [*_flags(command), *(of_line if dashes else ["workloads"])]
    if name in names:
        return name
    near = nearest(name, names)
    raise UsageError(_NO_FLAG, _NEARLY.format(near=dashes + near) if near else _LISTS.format(command=command), where)


def example_of(name: str, command: str) -> str:
    """How the value of a flag looks; empty for a switch."""
    if name == "format":
        return "|".join(FORMATS[command])
    return "FILE" if name == "config" else FLAGS[name].example if name in FLAGS else ""


def options(line: CommandLine, settings: Iterable[Setting], refused: list[UsageError]) -> Options:
    """What the flags say; of two, the later wins. Those whose value cannot be used are left out, and go to `refused`.
    Errors: `UsageError`."""
    given: dict[str, list[Any]] = {}
    muted, workloads = list[Muted](), dict[str, dict[str, list[Any]]]()
    kept = list(settings)
    for setting in kept:
        try:
            value = setting.value(line.command)
        except UsageError as error:
            refused.append(error)
            continue
        if setting.workload or (setting.base and setting.name in OF_APPS):
            workloads.setdefault(setting.workload or "*", {}).setdefault(setting.name, []).append(value)
        elif setting.path:
            files = Pattern(setting.base, setting.path)
            muted += [Muted(code, reason, files) for code, reason in value.items()]
        elif setting.name == "exclude":
            given.setdefault("exclude", []).append(Pattern(setting.base, value))
        else:
            given.setdefault(setting.name, []).append(value)
    last = {name: values[-1] for name, values in given.items()}
    if "write-baseline" in line.switches and "baseline" not in given:
        raise UsageError(MISSING_VALUE[0], MISSING_VALUE[1].format(example="--baseline FILE"), "--baseline")
    if line.command == "fix" and (not line.inputs or "-" in line.inputs) and not line.switches & {"show-config"}:
        raise UsageError(*_NO_FILE)
    # What is declared for a workload wins over what the file declares for all, wherever they stand.
    ordered = sorted(workloads.items(), key=lambda pair: pair[0] != "*")
    by_name = tuple((pattern, _assumptions(facts)) for pattern, facts in ordered)
    assumptions = replace(_assumptions(given), workloads=by_name)
    return Options(
        command=line.command,
        lang=last.get("lang", line.lang),
        inputs=line.inputs,
        settings=kept,
        format=last.get("format", "text"),
        severity=Severity(last.get("severity", Severity.WARNING)),
        mesh_config=last.get("mesh-config"),
        strict=last.get("strict", False),
        switches=line.switches,
        baseline=last.get("baseline"),
        rules=given.get("rule", []),
        excluded=given.get("exclude", []),
        muted=muted,
        severities=dict(given.get("rule-severity", [])),
        assumptions=assumptions,
    )


def _assumptions(given: dict[str, list[Any]]) -> Assumptions:
    last = {name: values[-1] for name, values in given.items()}
    return Assumptions(
        istio=last.get("istio"),
        kubernetes=last.get("kubernetes"),
        sidecar=last.get("sidecar", "auto"),
        app_shutdown=dict(given.get("app-shutdown", [])),
        prestop=dict(given.get("prestop", [])),
        accepts_after_sigterm=last.get("accepts-after-sigterm"),
        propagation=last.get("propagation"),
        connections_idle_after=last.get("connections-idle-after"),
        lb_deregistration=last.get("lb-deregistration"),
        node_shutdown=last.get("node-shutdown"),
        ignore={code: reason for reasons in given.get("ignore", []) for code, reason in reasons.items()},
    )


def usage(command: str, lang: str) -> str:
    """What a command does and takes; without a command, what there is."""
    head = Text("usage", "사용법").get(lang)
    if not command:
        rows = [(name, about) for name, about in COMMANDS.items()]
        rows += [("--version", _VERSION), ("-h, --help", _HELP)]
        more = Text(
            "`timing-rules COMMAND --help` says more.",
            "자세한 설명은 `timing-rules COMMAND --help` 명령으로 볼 수 있습니다.",
        )
        about = Text("How a pod and its Istio sidecar stop.", "파드와 Istio 사이드카가 어떻게 종료되는지 보여 줍니다.")
        first = f"{head}: timing-rules {'|'.join(COMMANDS)} …\n\n{about.get(lang)}"
        return f"{first}\n\n{_rows(rows, lang)}\n\n{more.get(lang)}"
    rows = [(f"--{name} {example_of(name, command)}".rstrip(), FLAGS[name].about) for name in _flags(command)]
    if command != "rule":
        rows += [("--config FILE", _CONFIG)]
    rows += [(f"--{name}", switch.about) for name, switch in SWITCHES.items() if command in switch.commands]
    rows.append(("-h, --help", _HELP))
    flags = Text("[flags]", "[플래그]").get(lang)
    return f"{head}: timing-rules {command} {flags} {_TAKES[command]}\n\n{COMMANDS[command].get(lang)}\n\n{_rows(rows, lang)}"


def _rows(rows: list[tuple[str, Text]], lang: str) -> str:
    width = max(len(left) for left, _ in rows)
    return "\n".join(f"  {left:<{width}}  {about.get(lang)}" for left, about in rows)
