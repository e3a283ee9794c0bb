"""PT2xx: what goes wrong between the app and its Istio proxy: who leaves first, and settings that say nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .. import shell, versions
from ..domain import NEVER, PROXY, Container, Layer, MeshConfig, Pod, ProxySettings, Sidecar
from ..duration import format_duration, parse_bool, parse_duration
from ..manifest.fields import DRAIN_ENV, PROXY_CONFIG, REMOVED, SCHEMAS, as_go, camel, fault
from ..manifest.spelling import nearest
from ..source.node import Node, Span
from ..text import Text
from ..timeline import Timeline, agent_seconds, drains_at, timeline
from .registry import Item, Place, Problem, Severity, at, grace_at, renamed, replaced, rule

TDD, DRAIN = "terminationDrainDuration", "drainDuration"
MIN, EOZ = DRAIN_ENV
_NOTHING = Text("", "")


def _drained_by_hook(pod: Pod) -> bool:
    """Whether a hook has the agent drain and leave at once, or leave, so that the classic settings are not read."""
    proxy = pod.proxy_container
    return proxy is not None and (proxy.exits_at is not None or drains_at(proxy.preStop, pod.istio) is not None)


def _classic(pod: Pod, *also: Sidecar) -> bool:
    """Whether the agent reads the classic settings."""
    return pod.sidecar in (Sidecar.CLASSIC, *also) and not _drained_by_hook(pod)


def _px(pod: Pod) -> float:
    """How long the proxy's own preStop takes at least."""
    return _p(pod, pod.proxy_container)


def _p(pod: Pod, one: Container | None) -> float:
    return 0.0 if one is None or one.preStop is None else min(one.preStop.least, pod.grace)


def _app_end(pod: Pod, one: Container, line: Timeline) -> float | None:
    """When an app container is gone at the earliest; `None` when its shutdown is unknown."""
    if one.shutdown is None:
        return None
    end = line.containers[one.name].end
    return end if end is not None else min(_p(pod, one) + one.shutdown, pod.grace)


def _setting_at(pod: Pod, key: str, otherwise: Place) -> Place:
    """Where a setting stands in the text that is checked; `otherwise` when it stands elsewhere or nowhere."""
    layer = pod.settings.setter(key)
    here = layer is not None and key in layer.nodes and layer.source == pod.source
    return _layer_at(layer, key) if layer is not None and here else otherwise


def _layer_at(layer: Layer, key: str) -> Place:
    prefix = "proxyMetadata." if key in DRAIN_ENV else ""
    path = {
        "annotation": f"metadata.annotations.proxy.istio.io/config.{prefix}{key}",
        "env": f"{PROXY}.env.{key}",
        "ProxyConfig": f"spec.environmentVariables.{key}",
        "PROXY_CONFIG": f"{PROXY}.env.PROXY_CONFIG.{prefix}{key}",
    }.get(layer.kind, f"{layer.kind if layer.kind.endswith(_CONFIG) else 'meshConfig.defaultConfig'}.{prefix}{key}")
    return Place(path, layer.nodes[key][0].line, layer.document)


def _mesh_layers(mesh: MeshConfig) -> Iterator[tuple[Layer, ProxySettings]]:
    """Every layer of mesh configuration, with the settings where it counts: annotations stand above the mesh's own."""
    base = () if mesh.layer is None else (mesh.layer,)
    yield from ((layer, ProxySettings.of(base)) for layer in base)
    yield from ((layer, ProxySettings.of((*base, layer))) for layer in mesh.layers)


