"""Steps 2 to 5: whose key it is, whether the signature holds, and whether the credential was ever registered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from credential import cbor, cose, history, sealed
from credential.history import EventKind
from credential.statuslist import Status
from tests.support.clock import NOW
from tests.support.keys import Key
from tests.support.world import Certificate, World
from tests.support.worldparts import PROVINCE
from tests.vectors.craft import Parts, bstr, parts_of, qr, signed
from tests.vectors.model import Book, Scene

SUCCESSOR: Final = "SF2026-90001"
ENDED: Final = Key("ended")
STOLEN: Final = Key("compromised")
ENDED_STATUS: Final = Key("ended status")
STOLEN_STATUS: Final = Key("lost status")
END: Final = datetime(2026, 3, 1, tzinfo=UTC)
THEFT: Final = datetime(2026, 7, 1, tzinfo=UTC)
UNTRUSTED: Final = "indeterminate/history_untrusted"


def world_with_old_keys() -> World:
    """Beside the usual keys: one ended and one stolen of each of the two uses."""
    world = World()
    world.add_key(ENDED, "credential", PROVINCE, state="ended", ends=END)
    world.add_key(STOLEN, "credential", PROVINCE, state="compromised", compromised_since=THEFT)
    world.add_key(ENDED_STATUS, "status", None, state="ended", ends=datetime(2026, 8, 1, tzinfo=UTC))
    world.add_key(
        STOLEN_STATUS, "status", None, state="compromised", compromised_since=datetime(2026, 8, 1, tzinfo=UTC)
    )
    world.add_key(Key("tomorrow"), "credential", PROVINCE, begins=NOW + timedelta(days=1))
    world.add_key(Key("document"), "document", PROVINCE)
    world.add_key(Key("share"), "share", None)
    world.add_key(Key("receipt"), "receipt", None)
    return world


def cases(book: Book) -> None:
    """One publication for all; a second one for what is said beside a key that was not good."""
    _beside_the_key(book)
    scene = book.scene(world_with_old_keys())
    _keys(scene)
    _signatures(scene)
    _registration(scene)
    _histories(scene)
    _payloads(scene)
    for certificate in scene.world.certificates:
        # They are asked about by QR text; records that nobody opens would only make the shard longer.
        certificate.coded = certificate.coded and not certificate.registered


def _keys(scene: Scene) -> None:
    world = scene.world
    unknown, use = "not_authentic/unknown_key", "not_authentic/key_use"
    scene.case(
        "unknown_kid_fail", unknown, "No key of the trust list has this id.", "12", world.issue(signer=Key("stranger"))
    )
    scene.case(
        "kid_of_a_root_key_fail",
        unknown,
        "Root keys sign trust lists; they are not in one.",
        "1.2",
        world.issue(signer=Key("root")),
    )
    for key, name in (
        (world.status_key, "status"),
        (world.publisher, "publisher"),
        (Key("document"), "document"),
        (Key("share"), "share"),
        (Key("receipt"), "receipt"),
    ):
        why = f"A {name} key signs no credential: every key has one use."
        scene.case(f"kid_of_a_{name}_key_fail", use, why, "1.2", world.issue(signer=key))
    wrong = "not_authentic/wrong_issuer"
    scene.case(
        "key_of_another_authority_fail",
        wrong,
        "The district's key, the province's name.",
        "12",
        world.issue(signer=world.district_key),
    )
    stranger = world.issue(issuer="other-hrss")
    scene.case("issuer_that_nobody_knows_fail", wrong, "The key belongs to another authority.", "12", stranger)
    good = "not_authentic/key_not_good"
    scene.case(
        "key_ended_since", "valid/in_force", "Registered while the key was good.", "12", _issued(world, ENDED, 2, 1)
    )
    scene.case(
        "registered_when_key_had_ended_fail",
        good,
        "until is the first instant at which it is not good.",
        "12",
        _issued(world, ENDED, 3, 1),
    )
    scene.case(
        "registered_before_theft",
        "valid/in_force",
        "A compromised key is good before that.",
        "12",
        _issued(world, STOLEN, 6, 30),
    )
    scene.case(
        "registered_after_theft_fail",
        good,
        "Whoever stole the key could have signed it.",
        "12",
        _issued(world, STOLEN, 7, 1),
    )
    tomorrow = world.issue(signer=Key("tomorrow"))
    scene.case("key_that_begins_tomorrow_fail", good, "The window had not begun.", "12", tomorrow)


def _beside_the_key(book: Book) -> None:
    """Which certificate stands in the place of one that a bad key signed, and since when the key is known as stolen."""
    world = world_with_old_keys()
    both = Key("ended, then compromised")
    world.add_key(both, "credential", PROVINCE, state="compromised", ends=END, compromised_since=THEFT)
    midnight = Key("compromised at midnight")
    since = datetime(2026, 7, 1, 16, tzinfo=UTC)
    world.add_key(midnight, "credential", PROVINCE, state="compromised", compromised_since=since)
    scene = book.scene(world)

    def ask(name: str, why: str, certificate: Certificate, *, section: str = "12.1", **question: Any) -> None:
        certificate.coded = False
        scene.case(name, "not_authentic/key_not_good", why, section, certificate, **question)

    replaced = _issued(world, STOLEN, 7, 1)
    world.append(replaced, EventKind.SUPERSEDED, detail=SUCCESSOR)
    ask("replaced_after_theft_fail", "The new certificate is named beside the refusal.", replaced)
    ask(
        "replaced_after_theft_asked_about_before_fail",
        "Steps 1 to 8 read the whole history, whatever day is asked about.",
        replaced,
        at=date(2026, 7, 2),
    )
    ended = _issued(world, ENDED, 3, 1)
    world.append(ended, EventKind.SUPERSEDED, detail=SUCCESSOR)
    ask("replaced_when_key_had_ended_fail", "There is a new certificate, and nobody stole the key.", ended)
    withdrawn = _issued(world, STOLEN, 7, 1)
    world.append(withdrawn, EventKind.SUPERSEDED, detail=SUCCESSOR)
    world.append(withdrawn, EventKind.WITHDRAWN)
    ask("replaced_then_withdrawn_after_theft_fail", "A withdrawn certificate has no successor.", withdrawn)
    why = "The window had ended; the theft came after the registration and is not the cause."
    ask("registered_between_end_and_theft_fail", why, _issued(world, both, 3, 1))
    why = "A theft within the window or behind it is told, whatever ended first."
    ask("registered_after_end_and_theft_fail", why, _issued(world, both, 7, 1))
    why = "The day of the theft is the one in Shanghai: 16:00 UTC is the next day's first second."
    ask("registered_after_theft_at_midnight_fail", why, _issued(world, midnight, 7, 2))


def _issued(world: World, key: Key, month: int, day: int) -> Certificate:
    awarded = date(2026, 1, 15) if month <= 3 else date(2026, 6, 1)
    return world.issue(signer=key, issued_at=datetime(2026, month, day, tzinfo=UTC), award_date=awarded)


def _signatures(scene: Scene) -> None:
    world = scene.world
    good = parts_of(world.issue().credential)
    wrong = "not_authentic/bad_signature"

    def ask(name: str, why: str, data: bytes) -> None:
        scene.case(name, wrong, why, "2", qr_texts=(qr(data),))

    level = good.payload.replace("建筑工程".encode() + b"\x02", "建筑工程".encode() + b"\x01")
    assert level != good.payload
    ask("level_changed_fail", "One byte of the payload: level 1 instead of 2.", good.whole(payload=bstr(level)))
    name = good.payload.replace("王䶮".encode(), "王龑".encode())
    ask("name_changed_fail", "A variant of the same character is another name.", good.whole(payload=bstr(name)))
    kid = good.protected[:-8] + world.district_key.key_id
    ask("kid_exchanged_fail", "The header is part of what is signed.", good.whole(protected=bstr(kid)))
    other = parts_of(world.issue().credential)
    ask(
        "signature_of_another_credential_fail",
        "A good signature over something else.",
        good.whole(signature=bstr(other.signature)),
    )
    forged = Key("stranger").sign(cose.sig_structure(good.protected, good.payload))
    ask(
        "signature_of_a_stranger_fail", "A stranger's signature under our key's id.", good.whole(signature=bstr(forged))
    )
    for case, why, message in (
        ("signature_over_payload_alone_fail", "The Sig_structure is signed, not the payload.", good.payload),
        (
            "signature_of_another_context_fail",
            "The context of a countersignature.",
            _structure(good, "CounterSignature", b""),
        ),
        ("signature_of_many_signers_fail", "The context of COSE_Sign.", _structure(good, "Signature", b"")),
        ("signature_with_external_data_fail", "External data is empty.", _structure(good, "Signature1", b"zc.example")),
    ):
        ask(case, why, good.whole(signature=bstr(world.credential_key.sign(message))))
    flipped = bytes([good.signature[0] ^ 1]) + good.signature[1:]
    ask("signature_bit_flipped_fail", "The first bit of r.", good.whole(signature=bstr(flipped)))


def _structure(parts: Parts, context: str, external: bytes) -> bytes:
    return cbor.encode([context, parts.protected, external, parts.payload])


def _registration(scene: Scene) -> None:
    world = scene.world
    ghost = world.issue()
    ghost.registered = ghost.coded = False
    scene.case(
        "history_missing_fail",
        "not_authentic/unregistered",
        "Signed with our key and never registered: a stolen key alone forges nothing.",
        "12",
        ghost,
    )
    coded = world.issue()
    coded.registered = False
    scene.case(
        "history_missing_by_check_code_fail",
        "not_authentic/unregistered",
        "A record that the code opens is no registration.",
        "12",
        check_codes=(coded.check_code,),
    )
    first = world.issue()
    twin = world.issue(cti=first.claims.cti, name="李四")
    twin.registered = twin.coded = False
    scene.case(
        "history_of_another_credential_fail",
        "not_authentic/other_credential",
        "The cti is registered, for other bytes.",
        "12",
        twin,
    )
    resigned = world.issue()
    parts = parts_of(resigned.credential)
    again = signed(parts.payload, ENDED)
    scene.case(
        "credential_signed_twice_fail",
        "not_authentic/other_credential",
        "The same claims under another key have another digest.",
        "12",
        qr_texts=(qr(again),),
    )
    scene.case("credential_registered_first", "valid/in_force", "The one whose digest is registered.", "12", resigned)
    swapped = world.issue()
    swapped.history = replace(swapped.history, cti=first.claims.cti)
    scene.case(
        "history_names_another_certificate_fail",
        UNTRUSTED,
        "The record opens and holds another certificate's history.",
        "6",
        swapped,
    )


def _histories(scene: Scene) -> None:
    world = scene.world
    for key, name, why in (
        (Key("stranger"), "stranger", "No key of the trust list."),
        (STOLEN_STATUS, "compromised_key", "A thief names any instant, so a compromised key signs nothing."),
        (ENDED_STATUS, "retired_key", "The last event was recorded after the key had ended."),
        (world.credential_key, "credential_key", "A credential key signs no history."),
        (world.publisher, "publisher_key", "A publisher key signs no history."),
    ):
        certificate = world.issue()
        certificate.history_signer = key
        if key is ENDED_STATUS:
            world.append(certificate, EventKind.SUSPENDED, recorded=datetime(2026, 9, 1, tzinfo=UTC))
        scene.case(f"history_signed_by_{name}_fail", UNTRUSTED, why, "12", certificate)
    early = world.issue()
    early.history_signer = ENDED_STATUS
    scene.case("history_signed_before_key_ended", "valid/in_force", "Its window holds the last event.", "12", early)
    for name, why, kind, status in (
        ("list_valid_history_withdrawn", "The list was not updated, or lies.", EventKind.WITHDRAWN, Status.VALID),
        ("list_valid_history_suspended", "The list was not updated, or lies.", EventKind.SUSPENDED, Status.VALID),
        (
            "list_withdrawn_history_cancelled",
            "A sanction and an administrative act are two things.",
            EventKind.CANCELLED,
            Status.WITHDRAWN,
        ),
        ("list_withdrawn_history_valid", "The list alone withdraws nothing.", None, Status.WITHDRAWN),
        ("list_suspended_history_valid", "The list alone suspends nothing.", None, Status.SUSPENDED),
    ):
        certificate = world.issue()
        if kind is not None:
            world.append(certificate, kind)
        certificate.status = status
        scene.case(f"{name}_fail", "indeterminate/status_disagrees", why, "12", certificate)
    broken = world.issue()
    broken.tamper_history = _with_last_bit
    scene.case("history_bit_flipped_fail", UNTRUSTED, "The signature does not hold.", "6", broken)
    ungranted = world.issue(series=5, title=5002, level=3)
    ungranted.tamper_history = _with_last_bit
    scene.case(
        "refusal_beats_unknown_history_fail",
        "not_authorised/committee_scope",
        "The history cannot be known; what a later step proves stands.",
        "12",
        ungranted,
    )
    for name, why, change in (
        ("history_record_changed_fail", "The record does not open.", _with_last_bit),
        (
            "history_record_nonce_changed_fail",
            "The record does not open.",
            lambda record: record[:16] + bytes(12) + record[28:],
        ),
    ):
        certificate = world.issue()
        certificate.tamper_records[sealed.Kind.HISTORY] = change
        scene.case(name, UNTRUSTED, why, "5.2", certificate)


def _with_last_bit(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


Rewrite = Callable[[list[Any]], object]


def _payloads(scene: Scene) -> None:
    """Histories that the right key signed over what no history says."""
    world = scene.world
    for name, why, change in PAYLOADS:
        certificate = world.issue()
        certificate.tamper_history = _rewritten(world, change)
        scene.case(f"{name}_fail", UNTRUSTED, why, "6", certificate)
    header = world.issue()
    header.tamper_history = lambda plain: cose.sign(
        cose.parse(plain, max_bytes=16000, typ=history.TYP).payload, world.status_key
    )
    scene.case("history_without_typ_fail", UNTRUSTED, "The header names the format.", "6", header)
    token = world.issue()
    token.tamper_history = lambda plain: cose.sign(
        cose.parse(plain, max_bytes=16000, typ=history.TYP).payload, world.status_key, typ="application/statuslist+cwt"
    )
    scene.case("history_with_typ_of_a_status_list_fail", UNTRUSTED, "The typ of another token.", "6", token)
    itself = world.issue()
    itself.tamper_history = lambda _: itself.credential
    scene.case("credential_in_the_place_of_a_history_fail", UNTRUSTED, "A credential is no history.", "6", itself)


def _rewritten(world: World, change: Rewrite) -> Callable[[bytes], bytes]:
    def tamper(plain: bytes) -> bytes:
        payload = cbor.decode(cose.parse(plain, max_bytes=16000, typ=history.TYP).payload, max_bytes=16000)
        assert isinstance(payload, list)
        changed = change(payload)
        data = changed if isinstance(changed, bytes) else cbor.encode(changed)
        return cose.sign(data, world.status_key, typ=history.TYP)

    return tamper


def _event(payload: list[Any], **changes: object) -> list[Any]:
    """The payload with members of its first event replaced."""
    names = ("kind", "effective", "recorded", "authority", "basis", "document", "reason", "detail")
    event = [changes.get(name, member) for name, member in zip(names, payload[2][0], strict=True)]
    return [payload[0], payload[1], [event, *payload[2][1:]]]


def _more(payload: list[Any], *later: list[object]) -> list[Any]:
    """The payload with events appended: kind, detail and what else is not usual."""
    first = payload[2][0]
    return [
        payload[0],
        payload[1],
        [first, *([kind, first[1], first[2], PROVINCE, "", "", 0, detail] for kind, detail in later)],
    ]


PAYLOADS: Final[tuple[tuple[str, str, Rewrite], ...]] = (
    ("history_of_another_version", "Version 1.", lambda p: [2, *p[1:]]),
    ("history_version_true", "true is no number.", lambda p: [True, *p[1:]]),
    ("history_without_events", "1 to 64 events.", lambda p: [p[0], p[1], []]),
    ("history_of_65_events", "1 to 64 events.", lambda p: _more(p, *([[7, "注"]] * 64))),
    ("history_with_a_fourth_member", "[1, cti, events].", lambda p: [*p, 0]),
    ("history_not_canonical", "An array in a second form.", lambda p: b"\x98\x03" + cbor.encode(p)[1:]),
    ("history_with_a_byte_behind", "No byte behind the item.", lambda p: cbor.encode(p) + b"\x00"),
    ("history_begins_with_suspended", "The first event is issued.", lambda p: _event(p, kind=2, detail=None)),
    ("history_issued_twice", "Issued is first and only first.", lambda p: [p[0], p[1], p[2] * 2]),
    ("history_reinstated_without_suspension", "Only a suspended one is reinstated.", lambda p: _more(p, [3, None])),
    ("history_suspended_after_withdrawal", "Withdrawn is final.", lambda p: _more(p, [4, None], [2, None])),
    (
        "history_cancelled_after_superseded",
        "Superseded can only be withdrawn.",
        lambda p: _more(p, [6, "SF2026-90001"], [5, None]),
    ),
    ("history_kind_true", "true is no number.", lambda p: _event(p, kind=True)),
    (
        "history_effective_after_recorded",
        "Effective not later than the day of recording.",
        lambda p: _event(p, effective=p[2][0][1] + 1),
    ),
    (
        "history_issued_on_an_earlier_day",
        "For issued both are the same day.",
        lambda p: _event(p, effective=p[2][0][1] - 1),
    ),
    (
        "history_recorded_backwards",
        "recorded never falls.",
        lambda p: [p[0], p[1], [p[2][0], [7, p[2][0][1], p[2][0][2] - 1, PROVINCE, "", "", 0, "注"]]],
    ),
    ("history_detail_of_31_bytes", "A digest has 32 bytes.", lambda p: _event(p, detail=[bytes(31), None])),
    ("history_detail_as_text", "A digest is bytes.", lambda p: _event(p, detail=["a" * 32, None])),
    ("history_suspended_with_a_detail", "null for suspended.", lambda p: _more(p, [2, "x"])),
    (
        "history_successor_in_small_letters",
        "A successor is a certificate number.",
        lambda p: _more(p, [6, "sf2026-90001"]),
    ),
    ("history_successor_too_long", "A certificate number has 4 to 24 characters.", lambda p: _more(p, [6, "S" * 25])),
    ("history_successor_null", "Superseded names the successor.", lambda p: _more(p, [6, None])),
    ("history_annotation_empty", "1 to 200 code points.", lambda p: _more(p, [7, ""])),
    ("history_annotation_of_201_characters", "1 to 200 code points.", lambda p: _more(p, [7, "注" * 201])),
    (
        "history_annotation_with_direction_override",
        "No character that cannot be seen.",
        lambda p: _more(p, [7, "注\u202e"]),
    ),
    (
        "history_authority_that_is_no_id",
        "The deciding authority is named by its id.",
        lambda p: _event(p, authority="示范省"),
    ),
    (
        "history_authority_in_capitals",
        "The deciding authority is named by its id.",
        lambda p: _event(p, authority="Demo-HRSS"),
    ),
    ("history_authority_of_one_letter", "An id has 2 to 16 characters.", lambda p: _event(p, authority="d")),
    ("history_basis_of_201_characters", "0 to 200 code points.", lambda p: _event(p, basis="依" * 201)),
    ("history_document_of_101_characters", "0 to 100 code points.", lambda p: _event(p, document="号" * 101)),
    ("history_of_too_many_items", "At most 4,096 items.", lambda p: _event(p, detail=[0] * 4100)),
    ("history_event_of_nine_parts", "An event has eight parts.", lambda p: [p[0], p[1], [[*p[2][0], None]]]),
    ("history_event_as_map", "An event is an array.", lambda p: [p[0], p[1], [{}]]),
)
