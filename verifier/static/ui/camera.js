// The camera in the page: it looks for the QR code of a certificate until one is found or somebody closes it. The film stays
// in the browser and is not kept.

import { oddLink, tidy } from '../lib/texts.js';
import { closer } from './closer.js';
import { h } from './dom.js';
import { detected, scaled, scanner } from './picture.js';
import { label } from './strings.js';

const PAUSE_MS = 150;
const HELP_AFTER_MS = 8000;
const SIDE = 720; // pixels of the square in the middle that is read

/** Whether this browser gives pages a camera at all; iOS gives none to web views before 14.3. */
export function hasCamera() {
  return Boolean(navigator.mediaDevices && navigator.mediaDevices.getUserMedia);
}

export class Camera {
  /** `found` gets the text of a certificate's code, `closed` nothing or the key of a label that says why. */
  constructor({ language, found, closed }) {
    Object.assign(this, { language, found, closed, stream: null, began: Date.now() });
    this.film = h('video', { class: 'film', playsinline: true, muted: true, 'aria-hidden': 'true' });
    this.help = h('p', { class: 'hint', role: 'status' }, this.say('cameraAim'));
    this.element = h('div', { class: 'camera', role: 'group', 'aria-label': this.say('cameraButton') }, this.film, this.help,
      h('button', { type: 'button', class: 'button quiet', onclick: () => this.close() }, this.say('cameraClose')));
  }

  say(key) {
    return label(key, this.language);
  }

  /** Ask for the camera and look. Never rejects: what is wrong is told to `closed`. */
  async open() {
    try {
      const wanted = { audio: false, video: { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 720 } } };
      this.stream = await navigator.mediaDevices.getUserMedia(wanted);
      this.film.srcObject = this.stream;
      this.film.muted = true;
      await this.film.play();
    } catch (error) {
      return this.close(error.name === 'NotAllowedError' ? 'cameraRefused' : 'cameraNone');
    }
    return this.look();
  }

  async look() {
    while (this.stream !== null) {
      const text = await this.seen().catch(() => null);
      if (this.stream === null) return undefined;
      if (text !== null && isCertificate(text)) return this.end(() => this.found(text));
      if (text !== null) this.help.textContent = this.say('cameraOther');
      else if (this.isLate()) this.help.textContent = this.say('cameraHelp');
      await new Promise((resolve) => { setTimeout(resolve, PAUSE_MS); });
    }
    return undefined;
  }

  isLate() {
    return Date.now() - this.began > HELP_AFTER_MS;
  }

  /** The text of the code that the film shows now, or null: once it is late, by a closer look too. */
  async seen() {
    const { videoWidth: width, videoHeight: height } = this.film;
    if (width === 0) return null;
    const shown = () => scaled(this.film, width, height, SIDE / Math.min(width, height));
    const text = 'BarcodeDetector' in window ? await detected(this.film) : (await scanner()).read(shown());
    return text === null && this.isLate() ? closer(shown()) : text;
  }

  close(why = null) {
    this.end(() => this.closed(why));
  }

  end(then) {
    if (this.stream !== null) for (const track of this.stream.getTracks()) track.stop();
    this.stream = null;
    then();
  }
}

function isCertificate(text) {
  const tidied = tidy(text).text;
  return tidied.includes('/v/#') || oddLink(tidied) !== null;
}
