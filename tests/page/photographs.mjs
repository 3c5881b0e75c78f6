// `node photographs.mjs FOLDER PICTURES.json` reads damaged photographs with the two built readers of the page and prints, as JSON,
// which of them each reads: {scan: [bool...], closer: [bool...]}. PICTURES.json is [{text, width, height, grey (base64)}...].

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import vm from 'node:vm';

const [folder, list] = process.argv.slice(2);
const bytes = (start, end) => readFileSync(join(folder, readdirSync(folder).find((name) => name.startsWith(start) && name.endsWith(end))));

/** What the script of the closer look answers: in a place like a worker's, with nothing that could reach anybody. */
function worker() {
  let told = null;
  const self = { console, WebAssembly, URL, TextDecoder, TextEncoder, performance, setTimeout, clearTimeout };
  Object.assign(self, { self, addEventListener: (_, listener) => { self.listener = listener; }, postMessage: (answer) => told(answer) });
  self.WorkerGlobalScope = class {};
  vm.runInNewContext(bytes('look-', '.js').toString(), self);
  self.listener({ data: { wasm: new Uint8Array(bytes('look-', '.wasm')).buffer } });
  return (image) => new Promise((resolve) => { told = resolve; self.listener({ data: { number: 1, image } }); });
}

const scan = vm.runInThisContext(`${bytes('scan-', '.js')};titlecertScan`);
const closer = worker();
const found = { scan: [], closer: [] };
for (const { text, width, height, grey } of JSON.parse(readFileSync(list, 'utf-8'))) {
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  Buffer.from(grey, 'base64').forEach((value, at) => { data[4 * at] = data[4 * at + 1] = data[4 * at + 2] = value; });
  found.scan.push(scan.read({ width, height, data }) === text);
  found.closer.push((await closer({ width, height, data })).text === text);
}
console.log(JSON.stringify(found));
