"""Why is MINIMUM_DRAIN_DURATION not a preStop sleep?"""

from timing_rules import Assumptions, Pod, timeline
from timing_rules.pod import Container, Hook, ProxySettings, Sidecar

IDLE = Assumptions(connections_idle_after=0)
MINIMUM = ProxySettings(EXIT_ON_ZERO_ACTIVE_CONNECTIONS=True, MINIMUM_DRAIN_DURATION=10)
SLEEP = Container("istio-proxy", preStop=Hook("sleep", seconds=10))

minimum = timeline(Pod(sidecar=Sidecar.CLASSIC, settings=MINIMUM, assumptions=IDLE)).proxy
sleep = timeline(Pod(sidecar=Sidecar.CLASSIC, proxy=SLEEP)).proxy
assert minimum and sleep

for name, proxy in (("MINIMUM_DRAIN_DURATION", minimum), ("preStop sleep", sleep)):
    print(f"{name}: drains from {proxy.drain_start}, Envoy dies at {proxy.envoy_killed}")

# Both keep Envoy for at least 10 s ...
assert minimum.envoy_killed == 11  # 10 s, and 1 s until the first look at the connections
assert sleep.envoy_killed == 15  # 10 s, and then terminationDrainDuration
# ... but only the hook lets it go on undrained, and ready.
assert (minimum.drain_start, sleep.drain_start) == (0, 10)
