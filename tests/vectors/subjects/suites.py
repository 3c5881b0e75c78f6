"""Algorithms of keys and messages (FORMAT 1.1, 1.5, 1.6): known, of a later suite, and not in their form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any, Final

from credential import cbor, cose, history, jose, jsonform, publication, statuslist
from credential.roots import MAX_ROOT_BYTES, Root, encode_root
from credential.roots import TYP as ROOT_TYP
from credential.signing import AnyKey, UnusableKey
from credential.snapshot import TYP as SNAPSHOT_TYP
from credential.text import from_base64url, to_base64url
from credential.trustlist import TYP as TRUST_TYP
from tests.support.keys import Key
from tests.support.world import World
from tests.support.worldparts import PROVINCE, START
from tests.vectors.craft import Parts, qr
from tests.vectors.model import Book, Kind, Scene
from tests.vectors.served import UNTRUSTED, VALID, Change, ask, payload_of, put_container, relisted, resigned

NEWER: Final = "indeterminate/newer_format"
HEADER: Final = "malformed/bad_header"
LATER_ALG: Final = -65_000
"""A COSE number that nobody knows."""
PARAMS: Final = {"id": "1234567812345678"}
LATER: Final = Key("key of a later suite")
ONE, TWO, THREE = Key("root"), Key("root 2"), Key("root 3")


def cases(book: Book) -> None:
    """Each has a publication of its own, but for the credentials."""
    _credentials(book)
    _entries(book)
    _certificates(book)
    _histories(book)
    _status_lists(book)
    _snapshots(book)
    _trust_lists(book)
    _roots(book)
    _root_files(book)


def later(
    key: Key = LATER, *, alg: str = "SM2", params: Mapping[str, Any] = PARAMS, jwk: Mapping[str, Any] | None = None
) -> UnusableKey:
    """An entry's key of a suite that no reader of today knows."""
    return UnusableKey(
        key_id=key.key_id, alg=alg, params=params, jwk={"crv": "SM2", "kty": "EC"} if jwk is None else jwk
    )


def token(payload: bytes, key: Key, typ: str, *, alg: str = "SM2", signature: bytes | None = None) -> str:
    """A JWS whose header names any algorithm; the signature is the key's own unless it is given."""
    header = jsonform.encode({"alg": alg, "kid": to_base64url(key.key_id), "typ": typ})
    message = f"{to_base64url(header)}.{to_base64url(payload)}"
    return f"{message}.{to_base64url(key.sign(message.encode()) if signature is None else signature)}"


def sign1(payload: bytes, key: Key, *, typ: str | None = None, alg: int = LATER_ALG, signature: bytes = b"") -> bytes:
    """A COSE_Sign1 whose header names any algorithm; the signature is the key's own unless it is given."""
    header = cbor.encode({1: alg, 4: key.key_id} | ({} if typ is None else {16: typ}))
    return Parts(header, payload, signature or key.sign(cose.sig_structure(header, payload))).whole()


# --- credentials -----------------------------------------------------------------------------------------------------


