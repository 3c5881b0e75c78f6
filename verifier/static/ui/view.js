// Drawing a verdict (FORMAT 12.1). The order is that of a careful reader: the answer, the two statements, what to compare,
// the status, what to do next, and last the technical details.

import { grouped } from '../lib/checkcode.js';
import { toText as dayText } from '../lib/days.js';
import { age, date, instant } from './format.js';
import { h, icon } from './dom.js';
import { label } from './strings.js';
import { isChanged, shownOutcome } from './words.js';

const LOUD = 'host_not_official'; // told before the answer: the reader may be on a forger's way
const HAN = /[\u2e80-\u2fdf\u3005\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{323af}]/u; // so that an English screen reader changes its voice
const CONTACT = ['telephone', 'web', 'address', 'hours'];
const LINK = /^https?:\/\//;
const TONE = { true: 'yes', false: 'no', null: 'unknown' };

/** The view of one verdict; `evidence` is what the reader knows beyond it, `actions` are the page's functions, `code` the
    check code that was typed. */
export class VerdictView {
  constructor({ verdict, evidence, words, actions, code = null }) {
    Object.assign(this, { verdict, evidence, words, actions, code, language: words.language });
  }

  say(key, parts) {
    return label(key, this.language, parts);
  }

  /** All parts in order, `beside` behind the statements. The first holds the heading that takes the focus. */
  parts(beside = null) {
    const { verdict } = this;
    const certificate = verdict.certificate ? this.certificate(verdict.certificate) : this.claimed();
    const status = verdict.status && this.status(verdict.status);
    // Whoever is refused wants to know why and what to do before reading the certificate again.
    const face = this.face();
    const body = verdict.outcome === 'valid' ? [certificate, face, status] : [this.next(), status, certificate, face];
    return [...verdict.warnings.filter((code) => code === LOUD).map((code) => this.warning(code)),
      this.answer(), this.statements(), beside, ...body,
      ...verdict.warnings.filter((code) => code !== LOUD).map((code) => this.warning(code)),
      this.tools(), this.details(), this.printed()];
  }

  /** What a printed page says besides: where, when and by which data it was checked, and that paper proves nothing. */
  printed() {
    const { outcome, reason, checked_at: checked } = this.verdict;
    const rows = [
      ['printAddress', `${location.origin}/v/`], ['codeLabel', this.code && grouped(this.code)], ['reasonCode', `${outcome}/${reason}`],
      ['sequence', this.evidence.seq], ['checkedAt', instant(checked, this.language)],
    ].filter(([, value]) => value !== null && value !== undefined);
    return h('section', { class: 'printed' }, h('div', { id: 'print-code', class: 'print-code' }),
      h('div', {}, h('p', {}, h('strong', {}, this.say('printForged'))),
        h('dl', { class: 'facts small' }, rows.map(([key, value]) => this.fact(key, String(value), 'fact-code')))));
  }

  answer() {
    const { outcome, reason, at } = this.verdict;
    const shown = shownOutcome(this.verdict);
    return h('div', { class: `answer tone-${shown}`, 'data-outcome': outcome, 'data-reason': reason },
      icon(shown, 'icon answer-icon'),
      h('div', { class: 'answer-words' },
        at !== null && h('p', { class: 'kicker' }, date(at, this.language)),
        h('h1', { tabindex: '-1', id: 'answer' }, this.words.outcome(this.verdict).title),
        this.explanation()));
  }

  /** A state is explained by its outcome, a refusal by its reason too, a past day by saying that it is one. */
  explanation() {
    const { reason, at, status } = this.verdict;
    if (at !== null && status) {
      const several = this.words.several(status);
      return [h('p', { class: 'answer-text' }, this.say('atBanner', { date: date(at, this.language) })), several && this.because(several)];
    }
    const why = this.reason();
    // A certificate that is registered is not called one that the authority never issued: its reason says what is wrong.
    const general = reason === 'key_not_good' ? null : this.words.outcome(this.verdict).text;
    return [general && h('p', { class: 'answer-text' }, general),
      !status && this.because(why)];
  }

  because({ title, text }) {
    return h('p', { class: 'answer-text' }, h('strong', {}, title), this.language === 'zh' ? '：' : ': ', text);
  }

  reason() {
    return this.words.reason(this.verdict, (day) => date(day, this.language));
  }

  warning(code) {
    const words = this.words.entry('warnings', code);
    return h('div', { class: 'warning' }, icon('warning', 'icon'),
      h('div', {}, h('h2', {}, words.title), words.text && h('p', {}, words.text),
        code === LOUD && this.addresses(),
        words.next && h('p', {}, words.next)));
  }

