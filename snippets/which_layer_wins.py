"""Mesh config says one thing, the pod's annotation another: which layer wins?"""

from timing_rules import Assumptions, MeshConfig, Pod, load

MESH = """
meshConfig:
  defaultConfig:
    terminationDrainDuration: 20s
    proxyMetadata: {MINIMUM_DRAIN_DURATION: 12s}
"""
POD = """
annotations:
  proxy.istio.io/config: |
    terminationDrainDuration: 40s
    proxyMetadata: {EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true"}
"""
(mesh,) = load(MESH)
assert isinstance(mesh, MeshConfig)
(pod,) = load(POD, assumptions=Assumptions(mesh=mesh))
assert isinstance(pod, Pod)
assert pod.settings.terminationDrainDuration == 40  # both set it: the pod's wins
assert pod.settings.MINIMUM_DRAIN_DURATION == 12  # only the mesh does: kept
assert pod.settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS
assert pod.settings.drainDuration == 45  # nobody set it: the default
