"""Fields that decide how a pod stops, where Kubernetes or Knative does not take them, and the same in their place."""

from __future__ import annotations

from typing import Any

import pytest
from timing_rules.rules.engine import Finding

from tests.package.inputs import IN, STATUS, dump, findings, manifest, proxy, runs, sleeps, web
from tests.package.test_rules import applied

GRACE = "terminationGracePeriodSeconds"
HOOK = sleeps(5)["lifecycle"]
POD, FIRST = "spec.template.spec", "spec.template.spec.containers[0]"


def deployment(*containers: dict[str, Any], **spec: Any) -> str:
    return manifest("Deployment", containers=list(containers) or [web()], **spec)


def hook(**handler: Any) -> dict[str, Any]:
    """An app container with a preStop handler as it is written."""
    return web(lifecycle={"preStop": handler})


def workload(kind: str = "Deployment", *, template: Any = None, **spec: Any) -> str:
    """A workload whose own spec, or whose template beside the pod's spec, holds more than it should."""
    inner = {"template": {"spec": {"containers": [web()]}, **(template or {})}, **spec}
    body = {"jobTemplate": {"spec": inner}} if kind == "CronJob" else inner
    api = "batch/v1" if "Job" in kind else "apps/v1"
    return dump({"apiVersion": api, "kind": kind, "metadata": {"name": "p"}, "spec": body})


def knative(spec: dict[str, Any], **container: Any) -> str:
    body = {"template": {"spec": {"containers": [web(**container)], **spec}}}
    return dump({"apiVersion": "serving.knative.dev/v1", "kind": "Service", "metadata": {"name": "p"}, "spec": body})


