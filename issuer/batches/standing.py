"""Where the work on a batch stands: how many rows are public and have documents, who is at it, and what failed last.

Rules: everything is read from columns and from the outbox; nothing is opened. What it reads grows with the batch, and
not with the register. What failed counts until the next try succeeds.

    found = standing(session, "sf-hrss-0001")
    found.published, found.documents, [each.taken_by for each in found.works]
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from issuer.batches.rows import Batch
from issuer.batches.rows import batch as read_batch
from issuer.db import outbox
from issuer.db.models import AwardRow, CertificateRow
from issuer.db.outbox import Pending, Topic
from issuer.db.sessions import ReadSession


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """What the last try at something came to."""

    topic: Topic
    reason: str
    """As a worker noted it: ``code: sentence``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where the work on a batch stands."""

    batch: Batch
    published: int
    """Certificates that the public has."""
    documents: int
    """Certificates whose document was made."""
    left_now: int | None
    """Rows that are still issued before the worker stops; None: all that can be."""
    works: tuple[Pending, ...]
    """What was asked for and is not done, and who is at it."""
    failed: tuple[Failed, ...]


def standing(session: ReadSession, batch_id: str) -> Standing:
    """Return where the work on a batch stands. Raises NotFoundError ``no_batch``."""
    found = read_batch(session, batch_id)
    query = (
        select(func.count(CertificateRow.first_published), func.count(CertificateRow.document_path))
        .join(AwardRow, AwardRow.id == CertificateRow.award)
        .where(AwardRow.batch == batch_id)
    )
    published, documents = session.execute(query).one()
    asked = (Topic.ISSUE, Topic.DOCUMENTS)
    newest = [(topic, outbox.newest_error(session, topic=topic, object=batch_id)) for topic in asked]
    if published < found.rows_issued:
        newest.append((Topic.PUBLISH, outbox.publishing_error(session, batch_id)))
    left = None if found.issue_up_to is None else max(0, found.issue_up_to - found.rows_issued)
    return Standing(
        batch=found,
        published=published,
        documents=documents,
        left_now=left,
        works=tuple(outbox.pending_of(session, topics=asked, object=batch_id)),
        failed=tuple(Failed(topic=topic, reason=reason) for topic, reason in newest if reason),
    )
