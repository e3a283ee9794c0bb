"""The lanes of a picture: those who send, the containers, and what is lost."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from ..text import Text, seconds
from ..timeline.build import Timeline
from ..timeline.losses import closes, cut, served
from .cause import Sender, kind_of, lanes, senders, verdict
from .scale import LEFT, NARROW, Box, Label, Scale, extent, time_text, wrapped

HEADS = {
    "sends": Text("new requests", "새 요청"),
    "prestop": Text("preStop hook", "preStop 훅"),
    "run": Text("after SIGTERM", "SIGTERM 뒤"),
    "flight": Text("requests in flight", "처리 중인 요청"),
    "wait": Text("waits for its turn", "차례를 기다림"),
    "drain": Text("Envoy drains", "Envoy 드레인"),
    "lost": Text("requests can be lost", "요청 유실 가능"),
    "open": Text("not declared", "선언하지 않음"),
    "seen": Text("measured", "측정"),
}
#: What a bar says of itself where it has room, the longest that has; elsewhere a key below the picture explains it.
_INSIDE = {
    "prestop": (HEADS["prestop"],),
    "flight": (HEADS["flight"], Text("in flight", "처리 중")),
    "wait": (HEADS["wait"], Text("waits", "대기")),
    "drain": (HEADS["drain"], Text("drains", "드레인")),
    "wait drain": (Text("waits for its turn, drains", "차례를 기다리며 드레인"), Text("waits, drains", "대기, 드레인")),
}
#: What each number says in the picture that explains the others.
NOTES = {
    "sends": Text(
        "Who still sends new requests, and until when. That is an assumption until the manifest declares it.",
        "누가 새 요청을 언제까지 보내는지 나타냅니다. 매니페스트에 선언하지 않으면 가정한 값입니다.",
    ),
    "prestop": Text(
        "The preStop hook runs. The app knows nothing of its end yet, and accepts.",
        "preStop 훅이 실행됩니다. 앱은 아직 종료를 모르고 새 요청을 받습니다.",
    ),
    "stops": Text(
        "SIGTERM reaches the app. From this tick on it accepts no new request.",
        "앱이 SIGTERM을 받습니다. 이 눈금부터 새 요청을 받지 않습니다.",
    ),
    "flight": Text(
        "The requests in flight. The strip ends with the app, or earlier, at a red tick, where something cuts them.",
        "처리 중인 요청입니다. 띠는 앱이 종료될 때 끝나며, 도중에 끊기면 붉은 눈금에서 끝납니다.",
    ),
    "drain": Text(
        "Envoy drains: it accepts, and asks clients to close their connections.",
        "Envoy가 드레인합니다. 연결을 계속 받으면서 클라이언트에게 연결을 닫으라고 알립니다.",
    ),
    "closes": Text(
        "Envoy's listeners close. From this tick on new connections are refused.",
        "Envoy의 리스너가 닫힙니다. 이 눈금부터 새 연결을 거부합니다.",
    ),
    "lost": Text(
        "In this span requests are lost. The column crosses every lane, and the sentence below it names the cause.",
        "이 시간에 요청을 잃습니다. 붉은 기둥이 모든 줄을 가로지르고, 원인은 그림 아래 문장에 나옵니다.",
    ),
    "grace": Text(
        "The end of the grace period. Whatever still runs gets SIGKILL.",
        "유예 기간이 끝나는 시각입니다. 이때까지 남은 컨테이너는 SIGKILL을 받습니다.",
    ),
}
_STOPS = Text("stops accepting", "새 요청 받지 않음")
_CLOSE = Text("listeners close", "리스너 닫힘")
_NO_PROXY = Text("✕ no proxy", "✕ 프록시 없음")
_BAR, _STRIP = 18, 4
_BOLD = 1.25  # how much wider a name is than a label of the same letters


class Lanes:
    """Draws lane below lane; `y` is where the next begins, `used` are the kinds of marks so far, `told` those with words of their own."""

    def __init__(self, line: Timeline, scale: Scale, lang: str, y: int, numbers: bool = False) -> None:
        self.line, self.scale, self.lang, self.y = line, scale, lang, y
        self.used, self.told, self.shapes = set[str](), set[str](), list[str]()
        self.numbers, self.noted, self.notes = numbers, list[str](), list[str]()

    def draw(self, seen: Mapping[str, float]) -> None:
        """Every lane, those who send first. The proxy's is of a colour of its own."""
        for sender in senders(self.line):
            self.sender(sender)
        for name in lanes(self.line):
            proxy = self.line.proxy is not None and name == self.line.proxy.container
            self.shapes.append('<g class="proxy">' if proxy else "<g>")
            self.container(name, seen.get(name))
            self.shapes.append("</g>")

    def note(self, key: str, at: float, y: float) -> None:
        """The number of a kind of mark, at its first, in the picture that explains the others."""
        if self.numbers and key not in self.noted:
            self.noted.append(key)
            place = f'x="{self.scale.x(at)}" y="{y:g}"'
            disc = '<rect x="-8" width="16" height="16" rx="8"/>'
            self.notes.append(f'<svg class="note" {place}>{disc}<text y="12">{len(self.noted)}</text></svg>')

    def head(self, name: str, tag: str) -> None:
        soft = f' <tspan class="soft small" font-weight="400">{escape(tag)}</tspan>' if tag else ""
        self.shapes.append(f'<text class="name" x="{LEFT}%" y="{self.y + 12}">{escape(name)}{soft}</text>')
        start = LEFT / 100 * NARROW
        self.scale.words.append(Box(self.y, self.y + 16, start, start + _BOLD * extent(name) + extent(f" {tag}")))
        self.y += 18

    def sender(self, sender: Sender) -> None:
        """Who sends new requests, until when."""
        self.used.add("sends")
        self.told.add("sends")
        self.head(sender.name.get(self.lang), sender.tag.get(self.lang))
        until = self.scale.most if sender.until is None else sender.until
        self.shapes.append(self.scale.rect("sends" if sender.until is not None else "sends open", 0, until, self.y, 8))
        if sender.until is not None:
            self.shapes.append(self.scale.tick("last", until, self.y - 3, self.y + 11))
            self.note("sends", until / 2, self.y - 4)
        self.y += 20

    def container(self, name: str, seen: float | None) -> None:
        """A container: its phases as one bar, what happens in it below."""
        line, scale, times, top = self.line, self.scale, self.line.containers[name], self.y + 18
        kind = kind_of(line, name)
        self.head(name, kind.get(self.lang) if kind else "")
        labels = self.phases(name)
        proxy = line.proxy
        if proxy is not None and name == proxy.container:
            labels += self.drain()
        elif name in served(line):
            labels += self.flight(name)
        elif (gone := cut(line, name)) is not None:
            labels.append(self.no_proxy(gone, top))
        end, text = self.end(name)
        self.inside(name, top + 11.5, 12 + extent(text) if scale.inside(end, text) else 0)
        if times.end is not None:
            ground = times.end - (times.sigterm if times.sigterm is not None else times.end)
            self.shapes.append(scale.beside(times.end, top + 12.5, text, "bad" if times.killed else "", ground))
            if times.killed:
                self.shapes.append(scale.tick("kill", times.end, top - 4, top + _BAR + 4))
        self.y = top + _BAR + 2
        if seen is not None:
            self.used.add("seen")
            self.told.add("seen")
            self.shapes.append(scale.rect("seen", 0, seen, self.y + 1, 3))
            self.y += 4
            labels.append(Label(seen, f"{HEADS['seen'].get(self.lang)} {time_text(seen, self.lang)}"))
        shapes, height = scale.labels(labels, self.y)
        self.shapes += shapes
        self.y += max(height, 4) + 8

    def end(self, name: str) -> tuple[float, str]:
        """Where a container's bar ends, and what stands there."""
        times = self.line.containers[name]
        if times.end is not None:
            return times.end, f"{'✕ SIGKILL ' if times.killed else ''}{time_text(times.end, self.lang)}"
        limit = times.sigkill if times.sigkill is not None else self.scale.most
        return limit, f"? (≤ {time_text(limit, self.lang)})"

    def inside(self, name: str, y: float, taken: float) -> None:
        """What the phases of a bar are called, in the bar, as far as its end leaves room. Numbers take the room in the picture that explains."""
        if self.numbers:
            return
        times, proxy = self.line.containers[name], self.line.proxy
        own = proxy if proxy is not None and name == proxy.container else None
        hook, last = times.prestop_end or 0.0, self.end(name)[0]
        turn = times.sigterm if times.sigterm is not None else hook
        ticks = [closes(self.line, name), cut(self.line, name), own.inbound_closes if own is not None else None]
        spans = [("prestop", 0.0, hook), ("wait", hook, turn)]
        if own is not None and own.drain_start is not None:
            spans[1:] = [("wait drain" if turn > hook else "drain", max(hook, own.drain_start), last)]
        elif name in served(self.line):
            spans.append(("flight", turn, last))
        for kind, start, end in spans:
            until = min([end, *(tick for tick in ticks if tick is not None and start < tick)])
            for told in (kind, "drain") if kind == "wait drain" else (kind,):
                words = [text.get(self.lang) for text in _INSIDE[told]]
                if shape := self.scale.within(start, until, y, words, taken if until == last else 0):
                    self.shapes.append(shape)
                    self.told |= set(told.split())
                    break

    def phases(self, name: str) -> list[Label]:
        """The hook, the wait for its turn, and what follows SIGTERM."""
        scale, times, top = self.scale, self.line.containers[name], self.y
        hook = times.prestop_end or 0.0
        hatch = "hook" if self.line.proxy is not None and name == self.line.proxy.container else "prestop"
        start = times.sigterm if times.sigterm is not None else hook
        limit = times.sigkill if times.sigkill is not None else scale.most
        spans = [("prestop", 0.0, hook), ("wait", hook, times.sigterm if times.sigterm is not None else hook)]
        spans.append(("run", start, times.end) if times.end is not None else ("open", start, limit))
        for style, begin, end in spans:
            if end > begin or style == "run":
                self.used.add(style)
            if end > begin:
                self.shapes.append(
                    scale.rect(f"bar {style}", begin, end, top, _BAR, hatch if style == "prestop" else "")
                )
        if hook:
            self.note("prestop", hook / 2, top + 1)
        if times.end is None:
            self.shapes.append(scale.beside(limit, top + 12.5, self.end(name)[1], "", limit - start))
        if times.sigterm is None:
            return []
        self.told.add("run")
        stops = closes(self.line, name)
        at = time_text(times.sigterm, self.lang)
        if stops is None:
            return [Label(times.sigterm, f"SIGTERM {at}")]
        self.shapes.append(scale.tick("tick", stops, top - 3, top + _BAR + 3))
        self.note("stops", stops, top + 1)
        if stops == times.sigterm:
            return [Label(stops, f"SIGTERM {at}: {_STOPS.get(self.lang)}")]
        return [
            Label(times.sigterm, f"SIGTERM {at}"),
            Label(stops, f"{_STOPS.get(self.lang)} {time_text(stops, self.lang)}"),
        ]

    def flight(self, name: str) -> list[Label]:
        """The requests in flight, from SIGTERM to the app's end, or to the moment that cuts them."""
        times, gone, bottom = self.line.containers[name], cut(self.line, name), self.y + _BAR
        if times.sigterm is not None:
            until = times.end if times.end is not None else times.sigkill
            until = min(at for at in (until, gone, self.scale.most) if at is not None)
            if until > times.sigterm:
                self.used.add("flight")
                style = "flight" if times.end is not None or gone is not None else "flight unsure"
                self.shapes.append(self.scale.rect(style, times.sigterm, until, bottom - _STRIP, _STRIP))
                self.note("flight", (times.sigterm + until) / 2, self.y + 1)
        return [] if gone is None else [self.no_proxy(gone, self.y)]

    def no_proxy(self, gone: float, top: int) -> Label:
        self.shapes.append(self.scale.tick("kill", gone, top - 4, top + _BAR + 4))
        return Label(gone, f"{_NO_PROXY.get(self.lang)} {time_text(gone, self.lang)}", "bad")

    def drain(self) -> list[Label]:
        """How long Envoy drains, and when its listeners close."""
        line, proxy, scale = self.line, self.line.proxy, self.scale
        if proxy is None or proxy.drain_start is None:
            return []
        times = line.containers[proxy.container]
        until = proxy.envoy_killed if proxy.envoy_killed is not None else times.sigkill or scale.most
        if until > proxy.drain_start:
            self.used.add("drain")
            sure = "drain" if proxy.envoy_killed is not None else "drain unsure"
            self.shapes.append(scale.rect(sure, proxy.drain_start, until, self.y + _BAR - _STRIP, _STRIP))
            self.note("drain", (proxy.drain_start + until) / 4, self.y + 1)
        if proxy.inbound_closes is None:
            return []
        self.note("closes", proxy.inbound_closes, self.y + 1)
        self.shapes.append(scale.tick("tick", proxy.inbound_closes, self.y - 3, self.y + _BAR + 3))
        return [Label(proxy.inbound_closes, f"{_CLOSE.get(self.lang)} {time_text(proxy.inbound_closes, self.lang)}")]

    def columns(self, top: int) -> list[str]:
        """The spans in which requests can be lost, through all lanes and drawn below them, each on a foot of its own colour."""
        feet = list[str]()
        for start, end in sorted({(loss.start, loss.end) for loss in self.line.losses}):
            if end > start:
                self.used.add("lost")
                self.told.add("lost")
                feet.append(self.scale.rect("lost", start, end, top, self.y - top, "lost"))
                feet.append(self.scale.rect("loss", start, end, self.y, 6))
                self.note("lost", end, self.y - 5)
            else:
                feet.append(self.scale.tick("kill", end, self.y - 2, self.y + 6))
        self.note("grace", self.line.grace, top + 2)
        self.y += 8 if feet else 0
        return feet

    def causes(self) -> None:
        """What is lost and why, in sentences; or until when requests are accepted."""
        for loss in self.line.losses:
            span = time_text(loss.end, self.lang)
            if loss.end > loss.start:
                span = f"{seconds(loss.start)}–{span}"
            self.sentence(span, loss.text.get(self.lang), "bad")
        said = verdict(self.line)
        if said is not None:
            self.sentence("✓", said.get(self.lang), "good")

    def sentence(self, head: str, text: str, style: str) -> None:
        first, *rest = wrapped(text, extent(head) + 10)
        self.shapes.append(
            f'<text x="{LEFT}%" y="{self.y + 12}"><tspan class="{style}">{head}</tspan> {escape(first)}</text>'
        )
        for row, words in enumerate(rest, 1):
            self.shapes.append(f'<text x="{LEFT}%" y="{self.y + 12 + 15 * row}">{escape(words)}</text>')
        self.y += 15 * (len(rest) + 1) + 3
