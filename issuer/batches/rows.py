"""Reading batches: what is stored of a batch and its rows, opened with the vault, and the state of each award.

Rules: opening decrypts a row under its holder's key and reads its normal form, here and nowhere else; a row that was
altered, or moved to another award, does not open. That it is what two operators signed, ``approval`` and ``proof`` say.
States of awards move forward only, and the batch's counts move with them in the same transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, func, select, update

from credential import jsonform
from credential.merkle import HASH_BYTES, leaf_hash
from issuer.db.models import AwardRow, AwardState, BatchRow, BatchState, HolderRow
from issuer.db.sessions import ReadSession, WriteSession, chunked, table_of
from issuer.errors import ConflictError, IssuerError, NotFoundError, TamperedError
from issuer.intake.model import AwardDraft
from issuer.intake.normalform import draft_from_json, draft_from_proven
from issuer.vault import DataKey, Vault

MAX_FINDINGS_BYTES: Final = 1 << 20
_STREAMED: Final = 500
"""Rows that are held at a time where all are read."""
_FORWARD: Final = MappingProxyType(
    {
        AwardState.WAITING: frozenset({AwardState.RESERVED, AwardState.REJECTED}),
        AwardState.RESERVED: frozenset({AwardState.ISSUED, AwardState.REJECTED}),
    }
)
_COUNT: Final = MappingProxyType(
    {
        AwardState.WAITING: "rows_waiting",
        AwardState.REJECTED: "rows_rejected",
        AwardState.RESERVED: "rows_reserved",
        AwardState.ISSUED: "rows_issued",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch without its rows."""

    id: str
    authority: str
    file_digest: bytes
    rows_root: bytes
    decision_document: str
    state: BatchState
    rows_total: int
    rows_waiting: int
    rows_rejected: int
    rows_reserved: int
    rows_issued: int
    created: datetime
    paused_at: datetime | None
    """Since when no worker goes on with it; None: nobody paused it."""
    issue_up_to: int | None
    """How many rows are issued in all before a worker stops; None: all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardContent:
    """A good row, opened."""

    award: str
    batch: str
    holder: str
    state: AwardState
    normal: bytes = field(repr=False)
    """The normal form, as it was hashed."""
    draft: AwardDraft
    """What the normal form says."""
    position: int
    """Its leaf under the batch's root, from 0."""
    hashes: bytes = field(repr=False)
    """As they are stored: the leaf's, and those of the subtrees that it completes."""


class NormalRow(NamedTuple):
    """A good row whose normal form was opened and not read."""

    award: str
    state: AwardState
    normal: bytes
    position: int | None
    hashes: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the check said, as it is stored: a code for programs, and a sentence in each language."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardFindings:
    """What the check found: in a row, or in the whole list."""

    sheet_row: int | None
    """None: it is about the whole list."""
    state: AwardState | None
    findings: tuple[Said, ...] = field(repr=False)


def batch(session: ReadSession, batch_id: str) -> Batch:
    """Return a batch. Raises NotFoundError."""
    row = session.get(BatchRow, batch_id, populate_existing=True)
    if row is None:
        raise NotFoundError("no_batch", f"there is no batch {batch_id}", batch=batch_id)
    return _to_value(row)


def batches(session: ReadSession, *, state: BatchState | None = None) -> list[Batch]:
    """Return all batches, or those in one state, oldest first."""
    query = select(BatchRow).order_by(BatchRow.created, BatchRow.id)
    if state is not None:
        query = query.where(BatchRow.state == state)
    return [_to_value(row) for row in session.scalars(query)]


def count_rows(session: ReadSession, batch_id: str) -> int:
    """Return how many rows of a batch passed the check, whatever became of them since."""
    query = select(func.count()).select_from(AwardRow).where(AwardRow.batch == batch_id)
    return session.scalar(query.where(AwardRow.position.is_not(None))) or 0


def file_name(session: ReadSession, vault: Vault, batch_id: str) -> str:
    """Return the name of the file a batch was read from. Raises NotFoundError, TamperedError."""
    row = session.get_one(BatchRow, batch_id)
    key = vault.unwrap(row.wrapped_key, table="batches", row=batch_id)
    return key.open(row.file_name, table="batches", column="file_name", row=batch_id).decode()


def open_rows(session: ReadSession, vault: Vault, batch_id: str) -> tuple[AwardContent, ...]:
    """Open all rows that passed the check, whatever became of them since, in the order of the file.

    Raises:
        TamperedError: a row was altered or moved.
        NotAllowedError: code ``erased`` or ``wrong_kek``.
    """
    query = _good_rows().where(AwardRow.batch == batch_id).order_by(AwardRow.seq)
    return tuple(opened_row(vault, StoredRow._make(row)) for row in session.execute(query))


def normal_rows(session: ReadSession, vault: Vault, batch_id: str) -> Iterator[NormalRow]:
    """Open all rows that passed the check, one after the other, in the order of the file. Raises as ``open_rows``."""
    query = _good_rows().where(AwardRow.batch == batch_id).order_by(AwardRow.seq)
    for found in session.execute(query.execution_options(yield_per=_STREAMED)):
        row = StoredRow._make(found)
        yield NormalRow(
            award=row.id, state=row.state, normal=_normal(vault, row), position=row.position, hashes=row.hashes
        )


