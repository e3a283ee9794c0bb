"""The picture of a timeline and its table: whole, escaped, legible without colour, in both languages."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from itertools import pairwise
from typing import Any

import pytest
from timing_rules import Pod, Timeline, load, timeline
from timing_rules.show.lanes import NOTES
from timing_rules.show.picture import svg
from timing_rules.show.recording import seen_at
from timing_rules.show.scale import Label, Scale, wrapped
from timing_rules.show.table import table as event_table
from timing_rules.show.thumbnail import thumbnail

from tests.examples.manifests import ALL, ROOT
from tests.package.inputs import IN, config, manifest, pod, runs, sleeps, web

SVG = "{http://www.w3.org/2000/svg}"
GUIDE = ROOT / "examples" / "wrong" / "PT203-listeners-close-during-the-prestop-hook.yaml"
MESH = ROOT / "tests" / "traces" / "mesh"
HANGUL = re.compile("[가-힣]")


def drawn(line: Timeline, **more: Any) -> ET.Element:
    return ET.fromstring(svg(line, **more))


def words(root: ET.Element) -> str:
    """What a picture says, its times in one unit."""
    return "\n".join(in_seconds(one) for one in root.iter(f"{SVG}text"))


def named(root: ET.Element) -> str:
    """What who cannot see it hears."""
    return root.get("aria-label") or ""


def in_seconds(one: ET.Element) -> str:
    return re.sub("(?<=[0-9])초", " s", "".join(one.itertext()))


def tabled(line: Timeline, **more: Any) -> ET.Element:
    """The table, and what stands around it."""
    return ET.fromstring(f"<div>{event_table(line, **more)}</div>")


def of(text: str, **assumptions: Any) -> Timeline:
    return timeline(pod(text, **assumptions))


KILLED = of(
    manifest(labels=IN, containers=[web(**sleeps(10))], annotations=config(drainDuration="9s")),
    sidecar="classic",
    app_shutdown=25.0,
)
LINES = [(one.name, timeline(item)) for one in ALL for item in load(one.text) if isinstance(item, Pod)]
UNKNOWN = of(manifest(labels=IN, containers=[web(**runs("./x")), {"name": "b"}]), sidecar="classic")
LINES += [("killed", KILLED), ("unknown", UNKNOWN), ("nothing", of(manifest(containers=[])))]
LINES += [("later than the grace period", of(manifest(terminationGracePeriodSeconds=1)))]
LINES += [("at once", of(manifest(terminationGracePeriodSeconds=0), app_shutdown=0.0))]


@pytest.mark.parametrize(("name", "line"), LINES, ids=[f"{number}-{name}" for number, (name, _) in enumerate(LINES)])
def test_every_picture_is_well_formed_titled_and_inside_its_frame(name: str, line: Timeline) -> None:
    for lang in ("en", "ko"):
        root = drawn(line, lang=lang, title="A & B")
        label = named(root)
        assert label.startswith("A & B. ") and root.get("role") == "img"
        assert not [one.tag for one in root.iter() if one.tag in (f"{SVG}title", f"{SVG}desc")]  # told once
        idents = [one.get("id") for one in root.iter() if one.get("id")]
        assert len(idents) == len(set(idents))
        assert set(re.findall(r"url\(#([^)]+)\)", svg(line, lang=lang))) <= set(idents)
        for one in root.iter(f"{SVG}rect"):
            x, width = float((one.get("x") or "").rstrip("%")), one.get("width") or ""
            assert 0 <= x <= 100 and (x + float(width.rstrip("%")) <= 98 if width.endswith("%") else float(width) > 0)
        said = words(root) + label
        assert bool(HANGUL.search(said)) == (lang == "ko")
        for container, times in line.containers.items():
            assert container in words(root) and container in label
            assert times.end is None or f"{times.end:g} s" in words(root)
        heights = [float(one.get("y") or 0) for one in root.iter(f"{SVG}text")]
        assert max(heights) <= float(root.get("height") or 0)


@pytest.mark.parametrize(("name", "line"), LINES[::7], ids=lambda value: value if isinstance(value, str) else "")
def test_the_table_has_a_row_for_every_event_and_nothing_else(name: str, line: Timeline) -> None:
    for lang in ("en", "ko"):
        root = tabled(line, lang=lang)
        heads = ["".join(one.itertext()) for one in root.iter("th")]
        rows = [[in_seconds(cell) for cell in row] for row in root.findall(".//tbody/tr")]
        assert (
            len(heads) == 3
            and all(one.get("scope") == "col" for one in root.iter("th"))
            and bool(HANGUL.search("".join(heads))) == (lang == "ko")
        )
        events = [
            [
                f"{event.at:.6f}".rstrip("0").rstrip(".") + " s",
                {"ko": "클라이언트"}.get(lang, event.actor) if event.actor == "clients" else event.actor,
                re.sub("(?<=[0-9])초", " s", event.text.get(lang)),
            ]
            for event in line.events
        ]
        assert rows == events and root.find(".//ul") is None


EVIL = """<script>alert(1)</script>&"'"""


