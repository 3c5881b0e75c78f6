"""The values of intake: a row as read, an award as checked, and what the check asks of the register.

Rules. A :class:`RawRow` holds the cells as the file gave them. An :class:`AwardDraft` is an award that passed the
check: catalogue numbers, dates, cleaned text; the digest of a batch is computed over its normal form.
:class:`IntakeContext` holds facts and questions only, so that the check needs no database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum, StrEnum
from hashlib import sha256
from types import MappingProxyType

from credential.catalogue import Catalogue, Specialty
from credential.filings import Filing
from credential.grants import Grant
from credential.regions import RegionCode
from issuer.identifiers import IdType, Sex, mask_id, mask_name
from issuer.intake.findings import Finding
from issuer.sheets.cells import BadCell, Cell
from issuer.sheets.grid import Sheet

COMMITTEE_WAYS = frozenset({1, 5, 6})  # review, green channel, targeted: the usual rule where no grant says otherwise


class BasisKind(IntEnum):
    """What an award rests on (FORMAT 2, position 10)."""

    COMMITTEE = 1
    EXAM = 2
    CORRESPONDENCE = 3
    RECOGNITION = 4
    HISTORICAL = 5


BASIS_OF_WAY: Mapping[int, BasisKind] = MappingProxyType(
    {
        1: BasisKind.COMMITTEE,
        2: BasisKind.RECOGNITION,
        3: BasisKind.EXAM,
        4: BasisKind.CORRESPONDENCE,
        5: BasisKind.COMMITTEE,
        6: BasisKind.COMMITTEE,
        7: BasisKind.RECOGNITION,
        8: BasisKind.RECOGNITION,
        9: BasisKind.HISTORICAL,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a clerk says of a list before it is read."""

    sheet: str | None = None
    """The sheet that holds the list; None where there is one only."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Heading as it stands in the file, to field (see columns.json); empty text for a column that is not used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFile:
    """A list as an office sends it."""

    name: str = field(repr=False)
    data: bytes = field(repr=False)
    reading: Reading = Reading()

    @property
    def digest(self) -> bytes:
        """SHA-256 of the file as it was received."""
        return sha256(self.data).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRow:
    """One row as read; ``sheet_row`` counts from 1 as in Excel, ``cells`` is by field name (see columns.json)."""

    sheet_row: int
    cells: Mapping[str, Cell]
    faults: tuple[BadCell, ...] = ()
    """What is to be said of the row as a whole: an error among it keeps the row from being issued."""

    @property
    def seq(self) -> str | None:
        value = self.cells.get("seq")
        if isinstance(value, BadCell):
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return None if value is None else str(value).strip() or None

    def __repr__(self) -> str:
        return f"RawRow(sheet_row={self.sheet_row}, seq={self.seq})"  # the cells are personal data


class HiddenRows(StrEnum):
    """What a clerk says of rows that nobody sees in the sheet, or that are crossed out."""

    TAKE = "take"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Where a field stands: ``index`` counts from 0, ``heading`` is the text in the file."""

    field: str
    heading: str
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeResult:
    """What a file holds. ``findings`` are about the file; with an error among them ``rows`` may be empty."""

    rows: tuple[RawRow, ...]
    findings: tuple[Finding, ...]
    columns: tuple[Column, ...]
    sheet: str | None
    header_row: int | None
    encoding: str | None = None
    sheets: tuple[Sheet, ...] = field(default=(), repr=False, compare=False)
    """All that was read, less our own column of results: what a marked copy is made of. None for what is unreadable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where a targeted title is valid."""

    region: RegionCode
    name: str