#: What is written, where the finding points (behind the pod's or the container's path), words of message and fix.
WRONG: list[tuple[str, str, str, str]] = [
    (deployment(web(**{GRACE: 60})), f"{FIRST}.{GRACE}", "grace period is 30 s", "beside containers"),
    (deployment(web(terminationGracePeriod=60)), f"{FIRST}.terminationGracePeriod", "30 s", "beside containers"),
    (deployment(web(lifecycle={GRACE: 60})), f"{FIRST}.lifecycle.{GRACE}", "30 s", "beside containers"),
    (deployment(hook(sleep={"seconds": 5}, **{GRACE: 60})), f"{FIRST}.lifecycle.preStop.{GRACE}", "30 s", "beside"),
    (workload("Deployment", **{GRACE: 60}), f"spec.{GRACE}", "30 s", "beside containers"),
    (workload(template={GRACE: 60}), f"spec.template.{GRACE}", "30 s", "beside containers"),
    (workload("Job", **{GRACE: 60}), f"spec.{GRACE}", "30 s", "beside containers"),
    (workload("CronJob", **{GRACE: 60}), f"spec.jobTemplate.spec.{GRACE}", "30 s", "beside containers"),
    (workload("StatefulSet", lifecycle=HOOK), "spec.lifecycle", "no hook runs", "in a container"),
    (deployment(terminationGracePeriod=60), f"{POD}.terminationGracePeriod", "30 s", f"the name is {GRACE}"),
    (deployment(terminationGracePeriodSecond=60), f"{POD}.terminationGracePeriodSecond", "30 s", f"name is {GRACE}"),
    (deployment(TerminationGracePeriodSeconds=60), f"{POD}.TerminationGracePeriodSeconds", "30 s", f"name is {GRACE}"),
    (deployment(gracePeriodSeconds=60), f"{POD}.gracePeriodSeconds", "30 s", f"the name is {GRACE}"),
    (deployment(web(resources={"lifecycle": HOOK})), f"{FIRST}.resources.lifecycle", "no hook runs", "in a container"),
    (deployment(web(livenessProbe={"exec": {}, "lifecycle": HOOK})), f"{FIRST}.livenessProbe.lifecycle", "no hook runs", "in a"),
    (deployment(web(livenessProbe={"exec": {GRACE: 5}})), f"{FIRST}.livenessProbe.exec.{GRACE}", "30 s", "beside containers"),
    (deployment(web(hooks={"preStop": HOOK["preStop"]})), f"{FIRST}.hooks.preStop", "no hook runs", "in a container"),
    (deployment(securityContext={GRACE: 60}), f"{POD}.securityContext.{GRACE}", "30 s", "beside containers"),
    (workload(strategy={"rollingUpdate": {GRACE: 60}}), f"spec.strategy.rollingUpdate.{GRACE}", "30 s", "beside containers"),
    (workload(template={"metadata": {GRACE: 60}}), f"spec.template.metadata.{GRACE}", "30 s", "beside containers"),
    (workload() + f"{GRACE}: 60\n", GRACE, "30 s", "beside containers"),
    (workload() + dump({"lifecycle": HOOK}), "lifecycle", "no hook runs", "in a container"),
    (deployment(lifecycle=HOOK), f"{POD}.lifecycle", "no hook runs", "in a container, as lifecycle.preStop"),
    (deployment(preStop={"sleep": {"seconds": 5}}), f"{POD}.preStop", "no hook runs", "in a container"),
    (deployment(web(preStop=HOOK["preStop"])), f"{FIRST}.preStop", "no hook runs", "in a container, as lifecycle.preStop"),
    (deployment(web(lifeCycle=HOOK)), f"{FIRST}.lifeCycle", "no hook runs", "the name is lifecycle"),
    (deployment(web(preStopHook=HOOK["preStop"])), f"{FIRST}.preStopHook", "no hook runs", "in a container"),
    (deployment(web(lifecycle={"prestop": {}})), f"{FIRST}.lifecycle.prestop", "no hook runs", "the name is preStop"),
    (deployment(web(lifecycle={"preStopHook": {}})), f"{FIRST}.lifecycle.preStopHook", "no hook", "the name is preStop"),
    (deployment(web(lifecycle={"pre_stop": {}})), f"{FIRST}.lifecycle.pre_stop", "no hook runs", "the name is preStop"),
    (deployment(web(lifecycle={"shutdown": {}})), f"{FIRST}.lifecycle.shutdown", "no hook runs", "in a container"),
    (deployment(hook(command=["x"])), f"{FIRST}.lifecycle.preStop.command", "nothing to do", "exec.command"),
    (deployment(hook(Sleep={"seconds": 5})), f"{FIRST}.lifecycle.preStop.Sleep", "nothing to do", "the name is sleep"),
    (deployment(hook(exec={"sleep": 5})), f"{FIRST}.lifecycle.preStop.exec.sleep", "nothing to do", "sleep.seconds"),
    (deployment(hook(exec={"commands": ["x"]})), f"{FIRST}.lifecycle.preStop.exec.commands", "nothing", "name is command"),
    (deployment(hook(sleep={"second": 5})), f"{FIRST}.lifecycle.preStop.sleep.second", "no hook runs", "name is seconds"),
    (deployment(hook(exec={"command": ["true"]}, seconds=5)), f"{FIRST}.lifecycle.preStop.seconds", "no hook", "exec.command"),
    (deployment(hook(exec={})), f"{FIRST}.lifecycle.preStop.exec", "has no command", "exec.command"),
    (deployment(hook(exec={"command": []})), f"{FIRST}.lifecycle.preStop.exec", "has no command", "exec.command"),
    (deployment(hook()), f"{FIRST}.lifecycle.preStop", "names no handler", "exec.command"),
    (deployment(hook(exec=None)), f"{FIRST}.lifecycle.preStop", "names no handler", "exec.command"),
    (deployment(hook(exec={"command": ["x"]}, sleep={"seconds": 5})), f"{FIRST}.lifecycle.preStop.sleep",
     "more than one handler", "keep one"),
    (deployment(initContainers=[{"name": "i", "lifecycle": HOOK}]), f"{POD}.initContainers[0].lifecycle",
     "i is an ordinary init container", "restartPolicy: Always"),
    (deployment(initContainers=[{"name": "i", "restartPolicy": "Never", "lifecycle": HOOK}]),
     f"{POD}.initContainers[0].lifecycle", "i is an ordinary init container", "restartPolicy: Always"),
    (deployment(initContainers=[{"name": "i", "lifecycle": {}}]), f"{POD}.initContainers[0].lifecycle", "refuses", "remove"),
    (deployment(web(readinessProbe={GRACE: 5})), f"{FIRST}.readinessProbe.{GRACE}", "kills nothing", "liveness"),
    (knative({GRACE: 60}), f"{POD}.{GRACE}", "Knative refuses", "set timeoutSeconds"),
    (knative({}, **{GRACE: 60}), f"{FIRST}.{GRACE}", f"containers[0].{GRACE}: the API", "write it as timeoutSeconds"),
    (knative({"gracePeriod": 60}), f"{POD}.gracePeriod", "300 s", "the name is timeoutSeconds"),
    (knative({}, lifecycle=HOOK), f"{FIRST}.lifecycle", "Knative refuses lifecycle", "remove it"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "path", "says", "fix"), WRONG, ids=[f"{row[1]}-{row[2]}" for row in WRONG])
