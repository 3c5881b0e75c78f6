// QR text (FORMAT 3): https://HOST/v/#DIGITS, one form only. The host decides nothing but a warning.

import { refuse } from './errors.js';

const PATH = '/v/#';
const MAX_BYTES = 420;
export const MAX_DIGITS = 1012; // the digits of 2^(8*420) - 1
const MAX_TEXT = 300 + MAX_DIGITS; // code points, as Python counts
const MAX_UNITS = 2 * MAX_TEXT;
const ORIGIN = /^(https?):\/\/([a-z0-9.-]{1,253}|\[::1\])(:[1-9][0-9]{0,4})?$/;
const LOOPBACK = ['127.0.0.1', '[::1]', 'localhost'];

/** Split a QR text into its origin and the credential's bytes. Refuses with `not_recognised`, `too_large`, `not_canonical`. */
export function parse(text) {
  if (isLonger(text, MAX_TEXT)) refuse('too_large', 'the QR text is too long');
  const at = text.indexOf(PATH);
  if (at < 0) refuse('not_recognised', 'not https://HOST/v/# followed by digits');
  const credential = bytesOf(text.slice(at + PATH.length));
  return { origin: checkOrigin(text.slice(0, at)), credential };
}

function checkOrigin(origin) {
  const match = ORIGIN.exec(origin);
  const fine = match && (match[1] === 'https' || LOOPBACK.includes(match[2]));
  if (!fine) refuse('not_recognised', 'no https://HOST (http only on loopback)');
  return origin;
}

/** Whether the text has more than `most` code points; a text without end is not walked through. */
function isLonger(text, most) {
  return text.length > MAX_UNITS || Array.from(text).length > most;
}

/** The number in ASCII digits as big-endian bytes. BigInt() would also take signs, blanks and the empty text. */
export function bytesOf(digits) {
  if (isLonger(digits, MAX_DIGITS)) refuse('too_large', `${digits.length} digits, at most ${MAX_DIGITS} are read`);
  if (!/^[1-9][0-9]*$/.test(digits)) refuse('not_canonical', 'behind # stand ASCII digits without a leading zero');
  const hex = BigInt(digits).toString(16);
  const even = hex.length % 2 ? `0${hex}` : hex;
  if (even.length > 2 * MAX_BYTES) refuse('too_large', `at most ${MAX_BYTES} bytes are read`);
  return Uint8Array.from(even.match(/../g), (pair) => Number.parseInt(pair, 16));
}
