// The suites of signatures (FORMAT 1.1): names, numbers and sizes, which stand here and nowhere else on the page. The key
// says by which suite it signs; a pair of `alg` and `params` that is none of these belongs to a later suite.

import { fromHex } from './bytes.js';

export const NAME = /^[A-Za-z0-9-]{1,32}$/; // the form of `alg`, also of one that nobody knows yet
export const MAX_PARAMS = 16;
export const MAX_LATER_SIGNATURE = 8192; // bytes of a JWS signature by a suite that this page does not know
// Half of n of P-256 (SP 800-186), rounded down: the largest s that is written, because (r, n - s) would be a second signature.
const HALF_ORDER = fromHex('7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8');

/** Suite 1: ECDSA on P-256 with SHA-256, raw r||s. */
export const ES256 = Object.freeze({
  alg: 'ES256',
  cose: -7,
  kty: 'EC',
  crv: 'P-256',
  coordinateBytes: 32,
  signatureBytes: 64,
  halfOrder: HALF_ORDER,
  crypto: Object.freeze({ name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }),
});

const BY_ALG = new Map([[ES256.alg, ES256]]);
const BY_COSE = new Map([[ES256.cose, ES256]]);

/** The suite of a key, or null for one that this page does not know. No suite has parameters yet. */
export function find(alg, params) {
  return Object.keys(params).length === 0 ? BY_ALG.get(alg) ?? null : null;
}

/** Whether the `alg` of a JWS is the name of a suite that stands here. */
export function isKnown(alg) {
  return BY_ALG.has(alg);
}

/**
 * Whether the COSE number may be the algorithm that a key calls `alg`: where one of the two is known the answer is
 * certain, of two unknown ones nobody can tell here.
 */
export function mayBeCalled(alg, number) {
  return BY_ALG.get(alg) === BY_COSE.get(number);
}
