"""How long a clean build of both languages takes beside stock mkdocs-material with as many pages of the same text: the median of
RUNS in turn, both languages at once as `make build` does. `make builds`: minutes; fails above RATIO. What the processors worked is
told beside it: a busy machine changes that less.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import nbformat
from mkdocs.config import load_config
from mkdocs.structure.files import get_files

from tests.bench.stock import QUIET, settings
from tests.docs.pages import ROOT

RUNS = int(os.environ.get("RUNS", "3"))
RATIO = 1.5
CONFIGS = {"en": ROOT / "mkdocs.yml", "ko": ROOT / "mkdocs.ko.yml"}
#: Bytecode is kept, as Python does where nobody forbids it: packages have theirs from their installation, our modules from a first build.
KEEPING = {name: value for name, value in QUIET.items() if name != "PYTHONDONTWRITEBYTECODE"}


def pages(lang: str) -> dict[str, str]:
    """The Markdown of every page of a language, the generated ones too, by its address; of a notebook, what it says."""
    config = load_config(str(CONFIGS[lang]))
    config = config.plugins.on_config(config)
    files = get_files(config)
    files.add_files_from_theme(config.theme.get_env(), config)
    files = config.plugins.on_files(files, config=config)
    told = {file.src_uri: file.content_string for file in files if file.src_uri.endswith(".md")}
    for path in Path(config.docs_dir).rglob("*.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        told[path.relative_to(config.docs_dir).with_suffix(".md").as_posix()] = text
    return told


def took(commands: Iterable[list[str]]) -> tuple[float, float]:
    """Seconds until the last of some builds, all begun at once, has ended, and seconds of work of the processors."""
    begun, worked = time.perf_counter(), work()
    running = [subprocess.Popen(command, cwd=ROOT, env=KEEPING, stdout=subprocess.DEVNULL) for command in commands]
    if any([process.wait() for process in running]):
        sys.exit("a build failed")
    return time.perf_counter() - begun, work() - worked


def work() -> float:
    """Seconds that the processors have worked for the builds that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def command(config: Path, target: Path) -> list[str]:
    return [sys.executable, "-m", "mkdocs", "build", "--quiet", "-f", str(config), "-d", str(target)]


def main() -> int:
    with tempfile.TemporaryDirectory() as place:
        folder, count = Path(place), 0
        ours = [command(config, folder / "site" / lang) for lang, config in CONFIGS.items()]
        stock = []
        for lang in CONFIGS:
            told = pages(lang)
            stock.append(command(settings(lang, folder, told), folder / "stock" / lang))
            count += len(told)
        took(ours)
        runs = [(took(ours), took(stock)) for _ in range(RUNS)]
    print(f"{count} pages, {RUNS} runs:")
    for at, what in enumerate(("until both languages are built", "of work")):
        own, other = (statistics.median(run[which][at] for run in runs) for which in (0, 1))
        print(f"{own:.1f} s {what}, stock {other:.1f} s: {own / other:.2f} times")
    ratio = statistics.median(own[0] / other[0] for own, other in runs)
    print(f"in turn {ratio:.2f} times, wanted {RATIO}")
    return int(ratio > RATIO)


if __name__ == "__main__":
    sys.exit(main())
