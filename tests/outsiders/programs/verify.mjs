// Runs with Node's own crypto: verifies COSE and JWS signatures from nothing but the signed bytes and the JWK.
//
// stdin   {"jwk": {...}, "cases": [{"message": hex, "signature": hex}, ...]}
// stdout  {"answers": [{"crypto": bool, "webcrypto": bool}, ...]}

import { createPublicKey, verify, webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';

const given = JSON.parse(readFileSync(0, 'utf8'));
const key = createPublicKey({ key: given.jwk, format: 'jwk' });
const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
const webKey = await webcrypto.subtle.importKey('jwk', given.jwk, algorithm, false, ['verify']);
const answers = [];
for (const { message, signature } of given.cases) {
  const signed = Buffer.from(message, 'hex');
  const raw = Buffer.from(signature, 'hex');
  answers.push({
    crypto: verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, raw),
    webcrypto: await webcrypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, webKey, raw, signed),
  });
}
process.stdout.write(JSON.stringify({ answers }));
