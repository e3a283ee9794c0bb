// The service worker of the two tools: without a network, their pages open as they were at the last visit. It stands in the
// folder of each tool's page and in that of what they load, and so is asked about nothing else on the site. What carries
// a version is taken from the cache, all else from the network while there is one; a new build has a cache of its own.
const NAME = "timing-rules-tools-";
const VERSION = self.location.search.slice(1);

const outdated = async () => {
  const names = (await caches.keys()).filter((name) => name.startsWith(NAME) && name !== NAME + VERSION);
  await Promise.all(names.map((name) => caches.delete(name)));
  await self.clients.claim();
};

const answer = async (request) => {
  const cache = await caches.open(NAME + VERSION);
  const kept = await cache.match(request, { ignoreVary: true });
  if (kept && new URL(request.url).search === `?${VERSION}`) return kept;
  try {
    const fresh = await fetch(request);
    if (fresh.ok) await cache.put(request, fresh.clone());
    return fresh;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
};

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(outdated()));
self.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method === "GET" && new URL(url).origin === self.location.origin) event.respondWith(answer(event.request));
});
