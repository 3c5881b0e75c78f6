// What this browser has seen of a publication, so that an older one is refused (FORMAT 9, 10). Memory belongs to one pinned
// root (`anchor`: its key ids), because two deployments may follow each other at one address. Only sequence numbers,
// versions, digests and the root are kept, nothing about any certificate. Where storage is absent, there is no memory.

const KEY = 'titlecert.seen.';

export class BrowserMemory {
  read(anchor) {
    try {
      return known(JSON.parse(localStorage.getItem(KEY + anchor)));
    } catch {
      return null;
    }
  }

  write(anchor, seen) {
    try {
      localStorage.setItem(KEY + anchor, JSON.stringify(joined(seen, this.read(anchor))));
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
    this.seen = joined(seen, this.seen);
  }
}

/** Of each the newer: what is kept may come from another tab that saw more while this one looked. */
function joined(seen, kept) {
  if (kept === null) return seen;
  const [root, trust, snapshot] = ['rootVersion', 'trustVersion', 'seq'].map((each) => (seen[each] > kept[each] ? seen : kept));
  return {
    seq: snapshot.seq, digest: snapshot.digest, trustVersion: trust.trustVersion, trustDigest: trust.trustDigest,
    rootVersion: root.rootVersion, root: root.root,
  };
}

/** What was read, when it has the members of a memory; a spoilt memory counts as none. */
function known(seen) {
  const numbers = [seen?.seq, seen?.trustVersion, seen?.rootVersion].every(Number.isInteger);
  const texts = [seen?.digest, seen?.trustDigest, seen?.root].every((text) => typeof text === 'string');
  return numbers && texts ? seen : null;
}
