"""PT202: the drain is as long as the grace period."""

from __future__ import annotations

from collections.abc import Iterator

from .. import versions
from ..domain import PROXY, MeshConfig, Pod, Sidecar
from ..text import Text, seconds
from ..timeline import whole
from .places import grace_at
from .proxies import TERMINATION_DRAIN_DURATION, layer_at, reads_drain_settings, setting_at
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text("The drain is as long as the grace period", "드레인 시간이 유예 기간 이상입니다"),
    what=Text(
        "Fires for a classic proxy or a gateway when its own preStop + terminationDrainDuration reaches "
        "terminationGracePeriodSeconds. `info` in mesh configuration, from the default grace period on.",
        "클래식 프록시나 게이트웨이에서 자신의 preStop + terminationDrainDuration 값이 terminationGracePeriodSeconds 이상이면 보고합니다. 메시 설정에서는 "
        "기본 유예 기간 이상일 때 `info`입니다.",
    ),
    why=Text(
        "SIGKILL comes before the end of a longer drain, and may come before that of an equal one. "
        "terminationDrainDuration is a fixed wait, so every pod of the workload also takes the whole grace period to stop.",
        "드레인이 유예 기간보다 길면 드레인이 끝나기 전에 SIGKILL을 받고, 같으면 어느 쪽이 먼저일지 알 수 없습니다. "
        "terminationDrainDuration은 고정된 대기 시간이므로 이 워크로드의 파드는 모두 유예 기간을 다 쓰고 종료됩니다.",
    ),
    fix=Text(
        "Make terminationGracePeriodSeconds greater than the drain.",
        "terminationGracePeriodSeconds 값을 드레인 시간보다 크게 설정하십시오.",
    ),
    see=(
        "settings/sidecar.md#termination-drain-duration",
        "settings/app-and-pod.md#grace-period",
        "examples.md#http-classic-sidecar",
    ),
)
MESSAGE = Text(
    "the proxy drains for {t} s{after} and the grace period is {g} s: a race with SIGKILL",
    "프록시는 {t}초 동안 드레인합니다{after}. 유예 기간이 {g}초이므로 SIGKILL과 경합합니다",
)
MESSAGE_KILLED = Text(
    "the proxy would drain for {t} s{after}, but SIGKILL ends it at {k} s, with whatever it still serves",
    "프록시는 {t}초 동안 드레인하려 하지만{after} {k}초에 SIGKILL로 종료되고 처리 중인 요청도 끊깁니다",
)
MESSAGE_UNSEEN = Text(
    "the proxy drains for {t} s{after}; the grace period is not written here, and the default of {g} s is not longer",
    "프록시는 {t}초 동안 드레인합니다{after}. 여기에는 유예 기간이 적혀 있지 않고, 기본값 {g}초는 그보다 길지 않습니다",
)
MESSAGE_MESH = Text(
    "proxies drain for {t} s{after}; a pod with the default grace period of {g} s gets SIGKILL no later than that",
    "프록시는 {t}초 동안 드레인합니다{after}. 유예 기간이 기본값 {g}초인 파드는 늦어도 그때 SIGKILL을 받습니다",
)
FIX_EXACT = Text(
    "set terminationGracePeriodSeconds: {need} or more, or shorten the drain",
    "terminationGracePeriodSeconds 값을 {need} 이상으로 늘리거나 드레인 시간을 줄이십시오",
)
AFTER = Text(" after its preStop of {px} s", " (그 전에 preStop {px}초)")
NOTHING = Text("", "")


def drain_fills_grace(case: Case) -> Iterator[Problem]:
    """The drain, where it ends no earlier than the grace period."""
    yield from _in_mesh(case.item) if isinstance(case.item, MeshConfig) else _in_pod(case, case.pod)


def _in_mesh(mesh: MeshConfig) -> Iterator[Problem]:
    layer, grace = mesh.layer, versions.TERMINATION_GRACE_PERIOD.value
    drain = layer.values.get(TERMINATION_DRAIN_DURATION, 0.0) if layer is not None else 0.0
    if layer is None or layer.values.get("EXIT_ON_ZERO_ACTIVE_CONNECTIONS") or not drain:
        return
    hook = mesh.proxy_hook.least if mesh.proxy_hook is not None else 0.0
    if hook + drain >= grace:
        place = layer_at(layer, TERMINATION_DRAIN_DURATION)
        after = AFTER.format(px=seconds(hook)) if hook else NOTHING
        need = whole(hook + drain) + 1
        yield Problem(
            place,
            PROXY,
            Severity.INFO,
            say=MESSAGE_MESH,
            fix=FIX_EXACT,
            t=float(drain),
            after=after,
            g=grace,
            need=need,
        )


def _in_pod(case: Case, pod: Pod) -> Iterator[Problem]:
    if not reads_drain_settings(pod, Sidecar.GATEWAY) or pod.settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS:
        return
    times, drain = case.line.earliest.containers[PROXY], pod.settings.terminationDrainDuration
    hook, sigkill = times.sigterm, times.sigkill
    if hook + drain < sigkill or times.end < sigkill:  # a hook of the app may end it before
        return
    killed, severity = hook + drain > sigkill, Severity.WARNING
    say = MESSAGE_KILLED if killed else MESSAGE
    if not pod.grace_shown:
        severity, say = Severity.INFO, MESSAGE_UNSEEN
    yield Problem(
        setting_at(pod, TERMINATION_DRAIN_DURATION, grace_at(pod)),
        PROXY,
        severity,
        say=say,
        fix=FIX_EXACT,
        t=drain,
        after=AFTER.format(px=seconds(hook)) if hook else NOTHING,
        g=pod.grace,
        k=sigkill,
        need=whole(hook + drain) + 1,
    )


RULE = Rule("PT202", Severity.WARNING, ABOUT, drain_fills_grace, mesh=True)
