"""Records as Markdown for the site: one experiment, or all of them as a table. Shows nothing that no record holds.

What stands here imports the standard library and `timing_rules` alone: whoever builds the site needs no Envoy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from timing_rules import Pod, load
from timing_rules.text import Text, seconds

from .record import furthest, kind

EXPERIMENTS = "snippets/lab/experiments"
ROOT = Path(__file__).resolve().parents[2]
RECORDS = Path(__file__).resolve().parent / "records"
HEADER = re.compile(r"^# ([\w.]+): (.+(?:\n#[ \t]{2,}.+)*)", re.M)
DRAWN = "1.39"  # the Envoy whose runs a record keeps whole

#: The row that answers an experiment's question, "" for the first of its rows; in the order of the overview.
ANSWERS = {
    "new-connections": "new.first_refused",
    "drain-outlives-drain-duration": "outbound.first_error",
    "readiness": "",
    "close-header": "",
    "idle-connection": "",
    "http2-goaway": "",
    "http2-second-goaway": "http2.final_goaway",
    "http2-httpx": "",
    "grpc": "grpc-stream.closed",
    "websocket": "websocket.closed",
    "tcp": "",
    "drain-shorter-than-the-request": "",
    "drain-longer-than-the-request": "",
    "outbound": "",
    "native-order": "istio-proxy envoy-killed",
    "servers": "",
    "worker": "",
    "endpoint-race": "new: lost",
    "endpoint-race-classic": "new: lost",
    "retries": "",
    "minimum-drain-tick": "",
    "exit-on-zero-last-request": "log.There are no more",
    "exit-on-zero-idle-inbound": "idle.closed",
    "exit-on-zero-outbound-pool": "istio-proxy envoy-killed",
    "stats-call-fails": "",
    "envoy-dies-in-mid-drain": "",
}
#: The pod whose timeline an experiment's page shows, where it is not the first.
POD = {
    "new-connections": "graceful",
    "close-header": "classic",
    "drain-shorter-than-the-request": "default-drain",
    "worker": "default-drain",
    "endpoint-race": "prestop-1s",
    "minimum-drain-tick": "minimum-2s",
}
#: The last word of a row, and what it says. The first word is a client, a container or one of `SAID_FIRST`.
SAID = {
    "closed": Text("connection is cut", "연결이 끊김"),
    "confirmed": Text("job is confirmed", "작업 완료를 알림"),
    "code": Text("close code", "close 코드"),
    "drain-start": Text("drain begins", "드레인 시작"),
    "end": Text("ends", "종료"),
    "envoy-killed": Text("Envoy is gone", "Envoy 종료"),
    "exit_code": Text("exit status", "종료 상태"),
    "final_goaway": Text("final GOAWAY", "마지막 GOAWAY"),
    "first_close_header": Text("first `Connection: close`", "첫 `Connection: close`"),
    "first_error": Text("first error", "첫 오류"),
    "first_refused": Text("first refused connection", "첫 연결 거부"),
    "goaway": Text("first GOAWAY", "첫 GOAWAY"),
    "inbound-closes": Text("inbound listeners close", "인바운드 리스너가 닫힘"),
    "killed": Text("gets SIGKILL", "SIGKILL을 받음"),
    "lost": Text("lost requests", "유실된 요청"),
    "prestop-end": Text("preStop hook ends", "preStop 훅이 끝남"),
    "result": Text("answer", "응답"),
    "sigkill": Text("SIGKILL", "SIGKILL"),
    "sigterm": Text("SIGTERM", "SIGTERM"),
    "state": Text("`server.state`", "`server.state`"),
    "total_listeners_draining": Text("`total_listeners_draining`", "`total_listeners_draining`"),
}
SAID_FIRST = {
    "cause": Text("cause of the first loss", "첫 유실의 원인"),
    "log": Text("the agent logs", "에이전트 로그"),
    "lost": SAID["lost"],
    "refused": SAID["first_refused"],
}
#: Who sees the row, in a chart: a client, or a container.
CLIENTS = {
    "calls": Text("calls", "호출"),
    "grpc-stream": Text("gRPC stream", "gRPC 스트림"),
    "http2": Text("HTTP/2 connection", "HTTP/2 연결"),
    "httpx2": Text("httpx over HTTP/2", "HTTP/2를 쓰는 httpx"),
    "idle": Text("idle connection", "유휴 연결"),
    "jobs": Text("jobs", "작업"),
    "new": Text("new connections", "새 연결"),
    "outbound": Text("calls of the app", "앱의 외부 호출"),
    "readiness": Text("port 15021", "15021 포트"),
    "slow": Text("slow request", "오래 걸리는 요청"),
    "tcp": Text("TCP connection", "TCP 연결"),
    "uploads": Text("uploads", "업로드"),
    "websocket": Text("WebSocket", "WebSocket"),
}
#: What a pod of an experiment is there for, by its name.
CASES = {
    "app-ends-early": Text("the app ends at 2 s", "앱이 2초에 종료"),
    "app-leaves": Text("the app ends at 3.5 s", "앱이 3.5초에 종료"),
    "app-stays": Text("the app does not end", "앱이 종료되지 않음"),
    "app-uses-the-whole-grace": Text("the app uses the whole grace period", "앱이 유예 기간을 모두 사용"),
    "classic": Text("classic sidecar", "클래식 사이드카"),
    "classic-own-sleep": Text("classic, istio-proxy has a preStop sleep", "클래식, istio-proxy에 preStop sleep"),
    "closed-by-a-hook": Text("classic, drained by a hook without graceful", "클래식, 훅이 graceful 없이 드레인"),
    "default-drain": Text("classic, the default drain of 5 s", "클래식, 기본값인 드레인 5초"),
    "drain-12s": Text("classic, terminationDrainDuration of 12 s", "클래식, terminationDrainDuration 12초"),
    "drain-2s": Text("terminationDrainDuration of 2 s", "terminationDrainDuration 2초"),
    "drain-7s": Text("terminationDrainDuration of 7 s", "terminationDrainDuration 7초"),
    "empty": Text("the answer is empty", "빈 응답"),
    "exit-on-zero": Text("EXIT_ON_ZERO_ACTIVE_CONNECTIONS", "EXIT_ON_ZERO_ACTIVE_CONNECTIONS"),
    "fixed-drain": Text("a drain of fixed length", "드레인 시간 고정"),
    "gateway": Text("gateway", "게이트웨이"),
    "graceful": Text("classic, graceful drain", "클래식, graceful 드레인"),
    "hanging": Text("no answer comes", "응답 없음"),
    "hanging-istio-1-22": Text("no answer comes, Istio 1.22", "응답 없음, Istio 1.22"),
    "idle-inbound": Text("a client is connected and idle", "클라이언트가 연결만 유지"),
    "last-request": Text("the last connection ends at 3.5 s", "마지막 연결이 3.5초에 끝남"),
    "longer-drain": Text("classic, terminationDrainDuration of 8 s", "클래식, terminationDrainDuration 8초"),
    "minimum-1s": Text("MINIMUM_DRAIN_DURATION of 1 s", "MINIMUM_DRAIN_DURATION 1초"),
    "minimum-2s": Text("MINIMUM_DRAIN_DURATION of 2 s", "MINIMUM_DRAIN_DURATION 2초"),
    "minimum-4s": Text("MINIMUM_DRAIN_DURATION of 4 s", "MINIMUM_DRAIN_DURATION 4초"),
    "native": Text("native sidecar", "네이티브 사이드카"),
    "prestop-0s": Text("no preStop hook", "preStop 훅 없음"),
    "prestop-1s": Text("preStop sleep of 1 s", "preStop sleep 1초"),
    "prestop-2s": Text("preStop sleep of 2 s", "preStop sleep 2초"),
    "prestop-3s": Text("preStop sleep of 3 s", "preStop sleep 3초"),
    "prestop-4s": Text("preStop sleep of 4 s", "preStop sleep 4초"),
    "refused": Text("the connection is refused", "연결 거부"),
    "refused-istio-1-22": Text("the connection is refused, Istio 1.22", "연결 거부, Istio 1.22"),
    "two-sidecars": Text("two native sidecars", "네이티브 사이드카 2개"),
}
COUNTED = {"code", "exit_code", "state", "total_listeners_draining"}

#: In a table of many columns a link that may break anywhere is squeezed to a letter a line.
WHOLE = '{ style="overflow-wrap: break-word" }'
_FROM = {
    "new": Text("{count} on new connections", "새 연결 {count}개"),
    "keep-alive": Text("{count} on a kept one", "유지된 연결 {count}개"),
    "in-flight": Text("{count} in flight", "처리 중인 요청 {count}개"),
    "outbound": Text("{count} calls of the app", "앱의 외부 호출 {count}개"),
}
_LOST = Text(
    "[In the lab](measured/index.md#examples), {with_what}, {lost} of {sent} requests were lost ({which}),",
    "[실험](measured/index.md#examples)에서 {with_what} 종료했을 때 요청 {sent}개 가운데 {lost}개를 잃었습니다({which}).",
)
_NONE_LOST = Text(
    "[In the lab](measured/index.md#examples), {with_what}, none of {sent} requests was lost,",
    "[실험](measured/index.md#examples)에서 {with_what} 종료했을 때 요청 {sent}개를 하나도 잃지 않았습니다.",
)
_AS_COMPUTED = Text("as computed.", "계산과 같습니다.")
_NEARLY = Text(
    "{computed} by computation: one [on a boundary](measured/index.md#doubt) may go either way.",
    "계산으로는 {computed}개입니다. [경계에 놓인](measured/index.md#doubt) 요청은 성공할 수도, 실패할 수도 있습니다.",
)
_NOT_AS_COMPUTED = Text("not as computed.", "계산과 다릅니다.")
_SECONDS = Text("\u00a0s", "초")
_AGREES = Text("Runs that agree, greatest distance in time", "일치한 실행, 시각의 최대 차이")
_TIMELINE = Text("Computed and measured: {pod}", "계산과 측정: {pod}")
_RECORD = Text("The record", "기록")
_ROWS = Text("Every row, by version of Envoy", "Envoy 버전별 모든 값")
_NO_CONCLUSION = Text("not concluded", "결론 없음")


class Missing(Exception):
    """A sentence: what is not there, and what to run or write. No full stop at its end."""


class Page(Protocol):
    """What a page of the site lends: its language, and how it draws a pod and folds a file."""

    lang: str
    level: int
    drawn: list[str]

    def draw(self, pod: Pod, title: str, measured: Any = None) -> str: ...

    def listing(self, path: str, title: str) -> str: ...

    def charted(self, name: str) -> str: ...


class Shown:
    """One experiment with its record: `header` and `pods` as the experiment's file has them now."""

    def __init__(self, name: str, lang: str) -> None:
        self.name, self.lang, self.path = name, lang, f"{EXPERIMENTS}/{name}.yaml"
        file, record = ROOT / self.path, RECORDS / f"{name}.json"
        if not file.is_file():
            raise Missing(f"there is no experiment {name}; the experiments are {', '.join(names())}")
        self.header = _header(file, file.stat().st_mtime_ns)
        self.pods = _pods(self.path, file.read_text(encoding="utf-8"))
        again = f"make lab NAME={name} ARGS='--record --envoy own'"
        if not record.is_file():
            raise Missing(f"the experiment {name} has no record; run {again}")
        self.record = _record(record, record.stat().st_mtime_ns)
        self.runs: list[dict[str, Any]] = self.record["runs"]
        self.envoys = sorted({run["envoy"] for run in self.runs}, key=lambda minor: int(minor.partition(".")[2]))
        for pod in self.pods:
            if DRAWN not in {run["envoy"] for run in self.runs if run["pod"] == pod}:
                raise Missing(f"the record of {name} has no run of its pod {pod} on Envoy {DRAWN}; run {again}")

    def says(self, key: str) -> str:
        """A header in the page's language; `?` stands for one that has not been written."""
        return said(self.header, key, self.lang)

    @property
    def concluded(self) -> bool:
        return self.says("concludes") != "?" and self.record.get("verdict") in ("agrees", "differs")

    def run(self, pod: str, envoy: str) -> dict[str, Any] | None:
        return next((run for run in self.runs if (run["pod"], run["envoy"]) == (pod, envoy)), None)

    def rows(self, pod: str) -> list[str]:
        """The rows of a pod, without how many requests its clients sent: that differs from run to run."""
        found = self.run(pod, DRAWN)
        return [kind(row["what"]) for row in found["rows"]] if found else []

    def row(self, pod: str, envoy: str, what: str) -> dict[str, Any] | None:
        found = self.run(pod, envoy)
        return next((row for row in found["rows"] if kind(row["what"]) == what), None) if found else None

    @property
    def answer(self) -> str:
        """The row that answers the question."""
        rows = {what: None for pod in self.pods for what in self.rows(pod)}
        wanted = ANSWERS.get(self.name) or next(iter(rows), "")
        if wanted not in rows:
            raise Missing(f"no row of the record of {self.name} is called {wanted}; correct ANSWERS in lab/show.py")
        return wanted

    def furthest(self) -> float:
        """The greatest distance in seconds between computed and measured, of all runs that the record speaks of."""
        return max(map(furthest, self.runs), default=0.0)

    def times(self) -> tuple[int, int]:
        """How many runs there were, and how many of them agreed."""
        often = [_often(run) for run in self.runs]
        return sum(run["times"] for run in often), sum(run["agreed"] for run in often)

    def conclusion(self) -> str:
        return self.says("concludes") if self.concluded else f"{_NO_CONCLUSION.get(self.lang)}."

    def verdict(self) -> str:
        """How many runs agree with what was computed, and how closely."""
        if not self.concluded:
            return _NO_CONCLUSION.get(self.lang)
        runs, agreed = self.times()
        return _verdict(runs, agreed, self.furthest(), self.lang)

    def provenance(self) -> str:
        """Who measured when, on what, how often, and how far from what was computed."""
        runs, agreed = self.times()
        loads = [load for run in self.runs for load in _often(run)["load"]]
        machines, dates = ("; ".join(sorted({run[key] for run in self.runs})) for key in ("machine", "date"))
        span = f"{min(loads):g}" if min(loads) == max(loads) else f"{min(loads):g}–{max(loads):g}"
        return Text(
            f"Measured on {dates} with Envoy {', '.join(self.envoys)} on {machines} (load average {span}). Runs that "
            f"agree: {agreed} of {runs}; greatest distance from what was computed: {self.furthest():g} s.",
            f"{dates}에 Envoy {', '.join(self.envoys)} 버전으로 측정했습니다. 장비: {machines} (평균 부하 {span}). 계산과 일치한 "
            f"실행: {runs}회 중 {agreed}회. 계산과 측정의 차이: 최대 {self.furthest():g}초.",
        ).get(self.lang)


