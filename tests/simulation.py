"""A second opinion on `timing_rules.timeline`: run the kubelet and pilot-agent step by step on a virtual clock.

`timing_rules` computes a timeline with closed formulas. Here nothing is computed ahead: each container is stopped by
its own task, as the kubelet's `killContainer` does, and each process reacts to its signal. The two share no code.
Followed: kubernetes/kubernetes `pkg/kubelet/kuberuntime/kuberuntime_container.go` and `…_termination_order.go` (1.36.3;
1.25 for the older rule), istio/istio `pkg/envoy/agent.go` @ 86c9f01fd735. Runtime overhead is taken as 0.

All times are integers, in microseconds, from the moment the kubelet starts to stop the pod; None means never.
"""

from __future__ import annotations

import heapq
from collections.abc import Generator
from dataclasses import dataclass
from typing import NamedTuple

SECOND = 1_000_000
MINIMUM_GRACE_SECONDS = 2  # minimumGracePeriodInSeconds
TICK = 1 * SECOND  # activeConnectionCheckDelay


@dataclass(frozen=True)
class Hook:
    length: int | None
    exec: bool = True  # an exec hook dies with its container; a `sleep` action and httpGet run in the kubelet
    calls: tuple[int, str] | None = None  # when, "drain" of pilot-agent; or Envoy: "closed", "graceful", "open"
    to_proxy: tuple[int, str] | None = None  # of an app: when, and "quit agent", "quit envoy" or "closed"


@dataclass(frozen=True)
class Agent:
    """pilot-agent with its Envoy. `knows_drain`: it answers POST /drain (Istio >= 1.21)."""

    termination_drain: int = 5 * SECOND
    drain_time: int = 45 * SECOND  # Envoy's --drain-time-s
    exit_on_zero: bool = False
    minimum_drain: int = 5 * SECOND
    idle_from: int | None = None  # from then on no connection is active
    knows_drain: bool = True


@dataclass(frozen=True)
class Container:
    name: str
    shutdown: int | None = 0  # from SIGTERM to exit; not read where there is an agent
    hook: Hook | None = None
    sidecar: bool = False  # a restartable init container
    agent: Agent | None = None
    exits_at: int | None = None  # leaves by itself, without a signal


@dataclass(frozen=True)
class Pod:
    grace: int  # whole seconds, as the API has it
    containers: tuple[Container, ...]  # sidecars in the order of spec.initContainers
    kubelet: tuple[int, int] = (1, 36)


@dataclass
class Proxy:
    drain_start: int | None = None
    inbound_closes: int | None = None
    envoy_end: int | None = None
    killed_by: str | None = None


@dataclass
class Stopped:
    hook_end: int | None = None
    sigterm: int | None = None
    timeout: int = 0  # whole seconds, given to the runtime
    sigkill: int | None = None  # when it would come
    end: int | None = None
    killed: bool = False
    proxy: Proxy | None = None


# The clock. A task is a generator: it yields a number to sleep, or a Wait, and is told whether the event came in time.


class Event:
    def __init__(self) -> None:
        self.happened = False
        self.waiting: list[tuple[Task, int]] = []


class Wait(NamedTuple):
    event: Event
    timeout: int


Steps = Generator[int | Wait, bool, None]


@dataclass(eq=False)
class Task:
    steps: Steps
    turn: int = 0  # a wake-up for an earlier turn is stale


class Clock:
    def __init__(self) -> None:
        self.now = 0
        self._count = 0
        self._agenda: list[tuple[int, bool, int, Task, int]] = []

    def start(self, steps: Steps) -> None:
        self._resume(Task(steps), in_time=True)

    def announce(self, event: Event) -> None:
        event.happened = True
        for task, turn in event.waiting:
            if turn == task.turn:
                self._wake(task, self.now, in_time=True)
        event.waiting.clear()

    def run(self) -> None:
        while self._agenda:
            self.now, late, _, task, turn = heapq.heappop(self._agenda)
            if turn == task.turn:
                self._resume(task, in_time=not late)

    def _wake(self, task: Task, at: int, *, in_time: bool) -> None:
        self._count += 1
        # A time-out comes last in its instant: a process that exits just as its time is up has made it.
        heapq.heappush(self._agenda, (at, not in_time, self._count, task, task.turn))

    def _resume(self, task: Task, in_time: bool) -> None:
        task.turn += 1
        try:
            wish = next(task.steps) if task.turn == 1 else task.steps.send(in_time)
        except StopIteration:
            return
        if isinstance(wish, int):
            self._wake(task, self.now + wish, in_time=True)
        elif wish.event.happened:
            self._wake(task, self.now, in_time=True)
        else:
            wish.event.waiting.append((task, task.turn))
            self._wake(task, self.now + wish.timeout, in_time=False)


