"""A SARIF log, held against the schema that OASIS publishes: what is wrong with it, and where."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

#: jsonschema knows `date-time` and so on by itself, and addresses only with a library that nothing else here needs.
FORMATS = jsonschema.FormatChecker()
#: What an address is written with (RFC 3986, section 2), and how a whole one begins.
ADDRESS = r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*"
SCHEME = r"[A-Za-z][A-Za-z0-9+.-]*:"


@FORMATS.checks("uri-reference")
def _is_reference(text: object) -> bool:
    return not isinstance(text, str) or bool(re.fullmatch(ADDRESS, text))


@FORMATS.checks("uri")
def _is_whole_address(text: object) -> bool:
    return not isinstance(text, str) or bool(re.fullmatch(SCHEME + ADDRESS, text))


@cache
def _validator() -> Any:
    schema = json.loads((Path(__file__).parent / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema, format_checker=FORMATS)


def faults(log: object) -> list[str]:
    """Each thing in a log that the standard refuses, with its path; none if the log is valid."""
    return [f"{error.json_path}: {error.message}" for error in _validator().iter_errors(log)]
