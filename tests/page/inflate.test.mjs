// The page's own unpacking (RFC 1950, 1951) beside zlib's. Run with `node`, as pytest does (test_modules.py).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, deflateSync, inflateRawSync, inflateSync } from 'node:zlib';

import { concat } from '../../verifier/static/lib/bytes.js';
import { inflate } from '../../verifier/static/lib/inflate.js';

/** A generator that gives the same numbers each time (mulberry32). */
function random(seed) {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
const plainOf = (number, size) => Uint8Array.from({ length: size }, () => (number(7) < 4 ? 0 : number(7) < 5 ? number(256) : number(5)));
const asZlib = (packed, size) => {
  try {
    const { buffer, engine } = inflateSync(packed, { info: true });
    return buffer.length === size && engine.bytesWritten === packed.length ? buffer : null;
  } catch {
    return null;
  }
};
const asOurs = (packed, size) => {
  try {
    return inflate(packed, size);
  } catch (error) {
    assert.ok(error instanceof RangeError, error.stack);
    return null;
  }
};
const asRaw = (body) => {
  try {
    const { buffer, engine } = inflateRawSync(body, { info: true });
    return { plain: new Uint8Array(buffer), used: engine.bytesWritten };
  } catch {
    return null;
  }
};
const adlerOf = (plain) => new Uint8Array(deflateSync(plain).subarray(-4));
for (const strategy of ['Z_DEFAULT_STRATEGY', 'Z_FIXED', 'Z_HUFFMAN_ONLY', 'Z_RLE']) {
  test(`what zlib packs comes out again: ${strategy}`, () => {
    const number = random(1);
    for (const size of [0, 1, 2, 255, 4096, 70000]) {
      for (const level of [0, 1, 6, 9]) {
        const plain = plainOf(number, size);
        const packed = deflateSync(plain, { level, strategy: constants[strategy] });
        assert.deepEqual(inflate(new Uint8Array(packed), size), plain);
      }
    }
  });
}
test('of broken streams it takes those that zlib takes, and no other', () => {
  const number = random(2);
  let [taken, refused] = [0, 0];
  for (let round = 0; round < 3000; round += 1) {
    const plain = plainOf(number, 1 + number(300));
    const packed = new Uint8Array(deflateSync(plain, { level: number(10), strategy: number(5) }));
    for (let change = number(3); change >= 0; change -= 1) packed[number(packed.length)] ^= 1 << number(8);
    const [ours, theirs] = [asOurs(packed, plain.length), asZlib(packed, plain.length)];
    assert.deepEqual(ours, theirs === null ? null : new Uint8Array(theirs), Buffer.from(packed).toString('hex'));
    if (ours === null) refused += 1;
    else taken += 1;
  }
  assert.ok(refused > 2000 && taken + refused === 3000);
});
test('of raw blocks with any first bits it takes those that zlib takes', () => {
  const number = random(3);
  let taken = 0;
  for (let round = 0; round < 20000; round += 1) {
    const body = Uint8Array.from({ length: 2 + number(40) }, () => number(256));
    body[0] = (body[0] & 0xf8) | [3, 5, 3, 5, 1, 7][number(6)];
    const packed = concat(Uint8Array.of(0x78, 0x9c), body);
    // The checksum is rarely right by chance: only how far both read is compared, with the right sum behind it.
    const theirs = asRaw(body);
    if (theirs === null) continue;
    taken += 1;
    const whole = concat(packed.subarray(0, 2 + theirs.used), adlerOf(theirs.plain));
    assert.deepEqual(asOurs(whole, theirs.plain.length), theirs.plain, Buffer.from(whole).toString('hex'));
  }
  assert.ok(taken > 100, `${taken}`);
});
