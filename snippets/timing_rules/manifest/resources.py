"""The objects of an input, what they say of each other, and what came of reading them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ..domain.given import MeshConfig
from ..domain.pod import Pod
from ..source.errors import ParseError
from ..source.node import Node
from ..text import Text
from .errors import ManifestError
from .neighbours import Neighbours
from .services import Services
from .values import text_of

#: One of these makes an object of a document with a `kind`.
_OBJECT_KEYS = {"apiVersion", "metadata", "spec", "template", "items", "objects", "data"}


@dataclass(frozen=True)
class Note:
    """What a reader should know of a document that is no fault of it, and the place that it speaks of."""

    source: str
    line: int
    text: Text


@dataclass
class Reading:
    """What came out of some input.

    `items` are to be checked. `passed_over` counts the documents that nothing was read of, by kind (`?` where they
    name none); `skipped` what a folder holds beside manifests, by what it is: `template`, `empty`, `no kind`, `not
    YAML`, `not UTF-8`. `unread` are settings of timing that stand where nothing is read, `notes` is everything else.
    """

    items: list[Pod | MeshConfig] = field(default_factory=list)
    errors: list[ManifestError] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    notes: list[Note] = field(default_factory=list)
    unread: list[Note] = field(default_factory=list)

    def note(self, source: str, error: ParseError) -> None:
        """Remember what is wrong in `source`."""
        noted = ManifestError(source, error.line, error.sentence, error.fix)
        noted.column = error.column
        self.errors.append(noted)


@dataclass
class Resource:
    """One object of the input.

    `mentions_containers` and `mentions_timing` tell whether the text that it stands in has such words at all;
    `walked`: it was found in a folder, not named; `strict`: even so, what is wrong with it is an error.

    For a workload that a chart or a controller makes of it, `shown` are the kind, name and namespace of what is written,
    `paths` where the parts of the workload are written (the path in the workload, the path in the text), and `hookless`
    says that `global.proxy.lifecycle` does not reach it.
    """

    source: str
    document: int
    root: Node
    mentions_containers: bool = True
    mentions_timing: bool = True
    walked: bool = False
    shown: tuple[str, str, str] | None = None
    paths: tuple[tuple[str, str], ...] = ()
    hookless: bool = False
    strict: bool = False

    @cached_property
    def kind(self) -> str:
        """Its kind, empty where it names none: in Helm values the word may stand alone."""
        node = self.root.get("kind")
        kind = node.value if node is not None and isinstance(node.value, str) else ""
        others = set(self.root.entries) - {"kind"}
        return kind if not others or others & _OBJECT_KEYS else ""

    @cached_property
    def group(self) -> str | None:
        """The API group, or `None` when the document does not name one."""
        node = self.root.get("apiVersion")
        if node is None or not isinstance(node.value, str):
            return None
        return node.value.rpartition("/")[0]

    @property
    def name(self) -> str:
        """Its name."""
        return text_of(self.root.get("metadata", "name") or self.root.get("metadata", "generateName"))

    @property
    def namespace(self) -> str:
        """Its namespace, empty where it names none."""
        return text_of(self.root.get("metadata", "namespace"))

    def is_kind(self, kind: str, *groups: str) -> bool:
        """Whether it is of this kind, in one of the API groups if it names one."""
        return self.kind == kind and (self.group is None or self.group in groups)


@dataclass
class Context:
    """What the other documents of an input say about its pods. `mesh` is that of each file, made of its `mesh_parts`."""

    namespaces: Neighbours[Mapping[str, str]] = field(default_factory=Neighbours)
    services: Services = field(default_factory=Services)
    proxy_configs: list[MeshConfig] = field(default_factory=list)
    mesh_parts: dict[str, list[MeshConfig]] = field(default_factory=dict)
    mesh: dict[str, MeshConfig | None] = field(default_factory=dict)
    options: dict[tuple[str, str], Resource] = field(default_factory=dict)
    referenced: set[tuple[str, str]] = field(default_factory=set)
    class_options: dict[str, tuple[str, Node]] = field(default_factory=dict)
    gateway_classes: dict[str, tuple[str, ...]] = field(default_factory=dict)
