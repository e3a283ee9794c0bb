"""Does EXIT_ON_ZERO_ACTIVE_CONNECTIONS wait for my app's connection pool?"""

from timing_rules import Assumptions, Pod, timeline
from timing_rules.pod import NEVER, Container, ProxySettings, Sidecar

APP = Container("web", shutdown=1)
ON = ProxySettings(EXIT_ON_ZERO_ACTIVE_CONNECTIONS=True, MINIMUM_DRAIN_DURATION=2)


def proxy_ends(pool_closed: float) -> tuple[float | None, str | None]:
    facts = Assumptions(connections_idle_after=pool_closed)
    pod = Pod((APP,), (), 12, Sidecar.CLASSIC, settings=ON, assumptions=facts)
    proxy = timeline(pod).proxy
    assert proxy
    return proxy.envoy_killed, proxy.killed_by


# Nothing open: 2 s, and 1 s until the first look.
assert proxy_ends(pool_closed=0) == (3, "pilot-agent")
# Closed at 4.5 s: the next look finds zero.
assert proxy_ends(pool_closed=4.5) == (5, "pilot-agent")
# Never closed: SIGKILL at the end of the grace period.
assert proxy_ends(pool_closed=NEVER) == (12, "kubelet")
