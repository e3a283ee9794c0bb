"""PT111: a Kubernetes field where it is ignored or refused."""

from __future__ import annotations

from collections.abc import Iterator

from ..domain import PROXY, Pod
from ..manifest.misplaced import Fault, misplaced, misplaced_in_mesh
from ..text import Text
from .places import renamed
from .rule import About, Case, Place, Problem, Rule, Severity

ABOUT = About(
    title=Text(
        "A Kubernetes field where it is ignored or refused", "쿠버네티스 필드가 무시되거나 거부되는 곳에 있습니다"
    ),
    what=Text(
        "Fires for terminationGracePeriodSeconds in a container, in a workload's own spec, in a readiness probe, or anywhere "
        "else but in the pod's spec; for `lifecycle` on the pod, on an ordinary init container, or outside containers; for a "
        "preStop hook without a handler, with two, or with keys that no handler has; for misspelled names of these fields; "
        "and for a grace period or `lifecycle` of one's own on a Knative Service. It reads `global.proxy.lifecycle` too.",
        "terminationGracePeriodSeconds가 파드의 spec이 아닌 곳(컨테이너, 워크로드 자신의 spec, readiness 프로브 "
        "등)에 있거나, `lifecycle`이 파드, 일반 init 컨테이너, 컨테이너 밖에 있으면 보고합니다. preStop 훅에 "
        "핸들러가 없거나 둘이거나 핸들러에 없는 키가 있을 때, 이런 필드의 이름을 잘못 적었을 때, Knative Service에 "
        "유예 기간이나 `lifecycle`을 직접 적었을 때도 보고합니다. `global.proxy.lifecycle`도 살펴봅니다.",
    ),
    why=Text(
        "kubectl asks for strict validation, and the API server refuses the object. Tools that do not ask for it get a "
        "warning at most: the field is dropped, and the pod stops without it.",
        "kubectl은 엄격한 검증을 요청하므로 API 서버가 오브젝트를 거부합니다. 요청하지 않는 도구에는 기껏해야 경고만 나옵니다. 필드는 버려지고, 파드는 그 설정 없이 종료됩니다.",
    ),
    fix=Text(
        "Write terminationGracePeriodSeconds beside `containers`, and in each container "
        "`lifecycle.preStop` with one handler: exec.command, httpGet or sleep.seconds.",
        "terminationGracePeriodSeconds는 `containers` 옆에, 훅은 컨테이너마다 `lifecycle.preStop` 아래에 핸들러 하나(exec.command, httpGet, "
        "sleep.seconds)로 적으십시오.",
    ),
    see=("settings/app-and-pod.md#grace-period", "settings/app-and-pod.md#prestop", "examples.md#http-native-sidecar"),
)
MESSAGE_GRACE = Text(
    "there is no {path}: the API server refuses it, or drops it where validation is not strict, and the grace period is {g} s",
    "{path} 필드는 쿠버네티스에 없습니다. API 서버가 거부하거나, 엄격하게 검증하지 않으면 버립니다. 버리면 유예 "
    "기간은 {g}초입니다",
)
MESSAGE_HOOK = Text(
    "there is no {path}: the API server refuses it, or drops it where validation is not strict, and no hook runs",
    "{path} 필드는 쿠버네티스에 없습니다. API 서버가 거부하거나, 엄격하게 검증하지 않으면 버립니다. 버리면 훅이 "
    "실행되지 않습니다",
)
MESSAGE_MESH = Text(
    "there is no {path}: what stands there comes out in every istio-proxy, and nothing reads it",
    "{path} 필드는 없습니다. 여기에 적은 내용은 모든 istio-proxy에 들어가지만 쓰이지 않습니다",
)
MESSAGE_CHART = Text(
    "there is no {path}: Istio's chart takes hooks from global.proxy.lifecycle alone, and none comes of this",
    "{path} 설정은 없습니다. Istio 차트는 global.proxy.lifecycle에 있는 훅만 읽으므로 여기 적은 훅은 쓰이지 않습니다",
)
MESSAGE_NOTHING_LEFT = Text(
    "there is no {path}, and without it the hook of {c} has nothing to do: the API server refuses the object",
    "{path} 필드는 쿠버네티스에 없고, 이 필드를 빼면 {c} 컨테이너의 훅이 할 일이 없습니다. API 서버가 오브젝트를 "
    "거부합니다",
)
MESSAGE_NO_HANDLER = Text(
    "the preStop hook of {c} names no handler: the API server refuses the object",
    "{c} 컨테이너의 preStop 훅에 핸들러가 없습니다. API 서버가 오브젝트를 거부합니다",
)
MESSAGE_NO_COMMAND = Text(
    "the exec hook of {c} has no command: the API server refuses the object",
    "{c} 컨테이너의 exec 훅에 command가 없습니다. API 서버가 오브젝트를 거부합니다",
)
MESSAGE_TWO = Text(
    "the preStop hook of {c} has more than one handler: the API server refuses the object",
    "{c} 컨테이너의 preStop 훅에 핸들러가 둘 이상 있습니다. API 서버가 오브젝트를 거부합니다",
)
MESSAGE_INIT = Text(
    "{c} is an ordinary init container, over before the pod ever stops: the API server refuses lifecycle on it",
    "{c} 컨테이너는 파드가 종료되기 전에 이미 끝나는 일반 init 컨테이너입니다. API 서버가 lifecycle 필드를 거부합니다",
)
MESSAGE_READINESS = Text(
    "the readiness probe of {c} has a grace period, but it kills nothing when it fails: the API server refuses it",
    "{c} 컨테이너의 readiness 프로브에 유예 기간이 있습니다. readiness 프로브는 실패해도 컨테이너를 종료하지 "
    "않으므로 API 서버가 거부합니다",
)
MESSAGE_KNATIVE = Text(
    "Knative refuses {key} in a Service: it sets the grace period from timeoutSeconds, and adds a hook of its own",
    "Knative는 Service에 있는 {key} 필드를 거부합니다. 유예 기간은 timeoutSeconds 값으로 정하고, 훅은 Knative가 넣습니다",
)
FIX_GRACE = Text(
    "write it as terminationGracePeriodSeconds in the pod's spec, beside containers",
    "파드의 spec 안, containers 옆에 terminationGracePeriodSeconds로 적으십시오",
)
FIX_NAME = Text("the name is {right}", "필드 이름을 고치십시오. 올바른 이름은 {right}입니다")
FIX_HOOK = Text("write it in a container, as lifecycle.preStop", "컨테이너 안에 lifecycle.preStop으로 적으십시오")
FIX_HANDLER = Text(
    "write one handler under preStop: exec.command (a list of words), httpGet or sleep.seconds",
    "preStop 아래에 핸들러를 하나만 적으십시오. exec.command(낱말 리스트), httpGet, sleep.seconds 가운데 하나입니다",
)
FIX_CHART = Text("write it as global.proxy.lifecycle.preStop", "global.proxy.lifecycle.preStop으로 적으십시오")
FIX_TWO = Text("keep one of them", "하나만 남기십시오")
FIX_INIT = Text(
    "remove lifecycle; or, if it has to run as long as the pod, make it a native sidecar with restartPolicy: Always",
    "lifecycle 필드를 지우십시오. 파드가 실행되는 동안 계속 실행해야 하는 컨테이너라면 restartPolicy: Always를 넣어 네이티브 사이드카로 만드십시오",
)
FIX_READINESS = Text("remove it, or set it on the liveness probe", "지우거나 liveness 프로브에 설정하십시오")
FIX_KNATIVE_GRACE = Text("set timeoutSeconds instead", "대신 timeoutSeconds를 설정하십시오")
FIX_KNATIVE_HOOK = Text(
    "remove it; give requests longer with timeoutSeconds",
    "지우십시오. 요청에 시간을 더 주려면 timeoutSeconds를 늘리십시오",
)
WORDS: dict[Fault, tuple[Text, Text]] = {
    Fault.GRACE_PLACE: (MESSAGE_GRACE, FIX_GRACE),
    Fault.GRACE_NAME: (MESSAGE_GRACE, FIX_GRACE),
    Fault.HOOK_PLACE: (MESSAGE_HOOK, FIX_HOOK),
    Fault.HOOK_NAME: (MESSAGE_HOOK, FIX_HOOK),
    Fault.PROXY_HOOK: (MESSAGE_CHART, FIX_CHART),
    Fault.HANDLER_KEY: (MESSAGE_HOOK, FIX_HANDLER),
    Fault.NOTHING_LEFT: (MESSAGE_NOTHING_LEFT, FIX_HANDLER),
    Fault.NO_HANDLER: (MESSAGE_NO_HANDLER, FIX_HANDLER),
    Fault.NO_COMMAND: (MESSAGE_NO_COMMAND, FIX_HANDLER),
    Fault.TWO_HANDLERS: (MESSAGE_TWO, FIX_TWO),
    Fault.INIT_CONTAINER: (MESSAGE_INIT, FIX_INIT),
    Fault.READINESS: (MESSAGE_READINESS, FIX_READINESS),
    Fault.KNATIVE_GRACE: (MESSAGE_KNATIVE, FIX_KNATIVE_GRACE),
    Fault.KNATIVE_LIFECYCLE: (MESSAGE_KNATIVE, FIX_KNATIVE_HOOK),
}


def misplaced_field(case: Case) -> Iterator[Problem]:
    """Each field that decides how a pod stops, where Kubernetes or Knative does not take it."""
    item = case.item
    for field in misplaced(item) if isinstance(item, Pod) else misplaced_in_mesh(item):
        say, fix = WORDS[field.fault]
        in_mesh = not isinstance(item, Pod) and say in (MESSAGE_GRACE, MESSAGE_HOOK)
        # Recorded: Istio's injector takes a Deployment whose istio-proxy has a field that is only dropped.
        dropped = field.container == PROXY and say in (MESSAGE_GRACE, MESSAGE_HOOK, MESSAGE_CHART)
        yield Problem(
            Place(field.path, field.span.line),
            field.container,
            Severity.WARNING if dropped else None,
            say=MESSAGE_MESH if in_mesh else say,
            fix=FIX_NAME if field.right else FIX_HANDLER if in_mesh and say is MESSAGE_HOOK else fix,
            edits=renamed(field.span, field.key, field.right) if field.right else (),
            path=field.path,
            key=field.key,
            right=field.right,
            g=item.terminationGracePeriodSeconds if isinstance(item, Pod) else "",
        )


RULE = Rule("PT111", Severity.ERROR, ABOUT, misplaced_field, mesh=True)
