// The page as one bundle (tools/page/build.mjs). In a document that has the page's places it starts; elsewhere it gives its
// parts by the name `titlecert`, so that every vector can be asked of the very file that readers run.

import { App } from './app.js';

export { fromText } from './lib/days.js';
export { Oversize } from './lib/errors.js';
export { PlainMemory } from './lib/memory.js';
export { examine } from './lib/procedure.js';
export { open } from './lib/reader.js';
export { VerdictView } from './ui/view.js';
export { Visits } from './ui/visits.js';
export { Words } from './ui/words.js';

if (typeof document === 'object' && document.getElementById('config')) new App().start();
