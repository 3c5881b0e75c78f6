// Root key sets: who may sign trust lists, and how one set hands over to the next (FORMAT 8).

import { fromUtf8 } from './bytes.js';
import { parse as parseContainer, verifyThresholds } from './container.js';
import { refuse } from './errors.js';
import { decode } from './json.js';
import { KEY_MEMBERS, MAX_VERSION, Members, check, unique } from './members.js';

const TYP = 'titlecert-root+jwt';
const MAX_KEYS = 16;
export const MAX_ROOT_BYTES = 256 * 1024;

/** Read a payload strictly. What it says is not trusted. */
export async function readPayload(payload) {
  const members = new Members(
    decode(payload, { maxBytes: MAX_ROOT_BYTES }), 'root', ['demonstration', 'iat', 'keys', 'threshold', 'v', 'version']);
  members.constant('v', 1);
  const keys = await Promise.all(members.listing('keys', 1, MAX_KEYS).map(readKey));
  const kids = keys.map((key) => key.kid);
  unique(kids, 'root.keys');
  check(kids.every((kid, at) => at === 0 || kids[at - 1] < kid), 'root.keys', 'keys are sorted by kid');
  return {
    version: members.integer('version', 1, MAX_VERSION),
    iat: members.instant('iat'),
    demonstration: members.boolean('demonstration'),
    keys: new Map(keys.map((key) => [key.kid, key])),
    threshold: members.integer('threshold', 1, keys.length),
  };
}

function readKey(entry) {
  return new Members(entry, 'root.keys[]', KEY_MEMBERS).key();
}

/** Check a root: against itself alone when it is the pinned one (`previous` null), else also against its predecessor. */
export async function verifyRoot(bytes, previous) {
  if (bytes.length > MAX_ROOT_BYTES) refuse('too_large', 'a root file of more than 256 KiB');
  const messages = parseContainer(bytes, { typ: TYP });
  const root = await readPayload(messages[0].payload);
  if (previous !== null) {
    if (root.version !== previous.version + 1) refuse('wrong_version', 'not the next root');
    if (root.demonstration !== previous.demonstration) refuse('demonstration_changed', 'a demonstration stays one');
  }
  await verifyThresholds(messages, previous === null ? [root] : [previous, root]);
  return { ...root, text: fromUtf8(bytes) };
}
