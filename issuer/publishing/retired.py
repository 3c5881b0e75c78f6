"""Which published files no snapshot names any more, and since when: a reader may still hold the last one that did.

Rules: a file gets its row before the last snapshot that names it is replaced; a file of unknown origin gets it when it
is first seen; a file that is named again loses it. The register says when, not the file's time of change: a copy, a
backup or a mount may set that to anything.

    retired.retire(session, dropped, now=now)
    retired.forget(session, named_again)
    removable = retired.due(session, before=now - KEEP_RETIRED)
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, insert, select

from issuer.db.models import RetiredFileRow
from issuer.db.sessions import ReadSession, WriteSession, chunked


def paths(session: ReadSession) -> set[str]:
    """Return the paths of all retired files."""
    return set(session.scalars(select(RetiredFileRow.path)))


def due(session: ReadSession, *, before: datetime) -> list[str]:
    """Return the paths of files that were retired before an instant, the oldest first."""
    query = select(RetiredFileRow.path).where(RetiredFileRow.retired_at < before)
    return list(session.scalars(query.order_by(RetiredFileRow.retired_at, RetiredFileRow.path)))


def retire(session: WriteSession, files: Collection[str], *, now: datetime) -> None:
    """Note that these files are named no more from now on, also where an earlier row says so."""
    forget(session, files)
    for chunk in chunked(sorted(files)):
        session.execute(insert(RetiredFileRow), [{"path": path, "retired_at": now} for path in chunk])


def forget(session: WriteSession, files: Collection[str]) -> None:
    """Remove the rows of files that are named again, or are gone."""
    for chunk in chunked(sorted(files)):
        session.execute(delete(RetiredFileRow).where(RetiredFileRow.path.in_(chunk)))
