"""PT107: sleep.seconds that the API server rejects."""

from __future__ import annotations

from collections.abc import Iterator

from .. import versions
from ..domain import PROXY, MeshConfig
from ..text import Text
from .hooks import everyone, hook_at
from .places import at, replaced
from .rule import About, Case, Place, Problem, Rule, Severity

ABOUT = About(
    title=Text("sleep.seconds that the API server rejects", "API 서버가 sleep.seconds 값을 거부합니다"),
    what=Text(
        "Fires when `sleep.seconds` is negative or greater than terminationGracePeriodSeconds. Equal is accepted "
        "(see PT101). In mesh configuration (`global.proxy.lifecycle`): `warning` when it is greater than the default "
        "grace period.",
        "`sleep.seconds` 값이 음수이거나 terminationGracePeriodSeconds보다 크면 보고합니다. 같은 값은 받아들여집니다 (PT101 참고). 메시 설정(`global.proxy.lifecycle`)에서는 "
        "기본 유예 기간보다 크면 `warning`입니다.",
    ),
    why=Text("The API server refuses the whole object.", "API 서버가 오브젝트 전체를 거부합니다."),
    fix=Text(
        "Raise terminationGracePeriodSeconds above the sleep plus the app's shutdown.",
        "terminationGracePeriodSeconds 값을 sleep과 앱의 종료 시간을 더한 값보다 크게 설정하십시오.",
    ),
    see=("settings/app-and-pod.md#prestop-sleep", "examples.md#http-native-sidecar"),
)
MESSAGE = Text(
    "sleep.seconds is {p}; the API server accepts 0 to {g}, the grace period",
    "sleep.seconds 값이 {p}입니다. API 서버는 0부터 유예 기간 {g}까지만 받아들입니다",
)
MESSAGE_NEGATIVE_GRACE = Text(
    "sleep.seconds is {p}, and the API server accepts none that is greater than the grace period, which is {g}",
    "sleep.seconds 값이 {p}입니다. API 서버는 유예 기간보다 큰 값을 받아들이지 않는데, 유예 기간이 {g}입니다",
)
MESSAGE_UNSEEN = Text(
    "sleep.seconds is {p}; the API server accepts it only with a grace period as long, and none is written here (the "
    "default is {g} s)",
    "sleep.seconds 값이 {p}입니다. 유예 기간이 그 이상이어야 API 서버가 받아들이는데, 여기에는 유예 기간이 적혀 "
    "있지 않습니다 (기본값은 {g}초입니다)",
)
MESSAGE_MESH = Text(
    "every istio-proxy gets a sleep of {p} s: the API server refuses pods with a shorter grace period, such as the default "
    "{g} s",
    "모든 istio-proxy 컨테이너에 {p}초 sleep이 들어갑니다. API 서버는 유예 기간이 그보다 짧은 파드를 거부하며, "
    "기본값인 {g}초도 그보다 짧습니다",
)
FIX_MESH = Text(
    "shorten the sleep to what the shortest grace period of the mesh leaves for a drain, or raise "
    "terminationGracePeriodSeconds of every pod above it",
    "유예 기간이 가장 짧은 파드에도 드레인할 시간이 남도록 sleep을 줄이거나, 모든 파드의 "
    "terminationGracePeriodSeconds 값을 sleep보다 크게 설정하십시오",
)


def sleep_rejected(case: Case) -> Iterator[Problem]:
    """Each `sleep.seconds` outside 0 to the grace period."""
    if isinstance(case.item, MeshConfig):
        yield from _in_mesh(case.item)
        return
    pod = case.pod
    grace = pod.terminationGracePeriodSeconds
    for container in everyone(pod):
        hook = container.preStop
        node = hook.node.get("sleep", "seconds") if hook is not None and hook.node else None
        length = hook.seconds if hook is not None and hook.kind == "sleep" else None
        if node is not None and isinstance(node.value, int):
            length = node.value
        if hook is None or length is None or 0 <= length <= grace:
            continue
        place = (
            hook_at(pod, container) if node is None else at(pod, container, "lifecycle", "preStop", "sleep", "seconds")
        )
        edits = replaced(node, "0") if node is not None and length < 0 else ()
        unseen = length > grace and not pod.grace_shown
        severity, say = (Severity.WARNING, MESSAGE_UNSEEN) if unseen else (Severity.ERROR, MESSAGE)
        say = MESSAGE_NEGATIVE_GRACE if grace < 0 else say
        yield Problem(place, container.name, severity, say=say, edits=edits, p=int(length), g=grace)


def _in_mesh(mesh: MeshConfig) -> Iterator[Problem]:
    """The sleep that `global.proxy.lifecycle` gives to every istio-proxy, against the default grace period."""
    node, grace = mesh.proxy_lifecycle, int(versions.TERMINATION_GRACE_PERIOD.value)
    value = node.get("preStop", "sleep", "seconds") if node is not None else None
    if node is None or value is None or type(value.value) is not int or 0 <= value.value <= grace:
        return
    place, negative = Place("global.proxy.lifecycle.preStop.sleep.seconds", value.span.line), value.value < 0
    severity, say = (Severity.ERROR, MESSAGE) if negative else (Severity.WARNING, MESSAGE_MESH)
    yield Problem(place, PROXY, severity, say=say, fix=FIX_MESH, p=value.value, g=grace)


RULE = Rule("PT107", Severity.ERROR, ABOUT, sleep_rejected, mesh=True)
