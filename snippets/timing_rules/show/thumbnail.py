"""A timeline as a small picture without words, for a list: its bars, and the spans in which requests can be lost."""

from __future__ import annotations

from collections.abc import Iterator

from ..timeline import ContainerTimes, Timeline

_WIDE, _ROW, _BAR = 240.0, 13, 8


def thumbnail(line: Timeline) -> str:
    """The picture. What it shows is said beside it, so it is hidden from who cannot see it; styles are the page's."""
    rows = list(line.containers.values())
    last = max([float(line.grace), *(loss.end for loss in line.losses), *(_until(times, line) for times in rows)])
    height = _ROW * len(rows) + 2
    shapes = [shape for row, times in enumerate(rows) for shape in _bars(times, line, row * _ROW + 3, last)]
    shapes += [
        f'<rect class="lost" x="{_x(loss.start, last)}" y="1" width="{_x(loss.end - loss.start, last)}" height="{height - 2}"/>'
        for loss in line.losses
        if loss.end > loss.start
    ]
    shapes.append(f'<path class="limit" d="M{_x(line.grace, last)} 0V{height}"/>')
    box = f'viewBox="0 0 {_WIDE:g} {height}" style="height:{height * 1.6:.0f}px" preserveAspectRatio="none"'
    return f'<svg class="thumbnail" {box} aria-hidden="true">{"".join(shapes)}</svg>'


def _x(seconds: float, last: float) -> str:
    return f"{_WIDE * seconds / last:.1f}"


def _until(times: ContainerTimes, line: Timeline) -> float:
    end = times.end if times.end is not None else times.sigkill
    return float(line.grace) if end is None else end


def _bars(times: ContainerTimes, line: Timeline, y: int, last: float) -> Iterator[str]:
    start = times.sigterm if times.sigterm is not None else times.prestop_end or 0.0
    hook, style = times.prestop_end or 0.0, "run" if times.end is not None else "open"
    for name, begin, end in (("hook", 0.0, hook), ("wait", hook, start), (style, start, _until(times, line))):
        if end > begin:
            place = f'x="{_x(begin, last)}" y="{y}" width="{_x(end - begin, last)}" height="{_BAR}"'
            yield f'<rect class="{name}" {place}/>'
    if times.killed:
        yield f'<path class="kill" d="M{_x(_until(times, line), last)} {y - 2}v{_BAR + 4}"/>'
