// The search index is fetched when a reader opens the search, not with every page. Material fetches it at once, so its request
// waits here; a page that was opened from a search result (?h=) or with a query (?q=) needs it at once.
(() => {
  const asked = new URLSearchParams(location.search);
  if (asked.has("h") || asked.has("q")) return;
  const { open, send } = XMLHttpRequest.prototype;
  const waiting = [];
  let wanted = false;
  XMLHttpRequest.prototype.open = function (method, address, ...rest) {
    this.isIndex = String(address).endsWith("/search/search_index.json");
    return open.call(this, method, address, ...rest);
  };
  XMLHttpRequest.prototype.send = function (body) {
    if (this.isIndex && !wanted) waiting.push(() => send.call(this, body));
    else send.call(this, body);
  };
  const fetchIt = (event) => {
    if (!event.target.matches?.("#__search, .md-search__input")) return;
    wanted = true;
    for (const request of waiting.splice(0)) request();
  };
  for (const kind of ["focusin", "change"]) document.addEventListener(kind, fetchIt);
})();
