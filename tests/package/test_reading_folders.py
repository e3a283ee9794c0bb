"""What a folder holds beside manifests, what is not read, and whom a document speaks for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from timing_rules import Assumptions, Pod
from timing_rules.manifest.neighbours import Neighbours
from timing_rules.manifest.read import Input, read

from tests.package.inputs import dump, manifest, run, runs, sleeps, web

GOOD = manifest("Deployment", containers=[web(**sleeps(5))])
HELM = "apiVersion: apps/v1\nkind: Deployment\nspec:\n  replicas: {{ .Values.n }}\n  terminationGracePeriodSeconds: 5\n"
ODD = {
    "helm.yaml": HELM,
    "jinja.yaml": "{% if x %}\na: 1\n{% endif %}\n",
    "ytt.yaml": "#@ load('@ytt:data', 'data')\nkind: Deployment\nspec: {template: {spec: {containers: 1}}}\n",
    "comments.yaml": "---\n# nothing\n",
    "empty.yml": "",
    "tsconfig.json": '{\n  // comments\n  "a": 1\n}\n',
    "package.json": '{"name": "x", "version": "1"}',
    "compose.yaml": "services: {web: {image: x}}\n",
    "values.yaml": "containers: [{name: web, image: x}]\nterminationGracePeriodSeconds: soon\n",
    "text.yaml": "just words\n",
    "broken.yaml": "a: [1\n",
}
SAID = (
    "skipped in folders: templates 3, empty or comments only 2, documents without a kind 3, "
    "not YAML or JSON 3, not UTF-8 1"
)


def folder(where: Path, **files: str) -> str:
    for name, text in files.items():
        path = where / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return str(where)


def test_what_is_no_manifest_is_skipped_and_counted_in_a_folder(tmp_path: Path) -> None:
    for name, text in {**ODD, "good.yaml": GOOD}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "latin1.yaml").write_bytes("name: \xe9\n".encode("latin-1"))
    for command in ("check", "timeline"):
        ran = run(command, "--lang", "en", str(tmp_path))
        assert ran.status == 0 and SAID in ran.err.split("\n")
        assert "passed over" not in ran.err
    assert "checked 1 pod(s) and 0 mesh configuration(s)" in run("check", "--lang", "en", str(tmp_path)).err
    korean = run("check", "--lang", "ko", str(tmp_path)).err
    assert (
        "폴더에서 건너뛴 것: 템플릿 3, 비었거나 주석뿐인 파일 2, kind 없는 문서 3, YAML도 JSON도 아닌 것 3, UTF-8이 아닌 파일 1"
        in korean
    )


@pytest.mark.parametrize("command", ["check", "timeline"])
def test_strict_makes_all_of_it_an_error(command: str, tmp_path: Path) -> None:
    files = {**ODD, "good.yaml": GOOD}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    ran = run(command, "--strict", "--lang", "en", str(tmp_path))
    assert ran.status == 2
    named = {line.partition(":")[0].rpartition("/")[2] for line in ran.err.splitlines() if line.startswith("/")}
    assert {
        "helm.yaml",
        "jinja.yaml",
        "comments.yaml",
        "empty.yml",
        "tsconfig.json",
        "broken.yaml",
    } <= named
    config = tmp_path / "flags"
    config.write_text("strict: true\n", encoding="utf-8")
    assert run(command, f"--config={config}", str(tmp_path)).status == 2
    config.write_text("strict: false\n", encoding="utf-8")
    assert run(command, f"--config={config}", str(tmp_path)).status == 0
    assert "--strict" in run(command, "--help").out


@pytest.mark.parametrize("name", [name for name in ODD if name not in ("package.json", "compose.yaml")])
def test_what_was_named_is_read_or_an_error(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(ODD[name], encoding="utf-8")
    assert run("check", str(path)).status == 2
    assert run("check", "-", stdin=ODD[name]).status == 2


@pytest.mark.parametrize(
    ("name", "text", "line", "says"),
    [
        (
            "a.yaml",
            'kind: Deployment\nmetadata: {name: "{{ x }}"}\nspec:\n  a: 1\n b: 2\n',
            5,
            "this is not valid YAML",
        ),
        (
            "a.yaml",
            "kind: Pod\nspec:\n  text: |\n    {{ x }}\n\n    {{- y }}\n  a: 1\n b: 2\n",
            8,
            "this is not valid YAML",
        ),
        ("a.yaml", "kind: Pod\nspec:\n  mail: a@B@c\n  a: <b\n c: 2\n", 5, "this is not valid YAML"),
        ("a.json", '{\n  "kind": "Pod",\n  "spec": {,}\n}', 3, "this is not valid JSON"),
        ("a.json", '{"apiVersion": "v1", "kind": "Pod", "spec": {,}}', 1, "this is not valid JSON"),
        ("a.yaml", "kind: Deployment\nspec: {template: 5}\n", 2, "spec.template must be a mapping"),
        ("a.yaml", GOOD + "kind: Deployment\n", 13, 'the key "kind" stands twice'),
    ],
)
def test_a_broken_manifest_fails_a_folder(name: str, text: str, line: int, says: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    ran = run("check", "--lang", "en", str(tmp_path))
    line = text.rstrip().count("\n") + 1 if "twice" in says else line
    assert ran.status == 2 and f"{tmp_path / name}:{line}: {says}" in ran.err and "a template" not in ran.err


def test_objects_without_a_line_between_them_are_one_error_each(tmp_path: Path) -> None:
    """The most common slip with several objects in a file: every key of the second stands twice."""
    joined = "# two\n" + GOOD + GOOD + "---\n" + GOOD
    (tmp_path / "a.yaml").write_text(joined, encoding="utf-8")
    line = 2 + GOOD.count("\n")
    for lang, says in (
        ("en", "another object begins here without a line `---` above it, so both are one object, in which the last value "
               "counts; write --- on a line of its own above it"),
        ("ko", "여기서 다른 오브젝트가 시작되지만 위에 `---` 줄이 없습니다. 두 오브젝트가 하나로 합쳐지고 마지막에 적은 값만 "
               "적용됩니다. 그 위에 --- 한 줄을 넣으십시오"),
    ):  # fmt: skip
        ran = run("check", "--lang", lang, str(tmp_path))
        assert ran.status == 2 and [told for told in ran.err.splitlines() if "a.yaml:" in told and "---" in told] == [
            f"{tmp_path}/a.yaml:{line}: {says}"
        ]
    (tmp_path / "a.yaml").write_text(joined.replace(GOOD + GOOD, GOOD + "---\n" + GOOD), encoding="utf-8")
    assert "a.yaml:" not in run("check", str(tmp_path)).err
    (tmp_path / "a.yaml").write_text(GOOD + "kind: Pod\nkind: Pod\n", encoding="utf-8")
    told = run("check", "--lang", "en", str(tmp_path)).err
    assert told.count('the key "kind" stands twice; the last one counts; keep one of them') == 2 and "---" not in told


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("kind: StatefulSet\nmetadata:\n  name: @STS_NAME@\n", "@STS_NAME@"),
        ("kind: Service\nspec:\n  ports: []\n  {self.extra_ports}\n  type: ClusterIP\n", "{self.extra_ports}"),
        ("<#if x>\nkind: Pod\nmetadata:\n  name: ${a}\n</#if>\n", "<#i"),
        ("kind: Pod\nmetadata:\n  annotations:\n    a: b\n    <ISSUER>\nspec: {}\n", "<ISSUER>"),
        ("kind: Pod\nspec:\n  volumes:\n    - name: a\n__MORE_VOLUMES__\n    - name: b\n", "__MORE_VOLUMES__"),
        ("kind: Pod\nspec:\n  containers:\n    - image: {user_name}/web\n", "{user_name}"),
    ],
)
def test_placeholders_of_other_tools_are_templates_too(text: str, shown: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(GOOD, encoding="utf-8")
    ran = run("check", "--lang", "en", str(tmp_path))
    assert ran.status == 0 and "templates 1" in ran.err
    named = run("check", "--lang", "en", str(tmp_path / "a.yaml"))
    line = text[: text.index(shown)].count("\n") + 1
    assert named.status == 2 and f"a.yaml:{line}: this is a template, not YAML: it holds {shown} …" in named.err


WITHIN = [
    ("containerPort: 8{{ .x }}", "{{"), ("containerPort: '{{ x }}'", "{{"), ("containerPort: 80{% if y %}80{% endif %}", "{%"),
    ("containerPort: 80<%= y %>", "<%"), ("containerPort: ${PORT}", "${"), ("containerPort: 80${PORT}", "${"),
    ("containerPort: '@PORT@'", "@PORT@"), ("containerPort: '<PORT>'", "<PORT>"),
    ("containerPort: '__PORT__'", "__PORT__"), ("containerPort: <port>", None), ("containerPort: $PORT", None),
    ("containerPort: eighty", None), ("containerPort: []", None), ("name: 'web-{{ .x }}'\n      containerPort: 80", ""),
]  # fmt: skip


@pytest.mark.parametrize(("field", "mark"), WITHIN)
def test_a_template_within_a_value_is_one(field: str, mark: str | None, tmp_path: Path) -> None:
    """It is YAML before it is rendered, but no manifest, where a value must be of another type. What fits is read."""
    text = (
        "kind: Pod\nmetadata: {name: x}\nspec:\n  containers:\n  - name: a\n    image: b\n"
        f"    lifecycle: {{preStop: {{sleep: {{seconds: 5}}}}}}\n    ports:\n    - {field}\n"
    )
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(GOOD, encoding="utf-8")
    walked = run("check", "--lang", "en", str(tmp_path))
    named = run("check", "--lang", "en", str(tmp_path / "a.yaml"))
    strict = run("check", "--lang", "en", "--strict", str(tmp_path))
    if mark == "":
        assert (walked.status, named.status) == (0, 0) and "checked 2 pod(s)" in walked.err
    elif mark is None:
        assert (walked.status, named.status) == (2, 2) and "a template" not in walked.err + named.err
    else:
        told = f"a.yaml:9: this is a template, not YAML: it holds {mark} …; render it first"
        assert walked.status == 0 and "skipped in folders: templates 1\n" in walked.err
        assert "checked 1 pod(s)" in walked.err and told not in walked.err
        assert "a.yaml:7: preStop stands in a template, which is not read; check what `helm template`" in walked.err
        assert (named.status, strict.status) == (2, 2) and told in named.err and told in strict.err


@pytest.mark.parametrize("kind", ["Whatever", "HelmRelease"])
def test_a_broken_document_of_another_kind_does_not(kind: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(f"kind: {kind}\nspec:\n  a: 1\n b: 2\n---\n{GOOD}", encoding="utf-8")
    ran = run("check", "--lang", "en", str(tmp_path))
    assert ran.status == 0 and "not YAML or JSON 1" in ran.err and "checked 1 pod(s)" in ran.err


def test_the_templates_of_a_chart_are_skipped_unless_they_are_plain(tmp_path: Path) -> None:
    quoted = GOOD.replace("name: p", "name: '{{ .Release.Name }}'", 1)
    chart = folder(tmp_path, **{
        "c__Chart.yaml": "apiVersion: v2\nname: c\n", "c__templates__a.yaml": quoted, "c__templates__deep__b.yaml": quoted,
        "c__templates__plain.yaml": GOOD, "other__templates__x.yaml": GOOD,
    })  # fmt: skip
    ran = run("timeline", "--format", "json", "--lang", "en", chart)
    sources = [Path(line["source"]).relative_to(tmp_path).as_posix() for line in json.loads(ran.out)]
    assert sources == ["c/templates/plain.yaml", "other/templates/x.yaml"] and "templates 2" in ran.err
    assert f"{chart}/c/templates/a.yaml:" in ran.err and "preStop stands in a template, which is not read" in ran.err


def test_a_patch_in_a_folder_is_no_pod_and_kustomize_renders_it(tmp_path: Path) -> None:
    patch = manifest("Deployment", containers=[{"name": "web", **sleeps(60)}])
    where = folder(tmp_path, **{"patch.yaml": patch, "web.yaml": GOOD})
    ran = run("check", "--format", "json", "--lang", "en", where)
    assert (ran.status, ran.out.strip()) == (0, "[]")
    assert "passed over: Deployment (patch) 1" in ran.err and "checked 1 pod(s)" in ran.err
    line = patch[: patch.index("preStop")].count("\n") + 1
    says = "preStop stands in a patch, which is not read; check what `kubectl kustomize` makes of it"
    assert f"{where}/patch.yaml:{line}: {says}" in ran.err
    assert "PT107" in run("check", "--lang", "en", str(tmp_path / "patch.yaml")).out
    (tmp_path / "scale.yaml").write_text(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: p}\n", encoding="utf-8"
    )
    assert "passed over: Deployment (patch) 2\n" in run("check", "--lang", "en", where).err
    for kind in ("Rollout", "AnalysisTemplate"):  # they may be whole without a pod
        text = f"apiVersion: argoproj.io/v1alpha1\nkind: {kind}\nmetadata: {{name: p}}\nspec: {{}}\n"
        (tmp_path / f"{kind}.yaml").write_text(text, encoding="utf-8")
    told = "passed over: Deployment (patch) 2, AnalysisTemplate 1, Rollout 1\n"
    assert told in run("check", "--lang", "en", where).err


# --------------------------------------------------------------------------------------------------- what is not read


def other(kind: str, api: str = "example.com/v1", **fields: Any) -> dict[str, Any]:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": "x"}, **fields}


def test_what_is_passed_over_is_named_most_first() -> None:
    kinds = [other("HelmRelease")] * 3 + [other(f"Kind{i}") for i in range(9)] + [other("Kind8")]
    ran = run("check", "--lang", "en", stdin=GOOD + "---\n" + dump(*kinds, {"a": 1}))
    line = (
        "passed over: HelmRelease 3, Kind8 2, documents without a kind 1, Kind0 1, Kind1 1, Kind2 1, Kind3 1, Kind4 1"
    )
    assert f"{line}, and 3 more kinds" in ran.err.split("\n") and ran.status == 0
    assert (
        "건너뛴 문서: HelmRelease 3, Kind8 2, kind 없는 문서 1"
        in run("timeline", "--lang", "ko", stdin=GOOD + "---\n" + dump(*kinds, {"a": 1})).err
    )
    assert "그 밖의 3종류" in run("check", "--lang", "ko", stdin=dump(*kinds, {"a": 1})).err


@pytest.mark.parametrize("given", [dump(other("Kustomization")), dump({"panels": []}), '{"annotations": {"list": []}}'])
def test_when_nothing_was_judged_the_run_says_so(given: str, tmp_path: Path) -> None:
    for words in (["-"], [str(tmp_path)]):
        ran = run("check", "--lang", "en", *words, stdin=given)
        assert ran.err.rstrip().split("\n")[-1] == "nothing was checked: no pod and no mesh configuration was read"
        assert "checked 0" not in ran.err and (ran.status, ran.out) == (0, "")
        assert (
            "검사한 것이 없습니다. 입력에서 파드도 메시 설정도 찾지 못했습니다"
            in run("check", "--lang", "ko", *words, stdin=given).err
        )
        assert "there is nothing to show: no pod was read" in run("timeline", "--lang", "en", *words, stdin=given).err
    assert "nothing" not in run("check", "--lang", "en", stdin=GOOD).err
    assert "nothing" not in run("timeline", "--lang", "en", stdin=GOOD).err


def test_services_and_namespaces_are_read() -> None:
    text = dump(other("Service", "v1", spec={"selector": {"a": "b"}}), other("Namespace", "v1"))
    assert "passed over" not in run("check", "--lang", "en", stdin=text).err


UNREAD = [
    (other("HelmRelease", spec={"values": {"lifecycle": {"preStop": {}}}}), "preStop", "HelmRelease", "helm template"),
    (other("Application", "argoproj.io/v1alpha1", spec={"source": {"helm": {"values": "a:\n  terminationDrainDuration: 5s\n"}}}),
     "terminationDrainDuration", "Application", "helm template"),
    (other("Application", "core.oam.dev/v1beta1", spec={"components": [{"type": "webservice", "properties": {"preStop": {}}}]}),
     "preStop", "Application", "kubectl get pods"),
    (other("Kustomization", patches=[{"patch": "- op: add\n  path: /spec/template/spec/containers/0/lifecycle\n"}]),
     "lifecycle", "Kustomization", "kubectl kustomize"),
    (other("EnvoyProxy", spec={"x": [{"terminationGracePeriodSeconds": 5}]}),
     "terminationGracePeriodSeconds", "EnvoyProxy", "kubectl get pods"),
    (other("ConfigMap", "v1", data={"x": "env:\n# preStop\n  EXIT_ON_ZERO_ACTIVE_CONNECTIONS: true\n"}),
     "EXIT_ON_ZERO_ACTIVE_CONNECTIONS", "ConfigMap", "kubectl get pods"),
    ({"web": {"MINIMUM_DRAIN_DURATION": "5s"}}, "MINIMUM_DRAIN_DURATION", "a document without a kind", "helm template"),
]  # fmt: skip


PATCH = """- op: add
  path: /spec/template/spec/containers/0/lifecycle
  value: {preStop: {sleep: {seconds: 5}}}
