"""Charts of what a real cluster did (tests/traces/cluster), each beside what `timing_rules` foretells.

Positions are percentages and type is of fixed size, as in the timelines. Every number of a chart also stands in its description.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from html import escape
from statistics import median
from typing import Any

from charts import frame
from example_files import MODES, read
from mkdocs.exceptions import PluginError
from timing_rules import Assumptions, Pod, load, timeline, versions
from timing_rules.show.picture import STYLE
from timing_rules.show.scale import time_text, wrapped
from timing_rules.text import Text

CLUSTER = "tests/traces/cluster"
LEFT, WIDE, LINE = 1.0, 96.0, 15
#: What changed in the mesh while pods were deleted, by the recording's name.
CHURN = {
    "rest": Text("Nothing else changes", "다른 변경 없음"),
    "quiet": Text("Another pod has stopped shortly before", "바로 앞서 다른 파드가 종료됨"),
    "eps1": Text("Another Service's endpoints, once a second", "다른 Service의 엔드포인트, 1초에 1번"),
    "eps5": Text("Another Service's endpoints, 5 times a second", "다른 Service의 엔드포인트, 1초에 5번"),
    "eps20": Text("Another Service's endpoints, 20 times a second", "다른 Service의 엔드포인트, 1초에 20번"),
    "cfg10": Text("A VirtualService, 10 times a second", "VirtualService, 1초에 10번"),
    "cfg20": Text("A VirtualService, 20 times a second", "VirtualService, 1초에 20번"),
    "dep1": Text("A Deployment that scales each second", "1초마다 크기가 바뀌는 Deployment"),
    "eps20-edsdebounceoff": Text(
        "Endpoints 20 times a second, PILOT_ENABLE_EDS_DEBOUNCE=false",
        "엔드포인트 1초에 20번, PILOT_ENABLE_EDS_DEBOUNCE=false",
    ),
    "cfg20-max1s": Text(
        "VirtualService 20 times a second, PILOT_DEBOUNCE_MAX=1s",
        "VirtualService 1초에 20번, PILOT_DEBOUNCE_MAX=1s",
    ),
}
PATHS = {
    "kube_proxy_gone": Text("kube-proxy's rules", "kube-proxy 규칙"),
    "envoy_gone": Text("the caller's Envoy", "호출자의 Envoy"),
}
CONNECTIONS = {
    "m-8080-inflight9": Text(
        "HTTP/1.1, mTLS, requests of about 6 s in flight", "HTTP/1.1, mTLS, 약 6초 걸리는 요청 처리 중"
    ),
    "t-8080-inflight9": Text(
        "HTTP/1.1, plain, requests of about 6 s in flight", "HTTP/1.1, 평문, 약 6초 걸리는 요청 처리 중"
    ),
    "m-8081-inflight9": Text(
        "HTTP/2, mTLS, streams of about 6 s in flight", "HTTP/2, mTLS, 약 6초 걸리는 스트림 처리 중"
    ),
    "t-8081-inflight9": Text(
        "HTTP/2, plain, streams of about 6 s in flight", "HTTP/2, 평문, 약 6초 걸리는 스트림 처리 중"
    ),
    "m-8081-inflight0": Text("HTTP/2, mTLS, idle", "HTTP/2, mTLS, 유휴"),
    "t-8081-inflight0": Text("HTTP/2, plain, idle", "HTTP/2, 평문, 유휴"),
    "tcp": Text("TCP, in use, the app closes at SIGTERM", "TCP, 사용 중, 앱이 SIGTERM에 닫음"),
}
CLOSED = Text("{n} connections, closed after {first}–{last} s", "연결 {n}개, {first}~{last}초 뒤에 닫힘")
CALLERS = {
    "mesh": Text("callers with a sidecar", "사이드카가 있는 호출자"),
    "plain": Text("callers through kube-proxy", "kube-proxy를 거치는 호출자"),
}
HOOK = Text("preStop {} s", "preStop {}초")
NO_HOOK = Text("no preStop", "preStop 없음")
ACCEPTS = Text("accepts for {} s more", "{}초 더 받음")
ABRUPT = Text("exits at once", "곧바로 종료")
SLOW = Text("requests of 8 s", "8초 걸리는 요청")
BUSY = Text("endpoints change 20 times a second", "엔드포인트가 1초에 20번 변경")
GONE = Text("{what}: median {median} s, at most {most} s", "{what}: 중앙값 {median}초, 최대 {most}초")
COUNT = Text("{who}: {failed} of {sent} failed", "{who}: {sent}건 중 {failed}건 실패")
EARLY = Text("; {early} of them before the first DELETE", ". 그중 {early}건은 첫 DELETE 전")
SPAN = Text(", {first}–{last} s", ", {first}~{last}초")
FORETOLD = Text("Foretold: {start}–{end} s, {what}", "예측: {start}~{end}초, {what}")
NOTHING = Text("Foretold: nothing is lost", "예측: 유실 없음")
ASSUMED = Text("{} s: assumed where nothing is declared", "{}초: 선언이 없을 때의 가정")
TITLES = {
    "propagation": Text(
        "From the DELETE until the pod's address is gone; each dot is a deleted pod",
        "DELETE부터 파드의 주소가 빠질 때까지. 점 하나가 삭제한 파드 하나",
    ),
    "connections": Text(
        "From the DELETE until the caller's Envoy has closed a connection to the pod; each dot is a connection",
        "DELETE부터 호출자의 Envoy와 파드 사이의 연결이 닫힐 때까지. 점 하나가 연결 하나",
    ),
    "rollouts": Text(
        "Failed requests by the time since the pod's DELETE, under what was foretold",
        "파드의 DELETE부터 센 시각별 실패 요청과, 그 위에 표시한 예측",
    ),
}


class Canvas:
    """Rows of text, dots and bands under each other, on one time axis of `most` seconds."""

    def __init__(self, most: float, lang: str) -> None:
        self.most, self.lang, self.y = most, lang, 26
        self.shapes, self.spoken = list[str](), list[str]()

    def at(self, time: float) -> float:
        return LEFT + WIDE * min(max(time, 0.0), self.most) / self.most

    def write(self, text: str, style: str = "small soft") -> None:
        """A sentence, on as many lines as the narrowest screen needs."""
        self.spoken.append(text)
        for row in wrapped(text, 40 if style == "name" else 0):
            self.shapes.append(f'<text class="{style}" x="{LEFT}%" y="{self.y}">{escape(row)}</text>')
            self.y += LINE

    def dots(self, times: Sequence[float], style: str) -> None:
        self.shapes.append(f'<line class="grid" x1="{LEFT}%" x2="{LEFT + WIDE}%" y1="{self.y - 4}" y2="{self.y - 4}"/>')
        self.shapes += [
            f'<circle class="{style}" cx="{self.at(time):.2f}%" cy="{self.y - 4}" r="4" fill-opacity=".5"/>'
            for time in times
        ]
        self.y += LINE + 5

    def band(self, start: float, end: float) -> None:
        x, width = self.at(start), self.at(end) - self.at(start)
        self.shapes.append(
            f'<rect class="tint" x="{x:.2f}%" width="{width:.2f}%" y="{self.y - 10}" height="9"/>'
            f'<rect class="kill" fill="none" style="stroke-width:1" x="{x:.2f}%" width="{width:.2f}%" y="{self.y - 10}" height="9"/>'
        )
        self.y += LINE

    def svg(self, title: str, marks: Sequence[float] = ()) -> str:
        """The picture. `marks` are times with a line through all rows."""
        bottom = self.y - 8
        step = next(step for step in (0.25, 0.5, 1, 2, 5, 10) if self.most / step <= 7)
        lines = []
        for number in range(int(self.most / step) + 1):
            x, end = self.at(number * step), number * step > 0.9 * self.most
            lines.append(f'<line class="grid" x1="{x:.2f}%" x2="{x:.2f}%" y1="14" y2="{bottom}"/>')
            anchor = ' text-anchor="end"' if end else "" if number == 0 else ' text-anchor="middle"'
            text = time_text(number * step, self.lang)
            lines.append(f'<text class="small soft" x="{x:.2f}%" y="10"{anchor}>{text}</text>')
        lines += [
            f'<line class="limit" x1="{self.at(mark):.2f}%" x2="{self.at(mark):.2f}%" y1="14" y2="{bottom}"/>'
            for mark in marks
        ]
        return frame("tr", title, self.spoken, self.y, [f"<style>{STYLE}</style>", *lines, *self.shapes])


def chart(kind: str, names: Sequence[str], lang: str) -> str:
    """An SVG chart of recordings. Errors: `PluginError` for a kind or a recording that there is not."""
    if kind not in TITLES or not names:
        raise PluginError(f"a chart is one of {', '.join(TITLES)}, with the names of its recordings behind it")
    title = TITLES[kind].get(lang)
    return {"propagation": propagation, "connections": connections, "rollouts": rollouts}[kind](names, title, lang)


def closed(name: str) -> list[float]:
    """Seconds from each DELETE until the sockets between the caller's Envoy and the deleted pod were gone."""
    if name not in CONNECTIONS:
        raise PluginError(f"there is no {CLUSTER}/connections/{name}.json; the names are {', '.join(CONNECTIONS)}")
    run = json.loads(read(f"{CLUSTER}/connections/{name}.json"))
    if isinstance(run, dict):
        return [seen["end"] for seen in run["connections"] if seen["victim"]]
    return [at for pod in run for seen in pod["connections"].values() for at, state in seen if state == "gone"]


