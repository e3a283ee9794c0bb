"""Which drain settings does a native sidecar ignore?"""

from timing_rules import Pod, timeline
from timing_rules.domain import Container, Hook, ProxySettings, Sidecar

APP = Container("web", preStop=Hook("sleep", seconds=8), shutdown=1)
CHANGES = [
    ProxySettings(terminationDrainDuration=20),
    ProxySettings(drainDuration=3),
    ProxySettings(EXIT_ON_ZERO_ACTIVE_CONNECTIONS=True, MINIMUM_DRAIN_DURATION=15),
]


def has_effect(sidecar: Sidecar, changed: ProxySettings) -> bool:
    before = timeline(Pod((APP,), sidecar=sidecar)).proxy
    after = timeline(Pod((APP,), sidecar=sidecar, settings=changed)).proxy
    return after != before


for change in CHANGES:
    assert has_effect(Sidecar.CLASSIC, change)
    assert not has_effect(Sidecar.NATIVE, change)
