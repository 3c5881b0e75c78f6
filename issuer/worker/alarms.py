"""What somebody should do in time: documents that have waited for a day, and certificates and lists that end soon.

Rules: an alarm stops nothing. It is told until its cause is gone. Ends are told early enough for whoever has to act
elsewhere: a certification service needs weeks, the holders of root keys need a day to meet.

    for each in alarms(session, opened): print(each.message)
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from issuer.db import outbox
from issuer.db.outbox import Topic
from issuer.db.sessions import ReadSession
from issuer.errors import NotFoundError
from issuer.home.opened import Opened
from issuer.office import lists
from issuer.publishing.chain import newest_trust
from issuer.publishing.kept import Kept
from issuer.standing.holding import SEAL_ENDS
from issuer.trust.entries import active_certificate
from issuer.trust.lists import RENEW_BEFORE
from issuer.worker.turns import HeldBack


def alarms(session: ReadSession, opened: Opened) -> list[HeldBack]:
    """Return what is an alarm now. Raises as ``newest_trust``, but for a home without a trust list."""
    now = opened.clock()
    return [*_late(session, now), *_seals(session, now), *_list(session, opened, now)]


def _late(session: ReadSession, now: datetime) -> Iterator[HeldBack]:
    for each in outbox.waiting_since(session, topic=Topic.DOCUMENTS):
        if now - each.created > outbox.LATE:
            why = f" ({each.reason})" if each.reason else ""
            message = f"documents of {each.object} wait since {each.created:%Y-%m-%d %H:%M}Z{why}"
            yield _held("document_waits", message, object=each.object, since=each.created)


def _seals(session: ReadSession, now: datetime) -> Iterator[HeldBack]:
    for authority in lists.authorities(session):
        try:
            end = active_certificate(session, authority=authority.id).certificate.not_valid_after_utc
        except NotFoundError:
            continue  # one that issues nothing any more
        if end - now < SEAL_ENDS:
            message = f"the document certificate of {authority.id} ends on {end:%Y-%m-%d}; ask for the next one"
            yield _held("seal_ends", message, authority=authority.id, until=end)


def _list(session: ReadSession, opened: Opened, now: datetime) -> Iterator[HeldBack]:
    try:
        trust = newest_trust(Kept.within(session, opened.home.publication), now=now).content
    except NotFoundError:
        return
    if trust.exp - now < RENEW_BEFORE:
        message = f"trust list {trust.version} ends on {trust.exp:%Y-%m-%d}; have the root sign the next one"
        yield _held("trust_list_ends", message, version=trust.version, until=trust.exp)


def _held(code: str, message: str, **fields: object) -> HeldBack:
    named = fields.get("object") or fields.get("authority") or "trust list"
    return HeldBack(object=str(named), code=code, message=message, fields=fields)
