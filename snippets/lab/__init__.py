"""The lab: a whole pod is stopped on this machine, with a real Envoy, and measured beside what `timing_rules` computes.

`python -m lab run NAME` runs one experiment of `experiments/`; `run.measure` is the same from Python. Everything
listens on 127.0.0.1 only. Times are seconds from the moment the kubelet begins to stop the pod.
"""
