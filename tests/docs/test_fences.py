"""No fence escapes: each is one that tests run or read, and Sybil's count is compared with an independent one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs import executed
from tests.docs.pages import DIRECTIVE, ROOT, Page, all_pages

ALLOWED = re.compile(r'(?:python|yaml|console|text|json|go|javascript|java)(?: title="[^"]+")?(?: hl_lines="[\d -]+")?')
INCLUDED_ALONE = ("go", "javascript", "java")  # no test runs what a page itself holds of them
PAGES = [page for page in all_pages() if page.path.suffix == ".md"]
by_name = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def odd_fences(page: Page) -> list[str]:
    """A sentence for each fence that tests could pass over, or whose title is not its file."""
    found = []
    for fence in page.fences:
        where = f"{page.name}:{fence.line}"
        if fence.marks[0] == "~" or len(fence.marks) > 3 or not ALLOWED.fullmatch(fence.info):
            found.append(
                f'{where}: write this fence as ``` and, with no blank, one of python, yaml, console, text, json, go, javascript, java, then perhaps title="…" '
                f'and hl_lines="…"; not {fence.marks}{fence.info}'
            )
        title = re.search(r'title="([^"]+)"', fence.info)
        if fence.include and (not title or title[1] != fence.include):
            found.append(f'{where}: an included file\'s fence names it: title="{fence.include}"')
        if fence.language in INCLUDED_ALONE and not fence.include:
            found.append(
                f"{where}: {fence.language} stands in snippets/servers, where a test runs it: include the file"
            )
        if fence.language == "python" and not fence.include and not fence.skipped and "assert" not in fence.code:
            found.append(f"{where}: Python on a page asserts what the text claims")
        if not fence.include and re.search(r"^[ \t]*--8<--", fence.code, re.MULTILINE):
            found.append(f"{where}: a fence holds an include and nothing else")
    return found


@by_name
def test_every_fence_is_of_a_kind_that_tests_know(page: Page) -> None:
    assert not (found := odd_fences(page)), "\n".join(found)


@by_name
def test_sybil_collects_every_fence_that_is_no_include(page: Page) -> None:
    written = [fence.line for fence in page.fences if fence.language in ("python", "yaml") and not fence.include]
    assert [example.line for example in executed.examples_in(page.path)] == written


@by_name
def test_a_skip_gives_its_reason(page: Page) -> None:
    lines = [(number, line) for number, line in page.prose if re.match(r"[ \t]*<!--[ \t]*skip", line)]
    without = [number for number, line in lines if not re.search(r'skip: next,? "[^"]{8,}"', line)]
    assert not without, f'{page.name}:{without[0]}: write <!-- skip: next "why it cannot run here" -->'


@by_name
def test_every_comment_is_a_directive_or_a_skip(page: Page) -> None:
    """A misspelled directive would vanish from the page without a word."""
    comments = [
        (number, line) for number, line in page.prose if "<!--" in line and not re.match(r"[ \t]*<!--[ \t]*skip:", line)
    ]
    odd = [
        f"{page.name}:{number}: no directive: {line.strip()}" for number, line in comments if not DIRECTIVE.match(line)
    ]
    assert not odd, "\n".join(odd)


@pytest.mark.parametrize("page", all_pages(), ids=lambda page: page.name)
def test_included_files_exist(page: Page) -> None:
    missing = [
        f"{page.name}: includes {path}, which does not exist" for path in page.includes if not (ROOT / path).is_file()
    ]
    assert not missing, "\n".join(missing)


def test_odd_fences_are_found(tmp_path: Path) -> None:
    odd = [
        "``` python\nassert 1\n```",
        "```py\nassert 1\n```",
        "~~~yaml\na: 1\n~~~",
        "```\nx\n```",
        "```python\nprint(1)\n```",
        '```yaml title="other.yaml"\n--8<-- "examples/a.yaml"\n```',
        "````yaml\na: 1\n````",
    ]
    for text in odd:
        assert odd_fences(Page("en", "x.md", tmp_path, text)), text
    good = '```python title="x" hl_lines="1 2"\nassert 1\n```\n\n```yaml title="a/b.yaml"\n--8<-- "a/b.yaml"\n```'
    assert odd_fences(Page("en", "x.md", tmp_path, good)) == []


def test_a_fence_with_a_title_is_run_even_in_a_box(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    path.write_text(
        '!!! note\n\n    ```python title="t"\n    assert False\n    ```\n\n- item\n\n    ```yaml\n    a: [\n    ```\n'
    )
    examples = executed.examples_in(path)
    assert [example.line for example in examples] == [3, 9]
    for example in examples:
        with pytest.raises(Exception):  # noqa: B017
            example.evaluate()


def test_a_misspelled_field_is_found() -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "a"},
        "spec": {"containers": [{"name": "a", "image": "a", "lifecicle": {}}]},
    }
    with pytest.raises(Exception, match="lifecicle"):
        executed.validate_manifest(pod)
