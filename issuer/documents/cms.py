"""The CMS object of a seal: all of it but digest and signature is the same in every document (ADR 0041).

Rules: pyHanko makes the object once, with a placeholder for a signature. Here its parts are taken as they stand, and
each document gets its own digest and signature in their places, with the lengths around them written again. An object
that does not come out of its parts as pyHanko wrote it is refused before anything is signed.

    form = CmsForm.of(made_by_pyhanko)
    signature = signer.sign(form.signed_attributes(digest))
    form.written(digest, signature)
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from asn1crypto import cms

from credential.sealforms import TIME_STAMP
from issuer.documents.errors import SealError


class Tag(IntEnum):
    """The tags of the values that are written here (X.690)."""

    OCTETS = 0x04
    SEQUENCE = 0x30
    SET = 0x31
    CONTEXT_0 = 0xA0
    CONTEXT_1 = 0xA1


def der(tag: int, *parts: bytes) -> bytes:
    """One DER value (X.690) of a tag below 31: its content is the parts, one behind the other."""
    content = b"".join(parts)
    if len(content) < 0x80:
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(length))) + length + content


@dataclass(frozen=True, slots=True, kw_only=True)
class CmsForm:
    """The parts of a SignedData (RFC 5652 section 5) with one signer, in their order."""

    before: bytes
    """Of the SignedData, DER values before the signers: version, digest algorithms, content, certificates."""
    signer: bytes
    """Of the signer: version, identifier, digest algorithm."""
    attributes: tuple[bytes, bytes]
    """The signed attributes around the digest."""
    algorithm: bytes
    """Of the signature."""
    oid: bytes
    """The content type of the whole."""

    @classmethod
    def of(cls, made: cms.ContentInfo) -> Self:
        """Take the parts of an object that pyHanko made.

        Raises:
            SealError: it has another form than the one that is written here.
        """
        content = made["content"]
        (info,) = content["signer_infos"]
        digest = next(
            each["values"][0].native for each in info["signed_attrs"] if each["type"].native == "message_digest"
        )
        around = info["signed_attrs"].untag().contents.split(digest)
        if len(around) != 2:
            raise SealError("the signed attributes of the seal do not name their digest once")
        form = cls(
            before=b"".join(
                content[part].dump() for part in ("version", "digest_algorithms", "encap_content_info", "certificates")
            ),
            signer=b"".join(info[part].dump() for part in ("version", "sid", "digest_algorithm")),
            attributes=(around[0], around[1]),
            algorithm=info["signature_algorithm"].dump(),
            oid=made["content_type"].dump(),
        )
        if form.written(digest, info["signature"].native) != made.dump():
            raise SealError("this version of pyHanko writes a seal in another form than the one we know")
        return form

    def signed_attributes(self, digest: bytes) -> bytes:
        """What is signed: the attributes as a DER set (RFC 5652 section 5.4)."""
        return der(Tag.SET, self.attributes[0], digest, self.attributes[1])

    def written(self, digest: bytes, signature: bytes, token: bytes = b"") -> bytes:
        """The whole object, DER.

        Args:
            digest: SHA-256 of what the document's two ranges hold.
            signature: over ``signed_attributes``, in DER (RFC 5753 section 7.2).
            token: a time-stamp over ``signature``, DER; empty for none. It is the one unsigned attribute (RFC 3161
                appendix A).
        """
        stamp = der(Tag.CONTEXT_1, der(Tag.SEQUENCE, TIME_STAMP, der(Tag.SET, token))) if token else b""
        attributes = der(Tag.CONTEXT_0, self.attributes[0], digest, self.attributes[1])
        info = der(Tag.SEQUENCE, self.signer, attributes, self.algorithm, der(Tag.OCTETS, signature), stamp)
        signed = der(Tag.SEQUENCE, self.before, der(Tag.SET, info))
        return der(Tag.SEQUENCE, self.oid, der(Tag.CONTEXT_0, signed))
