"""The entry of who opened personal data, made before anything is shown.

Rules: the entry is committed first, in a transaction of its own, and then the data is opened: a reading that nobody
notes does not happen. It says who, what and how much, and nothing that was read. The worker's own openings, for signing
and for making documents, are no entries: it shows nothing to anybody.

    note(opened, actor, "certificate.open", ["99000020262000001"])
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy.exc import InternalError, OperationalError

from issuer import audit
from issuer.errors import ConflictError
from issuer.home.opened import Actor, Opened

OPEN: Final = "certificate.open"
LISTING: Final = "certificate.list"
HAND_OUT: Final = "certificate.document"
PLAN: Final = "certificate.plan"
ROWS: Final = "batch.open_rows"
CHECK: Final = "list.check"
"""Of a list that became no batch: what the register holds of its people was asked all the same."""
READ_REQUEST: Final = "request.open"
READ_INTEGRITY: Final = "integrity.open"
READ_CASE: Final = "case.open_file"
READ_NOTICE: Final = "notice.print"
READINGS: Final = frozenset(
    {OPEN, LISTING, HAND_OUT, PLAN, ROWS, CHECK, READ_REQUEST, READ_INTEGRITY, READ_CASE, READ_NOTICE}
)
"""Entries of those who looked; nothing was changed by them."""


def note(
    opened: Opened, actor: Actor, act: str, subjects: Sequence[str], *, details: Mapping[str, Any] | None = None
) -> None:
    """Write down who is about to read what, an entry for each subject.

    Raises:
        ConflictError: ``reading_unrecorded``: the register takes no entry now; nothing is shown.
    """
    try:
        with opened.register.write() as session:
            audit.append_all(session, actor=actor, act=act, subjects=subjects, now=opened.clock(), details=details)
    except (OperationalError, InternalError) as error:
        message = (
            f"the register takes no entry of who reads personal data ({error.orig}), so nothing is shown; "
            "wait until nobody else writes, or make the register writable"
        )
        raise ConflictError("reading_unrecorded", message, act=act) from error
