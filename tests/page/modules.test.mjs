// Unit tests of the page's modules, one table a rule. Run with `node`, as pytest does (test_modules.py).

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';

import * as algorithms from '../../verifier/static/lib/algorithms.js';
import { concat, fromBase64url, fromHex, leadingBits, toBase64url, toHex, utf8 } from '../../verifier/static/lib/bytes.js';
import * as cbor from '../../verifier/static/lib/cbor.js';
import { isPlain } from '../../verifier/static/lib/characters.js';
import * as checkcode from '../../verifier/static/lib/checkcode.js';
import { parse as parseContainer } from '../../verifier/static/lib/container.js';
import { dayOfInstant, fromText, toText } from '../../verifier/static/lib/days.js';
import { covers } from '../../verifier/static/lib/grants.js';
import { eventsUntil, readEvents, replacedBy, stateOf, statusEvent } from '../../verifier/static/lib/history.js';
import * as json from '../../verifier/static/lib/json.js';
import { parse as parseJws } from '../../verifier/static/lib/jws.js';
import { UnusableKey, VerifyKey, checkForm, hkdf, usable } from '../../verifier/static/lib/keys.js';
import { BrowserMemory } from '../../verifier/static/lib/memory.js';
import * as qrtext from '../../verifier/static/lib/qrtext.js';
import { HISTORY, locatorOf, open as openRecord } from '../../verifier/static/lib/sealed.js';
import { readManifest, readShard } from '../../verifier/static/lib/shards.js';
import { HttpSource } from '../../verifier/static/lib/source.js';
import { asQrText, tidy } from '../../verifier/static/lib/texts.js';
import { age, date, instant } from '../../verifier/static/ui/format.js';
import { UNPACKED_BYTES, unpack, valueAt } from '../../verifier/static/lib/statuslist.js';

const refused = (code) => (error) => error.code === code || assert.fail(`${error.code ?? error.stack}, expected ${code}`);

// CBOR (FORMAT 1.3) --------------------------------------------------------------------------------------------------

const CBOR_REFUSED = [
  ['1800', 'not_canonical', 'an integer that fits into one byte, in two'],
  ['190001', 'not_canonical', 'an integer in three bytes'],
  ['1a00000001', 'not_canonical', 'an integer in five bytes'],
  ['1b0000000000000001', 'not_canonical', 'an integer in nine bytes'],
  ['1b0020000000000000', 'not_canonical', '2^53'],
  ['3b001fffffffffffff', 'not_canonical', '-2^53'],
  ['5800', 'not_canonical', 'a length in two bytes'],
  ['5f4100ff', 'not_canonical', 'indefinite bytes'],
  ['9fff', 'not_canonical', 'an indefinite array'],
  ['bfff', 'not_canonical', 'an indefinite map'],
  ['a201000100', 'not_canonical', 'a key twice'],
  ['a202000100', 'not_canonical', 'keys unsorted'],
  ['a2616100' + '0100', 'not_canonical', 'text before an integer'],
  ['a1f500', 'not_canonical', 'true as a map key'],
  ['a18000', 'not_canonical', 'an array as a map key'],
  ['f93c00', 'not_canonical', 'a half float'],
  ['fb3ff0000000000000', 'not_canonical', 'a double'],
  ['f7', 'not_canonical', 'undefined'],
  ['f0', 'not_canonical', 'an unassigned simple value'],
  ['f820', 'not_canonical', 'a simple value of two bytes'],
  ['1c', 'not_canonical', 'a reserved length'],
  ['0000', 'not_canonical', 'a byte behind'],
  ['', 'not_cbor', 'nothing'],
  ['41', 'not_cbor', 'bytes that do not come'],
  ['9b001fffffffffffff', 'not_cbor', 'an array without end'],
  ['8181818181818181818100', 'not_canonical', 'ten levels'],
  ['61ff', 'not_cbor', 'text that is not UTF-8'],
  ['63eda080', 'not_cbor', 'a surrogate in UTF-8'],
  ['c100', 'not_recognised', 'tag 1'],
  ['81d200', 'not_recognised', 'tag 18 not in front'],
  ['d2d200', 'not_recognised', 'tag 18 twice'],
];
for (const [hex, code, why] of CBOR_REFUSED) {
  test(`CBOR refuses ${why}`, () => {
    assert.throws(() => cbor.decode(fromHex(hex), { maxBytes: 99 }), refused(code));
  });
}

