"""When do inbound listeners close?"""

from timing_rules import Pod, timeline
from timing_rules.pod import Container, ProxySettings, Sidecar

APP = Container("web", shutdown=60)


def closes(sidecar: Sidecar, settings: ProxySettings) -> float | None:
    proxy = timeline(Pod((APP,), terminationGracePeriodSeconds=120, sidecar=sidecar, settings=settings)).proxy
    return proxy.inbound_closes if proxy else None


# None: Envoy is gone before, or the listeners never close.
assert closes(Sidecar.CLASSIC, ProxySettings()) is None
assert closes(Sidecar.CLASSIC, ProxySettings(terminationDrainDuration=70)) == 45
assert closes(Sidecar.CLASSIC, ProxySettings(terminationDrainDuration=70, drainDuration=70)) is None
assert closes(Sidecar.CLASSIC, ProxySettings(terminationDrainDuration=10, drainDuration=4)) == 4
assert closes(Sidecar.GATEWAY, ProxySettings(terminationDrainDuration=6, drainDuration=3)) == 3
assert closes(Sidecar.NATIVE, ProxySettings(drainDuration=3)) is None
