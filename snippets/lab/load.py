"""Clients, each a real one: they send until they are told to stop, and note the fate of every request.

A client opens its connection before the pod is deleted, unless it opens one for every request. Nothing is retried: what
fails here is what a caller without retries would see.
"""

# The packages of requirements/lab.txt need not be installed where types are checked.
# mypy: disable-error-code="import-not-found, import-untyped"

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from .envoy import Ports
from .wire import HOST, request


@dataclass
class Fate:
    """One request: when it was sent and done (seconds from the deletion), what became of it ("" is an answer in full).

    `closes`: the answer asked the client to close its connection. `fresh`: it was sent on a new connection.
    """

    sent: float
    done: float
    cause: str = ""
    closes: bool = False
    fresh: bool = True


@dataclass
class Client:
    """One client of an experiment. `fates` are its requests, `notes` what else it saw, and when."""

    kind: str
    ports: Ports
    options: dict[str, Any]
    clock: Callable[[], float]
    fates: list[Fate] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.options.get("name", self.kind))

    def note(self, name: str, value: Any = None) -> None:
        """Keeps the first time of something."""
        self.notes.setdefault(name, round(self.clock(), 2) if value is None else value)

    async def every(self, seconds: float, send: Callable[[], Awaitable[Fate]]) -> None:
        """Sends at a fixed rate, each on its own task, until cancelled or `until` has come."""
        due, tasks = time.monotonic(), set()
        until = self.options.get("until", float("inf"))
        with suppress(asyncio.CancelledError):
            while self.clock() < until:
                task = asyncio.ensure_future(send())
                task.add_done_callback(lambda one: self.fates.append(one.result()) if not one.cancelled() else None)
                tasks.add(task)
                due += seconds
                await asyncio.sleep(due - time.monotonic())
            await asyncio.Event().wait()
        if tasks:
            await asyncio.wait(tasks, timeout=1)
        for task in tasks:
            task.cancel()


_NO_TLS = ssl.create_default_context()


def cause_of(error: BaseException) -> str:
    """In one word why no answer came: the connection was `refused`, `reset`, or `cut` before the answer was whole."""
    import httpx

    if isinstance(error, httpx.ConnectError | ConnectionRefusedError):
        return "refused"
    if isinstance(error, httpx.RemoteProtocolError | asyncio.IncompleteReadError):
        return "cut"
    if isinstance(error, httpx.ReadError | httpx.WriteError | ConnectionError):
        return "reset"
    return "timeout" if isinstance(error, httpx.TimeoutException | TimeoutError) else type(error).__name__


def http_client(keep: int) -> Any:
    """An httpx client that keeps at most `keep` idle connections."""
    import httpx

    return httpx.AsyncClient(
        verify=_NO_TLS, timeout=60, trust_env=False, limits=httpx.Limits(max_keepalive_connections=keep)
    )


async def get(client: Client, http: Any, port: int, path: str = "/") -> Fate:
    """One HTTP/1.1 request by httpx."""
    fate = Fate(client.clock(), 0.0)
    try:
        answer = await http.get(f"http://{HOST}:{port}{path}")
        stream = answer.extensions["network_stream"]
        fate.fresh = stream is not client.notes.get("_stream")
        client.notes["_stream"] = stream
        fate.cause = "" if answer.status_code < 500 else str(answer.status_code)
        fate.closes = answer.headers.get("connection", "").lower() == "close"
    except Exception as error:
        fate.cause = cause_of(error)
    fate.done = client.clock()
    return fate


async def new(client: Client, port: int | None = None, rate: float = 10) -> None:
    """New inbound requests, 10 a second, each on a connection of its own."""
    async with http_client(0) as http:
        await client.every(1 / rate, lambda: get(client, http, port or client.ports.in_http))


async def keep_alive(client: Client, port: int | None = None, rate: float = 5) -> None:
    """Requests one after another, 5 a second, on one connection for as long as it lives."""
    async with http_client(1) as http:
        with suppress(asyncio.CancelledError):
            while client.clock() < client.options.get("until", float("inf")):
                client.fates.append(await get(client, http, port or client.ports.in_http))
                await asyncio.sleep(1 / rate)


async def outbound(client: Client) -> None:
    """The app's calls out, 4 a second, each on a connection of its own to the outbound listener."""
    await new(client, client.ports.out, 4)


