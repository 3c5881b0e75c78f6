// Civil days in Asia/Shanghai (FORMAT 1.7): UTC+8 without daylight saving, so a fixed offset is exact.
// A day is the number of days since 1970-01-01; in JSON it is written YYYY-MM-DD.

import { refuse } from './errors.js';

const DAY_SECONDS = 86400;
const OFFSET_SECONDS = 8 * 3600;
const FIRST_DAY = -719162; // 0001-01-01: grants and filings may be older than 1970
export const MAX_DAY = 2932896; // 9999-12-31
export const MAX_INSTANT = 253402214400; // the start of that day in UTC

export function dayOfInstant(seconds) {
  return Math.floor((seconds + OFFSET_SECONDS) / DAY_SECONDS);
}

export function toText(day) {
  return new Date(day * DAY_SECONDS * 1000).toISOString().slice(0, 10);
}

/** Read YYYY-MM-DD; a day that no calendar has is refused, because Date would silently move it. */
export function fromText(text) {
  if (typeof text !== 'string' || !/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)) refuse('bad_date', 'a date is YYYY-MM-DD');
  const day = Date.parse(`${text}T00:00:00Z`) / 1000 / DAY_SECONDS;
  if (!Number.isInteger(day) || day < FIRST_DAY || toText(day) !== text) refuse('bad_date', `there is no day ${text}`);
  return day;
}

export function isDay(value) {
  return Number.isInteger(value) && value >= 0 && value <= MAX_DAY;
}

export function isInstant(value) {
  return Number.isInteger(value) && value >= 0 && value <= MAX_INSTANT;
}
