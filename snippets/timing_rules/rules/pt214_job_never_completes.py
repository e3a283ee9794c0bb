"""PT214: a Job with a classic sidecar never completes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..domain import PROXY, Sidecar
from ..manifest.kinds import WORKFLOWS
from ..shell.effects import ADMIN, AGENT, calls
from ..shell.script import script_of
from ..text import Text
from .places import at
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text("A Job with a classic sidecar never completes", "클래식 사이드카가 있는 Job은 완료되지 않습니다"),
    what=Text(
        "Fires for a Job or CronJob with a classic sidecar whose commands never call /quitquitquit. `warning` when "
        "what they run cannot be seen in the manifest.",
        "클래식 사이드카가 있는 Job, CronJob의 명령에 /quitquitquit 호출이 없으면 보고합니다. 매니페스트만으로 명령의 내용을 볼 수 없으면 `warning`입니다.",
    ),
    why=Text(
        "A classic proxy runs until it gets SIGTERM, and nobody sends one when the work is done.",
        "클래식 프록시는 SIGTERM을 받을 때까지 실행되는데, 작업이 끝나도 SIGTERM을 보내 주는 쪽이 없습니다.",
    ),
    fix=Text(
        'Use a native sidecar (sidecar.istio.io/nativeSidecar: "true"), call POST localhost:15020/quitquitquit when '
        "the work is done, or keep the Job out of the mesh.",
        '네이티브 사이드카(sidecar.istio.io/nativeSidecar: "true")를 쓰거나, 작업이 끝난 뒤 POST localhost:15020/quitquitquit을 호출하거나, '
        "Job을 메시에서 빼십시오.",
    ),
    see=(
        "settings/sidecar.md#native-sidecar-annotation",
        "settings/app-and-pod.md#restart-policy-always",
        "examples.md#job-native-sidecar-lets-the-job-complete",
        "examples.md#job-classic-sidecar-is-told-to-quit",
    ),
)
MESSAGE = Text(
    "this {kind} does not complete: its classic istio-proxy never ends by itself",
    "{kind}: 클래식 istio-proxy가 스스로 종료되지 않으므로 작업이 완료되지 않습니다",
)
MESSAGE_REFUSED = Text(
    "this {kind} does not complete: {method} /quitquitquit is refused, and its classic istio-proxy never ends by itself; "
    "send a POST",
    "{kind}: {method} /quitquitquit 요청은 거부되고 클래식 istio-proxy는 스스로 종료되지 않으므로 작업이 완료되지 않습니다. "
    "POST 요청을 보내십시오",
)
#: Another method than POST is refused: istio/istio pilot/cmd/pilot-agent/status/server.go (`handleQuit`) @86c9f01f,
#: envoyproxy/envoy source/server/admin/admin.cc.
_QUIT = "quitquitquit"


def job_never_completes(case: Case) -> Iterator[Problem]:
    """The Job, unless one of its commands visibly ends the proxy."""
    pod = case.pod
    # Argo kills the sidecars of its workflows, injected ones too (argo-workflows docs/sidecar-injection.md).
    if pod.sidecar is not Sidecar.CLASSIC or not pod.is_job or not pod.containers or pod.kind in WORKFLOWS:
        return
    commands = [(*container.command, *container.args) for container in pod.containers]
    line = " ".join(" ".join(argv) for argv in commands)
    asked = [call for argv in commands for call in calls(argv) if call.path == _QUIT and call.port in (ADMIN, AGENT)]
    refused = [call.method for call in asked if call.method.isalpha() and call.method != "POST"]
    if line.count(_QUIT) > len(refused) or re.search(r"(pkill|killall)\b.*(envoy|pilot-agent)", line):
        return
    scripts = [
        script_of(argv) if container.command else None for container, argv in zip(pod.containers, commands, strict=True)
    ]
    hidden = r"[\w./-]+\.(sh|py|rb|js|pl|jar)\b|\./|\$"
    seen = all(script is not None and not re.search(hidden, script) for script in scripts)
    severity = Severity.ERROR if seen else Severity.WARNING
    say, method = (MESSAGE_REFUSED, refused[0]) if refused else (MESSAGE, "")
    yield Problem(at(pod, pod.containers[0]), PROXY, severity, say=say, kind=pod.kind, method=method)


RULE = Rule("PT214", Severity.ERROR, ABOUT, job_never_completes)
