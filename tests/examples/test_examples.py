"""Every manifest of `examples/` is valid, explained in both languages, and does what it says."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
from timing_rules import Assumptions, ManifestError, MeshConfig, Pod, check, load, timeline
from timing_rules.manifest.read import read
from timing_rules.rules.registry import RULES

from tests.docs.pages import site_configuration
from tests.examples.manifests import ALL, EXAMPLES, FIELDS, RIGHT, WORKING, WRONG, Example, pod_template, twin_of

#: Kinds without a schema in kubernetes-validate, and who answers for them.
WITHOUT_SCHEMA = {
    ("argoproj.io/v1alpha1", "Rollout"): "Argo's resource; its pod template is validated as a PodTemplate",
    ("serving.knative.dev/v1", "Service"): "Knative's resource; its pod template is read by timing_rules",
    ("install.istio.io/v1alpha1", "IstioOperator"): "istioctl's file format; timing_rules has its field table",
    ("gateway.networking.k8s.io/v1", "Gateway"): "the Gateway API's; timing_rules reads what istiod makes",
    ("networking.istio.io/v1beta1", "ProxyConfig"): "Istio's resource; timing_rules has its field table",
    ("networking.istio.io/v1", "DestinationRule"): "Istio's resource without any effect on a pod's own stop",
    ("networking.istio.io/v1", "Gateway"): "Istio's resource without any effect on a pod's own stop",
    ("networking.istio.io/v1", "ServiceEntry"): "Istio's resource without any effect on a pod's own stop",
    ("networking.istio.io/v1", "VirtualService"): "Istio's resource without any effect on a pod's own stop",
}
#: Fields of a pod template that only the custom kind has.
CUSTOM_POD_FIELDS = {"serving.knative.dev/v1": {"timeoutSeconds", "containerConcurrency"}}
#: Keys of custom resources, whatever their place: these resources accept a misspelled key without a word.
CUSTOM_KEYS = {
    "DestinationRule": "baseEjectionTime maxEjectionPercent consecutiveGatewayErrors host interval outlierDetection trafficPolicy",
    "Gateway": "credentialName gatewayClassName group hosts infrastructure istio kind listeners mode name number parametersRef "
    "port protocol selector servers tls",
    "Rollout": "app canary canaryService duration istio matchLabels name pause replicas routes scaleDownDelaySeconds "
    "selector setWeight stableService steps strategy trafficRouting virtualService",
    "ServiceEntry": "hosts location name number ports protocol resolution",
    "VirtualService": "attempts destination gateways host hosts http name retries retryOn route timeout weight",
}
#: Wrong examples that the Kubernetes schema refuses as well, because that is their lesson.
REFUSED_BY_SCHEMA = {
    "PT105": "the field is not in the stated Kubernetes version",
    "PT111": "the field stands where there is none of its name",
}


HANGUL = re.compile(r"[가-힣]")
each = pytest.mark.parametrize("example", ALL, ids=lambda one: one.name)
each_working = pytest.mark.parametrize("example", WORKING, ids=lambda one: one.name)
each_wrong = pytest.mark.parametrize("example", WRONG, ids=lambda one: one.name)


def items_of(example: Example) -> list[Pod | MeshConfig]:
    """What an example holds; one that cannot be read fails with the sentence that says where and why."""
    try:
        return load(example.text, source=example.name)
    except ManifestError as error:
        pytest.fail(str(error), pytrace=False)


def found(example: Example) -> list[tuple[str, str, str]]:
    """Rule, severity and message of every finding in an example, as `timing-rules check` gives them."""
    return [(one.rule, str(one.severity), one.message.en) for item in items_of(example) for one in check(item)]


def test_the_folder_was_found() -> None:
    assert len({Path(one.name).parent for one in WORKING}) >= 14
    assert len(WRONG) >= len(RULES)


@each
def test_header_is_there_in_both_languages(example: Example) -> None:
    how = f"{example.name}: the first comment lines must be `# title:`, `# title.ko:`, `# lesson:`, `# lesson.ko:`"
    assert tuple(key for key, _ in example.header) == FIELDS, f"{how}, in this order (see CONTRIBUTING.md)"
    header = dict(example.header)
    for key in ("title.ko", "lesson.ko"):
        assert HANGUL.search(header[key]), f"{example.name}: `{key}` has to be Korean, not {header[key]!r}"
    for key in ("title", "lesson"):
        assert not HANGUL.search(header[key]), f"{example.name}: `{key}` has to be English"
    for key in ("title", "title.ko"):
        assert len(header[key]) <= 80, f"{example.name}: `{key}` is longer than 80 characters; the rest is the lesson"
        assert not header[key].endswith((".", ":")), f"{example.name}: a title has no full stop"
    for sentence in re.split(r"(?<=[.?!])\s+", header["lesson.ko"]):
        assert sentence.endswith("니다."), f"{example.name}: lesson.ko is written in 합니다체: {sentence!r}"
    foreign = HANGUL.search(example.body)
    assert not foreign, f"{example.name}: comments below the header are English"


@each
def test_nothing_is_left_to_write(example: Example) -> None:
    """`make scenario` and `make rule` leave a TODO wherever only the author knows what to say."""
    left = [
        f"{file.name}:{number}: write this: {line.strip()}"
        for file in ([example, twin_of(example)] if example in WRONG else [example])
        for number, line in enumerate(file.lines, 1)
        if "TODO" in line
    ]
    assert not left, "\n".join(left)


def test_every_situation_has_a_title_and_a_place() -> None:
    folders = {Path(example.name).parent.name for example in WORKING}
    missing = sorted(folders - set(site_configuration()["extra"]["situations"]))
    assert not missing, (
        f"examples/{missing[0]}: give it a title under `situations` in mkdocs.yml, where its place in the catalogue is, and "
        "its Korean title in mkdocs.ko.yml"
    )


@each
def test_every_timing_field_says_why(example: Example) -> None:
    missing = [f"line {number}: {text}" for number, text in example.unexplained()]
    assert not missing, (
        f"{example.name}: write a short comment on the line or the line above, saying why the value is what it is:\n"
        + "\n".join(missing)
    )


@each
def test_lines_are_short(example: Example) -> None:
    long = [number for number, line in enumerate(example.lines, 1) if len(line) > 120]
    assert not long, f"{example.name}: lines {long} are longer than 120 characters"


@each
def test_versions_are_stated(example: Example) -> None:
    for document in example.documents:
        template = pod_template(document)
        if template is None:
            continue
        where = f"{example.name}: {document['kind']} {document['metadata']['name']}"
        assert example.fact("kubernetes"), f"{where}: say which version it is for: timing-rules/kubernetes"
        labels = template.get("metadata", {}).get("labels", {})
        if {"sidecar.istio.io/inject", "istio.io/dataplane-mode"} & labels.keys():
            assert example.fact("istio"), f"{where}: in the mesh, so say for which Istio: timing-rules/istio"


@each
def test_images_are_pinned(example: Example) -> None:
    for image in re.findall(r"^\s*(?:- )?image:\s*(\S+)", example.text, re.MULTILINE):
        pinned = re.search(r":[^/:]*\d[^/:]*$|@sha256:", image) and not image.endswith(":latest")
        assert image == "auto" or pinned, f"{example.name}: pin {image} to a version"


@each
def test_kubernetes_accepts_it(example: Example) -> None:
    """kubernetes-validate, strict, at the version the file states."""
    refusals = _refusals(example)
    if example in WRONG and example.rule in REFUSED_BY_SCHEMA:
        assert refusals, f"{example.name}: the schema accepts it now; take {example.rule} out of REFUSED_BY_SCHEMA"
    else:
        assert not refusals, "\n".join(refusals)


@each_wrong
def test_kubernetes_accepts_the_twin(example: Example) -> None:
    refusals = _refusals(twin_of(example))
    assert not refusals, "\n".join(refusals)


def _refusals(example: Example) -> list[str]:
    version = example.fact("kubernetes") or kubernetes_validate.latest_version()
    refusals = []
    for document in example.documents:
        if "kind" not in document:
            assert "meshConfig" in document, f"{example.name}: a document without `kind` has to be Helm values"
            continue
        kind = (document["apiVersion"], document["kind"])
        if kind in WITHOUT_SCHEMA:
            with pytest.raises(kubernetes_validate.SchemaNotFoundError):
                kubernetes_validate.validate(document, version, strict=True)
            document = _as_pod_template(document)
            if not document:
                continue
        try:
            kubernetes_validate.validate(document, version, strict=True)
        except kubernetes_validate.SchemaNotFoundError:
            pytest.fail(f"{example.name}: no schema for {kind}; add it to WITHOUT_SCHEMA with the reason")
        except kubernetes_validate.ValidationError as error:
            place = ".".join(map(str, error.path))
            refusals.append(f"{example.name}: Kubernetes {version} refuses {kind[1]} at {place}: {error.message}")
    return refusals


@each
def test_custom_resources_have_no_misspelled_key(example: Example) -> None:
    for document in example.documents:
        if (known := CUSTOM_KEYS.get(document.get("kind", ""))) is not None:
            spec = {key: value for key, value in document["spec"].items() if key != "template"}
            unknown = sorted(set(_keys(spec)) - set(known.split()))
            assert not unknown, f"{example.name}: misspelled {unknown}? If not, add them to CUSTOM_KEYS"


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _keys(child)


def _as_pod_template(document: dict[str, Any]) -> dict[str, Any]:
    template = pod_template(document)
    if template is None:
        return {}
    custom = CUSTOM_POD_FIELDS.get(document["apiVersion"], set())
    spec = {key: value for key, value in template["spec"].items() if key not in custom}
    return {
        "apiVersion": "v1",
        "kind": "PodTemplate",
        "metadata": {"name": document["metadata"]["name"]},
        "template": {**template, "spec": spec},
    }


def test_every_exception_is_needed() -> None:
    used = {(document.get("apiVersion"), document.get("kind")) for one in ALL for document in one.documents}
    assert not WITHOUT_SCHEMA.keys() - used, "take these out of WITHOUT_SCHEMA: no example has them any more"
    assert not CUSTOM_POD_FIELDS.keys() - {api for api, _ in used}, "CUSTOM_POD_FIELDS names a kind that is gone"
    assert REFUSED_BY_SCHEMA.keys() <= {one.rule for one in WRONG}


def test_names_differ_between_files() -> None:
    """A directory check reads all files as one input, so a Service must not select another example's pods."""
    names = Counter(
        (document["kind"], document["metadata"]["name"])
        for one in ALL
        for document in one.documents
        if "kind" in document
    )
    twice = [f"{kind} {name}" for (kind, name), count in names.items() if count > 1]
    assert not twice, f"two examples have the same object, rename one: {', '.join(twice)}"
    pods = [
        (one.name, template.get("metadata", {}).get("labels", {}))
        for one in ALL
        for document in one.documents
        if (template := pod_template(document))
    ]
    for one in ALL:
        for document in one.documents:
            if document.get("kind") == "Service" and document["apiVersion"] == "v1":
                selector = document["spec"]["selector"].items()
                selected = {name for name, labels in pods if selector <= labels.items()}
                assert selected == {one.name}, (
                    f"{one.name}: Service {document['metadata']['name']} selects the pods of {sorted(selected)}; "
                    "it has to select those of its own file, and of no other"
                )


