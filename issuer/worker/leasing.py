"""The leases of one process: taken, held on to while the work goes on, finished or given back.

Rules: what was taken is written through the register that came with it, which refuses a late writer. Before half of its
time is over, a lease is renewed. What a process had taken that has ended, on this home, is free at once.

    leasing = Leasing(opened, present.owner)
    while held := leasing.take(Topic.ISSUE, batch, request):
        with held.register.write() as session: ...
        held.finish()
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from issuer.db import leases
from issuer.db.again import again
from issuer.db.leases import LEASE, Lease, LeasedRegister, LeaseLostError
from issuer.db.outbox import Topic
from issuer.db.sessions import Register
from issuer.home.opened import Clock, Custody, Opened
from issuer.home.paths import Home
from issuer.vault import Vault
from issuer.worker import presence


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A piece of work that this process has."""

    lease: Lease
    register: Register
    """Writes only as long as the piece is this process's."""
    finish: Callable[[], None] = field(repr=False)
    """Says that the piece is done. Raises LeaseLostError."""
    give_back: Callable[[], None] = field(repr=False)
    """Lets it go; it is not done."""


class LeasedHome:
    """A home as the holder of a lease sees it: it writes only as long as the piece is its own. It satisfies Opened."""

    def __init__(self, opened: Opened, register: LeasedRegister) -> None:
        self._opened = opened
        self.register = register

    @property
    def home(self) -> Home:
        """As the home."""
        return self._opened.home

    @property
    def vault(self) -> Vault:
        """As the home's."""
        return self._opened.vault

    @property
    def custody(self) -> Custody:
        """As the home's."""
        return self._opened.custody

    @property
    def clock(self) -> Clock:
        """As the home's."""
        return self._opened.clock


class Leasing:
    """What one process has taken."""

    def __init__(self, opened: Opened, owner: str = "") -> None:
        """Take a home, and the name that this process has in it (``Presence``)."""
        self._opened = opened
        self._owner = owner or presence.new_name()
        self._held: dict[tuple[str, str, int], Lease] = {}

    @again
    def lay_out(self, topic: Topic, object: str, *, rows: int, size: int) -> None:
        """Cut an object into pieces of ``size`` rows, where nobody has yet."""
        with self._opened.register.read() as session:
            if leases.is_laid_out(session, topic=topic, object=object):
                return
        with self._opened.register.write() as session:
            leases.lay_out(session, topic=topic, object=object, rows=rows, size=size)

    def is_free(self, topic: Topic, object: str, request: int) -> bool:
        """Whether there is a piece to take; a piece is asked for by the newest request (``outbox.id``)."""
        now = self._opened.clock()
        with self._opened.register.read() as session:
            return leases.is_free(session, topic=topic, object=object, request=request, now=now)

    def is_done(self, topic: Topic, object: str, request: int) -> bool:
        """Whether all pieces are done for a request, whoever did them."""
        with self._opened.register.read() as session:
            return leases.is_done(session, topic=topic, object=object, request=request)

    @again
    def pass_over(self, topic: Topic, object: str, request: int, is_empty: Callable[[int, int], bool]) -> None:
        """Say of pieces with nothing to do that they are done for a request, unless somebody has them.

        ``is_empty``: asked for the first position of a piece, and the one behind its last.
        """
        with self._opened.register.read() as session:
            left = leases.left(session, topic=topic, object=object, request=request)
        empty = [each.piece for each in left if is_empty(each.first, each.last)]
        if empty:
            with self._opened.register.write() as session:
                leases.pass_over(session, topic=topic, object=object, pieces=empty, request=request)

    @again
    def take(self, topic: Topic, object: str, request: int, *, alone: bool = False) -> Held | None:
        """Take the next piece that is free; None when there is none.

        ``alone``: only while no other process has a piece of the object.
        """
        now = self._opened.clock()
        with self._opened.register.write() as session:
            lease = leases.take(
                session, topic=topic, object=object, request=request, owner=self._owner, now=now, alone=alone
            )
        return None if lease is None else self._hold(lease, request)

    def renew(self) -> None:
        """Hold on to what half of its time is over of; whoever lost a piece is told where it is written."""
        now = self._opened.clock()
        for key, lease in list(self._held.items()):
            if now < lease.until - LEASE / 2:
                continue
            with suppress(LeaseLostError), self._opened.register.write() as session:
                leases.keep(session, lease, now=now)
                self._held[key] = replace(lease, until=now + LEASE)

    def give_back(self, topic: Topic | None = None, object: str | None = None) -> None:
        """Let go what is not done, of one object or of all."""
        keys = [key for key in self._held if object is None or key[:2] == (topic, object)]
        held = [self._held.pop(key) for key in keys]
        if held:
            with self._opened.register.write() as session:
                leases.give_back(session, held)

    def take_over(self, topic: Topic) -> LeasedHome:
        """Take the one piece of a topic from whoever has it; for a process that knows by a lock that it may."""
        lease = self._taken_over(topic)
        return LeasedHome(self._opened, LeasedRegister(self._opened.register, lease, self._opened.clock))

    def take_over_again(self, home: LeasedHome) -> None:
        """As ``take_over``, for a home that had the piece before."""
        home.register.lease = self._taken_over(Topic(home.register.lease.topic))

    def _taken_over(self, topic: Topic) -> Lease:
        with self._opened.register.write() as session:
            lease = leases.take_over(session, topic=topic, owner=self._owner, now=self._opened.clock())
        self._held[lease.topic, lease.object, lease.piece] = lease
        return lease

    def free_ended(self) -> None:
        """Free what processes of this home had taken that have ended."""

        @again
        def free(owners: Sequence[str]) -> None:
            with self._opened.register.write() as session:
                leases.free(session, owners)

        presence.ended(self._opened.home, free)

    def _hold(self, lease: Lease, request: int) -> Held:
        key = (lease.topic, lease.object, lease.piece)
        self._held[key] = lease
        register = LeasedRegister(self._opened.register, lease, self._opened.clock)

        def finish() -> None:
            self._held.pop(key, None)
            with self._opened.register.write() as session:
                leases.finish(session, lease, request=request)

        def give_back() -> None:
            self._held.pop(key, None)
            with self._opened.register.write() as session:
                leases.give_back(session, [lease])

        return Held(lease=lease, register=register, finish=finish, give_back=give_back)