async def outbound_pool(client: Client) -> None:
    """The same on one connection that is kept."""
    await keep_alive(client, client.ports.out, 4)


async def slow(client: Client) -> None:
    """One request, sent at `at`, that the app answers after `takes` seconds."""
    await asyncio.sleep(max(0.0, client.options.get("at", -1.0) - client.clock()))
    async with http_client(0) as http:
        client.fates.append(await get(client, http, client.ports.in_http, f"/?takes={client.options['takes']}"))


async def readiness(client: Client) -> None:
    """An external load balancer's check of 15021, 5 a second."""

    async def check() -> Fate:
        fate = Fate(client.clock(), 0.0)
        try:
            status, _ = await request(client.ports.ready, "/healthz/ready", timeout=2)
            fate.cause = "" if status == 200 else str(status)
        except (OSError, TimeoutError) as error:
            fate.cause = cause_of(error)
        fate.done = client.clock()
        return fate

    await client.every(0.2, check)


async def admin(client: Client) -> None:
    """Envoy's own view, 5 times a second: the greatest `server.state` (0 is LIVE) and number of draining listeners."""
    names = ("server.state", "listener_manager.total_listeners_draining")
    while True:
        with suppress(OSError, TimeoutError):
            _, text = await request(client.ports.admin, "/stats", timeout=2)
            values = dict(line.split(": ", 1) for line in text.decode().splitlines() if ": " in line)
            for name in names:
                short = name.split(".")[1]
                client.notes[short] = max(client.notes.get(short, 0), int(values[name]))
        await asyncio.sleep(0.2)


async def idle(client: Client) -> None:
    """A keep-alive connection that carried one request before the deletion, and then none, or one more at `again`."""
    reader, writer = await asyncio.open_connection(HOST, client.ports.in_http)

    async def send() -> Fate:
        fate = Fate(client.clock(), 0.0, fresh=False)
        try:
            writer.write(b"GET / HTTP/1.1\r\nhost: lab\r\n\r\n")
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(2)
            fate.closes = b"connection: close" in head
            fate.cause = "" if b" 200 " in head.split(b"\r\n")[0] else head.split()[1].decode()
        except (OSError, asyncio.IncompleteReadError) as error:
            fate.cause = cause_of(error)
        fate.done = client.clock()
        return fate

    client.fates.append(await send())
    if "again" in client.options:
        await asyncio.sleep(client.options["again"] - client.clock())
        if not reader.at_eof():
            client.fates.append(await send())
    try:
        if not await reader.read(1):
            client.note("closed")
    except OSError:
        client.note("closed")
        client.note("how", "reset")
    writer.close()


async def tcp(client: Client) -> None:
    """A plain TCP connection that sends a line 4 times a second; and whether a new one is accepted."""
    reader, writer = await asyncio.open_connection(HOST, client.ports.in_tcp)
    while True:
        fate = Fate(client.clock(), 0.0, fresh=False)
        try:
            writer.write(b"line\n")
            if not await reader.read(16):
                fate.cause = "cut"
        except OSError as error:
            fate.cause = cause_of(error)
        fate.done = client.clock()
        client.fates.append(fate)
        if fate.cause:
            client.note("closed")
            return
        await asyncio.sleep(0.25)


async def websocket(client: Client) -> None:
    """One WebSocket, a message 4 times a second."""
    from websockets.asyncio.client import connect
    from websockets.exceptions import ConnectionClosed

    async with connect(f"ws://{HOST}:{client.ports.in_websocket}/", proxy=None) as connection:
        while True:
            fate = Fate(client.clock(), 0.0, fresh=False)
            try:
                await connection.send("message")
                await connection.recv()
            except ConnectionClosed as error:
                fate.cause = "cut"
                client.note("code", error.rcvd.code if error.rcvd else 1006)
                client.note("closed")
            fate.done = client.clock()
            client.fates.append(fate)
            if fate.cause:
                return
            await asyncio.sleep(0.25)


async def grpc(client: Client) -> None:
    """Unary calls, 5 a second, on one channel, which reconnects by itself as gRPC clients do; none is retried by us."""
    from grpc import aio

    async with aio.insecure_channel(f"{HOST}:{client.ports.in_grpc}", options=[("grpc.enable_retries", 0)]) as channel:
        call = channel.unary_unary("/lab/Unary")

        async def send() -> Fate:
            fate = Fate(client.clock(), 0.0)
            try:
                await call(b"ping", timeout=5)
            except aio.AioRpcError as error:
                fate.cause = error.code().name
            fate.done = client.clock()
            return fate

        await client.every(0.2, send)