def _credentials(book: Book) -> None:
    scene = book.scene(World())
    world = scene.world
    es256 = Key("key of suite 1 with parameters")
    for key, entry in (
        (LATER, later()),
        (es256, later(es256, alg="ES256", params={"prehash": True}, jwk=es256.public.to_jwk())),
        (Key("receipts later"), later(Key("receipts later"))),
    ):
        world.add_key(key, "receipt" if "receipts" in key.name else "credential", PROVINCE, key=entry)
    good = world.issue()
    scene.case("suite_beside_a_later_one", VALID, "What is not asked for spoils nothing.", "1.1", good)
    payload = cose.parse(good.credential, max_bytes=420).payload

    def asked(name: str, expect: str, why: str, data: bytes, step: int = 2) -> None:
        scene.case(name, expect, why, "1.1", qr_texts=(qr(data),), step=step)

    short, long = b"\x01", b"\x01" * 100
    for name, signature in (("", b""), ("_with_a_signature_of_one_byte", short), ("_with_a_long_signature", long)):
        why = "Only a newer suite could check it."
        asked(f"credential_by_a_later_suite{name}_fail", NEWER, why, sign1(payload, LATER, signature=signature))
    empty = Parts(cbor.encode({1: LATER_ALG, 4: LATER.key_id}), payload, b"").whole()
    why = "A signature has one byte at least, by whichever suite."
    asked("credential_by_a_later_suite_without_signature_fail", "malformed/not_recognised", why, empty, 1)
    why = "-7 is the number of another suite than the key's: that much is known."
    asked("credential_of_suite_1_by_a_later_key_fail", HEADER, why, sign1(payload, LATER, alg=-7))
    why = "Known is one pair: the same name with parameters is another suite."
    asked("credential_by_a_key_with_unknown_parameters_fail", NEWER, why, sign1(payload, es256, alg=-7))
    why = "The key is called ES256, which is -7."
    asked("credential_of_another_number_by_es256_fail", HEADER, why, sign1(payload, es256))
    receipts = sign1(payload, Key("receipts later"))
    why = "The use is looked at first: nothing that this key signs is a credential."
    asked("credential_by_a_later_receipt_key_fail", "not_authentic/key_use", why, receipts)
    why = "The key is not in the list, whatever the header names."
    asked("credential_by_a_later_stranger_fail", "not_authentic/unknown_key", why, sign1(payload, Key("stranger")))
    high = world.credential_key.sign(b"")[:32] + b"\xff" * 32
    why = "s is too high for suite 1, of which the message says it is not."
    asked("alg_of_another_suite_with_high_s_fail", HEADER, why, sign1(payload, world.credential_key, signature=high))
    _check_codes(scene)


def _check_codes(scene: Scene) -> None:
    certificate = scene.world.issue()
    payload = cose.parse(certificate.credential, max_bytes=420).payload
    certificate.credential = sign1(payload, LATER)
    why = "Found by its code, it cannot be checked either."
    scene.case(
        "credential_by_a_later_suite_by_check_code_fail",
        NEWER,
        why,
        "1.1",
        step=2,
        check_codes=(certificate.check_code,),
    )


# --- entries of keys and certificates --------------------------------------------------------------------------------


