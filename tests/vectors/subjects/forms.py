"""Step 1: the one form of a credential (FORMAT 1.1, 1.3, 2), and everything that is nearly it."""

from __future__ import annotations

from typing import Any, Final

from credential import cbor
from credential.algorithms import ES256
from tests.support.world import World
from tests.vectors.craft import Parts, bstr, of_size, parts_of, qr, register, reshaped, signed
from tests.vectors.model import Book, Scene

SECTION: Final = "1.3"
CANONICAL: Final = "malformed/not_canonical"
UNKNOWN: Final = "malformed/not_recognised"
HEADER: Final = "malformed/bad_header"


def cases(book: Book) -> None:
    """All of them are asked about the same publication."""
    scene = book.scene(World())
    good = scene.world.issue()
    parts = parts_of(good.credential)
    _good(scene)
    _encodings(scene, parts, good.credential)
    _structures(scene, parts)
    _headers(scene, parts)
    _signatures(scene, parts)
    _sizes(scene)
    long = scene.world.issue(name="阿卜杜热合曼·买买提", specialty="信息系统项目管理")
    why = "Names of several parts have a middle dot between them."
    scene.case("name_with_a_middle_dot", "valid/in_force", why, "2.1", long)


def _ask(scene: Scene, name: str, expect: str, why: str, data: bytes, section: str = SECTION, **question: Any) -> None:
    scene.case(name, expect, why, section, qr_texts=(qr(data),), **question)


def _good(scene: Scene) -> None:
    world = scene.world
    scene.case("credential_in_order", "valid/in_force", "Every rule holds.", "2", world.certificates[0])
    appended = reshaped(world, lambda item: {**item, -65537: [*item[-65537], "示例", [1, None]]})
    scene.case(
        "appended_position",
        "valid/in_force",
        "Positions behind the twelfth may only inform; a reader ignores them.",
        "2",
        appended,
    )
    name = "é"
    nfc = world.issue(name=f"Am{name}lie 王", id_last4="0021")
    scene.case("name_in_nfc", "valid/in_force", "A name stands as on the identity document, here composed.", "2.1", nfc)
    nfd = world.issue(name="Ame\u0301lie 王", id_last4="0021")
    scene.case(
        "name_in_nfd",
        "valid/in_force",
        "The decomposed spelling is another text; readers compare bytes and normalise nothing.",
        "2.1",
        nfd,
    )
    selected = world.issue(name="葛\U000e0100木")
    scene.case(
        "name_with_variation_selector",
        "valid/in_force",
        "Variation selectors choose a form and are allowed.",
        "2.1",
        selected,
    )
    rare = world.issue(name="𠮷野𰻝")
    scene.case(
        "name_beyond_the_basic_plane", "valid/in_force", "Ideographs of every plane are characters.", "2.1", rare
    )
    compatible = world.issue(name="﨑山\uf900")
    scene.case(
        "name_of_compatibility_ideographs",
        "valid/in_force",
        "Nothing is folded to its canonical form.",
        "2.1",
        compatible,
    )


