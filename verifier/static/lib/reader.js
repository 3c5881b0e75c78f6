// Reading a publication: from the pinned root to a state in which every file is either checked or refused.
// Order (FORMAT 8 to 10): roots, then the snapshot's word which trust list is current, the trust list by the root, and
// only then the snapshot itself by a publisher key of that list. Nothing is fetched by a name that was not checked;
// the version number in the unchecked snapshot is a number and nothing else, and the list found there is checked by the root.

import { sha256Hex, toHex, utf8 } from './bytes.js';
import { NotFound, Oversize, Refusal, WrongDigest, refuse } from './errors.js';
import { readNames } from './catalogue.js';
import { MAX_CONTAINER_BYTES } from './container.js';
import * as filings from './filings.js';
import { MAX_ROOT_BYTES, verifyRoot } from './roots.js';
import { locatorOf, open as openRecord } from './sealed.js';
import * as shards from './shards.js';
import * as snapshots from './snapshot.js';
import * as statuslist from './statuslist.js';
import { CLOCK_DIFFERENCE, checkSignsNow, findKey, verifyTrustList } from './trustlist.js';

const PREFIX_BITS = 20;
const MAX_ROOT_STEPS = 256; // one a year since before computers; a host that makes up more is stopped

/** A publication whose trust list and snapshot hold. Made by `open` only. */
export class Publication {
  constructor(source, { root, trust, snapshot, memory, now }) {
    Object.assign(this, { source, root, trust, snapshot, digest: memory.digest, now });
    this.fetched = new Map(); // path -> promise of its bytes
    this.missed = false; // whether a file that the snapshot names was gone or another
    this.records = null; // of the shard that was last looked into
  }

  /** Begin to fetch what every check asks for, so that a telephone waits once and not one file after the other. */
  prefetch() {
    quietly([this.catalogueBytes(), this.filingsBytes()]);
  }

  /**
   * Whether the publication may have moved on between two fetches, once all of them have ended. Every file counts, needed
   * or not: to look again only for some would tell the host who needed it.
   */
  async mixture() {
    await Promise.all([...this.fetched.values()].map((file) => file.catch(() => {})));
    return this.missed;
  }

  /**
   * The records of the shard for a prefix, the 20-bit number of FORMAT 5.1. The host learns its leading bits and nothing
   * else: whoever asks for a shard asks for the status lists under its bits too, whatever it finds (FORMAT 7).
   */
  async shardOf(prefix) {
    quietly(this.listsUnder(prefix));
    const { prefix: length, manifests } = this.snapshot;
    const number = prefix >> (PREFIX_BITS - shards.manifestBits(length));
    const wanted = prefix >> (PREFIX_BITS - length);
    const manifest = await this.byDigest('shards/', manifests[number], shards.MAX_MANIFEST_BYTES);
    const digests = shards.readManifest(manifest, length, number);
    const digest = toHex(digests[wanted % digests.length]);
    return shards.readShard(await this.byDigest('shards/', digest, shards.MAX_SHARD_BYTES), length, wanted);
  }

  /** The plaintext of the record that `secret` opens, or null when the authenticated shard has none. */
  async record(kind, secret, prefix) {
    this.records = await this.shardOf(prefix);
    return this.beside(kind, secret);
  }

  /** As `record`, in the shard that was last looked into: nothing is asked for. */
  async beside(kind, secret) {
    const found = shards.findRecord(this.records, await locatorOf(kind, secret));
    return found === null ? null : openRecord(kind, secret, found);
  }

  async filings() {
    return filings.readFilings(await this.filingsBytes());
  }

  filingsBytes() {
    return this.byDigest('trust/filings/', this.trust.filings, filings.MAX_BYTES);
  }

  /** Names of the published catalogue by number: shown beside what is proven, deciding nothing. */
  async names() {
    return readNames(await this.catalogueBytes());
  }

  catalogueBytes() {
    const { version, digest } = this.trust.catalogue;
    return this.named(`catalogue/${version}`, digest, MAX_CONTAINER_BYTES);
  }

