"""The verifier's service: the page, the API, and the publication if it is asked to; put together in one place.

Rules: it holds no secret and no database; it fetches nothing that a request names but one prefix's shard; it keeps
nothing of what was asked. Trust sentence: whoever changes this service can show its visitors wrong verdicts, and can
neither make a certificate nor make another reader accept one.

    app = create_app(settings, clock=lambda: datetime.now(UTC))
    uvicorn.Server(uvicorn.Config(app, access_log=False, **connections.OPTIONS)).run()
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import datetime
from functools import partial
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from credential.verdict import Verdict
from verifier import plain as plainly
from verifier import problems
from verifier.errors import NotAtHandError, TrustError
from verifier.guide import help_page, lost_page
from verifier.headers import HeadersMiddleware, HeadMiddleware
from verifier.metrics import Metrics
from verifier.reader.http import is_address
from verifier.reader.publication import PublicationReader
from verifier.settings import Settings, make_reader
from verifier.site import HELP_PAGE, add_page, add_publication, page_files, style_of, text_page
from verifier.sources.children import Children
from verifier.sources.recognise import Kind
from verifier.uploads import Desk, Question, read_form, read_request
from verifier.verifying import verify_found

Clock = Callable[[], datetime]
PUBLICATION_PATH: Final = "/p/"
HEALTH: Final = "/v1/health"
FRESH: Final = "fresh"
_JSON: Final = TypeAdapter(dict[str, Any])
"""Writes JSON, quicker than the standard library does."""


def create_app(
    settings: Settings, *, clock: Clock, reader: PublicationReader | None = None, metrics: Metrics | None = None
) -> FastAPI:
    """Put the service together.

    Args:
        settings: what the operator decides.
        clock: gives aware UTC instants.
        reader: another reader than the one that the settings describe, for tests.
        metrics: counts answers and verdicts; None: nobody counts.

    Raises:
        UsageError: the settings cannot hold.
    """
    # No interactive documentation: its page loads scripts from third parties.
    children = Children()
    app = FastAPI(
        title="titlecert verifier",
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        # It would send the visitor to whatever host the request named.
        redirect_slashes=False,
        lifespan=_closing(children),
    )
    used = make_reader(settings) if reader is None else reader
    public = settings.publication if is_address(settings.publication) else None
    pages = page_files(_config(settings, used, public))
    style = style_of(pages)
    pages[HELP_PAGE] = text_page(help_page(settings.imprint, style=style))
    problems.install(app, lost_page(style=style))
    app.state.publication = partial(publication_state, used, clock)
    _add_health(app, used, clock)
    _add_api(app, settings, used, clock, Desk(children), style=style, metrics=metrics)
    add_page(app, pages)
    if settings.serve_publication:
        add_publication(app, settings.publication, at=PUBLICATION_PATH)
    app.add_middleware(HeadMiddleware)
    app.add_middleware(
        HeadersMiddleware,
        publication_origin=None if public is None else "/".join(public.split("/")[:3]),
        secure=settings.origin.startswith("https://"),
        answered=None if metrics is None else metrics.answered,
    )
    if metrics is not None:
        metrics.watch(used, clock)
    return app


def create_counting_app(settings: Settings, *, clock: Clock) -> FastAPI:
    """As ``create_app``, in one of several processes, which counts for itself (``verifier.metrics``)."""
    return create_app(settings, clock=clock, metrics=Metrics.of_one_process())


def _config(settings: Settings, reader: PublicationReader, public: str | None) -> dict[str, object]:
    """What the page needs to know: where the publication is, and which root it is held to."""
    return {
        "publication": PUBLICATION_PATH if public is None else public,
        "root": settings.trust_root.decode("ascii"),
        "demonstration": reader.demonstration,
        "offline": settings.offline,
    }


def _closing(children: Children) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        children.close()

    return lifespan


def _add_health(app: FastAPI, reader: PublicationReader, clock: Clock) -> None:
    @app.get(HEALTH)
    def health() -> JSONResponse:
        """Whether the service runs, and whether it could answer: the publication's state."""
        state = publication_state(reader, clock)
        return JSONResponse({"status": "ok", "publication": state})

    @app.get("/v1/ready")
    def ready() -> JSONResponse:
        """Whether the service can answer a check now: 200, or 503 while the publication cannot be read."""
        state = publication_state(reader, clock)
        return JSONResponse({"ready": state == FRESH, "publication": state}, status_code=200 if state == FRESH else 503)


def publication_state(reader: PublicationReader, clock: Clock) -> str:
    """Return ``fresh``, or the code of why the publication cannot be read."""
    try:
        reader.view(clock())
    except TrustError as error:
        return error.code
    return FRESH


def _add_api(
    app: FastAPI,
    settings: Settings,
    reader: PublicationReader,
    clock: Clock,
    desk: Desk,
    *,
    style: str,
    metrics: Metrics | None,
) -> None:
    @app.get("/v", include_in_schema=False)
    @app.get("/", include_in_schema=False)
    def home() -> RedirectResponse:
        return RedirectResponse("/v/", status_code=307)

    def count(verdict: Verdict) -> None:
        if metrics is not None:
            metrics.verdict(verdict.outcome, verdict.reason)

    async def verify(request: Request) -> Response:
        """Answer with a verdict (FORMAT 12.1). Every verdict is status 200: the question was answered."""
        with desk.holding() as held:
            question = await read_request(request, desk, held, max_upload_bytes=settings.max_upload_bytes)
            verdict = await _answer(question, reader, desk, now=clock())
        count(verdict)
        return Response(_JSON.dump_json(verdict.to_json()), media_type="application/json")

    async def plain(request: Request) -> Response:
        """The same, for the plain form of the page: the answer is a page."""
        body = await read_form(request)
        question = Question(found=plainly.found_in(body), at=None)
        verdict = await _answer(question, reader, desk, now=clock())
        count(verdict)
        page = plainly.answer_page(verdict, style=style)
        return HTMLResponse(page, headers={"Cache-Control": "no-store"})

    app.router.add_api_route("/v1/verify", verify, methods=["POST"], route_class_override=_PlainRoute)
    app.router.add_api_route(
        "/v/ask", plain, methods=["POST"], route_class_override=_PlainRoute, include_in_schema=False
    )


class _PlainRoute(APIRoute):
    """A route whose function takes the request and returns the answer: nothing is prepared, which is quicker."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """As ``APIRoute``."""
        handler: Callable[[Request], Coroutine[Any, Any, Response]] = self.endpoint
        return handler


async def _answer(question: Question, reader: PublicationReader, desk: Desk, *, now: datetime) -> Verdict:
    """Verify in the loop what is in memory, and in a thread all that waits for a file or the network (ADR 0042)."""
    found, at = question.found, question.at

    def ask() -> Verdict:
        return verify_found(found, reader, desk.children, now=now, at=at)

    if found.kind is Kind.DOCUMENT:
        return await desk.work(ask)
    at_hand = reader.at_hand(now)
    if at_hand is not None:
        with suppress(NotAtHandError):
            return verify_found(found, at_hand, desk.children, now=now, at=at)
    return await run_in_threadpool(ask)
