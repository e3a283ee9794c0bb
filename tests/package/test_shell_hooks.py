"""What the words of a hook do, row by row of each table: a row without a case here fails."""

from __future__ import annotations

import re

import pytest
from timing_rules import timeline
from timing_rules.shell.effects import MAY_STOP, STOPS_APP, Stops, call_of, stops
from timing_rules.shell.failures import REASONS, Failure, Fault, fault
from timing_rules.shell.images import ONLY_SH, WITHOUT_SHELL, lacks, named
from timing_rules.shell.length import length
from timing_rules.shell.programs import INSTANT, NEED_ARGUMENTS, idles

from tests.package.inputs import findings, manifest, pod, rules, runs, web

STOP_LINES = [
    "nginx -s quit", "/usr/sbin/nginx -c /etc/nginx.conf -s stop", "openresty -s quit", "kill 1", "kill -TERM 1",
    "kill -s SIGTERM 1", "kill -15 42", "kill -QUIT 1", "kill -9 1", "kill -WINCH 1", "kill -- 1", "pkill node", "pkill -f node",
    "pkill -TERM -f node", "killall web", "killall -s QUIT web", "apachectl -k graceful-stop", "apache2ctl graceful-stop",
    "httpd -k stop", "kong quit", "rabbitmqctl stop", "rabbitmqctl -n rabbit@a stop_app", "/usr/local/tomcat/bin/catalina.sh stop",
    "/opt/tomcat/bin/shutdown.sh", "redis-cli -p 6379 SHUTDOWN", "pg_ctl -D /data stop -m fast", "mysqladmin -u root shutdown",
    "supervisorctl stop all", "pm2 kill", "uwsgi --stop /tmp/pid", "curl -X POST localhost:8080/actuator/shutdown",
]  # fmt: skip
PERHAPS_LINES = [
    "kill -USR1 1",
    "pkill -SIGUSR2 web",
    "./stop.sh",
    "bin/web stop",
    "curl localhost:1/quit",
    "jboss-cli.sh shutdown",
]
HARMLESS_LINES = [
    "kill -0 1", "kill -HUP 1", "kill -s HUP 1", "kill -1 1", "kill -l", "nginx -s reload", "touch /tmp/stop", "echo stop",
    "pkill -HUP nginx", "apachectl graceful", "kong reload", "/app/ctl lame-duck", "redis-cli ping", "stopwatch start",
    "pilot-agent request --debug-port=15020 POST quitquitquit", "catalina.sh start", "rabbitmqctl status",
]  # fmt: skip


def _rows(lines: list[str], table: tuple[str, ...]) -> set[str]:
    plain = [re.sub(r"^\S*/", "", line) for line in lines]
    return {row for row in table if any(re.search(row, line, re.IGNORECASE) for line in plain)}


def test_each_way_to_stop_an_app_has_a_case() -> None:
    assert _rows(STOP_LINES, STOPS_APP) == set(STOPS_APP)
    assert _rows(PERHAPS_LINES, MAY_STOP) == set(MAY_STOP)


@pytest.mark.parametrize("line", STOP_LINES)
def test_what_stops_the_app(line: str) -> None:
    assert stops(line.split()) == (Stops.SURELY, 0)
    found = length(["sh", "-c", f"sleep 3; {line}; sleep 9"])
    assert (found.seconds, found.at_least, found.stops_at) == (None, 3, 3)
    assert length(["sh", "-c", f"sleep 3; {line}"])[:2] == (3, 3)


@pytest.mark.parametrize("line", PERHAPS_LINES)
def test_what_may_stop_the_app_makes_the_rest_an_upper_bound(line: str) -> None:
    assert stops(line.split()) == (Stops.PERHAPS, 0)
    found = length(["sh", "-c", f"sleep 3; {line}; sleep 9"])
    assert (found.seconds, found.at_least, found.stops_at) == (None, 3, None)


@pytest.mark.parametrize("line", HARMLESS_LINES)
def test_what_stops_nothing(line: str) -> None:
    assert stops(line.split()) is None
    assert length(["sh", "-c", f"sleep 3; {line}; sleep 9"]).at_least == 12


