"""The office that the model test drives: a real register, its worker, and a stranger who reads what is published.

Rules: everything is done by the calls that the command line makes. Lists are read in this process, because a child for
each would take the time of ten steps. A kill is an exception that nobody catches, raised before or behind a place where
something becomes lasting; afterwards the home is opened anew, as another process does it.

    with Killing() as killing:
        office = Office(template, folder, killing)
        with office.killed(at=7):
            office.demo.apply(plan)                 # may raise Killed; office.reopen() then
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import pytest

from credential import qrtext
from credential.claims import CredentialBytes
from credential.verdict import Verdict
from issuer.db import certificates
from issuer.services import batches
from issuer.sheets.reading import read_sheets
from issuer.worker.worker import Worker
from tests.model.book import Answer, Held
from tests.support.databases import copy_home
from tests.support.moments import Killed, lasting
from tests.support.office import DemoOffice
from tests.support.settings import ORIGIN
from verifier.procedure import verify_check_code, verify_qr_text
from verifier.reader.publication import PublicationReader

HEAD: Final = "序号,姓名,性别,证件类型,证件号码,工作单位,系列,专业,评审资格,级别,取得方式,通过时间,评委会核准备案号"
FILING: Final = "示评备〔2025〕012号"


class Killing:
    """Counts the moments at which something becomes lasting, and kills at one of them. Use it in a ``with`` block."""

    def __init__(self) -> None:
        self.left = 0
        self.done = 0
        """How often it killed."""
        self._patch = pytest.MonkeyPatch()

    def __enter__(self) -> Self:
        for owner, name, act in lasting(self._moment):
            self._patch.setattr(owner, name, act)
        self._patch.setattr(batches, "read_apart", read_sheets)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._patch.undo()

    def _moment(self) -> None:
        if self.left:
            self.left -= 1
            if not self.left:
                self.done += 1
                raise Killed


class Office:
    """One copy of the founded home, with a worker that stays open as a served one does."""

    def __init__(self, template: Path, folder: Path, killing: Killing) -> None:
        self.folder = folder
        self.killing = killing
        self.demo = DemoOffice.open(copy_home(template, folder / "home"))
        self._worker: Worker | None = None
        self._asked: dict[str, tuple[str, str]] = {}

    @property
    def worker(self) -> Worker:
        """Whoever publishes."""
        if self._worker is None:
            self._worker = self.demo.worker()
        return self._worker

    def start(self) -> None:
        """Become the worker, who believes the clock."""
        assert self.worker.opened is self.demo.opened

    def stop(self) -> None:
        """End the worker: its keys are others now, or days went by."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def close(self) -> None:
        """End everything."""
        self.stop()
        self.demo.close()

    def reopen(self) -> None:
        """Begin as another process does: nothing is left but what lies on the disk."""
        self.close()
        self.demo = DemoOffice.open(self.folder / "home", self.demo.clock())

    @contextmanager
    def killed(self, at: int) -> Iterator[None]:
        """Kill the block at its moment ``at``; 0, or more than there are: never."""
        self.killing.left = at
        try:
            yield
        finally:
            self.killing.left = 0

    # --- copies --------------------------------------------------------------------------------------------------

    def keep(self, name: str) -> None:
        """Copy the home as it lies there, with its publication."""
        self.close()
        shutil.rmtree(self.folder / name, ignore_errors=True)
        shutil.copytree(self.folder / "home", self.folder / name)

    def put_back(self, name: str) -> None:
        """Put a copy in the place of the home: numbers that it does not know yet may be given again."""
        self.close()
        self._asked.clear()
        shutil.rmtree(self.folder / "home")
        shutil.copytree(self.folder / name, self.folder / "home")
        self.reopen()
        self.start()

    def put_register_back(self, name: str) -> None:
        """Put the register of a copy in the place of the home's, which keeps its publication."""
        self.close()
        shutil.copy(self.folder / name / "register.sqlite3", self.folder / "home" / "register.sqlite3")
        self.reopen()
        self.start()

    # --- lists ---------------------------------------------------------------------------------------------------

    def counts(self) -> dict[str, int]:
        """How many events each issued certificate has in the register."""
        query = (
            "SELECT c.number, count(e.ordinal) FROM certificates c LEFT JOIN events e ON e.certificate = c.id"
            " WHERE c.stage = 'signed' GROUP BY c.number"
        )
        return dict(self._rows(query))

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self.demo.opened.register.read() as session:
            return [tuple(row) for row in session.connection().exec_driver_sql(query, values).all()]

    def issued_from(self, batch: str) -> list[tuple[str, str, str]]:
        """Number, digest of the award's row, and credential key of each certificate of a batch, by their rows."""
        query = (
            "SELECT a.sheet_row, c.number, hex(c.credential_kid) FROM awards a JOIN certificates c ON c.award = a.id"
            " WHERE a.batch = ? AND c.stage = 'signed' ORDER BY a.sheet_row"
        )
        return self._rows(query, batch)

    # --- a stranger ----------------------------------------------------------------------------------------------

    def reader(self) -> PublicationReader:
        """Somebody who has seen nothing yet, and reads one snapshot."""
        return self.demo.reader(seconds=3600)

    def texts(self, number: str) -> tuple[str, str]:
        """QR text and check code of a certificate, as its holder has them."""
        if number not in self._asked:
            with self.demo.opened.register.read() as session:
                certificate = certificates.by_number(session, number)
                content = certificates.content(session, self.demo.opened.vault, certificate.id)
            assert content.credential is not None
            self._asked[number] = (qrtext.encode(CredentialBytes(content.credential), ORIGIN), content.check_code)
        return self._asked[number]

    def asked(self, reader: PublicationReader, held: Held, day: date | None, *, by_code: bool = False) -> Verdict:
        """What a stranger finds of a certificate."""
        text, code = self.texts(held.number)
        ask = (verify_check_code, code) if by_code else (verify_qr_text, text)
        return ask[0](ask[1], reader, now=self.demo.clock(), at=day)


def told(verdict: Verdict) -> Answer:
    """A verdict in the words of the book."""
    status = verdict.status
    return Answer(
        outcome=verdict.outcome.value,
        reason=verdict.reason.value,
        since=None if status is None else status.since,
        why=None if status is None else status.reason,
        document=None if status is None else status.document,
        note=None if status is None else status.note,
        successor=verdict.successor,
    )
