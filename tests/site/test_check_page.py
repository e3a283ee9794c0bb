"""The page "Check a manifest" in a real browser: by keyboard and by pointer, on a phone and on a desktop, in both languages."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

if TYPE_CHECKING:
    from tests.site.conftest import Browser

pytestmark = pytest.mark.browser

PHONE, DESKTOP = 360, 1440
WRONG = Path("examples/wrong")
UNIT, SHORT = WRONG / "PT208-duration-without-a-unit.yaml", WRONG / "PT201-drain-shorter-than-the-app.yaml"
every_view = pytest.mark.parametrize(("width", "scheme"), [(PHONE, "light"), (PHONE, "dark"), (DESKTOP, "light"), (DESKTOP, "dark")])  # fmt: skip
every_language = pytest.mark.parametrize("lang", ["en", "ko"])
PREFIX = {"en": "", "ko": "/ko"}
#: What the page says once it has checked.
COUNTS = {"en": "checked 1 pod(s)", "ko": "파드 1개"}


def opened(browser: Browser, lang: str = "en", width: int = DESKTOP, scheme: str = "light", hash: str = "") -> None:
    browser.show(f"{PREFIX[lang]}/check/{hash}", width, scheme)
    browser.wait("return !document.querySelector('.checker').hidden")


def pasted(browser: Browser, text: str) -> None:
    """Puts a text in as a paste does: one event of input."""
    browser.run(
        "const field = document.querySelector('.checker textarea'); field.focus(); field.select();"
        "document.execCommand('insertText', false, arguments[0])",
        text,
    )


def click(browser: Browser, selector: str) -> None:
    node = browser.driver.find_element(By.CSS_SELECTOR, f".checker {selector}")
    browser.run("arguments[0].scrollIntoView({block: 'center'})", node)
    node.click()


def said(browser: Browser, part: str, seconds: float = 60) -> str:
    """The live region, once it holds a part."""
    script = (
        "const said = document.querySelector('.verdict-line').textContent; return said.includes(arguments[0]) && said"
    )
    return str(browser.wait(script, part, seconds=seconds))


def shown(browser: Browser, selector: str) -> list[str]:
    script = "return [...document.querySelectorAll(`.checker ${arguments[0]}`)].map((node) => node.innerText)"
    return list(browser.run(script, selector))


def value(browser: Browser) -> str:
    return str(browser.run("return document.querySelector('.checker textarea').value"))


@every_view
@every_language
def test_a_pasted_manifest_is_judged(browser: Browser, lang: str, width: int, scheme: str) -> None:
    opened(browser, lang, width, scheme)
    pasted(browser, SHORT.read_text(encoding="utf-8"))
    said(browser, COUNTS[lang])
    (finding,) = shown(browser, ".finding")
    assert "PT201" in finding and "carts" in finding and {"en": "line 28", "ko": "28행"}[lang] in finding
    assert browser.run("return document.querySelector('.finding a').pathname") == f"{PREFIX[lang]}/rules/pt201/"
    (loss,) = shown(browser, ".pod li")
    assert loss.startswith({"en": "15–30 s: carts", "ko": "15–30초: carts"}[lang])
    assert browser.run("return document.querySelector('.checker .timing svg').getBoundingClientRect().height") > 100
    assert browser.run("return document.documentElement.scrollWidth") <= width
    assert browser.complaints() == []


@every_language
def test_the_buttons_stand_beside_the_list_where_there_is_room(browser: Browser, lang: str) -> None:
    """On a phone the list has a row of its own; elsewhere its longest title does not push the buttons down."""
    bottoms = "return [...document.querySelectorAll('.checker .bar:first-of-type :is(select, .opens, .clear)')].map((node) => node.getBoundingClientRect().bottom)"
    for width in (768, 1440):
        opened(browser, lang, width)
        lower = browser.run(bottoms)
        assert len(lower) == 3 and max(lower) - min(lower) < 4, f"{width} px: {lower}"


LOADED = "return performance.getEntriesByType('resource').map((entry) => new URL(entry.name).pathname)"


def runtime(browser: Browser) -> list[str]:
    """What the page has loaded of the checker's runtime."""
    return [path for path in browser.run(LOADED) if any(part in path for part in ("modules.json", "engine.js"))]


@every_language
def test_nothing_is_loaded_before_the_tool_is_used(browser: Browser, lang: str) -> None:
    opened(browser, lang)
    assert not runtime(browser)
    assert browser.complaints() == []


