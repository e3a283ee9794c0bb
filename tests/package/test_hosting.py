"""What a host of the repository reads under .github/: workflows and templates name things that exist, in both languages."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.pages import ROOT

FOLDER = ROOT / ".github"
WORKFLOWS = sorted((FOLDER / "workflows").glob("*.yml"))
FORMS = sorted(path for path in (FOLDER / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")
HANGUL = re.compile(r"[가-힣]")


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in read(path)["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_pins_its_actions_and_runs_what_exists(path: Path) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for step in steps(path):
        if "uses" in step:
            assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", step["uses"]), f"{step['uses']}: pin it to a commit"
            continue
        program, _, argument = step["run"].partition(" ")
        assert argument in targets if program == "make" else (ROOT / program).is_file(), step["run"]


def test_ci_runs_on_every_python_that_the_package_is_for() -> None:
    matrix = read(FOLDER / "workflows" / "ci.yml")["jobs"]["ci"]["strategy"]["matrix"]["python"]
    needs = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    assert needs == f">={matrix[0]}" and matrix == [f"3.{minor}" for minor in range(11, 15)]


def test_the_site_is_published_from_the_folder_that_is_built_under_the_address_of_its_host() -> None:
    by_name = {
        step.get("uses", step.get("run", "")).partition("@")[0]: step
        for step in steps(FOLDER / "workflows" / "site.yml")
    }
    built = re.search(r"^site_dir: (\S+)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    assert built and by_name["actions/upload-pages-artifact"]["with"]["path"] == built[1]
    pages = by_name["actions/configure-pages"]["id"]
    assert by_name["make build"]["env"]["SITE_URL"] == f"${{{{ steps.{pages}.outputs.base_url }}}}/"


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_a_form_asks_in_both_languages(path: Path) -> None:
    form = read(path)
    asked = [form["name"], form["description"]]
    for field in form["body"]:
        assert field["type"] in ("input", "textarea") and field["id"], "GitHub knows no other without options"
        asked.append(field["attributes"]["label"])
        asked += [field["attributes"]["description"]] if "description" in field["attributes"] else []
    for sentence in asked:
        assert HANGUL.search(sentence) and re.match(r"[A-Z]", sentence), sentence


def test_the_checklist_of_a_change_is_in_both_languages_and_names_what_exists() -> None:
    text = (FOLDER / "pull_request_template.md").read_text(encoding="utf-8")
    boxes = re.findall(r"^- \[ \] (.+)$", text, re.MULTILINE)
    assert len(boxes) == 4 and all(" / " in box and HANGUL.search(box.partition(" / ")[2]) for box in boxes)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`make ([a-z ]+)", text):
        assert all(f"\n{name}:" in makefile for name in target.split()), target
    assert all((ROOT / name).is_file() for name in re.findall(r"CONTRIBUTING[.a-z]*md", text))
