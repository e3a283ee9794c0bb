"""Which drain settings does a native sidecar ignore?"""

from timing_rules import Pod, timeline
from timing_rules.pod import Container, Hook, ProxySettings, Sidecar

APP = Container("web", preStop=Hook("sleep", seconds=8), shutdown=1)
DEFAULTS = ProxySettings()
CHANGES = {
    "terminationDrainDuration": ProxySettings(terminationDrainDuration=20),
    "drainDuration": ProxySettings(drainDuration=3),
    "EXIT_ON_ZERO_ACTIVE_CONNECTIONS and MINIMUM_DRAIN_DURATION": ProxySettings(
        EXIT_ON_ZERO_ACTIVE_CONNECTIONS=True, MINIMUM_DRAIN_DURATION=15
    ),
}


def has_effect(sidecar: Sidecar, changed: ProxySettings) -> bool:
    with_change, without = (timeline(Pod((APP,), sidecar=sidecar, settings=one)).proxy for one in (changed, DEFAULTS))
    return with_change != without


for name, changed in CHANGES.items():
    assert has_effect(Sidecar.CLASSIC, changed), name
    assert not has_effect(Sidecar.NATIVE, changed), name