test('CBOR refuses more bytes or items than the cap', () => {
  assert.throws(() => cbor.decode(new Uint8Array(100), { maxBytes: 99 }), refused('too_large'));
  const many = cbor.encode(Array(5000).fill(0));
  assert.throws(() => cbor.decode(many, { maxBytes: 9999 }), refused('not_canonical'));
  assert.equal(cbor.decode(many, { maxBytes: 9999, maxItems: 5001 }).length, 5000);
});

for (const hex of ['00', '17', '1818', '190100', '1a00010000', '1b0000000100000000', '1b001fffffffffffff', '20', '3903e7',
  '3b001ffffffffffffe', '40', '43010203', '60', '64f0a0aeb7', '80', '8301820203820405', 'a0', 'a2012604436b6964', 'f4', 'f5', 'f6', 'd280']) {
  test(`CBOR ${hex} decodes and encodes to itself`, () => {
    assert.equal(toHex(cbor.encode(cbor.decode(fromHex(hex), { maxBytes: 99 }))), hex);
  });
}

test('CBOR sorts map keys by their encoding', () => {
  const map = new Map([['a', 1], [-1, 2], [100, 3], [10, 4]]);
  assert.equal(toHex(cbor.encode(map)), 'a40a041864032002616101');
});

// JSON (FORMAT 1.4) --------------------------------------------------------------------------------------------------

for (const text of ['{"a":1,"a":1}', '{"b":1,"a":1}', '{ "a":1}', '{"a":1}\n', '1.0', '-0', '1e3', '9007199254740993', '9007199254740992',
  '"\\u0041"', '"\\/"', '"\\ud800"', '"\\u00e9"', '{"\u804c":1}', '\ufeff1', '[1,]', 'NaN', '', '"\t"', '"\\u001F"', '[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]']) {
  test(`JSON refuses ${JSON.stringify(text).slice(0, 40)}`, () => {
    assert.throws(() => json.decode(utf8(text), { maxBytes: 999 }), refused('not_canonical'));
  });
}

for (const text of ['{"a":"\u804c\u79f0","b":[1,-2,null,true,false,{}]}', '"\\b\\t\\n\\f\\r\\"\\\\\\u001f\u007f\u2028"', '9007199254740991', '{"__proto__":1}']) {
  test(`JSON accepts ${JSON.stringify(text).slice(0, 40)}`, () => {
    const value = json.decode(utf8(text), { maxBytes: 999 });
    assert.equal(json.encode(value), text);
  });
}

test('JSON refuses bytes that are no UTF-8', () => {
  assert.throws(() => json.decode(Uint8Array.of(0x22, 0xff, 0x22), { maxBytes: 9 }), refused('not_canonical'));
});

// Base64url, bits ----------------------------------------------------------------------------------------------------

for (const text of ['A', 'AB', 'AA==', 'A+==', 'A/A', 'AAA=', ' AAA', 'AAA\n', 'AAB']) {
  test(`base64url refuses ${JSON.stringify(text)}`, () => assert.throws(() => fromBase64url(text), refused('not_canonical')));
}

test('base64url round trip', () => {
  for (let length = 0; length < 20; length += 1) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 77 + length) & 255);
    assert.deepEqual(fromBase64url(toBase64url(bytes)), bytes);
  }
});

