"""Sealed PDFs (FORMAT 12): first the file answers, then the credential in it. Pages take no files.

The documents are the smallest that a reader takes: no text, no font, one attachment. So their bytes depend on no
typesetter, and sealing is deterministic (RFC 6979, fixed times).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from credential.algorithms import ES256
from credential.history import EventKind, Reason
from credential.trustform import KeyState
from credential.trustlist import DocumentCertificate
from issuer.documents.seal import Sealer
from tests.support.clock import NOW
from tests.support.keys import Key
from tests.support.timestamped import Stamps
from tests.support.world import Certificate, World
from tests.support.worldparts import DISTRICT, PROVINCE, START
from tests.vectors.model import Book, Kind, Scene

SEAL, STOLEN, ENDED, OTHER, STRANGER, LATER, LATER_STOLEN = (
    Key(f"seal {name}")
    for name in (
        "of the province",
        "that was stolen",
        "that has ended",
        "of the district",
        "of a stranger",
        "of a later suite",
        "of a later suite that was stolen",
    )
)
ALTERED: Final = "not_authentic/document_altered"
UNKNOWN: Final = "not_authentic/document_seal_unknown"
NEWER: Final = "indeterminate/newer_format"
ECDSA_WITH_SHA256: Final = b"06082A8648CE3D040302"
"""The OID in DER, in the digits of a seal; the one that takes its place in a test is nobody's."""


def cases(book: Book) -> None:
    """One publication for all."""
    world = World()
    world.change_trust(document_certificates=_bound())
    scene = book.scene(world)
    _sealed(scene)
    _seals(scene)
    _later_suites(scene)
    _files(scene)
    _stamped(scene)


def _ask(scene: Scene, name: str, expect: str, why: str, document: bytes, **question: Any) -> None:
    scene.case(name, expect, why, "12", kind=Kind.DOCUMENT, document=document, **question)


def _sealed(scene: Scene) -> None:
    world = scene.world
    good = world.issue()
    _ask(scene, "document_in_order", "valid/in_force", "The file is unaltered, and so is what it holds.", sealed(good))
    withdrawn = world.issue()
    world.append(withdrawn, EventKind.WITHDRAWN, reason=Reason.FRAUD)
    why = "The file is as it was sealed; the certificate in it is withdrawn."
    _ask(scene, "document_withdrawn", "withdrawn/withdrawn", why, sealed(withdrawn))
    forged = world.issue(signer=Key("stranger"))
    why = "A good seal around a forged credential."
    _ask(scene, "document_with_a_forged_credential_fail", "not_authentic/unknown_key", why, sealed(forged))
    high = world.issue()
    high.credential = b"\x43abc"
    why = "A good seal around something else."
    _ask(scene, "document_with_garbage_fail", "malformed/not_recognised", why, sealed(high))


def _seals(scene: Scene) -> None:
    good = scene.world.certificates[0]
    why = "An ended seal still counts: a file's own time proves nothing."
    _ask(scene, "document_sealed_by_an_ended_certificate", "valid/in_force", why, sealed(good, ENDED))
    for name, why, key in (
        ("a_stranger", "The trust list binds this certificate to nobody.", STRANGER),
        ("another_authority", "The district's seal, the province's credential.", OTHER),
        ("a_stolen_certificate", "A compromised certificate seals nothing.", STOLEN),
    ):
        _ask(scene, f"document_sealed_by_{name}_fail", UNKNOWN, why, sealed(good, key))


def _later_suites(scene: Scene) -> None:
    good = scene.world.certificates[0]
    why = "The trust list says that this certificate signs by a suite which only a newer program knows."
    _ask(scene, "document_sealed_by_a_later_suite_fail", NEWER, why, sealed(good, LATER), step=2)
    why = "The same, of a seal that this program cannot check at all."
    _ask(scene, "document_sealed_beyond_reading_fail", NEWER, why, _beyond_reading(sealed(good, LATER)), step=2)
    why = "A seal that cannot be checked, by a certificate of suite 1: no seal of ours."
    _ask(scene, "document_with_an_unknown_signature_fail", ALTERED, why, _beyond_reading(sealed(good)))
    why = "A compromised certificate seals nothing, whoever can check it."
    _ask(scene, "document_sealed_by_a_stolen_later_certificate_fail", UNKNOWN, why, sealed(good, LATER_STOLEN))
    _ask(scene, "document_beyond_reading_and_stolen_fail", ALTERED, why, _beyond_reading(sealed(good, LATER_STOLEN)))


def _beyond_reading(data: bytes) -> bytes:
    """The document with another algorithm named in the signature: the last place where the OID stands."""
    head, found, tail = data.rpartition(ECDSA_WITH_SHA256)
    assert found, "the seal names its algorithm"
    return head + found[:-2] + b"7F" + tail


