// QR text (FORMAT 3): https://HOST/v/#DIGITS, one form only. The host decides nothing but a warning.

import { refuse } from './errors.js';

const PATH = '/v/#';
const MAX_BYTES = 420;
export const MAX_DIGITS = 1012; // the digits of 2^(8*420) - 1
const MAX_TEXT = 300 + MAX_DIGITS; // code points, as Python counts
const MAX_UNITS = 2 * MAX_TEXT;
const ORIGIN = /^(https?):\/\/([a-z0-9.-]{1,253}|\[::1\])(:[1-9][0-9]{0,4})?$/;
const AT_ONCE = 7; // digits
const LIMB = 2 ** 24;
const LOOPBACK = ['127.0.0.1', '[::1]', 'localhost'];

/** Split a QR text into its origin and the credential's bytes. Refuses with `not_recognised`, `too_large`, `not_canonical`. */
export function parse(text) {
  if (isLonger(text, MAX_TEXT)) refuse('too_large', 'the QR text is too long');
  const at = text.indexOf(PATH);
  if (at < 0) refuse('not_recognised', 'not https://HOST/v/# followed by digits');
  const credential = bytesOf(text.slice(at + PATH.length));
  return { origin: checkOrigin(text.slice(0, at)), credential };
}

/** Whether it may stand in a QR text: https, or http on loopback only. */
export function isOrigin(text) {
  const match = ORIGIN.exec(text);
  return match !== null && (match[1] === 'https' || LOOPBACK.includes(match[2]));
}

function checkOrigin(origin) {
  if (!isOrigin(origin)) refuse('not_recognised', 'no https://HOST (http only on loopback)');
  return origin;
}

/** Whether the text has more than `most` code points; a text without end is not walked through. */
function isLonger(text, most) {
  return text.length > MAX_UNITS || Array.from(text).length > most;
}

/** The number in ASCII digits as big-endian bytes. */
export function bytesOf(digits) {
  if (isLonger(digits, MAX_DIGITS)) refuse('too_large', `${digits.length} digits, at most ${MAX_DIGITS} are read`);
  if (!/^[1-9][0-9]*$/.test(digits)) refuse('not_canonical', 'behind # stand ASCII digits without a leading zero');
  const bytes = written(limbsOf(digits));
  if (bytes.length > MAX_BYTES) refuse('too_large', `at most ${MAX_BYTES} bytes are read`);
  return bytes;
}

/** The number in limbs of three bytes, the lowest first. A limb times 10^7 stays far below 2^53, so that each step is exact. */
function limbsOf(digits) {
  const limbs = [];
  const first = digits.length % AT_ONCE || AT_ONCE;
  for (let at = 0, end = first; at < digits.length; at = end, end += AT_ONCE) {
    let carry = Number(digits.slice(at, end));
    limbs.forEach((limb, place) => {
      const value = limb * 10 ** AT_ONCE + carry;
      limbs[place] = value % LIMB;
      carry = Math.floor(value / LIMB);
    });
    if (carry > 0) limbs.push(carry);
  }
  return limbs;
}

function written(limbs) {
  const bytes = new Uint8Array(3 * limbs.length);
  limbs.forEach((limb, place) => bytes.set([limb >> 16, (limb >> 8) & 255, limb & 255], bytes.length - 3 * (place + 1)));
  return bytes.subarray(bytes.findIndex((byte) => byte !== 0));
}
