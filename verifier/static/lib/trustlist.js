// The trust list (FORMAT 9): authorities with grants, keys with uses, official hosts, addresses of status lists.

import { parse as parseContainer, verifyThreshold, MAX_CONTAINER_BYTES } from './container.js';
import { refuse } from './errors.js';
import { readContacts } from './contacts.js';
import { readGrant } from './grants.js';
import { decode } from './json.js';
import { KEY_MEMBERS, MAX_VERSION, Members, USE, check, isKid, unique } from './members.js';
import { fromBase64url } from './bytes.js';

const TYP = 'titlecert-trust+jwt';
const MAX_LIFETIME = 400 * 86400;
export const CLOCK_DIFFERENCE = 300;
const STATES = ['active', 'ended', 'compromised'];
const OWNED_USES = ['credential', 'document'];
const MAX_ENTRIES = 10000;
const MAX_GRANTS = 200;
const MAX_STATUS_LISTS = 4096;
const MAX_CERTIFICATE_TEXT = 21845; // 16 KiB of DER
const MAX_ADDRESS = 300;
const MAX_PARENTS = 8;
const MAX_URI = 120;
const HOST = '(?:[a-z0-9.-]{1,253}|\\[::1\\])(?::[1-9][0-9]{0,4})?';
const LOOPBACK = '(?:127\\.0\\.0\\.1|\\[::1\\]|localhost)(?::[1-9][0-9]{0,4})?';
const ORIGIN = new RegExp(`^(?:https://${HOST}|http://${LOOPBACK})$`);
const PUBLICATION = new RegExp(`^(?:https://${HOST}|http://${LOOPBACK})/(?:(?!\\.{1,2}/)[A-Za-z0-9._-]+/)*$`);
const URI = new RegExp(`^(?:https://${HOST}|http://${LOOPBACK})/[!-~]{1,120}$`);
const MEMBERS = ['v', 'version', 'iat', 'exp', 'deployment', 'demonstration', 'authorities', 'keys',
  'document_certificates', 'hosts', 'publications', 'status', 'filings', 'catalogue', 'ext'];

/** Check a trust list against the newest root. Freshness is the caller's question. */
export async function verifyTrustList(bytes, root, now) {
  const messages = parseContainer(bytes, { typ: TYP });
  const payload = await verifyThreshold(messages, root.keys, root.threshold);
  const list = await readPayload(payload);
  if (list.demonstration !== root.demonstration) refuse('demonstration_differs', 'trust list and root disagree');
  if ([...list.keys.keys()].some((kid) => root.keys.has(kid))) refuse('key_use', 'a key of the root set stands in the list');
  if (list.iat > now + CLOCK_DIFFERENCE) refuse('from_the_future', 'the trust list was signed after now');
  return list;
}

/** Read a payload strictly. What it says is not trusted. */
export async function readPayload(payload) {
  const members = new Members(decode(payload, { maxBytes: MAX_CONTAINER_BYTES }), 'trust', MEMBERS);
  members.constant('v', 1);
  const authorities = members.listing('authorities', 1, MAX_ENTRIES).map(readAuthority);
  unique(authorities.map((each) => each.id), 'trust.authorities');
  const keys = await Promise.all(members.listing('keys', 1, MAX_ENTRIES).map(readKey));
  unique(keys.map((each) => each.kid), 'trust.keys');
  members.extension('ext');
  const filings = new Members(members.raw('filings'), 'trust.filings', ['digest']);
  const catalogue = new Members(members.raw('catalogue'), 'trust.catalogue', ['version', 'digest']);
  const list = {
    version: members.integer('version', 1, MAX_VERSION),
    iat: members.instant('iat'),
    exp: members.instant('exp'),
    deployment: members.identifier('deployment'),
    demonstration: members.boolean('demonstration'),
    authorities: new Map(authorities.map((each) => [each.id, each])),
    keys: new Map(keys.map((each) => [each.kid, each])),
    hosts: readAddresses(members, 'hosts', ORIGIN),
    publications: readAddresses(members, 'publications', PUBLICATION),
    status: members.listing('status', 1, MAX_STATUS_LISTS).map(readStatus),
    filings: filings.digest('digest'),
    catalogue: { version: catalogue.integer('version', 1, MAX_VERSION), digest: catalogue.digest('digest') },
  };
  const certificates = members.listing('document_certificates', 0, MAX_ENTRIES).map(readCertificate);
  checkTogether(list, [...keys, ...certificates].map((each) => each.authority));
  return list;
}

