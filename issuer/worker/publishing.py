"""The job of the topic ``publish``: what changed of certificates goes out with the next snapshot.

Rules: a certificate whose events no operator ordered is held back and reported; the others go on. What changed is found
from the events, and what nobody said to have changed is looked at too: some each time, all within a day. A snapshot is
renewed before its end, whether anything changed or not.

    done = PublishingJob.open(opened, turns).publish_changes()
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

from credential.signing import KeyId, KeyUse, Signer
from credential.trustform import KeyState
from issuer.db import certificates, publications
from issuer.db.outbox import RETAKE_SECONDS, Topic, Work
from issuer.errors import TamperedError
from issuer.home.opened import Opened
from issuer.office.reading import read_operators
from issuer.publishing.chain import published_trust
from issuer.publishing.ground import Ground
from issuer.publishing.looking import SAMPLE, Difference, due_ids, random_ids
from issuer.publishing.publisher import Published, Publisher, PublisherKeys, PublishingRules, Unpublished
from issuer.status.apply import verify_events
from issuer.status.complete import statements_without_events
from issuer.status.standing import certificates_with_changes, disputes
from issuer.trust.entries import active_key, keys
from issuer.worker.turns import FAULTS, HeldBack, Turns

RENEW_WHEN_LEFT: Final = 3
"""A snapshot is made anew when a third of its life is left: two nights' margin for a day-long one."""
WALK_EVERY: Final = timedelta(minutes=1)
"""A running worker's walk takes small steps; a command takes what is due since the last one."""
RETRY: Final = timedelta(seconds=RETAKE_SECONDS)
"""How long a certificate that was held back is left alone, unless new work names it."""


def _held_back(each: Unpublished) -> HeldBack:
    return HeldBack(object=each.certificate, code=each.code, message=each.message)


