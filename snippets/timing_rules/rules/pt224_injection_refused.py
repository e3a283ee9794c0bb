"""PT224: injection, or what comes out of it, is refused."""

from __future__ import annotations

from collections.abc import Iterator

from ..domain import PROXY
from ..domain.annotations import STATUS
from ..manifest.injected import Refusal, injected
from ..text import Text
from .places import at
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text("Injection, or what comes out of it, is refused", "주입 또는 주입 결과가 거부됩니다"),
    what=Text(
        "Fires for a pod still to be injected that asks for a template that does not exist, whose "
        "`proxy.istio.io/overrides` annotation is not JSON, or that declares or comes out with istio-proxy twice, or without "
        "an image.",
        "아직 주입되지 않은 파드를 봅니다. 요청한 템플릿이 없거나, `proxy.istio.io/overrides` 어노테이션이 JSON이 "
        "아니거나, 선언 또는 주입 결과에서 istio-proxy 컨테이너가 두 번 나오거나 이미지가 없으면 보고합니다.",
    ),
    why=Text(
        "Istio's injector or the API server refuses every pod of the workload: none is created, and none replaces one "
        "that ends.",
        "Istio 인젝터 또는 API 서버가 이 워크로드의 파드를 모두 거부합니다. 파드가 만들어지지 않고, 종료된 파드를 "
        "대신할 파드도 생기지 않습니다.",
    ),
    fix=Text(
        "Name templates that exist, write the overrides as JSON, and declare istio-proxy in the list in which Istio puts "
        "it: `initContainers` for a native sidecar, `containers` for a classic one.",
        "실제로 있는 템플릿의 이름을 쓰고, overrides 값은 JSON으로 적으십시오. istio-proxy 컨테이너는 Istio가 넣는 "
        "목록에 선언하십시오. 네이티브 사이드카는 `initContainers`, 클래식 사이드카는 `containers` 목록입니다.",
    ),
)
MESSAGE_TEMPLATE = Text(
    'there is no injection template "{name}", so Istio refuses to inject the pod',
    '"{name}" 주입 템플릿이 없으므로 Istio가 주입을 거부합니다',
)
MESSAGE_TEMPLATE_MAYBE = Text(
    'Istio has no injection template "{name}"; unless the values of istiod define it, injection is refused',
    'Istio에는 "{name}" 주입 템플릿이 없습니다. istiod values에 정의하지 않았다면 주입이 거부됩니다',
)
FIX_NEAR = Text('write "{near}"', '"{near}" 이름으로 고치십시오')
FIX_KNOWN = Text(
    "name one of {known}, or define it in the values", "{known} 가운데 하나를 쓰거나 values에 정의하십시오"
)
MESSAGE_OVERRIDES = Text(
    "proxy.istio.io/overrides is not JSON with containers and initContainers, so Istio refuses to inject the pod",
    "proxy.istio.io/overrides 값이 containers, initContainers 목록을 담은 JSON이 아니므로 Istio가 주입을 거부합니다",
)
FIX_OVERRIDES = Text(
    "write a JSON object with the list initContainers (native sidecar) or containers (classic), or remove the annotation",
    "initContainers(네이티브 사이드카) 또는 containers(클래식) 목록을 담은 JSON 객체로 쓰거나 어노테이션을 지우십시오",
)
MESSAGE_TWICE = Text(
    "istio-proxy is declared under {own}, and Istio injects it under {group}: the API server refuses a pod that has it twice",
    "istio-proxy 컨테이너가 {own} 목록에 선언되어 있는데 Istio는 {group} 목록에 주입합니다. API 서버는 같은 이름이 두 번 있는 파드를 거부합니다",
)
FIX_TWICE = Text("move it to {group}", "{group} 목록으로 옮기십시오")
MESSAGE_SAME = Text(
    "istio-proxy is declared {n} times; a name may stand once in both lists together, so the API server refuses the pod",
    "istio-proxy 컨테이너가 {n}번 선언되어 있습니다. 같은 이름은 두 목록을 통틀어 한 번만 쓸 수 있으므로 API 서버가 "
    "파드를 거부합니다",
)
FIX_SAME = Text("keep one of them", "하나만 남기십시오")
MESSAGE_IMAGE = Text(
    "the templates leave istio-proxy without an image, so the API server refuses the pod",
    "이 템플릿만으로는 istio-proxy 컨테이너의 이미지가 정해지지 않으므로 API 서버가 파드를 거부합니다",
)
FIX_IMAGE = Text("add the template sidecar before them", "이 템플릿들 앞에 sidecar 템플릿을 추가하십시오")
MESSAGE_HANDLER = Text(
    "{hook} of istio-proxy comes out without a handler, so the API server refuses the pod",
    "istio-proxy 컨테이너의 {hook} 훅에 핸들러가 없으므로 API 서버가 파드를 거부합니다",
)
FIX_HANDLER = Text(
    "give {hook} an exec or a sleep, or remove it", "{hook} 훅에 exec 또는 sleep 핸들러를 넣거나 훅을 지우십시오"
)


def injection_refused(case: Case) -> Iterator[Problem]:
    """Each reason for which the injector refuses the pod, or the API server what it makes of it."""
    pod = case.pod
    injection = injected(pod)
    declared = [container for container in (*pod.containers, *pod.sidecars) if container.name == PROXY]
    count = len(declared) + (pod.proxy is not None)
    made = pod.annotations is not None and STATUS in pod.annotations.entries
    if count > 1 and not made:
        yield Problem(at(pod, declared[-1], "name"), PROXY, say=MESSAGE_SAME, fix=FIX_SAME, n=count)
    for refusal in injection.refusals if injection is not None else ():
        if refusal.why != "handlers" and not (count > 1 and refusal.why == "twice"):  # PT215 speaks of handlers
            yield _problem(refusal, (refusal.path, refusal.line or pod.line))


def _problem(refusal: Refusal, place: tuple[str, int]) -> Problem:
    if refusal.why == "template":
        name, near, known = refusal.details
        say, severity = (MESSAGE_TEMPLATE, None) if refusal.sure else (MESSAGE_TEMPLATE_MAYBE, Severity.WARNING)
        fix = FIX_NEAR if near else FIX_KNOWN
        return Problem(place, PROXY, severity, say=say, fix=fix, name=name, near=near, known=known)
    if refusal.why == "overrides":
        return Problem(place, PROXY, say=MESSAGE_OVERRIDES, fix=FIX_OVERRIDES)
    if refusal.why == "twice":
        own, group = refusal.details
        return Problem(place, PROXY, say=MESSAGE_TWICE, fix=FIX_TWICE, own=own, group=group)
    if refusal.why == "handler":
        return Problem(place, PROXY, say=MESSAGE_HANDLER, fix=FIX_HANDLER, hook=refusal.details[0])
    return Problem(place, PROXY, say=MESSAGE_IMAGE, fix=FIX_IMAGE)


RULE = Rule("PT224", Severity.ERROR, ABOUT, injection_refused)
