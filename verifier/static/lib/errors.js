// The one error of the page's modules: `code` is a reason of docs/FORMAT.md section 12 or a finer name of a module,
// and it is what a program branches on. The wording for people is in words.json, never here.

export class Refusal extends Error {
  /** @param {string} code  @param {string} message what is wrong and where, for the console and the tests */
  constructor(code, message) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
  }
}

/** A file that could not be had: nothing is known, so nothing may be concluded. */
export class Unreachable extends Error {
  constructor(path, message) {
    super(message);
    this.name = 'Unreachable';
    this.path = path;
  }

  /** Whether the place gave something wrong instead of nothing. */
  get lies() {
    return false;
  }
}

/** The place answers, and has no such file. */
export class NotFound extends Unreachable {}

/** A file that is larger than any honest writer makes it. */
export class Oversize extends Unreachable {
  get lies() {
    return true;
  }
}

/** A file whose bytes are not those that a signed file names. */
export class WrongDigest extends Unreachable {
  get lies() {
    return true;
  }
}

export function refuse(code, message) {
  throw new Refusal(code, message);
}
