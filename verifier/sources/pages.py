"""The codes on the pages of a PDF that carries no seal: a scan, a print to PDF, a certificate put together with others.

Rules: the pages are only looked at, as a printer would show them: no script runs, no address is followed, no form is
filled. The first pages are searched, each first as a scanner gives it and then twice as fine. What is found is a QR
text like any other. The process that calls this is bounded (``children``).

    texts = read_page_texts(path.read_bytes())
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final

from verifier.errors import SourceError, UsageError
from verifier.sources.image import texts_in
from verifier.sources.looks import second_looks

if TYPE_CHECKING:
    from PIL import Image
    from pypdfium2 import PdfPage

MAX_PAGES: Final = 8
"""A certificate has one; copies of an ID document and of other papers are often put before it."""
DPI: Final = (150, 300)
"""A module of a usual certificate has three pixels, then six."""
POINTS: Final = 72
"""In an inch (ISO 32000-2, 8.3.2.3)."""
MAX_PAGE_SIDE: Final = 5000
"""Pixels; a page may say that it is as large as a house."""


def read_page_texts(data: bytes) -> tuple[str, ...]:
    """Return the texts of the certificates' QR codes on the first pages, each once, in the order found.

    Raises:
        SourceError: ``bad_file``: it cannot be shown; ``no_code``: there is none of a certificate.
        UsageError: ``pdf_support_missing``.
        MemoryError: the process may not have as much.
    """
    try:
        from pypdfium2 import PdfDocument, PdfiumError  # noqa: PLC0415 - only such files need it
    except ModuleNotFoundError as error:
        say = f"the pages of a PDF cannot be looked at here: {error.name} is missing"
        raise UsageError("pdf_support_missing", say, module=error.name) from error
    found: dict[str, None] = {}
    try:
        with closing(PdfDocument(data)) as document:
            for number in range(min(len(document), MAX_PAGES)):
                with closing(document[number]) as page:
                    found.update(dict.fromkeys(_texts_on(page)))
    except PdfiumError as error:
        raise SourceError("bad_file", "the pages of the PDF cannot be shown; it is damaged or encrypted") from error
    if not found:
        raise SourceError("no_code", "no page of the PDF shows the QR code of a title certificate")
    return tuple(found)


def _texts_on(page: PdfPage) -> tuple[str, ...]:
    for dpi in DPI:
        shown = _shown(page, dpi)
        if found := texts_in(shown):
            return found
    return next((found for look in second_looks(shown) if (found := texts_in(look))), ())


def _shown(page: PdfPage, dpi: int) -> Image.Image:
    longest = max(*page.get_size(), 1.0)
    scale = min(dpi / POINTS, MAX_PAGE_SIDE / longest)
    bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=False)
    with closing(bitmap):
        shown: Image.Image = bitmap.to_pil().convert("L")
    return shown
