"""`make scenario` and `make rule`: what they write is whole but for its TODOs, and each wrong step is told how to go on."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from timing_rules.rules.registry import RULES

from tests.examples.manifests import ROOT
from tests.package.inputs import findings
from tests.skeleton import write
from tests.skeleton.__main__ import main
from tests.skeleton.write import Mistake

#: What the skeletons below are called; PT399 stands behind every rule.
SCENARIO, ANOTHER, RULE = "canary/waits-for-its-last-poll", "wrong/PT103-another-lesson", "PT399-probe-ends-the-app"
FINDS = "pt399_probe_ends_app"
#: What holds an example and a rule. The site's tests are made of the same files, and take minutes.
HOLDING = (
    "tests/examples",
    "tests/package/test_rule_texts.py",
    "tests/package/test_house.py",
    "tests/package/test_snapshots.py",
    "tests/docs/test_words.py",
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """As much of a repository as a name is checked against."""
    for folder in ("worker", "wrong", "http"):
        (tmp_path / "examples" / folder).mkdir(parents=True)
    (tmp_path / "examples/worker/waits.yaml").touch()
    (tmp_path / "CHANGELOG.md").write_text("PT198 is gone.\n", encoding="utf-8")
    return tmp_path


WRONG: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "no folder": (
        lambda root: write.example_path("waits", root),
        "`waits` does not say in which folder of examples/ it goes; write <situation>/<lesson>, as "
        "worker/finishes-its-message; there are http, worker, and a new one may be named",
        "`waits` 이름에는 examples/ 아래의 폴더가 없습니다. worker/finishes-its-message처럼 <상황>/<배울 점> 형식으로 "
        "쓰십시오. 지금 있는 상황은 http, worker이며 새로 만들 수도 있습니다",
    ),
    "not kebab-case": (
        lambda root: write.example_path("worker/Waits_forItsPoll", root),
        "`Waits_forItsPoll` is not in kebab-case; use English words in small letters and digits with single hyphens "
        "between them, as waits-for-its-poll",
        "`Waits_forItsPoll` 이름은 kebab-case가 아닙니다. waits-for-its-poll처럼 영어 소문자와 숫자를 쓰고 낱말 사이에 "
        "하이픈을 하나씩 넣으십시오",
    ),
    "not English": (lambda root: write.kebab("대기"), "`대기` is not in kebab-case", "as finishes-its-message"),
    "a folder that is not kebab-case": (
        lambda root: write.example_path("My Worker/waits", root),
        "`My Worker` is not in kebab-case",
        "as my-worker",
    ),
    "an example that is there": (
        lambda root: write.example_path("examples/worker/waits.yaml", root),
        "examples/worker/waits.yaml is there already; choose another lesson, or change that file",
        "examples/worker/waits.yaml 파일은 이미 있습니다. 배울 점을 다르게 짓거나 그 파일을 고치십시오",
    ),
    "a mistake without its rule": (
        lambda root: write.example_path("wrong/too-long", root),
        "`too-long` does not begin with the rule that it shows; write wrong/<RULE>-<lesson>, as wrong/PT101-",
        "`too-long` 이름은 규칙 코드로 시작하지 않습니다. wrong/PT101-",
    ),
    "a mistake of no rule": (
        lambda root: write.example_path("wrong/PT399-too-long", root),
        "there is no rule PT399; `timing-rules rule` lists the rules, or begin the rule with `make rule`",
        "PT399 규칙은 없습니다. `timing-rules rule` 명령으로 규칙 목록을 볼 수 있습니다. 새 규칙은 `make rule`",
    ),
    "a code that is none": (
        lambda root: write.new_code("PT42", root),
        f"`PT42` is no code; write PT and three digits; next are {', '.join(write.next_codes())}",
        f"`PT42` 코드는 쓸 수 없습니다. PT와 숫자 세 자리로 쓰십시오. 다음 코드는 {', '.join(write.next_codes())}입니다",
    ),
    "a code of no group": (lambda root: write.new_code("PT401", root), "`PT401` is no code", "다음 코드는 PT1"),
    "a code that is taken": (
        lambda root: write.new_code("pt102", root),
        "PT102 is taken: preStop and shutdown exceed the grace period; write PT and three digits; next are PT1",
        f"PT102 코드는 이미 쓰고 있습니다. {RULES['PT102'].title.ko}. PT와 숫자 세 자리로",
    ),
    "a code that was used once": (
        lambda root: write.new_code("PT198", root),
        "CHANGELOG.md names PT198: it was used once, and people may have muted it; write PT",
        "CHANGELOG.md 파일에 PT198 코드가 있습니다.",
    ),
    "words that are no function": (
        lambda root: write.function_name("Probe ends app"),
        "`Probe ends app` is no name of a function; say what the rule finds, in two English words or more of small "
        "letters and digits with underscores between them, as probe_ends_app",
        "`Probe ends app` 이름은 함수 이름이 될 수 없습니다. 규칙이 찾는 것을 probe_ends_app처럼",
    ),
    "one word": (lambda root: write.function_name("probe"), "`probe` is no name of a function", "as prestop_fills"),
    "what is found already": (
        lambda root: write.function_name("no_grace_for_hook"),
        "PT103 finds `no_grace_for_hook` already; say in other words what is new",
        "PT103 규칙이 이미 `no_grace_for_hook` 이름을 씁니다. 새로 찾는 것을 다른 말로 쓰십시오",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_step_is_told_how_to_go_on(name: str, place: Path) -> None:
    step, *told = WRONG[name]
    with pytest.raises(Mistake) as refused:
        step(place)
    mistake = refused.value
    sentences = (f"{mistake.wrong.en}; {mistake.fix.en}", f"{mistake.wrong.ko}. {mistake.fix.ko}")
    assert all(any(words in sentence for sentence in sentences) for words in told), sentences


def test_next_codes_are_free_and_behind_the_last_of_their_group(place: Path) -> None:
    codes = write.next_codes()
    assert [code[2] for code in codes] == ["1", "2", "3"]
    for code in codes:
        assert write.new_code(code, place) == code and f"PT{int(code[2:]) - 1}" in RULES


def test_nothing_is_written_for_a_name_that_is_refused(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(place.rglob("*"))
    for words in (["scenario", "worker/waits"], ["rule", "PT399", "probe_ends_app", "Not Kebab"]):
        assert main(words, place) == 2
        out, err = capsys.readouterr()
        assert not out and err.count("\n") == 1
    assert sorted(place.rglob("*")) == before


def test_it_asks_until_it_can_take_the_answer(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for lang, ask, after in (
        ("C", "Situation and lesson", "Next:"),
        ("ko_KR.UTF-8", "상황과 배울 점", "다음에 할 일:"),
    ):
        lesson = f"http/waits-{lang[0].lower()}"
        monkeypatch.setenv("LC_ALL", lang)
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"waits\nworker/waits\n{lesson}\n"))
        assert main(["scenario"], place) == 0
        out, err = capsys.readouterr()
        assert out.count(ask) == 3 and err.count("\n") == 2 and after in out and f"  examples/{lesson}.yaml\n" in out
        assert (place / "examples" / f"{lesson}.yaml").is_file()
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert main(["rule", "PT399", "probe_ends_app"], place) == 2
    assert capsys.readouterr().err == "\nnobody answers: give it as LESSON=…\n"


def test_the_registry_keeps_its_order() -> None:
    text = (ROOT / write.RULE_FILES / "registry.py").read_text(encoding="utf-8")
    for module, before, after in (
        ("pt112_between", "pt111_misplaced_field", "pt113_needed_container_gone_first"),
        (FINDS, list(RULES.values())[-1].find.__module__.rpartition(".")[2], ")"),
    ):
        for suffix in ("", ".RULE"):
            follows = f"    {before}{suffix},\n    {module}{suffix},\n"
            more = f"    {after}{suffix},\n" if after != ")" else ")\n"
            assert follows + more in write.listed(text, module)


@pytest.mark.parametrize("code", RULES)
def test_another_mistake_of_a_rule_begins_as_one_that_it_finds(code: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples/wrong", tmp_path / "examples/wrong")
    wrong, right = (tmp_path / path for path in write.example(f"wrong/{code}-another-lesson", tmp_path))
    assert {finding.rule for finding in findings(wrong.read_text(encoding="utf-8"))} == {code}
    assert not findings(right.read_text(encoding="utf-8"))
    assert "another-lesson" in right.read_text(encoding="utf-8").partition("spec:")[0]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with a scenario of a new situation, another mistake of a rule, and a new rule."""
    root = tmp_path_factory.mktemp("repository")
    for name in ("snippets", "theme", "examples", "tests", "docs"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for pattern in ("*.toml", "*.yml", "*.md"):
        for file in ROOT.glob(pattern):
            shutil.copy(file, root)
    assert main(["scenario", SCENARIO], root) == main(["scenario", ANOTHER], root) == 0
    assert main(["rule", "PT399", "probe_ends_app", "probe-ends-the-app"], root) == 0
    return root


def in_the_copy(copy: Path, *words: str) -> str:
    """What a command prints there, with the package that stands there."""
    ran = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=copy,
        env={"PYTHONPATH": "snippets", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.stdout + ran.stderr


def failures(copy: Path, tests: Iterable[str]) -> set[str]:
    """The tests that fail there. Snapshots of other values hold files of their own, and take half a minute."""
    out = in_the_copy(copy, "pytest", "-q", "-p", "no:cacheprovider", "-k", "not varied", *sorted(tests))
    assert re.search(r"\d+ (?:passed|failed)", out), out[-2_000:]
    return set(re.findall(r"^(?:FAILED|ERROR) (\S+\.py::\S+)", out, re.MULTILINE))


def test_what_is_written_fails_only_the_tests_that_name_what_is_left(copy: Path) -> None:
    """And once that is written, none."""
    examples = [f"examples/{SCENARIO}.yaml", f"examples/{ANOTHER}.yaml", f"examples/wrong/{RULE}.yaml"]
    areas = ("findings-wrong", "timelines-wrong", "timelines-examples", "command-lines", "tables", "sentences")
    left = failures(copy, HOLDING)
    assert left == {
        *(f"tests/examples/test_examples.py::test_nothing_is_left_to_write[{name}]" for name in examples),
        "tests/examples/test_examples.py::test_every_situation_has_a_title_and_a_place",
        f"tests/package/test_rule_texts.py::test_nothing_is_left_to_write[{FINDS}]",
        *(f"tests/package/test_snapshots.py::test_a_snapshot_is_what_is_said_today[{name}]" for name in areas),
    }
    written = [*examples, f"examples/wrong/{RULE}.right.yaml", f"{write.RULE_FILES}/{FINDS}.py"]
    for name in written:
        text = (copy / name).read_text(encoding="utf-8")
        assert "TODO" in text
        (copy / name).write_text(text.replace("TODO ", ""), encoding="utf-8")
    config = (copy / "mkdocs.yml").read_text(encoding="utf-8")
    (copy / "mkdocs.yml").write_text(config.replace("  situations:\n", "  situations:\n    canary: Canary\n"))
    in_the_copy(copy, "tests.snapshots.write", *areas)
    assert failures(copy, left) == set()


def test_what_is_written_is_laid_out_as_the_rest(copy: Path) -> None:
    assert "All checks passed!" in in_the_copy(copy, "ruff", "check", "--no-cache", "snippets", "tests/skeleton")
    assert "already formatted" in in_the_copy(copy, "ruff", "format", "--no-cache", "--check", "snippets")
