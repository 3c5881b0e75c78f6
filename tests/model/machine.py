"""The plays: rules that hypothesis takes in any order. What must hold stands in ``tests.model.playing``."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from datetime import timedelta
from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from credential.errors import CodedError
from credential.signing import KeyUse
from issuer.errors import IssuerError
from issuer.services import keyends, keys, orders, replacements
from issuer.services.replacements import Correction, ReplacementReason
from tests.model.book import DAY, Told
from tests.model.playing import NAMES, SPECIALTIES, Kept, Playing, Row, must_be
from tests.support.moments import Killed
from tests.support.office import ACTOR, PROVINCE, SECOND

NUMBERS: Final = st.integers(min_value=0, max_value=1 << 12)
KILL: Final = st.one_of(st.just(0), st.just(0), st.just(0), st.integers(min_value=1, max_value=24))
"""Most acts are not killed."""
LATE_KILL: Final = st.one_of(st.just(0), st.just(0), st.integers(min_value=1, max_value=90))
"""Of what has many lasting moments."""
SPANS: Final = st.sampled_from(
    [timedelta(seconds=1), timedelta(minutes=7), timedelta(hours=5), timedelta(hours=23), DAY, 3 * DAY, 16 * DAY]
)
MOST: Final = 6
"""Certificates of one play: each is asked about after each publication."""
KEYS: Final = 4
"""Changes of keys in one play: each costs as much as ten other steps."""
USES: Final = (KeyUse.CREDENTIAL, KeyUse.STATUS, KeyUse.PUBLISHER)
PICKS: Final = st.lists(NUMBERS, min_size=1, max_size=3)
BACK: Final = st.sampled_from([0, 0, 0, 1, 2, 5, 40])


class Acts(Playing):
    """What may happen to an office."""

    # --- the office's acts ---------------------------------------------------------------------------------------

    @rule(people=st.lists(NUMBERS, min_size=1, max_size=3), faulty=st.booleans(), kill=LATE_KILL)
    @precondition(lambda self: len(self.book.held) < MOST)
    def issue(self, people: Sequence[int], faulty: bool, kill: int) -> None:
        """Check a list, submit, approve, issue: new people, people who have a certificate, people who are barred."""
        rows: dict[str, Row] = {}
        for each in people:
            row = self._again(each) if each % 4 == 0 else self._row(each)
            rows[row.person] = row
        if faulty:
            rows["?"] = Row("?", NAMES[0], SPECIALTIES[0], self._today(), good=False)
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
            must_be(error, expected, f"{kind} {numbers}")
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
            must_be(error, "order_over" if over else None if holds else "moved_on", f"order {number}")
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
        row = Row(held.person, NAMES[which % len(NAMES)], held.specialty, held.awarded)
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
            must_be(error, expected, f"{held.number} is {held.state}")
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
            must_be(error, "same_second", "the key began in this second")
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
        self.kept = Kept(deepcopy(self.book), now, self.published, self.made, set(self.batches))
        self._count("keep")

    def _restore(self, kept: Kept) -> None:
        """The whole home, with its publication, is as it was."""
        self.office.put_back("kept")
        self.book = deepcopy(kept.book)
        self.published = kept.published
        self.batches = set(kept.batches)
        self.unsigned = True  # as far as anybody knows
        self._sign_trust()
        self._check()
        self._count("restore")

    def _register_behind(self, kept: Kept) -> None:
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
