"""Charts: every bar is as long as its value, says it beside itself and in words, and takes its numbers from a record."""

from __future__ import annotations

import re
import sys

import pytest
from mkdocs.exceptions import PluginError
from timing_rules import versions

from tests.docs.pages import ROOT

sys.path[:0] = [str(ROOT / "theme/hooks"), str(ROOT / "snippets")]

import charts  # noqa: E402
from charts import COUNT, SECONDS, Bar  # noqa: E402
from lab import show  # noqa: E402


def bars_of(drawn: str, style: str) -> list[float]:
    return [float(width) for width in re.findall(rf'class="{style}" x="[\d.]+%?" y="\d+" width="([\d.]+)%"', drawn)]


def test_a_bar_is_as_long_as_its_value() -> None:
    drawn = charts.svg("t", [Bar("a", 10, 10, 20), Bar("b", 5, 15)], SECONDS, "en")
    assert bars_of(drawn, "least") == [charts.ROOM / 2, charts.ROOM / 4]
    assert bars_of(drawn, "spread") == [charts.ROOM / 2], "from 5 to 15 of 20"
    assert f'<line x1="{charts.ROOM:.2f}%" x2="{charts.ROOM:.2f}%"' in drawn, "the computed value is the greatest"
    assert f'<text class="value" x="{charts.ROOM:.2f}%"' in drawn, (
        "behind the tick, which is farther right than the bar"
    )
    assert ">10 s</text>" in drawn and ">5–15 s</text>" in drawn
    assert 'a: measured 10 s, computed 20 s. b: measured 5–15 s."' in drawn


def test_korean_charts_speak_korean() -> None:
    drawn = charts.svg("제목", [Bar("a", 3, 4, 4)], COUNT, "ko")
    assert ">3–4개</text>" in drawn and '"제목. a: 측정 3–4개, 계산 4개."' in drawn
    assert ">측정</text>" in drawn and ">계산</text>" in drawn and "measured" not in drawn


def test_a_name_is_text_and_never_markup() -> None:
    drawn = charts.svg("<b>", [Bar("<script>", 1, 1)], COUNT, "en")
    assert "<script>" not in drawn and "&lt;script&gt;" in drawn and "<b>" not in drawn
    assert "computed" not in drawn, "nothing was computed, so no tick is explained"


def test_what_cannot_be_drawn_is_refused() -> None:
    for bars in ([], [Bar("a", 2, 1)]):
        with pytest.raises(PluginError, match="no bars, or one that ends before it begins"):
            charts.svg("t", bars, COUNT, "en")
    with pytest.raises(PluginError, match="the answer of the experiment servers is no number above 0"):
        charts.chart("servers", "en")
    with pytest.raises(show.Missing, match="there is no experiment nothing"):
        charts.chart("nothing", "en")


def test_the_race_is_drawn_from_its_record() -> None:
    """Ten requests a second, from the end of the hook until clients know after 3 s."""
    drawn = charts.chart("endpoint-race", "en")
    assert re.findall(r"(?:preStop sleep of (\d) s|no preStop hook): measured [\d–]+, computed (\d+)", drawn) == [
        ("", "30"), ("1", "20"), ("2", "10"), ("3", "0"), ("4", "0"),
    ]  # fmt: skip
    runs = [run for run in show.Shown("endpoint-race", "en").runs if run["pod"] == "prestop-0s"]
    measured = [value for run in runs for row in run["rows"] if "lost of" in row["what"] for value in row["spread"]]
    assert f">{min(measured)}–{max(measured)}</text>" in drawn


CHARTED = [name for name in show.names() if charts.experiment(name, "en")]


@pytest.mark.parametrize("name", CHARTED)
def test_a_chart_speaks_in_words_and_not_in_names_of_pods_and_clients(name: str) -> None:
    shown = show.Shown(name, "en")
    for lang in ("en", "ko"):
        drawn = charts.chart(name, lang)
        said = re.findall(r"<text[^>]*>([^<]*)</text>", drawn)
        assert not set(said) & shown.pods.keys() - {"gateway"}, (
            f"write `# pod.NAME:` and `# pod.NAME.ko:` into {shown.path}, what each pod is there for"
        )
        assert f' aria-label="{said[0]}. ' in drawn and not re.match(
            r"(new|idle|http2|httpx2|outbound|readiness|tcp|websocket|grpc-stream)\b,", said[0]
        )
        assert lang == "en" or re.search("[가-힣]", said[0])


def test_the_numbers_in_a_case_are_those_of_its_pod() -> None:
    """Each stands in the pod's manifest, or in what the experiment says of it; both languages give the same."""
    spoken = 0
    for name in show.names():
        english, korean = show.Shown(name, "en"), show.Shown(name, "ko")
        text = (ROOT / english.path).read_text(encoding="utf-8")
        for pod in english.pods:
            manifest = next((part for part in text.split("\n---\n") if f"\n  name: {pod}\n" in part), "")
            manifest = manifest.partition("apiVersion:")[2]  # without the header, which has the case itself
            en, ko = (re.findall(r"\d+(?:\.\d+)?(?= s\b|초)", shown.case(pod)) for shown in (english, korean))
            assert en == ko
            spoken += english.case(pod) != pod
            default = [str(int(versions.TERMINATION_DRAIN_DURATION.value))] if pod == "default-drain" else []
            for number in set(en) - set(default):
                assert re.search(
                    rf"(?<![\d.]){re.escape(number)}(s\b| s\b|\n|$)", manifest + english.header["question"]
                ), (pod, number)
    assert spoken > 50
