// The history of one certificate (FORMAT 6): signed events, readable only to who holds the certificate.

import { decode } from './cbor.js';
import { isPlain } from './characters.js';
import { parse as parseSign1 } from './cose.js';
import { dayOfInstant, isDay, isInstant } from './days.js';
import { refuse } from './errors.js';

export const MAX_BYTES = 16000;
export const TYP = 'application/titlecert-history+cbor';
const ISSUED = 1;
const SUPERSEDED = 6;
const ANNOTATED = 7;
const SET_ASIDE = 8;
const ERASED = 9;
const AUTHORITY_ID = /^[a-z][a-z0-9-]{1,15}$/;
const NUMBER = /^[0-9A-Z-]{4,24}$/;
const MAX_EVENTS = 64;
const MAX_REASON = 10;
const MAX_CODE = 255; // the largest number of a kind or a reason that a later version may add

/** kind -> the states it may follow (null: any) and the state it leads to (null: it brings none). */
const ARROWS = new Map([
  [2, { from: ['valid'], to: 'suspended' }],
  [3, { from: ['suspended'], to: 'valid' }],
  [4, { from: ['valid', 'suspended', 'superseded', 'cancelled'], to: 'withdrawn' }],
  [5, { from: ['valid', 'suspended'], to: 'cancelled' }],
  [SUPERSEDED, { from: ['valid', 'suspended'], to: 'superseded' }],
  [ANNOTATED, { from: null, to: null }],
  [SET_ASIDE, { from: ['withdrawn'], to: null }],
  [ERASED, { from: ['withdrawn', 'cancelled', 'superseded'], to: null }],
]);

function check(holds, what) {
  if (!holds) refuse('bad_history', `history: ${what}`);
}

export function parse(bytes) {
  return parseSign1(bytes, { maxBytes: MAX_BYTES, typ: TYP });
}

/** Read the form of a payload whose signature was checked: whose events, and each with its eight parts. */
export function readPayload(payload) {
  const value = decode(payload, { maxBytes: MAX_BYTES });
  check(Array.isArray(value) && value.length === 3 && value[0] === 1, 'not [1, cti, events]');
  const [, cti, list] = value;
  check(cti instanceof Uint8Array && cti.length === 16, 'a cti of 16 bytes');
  check(Array.isArray(list) && list.length >= 1 && list.length <= MAX_EVENTS, `1 to ${MAX_EVENTS} events`);
  return { cti, parts: list.map(readParts) };
}

function readParts(item) {
  check(Array.isArray(item) && item.length === 8, 'an event has eight parts');
  const [kind, effective, recorded, authority, basis, document, reason, detail] = item;
  check(isCode(kind) && kind >= 1 && isCode(reason), `a kind or a reason above ${MAX_CODE}`);
  check(isDay(effective) && isInstant(recorded), 'a day and an instant');
  check([authority, basis, document].every((text) => typeof text === 'string'), 'authority, basis and document are texts');
  return { kind, effective, recorded, authority, basis, document, reason, detail };
}

function isCode(value) {
  return Number.isInteger(value) && value >= 0 && value <= MAX_CODE;
}

/** The events, after checking them in their order. Refuses with `newer_format` at the first of a later version. */
export function readEvents(parts) {
  const later = parts.findIndex((each) => !isKnown(each));
  const events = (later === -1 ? parts : parts.slice(0, later)).map(checkedEvent);
  if (later !== 0) checkOrder(events);
  if (later !== -1) refuse('newer_format', 'history: an event of a kind or a reason of a later version');
  return events;
}

function isKnown({ kind, reason }) {
  return (kind === ISSUED || ARROWS.has(kind)) && reason <= MAX_REASON;
}

function checkedEvent(event) {
  const { effective, recorded, authority, basis, document } = event;
  check(effective <= dayOfInstant(recorded), 'effective after it was recorded');
  check(AUTHORITY_ID.test(authority), 'an authority is named by its id');
  check(isText(basis, 0, 200) && isText(document, 0, 100), 'a text breaks its rule');
  check(detailHolds(event), 'a detail of another kind');
  return event;
}

