"""A pod as a handful of numbers, for the page "Move the timers": numbers in, its picture, what it loses and its manifest out.

Nothing here computes a time or judges: the numbers become a `Pod`, and the timeline of that is shown. Nothing is read from
YAML, so that a step of a slider costs one timeline; a test holds that the manifest, once read, gives the same one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from . import versions
from .domain import NEVER, PROXY, Assumptions, Container, Hook, Pod, ProxySettings, Sidecar
from .show import sketch
from .show.cause import lanes, loss_line, loss_span, senders, verdict
from .show.picture import svg
from .show.scale import GRACE
from .text import Text, seconds
from .timeline import Timeline, timeline
from .versions import parse_version

SIDECARS = tuple(str(mode) for mode in (Sidecar.NATIVE, Sidecar.CLASSIC, Sidecar.NONE, Sidecar.GATEWAY))
KINDS = ("Deployment", "Job")
#: The longest time that may be asked for: a week, in seconds.
LONGEST = 604_800
_AGENT = ("terminationDrainDuration", "MINIMUM_DRAIN_DURATION", "connections_idle_after")
_APP = "app"


class State(NamedTuple):
    """Every number of the page. Times are seconds; infinity is never. 0 stands for none of a hook, a balancer and a notice."""

    sidecar: str = str(Sidecar.NATIVE)
    kind: str = KINDS[0]
    istio: str = str(versions.NEWEST["istio"])
    kubernetes: str = str(versions.NEWEST["kubernetes"])
    terminationGracePeriodSeconds: float = versions.TERMINATION_GRACE_PERIOD.value
    preStop: float = 0
    app_shutdown: float = 10
    propagation: float = versions.PROPAGATION.value
    lb_deregistration: float = 0
    node_shutdown: float = 0
    terminationDrainDuration: float = versions.TERMINATION_DRAIN_DURATION.value
    drainDuration: float = versions.DRAIN_DURATION.value
    EXIT_ON_ZERO_ACTIVE_CONNECTIONS: bool = False
    MINIMUM_DRAIN_DURATION: float = versions.MINIMUM_DRAIN_DURATION.value
    connections_idle_after: float = 0


class Length(NamedTuple):
    """What a time may be: how far its slider goes, its least value, whole seconds alone, and whether it may be never."""

    most: int
    least: int = 0
    whole: bool = False
    never: bool = False


LENGTHS = {
    "preStop": Length(60, whole=True),
    "terminationGracePeriodSeconds": Length(120, whole=True),
    "app_shutdown": Length(90, never=True),
    "propagation": Length(30),
    "lb_deregistration": Length(180),
    "terminationDrainDuration": Length(90),
    "drainDuration": Length(90, least=1, whole=True),
    "MINIMUM_DRAIN_DURATION": Length(90),
    "connections_idle_after": Length(90, never=True),
    "node_shutdown": Length(120, whole=True),
}
#: Pods to begin with, each with what goes wrong and with what mends it.
PRESETS = {
    "native": (State(), State(preStop=10)),
    "classic": (
        State("classic", preStop=10),
        State("classic", preStop=10, terminationDrainDuration=25),
    ),
    "exit-on-zero": (
        State("classic", preStop=10, EXIT_ON_ZERO_ACTIVE_CONNECTIONS=True),
        State("classic", preStop=10, EXIT_ON_ZERO_ACTIVE_CONNECTIONS=True, MINIMUM_DRAIN_DURATION=20),
    ),
    "gateway": (
        State("gateway", lb_deregistration=60),
        State(
            "gateway", lb_deregistration=60, preStop=60, terminationDrainDuration=30, terminationGracePeriodSeconds=100
        ),
    ),
    "job": (State("classic", "Job", app_shutdown=20), State("native", "Job", app_shutdown=20)),
    "spot": (
        State(preStop=10, app_shutdown=150, terminationGracePeriodSeconds=300, node_shutdown=120),
        State(preStop=10, app_shutdown=60, terminationGracePeriodSeconds=90, node_shutdown=120),
    ),
}

# fmt: off
_UNKNOWN = Text("the calculator has no {name}; remove it from the address", "계산기에 {name} 항목이 없습니다. 주소에서 지우십시오")
_NO_CHOICE = Text('{name}: "{value}" is none of {known}', '{name}: "{value}" 값은 쓸 수 없습니다. 다음 중에서 고르십시오: {known}')
_NO_NUMBER = Text('{name}: "{value}" is not a number of seconds; write one such as 30', '{name}: "{value}" 값은 초 단위 숫자가 아닙니다. 30처럼 적으십시오')
_EMPTY = Text("{name} is empty; write a number of seconds such as 30", "{name} 항목이 비어 있습니다. 30처럼 초 단위 숫자를 적으십시오")
_NOT_WHOLE = Text("{name} takes whole seconds, not {value}", "{name} 항목에는 소수 없이 초 단위 정수를 적으십시오. 현재 값은 {value}입니다")
_OUT_OF_RANGE = Text("{name} must be {least} to {most} s, not {value}", "{name} 값은 {least}~{most}초여야 합니다. 현재 값은 {value}입니다")
_GATEWAY_JOB = Text("a gateway does not run as a Job; choose Deployment", "게이트웨이는 Job으로 실행하지 않습니다. Deployment를 고르십시오")
_NO_NATIVE = Text(
    "native sidecars need Kubernetes {kubernetes} and Istio {istio}; choose newer versions, or classic",
    "네이티브 사이드카를 쓰려면 Kubernetes {kubernetes} 이상, Istio {istio} 이상이어야 합니다. 더 높은 버전을 "
    "고르거나 클래식을 고르십시오",
)
_NO_PROXY = Text("No effect: this pod has no proxy.", "효과 없음: 이 파드에는 프록시가 없습니다.")
_NO_APP = Text("No effect: in a gateway the proxy is all there is.", "효과 없음: 게이트웨이에는 프록시만 있습니다.")
_DRAINED = Text(
    "No effect: a native proxy drains from the first second on, outlives the app, and exits at its SIGTERM.",
    "효과 없음: 네이티브 프록시는 처음부터 드레인하고, 앱이 종료된 뒤에 SIGTERM을 받으면 바로 종료됩니다.",
)
_NOT_COUNTED = Text(
    "No effect without EXIT_ON_ZERO_ACTIVE_CONNECTIONS.", "EXIT_ON_ZERO_ACTIVE_CONNECTIONS 설정이 없으면 효과가 없습니다."
)
_REPLACED = Text(
    "No effect: EXIT_ON_ZERO_ACTIVE_CONNECTIONS replaces it.", "효과 없음: EXIT_ON_ZERO_ACTIVE_CONNECTIONS 설정이 이 값을 대신합니다."
)
_NOBODY_SENDS = Text("No effect: nobody sends requests to a Job.", "효과 없음: Job에는 요청을 보내는 클라이언트가 없습니다.")
_LOST_IN = Text("Requests can be lost: {spans}.", "요청을 잃을 수 있는 시간: {spans}.")
_LOST = Text("Requests can be lost.", "요청을 잃을 수 있습니다.")
_KEPT = Text("No request is lost.", "잃는 요청이 없습니다.")
_WORK_LOST_IN = Text("Work can be lost: {spans}.", "작업이 끊길 수 있는 시간: {spans}.")
_WORK_LOST = Text("Work can be lost.", "작업이 끊길 수 있습니다.")
_WORK_KEPT = Text("No work is lost.", "끊기는 작업이 없습니다.")
_RAISED = Text("Kubernetes raises a grace period of 0 to {least} s.", "유예 기간을 0으로 정하면 쿠버네티스가 {least}초로 바꿉니다.")
_NODE = Text("node gone", "노드 사라짐")
_NODE_FIRST = Text(
    "The node is gone after {notice} s, before the grace period of {grace} s is over: the picture ends there.",
    "유예 기간 {grace}초가 끝나기 전, {notice}초에 노드가 사라집니다. 그림은 그 시각까지만 그립니다.",
)
_NODE_TOO_SOON = Text(
    "The node is gone after {notice} s, before the grace period of {grace} s is over. Kubernetes leaves time after SIGTERM "
    "even then, and the picture shows it; but the node need not wait for what comes after {notice} s.",
    "유예 기간 {grace}초가 끝나기 전, {notice}초에 노드가 사라집니다. 쿠버네티스는 이때도 SIGTERM 뒤에 종료할 시간을 주며 그림에 "
    "그 시간까지 나옵니다. 다만 {notice}초가 지나면 노드가 기다려 주지 않을 수 있습니다.",
)
# fmt: on


class Refused(ValueError):
    """Numbers that no pod has; `sentence` says which in both languages. `field` is the one to change, where it is one."""

    def __init__(self, sentence: Text, field: str = "") -> None:
        self.sentence, self.field = sentence, field
        super().__init__(sentence.en)


def read(given: Mapping[str, object]) -> State:
    """The state of an address or of the page's fields; what is not given is as in `State()`. Errors: `Refused`."""
    values = {}
    for name, value in given.items():
        if name not in State._fields:
            raise Refused(_UNKNOWN.format(name=_shown(name)))
        values[name] = _value(name, str(value))
    state = State(**values)
    if state.sidecar == Sidecar.GATEWAY and state.kind == "Job":
        raise Refused(_GATEWAY_JOB)
    kubernetes, istio = (parse_version(name, getattr(state, name)) for name in ("kubernetes", "istio"))
    native, env = versions.SIDECAR_FIELD, versions.NATIVE_ENV
    if state.sidecar == Sidecar.NATIVE and not (native.exists(kubernetes) and env.holds(istio)):
        raise Refused(_NO_NATIVE.format(kubernetes=native.alpha, istio=env.since))
    return state