@rule("PT201", Severity.ERROR)
def proxy_gone_first(pod: Pod) -> Iterator[Problem]:
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
    fix.exact: set terminationDrainDuration: "{until}" or more, and terminationGracePeriodSeconds above it
    fix.exact.ko: terminationDrainDuration: "{until}" 이상으로 설정하고 terminationGracePeriodSeconds 값은 그보다 크게 하십시오
    fix.quit: call quitquitquit once the app has ended, or not at all: at SIGTERM the agent drains
    fix.quit.ko: quitquitquit 요청은 앱이 끝난 뒤에 보내거나 지우십시오. 에이전트는 SIGTERM을 받으면 드레인합니다
    message.quit: quitquitquit in its own preStop hook ends the proxy at {g} s without a drain, and {c} runs until {u} s{more}
    message.quit.ko: 프록시는 자신의 preStop 훅이 호출하는 quitquitquit 때문에 {g}초에 드레인 없이 끝납니다. {c} 컨테이너는 {u}초까지 실행됩니다{more}
    message: the proxy is gone {g} s after the pod begins to stop (terminationDrainDuration {t}{d}), and {c} runs until {u} s{more}
    message.ko: 파드가 종료를 시작하고 {g}초 뒤에 프록시가 사라집니다 (terminationDrainDuration {t}{d}). {c} 컨테이너는 {u}초까지 실행됩니다{more}
    """
    proxy = pod.proxy_container
    if proxy is None or pod.sidecar is not Sidecar.CLASSIC:
        return
    quits = proxy.exits_at is not None
    if not quits and (not _classic(pod) or pod.settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS):
        return
    if proxy.preStop is not None and proxy.preStop.seconds is None:
        return
    line, drain = timeline(pod), pod.settings.terminationDrainDuration
    gone = round(_px(pod) + (0.0 if quits else max(0.0, drain)), 6)
    late: list[tuple[float, Container]] = []
    for one in pod.containers:
        end, p = _app_end(pod, one, line), _p(pod, one)
        if gone < end if end is not None else p > 0 and gone <= p:
            late.append((end if end is not None else p, one))
    if not late:
        return
    until, one = max(late, key=lambda pair: pair[0])
    is_set = pod.settings.setter(TDD) is not None
    certain = quits or is_set or pod.assumptions.mesh is not None or pod.injected
    severity, say, fix = Severity.ERROR if certain else Severity.WARNING, *(("quit",) * 2 if quits else ("", "exact"))
    place = _setting_at(pod, TDD, at(pod, one, "lifecycle", "preStop"))
    place = at(pod, proxy, "lifecycle", "preStop") if quits and proxy.node is not None else place
    d = _NOTHING if is_set else Text(", the default", ", 기본값")
    more = _NOTHING if one.shutdown is not None else Text(" at least", " (적어도)")
    t, until_text = format_duration(drain), format_duration(until)
    yield Problem(place, one.name, severity, say=say, fix=fix, g=gone, t=t, d=d, u=until, more=more, until=until_text)


@rule("PT202", Severity.WARNING)
def drain_fills_grace(pod: Pod) -> Iterator[Problem]:
    """title: The drain is as long as the grace period
    title.ko: 드레인 시간이 유예 기간만큼 깁니다
    what: Fires for a classic proxy or a gateway when its own preStop + terminationDrainDuration reaches terminationGracePeriodSeconds.
    what.ko: 클래식 프록시나 게이트웨이에서 자신의 preStop + terminationDrainDuration 값이 terminationGracePeriodSeconds 이상이면 보고합니다.
    why: The agent and the kubelet race: whoever is first kills Envoy. terminationDrainDuration is a fixed wait, so every pod of the workload also takes
        the whole grace period to stop.
    why.ko: 에이전트와 kubelet이 경합하여 먼저 도달한 쪽이 Envoy를 강제 종료합니다. terminationDrainDuration은 고정된 대기 시간이므로 모든 파드가 유예 기간을 다
        쓰고 종료됩니다.
    fix: Make terminationGracePeriodSeconds greater than the drain.
    fix.ko: terminationGracePeriodSeconds 값을 드레인 시간보다 크게 설정하십시오.
    message.unseen: the proxy drains for {t} s: a race with SIGKILL, unless the grace period, which is not written here, is longer than the default {g} s
    message.unseen.ko: 프록시는 {t}초 동안 드레인합니다. 여기에 없는 유예 기간이 기본값 {g}초보다 길지 않으면 SIGKILL과 경합합니다
    message: the proxy drains for {t} s and the grace period is {g} s: a race with SIGKILL
    message.ko: 프록시는 {t}초 동안 드레인하고 유예 기간은 {g}초입니다. SIGKILL과 경합합니다
    message.hook: the proxy drains for {t} s after its preStop of {px} s and the grace period is {g} s: a race with SIGKILL
    message.hook.ko: 프록시는 {t}초 동안 드레인하고 (그 앞의 preStop {px}초) 유예 기간은 {g}초입니다. SIGKILL과 경합합니다
    """
    if not _classic(pod, Sidecar.GATEWAY) or pod.settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS:
        return
    px, drain = _px(pod), pod.settings.terminationDrainDuration
    if px + drain >= pod.grace:
        place = _setting_at(pod, TDD, grace_at(pod))
        say = "hook" if px else ""
        severity, say = (Severity.WARNING, say) if pod.grace_shown else (Severity.INFO, "unseen")
        yield Problem(place, PROXY, severity, say=say, t=drain, px=px, g=pod.grace)


@rule("PT203", Severity.WARNING)
def listeners_close_early(pod: Pod) -> Iterator[Problem]:
    """title: Listeners close while clients still open connections
    title.ko: 클라이언트가 아직 연결하는 동안 리스너가 닫힙니다
    what: Fires for a classic proxy or a gateway that outlives drainDuration while propagation, load balancer deregistration or the app's preStop is
        longer than that.
    what.ko: 클래식 프록시나 게이트웨이가 drainDuration보다 오래 실행되는데 propagation, 로드 밸런서 등록 해제, 앱의 preStop 가운데 하나가 그보다 길면 보고합니다.
    why: Envoy refuses new connections from drainDuration on, though it is still there.
    why.ko: Envoy는 살아 있어도 drainDuration이 지나면 새 연결을 거부합니다.
    fix: Raise drainDuration to at least the longest of the three.
    fix.ko: drainDuration 값을 세 값 가운데 가장 긴 값 이상으로 늘리십시오.
    message: Envoy's listeners close at {x} s (drainDuration {d}); clients may still connect until {u} s ({why})
    message.ko: Envoy의 리스너가 {x}초에 닫힙니다 (drainDuration {d}). 클라이언트는 {u}초까지 새로 연결하려 할 수 있습니다 ({why})
    """
    if not _classic(pod, Sidecar.GATEWAY):
        return
    drain = pod.settings.drainDuration
    closes = round(_px(pod) + max(0.0, drain), 6)
    proxy = pod.proxy_container
    own = proxy.preStop.listeners if proxy is not None and proxy.preStop is not None else None
    if own is not None:
        closes = round(own[0] + {"closed": 0.0, "open": NEVER}.get(own[1], drain), 6)
    needs = {
        "propagation": pod.assumptions.clients_know_after,
        "lb-deregistration": pod.assumptions.lb_deregistration or 0.0,
        "preStop": max((_p(pod, one) for one in pod.containers), default=0.0),
    }
    why, longest = max(needs.items(), key=lambda pair: pair[1])
    if longest > closes and _earliest_end(pod) > closes:
        place = _setting_at(pod, DRAIN, grace_at(pod))
        yield Problem(place, PROXY, x=closes, d=format_duration(drain), u=longest, why=why)


def _earliest_end(pod: Pod) -> float:
    """When Envoy is gone at the earliest."""
    settings, px = pod.settings, _px(pod)
    idle = pod.assumptions.connections_idle_after or 0.0
    return min(px + agent_seconds(settings, px, False, idle), float(pod.grace))


@rule("PT204", Severity.WARNING, mesh=True)
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
    fix.ko: 둘 중 하나를 지우거나 대신 MINIMUM_DRAIN_DURATION 값을 설정하십시오.
    message: terminationDrainDuration is never read, because EXIT_ON_ZERO_ACTIVE_CONNECTIONS is on
    message.ko: EXIT_ON_ZERO_ACTIVE_CONNECTIONS 설정이 켜져 있으므로 terminationDrainDuration 값을 읽지 않습니다
    """
    if isinstance(item, MeshConfig):
        for layer, settings in _mesh_layers(item):
            sets, switch = settings.setter(TDD), settings.setter(EOZ)
            if settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS and sets is not None and layer in (sets, switch):
                severity = Severity.WARNING if sets is switch else Severity.INFO
                yield Problem(_layer_at(sets, TDD), PROXY, severity)
        return
    sets, switch = item.settings.setter(TDD), item.settings.setter(EOZ)
    if not _classic(item, Sidecar.GATEWAY) or not item.settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS:
        return
    if sets is None or switch is None:
        return
    if not item.injected and not sets.own and not switch.own and sets.source == item.source:
        return  # the mesh configuration in the same text has its own finding
    place = _setting_at(item, TDD, _setting_at(item, EOZ, Place(item.path, item.line)))
    same = sets is switch or {sets.kind, switch.kind} == {"env", "PROXY_CONFIG"}
    yield Problem(place, PROXY, Severity.WARNING if same else Severity.INFO)


