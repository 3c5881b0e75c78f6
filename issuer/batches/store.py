"""Storing a checked list: every row, good or rejected, sealed, counted, and traceable to its line in the file.

Rules: rows in = waiting + rejected (+ reserved + issued, later). A good row is stored as its normal form, byte by byte
as it is hashed, under its holder's key, and beside it the hashes that prove it alone; a holder is found again by the
blind index of the ID document. Its photo is sealed beside it. A rejected row is stored as its findings only, under the
batch's key. The file itself is not kept: what is kept of a person can be erased.

    checked = check(read_list(file.data, name=file.name).rows, context, today)
    batch_id = store_checked(session, vault, checked, file=file, authority="sf-rst", decision_document="", ...)
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final

from sqlalchemy import or_, select

from credential.merkle import Frontier, leaf_hash
from issuer import audit
from issuer.batches import photos as photo_store
from issuer.batches.contacts import keep
from issuer.batches.holders import holders_of, write
from issuer.batches.rows import Said, said_json
from issuer.db.certificates import next_serials
from issuer.db.locks import take_for
from issuer.db.models import AuthorityRow, AwardRow, AwardState, BatchRow, BatchState
from issuer.db.sessions import ReadSession, WriteSession, insert_all
from issuer.errors import ConflictError, InputError, NotFoundError
from issuer.ids import new_id
from issuer.intake.findings import Finding
from issuer.intake.model import AwardDraft, CheckedBatch, Contact, ListFile, RawRow
from issuer.intake.normalform import draft_to_json, new_salt
from issuer.photos.model import CleanPhoto
from issuer.vault import DataKey, Vault

MAX_BATCH_ROWS: Final = 100_000
"""More than any office files at once; one batch is one transaction."""
MAX_LIST_FINDINGS: Final = 500
MAX_FINDING: Final = 500
_REJECTED: Final = Said(code="rejected", zh="未收", en="not taken")
"""Characters of one finding of the whole list; both bounds keep what is opened again below a mebibyte."""
_BATCH_NUMBERS: Final = "batch"
_NONE: Final[Mapping[int, CleanPhoto]] = {}
PhotoOf = Callable[[int], CleanPhoto]
"""Gives the photo of a row that names one, by row of the sheet. Raises KeyError where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leaf:
    """A good row as it stands under the root."""

    normal: bytes = field(repr=False)
    position: int
    hashes: bytes


@dataclass(slots=True, kw_only=True)
class _Award:
    """A row as it is written; its members are the columns of ``AwardRow``."""

    id: str
    batch: str
    seq: int
    sheet_row: int
    holder: str | None = None
    payload: bytes | None = field(default=None, repr=False)
    position: int | None = None
    hashes: bytes | None = None
    findings: bytes | None = field(default=None, repr=False)
    state: AwardState = AwardState.REJECTED


