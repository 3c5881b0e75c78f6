// `node node.mjs < bundle.json` prints what `run` gives.

import { readFileSync } from 'node:fs';

import { run } from './run.js';

console.log(JSON.stringify(await run(JSON.parse(readFileSync(0, 'utf-8')))));
