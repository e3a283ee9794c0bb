"""PT217: a misspelled annotation."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..domain import MeshConfig
from ..domain.annotations import CONFIG, INJECT, NATIVE, OVERRIDES, STATUS, TEMPLATES
from ..manifest.fields import camel
from ..manifest.spelling import nearest
from ..text import Text
from .configs import ANNOTATED, POD_FIELDS
from .places import renamed
from .rule import About, Case, Problem, Rule, Severity

ABOUT = About(
    title=Text("A misspelled annotation", "어노테이션의 철자가 틀렸습니다"),
    what=Text(
        "Fires for an annotation that is nearly one that decides how the pod stops, such as "
        "`sidecar.istio.io/native-side`, and for one whose name speaks of the pod's end and that Istio does not have.",
        "파드의 종료 방식을 정하는 어노테이션과 거의 같은 이름(예: `sidecar.istio.io/native-side`)이거나, 이름은 종료에 관한 것인데 Istio에 없는 어노테이션이면 보고합니다.",
    ),
    why=Text(
        "Istio does not read it, and says nothing.",
        "Istio는 이 어노테이션을 읽지 않으며, 읽지 않는다고 알려 주지도 않습니다.",
    ),
    fix=Text("Use the spelling that the message names.", "메시지에 나온 이름으로 고치십시오."),
    see=("settings/sidecar.md#native-sidecar-annotation",),
)
MESSAGE = Text(
    "Istio does not read the annotation {key}; it is spelled {right}",
    "Istio는 {key} 어노테이션을 읽지 않습니다. 올바른 이름은 {right}입니다",
)
MESSAGE_NONE = Text(
    "Istio has no annotation {key}: nothing reads it",
    "Istio에는 {key} 어노테이션이 없습니다. 적어 두어도 효과가 없습니다",
)
FIX_NONE = Text(
    "remove it: the drain is set in the annotation proxy.istio.io/config, the grace period in the pod's spec",
    "지우십시오. 드레인은 proxy.istio.io/config 어노테이션에서, 유예 기간은 파드의 spec에서 설정합니다",
)
#: Names of which Istio has none under these domains but those above (istio/api `annotation/annotations.yaml`); what has
#: the name of a setting is PT210's.
STRANGE = re.compile(
    r"(traffic\.sidecar|sidecar|proxy|inject|config|)\.?istio\.io/.*(drain|terminat|grace|pre-?stop|shut-?down|lifecycle|native|exit-?on)",
    re.IGNORECASE,
)
#: The annotations that decide how a pod stops, and others of Istio's that are near them and right.
READ = [INJECT, NATIVE, CONFIG, TEMPLATES]
OTHERS = {STATUS, "inject.istio.io/template", OVERRIDES}


def misspelled_annotation(case: Case) -> Iterator[Problem]:
    """Each annotation of Istio's that is nearly one of those it reads."""
    item = case.item
    noted = item.annotations if isinstance(item, MeshConfig) else [("metadata.annotations", item.annotations)]
    keys = [(path, *pair) for path, node in noted if node is not None for pair in node.keys.items()]
    taken = {pair[:2] for pair in keys}
    for path, key, span in keys:
        right = _meant(key)
        if right is not None:
            place, edits = (f"{path}.{key}", span.line), renamed(span, key, right)
            yield Problem(place, say=MESSAGE, edits=() if (path, right) in taken else edits, key=key, right=right)
            taken.add((path, right))
        elif STRANGE.match(key) and key not in READ and camel(key.rpartition("/")[2]) not in {*ANNOTATED, *POD_FIELDS}:
            yield Problem((f"{path}.{key}", span.line), say=MESSAGE_NONE, fix=FIX_NONE, key=key)


def _meant(key: str) -> str | None:
    """The annotation that a key most likely means, or `None`."""
    domain, _, name = key.rpartition("/")
    if key in READ or key in OTHERS or not domain.endswith("istio.io"):
        return None
    right = nearest(key, READ)
    if right is None and re.match(r"(enable[-_.]?)?native[-_.]?side", name, re.IGNORECASE):
        right = NATIVE
    if right is None and domain in ("sidecar.istio.io", "istio.io", "proxy.istio.io"):
        right = {"config": CONFIG, "proxyConfig": CONFIG, "nativeSidecar": NATIVE}.get(name)
    return right


RULE = Rule("PT217", Severity.WARNING, ABOUT, misspelled_annotation, mesh=True)
