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