@pytest.mark.parametrize(
    "line", ["kill $(cat /run/web.pid)", "kill -15 $(pidof web)", "kill `pidof web`", "kill -TERM $PID"]
)
def test_a_pid_that_is_looked_up_is_that_of_the_app(line: str) -> None:
    found = length(["sh", "-c", f"sleep 3; {line}; sleep 9"])
    assert (found.seconds, found.at_least) == (None, 3)
    assert found.stops_at == 3


@pytest.mark.parametrize("name", sorted(INSTANT - {"kill", "pkill", "killall"}))
def test_each_program_that_returns_at_once(name: str) -> None:
    assert length([name, "x"]).seconds == 0


@pytest.mark.parametrize(
    ("line", "drains", "misses", "refused"),
    [
        ("pilot-agent request --debug-port=15020 POST drain", True, False, False),
        ("/usr/local/bin/pilot-agent request --debug-port 15020 POST /drain", True, False, False),
        ("pilot-agent request POST drain", False, True, False),
        ("pilot-agent request --debug-port=15000 POST drain", False, True, False),
        ("pilot-agent request --debug-port=15021 POST drain", False, True, False),
        ("pilot-agent request --debug-port=15025 POST drain", False, False, True),
        ("pilot-agent request --debug-port=0 POST drain", False, False, True),
        ("pilot-agent request --debug-port=15020 GET drain", False, False, True),
        ("curl -X POST localhost:15020/drain", True, False, False),
        ("curl -XPOST http://127.0.0.1:15020/drain", True, False, False),
        ("curl -sf --request POST localhost:15020/drain", True, False, False),
        ("curl localhost:15020/drain", False, True, False),
        ("curl -X POST localhost:15000/drain", False, True, False),
        ("curl -X $METHOD localhost:15020/drain", False, True, False),
    ],
)
def test_which_call_drains(line: str, drains: bool, misses: bool, refused: bool) -> None:
    call = call_of(line.split())
    assert call is not None
    assert (call.drains, call.misses, call.refused) == (drains, misses, refused)


def test_other_commands_call_nobody() -> None:
    for line in ("pilot-agent wait", "pilot-agent request", "curl localhost/drain", "node drain", ""):
        assert call_of(line.split()) is None


