// The face of one certificate (FORMAT 6.1): what its document prints and the credential does not say. It decides nothing.
// Keys that this program does not know are counted and not kept. The rules are those of credential/face.py.

import { toHex } from './bytes.js';
import { decode } from './cbor.js';
import { isPlain } from './characters.js';
import { parse as parseSign1 } from './cose.js';
import { refuse } from './errors.js';

export const MAX_BYTES = 4000;
export const TYP = 'application/titlecert-face+cbor';
/** What a document may print that only a face proves (FORMAT 12.1, `unchecked`), in the order of the face's keys. */
export const FIELDS = ['sex', 'employer', 'photo', 'birth_month', 'design', 'licence', 'printed'];
const VERSION = 1;
const SEXES = [0, 1, 2, 9]; // GB/T 2261.1
const BIRTH_MONTH = /^(?!0000)[0-9]{4}-(?:0[1-9]|1[0-2])$/;
const DESIGN_ID = /^[a-z][a-z0-9-]{0,39}$/;
const LICENCE = /^[0-9A-Za-z.-]{1,100}$/;
const MAX_PAIRS = 16;

/** Each member by its key: whether a value holds, and how the verdict shows it. */
const MEMBERS = new Map([
  [1, { holds: (value) => SEXES.includes(value) }],
  [2, { holds: (value) => isText(value, 100) }],
  [3, { holds: isDigest, show: toHex }],
  [4, { holds: (value) => matches(value, BIRTH_MONTH) }],
  [5, { holds: isDesign, show: ([id, version, digest]) => ({ id, version, digest: toHex(digest) }) }],
  [6, { holds: (value) => matches(value, LICENCE) }],
  [7, { holds: arePairs }],
]);

export function parse(bytes) {
  return parseSign1(bytes, { maxBytes: MAX_BYTES, typ: TYP });
}

/** Read a payload whose signature was checked; `facts` are the members of FORMAT 12.1. Refuses with `newer_format` too. */
export function readPayload(payload) {
  const value = decode(payload, { maxBytes: MAX_BYTES });
  check(Array.isArray(value) && Number.isInteger(value[0]), 'no version in front');
  if (value[0] > VERSION) refuse('newer_format', `face: format version ${value[0]}`);
  check(value[0] === VERSION && value.length === 4, 'not [1, cti, digest, members]');
  const [, cti, digest, members] = value;
  check(cti instanceof Uint8Array && cti.length === 16 && isDigest(digest), 'a cti of 16 bytes and a digest of 32');
  check(members instanceof Map && [...members.keys()].every(Number.isInteger), 'members have integer keys');
  return { cti, digest, facts: readMembers(members) };
}

function readMembers(members) {
  const facts = {};
  for (const name of FIELDS) facts[name] = null;
  facts.printed = [];
  facts.unknown = 0;
  for (const [key, value] of members) {
    const member = MEMBERS.get(key);
    if (member === undefined) facts.unknown += 1;
    else facts[FIELDS[key - 1]] = readMember(FIELDS[key - 1], member, value);
  }
  return facts;
}

function readMember(name, { holds, show = (value) => value }, value) {
  check(holds(value), `${name} breaks its rule`);
  return show(value);
}

function check(holds, what) {
  if (!holds) refuse('bad_face', `face: ${what}`);
}

function matches(value, pattern) {
  return typeof value === 'string' && pattern.test(value);
}

function isText(value, longest) {
  if (typeof value !== 'string') return false;
  const length = Array.from(value).length;
  return length >= 1 && length <= longest && isPlain(value);
}

function isDigest(value) {
  return value instanceof Uint8Array && value.length === 32;
}

function isDesign(value) {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [id, version, digest] = value;
  return matches(id, DESIGN_ID) && Number.isInteger(version) && version >= 1 && version <= 65535 && isDigest(digest);
}

function arePairs(value) {
  return Array.isArray(value) && value.length >= 1 && value.length <= MAX_PAIRS && value.every(isPair);
}

function isPair(value) {
  return Array.isArray(value) && value.length === 2 && isText(value[0], 40) && isText(value[1], 200);
}
