// Steps 2 to 9 of FORMAT 12, one function a step, repeating their numbers; Python's verifier/steps.py has the same ones.
// Each takes the check and what it needs, and either returns, notes that it cannot know, or refuses.

import { equalBytes, sha256 } from './bytes.js';
import { isEmpty } from './contacts.js';
import * as credentials from './credential.js';
import { dayOfInstant, toText } from './days.js';
import { liesWithin } from './delegation.js';
import { Refusal, Unreachable, refuse } from './errors.js';
import * as face from './face.js';
import { decide } from './filings.js';
import { matchingGrants } from './grants.js';
import * as history from './history.js';
import { FACE, HISTORY, prefixOf } from './sealed.js';
import { STATES } from './statuslist.js';
import { CLOCK_DIFFERENCE, checkGoodAt, checkRecordKey, findKey } from './trustlist.js';

const BASIS_FILING = 1;
const BASIS_HISTORICAL = 5;
const REASON_OF = {
  valid: 'in_force', suspended: 'under_review', withdrawn: 'withdrawn', cancelled: 'cancelled', superseded: 'superseded',
};

/** The code of a refusal; anything else is a fault of this program and goes on. */
export function codeOf(error) {
  if (!(error instanceof Refusal)) throw error;
  return error.code;
}

/** Do `work`; when it refuses, the check ends with this outcome and the refusal's own code, or `reason`. */
async function orRefuse(check, step, outcome, work, reason = null) {
  try {
    return await work();
  } catch (error) {
    const code = codeOf(error);
    return check.refuse(step, outcome, reason ?? code);
  }
}

/** Step 2: the key is a credential key of a fresh trust list, and signs by what the header names. */
export async function checkKey(check, view, { message }) {
  const entry = await orRefuse(check, 2, 'not_authentic', () => findKey(view.trust, message.kid, 'credential'));
  try {
    message.checkKey(entry.key);
  } catch (error) {
    const code = codeOf(error);
    check.refuse(2, code === 'newer_format' ? 'indeterminate' : 'malformed', code);
  }
  check.passed(2);
  return entry;
}

/** Step 3: the signature holds; and the form part of step 4, which follows from the signed bytes. */
export async function checkSignature(check, credential, entry) {
  const payload = await orRefuse(check, 3, 'not_authentic', () => credential.message.verify(entry.key), 'bad_signature');
  check.passed(3);
  try {
    return credentials.readClaims(payload);
  } catch (error) {
    const code = codeOf(error);
    return check.refuse(4, code === 'newer_format' ? 'indeterminate' : 'malformed', code);
  }
}

/** Step 4: the key belongs to the authority that the claims name. From here on the facts may be shown. */
export async function checkIssuer(check, view, claims, entry) {
  check.certificate = facts(claims, view, await namesOf(check, view));
  if (entry.authority !== claims.iss) check.refuse(4, 'not_authentic', 'wrong_issuer');
  check.passed(4);
  return view.trust.authorities.get(claims.iss);
}

async function namesOf(check, view) {
  try {
    return await view.names();
  } catch (error) {
    if (!(error instanceof Unreachable)) codeOf(error);
    check.warn('catalogue_unreachable');
    return { series: new Map(), titles: new Map() };
  }
}

function facts(claims, view, names) {
  return {
    number: claims.number, name: claims.name, id_last4: claims.idLast4,
    series: claims.series, series_name: names.series.get(claims.series) ?? null,
    title: claims.title, title_name: names.titles.get(claims.title) ?? null,
    specialty: claims.specialty, level: claims.level, way: claims.way, award_date: toText(claims.awardDay),
    basis_kind: claims.basisKind, basis_reference: claims.basisReference,
    scope_region: claims.scope?.region ?? null, scope_name: claims.scope?.name ?? null,
    authority: claims.iss, authority_name: authorityName(view, claims.iss),
    issued_on: null, replaces: null, committee_name: null,
  };
}

function authorityName(view, id) {
  return view.trust.authorities.get(id)?.name ?? id;
}

/** Step 5: registered with this digest, by a key that was good when it was. Null when that cannot be known. */
export async function checkHistory(check, view, credential, claims, entry) {
  const events = await readHistory(check, view, claims.cti);
  if (events === null) return null;
  const [issued] = events;
  if (!equalBytes(history.digestOf(events), await sha256(credential.bytes))) check.refuse(5, 'not_authentic', 'other_credential');
  checkKeyGood(check, entry, events);
  check.certificate.issued_on = toText(issued.effective);
  check.certificate.replaces = replacedFacts(events);
  check.passed(5);
  return events;
}

function replacedFacts(events) {
  const replaced = history.replacedBy(events);
  return replaced === null ? null : { number: replaced.number, counted_from: toText(replaced.countedFrom) };
}

