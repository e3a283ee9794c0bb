"""How long may my app take from SIGTERM to its exit?"""

from timing_rules.timeline import stop_timeout

GRACE = 60  # terminationGracePeriodSeconds
PRESTOP = 10  # lifecycle.preStop.sleep.seconds

may_take = stop_timeout(GRACE, PRESTOP)

print(f"SIGTERM at {PRESTOP} s, SIGKILL at {PRESTOP + may_take} s: the app may take {may_take} s")
assert may_take == 50
assert stop_timeout(grace=30, prestop=10) == 20  # the same hook in the default grace period
