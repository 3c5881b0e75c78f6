"""What the worker does for the holder's desk: makes documents that were asked for, takes requests in, lays answers out.

Rules: the desk is not trusted. A job is done for the ticket that it carries, and for nothing else: the ticket holds,
its session was not ended, and the certificate is of its holder. What is refused is noted in the audit. The desk's
database may be missing or away; then there is nothing to do, and everything else goes on. Everything here may be done
twice.

    desk = DeskJob(opened, make_document)
    desk.run()
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from credential.errors import CodedError
from issuer import audit, tickets
from issuer.db import certificates, tries
from issuer.db import requests as queue
from issuer.db.models import HolderRow
from issuer.db.requests import HolderRequest
from issuer.desk import jobs, requests
from issuer.desk.db.store import DeskStore
from issuer.desk.db.tables import JobState
from issuer.desk.jobs import JOBS_TABLE, Task
from issuer.desk.requests import Sent
from issuer.errors import IssuerError, MachineError, NotAllowedError, NotFoundError, TamperedError
from issuer.home.holders import desk_database, read_settings
from issuer.home.opened import Opened
from issuer.home.ticketkey import ticket_key
from issuer.tickets import ACTOR, Ticket
from issuer.vault import DataKey

JOB_REFUSED: Final = "holder.job_refused"
ASKED: Final = "holder.request"
MADE: Final = "holder.document_made"
_AT_ONCE: Final = 20
"""Jobs of one round: a change of status waits for no more."""
_LOOK_AGAIN: Final = 2.0
"""Seconds after which a database that was not there is looked for again."""


@dataclass(slots=True, kw_only=True)
class _Place:
    """The desk's database, once it is there."""

    store: DeskStore | None = None
    looked: float = field(default=-_LOOK_AGAIN)


