"""One row of a batch alone: what two operators signed of it, proven without opening the others (FORMAT 11.2).

Rules: both statements are verified, and the opened row's own hash is followed to the root that they name, along hashes
that are kept with other rows. Nothing that the database says of the row is believed but its place, which the path
proves. A proof is a value: whoever has the operators' keys checks it without the register.

    proven = prove_row(session, open_row(session, vault, award_id), operators=operators, now=now)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from credential.errors import CredentialError
from credential.merkle import inclusion_path, leaf_hash, leaves_of_path, verify_path
from credential.text import digest_from_hex
from issuer.batches.approval import Approval, proven_approval
from issuer.batches.rows import AwardContent, kept_hashes
from issuer.db.sessions import ReadSession
from issuer.errors import TamperedError
from issuer.office.operators import Operators


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenRow:
    """A row that was proven just now, with what proved it."""

    row: AwardContent
    """``row.normal`` is the leaf, ``row.position`` its place."""
    size: int
    """How many rows there are under the root."""
    path: tuple[bytes, ...] = field(repr=False)
    by: Approval


def prove_row(
    session: ReadSession, row: AwardContent, *, operators: Operators, now: datetime, acting: bool = False
) -> ProvenRow:
    """Prove that two operators approved a row of the batch in which it stands, as it was opened just now.

    The cost follows the logarithm of the batch. What a row became, and that there is only one of it, is not said:
    before anything new is issued, ``verify_approved`` asks of the whole batch.

    Args:
        session: reads.
        row: from ``open_row``.
        operators: the verified file of operators.
        now: aware instant; what was stated later than that proves nothing.
        acting: whether the operators must act still; once the row was issued, they need not.

    Raises:
        NotFoundError: ``no_batch``.
        NotAllowedError: as ``verify_approved``.
        TamperedError: a statement does not hold; ``rows_altered``: the row is not what was approved, or is of another
            batch.
    """
    by = proven_approval(session, row.batch, operators=operators, now=now, acting=acting)
    size, root = by.approval.counts["waiting"], digest_from_hex(by.approval.digests["rows_root"])
    try:
        kept = kept_hashes(session, row.batch, leaves_of_path(row.position, size))
        path = inclusion_path(row.position, size, kept)
        verify_path(leaf_hash(row.normal), path, index=row.position, size=size, root=root)
    except CredentialError as error:
        message = f"row {row.draft.sheet_row} is none of batch {row.batch} as it was approved ({error})"
        raise TamperedError("rows_altered", message, batch=row.batch, award=row.award) from error
    return ProvenRow(row=row, size=size, path=path, by=by)
