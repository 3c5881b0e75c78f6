// The page: reads the address or what was typed, checks it here in the browser, shows the verdict.
// The fragment holds the credential. It is taken out of the address at once and kept with the tab (ui/visits.js); it goes
// nowhere else: not into a request, not into the title.

import catalogue from '../../credential/data/catalogue.json' with { type: 'json' };
import words from '../../credential/data/words.json' with { type: 'json' };
import { dayOfInstant, fromText, toText } from './lib/days.js';
import { BrowserMemory } from './lib/memory.js';
import { examine } from './lib/procedure.js';
import { HttpSource } from './lib/source.js';
import { asQrText } from './lib/texts.js';
import { fill, h, icon } from './ui/dom.js';
import { EntryForm } from './ui/entry.js';
import { fetched } from './ui/later.js';
import { LANGUAGES, label } from './ui/strings.js';
import { Visits } from './ui/visits.js';
import { VerdictView } from './ui/view.js';
import { Words } from './ui/words.js';

const LANGUAGE_KEY = 'titlecert.language';
const HTML_LANGUAGE = { zh: 'zh-CN', en: 'en' };
const PLAIN = ['old', 'insecure', 'fault']; // where the service is asked instead, if the reader wants it
const $ = (id) => document.getElementById(id);

export class App {
  constructor() {
    this.language = readLanguage();
    this.config = JSON.parse($('config').textContent); // where the publication is, and which root it is held to
    this.plain = $('plain'); // the form that asks the service
    this.visits = new Visits();
    this.input = null; // what is checked now; null on the empty page
    this.answer = null; // {verdict, evidence} of it
    this.at = null;
    this.run = 0;
  }

  start() {
    $('language').addEventListener('click', () => this.toggleLanguage());
    window.addEventListener('hashchange', () => this.fromAddress());
    window.addEventListener('popstate', () => location.hash === '' && this.again());
    this.listen();
    this.frame();
    this.fromAddress();
  }

  say(key, parts) {
    return label(key, this.language, parts);
  }

  // What to check ------------------------------------------------------------------------------------------------

  /** Files and links that are pasted or dropped anywhere; what is typed into the field is the field's. */
  listen() {
    window.addEventListener('paste', (event) => {
      const isFile = event.clipboardData && event.clipboardData.files && event.clipboardData.files.length > 0;
      if (event.clipboardData && (isFile || event.target.tagName !== 'INPUT')) this.form.takeFrom(event.clipboardData);
    });
    window.addEventListener('dragover', (event) => event.preventDefault());
    window.addEventListener('drop', (event) => {
      event.preventDefault();
      this.form.takeFrom(event.dataTransfer);
    });
  }

  fromAddress() {
    if (location.hash === '') return this.again();
    const input = asQrText(`${location.origin}/v/${location.search}${location.hash}`);
    this.visits.enter(input, null, { anew: false });
    return this.check(input);
  }

  /** What this entry of the tab's history showed, checked again. */
  again() {
    const visit = this.visits.present();
    return visit === null ? this.empty() : this.check(visit.input, { at: visit.at });
  }

  /** Check something new: Back leads to what was there before. */
  visit(input, at = null) {
    this.visits.enter(input, at, { anew: true });
    return this.check(input, { at });
  }

  empty() {
    Object.assign(this, { input: null, answer: null, at: null });
    this.run += 1;
    this.draw();
  }

  /** Check {qrText, source, notes} or {checkCode, notes}. A later call overtakes an earlier one that is still waiting. */
  async check(input, { at = null } = {}) {
    const run = (this.run += 1);
    Object.assign(this, { input, at, answer: null });
    this.draw();
    $('announce').textContent = this.say('checking');
    const answer = await this.examine(input, at);
    if (run !== this.run) return;
    this.answer = answer;
    this.draw();
    $('announce').textContent = [...document.querySelectorAll('.answer-words, .warning')].map((part) => part.innerText).join(' ');
    $('answer')?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
    this.keepForLater();
  }

  /** After the first answer: the next visit needs no network. */
  keepForLater() {
    if (this.config.offline && 'serviceWorker' in navigator) navigator.serviceWorker.register('offline.js').catch(console.error);
  }