class DeskJob:
    """Does what one home's desk asks."""

    def __init__(self, opened: Opened, make: Callable[[str], Path]) -> None:
        """Take the home, and what makes the document of a certificate by its number."""
        self._opened = opened
        self._make = make
        self._place = _Place()

    def run(self) -> int:
        """Do what waits; returns how many jobs and requests it was."""
        store = self._store()
        if store is None:
            return 0
        try:
            return self._jobs(store) + self._requests(store) + self._answers(store)
        except MachineError:
            return 0  # the desk's database is away; what waits in it waits a little longer

    def close(self) -> None:
        """Close the desk's database."""
        if self._place.store is not None:
            self._place.store.close()
            self._place = _Place()

    def _store(self) -> DeskStore | None:
        if self._place.store is None and time.monotonic() - self._place.looked >= _LOOK_AGAIN:
            self._place.looked = time.monotonic()
            home = self._opened.home
            try:
                self._place.store = DeskStore.open(desk_database(home, read_settings(home), os.environ))
            except IssuerError:
                return None
        return self._place.store

    @cached_property
    def _key(self) -> bytes:
        return ticket_key(self._opened.home)

    def _jobs(self, store: DeskStore) -> int:
        now = self._opened.clock()
        with store.read() as connection:
            if not jobs.any_open(connection, now=now):
                return 0
        with store.write() as connection:
            tasks = jobs.take(connection, limit=_AT_ONCE, now=now)
        for task in tasks:
            state, code = self._done(task)
            with store.write() as connection:
                jobs.finish(connection, task.id, state, code=code, now=self._opened.clock())
        return len(tasks)

    def _done(self, task: Task) -> tuple[JobState, str]:
        """Do a job; return how it ended, and why where it did not end well."""
        try:
            ticket = self._ticket(task.ticket, task.session, ended_too=False)
            number = self._number(task, ticket)
        except (NotAllowedError, NotFoundError, TamperedError) as error:
            self._refuse(task.id, error.code)
            return JobState.REFUSED, error.code
        try:
            self._make(number)
        except CodedError as error:
            return JobState.FAILED, error.code
        self._note(MADE, number)
        return JobState.DONE, ""

    def _ticket(self, ticket: str, named: str, *, ended_too: bool) -> Ticket:
        """Return what a ticket says, if it holds for the session that the row names.

        Args:
            ticket: as the row carries it.
            named: the row's session.
            ended_too: whether a session that was ended early counts: who asked and then signed out did ask.

        Raises:
            NotAllowedError: ``ticket_refused``.
        """
        refused = NotAllowedError("ticket_refused", "the job carries no ticket that holds")
        try:
            found = tickets.read(self._key, ticket, self._opened.clock())
        except ValueError as error:
            raise refused from error
        if found.session != named:
            raise refused
        with self._opened.register.read() as session:
            if not ended_too and tries.is_ended(session, found.session):
                raise refused
        return found

    def _number(self, task: Task, ticket: Ticket) -> str:
        """The number of the certificate that a job names, which is of the ticket's holder."""
        if task.kind != jobs.MAKE_DOCUMENT:
            raise NotAllowedError("job_kind", "there is no such job")
        sealed = self._data_key(ticket).open(task.certificate, table=JOBS_TABLE, column="certificate", row=task.id)
        with self._opened.register.read() as session:
            found = certificates.by_number(session, sealed.decode("ascii", "replace"))
            if found.holder not in tries.holders_of_person(session, ticket.holder):
                raise NotFoundError("no_certificate", "the certificate is another holder's")
        return found.number

    def _data_key(self, ticket: Ticket) -> DataKey:
        with self._opened.register.read() as session:
            row = session.get(HolderRow, ticket.holder)
            if row is None:
                raise NotAllowedError("ticket_refused", "the ticket names nobody")
            return self._opened.vault.unwrap(row.wrapped_key, table="holders", row=row.id)

    def _requests(self, store: DeskStore) -> int:
        with store.read() as connection:
            found = requests.sent(connection, limit=_AT_ONCE)
        for each in found:
            try:
                self._receive(each)
            except (NotAllowedError, TamperedError) as error:
                self._refuse(each.id, error.code)
                with store.write() as connection:
                    requests.refuse(connection, each.id, code=error.code)
            else:
                with store.write() as connection:
                    requests.received(connection, each.id)
        return len(found)

    def _receive(self, sent: Sent) -> None:
        """Take a request into the office's queue. What it says must open under the key of the ticket's holder."""
        ticket, now = self._ticket(sent.ticket, sent.session, ended_too=True), self._opened.clock()
        self._data_key(ticket).open(sent.sealed, table=requests.REQUESTS_TABLE, column="sealed", row=sent.id)
        new = HolderRequest(
            id=sent.id,
            holder=ticket.holder,
            kind=sent.kind if sent.kind in requests.KINDS else requests.KINDS[0],
            asked=sent.sealed,
            made=min(sent.made, now),
            received=now,
            due=sent.due,
        )
        with self._opened.register.write() as session:
            if queue.receive(session, new):
                audit.append(session, actor=ACTOR, act=ASKED, subject=sent.id, now=now, details={"kind": new.kind})

    def _answers(self, store: DeskStore) -> int:
        with self._opened.register.read() as session:
            found: Sequence[HolderRequest] = queue.undelivered(session, limit=_AT_ONCE)
        for each in found:
            assert each.answer is not None
            assert each.answered is not None
            with store.write() as connection:
                requests.answered(connection, each.id, each.answer, at=each.answered)
            with self._opened.register.write() as session:
                queue.delivered(session, each.id, now=self._opened.clock())
        return len(found)

    def _refuse(self, job: str, code: str) -> None:
        with self._opened.register.write() as session:
            now = self._opened.clock()
            audit.append(session, actor="desk", act=JOB_REFUSED, subject=job, now=now, details={"code": code})

    def _note(self, act: str, number: str) -> None:
        with self._opened.register.write() as session:
            audit.append(session, actor=ACTOR, act=act, subject=number, now=self._opened.clock())
