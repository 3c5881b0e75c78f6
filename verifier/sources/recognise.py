"""What is this thing? Text, picture, document or bare credential, told by its own first bytes, never by its name.

for found in recognise(data):
    found.kind, found.text or found.data, found.notes
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from credential import checkcode, qrtext
from credential.claims import MAX_BYTES
from credential.outcomes import InputNote
from verifier.errors import SourceError
from verifier.sources.image import MAX_IMAGE_BYTES, is_image, read_qr_texts
from verifier.sources.texts import WHITE_SPACE, tidy

MAX_FILE_BYTES: Final = MAX_IMAGE_BYTES
"""The largest of all sources."""
MAX_TEXT_BYTES: Final = qrtext.MAX_TEXT * 4
"""A QR text in UTF-8 with room for blanks around it."""
_PDF: Final = b"%PDF-"
_PDF_SEARCH: Final = 1024
"""Readers of PDF accept so much in front of the first mark; ours then says what is wrong with that."""
_COSE_TAG: Final = 0xD2
"""CBOR tag 18 in its shortest form: how every credential begins."""


class Kind(StrEnum):
    """What was recognised."""

    QR_TEXT = "qr_text"
    CHECK_CODE = "check_code"
    CREDENTIAL = "credential"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One thing that can be verified."""

    kind: Kind
    text: str = ""
    data: bytes = b""
    notes: tuple[InputNote, ...] = ()
    """What was left out of the text."""
    from_picture: bool = False


def recognise_text(text: str) -> Found:
    """Tell a QR text from a check code; what is neither is handed on as a QR text, for its verdict to say so."""
    tidied, _ = tidy(text)
    is_code = "://" not in tidied and checkcode.looks_like(tidied)
    return found_text(Kind.CHECK_CODE if is_code else Kind.QR_TEXT, text)


def found_text(kind: Kind, text: str, *, from_picture: bool = False) -> Found:
    """Take a text whose kind is known; what stands around it is left out and noted."""
    tidied, notes = tidy(text)
    return Found(kind=kind, text=tidied, notes=notes, from_picture=from_picture)


def recognise(data: bytes) -> tuple[Found, ...]:
    """Tell what a file is; a picture may hold several codes.

    Raises:
        SourceError: ``too_large``, ``not_recognised``, or as ``read_qr_texts``.
    """
    if len(data) > MAX_FILE_BYTES:
        raise SourceError(
            "too_large", f"the file has {len(data)} bytes; at most {MAX_FILE_BYTES} are read", most=MAX_FILE_BYTES
        )
    if _PDF in data[:_PDF_SEARCH]:
        return (Found(kind=Kind.DOCUMENT, data=data),)
    if is_image(data):
        return tuple(found_text(Kind.QR_TEXT, text, from_picture=True) for text in read_qr_texts(data))
    if data[:1] == bytes([_COSE_TAG]) and len(data) <= MAX_BYTES:
        return (Found(kind=Kind.CREDENTIAL, data=data),)
    text = _text_of(data)
    if not text:
        raise SourceError("not_recognised", "the file is no PDF, PNG, JPEG or text with a QR text or check code")
    return (recognise_text(text),)


def _text_of(data: bytes) -> str:
    """The text of a small text file; empty for anything else."""
    if len(data) > MAX_TEXT_BYTES:
        return ""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    trimmed = text.strip(WHITE_SPACE)
    return text if trimmed and trimmed.isprintable() else ""


def recognise_argument(thing: str) -> tuple[Found, ...]:
    """Tell what somebody typed on a command line: the path of a file, or a text.

    Raises:
        SourceError: as ``recognise``; ``unreadable``.
    """
    path = Path(thing)
    try:
        if "://" in thing or not path.is_file():
            return (recognise_text(thing),)
        with path.open("rb") as stream:
            return recognise(stream.read(MAX_FILE_BYTES + 1))
    except (OSError, ValueError) as error:
        raise SourceError("unreadable", f"{thing[:120]} cannot be read: {error}") from error
