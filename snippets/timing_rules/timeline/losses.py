"""The spans in which requests can be lost, and why."""

from __future__ import annotations

from collections.abc import Iterable

from ..domain.container import Sidecar
from ..text import Text
from .times import Times, Window


def losses(line: Times) -> Iterable[Window]:
    """Spans in which requests can be lost, by the facts that are known."""
    pod, proxy = line.pod, line.proxy
    know = max(float(pod.assumptions.clients_know_after), pod.assumptions.lb_deregistration or 0.0)
    yield from _refused(line, know)
    for app in pod.containers:
        times = line.containers[app.name]
        if times.killed and times.end is not None and times.sigterm is not None:
            en = f"{app.name}: SIGKILL cuts the requests that it still holds"
            yield Window(times.end, times.end, Text(en, f"{app.name}: 처리 중인 요청이 SIGKILL로 끊깁니다"), app.name)
        if proxy is not None and line.sidecar is not Sidecar.GATEWAY and proxy.envoy_killed is not None:
            until = times.end if times.end is not None else times.sigterm
            if until is not None and until > proxy.envoy_killed:
                en = f"{app.name}: runs without a proxy, no request gets in or out"
                ko = f"{app.name}: 프록시 없이 실행됩니다. 요청이 들어오지도 나가지도 못합니다"
                yield Window(proxy.envoy_killed, until, Text(en, ko), app.name)
    refuses = proxy.inbound_closes if proxy is not None else None
    if proxy is not None and refuses is None and line.sidecar is Sidecar.GATEWAY:  # a sidecar: above, with its app
        refuses = proxy.envoy_killed
    if proxy is not None and refuses is not None and refuses < know:
        en = f"{proxy.container}: new connections are refused while clients still open them"
        yield Window(
            refuses,
            know,
            Text(en, f"{proxy.container}: 클라이언트가 아직 새 연결을 여는데 거부합니다"),
            proxy.container,
        )


def _refused(line: Times, know: float) -> Iterable[Window]:
    """From when each app has stopped accepting until nobody sends to it; with publishNotReadyAddresses, to its end."""
    pod, proxy = line.pod, line.proxy
    sent_to = [app for app in pod.containers if any(app.name in service.containers for service in pod.services)]
    for app in () if pod.is_job else sent_to if pod.services else [app for app in pod.containers if app.ports]:
        times, hook = line.containers[app.name], app.preStop
        stops = hook.stops_at if hook is not None and hook.stops_at is not None else times.sigterm
        if stops is None:
            continue
        closes = round(stops + pod.assumptions.accepts, 6)
        if times.end is not None:
            closes = min(closes, times.end)
        if pod.services and not pod.is_served(app.name):
            if line.ends is not None and closes < line.ends:
                en = f"{app.name}: requests are refused, and the Service sends until the pod is gone"
                ko = f"{app.name}: 파드가 사라질 때까지 Service가 보내는 요청이 거부됩니다"
                yield Window(closes, line.ends, Text(en, ko), app.name)
        elif closes < know:
            # Behind a proxy that still accepts, an app that does not is a 503, not a refused connection.
            en, ko = ("get 503", "503 응답을 받습니다") if proxy is not None else ("are refused", "거부됩니다")
            ko = f"{app.name}: 클라이언트가 아직 보내는 새 요청이 {ko}"
            yield Window(
                closes, know, Text(f"{app.name}: new requests {en} while clients still send them", ko), app.name
            )
