"""What is told of texts that cannot be read, named or found in a folder, in both languages."""

from __future__ import annotations

from collections.abc import Iterator

from timing_rules import Assumptions
from timing_rules.manifest.read import Input, read

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n"
JSON = '{"apiVersion": "v1",\n "kind": "Pod",\n "metadata": {"name": "p"}'
TEXTS = [
    "", "# nothing\n", "---\n---\n", "just words", "- a\n- b\n", "7", "null", "a: b\n", "x: [", "a: b: c\n", "a: 'b\n", "a: \"b\\q\"\n",
    POD + "\t- name: web\n", POD + "  - name:\tweb\n", POD + "  - name: we\x07b\n", POD + "  - {name: web\n", POD + " - name: web\n   - x\n",
    POD + "  - name: &a [*a]\n", POD + "  - name: *nobody\n", POD + "  - ? [a]\n    : b\n", POD + "  - " + "[" * 120 + "]" * 120 + "\n",
    POD + "  - name: web\n    name: other\n", POD + "  - !!python/object:os.system {}\n", POD + "  - <<: {name: web}\n    image: w\n",
    POD + "  - name: {{ .Values.name }}\n", POD + "  - name: web\n    {{- if .Values.x }}\n", POD + "  {% for c in cs %}\n  - name: x\n",
    POD + "  - name: <%= @name %>\n", POD + "  - name: @NAME@\n", POD + "  - name: {app.name}\n", "<NAME>\n" + POD, "#@ load('x')\n" + POD,
    POD + "  - name: web\n---\nx: [\n---\nkind: Deployment\nspec: 7\n", "\ufeff" + POD + "  - 7\n", POD.replace("\n", "\r\n") + "  - 8\r\n",
    "kind: Job\nspec: [\n", "kind: Deployment\nspec:\n  template: x\n", "kind: List\nitems: 7\n", "kind: List\nitems:\n- kind: Pod\n  spec: x\n- 9\n",
    JSON, JSON + "}", JSON + ",}", JSON + " \"spec\": {}}", JSON + ', "spec": {"x": tru}}', JSON + ', "spec": {x: 1}}', JSON + ', "spec": {"x" 1}}',
    JSON + ', "spec": {"x": "\n"}}', JSON + ', "spec": {"x": NaN}}', JSON + ', "spec": {"x": 01}}', JSON + ', "spec": 7} ' + JSON + "}", '[{"kind": "Pod"}, 7]',
    JSON + ', "spec": {"x": ' + "[" * 120 + "]" * 120 + "}}", '{"a": 1}', "[]", "{}", '"text"', "- op: add\n  path: /spec/x\n  value: 1\n",
    "- op: remove\n  path: /a\n- op: add\n  path: /spec/template/spec/terminationGracePeriodSeconds\n  value: 60\n", "- op: add\n  value: {terminationGracePeriodSeconds: 9}\n", JSON + ', "x": {"a"=1}}', "spec:\n  template: x\n", "spec:\n  jobTemplate: {spec: {template: [7]}}\n", "spec: 7\n",
    "image: {repository: web}\nterminationGracePeriodSeconds: 60\n", "image: w\ncontainers:\n- name: web\n", "kind: Pod\nspec: " + "x" * 60 + "\n",
    "kind: Pod\nspec: '" + "x" * 60 + "'\n", JSON + ', "x": {"a" }}', JSON + ', "x": {"a"', JSON + ', "x": {"a" "b"}}', JSON + ', "x": {a', JSON + ', "x": [1 2]}',
    JSON + ', "x": [1', JSON + ', "x": -}', JSON + ', "x": "\\q"}', JSON + ', "x": "a', JSON + ', "x": 1e999}', JSON + ', "x": 1}' + " x", JSON + ', "x":' + "\t\r\n" + '"\\u00"}',
    "- name: web\n  image: w\n", "containers: 7\n", "template:\n  spec: 7\n", "proxy.istio.io/config: |\n  a: [\n", "proxy.istio.io/config: 7\n",
    "kind: ConfigMap\ndata:\n  mesh: |\n    defaultConfig:\n\t x: 1\n", "kind: ConfigMap\ndata: {mesh: 7}\n", "kind: IstioOperator\napiVersion: install.istio.io/v1alpha1\nspec: {meshConfig: 7}\n",
]  # fmt: skip


def broken() -> Iterator[list[str]]:
    """Each text, and what is told of it where it is named, and where a walk through a folder finds it."""
    for text in TEXTS:
        lines = [f"==== {text if len(text) < 200 else text[:200] + '…'!r}"]
        for walked in (False, True):
            reading = read([Input("-", text, walked)], Assumptions())
            lines += [f"  {error.describe(lang)} ({error.column})" for error in reading.errors for lang in ("en", "ko")]
            lines += [f"  {note.line}: {note.text.en} | {note.text.ko}" for note in (*reading.notes, *reading.unread)]
            rest = {**reading.passed_over, **reading.skipped}
            lines.append(f"  {'found' if walked else 'named'}: {len(reading.items)} read; {rest or 'nothing'} left out")
        yield lines
