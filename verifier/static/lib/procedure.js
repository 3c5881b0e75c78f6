// The verdict (FORMAT 12). The steps carry the numbers of the document; Python's procedure has the same ones.
// Steps 1 to 7 stop at the first proven refusal; what could not be fetched is noted and beaten by a later proof.

import { equalBytes, sha256 } from './bytes.js';
import * as checkcode from './checkcode.js';
import * as credentials from './credential.js';
import { Refusal, Unreachable, refuse } from './errors.js';
import { decide } from './filings.js';
import { matchingGrants } from './grants.js';
import * as history from './history.js';
import * as qrtext from './qrtext.js';
import { open } from './reader.js';
import { codePrefixOf } from './sealed.js';
import { STATES, valueAt } from './statuslist.js';
import { checkGoodAt, findKey } from './trustlist.js';
import { verdictJson } from './verdict.js';

const STEPS = 10;
const IN_STATE = {
  valid: 'in_force', suspended: 'under_review', withdrawn: 'withdrawn', cancelled: 'cancelled', superseded: 'superseded',
};
/** Codes of step 1; a finer code of a module is told as the one it belongs to. */
const FORM_CODES = new Set(['too_large', 'not_recognised', 'not_canonical', 'bad_header', 'high_s', 'bad_code']);
const UNTRUSTED = 'publication_untrusted';
const PUBLICATION_CODES = new Set(['publication_unreachable', 'publication_expired', UNTRUSTED, 'trust_expired', 'rollback']);

/** The end of a check: a proven refusal, or a state. */
class Verdict extends Error {
  constructor(outcome, reason) {
    super(`${outcome}/${reason}`);
    this.outcome = outcome;
    this.reason = reason;
  }
}

function conclude(outcome, reason) {
  throw new Verdict(outcome, reason);
}

/**
 * Check one QR text or check code.
 * @param {string} input what was scanned or typed
 * @param {{source, pinnedRoot: string, memory, now: number, at?: number|null, catalogue}} context now in Unix seconds,
 *        at as a day number, catalogue as in credential/data/catalogue.json
 * @returns {{verdict, evidence}} the verdict as FORMAT 12.1 has it, and what a careful reader may want beside it
 */
export async function examine(input, context) {
  const check = new Check(context);
  try {
    await check.run(input);
  } catch (error) {
    if (!(error instanceof Verdict)) throw error;
    check.end(error);
  }
  return { verdict: verdictJson(check), evidence: check.evidence() };
}

class Check {
  constructor({ source, pinnedRoot, memory, now, at = null, catalogue }) {
    Object.assign(this, { source, pinnedRoot, memory, now, at, catalogue });
    this.step = 0;
    this.results = Array(STEPS).fill('not_done');
    this.unknown = null; // the first thing that could not be known: {step, reason}
    this.facts = {};
    this.warnings = [];
  }

  /** Do one step; `work` throws a Verdict, or returns a reason when the answer cannot be known, or nothing. */
  async do(step, work) {
    this.step = step;
    const reason = await work();
    if (reason) this.unknown ??= { step, reason };
    this.results[step - 1] = reason ? 'unknown' : 'pass';
    return !reason;
  }

  async run(input) {
    await this.do(1, () => this.form(input));
    if (await this.do(2, () => this.openPublication())) await this.proveCredential();
    if (this.unknown) {
      this.step = this.unknown.step;
      conclude('indeterminate', this.unknown.reason);
    }
  }

  async proveCredential() {
    await this.do(2, () => this.findCredentialKey());
    await this.do(3, () => this.signature());
    await this.do(4, () => this.claimsForm());
    await this.do(5, () => this.registration());
    await this.do(6, () => this.grant());
    await this.do(7, () => this.basis());
    await this.do(10, () => this.host());
    if (this.unknown) return;
    await this.do(8, () => this.statusList());
    await this.do(9, () => this.state());
  }

