"""The document of a certificate: its fields gathered, set, sealed, and stored beside the register.

A document can be made again at any time from the register: the fields are the approved row's, which is proven each
time from what two operators signed, the photo is the one whose digest the row gives, the time is the certificate's own,
so the page is the same. Files are 0600, named by number, in two levels of folders by the number's hash: a register of
millions has a few hundred files in each. Where an older document is, the register says.

    maker = DocumentMaker(register, vault, operators, facts, renderer, sealer, directory)
    path = maker.make(certificate_id)
    record(register, [maker.write(each) for each in certificate_ids])    # many in one transaction
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Self

from sqlalchemy import select

from credential import checkcode, durable, qrtext
from credential.catalogue import Catalogue
from credential.claims import CredentialBytes
from credential.errors import CredentialError
from credential.face import Members
from issuer import faces
from issuer.batches.photos import photo_of
from issuer.batches.proof import prove_row
from issuer.batches.rows import open_row
from issuer.db import certificates
from issuer.db.again import again
from issuer.db.certificates import Certificate, CertificateContent
from issuer.db.faces import draft_of
from issuer.db.models import CommitteeRow, FilingRow
from issuer.db.sessions import ReadSession, Register
from issuer.documents.errors import FaceDiffersError
from issuer.documents.face import design_of, members_of
from issuer.documents.model import DocumentFields
from issuer.documents.render import DocumentRenderer
from issuer.documents.seal import Sealer
from issuer.errors import ConflictError
from issuer.intake.model import AwardDraft
from issuer.office.operators import Operators
from issuer.office.values import Authority
from issuer.photos.model import CleanPhoto
from issuer.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFacts:
    """What all documents of one authority have in common."""

    authority: Authority
    catalogue: Catalogue
    origin: str
    """``https://HOST`` of the page, as in every QR."""
    demonstration: bool
    training: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A document that is on the disk and not in the register yet."""

    certificate: str
    path: str
    """Below the directory of documents."""
    digest: bytes
    design: str


def place_of(number: str) -> PurePosixPath:
    """Return where the document of a certificate goes, below the directory of documents: 4,096 folders at most."""
    digits = sha256(number.encode()).hexdigest()
    return PurePosixPath(digits[:2], digits[2], f"{number}.pdf")


@again
def record(register: Register, made: Sequence[Made]) -> None:
    """Say in the register where documents are, in one transaction."""
    if not made:
        return
    with register.write() as session:
        for each in made:
            certificates.store_document(
                session, each.certificate, path=each.path, digest=each.digest, design=each.design
            )


class DocumentSource:
    """Gathers what the document of a certificate says, proven anew, and draws it."""

    def __init__(
        self,
        register: Register,
        vault: Vault,
        operators: Operators,
        facts: DocumentFacts,
        *,
        renderer: DocumentRenderer,
    ) -> None:
        self._register = register
        self._vault = vault
        self._operators = operators
        self._facts = facts
        self._renderer = renderer

    def picture(self, certificate_id: str) -> bytes:
        """Return the page of a certificate's document as PNG, without seal signature. Raises as ``gathered``."""
        _, _, fields = self.gathered(certificate_id)
        return self._renderer.picture(fields)

    def gathered(self, certificate_id: str) -> tuple[Certificate, bytes, DocumentFields]:
        """Return a signed certificate, its credential, and what its document says.

        Raises:
            DocumentError: the page would say something else than the face that was issued.
            ConflictError: ``not_signed``.
            NotAllowedError, TamperedError: as ``prove_row`` and ``photo_of``: nobody approved what would be printed.
        """
        with self._register.read() as session:
            certificate = certificates.by_id(session, certificate_id)
            stored = certificates.content(session, self._vault, certificate_id)
            if stored.credential is None or certificate.issued_at is None:
                raise ConflictError("not_signed", f"certificate {certificate.number} is not signed yet")
            award = open_row(session, self._vault, certificate.award)
            prove_row(session, award, operators=self._operators, now=certificate.issued_at)
            photo = photo_of(session, self._vault, award)
            committee = _committee(session, award.draft.filing_number)
            issued = _issued_face(session, certificate)
        fields = self._fields(certificate, award.draft, stored, committee, photo)
        if issued is not None and issued != fields.face:
            raise _differs(certificate)
        return certificate, stored.credential, fields

    def _fields(
        self,
        certificate: Certificate,
        draft: AwardDraft,
        stored: CertificateContent,
        committee: str,
        photo: CleanPhoto | None,
    ) -> DocumentFields:
        facts, catalogue = self._facts, self._facts.catalogue
        assert certificate.issued_on is not None
        assert stored.credential is not None
        return DocumentFields(
            authority_name=facts.authority.name,
            authority_code=facts.authority.credit_code,
            title_name=catalogue.title(draft.title).name,
            level_name=catalogue.level(draft.level).name,
            series_name=catalogue.series(draft.series).name,
            specialty=draft.specialty,
            holder_name=draft.name,
            way_name=catalogue.way(draft.way).name,
            award_date=draft.award_date,
            issue_date=certificate.issued_on,
            committee_name=committee,
            filing_number=draft.filing_number or "",
            certificate_number=certificate.number,
            check_code_grouped=checkcode.group(checkcode.parse(stored.check_code)),
            verify_address=f"{facts.origin}/v/",
            qr_text=qrtext.encode(CredentialBytes(stored.credential), facts.origin),
            seal_text=facts.authority.seal_text,
            demonstration=facts.demonstration,
            training=facts.training,
            face=members_of(draft, design_of(self._renderer.design)),
            scope_name=None if draft.scope is None else draft.scope.name,
            photo=photo,
        )


