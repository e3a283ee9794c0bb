"""A timeline as a picture: SVG bars on one time axis.

Positions are percentages and type is of fixed size, so that one picture is legible at any width. Colour is never the
only mark. Every name that comes from a manifest is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from ..text import Text
from ..timeline.build import Timeline
from .cause import described, lanes, senders, titled
from .lanes import HEADS, Lanes
from .recording import Recording, ends_of
from .scale import GRACE, LEFT, Scale

_LIGHT = "--i:#20262d;--s:#58626d;--l:#d5d8d3;--a:#0b6b60;--b:#2c5d9e;--c:#96620a;--w:#a5301f;--p:"
_DARK = "--i:#dfe4e6;--s:#9aa6ad;--l:#343e47;--a:#66cdbd;--b:#8db8f0;--c:#dcae5f;--w:#f8ab9d;--p:#14191e"
STYLE = f"""
.tr{{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Noto Sans KR","Apple SD Gothic Neo","Malgun Gothic",sans-serif;{_LIGHT}#fcfcfa}}
@media(prefers-color-scheme:dark){{.tr{{{_DARK}}}}}
[data-md-color-scheme=default] .tr{{{_LIGHT}#fcfcfa}}
[data-md-color-scheme=slate] .tr{{{_DARK}}}
@media print{{.tr.tr{{{_LIGHT}#ffffff}}}}
.tr text{{fill:var(--i);paint-order:stroke;stroke:var(--p);stroke-width:3px;stroke-linejoin:round}}.tr .small{{font-size:11px}}.tr .soft{{fill:var(--s)}}.tr .name{{font-weight:600}}.tr .bad{{fill:var(--w);font-weight:600}}.tr .good{{fill:var(--a);font-weight:600}}.tr text.in{{stroke:none}}
.tr .bar{{stroke:var(--a);stroke-width:1.2;fill:none}}.tr .run{{fill:var(--a);fill-opacity:.16}}.tr .open{{stroke-dasharray:4 3}}
.tr .drain,.tr .flight{{fill:var(--a)}}.tr .unsure{{fill-opacity:.4}}.tr .sends{{fill:var(--c);fill-opacity:.75}}.tr .sends.open{{fill-opacity:.35}}.tr .last{{stroke:var(--c);stroke-width:2}}
.tr .grid{{stroke:var(--l)}}.tr .limit{{stroke:var(--s);stroke-dasharray:3 3}}.tr .tick{{stroke:var(--i);stroke-width:2}}.tr .kill{{stroke:var(--w);stroke-width:2.4}}
.tr .hatch{{stroke:var(--a);stroke-width:1.4}}.tr .stripe{{stroke:var(--w);stroke-opacity:.34}}.tr .tint{{fill:var(--w);fill-opacity:.1}}.tr .pale{{fill:var(--a);fill-opacity:.1}}
.tr .proxy{{--a:var(--b)}}.tr .note{{overflow:visible}}.tr .note rect{{fill:var(--i)}}.tr .note text{{fill:var(--p);stroke:none;font-size:11px;font-weight:700;text-anchor:middle}}.tr .loss{{fill:var(--w)}}.tr .seen{{fill:var(--s);fill-opacity:.55}}
"""
_UP = "M-1 1L1-1M0 6L6 0M5 7L7 5"


def svg(
    line: Timeline,
    *,
    lang: str = "en",
    title: str | None = None,
    measured: Recording | None = None,
    numbers: bool = False,
    limit: Text = GRACE,
) -> str:
    """The picture of a timeline: who still sends, a lane a container, and the spans in which requests can be lost.

    `title` names it; `measured` is a recording whose ends are drawn under the computed bars.
    `numbers` puts one on the first mark of each kind, for a list that explains them. `limit` names what ends the picture.
    """
    seen = {name: end for name, end in ends_of(measured, line).items() if name in lanes(line)}
    scale = Scale(line, [*seen.values(), *(sender.until for sender in senders(line) if sender.until is not None)])
    top = 24
    drawn = Lanes(line, scale, lang, top, numbers)
    drawn.draw(seen)
    columns = drawn.columns(top)
    height = drawn.y
    drawn.y += 24
    drawn.causes()
    keys = [key for key in HEADS if key in drawn.used and (numbers or key not in drawn.told)]
    full = drawn.y + (8 + 18 * ((len(keys) + 1) // 2) if keys else 4)
    name = title or titled(line, measured is not None).get(lang)
    # All in the name: of a description of its own some readers tell nothing, and beside a name that holds it, it is told twice.
    label = escape(f"{name}. {described(line, lang, limit)}")
    parts = [
        f'<svg class="tr" xmlns="http://www.w3.org/2000/svg" width="100%" height="{full}" role="img" aria-label="{label}">',
        f"<style>{STYLE}</style>",
        _pattern("prestop", "pale", "hatch", _UP),
        f'<g class="proxy">{_pattern("hook", "pale", "hatch", _UP)}</g>',
        _pattern("lost", "tint", "stripe", "M-1 5L1 7M0 0L6 6M5-1L7 1"),
        *scale.axis(line, top, height, lang, limit),
        *columns,
        *drawn.shapes,
        *drawn.notes,
        *_legend(keys, drawn.y + 16, lang),
        "</svg>",
    ]
    return "".join(parts)


def _pattern(name: str, ground: str, style: str, path: str) -> str:
    return (
        f'<pattern id="{name}" width="6" height="6" patternUnits="userSpaceOnUse">'
        f'<path class="{ground}" d="M0 0H6V6H0Z"/><path class="{style}" d="{path}" fill="none"/></pattern>'
    )


def _legend(keys: list[str], y: int, lang: str) -> Iterator[str]:
    for index, key in enumerate(keys):
        x, row = (0 if index % 2 == 0 else 50), y + 18 * (index // 2)
        top, tall = {"drain": (6, 4), "flight": (6, 4), "seen": (6, 3), "sends": (8, 8)}.get(key, (9, 10))
        style = {"lost": "lost", "prestop": "bar"}.get(
            key, f"{key} proxy" if key == "drain" else key if key in ("sends", "flight", "seen") else f"bar {key}"
        )
        paint = f' style="fill:url(#{key})"' if key in ("lost", "prestop") else ""
        yield f'<rect class="{style}"{paint} x="{x + LEFT}%" y="{row - top}" width="18" height="{tall}"/>'
        yield f'<text class="soft small" x="{x + LEFT}%" dx="24" y="{row}">{HEADS[key].get(lang)}</text>'
