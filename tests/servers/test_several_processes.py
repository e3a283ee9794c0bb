"""What a client meets while a server of several worker processes stops: a listener that is open and served by nobody."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.servers.clients import Http
from tests.servers.process import PATIENCE, Server, free_port

APP = """
async def app(scope, receive, send):
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})
"""


@pytest.fixture
def uvicorn(tmp_path: Path) -> Iterator[Callable[[int], Server]]:
    with ExitStack() as stack:

        def run(workers: int) -> Server:
            (tmp_path / "app.py").write_text(APP, encoding="utf-8")
            port = free_port()
            argv = [sys.executable, "-m", "uvicorn", "app:app", "--lifespan", "off"]
            argv += ["--app-dir", str(tmp_path), "--port", str(port), "--workers", str(workers)]
            server = Server(argv, port, tmp_path / "log", os.environ | {"PYTHONUNBUFFERED": "1"})
            stack.callback(server.kill)
            return server.listening()

        yield run


def hanging(server: Server) -> Http:
    """A connection that is accepted and gets no answer."""
    while server.since < PATIENCE:
        client = Http(server.port)
        client._socket.settimeout(1)
        try:
            client.begin()
        except TimeoutError:
            return client
        except ConnectionError:
            pass
        client.close()
    raise AssertionError("each connection was answered")


def test_with_one_process_uvicorn_refuses_at_once(uvicorn: Callable[[int], Server]) -> None:
    server = uvicorn(1)
    slow = Http(server.port)
    slow.begin()
    server.terminate()
    server.refuses()
    server.must_go_on(1)
    assert slow.finish()
    slow.close()


def test_with_two_processes_uvicorn_lets_new_connections_hang_and_resets_them_at_its_end(
    uvicorn: Callable[[int], Server],
) -> None:
    server = uvicorn(2)
    slow = Http(server.port)
    slow.begin()
    server.terminate()
    late = hanging(server)
    server.must_go_on()
    assert slow.finish()
    slow.close()
    assert server.exit_status() == 0, server.log()
    with pytest.raises(ConnectionResetError):
        late._socket.recv(1)
    with suppress(OSError):
        late.close()
