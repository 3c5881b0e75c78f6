// Drawing a verdict (FORMAT 12.1). The order is that of a careful reader: the answer, the two statements, what to compare,
// the status, what to do next, and last the technical details.

import { age, date, instant } from './format.js';
import { h, icon } from './dom.js';
import { label } from './strings.js';

const TECHNICAL_TONE = { true: 'yes', false: 'no', null: 'unknown' };

/** The view of one verdict; `evidence` is what the reader knows beyond it, `actions` are the page's functions. */
export class VerdictView {
  constructor({ verdict, evidence, words, actions }) {
    Object.assign(this, { verdict, evidence, words, actions, language: words.language });
  }

  say(key, parts) {
    return label(key, this.language, parts);
  }

  /** All parts in order. The first holds the heading that takes the focus. */
  parts() {
    const { verdict } = this;
    return [
      this.answer(),
      verdict.at === null ? null : this.atBanner(),
      ...verdict.warnings.map((code) => this.warning(code)),
      this.statements(),
      verdict.certificate && this.certificate(verdict.certificate),
      verdict.status && this.status(verdict.status),
      this.next(),
      this.tools(),
      this.details(),
    ];
  }

  answer() {
    const { outcome, reason } = this.verdict;
    const words = this.words.entry('outcomes', outcome);
    const why = this.words.entry('reasons', reason);
    return h('div', { class: `answer tone-${outcome}`, 'data-outcome': outcome, 'data-reason': reason },
      icon(outcome, 'icon answer-icon'),
      h('div', { class: 'answer-words' },
        h('h1', { tabindex: '-1', id: 'answer' }, words.title),
        h('p', { class: 'answer-text' }, why.text ?? words.text ?? why.title)));
  }

  atBanner() {
    return h('p', { class: 'notice' }, this.say('atBanner', { date: date(this.verdict.at, this.language) }));
  }

  warning(code) {
    const words = this.words.entry('warnings', code);
    return h('div', { class: 'warning', role: 'alert' }, icon('warning', 'icon'),
      h('div', {}, h('h2', {}, words.title), words.text && h('p', {}, words.text), words.next && h('p', {}, words.next)));
  }

  statements() {
    const { genuine, in_force: inForce, at } = this.verdict;
    const question = at === null ? this.say('inForce') : this.say('inForceAt', { date: date(at, this.language) });
    return h('dl', { class: 'statements' },
      this.statement('genuine', this.say('genuine'), genuine, this.genuineText(genuine)),
      this.statement('in-force', question, inForce, this.inForceText()));
  }

  statement(name, question, answer, text) {
    const tone = TECHNICAL_TONE[answer];
    return h('div', { class: `statement is-${tone}`, 'data-statement': name },
      h('dt', {}, question),
      h('dd', {}, h('span', { class: `mark mark-${tone}`, 'aria-hidden': 'true' }),
        h('strong', {}, this.say(tone)), h('span', { class: 'statement-text' }, text)));
  }

  genuineText(genuine) {
    if (genuine === null) return this.say('genuineUnknown');
    return this.say(genuine ? 'genuineYes' : 'genuineNo');
  }

  inForceText() {
    const { in_force: inForce, status, genuine } = this.verdict;
    if (status && inForce !== null) return this.stateText(status);
    return this.say(genuine === false ? 'inForceNoGenuine' : 'genuineUnknown');
  }

  stateText(status) {
    const since = this.say('since', { date: date(status.since, this.language) });
    const state = this.words.title('states', status.state);
    return this.language === 'zh' ? `${state}（${since}）` : `${state}, ${since}`;
  }

  certificate(certificate) {
    return h('section', { class: 'card certificate' },
      h('h2', {}, this.say('says')),
      h('p', { class: 'compare' }, this.say('compare')),
      h('dl', { class: 'facts' },
        this.fact('name', certificate.name, 'fact-name', 'zh-CN'),
        this.fact('title', this.words.catalogued('titles', certificate.title, certificate.title_name), 'fact-title', 'zh-CN'),
        this.certificateRows(certificate).map(([key, value, className]) => this.fact(key, value, className))));
  }