def _entries(book: Book) -> None:
    usual: dict[str, Any] = {
        "alg": "SM2",
        "params": {},
        "jwk": {},
        "kid": to_base64url(LATER.key_id),
        "use": "receipt",
        "authority": None,
        "from": 0,
        "until": None,
        "state": "active",
        "compromised_since": None,
        "succeeds": None,
    }

    def listed(entry: dict[str, Any]) -> Change:
        return relisted(lambda p: {**p, "keys": [*p["keys"], entry]})

    def first(**changes: Any) -> Change:
        return relisted(lambda p: {**p, "keys": [{**p["keys"][0], **changes}, *p["keys"][1:]]})

    taken: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("alg_of_32_characters", "The longest name.", {"alg": "A-9z" * 8}),
        ("params_of_16_members", "As many as may be.", {"params": {f"p{number}": [number] for number in range(16)}}),
        ("params_nested", "What stands in params is any JSON.", {"params": {"": {"a": [None, {"b": 1}]}}}),
        ("jwk_of_anything", "The key itself is any object.", {"jwk": {"kty": "AKP", "pub": "…", "n": [1, {}]}}),
        (
            "es256_with_params",
            "Known is one pair: with parameters it is another suite.",
            {"alg": "ES256", "params": {"a": 1}},
        ),
        ("name_in_small_letters", "A name is what it is: es256 is not ES256.", {"alg": "es256"}),
    )
    for name, why, change in taken:
        ask(book, f"later_key_with_{name}", VALID, why, "1.1", tamper=listed({**usual, **change}))
    refused: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("alg_of_33_characters", "At most 32 characters.", {"alg": "A" * 33}),
        ("alg_empty", "A name has one character at least.", {"alg": ""}),
        ("alg_with_a_blank", "Letters, digits and hyphens.", {"alg": "SM 2"}),
        ("alg_with_an_underscore", "Letters, digits and hyphens.", {"alg": "SM_2"}),
        ("alg_as_number", "A name is a text.", {"alg": -7}),
        ("params_of_17_members", "At most 16 members.", {"params": {f"p{number}": 0 for number in range(17)}}),
        ("params_as_array", "An object.", {"params": []}),
        ("params_null", "An object.", {"params": None}),
        ("jwk_as_text", "An object.", {"jwk": "AAAA"}),
        ("jwk_null", "An object.", {"jwk": None}),
        ("kid_of_seven_bytes", "A key id has its form, whoever can read the key.", {"kid": "AAAAAAAAAA"}),
        ("the_kid_of_another", "A kid stands there once.", {"kid": to_base64url(Key("publisher").key_id)}),
        ("the_kid_of_the_root", "None of the root set stands in the list.", {"kid": to_base64url(ONE.key_id)}),
        ("a_credential_use_and_no_owner", "A credential key belongs to an authority.", {"use": "credential"}),
        ("an_unknown_owner", "A key's authority is in the list.", {"authority": "nobody-here"}),
        ("a_window_backwards", "The rest of the entry has its form.", {"until": 0}),
    )
    for name, why, change in refused:
        ask(book, f"later_key_with_{name}_fail", UNTRUSTED, why, "1.1", tamper=listed({**usual, **change}))
    for name in ("alg", "params"):
        lacking = {member: value for member, value in usual.items() if member != name}
        ask(book, f"key_without_{name}_fail", UNTRUSTED, "Every key has both.", "1.1", tamper=listed(lacking))
    why = "Of suite 1 the kid is the key's own."
    other = to_base64url(LATER.key_id)
    ask(book, "key_of_suite_1_with_another_kid_fail", UNTRUSTED, why, "1.1", tamper=first(kid=other))
    why = "The same by a later suite: what its kid is made of only that suite knows."
    unlike = {**usual, "jwk": Key("stranger").public.to_jwk()}
    ask(book, "later_key_with_another_kid", VALID, why, "1.1", tamper=listed(unlike))


def _certificates(book: Book) -> None:
    usual = {"authority": PROVINCE, "alg": "SM2", "params": PARAMS, "certificate": "AAAA"}
    life = {"from": 0, "until": None, "state": "active"}

    def bound(**changes: Any) -> Change:
        entry = {name: value for name, value in {**usual, **life, **changes}.items() if value is not ...}
        return relisted(lambda p: {**p, "document_certificates": [entry]})

    ask(book, "later_certificate_beside", VALID, "What is not asked for spoils nothing.", "1.1", tamper=bound())
    for name, why, changes in (
        ("alg_as_number", "A name is a text.", {"alg": 1}),
        ("params_as_text", "An object.", {"params": "{}"}),
        ("no_alg", "Every certificate has both.", {"alg": ...}),
        ("no_params", "Every certificate has both.", {"params": ...}),
    ):
        ask(book, f"certificate_with_{name}_fail", UNTRUSTED, why, "1.1", tamper=bound(**changes))


# --- histories, status lists, snapshots ------------------------------------------------------------------------------


def _histories(book: Book) -> None:
    scene = book.scene(World())
    world = scene.world
    world.add_key(LATER, "status", key=later())

    def signed(alg: int, **changes: Any) -> Any:
        certificate = world.issue(**changes)

        def tamper(plain: bytes) -> bytes:
            payload = cose.parse(plain, max_bytes=history.MAX_BYTES, typ=history.TYP).payload
            return sign1(payload, LATER, typ=history.TYP, alg=alg)

        certificate.tamper_history = tamper
        return certificate

    why = "Its key is of a suite that only a newer program knows."
    scene.case("history_by_a_later_suite_fail", NEWER, why, "12", signed(LATER_ALG), step=5)
    why = "-7 is not the key's: refused like a header that is not in its form."
    scene.case("history_of_suite_1_by_a_later_key_fail", "indeterminate/history_untrusted", why, "1.5", signed(-7))
    why = "The history cannot be known; what a later step proves stands."
    refused = signed(LATER_ALG, level=3)
    scene.case("refusal_beats_a_later_suite_fail", "not_authorised/committee_scope", why, "12", refused)


