// What was checked in this tab, so that reloading and Back show it again.
//
// Rules: the address of a certificate is replaced at once, so that no credential stays in the browser's history, on a shared
// computer least of all. What was read is kept with the tab and goes with it; a file is kept as its credential. Where a
// browser keeps nothing, Back works and reloading does not.

const PREFIX = 'titlecert.visit.';
const MOST = 20;

export class Visits {
  constructor() {
    this.here = new Map(); // by number, where the browser keeps nothing
  }

  /** Keep what is checked, in the place of the present entry of the history or as a new one. */
  enter(input, at, { anew }) {
    const number = (numberOf(history.state) || 0) + 1;
    this.keep(number, { input: plain(input), at });
    if (anew) history.pushState({ titlecert: number }, '', location.pathname);
    else history.replaceState({ titlecert: number }, '', location.pathname);
  }

  /** {input, at} of the entry of the history that is shown now, or null. */
  present() {
    const number = numberOf(history.state);
    if (number === null) return null;
    const kept = this.kept(number);
    return kept === null ? null : { ...kept, input: revived(kept.input) };
  }

  keep(number, visit) {
    this.here.set(number, visit);
    try {
      sessionStorage.removeItem(PREFIX + (number - MOST));
      sessionStorage.setItem(PREFIX + number, JSON.stringify(visit));
    } catch {
      // Reloading asks for the code again.
    }
  }

  kept(number) {
    if (this.here.has(number)) return this.here.get(number);
    try {
      return JSON.parse(sessionStorage.getItem(PREFIX + number));
    } catch {
      return null;
    }
  }
}

function numberOf(state) {
  return state && Number.isInteger(state.titlecert) ? state.titlecert : null;
}

/** What was read, without its file, as JSON has it. */
function plain({ credential, file, ...input }) {
  return credential === undefined ? input : { ...input, bytes: Array.from(credential) };
}

function revived({ bytes, ...input }) {
  return bytes === undefined ? input : { ...input, credential: Uint8Array.from(bytes) };
}
