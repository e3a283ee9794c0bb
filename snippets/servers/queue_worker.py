"""Pulls jobs over HTTP and calls out for each of them: `python queue_worker.py`."""

import os
import signal
import sys
from urllib.request import Request, urlopen

# GET waits for a job, DELETE confirms it. What nobody confirms comes again.
QUEUE = os.environ["QUEUE"]
TARGET = os.environ["TARGET"]  # what a job calls
LIMIT = int(os.environ.get("APP_SHUTDOWN", "25"))  # SIGTERM to exit; no delay
leaving = pulling = False


def on_sigterm(*_: object) -> None:
    global leaving
    if not leaving:
        leaving = True
        signal.alarm(LIMIT - 1)  # 1 s is for the exit
    if pulling:
        sys.exit()  # raises, and so ends the wait


signal.signal(signal.SIGTERM, on_sigterm)
signal.signal(signal.SIGALRM, lambda *_: sys.exit())  # cuts: another gets the job
while True:
    pulling = True  # before the question, so that no SIGTERM falls between
    if leaving:
        break
    with urlopen(f"{QUEUE}/next") as answer:
        job, body = answer.headers["Job"], answer.read()
    pulling = False
    urlopen(Request(TARGET, body)).close()  # your work
    urlopen(Request(f"{QUEUE}/{job}", method="DELETE")).close()