def test_names_are_escaped() -> None:
    text = manifest(
        labels=IN, containers=[web(), {"name": EVIL, "ports": [{"containerPort": 1}], **sleeps(2)}]
    ).replace("name: p\n", f"name: {json.dumps(EVIL)}\n")
    line = of(text, sidecar="classic", app_shutdown=9.0)
    for lang in ("en", "ko"):
        for title in (None, EVIL):
            picture, table = svg(line, lang=lang, title=title), event_table(line, lang=lang)
            root = ET.fromstring(picture)
            assert (
                "<script" not in picture + table
                and EVIL in words(root)
                and EVIL in "".join(tabled(line, lang=lang).itertext())
            )
            head = EVIL if title else {"en": f"How {EVIL} stops", "ko": f"{EVIL} 종료 과정"}[lang]
            assert named(root).startswith(f"{head}. ") and "<script>" in named(root).removeprefix(head)


def shapes(root: ET.Element, name: str, size: str = "%") -> list[ET.Element]:
    """The bars of a class; those of the legend are of fixed size, the others in percent."""
    found = [one for one in root.iter(f"{SVG}rect") if name in (one.get("class") or "").split()]
    return [one for one in found if (one.get("width") or "").endswith("%") == (size == "%")]


def test_bars_are_as_long_as_their_time() -> None:
    line = of(manifest(containers=[web(**sleeps(10))]), app_shutdown=15.0)
    hook, run = shapes(drawn(line), "bar")
    at = [float((one.get(key) or "").rstrip("%")) for one in (hook, run) for key in ("x", "width")]
    assert (
        at == pytest.approx([1, 32, 33, 48])
        and "url(#prestop)" in (hook.get("style") or "")
        and "run" in (run.get("class") or "")
    )


def seconds_of(one: ET.Element, most: float) -> tuple[float, float]:
    """Start and end of a bar in seconds."""
    x, width = (float((one.get(key) or "").rstrip("%")) for key in ("x", "width"))
    return round((x - 1) / 96 * most, 2), round((x - 1 + width) / 96 * most, 2)


def lines(root: ET.Element, name: str, most: float) -> list[float]:
    """The seconds at which ticks of a class stand."""
    places = [one for one in root.iter(f"{SVG}line") if one.get("class") == name]
    assert all(one.get("x1") == one.get("x2") for one in places)
    return sorted(round((float((one.get("x1") or "").rstrip("%")) - 1) / 96 * most, 2) for one in places)


def test_everything_stands_at_its_time() -> None:
    root = drawn(KILLED)
    assert KILLED.proxy is not None and KILLED.proxy.envoy_killed == 5 and KILLED.containers["web"].end == 30
    assert [seconds_of(one, 30) for one in shapes(root, "drain")] == [(0, 5)]
    assert [seconds_of(one, 30) for one in shapes(root, "lost")] == [(5, 30)]
    assert [seconds_of(one, 30) for one in shapes(root, "loss")] == [(5, 30)]
    assert named(root) == (
        "How p stops. Grace period: 30 s. web: its preStop hook ends at 10 s, SIGTERM at 10 s, without a proxy from 5 s, SIGKILL at 30 s. "
        "istio-proxy (classic): SIGTERM at 0 s, drains from 0 s, ends at 5 s. 5–30 s: web: runs without a proxy, every call "
        "that it makes is refused. 30 s: web: SIGKILL cuts the work that it still does."
    )
    assert lines(root, "kill", 30) == [5.0, 30.0, 30.0]  # the proxy is gone, the kill, and its foot
    (limit,) = [one for one in root.iter(f"{SVG}line") if one.get("class") == "limit"]
    assert limit.get("x1") == limit.get("x2") == "97.00%"
    ticks = [(one.get("x"), one.text) for one in root.iter(f"{SVG}text") if (one.text or "").endswith(" s")]
    assert {(f"{1 + 96 * second / 30:.2f}%", f"{second} s") for second in range(0, 31, 5)} <= set(ticks)
    ordered = of(
        manifest(initContainers=[{"name": "logs", "restartPolicy": "Always"}]), app_shutdown={"web": 6.0, "logs": 3.0}
    )
    bars = [seconds_of(one, 30) for one in shapes(drawn(ordered), "bar")]
    assert bars == [(0, 6), (0, 6), (6, 9)] and "waits" in words(drawn(ordered)).split("\n")


