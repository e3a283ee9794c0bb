"""A page for every rule, made from the rule: what is wrong, why, how to mend it, and one manifest wrong and right."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File
from timing_rules import Pod, load
from timing_rules.rules.registry import RULES
from timing_rules.rules.rule import Rule
from timing_rules.text import Text

ROOT = Path(__file__).resolve().parent.parent
WRONG = ROOT / "examples" / "wrong"
#: Of a wrong example: the same manifest, made right by the smallest change.
RIGHT = ".right.yaml"

_COLUMNS = Text("Rule | Severity | What is wrong", "규칙 | 심각도 | 무엇이 잘못되었나")
_SEVERITY = {
    "error": Text("error", "오류"),
    "warning": Text("warning", "경고"),
    "info": Text("info", "정보"),
}
_FIX = Text("Fix", "고치기")
_WRONG = Text("The mistake", "잘못된 예")
_CHANGE = Text("What mends it", "고치는 방법")
_RIGHT = Text("The same manifest, mended", "고친 매니페스트")
_WHOLE = Text("The whole manifest", "전체 매니페스트")
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
        link = f"[{rule.code}](../rules/{rule.code.lower()}.md){{ #{rule.code.lower()} }}"
        severity = _SEVERITY[rule.severity].get(lang)
        rows.append(f"| {link} | {severity} | {rule.title.get(lang)} |")
    return "\n".join(rows)


def page(rule: Rule, lang: str, docs: Path) -> str:
    """The Markdown of a rule's page. `docs` is the folder of the language's pages, for the titles of what it links to."""
    title, code = rule.title.get(lang), rule.code
    parts = [
        f"---\ntitle: {_quoted(f'{code} {title}')}\ndescription: {_quoted(rule.what.get(lang))}\n---",
        f"# {code} {title} {{ #{code.lower()} }}",
        f"`{rule.severity}`{{ .severity .{rule.severity} }} {rule.what.get(lang)}",
        rule.why.get(lang),
        f"**{_FIX.get(lang)}.** {rule.fix.get(lang)}",
    ]
    for number, wrong in enumerate(_examples(code)):
        parts += _example(wrong, lang, f"-{number + 1}" if number else "")
    see = [f"- [{_title(docs, target, lang)}](../{target})" for target in rule.about.see]
    see.append(f"- [{_ALL.get(lang)}](../reference/rules.md#index)")
    parts += [f"## {_SEE.get(lang)} {{ #see }}", "\n".join(see), _IN_THE_TERMINAL.format(code=code).get(lang)]
    return "\n\n".join(parts) + "\n"


def _examples(code: str) -> list[Path]:
    return [path for path in sorted(WRONG.glob(f"{code}-*.yaml")) if not path.name.endswith(RIGHT)]


def _example(wrong: Path, lang: str, suffix: str) -> Iterator[str]:
    """A wrong example, the change that mends it, and what comes of it."""
    right = wrong.with_name(wrong.stem + RIGHT)
    yield f"## {_WRONG.get(lang)} {{ #wrong{suffix} }}"
    yield _lesson(wrong, lang)
    yield from _shown(wrong, lang)
    yield f"## {_CHANGE.get(lang)} {{ #right{suffix} }}"
    yield f"```diff\n{_difference(wrong, right)}\n```"
    yield from _shown(right, lang)


def _shown(path: Path, lang: str) -> Iterator[str]:
    """The timeline of a manifest, where it holds a pod, and its text, folded."""
    name = path.relative_to(ROOT).as_posix()
    if any(isinstance(item, Pod) for item in load(path.read_text(encoding="utf-8"), source=name)):
        yield f"<!-- figure {name} -->"
    label = (_RIGHT if name.endswith(RIGHT) else _WHOLE).get(lang)
    yield f'??? manifest "{label}"\n\n    ```yaml title="{name}"\n    --8<-- "{name}"\n    ```'


def _difference(wrong: Path, right: Path) -> str:
    """The lines in which the two differ, each with the lines around it."""
    before, after = (_body(path.read_text(encoding="utf-8")) for path in (wrong, right))
    changes = list(difflib.unified_diff(before, after, lineterm="", n=3))[2:]
    return "\n".join("…" if line.startswith("@@") else line for line in changes)


def _body(text: str) -> list[str]:
    """The lines after the first comments, which are for the page."""
    lines = text.splitlines()
    start = next((number for number, line in enumerate(lines) if not line.startswith("#")), 0)
    return lines[start:]


def _lesson(wrong: Path, lang: str) -> str:
    key = r"lesson\.ko" if lang == "ko" else "lesson"
    match = re.search(rf"^# {key}: (.+(?:\n#[ \t]{{2,}}.+)*)", wrong.read_text(encoding="utf-8"), re.MULTILINE)
    return re.sub(r"\n#\s+", " ", match[1]) if match is not None else ""


def _title(docs: Path, target: str, lang: str) -> str:
    """What the heading says to which a link leads; an example's is in its file."""
    name, _, anchor = target.partition("#")
    if name == "examples.md":
        for path in (ROOT / "examples").rglob("*.yaml"):
            if path.relative_to(ROOT / "examples").with_suffix("").as_posix().replace("/", "-") == anchor:
                key = r"title\.ko" if lang == "ko" else "title"
                match = re.search(rf"^# {key}: (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
                return match[1] if match is not None else anchor
    heading = re.search(
        rf"^#+ (.+?) \{{ #{re.escape(anchor)} \}}$", (docs / name).read_text(encoding="utf-8"), re.MULTILINE
    )
    return heading[1] if heading is not None else target


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''").replace("`", "") + "'"