test('leading bits', () => {
  const bytes = fromHex('f234567800');
  assert.equal(leadingBits(bytes, 20), 0xf2345);
  assert.equal(leadingBits(bytes, 32), 0xf2345678);
  assert.equal(leadingBits(bytes.subarray(1), 8), 0x34);
});

// Signatures ---------------------------------------------------------------------------------------------------------

const HALF = '7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8';
test('low-s: half the order is the last accepted', () => {
  checkForm(fromHex('00'.repeat(32) + HALF));
  assert.throws(() => checkForm(fromHex('00'.repeat(32) + HALF.slice(0, -1) + '9')), refused('high_s'));
  assert.throws(() => checkForm(new Uint8Array(63)), refused('not_recognised'));
});

const JWK = { // the base point of P-256: the public key of the private key 1
  crv: 'P-256', kty: 'EC', x: 'axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY', y: 'T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU',
};
test('a key is named by its thumbprint', async () => {
  const key = await VerifyKey.fromJwk(JWK);
  assert.equal(fromBase64url(key.kid).length, 8);
  assert.equal(key.thumbprint.length, 32);
});
for (const [why, change] of [
  ['a member more', { use: 'sig' }], ['another curve', { crv: 'P-384' }], ['another type', { kty: 'OKP' }],
  ['a point off the curve', { x: JWK.y }], ['a short coordinate', { x: JWK.x.slice(0, 42) }],
]) {
  test(`a JWK with ${why} is refused`, async () => {
    await assert.rejects(VerifyKey.fromJwk({ ...JWK, ...change }), (error) => ['key_form', 'not_canonical'].includes(error.code));
  });
}
test('zeros are no signature', async () => {
  const key = await VerifyKey.fromJwk(JWK);
  await assert.rejects(key.verify(new Uint8Array(64), utf8('message')), refused('bad_signature'));
});

// JWS and container (FORMAT 1.5, 1.6) --------------------------------------------------------------------------------

const part = (value) => toBase64url(utf8(typeof value === 'string' ? value : json.encode(value)));
const token = (header, payload = 'e30', signature = toBase64url(new Uint8Array(64))) => `${part(header)}.${payload}.${signature}`;
const HEADER = { alg: 'ES256', kid: 'AAAAAAAAAAA', typ: 't' };

test('a JWS in its only form is taken apart', () => {
  assert.equal(parseJws(token(HEADER), { typ: 't' }).kid, 'AAAAAAAAAAA');
});
for (const [why, text, code] of [
  ['an algorithm that is no name', token({ ...HEADER, alg: 'SM_2' }), 'bad_header'],
  ['an algorithm of 33 characters', token({ ...HEADER, alg: 'A'.repeat(33) }), 'bad_header'],
  ['no signature of a later suite', token({ ...HEADER, alg: 'SM2' }, 'e30', ''), 'not_recognised'],
  ['another type', token({ ...HEADER, typ: 'u' }), 'bad_header'],
  ['a header member more', token({ ...HEADER, crit: [] }), 'bad_header'],
  ['a header that is not canonical', token('{"typ":"t","kid":"AAAAAAAAAAA","alg":"ES256"}'), 'not_canonical'],
  ['a header member twice', token('{"alg":"ES256","alg":"ES256","kid":"AAAAAAAAAAA","typ":"t"}'), 'not_canonical'],
  ['a short kid', token({ ...HEADER, kid: 'AAAA' }), 'bad_header'],
  ['padding', `${token(HEADER)}==`, 'not_canonical'],
  ['four parts', `${token(HEADER)}.`, 'not_recognised'],
  ['a short signature', token(HEADER, 'e30', 'AAAA'), 'not_recognised'],
  ['high s', token(HEADER, 'e30', toBase64url(new Uint8Array(64).fill(255))), 'high_s'],
]) {
  test(`a JWS with ${why} is refused`, () => assert.throws(() => parseJws(text, { typ: 't' }), refused(code)));
}

