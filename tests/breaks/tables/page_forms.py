"""FORMAT 1 to 4 in the page's modules."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

LIB: Final = "verifier/static/lib/"
ALGORITHMS: Final = LIB + "algorithms.js"
BYTES: Final = LIB + "bytes.js"
CBOR: Final = LIB + "cbor.js"
CODE: Final = LIB + "checkcode.js"
CONTAINER: Final = LIB + "container.js"
COSE: Final = LIB + "cose.js"
CREDENTIAL: Final = LIB + "credential.js"
GRANTS: Final = LIB + "grants.js"
JSON: Final = LIB + "json.js"
JWS: Final = LIB + "jws.js"
KEYS: Final = LIB + "keys.js"
MEMBERS: Final = LIB + "members.js"
QR: Final = LIB + "qrtext.js"
STEPS: Final = LIB + "steps.js"
TRUST: Final = LIB + "trustlist.js"

BREAKS: Final = (
    Break(
        "1.1 high-s is refused as malformed",
        KEYS,
        "if (compareBytes(s, ES256.halfOrder) > 0)",
        "if (s[0] === 255)",
        "vectors high_s s_just_too_high",
    ),
    Break("1.1 the signature holds over these bytes", KEYS, "if (!holds)", "if (holds === null)", "vectors signature_"),
    Break(
        "1.1 alg is the key's, whatever the message says",
        COSE,
        "if (!mayBeCalled(key.alg, this.alg))",
        "if (this.alg === 0)",
        "vectors alg_",
    ),
    Break(
        "1.1 a pair of alg and params is known as a whole",
        ALGORITHMS,
        "return Object.keys(params).length === 0 ? BY_ALG.get(alg) ?? null : null;",
        "return BY_ALG.get(alg) ?? null;",
        "vectors credential_by_a_key_with_unknown_parameters later_key_with_es256_with_params",
    ),
    Break(
        "1.1 a number that is known is no unknown name's",
        ALGORITHMS,
        "return BY_ALG.get(alg) === BY_COSE.get(number);",
        "return !BY_ALG.has(alg) || number === -7;",
        "vectors credential_of_suite_1_by_a_later_key",
    ),
    Break(
        "1.1 the jwk of an unusable key is an object",
        MEMBERS,
        "    this.object('jwk');\n",
        "",
        "vectors later_key_with_jwk",
    ),
    Break(
        "1.1 what an unusable key would have to prove is newer_format",
        STEPS,
        "check.refuse(2, code === 'newer_format' ? 'indeterminate' : 'malformed', code);",
        "check.refuse(2, 'malformed', 'bad_header');",
        "vectors credential_by_a_later_suite",
    ),
    Break(
        "1.5 a message's alg is its key's",
        JWS,
        "if (key.alg !== this.alg)",
        "if (!key.alg)",
        "vectors snapshot_of_suite_1 snapshot_of_a_third token_with_alg",
    ),
    Break(
        "1.6 a line of a later suite counts nothing",
        CONTAINER,
        "enough = await count(messages, keys, threshold) >= threshold && enough;",
        "await count(messages, keys, threshold);",
        "vectors trust_list_signed_enough_with_the_later",
    ),
    Break(
        "1.6 what is too few whoever checks it cannot be trusted",
        CONTAINER,
        "if (lines.length < threshold)",
        "if (lines.length < 0)",
        "vectors trust_list_signed_by_the_later_one_alone trust_list_signed_by_one",
    ),
    Break(
        "1.9 ext is an object of 64 members with their names",
        MEMBERS,
        "names.length <= MAX_EXTENSIONS && names.every((each) => EXTENSION.test(each))",
        "names.length >= 0",
        "vectors ext_of_",
    ),
    Break("1.2 a kid has 8 bytes", COSE, "|| kid.length !== 8)", "|| kid.length === 0)", "vectors kid_of kid_empty"),
    Break("1.2 a key has one use", TRUST, "if (entry.use !== use)", "if (!entry.use)", "vectors kid_of_a_"),
    Break(
        "1.2 the kid beside a key is the key's own",
        MEMBERS,
        "key.kid === kid,",
        "key.kid !== '',",
        "vectors trust_list_with_a_kid",
    ),
    Break(
        "1.3 shortest integers and lengths",
        CBOR,
        "if (argument < least)",
        "if (argument < 0)",
        "vectors in_two_bytes in_eight_bytes second_tag_form",
    ),
    Break(
        "1.3 no key twice",
        CBOR,
        "compareBytes(previous, encoded) >= 0",
        "compareBytes(previous, encoded) > 0",
        "vectors header_key_twice",
    ),
    Break(
        "1.3 map keys are sorted bytewise",
        CBOR,
        "compareBytes(previous, encoded) >= 0",
        "compareBytes(previous, encoded) === 0",
        "vectors header_keys_unsorted",
    ),
    Break(
        "1.3 map keys are integers or text",
        CBOR,
        "if (typeof key !== 'number' && typeof key !== 'string')",
        "if (key === null)",
        "vectors map_key_",
    ),
    Break(
        "1.3 no simple value but null, true, false",
        CBOR,
        "[22, null]]",
        "[22, null], [23, null]]",
        "vectors undefined_fail",
    ),
    Break(
        "1.3 text is UTF-8",
        BYTES,
        "{ fatal: true, ignoreBOM: true }",
        "{ ignoreBOM: true }",
        "vectors text_that_is_not_utf8",
    ),
    Break(
        "1.3 no byte behind the item",
        CBOR,
        "if (cursor.at !== bytes.length)",
        "if (cursor.at > bytes.length)",
        "vectors trailing_byte",
    ),
    Break(
        "1.3 integers within 2^53-1",
        CBOR,
        "if (high > MAX_HIGH)",
        "if (high > 2 ** 32)",
        "vectors integer_beyond_53_bits",
    ),
    Break(
        "1.4 encoding again gives the same text",
        JSON,
        "if (encode(value) !== text)",
        "if (!encode(value))",
        "vectors snapshot_json_",
    ),
    Break("1.4 depth at most 16", JSON, "const MAX_DEPTH = 16;", "const MAX_DEPTH = 17;", "vectors catalogue_of_1"),
    Break(
        "1.5 the header is exactly alg, kid, typ",
        JSON,
        "names.length !== members.length || ",
        "",
        "vectors token_with_critical",
    ),
    Break(
        "1.5 typ is that of the section",
        JWS,
        "if (header.typ !== typ)",
        "if (!header.typ)",
        "vectors token_with_typ_of_a_statement",
    ),
    Break(
        "1.5 base64url has zero trailing bits",
        BYTES,
        "if (toBase64url(bytes.subarray(whole)) !== text.slice((whole / 3) * 4))",
        "if (bytes.length < 0)",
        "vectors trailing_bits unknown_bits",
    ),
    Break(
        "1.6 all lines sign one payload",
        CONTAINER,
        "if (payloads.size !== 1)",
        "if (payloads.size < 1)",
        "vectors container_over_two_payloads",
    ),
    Break(
        "1.6 lines are sorted by kid, and no key signs twice",
        CONTAINER,
        "if (!sorted)",
        "if (sorted === null)",
        "vectors container_unsorted container_with_a_line_twice",
    ),
    Break(
        "1.6 at most 16 lines",
        CONTAINER,
        "const MAX_LINES = 16;",
        "const MAX_LINES = 17;",
        "vectors container_of_17_lines",
    ),
    Break(
        "1.7 civil days are Shanghai's",
        LIB + "days.js",
        "const OFFSET_SECONDS = 8 * 3600;",
        "const OFFSET_SECONDS = 0;",
        "vectors issued_at_midnight asked_about_the_day_in_utc",
    ),
    Break(
        "1.8 AB0000 covers AB**** only",
        GRANTS,
        "outer.endsWith('0000') ? 2 :",
        "outer.endsWith('0000') ? 0 :",
        "vectors historical_record_of_another_province",
    ),
    Break(
        "2 the unprotected header is empty",
        COSE,
        "if (unprotected.size !== 0)",
        "if (unprotected.size < 0)",
        "vectors unprotected_",
    ),
    Break(
        "2 the protected header holds alg and kid only",
        COSE,
        "header.size === labels.length && ",
        "",
        "vectors header_with_",
    ),
    Break("2 at most 420 bytes", CREDENTIAL, "MAX_BYTES = 420;", "MAX_BYTES = 421;", "vectors code_opens_421_bytes"),
    Break(
        "2 a higher version is newer_format",
        CREDENTIAL,
        "if (award[0] > VERSION)",
        "if (award[0] > 2 ** 53)",
        "vectors newer_version",
    ),
    Break("2 exactly these five claims", CREDENTIAL, "check(item.size === 5 && ", "check(", "vectors claims_with_"),
    Break(
        "2 positions behind the last are ignored",
        CREDENTIAL,
        "award.length >= POSITIONS",
        "award.length === POSITIONS",
        "vectors appended_position",
    ),
    Break(
        "2 way 9 goes with basis kind 5, and only with it",
        CREDENTIAL,
        "(claims.way === WAY_HISTORICAL) === (claims.basisKind === 5)",
        "claims.way > 0",
        "vectors historical_way_by historical_basis_for",
    ),
    Break(
        "2 level is 1 to 5",
        CREDENTIAL,
        "isWithin(claims.level, 1, 5)",
        "isWithin(claims.level, 0, 6)",
        "vectors level_",
    ),
    Break(
        "2.1 no invisible characters",
        LIB + "characters.js",
        "[0x200b, 0x200f]",
        "[0x200e, 0x200f]",
        "vectors zero_width_space",
    ),
    Break("3 a decimal QR text without leading zeros", QR, "/^[1-9][0-9]*$/", "/^[0-9]+$/", "vectors leading_zero"),
    Break("3 http on loopback only", QR, "|| LOOPBACK.includes(match[2])", "|| match[2]", "vectors plain_http_fail"),
    Break(
        "4 a wrong character or a swap is found",
        CODE,
        "if (checksum(code) !== 0)",
        "if (checksum(code) < 0)",
        "vectors code_one_character code_neighbours code_any_two",
    ),
    Break(
        "4 nothing else is folded",
        CODE,
        "const narrow = typed.replace(",
        "const narrow = typed.normalize('NFKC').toUpperCase().replace(",
        "vectors code_with_",
    ),
)