def open_row(session: ReadSession, vault: Vault, award_id: str) -> AwardContent:
    """Open one row that passed the check. Raises as ``open_rows``, NotFoundError ``no_award``."""
    found = session.execute(_good_rows().where(AwardRow.id == award_id)).first()
    if found is None:
        raise NotFoundError("no_award", f"there is no award {award_id}", award=award_id)
    return opened_row(vault, StoredRow._make(found))


def open_each(session: ReadSession, vault: Vault, award_ids: Sequence[str]) -> dict[str, AwardContent | IssuerError]:
    """Open many rows; return by award the row, or what ``open_row`` would raise."""
    opened: dict[str, AwardContent | IssuerError] = {
        each: NotFoundError("no_award", f"there is no award {each}", award=each) for each in award_ids
    }
    for award, row in stored_rows(session, award_ids).items():
        try:
            opened[award] = opened_row(vault, row)
        except IssuerError as error:
            opened[award] = error
    return opened


def stored_rows(session: ReadSession, award_ids: Sequence[str]) -> dict[str, StoredRow]:
    """Return rows that passed the check as they are stored, by award; those that there are not are left out."""
    rows = (
        StoredRow._make(found)
        for chunk in chunked(award_ids)
        for found in session.execute(_good_rows().where(AwardRow.id.in_(chunk)))
    )
    return {row.id: row for row in rows}


def leaf_hashes(session: ReadSession, batch_id: str) -> list[bytes]:
    """Return the hash that is kept of each leaf of a batch, in order; no row is opened for it."""
    query = select(AwardRow.hashes).where(AwardRow.batch == batch_id, AwardRow.position.is_not(None))
    found = session.scalars(query.order_by(AwardRow.position).execution_options(yield_per=_STREAMED))
    return [(hashes or b"")[:HASH_BYTES] for hashes in found]


def kept_hashes(session: ReadSession, batch_id: str, positions: Collection[int]) -> dict[int, bytes]:
    """Return what is kept with these leaves of a batch, by position; no row is opened for it."""
    query = select(AwardRow.position, AwardRow.hashes).where(AwardRow.batch == batch_id)
    kept: dict[int, bytes] = {}
    for chunk in chunked(sorted(positions)):
        rows = session.execute(query.where(AwardRow.position.in_(chunk)))
        kept |= {position: hashes for position, hashes in rows if position is not None and hashes is not None}
    return kept


def findings_of(session: ReadSession, vault: Vault, batch_id: str) -> list[AwardFindings]:
    """Open what the check found: of the whole list first, then of the rows that have some, in the order of the file."""
    batch = session.get_one(BatchRow, batch_id)
    key = vault.unwrap(batch.wrapped_key, table="batches", row=batch_id)
    found = []
    if batch.findings is not None:
        opened = key.open(batch.findings, table="batches", column="findings", row=batch_id)
        found.append(AwardFindings(sheet_row=None, state=None, findings=_said(opened)))
    query = select(AwardRow).where(AwardRow.batch == batch_id, AwardRow.findings.is_not(None)).order_by(AwardRow.seq)
    return found + [_open_findings(key, row) for row in session.scalars(query)]


def move_awards(session: WriteSession, award_ids: Sequence[str], after: AwardState) -> None:
    """Move awards forward, with one change of each batch's counts; the last one issued or rejected ends its batch.

    Raises:
        NotFoundError: ``no_award``.
        ConflictError: code ``wrong_state``: an award is not in a state before ``after``; then none has moved.
    """
    wanted = list(dict.fromkeys(award_ids))
    moved = _moved_plainly(session, wanted, after) or _moved_each(session, wanted, after)
    for owner, states in moved.items():
        _count(session.get_one(BatchRow, owner, with_for_update=True, populate_existing=True), states, after)
    session.flush()


def _moved_plainly(
    session: WriteSession, wanted: Sequence[str], after: AwardState
) -> dict[str, Counter[AwardState]] | None:
    """Move awards with one statement for many, where one state comes before ``after``; None where one is not in it.

    Nothing has moved then. Rows first, then their batch.
    """
    before = [state for state, forward in _FORWARD.items() if after in forward]
    if len(before) != 1:
        return None
    table, owners = table_of(AwardRow), Counter[str]()
    with session.begin_nested() as part:
        for chunk in chunked(wanted):
            here = update(table).where(table.c.id.in_(chunk), table.c.state == before[0])
            owners.update(session.scalars(here.values(state=after).returning(table.c.batch)))
        if owners.total() != len(wanted):
            part.rollback()
            return None
    return {owner: Counter({before[0]: many}) for owner, many in owners.items()}


