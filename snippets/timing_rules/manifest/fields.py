"""The field table of Istio's ProxyConfig and MeshConfig, as far as a check needs it: name, type, and where it belongs.

No registry publishes a schema for them. Source: istio/api at b8f8791d9653 (`mesh/v1alpha1/proxy.proto`,
`mesh/v1alpha1/config.proto`). Istio parses them leniently: an unknown key is dropped, a wrong type refuses the whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from math import isfinite

from ..duration import DurationError, parse_duration
from ..source.node import Node, Span
from ..text import Text


def _table(names: dict[str, str]) -> dict[str, str]:
    return {name: kind for kind, row in names.items() for name in row.split()}


#: Types: see `fault`. A message that is not looked into is `message`; `list` and `any` say what they are.
PROXY_CONFIG: dict[str, str] = _table(
    {
        "string": "configPath binaryPath serviceCluster discoveryAddress zipkinAddress statsdUdpAddress "
        "envoyMetricsServiceAddress availabilityZone customConfigFile proxyBootstrapTemplatePath meshId",
        "APP_LABEL_AND_NAMESPACE|CANONICAL_NAME_ONLY|CANONICAL_NAME_AND_NAMESPACE": "tracingServiceName",
        "duration": "drainDuration discoveryRefreshDelay terminationDrainDuration fileFlushInterval",
        "int": "proxyAdminPort statNameLength concurrency statusPort",
        "uint": "fileFlushMinSizeKb",
        "NONE|MUTUAL_TLS|INHERIT": "controlPlaneAuthPolicy",
        "REDIRECT|TPROXY|NONE": "interceptionMode",
        "message": "tracing sds envoyAccessLogService envoyMetricsService gatewayTopology readinessProbe "
        "proxyStatsMatcher image privateKeyProvider proxyHeaders connectionSettings",
        "strings": "proxyMetadata runtimeValues",
        "list": "extraStatTags caCertificatesPem",
        "bool": "holdApplicationUntilProxyStarts statsCompression",
    }
)
MESH_CONFIG: dict[str, str] = _table(
    {
        "int": "proxyListenPort proxyInboundListenPort proxyHttpPort",
        "duration": "connectTimeout hboneIdleTimeout protocolDetectionTimeout dnsRefreshRate",
        "message": "tcpKeepalive defaultConfig outboundTrafficPolicy inboundTrafficPolicy localityLbSetting "
        "zoneAwareLbSetting ca defaultProviders pathNormalization defaultHttpRetryPolicy meshMTLS "
        "tlsDefaults defaultTrafficPolicy serviceEntryVisibility",
        "string": "ingressClass ingressService ingressSelector accessLogFile accessLogFormat trustDomain "
        "rootNamespace inboundClusterStatName outboundClusterStatName",
        "UNSPECIFIED|OFF|DEFAULT|STRICT": "ingressControllerMode",
        "bool": "enableTracing enableEnvoyAccessLogService disableEnvoyListenerLog enableAutoMtls "
        "enablePrometheusMerge verifyCertificateAtClient",
        "TEXT|JSON": "accessLogEncoding",
        "list": "configSources trustDomainAliases caCertificates defaultServiceExportTo "
        "defaultVirtualServiceExportTo defaultDestinationRuleExportTo certificates serviceSettings "
        "serviceScopeConfigs extensionProviders discoverySelectors",
        "DO_NOT_UPGRADE|UPGRADE": "h2UpgradePolicy",
    }
)
#: What stands below a `message` or in a `list`, its items as `[]`, as far as its type alone can refuse it. Source: the same, and
#: `networking/v1alpha3` there. Left out: 64-bit numbers (a string will do), and what few of the providers have.
INSIDE: dict[str, str] = _table(
    {
        "number": "tracing.sampling",
        "int": "defaultHttpRetryPolicy.attempts readinessProbe.initialDelaySeconds readinessProbe.timeoutSeconds "
        "readinessProbe.periodSeconds readinessProbe.successThreshold readinessProbe.failureThreshold "
        "connectionSettings.listenerPerConnectionBufferLimitBytes "
        "connectionSettings.clusterPerConnectionBufferLimitBytes connectionSettings.httpMaxConcurrentStreams "
        "connectionSettings.http2InitialStreamWindowSize connectionSettings.http2InitialConnectionWindowSize "
        "connectionSettings.listenerConnectionLimit connectionSettings.globalDownstreamConnectionLimit",
        "uint": "tracing.maxPathTagLength gatewayTopology.numTrustedProxies tcpKeepalive.probes "
        "readinessProbe.httpGet.port readinessProbe.tcpSocket.port readinessProbe.grpc.port "
        "extensionProviders[].zipkin.port extensionProviders[].zipkin.maxTagLength "
        "extensionProviders[].opentelemetry.port extensionProviders[].opentelemetry.maxTagLength "
        "extensionProviders[].skywalking.port extensionProviders[].datadog.port "
        "extensionProviders[].envoyExtAuthzHttp.port extensionProviders[].envoyExtAuthzGrpc.port "
        "extensionProviders[].envoyOtelAls.port extensionProviders[].envoyHttpAls.port "
        "extensionProviders[].envoyTcpAls.port",
        "string": "tracing.zipkin.address tracing.lightstep.address tracing.lightstep.accessToken "
        "tracing.datadog.address envoyAccessLogService.address envoyMetricsService.address image.imageType "
        "defaultHttpRetryPolicy.retryOn ca.address extensionProviders[].name proxyHeaders.server.value "
        "extensionProviders[].zipkin.service extensionProviders[].opentelemetry.service "
        "extensionProviders[].skywalking.service extensionProviders[].datadog.service "
        "extensionProviders[].envoyExtAuthzHttp.service extensionProviders[].envoyExtAuthzGrpc.service "
        "extensionProviders[].envoyExtAuthzHttp.statusOnError extensionProviders[].envoyExtAuthzGrpc.statusOnError "
        "extensionProviders[].envoyOtelAls.service extensionProviders[].envoyHttpAls.service "
        "extensionProviders[].envoyTcpAls.service extensionProviders[].envoyFileAccessLog.path "
        "extraStatTags[] caCertificatesPem[] trustDomainAliases[] defaultServiceExportTo[] "
        "defaultVirtualServiceExportTo[] defaultDestinationRuleExportTo[] proxyStatsMatcher.inclusionPrefixes[] "
        "proxyStatsMatcher.inclusionSuffixes[] proxyStatsMatcher.inclusionRegexps[] defaultProviders.tracing[] "
        "defaultProviders.metrics[] defaultProviders.accessLogging[] localityLbSetting.failoverPriority[] "
        "meshMTLS.cipherSuites[] meshMTLS.ecdhCurves[] tlsDefaults.cipherSuites[] tlsDefaults.ecdhCurves[]",
        "duration": "tcpKeepalive.time tcpKeepalive.interval defaultHttpRetryPolicy.perTryTimeout "
        "defaultHttpRetryPolicy.backoff ca.requestTimeout connectionSettings.httpDrainTimeout "
        "connectionSettings.httpIdleTimeout connectionSettings.httpMaxConnectionDuration "
        "connectionSettings.httpRequestTimeout connectionSettings.httpRequestHeadersTimeout "
        "connectionSettings.httpStreamIdleTimeout connectionSettings.httpMaxStreamDuration "
        "privateKeyProvider.cryptomb.pollDelay privateKeyProvider.qat.pollDelay extensionProviders[].zipkin.timeout "
        "extensionProviders[].envoyExtAuthzHttp.timeout extensionProviders[].envoyExtAuthzGrpc.timeout",
        "bool": "localityLbSetting.enabled zoneAwareLbSetting.enabled tracing.enableIstioTags ca.istiodSide sds.enabled "
        "tracing.tlsSettings.insecureSkipVerify outboundTrafficPolicy.tls.insecureSkipVerify "
        "defaultHttpRetryPolicy.retryRemoteLocalities defaultHttpRetryPolicy.retryIgnorePreviousHosts "
        "connectionSettings.httpMergeSlashes proxyHeaders.preserveHttp1HeaderCase proxyHeaders.server.disabled "
        "proxyHeaders.requestId.disabled proxyHeaders.attemptCount.disabled proxyHeaders.envoyDebugHeaders.disabled "
        "proxyHeaders.xForwardedHost.enabled proxyHeaders.xForwardedPort.enabled serviceEntryVisibility.applyToSidecars "
        "privateKeyProvider.cryptomb.fallback privateKeyProvider.qat.fallback serviceSettings[].settings.clusterLocal "
        "extensionProviders[].envoyExtAuthzHttp.failOpen extensionProviders[].envoyExtAuthzGrpc.failOpen",
        "list": "proxyStatsMatcher.inclusionPrefixes proxyStatsMatcher.inclusionSuffixes "
        "proxyStatsMatcher.inclusionRegexps defaultProviders.tracing defaultProviders.metrics "
        "defaultProviders.accessLogging localityLbSetting.distribute localityLbSetting.failover "
        "localityLbSetting.failoverPriority meshMTLS.cipherSuites meshMTLS.ecdhCurves tlsDefaults.cipherSuites "
        "tlsDefaults.ecdhCurves serviceSettings[].hosts discoverySelectors[].matchExpressions "
        "zoneAwareLbSetting.failover zoneAwareLbSetting.failoverPriority",
        "strings": "discoverySelectors[].matchLabels",
        "message": "tracing.zipkin tracing.lightstep tracing.datadog tracing.stackdriver tracing.openCensusAgent "
        "tracing.customTags tracing.tlsSettings extensionProviders[] discoverySelectors[] configSources[] "
        "certificates[] caCertificates[] serviceSettings[] serviceScopeConfigs[] proxyHeaders.server "
        "proxyHeaders.requestId proxyHeaders.attemptCount proxyHeaders.envoyDebugHeaders proxyHeaders.xForwardedHost "
        "proxyHeaders.xForwardedPort proxyHeaders.metadataExchangeHeaders proxyHeaders.setCurrentClientCertDetails "
        "readinessProbe.httpGet readinessProbe.tcpSocket readinessProbe.exec readinessProbe.grpc "
        "outboundTrafficPolicy.tls ca.tlsSettings serviceSettings[].settings defaultTrafficPolicy.connectionPool "
        "defaultTrafficPolicy.outlierDetection privateKeyProvider.cryptomb privateKeyProvider.qat "
        "gatewayTopology.proxyProtocol",
        "DEFAULT|NONE|BASE|MERGE_SLASHES|DECODE_AND_MERGE_SLASHES": "pathNormalization.normalization",
        "REGISTRY_ONLY|ALLOW_ANY|ALLOW_ANY_DYNAMIC_DNS": "outboundTrafficPolicy.mode",
        "PASSTHROUGH|LOCALHOST": "inboundTrafficPolicy.mode",
        "TLS_AUTO|TLSV1_2|TLSV1_3": "meshMTLS.minProtocolVersion tlsDefaults.minProtocolVersion",
        "UNDEFINED|SANITIZE|FORWARD_ONLY|APPEND_FORWARD|SANITIZE_SET|ALWAYS_FORWARD_ONLY": "gatewayTopology.forwardClientCertDetails "
        "proxyHeaders.forwardedClientCert",
        "UNDEFINED|IN_MESH": "proxyHeaders.metadataExchangeHeaders.mode",
        "SIDECAR|EDGE": "connectionSettings.profile",
        "DISABLE|SIMPLE|MUTUAL|ISTIO_MUTUAL": "tracing.tlsSettings.mode outboundTrafficPolicy.tls.mode ca.tlsSettings.mode",
        "VISIBILITY_UNSPECIFIED|NONE|NAMESPACE|PUBLIC": "serviceEntryVisibility.defaultVisibility",
    }
)
SCHEMAS = {"ProxyConfig": PROXY_CONFIG, "MeshConfig": MESH_CONFIG}
#: Fields that existed once and are ignored or refused now: what to use instead.
REMOVED: dict[str, Text] = {
    "parentShutdownDuration": Text(
        "removed in Istio 1.17; nothing replaces it, the agent waits for terminationDrainDuration",
        "Istio 1.17에서 없어졌고 대신할 설정은 없습니다. 에이전트는 terminationDrainDuration만큼 기다립니다",
    ),
    "TERMINATION_DRAIN_DURATION_SECONDS": Text(
        "ignored since Istio 1.10; set terminationDrainDuration instead",
        "Istio는 1.10부터 이 값을 읽지 않습니다. 대신 terminationDrainDuration을 설정하십시오",
    ),
}
#: The two settings that are environment variables of istio-proxy; they belong under `proxyMetadata`.
DRAIN_ENV = ("MINIMUM_DRAIN_DURATION", "EXIT_ON_ZERO_ACTIVE_CONNECTIONS")


_NO_UNIT = Text(
    "{text} is a number, and Istio wants a duration with a unit",
    "{text} 값은 숫자뿐입니다. Istio에는 단위를 붙인 시간이 필요합니다",
)
_BOOL = Text(
    "{text} is a bool, and Istio wants a duration with a unit",
    "{text} 값은 불리언입니다. Istio에는 단위를 붙인 시간이 필요합니다",
)


@lru_cache(maxsize=10_000)
def camel(name: str) -> str:
    """`drain_duration` as `drainDuration`: Istio accepts both spellings. Names of variables stay as they are."""
    if name.isupper():
        return name
    head, *rest = name.split("_")
    return head + "".join(word[:1].upper() + word[1:] for word in rest) if head else name


#: What whole numbers may be where 32 bits are not the limit. Source: istio/istio `pkg/config/validation/agent`, `ValidatePort`.
_RANGES = {name: (0, 65535) for name in ("proxyListenPort", "proxyAdminPort", "statusPort")}
_BETWEEN = Text("it must be from {low} to {high}", "{low} 이상 {high} 이하여야 합니다")
_MILLISECONDS = Text("it must be whole milliseconds", "밀리초 단위의 정수여야 합니다")


def as_go(node: Node) -> str | int | float | bool | None:
    """A value as Go's YAML 1.1 (kubernetes-sigs/yaml) reads it: `y` and `n` are bools, which other tools write as names."""
    plain = not node.quoted and isinstance(node.value, str)
    return node.raw in "yY" if plain and node.raw in ("y", "Y", "n", "N") else node.value


