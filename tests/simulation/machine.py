"""The simulation: rules that hypothesis plays in any order, and what must hold after each.

What must hold: an answer other than *cannot know* is one that the publisher meant in the state whose snapshot was
shown, which is still fresh and not older than what this reader has seen (``_believable``); an honest host is answered
with exactly the latest state; a memory never goes back; nothing raises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from credential import claims
from credential.outcomes import Outcome, Reason
from credential.publication import SNAPSHOT
from credential.verdict import Verdict
from tests.simulation import hosts
from tests.simulation.hosts import Place
from tests.simulation.publisher import Published, Publisher
from tests.support.keys import Key
from tests.support.world import Certificate, World
from verifier.procedure import verify_check_code, verify_credential
from verifier.reader.memory import Memory, MemoryStore
from verifier.reader.publication import PublicationReader

HABITS = ("stays", "restarts", "forgets", "looks_twice")
"""One process with memory; a new one each time with memory; no memory at all; one look serves ten minutes."""
LOOK = timedelta(minutes=10)
LAST_DAY = datetime(2028, 1, 1, tzinfo=UTC)
"""The committee's filing of the world ends after that."""
SPANS = st.sampled_from(
    [
        timedelta(minutes=1),
        timedelta(minutes=9),
        timedelta(hours=5),
        timedelta(hours=23, minutes=59),
        timedelta(hours=25),
        timedelta(days=40),
    ]
)
USES = ("publisher", "status", "credential")
NUMBERS = st.integers(min_value=0, max_value=1 << 16)
CHANGES = st.lists(st.tuples(NUMBERS, st.sampled_from(hosts.KINDS), NUMBERS), min_size=1, max_size=3)
PICKS = st.lists(st.integers(min_value=0, max_value=hosts.MISSING), min_size=1, max_size=9)


@dataclass(slots=True)
class Reading:
    """A reader with its habit."""

    habit: str
    pinned: bytes
    place: Place = field(default_factory=Place)
    store: MemoryStore = field(default_factory=MemoryStore)
    _reader: PublicationReader | None = None

    def reader(self) -> PublicationReader:
        """The reader as it is at the next check."""
        if self.habit == "forgets":
            self.store = MemoryStore()
        if self._reader is None or self.habit in {"forgets", "restarts"}:
            age = LOOK if self.habit == "looks_twice" else timedelta(0)
            self._reader = PublicationReader(self.place, self.pinned, store=self.store, max_age=age)
        return self._reader

    @property
    def seen(self) -> Memory | None:
        """What it has seen before the next check."""
        return None if self.habit == "forgets" else self.store.load()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a reader is asked: the credential, or the code that should lead to it."""

    credential: bytes
    code: str | None = None

    def ask(self, reader: PublicationReader, now: datetime) -> Verdict:
        if self.code is not None:
            return verify_check_code(self.code, reader, now=now)
        return verify_credential(self.credential, reader, now=now)

    def answer(self, state: Published) -> Reason:
        """What the publisher's book says."""
        if self.code is not None and self.credential not in state.meant:
            return Reason.UNKNOWN_CODE
        return state.answer(self.credential)


