"""The face beside a verdict: nothing is asked for because of it, and nothing of it decides."""

from __future__ import annotations

import pytest

from credential import cbor, face
from credential.outcomes import Outcome, Unchecked, Warn
from tests.support.keys import Key
from tests.support.world import Certificate, World
from verifier.procedure import verify_check_code, verify_qr_text
from verifier.reader.fetchers import MemoryFetcher
from verifier.reader.memory import MemoryStore
from verifier.reader.publication import PublicationReader


def ways(world: World) -> dict[str, Certificate]:
    """A certificate for each thing that may lie beside its history."""
    made = {name: world.issue() for name in ("none", "good", "forged", "newer", "spoilt")}
    world.put_face(made["good"])
    world.put_face_payload(made["forged"], face.encode(world.face(made["good"], face.Members())), signer=Key("x"))
    world.put_face_payload(made["newer"], cbor.encode([2]))
    made["spoilt"].face = b"no face"
    return made


EXPECTED = {
    "none": (),
    "good": (),
    "forged": (Warn.FACE_UNTRUSTED,),
    "newer": (Warn.FACE_NEWER,),
    "spoilt": (Warn.FACE_UNTRUSTED,),
}


@pytest.mark.parametrize("by_code", [False, True])
def test_the_same_files_are_asked_for_whatever_lies_there(by_code: bool) -> None:
    """A host that saw another request for a certificate with a face would learn which one it was."""
    world = World()
    made = ways(world)
    files = world.publish()
    asked = {}
    for name, certificate in made.items():
        fetcher = MemoryFetcher(files)
        reader = PublicationReader(fetcher, world.pinned_root, store=MemoryStore())
        if by_code:
            verdict = verify_check_code(certificate.check_code, reader, now=world.now)
        else:
            verdict = verify_qr_text(certificate.qr_text, reader, now=world.now)
        assert verdict.outcome is Outcome.VALID
        assert verdict.warnings == EXPECTED[name], name
        assert (verdict.face is not None) == (name == "good")
        assert (Unchecked.EMPLOYER in verdict.unchecked) == (name != "good")
        asked[name] = fetcher.asked
    assert len(asked["none"]) == len(set(asked["none"])) > 5
    assert all(each == asked["none"] for each in asked.values())


def test_a_face_of_one_certificate_is_not_another_s() -> None:
    """Both lie in one shard; a face is found by the cti of the history that was read."""
    world = World()
    first, second = world.issue(), world.issue()
    world.put_face(first)
    reader = PublicationReader(MemoryFetcher(world.publish()), world.pinned_root, store=MemoryStore())
    assert verify_qr_text(first.qr_text, reader, now=world.now).face is not None
    assert verify_qr_text(second.qr_text, reader, now=world.now).face is None
