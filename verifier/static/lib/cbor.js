// Strict deterministic CBOR (FORMAT 1.3, RFC 8949 section 4.2.1).
// Values: integer -> number, byte string -> Uint8Array, text -> string, array -> Array, map -> Map, tag 18 -> Tag, null, booleans.
// The decoder refuses every second encoding of a value, so what it accepts encodes again to the same bytes.

import { compareBytes, concat, fromUtf8, utf8 } from './bytes.js';
import { refuse } from './errors.js';

export const MAX_DEPTH = 8;
export const MAX_ITEMS = 4096;
const MAX_HIGH = 0x1fffff; // of the upper 32 bits of 2^53 - 1
const SIMPLE = new Map([[20, false], [21, true], [22, null]]);

export class Tag {
  constructor(number, value) {
    this.number = number;
    this.value = value;
  }
}

/** Decode one item that fills `bytes` exactly. Refuses with `too_large` above `maxBytes`, else with `not_canonical`. */
export function decode(bytes, { maxBytes, maxDepth = MAX_DEPTH, maxItems = MAX_ITEMS }) {
  if (bytes.length > maxBytes) refuse('too_large', `${bytes.length} bytes of CBOR, at most ${maxBytes} are read`);
  const cursor = new Cursor(bytes, maxItems);
  const value = readItem(cursor, maxDepth);
  if (cursor.at !== bytes.length) bad('bytes behind the item');
  if (cursor.fault !== null) refuse(...cursor.fault);
  return value;
}

function bad(what) {
  refuse('not_canonical', `CBOR: ${what}`);
}

class Cursor {
  constructor(bytes, maxItems) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = 0;
    this.items = maxItems;
    this.fault = null;
  }

  /** Remember a second form, but read on: an input that is no CBOR at all is refused as that first, as in Python. */
  note(what, code = 'not_canonical') {
    if (this.fault === null || code === 'not_cbor') this.fault = [code, `CBOR: ${what}`];
  }

  take(count) {
    if (count > this.bytes.length - this.at) refuse('not_cbor', 'CBOR: ends inside an item');
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  count() {
    this.items -= 1;
    if (this.items < 0) bad('too many items');
  }
}

/** Read the initial byte and its argument; the argument must be in its shortest form. */
function readHead(cursor) {
  const first = cursor.take(1)[0];
  const major = first >> 5;
  const info = first & 31;
  if (info < 24) return [major, info];
  if (info > 27) bad('indefinite or reserved length');
  if (major === 7) bad('a floating point number or an unknown simple value');
  const size = 1 << (info - 24);
  const argument = readUnsigned(cursor, size);
  const least = size === 1 ? 24 : 2 ** (4 * size);
  if (argument < least) cursor.note('a number that is not in its shortest form');
  return [major, argument];
}

function readUnsigned(cursor, size) {
  const start = cursor.at;
  cursor.take(size);
  if (size === 1) return cursor.view.getUint8(start);
  if (size === 2) return cursor.view.getUint16(start);
  if (size === 4) return cursor.view.getUint32(start);
  const high = cursor.view.getUint32(start);
  if (high > MAX_HIGH) cursor.note('an integer beyond 2^53 - 1');
  return high * 2 ** 32 + cursor.view.getUint32(start + 4);
}

function readItem(cursor, depth) {
  cursor.count();
  if (depth < 0) bad('nested too deep');
  const start = cursor.at;
  const [major, argument] = readHead(cursor);
  switch (major) {
    case 0: return argument;
    case 1: return readNegative(cursor, argument);
    case 2: return cursor.take(argument).slice();
    case 3: return readText(cursor, argument);
    case 4: return readArray(cursor, argument, depth - 1);
    case 5: return readMap(cursor, argument, depth - 1);
    case 6: return readTag(cursor, argument, depth - 1, start);
    default: return readSimple(argument);
  }
}

function readNegative(cursor, argument) {
  if (argument >= Number.MAX_SAFE_INTEGER) cursor.note('an integer beyond -(2^53 - 1)');
  return -1 - argument;
}

function readText(cursor, length) {
  const bytes = cursor.take(length);
  try {
    return fromUtf8(bytes);
  } catch {
    cursor.note('text that is not UTF-8', 'not_cbor');
    return '';
  }
}

function readSimple(argument) {
  if (!SIMPLE.has(argument)) bad('a simple value other than null, true, false');
  return SIMPLE.get(argument);
}

function readTag(cursor, number, depth, start) {
  if (number !== 18 || start !== 0) refuse('not_recognised', 'CBOR: tag 18 in front is the only tag of any format');
  return new Tag(number, readItem(cursor, depth));
}

function readArray(cursor, length, depth) {
  const items = [];
  // Each item has at least one byte: a length beyond the input ends in `take` before memory is spent.
  for (let i = 0; i < length; i += 1) items.push(readItem(cursor, depth));
  return items;
}

function readMap(cursor, length, depth) {
  const map = new Map();
  let previous = null;
  for (let i = 0; i < length; i += 1) {
    const start = cursor.at;
    const key = readItem(cursor, depth);
    const encoded = cursor.bytes.subarray(start, cursor.at);
    if (previous !== null && compareBytes(previous, encoded) >= 0) cursor.note('map keys unsorted or repeated');
    previous = encoded;
    if (typeof key !== 'number' && typeof key !== 'string') cursor.note('a map key that is neither integer nor text');
    map.set(key, readItem(cursor, depth));
  }
  return map;
}

/** Encode a value in the same form. Maps are sorted here. */
export function encode(value) {
  if (value === null) return Uint8Array.of(0xf6);
  if (typeof value === 'boolean') return Uint8Array.of(value ? 0xf5 : 0xf4);
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (value instanceof Uint8Array) return concat(head(2, value.length), value);
  if (typeof value === 'string') return encodeText(value);
  if (Array.isArray(value)) return concat(head(4, value.length), ...value.map(encode));
  if (value instanceof Tag) return concat(head(6, value.number), encode(value.value));
  return encodeMap(value);
}

function encodeText(text) {
  const bytes = utf8(text);
  return concat(head(3, bytes.length), bytes);
}

function encodeMap(map) {
  const pairs = Array.from(map, ([key, value]) => [encode(key), encode(value)]);
  pairs.sort((a, b) => compareBytes(a[0], b[0]));
  return concat(head(5, pairs.length), ...pairs.map((pair) => concat(...pair)));
}

function head(major, argument) {
  if (!Number.isSafeInteger(argument)) throw new RangeError('only integers within 2^53 - 1 are encoded');
  if (argument < 24) return Uint8Array.of((major << 5) | argument);
  const power = argument < 0x100 ? 0 : argument < 0x10000 ? 1 : argument < 0x100000000 ? 2 : 3;
  const out = new Uint8Array(1 + (1 << power));
  out[0] = (major << 5) | (24 + power);
  let rest = argument;
  for (let i = out.length - 1; i > 0; i -= 1) {
    out[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return out;
}
