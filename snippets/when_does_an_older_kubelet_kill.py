"""A hook takes 20 of 30 seconds: when does an older kubelet kill the app?"""

from timing_rules import Assumptions, Pod, timeline
from timing_rules.domain import NEVER, Container, Hook

WEB = Container("web", preStop=Hook("exec", seconds=20), shutdown=NEVER)


def sigkill(kubernetes: str) -> float | None:
    facts = Assumptions(kubernetes=kubernetes)
    pod = Pod((WEB,), terminationGracePeriodSeconds=30, assumptions=facts)
    return timeline(pod).containers["web"].sigkill


assert sigkill("1.28") == 30  # the hook is part of the grace period
assert sigkill("1.27") == 50  # the grace period began anew after the hook
