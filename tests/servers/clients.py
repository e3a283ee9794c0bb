"""Clients of the servers: each begins a request and ends it when the test says so, so no test depends on a duration."""

from __future__ import annotations

import importlib
import queue
import socket
from contextlib import suppress
from typing import Any, Protocol

from tests.servers.process import PATIENCE

HOST = "127.0.0.1"


class Refused(Exception):
    """The server takes no new connection."""


class Connection(Protocol):
    """A connection to the server, with one request after the other on it."""

    def begin(self) -> None:
        """Sends the first half of a request."""

    def finish(self) -> str:
        """Sends the rest and returns the answer."""

    def closed(self) -> None:
        """Waits until the server has closed the connection; an answer before it may be an error and nothing else."""

    def close(self) -> None: ...


class Socket:
    """A connection of a protocol on TCP: `first` and `rest` are a request, `end` is where its answer ends."""

    first: bytes
    rest: bytes
    end: bytes

    def __init__(self, port: int) -> None:
        try:
            self._socket = socket.create_connection((HOST, port), timeout=PATIENCE)
        except (ConnectionRefusedError, ConnectionResetError) as error:
            raise Refused from error

    def begin(self) -> None:
        self._socket.sendall(self.first)

    def finish(self) -> str:
        self._socket.sendall(self.rest)
        got = b""
        while not got.endswith(self.end):
            data = self._socket.recv(1024)
            if not data:
                raise ConnectionResetError(f"closed after {got!r}")
            got += data
        return got.decode()

    def closed(self) -> None:
        with suppress(ConnectionResetError):
            while data := self._socket.recv(1024):
                assert not data.startswith(b"HTTP/1.1 20") and self.end != Tcp.end, data

    def close(self) -> None:
        self._socket.close()


class Http(Socket):
    first = b"POST / HTTP/1.1\r\nHost: pod\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n"
    rest = b"67890"
    end = b"\r\n\r\n"  # the answers have no body

    def begin(self) -> None:
        """Returns when the server reads the body: net/http drops what it has only begun to read when it shuts down."""
        super().begin()
        interim = b""
        while not interim.endswith(self.end):
            data = self._socket.recv(1)
            if not data:
                raise ConnectionResetError(f"closed after {interim!r}")
            interim += data
        assert interim.startswith(b"HTTP/1.1 100 "), interim
        self._socket.sendall(b"12345")

    def finish(self) -> str:
        answer = super().finish()
        assert answer.startswith("HTTP/1.1 20"), answer
        return answer.lower()


class Tcp(Socket):
    first = b"10\n12345"
    rest = b"67890"
    end = b"1234567890"


class Grpc:
    """One channel, with a call that sends two messages."""

    def __init__(self, port: int) -> None:
        # No name resolution, no proxy of the machine, and no connection shared with another channel.
        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_http_proxy", 0), ("grpc.enable_retries", 0)]
        self._grpc: Any = importlib.import_module("grpc")  # it has no types
        self._channel = self._grpc.insecure_channel(f"{HOST}:{port}", options)
        self._call: Any = None
        self._messages: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()

    def begin(self) -> None:
        self._messages.put(b"12345")
        collect = self._channel.stream_unary("/demo.Upload/Collect")
        self._call = collect.future(iter(self._messages.get, None), timeout=PATIENCE)

    def finish(self) -> str:
        self._messages.put(b"67890")
        self._messages.put(None)
        try:
            answer = self._call.result()
        except self._grpc.RpcError as error:
            if error.code() is self._grpc.StatusCode.UNAVAILABLE:
                raise Refused from error
            if error.code() is self._grpc.StatusCode.CANCELLED:  # it came as the server stopped (grpc/grpc#41785)
                raise ConnectionAbortedError from error
            raise
        assert answer == b"1234567890"
        return str(answer)

    def closed(self) -> None:
        if not self._call.done():
            codes = self._grpc.StatusCode
            assert self._call.exception(PATIENCE).code() in (codes.UNAVAILABLE, codes.CANCELLED)
            return
        ready, states = self._grpc.ChannelConnectivity.READY, queue.SimpleQueue[Any]()
        self._channel.subscribe(states.put)
        while states.get(timeout=PATIENCE) is ready:
            pass

    def close(self) -> None:
        self._messages.put(None)
        self._channel.close()
