"""Proving the register: every certificate and every table, by what was signed and is kept outside the database.

Rules: certificates are read in chunks, each in one state of the register, so that nobody waits and memory stays flat.
Chunks are proven by a crew, a process for each processor; each reads over connections of its own, because this command
has no other thread that could hold what a fork needs. Findings are counted in the order of the certificates.
How far it is stands in a file of the home: a run that was ended goes on where it was. A finding changes nothing.

    proven = proving.verify(opened, anew=False, step=step)
    proven.findings
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy import func, select

from credential import durable
from credential.errors import CodedError
from credential.filings import VerifiedFilings
from issuer.crew import Crew, Flow, Job, members_for
from issuer.db.models import CertificateRow
from issuer.db.sessions import ReadSession, Register
from issuer.home.opened import Opened
from issuer.issuing.first import Anchors
from issuer.office.reading import read_operators
from issuer.proving.certificates import prove_chunk
from issuer.proving.model import FALLEN, NOT_PROVEN, PROVEN, UNPROVEN, Finding
from issuer.proving.tables import prove_files, prove_tables, waiting_for_root
from issuer.publishing import ground as grounds
from issuer.publishing.chain import published_filings, published_trust
from issuer.publishing.ground import Ground
from issuer.publishing.kept import Kept
from issuer.publishing.registered import Registered
from issuer.services import auditing
from issuer.vault import Vault

__all__ = ["NOT_PROVEN", "PROVEN", "Finding", "Proven", "verify"]

Step = Callable[[int, int], None]
"""Called with how many certificates are proven, of how many."""
PROVEN_AT_ONCE: Final = 500
_EVERY: Final = 10
"""Chunks between two notes of how far it is."""
_FILE: Final = "register-verify.json"
MOST_KEPT: Final = 1000
"""Findings that are named; more are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What was proven, and what was not."""

    certificates: int
    continued: int
    """How many of them an earlier run had proven."""
    entries: int
    """Of the audit."""
    fallen: int
    """Of the certificates, those that readers refuse: the root signed that their key was stolen before. No finding."""
    findings: tuple[Finding, ...]
    more: int
    """Findings beyond those that are named."""
    waiting: int
    """Entries that wait for the root's signature."""
    publication: CodedError | None
    """Why the publication was not compared; None where it was."""


@dataclass(slots=True)
class _Progress:
    """How far it is, as a file of the home keeps it."""

    path: Path
    after: str = ""
    done: int = 0
    began: str = ""
    findings: list[Finding] = field(default_factory=list)
    more: int = 0
    fallen: int = 0

    @classmethod
    def of(cls, opened: Opened, *, anew: bool) -> _Progress:
        path = opened.home.work / _FILE
        made = cls(path, began=opened.clock().isoformat())
        if anew or not path.is_file():
            return made
        with suppress(ValueError, KeyError, TypeError):
            said = json.loads(path.read_bytes())
            made.after, made.done, made.began = str(said["after"]), int(said["done"]), str(said["began"])
            made.fallen = int(said["fallen"])
            made.findings, made.more = [Finding(**each) for each in said["findings"]], int(said["more"])
        return made

    def add(self, found: Iterator[Finding]) -> None:
        for each in found:
            if each.code == FALLEN:
                self.fallen += 1
            elif len(self.findings) < MOST_KEPT:
                self.findings.append(each)
            else:
                self.more += 1

    def keep(self) -> None:
        said = {
            "after": self.after,
            "done": self.done,
            "began": self.began,
            "findings": [_plain(each) for each in self.findings],
            "more": self.more,
            "fallen": self.fallen,
        }
        durable.replace(self.path, json.dumps(said, ensure_ascii=False, default=str).encode(), mode=0o600)

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)


def verify(opened: Opened, *, anew: bool, step: Step) -> Proven:
    """Prove every certificate and every table of the register.

    Args:
        opened: the home; everybody goes on working meanwhile.
        anew: begins from the first certificate; else a run that was ended goes on.
        step: told of progress.

    Raises:
        NotFoundError: ``no_trust_list``, ``no_operators``: nothing was signed yet that could prove anything.
        TamperedError: the file of operators or the trust list does not verify: nothing can be proven by it.
    """
    progress = _Progress.of(opened, anew=anew)
    opened.home.work.mkdir(mode=0o700, exist_ok=True)
    continued = progress.done
    with opened.register.read() as session:
        files = list(prove_files(session))
    if files:  # what everything is proven by is not there
        nothing = {"certificates": 0, "continued": 0, "entries": 0, "more": 0, "waiting": 0, "fallen": 0}
        return Proven(findings=tuple(files), publication=None, **nothing)
    difference = _certificates(opened, progress, step)
    progress.keep()
    with opened.register.read() as session:
        progress.add(prove_tables(session, opened, read_operators(session, opened)))
        waiting = waiting_for_root(session, opened)
    entries = _audit(opened, progress)
    progress.forget()
    return Proven(
        certificates=progress.done,
        continued=continued,
        entries=entries,
        fallen=progress.fallen,
        findings=tuple(progress.findings),
        more=progress.more,
        waiting=waiting,
        publication=difference,
    )


