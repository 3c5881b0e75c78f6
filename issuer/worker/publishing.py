"""The job of the topic ``publish``: what changed of certificates goes out with the next snapshot.

Rules: a certificate whose events no operator ordered is held back and reported; the others go on. A snapshot is renewed
before its end, whether anything changed or not.

    done = PublishingJob.open(opened, turns).publish_changes()
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from credential.errors import CodedError
from credential.filings import VerifiedFilings
from credential.signing import KeyId, KeyUse, Signer
from credential.trustform import KeyState
from issuer.db.outbox import Topic, Work
from issuer.db.sessions import ReadSession
from issuer.home.opened import Opened
from issuer.issuing.first import Ground
from issuer.issuing.proof import prove
from issuer.office.reading import read_operators
from issuer.publishing.chain import published_filings, published_trust
from issuer.publishing.publisher import (
    NOTHING_VOUCHED,
    Published,
    Publisher,
    PublisherKeys,
    PublishingRules,
    Vouched,
)
from issuer.publishing.registered import Registered
from issuer.status.standing import disputes
from issuer.trust.entries import active_key, keys
from issuer.worker.turns import FAULTS, HeldBack, Turns

RENEW_WHEN_LEFT: Final = 3
"""A snapshot is made anew when a third of its life is left: two nights' margin for a day-long one."""


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
    held_back: tuple[HeldBack, ...]


class PublishingJob:
    """Publishes one home's register."""

    def __init__(self, opened: Opened, turns: Turns, publisher: Publisher) -> None:
        self._opened = opened
        self._turns = turns
        self._publisher = publisher

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
        return self._publisher.expires(now=self._opened.clock())

    def publish_changes(self, *, even_without: bool = False) -> Outcome:
        """Publish what changed since the last snapshot; ``even_without`` makes a snapshot in any case.

        Raises:
            ConflictError: ``publisher_running``.
            IssuerError, CredentialError: as ``Publisher.publish``; the work is pending again.
        """
        works = self._turns.take(Topic.PUBLISH)
        try:
            good, held, vouched = self._checked(works)
            published = None
            if good or even_without:
                with self._opened.home.publication.lock():
                    published = self._publisher.publish(
                        [work.object for work in good], now=self._opened.clock(), vouched=vouched
                    )
        except FAULTS as error:
            self._turns.give_back(works, error)
            raise
        left_out = {} if published is None else {each.certificate: each for each in published.left_out}
        self._turns.acknowledge([work for work in good if work.object not in left_out])
        for work in good:
            if work.object in left_out:
                reason = left_out[work.object]
                held.append(self._turns.note(work, reason.code, reason.message))
        if published is not None:
            held += [
                HeldBack(object=each.certificate, code=each.code, message=each.message)
                for each in published.without_face
            ]
            held += self._disputes()
        return Outcome(published=published, held_back=tuple(held))

    def renew_if_needed(self) -> Published | None:
        """Make a new snapshot when the present one is missing, or less than a third of its life is left."""
        expires = self.expires()
        if expires is not None and expires - self._opened.clock() > self._opened.home.lifetime / RENEW_WHEN_LEFT:
            return None
        return self.publish_changes(even_without=True).published

    def _checked(self, works: Sequence[Work]) -> tuple[list[Work], list[HeldBack], Vouched]:
        """Divide work on certificates into what operators stated and what nobody did."""
        if not works:
            return [], [], NOTHING_VOUCHED
        opened = self._opened
        vault = opened.vault
        with opened.register.read() as session:
            found = prove(session, vault, [work.object for work in works], self._ground(session))
        good = [work for work in works if work.object not in found.refused]
        refused = [(work, found.refused[work.object]) for work in works if work.object in found.refused]
        held = [self._turns.note(work, error.code, str(error)) for work, error in refused]
        held += [HeldBack(object=each, code=error.code, message=str(error)) for each, error in found.faceless.items()]
        return good, held, found.vouched

    def _ground(self, session: ReadSession) -> Ground:
        opened, now = self._opened, self._opened.clock()
        store = opened.home.publication
        trust = published_trust(session, store, now=now)
        filings: VerifiedFilings | CodedError
        try:
            filings = published_filings(store, trust)
        except FAULTS as error:
            filings = error
        return Ground(
            operators=read_operators(session, opened),
            trust=trust,
            filings=filings,
            registered=Registered(opened.register, store, trust, now),
            now=now,
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
            )
            for each in found
        ]
