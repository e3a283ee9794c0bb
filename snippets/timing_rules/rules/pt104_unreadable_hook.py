"""PT104: the length of a hook cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

from ..domain import Container, Hook, Sidecar
from ..text import Text
from .hooks import STOP_FLOOR, hook_at, overridden_at, own_hooks
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text("The length of a hook cannot be read", "훅의 길이를 알 수 없습니다"),
    what=Text(
        "Fires for a hook that is a loop, a script, an httpGet or another command whose length the manifest does not "
        "tell, where that could change a verdict.",
        "반복문, 스크립트, httpGet처럼 매니페스트만으로 길이를 알 수 없는 훅이 판정을 바꿀 수 있을 때 보고합니다.",
    ),
    why=Text(
        "Every sum with this hook is open: it may fill the grace period or be over at once.",
        "이 훅이 들어가는 계산은 모두 결론을 낼 수 없습니다. 훅이 곧바로 끝날 수도 있고 유예 기간을 다 쓸 수도 "
        "있습니다.",
    ),
    fix=Text(
        "Declare its longest time with the annotation timing-rules/prestop.<container>, or use the sleep action.",
        "가장 오래 걸리는 시간을 timing-rules/prestop.<컨테이너> 어노테이션으로 선언하거나 sleep 동작을 쓰십시오.",
    ),
    see=(
        "settings/app-and-pod.md#prestop-exec",
        "settings/app-and-pod.md#prestop-httpget",
        "examples.md#distroless-sleep-action-needs-no-shell",
    ),
)
MESSAGE = Text(
    "how long the preStop hook of {c} takes cannot be read from it",
    "{c} 컨테이너의 preStop 훅에 걸리는 시간을 매니페스트로는 알 수 없습니다",
)
MESSAGE_LEAST = Text(
    "how long the preStop hook of {c} takes cannot be read from it, at least {p} s",
    "{c} 컨테이너의 preStop 훅에 걸리는 시간을 매니페스트로는 알 수 없습니다 (적어도 {p}초)",
)
MESSAGE_MOST = Text(
    "how long the preStop hook of {c} takes cannot be read from it, at most {m} s: it goes through pilot-agent, which is "
    "gone then",
    "{c} 컨테이너의 preStop 훅에 걸리는 시간을 매니페스트로는 알 수 없습니다. 다만 pilot-agent를 거치는 훅이므로 "
    "늦어도 pilot-agent가 종료되는 {m}초에는 끝납니다",
)


def unreadable_hook(case: Case) -> Iterator[Problem]:
    """Each hook of unknown length, unless what is certain of it already fills the grace period."""
    pod = case.pod
    for container, hook in own_hooks(pod):
        own = hook.node is not None or overridden_at(pod, container) is not None
        if own and hook.seconds is None and pod.grace - int(hook.at_least) > STOP_FLOOR:
            most = _most(case, container, hook)
            say = MESSAGE_MOST if most is not None else MESSAGE_LEAST if hook.at_least else MESSAGE
            yield Problem(hook_at(pod, container), container.name, say=say, p=hook.at_least, m=most)


def _most(case: Case, container: Container, hook: Hook) -> float | None:
    """The length that a hook through pilot-agent cannot exceed: in a classic pod the agent ends, and cuts it."""
    if not hook.agent or case.pod.sidecar is not Sidecar.CLASSIC:
        return None
    return case.line.latest.containers[container.name].prestop_end


RULE = Rule("PT104", Severity.INFO, ABOUT, unreadable_hook)
