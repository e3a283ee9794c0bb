"""PT114: publishNotReadyAddresses keeps sending until the pod is gone."""

from __future__ import annotations

from collections.abc import Iterator

from ..domain import Pod, Service
from ..text import Text
from .rule import About, Case, Place, Problem, Rule, Severity

ABOUT = About(
    title=Text(
        "publishNotReadyAddresses keeps sending until the pod is gone",
        "publishNotReadyAddresses 때문에 파드가 사라질 때까지 요청이 옵니다",
    ),
    what=Text(
        "Fires when a Service of the same input with `publishNotReadyAddresses: true`, which is not headless, sends to the "
        "pod. Silent where no other pod could answer.",
        "같은 입력에 있는 headless가 아닌 Service가 `publishNotReadyAddresses: true`로 파드에 요청을 보내면 보고합니다. 대신 응답할 파드가 없으면 보고하지 않습니다.",
    ),
    why=Text(
        "The endpoint stays ready while the pod terminates. Clients go on sending until the pod is gone, however long a "
        "hook delays SIGTERM.",
        "파드가 종료되는 동안에도 엔드포인트가 ready로 남습니다. 훅이 SIGTERM을 아무리 늦춰도 클라이언트는 파드가 사라질 때까지 요청을 보냅니다.",
    ),
    fix=Text(
        "Remove publishNotReadyAddresses. Where peers need it to find each other, give them a headless Service "
        "(clusterIP: None) of their own.",
        "publishNotReadyAddresses를 지우십시오. 피어끼리 서로를 찾는 데 필요하면 피어용 headless Service(clusterIP: None)를 따로 만드십시오.",
    ),
    see=(
        "settings/app-and-pod.md#prestop",
        "guides/prestop-delay.md#how-long",
        "examples.md#http-native-sidecar",
    ),
)
MESSAGE = Text(
    "Service {service} publishes addresses that are not ready, so it sends to {c} until the pod is gone: no delay is long "
    "enough",
    "{service} Service는 준비되지 않은 주소도 알리므로 파드가 사라질 때까지 {c} 컨테이너로 요청을 보냅니다. 아무리 "
    "오래 기다려도 소용이 없습니다",
)


def always_ready(case: Case) -> Iterator[Problem]:
    """Each Service that does not learn that the pod stops."""
    pod = case.pod
    for service in pod.services if not (pod.is_job or pod.recreate or pod.replicas == 0) else ():
        if service.always_ready and service.containers:
            apart = service.source != pod.source
            name = f"{service.name} ({service.source}:{service.line})" if apart else service.name
            yield Problem(_at(pod, service), service.containers[0], say=MESSAGE, service=name)


def _at(pod: Pod, service: Service) -> Place:
    """Where the Service says so; the pod's own place, where the Service stands in another file."""
    if service.source != pod.source:
        return Place(pod.path, pod.line)
    return Place("spec.publishNotReadyAddresses", service.line, service.document)


RULE = Rule("PT114", Severity.WARNING, ABOUT, always_ready)