WRONG = [
    (["sleep 40"], Failure.ONE_WORD, "sleep 40"), (["/bin/sh -c 'sleep 40'"], Failure.ONE_WORD, "/bin/sh -c 'sleep 40'"),
    (["nginx -s quit"], Failure.ONE_WORD, "nginx -s quit"), (["'/bin/sh'", "-c", "x"], Failure.QUOTED, "'/bin/sh'"),
    (["sh", "-c", "'sleep 20'"], Failure.QUOTED, "sleep 20"), (["sh", "-c", '"sleep 20; nginx -s quit"'], Failure.QUOTED, "sleep 20; nginx -s quit"),
    (["/bin/sh", "sleep 20"], Failure.NO_OPTION, "sleep 20"), (["sh", "sleep", "20"], Failure.NO_OPTION, "sleep"),
    (["bash", "-e", "/app/stop.sh --now"], Failure.NO_OPTION, "/app/stop.sh --now"), (["sh", "/bin/sleep", "5"], Failure.NO_OPTION, "/bin/sleep"),
    (["sh", "-c"], Failure.NO_SCRIPT, "-c"), (["bash", "-ec"], Failure.NO_SCRIPT, "-ec"),
    (["sh", "-c", "sleep", "40"], Failure.SPLIT, "sleep"), (["busybox", "sh", "-c", "sleep", "40"], Failure.SPLIT, "sleep"),
    (["sh", "-c", "nginx", "-s", "quit"], Failure.SPLIT, "nginx"),
    (["sleep", "$(DRAIN)"], Failure.REFERENCE, "$(DRAIN)"), (["/app/stop", "--wait=$(DRAIN)"], Failure.REFERENCE, "--wait=$(DRAIN)"),
    (["sh", "-c", "sleep $(DRAIN_SECONDS)"], Failure.REFERENCE, "$(DRAIN_SECONDS)"),
    (["sleep", "${DRAIN}"], Failure.SLEEP, "${DRAIN}"), (["sleep", "$DRAIN"], Failure.SLEEP, "$DRAIN"), (["sleep", "30;"], Failure.SLEEP, "30;"),
    (["sleep", "10sec"], Failure.SLEEP, "10sec"), (["sleep", "'10'"], Failure.SLEEP, "'10'"), (["busybox", "sleep", "-1"], Failure.SLEEP, "-1"),
    (["sleep", "15", ";", "nginx", "-s", "quit"], Failure.OPERATOR, ";"), (["nginx", "-s", "quit", "&&", "sleep", "5"], Failure.OPERATOR, "&&"),
    (["touch", "/tmp/x", "|", "cat"], Failure.OPERATOR, "|"), (["curl", "x", "||", "true"], Failure.OPERATOR, "||"),
    (["curl", "http://${POD_IP}:8080/drain"], Failure.VARIABLE, "http://${POD_IP}:8080/drain"),
    (["kill", "-QUIT", "$(cat /run/nginx.pid)"], Failure.VARIABLE, "$(cat /run/nginx.pid)"), (["kill", "$PID"], Failure.VARIABLE, "$PID"),
    (["kill", "`cat /run/app.pid`"], Failure.VARIABLE, "`cat /run/app.pid`"),
    (["/app/stop --wait 30"], Failure.ONE_WORD, "/app/stop --wait 30"), (["/scripts/drain.sh 20"], Failure.ONE_WORD, "/scripts/drain.sh 20"),
    (["python -c 'x()'"], Failure.ONE_WORD, "python -c 'x()'"), (["/app/a && /app/b"], Failure.ONE_WORD, "/app/a && /app/b"),
    (["/bin/sh", "-c sleep 20"], Failure.GLUED, "-c sleep 20"), (["sh", "-c", "sleep 30\r\nnginx -s quit\r\n"], Failure.RETURN, "sleep 30"),
    (["sh", "-c", "sleep 20; ; sleep 5"], Failure.SYNTAX, ";"), (["bash", "-c", "sleep 5 &; nginx -s quit"], Failure.SYNTAX, ";"),
    (["sh", "-c", "while true; do; sleep 1; done"], Failure.SYNTAX, ";"), (["sh", "-c", "if true; then sleep 5"], Failure.UNCLOSED, "if"),
    (["sh", "-c", "\n# first\nsleep 5 &&"], Failure.SYNTAX, "&&"), (["timeout", "9", "sh", "-c", "echo 'a; sleep 5"], Failure.UNCLOSED, "'"),
    (["sleep"], Failure.ALONE, "sleep"), (["kill"], Failure.ALONE, "kill"),
    (["sleep", "１０"], Failure.SLEEP, "１０"), (["sleep", "²"], Failure.SLEEP, "²"), (["sh", "–c", "sleep 5"], Failure.NO_OPTION, "–c"),
    ([""], Failure.EMPTY, ""), ([" "], Failure.EMPTY, " "), (["nodetool drain"], Failure.ONE_WORD, "nodetool drain"),
    (["/opt/web/entrypoint.sh stop"], Failure.ONE_WORD, "/opt/web/entrypoint.sh stop"), (["/app/leave.py now"], Failure.ONE_WORD, "/app/leave.py now"),
]  # fmt: skip


@pytest.mark.parametrize(("command", "failure", "word"), WRONG)
def test_words_that_cannot_run(command: list[str], failure: Failure, word: str) -> None:
    wrong = fault(command)
    assert wrong is not None
    assert wrong == (failure, word)
    text = manifest(containers=[web(**runs(*command))])
    (finding,) = [finding for finding in findings(text) if finding.rule == "PT106"]
    reason = wrong.reason
    assert finding.severity == "error"
    assert reason.en in finding.message.en and reason.ko in finding.message.ko
    assert (word in reason.en and word in reason.ko) or failure in (Failure.NO_SCRIPT, Failure.EMPTY)
    assert ("let a shell read" in finding.fix.en) is ("$" in word or "`" in word)
    assert timeline(pod(text)).containers["web"].prestop_end == 0