def _status_lists(book: Book) -> None:
    def with_list(alg: int) -> Change:
        """The same list by a status key of a later suite, assigned to it."""

        def tamper(files: dict[str, bytes]) -> None:
            data = files[publication.status_cwt("0")]
            payload = cose.parse(data, max_bytes=statuslist.MAX_TOKEN, typ=statuslist.CWT_TYP).payload
            put_status_list(files, sign1(payload, LATER, typ=statuslist.CWT_TYP, alg=alg))

        return tamper

    for name, expect, alg, why in (
        ("by_a_later_suite", NEWER, LATER_ALG, "Its key is of a suite that only a newer program knows."),
        ("of_suite_1_by_a_later_key", "indeterminate/status_untrusted", -7, "-7 is not the key's."),
    ):
        world = World()
        world.add_key(LATER, "status", key=later())
        assignment = world.trust.status[0]
        world.change_trust(status=(replace(assignment, kids=(*assignment.kids, LATER.key_id)),), version=1)
        ask(book, f"status_list_{name}_fail", expect, why, "12", world, tamper=with_list(alg), step=8)


def put_status_list(files: dict[str, bytes], data: bytes) -> None:
    """Store this as status list 0, and sign the snapshot that names it."""
    digest = sha256(data).hexdigest()
    files[publication.status_cwt("0")] = files[publication.status_at(digest)] = data
    resigned(lambda p: {**p, "status": [{**p["status"][0], "cwt": digest}]})(files)


def _snapshots(book: Book) -> None:
    def by(key: Key, **header: Any) -> Change:
        def tamper(files: dict[str, bytes]) -> None:
            payload = jsonform.encode(payload_of(files, publication.SNAPSHOT))
            files[publication.SNAPSHOT] = token(payload, key, SNAPSHOT_TYP, **header).encode()

        return tamper

    def asked(
        name: str, expect: str, why: str, section: str, change: Change, use: str = "publisher", **entry: Any
    ) -> None:
        world = World()
        world.add_key(LATER, use, **({"key": later()} | entry))
        world.change_trust(version=1)
        ask(book, f"snapshot_{name}_fail", expect, why, section, world, tamper=change, step=2)

    suite = "Its key is of a suite that only a newer program knows."
    asked("by_a_later_suite", NEWER, suite, "12", by(LATER))
    asked("of_suite_1_by_a_later_key", UNTRUSTED, "The key is not of suite 1.", "1.5", by(LATER, alg="ES256"))
    asked("of_a_third_suite_by_a_later_key", UNTRUSTED, "The key is called SM2.", "1.5", by(LATER, alg="ML-DSA-65"))
    publisher = Key("publisher")
    asked("of_a_later_suite_by_a_key_of_suite_1", UNTRUSTED, "The key pins the algorithm.", "1.5", by(publisher))
    why = "Only a publisher key signs snapshots, by whichever suite."
    asked("by_a_later_key_of_another_use", UNTRUSTED, why, "1.2", by(LATER), use="status")
    for size, expect, why in (
        (0, UNTRUSTED, "A signature has one byte at least."),
        (1, NEWER, "Nothing is asked of it but its size."),
        (8192, NEWER, "The longest signature of a later suite."),
        (8193, UNTRUSTED, "At most 8,192 bytes."),
    ):
        asked(f"with_a_later_signature_of_{size}", expect, why, "1.5", by(LATER, signature=b"\x80" * size))
    for name, alg, expect in (
        ("of_32_characters", "Z" * 32, NEWER),
        ("of_33_characters", "Z" * 33, UNTRUSTED),
        ("empty", "", UNTRUSTED),
        ("with_a_dot", "SM2.1", UNTRUSTED),
    ):
        entry: dict[str, Any] = {"key": later(alg=alg)} if expect == NEWER else {}
        asked(f"with_alg_{name}", expect, "A name has 1 to 32 characters.", "1.5", by(LATER, alg=alg), **entry)


