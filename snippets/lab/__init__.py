"""The lab: a whole pod is stopped on this machine, with a real Envoy, and measured beside what `timing_rules` computes.

`python -m lab run NAME` runs one experiment of `experiments/`; `records/` hold what happened. Times are seconds
from the moment the kubelet begins to stop the pod. Everything listens on 127.0.0.1 only, and no file is written
but a record. Other than in a cluster: no iptables (clients and app know Envoy's ports), no xDS and no TLS, clients without
a sidecar (nothing is retried), and a container is a process whose death takes its children along.
"""
