"""The holder's desk as a web application, put together in one place.

Rules: it opens no register and holds no key of the house. What a holder sees comes from the unlock service for the
ticket of the session, and is kept sealed for that session alone (``kept``). Trust sentence: whoever changes this
process can act for the holders who are signed in meanwhile, and for nobody else; it can sign nothing and alter no
certificate.

    app = create_app(settings, store=DeskStore.create(settings.database), unlock=Unlock(settings.socket), clock=clock)
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.resources import files

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from issuer.desk import health
from issuer.desk.db.store import DeskStore
from issuer.desk.desk import Clock, Desk, Handler
from issuer.desk.headers import GuardMiddleware, HeadersOfDesk
from issuer.desk.kept import KeptViews
from issuer.desk.metrics import Answered, CountingMiddleware
from issuer.desk.routes import account, certificates, downloads, held, requests, signing_in
from issuer.desk.settings import DeskSettings
from issuer.desk.unlocking import Unlocking

FOR_ALL: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/", signing_in.first),
    ("GET", "/sign-in", signing_in.form),
    ("POST", "/sign-in", signing_in.with_code),
    ("POST", "/sign-in/account", signing_in.begin_account),
    ("GET", "/sign-in/back", signing_in.came_back),
    ("GET", "/help", account.help_page),
    ("POST", "/language", account.language),
    ("POST", "/text", account.text),
)
"""What anybody may ask."""
SIGNED_IN: tuple[tuple[str, str, Handler], ...] = (
    ("POST", "/sign-out", signing_in.sign_out),
    ("GET", "/certificates", certificates.all_of_them),
    ("GET", "/certificates/{handle}", certificates.one),
    ("GET", "/certificates/{handle}/history", certificates.history),
    ("GET", "/certificates/{handle}/content", certificates.content),
    ("GET", "/certificates/{handle}/show", certificates.show),
    ("GET", "/certificates/{handle}/qr.png", certificates.qr),
    ("GET", "/certificates/{handle}/download", downloads.choices),
    ("POST", "/certificates/{handle}/document", downloads.make),
    ("GET", "/certificates/{handle}/files/{kind}", downloads.file),
    ("GET", "/jobs/{job}", downloads.progress),
    ("GET", "/notices", certificates.notices),
    ("GET", "/notices/{notice}/notice.pdf", certificates.notice),
    ("GET", "/held", held.everything),
    ("GET", "/held/export.json", held.as_json),
    ("GET", "/held/export.pdf", held.as_pdf),
    ("GET", "/held/erasing", held.erasing),
    ("GET", "/requests", requests.all_of_them),
    ("GET", "/requests/new/{kind}", requests.form),
    ("POST", "/requests/new/{kind}", requests.send),
    ("GET", "/requests/{request}", requests.one),
    ("GET", "/sign-ins", account.sign_ins),
    ("POST", "/sign-ins/end", account.end),
)
"""What takes a session."""


def create_app(
    settings: DeskSettings,
    *,
    store: DeskStore,
    unlock: Unlocking,
    clock: Clock,
    patience: float = 8.0,
    kept: KeptViews | None = None,
    answered: Answered | None = None,
) -> Starlette:
    """Put the desk together.

    Args:
        settings: what the operator decides.
        store: the desk's own database, open.
        unlock: the unlock service.
        clock: gives aware UTC instants.
        patience: seconds that a page waits for a document that is being made, before it says so.
        kept: where views of sessions are kept; None: a place of its own.
        answered: counts answers; None: nobody counts.
    """
    views = KeptViews() if kept is None else kept
    desk = Desk(settings=settings, store=store, unlock=unlock, clock=clock, patience=patience, kept=views)
    static = StaticFiles(directory=str(files("issuer.desk").joinpath("static")))
    return Starlette(
        routes=[*_routes(desk), *health.routes_of(store, settings.socket), Mount("/static", static, name="static")],
        middleware=[
            *([] if answered is None else [Middleware(CountingMiddleware, answered=answered)]),
            Middleware(HeadersOfDesk, secure=settings.secure),
            Middleware(GuardMiddleware, origin=settings.origin, refused=desk.refused),
        ],
        exception_handlers={404: desk.not_found, 405: desk.not_found, 500: desk.failed},
        lifespan=_closing(store),
    )


def _routes(desk: Desk) -> list[BaseRoute]:
    public = [Route(path, desk.open_to_all(handler), methods=[method]) for method, path, handler in FOR_ALL]
    own = [Route(path, desk.for_holders(handler), methods=[method]) for method, path, handler in SIGNED_IN]
    return [*public, *own]


def _closing(store: DeskStore) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        store.close()

    return lifespan
