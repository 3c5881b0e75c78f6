"""Storing what was signed: a credential with its first event and all that it brings, many in one transaction.

Rules: the first stored signature wins. What was signed is stored together; where that fails it is stored one by one, by
the same code. A row that replaces a certificate is stored alone, because in the same transaction the certificate that
it replaces learns of it.

    stored, refused = Storing(vault, batch, replaceable).store(session, signed, now=now)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.exc import IntegrityError

from credential.days import day_of
from credential.errors import CredentialError
from credential.history import ACT_OF, EventKind, Reason, Replaced
from issuer import audit
from issuer.batches.approval import ApprovedBatch
from issuer.batches.rows import AwardContent, move_awards
from issuer.db import outbox
from issuer.db.certificates import by_id, lock, store_all_signed
from issuer.db.events import Event, append_event, append_first
from issuer.db.faces import add_drafts
from issuer.db.models import AwardState, SealedCertificateRow, Stage
from issuer.db.outbox import Topic
from issuer.db.sessions import ReadSession, WriteSession, insert_all
from issuer.errors import ConflictError, IssuerError, TamperedError
from issuer.issuing.reserve import Refused
from issuer.issuing.signing import Signed
from issuer.status.replacing import Replaceable

Asking = Callable[[ReadSession, AwardContent], Replaceable | None]
"""Asks about the certificate that a row replaces, in the transaction that stores."""


class Issued(NamedTuple):
    """A row whose credential was signed."""

    row: AwardContent
    signed: Signed


class Storing:
    """Stores what was signed of one batch."""

    def __init__(self, batch: ApprovedBatch, replaceable: Asking) -> None:
        self._batch = batch
        self._replaceable = replaceable

    def store(
        self, session: WriteSession, signed: Sequence[Issued], *, now: datetime
    ) -> tuple[list[Issued], list[Refused]]:
        """Store credentials; the caller commits.

        Args:
            session: the transaction.
            signed: of rows of the batch.
            now: aware instant, whole seconds: when they are issued.

        Returns:
            What is new, in its order, and the rows of which nothing was stored.

        Raises:
            TamperedError: nothing more is signed.
        """
        plain = [each for each in signed if each.row.draft.replaces is None]
        replacing = [each for each in signed if each.row.draft.replaces is not None]
        refused: list[Refused] = []
        stored = self._together(session, plain, now)
        if stored is None:
            stored = self._one_by_one(session, plain, refused, now)
        stored += self._one_by_one(session, replacing, refused, now)
        ids = {each.signed.certificate for each in stored}
        new = [each for each in signed if each.signed.certificate in ids]
        certificates = [each.signed.certificate for each in new]
        outbox.put_first(session, topic=Topic.PUBLISH, objects=certificates, now=now)
        numbers = [each.signed.number for each in new]
        audit.append_all(session, actor=self._batch.approved_by, act="certificate.issue", subjects=numbers, now=now)
        return new, refused

    def _together(self, session: WriteSession, signed: Sequence[Issued], now: datetime) -> list[Issued] | None:
        """Store all, or return None where that fails."""
        try:
            with session.begin_nested():
                self._add(session, signed, None, now)
        except TamperedError:
            raise
        except (IssuerError, CredentialError, IntegrityError):
            return None
        return list(signed)

    def _one_by_one(
        self, session: WriteSession, signed: Sequence[Issued], refused: list[Refused], now: datetime
    ) -> list[Issued]:
        stored: list[Issued] = []
        for each in signed:
            try:
                with session.begin_nested():
                    if not _is_stored(session, each.signed):
                        self._one(session, each, now)
                        stored.append(each)
            except TamperedError:
                raise
            except (IssuerError, CredentialError) as error:
                # What it replaces has moved on since: nothing of this one is stored, and it is reported.
                refused.append(Refused.of(each.row, error))
        return stored

    def _one(self, session: WriteSession, issued: Issued, now: datetime) -> None:
        replaces = issued.row.draft.replaces
        if replaces is not None:
            lock(session, [replaces.number])
        found = None if replaces is None else self._replaceable(session, issued.row)
        self._add(session, [issued], None if found is None else found.replaced, now)
        if found is not None:
            self._tell_replaced(session, found, issued, now)

    def _add(self, session: WriteSession, signed: Sequence[Issued], replaced: Replaced | None, now: datetime) -> None:
        if not signed:
            return
        same = {"stage": Stage.SIGNED, "issued_on": day_of(now), "issued_at": now}
        if not store_all_signed(session, [{**_columns(each.signed), **same} for each in signed]):
            number = signed[0].signed.number
            message = f"certificate {number}, or one beside it, is not reserved any more"
            raise ConflictError("signed_already", message, number=number)
        records = [{"certificate": each.signed.certificate, "record": each.signed.record} for each in signed]
        insert_all(session, SealedCertificateRow, records)
        add_drafts(session, {each.signed.certificate: each.signed.face for each in signed})
        documents = {each.row.draft.decision_document for each in signed}
        events = {document: issued_event(self._batch.authority, document, replaced, now) for document in documents}
        firsts = {each.signed.certificate: events[each.row.draft.decision_document] for each in signed}
        append_first(session, firsts)
        move_awards(session, [each.row.award for each in signed], AwardState.ISSUED)

    def _tell_replaced(self, session: WriteSession, found: Replaceable, issued: Issued, now: datetime) -> None:
        """Append the event of the certificate that was replaced, by the word of those who approved the batch."""
        batch, older, document = self._batch, found.certificate, issued.row.draft.decision_document
        event = found.event(
            authority=batch.authority,
            document=document,
            successor=issued.signed.number,
            statement=batch.statement,
            now=now,
        )
        append_event(session, older.id, event)
        outbox.put(session, topic=Topic.PUBLISH, object=older.id, now=now)
        act = f"certificate.{ACT_OF[found.kind].value}"
        details = {"document": document, "from": older.state.value, "successor": issued.signed.number}
        audit.append(session, actor=batch.approved_by, act=act, subject=older.number, now=now, details=details)


def issued_event(authority: str, document: str, replaced: Replaced | None, now: datetime) -> Event:
    """Return the first event of a certificate: what issuing writes, and what is asked of it again before it is signed.

    Args:
        authority: whose certificate it is.
        document: the decision that the approved row names.
        replaced: what the row replaces.
        now: aware instant, whole seconds.
    """
    return Event(
        kind=EventKind.ISSUED,
        effective=day_of(now),
        recorded=now,
        authority=authority,
        basis="",
        document=document,
        reason=Reason.NONE,
        replaces=None if replaced is None else replaced.number,
        counted_from=None if replaced is None else replaced.counted_from,
    )


def _columns(signed: Signed) -> dict[str, object]:
    return {
        "certificate": signed.certificate,
        "credential": signed.credential,
        "credential_digest": signed.digest,
        "credential_kid": signed.kid,
    }


def _is_stored(session: ReadSession, signed: Signed) -> bool:
    """Whether the same credential is stored already. Raises ConflictError: ``signed_already``, ``void``."""
    certificate = by_id(session, signed.certificate)
    number = certificate.number
    if certificate.stage is Stage.VOID:
        raise ConflictError("void", f"certificate {number} is void and is not signed", number=number)
    if certificate.stage is Stage.SIGNED and certificate.credential_digest != signed.digest:
        raise ConflictError("signed_already", f"certificate {number} has another credential already", number=number)
    return certificate.stage is Stage.SIGNED
