"""Questions that a page is never asked: without a publication, and about a file (DESIGN: offline; FORMAT 12)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from credential import publication
from tests.support.clock import NOW
from tests.support.keys import Key
from tests.support.world import World
from tests.vectors.model import Book, Kind

PDF: Final = b"%PDF-1.7\n"


def cases(book: Book) -> None:
    """Asked of Python alone."""
    _offline(book)
    _documents(book)


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


def _documents(book: Book) -> None:
    scene = book.scene(World())
    scene.world.issue()

    def ask(name: str, expect: str, why: str, document: bytes) -> None:
        scene.case(name, expect, why, "12", kind=Kind.DOCUMENT, document=document)

    ask(
        "document_that_is_none_fail",
        "malformed/bad_file",
        "It begins like a PDF and is none.",
        PDF + b"nothing behind\n",
    )
    ask("document_cut_short_fail", "malformed/bad_file", "The cross-reference table is missing.", one_page()[:-60])
    ask(
        "document_without_seal_fail",
        "not_authentic/document_not_sealed",
        "A PDF that anybody could have made.",
        one_page(),
    )


def one_page() -> bytes:
    """The smallest PDF with a page."""
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
    )
    data, places = PDF, []
    for number, content in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"xref\n0 4\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return data + table + b"trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(data)