test('another algorithm has its form, and is not the key\'s', async () => {
  const key = await VerifyKey.fromJwk(JWK);
  for (const alg of ['none', 'ES384', 'SM2', 'es256']) {
    const message = parseJws(token({ ...HEADER, alg, kid: key.kid }, 'e30', 'AAAA'), { typ: 't' });
    await assert.rejects(message.verify(key), refused('bad_header'));
  }
});

// Suites (FORMAT 1.1) ------------------------------------------------------------------------------------------------

test('one pair is known', () => {
  assert.equal(algorithms.find('ES256', {}), algorithms.ES256);
  for (const pair of [['ES256', { a: 1 }], ['es256', {}], ['SM2', {}]]) assert.equal(algorithms.find(...pair), null);
});
test('a number may be the algorithm of a name', () => {
  const asked = [['ES256', -7], ['ES256', -8], ['SM2', -7], ['SM2', -8]];
  assert.deepEqual(asked.map((pair) => algorithms.mayBeCalled(...pair)), [true, false, false, true]);
});
test('an unusable key has nothing to verify with', () => {
  const key = new UnusableKey('AAAAAAAAAAA', 'SM2');
  assert.equal(key.verify, undefined);
  assert.throws(() => usable(key), refused('newer_format'));
});

const other = token({ ...HEADER, kid: 'AQAAAAAAAAA' });
for (const [why, text] of [
  ['no newline at the end', token(HEADER)], ['an empty line', `${token(HEADER)}\n\n`], ['nothing', ''],
  ['a key twice', `${token(HEADER)}\n${token(HEADER)}\n`], ['lines unsorted', `${other}\n${token(HEADER)}\n`],
  ['two payloads', `${token(HEADER)}\n${token({ ...HEADER, kid: 'AQAAAAAAAAA' }, part({ a: 1 }))}\n`], ['carriage returns', `${token(HEADER)}\r\n`],
]) {
  test(`a container with ${why} is refused`, () => {
    assert.throws(() => parseContainer(utf8(text), { typ: 't' }), (error) => typeof error.code === 'string');
  });
}
test('a container of two signers', () => {
  assert.equal(parseContainer(utf8(`${token(HEADER)}\n${other}\n`), { typ: 't' }).length, 2);
});

// QR text (FORMAT 3) -------------------------------------------------------------------------------------------------

test('a QR text gives origin and bytes', () => {
  const { origin, credential } = qrtext.parse('https://zc.example:8443/v/#4660');
  assert.equal(origin, 'https://zc.example:8443');
  assert.equal(toHex(credential), '1234');
});
test('the number behind # is exact at every size', () => {
  const borders = [7n, 14n, 24n, 32n, 48n, 53n, 64n, 256n, 3360n].map((bits) => 1n << bits).concat([10n ** 7n, 10n ** 14n, 10n ** 1011n]);
  for (const border of borders) {
    for (const number of [border - 2n, border - 1n, border, border + 1n]) {
      if (number >= 1n << 3360n) continue;
      assert.equal(BigInt(`0x${toHex(qrtext.bytesOf(String(number)))}`), number);
      assert.notEqual(qrtext.bytesOf(String(number))[0], 0);
    }
  }
  assert.throws(() => qrtext.bytesOf(String(1n << 3360n)), refused('too_large'));
});
for (const [text, code] of [
  ['https://zc.example/v/#', 'not_canonical'], ['https://zc.example/v/#01', 'not_canonical'], ['https://zc.example/v/#1_0', 'not_canonical'],
  ['https://zc.example/v/#+1', 'not_canonical'], ['https://zc.example/v/#\uff11', 'not_canonical'], ['https://zc.example/v/#0x1', 'not_canonical'],
  ['https://zc.example/v/#1\n', 'not_canonical'], [`https://zc.example/v/#${'9'.repeat(1013)}`, 'too_large'],
  [`https://zc.example/v/#${'9'.repeat(1012)}`, 'too_large'], ['https://ZC.example/v/#1', 'not_recognised'],
  ['http://zc.example/v/#1', 'not_recognised'], ['http://127.0.0.1.example/v/#1', 'not_recognised'], ['ftp://zc.example/v/#1', 'not_recognised'],
  ['https://zc.example/v#1', 'not_recognised'], ['https://user@zc.example/v/#1', 'not_recognised'], ['https://zc.example/x/v/#1', 'not_recognised'],
  ['1', 'not_recognised'], ['https://zc.example:0/v/#1', 'not_recognised'],
]) {
  test(`the QR text ${text.slice(0, 50)} is ${code}`, () => assert.throws(() => qrtext.parse(text), refused(code)));
}
for (const origin of ['http://127.0.0.1:8787', 'http://localhost', 'http://[::1]:1']) {
  test(`${origin} is loopback`, () => assert.equal(qrtext.parse(`${origin}/v/#1`).origin, origin));
}

