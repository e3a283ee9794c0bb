// What Material fetches with every page, and a reader may never need. The search index waits until the search is opened; a page that
// was opened from a search result (?h=) or with a query (?q=) needs it at once. Of each address in another language Material wants a
// sitemap, so that its language menu can stay on the page: ours stays there by itself, and only the site's root has a sitemap.
// The index comes after search-words.js, which reads what is typed: until it is there, nothing can be searched.
(() => {
  const { words } = document.currentScript.dataset;
  const asked = new URLSearchParams(location.search);
  const { open, send } = XMLHttpRequest.prototype;
  const waiting = [];
  let wanted = false;
  let ready = false;
  const release = () => {
    ready = true;
    for (const request of waiting.splice(0)) request();
  };
  const want = () => {
    if (wanted) return;
    wanted = true;
    const script = Object.assign(document.createElement("script"), { src: words, onload: release, onerror: release });
    document.head.append(script);
  };
  if (asked.has("h") || asked.has("q")) want();
  XMLHttpRequest.prototype.open = function (method, address, ...rest) {
    this.file = String(address).split("/").pop();
    return open.call(this, method, address, ...rest);
  };
  XMLHttpRequest.prototype.send = function (body) {
    if (this.file === "sitemap.xml") return;
    if (this.file === "search_index.json" && !ready) waiting.push(() => send.call(this, body));
    else send.call(this, body);
  };
  const fetchIt = (event) => {
    if (event.target.matches?.("#__search, .md-search__input")) want();
  };
  for (const kind of ["focusin", "change"]) document.addEventListener(kind, fetchIt);
})();
