"""aiohttp: `python aiohttp_web.py`."""

import asyncio
import os
import signal

from aiohttp import web

DELAY = int(os.environ.get("ACCEPTS_AFTER_SIGTERM", "10"))  # 0 behind a preStop hook
LIMIT = int(os.environ.get("APP_SHUTDOWN", "25"))  # from SIGTERM to the exit, the delay included
leaving = asyncio.Event()


async def work(request: web.Request) -> web.Response:
    await request.read()  # your work
    response = web.Response()
    if leaving.is_set():
        response.force_close()  # Connection: close, so the next request finds another pod
    return response


async def main() -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, leaving.set)
    app = web.Application()
    app.router.add_post("/", work)
    # aiohttp waits for the first time-out twice; the second ends idle connections, which are waited for below.
    runner = web.AppRunner(app, shutdown_timeout=0.2, keepalive_timeout=3)
    await runner.setup()
    await web.TCPSite(runner, port=int(os.environ.get("PORT", "8080"))).start()
    await leaving.wait()
    end = loop.time() + LIMIT - 1  # the last second is for closing
    await asyncio.sleep(DELAY)
    await runner.sites.pop().stop()  # closes the listener, no more
    while runner.server and runner.server.connections and loop.time() < end:
        await asyncio.sleep(0.05)
    await runner.cleanup()  # not earlier: from here on it reads nothing, and an upload could not end


asyncio.run(main())