// Check code (FORMAT 4) ----------------------------------------------------------------------------------------------

const CODE = 'XQCF23456789ABCDEFGG';
for (const typed of ['XQCF-2345-6789-ABCD-EFGG', ' xqcf 2345 6789 abcd efgg ', '\uff38\uff31\uff23\uff26\uff0d2345\u20146789\u00b7ABCD\u3000EFGG', 'xqcf.2345_6789\u2212abcd\tefgg\n']) {
  test(`the check code ${JSON.stringify(typed)} is read`, () => assert.equal(checkcode.parse(typed), CODE));
}
for (const [typed, why, character] of [
  ['XQCF-2345-6789-ABCD-EFGI', 'confusable', 'I'], ['OQCF23456789ABCDEFGG', 'confusable', 'O'], ['1QCF', 'confusable', '1'],
  ['\uff10', 'confusable', '0'], ['i', 'confusable', 'I'], ['XQCF23456789ABCDEFG', 'length', ''], [`${CODE}2`, 'length', ''], ['', 'length', ''],
  ['XQCF23456789ABCDEFGH', 'check', ''], ['QXCF23456789ABCDEFGG', 'check', ''], ['XQCF\u00df3456789ABCDEFGG', 'character', '\u00df'],
  ['XQCF/2345', 'character', '/'], ['\u0661', 'character', '\u0661'], ['A'.repeat(81), 'too_long', ''],
]) {
  test(`the check code ${JSON.stringify(typed.slice(0, 25))} is refused: ${why}`, () => {
    assert.throws(() => checkcode.parse(typed), (error) => error.code === 'bad_code' && error.why === why && error.character === character);
  });
}
test('every single wrong character and every swap is found', () => {
  for (let at = 0; at < CODE.length; at += 1) {
    for (const char of checkcode.ALPHABET) {
      const wrong = CODE.slice(0, at) + char + CODE.slice(at + 1);
      assert.equal(checkcode.checksum(wrong) === 0, wrong === CODE);
    }
    for (let to = at + 1; to < CODE.length; to += 1) {
      const swapped = [...CODE];
      [swapped[at], swapped[to]] = [swapped[to], swapped[at]];
      assert.equal(checkcode.checksum(swapped.join('')) === 0, CODE[at] === CODE[to]);
    }
  }
});

// Words of time ------------------------------------------------------------------------------------------------------

test('ages and instants as people read them', () => {
  for (const [seconds, zh, en] of [
    [0, '刚刚', 'just now'], [-5, '刚刚', 'just now'], [60, '1分钟前', '1 minute ago'], [7199, '1小时前', '1 hour ago'],
    [86400, '24小时前', '24 hours ago'], [172800, '2天前', '2 days ago'],
  ]) assert.deepEqual([age(seconds, 'zh'), age(seconds, 'en')], [zh, en]);
  assert.equal(date('2026-06-30', 'zh'), '2026年6月30日');
  assert.equal(date('2026-06-30', 'en'), '30 June 2026');
  assert.match(instant(Date.UTC(2026, 10, 20, 16) / 1000, 'zh'), /2026年11月21日.*00:00/);
});

