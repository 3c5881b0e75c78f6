// COSE_Sign1 in the one form of these formats: tag 18, empty unprotected header (FORMAT 2, 6, 7).

import { ES256, mayBeCalled } from './algorithms.js';
import { toBase64url } from './bytes.js';
import { Tag, decode, encode } from './cbor.js';
import { refuse } from './errors.js';
import { checkForm, usable } from './keys.js';

const ALG = 1;
const KID = 4;
const TYP = 16; // RFC 9596

/** A well-formed message whose signature nobody has checked; only `verify` gives the payload as trusted. */
export class UnverifiedSign1 {
  constructor(protectedBytes, { alg, kid }, payload, signature) {
    this.protectedBytes = protectedBytes;
    this.alg = alg; // what the sender says; the key decides
    this.kid = kid;
    this.payload = payload;
    this.signature = signature;
  }

  /** The key as one that can check this message. Refuses with `bad_header` or `newer_format` (FORMAT 1.1). */
  checkKey(key) {
    if (key.kid !== this.kid) refuse('wrong_key', `signed by ${this.kid}, checked with ${key.kid}`);
    if (!mayBeCalled(key.alg, this.alg)) refuse('bad_header', `algorithm ${this.alg} is not the key's, which is ${key.alg}`);
    return usable(key);
  }

  async verify(key) {
    await this.checkKey(key).verify(this.signature, sigStructure(this.protectedBytes, this.payload));
    return this.payload;
  }
}

/** The bytes that are signed (RFC 9052 section 4.4), without external data. */
export function sigStructure(protectedBytes, payload) {
  return encode(['Signature1', protectedBytes, new Uint8Array(0), payload]);
}

/** Take a message apart. `typ` is the header's type that the format demands; null demands that there is none. */
export function parse(bytes, { maxBytes, typ = null }) {
  const item = decode(bytes, { maxBytes });
  if (!(item instanceof Tag) || !Array.isArray(item.value)) refuse('not_recognised', 'no COSE_Sign1 behind tag 18');
  const [protectedBytes, unprotected, payload, signature] = item.value;
  const formed = item.value.length === 4 && unprotected instanceof Map
    && [protectedBytes, payload, signature].every((part) => part instanceof Uint8Array);
  if (!formed) refuse('not_recognised', 'not the four parts of a COSE_Sign1');
  if (unprotected.size !== 0) refuse('bad_header', 'the unprotected header is not empty; nothing there is signed');
  const header = readHeader(decode(protectedBytes, { maxBytes }), typ);
  if (header.alg === ES256.cose) checkForm(signature);
  else if (signature.length === 0) refuse('not_recognised', 'a signature of no byte is none');
  return new UnverifiedSign1(protectedBytes, header, payload, signature);
}

function readHeader(header, typ) {
  const labels = typ === null ? [ALG, KID] : [ALG, KID, TYP];
  const exact = header instanceof Map && header.size === labels.length && labels.every((label) => header.has(label));
  if (!exact) refuse('bad_header', `the protected header holds exactly the labels ${labels}`);
  const alg = header.get(ALG);
  if (!Number.isInteger(alg)) refuse('bad_header', 'an algorithm is named by an integer');
  if (typ !== null && header.get(TYP) !== typ) refuse('bad_header', `this is no ${typ}`);
  const kid = header.get(KID);
  if (!(kid instanceof Uint8Array) || kid.length !== 8) refuse('bad_header', 'a key id has 8 bytes');
  return { alg, kid: toBase64url(kid) };
}
