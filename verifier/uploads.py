"""Taking what a request hands in: JSON, a form with a file, or a bare file; each with its cap, before it is parsed.

Rules: what is held for files has a cap over all requests, and so has the number of files in work; beyond either the
answer is ``busy``, at once. A file that comes slowly holds what came of it and no place.

    with desk.holding() as held:
        asked = await read_request(request, desk, held, max_upload_bytes=20 << 20)
        asked.found, asked.at
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from functools import partial
from http import HTTPStatus
from typing import Final, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from credential.days import parse_date
from credential.errors import CredentialError
from verifier.problems import ProblemError
from verifier.sources.children import Children
from verifier.sources.formats import MEDIA_TYPES
from verifier.sources.recognise import Found, Kind, found_text, recognise

MAX_JSON_BYTES: Final = 16 << 10
"""A QR text has 1,300 characters."""
MAX_FORM_OVERHEAD: Final = 4 << 10
"""Boundaries and headers of a form around its file."""
MAX_FORM_PARTS: Final = 2
"""The file and the day."""
MAX_BOUNDARY: Final = 70
"""RFC 2046 section 5.1.1."""
MAX_HELD_BYTES: Final = 96 << 20
"""Of all files that are being received or read: four of the largest, five hundred certificates."""
MAX_FILES: Final = 32
"""In work at once, most of them waiting for their turn (``verifier.sources.children``)."""
_FORMS: Final = 3
"""Of a question in JSON, one of which is given."""
_PDF: Final = "application/pdf"
_FILES: Final = frozenset({_PDF, "application/octet-stream", *MEDIA_TYPES})
_FORM: Final = "multipart/form-data"
PLAIN_FORM: Final = "application/x-www-form-urlencoded"


class Asked(BaseModel):
    """The JSON form: exactly one of three, and perhaps a day."""

    model_config = ConfigDict(extra="forbid", strict=True)

    # What is too long is the procedure's to say, with the code that it has everywhere; the body has a cap.
    qr_text: str | None = None
    check_code: str | None = Field(default=None, max_length=200)
    credential_base64: str | None = None
    at: str | None = Field(default=None, max_length=10)


T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as it came."""

    data: bytes
    at: str | None
    called_pdf: bool
    """By its name or its media type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to verify, and for which day."""

    found: Found
    at: date | None


