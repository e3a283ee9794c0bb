"""PT106: a hook that cannot run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..domain import PROXY, Container, Hook, MeshConfig, Pod, Sidecar
from ..shell.failures import Failure, Fault, fault
from ..shell.images import without_shell
from ..text import Text
from .hooks import everyone, hook_at, origin_of
from .places import at
from .rule import About, Case, Place, Problem, Rule, Severity

ABOUT = About(
    title=Text("A hook that cannot run", "훅을 실행할 수 없습니다"),
    what=Text(
        "Fires when an exec hook calls a shell or `sleep` in an image of a short list that has neither (distroless, "
        "Chainguard, .NET chiseled, cloud-sql-proxy, fluent-bit, the OpenTelemetry Collector, CSI sidecars, Windows), or "
        "`bash` in one whose only shell is sh (the official alpine, busybox and, with an alpine tag, nginx, node, php, python); and for "
        "words that no exec can run as they are meant: `sh -c sleep 30`, `sleep 30` as one word, a shell without -c, "
        "`&&` or `$(VAR)` without a shell, quotes within quotes, a script that its shell cannot parse. The words of istio-proxy's hooks count too, wherever they "
        "stand: in the pod, in `proxy.istio.io/overrides`, in `global.proxy.lifecycle`.",
        "exec 훅이 셸이나 `sleep` 프로그램을 호출하는데 둘 다 없다고 알려진 이미지(distroless, Chainguard, .NET "
        "chiseled, cloud-sql-proxy, fluent-bit, OpenTelemetry Collector, CSI 사이드카, Windows)이면 보고합니다. 셸이 sh뿐인 공식 이미지(alpine, busybox, alpine 태그의 "
        "nginx, node, php, python)에서 `bash`를 호출해도 보고합니다. 낱말을 잘못 "
        "나누어 뜻대로 실행되지 않는 명령도 보고합니다. `sh -c sleep 30`, 한 낱말로 적은 `sleep 30`, -c 옵션이 "
        "없는 셸, 셸 없이 쓴 `&&` 또는 `$(VAR)`, 따옴표 안의 따옴표, 셸이 해석하지 못하는 스크립트가 그렇습니다. istio-proxy의 훅도 파드, "
        "`proxy.istio.io/overrides`, `global.proxy.lifecycle` 어디에 있든 살펴봅니다.",
    ),
    why=Text(
        "The hook fails at once (FailedPreStopHook) and SIGTERM follows: the delay is silently 0.",
        "훅이 곧바로 실패하고(FailedPreStopHook) SIGTERM이 이어집니다. 대기 시간은 아무 경고 없이 0이 됩니다.",
    ),
    fix=Text(
        "Use the sleep action (Kubernetes 1.30 and later), which needs nothing in the image.",
        "이미지에 아무 프로그램도 필요 없는 sleep 동작(쿠버네티스 1.30 이상)을 쓰십시오.",
    ),
    see=(
        "settings/app-and-pod.md#prestop-exec",
        "settings/app-and-pod.md#prestop-sleep",
        "examples.md#distroless-sleep-action-needs-no-shell",
    ),
)
MESSAGE = Text(
    "{c} runs {image}, which has no {tool}: its preStop hook fails and the delay is 0",
    "{c} 컨테이너의 이미지 {image} 안에는 {tool} 프로그램이 없습니다. preStop 훅이 실패하고 대기 시간은 0이 됩니다",
)
MESSAGE_WORDS = Text(
    "the preStop hook of {c} cannot run as it is written, and the delay is 0: {reason}",
    "{c} 컨테이너의 preStop 훅은 적힌 대로는 실행할 수 없어 대기 시간이 0이 됩니다. {reason}",
)
FIX_SPLIT = Text(
    'write ["sh", "-c", "sleep {length}"] or ["sleep", "{length}"]: the script of a shell in one string, all else word by word; '
    "or use the sleep action",
    '["sh", "-c", "sleep {length}"] 또는 ["sleep", "{length}"]처럼 셸 스크립트는 문자열 하나로, 나머지는 낱말마다 나누어 쓰거나 sleep 동작을 쓰십시오',
)
FIX_EXPAND = Text(
    'let a shell read the variable, as in ["sh", "-c", "sleep ${{SECONDS_TO_WAIT}}"], or write the value itself; '
    "or use the sleep action",
    '["sh", "-c", "sleep ${{SECONDS_TO_WAIT}}"]처럼 셸이 변수를 읽게 하거나 값을 그대로 쓰십시오. sleep 동작도 쓸 수 있습니다',
)
FIX_SYNTAX = Text(
    "mend the script (`sh -n` tells where it breaks), or use the sleep action",
    "스크립트의 구문을 고치거나(`sh -n` 명령으로 틀린 곳을 찾을 수 있습니다) sleep 동작을 쓰십시오",
)
#: How long a command means to sleep, wherever in it that stands.
_SLEEP = re.compile(r"\bsleep[\s\"'=]+(\d+(?:\.\d+)?[smhd]?)\b", re.ASCII)
#: Faults of a variable that nobody expands.
EXPANDED = {Failure.REFERENCE, Failure.VARIABLE}
FIX_SH = Text(
    "call sh, the shell that this image has, or use the sleep action",
    "이 이미지에 있는 셸인 sh를 부르거나 sleep 동작을 쓰십시오",
)
MESSAGE_NO_ENTRY = Text(
    "Istio sends the preStop hook of {c} to its agent, which has no entry for it (the agent's own port 15020, or a port name "
    "that the container lacks): it fails at once, and the delay is 0",
    "Istio는 {c} 컨테이너의 preStop 훅을 에이전트로 보내지만, 훅이 에이전트 자신의 포트 15020이나 컨테이너에 없는 "
    "포트 이름을 가리키므로 에이전트가 처리할 수 없습니다. 훅이 곧바로 실패하고 대기 시간은 0이 됩니다",
)
MESSAGE_AGENT = Text(
    "Istio sends the preStop hook of {c} to its agent, and without a native sidecar the agent's port closes at SIGTERM: the "
    "hook fails at once, or is cut when the agent exits",
    "Istio는 {c} 컨테이너의 preStop 훅을 에이전트로 보냅니다. 네이티브 사이드카가 아니면 에이전트의 포트가 "
    "SIGTERM에 닫히므로 훅이 곧바로 실패하거나 에이전트가 종료될 때 중단됩니다",
)
FIX_AGENT = Text(
    'set the annotation sidecar.istio.io/rewriteAppHTTPProbers: "false" on the pod, or use the sleep action',
    '파드에 sidecar.istio.io/rewriteAppHTTPProbers: "false" 어노테이션을 추가하거나 sleep 동작을 쓰십시오',
)


def hook_cannot_run(case: Case) -> Iterator[Problem]:
    """Each exec hook whose first word is no program of its image."""
    if isinstance(case.item, MeshConfig):
        yield from _in_mesh(case.item)
        return
    pod = case.pod
    for container in everyone(pod):
        hook = container.preStop
        if hook is not None and hook.agent:
            yield from _through_agent(pod, container, hook)
            continue
        origin = origin_of(pod, container)
        if hook is None or not hook.fails or (origin is not None and origin.kind == "mesh"):
            continue  # what mesh configuration gives is said there
        place = at(pod, container, "lifecycle", "preStop", "exec") if hook.node is not None else hook_at(pod, container)
        wrong = fault(hook.command)
        if wrong is not None:
            yield _unreadable(place, container.name, hook, wrong)
        elif container.name != PROXY:  # PT216 speaks of a distroless istio-proxy
            fix = None if without_shell(container.image) else FIX_SH
            yield Problem(place, container.name, say=MESSAGE, fix=fix, image=container.image, tool=hook.command[0])


def _in_mesh(mesh: MeshConfig) -> Iterator[Problem]:
    """The hook that the values give to every istio-proxy, if no exec can run its words."""
    hook, node = mesh.proxy_hook, mesh.proxy_lifecycle
    wrong = fault(hook.command) if hook is not None and hook.kind == "exec" else None
    if hook is not None and wrong is not None and node is not None:
        yield _unreadable(Place("global.proxy.lifecycle", node.span.line), PROXY, hook, wrong)


def _unreadable(place: Place, name: str, hook: Hook, wrong: Fault) -> Problem:
    written = _SLEEP.search(" ".join(hook.command))
    length = written[1] if written is not None else "30"
    fix = FIX_EXPAND if wrong.failure in EXPANDED or "$" in wrong.word else FIX_SPLIT
    fix = FIX_SYNTAX if wrong.failure in (Failure.SYNTAX, Failure.UNCLOSED) else fix
    return Problem(place, name, say=MESSAGE_WORDS, fix=fix, reason=wrong.reason, length=length)


def _through_agent(pod: Pod, container: Container, hook: Hook) -> Iterator[Problem]:
    """A hook that Istio sends through its agent, where the agent has no entry for it, or is not up for long enough."""
    place = at(pod, container, "lifecycle", "preStop", hook.kind)
    if hook.fails:
        yield Problem(place, container.name, say=MESSAGE_NO_ENTRY, fix=FIX_AGENT)
    elif pod.sidecar in (Sidecar.CLASSIC, Sidecar.GATEWAY):
        yield Problem(place, container.name, Severity.WARNING, say=MESSAGE_AGENT, fix=FIX_AGENT)


RULE = Rule("PT106", Severity.ERROR, ABOUT, hook_cannot_run, mesh=True)
