// Sealed records (FORMAT 5.1, 5.2): whoever holds the secret finds and opens its record; nobody else learns anything.

import { concat, leadingBits, utf8 } from './bytes.js';
import { refuse } from './errors.js';
import { hkdf } from './keys.js';

export const LOCATOR_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SIZES = [512, 1024, 2048, 4096, 8192, 16384];
const OVERHEAD = LOCATOR_BYTES + NONCE_BYTES + TAG_BYTES;
export const RECORD_SIZES = new Set(SIZES.map((size) => size + OVERHEAD));
export const CERTIFICATE = 'certificate';
export const HISTORY = 'history';
export const FACE = 'face';

/** The leading 20 bits of P(cti) (FORMAT 5.1) as a number: they choose the shard and the status list. */
export async function prefixOf(cti) {
  return leadingBits(await hkdf(cti, 'titlecert/v1/prefix', 4), 20);
}

export function locatorOf(kind, secret) {
  return hkdf(secret, `titlecert/v1/${kind}/locator`, LOCATOR_BYTES);
}

/** Open a record with its secret. Refuses with `not_opened` when the key does not fit or the padding is not zero. */
export async function open(kind, secret, record) {
  if (!RECORD_SIZES.has(record.length)) refuse('not_opened', 'the record has no known size');
  const locator = record.subarray(0, LOCATOR_BYTES);
  const nonce = record.subarray(LOCATOR_BYTES, LOCATOR_BYTES + NONCE_BYTES);
  const raw = await hkdf(secret, concat(utf8(`titlecert/v1/${kind}/key/`), locator), 32);
  const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['decrypt']);
  const parameters = { name: 'AES-GCM', iv: nonce, additionalData: concat(utf8(`titlecert/v1/${kind}`), locator) };
  return unpad(await decrypt(parameters, key, record.subarray(LOCATOR_BYTES + NONCE_BYTES)));
}

async function decrypt(parameters, key, sealed) {
  try {
    return new Uint8Array(await crypto.subtle.decrypt(parameters, key, sealed));
  } catch {
    return refuse('not_opened', 'the record does not open with this secret');
  }
}

function unpad(padded) {
  const length = padded[0] * 256 + padded[1];
  const smallest = SIZES.find((size) => length + 2 <= size);
  if (smallest !== padded.length) refuse('not_opened', 'the record is not in the smallest size that fits');
  if (padded.subarray(2 + length).some((byte) => byte !== 0)) refuse('not_opened', 'the padding is not zero');
  return padded.slice(2, 2 + length);
}
