"""The events of a timeline in words."""

from __future__ import annotations

from ..domain.container import NEVER
from ..text import Text
from .times import Event, Times


def events(line: Times) -> list[Event]:
    """All that happens whose time is known, in order."""
    pod, listed = line.pod, list[Event]()

    def add(at: float | None, actor: str, kind: str, en: str, ko: str, **values: object) -> None:
        if at is not None and at != NEVER:
            listed.append(Event(float(at), actor, kind, Text(en, ko).format(**values)))

    add(0.0, "kubelet", "delete", "the grace period of {g} s begins", "유예 기간 {g}초가 시작됩니다", g=line.grace)
    proxy = pod.proxy_container
    everyone = (*pod.containers, *pod.sidecars, *((proxy,) if proxy is not None else ()))
    hooks = {container.name: container.preStop for container in everyone}
    last = line.containers[proxy.name] if proxy is not None else None
    by_hook = last is not None and last.end is not None and last.end < (last.sigterm or 0.0)
    for name, times in line.containers.items():
        hook = hooks[name]
        if hook is not None:
            drain = hook.istio and times.native
            add(0.0, name, "prestop-start", *(_DRAIN_HOOK if drain else _HOOK))
            if hook.stops_at != hook.seconds and (proxy is None or name != proxy.name):
                add(hook.stops_at, name, "hook-stops", *_HOOK_STOPS)
            if not drain:
                cut = times.prestop_end == line.grace and (hook.seconds or 0) > line.grace
                add(times.prestop_end, name, "prestop-end", *(_HOOK_CUT if cut else _HOOK_END))
        if proxy is None or name != proxy.name or not by_hook:
            add(times.sigterm, name, "sigterm", "SIGTERM", "SIGTERM을 받습니다")
        if times.killed:
            add(times.end, name, "sigkill", "SIGKILL: the grace period is over", "SIGKILL: 유예 기간이 끝났습니다")
        elif proxy is None or name != proxy.name:
            add(times.end, name, "end", "exits", "종료됩니다")
    if line.proxy is not None:
        name = line.proxy.container
        add(line.proxy.drain_start, name, "drain-start", *_DRAIN)
        add(line.proxy.inbound_closes, name, "inbound-closes", *_CLOSES)
        agent = line.proxy.killed_by == "pilot-agent"
        add(line.proxy.envoy_killed, name, "envoy-killed", *(_QUITS if by_hook else _KILLS if agent else _GONE))
    facts = pod.assumptions
    en, ko = (" in the cluster", "클러스터 안에는 ") if facts.lb_deregistration is not None else ("", "")
    en_how, ko_how = ("declared", "선언한 값") if facts.propagation is not None else ("assumed", "가정한 값")
    en = f"no client{en} sends new requests any more ({en_how})"
    ko = f"{ko}새 요청을 보내는 클라이언트가 없습니다 ({ko_how})"
    add(facts.clients_know_after, "clients", "propagation", en, ko)
    add(facts.lb_deregistration, "clients", "lb-deregistration", *_DEREGISTERED)
    # At one moment, who stops earlier comes first, and within a container cause comes before effect.
    names = [name for name, times in line.containers.items() if not times.native]
    names += [name for name, times in reversed(line.containers.items()) if times.native]
    turn = {"kubelet": -1, **{name: index for index, name in enumerate(names)}}
    rank = ["delete", "prestop-start", "prestop-end", "sigterm", "drain-start", "inbound-closes"]
    steps = {kind: index for index, kind in enumerate(rank)}
    return sorted(
        listed, key=lambda event: (event.at, turn.get(event.actor, len(turn)), steps.get(event.kind, len(rank)))
    )


_HOOK = ("its preStop hook starts", "preStop 훅이 시작됩니다")
_HOOK_END = ("its preStop hook ends", "preStop 훅이 끝납니다")
_HOOK_STOPS = ("its preStop hook stops it, before the hook has ended", "preStop 훅이 도중에 컨테이너를 직접 멈춥니다")
_HOOK_CUT = ("its preStop hook is cut off", "preStop 훅이 중단됩니다")
_DRAIN_HOOK = ("Istio's preStop hook calls the agent's /drain", "Istio의 preStop 훅이 에이전트의 /drain을 호출합니다")
_DRAIN = (
    "Envoy starts to drain: it accepts, and asks clients to leave",
    "Envoy가 드레인을 시작합니다. 연결을 계속 받으면서 클라이언트에게 연결을 닫으라고 알립니다",
)
_CLOSES = ("Envoy's listeners close: new connections are refused", "Envoy의 리스너가 닫힙니다. 새 연결을 거부합니다")
_KILLS = ("pilot-agent kills Envoy and exits", "pilot-agent가 Envoy를 강제 종료하고 자신도 종료됩니다")
_QUITS = (
    "/quitquitquit in a preStop hook ends Envoy and pilot-agent",
    "preStop 훅의 /quitquitquit 호출로 Envoy와 pilot-agent가 종료됩니다",
)
_GONE = ("Envoy is gone with its container", "Envoy가 컨테이너와 함께 종료됩니다")
_DEREGISTERED = ("the load balancer stops sending (declared)", "로드 밸런서가 더는 요청을 보내지 않습니다 (선언한 값)")