class Simulation(RuleBasedStateMachine):
    """Publisher, hosts, readers."""

    def __init__(self) -> None:
        super().__init__()
        self.publisher = Publisher(World())
        self.readings: list[Reading] = []
        self._before: list[Memory | None] = []

    @initialize(lists=st.sampled_from([1, 2]), prefix_length=st.sampled_from([0, 2]))
    def begin(self, lists: int, prefix_length: int) -> None:
        self.publisher = Publisher(World(lists=lists, prefix_length=prefix_length, records=1000))
        for _ in range(3):
            self.publisher.issue()
        self.publisher.publish()
        self.readings = [Reading(habit, self.publisher.world.pinned_root) for habit in HABITS]

    # --- the publisher -----------------------------------------------------------------------------------------------

    @rule(which=NUMBERS, what=NUMBERS, publish=st.booleans())
    def act(self, which: int, what: int, publish: bool) -> None:
        """Issue a certificate, or record an event that may follow."""
        certificate = self._certificate(which)
        kinds = self.publisher.may_follow(certificate)
        choice = what % (len(kinds) + 1)
        if choice < len(kinds):
            self.publisher.act(certificate, kinds[choice])
        elif len(self.publisher.world.certificates) < 12:
            self.publisher.issue()
        if publish:
            self.publisher.publish()

    @rule(hours=st.sampled_from([1, 2, 24]))
    def publish(self, hours: int) -> None:
        self.publisher.publish(timedelta(hours=hours))

    @rule(span=SPANS)
    def time_passes(self, span: timedelta) -> None:
        if self.publisher.now + span < LAST_DAY:
            self.publisher.sleep(span)

    @rule(use=st.sampled_from(USES), compromised=st.booleans(), hours=st.sampled_from([0, 50, 2000]))
    def rotate_key(self, use: str, compromised: bool, hours: int) -> None:
        if use == "publisher":
            self.publisher.rotate_publisher(compromised=compromised)
        elif use == "status":
            self.publisher.rotate_status(compromised=compromised)
        else:
            self.publisher.rotate_credential(compromised=compromised, since=timedelta(hours=hours))
        self.publisher.publish()

    @rule(count=st.integers(0, 3), threshold=st.integers(1, 3))
    def rotate_root(self, count: int, threshold: int) -> None:
        """Hand over to so many keys; to none: the old ones renew the trust list."""
        if count:
            self.publisher.rotate_root(count, threshold)
        else:
            self.publisher.renew_trust()
        self.publisher.publish()

    @rule(habit=st.sampled_from(HABITS))
    def newcomer(self, habit: str) -> None:
        if len(self.readings) < 8:
            self.readings.append(Reading(habit, self.publisher.world.roots[-1]))

    # --- hosts -------------------------------------------------------------------------------------------------------

    @rule(who=NUMBERS, which=NUMBERS, code=st.booleans())
    def honest(self, who: int, which: int, code: bool) -> None:
        reading, question = self._reading(who), self._question(which, code)
        reading.place.show(self.publisher.latest.files)
        seen = reading.seen
        verdict = self._check(reading, question)
        exact = not (reading.habit == "looks_twice" and seen is not None)
        self._must_know(verdict, question, [self.publisher.latest] if exact else self.publisher.published)

    @rule(who=NUMBERS, which=NUMBERS, code=st.booleans(), after=st.integers(0, 12))
    @precondition(lambda self: len(self.publisher.published) > 1)
    def moves_on(self, who: int, which: int, code: bool, after: int) -> None:
        """The publication is replaced between two fetches; nothing that an honest publisher retires is missed yet."""
        reading, question = self._reading(who), self._question(which, code)
        old, new = self.publisher.published[-2:]
        seen = reading.seen
        reading.place.show(old.files, later=new.files, after=after)
        verdict = self._check(reading, question)
        if old.fresh(self.publisher.now) and (seen is None or seen.seq <= old.number):
            states = self.publisher.published if reading.habit == "looks_twice" else [old, new]
            self._must_know(verdict, question, states)

    @rule(who=NUMBERS, which=NUMBERS, code=st.booleans(), back=NUMBERS)
    def stale(self, who: int, which: int, code: bool, back: int) -> None:
        reading = self._reading(who)
        states = self.publisher.published
        reading.place.show(states[-1 - back % len(states)].files)
        self._check(reading, self._question(which, code))

    @rule(who=NUMBERS, which=NUMBERS, code=st.booleans(), picks=PICKS)
    def mixing(self, who: int, which: int, code: bool, picks: Sequence[int]) -> None:
        reading = self._reading(who)
        reading.place.show(hosts.mix(self.publisher.published, picks))
        self._check(reading, self._question(which, code))

    @rule(who=NUMBERS, which=NUMBERS, code=st.booleans(), changes=CHANGES)
    def tampering(self, who: int, which: int, code: bool, changes: Sequence[hosts.Change]) -> None:
        """Files that this very check asks for are altered, or are gone."""
        reading, question = self._reading(who), self._question(which, code)
        files = self.publisher.latest.files
        targets = self._asked(reading, question, files)
        hosts.tamper(files, targets, changes, reading.place)
        self._check(reading, question)

    @rule(who=NUMBERS, which=NUMBERS, back=st.integers(0, 3), status=st.sampled_from([True, True, False]))
    def renaming(self, who: int, which: int, back: int, status: bool) -> None:
        """Old files under the names of new ones."""
        reading, states = self._reading(who), self.publisher.published
        old = states[-1 - back % len(states)]
        reading.place.show(hosts.rename(states[-1], old, status=status))
        questions = [self._question(number, code=False) for number in range(len(self.publisher.world.certificates))]
        telling = [each for each in questions if each.answer(old) is not each.answer(states[-1])] or questions
        self._check(reading, telling[which % len(telling)])

    @rule(who=NUMBERS, which=NUMBERS, back=NUMBERS)
    @precondition(lambda self: bool(self.publisher.stolen))
    def thief(self, who: int, which: int, back: int) -> None:
        """A declared theft helps only against readers who have not heard of it and are shown the old trust list."""
        reading = self._reading(who)
        states = self.publisher.published
        old, seen = states[-1 - back % len(states)], reading.seen
        heard = seen is not None and seen.trust_version >= self.publisher.stolen_version
        reading.place.show(hosts.thief(self.publisher, old, old if heard else self.publisher.latest))
        self._check(reading, self._question(which, code=False))

    @rule(who=NUMBERS, which=NUMBERS)
    def usurper(self, who: int, which: int) -> None:
        reading = self._reading(who)
        files, forged = hosts.usurper(self.publisher)
        reading.place.show(files)
        self._check(reading, self._question(which, code=False))
        self._check(reading, Question(credential=forged))

    # --- forged credentials ------------------------------------------------------------------------------------------

    @rule(who=NUMBERS, which=NUMBERS, bit=NUMBERS, stranger=st.booleans(), forge=st.booleans())
    def forged(self, who: int, which: int, bit: int, stranger: bool, forge: bool) -> None:
        """A stolen credential key rewrites a certificate, a stranger signs one, somebody alters one."""
        reading, certificate = self._reading(who), self._certificate(which)
        signer = Key("a stranger") if stranger else self.publisher.world.credential_key
        unsigned = claims.prepare(replace(certificate.claims, name="李四"), signer.key_id)
        data = bytearray(unsigned.assemble(signer.sign(unsigned.to_be_signed)) if forge else certificate.credential)
        if not forge:
            data[bit // 8 % len(data)] ^= 1 << bit % 8
        reading.place.show(self.publisher.latest.files)
        verdict = self._ask(reading, Question(credential=bytes(data)))
        refusals = {Outcome.NOT_AUTHENTIC, Outcome.INDETERMINATE} | (set() if forge else {Outcome.MALFORMED})
        assert verdict.outcome in refusals, f"a forged credential was {verdict.reason}"

    # --- what must hold ----------------------------------------------------------------------------------------------

    @invariant()
    def memories_never_go_back(self) -> None:
        now = [None if each.habit == "forgets" else each.store.load() for each in self.readings]
        for old, new in zip(self._before, now, strict=False):
            if old is not None:
                assert new is not None
                assert new.seq >= old.seq
                assert new.trust_version >= old.trust_version
                assert new.root_version >= old.root_version
        self._before = now

    def _check(self, reading: Reading, question: Question) -> Verdict:
        states = self._believable(reading)
        verdict = self._ask(reading, question)
        if verdict.outcome is not Outcome.INDETERMINATE:
            allowed = {question.answer(each) for each in states}
            assert verdict.reason in allowed, f"{verdict.reason} was never meant; {sorted(allowed)} were"
        return verdict

    def _believable(self, reading: Reading) -> list[Published]:
        """The states that this reader may answer from: fresh, not older than one it has seen, and shown to it."""
        seen, shown = reading.seen, reading.place.snapshots
        return [
            each
            for each in self.publisher.published
            if each.fresh(self.publisher.now)
            and (seen is None or each.number >= seen.seq)
            and (reading.habit == "looks_twice" or each.files[SNAPSHOT] in shown)
        ]

    def _ask(self, reading: Reading, question: Question) -> Verdict:
        return question.ask(reading.reader(), self.publisher.now)

    def _must_know(self, verdict: Verdict, question: Question, states: Sequence[Published]) -> None:
        now = self.publisher.now
        meant = {question.answer(each) for each in states if each.fresh(now)}
        if not self.publisher.latest.fresh(now):
            meant |= {Reason.PUBLICATION_EXPIRED, Reason.TRUST_EXPIRED}
        assert verdict.reason in meant, f"an honest host was answered {verdict.reason}, {sorted(meant)} was meant"

    def _reading(self, number: int) -> Reading:
        return self.readings[number % len(self.readings)]

    def _certificate(self, number: int) -> Certificate:
        certificates = self.publisher.world.certificates
        return certificates[number % len(certificates)]

    def _question(self, number: int, code: bool) -> Question:
        certificate = self._certificate(number)
        return Question(credential=certificate.credential, code=certificate.check_code if code else None)

    def _asked(self, reading: Reading, question: Question, files: Mapping[str, bytes]) -> list[str]:
        """What an honest check of this question fetches."""
        place = Place()
        place.show(files)
        reader = PublicationReader(place, reading.pinned, store=MemoryStore())
        question.ask(reader, self.publisher.now)
        return sorted(set(place.asked) & set(files)) or sorted(files)
