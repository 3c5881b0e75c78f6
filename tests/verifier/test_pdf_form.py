"""A sealed document has one form: whoever writes its signature otherwise, meaning the same, has altered the file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from asn1crypto import algos, cms, core, tsp
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper

from credential import sealforms
from credential.errors import CredentialError
from issuer.documents import seal
from issuer.documents.seal import Sealer
from tests.documents.samples import CREDENTIAL, DOCUMENT_KEY, chain
from tests.support.clock import NOW
from tests.support.forms import Some, first_quick
from tests.vectors.subjects.documents import pdf
from verifier.sources import sealform
from verifier.sources.pdf import MAX_GAP, read_pdf

RANGE = re.compile(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\s*\]")
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
BARE = algos.DigestAlgorithm.load(bytes.fromhex("300b0609608648016503040201"))
Change = Callable[[cms.SignedData], object]


def _refusal(data: bytes) -> str:
    with pytest.raises(CredentialError) as caught:
        read_pdf(data)
    return caught.value.code


def _gap(document: bytes) -> tuple[int, int]:
    found = RANGE.search(document)
    assert found is not None
    return int(found[1]) + 1, int(found[2]) - 1


def container(document: bytes) -> bytes:
    begin, end = _gap(document)
    octets = bytes.fromhex(document[begin:end].decode())
    return octets[: int.from_bytes(octets[2:4]) + 4]


def with_container(document: bytes, octets: bytes) -> bytes:
    begin, end = _gap(document)
    digits = octets.hex().upper().encode().ljust(end - begin, b"0")
    assert len(digits) == end - begin, "the changed signature has no room"
    return document[:begin] + digits + document[end:]


def written_again(change: Change, document: bytes) -> bytes:
    """A document whose signature says the same in other words."""
    parsed = cms.ContentInfo.load(container(document))
    change(parsed["content"])
    octets = parsed.dump()
    if octets == container(document):  # what was changed lies deeper than the library looks
        octets = parsed.dump(force=True)
    assert octets != container(document)
    return with_container(document, octets)


@cache
def page() -> bytes:
    """The smallest sealed document, with room for a time-stamp in its gap."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seal, "_SIGNED_ATTRIBUTES_BYTES", 4 << 10)
        return _sealed()


def _sealed() -> bytes:
    root, leaf = chain()
    return Sealer(certificate=leaf, chain=(root,), signer=DOCUMENT_KEY).seal(pdf(CREDENTIAL), now=NOW)


def _info(content: cms.SignedData) -> cms.SignerInfo:
    return content["signer_infos"][0]


def _negate_s(content: cms.SignedData) -> None:
    r, s = decode_dss_signature(_info(content)["signature"].native)
    _info(content)["signature"] = encode_dss_signature(r, ORDER - s)


def _hide(*attributes: tuple[Any, Any]) -> Change:
    def change(content: cms.SignedData) -> None:
        made = [cms.CMSAttribute({"type": kind, "values": values}) for kind, values in attributes]
        _info(content)["unsigned_attrs"] = cms.CMSAttributes(made)

    return change


def _by_key_id(content: cms.SignedData) -> None:
    leaf = asn1_x509.Certificate.load(chain()[1].public_bytes(serialization.Encoding.DER))
    _info(content)["sid"] = cms.SignerIdentifier("subject_key_identifier", leaf.key_identifier_value)


def _with_null(signed: Any) -> None:
    signed["signature_algorithm"]["parameters"] = core.Null()


def _without_root(content: cms.SignedData) -> None:
    content["certificates"] = [content["certificates"][1]]


def _root_of(content: cms.SignedData) -> asn1_x509.Certificate:
    return content["certificates"][0].chosen


def _negate_in_the_root(content: cms.SignedData) -> None:
    root = _root_of(content)
    r, s = decode_dss_signature(root["signature_value"].native)
    root["signature_value"] = core.OctetBitString(encode_dss_signature(r, ORDER - s))


def _another_name(content: cms.SignedData) -> None:
    name = _info(content)["sid"].chosen["issuer"]
    octets = name.dump().replace(b"DEMONSTRATION", b"demonstration")
    changed = asn1_x509.Name.load(octets)
    assert changed == name, "to a reader that compares names the case is the same"
    _info(content)["sid"].chosen["issuer"] = changed


def _printable(content: cms.SignedData) -> None:
    octets = _info(content)["sid"].chosen["issuer"].dump()
    _info(content)["sid"].chosen["issuer"] = asn1_x509.Name.load(octets.replace(b"\x13\x02CN", b"\x0c\x02CN"))


