// Words of verdicts from words.json, and names from the catalogue. What a file of another age lacks is shown as its code.

const ANEW = { key_not_good: 'reissued', withdrawn: 'set_aside' };

/** Whether the digits of a code were read and are no credential in its one form, as Python's `is_changed`. */
export function isChanged({ outcome, host, input_notes: notes }) {
  return outcome === 'malformed' && (host !== null || notes.includes('address_missing'));
}

/** What is shown as the outcome: changed digits are the same forgery as a signature that does not hold. */
export function shownOutcome(verdict) {
  return isChanged(verdict) ? 'not_authentic' : verdict.outcome;
}

export class Words {
  constructor(words, catalogue, language) {
    Object.assign(this, { words, catalogue, language });
  }

  /** The entry of a group ("outcomes", "reasons", ...) in the page's language: an object with title, text, next. */
  entry(group, key) {
    const found = this.words[group]?.[key]?.[this.language];
    if (found === undefined) return { title: String(key) };
    return typeof found === 'string' ? { title: found } : found;
  }

  title(group, key) {
    return this.entry(group, key).title;
  }

  /** The words for a verdict's outcome, as Python's `outcome_words`. */
  outcome(verdict) {
    return this.entry('outcomes', shownOutcome(verdict));
  }

  /**
   * The words for a verdict's reason and what is particular to this certificate, as Python's `reason_words`: a key that
   * was reported stolen has words of its own, and of a certificate that was issued anew, or whose withdrawal was set
   * aside, the new one is to be asked for by its number.
   */
  reason(verdict, showDate) {
    const { reason, key_compromised_on: day } = verdict;
    if (isChanged(verdict)) return this.entry('particulars', 'changed');
    const said = this.entry('reasons', reason);
    const why = day === null ? said : filled(this.entry('particulars', 'key_compromised'), { day: showDate(day) });
    const anew = this.anew(verdict);
    if (anew === null) return why;
    return { ...why, text: [why.text, anew.text].join(this.language === 'zh' ? '' : ' '), next: anew.next };
  }

  /** What is said of another certificate in this one's place, beside the reasons that do not say it themselves. */
  anew({ reason, successor }) {
    const particular = ANEW[reason];
    return particular === undefined || successor === null ? null : filled(this.entry('particulars', particular), { number: successor });
  }

  /** The words for a day with more than one state, each named in its order; null for any other. As Python's `states_words`. */
  several({ states }) {
    if (states === undefined) return null;
    const named = states.map((state) => this.title('states', state)).join(this.language === 'zh' ? '、' : ', ');
    return filled(this.entry('particulars', 'several_states'), { states: named });
  }

  /** A numbered thing in Chinese, and for English readers its translation beside it. */
  bilingual(group, key) {
    const found = this.words[group]?.[key];
    return this.glossed(found?.zh?.title ?? String(key), found?.en?.title);
  }

  /** The name of a series or title: the signed catalogue's Chinese, and for English readers the page's translation. */
  catalogued(group, number, name) {
    const found = this.catalogue[group]?.find((each) => each.number === number);
    return this.glossed(name ?? found?.name ?? String(number), found?.name_en);
  }

  glossed(text, english = null) {
    return { text, gloss: this.language === 'en' ? english : null, lang: 'zh-CN' };
  }
}

function filled(entry, parts) {
  const all = {};
  for (const [part, text] of Object.entries(entry)) all[part] = text.replace(/\{(\w+)\}/g, (_, name) => parts[name]);
  return all;
}