# --- root keys -------------------------------------------------------------------------------------------------------


def root_file(
    version: int, keys: list[AnyKey], lines: list[Key | str], *, threshold: int = 1, demonstration: bool = True
) -> bytes:
    """A root set; who signs by suite 1 is a key, who signs otherwise a name: the key of that name, by SM2."""
    root = Root(version=version, iat=START, demonstration=demonstration, keys=tuple(keys), threshold=threshold)
    return container(encode_root(root), lines, ROOT_TYP)


def container(payload: bytes, lines: list[Key | str], typ: str) -> bytes:
    """A container; lines as for ``root_file``."""
    return jose.join(
        [
            token(payload, Key(each), typ) if isinstance(each, str) else jose.sign(payload, each, typ=typ)
            for each in lines
        ]
    )


def _world(pinned: bytes, *later_sets: bytes) -> World:
    world = World()
    world.roots = [pinned, *later_sets]
    return world


def _listed_by(*lines: Key | str) -> Change:
    """The trust list signed by these."""

    def tamper(files: dict[str, bytes]) -> None:
        payload = from_base64url(files[publication.trust_list(1)].decode().split(".")[1])
        put_container(files, container(payload, list(lines), TRUST_TYP))

    return tamper


def _forged(line: str) -> str:
    """The line with the first bit of its signature flipped."""
    head, _, tail = line.rpartition(".")
    signature = from_base64url(tail)
    return f"{head}.{to_base64url(bytes([signature[0] ^ 1]) + signature[1:])}"


def _trust_lists(book: Book) -> None:
    keys: list[AnyKey] = [ONE.public, TWO.public, later()]
    pinned = root_file(1, keys, [ONE, TWO], threshold=2)
    name = LATER.name

    def wrong_header(files: dict[str, bytes]) -> None:
        payload = from_base64url(files[publication.trust_list(1)].decode().split(".")[1])
        put_container(
            files, jose.join([jose.sign(payload, ONE, typ=TRUST_TYP), token(payload, LATER, TRUST_TYP, alg="ES256")])
        )

    def broken(files: dict[str, bytes]) -> None:
        _listed_by(ONE, TWO, name)(files)
        lines = files[publication.trust_list(1)].decode().splitlines()
        kid = to_base64url(TWO.key_id)
        changed = [
            _forged(each) if jose.parse(each, typ=TRUST_TYP, max_bytes=1 << 20).key_id == TWO.key_id else each
            for each in lines
        ]
        assert changed != lines, kid
        put_container(files, "".join(f"{line}\n" for line in changed).encode())

    for case, expect, why, change in (
        ("enough_without_the_later_one", VALID, "Two of suite 1 are enough.", _listed_by(ONE, TWO)),
        ("enough_beside_the_later_one", VALID, "The line by the later key counts nothing.", _listed_by(ONE, TWO, name)),
        ("enough_with_the_later_one_fail", NEWER, "One holds, the other might.", _listed_by(ONE, name)),
        ("by_the_later_one_alone_fail", UNTRUSTED, "One is too few, whoever checks it.", _listed_by(name)),
        ("by_one_of_two_fail", UNTRUSTED, "One is too few.", _listed_by(ONE)),
        ("by_one_and_a_later_stranger_fail", UNTRUSTED, "A stranger counts nothing.", _listed_by(ONE, "stranger")),
        ("by_two_and_a_later_stranger", VALID, "A stranger counts nothing.", _listed_by(ONE, TWO, "stranger")),
        ("with_a_forged_line_beside_fail", UNTRUSTED, "Every line that can be checked must hold.", broken),
        (
            "with_a_later_key_under_suite_1_fail",
            UNTRUSTED,
            "The header names another suite than the key.",
            wrong_header,
        ),
    ):
        world = _world(pinned)
        ask(
            book,
            f"trust_list_signed_{case}",
            expect,
            why,
            "1.6",
            world,
            tamper=change,
            root=pinned,
            step=2 if "_fail" in case else 9,
        )
    scene = book.scene(_world(pinned), tamper=_listed_by(ONE, name))
    why = "A list carried along is read by the same rule."
    scene.case(
        "offline_list_by_a_later_suite_fail",
        NEWER,
        why,
        "12",
        scene.world.issue(),
        kind=Kind.OFFLINE,
        root=pinned,
        step=2,
    )


