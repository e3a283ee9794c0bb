"""Where people run the checker: the hook, the action's script, GitLab's job, the container, the recipes of the page."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.examples.manifests import ROOT
from tests.package.inputs import manifest, run, sleeps, web

WRONG = manifest("Deployment", containers=[web(**sleeps(30))])
SCRIPT = ROOT / ".ci" / "check-manifests"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A repository with a wrong manifest in a folder, and a right one in another."""
    for folder, text in (("wrong", WRONG), ("right", manifest("Deployment"))):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "web.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def script(place: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The script, with the package of this checkout."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TIMING_RULES", "GITHUB"))}
    kept |= {"TIMING_RULES_PYTHON": sys.executable, "PYTHONPATH": str(ROOT / "snippets"), "LC_ALL": "C.UTF-8"}
    return subprocess.run([SCRIPT], cwd=place, env=kept | environment, capture_output=True, text=True, check=False)


def test_the_script_has_the_status_of_the_check(place: Path) -> None:
    assert script(place, TIMING_RULES_PATHS="right").returncode == 0
    ran = script(place)
    assert ran.returncode == 1 and "PT101" in ran.stdout and not ran.stdout.startswith("::")
    assert script(place, TIMING_RULES_PATHS="right nowhere").returncode == 2
    assert script(place, TIMING_RULES_SEVERITY="nonsense").returncode == 2


def test_on_github_it_prints_workflow_commands_and_writes_sarif(place: Path) -> None:
    ran = script(place, GITHUB_ACTIONS="true", TIMING_RULES_PATHS="wrong right", TIMING_RULES_SARIF="out.sarif")
    assert ran.returncode == 1 and ran.stdout.startswith("::error file=wrong/web.yaml,line=")
    results = json.loads((place / "out.sarif").read_text(encoding="utf-8"))["runs"][0]["results"]
    assert "PT101" in {result["ruleId"] for result in results}


def test_no_value_is_read_as_a_command(place: Path) -> None:
    (place / "empty.yaml").write_text("severity: error\n", encoding="utf-8")
    for name in ("PATHS", "CONFIG", "SEVERITY"):
        script(place, **{f"TIMING_RULES_{name}": "$(touch made) `touch made`; touch made"})
    assert script(place, TIMING_RULES_PATHS="--version").returncode == 2
    assert script(place, TIMING_RULES_CONFIG="empty.yaml", TIMING_RULES_PATHS="right").returncode == 0
    assert not (place / "made").exists()


def test_the_action_gives_the_script_what_it_reads() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    (step,) = action["runs"]["steps"]
    assert action["runs"]["using"] == "composite" and step["run"] == '"$GITHUB_ACTION_PATH/.ci/check-manifests"'
    read = set(re.findall(r"TIMING_RULES_[A-Z]+", SCRIPT.read_text(encoding="utf-8"))) - {"TIMING_RULES_PYTHON"}
    assert {name: value for name, value in step["env"].items()} == {
        name: "${{ inputs." + name.removeprefix("TIMING_RULES_").lower() + " }}" for name in read
    }
    assert {f"TIMING_RULES_{name.upper()}" for name in action["inputs"]} == read
    assert os.access(SCRIPT, os.X_OK)


def test_the_hook_runs_a_command_that_is_there() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert hook["pass_filenames"] is False and hook["language"] == "python"
    words = [*hook["entry"].split(), *hook["args"]]
    assert words[0] == "timing-rules" and run(*words[1:-1], "--show-config").status == 0


def test_the_job_of_gitlab_fails_with_the_check(place: Path) -> None:
    (job,) = yaml.safe_load((ROOT / ".ci" / "gitlab.yml").read_text(encoding="utf-8")).values()
    install, *rest = job["script"]
    assert install.startswith("pip install ") and "slim" not in job["image"]  # pip fetches git+https:// with git
    environment = os.environ | job["variables"]
    refused = subprocess.run(["bash", "-c", install], env=environment, capture_output=True, text=True, check=False)
    assert refused.returncode != 0 and "TIMING_RULES_SOURCE: is not set. Say what pip installs" in refused.stderr
    command = f'timing-rules() {{ "{sys.executable}" -m timing_rules "$@"; }}\nset -e\n' + "\n".join(rest)
    for folder, status in (("wrong", 1), ("right", 0)):
        environment = os.environ | {"TIMING_RULES_PATHS": folder, "PYTHONPATH": str(ROOT / "snippets")}
        ran = subprocess.run(["bash", "-c", command], cwd=place, env=environment, capture_output=True, check=False)
        assert ran.returncode == status
        assert json.loads((place / "timing-rules.sarif").read_text(encoding="utf-8"))["version"] == "2.1.0"


def test_the_container_copies_what_is_there() -> None:
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    sources = re.findall(r"^COPY (\S+) ", text, re.MULTILINE)
    assert sources and all((ROOT / source).exists() for source in sources)
    assert re.search(r"^USER 65534", text, re.MULTILINE)


#: What the programs print, in their form: Helm names the template of each document, kubectl prints one List.
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n"
PRINTED = {
    "helm template": f"---\n# Source: checkout/templates/service.yaml\n{SERVICE}---\n# Source: checkout/templates/web.yaml\n{WRONG}",
    "kubectl get": json.dumps(
        {"apiVersion": "v1", "items": [yaml.safe_load(SERVICE), yaml.safe_load(WRONG)], "kind": "List", "metadata": {}},
        indent=4,
    ),
    "argocd app manifests": f"---\n{WRONG}---\n{SERVICE}",
    "flux build kustomization": f"---\n{SERVICE}---\n{WRONG}---\n",
}


@pytest.mark.parametrize("program", PRINTED)
def test_a_recipe_of_the_page(program: str) -> None:
    """The program is not run here: its output is fed in the form that it prints."""
    for lang in ("en", "ko"):
        page = (ROOT / "docs" / lang / "guides" / "in-ci.md").read_text(encoding="utf-8")
        (line,) = re.findall(rf"^\$ {program} .*\| (timing-rules .*)$", page, re.MULTILINE)
        ran = run(*line.split()[1:], stdin=PRINTED[program])
        assert ran.status == 1 and "PT101" in ran.out


def test_the_recipe_with_kustomize(place: Path) -> None:
    (place / "wrong" / "kustomization.yaml").write_text("namePrefix: eu-\nresources: [web.yaml]\n", encoding="utf-8")
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed here, so the recipe with kustomize is not run")
    built = subprocess.run(["kubectl", "kustomize", place / "wrong"], capture_output=True, text=True, check=True)
    ran = run("check", "-", stdin=built.stdout)
    assert ran.status == 1 and "[Deployment eu-p]" in ran.out
    assert run("check", str(place)).status == 1  # and the folder itself, with its kustomization, can be walked


def test_it_works_without_docstrings_and_assertions(place: Path) -> None:
    command = [sys.executable, "-OO", "-m", "timing_rules"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "snippets")}
    for words, status in (
        (["check", "wrong"], 1),
        (["fix", "wrong"], 0),
        (["timeline", "right"], 0),
        (["rule", "PT101"], 0),
    ):
        ran = subprocess.run(
            [*command, *words], cwd=place, env=environment, capture_output=True, text=True, check=False
        )
        assert (ran.returncode, "Traceback" in ran.stderr) == (status, False), ran.stderr
