"""Small manifests to try, and short ways to ask what the package makes of them."""

from __future__ import annotations

import contextlib
import io
import re
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml
from timing_rules import Assumptions, ManifestError, Pod, check, load
from timing_rules.cli import main
from timing_rules.rules.engine import Finding, RuleFailure

IN = {"sidecar.istio.io/inject": "true"}
STATUS = {"sidecar.istio.io/status": "{}"}
CONFIG = "proxy.istio.io/config"


class _Dumper(yaml.SafeDumper):
    """Quotes what is a number to Go and a word to PyYAML, as kubectl does: `1.5e1`."""


_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"[-+]?[\d.]+[eE][-+]?\d+$"), list("-+.0123456789"))


def manifest(
    kind: str = "Pod",
    *,
    labels: dict[str, Any] | None = None,
    annotations: dict[str, Any] | None = None,
    own: dict[str, Any] | None = None,
    containers: list[dict[str, Any]] | None = None,
    namespace: str | None = None,
    **spec: Any,
) -> str:
    """A Pod, or another workload with its pod template; `own` are the workload's own annotations."""
    meta: dict[str, Any] = {"labels": labels or {}, "annotations": annotations or {}}
    pod = {"containers": [{"name": "web", "image": "web:1"}] if containers is None else containers, **spec}
    body: dict[str, Any] = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", **meta}, "spec": pod}
    if kind != "Pod":
        template = {"template": {"metadata": meta, "spec": pod}}
        group = "batch/v1" if kind in ("Job", "CronJob") else "apps/v1"
        inner = {"jobTemplate": {"spec": template}} if kind == "CronJob" else template
        body = {"apiVersion": group, "kind": kind, "metadata": {"name": "p", "annotations": own or {}}, "spec": inner}
    if namespace:
        body["metadata"]["namespace"] = namespace
    return dump(body)


def dump(*documents: Any) -> str:
    """Documents as one YAML text."""
    return yaml.dump_all(documents, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)


def web(**fields: Any) -> dict[str, Any]:
    """An app container."""
    return {"name": "web", "image": "web:1"} | fields


def sleeps(seconds: int) -> dict[str, Any]:
    """The lifecycle with a preStop sleep."""
    return {"lifecycle": {"preStop": {"sleep": {"seconds": seconds}}}}


def runs(*command: str) -> dict[str, Any]:
    """The lifecycle with an exec preStop."""
    return {"lifecycle": {"preStop": {"exec": {"command": list(command)}}}}


def proxy(role: str | None = "sidecar", **fields: Any) -> dict[str, Any]:
    """An injected istio-proxy."""
    args = {"args": ["proxy", role]} if role else {}
    return {"name": "istio-proxy", "image": "docker.io/istio/proxyv2:1.30.0", **args, **fields}


def config(**settings: Any) -> dict[str, str]:
    """The annotation with a ProxyConfig; names in capitals go under proxyMetadata."""
    body = {key: value for key, value in settings.items() if not key.isupper()}
    metadata = {key: value for key, value in settings.items() if key.isupper()}
    if metadata:
        body["proxyMetadata"] = metadata
    return {CONFIG: dump(body)}


def pods(text: str, **assumptions: Any) -> list[Pod]:
    """The pods of a text."""
    return [item for item in load(text, assumptions=Assumptions(**assumptions)) if isinstance(item, Pod)]


def pod(text: str, **assumptions: Any) -> Pod:
    """The only pod of a text."""
    (found,) = pods(text, **assumptions)
    return found


def findings(text: str, **assumptions: Any) -> list[Finding]:
    """Everything that is found in a text; no rule fails on it."""
    failures: list[RuleFailure] = []
    items = load(text, assumptions=Assumptions(**assumptions))
    listed = [finding for item in items for finding in check(item, failures)]
    assert not failures
    return listed


def rules(text: str, **assumptions: Any) -> set[str]:
    """`PT101 error` and so on."""
    return {f"{one.rule} {one.severity}" for one in findings(text, **assumptions)}


def errors(text: str, **assumptions: Any) -> list[ManifestError]:
    """Every error of a text."""
    try:
        load(text, assumptions=Assumptions(**assumptions))
    except ManifestError as error:
        return [error, *error.others]
    return []


@contextlib.contextmanager
def calls_at_most(most: int) -> Iterator[None]:
    """Work that takes at most so many calls of functions, however busy the machine is; a hang ends with them, too."""
    count = 0

    def tick(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")
        assert count <= most, f"more than {most:,} calls"

    before = sys.getprofile()
    sys.setprofile(tick)
    try:
        yield
    finally:
        sys.setprofile(before)


class Ran(NamedTuple):
    """What a run of the command line left behind."""

    status: int
    out: str
    err: str


def run(*argv: str, stdin: str | bytes = "") -> Ran:
    """The command line, in this process, with its streams as a shell would give them."""
    content = stdin.encode() if isinstance(stdin, str) else stdin
    given, streams = sys.stdin, [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2)]
    sys.stdin = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8")
    try:
        with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
            status = main(list(argv))
    finally:
        sys.stdin = given
    texts = []
    for stream in streams:
        stream.flush()
        texts.append(stream.buffer.getvalue().decode())
    return Ran(status, *texts)
