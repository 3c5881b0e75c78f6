"""Signing reserved rows: the stored bytes are read back, linted, signed once, and checked as a reader would.

Rules: nothing here reads or writes the register, so any process of a crew does it; it takes what is stored and gives
what is to be stored. A row that may not be issued any more is refused and keeps its number. What is stored and is not
what was approved stops everything.

    done = sign_rows(kit, [part, ...])         # Signed or Refused, for each part
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from credential import checkcode
from credential import face as faces_of_format
from credential.claims import CredentialBytes
from credential.errors import CredentialError
from credential.face import Face
from credential.filings import VerifiedFilings
from credential.kdf import PREFIX_BITS, prefix
from credential.sealed import NONCE_BYTES, Kind, seal
from credential.signing import Signer
from credential.trustlist import VerifiedTrustList
from issuer import faces
from issuer.batches.rows import StoredRow
from issuer.db.certificates import SealedContent, StoredCertificate, opened_content, sealed_credential
from issuer.db.faces import sealed_draft
from issuer.documents.face import members_of
from issuer.errors import IssuerError, NotAllowedError, TamperedError
from issuer.intake.model import AwardDraft
from issuer.intake.normalform import DRAFT_MEMBERS, draft_members
from issuer.issuing.authority import Rights
from issuer.issuing.reserve import Frame, Refused, read_reserved, reserved_claims
from issuer.issuing.seen import Kept, mark_of
from issuer.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKit:
    """What signing takes beside the rows. It stays in its process, and in those that are forked from it."""

    vault: Vault
    signer: Signer
    trust: VerifiedTrustList
    filings: VerifiedFilings
    frame: Frame
    design: faces_of_format.Design
    rights: Rights = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rights", Rights(self.trust, self.filings, self.frame.authority))


class Part(NamedTuple):
    """A reserved row, as it was approved and as it is stored, with the hash by which it was approved."""

    draft: AwardDraft
    row: StoredRow
    leaf: bytes
    stored: StoredCertificate
    today: date
    counted_from: date | None
    """The day to which the gap is counted, when it replaces another certificate."""


class Signed(NamedTuple):
    """A credential that was signed and checked, and what is to be stored with it."""

    certificate: str
    number: str
    digest: bytes
    """Of the credential, SHA-256."""
    kid: bytes
    credential: bytes
    """Sealed under its holder's key."""
    record: bytes
    """The credential, sealed under the check code."""
    face: bytes
    """The draft of what its document prints beyond it, sealed."""
    mark: bytes | None
    """Of all that is stored, by which it is known again (``issuer.issuing.seen``); None where it is proven alone."""

    def __repr__(self) -> str:
        return f"Signed({self.number})"


def plain_parts(parts: Sequence[Part]) -> list[tuple[Any, ...]]:
    """Return parts as plain values, which another process is given at a fraction of the cost."""
    return [
        (
            draft_members(part.draft),
            tuple(part.row),
            part.leaf,
            (part.stored.award, part.stored.values, tuple(part.stored.sealed)),
            *part[4:],
        )
        for part in parts
    ]


def sign_plain(kit: SigningKit, parts: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """As ``sign_rows``, from ``plain_parts`` to what ``done_of`` reads."""
    rows = [
        Part(
            AwardDraft(**dict(zip(DRAFT_MEMBERS, draft, strict=True))),
            StoredRow(*row),
            leaf,
            StoredCertificate(award, values, SealedContent(*sealed)),
            *rest,
        )
        for draft, row, leaf, (award, values, sealed), *rest in parts
    ]
    return [(None, *each) if isinstance(each, Signed) else (each,) for each in sign_rows(kit, rows)]


def done_of(plain: Sequence[tuple[Any, ...]]) -> list[Signed | Refused]:
    """Return what ``sign_plain`` did."""
    return [Signed(*signed) if refused is None else refused for refused, *signed in plain]


def sign_rows(kit: SigningKit, parts: Sequence[Part]) -> list[Signed | Refused]:
    """Lint the stored bytes of each row, sign them, and check the result with the published trust list.

    Raises:
        TamperedError: ``reserved_differs``, ``signed_differs``, ``to_sign``, ``sealed_altered``.
    """
    done: list[Signed | Refused] = []
    for part in parts:
        try:
            done.append(_sign(kit, part))
        except TamperedError:
            raise
        except (IssuerError, CredentialError) as error:
            # Reserved by a run that died, and not allowed any more: it keeps its number and is reported.
            done.append(Refused.at(part.row.sheet_row, error))
    return done


def _sign(kit: SigningKit, part: Part) -> Signed:
    certificate, draft = part.stored.to_certificate(), part.draft
    key, content = opened_content(kit.vault, certificate, part.stored.sealed)
    unsigned, frame = read_reserved(content.to_sign), kit.frame
    if certificate.signer_kid != kit.signer.key_id:
        number = certificate.number
        message = f"{number} is laid out for key {certificate.signer_kid.hex()}; open that key to finish it"
        raise NotAllowedError("reserved_key", message, number=number)
    claims = reserved_claims(
        unsigned.payload, draft, certificate, authority=frame.authority, status_uris=frame.status_uris
    )
    kit.rights.check_claims(claims, issued_on=part.today, counted_from=part.counted_from)
    unverified = unsigned.signed(kit.signer.sign(unsigned.to_be_signed))
    credential, digest = unverified.data, unverified.digest
    entry = kit.trust.key(unverified.key_id, use="credential")
    if not unverified.check_signed(entry.key, unsigned.payload) or entry.authority != claims.issuer:
        raise TamperedError("signed_differs", f"{claims.number}: the signed bytes do not say what was linted")
    face = Face(cti=claims.cti, credential_digest=digest, members=members_of(draft, kit.design))
    signed = Signed(
        certificate=certificate.id,
        number=certificate.number,
        digest=digest,
        kid=certificate.signer_kid,
        credential=sealed_credential(key, certificate.id, credential),
        record=_record(content.check_code, credential),
        face=sealed_draft(certificate.cti, faces.drafted(face)),
        mark=None,
    )
    if draft.replaces is not None or not _is_in_place(content.check_code, certificate.cti):
        return signed  # it is proven alone, and that says what is wrong
    return signed._replace(mark=_mark(kit, part, signed))


def _is_in_place(check_code: str, cti: bytes) -> bool:
    """Whether a check code is one, and leads a reader to the shard of its certificate."""
    try:
        code = checkcode.parse(check_code)
    except CredentialError:
        return False
    return checkcode.prefix_of(code, PREFIX_BITS) == prefix(cti, PREFIX_BITS)


def _mark(kit: SigningKit, part: Part, signed: Signed) -> bytes:
    kept = Kept(
        trust=kit.trust.digest,
        leaf=part.leaf,
        digest=signed.digest,
        kid=signed.kid,
        credential=signed.credential,
        record=signed.record,
        draft=signed.face,
        document=part.draft.decision_document,
        issued_on=part.today,
    )
    return mark_of(part.row, part.stored.values, part.stored.sealed, kept)


def _record(check_code: str, credential: CredentialBytes) -> bytes:
    return seal(Kind.CERTIFICATE, check_code.encode("ascii"), credential, nonce=os.urandom(NONCE_BYTES))