def _is_int(node: Node) -> bool:
    if node.kind != "scalar" or isinstance(node.value, bool):
        return False
    if isinstance(node.value, float):
        return node.value.is_integer()  # Go hands `1e2` on as 100
    return isinstance(node.value, int) or re.fullmatch(r"-?\d+(\.0+)?", node.raw, re.ASCII) is not None


def is_int32(node: Node) -> bool:
    """Whether the API server takes a value as a whole number of 32 bits, as a ProxyConfig resource has its `concurrency`.

    Source: istio/api at 035100f4d1e6, `networking/v1beta1/proxy_config.proto`; `60.0` is one, in quotes nothing is.
    """
    number = node.value
    whole = type(number) is int or (isinstance(number, float) and number.is_integer())
    return node.empty or (node.kind == "scalar" and whole and -(2**31) <= float(number or 0) < 2**31)


_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|NaN|-?Infinity", re.ASCII)


def _is_number(node: Node) -> bool:
    if isinstance(node.value, str):
        return _NUMBER.fullmatch(node.value) is not None
    return type(node.value) is int or (isinstance(node.value, float) and isfinite(node.value))


_MAPPING: tuple[Text, Callable[[Node], bool]] = (Text("a mapping", "매핑"), lambda node: node.kind == "mapping")
_TYPES: dict[str, tuple[Text, Callable[[Node], bool]]] = {
    "string": (Text("a string", "문자열"), lambda node: isinstance(as_go(node), str)),
    "bool": (
        Text("true or false without quotes", "따옴표 없는 true 또는 false"),
        lambda node: isinstance(as_go(node), bool),
    ),
    "int": (Text("a whole number", "정수"), _is_int),
    "uint": (Text("a whole number", "정수"), _is_int),
    "message": _MAPPING,
    "strings": _MAPPING,
    "list": (Text("a list", "리스트"), lambda node: node.kind == "list"),
    "number": (Text("a number", "숫자"), _is_number),
}


