"""FORMAT 2 to 4: credential, characters, QR text, check code."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break, Edit

CHARACTERS: Final = "credential/characters.py"
CLAIMS: Final = "credential/claims.py"
CODE: Final = "credential/checkcode.py"
COSE: Final = "credential/cose.py"
PRINT: Final = "issuer/documents/qr.py"
QR: Final = "credential/qrtext.py"

CREDENTIAL: Final = (
    Break(
        "2 a credential stands behind tag 18",
        *(
            COSE,
            "if not isinstance(item, cbor.Tag) or",
            "item = item if isinstance(item, cbor.Tag) else cbor.Tag(18, item)\n    if",
        ),
        "vectors without_tag_fail",
    ),
    Break(
        "2 the four parts are bstr, map, bstr, bstr",
        *(COSE, "[type(part) for part in parts] != _PARTS", "len(parts) != len(_PARTS)", "test_cose.py"),
    ),
    Break(
        "2 the unprotected header is empty", COSE, "if unprotected:", "if None in unprotected:", "vectors unprotected_"
    ),
    Break(
        "2 the protected header holds alg and kid only",
        *(COSE, "or header.keys() != expected:", "or not expected <= header.keys():", "vectors header_with_"),
    ),
    Break(
        "2 what is signed is the Sig_structure of RFC 9052",
        *(COSE, r'b"\x84\x6aSignature1"', r'b"\x84\x6aSignature2"', "test_cose.py"),
    ),
    Break(
        "2 at most 420 bytes",
        *(CLAIMS, "MAX_BYTES: Final = 420", "MAX_BYTES: Final = 421", "vectors one_byte_too_large digits_of_421_bytes"),
    ),
    Break(
        "2 exactly these five claims",
        *(CLAIMS, "if item.keys() != _CLAIM_KEYS:", "if not _CLAIM_KEYS <= item.keys():", "vectors claims_with_"),
    ),
    Break(
        "2 status_list is the only mechanism of status",
        *(CLAIMS, 'item.keys() == {"status_list"}', '"status_list" in item', "vectors status_with_another_mechanism"),
    ),
    Break(
        "2 status_list holds idx and uri only",
        *(CLAIMS, 'entry.keys() == {"idx", "uri"}', 'entry.keys() >= {"idx", "uri"}'),
        "vectors status_with_another_member",
    ),
    Break(
        "2 a higher version is newer_format",
        *(CLAIMS, "if item[0] > VERSION:", "if item[0] > VERSION << 99:", "vectors newer_version_fail"),
    ),
    Break(
        "2 the version is looked at before anything else",
        *(
            CLAIMS,
            "award = _award(item.get(AWARD))",
            'if item.keys() != _CLAIM_KEYS:\n        raise _bad("keys")\n    award = _award(item.get(AWARD))',
        ),
        "vectors newer_version_with_another_claim",
    ),
    Break(
        "2 version is 1",
        *(CLAIMS, "if item[0] != VERSION or len(item)", "if len(item)", "vectors version_zero"),
    ),
    Break(
        "2 true is no version (by itself and among the types)",
        *(CLAIMS, "or type(item[0]) is not int:", "or not isinstance(item[0], int):", "vectors version_true"),
        (Edit(CLAIMS, "list(map(type, item[: AWARD_MEMBERS - 1])) != _AWARD_TYPES", "item is None"),),
    ),
    Break(
        "2 true is no number",
        *(
            CLAIMS,
            "list(map(type, item[: AWARD_MEMBERS - 1])) != _AWARD_TYPES",
            "not all(map(isinstance, item, _AWARD_TYPES))",
        ),
        "vectors series_true",
    ),
    Break(
        "2 an award has at least 12 positions",
        *(CLAIMS, "or len(item) < AWARD_MEMBERS or", "or len(item) < AWARD_MEMBERS - 1 or", "vectors award_of_eleven"),
        (Edit(CLAIMS, "scope=_scope(award[11])", "scope=_scope(award[11] if award[11:] else None)"),),
    ),
    Break(
        "2 positions behind the last are ignored",
        *(CLAIMS, "or len(item) < AWARD_MEMBERS or", "or len(item) != AWARD_MEMBERS or", "vectors appended_position"),
    ),
    Break(
        "2 iss has at most 16 characters",
        *(CLAIMS, 'r"[a-z][a-z0-9-]{1,15}"', 'r"[a-z][a-z0-9-]{1,16}"', "vectors issuer_of_17_characters"),
    ),
    Break(
        "2 iss is in small letters",
        *(CLAIMS, 'r"[a-z][a-z0-9-]{1,15}"', 'r"[A-Za-z][A-Za-z0-9-]{1,15}"', "vectors issuer_in_capitals"),
    ),
    Break("2 cti has 16 bytes", CLAIMS, "if len(claims.cti) != CTI_BYTES:", "if not claims.cti:", "vectors cti_of_1"),
    Break(
        "2 idx is below 2^20",
        *(
            CLAIMS,
            "<= claims.status.index < LIST_SIZE",
            "<= claims.status.index <= LIST_SIZE",
            "vectors status_index_out_of_range",
        ),
    ),
    Break(
        "2 uri has at most 120 characters",
        *(CLAIMS, "MAX_URI: Final = 120", "MAX_URI: Final = 121", "vectors status_address_too_long"),
    ),
    Break(
        "2 uri is ASCII",
        *(CLAIMS, r'r"https?://[\x21-\x7e]+", re.ASCII', 'r"https?://.+"', "vectors status_address_not_ascii"),
    ),
    Break(
        "2 name has at most 100 code points",
        CLAIMS,
        "MAX_NAME: Final = 100",
        "MAX_NAME: Final = 101",
        "vectors name_of_101",
    ),
    Break("2 name is not empty", CHARACTERS, "return 1 <= len(text)", "return 0 <= len(text)", "vectors name_empty"),
    Break(
        "2 id_last4 is four of 0-9 A-Z",
        *(CLAIMS, 'r"[0-9A-Z]{4}"', 'r"[0-9A-Za-z]{4}"', "vectors last_four_in_small_letters"),
    ),
    Break(
        "2 id_last4 is no longer than four",
        *(CLAIMS, "_LAST4.fullmatch(", "_LAST4.match(", "vectors last_four_too_many"),
    ),
    Break(
        "2 number has at least 4 characters", CLAIMS, '[0-9A-Z-]{4,24}"', '[0-9A-Z-]{3,24}"', "vectors number_too_short"
    ),
    Break(
        "2 number has at most 24 characters", CLAIMS, '[0-9A-Z-]{4,24}"', '[0-9A-Z-]{4,25}"', "vectors number_too_long"
    ),
    Break(
        "2 number is of 0-9 A-Z -",
        *(CLAIMS, '[0-9A-Z-]{4,24}"', '[0-9A-Za-z-]{4,24}"', "vectors number_in_small_letters"),
    ),
    Break(
        "2 number ends with its last character",
        *(
            CLAIMS,
            "if NUMBER.fullmatch(claims.number)",
            "if NUMBER.match(claims.number)",
            "vectors number_with_line_end",
        ),
    ),
    Break("2 series from 1", CLAIMS, "1 <= claims.series <= 255", "0 <= claims.series <= 255", "vectors series_zero"),
    Break("2 series to 255", CLAIMS, "1 <= claims.series <= 255", "1 <= claims.series <= 256", "vectors series_256"),
    Break("2 title from 1", CLAIMS, "1 <= claims.title <= 65535", "0 <= claims.title <= 65535", "vectors title_zero"),
    Break(
        "2 title to 65535", CLAIMS, "1 <= claims.title <= 65535", "1 <= claims.title <= 65536", "vectors title_65536"
    ),
    Break(
        "2 specialty has at most 60 code points",
        *(CLAIMS, "MAX_SPECIALTY: Final = 60", "MAX_SPECIALTY: Final = 61", "vectors specialty_of_61"),
    ),
    Break("2 level from 1", CLAIMS, "1 <= claims.level <= 5", "0 <= claims.level <= 5", "vectors level_zero"),
    Break("2 level to 5", CLAIMS, "1 <= claims.level <= 5", "1 <= claims.level <= 6", "vectors level_six"),
    Break("2 way from 1", CLAIMS, "if 1 <= claims.way <= 9", "if 0 <= claims.way <= 9", "vectors way_zero"),
    Break("2 way to 9", CLAIMS, "if 1 <= claims.way <= 9", "if 1 <= claims.way <= 10", "vectors way_ten"),
    Break(
        "2 award_day is a day (read and made)",
        *(CLAIMS, "if claims.award_date < days.EPOCH:", "if not claims.award_date:", "vectors award_day_negative"),
        (Edit("credential/days.py", "if not 0 <= day <= MAX_DAY:", "if day > MAX_DAY:"),),
    ),
    Break(
        "2 basis kind from 1",
        CLAIMS,
        "1 <= claims.basis_kind <= 5",
        "0 <= claims.basis_kind <= 5",
        "vectors basis_kind_zero",
    ),
    Break(
        "2 basis kind to 5",
        CLAIMS,
        "1 <= claims.basis_kind <= 5",
        "1 <= claims.basis_kind <= 6",
        "vectors basis_kind_six",
    ),
    Break(
        "2 basis reference has at most 60 code points",
        *(CLAIMS, "MAX_REFERENCE: Final = 60", "MAX_REFERENCE: Final = 61", "vectors basis_reference_of_61"),
    ),
    Break(
        "2 basis has two members",
        *(CLAIMS, "list(map(type, basis)) != [int, str]", "list(map(type, basis))[:2] != [int, str]"),
        "vectors basis_with_a_third_member",
    ),
    Break(
        "2 way 9 goes with basis kind 5",
        *(CLAIMS, "if (claims.way == WAY_HISTORICAL) != (", "if claims.way != WAY_HISTORICAL and ("),
        "vectors historical_way_by_a_committee",
    ),
    Break(
        "2 basis kind 5 goes with way 9 only",
        *(CLAIMS, "if (claims.way == WAY_HISTORICAL) != (", "if (claims.way == WAY_HISTORICAL) > ("),
        "vectors historical_basis_for_a_review",
    ),
    Break(
        "2 a scope's region has six digits",
        *(CLAIMS, "100000 <= scope.region", "0 <= scope.region", "vectors scope_of_five_digits"),
    ),
    Break(
        "2 a scope has a name",
        *(
            CLAIMS,
            "and is_text(scope.name, MAX_SCOPE_NAME)",
            "and len(scope.name) <= 60",
            "vectors scope_with_empty_name",
        ),
    ),
    Break(
        "2.1 no invisible characters",
        *(CHARACTERS, "(0x200B, 0x200F),", "(0x200E, 0x200F),", "vectors zero_width_space"),
    ),
    Break(
        "2.1 no change of writing direction",
        *(CHARACTERS, "(0x2028, 0x202E),", "(0x2028, 0x202A),", "vectors direction_override"),
    ),
    Break("2.1 no tags", CHARACTERS, "(0xE0000, 0xE00FF),", "(0xE0000, 0xE0000),", "vectors name_with_tag_character"),
    Break(
        "2.1 not the last two code points of any plane",
        *(CHARACTERS, "for last in (0xFFFE, 0xFFFF)", "for last in (0xFFFE,)", "test_characters.py"),
    ),
    Break(
        "2.1 variation selectors are allowed",
        *(CHARACTERS, "(0xFDD0, 0xFDEF),", "(0xFDD0, 0xFE0F),", "test_characters.py"),
    ),
    Break(
        "2.1 quickly seen characters are plain ones only",
        *(CHARACTERS, r"\u3400-\u9fff]*", r"\u2000-\u9fff]*", "vectors zero_width_space"),
    ),
    Break(
        "2.1 the digest is over all bytes",
        *(CLAIMS, "return hashlib.sha256(self.data).digest()", "return hashlib.sha256(self.message.payload).digest()"),
        "vectors credential_in_order",
    ),
)

TEXTS: Final = (
    Break(
        "3 a decimal QR text without leading zeros",
        *(QR, 'r"[1-9][0-9]*", re.ASCII', 'r"[0-9]+", re.ASCII', "vectors leading_zero"),
    ),
    Break(
        "3 digits are ASCII",
        *(QR, 'r"[1-9][0-9]*", re.ASCII', r'r"[1-9]\d*"', "vectors digits_arabic digits_full_width digits_mixed"),
    ),
    Break(
        "3 nothing but digits",
        *(QR, 'r"[1-9][0-9]*", re.ASCII', 'r"[-+1-9][0-9_ ]*", re.ASCII', "vectors digits_with_"),
    ),
    Break(
        "3 at most 1,012 digits", QR, "if len(digits) > MAX_DIGITS:", "if not MAX_DIGITS:", "vectors digits_too_many"
    ),
    Break(
        "3 a text of at most 1,312 code points", QR, "if len(text) > MAX_TEXT:", "if not MAX_TEXT:", "test_qrtext.py"
    ),
    Break(
        "3 the digits are at most 420 bytes",
        *(QR, "    if len(data) > MAX_BYTES:\n", "    if not MAX_BYTES:\n", "test_qrtext.py"),
    ),
    Break(
        "3 HOST is in small letters", QR, "([a-z0-9.-]{1,253}|", "([A-Za-z0-9.-]{1,253}|", "vectors host_in_capitals"
    ),
    Break(
        "3 HOST has at most 253 characters", QR, "([a-z0-9.-]{1,253}|", "([a-z0-9.-]{1,254}|", "vectors host_too_long"
    ),
    Break("3 a port is a number", QR, "(:[1-9][0-9]{0,4})?", "(:[0-9]*)?", "vectors port_"),
    Break(
        "3 http on loopback only",
        *(QR, 'if match is None or (match[1] == "http" and match[2] not in _LOOPBACK):', "if match is None:"),
        "vectors plain_http_fail",
    ),
    Break("3 nothing stands behind HOST", QR, "_ORIGIN.fullmatch(", "_ORIGIN.match(", "vectors path_below_another"),
    Break(
        "3 writers put no other address there",
        *(QR, 'return f"{check_origin(origin)}{PATH}', 'return f"{origin}{PATH}', "test_qrtext.py"),
    ),
    Break(
        "3 symbols have error correction M",
        PRINT,
        'ERROR_CORRECTION = "M"',
        'ERROR_CORRECTION = "L"',
        "documents/test_qr.py",
    ),
    Break(
        "3 the host that is printed has at most 64 characters",
        *(QR, "MAX_PRINTED_HOST: Final = 64", "MAX_PRINTED_HOST: Final = 65", "documents/test_qr.py"),
    ),
    Break("3 a quiet zone of 4", PRINT, "QUIET_ZONE = 4", "QUIET_ZONE = 3", "documents/test_qr.py"),
    Break(
        "4 the alphabet is in its order",
        *(CODE, 'ALPHABET: Final = "23456789AB', 'ALPHABET: Final = "32456789AB', "vectors code_as_printed"),
    ),
    Break(
        "4 a wrong character is found",
        *(
            CODE,
            "if _sum([_VALUES[character] for character in text]):",
            "if not text:",
            "vectors code_one_character_wrong",
        ),
    ),
    Break(
        "4 a swap is found: all weights differ",
        *(CODE, "return tuple(reversed(powers))", "return (1,) * LENGTH", "test_checkcode.py"),
    ),
    Break(
        "4 GF(32) is that of x^5+x^2+1",
        *(CODE, "powers.append(doubled ^ 0b100101", "powers.append(doubled ^ 0b101001", "vectors code_as_printed"),
        (Edit(CODE, "a ^= 0b100101", "a ^= 0b101001"),),
    ),
    Break(
        "4 a code has 20 characters", CODE, "if len(text) != LENGTH:", "if len(text) < LENGTH:", "vectors code_too_long"
    ),
    Break(
        "4 I O 0 1 are refused by name",
        *(CODE, "if character in _CONFUSABLE:", 'if character in _CONFUSABLE[:0] + "?":', "test_checkcode.py"),
    ),
    Break(
        "4 full-width forms are folded",
        *(CODE, "for offset in range(94)}", "for offset in range(0)}", "vectors code_in_full_width"),
    ),
    Break(
        "4 small letters are folded",
        *(CODE, 'range(ord("a"), ord("z") + 1)', 'range(ord("a"), ord("y") + 1)', "test_checkcode.py"),
    ),
    Break(
        "4 nothing else is folded",
        *(
            CODE,
            'return _SEPARATORS.sub("", typed.',
            'return _SEPARATORS.sub("", typed.upper().',
            "test_checkcode.py",
        ),
    ),
    Break(
        "4 a small letter is no letter in its form",
        *(CODE, 're.compile("[0-9A-Z]*")', 're.compile("[0-9A-Za-z]*")', "test_checkcode.py"),
    ),
    Break(
        "4 one character that never occurs is looked for, whatever the others are",
        *(CODE, "if _VALUES.keys() >= set(text) else text", "if _VALUES.keys() & set(text) else text"),
        "test_checkcode.py",
    ),
    Break("4 separators are dropped", CODE, r"\u2212\u00b7", r"\u00b7", "vectors code_with_every_separator"),
    Break(
        "4 no other separators are dropped",
        CODE,
        r"\u2212\u00b7",
        r"\u2212\u00b7/,:",
        "vectors code_with_other_separators",
    ),
    Break(
        "4 the prefix comes first",
        CODE,
        "for shift in (15, 10, 5, 0)]",
        "for shift in (0, 5, 10, 15)]",
        "test_checkcode.py",
    ),
    Break(
        "4 groups of four",
        CODE,
        "start + 4] for start in range(0, LENGTH, 4)",
        "start + 5] for start in range(0, LENGTH, 5)",
        "test_checkcode.py",
    ),
)

BREAKS: Final = (*CREDENTIAL, *TEXTS)