def test_a_field_where_it_is_ignored_or_refused(text: str, path: str, says: str, fix: str) -> None:
    (finding,) = findings(text, app_shutdown=1.0)
    assert (finding.rule, finding.severity, finding.path) == ("PT111", "error", path)
    assert says in finding.message.en and fix in finding.fix.en
    name = path.rpartition(".")[2].partition("[")[0]
    assert text.splitlines()[finding.line - 1].strip().removeprefix("- ").startswith(f"{name}:")
    assert ("web" if "containers[0]" in path else "i" if "init" in path else "") == finding.container
    if finding.edits:
        assert "name is" in fix
        after = applied(text, finding.edits)
        assert not findings(after, app_shutdown=1.0) or "prestop" in path.lower() or "pre_stop" in path
        assert len(after) != len(text) or after != text


RIGHT = [
    deployment(hook(exec={"command": ["sleep", "5"]}), **{GRACE: 60}), deployment(hook(httpGet={"port": 1, "path": "/"})),
    deployment(hook(tcpSocket={"port": 1})), deployment(hook(sleep={"seconds": 5}, exec=None)),
    deployment(web(lifecycle={})), deployment(web(lifecycle=None)), deployment(web(lifecycle={"preStop": None})),
    deployment(web(lifecycle={"postStart": {"exec": {"command": ["x"]}}, "stopSignal": "SIGTERM"})),
    deployment(web(livenessProbe={GRACE: 5}, startupProbe={GRACE: 5})), deployment(web(readinessProbe={GRACE: None})),
    deployment(initContainers=[{"name": "i", "restartPolicy": "Always", "lifecycle": HOOK}]),
    deployment(initContainers=[{"name": "i", "lifecycle": None}]), knative({"timeoutSeconds": 60}),
    deployment(web(resources={"limits": {"lifecycle": "1", GRACE: "1"}}), nodeSelector={"lifecycle": "spot"}),
    deployment(web(env=[{"name": GRACE, "value": "60"}], securityContext={"lifecycle": "x"})),
    manifest("Deployment", annotations={GRACE: "60", "lifecycle": "x"}),
    dump({"apiVersion": "apps.kruise.io/v1alpha1", "kind": "CloneSet", "spec": {
        "scaleStrategy": {"lifecycle": HOOK}, "template": {"spec": {"containers": [web()]}}}}),
    # Who holds an anchor for others is a stranger to the API server, but no hook.
    dump({"x-lifecycle": HOOK}) + deployment(web(lifecycle=HOOK)), deployment() + dump({"status": {"lifecycle": HOOK}}),
    # A key of another kind of object is its own business.
    dump({"apiVersion": "v1", "kind": "ConfigMap", "data": {GRACE: "60"}}),
    dump({"apiVersion": "rabbitmq.com/v1beta1", "kind": "RabbitmqCluster", "spec": {GRACE: 600}}),
    dump({"containers": [web()], "gracePeriod": 60}),
]  # fmt: skip


@pytest.mark.parametrize("text", RIGHT)
def test_fields_in_their_place(text: str) -> None:
    assert not [one for one in findings(text, app_shutdown=1.0) if one.rule == "PT111"]


