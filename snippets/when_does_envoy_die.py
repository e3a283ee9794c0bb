"""When does a sidecar's Envoy die?"""

from timing_rules import Pod, timeline
from timing_rules.pod import Container, Hook, ProxySettings, Sidecar

# 10 s of preStop and 10 s of shutdown in 30 s of grace: the app ends at 20 s.
APP = Container("web", preStop=Hook("sleep", seconds=10), shutdown=10)


def envoy_dies(sidecar: Sidecar, ends: float = 5, least: float = 5) -> float | None:
    settings = ProxySettings(terminationDrainDuration=ends, MINIMUM_DRAIN_DURATION=least)
    proxy = timeline(Pod((APP,), sidecar=sidecar, settings=settings)).proxy
    return proxy.envoy_killed if proxy else None


# Classic: terminationDrainDuration decides; the kubelet cuts what exceeds the grace.
assert envoy_dies(Sidecar.CLASSIC) == 5
assert envoy_dies(Sidecar.CLASSIC, ends=25) == 25
assert envoy_dies(Sidecar.CLASSIC, ends=60) == 30
# MINIMUM_DRAIN_DURATION alone is never read.
assert envoy_dies(Sidecar.CLASSIC, ends=8, least=12) == 8
# Native: the app decides.
assert envoy_dies(Sidecar.NATIVE) == 20