@pytest.mark.parametrize("event", ["pointerover", "focusin"])
def test_the_runtime_is_loaded_when_a_hand_or_the_focus_comes_near(browser: Browser, event: str) -> None:
    opened(browser)
    browser.run(
        "document.querySelector('.checker textarea').dispatchEvent(new Event(arguments[0], {bubbles: true}))", event
    )
    browser.wait(f"{LOADED}.some((path) => path.includes('engine.js'))")
    assert browser.complaints() == []


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@every_language
def test_a_fix_is_applied_shown_and_undone(browser: Browser, lang: str, width: int) -> None:
    opened(browser, lang, width)
    text = UNIT.read_text(encoding="utf-8")
    pasted(browser, text)
    said(browser, COUNTS[lang])
    click(browser, ".finding .md-button")
    browser.wait("return document.querySelector('.change')", seconds=30)
    assert value(browser) == text.replace("terminationDrainDuration: 35\n", "terminationDrainDuration: 35s\n")
    (change,) = shown(browser, ".change pre")
    assert (
        "-          terminationDrainDuration: 35\n" in change and "+          terminationDrainDuration: 35s" in change
    )
    assert shown(browser, ".finding") == []
    click(browser, ".undo")
    said(browser, {"en": "was undone", "ko": "되돌렸습니다"}[lang])
    assert value(browser) == text and len(shown(browser, ".finding")) == 1
    click(browser, ".apply-all")
    browser.wait("return document.querySelector('.change')", seconds=30)
    assert "35s" in value(browser)
    assert browser.complaints() == []


def test_by_keyboard_from_the_finding_to_its_line_and_back(browser: Browser) -> None:
    opened(browser)
    pasted(browser, SHORT.read_text(encoding="utf-8"))
    said(browser, COUNTS["en"])
    seen = []
    for _ in range(20):
        browser.driver.switch_to.active_element.send_keys(Keys.TAB)
        seen.append(browser.run("return document.activeElement.classList[0] ?? document.activeElement.tagName"))
        if seen[-1] == "place":
            break
    assert seen[-1] == "place", seen
    browser.driver.switch_to.active_element.send_keys(Keys.ENTER)
    field = "const field = document.querySelector('.checker textarea');"
    assert browser.run(f"{field} return document.activeElement === field")
    line = browser.run(f"{field} return field.value.slice(field.selectionStart, field.selectionEnd)")
    assert line == SHORT.read_text(encoding="utf-8").splitlines()[27]
    click(browser, ".marks button")
    assert "PT201" in browser.run("return document.activeElement.innerText")
    assert browser.run("return document.querySelector('.marks button').title").startswith(
        "the proxy is gone 15 s after"
    )


@every_language
def test_what_would_decide_more_is_asked_for_in_place(browser: Browser, lang: str) -> None:
    opened(browser, lang, PHONE)
    pasted(browser, SHORT.read_text(encoding="utf-8").replace("timing-rules/app-shutdown: 20s", "owner: me"))
    said(browser, COUNTS[lang])
    assert shown(browser, ".finding") == [] and len(shown(browser, ".pod p.open")) == 1
    field = browser.driver.find_element(By.CSS_SELECTOR, ".checker .ask input")
    browser.run("arguments[0].scrollIntoView({block: 'center'})", field)
    field.send_keys("20" + Keys.ENTER)
    browser.wait("return document.querySelector('.finding')", seconds=30)
    assert shown(browser, ".command code") == ["timing-rules check --app-shutdown carts=20s manifest.yaml"]
    assert browser.complaints() == []


ANSWER = "const field = document.querySelector('.ask [data-fact]'); return field && [field.dataset.fact, field.value, document.activeElement === field]"
GIVEN = {
    "en": "You gave these; change or empty one to compare:",
    "ko": "여기서 입력한 값입니다. 바꾸거나 비워서 비교할 수 있습니다.",
}
ASKED = {"en": "These would decide more:", "ko": "다음 값을 알면 더 많은 것을 판정할 수 있습니다."}


