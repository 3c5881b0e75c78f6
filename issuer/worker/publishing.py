"""The job of the topic ``publish``: what changed of certificates goes out with the next snapshot.

Rules: a certificate whose events no operator ordered is held back and reported; the others go on. What changed is found
from the events, and what nobody said to have changed is looked at too: some each time, all within a day. A snapshot is
renewed before its end, whether anything changed or not.

    done = PublishingJob.open(opened, turns).publish_changes()
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Self

from credential.errors import CodedError
from credential.filings import VerifiedFilings
from credential.signing import KeyUse, Signer
from credential.trustform import KeyState
from issuer.backup.journal import settle
from issuer.backup.lost import require_settled
from issuer.crew import Crew, members_for
from issuer.db import certificates, outbox, publications
from issuer.db.outbox import RETAKE_SECONDS, Topic, Work
from issuer.db.sessions import ReadSession
from issuer.documents.face import design_of
from issuer.errors import TamperedError
from issuer.home.opened import Opened
from issuer.issuing.first import Anchors
from issuer.issuing.news import Kit
from issuer.issuing.proof import Found, prove
from issuer.office.reading import read_operators
from issuer.publishing import kept
from issuer.publishing.chain import published_filings, published_trust
from issuer.publishing.footing import Footing, Passed
from issuer.publishing.ground import Ground
from issuer.publishing.looking import AT_RANDOM, Difference, due_ids, random_ids
from issuer.publishing.named import named_key
from issuer.publishing.publisher import Published, Publisher, PublisherKeys, PublishingRules
from issuer.publishing.registered import Registered
from issuer.publishing.signing import Kit as SigningKit
from issuer.publishing.signing import Unpublished
from issuer.publishing.taking import make_whole
from issuer.status.complete import statements_without_events
from issuer.status.erasing import erase_due
from issuer.status.standing import disputes
from issuer.trust.entries import keys
from issuer.worker.rounds import Rounds
from issuer.worker.turns import FAULTS, HeldBack, Turns
from issuer.worker.urgent import Urgent
from templates.loader import load_design

PIECE: Final = 5_000
"""Certificates that are published together at least, while a long list is issued."""
_PIECES: Final = 8
"""A piece is at least such a part of the register."""
ALONE_BESIDE: Final = 100
"""Beside more changes than these, those of status go out first, in a snapshot of their own."""
RENEW_WHEN_LEFT: Final = 3
"""A snapshot is made anew when a third of its life is left: two nights' margin for a day-long one."""
WALK_EVERY: Final = timedelta(minutes=1)
"""A running worker's walk takes small steps; a command takes what is due since the last one."""
LOOK_EVERY: Final = timedelta(minutes=1)
"""How often it is asked between two pieces of long work whether the snapshot is to be renewed."""
RETRY: Final = timedelta(seconds=RETAKE_SECONDS)
"""How long a certificate that was held back is left alone, unless new work names it."""


def _held(errors: Mapping[str, CodedError]) -> list[HeldBack]:
    return [
        HeldBack(object=each, code=error.code, message=str(error), fields=error.fields)
        for each, error in errors.items()
    ]


