"""Input that cannot be read: one sentence in both languages, the rest still checked, no traceback, no hang."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from timing_rules import Assumptions, ManifestError, Pod, check, load, timeline
from timing_rules.manifest.read import read
from timing_rules.rules.engine import RuleFailure, missing_facts
from timing_rules.show.data import finding_json, timeline_json
from timing_rules.show.picture import svg
from timing_rules.show.table import table as event_table
from timing_rules.source import composed, yaml_tree

from tests.examples.manifests import ALL
from tests.package.inputs import (
    IN,
    STATUS,
    calls_at_most,
    config,
    dump,
    errors,
    manifest,
    pod,
    pods,
    proxy,
    run,
    runs,
    sleeps,
    web,
)

OTHER = "\n---\n" + manifest(annotations={"timing-rules/app-shutdown": "1s"})
LIST_BOMB = "kind: List\na0: &a0 {kind: List, items: [{kind: Pod, spec: {containers: [{name: a}]}}]}\n" + "".join(
    f"a{i}: &a{i} {{kind: List, items: [{', '.join([f'*a{i - 1}'] * 10)}]}}\n" for i in range(1, 12)
)
LAUGHS = "a0: &a0 [x,x]\n" + "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 24))


def with_config(text: str) -> str:
    return manifest(labels=IN, annotations={"proxy.istio.io/config": text})


#: Text, line of the error, a word of the sentence.
BAD: list[tuple[str, int, str]] = [
    ("a: [1, 2\n", 1, "YAML"), ("apiVersion: v1\nkind: Pod\nspec:\n  a: 1\n b: 2\n", 5, "YAML"),
    ("kind: Pod\nspec:\n\tcontainers: []\n", 3, "tab"), ("kind: Pod\nspec: \x01\n", 2, "control"),
    ("kind: Pod\nspec: \x00\n", 2, "control"), ("kind: Pod\nspec:\n  {{- if .x }}\n", 3, "template"),
    ("kind: Pod\nspec: {containers: [{name: {{ .x }}}]}\n", 2, "template"),
    ("kind: Pod\nspec:\n  terminationGracePeriodSeconds: {{ .g }}\n", 3, "template"), ("hello\n", 1, "text"),
    ("- 1\n- 2\n", 1, "text"), ("a: &a [x]\nb: *c\n", 2, "alias"),
    ("kind: Pod\nspec: &a {containers: *a}\n", 2, "alias"), (LAUGHS, 6, "100,000"),
    ("kind: List\n" + LAUGHS, 7, "100,000"), (LIST_BOMB, 6, "100,000"),
    ("a: " + "[" * 100 + "]" * 100, 1, "100 levels"), ("kind: Pod\nx: [" + "1," * 100_001 + "]\n", 2, "100,000"),
    ("kind: Pod\nx: '" + "y" * 5_000_001 + "'\n", 1, "5 MB"),
    ("kind: Pod\nspec: !!python/object/apply:os.system ['touch pwned']\n", 2, "spec"),
    ("!!python/object/apply:os.system ['touch pwned']\n", 1, "text"),
    (manifest(terminationGracePeriodSeconds="30"), 11, "terminationGracePeriodSeconds"),
    ("kind: Pod\nmetadata: {name: x, name: y}\nspec: {containers: []}\n", 2, "twice"),
    (manifest(terminationGracePeriodSeconds=10**400), 11, "terminationGracePeriodSeconds"),
    (manifest(terminationGracePeriodSeconds=2**63), 11, "64 bits"),
    (manifest(terminationGracePeriodSeconds=-(10**400)), 11, "64 bits"),
    (manifest(containers=[web(**sleeps(10**400))]), 14, "containers[0].lifecycle.preStop.sleep.seconds"),
    (manifest(containers=[web(**sleeps(2**63))]), 14, "64 bits"),
    ('{"kind": "Pod",\n"spec": {"terminationGracePeriodSeconds": 9223372036854775808}}\n---\n', 2, "64 bits"),
]  # fmt: skip
IDS = [f"{number}: {row[0][:18]!r}" for number, row in enumerate(BAD)]


@pytest.mark.parametrize(("text", "line", "says"), BAD, ids=IDS)
def test_one_sentence_and_the_rest_is_still_checked(
    text: str, line: int, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with calls_at_most(6_000_000), pytest.raises(ManifestError) as caught:
        load(text + OTHER, source="dir/x.yaml")
    error = caught.value
    assert (error.source, error.file, error.line, error.others) == (
        "dir/x.yaml",
        "dir/x.yaml",
        line,
        [],
    ) and says in error.sentence.en
    assert [item.name for item in error.items][-1:] == ["p"]
    for lang in ("en", "ko"):
        said = error.describe(lang)
        assert said.startswith(f"dir/x.yaml:{line}: ") and "\n" not in said and len(said) < 400
        assert ("니다" in said) == (lang == "ko")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ["", "\n \n", "# only\n", "---\n", "---\n---\n", "...\n"])
def test_nothing_is_an_error_where_something_was_named(text: str) -> None:
    (error,) = errors(text)
    assert error.line == 1 and "nothing" in error.sentence.en


def test_what_stands_in_an_annotation_is_read_with_the_same_care() -> None:
    for text in (
        "a: [1",
        "\ta: 1",
        "hello",
        "- 1",
        "1",
        "a: " + "[" * 200,
        LAUGHS,
        "kind: List\n" + LAUGHS,
        "a: *x",
        "a: \x07",
        "? [a]\n: 1",
        "{{ x }}",
    ):
        for given in (with_config(text), json.dumps(yaml.safe_load(with_config(text)))):
            (error,) = errors(given + "\n---\n" + manifest() if given[0] != "{" else given)
            assert 1 <= error.line <= given.count("\n") + 1 and "proxy.istio.io/config" in "".join(
                given.split("\n")[error.line - 2 : error.line + 30]
            )
    for text in ("", "null", "{}", "a: !!python/object/apply:os.system [x]"):
        assert not errors(with_config(text))


def test_a_template_in_an_annotation_is_called_so() -> None:
    assert "template" in errors(with_config("{{ x }}"))[0].sentence.en


WRONG_TYPES = [
    "metadata", "metadata.labels", "metadata.annotations", "spec", "spec.containers", "spec.containers.0",
    "spec.containers.0.name", "spec.containers.0.image", "spec.containers.0.command", "spec.containers.0.args",
    "spec.containers.0.ports", "spec.containers.0.ports.0.containerPort", "spec.containers.0.lifecycle",
    "spec.containers.0.lifecycle.preStop", "spec.containers.0.lifecycle.preStop.exec",
    "spec.containers.0.lifecycle.preStop.exec.command", "spec.initContainers", "spec.initContainers.0.restartPolicy",
    "spec.terminationGracePeriodSeconds",
]  # fmt: skip


@pytest.mark.parametrize("path", WRONG_TYPES)
@pytest.mark.parametrize("value", ["x", 1, [1], {"a": [1]}], ids=["text", "number", "list", "mapping"])
def test_a_wrong_type_anywhere_is_an_error_with_its_path(path: str, value: Any) -> None:
    one = web(command=["a"], args=["b"], ports=[{"containerPort": 1}], **runs("x"))
    inits = [{"name": "i", "restartPolicy": "Always"}]
    tree = yaml.safe_load(manifest(containers=[one], initContainers=inits, terminationGracePeriodSeconds=30))
    *way, last = [int(key) if key.isdigit() else key for key in path.split(".")]
    node = tree
    for key in way:
        node = node[key]
    if type(node[last]) is type(value) and not isinstance(value, list):
        return
    node[last] = value
    found = errors(dump(tree) + OTHER)
    kept = {"metadata.labels", "metadata.annotations"} if isinstance(value, dict) else set()
    assert len(found) == (0 if path in kept else 1), path
    for error in found:
        named = str(last) if not isinstance(last, int) else str(way[-1])
        assert named in error.sentence.en and named in error.sentence.ko and len(error.items) == 1


def test_the_greatest_number_that_the_api_takes() -> None:
    found = pod(manifest(terminationGracePeriodSeconds=2**63 - 1, containers=[web(**sleeps(2**63 - 1))]))
    assert found.grace == 2**63 - 1 and timeline(found).ends == float(2**63)
    ran = run("check", "--format", "json", stdin=manifest(terminationGracePeriodSeconds=10**400))
    assert ran.status == 2 and "Traceback" not in ran.err and ran.err.startswith("-:11: ") and ran.out == "[]\n"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("containers: [{name: 1}]\n", "containers[0].name"), ("containers: [{name: a}]\ninitContainers: {a: 1}\n",
         "initContainers"), ("containers: [{name: a}]\nterminationGracePeriodSeconds: x\n",
         "terminationGracePeriodSeconds"), ("lifecycle: {preStop: {sleep: 5}}\n", "lifecycle.preStop.sleep"),
    ],
)  # fmt: skip
def test_a_broken_fragment_is_an_error_with_a_path_that_begins_at_its_first_key(text: str, path: str) -> None:
    (error,) = errors(text)
    assert re.match(rf"(spec\.containers\[0\]\.)?{re.escape(path)} must be", error.sentence.en)


def test_every_error_of_an_input_is_told() -> None:
    text = "---\n".join(
        [
            "a: [\n",
            manifest(),
            "b: {\n",
            manifest(terminationGracePeriodSeconds="x"),
            manifest("Deployment", own={"timing-rules/x": "1"}),
        ]
    )
    found = errors(text)
    assert (
        len(found) == 4
        and [one.line for one in found] == sorted(one.line for one in found)
        and len(found[0].items) == 2
    )
    ran = run("check", "--lang", "ko", "--format", "json", stdin=text)
    assert ran.status == 2 and ran.err.count("-:") >= 4 and json.loads(ran.out) == []


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (manifest().encode("utf-16"), 0), (b"\xfe\xff" + manifest().encode("utf-16-be"), 0),
        (b"\xef\xbb\xbf" + manifest().encode(), 0), (manifest().replace("\n", "\r\n").encode(), 0),
        (b"kind: Pod\nmetadata: {name: \xe9}\n", 2), (b"\xff\xfe\x00", 2), (manifest().encode("utf-32"), 2),
        (b"\x00" * 100, 2), (bytes(range(256)), 2), (b"\x80", 2),
    ],
)  # fmt: skip
def test_encodings(content: bytes, status: int, tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(content)
    for ran in (run("check", str(file)), run("check", "-", stdin=content)):
        assert ran.status == status and ran.err.count("\n") <= 2 and "Traceback" not in ran.err


def test_what_is_not_utf_8_is_named_on_its_line() -> None:
    assert run("check", stdin=b"a: 1\nb: 2\nc: \xe9\n").err.startswith("-:3: ")


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    (tmp_path / "ok.yaml").write_text(manifest(containers=[web(lifecycle={"preStop": {"sleep": {"seconds": 30}}})]))
    for name in ("nowhere.yaml", "loop.yaml", "ok.yaml/x"):
        for lang in ("en", "ko"):
            ran = run("check", "--format", "json", "--lang", lang, str(tmp_path / name), str(tmp_path / "ok.yaml"))
            assert ran.status == 2 and [one["rule"] for one in json.loads(ran.out)] == ["PT101"]
            assert len([line for line in ran.err.split("\n") if str(tmp_path / name) + ":" in line]) == 1
    assert run("check", str(tmp_path)).status == 2  # the folder holds the loop
    assert run("check", "--mesh-config", str(tmp_path), "-", stdin=manifest()).status == 2


@pytest.mark.parametrize(
    ("command", "flag"),
    [
        *((command, flag) for command in ("check", "timeline", "fix") for flag in ("", "--config", "--mesh-config")),
        ("check", "--baseline"),
    ],
)  # fmt: skip
def test_a_name_that_is_empty(command: str, flag: str) -> None:
    """`timing-rules check "$MANIFESTS"`, where nobody set it."""
    words = [flag, "", "x.yaml"] if flag else [""]
    ran = run(command, "--lang", "en", *words)
    told = (
        "usage error: " + f"{flag}: " * bool(flag) + "the name of a file is empty; check the variables in the command\n"
    )
    assert ran == (2, "", told)
    assert "파일 이름이 비어 있습니다. 명령에 쓴 변수를 확인하십시오" in run(command, "--lang", "ko", *words).err


def test_a_name_that_the_system_refuses() -> None:
    assert run("check", "a" * 300).status == 2


def test_a_document_may_be_as_large_as_the_limit_and_not_a_letter_larger() -> None:
    for letter in ("y", "파"):
        text = manifest() + f"x: {letter * 5_000_000}"
        assert len(pods(text[:5_000_000])) == 1
        assert [error.sentence.en for error in errors(text[:5_000_001])] == ["the document is larger than 5 MB"]


def test_large_lists_and_large_json_are_read() -> None:
    items = [yaml.safe_load(manifest(annotations={"x": "y" * 50_000})) for _ in range(102)]
    text = dump({"apiVersion": "v1", "kind": "List", "items": items})
    assert len(text) > 5_000_000 and len(pods(text)) == len(items)
    assert len(pods(json.dumps({"kind": "PodList", "items": items}))) == len(items)
    assert len(pods(json.dumps(items[0] | {"x": "y" * 5_000_001}))) == 1
    assert len(pods("kind: CustomResourceDefinition\nx: '" + "y" * 5_000_001 + "'\n---\n" + manifest())) == 1
    assert (
        len(
            pods(
                json.dumps(
                    {
                        "kind": "List",
                        "items": [yaml.safe_load(manifest(labels={str(i): str(i) for i in range(1000)}))] * 102,
                    }
                )
            )
        )
        == 102
    )


def test_many_documents_take_no_more_work_each() -> None:
    with calls_at_most(1_500 * 1_000):
        assert len(pods("---\n".join([manifest()] * 1_500))) == 1_500


# A seeded fuzz: whatever is written into an example, there is an answer.

ODD: list[Any] = [
    None, 1, -1, True, "", "x", [], {}, [[]], [None], {"a": 1}, {"": None}, "1e999", 1.5, float("inf"), 2**70,
    "{{ x }}", "a\nb: 1", "<script>", "30s", "never", "\x00", ["sh", "-c", "sleep $("], '{"a":', "&x [*x]",
    {"name": "istio-proxy"}, [{"name": "istio-proxy"}], "proxy.istio.io/config", "PT101: x", "가",
]  # fmt: skip
SCRAPS = [
    "",
    "\n",
    "\t",
    ":",
    "- ",
    "{",
    "[",
    '"',
    "'",
    "|",
    "&a ",
    "*a",
    "#",
    "\x00",
    "\u2028",
    "}",
    "]",
    "---\n",
    "...\n",
    "%",
    "!",
    "0",
    "  ",
    "\r",
    "{{",
    "<<: ",
    "é",
]
INJECTED = manifest(
    annotations=STATUS,
    containers=[
        web(),
        proxy(env=[{"name": "PROXY_CONFIG", "value": '{"drainDuration": "5s"}'}], **runs("sh", "-c", "sleep 5")),
    ],
)
SEEDS = [one.text for one in ALL] + [
    INJECTED,
    manifest("Deployment", labels=IN, annotations=config(terminationDrainDuration="5s", MINIMUM_DRAIN_DURATION="5s")),
]


def paths(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for key, child in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from paths(child, (*path, key))


def mutant(seed: int) -> str:
    """An example with something odd in it."""
    dice = random.Random(seed)
    text = dice.choice(SEEDS)
    if dice.random() < 0.4:
        for _ in range(dice.choice((1, 2, 5))):
            at = dice.randrange(len(text) + 1)
            text = text[:at] + dice.choice(SCRAPS) + text[at + dice.choice((0, 1, 3, 20)) :]
        return text
    documents = list(yaml.load_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    for _ in range(dice.choice((1, 1, 2, 3))):
        number = dice.randrange(len(documents))
        *way, last = [number, *dice.choice(list(paths(documents[number])))]
        node: Any = documents
        for key in way:
            node = node[key]
        if dice.random() < 0.9:
            node[last] = copy.deepcopy(dice.choice(ODD))
        elif isinstance(node, dict):
            node[str(dice.choice(ODD))] = node.pop(last)
    if len(documents) == 1 and dice.random() < 0.5:
        return json.dumps(documents[0], indent=dice.choice((None, 2)))
    return yaml.dump_all(documents, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), allow_unicode=True)


FACTS: list[dict[str, Any]] = [
    {},
    {"sidecar": "classic"},
    {"sidecar": "native"},
    {"kubernetes": "1.26"},
    {"kubernetes": "1.28", "istio": "1.20"},
    {"app_shutdown": float("inf")},
]


@pytest.mark.parametrize("block", range(8))
def test_no_mutant_of_an_example_raises_or_hangs(block: int) -> None:
    for seed in range(block * 100, block * 100 + 100):
        with calls_at_most(3_000_000):
            has_an_answer(mutant(seed), seed)


def has_an_answer(text: str, seed: int) -> None:
    """Every error and every finding of a text has its place and can be told, and every pod of it can be drawn."""
    lines = text.count("\n") + text.count("\r") + 1
    reading = read([("-", text)], Assumptions(**FACTS[seed % len(FACTS)]))
    for error in reading.errors:
        assert 1 <= error.line <= lines and error.describe("en") != error.describe("ko"), seed
    for item in reading.items:
        failures: list[RuleFailure] = []
        for finding in check(item, failures):
            assert 1 <= finding.line <= lines, seed
            json.dumps([finding_json(finding, lang) for lang in ("en", "ko")], allow_nan=False)
        assert not failures, seed
        if isinstance(item, Pod):
            missing_facts(item)
            line = timeline(item)
            json.dumps(timeline_json(line, "ko"), allow_nan=False)
            if line.grace < 10**6:
                assert svg(line) and event_table(line, lang="ko")


def test_the_mutants_are_worth_trying() -> None:
    texts = [mutant(seed) for seed in range(300)]
    outcomes = [read([("-", text)], Assumptions()) for text in texts]
    assert sum(bool(one.errors) for one in outcomes) > 90 and sum(bool(one.items) for one in outcomes) > 120


@pytest.mark.parametrize("line", ["image: x\t# pinned", "image: x\t", "image:\tx", "image\t: x", "image: x\ty"])
def test_a_tab_between_words_is_named_where_pure_python_reads(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    """As on the page "Check a manifest", which says so. libyaml takes the tab."""
    text = f"kind: Pod\nmetadata: {{name: p}}\nspec:\n  containers:\n    - name: a\n      {line}\n"
    monkeypatch.setattr(yaml_tree, "_LOADER", yaml.SafeLoader)
    monkeypatch.setattr(composed, "_COMPOSER", None)
    with pytest.raises(ManifestError) as caught:
        load(text)
    error = caught.value
    assert (error.line, error.column) == (6, 7 + line.index("\t"))
    assert error.sentence.en.startswith("a tab stands between the words of this line; other YAML readers take that")
    assert error.fix.en == "replace it with a space" and error.fix.ko == "탭을 공백으로 바꾸십시오"
    monkeypatch.undo()
    if hasattr(yaml, "CSafeLoader"):
        (pod,) = load(text)
        assert isinstance(pod, Pod)