async def grpc_stream(client: Client) -> None:
    """One server stream, a message every 0.5 s."""
    from grpc import aio

    async with aio.insecure_channel(f"{HOST}:{client.ports.in_grpc}") as channel:
        fate = Fate(client.clock(), 0.0)
        try:
            async for _ in channel.unary_stream("/lab/Stream")(b"go"):
                client.notes["last_message"] = round(client.clock(), 2)
        except aio.AioRpcError as error:
            fate.cause = error.code().name
            client.note("closed")
        fate.done = client.clock()
        client.fates.append(fate)


async def httpx2(client: Client) -> None:
    """HTTP/2 requests, 5 a second, as httpx sends them: it keeps its connection, and makes a new one after GOAWAY."""
    import httpx

    async with httpx.AsyncClient(verify=_NO_TLS, timeout=60, trust_env=False, http1=False, http2=True) as http:
        with suppress(asyncio.CancelledError):
            while client.clock() < client.options.get("until", float("inf")):
                client.fates.append(await get(client, http, client.ports.in_http))
                await asyncio.sleep(0.2)


async def http2(client: Client) -> None:
    """HTTP/2 requests, 5 a second, on one connection until GOAWAY, then on a new one; none from `quiet_from` on.

    With `stays` it goes on with its connection until the second GOAWAY, the final one.
    """
    while True:
        try:
            reader, writer = await asyncio.open_connection(HOST, client.ports.in_http)
        except OSError as error:
            client.fates.append(Fate(client.clock(), client.clock(), cause_of(error)))
            await asyncio.sleep(0.2)
            continue
        await _http2_connection(client, reader, writer)
        writer.close()
        await asyncio.sleep(0.2)


async def _http2_connection(client: Client, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    from h2.config import H2Configuration
    from h2.connection import H2Connection
    from h2.events import StreamEnded

    connection = H2Connection(H2Configuration(header_encoding="utf-8"))
    connection.initiate_connection()
    waiting: dict[int, Fate] = {}
    buffer, leaving = b"", False

    async def send() -> None:
        while not leaving:
            if client.clock() < client.options.get("quiet_from", float("inf")):
                stream = connection.get_next_available_stream_id()
                waiting[stream] = Fate(client.clock(), 0.0, fresh=stream == 1)
                head = {":method": "GET", ":path": "/", ":scheme": "http", ":authority": "lab"}
                connection.send_headers(stream, list(head.items()), end_stream=True)
                writer.write(connection.data_to_send())
            await asyncio.sleep(0.2)

    sending = asyncio.ensure_future(send())
    try:
        while not (leaving and not waiting):
            try:
                data = await reader.read(65536)
            except OSError:
                data = b""
            if not data:
                client.note("closed")
                break
            buffer += data
            while len(buffer) >= 9 and len(buffer) >= (size := 9 + int.from_bytes(buffer[:3], "big")):
                frame, buffer = buffer[:size], buffer[size:]
                if frame[3] == 7:  # GOAWAY; h2 would refuse the answers that follow it
                    client.note("final_goaway" if "goaway" in client.notes else "goaway")
                    leaving = "final_goaway" in client.notes or not client.options.get("stays")
                    continue
                for event in connection.receive_data(frame):
                    if isinstance(event, StreamEnded) and event.stream_id in waiting:
                        fate = waiting.pop(event.stream_id)
                        fate.done, fate.closes = client.clock(), "goaway" in client.notes
                        client.fates.append(fate)
            writer.write(connection.data_to_send())
    finally:
        sending.cancel()
        for fate in waiting.values():
            fate.cause, fate.done = "cut", client.clock()
            client.fates.append(fate)


#: By the name that an experiment gives.
KINDS: dict[str, Callable[[Client], Awaitable[None]]] = {
    "new": new,
    "keep-alive": keep_alive,
    "idle": idle,
    "slow": slow,
    "outbound": outbound,
    "outbound-pool": outbound_pool,
    "readiness": readiness,
    "admin": admin,
    "http2": http2,
    "httpx2": httpx2,
    "grpc": grpc,
    "grpc-stream": grpc_stream,
    "websocket": websocket,
    "tcp": tcp,
}
