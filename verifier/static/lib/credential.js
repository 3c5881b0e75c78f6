// The credential (FORMAT 2): a CWT in a COSE_Sign1 that says what one certificate says.

import { sha256, toHex } from './bytes.js';
import { decode } from './cbor.js';
import { isPlain } from './characters.js';
import { parse as parseSign1 } from './cose.js';
import { isDay, isInstant } from './days.js';
import { refuse } from './errors.js';

export const MAX_BYTES = 420;
export const WAY_HISTORICAL = 9;
const VERSION = 1;
const POSITIONS = 12;
const LIST_SIZE = 2 ** 20;
const CLAIM = { iss: 1, iat: 6, cti: 7, status: 65535, award: -65537 };
/** Step 1: size and form. The result's claims are not trusted. */
export function parse(bytes) {
  return { bytes, message: parseSign1(bytes, { maxBytes: MAX_BYTES }) };
}

export async function digestHex(bytes) {
  return toHex(await sha256(bytes));
}

/** The form part of step 4. Refuses with `bad_claims`, or `newer_format` for a version this program must not guess at. */
export function readClaims(payload) {
  const item = decodePayload(payload);
  check(item instanceof Map, 'claims');
  // The version first: a later one may have other claims too, and "newer" is an answer where "malformed" is none.
  const award = readAward(item.get(CLAIM.award));
  check(item.size === 5 && Object.values(CLAIM).every((key) => item.has(key)), 'claims');
  const claims = {
    iss: item.get(CLAIM.iss), iat: item.get(CLAIM.iat), cti: item.get(CLAIM.cti), ...readStatus(item.get(CLAIM.status)), ...award,
  };
  for (const [member, holds] of rules(claims)) check(holds, member);
  return claims;
}

function check(holds, member) {
  if (!holds) refuse('bad_claims', `${member} breaks its rule (FORMAT 2)`);
}

function decodePayload(payload) {
  try {
    return decode(payload, { maxBytes: MAX_BYTES });
  } catch {
    return refuse('bad_claims', 'the claims are not in deterministic CBOR');
  }
}

function readStatus(status) {
  const list = status instanceof Map && status.size === 1 ? status.get('status_list') : null;
  check(list instanceof Map && list.size === 2, 'status');
  return { idx: list.get('idx'), uri: list.get('uri') };
}

function readAward(award) {
  check(Array.isArray(award) && Number.isInteger(award[0]), 'award');
  if (award[0] > VERSION) refuse('newer_format', `format version ${award[0]}, this page knows ${VERSION}`);
  check(award[0] === VERSION && award.length >= POSITIONS, 'award');
  const [, name, idLast4, number, series, title, specialty, level, way, awardDay, basis, scope] = award;
  check(Array.isArray(basis) && basis.length === 2, 'basis');
  check(scope === null || (Array.isArray(scope) && scope.length === 2), 'scope');
  return {
    name, idLast4, number, series, title, specialty, level, way, awardDay,
    basisKind: basis[0], basisReference: basis[1],
    scope: scope === null ? null : { region: scope[0], name: scope[1] },
  };
}

/** Every rule of FORMAT 2 with the member that it is about. */
function* rules(claims) {
  yield ['iss', isMatch(claims.iss, /^[a-z][a-z0-9-]{1,15}$/)];
  yield ['iat', isInstant(claims.iat)];
  yield ['cti', claims.cti instanceof Uint8Array && claims.cti.length === 16];
  yield ['idx', isWithin(claims.idx, 0, LIST_SIZE - 1)];
  yield ['uri', isMatch(claims.uri, /^https?:\/\/[\x21-\x7e]+$/) && claims.uri.length <= 120];
  yield ['name', isText(claims.name, 1, 100)];
  yield ['id_last4', isMatch(claims.idLast4, /^[0-9A-Z]{4}$/)];
  yield ['number', isMatch(claims.number, /^[0-9A-Z-]{4,24}$/)];
  yield ['series', isWithin(claims.series, 1, 255)];
  yield ['title', isWithin(claims.title, 1, 65535)];
  yield ['specialty', isText(claims.specialty, 0, 60)];
  yield ['level', isWithin(claims.level, 1, 5)];
  yield ['way', isWithin(claims.way, 1, 9)];
  yield ['award_day', isDay(claims.awardDay)];
  yield ['basis', isWithin(claims.basisKind, 1, 5) && isText(claims.basisReference, 1, 60)];
  yield ['basis', (claims.way === WAY_HISTORICAL) === (claims.basisKind === 5)];
  yield ['scope', claims.scope === null || isScope(claims.scope)];
}

function isMatch(value, form) {
  return typeof value === 'string' && form.test(value);
}

function isWithin(value, low, high) {
  return Number.isInteger(value) && value >= low && value <= high;
}

function isScope(scope) {
  return isWithin(scope.region, 100000, 999999) && isText(scope.name, 1, 60);
}

/** Text of so many code points, each of which a reader can see. */
function isText(value, least, most) {
  if (typeof value !== 'string') return false;
  const length = Array.from(value).length;
  return length >= least && length <= most && isPlain(value);
}
