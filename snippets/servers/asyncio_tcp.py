"""TCP: `python asyncio_tcp.py`. A request is its length in a line, then its bytes."""

import asyncio
import os
import signal
from asyncio import StreamReader, StreamWriter, start_server
from contextlib import closing, suppress
from weakref import WeakSet

DELAY = int(os.environ.get("ACCEPTS_AFTER_SIGTERM", "10"))  # 0 behind a preStop hook
LIMIT = int(os.environ.get("APP_SHUTDOWN", "25"))  # SIGTERM to exit, delay included


async def main() -> None:
    idle: WeakSet[StreamWriter] = WeakSet()  # connections that wait for a request

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        writer.transport.set_write_buffer_limits(0)  # drain waits for the last byte
        with closing(writer), suppress(OSError, EOFError):  # it may go at any time
            while server.is_serving():
                idle.add(writer)
                size = int(await reader.readuntil())
                idle.discard(writer)
                writer.write(await reader.readexactly(size))  # your work
                await writer.drain()

    leaving = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, leaving.set)
    server = await start_server(serve, port=int(os.environ.get("PORT", "8080")))
    await leaving.wait()
    await asyncio.sleep(DELAY)
    server.close()
    for writer in idle:
        writer.close()  # its reader reads the end
    if busy := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(busy, timeout=LIMIT - DELAY - 1)  # 1 s is for the exit


asyncio.run(main())