function checkTogether(list, owners) {
  check(list.iat < list.exp && list.exp - list.iat <= MAX_LIFETIME, 'trust.exp', 'at most 400 days');
  check(owners.every((owner) => owner === null || list.authorities.has(owner)), 'trust.keys', 'an unknown authority');
  const count = list.status.length;
  const numbered = list.status.every((each, at) => each.id === at) && (count & (count - 1)) === 0;
  check(numbered, 'trust.status', 'the ids are 0 to L-1, L a power of two');
  const addresses = joined(list.status.map((each) => [each.cwt, each.jwt]));
  unique(addresses, 'trust.status');
  const assigned = joined(list.status.map((each) => each.kids));
  check(assigned.every((kid) => list.keys.get(kid)?.use === 'status'), 'trust.status', 'assigned to no status key');
  const webs = joined([...list.authorities.values()].map(({ contact }) => [contact.zh.web, contact.en.web]));
  const plain = [...list.hosts, ...list.publications, ...addresses, ...webs].some((each) => each.startsWith('http:'));
  check(list.demonstration || !plain, 'trust.hosts', 'plain http is for a demonstration only');
  for (const each of list.authorities.values()) checkParents(list, each.parent);
  for (const each of list.keys.values()) if (each.succeeds !== null) checkSuccession(list, each);
}

function joined(lists) {
  return [].concat(...lists);
}

/** Who delegated is in the list, and nobody is their own parent: a circle has more steps than any bound. */
function checkParents(list, parent) {
  let above = parent;
  for (let steps = 1; above !== null; steps += 1) {
    check(list.authorities.has(above) && steps <= MAX_PARENTS, 'authority.parent', 'authorities of the list, at most 8 steps');
    above = list.authorities.get(above).parent;
  }
}

/** A key succeeds an older one of its kind, so from each key the way back comes to an end. */
function checkSuccession(list, entry) {
  const before = list.keys.get(entry.succeeds);
  const alike = before !== undefined && before.use === entry.use && before.authority === entry.authority;
  check(alike, 'key.succeeds', 'a key of the list, of the same use and authority');
  check(before.from < entry.from, 'key.succeeds', 'the key that it succeeds began earlier');
}

function readAddresses(members, name, form) {
  const values = members.listing(name, 1, 100);
  unique(values, `trust.${name}`);
  const formed = values.every((value) => typeof value === 'string' && value.length <= MAX_ADDRESS && form.test(value));
  return members.check(name, formed, 'https addresses (http on loopback in a demonstration)');
}

function readAuthority(value) {
  const members = new Members(
    value, 'authority', ['id', 'name', 'name_en', 'code', 'region', 'region_name', 'parent', 'contact', 'grants']);
  members.matching('code', /^[0-9A-Z]{18}$/, 'a unified social credit code');
  return {
    id: members.identifier('id'),
    name: members.text('name', 1, 100),
    nameEn: members.text('name_en', 1, 200),
    region: members.region('region'),
    regionName: members.text('region_name', 1, 100),
    parent: members.optional('parent', members.identifier),
    contact: readContacts(members.raw('contact')),
    grants: members.listing('grants', 0, MAX_GRANTS).map(readGrant),
  };
}

