// Names of series and titles from the published catalogue (FORMAT 9), deciding nothing. The digest in the root-signed trust
// list is the proof. The signatures in the file are for readers without a trust list: it is immutable, and the keys that
// made them may have been rotated out since.

import { isPlain } from './characters.js';
import { MAX_CONTAINER_BYTES, parse as parseContainer } from './container.js';
import { refuse } from './errors.js';
import { decode } from './json.js';
import { Members } from './members.js';

const TYP = 'titlecert-catalogue+jwt';
const MAX_NAME = 100;
const MEMBERS = ['ext', 'levels', 'series', 'titles', 'version', 'ways'];

/** {series, titles}: number -> Chinese name. The bytes were compared with the trust list's digest before. */
export function readNames(bytes) {
  const [{ payload }] = parseContainer(bytes, { typ: TYP });
  const members = new Members(decode(payload, { maxBytes: MAX_CONTAINER_BYTES }), 'catalogue', MEMBERS);
  members.extension('ext');
  return { series: namesOf(members.raw('series')), titles: namesOf(members.raw('titles')) };
}

function namesOf(entries) {
  const named = Array.isArray(entries) && entries.every((entry) => Number.isInteger(entry?.number) && isName(entry.name));
  if (!named) refuse('bad_member', 'catalogue: an entry has a number and a name that can be seen');
  return new Map(entries.map(({ number, name }) => [number, name]));
}

function isName(name) {
  return typeof name === 'string' && name !== '' && [...name].length <= MAX_NAME && isPlain(name);
}
