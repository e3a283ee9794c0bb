"""Manifests made at random from a number: the settings that rules look at, right and wrong, some as JSON, some damaged."""

from __future__ import annotations

import json
import random
from typing import Any

import yaml

_SCRIPTS = (
    "sleep 5", "sleep 2.5s && nginx -s quit", "sleep $DELAY", "for i in 1 2 3; do sleep 1; done", "kill 1; sleep 10",
    "while curl -s localhost:8080/busy; do sleep 1; done", "curl -XPOST http://localhost:15020/quitquitquit",
    "sleep 5 # 기다립니다", "trap '' TERM; sleep 1m", "(sleep 3 &) ; echo 😀 done", 'sh -c "sleep 7"', "sleep 1h | cat",
)  # fmt: skip
_COMMANDS = (["sleep", "5"], ["sleep", "5", "5s"], ["sh", "-c", "sleep", "30"], ["/bin/sh", "-c"], ["/hook"], ["sleep", "$(N)"])  # fmt: skip
_IMAGES = ("nginx:1.27", "gcr.io/distroless/static", "busybox", "registry.local:5000/팀/app@sha256:ab", "cgr.dev/chainguard/go")  # fmt: skip
_DURATIONS = ("5s", "45s", "1m30s", "35", 35, "1.5s", "0s", "-3s", "1d", "", None, True, {"seconds": 5})
_KEYS = ("terminationDrainDuration", "drainDuration", "drainDurations", "termination_drain_duration", "parentShutdownDuration", "concurrency")  # fmt: skip
_VARIABLES = ("EXIT_ON_ZERO_ACTIVE_CONNECTIONS", "MINIMUM_DRAIN_DURATION", "MINIMUM_DRAIN_DURATIONS", "OWN")
_KINDS = {"Deployment": "apps/v1", "StatefulSet": "apps/v1", "DaemonSet": "apps/v1", "Job": "batch/v1", "Pod": "v1", "Rollout": "argoproj.io/v1alpha1"}  # fmt: skip
_NAMES = ("web", "istio-proxy", "웹", "<b>web</b>", "a" * 70)


def manifest(number: int) -> str:
    """The manifest of a number: always the same one."""
    pick = random.Random(number)
    objects = [_workload(pick) for _ in range(pick.choice((1, 1, 1, 2, 3)))]
    if pick.random() < 0.3:
        objects.append(_service(pick))
    if pick.random() < 0.15:
        return json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}, ensure_ascii=False, indent=2)
    text = yaml.safe_dump_all(objects, allow_unicode=True, sort_keys=False, width=pick.choice((40, 1000)))
    return _damaged(pick, text) if pick.random() < 0.2 else text


def _workload(pick: random.Random) -> dict[str, Any]:
    kind = pick.choice(list(_KINDS))
    spec: dict[str, Any] = {"containers": [_container(pick) for _ in range(pick.choice((1, 1, 2)))]}
    if pick.random() < 0.7:
        spec["terminationGracePeriodSeconds"] = pick.choice((0, 1, 5, 30, 45, 120, "30", -1))
    if pick.random() < 0.3:
        sidecar = {"name": "istio-proxy", "image": f"docker.io/istio/proxyv2:1.{pick.randint(17, 31)}.2", "args": ["proxy", "sidecar"]}  # fmt: skip
        if pick.random() < 0.5:
            spec["initContainers"] = [{**sidecar, "restartPolicy": "Always"}]
        else:
            spec["containers"].append(sidecar)
    metadata = {"labels": {"app": "web", **({"sidecar.istio.io/inject": "true"} if pick.random() < 0.5 else {})}}
    body = {"metadata": {**metadata, "annotations": _annotations(pick)}, "spec": spec}
    head = {"apiVersion": _KINDS[kind], "kind": kind, "metadata": {"name": f"web-{pick.randint(1, 9)}"}}
    if kind == "Pod":
        return {**head, **body, "metadata": {**head["metadata"], **body["metadata"]}}  # type: ignore[dict-item]
    return {**head, "spec": {"replicas": pick.choice((0, 1, 3)), "template": body}}


def _container(pick: random.Random) -> dict[str, Any]:
    container: dict[str, Any] = {"name": pick.choice(_NAMES), "image": pick.choice(_IMAGES)}
    if pick.random() < 0.6:
        container["ports"] = [{"containerPort": pick.choice((8080, 9090))}]
    if pick.random() < 0.4:
        container["command"] = pick.choice((["sh", "-c", "./app | tee log"], ["npm", "start"], ["/app"], ["tini", "--", "sh", "-c", "app; true"]))  # fmt: skip
    if pick.random() < 0.7:
        container["lifecycle"] = {"preStop": _hook(pick)}
    return container


def _hook(pick: random.Random) -> dict[str, Any]:
    return pick.choice(
        (
            {"sleep": {"seconds": pick.choice((0, 5, 40, -1))}},
            {"exec": {"command": ["sh", "-c", pick.choice(_SCRIPTS)]}},
            {"exec": {"command": pick.choice(_COMMANDS)}},
            {"httpGet": {"path": "/stop", "port": 8080}},
            {"exec": {"command": ["sleep", "3"]}, "sleep": {"seconds": 3}},
        )
    )


def _annotations(pick: random.Random) -> dict[str, str]:
    shown: dict[str, str] = {}
    if pick.random() < 0.6:
        settings: dict[str, Any] = {key: pick.choice(_DURATIONS) for key in pick.sample(_KEYS, pick.randint(0, 3))}
        if pick.random() < 0.5:
            values = ("true", "yes", True, "10s", "10", 'a"b')
            settings["proxyMetadata"] = {name: pick.choice(values) for name in pick.sample(_VARIABLES, 2)}
        shown["proxy.istio.io/config"] = yaml.safe_dump(settings, allow_unicode=True)
    for name, choices in {
        "sidecar.istio.io/nativeSidecar": ("true", "false", "maybe"),
        "sidecar.istio.io/native-side": ("true",),
        "timing-rules/app-shutdown": ("20s", "never", "soon"),
        "timing-rules/propagation": ("5s", "12"),
        "timing-rules/istio": ("1.20", "1.31", "0.9"),
        "timing-rules/kubernetes": ("1.27", "1.34"),
        "proxy.istio.io/overrides": ('{"containers": [}', '{"containers": [{"name": "istio-proxy"}]}'),
    }.items():
        if pick.random() < 0.25:
            shown[name] = pick.choice(choices)
    return shown


def _service(pick: random.Random) -> dict[str, Any]:
    ports = [{"port": 80, "targetPort": pick.choice((8080, 9090))}]
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}, "ports": ports}}  # fmt: skip


def _damaged(pick: random.Random, text: str) -> str:
    """The text with one letter taken out or put in, at a place where that may matter."""
    place = pick.randrange(len(text))
    return (
        text[:place]
        + pick.choice(("", ":", "\t", "[", "'", "\x07", "*a ", "&a ", "😀", "\n---\n", "\r\n"))
        + text[place + 1 :]
    )
