// The page "Check a manifest": takes a manifest, asks the Worker, and shows what it answers beside the text.
//
// The editor is a textarea with a gutter of its own. It weighs nothing, and a phone's keyboard, selection, paste, undo and
// a screen reader work in it as everywhere. Ace 1.44 (in the Python package django-ace) weighs 128 KB compressed with its
// YAML mode alone, and draws text and cursor itself, so it has to imitate all of that; CodeMirror 6 needs Node at set-up.
//
// What a reader pastes is only ever put in as text. The one markup that is put in is the picture, which the package
// draws and in which it escapes every name; it is parsed as SVG, and scripts in it would not run even so.
import { Engine, LIMIT_SECONDS, TooLong } from "./client.js";
import { keep } from "./keep.js";
import { coded, copied, drawing, element } from "./shared.js";

const PAUSE_MS = 250;
// What is done before is not announced.
const BUSY_MS = 700;
const MOST_BYTES = 5_000_000;
const LINE_EM = 1.5; // as in page.css

const root = document.querySelector(".checker");
const words = JSON.parse(root.querySelector("script[type='application/json']").textContent);
const find = (selector) => root.querySelector(selector);
const say = (name, values = {}) => words[name].replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
const engine = new Engine(root.dataset.base, root.dataset.version, root.dataset.lang);
engine.onready = () => keep(root.dataset.base, root.dataset.version, "checker");

const text = find("textarea");
const status = find(".verdict-line");
const findingsBox = find(".findings");
const podsBox = find(".pods");
let files = [{ name: words.pasted, text: "" }];
let current = 0;
let facts = new Map(); // asked for in place: "app-shutdown=web" → "20s"
const asked = new Map(); // what of no container each pod was asked for: a question stays where it was answered
let shown = { findings: [], options: [] };
let before; // the files before the last fix
let timer;
let busy;

// Said once: what is written again is read out again.
const tell = (...sentences) => announce(sentences);

// `heard` is for a screen reader alone: on the screen it stands below.
function announce(sentences, heard = "") {
  clearTimeout(busy);
  const whole = sentences.filter(Boolean).map((sentence) => (/[.…]$/.test(sentence) ? sentence : `${sentence}.`)).join(" ");
  const words = heard ? [`${whole} `, element("span", { class: "heard" }, heard)] : [whole];
  if (status.textContent !== whole + (heard && ` ${heard}`)) status.replaceChildren(...words);
}

// The flags that are set, as pairs of name and value.
function options() {
  const given = [...root.querySelectorAll(".fields [name]")]
    .filter((field) => field.value.trim())
    .map((field) => [field.name, withUnit(field.value.trim())]);
  for (const [key, value] of facts) {
    const [name, container] = key.split("=");
    given.push([name, container ? `${container}=${value}` : value]);
  }
  return given;
}

// A bare number is taken for seconds, but not a version.
function withUnit(value) {
  return /^\d+$/.test(value) ? `${value}s` : value;
}

