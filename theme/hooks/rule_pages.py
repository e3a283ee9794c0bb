"""A page for every rule, made from the rule: what happens, how to mend it, one manifest wrong and right, and when it is reported."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path

import links_back
import measured_pages
from example_files import RIGHT, body, guides, header, items, listing, quoted, read, working, wrong
from lab import show
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File
from timing_rules import Pod
from timing_rules.rules.engine import EXPLAINS, REFUSES
from timing_rules.rules.registry import RULES
from timing_rules.rules.rule import Rule
from timing_rules.show.terminal import SEVERITY
from timing_rules.text import Text

_COLUMNS = Text("Rule | Severity | What is wrong", "규칙 | 심각도 | 무엇이 잘못되었나")
_SILENCES = Text("Reported | Then nothing more is said of", "보고하는 규칙 | 그때 보고하지 않는 규칙")
_FIX = Text("Fix", "고치는 방법")
_WRONG = Text("The mistake", "잘못된 예")
_CHANGE = Text("What mends it", "이렇게 고칩니다")
_RIGHT = Text("The same manifest, mended", "고친 매니페스트")
_WHOLE = Text("The whole manifest", "전체 매니페스트")
_WHEN = Text("When it is reported", "보고하는 조건")
_SEE = Text("Read on", "더 읽기")
_ALL = Text("All rules and the checker", "모든 규칙과 검사기")
_IN_THE_TERMINAL = Text(
    "The same text in the terminal: `timing-rules rule {code}`.",
    "터미널에서 `timing-rules rule --lang ko {code}` 명령으로도 볼 수 있습니다.",
)


def pages(config: MkDocsConfig) -> Iterator[File]:
    """The pages of all rules, in the language of the build."""
    lang = str(config.theme["language"])
    for rule in RULES.values():
        yield File.generated(config, f"rules/{rule.code.lower()}.md", content=page(rule, lang, Path(config.docs_dir)))


def index(lang: str) -> str:
    """The table of all rules. Its anchors are those of the sections that once stood on that page."""
    rows = [f"| {_COLUMNS.get(lang)} |", "|---|---|---|"]
    for rule in RULES.values():
        link = f"[{rule.code}]({rule.code.lower()}.md){{ #{rule.code.lower()} }}"
        severity = SEVERITY[rule.severity].get(lang)
        rows.append(f"| {link} | {severity} | {rule.title.get(lang)} |")
    return "\n".join(rows)


def precedence(lang: str) -> str:
    """The table of which finding makes which others needless."""
    silenced = {code: (*EXPLAINS.get(code, ()), *REFUSES.get(code, ())) for code in RULES}
    rows = [f"| {_SILENCES.get(lang)} |", "|---|---|"]
    for code, others in silenced.items():
        if others:
            rows.append(f"| [{code}]({code.lower()}.md) | {', '.join(sorted(set(others)))} |")
    return "\n".join(rows)


def page(rule: Rule, lang: str, docs: Path) -> str:
    """The Markdown of a rule's page. `docs` is the folder of the language's pages, for the titles of what it links to."""
    title, code = rule.title.get(lang), rule.code
    mistakes = [path for path in wrong() if path.startswith(f"examples/wrong/{code}-")]
    parts = [
        f"---\ntitle: {quoted(f'{code} {title}')}\ndescription: {quoted(rule.what.get(lang))}\n---",
        f"# {code} {title} {{ #{code.lower()} }}",
        # What a phone shows at first: what happens, what mends it, and the picture of the first mistake, or, where no pod is in
        # it, the line and its change. The exact conditions are for who has read that.
        f"`{rule.severity}`{{ .severity .{rule.severity} }} {rule.why.get(lang)}",
        f"**{_FIX.get(lang)}.** {rule.fix.get(lang)}",
        *(_figure(mistakes[0], lang) or [_difference(mistakes[0])]),
    ]
    for number, path in enumerate(mistakes):
        parts += _example(path, lang, number)
    parts += [f"## {_WHEN.get(lang)} {{ #when }}", rule.what.get(lang)]
    see = [f"- {_link(docs, target, lang)}" for target in rule.about.see]
    drawn = {page: title for path in mistakes for title, page in guides(path, lang)}
    see += [f"- [{title}](../{page})" for page, title in drawn.items() if not any(page in line for line in see)]
    if line := measured_pages.measured(code, lang, "../"):
        see.append(f"- {line}")
    own = f"rules/{code.lower()}.md"
    see += [
        f"- {line}"
        for line in (
            links_back.clustered(own, lang, "../"),
            links_back.mentioned(own, lang, "../", "".join(see), f"examples/wrong/{code}-"),
        )
        if line
    ]
    see.append(f"- [{_ALL.get(lang)}](../rules/index.md#index)")
    parts += [f"## {_SEE.get(lang)} {{ #see }}", "\n".join(see), _IN_THE_TERMINAL.format(code=code).get(lang)]
    return "\n\n".join(parts) + "\n"


def _example(path: str, lang: str, number: int) -> Iterator[str]:
    """A wrong example, the change that mends it, and what comes of it; the first one's picture stands at the head of the page."""
    right, suffix = path.replace(".yaml", RIGHT), f"-{number + 1}" if number else ""
    yield f"## {_WRONG.get(lang)} {{ #wrong{suffix} }}"
    yield header(path, lang).lesson
    if number:
        yield from _figure(path, lang)
    yield listing(path, _WHOLE.get(lang))
    yield from show.fate(path, lang, "../")
    yield f"## {_CHANGE.get(lang)} {{ #right{suffix} }}"
    if number or _figure(path, lang):
        yield _difference(path)
    yield from _figure(right, lang)
    yield listing(right, _RIGHT.get(lang))


def _figure(name: str, lang: str) -> list[str]:
    """The timeline of a manifest, where it holds a pod."""
    return [f"<!-- figure {name} -->"] if any(isinstance(item, Pod) for item in items(name, lang)) else []


def _difference(path: str) -> str:
    """The lines in which a wrong example and its right twin differ, each with the lines around it."""
    before, after = (body(read(name)) for name in (path, path.replace(".yaml", RIGHT)))
    changes = list(difflib.unified_diff(before, after, lineterm="", n=3))[2:]
    return "\n".join(["```diff", *("…" if line.startswith("@@") else line for line in changes), "```"])


def _link(docs: Path, target: str, lang: str) -> str:
    """A link named after the heading that it leads to; to an example, after its title."""
    name, _, anchor = target.partition("#")
    if name == "examples.md":
        path = next((path for path in working() if show.anchor(path) == anchor), "")
        return f"[{header(path, lang).title}](../{show.page_of(path)})"
    pattern = rf"^#+ (.+?) \{{ #{re.escape(anchor)} \}}$"
    heading = re.search(pattern, (docs / name).read_text(encoding="utf-8"), re.MULTILINE)
    return f"[{heading[1] if heading is not None else target}](../{target})"
