// What Material fetches with every page, and a reader may never need. The search index waits until the search is opened; a page that
// was opened from a search result (?h=) or with a query (?q=) needs it at once. Of each address in another language Material wants a
// sitemap, so that its language menu can stay on the page: ours stays there by itself, and only the site's root has a sitemap.
(() => {
  const asked = new URLSearchParams(location.search);
  const { open, send } = XMLHttpRequest.prototype;
  const waiting = [];
  let wanted = asked.has("h") || asked.has("q");
  XMLHttpRequest.prototype.open = function (method, address, ...rest) {
    this.file = String(address).split("/").pop();
    return open.call(this, method, address, ...rest);
  };
  XMLHttpRequest.prototype.send = function (body) {
    if (this.file === "sitemap.xml") return;
    if (this.file === "search_index.json" && !wanted) waiting.push(() => send.call(this, body));
    else send.call(this, body);
  };
  const fetchIt = (event) => {
    if (!event.target.matches?.("#__search, .md-search__input")) return;
    wanted = true;
    for (const request of waiting.splice(0)) request();
  };
  for (const kind of ["focusin", "change"]) document.addEventListener(kind, fetchIt);
})();