@rule("PT205", Severity.WARNING, mesh=True)
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
    fix.ko: EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true" 값을 함께 설정하거나 대신 terminationDrainDuration 값을 설정하십시오.
    message: MINIMUM_DRAIN_DURATION is never read, because EXIT_ON_ZERO_ACTIVE_CONNECTIONS is not on
    message.ko: EXIT_ON_ZERO_ACTIVE_CONNECTIONS 설정이 켜져 있지 않으므로 MINIMUM_DRAIN_DURATION 값을 읽지 않습니다
    """
    if isinstance(item, MeshConfig):
        for one, settings in _mesh_layers(item):
            if MIN in one.values and not settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS:
                yield Problem(_layer_at(one, MIN), PROXY, Severity.INFO if one is item.layer else Severity.WARNING)
        return
    layer = item.settings.setter(MIN)
    if not _classic(item, Sidecar.GATEWAY) or item.settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS:
        return
    if layer is not None and (layer.own or item.injected):
        yield Problem(_setting_at(item, MIN, Place(item.path, item.line)), PROXY)


@rule("PT206", Severity.WARNING)
def idle_proxy_leaves(pod: Pod) -> Iterator[Problem]:
    """title: An idle proxy leaves before the app
    title.ko: 유휴 상태의 프록시가 앱보다 먼저 종료됩니다
    what: Fires for a classic proxy with EXIT_ON_ZERO_ACTIVE_CONNECTIONS whose first check (MINIMUM_DRAIN_DURATION + 1 s) comes before the app has
        finished.
    what.ko: EXIT_ON_ZERO_ACTIVE_CONNECTIONS 설정을 켠 클래식 프록시가 연결을 처음 확인하는 시점(MINIMUM_DRAIN_DURATION + 1초)이 앱이 끝나기
        전이면 보고합니다.
    why: If no connection is open at that moment the agent kills Envoy, and the app goes on without a network.
    why.ko: 그 순간 열린 연결이 없으면 에이전트가 Envoy를 강제 종료하고, 앱은 네트워크 없이 남습니다.
    fix: Set MINIMUM_DRAIN_DURATION to at least preStop + shutdown.
    fix.ko: MINIMUM_DRAIN_DURATION 값을 preStop + 종료 시간 이상으로 설정하십시오.
    message: an idle proxy leaves at {t} s (MINIMUM_DRAIN_DURATION {m} + 1 s); {c} runs until {u} s
    message.ko: 유휴 상태의 프록시는 {t}초에 종료됩니다 (MINIMUM_DRAIN_DURATION {m} + 1초). {c} 컨테이너는 {u}초까지 실행됩니다
    """
    if not _classic(pod) or not pod.settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS:
        return
    leaves, line = _earliest_end(pod), timeline(pod)
    place = _setting_at(pod, MIN, _setting_at(pod, EOZ, Place(pod.path, pod.line)))
    least = format_duration(pod.settings.MINIMUM_DRAIN_DURATION)
    for one in pod.containers:
        end = _app_end(pod, one, line)
        until = end if end is not None else _p(pod, one)
        if leaves < until:
            yield Problem(place, one.name, t=leaves, m=least, u=until)


@rule("PT207", Severity.INFO)
def native_ignores(pod: Pod) -> Iterator[Problem]:
    """title: Native sidecar: drain settings have no effect
    title.ko: 네이티브 사이드카: 드레인 설정은 효과가 없습니다
    what: Fires when terminationDrainDuration, MINIMUM_DRAIN_DURATION or EXIT_ON_ZERO_ACTIVE_CONNECTIONS is set on a workload whose sidecar is native and
        keeps Istio's drain hook (Istio 1.21 and later).
    what.ko: 네이티브 사이드카가 Istio의 드레인 훅을 그대로 쓰는 워크로드(Istio 1.21 이상)에 terminationDrainDuration,
        MINIMUM_DRAIN_DURATION, EXIT_ON_ZERO_ACTIVE_CONNECTIONS 값이 있으면 보고합니다.
    why: The hook drains at once; at SIGTERM, after the app has ended, the agent exits without reading any of them.
    why.ko: 훅이 곧바로 드레인을 시작하고, 앱이 끝난 뒤 SIGTERM을 받은 에이전트는 이 값들을 읽지 않고 종료합니다.
    fix: Remove them; the grace period and the app's preStop decide.
    fix.ko: 이 값들을 지우십시오. 종료 시점은 유예 기간과 앱의 preStop이 결정합니다.
    message: no effect on a native sidecar: {listed}
    message.ko: 네이티브 사이드카에서는 {listed} 설정이 효과가 없습니다
    """
    if pod.sidecar is not Sidecar.NATIVE or not _drained_by_hook(pod):
        return
    for layer in pod.settings.layers:
        keys = [key for key in (TDD, MIN, EOZ) if layer.own and key in layer.nodes]
        if keys:
            yield Problem(_layer_at(layer, keys[0]), PROXY, listed=", ".join(keys))


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


def _proxy_metadata(item: Item) -> Iterator[tuple[str, str, Span, Node]]:
    """Every key under proxyMetadata: name, path, place and value."""
    for _, name, path, _, node in _entries(item, "ProxyConfig"):
        if name == "proxyMetadata":
            yield from ((key, f"{path}.{key}", node.keys[key], value) for key, value in node.entries.items())


def _variables(item: Item) -> Iterator[tuple[str, str, Span, Node]]:
    """Every environment variable that is set for the proxy: name, path, place and value."""
    yield from _proxy_metadata(item)
    if isinstance(item, MeshConfig) and item.kind == "ProxyConfig" and item.node is not None:
        env = item.node.get("spec", "environmentVariables")
        if env is not None:
            for key, value in env.entries.items():
                yield key, f"spec.environmentVariables.{key}", env.keys[key], value
    if isinstance(item, Pod) and item.proxy is not None and item.proxy.node is not None:
        listed = item.proxy.node.get("env")
        for entry in listed.items if listed is not None else []:
            variable, text = entry.get("name"), entry.get("value")
            if variable is not None and text is not None and isinstance(variable.value, str):
                yield variable.value, f"{PROXY}.env.{variable.value}", variable.span, text


def _proxy_name(item: Item) -> str:
    return PROXY if isinstance(item, Pod) else ""


@rule("PT208", Severity.ERROR, mesh=True)
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
    message: {name}: {wrong}
    message.ko: {name}: {wrong}
    """
    for schema, name, path, span, node in _entries(item):
        kind = SCHEMAS[schema].get(name, "")
        wrong = fault(kind, node) if kind else None
        if wrong is not None:
            known = node.raw.upper() in kind.split("|")
            right = node.raw.upper() if known else _with_unit(node.raw) if kind == "duration" else ""
            right = f'"{right}"' if isinstance(node.value, bool) and right else right
            edits = replaced(node, right) if right else ()
            yield Problem((path, span.line), _proxy_name(item), edits=edits, name=name, wrong=wrong)


