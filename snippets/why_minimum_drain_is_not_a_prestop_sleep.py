"""Why is MINIMUM_DRAIN_DURATION not a preStop sleep?"""

from timing_rules import Assumptions, Pod, timeline
from timing_rules.domain import Container, Hook, ProxySettings, Sidecar

IDLE = Assumptions(connections_idle_after=0)
ON = ProxySettings(EXIT_ON_ZERO_ACTIVE_CONNECTIONS=True, MINIMUM_DRAIN_DURATION=10)
HOOK = Container("istio-proxy", preStop=Hook("sleep", seconds=10))

minimum = timeline(Pod(sidecar=Sidecar.CLASSIC, settings=ON, assumptions=IDLE)).proxy
sleep = timeline(Pod(sidecar=Sidecar.CLASSIC, proxy=HOOK)).proxy
assert minimum and sleep

# Both keep Envoy for at least 10 s: one until the first look at the connections
# (1 s later), the other until terminationDrainDuration (5 s) has passed as well.
assert (minimum.envoy_killed, sleep.envoy_killed) == (11, 15)
# Only the hook lets it go on undrained, and ready.
assert (minimum.drain_start, sleep.drain_start) == (0, 10)