def _value(name: str, text: str) -> Any:
    choices = _CHOICES.get(name)
    if choices is not None:
        if text not in choices:
            raise Refused(_NO_CHOICE.format(name=name, value=_shown(text), known=", ".join(choices)), name)
        return text == "true" if choices == _SWITCH else text
    length = LENGTHS[name]
    if length.never and text == "never":
        return NEVER
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    # As the manifest and the flags have it: what is no field of an API is a `timing-rules/` annotation there.
    told = {"name": name.replace("_", "-") if name.islower() else name, "value": _shown(text)}
    if not text.strip():
        raise Refused(_EMPTY.format(name=told["name"]), name)
    if not math.isfinite(value):
        raise Refused(_NO_NUMBER.format(**told), name)
    if not length.least <= value <= LONGEST:
        raise Refused(_OUT_OF_RANGE.format(**told, least=length.least, most=LONGEST), name)
    if length.whole and value != int(value):
        raise Refused(_NOT_WHOLE.format(**told), name)
    return round(value, 3)


def _shown(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"


def releases(component: str) -> tuple[str, ...]:
    """Every release of `kubernetes` or `istio` that the facts cover, the newest first."""
    oldest, newest = versions.OLDEST[component], versions.NEWEST[component]
    return tuple(f"{newest.major}.{minor}" for minor in range(newest.minor, oldest.minor - 1, -1))


_SWITCH = ("false", "true")
_CHOICES = {
    "sidecar": SIDECARS,
    "kind": KINDS,
    "istio": releases("istio"),
    "kubernetes": releases("kubernetes"),
    "EXIT_ON_ZERO_ACTIVE_CONNECTIONS": _SWITCH,
}


def written(state: State) -> dict[str, str]:
    """The state as the texts that `read` takes, without what is as in `State()`."""
    return {name: _text(value) for name, value in state._asdict().items() if value != State._field_defaults[name]}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return _SWITCH[value]
    if isinstance(value, int | float):
        return "never" if value == NEVER else seconds(value)
    return str(value)


def pod_of(state: State) -> Pod:
    """The pod, as it is read from its manifest. Where the node is gone first, that ends its grace period."""
    gateway = state.sidecar == Sidecar.GATEWAY
    hook = Hook("sleep", float(state.preStop)) if state.preStop else None
    ports = (("", 8080),) if state.kind != "Job" else ()
    app = Container(_APP, hook, shutdown=state.app_shutdown, ports=ports)
    return Pod(
        containers=() if gateway else (app,),
        proxy=Container(PROXY, hook, image="auto") if gateway else None,
        terminationGracePeriodSeconds=int(min(state.terminationGracePeriodSeconds, state.node_shutdown or LONGEST)),
        sidecar=Sidecar(state.sidecar),
        settings=ProxySettings(
            state.terminationDrainDuration,
            state.drainDuration,
            state.MINIMUM_DRAIN_DURATION,
            state.EXIT_ON_ZERO_ACTIVE_CONNECTIONS,
        ),
        assumptions=Assumptions(
            istio=state.istio,
            kubernetes=state.kubernetes,
            propagation=state.propagation if _changed(state, "propagation") else None,
            connections_idle_after=state.connections_idle_after,
            lb_deregistration=state.lb_deregistration or None,
            node_shutdown=state.node_shutdown or None,
        ),
        kind=state.kind,
        name=_APP,
    )


def state_of(pod: Pod) -> State | None:
    """The numbers of a pod, or `None` where they would not say all that decides how it stops.

    Whatever it is made of, it can be shown if the pod of its numbers stops in the same way and loses the same.
    """
    line = timeline(pod)
    pod = line.pod
    shown = [pod.proxy] if line.sidecar is Sidecar.GATEWAY else list(pod.containers)
    if line.unknown or pod.sidecars or len(shown) != 1 or shown[0] is None:
        return None
    app, facts, hook = shown[0], pod.assumptions, shown[0].preStop
    if facts.accepts or (hook is not None and hook != Hook(hook.kind, hook.seconds, command=hook.command)):
        return None
    texts = {
        "sidecar": line.sidecar,
        "kind": "Job" if pod.is_job else KINDS[0],
        "istio": line.istio,
        "kubernetes": line.kubernetes,
        "terminationGracePeriodSeconds": pod.terminationGracePeriodSeconds,
        "preStop": float((hook and hook.seconds) or 0),
        "propagation": float(facts.clients_know_after),
        "lb_deregistration": facts.lb_deregistration or 0,
        "node_shutdown": facts.node_shutdown or 0,
        "connections_idle_after": facts.connections_idle_after or 0,
        **({} if app.shutdown is None else {"app_shutdown": float(app.shutdown)}),
        **{name: getattr(pod.settings, name) for name in _SETTINGS},
    }
    try:
        state = read({name: _text(value) for name, value in texts.items()})
    except Refused:
        return None
    return state if _told(timeline(pod_of(state))) == _told(line) else None


def _told(line: Timeline) -> tuple[object, ...]:
    """All that a picture tells of a timeline, but for names."""
    proxy = None if line.proxy is None else {**vars(line.proxy), "container": ""}
    lost = [(loss.start, loss.end) for loss in line.losses]
    return (
        line.grace,
        [line.containers[name] for name in lanes(line)],
        proxy,
        lost,
        [sender.until for sender in senders(line)],
        verdict(line),
    )


def _changed(state: State, name: str) -> bool:
    return bool(getattr(state, name) != State._field_defaults[name])


def without_effect(state: State) -> dict[str, Text]:
    """The numbers that change nothing in this pod, each with the reason."""
    istio = parse_version("istio", state.istio)
    reasons = dict[str, Text]()
    if state.sidecar == Sidecar.NONE:
        reasons = dict.fromkeys((*_AGENT, "drainDuration", "EXIT_ON_ZERO_ACTIVE_CONNECTIONS", "istio"), _NO_PROXY)
    elif state.sidecar == Sidecar.NATIVE and versions.DRAIN_HOOK.holds(istio):
        reasons = dict.fromkeys((*_AGENT, "drainDuration", "EXIT_ON_ZERO_ACTIVE_CONNECTIONS"), _DRAINED)
    elif state.EXIT_ON_ZERO_ACTIVE_CONNECTIONS:
        reasons = {"terminationDrainDuration": _REPLACED}
    else:
        reasons = dict.fromkeys(("MINIMUM_DRAIN_DURATION", "connections_idle_after"), _NOT_COUNTED)
    if state.sidecar == Sidecar.GATEWAY:
        reasons["app_shutdown"] = _NO_APP
    if state.kind == "Job" and "drainDuration" in reasons:
        reasons |= dict.fromkeys(("propagation", "lb_deregistration"), _NOBODY_SENDS)
    return reasons


def answer(question: str) -> dict[str, Any]:
    """The answer to `{"command": "draw", "state": …, "lang": …}` (JSON), which the page's Worker asks."""
    asked = json.loads(question)
    return draw(asked["state"], asked["lang"])


def draw(given: Mapping[str, object], lang: str) -> dict[str, Any]:
    """What the page shows of a state: the picture, the verdict, a note, the manifest, and what has no effect and why.

    Of numbers that no pod has, the sentence that refuses them, as `refused`, and the `field` to change.
    """
    try:
        state = read(given)
    except Refused as error:
        return {"refused": error.sentence.get(lang), "field": error.field}
    line = timeline(pod_of(state))
    notes = " ".join(text.get(lang) for text in _notes(state, line))
    return {
        "state": {name: _text(value) for name, value in state._asdict().items()},
        "picture": svg(line, lang=lang, limit=_NODE if _node_first(state) else GRACE),
        "lost": bool(line.losses),
        "headline": _headline(line).get(lang),
        "note": notes,
        "verdict": " ".join([*(text.get(lang) for text in _verdict(line)), notes]).strip(),
        "yaml": manifest(state),
        "link": {"pods": [_sketch(state)], "options": _options(state)},
        "without_effect": {name: text.get(lang) for name, text in without_effect(state).items()},
    }


def _headline(line: Timeline) -> Text:
    """In a few words whether requests are lost, or a Job's work, and when; the picture says why."""
    spans = {(loss.start, loss.end): loss for loss in line.losses}
    en, ko = (", ".join(loss_span(loss, lang) for loss in spans.values()) for lang in ("en", "ko"))
    said, kept = (_LOST_IN, _KEPT) if senders(line) else (_WORK_LOST_IN, _WORK_KEPT)
    return Text(said.en.format(spans=en), said.ko.format(spans=ko)) if spans else kept


def _verdict(line: Timeline) -> Iterator[Text]:
    """The same with the reasons, for who cannot see the picture."""
    said, kept = (_LOST, _KEPT) if senders(line) else (_WORK_LOST, _WORK_KEPT)
    if line.losses:
        yield said
        for loss in line.losses:
            yield Text(f"{loss_line(loss, 'en')}.", f"{loss_line(loss, 'ko')}.")
    else:
        yield kept
        yield verdict(line) or Text("", "")


def _node_first(state: State) -> bool:
    return 0 < state.node_shutdown < state.terminationGracePeriodSeconds


def _notes(state: State, line: Timeline) -> Iterator[Text]:
    """Where the picture shows another grace period than the field."""
    least = versions.MINIMUM_GRACE_PERIOD.value
    if state.terminationGracePeriodSeconds < least:
        yield _RAISED.format(least=seconds(least))
    if _node_first(state):
        told = {"grace": seconds(state.terminationGracePeriodSeconds), "notice": seconds(state.node_shutdown)}
        if line.ends is not None and line.ends > state.node_shutdown:
            yield _NODE_TOO_SOON.format(**told)
        else:
            yield _NODE_FIRST.format(**told)


def manifest(state: State) -> str:
    """The manifest of a state: what is set, what is declared, and nothing that has no effect."""
    # Before it reads the annotation, istiod makes a sidecar native by a setting of its own.
    asks = state.sidecar == Sidecar.NATIVE and not versions.NATIVE_ANNOTATION.holds(parse_version("istio", state.istio))
    return ('# istiod: ENABLE_NATIVE_SIDECARS: "true"\n' if asks else "") + sketch.written(_sketch(state))


_SETTINGS = ("terminationDrainDuration", "drainDuration", "EXIT_ON_ZERO_ACTIVE_CONNECTIONS", "MINIMUM_DRAIN_DURATION")
#: What is declared of a pod, by the name of its annotation.
_DECLARED = {
    name.replace("_", "-"): name
    for name in ("propagation", "lb_deregistration", "connections_idle_after", "node_shutdown")
}


def _sketch(state: State) -> dict[str, Any]:
    idle = without_effect(state)
    gateway = state.sidecar == Sidecar.GATEWAY
    app: dict[str, Any] = {"name": _APP, "ports": state.kind != "Job"}
    app |= {"prestop": state.preStop} if state.preStop else {}
    proxy, app = dict(app), {**app, "shutdown": _value_or_never(state.app_shutdown)}
    declared: dict[str, Any] = {} if "istio" in idle else {"istio": state.istio}
    declared["kubernetes"] = state.kubernetes
    for annotation, name in _DECLARED.items():
        if name not in idle and (_changed(state, name) or name == "connections_idle_after"):
            declared[annotation] = _value_or_never(getattr(state, name))
    return {
        "kind": state.kind,
        "name": _APP,
        "mode": state.sidecar,
        "grace": state.terminationGracePeriodSeconds,
        "containers": [] if gateway else [app],
        **({"proxy": proxy} if gateway else {}),
        "settings": {name: getattr(state, name) for name in _SETTINGS if _changed(state, name) and name not in idle},
        "declared": declared,
    }


def _value_or_never(value: float) -> float | str:
    return "never" if value == NEVER else value


def _options(state: State) -> list[tuple[str, str]]:
    """The flags that the manifest needs beside it: what neither it nor an annotation can say."""
    return [("sidecar", state.sidecar)] if state.sidecar == Sidecar.NATIVE else []