def _with_unit(text: str) -> str:
    """The duration that a bare number means, or nothing for any other text."""
    return f"{text}s" if re.fullmatch(r"\d+(\.\d+)?", text) else ""


_MEANT = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false"}


@rule("PT209", Severity.ERROR, mesh=True)
def unreadable_environment(item: Item) -> Iterator[Problem]:
    """title: An environment value that the agent cannot read
    title.ko: 에이전트가 읽을 수 없는 환경 변수 값입니다
    what: Fires when MINIMUM_DRAIN_DURATION is not a Go duration, or EXIT_ON_ZERO_ACTIVE_CONNECTIONS is not a Go bool.
    what.ko: MINIMUM_DRAIN_DURATION 값이 Go 시간 형식이 아니거나 EXIT_ON_ZERO_ACTIVE_CONNECTIONS 값이 Go 불리언이 아니면 보고합니다.
    why: The agent writes a line in its log and uses the default: 5 s, or false.
    why.ko: 에이전트는 로그 한 줄을 남기고 기본값인 5초 또는 false를 씁니다.
    fix: Write "10s" instead of "10", "true" instead of "yes".
    fix.ko: "10" 대신 "10s", "yes" 대신 "true"로 적으십시오.
    message: {key}: {wrong}; the agent uses {default} s
    message.ko: {key}: {wrong}. 에이전트는 {default}초를 씁니다
    message.bool: {key}: "{text}" is not true or false, and counts as false
    message.bool.ko: {key}: "{text}" 값은 true도 false도 아니므로 false로 처리됩니다
    """
    seen = set[str]()
    for key, path, span, node in _variables(item):
        text = as_go(node)
        if key not in DRAIN_ENV or key in seen or not isinstance(text, str):
            continue
        wrong = fault("duration", node) if key == MIN else None
        if wrong is None and (key == MIN or parse_bool(text) is not None):
            continue
        seen.add(key)
        if key == MIN:
            say, right = "", _with_unit(text)
        else:
            say, right = "bool", _MEANT.get(text.lower(), "")
        edits = replaced(node, f'"{right}"') if right else ()
        place, default = (path, span.line), versions.MINIMUM_DRAIN_DURATION.value
        yield Problem(place, _proxy_name(item), say=say, edits=edits, key=key, text=text, wrong=wrong, default=default)


_POD_FIELDS = {
    "terminationGracePeriodSeconds": Text("the pod's spec", "파드의 spec"),
    "lifecycle": Text("the container", "컨테이너"),
    "preStop": Text("the container's lifecycle", "컨테이너의 lifecycle"),
}
_METADATA = Text("proxyMetadata", "proxyMetadata")
_HOLDERS = {"MeshConfig": Text("meshConfig", "meshConfig"), "ProxyConfig": Text("defaultConfig", "defaultConfig")}
_ABOVE = Text("ProxyConfig, beside proxyMetadata", "proxyMetadata 바깥의 ProxyConfig")
_ON_PROXY = Text("istio-proxy, through proxyMetadata", "proxyMetadata로 설정하는 istio-proxy")
_ON_TEMPLATE = Text("the pod template's metadata.annotations", "파드 템플릿의 metadata.annotations")