@every_language
def test_an_answer_stays_where_it_was_given_and_can_be_changed(browser: Browser, lang: str) -> None:
    """Whoever answers by keyboard keeps the focus and the place on the screen, whatever appears above."""
    undeclared = SHORT.read_text(encoding="utf-8").replace("timing-rules/app-shutdown: 20s", "owner: me")
    opened(browser, lang, PHONE)
    pasted(browser, undeclared)
    said(browser, COUNTS[lang])
    field = browser.driver.find_element(By.CSS_SELECTOR, ".checker .ask input")
    browser.run("arguments[0].scrollIntoView({block: 'center'})", field)
    top = browser.run("return document.querySelector('.ask input').getBoundingClientRect().top")
    field.send_keys("20" + Keys.ENTER)
    browser.wait("return document.querySelector('.finding')", seconds=30)
    assert browser.run(ANSWER) == ["app-shutdown=carts", "20s", True]
    assert GIVEN[lang] in shown(browser, ".pod")[0] and ASKED[lang] not in shown(browser, ".pod")[0]
    assert abs(browser.run("return document.querySelector('.ask input').getBoundingClientRect().top") - top) < 2
    (link,) = browser.driver.find_elements(By.CSS_SELECTOR, ".checker .pod .back button")
    assert link.text == {"en": "error PT201 line 28", "ko": "오류 PT201 28행"}[lang]
    click(browser, ".pod .back button")
    assert "PT201" in browser.run("return document.activeElement.getAttribute('aria-label')")
    field = browser.driver.find_element(By.CSS_SELECTOR, ".checker .ask input")
    field.clear()
    field.send_keys("soon" + Keys.ENTER)
    browser.wait("return document.querySelector('.ask [aria-invalid]')", seconds=30)
    assert '"soon"' in shown(browser, ".ask .fault")[0] and browser.run(ANSWER)[1:] == ["soon", True]
    assert not browser.run("return document.querySelector('.fields [aria-invalid]')"), "the other field is not wrong"
    assert said(browser, COUNTS[lang]).startswith('--app-shutdown: "soon"')
    field = browser.driver.find_element(By.CSS_SELECTOR, ".checker .ask input")
    field.clear()
    field.send_keys(Keys.ENTER)
    browser.wait("return !document.querySelector('.ask [aria-invalid]')", seconds=30)
    assert ASKED[lang] in shown(browser, ".pod")[0]
    assert shown(browser, ".command code") == ["timing-rules check manifest.yaml"]
    assert browser.complaints() == []


TWO = """kind: Pod
metadata: {name: NAME, labels: {sidecar.istio.io/inject: "true"}, annotations: {sidecar.istio.io/nativeSidecar: "false"}}
spec: {containers: [{name: web, lifecycle: {preStop: {sleep: {seconds: 3}}}}]}
"""
EVERYWHERE = {
    "en": "(holds for the container of this name in 2 pods)",
    "ko": "(파드 2개에 있는 같은 이름의 컨테이너에 모두 쓰입니다)",
}


@every_language
def test_an_answer_says_whom_it_speaks_for_and_is_forgotten_with_its_container(browser: Browser, lang: str) -> None:
    opened(browser, lang)
    pasted(browser, TWO.replace("NAME", "one"))
    browser.wait("return document.querySelectorAll('.pod').length === 1")
    assert not shown(browser, ".ask .note")
    pasted(browser, "---\n".join(TWO.replace("NAME", name) for name in ("one", "two")))
    browser.wait("return document.querySelectorAll('.pod').length === 2")
    assert shown(browser, ".ask .note") == [EVERYWHERE[lang]] * 2
    browser.driver.find_element(By.CSS_SELECTOR, ".checker .ask input").send_keys("9" + Keys.ENTER)
    browser.wait("return document.querySelector('.command code').textContent.includes('web=9s')", seconds=30)
    browser.wait(
        "return document.querySelectorAll('.ask input').length === 2 && document.querySelectorAll('.ask input')[1].value === '9s'"
    )
    pasted(browser, TWO.replace("NAME", "one").replace("name: web", "name: api"))
    browser.wait("return document.querySelector('.ask input')?.dataset.fact === 'app-shutdown=api'", seconds=30)
    assert shown(browser, ".command code") == ["timing-rules check manifest.yaml"]
    assert browser.run(ANSWER)[1] == ""


LOST = {
    "en": "Pods that can lose requests, by the timelines below: 1.",
    "ko": "아래 타임라인을 보면 요청을 잃을 수 있는 파드가 1개 있습니다.",
}


