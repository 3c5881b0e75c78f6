"""Whether integrity records are what operators' statements say: asked as events are, by whoever publishes.

Rules: what is expected is worked out from the proven statement of a withdrawal, never from the columns of its event,
and for the person whose ID number the sealed row holds. A record that is not expected is reported, and so is an
expected one that is not there. What was signed of records apart from withdrawals is proven whole
(``issuer.integrity.standing``). Nothing is changed.

    check_ids(session, lambda: vault, operators, [certificate_id])
    check_part(session, lambda: vault, operators, [("00", "2a")])          # by the beginnings of ids
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from sqlalchemy import ColumnElement, select

from credential.days import parse_date
from credential.errors import CodedError
from credential.history import STATE_AFTER, EventKind, Reason
from credential.statements import SeenCertificate
from credential.statuslist import Status
from issuer.auditing.shares import Ids, within
from issuer.batches.rows import open_row
from issuer.db.events import Event, events_of
from issuer.db.integrity import IntegrityRecord, record_of_row
from issuer.db.models import CertificateRow, EventRow, HolderRow, IntegrityRecordRow
from issuer.db.sessions import ReadSession, chunked
from issuer.integrity.standing import Standings, standings_of
from issuer.integrity.terms import record_of
from issuer.office.operators import Operators
from issuer.status.ordered import order_behind
from issuer.vault import Vault

Opening = Callable[[], Vault]
_SIGNED: Final = "signed:"
"""In front of the id of a trouble with what was signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What is wrong with a record."""

    id: str
    """The certificate's row, or the record's where it names none: asked again, it tells whether it is right."""
    object: str
    """The certificate's number, or the record's id where it names none."""
    code: str
    """``integrity_unproven`` or ``integrity_missing``."""
    message: str


def check_ids(session: ReadSession, vault: Opening, operators: Operators, ids: Iterable[str]) -> list[Trouble]:
    """Return what is wrong with the records of these certificates, and with these records.

    Args:
        session: reads.
        vault: gives the vault where a withdrawal for fraud is met, and is not called else.
        operators: the verified file of operators.
        ids: of rows of certificates or records.
    """
    found: list[Trouble] = []
    asked = set(ids)
    if any(each.startswith(_SIGNED) for each in asked):
        found += [each for each in _Check(session, vault, operators).signed() if each.id in asked]
    for chunk in chunked(sorted(asked)):
        records = IntegrityRecordRow.certificate.in_(chunk) | IntegrityRecordRow.id.in_(chunk)
        found += _Check(session, vault, operators).of(EventRow.certificate.in_(chunk), records)
    return found


def check_part(session: ReadSession, vault: Opening, operators: Operators, parts: Sequence[Ids]) -> list[Trouble]:
    """Return what is wrong with the withdrawals and the records whose ids lie in some parts of all ids."""
    check = _Check(session, vault, operators)
    parted = [
        trouble
        for part in parts
        for trouble in check.of(within(EventRow.certificate, part), within(IntegrityRecordRow.id, part))
    ]
    return [*parted, *check.signed()]


class _Check:
    def __init__(self, session: ReadSession, vault: Opening, operators: Operators) -> None:
        self._session = session
        self._vault = vault
        self._operators = operators

    def of(self, events: ColumnElement[bool], records: ColumnElement[bool]) -> Iterator[Trouble]:
        withdrawn = select(EventRow.certificate).where(events, EventRow.kind == EventKind.WITHDRAWN)
        for certificate_id in self._session.scalars(withdrawn.order_by(EventRow.certificate)).all():
            yield from self._withdrawal(certificate_id)
        for row in self._session.scalars(select(IntegrityRecordRow).where(records)).all():
            yield from self._record(row)

    def signed(self) -> list[Trouble]:
        """Return what is wrong with what was signed of records: all of it, for what is missing has no part."""
        return [
            Trouble(id=f"{_SIGNED}{each.name}", object=each.name, code=each.code, message=each.message)
            for each in self._standings.faults
        ]

    @cached_property
    def _standings(self) -> Standings:
        return standings_of(self._session, self._operators)

    def _withdrawal(self, certificate_id: str) -> Iterator[Trouble]:
        certificate = self._session.get_one(CertificateRow, certificate_id)
        query = select(IntegrityRecordRow).where(IntegrityRecordRow.certificate == certificate_id)
        stored = [record_of_row(row) for row in self._session.scalars(query)]
        try:
            expected = self._expected(certificate)
        except CodedError as error:
            if stored or self._says_fraud(certificate_id):
                yield _unproven(certificate.id, certificate.number, str(error))
            return
        if expected is not None and not any(_same(each, expected) for each in stored):
            message = (
                f"certificate {certificate.number} was withdrawn for fraud, and the register does not hold the "
                "integrity record that follows; it bars all the same, compare the register with a backup"
            )
            yield Trouble(id=certificate.id, object=certificate.number, code="integrity_missing", message=message)

    def _record(self, row: IntegrityRecordRow) -> Iterator[Trouble]:
        certificate = None if row.certificate is None else self._session.get(CertificateRow, row.certificate)
        if certificate is None:
            if not self._is_signed_for(row):
                yield _unproven(row.id, row.id, "no operator signed for it")
            return
        try:
            expected = self._expected(certificate)
        except CodedError:
            return  # said of the withdrawal
        if expected is None and self._is_erased(certificate):
            return
        if expected is None or not _same(record_of_row(row), expected):
            yield _unproven(certificate.id, certificate.number, "no operator withdrew it for fraud with these words")

    def _is_signed_for(self, row: IntegrityRecordRow) -> bool:
        """Whether a list that an operator signed holds it; whether the row says the same is asked of the list."""
        return row.certificate is None and row.id in self._standings.records

    def _expected(self, certificate: CertificateRow) -> IntegrityRecord | None:
        """The record that the proven statement of a certificate's withdrawal opens.

        None where it was not withdrawn, not for fraud, or its holder was erased.

        Raises:
            TamperedError, NotAllowedError: the withdrawal says fraud and is not proven.
        """
        if self._is_erased(certificate):
            return None
        state = Status.VALID
        for place, event in enumerate(events_of(self._session, certificate.id)):
            if event.kind is EventKind.WITHDRAWN:
                seen = SeenCertificate(number=certificate.number, state=state, events=place)
                said = self._said(event, seen)
                if said.reason is not Reason.FRAUD:
                    return None
                return record_of(said, blind_index=self._index(certificate), certificate=certificate.id)
            state = STATE_AFTER.get(event.kind, state)
        return None

    def _said(self, event: Event, seen: SeenCertificate) -> Event:
        """The event as its statement words it."""
        said = order_behind(self._session, event, seen, self._operators, alone=None).statement.object
        return replace(
            event,
            effective=parse_date(said["effective"]),
            authority=said["authority"],
            document=said["document"],
            reason=next(reason for reason in Reason if reason.word == said["reason"]),
        )

    def _index(self, certificate: CertificateRow) -> bytes:
        """The blind index of the person whom the sealed row names: the holder's column may be somebody else's."""
        vault = self._vault()
        draft = open_row(self._session, vault, certificate.award).draft
        return vault.blind_index(draft.id_type.word, draft.id_number)

    def _says_fraud(self, certificate_id: str) -> bool:
        return any(each.reason is Reason.FRAUD for each in events_of(self._session, certificate_id))

    def _is_erased(self, certificate: CertificateRow) -> bool:
        return self._session.get_one(HolderRow, certificate.holder).erased is not None


def _same(stored: IntegrityRecord, expected: IntegrityRecord) -> bool:
    """Whether two records are one. When it was recorded no statement says, and nothing hangs on it."""
    return replace(stored, recorded=expected.recorded) == expected


def _unproven(id: str, name: str, why: str) -> Trouble:
    message = f"the integrity record of {name} rests on no statement ({why}); compare the register with a backup"
    return Trouble(id=id, object=name, code="integrity_unproven", message=message)
