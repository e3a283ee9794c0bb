"""The foot of a page: up to which releases it was checked, and the rows of `versions.py` that it leans on.

Front matter: `facts`, the names of the rows, and `checked`, the stamp that tests/docs/facts.py writes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Any

from timing_rules import versions
from timing_rules.text import Text
from timing_rules.versions import Default

CHECKED = Text(
    "Checked up to Kubernetes {kubernetes} and Istio {istio}.",
    "쿠버네티스 {kubernetes}, Istio {istio}까지 확인했습니다.",
)
ROWS = Text("What it leans on", "근거가 되는 값")
SINCE = Text("{component} {since}", "{component} {since}부터")
OFF = Text("{component} {since}, off by default", "{component} {since}부터, 기본값은 꺼짐")
VALUE = Text("{name}, {value} s", "{name} {value}초")
MORE = Text("All facts by version", "버전별 변경 사항 전체")


def foot(meta: Mapping[str, Any], lang: str, versions_page: str) -> str:
    """The foot as HTML, or nothing for a page without a stamp. `versions_page` is its address as seen from the page."""
    releases = dict(re.findall(r"(kubernetes|istio) ([\d.]+)", str(meta.get("checked", ""))))
    if not releases:
        return ""
    checked = CHECKED.format(**releases).get(lang)
    rows = "".join(f"<li>{row(getattr(versions, name), lang)}</li>" for name in meta["facts"])
    if not rows:
        return f'<p class="checked" data-search-exclude>{checked}</p>'
    return (
        f'<details class="checked" data-search-exclude><summary>{checked} {ROWS.get(lang)}</summary>'
        f'<ul>{rows}</ul><p><a href="{versions_page}">{MORE.get(lang)}</a></p></details>'
    )


def row(fact: versions.Fact | Default, lang: str) -> str:
    """One row: from when or how much, what, and its source."""
    if isinstance(fact, Default):
        first = VALUE.format(name=fact.name, value=f"{fact.value:g}")
    else:
        words = OFF if fact.since is None else SINCE
        first = words.format(component=fact.component.capitalize(), since=str(fact.since or fact.alpha))
    what = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(fact.what.get(lang), quote=False))
    return f'<strong>{escape(first.get(lang))}</strong>: <a href="{escape(fact.source)}">{what}</a>'