- op: replace
  path: /spec/template/spec/terminationGracePeriodSeconds
  value: 60
"""


def test_a_json_patch_in_a_file_of_its_own_is_named_where_it_sets_timing(tmp_path: Path) -> None:
    says = "stands in a patch, which is not read; check what `kubectl kustomize` makes of it"
    (tmp_path / "patch.yaml").write_text(PATCH, encoding="utf-8")
    given = json.dumps([{"op": "add", "path": "/spec/template/spec/terminationGracePeriodSeconds", "value": 9}])
    (tmp_path / "patch.json").write_text(given, encoding="utf-8")
    (tmp_path / "other.yaml").write_text("- op: add\n  path: /spec/replicas\n  value: 3\n", encoding="utf-8")
    ran = run("check", "--lang", "en", str(tmp_path))
    told = [line.removeprefix(f"{tmp_path}/") for line in ran.err.split("\n") if says in line]
    assert [line.partition(" stands")[0] for line in told] == [
        "patch.json:1: terminationGracePeriodSeconds",
        "patch.yaml:2: lifecycle",
        "patch.yaml:3: preStop",
        "patch.yaml:5: terminationGracePeriodSeconds",
    ]
    assert ran.status == 0 and "documents without a kind 3" in ran.err and "nothing was checked" in ran.err
    assert (
        "passed over: documents without a kind 1" in run("timeline", "--lang", "en", str(tmp_path / "other.yaml")).err
    )
    assert "패치" in run("check", "--lang", "ko", str(tmp_path / "patch.yaml")).err


@pytest.mark.parametrize(("document", "key", "where", "command"), UNREAD, ids=[row[1] for row in UNREAD])
def test_a_setting_that_is_not_read_is_named_with_its_place(
    document: dict[str, Any], key: str, where: str, command: str
) -> None:
    import yaml

    class Literal(yaml.SafeDumper):
        pass

    Literal.add_representer(
        str, lambda d, s: d.represent_scalar("tag:yaml.org,2002:str", s, style="|" if "\n" in s else None)
    )
    text = "# a comment\n" + yaml.dump(document, Dumper=Literal, sort_keys=False)
    lines = [number for number, line in enumerate(text.split("\n"), start=1) if key in line]
    for verb in ("check", "timeline"):
        says = [line for line in run(verb, "--lang", "en", stdin=text).err.split("\n") if " stands in " in line]
        assert len(says) == 1 and says[0].startswith(
            f"-:{lines[0]}: {key} stands in {where}, which is not read; check "
        )
        assert f"`{command}" in says[0]
        assert f"-:{lines[0]}: {key} 설정이 검사기가 읽지 않는 곳(" in run(verb, "--lang", "ko", stdin=text).err


@pytest.mark.parametrize(("name", "where", "command"), [
    ("kustomization.yaml", "Kustomization", "kubectl kustomize"), ("deep__kustomization.yml", "Kustomization", "kubectl kustomize"),
    ("my-kustomization.yaml", "a document without a kind", "helm template"),
])  # fmt: skip
def test_a_kustomization_may_leave_out_its_kind(tmp_path: Path, name: str, where: str, command: str) -> None:
    root = folder(tmp_path, **{name: dump({"patches": [{"patch": "spec:\n  terminationGracePeriodSeconds: 60\n"}]})})
    err = run("check", "--lang", "en", root).err
    assert f"terminationGracePeriodSeconds stands in {where}, which is not read; check what `{command}`" in err


def test_at_most_ten_such_lines_and_then_a_count() -> None:
    text = dump(*[other("HelmRelease", spec={"values": {"preStop": i}}) for i in range(13)])
    err = run("check", "--lang", "en", stdin=text).err
    assert err.count(" stands in HelmRelease") == 10 and "… and 3 more such settings\n" in err


@pytest.mark.parametrize(
    "document",
    [
        other("CustomResourceDefinition", spec={"schema": {"preStop": {}}}),
        other("VirtualMachine", spec={"template": {"spec": {"terminationGracePeriodSeconds": 180}}}),
        {"definitions": {"Lifecycle": {"properties": {"preStop": {}}}}},
        {"$schema": "https://json-schema.org/draft-07/schema", "examples": [{"terminationGracePeriodSeconds": 30}]},
        other("HelmRelease", spec={"values": {"lifecycle": 1, "drain": 2, "mypreStopHook": 3}}),
        other("ConfigMap", "v1", data={"a": "# preStop\n"}),
    ],
)
def test_a_schema_a_comment_and_other_words_are_no_settings(document: dict[str, Any]) -> None:
    assert " stands in " not in run("check", "--lang", "en", stdin=dump(document)).err


# ------------------------------------------------------------------------------------------------ whom it speaks for

SERVICE = {
    "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
    "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
}  # fmt: skip
NAMESPACE = other("Namespace", "v1")
NAMESPACE["metadata"] = {"name": "default", "labels": {"istio-injection": "enabled"}}
NEAR = [
    ("a/x.yaml", "a/x.yaml", True), ("a/x.yaml", "a/y.yaml", True), ("x.yaml", "y.yaml", True), ("-", "-", True),
    ("a/x.yaml", "y.yaml", True), ("y.yaml", "a/x.yaml", True), ("a/b/x.yaml", "a/y.yaml", True),
    ("./a/x.yaml", "a/y.yaml", True), ("/r/a/x.yaml", "/r/y.yaml", True),
    ("a/x.yaml", "b/y.yaml", False), ("/r/a/x.yaml", "/r/b/y.yaml", False), ("a/x.yaml", "a-b/y.yaml", False),
    ("a/b/x.yaml", "y.yaml", False), ("-", "x.yaml", False), ("../x.yaml", "y.yaml", True), ("../../x.yaml", "y.yaml", False),
]  # fmt: skip


@pytest.mark.parametrize(("source", "workload", "speaks"), NEAR)
def test_a_service_and_a_namespace_speak_for_their_file_folder_parent_and_child(
    source: str, workload: str, speaks: bool
) -> None:
    text = manifest("Deployment", labels={"app": "web"})
    reading = read([(source, dump(SERVICE, NAMESPACE)), (workload, text)], Assumptions(istio="1.24"))
    (item,) = [item for item in reading.items if isinstance(item, Pod)]
    assert [service.name for service in item.services] == (["web"] if speaks else [])
    assert item.sidecar == ("classic" if speaks else "none")


def test_the_nearest_speaks_first() -> None:
    near = Neighbours[str]()
    for source in ("a/b/c/x.yaml", "a/x.yaml", "a/b/x.yaml", "a/c/x.yaml", "x.yaml"):
        near.add(source, "key", source)
    assert list(near.of("a/b/y.yaml", "key")) == ["a/b/x.yaml", "a/x.yaml", "a/b/c/x.yaml"]
    assert list(near.of("a/b/y.yaml", "other")) == []


def test_a_document_without_a_kind_is_a_pod_only_where_it_was_named() -> None:
    text = "containers: [{name: web, image: x}]\n"
    assert len(read([Input("x.yaml", text)], Assumptions()).items) == 1
    walked = read([Input("x.yaml", text, walked=True)], Assumptions())
    assert (walked.items, walked.errors, dict(walked.skipped)) == ([], [], {"no kind": 1})
    values = "meshConfig: {defaultConfig: {drainDuration: 50s}}\n"
    assert len(read([Input("values.yaml", values, walked=True)], Assumptions()).items) == 1


def test_a_key_that_stands_twice_in_the_values_of_a_chart_fails_only_where_they_were_named(tmp_path: Path) -> None:
    text = "meshConfig: {}\nlabels: 1\nlabels: 2\n"
    (tmp_path / "values.yaml").write_text(text, encoding="utf-8")
    assert run("check", str(tmp_path)).status == 0
    for words in ([str(tmp_path / "values.yaml")], ["--strict", str(tmp_path)]):
        ran = run("check", "--lang", "en", *words)
        assert ran.status == 2 and 'values.yaml:3: the key "labels" stands twice' in ran.err


def test_a_hook_in_a_running_pod_is_read_and_named_nowhere() -> None:
    assert " stands in " not in run("check", "--lang", "en", stdin=manifest(containers=[web(**runs("sleep", "5"))])).err