def store_checked(
    session: WriteSession,
    vault: Vault,
    checked: CheckedBatch,
    *,
    file: ListFile,
    authority: str,
    decision_document: str,
    actor: str,
    now: datetime,
    sheet: str | None = None,
    photo_of: PhotoOf = _NONE.__getitem__,
    token_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> str:
    """Store a checked list in state ``checked`` and return the batch's id (authority and running number).

    Args:
        session: the transaction.
        vault: seals the rows.
        checked: all rows of the list, and what was found in them.
        file: the list.
        authority: whose list it is.
        decision_document: of the whole list; empty when each row names its own.
        actor: who checked.
        now: aware instant.
        sheet: the sheet that holds the list; None where the file has one list.
        photo_of: gives the photos that rows name, one at a time; they are sealed and not held.
        token_bytes: gives the salts of the rows.

    Raises:
        NotFoundError: the authority is unknown.
        InputError: no rows, too many, or two rows with one row number.
        ConflictError: code ``same_file``: the file, or the same sheet of it, is in another batch that was not rejected.
        KeyError, ValueError: a row names a photo that is not given, or another one.
    """
    rows: list[AwardDraft | RawRow] = list(checked.good)
    rows.extend(checked.rejected)
    rows.sort(key=lambda row: row.sheet_row)
    _check(session, rows, authority)
    take_for(session, "file", file.digest)  # of the same file nobody else makes a batch meanwhile
    require_new(session, file, sheet)
    leaves, root = _leaves(rows, token_bytes)
    [number] = next_serials(session, 1, authority=authority, scope=_BATCH_NUMBERS)
    batch_id = f"{authority}-{number:04d}"
    key, wrapped = vault.new_key(table="batches", row=batch_id)
    row = BatchRow(
        id=batch_id,
        authority=authority,
        file_name=key.seal(file.name.encode(), table="batches", column="file_name", row=batch_id),
        file_digest=file.digest,
        sheet_digest=_sheet_digest(sheet),
        rows_root=root,
        decision_document=decision_document,
        state=BatchState.CHECKED,
        wrapped_key=wrapped,
        rows_total=len(rows),
        rows_waiting=len(checked.good),
        rows_rejected=len(checked.rejected),
        rows_reserved=0,
        rows_issued=0,
        created=now,
    )
    session.add(row)
    session.flush()
    awards, keys = _awards(session, vault, batch_id, rows, leaves, checked.contacts, now)
    row.findings = _seal_findings(key, awards, checked.findings, batch_id)
    insert_all(session, AwardRow, [{name: getattr(each, name) for name in _Award.__slots__} for each in awards])
    session.flush()
    photos = _add_photos(session, awards, rows, keys, photo_of)
    details: dict[str, object] = {"rows": row.rows_total, "good": row.rows_waiting, "rejected": row.rows_rejected}
    details |= {"photos": photos} if photos else {}
    details |= {"file": row.file_digest.hex(), "root": row.rows_root.hex()}
    audit.append(session, actor=actor, act="batch.check", subject=batch_id, now=now, details=details)
    return batch_id


def require_new(session: ReadSession, file: ListFile, sheet: str | None) -> None:
    """Ask before anything that takes time is done for a list.

    Raises:
        ConflictError: ``same_file``: the file, or the same sheet of it, is in another batch that was not rejected.
    """
    sheet_digest = _sheet_digest(sheet)
    same = select(BatchRow.id).where(BatchRow.file_digest == file.digest, BatchRow.state != BatchState.REJECTED)
    if sheet_digest is not None:  # one without a sheet was the whole file
        same = same.where(or_(BatchRow.sheet_digest.is_(None), BatchRow.sheet_digest == sheet_digest))
    other = session.scalar(same)
    if other is not None:
        message = f"this file is batch {other} already"
        raise ConflictError("same_file", message, batch=other)


def _sheet_digest(sheet: str | None) -> bytes | None:
    return None if sheet is None else sha256(sheet.encode()).digest()


def _check(session: WriteSession, rows: Sequence[AwardDraft | RawRow], authority: str) -> None:
    if session.get(AuthorityRow, authority) is None:
        raise NotFoundError("no_authority", f"there is no authority {authority}; add it first", id=authority)
    if not 1 <= len(rows) <= MAX_BATCH_ROWS or len({row.sheet_row for row in rows}) != len(rows):
        message = f"a batch has 1 to {MAX_BATCH_ROWS} rows, each with a row number of its own"
        raise InputError("rows", message, most=MAX_BATCH_ROWS)


def _leaves(rows: Iterable[AwardDraft | RawRow], token_bytes: Callable[[int], bytes]) -> tuple[dict[int, _Leaf], bytes]:
    """Write the good rows down, by sheet row, and return the root over them."""
    tree, leaves = Frontier(), {}
    for row in rows:
        if isinstance(row, AwardDraft):
            normal, position = draft_to_json(row, salt=new_salt(token_bytes)), tree.size
            hashes = b"".join(tree.append(leaf_hash(normal)))
            leaves[row.sheet_row] = _Leaf(normal=normal, position=position, hashes=hashes)
    return leaves, tree.root()


def _awards(  # noqa: PLR0917 - the rows with where and how they are stored
    session: WriteSession,
    vault: Vault,
    batch_id: str,
    rows: Sequence[AwardDraft | RawRow],
    leaves: Mapping[int, _Leaf],
    contacts: Mapping[int, Contact],
    now: datetime,
) -> tuple[list[_Award], dict[str, DataKey]]:
    """The rows as they are kept, after their holders were written, and the key of each holder.

    What was found in the rows is still to be sealed.
    """
    indexes = {
        row.sheet_row: vault.blind_index(row.id_type.word, row.id_number) for row in rows if isinstance(row, AwardDraft)
    }
    people: dict[bytes, AwardDraft] = {}
    for row in rows:
        if isinstance(row, AwardDraft):
            people.setdefault(indexes[row.sheet_row], row)
    holders = holders_of(session, vault, people, now=now)
    awards: list[_Award] = []
    for seq, row in enumerate(rows, start=1):
        award = _Award(id=new_id(), batch=batch_id, seq=seq, sheet_row=row.sheet_row)
        if isinstance(row, AwardDraft):
            holder, leaf = holders[indexes[row.sheet_row]], leaves[row.sheet_row]
            if row.sheet_row in contacts:
                keep(holder.key, holder.row, contacts[row.sheet_row])
            award.holder = holder.row.id
            award.payload = holder.key.seal(leaf.normal, table="awards", column="payload", row=award.id)
            award.position, award.hashes = leaf.position, leaf.hashes
            award.state = AwardState.WAITING
        awards.append(award)
    write(session, holders.values())
    return awards, {each.row.id: each.key for each in holders.values()}


def _add_photos(
    session: WriteSession,
    awards: Sequence[_Award],
    rows: Sequence[AwardDraft | RawRow],
    keys: Mapping[str, DataKey],
    photo_of: PhotoOf,
) -> int:
    """Seal the photos that rows name, one after the other; return how many."""
    many = 0
    for award, row in zip(awards, rows, strict=True):
        if isinstance(row, AwardDraft) and row.photo is not None:
            photo = photo_of(row.sheet_row)
            if sha256(photo).hexdigest() != row.photo:
                raise ValueError(f"row {row.sheet_row} names another photo than it was given")
            photo_store.keep(session, keys[award.holder or ""], award.id, photo)
            many += 1
    return many


def _seal_findings(key: DataKey, awards: Sequence[_Award], findings: Sequence[Finding], batch_id: str) -> bytes | None:
    """Seal what was found with its rows: it may quote cells. A good row keeps its warnings and notices.

    A row may be rejected for a fault of the whole list, and is shown as rejected then. What was found in the list as a
    whole is returned sealed, for the batch.
    """
    rows = {award.sheet_row for award in awards}
    found: dict[int | None, list[Said]] = {}
    for each in findings:
        found.setdefault(each.sheet_row, []).append(Said(code=each.code, zh=each.line_zh(), en=each.line_en()))
    for award in awards:
        of_row = found.get(award.sheet_row, [_REJECTED] if award.state is AwardState.REJECTED else [])
        if of_row:
            award.findings = key.seal(said_json(of_row), table="awards", column="findings", row=award.id)
    left = [each for each in findings if each.sheet_row not in rows]
    return key.seal(_of_the_list(left), table="batches", column="findings", row=batch_id) if left else None


def _of_the_list(findings: Sequence[Finding]) -> bytes:
    """Also what was found in rows that hold no award: a total, a second heading."""
    said = []
    for each in findings[:MAX_LIST_FINDINGS]:
        row = each.sheet_row
        zh = each.line_zh() if row is None else f"第 {row} 行：{each.line_zh()}"
        en = each.line_en() if row is None else f"row {row}: {each.line_en()}"
        said.append(Said(code=each.code, zh=zh[:MAX_FINDING], en=en[:MAX_FINDING]))
    left = len(findings) - len(said)
    if left:
        said.append(Said(code="more", zh=f"还有 {left} 条", en=f"{left} more"))
    return said_json(said)
