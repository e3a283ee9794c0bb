"""However a run ends: no process, no port, no file is left, and what went wrong is one sentence."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lab import envoy, pod, run
from lab.kubelet import Process
from lab.wire import HOST, LabError, free_ports
from timing_rules import Pod, load

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = ROOT / "tests/traces/mesh/classic-app-prestop-only.yaml"


def running(mark: str) -> list[int]:
    """Every process that inherited `mark` in its environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark.encode() in path.read_bytes() and path.parent.name != str(os.getpid()):
                found.append(int(path.parent.name))
        except OSError:  # it is gone, or not ours
            continue
    return found


def listening(pids: list[int]) -> bool:
    return any("envoy" in os.readlink(f"/proc/{pid}/exe") for pid in pids if Path(f"/proc/{pid}/exe").exists())


def soon(true: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def workers(pids: list[int]) -> int:
    """How many of them are gunicorn's: the lab starts one, which forks another."""
    paths = [Path(f"/proc/{pid}/cmdline") for pid in pids]
    return sum(b"gunicorn" in path.read_bytes() for path in paths if path.exists())


def started(mark: str, folder: Path, *given: str, home: Path | None = None) -> subprocess.Popen[bytes]:
    """`python -m lab run …`; all that it may write goes to `folder`, and its processes carry `mark`."""
    env = {
        **os.environ,
        mark: "1",
        "TMPDIR": str(folder),
        "HOME": str(home or folder),
        "XDG_CACHE_HOME": "",
        "PYTHONPATH": str(ROOT / "snippets"),
    }
    command = [sys.executable, "-B", "-m", "lab", "run", *given]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)


@pytest.fixture
def lab(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """An experiment, with an Envoy that runs."""
    mark = f"LAB_TEST_{uuid.uuid4().hex}"
    process = started(mark, tmp_path, request.param)
    try:
        assert soon(lambda: listening(running(mark)), 20)
        yield process, mark
    finally:
        process.kill()
        process.communicate()


@pytest.mark.lab
@pytest.mark.parametrize(
    ("lab", "how"),
    [
        ("outbound", signal.SIGINT),
        ("outbound", signal.SIGTERM),
        ("outbound", signal.SIGKILL),
        ("servers", signal.SIGINT),
        ("servers", signal.SIGKILL),
    ],
    indirect=["lab"],
)
def test_nothing_is_left(
    how: signal.Signals, lab: tuple[subprocess.Popen[bytes], str], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    process, mark = lab
    assert len(running(mark)) >= 5
    if "servers" in request.node.name:
        assert soon(lambda: workers(running(mark)) >= 2, 20)
    process.send_signal(how)
    said, _ = process.communicate(timeout=10)
    assert soon(lambda: not running(mark), 5), running(mark)
    assert list(tmp_path.iterdir()) == []
    if how is signal.SIGINT:
        assert b"Stopped; nothing is left running." in said and b"Traceback" not in said


@pytest.mark.parametrize("together", [1, 2])
def test_a_stopped_run_waits_for_its_processes(monkeypatch: pytest.MonkeyPatch, together: int) -> None:
    """Whichever run ends first, and whoever is cancelled twice: else asyncio finds its event loop closed."""
    begun: list[Process] = []

    async def start(name: str, *command: str, heard: Callable[[], None] | None = None) -> Process:
        begun.append(await start_really(name, sys.executable, "-c", "import time; time.sleep(60)", heard=heard))
        return begun[-1]

    async def stopped(cancel_again: bool) -> None:
        experiment = run.Experiment.read("outbound")
        running = asyncio.ensure_future(run.run_all([(experiment, ("1.39",))], 2, together, lambda one, made: None))
        while len(begun) < together:
            await asyncio.sleep(0.01)
        running.cancel()
        if cancel_again:  # as the event loop does at its end, with every task
            await asyncio.sleep(0)
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        if cancel_again:
            left = asyncio.all_tasks() - {asyncio.current_task()}
            await asyncio.gather(*left, return_exceptions=True)
        assert [process.process.returncode for process in begun] == [-signal.SIGKILL] * together

    start_really = Process.start
    monkeypatch.setattr(Process, "start", start)
    for cancel_again in (False, True):
        begun.clear()
        asyncio.run(stopped(cancel_again))


@pytest.mark.lab
def test_nothing_is_left_by_a_run_that_succeeds_or_fails(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    mark = f"LAB_TEST_{uuid.uuid4().hex}"
    process = started(mark, tmp_path, "native-order")
    said, _ = process.communicate(timeout=60)
    assert process.returncode in (0, 1) and b"measured as computed" in said, said  # 1: it was late, on a busy machine

    home = tmp_path_factory.mktemp("home")
    broken = home / ".cache" / "timing-lab" / "envoy-1.36" / "envoy" / "_bin" / "envoy"
    broken.parent.mkdir(parents=True)
    broken.symlink_to("/bin/false")
    process = started(mark, tmp_path, "native-order", "--envoy", "1.36", home=home)
    said, _ = process.communicate(timeout=60)
    assert (
        process.returncode == 2 and b"Envoy 1.36 did not start: it said nothing" in said and b"Traceback" not in said
    ), said
    assert not running(mark) and list(tmp_path.iterdir()) == []


def classic() -> Pod:
    [one] = load(MANIFEST.read_text())
    assert isinstance(one, Pod)
    return one


def sentence(one: Pod) -> str:
    with pytest.raises(LabError) as error:
        asyncio.run(pod.measure(one, [{"kind": "new"}]))
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.lab
def test_a_port_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()

        def ports(count: int) -> list[int]:
            found = free_ports(count)
            found[list(envoy.Ports.__dataclass_fields__).index("in_http")] = taken.getsockname()[1]
            return found

        monkeypatch.setattr(pod, "free_ports", ports)
        assert "in use, three times in a row; run it again" in sentence(classic())


@pytest.mark.lab
def test_an_envoy_that_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envoy, "arguments", lambda seconds, config: ["--no-such-argument"])
    assert "Envoy 1.39 did not start" in sentence(classic())


def test_a_platform_without_an_envoy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(LabError, match=r"needs Linux.*container or virtual machine"):
        envoy.binary()


def test_an_envoy_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "envoy", None)
    with pytest.raises(LabError, match="make lab"):
        envoy.binary()
    with pytest.raises(LabError, match=r"There is no Envoy 1\.2"):
        envoy.binary("1.2")


def test_an_experiment_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["run", "nonsense"]) == 2
    assert "name one of" in capsys.readouterr().err


def test_a_pod_that_does_not_say_how_it_stops() -> None:
    text = "apiVersion: v1\nkind: Pod\nmetadata: {name: web%s}\nspec: {containers: [{name: web, image: web}]}\n"
    [silent] = load(text % "")
    [undecided] = load(text % ", labels: {sidecar.istio.io/inject: 'true'}")
    assert isinstance(silent, Pod) and isinstance(undecided, Pod)
    assert "How long web takes to stop is not declared; add timing-rules/app-shutdown" in sentence(silent)
    assert "has no sidecar that its manifest settles; declare its versions" in sentence(undecided)
