"""What the issuer knows of readers: that there is one, handed in by whoever starts the process.

Rules: issuer and verifier meet in the publication and nowhere else. Where the issuer wants to know what a stranger
would find, it takes a ``Checker``: bytes and a publication in, outcome and facts out. Without a certificate it asks
whether the publication can be read: roots from the pinned one, a trust list in force, a snapshot that verifies.

    checked = checker(credential, home.publication, trust_root=pinned, now=now)
    checked.outcome, checked.reason
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from issuer.publishing.store import PublicationStore

READABLE: Final = "readable"
"""The outcome of a look without a certificate, when nothing is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a reader found (FORMAT 12.1)."""

    outcome: str
    reason: str
    facts: Mapping[str, Any] = field(repr=False)
    """The whole verdict as JSON would hold it; it names the holder."""


class Checker(Protocol):
    """A reader of publications."""

    def __call__(
        self, credential: bytes | None, publication: PublicationStore, *, trust_root: bytes, now: datetime
    ) -> Checked:
        """Check a credential against a publication as anybody outside would.

        Args:
            credential: its bytes; None asks whether the publication can be read: ``READABLE``, or the outcome and
                reason that every certificate would get.
            publication: where the published files are.
            trust_root: the root file that readers pin.
            now: aware instant.
        """
        ...