def test_colour_is_never_the_only_mark() -> None:
    root, said = drawn(KILLED), words(drawn(KILLED))
    assert "✕ SIGKILL 30 s" in said and "✕ no proxy 5 s" in said
    assert all("url(#lost)" in (one.get("style") or "") for one in shapes(root, "lost"))
    assert len(shapes(root, "lost")) == len([one for one in KILLED.losses if one.end > one.start]) == 1
    unknown = drawn(UNKNOWN)
    assert "?" in words(unknown) and shapes(unknown, "open")
    style = "".join(root.itertext())
    assert re.search(r"\.open\{[^}]*dasharray", style) and re.search(r"\.limit\{[^}]*dasharray", style)
    for name, text in {"prestop": "preStop hook", "run": "SIGTERM 10 s", "drain": "drains", "lost": "5–30 s"}.items():
        assert text in said, name


def test_what_a_figure_names_in_place_has_no_key_below_it() -> None:
    """The span of who sends, of what is lost and of what was measured, and SIGTERM; a phase where its bar has room for its name."""
    plain = words(drawn(of(manifest(), app_shutdown=1.0, propagation=0.0)))
    for text in ("after SIGTERM", "preStop hook", "drains", "requests can be lost", "not declared", "measured"):
        assert text not in plain
    for line in (of(manifest(containers=[SERVED]), app_shutdown=20.0), KILLED):
        assert not {"new requests", "after SIGTERM", "requests can be lost"} & set(words(drawn(line)).split("\n"))
    assert "not declared" in words(drawn(UNKNOWN)).split("\n")


#: A phase, how long it is, of 30 s, and what its bar or, below the picture, its key says of it.
PHASES = [
    ("en", "hook", 8, "preStop hook", "key"), ("en", "hook", 9, "preStop hook", "bar"),
    ("ko", "hook", 6, "preStop 훅", "key"), ("ko", "hook", 7, "preStop 훅", "bar"),
    ("en", "flight", 6, "requests in flight", "key"), ("en", "flight", 7, "in flight", "bar"), ("en", "flight", 13, "requests in flight", "bar"),
    ("ko", "flight", 4, "처리 중인 요청", "key"), ("ko", "flight", 5, "처리 중", "bar"), ("ko", "flight", 9, "처리 중인 요청", "bar"),
    ("en", "turn", 4, "Envoy drains", "key"), ("en", "turn", 5, "drains", "bar"), ("en", "turn", 9, "waits, drains", "bar"),
    ("en", "turn", 17, "waits for its turn, drains", "bar"),
    ("ko", "turn", 4, "Envoy 드레인", "key"), ("ko", "turn", 5, "드레인", "bar"), ("ko", "turn", 8, "대기, 드레인", "bar"),
    ("ko", "turn", 14, "차례를 기다리며 드레인", "bar"),
]  # fmt: skip


def places(root: ET.Element) -> dict[str, list[str]]:
    """What stands in bars, and what in keys. Words in a bar begin 5 px behind its start."""
    texts = [one for one in root.iter(f"{SVG}text") if (one.get("class") or "").endswith("small")]
    found = {
        "bar": [one for one in texts if one.get("dx") == "5"],
        "key": [one for one in texts if one.get("dx") == "24"],
    }
    return {place: ["".join(one.itertext()) for one in of_place] for place, of_place in found.items()}


