"""Answers of the package as the page gets it: `python packed_answers.py FOLDER` reads questions, one a line, and prints answers.

FOLDER holds the packed modules, and in `library` what stands in for the standard library: here it takes its place before
the package is imported. Not a test; test_packed_python.py starts it.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType

folder = Path(sys.argv[1])
for path in sorted((folder / "library").rglob("*.py")):
    name = ".".join(path.relative_to(folder / "library").with_suffix("").parts).removesuffix(".__init__")
    sys.modules[name] = ModuleType(name)
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), vars(sys.modules[name]))
sys.path.insert(0, str(folder))
answer = importlib.import_module("timing_rules.browser").answer
for line in sys.stdin:
    print(json.dumps(answer(line)))
