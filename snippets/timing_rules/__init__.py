"""How a pod and its Istio sidecar stop: the arithmetic, and the rules about it.

`load` reads manifests, `timeline` computes what happens when, `check` finds mistakes. The timeline needs the standard
library alone; what reads and judges is loaded when it is first used.
"""

from typing import TYPE_CHECKING

from .domain import Assumptions, MeshConfig, Pod
from .timeline import Timeline, timeline

if TYPE_CHECKING:
    from .manifest.errors import ManifestError
    from .manifest.read import load
    from .rules.engine import Finding, check

__version__ = "0.1.0"
__all__ = ["Assumptions", "Finding", "ManifestError", "MeshConfig", "Pod", "Timeline", "check", "load", "timeline"]


def __getattr__(name: str) -> object:
    if name in ("ManifestError", "load"):
        from .manifest import errors, read

        return getattr(errors if name == "ManifestError" else read, name)
    if name in ("Finding", "check"):
        from .rules import engine

        return getattr(engine, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
