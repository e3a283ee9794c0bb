"""Runs what pages show: their Python and YAML fences, and every snippet, where they stand.

A fence may carry `title="…"` or `hl_lines="…"`, which Sybil's own parser would pass over in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml
from sybil import Document, Example, Lexeme, Region, Sybil
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.abstract import AbstractCodeBlockParser
from sybil.parsers.markdown import SkipParser
from sybil.parsers.markdown.lexers import RawFencedCodeBlockLexer
from sybil.typing import Evaluator
from timing_rules import versions

from tests.docs.pages import INCLUDE, ROOT

INFO = re.compile(r"(?P<language>\w+)(?:[ \t]+[^\n]*)?$\n", re.MULTILINE)


class FenceParser(AbstractCodeBlockParser):
    """Fences of one language whatever follows it; an included file is left out, as it is tested where it lives."""

    def __init__(self, language: str, evaluator: Evaluator) -> None:
        lexer = RawFencedCodeBlockLexer(INFO, mapping={"language": "arguments", "source": "source"})
        super().__init__([lexer], language, evaluator)

    def __call__(self, document: Document) -> Iterable[Region]:
        return (region for region in super().__call__(document) if not INCLUDE.match(str(region.parsed)))


def whole_file(document: Document) -> Iterable[Region]:
    """A snippet is one example: the program as a reader runs it."""
    yield Region(0, len(document.text), Lexeme(document.text, 0, -1), PythonEvaluator())


def validate_yaml(example: Example) -> None:
    """A YAML fence parses; a Kubernetes object in it is valid, with no unknown field."""
    for item in yaml.safe_load_all(str(example.parsed)):
        for manifest in item.get("items", [item]) if isinstance(item, dict) else []:
            if isinstance(manifest, dict) and {"apiVersion", "kind"} <= manifest.keys():
                validate_manifest(manifest)


def validate_manifest(manifest: dict[str, Any]) -> None:
    """Against the schema of the Kubernetes version that the manifest names, or the newest. Other APIs have no schema."""
    group = str(manifest["apiVersion"]).rpartition("/")[0]
    if group not in ("", "apps", "batch", "autoscaling", "policy") and not group.endswith("k8s.io"):
        return
    metadata = [manifest.get("metadata"), manifest.get("spec", {}).get("template", {}).get("metadata")]
    annotations: dict[str, str] = {}
    for each in metadata:
        annotations |= (each or {}).get("annotations") or {}
    version = annotations.get("timing-rules/kubernetes", str(versions.NEWEST["kubernetes"]))
    kubernetes_validate.validate(manifest, version, strict=True)


PAGES = Sybil(
    parsers=[FenceParser("python", PythonEvaluator()), FenceParser("yaml", validate_yaml), SkipParser()],
    patterns=["docs/en/**/*.md", "docs/ko/**/*.md", "docs/en/*.md", "docs/ko/*.md"],
    path=str(ROOT),
    name="pages",
)
SNIPPETS = Sybil(
    parsers=[whole_file], patterns=["snippets/*.py"], document_types={".py": Document}, path=str(ROOT), name="snippets"
)


def examples_in(path: Path) -> list[Example]:
    """What Sybil will run in a page, skips aside."""
    return [example for example in PAGES.parse(path).examples() if isinstance(example.region.parsed, str)]