def _moved_each(session: WriteSession, wanted: Sequence[str], after: AwardState) -> dict[str, Counter[AwardState]]:
    """Look at each award before all are moved. Raises as ``move_awards``."""
    table = table_of(AwardRow)
    found: dict[str, tuple[str, AwardState]] = {}
    for chunk in chunked(wanted):
        query = select(table.c.id, table.c.batch, table.c.state).where(table.c.id.in_(chunk))
        rows = session.execute(query.order_by(table.c.id).with_for_update())  # rows first, then their batch
        found |= {award: (owner, state) for award, owner, state in rows}
    moved: dict[str, Counter[AwardState]] = {}
    for award_id in wanted:
        if award_id not in found:
            raise NotFoundError("no_award", f"there is no award {award_id}", award=award_id)
        owner, state = found[award_id]
        if after not in _FORWARD.get(state, frozenset()):
            message = f"award {award_id} is {state.value} and cannot become {after.value}"
            raise ConflictError("wrong_state", message, award=award_id, state=state.value)
        moved.setdefault(owner, Counter())[state] += 1
    for chunk in chunked(wanted):
        session.execute(update(table).where(table.c.id.in_(chunk)).values(state=after))
    return moved


def _count(owner: BatchRow, moved: Counter[AwardState], after: AwardState) -> None:
    for state, many in moved.items():
        setattr(owner, _COUNT[state], getattr(owner, _COUNT[state]) - many)
    setattr(owner, _COUNT[after], getattr(owner, _COUNT[after]) + moved.total())
    owner.state = BatchState.ISSUING if owner.rows_waiting + owner.rows_reserved else BatchState.ISSUED


class StoredRow(NamedTuple):
    """What is stored of a good row, and the wrapped key that opens it."""

    id: str
    batch: str
    sheet_row: int
    holder: str | None
    state: AwardState
    payload: bytes | None
    position: int | None
    hashes: bytes | None
    wrapped_key: bytes | None


def _good_rows() -> Select[Any]:
    # Of tables and not of classes: rows pass the session's objects by, which takes a fraction of the time.
    awards, holders = table_of(AwardRow), table_of(HolderRow)
    columns = [awards.c[name] for name in StoredRow._fields[:-1]]
    query = select(*columns, holders.c.wrapped_key).join_from(awards, holders, holders.c.id == awards.c.holder)
    return query.where(awards.c.payload.is_not(None))


def _normal(vault: Vault, row: StoredRow) -> bytes:
    assert row.holder is not None
    assert row.payload is not None
    key = vault.unwrap(row.wrapped_key, table="holders", row=row.holder)
    return key.open(row.payload, table="awards", column="payload", row=row.id)


def opened_row(vault: Vault, row: StoredRow, *, leaf: bytes | None = None) -> AwardContent:
    """Open a row without the register.

    Args:
        vault: opens it.
        row: as it is stored.
        leaf: the hash that a root of two operators has for it; None: it is proven otherwise, or not at all.

    Raises:
        As ``open_row``; TamperedError ``rows_altered``: it has another hash.
    """
    assert row.holder is not None
    normal = _normal(vault, row)
    if leaf is not None and leaf_hash(normal) != leaf:
        message = f"the rows of batch {row.batch} are not those that were checked; nothing is signed"
        raise TamperedError("rows_altered", message, batch=row.batch)
    try:
        draft = draft_from_json(normal) if leaf is None else draft_from_proven(normal)
    except ValueError as error:
        message = f"row {row.sheet_row} of batch {row.batch} is no award in normal form; nothing is signed"
        raise TamperedError("rows_altered", message, batch=row.batch) from error
    if row.position is None or row.hashes is None:
        message = f"row {row.sheet_row} of batch {row.batch} has no place under the batch's root; nothing is signed"
        raise TamperedError("rows_altered", message, batch=row.batch)
    return AwardContent(
        award=row.id,
        batch=row.batch,
        holder=row.holder,
        state=row.state,
        normal=normal,
        draft=draft,
        position=row.position,
        hashes=row.hashes,
    )


def _open_findings(key: DataKey, row: AwardRow) -> AwardFindings:
    assert row.findings is not None
    opened = key.open(row.findings, table="awards", column="findings", row=row.id)
    return AwardFindings(sheet_row=row.sheet_row, state=row.state, findings=_said(opened))


def said_json(said: Sequence[Said]) -> bytes:
    """Return what was said as it is sealed."""
    return jsonform.encode([{"code": each.code, "en": each.en, "zh": each.zh} for each in said])


def _said(opened: bytes) -> tuple[Said, ...]:
    said = jsonform.decode(opened, max_bytes=MAX_FINDINGS_BYTES)
    assert isinstance(said, list)
    return tuple(map(_one_said, said))


def _one_said(plain: jsonform.Value) -> Said:
    """One of them; batches of earlier versions have a Chinese sentence behind its code."""
    if isinstance(plain, dict):
        return Said(**{name: str(plain[name]) for name in Said.__dataclass_fields__})
    code, _, zh = str(plain).partition(": ")
    return Said(code=code, zh=zh or code, en=zh or code)


def _to_value(row: BatchRow) -> Batch:
    return Batch(**{name: getattr(row, name) for name in Batch.__dataclass_fields__})
