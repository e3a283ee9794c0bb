"""Containers that others of their pod need: which is gone first, and when nobody can say."""

from __future__ import annotations

from typing import Any

import pytest
from timing_rules.rules.engine import Finding

from tests.package.inputs import dump, findings, manifest, runs, sleeps, web

POOL = {"name": "pgbouncer", "image": "pgbouncer:1"}
HTTP = {"ports": [{"name": "http", "containerPort": 8080}]}
SERVICE = {
    "apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"},
    "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http"}]},
}  # fmt: skip


def pod_with(*containers: dict[str, Any], kind: str = "Deployment", service: Any = SERVICE, **spec: Any) -> str:
    listed = [{"image": f"{one['name']}:1", **one} for one in containers]
    text = manifest(kind, labels={"app": "web"}, containers=listed, terminationGracePeriodSeconds=60, **spec)
    return text if service is None else text + "---\n" + dump(service)


def gone(text: str, **facts: Any) -> Finding | None:
    found = [one for one in findings(text, **facts) if one.rule == "PT113"]
    assert len(found) <= 1
    return found[0] if found else None


APP = web(**HTTP, **sleeps(10))


def ends(app: float, pool: float) -> dict[str, Any]:
    return {"app_shutdown": {"web": app, "pgbouncer": pool}}


@pytest.mark.parametrize(
    ("pool", "facts", "severity", "says"),
    [
        (POOL, {}, "info", "gets SIGTERM at 0 s and web works until 10 s at least"),
        (POOL | sleeps(9), {}, "info", "gets SIGTERM at 9 s and web works until 10 s"), (POOL | sleeps(10), {}, "", ""),
        (POOL | runs("./wait"), {}, "", ""),
        (POOL, ends(25, 1), "warning", "gone at 1 s and web works until 35 s"),
        (POOL, ends(25, 34.5), "warning", "gone at 34.5 s and web works until 35 s"), (POOL, ends(25, 35), "", ""),
        (POOL, {"app_shutdown": {"web": 25.0}}, "info", "SIGTERM at 0 s"),
        (POOL, {"app_shutdown": {"pgbouncer": 1.0}}, "info", "SIGTERM at 0 s"),
    ],
)  # fmt: skip
def test_an_ordinary_container_that_the_app_needs(
    pool: dict[str, Any], facts: dict[str, Any], severity: str, says: str
) -> None:
    for order in ((APP, pool), (pool, APP)):
        finding = gone(pod_with(*order), **facts)
        assert (finding is not None) is bool(severity)
        if finding is not None:
            place = f"spec.template.spec.containers[{order.index(pool)}]"
            assert (finding.container, str(finding.severity), finding.path) == ("pgbouncer", severity, place)
            assert (
                says in finding.message.en and "pgbouncer" in finding.message.ko and "native sidecar" in finding.fix.en
            )
            mended = pod_with(APP, initContainers=[{**POOL, "restartPolicy": "Always"}])  # the fix, tried
            assert gone(mended, **facts) is None


@pytest.mark.parametrize(
    "name",
    [
        "cloud-sql-proxy",
        "cloudsql-proxy",
        "cloud-sql-auth-proxy",
        "pgpool",
        "proxysql",
        "alloydb-auth-proxy",
        "gce-proxy",
        "pgdog",
    ],
)
def test_by_name_or_by_image(name: str) -> None:
    assert gone(pod_with(APP, {"name": name})) is not None
    assert gone(pod_with(APP, {"name": "db", "image": f"registry.example.com/{name}:1"})) is not None


def test_php_fpm_behind_a_web_server() -> None:
    nginx = {"name": "web", "image": "nginx:1.27", **HTTP, **sleeps(5)}
    for fpm in ({"name": "php-fpm"}, {"name": "app", "image": "php:8.3-fpm-alpine"}):
        finding = gone(pod_with(nginx, fpm))
        assert finding is not None and finding.container == fpm["name"] and "until 5 s" in finding.message.en
        assert gone(pod_with({**nginx, "image": "app:1", "name": "api"}, fpm)) is None


SILENT = [
    pod_with(APP, {"name": "fluent-bit"}), pod_with(APP, {"name": "cache"}), pod_with(APP, {"name": "pgbouncer-exporter"}),
    pod_with(APP, POOL, kind="Job"), pod_with(web(**HTTP), POOL), pod_with(APP), pod_with(POOL),
    # What clients reach serves them, not the container beside it.
    pod_with(POOL | HTTP, {"name": "side", **sleeps(10)}),
    pod_with(POOL, {"name": "pgbouncer-exporter", **sleeps(10)}, service=None),
]  # fmt: skip


@pytest.mark.parametrize("text", SILENT)
def test_who_needs_nobody(text: str) -> None:
    assert gone(text) is None
    assert gone(text, app_shutdown={"web": 25.0, "pgbouncer": 30.0, "fluent-bit": 1.0, "cache": 1.0}) is None


def test_without_a_service_in_sight_the_other_container_is_the_app() -> None:
    assert gone(pod_with(APP, POOL, service=None)) is not None


QUITS = {"exec": {"command": ["curl", "-X", "POST", "localhost:9091/quitquitquit"]}}


@pytest.mark.parametrize(
    ("hook", "facts", "severity"),
    [
        (runs("sh", "-c", "kill -TERM 1"), {"app_shutdown": {"web": 20.0, "db": 1.0}}, "warning"),
        (runs("sh", "-c", "kill -TERM 1"), {"app_shutdown": {"web": 20.0, "db": 29.9}}, "warning"),
        (runs("sh", "-c", "kill -TERM 1"), {"app_shutdown": {"web": 20.0, "db": 30.0}}, ""),
        (runs("sh", "-c", "kill -TERM 1"), {}, "info"), (runs("sh", "-c", "sleep 10; kill -TERM 1"), {}, ""),
        (runs("sh", "-c", "sleep 9; kill -TERM 1"), {}, "info"),
        ({"lifecycle": {"preStop": {"httpGet": {"path": "/quitquitquit", "port": 9091}}}}, {}, "info"),
        ({"lifecycle": {"preStop": {"httpGet": {"path": "/drain", "port": 9091}}}}, {}, ""),
        ({"lifecycle": {"preStop": {"httpGet": {"path": "/shutdown", "port": 4191}}}}, {}, "info"),
        ({"lifecycle": {"preStop": {"httpGet": {"path": "/shutdown", "port": 4190}}}}, {}, ""),
        ({"lifecycle": {"preStop": QUITS}}, {}, "info"), (runs("/cloud-sql-proxy", "shutdown"), {}, "info"),
        (runs("sh", "-c", "sleep 10; curl -X POST localhost:4191/shutdown"), {}, ""), (runs("/app/shutdown"), {}, ""),
        (runs("curl", "-X", "POST", "localhost:4191/shutdown"), {}, "info"), (sleeps(5), {}, ""), ({}, {}, ""),
    ],
)  # fmt: skip
def test_a_native_sidecar_that_its_own_hook_ends(hook: dict[str, Any], facts: dict[str, Any], severity: str) -> None:
    finding = gone(
        pod_with(APP, initContainers=[{"name": "db", "image": "db:1", "restartPolicy": "Always", **hook}]), **facts
    )
    assert (str(finding.severity) if finding is not None else "") == severity
    if finding is not None:
        assert finding.container == "db" and "not restarted" in finding.message.en and "remove" in finding.fix.en
        assert finding.path == "spec.template.spec.initContainers[0].lifecycle.preStop"