@rule("PT210", Severity.WARNING, mesh=True)
def unknown_key(item: Item) -> Iterator[Problem]:
    """title: An unknown or misplaced key
    title.ko: 모르는 키 또는 잘못 놓인 키입니다
    what: Fires for a key of `proxy.istio.io/config`, mesh config or proxyMetadata that is known elsewhere, or is within two edits of a known key; and for
        `proxy.istio.io/config` on a workload instead of its pod template.
    what.ko: `proxy.istio.io/config`, 메시 설정, proxyMetadata에 있는 키가 다른 곳에 적는 키이거나, 알려진 키와 두 글자 이내로 다르면 보고합니다.
        `proxy.istio.io/config` 어노테이션이 파드 템플릿이 아니라 워크로드에 있을 때도 보고합니다.
    why: Istio accepts it and does nothing with it.
    why.ko: Istio는 받아들이지만 아무 일도 하지 않습니다.
    fix: Use the key and the place that the message names.
    fix.ko: 메시지가 알려 주는 키와 위치를 쓰십시오.
    message: {name} has no effect here; it belongs in {where}
    message.ko: {name} 키는 여기에서 효과가 없습니다. 올바른 위치: {where}
    message.other: {name} has no effect here; {right} belongs in {where}
    message.other.ko: {name} 키는 여기에서 효과가 없습니다. {right} 키의 올바른 위치: {where}
    message.spelled: {name} is not a key that Istio knows; it is spelled {right}
    message.spelled.ko: Istio는 {name} 키를 모릅니다. 올바른 이름은 {right}입니다
    """
    taken = {one[2] for one in _entries(item)} | {one[1] for one in _variables(item)}
    for name, right, where, path, span in _misplaced(item):
        say = "spelled" if where is None else "" if name == right else "other"
        there = f"{path.removesuffix(name)}{right}"
        edits = renamed(span, name, right) if where is None and there not in taken else ()
        taken.add(there)
        place = path, span.line
        yield Problem(place, _proxy_name(item), say=say, edits=edits, name=name, right=right, where=where)


def _misplaced(item: Item) -> Iterator[tuple[str, str, Text | None, str, Span]]:
    """Keys that do nothing: name, right name, where it belongs (`None`: here, but spelled so), path and place."""
    for schema, name, path, span, _ in _entries(item):
        found = _belongs(schema, name) if name not in SCHEMAS[schema] and name not in REMOVED else None
        if found is not None:
            yield name, *found, path, span
    for key, path, span, _ in _variables(item):
        if key in REMOVED or key in DRAIN_ENV:
            continue
        if camel(key) in PROXY_CONFIG:
            yield key, camel(key), _ABOVE, path, span
        elif (env := nearest(key, DRAIN_ENV)) is not None:
            yield key, env, None, path, span
    if not isinstance(item, Pod):
        return
    for one in item.containers if item.sidecar is not Sidecar.NONE else ():
        listed = one.node.get("env") if one.node is not None else None
        for entry in listed.items if listed is not None else ():
            variable = entry.get("name")
            if variable is not None and variable.value in DRAIN_ENV:
                yield variable.raw, variable.raw, _ON_PROXY, f"{one.name}.env.{variable.raw}", variable.span
    inside = item.annotations
    for key, span in inside.keys.items() if inside is not None else ():
        domain, _, name = key.rpartition("/")
        settings = (TDD, DRAIN, *DRAIN_ENV, "holdApplicationUntilProxyStarts")
        if domain.endswith("istio.io") and camel(name) in settings:
            config = "proxy.istio.io/config, proxyMetadata" if name in DRAIN_ENV else "proxy.istio.io/config"
            where = Text(f"the annotation {config}", f"{config} 어노테이션 안")
            yield key, camel(name), where, f"metadata.annotations.{key}", span
    own = item.workload.get("metadata", "annotations") if item.workload is not None else None
    if own is None or own is inside or item.kind in ("Pod", "PodTemplate"):
        return
    for key in ("proxy.istio.io/config", "sidecar.istio.io/nativeSidecar"):
        if key in own.entries and (inside is None or key not in inside.entries):
            yield key, key, _ON_TEMPLATE, f"metadata.annotations.{key}", own.keys[key]


def _belongs(schema: str, name: str) -> tuple[str, Text | None] | None:
    """The right name and, if it is another, the right place of a key that `schema` does not have."""
    if name in DRAIN_ENV:
        return name, _METADATA
    if name in _POD_FIELDS:
        return name, _POD_FIELDS[name]
    other = "ProxyConfig" if schema == "MeshConfig" else "MeshConfig"
    if name in SCHEMAS[other]:
        return name, _HOLDERS[other]
    if (env := nearest(name, DRAIN_ENV)) is not None:
        return env, _METADATA
    for one, where in ((schema, None), (other, _HOLDERS[other])):
        known = nearest(name, SCHEMAS[one], 1 if len(name) < 6 else 2)
        if known is not None:
            return known, where
    return None


@rule("PT211", Severity.ERROR, mesh=True)
def not_a_string(item: Item) -> Iterator[Problem]:
    """title: A proxyMetadata value that is not a string
    title.ko: 문자열이 아닌 proxyMetadata 값입니다
    what: Fires for an unquoted true, number, on or yes, and for a nested map, under proxyMetadata, environmentVariables of a ProxyConfig, or env of
        istio-proxy.
    what.ko: proxyMetadata, ProxyConfig의 environmentVariables, istio-proxy의 env 아래에 따옴표 없는 true, 숫자, on, yes 또는 중첩된 매핑이 있으면
        보고합니다.
    why: The injection of the pod (or the mesh config, or the object itself) is refused.
    why.ko: 파드 주입(또는 메시 설정이나 객체 자체)이 거부됩니다.
    fix: Put the value in quotes.
    fix.ko: 값을 따옴표로 감싸십시오.
    fix.move: move {key} out of proxyMetadata, beside it
    fix.move.ko: {key} 키를 proxyMetadata 바깥으로 옮기십시오
    fix.nested: write one string, or remove the key
    fix.nested.ko: 문자열 하나로 쓰거나 키를 지우십시오
    message: {key} is {got} without quotes, and only a string is accepted
    message.ko: {key} 값({got})에 따옴표가 없습니다. 문자열만 받아들여집니다
    message.nested: {key} is a {got}, and only a string is accepted
    message.nested.ko: {key} 값이 {got} 형식입니다. 문자열만 받아들여집니다
    """
    for key, path, span, value in _variables(item):
        read = as_go(value)
        if isinstance(read, str) or value.empty:
            continue
        nested = "" if value.kind == "scalar" else "nested"
        text = str(read).lower() if isinstance(read, bool) else value.raw
        fix = "move" if camel(key) in PROXY_CONFIG and "proxyMetadata" in path else nested
        edits = () if nested else replaced(value, f'"{text}"')
        got = value.raw or value.kind
        yield Problem((path, span.line), _proxy_name(item), say=nested, fix=fix, edits=edits, key=key, got=got)


