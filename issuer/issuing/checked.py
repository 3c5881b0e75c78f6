"""Credentials whose signature this process checked a moment ago, so that registering them does not check it again.

Rules: what is kept is the digest of a credential and the thumbprint of the key by which its signature held. That stays
true whatever the register becomes, so the sessions of a register share it. A process that begins knows nothing, and
checks every signature. At most ``MOST`` are kept, and each is asked about once.

    remember(session, thumbprint, [digest, ...])
    checked_by(session, digest)                # the thumbprint; None where it is not known
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Final

from issuer.db.sessions import SHARED, ReadSession

MOST: Final = 100_000
"""Some 20 MiB; one piece of what is issued at once is smaller."""
_CHECKED: Final = "checked credentials"


def remember(session: ReadSession, thumbprint: bytes, digests: Iterable[bytes]) -> None:
    """Keep that the signatures of credentials hold by the key with this thumbprint; the oldest of too many go."""
    known = _known(session)
    known.update(dict.fromkeys(digests, thumbprint))
    for oldest in list(islice(known, max(0, len(known) - MOST))):
        del known[oldest]


def checked_by(session: ReadSession, digest: bytes | None) -> bytes | None:
    """Return the thumbprint of the key by which the credential with this digest was checked, and forget it."""
    return None if digest is None else _known(session).pop(digest, None)


def _known(session: ReadSession) -> dict[bytes, bytes]:
    known: dict[bytes, bytes] = session.info.setdefault(SHARED, {}).setdefault(_CHECKED, {})
    return known
