"""When do inbound listeners close?"""

from timing_rules import Pod, timeline
from timing_rules.pod import Container, ProxySettings, Sidecar

APP = Container("web", shutdown=60)


def closes(sidecar: Sidecar, **settings: float) -> float | None:
    pod = Pod((APP,), terminationGracePeriodSeconds=120, sidecar=sidecar, settings=ProxySettings(**settings))
    proxy = timeline(pod).proxy
    return proxy.inbound_closes if proxy else None


# None: Envoy is gone before, or the listeners never close.
assert closes(Sidecar.CLASSIC) is None
assert closes(Sidecar.CLASSIC, terminationDrainDuration=70) == 45
assert closes(Sidecar.CLASSIC, terminationDrainDuration=70, drainDuration=70) is None
assert closes(Sidecar.CLASSIC, terminationDrainDuration=10, drainDuration=4) == 4
assert closes(Sidecar.GATEWAY, terminationDrainDuration=6, drainDuration=3) == 3
assert closes(Sidecar.NATIVE, drainDuration=3) is None