class Process:
    def __init__(self, clock: Clock, spec: Container) -> None:
        self.clock, self.spec = clock, spec
        self.exited, self.exec_hook = Event(), Event()
        self.exited_at: int | None = None
        self.killed = False
        if spec.exits_at is not None:
            clock.start(self._exit_in(spec.exits_at))

    def sigterm(self) -> None:
        if self.spec.shutdown is not None:
            self.clock.start(self._exit_in(self.spec.shutdown))

    def sigkill(self) -> None:
        self.killed = True
        self._gone()

    def _exit_in(self, time: int) -> Steps:
        yield time
        self._gone()

    def _gone(self) -> None:
        if self.exited_at is None:
            self.exited_at = self.clock.now
            self.clock.announce(self.exited)
            self.clock.announce(self.exec_hook)


class PilotAgent(Process):
    """The agent and its Envoy, which lives until the agent or the kubelet kills it."""

    def __init__(self, clock: Clock, spec: Container, settings: Agent) -> None:
        super().__init__(clock, spec)
        self.settings, self.proxy = settings, Proxy()
        self.skip_drain = self.terminating = False

    def sigterm(self) -> None:
        if not self.terminating:  # a second signal is swallowed
            self.terminating = True
            self.clock.start(self._terminate())

    def sigkill(self) -> None:
        self._envoy_gone("kubelet")
        super().sigkill()

    def called(self, what: str) -> None:
        if what == "drain" and self.settings.knows_drain:
            self.skip_drain = True
            self._drain_listeners("open")
        elif what != "drain":
            self._drain_listeners(what)

    def asked_by_an_app(self, what: str) -> Steps:
        """POST /quitquitquit of the agent (15020) or of Envoy (15000), or Envoy's drain_listeners without graceful."""
        if what == "quit agent":
            yield Wait(Event(), 0)  # its port closes with SIGTERM: one of the same instant comes first
            if self.terminating or self.exited.happened:
                return
            if not self.settings.knows_drain:
                self.sigterm()  # 1.20 and older: it signals itself
                return
        if self.exited.happened:
            return
        if what == "closed":
            self._drain_listeners("closed")
        else:
            if self.proxy.drain_start == self.clock.now:  # its last instant
                self.proxy.drain_start = None
            self._envoy_gone("pilot-agent")
            self._gone()

    def _terminate(self) -> Steps:
        if not self.skip_drain:
            self._drain_listeners("graceful")
            if self.settings.exit_on_zero:
                idle_from = self.settings.idle_from
                yield self.settings.minimum_drain
                while True:
                    yield TICK
                    if self.exited.happened or (idle_from is not None and idle_from <= self.clock.now):
                        break
            else:
                yield self.settings.termination_drain
        self._envoy_gone("pilot-agent")
        self._gone()

    def _drain_listeners(self, then: str) -> None:
        if self.proxy.drain_start is None:  # a second graceful drain changes nothing
            self.proxy.drain_start = self.clock.now
            if then != "open":  # graceful&skip_exit
                self.clock.start(self._close_listeners(self.settings.drain_time if then == "graceful" else 0))
        elif then == "closed" and (self.proxy.inbound_closes is None or self.proxy.inbound_closes > self.clock.now):
            self.clock.start(self._close_listeners(0))

    def _close_listeners(self, after: int) -> Steps:
        yield after
        if self.proxy.envoy_end is None and self.proxy.inbound_closes is None:
            self.proxy.inbound_closes = self.clock.now

    def _envoy_gone(self, by: str) -> None:
        if self.proxy.envoy_end is None:
            self.proxy.envoy_end, self.proxy.killed_by = self.clock.now, by
            if self.proxy.inbound_closes == self.clock.now:  # its last instant
                self.proxy.inbound_closes = None


