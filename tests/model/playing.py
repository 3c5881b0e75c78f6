"""How a play is done: what its rules share, and what must hold after each publication and at the end.

What must hold: every certificate's verdict, now and on every past day that matters, is the book's; what was not
published is not seen; an act that was killed happened whole or not at all; nothing that was issued is lost or doubled;
an order that cannot hold is refused with its code. A play founds nothing: it copies a home that was founded once.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import ClassVar, Final

from hypothesis.stateful import RuleBasedStateMachine

from credential.errors import CodedError
from credential.history import Act, Reason
from credential.signing import KeyUse
from issuer import audit
from issuer.errors import IssuerError
from issuer.services import batches, orders, status
from issuer.status.plan import Order
from issuer.trust.entries import active_key
from tests.model.book import DAY, EXPIRED, Answer, Book, Held, Told, Waiting, civil
from tests.model.office import FILING, HEAD, Killing, Office, told
from tests.support.moments import Killed
from tests.support.office import ACTOR, APPROVER, CLERK, PROVINCE, SECOND

LONGEST: Final = timedelta(days=280)
"""The trust list of the founding ends after a year, and nobody renews it here."""
SPECIALTIES: Final = ("人工智能", "大数据", "建筑施工", "机械设计", "水利水电", "环境工程", "道路与桥梁")
NAMES: Final = ("赵示", "钱范", "孙示范", "李示", "周范", "吴示范", "郑示", "王范", "欧阳示范")
ACTS: Final = {
    "suspended": (Act.SUSPEND, (Reason.UNDER_REVIEW, Reason.DECISION)),
    "reinstated": (Act.REINSTATE, (Reason.CLEARED, Reason.OTHER)),
    "withdrawn": (Act.WITHDRAW, (Reason.FRAUD, Reason.PROCEDURE)),
    "cancelled": (Act.CANCEL, (Reason.SURRENDERED, Reason.DECEASED)),
    "annotated": (Act.ANNOTATE, (Reason.OTHER,)),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a list, and what must come of it."""

    person: str
    name: str
    specialty: str
    awarded: date
    good: bool = True

    def cells(self, place: int) -> str:
        number = self.person if self.good else "?"
        return (
            f"{place},{self.name},女,护照,{number},示范单位,工程技术人员,{self.specialty},高级工程师,副高级,评审,"
            f"{self.awarded.isoformat()},{FILING}"
        )


@dataclass(slots=True)
class Kept:
    """A copy of the home, and the book of then."""

    book: Book
    at: datetime
    published: datetime | None
    made: int
    batches: set[str] = field(default_factory=set)


