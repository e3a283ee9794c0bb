"""PT2xx: what goes wrong between the app and its Istio proxy: who leaves first, and settings that say nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .. import shell, versions
from ..duration import DurationError, format_duration, parse_bool, parse_duration
from ..fields import DRAIN_ENV, PROXY_CONFIG, REMOVED, SCHEMAS, camel, fault, nearest
from ..pod import NEVER, PROXY, Container, Layer, MeshConfig, Pod, Sidecar
from ..text import Text
from ..text import seconds as s
from ..timeline import Timeline, agent_seconds, drains_at, timeline
from ..tree import Node, Span
from .registry import Edit, Item, Problem, Severity, at, renamed, replaced, rule

TDD, DRAIN = "terminationDrainDuration", "drainDuration"
MIN, EOZ = DRAIN_ENV


def _classic(item: Item, *also: Sidecar) -> bool:
    return isinstance(item, Pod) and item.sidecar in (Sidecar.CLASSIC, *also)


def _drained_by_hook(pod: Pod) -> bool:
    """Whether a hook has the agent drain and leave at once, so that the classic settings are not read."""
    proxy = pod.proxy_container
    return proxy is not None and drains_at(proxy.preStop, pod.istio) is not None


def _px(pod: Pod) -> float:
    """How long the proxy's own preStop takes at least."""
    proxy = pod.proxy_container
    return 0.0 if proxy is None or proxy.preStop is None else min(proxy.preStop.least, pod.grace)


def _p(pod: Pod, one: Container) -> float:
    return 0.0 if one.preStop is None else min(one.preStop.least, pod.grace)


def _app_end(pod: Pod, one: Container, line: Timeline) -> float | None:
    """When an app container is gone at the earliest; `None` when its shutdown is unknown."""
    if one.shutdown is None:
        return None
    end = line.containers[one.name].end
    return end if end is not None else min(_p(pod, one) + one.shutdown, pod.grace)


def _setting_at(pod: Pod, key: str, otherwise: tuple[str, int]) -> tuple[str, int]:
    """Path and line of a setting in the text that is checked; `otherwise` when it stands elsewhere or nowhere."""
    layer = pod.settings.setter(key)
    if layer is None or key not in layer.nodes or layer.source != pod.source:
        return otherwise
    return _layer_path(layer, key), layer.nodes[key][0].line


def _layer_path(layer: Layer, key: str) -> str:
    prefix = "proxyMetadata." if key in DRAIN_ENV else ""
    return {
        "annotation": f"metadata.annotations.proxy.istio.io/config.{prefix}{key}",
        "env": f"{PROXY}.env.{key}",
        "ProxyConfig": f"spec.environmentVariables.{key}",
        "PROXY_CONFIG": f"{PROXY}.env.PROXY_CONFIG.{prefix}{key}",
    }.get(layer.kind, f"meshConfig.defaultConfig.{prefix}{key}")


def _certain_default(pod: Pod) -> bool:
    return pod.assumptions.mesh is not None or pod.injected


@rule("PT201", Severity.ERROR)
def proxy_gone_first(pod: Item) -> Iterator[Problem]:
    """title: Classic sidecar: the proxy is gone before the app has finished
    title.ko: 클래식 사이드카: 앱이 끝나기 전에 프록시가 사라집니다
    what: Fires when a classic proxy ends (its own preStop + terminationDrainDuration) before the app does (preStop + shutdown). `error` when
        terminationDrainDuration is set or mesh config was given, `warning` when the default is assumed.
    what.ko: 클래식 프록시의 종료(자신의 preStop + terminationDrainDuration)가 앱의 종료(preStop + 종료 시간)보다 빠르면 보고합니다.
        terminationDrainDuration 값을 설정했거나 메시 설정을 함께 주었으면 `error`, 기본값을 가정했으면 `warning`입니다.
    why: iptables still sends everything to the proxy. Without it the app can neither answer nor call out: every request in flight is lost.
    why.ko: iptables는 여전히 모든 트래픽을 프록시로 보냅니다. 프록시가 없으면 앱은 응답도 외부 호출도 할 수 없고, 처리 중인 요청을 모두 잃습니다.
    fix: Set terminationDrainDuration to at least preStop + shutdown (and the grace period above that), or use a native sidecar.
    fix.ko: terminationDrainDuration 값을 preStop + 종료 시간 이상으로(유예 기간은 그보다 크게) 설정하거나 네이티브 사이드카를 쓰십시오.
    """
    if (
        not isinstance(pod, Pod)
        or not _classic(pod)
        or pod.settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS
        or _drained_by_hook(pod)
    ):
        return
    proxy = pod.proxy_container
    if proxy is None or (proxy.preStop is not None and proxy.preStop.seconds is None):
        return
    line = timeline(pod)
    gone = round(_px(pod) + max(0.0, pod.settings.terminationDrainDuration), 6)
    worst: tuple[float, Container] | None = None
    for one in pod.containers:
        end, p = _app_end(pod, one, line), _p(pod, one)
        late = gone < end if end is not None else p > 0 and gone <= p
        until = end if end is not None else p
        if late and (worst is None or until > worst[0]):
            worst = (until, one)
    if worst is None:
        return
    until, one = worst
    path, number = _setting_at(pod, TDD, at(pod, one, "lifecycle", "preStop"))
    is_set = pod.settings.setter(TDD) is not None
    yield Problem(
        Text(
            "the proxy is gone {g} s after the pod begins to stop (terminationDrainDuration {t}{d}), and {c} runs until {u} s{more}",
            "파드가 종료를 시작하고 {g}초 뒤에 프록시가 사라집니다 (terminationDrainDuration {t}{d_ko}). {c} 컨테이너는 {u}초까지 실행됩니다{more_ko}",
        ).format(
            g=s(gone),
            t=format_duration(pod.settings.terminationDrainDuration),
            d="" if is_set else ", the default",
            d_ko="" if is_set else ", 기본값",
            c=one.name,
            u=s(until),
            more="" if one.shutdown is not None else " at least",
            more_ko="" if one.shutdown is not None else " (적어도)",
        ),
        path,
        number,
        one.name,
        Severity.ERROR if is_set or _certain_default(pod) else Severity.WARNING,
        Text(
            f'set terminationDrainDuration: "{format_duration(until)}" or more, and terminationGracePeriodSeconds above it',
            f'terminationDrainDuration: "{format_duration(until)}" 이상으로 설정하고 terminationGracePeriodSeconds 값은 그보다 크게 하십시오',
        ),
    )


