// Compact JWS in its only form (FORMAT 1.5).

import { fromBase64url, utf8 } from './bytes.js';
import { refuse } from './errors.js';
import { decode, exactly } from './json.js';
import { SIGNATURE_BYTES, checkForm } from './keys.js';

const MAX_HEADER_BYTES = 256;

/** A well-formed token whose signature nobody has checked. */
export class UnverifiedJws {
  constructor(token, kid, payload, signature) {
    this.token = token;
    this.kid = kid;
    this.payload = payload;
    this.signature = signature;
  }

  async verify(key) {
    if (key.kid !== this.kid) refuse('wrong_key', `signed by ${this.kid}, checked with ${key.kid}`);
    await key.verify(this.signature, utf8(this.token.slice(0, this.token.lastIndexOf('.'))));
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
  const kid = readHeader(fromBase64url(parts[0]), typ);
  const signature = fromBase64url(parts[2]);
  if (signature.length !== SIGNATURE_BYTES) refuse('not_recognised', 'an ES256 signature has 64 bytes');
  checkForm(signature);
  return new UnverifiedJws(token, kid, fromBase64url(parts[1]), signature);
}

function readHeader(bytes, typ) {
  const header = exactly(decode(bytes, { maxBytes: MAX_HEADER_BYTES }), ['alg', 'kid', 'typ'], 'bad_header');
  if (header.alg !== 'ES256') refuse('bad_header', 'only ES256 is known');
  if (header.typ !== typ) refuse('bad_header', `this is no ${typ}`);
  if (typeof header.kid !== 'string' || fromBase64url(header.kid).length !== 8) refuse('bad_header', 'a key id has 8 bytes');
  return header.kid;
}
