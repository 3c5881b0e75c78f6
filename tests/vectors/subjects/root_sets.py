"""Root sets handed over, skipped, forged and rolled back (FORMAT 8)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from credential import jose, jsonform, publication
from credential.members import key_to_json
from credential.roots import TYP as ROOT_TYP
from credential.roots import encode_root, parse_root
from credential.signing import VerifyKey
from credential.text import from_base64url, to_base64url
from tests.support.keys import Key
from tests.support.world import World
from tests.vectors.model import Book, Look
from tests.vectors.served import UNTRUSTED, VALID, ask, longer, without

SECTION: Final = "8"
TWO, THREE, FOUR, FIVE = (Key(f"root {number}") for number in (2, 3, 4, 5))
ONE: Final = Key("root")


def cases(book: Book) -> None:
    """Every case has a chain of its own."""
    _rotations(book)
    _refused(book)
    _thresholds(book)
    _memory(book)
    _forms(book)


def rotated(*sets: list[Key]) -> World:
    """A world whose root was handed over from set to set."""
    world = World()
    for keys in sets:
        world.add_root(keys)
    return world


def _rotations(book: Book) -> None:
    ask(book, "root_rotated_by_one", VALID, "2 is signed by 1 and by itself.", SECTION, rotated([TWO]))
    ask(
        book,
        "root_rotated_by_three",
        VALID,
        "A reader that slept walks 2, 3, 4.",
        SECTION,
        rotated([TWO], [THREE], [FOUR]),
    )
    ask(book, "root_renewed_with_the_same_keys", VALID, "The same keys in a new version.", SECTION, rotated([ONE]))
    ask(book, "root_handed_over_and_back", VALID, "A key may come again.", SECTION, rotated([TWO], [ONE]))
    world = rotated([TWO])
    ask(book, "root_pinned_at_two", VALID, "A reader starts from any pinned file.", SECTION, world, root=world.roots[1])
    kept = rotated([TWO])
    kept.catalogue_signers = [ONE]
    why = "The catalogue is immutable: signed by the root of its day, its digest is in the new trust list."
    ask(book, "root_rotated_and_catalogue_kept", VALID, why, "9", kept)


def _refused(book: Book) -> None:
    world = rotated([TWO], [THREE], [FOUR])
    why = "3 is absent: the walk ends at 2, and 2 did not sign the trust list."
    ask(book, "root_link_missing_fail", UNTRUSTED, why, SECTION, world, tamper=without("trust/roots/3"))
    world = rotated([TWO])
    ask(
        book,
        "root_withheld_fail",
        UNTRUSTED,
        "Without 2 the trust list is a stranger's.",
        SECTION,
        world,
        tamper=without("trust/roots/2"),
    )
    world = rotated([TWO])
    ask(
        book,
        "root_changed_fail",
        UNTRUSTED,
        "A byte behind the container.",
        SECTION,
        world,
        tamper=longer("trust/roots/2"),
    )
    for name, why, signers in (
        ("root_by_a_stranger_fail", "The old set did not sign.", [TWO]),
        ("root_not_signed_by_itself_fail", "The new keys did not sign: perhaps nobody has them.", [ONE]),
        ("root_signed_by_others_fail", "Neither set signed.", [Key("stranger")]),
    ):
        world = World()
        world.add_root([TWO], signers=signers)
        ask(book, name, UNTRUSTED, why, SECTION, world)
    world = World()
    world.add_root([TWO], version=3)
    ask(book, "root_skips_a_version_fail", UNTRUSTED, "The file says version 3 in the place of 2.", SECTION, world)
    world = World()
    world.add_root([TWO], version=1)
    ask(book, "root_of_the_same_version_fail", UNTRUSTED, "The file says version 1 in the place of 2.", SECTION, world)
    world = World()
    world.add_root([TWO], demonstration=False)
    world.change_trust(version=1, demonstration=False)
    ask(
        book,
        "root_stops_being_a_demonstration_fail",
        UNTRUSTED,
        "A demonstration never turns into the real thing.",
        SECTION,
        world,
    )
    world = rotated([TWO])
    world.roots[1], first = world.roots[0], world.roots[0]
    ask(book, "root_repeated_fail", UNTRUSTED, "The first file in the second's place.", SECTION, world, root=first)


def _thresholds(book: Book) -> None:
    for name, expect, why, signers in (
        ("root_two_of_three", VALID, "Two of three signed the trust list.", [TWO, FOUR]),
        ("root_three_of_three", VALID, "More than the threshold.", [TWO, THREE, FOUR]),
        ("root_one_of_three_fail", UNTRUSTED, "One of three where two are needed.", [THREE]),
        ("root_one_and_a_stranger_fail", UNTRUSTED, "A stranger's signature counts nothing.", [THREE, Key("stranger")]),
        ("root_one_and_the_old_one_fail", UNTRUSTED, "The old root's signature counts nothing any more.", [THREE, ONE]),
    ):
        world = World()
        world.add_root([TWO, THREE, FOUR], threshold=2)
        world.root_signers = signers
        ask(book, name, expect, why, SECTION, world)
    world = World()
    world.add_root([TWO, THREE, FOUR], threshold=2, signers=[ONE, TWO, THREE, FOUR])
    world.roots[1] = _with_broken_line(world.roots[1], FOUR)
    why = "Enough good signatures, and one by a key of the set that does not hold."
    ask(book, "root_with_a_broken_signature_fail", UNTRUSTED, why, SECTION, world)
    world = World()
    world.add_root([TWO], signers=[ONE, TWO, Key("stranger")])
    world.roots[1] = _with_broken_line(world.roots[1], Key("stranger"))
    why = "A stranger's signature counts nothing, and is not checked."
    ask(book, "root_with_a_broken_signature_of_a_stranger", VALID, why, SECTION, world)
    for name, expect, why, signers in (
        ("root_handed_over_by_two", VALID, "Two of the old set and the new key.", [TWO, THREE, FIVE]),
        ("root_too_few_signatures_fail", UNTRUSTED, "One of the old set where two are needed.", [TWO, FIVE]),
        ("root_too_few_of_its_own_fail", UNTRUSTED, "Two of the old set, none of the new one.", [TWO, THREE]),
    ):
        world = World()
        world.add_root([TWO, THREE, FOUR], threshold=2)
        world.add_root([FIVE], signers=signers)
        ask(book, name, expect, why, SECTION, world)


def _with_broken_line(container: bytes, key: Key) -> bytes:
    """The container with the first bit of this key's signature flipped."""
    lines = container.decode().splitlines()
    kid = to_base64url(key.key_id)
    for at, line in enumerate(lines):
        head, _, tail = line.rpartition(".")
        if json.loads(from_base64url(line.split(".")[0]))["kid"] == kid:
            signature = from_base64url(tail)
            lines[at] = f"{head}.{to_base64url(bytes([signature[0] ^ 1]) + signature[1:])}"
    return "".join(f"{line}\n" for line in lines).encode()


