// The credential that a PDF of ours carries (`credential.cwt`), for a check in the browser. It is found and nothing else: its
// own signature proves it. Whether the file was altered after it was sealed is not asked here; the service does that.

import { refuse } from './errors.js';
import { inflate } from './inflate.js';

export const MAX_PDF_BYTES = 10 * 1024 * 1024;
const MAX_CREDENTIAL_BYTES = 420;
const MAX_PACKED_BYTES = 1000;
const MAX_FOUND = 16;
// The dictionary of an embedded file: no stream or object of another kind stands between its start and its data.
const EMBEDDED = /<<(?:(?!stream|endobj)[^]){0,600}?\/Type ?\/EmbeddedFile(?![A-Za-z])(?:(?!stream|endobj)[^]){0,600}?stream\r?\n/g;

/** Whether the bytes begin as a PDF does. */
export function isPdf(bytes) {
  return String.fromCharCode(...bytes.subarray(0, 5)) === '%PDF-';
}

/** The bytes of the one credential attached. Refuses with `too_large`, `no_attachment`, `several_attachments`. */
export function credentialOf(bytes) {
  if (bytes.length > MAX_PDF_BYTES) refuse('too_large', `at most ${MAX_PDF_BYTES} bytes of PDF are read`);
  const text = new TextDecoder('latin1').decode(bytes); // one character a byte
  const found = [];
  for (let match = EMBEDDED.exec(text); match !== null && found.length < MAX_FOUND; match = EMBEDDED.exec(text)) {
    found.push(unpacked(bytes, match));
  }
  EMBEDDED.lastIndex = 0;
  const credentials = found.filter((each) => each !== null && each[0] === 0xd2); // CBOR tag 18: how every credential begins
  if (credentials.length === 0) refuse('no_attachment', 'no credential is attached to the PDF');
  if (credentials.length > 1) refuse('several_attachments', 'more than one credential is attached to the PDF');
  return credentials[0];
}

/** The content of one embedded file; null for one that is no credential by its size or its packing. */
function unpacked(bytes, { 0: dictionary, index }) {
  const start = index + dictionary.length;
  const length = number(/\/Length (\d{1,9})(?! \d+ R)/, dictionary);
  if (length === null || length > MAX_PACKED_BYTES || start + length > bytes.length) return null;
  const packed = bytes.slice(start, start + length);
  if (!dictionary.includes('/Filter')) return length <= MAX_CREDENTIAL_BYTES ? packed : null;
  const size = number(/\/Size (\d{1,9})/, dictionary);
  if (!/\/Filter ?\[? ?\/FlateDecode ?\]?/.test(dictionary) || size === null || size > MAX_CREDENTIAL_BYTES) return null;
  try {
    return inflate(packed, size);
  } catch {
    return null;
  }
}

function number(pattern, text) {
  const match = pattern.exec(text);
  return match === null ? null : Number(match[1]);
}
