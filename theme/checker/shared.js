// What the pages of the checker and of the calculator have in common: nodes made without markup, pictures, copying.

// An element with text and children; a string is text, never markup.
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

let drawings = 0;

// The picture as a node, its ids made its own: several stand on one page.
export function drawing(picture) {
  const svg = document.importNode(new DOMParser().parseFromString(picture, "image/svg+xml").documentElement, true);
  const own = `checked-${++drawings}-`;
  for (const node of svg.querySelectorAll("[id]")) node.id = own + node.id;
  for (const node of [svg, ...svg.querySelectorAll("*")]) {
    for (const { name, value } of [...node.attributes]) {
      const renamed = value.replace(/url\(#/g, `url(#${own}`);
      if (renamed !== value) node.setAttribute(name, renamed);
      if (name === "href" && value.startsWith("#")) node.setAttribute(name, `#${own}${value.slice(1)}`);
    }
  }
  return svg;
}

// Whether a text could be copied.
export async function copied(content) {
  try {
    await navigator.clipboard.writeText(content);
    return true;
  } catch {
    // Where the clipboard is closed to scripts (no https, an older browser), the selection may still be copied.
    const field = document.body.appendChild(element("textarea", { "aria-hidden": "true", style: "position: fixed; opacity: 0" }));
    const { activeElement } = document;
    field.value = content;
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    activeElement?.focus();
    return done;
  }
}

// Data as a part of an address, as the page "Check a manifest" opens it.
export function coded(data) {
  const bytes = new TextEncoder().encode(JSON.stringify(data));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