@rule("PT212", Severity.WARNING, mesh=True)
def removed_setting(item: Item) -> Iterator[Problem]:
    """title: A setting that no longer exists
    title.ko: 없어진 설정입니다
    what: Fires for parentShutdownDuration and TERMINATION_DRAIN_DURATION_SECONDS.
    what.ko: parentShutdownDuration, TERMINATION_DRAIN_DURATION_SECONDS 설정을 보고합니다.
    why: Istio accepts it and does nothing with it.
    why.ko: Istio는 받아들이지만 아무 일도 하지 않습니다.
    fix: Remove it; terminationDrainDuration is what you want.
    fix.ko: 지우고 terminationDrainDuration 값을 설정하십시오.
    message: {name}: {gone}
    message.ko: {name}: {gone}
    """
    places = [(name, path, span) for _, name, path, span, _ in _entries(item)]
    places += [(key, path, span) for key, path, span, _ in _variables(item)]
    for name, path, span in places:
        if name in REMOVED:
            yield Problem((path, span.line), _proxy_name(item), name=name, gone=REMOVED[name])


@rule("PT213", Severity.ERROR, mesh=True)
def fractional_drain(item: Item) -> Iterator[Problem]:
    """title: drainDuration that is not whole seconds
    title.ko: 초 단위 정수가 아닌 drainDuration 값입니다
    what: Fires when drainDuration has a fraction of a second, or is below 1 s.
    what.ko: drainDuration 값에 1초 미만의 단위가 있거나 1초보다 짧으면 보고합니다.
    why: Istio's validation refuses the configuration: Envoy's --drain-time-s takes whole seconds.
    why.ko: Istio가 설정을 거부합니다. Envoy의 --drain-time-s 값은 초 단위 정수입니다.
    fix: Write whole seconds, such as 45s.
    fix.ko: 45s처럼 초 단위 정수로 적으십시오.
    message: drainDuration is {value}; it must be whole seconds, at least 1s
    message.ko: drainDuration 값이 {value}입니다. 1s 이상의 초 단위 정수여야 합니다
    """
    for _, name, path, span, node in _entries(item, "ProxyConfig"):
        if name == DRAIN and isinstance(node.value, str) and fault("duration", node) is None:
            length = parse_duration(node.value)
            if length != int(length) or length < 1:
                yield Problem((path, span.line), _proxy_name(item), value=node.value)


@rule("PT214", Severity.ERROR)
def job_never_completes(pod: Pod) -> Iterator[Problem]:
    """title: A Job with a classic sidecar never completes
    title.ko: 클래식 사이드카가 있는 Job은 완료되지 않습니다
    what: Fires for a Job or CronJob with a classic sidecar whose commands never call /quitquitquit. `warning` when what they run cannot be seen in the
        manifest.
    what.ko: 클래식 사이드카가 있는 Job, CronJob의 명령에 /quitquitquit 호출이 없으면 보고합니다. 매니페스트만으로 명령의 내용을 볼 수 없으면 `warning`입니다.
    why: A classic proxy runs until it gets SIGTERM, and nobody sends one when the work is done.
    why.ko: 클래식 프록시는 SIGTERM을 받을 때까지 실행되는데, 작업이 끝나도 아무도 SIGTERM을 보내지 않습니다.
    fix: Use a native sidecar (sidecar.istio.io/nativeSidecar: "true"), call POST localhost:15020/quitquitquit when idle, or keep the Job out of the mesh.
    fix.ko: 네이티브 사이드카(sidecar.istio.io/nativeSidecar: "true")를 쓰거나, 작업이 끝난 뒤 POST localhost:15020/quitquitquit을
        호출하거나, Job을 메시에서 빼십시오.
    message: this {kind} does not complete: its classic istio-proxy never ends by itself
    message.ko: 클래식 istio-proxy가 스스로 끝나지 않으므로 이 {kind} 작업은 완료되지 않습니다
    """
    if pod.sidecar is not Sidecar.CLASSIC or not pod.is_job or not pod.containers:
        return
    words = [word for one in pod.containers for word in (*one.command, *one.args)]
    if re.search(r"quitquitquit|(pkill|killall)\b.*(envoy|pilot-agent)", " ".join(words)):
        return
    scripts = [shell.script_of((*one.command, *one.args)) if one.command else None for one in pod.containers]
    hidden = r"[\w./-]+\.(sh|py|rb|js|pl|jar)\b|\./|\$"
    seen = all(script is not None and not re.search(hidden, script) for script in scripts)
    yield Problem(at(pod, pod.containers[0]), PROXY, Severity.ERROR if seen else Severity.WARNING, kind=pod.kind)