def connections(names: Sequence[str], title: str, lang: str) -> str:
    found = {name: closed(name) for name in names}
    canvas = Canvas(max(max(times) for times in found.values()) * 1.04, lang)
    for name, times in found.items():
        canvas.write(CONNECTIONS[name].get(lang), "name")
        first, last = f"{min(times):.2f}", f"{max(times):.2f}"
        canvas.write(CLOSED.format(n=len(times), first=first, last=last).get(lang))
        canvas.dots(times, "drain")
    return canvas.svg(title)


def measured(label: str) -> dict[str, list[float]]:
    """Seconds from each DELETE until a path no longer had the pod, by path; without pods that it never had."""
    if label not in CHURN:
        raise PluginError(f"there is no {CLUSTER}/propagation/{label}.json; the names are {', '.join(CHURN)}")
    pods = json.loads(read(f"{CLUSTER}/propagation/{label}.json"))["repetitions"]
    return {path: [pod[path] for pod in pods if pod.get(path) is not None] for path in PATHS}


def propagation(labels: Sequence[str], title: str, lang: str) -> str:
    found = {label: measured(label) for label in labels}
    assumed = versions.PROPAGATION.value
    canvas = Canvas(max(assumed, *(max(times) for paths in found.values() for times in paths.values())) * 1.04, lang)
    for label, paths in found.items():
        canvas.write(CHURN[label].get(lang), "name")
        for path, times in paths.items():
            words = {"median": f"{median(times):.2f}", "most": f"{max(times):.2f}", "what": PATHS[path].get(lang)}
            canvas.write(GONE.format(**words).get(lang))
            canvas.dots(times, "sends" if path == "kube_proxy_gone" else "drain")
        canvas.y += 8
    canvas.write(ASSUMED.get(lang).format(f"{assumed:g}"))
    return canvas.svg(title, [assumed])


