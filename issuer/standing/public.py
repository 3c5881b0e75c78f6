"""Checks of what is public and of the work for it: the snapshot, a stranger's look, the worker, what waits, walks.

Rules: what a stranger finds comes from the ``Checker``, which reads the published files and the pinned root, and
nothing that the register knows.

    list(snapshot(ground)), list(waiting(ground))
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final

from issuer.auditing.looking import last_look
from issuer.checker import READABLE
from issuer.db import certificates, leases, outbox, publications, standing
from issuer.db.outbox import Topic
from issuer.errors import NotFoundError
from issuer.publishing.chain import newest_root, newest_trust
from issuer.publishing.kept import Kept
from issuer.standing.ground import Ground
from issuer.standing.holding import NOW
from issuer.standing.model import Finding, Number, critical, good, warning
from issuer.trust.lists import RENEW_BEFORE

RENEWED_AT: Final = 3
"""A worker renews a snapshot when a third of its life is left; with half of that left, nobody did."""
WALK_LATE: Final = timedelta(hours=26)
"""Everything is walked through within a day; two hours more, because a day may be a little longer than a run."""
WAITS_AT_MOST: Final[Mapping[Topic, tuple[timedelta, timedelta]]] = {
    Topic.PUBLISH: (timedelta(minutes=10), timedelta(hours=2)),
    Topic.ISSUE: (timedelta(hours=12), timedelta(days=3)),
    Topic.DOCUMENTS: (outbox.LATE, 3 * outbox.LATE),
    Topic.NOTICE: (outbox.LATE, 3 * outbox.LATE),
}
"""How long work of a topic may wait: then it is a warning, then it is critical. A change of status is public within
seconds; a large batch takes hours; documents wait for a time-stamp service, and after a day somebody should ask it."""
LATE_CODES: Final[Mapping[Topic, str]] = {
    Topic.PUBLISH: "changes_late",
    Topic.ISSUE: "batches_late",
    Topic.DOCUMENTS: "documents_late",
    Topic.NOTICE: "notices_late",
}


def snapshot(ground: Ground) -> Iterator[Finding]:
    """Look when the published snapshot ends."""
    with ground.register.register.read() as session:
        found = standing.published(session)
    if found is None:
        yield warning("never_published", advice="publish")
        return
    left = found.expires - ground.now
    values: dict[str, Number] = {
        "sequence": found.sequence,
        "made": found.made,
        "until": found.expires,
        "minutes": int(left.total_seconds() // 60),
    }
    if left <= timedelta(0):
        yield critical("snapshot_ended", advice="start_worker", **values)
    elif left < ground.home.lifetime / (2 * RENEWED_AT):
        yield warning("snapshot_ends", advice="start_worker", **values)
    else:
        yield good("snapshot_holds", **values)


def readable(ground: Ground) -> Iterator[Finding]:
    """Look at the publication as a stranger does, without a certificate."""
    try:
        pinned = ground.home.trust_root.read_bytes()
    except FileNotFoundError:
        yield critical("no_root_file", str(ground.home.trust_root), advice="publish_anew")
        return
    found = ground.checker(None, ground.home.publication, trust_root=pinned, now=ground.now)
    if found.outcome == READABLE:
        yield good("publication_readable")
    else:
        yield critical("publication_unreadable", advice="publish_anew", reason=found.reason)


def stranger(ground: Ground) -> Iterator[Finding]:
    """Look at the newest public certificate as a stranger does; which one it was is not said."""
    opened = ground.register
    with opened.register.read() as session:
        newest = standing.newest_signed(session)
        content = None if newest is None else certificates.content(session, opened.vault, newest).credential
        state = None if newest is None else certificates.by_id(session, newest).state
    if content is None or state is None:
        yield good("nothing_issued")
        return
    pinned = ground.home.trust_root.read_bytes()
    found = ground.checker(content, ground.home.publication, trust_root=pinned, now=ground.now)
    if found.outcome == state.word:
        yield good("stranger_agrees", outcome=found.outcome)
    else:
        values = {"outcome": found.outcome, "reason": found.reason, "state": state.word}
        yield critical("stranger_disagrees", advice="publish_anew", **values)


def trust_list(ground: Ground) -> Iterator[Finding]:
    """Look when the trust list ends."""
    with ground.register.register.read() as session:
        try:
            trust = newest_trust(Kept.within(session, ground.home.publication), now=ground.now).content
        except NotFoundError:
            yield warning("no_trust_list", advice="sign_trust_list")
            return
    left = trust.exp - ground.now
    values: dict[str, Number] = {"version": trust.version, "until": trust.exp, "days": left.days}
    if left < NOW:
        yield critical("trust_list_ends", advice="sign_trust_list", **values)
    elif left < RENEW_BEFORE:
        yield warning("trust_list_ends", advice="sign_trust_list", **values)
    else:
        yield good("trust_list_holds", **values)


def root(ground: Ground) -> Iterator[Finding]:
    """Look at the root set: it has no end, but one key alone or one beside the services is a risk of a real office."""
    with ground.register.register.read() as session:
        try:
            found = newest_root(Kept.within(session, ground.home.publication)).root
        except NotFoundError:
            yield warning("no_root_set", advice="publish")
            return
    values = {"version": found.version, "threshold": found.threshold, "keys": len(found.keys)}
    real = not ground.home.settings.demonstration
    if real and found.threshold < 2:
        yield warning("root_alone", advice="more_root_keys", **values)
    if real and any(ground.home.root.glob("*.json")):
        yield warning("root_beside", str(ground.home.root), advice="move_root")
    yield good("root_set", **values)


def worker(ground: Ground) -> Iterator[Finding]:
    """Look whether a worker holds the lease of publishing, and whether any lease is over."""
    with ground.register.register.read() as session:
        held = leases.listed(session)
        waits = any(each.count for each in standing.waiting(session))
    for each in held:
        if each.until <= ground.now:
            minutes = int((ground.now - each.until).total_seconds() // 60)
            yield warning("lease_over", each.owner, advice="look_at_worker", topic=each.topic, minutes=minutes)
    publisher = next((each for each in held if each.topic == Topic.PUBLISH and each.until > ground.now), None)
    if publisher is not None:
        yield good("worker_runs", publisher.owner, since=publisher.since)
    elif waits:
        yield critical("no_worker_and_work", advice="start_worker")
    else:
        yield warning("no_worker", advice="start_worker")


def waiting(ground: Ground) -> Iterator[Finding]:
    """Look how long work of each topic has waited, and what the worker noted beside it."""
    with ground.register.register.read() as session:
        found = standing.waiting(session)
    for each in found:
        if each.oldest is None:
            continue
        soon, now = WAITS_AT_MOST[each.topic]
        waited = ground.now - each.oldest
        if waited > soon:
            made = critical if waited > now else warning
            advice = "mend_noted" if each.noted else "look_at_worker"
            yield made(
                LATE_CODES[each.topic],
                advice=advice,
                count=each.count,
                oldest=each.oldest,
                hours=int(waited.total_seconds() // 3600),
                why=", ".join(each.noted) or None,
            )
    yield good("work_waits", count=sum(each.count for each in found), paused=sum(each.paused for each in found))


def walks(ground: Ground) -> Iterator[Finding]:
    """Look when the audit and the certificates were last walked through."""
    with ground.register.register.read() as session:
        if standing.published(session) is None:
            yield good("nothing_to_walk")
            return
        begun = standing.first_made(session)
        audit = last_look(session, ground.register, ground.now)
        walked = publications.walked(session)
    for code, at in (("audit_walk_late", None if audit is None else audit.at), ("certificate_walk_late", walked)):
        since = at or begun
        if since is None or ground.now - since > WALK_LATE:
            yield warning(code, advice="start_worker", last=at)
    yield good("walks_looked", audit=None if audit is None else audit.at, certificates=walked)
