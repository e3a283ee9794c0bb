"""What is left after preStop? The kubelet rounds the hook down to seconds."""

from timing_rules.timeline import stop_timeout

GRACE = 30

sigkill = {}
for prestop in (9.0, 9.9, 10.0):
    left = stop_timeout(GRACE, prestop)
    sigkill[prestop] = prestop + left
    print(f"hook {prestop} s: {left} s left, SIGKILL at {sigkill[prestop]} s")

# A hook of 9.9 s counts as 9 s: the app gets 21 s, and SIGKILL comes 0.9 s late.
assert sigkill == {9.0: 30, 9.9: 30.9, 10.0: 30}
