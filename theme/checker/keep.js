// Keeps a tool's page for a visit without a network, once its runtime has been loaded: the page, what it has loaded, and
// what its Worker has. Where the browser offers no store (no https, a private window), nothing is kept.
export async function keep(base, version, tool) {
  if (!navigator.serviceWorker || !self.caches) return;
  try {
    const cache = await caches.open(`timing-rules-tools-${version}`);
    const worker = ["engine.js", tool === "calculator" ? "presets.json" : "modules.json"];
    const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
    const own = loaded.filter((address) => new URL(address).origin === location.origin);
    const addresses = [location.pathname, ...own, ...worker.map((name) => `${base}${name}?${version}`)];
    await Promise.allSettled([...new Set(addresses.map((address) => new URL(address, document.baseURI).href))].map(async (address) => {
      if (!(await cache.match(address))) await cache.add(address);
    }));
    // One after the other: on a busy machine, of two at once, a Worker's page was now and then without its service worker.
    await navigator.serviceWorker.register(`offline.js?${version}`);
    await navigator.serviceWorker.ready;
    await navigator.serviceWorker.register(`${base}offline.js?${version}`);
  } catch {
    // The tool works without.
  }
}
