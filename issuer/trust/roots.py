"""Root rotation on the issuer's side: the next root set is drafted here, signed elsewhere, and published here.

Order, so that no reader is left behind: first a trust list signed by the old set and the new one, then the snapshot
that names it, then the new root set. Readers that have not seen the new set believe the list by the old one's
signatures, the others by the new one's. A set that the present list does not carry on is refused. The store is an
``issuer.publishing.kept.KeptStore``: a set is kept in the register before it is written.

    payload = draft_next_root(newest_root(store), keys, 2, now=now)
    changes = root_changes(newest_root(store), payload)       # shown before anybody signs
    request = export_request(payload, roots.TYP)              # to the holders of old and new keys, and back
    container = import_responses(request, responses, keys=may_sign(previous, payload))
    publish_root(store, container, now=now)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from credential import publication
from credential.errors import CredentialError
from credential.jose import MAX_LINES
from credential.roots import MAX_KEYS, Root, VerifiedRoot, encode_root, parse_root, verify_root
from credential.signing import AnyKey, VerifyKey
from credential.snapshot import parse_snapshot
from credential.trustlist import verify_trust_list
from issuer.errors import ConflictError, InputError
from issuer.publishing.chain import newest_root
from issuer.publishing.store import PublicationStore, versions
from issuer.trust.changes import ROOT_SET, Change, compare


def draft_next_root(previous: VerifiedRoot, keys: Sequence[VerifyKey], threshold: int, *, now: datetime) -> bytes:
    """Return the payload of the root set that follows ``previous``.

    Args:
        previous: the newest set.
        keys: all keys of the new set, those that stay included.
        threshold: how many of them must sign what follows.
        now: when it is made; aware UTC.

    Raises:
        InputError: ``root_keys``, ``root_threshold``, ``root_unchanged``, ``root_too_many_signatures``.
    """
    new = {key.key_id: key for key in keys}
    if not 1 <= len(new) <= MAX_KEYS or len(new) != len(keys):
        raise InputError("root_keys", f"a root set has 1 to {MAX_KEYS} keys, each once", most=MAX_KEYS)
    if not 1 <= threshold <= len(new):
        message = f"the threshold of {len(new)} keys lies between 1 and {len(new)}"
        raise InputError("root_threshold", message, keys=len(new))
    old = previous.root
    if new.keys() == previous.keys.keys() and threshold == old.threshold:
        message = f"root set {old.version} has these keys and this threshold already"
        raise InputError("root_unchanged", message, version=old.version)
    # A holder of an old key and a new one signs once, and counts for both.
    both = min(len(new.keys() & previous.keys.keys()), threshold, old.threshold)
    if threshold + old.threshold - both > MAX_LINES:
        message = f"more than {MAX_LINES} signatures would be needed; change fewer keys at once, in several steps"
        raise InputError("root_too_many_signatures", message)
    root = Root(
        version=old.version + 1,
        iat=now.replace(microsecond=0),
        demonstration=old.demonstration,
        keys=tuple(new.values()),
        threshold=threshold,
    )
    return encode_root(root)


def root_changes(previous: VerifiedRoot, payload: bytes) -> tuple[Change, ...]:
    """Return every member in which a drafted root set differs from the newest one, for whoever signs it."""
    return compare(encode_root(previous.root), payload, ROOT_SET)


def may_sign(previous: VerifiedRoot, payload: bytes) -> Mapping[bytes, AnyKey]:
    """Return the keys whose signatures on a drafted root set are taken: its own and its predecessor's.

    A trust list for the time of the handover is signed by the same keys.

    Raises:
        MalformedError: the payload is no root set.
    """
    return {key.key_id: key for key in (*previous.root.keys, *parse_root(payload).keys)}


def publish_root(store: PublicationStore, container: bytes, *, now: datetime) -> VerifiedRoot:
    """Check a signed root set against the newest one and write it.

    Raises:
        MalformedError, NotTrustedError, SignatureError: it does not follow the newest set (``verify_root``).
        ConflictError: ``trust_list_left_behind``: readers that see this set would not believe the present list.
        TamperedError: ``immutable_changed``: another set of this version is published.
    """
    root = verify_root(container, newest_root(store))
    for version in _lists_in_use(store):
        _check_carried_on(store, root, version, now)
    store.put(publication.root(root.root.version), container)
    return root


def _lists_in_use(store: PublicationStore) -> set[int]:
    """The list that the snapshot names, which readers need now, and the newest, which the next snapshot will name."""
    in_use = set(versions(store, "trust/list")[-1:])
    if store.has(publication.SNAPSHOT):
        in_use.add(parse_snapshot(store.read(publication.SNAPSHOT)).content.trust_version)
    return in_use


def _check_carried_on(store: PublicationStore, root: VerifiedRoot, version: int, now: datetime) -> None:
    try:
        verify_trust_list(store.read(publication.trust_list(version)), root, now=now)
    except CredentialError as error:
        message = (
            f"trust list {version} is not signed by root set {root.root.version}; have the next list signed by the old "
            "keys and the new ones, publish it and a snapshot, and then the root set"
        )
        raise ConflictError("trust_list_left_behind", message, version=version) from error