FORMS: dict[str, Change] = {
    "a negated s": _negate_s,
    "an unsigned attribute of 400 bytes": _hide(("1.3.6.1.4.1.99999.1", [core.OctetString(bytes(400))])),
    "an empty set of unsigned attributes": _hide(),
    "the signer by its key identifier": _by_key_id,
    "NULL beside the signature algorithm": lambda content: _with_null(_info(content)),
    "nothing beside the digest": lambda content: _info(content).__setitem__("digest_algorithm", BARE),
    "nothing beside the set of digests": lambda content: content.__setitem__("digest_algorithms", [BARE]),
    "NULL beside the root's algorithm": lambda content: _with_null(_root_of(content)),
    "a certificate less": _without_root,
    "a certificate twice": lambda content: content["certificates"].append(content["certificates"][0]),
    "a negated s in the root": _negate_in_the_root,
    "an empty set of revocations": lambda content: content.__setitem__("crls", cms.RevocationInfoChoices([])),
    "other case in a name": _another_name,
    "another type of text in a name": _printable,
    "another version": lambda content: content.__setitem__("version", "v3"),
    "another version of the signer": lambda content: _info(content).__setitem__("version", "v3"),
    "the digest twice": lambda content: content["digest_algorithms"].append(content["digest_algorithms"][0]),
}


@pytest.mark.parametrize("form", first_quick(FORMS, 3))
def test_another_form_of_the_signature_is_an_altered_file(form: str) -> None:
    assert _refusal(written_again(FORMS[form], page())) == "pdf_altered"


def _indefinite(octets: bytes) -> bytes:
    return octets[:1] + b"\x80" + octets[4:] + b"\x00\x00"


def _longer_length(octets: bytes) -> bytes:
    return octets[:1] + b"\x83\x00" + octets[2:]


def _swapped_certificates(octets: bytes) -> bytes:
    root, leaf = (certificate.public_bytes(serialization.Encoding.DER) for certificate in chain())
    return octets.replace(root + leaf, leaf + root)


def _bits_unused(octets: bytes) -> bytes:
    root = chain()[0].public_bytes(serialization.Encoding.DER)
    signature = chain()[0].signature
    head, tail = root[: -len(signature) - 1], root[-len(signature) :]
    return octets.replace(root, head + b"\x01" + tail)


def _attributes_turned_round(octets: bytes) -> bytes:
    attributes = cms.ContentInfo.load(octets)["content"]["signer_infos"][0]["signed_attrs"]
    parts = [attribute.dump() for attribute in attributes]
    return octets.replace(b"".join(parts), b"".join(reversed(parts)))


ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "an indefinite length": _indefinite,
    "a length with a zero": _longer_length,
    "the certificates in another order": _swapped_certificates,
    "unused bits in the root's signature": _bits_unused,
    "the signed attributes in another order": _attributes_turned_round,
    "zeros in front": lambda octets: bytes(2) + octets,
    "something behind": lambda octets: octets + bytes(4) + b"x",
    "a second object behind": lambda octets: octets + b"\x05\x00",
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_another_encoding_is_an_altered_file(encoding: str) -> None:
    octets = container(page())
    changed = ENCODINGS[encoding](octets)
    assert changed != octets
    assert _refusal(with_container(page(), changed)) in {"pdf_altered", "pdf_malformed"}


Part = tuple[int, Any]
"""Tag and content of a DER value: bytes, or parts."""


def _parts(octets: bytes) -> list[Part]:
    found, begin = [], 0
    while begin < len(octets):
        tag, first = octets[begin], octets[begin + 1]
        head = begin + 2 + (first & 0x7F if first & 0x80 else 0)
        size = int.from_bytes(octets[begin + 2 : head]) if first & 0x80 else first
        content = octets[head : head + size]
        found.append((tag, _parts(content) if tag & 0x20 else content))
        begin = head + size
    return found


def _written(parts: list[Part]) -> bytes:
    return b"".join(
        sealform._der(tag, _written(content) if isinstance(content, list) else content) for tag, content in parts
    )


def _changed(parts: list[Part]) -> Iterator[list[Part]]:
    """Each value left out, doubled, emptied, changed with the next, or followed by a NULL; the lengths are right."""
    for place, (tag, content) in enumerate(parts):
        before, behind = parts[:place], parts[place + 1 :]
        yield before + behind
        yield [*before, parts[place], *parts[place:]]
        yield [*before, (tag, type(content)()), *behind]
        yield [*before, parts[place], (5, b""), *behind]
        yield [*before, *behind[:1], parts[place], *behind[1:]]
        if isinstance(content, list):
            yield from ([*before, (tag, inside), *behind] for inside in _changed(content))


