"""The photos of a batch's rows: sealed under their holders' keys, and opened only as what two operators signed.

Rules: a row names its photo by digest, and the row is what operators sign. A photo is sealed under the key of the row's
holder and bound to the row: moved to another row it does not open, and it goes when the holder's key is erased. Whoever
opens one compares it with the digest, so that another picture, by whoever seals it, is not printed.

    keep(session, key, award_id, photo)
    photo_of(session, vault, open_row(session, vault, award_id))
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from sqlalchemy import insert, select

from issuer.batches.rows import AwardContent
from issuer.db.models import HolderRow, PhotoRow
from issuer.db.sessions import ReadSession, WriteSession, chunked
from issuer.errors import TamperedError
from issuer.photos.model import CleanPhoto
from issuer.vault import DataKey, Vault

_PLACE: Final = {"table": "photos", "column": "picture"}
_STREAMED: Final = 20
"""Photos that are held at a time where those of many rows are asked for."""


def keep(session: WriteSession, key: DataKey, award_id: str, photo: CleanPhoto) -> None:
    """Store the photo of a row that is stored; ``key`` is its holder's. The session keeps no copy of it."""
    sealed = key.seal(photo, row=award_id, **_PLACE)
    session.execute(insert(PhotoRow.__table__), {"award": award_id, "picture": sealed})  # type: ignore[arg-type]


def require_photos(session: ReadSession, vault: Vault, rows: Sequence[AwardContent]) -> None:
    """Ask that each row that names a photo has it: the document needs it. Raises as ``photo_of``."""
    named = {row.award: row for row in rows if row.draft.photo is not None}
    for chunk in chunked(named):
        holders = {named[each].holder for each in chunk}
        keys = dict(session.execute(select(HolderRow.id, HolderRow.wrapped_key).where(HolderRow.id.in_(holders))).all())
        pictures = select(PhotoRow.award, PhotoRow.picture).where(PhotoRow.award.in_(chunk))
        missing = set(chunk)
        for award, sealed in session.execute(pictures.execution_options(yield_per=_STREAMED)):
            row = named[award]
            _opened(vault, row, sealed, keys[row.holder])
            missing.remove(award)
        for award in missing:
            raise _altered(named[award], "gone")


def photo_of(session: ReadSession, vault: Vault, row: AwardContent) -> CleanPhoto | None:
    """Return the photo that a row names; None where it names none.

    Raises:
        NotAllowedError: ``erased``, ``wrong_kek``.
        TamperedError: ``photo_altered``: it is gone, or another one than was signed; ``sealed_altered``.
    """
    if row.draft.photo is None:
        return None
    sealed = session.scalar(select(PhotoRow.picture).where(PhotoRow.award == row.award))
    if sealed is None:
        raise _altered(row, "gone")
    return _opened(vault, row, sealed, session.get_one(HolderRow, row.holder).wrapped_key)


def _opened(vault: Vault, row: AwardContent, sealed: bytes, wrapped_key: bytes | None) -> CleanPhoto:
    photo = vault.unwrap(wrapped_key, table="holders", row=row.holder).open(sealed, row=row.award, **_PLACE)
    if sha256(photo).hexdigest() != row.draft.photo:
        raise _altered(row, "another one than was signed")
    return CleanPhoto(photo)


def _altered(row: AwardContent, what: str) -> TamperedError:
    message = f"the photo of row {row.draft.sheet_row} of batch {row.batch} is {what}; nothing is signed"
    return TamperedError("photo_altered", message, batch=row.batch, sheet_row=row.draft.sheet_row)
