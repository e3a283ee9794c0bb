"""Why is sleep not free? Behind it, a default limit no longer fits."""

from timing_rules import Pod, timeline
from timing_rules.domain import Container, Hook
from timing_rules.timeline import stop_timeout

SLEEP = 10
LIMIT = 30  # gunicorn's graceful_timeout, Spring Boot's timeout-per-shutdown-phase

# With the default grace period, a shutdown that uses its limit ends in SIGKILL.
server = Container("web", preStop=Hook("sleep", seconds=SLEEP), shutdown=LIMIT)
web = timeline(Pod((server,))).containers["web"]
print(f"SIGTERM at {web.sigterm} s, SIGKILL at {web.sigkill} s, killed: {web.killed}")
assert (web.sigterm, web.sigkill, web.killed) == (10, 30, True)

# The first grace period that is longer than both.
enough = next(grace for grace in range(100) if stop_timeout(grace, SLEEP) > LIMIT)
assert enough == 41