  /** The value of one entry of the authentic, fresh status list for an assignment, and when the list was signed. */
  async statusOf(assignment, index) {
    const message = statuslist.parse(await this.statusFile(assignment.id));
    if (!assignment.kids.includes(message.kid)) refuse('unknown_key', 'signed by a key not assigned to this list');
    const entry = findKey(this.trust, message.kid, 'status');
    const list = statuslist.readPayload(await message.verify(entry.key));
    if (list.sub !== assignment.cwt) refuse('wrong_sub', 'the list is for another address');
    if (list.iat > this.now + CLOCK_DIFFERENCE) refuse('not_yet_valid', 'the list was signed after now');
    if (list.exp <= this.now) refuse('expired', 'the list has expired');
    const value = statuslist.valueAt(list.packed, index);
    checkSignsNow(entry, list.iat);
    return { value, issuedAt: list.iat };
  }

  /** Ask for every status list that shares the shard's bits of `prefix`; a promise for each. */
  listsUnder(prefix) {
    const { status, prefix: length } = this.snapshot;
    const own = prefix >> (PREFIX_BITS - Math.log2(status.length));
    return statuslist.listsBeside(own, status.length, length).map((id) => this.statusFile(id));
  }

  statusFile(id) {
    return this.byDigest('status/at/', this.snapshot.status[id].cwt, statuslist.MAX_FILE_BYTES);
  }

  /** Fetch an immutable file by its digest; other bytes under its name are refused. */
  byDigest(folder, digest, maxBytes) {
    return this.named(folder + digest, digest, maxBytes);
  }

  named(path, digest, maxBytes) {
    if (!this.fetched.has(path)) this.fetched.set(path, this.fetchNamed(path, digest, maxBytes));
    return this.fetched.get(path);
  }

  async fetchNamed(path, digest, maxBytes) {
    const bytes = await this.source.get(path, maxBytes);
    if (bytes === null) throw this.gone(new NotFound(path, 'the publication lacks a file that it names'));
    if (await sha256Hex(bytes) !== digest) throw this.gone(new WrongDigest(path, 'other bytes than a signed file names'));
    return bytes;
  }

  /** Every verdict can be given without the catalogue; any other file that is not as named may be a mixture's. */
  gone(error) {
    this.missed ||= !error.path.startsWith('catalogue/');
    return error;
  }
}

/** Ask without waiting; what is wrong with a file is told where it is needed. */
function quietly(promises) {
  for (const promise of promises) promise.catch(() => {});
}

/**
 * Walk from the pinned root to a checked snapshot.
 * Refuses with `publication_untrusted`, `publication_expired`, `newer_format`, `trust_expired` or `rollback`; throws
 * Unreachable.
 */
export async function open({ source, pinnedRoot, memory, now }) {
  const pinned = await verifyPinned(pinnedRoot);
  const anchor = [...pinned.keys.keys()].join('.');
  const trusted = new TrustedSet(pinned, memory.read(anchor), now);
  try {
    await trusted.rememberRoot();
    await walk(trusted, source);
  } catch (error) {
    throw inVerdictWords(error);
  } finally {
    if (trusted.memory !== null) memory.write(anchor, trusted.memory);
  }
  return new Publication(source, trusted);
}

/** What the page was given must hold: anything else is a fault of whoever set it up, and no verdict. */
async function verifyPinned(pinnedRoot) {
  try {
    return await verifyRoot(utf8(pinnedRoot), null);
  } catch (error) {
    throw new Error(`the pinned root cannot be used: ${error.message}`);
  }
}

const OPEN_CODES = new Set(['publication_untrusted', 'publication_expired', 'newer_format', 'trust_expired', 'rollback']);

function inVerdictWords(error) {
  if (error instanceof Oversize) return new Refusal('publication_untrusted', error.message);
  if (!(error instanceof Refusal) || OPEN_CODES.has(error.code)) return error;
  return Object.assign(new Refusal('publication_untrusted', error.message), { clock: error.code === 'from_the_future' });
}

