"""uvicorn and Starlette: `python uvicorn_starlette.py`."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

DELAY = int(os.environ.get("ACCEPTS_AFTER_SIGTERM", "10"))  # 0 behind a preStop hook
LIMIT = int(os.environ.get("APP_SHUTDOWN", "25"))  # SIGTERM to exit, delay included
leaving = asyncio.Event()


async def work(request: Request) -> Response:
    await request.body()  # your work
    return Response(headers={"Connection": "close"} if leaving.is_set() else {})


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    def leave() -> None:
        leaving.set()
        loop.call_later(DELAY, setattr, server, "should_exit", True)

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, leave)  # uvicorn's own would close now
    yield  # no request is left after it: close pools here


app = Starlette(routes=[Route("/", work, methods=["POST"])], lifespan=lifespan)
port, limit = int(os.environ.get("PORT", "8080")), LIMIT - DELAY - 1
config = uvicorn.Config(app, "0.0.0.0", port, timeout_graceful_shutdown=limit)
server = uvicorn.Server(config)
server.run()
