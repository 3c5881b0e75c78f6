"""A look at what was just published, as a stranger takes it, before anyone is told that something is done.

Rules: the reader gets the published files and the pinned root, and nothing that the register knows. One certificate
that was touched stands for all; where there is none, the publication itself must be readable. A certificate that
changes again while it is looked at is left to the process that publishes that change.

    looking.look(opened, checker, [certificate_id])     # raises TamperedError reader_disagrees
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from credential.outcomes import Outcome, Reason
from credential.statuslist import Status
from issuer.checker import READABLE, Checked, Checker
from issuer.db import certificates
from issuer.db.certificates import Certificate
from issuer.errors import NotAllowedError, TamperedError
from issuer.home.opened import Opened
from issuer.publishing.taking import pinned_root


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a stranger found."""

    number: str | None
    """The certificate that was looked at; None where none was touched."""
    outcome: str
    """As in a verdict (FORMAT 12.1), or ``readable`` without a certificate."""


def look(opened: Opened, checker: Checker, touched: Iterable[str]) -> Looked:
    """Look at the publication as a stranger does, once something was published.

    Args:
        opened: the home.
        checker: the reader.
        touched: ids of certificates that were published anew, the most telling first.

    Raises:
        TamperedError: ``reader_disagrees``; the fields ``outcome`` and ``reason`` say what the reader found.
    """
    certificate, credential = _first(opened, touched)
    pinned = pinned_root(opened.register, opened.home.trust_root)
    checked = checker(credential, opened.home.publication, trust_root=pinned, now=opened.clock())
    if certificate is None:
        if checked.outcome != READABLE:
            raise _disagrees("the publication", "readable", checked)
    elif not _agrees(certificate.state, checked) and not _moved(opened, certificate):
        raise _disagrees(f"certificate {certificate.number}", certificate.state.word, checked)
    return Looked(number=None if certificate is None else certificate.number, outcome=checked.outcome)


def _first(opened: Opened, touched: Iterable[str]) -> tuple[Certificate | None, bytes | None]:
    """The first of these that still has a credential: an erased one has none that a stranger could hold."""
    with opened.register.read() as session:
        for each in touched:
            try:
                credential = certificates.content(session, opened.vault, each).credential
            except NotAllowedError:
                continue
            if credential is not None:
                return certificates.by_id(session, each), credential
    return None, None


def _agrees(state: Status, checked: Checked) -> bool:
    if checked.outcome == state.word:
        return True
    # Where the key that issued it was stolen, a reader refuses the certificate before it looks at its state.
    stolen = (checked.outcome, checked.reason) == (Outcome.NOT_AUTHENTIC, Reason.KEY_NOT_GOOD)
    return stolen and state is not Status.VALID


def _moved(opened: Opened, seen: Certificate) -> bool:
    """Whether the certificate changed since its state was read: the process that publishes that change looks again."""
    with opened.register.read() as session:
        return certificates.by_id(session, seen.id).state is not seen.state


def _disagrees(what: str, expected: str, checked: Checked) -> TamperedError:
    message = (
        f"what was done is published, but a reader finds {what} {checked.outcome} ({checked.reason}) "
        f"where the register says {expected}"
    )
    return TamperedError("reader_disagrees", message, outcome=checked.outcome, reason=checked.reason)
