// The form for a check code: forgiving while somebody types, strict before anything is fetched. A QR text may be pasted
// too, and where the browser can read QR codes (BarcodeDetector), a picture may be chosen; both stay in the browser.

import { LENGTH, fold, grouped, parse } from '../lib/checkcode.js';
import { asQrText, tidy } from '../lib/texts.js';
import { h } from './dom.js';
import { label } from './strings.js';

const ADDRESS = /[/:#]|^[\s0-9]{100,}$/;
const NUMBER = /(?:19|20)[0-9]{2}/; // the numbers of certificates hold a year; a check code holds no 0 and no 1

export class EntryForm {
  /** `submit` is called with {checkCode, notes}, or {qrText, notes} and for a picture its source. */
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
      'BarcodeDetector' in window && this.picture());
  }

  picture() {
    const choose = h('input', { type: 'file', accept: 'image/*', id: 'picture', class: 'file', onchange: (event) => this.chosen(event) });
    return h('p', { class: 'picture' }, choose, h('label', { for: 'picture', class: 'button quiet' }, this.say('imageButton')));
  }

  async chosen(event) {
    const file = event.target.files[0];
    if (!file) return;
    const text = await readPicture(file);
    event.target.value = '';
    if (text === null) this.showFault('imageNone');
    else this.submit({ ...asQrText(text), source: 'picture' });
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

function faultOf(text) {
  try {
    parse(text);
    return null;
  } catch (error) {
    if (error.code !== 'bad_code') throw error;
    return error;
  }
}

async function readPicture(file) {
  try {
    const detector = new BarcodeDetector({ formats: ['qr_code'] });
    const found = await detector.detect(await createImageBitmap(file));
    return found[0]?.rawValue ?? null;
  } catch {
    return null;
  }
}