def header(text: str) -> dict[str, str]:
    """The first comments of an experiment by their keys."""
    return {key: re.sub(r"\n#\s+", " ", value) for key, value in HEADER.findall(text)}


def said(header: dict[str, str], key: str, lang: str) -> str:
    """What a header says under a key, in a language; `?` stands for one that has not been written."""
    text = header.get(f"{key}.ko" if lang == "ko" else key, "?")
    return re.sub(r"(\d) s(?![A-Za-z])", r"\1초", text) if lang == "ko" else text  # files have `5 s` in both


def bearing() -> dict[str, dict[str, str]]:
    """The header of every experiment that has a page. Its `see` names what it bears on: codes of rules, paths of examples, pages
    and sections of the site."""
    paths = {name: ROOT / EXPERIMENTS / f"{name}.yaml" for name in names() if name in ANSWERS}
    return {name: _header(path, path.stat().st_mtime_ns) for name, path in paths.items()}


@cache
def _header(path: Path, changed: int) -> dict[str, str]:
    return header(path.read_text(encoding="utf-8"))


@cache
def _pods(path: str, text: str) -> dict[str, Pod]:
    return {item.name: item for item in load(text, source=path) if isinstance(item, Pod)}


@cache
def _record(path: Path, changed: int) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return record


def _often(run: dict[str, Any]) -> dict[str, Any]:
    """How often what stands as one run was made, and agreed."""
    alone = {"times": 1, "agreed": int(run["verdict"] == "agrees"), "load": [run["load"]]}
    found: dict[str, Any] = run.get("of", alone)
    return found