def test_titles_differ() -> None:
    for key in FIELDS:
        titles = Counter(dict(one.header).get(key) for one in ALL)
        assert max(titles.values()) == 1, f"two examples have the same {key}: {titles.most_common(1)[0][0]}"


@each_working
def test_a_working_example_gives_no_finding(example: Example) -> None:
    findings = found(example)
    assert not findings, (
        f"{example.name} is in the catalogue of what works, but `python -m timing_rules check --severity info` says:\n"
        + "\n".join(f"{rule} {severity}: {message}" for rule, severity, message in findings)
        + "\nCorrect the manifest, or move it to examples/wrong/ if that is its lesson."
    )


def test_files_read_together_give_what_each_gives_alone() -> None:
    """A directory is one input: a Service, a Namespace or a mesh setting of one file must not reach into another."""
    reading = read([(one.name, one.text) for one in ALL], Assumptions())
    assert not reading.errors, "\n".join(map(str, reading.errors))
    together = sorted((item.source, one.rule, one.message.en) for item in reading.items for one in check(item))
    alone = sorted((one.name, rule, message) for one in ALL for rule, _, message in found(one))
    assert together == alone


def route_timeouts(example: Example) -> Iterator[float]:
    """The timeout of each route in seconds; a route without one, or with 0s, has none."""
    for document in example.documents:
        if document.get("kind") == "VirtualService":
            for route in document["spec"].get("http", []):
                if seconds := float(str(route.get("timeout", "0s")).removesuffix("s")):
                    yield seconds


