// `node node.mjs < bundle.json` prints what `run` gives; it ends in an error if JSON cannot say all of it.

import { deepStrictEqual } from 'node:assert';
import { readFileSync } from 'node:fs';

import { run } from './run.js';

const results = await run(JSON.parse(readFileSync(0, 'utf-8')));
const text = JSON.stringify(results);
deepStrictEqual(JSON.parse(text), results);
console.log(text);