async function readKey(value) {
  const members = new Members(
    value, 'key', [...KEY_MEMBERS, 'use', 'authority', 'from', 'until', 'state', 'compromised_since', 'succeeds']);
  const key = await members.key();
  const entry = {
    kid: key.kid,
    key,
    use: members.matching('use', USE, 'what the key is for'), // a use that nobody here asks for is of no use
    authority: members.optional('authority', members.identifier),
    ...readLife(members),
    compromisedSince: members.optional('compromised_since', members.instant),
    succeeds: members.optional('succeeds', members.kid),
  };
  check(!OWNED_USES.includes(entry.use) || entry.authority !== null, 'key.authority', 'such a key belongs to an authority');
  const dated = (entry.state === 'compromised') === (entry.compromisedSince !== null);
  check(dated, 'key.compromised_since', 'set for a compromised key, and for no other');
  return entry;
}

function readLife(members) {
  const life = {
    from: members.instant('from'),
    until: members.optional('until', members.instant),
    state: members.choice('state', STATES),
  };
  check(life.until === null || life.until > life.from, 'key.until', 'the window ends before it begins');
  check(life.state !== 'ended' || life.until !== null, 'key.until', 'an ended entry says when it ended');
  return life;
}

/** Pages show no files, so of a document certificate only the form matters here. */
function readCertificate(value) {
  const members = new Members(value, 'document_certificate', ['authority', 'alg', 'params', 'certificate', 'from', 'until', 'state']);
  members.algorithm('alg');
  members.parameters('params');
  members.text('certificate', 1, MAX_CERTIFICATE_TEXT);
  fromBase64url(members.raw('certificate'));
  return { authority: members.identifier('authority'), ...readLife(members) };
}

function readStatus(value) {
  const members = new Members(value, 'status', ['id', 'cwt', 'jwt', 'kids']);
  const kids = members.listing('kids', 1, 16);
  check(kids.every(isKid), 'status.kids', 'key ids');
  unique(kids, 'status.kids');
  const [cwt, jwt] = ['cwt', 'jwt'].map((name) => members.matching(name, URI, 'an address'));
  check(Math.max(cwt.length, jwt.length) <= MAX_URI, 'status.cwt', 'an address that a credential can name');
  return { id: members.integer('id', 0, MAX_STATUS_LISTS - 1), cwt, jwt, kids };
}

/** The key of this id and use. Refuses with `unknown_key` or `key_use`. */
export function findKey(list, kid, use) {
  const entry = list.keys.get(kid);
  if (!entry) refuse('unknown_key', `key ${kid} is not in trust list ${list.version}`);
  if (entry.use !== use) refuse('key_use', `key ${kid} is a ${entry.use} key, not a ${use} key`);
  return entry;
}

function wasOpenAt(entry, instant) {
  return entry.from <= instant && (entry.until === null || instant < entry.until);
}

/**
 * Refuse unless the key of a history or face holds at an instant that the register vouches for: its window does, or that
 * of a key that it succeeds, whether that was ended or compromised. A thief of the key itself could name any instant.
 */
export function checkRecordKey(list, entry, instant) {
  if (entry.state === 'compromised') refuse('key_not_good', `key ${entry.kid} is compromised`);
  let window = entry;
  while (window && !wasOpenAt(window, instant)) window = list.keys.get(window.succeeds);
  if (!window) refuse('key_not_good', `neither key ${entry.kid} nor one that it succeeds was in force at ${instant}`);
}

/** Refuse unless the key was good at an instant that somebody else than its holder vouches for. */
export function checkGoodAt(entry, instant) {
  const sound = entry.compromisedSince === null || instant < entry.compromisedSince;
  if (!wasOpenAt(entry, instant) || !sound) refuse('key_not_good', `key ${entry.kid} was not good at ${instant}`);
}

/** Refuse unless the key may have made a short-lived signature that names `instant` itself: a thief names any instant. */
export function checkSignsNow(entry, instant) {
  if (entry.state === 'compromised') refuse('key_not_good', `key ${entry.kid} is compromised`);
  checkGoodAt(entry, instant);
}