@rule("PT215", Severity.WARNING, mesh=True)
def own_lifecycle(item: Item) -> Iterator[Problem]:
    """title: An own lifecycle on a native istio-proxy
    title.ko: 네이티브 istio-proxy에 직접 지정한 lifecycle
    what: Fires when a preStop hook of a native istio-proxy, or Helm's global.proxy.lifecycle, replaces Istio's drain hook (Istio 1.21 and later) without
        calling POST /drain itself.
    what.ko: 네이티브 istio-proxy의 preStop 훅 또는 Helm의 global.proxy.lifecycle 값이 Istio의 드레인 훅을 대신하면서(Istio 1.21 이상)
        POST /drain을 호출하지 않으면 보고합니다.
    why: Without that call the agent knows of no drain. Once the app has ended it waits its terminationDrainDuration, out of what is left of the grace
        period.
    why.ko: 이 호출이 없으면 에이전트는 드레인했다고 여기지 않습니다. 앱이 끝난 뒤에 남은 유예 기간을 써서 terminationDrainDuration만큼 더 기다립니다.
    fix: Remove the hook, or end it with `pilot-agent request --debug-port=15020 POST drain`.
    fix.ko: 훅을 지우거나 마지막에 `pilot-agent request --debug-port=15020 POST drain`을 호출하십시오.
    message: this hook replaces Istio's drain hook on the native istio-proxy and does not call POST /drain
    message.ko: 이 훅은 네이티브 istio-proxy에 있는 Istio의 드레인 훅을 대신하지만 POST /drain을 호출하지 않습니다
    message.two: a {kind} handler beside Istio's exec hook makes two handlers, which the API should refuse
    message.two.ko: {kind} 핸들러가 Istio의 exec 훅과 합쳐져 핸들러가 둘이 됩니다. API 서버가 거부해야 하는 구성입니다
    """
    istio = item.assumptions.version("istio")
    if not versions.DRAIN_HOOK.holds(istio):
        return
    if isinstance(item, MeshConfig):
        node, facts = item.proxy_lifecycle, item.assumptions
        if node is None or facts.sidecar in ("classic", "none"):
            return
        command = node.get("preStop", "exec", "command")
        if command is not None and shell.calls_drain(" ".join(str(word.value) for word in command.items)):
            return
        by_version = versions.native_by_version(istio, facts.version("kubernetes"), item.native_env)
        decided = facts.sidecar == "native" or by_version
        severity = Severity.WARNING if decided else Severity.INFO
        yield Problem(("global.proxy.lifecycle", node.span.line), PROXY, severity)
        return
    hook = item.proxy.preStop if item.proxy is not None and item.sidecar is Sidecar.NATIVE else None
    if hook is not None and hook.node is not None and not hook.istio and not shell.calls_drain(" ".join(hook.command)):
        say = "" if hook.kind == "exec" or item.injected else "two"
        yield Problem(at(item, item.proxy, "lifecycle", "preStop"), PROXY, say=say, kind=hook.kind)


@rule("PT216", Severity.WARNING, mesh=True)
def harmful_proxy_hook(item: Item) -> Iterator[Problem]:
    """title: An istio-proxy hook that cuts, or cannot run
    title.ko: 연결을 끊거나 실행되지 않는 istio-proxy 훅
    what: Fires when a hook of istio-proxy calls drain_listeners without `graceful`, or tools (sh, sleep, curl, netstat) that a distroless proxy image
        lacks. `info` when the image is not known to be distroless, and for quitquitquit at a time that cannot be read.
    what.ko: istio-proxy 훅이 `graceful` 없이 drain_listeners를 호출하거나 distroless 프록시 이미지에 없는 도구(sh, sleep, curl, netstat)를
        쓰면 보고합니다. 이미지가 distroless인지 알 수 없거나, 훅이 quitquitquit을 언제 호출하는지 읽을 수 없으면 `info`입니다.
    why: Without `graceful` Envoy closes its listeners at once; without the tool the hook fails and the delay is 0.
    why.ko: `graceful`이 없으면 Envoy가 리스너를 곧바로 닫습니다. 도구가 없으면 훅이 실패하고 대기 시간은 0이 됩니다.
    fix: Add `graceful` (and `skip_exit`), use the sleep action, or move to a native sidecar.
    fix.ko: `graceful`(과 `skip_exit`)을 붙이거나 sleep 동작을 쓰거나 네이티브 사이드카로 옮기십시오.
    message: the istio-proxy image is distroless and lacks {tools}: the hook fails
    message.ko: 이 istio-proxy 이미지는 distroless이며 {tools} 도구가 없습니다. 훅이 실패합니다
    message.maybe: a distroless istio-proxy image lacks {tools}, and then the hook fails
    message.maybe.ko: distroless istio-proxy 이미지에는 {tools} 도구가 없으므로 훅이 실패합니다
    message.cut: drain_listeners without graceful closes the listeners at once
    message.cut.ko: graceful 없는 drain_listeners 호출은 리스너를 곧바로 닫습니다
    message.and: the shell ends the command at the unquoted &, so drain_listeners runs without graceful: put the URL in quotes
    message.and.ko: 셸은 따옴표 없는 &에서 명령을 끝냅니다. drain_listeners가 graceful 없이 실행되므로 URL을 따옴표로 감싸십시오
    message.quit: quitquitquit ends Envoy without a drain: whatever is in flight then is cut
    message.quit.ko: quitquitquit 요청은 드레인 없이 Envoy를 종료합니다. 그때 처리 중인 요청은 끊깁니다
    """
    if isinstance(item, MeshConfig):
        hook, node = item.proxy_hook, item.proxy_lifecycle
        place = Place("global.proxy.lifecycle", node.span.line if node is not None else item.line)
        judged = False
    else:
        hook = item.proxy.preStop if item.proxy is not None and item.sidecar is not Sidecar.NONE else None
        hook = hook if hook is not None and hook.node is not None else None  # without: global.proxy.lifecycle
        place = at(item, item.proxy, "lifecycle", "preStop", "exec")
        judged = item.sidecar is Sidecar.CLASSIC and item.proxy is not None and item.proxy.exits_at is not None  # PT201
    if hook is None or hook.kind != "exec" or hook.istio or shell.splits_script(hook.command):
        return
    text, tools = " ".join(hook.command), ", ".join(shell.tools(hook.command))
    steps = [" ".join(step.words) for step in shell.simple(shell.script_of(hook.command) or "")] or [text]
    cut, drains = r"drain_listeners(?!\S*graceful)", not versions.DRAIN_HOOK.holds(item.assumptions.version("istio"))
    if hook.fails:
        yield Problem(place, PROXY, tools=tools)
    elif any(re.search(cut, step) for step in steps):
        yield Problem(place, PROXY, say="cut" if re.search(cut, text) else "and")
    elif "quitquitquit" in text and not judged and not (drains and "15020" in text):
        yield Problem(place, PROXY, Severity.INFO, say="quit")
    elif tools:
        yield Problem(place, PROXY, Severity.INFO, say="maybe", tools=tools)


