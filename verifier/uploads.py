"""Taking what a request hands in: JSON, a form with a file, or a bare file; each with its cap, before it is parsed.

asked = await read_request(request, max_upload_bytes=20 << 20)
asked.found, asked.at
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import date
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from http import HTTPStatus
from typing import Final

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from credential.claims import MAX_BYTES
from credential.days import parse_date
from credential.errors import CredentialError
from credential.qrtext import MAX_TEXT
from verifier.problems import ProblemError
from verifier.sources.recognise import Found, Kind, found_text, recognise

MAX_JSON_BYTES: Final = 16 << 10
"""A QR text has 1,300 characters."""
MAX_FORM_OVERHEAD: Final = 4 << 10
"""Boundaries and headers of a form around its file."""
MAX_FORM_PARTS: Final = 2
"""The file and the day."""
MAX_BOUNDARY: Final = 70
"""RFC 2046 section 5.1.1."""
_FILES: Final = frozenset({"application/pdf", "image/png", "image/jpeg", "application/octet-stream"})
_FORM: Final = "multipart/form-data"


class Asked(BaseModel):
    """The JSON form: exactly one of three, and perhaps a day."""

    model_config = ConfigDict(extra="forbid", strict=True)

    qr_text: str | None = Field(default=None, max_length=MAX_TEXT * 2)
    check_code: str | None = Field(default=None, max_length=200)
    credential_base64: str | None = Field(default=None, max_length=MAX_BYTES * 2)
    at: str | None = Field(default=None, max_length=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to verify, and for which day."""

    found: Found
    at: date | None


async def read_request(request: Request, *, max_upload_bytes: int) -> Question:
    """Read one question. What was handed in is taken apart in a thread: a large picture must not stop the others.

    Raises:
        ProblemError: 400, 413, 415 or 422, with a code.
        SourceError: nothing that can be verified was in the file.
    """
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media == "application/json":
        return _from_json(await _body(request, MAX_JSON_BYTES))
    if media == _FORM:
        body = await _body(request, max_upload_bytes + MAX_FORM_OVERHEAD)
        return await run_in_threadpool(_from_a_form, request.headers["content-type"], body)
    if media in _FILES:
        data = await _body(request, max_upload_bytes)
        return await run_in_threadpool(_from_file, data, request.query_params.get("at"))
    raise ProblemError(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        "send application/json, a form with a file, or a PDF, PNG or JPEG as the body",
    )


async def _body(request: Request, cap: int) -> bytes:
    """Read the body up to a cap, whatever length was announced."""
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced) > cap:
        raise _too_large(cap)
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > cap:
            raise _too_large(cap)
    return bytes(data)


def _too_large(cap: int) -> ProblemError:
    return ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", f"at most {cap} bytes are read")


def _from_json(body: bytes) -> Question:
    try:
        asked = Asked.model_validate_json(body)
    except ValidationError as error:
        raise _bad_request() from error
    given = asked.model_dump(exclude={"at"}, exclude_none=True)
    if len(given) != 1:
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


def _from_a_form(content_type: str, body: bytes) -> Question:
    data, at = _from_form(content_type, body)
    return _from_file(data, at)


def _from_form(content_type: str, body: bytes) -> tuple[bytes, str | None]:
    """Take the parts ``file`` and ``at`` out of a form (RFC 7578, RFC 2046 section 5.1.1).

    The body is cut at its delimiters before any header is read: a parser of whole messages spends a third of a
    millisecond on a part of fifty bytes, and a form within the cap may have hundreds of thousands.
    """
    parts: dict[str, bytes] = {}
    for piece in _pieces(content_type, body):
        head, blank, content = piece.partition(b"\r\n\r\n")
        name = _part_name(head) if blank and len(head) <= MAX_FORM_OVERHEAD else ""
        if name in parts or name not in {"file", "at"}:
            raise _bad_request()
        parts[name] = content
    if "file" not in parts:
        raise _bad_request()
    return parts["file"], parts["at"].decode("ascii", "replace").strip() if "at" in parts else None


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


def _from_file(data: bytes, at: str | None) -> Question:
    found = recognise(data)
    if len(found) != 1:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "several_codes",
            f"the picture holds the codes of {len(found)} certificates; send a picture of each",
        )
    return Question(found=found[0], at=_day(at))


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