  /** {verdict, evidence}, or {problem} when the page cannot check at all. */
  async examine(input, at) {
    if (input.file && !input.credential) return { scan: true };
    if (!window.crypto?.subtle) return { problem: window.isSecureContext ? 'old' : 'insecure' };
    try {
      return await examine(input, this.context(at));
    } catch (error) {
      console.error(error);
      return { problem: 'fault' };
    }
  }

  context(at) {
    const { config } = this;
    const base = new URL(config.publication, location.origin + location.pathname).href;
    return {
      source: new HttpSource(base), pinnedRoot: config.root, memory: new BrowserMemory(),
      now: now(), at,
    };
  }

  // Drawing ------------------------------------------------------------------------------------------------------

  /** The other language; what was typed and opened stays. */
  toggleLanguage() {
    this.language = LANGUAGES[1 - LANGUAGES.indexOf(this.language)];
    keepLanguage(this.language);
    const typed = [...document.querySelectorAll('#entry input:not([type=file]), #at')].map(({ id, value }) => [id, value]);
    const open = [...document.querySelectorAll('details[open]')].map(({ id }) => id);
    this.draw();
    typed.forEach(([id, value]) => value && $(id) && Object.assign($(id), { value }));
    open.forEach((id) => $(id) && $(id).setAttribute('open', ''));
    $('language').focus();
  }

  /** Everything around the result. */
  frame() {
    document.documentElement.lang = HTML_LANGUAGE[this.language];
    $('brand-text').textContent = this.say('brand');
    const button = $('language');
    button.textContent = this.say('otherLanguage');
    button.lang = HTML_LANGUAGE[LANGUAGES[1 - LANGUAGES.indexOf(this.language)]];
    button.setAttribute('aria-label', this.say('otherLanguageLabel'));
    button.hidden = false;
    const demonstration = this.answer?.verdict?.demonstration ?? this.config.demonstration;
    fill($('banners'), demonstration && h('p', { class: 'demonstration' }, h('span', { class: 'wrap' }, this.say('demonstration'))));
    fill($('foot'), h('p', {}, this.say('footer')), h('p', {}, this.say('footerFake')), h('p', {}, h('a', { href: 'help' }, this.say('helpTitle'))));
  }

  draw() {
    this.frame();
    const result = $('result');
    result.hidden = this.input === null;
    fill(result, this.resultParts());
    const heading = this.input === null ? 'h1' : 'h2';
    if (this.form) this.form.leave();
    const form = new EntryForm({ language: this.language, heading, submit: (input) => this.visit(input) });
    this.form = form;
    fill($('entry'), PLAIN.includes(this.answer?.problem) ? this.plainForm() : form.element);
    document.title = this.title();
  }

  /** For the tab: the answer, and nothing of the certificate. */
  title() {
    const answer = this.input !== null && document.querySelector('#answer, #waiting .answer-title');
    return answer ? `${answer.textContent} · ${this.say('brand')}` : LANGUAGES.map((language) => label('brand', language)).join(' · ');
  }

  resultParts() {
    if (this.input === null) return [];
    if (this.answer === null) return [this.waiting()];
    if (this.answer.problem) return [this.problem(this.answer.problem)];
    if (this.answer.scan) return [this.sendForm('scan')];
    const { certificate } = this.answer.verdict;
    const { file, credential } = this.input;
    return [...this.verdictView().parts(file && !this.answer.sealed && this.sendForm('seal')),
      certificate && !(file && !credential) && this.atForm()];
  }

  /** The form that asks the service, with what the address held filled in: nothing is sent before somebody presses it. */
  plainForm() {
    const { qrText, checkCode, digits } = this.input;
    this.plain.classList.remove('late');
    this.plain.querySelector('[name=asked]').value = qrText || checkCode || digits || '';
    return this.plain;
  }

  verdictView() {
    return new VerdictView({
      ...this.answer,
      words: new Words(words, catalogue, this.language),
      actions: { retry: () => this.check(this.input, { at: this.at }), print: () => this.print() },
      code: this.input.checkCode,
    });
  }

  /** One page, with a code to check it again; without the code where its script does not come. */
  async print() {
    const { credential } = this.answer.evidence;
    const place = $('print-code');
    try {
      if (credential && place) {
        const { textOf, drawn } = await fetched('titlecertPrint', PRINT_FILE);
        fill(place, drawn(textOf(credential, location.origin)));
      }
    } catch (error) {
      console.error(error);
    }
    window.print();
  }