def inside(name: str, node: Node) -> Iterator[tuple[str, str, Span, Node]]:
    """What stands in a message and has a type of its own: that, the path below the message, its place and the value."""
    if node.kind == "list":
        for index, item in enumerate(node.items):
            if (kind := INSIDE.get(f"{name}[]")) is not None:
                yield kind, f"[{index}]", item.span, item
            yield from ((kind, f"[{index}]{at}", span, inner) for kind, at, span, inner in inside(f"{name}[]", item))
    for key, child in node.entries.items() if node.kind == "mapping" else ():
        path = f"{name}.{camel(key)}"
        if (kind := INSIDE.get(path)) is not None:
            yield kind, f".{key}", node.keys[key], child
        yield from ((kind, f".{key}{at}", span, inner) for kind, at, span, inner in inside(path, child))


def is_refused(schema: str, body: Node) -> bool:
    """Whether Istio refuses a text of this form for one of its values, and with it all the others."""
    return any(_refused(SCHEMAS[schema].get(camel(key), ""), camel(key), node) for key, node in body.entries.items())


def _refused(kind: str, name: str, node: Node) -> bool:
    if kind and fault_of(kind, name, node) is not None:
        return True
    if kind in ("message", "list"):
        return any(fault_of(type_, "", value) is not None for type_, _, _, value in inside(name, node))
    if kind == "strings":
        return any(not value.empty and not isinstance(as_go(value), str) for value in node.entries.values())
    if name == "drainDuration" and not node.empty:
        length = parse_duration(str(node.value))
        return length != int(length) or length < 1
    return False