def _files(scene: Scene) -> None:
    data = sealed(scene.world.certificates[0])
    changed = data.replace(b"842]", b"841]", 1)
    _ask(scene, "document_changed_fail", ALTERED, "One digit of the page's size.", changed)
    update = data + b"\n" + data[data.rindex(b"startxref") :]
    _ask(scene, "document_with_an_update_fail", ALTERED, "Something was appended behind the sealed bytes.", update)
    plain = pdf(scene.world.certificates[0].credential)
    none = "not_authentic/document_not_sealed"
    _ask(scene, "document_without_seal_fail", none, "A PDF that anybody could have made.", plain)
    empty = _sealer(SEAL).seal(pdf(None), now=NOW)
    _ask(scene, "document_without_credential_fail", "malformed/not_recognised", "A sealed PDF about nothing.", empty)
    bad = "malformed/bad_file"
    _ask(scene, "document_that_is_none_fail", bad, "It begins like a PDF and is none.", b"%PDF-1.7\nnothing behind\n")
    _ask(scene, "document_cut_short_fail", bad, "The end with the cross-reference table is missing.", plain[:-60])


def _stamped(scene: Scene) -> None:
    """B-T: a time-stamp beside the signature has one form, and proves nothing to a verdict (FORMAT 6.2)."""
    good = scene.world.certificates[0]
    why = "A time-stamp of this signature, in its one form."
    _ask(scene, "document_with_a_time_stamp", "valid/in_force", why, sealed(good, stamps=Stamps()))
    why = "A time-stamp of another day: whose clock it is, nobody asks."
    _ask(scene, "document_with_a_late_time_stamp", "valid/in_force", why, sealed(good, stamps=Stamps(days=900)))
    for name, why, stamps in (
        ("of_another_signature", "The time-stamp is of another signature.", Stamps(of=b"another")),
        ("signed_by_another", "The certificate in the token did not sign it.", Stamps(signer=Key("stranger"))),
        ("in_high_s", "The token's signature with a negated s.", Stamps(change="high")),
        ("with_another_digest_form", "sha256 without NULL.", Stamps(change="digest")),
        ("with_two_certificates", "One more certificate beside the signer's.", Stamps(change="two")),
        ("without_its_certificate", "No certificate in the token.", Stamps(change="none")),
        ("with_unsigned_words", "An attribute that nobody signed.", Stamps(change="words")),
        ("of_version_1", "The SignedData of a time-stamp has version 3.", Stamps(change="version")),
    ):
        _ask(scene, f"document_time_stamp_{name}_fail", ALTERED, why, sealed(good, stamps=stamps))


def sealed(certificate: Certificate, key: Key = SEAL, stamps: Stamps | None = None) -> bytes:
    """The smallest document with a certificate's credential, sealed with a key's certificate."""
    return _sealer(key, stamps).seal(pdf(certificate.credential), now=NOW)


def pdf(credential: bytes | None) -> bytes:
    """The smallest PDF with an empty page and perhaps an attachment."""
    catalogue = b"<</Type/Catalog/Pages 2 0 R%s>>"
    objects = [b"<</Type/Pages/Kids[3 0 R]/Count 1>>", b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"]
    attached = b""
    if credential is not None:
        attached = b"/Names<</EmbeddedFiles<</Names[(credential.cwt)4 0 R]>>>>/AF[4 0 R]"
        objects += [
            b"<</Type/Filespec/F(credential.cwt)/UF(credential.cwt)/AFRelationship/Data/EF<</F 5 0 R>>>>",
            b"<</Type/EmbeddedFile/Length %d>>stream\n%s\nendstream" % (len(credential), credential),
        ]
    data, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, content in enumerate((catalogue % attached, *objects), start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    size = len(places) + 1
    table = b"xref\n0 %d\n0000000000 65535 f \n" % size + b"".join(b"%010d 00000 n \n" % place for place in places)
    identifier = b"<000102030405060708090a0b0c0d0e0f>" * 2
    trailer = b"trailer\n<</Size %d/Root 1 0 R/ID[%s]>>\nstartxref\n%d\n%%%%EOF\n" % (size, identifier, len(data))
    return data + table + trailer


@cache
def _certificate(key: Key) -> x509.Certificate:
    """A document certificate that signed itself; the trust list binds it or does not."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, key.name)])
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.private.public_key())
        .serial_number(1)
        .not_valid_before(START)
        .not_valid_after(NOW + timedelta(days=365))
        .add_extension(usage, critical=True)
        .sign(key.private, hashes.SHA256(), ecdsa_deterministic=True)
    )


@cache
def _sealer(key: Key, stamps: Stamps | None = None) -> Sealer:
    return Sealer(certificate=_certificate(key), chain=(), signer=key, stamper=stamps)


def _bound() -> tuple[DocumentCertificate, ...]:
    """What the trust list says of the seals; the stranger's is not in it."""
    return (
        _entry(SEAL, PROVINCE),
        _entry(STOLEN, PROVINCE, state=KeyState.COMPROMISED),
        _entry(ENDED, PROVINCE, state=KeyState.ENDED),
        _entry(OTHER, DISTRICT),
        replace(_entry(LATER, PROVINCE), alg="SM2", params={"id": "1234567812345678"}),
        replace(_entry(LATER_STOLEN, PROVINCE, state=KeyState.COMPROMISED), alg="SM2"),
    )


def _entry(key: Key, authority: str, *, state: KeyState = KeyState.ACTIVE) -> DocumentCertificate:
    return DocumentCertificate(
        authority=authority,
        alg=ES256.alg,
        params={},
        certificate=_certificate(key).public_bytes(serialization.Encoding.DER),
        begins=START,
        ends=NOW if state == KeyState.ENDED else None,
        state=state,
    )
