"""The demonstration's office with certificates, and the unlock service over it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from issuer.db import requests as queue
from issuer.db.models import CertificateRow, HolderRow
from issuer.db.requests import HolderRequest
from issuer.home.holders import read_settings
from issuer.intake.model import AwardDraft
from issuer.services import claims
from issuer.services.claims import Slip, Wanted
from issuer.unlock.client import Unlock
from issuer.unlock.running import listening, service_of
from issuer.unlock.service import Service
from tests.support.databases import databases_go
from tests.support.founding import founded, founded_home, issued, issued_home
from tests.support.office import ACTOR, APPROVED, DemoOffice, batch_drafts
from tests.support.registers import registers_share

__all__ = ["databases_go", "founded", "founded_home", "issued", "issued_home", "registers_share"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Somebody of the first list, with a claim code on a slip."""

    draft: AwardDraft
    slip: Slip

    @property
    def said(self) -> dict[str, str]:
        """What this person types."""
        return {"id_type": self.draft.id_type.word, "id_number": self.draft.id_number, "code": self.slip.code}


def with_codes(office: DemoOffice) -> list[Holder]:
    """Make a code for everybody of the first list; in the order of the list."""
    made = claims.make(office.opened, ACTOR, Wanted(batch=APPROVED), send=False, slips=True)
    slips = {(slip.name, slip.id_shown[-4:]): slip for slip in made.slips}
    return [
        Holder(draft=draft, slip=slips[draft.name, draft.id_number[-4:]]) for draft in batch_drafts(office, APPROVED)
    ]


def owner(office: DemoOffice, number: str) -> str:
    """The id of the holder of a certificate."""
    with office.opened.register.read() as session:
        return session.scalars(select(CertificateRow.holder).where(CertificateRow.number == number)).one()


def queued(office: DemoOffice, number: str, request: str = "R" * 22) -> str:
    """A request of the holder of a certificate, in the office's queue; returns its id."""
    holder, now = owner(office, number), office.clock()
    with office.opened.register.write() as session:
        row = session.get_one(HolderRow, holder)
        key = office.opened.vault.unwrap(row.wrapped_key, table="holders", row=row.id)
        sealed = key.seal(b"{}", table="desk_requests", column="sealed", row=request)
        new = HolderRequest(id=request, holder=holder, kind="missing", asked=sealed, made=now, received=now, due=now)
        assert queue.receive(session, new)
    return request


@pytest.fixture
def service(issued: DemoOffice) -> Service:
    """The unlock service of the office, without a socket."""
    return service_of(issued.opened, read_settings(issued.home))


@pytest.fixture
def socket_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A path that is short enough for a socket."""
    return tmp_path_factory.mktemp("s") / "u.sock"


@pytest.fixture
def unlock(issued: DemoOffice, socket_path: Path) -> Iterator[Unlock]:
    """The unlock service of the office behind its socket, in this process."""
    issued.home.holders.write_text(f'[unlock]\nsocket = "{socket_path}"\n', encoding="utf-8")
    with listening(issued.opened) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield Unlock(socket_path)
        finally:
            server.shutdown()
            thread.join()
