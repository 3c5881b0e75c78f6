"""The QR symbol of a document.

Rules: error correction M; one byte segment for the address and one numeric segment for the digits, chosen by zxing-cpp,
so that 300 bytes of credential with a 25-character host fit version 14 (DESIGN section 3). Nothing is drawn over the
symbol. The page scales the symbol with its quiet zone to a fixed square, so the version decides the module's size; the
largest version allowed keeps it above 0.45 mm.

Example::

    symbol = qr_symbol("https://HOST/v/#0123456789")
    symbol.version, len(symbol.rows)
"""

from __future__ import annotations

import io
import math
import re
from dataclasses import dataclass
from typing import Any, Final, cast

import zxingcpp
from PIL import Image

from issuer.documents.errors import QrTooLargeError

QUIET_ZONE = 4
"""Modules of white on each side (ISO/IEC 18004)."""

MAX_QR_VERSION = 17
"""The format's bound (FORMAT 3): 93 modules with the quiet zone, 0.45 mm each on the page."""

ERROR_CORRECTION = "M"

_DARK_RUN: Final = re.compile(rb"\x00+")


@dataclass(frozen=True, slots=True, kw_only=True)
class QrSymbol:
    """A symbol without its quiet zone; `rows[y][x]` is 0 where the module is dark, 255 where it is light."""

    version: int
    rows: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QrPicture:
    """A PNG picture of a symbol with its quiet zone."""

    version: int
    png: bytes


def qr_symbol(text: str) -> QrSymbol:
    """The symbol that holds `text`.

    Raises:
        QrTooLargeError: `text` needs a larger version than the format allows.
    """
    try:
        barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=ERROR_CORRECTION)
    except ValueError as error:
        raise QrTooLargeError(f"{len(text)} characters do not fit a QR symbol: {error}", length=len(text)) from error
    rows = _rows(barcode.to_image(scale=1, add_quiet_zones=False))
    version = (len(rows) - 17) // 4
    if version > MAX_QR_VERSION:
        raise QrTooLargeError(
            f"the QR text needs version {version}, more than {MAX_QR_VERSION}: which the format allows (FORMAT 3)",
            version=version,
        )
    return QrSymbol(version=version, rows=rows)


def _rows(image: zxingcpp.Image) -> tuple[bytes, ...]:
    # The picture is a buffer of one byte a module, which its type stub does not say.
    data = memoryview(cast(Any, image)).tobytes()
    side = math.isqrt(len(data))
    return tuple(data[start : start + side] for start in range(0, len(data), side))


def qr_svg(symbol: QrSymbol) -> str:
    """The symbol with its quiet zone as one SVG path over a white square; one unit a module."""
    side = len(symbol.rows) + 2 * QUIET_ZONE
    path = "".join(
        f"M{run.start() + QUIET_ZONE} {y}{_LINES[len(run[0])]}"
        for y, row in enumerate(symbol.rows, start=QUIET_ZONE)
        for run in _DARK_RUN.finditer(row)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{side}v{side}h-{side}z"/><path fill="#000" d="{path}"/></svg>'
    )


_LINES: Final = tuple(f"h{length}v1h-{length}z" for length in range(17 + 4 * MAX_QR_VERSION + 1))
"""A run of dark modules from its corner, by its length."""


def qr_png(text: str, scale: int = 8) -> QrPicture:
    """The symbol for `text` with its quiet zone as a black-and-white PNG, `scale` pixels a module.

    Raises:
        QrTooLargeError: see `qr_symbol`.
        ValueError: `scale` is not 1 to 64.
    """
    if not 1 <= scale <= 64:
        raise ValueError(f"scale {scale} is not between 1 and 64 pixels a module")
    symbol = qr_symbol(text)
    inner = len(symbol.rows)
    side = inner + 2 * QUIET_ZONE
    image = Image.new("L", (side, side), 255)
    image.paste(Image.frombytes("L", (inner, inner), b"".join(symbol.rows)), (QUIET_ZONE, QUIET_ZONE))
    out = io.BytesIO()
    image.convert("1").resize((side * scale, side * scale), Image.Resampling.NEAREST).save(out, "PNG", optimize=True)
    return QrPicture(version=symbol.version, png=out.getvalue())
