// Runs with the npm packages `@sd-jwt/jwt-status-list` and `@sd-jwt/core`: reads tokens and arrays, writes its own.
//
// stdin   {"now": seconds, "keys": {kid: JWK}, "tokens": [text...], "arrays": [{"bits", "lst"}...],
//          "write": [{"bits", "values": [n...], "claims": {...}}...]}
// stdout  {"tokens": [{"header", "claims", "list": List} or {"error"}...], "arrays": [List...],
//          "written": [{"header", "payload"}...]}
//         List = {"bits", "size", "set": {index: value that is not 0}}

import { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { Jwt } from '@sd-jwt/core';
import { StatusList, createHeaderAndPayload, getListFromStatusListJWT } from '@sd-jwt/jwt-status-list';

const ES256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** What the library calls with the signed text and the signature: Node's own crypto, keys by their kid. */
function verifier(jwk) {
  return async (signed, signature) => {
    const key = await webcrypto.subtle.importKey('jwk', jwk, ES256, false, ['verify']);
    return webcrypto.subtle.verify(ES256, key, Buffer.from(signature, 'base64url'), Buffer.from(signed));
  };
}

function shown(list) {
  const set = {};
  for (let index = 0; index < list.statusList.length; index += 1) {
    const value = list.getStatus(index);
    if (value !== 0) {
      set[index] = value;
    }
  }
  return { bits: list.getBitsPerStatus(), size: list.statusList.length, set };
}

async function read(token, { keys, now }) {
  try {
    const jwt = Jwt.fromEncode(token);
    if (!Object.hasOwn(keys, jwt.header.kid)) {
      return { error: 'unknown key' };
    }
    const { header, payload } = await jwt.verify(verifier(keys[jwt.header.kid]), { currentDate: now });
    const { status_list: _, ...claims } = payload;
    return { header, claims, list: shown(getListFromStatusListJWT(token)) };
  } catch (error) {
    return { error: error.message };
  }
}

function write({ bits, values, claims }) {
  return createHeaderAndPayload(new StatusList(values, bits), claims, { alg: 'ES256' });
}

const given = JSON.parse(readFileSync(0, 'utf8'));
const answer = {
  tokens: await Promise.all(given.tokens.map((token) => read(token, given))),
  arrays: given.arrays.map(({ bits, lst }) => shown(StatusList.decompressStatusList(lst, bits))),
  written: given.write.map(write),
};
process.stdout.write(JSON.stringify(answer));
