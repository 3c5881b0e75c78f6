"""Settings of the verifier's service, and the reader that they describe.

settings = Settings(publication="/srv/publication", trust_root=Path("root").read_bytes(), origin="https://zc.example")
reader = make_reader(settings)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from credential.errors import CredentialError
from credential.qrtext import check_origin
from credential.roots import verify_root
from verifier.errors import UsageError
from verifier.imprint import Imprint
from verifier.reader.fetchers import Fetcher, FolderFetcher
from verifier.reader.http import HttpFetcher, is_address
from verifier.reader.memory import FileStore, MemoryStore, StateStore
from verifier.reader.publication import PublicationReader
from verifier.sources.recognise import MAX_FILE_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an operator decides."""

    publication: str
    """A folder, or an address ``https://HOST/p/``."""
    trust_root: bytes
    """The pinned root container."""
    origin: str
    """Where this service is reached, ``https://HOST``: the address on the certificates."""
    serve_publication: bool = False
    """Also serve the folder below ``/p/``."""
    max_age: timedelta = timedelta(seconds=2)
    """How long one look at the snapshot serves further checks: a withdrawal shows this much later at most."""
    max_upload_bytes: int = MAX_FILE_BYTES
    offline: bool = True
    """Whether browsers that were here may open the page without a network (``verifier/static/offline.js``)."""
    imprint: Imprint | None = None
    """Who runs the service, for its help page."""
    cache: Path | None = None
    """Where memory against rollback outlives the process; None: it does not."""

    def __post_init__(self) -> None:
        try:
            check_origin(self.origin)
        except CredentialError as error:
            raise UsageError("origin", f"origin: {error}") from error
        if self.serve_publication and is_address(self.publication):
            raise UsageError("serve_publication", "only a publication in a folder can be served; this is an address")
        if self.max_upload_bytes < 1:
            raise UsageError("max_upload_bytes", "an upload has at least one byte")


def make_fetcher(publication: str) -> Fetcher:
    """The fetcher for a folder or an address. Raises UsageError ``publication_address``."""
    return HttpFetcher(publication) if is_address(publication) else FolderFetcher(Path(publication))


def make_store(trust_root: bytes, cache: Path | None) -> StateStore:
    """The store for one pinned root. Raises UsageError ``trust_root``."""
    if cache is None:
        return MemoryStore()
    try:
        return FileStore.for_root(verify_root(trust_root, None), cache)
    except (CredentialError, ValueError) as error:
        raise UsageError("trust_root", f"the pinned trust root cannot be used: {error}") from error


def make_reader(settings: Settings) -> PublicationReader:
    """Put the reader together. Raises UsageError."""
    return PublicationReader(
        make_fetcher(settings.publication),
        settings.trust_root,
        store=make_store(settings.trust_root, settings.cache),
        max_age=settings.max_age,
    )
