"""Clients, each a real one: they send until they are told to stop, and note the fate of every request.

A client opens its connection before the pod is deleted, unless it opens one for every request. No client retries: what
fails here is what a caller without retries would see, unless an experiment gives it a sidecar that does. One with the
option `of: web` is part of that container: it ends with it, and so do its connections.
"""

# The packages of requirements/lab.txt need not be installed where types are checked.
# mypy: disable-error-code="import-not-found, import-untyped"

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from .envoy import Ports
from .wire import HOST, Answer, Handler, request

AFTER = 0.06  # seconds: longer than the agent needs for its look
_NO_TLS = ssl.create_default_context()


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
    began: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.options.get("name", self.kind))

    def note(self, name: str, value: Any = None) -> None:
        """Keeps the first time of something."""
        self.notes.setdefault(name, round(self.clock(), 2) if value is None else value)

    @contextmanager
    def request(self, *, fresh: bool = True) -> Iterator[Fate]:
        """Notes the fate of one request, whatever becomes of it."""
        fate = Fate(self.clock(), 0.0, fresh=fresh)
        try:
            yield fate
        except Exception as error:
            fate.cause = cause_of(error)
        except asyncio.CancelledError:  # the run is over
            fate.cause = "unanswered"
            raise
        finally:
            fate.done = self.clock()
            self.fates.append(fate)

    @property
    def goes_on(self) -> bool:
        """Whether the endpoint update has not reached it yet, and it has not ended itself."""
        return not self.ended.is_set() and bool(self.clock() < self.options.get("until", float("inf")))

    async def pause(self, seconds: float) -> None:
        """Sleeps, unless it ends meanwhile."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.ended.wait(), max(0.0, seconds))

    async def every(self, seconds: float, send: Callable[[], Awaitable[None]]) -> None:
        """Sends at a fixed rate, each on its own task, until cancelled.

        Shortly after whole seconds: what is sent as the agent counts connections would be one of them, by chance.
        """
        wait, tasks = (AFTER - self.clock()) % seconds, list[asyncio.Future[None]]()
        loop = asyncio.get_running_loop()
        due = loop.time() + wait
        try:
            await self.pause(wait)
            while self.goes_on:
                tasks.append(asyncio.ensure_future(send()))
                due += seconds
                await self.pause(due - loop.time())
            await asyncio.Event().wait()
        finally:
            await asyncio.wait(tasks, timeout=1)
            for task in tasks:
                task.cancel()


def cause_of(error: BaseException) -> str:
    """In one word why no answer came: the connection was `refused`, `reset`, or `cut` before the answer was whole."""
    import httpx
    from websockets.exceptions import ConnectionClosed

    if isinstance(error, httpx.ConnectError | ConnectionRefusedError):
        return "refused"
    if isinstance(error, httpx.RemoteProtocolError | asyncio.IncompleteReadError | ConnectionClosed):
        return "cut"
    if isinstance(error, httpx.ReadError | httpx.WriteError | ConnectionError):
        return "reset"
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return "timeout"
    return str(error.code().name) if hasattr(error, "code") else type(error).__name__


def http_client(keep: int, **options: Any) -> Any:
    """An httpx client that keeps at most `keep` idle connections."""
    import httpx

    limits = httpx.Limits(max_keepalive_connections=keep)
    return httpx.AsyncClient(verify=_NO_TLS, timeout=60, trust_env=False, limits=limits, **options)


async def get(client: Client, http: Any, port: int, path: str = "/") -> None:
    """One request by httpx."""
    with client.request(fresh=not client.notes.get("_kept")) as fate:
        answer = await http.get(f"http://{HOST}:{port}{path}")
        stream = answer.extensions["network_stream"]
        fate.fresh = stream is not client.notes.get("_stream")
        client.notes["_stream"] = stream
        fate.cause = "" if answer.status_code < 300 else str(answer.status_code)
        fate.closes = answer.headers.get("connection", "").lower() == "close"


async def new(client: Client, port: int | None = None, rate: float = 10) -> None:
    """New inbound requests, 10 a second, each on a connection of its own."""
    async with http_client(0) as http:
        await client.every(1 / rate, lambda: get(client, http, port or client.ports.in_http))


async def keep_alive(client: Client, port: int | None = None, rate: float = 5, **options: Any) -> None:
    """Requests one after another, 5 a second, on one connection for as long as it lives."""
    async with http_client(1, **options) as http:
        while client.goes_on:
            await get(client, http, port or client.ports.in_http)
            client.notes["_kept"] = not (client.fates[-1].cause or client.fates[-1].closes)
            await client.pause(1 / rate)


async def httpx2(client: Client) -> None:
    """The same over HTTP/2."""
    await keep_alive(client, http1=False, http2=True)


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
        await get(client, http, client.ports.in_http, f"/?takes={client.options['takes']}")


async def readiness(client: Client) -> None:
    """An external load balancer's check of 15021, 10 a second."""

    async def check() -> None:
        with client.request() as fate:
            status, _ = await request(client.ports.ready, "/healthz/ready", timeout=2)
            fate.cause = "" if status == 200 else str(status)

    await client.every(0.1, check)


