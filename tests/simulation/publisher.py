"""The publisher of the simulation: it acts on a ``World`` and keeps a book of its own of what it meant at each time.

The book is the yardstick. It is written from the acts themselves, never read back from a publication or a history, so
that a fault in the formats cannot hide by being on both sides.

    publisher = Publisher(World())
    certificate = publisher.issue()
    publisher.publish().answer(certificate)        # Reason.IN_FORCE
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from credential.cose import parse
from credential.days import day_of
from credential.history import EventKind
from credential.outcomes import Reason
from tests.support.keys import Key
from tests.support.world import PROVINCE, Certificate, World

SECOND = timedelta(seconds=1)
TRUST_LIFETIME = timedelta(days=365)
RENEW_BEFORE = timedelta(days=2)
"""No honest publisher lets its list end under a snapshot that it has just signed."""
AFTER: Mapping[EventKind, Reason] = {
    EventKind.SUSPENDED: Reason.UNDER_REVIEW,
    EventKind.REINSTATED: Reason.IN_FORCE,
    EventKind.WITHDRAWN: Reason.WITHDRAWN,
    EventKind.CANCELLED: Reason.CANCELLED,
    EventKind.SUPERSEDED: Reason.SUPERSEDED,
}
MAY_FOLLOW: Mapping[EventKind, frozenset[Reason]] = {
    EventKind.SUSPENDED: frozenset({Reason.IN_FORCE}),
    EventKind.REINSTATED: frozenset({Reason.UNDER_REVIEW}),
    EventKind.WITHDRAWN: frozenset({Reason.IN_FORCE, Reason.UNDER_REVIEW, Reason.SUPERSEDED, Reason.CANCELLED}),
    EventKind.CANCELLED: frozenset({Reason.IN_FORCE, Reason.UNDER_REVIEW}),
    EventKind.SUPERSEDED: frozenset({Reason.IN_FORCE, Reason.UNDER_REVIEW}),
    EventKind.ANNOTATED: frozenset(AFTER.values()),
    EventKind.SET_ASIDE: frozenset({Reason.WITHDRAWN}),
    EventKind.ERASED: frozenset({Reason.WITHDRAWN, Reason.CANCELLED, Reason.SUPERSEDED}),
}
"""FORMAT 6, written down a second time."""
DETAILS: Mapping[EventKind, str] = {
    EventKind.SUPERSEDED: "SF2027-00001",
    EventKind.ANNOTATED: "附注",
    EventKind.SET_ASIDE: "SF2027-00002",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One state of the publication, with what the publisher meant by it."""

    number: int
    begins: datetime
    ends: datetime
    """The first instant at which nobody may rely on it any more."""
    root_version: int
    trust_version: int
    files: Mapping[str, bytes]
    meant: Mapping[bytes, Reason]
    """Credential to what its holder is; one that is missing is not registered."""
    keys: frozenset[bytes]
    """Credential keys that the trust list knows."""

    def fresh(self, now: datetime) -> bool:
        """Whether readers may still rely on it."""
        return now < self.ends

    def answer(self, credential: bytes) -> Reason:
        """What a reader of this state answers about ``credential``."""
        if parse(credential, max_bytes=1000).key_id not in self.keys:
            return Reason.UNKNOWN_KEY
        return self.meant.get(credential, Reason.UNREGISTERED)


