"""The charts of the cluster say what its recordings hold, in both languages, beside what is foretold."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import cluster_charts
import pytest
from mkdocs.exceptions import PluginError

ROOT = Path(__file__).resolve().parents[2]
CLUSTER = ROOT / "tests" / "traces" / "cluster"
CLIENTS = json.loads((CLUSTER / "clients.json").read_text(encoding="utf-8"))
#: Runs in which a failed request has no deleted pod: no endpoint at all, or pods that do not listen yet.
OTHER_CAUSES = {"single-native-pre10", "pnra-native-pre5", "churn20-classic-pre12-tdd14"}


def described(svg: str) -> str:
    found = re.search(r' aria-label="([^"]*)"', svg)
    assert found and "<desc" not in svg
    return html.unescape(found[1])


@pytest.mark.parametrize("name", sorted(set(CLIENTS) - OTHER_CAUSES))
def test_both_recordings_of_a_run_count_the_same_failures(name: str) -> None:
    """The client behind the sidecar, and the access log of that sidecar by the pod that was asked."""
    stops = json.loads((CLUSTER / "stops" / f"{name}.json").read_text(encoding="utf-8"))
    logged = sum(len(pod["measured"]["caller_envoy_not_ok"]) for pod in stops["pods"])
    assert len(CLIENTS[name].get("mesh", {"failed": []})["failed"]) == logged
    assert sum(CLIENTS[name].get("caller_envoy", {}).values()) == logged


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        (
            "en",
            "native sidecar, no preStop. Foretold: 0–5 s, new requests get 503 while clients still send them. "
            "callers with a sidecar: 4 of 1792 failed, 0.07–0.10 s. "
            "callers through kube-proxy: 36 of 1792 failed, 0.05–0.45 s.",
        ),
        (
            "ko",
            "네이티브 사이드카, preStop 없음. 예측: 0~5초, 클라이언트가 아직 보내는 새 요청이 503 응답을 받습니다. "
            "사이드카가 있는 호출자: 1792건 중 4건 실패, 0.07~0.10초. "
            "kube-proxy를 거치는 호출자: 1792건 중 36건 실패, 0.05~0.45초.",
        ),
    ],
)
def test_rollout_says_what_was_lost_and_what_was_foretold(lang: str, told: str) -> None:
    drawn = cluster_charts.chart("rollouts", ["native-none-close"], lang)
    assert described(drawn).endswith(told)
    assert drawn.count("<circle") == 4 + 36
    assert drawn.count('<rect class="tint"') == 1


def test_a_delay_is_foretold_and_seen_to_lose_nothing() -> None:
    drawn = cluster_charts.chart("rollouts", ["native-pre5-close"], "en")
    assert "native sidecar, preStop 5 s. Foretold: nothing is lost" in described(drawn)
    assert "<circle" not in drawn and '<rect class="tint"' not in drawn


def test_failures_before_the_first_deletion_are_counted_and_said() -> None:
    drawn = cluster_charts.chart("rollouts", ["churn20-classic-pre12-tdd14"], "en")
    assert "124 of 2466 failed; 124 of them before the first DELETE" in described(drawn)


def test_an_app_that_goes_on_accepting_is_foretold_to_lose_nothing() -> None:
    assert not list(cluster_charts.foretold("native-none-drain5"))
    assert [(start, end) for start, end, _ in cluster_charts.foretold("native-none-close")] == [(0.0, 5.0)]


def test_propagation_names_the_median_and_the_worst_and_marks_the_assumption() -> None:
    drawn = cluster_charts.chart("propagation", ["rest", "cfg20"], "en")
    assert "the caller's Envoy: median 0.16 s, at most 0.28 s" in described(drawn)
    assert described(drawn).endswith("5 s: assumed where nothing is declared.")
    assert drawn.count('class="limit"') == 1
    # Four of the thirty were never known to the caller's Envoy.
    assert drawn.count("<circle") == 25 + 25 + 30 + 26


def test_connections_are_closed_when_idle_or_answered() -> None:
    told = described(cluster_charts.chart("connections", ["m-8081-inflight9", "m-8081-inflight0"], "en"))
    assert "4 connections, closed after 5.40–5.41 s" in told
    assert "4 connections, closed after 0.13–0.15 s" in told


@pytest.mark.parametrize(
    ("kind", "names", "told"),
    [
        ("speed", ["rest"], "a chart is one of propagation, connections, rollouts"),
        ("rollouts", [], "with the names of its recordings behind it"),
        ("propagation", ["fast"], "there is no tests/traces/cluster/propagation/fast.json"),
        ("rollouts", ["fast"], "there is no fast in tests/traces/cluster/clients.json"),
        ("connections", ["fast"], "there is no tests/traces/cluster/connections/fast.json"),
    ],
)
def test_what_there_is_not_is_named(kind: str, names: list[str], told: str) -> None:
    with pytest.raises(PluginError, match=re.escape(told)):
        cluster_charts.chart(kind, names, "en")


def test_a_pod_that_was_gone_at_once_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    pods = [{"kube_proxy_gone": 0.0, "envoy_gone": None}, {"kube_proxy_gone": 0.5, "envoy_gone": 0.25}]
    monkeypatch.setattr(cluster_charts, "read", lambda path: json.dumps({"repetitions": pods}))
    assert cluster_charts.measured("rest") == {"kube_proxy_gone": [0.0, 0.5], "envoy_gone": [0.25]}
