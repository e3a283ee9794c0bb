// What scrolls sideways can be scrolled with the keyboard, also where Material thinks that nobody has one; and the buttons of a
// code block are no landmark of the page: there would be one for every block, all of the same name. Sizes are read when the
// browser has just computed them: reading them earlier would make it lay out the page once more.
addEventListener("load", () => {
  const SCROLLS = "pre > code, .md-typeset__scrollwrap, .tabbed-labels, .jp-OutputArea-output";
  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      target.parentElement.querySelector("nav.md-code__nav")?.setAttribute("role", "none");
    }
  });
  for (const node of document.querySelectorAll(`article :is(${SCROLLS})`)) sizes.observe(node);
});
