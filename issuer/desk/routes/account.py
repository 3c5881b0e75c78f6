"""What belongs to the visit itself: language, size of text, help, and the places where the holder is signed in.

POST /sign-ins/end   session
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from issuer.desk import sessions
from issuer.desk.desk import Desk
from issuer.desk.routes.signing_in import end_session, sign_out
from issuer.desk.visit import LANGUAGE_COOKIE, TEXT_COOKIE, Visit
from issuer.desk.wording import SPOKEN
from issuer.errors import NotFoundError

_YEAR: Final = 365 * 86_400
"""Seconds that a choice of language or size is remembered; it says nothing of the person."""


def sign_ins(desk: Desk, visit: Visit, _: Mapping[str, str]) -> Response:
    """Show where the holder is signed in."""
    with desk.store.read() as connection:
        found = sessions.listed(connection, visit.holder, desk.settings, now=desk.clock())
    return desk.pages.answer(visit, "sign_ins.html", current="sign_ins", sessions=found)


def end(desk: Desk, visit: Visit, named: Mapping[str, str]) -> Response:
    """End one of the holder's sessions."""
    session = visit.asking.form.get("session", "")
    if session == visit.holder.session:
        return sign_out(desk, visit, named)
    if not end_session(desk, visit, session):
        raise NotFoundError("no_session", "this holder has no session of that id")
    return desk.redirect("/sign-ins")


def language(desk: Desk, visit: Visit, _: Mapping[str, str]) -> Response:
    """Change the language, and go back."""
    chosen = visit.asking.form.get("language", "")
    return _remember(desk, visit, LANGUAGE_COOKIE, chosen if chosen in SPOKEN else SPOKEN[0])


def text(desk: Desk, visit: Visit, _: Mapping[str, str]) -> Response:
    """Make the text large, or usual again, and go back."""
    return _remember(desk, visit, TEXT_COOKIE, "large" if visit.asking.form.get("text") == "large" else "usual")


def help_page(desk: Desk, visit: Visit, _: Mapping[str, str]) -> Response:
    """Show the help."""
    return desk.pages.answer(visit, "help.html", current="help")


def _remember(desk: Desk, visit: Visit, name: str, value: str) -> Response:
    answer = desk.redirect(visit.asking.back())
    answer.set_cookie(
        name, value, max_age=_YEAR, path="/", secure=desk.settings.secure, httponly=True, samesite="strict"
    )
    return answer
