"""Asking the Python verifier a case, through the functions that the API and the command line call.

for verdict in verdicts(case):
    verdict.to_json()
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from credential import publication
from credential.roots import verify_root
from credential.verdict import Verdict
from tests.vectors.model import Case, Kind
from verifier.errors import TrustError
from verifier.procedure import verify_check_code, verify_document, verify_qr_text
from verifier.reader.fetchers import MemoryFetcher
from verifier.reader.memory import MemoryStore
from verifier.reader.offline import OfflineReader
from verifier.reader.publication import PublicationReader, Reader
from verifier.sources.pdf import read_pdf


def verdicts(case: Case) -> Iterator[Verdict]:
    """One verdict for every text, code or file of the case, each of a reader that has seen what the case says."""
    if case.kind is Kind.DOCUMENT:
        yield verify_document(case.document, reader_of(case), now=case.now, at=case.at, read_pdf=read_pdf)
    for text in case.qr_texts:
        yield verify_qr_text(text, reader_of(case), now=case.now, at=case.at)
    for code in case.check_codes:
        yield verify_check_code(code, reader_of(case), now=case.now, at=case.at)


def reader_of(case: Case) -> Reader:
    """A reader with the memory that the case demands."""
    if case.kind is Kind.OFFLINE:
        return OfflineReader(case.files[publication.trust_list(1)], verify_root(case.root, None))
    store = MemoryStore()
    for look in case.seen:
        # A look may well be refused; what it leaves in the memory is the point.
        with contextlib.suppress(TrustError):
            PublicationReader(MemoryFetcher(look.files), case.root, store=store).view(look.now)
    return PublicationReader(MemoryFetcher(case.files), case.root, store=store)