  certificateRows(facts) {
    return [
      ['id_last4', facts.id_last4, 'fact-code'],
      ['number', facts.number, 'fact-code'],
      ['series', this.words.catalogued('series', facts.series, facts.series_name)],
      ['specialty', facts.specialty],
      ['level', this.words.catalogued('levels', facts.level)],
      ['award_date', date(facts.award_date, this.language)],
      ['way', this.words.catalogued('ways', facts.way)],
      ['authority', facts.authority_name],
      ['committee', facts.committee_name],
      ['basis', `${this.words.title('basis_kinds', facts.basis_kind)} ${facts.basis_reference}`],
      ['scope', this.scope(facts)],
      ['issued_on', facts.issued_on && date(facts.issued_on, this.language)],
    ].filter(([, value]) => value);
  }

  scope({ scope_region: region, scope_name: name }) {
    return region === null ? this.say('scopeNone') : this.say('scopeOnly', { name, region });
  }

  fact(key, value, className = '', lang = null) {
    return h('div', { class: `fact ${className}`, 'data-fact': key }, h('dt', {}, this.say(key)), h('dd', { lang }, value));
  }

  status(status) {
    const rows = [
      ['statusReason', status.reason ? this.words.title('reason_classes', status.reason) : null],
      ['statusAuthority', status.state === 'valid' ? null : status.authority_name],
      ['statusBasis', status.basis],
      ['statusDocument', status.document],
      ['successor', status.successor],
      ['note', status.note],
    ].filter(([, value]) => value);
    return h('section', { class: `card status-card tone-${status.state}`, 'data-state': status.state },
      h('h2', {}, this.say('status')),
      h('p', { class: 'state' }, icon(status.state, 'icon'), h('span', {}, this.stateText(status))),
      rows.length > 0 && h('dl', { class: 'facts' }, rows.map(([key, value]) => this.fact(key, value))),
      this.statusAge());
  }

  statusAge() {
    const { status_time: time, status_age: seconds } = this.verdict;
    if (time === null) return null;
    const parts = { time: instant(time, this.language), age: age(Math.max(0, seconds), this.language) };
    return h('p', { class: 'fine' }, this.say('statusAge', parts));
  }

  next() {
    const { outcome, reason } = this.verdict;
    const words = this.words.entry('reasons', reason).next ?? this.words.entry('outcomes', outcome).next;
    const clock = this.evidence.clock && h('p', {}, this.say('clockText', { time: instant(this.verdict.checked_at, this.language) }));
    if (!words && !clock) return null;
    const items = Array.isArray(words) ? words : [words];
    return h('section', { class: 'card next' }, h('h2', {}, this.say('next')), clock,
      items.length > 1 ? h('ul', {}, items.map((item) => h('li', {}, item))) : h('p', {}, items[0]));
  }

  tools() {
    const unknown = this.verdict.outcome === 'indeterminate';
    return h('div', { class: 'tools' },
      unknown && h('button', { type: 'button', class: 'button', onclick: this.actions.retry, id: 'retry' }, this.say('retry')),
      h('button', { type: 'button', class: 'button quiet', onclick: this.actions.print }, this.say('print')),
      h('p', { class: 'fine' }, `${this.say('checkedAt')} ${instant(this.verdict.checked_at, this.language)}`),
      h('p', { class: 'fine local' }, this.say('local')));
  }

  details() {
    return h('details', { class: 'card fold', id: 'details' },
      h('summary', {}, this.say('details')),
      h('ol', { class: 'steps' }, this.verdict.steps.map((step) => this.step(step))),
      h('dl', { class: 'facts small' }, this.technicalRows().map(([key, value]) => this.fact(key, value, 'fact-code'))));
  }

  step({ n, result }) {
    const key = result === 'unknown' ? 'stepUnknown' : result;
    return h('li', { class: `step step-${result}`, 'data-step': n },
      h('span', { class: 'step-name' }, this.words.title('steps', n)),
      h('span', { class: 'step-result' }, this.say(key)));
  }

  technicalRows() {
    const { outcome, reason } = this.verdict;
    const { kid, publication, seq, exp, trustVersion, rootVersion } = this.evidence;
    return [
      ['reasonCode', `${outcome}/${reason}`], ['keyId', kid], ['publication', publication], ['sequence', seq],
      ['validUntil', exp && instant(exp, this.language)], ['trustVersion', trustVersion], ['rootVersion', rootVersion],
    ].filter(([, value]) => value !== null && value !== undefined).map(([key, value]) => [key, String(value)]);
  }
}
