"""What is this thing? Text, picture, document or bare credential, told by its own first bytes.

Rules: its name decides nothing but one refusal: what is called a PDF and is none. What is two things at once, to two
programs, is refused: each would show its reader something else.

    for found in recognise(data, children):
        found.kind, found.text or found.data, found.notes
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from credential import checkcode, qrtext
from credential.claims import MAX_BYTES
from credential.outcomes import InputNote
from verifier.errors import SourceError
from verifier.sources.children import Children
from verifier.sources.formats import is_heic, is_image
from verifier.sources.image import MAX_IMAGE_BYTES
from verifier.sources.sealed import MAX_PDF_BYTES
from verifier.sources.texts import WHITE_SPACE, odd_link, tidy

MAX_FILE_BYTES: Final = MAX_IMAGE_BYTES
"""The largest of all sources."""
MAX_TEXT_BYTES: Final = qrtext.MAX_TEXT * 4
"""A QR text in UTF-8 with room for blanks around it."""
_PDF: Final = b"%PDF-"
_PDF_SEARCH: Final = 1024
"""Readers of PDF accept so much in front of the first mark; ours then says what is wrong with that."""
_PDF_ANYWHERE: Final = re.compile(rb"%PDF-[12]\.[0-9]")
"""Some readers look for the mark in the whole file. By chance it stands in one picture of 10^11."""
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
    address: str | None = None
    """Of a QR text with an odd address: what of it is shown, empty where there is none; ``text`` is then its digits."""


def recognise_text(text: str) -> Found:
    """Tell a QR text from a check code; what is neither is handed on as a QR text, for its verdict to say so."""
    tidied, _ = tidy(text)
    is_code = "://" not in tidied and checkcode.looks_like(tidied)
    return found_text(Kind.CHECK_CODE if is_code else Kind.QR_TEXT, text)


def found_text(kind: Kind, text: str, *, from_picture: bool = False) -> Found:
    """Take a text whose kind is known; what stands around it is left out and noted."""
    tidied, notes = tidy(text)
    odd = odd_link(tidied) if kind is Kind.QR_TEXT else None
    if odd is None:
        return Found(kind=kind, text=tidied, notes=notes, from_picture=from_picture)
    notes = notes if odd.address else (*notes, InputNote.ADDRESS_MISSING)
    return Found(kind=kind, text=odd.digits, notes=notes, from_picture=from_picture, address=odd.address)


def recognise(data: bytes, children: Children, *, called_pdf: bool = False) -> tuple[Found, ...]:
    """Tell what a file is; a picture may hold several codes.

    Args:
        data: the file.
        children: read pictures.
        called_pdf: its name or media type says that it is a PDF.

    Raises:
        SourceError: ``too_large``, ``not_recognised``, ``not_a_pdf``, ``several_kinds``, or as ``Children.qr_texts``.
        UsageError: ``image_support_missing``.
    """
    _check_size(data, MAX_FILE_BYTES)
    picture, document = is_image(data) or is_heic(data), _PDF in data[:_PDF_SEARCH]
    if picture and (document or _PDF_ANYWHERE.search(data)):
        raise SourceError("several_kinds", "the file is a picture and a PDF at once; ask for the original file")
    if document:
        _check_size(data, MAX_PDF_BYTES)
        return (Found(kind=Kind.DOCUMENT, data=data),)
    if called_pdf:
        raise SourceError("not_a_pdf", "the file is called a PDF and is none; ask for the original file")
    if picture:
        return tuple(found_text(Kind.QR_TEXT, text, from_picture=True) for text in children.qr_texts(data))
    if data[:1] == bytes([_COSE_TAG]) and len(data) <= MAX_BYTES:
        return (Found(kind=Kind.CREDENTIAL, data=data),)
    text = _text_of(data)
    if not text:
        raise SourceError("not_recognised", "the file is no PDF, picture or text with a QR text or check code")
    return (recognise_text(text),)


def _check_size(data: bytes, most: int) -> None:
    if len(data) > most:
        raise SourceError("too_large", f"the file has {len(data)} bytes; at most {most} are read", most=most)


def _text_of(data: bytes) -> str:
    """The text of a small text file; empty for anything else."""
    if len(data) > MAX_TEXT_BYTES:
        return ""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    trimmed = text.strip(WHITE_SPACE)
    lines = trimmed.replace("\r\n", "\n").split("\n")
    return text if trimmed and all(line.isprintable() for line in lines) else ""


def recognise_argument(thing: str, children: Children) -> tuple[Found, ...]:
    """Tell what somebody typed on a command line: the path of a file, or a text.

    Raises:
        SourceError: as ``recognise``; ``unreadable``.
    """
    path, (tidied, _) = Path(thing), tidy(thing)
    try:
        if "://" in tidied or odd_link(tidied) is not None or not path.is_file():
            return (recognise_text(thing),)
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
        return recognise(data, children, called_pdf=path.suffix.lower() == ".pdf")
    except (OSError, ValueError) as error:
        raise SourceError("unreadable", f"{thing[:120]} cannot be read: {error}") from error
