"""What a picture shows of a timeline beside its containers' times: who still sends, and who still accepts."""

from __future__ import annotations

from typing import NamedTuple

from ..domain.container import NEVER, Sidecar
from ..text import Text, seconds
from ..timeline.build import Timeline
from ..timeline.losses import closes, cut, served
from ..timeline.times import Event, Window
from .scale import GRACE, time_text


class Sender(NamedTuple):
    """Somebody who sends new requests to a pod that stops. `until`: the second of the last one, `None` is not known."""

    name: Text
    tag: Text
    until: float | None


_CLIENTS, _BALANCER = Text("clients", "클라이언트"), Text("load balancer", "로드 밸런서")
_UNTIL = Text("new requests until {at} s, {how}", "새 요청을 {at}초까지 보냄({how})")
_ALWAYS = Text("new requests until the pod is gone", "파드가 사라질 때까지 새 요청을 보냄")
_DECLARED, _ASSUMED = Text("declared", "선언"), Text("assumed", "가정")


def senders(line: Timeline) -> list[Sender]:
    """Who sends new requests while the pod stops; nobody to a Job, or to a pod without ports and Services.

    Where the proxy refuses connections that clients may open, they are shown as the cause.
    """
    pod, facts, proxy = line.pod, line.pod.assumptions, line.proxy
    refused = proxy is not None and any(loss.actor == proxy.container for loss in line.losses)
    if not refused and line.sidecar is not Sidecar.GATEWAY and not served(line):
        return []
    until: float | None = facts.clients_know_after
    how = _ASSUMED if facts.propagation is None else _DECLARED
    clients = Sender(_CLIENTS, _filled(until, how), until)
    if any(pod.services and not pod.is_served(name) for name in served(line)):
        clients = Sender(_CLIENTS, _ALWAYS, line.ends)
    balanced = facts.lb_deregistration
    return [clients] if balanced is None else [clients, Sender(_BALANCER, _filled(balanced, _DECLARED), balanced)]


def _filled(at: float | None, how: Text) -> Text:
    return Text(_UNTIL.en.format(at=seconds(at), how=how.en), _UNTIL.ko.format(at=seconds(at), how=how.ko))


def place(event: Event, lang: str) -> str:
    """Where an event happens, as its reader calls it: the name of a container, kubelet, or the clients."""
    return _CLIENTS.get(lang) if event.actor == "clients" else event.actor


def lanes(line: Timeline) -> list[str]:
    """The containers that have a lane: a gateway is its proxy, so an app beside it has one only where it loses requests."""
    if line.sidecar is not Sidecar.GATEWAY:
        return list(line.containers)
    apps = served(line)
    lost = [name for name in apps if any(loss.actor == name for loss in line.losses)]
    return [name for name in line.containers if name not in apps or name in lost]


def verdict(line: Timeline) -> Text | None:
    """Where nothing is lost: the last new request beside the moment until which such are accepted."""
    who = senders(line)
    if not who or line.losses or line.unknown:
        return None
    accepted = [closes(line, name) for name in served(line) if name in lanes(line)]
    if line.proxy is not None:
        accepted.append(line.proxy.inbound_closes if line.proxy.inbound_closes is not None else line.proxy.envoy_killed)
    ends = [at for at in accepted if at is not None and at != NEVER]
    untils = [sender.until for sender in who if sender.until is not None]
    if not ends or len(untils) < len(who):
        return None
    last = max(untils)
    return Text(
        f"Requests sent until {seconds(last)} s, accepted until {seconds(min(ends))} s.",
        f"요청은 {seconds(last)}초까지 오고, {seconds(min(ends))}초까지 받습니다.",
    )


def loss_span(loss: Window, lang: str) -> str:
    """From when to when requests are lost."""
    start = f"{seconds(loss.start)}–" if loss.end > loss.start else ""
    return start + time_text(loss.end, lang)


def loss_line(loss: Window, lang: str) -> str:
    """A span in which requests are lost, and why, as one line."""
    return f"{loss_span(loss, lang)}: {loss.text.get(lang)}"