@pytest.mark.parametrize(
    ("command", "length"),
    [
        (["sleep 40"], "40"), (["/bin/sh -c 'sleep 2m'"], "2m"), (["sh", "-c", "sleep", "45"], "45"), (["sh", "sleep 0.5"], "0.5"),
        (["sleep", "15", "&&", "sleep", "20"], "15"), (["sh", "-c", "\"sleep 20; nginx -s quit\""], "20"), (["sh", "-c sleep 7s"], "7s"),
        (["sleep"], "30"), (["nginx -s quit"], "30"), (["asleep 40 x"], "30"), (["sleep", "10sec"], "30"), ([""], "30"), (["sleep", "４０"], "30"),
    ],
)  # fmt: skip
def test_the_fix_of_words_sleeps_as_long_as_the_command_meant_to(command: list[str], length: str) -> None:
    (finding,) = [
        finding for finding in findings(manifest(containers=[web(**runs(*command))])) if finding.rule == "PT106"
    ]
    right = (f'["sh", "-c", "sleep {length}"]', f'["sleep", "{length}"]')
    assert finding.fix.en.startswith(f"write {right[0]} or {right[1]}: ")
    assert finding.fix.ko.startswith(f"{right[0]} 또는 {right[1]}처럼 ")
    assert "PT106 error" not in rules(manifest(containers=[web(**runs("sh", "-c", f"sleep {length}"))]))


def test_an_empty_word_is_shown_as_one() -> None:
    reason = Fault(Failure.SLEEP, "").reason
    assert reason.en.startswith('sleep refuses `""`: ') and reason.ko.startswith('sleep 프로그램은 `""` 값을 ')
    assert fault(["sleep", ""]) == (Failure.SLEEP, "") and fault(["", "sleep"]) == (Failure.EMPTY, "")


def test_the_fix_of_a_script_that_breaks_is_its_syntax() -> None:
    broken = manifest(containers=[web(**runs("sh", "-c", "sleep 20; ; sleep 5"))])
    (finding,) = [finding for finding in findings(broken) if finding.rule == "PT106"]
    assert finding.fix.en == "mend the script (`sh -n` tells where it breaks), or use the sleep action"
    assert finding.fix.ko.startswith("스크립트의 구문을 고치거나") and "stops at `;`" in finding.message.en
    assert "never closed" not in finding.message.en


def test_each_failure_has_a_case() -> None:
    assert {failure for _, failure, _ in WRONG} == set(Failure) == set(REASONS)


@pytest.mark.parametrize(
    "command",
    [
        ["sleep", "40"], ["sleep", "1.5e1"], ["sleep", "infinity"], ["sleep", "1m", "30s"], ["sh", "-c", "sleep 40"],
        ["/opt/my app/stop"], [], ["sh", "/scripts/drain.sh"], ["sh", "drain.sh", "20"], ["bash", "-lc", "sleep 5"],
        ["sh", "-euxc", "sleep 5"], ["bash", "-o", "pipefail", "-c", "sleep 5"], ["sh", "-c", "sleep ${DRAIN}"],
        ["sh", "-c", "sleep $(cat /etc/drain)"], ["sh", "-c", "kill $(pidof web)"], ["sh", "-c", "'/app/stop' now"],
        ["sh", "-c", "sleep $0", "5"], ["sh", "-c", "/app/stop.sh", "x"], ["find", "/tmp", "-exec", "rm", "{}", ";"],
        ["node", "-e", "console.log(`${a}`)"], ["awk", "{print $1}"], ["sh", "-c", "echo '$(DRAIN)'"], ["sleep", "{{ .Values.drain }}"],
        ["sh"], ["sh", "-x", "/app/stop"],
        ["/app/stop", "$HOME"], ["sh", "-c", " -x"], ["sh", "-c", "kill $(cat /run/app.pid)"], ["nginx", "-s", "quit"], ["/opt/my app/bin/stop"],
        ["sh", "-c", "sleep 5\n; sleep 5"], ["zsh", "-c", "sleep 5; ; sleep 5"], ["sh", "-c", "sleep 5;\n\nsleep 6 &&\n\nnginx -s quit"], ["sh", "-c", "f() { sleep 5; }; f"],
        ["bash", "--login", "-c", "sleep 5"], ["php", "-r", "sleep($a);"], ["touch"],
    ],
)  # fmt: skip
def test_words_that_only_look_wrong(command: list[str]) -> None:
    assert fault(command) is None
    assert "PT106 error" not in rules(manifest(containers=[web(**runs(*command))]))


