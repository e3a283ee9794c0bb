"""Starts a server as a process of its own: a program of snippets/servers, or one that is installed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from tests.docs.pages import ROOT

SERVERS = ROOT / "snippets" / "servers"
PATIENCE = 20.0  # seconds for what should happen at once, on a busy machine


#: What runs the programs that are not Python.
TOOLCHAINS = {".go": "go", ".js": "node", ".java": "java"}


def command(program: Path, folder: Path) -> list[str | Path]:
    """The command line of a program; one that has to be compiled is compiled into `folder`."""
    match program.suffix:
        case ".go":  # `go run` passes no signal on
            binary = folder / program.stem
            subprocess.run(["go", "build", "-o", binary, program], check=True)
            return [binary]
        case ".js" | ".java":
            return [TOOLCHAINS[program.suffix], program]
    if program.name == "gunicorn_wsgi.py":
        return [sys.executable, "-m", "gunicorn", "-c", program]
    return [sys.executable, program]


class Server:
    """A started server. `since` counts seconds from the first signal that asks it to stop."""

    def __init__(self, argv: Sequence[str | Path], port: int, log: Path, env: Mapping[str, str] | None = None) -> None:
        self.port = port
        self._log = log
        self._terminated: float | None = None
        with log.open("wb") as out:
            # A session of its own: whatever the program starts ends with it.
            self._process = subprocess.Popen(argv, env=env, stdout=out, stderr=out, start_new_session=True)

    def listening(self) -> Self:
        """Waits until the port answers."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.must_run()
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                time.sleep(0.02)
        raise AssertionError(f"nothing listens after {PATIENCE:g} s\n{self.log()}")

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def must_run(self) -> None:
        assert self._process.poll() is None, f"it has exited with {self._process.returncode}\n{self.log()}"

    def must_go_on(self, seconds: float = 0.3) -> None:
        """Looks for some time whether it exits, which it must not."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return
        self.must_run()

    def refuses(self) -> None:
        """Waits until the port takes no new connection: with a master process that comes a moment after the rest."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except (ConnectionRefusedError, ConnectionResetError):
                return
            time.sleep(0.02)
        raise AssertionError(f"it still takes connections after {PATIENCE:g} s\n{self.log()}")

    def terminate(self, number: signal.Signals = signal.SIGTERM) -> None:
        if self._terminated is None:
            self._terminated = time.monotonic()
        self._process.send_signal(number)

    @property
    def since(self) -> float:
        assert self._terminated is not None
        return time.monotonic() - self._terminated

    def exit_status(self, within: float = PATIENCE) -> int:
        try:
            return self._process.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still there after {within:g} s\n{self.log()}") from None

    def kill(self) -> None:
        """Ends it and all it started, whatever state they are in."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


class Running(Server):
    """A started program of snippets/servers."""

    def __init__(self, name: str, log: Path, **settings: str | int) -> None:
        port = free_port()
        env = os.environ | {"PORT": str(port), "PYTHONUNBUFFERED": "1"}
        env |= {key: str(value) for key, value in settings.items()}
        super().__init__(command(SERVERS / name, log.parent), port, log, env)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
