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
from timing_rules.manifest.spelling import nearest
from timing_rules.text import Text, seconds

from .record import furthest, kind

EXPERIMENTS = "snippets/lab/experiments"
ROOT = Path(__file__).resolve().parents[2]
RECORDS = Path(__file__).resolve().parent / "records"
HEADER = re.compile(r"^# ([\w.-]+): (.+(?:\n#[ \t]{2,}.+)*)", re.M)
DRAWN = "1.39"  # the Envoy whose runs a record keeps whole

#: The groups of the overview, in its order: an experiment names its own as `group`, with its place there.
GROUPS = ("listeners", "clients", "requests", "programs", "race", "counting", "faults")
#: What every experiment says first, in both languages, and what it may say besides: see CONTRIBUTING.md.
SPOKEN = {f"{key}{lang}" for key in ("title", "question", "concludes") for lang in ("", ".ko")}
HEADS = SPOKEN | {"see", "group", "answer", "shows"}
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
        text = file.read_text(encoding="utf-8")
        self.header, self.pods = header(text), _pods(self.path, text)
        for mistake in mistakes(self.header, list(self.pods)):
            raise Missing(f"{self.path}: {mistake}")
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
        """The row that answers the question: the first, where the experiment names none."""
        rows = {what: None for pod in self.pods for what in self.rows(pod)}
        wanted = self.header.get("answer") or next(iter(rows), "")
        if wanted not in rows:
            raise Missing(
                f"no row of the record of {self.name} is called {wanted}; correct `# answer:` in {self.path}. "
                f"Its rows are {', '.join(rows)}"
            )
        return wanted

    @property
    def shows(self) -> str:
        """The pod whose timeline the experiment's page shows: the first, where it names none."""
        return self.header.get("shows") or next(iter(self.pods))

    def case(self, pod: str) -> str:
        """What a pod is there for, in the page's language; its name, where nobody has said it."""
        return self.says(f"pod.{pod}") if f"pod.{pod}" in self.header else pod

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
    comments = re.match(r"(?:#.*\n)*", text)
    return {key: re.sub(r"\n#\s+", " ", value) for key, value in HEADER.findall(comments[0] if comments else "")}


def mistakes(header: dict[str, str], pods: list[str]) -> Iterator[str]:
    """What a header says that nothing reads, or says in one language alone."""
    for key in header:
        pod = key.removeprefix("pod.").removesuffix(".ko")
        if not key.startswith("pod."):
            if key not in HEADS:
                near = nearest(key, HEADS)
                yield f"`# {key}:` is not read; " + (
                    f"did you mean `# {near}:`?" if near else f"there are {', '.join(sorted(HEADS))} and pod.NAME"
                )
        elif pod not in pods:
            yield f"`# {key}:` speaks of a pod {pod}; its pods are {', '.join(pods)}"
        elif lacking := {f"pod.{pod}", f"pod.{pod}.ko"} - header.keys():
            yield f"`# {key}:` is there in one language; write `# {lacking.pop()}:` too"
    if header.get("shows", pods[0] if pods else "") not in pods:
        yield f"`# shows: {header['shows']}` names no pod of it; its pods are {', '.join(pods)}"


def said(header: dict[str, str], key: str, lang: str) -> str:
    """What a header says under a key, in a language; `?` stands for one that has not been written."""
    text = header.get(f"{key}.ko" if lang == "ko" else key, "?")
    return re.sub(r"(\d) s(?![A-Za-z])", r"\1초", text) if lang == "ko" else text  # files have `5 s` in both


def bearing() -> dict[str, dict[str, str]]:
    """The header of every experiment that has a page. Its `see` names what it bears on: codes of rules, paths of examples, pages
    and sections of the site."""
    return {name: header for name, header in headers().items() if "group" in header}


@cache
def headers() -> dict[str, dict[str, str]]:
    """The header of every experiment, in the order of the overview. One without a group is still on somebody's own machine, has
    no page yet, and comes last. Every page of a build asks for them, and each build forgets them first. Errors: `Missing` for a group
    that the overview does not have."""
    paths = sorted((ROOT / EXPERIMENTS).glob("*.yaml"))
    found = {path.stem: header(path.read_text(encoding="utf-8")) for path in paths}
    return dict(sorted(found.items(), key=lambda item: _place(*item)))


def _place(name: str, header: dict[str, str]) -> tuple[int, int]:
    group, _, place = header.get("group", "").partition(" ")
    if group and (group not in GROUPS or not place.isdecimal()):
        raise Missing(
            f"{EXPERIMENTS}/{name}.yaml has `# group: {header['group']}`; write a group and a place in it, such as "
            f"`# group: {GROUPS[0]} 9`. The groups are {', '.join(GROUPS)}"
        )
    return (GROUPS.index(group), int(place)) if group else (len(GROUPS), 0)


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
    """Every experiment, in the order of the overview."""
    return list(headers())


def overview(page: Page, *groups: str) -> str:
    """The experiments of some groups, or all: what each concluded, its chart if its answer is a number, how many runs agree, and the
    way to its page."""
    for group in set(groups).difference(GROUPS):
        raise Missing(f"there is no group {group} of experiments; the groups are {', '.join(GROUPS)}")
    parts = []
    for name, header in headers().items():
        group = header.get("group", "").partition(" ")[0]
        if groups and group not in groups:
            continue
        shown = Shown(name, page.lang)
        title = f"[{shown.says('title')}]({name}.md)" if group else shown.says("title")
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
    run = shown.run(pods[0] if pods else shown.shows, DRAWN)
    if run and not run["measured"].get("faults"):  # the timeline of a pod knows of no fault
        named = shown.case(run["pod"])
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
            named = f"`{pod}`" if shown.case(pod) == pod else f"{shown.case(pod)} (`{pod}`)"
            yield f"| {named} | {row_title(what, shown.lang)} | {computed} | {' | '.join(cells)} |"


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
