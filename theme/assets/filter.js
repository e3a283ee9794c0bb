// Filters the cards of the catalogue by their tags (`sidecar=native kind=Deployment`). Loaded by every page, idle on most.
(() => {
  const filters = document.querySelector(".filters");
  if (!filters) return;
  const cards = [...document.querySelectorAll(".catalogue li")].map((card) => ({
    card,
    tags: (card.querySelector("[data-tags]")?.dataset.tags ?? "").split(" "),
  }));
  const words = filters.dataset;
  const chosen = {};

  const show = () => {
    for (const { card, tags } of cards) {
      card.hidden = !Object.entries(chosen).every(([sort, value]) => !value || tags.includes(`${sort}=${value}`));
    }
    for (const grid of document.querySelectorAll(".catalogue .grid")) {
      grid.hidden = grid.querySelector("li:not([hidden])") === null;
      if (grid.previousElementSibling) grid.previousElementSibling.hidden = grid.hidden;
    }
  };

  for (const sort of ["sidecar", "kind"]) {
    const values = new Set(cards.flatMap(({ tags }) => tags).filter((tag) => tag.startsWith(`${sort}=`)));
    const label = document.createElement("label");
    const select = document.createElement("select");
    label.append(words[sort], select);
    select.add(new Option(words.all, ""));
    for (const tag of [...values].sort()) {
      const value = tag.slice(sort.length + 1);
      const name = words[`${sort}${value[0].toUpperCase()}${value.slice(1)}`] ?? value;
      select.add(new Option(name, value));
    }
    select.addEventListener("change", () => {
      chosen[sort] = select.value;
      show();
    });
    filters.append(label);
  }
})();