@pytest.mark.parametrize(("lang", "phase", "length", "name", "place"), PHASES)
def test_a_phase_is_named_in_its_bar_by_the_longest_name_that_has_room(
    lang: str, phase: str, length: int, name: str, place: str
) -> None:
    hook = {**SERVED, **sleeps(length)} if phase == "hook" else SERVED
    shutdown = 1.0 if phase == "hook" else float(length)
    text, mode = (
        manifest(labels=IN if phase == "turn" else {}, containers=[hook]),
        "native" if phase == "turn" else "none",
    )
    found = places(drawn(of(text, app_shutdown=shutdown, sidecar=mode), lang=lang))
    assert name in found[place] and name not in found["key" if place == "bar" else "bar"]
    waits = {"en": "waits for its turn", "ko": "차례를 기다림"}[lang]
    assert (waits in found["key"]) is (phase == "turn" and name in ("Envoy drains", "drains", "Envoy 드레인", "드레인"))


def test_words_in_a_bar_meet_no_tick_and_not_what_stands_at_its_end() -> None:
    """In every picture there is, on the narrowest screen."""
    count = 0
    for name, line in [*LINES, ("late", LATE), ("close", CLOSE), ("apart", APART)]:
        for lang in ("en", "ko"):
            root = drawn(line, lang=lang)
            texts = list(root.iter(f"{SVG}text"))
            ticks = [one for one in root.iter(f"{SVG}line") if one.get("class") in ("tick", "kill")]
            for inside in (one for one in texts if one.get("dx") == "5"):
                count += 1
                (left, right), y = extent(inside), float(inside.get("y") or 0)
                met = [one for one in ticks if left < float((one.get("x1") or "").rstrip("%")) / 100 * PICTURE < right]
                assert not [one for one in met if float(one.get("y1") or 0) < y < float(one.get("y2") or 0)], name
                beside = [
                    one for one in texts if one.get("dx") in ("6", "-6") and abs(float(one.get("y") or 0) - y) < 4
                ]
                assert not [one for one in beside if extent(one)[0] < right and left < extent(one)[1]], name
    assert count > 200


def test_the_picture_that_explains_has_every_key_and_numbers_in_its_bars() -> None:
    (pod,) = (item for item in load(GUIDE.read_text()) if isinstance(item, Pod))
    for lang, keys in (
        (
            "en",
            [
                "new requests",
                "preStop hook",
                "after SIGTERM",
                "requests in flight",
                "Envoy drains",
                "requests can be lost",
            ],
        ),
        ("ko", ["새 요청", "preStop 훅", "SIGTERM 뒤", "처리 중인 요청", "Envoy 드레인", "요청 유실 가능"]),
    ):
        assert places(drawn(timeline(pod), lang=lang, numbers=True)) == {"bar": [], "key": keys}


@pytest.mark.parametrize("name", ["native-plain", "classic-drain-12s", "gateway"])
def test_a_recording_is_drawn_under_what_was_computed(name: str) -> None:
    measured = json.loads((MESH / f"{name}.json").read_text())
    (item,) = [one for one in load((MESH / f"{name}.yaml").read_text()) if isinstance(one, Pod)]
    line = timeline(item)
    root, table = drawn(line, measured=measured), event_table(line, measured=measured)
    ends = {one: measured["measured"]["containers"][one]["end"] for one in line.containers}
    if name == "gateway":  # a gateway is its proxy: the upstream that was recorded with it has no lane
        assert "web" not in words(root) and ends.pop("web")
    assert len(shapes(root, "seen")) == len(ends)
    for end in ends.values():
        assert f"measured {end:g} s" in words(root) and f"{end:g} s" in table
    assert named(root).startswith("Computed and measured: how a ")
    assert "Kubernetes 1.33.13" in table and len(tabled(line, measured=measured).findall(".//th")) == 4
    korean = event_table(line, measured=measured, lang="ko")
    assert HANGUL.search(korean.partition("<small>")[2]) and "측정" in words(drawn(line, measured=measured, lang="ko"))


def test_each_event_stands_beside_what_was_seen_of_it() -> None:
    measured = json.loads((MESH / "native-plain.json").read_text())
    (item,) = [one for one in load((MESH / "native-plain.yaml").read_text()) if isinstance(one, Pod)]
    rows = [[in_seconds(cell) for cell in row] for row in tabled(timeline(item), measured=measured).iter("tr")]
    seen = {(row[1], row[2].split(":")[0]): row[3] for row in rows if len(row) == 4 and row[3]}
    assert seen[("web", "SIGTERM")] == "4.01 s" and seen[("web", "exits")] == "7.02 s"
    assert seen[("istio-proxy", "SIGTERM")] == "7.06 s" and seen[("web", "its preStop hook ends")] == "4 s"
    assert seen[("istio-proxy", "Istio's preStop hook calls the agent's /drain")] == "0.04 s"
    assert seen[("istio-proxy", "Envoy starts to drain")] == "0.04 s"


