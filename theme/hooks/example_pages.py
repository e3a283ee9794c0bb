"""A page for every example, and the catalogue that leads to them: each with a small picture of its timeline."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import links_back
import measured_pages
from example_files import MODES, folder, guides, header, items, quoted, versions_of, working, wrong
from lab import show
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File
from timing_rules import Pod, check, timeline
from timing_rules.rules.registry import RULES
from timing_rules.show.thumbnail import thumbnail
from timing_rules.text import Text

#: Keeps a picture out of Markdown's way; returns what stands for it.
Draw = Callable[[str], str]

_MANIFEST = Text("The manifest", "매니페스트")
_TIMELINE = Text("What happens when", "시간 순서")
_RIGHT = Text("No finding.", "문제가 없습니다.")
_DOWNLOAD = Text("Download", "내려받기")
_SEE = Text("Read on", "더 읽기")
_GUIDE = Text("Why each number: {page}", "값을 정한 이유: {page}")
_KEEPS = Text("Rules that this manifest keeps: {rules}", "이 매니페스트가 지키는 규칙: {rules}")
_LAB = Text("How it was stopped with a real Envoy", "실제 Envoy와 함께 종료한 기록")
_ALL = Text("All examples", "모든 예제")
_WRONG_HEAD = Text("Rule | What was done wrong", "규칙 | 무엇을 잘못했나")
_SIDECAR = Text("Sidecar", "사이드카")
_KIND = Text("Kind", "종류")
_EVERY = Text("all", "전체")


def pages(config: MkDocsConfig) -> Iterator[File]:
    """The pages of all examples, in the language of the build."""
    lang = str(config.theme["language"])
    for path in working():
        yield File.generated(config, show.page_of(path), content=page(path, lang))


def page(path: str, lang: str) -> str:
    """The Markdown of an example's page."""
    title, lesson = header(path, lang)
    held = items(path, lang)
    findings = [finding for item in held for finding in check(item)]
    verdicts = [f"{finding.rule} {finding.message.get(lang)}" for finding in findings] or [_RIGHT.get(lang)]
    where = "../../"
    parts = [
        f"---\ntitle: {quoted(title)}\ndescription: {quoted(lesson)}\n---",
        f"# {title} {{ #{show.anchor(path)} }}",
        lesson,
        *(f"{verdict}\n{{ .verdict .{'wrong' if findings else 'right'} }}" for verdict in verdicts),
        *show.fate(path, lang, where),
        " · ".join([*versions_of(path), f"[{_DOWNLOAD.get(lang)}]({where}{path}){{ download }}"]) + "\n{ .meant }",
    ]
    if any(isinstance(item, Pod) for item in held):
        parts += [f"## {_TIMELINE.get(lang)} {{ #timeline }}", f"<!-- figure {path} -->"]
    parts += [f"## {_MANIFEST.get(lang)} {{ #manifest }}", f'```yaml title="{path}"\n--8<-- "{path}"\n```']
    parts += [f"## {_SEE.get(lang)} {{ #see }}", "\n".join(f"- {link}" for link in _links(path, lang, where))]
    return "\n\n".join(parts) + "\n"


def _links(path: str, lang: str, where: str) -> Iterator[str]:
    shown = [f"[{title}]({where}{page})" for title, page in guides(path, lang)]
    for page in shown:
        yield _GUIDE.format(page=page).get(lang)
    target = f"examples.md#{show.anchor(path)}"
    rules = [code for code, rule in RULES.items() if target in rule.about.see]
    if rules:
        listed = ", ".join(f"[{code}]({where}rules/{code.lower()}.md)" for code in rules)
        yield _KEEPS.format(rules=listed).get(lang)
    if show.stopped(path):
        yield f"[{_LAB.get(lang)}]({where}measured/index.md#examples)"
    if line := measured_pages.measured(path, lang, where):
        yield line
    own = show.page_of(path)
    for line in (links_back.clustered(own, lang, where), links_back.mentioned(own, lang, where, "".join(shown), path)):
        if line:
            yield line
    for other in working(folder(path)):
        if other != path:
            yield f"[{header(other, lang).title}]({where}{show.page_of(other)})"
    yield f"[{_ALL.get(lang)}]({where}examples.md#catalogue)"


def catalogue(lang: str, titles: dict[str, str], level: int, draw: Draw) -> str:
    """Every example that works, by its situation: a card with a small picture. `level` is that of the heading above."""
    groups: dict[str, list[str]] = {name: [] for name in titles}
    for path in working():
        groups.setdefault(folder(path), []).append(path)
    parts = [_filters(lang), '<div class="catalogue" markdown>']
    for name, paths in groups.items():
        if paths:
            parts.append(f"{'#' * (level + 1)} {titles.get(name, name)} {{ #{name.lower()} }}")
            cards = "\n\n".join(_card(path, lang, draw) for path in paths)
            parts.append(f'<div class="grid cards" markdown>\n\n{cards}\n\n</div>')
    return "\n\n".join([*parts, "</div>"])


def _filters(lang: str) -> str:
    """Where the page's script puts a choice for each sort of tag; without the script every example is shown."""
    words = {"sidecar": _SIDECAR, "kind": _KIND}
    labels = " ".join(f'data-{name}="{text.get(lang)}"' for name, text in words.items())
    modes = " ".join(f'data-sidecar-{mode}="{text.get(lang)}"' for mode, text in MODES.items())
    return f'<div class="filters" data-all="{_EVERY.get(lang)}" {labels} {modes}></div>'


def _card(path: str, lang: str, draw: Draw) -> str:
    title, lesson = header(path, lang)
    pods = [item for item in items(path, lang) if isinstance(item, Pod)]
    lines = [timeline(pod) for pod in pods]
    picture = draw(thumbnail(lines[0])) if lines else ""
    modes = {str(line.sidecar) for line in lines} or {"mesh"}
    kinds = {pod.kind for pod in pods}
    tags = " ".join([*(f"sidecar={mode}" for mode in sorted(modes)), *(f"kind={kind}" for kind in sorted(kinds))])
    shown = " · ".join([*(MODES[mode].get(lang) for mode in sorted(modes)), *sorted(kinds), *versions_of(path)])
    card = [
        f"-   **[{title}]({show.page_of(path)}){{ #{show.anchor(path)} }}**",
        picture,
        lesson,
        f'<span class="meant" data-tags="{tags}">{shown}</span>',
    ]
    return "\n\n    ".join(part for part in card if part)


def wrong_catalogue(lang: str) -> str:
    """Every example that shows a mistake, with the page of its rule, which shows both it and the change that mends it."""
    rows = [f"| {_WRONG_HEAD.get(lang)} |", "|---|---|"]
    for path in wrong():
        code = path.rpartition("/")[2].partition("-")[0]
        rows.append(f"| [{code}](rules/{code.lower()}.md){{ #{show.anchor(path)} }} | {header(path, lang).title} |")
    return "\n".join(rows)
