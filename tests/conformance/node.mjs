// `node node.mjs [BUNDLE.js] < vectors.json` prints what `run` gives of the page's modules, or of the bundle; it ends in an error
// if JSON cannot say all of it.

import { deepStrictEqual } from 'node:assert';
import { readFileSync } from 'node:fs';
import { runInThisContext } from 'node:vm';

import { run } from './run.js';

const [, , bundle] = process.argv;
if (bundle !== undefined) runInThisContext(readFileSync(bundle, 'utf-8'));
const page = bundle === undefined ? await import('../../verifier/static/main.js') : globalThis.titlecert;
const results = await run(JSON.parse(readFileSync(0, 'utf-8')), page);
const text = JSON.stringify(results);
deepStrictEqual(JSON.parse(text), results);
console.log(text);
