"""What every page of the desk has around it: the session by its cookie, errors as pages, the cookie of the answer.

Rules: pages run in threads, because database and unlock service are waited for. An error is a page that says what
happened and what to do. What somebody typed before the session ended is given back, not lost. A ticket that the unlock
service refuses ends the session here too.

    desk.for_holders(certificates.one)      # an endpoint
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from credential.errors import CodedError
from issuer.desk import jobs, oidc, sessions
from issuer.desk.db.store import DeskStore
from issuer.desk.kept import KeptViews
from issuer.desk.pages import Pages
from issuer.desk.sessions import Live
from issuer.desk.settings import DeskSettings
from issuer.desk.unlocking import Unlocking
from issuer.desk.visit import Asking, Visit, read_asking
from issuer.errors import MachineError, NotAllowedError, NotFoundError

LOG: Final = logging.getLogger("desk")
Clock = Callable[[], datetime]
Handler = Callable[["Desk", Visit, Mapping[str, str]], Response]
"""Takes the desk, the visit and what the path names; runs in a thread."""
SWEEP_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 0.2
"""Between two looks at what is being made."""
_TYPED: Final = ("subject", "text", "contact")
"""Fields that somebody may have written at length."""
_BUSY: Final = frozenset({"unlock_gone", "desk_unreachable", "unlock_busy"})


class StillWaiting(HTMLResponse):
    """A page that says that something is being made: it is held back for a while, in case that ends meanwhile."""


@dataclass(kw_only=True)
class Desk:
    """The desk of one process."""

    settings: DeskSettings
    store: DeskStore
    unlock: Unlocking
    clock: Clock
    patience: float
    kept: KeptViews = field(repr=False)
    pages: Pages = field(init=False)
    _swept: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self.pages = Pages(self.settings)

    @property
    def cookie(self) -> str:
        """The name of the session's cookie; over TLS one that no other host can set (RFC 6265bis, ``__Host-``)."""
        return "__Host-desk" if self.settings.secure else "desk"

    def open_to_all(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """Return the endpoint of a page that takes no session."""
        return self._endpoint(handler, holders_only=False)

    def for_holders(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """Return the endpoint of a page that takes one."""
        return self._endpoint(handler, holders_only=True)

    def redirect(self, path: str) -> Response:
        """Return an answer that leads to a page of this desk, as a GET."""
        return RedirectResponse(path, status_code=303)

    def problem(self, visit: Visit, code: str, status: int, **fields: object) -> Response:
        """Return the page of an error, by its code."""
        known = code if visit.say.has(f"error.{code}") else "failed"
        values = {key: value for key, value in fields.items() if isinstance(value, str | int)}
        said = {part: visit.say(f"error.{known}{part and '_' + part}", **values) for part in ("", "text", "next")}
        return self.pages.answer(
            visit, "problem.html", status=status, title=said[""], text=said["text"], then=said["next"], code=code
        )

    def set_cookie(self, answer: Response, live: Live) -> None:
        """Give the browser the session's cookie; it is kept until the browser ends."""
        answer.set_cookie(
            self.cookie, live.token, path="/", secure=self.settings.secure, httponly=True, samesite="strict"
        )

    def drop_cookie(self, answer: Response) -> None:
        """Take the cookie back."""
        answer.delete_cookie(self.cookie, path="/", secure=self.settings.secure, httponly=True, samesite="strict")

    async def refused(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that the guard refused: nothing of it was read."""
        code = str(scope["desk.fault"])
        request = Request({**scope, "method": "GET"})
        visit = self._visit(await read_asking(request), None)
        status = 413 if code == "form_too_long" else 415 if code == "not_a_form" else 403
        await (await run_in_threadpool(self.problem, visit, code, status))(scope, receive, send)

    async def not_found(self, request: Request, _: Exception) -> Response:
        """Answer an address that there is not."""
        return await self._plain_problem(request, "unknown_page", 404)

    async def failed(self, request: Request, error: Exception) -> Response:
        """Answer a fault of the program; the log has its kind and place, and nothing of the person."""
        LOG.error("a page failed: %s", type(error).__name__)
        return await self._plain_problem(request, "failed", 500)

    async def _plain_problem(self, request: Request, code: str, status: int) -> Response:
        asking = await read_asking(Request({**request.scope, "method": "GET"}))
        return await run_in_threadpool(lambda: self.problem(self._visit(asking, self._found(asking)), code, status))

    def _visit(self, asking: Asking, live: Live | None) -> Visit:
        return Visit(asking=asking, settings=self.settings, unlock=self.unlock, kept=self.kept, live=live)

    def _endpoint(self, handler: Handler, *, holders_only: bool) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            asking, named = await read_asking(request), request.path_params
            until = time.monotonic() + self.patience
            answer = await run_in_threadpool(self._answer, handler, asking, named, holders_only)
            # An answer that brings a new cookie is sent at once: the cookie would be lost with it.
            while isinstance(answer, StillWaiting) and time.monotonic() < until and not _set_by(answer):
                await anyio.sleep(LOOK_SECONDS)
                answer = await run_in_threadpool(self._answer, handler, asking, named, holders_only)
            return answer

        return endpoint

    def _answer(self, handler: Handler, asking: Asking, named: Mapping[str, str], holders_only: bool) -> Response:
        self._sweep()
        live = None
        try:
            live = self._found(asking)
            visit = self._visit(asking, live)
            if holders_only and live is None:
                return self._not_signed_in(visit)
            answer = handler(self, visit, named)
        except CodedError as error:
            return self._told(self._visit(asking, live), error)
        if live is not None and live.token != asking.cookies.get(self.cookie) and self.cookie not in _set_by(answer):
            self.set_cookie(answer, live)
        return answer

    def _found(self, asking: Asking) -> Live | None:
        token = asking.cookies.get(self.cookie)
        if token is None:
            return None
        now = self.clock()
        with self.store.read() as connection:
            live = sessions.find(connection, token, self.settings, now=now)
        if live is None or not sessions.due(live, self.settings, now=now):
            return live
        with self.store.write() as connection:
            return sessions.used(connection, live, self.settings, now=now)

    def _not_signed_in(self, visit: Visit) -> Response:
        """Lead to the sign-in; where a form was sent, give back what was typed."""
        was_in = self.cookie in visit.asking.cookies
        typed = [visit.asking.form[name] for name in _TYPED if visit.asking.form.get(name)]
        if visit.asking.method == "GET" and not was_in:
            return self.redirect("/sign-in")
        answer = self.pages.answer(visit, "ended.html", status=401, typed=typed)
        self.drop_cookie(answer)
        return answer

    def _told(self, visit: Visit, error: CodedError) -> Response:
        if error.code == "ticket_refused" and visit.live is not None:
            with self.store.write() as connection:
                sessions.end(connection, visit.live, visit.live.session, now=self.clock())
            return self._not_signed_in(self._visit(visit.asking, None))
        status = 503 if isinstance(error, MachineError) or error.code in _BUSY else 400
        status = 404 if isinstance(error, NotFoundError) else 403 if isinstance(error, NotAllowedError) else status
        LOG.warning("a page was refused: %s", error.code)
        return self.problem(visit, error.code, status, **dict(error.fields))

    def _sweep(self) -> None:
        """Now and then delete what is over."""
        now = time.monotonic()
        if now - self._swept < SWEEP_SECONDS:
            return
        self._swept = now
        with suppress(MachineError), self.store.write() as connection:
            at = self.clock()
            sessions.sweep(connection, now=at)
            jobs.sweep(connection, now=at)
            oidc.sweep(connection, now=at)
            self.kept.sweep(now=at)


def _set_by(answer: Response) -> str:
    return "\n".join(answer.headers.getlist("set-cookie"))
