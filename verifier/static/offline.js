// The page without a network, after the first visit: a service worker.
//
// Rules: whatever may change (the page itself, the snapshot) is asked of the network first and taken from what was kept only
// when no answer comes in three seconds; what never changes is taken from what was kept. It keeps public files alone, and the
// page says how old its data are. To switch it off, the service sends another file in this one's place (OFF in site.py).

const KEPT = 'titlecert-1';
const PATIENCE = 3000; // milliseconds
const MOST = 300; // files; the oldest go first
const OURS = /^\/(?:v|p)\//;

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method === 'GET' && url.origin === location.origin && OURS.test(url.pathname)) {
    event.respondWith(answer(request, url.origin + url.pathname, (work) => event.waitUntil(work)));
  }
});

async function answer(request, place, later) {
  const cache = await caches.open(KEPT);
  const kept = await cache.match(place);
  if (kept && /immutable/.test(kept.headers.get('Cache-Control'))) return kept;
  const asked = fetch(request).then((found) => {
    if (found.ok || found.status === 404) later(keep(cache, place, found.clone()));
    return found;
  });
  if (!kept) return asked;
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE, kept));
  return Promise.race([asked.catch(() => kept), late]);
}

async function keep(cache, place, found) {
  await cache.put(place, found);
  const places = await cache.keys();
  await Promise.all(places.slice(0, Math.max(0, places.length - MOST)).map((each) => cache.delete(each)));
}