// Days, characters, regions ------------------------------------------------------------------------------------------

test('days are those of Shanghai', () => {
  assert.equal(toText(dayOfInstant(Date.UTC(2026, 10, 20, 15, 59, 59) / 1000)), '2026-11-20');
  assert.equal(toText(dayOfInstant(Date.UTC(2026, 10, 20, 16) / 1000)), '2026-11-21');
  assert.equal(fromText('1970-01-02'), 1);
  for (const text of ['2026-02-29', '2026-13-01', '2026-1-01', '20260101', '2026-01-01T00', '', null]) {
    assert.throws(() => fromText(text), refused('bad_date'));
  }
});

test('characters that nobody can see are refused, rare ones are not', () => {
  for (const text of ['\u738b\u4dae', '\u{20bb7}', '\u{31350}', '\u845b\u{e0100}', '\u963f\u00b7\u4e70', '\ufe00']) assert.ok(isPlain(text), text);
  for (const text of ['a\u200bb', '\u202e', '\ue863', '\u3164', '\ufeff', '\n', '\u{f0000}', '\ufffe', '\u{1ffff}', '\u00ad']) assert.ok(!isPlain(text));
});

test('regions', () => {
  assert.ok(covers('990000', '990101') && covers('990100', '990101') && covers('990101', '990101'));
  assert.ok(!covers('990101', '990100') && !covers('990100', '990200') && !covers('980000', '990000'));
});

// Histories (FORMAT 6) -----------------------------------------------------------------------------------------------

const event = (kind, effective = 0) => ({ kind, effective, recorded: 0, detail: null });
for (const [kinds, state] of [
  [[1], 'valid'], [[1, 2], 'suspended'], [[1, 2, 3], 'valid'], [[1, 2, 4], 'withdrawn'], [[1, 5, 4], 'withdrawn'], [[1, 6, 4], 'withdrawn'],
  [[1, 6], 'superseded'], [[1, 4, 7], 'withdrawn'], [[1, 7], 'valid'], [[1, 3], null], [[1, 4, 3], null], [[1, 4, 4], null],
  [[1, 5, 2], null], [[1, 6, 5], null], [[1, 2, 2], null], [[1, 4, 5], null], [[1, 1], null],
  [[1, 4, 8], 'withdrawn'], [[1, 4, 9, 8], 'withdrawn'], [[1, 5, 9], 'cancelled'], [[1, 6, 9, 4], 'withdrawn'],
  [[1, 8], null], [[1, 5, 8], null], [[1, 9], null], [[1, 2, 9], null], [[1, 4, 8, 3], null],
]) {
  test(`the events ${kinds} lead to ${state}`, () => assert.equal(stateOf(kinds.map((kind) => event(kind))), state));
}
test('the event of a state is the last one that brings any', () => {
  for (const [kinds, kind] of [[[1, 7], 1], [[1, 4, 8, 9, 7], 4], [[1, 2, 3, 7], 3], [[1, 6, 9], 6]]) {
    assert.equal(statusEvent(kinds.map((each) => event(each))).kind, kind);
  }
});
test('an event of a later version stops the reading, when what stands in front of it is in order', () => {
  const known = { kind: 1, effective: 1, recorded: 86400, authority: 'demo-hrss', basis: '', document: '', reason: 0 };
  const issued = { ...known, detail: [new Uint8Array(32), ['SF2023-00001', 1]] };
  const [withdrawn, erased, later] = [4, 9, 10].map((kind) => ({ ...known, kind, detail: null }));
  assert.deepEqual(replacedBy(readEvents([issued, withdrawn, erased])), { number: 'SF2023-00001', countedFrom: 1 });
  for (const events of [[issued, later], [later], [issued, later, erased], [issued, { ...withdrawn, reason: 11 }]]) {
    assert.throws(() => readEvents(events), refused('newer_format'));
  }
  assert.throws(() => readEvents([issued, erased, later]), refused('bad_history'));
});
test('a past day is answered by effective days, without what then could not follow', () => {
  const events = [event(1, 10), event(2, 20), event(3, 30), event(4, 15)];
  assert.deepEqual(eventsUntil(events, 9), []);
  assert.equal(stateOf(eventsUntil(events, 12)), 'valid');
  assert.equal(stateOf(eventsUntil(events, 15)), 'withdrawn');
  assert.equal(stateOf(eventsUntil(events, 25)), 'withdrawn');
});

