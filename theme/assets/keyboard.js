// What scrolls sideways can be scrolled with the keyboard, also where Material thinks that nobody has one; and the buttons of a
// code block are no landmark of the page: there would be one for every block, all of the same name.
(() => {
  const SCROLLS = "pre > code, .md-typeset__scrollwrap, .tabbed-labels, .highlight-ipynb, .jp-OutputArea-output";
  const article = document.querySelector("article");
  if (!article) return;
  let due = false;
  const look = () => {
    due = false;
    for (const bar of article.querySelectorAll("nav.md-code__nav:not([role])")) bar.setAttribute("role", "none");
    const wide = [...article.querySelectorAll(SCROLLS)].filter((node) => node.scrollWidth > node.clientWidth);
    for (const node of wide) node.tabIndex = 0;
  };
  const soon = () => {
    if (due) return;
    due = true;
    requestAnimationFrame(look);
  };
  new MutationObserver(soon).observe(article, { subtree: true, childList: true, attributeFilter: ["tabindex"] });
  for (const kind of ["toggle", "change"]) article.addEventListener(kind, soon, true);
  addEventListener("resize", soon);
  soon();
})();
