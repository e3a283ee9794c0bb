"""Any manifest as an experiment: its own numbers, and the clients that such a pod would have.

`python -m lab run examples/http/native-sidecar.yaml`. What the manifest does not declare counts by the default
assumptions of `timing_rules`; what its timeline needs and has no default must be declared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from timing_rules import ManifestError, Pod, check, load, timeline
from timing_rules.domain import NEVER, Sidecar
from timing_rules.versions import Version

from .envoy import DEFAULT, ENVOY_OF
from .wire import LabError

#: Rules that find what the API server or Istio's injector refuses: such a pod never runs.
KUBELET = Version(1, 29)  # and later: what lab.kubelet follows
ENDS = re.compile(r"quitquitquit|healthcheck/fail|pkill|killall")
REFUSED = ("PT105", "PT107", "PT208", "PT211", "PT213")
BEFORE = 0.5  # seconds that the last request, call or connection comes before the moment that ends them
QUICK = 0.1  # seconds before no connection is left: after the agent has looked for the last time before
SPARE = 1.0  # seconds that the last request in flight takes less than the app's whole shutdown


def pods(path: Path) -> tuple[Pod, ...]:
    """The pods of a manifest that can be stopped here. Errors: `LabError`, if there are none."""
    try:
        found = [item for item in load(path.read_text(encoding="utf-8"), source=str(path)) if isinstance(item, Pod)]
    except ManifestError as error:
        raise LabError(str(error)) from None
    except UnicodeDecodeError:
        raise LabError(f"{path} is not UTF-8 text; save it as such.") from None
    if len({pod.name for pod in found}) < len(found):
        raise LabError(f"{path} has two pods of one name; put each into a file of its own.")
    reasons = {pod.name: why_not(pod) for pod in found}
    able = tuple(pod for pod in found if not reasons[pod.name])
    if not able:
        raise LabError(
            f"{path}: {'; '.join(reasons.values()) or 'there is no pod in it; name a file with a Pod, a Deployment or the like'}."
        )
    return able


def why_not(pod: Pod) -> str:
    """Why a pod cannot be stopped here, or ""."""
    if refused := next((finding.rule for finding in check(pod) if finding.rule in REFUSED), ""):
        return f"{pod.name} never runs, see rule {refused}"
    if pod.containers and not pod.containers[0].ports and any(container.ports for container in pod.containers):
        return (
            f"the first container of {pod.name} is taken for the app, and has no ports; put the one that serves first"
        )
    for container in (*pod.containers, *pod.sidecars, *([pod.proxy_container] if pod.proxy_container else [])):
        if container.preStop is not None and (found := ENDS.search(" ".join(container.preStop.command))):
            return f"the preStop hook of {container.name} calls {found[0]}, and hooks run no commands here but the drain calls"
    if pod.sidecar is None:
        lacks = [name for name in ("istio", "kubernetes") if getattr(pod.assumptions, name) is None]
        return f"nothing settles the sidecar of {pod.name}; {_declare(lacks)}"
    newer = replace(pod, assumptions=replace(pod.assumptions, kubernetes=str(KUBELET)))
    if pod.kubernetes and pod.kubernetes < KUBELET and timeline(pod).containers != timeline(newer).containers:
        return f"{pod.name} ends otherwise on Kubernetes {pod.kubernetes}; the kubelet that runs here is that of {KUBELET} and later"
    if unknown := timeline(pod).unknown:
        return f"{pod.name} does not say all that its end hangs on; {_declare(unknown)}"
    return ""


def _declare(names: Iterable[str]) -> str:
    return f"declare it as an annotation of the workload: {', '.join(f'timing-rules/{name}' for name in names)}"


def minor(pod: Pod) -> str:
    """The Envoy of the Istio that the pod declares, or the one that is installed."""
    return ENVOY_OF.get(str(pod.istio), DEFAULT)


def clients(pod: Pod) -> list[dict[str, Any]]:
    """Inbound clients where the pod serves, until they know; the app's calls out; a connection that stays."""
    line, know = timeline(pod), max(pod.assumptions.clients_know_after, pod.assumptions.lb_deregistration or 0.0)
    found: list[dict[str, Any]] = []
    web = pod.containers[0] if pod.containers else None
    if web is None or web.ports:
        found += [{"kind": "new", "until": know}, {"kind": "keep-alive", "until": know}]
    times = line.containers[web.name] if web else None
    if web and times and web.ports and times.sigterm is not None and web.shutdown not in (None, NEVER):
        assert web.shutdown is not None
        takes = round(web.shutdown - SPARE, 3)
        if takes > 0:
            at = min(know, times.sigterm) - BEFORE
            found.append({"kind": "in-flight", "at": at, "takes": takes, "until": know})
    if pod.settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS and pod.sidecar is not Sidecar.NATIVE:
        idle = pod.assumptions.connections_idle_after  # calls out would count, too
        found.append({"kind": "idle"} if idle in (None, NEVER) else {"kind": "idle", "leaves": idle - QUICK})
    elif times and times.end is not None:
        found.append({"kind": "outbound", "until": times.end - BEFORE})
    return found
