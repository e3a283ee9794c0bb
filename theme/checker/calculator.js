// The page "Move the timers": hands the numbers of its fields to the Worker, and shows the picture, the verdict and the
// manifest that come back. It computes no time and holds no sentence. The presets were answered when the site was built.
import { Engine, TooLong } from "./client.js";
import { keep } from "./keep.js";
import { coded, copied, drawing, element } from "./shared.js";

const HEARD_MS = 600; // a screen reader is told when the numbers rest
const ADDRESS_MS = 300; // browsers refuse an address that changes at every step

const root = document.querySelector(".calculator");
const words = JSON.parse(root.querySelector("script[type='application/json']").textContent);
const find = (selector) => root.querySelector(selector);
const say = (name, values = {}) => words[name].replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
const { base, version, lang } = root.dataset;
const engine = new Engine(base, version, lang, "calculator");
engine.onready = () => keep(base, version, "calculator");
const fields = new Map([...root.querySelectorAll("[data-name]")].map((node) => [node.dataset.name, node]));
const looks = [...root.querySelectorAll(".look")];
const presets = [...root.querySelectorAll(".preset")];
let link = "";
let hearing;
let addressing;

// ── Fields ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const part = (node, kind) => node.querySelector(kind);

function valueOf(node) {
  const choice = part(node, "select");
  if (choice) return choice.value;
  if (part(node, ".never")?.checked) return "never";
  const number = part(node, "[type=number]");
  return number ? number.value : String(part(node, "[type=checkbox]").checked);
}

function standardOf(node) {
  const choice = part(node, "select");
  if (choice) return [...choice.options].find((option) => option.defaultSelected).value;
  return part(node, "[type=number]")?.defaultValue ?? "false";
}

// Puts a value in: a slider grows with what its number says.
function setValue(node, value) {
  const [choice, never, number] = [part(node, "select"), part(node, ".never"), part(node, "[type=number]")];
  if (choice) {
    if ([...choice.options].some((option) => option.value === value)) choice.value = value;
  } else if (number) {
    if (never) never.checked = value === "never";
    if (Number.isFinite(Number(value))) number.value = value;
    follow(node);
  } else {
    part(node, "[type=checkbox]").checked = value === "true";
  }
}

function follow(node) {
  const [number, slider] = [part(node, "[type=number]"), part(node, "[type=range]")];
  const most = Number(slider.dataset.most ?? (slider.dataset.most = slider.max));
  slider.max = String(Math.max(most, Math.ceil(number.valueAsNumber || 0)));
  slider.value = number.value;
  heardAs(node);
}

function heardAs(node) {
  const slider = part(node, "[type=range]");
  slider.setAttribute("aria-valuetext", `${slider.value} ${part(node, ".number").textContent.trim()}`);
}

// What differs from the values that the page begins with, as the address holds it.
function given() {
  const values = [...fields].map(([name, node]) => [name, valueOf(node), standardOf(node)]);
  return Object.fromEntries(values.filter(([, value, standard]) => value !== standard).map(([name, value]) => [name, value]));
}

function setAll(state) {
  for (const [name, node] of fields) setValue(node, state[name] ?? standardOf(node));
}

// A field without effect can be read, with the reason, and not moved.
function disable(reasons) {
  for (const [name, node] of fields) {
    const reason = part(node, ".reason");
    const why = reasons[name] ?? "";
    const never = part(node, ".never");
    for (const input of node.querySelectorAll("input, select")) {
      input.disabled = Boolean(why) || Boolean(never?.checked && input !== never);
    }
    invalid(node, false);
    node.classList.toggle("off", Boolean(why));
    reason.hidden = !why;
    // Fields of one group that are off for one reason show it once; a screen reader is told at each.
    reason.classList.toggle("again", Boolean(why) && why === reasons[node.previousElementSibling?.dataset.name]);
    if (reason.textContent !== why) reason.textContent = why;
  }
}

// A field whose value cannot be used says so itself; the picture stays what it was.
function refuse(name, sentence) {
  for (const [other, node] of fields) invalid(node, other === name);
  const reason = fields.get(name)?.querySelector(".reason");
  if (!reason) return;
  reason.textContent = sentence;
  reason.hidden = false;
}

function invalid(node, is) {
  node.classList.toggle("refused", is);
  for (const input of node.querySelectorAll("input:not([type=checkbox]), select")) {
    if (is) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }
  const reason = part(node, ".reason");
  if (!is && !node.classList.contains("off") && reason.textContent) {
    reason.textContent = "";
    reason.hidden = true;
  }
}

