// How an authority is reached, in Chinese and in English (FORMAT 9), as credential/contacts.py reads it.

import { Members } from './members.js';

const TEXTS = ['address', 'hours', 'telephone', 'web'];
const MAX_TEXT = 200;
const WEB = /^(?:https?:\/\/[!-~]*)?$/;

export function readContacts(value) {
  const members = new Members(value, 'contact', ['en', 'zh']);
  return { en: readContact(members.raw('en')), zh: readContact(members.raw('zh')) };
}

function readContact(value) {
  const members = new Members(value, 'contact', TEXTS);
  members.matching('web', WEB, 'an address that begins with https://');
  const texts = {};
  for (const name of TEXTS) texts[name] = members.text(name, 0, MAX_TEXT);
  return texts;
}

/** Whether nothing is said, in either language. */
export function isEmpty(contacts) {
  return [contacts.en, contacts.zh].every((each) => TEXTS.every((name) => each[name] === ''));
}