@pytest.mark.parametrize("name", sorted(NEED_ARGUMENTS))
def test_a_program_alone_as_the_script_of_a_shell(name: str) -> None:
    assert fault(["sh", "-c", name, "x"]) == (Failure.SPLIT, name)
    assert fault(["sh", "-c", name]) is None


#: One image a row of the table and more, and whether it has neither a shell nor sleep.
IMAGES = [
    ("gcr.io/distroless/static-debian12", True), ("gcr.io/distroless/java21:nonroot", True),
    ("gcr.io/distroless/static:debug", False), ("gcr.io/distroless/base:debug-nonroot", False),
    ("mirror.example.com/gcr.io/distroless/static@sha256:0", True), ("registry:5000/distroless/app@sha256:0", True),
    ("istio/proxyv2:1.30.0-distroless", True), ("mcr.microsoft.com/dotnet/aspnet:10.0-azurelinux3.0-distroless", True),
    ("cgr.dev/chainguard/nginx:latest", True), ("cgr.dev/chainguard/nginx:latest-dev", False), ("cgr.dev/chainguard/nginx", True),
    ("mirror.example.com/chainguard/nginx:1@sha256:0", True), ("cgr.dev/chainguard/busybox:latest", False),
    ("cgr.dev/chainguard/bash", False), ("cgr.dev/chainguard/git", False), ("cgr.dev/chainguard/curl", False),
    ("cgr.dev/chainguard/git-lfs", True),
    ("mcr.microsoft.com/dotnet/aspnet:9.0-noble-chiseled", True), ("mcr.microsoft.com/dotnet/aspnet:8.0-jammy-chiseled-extra", True),
    ("mirror.example.com/runtime:9.0-noble-chiseled-amd64@sha256:0", True), ("mcr.microsoft.com/dotnet/aspnet:9.0-noble", False),
    ("gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.14.0", True), ("gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.14.0-alpine", False),
    ("gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.14.0-bookworm", False), ("cloud-sql-proxy:2-bullseye", False),
    ("cloud-sql-proxy:2-buster", False), ("eu.gcr.io/cloud-sql-connectors/cloud-sql-proxy", True), ("my-cloud-sql-proxy:1", False),
    ("gcr.io/cloudsql-docker/gce-proxy:1.33.6", True), ("gcr.io/cloudsql-docker/gce-proxy:1.16", True),
    ("gcr.io/cloudsql-docker/gce-proxy:1.15", False), ("gcr.io/cloudsql-docker/gce-proxy:1.33.6-alpine", False),
    ("gcr.io/cloudsql-docker/gce-proxy", True),
    ("fluent/fluent-bit:4.0.7", True), ("cr.fluentbit.io/fluent/fluent-bit:4.0.7-debug", False), ("bitnami/fluent-bit:4", False),
    ("amazon/aws-for-fluent-bit:2", False),
    ("otel/opentelemetry-collector:0.130.0", True), ("docker.io/otel/opentelemetry-collector-contrib:0.130.0", True),
    ("ghcr.io/open-telemetry/opentelemetry-collector-releases/opentelemetry-collector-k8s:0.130.0", True), ("otel/demo:1", False),
    ("registry.k8s.io/sig-storage/csi-provisioner:v5.0.1", True), ("registry.k8s.io/sig-storage/livenessprobe:v2.15.0", True),
    ("registry.k8s.io/sig-storage/nfsplugin:v4.9.0", False), ("csi-provisioner:v1", False),
    ("mcr.microsoft.com/windows/servercore:ltsc2022", True), ("mcr.microsoft.com/windows/servercore/iis:ltsc2022", True),
    ("mcr.microsoft.com/windows/nanoserver:ltsc2025", True), ("mcr.microsoft.com/windows/server:ltsc2022", True),
    ("mcr.microsoft.com/windows:ltsc2019", True), ("golang:1.25-nanoserver", True), ("golang:1.25-windowsservercore", False),
    ("mcr.microsoft.com/dotnet/aspnet:9.0", False), ("registry.example.com/mcr.microsoft.com/windows/servercore:ltsc2022", False),
    ("nginx:1.27", False), ("scratch-app:1", False), ("", False), ("localhost:5000/web", False),
]  # fmt: skip


