"""HTTP with the standard library: `python stdlib_http.py`."""

import os
import select
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DELAY = int(os.environ.get("ACCEPTS_AFTER_SIGTERM", "10"))  # 0 behind a preStop hook
LIMIT = int(os.environ.get("APP_SHUTDOWN", "25"))  # SIGTERM to exit, delay included
end = 0.0  # when to stop waiting; 0 until SIGTERM
closing, close = os.pipe()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # the default, 1.0, has no keep-alive

    def handle_one_request(self) -> None:  # waits for one, or for the end of the pipe
        self.close_connection = True
        if self.connection in select.select([self.connection, closing], [], [])[0]:
            super().handle_one_request()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))  # your work
        self.send_response(204)
        self.send_header("Connection", "close" if end else "keep-alive")
        self.end_headers()


signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGINT])
with ThreadingHTTPServer(("", int(os.environ.get("PORT", 8080))), Handler) as server:
    threading.Thread(target=server.serve_forever).start()
    signal.sigwait([signal.SIGTERM, signal.SIGINT])  # blocked above, for this
    end = time.monotonic() + LIMIT - 1  # 1 s is for the exit
    time.sleep(DELAY)
    server.shutdown()  # the end of `with` closes the listener, and joins no thread
os.close(close)
while threading.active_count() > 1 and time.monotonic() < end:
    time.sleep(0.05)
