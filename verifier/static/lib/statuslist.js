// Token Status List as CWT, 4 bits, 2^20 entries (FORMAT 7).

import { decode } from './cbor.js';
import { parse as parseSign1 } from './cose.js';
import { isInstant } from './days.js';
import { refuse } from './errors.js';
import { inflate } from './inflate.js';

export const TYP = 'application/statuslist+cwt';
export const MAX_FILE_BYTES = 2 * 1024 * 1024;
const MAX_PACKED_BYTES = 1024 * 1024;
export const UNPACKED_BYTES = 524288;
const MAX_LIFETIME = 7 * 86400;
const CLAIM = { sub: 2, exp: 4, iat: 6, list: 65533, ttl: 65534 };
export const STATES = new Map([[0, 'valid'], [1, 'withdrawn'], [2, 'suspended'], [3, 'superseded'], [12, 'cancelled']]);

function bad(what) {
  refuse('bad_status_list', `status list: ${what}`);
}

export function parse(bytes) {
  return parseSign1(bytes, { maxBytes: MAX_FILE_BYTES, typ: TYP });
}

/** Read a payload whose signature was checked, without unpacking the list. */
export function readPayload(payload) {
  const item = decode(payload, { maxBytes: MAX_FILE_BYTES });
  const named = item instanceof Map && item.size === 5 && Object.values(CLAIM).every((key) => item.has(key));
  if (!named) bad('other claims than its five');
  const [sub, exp, iat, list, ttl] = Object.values(CLAIM).map((key) => item.get(key));
  if (typeof sub !== 'string' || !isInstant(exp) || !isInstant(iat) || !Number.isInteger(ttl) || ttl < 0) bad('a claim of another form');
  if (exp <= iat || exp - iat > MAX_LIFETIME) bad('a lifetime over the cap');
  if (!(list instanceof Map) || list.size !== 2 || list.get('bits') !== 4) bad('not a list of 4 bits');
  const packed = list.get('lst');
  if (!(packed instanceof Uint8Array) || packed.length > MAX_PACKED_BYTES) bad('too large');
  return { sub, exp, iat, ttl, packed };
}

/**
 * The ids of the lists that are fetched together with `id`, itself among them (FORMAT 7): they share as many leading
 * bits as certificates in one shard do, so that the lists tell the host no more than the shard.
 */
export function listsBeside(id, lists, prefixLength) {
  const together = 2 ** Math.max(0, Math.log2(lists) - prefixLength);
  return Array.from({ length: together }, (_, number) => id - (id % together) + number);
}

/** The value at `index`: 0..15. Unpacks with a cap, so that a small file cannot fill the memory. */
export function valueAt(packed, index) {
  const byte = unpack(packed)[index >> 1];
  return index % 2 === 0 ? byte & 15 : byte >> 4;
}

/** The entries' bytes: exactly UNPACKED_BYTES from one zlib stream with nothing behind it. */
export function unpack(packed) {
  try {
    return inflate(packed, UNPACKED_BYTES);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return bad(`cannot be unpacked: ${error.message}`);
  }
}
