"""The reader that the command line hands to the issuer's processes; a process is put together here.

worker = Worker.open(opened, check)
"""

from __future__ import annotations

from datetime import datetime, timedelta

from credential.outcomes import Outcome
from issuer.worker.worker import READABLE, Checked, PublicationStore
from verifier.errors import NotFoundError, OversizeError, TrustError
from verifier.procedure import verify_credential
from verifier.reader.memory import MemoryStore
from verifier.reader.publication import PublicationReader


class StoreFetcher:
    """The publication's own store, as readers fetch from it. It satisfies ``verifier.reader.fetchers.Fetcher``."""

    def __init__(self, store: PublicationStore) -> None:
        self._store = store

    def fetch(self, path: str, max_bytes: int) -> bytes:
        """Return the whole file at ``path``. Raises NotFoundError, OversizeError."""
        if not self._store.has(path):
            raise NotFoundError(path)
        data = self._store.read(path)
        if len(data) > max_bytes:
            raise OversizeError(path)
        return data


def check(credential: bytes | None, publication: PublicationStore, *, trust_root: bytes, now: datetime) -> Checked:
    """Check a credential as anyone outside would. It satisfies ``issuer.checker.Checker``."""
    reader = PublicationReader(StoreFetcher(publication), trust_root, store=MemoryStore(), max_age=timedelta(0))
    if credential is None:
        return _readable(reader, now)
    verdict = verify_credential(credential, reader, now=now)
    return Checked(outcome=verdict.outcome.value, reason=verdict.reason.value, facts=verdict.to_json())


def _readable(reader: PublicationReader, now: datetime) -> Checked:
    try:
        view = reader.view(now)
    except TrustError as error:
        return Checked(outcome=Outcome.INDETERMINATE, reason=error.reason.value, facts={"message": str(error)})
    return Checked(outcome=READABLE, reason="", facts={"sequence": view.snapshot.content.seq})
