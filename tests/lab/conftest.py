"""Tests that stop real pods on this machine carry the marker `lab`; the others need no Envoy."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

NEEDED = ("envoy", "grpc", "h2", "httpx", "uvicorn", "websockets")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "lab: stops pods with a real Envoy (make lab installs it)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = [name for name in NEEDED if find_spec(name) is None]
    for item in items:
        if missing and item.get_closest_marker("lab"):
            reason = f"the lab's packages are not installed ({', '.join(missing)}); `make lab` installs them"
            item.add_marker(pytest.mark.skip(reason=reason))
