"""How long does EXIT_ON_ZERO_ACTIVE_CONNECTIONS wait for my app's connection pool?"""

from timing_rules import Assumptions, Pod, timeline
from timing_rules.domain import NEVER, Container, ProxySettings, Sidecar

APP = Container("web", shutdown=4.5)
ON = ProxySettings(EXIT_ON_ZERO_ACTIVE_CONNECTIONS=True, MINIMUM_DRAIN_DURATION=2)


def proxy_ends(last_closed: float) -> tuple[float | None, str | None]:
    facts = Assumptions(connections_idle_after=last_closed)
    pod = Pod((APP,), (), 12, Sidecar.CLASSIC, settings=ON, assumptions=facts)
    proxy = timeline(pod).proxy
    assert proxy
    return proxy.envoy_killed, proxy.killed_by


# Nothing open: 2 s, and 1 s until the first look.
assert proxy_ends(last_closed=0) == (3, "pilot-agent")
# The pool ends with the app, at 4.5 s: the next look finds zero.
assert proxy_ends(last_closed=4.5) == (5, "pilot-agent")
# A client never closes its idle connection: SIGKILL at the end of the grace period.
assert proxy_ends(last_closed=NEVER) == (12, "kubelet")
