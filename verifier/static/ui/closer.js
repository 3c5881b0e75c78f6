// Asking the worker that takes a closer look at a picture (look.js). It is fetched for the first picture that nothing else
// reads, 0.33 MB packed, and never where there is no WebAssembly. The picture stays in the browser. Where it fails once (no
// network, a browser that cannot compile it, a device that is too slow) it is not asked again until the page is loaded anew.

const PATIENCE_MS = 20000;

const waiting = new Map(); // by the number of a question: what takes its answer
let worker = null;
let asked = 0;
let isOff = false;

/** The text of the QR code in {width, height, data}, or null: also where this browser cannot look closer. Never rejects. */
export async function closer(image) {
  if (isOff || typeof WebAssembly !== 'object' || typeof Worker !== 'function') return null;
  try {
    worker = worker || started();
    return await answered(await worker, image);
  } catch (error) {
    return off(error);
  }
}

async function started() {
  const found = await fetch(new URL(LOOK_WASM, location.href).href); // its name, put here by tools/page/build.mjs
  if (!found.ok) throw new Error(`${LOOK_WASM} cannot be fetched`);
  const wasm = await found.arrayBuffer();
  const made = new Worker(LOOK_FILE);
  made.addEventListener('message', ({ data }) => (data.number === undefined ? off(data.fault) : settle(data.number, data.text)));
  made.addEventListener('error', () => off(`${LOOK_FILE} cannot be run`));
  made.postMessage({ wasm }, [wasm]);
  return made;
}

function answered(made, { width, height, data }) {
  const number = (asked += 1);
  return new Promise((resolve) => {
    waiting.set(number, resolve);
    setTimeout(() => waiting.has(number) && off('no closer look in time'), PATIENCE_MS);
    made.postMessage({ number, image: { width, height, data } });
  });
}

function settle(number, text) {
  const resolve = waiting.get(number);
  waiting.delete(number);
  if (resolve) resolve(text);
}

function off(fault) {
  console.error(fault);
  isOff = true;
  Array.from(waiting.keys()).forEach((number) => settle(number, null));
  return null;
}
