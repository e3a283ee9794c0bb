"""What the Services of an input send to a pod."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ..domain.container import PROXY, Container
from ..domain.pod import Service
from ..source.node import Node
from .neighbours import Neighbours
from .values import text_of

#: Names of ports that serve no client: nobody loses a request when a scrape or a probe fails.
_ONLY_METRICS = re.compile(r"metric|(^|[-_/])prom(etheus)?($|[-_/])|exporter|telemetry|probe|health|pprof|profil")
#: Names of Services of such ports: `web-metrics`, `controller-manager-metrics-service`.
_METRICS_SERVICE = re.compile(r"(^|-)(metrics|exporter|monitoring)(-(service|svc|headless))?$")
#: Containers that serve nothing else.
_METRICS_CONTAINER = re.compile(r"kube-rbac-proxy|[-_]exporter($|[:@])")


@dataclass(frozen=True)
class _Entry:
    """A Service as it is written: whom it selects, and its ports, each with the Service's name for it."""

    service: Service
    namespace: str
    selector: Mapping[str, str]
    ports: tuple[tuple[str, str | int], ...]


@dataclass
class Services:
    """The Services of an input, found by a label that they select: most pods are selected by one of thousands."""

    _by_label: Neighbours[_Entry] = field(default_factory=Neighbours)
    _known: set[object] = field(default_factory=set)

    def add(self, root: Node, source: str, document: int) -> None:
        """Take note of a Service; one without a selector (its Endpoints are made by hand) selects nothing.

        A file that holds the same Service again says nothing new.
        """
        entry = _entry(root, source, document)
        same = (source, entry.namespace, entry.service.name, *entry.selector.items(), entry.ports)
        if (same, entry.service.always_ready) in self._known:
            return
        self._known.add((same, entry.service.always_ready))
        for key, value in entry.selector.items():
            self._by_label.add(source, (entry.namespace, key, value), entry)
            break

    def of(
        self, source: str, labels: Mapping[str, str], namespace: str, containers: Iterable[Container]
    ) -> tuple[Service, ...]:
        """The Services that select a pod in the file `source`, with the containers to which each sends."""
        listed, here = list(containers), namespace or "default"
        return tuple(
            replace(entry.service, containers=_targets(entry, listed))
            for key, value in labels.items()
            for entry in self._by_label.of(source, (here, key, value))
            if entry.selector.items() <= labels.items()
        )


def _entry(root: Node, source: str, document: int) -> _Entry:
    published, address = root.get("spec", "publishNotReadyAddresses"), root.get("spec", "clusterIP")
    spec, selector, ports = root.get("spec"), root.get("spec", "selector"), root.get("spec", "ports")
    unready = published is not None and published.value is True and (address is None or address.value != "None")
    line = spec.keys["publishNotReadyAddresses"].line if spec is not None and unready else root.span.line
    external = text_of(root.get("spec", "type")) == "ExternalName"
    return _Entry(
        service=Service(text_of(root.get("metadata", "name")), (), unready, source, document, line),
        namespace=text_of(root.get("metadata", "namespace")) or "default",
        selector={key: text_of(value) for key, value in selector.entries.items()} if selector and not external else {},
        ports=tuple(_ports(ports.items if ports is not None else ())),
    )


def _ports(items: Iterable[Node]) -> Iterable[tuple[str, str | int]]:
    for port in items:
        target = port.get("targetPort") or port.get("port")
        if target is not None and isinstance(target.value, str | int):
            yield text_of(port.get("name")), target.value


def _targets(entry: _Entry, containers: list[Container]) -> tuple[str, ...]:
    """The containers that get the requests of clients from a Service.

    A name is the first container's that has it (kubernetes/kubernetes `pkg/api/v1/pod/util.go`, `FindPort`); a number
    that no container declares is the only container's.
    """
    if _METRICS_SERVICE.search(entry.service.name):
        return ()
    found = []
    for name, target in entry.ports:
        owner = _owner(target, containers)
        if owner is None:
            continue
        container, port = owner
        if not (
            _ONLY_METRICS.search(f"{name}/{port}") or _METRICS_CONTAINER.search(f"{container.name}@{container.image}")
        ):
            found.append(container.name)
    return tuple(dict.fromkeys(found))


def _owner(target: str | int, containers: list[Container]) -> tuple[Container, str] | None:
    """The container that listens on a port, and the name that it gives the port."""
    for container in containers:
        for name, number in container.ports:
            if target == (name if isinstance(target, str) else number):
                return container, name
    alone = [container for container in containers if container.name != PROXY]
    return (alone[0], "") if isinstance(target, int) and len(alone) == 1 else None
