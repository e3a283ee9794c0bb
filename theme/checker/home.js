// The small calculator on home: three sliders for the pod of the open tab. Until one is touched, this file is all that is
// loaded; then the same Worker as on the page "Move the timers" draws the pod.
const root = document.querySelector(".timers");
const { base, version, lang, target, loading, unstarted } = root.dataset;
const modes = JSON.parse(root.dataset.modes);
const labels = [...root.querySelectorAll("label")];
const tabs = document.querySelector(".before-after").closest(".tabbed-set").querySelectorAll(":scope > input");
const status = root.querySelector("[role=status]");
let started;
let telling;

const tell = (sentence) => {
  clearTimeout(telling);
  telling = setTimeout(() => { status.textContent = sentence; }, 300);
};

const shown = () => labels.filter((label) => !label.hidden);

function state() {
  const { sidecar, ...versions } = modes[[...tabs].findIndex((tab) => tab.checked)] ?? modes[0];
  return { sidecar, ...versions, ...Object.fromEntries(shown().map((label) => [label.dataset.name, label.querySelector("input").value])) };
}

function start() {
  if (!started) tell(loading);
  started ??= Promise.all([import("./client.js"), import("./shared.js")]).then(([{ Engine }, { drawing }]) => ({
    engine: new Engine(base, version, lang, "calculator"),
    drawing,
  }));
  return started;
}

async function draw() {
  const asked = state();
  root.querySelector("a").href = `${target}#${new URLSearchParams(asked)}`;
  try {
    const { engine, drawing } = await start();
    const answer = await engine.ask("draw", { state: asked });
    if (!answer) return;
    root.querySelector(".timing").replaceChildren(drawing(answer.picture));
    root.querySelector(".timing").hidden = false;
    tell(answer.verdict);
  } catch (error) {
    started = undefined;
    tell(unstarted.replace("{why}", error.message));
  }
}

function choose() {
  const { sidecar } = state();
  for (const label of labels) label.hidden = !label.dataset.modes.split(" ").includes(sidecar);
  root.querySelector("a").href = `${target}#${new URLSearchParams(state())}`;
}

for (const label of labels) {
  const [slider, output] = [label.querySelector("input"), label.querySelector("output")];
  slider.addEventListener("input", () => {
    output.value = output.value.replace(/^\d+/, slider.value);
    draw();
  });
}
for (const tab of tabs) tab.addEventListener("change", () => { choose(); if (started) draw(); });
choose();
