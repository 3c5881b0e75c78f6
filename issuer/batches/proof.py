"""One row of a batch alone: what two operators signed of it, proven without opening the others (FORMAT 11.2).

Rules: both statements are verified, and the opened row's own hash is followed to the root that they name, along hashes
that are kept with other rows. Nothing that the database says of the row is believed but its place, which the path
proves. A proof is a value: whoever has the operators' keys checks it without the register.

    proven = prove_row(session, open_row(session, vault, award_id), operators=operators, now=now)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from credential.errors import CodedError, CredentialError
from credential.merkle import inclusion_path, leaf_hash, leaves_of_path, verify_path
from credential.text import digest_from_hex
from issuer.batches.approval import Approval, proven_approval
from issuer.batches.rows import AwardContent, kept_hashes
from issuer.db.sessions import ReadSession
from issuer.errors import IssuerError, TamperedError
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


def prove_row(session: ReadSession, row: AwardContent, *, operators: Operators, now: datetime) -> ProvenRow:
    """Prove that two operators approved a row of the batch in which it stands, as it was opened just now.

    The cost follows the logarithm of the batch. What a row became, and that there is only one of it, is not said:
    before anything new is issued, ``verify_approved`` asks of the whole batch.

    Args:
        session: reads.
        row: from ``open_row``.
        operators: the verified file of operators.
        now: aware instant; what was stated later than that proves nothing.

    Raises:
        NotFoundError: ``no_batch``.
        NotAllowedError: as ``verify_approved``.
        TamperedError: a statement does not hold; ``rows_altered``: the row is not what was approved, or is of another
            batch.
    """
    found = prove_rows(session, [(row, now)], operators=operators)[row.award]
    if isinstance(found, CodedError):
        raise found
    return found


def prove_rows(
    session: ReadSession, rows: Sequence[tuple[AwardContent, datetime]], *, operators: Operators
) -> dict[str, ProvenRow | CodedError]:
    """Prove many rows as ``prove_row`` does, each at its instant; return by award the proof, or what it would raise.

    The statements of a batch are verified once, and the hashes of all paths are read together.
    """
    found: dict[str, ProvenRow | CodedError] = {}
    ready: list[tuple[AwardContent, Approval]] = []
    needed: dict[str, set[int]] = {}
    for row, now in rows:
        try:
            by = proven_approval(session, row.batch, operators=operators, now=now)
            needed.setdefault(row.batch, set()).update(leaves_of_path(row.position, by.approval.counts["waiting"]))
            ready.append((row, by))
        except IssuerError as error:
            found[row.award] = error
        except CredentialError as error:
            found[row.award] = _altered(row, error)
    kept = {batch: kept_hashes(session, batch, positions) for batch, positions in needed.items()}
    for row, by in ready:
        try:
            found[row.award] = _proven(row, by, kept[row.batch])
        except CredentialError as error:
            found[row.award] = _altered(row, error)
    return found


def _proven(row: AwardContent, by: Approval, kept: Mapping[int, bytes]) -> ProvenRow:
    size, root = by.approval.counts["waiting"], digest_from_hex(by.approval.digests["rows_root"])
    path = inclusion_path(row.position, size, kept)
    verify_path(leaf_hash(row.normal), path, index=row.position, size=size, root=root)
    return ProvenRow(row=row, size=size, path=path, by=by)


def _altered(row: AwardContent, error: CredentialError) -> TamperedError:
    message = f"row {row.draft.sheet_row} is none of batch {row.batch} as it was approved ({error})"
    altered = TamperedError("rows_altered", message, batch=row.batch, award=row.award)
    altered.__cause__ = error
    return altered
