"""What a run left behind: measured beside computed, request by request, as one JSON record.

`measured` has the keys of tests/traces/mesh, so that `timing_rules.show` draws both. A request's fate is computed from
the timeline's numbers alone (`foreseen`); whatever falls on a boundary by less than `MARGIN` may go either way.
"""

from __future__ import annotations

import json
import os
import platform
import re
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from timing_rules.domain import NEVER
from timing_rules.show.recording import leaves_no_trace
from timing_rules.timeline import Event, Timeline

if TYPE_CHECKING:  # whoever reads records needs nothing of what makes them
    from .kubelet import Process, Stopped
    from .load import Client, Fate

#: Seconds within which computed and measured agree, on a quiet machine.
TOLERANCE = 0.3
MARGIN = 0.2
#: The names of clients in the recordings of tests/traces/mesh.
RECORDED = {
    "new": "new_inbound_requests_10_per_s",
    "keep-alive": "inbound_keep_alive",
    "outbound": "outbound_requests_4_per_s",
}
#: Clients whose every request the timeline's numbers foretell.
FORETOLD = ("new", "keep-alive", "outbound", "outbound-pool", "grpc", "http2", "in-flight", "upload")


def machine() -> str:
    """The machine, as far as timing is concerned."""
    return f"{platform.system()} {platform.release()}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def summary(client: Client) -> dict[str, Any]:
    """First and last times of what a client saw."""
    fates = sorted(client.fates, key=lambda fate: fate.sent)
    after = [fate for fate in fates if fate.done >= 0]

    def first(found: Iterable[Fate]) -> float | None:
        return next((round(fate.done, 2) for fate in found), None)

    if client.kind == "slow":
        return {
            "started": round(fates[0].sent, 2) if fates else None,
            "result": f"{fates[0].cause or 200} after {fates[0].done - fates[0].sent:.2f}" if fates else "no answer",
        }
    seen: dict[str, Any] = {
        "requests": len(fates),
        "first_close_header": first(fate for fate in after if fate.closes),
        "last_ok": max((round(fate.sent, 2) for fate in fates if not fate.cause), default=None),
        "first_error": first(fate for fate in after if fate.cause),
    }
    if client.kind == "new":
        seen["first_refused"] = first(fate for fate in after if fate.cause in ("refused", "reset", "cut"))
        seen["first_5xx"] = first(fate for fate in after if fate.cause.isdigit())
        seen["other"] = []
    return seen | {key: value for key, value in client.notes.items() if not key.startswith("_")}


def _by_name(clients: list[Client]) -> Iterable[Client]:
    """Clients but for slow ones; those of one name as one."""
    found: dict[str, Client] = {}
    for client in (client for client in clients if client.kind != "slow"):
        known = found.get(client.name)
        found[client.name] = replace(known, fates=[*known.fates, *client.fates]) if known else client
    return found.values()


def measured(
    stopped: dict[str, Stopped], processes: dict[str, Process], clients: list[Client], began: float, app: str
) -> dict[str, Any]:
    """The run as a recording."""

    def at(event: dict[str, Any]) -> float:
        return round(float(event["at"]) - began, 2)

    said = {event["event"]: at(event) for event in (processes[app].said if app else ())}
    agent = processes.get("istio-proxy")
    slow = [summary(client) for client in clients if client.kind == "slow"]
    by_name = {client.name: summary(client) for client in _by_name(clients)}
    nothing: dict[str, None] = dict.fromkeys(
        ("first_close_header", "last_ok", "first_refused", "first_5xx", "first_error")
    )
    if "outbound-pool" in by_name:  # recorded as outbound requests, too
        by_name.setdefault("outbound", by_name.pop("outbound-pool"))
    known = {name: by_name.pop(kind, None if kind == "keep-alive" else nothing) for kind, name in RECORDED.items()}
    return {
        "containers": {
            name: {
                "stop_called": round(container.stop_called, 2),
                "stop_timeout": container.stop_timeout,
                "end": round(container.end, 2),
                "exit_code": container.exit_code,
                **({"hook": container.hook} if container.hook else {}),
            }
            for name, container in stopped.items()
        },
        "app": {key: said[key] for key in ("sigterm", "exit") if key in said},
        "agent_log": [[at(event), event["event"]] for event in (agent.said if agent else ()) if at(event) >= 0],
        **known,
        "request_in_flight": slow,
        "clients": by_name,
        "lost": lost(clients, max(container.end for container in stopped.values())),
    }


def lost(clients: list[Client], gone: float) -> list[dict[str, Any]]:
    """Lost requests, those of one client and one cause in a row as one entry. Times are those of sending.

    What is sent when the whole pod is `gone` counts only where it is declared until when clients send.
    """
    runs: list[dict[str, Any]] = []
    for client in clients:
        last: dict[str, Any] | None = None
        for fate in sorted(client.fates, key=lambda fate: fate.sent):
            if not fate.cause or fate.sent > client.options.get("until", gone):
                last = None
                continue
            if last is None or last["cause"] != fate.cause:
                last = {"client": client.name, "cause": fate.cause, "requests": 0, "first_sent": round(fate.sent, 2)}
                runs.append(last)
            last["requests"] += 1
            last["last_sent"] = round(fate.sent, 2)
    return runs


