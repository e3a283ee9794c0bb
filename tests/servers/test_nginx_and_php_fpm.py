"""What docs/*/servers/nginx.md and php-fpm.md say of two servers that are installed, not written here: each is stopped.

nginx and PHP-FPM run with the settings of their manifests in examples/nginx. The client of nginx is slow to read, that
of PHP-FPM slow to send, and both go on when the test says so.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import struct
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, TypeVar

import pytest
import yaml

from tests.docs.pages import ROOT
from tests.servers.clients import Socket
from tests.servers.process import Server, free_port

FOLDERS = f"{os.environ['PATH']}:/usr/sbin"
NGINX = shutil.which("nginx", path=FOLDERS)
PHP_FPM = next(
    (str(path) for folder in FOLDERS.split(":") for path in sorted(Path(folder).glob("php-fpm*"), reverse=True)), None
)
SIZE = 64_000_000  # more than the kernel's buffers hold, so that nginx waits for its client

needs_nginx = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
needs_php_fpm = pytest.mark.skipif(PHP_FPM is None, reason="php-fpm is not installed")


def configuration(example: str, file: str) -> str:
    """A file of the ConfigMap of an example."""
    [config] = [
        document
        for document in yaml.safe_load_all((ROOT / "examples/nginx" / example).read_text(encoding="utf-8"))
        if document["kind"] == "ConfigMap"
    ]
    return str(config["data"][file])


def replaced(text: str, pattern: str, by: str) -> str:
    text, count = re.subn(pattern, by, text)
    assert count == 1, f"{pattern} stands {count} times in\n{text}"
    return text


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


Client = TypeVar("Client", bound=Socket)
Kept = Callable[[Client], Client]


@pytest.fixture
def kept(stack: ExitStack) -> Kept[Any]:
    """Closes a client at the end of the test, whatever becomes of it."""

    def keep(client: Client) -> Client:
        stack.callback(client.close)
        return client

    return keep


# nginx


class Download(Socket):
    """A client that has asked for a large file, and has read how it begins."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self._socket.sendall(b"GET /large HTTP/1.1\r\nHost: pod\r\n\r\n")
        assert self._socket.recv(17, socket.MSG_WAITALL) == b"HTTP/1.1 200 OK\r\n"

    def received(self) -> int:
        """How many bytes of the file come, until it is whole or the connection ends."""
        got = b""
        while b"\r\n\r\n" not in got:
            got += self._socket.recv(1)
        count = 0
        with suppress(ConnectionResetError):
            while count < SIZE and (data := self._socket.recv(1 << 20)):
                count += len(data)
        return count


