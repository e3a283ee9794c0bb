"""When does a sidecar's Envoy die?"""

from typing import Any

from timing_rules import Pod, timeline
from timing_rules.domain import Container, Hook, ProxySettings, Sidecar

# 10 s of preStop and 10 s of shutdown in 30 s of grace: the app ends at 20 s.
APP = Container("web", preStop=Hook("sleep", seconds=10), shutdown=10)


def envoy_dies(sidecar: Sidecar, **settings: Any) -> float | None:
    pod = Pod((APP,), sidecar=sidecar, settings=ProxySettings(**settings))
    proxy = timeline(pod).proxy
    return proxy.envoy_killed if proxy else None


# Classic: the setting decides; the kubelet cuts what exceeds the grace period.
assert envoy_dies(Sidecar.CLASSIC) == 5
assert envoy_dies(Sidecar.CLASSIC, terminationDrainDuration=25) == 25
assert envoy_dies(Sidecar.CLASSIC, terminationDrainDuration=60) == 30
# MINIMUM_DRAIN_DURATION alone is never read.
assert envoy_dies(Sidecar.CLASSIC, MINIMUM_DRAIN_DURATION=12) == 5
# Native: the app decides.
assert envoy_dies(Sidecar.NATIVE) == 20