@pytest.mark.parametrize("example", [one for one in WORKING if any(route_timeouts(one))], ids=lambda one: one.name)
def test_a_route_timeout_cuts_no_request_that_the_pod_waits_for(example: Example) -> None:
    """A timeout as long as the longest request ends just those with a 504."""
    shutdown = float(str(example.fact("app-shutdown")).removesuffix("s"))
    [pod] = [item for item in items_of(example) if isinstance(item, Pod)]
    line = timeline(pod)
    sigterm = max(times.sigterm or 0.0 for name, times in line.containers.items() if name != "istio-proxy")
    for timeout in route_timeouts(example):
        assert timeout > shutdown, f"{example.name}: the app may take {shutdown:g} s, the route cuts at {timeout:g} s"
        assert sigterm + timeout < line.grace, (
            f"{example.name}: SIGKILL comes before the route's {timeout:g} s are over"
        )


@each_working
def test_nobody_is_killed_and_the_proxy_leaves_last(example: Example) -> None:
    """The claim behind every working example, from the computed timeline and not from the rules."""
    for item in items_of(example):
        if not isinstance(item, Pod):
            continue
        line = timeline(item)
        apps = {name: times for name, times in line.containers.items() if name != "istio-proxy"}
        facts = [fact for fact in line.unknown if fact.startswith(("app-shutdown", "prestop"))]
        assert not facts, f"{example.name}: declare {facts}, so that the timeline is complete"
        killed = [name for name, times in line.containers.items() if times.killed]
        assert not killed, f"{example.name}: SIGKILL ends {killed}; make terminationGracePeriodSeconds longer"
        lost = [f"{window.start:g} to {window.end:g} s: {window.text.en}" for window in line.losses]
        assert not lost, f"{example.name} loses requests:\n" + "\n".join(lost)
        if line.proxy is not None and apps:
            last = max(times.end or 0.0 for times in apps.values())
            gone = line.containers["istio-proxy"].end
            assert gone is not None, f"{example.name}: declare timing-rules/connections-idle-after"
            assert gone >= last, f"{example.name}: the proxy is gone at {gone} s, the app only at {last} s"


