"""Storing a checked batch: every row, good or rejected, sealed, counted, and traceable to its line in the file.

Rules: rows in = waiting + rejected (+ reserved + issued, later). A good row is stored as its normal form, byte by byte
as it is hashed, under its holder's key; a holder is found again by the blind index of the ID document. A rejected row
is stored as its findings only, under the batch's key. The file itself is not kept: what is kept of a person can be
erased.

    batch_id = store_checked(session, vault, batch, actor="clerk1", now=now)
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import select

from credential import jsonform
from issuer import audit
from issuer.db.certificates import next_serial
from issuer.db.models import AuthorityRow, AwardRow, AwardState, BatchRow, BatchState, HolderRow
from issuer.db.sessions import WriteSession
from issuer.errors import ConflictError, InputError, NotFoundError
from issuer.ids import new_id
from issuer.vault import DataKey, Vault

MAX_BATCH_ROWS: Final = 100_000
"""More than any office files at once; one batch is one transaction."""
_BATCH_NUMBERS: Final = "batch"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodRow:
    """A row that passed the check."""

    sheet_row: int
    id_type: str
    """A stable name of the ID document's type; with the number it finds the holder."""
    id_number: str = field(repr=False)
    name: str = field(repr=False)
    normal: bytes = field(repr=False)
    """The row's normal form: one line of canonical JSON without line feed."""
    findings: tuple[str, ...] = field(default=(), repr=False)
    """Warnings and notices: they do not keep the row from being issued."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    """A row that did not, with what was found. Findings may quote cells."""

    sheet_row: int
    findings: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchInput:
    """A file that was checked."""

    authority: str
    file_name: str = field(repr=False)
    file_digest: bytes
    """SHA-256 of the file as it was received."""
    decision_document: str
    """Given for the whole batch; empty when each row names its own."""
    good: tuple[GoodRow, ...]
    rejected: tuple[RejectedRow, ...]


def store_checked(session: WriteSession, vault: Vault, batch: BatchInput, *, actor: str, now: datetime) -> str:
    """Store a checked batch in state ``checked`` and return its id (authority and running number).

    Raises:
        NotFoundError: the authority is unknown.
        InputError: no rows, too many, or two rows with one row number.
        ConflictError: code ``same_file``: the file is in another batch that was not rejected.
    """
    _check(session, batch)
    normal = [row.normal for row in sorted(batch.good, key=lambda row: row.sheet_row)]
    batch_id = f"{batch.authority}-{next_serial(session, authority=batch.authority, scope=_BATCH_NUMBERS):04d}"
    key, wrapped = vault.new_key(table="batches", row=batch_id)
    row = BatchRow(
        id=batch_id,
        authority=batch.authority,
        file_name=key.seal(batch.file_name.encode(), table="batches", column="file_name", row=batch_id),
        file_digest=batch.file_digest,
        rows_digest=rows_digest(normal),
        decision_document=batch.decision_document,
        state=BatchState.CHECKED,
        wrapped_key=wrapped,
        rows_total=len(batch.good) + len(batch.rejected),
        rows_waiting=len(batch.good),
        rows_rejected=len(batch.rejected),
        rows_reserved=0,
        rows_issued=0,
        created=now,
    )
    session.add(row)
    session.flush()
    _add_awards(session, vault, key, batch_id=batch_id, batch=batch, now=now)
    details: dict[str, object] = {"rows": row.rows_total, "good": row.rows_waiting, "rejected": row.rows_rejected}
    details |= {"file": batch.file_digest.hex(), "digest": row.rows_digest.hex()}
    audit.append(session, actor=actor, act="batch.check", subject=batch_id, now=now, details=details)
    return batch_id


def rows_digest(normal_rows: Sequence[bytes]) -> bytes:
    """Return SHA-256 of the batch's normal form: the rows in the order of the file, each ended by a line feed."""
    return hashlib.sha256(b"".join(row + b"\n" for row in normal_rows)).digest()


def _check(session: WriteSession, batch: BatchInput) -> None:
    if session.get(AuthorityRow, batch.authority) is None:
        raise NotFoundError(
            "no_authority", f"there is no authority {batch.authority}; add it first", id=batch.authority
        )
    rows = [row.sheet_row for row in batch.good] + [row.sheet_row for row in batch.rejected]
    if not 1 <= len(rows) <= MAX_BATCH_ROWS or len(set(rows)) != len(rows):
        raise InputError("rows", f"a batch has 1 to {MAX_BATCH_ROWS} rows, each with a row number of its own")
    if any(b"\n" in row.normal for row in batch.good):
        raise InputError("rows", "a row's normal form is one line")
    if len(batch.file_digest) != hashlib.sha256().digest_size:
        raise InputError("file_digest", "the digest of the file is a SHA-256 of 32 bytes")
    same = select(BatchRow.id).where(BatchRow.file_digest == batch.file_digest, BatchRow.state != BatchState.REJECTED)
    other = session.scalar(same)
    if other is not None:
        message = f"this file is batch {other} already"
        raise ConflictError("same_file", message, batch=other)


def _add_awards(
    session: WriteSession,
    vault: Vault,
    batch_key: DataKey,
    *,
    batch_id: str,
    batch: BatchInput,
    now: datetime,
) -> None:
    rows: list[GoodRow | RejectedRow] = list(batch.good)
    rows.extend(batch.rejected)
    rows.sort(key=lambda row: row.sheet_row)
    holders: dict[bytes, tuple[str, DataKey]] = {}
    for seq, row in enumerate(rows, start=1):
        award = AwardRow(id=new_id(), batch=batch_id, seq=seq, sheet_row=row.sheet_row)
        if isinstance(row, GoodRow):
            index = vault.blind_index(row.id_type, row.id_number)
            if index not in holders:
                holders[index] = _holder(session, vault, index, row, now)
            award.holder, key = holders[index]
            award.payload = key.seal(row.normal, table="awards", column="payload", row=award.id)
            award.state = AwardState.WAITING
        else:
            award.state = AwardState.REJECTED
        if row.findings:
            found = jsonform.encode(list(row.findings))
            award.findings = batch_key.seal(found, table="awards", column="findings", row=award.id)
        session.add(award)
    session.flush()


def _holder(session: WriteSession, vault: Vault, index: bytes, row: GoodRow, now: datetime) -> tuple[str, DataKey]:
    """Return the holder's id and key, made when the person is new; what the newest row says of the person is kept."""
    holder = session.scalar(select(HolderRow).where(HolderRow.blind_index == index))
    if holder is None:
        holder_id = new_id()
        key, wrapped = vault.new_key(table="holders", row=holder_id)
        holder = HolderRow(id=holder_id, blind_index=index, wrapped_key=wrapped, created=now)
        session.add(holder)
    else:
        key = vault.unwrap(holder.wrapped_key, table="holders", row=holder.id)
    personal = jsonform.encode({"name": row.name, "id_type": row.id_type, "id_number": row.id_number})
    holder.personal = key.seal(personal, table="holders", column="personal", row=holder.id)
    session.flush()
    return holder.id, key
