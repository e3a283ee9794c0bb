"""The tool of the page "Move the timers": its markup, every word that its script says, and its presets, in both languages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape

import checker_files
import finished_html
import home
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File
from timing_rules import calculator
from timing_rules.calculator import LENGTHS, PRESETS, State
from timing_rules.text import Text, seconds

# fmt: off
_PRESETS = {
    "native": Text("Native sidecar", "네이티브 사이드카"),
    "classic": Text("Classic sidecar", "클래식 사이드카"),
    "exit-on-zero": Text("Exit on zero", "연결이 없으면 종료"),
    "gateway": Text("Gateway", "게이트웨이"),
    "job": Text("Job", "Job"),
    "spot": Text("Spot node", "스팟 노드"),
}
_LOOKS = (Text("What goes wrong", "잘못된 설정"), Text("What mends it", "올바른 설정"))
#: The fields in their groups: the label, and under what name a manifest has it.
_GROUPS: tuple[tuple[Text, dict[str, tuple[Text, str]]], ...] = (
    (Text("Pod", "파드"), {
        "preStop": (Text("preStop sleep", "preStop 훅에서 기다리는 시간"), "lifecycle.preStop.sleep.seconds"),
        "app_shutdown": (Text("The app ends after SIGTERM, its longest request included", "앱이 SIGTERM을 받고 종료될 때까지(가장 긴 요청 포함)"), ""),
        "terminationGracePeriodSeconds": (Text("Grace period", "유예 기간"), "terminationGracePeriodSeconds"),
        "node_shutdown": (Text("The node is gone after (0: it stays)", "노드가 사라질 때까지(사라지지 않으면 0)"), ""),
    }),
    (Text("Clients", "클라이언트"), {
        "propagation": (Text("Clients still send new requests for", "클라이언트가 새 요청을 계속 보내는 시간"), ""),
        "lb_deregistration": (Text("A load balancer still sends for (0: there is none)", "로드 밸런서가 요청을 계속 보내는 시간(없으면 0)"), ""),
        "connections_idle_after": (Text("The last connection closes after", "마지막 연결이 닫힐 때까지"), ""),
    }),
    (Text("Proxy", "프록시"), {
        "terminationDrainDuration": (Text("From SIGTERM until Envoy is ended", "SIGTERM부터 Envoy 종료까지"), "terminationDrainDuration"),
        "drainDuration": (Text("Drain, until the listeners close", "드레인 시작부터 리스너가 닫힐 때까지"), "drainDuration"),
        "MINIMUM_DRAIN_DURATION": (Text("Before connections are counted", "연결을 세기 시작할 때까지"), "MINIMUM_DRAIN_DURATION"),
    }),
)
_NEVER = {"app_shutdown": Text("never", "종료되지 않음"), "connections_idle_after": Text("never", "닫히지 않음")}
_CHOICES = {
    "sidecar": (Text("Sidecar", "사이드카"), {
        "native": Text("native", "네이티브"), "classic": Text("classic", "클래식"), "none": Text("none", "없음"), "gateway": Text("gateway", "게이트웨이"),
    }),
    "kind": (Text("Kind", "종류"), {kind: Text(kind, kind) for kind in calculator.KINDS}),
    "kubernetes": (Text("Kubernetes", "Kubernetes"), {release: Text(release, release) for release in calculator.releases("kubernetes")}),
    "istio": (Text("Istio", "Istio"), {release: Text(release, release) for release in calculator.releases("istio")}),
}
_HEADS = {
    "presets": Text("Start from", "예시"),
    "looks": Text("Of this pod", "이 파드에서"),
    "figure": Text("Timeline", "타임라인"),
    "unit": Text("s", "초"),
    "seconds": Text("seconds", "초 단위"),
    "yaml": Text("The manifest that results", "이 설정의 매니페스트"),
    "copy": Text("Copy the manifest", "매니페스트 복사"),
    "share": Text("Copy a link", "링크 복사"),
    "check": Text("Check it by every rule", "모든 규칙으로 검사"),
    "right": Text("The same pod with a preStop sleep of 10 s", "같은 파드에 preStop sleep 10초를 둔 경우"),
}
#: What the script says; `{…}` is filled in.
_WORDS = {
    "loading": Text("The calculator is starting. The first visit takes some seconds.", "계산기를 시작합니다. 처음에는 몇 초 걸립니다."),
    "unstarted": Text("The calculator could not start: {why}. The examples above still work.", "계산기를 시작하지 못했습니다({why}). 위의 예시는 볼 수 있습니다."),
    "failed": Text("The picture could not be drawn: {why}. This is a bug.", "그림을 그리지 못했습니다({why}). 프로그램의 버그입니다."),
    "copied": Text("Copied.", "복사했습니다."),
    "not_copied": Text("The browser did not allow copying. Select and copy this:", "브라우저가 복사를 허용하지 않았습니다. 직접 선택해 복사하십시오."),
    "no_preset": Text("The examples could not be loaded.", "예시를 불러오지 못했습니다."),
}
_MOVE = Text("Move the timers of this pod", "이 파드의 타이머 움직여 보기")
_ALL = Text("All timers", "모든 타이머")
_UNSTARTED = Text("The calculator could not start: {why}.", "계산기를 시작하지 못했습니다({why}).")
#: The sliders of home: the label, the number after the change, and the tabs that have it.
_SMALL = (
    ("preStop", Text("preStop sleep", "preStop 훅에서 기다리는 시간"), home.DELAY, "native classic none"),
    ("app_shutdown", Text("The app ends after SIGTERM", "앱이 SIGTERM을 받고 종료될 때까지"), home.SHUTDOWN, "native classic none"),
    ("terminationGracePeriodSeconds", Text("Grace period", "유예 기간"), home.GRACE, "native none"),
    ("terminationDrainDuration", Text("terminationDrainDuration", "terminationDrainDuration"), home.DRAIN, "classic"),
)
# fmt: on


def files(config: MkDocsConfig) -> Iterator[File]:
    """The presets as the calculator would answer them, so that they show before it has started."""
    lang = str(config.theme["language"])
    answers = {
        name: [calculator.draw(calculator.written(state), lang) for state in pair] for name, pair in PRESETS.items()
    }
    content = json.dumps(answers, ensure_ascii=False)
    yield File.generated(config, f"{checker_files.FOLDER}/presets.json", content=content)


def tool(lang: str, root: str) -> str:
    """The tool as HTML, with the pictures of its first preset. `root` leads to the root of the language's site.

    What the search is kept out of ends, for it, at the first end of the same tag: no other section stands inside.
    """

    def say(name: str) -> str:
        return escape(_HEADS[name].get(lang))

    wrong, right = (calculator.draw(calculator.written(state), lang) for state in PRESETS["native"])
    island = json.dumps({name: text.get(lang) for name, text in _WORDS.items()}, ensure_ascii=False).replace(
        "<", "\\u003c"
    )
    base, version = f"{root}{checker_files.FOLDER}", checker_files.version()
    headline = escape(wrong["headline"])
    return f"""<section class="calculator" data-search-exclude data-lang="{lang}" data-base="{base}/" data-version="{version}" data-check="{root}check/">