def test_a_recording_of_one_app_says_nothing_of_the_sigterm_of_two() -> None:
    measured = json.loads((MESH / "native-plain.json").read_text())
    for containers, seen in (([web()], 4.01), ([web(), {"name": "b"}], None)):
        line = of(manifest(labels=IN, containers=containers), sidecar="native", app_shutdown=1.0)
        times = [seen_at(event, line, measured["measured"]) for event in line.events if event.kind == "sigterm"]
        assert times == [seen] * len(containers) + [7.06]  # istio-proxy's own stands in the agent's log


def test_the_hook_of_a_native_sidecar_ends_unseen() -> None:
    """It waits for its turn then, and nothing that a recording holds happens to it."""
    text = manifest(
        containers=[web(**sleeps(4))],
        initContainers=[{"name": "log", "image": "log:1", "restartPolicy": "Always", **sleeps(1)}],
    )
    line = of(text, app_shutdown=1.0)
    stops = {"web": {"stop_called": 4.01, "end": 5.02}, "log": {"stop_called": 5.03, "end": 6.0}}
    measured = {"containers": stops, "agent_log": [], "app": {"sigterm": 4.02}}
    seen = {(event.actor, event.kind): seen_at(event, line, measured) for event in line.events}
    assert (seen["web", "prestop-end"], seen["log", "prestop-end"]) == (4.01, None)
    assert (seen["web", "sigterm"], seen["web", "end"]) == (4.02, 5.02)


#: How wide a letter is at most, in pixels, and the narrowest picture: on a phone of 360 px.
LETTER, SYLLABLE, PICTURE = 6.3, 11.2, 320


def extent(label: ET.Element) -> tuple[float, float]:
    """From where to where a label reaches, in pixels."""
    text = "".join(label.itertext())
    width = sum(SYLLABLE if HANGUL.match(letter) else LETTER for letter in text)
    x = float((label.get("x") or "").rstrip("%")) / 100 * PICTURE + float(label.get("dx") or 0)
    anchor = label.get("text-anchor") or "start"
    return {"start": (x, x + width), "middle": (x - width / 2, x + width / 2), "end": (x - width, x)}[anchor]


LATE = of(manifest(labels=IN), sidecar="native", app_shutdown=29.0)
CLOSE = of(
    manifest(labels=IN, annotations=config(drainDuration="2s", terminationDrainDuration="20s")), sidecar="classic"
)
APART = of(
    manifest(labels=IN, annotations=config(drainDuration="25s", terminationDrainDuration="29s")), sidecar="classic"
)


@pytest.mark.parametrize(("name", "line"), [*LINES, ("late", LATE), ("close", CLOSE), ("apart", APART)])
def test_labels_stay_inside_the_picture_and_leave_each_other_room(name: str, line: Timeline) -> None:
    for lang in ("en", "ko"):
        rows: dict[str, list[tuple[float, float]]] = {}
        for label in drawn(line, lang=lang).iter(f"{SVG}text"):
            left, right = extent(label)
            assert left >= 0 and right <= PICTURE, f"{name}: {''.join(label.itertext())}"
            if "small" in (label.get("class") or ""):
                rows.setdefault(label.get("y") or "", []).append((left, right))
        for labels in rows.values():
            ordered = sorted(labels)
            assert all(before[1] <= after[0] for before, after in pairwise(ordered)), f"{name}: {ordered}"


def test_labels_without_room_go_below_each_other() -> None:
    for line, row in ((CLOSE, 1), (APART, 1)):
        root = drawn(line)
        at = {in_seconds(one): float(one.get("y") or 0) for one in root.iter(f"{SVG}text")}
        closes = next(text for text in at if text.startswith("listeners close"))
        proxy = [one for one in root.iter(f"{SVG}text") if one.text and one.text.startswith("SIGTERM 0 s")][-1]
        assert float(proxy.get("y") or 0) + (14 * row if line is CLOSE else 0) == at[closes]


SERVED = web(ports=[{"containerPort": 8080}])


