"""What a Python in the browser costs, Brython beside Pyodide, as a table: `python -m tests.bench.browser_runtime`.

For each: bytes to load, time until it can answer at the first visit and at the next, `check` of 25, 99 and 500 lines, and a
step of a slider, each in a Worker as on the pages. The network and the processor are those of Lighthouse's phone (1.6 Mbit/s,
150 ms a request; four times slower), and kept from here, for Chromium slows down nothing that a Worker does: the server
waits, and the browser is stopped for three of every four moments. `--slower 1` leaves it this machine's processor. How much
slower a loop really was is told. Pyodide is fetched with `npm pack pyodide`; where that is not to be had, its half is left
out by name. Takes some minutes; nothing fails here, for a clock is no judge.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import http.server
import io
import json
import os
import shutil
import signal
import subprocess
import tarfile
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import checker_files
import yaml
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from timing_rules import calculator
from timing_rules.calculator import State

ROOT = Path(__file__).parents[2]

MOMENT = 0.005
BYTES_A_SECOND, SECONDS_A_REQUEST = 1_600_000 / 8, 0.15
INJECTED = ROOT / "tests/traces/injection/d04-metadata-merge/injected.yaml"
EXAMPLE = ROOT / "examples/http/native-sidecar.yaml"
#: Of Pyodide, what a page loads.
PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")

#: What answers like engine.js, with Pyodide.
PYODIDE_WORKER = """
import { loadPyodide } from './pyodide.mjs';
const python = await loadPyodide({indexURL: './'});
python.unpackArchive(await (await fetch('package.zip')).arrayBuffer(), 'zip', {extractDir: '/package'});
python.runPython(`import json, sys
sys.path.insert(0, '/package')
from timing_rules.${self.name === 'calculator' ? 'calculator' : 'browser'} import answer
def ask(question): return json.dumps(answer(question))`);
const asked = python.globals.get('ask');
self.onmessage = ({ data: { id, question } }) => {
  try { self.postMessage({ id, answer: JSON.parse(asked(question)) }); } catch (error) { self.postMessage({ id, failed: String(error) }); }
};
self.postMessage({ ready: true });
"""
PAGE = b'<!doctype html><meta charset="utf-8"><title>A runtime</title><link rel="icon" href="data:,">'
TIMES = """
const [script, name, questions, times, done] = arguments;
(async () => {
  const before = performance.now();
  const worker = new Worker(script, {name, type: script.endsWith('.mjs') ? 'module' : 'classic'});
  const heard = () => new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => (data.broken || data.failed ? reject(new Error(data.broken || data.failed)) : resolve(data));
    worker.onerror = (event) => reject(new Error(event.message || script));
  });
  await heard();
  const start = performance.now() - before, took = {};
  for (const [what, list] of Object.entries(questions)) {
    const each = [];
    for (let at = 0; at < Math.max(times, list.length); at++) {
      const from = performance.now();
      worker.postMessage({id: 1, question: list[at % list.length]});
      await heard();
      each.push(performance.now() - from);
    }
    took[what] = each.slice(Math.floor(each.length / 4)).sort((one, other) => one - other);
  }
  worker.terminate();
  return {start, took};
})().then(done, (error) => done({failed: String(error.stack ?? error)}));
"""


#: A loop, to see how slow the processor is.
LOOP = """
const from = performance.now();
let sum = 0;
for (let at = 0; at < 3e8; at++) sum += at % 7;
return performance.now() - from + (sum < 0);
"""


class Runtime(NamedTuple):
    """A runtime: its files, the one that a Worker begins with, and those that the calculator does not need."""

    name: str
    files: dict[str, bytes]
    worker: str
    checker_alone: tuple[str, ...] = ()

    def weight(self, tool: str) -> int:
        """Bytes that a tool loads, compressed as a web server does."""
        return sum(
            len(packed(content))
            for name, content in self.files.items()
            if not (tool == "calculator" and name in self.checker_alone)
        )


def packed(content: bytes) -> bytes:
    return gzip.compress(content, 6)


def brython() -> Runtime:
    contents = checker_files.contents("en")
    files = {name: contents[name].encode() for name in ("engine.js", "modules.json")}
    return Runtime("Brython", files, "engine.js", ("modules.json",))


def pyodide(folder: Path) -> Runtime | None:
    """Pyodide from npm, with our package and PyYAML's Python in an archive; `None`, with a line that says so, without npm."""
    npm = shutil.which("npm")
    if npm is None or subprocess.run([npm, "pack", "pyodide", "--silent"], cwd=folder, capture_output=True).returncode:
        print("Pyodide: left out, `npm pack pyodide` does not work here")
        return None
    (archive,) = folder.glob("pyodide-*.tgz")
    with tarfile.open(archive) as packages:
        files = {name: packages.extractfile(f"package/{name}").read() for name in PYODIDE}  # type: ignore[union-attr]
    ours = io.BytesIO()
    with zipfile.ZipFile(ours, "w", zipfile.ZIP_DEFLATED) as package:
        for where, prefix in ((ROOT / "snippets/timing_rules", "timing_rules"), (Path(yaml.__file__).parent, "yaml")):
            for path in sorted(where.rglob("*.py")):
                package.writestr(f"{prefix}/{path.relative_to(where).as_posix()}", path.read_bytes())
    name = archive.name.removesuffix(".tgz").replace("-", " ").capitalize()
    return Runtime(name, {**files, "package.zip": ours.getvalue(), "worker.mjs": PYODIDE_WORKER.encode()}, "worker.mjs")


