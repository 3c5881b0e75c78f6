// Reading a publication: from the pinned root to a state in which every file is either checked or refused.
// Order (FORMAT 8 to 10): roots, then the snapshot's word which trust list is current, the trust list by the root, and
// only then the snapshot itself by a publisher key of that list. Nothing is fetched by a name that was not checked;
// the version number in the unchecked snapshot is a number and nothing else, and the list found there is checked by the root.

import { leadingBits, sha256Hex, toHex, utf8 } from './bytes.js';
import { Refusal, Unreachable, refuse } from './errors.js';
import { MAX_CONTAINER_BYTES } from './container.js';
import * as filings from './filings.js';
import * as history from './history.js';
import { MAX_ROOT_BYTES, verifyRoot } from './roots.js';
import * as sealed from './sealed.js';
import * as shards from './shards.js';
import * as snapshots from './snapshot.js';
import * as statuslist from './statuslist.js';
import { CLOCK_DIFFERENCE, checkSignsNow, findKey, verifyTrustList } from './trustlist.js';

const MAX_ROOT_STEPS = 1000; // one a year for a thousand years; a host that makes up more is stopped

/** A publication whose trust list and snapshot hold. Made by `open` only. */
export class Publication {
  constructor(source, { root, trust, snapshot, now }) {
    Object.assign(this, { source, root, trust, snapshot, now });
  }

  /** The records of the shard for this prefix (four bytes of FORMAT 5.1, or the 20 bits of a check code). */
  async shardOf(bitsOf) {
    const { prefix, manifests } = this.snapshot;
    const number = shards.manifestBits(prefix) === 0 ? 0 : bitsOf(shards.manifestBits(prefix));
    const manifest = await this.byDigest('shards/', manifests[number], shards.MAX_MANIFEST_BYTES);
    const digests = shards.readManifest(manifest, prefix, number);
    const wanted = bitsOf(prefix);
    const digest = toHex(digests[wanted % digests.length]);
    return shards.readShard(await this.byDigest('shards/', digest, shards.MAX_SHARD_BYTES), prefix, wanted);
  }

  /** The plaintext of the record that `secret` opens, or null when the authenticated shard has none. */
  async record(kind, secret, bitsOf) {
    const records = await this.shardOf(bitsOf);
    const found = shards.findRecord(records, await sealed.locatorOf(kind, secret));
    return found === null ? null : sealed.open(kind, secret, found);
  }

  /** The signed history of the certificate with this cti, its signature not yet checked, or null. */
  async history(cti) {
    const prefix = await sealed.prefixOf(cti);
    const plain = await this.record(sealed.HISTORY, cti, (bits) => leadingBits(prefix, bits));
    return plain === null ? null : history.parse(plain);
  }

  /** The credential that a check code opens, or null. */
  credentialOf(code, bitsOf) {
    return this.record(sealed.CERTIFICATE, utf8(code), bitsOf);
  }

  async filings() {
    return filings.readFilings(await this.byDigest('trust/filings/', this.trust.filings, filings.MAX_BYTES));
  }

  /** The authentic status list for an assignment of the trust list. */
  async statusList(assignment) {
    const named = this.snapshot.status.find((entry) => entry.id === assignment.id);
    if (!named) refuse('bad_status_list', 'the snapshot does not name this status list');
    const message = statuslist.parse(await this.byDigest('status/at/', named.cwt, statuslist.MAX_FILE_BYTES));
    if (!assignment.kids.includes(message.kid)) refuse('unknown_key', 'signed by a key not assigned to this list');
    const entry = findKey(this.trust, message.kid, 'status');
    const list = statuslist.readPayload(await message.verify(entry.key));
    checkSignsNow(entry, list.iat);
    if (list.sub !== assignment.cwt) refuse('bad_status_list', 'the list is for another address');
    if (list.iat > this.now + CLOCK_DIFFERENCE) refuse('from_the_future', 'the list was signed after now');
    return list;
  }

