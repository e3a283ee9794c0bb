"""The tool of the page "Check a manifest": its markup, and every word that its script says, in both languages."""

from __future__ import annotations

import json
from html import escape

import checker_files
from example_files import header, working, wrong
from timing_rules import versions
from timing_rules.flags import FLAGS
from timing_rules.text import Text

#: The flags that the page offers as fields, in the order of use. `app-shutdown` may name a container, as `web=20s`.
_CHOICES = {"sidecar": ("native", "classic", "none")}
_FIELDS = ("app-shutdown", "propagation", "accepts-after-sigterm", "lb-deregistration", "connections-idle-after", "node-shutdown")  # fmt: skip

# fmt: off
_HEADS = {
    "examples": Text("Start from an example", "예제로 시작하기"),
    "choose": Text("choose one", "선택"),
    "right": Text("Examples that work", "올바른 예제"),
    "wrong": Text("Examples with a mistake", "잘못이 있는 예제"),
    "open": Text("Open files", "파일 열기"),
    "clear": Text("Start over", "처음부터"),
    "editor": Text("Manifest: paste YAML or JSON here, or drop files", "매니페스트. YAML이나 JSON을 붙여 넣거나 파일을 끌어다 놓습니다"),
    "options": Text("Versions and what the manifest does not say", "버전, 매니페스트에 없는 값"),
    "unset": Text("not given", "지정하지 않음"),
    "check": Text("Check", "검사"),
    "apply_all": Text("Apply every fix", "모두 고치기"),
    "undo": Text("Undo", "되돌리기"),
    "copy": Text("Copy the manifest", "매니페스트 복사"),
    "share": Text("Copy a link", "링크 복사"),
    "shares": Text(
        "The link holds kinds, container names and timing, and stays in the part of the address that no server gets.",
        "링크에는 kind, 컨테이너 이름, 시간 설정만 들어갑니다. 주소에서 서버로 보내지 않는 부분에 담습니다.",
    ),
    "command": Text("The same on the command line", "같은 검사를 명령줄로 실행하기"),
}
#: What the script says; `{…}` is filled in.
_WORDS = {
    "loading": Text("The checker is starting. The first visit takes some seconds.", "검사기를 시작합니다. 처음에는 몇 초 걸립니다."),
    "checking": Text("Checking…", "검사하는 중입니다…"),
    "unstarted": Text("The checker could not start: {why}. The command line below does the same.", "검사기를 시작하지 못했습니다({why}). 아래 명령줄로 같은 검사를 할 수 있습니다."),
    "failed": Text("The check failed: {why}. This is a bug; your text is kept.", "검사하지 못했습니다({why}). 프로그램의 버그입니다. 입력한 내용은 그대로 있습니다."),
    "too_large": Text("{name} is larger than 5 MB and was not read. Use the command line for it.", "{name} 파일은 5 MB보다 커서 읽지 않았습니다. 명령줄을 이용하십시오."),
    "too_long": Text("The check was stopped after {n} s. Your text is kept; use the command line for it, or check a smaller part.", "검사를 {n}초 뒤에 중단했습니다. 입력한 내용은 그대로 있습니다. 명령줄을 이용하거나 일부만 검사하십시오."),
    "empty": Text("Paste a manifest, or start from an example.", "매니페스트를 붙여 넣거나 예제로 시작하십시오."),
    "line": Text("line {n}", "{n}행"),
    "line_column": Text("line {n}, column {m}", "{n}행 {m}열"),
    "unread": Text("cannot be read", "읽을 수 없음"),
    "fix": Text("Fix", "고치는 방법"),
    "apply": Text("Apply this fix", "이대로 고치기"),
    "applied": Text("The text was changed:", "다음과 같이 바꾸었습니다."),
    "changed": Text("The text was changed.", "매니페스트를 바꾸었습니다."),
    "left": Text("Fixes that would bring another finding were not made: {n}.", "고치면 다른 문제가 생기는 {n}건은 그대로 두었습니다."),
    "undone": Text("The change was undone.", "변경을 되돌렸습니다."),
    "no_loss": Text("By what is known here, no request is lost.", "지금까지 아는 값으로 계산하면 잃는 요청이 없습니다."),
    "undecided": Text("Whether requests are lost hangs on what is asked for below.", "요청을 잃는지는 아래에서 묻는 값에 달려 있습니다."),
    "undecided_job": Text("Whether work is cut hangs on what is asked for below.", "작업이 도중에 끊기는지는 아래에서 묻는 값에 달려 있습니다."),
    "no_loss_job": Text("By what is known here, no work is cut.", "지금까지 아는 값으로 계산하면 도중에 끊기는 작업이 없습니다."),
    "losses": Text("Requests can be lost:", "요청을 잃을 수 있는 시간:"),
    "assumed": Text("Assumed, because nothing says it: the newest versions, and the sidecar that they bring ({names}).", "알 수 없는 값({names})은 최신 버전과 그 기본값으로 가정했습니다."),
    "lost_pods": Text("Pods that can lose requests, by the timelines below: {n}.", "아래 타임라인을 보면 요청을 잃을 수 있는 파드가 {n}개 있습니다."),
    "missing": Text("These would decide more:", "다음 값을 알면 더 많은 것을 판정할 수 있습니다."),
    "given": Text("You gave these; change or empty one to compare:", "여기서 입력한 값입니다. 바꾸거나 비워서 비교할 수 있습니다."),
    "everywhere": Text("(holds for the container of this name in {n} pods)", "(파드 {n}개에 있는 같은 이름의 컨테이너에 모두 쓰입니다)"),
    "more_pods": Text("{n} more pods were checked and are not drawn.", "파드 {n}개는 검사했지만 그리지 않았습니다."),
    "more": Text("{rule}: {n} more", "{rule}: {n}개 더 보기"),
    "copied": Text("Copied.", "복사했습니다."),
    "not_copied": Text("The browser did not allow copying. Select and copy this:", "브라우저가 복사를 허용하지 않았습니다. 직접 선택해 복사하십시오."),
    "timeline_of": Text("Timeline", "타임라인"),
    "findings": Text("Findings", "검사 결과"),
    "file": Text("Files", "파일"),
    "bad_link": Text("The link is damaged and was not opened.", "링크가 손상되어 열지 못했습니다."),
    "mark": Text("Show the finding at line {n}", "{n}행의 검사 결과 보기"),
    "pasted": Text("manifest.yaml", "manifest.yaml"),
}
#: How a fact is asked for in place; {container} is its container.
_ASKS = {
    "app-shutdown": Text("{container}: time from SIGTERM to its end, such as 20s", "{container} 컨테이너가 SIGTERM을 받고 종료될 때까지 걸리는 시간(예: 20s)"),
    "prestop": Text("{container}: length of its preStop hook, such as 5s", "{container} 컨테이너의 preStop 훅 길이(예: 5s)"),
    "sidecar": Text("How the sidecar runs", "사이드카 방식"),
    "connections-idle-after": Text("Until no counted connection is left, such as 20s, or never", "에이전트가 세는 연결이 모두 없어질 때까지 걸리는 시간(예: 20s, never)"),
    "lb-deregistration": Text("How long the load balancer keeps sending, such as 60s", "로드 밸런서가 요청을 더 보내는 시간(예: 60s)"),
}
# fmt: on