def seen_at(event: Event, line: Timeline, seen: dict[str, Any]) -> Any:
    """When the run saw a computed event; `None` for one that leaves no trace."""
    container = seen["containers"].get(event.actor, {})
    if leaves_no_trace(event, line):
        return None
    if event.kind in ("end", "sigkill", "envoy-killed"):
        return container.get("end")
    if event.kind in ("prestop-end", "sigterm"):
        return container.get("stop_called")
    if event.kind == "inbound-closes":
        return seen["new_inbound_requests_10_per_s"].get("first_refused")
    if event.kind == "drain-start":
        return next((at for at, text in seen["agent_log"] if text.startswith("Agent draining")), None)
    return None


def _must_be_seen(event: Event, line: Timeline, clients: list[Client]) -> bool:
    """Whether a computed event leaves a trace for certain, so that none is a difference."""
    if event.kind == "drain-start":
        return not leaves_no_trace(event, line)
    tried = [client.options.get("until", NEVER) for client in clients if client.name == client.kind == "new"]
    return event.kind == "inbound-closes" and any(until > event.at + MARGIN for until in tried)


def foreseen(line: Timeline, kind: str, fate: Fate, takes: float = 0.0) -> tuple[bool, float]:
    """Whether a request of `takes` seconds is lost by the timeline, and how far it is from where that would change."""
    proxy = line.proxy
    gone = proxy.envoy_killed if proxy and proxy.envoy_killed is not None else NEVER
    closed = proxy.inbound_closes if proxy and proxy.inbound_closes is not None else gone
    outward = kind in ("outbound", "outbound-pool")
    opens = gone if outward and line.sidecar != "gateway" else closed
    served, accepts = NEVER, NEVER
    if not outward and line.pod.containers:
        times = line.containers[line.pod.containers[0].name]
        served = times.end if times.end is not None else NEVER
        accepts = served
        if line.pod.assumptions.accepts_after_sigterm is not None and times.sigterm is not None:
            accepts = min(served, times.sigterm + line.pod.assumptions.accepts)
    # A connection that is already open outlives the closing of Envoy's listeners. One of Envoy's own to the app does not
    # outlive that of the app's: the app closes it while it is idle.
    closes, ends, answered = min(opens if fate.fresh else gone, accepts), min(gone, served), fate.sent + takes
    away = abs(fate.sent - closes)
    if fate.sent >= closes:
        return True, away
    return answered > ends, min(away, abs(answered - ends))


def compare(
    line: Timeline, seen: dict[str, Any], clients: list[Client], expected: dict[str, Any]
) -> list[dict[str, Any]]:
    """Rows of computed and measured, each with its verdict; `expected` are those of the experiment itself."""
    certain = seen | {"lost": [loss for loss in seen["lost"] if not _at_the_end(loss, line)]}
    rows = [_row(path, wanted(line, value), _find(certain, path)) for path, value in expected.items()]
    for row in rows:  # who sent nothing lost nothing, which shows nothing
        owner, _, name = row["what"].partition(".")
        if owner in ("lost", "cause", "refused") and not any(client.fates for client in clients if client.name == name):
            row["agrees"] = False
    rows += [
        _row(f"{name} hook", "", container["hook"])
        for name, container in seen["containers"].items()
        if "hook" in container
    ]
    if seen["faults"]:  # the timeline knows of none
        return rows
    for event in line.events:
        found = seen_at(event, line, seen)
        if found is not None or _must_be_seen(event, line, clients):
            rows.append(_row(f"{event.actor} {event.kind}", event.at, found))
    for name, times in line.containers.items():
        if times.killed is not None:
            row = _row(f"{name} killed", times.killed, seen["containers"][name]["exit_code"] == 137)
            end, kill = times.end, times.sigkill
            if not times.killed and end is not None and kill is not None and kill - end <= MARGIN:
                row["agrees"] = True  # a race, and either may win
            rows.append(row)
    gone = max(container["end"] for container in seen["containers"].values())
    for client in clients:
        if client.kind in FORETOLD:
            sent = [fate for fate in client.fates if fate.sent <= client.options.get("until", gone)]
            checked = [(fate, *foreseen(line, client.kind, fate, client.options.get("takes", 0.0))) for fate in sent]
            wrong = [round(fate.sent, 2) for fate, bad, away in checked if bad != bool(fate.cause) and away > MARGIN]
            bad = sum(bad for _, bad, _ in checked)
            row = _row(f"{client.name}: lost of {len(sent)} requests", bad, sum(bool(fate.cause) for fate in sent))
            rows.append(row | {"agrees": bool(sent) and not wrong} | ({"otherwise_at": wrong[:5]} if wrong else {}))
    return rows


