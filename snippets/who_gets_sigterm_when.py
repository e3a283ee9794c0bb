"""Who gets SIGTERM when, with a classic and with a native sidecar?"""

from timing_rules import Pod, timeline
from timing_rules.domain import Container, Hook, Sidecar

web = Container("web", preStop=Hook("sleep", seconds=10), shutdown=10)

sigterm, end = {}, {}
for sidecar in (Sidecar.CLASSIC, Sidecar.NATIVE):
    stops = timeline(Pod((web,), sidecar=sidecar)).containers
    sigterm[sidecar] = {name: times.sigterm for name, times in stops.items()}
    end[sidecar] = {name: times.end for name, times in stops.items()}
    print(f"{sidecar}: SIGTERM {sigterm[sidecar]}, gone {end[sidecar]}")

assert sigterm[Sidecar.CLASSIC] == {"web": 10, "istio-proxy": 0}
assert sigterm[Sidecar.NATIVE] == {"web": 10, "istio-proxy": 20}
# With the classic sidecar the app has no network for its last 15 s.
assert end[Sidecar.CLASSIC] == {"web": 20, "istio-proxy": 5}
assert end[Sidecar.NATIVE] == {"web": 20, "istio-proxy": 20}