class Held:
    """What one request holds."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.size = 0

    def take(self, more: int) -> None:
        """Raises ProblemError 503 ``busy``."""
        if self._desk.held + more > MAX_HELD_BYTES:
            raise _busy()
        self._desk.held += more
        self.size += more


class Desk:
    """Where files are taken in: the children that read them, and how much of them there is at once."""

    def __init__(self, children: Children) -> None:
        self.children = children
        self.held = 0
        self._places = CapacityLimiter(MAX_FILES)
        self._working = 0

    @contextmanager
    def holding(self) -> Iterator[Held]:
        """For the time of one request; what it took is given back at its end."""
        held = Held(self)
        try:
            yield held
        finally:
            self.held -= held.size

    async def work(self, job: Callable[[], T]) -> T:
        """Do something about a file in a thread of its own, so that texts do not wait for files.

        Raises:
            ProblemError: 503 ``busy``; what the job raises.
        """
        if self._working >= MAX_FILES:
            raise _busy()
        self._working += 1
        try:
            return await to_thread.run_sync(job, limiter=self._places)
        finally:
            self._working -= 1


async def read_request(request: Request, desk: Desk, held: Held, *, max_upload_bytes: int) -> Question:
    """Read one question. What was handed in is taken apart in a thread: a large picture must not stop the others.

    Raises:
        ProblemError: 400, 413, 415, 422 or 503, with a code.
        SourceError: nothing that can be verified was in the file.
    """
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media == "application/json":
        return _from_json(await _body(request, MAX_JSON_BYTES))
    if media == _FORM:
        body = await _body(request, max_upload_bytes + MAX_FORM_OVERHEAD, held)
        upload = await desk.work(partial(_from_form, request.headers["content-type"], body))
    elif media in _FILES:
        body = await _body(request, max_upload_bytes, held)
        upload = Upload(data=body, at=request.query_params.get("at"), called_pdf=media == _PDF)
    else:
        raise ProblemError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "send application/json, a form with a file, or a PDF or picture as the body",
        )
    return await desk.work(partial(_from_file, upload, desk.children))


async def read_form(request: Request) -> bytes:
    """The body of the page's plain form, which holds one text.

    Raises:
        ProblemError: 413 or 415.
    """
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != PLAIN_FORM:
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", f"send {PLAIN_FORM}")
    return await _body(request, MAX_JSON_BYTES)


async def _body(request: Request, cap: int, held: Held | None = None) -> bytes:
    """Read the body up to a cap, whatever length was announced."""
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced) > cap:
        raise _too_large(cap)
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > cap:
            raise _too_large(cap)
        if held is not None:
            held.take(len(chunk))
    return bytes(data)


def _busy() -> ProblemError:
    return ProblemError(
        HTTPStatus.SERVICE_UNAVAILABLE, "busy", "too many files are being read at the moment; try again in a minute"
    )


def _too_large(cap: int) -> ProblemError:
    return ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", f"at most {cap} bytes are read")


def _from_json(body: bytes) -> Question:
    try:
        asked = Asked.model_validate_json(body)
    except ValidationError as error:
        raise _bad_request() from error
    if (asked.qr_text, asked.check_code, asked.credential_base64).count(None) != _FORMS - 1:
        raise _bad_request()
    if asked.credential_base64 is not None:
        found = Found(kind=Kind.CREDENTIAL, data=_from_base64(asked.credential_base64))
    elif asked.check_code is not None:
        found = found_text(Kind.CHECK_CODE, asked.check_code)
    else:
        found = found_text(Kind.QR_TEXT, asked.qr_text or "")
    return Question(found=found, at=_day(asked.at))


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _bad_request() from error


def _from_form(content_type: str, body: bytes) -> Upload:
    """Take the parts ``file`` and ``at`` out of a form (RFC 7578, RFC 2046 section 5.1.1).

    The body is cut at its delimiters before any header is read: a parser of whole messages spends a third of a
    millisecond on a part of fifty bytes, and a form within the cap may have hundreds of thousands.
    """
    parts: dict[str, bytes] = {}
    called_pdf = False
    for piece in _pieces(content_type, body):
        head, blank, content = piece.partition(b"\r\n\r\n")
        name = _part_name(head) if blank and len(head) <= MAX_FORM_OVERHEAD else ""
        if name in parts or name not in {"file", "at"}:
            raise _bad_request()
        parts[name] = content
        called_pdf |= name == "file" and _called_pdf(head)
    if "file" not in parts:
        raise _bad_request()
    at = parts["at"].decode("ascii", "replace").strip() if "at" in parts else None
    return Upload(data=parts["file"], at=at, called_pdf=called_pdf)


def _pieces(content_type: str, body: bytes) -> list[bytes]:
    """The parts between the delimiters, headers and all; none when this is no form or has more parts than it may."""
    boundary = _message(b"Content-Type: " + content_type.encode("latin-1", "replace")).get_param("boundary")
    if not isinstance(boundary, str) or not 1 <= len(boundary) <= MAX_BOUNDARY:
        return []
    delimiter = b"\r\n--" + boundary.encode("latin-1", "replace")
    _, *pieces = (b"\r\n" + body).split(delimiter, MAX_FORM_PARTS + 1)
    whole = bool(pieces) and pieces[-1].startswith(b"--")
    return pieces[:-1] if whole and all(piece.startswith(b"\r\n") for piece in pieces[:-1]) else []


def _message(head: bytes) -> Message:
    """Headers with the older policy: the newer one reads comments within comments by recursion."""
    return BytesParser(policy=compat32).parsebytes(head.strip(b"\r\n") + b"\r\n\r\n", headersonly=True)


def _part_name(head: bytes) -> str:
    name = _message(head).get_param("name", header="content-disposition")
    return name if isinstance(name, str) else ""


def _called_pdf(head: bytes) -> bool:
    message = _message(head)
    name = message.get_filename()
    return message.get_content_type() == _PDF or (isinstance(name, str) and name.lower().endswith(".pdf"))


def _from_file(upload: Upload, children: Children) -> Question:
    found = recognise(upload.data, children, called_pdf=upload.called_pdf)
    if len(found) != 1:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "several_codes",
            f"the picture holds the codes of {len(found)} certificates; send a picture of each",
        )
    return Question(found=found[0], at=_day(upload.at))


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else parse_date(text)
    except CredentialError as error:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_date", "at is a date YYYY-MM-DD") from error


def _bad_request() -> ProblemError:
    return ProblemError(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "bad_request",
        "exactly one of qr_text, check_code, credential_base64 (or a form with one file), and at most a date in at",
    )