class Kubelet:
    """One task per container, all started at once."""

    def __init__(self, pod: Pod) -> None:
        self.pod, self.clock = pod, Clock()
        self.effective_grace = max(pod.grace, 1)  # calculateEffectiveGracePeriod
        self.processes = {
            c.name: PilotAgent(self.clock, c, c.agent) if c.agent else Process(self.clock, c) for c in pod.containers
        }
        self.terminated = {c.name: Event() for c in pod.containers}  # terminationOrdering.containerTerminated
        self.stopped = {c.name: Stopped() for c in pod.containers}

    def kill_pod(self) -> dict[str, Stopped]:
        for container in self.pod.containers:
            self.clock.start(self._kill_container(container))
        self.clock.run()
        for name, process in self.processes.items():
            stopped = self.stopped[name]
            stopped.end, stopped.killed = process.exited_at, process.killed
            stopped.proxy = process.proxy if isinstance(process, PilotAgent) else None
        return self.stopped

    def _kill_container(self, container: Container) -> Steps:
        hook_is_counted = self.pod.kubelet >= (1, 28)
        grace = self.effective_grace if hook_is_counted else self.pod.grace
        process, stopped = self.processes[container.name], self.stopped[container.name]
        if container.hook and grace > 0:
            begin, hook_done = self.clock.now, process.exec_hook if container.hook.exec else Event()
            self.clock.start(self._run_hook(container.hook, process, hook_done))
            yield Wait(hook_done, grace * SECOND)
            grace -= (self.clock.now - begin) // SECOND
        stopped.hook_end = self.clock.now if container.hook else None
        if self.pod.kubelet >= (1, 29) and grace > 0:
            begin, budget = self.clock.now, grace * SECOND
            for earlier in self._stops_before(container):
                if not (yield Wait(earlier, begin + budget - self.clock.now)):
                    break
            grace -= (self.clock.now - begin) // SECOND
        grace = max(grace, MINIMUM_GRACE_SECONDS)
        if not hook_is_counted:
            grace = self.effective_grace  # 1.22 - 1.27 apply the override last
        yield from self._stop_container(process, stopped, grace)
        self.clock.announce(self.terminated[container.name])

    def _run_hook(self, hook: Hook, process: Process, done: Event) -> Steps:
        """The hook itself; when its timer fires the kubelet no longer looks, but the hook goes on."""
        if hook.to_proxy:
            self.clock.start(self._call_the_proxy(*hook.to_proxy))
        at, what = hook.calls or (0, "")
        yield at
        if what and isinstance(process, PilotAgent) and not process.exited.happened:
            process.called(what)
        if hook.length is not None:
            yield hook.length - at
            self.clock.announce(done)

    def _call_the_proxy(self, at: int, what: str) -> Steps:
        yield at
        for proxy in self.processes.values():
            if isinstance(proxy, PilotAgent):
                self.clock.start(proxy.asked_by_an_app(what))

    def _stops_before(self, container: Container) -> list[Event]:
        if not container.sidecar:
            return []
        apps = [c for c in self.pod.containers if not c.sidecar]
        sidecars = [c for c in self.pod.containers if c.sidecar]
        next_sidecar = sidecars[sidecars.index(container) + 1 :][:1]
        return [self.terminated[c.name] for c in apps + next_sidecar]

    def _stop_container(self, process: Process, stopped: Stopped, timeout: int) -> Steps:
        stopped.sigterm, stopped.timeout = self.clock.now, timeout
        stopped.sigkill = self.clock.now + timeout * SECOND
        if not process.exited.happened:
            process.sigterm()
            if not (yield Wait(process.exited, timeout * SECOND)):
                process.sigkill()


def simulate(pod: Pod) -> dict[str, Stopped]:
    """Stop the pod and say when everything happened."""
    return Kubelet(pod).kill_pod()