class DocumentMaker(DocumentSource):
    """Makes sealed documents into ``directory``."""

    def __init__(
        self,
        register: Register,
        vault: Vault,
        operators: Operators,
        facts: DocumentFacts,
        *,
        renderer: DocumentRenderer,
        sealer: Sealer,
        directory: Path,
    ) -> None:
        super().__init__(register, vault, operators, facts, renderer=renderer)
        self._sealer = sealer
        self._directory = directory

    def on(self, register: Register) -> Self:
        """Return this maker with another register to write."""
        other = copy(self)
        other._register = register
        return other

    def make(self, certificate_id: str) -> Path:
        """Make the document of a certificate and record it. Raises as ``write``."""
        made = self.write(certificate_id)
        record(self._register, [made])
        return self._directory / made.path

    def write(self, certificate_id: str) -> Made:
        """Set, seal and write the document of a certificate; an existing file is replaced by the same page.

        Raises:
            DocumentError: a character cannot be printed, sealing failed, or the page would say something else than the
                face that was issued.
            ConflictError: ``not_signed``.
            NotAllowedError, TamperedError: as ``prove_row`` and ``photo_of``: nobody approved what would be printed.
        """
        certificate, credential, fields = self.gathered(certificate_id)
        assert certificate.issued_at is not None
        page = self._renderer.render(fields, credential=credential, now=certificate.issued_at)
        pdf = self._sealer.seal(page, now=certificate.issued_at)
        relative = place_of(certificate.number)
        place = self._directory / relative
        for folder in (place.parent.parent, place.parent):  # parents that are made by the way would be open to all
            folder.mkdir(mode=0o700, exist_ok=True)
        durable.replace(place, pdf, mode=0o600)
        return Made(
            certificate=certificate_id,
            path=str(relative),
            digest=sha256(pdf).digest(),
            design=self._renderer.design.label,
        )


def _issued_face(session: ReadSession, certificate: Certificate) -> Members | None:
    """What the document of a certificate has to say; None for those that were issued without a face, or lost it."""
    try:
        stored = draft_of(session, certificate.id, certificate.cti)
        return None if stored is None else faces.read(stored).members
    except CredentialError as error:
        raise _differs(certificate) from error


def _differs(certificate: Certificate) -> FaceDiffersError:
    message = (
        f"the document of {certificate.number} would print something else than the face issued with it: it was "
        "issued by another version of this program, with another design, or one of the two was altered in the register"
    )
    return FaceDiffersError(message, number=certificate.number)


def _committee(session: ReadSession, filing_number: str | None) -> str:
    if filing_number is None:
        return ""
    query = select(CommitteeRow.name).join(FilingRow, FilingRow.committee == CommitteeRow.id)
    return session.scalar(query.where(FilingRow.number == filing_number)) or ""
