"""Faces: what a document prints beyond the credential. Whatever is wrong with one, the outcome stays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from credential import cbor, cose, face, sealed
from credential.face import Design, Members, Sex
from credential.history import EventKind, Reason
from tests.support.clock import NOW
from tests.support.keys import Key
from tests.support.world import USUAL_FACE, Certificate, World
from tests.support.worldparts import PROVINCE
from tests.vectors.craft import bstr, head
from tests.vectors.model import Book, Scene
from tests.vectors.subjects import suites
from tests.vectors.subjects.suites import LATER, LATER_ALG, sign1

VALID: Final = "valid/in_force"
Told = Mapping[str, object]
HOLDS: Final[Told] = {"warnings": []}
UNTRUSTED: Final[Told] = {"warnings": ["face_untrusted"]}
NEWER: Final[Told] = {"warnings": ["face_newer"]}
"""The warnings that a face may bring."""
DIGEST: Final = sha256(b"a design, or a photo").digest()
FULL: Final = Members(
    sex=Sex.MALE,
    employer="示范省建筑设计研究院有限公司",
    photo=DIGEST,
    birth_month="1986-07",
    design=Design(id="standard", version=1, digest=DIGEST),
    licence="1.2.156.3005.2.11990000MB0000000X001.11990000MB0000000X.20260000001.001.X",
    printed=(("居民身份证", "**************002X"), ("批准文号", "示人社〔2026〕55号")),
)
LONG: Final = Members(
    sex=Sex.NOT_STATED,
    employer="单" * 100,
    birth_month="0001-01",
    design=Design(id="a" * 40, version=65535, digest=DIGEST),
    licence="A" * 100,
    printed=(("标" * 40, "文" * 200),),
)
BAD_MEMBERS: Final[tuple[tuple[str, int, Any, str], ...]] = (
    ("sex_of_another_number", 1, 3, "The code has 0, 1, 2 and 9."),
    ("sex_true", 1, True, "True is no number."),
    ("sex_as_text", 1, "男", "Sex is a number."),
    ("employer_empty", 2, "", "What is not printed is left out."),
    ("employer_too_long", 2, "单" * 101, "An employer has at most 100 code points."),
    ("employer_with_a_hidden_character", 2, "示范\u200b公司", "A text holds no character that cannot be seen."),
    ("employer_as_bytes", 2, b"employer", "A text is a text."),
    ("photo_of_31_bytes", 3, bytes(31), "A digest has 32 bytes."),
    ("photo_as_hex", 3, "00" * 32, "A digest is a byte string."),
    ("birth_month_of_a_day", 4, "1986-07-01", "A month and no day."),
    ("birth_month_13", 4, "1986-13", "There is no such month."),
    ("birth_month_of_year_0", 4, "0000-07", "There is no such year."),
    ("birth_month_in_full_width_digits", 4, "\uff11986-07", "Digits are ASCII."),
    ("birth_month_with_a_line_end", 4, "1986-07\n", "Nothing stands behind the month."),
    ("design_without_a_digest", 5, ["standard", 1], "A design has three parts."),
    ("design_version_0", 5, ["standard", 0, DIGEST], "Versions begin at 1."),
    ("design_version_65536", 5, ["standard", 65536, DIGEST], "Versions end at 65535."),
    ("design_id_in_capitals", 5, ["Standard", 1, DIGEST], "An id is in small letters."),
    ("design_digest_of_33_bytes", 5, ["standard", 1, DIGEST + b"\0"], "A digest has 32 bytes."),
    ("design_as_text", 5, "standard/v1", "A design is an array."),
    ("licence_with_a_blank", 6, "1.2.156 3005", "An identifier has letters, digits, points and hyphens."),
    ("licence_empty", 6, "", "What is not printed is left out."),
    ("licence_too_long", 6, "1" * 101, "An identifier has at most 100 characters."),
    ("printed_empty", 7, [], "What is not printed is left out."),
    ("printed_of_17_pairs", 7, [["a", "b"]] * 17, "At most 16 pairs are printed."),
    ("printed_label_empty", 7, [["", "b"]], "A label has 1 to 40 code points."),
    ("printed_label_too_long", 7, [["a" * 41, "b"]], "A label has 1 to 40 code points."),
    ("printed_text_too_long", 7, [["a", "b" * 201]], "A text has 1 to 200 code points."),
    ("printed_pair_of_three", 7, [["a", "b", "c"]], "A pair has two parts."),
    ("printed_number", 7, [["a", 1]], "A pair has two texts."),
    ("printed_as_a_map", 7, {"a": "b"}, "Pairs stand in an array."),
    ("printed_null", 7, None, "What is not printed is left out."),
)


def cases(book: Book) -> None:
    """One publication for all that is in order or spoilt inside, one for lost keys, one behind check codes."""
    scene = book.scene(World())
    _good(scene)
    _members(scene)
    _payloads(scene)
    _messages(scene)
    for certificate in scene.world.certificates:
        certificate.coded = False  # asked about by QR text
    _keys(book)
    _asked_otherwise(book)


def _good(scene: Scene) -> None:
    world = scene.world

    def ask(name: str, why: str, members: Members) -> None:
        certificate = world.issue()
        world.put_face(certificate, members)
        scene.case(f"face_{name}", VALID, why, "6.1", certificate, told=HOLDS)

    ask("with_all_members", "All seven are shown; the photo cannot be compared on paper and stays unchecked.", FULL)
    ask("with_no_members", "Every member may be left out: what is not in a face is not printed.", Members())
    ask("with_long_members", "Each member as long as it may be.", LONG)
    ask("with_sex_0", "0 is a member, and not the same as none.", Members(sex=Sex.UNKNOWN))
    ask("with_16_pairs", "As many pairs as there may be.", Members(printed=(("a", "b"),) * 16))
    scene.case(
        "face_missing",
        VALID,
        "A certificate without a face keeps its verdict; no warning.",
        "6.1",
        world.issue(),
        told=HOLDS,
    )
    withdrawn = world.issue()
    world.put_face(withdrawn)
    world.append(withdrawn, EventKind.WITHDRAWN, reason=Reason.FRAUD)
    why = "A face is shown in every state."
    state = "withdrawn/withdrawn"
    scene.case("face_of_a_withdrawn_certificate", state, why, "6.1", withdrawn, told=HOLDS)
    denied = world.issue(award_date=date(2019, 6, 30))
    world.put_face(denied)
    why = "Step 5 has passed, so the face is shown; step 6 refuses all the same."
    scene.case("face_of_an_award_without_grant_fail", "not_authorised/no_grant", why, "6.1", denied, told=HOLDS)
    early = world.issue()
    world.put_face(early)
    scene.case(
        "face_on_a_day_before_the_award",
        "not_yet_issued/award_not_made",
        "A face does not depend on the day that was asked about.",
        "6.1",
        early,
        at=date(2026, 6, 29),
        told=HOLDS,
    )


def _payload(certificate: Certificate, items: object) -> bytes:
    digest = sha256(certificate.credential).digest()
    return cbor.encode([face.VERSION, certificate.claims.cti, digest, items])


def _members(scene: Scene) -> None:
    world = scene.world
    for name, key, value, why in BAD_MEMBERS:
        certificate = world.issue()
        world.put_face_payload(certificate, _payload(certificate, {1: 1, key: value}))
        scene.case(f"face_{name}", VALID, f"{why} It counts as none.", "6.1", certificate, told=UNTRUSTED)
    unknown = world.issue()
    items = {1: 2, 8: {"a": [1, None]}, -1: b"later"}
    world.put_face_payload(unknown, _payload(unknown, items))
    why = "Keys of a later program are counted; the others are shown."
    scene.case("face_with_unknown_keys", VALID, why, "6.1", unknown, told=HOLDS)
    edges = world.issue()
    world.put_face_payload(edges, _payload(edges, {2**53 - 1: 0, -(2**53 - 1): 0, 0: 0}))
    why = "The largest and smallest keys, and 0."
    scene.case("face_with_unknown_keys_only", VALID, why, "6.1", edges, told=HOLDS)
    text = world.issue()
    world.put_face_payload(text, _payload(text, {1: 1, "employer": "示范公司"}))
    why = "Keys are integers. The face counts as none."
    scene.case("face_with_a_text_key", VALID, why, "6.1", text, told=UNTRUSTED)


def _payloads(scene: Scene) -> None:
    world = scene.world
    digest = sha256(b"another credential").digest()

    def ask(name: str, why: str, make: Any, told: Told = UNTRUSTED) -> None:
        certificate = world.issue()
        own = sha256(certificate.credential).digest()
        payload = make(certificate.claims.cti, own)
        world.put_face_payload(certificate, payload if isinstance(payload, bytes) else cbor.encode(payload))
        scene.case(f"face_{name}", VALID, why, "6.1", certificate, told=told)

    ask("of_another_certificate", "Its cti is another one's.", lambda _, own: [1, bytes(16), own, {1: 1}])
    ask("of_another_credential", "Its digest is another credential's.", lambda cti, _: [1, cti, digest, {1: 1}])
    ask("of_version_2", "A later program reads it: the warning says so.", lambda cti, own: [2, cti, own, {1: 1}], NEWER)
    ask("of_version_2_and_another_form", "Nothing behind a later version is looked at.", lambda *_: [2], NEWER)
    ask("of_version_0", "There is no such version.", lambda cti, own: [0, cti, own, {1: 1}])
    ask("of_version_true", "True is no number.", lambda cti, own: [True, cti, own, {1: 1}])
    ask("with_five_parts", "A payload has four parts.", lambda cti, own: [1, cti, own, {1: 1}, 0])
    ask("with_a_cti_of_15_bytes", "A cti has 16 bytes.", lambda cti, own: [1, cti[1:], own, {1: 1}])
    ask("with_members_in_an_array", "Members are a map.", lambda cti, own: [1, cti, own, [1]])
    ask("that_is_a_map", "A payload is an array.", lambda cti, own: {1: cti, 2: own})

    def wide(cti: bytes, own: bytes) -> bytes:
        return b"\x84\x18\x01" + bstr(cti) + bstr(own) + b"\xa0"

    ask("with_a_wide_number", "1 in two bytes: there is one encoding only.", wide)
    twice = b"\xa2\x01\x01\x01\x02"
    ask("with_a_key_twice", "A key stands there once.", lambda cti, own: b"\x84\x01" + bstr(cti) + bstr(own) + twice)
    turned = b"\xa2\x02" + head(3, 1) + b"a" + b"\x01\x01"
    ask("with_keys_in_disorder", "Keys ascend.", lambda cti, own: b"\x84\x01" + bstr(cti) + bstr(own) + turned)


def _messages(scene: Scene) -> None:
    world = scene.world

    def usual(certificate: Certificate) -> bytes:
        return face.encode(world.face(certificate, USUAL_FACE))

    def ask(name: str, why: str, section: str = "6.1", **how: Any) -> None:
        certificate = world.issue()
        world.put_face_payload(certificate, usual(certificate), **how)
        scene.case(f"face_{name}", VALID, why, section, certificate, told=UNTRUSTED)

    ask("signed_by_a_publisher_key", "A publisher key signs no face.", "1.2", signer=world.publisher)
    ask("signed_by_a_credential_key", "A credential key signs no face.", "1.2", signer=world.credential_key)
    ask("signed_by_a_stranger", "No key of the trust list has this id.", signer=Key("stranger"))
    ask("with_the_typ_of_a_history", "A message of another type is no face.", typ="application/titlecert-history+cbor")
    ask("without_typ", "The header names the type.", typ=None)
    changed = world.issue()
    world.put_face(changed)
    assert changed.face is not None
    changed.face = changed.face.replace("示范省".encode(), "示范市".encode())
    why = "The signature is over the employer too."
    scene.case("face_changed", VALID, why, "6.1", changed, told=UNTRUSTED)
    for length, name, told, why in (
        (face.MAX_BYTES, "of_4000_bytes", HOLDS, "As large as a face may be, with one key that nobody knows."),
        (face.MAX_BYTES + 1, "of_4001_bytes", UNTRUSTED, "A face has at most 4,000 bytes."),
    ):
        sized = world.issue()
        world.put_face_payload(sized, _filled(world, sized, length))
        assert sized.face is not None
        assert len(sized.face) == length
        scene.case(f"face_{name}", VALID, why, "6.1", sized, told=told)
    plain = world.issue()
    plain.face = b"no message"
    why = "What opens is no COSE_Sign1."
    scene.case("face_that_is_no_message", VALID, why, "6.1", plain, told=UNTRUSTED)
    spoilt = world.issue()
    world.put_face(spoilt)
    spoilt.tamper_records[sealed.Kind.FACE] = _with_another_end
    why = "Its locator is found and it does not open."
    scene.case("face_record_that_does_not_open", VALID, why, "5.2", spoilt, told=UNTRUSTED)
    empty = world.issue()
    world.put_face_payload(empty, b"\x80")
    scene.case("face_without_a_version", VALID, "An empty array has no version.", "6.1", empty, told=UNTRUSTED)


def _with_another_end(record: bytes) -> bytes:
    return record[:-1] + bytes([record[-1] ^ 1])


def _filled(world: World, certificate: Certificate, length: int) -> bytes:
    """A payload that makes a face of exactly this length."""
    frame = len(cose.sign(_payload(certificate, {99: bytes(1000)}), world.status_key, typ=face.TYP)) - 1000
    return _payload(certificate, {99: bytes(length - frame)})


def _keys(book: Book) -> None:
    """Whose window must hold the instant of registration, 15 July 2026."""
    world = World()
    scene = book.scene(world)
    registered = datetime(2026, 7, 15, 3, 0, tzinfo=UTC)
    ended, stolen, newer, later = (Key(f"face {name}") for name in ("ended", "stolen", "just ended", "later"))
    world.add_key(ended, "status", state="ended", ends=registered)
    world.add_key(newer, "status", state="ended", ends=registered + timedelta(seconds=1))
    world.add_key(later, "status", begins=registered + timedelta(seconds=1))
    world.add_key(stolen, "status", state="compromised", compromised_since=NOW - timedelta(days=1))
    heir = Key("face heir")
    world.add_key(heir, "status", begins=registered + timedelta(seconds=1), succeeds=newer.key_id)
    world.add_key(LATER, "status", key=suites.later())
    for key, name, told, why in (
        (newer, "whose_key_ended_a_second_later", HOLDS, "The key was good at the instant of registration."),
        (ended, "whose_key_had_ended", UNTRUSTED, "until is the first instant at which it is not good."),
        (
            later,
            "whose_key_began_a_second_later",
            UNTRUSTED,
            "The window had not begun when the certificate was registered.",
        ),
        (heir, "whose_key_succeeds_one_that_was_good", HOLDS, "The window of the key before counts as its own."),
        (stolen, "by_a_compromised_key", UNTRUSTED, "Whoever stole the key could have signed it, whatever it names."),
    ):
        certificate = world.issue()
        certificate.coded = False
        world.put_face_payload(certificate, face.encode(world.face(certificate, USUAL_FACE)), signer=key)
        scene.case(f"face_{name}", VALID, why, "6.1", certificate, told=told)
    both = world.issue()
    both.coded = False
    digest = sha256(both.credential).digest()
    world.put_face_payload(both, cbor.encode([2, both.claims.cti, digest, {}]), signer=stolen)
    why = "A version that a thief names is worth nothing: the key is asked first."
    scene.case("face_of_version_2_by_a_compromised_key", VALID, why, "6.1", both, told=UNTRUSTED)
    newest = world.issue()
    newest.coded = False
    newest.face = sign1(face.encode(world.face(newest, USUAL_FACE)), LATER, typ=face.TYP, alg=LATER_ALG)
    why = "Its key is of a suite that only a newer program knows: the warning says so."
    scene.case("face_by_a_later_suite", VALID, why, "6.1", newest, told=NEWER)
    unsure = world.issue(basis_reference="示评备〔2026〕404号", issuer=PROVINCE)
    unsure.coded = False
    world.put_face(unsure)
    why = "A face in order makes nothing of a committee that is not on file."
    scene.case("face_without_a_committee_fail", "not_authorised/committee_not_on_file", why, "6.1", unsure, told=HOLDS)


def _asked_otherwise(book: Book) -> None:
    """By check code, where three records of one certificate lie in one shard with those of others."""
    world = World(padding=20)
    scene = book.scene(world)
    certificate = world.issue()
    world.put_face(certificate, FULL)
    why = "All records of a certificate lie in one shard; the face is found by the cti that the code led to."
    scene.case("face_by_check_code", VALID, why, "5.2", check_codes=(certificate.check_code,), told=HOLDS)
    unregistered = world.issue()
    unregistered.registered = False
    world.put_face(unregistered)
    why = "A face makes no certificate: without a history there is none, and no face is shown."
    scene.case("face_without_a_history_fail", "not_authentic/unregistered", why, "6.1", unregistered, told=HOLDS)
    other = world.issue()
    world.put_face(other)
    other.credential = world.issue(cti=other.claims.cti, number="SF2026-99999").credential
    world.certificates.pop()
    scene.case(
        "face_of_another_registration_fail",
        "not_authentic/other_credential",
        "Step 5 has not passed: no face is shown.",
        "6.1",
        other,
        told=HOLDS,
    )
