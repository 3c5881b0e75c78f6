"""Step 1: what is scanned and what is typed (FORMAT 3 and 4), and how a check code leads to its credential."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from credential import checkcode, sealed
from credential.checkcode import ALPHABET, CheckCode
from tests.support.world import Certificate, World
from tests.support.worldparts import ORIGIN
from tests.vectors.craft import parts_of, signed
from tests.vectors.model import Book, Scene

CANONICAL: Final = "malformed/not_canonical"
UNKNOWN: Final = "malformed/not_recognised"
LARGE: Final = "malformed/too_large"
CODE: Final = "malformed/bad_code"


def cases(book: Book) -> None:
    """One publication for all."""
    scene = book.scene(World())
    good = scene.world.issue()
    _digits(scene, good)
    _addresses(scene, good)
    _typed(scene, good.check_code)
    _faults(scene, good.check_code)
    _resolving(scene)


def _digits(scene: Scene, good: Certificate) -> None:
    digits = good.qr_text.partition("#")[2]
    full_width = digits.translate({ord("0") + n: 0xFF10 + n for n in range(10)})
    arabic = digits.translate({ord("0") + n: 0x0660 + n for n in range(10)})
    bold = "".join(chr(0x1D7CE + int(digit)) for digit in digits)

    def ask(name: str, expect: str, why: str, behind: str) -> None:
        scene.case(name, expect, why, "3", qr_texts=(f"{ORIGIN}/v/#{behind}",))

    ask("digits_with_plus_fail", CANONICAL, "Python's int() would take it.", f"+{digits}")
    ask("digits_with_minus_fail", CANONICAL, "A number with a sign is no credential.", f"-{digits}")
    ask("digits_with_underscore_fail", CANONICAL, "Python's int() takes 1_0.", f"{digits[:3]}_{digits[3:]}")
    ask("digits_full_width_fail", CANONICAL, "ASCII digits only.", full_width)
    ask("digits_arabic_fail", CANONICAL, "Python's int() takes Arabic digits.", arabic)
    ask("digits_mixed_scripts_fail", CANONICAL, "One digit of another script.", f"{digits[:-1]}{arabic[-1]}")
    ask(
        "digits_beyond_the_basic_plane_fail",
        CANONICAL,
        "As many code points as digits, twice as many UTF-16 units.",
        bold,
    )
    ask("leading_zero_fail", CANONICAL, "A second form of the same number.", f"0{digits}")
    ask("many_leading_zeros_fail", CANONICAL, "A second form of the same number.", "0" * 200 + digits)
    ask("no_digits_fail", CANONICAL, "JavaScript's BigInt('') is 0.", "")
    ask("zero_fail", CANONICAL, "No credential is zero.", "0")
    ask("digits_with_blank_behind_fail", CANONICAL, "A blank is no digit.", f"{digits} ")
    ask("digits_with_blank_in_front_fail", CANONICAL, "A blank is no digit.", f" {digits}")
    ask(
        "digits_with_line_end_fail",
        CANONICAL,
        "A pattern that ends at a line end is not the end of the text.",
        f"{digits}\n",
    )
    ask("digits_in_hexadecimal_fail", CANONICAL, "BigInt takes 0x; decimal only.", f"0x{good.credential.hex()}")
    ask("digits_in_hexadecimal_letters_fail", CANONICAL, "Decimal only.", good.credential.hex())
    ask("digits_with_exponent_fail", CANONICAL, "An exponent is no digit.", f"{digits}e0")
    ask("digits_with_point_fail", CANONICAL, "No fraction, not even zero.", f"{digits}.0")
    ask("digits_in_groups_fail", CANONICAL, "No separators.", f"{digits[:3]},{digits[3:]}")
    ask(
        "digits_with_a_parameter_fail",
        CANONICAL,
        "Trackers append parameters; the text is refused, not cleaned.",
        f"{digits}&utm=1",
    )
    ask("digits_percent_encoded_fail", CANONICAL, "Nothing is unescaped.", f"%3{digits[0]}{digits[1:]}")
    ask("digits_too_many_fail", LARGE, "1,012 digits are the most that 420 bytes have.", "9" * 1013)
    ask("digits_too_many_by_zeros_fail", LARGE, "Counted before they are read.", "0" * 1013)
    ask("digits_of_421_bytes_fail", LARGE, "1,012 digits can be more than 420 bytes.", "9" * 1012)
    ask("digits_without_end_fail", LARGE, "Refused before it is looked at.", "9" * 4000)
    ask("digits_of_a_small_number_fail", UNKNOWN, "One byte is no credential.", "7")


def _addresses(scene: Scene, good: Certificate) -> None:
    digits = good.qr_text.partition("#")[2]

    def ask(name: str, text: str, why: str, expect: str = UNKNOWN) -> None:
        scene.case(name, expect, why, "3", qr_texts=(text,))

    ask("text_empty_fail", "", "Nothing was scanned.")
    ask("text_is_another_address_fail", f"{ORIGIN}/", "Another page of the same host.")
    ask("text_is_digits_alone_fail", digits, "The address belongs to it.")
    ask("text_is_a_check_code_fail", good.check_code, "A check code is asked for as one.")
    ask("path_without_slash_fail", f"{ORIGIN}/v#{digits}", "The path ends in /.")
    ask("path_in_capitals_fail", f"{ORIGIN}/V/#{digits}", "Paths are compared as they are.")
    ask("path_with_query_fail", f"{ORIGIN}/v/?a=1#{digits}", "A query goes to the server.")
    ask("path_below_another_fail", f"{ORIGIN}/x/v/#{digits}", "The host's own /v/.")
    ask("digits_in_the_path_fail", f"{ORIGIN}/v/{digits}", "Behind # alone they stay in the browser.")
    ask("two_fragments_fail", f"{ORIGIN}/v/#77/v/#77", "One credential a text.", CANONICAL)
    ask("host_in_capitals_fail", f"https://ZC.example/v/#{digits}", "A second form of the same address.")
    ask("scheme_in_capitals_fail", f"HTTPS://zc.example/v/#{digits}", "A second form of the same address.")
    ask("plain_http_fail", f"http://zc.example/v/#{digits}", "http on loopback only.")
    ask("another_scheme_fail", f"ftp://zc.example/v/#{digits}", "https only.")
    ask("user_in_the_address_fail", f"https://zc.example@evil.example/v/#{digits}", "The host is evil.example.")
    ask("host_not_ascii_fail", f"https://职称.example/v/#{digits}", "ASCII hosts only; others look alike.")
    ask("host_empty_fail", f"https:///v/#{digits}", "A host has a name.")
    ask("host_too_long_fail", f"https://{'a' * 254}/v/#{digits[:600]}", "At most 253 characters.")
    ask("port_zero_fail", f"https://zc.example:0/v/#{digits}", "Ports begin with 1.")
    ask("port_of_six_digits_fail", f"https://zc.example:100000/v/#{digits}", "No such port.")
    ask("port_empty_fail", f"https://zc.example:/v/#{digits}", "A second form of the same address.")
    ask("blank_in_front_fail", f" {good.qr_text}", "The text begins with https.")
    ask("byte_order_mark_in_front_fail", f"\ufeff{good.qr_text}", "The text begins with https.")
    ask("text_without_end_fail", "x" * 4000, "Refused before it is looked at.", LARGE)
    ask("text_of_astral_characters_fail", "𠮷" * 700, "Length is counted in code points, in every language.")
    for name, origin in (
        ("host_not_official", "https://zc-example.example"),
        ("host_official_with_port", f"{ORIGIN}:8443"),
        ("host_below_the_official_one", "https://zc.example.evil.example"),
        ("host_official_with_usual_port", f"{ORIGIN}:443"),
        ("host_official_with_a_dot_behind", f"{ORIGIN}."),
        ("host_on_loopback", "http://127.0.0.1:8787"),
        ("host_on_loopback_six", "http://[::1]:8787"),
    ):
        why = "Not in the trust list: a loud warning, and the same verdict."
        scene.case(name, "valid/in_force", why, "3", qr_texts=(f"{origin}/v/#{digits}",))


def _typed(scene: Scene, code: str) -> None:
    grouped = checkcode.group(CheckCode(code))
    wide = code.translate({character: character + 0xFEE0 for character in range(0x21, 0x7F)})
    wide_small = code.lower().translate({character: character + 0xFEE0 for character in range(0x21, 0x7F)})
    separators = " \t\r\n\u00a0\u3000-._·\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
    forms = {
        "code_as_printed": ("Five groups of four.", [grouped]),
        "code_in_small_letters": ("Small ASCII letters are folded.", [code.lower(), grouped.lower()]),
        "code_in_full_width": ("U+FF01 to U+FF5E are folded to ASCII, small letters too.", [wide, wide_small]),
        "code_with_every_separator": (
            "Each of the separators of FORMAT 4.",
            [each.join(code[at : at + 4] for at in range(0, 20, 4)) for each in separators],
        ),
        "code_with_separators_around": (
            "In front and behind as well.",
            [f"  {grouped}\r\n", f"-{code}-", f"\u3000{code}"],
        ),
    }
    for name, (why, typed) in forms.items():
        scene.case(name, "valid/in_force", why, "4", check_codes=tuple(typed))


def _faults(scene: Scene, code: str) -> None:
    def ask(name: str, why: str, typed: list[str], expect: str = CODE) -> None:
        scene.case(name, expect, why, "4", check_codes=tuple(typed))

    near = [code[:at] + code[at + 1] + code[at] + code[at + 2 :] for at in range(19) if code[at] != code[at + 1]]
    ask("code_neighbours_swapped_fail", "Every swap of two neighbours that differ.", near)
    far = [
        code[:one] + code[two] + code[one + 1 : two] + code[one] + code[two + 1 :]
        for one in range(20)
        for two in range(one + 2, 20)
        if code[one] != code[two]
    ]
    ask("code_any_two_swapped_fail", "Every swap of two characters that differ, neighbours or not.", far)
    wrong = [code[:at] + other + code[at + 1 :] for at in range(20) for other in ALPHABET if other != code[at]]
    ask("code_one_character_wrong_fail", "Every other character at every place.", wrong)
    for character, name in (("0", "zero"), ("1", "one"), ("I", "letter_i"), ("O", "letter_o")):
        typed = [code[:at] + character + code[at + 1 :] for at in range(20)]
        ask(f"code_with_{name}_fail", f"{character} is in no code; it is refused by name at every place.", typed)
    small = [code[:at] + character + code[at + 1 :] for at in (0, 9, 19) for character in "ioｉｏＩＯ０１"]
    ask("code_with_folded_confusables_fail", "Small and full-width forms of I, O, 0 and 1.", small)
    ask("code_too_short_fail", "20 characters.", [code[:-1], code[1:], code[:4], ""])
    ask("code_too_long_fail", "20 characters.", [f"{code}2", f"2{code}", code * 2])
    ask("code_much_too_long_fail", "At most 80 characters are read.", [f"{code}{' ' * 61}", code * 5])
    ask("code_in_another_order_fail", "Groups exchanged.", [code[4:8] + code[:4] + code[8:], code[::-1]])
    lookalikes = ["А" + code[1:], "Α" + code[1:], code[:-1] + "ß", "ſ" + code[1:], "\u212a" + code[1:], "ı" + code[1:]]
    ask(
        "code_with_lookalikes_fail",
        "Nothing but ASCII and its full-width forms is folded: Cyrillic, Greek, ß, long s, Kelvin, dotless i.",
        lookalikes,
    )
    ask("code_with_ligature_fail", "A ligature is one character, not two.", [code[:-2] + "ﬁ", code[:-1] + "ǆ"])
    others = [f"{code[:4]}{each}{code[4:]}" for each in "/\\+,:;|~'\u200b\u2009\ufeff\u2016\u00ad—".replace("—", "")]
    ask("code_with_other_separators_fail", "Only the separators of FORMAT 4 are dropped.", others)
    ask(
        "code_with_arabic_digits_fail",
        "ASCII digits only.",
        [code[:at] + "٣" + code[at + 1 :] for at in range(0, 20, 5)],
    )
    ask("code_beyond_the_basic_plane_fail", "A letter of mathematics is no letter.", ["𝐀" + code[1:], "𝟐" * 20])


def _resolving(scene: Scene) -> None:
    world = scene.world
    by_code = world.issue()
    scene.case(
        "found_by_check_code",
        "valid/in_force",
        "The record opens and holds the credential.",
        "12",
        check_codes=(by_code.grouped_code,),
    )
    nobody = World().issue(cti=bytes(16))
    scene.case(
        "code_of_nobody_fail",
        "indeterminate/unknown_code",
        "Well formed, and no record opens with it: not found is no finding of forgery.",
        "12",
        check_codes=(nobody.grouped_code,),
    )
    uncoded = world.issue()
    uncoded.coded = False
    scene.case(
        "code_without_record_fail",
        "indeterminate/unknown_code",
        "The certificate exists; the record that the code opens does not.",
        "12",
        check_codes=(uncoded.check_code,),
    )
    scene.case("certificate_without_code_record", "valid/in_force", "Its QR text needs no such record.", "12", uncoded)
    moved = world.issue()
    moved.check_code = checkcode.make(bytes(16), bytes(range(15)))
    scene.case(
        "code_with_the_prefix_of_another_fail",
        "indeterminate/history_untrusted",
        "The credential found has a cti with another prefix than the code's.",
        "12",
        check_codes=(moved.check_code,),
        step=1,
    )
    hollow = world.issue()
    hollow.credential = parts_of(hollow.credential).whole(tag=b"\xd8\x12")
    scene.case(
        "code_opens_something_else_fail",
        CANONICAL,
        "What the record holds is held to the same form.",
        "12",
        check_codes=(hollow.check_code,),
    )
    garbage = world.issue()
    garbage.credential = b"\x43abc"
    scene.case(
        "code_opens_garbage_fail",
        UNKNOWN,
        "A record that holds no credential.",
        "12",
        check_codes=(garbage.check_code,),
    )
    nothing = world.issue()
    nothing.credential = b""
    scene.case(
        "code_opens_nothing_fail",
        UNKNOWN,
        "A record whose plaintext is empty.",
        "12",
        check_codes=(nothing.check_code,),
    )
    unformed = world.issue()
    unformed.credential = signed(b"\x80", world.credential_key)
    why = "What the record holds has no cti to compare: step 4 says what is wrong with it."
    scene.case(
        "code_opens_ill_formed_claims_fail", "malformed/bad_claims", why, "12", check_codes=(unformed.check_code,)
    )
    _damaged(scene)


def _damaged(scene: Scene) -> None:
    """Records that do not open although their locator is the code's."""
    changes: tuple[tuple[str, str, Change], ...] = (
        ("code_record_changed_fail", "The ciphertext does not open.", _with_last_bit),
        ("code_record_of_another_nonce_fail", "The nonce is part of it.", _with_other_nonce),
        (
            "code_record_padded_with_ones_fail",
            "The padding is zero.",
            _resealed(lambda plain: plain.ljust(512, b"\x01")),
        ),
        (
            "code_record_too_large_fail",
            "The smallest size that fits.",
            _resealed(lambda plain: plain.ljust(1024, b"\x00")),
        ),
        (
            "code_record_length_beyond_the_end_fail",
            "The length lies within the record.",
            _resealed(lambda plain: (b"\xff\xff" + plain[2:]).ljust(512, b"\x00")),
        ),
    )
    for name, why, change in changes:
        certificate = scene.world.issue()
        certificate.tamper_records[sealed.Kind.CERTIFICATE] = partial(change, certificate)
        untrusted = "indeterminate/history_untrusted"
        scene.case(name, untrusted, why, "5.2", check_codes=(certificate.check_code,), step=1)


Change = Callable[[Certificate, bytes], bytes]


def _with_last_bit(_: Certificate, record: bytes) -> bytes:
    return record[:-1] + bytes([record[-1] ^ 1])


def _with_other_nonce(_: Certificate, record: bytes) -> bytes:
    return record[:16] + bytes(12) + record[28:]


def _resealed(pad: Callable[[bytes], bytes]) -> Change:
    """Seal length and credential again, padded in another way."""

    def change(certificate: Certificate, record: bytes) -> bytes:
        keys = sealed.record_keys(sealed.Kind.CERTIFICATE, certificate.check_code.encode())
        plain = pad(len(certificate.credential).to_bytes(2) + certificate.credential)
        return keys.locator + record[16:28] + AESGCM(keys.key).encrypt(record[16:28], plain, keys.associated_data)

    return change
