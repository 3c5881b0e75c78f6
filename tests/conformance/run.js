// Asks the page every vector, in Node and in a browser alike: `run(bundle, page)` gives [[name, [verdict, ...]], ...], where
// `page` is what verifier/static/main.js gives, as modules or as the bundle that readers run.
// A text whose check throws gives {thrown} in the place of its verdict, and so equals no expected one.

const AT_ONCE = 8;

/** The files of one publication, with the interface of HttpSource. */
class BundledSource {
  constructor(paths, files, { Oversize }) {
    Object.assign(this, { paths, files, Oversize });
  }

  async get(path, maxBytes) {
    if (!Object.hasOwn(this.paths, path)) return null;
    const bytes = this.files.get(this.paths[path]);
    if (bytes.length > maxBytes) throw new this.Oversize(path, `more than ${maxBytes} bytes`);
    return bytes.slice();
  }
}

export async function run({ cases, publications, files }, page) {
  const contents = new Map(Object.entries(files).map(([digest, text]) => [digest, decoded(text)]));
  const sourceOf = (name) => new BundledSource(publications[name], contents, page);
  const rootOf = (digest) => new TextDecoder().decode(contents.get(digest));
  const results = new Map();
  const waiting = [...cases];
  const worker = async () => {
    for (let item = waiting.shift(); item; item = waiting.shift()) results.set(item.name, await verdictsOf(item, sourceOf, rootOf, page));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return cases.map(({ name }) => [name, results.get(name)]);
}

async function verdictsOf(item, sourceOf, rootOf, page) {
  const inputs = [...(item.qr_texts ?? []).map((qrText) => ({ qrText })), ...(item.check_codes ?? []).map((checkCode) => ({ checkCode }))];
  const verdicts = [];
  for (const input of inputs) verdicts.push(await verdictOf(input, item, sourceOf, rootOf, page).catch(thrown));
  return verdicts;
}

function thrown(error) {
  return { thrown: String(error.stack) };
}

/** One reader for one input, with the memory that the case demands. */
async function verdictOf(input, item, sourceOf, rootOf, { PlainMemory, examine, fromText, open }) {
  const pinnedRoot = rootOf(item.root);
  const memory = new PlainMemory();
  for (const look of item.seen) {
    // A look may well be refused; what it leaves in the memory is the point.
    await open({ source: sourceOf(look.publication), pinnedRoot, memory, now: look.now }).catch(() => {});
  }
  const at = item.at === null ? null : fromText(item.at);
  const context = { source: sourceOf(item.publication), pinnedRoot, memory, now: item.now, at };
  return (await examine(input, context)).verdict;
}

function decoded(text) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
