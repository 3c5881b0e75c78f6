"""What this process issued a moment ago, so that what it stored is not proven a second time where it is still the same.

Rules: whoever signs a credential has just proven its row under what two persons signed, made what it says from that
row, checked its signature and sealed it. Of all that is stored then a mark is kept: a SHA-256 that names every value,
and the trust list by which it was asked. Another byte, another trust list or another day is another mark, and then
everything is proven from the beginning. A process that begins has no marks. At most ``MOST`` are kept, and each is
asked about once.

    remember(session, {certificate_id: mark_of(row, certificate, sealed, Kept(...))})
    mark = recall(session, certificate_id)              # None where it is not known
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from itertools import islice
from struct import Struct
from typing import Any, Final, NamedTuple

from credential.days import to_day, to_seconds
from issuer.batches.rows import StoredRow
from issuer.db.certificates import CERTIFICATE_VALUES, SealedContent
from issuer.db.sessions import SHARED, ReadSession

MOST: Final = 100_000
"""Some 20 MiB; one piece of what is issued at once is smaller."""
_SEEN: Final = "certificates issued here"


def _places(*names: str) -> tuple[int, ...]:
    return tuple(map(CERTIFICATE_VALUES.index, names))


_TEXTS: Final = _places("id", "number", "authority", "holder", "award")
_NUMBERS: Final = _places("status_list", "status_index")
_BYTES: Final = _places("cti", "signer_kid")
_RESERVED_AT: Final = CERTIFICATE_VALUES.index("reserved_at")
_NOTHING: Final = 0xFFFFFFFF
"""The size of a value that there is none of."""


class Kept(NamedTuple):
    """What was stored of a certificate when it was signed, and by what it was asked."""

    trust: bytes
    """Digest of the trust list, which names the filings too."""
    leaf: bytes
    """The hash of the row that two persons signed."""
    digest: bytes | None
    """SHA-256 of its credential."""
    kid: bytes | None
    credential: bytes | None
    """Sealed under its holder's key."""
    record: bytes | None
    draft: bytes | None
    """Of its face, sealed."""
    document: str
    """The decision that its first event names."""
    issued_on: date | None


_DOCUMENT: Final = Kept._fields.index("document")
_SIZES: Final = Struct(f">{len(_BYTES) + 6 + _DOCUMENT + 1}I").pack
"""Where each value ends, in front of all of them."""


def mark_of(row: StoredRow, certificate: Sequence[Any], sealed: SealedContent, kept: Kept) -> bytes:
    """Return the mark of a certificate: SHA-256 over one encoding of everything that is named here.

    Args:
        row: as it is stored.
        certificate: the values of ``Certificate``, in its order; those that never change are taken.
        sealed: what is sealed of it; its credential is taken from ``kept``.
        kept: what was stored when it was signed.
    """
    texts = [*map(certificate.__getitem__, _TEXTS), row.id, row.batch, row.holder, kept.document]
    numbers = [*map(certificate.__getitem__, _NUMBERS), row.sheet_row, row.position]
    days = [_seconds(certificate[_RESERVED_AT]), None if kept.issued_on is None else to_day(kept.issued_on)]
    values = [
        *map(certificate.__getitem__, _BYTES),
        *(sealed.to_sign, sealed.check_code, sealed.wrapped_key),
        *(row.payload, row.hashes, row.wrapped_key),
        *kept[:_DOCUMENT],
        repr((texts, numbers, days)).encode("ascii", "backslashreplace"),
    ]
    sizes = [_NOTHING if each is None else len(each) for each in values]
    return sha256(b"".join([_SIZES(*sizes), *[each for each in values if each is not None]])).digest()


def _seconds(instant: datetime | None) -> int | None:
    return None if instant is None else to_seconds(instant)


def remember(session: ReadSession, marks: Mapping[str, bytes]) -> None:
    """Keep the marks of certificates that were stored just now, by id; the oldest of too many go."""
    known = _known(session)
    known.update(marks)
    for oldest in list(islice(known, max(0, len(known) - MOST))):
        del known[oldest]


def recall(session: ReadSession, certificate_id: str) -> bytes | None:
    """Return the mark of a certificate that this process issued, and forget it."""
    return _known(session).pop(certificate_id, None)


def _known(session: ReadSession) -> dict[str, bytes]:
    known: dict[str, bytes] = session.info.setdefault(SHARED, {}).setdefault(_SEEN, {})
    return known