  // Step 1: size and form.
  async form(input) {
    try {
      const text = input.trim();
      if (/[/:#]/.test(text)) this.takeQrText(qrtext.parse(text));
      else this.code = checkcode.parse(text);
    } catch (error) {
      this.malformed(error);
    }
  }

  takeQrText({ origin, credential }) {
    this.origin = origin;
    this.credential = credentials.parse(credential);
  }

  malformed(error) {
    if (!(error instanceof Refusal)) throw error;
    conclude('malformed', FORM_CODES.has(error.code) ? error.code : 'not_canonical');
  }

  // Step 2: is the key a credential key in a fresh trust list.
  async openPublication() {
    try {
      this.publication = await open(this);
      this.trust = this.publication.trust;
      if (this.code) await this.resolveCode();
      return null;
    } catch (error) {
      return this.unknownPublication(error);
    }
  }

  unknownPublication(error) {
    if (error instanceof Unreachable) return 'publication_unreachable';
    if (!(error instanceof Refusal)) throw error;
    this.clock = error.clock === true;
    return PUBLICATION_CODES.has(error.code) ? error.code : UNTRUSTED;
  }

  async resolveCode() {
    const bytes = await this.publication.credentialOf(this.code, (bits) => checkcode.prefixOf(this.code, bits));
    if (bytes === null) conclude('indeterminate', 'unknown_code');
    this.credential = credentials.parse(bytes);
  }

  findCredentialKey() {
    try {
      this.entry = findKey(this.trust, this.credential.message.kid, 'credential');
    } catch (error) {
      conclude('not_authentic', codeOf(error));
    }
  }

  // Step 3: signature.
  async signature() {
    try {
      this.payload = await this.credential.message.verify(this.entry.key);
    } catch (error) {
      codeOf(error);
      conclude('not_authentic', 'bad_signature');
    }
  }

  // Step 4: claims well formed; the key belongs to `iss`.
  async claimsForm() {
    try {
      this.claims = credentials.readClaims(this.payload);
    } catch (error) {
      const code = codeOf(error);
      conclude(code === 'newer_format' ? 'indeterminate' : 'malformed', code);
    }
    if (this.entry.authority !== this.claims.iss) conclude('not_authentic', 'wrong_issuer');
    if (this.code && await codePrefixOf(this.claims.cti) !== checkcode.prefixOf(this.code, 20)) {
      conclude('not_authentic', 'other_credential');
    }
  }

  // Step 5: registered with this digest; the key good at the instant of registration.
  async registration() {
    const events = await this.fetchHistory();
    if (typeof events === 'string') return events;
    if (events === null) conclude('not_authentic', 'unregistered');
    if (!equalBytes(events[0].detail, await sha256(this.credential.bytes))) conclude('not_authentic', 'other_credential');
    try {
      checkGoodAt(this.entry, events[0].recorded);
    } catch (error) {
      codeOf(error);
      conclude('not_authentic', 'key_not_good');
    }
    this.events = events;
    this.facts.issuedDay = events[0].effective;
    return null;
  }

  /** The events, null when an authentic shard has none, or the reason why nothing is known. */
  async fetchHistory() {
    try {
      const message = await this.publication.history(this.claims.cti);
      return message === null ? null : await this.provenEvents(message);
    } catch (error) {
      if (error instanceof Unreachable) return 'history_unreachable';
      codeOf(error);
      return 'history_untrusted';
    }
  }

  async provenEvents(message) {
    const entry = findKey(this.trust, message.kid, 'status');
    const { cti, events } = history.readPayload(await message.verify(entry.key));
    if (!equalBytes(cti, this.claims.cti)) refuse('bad_history', 'the history of another certificate');
    if (entry.state === 'compromised') refuse('bad_history', 'signed by a compromised key');
    checkGoodAt(entry, events.at(-1).recorded);
    return events;
  }

  // Step 6: on the award date a grant covers series, level, way and scope; on the issued date a grant to issue; the gap.
  grant() {
    const { series, level, way, scope, awardDay } = this.claims;
    const { grants } = this.trust.authorities.get(this.claims.iss);
    const title = { act: 'issue', series, level };
    const region = scope === null ? null : String(scope.region);
    this.grants = this.matching(grants, { ...title, way, scope: region, on: awardDay });
    if (this.facts.issuedDay === undefined) return;
    if (awardDay > this.facts.issuedDay) conclude('not_authorised', 'award_after_issue');
    try {
      matchingGrants(grants, { ...title, way: null, scope: null, on: this.facts.issuedDay });
    } catch (error) {
      codeOf(error);
      conclude('not_authorised', 'no_right_to_issue');
    }
    const gap = this.facts.issuedDay - awardDay;
    if (this.grants.every((grant) => gap > grant.maxGapDays)) conclude('not_authorised', 'late');
  }

  matching(grants, title) {
    try {
      return matchingGrants(grants, title);
    } catch (error) {
      return conclude('not_authorised', codeOf(error));
    }
  }

  // Step 7: basis.
  async basis() {
    const { way, basisKind } = this.claims;
    const needsCommittee = this.grants.some((grant) => grant.committeeWays.has(way));
    if (!needsCommittee) {
      if (basisKind === 1) conclude('not_authorised', 'basis_kind');
      return null;
    }
    if (basisKind !== 1) conclude('not_authorised', 'basis_kind');
    return this.committee();
  }

  async committee() {
    let filings;
    try {
      filings = await this.publication.filings();
    } catch (error) {
      if (error instanceof Unreachable || error instanceof Refusal) return 'filings_unreachable';
      throw error;
    }
    const { series, level, scope, awardDay, basisReference, iss } = this.claims;
    const own = this.trust.authorities.get(iss).region;
    const region = scope === null ? null : String(scope.region);
    try {
      const filing = decide(filings, {
        number: basisReference, series, level, region: region ?? own, scope: region, on: awardDay });
      this.facts.committeeName = filings.committees.get(filing.committee);
    } catch (error) {
      conclude('not_authorised', codeOf(error));
    }
    return null;
  }

  // Step 8: status list authentic and fresh.
  async statusList() {
    const assignment = this.trust.status.find((each) => each.cwt === this.claims.uri);
    if (!assignment) return 'status_unassigned';
    try {
      const list = await this.publication.statusList(assignment);
      this.facts.statusTime = list.iat;
      if (list.exp <= this.now) return 'status_expired';
      this.value = await valueAt(list.packed, this.claims.idx);
      return STATES.has(this.value) ? null : 'status_untrusted';
    } catch (error) {
      if (error instanceof Unreachable) return 'status_unreachable';
      codeOf(error);
      return 'status_untrusted';
    }
  }

  // Step 9: the state, agreeing with the history.
  state() {
    if (this.unknown) return null;
    const state = STATES.get(this.value);
    if (history.stateOf(this.events) !== state) return 'status_disagrees';
    const events = this.at === null ? this.events : history.eventsUntil(this.events, this.at);
    if (events.length === 0) return 'before_issue';
    this.facts.events = events;
    this.outcome = history.stateOf(events);
    this.reason = IN_STATE[this.outcome];
    return null;
  }

  // Step 10: the host, if it came from a URL: a warning, never more.
  host() {
    if (this.origin && !this.trust.hosts.includes(this.origin)) this.warnings.push('host_not_official');
  }

  end(verdict) {
    Object.assign(this, { outcome: verdict.outcome, reason: verdict.reason });
    this.results[this.step - 1] = verdict.outcome === 'indeterminate' ? 'unknown' : 'fail';
  }

  evidence() {
    const { publication, credential, clock = false } = this;
    return {
      clock,
      kid: credential?.message.kid ?? null,
      publication: this.source.base ?? null,
      seq: publication?.snapshot.seq ?? null,
      exp: publication?.snapshot.exp ?? null,
      trustVersion: publication?.trust.version ?? null,
      rootVersion: publication?.root.version ?? null,
    };
  }
}

/** The code of a refusal; anything else is a fault of this program and goes on. */
function codeOf(error) {
  if (!(error instanceof Refusal)) throw error;
  return error.code;
}
