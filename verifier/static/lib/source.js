// Fetching files of a publication, each within its cap. Nothing that a credential says goes into a request: paths are
// made of versions, digests and list numbers that signed files named.

import { concat } from './bytes.js';
import { Oversize, Unreachable } from './errors.js';

const TIMEOUT_MS = 20000;
const ABSENT = new Set([404, 410]);

/** A publication behind an address. `get` gives the bytes, or null for a file that the host says does not exist. */
export class HttpSource {
  constructor(base, fetcher = (address, options) => fetch(address, options)) {
    this.base = base.endsWith('/') ? base : `${base}/`;
    this.fetcher = fetcher;
  }

  async get(path, maxBytes, { fresh = false } = {}) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
    try {
      const response = await this.fetcher(this.base + path, {
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
        redirect: 'error',
        cache: fresh ? 'no-cache' : 'default',
        signal: abort.signal,
      });
      if (ABSENT.has(response.status)) return null;
      if (!response.ok) throw new Unreachable(path, `the host answers ${response.status}`);
      return await readCapped(response, path, maxBytes);
    } catch (error) {
      throw error instanceof Unreachable ? error : new Unreachable(path, String(error));
    } finally {
      clearTimeout(timer);
    }
  }
}

async function readCapped(response, path, maxBytes) {
  const reader = response.body.getReader();
  const chunks = [];
  let size = 0;
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    size += value.length;
    if (size > maxBytes) {
      await reader.cancel();
      throw new Oversize(path, `more than ${maxBytes} bytes`);
    }
    chunks.push(value);
  }
  return concat(...chunks);
}
