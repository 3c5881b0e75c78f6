"""What a test does in the demonstration's office: check, approve, issue, change, publish, verify, look into files.

``tests.support.founding`` makes the office and gives it to tests as ``founded`` and ``issued``.

    def test_something(issued: DemoOffice) -> None:
        with issued.worker() as worker:
            worker.run_pending()
        assert issued.outcomes() == {"valid": 24}
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from cli.checker import check as check_as_reader
from credential import qrtext
from credential.catalogue import Catalogue
from credential.claims import CredentialBytes
from credential.days import day_of
from credential.history import Act, Reason
from credential.signing import KeyUse
from credential.trustlist import VerifiedTrustList
from credential.verdict import Verdict
from issuer.batches.store import store_checked
from issuer.db import certificates
from issuer.db.certificates import Certificate, CertificateContent
from issuer.home.opened import Actor
from issuer.home.opening import OpenedHome, open_home
from issuer.home.paths import Home
from issuer.identifiers import IdType
from issuer.intake.model import AwardDraft, CheckedBatch, ListFile
from issuer.intake.normalform import draft_to_json
from issuer.issuing.issuer import Report, Run
from issuer.office.operators import Operators
from issuer.office.reading import read_operators
from issuer.publishing.chain import published_trust
from issuer.services import batches, catalogue, orders, status, trust
from issuer.status.plan import Order, Plan
from issuer.worker.worker import Worker
from keys.envelope import ScryptCost
from keys.passphrase import Passphrase
from keys.signers import FileSigner
from tests.support.clock import NOW
from tests.support.databases import Place, copy_place, place_of, tamper, write_over
from tests.support.settings import ORIGIN
from tests.support.tools import ROOT
from verifier.procedure import verify_check_code, verify_qr_text
from verifier.reader.fetchers import FolderFetcher
from verifier.reader.memory import MemoryStore, StateStore
from verifier.reader.publication import PublicationReader

CHEAP: Final = ScryptCost(n=1 << 10, r=1)
LIST: Final = "engineering-senior-2026.xlsx"
OTHER_LIST: Final = "engineering-other-documents-2026.xlsx"
FAULTY_LIST: Final = "engineering-with-faults-2026.xlsx"
TEACHERS: Final = "teachers-targeted-2026.csv"
PROVINCE: Final = "sf-hrss"
APPROVED: Final = "sf-hrss-0001"
"""The first batch of the province."""
DISTRICT: Final = "sfq-hrss"
CLERK, APPROVER, DISTRICT_CLERK, DISTRICT_APPROVER = "clerk1", "boss1", "clerk2", "boss2"
SECOND: Final = "second"
"""An approver of every authority, who signs what takes two."""
USUAL: Final = {
    Act.SUSPEND: Reason.UNDER_REVIEW,
    Act.REINSTATE: Reason.CLEARED,
    Act.WITHDRAW: Reason.FRAUD,
    Act.CANCEL: Reason.SURRENDERED,
    Act.ERASE: Reason.SURRENDERED,
}
"""The reason that an order of a test gives where the test is not about it."""
ACTOR: Final = Actor("setup")
DATA: Final = ROOT / "cli" / "demo" / "data"


def passphrase(name: str, *, new: bool = False) -> Passphrase:  # noqa: ARG001 - nobody is asked twice
    """The passphrase of whoever is named; worth nothing. It satisfies ``issuer.home.opening.Passphrases``."""
    return Passphrase(f"{name}-passphrase")


@dataclass(slots=True)
class MovingClock:
    """A clock that stands until it is moved, in either direction."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, **span: float) -> datetime:
        """Move by a span of time, as ``timedelta`` takes it, and return the new instant."""
        self.now += timedelta(**span)
        return self.now