def kind_of(line: Timeline, name: str) -> Text | None:
    """What a container is, where it is no app: a word or two beside its name."""
    if line.proxy is not None and name == line.proxy.container and not line.containers[name].native:
        return Text(str(line.sidecar), {"classic": "클래식", "gateway": "게이트웨이"}.get(line.sidecar, ""))
    return Text("native sidecar", "네이티브 사이드카") if line.containers[name].native else None


_PODS = {
    "none": Text("a pod without a sidecar", "사이드카 없는 파드"),
    "native": Text("a pod with a native sidecar", "네이티브 사이드카가 있는 파드"),
    "classic": Text("a pod with a classic sidecar", "클래식 사이드카가 있는 파드"),
    "gateway": Text("a gateway", "게이트웨이"),
}


def titled(line: Timeline, recorded: bool) -> Text:
    """What a picture shows, for who names nothing better. A recording's pod is called after its file, so it is not named."""
    pod = line.pod
    name = pod.name or pod.kind
    if not recorded:
        return Text(f"How {name} stops", f"{name} 종료 과정")
    hooks = [container.preStop.least for container in pod.containers if container.preStop is not None]
    hook = (
        Text(f", preStop hook {seconds(max(hooks))} s", f", preStop 훅 {seconds(max(hooks))}초")
        if hooks
        else Text("", "")
    )
    kind = _PODS[line.sidecar]
    return Text(
        f"Computed and measured: how {kind.en} stops, grace period {line.grace} s{hook.en}",
        f"계산과 측정: {kind.ko}의 종료 과정, 유예 기간 {line.grace}초{hook.ko}",
    )


def described(line: Timeline, lang: str, limit: Text = GRACE) -> str:
    """The picture in sentences, for who cannot see it; `limit` is what ends it."""
    parts = [Text(f"{limit.en.capitalize()}: {line.grace} s", f"{limit.ko}: {line.grace}초")]
    for name, tag, _ in senders(line):
        parts.append(Text(f"{name.en}: {tag.en}", f"{name.ko}: {tag.ko}"))
    parts += [_container(line, name) for name in lanes(line)]
    for loss in line.losses:
        span = f"{seconds(loss.start)}–" if loss.end > loss.start else ""
        parts.append(
            Text(f"{span}{seconds(loss.end)} s: {loss.text.en}", f"{span}{seconds(loss.end)}초: {loss.text.ko}")
        )
    said = verdict(line)
    sentences = [part.get(lang) for part in (*parts, *([said] if said else []))]
    return ". ".join(sentence.rstrip(".") for sentence in sentences) + "."


def _container(line: Timeline, name: str) -> Text:
    """What happens to one container, in order."""
    times, kind, proxy = line.containers[name], kind_of(line, name), line.proxy
    steps: list[tuple[float | None, Text]] = [
        (times.prestop_end or None, Text("its preStop hook ends at {at} s", "preStop 훅이 {at}초에 끝남")),
        (times.sigterm, Text("SIGTERM at {at} s", "SIGTERM {at}초")),
        (closes(line, name), Text("stops accepting at {at} s", "{at}초부터 새 요청을 받지 않음")),
        (cut(line, name), Text("without a proxy from {at} s", "{at}초부터 프록시 없음")),
    ]
    if proxy is not None and name == proxy.container:
        steps.append((proxy.drain_start, Text("drains from {at} s", "{at}초부터 드레인")))
        steps.append((proxy.inbound_closes, Text("its listeners close at {at} s", "리스너가 {at}초에 닫힘")))
    end = Text("SIGKILL at {at} s", "SIGKILL {at}초") if times.killed else Text("ends at {at} s", "{at}초에 종료")
    steps.append((times.end, end))
    known = [text.format(at=seconds(at)) for at, text in steps if at is not None and at != NEVER]
    if times.end is None:
        known.append(Text("its end is not declared", "종료 시각을 선언하지 않음"))
    head = Text(f"{name} ({kind.en})", f"{name} ({kind.ko})") if kind else Text(name, name)
    return Text(
        f"{head.en}: {', '.join(step.en for step in known)}", f"{head.ko}: {', '.join(step.ko for step in known)}"
    )
