// A picture as it may be read better: as it is, larger, and larger with its edges drawn sharper. Python has looks of its own
// (verifier/sources/looks.py); each look here is one that reads what those before it miss (tests/page/photographs.mjs).
//
// Rules: a picture is {width, height, data} with data as RGBA. A look makes no code up: a code carries its own correction of
// errors (ISO/IEC 18004).
//
//   for (const look of looks(picture)) read(look);

const TIMES = 3;
const MOST = 6000000; // pixels of an enlarged picture; a telephone of some years ago searches so many in about a second
const SHARPER = [[4, 3], [8, 5]]; // half the side of the square that is compared with, and how much of the difference is added

/** The looks at a picture, each made when it is asked for. */
export function* looks(picture) {
  yield picture;
  const large = enlarged(greyOf(picture));
  yield colouredOf(large);
  for (const [half, share] of SHARPER) yield colouredOf(sharpened(large, half, share));
}

/** {width, height, values}: the brightness of each point. */
function greyOf({ width, height, data }) {
  const values = new Float32Array(width * height);
  for (let at = 0; at < values.length; at += 1) values[at] = 0.299 * data[4 * at] + 0.587 * data[4 * at + 1] + 0.114 * data[4 * at + 2];
  return { width, height, values };
}

function colouredOf({ width, height, values }) {
  const data = new Uint8ClampedArray(4 * values.length).fill(255);
  for (let at = 0; at < values.length; at += 1) data[4 * at] = data[4 * at + 1] = data[4 * at + 2] = values[at];
  return { width, height, data };
}

/** So many times larger, as far as there is room, with straight lines between the points. */
function enlarged({ width, height, values }) {
  const times = Math.max(1, Math.min(TIMES, Math.floor(Math.sqrt(MOST / (width * height)))));
  const [columns, rows] = [places(width, times), places(height, times)];
  const made = new Float32Array(columns.length * rows.length);
  rows.forEach(([top, bottom, down], y) => {
    columns.forEach(([left, right, across], x) => {
      const upper = values[top * width + left] * (1 - across) + values[top * width + right] * across;
      const lower = values[bottom * width + left] * (1 - across) + values[bottom * width + right] * across;
      made[y * columns.length + x] = upper * (1 - down) + lower * down;
    });
  });
  return { width: columns.length, height: rows.length, values: made };
}

/** For each place of the larger line: the two points that it lies between, and how near the second one is. */
function places(length, times) {
  return Array.from({ length: length * times }, (_, at) => {
    const place = Math.min(length - 1, Math.max(0, (at + 0.5) / times - 0.5));
    const before = Math.floor(place);
    return [before, Math.min(length - 1, before + 1), place - before];
  });
}

/** Each point moved away from what is around it. */
function sharpened({ width, height, values }, half, share) {
  const rows = averaged(values, { lines: height, length: width, step: 1, next: width, half });
  const around = averaged(rows, { lines: width, length: height, step: width, next: 1, half });
  return { width, height, values: values.map((value, at) => value + share * (value - around[at])) };
}

/** The average of each point and the `half` points on either side of it, line by line. */
function averaged(values, { lines, length, step, next, half }) {
  const made = new Float32Array(values.length);
  for (let line = 0; line < lines; line += 1) {
    const start = line * next;
    let [sum, count] = [0, 0];
    for (let at = -half; at < length; at += 1) {
      if (at + half < length) [sum, count] = [sum + values[start + (at + half) * step], count + 1];
      if (at - half - 1 >= 0) [sum, count] = [sum - values[start + (at - half - 1) * step], count - 1];
      if (at >= 0) made[start + at * step] = sum / count;
    }
  }
  return made;
}
