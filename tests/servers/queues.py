"""A queue and a service to call, for the worker: both answer when the test lets them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.servers.process import PATIENCE


class Surroundings:
    """`jobs` are handed out one by one; `seen` gets each request as it comes; calls are answered once `release` is set."""

    def __init__(self) -> None:
        self.jobs: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.seen: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.release = threading.Event()
        self.url = ""

    def next_seen(self) -> str:
        return self.seen.get(timeout=PATIENCE)

    @property
    def settings(self) -> dict[str, str]:
        return {"QUEUE": f"{self.url}/jobs", "TARGET": f"{self.url}/call"}


@contextmanager
def surroundings() -> Iterator[Surroundings]:
    around = Surroundings()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            around.seen.put(f"GET {self.path}")
            job = around.jobs.get()
            if job is not None:
                self.answer({"Job": job})

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            around.seen.put(f"POST {self.path}")
            around.release.wait()
            self.answer({})

        def do_DELETE(self) -> None:
            around.seen.put(f"DELETE {self.path}")
            self.answer({})

        def answer(self, headers: dict[str, str]) -> None:
            try:
                self.send_response(200)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
            except ConnectionError:  # a worker that was cut
                pass

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        around.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield around
        finally:
            around.release.set()
            for _ in range(10):
                around.jobs.put(None)
            server.shutdown()
            thread.join()
