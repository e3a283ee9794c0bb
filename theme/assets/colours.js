// The colours: the system's choice, light, dark. The scheme stands before anything is painted, so a page never changes from light to
// dark under its reader; Material's own button waits for Material's script, which then makes a phone compute every style twice more.
// What was chosen is kept under Material's name and in its form, so that it outlives a change of buttons.
(() => {
  const PAPER = { default: "#fcfcfa", slate: "#14191e" };
  const button = document.querySelector(".colours");
  const choices = [...button.children];
  const system = matchMedia("(prefers-color-scheme: dark)");
  const meta = (name) => document.querySelector(`meta[name=${name}]`);
  const kept = __md_get("__palette");
  let index = choices[kept?.index] ? kept.index : 0;

  const show = () => {
    const scheme = choices[index].dataset.scheme || (system.matches ? "slate" : "default");
    document.body.dataset.mdColorScheme = scheme;
    meta("color-scheme").content = scheme === "slate" ? "dark" : "light";
    meta("theme-color").content = PAPER[scheme];
    for (const [at, choice] of choices.entries()) choice.hidden = at !== index;
    button.title = choices[index].dataset.name;
    button.setAttribute("aria-label", button.title);
    button.hidden = false;
  };

  button.addEventListener("click", () => {
    index = (index + 1) % choices.length;
    __md_set("__palette", { index });
    show();
  });
  system.addEventListener("change", show);
  show();
})();