def _held_back(each: Unpublished | Difference) -> HeldBack:
    return HeldBack(object=each.certificate, code=each.code, message=each.message, fields=each.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one publication did."""

    published: Published | None
    held_back: tuple[HeldBack, ...] = ()
    """Everything that a person should know: what was refused, and what somebody altered."""
    refused: frozenset[str] = frozenset()
    """The certificates (ids) whose change did not go out."""
    touched: tuple[str, ...] = ()
    """The certificates (ids) that were published anew."""


_NOTHING: Final = Outcome(published=None)


def _outcome(
    published: Published | None, told: Sequence[HeldBack], refused: Sequence[HeldBack], touched: Sequence[str] = ()
) -> Outcome:
    """Each object with each code once: what was looked at and what was refused may be the same."""
    once = {(each.object, each.code): each for each in (*refused, *told)}
    not_out = frozenset(each.object for each in refused)
    return Outcome(
        published=published,
        held_back=tuple(once.values()),
        refused=not_out,
        touched=tuple(each for each in touched if each not in not_out),
    )


def _nobody() -> None:
    """Let nobody go first."""


def _both(*outcomes: Outcome | None) -> Outcome:
    """What several publications did, told as one: the newest snapshot, and everything that was held back."""
    done = [each for each in outcomes if each is not None]
    held = {(each.object, each.code): each for outcome in done for each in outcome.held_back}
    published = [each.published for each in done if each.published is not None]
    return Outcome(
        published=published[-1] if published else None,
        held_back=tuple(held.values()),
        refused=frozenset().union(*(each.refused for each in done)),
        touched=tuple(dict.fromkeys(each for outcome in done for each in outcome.touched)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Anew:
    """What laying out everything anew found and did."""

    difference: TamperedError | None
    """How the folder differs from what was published last; None when it is as it was left."""
    certificates: int
    held_back: tuple[HeldBack, ...]
    """What in the register has no proof. While there is any, nothing is laid out."""
    published: Published | None


class PublishingJob:
    """Publishes one home's register."""

    def __init__(self, opened: Opened, turns: Turns, publisher: Publisher, rounds: Rounds, status: Signer) -> None:
        self._opened = opened
        self._status = status
        self.rounds = rounds
        self._turns = turns
        self._publisher = publisher
        self._held: dict[str, datetime] = {}
        self._asked: datetime | None = None
        self._step: Callable[[int, int], None] | None = None
        self._asked_erasures = False
        self._hold_on: Callable[[], None] = lambda: None
        self.urgent = Urgent(opened.register)
        self._meanwhile: list[Outcome] = []
        """What went out while something else was made, and was not told yet."""

    @classmethod
    def open(cls, opened: Opened, turns: Turns) -> Self:
        """Open the status and publisher keys. Raises NotFoundError ``no_key`` and what the custody raises."""

        def signer(use: KeyUse) -> Signer:
            with opened.register.read() as session:
                key_id = named_key(session, opened.home.publication, use, now=opened.clock())
            return opened.custody.signer(use, key_id)

        settings = opened.home.settings
        keys = PublisherKeys(status=signer(KeyUse.STATUS), publisher=signer(KeyUse.PUBLISHER))
        publisher = Publisher(
            opened.register,
            opened.home.publication,
            keys,
            PublishingRules(deployment=settings.deployment, lifetime=opened.home.lifetime),
            before_placing=partial(settle, opened),
        )
        return cls(opened, turns, publisher, Rounds(opened, keys.publisher), keys.status)

    def expires(self) -> datetime | None:
        """Return when the present snapshot ends, or None when the one in the folder is not the last we made."""
        return self._publisher.expires()

    def publish_changes(self, *, even_without: bool = False, urgent: bool = False) -> Outcome:
        """Publish what changed since the last snapshot.

        Args:
            even_without: makes a snapshot in any case.
            urgent: only what changed of certificates that are public; new ones wait for the next time.

        What changed is found from the events that went out with no snapshot yet; the outbox only says that there is
        work. Some other certificates are looked at with it.

        Raises:
            ConflictError: ``publisher_running``.
            IssuerError, CredentialError: as ``Publisher.stand`` and ``Publisher.publish``; the work is pending again.
        """
        first = None if urgent else self._urgent_first()
        outcome = self._publish_pending(even_without=even_without, urgent=urgent)
        outcome = _both(first, *self._meanwhile, outcome)
        self._meanwhile.clear()
        if not self._erase(outcome):
            return outcome
        later = self._publish_pending(even_without=False, urgent=False)
        held = (*outcome.held_back, *later.held_back)
        return replace(outcome, published=later.published or outcome.published, held_back=held)

    def _erase(self, outcome: Outcome) -> bool:
        """Delete what could be read about the people whose erasure is public now; asked once of every process too.

        Returns:
            Whether somebody was erased, so that what was published of them goes.
        """
        if self._asked_erasures and not outcome.touched:
            return False
        self._asked_erasures = True
        now, documents = self._opened.clock(), self._opened.home.documents
        return bool(erase_due(self._opened.register, documents=documents, now=now))

    def _urgent_first(self) -> Outcome | None:
        """Publish changes of status alone that wait beside many new certificates; None where that is nothing."""
        with self._opened.register.read() as session:
            if not outbox.urgent_waits(session) or outbox.count_changes(session) <= ALONE_BESIDE:
                return None
        return self._publish_pending(even_without=False, urgent=True)

    def _publish_pending(self, *, even_without: bool, urgent: bool) -> Outcome:
        works = self._turns.take(Topic.PUBLISH, urgent=urgent)
        try:
            changed = self._changed(works, urgent=urgent)
            if not (changed or even_without or self._is_unfinished()):
                self._turns.acknowledge(works)
                return _NOTHING
            with self._opened.home.publication.lock():
                self._make_whole()
                ground = self._publisher.stand(now=self._opened.clock())
                told = () if ground is None else self._publisher.look(ground, self._sample())
                footing = Footing(ground, _nobody if urgent else self._give_way)
                outcome = self._publish(footing, changed, told, even_without=even_without, urgent=urgent)
        except FAULTS as error:
            self._turns.give_back(works, error)
            raise
        self._settle(works, outcome)
        return outcome

    def _give_way(self) -> Passed | None:
        """Publish a change of status that came meanwhile, in a snapshot of its own; what is being made waits.

        Raises:
            As ``publish_changes``; then nothing of what is being made goes out either.
        """
        if not self.urgent.waits():
            return None
        works = self._turns.take(Topic.PUBLISH, urgent=True)
        try:
            footing = Footing(self._publisher.stand(now=self._opened.clock()))
            ids = [work.object for work in works]
            outcome = self._publish(footing, ids, (), even_without=False, urgent=True)
            ground = self._publisher.stand(now=self._opened.clock())
        except FAULTS as error:
            self._turns.give_back(works, error)
            raise
        self._settle(works, outcome)
        self._meanwhile.append(outcome)
        return None if ground is None else Passed(ground, outcome.touched)

    def show(self, step: Callable[[int, int], None]) -> None:
        """Tell how many of the certificates that go out are signed, of how many."""

        def told(done: int, total: int) -> None:
            self._hold_on()
            step(done, total)

        self._step = told
        self._publisher.show(told)

    def hold_on(self, renew: Callable[[], None]) -> None:
        """Call this while certificates are signed: whoever publishes for long says that it is at work."""
        self._hold_on = renew
        self.show(lambda _done, _total: None)

    def piece(self) -> int:
        """Return how many new certificates are worth a snapshot of their own while more are being issued.

        A snapshot touches nearly every shard then, so its cost is the register's: pieces grow with that, and all of
        them together cost a few times what one snapshot at the end would.
        """
        with self._opened.register.read() as session:
            return max(PIECE, publications.published_records(session) // _PIECES)

    def walk(self) -> Outcome:
        """Look at the certificates that are due since the walk last went on, and publish those that differ.

        Raises:
            As ``publish_changes``.
        """
        now = self._opened.clock()
        with self._opened.register.read() as session:
            since = publications.walked(session)
            if since is not None and timedelta(0) <= now - since < WALK_EVERY:
                return _NOTHING
            due = due_ids(session, since, now)
        with self._opened.home.publication.lock():
            self._make_whole()
            ground = self._publisher.stand(now=now)
            if ground is None:
                return _NOTHING
            footing = Footing(ground, self._give_way)
            outcome = self._publish(footing, (), self._publisher.look(ground, due), even_without=False)
        with self._opened.register.write() as session:
            publications.note_walk(session, now=now)
        return outcome

    def renew_if_needed(self) -> Outcome:
        """Make a new snapshot when the present one is missing, or less than a third of its life is left."""
        expires = self.expires()
        if expires is not None and expires - self._opened.clock() > self._opened.home.lifetime / RENEW_WHEN_LEFT:
            return _NOTHING
        return self.publish_changes(even_without=True)

    def is_to_look(self) -> bool:
        """Whether it is a minute since somebody asked this, whose work is long: then the snapshot may be old.

        Where there is none yet, there is none to renew: a list that goes out first goes out whole.
        """
        now = self._opened.clock()
        if self._asked is not None and timedelta(0) <= now - self._asked < LOOK_EVERY:
            return False
        self._asked = now
        with self._opened.register.read() as session:
            return publications.last_confirmed(session) is not None

    def lay_out_anew(self, *, act: bool) -> Anew:
        """Lay out the whole publication from the register, after every proof; without ``act`` only say what is found.

        Raises:
            TamperedError: ``register_behind``, ``audit_altered``, ``trust_rollback``, ``history_shortened``.
            ConflictError: ``publisher_running``.
        """
        with self._opened.home.publication.lock():
            difference = self._first_difference()
            with self._opened.register.read() as session:
                ids = [each.id for each in certificates.for_publication(session)]
                operators = read_operators(session, self._opened)
                missing = statements_without_events(session, operators)
            proven = self._proven(Footing(None), ids, compare=False)
            held = [HeldBack(object="-", code="no_event", message=message) for message in missing]
            held += [*_held(proven.refused), *_held(proven.faceless)]
            found = Anew(difference=difference, certificates=len(ids), held_back=tuple(held), published=None)
            if not act or held:
                return found
            self._require_settled()
            self._make_whole(anew=True)
            now = self._opened.clock()
            return replace(found, published=self._publisher.publish(None, proven.good, now=now, vouched=proven.vouched))

    def _require_settled(self) -> None:
        """After a restoration without a journal nothing is published that the public saw otherwise."""
        with self._opened.register.read() as session:
            require_settled(session)

    def _first_difference(self) -> TamperedError | None:
        try:
            kept.check(self._opened.register, self._opened.home.publication)
            ground = self._publisher.stand(now=self._opened.clock())
            if ground is not None:
                self._publisher.check_whole(ground)
        except TamperedError as error:
            if error.code != "publication_altered":
                raise
            return error
        return None

    def _make_whole(self, *, anew: bool = False) -> None:
        """What the root signed is there again before anything is published under it, whatever the folder lost."""
        home, now = self._opened.home, self._opened.clock()
        make_whole(self._opened.register, home.publication, home.trust_root, now=now, anew=anew)

    def _changed(self, works: Sequence[Work], *, urgent: bool) -> list[str]:
        """The certificates with events that are not out, and those that work names; what was held back waits a bit."""
        named, now = {work.object for work in works}, self._opened.clock()
        with self._opened.register.read() as session:
            found = set(publications.unpublished(session, urgent=urgent))
            found.update(publications.signed_by(session, self._stolen(session)))
        waiting = {each for each, since in self._held.items() if timedelta(0) <= now - since < RETRY}
        return sorted(named | (found - waiting))

    def _stolen(self, session: ReadSession) -> list[bytes]:
        """The status keys that are compromised: readers believe nothing that they signed, so all of it is signed anew.

        As soon as the key that is to sign stands in the published list, which is when this job was opened with it.
        """
        found: list[bytes] = [
            each.key.key_id for each in keys(session, use=KeyUse.STATUS) if each.state is KeyState.COMPROMISED
        ]
        return [] if self._status.key_id in found else found

    def _is_unfinished(self) -> bool:
        """Whether a killed run made a snapshot that it did not place."""
        with self._opened.register.read() as session:
            return publications.is_unfinished(session)

    def _sample(self) -> list[str]:
        with self._opened.register.read() as session:
            return random_ids(session, AT_RANDOM, secrets.token_bytes)

    def _publish(
        self,
        footing: Footing,
        changed: Collection[str],
        told: Sequence[Difference],
        *,
        even_without: bool,
        urgent: bool = False,
    ) -> Outcome:
        """Publish what is proven of what changed and of what was found to differ."""
        now, ground = self._opened.clock(), footing.ground
        self._publisher.check_keys(now=now)
        held = [_held_back(each) for each in told]
        wanted = {*changed, *(each.certificate for each in told if each.goes_out)}
        found = self._proven(footing, self._publisher.in_order(footing, wanted), signer=self._status)
        refused, unsaid = _held(found.refused), _held(found.faceless)
        expired = ground is not None and ground.content.exp <= now
        if not (found.good or even_without or expired):
            return _outcome(None, held, refused)
        self._require_settled()
        held += self.rounds.look(found.good, may_wait=urgent)
        published = self._publisher.publish(footing, found.good, now=now, vouched=found.vouched, known_only=urgent)
        refused += [_held_back(each) for each in published.left_out]
        self._held |= {each.object: now for each in refused}
        held += [*unsaid, *self._disputes()]
        return _outcome(published, held, refused, found.good)

    def _settle(self, works: Sequence[Work], outcome: Outcome) -> None:
        """Acknowledge what went out; what was refused keeps its reason, and is tried again after a while."""
        reasons = {each.object: each for each in outcome.held_back if each.object in outcome.refused}
        self._turns.acknowledge([work for work in works if work.object not in reasons])
        for work in works:
            if work.object in reasons:
                self._turns.note(work, reasons[work.object].code, reasons[work.object].message)

    def _proven(
        self, footing: Footing, ids: Sequence[str], *, compare: bool = True, signer: Signer | None = None
    ) -> Found:
        """Divide certificates into those that operators stated, with all that happened to them, and others.

        What is new and proven is signed at once, where there is a signer.
        """
        if not ids:
            return Found()
        vault = self._opened.vault  # its passphrase is asked for before the register is read
        with self._opened.register.read() as session:
            anchors = self._anchors(session, footing.ground, compare=compare)
            signing = None if signer is None else SigningKit(signer=signer, trust=anchors.trust)
            kit = Kit(vault=vault, anchors=anchors, design=design_of(load_design()), signing=signing)
            with Crew(kit, members_for(len(ids))) as crew:
                return prove(session, vault, ids, anchors, crew, step=self._step, between=footing.look)

    def _anchors(self, session: ReadSession, ground: Ground | None, *, compare: bool) -> Anchors:
        store, now = self._opened.home.publication, self._opened.clock()
        trust = published_trust(session, store, now=now, compare=compare)
        filings: VerifiedFilings | CodedError
        try:
            filings = published_filings(kept.Kept.within(session, store, compare=compare), trust)
        except FAULTS as error:
            filings = error
        return Anchors(
            operators=read_operators(session, self._opened),
            trust=trust,
            filings=filings,
            registered=Registered(ground, trust),
            now=now,
            acts_alone=self._opened.home.settings.acts_alone,
        )

    def _disputes(self) -> list[HeldBack]:
        with self._opened.register.read() as session:
            found = disputes(session)
        return [
            HeldBack(
                object=each.number,
                code="state_differs",
                message=(
                    f"certificate {each.number} is {each.column.word} in the register, but its events end at "
                    f"{each.events.word}, and that is what is published; compare the register with a backup"
                ),
                fields={"number": each.number},
            )
            for each in found
        ]
