"""Outlier detection of a real Envoy: from how many pods on it ejects one that is gone, and that the spot example's does.

What istiod makes of a DestinationRule is `applyOutlierDetection` of istio/istio @ 86c9f01fd735,
pilot/pkg/networking/core/cluster_traffic_policy.go: it sets no `always_eject_one_host`.
"""

from __future__ import annotations

import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
import yaml
from lab.envoy import address, arguments, binary, typed
from lab.wire import HOST, ends_with_us, free_ports

from tests.docs.pages import ROOT

EXAMPLE = ROOT / "examples" / "spot-node" / "fits-the-120-second-notice.yaml"
FAILURES = 3  # in a row, until a host is ejected
ROUNDS = 5  # requests that each host gets


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is written beside the test's own words."""


def configuration(listener: int, admin: int, hosts: list[int], most: int | None) -> dict[str, Any]:
    """Envoy as a caller of `hosts`. `most` is `maxEjectionPercent`, None where the rule does not set it."""
    outlier = {"consecutive_gateway_failure": FAILURES, "enforcing_consecutive_gateway_failure": 100}
    outlier |= {"enforcing_success_rate": 0} | ({} if most is None else {"max_ejection_percent": most})
    cluster = {
        "name": "service",
        "connect_timeout": "1s",
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
        "outlier_detection": {**outlier, "interval": "5s", "base_ejection_time": "60s"},
        "load_assignment": {
            "cluster_name": "service",
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address(port)}} for port in hosts]}],
        },
    }
    route = {"name": "all", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "service"}}]}
    http = typed(
        "envoy.filters.network.http_connection_manager",
        "filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix="caller",
        route_config={"virtual_hosts": [route]},
        http_filters=[typed("envoy.filters.http.router", "filters.http.router.v3.Router")],
    )
    listeners = [{"address": address(listener), "filter_chains": [{"filters": [http]}]}]
    return {
        "admin": {"address": address(admin)},
        "static_resources": {"listeners": listeners, "clusters": [cluster]},
    }


@contextmanager
def caller(pods: int, most: int | None) -> Iterator[tuple[int, int]]:
    """The port of an Envoy that calls `pods` pods, the last of which is gone, and that of its admin interface."""
    listener, admin, *hosts = free_ports(pods + 2)
    with ExitStack() as stack:
        for port in hosts[:-1]:
            server = stack.enter_context(ThreadingHTTPServer((HOST, port), Answers))
            Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
        command = [str(binary()), *arguments(5, configuration(listener, admin, hosts, most), concurrency=1)]
        envoy = subprocess.Popen(command, preexec_fn=ends_with_us())
        stack.callback(envoy.wait)
        stack.callback(envoy.kill)
        _wait_for(listener)
        yield listener, admin


def _wait_for(port: int) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"Envoy does not listen on {port}")


def _wait_for_verdict(admin: int) -> None:
    """Until the host that failed is ejected, or kept because of the limit: Envoy's main thread decides it, while the
    thread that answers goes on."""
    for _ in range(600):
        connection = HTTPConnection(HOST, admin, timeout=10)
        connection.request("GET", "/stats?filter=outlier_detection.ejections_(active|overflow)$")
        counts = re.findall(r": (\d+)$", connection.getresponse().read().decode(), re.MULTILINE)
        connection.close()
        if any(map(int, counts)):
            return
        time.sleep(0.1)
    raise AssertionError("Envoy neither ejects the host that failed nor says that it may not")


def lost(pods: int, most: int | None) -> int:
    """How many of ROUNDS requests for each pod got no 200."""
    with caller(pods, most) as (port, admin):
        connection = HTTPConnection(HOST, port, timeout=10)
        statuses = []
        for _ in range(pods * ROUNDS):
            connection.request("GET", "/")
            response = connection.getresponse()
            response.read()
            statuses.append(response.status)
            if statuses[-1] != 200 and len(statuses) - statuses.count(200) == FAILURES:
                _wait_for_verdict(admin)
        connection.close()
    return sum(status != 200 for status in statuses)


@pytest.mark.lab
@pytest.mark.parametrize(("pods", "most", "failed"), [(9, None, ROUNDS), (10, None, FAILURES), (9, 12, FAILURES)])
def test_the_default_of_ten_percent_ejects_none_of_fewer_than_ten_pods(
    pods: int, most: int | None, failed: int
) -> None:
    assert lost(pods, most) == failed


@pytest.mark.lab
def test_the_rule_of_the_spot_example_ejects_a_pod_whose_node_is_gone() -> None:
    documents = {document["kind"]: document for document in yaml.safe_load_all(EXAMPLE.read_text(encoding="utf-8"))}
    pods = documents["Deployment"]["spec"]["replicas"]
    rule = documents["DestinationRule"]["spec"]["trafficPolicy"]["outlierDetection"]
    assert rule["consecutiveGatewayErrors"] == FAILURES
    assert (lost(pods, None), lost(pods, rule["maxEjectionPercent"])) == (ROUNDS, FAILURES)