<link rel="stylesheet" href="{base}/calculator.css?{version}">
<script type="application/json">{island}</script>
<noscript><style>.calculator :is(.controls, .result, .bar) {{ display: none !important }}</style></noscript>
<div class="bar" role="group" aria-label="{say("presets")}">{_presets(lang)}</div>
<div class="bar looks" role="group" aria-label="{say("looks")}">{_looks(lang)}</div>
<div class="work">
<form class="controls" autocomplete="off"><div class="choices">{_choices(lang)}</div>{_groups(lang)}</form>
<div class="beside"><div class="shown"><p class="verdict-line {"lost" if wrong["lost"] else "kept"}" aria-hidden="true">{headline}</p>
<p class="remark" aria-hidden="true">{escape(wrong["note"])}</p>
<p class="heard" role="status"></p>
<div class="timing">{wrong["picture"]}</div></div>
<div class="result"><p class="head">{say("yaml")}</p>
<pre tabindex="0"><code>{escape(wrong["yaml"])}</code></pre>
<div class="bar"><button type="button" class="md-button md-button--primary copy">{say("copy")}</button>
<button type="button" class="md-button share">{say("share")}</button>
<a class="md-button check" href="{root}check/">{say("check")}</a></div></div></div>
</div>
<noscript><p>{say("right")}</p><div class="timing">{finished_html.owned(right["picture"], "right-")}</div></noscript>
</section>
<script type="module" src="{base}/calculator.js?{version}"></script>"""


def small(lang: str) -> str:
    """The sliders of home: those of the pod in the open tab, as it is after the change."""
    modes = [
        {"sidecar": name}
        | {key: value for key in ("istio", "kubernetes") if (value := getattr(given, key)) is not None}
        for name, given in home.MODES.items()
    ]
    sliders = "".join(_slider(name, label.get(lang), value, shown, lang) for name, label, value, shown in _SMALL)
    data = {
        "lang": lang, "base": f"{checker_files.FOLDER}/", "version": checker_files.version(), "target": "calculator/",
        "modes": json.dumps(modes), "loading": _WORDS["loading"].get(lang), "unstarted": _UNSTARTED.get(lang),
    }  # fmt: skip
    attributes = " ".join(f'data-{name}="{escape(value)}"' for name, value in data.items())
    return (
        f'<section class="timers" data-search-exclude {attributes}><noscript><style>.timers {{ display: none }}</style></noscript>'
        f'<p><strong>{_MOVE.get(lang)}</strong> <a href="calculator/">{_ALL.get(lang)}</a></p><div class="sliders">{sliders}</div>'
        f'<p class="heard" role="status"></p><div class="timing" hidden></div></section>'
        f'<script type="module" src="{checker_files.FOLDER}/home.js?{checker_files.version()}"></script>'
    )


def _slider(name: str, label: str, value: int, shown: str, lang: str) -> str:
    unit = "초" if lang == "ko" else " s"
    return (
        f'<label data-name="{name}" data-modes="{shown}"{"" if "native" in shown else " hidden"}>{escape(label)} <output>{value}{unit}</output>'
        f'<input type="range" min="{LENGTHS[name].least}" max="{LENGTHS[name].most}" step="1" value="{value}"></label>'
    )


def _presets(lang: str) -> str:
    return "".join(
        f'<button type="button" class="preset" data-preset="{name}" aria-pressed="{str(name == "native").lower()}">{escape(_PRESETS[name].get(lang))}</button>'
        for name in PRESETS
    )


def _looks(lang: str) -> str:
    return "".join(
        f'<button type="button" class="look" data-look="{index}" aria-pressed="{str(index == 0).lower()}">{escape(look.get(lang))}</button>'
        for index, look in enumerate(_LOOKS)
    )


def _choices(lang: str) -> str:
    drawn = []
    for name, (label, entries) in _CHOICES.items():
        options = "".join(
            f'<option value="{value}"{" selected" if value == State._field_defaults[name] else ""}>{escape(text.get(lang))}</option>'
            for value, text in entries.items()
        )
        drawn.append(
            f'<div class="field" data-name="{name}"><label>{escape(label.get(lang))} <select>{options}</select></label><p class="reason" hidden></p></div>'
        )
    return "".join(drawn)


def _groups(lang: str) -> str:
    drawn = []
    for head, fields in _GROUPS:
        inside = "".join(_field(name, label.get(lang), code, lang) for name, (label, code) in fields.items())
        if "terminationDrainDuration" in fields:
            inside = _switch() + inside
        drawn.append(f"<fieldset><legend>{escape(head.get(lang))}</legend>{inside}</fieldset>")
    return "".join(drawn)


def _switch() -> str:
    name = "EXIT_ON_ZERO_ACTIVE_CONNECTIONS"
    return f'<div class="field" data-name="{name}"><label class="switch"><input type="checkbox"> <code>{name}</code></label><p class="reason" hidden></p></div>'


def _field(name: str, label: str, code: str, lang: str) -> str:
    """A slider and a number that say the same: the slider for a hand, the number for any value."""
    length, default = LENGTHS[name], seconds(float(State._field_defaults[name]))
    limits = f'min="{length.least}" value="{default}"'
    shown = f" <code>{code}</code>" if code else ""
    never = (
        f'<label class="switch"><input type="checkbox" class="never" aria-label="{escape(label)}: {_NEVER[name].get(lang)}"> {_NEVER[name].get(lang)}</label>'
        if length.never
        else ""
    )
    step = "1" if length.whole else "any"
    return (
        f'<div class="field" data-name="{name}"><label class="row"><span>{escape(label)}</span> '
        f'<span class="number"><input type="number" inputmode="decimal" {limits} max="{calculator.LONGEST}" step="{step}"> {_HEADS["unit"].get(lang)}</span>{shown}</label>'
        f'<input type="range" aria-label="{escape(label)}, {_HEADS["seconds"].get(lang)}" {limits} max="{length.most}" step="1">{never}'
        '<p class="reason" hidden></p></div>'
    )
