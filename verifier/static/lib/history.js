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
const AUTHORITY_ID = /^[a-z][a-z0-9-]{1,15}$/;
const NUMBER = /^[0-9A-Z-]{4,24}$/;
const MAX_EVENTS = 64;
const MAX_REASON = 9;

/** kind -> the states it may follow (null: any) and the state it leads to (null: the same as before). */
const ARROWS = new Map([
  [2, { from: ['valid'], to: 'suspended' }],
  [3, { from: ['suspended'], to: 'valid' }],
  [4, { from: ['valid', 'suspended', 'superseded', 'cancelled'], to: 'withdrawn' }],
  [5, { from: ['valid', 'suspended'], to: 'cancelled' }],
  [SUPERSEDED, { from: ['valid', 'suspended'], to: 'superseded' }],
  [ANNOTATED, { from: null, to: null }],
]);

function check(holds, what) {
  if (!holds) refuse('bad_history', `history: ${what}`);
}

export function parse(bytes) {
  return parseSign1(bytes, { maxBytes: MAX_BYTES, typ: TYP });
}

/** Read a payload whose signature was checked. */
export function readPayload(payload) {
  const value = decode(payload, { maxBytes: MAX_BYTES });
  check(Array.isArray(value) && value.length === 3 && value[0] === 1, 'not [1, cti, events]');
  const [, cti, list] = value;
  check(cti instanceof Uint8Array && cti.length === 16, 'a cti of 16 bytes');
  check(Array.isArray(list) && list.length >= 1 && list.length <= MAX_EVENTS, `1 to ${MAX_EVENTS} events`);
  const events = list.map(readEvent);
  check(events[0].kind === ISSUED, 'the first event is issued');
  check(events.every((event, at) => at === 0 || events[at - 1].recorded <= event.recorded), 'recorded in order');
  check(stateOf(events) !== null, 'an event that cannot follow');
  return { cti, events };
}

function readEvent(item) {
  check(Array.isArray(item) && item.length === 8, 'an event has eight parts');
  const [kind, effective, recorded, authority, basis, document, reason, detail] = item;
  check(kind === ISSUED || ARROWS.has(kind), 'an unknown kind');
  check(Number.isInteger(reason) && reason >= 0 && reason <= MAX_REASON, 'an unknown reason');
  check(isDay(effective) && isInstant(recorded) && effective <= dayOfInstant(recorded), 'effective after it was recorded');
  check(typeof authority === 'string' && AUTHORITY_ID.test(authority), 'an authority is named by its id');
  check(isText(basis, 0, 200) && isText(document, 0, 100), 'a text breaks its rule');
  const event = { kind, effective, recorded, authority, basis, document, reason, detail };
  check(detailHolds(event), 'a detail of another kind');
  return event;
}

function isText(value, least, most) {
  if (typeof value !== 'string') return false;
  const length = Array.from(value).length;
  return length >= least && length <= most && isPlain(value);
}

function detailHolds({ kind, detail, effective, recorded }) {
  if (kind === ISSUED) return detail instanceof Uint8Array && detail.length === 32 && effective === dayOfInstant(recorded);
  if (kind === SUPERSEDED) return typeof detail === 'string' && NUMBER.test(detail);
  if (kind === ANNOTATED) return isText(detail, 1, 200);
  return detail === null;
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
  if (events[0].effective > day) return [];
  const kept = [events[0]];
  for (const event of events.slice(1)) {
    if (event.effective <= day && follows(stateOf(kept), event)) kept.push(event);
  }
  return kept;
}

/** The event that brought the state, and the last note. */
export function statusEvent(events) {
  return last(events, (event) => event.kind !== ANNOTATED);
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
  return event.kind === SUPERSEDED ? event.detail : null;
}
