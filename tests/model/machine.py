"""The plays: rules that hypothesis takes in any order, and what must hold after each publication and at the end.

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

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from credential.errors import CodedError
from credential.history import Act, Reason
from credential.signing import KeyUse
from issuer import audit
from issuer.errors import IssuerError
from issuer.services import batches, keyends, keys, orders, replacements, status
from issuer.services.replacements import Correction, ReplacementReason
from issuer.status.plan import Order
from issuer.trust.entries import active_key
from tests.model.book import DAY, EXPIRED, Answer, Book, Held, Told, Waiting, civil
from tests.model.office import FILING, HEAD, Killed, Killing, Office, told
from tests.support.office import ACTOR, APPROVER, CLERK, PROVINCE, SECOND

NUMBERS: Final = st.integers(min_value=0, max_value=1 << 12)
KILL: Final = st.one_of(st.just(0), st.just(0), st.just(0), st.integers(min_value=1, max_value=24))
"""Most acts are not killed."""
LATE_KILL: Final = st.one_of(st.just(0), st.just(0), st.integers(min_value=1, max_value=90))
"""Of what has many lasting moments."""
SPANS: Final = st.sampled_from(
    [timedelta(seconds=1), timedelta(minutes=7), timedelta(hours=5), timedelta(hours=23), DAY, 3 * DAY, 16 * DAY]
)
LONGEST: Final = timedelta(days=280)
"""The trust list of the founding ends after a year, and nobody renews it here."""
MOST: Final = 6
"""Certificates of one play: each is asked about after each publication."""
KEYS: Final = 4
"""Changes of keys in one play: each costs as much as ten other steps."""
USES: Final = (KeyUse.CREDENTIAL, KeyUse.STATUS, KeyUse.PUBLISHER)
SPECIALTIES: Final = ("人工智能", "大数据", "建筑施工", "机械设计", "水利水电", "环境工程", "道路与桥梁")
NAMES: Final = ("赵示", "钱范", "孙示范", "李示", "周范", "吴示范", "郑示", "王范", "欧阳示范")
ACTS: Final = {
    "suspended": (Act.SUSPEND, (Reason.UNDER_REVIEW, Reason.DECISION)),
    "reinstated": (Act.REINSTATE, (Reason.CLEARED, Reason.OTHER)),
    "withdrawn": (Act.WITHDRAW, (Reason.FRAUD, Reason.PROCEDURE)),
    "cancelled": (Act.CANCEL, (Reason.SURRENDERED, Reason.DECEASED)),
    "annotated": (Act.ANNOTATE, (Reason.OTHER,)),
}
PICKS: Final = st.lists(NUMBERS, min_size=1, max_size=3)
BACK: Final = st.sampled_from([0, 0, 0, 1, 2, 5, 40])


@dataclass(frozen=True, slots=True)
class _Row:
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
class _Kept:
    """A copy of the home, and the book of then."""

    book: Book
    at: datetime
    published: datetime | None
    made: int
    batches: set[str] = field(default_factory=set)


class Acts(RuleBasedStateMachine):
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
        self.kept: _Kept | None = None
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

    # --- the office's acts ---------------------------------------------------------------------------------------

    @rule(people=st.lists(NUMBERS, min_size=1, max_size=3), faulty=st.booleans(), kill=LATE_KILL)
    @precondition(lambda self: len(self.book.held) < MOST)
    def issue(self, people: Sequence[int], faulty: bool, kill: int) -> None:
        """Check a list, submit, approve, issue: new people, people who have a certificate, people who are barred."""
        rows: dict[str, _Row] = {}
        for each in people:
            row = self._again(each) if each % 4 == 0 else self._row(each)
            rows[row.person] = row
        if faulty:
            rows["?"] = _Row("?", NAMES[0], SPECIALTIES[0], self._today(), good=False)
        self._issue(list(rows.values()), kill=kill)

    @rule(picks=PICKS, back=BACK, why=NUMBERS, kill=KILL)
    def suspend(self, picks: Sequence[int], back: int, why: int, kill: int) -> None:
        """One operator suspends."""
        self._act("suspended", picks, back, why, kill=kill)

    @rule(picks=PICKS, back=BACK, why=NUMBERS, kill=KILL)
    def reinstate(self, picks: Sequence[int], back: int, why: int, kill: int) -> None:
        """One operator reinstates."""
        self._act("reinstated", picks, back, why, kill=kill)

    @rule(picks=PICKS, back=BACK, why=NUMBERS, waits=st.booleans(), kill=KILL)
    def withdraw(self, picks: Sequence[int], back: int, why: int, waits: bool, kill: int) -> None:
        """One operator withdraws; a second one approves at once, or the order waits."""
        self._act("withdrawn", picks[:1], back, why, kill=kill, waits=waits)

    @rule(kind=st.sampled_from(["annotated", "annotated", "cancelled"]), picks=PICKS, back=BACK, why=NUMBERS, kill=KILL)
    def note(self, kind: str, picks: Sequence[int], back: int, why: int, kill: int) -> None:
        """One operator annotates, or cancels."""
        self._act(kind, picks[:1], back, why, kill=kill)

    def _act(self, kind: str, picks: Sequence[int], back: int, why: int, *, kill: int, waits: bool = False) -> None:
        numbers = self._picked(kind, picks)
        effective, before = self._today() - back * DAY, back % 5 == 0
        expected = self.book.refusal(kind, numbers, effective, before_issue=before)
        named = self.book.with_predecessors(numbers) if kind == "withdrawn" else numbers
        order = self._order(kind, numbers, effective, why, before)
        event = self._event(order, kind)
        waiting = self._waiting(kind, named, order)
        try:
            with self.office.killed(kill):
                self._do(order, waits=waits)
        except Killed:
            self.office.reopen()
            self._find_out(named, event, waiting)
        except IssuerError as error:
            _must_be(error, expected, f"{kind} {numbers}")
            self._count("refused")
        else:
            assert expected is None, f"{kind} {numbers} was done; it must be refused with {expected}"
            self._find_out(named, event, waiting, done=not (kind == "withdrawn" and waits))
        self._count(kind)

    @rule(which=NUMBERS, late=st.integers(0, 7), kill=KILL)
    @precondition(lambda self: bool(self.book.orders))
    def answer(self, which: int, late: int, kill: int) -> None:
        """A second operator approves an order that waits, mostly in time; what moved on meanwhile is refused."""
        now = self.office.demo.clock()
        waits = sorted(number for number, each in self.book.orders.items() if now < each.until)
        some = waits if waits and late else sorted(self.book.orders)
        number = some[which % len(some)]
        order = self.book.orders[number]
        if late == 1:
            self._move(order.until - now)
        now = self.office.demo.clock()
        over, holds = now >= order.until, order.holds(self.book)
        told_ = Told(
            kind=order.kind,
            effective=order.effective,
            recorded=now,
            reason=order.reason,
            document=order.document,
        )
        try:
            with self.office.killed(kill):
                orders.approve_here(self.office.demo.opened, SECOND, number)
        except Killed:
            self.office.reopen()
            self._find_out(list(order.seen), told_, order)
        except IssuerError as error:
            _must_be(error, "order_over" if over else None if holds else "moved_on", f"order {number}")
            self._count("answer refused")
        else:
            assert (holds, over) == (True, False), f"order {number} was done over certificates that moved on"
            self._find_out(list(order.seen), told_, order, done=True)
        self._count("answer")

    @rule(which=NUMBERS, kill=LATE_KILL)
    def correct(self, which: int, kill: int) -> None:
        """Correct a name, or restore what was withdrawn: a batch of its own that replaces a certificate."""
        held = self._pick(which)
        restores = held.state == "withdrawn"
        expected = self._not_replaceable(held, restores=restores)
        if expected is None and len(self.book.held) > MOST + 4:
            return
        row = _Row(held.person, NAMES[which % len(NAMES)], held.specialty, held.awarded)
        wanted = Correction(
            number=held.number,
            reason=ReplacementReason.RESTORED if restores else ReplacementReason.CORRECTED,
            changes={} if restores else {"name": row.name},
        )
        decision = self._document("更")

        def store() -> None:
            made = replacements.prepare(self.office.demo.opened, ACTOR, [wanted], authority=PROVINCE, decision=decision)
            assert made.batch is not None, [each.message_en for each in made.findings]

        try:
            issued = self._driven(store, kill)
        except IssuerError as error:
            _must_be(error, expected, f"{held.number} is {held.state}")
            self._count("refused")
            return
        assert expected is None, f"{held.number} was replaced; it must be refused with {expected}"
        self._take_in(issued, [row], replaces=held, document=decision)
        self._count("set aside" if restores else "corrected")

    # --- keys ----------------------------------------------------------------------------------------------------

    @rule(use=st.sampled_from([*USES, None, None]), later=st.booleans(), same_second=st.booleans())
    @precondition(lambda self: not self.unsigned and self.changes < KEYS)
    def change_key(self, use: KeyUse | None, later: bool, same_second: bool) -> None:
        """The next key of a use; or a credential key is compromised from now, which the root says at once or later."""
        self.changes += 1
        if not same_second or use is not None:
            self._move(timedelta(seconds=2))
        if use is None and same_second and len(self.book.held) < MOST + 4:
            self._issue([self._row(self.changes)], kill=0)  # registered in the very second: it falls with the key
        if use is None:
            self._compromise(later=later)
        else:
            self._rotate(use)

    def _rotate(self, use: KeyUse) -> None:
        """The root names the next one; then the one before is ended."""
        before = self._active(use)
        owner = PROVINCE if use is KeyUse.CREDENTIAL else None
        keys.rotate(self.office.demo.opened, ACTOR, use, authority=owner)
        self.unsigned = True
        self._sign_trust()
        keyends.end(self.office.demo.opened, ACTOR, before, basis="轮换")
        self.unsigned = True
        self._sign_trust()
        self._count(f"rotate {use.value}")

    def _compromise(self, *, later: bool) -> None:
        key = self._active(KeyUse.CREDENTIAL)
        try:
            keyends.compromise(self.office.demo.opened, ACTOR, key, basis="密钥文件被复制")
        except IssuerError as error:
            _must_be(error, "same_second", "the key began in this second")
            return
        self.book.stolen[key.hex().upper()] = self.office.demo.clock()
        self.unsigned = True
        if not later:
            self._sign_trust()
        self._count("compromise")

    # --- time, publications, crashes, restoring -----------------------------------------------------------------

    @rule(span=SPANS)
    def day_goes_by(self, span: timedelta) -> None:
        """Some time passes. It is the first rule by name: hypothesis begins with a play of this rule alone."""
        self._move(span)
        self._count("time")

    @rule(kill=LATE_KILL)
    def publish(self, kill: int) -> None:
        """The worker does what waits; a stranger sees it, or, where it was killed, the state before or after."""
        self._sign_trust()
        self._publish(kill)

    @rule(which=NUMBERS, days=NUMBERS, by_code=st.booleans())
    def look(self, which: int, days: int, by_code: bool) -> None:
        """A stranger looks at one certificate, on some day: what is not published is not seen."""
        held = self._pick(which)
        today = self._today()
        asked = [None, *self.book.days(held, today)]
        self._ask_one(self.office.reader(), held, asked[days % len(asked)], by_code=by_code)
        self._count("look")

    @rule(which=NUMBERS, back=st.integers(0, 40))
    def look_back(self, which: int, back: int) -> None:
        """A stranger looks at one certificate on a day of the last weeks."""
        self._ask_one(self.office.reader(), self._pick(which), self._today() - back * DAY)
        self._count("look")

    @rule(which=NUMBERS, by_code=st.booleans())
    def look_today(self, which: int, by_code: bool) -> None:
        """A stranger looks at one certificate now."""
        self._ask_one(self.office.reader(), self._pick(which), None, by_code=by_code)
        self._count("look")

    @rule(restores=st.booleans(), register_alone=st.booleans())
    def copy(self, restores: bool, register_alone: bool) -> None:
        """The home is copied as it lies there, or an older copy is put back."""
        if self.kept is None or not restores:
            self._keep()
        elif register_alone:
            self._register_behind(self.kept)
        else:
            self._restore(self.kept)

    def _keep(self) -> None:
        self.office.keep("kept")
        self.office.reopen()
        now = self.office.demo.clock()
        self.kept = _Kept(deepcopy(self.book), now, self.published, self.made, set(self.batches))
        self._count("keep")

    def _restore(self, kept: _Kept) -> None:
        """The whole home, with its publication, is as it was."""
        self.office.put_back("kept")
        self.book = deepcopy(kept.book)
        self.published = kept.published
        self.batches = set(kept.batches)
        self.unsigned = True  # as far as anybody knows
        self._sign_trust()
        self._check()
        self._count("restore")

    def _register_behind(self, kept: _Kept) -> None:
        """Nothing goes out of a register that is behind what the public has."""
        self.office.keep("newest")
        if self.published != kept.published:
            try:
                self.office.put_register_back("kept")
                self.office.worker.publish_changes(even_without=True)
            except CodedError:
                self._count("register behind")
            else:
                raise AssertionError("a register that is behind the publication was published")
        self.office.put_back("newest")
        self._check()

    # --- how it is done ------------------------------------------------------------------------------------------

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

    def _row(self, which: int) -> _Row:
        self.made += 1
        awarded = self._today() - timedelta(days=which % 23)
        return _Row(f"E{self.made:08}", NAMES[which % len(NAMES)], SPECIALTIES[0], awarded)

    def _again(self, which: int) -> _Row:
        """Somebody who has a certificate, for the next specialty."""
        held = self._pick(which)
        has = {each.specialty for each in self.book.held.values() if each.person == held.person}
        left = [each for each in SPECIALTIES if each not in has]
        awarded = self._today() - timedelta(days=which % 11)
        return _Row(held.person, held.name, left[0], awarded) if left else self._row(which)

    def _issue(self, rows: Sequence[_Row], *, kill: int) -> None:
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
        rows: Sequence[_Row],
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


def _must_be(error: CodedError, expected: str | None, what: str) -> None:
    """A refusal has the code that the book says; None where nothing stands against it."""
    assert error.code == expected, f"{what}: {error.code}, {expected} was expected: {error}"


def shm() -> str | None:
    """Where files cost nothing, where there is such a place."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
