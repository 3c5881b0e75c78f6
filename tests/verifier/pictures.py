"""Pictures with codes, and pictures full of what looks like one."""

from __future__ import annotations

from io import BytesIO

import zxingcpp
from PIL import Image


def picture(*texts: str, kind: str = "PNG", mode: str = "L", turn: int = 0) -> bytes:
    codes = [
        Image.fromarray(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_image(scale=4))
        for text in texts
    ]
    sheet = Image.new(
        "L", (sum(code.width + 40 for code in codes) + 40, max([code.height for code in codes], default=100) + 80), 255
    )
    left = 40
    for code in codes:
        sheet.paste(code, (left, 40))
        left += code.width + 40
    stream = BytesIO()
    sheet.rotate(turn, expand=True, fillcolor=255).convert(mode).save(stream, kind)
    return stream.getvalue()


def on_nothing(text: str, mode: str) -> bytes:
    """A PNG whose modules are black and whose paper is not there, as programs cut codes out."""
    with Image.open(BytesIO(picture(text))) as code:
        ink = code.convert("L").point(lambda level: 255 - level)
    cut = Image.merge("LA", (Image.new("L", ink.size, 0), ink))
    stream = BytesIO()
    if mode == "P":
        table = Image.new("P", ink.size, 0)
        table.putpalette([0, 0, 0, 0, 0, 0])
        table.paste(1, mask=ink)
        table.save(stream, "PNG", transparency=0)
    else:
        cut.convert(mode).save(stream, "PNG")
    return stream.getvalue()


def scanned(*pages: bytes) -> bytes:
    """A PDF that shows pictures, as a scanner writes it."""
    first, *others = [Image.open(BytesIO(page)).convert("L") for page in pages]
    stream = BytesIO()
    first.save(stream, "PDF", resolution=150, save_all=True, append_images=others)
    return stream.getvalue()


def corners(side: int) -> bytes:
    """A picture full of what looks like the corner of a QR code."""
    corner = Image.new("L", (9, 9), 255)
    corner.paste(0, (1, 1, 8, 8))
    corner.paste(255, (2, 2, 7, 7))
    corner.paste(0, (3, 3, 6, 6))
    field = Image.new("L", (side, side), 255)
    for place in range(0, side, 9):
        field.paste(corner, (place, 0))
    for place in range(9, side, 9):
        field.paste(field.crop((0, 0, side, 9)), (0, place))
    stream = BytesIO()
    field.save(stream, "PNG")
    return stream.getvalue()