// ── Answers ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function tell(sentence, style = "", whole = sentence) {
  const line = find(".verdict-line");
  // A span of time is not parted at its dash, nor a number from its unit.
  line.replaceChildren(...sentence.split(/(\S+–\S+(?: s\b\S?)?|\d\S* s\b\S?)/).map((part, index) => (index % 2 ? element("span", { class: "span" }, part) : part)));
  line.className = `verdict-line ${style}`;
  clearTimeout(hearing);
  hearing = setTimeout(() => { find(".heard").textContent = whole; }, HEARD_MS);
}

function show(answer) {
  root.classList.toggle("stale", "refused" in answer);
  if ("refused" in answer) {
    find(".remark").textContent = "";
    tell(answer.refused, "lost");
    refuse(answer.field, answer.refused);
    return;
  }
  find(".timing").replaceChildren(drawing(answer.picture));
  find(".result code").textContent = answer.yaml;
  disable(answer.without_effect);
  link = coded(answer.link);
  find(".check").href = `${root.dataset.check}#pods=${link}`;
  find(".remark").textContent = answer.note;
  tell(answer.headline, answer.lost ? "lost" : "kept", answer.verdict);
}

async function draw(state) {
  if (!engine.running) tell(words.loading);
  try {
    await engine.start();
  } catch (error) {
    tell(say("unstarted", { why: error.message }));
    return;
  }
  try {
    const answer = await engine.ask("draw", { state });
    if (answer) show(answer);
  } catch (error) {
    tell(say("failed", { why: error instanceof TooLong ? "…" : error.message }));
  }
}

function press(preset, look) {
  for (const button of presets) button.setAttribute("aria-pressed", String(button.dataset.preset === preset));
  for (const button of looks) button.setAttribute("aria-pressed", String(button.dataset.look === look));
}

function changed() {
  press("", "");
  clearTimeout(addressing);
  addressing = setTimeout(keepAddress, ADDRESS_MS);
  draw(given());
}

function keepAddress() {
  const fragment = new URLSearchParams(given()).toString();
  history.replaceState(null, "", `${location.pathname}${fragment && `#${fragment}`}`);
}

// What the address holds is a stranger's: a field takes it only if it can, and the package judges all of it.
function openAddress() {
  if (!location.hash.includes("=")) return;
  const state = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  press("", "");
  setAll(state);
  root.classList.add("stale");
  draw(state);
}

let answered;

async function preset(name, look) {
  try {
    answered ??= await (await fetch(`${base}presets.json?${version}`)).json();
  } catch {
    tell(words.no_preset);
    return;
  }
  const answer = answered[name][look];
  press(name, look);
  setAll(answer.state);
  show(answer);
  clearTimeout(addressing);
  addressing = setTimeout(keepAddress, ADDRESS_MS);
}

async function copy(content) {
  tell((await copied(content)) ? words.copied : `${words.not_copied} ${content}`);
}

// ── Input ───────────────────────────────────────────────────────────────────────────────────────────────────────────

for (const [name, node] of fields) {
  const reason = part(node, ".reason");
  reason.id = `why-${name}`;
  for (const input of node.querySelectorAll("input, select")) input.setAttribute("aria-describedby", reason.id);
  const [number, slider, never] = [part(node, "[type=number]"), part(node, "[type=range]"), part(node, ".never")];
  if (slider) heardAs(node);
  slider?.addEventListener("input", () => {
    number.value = slider.value;
    heardAs(node);
    changed();
  });
  number?.addEventListener("input", () => {
    follow(node);
    changed();
  });
  never?.addEventListener("change", () => {
    for (const input of [number, slider]) input.disabled = never.checked;
    changed();
  });
  if (!number) node.addEventListener("change", changed);
}

let begun = ["native", "0"];
for (const button of [...presets, ...looks]) {
  button.addEventListener("click", () => {
    begun = [button.dataset.preset ?? begun[0], button.dataset.look ?? (button.dataset.preset ? "0" : begun[1])];
    preset(...begun);
  });
}
// The runtime is fetched when a hand or the focus comes near a control, not before.
const warm = () => engine.start().catch((error) => tell(say("unstarted", { why: error.message })));
for (const event of ["pointerover", "focusin"]) find(".controls").addEventListener(event, warm, { once: true });
find(".controls").addEventListener("submit", (event) => event.preventDefault());
find(".copy").addEventListener("click", () => copy(find(".result code").textContent));
find(".share").addEventListener("click", () => {
  keepAddress();
  copy(location.href);
});
addEventListener("hashchange", openAddress);

fetch(`${base}presets.json?${version}`)
  .then((answer) => answer.json())
  .then((all) => {
    answered = all;
    if (presets[0].getAttribute("aria-pressed") === "true" && looks[0].getAttribute("aria-pressed") === "true") show(all.native[0]);
  })
  .catch(() => {});
openAddress();
