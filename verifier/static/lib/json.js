// Canonical JSON (FORMAT 1.4): parse, encode again, compare. That one rule refuses duplicate keys, blanks, `1.0`, `-0`,
// needless escapes and unsorted members; the rest (depth, integers, ASCII keys, lone surrogates) is checked while encoding.

import { fromUtf8 } from './bytes.js';
import { refuse } from './errors.js';

const HAS_OWN = Object.prototype.hasOwnProperty;
const MAX_DEPTH = 16; // deeper than any format here; the number is FORMAT's, so that no two readers differ

function bad(what) {
  refuse('not_canonical', `JSON: ${what}`);
}

export function decode(bytes, { maxBytes }) {
  if (bytes.length > maxBytes) refuse('too_large', `${bytes.length} bytes of JSON, at most ${maxBytes} are read`);
  const text = fromUtf8(bytes);
  const value = parse(text);
  if (encode(value) !== text) bad('not in its only form');
  return value;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return bad('cannot be parsed');
  }
}

/** The canonical text of a value made of objects, arrays, strings, integers, booleans and null. */
export function encode(value, depth = MAX_DEPTH) {
  if (depth < 0) bad('nested too deep');
  if (typeof value === 'string') return encodeString(value);
  if (typeof value === 'number') return encodeInteger(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `[${value.map((item) => encode(item, depth - 1)).join(',')}]`;
  const members = Object.keys(value).sort().map((key) => `${encodeKey(key)}:${encode(value[key], depth - 1)}`);
  return `{${members.join(',')}}`;
}

function encodeString(text) {
  // A lone surrogate is no character: JSON.stringify would write it as an escape and so accept a second form.
  // With the u flag a pair is one character, which this class does not hold.
  if (/[\ud800-\udfff]/u.test(text)) bad('a lone surrogate');
  return JSON.stringify(text);
}

function encodeInteger(value) {
  if (!Number.isSafeInteger(value)) bad('a number that is no integer within 2^53 - 1');
  return String(value);
}

function encodeKey(key) {
  if (!/^[\x00-\x7f]*$/.test(key)) bad('a member name that is not ASCII');
  return JSON.stringify(key);
}

/** Refuse unless `value` is an object with exactly these members. Returns the value. */
export function exactly(value, members, code = 'not_canonical') {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) refuse(code, 'an object is expected here');
  const names = Object.keys(value);
  if (names.length !== members.length || !members.every((name) => HAS_OWN.call(value, name))) {
    refuse(code, `the members are ${names.join(', ')}; expected ${members.join(', ')}`);
  }
  return value;
}
