// What stands around the text of a code: blanks, and what messengers make of a link (FORMAT 12.1). Texts that come from
// people, pictures and addresses are tidied before they are read, and what was left out is noted; what remains is read
// strictly. An address that no code of ours may have is no reason to call a certificate none: the digits are read, and the
// address is warned of. Python's verifier/sources/texts.py does the same.

import { isPlain } from './characters.js';
import { isOrigin } from './qrtext.js';

const BLANK = '[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]'; // Unicode's; trim() takes one more
const BLANKS = new RegExp(`^${BLANK}+|${BLANK}+$`, 'g');
const MAX_ADDRESS = 120;
const ENCODED = /(?:\/|%2[Ff])v(?:\/|%2[Ff])%23[0-9]/;
const ENCODED_SIGN = /%([2-7][0-9A-Fa-f])/g;
const QUERY = /^([^?#]*\/v\/)\?[^#]*(#[^]*)$/;
const TAIL = /^([^?#]*\/v\/#[0-9]+)[&?#][^]*$/;
const BROKEN = /^([^?#]*\/v\/#[0-9\r\n]+|[0-9\r\n]+)([^]*)$/;
const DIGITS = /^[1-9][0-9]{99,}$/; // taken for a certificate without the address of one: the shortest has 400
const LINK = /^([^#]+)#([1-9][0-9]{99,})$/;
const DOTS = /[\u3002\uff0e\uff61]/g; // full stops that browsers take for the dot of a host (UTS 46)

/** In the order in which they are made. */
const CHANGES = [
  ['blanks_ignored', (text) => text.replace(BLANKS, '')],
  ['encoding_undone', decode],
  ['query_ignored', (text) => text.replace(QUERY, '$1$2')],
  ['breaks_ignored', (text) => text.replace(BROKEN, (_, head, rest) => head.replace(/[\r\n]/g, '') + rest)],
  ['tail_ignored', (text) => text.replace(TAIL, '$1')],
  ['address_rewritten', rewrite],
];

/** What remains of a text, and what was left out of it: {text, notes}. */
export function tidy(text) {
  const notes = [];
  let tidied = text;
  for (const [note, change] of CHANGES) {
    const changed = change(tidied);
    if (changed !== tidied) notes.push(note);
    tidied = changed;
  }
  return { text: tidied, notes };
}

/** {address, digits} of a tidied text whose address is none of a QR text; the address is as it is shown, empty for digits alone. */
export function oddLink(tidied) {
  if (DIGITS.test(tidied)) return { address: '', digits: tidied };
  const link = LINK.exec(tidied);
  return link === null || isStrict(link[1]) ? null : { address: shown(link[1]), digits: link[2] };
}

/** A text as `examine` takes it. */
export function asQrText(found) {
  const { text, notes } = tidy(found);
  const odd = oddLink(text);
  if (odd === null) return { qrText: text, notes };
  return { ...odd, notes: odd.address === '' ? [...notes, 'address_missing'] : notes };
}

/** Undo percent-encoding once, of printing ASCII, in a link whose `#` is encoded. */
function decode(text) {
  if (!ENCODED.test(text)) return text;
  return text.replace(ENCODED_SIGN, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)));
}

/** An address that becomes one of a QR text by lower case and plain dots. */
function rewrite(text) {
  const link = LINK.exec(text);
  if (link === null || isStrict(link[1])) return text;
  const written = link[1].replace(/[A-Z]+/g, (run) => run.toLowerCase()).replace(DOTS, '.');
  return isStrict(written) ? `${written}#${link[2]}` : text;
}

function isStrict(address) {
  return address.endsWith('/v/') && isOrigin(address.slice(0, -3));
}

function shown(address) {
  const named = Array.from(address.replace(/^https:\/\//, '').replace(/\/v\/$/, '')).slice(0, MAX_ADDRESS);
  return named.map((char) => (isPlain(char) ? char : '\ufffd')).join('') || '\ufffd';
}
