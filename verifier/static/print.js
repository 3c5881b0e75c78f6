// The QR code of a printed answer, by which its reader checks again. A file of its own, fetched when somebody prints: it is
// the work of others (npm `qr`), and no check needs it.

import encodeQR from 'qr';

const LIMB = 10 ** 7;
const SVG = 'http://www.w3.org/2000/svg';

/** The QR text of a credential's bytes (FORMAT 3) under an origin. */
export function textOf(bytes, origin) {
  const limbs = [];
  bytes.forEach((byte) => {
    let carry = byte;
    limbs.forEach((limb, place) => {
      const value = limb * 256 + carry;
      limbs[place] = value % LIMB;
      carry = Math.floor(value / LIMB);
    });
    if (carry > 0) limbs.push(carry);
  });
  const [first, ...others] = limbs.reverse();
  return `${origin}/v/#${first}${others.map((limb) => String(limb + LIMB).slice(1)).join('')}`;
}

/** A drawing of a text's QR code, with correction M and its quiet zone. */
export function drawn(text) {
  const rows = encodeQR(text, 'raw', { ecc: 'medium', border: 4 });
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', `0 0 ${rows.length} ${rows.length}`);
  svg.setAttribute('shape-rendering', 'crispEdges');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', rows.map((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')).join('')).join(''));
  svg.appendChild(path);
  return svg;
}
