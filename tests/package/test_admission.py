"""38 pods that a real API server, with Istio's webhook, refused or accepted: `check` says the same of each."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.refused import refusals

RECORDED = json.loads((Path(__file__).parent.parent / "traces" / "cluster" / "api" / "admission.json").read_text())
NAMES = {f"admission:{number}-{re.sub('[^A-Za-z0-9.]+', '-', pod['what'])}": pod for number, pod in enumerate(RECORDED)}


@pytest.mark.parametrize("recorded", NAMES.values(), ids=NAMES)
def test_as_the_api_server_says(recorded: dict[str, Any]) -> None:
    """kubectl's default (strict) counts: an unknown field is refused there."""
    said = refusals("-", "--istio", "1.31", "--kubernetes", "1.36", stdin=recorded["yaml"])
    if (recorded["strict"]["rc"] != 0) != bool(said):
        pytest.fail(
            "\n".join([recorded["what"], f"API server: {recorded['strict']['stderr']}", f"check: {said}"]), False
        )
