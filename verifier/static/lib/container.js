// Several signers over one payload: compact JWS, one a line, sorted by kid (FORMAT 1.6).

import { refuse } from './errors.js';
import { asciiText, parse as parseJws } from './jws.js';

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

/**
 * The payload, when at least `threshold` different keys of `keys` (kid -> VerifyKey) signed it.
 * A signature by a stranger counts nothing; one by a known key that does not hold is refused.
 */
export async function verifyThreshold(messages, keys, threshold) {
  if (threshold < 1 || threshold > keys.size) throw new RangeError('a threshold lies between 1 and the number of keys');
  const known = messages.filter((message) => keys.has(message.kid));
  await Promise.all(known.map((message) => message.verify(keys.get(message.kid))));
  if (known.length < threshold) refuse('too_few_signatures', `${known.length} of ${threshold} signatures`);
  return messages[0].payload;
}
