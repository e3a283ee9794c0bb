"""How much of a hook's command is understood: its length when it is certain, and a lower bound when it is not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from timing_rules.shell.effects import calls_drain
from timing_rules.shell.length import length

from tests.package.inputs import findings, manifest, rules, runs, web


@pytest.mark.parametrize(
    ("command", "seconds"),
    [
        (["sleep", "10"], 10), (["/bin/sleep", "5"], 5), (["sleep", "1m", "30s"], 90), (["sleep", "1.5"], 1.5),
        (["sleep", "1h"], 3600), (["sleep", "infinity"], float("inf")), (["sleep"], 0), (["busybox", "sleep", "4"], 4),
        (["busybox", "sh", "-c", "sleep 4"], 4), (["pilot-agent", "request", "POST", "drain"], 0),
        (["nginx", "-s", "quit"], 0), (["timeout", "10", "sleep", "30"], 10), (["timeout", "10", "sleep", "3"], 3),
        (["timeout", "--kill-after=5", "--signal", "TERM", "-v", "1m", "sleep", "90"], 60), (["timeout", "--", "5", "sleep", "9"], 5),
        (["env", "timeout", "--foreground", "5", "busybox", "sleep", "7"], 5), (["timeout", "5", "env", "timeout", "2", "sleep", "9"], 2),
        (["busybox", "timeout", "4", "sh", "-c", "sleep 3; sleep 3"], 4), (["timeout", "10", "sh", "-c", "sleep 3; sleep 3"], 6),
    ],
)  # fmt: skip
def test_a_plain_command(command: list[str], seconds: float) -> None:
    assert length(command)[:2] == (seconds, seconds)


@pytest.mark.parametrize(
    "options",
    [
        ["-c"],
        ["-ec"],
        ["-e", "-c"],
        ["-c", "--"],
        ["-c", "-x"],
        ["-xc"],
        ["-o", "pipefail", "-c"],
        ["-euo", "pipefail", "-c"],
        ["-e", "-u", "-c"],
        ["-ceuo", "pipefail"],
        ["+o", "posix", "-c"],
    ],
    ids=lambda options: " ".join(options),
)
@pytest.mark.parametrize("name", ["sh", "/bin/sh", "bash", "/usr/bin/dash", "ash"])  # fmt: skip
def test_the_script_of_a_shell(name: str, options: list[str]) -> None:
    assert length([name, *options, "sleep 7"]).seconds == 7


@pytest.mark.parametrize(
    ("script", "seconds"),
    [
        ("sleep 10; sleep 5", 15), ("sleep 10 && nginx -s quit", 10), ("sleep 5\nsleep 6", 11),
        ("sleep 5;\n\n sleep 6\n", 11), ("sleep 10 || true", 10), ("true && sleep 10", 10),
        ("echo a > /tmp/x; sleep 3", 3), ("FOO=1 sleep 7", 7), ("T=5; sleep 7", 7), ("sleep 5 # sleep 9", 5),
        ("# sleep 9", 0), ("", 0), ("exit 0", 0), ("sleep 3; exit 0; sleep 9", 3), ("exec sleep 10; sleep 5", 10),
        ("echo a || sleep 5", 0), ("PIDS=$(ps aux | grep web); sleep 4", 4), ("T=6; sleep $T", 6), ("export T=6; sleep ${T}", 6),
        ("T=6; sleep ${T:-9}s", 6), ("T=6; sleep '6'", 6),
        ('sleep "10"', 10), ("sleep '10'", 10), ("sleep \\\n 5", 5), ("sleep 5 >/dev/null 2>&1 && sleep 1", 6),
        ("sleep 5 && sleep 5 || sleep 7", 10), ("sleep 0.5", 0.5), ("sh -c 'sleep 4'; sleep 1", 5), ("sleep", 0),
        ("time sleep 5", 5), ("printf x | tee /tmp/state; sleep 5", 5), ("nohup sleep 5", 5), ("ps aux | grep web; sleep 4", 4), ("sleep 3; echo a | cat | head -n1; sleep 1", 4),
        ("ls | xargs -r touch; sleep 2", 2), ("timeout 5 sleep 9; sleep 2", 7), ("timeout -k 3 -s KILL 5s sleep 4 && sleep 1", 5), ("set -e; timeout 5 sleep 9; sleep 7", 5), ("set -e; timeout 5 sleep 4; sleep 7", 11), ("timeout 5 sh -c 'sleep 4; sleep 4'; sleep 1", 6), ("timeout 5 true && sleep 3", 3),
        ("sleep 10\n; sleep 5", 10), ("sleep 1; sleep 2\nsleep 3 &&", 3), ("sleep 20; ; sleep 5", 0), ("sleep 4\nif true; then sleep 5", 4), ("ls |", 0), ("echo \"unclosed; sleep 5", 0), ("kill -0 1; sleep 5", 5), ("echo 'while true'; sleep 2", 2),
    ],
)  # fmt: skip
def test_a_plain_sequence_is_added_up(script: str, seconds: float) -> None:
    assert length(["sh", "-c", script])[:2] == (seconds, seconds)


UNKNOWN = [
    ("while true; do sleep 1; done", 0), ("sleep 5; while true; do sleep 1; done", 5),
    ("for i in 1 2; do sleep 1; done", 0), ("until false; do sleep 1; done", 0), ("if true; then sleep 5; fi", 0),
    ("sleep 2; case x in x) sleep 5;; esac", 2), ("(sleep 5)", 0), ("{ sleep 5; }", 0), ("f() { sleep 5; }; f", 0),
    ("sleep 5 & sleep 10", 0), ("sleep 10 &", 0), ("sleep 5 | cat", 0), ("sleep 5; ps | ./a; sleep 5", 5), ("./a | cat; sleep 5", 0), ("ls | xargs ./a; sleep 5", 0), ("ls | (sleep 5)", 0),
    ("kill 1 | cat; sleep 5", 0), ("ls $(./a) | cat; sleep 5", 0), ("ls | xargs", 0), ("sleep $T", 0), ("sleep ${T:-5}", 0),
    ("test -f x && T=6; sleep $T", 0), ("read T; sleep $T", 0), ("T='6 7'; sleep $T", 0), ("T=; sleep $T", 0),
    ("sleep $(cat x)", 0), ("sleep `cat x`", 0), ("curl x; sleep 5", 5), ("sleep 5; curl x", 5),
    ("sleep 3; ./stop.sh", 3), ("timeout 5 sleep $X; sleep 2", 2), ("timeout -t 5 sleep 10", 0), ("timeout 0 sleep 4", 0), ("timeout 5", 0), ("timeout x sleep 4", 0), ("timeout 5 ./a; sleep 2", 2), ("timeout 10 sh -c 'sleep 4; ./a'", 0), ("timeout 5 sleep 9 && sleep 3", 5), ("timeout 5 sleep 9 || sleep 3", 5), ("sleep 1; timeout 5 sleep 5 && sleep 3", 6), ("cat <<E\nsleep 5\nE", 0), ("test -f x && sleep 5", 0),
    ("[ -f x ] || sleep 5", 0), ("false || sleep 10", 0), ("sleep 5; wait", 5), ("set -e; curl x; sleep 5", 5), ("curl x && sleep 5", 5), ("set -e; test -f x; sleep 5", 0), ("./a; sleep 2; ./stop.sh; sleep 5", 2),
    ("test -f x && ./a && sleep 5", 0), ("./a || exit 1; sleep 5", 0), ("read x; sleep 5", 5),
    ("sleep abc", 0), ("sleep 5.5.5", 0), ("sleep -1", 0), ("sleep 5; sleep x; sleep 9", 14),
]  # fmt: skip


@pytest.mark.parametrize(("script", "at_least"), UNKNOWN)
def test_anything_else_is_unknown_and_the_sleeps_before_it_are_certain(script: str, at_least: float) -> None:
    assert length(["sh", "-c", script])[:2] == (None, at_least)


def test_an_env_that_sets_nothing_changes_nothing() -> None:
    assert length(["env", "sleep", "5"])[:2] == length(["/usr/bin/env", "bash", "-c", "sleep 5"])[:2] == (5, 5)
    assert length(["env", "T=5", "sh", "-c", "sleep $T"])[:2] == length(["env", "-i", "sleep", "5"])[:2] == (None, 0)
    assert length(["env"])[:2] == (None, 0)


@pytest.mark.parametrize(
    "command", [["sh"], ["sh", "-c"], ["sh", "x.sh"], ["python", "-c", "sleep 5"], ["curl", "x"], ["usleep", "1"]]
)
def test_other_programs_are_unknown(command: list[str]) -> None:
    assert length(command)[:2] == (None, 0)


@pytest.mark.parametrize(
    "script",
    ["echo $(sleep 50); sleep 3", "X=$(sleep 50); sleep 3", "touch /tmp/`sleep 50`; sleep 3", "sleep 30 && sleep 5 &"],
)
def test_a_substitution_may_take_time_and_a_background_list_takes_none(script: str) -> None:
    assert length(["sh", "-c", script])[:2] == (None, 0)


@pytest.mark.parametrize("options", [["-ec"], ["-u", "-e", "-c"], ["-euo", "pipefail", "-c"], ["-o", "errexit", "-c"]])
def test_a_shell_that_may_leave_behind_a_condition_makes_later_sleeps_uncertain(options: list[str]) -> None:
    assert length(["bash", *options, "curl x; sleep 5"])[:2] == (None, 5)
    assert length(["bash", *options, "grep x y; sleep 5"])[:2] == (None, 0)
    assert length(["bash", "-o", "pipefail", "-c", "grep x y; sleep 5"])[:2] == (5, 5)


@pytest.mark.parametrize("redirect", ["&> /dev/null", "&>/dev/null", "&>> log"])
def test_what_redirects_in_bash_puts_a_command_into_the_background_in_some_sh(redirect: str) -> None:
    """The sh of Debian returns at once, that of Alpine after the sleep."""
    for shell in ("bash", "/bin/bash", "zsh"):
        assert length([shell, "-c", f"sleep 5 {redirect}; sleep 2"])[:2] == (7, 7)
    for words in (["sh"], ["/bin/sh"], ["dash"], ["ash"], ["busybox", "sh"], ["env", "sh"]):
        assert length([*words, "-c", f"sleep 5 {redirect}; sleep 2"])[:2] == (None, 0)
        assert length([*words, "-c", "sleep 5 > /dev/null 2>&1; sleep 2"])[:2] == (7, 7)
        assert length([*words, "-c", "echo '&>'; sleep 2"])[:2] == (2, 2)


DRAIN, QUIT = (f"curl -X POST localhost:15020/{path}" for path in ("drain", "quitquitquit"))
CLOSE = "curl -X POST localhost:15000/drain_listeners"


@pytest.mark.parametrize(
    ("script", "name", "inner", "later"),
    [
        (DRAIN, "drains_at", 2, 7),
        (QUIT, "quits", (2, True), (7, True)),
        (CLOSE, "listeners", (2, "closed"), (7, "closed")),
        ("kill 1", "stops_at", 2, 7),
    ],
)
def test_what_a_limit_cuts_off_never_happens(script: str, name: str, inner: object, later: object) -> None:
    for limit, seen in ((3, True), (2, False), (1, False)):
        limited = length(["timeout", str(limit), "sh", "-c", f"sleep 2; {script}"])
        within = length(["sh", "-c", f"sleep 5; timeout {limit} sh -c 'sleep 2; {script}'"])
        assert (getattr(limited, name), getattr(within, name)) == ((inner, later) if seen else (None, None))


def test_a_limit_bounds_what_is_certain() -> None:
    assert length(["timeout", "7", "sh", "-c", "sleep 9; ./a"])[:2] == (None, 7)
    assert length(["timeout", "0", "sh", "-c", "sleep 9; ./a"])[:2] == (None, 0)


def test_a_shell_within_the_shell_ends_the_proxy_where_it_surely_runs() -> None:
    assert length(["sh", "-c", f"sh -c '{QUIT}'; sleep 3; sh -c '{QUIT}'"]).quits == (0, True)
    assert length(["sh", "-c", f"./a; sh -c '{QUIT}'"]).quits is None
    assert length(["sh", "-c", f"test -f x && sh -c '{QUIT}'"]).quits is None
    assert calls_drain(["sh", "-c", f"timeout 5 {DRAIN}"]) and calls_drain(["sh", "-c", f"exec timeout 5 {DRAIN}"])


def test_a_sourced_file_may_end_the_shell() -> None:
    assert length(["sh", "-c", ". ./env; sleep 5"])[:2] == (None, 0)


@pytest.mark.parametrize(
    ("script", "at_least", "stops"),
    [
        ("nginx -s quit && sleep 30", 0, 0),
        ("sleep 4; kill -15 1; sleep 15s", 4, 4),
        ("kill -TERM 1; sleep 9", 0, 0),
        ("sleep 4; kong quit; sleep 5", 4, 4),
        ("kong quit --wait 5; sleep 9", 5, 5),
        ("sleep 2; sh -c 'kill 1'; sleep 9", 2, 2),
        ("sleep 2; ps aux | grep web | awk '{print $2}' | xargs kill -TERM; sleep 9", 2, 2),
        ("pidof web | xargs -r -n 1 kill; sleep 9", 0, 0),
    ],
)
def test_what_follows_the_command_that_stops_the_app_is_an_upper_bound(
    script: str, at_least: float, stops: float
) -> None:
    found = length(["sh", "-c", script])
    assert (found.seconds, found.at_least, found.stops_at) == (None, at_least, stops)


@pytest.mark.parametrize(
    ("script", "drains", "listeners"),
    [
        ("sleep 5; pilot-agent request --debug-port=15020 POST drain", 5, None),
        ("curl -X POST localhost:15020/drain; sleep 3", 0, None),
        ("curl -X POST localhost:15000/drain_listeners", None, (0, "closed")),
        ("sleep 2; curl -X POST localhost:15000/drain_listeners?graceful", None, (2, "graceful")),
        ("pilot-agent request POST 'drain_listeners?graceful&skip_exit'", None, (0, "open")),
        ("sleep 2; curl -X POST localhost:15000/drain_listeners?inboundonly&graceful", None, (2, "closed")),
        ("sleep 2; curl -X POST 'localhost:15000/drain_listeners?inboundonly&graceful'", None, (2, "graceful")),
        ("curl -X POST localhost:15000/drain_listeners?graceful&skip_exit; sleep 9", None, (0, "graceful")),
        ("curl localhost:15000/drain_listeners", None, None),
        ("curl -X POST localhost:15020/drain_listeners?graceful", None, None),
        ("pilot-agent request --debug-port 15020 POST /drain", 0, None),
        ("pilot-agent request POST drain", None, None),
        ("pilot-agent request --debug-port=15000 POST drain", None, None),
        ("pilot-agent request --debug-port=15025 POST drain", None, None),
        ("pilot-agent request --debug-port=15020 GET drain", None, None),
        ("curl localhost:15020/drain", None, None),
        ("wget -qO- --post-data='' http://127.0.0.1:15020/drain", 0, None),
        ("sleep 3; wget --method=POST -qO- localhost:15020/drain", 3, None),
        ("sleep 2 && curl -X POST localhost:15000/drain_listeners & sleep 9", None, None),
    ],
)
def test_what_a_hook_of_the_proxy_calls(script: str, drains: float | None, listeners: tuple[float, str] | None) -> None:
    found = length(["sh", "-c", script])
    assert (found.drains_at, found.listeners) == (drains, listeners)


@pytest.mark.parametrize(
    ("script", "quits"),
    [
        ("sleep 5; curl -X POST localhost:15000/quitquitquit; sleep 9", (5, False)),
        ("sleep 5; pilot-agent request --debug-port=15020 POST quitquitquit", (5, True)),
        ("wget --post-data= localhost:15020/quitquitquit", (0, True)),
        ("[ -f x ] && curl -X POST localhost:15020/quitquitquit", None), ("curl -X POST localhost:9901/quitquitquit", None),
        ("pilot-agent request POST quitquitquit", (0, False)), ("curl -sd '' localhost:15020/quitquitquit", (0, True)),
        ("curl localhost:15020/quitquitquit", None), ("./x; curl -XPOST localhost:15020/quitquitquit", None),
        ("while x; do sleep 1; done; curl -XPOST localhost:15020/quitquitquit", None),
    ],
)  # fmt: skip
def test_when_a_hook_ends_the_proxy(script: str, quits: tuple[float, bool] | None) -> None:
    assert length(["sh", "-c", script]).quits == quits


#: The script of PID 1, and what PT108 says of it.
PID_1 = [
    ("node server.js | tee log", "warning"), ("node server.js; echo done", "warning"),
    ("node server.js && sleep 5; echo x", "warning"), ("node server.js &\nwait", "warning"),
    ("while true; do node server.js; done", "warning"), ("node server.js", "info"),
    ("./migrate && node server.js", "info"), ("exec node server.js", ""), ("./migrate; exec node server.js", ""),
    ("trap 'kill $!' TERM; node server.js & wait", "warning"), ("tini -- node server.js", "info"), ("tini -- node server.js; date", "warning"), ("sleep infinity", ""),
    ("while true; do sleep 10; done", ""), ("", ""),
    ("while true; do curl -s http://api; sleep 5; done", "info"), ("while :; do ping -c 1 a | grep ttl; sleep 60; done", "info"),
    ("while true; do kubectl get pods; sleep 30; done", "info"), ("while :; do sysctl -w a=1; nvidia-smi; sleep 9; done", "info"), ("while true; do nc -l -p 80 < page; done", "warning"), ("while true; do curl -s a; ./work; done", "warning"),
    ("tini -- sh -c 'while true; do curl a; done'", "info"), ("trap exit TERM; while :; do curl a; sleep 5 & wait $!; done", ""),
]  # fmt: skip


@pytest.mark.parametrize(("script", "severity"), PID_1)
def test_pid_1(script: str, severity: str) -> None:
    text = manifest(
        containers=[web(command=["/bin/sh", "-c", script], ports=[{"containerPort": 80}], **runs("sleep", "5"))]
    )
    assert rules(text) == ({f"PT108 {severity}"} if severity else set())
    assert not any(
        "PT108" in one for one in rules(text.replace("  containers:", "  restartPolicy: Never\n  containers:"))
    )


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("./app; echo a; date", "echo follows"),
        ("./app &", "background"),
        ("./app | tee x", "pipe"),
        ("while :; do ./app; done", "loop"),
    ],
)
def test_pid_1_says_why(script: str, says: str) -> None:
    text = manifest(containers=[web(command=["sh", "-c", script], ports=[{"containerPort": 1}])])
    assert says in next(one.message.en for one in findings(text) if one.rule == "PT108")


def test_pid_1_is_looked_at_only_where_it_is_a_shell() -> None:
    for command in (["node", "server.js"], ["sh", "start.sh"], ["/sbin/tini", "--", "node", "server.js"]):
        assert rules(manifest(containers=[web(command=command)])) == set()
    assert rules(manifest(containers=[web(args=["sh", "-c", "a | b"])])) == set()
    assert rules(manifest(containers=[web(command=["bash", "-euo", "pipefail", "-c", "a | b"])])) == {"PT108 warning"}
    assert rules(manifest("Job", containers=[web(command=["sh", "-c", "a | b"])])) == set()


PIECES = "sleep 5 x ; && || | & ( ) { } ' \" \\ $ ` << > # done while exit exec kill 1 if -c sh 가 = !"


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from([*PIECES.split(" "), "\n", "  ", "\x00"]), max_size=12))
def test_no_script_is_too_odd(words: list[str]) -> None:
    script = " ".join(words)
    found = length(["sh", "-c", script])
    assert found.at_least >= 0 and (found.seconds is None or found.seconds == found.at_least)
    manifest_text = manifest(containers=[web(command=["sh", "-c", script.replace("\x00", "")])])
    assert all("PT1" in one for one in rules(manifest_text))
