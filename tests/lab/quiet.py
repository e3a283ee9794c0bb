"""Runs of the lab that a stalled machine did not disturb: a pod is stopped again if this process, too, was late."""

from __future__ import annotations

import asyncio
from typing import Any

from lab.run import apart

LATE = 0.3  # seconds by which a sleep of this process may be late
TRIES = 3


async def stopped(job: dict[str, Any]) -> dict[str, Any]:
    """The run of a job, on a machine that was quiet meanwhile; or the last of `TRIES`."""
    for left in reversed(range(TRIES)):
        watching = asyncio.ensure_future(_latest())
        run = await apart(job)
        watching.cancel()
        if not left or await watching <= LATE:
            return run
    raise AssertionError


async def _latest() -> float:
    """The greatest delay of a sleep until it is cancelled, in seconds."""
    loop, most = asyncio.get_running_loop(), 0.0
    try:
        while True:
            due = loop.time() + 0.1
            await asyncio.sleep(0.1)
            most = max(most, loop.time() - due)
    except asyncio.CancelledError:
        return most
