// Keys and signatures of suite 1: ECDSA on P-256 with SHA-256, raw r||s, low-s (FORMAT 1.1, 1.2).

import { bigEndian, concat, fromBase64url, sha256, toBase64url, utf8 } from './bytes.js';
import { encode } from './cbor.js';
import { refuse } from './errors.js';
import { exactly } from './json.js';

export const SIGNATURE_BYTES = 64;
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n; // n of P-256, SP 800-186
const HALF_ORDER = ORDER / 2n;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A public key with its name. `verify` refuses instead of answering false. */
export class VerifyKey {
  constructor(cryptoKey, thumbprint) {
    this.cryptoKey = cryptoKey;
    this.thumbprint = thumbprint;
    this.kid = toBase64url(thumbprint.subarray(0, 8));
  }

  /** Take a JWK with exactly crv, kty, x, y. Refuses with `key_form`. */
  static async fromJwk(jwk) {
    exactly(jwk, ['crv', 'kty', 'x', 'y'], 'key_form');
    if (jwk.kty !== 'EC' || jwk.crv !== 'P-256') refuse('key_form', 'only P-256 keys are known');
    const [x, y] = [coordinate(jwk.x), coordinate(jwk.y)];
    const point = concat(Uint8Array.of(4), x, y);
    return new VerifyKey(await importPoint(point), await thumbprint(x, y));
  }

  async verify(signature, message) {
    checkForm(signature);
    const holds = await crypto.subtle.verify(ALGORITHM, this.cryptoKey, signature, message);
    if (!holds) refuse('bad_signature', `key ${this.kid} did not sign these bytes`);
  }
}

/** Refuse a signature that is not 64 bytes of low-s r||s (FORMAT 1.1): the other form would be a second valid one. */
export function checkForm(signature) {
  if (signature.length !== SIGNATURE_BYTES) refuse('not_canonical', 'an ES256 signature has 64 bytes');
  if (bigEndian(signature.subarray(32)) > HALF_ORDER) refuse('high_s', 'the signature is in its second form (s > n/2)');
}

function coordinate(text) {
  const bytes = fromBase64url(text);
  if (bytes.length !== 32) refuse('key_form', 'a P-256 coordinate has 32 bytes');
  return bytes;
}

async function importPoint(point) {
  try {
    return await crypto.subtle.importKey('raw', point, ALGORITHM, false, ['verify']);
  } catch {
    return refuse('key_form', 'these coordinates are no point of P-256');
  }
}

function thumbprint(x, y) {
  return sha256(encode(new Map([[1, 2], [-1, 1], [-2, x], [-3, y]])));
}

/** HKDF-SHA-256 with an empty salt (RFC 5869); `info` is bytes or text. */
export async function hkdf(secret, info, length) {
  const key = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits']);
  const label = typeof info === 'string' ? utf8(info) : info;
  const parameters = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: label };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, length * 8));
}