function quoted(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function showCommand() {
  const flags = options().flatMap(([name, value]) => [`--${name}`, value]);
  find(".command code").textContent = ["timing-rules", "check", ...flags, ...files.map((file) => file.name)].map(quoted).join(" ");
}

// ── The editor ──────────────────────────────────────────────────────────────────────────────────────────────────────

function showText() {
  text.value = files[current].text;
  showNames();
  showLines();
}

function showNames() {
  const names = find(".names");
  names.hidden = files.length < 2;
  names.replaceChildren(
    ...files.map((file, index) =>
      element("button", { type: "button", "aria-pressed": String(index === current), onclick: () => turnTo(index) }, file.name),
    ),
  );
}

function turnTo(index) {
  current = index;
  showText();
  showMarks();
}

function showLines() {
  const count = text.value.split("\n").length;
  const numbers = find(".gutter pre");
  if (numbers.dataset.count !== String(count)) {
    numbers.dataset.count = String(count);
    numbers.textContent = Array.from({ length: count }, (_, index) => index + 1).join("\n");
  }
}

// A mark in the gutter and a stripe behind the line, for each line with a finding.
function showMarks() {
  const worst = new Map();
  const rank = ["info", "warning", "error"];
  const entries = [
    ...shown.findings.map((finding, index) => ({ ...finding, index })),
    ...(shown.errors ?? []).map((error, index) => ({ ...error, severity: "error", index: `error-${index}` })),
  ];
  for (const entry of entries.filter((one) => one.source === files[current].name)) {
    const known = worst.get(entry.line);
    if (!known || rank.indexOf(entry.severity) > rank.indexOf(known.severity)) worst.set(entry.line, entry);
  }
  const place = (line) => `top: ${(line - 1) * LINE_EM}em`;
  find(".marks").replaceChildren(
    ...[...worst.values()].map(({ line, severity, message, index }) =>
      element("button", {
        type: "button",
        tabindex: "-1",
        class: severity,
        style: place(line),
        title: message,
        "aria-label": say("mark", { n: line }),
        onclick: () => showFinding(index),
      }),
    ),
  );
  find(".stripes").replaceChildren(
    ...[...worst.values()].map(({ line, severity }) => element("div", { class: severity, style: place(line) })),
  );
  scrolled();
}

function scrolled() {
  find(".gutter").scrollTop = text.scrollTop;
  find(".stripes").style.transform = `translateY(${-text.scrollTop}px)`;
}

function goTo(source, line, column = 1) {
  const index = files.findIndex((file) => file.name === source);
  if (index >= 0 && index !== current) turnTo(index);
  const lines = text.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  const from = column > 1 ? start + column - 1 : start;
  text.focus();
  text.setSelectionRange(from, Math.max(from, start + (lines[line - 1] ?? "").length));
  const height = text.scrollHeight / Math.max(lines.length, 1);
  text.scrollTop = Math.max(0, (line - 4) * height);
  text.scrollIntoView({ block: "nearest" });
}

// ── Questions and answers ───────────────────────────────────────────────────────────────────────────────────────────

function soon() {
  clearTimeout(timer);
  timer = setTimeout(() => check(), PAUSE_MS);
}

async function ask(command, payload) {
  if (!engine.running) tell(words.loading);
  try {
    await engine.start();
  } catch (error) {
    tell(say("unstarted", { why: error.message }));
    return undefined;
  }
  try {
    return await engine.ask(command, payload);
  } catch (error) {
    tell(error instanceof TooLong ? say("too_long", { n: LIMIT_SECONDS }) : say("failed", { why: error.message }));
    return undefined;
  }
}

// `done` is what was done to the text before: it is told with the verdict.
async function check(done = "") {
  clearTimeout(timer);
  showCommand();
  const written = files.filter((file) => file.text.trim());
  const large = written.find((file) => file.text.length > MOST_BYTES);
  if (!written.length || large) {
    show({ findings: [], errors: [], pods: [], notes: [], options: [] });
    tell(large ? say("too_large", { name: large.name }) : words.empty);
    return;
  }
  clearTimeout(busy);
  if (engine.running) busy = setTimeout(() => tell(words.checking), BUSY_MS);
  const answer = await ask("check", { files: written, options: options() });
  if (!answer) return;
  show(answer);
  const lost = answer.pods.filter((pod) => pod.losses.length).length;
  announce([done, ...answer.options.map(fault), answer.counts, lost && say("lost_pods", { n: lost })], worst());
}

// What stands first below the verdict: an error, or the worst finding.
function worst() {
  const [head, message] = findingsBox.querySelector(".finding")?.querySelectorAll("p") ?? [];
  return head && `${head.textContent}: ${message.textContent}`;
}

function fault({ name, message }) {
  return `--${name}: ${message}`;
}

function show(answer) {
  shown = answer;
  root.querySelectorAll(".fields [name]").forEach((field) => {
    const refused = answer.options.find(({ name, text }) => name === field.name && text === withUnit(field.value.trim()));
    field.setCustomValidity(refused?.message ?? "");
    if (refused) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  });
  find(".apply-all").hidden = !answer.findings.some((finding) => finding.edits.length);
  findingsBox.replaceChildren(
    ...answer.options.map((option) => element("p", { class: "fault" }, fault(option))),
    ...answer.errors.map(errorItem),
    ...grouped(answer.findings),
    ...answer.notes.map((note) => element("p", { class: "note" }, note)),
  );
  forget(answer);
  const questions = new Map(answer.pods.map((pod) => [pod, questionsOf(pod)]));
  const pods = answer.pods.map((pod) => podItem(pod, questions));
  if (answer.more_pods) pods.push(element("p", { class: "note" }, say("more_pods", { n: answer.more_pods })));
  replacePods(pods);
  root.classList.toggle("answered", findingsBox.childElementCount > 0);
  showMarks();
}

// Whoever is answering a question stays at it, with its place on the screen.
function replacePods(pods) {
  const active = document.activeElement?.closest?.("[data-fact]");
  const fields = () => [...podsBox.querySelectorAll("[data-fact]")];
  const at = fields().filter((field) => field.dataset.fact === active?.dataset.fact).indexOf(active);
  const top = active?.getBoundingClientRect().top;
  podsBox.replaceChildren(...pods);
  if (!active) return;
  const again = fields().filter((field) => field.dataset.fact === active.dataset.fact);
  const field = again[at] ?? again[0];
  field?.focus({ preventScroll: true });
  if (field) scrollBy({ top: field.getBoundingClientRect().top - top, behavior: "instant" });
}

// What was answered of a container that the text no longer has does not count any more.
function forget({ pods, errors, more_pods: undrawn }) {
  if (!pods.length || errors.length || undrawn) return;
  const there = new Set(pods.flatMap((pod) => pod.containers));
  const gone = [...facts.keys()].filter((key) => !there.has(key.split("=")[1]));
  for (const key of gone) facts.delete(key);
  if (gone.length) showCommand();
}

// The worst first. What several workloads share is shown once, and the others fold below it.
function grouped(findings) {
  const rank = ["error", "warning", "info"];
  const groups = new Map();
  findings.forEach((finding, index) => {
    const key = `${rank.indexOf(finding.severity)} ${finding.rule}`;
    groups.set(key, [...(groups.get(key) ?? []), findingItem(finding, index)]);
  });
  return [...groups].sort(([one], [other]) => (one < other ? -1 : 1)).flatMap(([key, [first, ...others]]) => {
    if (!others.length) return [first];
    const summary = element("summary", {}, say("more", { rule: key.split(" ")[1], n: others.length }));
    return [first, element("details", { class: "more" }, summary, ...others)];
  });
}

function showFinding(index) {
  const item = findingsBox.querySelector(`[data-index="${index}"]`);
  item?.closest("details")?.setAttribute("open", "");
  item?.focus();
}

function placeButton(source, line, column) {
  const where = column > 1 ? say("line_column", { n: line, m: column }) : say("line", { n: line });
  const name = files.length > 1 ? `${source}, ${where}` : where;
  return element("button", { type: "button", class: "place", onclick: () => goTo(source, line, column) }, name);
}

function errorItem({ source, line, column, message }, index) {
  const head = element("p", { class: "head" }, element("strong", { class: "error" }, words.unread), " ", placeButton(source, line, column));
  return element("section", { class: "finding error", role: "group", "aria-label": head.textContent, tabindex: "-1", "data-index": `error-${index}` }, head, element("p", {}, message));
}

function findingItem(finding, index) {
  const { rule, severity, label, message, fix, docs, source, line, kind, name, edits } = finding;
  const link = element("a", { href: `${root.dataset.root}${docs}` }, rule);
  const head = element("p", { class: "head" }, element("strong", { class: severity }, label), " ", link, " ", placeButton(source, line), ` ${[kind, name].filter(Boolean).join(" ")}`);
  const item = element("section", { class: `finding ${severity}`, role: "group", "aria-label": head.textContent, tabindex: "-1", "data-index": String(index) }, head, element("p", {}, message));
  item.append(element("p", {}, element("strong", {}, `${words.fix}: `), fix));
  if (edits.length) {
    item.append(element("button", { type: "button", class: "md-button", onclick: (event) => apply([finding], event) }, words.apply));
  }
  return item;
}

function podItem(pod, questions) {
  const { kind, name, mode, job, picture, losses, assumed, missing, source, document: number } = pod;
  const findings = shown.findings.filter((one) => one.source === source && one.document === number && one.name === name);
  const found = findings.some((one) => one.severity !== "info");
  const item = element("section", { class: "pod" }, element("h3", {}, `${words.timeline_of}: ${[kind, name].filter(Boolean).join(" ")}, ${mode}`));
  if (findings.length) item.append(element("p", { class: "back" }, `${words.findings}: `, ...findings.flatMap(backTo)));
  if (losses.length) {
    item.append(element("p", { class: "lost" }, words.losses), element("ul", {}, ...losses.map((loss) => element("li", {}, loss))));
  } else if (missing.length) {
    item.append(element("p", { class: "open" }, job ? words.undecided_job : words.undecided));
  } else if (!found) {
    item.append(element("p", { class: "kept" }, job ? words.no_loss_job : words.no_loss));
  }
  item.append(element("div", { class: "timing" }, drawing(picture)));
  if (assumed.length) item.append(element("p", { class: "note" }, say("assumed", { names: assumed.join(", ") })));
  const own = questions.get(pod);
  const holders = (fact) => [...questions.values()].filter((facts) => facts.includes(fact)).length;
  if (own.length) item.append(element("p", {}, missing.length ? words.missing : words.given), ...own.map((fact) => question(fact, holders(fact))));
  return item;
}

// From a picture to the finding that it shows.
function backTo(finding) {
  const { severity, label, rule, line } = finding;
  const go = () => showFinding(shown.findings.indexOf(finding));
  return [element("button", { type: "button", class: `place ${severity}`, onclick: go }, `${label} ${rule} ${say("line", { n: line })}`), " "];
}

// A fact as a setting: "app-shutdown.web" is "app-shutdown=web".
function keyOf(fact) {
  return fact.replace(".", "=");
}

// What a pod is asked for, and what it was asked for and was given here: in an order that answers do not change.
function questionsOf({ source, document: number, name, missing, containers }) {
  const place = JSON.stringify([source, number, name]);
  const general = new Set([...(asked.get(place) ?? []), ...missing.filter((fact) => !fact.includes("."))]);
  asked.set(place, general);
  const own = containers.flatMap((container) => [`prestop.${container}`, `app-shutdown.${container}`]);
  return [...general, ...own].filter((fact) => missing.includes(fact) || givenHere(fact));
}

function givenHere(fact) {
  return facts.get(keyOf(fact)) || root.querySelector(`.fields [name="${fact}"]`)?.value;
}

// A field for a fact that would decide more. `holders` is how many of the pods that are drawn have the same question.
function question(fact, holders) {
  const key = keyOf(fact);
  const [name, container = ""] = key.split("=");
  const general = root.querySelector(`.fields [name="${name}"]`);
  const choice = !container && general?.tagName === "SELECT";
  const field = element(choice ? "select" : "input", {
    "data-fact": key,
    autocapitalize: "off",
    autocomplete: "off",
    onchange: () => {
      const value = withUnit(field.value.trim());
      if (!container && general) general.value = value;
      else if (value) facts.set(key, value);
      else facts.delete(key);
      check();
    },
  });
  if (choice) field.append(...[...general.options].map((option) => option.cloneNode(true)));
  field.value = givenHere(fact) ?? "";
  const label = element("label", { class: "ask" }, (words.asks[name] ?? name).replace("{container}", container), " ");
  if (container && holders > 1) label.append(element("span", { class: "note" }, say("everywhere", { n: holders })), " ");
  label.append(field);
  const text = container ? `${container}=${field.value}` : field.value;
  const refused = shown.options.find((option) => option.name === name && option.text === text);
  if (refused) {
    field.setAttribute("aria-invalid", "true");
    label.append(element("span", { class: "fault" }, refused.message));
  }
  return label;
}

// ── Fixes, copies, links ────────────────────────────────────────────────────────────────────────────────────────────

async function apply(findings, event) {
  const wanted = findings.filter((finding) => finding.edits.length);
  const answer = await ask("apply", { files: files.filter((file) => file.text.trim()), options: options(), findings: wanted });
  if (!answer) return;
  const left = answer.left ? say("left", { n: answer.left }) : "";
  if (!answer.files.length) {
    tell(left);
    const button = event.target.closest(".finding .md-button");
    if (button && !button.nextElementSibling) button.after(element("p", { class: "open" }, left));
    return;
  }
  before = files.map((file) => ({ ...file }));
  for (const { name, text } of answer.files) files.find((file) => file.name === name).text = text;
  const differences = answer.files.flatMap(({ name, diff }) => (files.length > 1 ? [name, ...diff] : diff));
  if (!answer.files.some(({ name }) => name === files[current].name)) {
    current = files.findIndex(({ name }) => name === answer.files[0].name);
  }
  find(".undo").hidden = false;
  showText();
  await check(words.changed);
  const lines = differences.map((line) => element("span", { class: line[0] === "+" ? "gi" : line[0] === "-" ? "gd" : "" }, `${line}\n`));
  const change = element("section", { class: "change", role: "group", "aria-label": words.applied, tabindex: "-1" }, element("p", {}, words.applied), element("pre", { tabindex: "0" }, element("code", {}, ...lines)), element("p", {}, left));
  findingsBox.prepend(change);
  root.classList.add("answered");
  // The button that was pressed is gone: whoever pressed it is taken to what it did.
  change.focus();
}

function undo() {
  files = before;
  current = Math.min(current, files.length - 1);
  find(".undo").hidden = true;
  find(".check").focus();
  showText();
  check(words.undone);
}

async function copy(content) {
  tell((await copied(content)) ? words.copied : `${words.not_copied} ${content}`);
}

async function share() {
  const answer = await ask("share", { files, options: options() });
  if (!answer) return;
  // What was given of a container is in the pods already.
  const general = options().filter(([, value]) => !value.includes("="));
  copy(`${location.origin}${location.pathname}#pods=${coded({ pods: answer.pods, options: general })}`);
}

// What a link holds is a stranger's: a field is set only to what a flag can be, and the package writes the text anew.
async function openLink() {
  const code = location.hash.match(/^#pods=([\w-]+)$/)?.[1];
  if (!code) return;
  try {
    const raw = atob(code.replaceAll("-", "+").replaceAll("_", "/"));
    const { pods, options: given } = JSON.parse(new TextDecoder().decode(Uint8Array.from(raw, (letter) => letter.charCodeAt(0))));
    const answer = await ask("open", { pods });
    if (!answer) return;
    files = [{ name: words.pasted, text: answer.text }];
    setOptions(Array.isArray(given) ? given : []);
  } catch {
    tell(words.bad_link);
    return;
  }
  current = 0;
  showText();
  check();
}

function setOptions(given) {
  facts = new Map();
  for (const pair of given) {
    const [name, value] = Array.isArray(pair) ? pair.map(String) : ["", ""];
    if (!/^[a-z-]{1,30}$/.test(name) || !/^[\w.=-]{1,80}$/.test(value)) continue;
    const [container, length] = value.includes("=") ? value.split("=") : ["", value];
    const field = root.querySelector(`.fields [name="${name}"]`);
    if (container && (name === "app-shutdown" || name === "prestop")) facts.set(`${name}=${container}`, length);
    else if (field) field.value = value;
  }
}

// ── Input ───────────────────────────────────────────────────────────────────────────────────────────────────────────

async function take(list) {
  const large = [...list].find((file) => file.size > MOST_BYTES);
  if (large) {
    tell(say("too_large", { name: large.name }));
    return;
  }
  const taken = await Promise.all([...list].map(async (file) => ({ name: file.name, text: await file.text() })));
  if (!taken.length) return;
  const kept = files.filter((file) => file.text.trim() && !taken.some((other) => other.name === file.name));
  files = [...kept, ...taken];
  current = kept.length;
  showText();
  check();
}

async function example(path) {
  if (!path) return;
  const answer = await fetch(`${root.dataset.base}../../${path}`);
  files = [{ name: path.split("/").pop(), text: await answer.text() }];
  current = 0;
  setOptions([]);
  showText();
  check();
}

function clear() {
  files = [{ name: words.pasted, text: "" }];
  current = 0;
  facts = new Map();
  root.querySelectorAll(".fields [name]").forEach((field) => { field.value = ""; });
  find(".example").value = "";
  find(".undo").hidden = true;
  history.replaceState(null, "", location.pathname);
  showText();
  check();
  text.focus();
}

text.addEventListener("input", () => {
  files[current].text = text.value;
  showLines();
  soon();
});
text.addEventListener("scroll", scrolled);
// The runtime is fetched when a hand or the focus comes near the text, not before.
const warm = () => engine.start().catch((error) => tell(say("unstarted", { why: error.message })));
for (const event of ["pointerover", "focusin"]) root.addEventListener(event, warm, { once: true });
root.addEventListener("dragover", (event) => event.preventDefault());
root.addEventListener("drop", (event) => {
  if (!event.dataTransfer.files.length) return;
  event.preventDefault();
  take(event.dataTransfer.files);
});
find(".files").addEventListener("change", ({ target }) => take(target.files));
find(".example").addEventListener("change", ({ target }) => example(target.value));
find(".fields").addEventListener("change", () => check());
for (const [name, action] of [
  ["clear", clear],
  ["check", () => check()],
  ["undo", undo],
  ["share", share],
  ["copy", () => copy(files[current].text)],
  ["apply-all", (event) => apply(shown.findings, event)],
]) find(`.${name}`).addEventListener("click", action);
addEventListener("hashchange", openLink);

root.hidden = false;
showText();
showCommand();
openLink();
