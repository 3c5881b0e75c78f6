// Names of series and titles from the published catalogue (FORMAT 9): signed like the trust list, deciding nothing.

import { MAX_CONTAINER_BYTES, parse as parseContainer, verifyThreshold } from './container.js';
import { refuse } from './errors.js';
import { decode } from './json.js';

const TYP = 'titlecert-catalogue+jwt';

/** {series, titles}: number -> Chinese name. The bytes were compared with the trust list's digest before. */
export async function verifyNames(bytes, root) {
  const messages = parseContainer(bytes, { typ: TYP });
  const value = decode(await verifyThreshold(messages, root.keys, root.threshold), { maxBytes: MAX_CONTAINER_BYTES });
  return { series: namesOf(value?.series), titles: namesOf(value?.titles) };
}

function namesOf(entries) {
  const named = Array.isArray(entries) && entries.every((entry) => Number.isInteger(entry?.number) && typeof entry.name === 'string');
  if (!named) refuse('bad_member', 'catalogue: an entry has a number and a name');
  return new Map(entries.map(({ number, name }) => [number, name]));
}
