"""One question to a verifier, and what a person expects as the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from credential.verdict import Verdict
from tests.support.world import NOW
from verifier.procedure import verify_check_code, verify_qr_text
from verifier.reader.fetchers import MemoryFetcher
from verifier.reader.memory import MemoryStore
from verifier.reader.publication import PublicationReader

Files = dict[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One question and what a person expects as the answer."""

    name: str
    expect: str
    """``outcome/reason``."""
    files: Files
    qr_text: str | None = None
    check_code: str | None = None
    at: date | None = None
    now: datetime = NOW
    before: Files | None = None
    """Seen by the same reader before."""

    def verdict(self, root: bytes) -> Verdict:
        """Ask the Python verifier."""
        fetcher = MemoryFetcher(self.files)
        reader = PublicationReader(fetcher, root, store=MemoryStore())
        if self.before is not None:
            fetcher.files = dict(self.before)
            reader.view(self.now)
            fetcher.files = dict(self.files)
        if self.check_code is not None:
            return verify_check_code(self.check_code, reader, now=self.now, at=self.at)
        return verify_qr_text(self.qr_text or "", reader, now=self.now, at=self.at)
