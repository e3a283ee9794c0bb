"""Findings and timelines as lines for people."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType

from ..domain import Pod
from ..domain.container import Sidecar
from ..manifest.resources import Reading
from ..rules.engine import Finding, RuleFailure
from ..rules.facts import Missing
from ..rules.registry import RULES
from ..rules.rule import Severity
from ..text import Text, seconds
from ..timeline import Timeline
from .cause import loss_span, place
from .drawing import drawing, padded, row, width

#: The file, the document, the kind and the name of an object.
Object = tuple[str, int, str, str]
#: The widest column of actors in a timeline.
_ACTORS = 20
SEVERITIES = (Severity.ERROR, Severity.WARNING, Severity.INFO)
#: A severity as a word.
SEVERITY = dict(zip(SEVERITIES, (Text("error", "오류"), Text("warning", "경고"), Text("info", "정보")), strict=True))
#: What nearly every manifest lacks is said once a run, not once a pod.
SUMMED_UP = {
    "PT109": Text(
        "{pods} pods behind a Service have no delay: until every client has heard that such a pod is going, its requests "
        "are refused. A preStop sleep covers that time; --format json lists the pods",
        "Service 뒤에 있는 파드 {pods}개에 대기 시간이 없습니다. 이런 파드가 종료될 때는 모든 클라이언트가 종료를 "
        "알 때까지 요청이 거부됩니다. preStop sleep을 넣으면 그동안 요청을 받습니다. --format json으로 파드 목록을 "
        "볼 수 있습니다",
    ),
}

#: How many settings that stand where nothing is read are shown, and how many kinds.
_MOST_UNREAD, _MOST_KINDS = 10, 8

# fmt: off
MODES = {
    Sidecar.NATIVE: Text("sidecar native", "네이티브 사이드카"), Sidecar.CLASSIC: Text("sidecar classic", "클래식 사이드카"),
    Sidecar.GATEWAY: Text("sidecar gateway", "게이트웨이"), Sidecar.NONE: Text("sidecar none", "사이드카 없음"),
}
_UNIT = Text(" s", "초")
_FIX = Text("fix", "고치는 방법")
_NAME = Text("NAME", "NAME")
_IS_SUMMED_UP = Text("summed up", "합쳐서 표시")
_IS_SUMMED_UP_IN = Text("in {pods} pods, summed up", "파드 {pods}개, 합쳐서 표시")
_AND_MORE = Text(", and {n} more of {owner}", ", {owner} 소유 파드 {n}개 더 있음")
_NOT_SHOWN = Text("not shown", "표시 안 함")
_ASSUMED = Text("assumed (newest versions):", "가정 (최신 버전):")
_UNKNOWN = Text("not declared:", "선언하지 않은 값:")
_MISSING = Text(
    "{where}: {name}: these facts would decide more: {facts} (declare them as timing-rules/ annotations)",
    "{where}: {name}: timing-rules/ 어노테이션으로 {facts} 값을 선언하면 더 많은 것을 판정할 수 있습니다",
)
_MISSING_OF_ALL = Text(
    "these facts would decide more: {facts}; declare them as flags or as timing-rules/ annotations, such as {example}",
    "{facts} 값을 선언하면 더 많은 것을 판정할 수 있습니다. 플래그나 {example} 같은 timing-rules/ 어노테이션으로 "
    "선언하십시오",
)
_IN_PODS = Text("{fact} (not declared in {pods} pod(s))", "{fact}(파드 {pods}개에 없음)")
_LOOKED_AT = Text("; {looked} pods were looked at, {left} that lack other facts were not", ". 파드 {looked}개를 살펴보았고, 다른 값이 선언되지 않은 파드 {left}개는 살펴보지 않았습니다")
_COUNTS = Text(
    "checked {pods} pod(s) and {mesh} mesh configuration(s): {counts}",
    "파드 {pods}개와 메시 설정 {mesh}개를 검사했습니다 ({counts})",
)
_FAILED = Text(
    "{name}: rule {rule} failed ({error}). The other rules were applied; this is a bug, please report it",
    "{name}: {rule} 규칙을 실행하지 못했습니다 ({error}). 나머지 규칙은 적용했습니다. 프로그램의 버그이므로 제보해 주십시오",
)
_NOTHING_CHECKED = Text(
    "nothing was checked: no pod and no mesh configuration was read",
    "검사한 것이 없습니다. 입력에서 파드도 메시 설정도 찾지 못했습니다",
)
_NOTHING_SHOWN = Text("there is nothing to show: no pod was read", "보여 줄 것이 없습니다. 입력에서 파드를 찾지 못했습니다")
_PASSED_OVER = Text("passed over: {kinds}", "건너뛴 문서: {kinds}")
_MORE_KINDS = Text("and {n} more kinds", "그 밖의 {n}종류")
_WITHOUT_KIND = Text("documents without a kind", "kind 없는 문서")
_SKIPPED = Text("skipped in folders: {kinds}", "폴더에서 건너뛴 것: {kinds}")
_NO_MANIFESTS = {
    "template": Text("templates", "템플릿"),
    "empty": Text("empty or comments only", "비었거나 주석뿐인 파일"),
    "no kind": Text("documents without a kind", "kind 없는 문서"),
    "not YAML": Text("not YAML or JSON", "YAML도 JSON도 아닌 것"),
    "not UTF-8": Text("not UTF-8", "UTF-8이 아닌 파일"),
    "excluded": Text("excluded", "제외한 파일"),
}
_CONFIG_FILES = Text("configuration: {files}", "설정 파일: {files}")
_NO_CONFIG_FILE = Text("no configuration file was found from here upward", "현재 폴더와 그 위의 폴더에 설정 파일이 없습니다")
_ALWAYS = Text("always", "항상")
_WRITTEN = Text("{path}: {n} finding(s) written", "{path}: 결과 {n}개를 썼습니다")
_SET_ASIDE = Text("set aside by {path}: {n} finding(s)", "{path} 파일에 있어 따로 둔 결과: {n}개")
_IS_GONE = Text("{file}: {rule} of {name} is gone", "{file}: {rule} 결과가 없어졌습니다 ({name})")
_WRITE_ANEW = Text("what is gone stays in the baseline until --write-baseline writes it anew", "없어진 결과는 --write-baseline 플래그로 기준선 파일을 다시 쓸 때까지 그 파일에 남습니다")
_NO_EDIT = Text("has to be mended by hand.", "직접 고쳐야 합니다.")
_TRADED = Text("is left: mending it alone brings {rules}.", "그대로 둡니다. 이것만 고치면 {rules} 문제가 새로 생깁니다.")
_MENDED = Text("mended {n} finding(s) in {files} file(s); {left} left", "파일 {files}개에서 결과 {n}개를 고쳤고 {left}개가 남았습니다")
_TO_MEND = Text("--write would mend {n} finding(s) in {files} file(s); {left} would be left", "--write 플래그를 주면 파일 {files}개에서 결과 {n}개를 고치고 {left}개가 남습니다")
_MORE_UNREAD = Text("… and {n} more such settings", "… 이런 설정이 {n}개 더 있습니다")
# fmt: on
_EXAMPLES = {"sidecar": "--sidecar native", "connections-idle-after": "timing-rules/connections-idle-after: 20s"}


def finding_lines(
    findings: Sequence[Finding], least: Severity, lang: str, owners: Mapping[Object, str] = MappingProxyType({})
) -> Iterator[str]:
    """Findings of severity `least` or worse: grouped by rule, what is the same for all said once.

    Objects of one of the `owners` stand in one line: the pods of a ReplicaSet are written once.

    What concerns a single object stands alone. Where there are several objects, a last line counts by rule; it names
    what is not shown, too.
    """
    shown = [finding for finding in findings if is_shown(finding, least)]
    if len(_objects(findings)) < 2:
        for finding in shown:
            yield from _alone(finding, lang)
        return
    ordered = sorted(shown, key=_rank)
    for (_, rule), group in groupby(ordered, key=_rank):
        if rule not in SUMMED_UP or len(_objects(findings, rule)) < 2:
            yield from _group(list(group), lang, owners)
    for rule, sentence in SUMMED_UP.items():
        pods = len(_objects(findings, rule))
        if pods > 1:
            yield f"{SEVERITY[Severity.INFO].get(lang)} {rule} {sentence.format(pods=pods).get(lang)}"
    yield _by_rule(findings, least, lang)


def is_shown(finding: Finding, least: Severity) -> bool:
    """Whether a finding is of severity `least` or worse."""
    return SEVERITIES.index(finding.severity) <= SEVERITIES.index(least)


def _rank(finding: Finding) -> tuple[int, str]:
    return SEVERITIES.index(finding.severity), finding.rule


def _objects(findings: Iterable[Finding], rule: str = "") -> set[Object]:
    """The objects that findings (of a rule) speak of."""
    return {object_of(finding) for finding in findings if rule in ("", finding.rule)}


def object_of(finding: Finding) -> Object:
    """The object that a finding speaks of."""
    return finding.source, finding.document, finding.kind, finding.name


def _alone(finding: Finding, lang: str) -> Iterator[str]:
    severity = SEVERITY[finding.severity].get(lang)
    name = f"{finding.kind} {finding.name}".strip()
    yield f"{finding.source}:{finding.line}: {severity} {finding.rule} [{name}] {finding.message.get(lang)}"
    yield f"    {_FIX.get(lang)}: {finding.fix.get(lang)}"


def _group(findings: list[Finding], lang: str, owners: Mapping[Object, str]) -> Iterator[str]:
    """The findings of one rule and severity."""
    if len(_objects(findings)) < 2:
        for finding in findings:
            yield from _alone(finding, lang)
        return
    first, *_ = findings
    yield f"{SEVERITY[first.severity].get(lang)} {first.rule} {RULES[first.rule].title.get(lang)}"
    by_fix: dict[str, list[Finding]] = {}
    for finding in findings:
        by_fix.setdefault(_for_any(finding, finding.fix, lang), []).append(finding)
    for fix, group in by_fix.items():
        messages = dict.fromkeys(_for_any(finding, finding.message, lang) for finding in group)
        if len(messages) == 1:
            yield f"    {_common([finding.message for finding in group], next(iter(messages)), lang)}"
        yield f"    {_FIX.get(lang)}: {_common([finding.fix for finding in group], fix, lang)}"
        yield from _places(group, len(messages) > 1, lang, owners)


def _for_any(finding: Finding, text: Text, lang: str) -> str:
    """A sentence about a container as it reads for any: without its name."""
    if not finding.container:
        return text.get(lang)
    return re.sub(rf"(?<![\w-]){re.escape(finding.container)}(?![\w-])", _NAME.get(lang), text.get(lang))


def _common(texts: list[Text], for_any: str, lang: str) -> str:
    """A sentence as it stands, where all are the same to the letter; else as it reads for any."""
    alike = {text.get(lang) for text in texts}
    return alike.pop() if len(alike) == 1 else for_any


def _places(findings: list[Finding], with_messages: bool, lang: str, owners: Mapping[Object, str]) -> Iterator[str]:
    """Where findings stand: a line each with its message, or a line for each object with its containers."""
    groups: dict[tuple[Object | str, str], list[Finding]] = {}
    for finding in findings:
        message = f"{finding.container}: {finding.message.get(lang)}" if with_messages else ""
        groups.setdefault((owners.get(object_of(finding)) or object_of(finding), message), []).append(finding)
    for (owner, _), group in groups.items():
        listed = dict.fromkeys(finding.container for finding in group)
        pods = len(_objects(group))
        line = f"  {_place(group[0], listed)}"
        if isinstance(owner, str) and pods > 1:
            line += _AND_MORE.format(n=pods - 1, owner=owner).get(lang)
        yield f"{line}: {group[0].message.get(lang)}" if with_messages else line


def _place(finding: Finding, containers: Iterable[str]) -> str:
    name = "/".join(part for part in (finding.kind, finding.name) if part)
    listed = ", ".join(dict.fromkeys(container for container in containers if container))
    return f"{finding.source}:{finding.line} {name}" + (f" ({listed})" if listed else "")


def _by_rule(findings: Sequence[Finding], least: Severity, lang: str) -> str:
    """How many findings each rule has, and which are not shown one by one."""
    counts = Counter(_rank(finding) for finding in findings)
    parts = []
    for (rank, rule), count in sorted(counts.items()):
        part = f"{rule} {SEVERITY[SEVERITIES[rank]].get(lang)} {count}"
        pods = len(_objects(findings, rule))
        if rule in SUMMED_UP and pods > 1:
            sentence = _IS_SUMMED_UP if pods == count else _IS_SUMMED_UP_IN.format(pods=pods)
            part += f" ({sentence.get(lang)})"
        elif rank > SEVERITIES.index(least):
            part += f" ({_NOT_SHOWN.get(lang)})"
        parts.append(part)
    return " · ".join(parts)


def missing_line(pod: Pod, facts: Sequence[str], lang: str) -> str:
    """Which facts would decide more about a pod that stands alone."""
    name = f"{pod.kind} {pod.name}".strip()
    return _MISSING.format(where=f"{pod.source}:{pod.line}", name=name, facts=", ".join(facts)).get(lang)


def missing_of_all_line(missing: Missing, lang: str) -> str:
    """Which facts would decide more about many pods, and in how many each is missing."""
    counted = sorted(missing.facts.items(), key=lambda pair: (-pair[1], pair[0]))
    facts = ", ".join(_IN_PODS.format(fact=fact, pods=pods).get(lang) for fact, pods in counted)
    most = counted[0][0]
    example = _EXAMPLES.get(most, f"timing-rules/{most}: 20s")
    line = _MISSING_OF_ALL.format(facts=facts, example=example).get(lang)
    if missing.left_out:
        line += _LOOKED_AT.format(looked=missing.looked_at, left=missing.left_out).get(lang)
    return line


def counts_line(pods: int, mesh: int, findings: Iterable[Finding], lang: str) -> str:
    """What was checked, and how many findings of each severity there are."""
    if not pods + mesh:
        return _NOTHING_CHECKED.get(lang)
    counts = Counter(finding.severity for finding in findings)
    listed = ", ".join(f"{SEVERITY[severity].get(lang)} {counts[severity]}" for severity in SEVERITIES)
    return _COUNTS.format(pods=pods, mesh=mesh, counts=listed).get(lang)


def nothing_shown_line(lang: str) -> str:
    """That there is no timeline."""
    return _NOTHING_SHOWN.get(lang)


def unread_lines(reading: Reading, lang: str) -> Iterator[str]:
    """What a reader should know of what was read, and what was not read at all."""
    for note in (*reading.notes, *reading.unread[:_MOST_UNREAD]):
        yield f"{note.source}:{note.line}: {note.text.get(lang)}"
    if len(reading.unread) > _MOST_UNREAD:
        yield _MORE_UNREAD.format(n=len(reading.unread) - _MOST_UNREAD).get(lang)
    kinds = sorted(reading.passed_over.items(), key=lambda pair: (-pair[1], pair[0]))
    listed = [f"{_WITHOUT_KIND.get(lang) if kind == '?' else kind} {count}" for kind, count in kinds[:_MOST_KINDS]]
    if len(kinds) > _MOST_KINDS:
        listed.append(_MORE_KINDS.format(n=len(kinds) - _MOST_KINDS).get(lang))
    if listed:
        yield _PASSED_OVER.format(kinds=", ".join(listed)).get(lang)
    skipped = [(text.get(lang), reading.skipped[what]) for what, text in _NO_MANIFESTS.items()]
    if any(count for _, count in skipped):
        yield _SKIPPED.format(kinds=", ".join(f"{what} {count}" for what, count in skipped if count)).get(lang)


def config_lines(files: Sequence[str], settings: Sequence[tuple[str, ...]], lang: str) -> Iterator[str]:
    """Which settings count and where each stands; a later one wins over an earlier one of the same name."""
    yield _CONFIG_FILES.format(files=", ".join(files)).get(lang) if files else _NO_CONFIG_FILE.get(lang)
    for name, text, where, _, path, workload in settings:
        of = "".join(f" [{part}]" for part in (workload, path) if part)
        yield f"  {name}{of}: {text}  ({where})"
    yield f"  exclude: vendor, node_modules, testdata, .*  ({_ALWAYS.get(lang)})"


def baseline_line(path: str, findings: int, lang: str) -> str:
    """That a baseline was written."""
    return _WRITTEN.format(path=path, n=findings).get(lang)


def compared_lines(old: int, gone: Sequence[tuple[str, ...]], path: str, lang: str) -> Iterator[str]:
    """How many findings the baseline set aside, and which of it are gone."""
    yield _SET_ASIDE.format(n=old, path=path).get(lang)
    for _, rule, file, name, container, _ in gone:
        where = f"{name} ({container})" if container else name
        yield _IS_GONE.format(file=file, rule=rule, name=where).get(lang)
    if gone:
        yield _WRITE_ANEW.get(lang)


def fixed_lines(
    mended: int, files: int, written: bool, left: Sequence[tuple[Finding, Sequence[Finding]]], lang: str
) -> Iterator[str]:
    """How much was mended, and what has to be mended by hand, with the findings that its edit alone would bring."""
    for finding, brought in left:
        name = "/".join(part for part in (finding.kind, finding.name) if part)
        rules = sorted({f"{other.rule} ({SEVERITY[other.severity].get(lang)})" for other in brought})
        why = _TRADED.format(rules=", ".join(rules)) if rules else _NO_EDIT
        advice = f"{_FIX.get(lang)}: {finding.fix.get(lang)}"
        yield f"{finding.source}:{finding.line}: {finding.rule} [{name}] {why.get(lang)} {advice}"
    yield (_MENDED if written else _TO_MEND).format(n=mended, files=files, left=len(left)).get(lang)


def failure_text(failure: RuleFailure) -> Text:
    """What went wrong with a rule, and on which object."""
    error = " ".join(f"{type(failure.exception).__name__}: {failure.exception}".split())
    name = f"{failure.item.kind} {failure.item.name}".strip()
    return _FAILED.format(name=name, rule=failure.rule, error=error)


def failure_line(failure: RuleFailure, lang: str) -> str:
    """The same with its place."""
    return f"{failure.item.source}:{failure.item.line}: {failure_text(failure).get(lang)}"


def timeline_lines(line: Timeline, lang: str, colour: bool = False) -> Iterator[str]:
    """A timeline: the picture, what happens when, what is lost, and what that rests on."""
    pod = line.pod
    name = f"{pod.kind} {pod.name}".strip()
    mode, unit = MODES[line.sidecar].get(lang), _UNIT.get(lang)
    yield f"{pod.source}:{pod.line}: {name}, {mode}, Kubernetes {line.kubernetes}, Istio {line.istio}"
    yield from drawing(line, lang, colour)
    actors = min(max((width(place(event, lang)) for event in line.events), default=0), _ACTORS)
    for event in line.events:
        head = f"  {seconds(event.at):>8}{unit}  {padded(place(event, lang), actors)}  "
        yield from row(head, event.text.get(lang))
    for loss in line.losses:
        yield from row(f"  {loss_span(loss, lang)}  ! ", loss.text.get(lang))
    for names, text in ((line.assumed, _ASSUMED), (line.unknown, _UNKNOWN)):
        if names:
            yield from row(f"  {text.get(lang)} ", ", ".join(names), 4)


def rule_lines(code: str, lang: str) -> Iterator[str]:
    """A rule: its title, when it fires, why that hurts, how to mend it."""
    rule = RULES[code]
    yield f"{rule.code} ({SEVERITY[rule.severity].get(lang)}): {rule.title.get(lang)}"
    for part in (rule.what, rule.why, rule.fix):
        yield ""
        yield part.get(lang)


def rule_list_lines(lang: str) -> Iterator[str]:
    """Every rule with its usual severity and its title."""
    columns = max(width(word.get(lang)) for word in SEVERITY.values())
    for rule in RULES.values():
        yield f"{rule.code}  {padded(SEVERITY[rule.severity].get(lang), columns)}  {rule.title.get(lang)}"