@pytest.mark.slow
def test_no_value_of_the_signature_can_be_left_out_doubled_or_moved(some: Some) -> None:
    octets = container(page())
    assert _written(_parts(octets)) == octets
    tried = {_written(parts) for parts in _changed(_parts(octets))} - {octets}
    assert len(tried) > 600
    for changed in some(sorted(tried), 6):
        assert _refusal(with_container(page(), changed)) in {"pdf_altered", "pdf_malformed"}


def test_a_document_sealed_before_the_chain_was_named_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    now = _sealed()
    monkeypatch.delattr(seal.SealForm, "signed_attrs")
    before = _sealed()
    assert container(before) != container(now)
    assert read_pdf(before).credential == CREDENTIAL
    assert _refusal(written_again(_without_root, before)) == "pdf_altered"


def test_the_names_in_the_signature_are_those_of_the_chain() -> None:
    attributes = _info(cms.ContentInfo.load(container(page()))["content"])["signed_attrs"]
    (named,) = [each["values"][0] for each in attributes if each["type"].native == "signing_certificate_v2"]
    root, leaf = chain()
    expected = [hashlib.sha256(each.public_bytes(serialization.Encoding.DER)).digest() for each in (leaf, root)]
    assert [each["cert_hash"].native for each in named["certs"]] == expected


def test_a_gap_without_end_is_refused_before_it_is_read() -> None:
    text = b"/ByteRange [0 10 %d 5]" % (10 + MAX_GAP + 1)
    assert _refusal(b"%PDF-1.7\n" + text + b"<" + b"0" * 2_000_000 + b">") == "pdf_too_large"


# A time-stamp over the signature: the one thing that may stand beside it.


@cache
def _stamper() -> DummyTimeStamper:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "示范时间戳")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    certificate = asn1_x509.Certificate.load(made.public_bytes(serialization.Encoding.DER))
    return DummyTimeStamper(certificate, asn1_keys.PrivateKeyInfo.load(private), fixed_dt=NOW)


def _stamp(signature: bytes) -> cms.ContentInfo:
    imprint = {"hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"})}
    request = tsp.TimeStampReq(
        {"version": 1, "message_imprint": {**imprint, "hashed_message": hashlib.sha256(signature).digest()}}
    )
    return _stamper().request_tsa_response(request)["time_stamp_token"]


def _stamped(*change: Callable[[cms.ContentInfo], object], of: bytes | None = None, times: int = 1) -> bytes:
    def add(content: cms.SignedData) -> None:
        token = _stamp(_info(content)["signature"].native if of is None else of)
        for each in change:
            each(token)
        fresh = cms.ContentInfo.load(token.dump())
        _hide(*[("signature_time_stamp_token", [fresh])] * times)(content)

    return written_again(add, page())


def test_a_time_stamp_over_the_signature_may_stand_beside_it() -> None:
    assert read_pdf(_stamped()).credential == CREDENTIAL


def _more_than_allowed(token: cms.ContentInfo) -> None:
    attribute = {"type": "1.3.6.1.4.1.99999.1", "values": [core.OctetString(bytes(400))]}
    token["content"]["signer_infos"][0]["unsigned_attrs"] = cms.CMSAttributes([cms.CMSAttribute(attribute)])


def _strange_certificate(token: cms.ContentInfo) -> None:
    root = asn1_x509.Certificate.load(chain()[0].public_bytes(serialization.Encoding.DER))
    token["content"]["certificates"].append(cms.CertificateChoices("certificate", root))


def _other_signature(token: cms.ContentInfo) -> None:
    octets = token["content"]["signer_infos"][0]["signature"].native
    token["content"]["signer_infos"][0]["signature"] = bytes([octets[0] ^ 1]) + octets[1:]


@pytest.mark.parametrize(
    "change", [_more_than_allowed, _strange_certificate, _other_signature], ids=lambda each: each.__name__
)
def test_a_time_stamp_carries_nothing_else(change: Callable[[cms.ContentInfo], object]) -> None:
    assert _refusal(_stamped(change)) == "pdf_altered"


def test_a_time_stamp_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealforms, "MAX_STAMP", 1000)
    assert _refusal(_stamped()) == "pdf_altered"


@pytest.mark.slow
def test_a_time_stamp_is_of_this_signature_and_the_only_one() -> None:
    assert _refusal(_stamped(of=b"another signature")) == "pdf_altered"
    assert _refusal(_stamped(times=2)) in {"pdf_altered", "pdf_malformed"}


def test_beside_a_time_stamp_stands_nothing() -> None:
    def add(content: cms.SignedData) -> None:
        stamp = _stamp(_info(content)["signature"].native)
        more = ("1.3.6.1.4.1.99999.1", [core.OctetString(b"more")])
        _hide(("signature_time_stamp_token", [stamp]), more)(content)

    assert _refusal(written_again(add, page())) == "pdf_altered"
