"""QR codes: the writer we use against the Python package, for the same digits at error correction M."""

from __future__ import annotations

import itertools

import qrcode
import zxingcpp
from PIL import Image
from qrcode.constants import ERROR_CORRECT_M

from bench.harness import Sides, timed

DIGITS = 720
"""About what a usual certificate of 300 bytes takes in decimal digits."""

SCALE = 4
"""Pixels a module in the pictures that the check reads."""


def zxing(text: str) -> Image.Image:
    """The code as a picture, one pixel a module, by zxing-cpp."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    return Image.fromarray(barcode.to_image(scale=1))


def package(text: str) -> Image.Image:
    """The code as a picture, one pixel a module, by the package qrcode."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=4)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    picture = Image.new("L", (len(matrix), len(matrix)))
    picture.putdata([0 if dark else 255 for row in matrix for dark in row])
    return picture


def read(picture: Image.Image) -> str:
    """The text of the one code in a picture."""
    enlarged = picture.resize((picture.width * SCALE, picture.height * SCALE), Image.Resampling.NEAREST)
    (barcode,) = zxingcpp.read_barcodes(enlarged)
    return str(barcode.text)


def prepare(digits: int) -> Sides:
    """Both writers for the same text.

    Raises:
        RuntimeError: a writer's picture does not give the text back.
    """
    text = "".join(itertools.islice(itertools.cycle("31415926535897932384"), digits))
    for write in (zxing, package):
        if read(write(text)) != text:
            raise RuntimeError(f"{write.__name__} wrote a code that says something else")
    return Sides(ours=lambda: zxing(text), yardstick=lambda: package(text))


BENCHMARKS = (
    timed(
        "qr",
        what="writing one QR code at correction M: zxing-cpp over the package qrcode, size in digits",
        size=DIGITS,
        prepare=prepare,
        unit="ms a code",
    ),
)