def tool(lang: str, root: str) -> str:
    """The tool as HTML. `root` leads from the page to the root of the site, where both languages stand.

    It holds no id: a page's pictures get theirs from the build.
    """

    def say(name: str) -> str:
        return escape(_HEADS[name].get(lang))

    words = {name: text.get(lang) for name, text in _WORDS.items()}
    words["asks"] = {name: text.get(lang) for name, text in _ASKS.items()}  # type: ignore[assignment]
    island = json.dumps(words, ensure_ascii=False).replace("<", "\\u003c")
    files, version = f"../{checker_files.FOLDER}", checker_files.version()
    return f"""<div class="checker" data-lang="{lang}" data-root="{root}" data-base="{files}/" data-version="{version}" hidden>
<link rel="stylesheet" href="{files}/page.css?{version}">
<script type="application/json">{island}</script>
<div class="bar">
<label>{say("examples")} <select class="example"><option value="">{say("choose")}</option>{_examples(lang)}</select></label>
<label class="md-button opens">{say("open")}<input type="file" class="files" multiple accept=".yaml,.yml,.json"></label>
<button type="button" class="md-button clear">{say("clear")}</button>
</div>
<div class="names" role="group" aria-label="{escape(_WORDS["file"].get(lang))}" hidden></div>
<div class="work"><div>
<div class="editor"><div class="gutter" aria-hidden="true"><pre></pre><div class="marks"></div></div>
<div class="sheet"><div class="stripes" aria-hidden="true"></div>
<textarea aria-label="{say("editor")}" placeholder="{say("editor")}" wrap="off" rows="18" spellcheck="false" autocapitalize="off" autocomplete="off" autocorrect="off"></textarea></div></div>
<div class="bar">
<button type="button" class="md-button md-button--primary check">{say("check")}</button>
<button type="button" class="md-button apply-all" hidden>{say("apply_all")}</button>
<button type="button" class="md-button undo" hidden>{say("undo")}</button>
<button type="button" class="md-button copy">{say("copy")}</button>
<button type="button" class="md-button share">{say("share")}</button>
</div></div>
<p class="verdict-line" role="status"></p><div class="findings"></div></div>
<details class="options"><summary>{say("options")}</summary><div class="fields">{_fields(lang)}</div></details>
<div class="pods"></div>
<p class="command-head">{say("command")}</p>
<pre class="command"><code></code></pre>
<p class="meant">{say("shares")}</p>
</div>
<script type="module" src="{files}/page.js?{version}"></script>"""