@every_language
def test_the_verdict_is_in_sight_on_a_phone_and_tells_what_the_timeline_loses(browser: Browser, lang: str) -> None:
    """Without a Service there is no finding; what is lost until clients know is told all the same."""
    opened(browser, lang, PHONE)
    pasted(
        browser,
        "kind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n      - name: web\n        ports: [{containerPort: 80}]\n"
        + "# \n" * 60,
    )
    verdict = said(browser, COUNTS[lang])
    assert verdict.endswith(LOST[lang]) and shown(browser, ".pod li")
    box = browser.run(
        "const box = document.querySelector('.verdict-line').getBoundingClientRect(); return [box.top, box.bottom, innerHeight]"
    )
    assert 0 < box[0] < box[1] <= box[2]
    pasted(
        browser,
        "kind: Job\nspec: {template: {metadata: {annotations: {timing-rules/app-shutdown: 1s}}, spec: {containers: [{name: web}]}}}\n",
    )
    browser.wait("return !document.querySelector('.pod li') && document.querySelector('.pod')", seconds=30)
    assert LOST[lang][:12] not in said(browser, COUNTS[lang])


@every_language
def test_whoever_presses_a_button_that_goes_away_is_taken_to_what_it_did(browser: Browser, lang: str) -> None:
    opened(browser, lang, PHONE)
    pasted(browser, UNIT.read_text(encoding="utf-8"))
    said(browser, COUNTS[lang])
    changed, undone = {
        "en": ("The text was changed.", "The change was undone."),
        "ko": ("매니페스트를 바꾸었습니다.", "변경을 되돌렸습니다."),
    }[lang]
    for button in (".finding .md-button", ".apply-all"):
        click(browser, button)
        browser.wait("return document.activeElement.classList.contains('change')", seconds=30)
        box = browser.run(
            "const box = document.activeElement.getBoundingClientRect(); return [box.top, box.bottom, innerHeight]"
        )
        assert 48 <= box[0] < box[1] <= box[2], "all of the difference is below the header and in sight"
        verdict = said(browser, COUNTS[lang])
        assert verdict.startswith(changed)
        click(browser, ".undo")
        assert said(browser, undone).startswith(undone) and COUNTS[lang] in said(browser, undone)
        assert browser.run("return document.activeElement.classList.contains('check')")


def test_options_change_the_verdict_and_the_command(browser: Browser) -> None:
    opened(browser)
    pasted(browser, "kind: Pod\nspec:\n  containers:\n  - name: web\n    lifecycle: {preStop: {sleep: {seconds: 5}}}\n")
    said(browser, COUNTS["en"])
    assert shown(browser, ".finding") == []
    click(browser, ".options summary")
    browser.run(
        "const field = document.querySelector('.fields [name=kubernetes]'); field.value = '1.28';"
        "field.dispatchEvent(new Event('change', {bubbles: true}))"
    )
    browser.wait("return document.querySelector('.finding')", seconds=30)
    assert "PT105" in shown(browser, ".finding")[0]
    assert shown(browser, ".command code") == ["timing-rules check --kubernetes 1.28 manifest.yaml"]
    browser.run(
        "const field = document.querySelector('.fields [name=propagation]'); field.value = 'soon';"
        "field.dispatchEvent(new Event('change', {bubbles: true}))"
    )
    browser.wait("return document.querySelector('.fault')", seconds=30)
    assert shown(browser, ".fault")[0].startswith("--propagation: ")
    assert browser.run("return document.querySelector('.fields [name=propagation]').hasAttribute('aria-invalid')")


def test_the_mode_is_chosen_in_place_and_what_workloads_share_is_folded(browser: Browser) -> None:
    pod = """kind: Pod
metadata: {name: NAME, labels: {sidecar.istio.io/inject: "true"}, annotations: {timing-rules/app-shutdown: 9s, proxy.istio.io/config: "terminationDrainDuration: 30"}}
spec: {containers: [{name: web, lifecycle: {preStop: {sleep: {seconds: 10}}}}]}
"""
    opened(browser, "en", PHONE)
    pasted(browser, "---\n".join(pod.replace("NAME", name) for name in ("one", "two", "three")))
    said(browser, "checked 3 pod(s)")
    assert [text for text in shown(browser, ".more summary") if "PT208" in text] == ["PT208: 2 more"]
    click(browser, ".marks button:last-child")
    assert "three" in browser.run("return document.activeElement.innerText")
    browser.run(
        "const field = document.querySelector('[data-fact=sidecar]') ?? document.querySelector('.fields [name=sidecar]');"
        "field.value = 'none'; field.dispatchEvent(new Event('change', {bubbles: true}))"
    )
    browser.wait("return document.querySelector('.command code').textContent.includes('--sidecar none')", seconds=30)
    assert browser.complaints() == []


