"""Every fact that depends on a Kubernetes or an Istio version, and every default: one row each, with its source.

Nothing else in the package compares versions. A row's source names repository, path and the commit or tag at which it
was read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from .text import Text

_K8S = "https://github.com/kubernetes/kubernetes/blob/v1.36.3/"
_KEPS = "https://github.com/kubernetes/enhancements/blob/64765b4b0238/keps/"
_ISTIO = "https://github.com/istio/istio/blob/86c9f01fd735/"


class Version(NamedTuple):
    """A minor release, `1.31`."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


class VersionError(ValueError):
    """A version that cannot be used; `sentence` says why in both languages."""

    def __init__(self, sentence: Text) -> None:
        self.sentence = sentence
        super().__init__(sentence.en)


OLDEST = {"kubernetes": Version(1, 25), "istio": Version(1, 18)}
NEWEST = {"kubernetes": Version(1, 37), "istio": Version(1, 31)}


@lru_cache(maxsize=1_000)
def parse_version(component: str, text: str) -> Version:
    """`1.31`, `v1.33.4-eks-2` and the like as a minor release of `component` (`kubernetes` or `istio`).

    Errors: `VersionError` for what is not a version or is older than the first row of the facts.
    """
    name, version = component.capitalize(), _release(text)
    if version is None:
        raise VersionError(_NO_VERSION.format(text=text, name=name, newest=NEWEST[component]))
    if version < OLDEST[component]:
        raise VersionError(_TOO_OLD.format(name=name, version=version, oldest=OLDEST[component]))
    return version


def _release(text: str) -> Version | None:
    found = re.match(r"\s*v?([0-9]{1,9})\.([0-9]{1,9})(?![0-9])", text)
    return Version(int(found.group(1)), int(found.group(2))) if found else None


def had(setting: str, stated: str, beside: Iterable[str]) -> bool:
    """Whether the Istio of a text had what is `GONE`: by the release that it states, or else by what stands beside it."""
    release, gone = _release(stated), GONE[setting]
    older = (other != setting and other in GONE and GONE[other] <= gone for other in beside)
    return any(older) if release is None else release < gone


def is_newer_than_facts(component: str, version: Version) -> bool:
    """Whether `version` is newer than the last row, which then stands in for it."""
    return version > NEWEST[component]


@dataclass(frozen=True)
class Fact:
    """A behaviour that holds from one release on; `alpha` is a release that has it, but off by default."""

    component: str
    since: Version | None
    what: Text
    source: str
    alpha: Version | None = None

    def holds(self, version: Version | None) -> bool:
        """Whether the behaviour is on by default in `version`; `None` stands for the newest release."""
        return self.since is not None and (version is None or version >= self.since)

    def exists(self, version: Version | None) -> bool:
        """Whether `version` knows it at all, if only behind a feature gate that is off."""
        first = self.alpha or self.since
        return first is not None and (version is None or version >= first)


@dataclass(frozen=True)
class Default:
    """A value that holds when nothing is set. Units: seconds."""

    name: str
    value: float
    what: Text
    source: str