@rule("PT202", Severity.WARNING)
def drain_fills_grace(pod: Item) -> Iterator[Problem]:
    """title: The drain is as long as the grace period
    title.ko: 드레인 시간이 유예 기간만큼 깁니다
    what: Fires for a classic proxy or a gateway when its own preStop + terminationDrainDuration reaches terminationGracePeriodSeconds.
    what.ko: 클래식 프록시나 게이트웨이에서 자신의 preStop + terminationDrainDuration 값이 terminationGracePeriodSeconds 이상이면 보고합니다.
    why: The agent and the kubelet race: whoever is first kills Envoy. terminationDrainDuration is a fixed wait, so every pod of the workload also takes
        the whole grace period to stop.
    why.ko: 에이전트와 kubelet이 경쟁하여 먼저 도달한 쪽이 Envoy를 강제 종료합니다. terminationDrainDuration은 고정된 대기 시간이므로 모든 파드가 유예 기간을 다
        쓰고 종료합니다.
    fix: Make terminationGracePeriodSeconds greater than the drain.
    fix.ko: terminationGracePeriodSeconds 값을 드레인 시간보다 크게 설정하십시오.
    """
    if not isinstance(pod, Pod) or not _classic(pod, Sidecar.GATEWAY) or _drained_by_hook(pod):
        return
    settings, px = pod.settings, _px(pod)
    if settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS or px + settings.terminationDrainDuration < pod.grace:
        return
    path, line = _setting_at(pod, TDD, at(pod, None, "terminationGracePeriodSeconds"))
    yield Problem(
        Text(
            "the proxy drains for {t} s{own} and the grace period is {g} s: a race with SIGKILL",
            "프록시는 {t}초 동안 드레인하고{own_ko} 유예 기간은 {g}초입니다. SIGKILL과 경쟁합니다",
        ).format(
            t=s(settings.terminationDrainDuration),
            own=f" after its preStop of {s(px)} s" if px else "",
            own_ko=f" (그 앞의 preStop {s(px)}초)" if px else "",
            g=pod.grace,
        ),
        path,
        line,
        PROXY,
    )


@rule("PT203", Severity.WARNING)
def listeners_close_early(pod: Item) -> Iterator[Problem]:
    """title: Listeners close while clients still open connections
    title.ko: 클라이언트가 아직 연결하는 동안 리스너가 닫힙니다
    what: Fires for a classic proxy or a gateway that outlives drainDuration while propagation, load balancer deregistration or the app's preStop is
        longer than that.
    what.ko: 클래식 프록시나 게이트웨이가 drainDuration보다 오래 실행되는데 propagation, 로드 밸런서 등록 해제, 앱의 preStop 가운데 하나가 그보다 길면 보고합니다.
    why: Envoy refuses new connections from drainDuration on, though it is still there.
    why.ko: Envoy는 살아 있어도 drainDuration이 지나면 새 연결을 거부합니다.
    fix: Raise drainDuration to at least the longest of the three.
    fix.ko: drainDuration 값을 세 값 가운데 가장 긴 값 이상으로 늘리십시오.
    """
    if not isinstance(pod, Pod) or not _classic(pod, Sidecar.GATEWAY) or _drained_by_hook(pod):
        return
    closes = round(_px(pod) + max(0.0, pod.settings.drainDuration), 6)
    own = pod.proxy.preStop.listeners if pod.proxy is not None and pod.proxy.preStop is not None else None
    if own is not None:
        closes = round(own[0] + {"closed": 0.0, "open": NEVER}.get(own[1], pod.settings.drainDuration), 6)
    facts = pod.assumptions
    needs = {
        "propagation": facts.clients_know_after,
        "lb-deregistration": facts.lb_deregistration or 0.0,
        "preStop": max((_p(pod, one) for one in pod.containers), default=0.0),
    }
    cause, longest = max(needs.items(), key=lambda pair: pair[1])
    if longest <= closes or _earliest_end(pod) <= closes:
        return
    path, line = _setting_at(pod, DRAIN, at(pod, None, "terminationGracePeriodSeconds"))
    yield Problem(
        Text(
            "Envoy's listeners close at {x} s (drainDuration {d}); clients may still connect until {u} s ({why})",
            "Envoy의 리스너가 {x}초에 닫힙니다 (drainDuration {d}). 클라이언트는 {u}초까지 연결할 수 있습니다 ({why})",
        ).format(x=s(closes), d=format_duration(pod.settings.drainDuration), u=s(longest), why=cause),
        path,
        line,
        PROXY,
    )


def _earliest_end(pod: Pod) -> float:
    """When Envoy is gone at the earliest."""
    settings, px = pod.settings, _px(pod)
    idle = pod.assumptions.connections_idle_after
    return min(px + agent_seconds(settings, px, False, 0.0 if idle is None else idle), float(pod.grace))


@rule("PT204", Severity.WARNING)
def drain_duration_ignored(item: Item) -> Iterator[Problem]:
    """title: terminationDrainDuration is ignored
    title.ko: terminationDrainDuration 값을 읽지 않습니다
    what: Fires when terminationDrainDuration is set and EXIT_ON_ZERO_ACTIVE_CONNECTIONS is on. `info` when they stand in different layers.
    what.ko: terminationDrainDuration 값이 있는데 EXIT_ON_ZERO_ACTIVE_CONNECTIONS 설정도 켜져 있으면 보고합니다. 서로 다른 계층에 있으면
        `info`입니다.
    why: With EXIT_ON_ZERO_ACTIVE_CONNECTIONS the agent sleeps MINIMUM_DRAIN_DURATION, then waits for zero connections. It never reads
        terminationDrainDuration.
    why.ko: EXIT_ON_ZERO_ACTIVE_CONNECTIONS 설정이 켜지면 에이전트는 MINIMUM_DRAIN_DURATION 동안 기다린 뒤 연결이 0이 될 때까지 기다립니다.
        terminationDrainDuration 값은 읽지 않습니다.
    fix: Remove one of the two, or set MINIMUM_DRAIN_DURATION instead.
    fix.ko: 둘 중 하나를 지우거나 MINIMUM_DRAIN_DURATION 값을 설정하십시오.
    """
    if isinstance(item, MeshConfig):
        layer = item.layer
        if layer is not None and layer.values.get(EOZ) is True and TDD in layer.values:
            yield _ignored(_layer_path(layer, TDD), layer.nodes[TDD][0].line, Severity.WARNING)
        return
    if not _classic(item, Sidecar.GATEWAY) or _drained_by_hook(item):
        return
    sets, switch = item.settings.setter(TDD), item.settings.setter(EOZ)
    if sets is None or switch is None or not item.settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS:
        return
    if not item.injected and not sets.own and not switch.own and sets.source == item.source:
        return  # the mesh configuration in the same text has its own finding
    path, line = _setting_at(item, TDD, _setting_at(item, EOZ, (item.path, item.line)))
    same = sets is switch or {sets.kind, switch.kind} == {"env", "PROXY_CONFIG"}
    yield _ignored(path, line, Severity.WARNING if same else Severity.INFO)


