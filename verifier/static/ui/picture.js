// Reading a QR code from a picture or from the camera: by the browser where it can, else by scan.js, which is fetched for it,
// and last by a closer look (closer.js). Nothing leaves the browser.

import { closer } from './closer.js';
import { fetched } from './later.js';

const SIDES = [1600, 3200]; // pixels: a large picture is read smaller first, which is quicker and sharper

/** The text of the QR code in a file that is a picture, or null. Throws when it is none that the browser can show. */
export async function readPicture(file) {
  const picture = await shown(file);
  const found = await detected(picture);
  if (found !== null) return found;
  const { read } = await scanner();
  const { naturalWidth: width, naturalHeight: height } = picture;
  for (const side of SIDES) {
    const text = read(scaled(picture, width, height, side / Math.max(width, height)));
    if (text !== null) return text;
    if (side >= Math.max(width, height)) break;
  }
  return closer(scaled(picture, width, height, SIDES[0] / Math.max(width, height)));
}

/** What `source` shows, `scale` times as large, and never larger than it is. */
export function scaled(source, width, height, scale) {
  const most = Math.min(1, scale);
  return pixels(source, Math.round(width * most), Math.round(height * most));
}

/** What `source`, a picture or a film, shows now, as {width, height, data}. */
export function pixels(source, width, height) {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width, height });
  const context = canvas.getContext('2d');
  context.fillStyle = '#fff'; // a screenshot may be transparent
  context.fillRect(0, 0, width, height);
  context.drawImage(source, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

/** By the browser's own detector; null where there is none or it finds nothing. */
export async function detected(source) {
  if (!('BarcodeDetector' in window)) return null;
  try {
    const [found] = await new BarcodeDetector({ formats: ['qr_code'] }).detect(source);
    return found === undefined ? null : found.rawValue;
  } catch {
    return null;
  }
}

/** {read} of scan.js. Rejects when it cannot be fetched. */
export function scanner() {
  return fetched('titlecertScan', SCAN_FILE); // its name, put here by tools/page/build.mjs
}

function shown(file) {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.addEventListener('load', () => resolve(image));
    image.addEventListener('error', () => reject(new Error('no picture that this browser can show')));
    image.src = URL.createObjectURL(file);
  });
}
