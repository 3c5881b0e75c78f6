// The verdict as JSON (FORMAT 12.1), the same object as Python's.

import { toText } from './days.js';
import { lastNote, stateOf, statusEvent, successorOf } from './history.js';

const UNPROVEN = new Set(['malformed', 'not_authentic', 'not_authorised']);

/** The JSON of a finished check (see procedure.js for its members). */
export function verdictJson(check) {
  const { outcome, reason, step, facts, now, at } = check;
  return {
    outcome, reason, step,
    genuine: genuine(check),
    in_force: inForce(check),
    file_unaltered: null,
    demonstration: check.trust?.demonstration ?? null,
    certificate: check.claims ? certificate(check) : null,
    status: facts.events ? status(check) : null,
    status_time: facts.statusTime ?? null,
    status_age: facts.statusTime === undefined ? null : now - facts.statusTime,
    checked_at: now,
    at: at === null ? null : toText(at),
    host: check.origin ?? null,
    warnings: check.warnings,
    steps: check.results.map((result, index) => ({ n: index + 1, result })),
  };
}

function genuine({ outcome, results }) {
  if (UNPROVEN.has(outcome)) return false;
  return results.slice(0, 7).every((result) => result === 'pass') ? true : null;
}

function inForce({ outcome }) {
  if (outcome === 'valid') return true;
  return ['suspended', 'withdrawn', 'cancelled', 'superseded'].includes(outcome) ? false : null;
}

function certificate({ claims, facts, trust, catalogue }) {
  return {
    number: claims.number, name: claims.name, id_last4: claims.idLast4,
    series: claims.series, series_name: nameOf(catalogue.series, claims.series),
    title: claims.title, title_name: nameOf(catalogue.titles, claims.title),
    specialty: claims.specialty, level: claims.level, way: claims.way, award_date: toText(claims.awardDay),
    basis_kind: claims.basisKind, basis_reference: claims.basisReference,
    scope_region: claims.scope === null ? null : String(claims.scope.region), scope_name: claims.scope?.name ?? null,
    authority: claims.iss, authority_name: trust.authorities.get(claims.iss)?.name ?? null,
    issued_on: facts.issuedDay === undefined ? null : toText(facts.issuedDay),
    committee_name: facts.committeeName ?? null,
  };
}

function nameOf(entries, number) {
  return entries.find((entry) => entry.number === number)?.name ?? null;
}

function status({ facts, trust }) {
  const event = statusEvent(facts.events);
  return {
    state: stateOf(facts.events), since: toText(event.effective), reason: event.reason,
    authority_name: trust.authorities.get(event.authority)?.name ?? event.authority,
    basis: event.basis, document: event.document, successor: successorOf(event), note: lastNote(facts.events),
  };
}
