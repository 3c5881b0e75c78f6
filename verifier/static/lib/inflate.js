// Unpacking one zlib stream (RFC 1950, RFC 1951) into a buffer of known size, for browsers that have no DecompressionStream.
// It refuses what zlib refuses: a stream with an end that is missing, a code that cannot be, another checksum. Bytes behind
// the stream are refused too, because a signed list has one form.

const END = 256; // the symbol that ends a block
const LONGEST = 15; // bits of a code
const LENGTH_SYMBOLS = 286;
const DISTANCE_SYMBOLS = 30;
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]; // RFC 1951 section 3.2.7
const [LENGTH_BITS, LENGTHS] = ranges(3, 28, (at) => (at < 8 ? 0 : (at >> 2) - 1));
const [DISTANCE_BITS, DISTANCES] = ranges(1, DISTANCE_SYMBOLS, (at) => (at < 4 ? 0 : (at >> 1) - 1));
LENGTHS[28] = 258;
LENGTH_BITS[28] = 0;

/** Extra bits and first value of each of `count` symbols (RFC 1951 section 3.2.5). */
function ranges(first, count, bitsOf) {
  const [bits, bases] = [[], []];
  for (let at = 0, base = first; at < count; at += 1) {
    bits.push(bitsOf(at));
    bases.push(base);
    base += 2 ** bits[at];
  }
  return [bits, bases];
}

function bad(what) {
  throw new RangeError(what);
}

/**
 * Unpack `packed` into exactly `size` bytes.
 * Throws RangeError: not one whole zlib stream, more or fewer bytes, or bytes behind it.
 */
export function inflate(packed, size) {
  const stream = new Stream(packed, size);
  readHeader(stream);
  while (!readBlock(stream));
  const checksum = [...stream.bytes(4)].reduce((sum, byte) => sum * 256 + byte, 0);
  if (stream.written !== size) bad('unpacks to fewer bytes');
  if (checksum !== adler32(stream.out)) bad('the checksum is another one');
  if (stream.at !== packed.length) bad('bytes behind the stream');
  return stream.out;
}

/** The packed bytes bit by bit, and what came of them. */
class Stream {
  constructor(packed, size) {
    Object.assign(this, { packed, at: 0, held: 0, count: 0, out: new Uint8Array(size), written: 0 });
  }

  /** Hold at least `wanted` bits (at most 16) if there are as many. */
  fill(wanted) {
    while (this.count < wanted && this.at < this.packed.length) {
      this.held |= this.packed[this.at] << this.count;
      this.at += 1;
      this.count += 8;
    }
  }

  drop(count) {
    if (count > this.count) bad('ends inside the stream');
    this.held >>>= count;
    this.count -= count;
  }

  bits(wanted) {
    this.fill(wanted);
    const value = this.held & ((1 << wanted) - 1);
    this.drop(wanted);
    return value;
  }

  /** Whole bytes, from the next border of a byte on; the bits in front of it are left out. */
  bytes(length) {
    this.at -= this.count >> 3;
    Object.assign(this, { held: 0, count: 0 });
    if (length > this.packed.length - this.at) bad('ends inside the stream');
    this.at += length;
    return this.packed.subarray(this.at - length, this.at);
  }

  symbol({ longest, table }) {
    this.fill(longest);
    const entry = table[this.held & ((1 << longest) - 1)];
    if (entry === 0) bad('a code that stands for nothing');
    this.drop(entry & 15);
    return entry >> 4;
  }

  put(bytes) {
    if (bytes.length > this.out.length - this.written) bad('unpacks to more bytes');
    this.out.set(bytes, this.written);
    this.written += bytes.length;
  }

  repeat(length, distance) {
    const { out, written } = this;
    if (distance > written) bad('a distance beyond the beginning');
    if (length > out.length - written) bad('unpacks to more bytes');
    // Most of a list is one byte again and again, and old telephones do this the quicker the less of it is our code.
    if (distance === 1) out.fill(out[written - 1], written, written + length);
    else for (let i = written; i < written + length; i += 1) out[i] = out[i - distance];
    this.written += length;
  }
}

function readHeader(stream) {
  const [method, flags] = stream.bytes(2);
  if ((method * 256 + flags) % 31 !== 0) bad('no zlib stream');
  if ((method & 15) !== 8 || method >> 4 > 7) bad('another method than deflate with at most 32 KiB');
  if (flags & 32) bad('a dictionary that nobody has');
}

/** Read one block; returns whether it was the last. */
function readBlock(stream) {
  const last = stream.bits(1) === 1;
  const kind = stream.bits(2);
  if (kind === 0) readStored(stream);
  else if (kind === 1) readCodes(stream, fixedCodes());
  else if (kind === 2) readCodes(stream, readDynamic(stream));
  else bad('a block of no known kind');
  return last;
}

