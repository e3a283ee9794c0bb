"""What the Services of an input send to a pod."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .resources import Context, Resource

#: Nobody loses a request when a scrape fails.
_ONLY_METRICS = re.compile(r"metric|prom|probe|profil")


def service_ports(context: Context, labels: Mapping[str, str], namespace: str) -> tuple[str | int, ...] | None:
    """The target ports of every Service that selects the pod, or `None` when none does."""
    selecting = [service for service in context.services if _selects(service, labels, namespace)]
    ports = [port for service in selecting for port in _targets(service)]
    return tuple(ports) if selecting else None


def _selects(service: Resource, labels: Mapping[str, str], namespace: str) -> bool:
    selector = service.root.get("spec", "selector")
    wanted = selector.entries if selector is not None else {}
    here = (service.namespace or "default") == (namespace or "default")
    return bool(wanted) and here and all(labels.get(key) == str(value.value) for key, value in wanted.items())


def _targets(service: Resource) -> list[str | int]:
    ports = service.root.get("spec", "ports")
    targets = []
    for port in ports.items if ports is not None else []:
        name = port.get("name")
        if name is not None and _ONLY_METRICS.search(str(name.value)):
            continue
        target = port.get("targetPort") or port.get("port")
        if target is not None and isinstance(target.value, str | int):
            targets.append(target.value)
    return targets
