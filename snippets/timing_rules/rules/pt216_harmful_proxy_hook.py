"""PT216: an istio-proxy hook that cuts, or cannot run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .. import versions
from ..domain import PROXY, Hook, MeshConfig, Pod, Sidecar
from ..shell.failures import fault
from ..shell.programs import tools
from ..shell.script import script_of, simple
from ..text import Text
from .hooks import overridden_at
from .places import at
from .rule import About, Case, Place, Problem, Rule, Severity

ABOUT = About(
    title=Text("An istio-proxy hook that cuts, or cannot run", "istio-proxy 훅이 연결을 끊거나 실행되지 않습니다"),
    what=Text(
        "Fires when a hook of istio-proxy calls drain_listeners without `graceful`, or tools (sh, sleep, curl, "
        "netstat) that a distroless proxy image lacks. `info` when the image is not known to be distroless, and for "
        "quitquitquit at a time that cannot be read.",
        "istio-proxy 훅이 `graceful` 없이 drain_listeners를 호출하거나 distroless 프록시 이미지에 없는 도구(sh, sleep, curl, netstat)를 쓰면 "
        "보고합니다. 이미지가 distroless인지 알 수 없거나, 훅이 quitquitquit을 언제 호출하는지 읽을 수 없으면 `info`입니다.",
    ),
    why=Text(
        "Without `graceful` Envoy closes its listeners at once; without the tool the hook fails and the delay is 0.",
        "`graceful`이 없으면 Envoy가 리스너를 곧바로 닫습니다. 도구가 없으면 훅이 실패하고 대기 시간은 0이 됩니다.",
    ),
    fix=Text(
        "Let the hook do with what the image has (the sleep action, `pilot-agent request`), and drain with `graceful` (and "
        "`skip_exit`); or move to a native sidecar.",
        "이미지에 있는 것(sleep 동작, `pilot-agent request`)만 쓰고, 드레인은 `graceful`(과 `skip_exit`)을 붙여 호출하십시오. 또는 네이티브 사이드카로 옮기십시오.",
    ),
    see=("settings/sidecar.md#proxy-lifecycle",),
)
MESSAGE = Text(
    "the istio-proxy image is distroless and lacks {tools}: the hook fails",
    "이 istio-proxy 이미지는 distroless라서 {tools} 도구가 없습니다. 훅이 실패합니다",
)
MESSAGE_MAYBE = Text(
    "a distroless istio-proxy image lacks {tools}, and then the hook fails",
    "istio-proxy 이미지가 distroless이면 {tools} 도구가 없어 훅이 실패합니다",
)
MESSAGE_CUT = Text(
    "drain_listeners without graceful closes the listeners at once",
    "graceful 없이 drain_listeners를 호출하면 리스너가 곧바로 닫힙니다",
)
MESSAGE_AND = Text(
    "the shell ends the command at the unquoted &, so drain_listeners runs without graceful: put the URL in quotes",
    "셸은 따옴표 없는 &를 명령의 끝으로 봅니다. 그래서 drain_listeners가 graceful 없이 실행됩니다. URL을 따옴표로 "
    "감싸십시오",
)
MESSAGE_QUIT = Text(
    "quitquitquit ends Envoy without a drain: whatever is in flight then is cut",
    "quitquitquit을 호출하면 Envoy가 드레인 없이 종료됩니다. 그때 처리 중이던 요청은 끊깁니다",
)
FIX_GRACEFUL = Text(
    "add graceful (and skip_exit) to the call: drain_listeners?inboundonly&graceful&skip_exit",
    "호출에 graceful(과 skip_exit)을 붙이십시오: drain_listeners?inboundonly&graceful&skip_exit",
)
FIX_QUOTES = Text("put the URL in single quotes inside the script", "스크립트 안에서 URL을 작은따옴표로 감싸십시오")
FIX_TOOL = Text(
    "use what a distroless image has: the sleep action for a delay, pilot-agent request for a call; or choose another image "
    "for the proxy",
    "distroless 이미지에 있는 것을 쓰십시오. 대기는 sleep 동작으로, 호출은 pilot-agent request로 합니다. 또는 프록시 이미지를 바꾸십시오",
)
FIX_QUIT = Text(
    "remove the call: at SIGTERM the agent drains by itself",
    "이 호출을 지우십시오. 에이전트는 SIGTERM을 받으면 스스로 드레인합니다",
)
#: A call that closes the listeners at once.
CUT = r"drain_listeners(?!\S*graceful)"


def harmful_proxy_hook(case: Case) -> Iterator[Problem]:
    """What the exec hook of istio-proxy does wrong, the worst of it."""
    item = case.item
    hook, place, judged = _in_mesh(item) if isinstance(item, MeshConfig) else _in_pod(item)
    if hook is None or hook.kind != "exec" or fault(hook.command) is not None:
        return
    text, lacking = " ".join(hook.command), ", ".join(tools(hook.command))
    steps = [" ".join(step.words) for step in simple(script_of(hook.command) or "")] or [text]
    drains = not versions.DRAIN_HOOK.holds(item.assumptions.version("istio"))
    if hook.fails:
        yield Problem(place, PROXY, say=MESSAGE, fix=FIX_TOOL, tools=lacking)
    elif any(re.search(CUT, step) for step in steps):
        say, fix = (MESSAGE_CUT, FIX_GRACEFUL) if re.search(CUT, text) else (MESSAGE_AND, FIX_QUOTES)
        yield Problem(place, PROXY, say=say, fix=fix)
    elif "quitquitquit" in text and not judged and not (drains and "15020" in text):
        yield Problem(place, PROXY, Severity.INFO, say=MESSAGE_QUIT, fix=FIX_QUIT)
    elif lacking:
        yield Problem(place, PROXY, Severity.INFO, say=MESSAGE_MAYBE, fix=FIX_TOOL, tools=lacking)


def _in_mesh(mesh: MeshConfig) -> tuple[Hook | None, Place, bool]:
    node = mesh.proxy_lifecycle
    return mesh.proxy_hook, Place("global.proxy.lifecycle", node.span.line if node is not None else mesh.line), False


def _in_pod(pod: Pod) -> tuple[Hook | None, Place, bool]:
    """The hook that the pod itself gives its proxy, where it stands, and whether PT201 judges its quitquitquit."""
    proxy = pod.proxy_container
    place = overridden_at(pod, proxy) if proxy is not None else None
    if place is None:
        proxy = pod.proxy if pod.sidecar is not Sidecar.NONE else None
    hook = proxy.preStop if proxy is not None else None
    own = hook if hook is not None and (hook.node is not None or place is not None) else None
    judged = pod.sidecar is Sidecar.CLASSIC and proxy is not None and proxy.exits_at is not None
    return own, place or at(pod, proxy, "lifecycle", "preStop", "exec"), judged


RULE = Rule("PT216", Severity.WARNING, ABOUT, harmful_proxy_hook, mesh=True)
