"""A young register beside a large plan: more status lists than shards, fetched together (FORMAT 7)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from credential import publication
from credential.kdf import prefix
from credential.statuslist import lists_beside
from tests.support.world import Certificate, World
from tests.vectors.model import Book
from tests.vectors.served import VALID, Change, payload_of

LISTS: Final = 4
RECORDS: Final = 300
"""What the snapshot claims: enough for two shards, far from enough for four lists."""


def cases(book: Book) -> None:
    """What is wrong with another list than the certificate's own changes nothing, and its own fault counts."""
    world, certificate, own, others = _young()
    scene = book.scene(world, records=RECORDS)
    why = "Two shards, four lists: the two lists below the shard's bit are fetched, one of them is read."
    scene.case("status_list_of_a_young_register", VALID, why, "7", certificate)
    why = "The host learns one bit of the prefix from the shard, and no other from the lists."
    code = certificate.grouped_code
    scene.case("status_list_of_a_young_register_by_check_code", VALID, why, "7", check_codes=(code,))
    absent, longer = _absent, _longer
    for name, expect, why, change, ids in (
        ("status_list_beside_absent", VALID, "Nothing is read from the other.", absent, others),
        ("status_list_beside_changed", VALID, "Its digest differs, and nothing is read from it.", longer, others),
        (
            "status_list_absent_beside_another_fail",
            "indeterminate/status_unreachable",
            "The certificate's own list is the one that is not there.",
            absent,
            [own],
        ),
        (
            "status_list_changed_beside_another_fail",
            "indeterminate/status_untrusted",
            "The certificate's own list has another digest.",
            longer,
            [own],
        ),
    ):
        world, certificate, *_ = _young()
        book.scene(world, tamper=change(ids), records=RECORDS).case(name, expect, why, "7", certificate)


def _young() -> tuple[World, Certificate, int, list[int]]:
    """The world, its certificate, the id of its status list and those that are fetched beside it."""
    world = World(lists=LISTS, prefix_length=1, padding=4)
    certificate = world.issue()
    own = prefix(certificate.claims.cti, 2)
    beside = lists_beside(own, lists=LISTS, prefix_length=1)
    return world, certificate, own, [each for each in beside if each != own]


def _paths(files: dict[str, bytes], ids: Iterable[int]) -> list[str]:
    status = payload_of(files, publication.SNAPSHOT)["status"]
    return [publication.status_at(status[each]["cwt"]) for each in ids]


def _absent(ids: Iterable[int]) -> Change:
    def change(files: dict[str, bytes]) -> None:
        for path in _paths(files, ids):
            del files[path]

    return change


def _longer(ids: Iterable[int]) -> Change:
    def change(files: dict[str, bytes]) -> None:
        for path in _paths(files, ids):
            files[path] += b"\n"

    return change