async def admin(client: Client) -> None:
    """Envoy's own view, 5 times a second: the greatest `server.state` (0 is LIVE) and number of draining listeners."""
    while True:
        with suppress(OSError, TimeoutError):
            _, text = await request(client.ports.admin, "/stats", timeout=2)
            values = dict(line.split(": ", 1) for line in text.decode().splitlines() if ": " in line)
            for name in ("server.state", "listener_manager.total_listeners_draining"):
                short = name.split(".")[1]
                client.notes[short] = max(client.notes.get(short, 0), int(values[name]))
        await asyncio.sleep(0.2)


async def idle(client: Client) -> None:
    """A keep-alive connection that carried one request before the deletion, and then none, or one more at `again`.

    The client closes it at `leaves`, or never.
    """
    reader, writer = await asyncio.open_connection(HOST, client.ports.in_http)

    async def send() -> None:
        with client.request(fresh=False) as fate:
            writer.write(b"GET / HTTP/1.1\r\nhost: lab\r\n\r\n")
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(2)
            fate.closes = b"connection: close" in head
            fate.cause = "" if b" 200 " in head.split(b"\r\n")[0] else head.split()[1].decode()

    await send()
    if "again" in client.options:
        await asyncio.sleep(client.options["again"] - client.clock())
        await send()
    leaves = client.options.get("leaves")
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(None if leaves is None else leaves - client.clock()):
            await reader.read(1)
    client.note("closed")
    writer.close()


async def exchange(client: Client, send: Callable[[], Awaitable[Any]]) -> None:
    """Sends something and waits for what comes back, 10 times a second, until there is an end to it."""
    while not client.fates or not client.fates[-1].cause:
        with client.request(fresh=False):
            await send()
        await asyncio.sleep(0.1)
    client.notes["closed"] = round(client.fates[-1].done, 2)


async def tcp(client: Client) -> None:
    """A plain TCP connection."""
    reader, writer = await asyncio.open_connection(HOST, client.ports.in_tcp)

    async def send() -> None:
        writer.write(b"line\n")
        await reader.readexactly(5)

    await exchange(client, send)
    writer.close()


async def websocket(client: Client) -> None:
    """One WebSocket."""
    from websockets.asyncio.client import connect

    async with connect(f"ws://{HOST}:{client.ports.in_websocket}/", proxy=None) as connection:

        async def send() -> None:
            await connection.send("message")
            await connection.recv()

        await exchange(client, send)
        client.note("code", connection.close_code)