@contextlib.contextmanager
def served(files: dict[str, bytes]) -> Iterator[str]:
    """Serves files as slowly as a phone gets them, compressed, to be kept by the browser. All requests share the line."""
    line, kinds = (
        threading.Lock(),
        {
            "html": "text/html",
            "js": "text/javascript",
            "json": "application/json",
            "mjs": "text/javascript",
            "wasm": "application/wasm",
        },
    )
    bodies = {name: packed(content) for name, content in {"index.html": PAGE, **files}.items()}

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            name = self.path.partition("?")[0].lstrip("/") or "index.html"
            body = bodies.get(name, b"")
            time.sleep(SECONDS_A_REQUEST)
            self.send_response(200 if name in bodies else 404)
            self.send_header("Content-Type", kinds.get(name.rpartition(".")[2], "application/octet-stream"))
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "max-age=86400")
            if body:
                self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            for start in range(0, len(body), 8192):
                with line:
                    part = body[start : start + 8192]
                    time.sleep(len(part) / BYTES_A_SECOND)
                    self.wfile.write(part)

        def log_message(self, format: str, *args: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


@contextlib.contextmanager
def chromium(slower: int) -> Iterator[webdriver.Chrome]:
    """A browser that has never seen the page, on a processor so many times slower."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or "chromium"
        flags = "headless no-sandbox disable-gpu disable-dev-shm-usage disable-quic no-first-run disable-background-networking disable-component-update disable-sync"
        for flag in (*flags.split(), f"user-data-dir={profile}"):
            options.add_argument(f"--{flag}")
        service = Service(shutil.which("chromedriver") or "chromedriver", popen_kw={"start_new_session": True})
        driver = webdriver.Chrome(options=options, service=service)
        driver.set_script_timeout(600)
        try:
            with slowed(service.process.pid, slower):
                yield driver
        finally:
            driver.quit()


@contextlib.contextmanager
def slowed(group: int, slower: int) -> Iterator[None]:
    """A group of processes that runs for one of so many moments."""
    over = threading.Event()

    def stop_and_go() -> None:
        while not over.is_set():
            since = time.monotonic()
            os.killpg(group, signal.SIGCONT)
            time.sleep(MOMENT)
            os.killpg(group, signal.SIGSTOP)
            time.sleep((time.monotonic() - since) * (slower - 1))
        os.killpg(group, signal.SIGCONT)

    thread = threading.Thread(target=stop_and_go) if slower > 1 else None
    try:
        if thread is not None:
            thread.start()
        yield
    finally:
        over.set()
        if thread is not None:
            thread.join()


def questions() -> dict[str, dict[str, list[str]]]:
    """What each tool is asked: manifests of so many lines, and the steps of a slider."""
    small = calculator.manifest(State("classic", preStop=10, terminationDrainDuration=25))
    texts = {
        f"{len(text.splitlines())} lines": text for text in (small, EXAMPLE.read_text(encoding="utf-8"), injected(500))
    }
    asked = {"command": "check", "lang": "en", "options": []}
    checks = {
        name: [json.dumps({**asked, "files": [{"name": "a.yaml", "text": text}]})] for name, text in texts.items()
    }
    states = [{"sidecar": "classic", "preStop": str(at), "terminationDrainDuration": "25"} for at in range(40)]
    steps = [json.dumps({"command": "draw", "lang": "en", "state": state}) for state in states]
    return {"checker": checks, "calculator": {"step of a slider": steps}}


def injected(lines: int) -> str:
    """An injected pod as a cluster gives it back, with so many variables in its first container that it is as long as asked."""
    pod = yaml.safe_load(INJECTED.read_text(encoding="utf-8"))
    variables = pod["spec"]["containers"][0].setdefault("env", [])
    while len((text := str(yaml.safe_dump(pod))).splitlines()) < lines - 1:
        variables.append({"name": f"SETTING_{len(variables)}", "value": f"value of {len(variables)}"})
    return text


def measured(runtime: Runtime, tool: str, slower: int) -> dict[str, float]:
    """Milliseconds: the first start, the next, and the median of each question."""
    found: dict[str, float] = {}
    with served(runtime.files) as address, chromium(slower) as driver:
        for visit in ("first start", "next start"):
            driver.get(address)
            answer = driver.execute_async_script(TIMES, runtime.worker, tool, questions()[tool], 5)
            if "failed" in answer:
                raise SystemExit(f"{runtime.name}, {tool}: {answer['failed']}")
            found[visit] = answer["start"]
            found |= {name: took[len(took) // 2] for name, took in answer["took"].items()}
            driver.get("about:blank")
    return found


def loop(slower: int) -> float:
    with chromium(slower) as driver:
        return min(driver.execute_script(LOOP) for _ in range(3))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.browser_runtime", description=__doc__)
    parser.add_argument("--slower", type=int, default=4)
    slower = parser.parse_args().slower
    print(
        f"The processor is {loop(slower) / loop(1):.1f} times slower than this machine's: a loop took so much longer."
    )
    with tempfile.TemporaryDirectory() as folder:
        runtimes = [runtime for runtime in (brython(), pyodide(Path(folder))) if runtime is not None]
        print(
            f"| tool | what | {' | '.join(runtime.name for runtime in runtimes)} |\n|---|---|{'---:|' * len(runtimes)}"
        )
        for tool in questions():
            print(
                f"| {tool} | compressed | {' | '.join(f'{runtime.weight(tool) / 1000:,.0f} KB' for runtime in runtimes)} |"
            )
            columns = [measured(runtime, tool, slower) for runtime in runtimes]
            for name in columns[0]:
                cells = " | ".join(f"{column[name]:,.0f} ms" for column in columns)
                print(f"| {tool} | {name} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
