"""A timeline as a picture: SVG bars on one time axis.

Positions are percentages and type is of fixed size, so that one picture is legible at any width. Colour is never the
only mark. Every name that comes from a manifest is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from ..text import Text, seconds
from ..timeline.build import Timeline
from ..timeline.times import ContainerTimes
from .recording import Recording, ends_of

_STYLE = """
.tr{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Noto Sans KR","Apple SD Gothic Neo","Malgun Gothic",sans-serif;--i:#20262d;--s:#58626d;--l:#c9ccc6;--a:#0b6b60;--w:#a5301f;--p:#fcfcfa}
@media(prefers-color-scheme:dark){.tr{--i:#dfe4e6;--s:#9aa6ad;--l:#3b454e;--a:#66cdbd;--w:#f8ab9d;--p:#14191e}}
[data-md-color-scheme=default] .tr{--i:#20262d;--s:#58626d;--l:#c9ccc6;--a:#0b6b60;--w:#a5301f;--p:#fcfcfa}
[data-md-color-scheme=slate] .tr{--i:#dfe4e6;--s:#9aa6ad;--l:#3b454e;--a:#66cdbd;--w:#f8ab9d;--p:#14191e}
.tr text{fill:var(--i);paint-order:stroke;stroke:var(--p);stroke-width:3px;stroke-linejoin:round}.tr .small{font-size:11px}.tr .soft{fill:var(--s)}.tr .name{font-weight:600}.tr .bad{fill:var(--w);font-weight:600}
.tr .bar{stroke:var(--a);stroke-width:1.2;fill:none}.tr .run{fill:var(--a);fill-opacity:.22}.tr .open{stroke-dasharray:4 3}
.tr .drain{fill:var(--a)}.tr .grid{stroke:var(--l)}.tr .limit{stroke:var(--s);stroke-dasharray:3 3}
.tr .hatch{stroke:var(--a);stroke-width:1.4}.tr .lost{stroke:var(--w);stroke-width:1.6}.tr .edge{stroke:var(--w);stroke-width:1.4;fill:none}
.tr .kill{stroke:var(--w);stroke-width:2.4}.tr .seen{fill:var(--i)}
"""
HEADS = {
    "prestop": Text("preStop hook", "preStop 훅"),
    "run": Text("after SIGTERM", "SIGTERM 뒤"),
    "wait": Text("waits for its turn", "차례를 기다림"),
    "drain": Text("Envoy drains", "Envoy 드레인"),
    "lost": Text("requests can be lost", "요청 유실 가능"),
    "open": Text("not declared", "선언하지 않음"),
    "seen": Text("measured", "측정"),
}
_LEFT, _WIDE, _ROW, _BAR = 1.0, 96.0, 58, 18


def svg(line: Timeline, *, lang: str = "en", title: str | None = None, measured: Recording | None = None) -> str:
    """The picture of a timeline: a row a container, phases as bars, the spans in which requests can be lost.

    `title` names it; `measured` is a recording whose ends are drawn under the computed bars.
    """
    seen = ends_of(measured, line)
    scale = _Scale(line, seen)
    row = _ROW + (18 if seen else 0)
    top, height = 22, 22 + row * len(line.containers)
    used = {"run"} | ({"seen"} if seen else set())
    used |= {"lost"} if any(loss.end > loss.start for loss in line.losses) else set()
    body: list[str] = []
    for index, (name, times) in enumerate(line.containers.items()):
        body += _row(line, scale, name, times, top + index * row, lang, used)
        if name in seen:
            y = top + index * row + _ROW - 4
            body.append(f'<rect class="seen" x="{scale.x(0)}" y="{y}" width="{scale.w(0, seen[name])}" height="4"/>')
            label = f"{HEADS['seen'].get(lang)} {time_text(seen[name], lang)}"
            body.append(_beside(scale, seen[name], y + 15, label, "soft"))
    keys = [key for key in HEADS if key in used]
    full = height + 30 + 18 * ((len(keys) + 1) // 2)
    name = title or line.pod.name or line.pod.kind
    parts = [
        f'<svg class="tr" xmlns="http://www.w3.org/2000/svg" width="100%" height="{full}" role="img" aria-labelledby="title desc">',
        f'<title id="title">{escape(name)}</title><desc id="desc">{escape(_described(line, lang))}</desc>',
        f"<style>{_STYLE}</style>",
        _pattern("prestop", "hatch", "M0 6L6 0"),
        _pattern("lost", "lost", "M0 0L6 6"),
        *_axis(line, scale, top, height, lang),
        *_losses(line, scale, top, height),
        *body,
        *_legend(keys, height + 34, lang),
        "</svg>",
    ]
    return "".join(parts)


class _Scale:
    """Seconds to percent of the width."""

    def __init__(self, line: Timeline, seen: Mapping[str, float]) -> None:
        ends = [
            end for times in line.containers.values() for end in (times.end, times.sigkill if times.end is None else 0)
        ]
        ends += [loss.end for loss in line.losses] + list(seen.values()) + [float(line.grace)]
        self.most = max(end for end in ends if end is not None)

    def at(self, time: float) -> float:
        return _LEFT + _WIDE * time / self.most

    def x(self, time: float) -> str:
        return f"{self.at(time):.2f}%"

    def w(self, start: float, end: float) -> str:
        return f"{max(0.0, self.at(end) - self.at(start)):.2f}%"


def time_text(value: float, lang: str) -> str:
    """A time with its unit, as it stands in the picture and the table."""
    return seconds(value) + ("초" if lang == "ko" else " s")


def _pattern(name: str, style: str, path: str) -> str:
    return (
        f'<pattern id="{name}" width="6" height="6" patternUnits="userSpaceOnUse">'
        f'<path class="{style}" d="{path}" fill="none"/></pattern>'
    )


def _axis(line: Timeline, scale: _Scale, top: int, height: int, lang: str) -> Iterator[str]:
    step = next(
        (span for span in (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 3600) if scale.most / span <= 6),
        int(scale.most / 5),
    )
    for tick in range(0, int(scale.most) + 1, step):
        x = scale.x(tick)
        yield f'<line class="grid" x1="{x}" x2="{x}" y1="{top}" y2="{height}"/>'
        anchor = "start" if tick == 0 else "middle" if scale.at(tick) < 93 else "end"
        yield f'<text class="soft" x="{x}" y="{height + 14}" text-anchor="{anchor}">{time_text(tick, lang)}</text>'
    grace = Text(f"grace period {line.grace} s", f"유예 기간 {line.grace}초").get(lang)
    x, near = scale.x(line.grace), scale.at(line.grace) < 40
    yield f'<line class="limit" x1="{x}" x2="{x}" y1="{top - 6}" y2="{height}"/>'
    yield f'<text class="soft" x="{x}" y="{top - 9}" text-anchor="{"start" if near else "end"}">{grace}</text>'


def _row(
    line: Timeline, scale: _Scale, name: str, times: ContainerTimes, y: int, lang: str, used: set[str]
) -> Iterator[str]:
    kind = ""
    if times.native:
        kind = Text("native sidecar", "네이티브 사이드카").get(lang)
    elif line.proxy is not None and name == line.proxy.container:
        kind = Text(str(line.sidecar), {"classic": "클래식", "gateway": "게이트웨이"}.get(line.sidecar, "")).get(lang)
    tag = f' <tspan class="soft" font-weight="400">{kind}</tspan>' if kind else ""
    yield f'<text class="name" x="{_LEFT}%" y="{y + 12}">{escape(name)}{tag}</text>'
    top = y + 18

    def bar(start: float, end: float, style: str, fill: str = "") -> str:
        paint = f' style="fill:url(#{fill})"' if fill else ""
        return f'<rect class="bar {style}"{paint} x="{scale.x(start)}" y="{top}" width="{scale.w(start, end)}" height="{_BAR}"/>'

    hook = times.prestop_end or 0.0
    if hook:
        used.add("prestop")
        yield bar(0, hook, "", "prestop")
    start = times.sigterm if times.sigterm is not None else hook
    if times.sigterm is not None and times.sigterm > hook:
        used.add("wait")
        yield bar(hook, times.sigterm, "")
    end = times.end
    if end is None:
        used.add("open")
        limit = times.sigkill if times.sigkill is not None else scale.most
        yield bar(start, limit, "open")
        yield _beside(scale, limit, top + 13, f"? (≤ {time_text(limit, lang)})")
    else:
        if end > start:
            yield bar(start, end, "run")
        x = scale.x(end)
        if times.killed:
            yield f'<line class="kill" x1="{x}" x2="{x}" y1="{top - 4}" y2="{top + _BAR + 4}"/>'
            yield _beside(scale, end, top + 13, f"✕ SIGKILL {time_text(end, lang)}", "bad")
        else:
            yield _beside(scale, end, top + 13, time_text(end, lang))
    proxy = line.proxy
    if proxy is not None and name == proxy.container and proxy.drain_start is not None:
        until = proxy.envoy_killed if proxy.envoy_killed is not None else times.sigkill or scale.most
        if until > proxy.drain_start:
            used.add("drain")
            width = scale.w(proxy.drain_start, until)
            yield f'<rect class="drain" x="{scale.x(proxy.drain_start)}" y="{top + _BAR - 4}" width="{width}" height="4"/>'
        if proxy.inbound_closes is not None:
            x = scale.x(proxy.inbound_closes)
            yield f'<line class="kill" x1="{x}" x2="{x}" y1="{top - 3}" y2="{top + _BAR + 3}"/>'
    yield from _named(line, scale, name, times, top + _BAR + 12, lang)


def _named(line: Timeline, scale: _Scale, name: str, times: ContainerTimes, y: int, lang: str) -> Iterator[str]:
    """The events of a row under its bar, as far as they leave each other room."""
    named = [(times.sigterm, "SIGTERM")]
    if line.proxy is not None and name == line.proxy.container:
        named.append((line.proxy.inbound_closes, Text("listeners close", "리스너 닫힘").get(lang)))
    free = -100.0
    for time, label in named:
        if time is None or scale.at(time) < free:
            continue
        x, late = scale.at(time), scale.at(time) > 60
        anchor = "end" if late else "start"
        yield f'<text class="soft small" x="{x:.2f}%" y="{y}" text-anchor="{anchor}">{"" if late else "↑ "}{label} {time_text(time, lang)}{" ↑" if late else ""}</text>'
        free = x + 38


def _beside(scale: _Scale, time: float, y: float, text: str, style: str = "") -> str:
    """A label to the right of a bar's end, or inside the bar when there is no room."""
    inside = scale.at(time) > 68
    x, move, anchor = scale.x(time), -6 if inside else 6, "end" if inside else "start"
    return f'<text class="{style}" x="{x}" dx="{move}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'


def _losses(line: Timeline, scale: _Scale, top: int, height: int) -> Iterator[str]:
    for loss in line.losses:
        if loss.end > loss.start:
            place = (
                f'x="{scale.x(loss.start)}" y="{top}" width="{scale.w(loss.start, loss.end)}" height="{height - top}"'
            )
            yield f'<rect style="fill:url(#lost);fill-opacity:.24" {place}/><rect class="edge" {place}/>'


def _legend(keys: list[str], y: int, lang: str) -> Iterator[str]:
    for index, key in enumerate(keys):
        x, row = (0 if index % 2 == 0 else 50), y + 18 * (index // 2)
        box = f'x="{x + _LEFT}%" y="{row - 9}" width="18" height="10"'
        yield {
            "prestop": f'<rect class="bar" style="fill:url(#prestop)" {box}/>',
            "run": f'<rect class="bar run" {box}/>',
            "wait": f'<rect class="bar" {box}/>',
            "open": f'<rect class="bar open" {box}/>',
            "drain": f'<rect class="drain" x="{x + _LEFT}%" y="{row - 6}" width="18" height="4"/>',
            "lost": f'<rect class="edge" style="fill:url(#lost)" {box}/>',
            "seen": f'<rect class="seen" x="{x + _LEFT}%" y="{row - 6}" width="18" height="4"/>',
        }[key]
        yield f'<text class="soft" x="{x + _LEFT}%" dx="24" y="{row}">{HEADS[key].get(lang)}</text>'


def _described(line: Timeline, lang: str) -> str:
    """The picture in a sentence or two, for who cannot see it."""
    parts = []
    for name, times in line.containers.items():
        if times.end is None:
            parts.append(Text(f"{name}: its end is not declared", f"{name}: 종료 시각을 선언하지 않았습니다").get(lang))
        else:
            how = Text("is killed", "SIGKILL을 받습니다") if times.killed else Text("ends", "종료합니다")
            end = seconds(times.end)
            parts.append(Text(f"{name} {how.en} at {end} s", f"{name}: {end}초에 {how.ko}").get(lang))
    parts += [f"{seconds(loss.start)}–{seconds(loss.end)} s: {loss.text.get(lang)}" for loss in line.losses]
    return ". ".join(parts) + "."
