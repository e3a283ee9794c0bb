"""The kubelet's part: hooks, SIGTERM in turn, the grace period in whole seconds, SIGKILL.

Followed: kubernetes/kubernetes v1.36.3 `pkg/kubelet/kuberuntime/kuberuntime_container.go` (`killContainer`) and
`kuberuntime_termination_order.go`; Kubernetes 1.29 and later. A container is one process, with its children.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from timing_rules.domain import Container, Hook, Pod

from .envoy import Ports
from .wire import request, spawn

MINIMUM_GRACE = 2  # minimumGracePeriodInSeconds
#: What the runtime takes to deliver a signal (recorded with containerd and runc: 0.01 to 0.03 s).
RUNTIME = 0.015


@dataclass
class Process:
    """A container's main process; `said` are the events it told, by CLOCK_MONOTONIC."""

    name: str
    process: asyncio.subprocess.Process
    said: list[dict[str, Any]] = field(default_factory=list)
    told: asyncio.Event = field(default_factory=asyncio.Event)
    exited: asyncio.Event = field(default_factory=asyncio.Event)
    exited_at: float = 0.0
    heard: Callable[[], None] | None = None
    reading: asyncio.Future[None] | None = None

    @classmethod
    async def start(cls, name: str, *command: str, heard: Callable[[], None] | None = None) -> Process:
        """Starts a process of the lab; `heard` is called at every line that it tells."""
        pipe, none = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        env = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
        self = cls(name, await spawn(*command, stdin=none, stdout=pipe, env=env, limit=2**24))
        self.heard = heard
        self.reading = asyncio.ensure_future(self._read())
        return self

    @classmethod
    async def start_program(cls, name: str, env: dict[str, str], *command: str) -> Process:
        """Starts a program that is not of the lab, such as a server; its last line on stderr it says as `stderr`."""
        pipe, none = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        self = cls(
            name, await spawn(*command, stdin=none, stdout=none, stderr=pipe, env={**os.environ, **env}, limit=2**24)
        )
        self.reading = asyncio.ensure_future(self._read())
        return self

    async def _read(self) -> None:
        if self.process.stdout:
            async for line in self.process.stdout:
                self.said.append(json.loads(line))
                self.told.set()
                if self.heard:
                    self.heard()
        stderr = asyncio.ensure_future(self._read_stderr())
        await self.process.wait()
        self.exited_at = time.monotonic()
        with suppress(ProcessLookupError):  # as the runtime does with what a container leaves behind
            os.killpg(self.process.pid, signal.SIGKILL)
        await asyncio.wait([stderr], timeout=0.1)  # children may hold it for longer
        stderr.cancel()
        self.exited.set()
        self.told.set()

    async def _read_stderr(self) -> None:
        if self.process.stderr:
            async for line in self.process.stderr:
                self.said = [{"event": "stderr", "at": time.monotonic(), "text": line.decode(errors="replace")}]

    async def until(self, event: str) -> dict[str, Any] | None:
        """What it said with `event`, or `None` when it exited before."""
        while True:
            for line in self.said:
                if line["event"] == event:
                    return line
            if self.exited.is_set():
                return None
            self.told.clear()
            await self.told.wait()

    def signal(self, number: signal.Signals) -> None:
        """SIGKILL reaches the main process and its group (Envoy ends with its agent), any other signal the main process."""
        with suppress(ProcessLookupError):
            if number == signal.SIGKILL and self.process.returncode is None:
                os.killpg(self.process.pid, number)
            else:
                self.process.send_signal(number)

    async def end(self) -> None:
        """Kills it, and returns when asyncio is done with it, even if cancelled meanwhile.

        What asyncio still holds of a process when the event loop closes ends in a traceback.
        """
        assert self.reading is not None
        if not self.exited.is_set():
            self.signal(signal.SIGKILL)
        cancelled: asyncio.CancelledError | None = None
        while True:
            try:
                await asyncio.wait([self.reading])  # which may itself have been cancelled, before the process exited
                await self.process.wait()
                break
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            raise cancelled


@dataclass
class Stopped:
    """When the kubelet called the runtime, with which time-out in whole seconds, and how the container ended."""

    stop_called: float = 0.0
    stop_timeout: int = 0
    end: float = 0.0
    exit_code: int | None = None
    hook: str = ""


class Kubelet:
    """Stops a pod: a task a container, all started at once."""

    def __init__(self, pod: Pod, processes: dict[str, Process], ports: Ports) -> None:
        self.pod, self.processes, self.ports = pod, processes, ports
        self.gone = {name: asyncio.Event() for name in processes}
        self.stopped = {name: Stopped() for name in processes}
        proxy = pod.proxy_container
        self.native = [container.name for container in pod.natives]
        self.containers = [*pod.containers, *pod.sidecars, *([proxy] if proxy else [])]
        self.began = 0.0

    def now(self) -> float:
        return asyncio.get_running_loop().time() - self.began  # CLOCK_MONOTONIC

    async def kill_pod(self) -> dict[str, Stopped]:
        self.began = asyncio.get_running_loop().time()
        await asyncio.gather(*(self._kill_container(container) for container in self.containers))
        return self.stopped

    async def _kill_container(self, container: Container) -> None:
        process, stopped, grace = self.processes[container.name], self.stopped[container.name], self.pod.grace
        if container.preStop is not None:
            began = self.now()
            hook = asyncio.ensure_future(self._hook(container.preStop, stopped))
            waits: set[asyncio.Future[Any]] = {hook}
            if container.preStop.kind == "exec":  # dies with its container
                waits.add(asyncio.ensure_future(process.exited.wait()))
            await asyncio.wait(waits, timeout=grace, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
            grace -= int(self.now() - began)
        if container.name in self.native and grace > 0:
            began = self.now()
            with suppress(TimeoutError):
                async with asyncio.timeout(grace):
                    for name in self._before(container.name):
                        await self.gone[name].wait()
            grace -= int(self.now() - began)
        await self._stop_container(process, stopped, max(grace, MINIMUM_GRACE))
        self.gone[container.name].set()

    def _before(self, name: str) -> list[str]:
        """The containers that must be gone before a native sidecar's turn."""
        later = self.native[self.native.index(name) + 1 :][:1]
        return [other for other in self.processes if other not in self.native] + later

    async def _stop_container(self, process: Process, stopped: Stopped, timeout: int) -> None:
        stopped.stop_called, stopped.stop_timeout = self.now(), timeout
        await asyncio.sleep(RUNTIME)
        process.signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(timeout):
                await process.exited.wait()
        except TimeoutError:
            await asyncio.sleep(RUNTIME)
            process.signal(signal.SIGKILL)
            await process.exited.wait()
        stopped.end = process.exited_at - self.began
        code = process.process.returncode
        stopped.exit_code = 128 - code if code is not None and code < 0 else code

    async def _hook(self, hook: Hook, stopped: Stopped) -> None:
        """A `sleep`, or an exec hook read as the calls that it makes to the agent or to Envoy, and the time it takes."""
        assert hook.seconds is not None
        at, path, port = 0.0, "", self.ports.status
        if hook.listeners is not None and (found := re.search(r"drain_listeners[\w?&=]*", " ".join(hook.command))):
            at, path, port = hook.listeners[0], f"/{found[0]}", self.ports.admin
        elif hook.drains_at is not None:
            at, path = hook.drains_at, "/drain"
        await asyncio.sleep(at)
        if path:
            try:
                await request(port, path, "POST")
            except OSError as error:
                stopped.hook = type(error).__name__
        await asyncio.sleep(hook.seconds - at)
