"""PT108: PID 1 will not pass SIGTERM on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..domain import PROXY
from ..shell.programs import INSTANT, idles
from ..shell.script import KEYWORDS, Command, script_of, simple
from ..text import Text
from .places import at
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text("PID 1 will not pass SIGTERM on", "PID 1이 SIGTERM을 전달하지 않습니다"),
    what=Text(
        "Fires when `command` is a shell with `-c` and something follows the app, or the app runs in a pipe or a "
        "loop, without exec, trap or an init. One plain command is `info`: dash forks it, bash and ash do not.",
        "`command` 값이 `-c` 옵션을 쓴 셸이고, 앱 뒤에 다른 명령이 있거나 앱이 파이프나 반복문 안에서 실행되는데, exec도 trap도 init도 없으면 보고합니다. 명령이 하나뿐이면 "
        "`info`입니다. dash는 포크하고 bash와 ash는 포크하지 않습니다.",
    ),
    why=Text(
        "The shell is PID 1, gets SIGTERM and ignores it. The app never learns of it and is killed at the end of the "
        "grace period.",
        "셸이 PID 1로서 SIGTERM을 받고 무시합니다. 앱은 SIGTERM을 모른 채 유예 기간이 끝날 때 SIGKILL을 받습니다.",
    ),
    fix=Text(
        "Start the app with exec as the last command, or use an init such as tini.",
        "마지막 명령에서 exec으로 앱을 시작하거나 tini 같은 init을 쓰십시오.",
    ),
    see=("reference/settings.md#stop-signal", "guide/pod-and-signals.md#pid-1"),
)
MESSAGE = Text(
    "{c}: the shell is PID 1 and {reason}, so SIGTERM does not reach the app",
    "{c}: 셸이 PID 1이고 {reason}. SIGTERM이 앱에 닿지 않습니다",
)
MESSAGE_PLAIN = Text(
    "{c}: the shell is PID 1; dash (Debian, Ubuntu) does not pass SIGTERM on, bash and ash do",
    "{c}: 셸이 PID 1입니다. dash(Debian, Ubuntu)는 SIGTERM을 전달하지 않고 bash와 ash는 전달합니다",
)
INITS = {"tini", "dumb-init", "catatonit", "s6-svscan", "supervisord", "runsvdir", "docker-init"}
#: What `_obstacle` answers when it hangs on the shell: one plain command, which dash forks and bash does not.
PLAIN = Text("", "")


def shell_as_pid_1(case: Case) -> Iterator[Problem]:
    """Each container whose shell keeps SIGTERM for itself."""
    pod = case.pod
    policy = pod.node.get("restartPolicy") if pod.node is not None else None
    if pod.is_job or (policy is not None and policy.value in ("Never", "OnFailure")):
        return
    for container in (*pod.containers, *pod.sidecars):
        script = script_of((*container.command, *container.args)) if container.command else None
        reason = _obstacle(script) if script is not None else None
        if reason is None or container.name == PROXY:
            continue
        place = at(pod, container, "command")
        if reason is PLAIN:
            yield Problem(place, container.name, Severity.INFO, say=MESSAGE_PLAIN)
        else:
            yield Problem(place, container.name, say=MESSAGE, reason=reason)


def _obstacle(script: str) -> Text | None:
    """Why SIGTERM does not reach the app that a script runs; `PLAIN` if that hangs on the shell, `None` if it does."""
    steps = simple(script)
    names = [step.name for step in steps]
    first = {word for step in steps for word in step.words[:2]}
    piped = len(steps) > 1 and steps[-2].after == "|"  # an exec in a pipe replaces a subshell, not the shell
    if not steps or "trap" in first or ("exec" in first and not piped) or INITS & set(names):
        return None
    if idles(script):
        return None  # it only waits: nobody's request is lost
    if re.match(r"\s*(while|until|for)\b", script) and names[-1] == "done":
        return Text("the app runs in a loop", "앱이 반복문 안에서 실행됩니다")
    if names[-1] in ("fi", "done", "esac"):
        return None
    if piped:
        return Text("the app runs in a pipe", "앱이 파이프 안에서 실행됩니다")
    return _last(steps)


def _last(steps: list[Command]) -> Text:
    """What the shell does beside the last command that takes time; `PLAIN` if it does nothing."""
    names = [step.name for step in steps]
    quiet = INSTANT | KEYWORDS | {"sleep", "wait", "tail", "exit"}
    real = [index for index, name in enumerate(names) if name not in quiet]
    if real and real[-1] < len(steps) - 1:
        after = names[real[-1] + 1]
        return Text(f"{after} follows the app", f"앱 뒤에 {after} 명령이 있습니다")
    if real and steps[real[-1]].after == "&":
        return Text("the app runs in the background", "앱이 백그라운드에서 실행됩니다")
    return PLAIN


RULE = Rule("PT108", Severity.WARNING, ABOUT, shell_as_pid_1)
