"""How long may my app take from SIGTERM to its exit?"""

from timing_rules.timeline import stop_timeout

GRACE = 60  # terminationGracePeriodSeconds
PRESTOP = 10  # lifecycle.preStop.sleep.seconds

may_take = stop_timeout(GRACE, PRESTOP)

print(f"SIGTERM at {PRESTOP} s, SIGKILL {may_take} s later")
assert may_take == 50
# The same hook in the default grace period:
assert stop_timeout(grace=30, prestop=PRESTOP) == 20
