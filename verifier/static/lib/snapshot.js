// The snapshot (FORMAT 10): the one file that is replaced in place; it names everything else by digest.

import { decode } from './json.js';
import { asciiText, parse as parseJws } from './jws.js';
import { MAX_VERSION, Members, check, isDigest } from './members.js';
import { manifestBits } from './shards.js';

export const TYP = 'titlecert-snapshot+jwt';
export const MAX_BYTES = 1024 * 1024;
const MAX_LIFETIME = 7 * 86400;
const MAX_PREFIX = 20; // as many bits as the check code repeats
const MAX_STATUS_LISTS = 4096;
const MAX_MANIFESTS = 1024;
const CERTIFICATES_PER_SHARD = 128; // on average: so that every shard holds at least 64
const MEMBERS = [
  'audit', 'deployment', 'exp', 'ext', 'iat', 'manifests', 'prefix', 'records', 'seq', 'status', 'trust', 'v'];

export function parse(bytes) {
  return parseJws(asciiText(bytes, MAX_BYTES), { typ: TYP });
}

/** Read a snapshot's payload. The caller knows whether its signature was checked; the form is checked either way. */
export function readPayload(payload) {
  const members = new Members(decode(payload, { maxBytes: MAX_BYTES }), 'snapshot', MEMBERS);
  members.constant('v', 1);
  members.extension('ext');
  const trust = new Members(members.raw('trust'), 'snapshot.trust', ['digest', 'version']);
  const audit = new Members(members.raw('audit'), 'snapshot.audit', ['head', 'length']);
  audit.integer('length');
  audit.digest('head');
  const snapshot = {
    deployment: members.identifier('deployment'),
    seq: members.integer('seq', 1),
    iat: members.instant('iat'),
    exp: members.instant('exp'),
    trust: { version: trust.integer('version', 1, MAX_VERSION), digest: trust.digest('digest') },
    status: members.listing('status', 0, MAX_STATUS_LISTS).map(readStatus),
    prefix: members.integer('prefix', 0, MAX_PREFIX),
    records: members.integer('records'),
    manifests: members.listing('manifests', 1, MAX_MANIFESTS),
  };
  checkTogether(snapshot);
  return snapshot;
}

function readStatus(value) {
  const members = new Members(value, 'snapshot.status', ['cwt', 'id', 'jwt']);
  return { id: members.integer('id'), cwt: members.digest('cwt'), jwt: members.digest('jwt') };
}

function checkTogether({ iat, exp, status, prefix, records, manifests }) {
  check(exp > iat && exp - iat <= MAX_LIFETIME, 'snapshot.exp', 'at most 7 days');
  check(manifests.every(isDigest), 'snapshot.manifests', 'digests');
  // A prefix longer than the register is large would tell the host who is asked about.
  check(prefix <= longestPrefix(records), 'snapshot.prefix', 'too long for the number of records');
  check(manifests.length === 2 ** manifestBits(prefix), 'snapshot.manifests', 'as many as the prefix demands');
  check(status.every((entry, at) => entry.id === at), 'snapshot.status', 'in the order of their ids');
}

function longestPrefix(records) {
  const shares = Math.floor(records / CERTIFICATES_PER_SHARD);
  return shares === 0 ? 0 : shares.toString(2).length - 1;
}
