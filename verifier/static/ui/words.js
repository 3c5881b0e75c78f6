// Words of verdicts from words.json, and names from the catalogue. What a file of another age lacks is shown as its code.

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

  /**
   * The words for a verdict's reason and what is particular to this certificate, as Python's `reason_words`: a key that
   * was reported stolen has words of its own, and a certificate that was issued anew is to be asked for by its number.
   */
  reason({ reason, key_compromised_on: day, successor }, showDate) {
    const said = this.entry('reasons', reason);
    if (reason !== 'key_not_good') return said;
    const why = day === null ? said : filled(this.entry('particulars', 'key_compromised'), { day: showDate(day) });
    if (successor === null) return why;
    const anew = filled(this.entry('particulars', 'reissued'), { number: successor });
    return { ...why, text: [why.text, anew.text].join(this.language === 'zh' ? '' : ' '), next: anew.next };
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
  const fill = (text) => text.replace(/\{(\w+)\}/g, (_, name) => parts[name]);
  return Object.fromEntries(Object.entries(entry).map(([part, text]) => [part, fill(text)]));
}
