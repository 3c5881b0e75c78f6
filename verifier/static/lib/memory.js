// What this browser has seen of a publication, so that an older one is refused (FORMAT 9, 10). Only sequence numbers,
// versions and digests of public files are kept, nothing about any certificate. Where storage is absent or forbidden,
// the page works without memory.

const KEY = 'titlecert.seen.';

export class BrowserMemory {
  constructor(publication) {
    this.key = KEY + publication;
  }

  read() {
    try {
      return known(JSON.parse(globalThis.localStorage.getItem(this.key)));
    } catch {
      return null;
    }
  }

  write(seen) {
    try {
      globalThis.localStorage.setItem(this.key, JSON.stringify(seen));
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

  write(seen) {
    this.seen = seen;
  }
}

/** What was read, when it has the members of a memory; a spoilt memory counts as none. */
function known(seen) {
  const numbers = [seen?.seq, seen?.trustVersion, seen?.rootVersion].every(Number.isInteger);
  const texts = [seen?.digest, seen?.trustDigest, seen?.root].every((text) => typeof text === 'string');
  return numbers && texts ? seen : null;
}
