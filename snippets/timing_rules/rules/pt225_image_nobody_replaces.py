"""PT225: `image: auto` that nobody replaces."""

from __future__ import annotations

from collections.abc import Iterator

from ..domain import PROXY, Sidecar
from ..manifest.membership import SYSTEM_NAMESPACES
from ..text import Text
from .places import at
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text("`image: auto` that nobody replaces", "`image: auto` 값을 바꿔 줄 인젝터가 없습니다"),
    what=Text(
        "Fires for an own istio-proxy with `image: auto` in a pod that Istio never injects: with `hostNetwork: true`, or in "
        "a system namespace such as kube-system.",
        "`hostNetwork: true` 파드나 kube-system 같은 시스템 네임스페이스의 파드에는 Istio가 주입하지 않습니다. "
        "그런 파드에 `image: auto`로 직접 선언한 istio-proxy 컨테이너가 있으면 보고합니다.",
    ),
    why=Text(
        "The injector replaces the word auto. Where it is not asked, the kubelet pulls an image of that name and the "
        "container never starts.",
        "auto라는 이름은 인젝터가 실제 이미지로 바꿉니다. 인젝터가 호출되지 않으면 kubelet이 auto 이미지를 "
        "내려받으려 하고 컨테이너는 시작되지 않습니다.",
    ),
    fix=Text(
        "Remove the container, or `hostNetwork`, or move the pod to another namespace.",
        "이 컨테이너나 `hostNetwork` 설정을 지우거나, 파드를 다른 네임스페이스로 옮기십시오.",
    ),
)
MESSAGE_HOST = Text(
    "Istio never injects a pod with hostNetwork: true, so istio-proxy keeps the image auto and cannot start",
    "Istio는 hostNetwork: true 파드에 사이드카를 주입하지 않습니다. istio-proxy 컨테이너의 이미지가 auto로 남아 "
    "시작할 수 없습니다",
)
MESSAGE_SYSTEM = Text(
    "Istio never injects a pod in {namespace}, so istio-proxy keeps the image auto and cannot start",
    "Istio는 {namespace} 네임스페이스의 파드에 사이드카를 주입하지 않습니다. istio-proxy 컨테이너의 이미지가 "
    "auto로 남아 시작할 수 없습니다",
)


def image_nobody_replaces(case: Case) -> Iterator[Problem]:
    """The istio-proxy with `image: auto` of a pod that is never injected."""
    pod = case.pod
    host = pod.node.get("hostNetwork") if pod.node is not None else None
    alone = host is not None and host.value is True
    if pod.sidecar is not Sidecar.NONE or not (alone or pod.namespace in SYSTEM_NAMESPACES):
        return
    for container in (*pod.containers, *pod.sidecars):
        if container.name == PROXY and container.image == "auto":
            say = MESSAGE_HOST if alone else MESSAGE_SYSTEM
            yield Problem(at(pod, container, "image"), PROXY, say=say, namespace=pod.namespace)


RULE = Rule("PT225", Severity.ERROR, ABOUT, image_nobody_replaces)
