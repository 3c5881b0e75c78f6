// Building the page's elements. Text only ever becomes text nodes: nothing that a certificate says is read as markup.

const SVG = 'http://www.w3.org/2000/svg';

/** Make an element: h('p', { class: 'note', lang: 'en' }, 'text', child, null). Handlers are given as onclick: function. */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  fill(element, ...children);
  return element;
}

/** Put children in the place of what an element holds; lists are taken apart, what is absent is left out. */
export function fill(element, ...children) {
  element.textContent = '';
  element.append(...[].concat(...children).filter((child) => child !== null && child !== undefined && child !== false));
}

// Each outcome has its own shape, so that the answer does not hang on colour.
const SHAPES = {
  valid: ['circle', 'm14.5 24.8 6.4 6.4 12.6-13.4'],
  suspended: ['circle', 'M19 16v16M29 16v16'],
  withdrawn: ['circle', 'm11.5 36.5 25-25'],
  cancelled: ['circle', 'M14 24h20'],
  superseded: ['circle', 'M14 24h19m-8-9 9 9-9 9'],
  not_yet_issued: ['circle', 'M24 12v12l8 6'],
  not_authentic: ['octagon', 'm16.5 16.5 15 15m0-15-15 15'],
  not_authorised: ['triangle', 'M24 18v10m0 5.5v.5'],
  malformed: ['square', 'm17 17 14 14m0-14-14 14'],
  indeterminate: ['circle', 'M18.5 18.6a5.6 5.6 0 1 1 8.4 5.3c-2 1.200-2.900 2.300-2.900 4.600m0 5v.5'],
  warning: ['triangle', 'M24 18v10m0 5.5v.5'],
};
const FRAMES = {
  circle: 'M24 3a21 21 0 1 1 0 42 21 21 0 0 1 0-42z',
  octagon: 'M15.500 3.500h17l12 12v17l-12 12h-17l-12-12v-17z',
  triangle: 'M24 5 45.500 42.500h-43z',
  square: 'M6 6h36v36H6z',
};

/** The drawing of an outcome; decoration, the words beside it say the same. */
export function icon(name, size = 'icon') {
  const [frame, sign] = SHAPES[name] ?? SHAPES.indeterminate;
  const svg = document.createElementNS(SVG, 'svg');
  for (const [key, value] of Object.entries({ viewBox: '0 0 48 48', class: size, 'aria-hidden': 'true', focusable: 'false' })) {
    svg.setAttribute(key, value);
  }
  svg.append(path(FRAMES[frame], 'icon-frame'), path(sign, 'icon-sign'));
  return svg;
}

function path(d, className) {
  const element = document.createElementNS(SVG, 'path');
  element.setAttribute('d', d);
  element.setAttribute('class', className);
  return element;
}
