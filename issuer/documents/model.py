"""What a document shows: dates and plain strings that the caller has already formatted and masked.

Rules: this part prints what it is given. It computes no date, masks no ID number and looks nothing up, so that what the
clerk approved and what the paper says come from one place.

Example::

    fields = DocumentFields(authority_name="示范省人力资源和社会保障厅", ..., demonstration=True)
    renderer.render(fields, credential=credential, now=now)
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from hashlib import sha256

from credential.face import Members
from issuer.photos.model import CleanPhoto


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFields:
    """The face of one certificate.

    `face` is what is printed and the credential does not say: identity document, sex, employer, decision, licence, and
    the digest of `photo`. `check_code_grouped` is five groups of four with hyphens. `qr_text` is the
    complete QR text, `verify_address` the one address that is printed. `seal_text` is the text of the drawn seal; where
    it ends in 专用章 after 职称, that part stands straight below the star.
    """

    authority_name: str
    authority_code: str
    title_name: str
    level_name: str
    series_name: str
    specialty: str
    holder_name: str
    way_name: str
    award_date: date
    issue_date: date
    committee_name: str
    filing_number: str
    certificate_number: str
    check_code_grouped: str
    verify_address: str
    qr_text: str
    seal_text: str
    demonstration: bool
    face: Members
    scope_name: str | None = None
    photo: CleanPhoto | None = None
    training: bool = False
    """A demonstration that says 演练 in the place of 演示."""

    def __post_init__(self) -> None:
        if self.face.photo != (None if self.photo is None else sha256(self.photo).digest()):
            raise ValueError("the face names another photo than the page embeds")
        if self.training and not self.demonstration:
            raise ValueError("a page of a training home has no legal effect, and says so")

    @property
    def mark(self) -> str | None:
        """What is printed across a page without legal effect; None on a real one."""
        return ("演练" if self.training else "演示") if self.demonstration else None

    def printed_strings(self) -> dict[str, str]:
        """Every non-empty string that is set as text, by field name (the QR text is not: it is drawn)."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        values |= {"employer": self.face.employer, "licence": self.face.licence} | dict(self.face.printed)
        return {name: value for name, value in values.items() if isinstance(value, str) and value and name != "qr_text"}