def _named_key(opened: Opened, use: KeyUse) -> KeyId:
    """The newest active key that the published trust list names: one just added waits until the root has signed."""
    with opened.register.read() as session:
        newest = active_key(session, use=use, authority=None).key.key_id
        try:
            trust = published_trust(session, opened.home.publication, now=opened.clock())
        except FAULTS:
            # Nothing is published yet, or what is wrong with it is said when something is to be published.
            return newest
        active = [each.key.key_id for each in keys(session, use=use) if each.state is KeyState.ACTIVE]
    return next((key_id for key_id in reversed(active) if trust.find_key(key_id) is not None), newest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one publication did."""

    published: Published | None
    held_back: tuple[HeldBack, ...] = ()
    """Everything that a person should know: what was refused, and what somebody altered."""
    refused: frozenset[str] = frozenset()
    """The certificates (ids) whose change did not go out."""


_NOTHING: Final = Outcome(published=None)


def _outcome(published: Published | None, told: Sequence[HeldBack], refused: Sequence[HeldBack]) -> Outcome:
    """Each object with each code once: what was looked at and what was refused may be the same."""
    once = {(each.object, each.code): each for each in (*told, *refused)}
    return Outcome(
        published=published, held_back=tuple(once.values()), refused=frozenset(each.object for each in refused)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Anew:
    """What laying out everything anew found and did."""

    difference: str | None
    """How the folder differs from what was published last; None when it is as it was left."""
    certificates: int
    held_back: tuple[HeldBack, ...]
    """What in the register has no proof. While there is any, nothing is laid out."""
    published: Published | None


class PublishingJob:
    """Publishes one home's register."""

    def __init__(self, opened: Opened, turns: Turns, publisher: Publisher) -> None:
        self._opened = opened
        self._turns = turns
        self._publisher = publisher
        self._held: dict[str, datetime] = {}

    @classmethod
    def open(cls, opened: Opened, turns: Turns) -> Self:
        """Open the status and publisher keys. Raises NotFoundError ``no_key`` and what the custody raises."""

        def signer(use: KeyUse) -> Signer:
            return opened.custody.signer(use, _named_key(opened, use))

        settings = opened.home.settings
        publisher = Publisher(
            opened.register,
            opened.home.publication,
            PublisherKeys(status=signer(KeyUse.STATUS), publisher=signer(KeyUse.PUBLISHER)),
            PublishingRules(deployment=settings.deployment, lifetime=opened.home.lifetime),
        )
        return cls(opened, turns, publisher)

    def expires(self) -> datetime | None:
        """Return when the present snapshot ends, or None when the one in the folder is not the last we made."""
        return self._publisher.expires()

    def publish_changes(self, *, even_without: bool = False) -> Outcome:
        """Publish what changed since the last snapshot; ``even_without`` makes a snapshot in any case.

        What changed is found from the events that went out with no snapshot yet; the outbox only says that there is
        work. Some other certificates are looked at with it.

        Raises:
            ConflictError: ``publisher_running``.
            IssuerError, CredentialError: as ``Publisher.stand`` and ``Publisher.publish``; the work is pending again.
        """
        works = self._turns.take(Topic.PUBLISH)
        try:
            changed = self._changed(works)
            if not changed and not even_without:
                self._turns.acknowledge(works)
                return _NOTHING
            with self._opened.home.publication.lock():
                ground = self._publisher.stand(now=self._opened.clock())
                told = () if ground is None else self._publisher.look(ground, self._sample())
                outcome = self._publish(ground, changed, told, even_without=even_without)
        except FAULTS as error:
            self._turns.give_back(works, error)
            raise
        self._settle(works, outcome)
        return outcome

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
            ground = self._publisher.stand(now=now)
            if ground is None:
                return _NOTHING
            outcome = self._publish(ground, (), self._publisher.look(ground, due), even_without=False)
        with self._opened.register.write() as session:
            publications.note_walk(session, now=now)
        return outcome

    def renew_if_needed(self) -> Outcome:
        """Make a new snapshot when the present one is missing, or less than a third of its life is left."""
        expires = self.expires()
        if expires is not None and expires - self._opened.clock() > self._opened.home.lifetime / RENEW_WHEN_LEFT:
            return _NOTHING
        return self.publish_changes(even_without=True)

    def lay_out_anew(self, *, act: bool) -> Anew:
        """Lay out the whole publication from the register, after every proof; without ``act`` only say what is found.

        Raises:
            TamperedError: ``register_behind``, ``audit_altered``; ``not_proven``: something in the register has no
                proof, and nothing was done.
            ConflictError: ``publisher_running``.
        """
        with self._opened.home.publication.lock():
            difference = self._first_difference()
            with self._opened.register.read() as session:
                ids = [each.id for each in certificates.for_publication(session)]
                operators = read_operators(session, self._opened)
                missing = statements_without_events(session, operators)
            good, held = self._checked(ids)
            held = [HeldBack(object="-", code="no_event", message=message) for message in missing] + held
            found = Anew(difference=difference, certificates=len(ids), held_back=tuple(held), published=None)
            if not act or held:
                return found
            return replace(found, published=self._publisher.publish(None, good, now=self._opened.clock()))

    def _first_difference(self) -> str | None:
        try:
            ground = self._publisher.stand(now=self._opened.clock())
            if ground is not None:
                self._publisher.check_whole(ground)
        except TamperedError as error:
            if error.code != "publication_altered":
                raise
            return str(error)
        return None

    def _changed(self, works: Sequence[Work]) -> list[str]:
        """The certificates with events that are not out, and those that work names; what was held back waits a bit."""
        named, now = {work.object for work in works}, self._opened.clock()
        with self._opened.register.read() as session:
            found = set(publications.unpublished(session))
        waiting = {each for each, since in self._held.items() if timedelta(0) <= now - since < RETRY}
        return sorted(named | (found - waiting))

    def _sample(self) -> list[str]:
        with self._opened.register.read() as session:
            return random_ids(session, SAMPLE, secrets.token_bytes)

    def _publish(
        self, ground: Ground | None, changed: Collection[str], told: Sequence[Difference], *, even_without: bool
    ) -> Outcome:
        """Publish what is proven of what changed and of what was found to differ."""
        now = self._opened.clock()
        held = [HeldBack(object=each.certificate, code=each.code, message=each.message) for each in told]
        good, refused = self._checked(sorted({*changed, *(each.certificate for each in told if each.goes_out)}))
        expired = ground is not None and ground.content.exp <= now
        if not (good or even_without or expired):
            return _outcome(None, held, refused)
        published = self._publisher.publish(ground, good, now=now)
        refused += [_held_back(each) for each in published.left_out]
        self._held |= {each.object: now for each in refused}
        held += [*map(_held_back, published.without_face), *self._disputes()]
        return _outcome(published, held, refused)

    def _settle(self, works: Sequence[Work], outcome: Outcome) -> None:
        """Acknowledge what went out; what was refused keeps its reason, and is tried again after a while."""
        reasons = {each.object: each for each in outcome.held_back if each.object in outcome.refused}
        self._turns.acknowledge([work for work in works if work.object not in reasons])
        for work in works:
            if work.object in reasons:
                self._turns.note(work, reasons[work.object].code, reasons[work.object].message)

    def _checked(self, ids: Sequence[str]) -> tuple[list[str], list[HeldBack]]:
        """Divide certificates into those whose every event is proven and those that nobody ordered."""
        if not ids:
            return [], []
        opened, good, held = self._opened, [], []
        with opened.register.read() as session:
            operators = read_operators(session, opened)
            trust = published_trust(session, opened.home.publication, now=opened.clock())
            grown = certificates_with_changes(session, ids)
            for each in ids:
                try:
                    if each in grown:
                        verify_events(session, opened.vault, grown[each], operators, trust)
                    good.append(each)
                except FAULTS as error:
                    held.append(HeldBack(object=each, code=error.code, message=str(error)))
        return good, held

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
            )
            for each in found
        ]