@dataclass(slots=True)
class Publisher:
    """Whoever means something, and says it."""

    world: World
    published: list[Published] = field(default_factory=list)
    stolen: list[Key] = field(default_factory=list)
    """Publisher keys that were declared compromised, and are in a thief's hands."""
    stolen_version: int = 0
    """The trust list that says so of the last of them."""
    _meant: dict[bytes, Reason] = field(default_factory=dict)
    _signers: dict[bytes, Key] = field(default_factory=dict)
    _registered: dict[bytes, datetime] = field(default_factory=dict)
    _compromised: dict[str, datetime] = field(default_factory=dict)
    _keys: int = 0

    @property
    def now(self) -> datetime:
        return self.world.now

    @property
    def latest(self) -> Published:
        return self.published[-1]

    def sleep(self, span: timedelta) -> None:
        """Let time pass."""
        self.world.now += span

    # --- certificates ------------------------------------------------------------------------------------------------

    def issue(self) -> Certificate:
        """Issue a certificate today for an award of today."""
        self.sleep(SECOND)
        made = self.world.issue(issued_at=self.now, award_date=day_of(self.now))
        self._meant[made.credential] = Reason.IN_FORCE
        self._signers[made.credential] = self.world.credential_key
        self._registered[made.credential] = self.now
        return made

    def may_follow(self, certificate: Certificate) -> list[EventKind]:
        """Which events may follow now; a certificate's history ends after twenty."""
        if len(certificate.history.events) > 20:
            return []
        return sorted(kind for kind, states in MAY_FOLLOW.items() if self._meant[certificate.credential] in states)

    def act(self, certificate: Certificate, kind: EventKind) -> None:
        """Record an event."""
        self.sleep(SECOND)
        detail = DETAILS.get(kind)
        self.world.append(certificate, kind, recorded=self.now, detail=detail, authority=PROVINCE)
        certificate.history_signer = self.world.status_key
        self._meant[certificate.credential] = AFTER.get(kind, self._meant[certificate.credential])

    # --- keys --------------------------------------------------------------------------------------------------------

    def rotate_publisher(self, *, compromised: bool) -> None:
        """Take a new publisher key; the old one ends, or is in a thief's hands."""
        old, self.world.publisher = self.world.publisher, self._new_key("publisher")
        self._retire(old, self.world.publisher, "publisher", None, compromised=compromised)
        if compromised:
            self.stolen.append(old)
            self.stolen_version = self.world.trust.version

    def rotate_status(self, *, compromised: bool) -> None:
        """Take a new status key. Histories by a compromised one are signed anew (FORMAT 12)."""
        old, new = self.world.status_key, self._new_key("status")
        self._retire(old, new, "status", None, compromised=compromised)
        self.world.change_trust(
            status=tuple(replace(each, kids=(new.key_id, old.key_id)) for each in self.world.trust.status)
        )
        self.world.status_key = new
        if compromised:
            for certificate in self.world.certificates:
                certificate.history_signer = new

    def rotate_credential(self, *, compromised: bool, since: timedelta = timedelta(0)) -> None:
        """Take a new credential key; what a compromised one signed since then is good no more."""
        old, self.world.credential_key = self.world.credential_key, self._new_key("credential")
        self.sleep(SECOND)
        when = max(self.now - since, datetime(2026, 1, 1, tzinfo=self.now.tzinfo))
        self._retire(old, self.world.credential_key, "credential", PROVINCE, compromised=compromised, when=when)
        if compromised:
            self._compromised[old.name] = when

    def rotate_root(self, count: int, threshold: int) -> None:
        """Hand over to a new set in the order of FORMAT 8.1: the list by both sets, its snapshot, the set.

        The next ``publish`` shows the set.
        """
        keys = [self._new_key("root") for _ in range(count)]
        before = list(self.world.root_signers)[-3:]
        container = self.world.add_root(keys, threshold=min(threshold, count), signers=[*before, *keys])
        self.world.root_signers = [*before, *keys]
        self.world.change_trust()
        self.world.roots.pop()
        self.publish()
        self.world.roots.append(container)

    # --- publication -------------------------------------------------------------------------------------------------

    def renew_trust(self) -> None:
        """Sign the trust list anew for a year."""
        self.world.change_trust(iat=self.now, exp=self.now + TRUST_LIFETIME)

    def publish(self, lifetime: timedelta = timedelta(hours=24)) -> Published:
        """Publish what is meant now."""
        self.sleep(SECOND)
        if self.world.trust.exp - self.now < RENEW_BEFORE + lifetime:
            self.renew_trust()
        files = self.world.publish(exp=self.now + lifetime)
        state = Published(
            number=self.world.seq,
            begins=self.now,
            ends=min(self.now + timedelta(hours=24), self.now + lifetime, self.world.trust.exp),
            root_version=len(self.world.roots),
            trust_version=self.world.trust.version,
            files=files,
            meant={credential: self._answer(credential) for credential in self._meant},
            keys=frozenset(each.key.key_id for each in self.world.trust.keys if each.use == "credential"),
        )
        self.published.append(state)
        return state

    def _answer(self, credential: bytes) -> Reason:
        since = self._compromised.get(self._signers[credential].name)
        good = since is None or self._registered[credential] < since
        return self._meant[credential] if good else Reason.KEY_NOT_GOOD

    def _new_key(self, use: str) -> Key:
        self._keys += 1
        return Key(f"simulated {use} {self._keys}")

    def _retire(
        self,
        old: Key,
        new: Key,
        use: str,
        authority: str | None,
        *,
        compromised: bool,
        when: datetime | None = None,
    ) -> None:
        self.sleep(SECOND)
        if compromised:
            self.world.change_key(old, state="compromised", compromised_since=when or self.now)
        else:
            self.world.change_key(old, state="ended", ends=self.now)
        self.world.add_key(new, use, authority)
