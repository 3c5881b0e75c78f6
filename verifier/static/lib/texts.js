// What stands around the text of a code: blanks, and what messengers append to a link (FORMAT 12.1). Texts that come from
// people, pictures and addresses are tidied before they are read, and what was left out is noted; what remains is read
// strictly. Python's verifier/sources/texts.py leaves out the same.

const BLANKS = /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/g; // Unicode's; trim() takes away one more
const LEFT_OUT = [
  ['query_ignored', /^([^?#]*\/v\/)\?[^#]*(#[^]*)$/],
  ['tail_ignored', /^([^?#]*\/v\/#[0-9]+)[&?#][^]*()$/],
]; // the groups are kept

/** What remains of a text, and what was left out of it: {text, notes}. */
export function tidy(text) {
  let tidied = text.replace(BLANKS, '');
  const notes = tidied === text ? [] : ['blanks_ignored'];
  for (const [note, form] of LEFT_OUT) {
    const match = form.exec(tidied);
    if (!match) continue;
    tidied = match[1] + match[2];
    notes.push(note);
  }
  return { text: tidied, notes };
}

/** A text as `examine` takes it. */
export function asQrText(found) {
  const { text, notes } = tidy(found);
  return { qrText: text, notes };
}