@every_language
def test_an_example_opens(browser: Browser, lang: str) -> None:
    opened(browser, lang)
    browser.run(
        "const field = document.querySelector('.checker .example'); field.focus(); field.value = arguments[0];"
        "field.dispatchEvent(new Event('change', {bubbles: true}))",
        UNIT.as_posix(),
    )
    said(browser, COUNTS[lang])
    assert value(browser) == UNIT.read_text(encoding="utf-8") and "PT208" in shown(browser, ".finding")[0]
    assert browser.complaints() == []


def test_several_files_speak_of_each_other(browser: Browser, tmp_path: Path) -> None:
    pod = tmp_path / "pod.yaml"
    pod.write_text("kind: Deployment\nspec:\n  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: web, ports: [{containerPort: 80}]}]}\n")  # fmt: skip
    service = tmp_path / "svc <b>.yaml"
    service.write_text("kind: Service\nspec: {selector: {app: web}, ports: [{port: 80}]}\n")
    opened(browser)
    browser.driver.find_element(By.CSS_SELECTOR, ".checker .files").send_keys(f"{pod}\n{service}")
    said(browser, COUNTS["en"])
    assert shown(browser, ".names button") == ["pod.yaml", "svc <b>.yaml"]
    assert "PT109" in shown(browser, ".finding")[0] and "pod.yaml, line" in shown(browser, ".finding")[0]
    assert shown(browser, ".command code") == ["timing-rules check pod.yaml 'svc <b>.yaml'"]
    click(browser, ".names button:last-child")
    assert value(browser).startswith("kind: Service")
    assert browser.complaints() == []


def copied_link(browser: Browser) -> str:
    browser.run("navigator.clipboard.writeText = (text) => { window.copied = text; return Promise.resolve(); }")
    click(browser, ".share")
    return str(browser.wait("return window.copied", seconds=30))


@every_language
def test_a_link_opens_as_timing_and_holds_no_secret(browser: Browser, lang: str) -> None:
    opened(browser, lang)
    secret = "hunter2"
    text = SHORT.read_text(encoding="utf-8").replace(
        "image: ", f"env: [{{name: K, value: {secret}}}]\n          image: {secret}/"
    )
    pasted(browser, text)
    said(browser, COUNTS[lang])
    link = copied_link(browser)
    code = link.partition("#pods=")[2]
    held = browser.run("return atob(arguments[0].replaceAll('-', '+').replaceAll('_', '/'))", code)
    assert secret not in held and [pod["containers"][0]["name"] for pod in json.loads(held)["pods"]] == ["carts"]
    opened(browser, lang, hash=f"#pods={code}")
    said(browser, COUNTS[lang])
    assert secret not in value(browser) and "terminationDrainDuration: 15s" in value(browser)
    assert "PT201" in shown(browser, ".finding")[0]
    assert browser.complaints() == []


def test_a_link_of_a_pod_that_nothing_decides_opens(browser: Browser) -> None:
    opened(browser)
    undecided = 'kind: Pod\nmetadata: {labels: {sidecar.istio.io/inject: "true"}}\nspec: {containers: [{name: web, lifecycle: {preStop: {exec: {command: [sh, -c, "sleep 5"]}}}}]}\n'
    pasted(browser, undecided)
    said(browser, COUNTS["en"])
    code = copied_link(browser).partition("#pods=")[2]
    opened(browser, hash=f"#pods={code}")
    said(browser, COUNTS["en"])
    assert "lifecycle: {preStop: {sleep: {seconds: 5}}}" in value(browser)
    assert browser.complaints() == []


JOB = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: nightly}\nspec: {template: {spec: {restartPolicy: Never, containers: [{name: work, image: x}]}}}\n"
WORK = {
    "en": ("Whether work is cut hangs on what is asked for below.", "By what is known here, no work is cut."),
    "ko": (
        "작업이 도중에 끊기는지는 아래에서 묻는 값에 달려 있습니다.",
        "지금까지 아는 값으로 계산하면 도중에 끊기는 작업이 없습니다.",
    ),
}


