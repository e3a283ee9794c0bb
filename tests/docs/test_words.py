"""Words: the glossary (glossary.yml) on Korean pages and in Korean messages, filler on English pages, headings, links."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from timing_rules.rules.registry import RULES
from timing_rules.rules.rule import Rule
from timing_rules.text import Text

from tests.docs.numbers import PINNED
from tests.docs.pages import ROOT, Page, all_pages, without_code

GLOSSARY: dict[str, list[dict[str, str]]] = yaml.safe_load(
    (Path(__file__).parent / "glossary.yml").read_text(encoding="utf-8")
)
KOREAN = [*GLOSSARY["terms"], *GLOSSARY["sentences"]]
every_page = pytest.mark.parametrize("page", all_pages(), ids=lambda page: page.name)
every_korean_page = pytest.mark.parametrize("page", all_pages(["ko"]), ids=lambda page: page.name)
every_english_page = pytest.mark.parametrize("page", all_pages(["en"]), ids=lambda page: page.name)


def front_lines(page: Page) -> list[tuple[int, str]]:
    return [(1, str(page.front.get(key, ""))) for key in ("title", "description")]


def wrong_words(lines: list[tuple[int, str]], name: str, rules: list[dict[str, str]]) -> list[str]:
    """A sentence for each place where `lines` break one of `rules`."""
    found = []
    for number, line in lines:
        for rule in rules:
            for match in re.finditer(rule["wrong"], without_code(line), re.IGNORECASE):
                found.append(f'{name}:{number}: "{match[0].strip()}" is not written here; instead: {rule["right"]}')
    return found


@every_korean_page
def test_korean_pages_use_the_glossary(page: Page) -> None:
    assert not (found := wrong_words([*front_lines(page), *page.prose], page.name, [*KOREAN, *GLOSSARY["lines"]])), (
        "\n".join(found)
    )


def unpaired(page: Page) -> list[str]:
    """Terms whose first use in the page's sentences lacks its English."""
    sentences = [(number, line) for number, line in page.prose if not re.match(r"[ \t]*(?:#|\||<)", line)]
    found = []
    for term in (term for term in GLOSSARY["terms"] if "pair" in term):
        for number, line in sentences:
            at = without_code(line).find(term["right"])
            if at >= 0:
                # A longer term that holds this one, such as 네이티브 사이드카, brings its own English.
                longer = any(
                    other["right"] != term["right"] and term["right"] in other["right"] and other["right"] in line
                    for other in GLOSSARY["terms"]
                )
                if not longer and not re.match(rf"[*`]*\({term['pair']}s?\)", line[at + len(term["right"]) :]):
                    found.append(f"{page.name}:{number}: first use: {term['right']}({term['pair']})")
                break
    return found


@every_korean_page
def test_a_term_stands_with_its_english_where_a_page_first_uses_it(page: Page) -> None:
    assert not (found := unpaired(page)), "\n".join(found)


def english_comments(page: Page) -> list[str]:
    """Comments and docstrings of three English words and more in code on the page itself. The head of an example has both languages."""
    return [
        f"{page.name}:{fence.line}: {comment}: write it in Korean"
        for fence in page.fences
        if not fence.include and fence.language in ("python", "yaml") and "# lesson.ko" not in fence.code
        for comment in re.findall(r'(?:^|[ \t])(# .+|"""[^"\n]+""")$', fence.code, re.MULTILINE)
        if not re.search("[가-힣]", comment) and len(re.findall("[A-Za-z]{2,}", comment)) > 2
    ]


@every_korean_page
def test_comments_in_code_of_a_korean_page_are_korean(page: Page) -> None:
    assert not (found := english_comments(page)), "\n".join(found)


@every_english_page
def test_english_pages_have_no_filler(page: Page) -> None:
    assert not (found := wrong_words([*front_lines(page), *page.prose], page.name, GLOSSARY["filler"])), "\n".join(
        found
    )


@every_page
def test_every_heading_has_an_english_id(page: Page) -> None:
    found = [
        f"{page.name}:{number}: give the heading an English id, the same in both languages: ## {text} {{ #kebab-id }}"
        for number, _, text, ident in page.headings
        if not ident or not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", ident)
    ]
    idents = [ident for *_, ident in page.headings]
    found += [
        f"{page.name}: two headings have the id {ident}"
        for ident in sorted(set(filter(None, idents)))
        if idents.count(ident) > 1
    ]
    assert not found, "\n".join(found)


