"""What Knative makes of the pod of its Service."""

from __future__ import annotations

from dataclasses import replace

from .. import versions
from ..domain.container import Hook
from ..domain.pod import Pod
from ..source.node import Node
from .containers import declare
from .values import integer

#: The field of a Knative pod that becomes its grace period.
TIMEOUT = "timeoutSeconds"


def knative(pod: Pod, spec: Node | None, at: str) -> tuple[Pod, int]:
    """Knative's own: the grace period is the request timeout, and its hook waits until the queue-proxy has drained.

    Source: knative/serving, `pkg/reconciler/revision/resources/deploy.go`.
    """
    timeout = integer(spec, TIMEOUT, at)
    waiting = [
        container if container.preStop else replace(container, preStop=Hook("httpGet")) for container in pod.containers
    ]
    apps = [declare(container, pod.assumptions, True) for container in waiting]
    return replace(pod, containers=tuple(apps), grace_field=TIMEOUT), timeout or int(versions.KNATIVE_TIMEOUT.value)