async function walk(trusted, source) {
  const snapshotFetched = required(source, 'snapshot.jwt', snapshots.MAX_BYTES, { fresh: true });
  snapshotFetched.catch(() => {}); // awaited below; a root that fails first is what is told
  await updateRoots(trusted, source);
  const snapshotBytes = await snapshotFetched;
  const message = snapshots.parse(snapshotBytes);
  const claimed = snapshots.readPayload(message.payload);
  await trusted.updateTrustList(await required(source, `trust/list/${claimed.trust.version}`, MAX_CONTAINER_BYTES), claimed);
  await trusted.updateSnapshot(snapshotBytes, message);
}

async function updateRoots(trusted, source) {
  for (let step = 0; step < MAX_ROOT_STEPS; step += 1) {
    const bytes = await source.get(`trust/roots/${trusted.root.version + 1}`, MAX_ROOT_BYTES, { fresh: true });
    if (bytes === null) return;
    await trusted.updateRoot(bytes);
  }
  refuse('publication_untrusted', `more than ${MAX_ROOT_STEPS} roots behind the pinned one`);
}

async function required(source, path, maxBytes, options) {
  const bytes = await source.get(path, maxBytes, options);
  if (bytes === null) throw new NotFound(path, 'the host has no such file');
  return bytes;
}

/** Which root, trust list and snapshot are believed. What is old but authentic is remembered before it is refused. */
class TrustedSet {
  constructor(pinned, memory, now) {
    Object.assign(this, { root: pinned, memory, now });
  }

  /** Go on from the remembered root, when it is newer: it was verified by a walk from the pinned one. */
  async rememberRoot() {
    if (this.memory === null || this.memory.rootVersion <= this.root.version) return;
    try {
      const newer = await verifyRoot(utf8(this.memory.root), null);
      const same = newer.demonstration === this.root.demonstration && newer.version === this.memory.rootVersion;
      if (same) this.root = newer;
    } catch {
      // A spoilt memory counts as none.
    }
  }

  async updateRoot(bytes) {
    this.root = await verifyRoot(bytes, this.root);
  }

  /** Take the trust list that a snapshot names; what signs it is the root, whatever named it. */
  async updateTrustList(bytes, claimed) {
    const trust = await verifyTrustList(bytes, this.root, this.now);
    const digest = await sha256Hex(bytes);
    if (trust.version !== claimed.trust.version || digest !== claimed.trust.digest) refuse('digest', 'another trust list');
    const { trustVersion, trustDigest } = this.memory ?? {};
    if (this.memory !== null) checkNotOlder([trust.version, digest], [trustVersion, trustDigest]);
    if (trust.exp <= this.now) refuse('trust_expired', 'the trust list has expired');
    Object.assign(this, { trust, trustDigest: digest });
  }

  async updateSnapshot(bytes, message) {
    const publisher = findKey(this.trust, message.kid, 'publisher');
    const snapshot = snapshots.readPayload(await message.verify(publisher.key));
    checkSignsNow(publisher, snapshot.iat);
    this.checkSnapshot(snapshot);
    const digest = await sha256Hex(bytes);
    if (this.memory !== null) checkNotOlder([snapshot.seq, digest], [this.memory.seq, this.memory.digest]);
    this.memory = this.seen(snapshot, digest);
    if (snapshot.exp <= this.now) refuse('publication_expired', 'the snapshot has expired');
    this.snapshot = snapshot;
  }

  checkSnapshot(snapshot) {
    if (snapshot.deployment !== this.trust.deployment) refuse('wrong_deployment', 'snapshot and trust list of two deployments');
    if (snapshot.status.length !== this.trust.status.length) refuse('wrong_status', 'other status lists than the trust list');
    if (snapshot.iat > this.now + CLOCK_DIFFERENCE) refuse('from_the_future', 'the snapshot was signed after now');
  }

  seen(snapshot, digest) {
    return {
      seq: snapshot.seq, digest, trustVersion: this.trust.version, trustDigest: this.trustDigest,
      rootVersion: this.root.version, root: this.root.text,
    };
  }
}

function checkNotOlder([number, digest], [seenNumber, seenDigest]) {
  if (number < seenNumber || (number === seenNumber && digest !== seenDigest)) {
    refuse('rollback', `number ${number} is older than, or another than, number ${seenNumber} that was seen before`);
  }
}