def _verdict(runs: int, agreed: int, away: float, lang: str) -> str:
    far = f"≤\u00a0{_time(away, lang)}"
    return Text(f"{agreed}\u00a0of\u00a0{runs}, {far}", f"{runs}회\u00a0중 {agreed}회, {far}").get(lang)


def names() -> list[str]:
    """Every experiment, in the order of `ANSWERS`; those that it does not know come last."""
    order = list(ANSWERS)
    found = sorted(path.stem for path in (ROOT / EXPERIMENTS).glob("*.yaml"))
    return sorted(found, key=lambda word: order.index(word) if word in order else len(order))


def overview(page: Page, *chosen: str) -> str:
    """Some experiments, or all: what each concluded, its chart if its answer is a number, how many runs agree, and the way to its page."""
    parts = []
    for name in chosen or names():
        shown = Shown(name, page.lang)
        # An experiment that is not in ANSWERS is still on somebody's own machine, and has no page yet.
        title = f"[{shown.says('title')}]({name}.md)" if name in ANSWERS else shown.says("title")
        parts.append(f"{'#' * (page.level + 1)} {title} {{ #{name} }}")
        parts.append(f"{shown.says('question')} **{shown.conclusion()}**")
        parts.append(page.charted(name))
        parts.append(f"{_AGREES.get(page.lang)}: {shown.verdict()}\n{{ .meant }}")
    return "\n\n".join(part for part in parts if part)


