"""MINIMUM_DRAIN_DURATION: "15", not 15s: what does the missing unit cost?"""

from timing_rules import Assumptions, Pod, load, timeline

FACTS = Assumptions(sidecar="classic", connections_idle_after=0)  # nobody there
CONFIG = """
proxy.istio.io/config: |
  proxyMetadata:
    EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true"
    MINIMUM_DRAIN_DURATION: "{}"
"""


def envoy_killed(minimum: str) -> float | None:
    (pod,) = load(CONFIG.format(minimum), assumptions=FACTS)
    assert isinstance(pod, Pod)
    proxy = timeline(pod).proxy
    return proxy.envoy_killed if proxy else None


assert envoy_killed("15s") == 16  # 15 s, and 1 s until the agent first counts
assert envoy_killed("15") == 6  # a line in the log, and the default of 5 s
