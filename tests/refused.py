"""What `check` calls refused: by the API server, by Istio's injector, or by istiod."""

from __future__ import annotations

import json

from tests.package.inputs import run

#: Rules whose errors say that something is refused; the others speak of requests lost, or of settings without effect.
REFUSALS = {"PT107", "PT111", "PT208", "PT211", "PT213", "PT215", "PT224"}


def refusals(*words: str, stdin: str = "") -> list[str]:
    """The errors of a run of `check` that say that something is refused; input that cannot be read is one."""
    ran = run("check", *words, "--format", "json", "--lang", "en", stdin=stdin)
    said = [
        f"{finding['source']}: {finding['rule']} {finding['message']}"
        for finding in json.loads(ran.out)
        if finding["severity"] == "error" and finding["rule"] in REFUSALS
    ]
    return said if ran.status != 2 else [*said, f"exit status 2: {ran.err}"]
