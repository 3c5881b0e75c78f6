// What an authority may do, and whether a grant covers an act (FORMAT 9). Days are numbers, spans include both ends.

import { refuse } from './errors.js';
import { Members, USE, check } from './members.js';

const ACTS = ['issue', 'suspend', 'withdraw', 'cancel', 'supersede'];
const MAX_ACTS = 64; // those that a later page knows among them
const OVER = ['own', 'all'];
const WAY_HISTORICAL = 9;
const MAX_GAP_DAYS = 36525;
const MEMBERS = ['series', 'levels', 'ways', 'committee_ways', 'region', 'scope_required', 'from', 'until',
  'max_gap_days', 'legal_basis', 'acts', 'over'];

/** Whether region `outer` contains `inner`: AB0000 covers AB****, ABCD00 covers ABCD** (FORMAT 1.8). */
export function covers(outer, inner) {
  const significant = outer.endsWith('0000') ? 2 : outer.endsWith('00') ? 4 : 6;
  return inner.slice(0, significant) === outer.slice(0, significant);
}

export function readGrant(value) {
  const members = new Members(value, 'grant', MEMBERS);
  const grant = {
    series: members.numbersOrAll('series'),
    levels: members.numbersOrAll('levels', 1, 5),
    ways: members.numbersOrAll('ways', 1, 9),
    committeeWays: members.numbers('committee_ways', 1, 9),
    region: members.region('region'),
    scopeRequired: members.boolean('scope_required'),
    from: members.date('from'),
    until: members.optional('until', members.date),
    maxGapDays: members.integer('max_gap_days', 0, MAX_GAP_DAYS),
    legalBasis: members.text('legal_basis'),
    acts: readActs(members),
    over: members.choice('over', OVER),
  };
  check(grant.until === null || grant.until >= grant.from, 'grant.until', 'the span ends before it begins');
  return grant;
}

/** Known acts in their order, others behind these in ascending order: they are no right that anything here asks for. */
function readActs(members) {
  const acts = members.listing('acts', 1, MAX_ACTS);
  check(acts.every((act) => typeof act === 'string' && USE.test(act)), 'grant.acts', 'words in small letters');
  const others = [...new Set(acts)].filter((act) => !ACTS.includes(act)).sort();
  const ordered = [...ACTS.filter((act) => acts.includes(act)), ...others];
  check(ordered.length === acts.length && ordered.every((act, at) => act === acts[at]), 'grant.acts', 'acts in order');
  return acts;
}

function isInForce(grant, day) {
  return grant.from <= day && (grant.until === null || day <= grant.until);
}

function coversTitle(grant, { series, level }) {
  return (grant.series === null || grant.series.has(series)) && (grant.levels === null || grant.levels.has(level));
}

/** "*" does not include way 9: recording historical titles is always named. */
function coversWay(grant, way) {
  return grant.ways === null ? way !== WAY_HISTORICAL : grant.ways.has(way);
}

function acceptsScope(grant, scope) {
  return scope === null ? !grant.scopeRequired : covers(grant.region, scope);
}

/**
 * Every grant that allows `act` on the day `on` for such a title; `way` null means that way and scope do not matter.
 * Refuses with `no_grant`, or `scope` when only the scope stands against it.
 */
export function matchingGrants(grants, { act, series, level, on, way, scope }) {
  const candidates = grants.filter((grant) => grant.acts.includes(act) && isInForce(grant, on)
    && coversTitle(grant, { series, level }) && (way === null || coversWay(grant, way)));
  if (candidates.length === 0) refuse('no_grant', `no grant to ${act} on that day`);
  if (way === null) return candidates;
  const fitting = candidates.filter((grant) => acceptsScope(grant, scope));
  if (fitting.length === 0) refuse('scope', 'the grants do not cover the scope');
  return fitting;
}

