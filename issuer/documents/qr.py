"""The QR symbol of a document.

Rules: error correction M; one byte segment for the address and one numeric segment for the digits, chosen by zxing-cpp,
so that 300 bytes of credential with a 25-character host fit version 14 (DESIGN section 3). Nothing is drawn over the
symbol. The page scales the symbol with its quiet zone to a fixed square, so the version decides the module's size; the
largest version allowed keeps it above 0.45 mm.

Example::

    symbol = qr_symbol("https://HOST/v/#0123456789")
    symbol.version, len(symbol.matrix)
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, cast

import zxingcpp
from PIL import Image

from issuer.documents.errors import QrTooLargeError

QUIET_ZONE = 4
"""Modules of white on each side (ISO/IEC 18004)."""

MAX_QR_VERSION = 17
"""The format's bound (FORMAT 3): 93 modules with the quiet zone, 0.45 mm each on the page."""

ERROR_CORRECTION = "M"


@dataclass(frozen=True, slots=True, kw_only=True)
class QrSymbol:
    """A symbol without its quiet zone; `matrix[y][x]` is True where the module is dark."""

    version: int
    matrix: tuple[tuple[bool, ...], ...]


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
    matrix = _modules(barcode.to_image(scale=1, add_quiet_zones=False))
    version = (len(matrix) - 17) // 4
    if version > MAX_QR_VERSION:
        raise QrTooLargeError(
            f"the QR text needs version {version}, more than {MAX_QR_VERSION}: which the format allows (FORMAT 3)",
            version=version,
        )
    return QrSymbol(version=version, matrix=matrix)


def _modules(image: zxingcpp.Image) -> tuple[tuple[bool, ...], ...]:
    # The picture is a buffer of one byte a module, which its type stub does not say.
    rows: list[list[int]] = cast(Any, memoryview(cast(Any, image))).tolist()
    return tuple(tuple(value == 0 for value in row) for row in rows)


def qr_svg(symbol: QrSymbol) -> str:
    """The symbol with its quiet zone as one SVG path over a white square; one unit a module."""
    side = len(symbol.matrix) + 2 * QUIET_ZONE
    path = "".join(
        f"M{start + QUIET_ZONE} {y + QUIET_ZONE}h{length}v1h-{length}z"
        for y, row in enumerate(symbol.matrix)
        for start, length in _dark_runs(row)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{side}v{side}h-{side}z"/><path fill="#000" d="{path}"/></svg>'
    )


def _dark_runs(row: tuple[bool, ...]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for x, dark in enumerate(row):
        if dark and runs and sum(runs[-1]) == x:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif dark:
            runs.append((x, 1))
    return runs


def qr_png(text: str, scale: int = 8) -> QrPicture:
    """The symbol for `text` with its quiet zone as a black-and-white PNG, `scale` pixels a module.

    Raises:
        QrTooLargeError: see `qr_symbol`.
        ValueError: `scale` is not 1 to 64.
    """
    if not 1 <= scale <= 64:
        raise ValueError(f"scale {scale} is not between 1 and 64 pixels a module")
    symbol = qr_symbol(text)
    side = len(symbol.matrix) + 2 * QUIET_ZONE
    image = Image.new("1", (side, side), 1)
    for y, row in enumerate(symbol.matrix):
        for x, dark in enumerate(row):
            if dark:
                image.putpixel((x + QUIET_ZONE, y + QUIET_ZONE), 0)
    out = io.BytesIO()
    image.resize((side * scale, side * scale), Image.Resampling.NEAREST).save(out, "PNG", optimize=True)
    return QrPicture(version=symbol.version, png=out.getvalue())