def section(page: Page, name: str, *pods: str) -> str:
    """One experiment: what it concluded, its chart, the timeline of the pod that is named (or of the first), and its record, folded."""
    shown = Shown(name, page.lang)
    for pod in pods:
        if pod not in shown.pods:
            raise Missing(f"{shown.path} has no pod {pod}; its pods are {', '.join(shown.pods)}")
    parts = [f"**{shown.conclusion()}**", shown.says("question"), page.charted(name)]
    run = shown.run(pods[0] if pods else next(iter(shown.pods)), DRAWN)
    if run and not run["measured"].get("faults"):  # the timeline of a pod knows of no fault
        named = case(run["pod"], page.lang)
        parts.append(f"## {_TIMELINE.format(pod=named).get(page.lang)} {{ #timeline }}")
        parts.append(page.draw(shown.pods[run["pod"]], f"{shown.says('title')}: {named}", run))
    table = "\n".join(f"    {row}" for row in _table(shown))
    parts.append(f"## {_RECORD.get(page.lang)} {{ #record }}")
    parts.append(f'??? timeline "{_ROWS.get(page.lang)}"\n\n{table}')
    parts.append(page.listing(shown.path, Text("The experiment", "실험 파일").get(page.lang)))
    load_it = Text("Download the experiment", "실험 파일 내려받기").get(page.lang)
    parts.append(f"{shown.provenance()} [{load_it}](../{shown.path}){{ download }}\n{{ .meant }}")
    return "\n\n".join(part for part in parts if part)


