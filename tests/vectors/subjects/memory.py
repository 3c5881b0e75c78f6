"""What a reader has seen, it does not unsee: rollback, forks and mixtures (FORMAT 9, 10)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from credential import history, jsonform, publication
from credential.history import EventKind, Reason
from tests.support.clock import NOW
from tests.support.keys import Key
from tests.support.world import Certificate, World
from tests.support.worldparts import ORIGIN
from tests.vectors.model import Book, Look
from tests.vectors.served import (
    UNTRUSTED,
    VALID,
    payload_of,
    token,
)

ROLLBACK: Final = "indeterminate/rollback"


def cases(book: Book) -> None:
    """Each has a publication of its own, which differs in one file or two from the one in order."""
    _seen(book)


def _seen(book: Book) -> None:
    """What a reader has seen, it does not unsee (FORMAT 9, 10)."""

    def two(change: Callable[[World], None], **again: Any) -> tuple[Certificate, dict[str, bytes], dict[str, bytes]]:
        world = World()
        certificate = world.issue()
        first = world.publish()
        change(world)
        return certificate, first, world.publish(**again)

    def note(
        name: str,
        expect: str,
        why: str,
        section: str,
        certificate: Certificate,
        shown: dict[str, bytes],
        *seen: Look,
        **more: Any,
    ) -> None:
        book.scene(World()).case(name, expect, why, section, certificate, files=shown, seen=seen, **more)

    certificate, first, second = two(lambda _: None)
    note("snapshot_newer_than_seen", VALID, "Sequence numbers rise.", "10", certificate, second, Look(files=first))
    note(
        "snapshot_seen_before",
        VALID,
        "The same number with the same bytes.",
        "10",
        certificate,
        first,
        Look(files=first),
    )
    note(
        "snapshot_rolled_back_fail",
        ROLLBACK,
        "An older snapshot than the one seen.",
        "10",
        certificate,
        first,
        Look(files=second),
    )
    three = (Look(files=first), Look(files=second))
    note(
        "snapshot_rolled_back_after_two_fail",
        ROLLBACK,
        "The newest that was seen counts.",
        "10",
        certificate,
        first,
        *three,
    )
    later = NOW + timedelta(hours=24)
    note(
        "snapshot_rolled_back_and_expired_fail",
        ROLLBACK,
        "Rollback is found before expiry.",
        "10",
        certificate,
        first,
        Look(files=second),
        now=later,
    )
    stale = Look(files=second, now=later)
    note(
        "snapshot_rolled_back_behind_an_expired_one_fail",
        ROLLBACK,
        "What is old but authentic is remembered too, or expiry would open a way back.",
        "10",
        certificate,
        first,
        stale,
    )
    note(
        "snapshot_after_an_untrusted_one",
        VALID,
        "What was refused is not remembered.",
        "10",
        certificate,
        first,
        Look(files=_resigned_copy(second)),
    )

    def same_number(world: World) -> None:
        world.seq -= 1

    certificate, first, fork = two(same_number, audit_length=77)
    note(
        "snapshot_forked_fail",
        ROLLBACK,
        "Another snapshot of the same number.",
        "10",
        certificate,
        fork,
        Look(files=first),
    )
    certificate, first, second = two(lambda world: world.change_trust())
    note("trust_list_newer_than_seen", VALID, "Versions rise.", "9", certificate, second, Look(files=first))

    world = World()
    certificate = world.issue()
    first = world.publish()
    world.change_trust()
    newer = world.publish()
    world.change_trust(version=1)
    world.files = dict(first)
    mixed = world.publish()
    note(
        "trust_list_rolled_back_fail",
        ROLLBACK,
        "A newer snapshot that names an older trust list than the one seen.",
        "9",
        certificate,
        mixed,
        Look(files=newer),
    )
    mixture = {**newer, publication.trust_list(2): first[publication.trust_list(1)]}
    note(
        "snapshot_mixed_with_older_trust_list_fail",
        UNTRUSTED,
        "The older list in the newer one's place has another digest.",
        "10",
        certificate,
        mixture,
    )
    world = World()
    certificate = world.issue()
    first = world.publish()
    world.change_trust(version=1, hosts=(ORIGIN, "https://www.zc.example"))
    forked = world.publish()
    note(
        "trust_list_forked_fail",
        ROLLBACK,
        "Another trust list of the same version.",
        "9",
        certificate,
        forked,
        Look(files=first),
    )
    _mixed(note)


def _mixed(note: Callable[..., None]) -> None:
    """Authentic parts of two publications, or of two certificates, put together (FORMAT 6, 10)."""
    world = World()
    withdrawn = world.issue()
    first = world.publish()
    certificate = world.issue()
    world.append(withdrawn, EventKind.WITHDRAWN, reason=Reason.FRAUD)
    exchanged = world.issue()
    exchanged.tamper_history = lambda _: history.sign(certificate.history, world.status_key)
    second = world.publish()
    note(
        "snapshot_mixed_with_shard_of_another_fail",
        "indeterminate/history_untrusted",
        "The shard of the snapshot before, under the name of the new one.",
        "10",
        certificate,
        _old_shards(first, second),
    )
    note(
        "snapshot_mixed_with_status_list_of_another_fail",
        "indeterminate/status_untrusted",
        "The list from before the withdrawal, under the name of the new one.",
        "10",
        withdrawn,
        _old_status_list(first, second),
    )
    note(
        "history_of_another_certificate_fail",
        "indeterminate/history_untrusted",
        "Signed by the right key, and all of it another certificate's.",
        "6",
        exchanged,
        second,
    )
    lagging = {**second, **{path: data for path, data in first.items() if path == publication.SNAPSHOT}}
    note(
        "snapshot_that_does_not_know_yet_fail",
        "not_authentic/unregistered",
        "An older snapshot without memory: the certificate is not in its shards.",
        "10",
        certificate,
        lagging,
    )
    note("snapshot_that_knows", VALID, "The newer snapshot has it.", "10", certificate, second, Look(files=first))


def _resigned_copy(files: dict[str, bytes]) -> dict[str, bytes]:
    """The same publication with a far higher number, signed by a stranger."""
    copy = dict(files)
    payload = payload_of(copy, publication.SNAPSHOT)
    copy[publication.SNAPSHOT] = token(jsonform.encode({**payload, "seq": 999}), Key("stranger"))
    return copy


def _old_status_list(first: dict[str, bytes], second: dict[str, bytes]) -> dict[str, bytes]:
    """The newer publication whose status list holds the older one's bytes."""
    (new,) = (path for path in second if path.startswith("status/at/") and path not in first)
    return {**second, new: first[publication.status_cwt("0")]}


def _old_shards(first: dict[str, bytes], second: dict[str, bytes]) -> dict[str, bytes]:
    """The newer publication whose shard holds the older one's bytes."""
    old = max((data for path, data in first.items() if path.startswith("shards/")), key=len)
    return {
        path: old if path.startswith("shards/") and len(data) > 100 and path not in first else data
        for path, data in second.items()
    }
