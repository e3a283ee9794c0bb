"""PT215: an own lifecycle on a native istio-proxy."""

from __future__ import annotations

from collections.abc import Iterator

from .. import versions
from ..domain import PROXY, MeshConfig, Pod, Sidecar
from ..domain.annotations import STATUS_PORT
from ..manifest.injected import Injected, injected
from ..manifest.injection import handlers
from ..manifest.membership import native_by_version
from ..shell.effects import AGENT, calls_drain
from ..text import Text
from .places import at
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text("An own lifecycle on a native istio-proxy", "네이티브 istio-proxy에 lifecycle을 직접 지정했습니다"),
    what=Text(
        "Fires when a preStop hook of a native istio-proxy (its own, from overrides or a template), or Helm's "
        "global.proxy.lifecycle, replaces Istio's drain hook (Istio 1.21 and later) without calling POST /drain on port 15020 "
        "itself, when the status port is moved away from 15020, and, in every mode, when a handler of another kind than the "
        "one already there makes two.",
        "네이티브 istio-proxy의 preStop 훅(직접 선언, overrides, 템플릿) 또는 Helm의 global.proxy.lifecycle 값이 "
        "Istio의 드레인 훅을 대체하면서(Istio 1.21 이상) 15020 포트에 POST /drain을 호출하지 않으면 보고합니다. "
        "상태 포트를 15020에서 다른 포트로 바꾼 경우, 그리고 사이드카 방식과 상관없이 이미 있는 것과 다른 종류의 "
        "핸들러를 더해 핸들러가 둘이 되는 경우에도 보고합니다.",
    ),
    why=Text(
        "Without a drain call in the hook the agent knows of no drain. Once the app has ended it waits its "
        "terminationDrainDuration, out of what is left of the grace period.",
        "훅에서 드레인을 호출하지 않으면 에이전트는 드레인한 것을 모릅니다. 그래서 앱이 종료된 뒤에 남은 유예 기간을 써서 "
        "terminationDrainDuration만큼 더 기다립니다.",
    ),
    fix=Text(
        "Remove the hook, or end it with `pilot-agent request --debug-port=15020 POST drain`.",
        "훅을 지우거나 마지막에 `pilot-agent request --debug-port=15020 POST drain`을 호출하십시오.",
    ),
    see=("settings/sidecar.md#proxy-lifecycle", "examples.md#http-native-sidecar"),
)
MESSAGE = Text(
    "this hook replaces Istio's drain hook on the native istio-proxy and does not call POST /drain",
    "이 훅은 네이티브 istio-proxy에 있는 Istio의 드레인 훅을 대체하지만 POST /drain을 호출하지 않습니다",
)
MESSAGE_TWO = Text(
    "{hook} of {name} comes out with the handlers {kinds}; a hook may hold one, so the API server refuses every pod",
    "{name} 컨테이너의 {hook} 훅에 핸들러가 여러 개({kinds}) 들어갑니다. 훅 하나에는 핸들러가 하나뿐이어야 하므로 "
    "API 서버가 파드를 모두 거부합니다",
)
FIX_TWO = Text(
    "remove the own {hook}, or write it with the handler of the other one: Istio's own are exec",
    "직접 지정한 {hook} 훅을 지우거나, 이미 있는 훅과 같은 종류의 핸들러로 쓰십시오. Istio의 훅은 exec 핸들러입니다",
)
FIX_IN_MESH = Text(
    "keep one handler under {hook} in global.proxy.lifecycle",
    "global.proxy.lifecycle에서 {hook} 훅의 핸들러를 하나만 남기십시오",
)
MESSAGE_PORT = Text(
    "the status port is {port}, so Istio's own drain hook calls a port that drains nothing: only 15020 does",
    "상태 포트가 {port}이므로 Istio의 드레인 훅이 이 포트를 호출하지만 드레인이 시작되지 않습니다. 드레인 요청은 "
    "15020 포트에서만 받습니다",
)
MESSAGE_MOVED = Text(
    "statusPort moves pilot-agent away from port 15020, which Istio's own drain hook calls: nothing drains",
    "statusPort 설정 때문에 pilot-agent가 15020이 아닌 포트를 씁니다. Istio의 드레인 훅은 15020 포트를 호출하므로 "
    "드레인이 시작되지 않습니다",
)
FIX_PORT = Text("leave the status port at 15020", "상태 포트를 15020으로 두십시오")


def own_lifecycle(case: Case) -> Iterator[Problem]:
    """The hook that takes the place of Istio's and does not drain, and one that makes two handlers."""
    item = case.item
    istio = item.assumptions.version("istio")
    if isinstance(item, MeshConfig):
        if versions.DRAIN_HOOK.holds(istio):
            yield from _in_mesh(item, istio)
        return
    injection = injected(item)
    refusals = [refusal for refusal in injection.refusals if refusal.why == "handlers"] if injection is not None else []
    for refusal in refusals:
        name, hook_name, *kinds = refusal.details
        known = [one for one in (*item.containers, *item.sidecars, item.proxy) if one is not None and one.name == name]
        place = at(item, known[0] if known else None, "lifecycle", hook_name)
        listed, fix = ", ".join(kinds), FIX_IN_MESH if refusal.path == "global.proxy.lifecycle" else FIX_TWO
        yield Problem(place, name, Severity.ERROR, say=MESSAGE_TWO, fix=fix, name=name, hook=hook_name, kinds=listed)
    if injection is not None and not refusals and item.sidecar is Sidecar.NATIVE and versions.DRAIN_HOOK.holds(istio):
        yield from _without_drain(item, injection)


def _without_drain(pod: Pod, injection: Injected) -> Iterator[Problem]:
    """The hook of a native istio-proxy that does not drain, wherever it comes from."""
    hook, origin = injection.proxy.preStop, injection.origin
    if hook is None or origin is None or hook.drains_at is not None:
        return
    line = origin.line if origin.kind in ("own", "overrides") else pod.line
    if origin.kind == "istio":
        port = hook.command[2].rpartition("=")[2]
        node = pod.annotations.get(STATUS_PORT) if pod.annotations is not None else None
        place = (origin.path, node.span.line if node is not None else pod.line)
        say = MESSAGE_MOVED if port == str(AGENT) else MESSAGE_PORT
        yield Problem(place, PROXY, say=say, fix=FIX_PORT, port=port)
    elif origin.kind == "own" and (hook.kind == "exec" or pod.injected):
        yield Problem(at(pod, pod.proxy, "lifecycle", "preStop"), PROXY, say=MESSAGE)
    elif origin.kind in ("overrides", "template") and hook.kind == "exec":
        yield Problem((origin.path, line), PROXY, say=MESSAGE)


def _in_mesh(mesh: MeshConfig, istio: versions.Version | None) -> Iterator[Problem]:
    node, facts = mesh.proxy_lifecycle, mesh.assumptions
    if node is None or facts.sidecar in ("classic", "none") or len(handlers(node.get("preStop"))) > 1:
        return  # of two handlers PT111 speaks
    command = node.get("preStop", "exec", "command")
    if command is not None and calls_drain([str(word.value) for word in command.items]):
        return
    by_version = native_by_version(istio, facts.version("kubernetes"), mesh.native_env)
    severity = Severity.WARNING if facts.sidecar == "native" or by_version else Severity.INFO
    yield Problem(("global.proxy.lifecycle", node.span.line), PROXY, severity, say=MESSAGE)


RULE = Rule("PT215", Severity.WARNING, ABOUT, own_lifecycle, mesh=True)