def only(text: str, **facts: Any) -> Finding | None:
    found = [one for one in findings(text, **facts) if one.rule == "PT111"]
    return found[0] if found else None


@pytest.mark.parametrize(
    ("key", "edits"), [("exce", 1), ("exeс", 1), ("exe\ufffd", 1), ("exe\U00010000", 0), ("exe😀", 0)]
)
def test_a_key_with_an_emoji_is_named_and_not_renamed(key: str, edits: int) -> None:
    """A browser counts it as two letters, Python as one: the place of the edit is not the same for both."""
    text = "kind: Pod\nspec:\n  containers:\n  - name: web\n    lifecycle:\n      preStop:\n"
    (finding,) = findings(f"{text}        {key}:\n          command: [sleep, '3']\n")
    assert finding.rule == "PT111" and "the name is exec" in finding.fix.en
    assert [edit.text for edit in finding.edits] == ["exec"] * edits


def test_an_own_istio_proxy() -> None:
    """Injection makes it restartable, but a workload's template is judged as it is written."""
    own = {"name": "istio-proxy", "image": "auto", "lifecycle": HOOK}
    refused = only(deployment(initContainers=[own]))
    assert refused is not None and refused.severity == "error" and refused.container == "istio-proxy"
    assert only(manifest(labels=IN, initContainers=[own])) is None
    assert (
        only(manifest(annotations=STATUS, containers=[web()], initContainers=[proxy(**{"lifecycle": HOOK})]))
        is not None
    )
    dropped = only(deployment(web(), {"name": "istio-proxy", "image": "auto", GRACE: 60}))
    assert dropped is not None and dropped.severity == "warning"
    both = {"preStop": {**runs("x")["lifecycle"]["preStop"], "sleep": {"seconds": 5}}}
    assert only(manifest(annotations=STATUS, containers=[web(), proxy(lifecycle=both)])) is None
    assert only(deployment(web(), {**own, "lifecycle": both})) is not None


HOOKS_OF_A_MESH = [
    ({"preStop": {"command": ["sleep", "9"]}}, "preStop.command", "error", "has nothing to do", "write one handler"),
    ({"preStop": {"exec": {}}}, "preStop.exec", "error", "has no command", "write one handler"),
    ({"preStop": {}}, "preStop", "error", "names no handler", "write one handler"),
    ({"preStop": {"sleep": {"seconds": 5}, "exec": {"command": ["sleep", "5"]}}}, "preStop.exec", "error", "more than one", "keep one"),
    ({"command": ["sleep", "9"]}, "command", "warning", "comes out in every istio-proxy", "write one handler"),
    ({GRACE: 60}, GRACE, "warning", "comes out in every istio-proxy", "beside containers"),
    ({"preStop": {"exec": {"command": ["sleep", "9"]}}}, "", "", "", ""), ({"postStart": {"sleep": {"seconds": 1}}}, "", "", "", ""),
    ({"prestop": {"EXEC": {"command": ["sleep", "9"]}}}, "", "", "", ""),  # here Istio reads the names without regard to case
]  # fmt: skip


@pytest.mark.parametrize(("lifecycle", "path", "severity", "says", "fix"), HOOKS_OF_A_MESH)
@pytest.mark.parametrize("inside", [False, True])
def test_a_hook_that_a_mesh_gives_to_every_proxy(
    lifecycle: dict[str, Any], path: str, severity: str, says: str, fix: str, inside: bool
) -> None:
    """It is judged without a pod: whatever pods there are, it comes out in them."""
    values = {"global": {"proxy": {"lifecycle": lifecycle}}}
    operator = {"apiVersion": "install.istio.io/v1alpha1", "kind": "IstioOperator", "spec": {"values": values}}
    told = [found for found in findings(dump(operator if inside else values)) if found.rule == "PT111"]
    assert [(found.path, found.severity) for found in told] == [(f"global.proxy.lifecycle.{path}", severity)] * bool(
        path
    )
    assert all(says in found.message.en and fix in found.fix.en and found.container == "istio-proxy" for found in told)
    assert all(found.line > 1 for found in told)
