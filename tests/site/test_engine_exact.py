"""The checker in the browser answers as the same Python does here: every example, every case, and manifests made at random.

Each language is asked on its own page, which has no words of the other. Here the YAML is read by PyYAML's pure-Python half, as in
the browser. `make exact` tries ten times as many random manifests.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from timing_rules.browser import answer
from timing_rules.source import composed, yaml_tree

from tests.site.manifests import manifest

if TYPE_CHECKING:
    from tests.site.conftest import Browser

pytestmark = pytest.mark.browser

RANDOM = int(os.environ.get("EXACT", "200"))
CASES = Path("tests/cases")
SUFFIXES = {".yaml", ".yml", ".json"}
ASK = """
const [questions, done] = arguments;
(async () => {
  const { base, version, lang } = document.querySelector(".checker").dataset;
  const { Engine } = await import(`${base}client.js?${version}`);
  self.tried ??= new Engine(base, version, lang);
  const answers = [];
  for (const question of questions) {
    try {
      answers.push(JSON.stringify(await self.tried.ask("check", question)));
    } catch (error) {
      answers.push(`failed: ${error.constructor.name} ${error.message}`);
    }
  }
  return answers;
})().then(done, (error) => done([`failed: ${error.message}`]));
"""


def files(*paths: Path) -> list[dict[str, str]]:
    return [{"name": path.as_posix(), "text": path.read_text(encoding="utf-8")} for path in paths]


def wrong(browser: Browser, questions: list[dict[str, Any]]) -> list[str]:
    """How the answers of the browser differ from those given here, one line for each question that has another answer."""
    browser.driver.set_script_timeout(600)
    lines = []
    for lang, page in (("en", "/check/"), ("ko", "/ko/check/")):
        browser.show(page)
        for some in batches([question for question in questions if question["lang"] == lang]):
            answers = browser.driver.execute_async_script(ASK, some)
            assert len(answers) == len(some), answers
            lines += [line for asked, text in zip(some, answers, strict=True) if (line := difference(asked, text))]
    return lines


def batches(questions: list[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    return (questions[start : start + 20] for start in range(0, len(questions), 20))


def difference(question: dict[str, Any], text: str) -> str:
    """The first field of an answer that differs, as text; empty where none does."""
    name = question["files"][0]["name"]
    if text.startswith("failed: "):
        return f"{name}: {text}"
    wanted = json.loads(json.dumps(answer(json.dumps({"command": "check", **question}))))
    found = json.loads(text)
    for field, value in wanted.items():
        here, there = (json.dumps(whole(one), ensure_ascii=False) for one in (value, found.get(field)))
        if here != there:
            place = next((i for i, (a, b) in enumerate(zip(here, there, strict=False)) if a != b), min(len(here), len(there)))  # fmt: skip
            start = max(0, place - 60)
            return f"{name}: {field}: here …{here[start : place + 60]}… in the browser …{there[start : place + 60]}…"
    return "" if list(found) == list(wanted) else f"{name}: fields {list(found)}"


def whole(value: Any) -> Any:
    """A value in which 20.0 is 20: JavaScript writes both alike. The order of keys stays."""
    if isinstance(value, dict):
        return {key: whole(one) for key, one in value.items()}
    if isinstance(value, list):
        return [whole(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


@pytest.fixture
def pure(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> Browser:
    monkeypatch.setattr(yaml_tree, "_LOADER", yaml.SafeLoader)
    monkeypatch.setattr(composed, "_COMPOSER", None)
    return browser


def test_every_example_and_every_case_has_the_same_answer(pure: Browser) -> None:
    alone = [path for root in (Path("examples"), CASES) for path in sorted(root.rglob("*")) if path.suffix in SUFFIXES]
    together = [sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES) for folder in sorted(CASES.iterdir()) if folder.is_dir()]  # fmt: skip
    groups = [*([path] for path in alone), *(paths for paths in together if paths)]
    questions = [
        {"lang": ("en", "ko")[number % 2], "files": files(*paths), "options": []} for number, paths in enumerate(groups)
    ]
    assert len(questions) > 190
    assert wrong(pure, questions) == []


def test_manifests_made_at_random_have_the_same_answer(pure: Browser) -> None:
    options: list[list[list[str]]] = [[], [["istio", "1.31"], ["sidecar", "classic"]], [["app-shutdown", "20s"], ["kubernetes", "1.34"]]]  # fmt: skip
    questions = [
        {"lang": ("ko", "en")[number % 2], "files": [{"name": f"{number}.yaml", "text": manifest(number)}], "options": options[number % 3]}
        for number in range(RANDOM)
    ]  # fmt: skip
    texts = [json.dumps(answer(json.dumps({"command": "check", **question}))) for question in questions[:200]]
    rules = {
        code
        for text in texts
        for code in ("PT101", "PT106", "PT108", "PT207", "PT208", "PT211", "PT215")
        if code in text
    }
    assert len(rules) == 7 and any('"errors": [{' in text for text in texts), "the random manifests try too little"
    assert wrong(pure, questions) == []


def test_json_has_the_same_answer_whole_and_broken(pure: Browser) -> None:
    pods = [
        path.read_text(encoding="utf-8") for path in sorted(Path("tests/traces/cluster/gateway-api").glob("*.json"))
    ]
    pod = pods[0]
    texts = [
        *pods,
        json.dumps({"kind": "List", "items": [json.loads(text) for text in pods]}, indent=1),
        *(pod[: len(pod) * part // 7] for part in range(1, 7)),
        *(f'{{"kind": "Pod", "spec": {wrong}}}' for wrong in ("NaN", "01", '"\t"', "[1,]", "{}}", "-", "1 2", '{"a"}')),
        *(f'{{"kind": "Pod",\n"spec": {"[" * deep}{"]" * deep}}}' for deep in (99, 100, 3_000)),
    ]
    questions = [
        {"lang": ("en", "ko")[number % 2], "files": [{"name": f"{number}.json", "text": text}], "options": []}
        for number, text in enumerate(texts)
    ]
    assert wrong(pure, questions) == []
