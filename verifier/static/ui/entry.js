// The form: a check code, forgiving while somebody types and strict before anything is fetched; a link, pasted; a picture or a
// PDF, chosen, pasted or dropped; the camera. All of it stays in the browser.

import { credentialOf, isPdf } from '../lib/attachment.js';
import { LENGTH, fold, grouped, parse } from '../lib/checkcode.js';
import { asQrText, tidy } from '../lib/texts.js';
import { Camera, hasCamera } from './camera.js';
import { h } from './dom.js';
import { readPicture } from './picture.js';
import { label } from './strings.js';

const ADDRESS = /[/:#]|^[\s0-9]{100,}$/;
const NUMBER = /(?:19|20)[0-9]{2}/; // the numbers of certificates hold a year; a check code holds no 0 and no 1

export class EntryForm {
  /** `submit` is called with what `examine` takes; a PDF's file goes with its credential. */
  constructor({ language, heading, submit }) {
    Object.assign(this, { language, heading, submit });
    this.input = h('input', {
      id: 'code', name: 'code', type: 'text', inputmode: 'text', autocomplete: 'off', autocapitalize: 'characters',
      autocorrect: 'off', spellcheck: 'false', enterkeyhint: 'go', placeholder: 'XXXX-XXXX-XXXX-XXXX-XXXX',
      'aria-describedby': 'code-hint code-fault', oninput: (event) => this.typed(event),
    });
    this.count = h('span', { class: 'count', 'aria-hidden': 'true' });
    this.fault = h('p', { class: 'fault', id: 'code-fault', role: 'alert' });
    this.element = this.build();
  }

  say(key, parts) {
    return label(key, this.language, parts);
  }

  build() {
    const title = this.heading === 'h1' ? this.say('introTitle') : this.say('another');
    return h('form', { class: 'card entry-form', novalidate: true, autocomplete: 'off', onsubmit: (event) => this.submitted(event) },
      h(this.heading, {}, title),
      this.heading === 'h1' && h('p', { class: 'intro' }, this.say('intro')),
      h('label', { for: 'code' }, this.say('codeLabel')),
      h('div', { class: 'code-row' }, this.input, h('button', { type: 'submit', class: 'button' }, this.say('codeButton'))),
      h('p', { class: 'hint', id: 'code-hint' }, this.say('codeHint'), this.count),
      this.fault,
      this.ways());
  }

  /** The ways without typing. */
  ways() {
    const choose = h('input', { type: 'file', accept: 'image/*,application/pdf', id: 'file', class: 'file', onchange: (event) => this.chosen(event) });
    this.place = h('div', { class: 'place' });
    return h('div', { class: 'ways' }, h('p', { class: 'code-row' },
      hasCamera() && h('button', { type: 'button', class: 'button quiet', id: 'camera', onclick: () => this.openCamera() }, this.say('cameraButton')),
      choose, h('label', { for: 'file', class: 'button quiet' }, this.say('fileButton'))),
    h('p', { class: 'hint' }, this.say(hasCamera() ? 'fileHint' : 'cameraMissing')), this.place);
  }

  openCamera() {
    this.showFault(null);
    const camera = new Camera({
      language: this.language,
      found: (text) => this.submit({ ...asQrText(text), source: 'picture' }),
      closed: (why) => { this.place.textContent = ''; this.showFault(why); },
    });
    this.place.textContent = '';
    this.place.appendChild(camera.element);
    this.stop = () => camera.close();
    return camera.open();
  }

  /** The form goes: no camera stays open behind it. */
  leave() {
    if (this.stop) this.stop();
  }

  chosen(event) {
    const [file] = event.target.files;
    event.target.value = '';
    return file ? this.take(file) : undefined;
  }

  /** Read a file that was chosen, pasted or dropped. */
  async take(file) {
    this.showFault(null);
    try {
      if (isPdf(await bytesOf(file, 5))) return this.submit(document(file, await bytesOf(file)));
      const text = await readPicture(file);
      return text === null ? this.showFault('imageNone') : this.submit({ ...asQrText(text), source: 'picture' });
    } catch (error) {
      if (error.code === undefined) return this.showFault(isHeic(await bytesOf(file, 12)) ? 'fileHeic' : 'fileUnknown');
      return this.showFault(`file_${error.code}`);
    }
  }

  /** Read what somebody pasted anywhere on the page, or dropped on it: a file, or a text with a link in it. */
  takeFrom(transfer) {
    const [file] = transfer.files || [];
    if (file) return this.take(file);
    const text = transfer.getData('text');
    return ADDRESS.test(tidy(text).text) ? this.submit(asQrText(text)) : undefined;
  }

  /** Regroup while typing and keep the caret behind the same character. Composition (IME) is left alone. */
  typed(event) {
    const { value, selectionStart } = this.input;
    if (event.isComposing || ADDRESS.test(value)) return;
    const before = fold(value.slice(0, selectionStart ?? value.length)).length;
    const code = fold(value);
    this.input.value = grouped(code);
    this.placeCaret(before);
    this.count.textContent = code.length > 0 ? this.say('typed', { n: code.length }) : '';
    this.tellEarly(code);
  }

  placeCaret(characters) {
    const caret = characters + Math.max(0, Math.ceil(characters / 4) - 1);
    this.input.setSelectionRange(caret, caret);
  }

  /** A character that never occurs is told at once; the rest waits for the end, or for the twentieth character. */
  tellEarly(code) {
    this.showFault(null);
    const fault = faultOf(code);
    if (fault && (fault.why === 'confusable' || fault.why === 'character' || code.length >= LENGTH)) this.tell(fault, code);
  }

  submitted(event) {
    event.preventDefault();
    const { text, notes } = tidy(this.input.value);
    if (text === '') return this.refuse('codeEmpty');
    if (ADDRESS.test(text)) return this.submit(asQrText(this.input.value));
    const fault = faultOf(text);
    if (fault) return this.refuseCode(fault, text);
    return this.submit({ checkCode: parse(text), notes });
  }

  refuse(key) {
    this.showFault(key);
    this.input.focus();
  }

  refuseCode(fault, text) {
    this.tell(fault, fold(text));
    this.input.focus();
  }

  tell(fault, code) {
    if (code.length < LENGTH && NUMBER.test(code)) return this.showFault('code_number');
    return this.showFault(`code_${fault.why}`, { c: fault.character, n: code.length });
  }

  showFault(key, parts = {}) {
    this.fault.textContent = key === null ? '' : this.say(key, parts);
    if (key === null) this.input.removeAttribute('aria-invalid');
    else this.input.setAttribute('aria-invalid', 'true');
  }
}

/** What is examined of a PDF: its credential, or nothing here when none is attached. */
function document(file, bytes) {
  try {
    return { credential: credentialOf(bytes), file };
  } catch (error) {
    if (error.code !== 'no_attachment') throw error;
    return { file };
  }
}

/** Whether a file begins as the pictures of some telephones do. */
function isHeic(bytes) {
  return /^[^]{4}ftyp(?:he|mif1|msf1)/.test(String.fromCharCode(...bytes));
}

function faultOf(text) {
  try {
    parse(text);
    return null;
  } catch (error) {
    if (error.code !== 'bad_code') throw error;
    return error;
  }
}

/** The bytes of a file, or its first ones. */
function bytesOf(file, count = file.size) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => resolve(new Uint8Array(reader.result)));
    reader.addEventListener('error', () => reject(reader.error));
    reader.readAsArrayBuffer(file.slice(0, count));
  });
}