def _certificates(opened: Opened, progress: _Progress, step: Step) -> CodedError | None:
    """Prove the certificates that are left; returns why the publication was not compared."""
    chunks, waiting = 0, dict[int, _Done]()
    ground, difference = _ground(opened)
    with opened.register.read() as session:
        of = session.scalar(select(func.count()).select_from(CertificateRow)) or 0
    kit = _Kit(opened=opened, vault=opened.vault, ground=ground)
    with Crew(kit, members_for(of - progress.done)) as crew:
        for done in crew.run(_flow(place, ids) for place, ids in enumerate(_chunks(opened, progress.after))):
            waiting[done.place] = done
            while (next_ := waiting.pop(chunks, None)) is not None:  # in order: a later run goes on after the last
                progress.add(iter(next_.findings))
                progress.after, progress.done, chunks = next_.last, progress.done + next_.many, chunks + 1
                step(min(progress.done, of), of)
                if chunks % _EVERY == 0:
                    progress.keep()
    return difference


class _Done(NamedTuple):
    """What was found of a chunk."""

    place: int
    last: str
    many: int
    findings: list[Finding]


@dataclass(slots=True, kw_only=True)
class _Kit:
    """What a member takes with it. It reads the register over connections of its own."""

    opened: Opened
    vault: Vault
    ground: Ground | None
    process: int = field(default_factory=os.getpid)
    own: Register | None = None

    def register(self) -> Register:
        """The register for this process."""
        if os.getpid() == self.process:
            return self.opened.register
        if self.own is None:
            self.own = self.opened.register.again()
        return self.own


def _flow(place: int, ids: Sequence[str]) -> Flow[_Done]:
    found = yield Job(_prove_ids, ids)
    return _Done(place=place, last=ids[-1], many=len(ids), findings=found)


def _prove_ids(kit: _Kit, ids: Sequence[str]) -> list[Finding]:
    """Prove some certificates in one state of the register."""
    with kit.register().read() as session:
        anchors = _anchors(session, kit.opened)
        found = prove_chunk(session, kit.vault, ids, anchors, kit.ground)
        return [replace(each, fields=dict(each.fields)) for each in found]  # a view of fields cannot be handed on


def _chunks(opened: Opened, after: str) -> Iterator[Sequence[str]]:
    """Ids of the certificates that are left, some at a time."""
    while True:
        query = select(CertificateRow.id).where(CertificateRow.id > after).order_by(CertificateRow.id)
        with opened.register.read() as session:
            ids = session.scalars(query.limit(PROVEN_AT_ONCE)).all()
        if not ids:
            return
        yield ids
        after = ids[-1]


def _ground(opened: Opened) -> tuple[Ground | None, CodedError | None]:
    """What is published, where it is as the register left it."""
    try:
        return grounds.stand(opened.register, opened.home.publication, now=opened.clock()), None
    except UNPROVEN as error:
        return None, error


def _anchors(session: ReadSession, opened: Opened) -> Anchors:
    store, now = opened.home.publication, opened.clock()
    trust = published_trust(session, store, now=now, compare=False)
    filings: VerifiedFilings | CodedError
    try:
        filings = published_filings(Kept.within(session, store, compare=False), trust)
    except UNPROVEN as error:
        filings = error
    operators = read_operators(session, opened)
    return Anchors(
        operators=operators,
        trust=trust,
        filings=filings,
        registered=Registered(None, trust),
        now=now,
        acts_alone=opened.home.settings.acts_alone,
    )


def _audit(opened: Opened, progress: _Progress) -> int:
    found = auditing.verify(opened)
    different = found.difference
    if different is not None:
        finding = Finding(table="audit", object=str(different.ordinal), code="audit_altered", message=different.message)
        progress.add(iter([finding]))
    return found.entries


def _plain(each: Finding) -> dict[str, Any]:
    return {
        "table": each.table,
        "object": each.object,
        "code": each.code,
        "message": each.message,
        "fields": dict(each.fields),
    }
