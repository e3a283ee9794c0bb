"""What PID 1 of a container does with SIGTERM, as far as its command line tells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from ..text import Text
from .programs import INSTANT, idles
from .script import KEYWORDS, Command, base, script_of, simple

#: Programs that start another one and hand signals on to it. They end with it.
INITS = {"tini", "tini-static", "docker-init", "dumb-init", "catatonit"}
#: Programs that replace themselves by the one behind them, and how many words stand between.
STEP_ASIDE = {"env": 0, "nice": 0, "nohup": 0, "busybox": 0, "gosu": 1, "su-exec": 1}
#: Commands that ask or set something and return: a loop of them holds no requests of anybody.
CALLERS = {
    *["curl", "wget", "ping", "nslookup", "dig", "host", "jq", "kubectl"],
    *["sysctl", "nvidia-smi", "df", "du", "free", "uptime", "iptables", "ip"],
}
PACKAGE_MANAGERS = {"npm", "yarn", "pnpm", "npx"}
#: Commands of a shell, and what only waits: no app.
_QUIET = {"sleep", "wait", "tail", "exit"}
#: Options of the programs above that take the next word.
_WITH_VALUE = {"-p", "-e", "-n", "-u", "-r", "--rewrite"}
#: Shells that replace themselves by the last command: measured with bash 5.2 and BusyBox 1.35; dash 0.5.12 forks.
REPLACE_THEMSELVES = {"bash", "ash", "zsh", "ksh"}
_ASH = re.compile(r"(^|[/:.-])(alpine|busybox)")


class Kind(StrEnum):
    """What becomes of SIGTERM."""

    STAYS = "stays"
    MAY_FORK = "may-fork"
    INIT = "init"
    PACKAGE_MANAGER = "package-manager"
    SHORT_LOOP = "short-loop"
    TRAP = "trap"


class Obstacle(NamedTuple):
    """Why SIGTERM does not reach the app as it should.

    `program` is the init or the package manager; `reason` says what the shell does beside the app, in words.
    """

    kind: Kind
    program: str
    reason: Text


NOTHING = Text("", "")
LOOPS = Text("the app runs in a loop", "앱이 반복문 안에서 실행됩니다")
SHORT = Text("only short commands run, in a loop", "짧은 명령만 반복합니다")
REDIRECTED = Text(
    "the output of the app is redirected, for which bash forks it",
    "앱의 출력을 리다이렉트하므로 bash가 앱을 포크합니다",
)
GROUPED = Text(
    "the app runs in a subshell, a group or a function, for which bash forks it",
    "앱이 서브셸, 그룹, 함수 안에서 실행되므로 bash가 앱을 포크합니다",
)
PIPED = Text("the app runs in a pipe", "앱이 파이프 안에서 실행됩니다")
#: Measured as PID 1 of a namespace: bash 5.2, dash 0.5.12 and BusyBox 1.35 do the same, but that dash refuses the name SIGTERM.
TRAP_CUTS = Text(
    "the trap ends the wait of the shell, the script ends with it, and the app is cut before it has stopped",
    "trap이 실행되면 셸의 wait도 끝나고 스크립트가 종료됩니다. 앱은 정리를 마치기 전에 강제로 종료됩니다",
)
TRAP_TOO_LATE = Text(
    "the shell runs its trap only when the app has ended, so SIGTERM does not reach the app",
    "셸은 앱이 종료된 뒤에야 trap을 실행합니다. SIGTERM이 앱에 전달되지 않습니다",
)
_SIGTERM = {"TERM", "SIGTERM", "15"}
#: What a trap may do that takes no time; anything else, such as a function, is not judged.
_AT_ONCE = {"kill", "pkill", "killall", "exit", "echo", "printf", "true", ":"}


def obstacle(argv: Sequence[str], image: str = "") -> Obstacle | None:
    """What keeps SIGTERM from the app of a container that starts `argv`; `None` where it arrives, or nobody knows."""
    init, words = _behind_inits(list(argv))
    if not words:
        return None
    name, script = base(words[0]), script_of(words)
    if script is None:
        return Obstacle(Kind.PACKAGE_MANAGER, name, NOTHING) if name in PACKAGE_MANAGERS and not init else None
    steps = simple(script)
    trapped = _trapped(steps)
    if trapped is not None:
        return Obstacle(Kind.TRAP, name, trapped)
    reason = _beside(script, steps)
    started = steps[-1].words[1:] if steps and steps[-1].name == "exec" else ()
    if started and base(started[0]) in PACKAGE_MANAGERS and not init:
        return Obstacle(Kind.PACKAGE_MANAGER, base(started[0]), NOTHING)
    if reason is None:
        return None
    if reason is SHORT:  # behind an init the shell ends at once, and nothing is lost with it
        return None if init else Obstacle(Kind.SHORT_LOOP, name, reason)
    if reason is not NOTHING:
        return Obstacle(Kind.INIT if init else Kind.STAYS, init or name, reason)
    last = steps[-1].name
    if last in PACKAGE_MANAGERS and not init:
        return Obstacle(Kind.PACKAGE_MANAGER, last, NOTHING)
    ash = "busybox" in map(base, argv[: len(argv) - len(words)]) or _ASH.search(image)
    replaced = name in REPLACE_THEMSELVES or (name == "sh" and ash)
    kept = _kept(script, steps) if name == "bash" else None
    if kept is not None:
        return Obstacle(Kind.INIT if init else Kind.STAYS, init or name, kept)
    return None if replaced else Obstacle(Kind.MAY_FORK, init, NOTHING)


def _trapped(steps: list[Command]) -> Text | None:
    """Why a trap for SIGTERM helps nothing; `None` without one, where it helps, or where that cannot be told."""
    handlers = [step.words[1] for step in steps if step.name == "trap" and _SIGTERM & set(step.words[2:])]
    names = [step.name for step in steps]
    if len(handlers) != 1 or "exec" in names or KEYWORDS & set(names):
        return None
    handling = {step.name for handler in handlers for step in simple(handler)}
    if not handling or not handling <= _AT_ONCE:
        return None
    waits = _QUIET | INSTANT | {"trap"}
    behind = {step.name for step in steps if step.after == "&"}
    if behind:  # `trap : TERM; sleep infinity & wait` only waits: it has no app to cut
        ends = names.count("wait") == 1 and set(names[names.index("wait") + 1 :]) <= _AT_ONCE
        return TRAP_CUTS if ends and behind - waits else None
    return TRAP_TOO_LATE if set(names) - waits else None


def _kept(script: str, steps: list[Command]) -> Text | None:
    """Why bash does not replace itself by its last command. Tried with bash 5.2."""
    last = steps[-1]
    if last.redirected:
        return REDIRECTED
    functions = {step.name for step in steps if step.after == "("}
    grouped = last.after == ")" or last.name in functions or re.search(r"[;\s]\}\s*$", script)
    return GROUPED if grouped else None


def _behind_inits(words: list[str]) -> tuple[str, list[str]]:
    """The init that is PID 1, if one is, and the command line behind it."""
    init = ""
    while words and base(words[0]) in INITS | set(STEP_ASIDE):
        name = base(words.pop(0))
        init = name if name in INITS else init
        while words and (words[0].startswith("-") or (name == "env" and "=" in words[0])):
            option = words.pop(0)
            if option == "--":
                break
            if option in _WITH_VALUE:
                del words[:1]
        del words[: STEP_ASIDE.get(name, 0)]
    return init, words


def _beside(script: str, steps: list[Command]) -> Text | None:
    """What a shell does beside its app; `NOTHING` for one plain command, `None` where the app gets SIGTERM."""
    names = [step.name for step in steps]
    first = {word for step in steps for word in step.words[:2]}
    piped = len(steps) > 1 and steps[-2].after == "|"  # an exec in a pipe replaces a subshell, not the shell
    if not steps or "trap" in first or ("exec" in first and not piped) or idles(script):
        return None
    if re.match(r"\s*(while|until|for)\b", script) and names[-1] == "done":
        return SHORT if set(names) <= CALLERS | INSTANT | KEYWORDS | {"sleep", "wait"} else LOOPS
    if names[-1] in ("fi", "done", "esac"):
        return None
    if piped:
        return PIPED
    return _last(steps, names)


def _last(steps: list[Command], names: list[str]) -> Text:
    quiet = INSTANT | KEYWORDS | _QUIET
    apps = [index for index, name in enumerate(names) if name not in quiet]
    if apps and apps[-1] < len(steps) - 1:
        after = names[apps[-1] + 1]
        return Text(f"{after} follows the app", f"앱 뒤에 {after} 명령이 있습니다")
    if apps and steps[apps[-1]].after == "&":
        return Text("the app runs in the background", "앱이 백그라운드에서 실행됩니다")
    return NOTHING