// Status lists (FORMAT 7) --------------------------------------------------------------------------------------------

test('an entry is four bits, the first in the low half', () => {
  const plain = new Uint8Array(UNPACKED_BYTES);
  plain[3] = 0xc1;
  const packed = new Uint8Array(deflateSync(plain));
  assert.equal(valueAt(packed, 6), 1);
  assert.equal(valueAt(packed, 7), 12);
  assert.equal(valueAt(packed, 8), 0);
});
const PACKED = deflateSync(new Uint8Array(UNPACKED_BYTES));
for (const [why, packed] of [
  ['a byte behind', Buffer.concat([PACKED, Buffer.from([0])])], ['a missing end', PACKED.subarray(0, -1)],
  ['one entry too many', deflateSync(new Uint8Array(UNPACKED_BYTES + 1))], ['too few entries', deflateSync(new Uint8Array(8))],
  ['a bomb', deflateSync(new Uint8Array(1 << 26))], ['no zlib at all', Buffer.from('hello')], ['nothing', Buffer.alloc(0)],
]) {
  test(`a packed list with ${why} is refused`, () => {
    assert.throws(() => unpack(new Uint8Array(packed)), refused('bad_status_list'));
  });
}

// Sealed records and shards (FORMAT 5) -------------------------------------------------------------------------------

const SECRET = utf8('secret');
/** Seal a padded plaintext as a writer would, honest or not. */
async function sealPadded(padded) {
  const locator = await locatorOf(HISTORY, SECRET);
  const raw = await hkdf(SECRET, concat(utf8('titlecert/v1/history/key/'), locator), 32);
  const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt']);
  const iv = new Uint8Array(12);
  const parameters = { name: 'AES-GCM', iv, additionalData: concat(utf8('titlecert/v1/history'), locator) };
  return concat(locator, iv, new Uint8Array(await crypto.subtle.encrypt(parameters, key, padded)));
}
const padded = (size, text, length = text.length) => {
  const bytes = new Uint8Array(size);
  bytes.set([length >> 8, length & 255]);
  bytes.set(utf8(text), 2);
  return bytes;
};

test('a sealed record opens with its secret only', async () => {
  const record = await sealPadded(padded(512, 'plain'));
  assert.deepEqual(await openRecord(HISTORY, SECRET, record), utf8('plain'));
  await assert.rejects(openRecord(HISTORY, utf8('other'), record), refused('not_opened'));
  await assert.rejects(openRecord('certificate', SECRET, record), refused('not_opened'));
});
for (const [why, bytes] of [
  ['a larger class than it needs', padded(1024, 'plain')], ['padding that is not zero', padded(512, 'plain', 4)],
  ['a length beyond its end', padded(512, 'plain', 511)], ['a size of no class', padded(600, 'plain')],
]) {
  test(`a sealed record with ${why} is refused`, async () => {
    await assert.rejects(openRecord(HISTORY, SECRET, await sealPadded(bytes)), refused('not_opened'));
  });
}