def sentences(root: ET.Element) -> str:
    """What a picture says in sentences: the words of all lines, as one."""
    return " ".join(words(root).split("\n")).replace("\N{NO-BREAK SPACE}", " ")


def test_a_sentence_breaks_between_words_and_never_before_a_unit() -> None:
    said = "Requests sent until 100 s, accepted until 200 s."
    for first in range(0, 300, 7):
        lines = wrapped(said, first)
        assert " ".join(lines).replace("\N{NO-BREAK SPACE}", " ") == said
        assert not any(line.startswith("s") and not line.startswith("sent") for line in lines)
        assert all(len(line) * LETTER <= PICTURE - 8 for line in lines)


def test_a_lost_window_stands_below_those_who_still_send() -> None:
    """The cause is in the picture: the clients' lane, the tick at which the app stops accepting, the column, the sentence."""
    line = of(manifest(containers=[SERVED]), app_shutdown=10.0)
    root = drawn(line)
    assert [seconds_of(one, 30) for one in shapes(root, "sends")] == [(0, 5)] and lines(root, "last", 30) == [5]
    assert lines(root, "tick", 30) == [0] and "SIGTERM 0 s: stops accepting" in words(root)
    (column,) = shapes(root, "lost")
    assert seconds_of(column, 30) == (0, 5)
    top, bottom = float(column.get("y") or 0), float(column.get("y") or 0) + float(column.get("height") or 0)
    for bar in (*shapes(root, "sends"), *shapes(root, "bar"), *shapes(root, "flight")):
        assert top <= float(bar.get("y") or 0) and float(bar.get("y") or 0) + float(bar.get("height") or 0) <= bottom
    assert [seconds_of(one, 30) for one in shapes(root, "flight")] == [(0, 10)]
    assert "clients new requests until 5 s, assumed" in words(root)
    assert "0–5 s web: new requests are refused while clients still send them" in sentences(root)
    korean = drawn(line, lang="ko")
    assert "클라이언트 새 요청을 5 s까지 보냄(가정)" in words(korean) and "SIGTERM 0 s: 새 요청 받지 않음" in words(
        korean
    )
    assert "0–5 s web: 클라이언트가 아직 보내는 새 요청이 거부됩니다" in sentences(korean)


def test_the_load_balancer_has_a_lane_where_it_is_declared() -> None:
    line = of(manifest(containers=[SERVED]), app_shutdown=1.0, lb_deregistration=20.0, propagation=2.0)
    root = drawn(line)
    assert [seconds_of(one, 30) for one in shapes(root, "sends")] == [(0, 2), (0, 20)]
    assert "load balancer new requests until 20 s, declared" in words(root)
    assert "clients new requests until 2 s, declared" in words(root)
    assert "로드 밸런서 새 요청을 20 s까지 보냄(선언)" in words(drawn(line, lang="ko"))


@pytest.mark.parametrize("kind", ["Job", ""])
def test_nobody_sends_to_a_job_or_to_a_pod_without_ports(kind: str) -> None:
    text = manifest(kind="Job", containers=[SERVED]) if kind else manifest()
    assert not shapes(drawn(of(text, app_shutdown=3.0)), "sends") and not shapes(
        drawn(of(text, app_shutdown=3.0)), "tick"
    )


def test_nothing_lost_says_until_when_requests_are_accepted() -> None:
    safe = manifest(containers=[{**SERVED, **sleeps(8)}])
    said = "✓ Requests sent until 5 s, accepted until 8 s."
    assert said in sentences(drawn(of(safe, app_shutdown=3.0)))
    korean = sentences(drawn(of(safe, app_shutdown=3.0), lang="ko"))
    assert "✓ 요청은 5 s까지 오고, 8 s까지 받습니다." in korean
    for line in (of(safe), of(manifest(containers=[SERVED]), app_shutdown=3.0), of(manifest(), app_shutdown=3.0)):
        assert "✓" not in words(drawn(line))  # an end that is not declared, requests that are lost, nobody who sends


def test_requests_in_flight_are_cut_where_the_proxy_goes_first() -> None:
    text = manifest(labels=IN, containers=[{**SERVED, **sleeps(2)}])
    line = of(text, sidecar="classic", app_shutdown=20.0)
    root = drawn(line)
    assert [seconds_of(one, 30) for one in shapes(root, "flight")] == [(2, 5)]
    assert lines(root, "kill", 30) == [5] and "✕ no proxy 5 s" in words(root)
    assert "✕ 프록시 없음 5 s" in words(drawn(line, lang="ko"))
    (unsure,) = shapes(drawn(of(text, sidecar="native")), "flight")
    assert "unsure" in (unsure.get("class") or "")


