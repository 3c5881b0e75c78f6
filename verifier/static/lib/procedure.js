// The verification, step by step, numbered as in FORMAT 12 and in Python's verifier/procedure.py.
// Steps 1 to 7 stop at the first refusal; what cannot be known (a file that does not come) is kept aside while the later
// of these steps can still prove a refusal, because a proven refusal beats an unreachable file.

import { utf8 } from './bytes.js';
import { Check, Decided } from './check.js';
import * as checkcode from './checkcode.js';
import * as credentials from './credential.js';
import { Refusal, Unreachable } from './errors.js';
import * as qrtext from './qrtext.js';
import { open } from './reader.js';
import { CERTIFICATE, prefixOf } from './sealed.js';
import * as steps from './steps.js';

/** The codes of step 1; what a parser calls otherwise is not recognised as a credential at all. */
const FORM_CODES = new Set(['too_large', 'not_recognised', 'not_canonical', 'bad_header', 'high_s', 'bad_code']);

/**
 * Check one QR text or check code.
 * @param {{qrText: string, source?: string, notes?: string[]}|{checkCode: string, notes?: string[]}
 *        |{digits: string, address: string, source?: string, notes?: string[]}} input what was read, `picture` when a text
 *        was read from one, and what was left out of it (texts.js); the rest is read strictly. `digits` stood behind an
 *        address that no QR text may have, of which `address` is shown, or alone; {credential} are its bytes from a file
 * @param {{source, pinnedRoot: string, memory, now: number, at?: number|null}} context now in Unix seconds, at as a day
 *        number not behind today's
 * @returns {{verdict, evidence}} the verdict as FORMAT 12.1 has it, and what a careful reader may want beside it
 */
export async function examine(input, context) {
  const run = new Run(input, context);
  const verdict = await run.verdict(input);
  return { verdict, evidence: run.evidence() };
}

function sourceOf(checkCode, credential) {
  if (credential !== undefined) return 'credential_file';
  return checkCode === undefined ? 'qr_text' : 'check_code';
}

class Run {
  constructor({ checkCode, credential, source = sourceOf(checkCode, credential), notes = [] }, context) {
    this.context = context;
    this.check = new Check({ now: context.now, at: context.at, source, inputNotes: notes });
    this.view = null;
    this.credential = null;
    this.clock = false;
  }

  async verdict(input) {
    try {
      const find = this.finder(input);
      return await this.withPublication(find);
    } catch (error) {
      if (!(error instanceof Decided)) throw error;
      return this.check.decide(error);
    }
  }

  /** Step 1 as far as it needs no publication; returns how the check comes to its credential. */
  finder({ qrText, checkCode, digits, address, credential }) {
    if (checkCode !== undefined) {
      const code = this.formed(() => checkcode.parse(checkCode));
      return () => this.resolve(code);
    }
    if (credential !== undefined) {
      const attached = this.step1(credential);
      return () => attached;
    }
    if (digits !== undefined) {
      const odd = this.step1(this.formed(() => qrtext.bytesOf(digits)));
      this.check.oddAddress = address || null;
      return () => odd;
    }
    const scanned = this.formed(() => qrtext.parse(qrText));
    this.check.origin = scanned.origin;
    const found = this.step1(scanned.credential);
    return () => found;
  }

  formed(parse) {
    try {
      return parse();
    } catch (error) {
      const code = steps.codeOf(error);
      return this.check.refuse(1, 'malformed', FORM_CODES.has(code) ? code : 'not_recognised');
    }
  }

  /** Step 1: size and form. */
  step1(bytes) {
    this.credential = this.formed(() => credentials.parse(bytes));
    this.check.passed(1);
    return this.credential;
  }