@every_page
def test_a_page_has_one_title_and_says_what_it_is_about(page: Page) -> None:
    assert [level for _, level, *_ in page.headings].count(1) == 1, f"{page.name}: one heading of the first level"
    if page.path.suffix == ".md":
        missing = [key for key in ("title", "description", "reviewed") if not page.front.get(key)]
        assert not missing, (
            f"{page.name}: the front matter lacks {', '.join(missing)} (make reviewed PAGE={page.rel} writes `reviewed`)"
        )


@every_page
def test_links_into_repositories_are_pinned(page: Page) -> None:
    found = [
        f"{page.name}:{number}: {target} moves; link a tag or a commit"
        for number, target in page.links
        if re.match(
            r"https://(?:github\.com/[^/]+/[^/]+/(?:blob|tree|raw|blame)/|raw\.githubusercontent\.com/)", target
        )
        and not PINNED.search(target)
    ]
    assert not found, "\n".join(found)


#: A name in Latin letters, then the end of code, emphasis or a link, an English gloss, and a particle.
NAMED = re.compile(
    r"([A-Za-z][\w.-]*)[`*]*(?:\]\([^)\n]*\))?[`*]*(?:\([a-zA-Z ]+\))?(을|를|이|가|은|는|과|와|으로|로)(?![가-힣])"
)
AFTER_CONSONANT, AFTER_VOWEL = {"을", "이", "은", "과", "으로"}, {"를", "가", "는", "와"}


def read_two_ways(lines: list[tuple[str, str]]) -> list[str]:
    """A sentence for each name that `lines`, each with its place, follow with particles of two readings."""
    uses: dict[str, dict[str, str]] = {}
    for place, line in lines:
        for name, particle in NAMED.findall(line):
            uses.setdefault(name.lower(), {}).setdefault(particle, place)
    return [
        f"{name}: read in two ways: " + ", ".join(f"{particle} ({place})" for particle, place in sorted(used.items()))
        for name, used in sorted(uses.items())
        if (AFTER_CONSONANT & used.keys() and AFTER_VOWEL & used.keys()) or {"으로", "로"} <= used.keys()
    ]


def test_a_name_is_read_the_same_on_every_page() -> None:
    lines = [
        (f"{page.name}:{number}", line)
        for page in all_pages(["ko"])
        for number, line in [*front_lines(page), *page.prose]
    ]
    assert not (found := read_two_ways(lines)), "\n".join(found)


def korean_messages(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The Korean half of every `Text(en, ko)`; an inserted value reads {}."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "Text" and len(node.args) == 2:
            yield node.lineno, "".join(_pieces(node.args[1]))


def _pieces(node: Any) -> Iterator[str]:
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.JoinedStr):
        for part in node.values:
            yield from _pieces(part)
    elif isinstance(node, ast.BinOp):
        yield from (*_pieces(node.left), *_pieces(node.right))
    else:
        yield "{}"


PARTICLE_AFTER_VALUE = re.compile(r"\}[\"'`]?(?:이|가|을|를|은|는|와|과|으로|로)(?![가-힣])")


@pytest.mark.parametrize("path", sorted((ROOT / "snippets" / "timing_rules").rglob("*.py")), ids=lambda path: path.name)
def test_korean_messages_use_the_glossary(path: Path) -> None:
    messages = list(korean_messages(ast.parse(path.read_text(encoding="utf-8"))))
    found = wrong_words(messages, path.name, KOREAN)
    found += [
        f"{path.name}:{number}: no particle after an inserted value: {text}"
        for number, text in messages
        if PARTICLE_AFTER_VALUE.search(text)
    ]
    assert not found, "\n".join(found)


