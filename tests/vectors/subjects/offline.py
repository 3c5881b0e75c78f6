"""What a trust list alone can say (FORMAT 12, `registration_not_checked`); a page is never without a publication."""

from __future__ import annotations

from datetime import date, timedelta

from credential import publication
from tests.support.clock import NOW
from tests.support.keys import Key
from tests.support.world import World
from tests.vectors.model import Book, Kind


def cases(book: Book) -> None:
    """Asked of Python alone."""
    _offline(book)


def _offline(book: Book) -> None:
    scene = book.scene(World(), tamper=_only_trust_list)
    world = scene.world
    unchecked = "indeterminate/registration_not_checked"

    def ask(name: str, expect: str, why: str, certificate: object, **question: object) -> None:
        scene.case(name, expect, why, "12", certificate, kind=Kind.OFFLINE, **question)  # type: ignore[arg-type]

    good = world.issue()
    ask("offline_fail", unchecked, "Signature and grants hold; registration and status cannot be known.", good)
    ask(
        "offline_historical_record_fail",
        unchecked,
        "The recording grant is asked about the issued date, which is not known.",
        world.issue(way=9, basis_kind=5, basis_reference="1995职改字第12号", award_date=date(1995, 6, 1)),
    )
    ask(
        "offline_forged_fail",
        "not_authentic/unknown_key",
        "A proven refusal beats what cannot be known.",
        world.issue(signer=Key("stranger")),
    )
    ask(
        "offline_not_granted_fail",
        "not_authorised/no_grant",
        "A proven refusal beats what cannot be known.",
        world.issue(award_date=date(2019, 1, 1)),
    )
    ask(
        "offline_with_an_old_list_fail",
        "indeterminate/trust_expired",
        "A list carried along too long.",
        good,
        now=NOW + timedelta(days=300),
    )
    ask(
        "offline_by_check_code_fail",
        "indeterminate/history_unreachable",
        "A check code leads nowhere without shards.",
        None,
        check_codes=(good.check_code,),
        step=1,
    )


def _only_trust_list(files: dict[str, bytes]) -> None:
    for path in [path for path in files if path != publication.trust_list(1)]:
        del files[path]
