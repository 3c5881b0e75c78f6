// What the page's reader asks its host for (FORMAT 7). Run with `node`, as pytest does (test_modules.py).

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { NotFound } from '../../verifier/static/lib/errors.js';
import { PlainMemory } from '../../verifier/static/lib/memory.js';
import { Publication } from '../../verifier/static/lib/reader.js';
import { listsBeside } from '../../verifier/static/lib/statuslist.js';

test('lists are fetched together as far as the shard leaves their bits open (FORMAT 7)', async () => {
  assert.deepEqual(listsBeside(5, 8, 1), [4, 5, 6, 7]);
  assert.deepEqual(listsBeside(5, 8, 0), [0, 1, 2, 3, 4, 5, 6, 7]);
  for (const longer of [3, 4, 20]) assert.deepEqual(listsBeside(5, 8, longer), [5]);
  assert.deepEqual(listsBeside(0, 1, 0), [0]);
  const asked = [];
  const get = async (path) => (asked.push(path), null);
  const status = Array.from({ length: 8 }, (_, id) => ({ id, cwt: String(id) }));
  const publication = new Publication({ get }, { snapshot: { status, prefix: 1 }, memory: {} });
  const lists = publication.listsUnder(6 << 17);
  await assert.rejects(lists[2], NotFound);
  assert.deepEqual(asked, [4, 5, 6, 7].map((id) => `status/at/${id}`));
  await Promise.allSettled(lists);
});

test('what another tab saw meanwhile is not forgotten', () => {
  const memory = new PlainMemory();
  const seen = (seq) => ({ seq, digest: `s${seq}`, trustVersion: 9 - seq, trustDigest: `t${9 - seq}`, rootVersion: 1, root: 'r' });
  memory.write('anchor', seen(7));
  memory.write('anchor', seen(6));
  assert.deepEqual(memory.read('anchor'), { ...seen(7), trustVersion: 3, trustDigest: 't3' });
});