  /** The address that was found, and the official ones. */
  addresses() {
    const { found, expected = [] } = this.verdict.host;
    const line = (key, address) => h('p', { class: 'host' }, this.say(key), ' ', h('bdi', {}, address));
    return [line('host', found), expected.length > 0 && line('hostExpected', expected.join(this.language === 'zh' ? '、' : ', '))];
  }

  statements() {
    const { in_force: inForce, at } = this.verdict;
    const genuine = isChanged(this.verdict) ? false : this.verdict.genuine;
    const question = at === null ? this.say('inForce') : this.say('inForceAt', { date: date(at, this.language) });
    return h('dl', { class: 'statements' },
      this.statement('genuine', this.say('genuine'), genuine, this.genuineText(genuine)),
      this.statement('in-force', question, inForce, this.inForceText()),
      this.fileStatement());
  }

  /** Of a sealed file that the service read. */
  fileStatement() {
    const { file_unaltered: unaltered } = this.verdict;
    if (unaltered === null || unaltered === undefined) return null;
    const text = this.say(unaltered ? 'fileUnalteredYes' : 'fileUnalteredNo');
    return this.statement('file', this.say('fileUnaltered'), unaltered, text);
  }

  statement(name, question, answer, text) {
    const tone = TONE[answer];
    const idle = name === 'in-force' && (this.verdict.genuine === false || isChanged(this.verdict));
    return h('div', { class: `statement is-${tone}`, 'data-statement': name },
      h('dt', {}, question),
      h('dd', {}, h('span', { class: `mark mark-${idle ? 'idle' : tone}`, 'aria-hidden': 'true' }),
        h('strong', {}, this.say(idle ? 'notApplicable' : tone)), h('span', { class: 'statement-text' }, text)));
  }

  genuineText(genuine) {
    if (genuine === null) return this.say('genuineUnknown');
    if (this.verdict.outcome === 'not_authorised') return this.say('genuineNotAuthorised');
    return this.say(genuine ? 'genuineYes' : 'genuineNo');
  }

  inForceText() {
    const { in_force: inForce, status, genuine, reason } = this.verdict;
    if (status && inForce !== null) return this.stateText(status);
    if (inForce === false) return this.words.title('reasons', reason);
    return this.say(genuine === false || isChanged(this.verdict) ? 'inForceNoGenuine' : 'genuineUnknown');
  }

  stateText(status) {
    const since = this.say('since', { date: date(status.since, this.language) });
    const state = this.words.title('states', status.state);
    return this.language === 'zh' ? `${state}（${since}）` : `${state}, ${since}`;
  }

  certificate(certificate) {
    const { titleKey, noteKey, standing } = this.standing();
    return h('section', { class: `card certificate is-${standing}` },
      h('h2', {}, this.say(titleKey)),
      h('p', { class: 'compare' }, this.say(noteKey)),
      h('dl', { class: 'facts' },
        this.fact('name', { text: certificate.name, lang: 'zh-CN' }, 'fact-name'),
        this.fact('title', this.words.catalogued('titles', certificate.title, certificate.title_name), 'fact-title'),
        this.certificateRows(certificate).map(([key, value, className]) => this.fact(key, value, className))),
      this.unchecked());
  }

  /** Where nothing could be asked, what the code itself says; nobody checked it, and that is said. */
  claimed() {
    const { claims } = this.evidence;
    if (!claims || this.verdict.outcome !== 'indeterminate') return null;
    const rows = [
      ['id_last4', claims.idLast4, 'fact-code'], ['number', claims.number, 'fact-code'], ['specialty', claims.specialty],
      ['award_date', date(dayText(claims.awardDay), this.language)],
    ].filter(([, value]) => value);
    return h('section', { class: 'card certificate is-undecided', id: 'claimed' },
      h('h2', {}, this.say('claimedTitle')),
      h('p', { class: 'compare' }, this.say('claimed')),
      h('dl', { class: 'facts' },
        this.fact('name', { text: claims.name, lang: 'zh-CN' }, 'fact-name'),
        this.fact('title', this.words.catalogued('titles', claims.title, null), 'fact-title'),
        rows.map(([key, value, className]) => this.fact(key, value, className))));
  }

  /** What the document may print and nobody compared. */
  unchecked() {
    const names = this.verdict.unchecked.map((field) => this.words.title('unchecked', field));
    if (names.length === 0) return null;
    const fields = names.join(this.language === 'zh' ? '、' : ', ');
    return h('p', { class: 'fine', 'data-unchecked': this.verdict.unchecked.join(' ') }, this.say('unchecked', { fields }));
  }

