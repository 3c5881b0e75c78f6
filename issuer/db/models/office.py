"""Tables of the office: the deployment, authorities and what they may do, committees, filings, specialties, operators.

Rules: nothing here is personal but operators' names, who act in public office. Windows include both ends; an open end
is null. Entries are ended, never deleted. Who may really act is told by the administrator-signed file of operators,
not by the table: the table serves lists and foreign keys.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from credential.claims import MAX_REFERENCE, MAX_SCOPE_NAME, MAX_SPECIALTY
from credential.grants import Over
from credential.statements import OperatorRole
from credential.trustform import MAX_AUTHORITY_NAME, MAX_AUTHORITY_NAME_EN
from issuer.db.models.base import Row, words

MAX_OPERATOR_ID: Final = 32
MAX_OPERATOR_NAME: Final = 60
MAX_PERSON: Final = 60
MAX_SEAL_TEXT: Final = 60


class EntryState(StrEnum):
    """Whether an authority or an operator acts at all."""

    ACTIVE = "active"
    ENDED = "ended"


class EntryKind(StrEnum):
    """What may end from a day on (``issuer.office.ends``)."""

    AUTHORITY = "authority"
    GRANT = "grant"
    COMMITTEE = "committee"
    FILING = "filing"
    SPECIALTY = "specialty"


class DeploymentRow(Row):
    """The one row that says which deployment this register belongs to."""

    __tablename__ = "deployment"
    __table_args__ = (CheckConstraint("one = 1", name="one"),)

    one: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Always 1, so that there is one row."""
    id: Mapped[str] = mapped_column(String(64))
    created: Mapped[datetime]
    status_lists: Mapped[int]
    """How many status lists the planned capacity takes: a power of two, fixed when the home is made."""
    operators_version: Mapped[int]
    """The newest version of the file of operators that was accepted: an older file is refused."""
    administrator_jwk: Mapped[dict[str, Any]]
    """Copied for display. Verifying takes the administrator's key from outside the database."""


class AuthorityRow(Row):
    """An authority (发证机关)."""

    __tablename__ = "authorities"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(String(MAX_AUTHORITY_NAME))
    name_en: Mapped[str] = mapped_column(String(MAX_AUTHORITY_NAME_EN))
    credit_code: Mapped[str] = mapped_column(String(18), unique=True)
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    parent: Mapped[str | None] = mapped_column(ForeignKey("authorities.id"))
    """Who delegated; null when nobody did."""
    contact: Mapped[dict[str, Any]]
    """In both languages, in the form of the trust list (``credential.contacts``)."""
    number_template: Mapped[str] = mapped_column(String(60))
    seal_text: Mapped[str] = mapped_column(String(MAX_SEAL_TEXT))
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    state: Mapped[EntryState] = mapped_column(words(EntryState, "state"))


class GrantRow(Row):
    """What an authority may grant, and what it may do to certificates afterwards (FORMAT 9)."""

    __tablename__ = "grants"

    id: Mapped[int] = mapped_column(primary_key=True)
    authority: Mapped[str] = mapped_column(ForeignKey("authorities.id"), index=True)
    series: Mapped[str | list[int]] = mapped_column(JSON)
    """``"*"`` or catalogue numbers; likewise levels and ways."""
    levels: Mapped[str | list[int]] = mapped_column(JSON)
    ways: Mapped[str | list[int]] = mapped_column(JSON)
    committee_ways: Mapped[list[int]]
    region: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    scope_required: Mapped[bool]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    max_gap_days: Mapped[int]
    legal_basis: Mapped[str] = mapped_column(String(200))
    acts: Mapped[list[str]]
    over: Mapped[Over] = mapped_column(words(Over, "over"))


class RegionRow(Row):
    """A region (GB/T 2260 code)."""

    __tablename__ = "regions"

    code: Mapped[str] = mapped_column(String(6), primary_key=True)
    name: Mapped[str] = mapped_column(String(MAX_SCOPE_NAME), unique=True)
    """As a certificate prints a scope."""


class CommitteeRow(Row):
    """A review committee (评审委员会)."""

    __tablename__ = "committees"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    authority: Mapped[str] = mapped_column(ForeignKey("authorities.id"), index=True)
    """Who filed it, or which authority convenes it."""
    name: Mapped[str] = mapped_column(String(100), unique=True)


class FilingRow(Row):
    """A committee's filing (核准备案)."""

    __tablename__ = "filings"

    number: Mapped[str] = mapped_column(String(MAX_REFERENCE), primary_key=True)
    """What a certificate names as its basis."""
    committee: Mapped[str] = mapped_column(ForeignKey("committees.id"), index=True)
    authority: Mapped[str] = mapped_column(ForeignKey("authorities.id"), index=True)
    series: Mapped[str | list[int]] = mapped_column(JSON)
    levels: Mapped[str | list[int]] = mapped_column(JSON)
    region: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    scope: Mapped[str | None] = mapped_column(ForeignKey("regions.code"))
    valid_from: Mapped[date]
    valid_until: Mapped[date]


class SpecialtyRow(Row):
    """A specialty (专业) that an authority uses in a series, from a date on."""

    __tablename__ = "specialties"
    __table_args__ = (UniqueConstraint("authority", "series", "name", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    authority: Mapped[str] = mapped_column(ForeignKey("authorities.id"))
    series: Mapped[int]
    name: Mapped[str] = mapped_column(String(MAX_SPECIALTY))
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]


class CatalogueVersionRow(Row):
    """A version of the catalogue of series and titles that was taken into use."""

    __tablename__ = "catalogue_versions"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    digest: Mapped[bytes] = mapped_column(unique=True)
    content: Mapped[bytes]
    in_force_from: Mapped[date]
    imported: Mapped[datetime]


class OperatorRow(Row):
    """An operator, for lists and foreign keys."""

    __tablename__ = "operators"

    id: Mapped[str] = mapped_column(String(MAX_OPERATOR_ID), primary_key=True)
    person: Mapped[str] = mapped_column(String(MAX_PERSON))
    """Whose hand it is. Two entries of one person are one (FORMAT 11.3)."""
    name: Mapped[str] = mapped_column(String(MAX_OPERATOR_NAME))
    role: Mapped[OperatorRole] = mapped_column(words(OperatorRole, "role"))
    authority: Mapped[str | None] = mapped_column(ForeignKey("authorities.id"))
    key_id: Mapped[bytes] = mapped_column(unique=True)
    schemes: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """As the file of operators writes them."""
    added: Mapped[datetime]


class EndedEntryRow(Row):
    """That an entry of the office ended, from which day on, and why. Appended only: what ended stays ended."""

    __tablename__ = "ended_entries"

    kind: Mapped[EntryKind] = mapped_column(words(EntryKind, "kind"), primary_key=True)
    entry: Mapped[str] = mapped_column(String(200), primary_key=True)
    """An id, a filing's number, a grant's row, or a specialty's authority, series, first day and name."""
    first: Mapped[date]
    """The first day on which it is not in force any more."""
    basis: Mapped[str] = mapped_column(String(200))
    actor: Mapped[str] = mapped_column(String(32))
    recorded: Mapped[datetime]