def stopped(path: str) -> dict[str, dict[str, Any]]:
    """The runs of an example, by pod; none, if nobody has stopped it yet."""
    found = (RECORDS / path).with_suffix(".json")
    runs = json.loads(found.read_text(encoding="utf-8"))["runs"] if found.is_file() else []
    return {run["pod"]: run for run in runs if "measured" in run}


def anchor(path: str) -> str:
    """Where an example stands in the catalogue."""
    return re.sub(r"[^a-z0-9]+", "-", path.removeprefix("examples/").removesuffix(".yaml").lower())


def page_of(path: str) -> str:
    """The page that shows an example: its own, or that of the rule that it breaks."""
    name = path.rpartition("/")[2]
    return f"rules/{name[:5].lower()}.md" if path.startswith("examples/wrong/") else path.removesuffix(".yaml") + ".md"


def counted(run: dict[str, Any]) -> tuple[int, dict[str, int]]:
    """How many requests a run sent while its clients did not know, and how many of which client were lost."""
    found = [(row, re.fullmatch(r"(\S+): lost of (\d+) requests", row["what"])) for row in run["rows"]]
    lost = {what[1]: row["measured"] for row, what in found if what and row["measured"]}
    return sum(int(what[2]) for _, what in found if what), lost


def _foretold(run: dict[str, Any]) -> int:
    """How many of those were to be lost."""
    return sum(row["computed"] for row in run["rows"] if ": lost of " in row["what"])


def fate(path: str, lang: str, where: str = "") -> list[str]:
    """What became of an example's requests, as a sentence for each of its pods; `where` leads to the site's root."""
    said = []
    for run in stopped(path).values():
        sent, lost = counted(run)
        which = ", ".join(_FROM[name].format(count=count).get(lang) for name, count in lost.items())
        with_what = Text("without a sidecar", "사이드카 없이")
        if run["envoy"]:
            with_what = Text(f"with Envoy {run['envoy']}", f"Envoy {run['envoy']} 버전으로")
        parts = {"sent": str(sent), "lost": str(sum(lost.values())), "which": which, "with_what": with_what.get(lang)}
        found = _LOST if lost else _NONE_LOST
        computed = _foretold(run)
        agrees = _AS_COMPUTED if computed == sum(lost.values()) else _NEARLY.format(computed=computed)
        agrees = agrees if run["verdict"] == "agrees" else _NOT_AS_COMPUTED
        sentence = f"{found.format(**parts).get(lang)} {agrees.get(lang)}\n{{ .meant }}"
        said.append(sentence.replace("](measured/", f"]({where}measured/"))
    return said


