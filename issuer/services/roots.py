"""Root keys that are elsewhere: what goes to them, what comes back, and the handover to the next root set (FORMAT 8.1).

Rules: a request is sent out and kept; responses are collected until there are enough. A catalogue is signed before the
list that names it. A handover is published in one order: a list signed by both sets, a snapshot that names it, then the
set; so that no reader is left behind. Root sets have no end of their own.

    roots.request_set(opened, actor, (a, b, c), 2).request                   # a file for the holders of root keys
    roots.request_next(opened, actor)                                        # another one, the list that carries it on
    taken = roots.collect(opened, responses)
    done = roots.publish(opened, actor)                                      # what is complete, a list first
    # the worker publishes a snapshot
    roots.hand_over(opened, actor)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from credential import jose, jsonform, roots, trustlist
from credential.catalogue import CATALOGUE_TYP
from credential.ceremony import MAX_REQUEST_BYTES, export_request, parse_request
from credential.roots import Root, VerifiedRoot, parse_root
from credential.signing import AnyKey, KeyId, VerifyKey
from issuer import audit
from issuer.errors import ConflictError, NotFoundError
from issuer.home.opened import Actor, Opened
from issuer.publishing.chain import newest_root
from issuer.publishing.kept import KeptStore
from issuer.services import trust
from issuer.trust.ceremony import export_catalogue, export_trust_list, publish_catalogue, publish_signed_list
from issuer.trust.changes import CATALOGUE, ROOT_SET, TRUST_LIST, Change, Kind, compare
from issuer.trust.meetings import Meeting, Meetings
from issuer.trust.roots import draft_next_root, may_sign, publish_root

__all__ = [
    "Meeting",
    "Standing",
    "changes_of",
    "collect",
    "current",
    "hand_over",
    "publish",
    "request_next",
    "request_set",
    "standing",
]

KIND_BY_TYPE: Final[Mapping[str, Kind]] = {roots.TYP: ROOT_SET, trustlist.TYP: TRUST_LIST, CATALOGUE_TYP: CATALOGUE}
"""How a payload is compared, by its format."""
_OF_THE_CLOCK: Final = frozenset({"iat", "exp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far an open request is."""

    meeting: Meeting
    needs: tuple[tuple[int, int], ...]
    """For each key set that must sign: how many of its keys have, and how many must."""

    @property
    def is_complete(self) -> bool:
        """Whether every set has signed by its threshold."""
        return all(signed >= threshold for signed, threshold in self.needs)


def request_set(opened: Opened, actor: Actor, keys: Sequence[VerifyKey], threshold: int) -> Meeting:
    """Return the request to sign the next root set; the same again is the same request.

    Args:
        opened: the home.
        actor: who asks.
        keys: all keys of the next set, those that stay included.
        threshold: how many of them must sign what follows.

    Raises:
        InputError: as ``draft_next_root``.
    """
    meetings, previous, now = _meetings(opened), newest_root(_store(opened)), opened.clock()
    payload = draft_next_root(previous, keys, threshold, now=now)
    name = f"root-{previous.root.version + 1}"
    found = meetings.find(name)
    if found is not None and _same_but_for_the_clock(found.parsed.payload, payload):
        return found
    return _opened(opened, actor, name, export_request(payload, roots.TYP))


def request_next(opened: Opened, actor: Actor) -> Meeting | None:
    """Return the request to sign what changed: the catalogue where it is new, else the trust list that names it.

    Where a root set waits, a list is asked for although nothing else changed: it carries the set on.

    Returns:
        None where nothing is to be signed.

    Raises:
        ConflictError, TamperedError, NotFoundError: as ``export_trust_list`` and ``trust.draft``.
    """
    store, meetings = _store(opened), _meetings(opened)
    draft = trust.draft(opened)
    catalogue = export_catalogue(store, draft)
    if catalogue is not None:
        name = f"catalogue-{draft.content.catalogue_version}"
        found = meetings.find(name)
        same = found is not None and found.request == catalogue
        return found if same else _opened(opened, actor, name, catalogue)
    if not draft.changes and _open_set(meetings) is None:
        return None
    name, asked = f"list-{draft.content.version}", export_trust_list(store, draft)
    found = meetings.find(name)
    if found is not None and _same_but_for_the_clock(found.parsed.payload, parse_request(asked).payload):
        return found
    return _opened(opened, actor, name, asked)


def collect(opened: Opened, responses: Iterable[bytes]) -> tuple[Standing, ...]:
    """Keep responses, and say how far the requests are that they answer; nothing is published.

    Raises:
        RequestError: ``no_such_request``, ``foreign_key``.
        MalformedError, SignatureError: a response is none; those before it were kept.
    """
    meetings, root = _meetings(opened), newest_root(_store(opened))
    touched: dict[str, Meeting] = {}
    for response in responses:
        for each in meetings.collect(response, lambda meeting: _allowed(meetings, root, meeting)):
            touched[each.name] = each
    return tuple(_standing(meetings, root, each) for each in touched.values())


def current(opened: Opened) -> Root:
    """Return the newest published root set. Raises NotFoundError ``no_root_file``."""
    return newest_root(_store(opened)).root


def standing(opened: Opened) -> tuple[Standing, ...]:
    """Return all open requests, with how far they are."""
    meetings, root = _meetings(opened), newest_root(_store(opened))
    return tuple(_standing(meetings, root, each) for each in meetings.all())


