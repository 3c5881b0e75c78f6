// Holds the page's modules to the cases that Python made: `node cases.mjs FOLDER` compares every whole verdict.
// Prints one JSON object: {"run": n, "different": [{name, got, expected}]}.

import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';

import { fromText } from '../../verifier/static/lib/days.js';
import { PlainMemory } from '../../verifier/static/lib/memory.js';
import { examine } from '../../verifier/static/lib/procedure.js';
import { open } from '../../verifier/static/lib/reader.js';

const folder = process.argv[2];

/** A publication in a folder, with the interface of HttpSource. */
class FolderSource {
  constructor(publication) {
    this.publication = publication;
  }

  async get(path) {
    try {
      return new Uint8Array(await readFile(`${folder}/${this.publication}/${path}`));
    } catch (error) {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
      throw error;
    }
  }
}

async function verdictOf(item) {
  const pinnedRoot = await readFile(`${folder}/trust-root`, 'utf-8');
  const context = { pinnedRoot, memory: new PlainMemory(), now: item.now, at: item.at === null ? null : fromText(item.at) };
  if (item.before !== null) await open({ ...context, source: new FolderSource(item.before) });
  const { qr_text: qrText, check_code: checkCode } = item.input;
  const input = checkCode === undefined ? { qrText } : { checkCode };
  return (await examine(input, { ...context, source: new FolderSource(item.publication) })).verdict;
}

const items = JSON.parse(await readFile(`${folder}/cases.json`, 'utf-8'));
const different = [];
for (const item of items) {
  const got = await verdictOf(item).catch((error) => ({ thrown: String(error.stack) }));
  if (!isDeepStrictEqual(got, item.expected)) different.push({ name: item.name, got, expected: item.expected });
}
console.log(JSON.stringify({ run: items.length, different }));
