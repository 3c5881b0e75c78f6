// The state of one check while its steps run: what passed, what is proven so far, what cannot be known.
// Facts enter only when they are proven; `decide` alone makes a verdict (FORMAT 12.1).

import { toText } from './days.js';
import { FIELDS } from './face.js';

const STEPS = 10;
const HOST_STEP = 10;
const MAX_EXPECTED = 3; // hosts that are named where another one was found
const IN_FORCE = { valid: true, suspended: false, withdrawn: false, cancelled: false, superseded: false, not_yet_issued: false };

/** A step ended the check. */
export class Decided extends Error {
  constructor(outcome, reason, step) {
    super(`${outcome}/${reason} at step ${step}`);
    Object.assign(this, { outcome, reason, step });
  }
}

export class Check {
  constructor({ now, at = null, source, origin = null, oddAddress = null, inputNotes = [] }) {
    Object.assign(this, { now, at, source, origin, oddAddress, inputNotes });
    this.official = null; // whether the trust list names the origin
    this.expected = []; // hosts that it names, where the origin is none of them
    this.demonstration = null;
    this.certificate = null;
    this.face = null; // set when step 5 has passed and the shard held one in order
    this.status = null;
    this.successor = null;
    this.keyCompromisedOn = null;
    this.contact = null; // of whom to ask
    this.statusTime = null;
    this.warnings = [];
    this.steps = Array(STEPS).fill('not_done');
    this.pending = null; // the first thing that could not be known; holds unless a later step proves a refusal
  }

  /** The same question, with nothing answered yet. */
  restarted() {
    return new Check(this);
  }

  passed(step) {
    this.steps[step - 1] = 'pass';
  }

  refuse(step, outcome, reason) {
    throw new Decided(outcome, reason, step);
  }

  cannotKnow(step, reason) {
    this.steps[step - 1] = 'unknown';
    this.pending ??= new Decided('indeterminate', reason, step);
  }

  /** A step that cannot be answered because an earlier one was not. */
  unsure(step) {
    this.steps[step - 1] = 'unknown';
  }

  warn(code) {
    if (!this.warnings.includes(code)) this.warnings.push(code);
  }

  checkHost(hosts) {
    if (this.origin === null && this.oddAddress === null) return;
    this.official = hosts.includes(this.origin);
    this.steps[HOST_STEP - 1] = this.official ? 'pass' : 'fail';
    if (this.official) return;
    this.expected = hosts.slice(0, MAX_EXPECTED).map((origin) => origin.split('://')[1]);
    this.warn('host_not_official');
  }

  /** The address that the QR text named; hosts that are expected stand beside another one only. */
  host() {
    const found = this.origin === null ? this.oddAddress : this.origin.split('://')[1];
    if (found === null) return null;
    return { found, official: this.official, ...(this.expected.length > 0 ? { expected: this.expected } : {}) };
  }

  decide({ outcome, reason, step }) {
    if (this.steps[step - 1] === 'not_done') this.steps[step - 1] = outcome === 'indeterminate' ? 'unknown' : 'fail';
    return {
      outcome, reason, step,
      source: this.source,
      genuine: this.genuine(outcome),
      in_force: IN_FORCE[outcome] ?? null,
      file_unaltered: null, // a page is shown no files
      demonstration: this.demonstration,
      certificate: this.certificate,
      face: this.face,
      unchecked: this.unchecked(),
      status: this.status,
      successor: this.successor,
      key_compromised_on: this.keyCompromisedOn,
      contact: this.contact,
      status_time: this.statusTime,
      status_age: this.statusTime === null ? null : this.now - this.statusTime,
      checked_at: this.now,
      at: this.at === null ? null : toText(this.at),
      host: this.host(),
      input_notes: this.inputNotes,
      warnings: this.warnings,
      steps: this.steps.map((result, index) => ({ n: index + 1, result })),
    };
  }

  /** What the document may print and this check did not prove. A page is shown no files, so no photo is compared. */
  unchecked() {
    if (this.certificate === null) return [];
    if (this.face === null) return FIELDS; // what only a face proves
    return [...(this.face.photo === null ? [] : ['photo']), ...(this.face.unknown === 0 ? [] : ['other'])];
  }

  genuine(outcome) {
    if (outcome === 'not_authentic' || outcome === 'not_authorised') return false;
    return this.steps.slice(0, 7).every((result) => result === 'pass') ? true : null;
  }
}
