// Which characters a signed text may hold (FORMAT 2): everything that can be seen. Ranges and not Unicode categories,
// because categories change with the browser's version. The list is that of credential/characters.py.

const REFUSED = [
  [0x00, 0x1f], [0x7f, 0x9f], [0xad, 0xad], [0x034f, 0x034f], [0x061c, 0x061c], [0x115f, 0x1160], [0x17b4, 0x17b5],
  [0x180b, 0x180f], [0x200b, 0x200f], [0x2028, 0x202e], [0x2060, 0x206f], [0x3164, 0x3164], [0xd800, 0xdfff],
  [0xe000, 0xf8ff], [0xfdd0, 0xfdef], [0xfeff, 0xfeff], [0xffa0, 0xffa0], [0xfff0, 0xfffb], [0x1bca0, 0x1bca3],
  [0x1d173, 0x1d17a], [0xe0000, 0xe00ff], [0xe01f0, 0xe0fff], [0xf0000, 0x10ffff],
];

const USUAL = /^[\x20-\x7e\u3001-\u303f\u4e00-\u9fff\uff01-\uff5e]*$/; // nothing in it is refused: most texts need no more

/** Whether every character can be seen, or selects the form of one that can. */
export function isPlain(text) {
  return USUAL.test(text) || Array.from(text).every((char) => isSeen(char.codePointAt(0)));
}

function isSeen(point) {
  if ((point & 0xfffe) === 0xfffe) return false; // the last two of every plane are no characters
  return !REFUSED.some(([low, high]) => point >= low && point <= high);
}
