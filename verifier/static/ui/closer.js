// Asking the worker that takes a closer look at a picture (look.js). It is fetched for the first picture that nothing else
// reads, 0.35 MB packed, and never where there is no WebAssembly. The picture stays in the browser.

const PATIENCE_MS = 20000;

let worker = null;
let asked = 0;

/** The text of the QR code in {width, height, data}, or null: also where this browser cannot look closer. Never rejects. */
export async function closer(image) {
  if (typeof WebAssembly !== 'object' || typeof Worker !== 'function') return null;
  try {
    worker = worker || started();
    return await answered(await worker, image);
  } catch (error) {
    console.error(error);
    worker = null; // such as without a network: the next picture tries again
    return null;
  }
}

async function started() {
  const found = await fetch(new URL(LOOK_WASM, location.href).href); // its name, put here by tools/page/build.mjs
  if (!found.ok) throw new Error(`${LOOK_WASM} cannot be fetched`);
  const wasm = await found.arrayBuffer();
  const made = new Worker(LOOK_FILE);
  made.postMessage({ wasm }, [wasm]);
  return made;
}

function answered(made, image) {
  const number = (asked += 1);
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error('no closer look in time')), PATIENCE_MS);
    made.addEventListener('message', ({ data }) => data.number === number && resolve(data.text));
    made.addEventListener('error', () => reject(new Error('no closer look in this browser')));
    const { width, height, data } = image;
    made.postMessage({ number, image: { width, height, data } });
  });
}