def publish(opened: Opened, actor: Actor) -> tuple[str, ...]:
    """Publish catalogue and trust list as far as they are complete; returns their names. No snapshot names them yet.

    The caller holds the worker's lock.

    Raises:
        ConflictError: ``trust_list_not_next``, ``filings_changed``, ``catalogue_changed``: ask and sign anew.
    """
    store, meetings, now = _store(opened), _meetings(opened), opened.clock()
    done = []
    with opened.home.publication.lock():
        for each in standing(opened):
            if not each.is_complete or each.meeting.parsed.typ == roots.TYP:
                continue
            if each.meeting.parsed.typ == CATALOGUE_TYP:
                publish_catalogue(store, each.meeting.signed)
            else:
                publish_signed_list(store, each.meeting.signed, trust.draft(opened).filings, now=now)
            _note(opened, actor, each.meeting, now)
            meetings.close(each.meeting.name)
            done.append(each.meeting.name)
    return tuple(done)


def hand_over(opened: Opened, actor: Actor) -> int | None:
    """Publish the next root set where it is complete and carries the present list on; returns its version.

    The caller holds the worker's lock and has published a snapshot that names the newest list. A set whose list is not
    signed by both sets yet waits.
    """
    store, meetings, now = _store(opened), _meetings(opened), opened.clock()
    waiting = _open_set(meetings)
    if waiting is None or not _standing(meetings, newest_root(store), waiting).is_complete:
        return None
    try:
        with opened.home.publication.lock():
            version = publish_root(store, waiting.signed, now=now).root.version
    except ConflictError as error:
        if error.code != "trust_list_left_behind":
            raise
        return None
    _note(opened, actor, waiting, now)
    meetings.close(waiting.name)
    return version


def changes_of(payload: bytes, typ: str, previous: bytes | None, signer: VerifyKey) -> tuple[Change, ...]:
    """Return every member in which a payload differs from what the same key signed before.

    Args:
        payload: what is to be signed.
        typ: its format.
        previous: the container that was published before; None: everything is told as new.
        signer: the key that is about to sign. What it did not sign proves nothing to its holder.

    Raises:
        NotFoundError: ``previous_not_signed``: the key did not sign ``previous``.
        MalformedError, SignatureError: it is no container of this format, or the signature does not hold.
    """
    return compare(None if previous is None else _seen(previous, typ, signer), payload, KIND_BY_TYPE[typ])


def _seen(previous: bytes, typ: str, signer: VerifyKey) -> bytes:
    for each in jose.parse_container(previous, typ=typ, max_bytes=MAX_REQUEST_BYTES):
        if each.key_id == signer.key_id:
            return each.verify(signer)
    message = f"key {signer.key_id.hex()} did not sign the file that stands for what was there before"
    raise NotFoundError("previous_not_signed", message, key_id=signer.key_id.hex())


def _opened(opened: Opened, actor: Actor, name: str, request: bytes) -> Meeting:
    meeting = _meetings(opened).open(name, request)
    details = {"digest": sha256(meeting.parsed.payload).hexdigest()}
    with opened.register.write() as session:
        audit.append(session, actor=actor, act="root.request", subject=name, details=details, now=opened.clock())
    return meeting


def _same_but_for_the_clock(one: bytes, other: bytes) -> bool:
    first, second = (jsonform.decode_object(each, max_bytes=len(each)) for each in (one, other))
    left = [{name: each[name] for name in each if name not in _OF_THE_CLOCK} for each in (first, second)]
    return jsonform.encode(left[0]) == jsonform.encode(left[1])


def _open_set(meetings: Meetings) -> Meeting | None:
    return next((each for each in meetings.all() if each.parsed.typ == roots.TYP), None)


def _allowed(meetings: Meetings, root: VerifiedRoot, meeting: Meeting) -> Mapping[bytes, AnyKey]:
    """Who may sign: of a handover the keys of both sets, else the root's."""
    waiting = _open_set(meetings)
    if waiting is None or meeting.parsed.typ == CATALOGUE_TYP:
        return root.keys
    return may_sign(root, waiting.parsed.payload)


def _standing(meetings: Meetings, root: VerifiedRoot, meeting: Meeting) -> Standing:
    sets = [(set(root.keys), root.root.threshold)]
    waiting = _open_set(meetings)
    if waiting is not None and meeting.parsed.typ != CATALOGUE_TYP:
        coming = parse_root(waiting.parsed.payload)
        sets.append(({KeyId(key.key_id) for key in coming.keys}, coming.threshold))
    signed = set(meeting.signers)
    return Standing(meeting=meeting, needs=tuple((len(signed & keys), threshold) for keys, threshold in sets))


def _note(opened: Opened, actor: Actor, meeting: Meeting, now: datetime) -> None:
    act = {roots.TYP: "root.publish", trustlist.TYP: "trust_list.publish", CATALOGUE_TYP: "catalogue.publish"}
    version = meeting.name.rpartition("-")[2]
    details = {"signatures": len(meeting.signers)}
    with opened.register.write() as session:
        audit.append(session, actor=actor, act=act[meeting.parsed.typ], subject=version, details=details, now=now)


def _store(opened: Opened) -> KeptStore:
    return KeptStore(opened.register, opened.home.publication, opened.clock)


def _meetings(opened: Opened) -> Meetings:
    return Meetings(opened.home.ceremony)