/** The key was good at the registration; when not, what a reader wants to know beside that. */
function checkKeyGood(check, entry, events) {
  const [{ recorded }] = events;
  try {
    checkGoodAt(entry, recorded);
  } catch (error) {
    const reason = codeOf(error);
    const since = entry.compromisedSince;
    check.successor = history.successorOf(events);
    check.keyCompromisedOn = since === null || recorded < since ? null : toText(dayOfInstant(since));
    check.refuse(5, 'not_authentic', reason);
  }
}

async function readHistory(check, view, cti) {
  try {
    const plain = await view.record(HISTORY, cti, await prefixOf(cti));
    return plain === null ? check.refuse(5, 'not_authentic', 'unregistered') : await verifiedEvents(view, cti, plain);
  } catch (error) {
    if (error instanceof Unreachable) check.cannotKnow(5, error.lies ? 'history_untrusted' : 'history_unreachable');
    else check.cannotKnow(5, codeOf(error) === 'newer_format' ? 'newer_format' : 'history_untrusted');
    return null;
  }
}

/**
 * In the order of FORMAT 6: form and signature, the key, whose it is, then the events. The key is a status key, not
 * compromised; its window or that of a key that it succeeds holds the last event.
 */
async function verifiedEvents(view, cti, plain) {
  const message = history.parse(plain);
  const entry = findKey(view.trust, message.kid, 'status');
  const signed = history.readPayload(await message.verify(entry.key));
  checkRecordKey(view.trust, entry, signed.parts[signed.parts.length - 1].recorded);
  if (!equalBytes(signed.cti, cti)) refuse('bad_history', 'the history of another certificate');
  return history.readEvents(signed.parts);
}

/** Behind step 5: what the document prints beyond the credential (FORMAT 6.1). It decides nothing. */
export async function readFace(check, view, claims, events) {
  try {
    const plain = await view.beside(FACE, claims.cti);
    if (plain !== null) check.face = await verifiedFace(view, claims.cti, events, plain);
  } catch (error) {
    check.warn(codeOf(error) === 'newer_format' ? 'face_newer' : 'face_untrusted');
  }
}

/** A face's key is a status key that holds at the instant of registration, as that of a history (FORMAT 6). */
async function verifiedFace(view, cti, events, plain) {
  const message = face.parse(plain);
  const entry = findKey(view.trust, message.kid, 'status');
  checkRecordKey(view.trust, entry, events[0].recorded);
  const payload = face.readPayload(await message.verify(entry.key));
  const same = equalBytes(payload.cti, cti) && equalBytes(payload.digest, history.digestOf(events));
  if (!same) refuse('bad_face', 'the face of another certificate');
  return payload.facts;
}

/**
 * Step 6: grants on the award date, a right to issue on the issued date, and not too long in between. Gives every grant
 * under which the award may stand: any one of them is enough, wherever it stands in the list. Historical records come
 * from before the authority's grants; step 7 asks for the grant to record them.
 */
export async function checkGrants(check, authority, claims, events) {
  const historical = claims.way === credentials.WAY_HISTORICAL;
  const grants = historical ? [] : await awardGrants(check, authority, claims);
  if (events === null) {
    check.unsure(6);
    return grants;
  }
  const issuedDay = events[0].effective;
  if (claims.awardDay > issuedDay) check.refuse(6, 'not_authorised', 'award_after_issue');
  const inTime = historical ? [] : await issueGrants(check, authority, claims, grants, events);
  check.passed(6);
  return inTime;
}

function awardGrants(check, { grants }, claims) {
  const { series, level, way, awardDay } = claims;
  const question = { act: 'issue', series, level, way, scope: scopeOf(claims), on: awardDay };
  return orRefuse(check, 6, 'not_authorised', () => matchingGrants(grants, question));
}

async function issueGrants(check, authority, { series, level, awardDay }, grants, events) {
  const issuedDay = events[0].effective;
  const question = { act: 'issue', series, level, way: null, scope: null, on: issuedDay };
  await orRefuse(check, 6, 'not_authorised', () => matchingGrants(authority.grants, question), 'no_right_to_issue');
  // Of a certificate that replaces another the gap is counted to an earlier day (FORMAT 6).
  const counted = history.replacedBy(events)?.countedFrom ?? issuedDay;
  const inTime = grants.filter((each) => counted - awardDay <= each.maxGapDays);
  return inTime.length > 0 ? inTime : check.refuse(6, 'not_authorised', 'late');
}

function scopeOf({ scope }) {
  return scope === null ? null : String(scope.region);
}

/**
 * Step 7: a filing behind ways by committee, a recording grant behind historical records. Gives the grants under which
 * the award stands, as far as can be known; without a filing those that demand none.
 */
export async function checkBasis(check, view, authority, claims, grants, issuedDay) {
  if (claims.basisKind === BASIS_HISTORICAL) return checkRecording(check, authority, claims, issuedDay);
  if (claims.basisKind === BASIS_FILING) {
    if (await checkFiling(check, view, authority, claims)) check.passed(7);
    return grants;
  }
  const free = grants.filter((each) => !each.committeeWays.has(claims.way));
  if (grants.length > 0 && free.length === 0) check.refuse(7, 'not_authorised', 'basis_kind');
  check.passed(7);
  return free;
}

