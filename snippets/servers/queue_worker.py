"""A worker that pulls jobs from a queue over HTTP and calls out for each: `python queue_worker.py`."""

import os
import signal
import sys
from urllib.request import Request, urlopen

QUEUE = os.environ["QUEUE"]  # GET waits for a job, DELETE confirms it; what is not confirmed comes again
TARGET = os.environ["TARGET"]  # what a job calls
LIMIT = int(os.environ.get("APP_SHUTDOWN", "25"))  # from SIGTERM to the exit; nobody calls a worker, so no delay
leaving = pulling = False


def on_sigterm(*_: object) -> None:
    global leaving
    if not leaving:
        leaving = True
        signal.alarm(LIMIT - 1)  # the last second is for the exit itself
    if pulling:
        sys.exit()  # raises, and so ends the wait


signal.signal(signal.SIGTERM, on_sigterm)
signal.signal(signal.SIGALRM, lambda *_: sys.exit())  # cuts the job: another worker gets it
while True:
    pulling = True  # first this, then the question: no SIGTERM may fall between them
    if leaving:
        break
    with urlopen(f"{QUEUE}/next") as answer:
        job, body = answer.headers["Job"], answer.read()
    pulling = False
    urlopen(Request(TARGET, body)).close()  # your work
    urlopen(Request(f"{QUEUE}/{job}", method="DELETE")).close()
