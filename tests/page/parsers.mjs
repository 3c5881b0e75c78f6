// Answers for many inputs what the page's parsers say: `node parsers.mjs < inputs.json`.
// In: [{"parser": a name of PARSERS, "hex"}]; out: [{"code": null | refusal, "value"?}].

import { readFileSync } from 'node:fs';

import { fromHex, toHex } from '../../verifier/static/lib/bytes.js';
import * as cbor from '../../verifier/static/lib/cbor.js';
import * as checkcode from '../../verifier/static/lib/checkcode.js';
import * as credentials from '../../verifier/static/lib/credential.js';
import * as face from '../../verifier/static/lib/face.js';
import { readFilings } from '../../verifier/static/lib/filings.js';
import * as history from '../../verifier/static/lib/history.js';
import * as json from '../../verifier/static/lib/json.js';
import * as qrtext from '../../verifier/static/lib/qrtext.js';
import * as roots from '../../verifier/static/lib/roots.js';
import * as snapshot from '../../verifier/static/lib/snapshot.js';
import * as trustlist from '../../verifier/static/lib/trustlist.js';

const text = (bytes) => new TextDecoder().decode(bytes);
const PARSERS = {
  credential: (bytes) => {
    credentials.readClaims(credentials.parse(bytes).message.payload);
  },
  cbor: (bytes) => toHex(cbor.encode(cbor.decode(bytes, { maxBytes: 4096 }))),
  json: (bytes) => json.encode(json.decode(bytes, { maxBytes: 4096 })),
  code: (bytes) => checkcode.parse(text(bytes)),
  trust: async (bytes) => { await trustlist.readPayload(bytes); },
  root: async (bytes) => { await roots.readPayload(bytes); },
  snapshot: (bytes) => { snapshot.readPayload(bytes); },
  filings: (bytes) => { readFilings(bytes); },
  face: (bytes) => { face.readPayload(bytes); },
  history: (bytes) => { history.readEvents(history.readPayload(bytes).parts); },
  qr: (bytes) => toHex(qrtext.parse(text(bytes)).credential),
};

async function answer({ parser, hex }) {
  try {
    return { code: null, value: await PARSERS[parser](fromHex(hex)) };
  } catch (error) {
    return { code: error.code ?? String(error.stack) };
  }
}

console.log(JSON.stringify(await Promise.all(JSON.parse(readFileSync(0, 'utf-8')).map(answer))));
