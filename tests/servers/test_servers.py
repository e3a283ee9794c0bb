"""Every server of snippets/servers, stopped as the kubelet stops it: what its clients see, how it exits and when.

A request lasts until its client sends the second half, so order is asserted by events; times have wide margins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.servers.clients import Connection, Grpc, Http, Refused, Tcp
from tests.servers.conftest import Start
from tests.servers.process import PATIENCE, Running

SERVES: dict[str, type[Any]] = {
    "stdlib_http.py": Http,
    "uvicorn_starlette.py": Http,
    "gunicorn_wsgi.py": Http,
    "aiohttp_web.py": Http,
    "grpc_aio.py": Grpc,
    "asyncio_tcp.py": Tcp,
    "net_http.go": Http,
    "node_http.js": Http,
    "JdkHttp.java": Http,
}
# gunicorn's workers, who answer, hear of SIGTERM after the delay.
ASKS_CLIENTS_TO_GO = [
    "stdlib_http.py",
    "uvicorn_starlette.py",
    "aiohttp_web.py",
    "net_http.go",
    "node_http.js",
    "JdkHttp.java",
]
# It has no call that closes idle connections, and goes on answering on them; its page says so.
KEEPS_IDLE_CONNECTIONS = ["JdkHttp.java"]
every_server = pytest.mark.parametrize("name", SERVES)


@pytest.fixture
def connect() -> Iterator[Callable[[str, Running], Connection]]:
    with ExitStack() as stack:

        def open_one(name: str, server: Running) -> Connection:
            connection: Connection = SERVES[name](server.port)
            stack.callback(connection.close)
            return connection

        yield open_one


def ask(name: str, server: Running) -> str:
    """A whole request on a connection of its own."""
    connection: Connection = SERVES[name](server.port)
    try:
        connection.begin()
        return connection.finish()
    finally:
        connection.close()


@every_server
def test_it_accepts_during_the_delay_then_finishes_what_it_has_and_exits_0(
    name: str, start: Start, connect: Callable[[str, Running], Connection]
) -> None:
    delay, limit = 2, 60
    server = start(name, ACCEPTS_AFTER_SIGTERM=delay, APP_SHUTDOWN=limit).listening()
    idle, slow = connect(name, server), connect(name, server)
    idle.begin()
    idle.finish()
    slow.begin()
    ask(name, server)  # a server that answers this one has accepted the two before it

    server.terminate()
    answers = []
    while True:
        try:
            answers.append(ask(name, server))
        # ConnectionError: accepted by the kernel, or by gRPC, for a server that stops at this very moment.
        except (Refused, ConnectionError):
            break
        server.must_go_on(0.02)
        assert server.since < delay + PATIENCE, f"it goes on accepting\n{server.log()}"
    assert server.since > delay - 0.05, f"refused after {server.since:.2f} s, before the delay was over\n{server.log()}"
    assert answers
    if name in ASKS_CLIENTS_TO_GO:
        assert "connection: close" in answers[-1]

    server.terminate()
    server.must_go_on()
    with pytest.raises(Refused):
        ask(name, server)
    if name in KEEPS_IDLE_CONNECTIONS:
        idle.begin()
        assert "connection: close" in idle.finish()
    idle.closed()
    assert slow.finish()
    answered = server.since
    assert server.exit_status() == 0, server.log()
    assert server.since < answered + 10, "it has nothing to wait for"


@every_server
def test_a_client_that_never_closes_is_cut_by_the_limit_of_the_server(
    name: str, start: Start, connect: Callable[[str, Running], Connection]
) -> None:
    limit = 4
    server = start(name, ACCEPTS_AFTER_SIGTERM=0, APP_SHUTDOWN=limit).listening()
    silent, slow = connect(name, server), connect(name, server)
    slow.begin()
    ask(name, server)

    server.terminate()
    server.must_go_on()
    server.terminate()
    slow.closed()
    assert server.since > limit - 1.05, "the last second is for the exit, the time before it for the requests"
    assert server.exit_status() == 0, server.log()
    assert server.since < limit + 5, server.log()
    silent.close()


def test_net_http_drops_a_first_request_that_it_reads_after_shutdown_began(
    start: Start, connect: Callable[[str, Running], Connection]
) -> None:
    name = "net_http.go"
    server = start(name, ACCEPTS_AFTER_SIGTERM=0, APP_SHUTDOWN=60).listening()
    slow, unused = connect(name, server), connect(name, server)
    slow.begin()
    ask(name, server)
    server.terminate()
    while not refuses(name, server):
        server.must_go_on(0.02)
    with pytest.raises(ConnectionError):
        unused.begin()
    slow.finish()
    assert server.exit_status() == 0, server.log()


def refuses(name: str, server: Running) -> bool:
    try:
        ask(name, server)
    except (Refused, ConnectionError):
        return True
    return False
