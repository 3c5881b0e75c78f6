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

  /** The name of a numbered thing of the catalogue: in English with the Chinese name, which is the one on the certificate. */
  catalogued(group, number, chinese = null) {
    const field = group === 'levels' || group === 'ways' ? 'code' : 'number';
    const found = this.catalogue[group]?.find((each) => each[field] === number);
    const name = chinese ?? found?.name ?? String(number);
    return this.language === 'en' && found?.name_en ? `${name} · ${found.name_en}` : name;
  }
}
