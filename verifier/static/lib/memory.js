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
      const seen = JSON.parse(globalThis.localStorage.getItem(this.key));
      const known = Number.isInteger(seen?.seq) && Number.isInteger(seen?.trustVersion);
      return known ? seen : null;
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
