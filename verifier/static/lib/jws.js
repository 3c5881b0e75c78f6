// Compact JWS in its only form (FORMAT 1.5).

import { MAX_LATER_SIGNATURE, NAME, isKnown } from './algorithms.js';
import { fromBase64url, utf8 } from './bytes.js';
import { refuse } from './errors.js';
import { decode, exactly } from './json.js';
import { checkForm, usable } from './keys.js';

const MAX_HEADER_BYTES = 512;

/** A well-formed token whose signature nobody has checked. */
export class UnverifiedJws {
  constructor(token, { alg, kid }, payload, signature) {
    this.token = token;
    this.alg = alg; // what the sender says; the key decides
    this.kid = kid;
    this.payload = payload;
    this.signature = signature;
  }

  /** Refuse unless the header names the key and its algorithm. */
  checkAlgorithm(key) {
    if (key.kid !== this.kid) refuse('wrong_key', `signed by ${this.kid}, checked with ${key.kid}`);
    if (key.alg !== this.alg) refuse('bad_header', `algorithm ${this.alg} is not the key's, which is ${key.alg}`);
  }

  /** The payload, once the signature holds; `newer_format` for a key of a suite that this page does not know. */
  async verify(key) {
    this.checkAlgorithm(key);
    await usable(key).verify(this.signature, utf8(this.token.slice(0, this.token.lastIndexOf('.'))));
    return this.payload;
  }
}

/** The ASCII text of a file, within its cap. */
export function asciiText(bytes, maxBytes) {
  if (bytes.length > maxBytes) refuse('too_large', `${bytes.length} bytes of JWS, at most ${maxBytes} are read`);
  if (bytes.some((byte) => byte > 127)) refuse('not_recognised', 'a JWS is ASCII');
  return new TextDecoder().decode(bytes);
}

export function parse(token, { typ }) {
  const parts = token.split('.');
  if (parts.length !== 3) refuse('not_recognised', 'three parts joined by dots were expected');
  const header = readHeader(fromBase64url(parts[0]), typ);
  const signature = fromBase64url(parts[2]);
  checkSignature(header.alg, signature);
  return new UnverifiedJws(token, header, fromBase64url(parts[1]), signature);
}

/** Of a later suite's signature nothing is asked but its size. */
function checkSignature(alg, signature) {
  if (isKnown(alg)) return checkForm(signature);
  const sized = signature.length >= 1 && signature.length <= MAX_LATER_SIGNATURE;
  return sized ? undefined : refuse('not_recognised', `a signature of 1 to ${MAX_LATER_SIGNATURE} bytes`);
}

function readHeader(bytes, typ) {
  const header = exactly(decode(bytes, { maxBytes: MAX_HEADER_BYTES }), ['alg', 'kid', 'typ'], 'bad_header');
  if (typeof header.alg !== 'string' || !NAME.test(header.alg)) refuse('bad_header', 'alg names an algorithm');
  if (header.typ !== typ) refuse('bad_header', `this is no ${typ}`);
  if (typeof header.kid !== 'string' || fromBase64url(header.kid).length !== 8) refuse('bad_header', 'a key id has 8 bytes');
  return header;
}
