"""The one shape of every error answer: problem details (RFC 9457). A verdict is never one of them.

{"type": "urn:titlecert:problem:bad_request", "title": ..., "status": 400, "detail": ..., "code": "bad_request"}
"""

from __future__ import annotations

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException

from verifier.errors import SourceError, UsageError, VerifierError
from verifier.headers import page_policy

_LOG = logging.getLogger("verifier")
_SOURCE_STATUS = {
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "busy": HTTPStatus.SERVICE_UNAVAILABLE,
}
_PROGRAMS = ("/v1/", "/p/")
"""Where programs ask."""
_RETRY = {"busy": {"Retry-After": "30"}}
_USAGE_STATUS = {
    "pdf_support_missing": HTTPStatus.NOT_IMPLEMENTED,
    "image_support_missing": HTTPStatus.NOT_IMPLEMENTED,
}


class ProblemError(VerifierError):
    """An error answer with its status, code and a sentence that says what to do."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(code, detail, status=status)
        self.status = status


def problem(status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """Make the answer."""
    body = {
        "type": f"urn:titlecert:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }
    return JSONResponse(body, status_code=status, media_type="application/problem+json", headers=headers)


def install(app: FastAPI, lost: str) -> None:
    """Answer every error of the application in this shape; what a request held is never repeated.

    Args:
        app: the application.
        lost: the page for a person in a browser who came to a wrong path; programs get the problem.
    """

    def answer(request: Request, status: int, code: str, detail: str, headers: dict[str, str] | None) -> Response:
        if status == HTTPStatus.NOT_FOUND and _is_read_by_a_person(request):
            return HTMLResponse(lost, status_code=status, headers={"Content-Security-Policy": page_policy(None)})
        return problem(status, code, detail, headers)

    @app.exception_handler(ProblemError)
    def _problem(request: Request, error: ProblemError) -> Response:
        return answer(request, error.status, error.code, str(error), _RETRY.get(error.code))

    @app.exception_handler(SourceError)
    def _source(_: Request, error: SourceError) -> JSONResponse:
        status = _SOURCE_STATUS.get(error.code, HTTPStatus.UNPROCESSABLE_ENTITY)
        return problem(status, error.code, str(error), _RETRY.get(error.code))

    @app.exception_handler(UsageError)
    def _usage(_: Request, error: UsageError) -> JSONResponse:
        return problem(_USAGE_STATUS.get(error.code, HTTPStatus.UNPROCESSABLE_ENTITY), error.code, str(error))

    @app.exception_handler(RequestValidationError)
    def _validation(_: Request, __: RequestValidationError) -> JSONResponse:
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_request", "the request is not of the documented form")

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        code = HTTPStatus(error.status_code).name.lower()
        return answer(request, error.status_code, code, str(error.detail), dict(error.headers or {}))

    @app.exception_handler(Exception)
    def _fault(_: Request, error: Exception) -> JSONResponse:
        # The traceback names places in the code; the message could hold what was asked, so it is left out.
        _LOG.error("fault: %s", type(error).__name__)
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "fault", "the service failed; the fault is ours and was noted")


def _is_read_by_a_person(request: Request) -> bool:
    wants_page = "text/html" in request.headers.get("accept", "")
    return wants_page and request.method == "GET" and not request.url.path.startswith(_PROGRAMS)
