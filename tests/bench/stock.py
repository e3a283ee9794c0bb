"""What the site is measured against: stock mkdocs-material with the same text. Directives are comments there, and nothing is drawn."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import yaml

from tests.docs.pages import ROOT, site_configuration

#: The environment of a build, as Makefile has it.
QUIET = os.environ | {
    "NO_MKDOCS_2_WARNING": "1",
    "DISABLE_MKDOCS_2_WARNING": "true",
    "NBCONVERT_DISABLE_CONFIG_EXPORTERS": "1",
}


def settings(lang: str, folder: Path, pages: dict[str, str]) -> Path:
    """Writes pages, as Markdown by their paths, and the configuration that builds them with stock Material. Returns the latter."""
    ours = site_configuration()
    extensions = ours["markdown_extensions"]
    extensions["pymdownx.snippets"] = {"base_path": [str(ROOT)]}
    docs = folder / f"stock-{lang}"
    for name, text in pages.items():
        (docs / name).parent.mkdir(parents=True, exist_ok=True)
        (docs / name).write_text(text, encoding="utf-8")
    values = {
        "site_name": ours["site_name"],
        "site_description": ours["site_description"],
        "docs_dir": str(docs),
        "theme": {"name": "material", "language": lang, "font": False},
        "markdown_extensions": extensions,
        "plugins": ["search"],
    }
    config = folder / f"stock-{lang}.yml"
    config.write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    return config


def build(config: Path, target: Path, root: str = "") -> None:
    """Builds a configuration into a folder, for a site at the address `root`."""
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "-f", str(config), "-d", str(target)]
    done = subprocess.run(command, cwd=ROOT, env=QUIET | {"SITE_URL": root}, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{config.name} does not build:\n{done.stderr[-3000:]}")
