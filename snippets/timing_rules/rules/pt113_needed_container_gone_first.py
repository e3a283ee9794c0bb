"""PT113: a container that another one needs is gone first."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..domain import PROXY, Container, Pod
from ..text import Text
from .hooks import hook_at
from .places import at
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text("A container that another one needs is gone first", "다른 컨테이너에 필요한 컨테이너가 먼저 종료됩니다"),
    what=Text(
        "Fires for an ordinary container of a known kind that serves only its own pod (a database proxy, php-fpm behind a web "
        "server) and that gets SIGTERM or is gone while the app still works, and for a native sidecar of one's own whose "
        "preStop hook ends it while the app runs. `warning` when the ends of both are declared, else `info`.",
        "같은 파드만을 위해 실행되는 일반 컨테이너(데이터베이스 프록시, 웹 서버 뒤의 php-fpm처럼 알려진 종류)가 "
        "앱이 아직 실행되는 동안 SIGTERM을 받거나 종료되면 보고합니다. 앱이 실행되는 동안 자신의 preStop 훅 때문에 "
        "종료되는 네이티브 사이드카도 보고합니다. 앱과 그 컨테이너의 종료 시간을 모두 선언했으면 `warning`, 아니면 "
        "`info`입니다.",
    ),
    why=Text(
        "Ordinary containers do not wait for each other: each gets SIGTERM when its own hook has ended, and what "
        "delays the app does not delay the container that it needs. A native sidecar is not restarted while the pod "
        "stops.",
        "일반 컨테이너는 서로 기다리지 않고 각자의 훅이 끝나는 대로 SIGTERM을 받습니다. 앱의 훅은 앱의 종료만 늦출 "
        "뿐, 앱에 필요한 컨테이너의 종료는 늦추지 못합니다. 네이티브 사이드카는 파드가 종료되는 동안 다시 시작되지 "
        "않습니다.",
    ),
    fix=Text(
        "Make it a native sidecar (an init container with restartPolicy: Always, Kubernetes 1.29 and later): it gets SIGTERM "
        "when the app has ended.",
        "네이티브 사이드카(restartPolicy: Always를 넣은 init 컨테이너, 쿠버네티스 1.29 이상)로 바꾸십시오. 그러면 "
        "앱이 종료된 뒤에 SIGTERM을 받습니다.",
    ),
    see=("settings/app-and-pod.md#prestop", "concepts/pod-and-signals.md#from-delete-to-sigkill"),
)
MESSAGE = Text(
    "{c} gets SIGTERM at {t} s and {app} works until {u} s at least: unless {c} goes on after it, {app} lacks it from then on",
    "{c} 컨테이너는 {t}초에 SIGTERM을 받는데 {app} 컨테이너는 적어도 {u}초까지 실행됩니다. {c} 컨테이너가 SIGTERM을 "
    "받고 바로 종료된다면, {app} 컨테이너는 그때부터 {c} 컨테이너를 쓸 수 없습니다",
)
MESSAGE_GONE = Text(
    "{c} is gone at {t} s and {app} works until {u} s: what {app} needs of it fails in between",
    "{c} 컨테이너는 {t}초에 종료되는데 {app} 컨테이너는 {u}초까지 실행됩니다. 그 사이에는 {app} 컨테이너가 {c} "
    "컨테이너를 쓸 수 없습니다",
)
MESSAGE_QUITS = Text(
    "its own hook stops the native sidecar {c} at {t} s, it is not restarted, and {app} works until {u} s",
    "네이티브 사이드카 {c} 컨테이너는 자신의 훅 때문에 {t}초에 멈추고 다시 시작되지 않는데, {app} 컨테이너는 "
    "{u}초까지 실행됩니다",
)
FIX_QUITS = Text(
    "remove what stops it from the hook: a native sidecar gets SIGTERM when the app has ended",
    "훅에서 컨테이너를 멈추는 명령을 지우십시오. 네이티브 사이드카는 앱이 종료된 뒤에 SIGTERM을 받습니다",
)
#: Proxies to a database or a cache, by the name of a container or of its image.
POOL = re.compile(
    r"pgbouncer|pgpool|pgcat|pgdog|gce[-_]proxy|cloud[-_]?sql[-_]?(auth[-_]?)?proxy|alloydb[-_](auth[-_])?proxy|proxysql|maxscale"
    r"|mysql[-_]?router|twemproxy|nutcracker|mcrouter"
)
FPM = re.compile(r"(?<![a-z])(php-?)?fpm(?![a-z])")
WEB_SERVER = re.compile(r"nginx|httpd|apache|caddy|openresty")
#: Calls with which a hook ends a proxy of its own kind: the Cloud SQL proxy, Linkerd's.
QUIT_CALL = re.compile(r"quitquitquit|sql[-_]proxy shutdown|:4191/shutdown")
#: Containers whose end nobody's request waits for.
BESIDE = re.compile(
    r"exporter|fluent|promtail|filebeat|vector|logstash|reload|otel|opentelemetry|metrics|kube-rbac-proxy"
)


def needed_container_gone_first(case: Case) -> Iterator[Problem]:
    """Each container that the apps of its pod need, and that ends before them."""
    pod = case.pod
    if pod.is_job:
        return
    for container in pod.containers:
        app = _last_app(case, [other for other in pod.containers if _needs(pod, other, container)])
        if app is not None:
            yield from _ordinary(case, container, app)
    for sidecar in pod.sidecars:
        stops = _stops_itself(sidecar)
        if stops is None:
            continue
        app = _last_app(case, [*pod.containers])
        if app is not None:
            yield from _native(case, sidecar, app, stops)


def _ordinary(case: Case, container: Container, app: Container) -> Iterator[Problem]:
    line, pod, name = case.line, case.pod, container.name
    gone, ends = line.containers[name].end, line.containers[app.name].end
    if gone is not None and ends is not None:
        if gone < ends:
            yield Problem(at(pod, container), name, say=MESSAGE_GONE, app=app.name, t=gone, u=ends)
        return
    sigterm, works = line.latest.containers[name].sigterm, line.earliest.containers[app.name].sigterm
    if sigterm < works:
        yield Problem(at(pod, container), name, Severity.INFO, say=MESSAGE, app=app.name, t=sigterm, u=works)


def _native(case: Case, sidecar: Container, app: Container, stops: float) -> Iterator[Problem]:
    works = case.line.earliest.containers[app.name].end
    known = sidecar.shutdown is not None and app.shutdown is not None
    if stops + (sidecar.shutdown or 0.0) < works:
        severity, place = Severity.WARNING if known else Severity.INFO, hook_at(case.pod, sidecar)
        yield Problem(place, sidecar.name, severity, say=MESSAGE_QUITS, fix=FIX_QUITS, app=app.name, t=stops, u=works)


def _needs(pod: Pod, app: Container, container: Container) -> bool:
    """Whether an app needs another container of its pod, which serves nobody else."""
    own, other = f"{app.name} {app.image}", f"{container.name} {container.image}"
    served = {name for service in pod.services for name in service.containers}
    if container.name in served or app is container or app.name == PROXY or (served and app.name not in served):
        return False
    if FPM.search(other):
        return bool(WEB_SERVER.search(own))
    return bool(POOL.search(other)) and not BESIDE.search(other) and not POOL.search(own) and not BESIDE.search(own)


def _last_app(case: Case, apps: list[Container]) -> Container | None:
    """Of some containers the one that works longest."""
    earliest = case.line.earliest.containers if apps else {}
    return max(apps, key=lambda app: earliest[app.name].end, default=None)


def _stops_itself(sidecar: Container) -> float | None:
    """When the hook of a native sidecar stops the sidecar."""
    hook = sidecar.preStop
    if hook is None or hook.fails:
        return None
    if hook.quits is not None:
        return hook.quits[0]
    if hook.stops_at is not None:
        return hook.stops_at
    get = hook.node.get("httpGet") if hook.node is not None else None
    path, port = (get.get("path"), get.get("port")) if get is not None else (None, None)
    called = " ".join(hook.command) if path is None else f":{port.value if port is not None else ''}{path.value}"
    return hook.at_least if QUIT_CALL.search(called) else None


RULE = Rule("PT113", Severity.WARNING, ABOUT, needed_container_gone_first)
