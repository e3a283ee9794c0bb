"""What a finding is known by, wherever its line moves to."""

from __future__ import annotations

import hashlib
import posixpath

from ..rules.engine import Finding


def fingerprint(finding: Finding, source: str | None = None) -> str:
    """A short hash of the file, rule, object, container and field, not of the line or the words. `source` is the file as
    it is to be named, where that is not as the finding names it."""
    named = finding.source if source is None else source
    file = posixpath.normpath(named.replace("\\", "/"))
    parts = (file, finding.rule, finding.kind, finding.name, finding.container, finding.path)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]
