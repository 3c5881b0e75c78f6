"""Who acted: on a batch, and on a certificate, from their signed statements.

acting.on_batch(opened, "sf-hrss-0001")
acting.on_certificate(opened, "99000020262000001")
"""

from __future__ import annotations

from issuer.auditing.acting import Acted, acts_on_batch, acts_on_certificate
from issuer.batches import rows
from issuer.db import certificates
from issuer.db.sessions import ReadSession
from issuer.errors import NotFoundError
from issuer.home.opened import Opened
from issuer.office.operators import Operators
from issuer.office.reading import read_operators

__all__ = ["Acted", "on_batch", "on_certificate"]


def on_batch(opened: Opened, batch_id: str) -> tuple[Acted, ...]:
    """Return who submitted, approved or rejected a batch, and who asked for its issue.

    Raises:
        NotFoundError: ``no_batch``.
        TamperedError: the file of operators does not verify.
    """
    with opened.register.read() as session:
        rows.batch(session, batch_id)
        operators = _operators(session, opened)
        return () if operators is None else acts_on_batch(session, batch_id, operators)


def on_certificate(opened: Opened, number: str) -> tuple[Acted, ...]:
    """Return who submitted, approved and issued a certificate, and who changed its status.

    Raises:
        NotFoundError: ``no_certificate``.
        TamperedError: the file of operators does not verify.
    """
    vault = opened.vault
    with opened.register.read() as session:
        certificate = certificates.by_number(session, number)
        operators = _operators(session, opened)
        if operators is None:
            return ()
        return acts_on_certificate(session, vault, certificate, operators, now=opened.clock())


def _operators(session: ReadSession, opened: Opened) -> Operators | None:
    try:
        return read_operators(session, opened)
    except NotFoundError:
        return None  # nobody can have acted yet
