"""When does a hook fill the grace period? When only the floor is left."""

from timing_rules.timeline import stop_timeout
from timing_rules.versions import MINIMUM_STOP_TIMEOUT, TERMINATION_GRACE_PERIOD

GRACE = int(TERMINATION_GRACE_PERIOD.value)  # 30
FOREVER = 10_000

left = {hook: stop_timeout(GRACE, hook) for hook in (15, 27, 28, 29, 30, FOREVER)}
# A hook is cut off at the end of the grace period.
sigkill = {hook: min(hook, GRACE) + seconds for hook, seconds in left.items()}
for hook, seconds in left.items():
    print(f"hook {hook} s: {seconds} s left, SIGKILL at {sigkill[hook]} s")

assert left == {15: 15, 27: 3, 28: 2, 29: 2, 30: 2, FOREVER: 2}
assert sigkill == {15: 30, 27: 30, 28: 30, 29: 31, 30: 32, FOREVER: 32}
assert min(left.values()) == MINIMUM_STOP_TIMEOUT.value
