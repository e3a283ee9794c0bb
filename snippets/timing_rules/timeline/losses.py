"""The spans in which requests can be lost, and why."""

from __future__ import annotations

from collections.abc import Iterable

from ..domain.container import Sidecar
from ..text import Text
from .times import Times, Window


def losses(line: Times) -> Iterable[Window]:
    """Spans in which requests can be lost, by the facts that are known."""
    pod, proxy = line.pod, line.proxy
    know = float(pod.assumptions.clients_know_after)
    serving = [one for one in pod.containers if one.ports] or (pod.containers[:1] if pod.services else ())
    for one in serving:
        times = line.containers[one.name]
        if times.sigterm is not None and not pod.is_job:
            closes = round(times.sigterm + pod.assumptions.accepts, 6)
            if times.end is not None:
                closes = min(closes, times.end)
            if closes < know:
                # Behind a proxy that still accepts, an app that does not is a 503, not a refused connection.
                en, ko = ("get 503", "503 응답을 받습니다") if proxy is not None else ("are refused", "거부됩니다")
                said = f"{one.name}: 클라이언트가 아직 보내는 새 요청이 {ko}"
                yield Window(closes, know, Text(f"{one.name}: new requests {en} while clients still send them", said))
    for one in pod.containers:
        times = line.containers[one.name]
        if times.killed and times.end is not None and times.sigterm is not None:
            en = f"{one.name}: SIGKILL cuts the requests that it still holds"
            yield Window(times.end, times.end, Text(en, f"{one.name}: SIGKILL이 처리 중인 요청을 끊습니다"))
        if proxy is not None and line.sidecar is not Sidecar.GATEWAY and proxy.envoy_killed is not None:
            until = times.end if times.end is not None else times.sigterm
            if until is not None and until > proxy.envoy_killed:
                en = f"{one.name}: runs without a proxy, no request gets in or out"
                ko = f"{one.name}: 프록시 없이 실행됩니다. 요청이 들어오지도 나가지도 못합니다"
                yield Window(proxy.envoy_killed, until, Text(en, ko))
    if proxy is None:
        return
    refuses, send = proxy.inbound_closes, max(know, pod.assumptions.lb_deregistration or 0.0)
    if refuses is None and line.sidecar is Sidecar.GATEWAY:  # a sidecar that is gone stands with its app, above
        refuses = proxy.envoy_killed
    if refuses is not None and refuses < send:
        en = f"{proxy.container}: new connections are refused while clients still open them"
        yield Window(refuses, send, Text(en, f"{proxy.container}: 클라이언트가 아직 여는 새 연결을 거부합니다"))