class KeptAlive(Socket):
    """A client whose request is answered, and that keeps its connection."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self._socket.sendall(b"GET /ready HTTP/1.1\r\nHost: pod\r\n\r\n")
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += self._socket.recv(1)
        assert b"204 No Content" in answer
        assert b"Connection: keep-alive" in answer


StartNginx = Callable[..., Server]


@pytest.fixture
def nginx(tmp_path: Path, stack: ExitStack) -> StartNginx:
    def run(limit: str | None = "20s") -> Server:
        text = configuration("quit-is-its-graceful-signal.yaml", "nginx.conf")
        port = free_port()
        (tmp_path / "large").touch()
        os.truncate(tmp_path / "large", SIZE)
        text = replaced(text, r"(?<=pid )/tmp/nginx\.pid", str(tmp_path / "nginx.pid"))
        text = replaced(text, r"(?<=listen )8080", f"127.0.0.1:{port}")
        text = replaced(text, r"(?<=root )/srv/downloads", str(tmp_path))
        text = replaced(text, r"worker_shutdown_timeout 20s;", f"worker_shutdown_timeout {limit};" if limit else "")
        own = "".join(f"{name}_temp_path {tmp_path};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        text = replaced(text, r"http \{", f"http {{ access_log off; {own}")
        (tmp_path / "nginx.conf").write_text(text, encoding="utf-8")
        server = Server([*_nginx(tmp_path), "-g", "daemon off; user root;"], port, tmp_path / "nginx.log")
        stack.callback(server.kill)
        return server.listening()

    return run


def _nginx(folder: Path) -> list[str]:
    return [str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]


@needs_nginx
def test_nginx_finishes_a_download_on_sigquit_and_closes_its_listener_and_idle_connections_at_once(
    nginx: StartNginx, kept: Kept[Any]
) -> None:
    server = nginx()
    slow, idle = kept(Download(server.port)), kept(KeptAlive(server.port))
    server.terminate(signal.SIGQUIT)
    idle.closed()
    server.refuses()
    server.must_go_on()
    assert slow.received() == SIZE
    assert server.exit_status() == 0
    assert server.since < 15, "it has nothing to wait for"


@needs_nginx
def test_nginx_drops_a_download_on_sigterm(nginx: StartNginx, kept: Kept[Any]) -> None:
    server = nginx()
    slow = kept(Download(server.port))
    server.terminate()
    assert server.exit_status() == 0
    assert slow.received() < SIZE


@needs_nginx
def test_nginx_has_the_limit_that_it_is_given_and_no_other(nginx: StartNginx, kept: Kept[Any]) -> None:
    server = nginx("2s")
    slow = kept(Download(server.port))
    server.terminate(signal.SIGQUIT)
    assert server.exit_status() == 0
    assert 1.9 < server.since < 10
    assert slow.received() < SIZE

    server = nginx(None)
    slow = kept(Download(server.port))
    server.terminate(signal.SIGQUIT)
    server.must_go_on(4)
    assert slow.received() == SIZE


@needs_nginx
def test_a_quit_command_returns_at_once_and_the_listener_is_closed(
    nginx: StartNginx, kept: Kept[Any], tmp_path: Path
) -> None:
    server = nginx()
    slow = kept(Download(server.port))
    subprocess.run([*_nginx(tmp_path), "-s", "quit"], check=True, timeout=10)
    server.refuses()
    server.must_go_on()
    assert slow.received() == SIZE


# PHP-FPM

SCRIPT = """<?php
echo "begun\n";
flush();
echo strlen(file_get_contents("php://input")), " bytes";
"""


class FastCgi(Socket):
    """One request on a connection of its own, as nginx makes them; its script runs and waits for the rest of the body."""

    def __init__(self, port: int, script: Path) -> None:
        super().__init__(port)
        params = {"SCRIPT_FILENAME": str(script), "REQUEST_METHOD": "PUT", "CONTENT_LENGTH": "10"}
        pairs = b"".join(bytes([len(key), len(value)]) + f"{key}{value}".encode() for key, value in params.items())
        begin = struct.pack(">HB5x", 1, 0)  # a responder; the connection ends with the request
        self._socket.sendall(_record(1, begin) + _record(4, pairs) + _record(4) + _record(5, b"12345"))

    def begun(self) -> None:
        got = b""
        while b"begun" not in got:
            data = self._socket.recv(1024)
            if not data:
                raise ConnectionResetError(f"closed after {got!r}")
            got += data

    def finish(self) -> str:
        self._socket.sendall(_record(5, b"67890") + _record(5))
        answer = self.received()
        self.close()  # as nginx does; PHP-FPM waits for it
        return answer

    def received(self) -> str:
        got = b""
        with suppress(ConnectionResetError):
            while data := self._socket.recv(1024):
                got += data
        return got.decode(errors="replace")


def _record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack(">BBHHBx", 1, kind, 1, len(body), 0) + body


StartFpm = Callable[[str], tuple[Server, Path]]


@pytest.fixture
def php_fpm(tmp_path: Path, stack: ExitStack) -> StartFpm:
    def run(shutdown: str) -> tuple[Server, Path]:
        port, script = free_port(), tmp_path / "index.php"
        script.write_text(SCRIPT, encoding="utf-8")
        pool = f"[www]\nuser = root\ngroup = root\nlisten = 127.0.0.1:{port}\npm = static\npm.max_children = 2\n"
        (tmp_path / "www.conf").write_text(pool, encoding="utf-8")
        (tmp_path / "zz-shutdown.conf").write_text(shutdown, encoding="utf-8")
        main = tmp_path / "php-fpm"
        main.write_text(f"[global]\nerror_log = /dev/stderr\ninclude = {tmp_path}/*.conf\n", encoding="utf-8")
        server = Server([str(PHP_FPM), "-n", "-F", "-R", "-y", main], port, tmp_path / "php-fpm.log")
        stack.callback(server.kill)
        return server.listening(), script

    return run


SHUTDOWN = configuration("php-fpm-stops-after-nginx.yaml", "zz-shutdown.conf")


@needs_php_fpm
@pytest.mark.parametrize(
    ("number", "shutdown"), [(signal.SIGQUIT, ""), (signal.SIGTERM, ""), (signal.SIGTERM, SHUTDOWN)]
)
def test_php_fpm_cuts_its_requests_on_sigterm_and_by_default_on_sigquit_too(
    php_fpm: StartFpm, kept: Kept[Any], number: signal.Signals, shutdown: str
) -> None:
    server, script = php_fpm(shutdown)
    slow = kept(FastCgi(server.port, script))
    slow.begun()
    server.terminate(number)
    assert slow.received() == ""
    assert server.exit_status() == 0
    assert server.since < 5, "with the manifest's limit it would have waited for so long"


@needs_php_fpm
def test_php_fpm_finishes_with_the_manifests_limit_and_lets_new_connections_hang_meanwhile(
    php_fpm: StartFpm, kept: Kept[Any]
) -> None:
    server, script = php_fpm(replaced(SHUTDOWN, "= 5s", "= 60s"))
    slow = kept(FastCgi(server.port, script))
    slow.begun()
    server.terminate(signal.SIGQUIT)
    server.must_go_on()
    hangs = kept(FastCgi(server.port, script))
    server.must_go_on()
    assert "10 bytes" in slow.finish()
    assert server.exit_status() == 0
    with pytest.raises(ConnectionResetError):
        hangs.begun()


@needs_php_fpm
def test_php_fpm_cuts_at_its_limit(php_fpm: StartFpm, kept: Kept[Any]) -> None:
    server, script = php_fpm(replaced(SHUTDOWN, "= 5s", "= 2s"))
    slow = kept(FastCgi(server.port, script))
    slow.begun()
    server.terminate(signal.SIGQUIT)
    assert slow.received() == ""
    assert 1.9 < server.since < 10
    assert server.exit_status() == 0


@needs_php_fpm
def test_php_fpm_prints_the_limit_in_force_where_the_page_looks_for_it(php_fpm: StartFpm, tmp_path: Path) -> None:
    (tmp_path / "docker.conf").write_text("[global]\nprocess_control_timeout = 7s\n", encoding="utf-8")
    php_fpm(SHUTDOWN)
    shown = subprocess.run(
        [str(PHP_FPM), "-n", "-R", "-tt", "-y", tmp_path / "php-fpm"],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    assert "process_control_timeout = 5s" in shown.stdout + shown.stderr