def _ignored(path: str, line: int, severity: Severity) -> Problem:
    message = Text(
        "terminationDrainDuration is never read, because EXIT_ON_ZERO_ACTIVE_CONNECTIONS is on",
        "EXIT_ON_ZERO_ACTIVE_CONNECTIONS 설정이 켜져 있으므로 terminationDrainDuration 값을 읽지 않습니다",
    )
    return Problem(message, path, line, PROXY, severity)


@rule("PT205", Severity.WARNING)
def minimum_never_read(item: Item) -> Iterator[Problem]:
    """title: MINIMUM_DRAIN_DURATION without EXIT_ON_ZERO_ACTIVE_CONNECTIONS
    title.ko: EXIT_ON_ZERO_ACTIVE_CONNECTIONS 없이 설정한 MINIMUM_DRAIN_DURATION
    what: Fires when MINIMUM_DRAIN_DURATION is set and EXIT_ON_ZERO_ACTIVE_CONNECTIONS is not on. `info` in mesh configuration, where a workload may turn
        it on.
    what.ko: MINIMUM_DRAIN_DURATION 값이 있는데 EXIT_ON_ZERO_ACTIVE_CONNECTIONS 설정이 켜져 있지 않으면 보고합니다. 워크로드가 켤 수 있는 메시
        설정에서는 `info`입니다.
    why: Only the path of EXIT_ON_ZERO_ACTIVE_CONNECTIONS reads it; without, the agent waits for terminationDrainDuration.
    why.ko: EXIT_ON_ZERO_ACTIVE_CONNECTIONS 경로에서만 이 값을 읽습니다. 꺼져 있으면 에이전트는 terminationDrainDuration 동안 기다립니다.
    fix: Set EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true" beside it, or set terminationDrainDuration instead.
    fix.ko: EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true" 값을 함께 설정하거나 terminationDrainDuration 값을 설정하십시오.
    """
    message = Text(
        "MINIMUM_DRAIN_DURATION is never read, because EXIT_ON_ZERO_ACTIVE_CONNECTIONS is not on",
        "EXIT_ON_ZERO_ACTIVE_CONNECTIONS 설정이 켜져 있지 않으므로 MINIMUM_DRAIN_DURATION 값을 읽지 않습니다",
    )
    if isinstance(item, MeshConfig):
        layer = item.layer
        if layer is not None and MIN in layer.values and not layer.values.get(EOZ):
            yield Problem(message, _layer_path(layer, MIN), layer.nodes[MIN][0].line, PROXY, Severity.INFO)
        return
    layer = item.settings.setter(MIN)
    if layer is None or not _classic(item, Sidecar.GATEWAY) or _drained_by_hook(item):
        return
    if item.settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS or not (layer.own or item.injected):
        return
    path, line = _setting_at(item, MIN, (item.path, item.line))
    yield Problem(message, path, line, PROXY)


@rule("PT206", Severity.WARNING)
def idle_proxy_leaves(pod: Item) -> Iterator[Problem]:
    """title: An idle proxy leaves before the app
    title.ko: 유휴 상태의 프록시가 앱보다 먼저 종료합니다
    what: Fires for a classic proxy with EXIT_ON_ZERO_ACTIVE_CONNECTIONS whose first check (MINIMUM_DRAIN_DURATION + 1 s) comes before the app has
        finished.
    what.ko: EXIT_ON_ZERO_ACTIVE_CONNECTIONS 설정을 켠 클래식 프록시의 첫 확인(MINIMUM_DRAIN_DURATION + 1초)이 앱이 끝나기 전에 오면
        보고합니다.
    why: If no connection is open at that moment the agent kills Envoy, and the app goes on without a network.
    why.ko: 그 순간 열린 연결이 없으면 에이전트가 Envoy를 강제 종료하고, 앱은 네트워크 없이 남습니다.
    fix: Set MINIMUM_DRAIN_DURATION to at least preStop + shutdown.
    fix.ko: MINIMUM_DRAIN_DURATION 값을 preStop + 종료 시간 이상으로 설정하십시오.
    """
    if not isinstance(pod, Pod) or not _classic(pod) or _drained_by_hook(pod):
        return
    settings = pod.settings
    if not settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS:
        return
    leaves, line = _earliest_end(pod), timeline(pod)
    for one in pod.containers:
        end = _app_end(pod, one, line)
        until = end if end is not None else _p(pod, one)
        if leaves >= until:
            continue
        path, number = _setting_at(pod, MIN, _setting_at(pod, EOZ, (pod.path, pod.line)))
        yield Problem(
            Text(
                "an idle proxy leaves at {l} s (MINIMUM_DRAIN_DURATION {m} + 1 s); {c} runs until {u} s",
                "유휴 상태의 프록시는 {l}초에 종료합니다 (MINIMUM_DRAIN_DURATION {m} + 1초). {c} 컨테이너는 {u}초까지 실행됩니다",
            ).format(l=s(leaves), m=format_duration(settings.MINIMUM_DRAIN_DURATION), c=one.name, u=s(until)),
            path,
            number,
            one.name,
        )


