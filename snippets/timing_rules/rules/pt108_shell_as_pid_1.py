"""PT108: PID 1 will not pass SIGTERM on."""

from __future__ import annotations

from collections.abc import Iterator

from ..domain import PROXY
from ..shell.pid_1 import LOOPS, PIPED, SHORT, Kind, Obstacle, obstacle
from ..text import Text
from .places import at
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text("PID 1 will not pass SIGTERM on", "PID 1이 SIGTERM을 전달하지 않습니다"),
    what=Text(
        "Fires when `command` is a shell with `-c` and something follows the app, or the app runs in a pipe or a "
        "loop, without exec or trap. An init such as tini before the shell does not help, nor does "
        "shareProcessNamespace. One plain command in `sh` is `info`, for dash forks it while bash and ash do not (bash does where it redirects the output, or in a group: `warning`); so "
        "are npm, yarn, pnpm and npx, and a loop of nothing but calls such as curl or ping. A trap for SIGTERM is judged where it "
        "is plain: one that does not wait for the app before the script ends, or one beside an app in the foreground, does not help.",
        "`command` 값이 `-c` 옵션을 쓴 셸이고, 앱 뒤에 다른 명령이 있거나 앱이 파이프나 반복문 안에서 실행되는데, exec도 trap도 없으면 보고합니다. 셸 앞에 tini 같은 "
        "init을 두거나 shareProcessNamespace 필드를 켜도 해결되지 않습니다. `sh` 안의 명령이 하나뿐이면 `info`입니다. dash는 포크하고 bash와 ash는 포크하지 않습니다(bash도 출력을 리다이렉트하거나 그룹 안에서 실행하면 포크하며, 이때는 `warning`입니다). "
        "npm, yarn, pnpm, npx 명령, curl이나 ping 같은 호출만 반복하는 스크립트도 `info`입니다. SIGTERM을 받는 trap은 내용이 단순할 때만 판단합니다. "
        "앱을 기다리지 않고 스크립트가 끝나는 trap과 앱이 포그라운드에서 실행될 때의 trap은 도움이 되지 않습니다.",
    ),
    why=Text(
        "A shell as PID 1 ignores SIGTERM: the app never learns of it and is killed at the end of the grace period. "
        "Behind an init the shell dies of SIGTERM at once, and the app is cut with it.",
        "PID 1인 셸은 SIGTERM을 무시합니다. 앱은 SIGTERM을 모른 채 유예 기간이 끝날 때 SIGKILL을 받습니다. init이 "
        "실행한 셸은 SIGTERM을 받자마자 종료되고 앱도 함께 강제로 종료됩니다.",
    ),
    fix=Text(
        "Start the app with exec as the last command of the script, or without a shell.",
        "스크립트의 마지막 명령에서 exec으로 앱을 시작하거나 셸 없이 앱을 바로 실행하십시오.",
    ),
    see=("settings/app-and-pod.md#stop-signal", "concepts/pod-and-signals.md#pid-1"),
)
MESSAGE = Text(
    "{c}: the shell is PID 1 and {reason}, so SIGTERM does not reach the app",
    "{c}: 셸이 PID 1이고 {reason}. SIGTERM이 앱에 전달되지 않습니다",
)
MESSAGE_SHORT = Text(
    "{c}: the shell is PID 1 and {reason}: SIGTERM does not end it, SIGKILL does at the end of the grace period",
    "{c}: 셸이 PID 1이고 {reason}. SIGTERM으로 종료되지 않고 유예 기간이 끝날 때 SIGKILL로 종료됩니다",
)
MESSAGE_PLAIN = Text(
    "{c}: the shell is PID 1; dash (Debian, Ubuntu) does not pass SIGTERM on, bash and ash do",
    "{c}: 셸이 PID 1입니다. dash(Debian, Ubuntu)는 SIGTERM을 전달하지 않고 bash와 ash는 전달합니다",
)
MESSAGE_INIT = Text(
    "{c}: {init} hands SIGTERM to the shell, which dies of it at once while {reason}: {init} ends with the shell, and "
    "the app is cut",
    "{c}: 셸이 {init} 아래에서 실행되고 {reason}. {init} 프로세스가 SIGTERM을 전달하면 셸은 곧바로 종료됩니다. "
    "{init} 프로세스도 뒤따라 종료되면서 앱이 강제로 종료됩니다",
)
MESSAGE_PLAIN_INIT = Text(
    "{c}: {init} hands SIGTERM to the shell; dash (Debian, Ubuntu) dies of it at once and the app is cut, bash and "
    "ash are the app by then, which gets it",
    "{c}: {init} 프로세스가 SIGTERM을 셸에 전달합니다. dash(Debian, Ubuntu)는 곧바로 종료되어 앱도 강제로 "
    "종료됩니다. bash와 ash는 이미 앱 프로세스로 바뀌어 있으므로 앱이 SIGTERM을 받습니다",
)
MESSAGE_SHARED = Text(
    "{c}: with shareProcessNamespace PID 1 is the pause process, so the shell dies of SIGTERM at once while {reason}: "
    "the app is cut with it",
    "{c}: shareProcessNamespace 필드를 켰으므로 PID 1은 pause 프로세스이고 {reason}. 셸은 SIGTERM을 받자마자 "
    "종료되고, 앱도 함께 강제로 종료됩니다",
)
MESSAGE_PLAIN_SHARED = Text(
    "{c}: with shareProcessNamespace PID 1 is the pause process; dash (Debian, Ubuntu) dies of SIGTERM at once and "
    "the app is cut, bash and ash are the app by then, which gets it",
    "{c}: shareProcessNamespace 필드를 켰으므로 PID 1은 pause 프로세스입니다. dash(Debian, Ubuntu)는 SIGTERM을 "
    "받자마자 종료되어 앱도 강제로 종료됩니다. bash와 ash는 이미 앱 프로세스로 바뀌어 있으므로 앱이 SIGTERM을 "
    "받습니다",
)
MESSAGE_TRAP = Text("{c}: {reason}", "{c}: {reason}")
MESSAGE_MANAGER = Text(
    "{c}: {program} starts the app below a shell of its own: SIGTERM ends {program}, and the app is cut without having "
    "seen it",
    "{c}: {program} 명령은 따로 띄운 셸에서 앱을 실행합니다. SIGTERM을 받은 {program} 프로세스가 종료되면 앱은 "
    "SIGTERM을 받지 못한 채 강제로 종료됩니다",
)
FIX_MANAGER = Text(
    'Start the program that the script names, as in ["node", "server.js"].',
    '["node", "server.js"]처럼 스크립트에 적힌 프로그램을 바로 실행하십시오.',
)
#: Tried with bash 5.2, dash 0.5.12 and BusyBox 1.35: the app ends its requests, and the shell with it.
FIX_TRAP = Text(
    "Start the app with exec and without the trap; where the shell has to stay, wait in the trap too, as in "
    "trap 'kill $!; wait $!' TERM; ./app & wait $!",
    "trap 없이 exec으로 앱을 시작하십시오. 셸이 남아 있어야 한다면 trap 'kill $!; wait $!' TERM; ./app & wait $! 처럼 trap 안에서도 앱을 기다리십시오.",
)
#: What helps where exec does not: in a loop it ends the loop, in a pipe it replaces a subshell.
#: Tried: the loop with dash 0.5.12 and bash 5.2, the app gets SIGTERM and the shell waits for its end; the other with bash,
#: for dash refuses `>(`.
FIX_LOOP = Text(
    "Put trap 'kill $!; wait $!; exit' TERM before the loop, and in it start whatever takes time with & and then "
    "`wait $!`.",
    "반복문 앞에 trap 'kill $!; wait $!; exit' TERM 명령을 두고, 반복문 안에서 오래 걸리는 명령은 &로 시작한 뒤 `wait $!` 명령으로 기다리십시오.",
)
FIX_PIPE = Text(
    "Start the app without the pipe; in bash `exec ./app > >(tee log)` keeps its output in both places.",
    "파이프 없이 앱을 시작하십시오. bash에서는 `exec ./app > >(tee log)` 형태로 쓰면 출력이 전처럼 두 곳에 모두 "
    "남습니다.",
)
ADVICE = {LOOPS: FIX_LOOP, SHORT: FIX_LOOP, PIPED: FIX_PIPE}


