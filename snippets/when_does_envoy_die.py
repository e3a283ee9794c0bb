"""When does a sidecar's Envoy die?"""

from timing_rules import Pod, timeline
from timing_rules.pod import Container, Hook, ProxySettings, Sidecar

# 10 s of preStop and 10 s of shutdown in a grace period of 30 s: the app ends at 20 s.
APP = Container("web", preStop=Hook("sleep", seconds=10), shutdown=10)


def envoy_dies(sidecar: Sidecar, settings: ProxySettings) -> float | None:
    proxy = timeline(Pod((APP,), sidecar=sidecar, settings=settings)).proxy
    return proxy.envoy_killed if proxy else None


# Classic: the number decides, and the kubelet cuts what is longer than the grace period.
assert envoy_dies(Sidecar.CLASSIC, ProxySettings()) == 5
assert envoy_dies(Sidecar.CLASSIC, ProxySettings(terminationDrainDuration=25)) == 25
assert envoy_dies(Sidecar.CLASSIC, ProxySettings(terminationDrainDuration=60)) == 30
# MINIMUM_DRAIN_DURATION alone is never read.
assert envoy_dies(Sidecar.CLASSIC, ProxySettings(terminationDrainDuration=8, MINIMUM_DRAIN_DURATION=12)) == 8
# Native: the app decides.
assert envoy_dies(Sidecar.NATIVE, ProxySettings()) == 20
