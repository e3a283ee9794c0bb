"""Writes a new example or a new rule with everything in place but what only its author knows: that says TODO.

Each name is checked first, so that nothing is written for one that the tests would refuse. Errors: `Mistake`.
"""

from __future__ import annotations

import keyword
import re
from pathlib import Path
from string import Template

from timing_rules.rules.registry import RULES, no_such_rule
from timing_rules.text import LANGUAGES, Text
from timing_rules.versions import NEWEST

from tests.examples.manifests import RIGHT

FOLDER = Path(__file__).parent
RULE_FILES = Path("snippets/timing_rules/rules")
#: What the first digit of a code stands for.
GROUPS = {"1": Text("the pod", "파드"), "2": Text("Istio", "Istio"), "3": Text("what surrounds the pod", "주변 환경")}


class Mistake(Exception):
    """A name that cannot be taken: what is wrong with it, and what to do."""

    def __init__(self, wrong: Text, fix: Text) -> None:
        super().__init__(wrong.en)
        self.wrong, self.fix = wrong, fix


_NO_PLACE = Text(
    "`{name}` does not say in which folder of examples/ it goes",
    "`{name}` 이름에는 examples/ 아래의 폴더가 없습니다",
)
_A_PLACE = Text(
    "write <situation>/<lesson>, as worker/finishes-its-message; there are {folders}, and a new one may be named",
    "worker/finishes-its-message처럼 <상황>/<배울 점> 형식으로 쓰십시오. 지금 있는 상황은 {folders}이며 새로 만들 수도 있습니다",
)
_NOT_KEBAB = Text("`{name}` is not in kebab-case", "`{name}` 이름은 kebab-case가 아닙니다")
_KEBAB = Text(
    "use English words in small letters and digits with single hyphens between them, as {near}",
    "{near}처럼 영어 소문자와 숫자를 쓰고 낱말 사이에 하이픈을 하나씩 넣으십시오",
)
_NO_CODE_IN_FRONT = Text(
    "`{name}` does not begin with the rule that it shows", "`{name}` 이름은 규칙 코드로 시작하지 않습니다"
)
_A_CODE_IN_FRONT = Text(
    "write wrong/<RULE>-<lesson>, as wrong/PT101-sleep-as-long-as-the-grace-period",
    "wrong/PT101-sleep-as-long-as-the-grace-period처럼 wrong/<규칙>-<배울 점> 형식으로 쓰십시오",
)
_BEGIN_A_RULE = Text("{near}, or begin the rule with `make rule`", "{near}. 새 규칙은 `make rule` 명령으로 시작합니다")
_THERE = Text("{file} is there already", "{file} 파일은 이미 있습니다")
_ANOTHER = Text("choose another lesson, or change that file", "배울 점을 다르게 짓거나 그 파일을 고치십시오")
_NO_CODE = Text("`{code}` is no code", "`{code}` 코드는 쓸 수 없습니다")
_TAKEN = Text("{code} is taken: {title}", "{code} 코드는 이미 쓰고 있습니다. {title}")
_USED_ONCE = Text(
    "CHANGELOG.md names {code}: it was used once, and people may have muted it",
    "CHANGELOG.md 파일에 {code} 코드가 있습니다. 예전에 쓰던 코드이므로 이 코드를 꺼 둔 사용자가 있을 수 있습니다",
)
_A_CODE = Text("write PT and three digits; next are {codes}", "PT와 숫자 세 자리로 쓰십시오. 다음 코드는 {codes}입니다")
_NOT_SNAKE = Text("`{name}` is no name of a function", "`{name}` 이름은 함수 이름이 될 수 없습니다")
_SNAKE = Text(
    "say what the rule finds, in two English words or more of small letters and digits with underscores between them, as {near}",
    "규칙이 찾는 것을 {near}처럼 영어 소문자와 숫자로 된 두 낱말 이상으로 쓰고 밑줄로 이으십시오",
)
_FOUND = Text("{code} finds `{name}` already", "{code} 규칙이 이미 `{name}` 이름을 씁니다")
_OTHER_WORDS = Text("say in other words what is new", "새로 찾는 것을 다른 말로 쓰십시오")


def example_path(name: str, root: Path) -> Path:
    """The path of a new example from its name, `worker/finishes-its-message`; within `examples/`."""
    name = name.strip().removeprefix("examples/").removesuffix(".yaml")
    folder, slash, lesson = name.rpartition("/")
    if not slash or "/" in folder:
        raise Mistake(_NO_PLACE.format(name=name), _A_PLACE.format(folders=", ".join(situations(root))))
    if folder == "wrong":
        rule, hyphen, rest = lesson.partition("-")
        if not re.fullmatch(r"PT\d{3}", rule) or not hyphen:
            raise Mistake(_NO_CODE_IN_FRONT.format(name=lesson), _A_CODE_IN_FRONT)
        if rule not in RULES:
            wrong, near = no_such_rule(rule)
            raise Mistake(wrong, _joined(_BEGIN_A_RULE, near=near))
        kebab(rest)
    else:
        kebab(folder)
        kebab(lesson)
    return _free(Path("examples") / folder / f"{lesson}.yaml", root)


def kebab(name: str) -> str:
    """A name in kebab-case, as it is."""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        near = "-".join(_words(name)) or "finishes-its-message"
        raise Mistake(_NOT_KEBAB.format(name=name), _KEBAB.format(near=near))
    return name


