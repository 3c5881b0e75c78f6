// A closer look at a picture in which nothing else read a code: zxing-cpp as WebAssembly (npm `zxing-wasm`), in a worker.
//
// Rules: the page hands over the WebAssembly once and then pictures; the worker answers each with a text or null, and says
// without a number that it cannot look at all. It is the work of others and sees what somebody photographed, so it may
// reach nobody: its own policy (LOOK_POLICY in verifier/headers.py) lets it compile WebAssembly and nothing else, no
// request included.

import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import { looks } from './ui/looks.js';

const OPTIONS = { formats: ['QRCode'], maxNumberOfSymbols: 1, tryHarder: true, tryDenoise: true };

self.addEventListener('message', ({ data }) => {
  if (data.wasm) prepare(data.wasm).catch((error) => self.postMessage({ fault: String(error) }));
  else answer(data).catch(() => null).then((text) => self.postMessage({ number: data.number, text }));
});

async function prepare(wasmBinary) {
  return prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
}

async function answer({ image }) {
  for (const look of looks(image)) {
    const [found] = await readBarcodes(look, OPTIONS);
    if (found && found.isValid) return found.text;
  }
  return null;
}
