"""Does EXIT_ON_ZERO_ACTIVE_CONNECTIONS wait for my app's connection pool?"""

from timing_rules import Assumptions, Pod, timeline
from timing_rules.pod import NEVER, Container, ProxySettings, Sidecar

APP = Container("web", shutdown=1)
ON = ProxySettings(EXIT_ON_ZERO_ACTIVE_CONNECTIONS=True, MINIMUM_DRAIN_DURATION=2)


def proxy_ends(idle_after: float) -> tuple[float | None, str | None]:
    facts = Assumptions(connections_idle_after=idle_after)
    pod = Pod((APP,), terminationGracePeriodSeconds=12, sidecar=Sidecar.CLASSIC, settings=ON, assumptions=facts)
    proxy = timeline(pod).proxy
    assert proxy is not None
    return proxy.envoy_killed, proxy.killed_by


assert proxy_ends(idle_after=0) == (3, "pilot-agent")  # nobody connected: 2 s, and 1 s until the first look
assert proxy_ends(idle_after=4.5) == (5, "pilot-agent")  # pool closed at 4.5 s: the next look finds zero
assert proxy_ends(idle_after=NEVER) == (12, "kubelet")  # pool left open: SIGKILL at the end of the grace period
