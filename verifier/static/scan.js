// Reading a QR code from pixels, for browsers that cannot do it themselves. A file of its own, which is fetched when somebody
// chooses a picture or opens the camera: it is the work of others (npm `qr`), and heavier than a check needs.

import decodeQR from 'qr/decode.js';

/** The text of the QR code in {width, height, data}, data as RGBA; null when none is found. */
export function read(image) {
  try {
    return decodeQR(image);
  } catch {
    return null;
  }
}
