"""The whole way of a holder with the real services: a slip, the desk, the unlock service, the worker, the office."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from issuer.desk.app import create_app
from issuer.desk.db.store import DeskStore
from issuer.desk.settings import DeskSettings
from issuer.home.opened import Actor
from issuer.home.paths import Home
from issuer.services import requests
from issuer.unlock.client import Unlock
from tests.support.desks import DESK, VERIFIER, Visitor
from tests.support.office import ACTOR, DemoOffice
from tests.unlock.conftest import Holder, with_codes

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


@pytest.fixture
def store(issued: DemoOffice) -> Iterator[DeskStore]:
    made = DeskStore.create(desk_place(issued.home))
    yield made
    made.close()


def desk_place(home: Home) -> Path:
    """Where the worker looks for the desk's database."""
    home.holders.write_text(
        home.holders.read_text("utf-8") + '\n[desk]\ndatabase = "sqlite:///desk.sqlite3"\n', "utf-8"
    )
    return home.desk


@pytest.fixture
def visitor(issued: DemoOffice, unlock: Unlock, store: DeskStore) -> Visitor:
    settings = DeskSettings(origin=DESK, verifier=VERIFIER, database=issued.home.desk, socket=Path("unused"))
    return Visitor(create_app(settings, store=store, unlock=unlock, clock=issued.clock, patience=0.0))


@pytest.fixture
def holder(issued: DemoOffice) -> Holder:
    return with_codes(issued)[0]


def sign_in(visitor: Visitor, holder: Holder) -> None:
    answer = visitor.post("/sign-in", holder.said)
    assert (answer.status_code, answer.headers["location"]) == (303, "/certificates")


def test_slip_sign_in_withdrawal_download_correction_and_its_answer(
    issued: DemoOffice, visitor: Visitor, holder: Holder
) -> None:
    sign_in(visitor, holder)
    shown = visitor.get("/certificates").text
    assert holder.draft.name in shown
    assert "这份证书目前有效" in shown
    page = visitor.page_of(holder.slip.number)

    # The document is made on the first request, for the holder's ticket.
    job = visitor.post(f"{page}/document").headers["location"]
    assert "正在制作" in visitor.get(job).text
    with issued.worker() as worker:
        assert worker.serve_desk() == 1
        assert visitor.get(job).headers["location"] == f"{page}/download"
        pdf = visitor.get(f"{page}/files/document.pdf")
        assert pdf.content.startswith(b"%PDF-")
        with zipfile.ZipFile(io.BytesIO(visitor.get(f"{page}/files/all.zip").content)) as packed:
            names = {Path(name).name for name in packed.namelist()}
            assert packed.read(f"{holder.slip.number}/document.pdf") == pdf.content
        assert names >= {"document.pdf", "credential.cwt", "qr.png", "readme.txt"}

        # A withdrawal is told by a notice, and the state changes.
        issued.apply(issued.plan(issued.order(holder.slip.number)))
        worker.run_pending()
        assert "已撤销" in visitor.get(page).text
        assert holder.slip.number in visitor.get("/notices").text

        # A correction reaches the office, and the answer reaches the holder.
        form = {"certificate": page.rpartition("/")[2], "subject": "专业", "text": "应为：环境保护"}
        request = visitor.post("/requests/new/correction", form).headers["location"]
        assert "已提交" in visitor.get(request).text
        assert worker.serve_desk() == 1
        assert "办理中" in visitor.get(request).text
        [queued] = requests.listed(issued.opened)
        opened = requests.shown(issued.opened, ACTOR, queued.id)
        assert (opened.name, opened.text, opened.certificate) == (
            holder.draft.name, "应为：环境保护", holder.slip.number,
        )  # fmt: skip
        requests.answer(issued.opened, Actor("clerk1"), queued.id, outcome="done", text="已更正，请下载新证书。")
        assert worker.serve_desk() == 1
    assert "已更正，请下载新证书。" in visitor.get(request).text
    assert requests.listed(issued.opened) == ()


def test_a_session_that_was_ended_gets_no_document(issued: DemoOffice, visitor: Visitor, holder: Holder) -> None:
    sign_in(visitor, holder)
    page = visitor.page_of(holder.slip.number)
    visitor.post(f"{page}/document")
    visitor.post("/sign-out")
    with issued.worker() as worker:
        assert worker.serve_desk() == 1
    with issued.opened.register.read() as session:
        from issuer.db import certificates

        assert certificates.by_number(session, holder.slip.number).document_path is None