def _examples(lang: str) -> str:
    """The site's own manifests, by whether they are right."""
    groups = []
    for name, paths in (("right", working()), ("wrong", wrong())):
        entries = "".join(f'<option value="{path}">{escape(_title(path, lang))}</option>' for path in paths)
        groups.append(f'<optgroup label="{escape(_HEADS[name].get(lang))}">{entries}</optgroup>')
    return "".join(groups)


def _title(path: str, lang: str) -> str:
    rule, dash, _ = path.rpartition("/")[2].partition("-")
    return f"{rule}: {header(path, lang).title}" if dash and "/wrong/" in path else header(path, lang).title


def _fields(lang: str) -> str:
    """A field for each flag, named as the flag."""
    choices = {name: _versions(name) for name in ("istio", "kubernetes")} | _CHOICES
    fields = []
    for name in (*choices, *_FIELDS):
        about = escape(FLAGS[name].about.get(lang))
        if name in choices:
            entries = "".join(f"<option>{value}</option>" for value in choices[name])
            field = (
                f'<select name="{name}"><option value="">{escape(_HEADS["unset"].get(lang))}</option>{entries}</select>'
            )
        else:
            example = FLAGS[name].example.replace("[NAME=]", "").partition("|")[0]
            field = f'<input name="{name}" placeholder="{example}" autocapitalize="off" autocomplete="off">'
        fields.append(f"<label><code>--{name}</code> {about} {field}</label>")
    return "".join(fields)


def _versions(component: str) -> tuple[str, ...]:
    """Every release that the facts cover, the newest first."""
    oldest, newest = versions.OLDEST[component], versions.NEWEST[component]
    return tuple(f"{newest.major}.{minor}" for minor in range(newest.minor, oldest.minor - 1, -1))