def _roots(book: Book) -> None:
    pinned = root_file(1, [ONE.public], [ONE])
    name = LATER.name
    two_of_three = root_file(2, [ONE.public, TWO.public, later()], [ONE, TWO], threshold=2)
    second = root_file(2, [ONE.public, later()], [ONE], threshold=1)
    for case, expect, why, sets in (
        ("beside_one_of_suite_1", VALID, "The other key is enough.", [second]),
        (
            "alone_fail",
            NEWER,
            "The new set's own signature is by a later suite.",
            [root_file(2, [later()], [ONE, name])],
        ),
        ("alone_and_unsigned_fail", UNTRUSTED, "The new set has not signed.", [root_file(2, [later()], [ONE])]),
        (
            "of_another_alone_fail",
            UNTRUSTED,
            "The set before has not signed, whatever the new one's signature is worth.",
            [root_file(2, [later()], [TWO, name])],
        ),
        (
            "needed_to_hand_over_fail",
            NEWER,
            "Of the set before one key signed by a later suite, where two are needed.",
            [two_of_three, root_file(3, [THREE.public], [ONE, name, THREE])],
        ),
        (
            "counted_apart_fail",
            UNTRUSTED,
            "For the set before it might be enough; of the new set nobody signed.",
            [two_of_three, root_file(3, [THREE.public], [ONE, name])],
        ),
        (
            "under_another_name_fail",
            UNTRUSTED,
            "The line says SM2, the key of the new set ES256 with parameters.",
            [root_file(2, [ONE.public, later(alg="ES256")], [ONE, name])],
        ),
        (
            "with_threshold_over_suite_1_fail",
            NEWER,
            "Two of two must sign; one is of a later suite.",
            [root_file(2, [ONE.public, later()], [ONE, name], threshold=2)],
        ),
        (
            "handed_back",
            VALID,
            "A set with a later key hands over by the key that is known.",
            [second, root_file(3, [ONE.public], [ONE])],
        ),
    ):
        step = 2 if "_fail" in case else 9
        ask(book, f"root_with_a_later_key_{case}", expect, why, "8", _world(pinned, *sets), root=pinned, step=step)
    twice = root_file(2, [ONE.public, later(ONE)], [ONE])
    ask(
        book,
        "root_with_a_later_key_of_the_same_kid_fail",
        UNTRUSTED,
        "A kid is there once.",
        "8",
        _world(pinned, twice),
        root=pinned,
    )


def _root_files(book: Book) -> None:
    """The largest root file, and one a little larger: filled up by a key of a later suite, whose jwk is any object."""
    pinned = root_file(1, [ONE.public], [ONE])

    def filled(least: int) -> bytes:
        """The smallest file of at least so many bytes."""
        size = 3 * (least - len(root_file(2, [ONE.public, later(jwk={"pub": ""})], [ONE]))) // 4 - 4
        while True:
            data = root_file(2, [ONE.public, later(jwk={"pub": "A" * size})], [ONE])
            if len(data) >= least:
                return data
            size += 1

    largest, over = filled(MAX_ROOT_BYTES), filled(MAX_ROOT_BYTES + 1)
    assert len(largest) == MAX_ROOT_BYTES, len(largest)
    ask(book, "root_file_of_256_kib", VALID, "The largest.", "9.1", _world(pinned, largest), root=pinned)
    why = "No honest writer makes a larger one; nothing of it is used."
    ask(book, "root_file_over_256_kib_fail", UNTRUSTED, why, "9.1", _world(pinned, over), root=pinned)