@rule("PT207", Severity.INFO)
def native_ignores(pod: Item) -> Iterator[Problem]:
    """title: Native sidecar: drain settings have no effect
    title.ko: 네이티브 사이드카: 드레인 설정이 동작하지 않습니다
    what: Fires when terminationDrainDuration, MINIMUM_DRAIN_DURATION or EXIT_ON_ZERO_ACTIVE_CONNECTIONS is set on a workload whose sidecar is native and
        keeps Istio's drain hook (Istio 1.21 and later).
    what.ko: 네이티브 사이드카가 Istio의 드레인 훅을 그대로 쓰는 워크로드(Istio 1.21 이상)에 terminationDrainDuration,
        MINIMUM_DRAIN_DURATION, EXIT_ON_ZERO_ACTIVE_CONNECTIONS 값이 있으면 보고합니다.
    why: The hook drains at once; at SIGTERM, after the app has ended, the agent exits without reading any of them.
    why.ko: 훅이 곧바로 드레인을 시작하고, 앱이 끝난 뒤 SIGTERM을 받은 에이전트는 이 값들을 읽지 않고 종료합니다.
    fix: Remove them; the grace period and the app's preStop decide.
    fix.ko: 이 값들을 지우십시오. 유예 기간과 앱의 preStop이 결정합니다.
    """
    if not isinstance(pod, Pod) or pod.sidecar is not Sidecar.NATIVE or not _drained_by_hook(pod):
        return
    for layer in pod.settings.layers:
        keys = [key for key in (TDD, MIN, EOZ) if layer.own and key in layer.nodes]
        if keys:
            listed = ", ".join(keys)
            yield Problem(
                Text(
                    f"no effect on a native sidecar: {listed}",
                    f"네이티브 사이드카에서는 {listed} 설정이 효과가 없습니다",
                ),
                _layer_path(layer, keys[0]),
                layer.nodes[keys[0]][0].line,
                PROXY,
            )


# ------------------------------------------------------------------------- what stands in ProxyConfig and MeshConfig


def _entries(item: Item, *schemas: str) -> Iterator[tuple[str, str, str, Span, Node]]:
    """Every key of the item's configuration texts: schema, its name in camelCase, path, place and value."""
    if isinstance(item, Pod) and item.sidecar is Sidecar.NONE:
        return
    for config in item.configs:
        if not schemas or config.schema in schemas:
            for key, node in config.node.entries.items():
                path = f"{config.path}.{key}".lstrip(".")
                yield config.schema, camel(key), path, config.node.keys[key], node


def _metadata(item: Item) -> Iterator[tuple[str, str, Span, Node]]:
    """Every environment variable that is set for the proxy: name, path, place and value."""
    for _, name, path, _, node in _entries(item, "ProxyConfig"):
        if name == "proxyMetadata":
            for key, value in node.entries.items():
                yield key, f"{path}.{key}", node.keys[key], value
    if isinstance(item, MeshConfig) and item.kind == "ProxyConfig" and item.node is not None:
        env = item.node.get("spec", "environmentVariables")
        for key, value in (env.entries if env is not None else {}).items():
            assert env is not None
            yield key, f"spec.environmentVariables.{key}", env.keys[key], value
    if isinstance(item, Pod) and item.proxy is not None and item.proxy.node is not None:
        listed = item.proxy.node.get("env")
        for entry in listed.items if listed is not None else []:
            variable, text = entry.get("name"), entry.get("value")
            if variable is not None and text is not None and isinstance(variable.value, str):
                yield variable.value, f"{PROXY}.env.{variable.value}", variable.span, text


@rule("PT208", Severity.ERROR)
def wrong_type(item: Item) -> Iterator[Problem]:
    """title: A value of the wrong type
    title.ko: 형식이 틀린 값입니다
    what: Fires for a value in `proxy.istio.io/config` or mesh config that Istio's parser refuses: a duration without a unit, a nested map, a misspelled
        enum value.
    what.ko: `proxy.istio.io/config` 또는 메시 설정에서 Istio가 거부하는 값을 보고합니다. 단위 없는 시간, 중첩된 매핑, 잘못 쓴 열거형 값 등입니다.
    why: In the annotation it refuses the injection of the pod; in mesh config it refuses the whole configuration.
    why.ko: 어노테이션이면 파드 주입이 거부되고, 메시 설정이면 설정 전체가 거부됩니다.
    fix: Write the value in the form that the message names.
    fix.ko: 메시지가 알려 주는 형식으로 고치십시오.
    """
    for schema, name, path, span, node in _entries(item):
        kind = SCHEMAS[schema].get(name)
        wrong = fault(kind, node) if kind is not None else None
        if wrong is None:
            continue
        unit = kind == "duration" and re.fullmatch(r"\d+(\.\d+)?", node.raw)
        known = node.raw.upper() if kind is not None and node.raw.upper() in kind.split("|") else None
        edits = replaced(node, f"{node.raw}s") if unit else replaced(node, known) if known else ()
        yield Problem(
            Text(f"{name}: {wrong.en}", f"{name}: {wrong.ko}"), path, span.line, _proxy_name(item), edits=edits
        )


def _proxy_name(item: Item) -> str:
    return PROXY if isinstance(item, Pod) else ""


@rule("PT209", Severity.ERROR)
def unreadable_environment(item: Item) -> Iterator[Problem]:
    """title: An environment value that the agent cannot read
    title.ko: 에이전트가 읽을 수 없는 환경 변수 값입니다
    what: Fires when MINIMUM_DRAIN_DURATION is not a Go duration, or EXIT_ON_ZERO_ACTIVE_CONNECTIONS is not a Go bool.
    what.ko: MINIMUM_DRAIN_DURATION 값이 Go 시간 형식이 아니거나 EXIT_ON_ZERO_ACTIVE_CONNECTIONS 값이 Go 불리언이 아니면 보고합니다.
    why: The agent writes a line in its log and uses the default: 5 s, or false.
    why.ko: 에이전트는 로그 한 줄을 남기고 기본값인 5초 또는 false를 씁니다.
    fix: Write "10s" instead of "10", "true" instead of "yes".
    fix.ko: "10" 대신 "10s", "yes" 대신 "true"로 적으십시오.
    """
    seen: dict[str, Problem] = {}
    for key, path, span, node in _metadata(item):
        if key not in DRAIN_ENV or not isinstance(node.value, str):
            continue
        text, edits = node.value, tuple[Edit, ...]()
        if key == EOZ:
            if parse_bool(text) is not None:
                continue
            message = Text(
                f'{key}: "{text}" is not true or false, and counts as false',
                f'{key}: "{text}" 값은 true도 false도 아니므로 false로 처리됩니다',
            )
            meant = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false"}.get(text.lower())
            edits = replaced(node, f'"{meant}"') if meant else ()
        else:
            try:
                parse_duration(text)
                continue
            except DurationError as error:
                default = s(versions.MINIMUM_DRAIN_DURATION.value)
                message = Text(
                    f"{key}: {error.sentence.en}; the agent uses {default} s",
                    f"{key}: {error.sentence.ko}. 에이전트는 {default}초를 씁니다",
                )
                edits = replaced(node, f'"{text}s"') if re.fullmatch(r"\d+(\.\d+)?", text) else ()
        seen.setdefault(key, Problem(message, path, span.line, _proxy_name(item), edits=edits))
    yield from seen.values()


