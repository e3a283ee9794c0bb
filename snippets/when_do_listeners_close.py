"""When do inbound listeners close?"""

from timing_rules import Pod, timeline
from timing_rules.domain import Container, ProxySettings, Sidecar

APP = Container("web", shutdown=60)


def closes(sidecar: Sidecar, ends: float = 5, drain: float = 45) -> float | None:
    settings = ProxySettings(terminationDrainDuration=ends, drainDuration=drain)
    proxy = timeline(Pod((APP,), (), 120, sidecar, settings=settings)).proxy
    return proxy.inbound_closes if proxy else None


# None: Envoy is gone before that, or the listeners never close.
assert closes(Sidecar.CLASSIC) is None
assert closes(Sidecar.CLASSIC, ends=70) == 45
assert closes(Sidecar.CLASSIC, ends=70, drain=70) is None
assert closes(Sidecar.CLASSIC, ends=10, drain=4) == 4
assert closes(Sidecar.GATEWAY, ends=6, drain=3) == 3
assert closes(Sidecar.NATIVE, drain=3) is None
