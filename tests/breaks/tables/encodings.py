"""FORMAT 1: suite, keys, CBOR, JSON, JWS, containers, time, regions."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break, Edit

ALGORITHMS: Final = "credential/algorithms.py"
CBOR: Final = "credential/cbor.py"
COSE: Final = "credential/cose.py"
DAYS: Final = "credential/days.py"
JOSE: Final = "credential/jose.py"
JSON: Final = "credential/jsonform.py"
MEMBERS: Final = "credential/members.py"
REGIONS: Final = "credential/regions.py"
ROOTS: Final = "credential/roots.py"
SIGNING: Final = "credential/signing.py"
STEPS: Final = "verifier/steps.py"
TEXT: Final = "credential/text.py"
TRUSTFORM: Final = "credential/trustform.py"

SUITE: Final = (
    Break(
        "1.1 high-s is refused as malformed (COSE)",
        *(COSE, "if signature[ES256.coordinate_bytes :] > _HALF_ORDER_BYTES:", "if not signature:"),
        "vectors high_s s_just_too_high",
    ),
    Break(
        "1.1 high-s is refused as malformed (JWS)",
        *(JOSE, "if int.from_bytes(signature[ES256.coordinate_bytes :]) > ES256.half_order:", "if not signature:"),
        "test_jose.py",
    ),
    Break(
        "1.1 high-s is refused by the key itself",
        *(SIGNING, "if s > ES256.half_order:", "if s > ES256.order:", "test_signing.py"),
    ),
    Break(
        "1.1 s of (n-1)/2 is still low",
        *(ALGORITHMS, '"half_order", self.order // 2)', '"half_order", self.order // 4)', "test_signing.py"),
    ),
    Break(
        "1.1 writers normalise",
        *(SIGNING, "return raw if s <= ES256.half_order else _to_bytes(r)", "return raw if s else _to_bytes(r)"),
        "test_signing.py",
    ),
    Break(
        "1.1 r and s lie within 1..n-1",
        *(SIGNING, "if not (0 < r < ES256.order and 0 < s < ES256.order):", "if r == s == 0:", "test_signing.py"),
    ),
    Break(
        "1.1 a signature has 64 bytes (COSE)",
        *(COSE, "if len(signature) != ES256.signature_bytes:", "if len(signature) < ES256.signature_bytes:"),
        "vectors signature_of_65_bytes",
    ),
    Break(
        "1.1 a signature has 64 bytes (JWS)",
        *(JOSE, "if len(signature) != ES256.signature_bytes:", "if not signature:", "test_jose.py"),
    ),
    Break(
        "1.1 the signature holds over these bytes",
        *(SIGNING, "except InvalidSignature as error:", "except InvalidSignature as error:\n            return"),
        "vectors signature_",
    ),
    Break(
        "1.1 alg is the key's, whatever the message says (COSE)",
        *(COSE, "if not algorithms.may_be_called(key.alg, self.alg):", "if not self.alg:", "vectors alg_"),
    ),
    Break(
        "1.1 alg is the key's, whatever the message says (JWS)",
        *(JOSE, "if key.alg != self.alg:", "if not self.alg:", "test_jose.py"),
    ),
    Break(
        "1.1 a pair of alg and params is known as a whole",
        *(ALGORITHMS, "return None if params else _BY_ALG.get(alg)", "return _BY_ALG.get(alg)"),
        "vectors credential_by_a_key_with_unknown_parameters later_key_with_es256_with_params",
    ),
    Break(
        "1.1 a number that is known is no unknown name's",
        *(ALGORITHMS, "return _BY_ALG.get(alg) is _BY_COSE.get(number)", "return alg not in _BY_ALG or number == -7"),
        "vectors credential_of_suite_1_by_a_later_key",
    ),
    Break(
        "1.1 a name that is known has no unknown number",
        *(
            ALGORITHMS,
            "return _BY_ALG.get(alg) is _BY_COSE.get(number)",
            "return number not in _BY_COSE or alg in _BY_ALG",
        ),
        "vectors credential_of_another_number_by_es256",
    ),
    Break(
        "1.1 the kid of an unusable key is compared with nothing",
        *(MEMBERS, "return UnusableKey(key_id=key_id,", "return UnusableKey(key_id=KeyId(bytes(8)),"),
        "vectors later_key_with_the_kid suite_beside credential_by_a_later_suite",
    ),
    Break(
        "1.1 the jwk of an unusable key is an object",
        *(MEMBERS, 'jwk=self.whole("jwk"))', 'jwk=self.raw("jwk"))  # type: ignore[arg-type]'),
        "vectors later_key_with_jwk",
    ),
    Break(
        "1.1 alg has 1 to 32 letters, digits and hyphens",
        *(ALGORITHMS, 're.compile(r"[A-Za-z0-9-]{1,32}"', 're.compile(r"[A-Za-z0-9_ -]{0,40}"'),
        "vectors later_key_with_alg_ snapshot_with_alg_",
    ),
    Break(
        "1.1 params has at most 16 members",
        *(MEMBERS, "if len(value) > algorithms.MAX_PARAMS:", "if len(value) > 99:", "vectors later_key_with_params"),
    ),
    Break(
        "1.1 what an unusable key would have to prove is newer_format",
        *(STEPS, "raise check.refuse(2, Reason.NEWER_FORMAT)", "raise check.refuse(2, Reason.UNKNOWN_KEY)"),
        "vectors credential_by_a_later_suite",
    ),
    Break(
        "1.1 who signs a root set knows its keys",
        *(ROOTS, "if isinstance(key, UnusableKey):", "if not key:", "test_ceremony.py"),
    ),
    Break(
        "1.1 who signs a trust list knows its keys",
        *(TRUSTFORM, "if isinstance(entry.key, UnusableKey):", "if not entry.key:", "test_ceremony.py"),
    ),
    Break(
        "1.1 who signs a trust list knows its certificates",
        *(TRUSTFORM, "if not certificate.usable:", "if not certificate.alg:", "test_ceremony.py"),
    ),
    Break(
        "1.1 who makes a trust list knows what is published",
        *("issuer/trust/succession.py", "        check_known(older)\n", "", "publishing/test_succession.py"),
    ),
    Break(
        "1.2 a key id is the first 8 bytes of the thumbprint",
        *(SIGNING, "self.thumbprint[:KEY_ID_BYTES]", "self.thumbprint[-KEY_ID_BYTES:]", "vectors credential_in_order"),
    ),
    Break(
        "1.2 the thumbprint is that of RFC 9679",
        *(SIGNING, r'+ x + b"\x22\x58\x20" + y', r'+ y + b"\x22\x58\x20" + x', "test_signing.py"),
    ),
    Break(
        "1.2 a kid in a COSE header has 8 bytes",
        *(
            COSE,
            "if not isinstance(key_id, bytes) or len(key_id) != KEY_ID_BYTES:",
            "if not isinstance(key_id, bytes):",
        ),
        "vectors kid_of kid_empty",
    ),
    Break(
        "1.2 a kid in a JWS header has 8 bytes",
        *(JOSE, "if len(key_id) != KEY_ID_BYTES:", "if not key_id:", "test_jose.py"),
    ),
    Break(
        "1.2 the kid beside a key is the key's own",
        *(MEMBERS, "if key.key_id != key_id:", "if not key_id:", "vectors trust_list_with_a_kid root_with_another_kid"),
    ),
    Break(
        "1.2 a key verifies only what names it (COSE)",
        *(COSE, "if key.key_id != self.key_id:", "if not key.key_id:", "test_cose.py"),
    ),
    Break(
        "1.2 a key has one use",
        *("credential/trustlist.py", "if entry.use != use:", "if not use:", "test_trustlist.py"),
    ),
    Break(
        "1.2 a use is a word, known or not",
        *(MEMBERS, 'USE: Final = re.compile(r"[a-z][a-z_]{0,31}"', 'USE: Final = re.compile(r".{0,99}"'),
        "vectors key_with_a_use_ grant_with_acts_",
    ),
    Break(
        "1.2 who signs a trust list knows what its keys are for",
        *(TRUSTFORM, "if entry.use not in USES:", "if not entry.use:", "test_ceremony.py"),
    ),
    Break(
        "1.2 a public key has exactly crv, kty, x, y",
        *(SIGNING, "if set(jwk) != _JWK_MEMBERS:", "if not _JWK_MEMBERS <= set(jwk):", "test_signing.py"),
    ),
    Break(
        "1.2 a coordinate has one base64url form",
        *(SIGNING, "if _to_base64url(value) != text:", "if not value:", "test_signing.py"),
    ),
)

CBOR_FORM: Final = (
    Break(
        "1.3 shortest integers and lengths", CBOR, "if argument < _LEAST[short]:", "if argument < 0:", "test_cbor.py"
    ),
    Break(
        "1.3 definite lengths",
        *(CBOR, "if short > 27 or major > _TAG:", "if short == 31:\n            return 0\n        if short > 27:"),
        "test_cbor.py",
    ),
    Break(
        "1.3 writers give a long text in an array a long head",
        *(CBOR, "parts.append(_TEXTS[len(text)] if", "parts.append(_TEXTS[len(text) & 127] if", "test_cbor.py"),
    ),
    Break(
        "1.3 writers give a negative number in an array a head of its own",
        *(
            CBOR,
            "elif kind is int and 0 <= element < _SHORT:",
            "elif kind is int and element < _SHORT:",
            "test_cbor.py",
        ),
    ),
    Break("1.3 no key twice", CBOR, "if encoded <= previous:", "if encoded < previous:", "vectors header_key_twice"),
    Break(
        "1.3 map keys are sorted bytewise",
        *(CBOR, "if encoded <= previous:", "if encoded == previous:", "vectors header_keys_unsorted"),
    ),
    Break(
        "1.3 writers sort map keys bytewise by their encoding, not by length",
        CBOR,
        "sorted(pairs, key=itemgetter(0))",
        "sorted(pairs, key=lambda pair: (len(pair[0]), pair[0]))",
        "test_cbor.py",
    ),
    Break(
        "1.3 no floating point (refused by head and by value)",
        *(CBOR, "if short > 27 or major > _TAG:", "if short > 27:", "vectors float_fail"),
        (
            Edit(CBOR, "if number not in _SIMPLE:", "if number < 0:"),
            Edit(CBOR, "return _SIMPLE[number]", "return None"),
        ),
    ),
    Break(
        "1.3 no simple value but null, true, false",
        *(CBOR, "_SIMPLE: Final[Mapping[int, bool | None]] = {20:", "_SIMPLE: Final = {23: None, 20:"),
        "vectors undefined_fail",
    ),
    Break(
        "1.3 map keys are integers or text",
        *(CBOR, "if type(key) is int or type(key) is str:", "if type(key) in (int, str, bytes):"),
        "vectors map_key_of_bytes",
    ),
    Break(
        "1.3 true is no number, as a map key neither",
        *(CBOR, "if type(key) is int or type(key) is str:", "if isinstance(key, int | str):"),
        "vectors map_key_true",
    ),
    Break(
        "1.3 a tag stands in front only",
        *(CBOR, "if number != TAG_SIGN1 or depth != 0:", "if number != TAG_SIGN1:", "test_cbor.py"),
    ),
    Break(
        "1.3 no tag but 18 (CBOR)",
        *(CBOR, "if number != TAG_SIGN1 or depth != 0:", "if depth != 0:", "test_cbor.py"),
    ),
    Break(
        "1.3 text is UTF-8",
        *(CBOR, "return data[start:end].decode()", 'return data[start:end].decode("utf-8", "replace")'),
        "vectors text_that_is_not_utf8",
    ),
    Break(
        "1.3 no byte behind the item",
        *(CBOR, "if reader.position != len(data):", "if reader.position > len(data):", "vectors trailing_byte"),
    ),
    Break(
        "1.3 what ends inside an item is not recognised",
        *(CBOR, "raise _ends()\n            return", "pass\n            return", "test_cbor.py"),
        (
            Edit(CBOR, "            raise _ends()\n        argument", "            return 0\n        argument"),
            Edit(CBOR, "                raise _ends()\n            try", "                pass\n            try"),
        ),
    ),
    Break(
        "1.3 no CBOR at all goes before a second form",
        *(CBOR, 'if self.fault is None or fault.code == "not_cbor":', "if self.fault is None:", "test_cbor.py"),
    ),
    Break(
        "1.3 integers up to 2^53-1",
        *(CBOR, "return argument if argument <= MAX_INTEGER else self.large(argument)", "return argument"),
        "test_cbor.py",
    ),
    Break(
        "1.3 integers down to -(2^53-1)",
        *(CBOR, "if argument < MAX_INTEGER else", "if argument <= MAX_INTEGER else", "test_cbor.py"),
    ),
    Break(
        "1.3 the size cap comes before decoding",
        *(CBOR, "if len(data) > max_bytes:", "if max_bytes < 0:", "test_cbor.py"),
    ),
    Break("1.3 depth at most 8", CBOR, "MAX_DEPTH: Final = 8", "MAX_DEPTH: Final = 9", "test_cbor.py"),
    Break("1.3 at most 4,096 items", CBOR, "MAX_ITEMS: Final = 4096", "MAX_ITEMS: Final = 4097", "test_cbor.py"),
)

JSON_FORM: Final = (
    Break(
        "1.4 encoding again gives the same bytes",
        *(JSON, "if _encoded(value) != data:", "if _encoded(value) is None:", "vectors snapshot_json_"),
    ),
    Break("1.4 members are sorted", JSON, "sort_keys=True", "sort_keys=False", "test_jsonform.py"),
    Break("1.4 no blanks", JSON, 'separators=(",", ":")', 'separators=(", ", ":")', "test_jsonform.py"),
    Break("1.4 no escape that is not needed", JSON, "ensure_ascii=False", "ensure_ascii=True", "test_jsonform.py"),
    Break(
        "1.4 integers only (refused while parsing and while encoding)",
        *(JSON, "parse_float=_refuse_float, ", "", "test_jsonform.py"),
        (Edit(JSON, "case bool() | None | str():", "case bool() | None | str() | float():"),),
    ),
    Break(
        "1.4 integers within 2^53-1",
        *(JSON, "if abs(value) > MAX_INTEGER:", "if abs(value) > MAX_INTEGER + 1:", "test_jsonform.py"),
    ),
    Break(
        "1.4 member names are ASCII",
        *(JSON, "if not isinstance(key, str) or not key.isascii():", "if not isinstance(key, str):"),
        "test_jsonform.py",
    ),
    Break(
        "1.4 no lone surrogate",
        *(JSON, 'return text.encode("utf-8")', 'return text.encode("utf-8", "backslashreplace")', "test_jsonform.py"),
    ),
    Break("1.4 depth at most 16", JSON, "MAX_DEPTH: Final = 16", "MAX_DEPTH: Final = 17", "vectors catalogue_of_1"),
    Break(
        "1.4 a size cap before parsing",
        *(JSON, "if len(data) > max_bytes:", "if max_bytes < 0:", "test_jsonform.py"),
    ),
)

JWS: Final = (
    Break("1.5 three parts", JOSE, "if len(parts) != 3:", "if len(parts) < 3:", "test_jose.py"),
    Break(
        "1.5 base64url has zero trailing bits",
        *(TEXT, "if to_base64url(data) != text:", "if not text.isascii():", "test_jose.py"),
    ),
    Break(
        "1.5 base64url has no padding (refused by its characters and by comparing)",
        *(
            TEXT,
            "if not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:",
            'text = text.rstrip("=")\n    if not text:',
        ),
        "vectors token_padded",
    ),
    Break(
        "1.5 the header is exactly alg, kid, typ",
        *(JOSE, 'if set(header) != {"alg", "kid", "typ"}:', 'if not set(header) >= {"alg", "kid", "typ"}:'),
        "vectors token_with_critical_members",
    ),
    Break(
        "1.5 typ is that of the section",
        *(JOSE, 'if header["typ"] != typ:', 'if not header["typ"]:', "vectors token_with_typ_of_a_statement"),
    ),
    Break(
        "1.5 alg has its form",
        *(JOSE, "or not algorithms.NAME.fullmatch(alg):", "or not alg:", "test_jose.py"),
    ),
    Break(
        "1.5 a later suite's signature has 1 to 8,192 bytes",
        *(JOSE, "if not 1 <= len(signature) <= algorithms.MAX_LATER_SIGNATURE:", "if len(signature) > 9000:"),
        "vectors snapshot_with_a_later_signature_of_0",
    ),
    Break(
        "1.5 a later suite's signature may have 8,192 bytes",
        *(ALGORITHMS, "MAX_LATER_SIGNATURE: Final = 8192", "MAX_LATER_SIGNATURE: Final = 8191"),
        "vectors snapshot_with_a_later_signature_of_8192",
    ),
    Break(
        "1.5 a header has 512 bytes at most",
        *(JOSE, "MAX_HEADER_BYTES: Final = 512", "MAX_HEADER_BYTES: Final = 513", "test_jose.py"),
    ),
    Break(
        "1.6 a line of a later suite counts nothing",
        *(JOSE, "            later += 1\n", "", "vectors trust_list_signed_enough_with_the_later"),
    ),
    Break(
        "1.6 a line of a later suite names its key's algorithm",
        *(JOSE, "            message.check_algorithm(key)\n            later", "            later"),
        "vectors trust_list_signed_with_a_later_key_under",
    ),
    Break(
        "1.6 what a later suite might make enough is newer_format",
        *(JOSE, "    if not all(enough):\n", "    if not any(enough) and not enough:\n"),
        "vectors trust_list_signed_enough_with_the_later",
    ),
    Break(
        "1.6 what is too few whoever checks it cannot be trusted",
        *(
            JOSE,
            "    if len(lines) < threshold:\n",
            "    if len(lines) < 0:\n",
            "vectors trust_list_signed_by_the_later_one_alone",
        ),
    ),
    Break(
        "1.6 all lines sign one payload",
        *(JOSE, 'if len({line.split(".")[1] for line in lines}) != 1:', "if not lines:", "vectors over_two_payloads"),
    ),
    Break(
        "1.6 no key signs twice",
        *(JOSE, "if kids != sorted(set(kids)):", "if kids != sorted(kids):", "vectors container_with_a_line_twice"),
    ),
    Break(
        "1.6 lines are sorted by kid",
        *(JOSE, "if kids != sorted(set(kids)):", "if len(kids) != len(set(kids)):", "vectors container_unsorted"),
    ),
    Break(
        "1.6 each line is ended by a line end",
        *(JOSE, 'if lines[-1] != "" or not', 'lines += [] if lines[-1] == "" else [""]\n    if not'),
        "vectors container_without_last_line_end",
    ),
    Break(
        "1.6 at most 16 lines", JOSE, "MAX_LINES: Final = 16", "MAX_LINES: Final = 17", "vectors container_of_17_lines"
    ),
    Break(
        "1.6 at most 4 MiB",
        *(JOSE, "MAX_CONTAINER_BYTES: Final = 4 << 20", "MAX_CONTAINER_BYTES: Final = 5 << 20", "test_caps.py"),
    ),
)

GROWTH: Final = (
    Break(
        "1.9 ext has at most 64 members",
        *(MEMBERS, "MAX_EXTENSIONS: Final = 64", "MAX_EXTENSIONS: Final = 65", "vectors ext_of_"),
    ),
    Break(
        "1.9 ext may have 64 members",
        *(MEMBERS, "MAX_EXTENSIONS: Final = 64", "MAX_EXTENSIONS: Final = 63", "vectors ext_of_"),
    ),
    Break(
        "1.9 names of ext have their form",
        *(MEMBERS, "or not all(map(_EXTENSION.fullmatch, value)):", "or not all(map(str, value)):", "vectors ext_of_"),
    ),
    Break(
        "1.9 the trust list's ext is kept",
        *(TRUSTFORM, '        ext=members.extension("ext"),\n', "", "test_growth.py"),
    ),
    Break(
        "1.9 the snapshot's ext is kept",
        *("credential/snapshot.py", '        ext=members.extension("ext"),\n', "", "test_growth.py"),
    ),
    Break(
        "1.9 the filings' ext is kept",
        *("credential/filings.py", '        ext=members.extension("ext"),\n', "", "test_growth.py"),
    ),
    Break(
        "1.9 the catalogue's ext is kept",
        *("credential/catalogue.py", '        ext=_extension(plain["ext"]),\n', "", "test_growth.py"),
    ),
    Break(
        "1.9 a reader asks that the catalogue's ext has its form",
        *("verifier/reader/names.py", '    members.extension("ext")\n', "", "vectors ext_of_catalogue"),
    ),
    Break(
        "1.9 who signs a trust list knows its ext",
        *(TRUSTFORM, "    for name in content.ext:\n", "    for name in ():\n", "test_ceremony.py"),
    ),
    Break(
        "1.9 who signs a catalogue knows its ext",
        *(
            "credential/catalogue.py",
            "        for name in self.ext:\n",
            "        for name in ():\n",
            "test_ceremony.py",
        ),
    ),
    Break(
        "1.9 who takes a catalogue into use knows its ext",
        *("issuer/office/catalogues.py", "    catalogue.check_known()\n", "", "services/test_lists.py"),
    ),
    Break(
        "1.9 who makes a trust list knows the published filings' ext",
        *("issuer/trust/succession.py", "        for name in filings.ext:\n", "        for name in ():\n"),
        "publishing/test_succession.py",
    ),
)
TIME: Final = (
    Break("1.7 civil days are Shanghai's", DAYS, "timedelta(hours=8)", "timedelta(hours=0)", "vectors issued_"),
    Break("1.7 a day number from 0", DAYS, "if not 0 <= day <= MAX_DAY:", "if day > MAX_DAY:", "test_days.py"),
    Break("1.7 a day number up to the year 9999", DAYS, "if not 0 <= day <= MAX_DAY:", "if day < 0:", "test_days.py"),
    Break(
        "1.7 an instant up to the year 9999",
        *(DAYS, "if not 0 <= seconds <= MAX_INSTANT:", "if seconds < 0:", "test_days.py"),
    ),
    Break(
        "1.7 a date is YYYY-MM-DD",
        *(DAYS, "if not isinstance(text, str) or not _DATE.fullmatch(text):", "if not isinstance(text, str):"),
        "test_days.py",
    ),
    Break(
        "1.7 a window begins with its first instant",
        *(TRUSTFORM, "return self.begins <= instant", "return self.begins < instant", "test_trustlist.py"),
    ),
    Break(
        "1.7 a window ends before its last instant",
        *(TRUSTFORM, "or instant < self.ends)", "or instant <= self.ends)", "test_trustlist.py"),
    ),
    Break(
        "1.7 a span of days includes its first",
        *("credential/grants.py", "and self.first <= on", "and self.first < on", "vectors award_on_the_first_day"),
    ),
    Break(
        "1.7 a span of days includes its last",
        *("credential/grants.py", "or on <= self.last)", "or on < self.last)", "vectors issued_on_the_last_day"),
    ),
    Break(
        "1.7 clocks may differ by 300 seconds, and no more",
        *("credential/days.py", "timedelta(seconds=300)", "timedelta(seconds=301)"),
        "vectors trust_list_from_the_future snapshot_from_the_future",
    ),
    Break(
        "1.7 clocks may differ by 300 seconds, and no less",
        *("credential/days.py", "timedelta(seconds=300)", "timedelta(seconds=299)"),
        "vectors within_clock_difference",
    ),
    Break(
        "1.8 AB0000 covers AB**** only",
        *(REGIONS, "return inner[:2] == outer[:2]", "return True", "vectors historical_record_of_another_province"),
    ),
    Break(
        "1.8 ABCD00 covers ABCD** only",
        *(REGIONS, "return inner[:4] == outer[:4]", "return inner[:2] == outer[:2]", "test_regions.py"),
    ),
    Break("1.8 a county covers itself only", REGIONS, "return inner == outer", "return True", "test_regions.py"),
)

BREAKS: Final = (*SUITE, *CBOR_FORM, *JSON_FORM, *JWS, *TIME, *GROWTH)
