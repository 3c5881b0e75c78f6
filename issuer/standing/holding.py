"""Checks of keys: are they here, do they open, when do they and their certificates end.

Rules: a key is named by its use and its id, never by a person. Nothing is opened but the two secrets of the register,
and those only where the passphrase is at hand.

    list(key_files(ground)), list(seals(ground))
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from cryptography import x509

from credential.errors import CodedError
from credential.signing import KeyUse
from credential.trustform import KeyState
from issuer.errors import NotFoundError
from issuer.office import lists
from issuer.standing.ground import Ground
from issuer.standing.model import Finding, critical, good, warning
from issuer.trust import entries

SEAL_ENDS: Final = timedelta(days=90)
"""Before the end of a document certificate: a certification service needs some weeks."""
SOON: Final = timedelta(days=60)
"""Before the end of a key or a certificate: time to rotate it without haste."""
NOW: Final = timedelta(days=14)
"""Before an end: nothing that takes weeks is done in time any more."""
SIGNED_HERE: Final = frozenset({KeyUse.CREDENTIAL, KeyUse.STATUS, KeyUse.PUBLISHER, KeyUse.DOCUMENT})
"""Uses whose active keys a home signs with every day."""


def key_files(ground: Ground) -> Iterator[Finding]:
    """Look whether every key that the trust list calls active is in this home, and its file in order."""
    try:
        held = ground.register.custody.held()
    except CodedError as error:
        yield critical("key_file_bad", str(error.fields.get("path", "")), advice="restore_key", why=error.code)
        return
    here = {each.key_id for each in held}
    with ground.register.register.read() as session:
        active = [each for each in entries.keys(session) if each.state is KeyState.ACTIVE and each.use in SIGNED_HERE]
    for each in active:
        if each.key.key_id not in here:
            yield critical("key_away", each.key.key_id.hex(), advice="restore_key", use=str(each.use))
    yield good("keys_here", held=len(held), active=len(active))


def key_ends(ground: Ground) -> Iterator[Finding]:
    """Look when keys end that the trust list calls active; most have no end of their own."""
    with ground.register.register.read() as session:
        active = [each for each in entries.keys(session) if each.state is KeyState.ACTIVE]
    for each in active:
        if each.valid_until is None or each.valid_until - ground.now > SOON:
            continue
        made = critical if each.valid_until - ground.now < NOW else warning
        days = (each.valid_until - ground.now).days
        yield made(
            "key_ends", each.key.key_id.hex(), advice="rotate_key", use=str(each.use), until=each.valid_until, days=days
        )
    yield good("key_ends_looked", active=len(active))


def seals(ground: Ground) -> Iterator[Finding]:
    """Look when the document certificates of the authorities end."""
    found = []
    with ground.register.register.read() as session:
        for authority in lists.authorities(session):
            try:
                certificate = entries.active_certificate(session, authority=authority.id).certificate
            except NotFoundError:
                continue  # one that issues nothing any more
            found.append((authority.id, certificate.not_valid_after_utc))
    for authority_id, until in found:
        left = until - ground.now
        if left >= SEAL_ENDS:
            continue
        made = critical if left < NOW else warning
        yield made("seal_ends", authority_id, advice="ask_next_seal", until=until, days=left.days)
    first = min((until for _, until in found), default=None)
    yield good("seals_looked", authorities=len(found), first=first)


def timestamp_root(ground: Ground) -> Iterator[Finding]:
    """Look when the root certificate of the time-stamp service ends, where one is set."""
    service = ground.home.settings.timestamps
    if service is None:
        yield good("no_timestamps")
        return
    until = x509.load_pem_x509_certificate(service.root.encode()).not_valid_after_utc
    left = until - ground.now
    if left < SEAL_ENDS:
        made = critical if left < NOW else warning
        yield made("timestamp_root_ends", advice="ask_timestamp_service", until=until, days=left.days)
    else:
        yield good("timestamp_root_holds", until=until, days=left.days)


def passphrase(ground: Ground) -> Iterator[Finding]:
    """Look whether the service passphrase opens the register's secrets."""
    try:
        ground.register.vault  # noqa: B018 - the first use opens it
    except CodedError as error:
        yield critical("passphrase_wrong", advice="right_passphrase", why=error.code)
        return
    yield good("passphrase_opens")
