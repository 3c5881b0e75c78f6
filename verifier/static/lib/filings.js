// Committees and their filings (FORMAT 9), one file named by its digest in the trust list.

import { refuse } from './errors.js';
import { covers } from './grants.js';
import { decode } from './json.js';
import { Members, check, unique } from './members.js';

export const MAX_BYTES = 16 * 1024 * 1024;
const MOST = 50000;

export function readFilings(bytes) {
  const members = new Members(decode(bytes, { maxBytes: MAX_BYTES }), 'filings', ['committees', 'ext', 'filings', 'v']);
  members.constant('v', 1);
  members.extension('ext');
  const committees = members.listing('committees', 0, MOST).map(readCommittee);
  const filings = members.listing('filings', 0, MOST).map(readFiling);
  unique(committees.map((each) => each.id), 'filings.committees');
  unique(filings.map((each) => each.number), 'filings.filings');
  const known = new Set(committees.map((each) => each.id));
  check(filings.every((each) => known.has(each.committee)), 'filings.filings', 'a filing of an unknown committee');
  return {
    committees: new Map(committees.map((each) => [each.id, each.name])),
    filings: new Map(filings.map((each) => [each.number, each])),
  };
}

function readCommittee(value) {
  const members = new Members(value, 'committee', ['id', 'name']);
  return { id: members.text('id', 1, 60), name: members.text('name', 1, 100) };
}

function readFiling(value) {
  const members = new Members(
    value, 'filing', ['number', 'committee', 'authority', 'series', 'levels', 'region', 'scope', 'from', 'until']);
  const filing = {
    number: members.text('number', 1, 60),
    committee: members.text('committee', 1, 60),
    authority: members.identifier('authority'),
    series: members.numbersOrAll('series'),
    levels: members.numbersOrAll('levels', 1, 5),
    region: members.region('region'),
    scope: members.optional('scope', members.region),
    from: members.date('from'),
    until: members.date('until'),
  };
  check(filing.from <= filing.until, 'filing.until', 'the span ends before it begins');
  return filing;
}

/** The filing that lets its committee review such an award. Refuses with `committee_not_on_file`, `_expired`, `_scope`. */
export function decide(filings, { number, series, level, region, scope, on }) {
  const filing = filings.filings.get(number);
  if (!filing) refuse('committee_not_on_file', 'no committee is on file under this number');
  if (on < filing.from || on > filing.until) refuse('committee_expired', 'the filing did not hold on the award date');
  if (!coversAward(filing, { series, level, region, scope })) refuse('committee_scope', 'the filing does not cover this');
  return filing;
}

function coversAward(filing, { series, level, region, scope }) {
  const title = (filing.series === null || filing.series.has(series)) && (filing.levels === null || filing.levels.has(level));
  const limited = filing.scope === null || (scope !== null && covers(filing.scope, scope));
  return title && limited && covers(filing.region, region);
}