  /** Run the steps, and once more from the snapshot when the publication moved on between two fetches. */
  async withPublication(find) {
    this.view = await this.open();
    const verdict = await this.attempt(find);
    const newer = await this.view.mixture() ? await this.open() : null;
    if (newer === null || newer.digest === this.view.digest) return verdict;
    Object.assign(this, { view: newer, check: this.check.restarted() });
    return this.attempt(find);
  }

  /** The publication, or the end at step 2. */
  async open() {
    try {
      const view = await open(this.context);
      view.prefetch();
      return view;
    } catch (error) {
      this.clock = error.clock === true;
      const reason = error instanceof Unreachable ? 'publication_unreachable' : steps.codeOf(error);
      return this.check.refuse(2, 'indeterminate', reason);
    }
  }

  async attempt(find) {
    const { check, view } = this;
    check.demonstration = view.trust.demonstration;
    check.checkHost(view.trust.hosts);
    try {
      const credential = await find();
      check.passed(1);
      return this.conclude(await this.stepsFrom2(credential));
    } catch (error) {
      if (!(error instanceof Decided)) throw error;
      return this.conclude(error);
    }
  }

  /** The verdict, with whom to ask unless all is in order. */
  conclude(decided) {
    if (decided.outcome !== 'valid') steps.tellContact(this.check, this.view);
    return this.check.decide(decided);
  }

  /** Steps 2 to 9. The last of them always ends by a Decided, which `attempt` takes. */
  async stepsFrom2(credential) {
    const { check, view } = this;
    const entry = await steps.checkKey(check, view, credential);
    const claims = await steps.checkSignature(check, credential, entry);
    const authority = await steps.checkIssuer(check, view, claims, entry);
    const events = await steps.checkHistory(check, view, credential, claims, entry);
    if (events !== null) await steps.readFace(check, view, claims, events);
    const issuedDay = events === null ? null : events[0].effective;
    const grants = await steps.checkGrants(check, authority, claims, events);
    const standingUnder = await steps.checkBasis(check, view, authority, claims, grants, issuedDay);
    steps.checkDelegation(check, view, authority, standingUnder);
    if (check.pending !== null) return check.pending;
    const value = await steps.checkStatusList(check, view, claims);
    return steps.checkState(check, view, events, value, claims);
  }

  /** Find the credential that a check code opens. Not found is no finding of forgery. */
  async resolve(code) {
    const { check } = this;
    const bytes = await this.sealedCredential(code);
    if (bytes === null) check.refuse(1, 'indeterminate', 'unknown_code');
    const credential = this.step1(bytes);
    if (!await belongs(credential, code)) check.refuse(1, 'indeterminate', 'history_untrusted');
    return credential;
  }

  async sealedCredential(code) {
    const { check } = this;
    try {
      return await this.view.record(CERTIFICATE, utf8(code), checkcode.prefixOf(code));
    } catch (error) {
      if (error instanceof Unreachable) {
        return check.refuse(1, 'indeterminate', error.lies ? 'history_untrusted' : 'history_unreachable');
      }
      steps.codeOf(error);
      return check.refuse(1, 'indeterminate', 'history_untrusted');
    }
  }

  evidence() {
    const { view, credential, clock, context } = this;
    return {
      clock,
      credential: credential?.bytes ?? null,
      claims: claimsOf(credential), // what it says, proven or not
      kid: credential?.message.kid ?? null,
      publication: context.source.base ?? null,
      seq: view?.snapshot.seq ?? null,
      exp: view?.snapshot.exp ?? null,
      trustVersion: view?.trust.version ?? null,
      rootVersion: view?.root.version ?? null,
    };
  }
}

function claimsOf(credential) {
  try {
    return credential && credentials.readClaims(credential.message.payload);
  } catch {
    return null;
  }
}

/** Whether the code repeats the prefix of the credential's own cti; ill-formed claims are left to step 4. */
async function belongs(credential, code) {
  try {
    const { cti } = credentials.readClaims(credential.message.payload);
    return await prefixOf(cti) === checkcode.prefixOf(code);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return true;
  }
}
