// Reading the members of a signed JSON object with types and bounds (FORMAT 8 to 10), as credential/members.py does.
// A refusal names the place and never repeats the value, which may be hostile.

import { MAX_PARAMS, NAME, find } from './algorithms.js';
import { fromBase64url } from './bytes.js';
import { isPlain } from './characters.js';
import { MAX_INSTANT, fromText } from './days.js';
import { refuse } from './errors.js';
import { exactly } from './json.js';
import { UnusableKey, VerifyKey } from './keys.js';

const MAX_TEXT = 500;
export const MAX_VERSION = 999999999; // what a path of a publication can name
const DIGEST = /^[0-9a-f]{64}$/;
const MAX_EXTENSIONS = 64;
export const KEY_MEMBERS = ['alg', 'jwk', 'kid', 'params']; // what every entry that holds a key has (FORMAT 1.1)
export const USE = /^[a-z][a-z_]{0,31}$/; // a key's use and an act, also one that nobody knows yet
const EXTENSION = /^[a-z][a-z0-9_]{0,39}$/;
const IDENTIFIER = /^[a-z][a-z0-9-]{1,15}$/;

export function check(holds, where, rule) {
  if (!holds) refuse('bad_member', `${where}: ${rule}`);
}

export class Members {
  constructor(value, where, names) {
    this.value = exactly(value, names, 'bad_member');
    this.where = where;
  }

  check(name, holds, rule) {
    check(holds, `${this.where}.${name}`, rule);
    return this.value[name];
  }

  raw(name) {
    return this.value[name];
  }

  text(name, least = 1, most = MAX_TEXT) {
    const value = this.value[name];
    const length = typeof value === 'string' ? Array.from(value).length : -1;
    return this.check(name, length >= least && length <= most && isPlain(value), 'a text');
  }

  matching(name, form, rule) {
    const value = this.value[name];
    return this.check(name, typeof value === 'string' && form.test(value), rule);
  }

  identifier(name) {
    return this.matching(name, IDENTIFIER, 'an identifier');
  }

  region(name) {
    return this.matching(name, /^[1-9][0-9]{5}$/, 'a region code');
  }

  choice(name, options) {
    return this.check(name, options.includes(this.value[name]), `one of ${options.join(', ')}`);
  }

  integer(name, least = 0, most = Number.MAX_SAFE_INTEGER) {
    return this.check(name, isInteger(this.value[name], least, most), `an integer from ${least} to ${most}`);
  }

  constant(name, expected) {
    this.integer(name, expected, expected);
  }

  boolean(name) {
    return this.check(name, typeof this.value[name] === 'boolean', 'true or false');
  }

  /** A civil date as a day number. */
  date(name) {
    try {
      return fromText(this.value[name]);
    } catch {
      return this.check(name, false, 'a date YYYY-MM-DD');
    }
  }

  instant(name) {
    return this.integer(name, 0, MAX_INSTANT);
  }

  digest(name) {
    return this.matching(name, DIGEST, 'a digest');
  }

  kid(name) {
    check(isKid(this.value[name]), `${this.where}.${name}`, 'a key id');
    return this.value[name];
  }

  /** A public key whose id is `kid`: a name that is not the key's own would let one key stand for another. */
  async jwk(name, kid) {
    const key = await VerifyKey.fromJwk(this.value[name]);
    this.check(name, key.kid === kid, 'the kid is not this key\'s');
    return key;
  }

  /** The key of an entry with KEY_MEMBERS: unusable when its suite is not known (FORMAT 1.1). */
  async key() {
    const [kid, alg, params] = [this.kid('kid'), this.algorithm('alg'), this.parameters('params')];
    if (find(alg, params) !== null) return this.jwk('jwk', kid);
    this.object('jwk');
    return new UnusableKey(kid, alg);
  }

  /** The name of an algorithm, known or not. */
  algorithm(name) {
    return this.matching(name, NAME, 'the name of an algorithm');
  }

  parameters(name) {
    this.check(name, Object.keys(this.object(name)).length <= MAX_PARAMS, `at most ${MAX_PARAMS} members`);
    return this.value[name];
  }

  /** What later programs put there: ignored, and decided by nothing (FORMAT 1.9). */
  extension(name) {
    const names = Object.keys(this.object(name));
    this.check(name, names.length <= MAX_EXTENSIONS && names.every((each) => EXTENSION.test(each)), 'names like new_thing');
  }

  object(name) {
    const value = this.value[name];
    return this.check(name, typeof value === 'object' && value !== null && !Array.isArray(value), 'an object');
  }

  optional(name, read) {
    return this.value[name] === null ? null : read.call(this, name);
  }

  listing(name, least, most) {
    const value = this.value[name];
    return this.check(name, Array.isArray(value) && value.length >= least && value.length <= most, 'a list');
  }

  /** A set of integers, strictly ascending, so that one set has one form. */
  numbers(name, least = 1, most = 255) {
    const values = this.listing(name, 0, most);
    const ascending = values.every((value, at) => isInteger(value, least, most) && (at === 0 || values[at - 1] < value));
    this.check(name, ascending, 'numbers in ascending order, each once');
    return new Set(values);
  }

  /** A non-empty set of integers, or null for "*". */
  numbersOrAll(name, least = 1, most = 255) {
    if (this.value[name] === '*') return null;
    const values = this.numbers(name, least, most);
    this.check(name, values.size > 0, 'an empty list would cover nothing');
    return values;
  }
}

export function isInteger(value, least, most) {
  return Number.isInteger(value) && value >= least && value <= most;
}

export function isDigest(value) {
  return typeof value === 'string' && DIGEST.test(value);
}

export function isKid(value) {
  try {
    return typeof value === 'string' && fromBase64url(value).length === 8;
  } catch {
    return false;
  }
}

export function unique(values, where) {
  check(new Set(values).size === values.length, where, 'something is named twice');
}
