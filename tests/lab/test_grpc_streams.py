"""What a gRPC client sees of a server behind its own Envoy: a connection that is too old, and a drain beside an open stream."""

# The packages of requirements/lab.txt need not be installed where types are checked.
# mypy: disable-error-code="import-not-found, import-untyped"

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from lab import envoy
from lab.wire import HOST, ends_with_us, free_ports

pytestmark = pytest.mark.lab
DRAIN = "drain_listeners?inboundonly&graceful&skip_exit"  # as the preStop hook of a native sidecar asks for
SECONDS = 20.0  # after which a test gives up


async def unary(request: bytes, context: Any) -> bytes:
    return str(context.peer()).encode()


async def stream(request: bytes, context: Any) -> AsyncIterator[bytes]:
    while True:
        yield b"tick"
        await asyncio.sleep(0.1)


@asynccontextmanager
async def pod(**age_ms: int) -> AsyncIterator[envoy.Ports]:
    """A gRPC server, its connections as old as `age_ms` says, behind a sidecar's Envoy."""
    from grpc import aio, method_handlers_generic_handler
    from grpc import unary_stream_rpc_method_handler as streams
    from grpc import unary_unary_rpc_method_handler as answers

    ports = envoy.Ports(*free_ports(len(envoy.Ports.__dataclass_fields__)))
    server = aio.server(options=[(f"grpc.{name}_ms", value) for name, value in age_ms.items()])
    methods = {"Unary": answers(unary), "Stream": streams(stream)}
    server.add_generic_rpc_handlers((method_handlers_generic_handler("lab", methods),))
    server.add_insecure_port(f"{HOST}:{ports.app_grpc}")
    await server.start()
    config = envoy.bootstrap(ports, gateway=False, exit_on_zero=False)
    command = [str(envoy.binary()), *envoy.arguments(45, config, concurrency=1)]
    quiet = asyncio.subprocess.DEVNULL
    proxy = await asyncio.create_subprocess_exec(*command, stdout=quiet, stderr=quiet, preexec_fn=ends_with_us())
    try:
        async with asyncio.timeout(SECONDS):
            yield ports
    finally:
        proxy.kill()
        await proxy.wait()
        await server.stop(None)


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Any]:
    """A channel that is ready and has a connection of its own."""
    from grpc import aio

    options = [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_http_proxy", 0), ("grpc.enable_retries", 0)]
    async with aio.insecure_channel(f"{HOST}:{port}", options=options) as channel:
        await channel.channel_ready()
        yield channel


async def left_ready(channel: Any) -> None:
    """Returns when the channel gives its connection up, as GOAWAY makes it do."""
    from grpc import ChannelConnectivity

    await channel.wait_for_state_change(ChannelConnectivity.READY)


async def ended(call: Any) -> tuple[str, str]:
    from grpc import aio

    with suppress(aio.AioRpcError):
        async for _ in call:
            pass
    return (await call.code()).name, await call.details()


async def aged(port: int) -> tuple[bool, set[bytes], tuple[str, str]]:
    """Of a client that keeps a stream open and calls beside it until the stream ends.

    Whether it was told to leave its connection before, which connections the server saw of it, and how the stream ended.
    """
    async with connected(port) as channel:
        told = asyncio.ensure_future(left_ready(channel))
        open_stream = asyncio.ensure_future(ended(channel.unary_stream("/lab/Stream")(b"")))
        seen = set()
        while not open_stream.done():
            seen.add(await channel.unary_unary("/lab/Unary")(b""))
            await asyncio.sleep(0.05)
        left = told.done()
        told.cancel()
        return left, seen, open_stream.result()


def test_behind_a_sidecar_a_maximum_age_ends_streams_and_leaves_the_client_its_connection() -> None:
    async def both() -> tuple[Any, Any]:
        async with pod(max_connection_age=1500, max_connection_age_grace=1000) as ports:
            return await asyncio.gather(aged(ports.in_grpc), aged(ports.app_grpc))

    (told, seen, end), (told_directly, _, end_directly) = asyncio.run(both())
    assert end == end_directly == ("UNAVAILABLE", "max connection age")
    assert told_directly, "without a sidecar GOAWAY makes the client reconnect"
    assert not told, "the GOAWAY ends at the server's own Envoy"
    assert len(seen) > 1, "whose connections to the app are the ones that age"


def test_an_open_stream_hears_of_a_drain_when_another_call_begins_on_its_connection() -> None:
    async def drained() -> None:
        async with pod() as ports, connected(ports.in_grpc) as channel:
            told = asyncio.ensure_future(left_ready(channel))
            call = channel.unary_stream("/lab/Stream")(b"")
            await call.read()
            ask = urllib.request.Request(f"http://{HOST}:{ports.admin}/{DRAIN}", method="POST")
            await asyncio.to_thread(urllib.request.urlopen, ask)
            assert [await call.read() for _ in range(20)] == [b"tick"] * 20
            assert not told.done(), "messages of a response that has begun carry no GOAWAY"
            await channel.unary_unary("/lab/Unary")(b"")
            await told
            assert await call.read() == b"tick", "and GOAWAY cuts no stream"
            call.cancel()

    asyncio.run(drained())