test('a shard or manifest of another place is refused', () => {
  const shard = cbor.encode([1, 4, 5, []]);
  assert.deepEqual(readShard(shard, 4, 5), []);
  assert.throws(() => readShard(shard, 4, 6), refused('bad_shard'));
  assert.throws(() => readShard(shard, 5, 5), refused('bad_shard'));
  const manifest = cbor.encode([1, 2, 1, [new Uint8Array(32), new Uint8Array(32)]]);
  assert.equal(readManifest(manifest, 2, 1).length, 2);
  assert.throws(() => readManifest(manifest, 2, 0), refused('bad_shard'));
  assert.throws(() => readManifest(cbor.encode([1, 2, 1, [new Uint8Array(32)]]), 2, 1), refused('bad_shard'));
});
test('records are sorted by locator and none is there twice', () => {
  const record = (first) => { const bytes = new Uint8Array(512 + 44); bytes[0] = first; return bytes; };
  assert.equal(readShard(cbor.encode([1, 0, 0, [record(1), record(2)]]), 0, 0).length, 2);
  for (const records of [[record(2), record(1)], [record(1), record(1)], [new Uint8Array(99)], [1]]) {
    assert.throws(() => readShard(cbor.encode([1, 0, 0, records]), 0, 0), refused('bad_shard'));
  }
});

// Fetching and memory ------------------------------------------------------------------------------------------------

const answering = (status, body = 'x') => new HttpSource('https://zc.example/p', async () => new Response(body, { status }));
test('a file is had, absent or not to be had', async () => {
  assert.deepEqual(await answering(200).get('a', 1), utf8('x'));
  assert.equal(await answering(404).get('a', 1), null);
  await assert.rejects(answering(503).get('a', 1), { name: 'Unreachable' });
  await assert.rejects(new HttpSource('/p/', async () => { throw new TypeError('offline'); }).get('a', 1), { name: 'Unreachable' });
});
test('a file above its cap is not read to the end', async () => {
  let pulled = 0;
  const endless = () => new ReadableStream({ pull(controller) { pulled += 1; controller.enqueue(new Uint8Array(1000)); } });
  await assert.rejects(answering(200, endless()).get('a', 5000), /more than 5000/);
  assert.ok(pulled < 20);
});
test('requests carry no referrer, no credentials and follow no redirect', async () => {
  let seen;
  const source = new HttpSource('https://zc.example/p', async (url, options) => { seen = { url, ...options }; return new Response('x'); });
  await source.get('snapshot.jwt', 9, { fresh: true });
  assert.equal(seen.url, 'https://zc.example/p/snapshot.jwt');
  assert.deepEqual([seen.referrerPolicy, seen.credentials, seen.redirect, seen.cache], ['no-referrer', 'omit', 'error', 'no-cache']);
});
test('without storage there is no memory, and no failure', () => {
  const memory = new BrowserMemory();
  memory.write('AAAAAAAAAAA', { seq: 1 });
  assert.equal(memory.read('AAAAAAAAAAA'), null);
});

// Texts (FORMAT 12.1) ------------------------------------------------------------------------------------------------

// Python is asked the same table (tests/verifier/test_texts.py).
const TIDIED = JSON.parse(readFileSync(new URL('../support/tidied.json', import.meta.url)));

for (const { why, text, tidied, notes } of TIDIED) {
  test(`what stands around a text: ${why}`, () => {
    assert.deepEqual(tidy(text), { text: tidied, notes });
    assert.deepEqual(asQrText(text), { qrText: tidied, notes });
  });
}

// Links as messengers and forgers make them; the same table.
const ODD = JSON.parse(readFileSync(new URL('../support/odd_links.json', import.meta.url)));
const filled = (text) => text && text.replace(/\{D\}/g, '3'.repeat(120)).replace(/\{(99|100)\}/g, (_, count) => '9'.repeat(Number(count)));

for (const { why, text, qr_text: qrText, address, notes } of ODD) {
  test(`a link that no code of ours holds: ${why}`, () => {
    const found = asQrText(filled(text));
    assert.deepEqual(found.notes, notes);
    if (address !== null) assert.deepEqual([found.address, /^[0-9]+$/.test(found.digits)], [filled(address), true]);
    else assert.equal(found.qrText, filled(qrText) ?? filled(text));
  });
}