def _at_the_end(lost: dict[str, Any], line: Timeline) -> bool:
    """Whether lost requests were all sent within `MARGIN` of Envoy's end, where either fate proves nothing."""
    gone = line.proxy.envoy_killed if line.proxy else None
    return gone is not None and all(abs(lost[key] - gone) <= MARGIN for key in ("first_sent", "last_sent"))


def furthest(run: dict[str, Any]) -> float:
    """The greatest distance in seconds between computed and measured, in all that a run of a record stands for."""
    away = [0.0]
    for row in run["rows"]:
        if isinstance(row["measured"], float) and _number(row["computed"]):
            seen = (row["measured"], *row.get("spread", ()))
            away += [abs(row["computed"] - value) for value in seen if _number(value)]
    return round(max(away), 2)


def kind(what: str) -> str:
    """A row without how many requests its client sent, which differs from run to run."""
    return re.sub(r" of \d+ requests$", "", what)


def merged(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Runs of one pod on one Envoy as one: the run that is farthest from what was computed, with the spread of all.

    `of` says how many there were; the `spread` of a row is its least and greatest value where they differ.
    """
    kept = max(runs, key=lambda run: (run["verdict"] == "differs", furthest(run)))
    if len(runs) == 1:
        return kept
    for row in kept["rows"]:
        seen = [other["measured"] for run in runs for other in run["rows"] if kind(other["what"]) == kind(row["what"])]
        if len(set(seen)) > 1:
            row["spread"] = (
                [min(seen), max(seen)] if all(map(_number, seen)) else sorted({str(value) for value in seen})
            )
    loads = [run["load"] for run in runs]
    agreed = sum(run["verdict"] == "agrees" for run in runs)
    return kept | {"of": {"times": len(runs), "agreed": agreed, "load": [min(loads), max(loads)]}}


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _row(what: str, computed: Any, found: Any) -> dict[str, Any]:
    agrees = abs(computed - found) <= TOLERANCE if _number(computed) and _number(found) else computed == found
    return {"what": what, "computed": computed, "measured": found, "agrees": agrees}


def wanted(line: Timeline, value: Any) -> Any:
    """`proxy.envoy_killed` or `web.end` as the timeline has it; anything else as it stands."""
    if not isinstance(value, str) or "." not in value:
        return value
    owner, _, name = value.partition(".")
    part = line.proxy if owner == "proxy" else line.containers.get(owner)
    return getattr(part, name) if part is not None and hasattr(part, name) else value


def _find(seen: dict[str, Any], path: str) -> Any:
    """A value of a run: `new.first_refused`, `idle.closed`, `slow.result`, `istio-proxy.exit_code`.

    `lost.new` is how many were lost, `cause.new` why the first was, `refused.new` when the first was refused, and
    `log.There are still` when the agent first said that.
    """
    owner, _, name = path.partition(".")
    if owner == "log":
        return next((at for at, text in seen["agent_log"] if text.startswith(name)), None)
    if owner == "lost":
        return sum(loss["requests"] for loss in seen["lost"] if loss["client"] == name)
    if owner in ("cause", "refused"):
        causes = [
            loss for loss in seen["lost"] if loss["client"] == name and (owner == "cause" or loss["cause"] == owner)
        ]
        return causes[0]["cause" if owner == "cause" else "first_sent"] if causes else None
    if owner == "slow":
        return str(seen["request_in_flight"][0][name]).split()[0]
    part = seen["containers"].get(owner) or seen["clients"].get(owner) or seen.get(RECORDED.get(owner, "")) or {}
    return part.get(name)


def write(path: Path, record: dict[str, Any]) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    try:
        new.write_text(_json(record) + "\n", encoding="utf-8")
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)


def _json(value: Any, indent: int = 0) -> str:
    """JSON with what fits on a line on one line: small, and still read by people."""
    flat = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if len(flat) + indent <= 118 or not value or not isinstance(value, dict | list):
        return flat
    pad, end = "\n" + " " * (indent + 1), "\n" + " " * indent
    if isinstance(value, dict):
        parts = [f"{json.dumps(key, ensure_ascii=False)}: {_json(item, indent + 1)}" for key, item in value.items()]
        return "{" + pad + f",{pad}".join(parts) + end + "}"
    return "[" + pad + f",{pad}".join(_json(item, indent + 1) for item in value) + end + "]"


def provenance(envoy: str, version: str) -> dict[str, Any]:
    """Who measured, and when. `envoy` is the minor release, `version` the exact one; both "" where none ran."""
    return {
        "envoy": envoy,
        "version": version,
        "machine": machine(),
        "date": time.strftime("%Y-%m-%d"),
        "load": round(os.getloadavg()[0], 2),
    }
