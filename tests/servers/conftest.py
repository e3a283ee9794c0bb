"""Starts programs of snippets/servers, and ends them whatever becomes of the test."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.servers.process import TOOLCHAINS, Running

Start = Callable[..., Running]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    missing = [
        name for name in ("aiohttp", "grpc", "gunicorn", "starlette", "uvicorn") if not importlib.util.find_spec(name)
    ]
    assert not missing, f"{', '.join(missing)} missing: `make test` installs requirements/servers.txt"
    with ExitStack() as stack:

        def run(name: str, **settings: str | int) -> Running:
            toolchain = TOOLCHAINS.get(Path(name).suffix)
            if toolchain and not shutil.which(toolchain):
                pytest.skip(f"{name}: needs {toolchain}, which this machine does not have")
            running = Running(name, tmp_path / f"{name}.log", **settings)
            stack.callback(running.kill)
            return running

        yield run
