"""gunicorn, settings and app in one file: `gunicorn -c gunicorn_wsgi.py`."""

import os
import signal
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

DELAY = int(os.environ.get("ACCEPTS_AFTER_SIGTERM", "10"))  # 0 behind a preStop hook
LIMIT = int(os.environ.get("APP_SHUTDOWN", "25"))  # SIGTERM to exit, delay included


class Worker(ThreadWorker):
    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if not self.alive:  # else the kernel goes on accepting, for nobody
            for listener in self.sockets:
                listener.close()


def when_ready(arbiter: Any) -> None:  # its own handlers are set: put the delay first
    def leave(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # no second delay
        signal.setitimer(signal.ITIMER_REAL, DELAY or 0.001)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGALRM, lambda *_: arbiter.signal(signal.SIGTERM, None))


def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    environ["wsgi.input"].read()  # your work
    start_response("200 OK", [("Content-Length", "0")])
    return []


bind = f"0.0.0.0:{os.environ.get('PORT', '8080')}"
worker_class, threads = Worker, 8
graceful_timeout = LIMIT - DELAY - 1  # 1 s is for the exit
control_socket_disable = True  # it wants a file in the home directory
wsgi_app, chdir = "gunicorn_wsgi:app", os.path.dirname(__file__)