def test_an_app_that_goes_on_accepting_has_its_tick_later() -> None:
    line = of(manifest(containers=[SERVED]), app_shutdown=10.0, accepts_after_sigterm=6.0)
    root = drawn(line)
    assert lines(root, "tick", 30) == [6] and "stops accepting 6 s" in words(root) and "SIGTERM 0 s" in words(root)
    assert not shapes(root, "lost")


def test_a_long_grace_period_stands_beyond_what_happens() -> None:
    line = of(manifest(terminationGracePeriodSeconds=300, containers=[{**SERVED, **sleeps(10)}]), app_shutdown=10.0)
    root = drawn(line)
    assert "grace period 300 s →" in words(root) and not lines(root, "limit", 28)
    assert [seconds_of(one, 28) for one in shapes(root, "bar")] == [(0, 10), (10, 20)]
    near = drawn(of(manifest(terminationGracePeriodSeconds=61), app_shutdown=21.0))
    assert "grace period 61 s" in words(near) and "→" not in words(near)


def test_the_picture_that_explains_numbers_each_kind_of_mark_once() -> None:
    (pod,) = (item for item in load(GUIDE.read_text()) if isinstance(item, Pod))
    line = timeline(pod)
    for lang in ("en", "ko"):
        root = drawn(line, lang=lang, numbers=True)
        notes = [one for one in root.iter(f"{SVG}svg") if one.get("class") == "note"]
        assert ["".join(one.itertext()) for one in notes] == [f"{number}" for number in range(1, len(NOTES) + 1)]
        assert len({(one.get("x"), one.get("y")) for one in notes}) == len(notes)
    assert not [one for one in drawn(line).iter(f"{SVG}svg") if one.get("class") == "note"]


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_each_scheme_draws_its_letters_and_bars_legibly_on_its_own_paper() -> None:
    style = "".join(drawn(KILLED).itertext())
    schemes = [
        dict(re.findall(r"--(\w):(#[0-9a-f]{6})", block)) for block in re.findall(r"\{([^{}]*--p:[^{}]*)\}", style)
    ]
    assert len(schemes) == 5
    for scheme in schemes:
        paper = luminance(scheme["p"])
        for name, least in (("i", 7.0), ("s", 4.5), ("a", 4.5), ("b", 3.0), ("c", 3.0), ("w", 4.5)):
            light, dark = sorted((paper, luminance(scheme[name])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= least, f"--{name} on {scheme}"
    system, os_dark, chosen_light, chosen_dark, print_out = schemes
    assert print_out == {**system, "p": "#ffffff"} and "@media print{.tr.tr{" in style
    assert system == chosen_light and os_dark == chosen_dark
    assert luminance(system["p"]) > 0.9 and luminance(os_dark["p"]) < 0.02
    assert re.search(r"prefers-color-scheme:dark\)\{\.tr\{[^}]*--p:#14191e", style)
    assert re.search(r"scheme=slate\] \.tr\{[^}]*--p:#14191e", style)


@pytest.mark.parametrize("grace", [86_400, 10_000_000])
def test_a_long_grace_period_has_few_ticks(grace: int) -> None:
    assert len([one for one in drawn(of(manifest(terminationGracePeriodSeconds=grace))).iter(f"{SVG}line")]) < 12


def test_pictures_are_small_and_the_same_every_time() -> None:
    for _, line in LINES:
        assert svg(line) == svg(line) and len(svg(line)) < 12_000


def test_no_request_leaves_the_page() -> None:
    for _, line in LINES:
        assert set(re.findall(r"https?://[^\s\"'<)]+", svg(line) + event_table(line))) == {"http://www.w3.org/2000/svg"}


#: The grace period of an app that needs all of it, and the first ticks of its picture.
TICKS = [
    (6, "1 s"), (7, "2 s"), (12, "2 s"), (13, "5 s"), (30, "5 s"), (31, "10 s"), (60, "10 s"), (61, "15 s"), (90, "15 s"),
    (91, "20 s"), (120, "20 s"), (121, "30 s"), (180, "30 s"), (181, "60 s"), (360, "60 s"), (361, "120 s"), (720, "120 s"),
    (721, "300 s"), (1799, "300 s"), (1800, "600 s"), (3000, "600 s"), (3600, "900 s"), (5401, "1800 s"), (10_801, "3600 s"), (21_605, "7200 s"),
    (43_201, "14400 s"), (86_401, "21600 s"), (129_601, "43200 s"), (259_201, "86400 s"), (518_500, "172800 s"), (2_000_000, "666666 s"),
]  # fmt: skip


@pytest.mark.parametrize(("grace", "step"), TICKS)
def test_the_scale_counts_in_round_steps(grace: int, step: str) -> None:
    line = of(manifest(terminationGracePeriodSeconds=grace), app_shutdown=float(grace))
    labels = [one for one in drawn(line).iter(f"{SVG}text") if one.get("class") == "soft small"]
    assert [in_seconds(one) for one in labels[:2]] == ["0 s", step]


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_numbers_of_the_scale_leave_each_other_room(lang: str) -> None:
    """On the narrowest screen, whatever the last second is: between 1 s and a week."""
    for grace in (*range(1, 130), *range(130, 4_000, 37), *range(4_000, 604_800, 9_973)):
        root = drawn(of(manifest(terminationGracePeriodSeconds=grace), app_shutdown=float(grace)), lang=lang)
        labels = [
            one
            for one in root.iter(f"{SVG}text")
            if re.fullmatch(r"\d+(초| s)", one.text or "") and one.get("class") == "soft small"
        ]
        assert 2 <= len(labels) <= 7, grace
        assert all(extent(one)[1] <= extent(after)[0] for one, after in pairwise(labels)), grace


def test_the_end_of_a_short_grace_period_crosses_no_words() -> None:
    """Neither a name nor what stands below a bar; in between, and where no words stand, it is drawn."""
    serving = manifest(labels=IN, terminationGracePeriodSeconds=1, containers=[web(ports=[{"containerPort": 80}])])
    root = drawn(of(serving, sidecar="native", app_shutdown=0.0))
    limits = [one for one in root.iter(f"{SVG}line") if one.get("class") == "limit"]
    x = float((limits[0].get("x1") or "").rstrip("%")) / 100 * 320
    spans = [(float(one.get("y1") or 0), float(one.get("y2") or 0)) for one in limits]
    assert len(spans) > 3 and all(top < bottom for top, bottom in spans)
    styles = ("name", "small")
    lanes = [one for one in root.iter(f"{SVG}text") if (one.get("class") or "").startswith(styles)]
    crossed = [one for one in lanes if extent(one)[0] <= x <= extent(one)[1]]
    assert [one.get("class", "").strip() for one in crossed] == ["name", "small soft", "name", "small soft"]
    for one in crossed:
        baseline = float(one.get("y") or 0)
        assert not any(top < baseline and bottom > baseline - 8 for top, bottom in spans), "".join(one.itertext())
    whole = [one for one in drawn(of(manifest(), app_shutdown=5.0)).iter(f"{SVG}line") if one.get("class") == "limit"]
    assert [one.get("y1") for one in whole] == ["20"], "a line that meets no words is one line"


def test_a_wide_label_in_the_middle_goes_below_what_stands_there() -> None:
    scale = Scale(of(manifest(), app_shutdown=30.0), [])
    shapes, height = scale.labels([Label(0, "x" * 20), Label(15, "y" * 40)], 0)
    (first, second) = (ET.fromstring(shape) for shape in shapes)
    assert (first.get("text-anchor"), first.get("y"), second.get("text-anchor"), second.get("y")) == (
        "start",
        "11",
        "middle",
        "25",
    )
    assert height == 28


def test_a_thumbnail_tells_the_hook_from_what_waits_and_from_what_ends() -> None:
    """A hook of 10 s, 5 s after SIGTERM, and a proxy that waits for both, of 30 s and 240 units."""
    line = of(manifest(labels=IN, containers=[{**SERVED, **sleeps(10)}]), sidecar="native", app_shutdown=5.0)
    bars = [(one.get("class"), one.get("x"), one.get("width")) for one in ET.fromstring(thumbnail(line)).iter("rect")]
    assert bars == [("hook", "0.0", "80.0"), ("run", "80.0", "40.0"), ("wait", "0.0", "120.0")]
