"""The rules, and how their findings are put together: one cause, one finding; both modes while none is decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ..pod import NEVER, Container, MeshConfig, Pod, Sidecar
from ..text import Text
from ..timeline import timeline
from . import environment, istio, kubernetes
from .registry import RULES, Edit, Item, Problem, Rule, Severity

__all__ = [
    "RULES",
    "Edit",
    "Finding",
    "Rule",
    "Severity",
    "check",
    "environment",
    "istio",
    "kubernetes",
    "missing_facts",
]

#: The rule on the left explains what the rules on the right would say again: of the same container, pod, or line.
_EXPLAINS: dict[str, tuple[str, ...]] = {
    "PT105": ("PT109",),
    "PT106": ("PT109",),
    "PT107": ("PT103", "PT101", "PT102"),
    "PT103": ("PT101", "PT102"),
    "PT101": ("PT102",),
    "PT207": ("PT202", "PT203", "PT204", "PT205", "PT206", "PT219"),
    "PT206": ("PT201", "PT219"),
    "PT204": ("PT219",),
    "PT212": ("PT210",),
    "PT216": ("PT203",),
    "PT217": ("PT210",),
    "PT218": ("PT210",),
    "PT211": ("PT208", "PT210"),
    "PT213": ("PT208",),
}
#: A setting that cannot be read explains what the rules on the right conclude from its default.
_UNREADABLE = ("PT208", "PT209", "PT211", "PT213")
_RESTS_ON = {
    "terminationDrainDuration": ("PT201", "PT202"),
    "drainDuration": ("PT203",),
    "MINIMUM_DRAIN_DURATION": ("PT206",),
    "EXIT_ON_ZERO_ACTIVE_CONNECTIONS": ("PT201", "PT202", "PT205", "PT206"),
}
_BY_CONTAINER = {"PT105", "PT106", "PT107", "PT103", "PT101"}
_BY_LINE = {"PT212", "PT217", "PT218", "PT211", "PT213"}
_DOCS = "reference/rules/#{code}"


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


def check(item: Pod | MeshConfig) -> list[Finding]:
    """Every finding of a pod or of mesh configuration, in the order of their lines. Raises nothing.

    While nothing decides whether a sidecar is native or classic, both are tried: what is true of both is reported, what
    is true of one is `info` and names the condition.
    """
    found = _both_ways(item) if isinstance(item, Pod) and item.sidecar is None else _run(item, RULES.values())
    ignored = item.assumptions.ignore
    findings = [_finding(item, rule, problem) for rule, problem in found if rule.code not in ignored]
    return sorted(findings, key=lambda one: (one.line, one.rule, one.container))


def missing_facts(pod: Pod) -> list[str]:
    """The undeclared facts of a pod that could change a verdict, by the names under which they are declared."""
    verdict = _verdict(pod)
    found = []
    if pod.sidecar is None and _verdict(pod.decided(Sidecar.CLASSIC)) != _verdict(pod.decided(Sidecar.NATIVE)):
        found.append("sidecar (or istio and kubernetes)")
    for name in timeline(pod).unknown:
        fact, _, container = name.partition(".")
        tries = []
        for value in (0.0, NEVER):
            if fact == "connections-idle-after":
                tries.append(replace(pod, assumptions=replace(pod.assumptions, connections_idle_after=value)))
            else:
                tries.append(_with(pod, fact, container, value))
        if any(_verdict(one) != verdict for one in tries):
            found.append(name)
    if pod.sidecar is Sidecar.GATEWAY and pod.assumptions.lb_deregistration is None:
        found.append("lb-deregistration")
    return found


def _verdict(pod: Pod) -> set[tuple[str, str]]:
    return {(one.rule, one.severity) for one in check(pod) if one.rule != "PT104"}


def _with(pod: Pod, fact: str, container: str, value: float) -> Pod:
    """The pod with one unknown length settled."""

    def settle(one: Container) -> Container:
        if one.name != container:
            return one
        if fact == "app-shutdown":
            return replace(one, shutdown=value)
        return replace(one, preStop=replace(one.preStop, seconds=value)) if one.preStop is not None else one

    containers, sidecars = tuple(map(settle, pod.containers)), tuple(map(settle, pod.sidecars))
    return replace(pod, containers=containers, sidecars=sidecars, proxy=settle(pod.proxy) if pod.proxy else None)


_Found = list[tuple[Rule, Problem]]


def _run(item: Item, rules: Iterable[Rule]) -> _Found:
    """What some rules find, without what an earlier cause explains."""
    found = [(rule, problem) for rule in rules if _applies(rule, item) for problem in rule.find(item)]
    return [pair for pair in found if not any(_explains(other, pair) for other in found)]


def _applies(rule: Rule, item: Item) -> bool:
    return isinstance(item, Pod) or rule.code.startswith("PT2")


def _explains(one: tuple[Rule, Problem], other: tuple[Rule, Problem]) -> bool:
    code = one[0].code
    if code in _UNREADABLE and other[0].code in _RESTS_ON.get(one[1].path.rpartition(".")[2], ()):
        return True
    if other[0].code not in _EXPLAINS.get(code, ()):
        return False
    if code in _BY_CONTAINER:
        return one[1].container == other[1].container
    return one[1].line == other[1].line if code in _BY_LINE else True


_CONDITION = {
    Sidecar.CLASSIC: Text("if the sidecar is classic: ", "사이드카가 클래식이면: "),
    Sidecar.NATIVE: Text("if the sidecar is native: ", "사이드카가 네이티브이면: "),
}


def _both_ways(pod: Pod) -> _Found:
    found: dict[Sidecar, dict[tuple[str, str, str], tuple[Rule, Problem]]] = {}
    for mode in _CONDITION:
        pairs = _run(pod.decided(mode), RULES.values())
        found[mode] = {(rule.code, problem.container, problem.path): (rule, problem) for rule, problem in pairs}
    merged: _Found = []
    for mode, other in ((Sidecar.CLASSIC, Sidecar.NATIVE), (Sidecar.NATIVE, Sidecar.CLASSIC)):
        for key, (rule, problem) in found[mode].items():
            if key not in found[other]:
                said, condition = problem.message, _CONDITION[mode]
                message = Text(condition.en + said.en, condition.ko + said.ko)
                merged.append((rule, replace(problem, message=message, severity=Severity.INFO)))
            elif mode is Sidecar.CLASSIC:
                merged.append((rule, problem))
    return merged


def _finding(item: Item, rule: Rule, problem: Problem) -> Finding:
    return Finding(
        rule=rule.code,
        severity=problem.severity or rule.severity,
        source=item.source,
        document=item.document,
        line=problem.line,
        kind=item.kind,
        name=item.name,
        container=problem.container,
        path=problem.path,
        message=problem.message,
        fix=problem.fix or rule.fix,
        docs=_DOCS.format(code=rule.code.lower()),
        edits=problem.edits,
    )