function readStored(stream) {
  const [low, high, notLow, notHigh] = stream.bytes(4);
  if ((low ^ notLow) !== 255 || (high ^ notHigh) !== 255) bad('two lengths that differ');
  stream.put(stream.bytes(high * 256 + low));
}

function readCodes(stream, { lengths, distances }) {
  for (let symbol = stream.symbol(lengths); symbol !== END; symbol = stream.symbol(lengths)) {
    if (symbol < END) {
      if (stream.written === stream.out.length) bad('unpacks to more bytes');
      stream.out[stream.written] = symbol;
      stream.written += 1;
    } else {
      if (symbol >= LENGTH_SYMBOLS) bad('a length that cannot be');
      const length = LENGTHS[symbol - 257] + stream.bits(LENGTH_BITS[symbol - 257]);
      const distance = stream.symbol(distances);
      if (distance >= DISTANCE_SYMBOLS) bad('a distance that cannot be');
      stream.repeat(length, DISTANCES[distance] + stream.bits(DISTANCE_BITS[distance]));
    }
  }
}

/** RFC 1951 section 3.2.6. */
function fixedCodes() {
  const lengths = Array.from({ length: 288 }, (_, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8));
  return { lengths: codeOf(lengths), distances: codeOf(Array(32).fill(5)) };
}

/** RFC 1951 section 3.2.7. */
function readDynamic(stream) {
  const [lengthCount, distanceCount, orderCount] = [stream.bits(5) + 257, stream.bits(5) + 1, stream.bits(4) + 4];
  if (lengthCount > LENGTH_SYMBOLS || distanceCount > DISTANCE_SYMBOLS) bad('too many symbols');
  const own = Array(ORDER.length).fill(0);
  for (const symbol of ORDER.slice(0, orderCount)) own[symbol] = stream.bits(3);
  const sizes = readSizes(stream, codeOf(own, { whole: true }), lengthCount + distanceCount);
  if (sizes[END] === 0) bad('a block without an end');
  return { lengths: codeOf(sizes.slice(0, lengthCount)), distances: codeOf(sizes.slice(lengthCount)) };
}

function readSizes(stream, code, count) {
  const sizes = [];
  while (sizes.length < count) {
    const symbol = stream.symbol(code);
    if (symbol < 16) {
      sizes.push(symbol);
      continue;
    }
    if (symbol === 16 && sizes.length === 0) bad('nothing to repeat');
    const size = symbol === 16 ? sizes[sizes.length - 1] : 0;
    const times = symbol === 18 ? 11 + stream.bits(7) : 3 + stream.bits(symbol === 16 ? 2 : 3);
    if (sizes.length + times > count) bad('more sizes than symbols');
    for (let i = 0; i < times; i += 1) sizes.push(size);
  }
  return sizes;
}

/**
 * A table from the next bits to `symbol * 16 + bits`, 0 where no code is, for the sizes of codes by symbol (RFC 1951 section
 * 3.2.2). As zlib, it takes an incomplete code only when there is one code of one bit, or none, and then not when `whole`.
 */
function codeOf(sizes, { whole = false } = {}) {
  const counts = Array(LONGEST + 1).fill(0);
  for (const size of sizes) counts[size] += 1;
  const longest = Math.max(1, ...sizes);
  let left = 1;
  for (let size = 1; size <= longest; size += 1) left = 2 * left - counts[size];
  const none = counts[0] === sizes.length;
  if (left < 0) bad('too many codes');
  if (left > 0 && !none && (whole || longest !== 1)) bad('a code with gaps');
  return { longest, table: tableOf(sizes, counts, longest) };
}

function tableOf(sizes, counts, longest) {
  const next = [0, 0];
  for (let size = 1; size < longest; size += 1) next.push((next[size] + counts[size]) * 2);
  const table = new Uint16Array(1 << longest);
  sizes.forEach((size, symbol) => {
    if (size === 0) return;
    const first = reversed(next[size], size);
    next[size] += 1;
    for (let at = first; at < table.length; at += 1 << size) table[at] = symbol * 16 + size;
  });
  return table;
}

function reversed(code, size) {
  let out = 0;
  for (let i = 0; i < size; i += 1) out |= ((code >> i) & 1) << (size - 1 - i);
  return out;
}

/** RFC 1950 section 8.2, of bytes that fill their buffer. Four zeros in a row add the lower sum four times to the higher. */
function adler32(bytes) {
  const words = new Uint32Array(bytes.buffer, 0, bytes.length >> 2);
  let [low, high] = [1, 0];
  for (let at = 0; at < bytes.length;) {
    // Within a run both sums stay far below 2^53.
    for (const end = Math.min(at + 65536, bytes.length); at < end;) {
      if (at % 4 === 0 && words[at >> 2] === 0) {
        high += 4 * low;
        at += 4;
      } else {
        low += bytes[at];
        high += low;
        at += 1;
      }
    }
    low %= 65521;
    high %= 65521;
  }
  return high * 65536 + low;
}