  /** What may be said of the facts: proven ones are for comparing, others must not be relied on. */
  standing() {
    const { genuine } = this.verdict;
    if (genuine === true) return { titleKey: 'says', noteKey: 'compare', standing: 'proven' };
    if (genuine === false) return { titleKey: 'unprovenTitle', noteKey: 'unproven', standing: 'unproven' };
    return { titleKey: 'undecidedTitle', noteKey: 'undecided', standing: 'undecided' };
  }

  certificateRows(facts) {
    const basis = { text: facts.basis_reference, gloss: this.words.title('basis_kinds', facts.basis_kind) };
    return [
      ['id_last4', facts.id_last4, 'fact-code'],
      ['number', facts.number, 'fact-code'],
      ['series', this.words.catalogued('series', facts.series, facts.series_name)],
      ['specialty', facts.specialty],
      ['level', this.words.bilingual('levels', facts.level)],
      ['award_date', date(facts.award_date, this.language)],
      ['way', this.words.bilingual('ways', facts.way)],
      ['authority', facts.authority_name],
      ['committee', facts.committee_name],
      ['basis', basis],
      ['scope', this.scope(facts)],
      ['issued_on', facts.issued_on && date(facts.issued_on, this.language)],
      ['replaces', facts.replaces?.number, 'fact-code'],
    ].filter(([, value]) => value);
  }

  /** What the document prints beyond the credential; of a refused certificate nothing is shown as if it were in order. */
  face() {
    const { face, genuine } = this.verdict;
    if (face === null || genuine === false) return null;
    return h('section', { class: 'card face', id: 'face' },
      h('h2', {}, this.say('face')),
      h('p', { class: 'compare' }, this.say('faceAsOf')),
      h('dl', { class: 'facts' }, this.faceRows(face)));
  }

  faceRows(face) {
    const { design } = face;
    const rows = [
      ['sex', face.sex === null ? null : this.words.bilingual('sexes', face.sex)],
      ['employer', face.employer],
      ['birth_month', face.birth_month],
      ['photo', face.photo === null ? null : this.words.entry('unchecked', 'photo').text],
      ['licence', face.licence, 'fact-code'],
      ['design', design === null ? null : `${design.id}/v${design.version}`, 'fact-code'],
    ].filter(([, value]) => value !== null);
    const named = (key) => capitalised(this.words.title('unchecked', key));
    return [...rows.map(([key, value, className]) => this.row(key, named(key), value, className)),
      ...face.printed.map(([name, text]) => this.row('printed', name, text)),
      face.unknown > 0 && this.row('unknown', named('other'), this.say('faceUnknown', { n: face.unknown }))];
  }

  scope({ scope_region: region, scope_name: name }) {
    return region === null ? this.say('scopeNone') : this.say('scopeOnly', { name, region });
  }

  /** One line: a text, or {text, gloss, lang} with a translation or kind below it. */
  fact(key, value, className) {
    return this.row(key, this.say(key), value, className);
  }

  row(key, title, value, className = '') {
    const { text, gloss = null, lang = HAN.test(value) ? 'zh-CN' : null } = typeof value === 'string' ? { text: value } : value;
    return h('div', { class: `fact ${className}`, 'data-fact': key }, h('dt', {}, title),
      h('dd', { lang }, text, gloss && h('span', { class: 'gloss' }, gloss)));
  }

  status(status) {
    const rows = [
      ['statusReason', status.reason ? this.words.title('reason_classes', status.reason) : null],
      ['statusAuthority', status.state === 'valid' ? null : status.authority_name],
      ['statusBasis', status.basis],
      ['statusDocument', status.document],
      ['successor', this.verdict.successor],
      ['note', status.note],
    ].filter(([, value]) => value);
    return h('section', { class: `card status-card tone-${status.state}`, 'data-state': status.state },
      h('h2', {}, this.say('status')),
      h('p', { class: 'state' }, icon(status.state, 'icon'), h('span', {}, this.stateText(status))),
      this.anewText(),
      rows.length > 0 && h('dl', { class: 'facts' }, rows.map(([key, value]) => this.fact(key, value))),
      this.statusAge());
  }

  anewText() {
    const anew = this.words.anew(this.verdict);
    return anew && h('p', { 'data-anew': this.verdict.successor }, anew.text);
  }

  statusAge() {
    const { status_time: time, status_age: seconds } = this.verdict;
    if (time === null) return null;
    const parts = { time: instant(time, this.language), age: age(Math.max(0, seconds), this.language) };
    return h('p', { class: 'fine' }, this.say('statusAge', parts));
  }