@pytest.mark.parametrize(("image", "without"), IMAGES)
@pytest.mark.parametrize(
    "command",
    [["sleep", "10"], ["/bin/sh", "-c", "sleep 10"], ["busybox", "sleep", "1"]],
    ids=lambda command: command[0],
)
def test_images_without_a_shell(image: str, without: bool, command: list[str]) -> None:
    assert lacks(image, command) is without
    assert not lacks(image, ["/app/stop"])
    assert not lacks(image, ["/tools/sleep", "5"])  # from a volume


#: One image a row of the second table and more, and whether sh is its only shell.
ALPINE = [
    ("alpine", True), ("alpine:3.24", True), ("busybox:1.37", True), ("docker.io/alpine:3", True), ("docker.io/library/busybox", True),
    ("public.ecr.aws/docker/library/alpine:3.24", True), ("node:22-alpine", True), ("library/node:22-alpine3.24", True),
    ("node:22", False), ("python:3.12-alpine", True), ("python:3.12-slim", False), ("php:8.3-fpm-alpine", True), ("php:8.3-fpm", False),
    ("nginx:1.29-alpine-slim@sha256:0", True), ("nginx:1.29", False), ("nginx", False),
    ("registry.example.com/team/python:3.12-alpine", False), ("registry.example.com/alpine:3", False), ("postgres:17-alpine", False),
]  # fmt: skip


@pytest.mark.parametrize(("image", "only_sh"), ALPINE)
def test_images_whose_only_shell_is_sh(image: str, only_sh: bool) -> None:
    for command in (["bash", "-c", "sleep 10"], ["/bin/bash", "/stop.sh"], ["zsh"], ["/usr/bin/ksh"], ["dash"]):
        assert lacks(image, command) is only_sh
    for command in (["sh", "-c", "sleep 10"], ["/bin/ash"], ["sleep", "10"], ["/tools/bash"]):
        assert not lacks(image, command)


def test_bash_in_an_image_that_has_sh_alone() -> None:
    hook = runs("/bin/bash", "-c", "sleep 10")
    text = manifest(containers=[web(image="nginx:1.29-alpine", **hook)])
    (finding,) = [finding for finding in findings(text) if finding.rule == "PT106"]
    assert (
        finding.message.en
        == "web runs nginx:1.29-alpine, which has no /bin/bash: its preStop hook fails and the delay is 0"
    )
    assert finding.fix.en == "call sh, the shell that this image has, or use the sleep action"
    assert "PT106 error" not in rules(manifest(containers=[web(image="nginx:1.29", **hook)]))


def test_each_row_of_images_has_a_case() -> None:
    assert {row.name for row in ONLY_SH} == {
        row.name for row in ONLY_SH for image, fits in ALPINE if fits and re.fullmatch(row.name, named(image)[0])
    }
    for row in WITHOUT_SHELL:
        names = [named(image) for image, without in IMAGES if without]
        assert any(re.fullmatch(row.name, name) and row.without(tag) for name, tag in names), row.name
        assert row.source


