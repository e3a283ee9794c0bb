"""Lighthouse (mobile, gzip as a host serves it, median of RUNS) on three kinds of page in both languages, each beside a page of
stock mkdocs-material with the same text but without its figures, in the same run. `make lighthouse`: minutes; fails where a bar is missed,
or where a page performs no better than stock. Lighthouse rounds, and both can have 100: performance is computed again from its audits.

Needs Chromium, Node with npm and Lighthouse, which is installed into a temporary folder unless LIGHTHOUSE names its command.
"""

from __future__ import annotations

import gzip
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import NormalDist
from threading import Thread
from typing import Any

import example_pages

from tests.bench.stock import build, settings
from tests.docs.pages import ROOT

RUNS = int(os.environ.get("RUNS", "5"))
VERSION = "lighthouse@12"  # the last that runs on Node 20
# Address of the page -> its Markdown, or the example that it is made from.
PAGES = {
    "": "index.md",
    "guides/app-container/": "guides/app-container.md",
    "examples/http/native-sidecar/": "examples/http/native-sidecar.yaml",
}
LANGUAGES = {"en": "", "ko": "ko/"}
WHOLE = ("accessibility", "best-practices", "seo")  # of 100
PERFORMANCE, FIRST_VIEW = 95, 275 * 1024
#: What performance is made of, as Lighthouse's audits call it: the column's name, and what it is measured in.
METRICS = {
    "first-contentful-paint": "first paint, ms",
    "largest-contentful-paint": "largest paint, ms",
    "total-blocking-time": "blocked, ms",
}
COMPRESSED = (".html", ".css", ".js", ".svg", ".json", ".xml", ".txt")