def foretold(name: str) -> Iterator[tuple[float, float, Text]]:
    """The spans in which `timing_rules` says that requests can be lost, from the manifest as applied."""
    run = json.loads(read(f"{CLUSTER}/stops/{name}.json"))
    mode, app = run["proxy"]["mode"], run["app"]["on_sigterm"]
    given = Assumptions(
        istio="1.31",
        kubernetes="1.36",
        sidecar="auto" if mode == "gateway" else mode,
        accepts_after_sigterm=float(app.removeprefix("drain:")) if app.startswith("drain:") else None,
    )
    for item in load(read(f"{CLUSTER}/rollouts/{name}.yaml"), source=name, assumptions=given):
        if isinstance(item, Pod):
            yield from ((window.start, window.end, window.text) for window in timeline(item).losses)


def setting(name: str, lang: str) -> str:
    """What a run's pods had: proxy, hook, drain, and how their app takes SIGTERM."""
    run: dict[str, Any] = json.loads(read(f"{CLUSTER}/stops/{name}.json"))
    proxy, hook, app = run["proxy"], run["app"]["prestop_sleep_seconds"], run["app"]["on_sigterm"]
    words = [MODES[proxy["mode"]].get(lang)]
    words.append(NO_HOOK.get(lang) if hook is None else HOOK.get(lang).format(f"{hook:g}"))
    names = ("terminationDrainDuration", "MINIMUM_DRAIN_DURATION", "EXIT_ON_ZERO_ACTIVE_CONNECTIONS")
    words += [f"{key} {proxy[key]}" for key in names if key in proxy and "default" not in proxy[key]]
    if app.startswith("drain:"):
        words.append(ACCEPTS.get(lang).format(app.removeprefix("drain:")))
    words += [ABRUPT.get(lang)] * (app == "abrupt") + [SLOW.get(lang)] * name.endswith("slow8")
    return ", ".join(words + [BUSY.get(lang)] * name.startswith("churn20"))


def rollouts(names: Sequence[str], title: str, lang: str) -> str:
    clients = json.loads(read(f"{CLUSTER}/clients.json"))
    for name in names:
        if name not in clients:
            raise PluginError(f"there is no {name} in {CLUSTER}/clients.json; the names are {', '.join(clients)}")
    spans = {name: list(foretold(name)) for name in names}
    times = [at for name in names for who in CALLERS for at, _ in clients[name].get(who, {}).get("failed", [])]
    ends = [end for found in spans.values() for _, end, _ in found]
    canvas = Canvas(max([*ends, *(at for at in times if at is not None), 1.0]) * 1.04, lang)
    for name in names:
        canvas.write(setting(name, lang), "name")
        for start, end, text in spans[name]:
            what = text.get(lang).removeprefix("app: ")
            canvas.write(FORETOLD.format(start=f"{start:g}", end=f"{end:g}", what=what).get(lang))
            canvas.band(start, end)
        if not spans[name]:
            canvas.write(NOTHING.get(lang))
        for who, label in CALLERS.items():
            if who in clients[name]:
                requests(canvas, clients[name][who], label, lang)
        canvas.y += 8
    return canvas.svg(title)


def requests(canvas: Canvas, client: dict[str, Any], label: Text, lang: str) -> None:
    """What one client saw of a run."""
    failed = [at for at, _ in client["failed"] if at is not None]
    early = len(client["failed"]) - len(failed)
    text = COUNT.format(who=label.get(lang), failed=len(client["failed"]), sent=client["sent"]).get(lang)
    if failed:
        text += SPAN.format(first=f"{min(failed):.2f}", last=f"{max(failed):.2f}").get(lang)
    if early:
        text += EARLY.format(early=early).get(lang)
    canvas.write(text)
    if failed:
        canvas.dots(failed, "loss")