def korean_lines(path: Path) -> list[tuple[int, str]]:
    """What `path`, which is no page, says in Korean: the two halves of a page hook, a header, a document of the repository."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return list(korean_messages(ast.parse(text)))
    return [(number, line) for number, line in enumerate(text.split("\n"), 1) if re.search("[가-힣]", line)]


BESIDE_PAGES = [
    *(ROOT / "theme" / "hooks").glob("*.py"), *(ROOT / "snippets" / "lab").glob("*.py"), ROOT / "theme" / "404.html",
    *(ROOT / "snippets" / "lab" / "experiments").glob("*.yaml"), *(ROOT / "examples").rglob("*.yaml"),
    ROOT / "README.md", ROOT / "CONTRIBUTING.ko.md", ROOT / "mkdocs.ko.yml",
]  # fmt: skip


@pytest.mark.parametrize(
    "path", [path for path in sorted(BESIDE_PAGES) if korean_lines(path)], ids=lambda path: str(path.relative_to(ROOT))
)
def test_korean_beside_the_pages_uses_the_glossary(path: Path) -> None:
    """What the build puts around and into pages, what a reader of the repository sees."""
    assert not (found := wrong_words(korean_lines(path), str(path.relative_to(ROOT)), KOREAN)), "\n".join(found)


def rule_texts(rule: Rule) -> list[Text]:
    """Everything that a rule says: what pages show of it, and every message and fix of its module."""
    room = vars(sys.modules[rule.find.__module__])
    return [*rule.about.texts, *(text for text in room.values() if isinstance(text, Text))]


@pytest.mark.parametrize("code", RULES)
def test_rules_use_the_glossary(code: str) -> None:
    texts = rule_texts(RULES[code])
    assert len(texts) > 4, f"{code}: no message was found"
    found = wrong_words([(0, text.ko) for text in texts], code, KOREAN)
    found += wrong_words([(0, text.en) for text in texts], code, GLOSSARY["filler"])
    found += [
        f"{code}: no particle after an inserted value: {text.ko}"
        for text in texts
        if PARTICLE_AFTER_VALUE.search(text.ko)
    ]
    assert not found, "\n".join(found)


def test_the_checks_find_what_they_look_for() -> None:
    def korean(text: str) -> list[str]:
        return wrong_words([(1, text)], "x", [*KOREAN, *GLOSSARY["lines"]])

    assert korean("유예기간은 짧습니다.")
    assert korean("포드가 종료됩니다.")
    assert korean("값을(를) 확인합니다.")
    assert korean("다음과 같습니다:")
    assert korean("결과가 보여집니다.")
    assert korean("흔한 실수는 너무 짧은 값, 철자가 틀린 키입니다.")
    assert korean("이상치 감지를 켭니다.")
    assert korean("클래식 프록시가 먼저 떠나면") and not korean("프록시가 먼저 종료되면")
    assert korean("쉬고 있는 연결이 남습니다.") and korean("12초 드레인에서 살아남습니다.")
    assert korean("재시도가 유실을 가려 줍니다.") and korean("요청은 어느 쪽으로도 끝날 수 있습니다.")
    assert korean("앱이 먼저 끝나면") and korean("Envoy가 사라질 때까지") and not korean("앱의 훅이 끝나면")
    assert korean("이유는 리스너가 닫혔기 때문입니다.") and not korean("리스너가 닫혔기 때문입니다.")
    assert korean("`PORT=9000` 처럼 지정합니다.") and not korean("`PORT=9000`처럼 지정합니다.")
    assert not korean("**흔한 실수:** 단위를 빠뜨립니다.")
    assert not korean("유예 기간은 30초입니다. 설정 예: `a: 1`")
    assert not korean("| 값: 30초 | `유예기간` |")
    assert wrong_words([(1, "You simply set it.")], "x", GLOSSARY["filler"])
    assert not wrong_words([(1, "It is set just before the end; `simply`.")], "x", GLOSSARY["filler"])
    assert korean("1.31 이전의 kubelet은") and not korean("1.31 전의 kubelet, 1.31보다 오래된 kubelet, 그 이전")
    assert korean("프록시의 시간이 훅을 덮어야 합니다.") and not korean("필드 단위로 덮어씁니다.")
    [twice] = read_two_ways([("x:1", "`SIGQUIT`을 받습니다."), ("x:2", "[`SIGQUIT`](a.md)를 받고 Envoy가")])
    assert twice == "sigquit: read in two ways: 를 (x:2), 을 (x:1)"
    assert read_two_ways([("x:1", "`exec`으로"), ("x:2", "`exec`(shell form)로")])
    assert not read_two_ways([("x:1", "`SIGKILL`을 받아 `SIGKILL`로 끝나고 YAML이다")])
    page = Page("ko", "x.md", Path("x.md"), "# 유예 기간 { #a }\n\n유예 기간이 끝납니다. 파드는")
    assert unpaired(page) == ["docs/ko/x.md:3: first use: 유예 기간(grace period)"]
    assert unpaired(Page("ko", "x.md", Path("x.md"), "유예 기간(grace period)이 끝납니다. 유예 기간은")) == []
    code = Page(
        "ko",
        "x.md",
        Path("x.md"),
        "```python\nx = 1  # the app never sees it\ny = 2  # 앱은 받지 못합니다\n"
        'def z():\n    """The app never sees it."""\n```\n',
    )
    assert len(english_comments(code)) == 2
    tree = ast.parse('Text("a", f"{name}이 끝납니다")\nText("b", "{x} 컨테이너가")')
    assert [bool(PARTICLE_AFTER_VALUE.search(text)) for _, text in korean_messages(tree)] == [True, False]
