// Check codes (FORMAT 4): read what a person typed, find every single wrong character and every swap.

import { Refusal } from './errors.js';

export const ALPHABET = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
export const LENGTH = 20;
const PREFIX_LENGTH = 4;
const MAX_TYPED = 80;
const SEPARATORS = /[ \t\r\n\u00a0\u3000\u2010-\u2015\u2212\u00b7._-]+/g;

/** Fold what was typed: full-width forms to ASCII, small letters to capitals, blanks and separators away; nothing else. */
export function fold(typed) {
  const narrow = typed.replace(/[\uff01-\uff5e]/g, (char) => String.fromCharCode(char.charCodeAt(0) - 0xfee0));
  // Not toUpperCase(), which would turn one sharp s into two S.
  return narrow.replace(/[a-z]/g, (char) => String.fromCharCode(char.charCodeAt(0) - 32)).replace(SEPARATORS, '');
}

/** The canonical 20 characters. Refuses with `bad_code`; `why` says which rule was broken, `character` where it helps. */
export function parse(typed) {
  if (typed.length > MAX_TYPED) fail('too_long');
  const code = fold(typed);
  for (const char of code) {
    if ('01IO'.includes(char)) fail('confusable', char);
    if (!ALPHABET.includes(char)) fail('character', char);
  }
  if (code.length !== LENGTH) fail('length');
  if (checksum(code) !== 0) fail('check');
  return code;
}

function fail(why, character = '') {
  throw Object.assign(new Refusal('bad_code', `check code: ${why} ${character}`), { why, character });
}

/** Sum of alpha^(19-i) c_i in GF(32) with x^5+x^2+1, by Horner's rule. Zero for a code without a fault. */
export function checksum(code) {
  let sum = 0;
  for (const char of code) sum = timesAlpha(sum) ^ ALPHABET.indexOf(char);
  return sum;
}

function timesAlpha(value) {
  const doubled = value << 1;
  return doubled & 32 ? doubled ^ 0b100101 : doubled;
}

/** The 20 bits that the four first characters repeat, as a number. */
export function prefixOf(code) {
  return Array.from(code.slice(0, PREFIX_LENGTH)).reduce((sum, char) => sum * 32 + ALPHABET.indexOf(char), 0);
}

/** Groups of four joined by `-`, for showing. */
export function grouped(code) {
  return (code.match(/.{1,4}/g) ?? []).join('-');
}
