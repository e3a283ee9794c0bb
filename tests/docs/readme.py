"""Draws the figure in README.md, which no build draws: `make figure`."""

from __future__ import annotations

from pathlib import Path

from timing_rules import Pod, load, timeline
from timing_rules.show.picture import svg

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "examples" / "http" / "native-sidecar.yaml"
TARGET = ROOT / "theme" / "assets" / "readme.svg"


def draw() -> str:
    """The timeline of SOURCE as a picture of its own; only an inline one can take the width of its page."""
    (pod,) = (item for item in load(SOURCE.read_text(encoding="utf-8"), source=SOURCE.name) if isinstance(item, Pod))
    picture = svg(timeline(pod), lang="en", title="A pod with a native sidecar stops")
    return picture.replace('width="100%"', 'width="720"', 1) + "\n"


if __name__ == "__main__":
    TARGET.write_text(draw(), encoding="utf-8")
