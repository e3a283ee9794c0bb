"""Sends requests while something happens, and prints what failed, by second: `python load.py URL -- kubectl delete pod web-0`.

Half of the requests open a connection of their own, half keep one. Seconds count from the start of the command behind `--`.
"""

import argparse
import collections
import http.client
import math
import select
import subprocess
import sys
import threading
import time
import urllib.parse

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("url", type=urllib.parse.urlsplit)
arguments.add_argument("--rate", type=int, default=40, help="requests a second")
arguments.add_argument("--before", type=float, default=3, help="seconds of load before the command")
arguments.add_argument("--after", type=float, default=60, help="seconds of load from its start on")
arguments.add_argument("command", nargs="+")
given = arguments.parse_args()
sent, failed = collections.Counter[str](), collections.Counter[tuple[int, str, str]]()
zero = time.monotonic() + given.before


def client(kind: str) -> None:
    connect = http.client.HTTPSConnection if given.url.scheme == "https" else http.client.HTTPConnection
    connection = connect(given.url.netloc, timeout=10)
    while (start := time.monotonic()) < zero + given.after:
        if connection.sock and (kind == "new" or select.select([connection.sock], [], [], 0)[0]):
            connection.close()  # kept, but the server has closed it: most clients look before they send
        try:
            connection.request("GET", given.url.path or "/")
            response = connection.getresponse()
            body = response.read()
            what = f"{response.status} {body[:60].decode(errors='replace')}".strip() if response.status >= 500 else ""
        except (OSError, http.client.HTTPException) as error:
            what = type(error).__name__
            connection.close()
        sent[kind] += 1
        if what:
            failed[math.floor(start - zero), kind, what] += 1
        time.sleep(max(0, start + 1 - time.monotonic()))


timers = [threading.Timer(number / given.rate, client, [("new", "kept")[number % 2]]) for number in range(given.rate)]
for timer in timers:
    timer.start()
time.sleep(given.before)
status = subprocess.run(given.command).returncode
for timer in timers:
    timer.join()
for (second, kind, what), count in sorted(failed.items()):
    print(f"{second:4} s  {count:4} {kind:4} {what}")
print(f"{sum(failed.values())} of {sum(sent.values())} requests failed")
sys.exit(f"the command ended with {status}: nothing was measured" if status else 0)