def fault_of(kind: str, name: str, node: Node) -> Text | None:
    """Why Istio refuses the value of a field, or `None`: its type, or else its size."""
    wrong = fault(kind, node)
    if wrong is not None or node.empty:
        return wrong
    if kind in ("int", "uint"):
        low, high = _RANGES.get(name, (0, 2**32 - 1) if kind == "uint" else (-(2**31), 2**31 - 1))
        return None if low <= float(str(node.value)) <= high else _BETWEEN.format(low=low, high=high)
    if name == "connectTimeout":
        return None if 0.001 <= parse_duration(str(node.value)) <= 3600 else _BETWEEN.format(low="1ms", high="1h")
    if name == "protocolDetectionTimeout":
        milliseconds = round(parse_duration(str(node.value)) * 1000, 6)
        return None if milliseconds == int(milliseconds) else _MILLISECONDS
    return None


def fault(kind: str, node: Node) -> Text | None:
    """Why a value is not of its type as Istio's parser sees it, or `None`. A null is never at fault."""
    if node.empty:
        return None
    value, text = node.value, node.raw
    if kind == "duration":
        if node.kind != "scalar":
            return Text("it must be a duration such as 30s", "30s처럼 단위를 붙인 시간이어야 합니다")
        if not isinstance(value, str):
            return (_BOOL if isinstance(value, bool) else _NO_UNIT).format(text=text)
        try:
            parse_duration(value)
        except DurationError as error:
            return error.sentence
        return None
    if kind in _TYPES:
        expected, fits = _TYPES[kind]
        return None if fits(node) else Text(f"it must be {expected.en}", f"{expected.ko} 형식이어야 합니다")
    allowed = kind.split("|")
    if node.kind == "scalar" and not isinstance(value, bool) and (text in allowed or isinstance(value, int)):
        return None
    en, ko = (f" ({text} is a bool)", f" ({text} 값은 불리언입니다)") if isinstance(value, bool) else ("", "")
    return Text(f"it must be one of {', '.join(allowed)}{en}", f"{', '.join(allowed)} 가운데 하나여야 합니다{ko}")
