"""The app container: `python -m lab.app '<json>'`, told its ports and how it stops.

Settings: `http`, `websocket`, `grpc`, `tcp` (ports, each optional), `shutdown` (seconds from SIGTERM to exit, null for an
app that ignores SIGTERM), `accepts` (seconds after SIGTERM until it closes its listeners, null: not before it exits).
`GET /?takes=8` answers after 8 s.
"""

# The packages of requirements/lab.txt need not be installed where types are checked.
# mypy: disable-error-code="import-not-found, import-untyped"

from __future__ import annotations

import asyncio
import errno
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from .wire import HOST, Answer, Http, run, tell


async def answer(method: str, path: str) -> Answer:
    """What the app and the world outside answer to every request."""
    if takes := re.search(r"takes=([\d.]+)", path):
        await asyncio.sleep(float(takes[1]))
    return 200, b"ok"


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(1024):
            writer.write(data)
            await writer.drain()
    writer.close()


async def serve_websocket(port: int) -> Any:
    from websockets.asyncio.server import ServerConnection
    from websockets.asyncio.server import serve as listen
    from websockets.exceptions import ConnectionClosed

    async def each(connection: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            async for message in connection:
                await connection.send(message)

    return await listen(each, HOST, port)


async def serve_grpc(port: int) -> Any:
    """`/lab/Unary` answers at once, `/lab/Stream` sends a message every 0.5 s."""
    import grpc

    async def unary(request: bytes, context: Any) -> bytes:
        return request

    async def stream(request: bytes, context: Any) -> AsyncIterator[bytes]:
        while True:
            yield b"tick"
            await asyncio.sleep(0.5)

    server = grpc.aio.server()
    handlers = {
        "Unary": grpc.unary_unary_rpc_method_handler(unary),
        "Stream": grpc.unary_stream_rpc_method_handler(stream),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("lab", handlers),))
    try:
        server.add_insecure_port(f"{HOST}:{port}")
    except RuntimeError:  # all that gRPC says of a port in use
        raise OSError(errno.EADDRINUSE, "gRPC") from None
    await server.start()
    return server


async def main(settings: dict[str, Any]) -> None:
    loop, terminated = asyncio.get_running_loop(), asyncio.Event()
    shutdown, accepts = settings.get("shutdown"), settings.get("accepts")
    loop.add_signal_handler(signal.SIGTERM, terminated.set)
    servers: list[Any] = []
    if settings.get("http"):
        servers.append(await Http(answer).start(settings["http"]))
    if settings.get("tcp"):
        servers.append(await asyncio.start_server(echo, HOST, settings["tcp"]))
    if settings.get("websocket"):
        servers.append(await serve_websocket(settings["websocket"]))
    grpc = await serve_grpc(settings["grpc"]) if settings.get("grpc") else None
    tell("ready", grpc=grpc is not None)
    await terminated.wait()
    tell("sigterm")
    began = loop.time()
    if accepts is not None and accepts < (shutdown if shutdown is not None else float("inf")):
        await asyncio.sleep(accepts)
        for server in servers:
            server.close()
        if grpc is not None:  # no new calls; those that run go on
            await asyncio.wait([asyncio.ensure_future(grpc.stop(1e6))], timeout=0)
    await asyncio.sleep(began + shutdown - loop.time() if shutdown is not None else 1e6)
    tell("exit")
    os._exit(0)


if __name__ == "__main__":
    run(main)
