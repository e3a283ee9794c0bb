"""Rules that a pod's annotations ask not to report, and that do not exist."""

from __future__ import annotations

from collections.abc import Iterator

from ..domain import Pod
from ..domain.annotations import DECLARED
from ..manifest.errors import ManifestError
from ..source.node import Node
from ..text import Text
from .registry import RULES, no_such_rule

_KEY = f"{DECLARED}ignore"


def unknown_ignored(pod: Pod) -> Iterator[ManifestError]:
    """An error for every rule that is to be ignored and is none, at the line of the annotation."""
    places = [annotations for annotations in _annotations(pod) if _KEY in annotations.keys]
    for code in pod.assumptions.ignore:
        if code not in RULES and places:
            sentence, fix = no_such_rule(code)
            place = next((node for node in places if code in node.entries[_KEY].raw), places[0])
            told = Text(f"{_KEY}: {sentence.en}", f"{_KEY}: {sentence.ko}")
            yield ManifestError(pod.source, place.keys[_KEY].line, told, fix)


def _annotations(pod: Pod) -> Iterator[Node]:
    """The annotations of the pod template, then those of the workload."""
    outer = pod.workload.get("metadata", "annotations") if pod.workload is not None else None
    yield from (node for node in (pod.annotations, outer) if node is not None)