class ReplacementReason(StrEnum):
    """Why a certificate takes another's place (FORMAT 11.2)."""

    CORRECTED = "corrected"
    KEY_COMPROMISED = "key_compromised"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """Which certificate an award's new one takes the place of, and why."""

    number: str
    """Of the certificate replaced."""
    reason: ReplacementReason


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacingRow:
    """What a row of a list replaces, and the day to which the gap between award and issue is counted then."""

    replacement: Replacement
    counted_from: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How a holder is reached; kept sealed with the holder, and no part of an award."""

    mobile: str | None = field(default=None, repr=False)
    """11 digits of the mainland, or + and the country."""
    email: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardDraft:
    """One award in normal form; the numbers are the catalogue's. ``seq`` and ``sheet_row`` lead back to the list."""

    seq: str | None
    sheet_row: int
    name: str
    sex: Sex
    id_type: IdType
    id_number: str
    employer: str | None
    series: int
    title: int
    specialty: str
    level: int
    way: int
    award_date: date
    filing_number: str | None
    basis_kind: BasisKind
    basis_reference: str
    decision_document: str
    scope: Scope | None
    note: str | None
    replaces: Replacement | None = None
    photo: str | None = None
    """SHA-256, in hex, of the JPEG as it was cleaned for the document (``issuer.intake.photos``)."""

    def __repr__(self) -> str:
        return f"AwardDraft(row={self.sheet_row}, name={mask_name(self.name)}, id={mask_id(self.id_number)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """What else the register knows of a person's title, besides a certificate that stands."""

    withdrawn: str | None = None
    """The number of a certificate that was withdrawn."""
    same_award: bool = False
    """Whether that certificate was of the same day: then this is the award that was withdrawn."""
    batch: str | None = None
    """Another batch, in which the award waits."""
    row: int | None = None
    """The row of that batch's list."""


def _nothing_else(_draft: AwardDraft) -> Elsewhere:
    return Elsewhere()


def _nobody(_id_type: IdType, _number: str) -> bool:
    return False


def _fits(_draft: AwardDraft) -> int:
    return 0


def _as_they_come(_drafts: Sequence[AwardDraft]) -> None:
    return None


def _nothing_issued(_draft: AwardDraft) -> str | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeContext:
    """What the register knows, and what it can be asked, for one authority: ``region`` is that authority's.

    ``missing_glyphs(name)`` gives the characters that no installed font has; ``is_barred(type, number)`` asks the
    integrity record; ``find_existing(draft)`` gives the number of a certificate already issued for this award,
    ``find_elsewhere(draft)`` one that was withdrawn, or another list in which the award waits; ``excess(draft)`` by how
    many bytes its credential would be too large. ``ahead(drafts)`` says of which rows the next questions will be, so
    that the register can look for all of them at once; the answers are the same without it.
    ``defaults`` holds values given for the whole batch, by field name: a row's own value comes first. ``replacing``
    tells by sheet row what a row replaces; no column of a file says that.
    """

    authority: str
    catalogue: Catalogue
    specialties: Sequence[Specialty]
    filings: Sequence[Filing]
    grants: Sequence[Grant]
    region: str
    regions: Mapping[str, str]
    missing_glyphs: Callable[[str], Sequence[str]]
    is_barred: Callable[[IdType, str], bool] = _nobody
    find_existing: Callable[[AwardDraft], str | None] = _nothing_issued
    excess: Callable[[AwardDraft], int] = _fits
    find_elsewhere: Callable[[AwardDraft], Elsewhere] = _nothing_else
    ahead: Callable[[Sequence[AwardDraft]], None] = _as_they_come
    defaults: Mapping[str, str] = field(default_factory=dict)
    replacing: Mapping[int, ReplacingRow] = field(default_factory=dict)
    glyph_remedy: tuple[str, str] = (
        "请安装含有该字的字体（Debian/Ubuntu：fonts-hanazono）",
        "install a font that has it (Debian/Ubuntu: fonts-hanazono)",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedBatch:
    """Every row is in ``good`` or in ``rejected``; ``findings`` follow the rows, those of the file first."""

    good: tuple[AwardDraft, ...]
    findings: tuple[Finding, ...]
    rejected: tuple[RawRow, ...]
    contacts: Mapping[int, Contact] = field(default_factory=dict, repr=False)
    """Of good rows, by row of the sheet."""
