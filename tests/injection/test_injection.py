"""What Istio's own injector made of 151 manifests (tests/traces/injection): the package makes the same of each.

The same facts have to come out before and after injection: each input and each injected pod is a case of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from timing_rules import Assumptions, ManifestError, MeshConfig, Pod, Timeline, load, timeline

from tests.package.inputs import run
from tests.refused import refusals

FOLDER = Path(__file__).parent.parent / "traces" / "injection"
RECORDED: dict[str, dict[str, Any]] = {one["case"]: one for one in json.loads((FOLDER / "expected.json").read_text())}
TOLERANCE = 0.01
ISTIO_HOOK = ("pilot-agent", "request", "--debug-port=15020", "POST", "drain")


def files() -> dict[str, tuple[dict[str, Any], str]]:
    """Every input and every injected pod, by the name of its test."""
    return {
        f"injection:{name}:{path.stem}": (recorded, path.name)
        for name, recorded in RECORDED.items()
        for path in sorted((FOLDER / name).glob("in*.yaml"))
    }


FILES = files()
UNDECLARED = {
    f"injection:{name}:both": (recorded, pod)
    for name, recorded in RECORDED.items()
    for pod in recorded["expect"]
    if "between" in json.dumps(pod)
}


def flags_of(recorded: dict[str, Any], file: str) -> dict[str, str]:
    """The flags of a file's runs: an injected pod has what mesh configuration gave it."""
    words = recorded["flags"]
    flags = dict(zip(words[::2], words[1::2], strict=True))
    return flags if file == "input.yaml" else {key: word for key, word in flags.items() if key != "--mesh-config"}


def words_of(flags: Mapping[str, str]) -> list[str]:
    return [word for pair in flags.items() for word in pair]


# What is refused.


def wrong_refusal(recorded: dict[str, Any], file: str, flags: dict[str, str]) -> list[str]:
    refused = recorded["refused"] if file == "input.yaml" else None
    if recorded["refused"] and recorded["refused"].get("asked") is False:
        return []
    mesh = flags.get("--mesh-config")
    versions = {key: word for key, word in flags.items() if key != "--mesh-config"}
    said = refusals(file, *words_of(flags)) + (refusals(mesh, *words_of(versions)) if mesh else [])
    if refused and not said:
        return [f"refused by the {refused['by']} ({refused['when']}): {refused['field']}: {refused['why']}; not said"]
    return [] if refused else [f"called refused, and is not: {line}" for line in said]


# What comes out.


def read(file: str, flags: dict[str, str]) -> list[Timeline]:
    """The timelines of a file's pods, with the pods in them."""
    given = items(flags["--mesh-config"], Assumptions()) if "--mesh-config" in flags else []
    mesh = next((item for item in given if isinstance(item, MeshConfig)), None)
    assumptions = Assumptions(
        istio=flags["--istio"],
        kubernetes=flags["--kubernetes"],
        app_shutdown=float(flags["--app-shutdown"].removesuffix("s")),
        connections_idle_after=float(flags["--connections-idle-after"].removesuffix("s")),
        mesh=mesh,
    )
    return [timeline(item) for item in items(file, assumptions) if isinstance(item, Pod)]


def items(file: str, assumptions: Assumptions) -> list[Pod | MeshConfig]:
    try:
        return load(Path(file).read_text(encoding="utf-8"), source=file, assumptions=assumptions)
    except ManifestError as error:
        return error.items


def settings_of(line: Timeline) -> dict[str, Any]:
    names = ("terminationDrainDuration", "drainDuration", "MINIMUM_DRAIN_DURATION", "EXIT_ON_ZERO_ACTIVE_CONNECTIONS")
    return {name: getattr(line.pod.settings, name) for name in names}


def prestop_of(line: Timeline) -> dict[str, Any] | None:
    """istio-proxy's hook, in the words of the recording."""
    proxy = line.pod.proxy_container
    if proxy is None or proxy.preStop is None:
        return None
    hook = proxy.preStop
    if hook.kind == "sleep":
        return {"sleep": hook.seconds}
    command = ISTIO_HOOK if hook.istio and not hook.command else hook.command
    return {hook.kind: list(command), "seconds": hook.seconds, "drains": hook.drains_at is not None}


