// Whether the grants of an authority lie within those of the authority that delegated (FORMAT 9), as
// credential/delegation.py asks: within a single grant of the parent, never within several put together.

import { covers } from './grants.js';

const SERIES = upTo(255);
const LEVELS = upTo(5);
const WAYS = upTo(8); // "*" never means 9

function upTo(most) {
  return new Set(Array.from({ length: most }, (_, at) => at + 1));
}

/** Whether a grant lies within a single one of its parent's. */
export function liesWithin(grant, parents) {
  return parents.some((parent) => coversNoLess(grant, parent) && demandsNoLess(grant, parent));
}

function coversNoLess(grant, parent) {
  return holds(parent.series ?? SERIES, grant.series ?? SERIES)
    && holds(parent.levels ?? LEVELS, grant.levels ?? LEVELS)
    && holds(parent.ways ?? WAYS, grant.ways ?? WAYS)
    && covers(parent.region, grant.region)
    && parent.from <= grant.from
    && (parent.until === null || (grant.until !== null && grant.until <= parent.until))
    && holds(new Set(parent.acts), grant.acts)
    && (parent.over !== 'own' || grant.over === 'own');
}

function demandsNoLess(grant, parent) {
  const ways = grant.ways ?? WAYS;
  const demanded = [...parent.committeeWays].filter((way) => ways.has(way));
  return holds(grant.committeeWays, demanded)
    && (!parent.scopeRequired || grant.scopeRequired)
    && grant.maxGapDays <= parent.maxGapDays;
}

function holds(outer, inner) {
  return [...inner].every((each) => outer.has(each));
}