def shell_as_pid_1(case: Case) -> Iterator[Problem]:
    """Each container whose shell, or package manager, keeps SIGTERM from the app."""
    pod = case.pod
    policy = pod.node.get("restartPolicy") if pod.node is not None else None
    if pod.is_job or (policy is not None and policy.value in ("Never", "OnFailure")):
        return
    share = pod.node.get("shareProcessNamespace") if pod.node is not None else None
    shared = share is not None and share.value is True
    for container in (*pod.containers, *pod.sidecars):
        argv = (*container.command, *container.args) if container.command else ()
        wrong = obstacle(argv, container.image)
        if wrong is None or container.name == PROXY:
            continue
        place = at(pod, container, "command")
        if wrong.kind is Kind.PACKAGE_MANAGER:
            say, severity = MESSAGE_MANAGER, Severity.INFO
            yield Problem(place, container.name, severity, say=say, fix=FIX_MANAGER, program=wrong.program)
            continue
        if wrong.kind is Kind.TRAP:
            yield Problem(place, container.name, say=MESSAGE_TRAP, fix=FIX_TRAP, reason=wrong.reason)
            continue
        if wrong.kind is Kind.SHORT_LOOP and shared:
            continue
        say = _message(wrong, shared=shared)
        severity = Severity.INFO if wrong.kind in (Kind.MAY_FORK, Kind.SHORT_LOOP) else Severity.WARNING
        fix = ADVICE.get(wrong.reason)
        yield Problem(place, container.name, severity, say=say, fix=fix, reason=wrong.reason, init=wrong.program)


def _message(wrong: Obstacle, *, shared: bool) -> Text:
    if wrong.kind is Kind.SHORT_LOOP:
        return MESSAGE_SHORT
    if wrong.kind is Kind.MAY_FORK:
        plain = MESSAGE_PLAIN_INIT if wrong.program else MESSAGE_PLAIN
        return MESSAGE_PLAIN_SHARED if shared else plain
    if shared:
        return MESSAGE_SHARED
    return MESSAGE_INIT if wrong.kind is Kind.INIT else MESSAGE


RULE = Rule("PT108", Severity.WARNING, ABOUT, shell_as_pid_1)
