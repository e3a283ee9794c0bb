"""What one other value makes of an input: each value of the files in varied/ is taken away or replaced, one at a time, also
within a text that is YAML or JSON itself.

A file begins with the facts that it is judged with, a line each. Told is what differs from the file as it stands: errors,
findings that are new or gone, and moments of the timeline. A value that changes nothing is not told.
"""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from timing_rules import Assumptions, MeshConfig, Pod, check, timeline
from timing_rules.manifest.read import read
from timing_rules.rules.engine import Finding, RuleFailure
from timing_rules.text import seconds

FOLDER = Path(__file__).with_name("varied")
GONE = object()
_Path = tuple[str | int, ...]


class _Inner(dict[str, Any]):
    """A mapping that stands in a value as text: as YAML, or as JSON where it was."""

    def __init__(self, mapping: dict[str, Any], *, as_json: bool) -> None:
        super().__init__(mapping)
        self.as_json = as_json

    def __deepcopy__(self, memo: dict[int, Any]) -> _Inner:
        return _Inner(copy.deepcopy(dict(self), memo), as_json=self.as_json)

    def text(self) -> str:
        """It as it is written."""
        return json.dumps(self) if self.as_json else yaml.safe_dump(dict(self), sort_keys=False)


def _opened(value: Any) -> Any:
    """A tree in which texts that hold a mapping are such mappings."""
    if isinstance(value, dict):
        return {key: _opened(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_opened(child) for child in value]
    if isinstance(value, str) and ":" in value and isinstance(inner := yaml.safe_load(value), dict):
        return _Inner(inner, as_json=value.startswith("{"))
    return value


def _closed(value: Any) -> Any:
    """The same tree with them as texts again."""
    if isinstance(value, _Inner):
        return value.text()
    if isinstance(value, dict):
        return {key: _closed(child) for key, child in value.items()}
    return [_closed(child) for child in value] if isinstance(value, list) else value


class _Labels:
    """A short name for each line that is told, so that it stands in the snapshot once: `PT101-2`, `ends-3`."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.counts = Counter[str]()

    def of(self, lines: Counter[str], sign: str) -> list[str]:
        """The names of lines."""
        for line in lines:
            if line not in self.names:
                kind = line.split(" ")[0]
                self.counts[kind] += 1
                self.names[line] = f"{kind}-{self.counts[kind]}"
        return [f"{sign}{self.names[line]}{f'×{count}' if count > 1 else ''}" for line, count in lines.items()]


def variations(name: str) -> Iterator[list[str]]:
    """Each other value of a file, and what it changes; at the end, what the short names stand for."""
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    facts = [Assumptions(**json.loads(line[9:])) for line in text.splitlines() if line.startswith("# facts: ")]
    documents, labels = [_opened(document) for document in yaml.safe_load_all(text)], _Labels()
    for number, given in enumerate(facts):
        usual = _outcome(documents, given)
        lines = [f"==== {name}, facts {number + 1}: {' '.join(labels.of(usual, ''))}"]
        for path in paths(documents):
            lines += _differences(documents, path, given, usual, labels)
        yield lines
    yield [f"{label}: {line.partition(' ')[2]}" for line, label in labels.names.items()]


def _differences(
    documents: list[Any], path: _Path, given: Assumptions, usual: Counter[str], labels: _Labels
) -> Iterator[str]:
    """The other values of one place, those together that make the same difference."""
    alike: dict[str, list[str]] = {}
    for word, other in others(_at(documents, path)).items():
        outcome = _outcome(replaced(documents, path, other), given)
        difference = " ".join([*labels.of(outcome - usual, "+"), *labels.of(usual - outcome, "-")])
        alike.setdefault(difference, []).append(word)
    alike.pop("", None)
    for difference, words in alike.items():
        yield f"{'.'.join(map(str, path))} = {' | '.join(words)}: {difference}"


def others(value: Any) -> dict[str, Any]:
    """Other values for one, by their names: of its type, and of every other. What stands twice is written as an alias."""
    if isinstance(value, dict):
        listed: list[Any] = [None, {}, "x"]
    elif isinstance(value, list):
        listed = [None, [], [None]]
    elif isinstance(value, bool):
        listed = [not value, str(value).lower(), 1]
    elif isinstance(value, int):
        listed = [value + 1, 0, -1, str(value), 0.5]
    else:
        listed = [None, "", f"{value}x", 7]
    named = {json.dumps(other, ensure_ascii=False): other for other in listed}
    named |= {"twice": [*value, *value]} if isinstance(value, list) else {}
    return {"gone": GONE, **named, "in a list": [value], "in a mapping": {"x": value}}


def paths(value: Any, path: _Path = ()) -> Iterator[_Path]:
    """The place of every value below one; a document as a whole is none."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in pairs:
        if path:
            yield (*path, key)
        yield from paths(child, (*path, key))


def _at(value: Any, path: _Path) -> Any:
    for key in path:
        value = value[key]
    return value


def replaced(documents: list[Any], path: _Path, other: Any) -> list[Any]:
    """The documents with another value at a place, or with none there."""
    changed = copy.deepcopy(documents)
    holder = _at(changed, path[:-1])
    if other is GONE:
        del holder[path[-1]]
    else:
        holder[path[-1]] = other
    return changed


def _outcome(documents: list[Any], given: Assumptions) -> Counter[str]:
    """What is told of documents, a line each; a place is told by the text of its line, which does not move.

    A list of `kubectl get` is written as JSON, as people pipe it.
    """
    documents = [_closed(document) for document in documents]
    if documents[0].get("kind") == "List":
        text = json.dumps(documents[0], indent=1)
    else:
        text = yaml.dump_all(documents, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=10_000)
    rows, lines = text.splitlines() or [""], Counter[str]()
    reading = read([("-", text)], given)
    for error in reading.errors:
        lines[f"error {rows[error.line - 1].strip()[:60]!r}: {error.sentence.en}"] += 1
    for note in (*reading.notes, *reading.unread):
        lines[f"note {rows[note.line - 1].strip()[:60]!r}: {note.text.en}"] += 1
    failures = list[RuleFailure]()
    for item in reading.items:
        lines.update(_told(finding, rows) for finding in check(item, failures))
        lines.update(_moments(item) if isinstance(item, Pod) else [f"mesh {_mesh(item)}"])
    assert not failures, f"{failures} in\n{text}"
    lines.update(f"unread {kind} {count}" for kind, count in [*reading.passed_over.items(), *reading.skipped.items()])
    return lines


def _told(finding: Finding, rows: list[str]) -> str:
    place = f"{finding.kind} {finding.container} {rows[finding.line - 1].strip()[:60]!r}"
    edits = "".join(f" {edit.text!r}" for edit in finding.edits)
    return f"{finding.rule} {finding.severity} {place}: {finding.message.en}; {finding.fix.en}{edits}"


def _mesh(mesh: MeshConfig) -> str:
    values = dict(mesh.layer.values) if mesh.layer is not None else None
    hook = mesh.proxy_hook.seconds if mesh.proxy_hook is not None else None
    return f"{mesh.kind} {values} {hook} {mesh.stated} {mesh.native_env} {mesh.image_type} {mesh.selector}"


def _moments(pod: Pod) -> Iterator[str]:
    line, name = timeline(pod), pod.kind
    yield f"pod {name} {line.sidecar}, grace {line.grace}, {', '.join((*line.assumed, *line.unknown))}"
    for container, times in line.containers.items():
        ends = (times.prestop_end, times.sigterm, times.end, times.sigkill)
        yield f"ends {name} {container} {' '.join(map(seconds, ends))}{' killed' if times.killed else ''}"
    if line.proxy is not None:
        moments = (line.proxy.drain_start, line.proxy.inbound_closes, line.proxy.envoy_killed)
        yield f"envoy {name} {' '.join(map(seconds, moments))}"
    for loss in line.losses:
        yield f"lost {name} {seconds(loss.start)}–{seconds(loss.end)}: {loss.text.en}"
