// Shards and their manifests (FORMAT 5.3, 5.4). Their bytes were compared with a digest before they come here.

import { compareBytes, equalBytes } from './bytes.js';
import { decode } from './cbor.js';
import { refuse } from './errors.js';
import { LOCATOR_BYTES, RECORD_SIZES } from './sealed.js';

export const MAX_SHARD_BYTES = 8 * 1024 * 1024;
const MAX_SHARD_RECORDS = 65536;
export const MAX_MANIFEST_BYTES = 64 * 1024; // 2^10 digests of 34 encoded bytes and a head
const DIGEST_BYTES = 32;

function bad(what) {
  refuse('bad_shard', what);
}

/** The number of leading prefix bits that choose the manifest. */
export function manifestBits(prefixLength) {
  return Math.floor(prefixLength / 2);
}

/** Read manifest `index` of a publication with `prefixLength`; returns the shard digests. */
export function readManifest(bytes, prefixLength, index) {
  const value = decode(bytes, { maxBytes: MAX_MANIFEST_BYTES });
  if (!Array.isArray(value) || value.length !== 4) bad('a manifest has four members');
  const [version, length, number, digests] = value;
  if (version !== 1 || length !== prefixLength || number !== index) bad('the manifest is another one');
  const expected = 2 ** (prefixLength - manifestBits(prefixLength));
  if (!Array.isArray(digests) || digests.length !== expected) bad('the manifest has another number of shards');
  if (!digests.every((digest) => digest instanceof Uint8Array && digest.length === DIGEST_BYTES)) bad('no digest');
  return digests;
}

/** Read the shard of `prefix`; returns its records, sorted by locator. */
export function readShard(bytes, prefixLength, prefix) {
  const value = decode(bytes, { maxBytes: MAX_SHARD_BYTES, maxItems: MAX_SHARD_RECORDS + 8 });
  if (!Array.isArray(value) || value.length !== 4) bad('a shard has four members');
  const [version, length, number, records] = value;
  if (version !== 1 || length !== prefixLength || number !== prefix) bad('the shard is another one');
  if (!Array.isArray(records) || records.length > MAX_SHARD_RECORDS) bad('the shard has no list of records');
  records.forEach((record, at) => checkRecord(record, records[at - 1]));
  return records;
}

function checkRecord(record, previous) {
  if (!(record instanceof Uint8Array) || !RECORD_SIZES.has(record.length)) bad('a record has no known size');
  if (previous && compareBytes(locator(previous), locator(record)) >= 0) bad('records unsorted or repeated');
}

function locator(record) {
  return record.subarray(0, LOCATOR_BYTES);
}

/** The record with this locator, or null. */
export function findRecord(records, wanted) {
  return records.find((record) => equalBytes(locator(record), wanted)) ?? null;
}