_POD_FIELDS = {
    "terminationGracePeriodSeconds": Text("the pod's spec", "파드의 spec"),
    "lifecycle": Text("the container", "컨테이너"),
    "preStop": Text("the container's lifecycle", "컨테이너의 lifecycle"),
}


@rule("PT210", Severity.WARNING)
def unknown_key(item: Item) -> Iterator[Problem]:
    """title: An unknown or misplaced key
    title.ko: 모르는 키 또는 잘못 놓인 키입니다
    what: Fires for a key of `proxy.istio.io/config`, mesh config or proxyMetadata that is known elsewhere, or is within two edits of a known key; and for
        `proxy.istio.io/config` on a workload instead of its pod template.
    what.ko: `proxy.istio.io/config`, 메시 설정, proxyMetadata에 있는 키가 다른 곳의 키이거나 아는 키와 두 글자 이내로 다르면 보고합니다.
        `proxy.istio.io/config` 어노테이션이 파드 템플릿이 아니라 워크로드에 있을 때도 보고합니다.
    why: Istio accepts it and does nothing with it.
    why.ko: Istio는 받아들이지만 아무 일도 하지 않습니다.
    fix: Use the key and the place that the message names.
    fix.ko: 메시지가 알려 주는 키와 위치를 쓰십시오.
    """
    for schema, name, path, span, _ in _entries(item):
        if name in SCHEMAS[schema] or name in REMOVED:
            continue
        found = _belongs(schema, name)
        if found is not None:
            right, place = found
            yield _misplaced(item, name, right, place, path, span, exact=place is None)
    for key, path, span, _ in _metadata(item):
        if key in REMOVED or key in DRAIN_ENV:
            continue
        if camel(key) in PROXY_CONFIG:
            up = Text("ProxyConfig, beside proxyMetadata", "proxyMetadata 바깥의 ProxyConfig")
            yield _misplaced(item, key, camel(key), up, path, span)
        elif (env := nearest(key, list(DRAIN_ENV))) is not None:
            yield _misplaced(item, key, env, None, path, span, exact=True)
    if isinstance(item, Pod) and item.annotations is not None:
        for key, span in item.annotations.keys.items():
            domain, _, name = key.rpartition("/")
            if domain.endswith("istio.io") and camel(name) in (
                TDD,
                DRAIN,
                *DRAIN_ENV,
                "holdApplicationUntilProxyStarts",
            ):
                inside = "proxy.istio.io/config, proxyMetadata" if name in DRAIN_ENV else "proxy.istio.io/config"
                place = Text(f"the annotation {inside}", f"{inside} 어노테이션 안")
                yield _misplaced(item, key, camel(name), place, f"metadata.annotations.{key}", span)
    if isinstance(item, Pod) and item.workload is not None and item.kind not in ("Pod", "PodTemplate"):
        own = item.workload.get("metadata", "annotations")
        for key in ("proxy.istio.io/config", "sidecar.istio.io/nativeSidecar"):
            on_template = item.annotations is not None and key in item.annotations.entries
            if own is not None and own is not item.annotations and key in own.entries and not on_template:
                place = Text("the pod template's metadata.annotations", "파드 템플릿의 metadata.annotations")
                yield _misplaced(item, key, key, place, f"metadata.annotations.{key}", own.keys[key])


def _belongs(schema: str, name: str) -> tuple[str, Text | None] | None:
    """The right name and, if it is another, the right place of a key that `schema` does not have."""
    if name in DRAIN_ENV:
        return name, Text("proxyMetadata", "proxyMetadata")
    if name in _POD_FIELDS:
        return name, _POD_FIELDS[name]
    for other, place in (("MeshConfig", "meshConfig"), ("ProxyConfig", "defaultConfig")):
        if other != schema and name in SCHEMAS[other]:
            return name, Text(place, place)
    env = nearest(name, list(DRAIN_ENV))
    if env is not None:
        return env, Text("proxyMetadata", "proxyMetadata")
    known = nearest(name, list(SCHEMAS[schema]), 1 if len(name) < 6 else 2)
    if known is not None:
        return known, None
    other = "ProxyConfig" if schema == "MeshConfig" else "MeshConfig"
    known = nearest(name, list(SCHEMAS[other]), 1 if len(name) < 6 else 2)
    if known is None:
        return None
    return known, Text("defaultConfig", "defaultConfig") if other == "ProxyConfig" else Text("meshConfig", "meshConfig")


def _misplaced(
    item: Item, name: str, right: str, place: Text | None, path: str, span: Span, exact: bool = False
) -> Problem:
    if place is None:
        message = Text(
            f"{name} is not a key that Istio knows; it is spelled {right}",
            f"{name} 키를 Istio는 모릅니다. 올바른 이름은 {right} 키입니다",
        )
    elif name == right:
        message = Text(
            f"{name} has no effect here; it belongs in {place.en}",
            f"{name} 키는 여기에서 효과가 없습니다. 올바른 위치: {place.ko}",
        )
    else:
        message = Text(
            f"{name} has no effect here; {right} belongs in {place.en}",
            f"{name} 키는 여기에서 효과가 없습니다. {right} 키의 올바른 위치: {place.ko}",
        )
    edits = renamed(span, name, right) if exact else ()
    return Problem(message, path, span.line, _proxy_name(item), edits=edits)


