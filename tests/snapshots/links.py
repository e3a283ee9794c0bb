"""What a link says of the pods in varied/, and the manifest that is written of a link, with one other value anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from timing_rules import Pod, load
from timing_rules.show.sketch import of, written

from tests.snapshots.variations import others, paths, replaced

VARIED = Path(__file__).with_name("varied")
HOOKED = {"name": "web", "ports": True, "prestop": 5, "shutdown": 2.5}
LINKS: list[dict[str, Any]] = [
    {
        "kind": "Deployment", "name": "shop", "mode": "native", "grace": 45,
        "containers": [HOOKED, {"name": "b", "ports": False, "prestop": None, "shutdown": "never"}], "sidecars": [{"name": "log", "prestop": 0.5}],
        "settings": {"drainDuration": 45.0, "terminationDrainDuration": 9, "MINIMUM_DRAIN_DURATION": 3, "EXIT_ON_ZERO_ACTIVE_CONNECTIONS": True},
        "declared": {"istio": "1.30", "kubernetes": "1.33", "propagation": 5, "lb-deregistration": 20, "connections-idle-after": "never", "node-shutdown": 120},
    },
    {"kind": "Job", "name": "j", "mode": "classic", "grace": 30, "containers": [HOOKED], "sidecars": [], "settings": {"EXIT_ON_ZERO_ACTIVE_CONNECTIONS": False}, "declared": {"kubernetes": "1.28", "istio": "1.20"}},
    {"kind": "Pod", "mode": "gateway", "grace": 30, "containers": [], "sidecars": [], "proxy": {"name": "istio-proxy", "ports": True, "prestop": 4}, "settings": {}},
    {"kind": "Pod", "mode": None, "grace": 30, "containers": [{"name": "a"}], "settings": {"drainDuration": 9}},
    {"kind": "Pod", "mode": None, "grace": 604800, "containers": [{"name": "a", "prestop": 604800.5, "shutdown": 604800}, {"name": "istio-proxy"}, *({"name": f"c{number}"} for number in range(20))], "settings": {}},
]  # fmt: skip


def links() -> Iterator[list[str]]:
    """Each pod as a link holds it; each link as a manifest, and the lines that other values change in it."""
    yield ["==== shared", *_shared()]
    for link in LINKS:
        usual = written(link).splitlines()
        yield [f"==== {link['kind']} {link['mode']}", *usual, *_changed(link, usual)]


def _shared() -> Iterator[str]:
    for path in sorted(VARIED.glob("*.yaml")):
        for item in load(path.read_text(encoding="utf-8")):
            if isinstance(item, Pod):
                yield f"{path.stem} {item.kind}: {json.dumps(of(item))}"


def _changed(link: dict[str, Any], usual: list[str]) -> Iterator[str]:
    for path in paths([link]):
        value: Any = [link]
        for key in path:
            value = value[key]
        alike: dict[str, list[str]] = {}
        for word, other in others(value).items():
            lines = written(replaced([link], path, other)[0]).splitlines()
            new = [f"+{line.strip()}" for line in lines if line not in usual]
            gone = [f"-{line.strip()}" for line in usual if line not in lines]
            alike.setdefault(" ".join([*new, *gone]), []).append(word)
        alike.pop("", None)
        for difference, words in alike.items():
            yield f"{'.'.join(map(str, path[1:]))} = {' | '.join(words)}: {difference}"
