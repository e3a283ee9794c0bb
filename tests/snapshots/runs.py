"""What the command line says of a repository with everything in it that folders hold, and what it writes there."""

from __future__ import annotations

import contextlib
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.package.inputs import IN, config, dump, manifest, run, runs, sleeps, web

LONG = web(**sleeps(30), ports=[{"containerPort": 80}])
SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "p"},
    "spec": {"selector": {"app": "p"}, "ports": [{"port": 80}]},
}
APP = {"app": "p"}
OWNED = [
    {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": f"web-{number}", "namespace": "shop", "ownerReferences": [{"kind": "ReplicaSet", "name": "web-5d"}]},
        "spec": {"containers": [LONG]},
    }
    for number in range(3)
]  # fmt: skip
MESH = {"meshConfig": {"defaultConfig": {"terminationDrainDuration": "40s"}}, "global": {"tag": "1.26.2"}}
FILES: dict[str, str | bytes] = {
    "deploy/web.yaml": manifest("Deployment", labels=APP, containers=[LONG]) + "---\n" + dump(SERVICE),
    "deploy/muted.yaml": manifest(containers=[LONG]).replace("preStop:", "preStop:  # timing-rules: ignore PT101 why"),
    "deploy/idle.yaml": manifest("Deployment", labels=APP, containers=[web(ports=[{"containerPort": 80}])]) + "# timing-rules: ignore PT101 why\n# timing-rules: ignore\n",
    "two/service.yaml": dump(SERVICE),
    "two/a.yaml": manifest("Deployment", labels=APP, containers=[web(ports=[{"containerPort": 80}])]), "two/b.yaml": manifest("DaemonSet", labels=APP, containers=[web(ports=[{"containerPort": 80}])]),
    "deploy/meshed.yaml": manifest("Deployment", labels=IN, annotations=config(drainDuration="500ms"), containers=[web(**runs("./stop"))]),
    "deploy/fact.yaml": manifest("Deployment", annotations={"timing-rules/istio": "9.9", "timing-rules/app-shutdwon": "5s"}),
    "deploy/bad.yaml": "kind: Pod\nspec: [\n",
    "deploy/latin.yaml": "kind: Pod\n# caf\xe9\n".encode("latin-1"),
    "deploy/wide.yaml": manifest(containers=[LONG]).encode("utf-16"),
    "deploy/windows.yaml": manifest("Deployment", containers=[LONG]).replace("\n", "\r\n").encode(),
    "deploy/vendor/other.yaml": manifest(containers=[LONG]), "deploy/.hidden/other.yaml": manifest(containers=[LONG]),
    "deploy/testdata/deep/other.json": "{}", "deploy/web.gen.yml": manifest(containers=[LONG]), "deploy/notes.txt": "kind: Pod\n",
    "chart/Chart.yaml": "name: shop\nversion: 1.0.0\n", "chart/values.yaml": "terminationGracePeriodSeconds: 60\nimage: {repository: web}\n",
    "chart/templates/web.yaml": "kind: Pod\nspec:\n  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}\n",
    "chart/templates/deep/plain.yaml": manifest(containers=[LONG]), "owned.yaml": dump(*OWNED),
    "mesh/values.yaml": dump(MESH), "mesh/two.yaml": dump(MESH, {"meshConfig": {"defaultConfig": {"terminationDrainDuration": "9s"}}}), "mesh/none.yaml": dump(SERVICE),
    "muted.conf.yaml": 'ignore: {PT101: {"deploy/*": by hand}}\nrule-severity: {PT109: error}\nexclude: ["*.gen.yml"]\nworkloads: {p: {app-shutdown: 40s}}\n',
    "wrong.conf.yaml": "istio: 1.31\n- x\n", "deploy/a,b.yaml": manifest(containers=[LONG]), "piece.yaml": dump({"containers": [LONG]}),
    "many.yaml": "---\n".join(f"kind: Kind{number % 17}\napiVersion: v1\nterminationGracePeriodSeconds: 9\n" for number in range(30)),
}  # fmt: skip
COMMANDS = [
    "check .", "check deploy chart", "check --strict deploy", "check --severity info --exclude '*.gen.yml' --exclude deploy/fact.yaml deploy chart owned.yaml", "check --format json deploy/web.yaml deploy/bad.yaml owned.yaml chart",
    "check --config muted.conf.yaml deploy owned.yaml", "check --config wrong.conf.yaml deploy", "check --config muted.conf.yaml --show-config", "check deploy/web.yaml deploy/none.yaml deploy/notes.txt",
    "check --mesh-config mesh/values.yaml deploy/meshed.yaml deploy/web.yaml", "check --mesh-config mesh/two.yaml deploy/meshed.yaml", "check --mesh-config mesh/none.yaml deploy/meshed.yaml", "check --mesh-config mesh/values.yaml mesh/values.yaml deploy/meshed.yaml",
    "check --app-shutdown web=5s --app-shutdown nobody=5s --prestop istio-proxy=3s deploy/meshed.yaml", "check --istio 9.9 --kubernetes 7.7 deploy/meshed.yaml", "check --format github deploy/web.yaml deploy/meshed.yaml", "check --format sarif deploy/bad.yaml deploy/web.yaml",
    "check --rule-severity PT109=error --ignore 'PT101: no' deploy/web.yaml deploy/idle.yaml", "timeline deploy/meshed.yaml deploy/bad.yaml", "timeline --format json mesh", "timeline mesh/none.yaml", "check --format github deploy/a,b.yaml many.yaml", "check piece.yaml many.yaml owned.yaml", "timeline piece.yaml", "check --severity info two", "check --severity info two/a.yaml two/service.yaml", "check two", "check --write-baseline --baseline old.json deploy",
    "check --baseline old.json deploy", "check --baseline old.json deploy/web.yaml owned.yaml", "check --baseline deploy/bad.yaml deploy", "fix deploy", "fix --rule PT109 deploy owned.yaml", "fix --write deploy/web.yaml deploy/wide.yaml deploy/meshed.yaml deploy/windows.yaml",
    "fix --write --rule PT109 deploy/idle.yaml", "check --baseline old.json deploy/web.yaml deploy/meshed.yaml deploy/windows.yaml", "check --baseline old.json --write-baseline deploy/web.yaml", "check --baseline deploy --write-baseline deploy/web.yaml", "fix --write --severity error deploy",
]  # fmt: skip


def repository() -> Iterator[list[str]]:
    """Each command, one after the other in the same folder, in a language by turns; then the files that have changed."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for name, content in FILES.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
        for number, command in enumerate(COMMANDS):
            ran = run(*shlex.split(command), "--lang", ("en", "ko")[number % 2])
            yield [
                f"$ {command}",
                *ran.out.splitlines(),
                "---- standard error",
                *ran.err.splitlines(),
                f"---- exit status {ran.status}",
            ]
        for path in sorted(Path().rglob("*")):
            content = FILES.get(path.as_posix(), b"")
            if path.is_file() and path.read_bytes() != (content.encode() if isinstance(content, str) else content):
                yield [f"==== {path}", *repr(path.read_bytes().decode()).replace("\\n", "\n").splitlines()]