@pytest.mark.parametrize(
    ("script", "waits"),
    [
        ("sleep infinity", True), ("./app; sleep 600", True), ("./app; sleep 5", False), ("./app; sleep 599", False),
        ("tail -f /dev/null", True), ("while :; do sleep 5; done", True), ("./app & sleep 600", False), ("", False),
    ],
)  # fmt: skip
def test_what_only_waits(script: str, waits: bool) -> None:
    assert idles(script) is waits


@pytest.mark.parametrize(
    ("env", "command", "seconds"),
    [
        ({"T": "20"}, ["sh", "-c", "sleep $T"], 20), ({"T": "20"}, ["sh", "-c", 'sleep "${T}"'], 20),
        ({"T": "20"}, ["sh", "-c", "sleep ${T:-5}"], 20), ({"T": ""}, ["sh", "-c", "sleep ${T:-5}"], 5),
        ({}, ["sh", "-c", "sleep ${T:-5}"], None), ({"T": "20"}, ["sh", "-c", "sleep '$T'"], None),
        ({"T": "20"}, ["sh", "-c", "sh -c 'sleep $T'; sleep 1"], 21), ({"T": "1 2"}, ["sh", "-c", "sleep $T"], None),
        ({"T": "20"}, ["sh", "-c", "T=5; sleep $T"], 5), ({"T": "20"}, ["sh", "-c", "read T; sleep $T"], None),
        ({"T": "20"}, ["sleep", "$T"], None), ({"T": "20"}, ["sh", "-c", "sleep $TT"], None),
        ({}, ["sh", "-c", "sleep $0", "7"], 7), ({}, ["sh", "-c", "sleep $1", "x", "7"], 7), ({"T": "20"}, ["sh", "-c", "sleep \\$T"], None),
    ],
)  # fmt: skip
def test_a_shell_reads_the_container_s_own_variables(
    env: dict[str, str], command: list[str], seconds: float | None
) -> None:
    assert length(command, env).seconds == seconds


def test_a_value_from_elsewhere_is_no_empty_one() -> None:
    def sleeps_for(**entry: object) -> float | None:
        hook = (
            pod(manifest(containers=[web(env=[{"name": "T", **entry}], **runs("sh", "-c", "sleep ${T:-15}"))]))
            .containers[0]
            .preStop
        )
        return hook.seconds if hook is not None else -1

    assert sleeps_for(valueFrom={"fieldRef": {"fieldPath": "a"}}) is None and sleeps_for(value="") == 15
    assert sleeps_for(value="4") == 4 and sleeps_for(value="$(X)") is None


def test_only_values_that_are_written_out_are_known() -> None:
    def ends(*env: dict[str, object]) -> float | None:
        text = manifest(containers=[web(env=list(env), **runs("sh", "-c", "sleep $T"))])
        return pod(text).containers[0].preStop.seconds  # type: ignore[union-attr]

    assert ends({"name": "T", "value": "12"}) == 12
    assert ends({"name": "T", "value": "12"}, {"name": "T", "value": "13"}) == 13
    assert ends({"name": "T", "value": "$(OTHER)"}) is None
    assert ends({"name": "T", "value": "12"}, {"name": "T", "valueFrom": {"fieldRef": {"fieldPath": "a"}}}) is None


@pytest.mark.parametrize(
    ("script", "waits"),
    [("a; b; sleep 900", True), ("a; sleep 900; b", False), ("a; b; sleep 600", True), ("a; b; sleep 599", False)],
)
def test_a_script_whose_last_command_is_a_long_sleep_waits(script: str, waits: bool) -> None:
    assert idles(script) is waits


@pytest.mark.parametrize(
    ("command", "word"), [(["sh", "-c"], "-c"), (["sh", "-e", "-c"], "-c"), (["bash", "-x", "-ec"], "-ec")]
)
def test_a_shell_without_its_script_is_told_by_its_last_word(command: list[str], word: str) -> None:
    assert fault(command) == (Failure.NO_SCRIPT, word)