@every_language
def test_a_job_has_work_and_no_requests(browser: Browser, lang: str) -> None:
    opened(browser, lang)
    pasted(browser, JOB)
    said(browser, COUNTS[lang])
    undecided, decided = WORK[lang]
    assert shown(browser, ".pod > p.open") == [undecided] and not shown(browser, ".pod > p.kept")
    pasted(browser, JOB.replace("{spec:", "{metadata: {annotations: {timing-rules/app-shutdown: 9s}}, spec:"))
    browser.wait("return document.querySelector('.checker .pod .kept')")
    assert shown(browser, ".pod > p.kept") == [decided] and not shown(browser, ".pod > p.open")


def test_a_damaged_link_is_named(browser: Browser) -> None:
    opened(browser, hash="#pods=AAAA")
    said(browser, "The link is damaged")


@every_language
def test_broken_yaml_is_marked_where_reading_stopped(browser: Browser, lang: str) -> None:
    opened(browser, lang, PHONE)
    text = "kind: Pod\nspec:\n  a: [1, 2\n  b: c: d\n"
    pasted(browser, text)
    browser.wait("return document.querySelector('.finding.error')", seconds=60)
    assert {"en": "line 4, column 4", "ko": "4행 4열"}[lang] in shown(browser, ".finding")[0]
    click(browser, ".finding .place")
    assert browser.run("return document.querySelector('.checker textarea').selectionStart") == text.index("b: c") + 1
    assert value(browser) == text and browser.complaints() == []


def bomb() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    return "\n".join(lines + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]) + "\nkind: Pod\n"


