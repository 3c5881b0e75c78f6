// Keys and signatures (FORMAT 1.1, 1.2).

import { ES256 } from './algorithms.js';
import { compareBytes, concat, fromBase64url, sha256, toBase64url, utf8 } from './bytes.js';
import { encode } from './cbor.js';
import { refuse } from './errors.js';
import { exactly } from './json.js';

/** A public key of suite 1 with its name. `verify` refuses instead of answering false. */
export class VerifyKey {
  constructor(cryptoKey, thumbprint) {
    this.cryptoKey = cryptoKey;
    this.thumbprint = thumbprint;
    this.kid = toBase64url(thumbprint.subarray(0, 8));
    this.alg = ES256.alg;
  }

  /** Take a JWK with exactly crv, kty, x, y. Refuses with `key_form`. */
  static async fromJwk(jwk) {
    exactly(jwk, ['crv', 'kty', 'x', 'y'], 'key_form');
    if (jwk.kty !== ES256.kty || jwk.crv !== ES256.crv) refuse('key_form', `only keys on ${ES256.crv} are known`);
    const [x, y] = [coordinate(jwk.x), coordinate(jwk.y)];
    const point = concat(Uint8Array.of(4), x, y);
    return new VerifyKey(await importPoint(point), await thumbprint(x, y));
  }

  async verify(signature, message) {
    checkForm(signature);
    const holds = await crypto.subtle.verify(ES256.crypto, this.cryptoKey, signature, message);
    if (!holds) refuse('bad_signature', `key ${this.kid} did not sign these bytes`);
  }
}

/** A key of a suite that this page does not know (FORMAT 1.1): there is nothing to verify with. */
export class UnusableKey {
  constructor(kid, alg) {
    Object.assign(this, { kid, alg });
  }
}

/** The key as one that can verify. Refuses with `newer_format`. */
export function usable(key) {
  if (key instanceof UnusableKey) refuse('newer_format', `key ${key.kid} signs by ${key.alg}: a newer suite is needed`);
  return key;
}

/** Refuse a signature that is not low-s r||s (FORMAT 1.1): the other form would be a second valid one. */
export function checkForm(signature) {
  if (signature.length !== ES256.signatureBytes) {
    refuse('not_recognised', `an ${ES256.alg} signature has ${ES256.signatureBytes} bytes`);
  }
  const s = signature.subarray(ES256.coordinateBytes);
  if (compareBytes(s, ES256.halfOrder) > 0) refuse('high_s', 'the signature is in its second form (s > n/2)');
}

function coordinate(text) {
  const bytes = fromBase64url(text);
  if (bytes.length !== ES256.coordinateBytes) refuse('key_form', `a coordinate has ${ES256.coordinateBytes} bytes`);
  return bytes;
}

async function importPoint(point) {
  try {
    return await crypto.subtle.importKey('raw', point, ES256.crypto, false, ['verify']);
  } catch {
    return refuse('key_form', `these coordinates are no point of ${ES256.crv}`);
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