def _encodings(scene: Scene, parts: Parts, whole: bytes) -> None:
    def ask(name: str, expect: str, why: str, data: bytes) -> None:
        _ask(scene, name, expect, why, data)

    ask("tag_in_two_bytes_fail", CANONICAL, "Tag 18 fits into the first byte.", parts.whole(tag=b"\xd8\x12"))
    ask("array_length_in_two_bytes_fail", CANONICAL, "The length 4 fits into the head.", parts.whole(array=b"\x98\x04"))
    endless = parts.whole(array=b"\x9f", end=b"\xff")
    ask("array_without_length_fail", CANONICAL, "Indefinite lengths are a second form.", endless)
    ask(
        "map_without_length_fail",
        CANONICAL,
        "Indefinite lengths are a second form.",
        parts.whole(unprotected=b"\xbf\xff"),
    )
    length = len(parts.payload).to_bytes(2)
    ask(
        "bytes_length_in_two_bytes_fail",
        CANONICAL,
        "The payload's length fits into one byte behind the head.",
        parts.whole(payload=b"\x59" + length + parts.payload),
    )
    length = len(parts.payload).to_bytes(8)
    ask(
        "bytes_length_in_eight_bytes_fail",
        CANONICAL,
        "The widest form of a length that fits into one byte.",
        parts.whole(payload=b"\x5b" + length + parts.payload),
    )
    chunks = b"\x5f" + bstr(parts.payload[:64]) + bstr(parts.payload[64:]) + b"\xff"
    ask("bytes_in_chunks_fail", CANONICAL, "Byte strings in chunks are a second form.", parts.whole(payload=chunks))
    kid = parts.protected[-9:]
    wide = b"\xa2\x18\x01\x26\x04" + kid
    ask("header_key_in_two_bytes_fail", CANONICAL, "The label 1 fits into its head.", _with_header(scene, parts, wide))
    unsorted = b"\xa2\x04" + kid + b"\x01\x26"
    ask("header_keys_unsorted_fail", CANONICAL, "Map keys are sorted.", _with_header(scene, parts, unsorted))
    double = b"\xa3\x01\x26\x01\x26\x04" + kid
    ask("header_key_twice_fail", CANONICAL, "A label stands once.", _with_header(scene, parts, double))
    two_kids = b"\xa3\x01\x26\x04" + kid + b"\x04" + kid
    ask(
        "kid_twice_fail",
        CANONICAL,
        "Two key ids: readers would differ in which one counts.",
        _with_header(scene, parts, two_kids),
    )
    longer = parts.protected + b"\x00"
    ask(
        "byte_behind_the_header_fail", CANONICAL, "No byte behind the header's map.", _with_header(scene, parts, longer)
    )
    ask("trailing_byte_fail", CANONICAL, "No byte behind the item.", whole + b"\x00")
    ask(
        "credential_twice_fail",
        CANONICAL,
        "A sequence of items is no item.",
        b"\xd2\x84\x40\xa0\x40\x40" + b"\xd2\x84\x40\xa0\x40\x40",
    )
    ask("float_fail", CANONICAL, "No format has floating point.", parts.whole(unprotected=b"\xa1\x01\xf9\x3c\x00"))
    ask("undefined_fail", CANONICAL, "No simple value but null, true, false.", parts.whole(signature=b"\xf7"))
    ask(
        "simple_value_fail",
        CANONICAL,
        "No simple value but null, true, false.",
        parts.whole(unprotected=b"\xa1\x01\xf8\xff"),
    )
    big = b"\xa1\x01\x1b" + (1 << 53).to_bytes(8)
    ask("integer_beyond_53_bits_fail", CANONICAL, "Not every language holds it exactly.", parts.whole(unprotected=big))
    small = b"\xa1\x01\x3b" + ((1 << 53) - 1).to_bytes(8)
    ask("integer_below_53_bits_fail", CANONICAL, "Not every language holds it exactly.", parts.whole(unprotected=small))
    ask(
        "map_key_of_bytes_fail",
        CANONICAL,
        "Map keys are integers or text.",
        parts.whole(unprotected=b"\xa1\x41\x00\x00"),
    )
    ask("map_key_true_fail", CANONICAL, "Map keys are integers or text.", parts.whole(unprotected=b"\xa1\xf5\x00"))
    ask("map_key_of_array_fail", CANONICAL, "Map keys are integers or text.", parts.whole(unprotected=b"\xa1\x80\x00"))
    key = b"\xa3\x01\x26\x04" + kid + b"\x41\x10\x00"
    ask("header_key_of_bytes_fail", CANONICAL, "Map keys are integers or text.", _with_header(scene, parts, key))
    deep = parts.whole(unprotected=b"\xa1\x01" + b"\x81" * 40 + b"\x00")
    ask("deep_nesting_fail", CANONICAL, "At most 8 levels, so that no reader's stack runs over.", deep)
    ask("too_many_items_fail", CANONICAL, "More bytes of nested arrays than levels.", b"\xd2" + b"\x81" * 418 + b"\x80")
    ask(
        "giant_map_fail",
        UNKNOWN,
        "The map says 2^32 - 1 pairs and ends: no memory is spent on the promise.",
        parts.whole(unprotected=b"\xba\xff\xff\xff\xff"),
    )
    giant = parts.whole(array=b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff")
    ask("giant_array_fail", UNKNOWN, "The array says 2^64 - 1 elements and ends.", giant)
    ask(
        "giant_bytes_fail",
        UNKNOWN,
        "The byte string says 2^63 - 1 bytes and ends.",
        parts.whole(payload=b"\x5b\x7f" + b"\xff" * 7),
    )
    ask("cut_short_fail", UNKNOWN, "The last byte is missing: this is no CBOR item.", whole[:-1])
    ask("cut_in_the_middle_fail", UNKNOWN, "The payload ends inside.", whole[:100])
    ask("reserved_length_fail", CANONICAL, "Lengths 28 to 30 are reserved.", parts.whole(array=b"\x9c"))
    text = b"\xa3\x01\x26\x04" + kid + b"\x61\xff\x00"
    ask("text_that_is_not_utf8_fail", UNKNOWN, "Text that is not UTF-8 is no CBOR.", _with_header(scene, parts, text))
    surrogate = b"\xa3\x01\x26\x04" + kid + b"\x63\xed\xa0\x80\x00"
    ask("text_with_a_surrogate_fail", UNKNOWN, "A surrogate has no UTF-8.", _with_header(scene, parts, surrogate))


def _with_header(scene: Scene, parts: Parts, header: bytes) -> bytes:
    """Signed by our own key, so that only the form stands against it."""
    return signed(parts.payload, scene.world.credential_key, protected=header)


def _structures(scene: Scene, parts: Parts) -> None:
    def ask(name: str, expect: str, why: str, data: bytes) -> None:
        _ask(scene, name, expect, why, data, "2")

    ask("without_tag_fail", UNKNOWN, "The array stands behind tag 18.", parts.whole(tag=b""))
    ask(
        "second_tag_form_fail",
        UNKNOWN,
        "RFC 8392 also knows tag 61 in front; here there is one form.",
        parts.whole(tag=b"\xd8\x3d\xd2"),
    )
    ask("tag_twice_fail", UNKNOWN, "Tag 18 stands once.", parts.whole(tag=b"\xd2\xd2"))
    ask(
        "tag_of_a_mac_fail", UNKNOWN, "Tag 17 is COSE_Mac0: whoever checks a MAC can make it.", parts.whole(tag=b"\xd1")
    )
    ask("tag_of_many_signers_fail", UNKNOWN, "Tag 98 is COSE_Sign.", parts.whole(tag=b"\xd8\x62"))
    ask(
        "tag_inside_fail",
        UNKNOWN,
        "Tag 24 on the payload: no tag but the one in front.",
        parts.whole(payload=b"\xd8\x18" + bstr(parts.payload)),
    )
    ask("bignum_fail", UNKNOWN, "Tag 2, a second form of an integer.", parts.whole(unprotected=b"\xa1\x01\xc2\x41\x01"))
    ask("three_parts_fail", UNKNOWN, "A COSE_Sign1 has four parts.", parts.whole(array=b"\x83", signature=b""))
    ask("five_parts_fail", UNKNOWN, "A COSE_Sign1 has four parts.", parts.whole(array=b"\x85", end=b"\x00"))
    ask("payload_detached_fail", UNKNOWN, "The payload is inside.", parts.whole(payload=b"\xf6"))
    ask("payload_as_map_fail", UNKNOWN, "The payload is a byte string.", parts.whole(payload=parts.payload))
    ask(
        "signature_as_text_fail",
        UNKNOWN,
        "The signature is a byte string.",
        parts.whole(signature=b"\x78\x40" + b"a" * 64),
    )
    ask(
        "unprotected_header_as_array_fail",
        UNKNOWN,
        "The unprotected header is a map.",
        parts.whole(unprotected=b"\x80"),
    )
    ask("unprotected_header_null_fail", UNKNOWN, "The unprotected header is a map.", parts.whole(unprotected=b"\xf6"))
    ask("some_bytes_fail", UNKNOWN, "A byte string is no credential.", b"\x43abc")
    ask("a_text_fail", UNKNOWN, "A text is no credential.", b"\x6bno contents")
    ask(
        "a_jws_fail",
        CANONICAL,
        "The ASCII of a JWS reads as a short text with bytes behind it.",
        b"eyJhbGciOiJFUzI1NiJ9.e30.AAAA",
    )


def _headers(scene: Scene, parts: Parts) -> None:
    kid = parts.protected[-8:]

    def ask(
        name: str, why: str, header: object, *, unprotected: bytes | None = None, expect: str = HEADER, step: int = 1
    ) -> None:
        if unprotected is not None:
            return _ask(scene, name, expect, why, parts.whole(unprotected=unprotected), "2")
        encoded = header if isinstance(header, bytes) else cbor.encode(header)
        return _ask(scene, name, expect, why, _with_header(scene, parts, encoded), "2", step=step)

    def another(name: str, why: str, alg: int) -> None:
        """Another number has its form, and is not the key's."""
        ask(name, why, {1: alg, 4: kid}, step=2)

    ask(
        "unprotected_kid_fail",
        "Nothing in the unprotected header is signed.",
        None,
        unprotected=b"\xa1\x04" + bstr(kid),
    )
    ask("unprotected_alg_fail", "Nothing in the unprotected header is signed.", None, unprotected=b"\xa1\x01\x26")
    ask("unprotected_text_fail", "Anybody could add a text behind the signature.", None, unprotected=b"\xa1\x61x\x61y")
    ask(
        "header_with_type_fail", "A credential's header holds alg and kid only.", {1: -7, 4: kid, 16: "application/cwt"}
    )
    ask("header_with_critical_labels_fail", "A credential's header holds alg and kid only.", {1: -7, 2: [4], 4: kid})
    ask("header_with_content_type_fail", "A credential's header holds alg and kid only.", {1: -7, 3: 61, 4: kid})
    ask("header_with_text_label_fail", "A credential's header holds alg and kid only.", {1: -7, 4: kid, "x": 1})
    ask("header_without_kid_fail", "Without a kid nobody knows whose signature it is.", {1: -7})
    ask("header_without_alg_fail", "The header names the key's algorithm.", {4: kid})
    ask("header_empty_map_fail", "The header holds alg and kid.", {})
    ask("header_empty_fail", "An empty byte string is no map here, though RFC 9052 allows it.", b"", expect=UNKNOWN)
    ask("header_as_array_fail", "The header is a map.", [1, -7, 4, kid])
    ask("kid_of_seven_bytes_fail", "A key id has 8 bytes.", {1: -7, 4: kid[:7]})
    ask("kid_of_nine_bytes_fail", "A key id has 8 bytes.", {1: -7, 4: kid + b"\x00"})
    ask("kid_empty_fail", "A key id has 8 bytes.", {1: -7, 4: b""})
    ask("kid_as_text_fail", "A key id is a byte string.", {1: -7, 4: "abcdefgh"})
    another("alg_of_another_curve_fail", "ES384 is not this key's algorithm.", -35)
    another("alg_eddsa_fail", "EdDSA is not this key's algorithm.", -8)
    another("alg_of_a_mac_fail", "HMAC with the public key as the secret: the key pins the algorithm.", 5)
    another("alg_of_the_largest_number_fail", "An integer has its form whatever it is.", 2**53 - 1)
    ask("alg_none_fail", "There is no unsigned credential.", {1: None, 4: kid})
    ask("alg_as_text_fail", "alg is the number -7.", {1: "ES256", 4: kid})
    another("alg_fully_specified_fail", "ESP256 (-9) is another name for the same algorithm: a second form.", -9)
    ask("alg_true_fail", "true is no number.", {1: True, 4: kid})


def _signatures(scene: Scene, parts: Parts) -> None:
    r, s = parts.signature[:32], int.from_bytes(parts.signature[32:])

    def ask(name: str, expect: str, why: str, signature: bytes) -> None:
        _ask(scene, name, expect, why, parts.whole(signature=bstr(signature)), "1.1")

    high = "malformed/high_s"
    wrong = "not_authentic/bad_signature"
    ask(
        "high_s_fail",
        high,
        "n - s is as valid for ECDSA: a second form of the same credential.",
        r + (ES256.order - s).to_bytes(32),
    )
    ask("s_just_too_high_fail", high, "(n + 1) / 2 is the first refused s.", r + ((ES256.order + 1) // 2).to_bytes(32))
    ask("s_is_the_order_fail", high, "s = n.", r + ES256.order.to_bytes(32))
    ask("s_of_all_ones_fail", high, "s beyond the order.", r + b"\xff" * 32)
    ask(
        "s_just_low_enough_fail",
        wrong,
        "(n - 1) / 2 has the right form and is not this signature.",
        r + ((ES256.order - 1) // 2).to_bytes(32),
    )
    ask("s_zero_fail", wrong, "s = 0 never holds.", r + bytes(32))
    ask("r_zero_fail", wrong, "r = 0 never holds.", bytes(32) + parts.signature[32:])
    ask(
        "signature_of_zeros_fail",
        wrong,
        "The empty signature that a careless library once took (CVE-2022-21449).",
        bytes(64),
    )
    ask("r_is_the_order_fail", wrong, "r = n never holds.", ES256.order.to_bytes(32) + parts.signature[32:])
    ask("r_of_all_ones_fail", wrong, "r beyond the order.", b"\xff" * 32 + parts.signature[32:])
    ask(
        "r_and_s_exchanged_fail",
        wrong if int.from_bytes(r) <= ES256.order // 2 else high,
        "r first, then s.",
        parts.signature[32:] + r,
    )
    ask("signature_of_63_bytes_fail", UNKNOWN, "A signature has 64 bytes.", parts.signature[:63])
    ask("signature_of_65_bytes_fail", UNKNOWN, "A signature has 64 bytes.", parts.signature + b"\x00")
    ask("signature_empty_fail", UNKNOWN, "A signature has 64 bytes.", b"")
    der = b"\x02\x21\x00" + r + b"\x02\x20" + parts.signature[32:]
    ask("signature_in_der_fail", UNKNOWN, "The DER form of other protocols.", b"\x30" + bytes([len(der)]) + der)


def _sizes(scene: Scene) -> None:
    world = scene.world
    usual = world.issue()
    world.certificates.remove(usual)
    largest = register(world, of_size(world, usual.credential, 420), usual.claims.cti)
    scene.case("largest_size", "valid/in_force", "420 bytes are read.", "2", largest)
    larger = qr(of_size(world, usual.credential, 421))
    scene.case(
        "one_byte_too_large_fail",
        "malformed/too_large",
        "421 bytes are not, whatever they hold.",
        "2",
        qr_texts=(larger,),
    )