# fmt: off
_NO_VERSION = Text('"{text}" is not a version of {name}; write one such as {newest}', '"{text}" 값은 {name} 버전이 아닙니다. {newest}처럼 적으십시오')
_TOO_OLD = Text("{name} {version} is older than {oldest}, the oldest version that these facts cover", "{name} {version} 버전은 다루지 않습니다. {oldest} 이상의 버전을 적으십시오")
PRESTOP_COUNTS = Fact("kubernetes", Version(1, 28), Text(
    "The time of a preStop hook counts against the grace period, and SIGTERM is always at least 2 s before "
    "SIGKILL. Before, the timeout after the hook was the whole grace period again",
    "preStop 훅이 쓴 시간이 유예 기간에 포함되고, SIGTERM과 SIGKILL 사이는 항상 2초 이상입니다. 그 전에는 훅이 끝난 뒤 유예 기간 전체가 다시 주어졌습니다",
), _K8S + "pkg/kubelet/kuberuntime/kuberuntime_container.go")
SIDECAR_FIELD = Fact("kubernetes", Version(1, 29), Text(
    "`restartPolicy: Always` on an init container makes it a native sidecar",
    "init 컨테이너에 `restartPolicy: Always` 필드가 있으면 네이티브 사이드카가 됩니다",
), _KEPS + "sig-node/753-sidecar-containers/kep.yaml", alpha=Version(1, 28))
SIDECAR_ORDER = Fact("kubernetes", Version(1, 29), Text(
    "Native sidecars get SIGTERM after the app containers, in reverse order of their start",
    "네이티브 사이드카는 앱 컨테이너가 끝난 뒤에, 시작한 순서의 역순으로 SIGTERM을 받습니다",
), _K8S + "pkg/kubelet/kuberuntime/kuberuntime_termination_order.go")
SLEEP_ACTION = Fact("kubernetes", Version(1, 30), Text(
    "The `sleep` action of a preStop hook", "preStop 훅의 `sleep` 동작",
), _KEPS + "sig-node/3960-pod-lifecycle-sleep-action/kep.yaml", alpha=Version(1, 29))
SLEEP_ZERO = Fact("kubernetes", Version(1, 33), Text(
    "`sleep.seconds: 0` is accepted", "`sleep.seconds: 0` 값을 받아들입니다",
), _KEPS + "sig-node/4818-allow-zero-value-for-sleep-action-of-prestop-hook/kep.yaml", alpha=Version(1, 32))
STOP_SIGNAL = Fact("kubernetes", None, Text(
    "`lifecycle.stopSignal` replaces the first signal (feature gate ContainerStopSignals, off by default)",
    "`lifecycle.stopSignal` 필드가 첫 시그널을 바꿉니다 (기능 게이트 ContainerStopSignals, 기본값은 꺼짐)",
), _KEPS + "sig-node/4960-container-stop-signals/kep.yaml", alpha=Version(1, 33))
NATIVE_NODES = Fact("kubernetes", Version(1, 33), Text(
    'Istio\'s `ENABLE_NATIVE_SIDECARS: "auto"` chooses native sidecars when the kubelets are this new',
    'kubelet이 모두 이 버전 이상이면 Istio의 `ENABLE_NATIVE_SIDECARS: "auto"` 설정에서 네이티브 사이드카가 됩니다',
), _ISTIO + "pkg/kube/inject/webhook.go")
NATIVE_DEFAULT = Fact("istio", Version(1, 27), Text(
    '`ENABLE_NATIVE_SIDECARS` is "auto"; before, it was false',
    '`ENABLE_NATIVE_SIDECARS` 기본값이 "auto"입니다. 그 전에는 false입니다',
), _ISTIO + "pilot/pkg/features/pilot.go")
NATIVE_ENV = Fact("istio", Version(1, 19), Text(
    "istiod reads `ENABLE_NATIVE_SIDECARS`", "istiod가 `ENABLE_NATIVE_SIDECARS` 환경 변수를 읽습니다",
), _ISTIO + "pilot/pkg/features/pilot.go")
NATIVE_ANNOTATION = Fact("istio", Version(1, 24), Text(
    "The annotation `sidecar.istio.io/nativeSidecar` decides for one pod",
    "파드마다 `sidecar.istio.io/nativeSidecar` 어노테이션으로 정할 수 있습니다",
), _ISTIO + "pkg/kube/inject/inject.go")
DRAIN_HOOK = Fact("istio", Version(1, 21), Text(
    "A native istio-proxy gets a preStop hook that starts the drain at once, and exits at SIGTERM without waiting",
    "네이티브 istio-proxy에 드레인을 곧바로 시작하는 preStop 훅이 들어가고, SIGTERM을 받으면 곧바로 종료됩니다",
), _ISTIO + "manifests/charts/istio-control/istio-discovery/files/injection-template.yaml")
WAYPOINT_GRACE = Fact("istio", Version(1, 28), Text(
    "Waypoints have the default grace period. Before, their template gave them 2 s",
    "웨이포인트의 유예 기간이 기본값입니다. 그 전에는 템플릿이 2초로 정했습니다",
), _ISTIO + "manifests/charts/istio-control/istio-discovery/files/waypoint.yaml")
AGENT_HOOKS = Fact("istio", Version(1, 25), Text(
    "`httpGet` and `tcpSocket` preStop hooks of the app go through pilot-agent, like its probes",
    "앱의 `httpGet`, `tcpSocket` preStop 훅도 프로브처럼 pilot-agent를 거칩니다",
), _ISTIO + "pkg/kube/inject/app_probe.go")
HTTP_DRAIN_TIMEOUT = Fact("istio", Version(1, 31), Text(
    "`connectionSettings.httpDrainTimeout` in ProxyConfig: the pause between the two GOAWAY frames",
    "ProxyConfig의 `connectionSettings.httpDrainTimeout`: 두 GOAWAY 프레임 사이의 간격",
), "https://github.com/istio/api/blob/b8f8791d9653/mesh/v1alpha1/proxy.proto")
#: Settings that are gone, by the first release without them. Source: istio/api `mesh/v1alpha1`, `operator/v1alpha1`, tags
#: 1.5.0 to 1.17.0 (the chart of 1.6 still wrote `connectTimeout`, dropped by then); istio/istio f6502508b04.
GONE = {
    "parentShutdownDuration": Version(1, 17), "TERMINATION_DRAIN_DURATION_SECONDS": Version(1, 10),
    "authPolicy": Version(1, 9), "rdsRefreshDelay": Version(1, 9), "connectTimeout": Version(1, 8),
    "istio-pilot": Version(1, 6),  # in the discovery address; istiod since
    **dict.fromkeys(["mixerCheckServer", "mixerReportServer", "disablePolicyChecks", "sdsUdsPath", "policy", "telemetry"], Version(1, 8)),
}
FACTS: tuple[Fact, ...] = (
    PRESTOP_COUNTS, SIDECAR_FIELD, SIDECAR_ORDER, SLEEP_ACTION, SLEEP_ZERO, STOP_SIGNAL, NATIVE_NODES,
    NATIVE_ENV, DRAIN_HOOK, NATIVE_ANNOTATION, AGENT_HOOKS, NATIVE_DEFAULT, WAYPOINT_GRACE, HTTP_DRAIN_TIMEOUT,
)