@dataclass(slots=True)
class DemoOffice:
    """One copy of the demonstration's home, open."""

    home: Home
    clock: MovingClock
    opened: OpenedHome = field(repr=False)

    @classmethod
    def open(cls, directory: Path, now: datetime = NOW) -> DemoOffice:
        """Open a home that these fixtures made."""
        home, clock = Home.open(directory), MovingClock(now)
        return cls(home=home, clock=clock, opened=open_home(home, passphrase, clock=clock, cost=CHEAP))

    def close(self) -> None:
        """Close the register."""
        self.opened.close()

    def worker(self) -> Worker:
        """Become the worker, under whatever the test's clock says; use it in a ``with`` block."""
        return Worker.open(self.opened, check_as_reader, clock_is_right=ACTOR)

    def signer(self, operator: str) -> FileSigner:
        """The key of an operator."""
        key_id = self.operators().by_id(operator).operator.key.key_id
        signer = self.opened.custody.signer(KeyUse.OPERATOR, key_id, owner=operator)
        assert isinstance(signer, FileSigner)
        return signer

    def operators(self) -> Operators:
        """The verified file of operators."""
        with self.opened.register.read() as session:
            return read_operators(session, self.opened)

    def trust(self) -> VerifiedTrustList:
        """The newest published trust list."""
        with self.opened.register.read() as session:
            return published_trust(session, self.home.publication, now=self.clock())

    def catalogue(self) -> Catalogue:
        """The catalogue in use."""
        return catalogue.current(self.opened)

    # Setting up

    def publish_trust(self) -> int:
        """Sign the next trust list with the root."""
        return trust.publish_here(self.opened, ACTOR, trust.draft(self.opened))

    def store(self, name: str = LIST, authority: str = PROVINCE, document: str = "") -> str:
        """Check a sample list and store it as a batch."""
        file = batches.ListFile(name=name, data=(DATA / name).read_bytes())
        made = batches.check(
            self.opened, Actor(CLERK), file, authority=authority, decision=document, take_good_rows=True
        )
        assert made.batch is not None
        return made.batch

    def submit(self, batch: str, operator: str = CLERK) -> None:
        """A clerk submits."""
        batches.act_here(self.opened, operator, Act.SUBMIT, batch)

    def approve(self, batch: str, operator: str = APPROVER) -> None:
        """An approver approves."""
        batches.act_here(self.opened, operator, Act.APPROVE, batch)

    def approved(self, name: str = LIST) -> str:
        """A sample list of the province, checked, submitted and approved."""
        batch = self.store(name)
        self.submit(batch)
        self.approve(batch)
        return batch

    def approved_drafts(self, drafts: Sequence[AwardDraft], authority: str = PROVINCE) -> str:
        """Awards that no file holds, stored, submitted and approved."""
        batch = self.stored_drafts(drafts, authority)
        self.submit(batch)
        self.approve(batch)
        return batch

    def stored_drafts(self, drafts: Sequence[AwardDraft], authority: str = PROVINCE) -> str:
        """Awards that no file holds, stored as a batch."""
        data = b"".join(draft_to_json(each, salt="A" * 22) for each in drafts)
        with self.opened.register.write() as session:
            return store_checked(
                session,
                self.opened.vault,
                CheckedBatch(good=tuple(drafts), findings=(), rejected=()),
                file=ListFile(name="made.xlsx", data=data),
                authority=authority,
                decision_document="",
                actor=CLERK,
                now=self.clock(),
            )

    def reserve_and_die(self, batch: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Issue an approved batch in a run that dies when its rows are reserved and nothing is signed."""

        def die(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(Run, "read_back", die)
            with pytest.raises(KeyboardInterrupt):
                self.issue(batch)

    def issue(self, batch: str, *, documents: bool = False) -> Report:
        """Issue a batch as the worker, with its documents where a test is about them: they take most of the time."""
        with self.worker() as worker:
            return worker.issue(batch, with_documents=documents)

    def make_documents(self, batch: str) -> None:
        """Make the documents of a batch as the worker."""
        with self.worker() as worker:
            worker.make_documents(batch)

    def publish(self) -> None:
        """Do all pending work as the worker."""
        with self.worker() as worker:
            worker.run_pending()

    # Changing

    def order(self, *numbers: str, act: Act = Act.WITHDRAW, **changes: Any) -> Order:
        """An order of the province for today, with what is changed about it."""
        usual = Order(
            act=act,
            numbers=numbers,
            authority=PROVINCE,
            reason=USUAL.get(act, Reason.OTHER),
            basis="职称评审管理暂行规定第三十四条",
            document="示人社撤〔2026〕1号",
            effective=day_of(self.clock()),
        )
        return replace(usual, **changes)

    def plan(self, order: Order) -> Plan:
        """What an order would do."""
        return status.plan(self.opened, ACTOR, order)

    def apply(self, plan: Plan, operator: str = APPROVER) -> None:
        """Do what a plan says, with a second operator where it takes one."""
        waiting = status.act_here(self.opened, operator, plan).waiting
        if waiting is not None:
            orders.approve_here(self.opened, SECOND, waiting.number)

    def change(self, *numbers: str, act: Act = Act.WITHDRAW, **changes: Any) -> Plan:
        """Plan, do and publish a change of status."""
        plan = self.plan(self.order(*numbers, act=act, **changes))
        self.apply(plan)
        self.publish()
        return plan

    # Looking

    def certificates(self) -> list[Certificate]:
        """All signed certificates in the order of their numbers."""
        with self.opened.register.read() as session:
            return list(certificates.for_publication(session))

    def content(self, certificate: Certificate) -> CertificateContent:
        """What is sealed of a certificate."""
        with self.opened.register.read() as session:
            return certificates.content(session, self.opened.vault, certificate.id)

    def credential(self, certificate: Certificate) -> CredentialBytes:
        """Its credential."""
        stored = self.content(certificate).credential
        assert stored is not None
        return CredentialBytes(stored)

    def qr_text(self, certificate: Certificate) -> str:
        """What its QR code says."""
        return qrtext.encode(self.credential(certificate), ORIGIN)

    def reader(self, store: StateStore | None = None, *, seconds: float = 0) -> PublicationReader:
        """An independent reader of the written folder, which looks again after some seconds."""
        return PublicationReader(
            FolderFetcher(self.home.publication_folder),
            self.home.trust_root.read_bytes(),
            store=store or MemoryStore(),
            max_age=timedelta(seconds=seconds),
        )

    def verdict(self, certificate: Certificate, reader: PublicationReader | None = None) -> Verdict:
        """What a stranger finds of a certificate, from its QR code and its check code alike."""
        reader = reader or self.reader()
        content = self.content(certificate)
        assert content.credential is not None
        qr_text = qrtext.encode(CredentialBytes(content.credential), ORIGIN)
        found = verify_qr_text(qr_text, reader, now=self.clock())
        by_code = verify_check_code(content.check_code, reader, now=self.clock())
        assert (found.outcome, found.reason) == (by_code.outcome, by_code.reason)
        return found

    def outcomes(self) -> Counter[str]:
        """How many certificates have which outcome."""
        reader = self.reader(seconds=60)
        return Counter(str(self.verdict(each, reader).outcome) for each in self.certificates())

    def verdict_by_qr(self, certificate: Certificate, reader: PublicationReader | None = None) -> Verdict:
        """What a stranger finds of a certificate from its QR code alone."""
        return verify_qr_text(self.qr_text(certificate), reader or self.reader(), now=self.clock())

    def outcomes_by_qr(self) -> Counter[str]:
        """How many certificates have which outcome by their QR codes: one that is not registered has no check code."""
        reader = self.reader(seconds=60)
        return Counter(str(self.verdict_by_qr(each, reader).outcome) for each in self.certificates())

    def raw(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Do what somebody does who owns the database: drop the triggers, then anything."""
        return tamper(place_of(self.home), statement, *values)

    def keep_register(self, folder: Path) -> Place:
        """Keep a copy of the register as it is now."""
        self.close()  # it goes on when it is next used
        return copy_place(place_of(self.home), folder)

    def restore_register(self, kept: Place) -> None:
        """Put an older copy of the register in its place."""
        self.close()
        write_over(place_of(self.home), kept)

    def files(self) -> dict[str, bytes]:
        """Every file of the publication."""
        root = self.home.publication_folder
        return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def drafts(count: int, template: AwardDraft) -> list[AwardDraft]:
    """Awards of different people, made from one."""
    return [
        replace(
            template,
            seq=str(number),
            sheet_row=number + 3,
            name=f"示范{number}",
            id_type=IdType.PASSPORT,
            id_number=f"E{number:08d}",
        )
        for number in range(1, count + 1)
    ]


def first_draft(demo: DemoOffice, batch: str) -> AwardDraft:
    """The first award of a batch."""
    return batch_drafts(demo, batch)[0]


def batch_drafts(demo: DemoOffice, batch: str) -> list[AwardDraft]:
    """The good rows of a batch."""
    from issuer.batches.rows import open_rows

    with demo.opened.register.read() as session:
        return [row.draft for row in open_rows(session, demo.opened.vault, batch)]
