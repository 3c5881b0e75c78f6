"""The people of a list that is stored: found again by the blind index of their ID document, made where they are new.

Rules: a person is one holder, with one data key, in however many rows and batches. What the newest list says of a
person is kept, sealed under that key. All people of a list are looked for and written at once. Those who are known are
locked: what a list says of them, and what is decided about them, waits for each other.

    holders = holders_of(session, vault, {index: draft}, now=now)
    holders[index].key.seal(...)
    write(session, holders.values())
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import select

from credential import jsonform
from issuer.db.models import HolderRow
from issuer.db.sessions import WriteSession, chunked, insert_all
from issuer.ids import new_id
from issuer.intake.model import AwardDraft
from issuer.vault import DataKey, Vault

_COLUMNS: Final = ("id", "blind_index", "wrapped_key", "personal", "contact", "created")


@dataclass(slots=True, kw_only=True)
class NewHolder:
    """A person whom the register does not have yet; its members are the columns of ``HolderRow``.

    A mapped row costs more than all that is sealed in it, and it would be written apart from the session anyway.
    """

    id: str
    blind_index: bytes
    wrapped_key: bytes
    created: datetime
    personal: bytes | None = field(default=None, repr=False)
    contact: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A person of a list."""

    row: HolderRow | NewHolder = field(repr=False)
    key: DataKey


def holders_of(
    session: WriteSession, vault: Vault, people: Mapping[bytes, AwardDraft], *, now: datetime
) -> dict[bytes, Holder]:
    """Return the holder of each blind index, with what its row of the list says of the person.

    Args:
        session: the transaction; ``write`` is still to be called.
        vault: makes and opens the holders' keys.
        people: by blind index, a row that names the person.
        now: aware instant, when new ones are made.

    Raises:
        NotAllowedError: ``wrong_kek``.
        TamperedError: a holder's key was altered or moved.
    """
    found: dict[bytes | None, HolderRow] = {}
    for chunk in chunked(sorted(people)):
        query = select(HolderRow).where(HolderRow.blind_index.in_(chunk)).order_by(HolderRow.blind_index)
        held = query.with_for_update(key_share=True).execution_options(populate_existing=True)
        found |= {row.blind_index: row for row in session.scalars(held)}
    return {index: _holder(vault, index, found.get(index), draft, now) for index, draft in people.items()}


def write(session: WriteSession, holders: Collection[Holder]) -> None:
    """Write what is new, and what has changed.

    New ones are written in one order everywhere: two lists that name the same new people wait for each other, and the
    second is done again and finds them.
    """
    ordered = sorted((each.row for each in holders if isinstance(each.row, NewHolder)), key=lambda row: row.blind_index)
    new = [{name: getattr(row, name) for name in _COLUMNS} for row in ordered]
    insert_all(session, HolderRow, new)
    session.flush()


def _holder(vault: Vault, index: bytes, held: HolderRow | None, row: AwardDraft, now: datetime) -> Holder:
    holder: HolderRow | NewHolder
    if held is None:
        holder_id = new_id()
        key, wrapped = vault.new_key(table="holders", row=holder_id)
        holder = NewHolder(id=holder_id, blind_index=index, wrapped_key=wrapped, created=now)
    else:
        holder, key = held, vault.unwrap(held.wrapped_key, table="holders", row=held.id)
    personal = jsonform.encode({"name": row.name, "id_type": row.id_type.word, "id_number": row.id_number})
    holder.personal = key.seal(personal, table="holders", column="personal", row=holder.id)
    return Holder(row=holder, key=key)