TERMINATION_GRACE_PERIOD = Default("terminationGracePeriodSeconds", 30, Text(
    "From the start of the hooks to SIGKILL", "훅이 시작될 때부터 SIGKILL까지",
), _K8S + "pkg/apis/core/v1/defaults.go")
MINIMUM_STOP_TIMEOUT = Default("minimumGracePeriodInSeconds", 2, Text(
    "The least time between SIGTERM and SIGKILL", "SIGTERM과 SIGKILL 사이의 최솟값",
), _K8S + "pkg/kubelet/kuberuntime/kuberuntime_manager.go")
MINIMUM_GRACE_PERIOD = Default("gracePeriodSeconds", 1, Text(
    "The least effective grace period; 0 becomes this", "실제로 적용되는 유예 기간의 최솟값. 0은 이 값으로 바뀝니다",
), _K8S + "pkg/kubelet/pod_workers.go")
TERMINATION_DRAIN_DURATION = Default("terminationDrainDuration", 5, Text(
    "From SIGTERM until the agent kills Envoy (classic)", "SIGTERM부터 에이전트가 Envoy를 종료할 때까지 (클래식)",
), _ISTIO + "pkg/config/mesh/mesh.go")
DRAIN_DURATION = Default("drainDuration", 45, Text(
    "From the start of a graceful drain until listeners close", "우아한 드레인을 시작할 때부터 리스너가 닫힐 때까지",
), _ISTIO + "pkg/config/mesh/mesh.go")
MINIMUM_DRAIN_DURATION = Default("MINIMUM_DRAIN_DURATION", 5, Text(
    "With EXIT_ON_ZERO_ACTIVE_CONNECTIONS: the sleep before connections are counted",
    "EXIT_ON_ZERO_ACTIVE_CONNECTIONS 설정 시 연결을 세기 전까지 기다리는 시간",
), _ISTIO + "pilot/cmd/pilot-agent/options/options.go")
CONNECTION_CHECK_INTERVAL = Default("activeConnectionCheckDelay", 1, Text(
    "The ticker that counts connections; it first looks one interval after the sleep",
    "연결 수를 세는 간격. 대기가 끝나고 이 간격이 한 번 지나야 처음 셉니다",
), _ISTIO + "pkg/envoy/agent.go")
PROPAGATION = Default("propagation", 5, Text(
    "Assumed, unless declared: until no client sends new requests to a pod that stops",
    "선언하지 않았을 때의 가정: 종료 중인 파드로 새 요청을 보내는 클라이언트가 없어질 때까지",
), _KEPS + "sig-node/3960-pod-lifecycle-sleep-action/README.md")
KNATIVE_TIMEOUT = Default("Knative timeoutSeconds", 300, Text(
    "The default request timeout; Knative makes it the pod's grace period",
    "요청 제한 시간의 기본값. Knative는 이 값을 파드의 유예 기간으로 씁니다",
), "https://github.com/knative/serving/blob/98e5ef90aa70/pkg/apis/config/defaults.go")
AWS_SPOT_NOTICE = Default("AWS spot interruption notice", 120, Text(
    "Notice before an AWS spot instance is taken", "AWS 스팟 인스턴스를 회수하기 전의 예고 시간",
), "https://github.com/aws/aws-eks-best-practices/blob/dc0243ad2cf4/latest/bpg/aiml/aiml_compute.adoc")
AZURE_SPOT_NOTICE = Default("Azure spot eviction notice", 30, Text(
    "Notice before an Azure spot machine is taken", "Azure 스팟 머신을 회수하기 전의 예고 시간",
), "https://github.com/MicrosoftDocs/azure-compute-docs/blob/533281db10ee/articles/virtual-machines/linux/scheduled-events.md")
GKE_SPOT_NOTICE = Default("GKE spot and preemptible notice", 15, Text(
    "What ordinary pods get of the 30 s before a GKE spot machine is taken (a node pool may set more)",
    "GKE 스팟 머신을 회수하기 전 30초 가운데 일반 파드가 받는 시간 (노드 풀에서 늘릴 수 있음)",
), "https://docs.cloud.google.com/kubernetes-engine/docs/concepts/spot-vms")
DEFAULTS: tuple[Default, ...] = (
    TERMINATION_GRACE_PERIOD, MINIMUM_GRACE_PERIOD, MINIMUM_STOP_TIMEOUT, TERMINATION_DRAIN_DURATION,
    DRAIN_DURATION, MINIMUM_DRAIN_DURATION, CONNECTION_CHECK_INTERVAL, PROPAGATION, KNATIVE_TIMEOUT,
    AWS_SPOT_NOTICE, AZURE_SPOT_NOTICE, GKE_SPOT_NOTICE,
)
# fmt: on
