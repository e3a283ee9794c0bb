"""What is read from the words of a hook or of PID 1, and what one word less, or another operator, makes of them.

Told are the length (what is certain of it, when it drains, closes listeners, stops the app, ends the proxy), the fault that
makes it fail at once, and what keeps SIGTERM from an app that is started so. A change that makes no difference is not told.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Sequence

from timing_rules.shell.effects import calls
from timing_rules.shell.failures import fault
from timing_rules.shell.images import lacks
from timing_rules.shell.length import length
from timing_rules.shell.pid_1 import obstacle
from timing_rules.shell.programs import idles, tools
from timing_rules.shell.script import script_of

#: Scripts for `sh -c`, as hooks and as commands of a container.
SCRIPTS = [
    "sleep 10; nginx -s quit; sleep 5", "T=6; sleep $T && kill 1 || true; sleep ${T:-9}s", "export D=7 E='8 9'; sleep $D; sleep $E; sleep ${X:-3}",
    "sleep 3; curl -X POST localhost:15000/drain_listeners?graceful; sleep 9", "curl -sf -X POST http://127.0.0.1:15020/quitquitquit || sleep 4",
    "sleep 2; pilot-agent request --debug-port 15020 POST /drain; sleep 3", "pilot-agent request POST 'drain_listeners?inboundonly&graceful' && sleep 8",
    "wget -qO- --post-data='' http://localhost:15000/quitquitquit; sleep 1m 30s", "[ -f /tmp/x ] && sleep 5; sleep 6", "test -f x || sleep 5 && sleep 2; exit 0; sleep 9",
    "set -e; grep a b; sleep 5 && ./stop.sh; sleep 7", "ps aux | grep web | awk '{print $2}' | xargs -r -n 1 kill -TERM; sleep 9", "ls | xargs touch; kill -USR1 1; sleep 4",
    "sh -c 'sleep 4; kill 1'; sleep 9", "exec sleep 10; sleep 5", "time nohup sleep 5 > /dev/null 2>&1 & sleep 2", "if true; then sleep 5; fi; sleep 3", "sleep 5 | cat; (sleep 4); { sleep 3; }",
    "X=$(date; pidof web) && echo $X; touch `ls | head`; sleep $(cat /x)", "read T; unset D; local F=4; sleep $F", "f() { sleep 5; }; f; case x in x) sleep 5;; esac", ". ./env; sleep 5",
    "kong quit --wait=5 && sleep 3", "killall -s QUIT web; rabbitmqctl -n a stop_app; sleep 3", "curl -X POST localhost:8080/actuator/shutdown; sleep 30", "sleep 3\r\nsleep 4\n", "sleep \"10\" # sleep 9\nsleep '4'",
    "sleep ${DRAIN}; kill $(DRAIN); sleep $(DRAIN)", "'sleep 5' now", "\"/app/stop\" 'sleep 5'", "sleep 0x10 5; sleep infinity; sleep inf", "cat <<E\nsleep 5\nE", "! command sleep 3 && builtin echo a", "trap 'kill $P' TERM; ./app & P=$!; wait $P; exit 0",
    "trap 'kill $!; wait' TERM INT; ./app & wait $!", "trap 'echo stops' TERM; ./app | tee log", "while true; do ./app; sleep 5; done", "while true; do curl -s http://api; sleep 5; done", "for i in 1 2; do sleep 1; done; node server.js",
    "./migrate && exec node server.js > /log", "node server.js; echo done; date", "cd /app && npm start", "./a; exec yarn start | tee log", "./app &\nwait", "(./app)", "{ ./app; }", "f() { ./app; }; f", "sleep 60; sleep 600", "tail -f /dev/null; sleep 10m",
    "until nc -z db 5432; do sleep 1; done; exec ./app", "if [ -f x ]; then ./app; fi",
    "ps | touch $(sleep 5); sleep 3", "trap 'exit' TERM; pkill -s TERM x; ./app", "set -e; test -f x && ./a && sleep 5; sleep 3", "set -e; ./a || true && sleep 2; sleep 4", "set -e; grep a b && sleep 3; sleep 4",
    "set -e; grep a b || true; sleep 5", "true || T=6; sleep $T", "A=$X B=6; sleep $B", "sleep infinity; ./stop.sh", "exec curl -X POST localhost:15020/quitquitquit", "./app run trap; date", "sleep 0.0000004; sleep 1", "./run npm start",
    "echo '$(sleep 5)'; sleep 3", "X=3; sh -c \"sleep 3; echo $X $Y\"; sleep 1", "D=7; unset D; sleep $D", "curl -X POST localhost:15000/quitquitquit; sleep 3; curl -X POST localhost:15020/quitquitquit", "T=5; sh -c 'sleep $T'; sleep 1",
    "./app > log --verbose", "A=1; ls > /dev/null; sleep 2", "curl -X POST localhost:15000/quitquitquit || sleep 3 && ./a; sleep 2",
]  # fmt: skip
#: Command lines without such a script, or with more around it.
LINES = [
    "sleep 5s", "/bin/sleep 1m 30s", "sleep ${DRAIN}", "sleep $(DRAIN)", "sleep 5 && nginx -s quit", "sh -c sleep 30", "sh sleep 30", "sh 'sleep 5; kill 1'", "bash -c", "sh -ec -x", "bash -o pipefail -c 'grep a b; sleep 5'",
    "bash -euo pipefail -c 'curl x; sleep 5'", "sh '-c sleep 5'", "'sleep 5'", "'/app/stop -t 5'", "'/opt/my app/stop'", "\"'sleep'\" 5", "env sh -c 'sleep 5'", "env -u A B=1 sh -c './app; date'", "busybox sh -c 'sleep $0' 5", "busybox sleep 4", "sleep --help",
    "tini -g -p SIGTERM -- sh -c './app; date'", "dumb-init --rewrite 15:3 -- npm start", "gosu web sh -c './app | tee log'", "su-exec web nice -n 5 bash -c './a; ./app > log'", "catatonit ash -c 'trap exit TERM; ./app'", "sh -c 'sleep $0 && sleep $1' 3 4",
    "nginx -s quit", "pilot-agent request --debug-port=15020 POST drain", "pilot-agent request --debug-port 15025 GET drain x", "curl -XPOST localhost:15020/drain", "wget --method=POST http://[::1]:15000/drain_listeners", "kill 1", "killall", "pkill -f node", "touch /tmp/a ; sleep 5",
    "echo ${HOME} $USER `date`", "/app/stop $(NAME) | cat", "find / -exec rm {} ;", "sh -c '/app/drain.sh wait' now", "sh /scripts/drain.sh", "zsh -lc 'sleep 5 2>&1 >/dev/null'", "sh -c 'netstat -tn | grep 15001 || curl localhost; ss -s'", "docker-init env A=1 ./app", "npx serve",
    "", "tini -- bash -c './app > log'", "/app/stop ${NAME}", "bash -c './app > log --x'", "\"'sleep\" \"5'\"", "sh -c - 'sleep 5'", "sh -c + 'sleep 5' 3", "sh - 'sleep 5'", "env -i sleep 5", "env -u T nginx -s quit", "sh '' -c 'sleep 5'",
]  # fmt: skip
_PIECE = re.compile(r"\s+|&&|\|\||[;&|(){}]|'[^']*'|\"[^\"]*\"|[^\s;&|(){}'\"]+")
_OPERATORS = ("; ", " && ", " || ", " | ", " & ")


def scripts() -> Iterator[list[str]]:
    """Each script and each command line, and what its changes make of it."""
    for script in SCRIPTS:
        yield _changed(script, lambda text: ["sh", "-c", text])
        yield _changed(script, lambda text: ["/bin/bash", "-c", text])[:1]
    for line in LINES:
        yield _of_line(line)


def _changed(script: str, whole: Callable[[str], list[str]]) -> list[str]:
    usual = _read(whole(script))
    lines = [f"==== {' '.join(whole('')).strip()} {script!r}: {usual}{_needs(whole(script))}"]
    for text in _others(script):
        read = _read(whole(text))
        if read != usual:
            lines.append(f"{text!r}: {read}")
    return lines


def _others(script: str) -> Iterator[str]:
    """The script without one of its pieces, and with another operator."""
    pieces = _PIECE.findall(script)
    for index, piece in enumerate(pieces):
        before, after = "".join(pieces[:index]), "".join(pieces[index + 1 :])
        if piece.strip() in (";", "&&", "||", "|", "&"):
            yield from (f"{before}{other}{after}" for other in _OPERATORS if other.strip() != piece)
        elif piece.strip():
            yield before + after


def _of_line(line: str) -> list[str]:
    words = shlex.split(line)
    usual = _read(words)
    lines = [f"==== {line}: {usual}{_needs(words)}"]
    for index in range(len(words)):
        fewer = [*words[:index], *words[index + 1 :]]
        read = _read(fewer)
        if read != usual:
            lines.append(f"{shlex.join(fewer)}: {read}")
    return lines


def _read(argv: Sequence[str]) -> str:
    """All that is read from a command line."""
    took = length(argv)
    parts = [f"{took.seconds!r} s" if took.seconds is not None else f"at least {took.at_least!r} s"]
    named = {"drains": took.drains_at, "listeners": took.listeners, "stops": took.stops_at, "quits": took.quits}
    parts += [f"{name} {value}" for name, value in named.items() if value is not None]
    parts += [f"{call.method} {call.port}/{call.path}" for call in calls(argv)]
    wrong, hindered, script = fault(argv), obstacle(argv), script_of(argv)
    parts += [f"fails: {wrong.failure} {wrong.word!r}"] if wrong is not None else []
    parts += (
        [f"PID 1: {hindered.kind} {hindered.program} {hindered.reason.en}".rstrip()] if hindered is not None else []
    )
    parts += ["idles"] if script is not None and idles(script) else []
    return ", ".join(parts)


def _needs(argv: Sequence[str]) -> str:
    """What an image without a shell does not have of it: one of istio-proxy, and any other."""
    missing = "; runs in no distroless image" if lacks("gcr.io/distroless/static", argv) else ""
    hindered = obstacle(argv)
    reason = f"; {hindered.reason.ko}" if hindered is not None and hindered.reason.ko else ""
    return f"{missing}; needs {' '.join(tools(argv))}{reason}" if tools(argv) else missing + reason
