"""How fast `check` is beside a named peer, on the same files in the same run: `python -m tests.bench.check_speed`.

The peer is kubernetes-validate with its schemas loaded, which reads the same manifests and knows nothing of time. What is
reported is the ratio, not the seconds, which depend on the machine. No test depends on the outcome.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import kubernetes_validate
import yaml
from timing_rules import Pod, check, load, timeline

EXAMPLES = Path(__file__).parents[2] / "examples"
TEXTS = [path.read_text(encoding="utf-8") for path in sorted(EXAMPLES.rglob("*.yaml"))]


def checked() -> int:
    return sum(len(check(item)) for text in TEXTS for item in load(text))


def validated() -> int:
    count = 0
    for text in TEXTS:
        for document in yaml.safe_load_all(text):
            if document and document.get("apiVersion") in ("v1", "apps/v1", "batch/v1", "policy/v1"):
                try:
                    kubernetes_validate.validate(document, "1.34", strict=True)
                except kubernetes_validate.ValidationError:
                    count += 1
    return count


def best_of(run: Callable[[], int], times: int = 5) -> float:
    """The shortest of some runs, in seconds."""
    took = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        took.append(time.perf_counter() - start)
    return min(took)


def main() -> None:
    pods = [item for text in TEXTS for item in load(text) if isinstance(item, Pod)]
    ours, theirs = best_of(checked), best_of(validated)
    lines = best_of(lambda: sum(len(timeline(pod).events) for pod in pods))
    print(f"{len(TEXTS)} files, {len(pods)} pods")
    print(f"check                {ours / len(TEXTS) * 1000:8.2f} ms a file")
    print(f"kubernetes-validate  {theirs / len(TEXTS) * 1000:8.2f} ms a file, {theirs / ours:.1f} times as long")
    print(f"timeline             {lines / len(pods) * 1e6:8.0f} µs a pod")


if __name__ == "__main__":
    main()