HOSTILE: dict[str, Any] = {
    "an alias bomb": (bomb(), "more than 100,000 values"),
    "deep nesting": ("[" * 5_000, "levels deep"),
    "markup": (
        'kind: Pod\nmetadata: {name: "<img src=x onerror=alert(1)>"}\n# <script>alert(1)</script>\n'
        'spec: {terminationGracePeriodSeconds: 5, containers: [{name: "</title><img src=x onerror=alert(1)>", '
        'image: "<b>", lifecycle: {preStop: {sleep: {seconds: 9}}}}]}\n',
        "PT107",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_refused_or_shown_as_text(browser: Browser, name: str) -> None:
    text, part = HOSTILE[name]
    opened(browser)
    pasted(browser, text)
    browser.wait("return document.querySelector('.findings').innerText.includes(arguments[0])", part, seconds=60)
    assert value(browser) == text
    assert (
        browser.run("return document.querySelectorAll('.checker img, .checker script:not([type]), .checker b').length")
        == 0
    )
    assert browser.complaints() == []


def test_a_text_of_more_than_5_mb_is_refused_and_kept(browser: Browser) -> None:
    """As long as what `kubectl get -A -o yaml` prints of a cluster, and in as many lines."""
    opened(browser)
    browser.run(
        "const field = document.querySelector('.checker textarea'); field.focus();"
        "field.value = `${' '.repeat(12)}- a line of a manifest\\n`.repeat(150000);"
        "field.dispatchEvent(new Event('input', {bubbles: true}))"
    )
    assert (
        said(browser, "larger than 5 MB")
        == "manifest.yaml is larger than 5 MB and was not read. Use the command line for it."
    )
    assert len(value(browser)) == 150_000 * 35 == 5_250_000


def test_a_check_without_an_end_is_stopped(browser: Browser) -> None:
    """The Worker is ended and the page answers all along; what is checked next is checked by a new one."""
    opened(browser)
    browser.run(
        "const set = window.setTimeout; window.setTimeout = (run, wait) => set(run, wait === 20000 ? 1500 : wait)"
    )
    long = "kind: List\nitems:\n" + "- kind: Pod\n  spec: {containers: [{name: a}]}\n" * 4_000
    put = "const field = document.querySelector('.checker textarea'); field.focus(); field.value = arguments[0];"
    browser.run(f"{put} field.dispatchEvent(new Event('input', {{bubbles: true}}))", long)
    said(browser, "stopped after 20 s")
    assert value(browser) == long
    browser.run(
        f"{put} field.dispatchEvent(new Event('input', {{bubbles: true}}))",
        "kind: Pod\nspec: {containers: [{name: a}]}\n",
    )
    browser.run("document.querySelector('.checker .check').click()")
    said(browser, COUNTS["en"])


HEAR = """
self.heard = [];
const status = document.querySelector('.checker .verdict-line');
const { setTimeout: later } = self;
self.setTimeout = (call, delay, ...rest) => (delay < 500 ? later(call, delay, ...rest) : 0);  // as if no check took that long
new MutationObserver(() => heard.push(status.textContent)).observe(status, {childList: true, characterData: true, subtree: true});
"""


def accessible(browser: Browser, selector: str) -> list[tuple[str, str]]:
    """What a screen reader is given of a part of the page, in its order: role and name."""
    ask = browser.driver.execute_cdp_cmd
    document = ask("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
    node = ask("DOM.querySelector", {"nodeId": document, "selector": selector})["nodeId"]
    number = ask("DOM.describeNode", {"nodeId": node})["node"]["backendNodeId"]
    tree = {node["nodeId"]: node for node in ask("Accessibility.getFullAXTree", {})["nodes"]}
    found, left = [], [node for node in tree.values() if node.get("backendDOMNodeId") == number]
    while left:
        node = left.pop()
        left += [tree[child] for child in reversed(node.get("childIds", [])) if child in tree]
        if not node["ignored"]:
            found.append((node["role"]["value"], node.get("name", {}).get("value", "")))
    return found


STARTING = {"en": "The checker is starting. The first visit takes some seconds.", "ko": "검사기를 시작합니다. 처음에는 몇 초 걸립니다."}  # fmt: skip


@every_language
def test_a_screen_reader_hears_the_verdict_once_and_finds_each_finding_by_name(browser: Browser, lang: str) -> None:
    opened(browser, lang)
    browser.run(HEAR)
    wrong = Path("examples/wrong/PT208-duration-without-a-unit.yaml").read_text(encoding="utf-8")
    pasted(browser, wrong)
    verdict = said(browser, {"en": "checked 1 pod(s)", "ko": "파드 1개"}[lang])
    browser.run("self.old = document.querySelector('.checker .finding')")
    pasted(browser, f"{wrong}# the end\n")
    browser.wait("return document.querySelector('.checker .finding') !== self.old && document.querySelector('.checker .finding')")  # fmt: skip
    said(browser, verdict)
    heard = browser.run("return self.heard")
    assert heard == [STARTING[lang], verdict]
    worst = {
        "en": "error PT208 line 29 Deployment wishlist: terminationDrainDuration: 35 is a number",
        "ko": "오류 PT208 29행 Deployment wishlist: terminationDrainDuration",
    }
    assert worst[lang] in verdict, "the worst finding is heard with the counts"
    assert verdict.endswith(shown(browser, ".finding p:nth-of-type(2)")[0])
    size = browser.run("return document.querySelector('.checker .heard').getBoundingClientRect().width")
    assert size == 1, "on the screen it stands below alone"
    pasted(browser, "kind: Pod\nspec: a: b\n")
    broken = said(browser, {"en": "nothing was checked", "ko": "검사한 것이 없습니다"}[lang])
    assert {"en": "cannot be read line 2, column 8: ", "ko": "읽을 수 없음 2행 8열: "}[lang] in broken
    pasted(browser, wrong)
    said(browser, verdict)
    named = accessible(browser, ".checker")
    order = [role for role, name in named]
    finding = {"en": "error PT208 line 29 Deployment wishlist", "ko": "오류 PT208 29행 Deployment wishlist"}[lang]
    at = named.index(("group", finding))
    assert order.index("status") < at, "the verdict is read before the findings"
    assert [one for one in named[at:] if one[0] in ("link", "button")][:3] == [
        ("link", "PT208"),
        ("button", {"en": "line 29", "ko": "29행"}[lang]),
        ("button", {"en": "Apply this fix", "ko": "이대로 고치기"}[lang]),
    ]
    assert any(role in ("img", "image") and "wishlist" in name for role, name in named[at:])
    assert not [one for one in named if one[0] in ("link", "button", "textbox", "combobox", "img", "image") and not one[1]]  # fmt: skip


@pytest.mark.parametrize("script", ["modules.json", "engine.js"])
def test_a_checker_that_cannot_start_says_so(
    browser: Browser, site: Path, serve: Callable[[Path], AbstractContextManager[str]], tmp_path: Path, script: str
) -> None:
    """Python that fails as it is imported, and a script that is not there."""
    for entry in site.iterdir():
        (tmp_path / entry.name).symlink_to(entry)
    (tmp_path / "assets").unlink()
    shutil.copytree(site / "assets", tmp_path / "assets")
    held = tmp_path / "assets" / "checker" / script
    text = held.read_text(encoding="utf-8")
    held.unlink()
    if script == "modules.json":
        wrong, count = re.subn(r'("timing_rules\.browser", \[".py", ")', r"\1import no_such_module\\n", text)
        assert count == 1
        held.write_text(wrong, encoding="utf-8")
    with serve(tmp_path) as address:
        here = type(browser)(browser.driver, address)
        opened(here)
        pasted(here, SHORT.read_text(encoding="utf-8"))
        line = said(here, "The checker could not start: ")
        assert ("no_such_module" if script == "modules.json" else "engine.js") in line
        assert "The command line below does the same." in line


@every_language
def test_without_javascript_the_page_shows_a_figure_and_the_command(browser: Browser, lang: str) -> None:
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.driver.get(f"{browser.address}{PREFIX[lang]}/check/")
        article = browser.driver.find_element(By.CSS_SELECTOR, "article")
        assert "timing-rules check -" in article.text and "JavaScript" in article.text
        assert browser.driver.find_element(By.CSS_SELECTOR, "article .timing svg").is_displayed()
        assert not browser.driver.find_element(By.CSS_SELECTOR, ".checker").is_displayed()
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_the_page_evaluates_no_text_and_reaches_no_other_host(browser: Browser) -> None:
    opened(browser)
    # The driver's own scripts, and what they call, stand above a page's policy: it is tried by a later task of the page.
    browser.run(
        """
        const script = document.createElement('script');
        script.textContent = `setTimeout(() => {
          try { new Function('return 1')(); window.tried = 'evaluated'; } catch (error) { window.tried = error.name; }
          fetch('http://example.org/').then(() => { window.sent = 'sent'; }, (error) => { window.sent = error.name; });
        }, 0)`;
        document.head.append(script);
        """
    )
    assert browser.wait("return window.tried") == "EvalError"
    assert browser.wait("return window.sent") == "TypeError"
    assert any("Content Security Policy" in entry["message"] for entry in browser.log("browser"))


LEFT = {
    "en": "Fixes that would bring another finding were not made: 1.",
    "ko": "고치면 다른 문제가 생기는 1건은 그대로 두었습니다.",
}
#: A delay would keep the app as long as its classic proxy drains, or longer: another finding.
ENTANGLED = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    metadata:
      labels:
        app: web
        sidecar.istio.io/inject: "true"
      annotations:
        timing-rules/istio: "1.20"
        timing-rules/kubernetes: "1.31"
    spec:
      containers:
        - name: web
          image: example.com/web:1
          ports:
            - containerPort: 80
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
  ports:
    - port: 80
"""


@every_language
def test_a_fix_that_is_not_made_says_so_at_its_button(browser: Browser, lang: str) -> None:
    """The verdict may be out of sight by then."""
    opened(browser, lang, PHONE)
    pasted(browser, ENTANGLED)
    said(browser, COUNTS[lang])
    for _ in range(2):
        click(browser, ".finding .md-button")
        said(browser, LEFT[lang])
        browser.wait("return document.querySelector('.finding .md-button + .open')")
    assert shown(browser, ".finding .open") == [LEFT[lang]] and value(browser) == ENTANGLED


def test_a_change_in_another_file_is_shown_with_its_name(browser: Browser, tmp_path: Path) -> None:
    """The editor turns to a file that was changed; what stands in the others is not lost."""
    for path in (WRONG / "PT209-minimum-drain-without-a-unit.yaml", UNIT):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    first, second = sorted(path.name for path in tmp_path.iterdir())
    opened(browser)
    browser.driver.find_element(By.CSS_SELECTOR, ".checker .files").send_keys(
        f"{tmp_path / second}\n{tmp_path / first}"
    )
    said(browser, "checked 2 pod(s)")
    click(browser, f".names button:nth-child({[*shown(browser, '.names button')].index(second) + 1})")
    button = browser.run(
        "return [...document.querySelectorAll('.finding')].findIndex((one) => one.innerText.includes(arguments[0]) && one.querySelector('.md-button'))",
        first,
    )
    browser.run("document.querySelectorAll('.finding')[arguments[0]].querySelector('.md-button').click()", button)
    browser.wait("return document.querySelector('.change')", seconds=60)
    assert shown(browser, ".change pre")[0].startswith(f"{first}\n@@ ")
    assert shown(browser, ".names [aria-pressed=true]") == [first]
    assert value(browser) != (tmp_path / first).read_text(encoding="utf-8")
    click(browser, f".names button:nth-child({[*shown(browser, '.names button')].index(second) + 1})")
    assert value(browser) == (tmp_path / second).read_text(encoding="utf-8")
    assert browser.complaints() == []