def _memory(book: Book) -> None:
    world = rotated([TWO])
    certificate = world.issue()
    newer = world.publish()
    old = World()
    old.issue()
    old.seq = 5
    former = old.publish()
    scene = book.scene(World())
    scene.case(
        "root_remembered",
        VALID,
        "The remembered root goes on where the walk had ended.",
        SECTION,
        certificate,
        files=newer,
        seen=(Look(files=newer),),
    )
    without_root = {path: data for path, data in newer.items() if path != publication.root(2)}
    scene.case(
        "root_remembered_though_withheld",
        VALID,
        "What was walked to once needs no file any more.",
        SECTION,
        certificate,
        files=without_root,
        seen=(Look(files=newer),),
    )
    scene.case(
        "root_rolled_back_fail",
        UNTRUSTED,
        "A trust list by the former root, after the hand-over was seen.",
        SECTION,
        certificate,
        files=former,
        seen=(Look(files=newer),),
    )


def _forms(book: Book) -> None:
    def rewritten(change: Callable[[dict[str, Any]], bytes | dict[str, Any]], *, typ: str = ROOT_TYP) -> World:
        """A second root whose payload was changed, signed by old and new key."""
        world = rotated([TWO])
        payload = json.loads(from_base64url(world.roots[1].decode().split(".")[1]))
        changed = change(payload)
        data = changed if isinstance(changed, bytes) else jsonform.encode(changed)
        world.roots[1] = jose.join([jose.sign(data, key, typ=typ) for key in (ONE, TWO)])
        return world

    extra = key_to_json(THREE.public)
    for name, why, world in (
        ("root_with_threshold_zero", "A threshold of zero refuses nobody.", rewritten(lambda p: {**p, "threshold": 0})),
        ("root_with_threshold_too_high", "At most as many as keys.", rewritten(lambda p: {**p, "threshold": 2})),
        ("root_without_keys", "At least one key.", rewritten(lambda p: {**p, "keys": []})),
        (
            "root_with_a_key_twice",
            "Two of the same would pass for two holders.",
            rewritten(lambda p: {**p, "keys": p["keys"] * 2, "threshold": 2}),
        ),
        (
            "root_with_keys_unsorted",
            "Sorted by kid.",
            rewritten(lambda p: {**p, "keys": sorted([*p["keys"], extra], key=lambda k: k["kid"], reverse=True)}),
        ),
        (
            "root_with_another_kid",
            "A kid is the key's thumbprint.",
            rewritten(lambda p: {**p, "keys": [{**p["keys"][0], "kid": extra["kid"]}]}),
        ),
        ("root_with_another_member", "Exactly these members.", rewritten(lambda p: {**p, "expires": 0})),
        ("root_of_format_two", "v is 1.", rewritten(lambda p: {**p, "v": 2})),
        ("root_not_canonical", "Canonical JSON.", rewritten(lambda p: json.dumps(p).encode())),
        ("root_with_typ_of_a_trust_list", "typ names the format.", rewritten(lambda p: p, typ="titlecert-trust+jwt")),
        ("root_of_17_keys", "At most 16 keys.", rewritten(_seventeen)),
    ):
        ask(book, f"{name}_fail", UNTRUSTED, why, SECTION, world)


def _seventeen(payload: dict[str, Any]) -> bytes:
    root = parse_root(jsonform.encode(payload))
    others: list[VerifyKey] = [Key(f"more {number}").public for number in range(16)]
    return encode_root(replace(root, keys=(*root.keys, *others)))
