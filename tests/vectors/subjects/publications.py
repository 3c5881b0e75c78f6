"""The publication as a whole: what is absent, changed, too old, signed by another; the snapshot (FORMAT 10)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from tests.support.clock import NOW
from tests.support.keys import Key
from tests.support.world import World
from tests.vectors.model import Book
from tests.vectors.served import (
    UNREACHABLE,
    UNTRUSTED,
    VALID,
    ask,
    longer,
    without,
)

EXPIRED: Final = "indeterminate/publication_expired"


def cases(book: Book) -> None:
    """Each has a publication of its own, which differs in one file or two from the one in order."""
    _absent(book)
    _times(book)
    _signers(book)
    _snapshots(book)


def _absent(book: Book) -> None:
    for name, expect, why, change in (
        ("snapshot_absent_fail", UNREACHABLE, "Without a snapshot nothing is known.", without("snapshot.jwt")),
        ("trust_list_absent_fail", UNREACHABLE, "Without a trust list nothing is known.", without("trust/list/")),
        ("publication_empty_fail", UNREACHABLE, "Nothing is there.", without("")),
        (
            "filings_absent_fail",
            "indeterminate/filings_unreachable",
            "Whether the committee was on file cannot be known.",
            without("trust/filings/"),
        ),
        (
            "shards_absent_fail",
            "indeterminate/history_unreachable",
            "Unreachable is never a finding of forgery.",
            without("shards/"),
        ),
        (
            "status_list_absent_fail",
            "indeterminate/status_unreachable",
            "Unreachable is never valid.",
            without("status/at/"),
        ),
        (
            "shards_and_filings_absent_fail",
            "indeterminate/history_unreachable",
            "Of several things that cannot be known the first one is the answer.",
            without("shards/", "trust/filings/"),
        ),
        ("catalogue_absent", VALID, "Names are shown beside what is proven and decide nothing.", without("catalogue/")),
        ("status_list_at_its_address_absent", VALID, "Readers fetch the copy under the digest.", without("status/0")),
        ("next_root_absent", VALID, "The walk ends where a file is absent.", without("trust/roots/2")),
        ("pinned_root_absent", VALID, "The reader has it already.", without("trust/roots/1")),
        ("snapshot_changed_fail", UNTRUSTED, "A byte behind the token.", longer("snapshot.jwt")),
        ("trust_list_changed_fail", UNTRUSTED, "A byte behind the container.", longer("trust/list/")),
        (
            "filings_changed_fail",
            "indeterminate/filings_unreachable",
            "Not the digest that the trust list names.",
            longer("trust/filings/"),
        ),
        (
            "shards_changed_fail",
            "indeterminate/history_untrusted",
            "Not the digest that a signed file names.",
            longer("shards/"),
        ),
        (
            "status_list_changed_fail",
            "indeterminate/status_untrusted",
            "Not the digest that the snapshot names.",
            longer("status/at/"),
        ),
        (
            "catalogue_changed",
            VALID,
            "Not the digest that the trust list names: no names are shown.",
            longer("catalogue/"),
        ),
    ):
        scene = ask(book, name, expect, why, "10", tamper=change)
        if name in {"shards_absent_fail", "shards_changed_fail"}:
            code = scene.world.certificates[0].check_code
            scene.case(name.replace("_fail", "_by_check_code_fail"), expect, why, "12", check_codes=(code,), step=1)
        elif expect in {UNREACHABLE, UNTRUSTED}:
            code = scene.world.certificates[0].check_code
            scene.case(name.replace("_fail", "_by_check_code_fail"), expect, why, "12", check_codes=(code,))


def _times(book: Book) -> None:
    day, second = timedelta(days=1), timedelta(seconds=1)
    ask(book, "snapshot_in_its_last_second", VALID, "A window is from <= t < until.", "10", now=NOW + day - second)
    ask(
        book,
        "snapshot_frozen_fail",
        EXPIRED,
        "A day later the same snapshot: whoever holds newer ones back hides withdrawals.",
        "10",
        now=NOW + day,
    )
    ask(
        book,
        "trust_list_expired_fail",
        "indeterminate/trust_expired",
        "Nobody signed another in time.",
        "9",
        now=NOW + 300 * day,
    )
    world = World()
    world.change_trust(exp=NOW)
    ask(
        book,
        "trust_list_expires_this_second_fail",
        "indeterminate/trust_expired",
        "until is the first instant outside.",
        "9",
        world,
    )
    world = World()
    world.change_trust(iat=NOW - 100 * day, exp=NOW + 300 * day)
    ask(book, "trust_list_of_400_days", VALID, "The longest life.", "9", world)
    world = World()
    world.change_trust(iat=NOW - 100 * day, exp=NOW + 300 * day + second)
    ask(book, "trust_list_lives_too_long_fail", UNTRUSTED, "400 days and a second.", "9", world)
    world = World()
    world.change_trust(iat=NOW + 301 * second)
    ask(book, "trust_list_from_the_future_fail", UNTRUSTED, "More than 300 seconds of clock difference.", "1.7", world)
    world = World()
    world.change_trust(iat=NOW + 300 * second)
    ask(book, "trust_list_within_clock_difference", VALID, "300 seconds are allowed.", "1.7", world)
    ask(book, "snapshot_lives_too_long_fail", UNTRUSTED, "7 days and a second.", "10", exp=NOW + 7 * day + second)
    ask(book, "snapshot_of_seven_days", VALID, "The longest life.", "10", exp=NOW + 7 * day)
    ask(book, "snapshot_ends_before_it_begins_fail", UNTRUSTED, "exp is behind iat.", "10", exp=NOW)
    future: dict[str, Any] = {"iat": NOW + 301 * second, "exp": NOW + day}
    ask(book, "snapshot_from_the_future_fail", UNTRUSTED, "More than 300 seconds of clock difference.", "1.7", **future)
    future = {"iat": NOW + 300 * second, "exp": NOW + day}
    ask(book, "snapshot_within_clock_difference", VALID, "300 seconds are allowed.", "1.7", **future)


def _signers(book: Book) -> None:
    for name, key in (
        ("a_stranger", Key("stranger")),
        ("the_status_key", Key("status")),
        ("a_credential_key", Key("credential province")),
        ("the_root_key", Key("root")),
    ):
        why = "Only a publisher key of the trust list signs snapshots."
        ask(book, f"snapshot_signed_by_{name}_fail", UNTRUSTED, why, "10", signer=key)
    world = World()
    world.change_key(world.publisher, state="compromised", compromised_since=NOW)
    ask(book, "snapshot_signed_by_a_compromised_key_fail", UNTRUSTED, "The key was lost this second.", "12", world)
    world = World()
    world.change_key(world.publisher, state="compromised", compromised_since=NOW)
    before: dict[str, Any] = {"iat": NOW - timedelta(hours=1), "exp": NOW + timedelta(hours=1)}
    why = "A thief names any instant, also one before the theft."
    ask(book, "snapshot_backdated_by_a_compromised_key_fail", UNTRUSTED, why, "12", world, **before)
    world = World()
    world.change_key(world.publisher, state="ended", ends=NOW)
    ask(
        book,
        "snapshot_signed_by_an_ended_key_fail",
        UNTRUSTED,
        "Its window ended when the snapshot was signed.",
        "12",
        world,
    )
    world = World()
    world.change_key(world.publisher, state="ended", ends=NOW + timedelta(seconds=1))
    ask(book, "snapshot_signed_before_key_ended", VALID, "Its window holds the snapshot's iat.", "12", world)


def _snapshots(book: Book) -> None:
    ask(
        book,
        "snapshot_of_another_deployment_fail",
        UNTRUSTED,
        "Snapshot and trust list of two deployments.",
        "10",
        deployment="other",
    )
    ask(
        book,
        "snapshot_names_another_trust_list_fail",
        UNTRUSTED,
        "The digest is another list's.",
        "10",
        trust_digest=bytes(32),
    )
    ask(book, "snapshot_names_a_later_trust_list_fail", UNREACHABLE, "There is no such list.", "10", trust_version=2)
    ask(book, "snapshot_without_status_lists_fail", UNTRUSTED, "As many as the trust list has.", "10", status=())
    ask(book, "snapshot_with_sequence_zero_fail", UNTRUSTED, "Sequence numbers begin with 1.", "10", seq=0)
    ask(
        book,
        "snapshot_with_two_manifests_fail",
        UNTRUSTED,
        "2^0 manifests for prefix length 0.",
        "10",
        manifests=(bytes(32), bytes(32)),
    )
    ask(book, "snapshot_without_manifests_fail", UNTRUSTED, "2^0 manifests for prefix length 0.", "10", manifests=())
    ask(
        book,
        "manifest_that_nobody_has_fail",
        "indeterminate/history_unreachable",
        "The digest names no file.",
        "5.4",
        manifests=(bytes(32),),
    )
    for name, expect, prefix, records, why in (
        ("prefix_too_long_fail", UNTRUSTED, 1, 255, "255 records allow no bit: shards would be too small to hide in."),
        ("prefix_just_short_enough", VALID, 1, 256, "256 records allow one bit."),
        ("prefix_of_two_bits_too_long_fail", UNTRUSTED, 2, 511, "511 records allow one bit."),
        ("prefix_of_21_bits_fail", UNTRUSTED, 21, 1 << 40, "A check code repeats 20 bits."),
    ):
        world = World(prefix_length=min(prefix, 2))
        ask(book, name, expect, why, "10", world, prefix=prefix, records=records)
    three = World()
    ask(
        book,
        "prefix_with_few_records_claimed_fail",
        UNTRUSTED,
        "The count decides, not the truth.",
        "10",
        three,
        prefix=1,
        records=0,
    )
