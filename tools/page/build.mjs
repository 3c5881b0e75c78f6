// Bundles the page: `node tools/page/build.mjs [FOLDER]` writes verifier/static/built, or FOLDER.
//
// Rules: the same sources give the same bytes; a warning of the bundler ends the build; every file but index.html and the service worker is named
// by its digest, so that it may be kept for ever, and lies there packed too (`.br`). FLOOR are the oldest browsers that run the page (Chrome 67, Firefox 68 and
// iOS 12.2 know ES2018 but for some of its patterns, tests/page/test_floor.py); older ones get the page's form.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';

import { build } from 'esbuild';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const STATIC = join(ROOT, 'verifier', 'static');
const FLOOR = { 'look.js': ['es2018'], 'scan.js': ['es2018'], 'print.js': ['es2018'], 'offline.js': ['es2018'], 'main.js': ['es2018'], 'style.css': ['chrome67', 'firefox68', 'ios12.2'] };
const NAMES = { 'main.js': 'titlecert', 'scan.js': 'titlecertScan', 'print.js': 'titlecertPrint' };
const LATER = { 'look.wasm': 'LOOK_WASM', 'look.js': 'LOOK_FILE', 'scan.js': 'SCAN_FILE', 'print.js': 'PRINT_FILE' }; // the page asks for them when it needs them, by these names
const PACKAGES = join(ROOT, 'tools', 'page', 'node_modules');
const COMPILED = { 'look.wasm': join(PACKAGES, 'zxing-wasm', 'dist', 'reader', 'zxing_reader.wasm') };
const LICENCES = { // of what LATER holds of others; zxing-cpp, which look.wasm is compiled from, is under Apache 2.0 as this repository is
  'scan-licence.txt': [['qr', join(PACKAGES, 'qr', 'LICENSE-MIT')]],
  'look-licence.txt': [['zxing-wasm', join(PACKAGES, 'zxing-wasm', 'LICENSE')], ['zxing-cpp', join(ROOT, 'LICENSE')]],
};
const ENTRIES = Object.keys(FLOOR);
const COPIED = ['icon.svg'];
const UNNAMED = 'offline.js'; // browsers ask for a service worker by one address for ever
const PAGE = 'index.html';

/** Of the data files that Python has too, what the page shows. */
const SHOWN = {
  'catalogue.json': ({ series, titles }) => ({ series: series.map(names), titles: titles.map(names) }),
  'words.json': ({ events, statements, ...shown }) => shown,
};

function names({ number, name, name_en }) {
  return { number, name, name_en };
}

const data = {
  name: 'data',
  setup({ onLoad }) {
    onLoad({ filter: /[/]credential[/]data[/].*[.]json$/ }, ({ path }) => {
      const shown = SHOWN[basename(path)](JSON.parse(readFileSync(path, 'utf-8')));
      return { contents: JSON.stringify(shown), loader: 'json' };
    });
  },
};

/** One entry and what it imports, as one text for the oldest browsers. */
async function bundled(entry, define) {
  const { outputFiles, warnings } = await build({
    entryPoints: [join(STATIC, entry)], absWorkingDir: ROOT, bundle: true, write: false, minify: true, charset: 'utf8',
    format: 'iife', globalName: NAMES[entry], define, nodePaths: [PACKAGES], target: FLOOR[entry], plugins: [data], legalComments: 'none', logLevel: 'warning',
  });
  if (warnings.length > 0) throw new Error(`${entry}: ${warnings.length} warnings; the page is built without any`);
  return outputFiles[0].contents;
}

function named(name, bytes) {
  const [stem, end] = name.split('.');
  return `${stem}-${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}.${end}`;
}

/** The page with the name of a file in the place of its source. */
function placed(page, name, place) {
  if (page.split(`"${name}"`).length !== 2) throw new Error(`${PAGE} names ${name} once`);
  return page.replace(`"${name}"`, `"${place}"`);
}

/** Packed bytes; to pack a large file that is known by its digest takes seconds, so what was packed before is taken. */
function packed(place, bytes, isLarge) {
  const before = join(STATIC, 'built', `${place}.br`);
  return isLarge && existsSync(before) ? readFileSync(before) : brotliCompressSync(bytes);
}

function licence([name, path]) {
  return `${name}\n\n${readFileSync(path, 'utf-8')}`;
}

async function built() {
  const files = new Map();
  let page = readFileSync(join(STATIC, PAGE), 'utf-8');
  const define = { globalThis: 'self' };
  for (const name of [...Object.keys(COMPILED), ...ENTRIES, ...COPIED]) {
    const bytes = ENTRIES.includes(name) ? await bundled(name, define) : readFileSync(COMPILED[name] || join(STATIC, name));
    const place = name === UNNAMED ? name : named(name, bytes);
    if (name === UNNAMED) files.set(place, bytes);
    else if (name in LATER) define[LATER[name]] = JSON.stringify(place);
    else page = placed(page, name, place);
    files.set(place, bytes);
    if (!COPIED.includes(name)) files.set(`${place}.br`, packed(place, bytes, name in COMPILED));
  }
  for (const [name, parts] of Object.entries(LICENCES)) files.set(name, Buffer.from(parts.map(licence).join('\n')));
  return files.set(PAGE, Buffer.from(page));
}

const folder = process.argv[2] ?? join(STATIC, 'built');
const files = await built();
mkdirSync(folder, { recursive: true });
for (const old of readdirSync(folder)) if (!files.has(old)) rmSync(join(folder, old));
for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
