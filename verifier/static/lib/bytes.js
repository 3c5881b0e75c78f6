// Bytes and their text forms. Every decoder here accepts exactly one text for one value (FORMAT 1).

import { refuse } from './errors.js';

const encoder = new TextEncoder();
// ignoreBOM keeps a byte order mark visible, so that the comparison with the re-encoded text refuses it.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function utf8(text) {
  return encoder.encode(text);
}

export function fromUtf8(bytes) {
  try {
    return decoder.decode(bytes);
  } catch {
    return refuse('not_canonical', 'the text is not valid UTF-8');
  }
}

export function concat(...parts) {
  const out = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export function compareBytes(a, b) {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i += 1) {
    if (a[i] !== b[i]) return a[i] - b[i];
  }
  return a.length - b.length;
}

export function equalBytes(a, b) {
  return compareBytes(a, b) === 0;
}

export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function fromHex(text) {
  if (typeof text !== 'string' || !/^(?:[0-9a-f]{2})*$/.test(text)) refuse('not_canonical', 'not lower-case hexadecimal');
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function toBase64url(bytes) {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

/** Decode base64url without padding; trailing bits must be zero, which encoding the last bytes again shows (FORMAT 1.5). */
export function fromBase64url(text) {
  if (typeof text !== 'string' || !/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) {
    refuse('not_canonical', 'not base64url without padding');
  }
  const binary = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = binary.charCodeAt(at);
  const whole = bytes.length - (bytes.length % 3);
  if (toBase64url(bytes.subarray(whole)) !== text.slice((whole / 3) * 4)) refuse('not_canonical', 'base64url with bits behind the end');
  return bytes;
}

export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

export async function sha256Hex(bytes) {
  return toHex(await sha256(bytes));
}

/** The first `count` bits (1 to 32) of `bytes` as a number. */
export function leadingBits(bytes, count) {
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) >>> (32 - count);
}
