"""PT215: an own lifecycle on a native istio-proxy."""

from __future__ import annotations

from collections.abc import Iterator

from .. import versions
from ..domain import PROXY, MeshConfig, Sidecar
from ..shell.effects import calls_drain
from ..text import Text
from .places import at
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text("An own lifecycle on a native istio-proxy", "네이티브 istio-proxy에 직접 지정한 lifecycle"),
    what=Text(
        "Fires when a preStop hook of a native istio-proxy, or Helm's global.proxy.lifecycle, replaces Istio's drain "
        "hook (Istio 1.21 and later) without calling POST /drain itself.",
        "네이티브 istio-proxy의 preStop 훅 또는 Helm의 global.proxy.lifecycle 값이 Istio의 드레인 훅을 대신하면서(Istio 1.21 이상) POST "
        "/drain을 호출하지 않으면 보고합니다.",
    ),
    why=Text(
        "Without that call the agent knows of no drain. Once the app has ended it waits its "
        "terminationDrainDuration, out of what is left of the grace period.",
        "이 호출이 없으면 에이전트는 드레인했다고 여기지 않습니다. 앱이 끝난 뒤에 남은 유예 기간을 써서 terminationDrainDuration만큼 더 기다립니다.",
    ),
    fix=Text(
        "Remove the hook, or end it with `pilot-agent request --debug-port=15020 POST drain`.",
        "훅을 지우거나 마지막에 `pilot-agent request --debug-port=15020 POST drain`을 호출하십시오.",
    ),
    see=("reference/settings.md#proxy-lifecycle", "examples.md#http-native-sidecar"),
)
MESSAGE = Text(
    "this hook replaces Istio's drain hook on the native istio-proxy and does not call POST /drain",
    "이 훅은 네이티브 istio-proxy에 있는 Istio의 드레인 훅을 대신하지만 POST /drain을 호출하지 않습니다",
)
MESSAGE_TWO = Text(
    "a {kind} handler beside Istio's exec hook makes two handlers, which the API should refuse",
    "{kind} 핸들러가 Istio의 exec 훅과 합쳐져 핸들러가 둘이 됩니다. API 서버가 거부해야 하는 구성입니다",
)


def own_lifecycle(case: Case) -> Iterator[Problem]:
    """The hook that takes the place of Istio's and does not drain."""
    item = case.item
    istio = item.assumptions.version("istio")
    if not versions.DRAIN_HOOK.holds(istio):
        return
    if isinstance(item, MeshConfig):
        yield from _in_mesh(item, istio)
        return
    hook = item.proxy.preStop if item.proxy is not None and item.sidecar is Sidecar.NATIVE else None
    if hook is not None and hook.node is not None and not hook.istio and not calls_drain(hook.command):
        say = MESSAGE if hook.kind == "exec" or item.injected else MESSAGE_TWO
        yield Problem(at(item, item.proxy, "lifecycle", "preStop"), PROXY, say=say, kind=hook.kind)


def _in_mesh(mesh: MeshConfig, istio: versions.Version | None) -> Iterator[Problem]:
    node, facts = mesh.proxy_lifecycle, mesh.assumptions
    if node is None or facts.sidecar in ("classic", "none"):
        return
    command = node.get("preStop", "exec", "command")
    if command is not None and calls_drain([str(word.value) for word in command.items]):
        return
    by_version = versions.native_by_version(istio, facts.version("kubernetes"), mesh.native_env)
    severity = Severity.WARNING if facts.sidecar == "native" or by_version else Severity.INFO
    yield Problem(("global.proxy.lifecycle", node.span.line), PROXY, severity, say=MESSAGE)


RULE = Rule("PT215", Severity.WARNING, ABOUT, own_lifecycle, mesh=True)
