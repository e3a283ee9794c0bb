"""What a command does to its own container, and to istio-proxy beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from .script import base, program, script_of, simple

#: The port of pilot-agent unless the pod moves it, the only one with `/drain`, and that of Envoy's admin.
AGENT, ADMIN = 15020, 15000
#: The ports to which `pilot-agent request` talks: istio/istio, pilot/cmd/pilot-agent/app/request.go.
_ALLOWED = (ADMIN, 15004, AGENT, 15021)


#: A URL of the own pod: by loopback, by its own name, or by an address that a variable holds.
_OWN_URL = re.compile(
    r"^(?:https?://)?(?:localhost|127(?:\.\d+){3}|0\.0\.0\.0|\[::1?\]|\$[^/\s]+?):([0-9]{1,9})/(\S*)$"
)


class Stops(StrEnum):
    """What a command does to the app."""

    SURELY = "surely"
    PERHAPS = "perhaps"


_ENDING = r"(SIG)?(TERM|QUIT|INT|KILL|WINCH|15|3|2|9|28)"
#: Commands with which a hook stops its own app.
STOPS_APP = (
    r"\b(nginx|openresty|angie)( \S+)* -s (quit|stop)$",
    rf"^kill( (-(s |n )?|--signal[= ]){_ENDING})?( --)? [^-]",
    rf"^(pkill|killall)( (-(s )?|--signal[= ]){_ENDING}| -[a-z]+)* [^-]",
    r"^(apachectl|apache2ctl|httpd|apache2)( \S+)* (-k )?(graceful-)?stop$",
    r"^kong (quit|stop)( --wait[= ](?P<wait>\d+))?",
    r"^rabbitmqctl( -\S+( \S+)?)* (stop|stop_app|shutdown)\b",
    r"^catalina\.sh stop\b",
    r"^shutdown\.sh$",
    r"^(redis-cli|valkey-cli)( \S+)* shutdown\b",
    r"^pg_ctl( \S+)* stop\b",
    r"^(mysqladmin|mariadb-admin)( \S+)* shutdown$",
    r"^(supervisorctl|pm2|service|systemctl|sv|caddy)( \S+)* (stop|shutdown|kill)\b",
    r"^uwsgi --stop\b",
    r"^(curl|wget) .*/actuator/shutdown\b",
)
#: Commands that may stop the app, as far as their words tell.
MAY_STOP = (
    r"^(kill|pkill|killall) (-(s )?|--signal[= ])(SIG)?USR[12]\b",
    r"(^|[\s/_.-])(graceful-?stop|stop|shutdown|shut-down|quit|terminate|kill)(\.\w+)?($|[\s?])",
)
#: Signals that stop nothing.
_HARMLESS = r"^(kill|pkill|killall) (-(s )?|--signal[= ])((SIG)?HUP|[01])\b|^kill -(l|L)\b"


def stops(words: Sequence[str]) -> tuple[Stops, float] | None:
    """Whether a command stops the app, and how long it takes to (seconds)."""
    line = " ".join((base(words[0]), *words[1:]))
    if re.search(_HARMLESS, line) or base(words[0]) in ("echo", "touch", "logger", "printf", "pilot-agent"):
        return None
    for pattern in STOPS_APP:
        match = re.search(pattern, line, re.IGNORECASE)
        if match:
            return Stops.SURELY, float(match.groupdict().get("wait") or 0)
    return (Stops.PERHAPS, 0.0) if any(re.search(pattern, line, re.IGNORECASE) for pattern in MAY_STOP) else None


class Call(NamedTuple):
    """A request to a port of the own pod, by `pilot-agent request`, curl or wget. `agent` is pilot-agent's port."""

    tool: str
    method: str
    port: int
    path: str
    agent: int = AGENT

    @property
    def drains(self) -> bool:
        """Whether pilot-agent drains on it."""
        return (self.method, self.port, self.path) == ("POST", self.agent, "drain") and not self.refused

    @property
    def refused(self) -> bool:
        """Whether it ends with 255: pilot-agent's list of ports, and `/drain` and Envoy's admin are POST only."""
        if self.tool != "pilot-agent":
            return False
        return self.port not in _ALLOWED or (self.port == self.agent and self.path == "drain" and self.method != "POST")

    @property
    def misses(self) -> bool:
        """Whether it asks for a drain where nobody drains: a 404, which counts as success."""
        return self.path == "drain" and not self.drains and not self.refused

    @property
    def listeners(self) -> str | None:
        """How it closes Envoy's listeners: `closed` at once, `graceful`, or `open` until the process ends."""
        path, _, query = self.path.partition("?")
        if path != "drain_listeners" or self.method != "POST" or self.port == self.agent:
            return None
        return "open" if "skip_exit" in query else "graceful" if "graceful" in query else "closed"

    @property
    def quits(self) -> bool:
        """Whether it ends the proxy."""
        return self.path == "quitquitquit" and self.method == "POST" and self.port in (ADMIN, self.agent)


def call_of(words: Sequence[str], agent: int = AGENT) -> Call | None:
    """The request that a command sends to its own pod, if it does; `agent` is pilot-agent's port there."""
    tool = base(words[0]) if words else ""
    if (tool == "pilot-agent" and words[1:2] == ["request"]) or (tool == "pilot-agent" and words[1:2] == ("request",)):
        return _agent_request(words[2:], agent)
    if tool not in ("curl", "wget"):
        return None
    url = next(filter(None, map(_OWN_URL.match, words[1:])), None)
    if url is None:
        return None
    line = " ".join(words)
    method = re.search(r"\s(?:-\w*X[= ]?|--request[= ]|--method[= ])([A-Z]+|\$\S+)", line)
    sends = re.search(r"\s(-[a-zA-Z]*d|--data\S*|--json|-F|--form|--post-\w+)\b", line)
    return Call(tool, method[1] if method else "POST" if sends else "GET", int(url[1]), url[2], agent)


def _agent_request(words: Sequence[str], agent: int) -> Call | None:
    line = " ".join(words)
    port = re.search(r"--debug-port[= ]([0-9]{1,9})(?![0-9])", line)
    rest = re.sub(r"--\S+?(=\S*| \d+)(?=\s|$)", "", line).split()
    if len(rest) < 2:
        return None
    return Call("pilot-agent", rest[0], int(port[1]) if port else ADMIN, rest[1].lstrip("/"), agent)


def calls(argv: Sequence[str]) -> list[Call]:
    """Every request that a hook may send to its own pod, also from loops and conditions."""
    script = script_of(argv)
    steps = [step.words for step in simple(script)] if script is not None else [tuple(argv)]
    found = (call_of(program(words[1:] if words[0] == "exec" else words)) for words in steps if words)
    return [call for call in found if call is not None]


def calls_drain(argv: Sequence[str]) -> bool:
    """Whether a hook asks pilot-agent to drain, on the port where it does."""
    return any(call.drains for call in calls(argv))
