"""Runs the rules and puts their findings together: one cause, one finding; both modes while none is decided."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..domain import NEVER, PROXY, Container, Pod, Sidecar
from ..text import Text
from ..timeline import Timeline, timeline
from .configs import Item
from .proxies import is_generated
from .registry import RULES
from .rule import Case, Edit, Problem, Rule, Severity

#: The rule on the left explains what the rules on the right would say again: of the same container, pod, or key.
EXPLAINS: dict[str, tuple[str, ...]] = {
    "PT105": ("PT109",),
    "PT106": ("PT110", "PT109"),
    "PT110": ("PT109",),
    "PT111": ("PT107", "PT103", "PT101", "PT102", "PT202", "PT104", "PT110", "PT109"),
    "PT107": ("PT103", "PT101", "PT102"),
    "PT103": ("PT101", "PT102", "PT202", "PT222"),
    "PT101": ("PT102", "PT202", "PT222"),
    "PT207": ("PT202", "PT203", "PT204", "PT205", "PT206", "PT219"),
    "PT206": ("PT201", "PT219"),
    "PT204": ("PT219",),
    "PT222": ("PT219",),
    "PT212": ("PT210",),
    "PT216": ("PT203",),
    "PT217": ("PT210",),
    "PT218": ("PT210",),
    "PT211": ("PT208", "PT210"),
    "PT213": ("PT208",),
    "PT220": ("PT201", "PT203", "PT206"),
}
#: A pod that is refused never drains: what the rules on the right say of its drain comes to nothing.
_ON_DRAIN = ("PT201", "PT202", "PT203", "PT204", "PT205", "PT206", "PT219", "PT221", "PT222")
REFUSES = {
    "PT107": ("PT202", "PT222"),
    "PT208": _ON_DRAIN,
    "PT211": _ON_DRAIN,
    "PT213": _ON_DRAIN,
    "PT215": _ON_DRAIN,
    "PT224": _ON_DRAIN,
}
#: A variable that the agent cannot read (PT209) explains what the rules on the right conclude from its default.
_RESTS_ON = {
    "MINIMUM_DRAIN_DURATION": ("PT206", "PT222"),
    "EXIT_ON_ZERO_ACTIVE_CONNECTIONS": ("PT201", "PT202", "PT205", "PT206", "PT221"),
}
_BY_CONTAINER = {"PT105", "PT106", "PT110", "PT107", "PT103", "PT101"}
_BY_PATH = {"PT212", "PT217", "PT218", "PT211", "PT213"}


@dataclass(frozen=True)
class Finding:
    """A mistake in a manifest: what, where (file, document, line, path, container), and how to mend it."""

    rule: str
    severity: Severity
    source: str
    document: int
    line: int
    kind: str
    name: str
    container: str
    path: str
    message: Text
    fix: Text
    docs: str
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True)
class RuleFailure:
    """A rule that raised instead of answering: a fault of this package, not of the manifest."""

    rule: str
    item: Item
    exception: Exception


def check(item: Item, failures: list[RuleFailure] | None = None) -> list[Finding]:
    """Every finding of a pod or of mesh configuration, in the order of their lines. Raises nothing.

    While nothing decides whether a sidecar is native or classic, both are tried: what is true of both is reported, what
    is true of one is `info` and names the condition. A rule that raises finds nothing, and is added to `failures`.
    """
    failed: dict[str, Exception] = {}
    findings = _both_ways(item, failed) if isinstance(item, Pod) and item.sidecar is None else _run(item, failed)
    if failures is not None:
        failures += [RuleFailure(rule, item, exception) for rule, exception in failed.items()]
    kept = [finding for finding in findings if finding.rule not in item.assumptions.ignore]
    return sorted(kept, key=lambda finding: (finding.line, finding.rule, finding.container))


def missing_facts(pod: Pod, line: Timeline | None = None) -> list[str]:
    """The undeclared facts of a pod that could change a verdict, by the names under which they are declared.

    `line` is the pod's timeline, where it is there already.
    """
    verdict = _verdict(pod)
    missing = []
    if pod.sidecar is None and _verdict(pod.decided(Sidecar.CLASSIC)) != _verdict(pod.decided(Sidecar.NATIVE)):
        missing.append("sidecar (or istio and kubernetes)")
    for name in (line or timeline(pod)).unknown:
        fact, _, container = name.partition(".")
        if any(_verdict(_with(pod, fact, container, value)) != verdict for value in (0.0, NEVER)):
            missing.append(name)
    if pod.sidecar is Sidecar.GATEWAY and pod.assumptions.lb_deregistration is None:
        missing.append("lb-deregistration")
    return missing


def _verdict(pod: Pod) -> set[tuple[str, str]]:
    return {(finding.rule, finding.severity) for finding in check(pod) if finding.rule != "PT104"}


def _with(pod: Pod, fact: str, container: str, value: float) -> Pod:
    """The pod with one unknown length settled."""
    if fact == "connections-idle-after":
        return replace(pod, assumptions=replace(pod.assumptions, connections_idle_after=value))
    if fact == "prestop" and container == PROXY:  # the hook may be that of global.proxy.lifecycle
        pod = replace(pod, assumptions=replace(pod.assumptions, prestop={PROXY: value}))

    def settle(other: Container) -> Container:
        if other.name != container:
            return other
        if fact == "app-shutdown":
            return replace(other, shutdown=value)
        return replace(other, preStop=replace(other.preStop, seconds=value)) if other.preStop is not None else other

    containers, sidecars = tuple(map(settle, pod.containers)), tuple(map(settle, pod.sidecars))
    return replace(pod, containers=containers, sidecars=sidecars, proxy=settle(pod.proxy) if pod.proxy else None)


def _run(item: Item, failed: dict[str, Exception]) -> list[Finding]:
    """What the rules find, without what an earlier cause explains. A rule that raises is put into `failed`."""
    case = Case(item)
    findings: list[Finding] = []
    for rule in RULES.values():
        if rule.mesh or isinstance(item, Pod):
            try:
                findings += [_finding(item, rule, problem) for problem in rule.find(case)]
            except Exception as exception:  # whatever it is, the other rules still have their say
                failed[rule.code] = exception
    return [finding for finding in findings if not any(_explains(cause, finding) for cause in findings)]


def _explains(cause: Finding, finding: Finding) -> bool:
    """Whether a finding says again what follows from another."""
    if cause.severity is Severity.ERROR and finding.rule in REFUSES.get(cause.rule, ()):
        return True
    if cause.rule == "PT209" and finding.rule in _RESTS_ON.get(cause.path.rpartition(".")[2], ()):
        return True
    if finding.rule not in EXPLAINS.get(cause.rule, ()):
        return False
    if cause.rule in _BY_CONTAINER:
        return cause.container == finding.container
    return finding.path in (cause.path, cause.path.rpartition(".")[0]) if cause.rule in _BY_PATH else True


_CONDITION = {
    Sidecar.CLASSIC: Text("if the sidecar is classic: ", "사이드카가 클래식이면: "),
    Sidecar.NATIVE: Text("if the sidecar is native: ", "사이드카가 네이티브이면: "),
}


def _both_ways(pod: Pod, failed: dict[str, Exception]) -> list[Finding]:
    findings: dict[Sidecar, dict[tuple[str, str, str], Finding]] = {}
    for mode in _CONDITION:
        run = _run(pod.decided(mode), failed)
        findings[mode] = {(finding.rule, finding.container, finding.path): finding for finding in run}
    merged = []
    for mode, other in ((Sidecar.CLASSIC, Sidecar.NATIVE), (Sidecar.NATIVE, Sidecar.CLASSIC)):
        condition = _CONDITION[mode]
        for key, finding in findings[mode].items():
            if key not in findings[other]:
                message = Text(condition.en + finding.message.en, condition.ko + finding.message.ko)
                merged.append(replace(finding, message=message, severity=Severity.INFO))
            elif mode is Sidecar.CLASSIC:
                merged.append(finding)
    return merged


_ANEW = Text(
    "{fix} (istiod writes this object anew from its Gateway: set it by the Gateway's spec.infrastructure.parametersRef, or "
    "istiod's gatewayClasses)",
    "{fix} (이 오브젝트는 istiod가 Gateway 리소스에서 다시 만듭니다. Gateway의 spec.infrastructure.parametersRef 또는 istiod의 gatewayClasses에서 "
    "설정하십시오)",
)


def _own_field(item: Item, text: Text) -> Text:
    """Advice that names the field and the object in which the author of this object sets what decides how it stops."""
    if not isinstance(item, Pod):
        return text
    if item.kind in ("Deployment", "ReplicaSet", "Pod") and is_generated(item) and "parametersRef" not in text.en:
        return Text(*(words.replace("{fix}", advice.rstrip(".")) for words, advice in zip(_ANEW, text, strict=True)))
    if item.grace_field == "terminationGracePeriodSeconds":
        return text
    return Text(*(words.replace("terminationGracePeriodSeconds", item.grace_field) for words in text))


def _written(item: Item, path: str) -> str:
    """Where a path of a pod leads in the text: a chart or a controller may make the pod of something else."""
    for inner, outer in item.paths if isinstance(item, Pod) else ():
        if path == inner or path.startswith((f"{inner}.", f"{inner}[")):
            return f"{outer}{path.removeprefix(inner)}".lstrip(".")
    return path


def _finding(item: Item, rule: Rule, problem: Problem) -> Finding:
    message, fix = rule.words(problem)
    return Finding(
        rule=rule.code,
        severity=problem.severity or rule.severity,
        source=item.source,
        document=problem.document or item.document,
        line=problem.line,
        kind=item.kind,
        name=item.name,
        container=problem.container,
        path=_written(item, problem.path),
        message=message,
        fix=_own_field(item, fix),
        docs=f"rules/{rule.code.lower()}/",
        edits=problem.edits,
    )
