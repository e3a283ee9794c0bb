"""TCP with asyncio: `python asyncio_tcp.py`. A request is a line with its length, then its bytes; they come back."""

import asyncio
import os
import signal
from contextlib import closing, suppress
from weakref import WeakSet

DELAY = int(os.environ.get("ACCEPTS_AFTER_SIGTERM", "10"))  # 0 behind a preStop hook
LIMIT = int(os.environ.get("APP_SHUTDOWN", "25"))  # from SIGTERM to the exit, the delay included


async def main() -> None:
    idle: WeakSet[asyncio.StreamWriter] = WeakSet()  # connections that wait for a request

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.set_write_buffer_limits(0)  # drain then waits for the last byte
        with closing(writer), suppress(OSError, EOFError):  # the client may go at any time
            while server.is_serving():
                idle.add(writer)
                size = int(await reader.readuntil())
                idle.discard(writer)
                writer.write(await reader.readexactly(size))  # your work
                await writer.drain()

    leaving = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, leaving.set)
    server = await asyncio.start_server(serve, port=int(os.environ.get("PORT", "8080")))
    await leaving.wait()
    await asyncio.sleep(DELAY)
    server.close()
    for writer in idle:
        writer.close()  # its reader reads the end
    if busy := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(busy, timeout=LIMIT - DELAY - 1)  # the last second is for the exit itself


asyncio.run(main())