class GzipHandler(SimpleHTTPRequestHandler):
    """Serves a folder as a host does: text compressed, assets to be kept."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            self.send_error(404)
            return
        body, zipped = content(path)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=600" if path.suffix == ".html" else "max-age=31536000, immutable")
        if zipped:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(body)


@cache
def content(path: Path) -> tuple[bytes, bool]:
    """What is sent of a file, and whether it is compressed."""
    data = path.read_bytes()
    return (gzip.compress(data, 6), True) if path.suffix in COMPRESSED else (data, False)


def lighthouse(folder: Path) -> list[str]:
    """The command, installed into the folder if need be."""
    if named := os.environ.get("LIGHTHOUSE") or shutil.which("lighthouse"):
        return [named]
    subprocess.run(
        ["npm", "install", "--silent", "--prefix", str(folder), VERSION], check=True, stdout=subprocess.DEVNULL
    )
    return [str(folder / "node_modules" / ".bin" / "lighthouse")]


def text_of(source: str, lang: str) -> str:
    """The Markdown of a page: as it is written, or as it is made from an example."""
    if source.endswith(".yaml"):
        return example_pages.page(source, lang)
    return (ROOT / "docs" / lang / source).read_text(encoding="utf-8")


def measure(command: list[str], url: str, folder: Path) -> dict[str, float]:
    """Scores of 100, and bytes of the first view, of one run."""
    report = folder / "report.json"
    flags = "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update"
    arguments = [url, "--quiet", "--output=json", f"--output-path={report}", f"--chrome-flags={flags}"]
    environment = os.environ | {"CHROME_PATH": shutil.which("chromium") or shutil.which("google-chrome") or ""}
    subprocess.run([*command, *arguments], check=True, env=environment, timeout=180, capture_output=True)
    told = json.loads(report.read_text(encoding="utf-8"))
    scores: dict[str, float] = {name: 100 * (category["score"] or 0) for name, category in told["categories"].items()}
    failed = [
        f"{name}: {audit['title']}"
        for category in told["categories"].values()
        for reference in category["auditRefs"]
        if reference["weight"]
        and (name := reference["id"])
        and (audit := told["audits"][name])["score"] not in (None, 1)
        and category["id"] != "performance"
    ]
    if failed:
        print(f"  {url}: {'; '.join(failed)}", file=sys.stderr)
    measured = {name: told["audits"][name]["numericValue"] for name in METRICS}
    scores["performance"] = performance(told)
    return scores | measured | {"bytes": told["audits"]["total-byte-weight"]["numericValue"]}


def performance(told: dict[str, Any]) -> float:
    """The performance of a report, of 100, by Lighthouse's own curves: how far down a log-normal distribution, of which the report
    tells the median and the point that a tenth of all pages are better than, each audit stands (core/lib/statistics.js)."""
    tenth = NormalDist().inv_cdf(0.9)
    total = 0.0
    for reference in told["categories"]["performance"]["auditRefs"]:
        if reference["weight"]:
            audit = told["audits"][reference["id"]]
            curve, value = audit["scoringOptions"], max(audit["numericValue"], 1e-9)
            steps = math.log(value / curve["median"]) / math.log(curve["median"] / curve["p10"]) * tenth
            total += reference["weight"] * NormalDist().cdf(-steps)
    return total


def middle(command: list[str], urls: Sequence[str], folder: Path) -> list[dict[str, float]]:
    """The medians of each page, measured by turns: what else the machine does meanwhile slows them all."""
    turns = [[measure(command, url, folder) for url in urls] for _ in range(RUNS)]
    return [
        {name: statistics.median(run[name] for run in runs) for name in runs[0]} for runs in zip(*turns, strict=True)
    ]


def missed(ours: dict[str, float], theirs: dict[str, float]) -> list[str]:
    """The bars that a page misses, of its own and beside stock."""
    found = [f"{name} {ours[name]:.0f} < 100" for name in WHOLE if ours[name] < 100]
    if ours["performance"] < PERFORMANCE:
        found.append(f"performance {ours['performance']:.0f} < {PERFORMANCE}")
    if ours["performance"] <= theirs["performance"]:
        found.append(f"performance {ours['performance']:.2f} is not above stock's {theirs['performance']:.2f}")
    if ours["bytes"] > FIRST_VIEW:
        found.append(f"first view {ours['bytes']:,.0f} bytes > {FIRST_VIEW:,}")
    return found


def main() -> int:
    lacks = [
        name
        for name, there in {
            "Chromium": shutil.which("chromium") or shutil.which("google-chrome"),
            "npm": shutil.which("npm") or os.environ.get("LIGHTHOUSE"),
        }.items()
        if not there
    ]
    if lacks:
        print(f"Lighthouse did not run: no {' and no '.join(lacks)} here.")
        return 0
    failed = False
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        folder = Path(place)
        site = folder / "site"
        with ThreadingHTTPServer(("127.0.0.1", 0), partial(GzipHandler, directory=str(site))) as server:
            address = f"http://127.0.0.1:{server.server_address[1]}/"
            build(ROOT / "mkdocs.yml", site, address)
            build(ROOT / "mkdocs.ko.yml", site / "ko", address)
            for lang in LANGUAGES:
                texts = {str(Path(source).with_suffix(".md")): text_of(source, lang) for source in PAGES.values()}
                build(settings(lang, folder, texts), site / "stock" / lang, address)
            Thread(target=server.serve_forever, daemon=True).start()
            command = lighthouse(folder)
            pairs = ["performance", *METRICS.values(), "first view, KiB"]
            heads = ["page", *WHOLE, *(head for name in pairs for head in (name, "stock"))]
            print(f"| {' | '.join(heads)} |\n{'|---' * len(heads)}|")
            for lang, prefix in LANGUAGES.items():
                for page in PAGES:
                    urls = [f"{address}{prefix}{page}", f"{address}stock/{lang}/{page}"]
                    ours, theirs = middle(command, urls, folder)
                    sides = [(ours[name], theirs[name]) for name in ("performance", *METRICS)]
                    sides.append((ours["bytes"] / 1024, theirs["bytes"] / 1024))
                    cells = [*(ours[name] for name in WHOLE), *(cell for side in sides for cell in side)]
                    written = [f"{cell:.2f}" if 99 < cell < 100 else f"{cell:.0f}" for cell in cells]
                    print(f"| /{prefix}{page} | {' | '.join(written)} |", flush=True)
                    for line in missed(ours, theirs):
                        print(f"  MISSED {line}")
                        failed = True
            server.shutdown()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