def examples(page: Page) -> str:
    """Every example that was stopped: what was sent, what was lost, and how close the events came."""
    head = Text(
        "Example | Envoy | Requests | Lost, computed | Lost, measured | Verdict",
        "예제 | Envoy | 요청 | 계산한 유실 | 측정한 유실 | 판정",
    )
    rows = [head.get(page.lang), " | ".join(["---"] * 6)]
    for record in sorted((RECORDS / "examples").rglob("*.json")):
        path = record.relative_to(RECORDS).with_suffix(".yaml").as_posix()
        for run in stopped(path).values():
            sent, lost = counted(run)
            of = _often(run)
            verdict = _verdict(of["times"], of["agreed"], furthest(run), page.lang)
            cells = [
                f"[{path.removeprefix('examples/')}](../{page_of(path)}){WHOLE}",
                run["envoy"] or "\u2013",
                str(sent),
                str(_foretold(run)),
            ]
            rows.append(" | ".join([*cells, str(sum(lost.values())), verdict]))
    return "\n".join(f"| {row} |" for row in rows)


def _table(shown: Shown) -> Iterator[str]:
    head = Text("Pod | What | Computed", "파드 | 항목 | 계산").get(shown.lang)
    yield f"| {head} | {' | '.join(shown.envoys)} |"
    yield "|---" * (len(shown.envoys) + 3) + "|"
    for pod in shown.pods:
        for what in shown.rows(pod):
            found = [shown.row(pod, envoy, what) for envoy in shown.envoys]
            cells = [_measured(row, shown.lang) if row else "" for row in found]
            computed = next(_computed(row, shown.lang) for row in found if row)
            named = f"`{pod}`" if pod not in CASES else f"{case(pod, shown.lang)} (`{pod}`)"
            yield f"| {named} | {row_title(what, shown.lang)} | {computed} | {' | '.join(cells)} |"


def case(pod: str, lang: str) -> str:
    """What a pod of an experiment is there for; its name, where nobody has said it."""
    return CASES[pod].get(lang) if pod in CASES else pod


def chart_title(what: str, lang: str) -> str:
    """A row in words alone: new connections, first refused connection."""
    first, _, rest = what.replace(": ", " ").replace(".", " ", 1).partition(" ")
    if first not in CLIENTS or rest not in SAID:
        return row_title(what, lang).replace("`", "")
    return f"{CLIENTS[first].get(lang)}, {SAID[rest].get(lang)}".replace("`", "")


def row_title(what: str, lang: str) -> str:
    """A row for a reader: `new`, first refused connection."""
    first, _, rest = what.replace(": ", " ").replace(".", " ", 1).partition(" ")
    if first == "log":
        return f"{SAID_FIRST[first].get(lang)} `{rest}`"
    if first in SAID_FIRST:
        return f"`{rest}`, {SAID_FIRST[first].get(lang)}"
    return f"`{first}`, {SAID[rest].get(lang)}" if rest in SAID else f"`{what}`"


def _computed(row: dict[str, Any], lang: str) -> str:
    return _value(row["computed"], kind(row["what"]), lang)


def _measured(row: dict[str, Any], lang: str) -> str:
    """What was measured: one value, or the least and the greatest of many runs."""
    said = [_value(value, kind(row["what"]), lang) for value in row.get("spread", [row["measured"]])]
    parts = [part.removesuffix(_SECONDS.get(lang)) for part in said[:-1]]
    return "\u2013".join([*parts, said[-1]]) + ("" if row["agrees"] else " ✗")


def _value(value: Any, what: str, lang: str) -> str:
    if value is None:
        return (Text("none lost", "유실 없음") if what.startswith("cause.") else Text("never", "없음")).get(lang)
    if isinstance(value, bool):
        return (Text("yes", "예") if value else Text("no", "아니요")).get(lang)
    if isinstance(value, str):
        return f"`{value}`"
    if what.startswith("lost.") or what.endswith(": lost") or what.rpartition(".")[2] in COUNTED:
        return str(value)
    return _time(value, lang)


def _time(value: float, lang: str) -> str:
    return seconds(value) + _SECONDS.get(lang)
