"""The events of a timeline as an HTML table."""

from __future__ import annotations

from html import escape

from ..text import Text
from ..timeline.build import Timeline
from .cause import place
from .lanes import HEADS
from .recording import Recording, provenance, seen_at
from .scale import time_text


def table(line: Timeline, *, lang: str = "en", measured: Recording | None = None) -> str:
    """The events of a timeline as a folded HTML table; beside each, what a recording saw."""
    heads = [Text("time", "시각"), Text("where", "위치"), Text("what happens", "일어나는 일")]
    if measured is not None:
        heads.append(HEADS["seen"])
    head = "".join(f'<th scope="col">{head.get(lang)}</th>' for head in heads)
    rows = []
    for event in line.events:
        cells = [
            time_text(event.at, lang),
            escape(place(event, lang)),
            escape(event.text.get(lang)),
        ]
        if measured is not None:
            seen = seen_at(event, line, measured["measured"])
            cells.append("" if seen is None else time_text(max(0.0, seen), lang))
        rows.append("".join(f"<td>{cell}</td>" for cell in cells))
    shown = "".join(f"<tr>{row}</tr>" for row in rows)
    note = f"<p><small>{escape(provenance(measured).get(lang))}</small></p>" if measured is not None else ""
    summary = Text("the events as a table", "이벤트를 표로 보기").get(lang)
    rows_shown = f"<table><thead><tr>{head}</tr></thead><tbody>{shown}</tbody></table>"
    return f"<details><summary>{summary}</summary>{rows_shown}{note}</details>"
