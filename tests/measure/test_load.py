"""The load client of snippets/measure: what it prints of a server that stays, of one that goes, and of a command that fails."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.servers.process import PATIENCE, free_port

FOLDER = Path(__file__).parents[2] / "snippets" / "measure"
SERVER = "import http.server, sys; http.server.ThreadingHTTPServer(('', int(sys.argv[1])), {}).serve_forever()"
ANSWERS = (
    "type('H', (http.server.SimpleHTTPRequestHandler,), {'protocol_version': 'HTTP/1.1', 'log_message': lambda *a: 0})"
)
COUNTS = ANSWERS.removesuffix("})") + (
    ", 'setup': lambda self: (open('connections', 'a').write('x'), http.server.SimpleHTTPRequestHandler.setup(self))})"
)
FORGETS = ANSWERS.removesuffix("})") + ", 'timeout': 0.3})"  # idle connections, long before the next request
BUSY = (
    "type('H', (http.server.BaseHTTPRequestHandler,), {'log_message': lambda *a: 0, 'do_GET': "
    "lambda self: (self.send_response(503), self.end_headers(), self.wfile.write(b'no healthy upstream'))})"
)


def listening(port: int) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)


def load(handler: str, command: list[str], tmp_path: Path) -> tuple[int, str]:
    """Exit status and output of the client, with a server whose process id stands for PID in the command."""
    port = free_port()
    with subprocess.Popen([sys.executable, "-c", SERVER.format(handler), str(port)], cwd=tmp_path) as server:
        try:
            listening(port)
            shown = [word.replace("PID", str(server.pid)) for word in command]
            limits = ["--rate", "8", "--before", "2", "--after", "3"]
            program = [sys.executable, str(FOLDER / "load.py"), f"http://127.0.0.1:{port}/", *limits, "--", *shown]
            done = subprocess.run(program, capture_output=True, text=True, timeout=60)
        finally:
            server.kill()
    return done.returncode, done.stdout + done.stderr


def test_a_server_that_stays_fails_nothing(tmp_path: Path) -> None:
    status, text = load(ANSWERS, ["true"], tmp_path)
    assert status == 0
    assert re.fullmatch(r"0 of \d\d requests failed\n", text), text


def test_half_of_the_clients_open_connections_and_half_keep_one(tmp_path: Path) -> None:
    _, text = load(COUNTS, ["true"], tmp_path)
    sent = int(re.findall(r"of (\d+) requests", text)[0])
    connections = len((tmp_path / "connections").read_text()) - 1  # one of them looked whether the server listens
    assert abs(connections - 4 - sent / 2) <= 4, "a connection a request, and one for each of the four that keep theirs"


def test_a_connection_that_the_server_has_let_go_is_no_failure(tmp_path: Path) -> None:
    status, text = load(FORGETS, ["true"], tmp_path)
    assert status == 0 and text.startswith("0 of "), text


def test_a_server_that_goes_is_told_by_second_and_kind(tmp_path: Path) -> None:
    status, text = load(ANSWERS, ["kill", "-9", "PID"], tmp_path)
    assert status == 0
    assert re.search(r"(?m)^   [0-2] s +[1-4] new  ConnectionRefusedError$", text), text
    assert re.search(r"(?m)^   [0-2] s +[1-4] kept Connection\w+Error$", text), text
    assert not re.search(r"(?m)^ +-", text), f"nothing fails before the command:\n{text}"


def test_an_answer_of_the_proxy_is_told_with_its_text(tmp_path: Path) -> None:
    status, text = load(BUSY, ["true"], tmp_path)
    assert status == 0
    assert re.search(r"(?m)^  -[12] s +[1-4] new  503 no healthy upstream$", text), text
    (failed, sent) = re.findall(r"(\d+) of (\d+) requests failed", text)[0]
    assert failed == sent != "0"


def test_a_command_that_fails_is_said(tmp_path: Path) -> None:
    status, text = load(ANSWERS, ["false"], tmp_path)
    assert status == 1
    assert "the command ended with 1: nothing was measured" in text


@pytest.mark.parametrize(("name", "most"), [("load.py", 60), ("restart.py", 25)])
def test_it_is_short_enough_to_be_read_whole(name: str, most: int) -> None:
    assert len((FOLDER / name).read_text(encoding="utf-8").splitlines()) <= most