@rule("PT211", Severity.ERROR)
def not_a_string(item: Item) -> Iterator[Problem]:
    """title: A proxyMetadata value that is not a string
    title.ko: 문자열이 아닌 proxyMetadata 값입니다
    what: Fires for an unquoted true, number, on or yes, and for a nested map, under proxyMetadata.
    what.ko: proxyMetadata 아래에 따옴표 없는 true, 숫자, on, yes 또는 중첩된 매핑이 있으면 보고합니다.
    why: The injection of the pod (or the mesh config) is refused.
    why.ko: 파드 주입(또는 메시 설정)이 거부됩니다.
    fix: Put the value in quotes.
    fix.ko: 값을 따옴표로 감싸십시오.
    """
    for _, name, path, _, node in _entries(item, "ProxyConfig"):
        if name != "proxyMetadata":
            continue
        for key, value in node.entries.items():
            if isinstance(value.value, str) or value.empty:
                continue
            got = value.raw or value.kind
            text = str(value.value).lower() if isinstance(value.value, bool) else value.raw
            yield Problem(
                Text(
                    f"{key} is {got} without quotes, and Istio takes strings only",
                    f"{key} 값 {got}에 따옴표가 없습니다. Istio는 문자열만 받습니다",
                )
                if value.kind == "scalar"
                else Text(
                    f"{key} is a {got}, and Istio takes strings only",
                    f"{key} 값이 {got} 형식입니다. Istio는 문자열만 받습니다",
                ),
                f"{path}.{key}",
                node.keys[key].line,
                _proxy_name(item),
                fix=_beside(key, value),
                edits=replaced(value, f'"{text}"') if value.kind == "scalar" else (),
            )


def _beside(key: str, value: Node) -> Text | None:
    """How to mend a mapping or a list under proxyMetadata, which quotes would not."""
    if camel(key) in PROXY_CONFIG:
        return Text(f"move {key} out of proxyMetadata, beside it", f"{key} 키를 proxyMetadata 바깥으로 옮기십시오")
    if value.kind == "scalar":
        return None
    return Text("write one string, or remove the key", "문자열 하나로 쓰거나 키를 지우십시오")


@rule("PT212", Severity.WARNING)
def removed_setting(item: Item) -> Iterator[Problem]:
    """title: A setting that no longer exists
    title.ko: 없어진 설정입니다
    what: Fires for parentShutdownDuration and TERMINATION_DRAIN_DURATION_SECONDS.
    what.ko: parentShutdownDuration, TERMINATION_DRAIN_DURATION_SECONDS 설정을 보고합니다.
    why: Istio accepts it and does nothing with it.
    why.ko: Istio는 받아들이지만 아무 일도 하지 않습니다.
    fix: Remove it; terminationDrainDuration is what you want.
    fix.ko: 지우고 terminationDrainDuration 값을 설정하십시오.
    """
    places = [(name, path, span) for _, name, path, span, _ in _entries(item)]
    places += [(key, path, span) for key, path, span, _ in _metadata(item)]
    for name, path, span in places:
        if name in REMOVED:
            gone = REMOVED[name]
            yield Problem(Text(f"{name}: {gone.en}", f"{name}: {gone.ko}"), path, span.line, _proxy_name(item))


@rule("PT213", Severity.ERROR)
def fractional_drain(item: Item) -> Iterator[Problem]:
    """title: drainDuration that is not whole seconds
    title.ko: 정수 초가 아닌 drainDuration 값입니다
    what: Fires when drainDuration has a fraction of a second, or is below 1 s.
    what.ko: drainDuration 값에 1초 미만의 단위가 있거나 1초보다 짧으면 보고합니다.
    why: Istio's validation refuses the configuration: Envoy's --drain-time-s takes whole seconds.
    why.ko: Istio가 설정을 거부합니다. Envoy의 --drain-time-s 값은 정수 초입니다.
    fix: Write whole seconds, such as 45s.
    fix.ko: 45s처럼 정수 초로 적으십시오.
    """
    for _, name, path, span, node in _entries(item, "ProxyConfig"):
        if name != DRAIN or not isinstance(node.value, str):
            continue
        try:
            length = parse_duration(node.value)
        except DurationError:
            continue
        if length != int(length) or length < 1:
            yield Problem(
                Text(
                    f"drainDuration is {node.value}; it must be whole seconds, at least 1s",
                    f"drainDuration 값이 {node.value}입니다. 1s 이상의 정수 초여야 합니다",
                ),
                path,
                span.line,
                _proxy_name(item),
            )


@rule("PT214", Severity.ERROR)
def job_never_completes(pod: Item) -> Iterator[Problem]:
    """title: A Job with a classic sidecar never completes
    title.ko: 클래식 사이드카가 있는 Job은 끝나지 않습니다
    what: Fires for a Job or CronJob with a classic sidecar whose commands never call /quitquitquit. `warning` when what they run cannot be seen in the
        manifest.
    what.ko: 클래식 사이드카가 있는 Job, CronJob의 명령에 /quitquitquit 호출이 없으면 보고합니다. 매니페스트만으로 명령의 내용을 볼 수 없으면 `warning`입니다.
    why: A classic proxy runs until it gets SIGTERM, and nobody sends one when the work is done.
    why.ko: 클래식 프록시는 SIGTERM을 받을 때까지 실행되는데, 작업이 끝나도 아무도 SIGTERM을 보내지 않습니다.
    fix: Use a native sidecar (sidecar.istio.io/nativeSidecar: "true"), call POST localhost:15020/quitquitquit when idle, or keep the Job out of the mesh.
    fix.ko: 네이티브 사이드카(sidecar.istio.io/nativeSidecar: "true")를 쓰거나, 작업이 끝난 뒤 POST localhost:15020/quitquitquit를
        호출하거나, Job을 메시에서 빼십시오.
    """
    if not isinstance(pod, Pod) or not _classic(pod) or not pod.is_job or not pod.containers:
        return
    words = [word for one in pod.containers for word in (*one.command, *one.args)]
    if re.search(r"quitquitquit|(pkill|killall)\b.*(envoy|pilot-agent)", " ".join(words)):
        return
    scripts = [shell.script_of((*one.command, *one.args)) if one.command else None for one in pod.containers]
    seen = all(
        script is not None and not re.search(r"[\w./-]+\.(sh|py|rb|js|pl|jar)\b|\./|\$", script) for script in scripts
    )
    path, line = at(pod, pod.containers[0] if pod.containers else None)
    yield Problem(
        Text(
            f"this {pod.kind} does not complete: its classic istio-proxy never ends by itself",
            f"클래식 istio-proxy가 스스로 끝나지 않으므로 이 {pod.kind} 작업은 완료되지 않습니다",
        ),
        path,
        line,
        PROXY,
        Severity.ERROR if seen else Severity.WARNING,
    )