/** Beside steps 6 and 7: a warning when no grant under which the award stands was the parent's to delegate. */
export function checkDelegation(check, view, authority, grants) {
  if (authority.parent === null || grants.length === 0) return;
  const delegating = view.trust.authorities.get(authority.parent).grants;
  if (!grants.some((grant) => liesWithin(grant, delegating))) check.warn('outside_delegation');
}

async function checkRecording(check, { grants }, claims, issuedDay) {
  if (issuedDay === null) {
    check.unsure(7);
    return [];
  }
  const { series, level } = claims;
  const question = { act: 'issue', series, level, way: credentials.WAY_HISTORICAL, scope: scopeOf(claims), on: issuedDay };
  const refused = 'no_recording_grant';
  const recording = await orRefuse(check, 7, 'not_authorised', () => matchingGrants(grants, question), refused);
  check.passed(7);
  return recording;
}

async function checkFiling(check, view, authority, claims) {
  const filings = await readFilings(check, view);
  if (filings === null) return false;
  const { series, level, awardDay, basisReference } = claims;
  const scope = scopeOf(claims);
  const question = { number: basisReference, series, level, region: scope ?? authority.region, scope, on: awardDay };
  const filing = await orRefuse(check, 7, 'not_authorised', () => decide(filings, question));
  check.certificate.committee_name = filings.committees.get(filing.committee);
  return true;
}

async function readFilings(check, view) {
  try {
    return await view.filings();
  } catch (error) {
    if (!(error instanceof Unreachable)) codeOf(error);
    check.cannotKnow(7, 'filings_unreachable');
    return null;
  }
}

/** Step 8: the status list is the one assigned to this address, authentic and fresh. */
export async function checkStatusList(check, view, claims) {
  const assignment = view.trust.status.find((each) => each.cwt === claims.uri);
  if (!assignment) check.refuse(8, 'indeterminate', 'status_unassigned');
  // The list is the one that the leading bits choose (FORMAT 7): L is a power of two.
  const bits = Math.log2(view.trust.status.length);
  if (assignment.id !== await prefixOf(claims.cti) >> (20 - bits)) check.refuse(8, 'indeterminate', 'status_unassigned');
  const { value, issuedAt } = await readStatus(check, view, assignment, claims.idx);
  check.statusTime = issuedAt;
  return value;
}

async function readStatus(check, view, assignment, index) {
  try {
    return await view.statusOf(assignment, index);
  } catch (error) {
    return check.refuse(8, 'indeterminate', statusReason(error));
  }
}

function statusReason(error) {
  if (error instanceof Unreachable) return error.lies ? 'status_untrusted' : 'status_unreachable';
  return { expired: 'status_expired', newer_format: 'newer_format' }[codeOf(error)] ?? 'status_untrusted';
}

/** Step 9: the state, on which list and history agree; today's, or that of the day that was asked about. */
export function checkState(check, view, events, value, claims) {
  if (!STATES.has(value)) check.refuse(8, 'indeterminate', 'status_untrusted');
  check.passed(8);
  if (STATES.get(value) !== history.stateOf(events)) check.refuse(9, 'indeterminate', 'status_disagrees');
  const then = check.at === null ? asOfNow(events, check.now) : history.eventsUntil(events, check.at);
  if (then.length === 0) check.refuse(9, 'not_yet_issued', notYet(check, claims));
  const state = history.stateOf(then);
  const states = check.at === null ? [] : history.statesOf(events, check.at);
  check.status = { ...statusFacts(then, state, view), ...(states.length > 1 && { states }) };
  check.successor = history.successorOf(then);
  if (state === 'valid') check.passed(9);
  check.refuse(9, state, REASON_OF[state]);
}

/** Why there is no certificate yet on the day that was asked about. */
function notYet(check, claims) {
  const asked = check.at ?? dayOfInstant(check.now + CLOCK_DIFFERENCE);
  return asked < claims.awardDay ? 'award_not_made' : 'awarded_not_issued';
}

/** All events, or none while the certificate's issued date is still to come. */
function asOfNow(events, now) {
  return events[0].effective <= dayOfInstant(now + CLOCK_DIFFERENCE) ? events : [];
}

/** Whom to ask (FORMAT 12.1): who decided the state, else who issued. Nobody where it says nothing of how. */
export function tellContact(check, view) {
  if (check.certificate === null) return;
  const authority = view.trust.authorities.get((check.status ?? check.certificate).authority);
  if (authority === undefined || isEmpty(authority.contact)) return;
  const { id, name, nameEn, contact } = authority;
  check.contact = { authority: id, authority_name: name, authority_name_en: nameEn, en: contact.en, zh: contact.zh };
}

function statusFacts(events, state, view) {
  const event = history.statusEvent(events);
  return {
    state, since: toText(event.effective), reason: event.reason,
    authority: event.authority, authority_name: authorityName(view, event.authority),
    basis: event.basis, document: event.document, note: history.lastNote(events),
  };
}
