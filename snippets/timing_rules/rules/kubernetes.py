"""PT1xx: what goes wrong without any mesh: hooks, the grace period, signals, the endpoint race."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .. import shell, versions
from ..domain import NEVER, PROXY, Container, Hook, Pod
from ..duration import format_duration
from ..text import Text
from ..timeline import stop_timeout, timeline
from .registry import ASSUMED, DECLARED, Place, Problem, Severity, at, grace_at, replaced, rule

_FLOOR = int(versions.MINIMUM_STOP_TIMEOUT.value)
_INITS = {"tini", "dumb-init", "catatonit", "s6-svscan", "supervisord", "runsvdir", "docker-init"}


def _everyone(pod: Pod) -> list[Container]:
    return [*pod.containers, *pod.sidecars, *([pod.proxy] if pod.proxy is not None else [])]


def _hooked(pod: Pod) -> Iterator[tuple[Container, Hook]]:
    """Containers with a hook of their own that really runs."""
    for one in _everyone(pod):
        if one.preStop is not None and not one.preStop.istio and not one.preStop.fails:
            yield one, one.preStop


def _hook_at(pod: Pod, one: Container) -> Place:
    return at(pod, one, "lifecycle", "preStop")


@rule("PT101", Severity.ERROR)
def prestop_fills_grace(pod: Pod) -> Iterator[Problem]:
    """title: preStop fills the grace period
    title.ko: preStop 훅이 유예 기간을 다 씁니다
    what: Fires when a preStop hook of known length leaves no more than the kubelet's 2 s floor between SIGTERM and SIGKILL. `error` when the hook is as
        long as the grace period, else `warning`.
    what.ko: 길이를 아는 preStop 훅이 끝난 뒤 SIGTERM과 SIGKILL 사이에 kubelet의 최솟값인 2초 이하만 남으면 보고합니다. 훅이 유예 기간 이상이면 `error`,
        아니면 `warning`입니다.
    why: The grace period starts with the hook, not after it. What the hook uses is missing for the requests in flight.
    why.ko: 유예 기간은 훅이 끝난 뒤가 아니라 훅과 함께 시작합니다. 훅이 쓴 시간만큼 처리 중인 요청을 마칠 시간이 줄어듭니다.
    fix: Raise terminationGracePeriodSeconds to the hook plus the app's shutdown plus a second, or shorten the hook.
    fix.ko: terminationGracePeriodSeconds 값을 훅 + 앱의 종료 시간 + 1초 이상으로 늘리거나, 훅을 줄이십시오.
    message: the preStop hook of {c} takes {least}{p} s of a grace period of {g} s; {left} s are left after SIGTERM
    message.ko: {c} 컨테이너의 preStop 훅이 유예 기간 {g}초 가운데 {least}{p}초를 씁니다. SIGTERM 뒤에 남는 시간은 {left}초입니다
    message.unseen: the preStop hook of {c} takes {p} s; unless the grace period, which is not written here, is longer than the default {g} s, {left} s are
        left after SIGTERM
    message.unseen.ko: {c} 컨테이너의 preStop 훅이 {p}초 걸립니다. 여기에 없는 유예 기간이 기본값 {g}초보다 길지 않으면 SIGTERM 뒤에 남는 시간은
        {left}초입니다
    """
    if not versions.PRESTOP_COUNTS.holds(pod.kubernetes):
        return
    for one, hook in _hooked(pod):
        length = hook.least
        if length <= 0 or pod.grace - int(min(length, 1e9)) > _FLOOR:
            continue
        if one.shutdown is None or one.shutdown >= _FLOOR:
            severity = Severity.ERROR if length >= pod.grace and pod.grace_shown else Severity.WARNING
            say, left = "" if pod.grace_shown else "unseen", stop_timeout(pod.grace, length)
            least = Text("", "") if hook.seconds is not None else Text("at least ", "적어도 ")
            place = _hook_at(pod, one)
            yield Problem(place, one.name, severity, say=say, p=length, g=pod.grace, left=left, least=least)


@rule("PT102", Severity.ERROR)
def shutdown_exceeds_grace(pod: Pod) -> Iterator[Problem]:
    """title: preStop and shutdown exceed the grace period
    title.ko: preStop 훅과 앱 종료 시간의 합이 유예 기간을 넘습니다
    what: Fires when the declared shutdown of a container is longer than what the kubelet leaves it after its hook. Equal is a race: `warning`.
    what.ko: 선언한 종료 시간이 훅 뒤에 kubelet이 주는 시간보다 길면 보고합니다. 같으면 경합이므로 `warning`입니다.
    why: SIGKILL cuts every request that the app still holds.
    why.ko: SIGKILL이 앱이 아직 처리 중인 요청을 모두 끊습니다.
    fix: Raise terminationGracePeriodSeconds above preStop + shutdown, or limit the app's own graceful shutdown.
    fix.ko: terminationGracePeriodSeconds 값을 preStop + 종료 시간보다 크게 늘리거나, 앱의 우아한 종료 시간을 제한하십시오.
    message: {c} needs {a} s after SIGTERM and gets {b} s (grace {g} s, preStop {p} s)
    message.ko: {c} 컨테이너는 SIGTERM 뒤에 {a}초가 필요한데 {b}초만 받습니다 (유예 기간 {g}초, preStop {p}초)
    message.race: {c} needs {a} s after SIGTERM and gets exactly {b} s (grace {g} s, preStop {p} s): a race with SIGKILL
    message.race.ko: {c} 컨테이너는 SIGTERM 뒤에 {a}초가 필요한데 정확히 {b}초를 받습니다 (유예 기간 {g}초, preStop {p}초). SIGKILL과 경합합니다
    message.never: {c} ignores SIGTERM and is killed {b} s after it, with every request it holds
    message.never.ko: {c} 컨테이너가 SIGTERM을 무시하므로 {b}초 뒤에 처리 중인 요청과 함께 SIGKILL을 받습니다
    message.sidecar: the native sidecar {c} gets SIGTERM at {t} s, needs {a} s and is killed at {k} s
    message.sidecar.ko: 네이티브 사이드카 {c} 컨테이너는 {t}초에 SIGTERM을 받고 {a}초가 필요하지만 {k}초에 SIGKILL을 받습니다
    """
    found = False
    for one in pod.containers:
        hook = 0.0 if one.preStop is None else one.preStop.least
        budget = stop_timeout(pod.grace, hook, pod.kubernetes)
        if one.shutdown is None or one.shutdown < budget:
            continue
        found = True
        race = one.shutdown == budget
        severity = Severity.WARNING if race else Severity.ERROR
        say = "never" if one.shutdown == NEVER else "race" if race else ""
        yield Problem(grace_at(pod), one.name, severity, say=say, a=one.shutdown, p=hook, g=pod.grace, b=budget)
    line = timeline(pod)
    for one in pod.sidecars if not found else ():
        times = line.containers[one.name]
        if one.shutdown is not None and times.killed and times.sigterm is not None and times.sigkill is not None:
            yield Problem(grace_at(pod), one.name, say="sidecar", t=times.sigterm, a=one.shutdown, k=times.sigkill)


@rule("PT103", Severity.WARNING)
def no_grace_for_hook(pod: Pod) -> Iterator[Problem]:
    """title: No grace for a hook
    title.ko: 훅을 실행할 유예 기간이 없습니다
    what: Fires when the grace period is 0 or 1 second and a container has a preStop hook that takes time.
    what.ko: 유예 기간이 0초 또는 1초인데 시간이 걸리는 preStop 훅이 있으면 보고합니다.
    why: The kubelet cuts the hook after 1 s (0 becomes 1) and kills 2 s after SIGTERM.
    why.ko: kubelet은 훅을 1초 뒤에 중단하고(0은 1이 됩니다) SIGTERM 2초 뒤에 강제 종료합니다.
    fix: Give terminationGracePeriodSeconds at least the hook plus the app's shutdown.
    fix.ko: terminationGracePeriodSeconds 값을 훅과 앱의 종료 시간을 더한 값 이상으로 설정하십시오.
    message: the grace period is {g} s, so the preStop hook of {c} is cut after 1 s
    message.ko: 유예 기간이 {g}초이므로 {c} 컨테이너의 preStop 훅은 1초 뒤에 중단됩니다
    """
    for one, hook in _hooked(pod):
        if pod.grace <= 1 and hook.seconds != 0:
            yield Problem(grace_at(pod), one.name, g=pod.terminationGracePeriodSeconds)


@rule("PT104", Severity.INFO)
def unreadable_hook(pod: Pod) -> Iterator[Problem]:
    """title: The length of a hook cannot be read
    title.ko: 훅의 길이를 읽을 수 없습니다
    what: Fires for a hook that is a loop, a script, an httpGet or another command whose length the manifest does not tell, where that could change a
        verdict.
    what.ko: 반복문, 스크립트, httpGet처럼 매니페스트만으로 길이를 알 수 없는 훅이 판정을 바꿀 수 있을 때 보고합니다.
    why: Every sum with this hook is open: it may fill the grace period or be over at once.
    why.ko: 이 훅이 들어가는 계산은 모두 결과를 알 수 없습니다. 곧바로 끝날 수도 있고 유예 기간을 다 쓸 수도 있습니다.
    fix: Declare its longest time with the annotation timing-rules/prestop.<container>, or use the sleep action.
    fix.ko: 가장 오래 걸리는 시간을 timing-rules/prestop.<컨테이너> 어노테이션으로 선언하거나 sleep 동작을 쓰십시오.
    message: how long the preStop hook of {c} takes cannot be read from it
    message.ko: {c} 컨테이너의 preStop 훅이 얼마나 걸리는지 읽을 수 없습니다
    message.least: how long the preStop hook of {c} takes cannot be read from it, at least {p} s
    message.least.ko: {c} 컨테이너의 preStop 훅이 얼마나 걸리는지 읽을 수 없습니다 (적어도 {p}초)
    """
    for one, hook in _hooked(pod):
        if hook.node is not None and hook.seconds is None and pod.grace - int(hook.at_least) > _FLOOR:
            yield Problem(_hook_at(pod, one), one.name, say="least" if hook.at_least else "", p=hook.at_least)


@rule("PT105", Severity.ERROR)
def field_missing(pod: Pod) -> Iterator[Problem]:
    """title: The target Kubernetes does not have the field
    title.ko: 대상 쿠버네티스 버전에 없는 필드입니다
    what: Fires when the stated Kubernetes version lacks a field that the manifest uses: `error`; when the field is alpha and off by default: `warning`.
    what.ko: 명시한 쿠버네티스 버전에 없는 필드를 쓰면 `error`, 알파 단계라서 기본으로 꺼져 있으면 `warning`으로 보고합니다.
    why: The API server drops or refuses the field, so the hook, the order or the signal is not what the manifest says.
    why.ko: API 서버가 필드를 버리거나 거부하므로 훅, 종료 순서, 시그널이 매니페스트와 다르게 동작합니다.
    fix: Use an exec hook or an ordinary container for that version, or state the version that you really run.
    fix.ko: 그 버전에서는 exec 훅이나 일반 컨테이너를 쓰거나, 실제로 쓰는 버전을 명시하십시오.
    fix.zero: remove the hook
    fix.zero.ko: 훅을 지우십시오
    fix.signal: set STOPSIGNAL in the image instead
    fix.signal.ko: 이미지에 STOPSIGNAL을 설정하십시오
    message: Kubernetes {v} does not have {f} (since {first})
    message.ko: 쿠버네티스 {v} 버전에는 {f} 필드가 없습니다 ({first}부터)
    message.alpha: {f} is alpha in Kubernetes {v} and off by default
    message.alpha.ko: {f} 필드는 쿠버네티스 {v} 버전에서 알파 단계이며 기본으로 꺼져 있습니다
    """
    version = pod.kubernetes
    for fact, name, one, keys in _fields(pod) if version is not None else ():
        if not fact.holds(version):
            place, first = at(pod, one, *keys.split(".")), fact.alpha or fact.since
            severity, say = (Severity.WARNING, "alpha") if fact.exists(version) else (Severity.ERROR, "")
            fix = {versions.SLEEP_ZERO: "zero", versions.STOP_SIGNAL: "signal"}.get(fact, "")
            yield Problem(place, one.name, severity, say=say, fix=fix, v=version, f=name, first=first)


def _fields(pod: Pod) -> Iterator[tuple[versions.Fact, str, Container, str]]:
    """The fields in use that not every Kubernetes has: the fact, a name, the container, and the keys in it."""
    for one in _everyone(pod):
        hook = one.preStop
        if hook is not None and hook.kind == "sleep" and hook.node is not None:
            yield versions.SLEEP_ACTION, "preStop.sleep", one, "lifecycle.preStop.sleep"
            if hook.seconds == 0 and versions.SLEEP_ACTION.holds(pod.kubernetes):
                yield versions.SLEEP_ZERO, "sleep.seconds: 0", one, "lifecycle.preStop.sleep.seconds"
        if one.node is not None and one.node.get("lifecycle", "stopSignal") is not None:
            yield versions.STOP_SIGNAL, "lifecycle.stopSignal", one, "lifecycle.stopSignal"
    for one in _everyone(pod)[len(pod.containers) :]:
        if one.node is not None and one.node.get("restartPolicy") is not None:
            yield versions.SIDECAR_FIELD, "restartPolicy: Always", one, "restartPolicy"


@rule("PT106", Severity.ERROR)
def hook_without_shell(pod: Pod) -> Iterator[Problem]:
    """title: The hook needs a shell that the image lacks
    title.ko: 훅에 필요한 셸이 이미지에 없습니다
    what: Fires when an exec hook calls a shell or `sleep` in a distroless or Chainguard image without either, for `sh -c sleep 30`, which runs `sleep`
        without a time, and for `sleep 30` as one word, which is the name of no program.
    what.ko: exec 훅이 셸이나 `sleep` 프로그램을 호출하는데 둘 다 없는 distroless, Chainguard 이미지이면 보고합니다. 시간 없이 `sleep`을 실행하는
        `sh -c sleep 30`, 프로그램 이름이 될 수 없는 한 낱말 `sleep 30`도 보고합니다.
    why: The hook fails at once (FailedPreStopHook) and SIGTERM follows: the delay is silently 0.
    why.ko: 훅이 곧바로 실패하고(FailedPreStopHook) SIGTERM이 이어집니다. 대기 시간은 아무 경고 없이 0이 됩니다.
    fix: Use the sleep action (Kubernetes 1.30 and later), which needs nothing in the image.
    fix.ko: 이미지에 아무것도 필요 없는 sleep 동작을 쓰십시오 (쿠버네티스 1.30 이상).
    fix.split: write ["sh", "-c", "sleep 30"] or ["sleep", "30"]: the script of a shell in one string, all else word by word; or use the sleep action
    fix.split.ko: ["sh", "-c", "sleep 30"] 또는 ["sleep", "30"]처럼 셸 스크립트는 문자열 하나로, 나머지는 낱말마다 나누어 쓰거나 sleep 동작을 쓰십시오
    message.split: the words of the preStop hook of {c} are split wrongly, so it fails at once: the delay is 0
    message.split.ko: {c} 컨테이너의 preStop 훅은 낱말을 잘못 나누었으므로 곧바로 실패하고 대기 시간은 0이 됩니다
    message: {c} runs {image}, which has no {tool}: its preStop hook fails and the delay is 0
    message.ko: {c} 컨테이너의 이미지 {image} 안에는 {tool} 프로그램이 없습니다. preStop 훅이 실패하고 대기 시간은 0이 됩니다
    """
    for one in _everyone(pod):
        if one.preStop is not None and one.preStop.fails:
            place = at(pod, one, "lifecycle", "preStop", "exec")
            split = "split" if shell.splits_script(one.preStop.command) else ""
            if split or one is not pod.proxy:  # PT216 speaks of a distroless istio-proxy
                yield Problem(place, one.name, say=split, fix=split, image=one.image, tool=one.preStop.command[0])


@rule("PT107", Severity.ERROR)
def sleep_rejected(pod: Pod) -> Iterator[Problem]:
    """title: sleep.seconds that the API server rejects
    title.ko: API 서버가 거부하는 sleep.seconds 값입니다
    what: Fires when `sleep.seconds` is negative or greater than terminationGracePeriodSeconds. Equal is accepted (see PT101).
    what.ko: `sleep.seconds` 값이 음수이거나 terminationGracePeriodSeconds보다 크면 보고합니다. 같은 값은 받아들여집니다 (PT101 참고).
    why: The API server refuses the whole object.
    why.ko: API 서버가 객체 전체를 거부합니다.
    fix: Raise terminationGracePeriodSeconds above the sleep plus the app's shutdown.
    fix.ko: terminationGracePeriodSeconds 값을 sleep과 앱의 종료 시간을 더한 값보다 크게 설정하십시오.
    message: sleep.seconds is {p}; the API server accepts 0 to {g}, the grace period
    message.ko: sleep.seconds 값이 {p}입니다. API 서버는 0부터 유예 기간 {g}까지만 받아들입니다
    message.unseen: sleep.seconds is {p}; the API server accepts it only with a grace period as long, and none is written here (the default is {g} s)
    message.unseen.ko: sleep.seconds 값이 {p}입니다. 유예 기간이 그만큼 길어야 API 서버가 받아들이는데 여기에는 없습니다 (기본값은 {g}초입니다)
    """
    grace = pod.terminationGracePeriodSeconds
    for one in _everyone(pod):
        node = one.preStop.node.get("sleep", "seconds") if one.preStop is not None and one.preStop.node else None
        if node is not None and isinstance(node.value, int) and not 0 <= node.value <= grace:
            place = at(pod, one, "lifecycle", "preStop", "sleep", "seconds")
            edits = replaced(node, "0") if node.value < 0 else ()
            unseen = node.value > grace and not pod.grace_shown
            severity, say = (Severity.WARNING, "unseen") if unseen else (Severity.ERROR, "")
            yield Problem(place, one.name, severity, say=say, edits=edits, p=node.value, g=grace)


@rule("PT108", Severity.WARNING)
def shell_as_pid_1(pod: Pod) -> Iterator[Problem]:
    """title: PID 1 will not pass SIGTERM on
    title.ko: PID 1이 SIGTERM을 전달하지 않습니다
    what: Fires when `command` is a shell with `-c` and something follows the app, or the app runs in a pipe or a loop, without exec, trap or an init. One
        plain command is `info`: dash forks it, bash and ash do not.
    what.ko: `command` 값이 `-c` 옵션을 쓴 셸이고, 앱 뒤에 다른 명령이 있거나 앱이 파이프나 반복문 안에서 실행되는데, exec도 trap도 init도 없으면 보고합니다.
        명령이 하나뿐이면 `info`입니다. dash는 포크하고 bash와 ash는 포크하지 않습니다.
    why: The shell is PID 1, gets SIGTERM and ignores it. The app never learns of it and is killed at the end of the grace period.
    why.ko: 셸이 PID 1로서 SIGTERM을 받고 무시합니다. 앱은 SIGTERM을 모른 채 유예 기간이 끝날 때 SIGKILL을 받습니다.
    fix: Start the app with exec as the last command, or use an init such as tini.
    fix.ko: 마지막 명령에서 exec으로 앱을 시작하거나 tini 같은 init을 쓰십시오.
    message: {c}: the shell is PID 1 and {reason}, so SIGTERM does not reach the app
    message.ko: {c}: 셸이 PID 1이고 {reason}. SIGTERM이 앱에 닿지 않습니다
    message.plain: {c}: the shell is PID 1; dash (Debian, Ubuntu) does not pass SIGTERM on, bash and ash do
    message.plain.ko: {c}: 셸이 PID 1입니다. dash(Debian, Ubuntu)는 SIGTERM을 전달하지 않고 bash와 ash는 전달합니다
    """
    policy = pod.node.get("restartPolicy") if pod.node is not None else None
    if pod.is_job or (policy is not None and policy.value in ("Never", "OnFailure")):
        return
    for one in (*pod.containers, *pod.sidecars):
        script = shell.script_of((*one.command, *one.args)) if one.command else None
        reason = _pid_1(script) if script is not None else None
        if reason is None or one.name == PROXY:
            continue
        place = at(pod, one, "command")
        if reason is _PLAIN:
            yield Problem(place, one.name, Severity.INFO, say="plain")
        else:
            yield Problem(place, one.name, reason=reason)


_PLAIN = Text("", "")


def _pid_1(script: str) -> Text | None:
    """Why SIGTERM does not reach the app that a script runs; `_PLAIN` if that hangs on the shell, `None` if it does."""
    steps = shell.simple(script)
    names = [step.name for step in steps]
    first = {word for step in steps for word in step.words[:2]}
    piped = len(steps) > 1 and steps[-2].after == "|"  # an exec in a pipe replaces a subshell, not the shell
    if not steps or "trap" in first or ("exec" in first and not piped) or _INITS & set(names):
        return None
    if shell.idles(script):
        return None  # it only waits: nobody's request is lost
    if re.match(r"\s*(while|until|for)\b", script) and names[-1] == "done":
        return Text("the app runs in a loop", "앱이 반복문 안에서 실행됩니다")
    if names[-1] in ("fi", "done", "esac"):
        return None
    if piped:
        return Text("the app runs in a pipe", "앱이 파이프 안에서 실행됩니다")
    quiet = shell.INSTANT | shell.KEYWORDS | {"sleep", "wait", "tail", "exit"}
    real = [index for index, name in enumerate(names) if name not in quiet]
    if real and real[-1] < len(steps) - 1:
        after = names[real[-1] + 1]
        return Text(f"{after} follows the app", f"앱 뒤에 {after} 명령이 있습니다")
    if real and steps[real[-1]].after == "&":
        return Text("the app runs in the background", "앱이 백그라운드에서 실행됩니다")
    return _PLAIN


@rule("PT109", Severity.WARNING)
def endpoint_race(pod: Pod) -> Iterator[Problem]:
    """title: Stops accepting before clients know
    title.ko: 클라이언트가 알기 전에 연결을 그만 받습니다
    what: Fires for a container that a Service of the same input sends to, when preStop + accepts-after-sigterm is 0, or less than a declared propagation.
        With ports but no Service in sight: `info`.
    what.ko: 같은 입력의 Service가 가리키는 컨테이너에서 preStop + accepts-after-sigterm 값이 0이거나 선언한 propagation보다 짧으면 보고합니다. 포트는
        있지만 Service가 보이지 않으면 `info`입니다.
    why: SIGTERM and the removal of the endpoint start together and do not wait for each other. A server that closes its listener at SIGTERM refuses
        clients that do not know yet.
    why.ko: SIGTERM과 엔드포인트 제거는 동시에 시작하고 서로 기다리지 않습니다. SIGTERM을 받자마자 리스너를 닫는 서버는 아직 모르는 클라이언트의 연결을 거부합니다.
    fix: Add a preStop sleep of the propagation delay and raise the grace period by as much, or declare timing-rules/accepts-after-sigterm if the app goes
        on accepting.
    fix.ko: 전파 지연만큼 preStop sleep을 넣고 유예 기간도 그만큼 늘리십시오. 앱이 SIGTERM 뒤에도 연결을 받는다면 timing-rules/accepts-after-sigterm
        값을 선언하십시오.
    fix.exact: add lifecycle.preStop.sleep.seconds: {k} (or longer) and raise terminationGracePeriodSeconds by {by}
    fix.exact.ko: lifecycle.preStop.sleep.seconds: {k} 이상을 넣고 terminationGracePeriodSeconds 값을 {by} 늘리십시오
    fix.stops: let the hook sleep first, and stop the app after that
    fix.stops.ko: 훅이 먼저 sleep을 실행하고 그 뒤에 앱을 멈추게 하십시오
    message.stops: the preStop hook stops {c} at {u} s; clients that still send are refused until {k} s ({how})
    message.stops.ko: preStop 훅이 {u}초에 {c} 컨테이너를 멈춥니다. 아직 요청을 보내는 클라이언트는 {k}초까지 거부됩니다 ({how})
    message: unless {c} goes on accepting after SIGTERM (at {u} s), clients that still send are refused until {k} s ({how})
    message.ko: {c} 컨테이너가 SIGTERM({u}초) 뒤에도 연결을 받지 않으면, 아직 요청을 보내는 클라이언트는 {k}초까지 거부됩니다 ({how})
    """
    facts = pod.assumptions
    wanted, know = facts.propagation, facts.clients_know_after
    for one in pod.containers if not pod.is_job else ():
        hook = one.preStop
        stops = hook.stops_at if hook is not None else None
        if one.name == PROXY or (hook is not None and (hook.fails or (hook.seconds is None and stops is None))):
            continue
        serves = _selected(pod, one)
        public = [name for name, _ in one.ports if not re.search(r"metric|prom|probe|profil|health", name)]
        if _never_serves(one) or (not serves and (pod.services is not None or not public)):
            continue
        length = stops if stops is not None else hook.seconds if hook is not None else None
        until = (length or 0.0) + facts.accepts
        if until < know and (until <= 0 or wanted is not None):
            severity, how = Severity.WARNING if serves else Severity.INFO, ASSUMED if wanted is None else DECLARED
            known = stops is None or hook is None or hook.seconds is not None
            say, fix = ("", "exact") if known else ("stops", "stops")
            by, place = format_duration(know), _hook_at(pod, one)
            yield Problem(place, one.name, severity, say=say, fix=fix, u=until, k=know, how=how, by=by)


def _never_serves(one: Container) -> bool:
    """Whether what the container visibly runs only waits, like `sleep infinity`."""
    argv = (*one.command, *one.args) if one.command else ()
    script = shell.script_of(argv)
    if script is not None:
        return shell.idles(script)
    return (bool(argv) and argv[0].rpartition("/")[2] in ("sleep", "tail", "pause")) or "/pause:" in one.image


def _selected(pod: Pod, one: Container) -> bool:
    """Whether a Service sends to a port of the container."""
    if pod.services is None:
        return False
    mine = {name for name, _ in one.ports if name} | {number for _, number in one.ports}
    declared = {number for other in _everyone(pod) for _, number in other.ports}
    stray = [port for port in pod.services if isinstance(port, int) and port not in declared]
    return bool(mine & set(pod.services)) or (bool(stray) and len(pod.containers) == 1)
