"""The spans in which requests can be lost, and why."""

from __future__ import annotations

from collections.abc import Iterable

from ..domain.container import NEVER, Container, Sidecar
from ..text import Text
from .arithmetic import exact
from .times import Times, Window

#: Of an app without clients, as in a Job, and of one with clients: what SIGKILL cuts, and what it cannot do without its proxy.
_CUT = (("SIGKILL cuts the work that it still does", "처리 중인 작업이 SIGKILL로 끊깁니다"), ("SIGKILL cuts the requests that it still holds", "처리 중인 요청이 SIGKILL로 끊깁니다"))  # fmt: skip
_BARE = (("runs without a proxy, every call that it makes is refused", "프록시 없이 실행됩니다. 밖으로 보내는 호출이 모두 거부됩니다"), ("runs without a proxy, no request gets in or out", "프록시 없이 실행됩니다. 요청이 들어오지도 나가지도 못합니다"))  # fmt: skip


def losses(line: Times) -> Iterable[Window]:
    """Spans in which requests can be lost, by the facts that are known."""
    pod, proxy = line.pod, line.proxy
    know = max(float(pod.assumptions.clients_know_after), pod.assumptions.lb_deregistration or 0.0)
    yield from _refused(line, know)
    for app in pod.containers:
        times, gone = line.containers[app.name], cut(line, app.name)
        until = times.end if times.end is not None else times.sigterm
        asked = app.name in served(line)
        if times.killed and times.end is not None and times.sigterm is not None:
            yield _window(times.end, times.end, app.name, *_CUT[asked])
        if gone is not None and until is not None:
            yield _window(gone, until, app.name, *_BARE[asked])
    refuses = proxy.inbound_closes if proxy is not None else None
    if proxy is not None and refuses is None and line.sidecar is Sidecar.GATEWAY:  # a sidecar: above, with its app
        refuses = proxy.envoy_killed
    if proxy is not None and refuses is not None and refuses < know:
        en, ko = (
            "new connections are refused while clients still open them",
            "클라이언트가 아직 여는 새 연결이 거부됩니다",
        )
        yield _window(refuses, know, proxy.container, en, ko)


def served(line: Times) -> dict[str, Container]:
    """The apps to which clients send: those of the pod's Services, or without one those that declare a port."""
    sent_to = {name for service in line.pod.services for name in service.containers}
    apps = {} if line.pod.is_job else {app.name: app for app in line.pod.containers}
    return {name: app for name, app in apps.items() if (name in sent_to if line.pod.services else app.ports)}


def closes(line: Times, name: str) -> float | None:
    """When an app to which clients send stops accepting new requests, or `None`: not known, or nobody sends to it."""
    app, times = served(line).get(name), line.containers[name]
    stops = app.preStop.stops_at if app is not None and app.preStop is not None else None
    stops = times.sigterm if stops is None else stops
    if app is None or stops is None:
        return None
    return min(exact(stops, line.pod.assumptions.accepts), NEVER if times.end is None else times.end)


def cut(line: Times, name: str) -> float | None:
    """When an app that still runs loses its proxy."""
    gone = line.proxy.envoy_killed if line.proxy is not None and line.sidecar is not Sidecar.GATEWAY else None
    times = line.containers[name]
    until = times.end if times.end is not None else times.sigterm
    runs = gone is not None and until is not None and until > gone
    return gone if runs and name in {app.name for app in line.pod.containers} else None


def _refused(line: Times, know: float) -> Iterable[Window]:
    """From when each app has stopped accepting until nobody sends to it; with publishNotReadyAddresses, to its end."""
    for name in served(line):
        closed = closes(line, name)
        if closed is None:
            continue
        if line.pod.services and not line.pod.is_served(name):
            if line.ends is not None and closed < line.ends:
                en = "requests are refused, and the Service sends until the pod is gone"
                yield _window(closed, line.ends, name, en, "파드가 사라질 때까지 Service가 보내는 요청이 거부됩니다")
        elif closed < know:
            # Behind a proxy that still accepts, an app that does not is a 503, not a refused connection.
            en, ko = ("get 503", "503 응답을 받습니다") if line.proxy is not None else ("are refused", "거부됩니다")
            en, ko = f"new requests {en} while clients still send them", f"클라이언트가 아직 보내는 새 요청이 {ko}"
            yield _window(closed, know, name, en, ko)


def _window(start: float, end: float, name: str, en: str, ko: str) -> Window:
    return Window(start, end, Text(f"{name}: {en}", f"{name}: {ko}"), name)
