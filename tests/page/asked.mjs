// `node asked.mjs < bundle.json` prints for each case what its checks asked their host for: [[name, [path, ...]], ...].

import { readFileSync } from 'node:fs';

import { PlainMemory } from '../../verifier/static/lib/memory.js';
import { examine } from '../../verifier/static/lib/procedure.js';

const { cases, publications, files } = JSON.parse(readFileSync(0, 'utf-8'));

async function asked({ qr_texts: [qrText], root, publication, now }) {
  const paths = publications[publication];
  const seen = [];
  const get = async (path) => {
    seen.push(path);
    return Object.hasOwn(paths, path) ? Buffer.from(files[paths[path]], 'base64') : null;
  };
  const pinnedRoot = Buffer.from(files[root], 'base64').toString();
  await examine({ qrText }, { source: { get }, pinnedRoot, memory: new PlainMemory(), now, at: null });
  return seen.sort();
}

const found = [];
for (const item of cases) found.push([item.name, await asked(item)]);
console.log(JSON.stringify(found));
