"""The first screen of the site: the same pod before and after, the lines that make the difference, and what they rest on.

Every number in it is computed: from the manifests below, by `timing_rules`, and from the records of the lab.
"""

from __future__ import annotations

import difflib
import json
import textwrap
from collections.abc import Callable
from functools import cache

from lab.record import furthest
from lab.show import RECORDS
from timing_rules import Assumptions, Pod, check, load, timeline, versions
from timing_rules.text import Text, seconds

#: Draws a pod under a title; returns what stands for the picture in Markdown.
Draw = Callable[[Pod, str], str]

DELAY, SHUTDOWN, GRACE, DRAIN = 10, 10, 30, 25
#: What is declared of the pods: the time that the app needs to stop, and the versions for which a mode is the default.
MODES = {
    "native": Assumptions(sidecar="native", istio="1.31", kubernetes="1.37", app_shutdown=float(SHUTDOWN)),
    "classic": Assumptions(sidecar="classic", istio="1.26", kubernetes="1.32", app_shutdown=float(SHUTDOWN)),
    "none": Assumptions(sidecar="none", kubernetes="1.37", app_shutdown=float(SHUTDOWN)),
}
_GRACE_SAYS = Text(f"more than {DELAY} + the time your app needs", f"{DELAY} + 앱이 종료되는 데 걸리는 시간보다 길게")
_DELAY_SAYS = Text("as long as clients still send", "클라이언트가 아직 요청을 보내는 시간만큼")
_DRAIN_SAYS = Text(f"at least {DELAY} + the time your app needs", f"{DELAY} + 앱이 종료되는 데 걸리는 시간 이상")
_LONGER_SAYS = Text("more than terminationDrainDuration", "terminationDrainDuration보다 길게")
_BEFORE = Text(
    "Before: errors for {lost} s, in every rollout",
    "설정 전: 롤아웃할 때마다 {lost}초 동안 오류",
)
_AFTER = Text("After: nothing is lost", "설정 후: 잃는 요청 없음")
_TRUST = Text(
    "Kubernetes {kubernetes} · Istio {istio} · {pods} pods stopped on {envoys} versions of Envoy, the farthest event "
    "{furthest} s from the prediction · [every number on this site](measured/index.md) is computed, measured or cited",
    "쿠버네티스 {kubernetes} · Istio {istio} · Envoy {envoys}개 버전에서 파드를 {pods}번 종료했고, 예측과 가장 멀었던 이벤트의 차이는 "
    "{furthest}초입니다 · [이 사이트의 모든 숫자](measured/index.md)는 계산하거나 측정한 값이거나 출처가 있는 값입니다",
)


def manifest(mode: str, after: bool, lang: str = "en") -> str:
    """The pod of a mode, without the settings or with them."""
    annotation = f"      annotations:\n        proxy.istio.io/config: |\n          terminationDrainDuration: {DRAIN}s"
    drain = f"{annotation}  # {_DRAIN_SAYS.get(lang)}\n" if mode == "classic" else ""
    metadata = f"    metadata:\n{drain}" if drain and after else ""
    says = _LONGER_SAYS if mode == "classic" else _GRACE_SAYS
    grace = f"      terminationGracePeriodSeconds: {GRACE}  # {says.get(lang)}\n" if after else ""
    sleep = f"sleep: {{seconds: {DELAY}}}  # {_DELAY_SAYS.get(lang)}"
    hook = f"          lifecycle:\n            preStop:\n              {sleep}\n"
    return (
        "kind: Deployment\nspec:\n  template:\n"
        f"{metadata}    spec:\n{grace}      containers:\n        - name: app\n"
        "          image: shop/app:1\n          ports: [{containerPort: 8080}]\n"
        f"{hook if after else ''}"
    )


def pod_of(mode: str, after: bool) -> Pod:
    """The same as a pod."""
    (pod,) = load(manifest(mode, after), source="home", assumptions=MODES[mode])
    assert isinstance(pod, Pod) and not (after and (check(pod) or timeline(pod).losses))
    return pod


def before_after(mode: str, lang: str, draw: Draw) -> str:
    """Two timelines side by side, and the change between them."""
    pods = zip(titles(mode, lang), (pod_of(mode, False), pod_of(mode, True)), strict=True)
    columns = [f"**{title}**\n\n{draw(pod, title)}" for title, pod in pods]
    boxes = "\n\n".join(f"<div markdown>\n\n{column}\n\n</div>" for column in columns)
    return f'<div class="before-after" markdown>\n\n{boxes}\n\n</div>\n\n```diff\n{change(mode, lang)}\n```'


@cache
def titles(mode: str, lang: str) -> tuple[str, str]:
    """What the two timelines show, before and after; every page has them in its head."""
    losses = timeline(pod_of(mode, False)).losses
    lost = seconds(max(loss.end for loss in losses) - min(loss.start for loss in losses))
    return _BEFORE.format(lost=lost).get(lang), _AFTER.get(lang)


def change(mode: str, lang: str) -> str:
    """The lines that make the difference, between those that stay, from the pod template on: a phone shows each number.

    Image and ports say nothing here.
    """
    old, new = (
        textwrap.dedent(manifest(mode, after, lang).partition("spec:\n")[2]).splitlines() for after in (False, True)
    )
    lines = list(difflib.unified_diff(old, new, lineterm="", n=99))[3:]
    return "\n".join(line for line in lines if "image:" not in line and "ports:" not in line)


def trust(lang: str) -> str:
    """What the site rests on, counted in the records of the lab."""
    runs = [run for path in RECORDS.rglob("*.json") for run in json.loads(path.read_text(encoding="utf-8"))["runs"]]
    pods = sum(run.get("of", {}).get("times", 1) for run in runs)
    span = {name: f"{versions.OLDEST[name]}–{versions.NEWEST[name]}" for name in ("kubernetes", "istio")}
    text = _TRUST.format(
        **span,
        pods=f"{pods:,}",
        envoys=len({run["envoy"] for run in runs} - {""}),
        furthest=seconds(round(max(furthest(run) for run in runs), 2)),
    )
    return f"<small>{text.get(lang)}</small>"