def new_code(code: str, root: Path) -> str:
    """A code that no rule has or had."""
    code = code.strip().upper()
    advice = _A_CODE.format(codes=", ".join(next_codes()))
    if not re.fullmatch(rf"PT[{''.join(GROUPS)}]\d\d", code):
        raise Mistake(_NO_CODE.format(code=code), advice)
    if code in RULES:
        raise Mistake(_joined(_TAKEN, code=code, title=RULES[code].title), advice)
    if code in (root / "CHANGELOG.md").read_text(encoding="utf-8"):
        raise Mistake(_USED_ONCE.format(code=code), advice)
    return code


def next_codes() -> list[str]:
    """The code behind the last of each group."""
    return [f"PT{max(int(code[2:]) for code in RULES if code[2] == digit) + 1}" for digit in GROUPS]


def function_name(name: str) -> str:
    """What a rule finds, as the name of its function."""
    name = name.strip()
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)+", name) or keyword.iskeyword(name):
        words = _words(name)
        near = "_".join(words) if len(words) > 1 and words[0][0].isalpha() else "prestop_fills_grace"
        raise Mistake(_NOT_SNAKE.format(name=name), _SNAKE.format(near=near))
    for rule in RULES.values():
        if rule.find.__name__ == name:
            raise Mistake(_FOUND.format(code=rule.code, name=name), _OTHER_WORDS)
    return name


def example(name: str, root: Path) -> list[Path]:
    """Writes an example; of a mistake, its near twin, too. What it returns are the new files, within the repository."""
    path = example_path(name, root)
    if path.parent.name != "wrong":
        return [_written(path, _header(path) + _manifest(path.stem, 30), root)]
    right = min((root / "examples/wrong").glob(f"{path.name.split('-')[0]}-*{RIGHT}"))
    wrong = right.with_name(right.name.removesuffix(RIGHT) + ".yaml")
    name = path.stem[len("PT101-") :]
    return _mistake(path, _renamed(wrong, name), _renamed(right, name), root)


def rule(code: str, finds: str, lesson: str, root: Path) -> list[Path]:
    """Writes a rule and lists it in the registry, and an example where it fires, with a twin where it does not."""
    code, finds = new_code(code, root), function_name(finds)
    mistake = _free(Path("examples/wrong") / f"{code}-{kebab(lesson.strip())}.yaml", root)
    module = f"{code.lower()}_{finds}"
    text = Template((FOLDER / "rule.py.txt").read_text(encoding="utf-8")).substitute(code=code, finds=finds)
    path = _written(RULE_FILES / f"{module}.py", text, root)
    registry = root / RULE_FILES / "registry.py"
    registry.write_text(listed(registry.read_text(encoding="utf-8"), module), encoding="utf-8")
    return [path, RULE_FILES / "registry.py", *_mistake(mistake, _manifest("todo", 30), _manifest("todo", 40), root)]


def listed(registry: str, module: str) -> str:
    """The text of the registry with one more rule, in the order of the codes, in both of its lists."""
    lines = registry.splitlines(keepends=True)
    for suffix in (",\n", ".RULE,\n"):
        known = [number for number, line in enumerate(lines) if re.fullmatch(rf"    pt\d\w+{re.escape(suffix)}", line)]
        after = [number for number in known if lines[number].strip() > module]
        lines.insert(after[0] if after else known[-1] + 1, f"    {module}{suffix}")
    return "".join(lines)


def situations(root: Path) -> list[str]:
    """The folders of examples that work."""
    return sorted(path.name for path in (root / "examples").iterdir() if path.is_dir() and path.name != "wrong")


def _mistake(path: Path, wrong: str, right: str, root: Path) -> list[Path]:
    twin = path.with_name(path.stem + RIGHT)
    return [_written(path, _header(path) + wrong, root), _written(twin, right, root)]


def _header(path: Path) -> str:
    """The first comments of an example. Each title names the file, so that no two are the same."""
    return Template((FOLDER / "header.yaml").read_text(encoding="utf-8")).substitute(name=path.stem)


def _manifest(app: str, grace: int) -> str:
    """A Deployment and its Service that stop as they should."""
    text = Template((FOLDER / "example.yaml").read_text(encoding="utf-8"))
    return text.substitute(app=app, grace=grace, istio=NEWEST["istio"], kubernetes=NEWEST["kubernetes"])


def _renamed(path: Path, name: str) -> str:
    """Another example without its first comments; its objects get a name of their own, since a folder is read as one."""
    text = re.sub(r"\A(?:#.*\n)+", "", path.read_text(encoding="utf-8"))
    for number, old in enumerate(dict.fromkeys(re.findall(r"^metadata:\n  name: (\S+)$", text, re.MULTILINE))):
        new = f"{name}-{number + 1}" if number else name
        text = re.sub(rf"(?<![\w/-]){re.escape(old)}(?![\w-])", new, text)
    return text


def _joined(text: Text, **values: Text | str) -> Text:
    """A sentence with others in it, each in its language."""
    en, ko = (
        {name: value.get(lang) if isinstance(value, Text) else value for name, value in values.items()}
        for lang in LANGUAGES
    )
    return Text(text.en.format(**en), text.ko.format(**ko))


def _free(path: Path, root: Path) -> Path:
    if (root / path).exists():
        raise Mistake(_THERE.format(file=path.as_posix()), _ANOTHER)
    return path


def _written(path: Path, text: str, root: Path) -> Path:
    (root / path).parent.mkdir(exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")
    return path


def _words(name: str) -> list[str]:
    """The English words and numbers of a name, whatever stands between them: of `EndsTheApp`, too."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return re.findall(r"[a-z0-9]+", apart.lower())
