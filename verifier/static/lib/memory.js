// What this browser has seen of a publication, so that an older one is refused (FORMAT 9, 10). Memory belongs to one pinned
// root (`anchor`: its key ids), because two deployments may follow each other at one address. Only sequence numbers,
// versions, digests and the root are kept, nothing about any certificate. Where storage is absent, there is no memory.

const KEY = 'titlecert.seen.';

export class BrowserMemory {
  read(anchor) {
    try {
      return known(JSON.parse(globalThis.localStorage.getItem(KEY + anchor)));
    } catch {
      return null;
    }
  }

  write(anchor, seen) {
    try {
      globalThis.localStorage.setItem(KEY + anchor, JSON.stringify(seen));
    } catch {
      // Private windows and full storage: the next visit starts without memory.
    }
  }
}

export class PlainMemory {
  constructor(seen = null) {
    this.seen = seen;
  }

  read() {
    return this.seen;
  }

  write(_anchor, seen) {
    this.seen = seen;
  }
}

/** What was read, when it has the members of a memory; a spoilt memory counts as none. */
function known(seen) {
  const numbers = [seen?.seq, seen?.trustVersion, seen?.rootVersion].every(Number.isInteger);
  const texts = [seen?.digest, seen?.trustDigest, seen?.root].every((text) => typeof text === 'string');
  return numbers && texts ? seen : null;
}