def differences(expected: Any, given: Any, where: str) -> Iterator[str]:
    """Where what is given is not what is expected; only keys of what is expected are looked at."""
    if isinstance(expected, dict) and "between" in expected:
        low, high = expected["between"]
        if given is not None and not low - TOLERANCE <= given <= high + TOLERANCE:
            yield f"{where} is {given}, not between {low} and {high}"
    elif isinstance(expected, dict):
        if not isinstance(given, dict):
            yield f"{where} is {given}, not {expected}"
        else:
            for key, value in expected.items():
                if key not in given:
                    yield f"{where}.{key} is missing"
                else:
                    yield from differences(value, given[key], f"{where}.{key}")
    elif is_number(expected) and is_number(given):
        if abs(given - expected) > TOLERANCE:
            yield f"{where} is {given}, not {expected}"
    elif expected != given:
        yield f"{where} is {given}, not {expected}"


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def wrong_pod(expected: dict[str, Any], shown: dict[str, Any], line: Timeline) -> list[str]:
    """Where a pod is not as recorded. `shown` is what the command line prints of it, `line` what the library computes."""
    given = {
        "mode": shown["sidecar"],
        "grace": shown["grace"],
        "timeline": shown,
        "settings": settings_of(line),
        "proxy_prestop": prestop_of(line),
        "native_sidecars": [name for name, times in line.containers.items() if times.native],
    }
    return [
        difference
        for key, value in expected.items()
        if key in given
        for difference in differences(value, given[key], key)
    ]


def printed(file: str, flags: dict[str, str]) -> list[dict[str, Any]]:
    """The list that `timeline` prints."""
    return json.loads(run("timeline", file, *words_of(flags), "--format", "json", "--lang", "en").out)


def wrong_pods(recorded: dict[str, Any], file: str, flags: dict[str, str]) -> list[str]:
    shown, lines = printed(file, flags), read(file, flags)
    wrong = []
    for expected in recorded["expect"]:
        if file in expected["files"]:
            place = expected["files"][file]
            if place >= min(len(shown), len(lines)):
                return [f"there is no pod {place} in the list"]
            answers = [wrong_pod(answer, shown[place], lines[place]) for answer in expected.get("either", [expected])]
            closest: list[str] = min(answers, key=len)
            wrong += closest
    return wrong


@pytest.mark.parametrize(("recorded", "file"), FILES.values(), ids=FILES)
def test_as_istio_makes_it(recorded: dict[str, Any], file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER / recorded["case"])
    flags = flags_of(recorded, file)
    wrong = wrong_refusal(recorded, file, flags) + wrong_pods(recorded, file, flags)
    if wrong:
        asked = [f"What does Istio make of {recorded['question']}", *wrong]
        why = [f"{key}: {recorded[key]}" for key in ("because", "note") if key in recorded]
        where = f"$ cd {Path.cwd().relative_to(FOLDER.parents[2])}; timing-rules timeline {file} "
        pytest.fail("\n".join([*asked, *why, where + " ".join(words_of(flags))]), False)


@pytest.mark.parametrize(("recorded", "expected"), UNDECLARED.values(), ids=UNDECLARED)
def test_the_same_before_and_after(
    recorded: dict[str, Any], expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What hangs on a length that nobody declared hangs on it in both files alike."""
    monkeypatch.chdir(FOLDER / recorded["case"])
    pictures = []
    for file, place in expected["files"].items():
        shown = printed(file, flags_of(recorded, file))[place]
        containers = {name: shown["containers"].get(name) for name in expected["timeline"]["containers"]}
        pictures.append({"proxy": shown["proxy"], "containers": containers, "unknown": shown["unknown"]})
    before, after = pictures
    wrong = list(differences(before, after, "after injection: timeline"))
    if wrong:
        pytest.fail("\n".join([f"What does Istio make of {recorded['question']}", *wrong]), False)


def test_every_folder_is_recorded() -> None:
    assert {path.name for path in FOLDER.iterdir() if path.is_dir()} == RECORDED.keys()
    asked = {(name, file) for name, one in RECORDED.items() for pod in one["expect"] for file in pod["files"]}
    assert all((FOLDER / name / file).is_file() for name, file in asked)