  /** Fetch an immutable file by its digest; other bytes under its name are refused. */
  async byDigest(folder, digest, maxBytes) {
    const bytes = await this.source.get(folder + digest, maxBytes);
    if (bytes === null) throw new Unreachable(folder + digest, 'the publication lacks a file that it names');
    if (await sha256Hex(bytes) !== digest) refuse('digest', `${folder}${digest} has other bytes`);
    return bytes;
  }
}

/**
 * Walk from the pinned root to a checked snapshot.
 * Refuses with `publication_untrusted`, `publication_expired`, `trust_expired` or `rollback`; throws Unreachable.
 */
export async function open({ source, pinnedRoot, memory, now }) {
  try {
    return await openChecked({ source, pinnedRoot, memory, now });
  } catch (error) {
    if (error instanceof Refusal && !OPEN_CODES.has(error.code)) {
      throw Object.assign(new Refusal('publication_untrusted', error.message), { cause: error.code });
    }
    throw error;
  }
}

const OPEN_CODES = new Set(['publication_untrusted', 'publication_expired', 'trust_expired', 'rollback']);

async function openChecked({ source, pinnedRoot, memory, now }) {
  const pinned = await verifyRoot(utf8(pinnedRoot), null);
  const [root, snapshotBytes] = await Promise.all([
    newestRoot(source, pinned), required(source, 'snapshot.jwt', snapshots.MAX_BYTES, { fresh: true })]);
  const message = snapshots.parse(snapshotBytes);
  const claimed = snapshots.readPayload(message.payload);
  const seen = memory.read();
  const trustBytes = await required(source, `trust/list/${claimed.trust.version}`, MAX_CONTAINER_BYTES);
  const trust = await verifyTrustList(trustBytes, root, now);
  const trustDigest = await sha256Hex(trustBytes);
  if (trust.version !== claimed.trust.version || trustDigest !== claimed.trust.digest) refuse('digest', 'another trust list');
  if (trust.exp <= now) refuse('trust_expired', 'the trust list has expired');
  const publisher = findKey(trust, message.kid, 'publisher');
  const snapshot = snapshots.readPayload(await message.verify(publisher.key));
  checkSignsNow(publisher, snapshot.iat);
  checkSnapshot(snapshot, trust, now);
  await remember(memory, seen, { seq: snapshot.seq, digest: await sha256Hex(snapshotBytes), trustVersion: trust.version, trustDigest });
  return new Publication(source, { root, trust, snapshot, now });
}

async function newestRoot(source, pinned) {
  let root = pinned;
  for (let step = 0; step < MAX_ROOT_STEPS; step += 1) {
    const bytes = await source.get(`trust/roots/${root.version + 1}`, MAX_ROOT_BYTES, { fresh: true });
    if (bytes === null) return root;
    root = await verifyRoot(bytes, root);
  }
  return refuse('publication_untrusted', 'more roots than a publication can have');
}

async function required(source, path, maxBytes, options) {
  const bytes = await source.get(path, maxBytes, options);
  if (bytes === null) throw new Unreachable(path, 'the host has no such file');
  return bytes;
}

function checkSnapshot(snapshot, trust, now) {
  if (snapshot.deployment !== trust.deployment) refuse('publication_untrusted', 'snapshot and trust list of two deployments');
  if (snapshot.iat > now + CLOCK_DIFFERENCE) {
    throw Object.assign(new Refusal('publication_untrusted', 'the snapshot was signed after now'), { clock: true });
  }
  if (snapshot.exp <= now) refuse('publication_expired', 'the snapshot has expired');
}

/** Refuse what is older than what this reader has seen, else keep the new state. */
async function remember(memory, seen, state) {
  if (seen !== null) {
    const older = state.seq < seen.seq || state.trustVersion < seen.trustVersion;
    const forked = (state.seq === seen.seq && state.digest !== seen.digest)
      || (state.trustVersion === seen.trustVersion && state.trustDigest !== seen.trustDigest);
    if (older || forked) refuse('rollback', 'the publication is older than, or another than, the one seen before');
  }
  memory.write(state);
}