  waiting() {
    return h('div', { class: 'answer tone-waiting', id: 'waiting' }, h('span', { class: 'spinner', 'aria-hidden': 'true' }),
      h('div', { class: 'answer-words' }, h('p', { class: 'answer-title' }, this.say('checking')),
        h('p', { class: 'answer-text' }, this.say('checkingText'))));
  }

  problem(name) {
    return h('div', { class: 'answer tone-indeterminate', 'data-problem': name }, icon('indeterminate', 'icon answer-icon'),
      h('div', { class: 'answer-words' },
        h('h1', { id: 'answer', tabindex: '-1' }, this.say(`${name}Title`)),
        h('p', { class: 'answer-text' }, this.say(`${name}Text`)),
        h('button', { type: 'button', class: 'button', id: 'retry', onclick: () => this.check(this.input) }, this.say('retry'))));
  }

  /** Of a PDF the service checks the seal, or reads the code on its pages (`kind` seal, scan), when somebody wants it. */
  sendForm(kind) {
    const fault = h('p', { class: 'fault', role: 'alert' });
    const button = h('button', { type: 'button', class: 'button', id: kind, onclick: () => this.askSeal(button, fault) }, this.say(`${kind}Button`));
    const heading = kind === 'scan' ? h('h1', { id: 'answer', tabindex: '-1' }, this.say('scanTitle')) : h('h2', {}, this.say('sealTitle'));
    return h('section', { class: 'card', id: `${kind}-form` }, heading, h('p', {}, this.say(`${kind}Text`)), button, fault);
  }

  async askSeal(button, fault) {
    const run = this.run;
    button.disabled = true;
    try {
      const verdict = await sealed(this.input.file);
      if (run !== this.run) return;
      this.answer = { verdict, evidence: { clock: false }, sealed: true };
      this.draw();
      $('answer').focus({ preventScroll: true });
      window.scrollTo(0, 0);
    } catch (error) {
      console.error(error);
      fault.textContent = this.say('sealFault');
      button.disabled = false;
    }
  }

  atForm() {
    const today = toText(dayOfInstant(now()));
    const input = h('input', { type: 'date', id: 'at', min: '1970-01-01', max: today, value: this.answer.verdict.at, required: true });
    const asked = (event) => {
      event.preventDefault();
      if (input.value) this.visit(this.input, fromText(input.value));
    };
    return h('details', { class: 'card fold', id: 'at-fold', open: this.at !== null },
      h('summary', {}, this.say('atTitle')),
      h('form', { class: 'at-form', onsubmit: asked },
        h('p', { class: 'hint' }, this.say('atHint')),
        h('label', { for: 'at' }, this.say('atLabel')),
        h('div', { class: 'code-row' }, input, h('button', { type: 'submit', class: 'button quiet' }, this.say('atButton')),
          this.at !== null && h('button', { type: 'button', class: 'button quiet', onclick: () => this.visit(this.input) }, this.say('atToday')))));
  }
}

function now() {
  return Math.floor(Date.now() / 1000);
}

/** The service's verdict of a PDF: the one request of the page that holds something of a certificate, after saying so. */
async function sealed(file) {
  const answer = await fetch(new URL('../v1/verify', location.origin + location.pathname).href, {
    method: 'POST', body: file, headers: { 'Content-Type': 'application/pdf' }, credentials: 'omit', referrerPolicy: 'no-referrer', cache: 'no-store',
  });
  if (!answer.ok) throw new Error(`the service answers ${answer.status}`);
  return answer.json();
}

/** The language that was chosen here before, else the browser's first that the page has, else Chinese. */
function readLanguage() {
  const wanted = (navigator.languages || [navigator.language]).map((tag) => String(tag).slice(0, 2).toLowerCase());
  const first = wanted.find((tag) => LANGUAGES.includes(tag)) || 'zh';
  try {
    const kept = localStorage.getItem(LANGUAGE_KEY);
    return LANGUAGES.includes(kept) ? kept : first;
  } catch {
    return first;
  }
}

function keepLanguage(language) {
  try {
    localStorage.setItem(LANGUAGE_KEY, language);
  } catch {
    // Without storage the page has the browser's language again next time.
  }
}