class Playing(RuleBasedStateMachine):
    """An office, its worker, and a stranger."""

    template: ClassVar[Path]
    counts: ClassVar[Counter[str]] = Counter()
    """How often each rule did something, over all plays: a test asks that none was left out."""
    killing: ClassVar[Killing]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="model-", dir=shm()))
        self.office = Office(self.template, self.folder, self.killing)
        self.book = Book()
        self.began = self.office.demo.clock()
        self.published: datetime | None = None
        """When the present snapshot was made."""
        self.made = 0
        self.batches: set[str] = set()
        self.kept: Kept | None = None
        self.changes = 0
        self.unsigned = False
        """Whether the register has keys that no trust list names yet."""
        self._issue([self._row(0), self._row(1)], kill=0)
        self._publish(kill=0)

    def teardown(self) -> None:
        """Ask everything once more, and prove the register."""
        try:
            self._sign_trust()
            self._publish(kill=0)
            self._check(whole=True)
            self._prove()
        finally:
            self.office.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def _count(self, what: str) -> None:
        self.counts[what] += 1

    def _today(self) -> date:
        return civil(self.office.demo.clock())

    def _move(self, span: timedelta) -> None:
        clock = self.office.demo.clock
        if span > timedelta(0) and clock.now + span < self.began + LONGEST:
            clock.now += span
            if span >= DAY:  # somebody says that the clock is right
                self.office.stop()
                self.office.start()

    def _pick(self, which: int) -> Held:
        found = sorted(self.book.held)
        return self.book.held[found[which % len(found)]]

    def _picked(self, kind: str, picks: Sequence[int]) -> list[str]:
        """Mostly certificates to which it can be done; sometimes any."""
        fitting = [
            each
            for each in sorted(self.book.held)
            if self.book.refusal(kind, [each], date.max, before_issue=True) is None
        ]
        some = fitting if fitting and picks[0] % 5 else sorted(self.book.held)
        return list(dict.fromkeys(some[each % len(some)] for each in picks))

    def _document(self, kind: str) -> str:
        self.made += 1
        return f"示人社{kind}〔2026〕{self.made}号"

    def _order(self, kind: str, numbers: Sequence[str], effective: date, why: int, before: bool) -> Order:
        act, reasons = ACTS[kind]
        return Order(
            act=act,
            numbers=tuple(numbers),
            authority=PROVINCE,
            reason=reasons[why % len(reasons)],
            basis="示范依据",
            document=self._document("办"),
            effective=effective,
            before_issue=before,
            note=f"第{self.made}次注记" if kind == "annotated" else None,
        )

    def _event(self, order: Order, kind: str) -> Told:
        return Told(
            kind=kind,
            effective=order.effective,
            recorded=self.office.demo.clock(),
            reason=int(order.reason),
            document=order.document,
            note=order.note,
        )

    def _waiting(self, kind: str, numbers: Sequence[str], order: Order) -> Waiting:
        return Waiting(
            kind=kind,
            seen={each: len(self.book.held[each].told) for each in numbers},
            effective=order.effective,
            reason=int(order.reason),
            document=order.document,
            until=self.office.demo.clock() + timedelta(hours=72),
        )

    def _do(self, order: Order, *, waits: bool) -> None:
        opened = self.office.demo.opened
        waiting = status.act_here(opened, APPROVER, status.plan(opened, ACTOR, order)).waiting
        assert (waiting is not None) == (order.act is Act.WITHDRAW)
        if waiting is not None and not waits:
            orders.approve_here(opened, SECOND, waiting.number)

    def _find_out(self, numbers: Sequence[str], event: Told, waiting: Waiting, *, done: bool | None = None) -> None:
        """What came of an act: for all of its certificates, or for none; and what waits is what the book says."""
        counts = self.office.counts()
        before = [counts[each] == len(self.book.held[each].told) for each in numbers]
        after = [counts[each] == len(self.book.held[each].told) + 1 for each in numbers]
        assert all(before) or all(after), f"{event.kind} was done to some of {numbers}"
        if done is not None:
            assert all(after) is done
        found = {each.number for each in orders.listed(self.office.demo.opened)}
        now = self.office.demo.clock()
        if all(after):
            self.book.tell(numbers, event)
            self.book.orders = {n: each for n, each in self.book.orders.items() if each is not waiting}
        else:
            self.book.orders |= dict.fromkeys(found - set(self.book.orders), waiting)
        assert found == {n for n, each in self.book.orders.items() if now < each.until}, "orders that wait"

    def _not_replaceable(self, held: Held, *, restores: bool) -> str | None:
        if held.successor is not None:
            return "already_replaced"
        if held.state == "cancelled":
            return "not_replaceable"
        if self.book.bars(held.person, restores=held.number if restores else None):
            return "barred"
        return None

    def _row(self, which: int) -> Row:
        self.made += 1
        awarded = self._today() - timedelta(days=which % 23)
        return Row(f"E{self.made:08}", NAMES[which % len(NAMES)], SPECIALTIES[0], awarded)

    def _again(self, which: int) -> Row:
        """Somebody who has a certificate, for the next specialty."""
        held = self._pick(which)
        has = {each.specialty for each in self.book.held.values() if each.person == held.person}
        left = [each for each in SPECIALTIES if each not in has]
        awarded = self._today() - timedelta(days=which % 11)
        return Row(held.person, held.name, left[0], awarded) if left else self._row(which)

    def _issue(self, rows: Sequence[Row], *, kill: int) -> None:
        """Check, submit, approve and issue a list; what is faulty or barred must not become a certificate."""
        good = [each for each in rows if each.good and not self.book.bars(each.person)]
        text = "\r\n".join([HEAD, *(each.cells(place) for place, each in enumerate(rows, start=1)), ""])
        document = self._document("发")
        file = batches.ListFile(name="示范.csv", data=text.encode())

        def store() -> None:
            found = batches.check(
                self.office.demo.opened, ACTOR, file, authority=PROVINCE, decision=document, take_good_rows=True
            )
            said = [each.message_en for each in found.findings]
            assert (found.batch is not None) == bool(good), said
            assert found.good == len(good), said

        self._take_in(self._driven(store, kill), good, document=document)
        self._count("issue")

    def _driven(self, store: Callable[[], None], kill: int) -> list[tuple[str, str]]:
        """Do the same commands again until they are through, as a clerk does: killed once at the most."""
        try:
            with self.office.killed(kill):
                return self._go_on(store)
        except Killed:
            self.office.reopen()
            self._count("killed issue")
        except IssuerError as error:
            if not self.unsigned or error.code not in {"key_not_public", "key_not_good"}:
                raise
            self._count("issue waits for the root")
        self._sign_trust()
        return self._go_on(store)

    def _go_on(self, store: Callable[[], None]) -> list[tuple[str, str]]:
        demo = self.office.demo
        if not self._new_batches():
            store()
        new = self._new_batches()
        if not new:
            return []
        [batch] = new
        if batch.state == "checked":
            batches.act_here(demo.opened, CLERK, Act.SUBMIT, batch.id)
        if batch.state in {"checked", "submitted"}:
            batches.act_here(demo.opened, APPROVER, Act.APPROVE, batch.id)
        report = self.office.worker.issue(batch.id)
        assert not report.refused, report.refused
        self.batches.add(batch.id)
        return [(number, key) for _, number, key in self.office.issued_from(batch.id)]

    def _new_batches(self) -> list[batches.Batch]:
        return [each for each in batches.listed(self.office.demo.opened) if each.id not in self.batches]

    def _take_in(
        self,
        issued: Sequence[tuple[str, str]],
        rows: Sequence[Row],
        *,
        replaces: Held | None = None,
        document: str = "",
    ) -> None:
        """Write down what was issued: a certificate for each good row, no more and no less; then it is published."""
        assert len(issued) == len(rows), f"{len(issued)} certificates of {len(rows)} good rows"
        now = self.office.demo.clock()
        for (number, key), row in zip(issued, rows, strict=True):
            first = Told(kind="issued", effective=civil(now), recorded=now, document=document)
            held = Held(
                number=number,
                person=row.person,
                name=row.name,
                specialty=row.specialty,
                awarded=row.awarded,
                key=key,
                told=[first],
                replaces=None if replaces is None else replaces.number,
            )
            self.book.add(held)
        self.book.publish()
        self.published = now
        self._check()

    def _active(self, use: KeyUse) -> bytes:
        owner = PROVINCE if use is KeyUse.CREDENTIAL else None
        with self.office.demo.opened.register.read() as session:
            return active_key(session, use=use, authority=owner).key.key_id

    def _sign_trust(self) -> None:
        if self.unsigned:
            self.office.stop()
            self.office.demo.publish_trust()
            self.unsigned = False

    def _publish(self, kill: int) -> None:
        old = deepcopy(self.book)
        try:
            with self.office.killed(kill):
                done = self.office.worker.publish_changes(even_without=True)
        except Killed:
            self.office.reopen()
            self._old_or_new(old)
            self._count("killed publication")
            done = self.office.worker.publish_changes(even_without=True)
        assert done.held_back == (), done.held_back
        self.book.publish()
        self.published = self.office.demo.clock()
        self._check()
        self._count("publish")

    def _old_or_new(self, old: Book) -> None:
        """After a killed publication every certificate is as before, or every one as after."""
        new = deepcopy(old)
        new.publish()
        now, reader = self.office.demo.clock(), self.office.reader()
        found = [told(self.office.asked(reader, each, None)) for each in old.held.values()]
        before = [old.answer(each, None) for each in old.held.values()]
        if self.published is None or now >= self.published + DAY:
            before = [EXPIRED] * len(found)
        after = [new.answer(each, None) for each in new.held.values()]
        assert found in (before, after), "a killed publication left a mixture"

    def _check(self, *, whole: bool = False) -> None:
        """Ask a stranger about every certificate now, and about past days of some, or of all."""
        reader, today = self.office.reader(), self._today()
        for place, held in enumerate(self.book.held.values()):
            self._ask_one(reader, held, None)
            if whole or (self.made + place) % 5 == 0:
                for day in self.book.days(held, today):
                    self._ask_one(reader, held, day)

    def _ask_one(self, reader: object, held: Held, day: date | None, *, by_code: bool = False) -> None:
        found = told(self.office.asked(reader, held, day, by_code=by_code))  # type: ignore[arg-type]
        expected = self._expected(held, day)
        if by_code and expected.reason == "unregistered":
            expected = Answer(outcome="indeterminate", reason="unknown_code")
        when = "now" if day is None else str(day)
        assert found == expected, f"{held.number} {when}: {found}\n{expected} was expected\n{held}"

    def _expected(self, held: Held, day: date | None) -> Answer:
        now = self.office.demo.clock()
        if self.published is None or now >= self.published + DAY:
            return EXPIRED
        return self.book.answer(held, day)

    def _prove(self) -> None:
        """Nothing is lost, doubled or unexplained."""
        rows = self.office._rows(
            "SELECT count(*), count(DISTINCT number), count(DISTINCT cti), count(DISTINCT award),"
            " count(DISTINCT status_list || '/' || status_index) FROM certificates"
        )
        assert rows == [(len(self.book.held),) * 5]
        assert self.office.counts() == {each.number: len(each.told) for each in self.book.held.values()}
        with self.office.demo.opened.register.read() as session:
            audit.verify_chain(session)


def must_be(error: CodedError, expected: str | None, what: str) -> None:
    """A refusal has the code that the book says; None where nothing stands against it."""
    assert error.code == expected, f"{what}: {error.code}, {expected} was expected: {error}"


def shm() -> str | None:
    """Where files cost nothing, where there is such a place."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
