"""Requests to the office: what was asked and answered, and the forms to ask.

Rules: a form that is not accepted comes back with everything that was typed. What is sent is dated, with the day by
which it is answered.

    POST /requests/new/correction   certificate, subject, text, contact
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from starlette.responses import Response

from credential import days
from issuer.desk import requests
from issuer.desk.desk import Desk
from issuer.desk.requests import KINDS, Asked, Request
from issuer.desk.settings import in_working_days
from issuer.desk.visit import Visit
from issuer.errors import ConflictError, InputError, NotFoundError


def all_of_them(desk: Desk, visit: Visit, _: Mapping[str, str]) -> Response:
    """Show the holder's requests, and what can be asked."""
    with desk.store.read() as connection:
        found = requests.listed(connection, visit.holder)
    return desk.pages.answer(visit, "requests.html", current="requests", requests=found, kinds=KINDS)


def form(desk: Desk, visit: Visit, named: Mapping[str, str]) -> Response:
    """Show the form of a kind of request."""
    return _form(desk, visit, named["kind"])


def send(desk: Desk, visit: Visit, named: Mapping[str, str]) -> Response:
    """Take a request."""
    kind, typed = named["kind"], visit.asking.form
    about = visit.certificate(typed.get("certificate", ""))
    try:
        asked = Asked(
            kind=kind,
            certificate="" if about is None else about.of.number,
            subject=typed.get("subject", "").strip(),
            text=typed.get("text", "").strip(),
            contact=typed.get("contact", "").strip(),
        )
        with desk.store.write() as connection:
            request = requests.send(connection, visit.holder, asked, desk.settings, now=desk.clock())
    except (InputError, ConflictError) as error:
        fields = {key: value for key, value in error.fields.items() if isinstance(value, str | int)}
        place = str(fields.get("field", "text"))
        return _form(desk, visit, kind, faults={place: visit.say(f"requests.{error.code}", **fields)}, status=422)
    return desk.redirect(f"/requests/{request}")


def one(desk: Desk, visit: Visit, named: Mapping[str, str]) -> Response:
    """Show a request and its answer."""
    with desk.store.read() as connection:
        found = requests.find(connection, visit.holder, named["request"])
    if found is None:
        raise NotFoundError("no_request", "this holder has no request of that id")
    return desk.pages.answer(visit, "request.html", current="requests", request=found, last=last_day(visit, found))


def last_day(visit: Visit, request: Request) -> str:
    """Return the day by which a request is answered, in words."""
    return visit.say.day(days.day_of(request.due - timedelta(seconds=1)))


def _form(
    desk: Desk, visit: Visit, kind: str, *, faults: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    if kind not in KINDS:
        raise NotFoundError("unknown_page", f"there is no request of the kind {kind!r}")
    typed = {name: visit.asking.form.get(name, "") for name in ("certificate", "subject", "text", "contact")}
    by = in_working_days(desk.settings, kind, days.day_of(desk.clock()))
    return desk.pages.answer(
        visit,
        "ask.html",
        status=status,
        current="requests",
        kind=kind,
        typed=typed,
        faults=dict(faults or {}),
        certificates=visit.certificates,
        days=desk.settings.deadlines.of(kind),
        by=visit.say.day(by),
    )
