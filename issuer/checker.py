"""What the issuer knows of readers: that there is one, handed in by whoever starts the process.

Rules: issuer and verifier meet in the publication and nowhere else. Where the issuer wants to know what a stranger
would find, it takes a ``Checker``: bytes and a publication in, outcome and facts out.

    checked = checker(credential, home.publication, trust_root=pinned, now=now)
    checked.outcome, checked.reason
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from issuer.publishing.store import PublicationStore


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
        self, credential: bytes, publication: PublicationStore, *, trust_root: bytes, now: datetime
    ) -> Checked:
        """Check a credential against a publication as anybody outside would.

        Args:
            credential: its bytes.
            publication: where the published files are.
            trust_root: the root file that readers pin.
            now: aware instant.
        """
        ...