  next() {
    const [advice, contact] = [this.advice(), this.contact()];
    if (advice.length === 0 && contact === null) return null;
    return h('section', { class: 'card next' }, h('h2', {}, this.say('next')), advice.map((item) => h('p', {}, item)), contact);
  }

  /** What to do, item by item. */
  advice() {
    const { outcome, status, at } = this.verdict;
    if (outcome === 'valid' || (at !== null && status)) return []; // what to compare is said where it stands
    const [ofOutcome, ofReason] = [this.words.outcome(this.verdict).next, this.reason().next];
    const general = outcome === 'not_authentic' && !this.isParticular();
    const items = status ? [this.isParticular() ? ofReason : ofOutcome] : general ? [ofOutcome, ofReason] : [ofReason];
    if (this.evidence.clock) items.unshift(this.say('clockText', { time: instant(this.verdict.checked_at, this.language) }));
    return items.filter(Boolean);
  }

  /** Whether its words are about this certificate and say the whole of it. */
  isParticular() {
    return this.verdict.key_compromised_on !== null || this.words.anew(this.verdict) !== null;
  }

  /** Whom to ask: what is published in the reader's language, else in the other one. */
  contact() {
    const { contact } = this.verdict;
    if (contact === null) return null;
    const [own, other] = this.language === 'zh' ? [contact.zh, contact.en] : [contact.en, contact.zh];
    const name = this.words.glossed(contact.authority_name, contact.authority_name_en);
    const rows = CONTACT.map((key) => [key, own[key] || other[key]]).filter(([, value]) => value);
    return h('dl', { class: 'facts contact' }, this.fact('contact', name),
      rows.map(([key, value]) => this.fact(key, key === 'web' && LINK.test(value) ? this.link(value) : value)));
  }

  /** An address to follow; a site of an authority learns nothing of where its visitor came from. */
  link(address) {
    return { text: h('a', { href: address, rel: 'noopener noreferrer', target: '_blank' }, address) };
  }

  tools() {
    const unknown = this.verdict.outcome === 'indeterminate';
    return h('div', { class: 'tools' },
      unknown && h('button', { type: 'button', class: 'button', onclick: this.actions.retry, id: 'retry' }, this.say('retry')),
      h('button', { type: 'button', class: 'button quiet', onclick: this.actions.print }, this.say('print')),
      h('p', { class: 'fine read' }, `${this.say('checkedAt')} ${instant(this.verdict.checked_at, this.language)}`, ' · ', this.read()),
      h('p', { class: 'fine local' }, this.say(this.isSealed() ? 'localSealed' : 'local')));
  }

  isSealed() {
    return ['sealed_pdf', 'unsealed_pdf'].includes(this.verdict.source);
  }

  /** What was read, and what was left out of it. */
  read() {
    const { source, input_notes: notes } = this.verdict;
    const said = [source, ...notes].map((code, at) => this.words.title(at === 0 ? 'sources' : 'input_notes', code));
    return `${this.say('source')} ${said.join(this.language === 'zh' ? '；' : '; ')}`;
  }

  details() {
    return h('details', { class: 'card fold', id: 'details' },
      h('summary', {}, this.say('details')),
      h('ol', { class: 'steps' }, this.verdict.steps.map((step) => this.step(step))),
      h('dl', { class: 'facts small' }, this.technicalRows().map(([key, value]) => this.fact(key, value, 'fact-code'))));
  }

  step({ n, result }) {
    const key = result === 'unknown' ? 'stepUnknown' : result;
    const words = this.words.entry('steps', n);
    return h('li', { class: `step step-${result}`, 'data-step': n },
      h('span', { class: 'step-name' }, words.title), h('span', { class: 'step-result' }, this.say(key)),
      words.text && h('span', { class: 'gloss' }, words.text));
  }

  technicalRows() {
    const { outcome, reason, face } = this.verdict;
    const { kid, publication, seq, exp, trustVersion, rootVersion } = this.evidence;
    return [
      ['reasonCode', `${outcome}/${reason}`], ['host', this.host()], ['keyId', kid], ['publication', publication], ['sequence', seq],
      ['validUntil', exp && instant(exp, this.language)], ['trustVersion', trustVersion], ['rootVersion', rootVersion],
      ['designDigest', face?.design?.digest], ['photoDigest', face?.photo],
    ].filter(([, value]) => value !== null && value !== undefined).map(([key, value]) => [key, String(value)]);
  }

  host() {
    const { host } = this.verdict;
    if (host === null || host.official === null) return host?.found;
    return this.say(host.official ? 'hostOfficial' : 'hostNotOfficial', { host: host.found });
  }
}

/** The words are written for the middle of a sentence; in front of a line they begin with a capital letter. */
function capitalised(text) {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