_NATIVE, _CONFIG = "sidecar.istio.io/nativeSidecar", "proxy.istio.io/config"
_READ = ["sidecar.istio.io/inject", _NATIVE, _CONFIG, "inject.istio.io/templates"]
_OTHERS = {"sidecar.istio.io/status", "inject.istio.io/template", "proxy.istio.io/overrides"}


@rule("PT217", Severity.WARNING, mesh=True)
def misspelled_annotation(item: Item) -> Iterator[Problem]:
    """title: A misspelled annotation
    title.ko: 철자가 틀린 어노테이션입니다
    what: Fires for an annotation that is nearly one that decides how the pod stops, such as `sidecar.istio.io/native-side`.
    what.ko: 파드의 종료 방식을 정하는 어노테이션과 거의 같은 이름(예: `sidecar.istio.io/native-side`)이면 보고합니다.
    why: Istio does not read it, and says nothing.
    why.ko: Istio는 이 어노테이션을 읽지 않으며 아무것도 알리지 않습니다.
    fix: Use the spelling that the message names.
    fix.ko: 메시지가 알려 주는 이름을 쓰십시오.
    message: Istio does not read the annotation {key}; it is spelled {right}
    message.ko: Istio는 {key} 어노테이션을 읽지 않습니다. 올바른 이름은 {right}입니다
    """
    noted = item.annotations if isinstance(item, MeshConfig) else [("metadata.annotations", item.annotations)]
    keys = [(path, *pair) for path, node in noted if node is not None for pair in node.keys.items()]
    taken = {pair[:2] for pair in keys}
    for path, key, span in keys:
        domain, _, name = key.rpartition("/")
        if key in _READ or key in _OTHERS or not domain.endswith("istio.io"):
            continue
        right = nearest(key, _READ)
        if right is None and re.match(r"native[-_.]?side", name, re.IGNORECASE):
            right = _NATIVE
        if right is None and domain in ("sidecar.istio.io", "istio.io", "proxy.istio.io"):
            right = {"config": _CONFIG, "nativeSidecar": _NATIVE}.get(name)
        if right is not None:
            place, edits = (f"{path}.{key}", span.line), renamed(span, key, right)
            yield Problem(place, edits=() if (path, right) in taken else edits, key=key, right=right)
            taken.add((path, right))


@rule("PT218", Severity.WARNING, mesh=True)
def durations_in_resource(item: Item) -> Iterator[Problem]:
    """title: Drain durations in a ProxyConfig resource
    title.ko: ProxyConfig 리소스에 적은 드레인 시간
    what: Fires for terminationDrainDuration or drainDuration in a ProxyConfig resource.
    what.ko: ProxyConfig 리소스에 terminationDrainDuration 또는 drainDuration 필드가 있으면 보고합니다.
    why: The resource holds only concurrency, environmentVariables and image; the API server drops or refuses the rest.
    why.ko: 이 리소스에는 concurrency, environmentVariables, image만 있습니다. 나머지는 API 서버가 버리거나 거부합니다.
    fix: Set them in the annotation proxy.istio.io/config or in meshConfig.defaultConfig.
    fix.ko: proxy.istio.io/config 어노테이션이나 meshConfig.defaultConfig에 설정하십시오.
    message: a ProxyConfig resource cannot hold {key}
    message.ko: ProxyConfig 리소스에는 {key} 필드를 둘 수 없습니다
    """
    if not isinstance(item, MeshConfig) or item.kind != "ProxyConfig" or item.node is None:
        return
    spec = item.node.get("spec")
    for key, span in spec.keys.items() if spec is not None else ():
        if camel(key) in (TDD, DRAIN):
            yield Problem((f"spec.{key}", span.line), key=key)


@rule("PT219", Severity.INFO)
def never_zero(pod: Pod) -> Iterator[Problem]:
    """title: EXIT_ON_ZERO_ACTIVE_CONNECTIONS has no upper bound but SIGKILL
    title.ko: EXIT_ON_ZERO_ACTIVE_CONNECTIONS의 상한은 SIGKILL뿐입니다
    what: Fires when connections-idle-after is declared `never`, or not below the grace period.
    what.ko: connections-idle-after 값을 `never` 또는 유예 기간 이상으로 선언하면 보고합니다.
    why: Idle keep-alive connections of clients count too. The proxy stays until SIGKILL cuts whatever is left.
    why.ko: 클라이언트의 유휴 keep-alive 연결도 셉니다. 프록시는 SIGKILL이 남은 연결을 끊을 때까지 남습니다.
    fix: End streams at shutdown, have clients close idle connections, or use terminationDrainDuration.
    fix.ko: 종료할 때 스트림을 끝내거나, 클라이언트가 유휴 연결을 닫게 하거나, terminationDrainDuration을 쓰십시오.
    message: the connection count reaches zero at {idle} s, so the proxy stays until SIGKILL at {g} s
    message.ko: 연결 수가 {idle}초에 0이 되므로 프록시는 {g}초에 SIGKILL을 받을 때까지 남습니다
    message.never: the connection count never reaches zero, so the proxy stays until SIGKILL at {g} s
    message.never.ko: 연결 수가 0이 되지 않으므로 프록시는 {g}초에 SIGKILL을 받을 때까지 남습니다
    """
    idle = pod.assumptions.connections_idle_after
    if not _classic(pod, Sidecar.GATEWAY) or not pod.settings.EXIT_ON_ZERO_ACTIVE_CONNECTIONS:
        return
    if idle is not None and idle >= pod.grace:
        place = _setting_at(pod, EOZ, Place(pod.path, pod.line))
        yield Problem(place, PROXY, say="never" if idle == NEVER else "", idle=idle, g=pod.grace)
