// Several signers over one payload: compact JWS, one a line, sorted by kid (FORMAT 1.6).

import { refuse } from './errors.js';
import { asciiText, parse as parseJws } from './jws.js';
import { UnusableKey } from './keys.js';

const MAX_LINES = 16;
export const MAX_CONTAINER_BYTES = 4 * 1024 * 1024;

/** Take a container apart; the result is not trusted yet. */
export function parse(bytes, { typ }) {
  const lines = asciiText(bytes, MAX_CONTAINER_BYTES).split('\n');
  if (lines.pop() !== '' || lines.length < 1 || lines.length > MAX_LINES) refuse('not_canonical', `not 1 to ${MAX_LINES} lines`);
  const messages = lines.map((line) => parseJws(line, { typ }));
  const payloads = new Set(lines.map((line) => line.split('.')[1]));
  if (payloads.size !== 1) refuse('not_canonical', 'the lines do not sign the same payload');
  const sorted = messages.every((message, at) => at === 0 || messages[at - 1].kid < message.kid);
  if (!sorted) refuse('not_canonical', 'lines are sorted by key id and no key signs twice');
  return messages;
}

/** The payload, when at least `threshold` different keys of `keys` (by kid) signed it; as `verifyThresholds`. */
export function verifyThreshold(messages, keys, threshold) {
  return verifyThresholds(messages, [{ keys, threshold }]);
}

/**
 * The payload, when enough keys of every set signed it (FORMAT 1.6). A signature by a stranger counts nothing, nor does one
 * of a suite that this page does not know; one by a key of a set that does not hold, or names another algorithm than the
 * key's, is refused. Refuses with `newer_format` when only those of a later suite could make them enough.
 */
export async function verifyThresholds(messages, sets) {
  let enough = true;
  for (const { keys, threshold } of sets) enough = await count(messages, keys, threshold) >= threshold && enough;
  if (!enough) refuse('newer_format', 'signatures of a suite that this page does not know are needed');
  return messages[0].payload;
}

/** How many lines hold; fewer than `threshold` only where those of a later suite could make them enough. */
async function count(messages, keys, threshold) {
  if (threshold < 1 || threshold > keys.size) throw new RangeError('a threshold lies between 1 and the number of keys');
  const lines = messages.filter((message) => keys.has(message.kid));
  const later = lines.filter((message) => keys.get(message.kid) instanceof UnusableKey);
  for (const message of later) message.checkAlgorithm(keys.get(message.kid));
  const known = lines.filter((message) => !later.includes(message));
  await Promise.all(known.map((message) => message.verify(keys.get(message.kid))));
  if (lines.length < threshold) refuse('too_few_signatures', `${known.length} of ${threshold} signatures`);
  return known.length;
}
