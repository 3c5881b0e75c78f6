// Answers for many inputs what the page's parsers say: `node parsers.mjs < inputs.json`.
// In: [{"parser": "credential"|"cbor"|"json"|"code"|"qr", "hex"}]; out: [{"code": null | refusal, "value"?}].

import { readFileSync } from 'node:fs';

import { fromHex, toHex } from '../../verifier/static/lib/bytes.js';
import * as cbor from '../../verifier/static/lib/cbor.js';
import * as checkcode from '../../verifier/static/lib/checkcode.js';
import * as credentials from '../../verifier/static/lib/credential.js';
import * as json from '../../verifier/static/lib/json.js';
import * as qrtext from '../../verifier/static/lib/qrtext.js';

const text = (bytes) => new TextDecoder().decode(bytes);
const PARSERS = {
  credential: (bytes) => {
    credentials.readClaims(credentials.parse(bytes).message.payload);
  },
  cbor: (bytes) => toHex(cbor.encode(cbor.decode(bytes, { maxBytes: 4096 }))),
  json: (bytes) => json.encode(json.decode(bytes, { maxBytes: 4096 })),
  code: (bytes) => checkcode.parse(text(bytes)),
  qr: (bytes) => toHex(qrtext.parse(text(bytes)).credential),
};

function answer({ parser, hex }) {
  try {
    return { code: null, value: PARSERS[parser](fromHex(hex)) };
  } catch (error) {
    return { code: error.code ?? String(error.stack) };
  }
}

console.log(JSON.stringify(JSON.parse(readFileSync(0, 'utf-8')).map(answer)));
