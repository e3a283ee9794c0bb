"""aiohttp: `python aiohttp_web.py`."""

import asyncio
import os
import signal

from aiohttp import web

DELAY = int(os.environ.get("ACCEPTS_AFTER_SIGTERM", "10"))  # 0 behind a preStop hook
LIMIT = int(os.environ.get("APP_SHUTDOWN", "25"))  # SIGTERM to exit, delay included
leaving = asyncio.Event()


async def work(request: web.Request) -> web.Response:
    await request.read()  # your work
    response = web.Response()
    if leaving.is_set():
        response.force_close()  # Connection: close
    return response


async def main() -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, leaving.set)
    app = web.Application()
    app.router.add_post("/", work)
    # It waits for the first twice. The second ends idle connections, awaited below.
    runner = web.AppRunner(app, shutdown_timeout=0.2, keepalive_timeout=3)
    await runner.setup()
    await web.TCPSite(runner, port=int(os.environ.get("PORT", "8080"))).start()
    await leaving.wait()
    end = loop.time() + LIMIT - 1  # 1 s is for the exit
    await asyncio.sleep(DELAY)
    await runner.sites.pop().stop()  # closes the listener, no more
    while runner.server and runner.server.connections and loop.time() < end:
        await asyncio.sleep(0.05)
    await runner.cleanup()  # not earlier: it reads nothing more, and no upload ends


asyncio.run(main())