function checkOrder(events) {
  check(events[0].kind === ISSUED, 'the first event is issued');
  check(events.every((event, at) => at === 0 || events[at - 1].recorded <= event.recorded), 'recorded in order');
  check(stateOf(events) !== null, 'an event that cannot follow');
}

function isText(value, least, most) {
  if (typeof value !== 'string') return false;
  const length = Array.from(value).length;
  return length >= least && length <= most && isPlain(value);
}

function detailHolds({ kind, detail, effective, recorded }) {
  if (kind === ISSUED) return registrationHolds(detail, effective) && effective === dayOfInstant(recorded);
  if (kind === SUPERSEDED || kind === SET_ASIDE) return isNumber(detail);
  if (kind === ANNOTATED) return isText(detail, 1, 200);
  return detail === null;
}

function isNumber(value) {
  return typeof value === 'string' && NUMBER.test(value);
}

function registrationHolds(detail, effective) {
  if (!Array.isArray(detail) || detail.length !== 2) return false;
  const [digest, replaces] = detail;
  return digest instanceof Uint8Array && digest.length === 32 && (replaces === null || replacedHolds(replaces, effective));
}

function replacedHolds(replaces, effective) {
  if (!Array.isArray(replaces) || replaces.length !== 2) return false;
  const [number, countedFrom] = replaces;
  return isNumber(number) && isDay(countedFrom) && countedFrom <= effective;
}

/** The digest of the one credential that was registered. */
export function digestOf([issued]) {
  return issued.detail[0];
}

/** The certificate replaced and the day to which the gap is counted, or null. */
export function replacedBy([issued]) {
  const [, replaces] = issued.detail;
  return replaces === null ? null : { number: replaces[0], countedFrom: replaces[1] };
}

function follows(state, event) {
  const arrow = ARROWS.get(event.kind);
  return arrow !== undefined && (arrow.from === null || arrow.from.includes(state));
}

/** The state after the last of these events, or null when one of them cannot follow. */
export function stateOf(events) {
  let state = 'valid';
  for (const event of events.slice(1)) {
    if (!follows(state, event)) return null;
    state = ARROWS.get(event.kind).to ?? state;
  }
  return state;
}

/** The events in effect on `day`, in the order of recording, those left out that then could not follow; empty before the issue. */
export function eventsUntil(events, day) {
  return following(events.filter((event) => event.effective <= day));
}

/**
 * The states of `day` in their order, none twice in a row; none before the issue. The first is the one in which the day began;
 * each event that took effect on it may bring another one, in the order of recording.
 */
export function statesOf(events, day) {
  const [before, begun] = [events.filter(({ effective }) => effective <= day), events.filter(({ effective }) => effective === day)];
  const found = [];
  for (let count = 0; count <= begun.length; count += 1) {
    const then = following(before.filter((event) => !begun.slice(count).includes(event)));
    if (then.length > 0 && found[found.length - 1] !== stateOf(then)) found.push(stateOf(then));
  }
  return found;
}

/** Of some events those that could follow each other; none without `issued`. */
function following([first, ...others]) {
  if (first === undefined || first.kind !== ISSUED) return [];
  const kept = [first];
  for (const event of others) if (follows(stateOf(kept), event)) kept.push(event);
  return kept;
}

/** The event that brought the state: the last one that brings any, or `issued`. */
export function statusEvent(events) {
  return last(events, (event) => event.kind === ISSUED || ARROWS.get(event.kind).to !== null);
}

export function lastNote(events) {
  return last(events, (event) => event.kind === ANNOTATED)?.detail ?? null;
}

function last(events, matches) {
  return [...events].reverse().find(matches);
}

/**
 * The number of the certificate that stands in this one's place, by the state after these events; null where there is none.
 * Whichever events name one, this is the only place that reads it.
 */
export function successorOf(events) {
  const event = statusEvent(events);
  if (event.kind === SUPERSEDED) return event.detail;
  // Only a withdrawal is set aside, and withdrawn is final; of several the last one counts.
  return last(events, (each) => each.kind === SET_ASIDE)?.detail ?? null;
}