@rule("PT215", Severity.WARNING)
def own_lifecycle(item: Item) -> Iterator[Problem]:
    """title: An own lifecycle on a native istio-proxy
    title.ko: 네이티브 istio-proxy에 직접 지정한 lifecycle
    what: Fires when a preStop hook of a native istio-proxy, or Helm's global.proxy.lifecycle, replaces Istio's drain hook (Istio 1.21 and later) without
        calling POST /drain itself.
    what.ko: 네이티브 istio-proxy의 preStop 훅 또는 Helm의 global.proxy.lifecycle 값이 Istio의 드레인 훅을 대신하면서(Istio 1.21 이상)
        POST /drain을 호출하지 않으면 보고합니다.
    why: Without that call the agent knows of no drain. Once the app has ended it waits its terminationDrainDuration, out of what is left of the grace
        period.
    why.ko: 이 호출이 없으면 에이전트는 드레인을 모릅니다. 앱이 끝난 뒤에 에이전트가 남은 유예 기간에서 terminationDrainDuration만큼 더 기다립니다.
    fix: Remove the hook, or end it with `pilot-agent request --debug-port=15020 POST drain`.
    fix.ko: 훅을 지우거나 마지막에 `pilot-agent request --debug-port=15020 POST drain`을 호출하십시오.
    """
    message = Text(
        "this hook replaces Istio's drain hook on the native istio-proxy and does not call POST /drain",
        "이 훅은 네이티브 istio-proxy에 있는 Istio의 드레인 훅을 대신하지만 POST /drain을 호출하지 않습니다",
    )
    if isinstance(item, MeshConfig):
        node = item.proxy_lifecycle
        facts = item.assumptions
        if (
            node is None
            or not versions.DRAIN_HOOK.holds(facts.version("istio"))
            or facts.sidecar in ("classic", "none")
        ):
            return
        command = node.get("preStop", "exec", "command")
        if command is not None and shell.calls_drain(" ".join(str(word.value) for word in command.items)):
            return
        decided = facts.sidecar == "native" or versions.native_by_version(
            facts.version("istio"), facts.version("kubernetes")
        )
        yield Problem(
            message, "global.proxy.lifecycle", node.span.line, PROXY, Severity.WARNING if decided else Severity.INFO
        )
        return
    proxy = item.proxy
    if proxy is None or item.sidecar is not Sidecar.NATIVE or not versions.DRAIN_HOOK.holds(item.istio):
        return
    hook = proxy.preStop
    if hook is None or hook.drains_at is not None or hook.istio:
        return
    path, line = at(item, proxy, "lifecycle", "preStop")
    if hook.kind == "exec" or item.injected:
        yield Problem(message, path, line, PROXY)
    else:
        yield Problem(
            Text(
                f"a {hook.kind} handler beside Istio's exec hook makes two handlers, which the API should refuse",
                f"{hook.kind} 핸들러가 Istio의 exec 훅과 합쳐져 핸들러가 둘이 됩니다. API 서버가 거부해야 하는 구성입니다",
            ),
            path,
            line,
            PROXY,
        )


@rule("PT216", Severity.WARNING)
def harmful_proxy_hook(pod: Item) -> Iterator[Problem]:
    """title: An istio-proxy hook that cuts, or cannot run
    title.ko: 연결을 끊거나 실행되지 않는 istio-proxy 훅
    what: Fires when a hook of istio-proxy calls drain_listeners without `graceful`, or tools (sh, sleep, curl, netstat) that a distroless proxy image
        lacks. `info` when the image is not known to be distroless.
    what.ko: istio-proxy 훅이 `graceful` 없이 drain_listeners를 호출하거나 distroless 프록시 이미지에 없는 도구(sh, sleep, curl,
        netstat)를 쓰면 보고합니다. 이미지가 distroless인지 알 수 없으면 `info`입니다.
    why: Without `graceful` Envoy closes its listeners at once; without the tool the hook fails and the delay is 0.
    why.ko: `graceful`이 없으면 Envoy가 리스너를 곧바로 닫습니다. 도구가 없으면 훅이 실패하고 지연 시간은 0이 됩니다.
    fix: Add `graceful` (and `skip_exit`), use the sleep action, or move to a native sidecar.
    fix.ko: `graceful`(과 `skip_exit`)을 붙이거나 sleep 동작을 쓰거나 네이티브 사이드카로 옮기십시오.
    """
    if not isinstance(pod, Pod) or pod.proxy is None or pod.sidecar is Sidecar.NONE:
        return
    hook = pod.proxy.preStop
    if hook is None or hook.kind != "exec" or hook.istio:
        return
    line_text = " ".join(hook.command)
    path, line = at(pod, pod.proxy, "lifecycle", "preStop", "exec")
    if re.search(r"drain_listeners(?!\S*graceful)", line_text):
        yield Problem(
            Text(
                "drain_listeners without graceful closes the listeners at once",
                "graceful 없는 drain_listeners 호출은 리스너를 곧바로 닫습니다",
            ),
            path,
            line,
            PROXY,
        )
        return
    tools = [
        tool
        for tool in ("curl", "wget", "netstat", "ss", "sleep")
        if re.search(rf"(^|[\s/;&|(]){tool}(\s|$)", line_text)
    ]
    first = hook.command[0].rpartition("/")[2] if hook.command else ""
    tools = ([first] if first in shell.SHELLS else []) + tools
    if not tools:
        return
    distroless, listed = _is_distroless(pod), ", ".join(dict.fromkeys(tools))
    message = Text(
        f"a distroless istio-proxy image lacks {listed}, and then the hook fails",
        f"distroless istio-proxy 이미지에는 {listed} 도구가 없으므로 훅이 실패합니다",
    )
    if distroless:
        message = Text(
            f"the istio-proxy image is distroless and lacks {listed}: the hook fails",
            f"이 istio-proxy 이미지는 distroless이며 {listed} 도구가 없습니다. 훅이 실패합니다",
        )
    yield Problem(message, path, line, PROXY, Severity.WARNING if distroless else Severity.INFO)


