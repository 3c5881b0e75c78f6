// The labels of the page, Chinese and English, from labels.json, which the service's own form takes too. The words of
// outcomes, reasons, steps and warnings are not there: they are shared with the command line and come from words.json.

import LABELS from './labels.json' with { type: 'json' };

export const LANGUAGES = ['zh', 'en'];

/** The label in a language, with {name} parts filled in. */
export function label(key, language, parts = {}) {
  const text = LABELS[key][LANGUAGES.indexOf(language)];
  return text.replace(/\{(\w+)\}/g, (_, name) => parts[name]);
}
