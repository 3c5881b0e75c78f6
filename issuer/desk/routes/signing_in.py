"""Signing in, with a claim code or with an account elsewhere, and signing out.

Rules: the unlock service decides, and counts tries. What is mistyped for certain is said before anything is counted.
Whether an ID document is known is never said. A session that was there before is ended by a new one.

    POST /sign-in   id_type, id_number, code
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from issuer.desk import oidc, sessions
from issuer.desk.desk import Desk
from issuer.desk.shown import id_types
from issuer.desk.visit import Visit
from issuer.errors import InputError, IssuerError, NotAllowedError
from issuer.identifiers import IdRefusedError, IdType, clean_id
from issuer.unlock.model import SignedIn

MAX_TYPED_ID: Final = 60
"""Characters: the longest number with blanks in it is far shorter."""
_TYPES: Final = {kind.word: kind for kind in IdType}


def first(desk: Desk, visit: Visit, _: Mapping[str, str]) -> Response:
    """Lead to the certificates, or to the sign-in."""
    return desk.redirect("/sign-in" if visit.live is None else "/certificates")


def form(desk: Desk, visit: Visit, _: Mapping[str, str]) -> Response:
    """Show the form."""
    if visit.live is not None:
        return desk.redirect("/certificates")
    return _form(desk, visit)


def with_code(desk: Desk, visit: Visit, _: Mapping[str, str]) -> Response:
    """Sign in with a claim code."""
    faults = _typing_faults(visit)
    if faults:
        return _form(desk, visit, faults=faults, status=422)
    typed = visit.asking.form
    try:
        signed_in = desk.unlock.with_code(
            id_type=typed["id_type"],
            id_number=clean_id(_TYPES[typed["id_type"]], typed["id_number"]).text,
            code=typed["code"],
        )
    except InputError as error:
        return _form(desk, visit, faults={"code": error.code}, status=422)
    except NotAllowedError as error:
        return _form(desk, visit, refused=error.code, status=429 if error.code == "too_many_tries" else 403)
    answer = desk.redirect("/certificates")
    _begin(desk, visit, signed_in, answer)
    return answer


def begin_account(desk: Desk, visit: Visit, _: Mapping[str, str]) -> Response:
    """Begin a sign-in with an account elsewhere: say where it leads."""
    begun, bound = oidc.begin(desk.store, desk.unlock, desk.settings, now=desk.clock())
    answer = desk.pages.answer(visit, "account.html", link=begun.link, where=begun.where)
    answer.set_cookie(
        oidc.COOKIE,
        bound,
        max_age=oidc.SIGN_IN_SECONDS,
        path="/sign-in/back",
        secure=desk.settings.secure,
        httponly=True,
        samesite="lax",  # the way back comes from another site
    )
    return answer


def came_back(desk: Desk, visit: Visit, _: Mapping[str, str]) -> Response:
    """Finish a sign-in with an account elsewhere."""
    bound = visit.asking.cookies.get(oidc.COOKIE, "")
    try:
        token = oidc.finish(desk.store, desk.settings, visit.asking.query, bound, now=desk.clock())
        signed_in = desk.unlock.with_token(id_token=token.id_token, nonce=token.nonce)
    except IssuerError as error:
        answer = _form(desk, visit, refused=error.code, status=403)
    else:
        answer = desk.pages.answer(visit, "signed_in.html")
        _begin(desk, visit, signed_in, answer)
    answer.delete_cookie(oidc.COOKIE, path="/sign-in/back", secure=desk.settings.secure, httponly=True, samesite="lax")
    return answer


def sign_out(desk: Desk, visit: Visit, _: Mapping[str, str]) -> Response:
    """Sign the holder out, here and at the unlock service."""
    end_session(desk, visit, visit.holder.session)
    answer = desk.pages.answer(
        Visit(asking=visit.asking, settings=desk.settings, unlock=desk.unlock, kept=desk.kept, live=None),
        "signed_out.html",
    )
    desk.drop_cookie(answer)
    return answer


def end_session(desk: Desk, visit: Visit, session: str) -> bool:
    """End a session of the same holder, here first; whether there was one."""
    with desk.store.write() as connection:
        ticket = sessions.end(connection, visit.holder, session, now=desk.clock())
    if ticket is None:
        return False
    desk.kept.forget(session)
    desk.unlock.end(ticket)
    return True


def _begin(desk: Desk, visit: Visit, signed_in: SignedIn, answer: Response) -> None:
    if visit.live is not None:
        end_session(desk, visit, visit.live.session)
    with desk.store.write() as connection:
        live = sessions.begin(connection, signed_in, visit.asking.device, now=desk.clock())
    desk.set_cookie(answer, live)


def _typing_faults(visit: Visit) -> dict[str, str]:
    """Codes of what cannot be right, by field."""
    typed, faults = visit.asking.form, {}
    kind = _TYPES.get(typed.get("id_type", ""))
    if kind is None:
        faults["id_type"] = "id_type"
    else:
        try:
            clean_id(kind, typed.get("id_number", "")[:MAX_TYPED_ID])
        except IdRefusedError as error:
            faults["id_number"] = error.code
    if not typed.get("code", "").strip():
        faults["code"] = "code_empty"
    return faults


def _form(
    desk: Desk, visit: Visit, *, faults: Mapping[str, str] | None = None, refused: str = "", status: int = 200
) -> Response:
    typed = {name: visit.asking.form.get(name, "") for name in ("id_type", "id_number", "code")}
    return desk.pages.answer(
        visit,
        "sign_in.html",
        status=status,
        id_types=id_types(visit.say),
        typed=typed | {"id_type": typed["id_type"] or IdType.CITIZEN.word},
        faults={field: _fault(visit, code) for field, code in (faults or {}).items()},
        refused=refused if not refused or visit.say.has(f"sign_in.{refused}") else "not_recognised",
    )


def _fault(visit: Visit, code: str) -> str:
    return visit.say(f"sign_in.{code}" if visit.say.has(f"sign_in.{code}") else "sign_in.not_right")