def _is_distroless(pod: Pod) -> bool:
    if pod.proxy is not None and "distroless" in pod.proxy.image:
        return True
    asked = pod.annotations.get("sidecar.istio.io/proxyImageType") if pod.annotations is not None else None
    if asked is not None:
        return asked.value == "distroless"
    for config in pod.configs:
        chosen = config.node.get("image", "imageType")
        if chosen is not None:
            return chosen.value == "distroless"
    mesh = pod.assumptions.mesh
    return mesh is not None and mesh.image_type == "distroless"


_READ = [
    "sidecar.istio.io/inject",
    "sidecar.istio.io/nativeSidecar",
    "proxy.istio.io/config",
    "inject.istio.io/templates",
]
_OTHERS = {"sidecar.istio.io/status", "inject.istio.io/template", "proxy.istio.io/overrides"}


@rule("PT217", Severity.WARNING)
def misspelled_annotation(pod: Item) -> Iterator[Problem]:
    """title: A misspelled annotation
    title.ko: 철자가 틀린 어노테이션입니다
    what: Fires for an annotation that is nearly one that decides how the pod stops, such as `sidecar.istio.io/native-side`.
    what.ko: 파드의 종료 방식을 정하는 어노테이션과 거의 같은 이름(예: `sidecar.istio.io/native-side`)이면 보고합니다.
    why: Istio does not read it, and says nothing.
    why.ko: Istio는 이 어노테이션을 읽지 않으며 아무것도 알리지 않습니다.
    fix: Use the spelling that the message names.
    fix.ko: 메시지가 알려 주는 이름을 쓰십시오.
    """
    if not isinstance(pod, Pod) or pod.annotations is None:
        return
    for key in pod.annotations.entries:
        domain, _, name = key.rpartition("/")
        if key in _READ or key in _OTHERS or not domain.endswith("istio.io"):
            continue
        right = nearest(key, _READ)
        if right is None and re.match(r"native[-_.]?side", name, re.IGNORECASE):
            right = "sidecar.istio.io/nativeSidecar"
        if (
            right is None
            and name in ("config", "nativeSidecar")
            and domain in ("sidecar.istio.io", "istio.io", "proxy.istio.io")
        ):
            right = next(one for one in _READ if one.endswith("/" + name))
        if right is None:
            continue
        span = pod.annotations.keys[key]
        yield Problem(
            Text(
                f"Istio does not read the annotation {key}; it is spelled {right}",
                f"Istio는 {key} 어노테이션을 읽지 않습니다. 올바른 이름은 {right}입니다",
            ),
            f"metadata.annotations.{key}",
            span.line,
            edits=renamed(span, key, right),
        )


@rule("PT218", Severity.WARNING)
def durations_in_resource(item: Item) -> Iterator[Problem]:
    """title: Drain durations in a ProxyConfig resource
    title.ko: ProxyConfig 리소스에 적은 드레인 시간
    what: Fires for terminationDrainDuration or drainDuration in a ProxyConfig resource.
    what.ko: ProxyConfig 리소스에 terminationDrainDuration 또는 drainDuration 필드가 있으면 보고합니다.
    why: The resource holds only concurrency, environmentVariables and image; the API server drops or refuses the rest.
    why.ko: 이 리소스에는 concurrency, environmentVariables, image만 있습니다. 나머지는 API 서버가 버리거나 거부합니다.
    fix: Set them in the annotation proxy.istio.io/config or in meshConfig.defaultConfig.
    fix.ko: proxy.istio.io/config 어노테이션이나 meshConfig.defaultConfig에 설정하십시오.
    """
    if not isinstance(item, MeshConfig) or item.kind != "ProxyConfig" or item.node is None:
        return
    spec = item.node.get("spec")
    for key in spec.entries if spec is not None else ():
        if spec is not None and camel(key) in (TDD, DRAIN):
            message = Text(
                f"a ProxyConfig resource cannot hold {key}", f"ProxyConfig 리소스에는 {key} 필드를 둘 수 없습니다"
            )
            yield Problem(message, f"spec.{key}", spec.keys[key].line)


@rule("PT219", Severity.INFO)
def never_zero(pod: Item) -> Iterator[Problem]:
    """title: EXIT_ON_ZERO_ACTIVE_CONNECTIONS has no upper bound but SIGKILL
    title.ko: EXIT_ON_ZERO_ACTIVE_CONNECTIONS의 한계는 SIGKILL뿐입니다
    what: Fires when connections-idle-after is declared `never`, or not below the grace period.
    what.ko: connections-idle-after 값을 `never` 또는 유예 기간 이상으로 선언하면 보고합니다.
    why: Outbound pools and idle keep-alive connections count too. The proxy stays until SIGKILL cuts whatever is left.
    why.ko: 외부로 나가는 커넥션 풀과 유휴 keep-alive 연결도 셉니다. 프록시는 SIGKILL이 남은 연결을 끊을 때까지 남습니다.
    fix: Close pools at shutdown, set idle timeouts, or use terminationDrainDuration.
    fix.ko: 종료할 때 커넥션 풀을 닫거나, 유휴 시간 제한을 두거나, terminationDrainDuration을 쓰십시오.
    """
    if not isinstance(pod, Pod) or not _classic(pod, Sidecar.GATEWAY) or _drained_by_hook(pod):
        return
    idle = pod.assumptions.connections_idle_after
    if not pod.settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS or idle is None or idle < pod.grace:
        return
    path, line = _setting_at(pod, EOZ, (pod.path, pod.line))
    when = (
        Text("the connection count never reaches zero", "연결 수가 0이 되지 않으므로")
        if idle == NEVER
        else Text(f"the connection count reaches zero at {s(idle)} s", f"연결 수가 {s(idle)}초에 0이 되므로")
    )
    yield Problem(
        Text(
            f"{when.en}, so the proxy stays until SIGKILL at {pod.grace} s",
            f"{when.ko} 프록시는 {pod.grace}초의 SIGKILL까지 남습니다",
        ),
        path,
        line,
        PROXY,
    )
