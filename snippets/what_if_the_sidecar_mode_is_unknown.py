"""What if the sidecar mode is unknown? The checker tries both."""

from timing_rules import Assumptions, check, load

POD = """
metadata:
  annotations:
    timing-rules/app-shutdown: 20s
    proxy.istio.io/config: "terminationDrainDuration: 15s"
spec:
  containers: [{name: web, image: registry.example.com/shop/web:1.0.0}]
"""


def found(facts: Assumptions) -> list[tuple[str, str]]:
    (pod,) = load(POD, assumptions=facts)
    return [(one.rule, one.severity) for one in check(pod)]


old, new = Assumptions(istio="1.26"), Assumptions(istio="1.31", kubernetes="1.37")
assert found(old) == [("PT201", "error")]  # classic
assert found(new) == [("PT207", "info")]  # native
assert found(Assumptions()) == [("PT201", "info"), ("PT207", "info")]  # both