@each_wrong
def test_a_wrong_example_gives_exactly_its_rule(example: Example) -> None:
    assert re.fullmatch(r"PT\d{3}-[a-z0-9-]+\.yaml", Path(example.name).name), (
        f"{example.name}: the name is the rule, then the lesson in kebab-case: PT101-what-is-wrong.yaml"
    )
    assert example.rule in RULES, f"{example.name}: there is no rule {example.rule}"
    findings = found(example)
    assert findings, f"{example.name} gives no finding; it has to show {example.rule}"
    others = [f"{rule} {severity}: {message}" for rule, severity, message in findings if rule != example.rule]
    assert not others, f"{example.name} has to show {example.rule} alone; it also gives:\n" + "\n".join(others)
    usual = str(RULES[example.rule].severity)
    worst = {severity for _, severity, _ in findings}
    assert usual in worst, f"{example.name} shows {example.rule} as {worst}; its usual severity is {usual}"


@each_wrong
def test_the_twin_of_a_wrong_example_is_silent(example: Example) -> None:
    findings = found(twin_of(example))
    assert not findings, f"the twin of {example.name} is right, or should be, but gives {findings}"


@each_wrong
def test_the_twin_of_a_wrong_example_is_near(example: Example) -> None:
    twin = twin_of(example)
    assert not twin.header, f"{twin.name}: title and lesson stand in {example.name} alone"
    wrong, right = example.body.splitlines(), twin.text.splitlines()
    changed = [line for line in difflib.ndiff(wrong, right) if line[0] in "+-"]
    assert 1 <= len(changed) <= 12, f"{twin.name} differs in {len(changed)} lines; a near twin shows the mistake alone"


def test_every_rule_has_a_wrong_example_and_every_twin_its_own() -> None:
    missing = sorted(set(RULES) - {example.rule for example in WRONG})
    assert not missing, f"add examples/wrong/<RULE>-<lesson>.yaml for {', '.join(missing)}"
    twins = {path.name.removesuffix(RIGHT) for path in (EXAMPLES / "wrong").glob(f"*{RIGHT}")}
    alone = sorted(twins - {Path(example.name).stem for example in WRONG})
    assert not alone, f"examples/wrong holds a twin of nothing: {', '.join(alone)}"
