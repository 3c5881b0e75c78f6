"""The holder's certificates: all of them, one, its history, its content, how to show it; and the notices.

Rules: a handle that is not this holder's is answered as one that there is not.

    GET /certificates/{handle}
    GET /notices/{notice}/notice.pdf
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from starlette.responses import Response

from issuer.desk.desk import Desk
from issuer.desk.printing import press_of
from issuer.desk.shown import Shown, beside
from issuer.desk.visit import Visit
from issuer.documents.qr import qr_png
from issuer.errors import NotFoundError
from issuer.notices.model import from_pairs
from issuer.notices.printing import Press


def all_of_them(desk: Desk, visit: Visit, _: Mapping[str, str]) -> Response:
    """Show all certificates."""
    return desk.pages.answer(
        visit, "certificates.html", current="certificates", certificates=visit.certificates, name=visit.view.name
    )


def one(desk: Desk, visit: Visit, named: Mapping[str, str]) -> Response:
    """Show a certificate."""
    found = the(visit, named)
    notices = [each for each in visit.view.notices if each.certificate == found.of.number]
    return desk.pages.answer(
        visit,
        "certificate.html",
        current="certificates",
        certificate=found,
        notices=sorted(notices, key=lambda each: each.at, reverse=True),
        successor=_successor(visit, found),
    )


def history(desk: Desk, visit: Visit, named: Mapping[str, str]) -> Response:
    """Show what happened to a certificate, newest first."""
    found = the(visit, named)
    return desk.pages.answer(visit, "history.html", current="certificates", certificate=found)


def content(desk: Desk, visit: Visit, named: Mapping[str, str]) -> Response:
    """Show what a certificate says, and what the register holds beyond it."""
    found = the(visit, named)
    return desk.pages.answer(
        visit,
        "content.html",
        current="certificates",
        certificate=found,
        held=[beside(pair, visit.say) for pair in visit.view.held],
    )


def show(desk: Desk, visit: Visit, named: Mapping[str, str]) -> Response:
    """Show QR code and check code, and say what somebody who has them can see."""
    return desk.pages.answer(visit, "show.html", current="certificates", certificate=the(visit, named))


def qr(desk: Desk, visit: Visit, named: Mapping[str, str]) -> Response:  # noqa: ARG001 - the form of a handler
    """Return the QR code as a picture."""
    return Response(qr_png(the(visit, named).of.url).png, media_type="image/png")


def notices(desk: Desk, visit: Visit, _: Mapping[str, str]) -> Response:
    """Show all notices, newest first."""
    found = sorted(visit.view.notices, key=lambda each: each.at, reverse=True)
    pages = {each.of.number: each for each in visit.certificates}
    return desk.pages.answer(visit, "notices.html", current="notices", notices=found, pages=pages)


def notice(desk: Desk, visit: Visit, named: Mapping[str, str]) -> Response:
    """Return a notice as PDF. Raises NotFoundError ``no_notice``: there is none, or it is not on paper yet."""
    found = next((each for each in visit.view.notices if each.id == named["notice"] and each.said), None)
    if found is None:
        raise NotFoundError("no_notice", "this holder has no notice of that name", notice=named["notice"])
    pdf = _press(desk.settings.fonts).pdf(from_pairs(found.said))
    disposition = f'attachment; filename="{found.id}.pdf"'
    return Response(pdf, media_type="application/pdf", headers={"Content-Disposition": disposition})


@cache
def _press(fonts: tuple[Path, ...]) -> Press:
    return press_of(fonts)


def the(visit: Visit, named: Mapping[str, str]) -> Shown:
    """Return the certificate that a path names. Raises NotFoundError ``no_certificate``."""
    found = visit.certificate(named["handle"])
    if found is None:
        raise NotFoundError("no_certificate", "this holder has no certificate of that name")
    return found


def _successor(visit: Visit, found: Shown) -> Shown | None:
    """The certificate in this one's place, where the holder has it."""
    numbers = [each.successor for each in found.of.history if each.successor]
    return next((each for each in visit.certificates if numbers and each.of.number == numbers[-1]), None)
