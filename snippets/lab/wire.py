"""What the lab's processes share: HTTP/1.1 on loopback, free ports, children that never outlive their parent."""

from __future__ import annotations

import asyncio
import ctypes
import errno
import json
import os
import random
import re
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

HOST = "127.0.0.1"
Answer = tuple[int, bytes] | tuple[int, bytes, dict[str, str]]  # status, body, headers
Handler = Callable[[str, str], Awaitable[Answer]]
_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
_BLOCK = 20  # ports
_OURS: list[int] = []  # the descriptors that hold our blocks


class LabError(Exception):
    """What stops an experiment: one sentence that says what to do."""


class PortTaken(LabError):
    """Somebody else was quicker."""


def run(main: Callable[[Any], Coroutine[Any, Any, None]]) -> None:
    """Runs a process of the lab with the settings on its command line; a port in use it tells in one word."""
    try:
        asyncio.run(main(json.loads(sys.argv[1])))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        tell("port in use")
        os._exit(1)


def tell(event: str, **more: Any) -> None:
    """One line of JSON to whoever started this process; `at` is CLOCK_MONOTONIC, one clock for all processes."""
    with suppress(BrokenPipeError):
        sys.stdout.write(json.dumps({"at": time.monotonic(), "event": event, **more}) + "\n")
        sys.stdout.flush()


def ends_with_us() -> Callable[[], None]:
    """What a child runs first, so that the system kills it when we die."""
    parent = os.getpid()

    def bind() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)

    return bind


async def spawn(*command: str, **options: Any) -> asyncio.subprocess.Process:
    """A child in a session of its own (Ctrl-C does not reach it) that ends with us."""
    return await asyncio.create_subprocess_exec(*command, start_new_session=True, preexec_fn=ends_with_us(), **options)


def free_ports(count: int) -> list[int]:
    """Ports below the range from which the system gives source ports, free now and ours until this process ends.

    Envoy listens with SO_REUSEPORT: two that were given one port would share its connections, and no bind would fail.
    So a block of ports belongs to whoever holds the abstract socket of its name, which the system frees by itself.
    """
    for first in random.SystemRandom().sample(range(18000, 31000 - _BLOCK, _BLOCK), 200):
        ours = socket.socket(socket.AF_UNIX)
        try:
            ours.bind(f"\0timing-lab-{first}")
        except OSError:
            ours.close()
            continue
        if len(found := [port for port in range(first, first + _BLOCK) if _is_free(port)]) >= count:
            _OURS.append(ours.detach())
            return found[:count]
        ours.close()
    raise LabError("No free ports on 127.0.0.1 between 18000 and 31000; close what listens there and run it again.")


def _is_free(port: int) -> bool:
    with socket.socket() as one:
        try:
            one.bind((HOST, port))
        except OSError:
            return False
    return True


class Http:
    """An HTTP/1.1 server with keep-alive; `handler` gets method and path. It reads bodies of a stated length, and drops them.

    `close` is what a graceful server does: it stops accepting, closes idle connections, and the others after their answer.
    """

    def __init__(self, handler: Handler) -> None:
        self.handler, self.closing = handler, False
        self.idle: set[asyncio.StreamWriter] = set()

    async def start(self, port: int) -> Http:
        self.server = await asyncio.start_server(self._connection, HOST, port)
        return self

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.idle.discard(writer)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; whether the connection stays."""
        self.idle.add(writer)
        head = await reader.readuntil(b"\r\n\r\n")
        self.idle.discard(writer)
        method, path, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
        if length := re.search(rb"content-length: *(\d+)", head, re.I):
            await reader.readexactly(int(length[1]))
        status, body, *more = await self.handler(method, path)
        leaves = self.closing or b"connection: close" in head.lower()
        headers = {**(more[0] if more else {}), **({"connection": "close"} if leaves else {})}
        said = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode()
        writer.write(b"HTTP/1.1 %d .\r\n%scontent-length: %d\r\n\r\n" % (status, said, len(body)) + body)
        await writer.drain()
        return not leaves

    def close(self) -> None:
        self.closing = True
        self.server.close()
        for writer in self.idle:
            writer.close()


async def request(port: int, path: str, method: str = "GET", timeout: float | None = None) -> tuple[int, bytes]:
    """One request on a connection of its own. Errors: `OSError`, `TimeoutError` after `timeout` seconds."""
    async with asyncio.timeout(timeout):
        reader, writer = await asyncio.open_connection(HOST, port)
        try:
            writer.write(f"{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n".encode())
            writer.write(b"content-length: 0\r\n\r\n")
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            if "transfer-encoding: chunked" not in head:
                return int(head.split()[1]), await reader.read()
            body = b""
            while size := int(await reader.readuntil(b"\r\n"), 16):
                body += (await reader.readexactly(size + 2))[:-2]
            return int(head.split()[1]), body
        except asyncio.IncompleteReadError as error:
            raise ConnectionResetError("closed before a whole answer") from error
        finally:
            writer.close()
