"""gRPC with grpcio's asyncio: `python grpc_aio.py`."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import grpc

DELAY = int(os.environ.get("ACCEPTS_AFTER_SIGTERM", "10"))  # 0 behind a preStop hook
LIMIT = int(os.environ.get("APP_SHUTDOWN", "25"))  # SIGTERM to exit, delay included


async def collect(messages: AsyncIterator[bytes], context: object) -> bytes:
    return b"".join([message async for message in messages])  # your work


async def main() -> None:
    leaving = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, leaving.set)

    server = grpc.aio.server()
    method = grpc.stream_unary_rpc_method_handler(collect)  # as generated code does
    handler = grpc.method_handlers_generic_handler("demo.Upload", {"Collect": method})
    server.add_generic_rpc_handlers([handler])
    server.add_insecure_port(f"0.0.0.0:{os.environ.get('PORT', '8080')}")
    await server.start()

    await leaving.wait()
    await asyncio.sleep(DELAY)
    # GOAWAY to every client, and no new calls. Those that run have so long, then they
    # are cancelled; 1 s is for the exit.
    await server.stop(LIMIT - DELAY - 1)


asyncio.run(main())
