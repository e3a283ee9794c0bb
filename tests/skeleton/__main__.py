"""Asks what a new example or rule is to be called, writes its skeleton, and says what is left to do.

`make scenario` and `make rule` run it. A name may be given (`make scenario NAME=worker/finishes-its-message`, `make rule
CODE=PT115 FINDS=… LESSON=…`): then nothing is asked. Exit status: 0 written, 2 not, 130 left with Ctrl-C.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from timing_rules.flags import locale
from timing_rules.text import PAUSE, Text

from tests.examples.manifests import ROOT
from tests.skeleton import write
from tests.skeleton.write import Mistake


class Question(NamedTuple):
    """What has to be known: the variable of make that gives it, how it is asked, and what refuses a wrong answer."""

    variable: str
    ask: Text
    refuse: Callable[[str, Path], object]


QUESTIONS = {
    "scenario": (
        Question(
            "NAME",
            Text(
                "Situation and lesson, as worker/finishes-its-message ({folders}): ",
                "상황과 배울 점, 예를 들면 worker/finishes-its-message ({folders}): ",
            ),
            write.example_path,
        ),
    ),
    "rule": (
        Question("CODE", Text("Code, next are {codes}: ", "코드, 다음 코드는 {codes}: "), write.new_code),
        Question(
            "FINDS",
            Text(
                "What it finds, in English, as prestop_fills_grace: ",
                "찾는 것을 영어로, 예를 들면 prestop_fills_grace: ",
            ),
            lambda answer, _: write.function_name(answer),
        ),
        Question(
            "LESSON",
            Text(
                "Lesson of its wrong example, in English, as sleep-as-long-as-the-grace-period: ",
                "잘못된 예제의 배울 점을 영어로, 예를 들면 sleep-as-long-as-the-grace-period: ",
            ),
            lambda answer, _: write.kebab(answer.strip()),
        ),
    ),
}
_NOBODY = Text(
    "nobody answers: give it as {variable}=…",
    "입력을 받을 수 없습니다. {variable}=… 형식으로 지정하십시오",
)
_WRITTEN = Text("Written:", "만든 파일:")
_NEXT = Text("Next:", "다음에 할 일:")
_RUN = "PYTHONPATH=snippets .venv/bin/python -m timing_rules"
_TODO = Text(
    "Replace each TODO: titles and lessons in both languages, the manifest, and beside each number why it is what it is.",
    "TODO를 모두 채우십시오. 두 언어로 제목과 배울 점을, 매니페스트의 내용을, 숫자마다 그 값의 근거를 적습니다.",
)
_SITUATION = Text(
    "`{folder}` is a new situation: give it a title and a place under `situations` in mkdocs.yml and mkdocs.ko.yml.",
    "`{folder}` 폴더는 새 상황입니다. mkdocs.yml, mkdocs.ko.yml 파일의 `situations` 항목에 제목과 순서를 적으십시오.",
)
_SILENT = Text(
    "Look at it: `{run} timeline {file}` draws it, `{run} check {file}` finds nothing.",
    "확인하십시오. `{run} timeline {file}` 명령이 그림을 그리고, `{run} check {file}` 명령은 아무 문제도 찾지 않아야 합니다.",
)
_FOUND = Text(
    "Look at it: `{run} check --severity info {file}` finds {code} alone, and nothing in {twin}.",
    "확인하십시오. `{run} check --severity info {file}` 명령은 {code} 규칙만 보고하고, {twin} 파일에서는 아무것도 찾지 않아야 합니다.",
)
_FIRES = Text(
    "Write when it fires: rules/rule.py tells what a rule is asked and what it answers, and any rule beside it is an example.",
    "언제 보고할지 적으십시오. 규칙이 무엇을 받고 무엇을 답하는지는 rules/rule.py 파일에 있고, 옆의 규칙이 모두 본보기입니다.",
)
_COPIED = Text(
    "Both manifests are copies of the rule's first example: make of them the mistake that you mean.",
    "두 매니페스트는 이 규칙의 첫 예제를 복사한 것입니다. 보여 주려는 실수로 바꾸십시오.",
)
_CAUSE = Text(
    "Where another rule tells the same cause, EXPLAINS or REFUSES in rules/engine.py says which one speaks.",
    "같은 원인을 다른 규칙도 보고한다면, 어느 규칙이 보고할지 rules/engine.py 파일의 EXPLAINS나 REFUSES에 적으십시오.",
)
_RECORD = Text(
    "On Linux, `make lab NAME={file} ARGS=--record` stops it with a real Envoy; commit the record, too.",
    "Linux에서는 `make lab NAME={file} ARGS=--record` 명령으로 실제 Envoy와 함께 종료해 보고, 기록도 커밋하십시오.",
)
_CHANGE = Text("Say it in CHANGELOG.md.", "CHANGELOG.md 파일에 적으십시오.")
_SNAPSHOTS = Text(
    "`make snapshots`, and read the diff in both languages.",
    "`make snapshots` 명령을 실행하고 두 언어의 달라진 부분을 읽으십시오.",
)
_TESTS = Text(
    "`make format lint test ARGS='tests/examples tests/package'` names what is still missing.",
    "`make format lint test ARGS='tests/examples tests/package'` 명령이 아직 빠진 것을 알려 줍니다.",
)


def main(argv: Sequence[str], root: Path = ROOT) -> int:
    """What to begin, `scenario` or `rule`, and the answers in the order of the questions; an empty one is asked for."""
    what, *given = argv
    questions, lang = QUESTIONS[what], locale()
    given += [""] * (len(questions) - len(given))
    known = {"folders": ", ".join(write.situations(root)), "codes": ", ".join(write.next_codes())}
    try:
        for question, answer in zip(questions, given, strict=True):
            if answer:
                question.refuse(answer, root)
        answers = [
            answer or _answer(question, known, root, lang) for question, answer in zip(questions, given, strict=True)
        ]
        before = write.situations(root)
        if what == "scenario":
            made = write.example(answers[0], root)
        else:
            code, finds, lesson = answers
            made = write.rule(code, finds, lesson, root)
    except Mistake as mistake:
        print(_sentence(mistake, lang), file=sys.stderr)
        return 2
    except EOFError as end:
        print(f"\n{end}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:  # nothing is written before the last answer
        print(file=sys.stderr)
        return 130
    print(_WRITTEN.get(lang), *(f"  {path.as_posix()}" for path in made), "", _NEXT.get(lang), sep="\n")
    for number, step in enumerate(_steps(made, before), start=1):
        print(f"  {number}. {step.get(lang)}")
    return 0


def _answer(question: Question, known: dict[str, str], root: Path, lang: str) -> str:
    """What somebody types, asked for again until it can be taken."""
    while True:
        try:
            answer = input(question.ask.get(lang).format(**known))
            question.refuse(answer, root)
            return answer
        except Mistake as mistake:
            print(_sentence(mistake, lang), file=sys.stderr)
        except EOFError as end:
            raise EOFError(_NOBODY.get(lang).format(variable=question.variable)) from end


def _sentence(mistake: Mistake, lang: str) -> str:
    return f"{mistake.wrong.get(lang)}{PAUSE[lang]}{mistake.fix.get(lang)}"


def _steps(made: list[Path], before: list[str]) -> Iterator[Text]:
    """What is left to do for the files that were written, in this order."""
    is_rule = made[0].suffix == ".py"
    example = next(path for path in made if path.suffix == ".yaml")
    names = {"run": _RUN, "file": example.as_posix(), "code": example.name.partition("-")[0]}
    yield _TODO
    if example.parent.name == "wrong":
        yield from (_FIRES, _CAUSE) if is_rule else (_COPIED,)
        yield _FOUND.format(**names, twin=made[-1].name)
    else:
        yield from () if example.parent.name in before else (_SITUATION.format(folder=example.parent.name),)
        yield from (_SILENT.format(**names), _RECORD.format(**names))
    yield from (_CHANGE,) if is_rule else ()
    yield from (_SNAPSHOTS, _TESTS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