async def grpc(client: Client) -> None:
    """Unary calls, 5 a second, on one channel, which reconnects by itself as gRPC clients do; none is retried by us."""
    from grpc import aio

    async with aio.insecure_channel(f"{HOST}:{client.ports.in_grpc}", options=[("grpc.enable_retries", 0)]) as channel:
        call = channel.unary_unary("/lab/Unary")

        async def send() -> None:
            with client.request():
                await call(b"ping", timeout=5)

        await client.every(0.2, send)


async def grpc_stream(client: Client) -> None:
    """One server stream, a message every 0.5 s."""
    from grpc import aio

    async with aio.insecure_channel(f"{HOST}:{client.ports.in_grpc}") as channel:
        with client.request():
            async for _ in channel.unary_stream("/lab/Stream")(b"go"):
                client.notes["last_message"] = round(client.clock(), 2)
        client.note("closed")


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


async def _half(seconds: float) -> AsyncIterator[bytes]:
    yield b"12345"
    await asyncio.sleep(seconds)
    yield b"67890"


async def _upload_http(client: Client, seconds: float) -> str:
    async with http_client(0) as http:
        url, length = f"http://{HOST}:{client.ports.in_http}/", {"Content-Length": "10"}
        status = (await http.post(url, content=_half(seconds), headers=length)).status_code
        return "" if status < 300 else str(status)


async def _upload_grpc(client: Client, seconds: float) -> str:
    from grpc import aio

    # Its own connection; no name resolution by the system.
    options = [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_http_proxy", 0), ("grpc.enable_retries", 0)]
    async with aio.insecure_channel(f"{HOST}:{client.ports.in_grpc}", options=options) as channel:
        await channel.stream_unary("/demo.Upload/Collect")(_half(seconds))
    return ""


async def _upload_tcp(client: Client, seconds: float) -> str:
    reader, writer = await asyncio.open_connection(HOST, client.ports.in_tcp)
    try:
        writer.write(b"10\n")
        async for part in _half(seconds):
            writer.write(part)
        await reader.readexactly(10)
    finally:
        writer.close()
    return ""


_UPLOADS = {"http": _upload_http, "grpc": _upload_grpc, "tcp": _upload_tcp}


async def upload(client: Client) -> None:
    """What the servers of snippets/servers are asked: a request in two halves, `takes` seconds apart.

    Each has a connection of its own; `rate` a second, or one at `at`. `speaks`: `http`, `grpc` or `tcp`.
    """
    send_it, takes = _UPLOADS[client.options.get("speaks", "http")], client.options.get("takes", 0.0)

    async def once() -> None:
        with client.request() as fate:
            fate.cause = await send_it(client, takes)

    if "rate" in client.options:
        await client.every(1 / client.options["rate"], once)
    await asyncio.sleep(max(0.0, client.options.get("at", -1.0) - client.clock()))
    await once()


async def jobs(client: Client) -> None:
    """A queue outside the pod has one job from `at` on; `queue` is what the pod reaches of it."""
    await asyncio.sleep(max(0.0, client.options.get("at", -1.0) - client.clock()))
    client.began.set()
    await asyncio.Event().wait()


def queue(client: Client) -> Handler:
    """Hands out one job, whose work calls out for `takes` seconds. Unless it is confirmed, others get it: it is lost."""

    async def answer(method: str, path: str) -> Answer:
        if path.endswith("/next"):
            await client.began.wait()
            if client.fates:
                await asyncio.Event().wait()
            client.fates.append(Fate(client.clock(), client.clock(), cause="unconfirmed"))
            return 200, b"work", {"Job": "1"}
        if method == "POST":
            await asyncio.sleep(client.options["takes"])
        elif method == "DELETE":
            client.fates[0].cause, client.fates[0].done = "", client.clock()
            client.note("confirmed")
        return 200, b""

    return answer


#: By the name that an experiment gives.
KINDS: dict[str, Callable[[Client], Awaitable[None]]] = {
    "new": new,
    "call": new,
    "keep-alive": keep_alive,
    "idle": idle,
    "slow": slow,
    "in-flight": slow,
    "in-call": slow,
    "upload": upload,
    "jobs": jobs,
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
