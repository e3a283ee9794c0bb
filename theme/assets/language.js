// The link to the other language keeps the section: both languages have the same anchors.
addEventListener("click", (event) => {
  const link = event.target.closest?.("a.language");
  if (link) link.hash = location.hash;
}, true);
